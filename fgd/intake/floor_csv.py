"""Read the floor log: who was given the floor when, as somebody in the room wrote it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fgd.core.clock import clock, moment
from fgd.core.text import normal
from fgd.intake.spreadsheets import (
    Grid,
    Header,
    Row,
    Tally,
    find_header,
    left_out,
    missing_header,
    places,
    read_csv,
    synonyms,
)
from fgd.model import FloorMark, Issue, Recording, Session, Span

COLUMNS = synonyms(
    start="from;time;begin;begins;start time;timestamp;starts;at",
    participant="label;speaker;who;name;delegate;voice;full name;participant name",
    end="to;until;end time;stop;ends",
    section="part;item;agenda item;question;section id",
    note="notes;remark;remarks;comment;comments",
    recording="file;file name;audio;recording file",
    # What a log that was tapped adds: who wrote a line, when by the clock on the wall, its id.
    clock="clock time;wall clock",
    by="note taker;noted by;logged by",
    id="tap",
)
_NAME = "Write who spoke, or delete the line."
_TIMES = "Write times as 75, 1:15 or 0:01:15."


def read_floor(
    path: Path, name: str, session: Session, ends: Mapping[str, int] | None = None
) -> tuple[tuple[FloorMark, ...], list[Issue]]:
    """Read the marks of ``floor.csv`` in order of recording and time. Raises ``OSError`` only.

    ``ends`` are the lengths of recordings in milliseconds, by id, where they are known.
    A mark without an end lasts until the next mark of its recording; the last one stays open.
    """
    grid, issues = read_csv(path, name)
    if any(issue.level == "error" for issue in issues):
        return (), issues
    header = find_header(grid, COLUMNS, ("start",))
    if header is None or "participant" not in header.columns:
        return (), [*issues, missing_header(grid, COLUMNS, ("start", "participant"))]
    tally = Tally(grid)
    marks: list[tuple[int, FloorMark]] = []
    for row in grid.rows:
        if row.number > header.row and row:
            mark = _mark(row, header, tally, session)
            marks += [(row.number, mark)] if mark is not None else []
    marks, told = _minutes_for_hours(marks, ends or {}, grid)
    issues += told
    _check_order(marks, tally)
    found = [mark for _, mark in marks]
    found.sort(key=lambda mark: (_rank(mark, session.recordings), mark.span.start))
    return _closed(found), [*issues, *left_out(grid, header, COLUMNS), *tally.issues()]


def _minutes_for_hours(
    marks: list[tuple[int, FloorMark]], ends: Mapping[str, int], grid: Grid
) -> tuple[list[tuple[int, FloorMark]], list[Issue]]:
    """Correct times typed as m:ss that Excel saved as h:mm:ss: where all of them are whole minutes,
    most lie outside of their recording, and as m:ss all lie inside.
    """
    timed = [(row, mark, ends[mark.recording]) for row, mark in marks if ends.get(mark.recording)]
    late = [(row, mark) for row, mark, end in timed if mark.span.start > end + 60_000]
    if not late:
        return marks, []
    whole = all(m.span.start % 60_000 == m.span.end % 60_000 == 0 for _, m, _ in timed)
    fits = all(mark.span.start // 60 <= end + 60_000 for _, mark, end in timed)
    place = places(grid, [row for row, _ in late])
    if whole and fits and len(timed) == len(marks):
        message = (
            "times lie outside of the recording; they were read as minutes and seconds, which "
        )
        message += "Excel turns into hours and minutes."
        remedy = "Check one of them; write times as 0:01:15, in cells of the format Text."
        scaled = [
            (row, replace(mark, span=Span(mark.span.start // 60, mark.span.end // 60)))
            for row, mark in marks
        ]
        return scaled, [Issue("warning", grid.name, message, remedy, place)]
    message = f"{len(late)} time(s) lie outside of the recording."
    remedy = "Check that the log belongs to this recording; write times as h:mm:ss."
    return marks, [Issue("warning", grid.name, message, remedy, place)]


def _check_order(marks: Sequence[tuple[int, FloorMark]], tally: Tally) -> None:
    """Sort times that go backwards within a recording, and report them: they may be a slip."""
    latest: dict[str, int] = {}
    for row, mark in marks:
        if mark.span.start < latest.get(mark.recording, 0):
            message = "times go backwards; the marks were put in order of time."
            tally.add("warning", row, -1, message, "Check the times of this line and the last.")
        latest[mark.recording] = mark.span.start


def _rank(mark: FloorMark, recordings: Sequence[Recording]) -> int:
    return next((n for n, each in enumerate(recordings) if each.id == mark.recording), 0)


def _mark(row: Row, header: Header, tally: Tally, session: Session) -> FloorMark | None:
    """Read one line of the log; nothing, and a problem noted, where its time cannot be read."""
    text = header.text(row, "start")
    start = moment(text)
    if start is None:
        what = f"the time {text!r} cannot be read" if text else "there is no time"
        tally.add("warning", row.number, header.first("start"), f"{what}; left out.", _TIMES)
        return None
    label = header.text(row, "participant")
    if not label:
        tally.add(
            "warning", row.number, header.first("participant"), "nobody named; left out.", _NAME
        )
        return None
    _check_label(label, row, header, tally, session)
    span = Span(start, _end(row, header, tally, start))
    recording = _recording(row, header, tally, session)
    section, note = header.text(row, "section"), header.text(row, "note")
    return FloorMark(span, label, section, note, recording)


def _end(row: Row, header: Header, tally: Tally, start: int) -> int:
    """Read the end of a mark, or its start where the end is open or makes no sense."""
    text = header.text(row, "end")
    end = moment(text) if text else start
    column = header.first("end")
    if end is None:
        message = f"the end {text!r} cannot be read; the next mark ends this one."
        tally.add("warning", row.number, column, message, _TIMES)
    elif end < start:
        message = f"the end {clock(end)} lies before the start; the next mark ends this one."
        tally.add("warning", row.number, column, message, "Correct one of the two.")
    return end if end is not None and end >= start else start


def _check_label(label: str, row: Row, header: Header, tally: Tally, session: Session) -> None:
    if not session.participants:
        return
    known = {
        normal(name)
        for person in session.participants
        for name in (person.name, person.id, *person.aliases)
    } | {
        normal(name)
        for body in session.institutions
        for name in (body.name, body.acronym, *body.aliases)
    }
    if normal(label) not in known:
        message = f"{label} is not on the roster; the mark is kept."
        remedy = "Add the name or an alias to the roster, or correct it here."
        tally.add("warning", row.number, header.first("participant"), message, remedy)


def _recording(row: Row, header: Header, tally: Tally, session: Session) -> str:
    """Find the recording a mark belongs to: the first one unless another is named."""
    first = session.recordings[0].id if session.recordings else ""
    wanted = header.text(row, "recording")
    if not wanted:
        return first
    for each in session.recordings:
        if normal(wanted) in (normal(each.name), normal(Path(each.name).stem), each.id):
            return each.id
    message = f"there is no recording {wanted!r}; the first one was assumed."
    names = ", ".join(each.name for each in session.recordings[:6])
    column = header.first("recording")
    remedy = f"Recordings: {names}." if names else "Put the recording into the folder."
    tally.add("warning", row.number, column, message, remedy)
    return first


def _closed(marks: Sequence[FloorMark]) -> tuple[FloorMark, ...]:
    """Let every open mark last until the next one of its recording."""
    closed: list[FloorMark] = []
    for n, mark in enumerate(marks):
        after = marks[n + 1] if n + 1 < len(marks) else mark
        if not mark.span and after.recording == mark.recording:
            mark = replace(mark, span=Span(mark.span.start, after.span.start))
        closed.append(mark)
    return tuple(closed)
