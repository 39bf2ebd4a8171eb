"""Read a session's folder as one value, ``session.toml`` included, with every problem on the way.

Nothing raises for bad content. A broken roster costs the roster, an unreadable recording costs
that recording; the session goes on with what is left and says what it is doing without. In
``session.toml`` every key stands for itself: one that is wrong is reported and left at its default,
and the others hold. The default of the rule of attribution is the strictest one, so that a typing
mistake there never shows more than was meant.
"""

from __future__ import annotations

import datetime
import difflib
import re
import typing
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from fgd.core.errors import InputError
from fgd.core.files import printable
from fgd.core.serialization import TomlFile
from fgd.core.settings import SESSION_SECTIONS, Settings
from fgd.core.text import clean, language, nearest_language
from fgd.decisions.log import read_decisions
from fgd.intake.breakouts import Given, inferred_tables, seated, told_tables
from fgd.intake.discussion_guide import read_guide
from fgd.intake.floor_csv import read_floor
from fgd.intake.folder import Listing, entries, listing, natural
from fgd.intake.meeting_chat import Message, read_chat
from fgd.intake.recordings import choose, identify, length_of
from fgd.intake.roster import Roster, read_roster
from fgd.intake.transcripts import read_transcript
from fgd.model import (
    Consent,
    Decision,
    Disclosure,
    FloorMark,
    Guide,
    Issue,
    Level,
    Recording,
    Rule,
    Session,
)
from fgd.workspace.deleted import Deleted, read_deleted

T = TypeVar("T")

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
YEARS = range(1900, 2200)
"""Years in which a discussion can have been recorded."""

_TEXTS = ("title", "event", "programme", "venue", "rapporteur")
_LISTS = ("conveners", "glossary", "languages", "recordings")
_SWITCHES = ("list_participants", "audio_clips", "time_codes")
KEYS = (
    *_TEXTS, "date", *_LISTS, "rule", *_SWITCHES, "consent", "breakouts", *SESSION_SECTIONS
)  # fmt: skip

_RULES: dict[Rule, Disclosure] = {
    "named": Disclosure("named", True, True, True),
    "institution": Disclosure("institution", True, False, True),
    "category": Disclosure("category"),
    "chatham-house": Disclosure("chatham-house"),
}


@dataclass(slots=True)
class SessionFile:
    """The values of a ``session.toml``; everything is empty where the file does not say."""

    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    disclosure: Disclosure = field(default_factory=Disclosure)
    consent: Consent = field(default_factory=Consent)
    overrides: dict[str, dict[str, object]] = field(default_factory=dict)
    breakouts: tuple[Given, ...] | None = None
    issues: list[Issue] = field(default_factory=list)


def read_session_file(file: TomlFile) -> SessionFile:
    """Check every key, and keep what is right."""
    read = SessionFile()
    for key, value in file.data.items():
        if key not in KEYS:
            read.issues.append(file.unknown(key, KEYS))
        elif key in _TEXTS:
            read.texts[key] = clean(_checked(file, read, key, value, str) or "")
        elif key == "date":
            read.texts[key] = _date(file, read, value)
        elif key in _LISTS:
            listed = (value,) if isinstance(value, str) else value
            found = _checked(file, read, key, listed, tuple[str, ...]) or ()
            read.lists[key] = tuple(text if key == "recordings" else clean(text) for text in found)
        elif key == "consent":
            read.consent = _consent(file, read, value)
        elif key == "breakouts":
            # ``false`` says that there are none, whatever names or times seem to tell.
            none = value is False
            read.breakouts = () if none else _checked(file, read, key, value, tuple[Given, ...])
        elif key in SESSION_SECTIONS:
            _override(file, read, key, value)
    read.disclosure = _disclosure(file, read)
    read.lists["languages"] = _languages(file, read, read.lists.get("languages", ()))
    return read


def _checked(file: TomlFile, read: SessionFile, key: str, value: object, kind: type[T]) -> T | None:
    found, issues = file.convert(value, kind, key)
    read.issues += issues
    return found


def _date(file: TomlFile, read: SessionFile, value: object) -> str:
    """Read the day as ISO has it, which puts sessions in order; other writing stays and is told."""
    if isinstance(value, datetime.date | datetime.datetime):
        told = value.isoformat()
    else:
        told = clean(_checked(file, read, "date", value, str) or "")
    parts = _DAY.match(told)
    level: Level = "error"
    message = ""
    if parts is None:
        if told:
            level = "warning"
            message = f"{told[:40]!r} does not put the session in order of days."
    elif int(parts[1]) not in YEARS:
        message = f"the year of {told} is not between {YEARS.start} and {YEARS.stop - 1}."
    else:
        try:
            day = datetime.date(int(parts[1]), int(parts[2]), int(parts[3]))
        except ValueError:
            message = f"there is no day {told}."
        else:
            return f"{day.isoformat()}{told[parts.end() :]}"
    if message:
        remedy = "Write the day as in date = 2026-03-04."
        read.issues.append(Issue(level, file.name, message, remedy, file.place("date")))
    return told if level == "warning" else ""


def _consent(file: TomlFile, read: SessionFile, value: object) -> Consent:
    if isinstance(value, Mapping):
        return _checked(file, read, "consent", value, Consent) or Consent()
    message = "consent is a table, so none is recorded."
    remedy = "Write [consent] and below it recorded = true."
    read.issues.append(Issue("error", file.name, message, remedy, file.place("consent")))
    return Consent()


def _override(file: TomlFile, read: SessionFile, key: str, value: object) -> None:
    """Read settings for this session alone, checked like those of the project."""
    kind = typing.get_type_hints(Settings)[key]
    if not isinstance(value, Mapping):
        message = f"{key} is a table of settings."
        remedy = f"Write [{key}] and the settings below it."
        read.issues.append(Issue("error", file.name, message, remedy, file.place(key)))
    elif _checked(file, read, key, value, kind) is not None:
        read.overrides[key] = dict(value)


def _disclosure(file: TomlFile, read: SessionFile) -> Disclosure:
    given = file.data.get("rule", "chatham-house")
    wanted = clean(given).casefold().replace(" ", "-").replace("_", "-") if _is_text(given) else ""
    found = next((_RULES[rule] for rule in _RULES if rule == wanted), None)
    if found is None:
        near = difflib.get_close_matches(wanted, _RULES, n=1, cutoff=0.6)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Rules are {', '.join(_RULES)}."
        message = f"unknown rule {given!r}; the strictest one, chatham-house, was taken."
        read.issues.append(Issue("error", file.name, message, remedy, file.place("rule")))
        found = Disclosure()
    return Disclosure(
        rule=found.rule,
        list_participants=_switch(file, read, "list_participants", found.list_participants),
        audio_clips=_switch(file, read, "audio_clips", found.audio_clips),
        time_codes=_switch(file, read, "time_codes", found.time_codes),
    )


def _switch(file: TomlFile, read: SessionFile, key: str, default: bool) -> bool:
    """Read a switch as set, or as the rule has it where it is not set or is no switch."""
    if key not in file.data:
        return default
    value = _checked(file, read, key, file.data[key], bool)
    return default if value is None else value


def _is_text(value: object) -> typing.TypeGuard[str]:
    return isinstance(value, str)


def _languages(file: TomlFile, read: SessionFile, given: tuple[str, ...]) -> tuple[str, ...]:
    codes: list[str] = []
    for text in given:
        code = language(text)
        if code:
            codes.append(code)
            continue
        near = nearest_language(text)
        message = f"{text!r} is not a language Whisper knows."
        remedy = f"Did you mean {near!r}?" if near else "Use a code like en, km, lo, th, vi or id."
        read.issues.append(Issue("error", file.name, message, remedy, file.place("languages")))
    return tuple(dict.fromkeys(codes))


@dataclass(frozen=True, slots=True)
class Intake:
    """What a session's folder holds. ``decisions`` are all of them, ``effective`` tells which
    hold; ``overrides`` maps names of settings tables to what ``session.toml`` sets in them,
    ``written`` are the public messages of the meeting's chat: never speech; ``unread`` names the
    files and entries of ``recordings`` that could not become one, ``used`` those that serve
    another purpose. ``gone`` tells when the sound of a recording was deleted by plan, by its id;
    ``closed`` since when so much was that the session cannot be run again.
    """

    session: Session
    issues: tuple[Issue, ...] = ()
    overrides: dict[str, dict[str, object]] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    floor: tuple[FloorMark, ...] = ()
    written: tuple[Message, ...] = ()
    unread: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    gone: Mapping[str, str] = field(default_factory=dict)
    closed: str = ""


def read_session(
    source: Path, session_id: str, *, root: Path, digest: Callable[[Path], str]
) -> Intake:
    """Read a session: a folder, or a single recording.

    ``root`` is the project's folder, out of which no link may lead; ``digest`` gives the SHA-256
    of a file. Problems become issues, errors first.
    """
    try:
        found = listing(source, root)
    except OSError as problem:
        return Intake(Session(session_id), (_closed(source, problem),))
    settings = _settings(found)
    roster, roster_issues = _attempt(_roster(found), read_roster, Roster())
    deleted = read_deleted(source)
    gone = _gone(source, deleted)
    chosen = choose(
        sorted((*found.candidates, *gone), key=lambda path: (natural(path.name), path.name)),
        settings.lists.get("recordings", ()),
        _place(found),
        languages=settings.lists.get("languages", ()),
        people=[person.name for person in roster.participants],
    )
    for path, before in gone.items():  # what stood in for the sound goes on standing in for it
        text = source / before.transcript
        if before.transcript and text in chosen.paths:
            chosen.paths.remove(text)
            chosen.stand_ins[path] = text
    recordings, problems = identify(
        chosen.paths,
        chosen.stand_ins,
        lambda path: gone[path].sha256 if path in gone else digest(path),
        source,
    )
    home = source if source.is_dir() else source.parent
    tables, table_issues = (
        inferred_tables(recordings, home)
        if settings.breakouts is None
        else told_tables(settings.breakouts, recordings, home, _place(found))
    )
    list_name = printable(found.roster.name) if found.roster else ""
    people, seat_issues = seated(roster.participants, tables, list_name)
    guide, guide_issues = _attempt(found.guide, read_guide, Guide())
    texts, lists = settings.texts, settings.lists
    session = Session(
        id=session_id,
        title=texts.get("title") or _title(source),
        event=texts.get("event", ""),
        programme=texts.get("programme", ""),
        date=texts.get("date", ""),
        venue=texts.get("venue", ""),
        conveners=lists.get("conveners", ()),
        rapporteur=texts.get("rapporteur", ""),
        languages=lists.get("languages", ()),
        glossary=lists.get("glossary", ()),
        disclosure=settings.disclosure,
        consent=settings.consent,
        institutions=roster.institutions,
        participants=people,
        guide=guide,
        recordings=recordings,
        breakouts=tables,
    )
    unmarked: tuple[FloorMark, ...] = ()
    undecided: tuple[Decision, ...] = ()
    floor, floor_issues = _attempt(
        found.floor,
        partial(read_floor, session=session, ends=_ends(source, session, found)),
        unmarked,
    )
    decisions, decision_issues = _attempt(found.decisions, read_decisions, undecided)
    written: list[Message] = []
    for path in found.chats:
        nothing: tuple[Message, ...] = ()
        messages, chat_issues = _attempt(path, read_chat, nothing)
        written += messages
        decision_issues += chat_issues
    issues = [
        *settings.issues, *found.issues, *chosen.issues, *problems, *table_issues, *roster_issues,
        *seat_issues, *guide_issues,
        *floor_issues, *decision_issues,
    ]  # fmt: skip
    days = {each.id: _day(each, deleted) for each in gone.values()}
    issues += [_told_gone(each, days[each.id]) for each in recordings if each.id in days]
    if not recordings and not deleted.closed:
        message = "there is no recording or transcript in this session."
        remedy = "Put an audio or video file, or a transcript, into its folder."
        issues.append(Issue("error", printable(source.name), message, remedy))
    issues.sort(key=lambda issue: ("error", "warning", "note").index(issue.level))
    serving = (found.settings, found.roster, found.guide, found.floor, found.decisions)
    used = tuple(printable(path.name) for path in (*serving, *found.chats) if path)
    return Intake(
        session, tuple(issues), settings.overrides, decisions, floor, tuple(written),
        _unread([*found.issues, *chosen.issues, *problems]), used, days, deleted.closed,
    )  # fmt: skip


def _gone(source: Path, deleted: Deleted) -> dict[Path, Recording]:
    """Find the recordings that were deleted by plan and are still gone, by where they lay."""
    return {
        source / each.name: each
        for each in deleted.recordings
        if _day(each, deleted) and not (source / each.name).exists()
    }


def _day(recording: Recording, deleted: Deleted) -> str:
    return deleted.on.get("transcripts" if recording.kind == "transcript" else "sound", "")


def _told_gone(recording: Recording, day: str) -> Issue:
    what = "transcript" if recording.kind == "transcript" else "sound"
    message = f"the {what} was deleted on {day}, as keep_days says"
    end = "." if what == "transcript" else "; its quotes can be read and no longer be heard."
    return Issue("note", printable(recording.name), message + end)


@dataclass(frozen=True, slots=True)
class Understood:
    """What one recording or transcript was taken for, before anything is heard. ``labels`` has the
    words under each; times are in milliseconds and 0 where there are none.
    """

    file: str
    length: int = 0
    transcript: str = ""
    format: str = ""
    passages: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    timed: bool = False
    start: int = 0
    end: int = 0
    gone: bool = False


def understood(intake: Intake, source: Path) -> tuple[tuple[Understood, ...], tuple[Issue, ...]]:
    """Read the transcripts that a session already has: what each holds, and what is odd in them."""
    home = source if source.is_dir() else source.parent
    languages = intake.session.languages
    told: list[Understood] = []
    issues: list[Issue] = []
    for recording in intake.session.recordings:
        length = length_of(home / recording.name) if recording.kind == "audio" else 0
        if recording.kind != "transcript" and not recording.transcript:
            told.append(Understood(recording.name, length, gone=recording.id in intake.gone))
            continue
        path = home / (recording.transcript or recording.name)
        if recording.id in intake.gone and not path.is_file():
            continue
        read, more = read_transcript(path, recording, languages=languages, length=length)
        issues += more
        words: Counter[str] = Counter()
        for segment in read.segments:
            words[segment.label] += len(segment.words)
        spans = [segment.span for segment in read.segments] if read.timed else []
        told.append(
            Understood(
                recording.name,
                length,
                path.name,
                read.source.removeprefix("import:"),
                len(read.segments),
                dict(words.most_common()),
                read.timed,
                min((span.start for span in spans), default=0),
                max((span.end for span in spans), default=0),
            )
        )
    return tuple(told), tuple(issues)


def files_read(source: Path, *, root: Path | None = None) -> tuple[Path, ...]:
    """List every file that ``read_session`` looks into, recordings included, for fingerprinting.

    Files that turn out to be none of a session's are among them, because they make issues.
    ``root`` is the project's folder; the default is the one above ``recordings/``.
    """
    try:
        return tuple(entries(source, root or source.parent.parent))
    except OSError:
        return ()


def _unread(met: Sequence[Issue]) -> tuple[str, ...]:
    """Report what was meant as a recording and is none: unreadable files, names of none."""
    return tuple(
        each.where
        for each in met
        if each.level == "error"
        and Path(each.where).stem.casefold() not in ("participants", "roster", "guide")
    )


def _closed(path: Path, problem: OSError) -> Issue:
    message = f"this cannot be opened ({problem.strerror or problem})."
    remedy = "Give yourself permission to read it."
    return Issue("error", printable(path.name), message, remedy)


def _title(source: Path) -> str:
    return unicodedata.normalize("NFC", printable(source.name if source.is_dir() else source.stem))


def _place(found: Listing) -> str:
    return found.settings.name if found.settings else "session.toml"


def _ends(source: Path, session: Session, found: Listing) -> dict[str, int]:
    """Find how long the recordings of a session with a floor log are: the sound's length, else the
    end of the transcript.
    """
    if found.floor is None or not source.is_dir():
        return {}
    ends: dict[str, int] = {}
    for recording in session.recordings:
        path = source / recording.name
        length = length_of(path) if recording.kind == "audio" else 0
        if not length and recording.kind == "transcript" and path.is_file():
            read, _ = read_transcript(source / recording.name, recording)
            if read.timed and read.segments:
                length = max(segment.span.end for segment in read.segments)
        ends[recording.id] = length
    return ends


def _roster(found: Listing) -> Path | None:
    """Find the roster by its name, or the one table whose name says that it may be one."""
    if found.roster is None and found.maybe_rosters:
        first, *_ = found.maybe_rosters
        message = "this was read as the roster."
        remedy = "Call the roster participants.csv or participants.xlsx."
        found.issues.append(Issue("note", printable(first.name), message, remedy))
        found.maybe_rosters.remove(first)
        found.roster = first
    for other in found.maybe_rosters:
        message = "this may be a list of people; another one is read, and it was left aside."
        remedy = "Copy what is missing into the roster."
        found.issues.append(Issue("note", printable(other.name), message, remedy))
    return found.roster


def _settings(found: Listing) -> SessionFile:
    if found.settings is None:
        return SessionFile()
    try:
        return read_session_file(TomlFile.read(found.settings))
    except InputError as problem:
        return SessionFile(issues=[problem.as_issue()])
    except OSError as problem:
        return SessionFile(issues=[_closed(found.settings, problem)])


def _attempt(
    path: Path | None, read: Callable[[Path, str], tuple[T, list[Issue]]], empty: T
) -> tuple[T, list[Issue]]:
    """Read one file of the folder; nothing of it if it is not there or cannot be opened."""
    if path is None:
        return empty, []
    try:
        return read(path, printable(path.name))
    except OSError as problem:
        return empty, [_closed(path, problem)]
