"""Every voice and turn of a session to its participant and institution, or an honest unknown.

What was said is weighed for all voices of a recording together; a person's decision, a label on an
imported transcript and the floor log stand above it. Silence beats a wrong flag: below the
threshold a turn stays unknown, with its evidence and its runner-up for the reviewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.attribution.analysis import (
    Analysis,
    Hearing,
    analyse,
    by_institution,
    hear,
    of_body,
    of_seat,
)
from fgd.attribution.candidates import Directory
from fgd.attribution.claims import Claims, claimed, collect, conflicts, doubted, settled
from fgd.attribution.discovery import JOINED, NEAR, OFFERED, SAME, Roster, discover, worth
from fgd.attribution.evidence import of_links
from fgd.attribution.introductions import body_at
from fgd.attribution.joined import Joined, Room, Verdicts, agreed, join, pooled, unnamed
from fgd.attribution.names import Slot, body_likeness, person_likeness
from fgd.attribution.readings import written_small
from fgd.attribution.solver import LEFT_OVER, Weights, shipped, spoken_for
from fgd.core.settings import AttributionSettings
from fgd.model import (
    NOBODY,
    AsHeard,
    Attribution,
    Conversation,
    Decision,
    Evidence,
    FloorMark,
    Institution,
    Issue,
    Participant,
    SameVoice,
    Session,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHERE = "attribution"


def remarks(
    session: Session, people: Sequence[Participant], by_recording: Sequence[Sequence[Attribution]]
) -> Iterable[Issue]:
    """Voices left unknown, people who share or have several voices, people never recognised.

    ``people`` are those listed and those only heard of; attributions come recording by recording.
    """
    names = {p.id: p.name or p.id for p in people}
    for own in by_recording:
        yield from _several_voices(names, own)
    results = [said for own in by_recording for said in own]
    voices = [a for a in results if not a.turn and a.voice != NOBODY]
    shared: dict[str, set[str]] = {}
    for said in results:
        if said.turn and said.participant:
            shared.setdefault(said.voice, set()).add(said.participant)
    by_turn = {voice for voice, some in shared.items() if len(some) > 1}
    nameless = [a.voice for a in voices if not a.participant and not a.institutions]
    for voice in (each for each in nameless if each in by_turn):
        yield Issue(
            "note",
            WHERE,
            f"several people seem to speak as {voice}: its turns are attributed one by one.",
            "Split the voice if it is two people.",
        )
    unknown = [voice for voice in nameless if voice not in shared]
    if unknown:
        yield Issue(
            "note",
            WHERE,
            f"{len(unknown)} of {len(voices)} voices stay unknown: {', '.join(unknown)}.",
            "Listen to them and decide, or leave them unknown.",
        )
    known = {a.participant for a in results}
    silent = [names[p.id] for p in session.participants if p.id not in known and p.name]
    if silent and len(silent) <= 30:
        yield Issue(
            "note",
            WHERE,
            f"never recognised: {', '.join(silent)}.",
            "They were absent, said nothing, or are among the unknown voices.",
        )
    leaders = [p for p in session.participants if p.role == "facilitator"]
    if session.participants and not leaders:
        yield Issue(
            "note",
            WHERE,
            "nobody on the roster is marked as facilitator.",
            "Set the role of whoever leads; names said by them then count for more.",
        )


def _several_voices(names: Mapping[str, str], own: Sequence[Attribution]) -> Iterable[Issue]:
    """People who are heard as several voices of one recording; of two it is what they must be."""
    heard: dict[str, list[str]] = {}
    for said in own:
        if said.participant and not said.turn:
            heard.setdefault(said.participant, []).append(said.voice)
    for participant, voices in heard.items():
        if len(set(voices)) > 1:
            yield Issue(
                "note",
                WHERE,
                f"{names.get(participant, participant)} is heard as "
                f"{' and '.join(dict.fromkeys(voices))}.",
                "Merge the voices if they are one person.",
            )


TOLD = ("decision", "label", "floor log")
"""Sources that say who it is: what they say is told where it cannot be, and not changed."""


def at_one_table(
    session: Session,
    by_recording: Sequence[Sequence[Attribution]],
    everybody: Sequence[Participant],
    issues: list[Issue],
) -> list[list[Attribution]]:
    """Let nobody sit at two tables at once, facilitators and observers excepted: they walk about.

    A table that the list of participants names goes before the surest voice; elsewhere the voice is
    unknown, unless a person, a label or the floor log said who it is: that is only told.
    """
    results = [list(own) for own in by_recording]
    tables = [t for t in session.breakouts if t.recordings]
    if len(tables) < 2:
        return results
    people = {p.id: p for p in everybody if p.role not in ("facilitator", "observer")}
    heard: dict[str, dict[str, list[Attribution]]] = {}
    for said in (said for own in results for said in own if said.participant in people):
        if table := session.table_of(said.recording):
            heard.setdefault(said.participant, {}).setdefault(table, []).append(said)
    by_name = {each.name: each for each in tables}
    for participant, places in heard.items():
        person = people[participant]

        def sure(table: str, places: Mapping[str, Sequence[Attribution]] = places) -> float:
            return max(a.confidence + (a.source in TOLD) for a in places[table])

        seat = person.table or max(places, key=lambda table: (sure(table), table))
        away = [t for t in places if t != seat and by_name[t].is_beside(by_name[seat])]
        for table in away:
            fixed = any(a.source in TOLD for a in places[table])
            done = "it was left as it is" if fixed else f"the voice at {table} is left unknown"
            why = "by the list of participants sat" if person.table else "is heard"
            issues.append(
                Issue(
                    "warning",
                    WHERE,
                    f"{person.name} {why} at {seat} and is heard at {table}, which met at the same "
                    f"time: one of the two is somebody else, and {done}.",
                    "Say who it is with fgd decide, or correct the tables in session.toml.",
                )
            )
        results = [
            [
                _unknown(a)
                if a.participant == participant
                and a.source not in TOLD
                and session.table_of(a.recording) in away
                else a
                for a in own
            ]
            for own in results
        ]
    return results


DOUBTFUL = 0.6
"""Share of a turn that must agree with its voice before the voice's name is simply passed on."""


def _written(hearings: Sequence[Hearing]) -> dict[str, tuple[str, ...]]:
    """The labels of imported transcripts, each with the bodies one says under it to speak for."""
    found: dict[str, dict[str, None]] = {}
    for hearing in hearings:
        turns = hearing.talk.turns
        for turn in turns:
            if turn.label:
                found.setdefault(turn.label, {})
        for item in hearing.heard:
            label = turns[item.turn].label if item.way == "for" else ""
            if not label:
                continue
            doc, cue = hearing.readings[item.passage].passage.doc, item.cue
            # "Our colleagues from X" may be others, and "at X we saw ..." may tell of a visit.
            others = any(word.norm_.startswith("colleague") for word in doc[cue.start : cue.end])
            body = body_at(doc, cue.slot[0], cue.slot[1]) if cue.forward and not others else None
            if body is not None:
                found[label].setdefault(doc[slice(*body)].text)
    return {label: tuple(said) for label, said in found.items()}


def _named_beside(
    own: Sequence[Attribution], hearing: Hearing, directory: Directory
) -> list[Attribution]:
    """Give voices that nobody on the list accounts for the name by which they were heard.

    They must be given the floor by it or say it themselves, and by one name only. Who on the list
    sounds like it is offered beside it.
    """
    unknown = {a.voice for a in own if not a.turn and not a.identified and a.source != "decision"}
    names: dict[str, list[Slot]] = {}
    for item in (*hearing.introduced, *hearing.heard):
        voice = hearing.talk.turns[item.turn].voice
        if voice in unknown and item.way in ("self", "floor") and worth(item):
            names.setdefault(voice, []).append(item.slot)
    heard: dict[str, AsHeard] = {}
    for voice, slots in names.items():
        first = max(slots, key=lambda slot: bool(slot.person) + bool(slot.body))
        if not all(_same_name(slot, first) for slot in slots):
            continue
        near = [
            (max(person_likeness(first.person, seat.participant.name),
                 max((body_likeness(first.body, n) for n in directory.names_of(seat.index)),
                     default=0.0)), seat.participant.id)
            for seat in directory.seats
        ]  # fmt: skip
        close = sorted(
            ((likeness, key) for likeness, key in near if likeness >= NEAR), reverse=True
        )
        if close and close[0][0] >= JOINED:
            continue  # somebody on the list, whom something else speaks against
        spelled = tuple(dict.fromkeys(s for slot in slots for s in (slot.person, slot.body) if s))
        offered = tuple(key for _, key in close[:OFFERED])
        heard[voice] = AsHeard(first.person, first.body, spelled, offered)
    return [
        replace(a, heard=heard[a.voice], source="as heard")
        if a.voice in heard and not a.identified and a.source != "decision"
        else a
        for a in own
    ]


def _same_name(one: Slot, other: Slot) -> bool:
    persons = not (one.person and other.person) or (
        person_likeness(one.person, other.person) >= SAME
    )
    return persons and (
        not (one.body and other.body) or body_likeness(one.body, other.body) >= SAME
    )


@dataclass(frozen=True, slots=True)
class Attributed:
    """One attribution per voice (``turn`` empty) and per turn, in order of recording and time.

    ``participants`` and ``institutions`` are those identified beyond the roster: written on a
    transcript, bodies of the gazetteer, decided. ``heard_participants`` and
    ``heard_institutions`` are names that were only heard: a decision may choose them, and no
    edition that hides names may say them, but nobody is identified by them and none is counted.
    """

    attributions: tuple[Attribution, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    issues: tuple[Issue, ...] = ()
    participants: tuple[Participant, ...] = ()
    institutions: tuple[Institution, ...] = ()
    heard_participants: tuple[Participant, ...] = ()
    heard_institutions: tuple[Institution, ...] = ()


def attribute(
    session: Session,
    conversations: Sequence[Conversation],
    *,
    floor: Sequence[FloorMark] = (),
    decisions: Sequence[Decision] = (),
    enrolled: Sequence[Evidence] = (),
    same: Sequence[SameVoice] = (),
    settings: AttributionSettings | None = None,
    gazetteer: Sequence[Institution] = (),
    weights: Weights | None = None,
) -> Attributed:
    """Attribute the conversations of one session.

    ``decisions`` are those that hold (undone ones left out); ``enrolled`` are voices recognised by
    their sound (``about`` a voice, with a participant); ``same`` are voices of two recordings that
    sound like one person; ``gazetteer`` adds bodies to the shipped ones. Raises nothing of its own:
    what does not fit is an ``Issue``.
    """
    chosen = settings or AttributionSettings()
    line = weights or shipped()
    lang = session.languages[0] if session.languages else "en"
    hearings = [hear(conversation, lang) for conversation in conversations]
    found = Roster()
    if not session.participants:
        everything = [h for hearing in hearings for h in (*hearing.introduced, *hearing.heard)]
        known = (*session.institutions, *gazetteer)
        found = discover(
            everything, known, _written(hearings), written_small(h.talk for h in hearings)
        )
    everybody = (*session.participants, *found.participants)
    bodies = (*session.institutions, *found.institutions)
    # One each: the titles under which people are introduced are added on the way.
    analyses = tuple(
        analyse(hearing, Directory(everybody, bodies, lang, found.looks)) for hearing in hearings
    )
    claims = tuple(
        collect(talk, each.directory, floor=floor, decisions=decisions, enrolled=enrolled)
        for talk, each in zip(conversations, analyses, strict=True)
    )
    told = [verdicts(analysis, line, chosen) for analysis in analyses]
    room = Room(
        tuple(conversations), analyses, claims, tuple(told),
        {recording.id: recording.name for recording in session.recordings},
    )  # fmt: skip
    joined = (
        join(room, same, {person.id: person.name for person in everybody})
        if same
        else Joined({}, set(), [])
    )
    if joined.partners:
        analyses = pooled(room, joined)
        told = [verdicts(analysis, line, chosen) for analysis in analyses]
    agreed(room, joined, told, line, chosen.threshold)
    results: list[list[Attribution]] = []
    issues: list[Issue] = list(joined.issues)
    for number, (conversation, hearing) in enumerate(zip(conversations, hearings, strict=True)):
        own = _decided(conversation, analyses[number], claims[number], told[number], chosen, issues)
        own = [only_heard(said, found) for said in own]
        if session.participants:
            own = _named_beside(own, hearing, analyses[number].directory)
        results.append(own)
        issues.extend(claims[number].issues)
    results = at_one_table(session, unnamed(room, joined, results), everybody, issues)
    issues.extend(remarks(session, everybody, results))
    said = [each for some in results for each in some]
    used = {key for a in said for key in (a.participant, *a.institutions)}
    real = found.identified | used  # a decision makes a name that was heard a person
    people = [_stripped(person, real) for person in found.participants]
    return Attributed(
        tuple(said),
        tuple(dict.fromkeys(e for a in said if not a.turn for e in a.evidence)),
        tuple(dict.fromkeys(issues)),
        tuple(p for p in people if p.id in real),
        tuple(b for b in found.institutions if b.id in real),
        tuple(p for p in found.participants if p.id not in real),
        tuple(b for b in found.institutions if b.id not in real),
    )


def _stripped(person: Participant, known: Collection[str]) -> Participant:
    """Somebody identified, without the institutions that were only heard."""
    return replace(person, institutions=tuple(b for b in person.institutions if b in known))


def only_heard(said: Attribution, found: Roster) -> Attribution:
    """Names that the talk alone gave away are no identities: they stand as they were heard."""
    if said.source == "decision":
        return said
    people = {p.id: p.name for p in found.participants if p.id not in found.identified}
    bodies = {b.id: b.name for b in found.institutions if b.id not in found.identified}
    if said.runner_up in people:
        said = replace(said, runner_up_confidence=0.0)
    body = next((b for b in said.institutions if b in bodies), "")
    if not body and said.participant not in people:
        return said
    spelled = (*found.spellings.get(said.participant, ()), *found.spellings.get(body, ()))
    near = found.near.get(body, ())
    heard = AsHeard(people.get(said.participant, ""), bodies.get(body, ""), spelled, near)
    participant = "" if said.participant in people else said.participant
    institutions = tuple(b for b in said.institutions if b not in bodies)
    known = bool(participant or institutions)
    return replace(
        said,
        participant=participant,
        institutions=institutions,
        confidence=said.confidence if known else 0.0,
        source=said.source if known else "as heard",
        heard=heard,
    )


def _decided(
    conversation: Conversation,
    analysis: Analysis,
    claims: Claims,
    found: Verdicts,
    settings: AttributionSettings,
    issues: list[Issue],
) -> list[Attribution]:
    """Voices first, then turns."""
    doubts = doubted(conversation, analysis, claims, found)
    made = []
    told: set[tuple[str, str, str]] = set()
    for number, turn in enumerate(conversation.turns):
        said = found.get(number, Attribution(turn.recording, turn.voice))
        own = claims.of_turn.get(turn.id, [])
        if own:
            issues.extend(conflicts(conversation, turn.id, own, said, analysis, told))
            claim = settled(own, said, turn.voice, doubts, settings.threshold)
            made.append(claimed(turn.voice, turn.id, claim, said))
            continue
        sure = said.confidence * min(1.0, turn.share / DOUBTFUL)
        if sure < settings.threshold:
            said = _unknown(said)
        made.append(_moved(said, turn.voice, turn.id, sure))
    return [*_voices(conversation, made, analysis), *made]


def verdicts(analysis: Analysis, weights: Weights, settings: AttributionSettings) -> Verdicts:
    """Tell what the talk says of each turn (by number), known or unknown."""
    shares = analysis.shares(weights)
    found: Verdicts = {}
    for u, unit in enumerate(analysis.table.units):
        verdict = _verdict(analysis, shares[u], u, weights, settings)
        for number in unit.turns:
            found[number] = verdict
    return found


def _verdict(
    analysis: Analysis,
    row: NDArray[np.float64],
    u: int,
    weights: Weights,
    settings: AttributionSettings,
) -> Attribution:
    table, seats = analysis.table, analysis.directory.seats
    recording, voice = analysis.talk.recording, table.units[u].key
    order = sorted(range(len(table.seats)), key=lambda s: (-row[s], s))
    if not order:
        return Attribution(recording, table.units[u].key)
    best, second = order[0], order[1] if len(order) > 1 else -1
    seat = seats[table.seats[best]]
    bodies = by_institution(analysis, row)
    who = of_seat(analysis, row, u, best, weights)
    what = of_body(analysis, row, u, bodies[0][0], weights) if bodies else 0.0
    ours = [
        c for c, s in enumerate(table.seats) if bodies and seats[s].bodies[:1] == (bodies[0][0],)
    ]
    if not spoken_for(table.cells[u], ours, weights.features):
        what = min(what, LEFT_OVER)  # silence beats a wrong flag
    if not spoken_for(table.cells[u], [best], weights.features):
        who = min(who, LEFT_OVER)
    evidence = _evidence(analysis, u, [s for s in order[:2] if row[s] > 0.05], weights)
    runner = seats[table.seats[second]].participant.id if second >= 0 else ""
    behind = round(of_seat(analysis, row, u, second, weights), 4) if second >= 0 else 0.0
    if who >= settings.threshold and seat.participant.id:
        sure = max(who, what) if seat.bodies and bodies[0][0] == seat.bodies[0] else who
        return Attribution(
            recording, voice, "", seat.participant.id, seat.bodies, round(sure, 4),
            runner, behind, "talk", evidence,
        )  # fmt: skip
    if bodies and what >= settings.threshold:
        return Attribution(
            recording, voice, "", "", (bodies[0][0],), round(what, 4),
            seat.participant.id, round(who, 4), "talk", evidence,
        )  # fmt: skip
    behind = round(who, 4)
    return Attribution(recording, voice, "", "", (), 0.0, seat.participant.id, behind, "", evidence)


def _evidence(
    analysis: Analysis, u: int, columns: Sequence[int], weights: Weights
) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for column in columns:
        seat = analysis.directory.seats[analysis.table.seats[column]]
        found += of_links(
            analysis.table.links.get((u, column), ()),
            weights.features,
            analysis.talk,
            analysis.table.units[u].key,
            seat.participant.id,
            seat.bodies[0] if seat.bodies else "",
        )
    return tuple(found)


def _voices(
    conversation: Conversation, turns: Sequence[Attribution], analysis: Analysis
) -> list[Attribution]:
    """A voice is whoever most of its words are by; unknown where it is several people."""
    words: dict[str, dict[tuple[str, tuple[str, ...]], int]] = {}
    one: dict[tuple[str, tuple[str, tuple[str, ...]]], Attribution] = {}
    for turn, said in zip(conversation.turns, turns, strict=True):
        key = (said.participant, said.institutions)
        counts = words.setdefault(turn.voice, {})
        counts[key] = counts.get(key, 0) + len(turn.text.split()) + 1
        one.setdefault((turn.voice, key), said)
    found = []
    for voice, counts in words.items():
        key = max(counts, key=lambda k: (counts[k], k))
        said = one[voice, key]
        whole = counts[key] >= 0.8 * sum(counts.values())
        one_voice = voice not in analysis.several and analysis.talk.steady
        written = len(counts) == 1 and said.source == "label" and bool(said.participant)
        clear = whole and (one_voice or written)
        found.append(_moved(said if clear else _unknown(said), voice, "", said.confidence))
    return found


def _unknown(said: Attribution) -> Attribution:
    best = said.participant or said.runner_up
    share = said.confidence if said.participant else said.runner_up_confidence
    return Attribution(
        said.recording, said.voice, said.turn, "", (), 0.0, best, share, "", said.evidence
    )


def _moved(said: Attribution, voice: str, turn: str, sure: float) -> Attribution:
    known = bool(said.participant or said.institutions)
    return replace(
        said,
        voice=voice,
        turn=turn,
        confidence=round(sure, 4) if known else 0.0,
        source=said.source if known else "",
    )
