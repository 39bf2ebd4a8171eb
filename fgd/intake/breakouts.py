"""Tell the tables of a session apart: several recordings at the same time, with one guide.

What a person wrote into ``session.toml`` holds. Otherwise names of files and folders tell
("table-1.m4a", "Gruppe A", "Breakout Room 2"), or the times at which sounds were recorded; what was
inferred is told with how sure it is. Whatever is no table is the plenary.
"""

from __future__ import annotations

import datetime
import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from fgd.core.clock import milliseconds
from fgd.core.files import MEDIA, printable
from fgd.core.text import person_key
from fgd.intake.folder import table_name
from fgd.intake.recordings import length_of
from fgd.model import Breakout, Issue, Level, Participant, Recording, Span

NAMED, CONFIRMED, TIMES, DOUBTED = 0.8, 0.95, 0.6, 0.5
"""How sure tables are: by their names, by names and times, by times alone, by names that the times
speak against. Set by hand, as no collection of such folders is at hand to count in."""

SHARED = 0.5
"""Sounds that share so much of the shorter one's time were recorded side by side."""

SAME_LENGTH = 2_000
"""Sounds of one time and of lengths as near as this are one talk recorded twice."""

_OF_ZOOM = re.compile(r"GMT(\d{8})-(\d{6})")
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Given:
    """A table as ``[[breakouts]]`` tells it; ``start`` and ``end`` are times of day."""

    name: str = ""
    recordings: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    rapporteur: str = ""


def told_tables(
    given: Sequence[Given], recordings: Sequence[Recording], home: Path, where: str
) -> tuple[tuple[Breakout, ...], list[Issue]]:
    """Return the tables that a person wrote down, and everything that does not fit."""
    issues: list[Issue] = []

    def wrong(message: str, remedy: str) -> None:
        issues.append(Issue("error", where, message, remedy, "[[breakouts]]"))

    by_name = {_same(each.name): each for each in recordings}
    taken: dict[str, str] = {}
    found: dict[str, Breakout] = {}
    for number, each in enumerate(given, 1):
        name = each.name.strip()
        if not name:
            wrong(f"breakout {number} has no name.", 'Write name = "Table 1" below it.')
            continue
        mine: list[str] = []
        for file in each.recordings:
            known = by_name.get(_same(file))
            if known is None:
                near = difflib.get_close_matches(_same(file), by_name, n=1, cutoff=0.6)
                remedy = f"Did you mean {printable(near[0])!r}?" if near else "Correct the name."
                wrong(f"{name} lists {printable(file)!r}, and no such recording is read.", remedy)
            elif taken.get(known.id, name) != name:
                wrong(
                    f"{printable(known.name)} is listed for {taken[known.id]} and for {name}; it "
                    f"counts for {taken[known.id]}.",
                    "List each recording once.",
                )
            else:
                taken[known.id] = name
                mine.append(known.id)
        if not each.recordings:
            mine = [
                r.id for r in recordings
                if r.id not in taken and _key(table_name(r.name)) == _key(name)
            ]  # fmt: skip
            taken |= dict.fromkeys(mine, name)
        if name in found:
            wrong(
                f"two breakouts are called {name!r} and are read as one.",
                "Give each table a name of its own, or list all recordings of one below one name.",
            )
            mine = [*found[name].recordings, *mine]
        elif not mine:
            wrong(
                f"{name} has no recording, so nothing of it can be told.",
                "List its recordings below it, or delete the table.",
            )
        span, problem = _span(each, [r for r in recordings if r.id in mine], home)
        if problem:
            wrong(f"{name}: {problem}", 'Write times of day such as start = "10:15".')
        found[name] = Breakout(name, tuple(mine), span, each.rapporteur.strip())
    tables = tuple(found.values())
    if len(tables) == 1:
        message = f"{tables[0].name} is the only breakout, so there is nothing to compare it with."
        remedy = "Write [[breakouts]] for each of the other tables, or delete this one."
        issues.append(Issue("warning", where, message, remedy, "[[breakouts]]"))
        return (), issues
    return tables, [*issues, *_at_odds(tables, where)]


def inferred_tables(
    recordings: Sequence[Recording], home: Path
) -> tuple[tuple[Breakout, ...], list[Issue]]:
    """Return the tables that names or times of the files tell, with how sure that is."""
    groups: dict[str, list[Recording]] = defaultdict(list)
    spans = {each.id: recorded(home / each.name) for each in recordings}
    for each in recordings:
        groups[table_name(each.name)].append(each)
    plenary = groups.pop("", [])
    if len(groups) == 1:
        ((name, only),) = groups.items()
        message = (
            f"{_files(only)} looks like a table ({name}), and there is no other one to compare."
        )
        remedy = "It is read as part of the plenary; add the recordings of the other tables."
        return (), [Issue("warning", printable(only[0].name), message, remedy)]
    if not groups:
        return _side_by_side(plenary, spans)
    issues: list[Issue] = []
    for name, mine in groups.items():
        if len(mine) > 1:
            message = f"{_files(mine)} are both called {name} and are read as one table."
            remedy = "If they are two tables, name them under [[breakouts]] in session.toml."
            issues.append(Issue("warning", printable(mine[0].name), message, remedy))
    whole = {name: _whole([spans[each.id] for each in mine]) for name, mine in groups.items()}
    pairs = [(whole[a], whole[b]) for a, b in combinations(groups, 2) if whole[a] and whole[b]]
    met = [_share(one, other) >= SHARED for one, other in pairs]
    sure = (CONFIRMED if all(met) else DOUBTED) if met else NAMED
    why = "by the names of its recordings" + (
        " and the times at which they were made" if sure == CONFIRMED else ""
    )
    tables = tuple(
        Breakout(name, tuple(each.id for each in mine), whole[name], "", sure, why)
        for name, mine in groups.items()
    )
    issues += _inferred(tables, recordings)
    issues += _at_odds(tables, printable(recordings[0].name))
    for each in plenary:
        beside = [t.name for t in tables if spans[each.id] and _share(spans[each.id], t.span) > 0]
        if beside:
            message = (
                f"this was recorded while {' and '.join(beside)} met, and is no table by name."
            )
            remedy = "It is read as the plenary; name it under [[breakouts]] if it is a table."
            issues.append(Issue("warning", printable(each.name), message, remedy))
    return tables, issues


def seated(
    people: Sequence[Participant], tables: Sequence[Breakout], where: str
) -> tuple[tuple[Participant, ...], list[Issue]]:
    """Name the tables of a list of participants as the session does; nobody is lost."""
    keys = {_key(each.name): each.name for each in tables}
    lost: dict[str, list[str]] = {}
    found = []
    for person in people:
        name = keys.get(_key(person.table), "") if tables else ""
        if person.table and tables and not name:
            lost.setdefault(person.table, []).append(person.name)
        found.append(replace(person, table=name))
    issues = [
        Issue(
            "warning",
            where,
            f"{', '.join(names)} sat at {table!r}, and no recording is of such a table.",
            f"Tables are {', '.join(keys.values())}; correct the column, or add the recording.",
        )
        for table, names in lost.items()
    ]
    known = {person_key(person.name) for person in people}
    issues += [
        Issue(
            "warning",
            where,
            f"{each.rapporteur} is to report for {each.name} and is not on the list.",
            "Write the name as the list has it, or add it there.",
        )
        for each in tables
        if each.rapporteur and people and person_key(each.rapporteur) not in known
    ]
    return tuple(found), issues


def recorded(path: Path) -> Span:
    """Tell when a sound was recorded, in milliseconds of UTC; empty if its file does not say."""
    length = length_of(path) if path.suffix.lower() in MEDIA else 0
    found = _OF_ZOOM.search(path.name)
    made = f"{found[1]}T{found[2]}" if found else _creation(path) if length else ""
    if not (length and made):
        return Span(0, 0)
    try:
        moment = datetime.datetime.fromisoformat(made)
    except ValueError:
        return Span(0, 0)
    start = int(moment.replace(tzinfo=moment.tzinfo or datetime.UTC).timestamp() * 1000)
    return Span(start, start + length) if start > _DAY else Span(0, 0)


def _creation(path: Path) -> str:
    import av

    try:
        with av.open(str(path)) as container:
            return str(container.metadata.get("creation_time", ""))
    except (av.FFmpegError, OSError, ValueError):
        return ""


def _side_by_side(
    recordings: Sequence[Recording], spans: Mapping[str, Span]
) -> tuple[tuple[Breakout, ...], list[Issue]]:
    """Take for tables what was recorded at the same time by its files, whatever it is called."""
    beside = {
        each.id
        for one, other in combinations(recordings, 2)
        for each in (one, other)
        if _share(spans[one.id], spans[other.id]) >= SHARED
        and abs(spans[one.id].duration - spans[other.id].duration) > SAME_LENGTH
    }
    tables = tuple(
        Breakout(
            Path(each.name).stem, (each.id,), spans[each.id], "", TIMES,
            "by the times at which its recording was made",
        )
        for each in recordings
        if each.id in beside
    )  # fmt: skip
    return tables, _inferred(tables, recordings) if tables else []


def _inferred(tables: Sequence[Breakout], recordings: Sequence[Recording]) -> list[Issue]:
    """Say what was inferred, how sure it is, and how a person settles it."""
    first = tables[0]
    names = {each.id: each.name for each in recordings}
    message = (
        f"{', '.join(each.name for each in tables)} were taken for tables that met at the same "
        f"time, {first.why.replace('its recordings', 'their files')} ({first.sure:.0%} sure)."
    )
    remedy = (
        "Write [[breakouts]] with name and recordings into session.toml to settle it, or "
        "breakouts = false if they are none."
    )
    level: Level = "note" if first.sure >= NAMED else "warning"
    return [Issue(level, printable(names[first.recordings[0]]), message, remedy)]


def _at_odds(tables: Sequence[Breakout], where: str) -> list[Issue]:
    """Report tables that by their times did not meet while another one did."""
    found = []
    for one, other in combinations(tables, 2):
        if one.span and other.span and not one.span.overlaps(other.span):
            message = (
                f"{one.name} and {other.name} did not meet at the same time by the times given, so "
                "one person may have sat at both."
            )
            remedy = "Correct start and end under [[breakouts]], or leave it if they took turns."
            found.append(Issue("warning", where, message, remedy))
    return found


def _span(given: Given, recordings: Sequence[Recording], home: Path) -> tuple[Span, str]:
    """Return the time of day of a table, and what is wrong with it; a length stands for an end."""
    start, end = milliseconds(_full(given.start)), milliseconds(_full(given.end))
    for text, read in ((given.start, start), (given.end, end)):
        if text and (read is None or read >= _DAY):
            return Span(0, 0), f"{text!r} is no time of day."
    if start is None:
        return Span(0, 0), ""
    if end is None:
        sounds = [home / each.name for each in recordings if each.kind == "audio"]
        length = sum(map(length_of, sounds))
        return (Span(start, start + length) if length else Span(0, 0)), ""
    if end <= start:
        return Span(0, 0), f"it ends ({given.end}) before it begins ({given.start})."
    return Span(start, end), ""


def _full(text: str) -> str:
    """Return a time of day with its seconds: ``10:15`` is no quarter of an hour."""
    return f"{text}:00" if re.fullmatch(r"\d{1,2}:\d\d", text.strip()) else text.strip()


def _whole(spans: Sequence[Span]) -> Span:
    known = [each for each in spans if each]
    if not known or len(known) < len(spans):
        return Span(0, 0)
    return Span(min(each.start for each in known), max(each.end for each in known))


def _share(one: Span, other: Span) -> float:
    shorter = min(one.duration, other.duration)
    return (one & other).duration / shorter if shorter else 0.0


def _files(recordings: Sequence[Recording]) -> str:
    return " and ".join(printable(each.name) for each in recordings)


def _key(name: str) -> str:
    """Compare names of tables by their number or letter where they have one: ``1``, ``Table 1``."""
    plain = " ".join(re.sub(r"[\W_]+", " ", name).casefold().split())
    found = re.search(r"(?:^| )0*(\d{1,2}|[a-h])$", plain)
    return found[1] if found else plain


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name)
