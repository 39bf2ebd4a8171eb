"""A session for analysts' programs, and what they coded brought back as people's decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fgd import disclosure
from fgd.core.errors import GateError, LeakError
from fgd.disclosure.redaction import Redactor
from fgd.export import Line
from fgd.export.refi import (
    Coded,
    Project,
    Speaker,
    Text,
    code_names,
    guid_of,
    project_files,
    texts,
    write_project,
)
from fgd.model import (
    MARK,
    Attributions,
    Coding,
    Edition,
    Issue,
    Piece,
    Session,
    Themed,
    Unit,
    Word,
)
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import arranged
from fgd.pipeline.session_pass import (
    attribute,
    find_themes,
    full_session,
    is_released,
    kept_out,
    lines,
    nobody_known,
    secrets,
)

_SHOWN = 5

UNTITLED = "Discussion"
"""What a project without a title is called, where the name of its folder may tell who met."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What goes into a project: everything as heard, or as the rule of attribution allows."""

    session: Session
    lines: tuple[Line, ...]
    themed: Themed
    codings: tuple[Coding, ...]
    speakers: Mapping[str, Speaker]
    notes: Mapping[str, str]


def project(context: SessionContext, edition: Edition, *, sound: bool = False) -> bytes:
    """Write a session as a REFI-QDA project.

    The circulation edition has pseudonyms for people, marks for what identifies in the text or is
    not known to be harmless, and neither sound nor chat. Its files are scanned as those of the
    brief are.

    Raises:
        GateError: no consent is recorded.
        LeakError: the files would say who was there.
    """
    told = _internal(context) if edition == "internal" else _circulation(context)
    files = project_files(
        told.session,
        told.lines,
        told.themed.codebook,
        told.codings,
        told.speakers,
        notes=told.notes,
        sounds=dict(_sounds(context)) if sound and edition == "internal" else None,
    )
    if edition == "circulation":
        found = disclosure.leaks(files, secrets(context))
        if found:
            places = "; ".join(map(str, found[:_SHOWN]))
            raise LeakError(
                f"the project would have revealed who was there: {places}.",
                where=context.folder.name,
                remedy="Nothing was written. Correct the transcript or the roster at these places.",
            )
    return write_project(files)


def _sounds(context: SessionContext) -> Iterator[tuple[str, tuple[str, bytes]]]:
    for recording in context.intake.session.recordings:
        path = context.source(recording, recording.name)
        if recording.kind == "audio" and path.is_file():
            yield recording.id, (path.suffix.lower(), path.read_bytes())


def _internal(context: SessionContext) -> _Told:
    session, who = full_session(context), Attributions(attribute(context).value.attributions)
    people = {person.id: person for person in session.participants}
    bodies = {body.id: body for body in session.institutions}
    said = tuple(line for line in lines(context) if line.text != MARK)
    spoken = {line.turn: line.speaker for line in said}
    speakers: dict[str, Speaker] = {}
    cases: dict[str, Speaker] = {}
    for talk in arranged(context):
        for turn in talk.turns:
            found = who.of(turn)
            person = people.get(found.participant)
            mine = person.institutions if person else found.institutions
            seats = [bodies[key] for key in mine if key in bodies]
            facts = {
                "role": person.role if person else "",
                "institution": "; ".join(body.name for body in seats),
                "category": "; ".join(dict.fromkeys(b.category for b in seats if b.category)),
                "country": person.country if person else "",
                "attribution": f"{found.confidence:.2f}" if found.identified else "unknown",
            }
            key = who.key(turn)
            name = spoken.get(turn.id, turn.voice)
            speakers[turn.id] = cases.setdefault(key, Speaker(key, name, facts))
    themed = find_themes(context).value
    notes = {}
    if context.intake.written:
        written = "\n".join(message.line for message in context.intake.written)
        notes["Written in the meeting's chat (not spoken)"] = written + "\n"
    return _Told(session, said, themed, themed.codings, speakers, notes)


def _circulation(context: SessionContext) -> _Told:
    full = _internal(context)
    if not full.session.consent.recorded:
        raise GateError(
            "no circulation edition is made, because no consent is recorded.",
            where=f"{context.folder.name}/session.toml",
            place="[consent]",
            remedy="Write recorded = true under [consent] in session.toml once you have it.",
        )
    if unknown := nobody_known(context):
        raise GateError(
            unknown,
            where=f"{context.folder.name}/participants.csv",
            remedy="Mend participants.csv or add it, or write without_roster = true under [brief].",
        )
    if full.session.disclosure.rule != "named" and not is_released(context):
        raise GateError(
            "nobody has released the circulation edition as it is now, so its transcript is not "
            "written either.",
            where=context.folder.name,
            remedy=f"Look at it on the page Circulation of fgd review, or with fgd circulation "
            f"{context.folder.id}, and let it go.",
        )
    homes = {person.country for person in full.session.participants}
    homes |= {body.country for body in full.session.institutions}
    may = context.settings.brief.may_be_named
    decided = kept_out(context)
    redact = Redactor(
        full.session.disclosure.rule,
        secrets(context),
        tuple(sorted(home for home in homes if home and home not in may)),
        disclosure.harmless(full.session, secrets(context), context.settings.brief, decided),
    )
    numbers: dict[str, str] = {}
    for speaker in full.speakers.values():
        led = speaker.facts.get("role") == "facilitator"
        numbers.setdefault(speaker.id, "Facilitator" if led else f"Speaker {len(numbers) + 1}")
    names = Counter(numbers.values())
    numbers = {
        key: name if names[name] == 1 else f"{name} {n}"
        for n, (key, name) in enumerate(numbers.items(), 1)
    }
    speakers = {
        turn: Speaker(numbers[each.id], numbers[each.id], {"role": each.facts.get("role", "")})
        for turn, each in full.speakers.items()
    }
    said: list[Line] = []
    places: dict[str, list[tuple[int, int, int]]] = {}
    for line in full.lines:
        pieces = redact.pieces(line.text, spoken=True, out=_left_out(line, decided))
        places[line.turn] = [*_map(line.text, pieces)]
        text = "".join(piece.text for piece in pieces)
        who = speakers[line.turn].name if line.turn in speakers else "Speaker"
        timed = line.timed and full.session.disclosure.time_codes
        said.append(replace(line, words=(Word(line.span, text),), speaker=who, timed=timed))
    codings = [_moved(coding, places.get(coding.turn, [])) for coding in full.codings]
    book = full.themed.codebook
    codes = tuple(
        replace(code, name=redact.typed(code.name), description=redact.typed(code.description))
        for code in book.codes
    )
    recordings = tuple(
        replace(recording, name=f"Recording {n}")
        for n, recording in enumerate(full.session.recordings, 1)
    )
    session = Session(
        full.session.id, title=redact.typed(full.session.title) or UNTITLED, recordings=recordings
    )
    themed = replace(full.themed, codebook=replace(book, codes=codes))
    return _Told(session, tuple(said), themed, tuple(codings), speakers, {})


def _left_out(line: Line, decided: disclosure.Decided) -> list[tuple[int, int]]:
    """Return the characters of a turn of which their speaker asked that they are not passed on."""
    spans = [span for recording, span in decided.left_out if recording == line.recording]
    raw = "".join(word.text for word in line.words)
    at, found = len(raw.lstrip()) - len(raw), []
    for word in line.words:
        start, at = max(at, 0), at + len(word.text)
        if any(word.span.overlaps(span) for span in spans):
            found.append((start, at))
    return found


def _map(text: str, pieces: Sequence[Piece]) -> Iterator[tuple[int, int, int]]:
    """Where the kept pieces of a text stood before, how long they are, and where they stand."""
    before = after = 0
    for n, piece in enumerate(pieces):
        if piece.said:
            before = text.index(piece.text, before)
            yield before, len(piece.text), after
            before += len(piece.text)
        elif n + 1 == len(pieces):
            yield len(text), 0, after + len(piece.text)
        after += len(piece.text)


def _moved(coding: Coding, places: Sequence[tuple[int, int, int]]) -> Coding:
    """A coding in the text after names were taken out; a gap at an edge is taken in whole."""

    def at(place: int, *, end: bool) -> int:
        best = 0
        for before, length, after in places:
            if before <= place <= before + length:
                return after + place - before
            if before > place:
                return after if end else best
            best = after + length
        return best

    return replace(coding, start=at(coding.start, end=False), end=at(coding.end, end=True))


# -- back ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody's project says about a session: codes to add to units and to take off, by
    turn, place in it and code, and what could not be used.
    """

    add: tuple[tuple[str, int, str], ...]
    remove: tuple[tuple[str, int, str], ...]
    issues: tuple[Issue, ...] = ()


def codings_of(context: SessionContext, brought: Project, name: str) -> Found:
    """Compare the coded stretches of a project with the session's own codings.

    A stretch counts for the units of which it holds at least half. Codes are matched by GUID, then
    by id and name; a code that the session does not have is told and left out. A source that is not
    in the project takes nothing away.
    """
    told = _internal(context)
    written = texts(told.session, told.lines, {k: v.name for k, v in told.speakers.items()})
    ours = {
        guid_of(told.session.id, "code", code.id): code.id for code in told.themed.codebook.codes
    }
    return compare(written, told.themed, brought, name, ours)


def compare(
    written: Sequence[Text],
    themed: Themed,
    brought: Project,
    name: str,
    ours: Mapping[str, str] | None = None,
) -> Found:
    """As ``codings_of``, for texts as they were written and the themes of the session; ``ours``
    are the ids of its codes by the GUIDs they were written with.
    """
    guids = {code: (ours or {}).get(guid, "") for code, guid in brought.guids.items()}
    known = {code.id: code.id for code in themed.codebook.codes}
    called = code_names(themed.codebook.codes)
    known |= {called[code.id].casefold(): code.id for code in themed.codebook.codes}
    theirs = {code.id: code for code in brought.codes}
    units: dict[str, list[Unit]] = {}
    for unit in themed.units:
        if unit.kind == "content":
            units.setdefault(unit.turn, []).append(unit)
    wanted: set[tuple[str, int, str]] = set()
    seen: set[str] = set()
    issues: list[Issue] = []
    lost: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for text in written:
        body = brought.texts.get(text.name)
        if body is None:
            continue
        seen |= set(text.places)
        same = body.rstrip() == text.body.rstrip()
        if not same:
            message = (
                f"the text of {text.name!r} was changed; stretches were looked for by their words."
            )
            remedy = "Correct words in fgd review, so that they are corrected everywhere."
            issues.append(Issue("warning", name, message, remedy))
        for each in brought.coded:
            if each.source != text.name:
                continue
            code = guids.get(each.code) or known.get(each.code)
            code = code or known.get(theirs[each.code].name.casefold(), "")
            if not code:
                unknown[theirs[each.code].name] += 1
                continue
            place = (each.start, each.end) if same else _again(each, text.body)
            hits = [] if place is None else [*_units_in(place, text.places, units)]
            wanted |= {(turn, start, code) for turn, start in hits}
            lost[text.name] += not hits
    if not seen:
        message = "no text of this project is a transcript of this session."
        remedy = "Import the project that fgd export wrote and somebody coded."
        issues.append(Issue("error", name, message, remedy))
    for code, count in unknown.items():
        message = f"{count} stretch(es) are coded with {code!r}, which is no theme of this session."
        remedy = "Import the codebook as codebook.toml first, or add the theme in fgd review."
        issues.append(Issue("warning", name, message, remedy))
    for source, count in lost.items():
        if count:
            message = f"{count} coded stretch(es) of {source!r} hold no unit that can be coded."
            issues.append(Issue("warning", name, message, "They stay in the project only."))
    now = set(_coded_now(themed, units, seen))
    return Found(tuple(sorted(wanted - now)), tuple(sorted(now - wanted)), tuple(issues))


def _coded_now(
    themed: Themed, units: Mapping[str, Sequence[Unit]], seen: set[str]
) -> Iterator[tuple[str, int, str]]:
    for coding in themed.codings:
        if coding.status != "rejected" and coding.turn in seen:
            for unit in units.get(coding.turn, ()):
                shared = min(unit.end, coding.end) - max(unit.start, coding.start)
                if 2 * shared >= unit.end - unit.start:
                    yield coding.turn, unit.start, coding.code


def _units_in(
    place: tuple[int, int],
    places: Mapping[str, tuple[int, int]],
    units: Mapping[str, Sequence[Unit]],
) -> Iterator[tuple[str, int]]:
    """Return the units of which a stretch of the text holds half or more, as turn and start."""
    for turn, (start, end) in places.items():
        if place[0] < end and place[1] > start:
            for unit in units.get(turn, ()):
                shared = min(start + unit.end, place[1]) - max(start + unit.start, place[0])
                if 2 * shared >= unit.end - unit.start:
                    yield turn, unit.start


def _again(each: Coded, body: str) -> tuple[int, int] | None:
    """A coded stretch in the text as it was written, if its words stand there exactly once."""
    if len(each.text) < 8 or body.count(each.text) != 1:
        return None
    start = body.index(each.text)
    return start, start + len(each.text)
