"""Read voices of two recordings that sound like one person as one: what names either names both.

A pair of voices (``SameVoice``) is evidence like any other, with how sure it is. What was said
about either is counted for both, weighed by that; what a decision, a label, the floor log or an
enrolled voice says of one is carried to the other, below all of these. Where the two are told to be
different people, they are read apart, the weaker of the two names is taken back, and an issue says
so. Where a person decided that a voice is nobody listed, or decided on both, nothing is carried.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fgd.attribution.analysis import Analysis
from fgd.attribution.claims import RANK, Claim, Claims
from fgd.attribution.evidence import of_links
from fgd.attribution.solver import GLOBAL, Table, Weights
from fgd.model import AsHeard, Attribution, Conversation, Evidence, Issue, SameVoice

Place = tuple[int, int]
"""A unit by the number of its recording and its own."""

Verdicts = dict[int, Attribution]
"""What the talk says of each turn of a recording, by the number of the turn."""

SAME_VOICE = "same voice as"
"""How the kind of evidence begins that a voice of another recording is."""

WHOLE = 0.8
"""Share of a voice's words that a source must be about before it is about the voice."""


@dataclass(frozen=True, slots=True)
class Partner:
    """The voice of another recording that sounds like one, and the pair that says so."""

    place: Place
    pair: SameVoice


@dataclass(frozen=True, slots=True)
class _Told:
    """Who a voice is, as its own recording tells; ``claim`` is of a source above the talk."""

    participant: str = ""
    institutions: tuple[str, ...] = ()
    confidence: float = 0.0
    claim: Claim | None = None

    @property
    def by_decision(self) -> bool:
        return self.claim is not None and self.claim.source == "decision"

    @property
    def rank(self) -> tuple[int, float]:
        """Sources above the talk first, then the surer one."""
        place = RANK.index(self.claim.source) if self.claim else len(RANK)
        return (-place, self.confidence)


@dataclass(frozen=True, slots=True)
class Room:
    """The recordings of a session side by side, each with what was found in it alone."""

    talks: tuple[Conversation, ...]
    analyses: tuple[Analysis, ...]
    claims: tuple[Claims, ...]
    alone: tuple[Verdicts, ...]
    names: Mapping[str, str]

    def places(self) -> dict[tuple[str, str], Place]:
        """Return the units that are one whole voice, by recording and voice."""
        return {
            (talk.recording, unit.key): (number, u)
            for number, (talk, analysis) in enumerate(zip(self.talks, self.analyses, strict=True))
            if analysis.talk.steady
            for u, unit in enumerate(analysis.table.units)
            if not unit.group and unit.key not in analysis.several
        }

    def voice(self, place: Place) -> str:
        """Return a voice as people read it: with its recording."""
        number, u = place
        recording = self.talks[number].recording
        key = self.analyses[number].table.units[u].key
        return f"{key} in {self.names.get(recording, recording)}"

    def told(self, place: Place) -> _Told:
        """Tell who a voice is, by the highest source about most of its words."""
        number, u = place
        turns = self.analyses[number].table.units[u].turns
        talk, claims = self.talks[number], self.claims[number]
        total = sum(len(talk.turns[turn].words) for turn in turns)
        words: dict[tuple[str, str, tuple[str, ...]], int] = {}
        first: dict[tuple[str, str, tuple[str, ...]], Claim] = {}
        for turn in turns:
            for claim in claims.of_turn.get(talk.turns[turn].id, ())[:1]:
                key = (claim.source, claim.participant, claim.institutions)
                words[key] = words.get(key, 0) + len(talk.turns[turn].words)
                first.setdefault(key, claim)
        for key, count in words.items():
            if count >= WHOLE * total:
                claim = first[key]
                return _Told(claim.participant, claim.institutions, claim.confidence, claim)
        said = self.alone[number].get(turns[0]) if turns and not words else None
        return _Told(said.participant, said.institutions, said.confidence) if said else _Told()


@dataclass(slots=True)
class Joined:
    """Whom each voice sounds like elsewhere, whose name is taken back, and what to look at."""

    partners: dict[Place, list[Partner]]
    doubted: set[Place]
    issues: list[Issue]


def join(room: Room, same: Sequence[SameVoice], people: Mapping[str, str]) -> Joined:
    """Decide which pairs hold, and carry what sources above the talk say across them.

    Args:
        room: the recordings; carried claims are added to its claims.
        same: the pairs.
        people: names by id, for issues.
    """
    places = room.places()
    joined = Joined({}, set(), [])
    held = []
    for pair in same:
        if pair.first not in places or pair.second not in places:
            continue
        one, other = places[pair.first], places[pair.second]
        told = room.told(one), room.told(other)
        if any(each.by_decision and not each.participant for each in told):
            continue
        if all(each.by_decision for each in told):
            continue
        who = [each.participant for each in told]
        if all(who) and who[0] != who[1]:
            weaker = min((told[0].rank, one), (told[1].rank, other))[1]
            joined.doubted.add(weaker)
            names = " and ".join(people.get(each, each) for each in who)
            joined.issues.append(
                Issue(
                    "warning",
                    pair.first[0],
                    f"{room.voice(one)} and {room.voice(other)} sound like one person but were "
                    f"told to be {names}.",
                    f"{room.voice(weaker)} stays unknown; listen to both and decide.",
                    pair.first[1],
                )
            )
            continue
        held.append((one, other, pair, told))
    for one, other, pair, told in held:
        joined.partners.setdefault(one, []).append(Partner(other, pair))
        joined.partners.setdefault(other, []).append(Partner(one, pair))
        for source, target, what in ((one, other, told[0]), (other, one, told[1])):
            if what.claim is not None and what.participant:
                _carry(room, source, target, what.claim, pair)
    return joined


def _carry(room: Room, source: Place, target: Place, claim: Claim, pair: SameVoice) -> None:
    """Let what is known of one voice be known of the other, below the other's own sources."""
    number, u = target
    reason = _reason(room, source, target, pair, f"; there by {claim.source}")
    reason = replace(
        reason,
        participant=claim.participant,
        institution=claim.institutions[0] if claim.institutions else "",
    )
    sure = min(claim.confidence, pair.confidence)
    carried = replace(claim, source="same voice", confidence=sure, evidence=(reason,), sole=False)
    for turn in room.analyses[number].table.units[u].turns:
        room.claims[number].add(room.talks[number].turns[turn].id, carried)


def _reason(room: Room, source: Place, target: Place, pair: SameVoice, more: str = "") -> Evidence:
    """Why a voice is taken for one of another recording; it points to where that one speaks."""
    number, u = source
    turn = room.talks[number].turns[room.analyses[number].table.units[u].turns[0]]
    sure = min(0.99, pair.confidence)
    return Evidence(
        f"{SAME_VOICE} {room.voice(source)}, {sure:.0%} sure{more}",
        turn.id,
        room.analyses[target[0]].table.units[target[1]].key,
        span=turn.span,
        weight=round(math.log(sure / (1 - sure)), 3),
    )


def pooled(room: Room, joined: Joined) -> tuple[Analysis, ...]:
    """Return the recordings with what was said about a voice counted for its partners as well."""
    tables = [analysis.table for analysis in room.analyses]
    made = []
    for number, analysis in enumerate(room.analyses):
        own = {
            u: [(tables[p.place[0]], p.place[1], p.pair.confidence) for p in found]
            for (n, u), found in joined.partners.items()
            if n == number
        }
        made.append(replace(analysis, table=_pooled(analysis.table, own)) if own else analysis)
    return tuple(made)


def _pooled(table: Table, partners: Mapping[int, Sequence[tuple[Table, int, float]]]) -> Table:
    named = (s for found in partners.values() for other, _, _ in found for s in other.seats)
    seats = tuple(dict.fromkeys((*table.seats, *named)))
    rows, unknown = [], []
    for u, (row, nobody) in enumerate(zip(table.cells, table.unknown, strict=True)):
        cells = [dict(cell) for cell in row]
        cells += [{"unnamed": 1.0} for _ in seats[len(row) :]]
        nobody = dict(nobody)
        for other, v, sure in partners.get(u, ()):
            for column, seat in enumerate(seats):
                if seat in other.seats:
                    _add(cells[column], other, v, other.seats.index(seat), sure)
            short = min(nobody["unknown_short"], other.unknown[v]["unknown_short"])
            stranger = max(nobody["unknown_named"], other.unknown[v]["unknown_named"])
            nobody |= {"unknown_short": short, "unknown_named": stranger}
        rows.append(tuple(cells))
        unknown.append(nobody)
    return replace(table, seats=seats, cells=tuple(rows), unknown=tuple(unknown))


def _add(cell: dict[str, float], other: Table, u: int, column: int, sure: float) -> None:
    """Count what was said elsewhere, as sure as the voices are one; manners stay a voice's own."""
    theirs = other.cells[u][column]
    for feature in {link.feature for link in other.links.get((u, column), ())}:
        strength = 2 ** cell.get(feature, 0.0) - 1 + sure * (2 ** theirs[feature] - 1)
        cell[feature] = math.log2(1 + strength)
    for feature in GLOBAL:
        if theirs.get(feature):
            cell[feature] = max(cell.get(feature, 0.0), theirs[feature])
    if "unnamed" not in theirs:
        cell.pop("unnamed", None)


def agreed(
    room: Room, joined: Joined, found: Sequence[Verdicts], weights: Weights, threshold: float
) -> None:
    """Let the verdicts of partners agree, and say what each owes to the other recording.

    Who is named in one recording is named in the other, as surely as they are one voice. Where even
    so two names come out, neither is given.
    """
    for place in joined.doubted:
        _set(room, found, place, _taken_back(_of(room, found, place)))
    before = {place: _of(room, found, place) for place in joined.partners}
    for place, partners in joined.partners.items():
        said = before[place]
        others = [(before[p.place], p) for p in partners]
        rival = any(
            o.participant and said.participant and o.participant != said.participant
            for o, _ in others
        )
        if rival:
            _set(room, found, place, _taken_back(said))
            continue
        if not said.participant:
            known = [(o.confidence * p.pair.confidence, o) for o, p in others if o.participant]
            sure, best = max(known, key=lambda item: item[0], default=(0.0, said))
            same = {o.participant for _, o in known} == {best.participant}
            body_fits = not said.institutions or said.institutions[0] in best.institutions
            if known and same and body_fits and sure >= threshold:
                said = replace(
                    said,
                    participant=best.participant,
                    institutions=best.institutions,
                    confidence=round(sure, 4),
                    runner_up="" if said.runner_up == best.participant else said.runner_up,
                    runner_up_confidence=0.0
                    if said.runner_up == best.participant
                    else said.runner_up_confidence,
                    source="talk",
                )
        borrowed = [piece for p in partners for piece in _borrowed(room, p, place, said, weights)]
        _set(room, found, place, replace(said, evidence=(*borrowed, *said.evidence)))


def unnamed(
    room: Room, joined: Joined, results: Sequence[Sequence[Attribution]]
) -> list[list[Attribution]]:
    """Let an unknown voice and its partners be one unknown person, known by the same heard name."""
    first = {
        place: min(place, *(p.place for p in found)) for place, found in joined.partners.items()
    }
    for _ in room.talks:  # a partner's partner may come earlier still
        first = {place: first[other] for place, other in first.items()}
    keys = {
        (room.talks[number].recording, room.analyses[number].table.units[u].key): place
        for (number, u), place in first.items()
    }
    heard: dict[Place, AsHeard] = {}
    for said in (each for some in results for each in some if not each.turn and each.heard):
        place = keys.get((said.recording, said.voice))
        if place is not None and not said.identified:
            heard.setdefault(place, said.heard)
    return [
        [_unnamed(room, said, keys.get((said.recording, said.voice)), heard) for said in some]
        for some in results
    ]


def _unnamed(
    room: Room, said: Attribution, place: Place | None, heard: Mapping[Place, AsHeard]
) -> Attribution:
    if place is None or said.participant or said.source == "decision":
        return said
    number, u = place
    key = room.analyses[number].table.units[u].key
    alike = f"{room.talks[number].recording}/{key}"
    name = heard.get(place)
    if name and not said.heard and not said.identified:
        return replace(said, alike=alike, heard=name, source="as heard")
    return replace(said, alike=alike)


def _of(room: Room, found: Sequence[Verdicts], place: Place) -> Attribution:
    number, u = place
    return found[number][room.analyses[number].table.units[u].turns[0]]


def _set(room: Room, found: Sequence[Verdicts], place: Place, said: Attribution) -> None:
    number, u = place
    for turn in room.analyses[number].table.units[u].turns:
        found[number][turn] = said


def _taken_back(said: Attribution) -> Attribution:
    return Attribution(
        said.recording, said.voice, runner_up=said.participant or said.runner_up,
        runner_up_confidence=said.confidence if said.participant else said.runner_up_confidence,
        evidence=said.evidence,
    )  # fmt: skip


def _borrowed(
    room: Room, partner: Partner, place: Place, said: Attribution, weights: Weights
) -> list[Evidence]:
    """What was said about the partner for whoever is named, or for the likeliest if nobody is."""
    number, u = partner.place
    analysis = room.analyses[number]
    who = said.participant or said.runner_up
    key = room.analyses[place[0]].table.units[place[1]].key
    made: list[Evidence] = []
    for column, index in enumerate(analysis.table.seats):
        seat = analysis.directory.seats[index]
        body = seat.bodies[0] if seat.bodies else ""
        fits = seat.participant.id == who if who else body in said.institutions
        if fits:
            links = analysis.table.links.get((u, column), ())
            made += of_links(links, weights.features, analysis.talk, key, seat.participant.id, body)
    reason = _reason(room, partner.place, place, partner.pair)
    if not made:  # whoever it is: a person who hears one of the two need not hear the other
        return [] if said.identified else [reason]
    first = replace(reason, participant=made[0].participant, institution=made[0].institution)
    other = room.voice(partner.place)
    return [first, *(replace(piece, kind=f"{piece.kind} (as {other})") for piece in made)]
