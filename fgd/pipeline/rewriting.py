"""Write a session anew without a person: recordings silenced, transcripts, tables and decisions.

Nothing of the session itself is touched: all of it goes into a folder beside, and what was heard of
the others is carried over to the recordings that are new, so that nobody's words change.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from fgd import floorlog
from fgd.audio.silence import silence
from fgd.core.errors import InputError
from fgd.core.files import MEDIA, contents, printable, read_text
from fgd.core.settings import Folders
from fgd.core.text import normal, person_key
from fgd.decisions.log import read_decisions
from fgd.decisions.withdrawal import WITHDRAWN, withdrawn
from fgd.diarization import Diarization
from fgd.disclosure.erasure import Eraser
from fgd.disclosure.remains import Traces, titles
from fgd.floorlog.floorlog import FLOOR, NAME
from fgd.intake import read_session, read_transcript
from fgd.intake.meeting_chat import is_chat, without_writer
from fgd.intake.spreadsheets import read_csv
from fgd.model import (
    MARK,
    Conversation,
    Decision,
    FloorMark,
    Issue,
    Participant,
    Recording,
    Segment,
    Sound,
    Span,
    Transcript,
    Turn,
    Word,
)
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import converse, everything
from fgd.pipeline.voice_samples import FOLDER
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import hash_file, write_bytes

_BEFORE, _AFTER, _AROUND = 250, 250, 120
"""Milliseconds of silence before and after a turn, as far as nobody else speaks there, and around
a name that others say.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """What a session holds of somebody: who they are there, and their turns by recording."""

    context: SessionContext
    person: Participant | None
    turns: Mapping[str, tuple[Turn, ...]]
    others: Mapping[str, tuple[Turn, ...]]
    notes: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()

    @property
    def session(self) -> str:
        """The session's id."""
        return self.context.folder.id

    @property
    def speech(self) -> int:
        """Milliseconds in which they speak, where there are times."""
        return sum(turn.span.duration for turns in self.turns.values() for turn in turns)

    @property
    def is_timed(self) -> bool:
        """Whether every recording of the session has times."""
        return all(talk.timed for talk in everything(self.context))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that withdrawing somebody changes, before anything is changed."""

    name: str
    tombstone: str
    parts: tuple[Part, ...]
    traces: Traces
    keys: frozenset[str]


def voices_of(turns: Iterable[Turn]) -> set[str]:
    """Return voices as the diarization calls them: one that people split keeps its first number."""
    return {turn.voice.partition(".")[0] for turn in turns}


def quiet_of(part: Part, recording: Recording, eraser: Eraser) -> list[Span]:
    """Return the stretches of a recording to be silenced: their turns, and where they are named."""
    own, others = part.turns.get(recording.id, ()), part.others.get(recording.id, ())
    found = []
    for turn in own:
        before = [o.span.end for o in others if o.span.end <= turn.span.start]
        after = [o.span.start for o in others if o.span.start >= turn.span.end]
        start = max(turn.span.start - _BEFORE, max(before, default=0), 0)
        end = min(turn.span.end + _AFTER, min(after, default=turn.span.end + _AFTER))
        found.append(Span(min(start, turn.span.start), max(end, turn.span.end)))
    for turn in others:
        found += [
            Span(max(0, word.span.start - _AROUND), word.span.end + _AROUND)
            for word in eraser.named(turn.words)
        ]
    return found


def given(folder: SessionFolder) -> list[Path]:
    """List every file that people gave, at any depth; no link is followed."""
    if folder.is_single_file:
        return [folder.source]
    return sorted(p for p in folder.source.rglob("*") if p.is_file() and not p.is_symlink())


def staged(
    project: Project, stage: Path, planned: Plan, part: Part, by: str, when: str
) -> tuple[SessionFolder, SessionFolder]:
    """Make a session anew below ``stage``; returns it as it is and as it will be."""
    old = part.context.folder
    source = stage / "recordings" / (old.source.stem if old.is_single_file else old.source.name)
    new = SessionFolder(old.id, old.name, source, stage / "outputs" / old.id)
    source.mkdir(parents=True)
    eraser = Eraser(planned.traces)
    renamed: dict[str, str] = {}
    for path in given(old):
        inside = Path(path.name) if old.is_single_file else path.relative_to(old.source)
        _stage_file(part, planned, eraser, path, source / inside, renamed)
    if renamed:
        _rename_in_settings(source / "session.toml", renamed)
    settings = replace(
        project.settings, folders=Folders("recordings", "outputs", str(project.weights))
    )
    there = Project(stage, settings)
    before = part.context.intake.session.recordings
    made = read_session(source, old.id, root=stage, digest=hash_file).session.recordings
    ids = _new_ids(before, made, renamed)
    _stage_decisions(part, planned, eraser, source, ids, by, when)
    carried = _Carrying(there, new, carried=_carried(part, eraser, ids))
    for recording in carried.intake.session.recordings:
        if recording.kind == "audio" and recording.id in ids.values():
            converse(carried, recording)
    return old, new


def _new_ids(
    before: Sequence[Recording], made: Sequence[Recording], renamed: Mapping[str, str]
) -> dict[str, str]:
    now = {each.name: each.id for each in made}
    return {
        each.id: now[renamed.get(each.name, each.name)]
        for each in before
        if renamed.get(each.name, each.name) in now
    }


def _stage_file(
    part: Part, planned: Plan, eraser: Eraser, path: Path, target: Path, renamed: dict[str, str]
) -> None:
    """Write one file of a session without the person, or leave it out where it is theirs alone."""
    context = part.context
    names = {each.name: each for each in context.intake.session.recordings}
    texts = {each.transcript: each for each in names.values() if each.transcript}
    stem = person_key(path.stem)
    sample = path.parent.name == FOLDER
    if sample and (stem in planned.keys or eraser.name(path.stem) != path.stem):
        return
    target = target.with_name(eraser.name(target.name))
    if target.name != path.name:
        renamed[path.name] = target.name
    target.parent.mkdir(parents=True, exist_ok=True)
    recording = names.get(path.name) or texts.get(path.name)
    if path.name in names and names[path.name].kind == "audio":
        quiet = quiet_of(part, names[path.name], eraser)
        if quiet or eraser.text(titles(path)) != titles(path):
            silence(path, target, quiet)
        else:
            _copy(path, target)
    elif recording is not None:
        made = _transcript(part, eraser, path, recording)
        if made is None:
            _copy(path, target)
        else:
            suffix, data = made
            if suffix != path.suffix:
                target = target.with_suffix(suffix)
                renamed[path.name] = target.name
            write_bytes(target, data)
    else:
        rewritten = _other(part, planned, eraser, path)
        if rewritten is None:
            _copy(path, target)
        else:
            write_bytes(target, rewritten)


def _copy(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:  # a file system without links
        shutil.copy2(path, target)


def _rename_in_settings(path: Path, renamed: Mapping[str, str]) -> None:
    if path.is_file():
        text = path.read_text(encoding="utf-8")
        for old, new in renamed.items():
            text = text.replace(f'"{old}"', f'"{new}"').replace(f"'{old}'", f"'{new}'")
        write_bytes(path, text.encode())


def _other(part: Part, planned: Plan, eraser: Eraser, path: Path) -> bytes | None:
    """Return the new bytes of a file that is no recording; nothing where it stays as it is."""
    lower = path.name.casefold()
    if lower == "decisions.jsonl":
        return None  # written anew once the recordings have their ids
    if lower == NAME:
        return _journal(part, planned, eraser, path)
    if path.suffix.lower() in (".csv", ".tsv") and not is_chat(path):
        return _table(part, planned, eraser, path)
    if contents(path) == "xlsx":
        return _workbook(part, planned, eraser, path)
    if path.suffix.lower() not in MEDIA and is_chat(path):
        text = read_text(path, path.name)[0]
        kept = without_writer(text, lambda name: person_key(name) in planned.keys)
        made = eraser.text(kept)
        return None if made == text else made.encode()
    return None if path.suffix.lower() in MEDIA else eraser.file(path)


def _is_theirs(part: Part, planned: Plan) -> Callable[[str], bool]:
    """Tell whether a cell or a label is the person's name, alias or code of a name-plate."""
    people = part.context.intake.session.participants

    def theirs(text: str) -> bool:
        if not text.strip():
            return False
        (mark,) = floorlog.named([FloorMark(Span(0, 0), text.strip())], people)
        name = part.person.name if part.person else ""
        return person_key(text) in planned.keys or bool(name and mark.label == name)

    return theirs


def _row(part: Part, planned: Plan, path: Path, cells: Sequence[str]) -> Sequence[str] | None:
    """Return a row of a table as it may stay; nothing where it is about the person.

    A body that sent nobody else stays on the list of participants without them: editions withhold
    the names of the bodies that are on it.
    """
    theirs = _is_theirs(part, planned)
    if not any(map(theirs, cells)):
        return cells
    stem = path.stem.casefold()
    if stem not in ("participants", "roster") or part.person is None:
        return None
    session, person = part.context.intake.session, part.person
    others = {b for p in session.participants if p.id != person.id for b in p.institutions}
    alone = [
        body for body in session.institutions
        if body.id in person.institutions and body.id not in others
    ]  # fmt: skip
    if not alone:
        return None
    bodies = {
        normal(each)
        for body in alone
        for each in (body.name, body.acronym, *body.aliases, "; ".join(body.aliases))
        if each
    }
    kept = [
        MARK if person_key(cell) in planned.keys and normal(cell) not in bodies
        else cell if all(normal(one) in bodies for one in re.split("[;/]", cell)) else ""
        for cell in cells
    ]  # fmt: skip
    return kept if MARK in kept else None


def _table(part: Part, planned: Plan, eraser: Eraser, path: Path) -> bytes | None:
    """Leave out the rows of a table that name the person in a cell of its own.

    In the floor log the codes of the others are written out as names: codes are numbered by the
    list of participants, which has one person less from now on.
    """
    grid, issues = read_csv(path, path.name)
    if any(issue.level == "error" for issue in issues):
        return eraser.file(path)
    people, coded = part.context.intake.session.participants, {}
    if path.name.casefold() == FLOOR:
        coded = {floorlog.codes(people)[person.id]: person.name for person in people}
    rows = []
    for row in grid.rows:
        cells = _row(part, planned, path, row.cells)
        if cells is not None:
            rows.append([coded.get(cell.strip().upper(), cell) for cell in cells])
    if [tuple(row) for row in rows] == [row.cells for row in grid.rows]:
        return eraser.file(path)
    out = io.StringIO()
    written = csv.writer(out, delimiter="\t" if path.suffix == ".tsv" else ",")
    written.writerows(row for row in rows if any(row))
    return eraser.text(out.getvalue()).encode()


def _workbook(part: Part, planned: Plan, eraser: Eraser, path: Path) -> bytes | None:
    from openpyxl import load_workbook

    gone = 0
    book = load_workbook(path)
    for sheet in book.worksheets:
        for number in range(sheet.max_row, 0, -1):
            here = ["" if cell.value is None else str(cell.value) for cell in sheet[number]]
            kept = _row(part, planned, path, here)
            if kept is None:
                sheet.delete_rows(number)
            elif kept != here:
                for cell, value in zip(sheet[number], kept, strict=True):
                    cell.value = value or None
            gone += kept != here
    if not gone:
        return eraser.file(path)
    out = io.BytesIO()
    book.save(out)
    return eraser.office(out.getvalue())


def _journal(part: Part, planned: Plan, eraser: Eraser, path: Path) -> bytes | None:
    """Turn the person's taps into pauses: nobody has the floor then, and no time moves."""
    theirs, people = _is_theirs(part, planned), part.context.intake.session.participants
    codes = {code: person.name for person in people for code in [floorlog.codes(people)[person.id]]}
    before = read_text(path, path.name)[0]
    lines = []
    for line in before.splitlines():
        try:
            entry = msgspec.json.decode(line)
        except msgspec.MsgspecError:
            lines.append(eraser.text(line))
            continue
        if not isinstance(entry, dict):
            lines.append(eraser.text(line))
            continue
        label = str(entry.get("label", ""))
        own = part.person is not None and entry.get("person") == part.person.id
        if own or theirs(label):
            if entry.get("kind") == "person":
                continue
            kept = {key: entry[key] for key in ("id", "ms", "clock") if key in entry}
            lines.append(msgspec.json.encode({**kept, "kind": "pause"}).decode())
            continue
        if label.strip().upper() in codes:
            entry["label"] = codes[label.strip().upper()]
        lines.append(eraser.text(msgspec.json.encode(entry).decode()))
    made = "".join(f"{line}\n" for line in lines)
    return None if made == before else made.encode()


def _transcript(
    part: Part, eraser: Eraser, path: Path, recording: Recording
) -> tuple[str, bytes] | None:
    """Return a given transcript without the person: its ending and bytes; nothing if it may stay.

    Their passages keep place and time, and have the mark for words and speaker. Raises
    ``InputError`` if what was written does not read as what was meant.
    """
    languages = part.context.intake.session.languages
    read, _ = read_transcript(path, recording, languages=languages)
    own = Counter(
        (word.span, word.text) for turn in part.turns.get(recording.id, ()) for word in turn.words
    )
    labelled = any(segment.label for segment in read.segments)
    segments = []
    for segment in read.segments:
        mine = sum((word.span, word.text) in own for word in segment.words)
        if segment.words and 2 * mine > len(segment.words):
            # Without labels voices decide, and a mark would be somebody's: the decision keeps it.
            mark = (Word(segment.span, MARK),) if labelled or not read.timed else ()
            segments.append(Segment(segment.span, mark, MARK if labelled else ""))
        else:
            words = eraser.words(segment.words)
            segments.append(replace(segment, words=words, label=eraser.text(segment.label)))
    if tuple(segments) == read.segments and eraser.file(path) is None:
        return None
    kept = [segment for segment in segments if segment.words]
    worded = read.timed and path.suffix.lower() == ".json"
    suffix, data = (
        (".json", _as_json(kept)) if worded
        else (".vtt", _as_vtt(kept)) if read.timed
        else (".txt", _as_text(kept))
    )  # fmt: skip
    _as_meant(kept, data, suffix, recording, path, timed=read.timed)
    return suffix, data


def _as_vtt(segments: Sequence[Segment]) -> bytes:
    import html

    from fgd.core.clock import clock

    blocks = ["WEBVTT"]
    for each in segments:
        start, end = (clock(at, ".", hours=2) for at in (each.span.start, each.span.end))
        label = html.escape(" ".join(each.label.split()), quote=False)
        text = html.escape(" ".join(each.text.split()), quote=False)
        blocks.append(f"{start} --> {end}\n" + (f"<v {label}>{text}</v>" if label else text))
    return ("\n\n".join(blocks) + "\n").encode()


def _as_json(segments: Sequence[Segment]) -> bytes:
    made = [
        {
            "start": each.span.start / 1000,
            "end": each.span.end / 1000,
            "text": each.text,
            **({"speaker": each.label} if each.label else {}),
            "words": [
                {"word": word.text, "start": word.span.start / 1000, "end": word.span.end / 1000}
                for word in each.words
            ],
        }
        for each in segments
    ]
    return msgspec.json.format(msgspec.json.encode({"segments": made}), indent=1) + b"\n"


def _as_text(segments: Sequence[Segment]) -> bytes:
    lines = (f"{each.label}: {each.text}" if each.label else each.text for each in segments)
    return ("\n\n".join(" ".join(line.split()) for line in lines) + "\n").encode()


def _as_meant(
    wanted: Sequence[Segment], data: bytes, suffix: str, recording: Recording, path: Path, *,
    timed: bool,
) -> None:  # fmt: skip
    """Read what is about to take a transcript's place, and compare it with what was meant."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / f"trial{suffix}"
        trial.write_bytes(data)
        again, _ = read_transcript(trial, replace(recording, name=trial.name))

    def told(segments: Iterable[Segment]) -> list[tuple[str, str]]:
        """What is said under each label in a row, however it is cut into passages."""
        found: list[tuple[str, str]] = []
        for each in segments:
            label, text = person_key(each.label), " ".join(each.text.split())
            if found and found[-1][0] == label:
                found[-1] = (label, f"{found[-1][1]} {text}")
            else:
                found.append((label, text))
        return found

    if again.timed != timed or told(wanted) != told(again.segments):
        raise InputError(
            "this transcript cannot be written anew without the person so that it still reads the "
            "same.",
            where=printable(path.name),
            remedy="Save it as WebVTT, or as text with names before a colon, then try again.",
        )


def _stage_decisions(
    part: Part, planned: Plan, eraser: Eraser, source: Path, ids: Mapping[str, str],
    by: str, when: str,
) -> None:  # fmt: skip
    """Write the decisions anew: those about the person's turns and name are the tombstone's."""
    path = source / "decisions.jsonl"
    decisions = read_decisions(path, path.name)[0] if path.is_file() else ()
    lines = [
        msgspec.json.encode(_rewritten(each, part, planned, eraser, ids)) for each in decisions
    ]
    if part.person is not None:
        if eraser.text(by) != by:
            by = planned.tombstone
        spans = {
            new: joined(turn.span for turn in part.turns.get(old, ())) for old, new in ids.items()
        }
        timed = {each.recording for each in everything(part.context) if each.timed}
        made = [
            withdrawn(planned.tombstone, spans[new], new, by=by, when=when)
            for old, new in ids.items()
            if spans[new] and old in timed
        ]
        made = made or [withdrawn(planned.tombstone, (), "", by=by, when=when)]
        lines += [msgspec.json.encode(each) for each in made]
    if lines:
        write_bytes(path, b"\n".join(lines) + b"\n")


def joined(spans: Iterable[Span]) -> list[Span]:
    """Join stretches that touch; in order, without empty ones."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span):
        if found and span.start <= found[-1].end:
            found[-1] |= span
        else:
            found.append(span)
    return found


def _rewritten(
    decision: Decision, part: Part, planned: Plan, eraser: Eraser, ids: Mapping[str, str]
) -> Decision:
    """Return a decision as it may stay; its id stays whatever it says."""
    spans = [turn.span for turn in part.turns.get(decision.recording, ())]
    inside = sum((span & decision.anchor).duration for span in spans)
    about = 2 * inside > decision.anchor.duration or any(
        span.start == decision.anchor.start for span in spans
    )
    named = part.person is not None and decision.value == part.person.id
    named |= person_key(decision.target.partition(":")[2]) in planned.keys
    named |= bool(decision.value) and person_key(decision.value) in planned.keys
    signed = person_key(decision.by.rpartition(":")[2])  # participant:ID where they were asked
    by = planned.tombstone if signed in planned.keys else eraser.text(decision.by)
    recording = ids.get(decision.recording, decision.recording)
    if decision.field != WITHDRAWN and (about or named):
        return Decision(
            decision.id, f"person:{planned.tombstone}", WITHDRAWN, "", by, decision.when,
            recording, decision.anchor, decision.undoes,
        )  # fmt: skip

    def moved(text: str) -> str:
        for old, new in ids.items():
            text = text.replace(old, new)
        return text

    return replace(
        decision,
        target=moved(eraser.text(decision.target)),
        value=moved(eraser.text(decision.value)),
        by=by,
        recording=recording,
    )


@dataclass(frozen=True)
class _Carrying(SessionContext):
    """A pass that carries over to the new recordings what was heard of the old ones."""

    carried: Mapping[str, tuple[Any, tuple[Issue, ...]]] = field(default_factory=dict)

    def step(
        self,
        name: str,
        kind: Any,
        made: Any,
        compute: Callable[[], tuple[Any, Sequence[Issue]]],
        *,
        intact: Callable[[Any], bool] = lambda _: True,
    ) -> Any:
        """Do a step, or take what was carried over; see ``SessionContext.step``."""
        known = self.carried.get(name)
        chosen = compute if known is None else lambda: known
        return super().step(name, kind, made, chosen, intact=intact)


def _carried(
    part: Part, eraser: Eraser, ids: Mapping[str, str]
) -> dict[str, tuple[Any, tuple[Issue, ...]]]:
    """Return what was heard of the others by the new name of its step."""
    found: dict[str, tuple[Any, tuple[Issue, ...]]] = {}
    kinds: tuple[tuple[str, Any], ...] = (
        ("transcript", Transcript), ("diarization", Diarization),
        ("diarization-logged", Diarization), ("conversation", Conversation),
    )  # fmt: skip
    heard = {r.id for r in part.context.intake.session.recordings if not r.transcript}
    for old, new in ids.items():
        own, others = part.turns.get(old, ()), part.others.get(old, ())
        for step, kind in (("sound", Sound), ("activity", tuple[Span, ...])):
            record = part.context.store.load(f"{old}/{step}", kind)
            if record is not None and old in part.context.intake.gone:
                found[f"{new}/{step}"] = (record.value, record.issues)
        for step, kind in kinds:
            if old not in heard and step in ("transcript", "conversation"):
                continue  # read again from the transcript, which is quick
            record = part.context.store.load(f"{old}/{step}", kind)
            if record is None:
                continue
            value = _without(record.value, new, own, others, eraser)
            issues = tuple(
                replace(each, message=eraser.text(each.message), remedy=eraser.text(each.remedy))
                for each in record.issues
                if each.level != "note"  # how many voices were heard, and the like
            )
            found[f"{new}/{step}"] = (value, issues)
    return found


def _without(
    value: Any, recording: str, own: Sequence[Turn], others: Sequence[Turn], eraser: Eraser
) -> Any:
    spans, voices = [turn.span for turn in own], voices_of(own)
    if isinstance(value, Conversation):
        gone = {turn.id for turn in own}
        turns = tuple(
            replace(
                turn,
                id=turn.id.replace(turn.recording, recording),
                recording=recording,
                words=eraser.words(turn.words),
                flags=tuple(replace(f, reason=eraser.text(f.reason)) for f in turn.flags),
            )
            for turn in value.turns
            if turn.id not in gone
        )
        left = {turn.voice for turn in turns}
        kept = tuple(replace(v, recording=recording) for v in value.voices if v.id in left)
        return replace(value, recording=recording, turns=turns, voices=kept)
    if isinstance(value, Diarization):
        only = voices - voices_of(others)
        return replace(
            value,
            recording=recording,
            voices=tuple(replace(v, recording=recording) for v in value.voices if v.id not in only),
            turns=tuple(
                turn for turn in value.turns
                if turn.voice not in only
                and not (
                    turn.voice in voices
                    and 2 * sum((turn.span & s).duration for s in spans) > turn.span.duration
                )
            ),
            prints=tuple(each for each in value.prints if each.voice not in voices),
        )  # fmt: skip
    shared = {(word.span.start, word.span.end) for turn in others for word in turn.words}
    segments = []
    for segment in value.segments:
        words = [
            word for word in segment.words
            if (word.span.start, word.span.end) in shared
            or not any((word.span.start + word.span.end) // 2 in span for span in spans)
        ]  # fmt: skip
        if words:
            segments.append(replace(segment, words=eraser.words(words)))
    return replace(value, recording=recording, segments=tuple(segments))
