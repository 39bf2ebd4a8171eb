"""Find the propositions of a session, who answered them how, and what the chair concluded."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from fgd.core import mpnet
from fgd.core.backends import Progress, silent
from fgd.core.embeddings import Embedder
from fgd.decisions.findings import apply, proposition_id
from fgd.deliberation import cross_encoder
from fgd.deliberation.calibration import POLARITY, calibrated, proposal_columns
from fgd.deliberation.cues import plain
from fgd.deliberation.features import Answer, Put, Reading, content
from fgd.deliberation.network import PUTS, Network, Sense, learned, sense
from fgd.deliberation.proposals import (
    BARELY,
    INDIRECT,
    UNHEARD,
    addressee,
    claims,
    content_start,
    joined,
    may_propose,
    puts,
    reasons,
    restated,
    specified,
    trimmed,
)
from fgd.deliberation.responses import hear
from fgd.deliberation.room import Room
from fgd.deliberation.summing import summings, whole
from fgd.deliberation.threads import moved, taken_up
from fgd.model import (
    SIDED,
    Attribution,
    Conversation,
    Decision,
    Deliberated,
    Issue,
    Placement,
    Proposition,
    Reason,
    Response,
    Session,
    Slice,
    SummingUp,
)

ASKS, ASKED = PUTS.index("question"), 0.1
"""Probability from which a question is one of substance, as the networks read it; whatever a chair
asks is.
"""

ALONE = math.log(0.4 / 0.6)
"""Log-odds from which a proposal is told that nobody was heard to answer."""

REPEATS, ALIKE = 2, 0.45
"""Words of content that a chair's conclusion takes up of the proposal that it is about, and how
alike the two are.
"""

WHOLE, LONGEST, AHEAD = 40, 42, 8
"""Words up to which a turn that answers one thing is told whole, for its last ones may turn the
first; up to which an answer is told with what turns it; and so many before it in its turn are told.
"""

_TURNS = re.compile(
    r"(?:(?:and|well|so|then|now),? )*(?:but|however|although|though|still|yet|only|unless|except|"
    r"provided|as long as|if|not|so (?:yes|no|okay))\b"
)
_SAYS_SO = re.compile(r"(?:(?:oh|well),? )*(?:yes|yeah|no|okay|agreed|fine)\b[ ,\w]{0,12}[.,!]?$")
"""How a sentence begins that turns what was said before it; and a word that says a side, alone."""

PERFORMED = 0.85
_PERFORMS = re.compile(
    r"(?:(?:and|so|but|then|therefore),? )*(?:i|we)(?: would|'d)?(?: also| therefore| strongly)? "
    r"(?:propose|recommend)\b"
)
"""How likely a clause proposes that opens with the word for it, whatever the networks think: 12 of
14 did that readers judged.
"""

BY = "deliberation"
"""Who read what no person has settled."""


def deliberate(
    session: Session,
    conversations: Sequence[Conversation],
    attributions: Sequence[Attribution] = (),
    *,
    placements: Sequence[Placement] = (),
    embedder: Embedder,
    decisions: Sequence[Decision] = (),
    progress: Progress = silent,
    network: Network | None = None,
) -> Deliberated:
    """Find what was put to the room of a session, and who answered what.

    ``placements`` tell the guide's section of every turn. ``decisions`` are those that hold; what
    people settled is laid over what was read, see ``fgd.decisions.findings``. ``network`` is
    the shipped one unless another is given, as benchmarks do.
    """
    progress("deliberation", 0, 3)
    room = Room.of(session, conversations, attributions)
    unread, issues = _unread(session, room)
    reading = Reading.of(room, embedder)
    progress("deliberation", 1, 3)
    wide = cross_encoder.wide() if mpnet.here() else None
    sensed = sense(reading, network or learned(), wide)
    candidates = put_forward(room, sensed, likely_proposals(reading, sensed))
    heard = hear(reading, candidates, sensed)
    progress("deliberation", 2, 3)
    answered = {each.put for each in heard.answers}
    consent = {
        each.clause
        for each in heard.answers
        if each.side == "for" and candidates[each.put].kind == "proposal"
    }
    kept = {
        number: each
        for number, each in enumerate(candidates)
        if number in answered
        or (each.kind == "question" and each.odds > UNHEARD)
        or (each.kind == "proposal" and each.odds > ALONE and not _echoes(room, each, consent))
    }
    sections = {each.turn: each.section for each in placements}
    first = restated(room, kept, reading.vectors)
    again: dict[int, list[Slice]] = {}
    for number, earlier in first.items():
        again.setdefault(earlier, []).append(_place(room, kept.pop(number)))
    apart = {each.clause for each in heard.answers} | {each.clause for each in kept.values()}
    propositions = {
        n: _proposition(room, each, sections, again.get(n, ()), apart) for n, each in kept.items()
    }
    for n, each in kept.items():
        if each.kind == "question":
            chance = round(float(sensed.puts[each.clause, ASKS]), 3)
            propositions[n] = replace(propositions[n], confidence=chance)
    answers = _one_a_person(
        room, [replace(each, put=first.get(each.put, each.put)) for each in heard.answers]
    )
    if sensed.widely:
        _went_on(reading, kept, answers, sensed, propositions)
    made = Deliberated(
        tuple(propositions.values()),
        tuple(_responses(room, answers, propositions, kept)),
        tuple(_summings(reading, sensed, propositions, kept, sections)),
        tuple(propositions[n].id for n in kept if n in heard.unanswered),
        (),
        unread,
        issues,
    )
    by_turn = {turn.id: who for turn, who in zip(room.turns, room.who, strict=True)}
    made = apply(made, decisions, room.turns, by_turn)
    progress("deliberation", 3, 3)
    return made


def _echoes(room: Room, put: Put, consent: Set[int]) -> bool:
    """Tell whether what may be a proposal only consents to another: "we should do that"."""
    barely = len(content(room.clauses[put.clause].text)) <= BARELY
    return barely and put.clause in consent


def reader() -> str:
    """Name what reads pairs on this machine: part of what its result is filed under."""
    return "mpnet" if mpnet.here() else "minilm"


def likely_proposals(reading: Reading, sensed: Sense) -> dict[int, float]:
    """Tell how likely each clause that may propose something does."""
    clauses = may_propose(reading.room, sensed.puts)
    rows = proposal_columns(reading, sensed, clauses)
    chances = calibrated("proposal", widely=sensed.widely).chances(rows)
    return {
        number: max(chance, PERFORMED if _PERFORMS.match(reading.room.said(number)) else 0.0)
        for number, chance in zip(clauses, chances, strict=True)
    }


def put_forward(room: Room, sensed: Sense, likely: Mapping[int, float]) -> list[Put]:
    """List what may have been put to the room: proposals, questions, and what may be claims.

    ``likely`` tells of the clauses that may propose something how likely they do.
    """
    proposed = [
        each
        for each in joined(room, list(puts(room, sensed.puts, likely)))
        if each.kind != "question"
        or sensed.puts[each.clause, ASKS] >= ASKED
        or room.chair[room.clauses[each.clause].turn]
        or INDIRECT.search(room.said(each.clause))
    ]
    known = {each.clause for each in proposed}
    candidates = [*proposed, *(each for each in claims(room) if each.clause not in known)]
    candidates.sort(key=lambda each: each.clause)
    return candidates


def _place(room: Room, put: Put, apart: Set[int] = frozenset()) -> Slice:
    turn = room.clauses[put.clause].turn
    here = room.turns[turn]
    start, end = trimmed(room, put.clause)
    if put.kind == "proposal":
        last = specified(room, put.clause, apart)
        end = trimmed(room, last)[1] if last > put.clause else end
    if put.first >= 0:
        start, _ = trimmed(room, put.first)
    return Slice(here.recording, here.id, start, end)


def _proposition(
    room: Room, put: Put, sections: dict[str, str], again: Sequence[Slice], apart: Set[int]
) -> Proposition:
    turn = room.clauses[put.clause].turn
    here = room.turns[turn]
    place = _place(room, put, apart)
    text = room.texts[turn][place.start : place.end]
    begins = content_start(text)
    sure = round(1 / (1 + math.exp(-put.odds)), 3)
    why: tuple[Reason, ...] = (Reason(put.kind),)
    named: tuple[Slice, ...] = ()
    if put.kind == "proposal":
        why = (Reason("network: proposal", weight=sure), *reasons(room.said(put.clause)))
        found = addressee(text)
        if found:
            start, end = (place.start + at for at in found)
            named = (Slice(here.recording, here.id, start, end),)
    return Proposition(
        proposition_id(here, place.start, place.end),
        put.kind,
        place,
        room.who[turn],
        room.neutral[turn],
        sections.get(here.id, ""),
        (Slice(here.recording, here.id, place.start + begins, place.end),) if begins else (),
        named,
        tuple(again),
        confidence=sure,
        reasons=why,
        by=BY,
    )


def _responses(
    room: Room,
    found: Sequence[Answer],
    propositions: Mapping[int, Proposition],
    put: Mapping[int, Put],
) -> list[Response]:
    made = []
    used = Counter(room.clauses[each.clause].turn for each in found)
    used.update(room.clauses[each.clause].turn for each in put.values())
    apart = {each.clause for each in found} | {each.clause for each in put.values()}
    for each in found:
        number, clause = each.put, room.clauses[each.clause]
        who, turn = room.who[clause.turn], room.turns[clause.turn]
        start, end = _heard(room, each, apart - {each.clause}, alone=used[clause.turn] == 1)
        made.append(
            Response(
                propositions[number].id,
                Slice(turn.recording, turn.id, start, end),
                who,
                each.side,
                each.link,
                _instead(room, each, propositions, put),
                chair=room.neutral[clause.turn],
                confidence=round(each.confidence, 3),
                reasons=each.reasons,
                by=BY,
            )
        )
    return made


def _went_on(
    reading: Reading, put: Mapping[int, Put], answers: Sequence[Answer], sensed: Sense,
    propositions: dict[int, Proposition],
) -> None:  # fmt: skip
    """Add to what was put how people moved on from it, and which later proposals took it up.

    Later words that are told elsewhere, as a proposal or an answer to one, are pointed to there.
    """
    room = reading.room
    at: dict[int, set[int]] = defaultdict(set)
    for number, of in put.items():
        if of.kind == "proposal":
            at[room.clauses[of.clause].turn].add(number)
    for answer in answers:
        at[room.clauses[answer.clause].turn].add(answer.put)
    later, further = moved(reading, put, answers, sensed), taken_up(reading, put, answers, sensed)
    for number, each in propositions.items():
        words, after = [], {*further.get(number, ())}
        for clause in later.get(number, ()):
            elsewhere = at[room.clauses[clause].turn]
            if not elsewhere:
                words.append(_later_words(room, clause))
            after |= elsewhere
        propositions[number] = replace(
            each,
            later=tuple(words),
            further=tuple(propositions[n].id for n in sorted(after) if n > number),
        )


def _one_a_person(room: Room, found: Sequence[Answer]) -> list[Answer]:
    """Keep one answer a person and proposition: the last side where they changed it, else the
    clearest, else the first word on it.
    """
    best: dict[tuple[int, str], Answer] = {}
    for each in found:
        key = each.put, room.who[room.clauses[each.clause].turn]
        other = best.get(key)
        if other is None or _outweighs(room, each, other):
            best[key] = each
        if other is not None:
            best[key] = _with(room, best[key], each if best[key] is other else other)
    return sorted(best.values(), key=lambda each: (each.put, each.clause))


def _with(room: Room, answer: Answer, other: Answer) -> Answer:
    """Give an answer the words of another one of its turn, where both are few."""
    first, last = (room.clauses[n] for n in sorted((answer.clause, other.clause)))
    between = room.texts[first.turn][first.start : last.end]
    sided = {answer.side, other.side} <= SIDED
    if first.turn != last.turn or not sided or len(between.split()) > LONGEST:
        return answer
    end = max(answer.clause, answer.until, other.clause, other.until)
    return replace(answer, clause=min(answer.clause, other.clause), until=end)


def _later_words(room: Room, clause: int) -> Slice:
    """Find what is told of a clause: its turn where that is short, else the clause."""
    turn = room.clauses[clause].turn
    here, mine = room.turns[turn], room.of_turn[turn]
    start, end = room.clauses[clause].start, room.clauses[clause].end
    if len(room.texts[turn].split()) <= WHOLE:
        start, end = room.clauses[mine.start].start, room.clauses[mine.stop - 1].end
    return Slice(here.recording, here.id, start, end)


def _heard(room: Room, answer: Answer, apart: Set[int], *, alone: bool) -> tuple[int, int]:
    """Find what is told of an answer, as characters of its turn: with what turns it or says so, and
    where no side is read with all that a quote may hold.

    ``apart`` are the clauses that put or answer something else, ``alone`` tells that its turn
    has none of them.
    """
    clause = room.clauses[answer.clause]
    mine = room.of_turn[clause.turn]
    if alone and len(room.texts[clause.turn].split()) <= WHOLE:
        return room.clauses[mine.start].start, room.clauses[mine.stop - 1].end
    start, end = clause.start, clause.end
    last = answer.until if answer.clause < answer.until < mine.stop else answer.clause
    if _SAYS_SO.match(room.said(last)) and last + 1 < mine.stop and last + 1 not in apart:
        last += 1
    if last > answer.clause:
        end = room.clauses[last].end
    elif answer.side in ("open", "answer"):
        start, end = trimmed(room, answer.clause)
    before = range(mine.start, answer.clause)
    ahead = sum(len(room.said(number).split()) for number in before)
    if ahead <= AHEAD and apart.isdisjoint(before):
        start = min(start, room.clauses[mine.start].start)
    while last + 1 < mine.stop and last + 1 not in apart:
        further = room.clauses[last + 1]
        goes_on = not room.clauses[last].text.rstrip().endswith((".", "!", "?"))
        turns = _TURNS.match(room.said(last + 1)) or answer.side in ("open", "answer")
        if not (goes_on and last > answer.clause) and not turns:
            break
        if len(room.texts[clause.turn][start : further.end].split()) > LONGEST:
            break
        last, end = last + 1, further.end
    return start, end


def _outweighs(room: Room, each: Answer, other: Answer) -> bool:
    """Tell whether an answer is told rather than another of the same person to the same."""
    sided, was = each.side in SIDED, other.side in SIDED
    turn, before = (room.clauses[one.clause].turn for one in (each, other))
    if sided and was and turn != before and POLARITY[each.side] != POLARITY[other.side]:
        return turn > before
    return (sided, each.confidence) > (was, other.confidence)


_REPLACES = re.compile(r"\b(?:instead|rather|another way|something else|other way)\b")
_LATER = 4
"""Turns within which somebody who objected still puts something in its place."""


def _instead(
    room: Room, answer: Answer, propositions: Mapping[int, Proposition], put: Mapping[int, Put]
) -> str:
    """Find the proposal that an objector puts in the place of what they object to, if they do.

    It stands after the objection in the same turn, or in a turn of theirs soon after, and then
    says that it replaces something or names what they object to.
    """
    if answer.side not in ("against", "alternative", "doubt"):
        return ""
    objection = room.clauses[answer.clause]
    about = content(room.clauses[put[answer.put].clause].text)
    for number, each in put.items():
        clause = room.clauses[each.clause]
        if (
            each.kind != "proposal" or number not in propositions or number == answer.put
            or room.who[clause.turn] != room.who[objection.turn]
            or not 0 <= clause.turn - objection.turn <= _LATER
        ):  # fmt: skip
            continue
        if clause.turn == objection.turn:
            if each.clause >= answer.clause and answer.side != "doubt":
                return propositions[number].id
            continue
        said = plain(clause.text)
        if _REPLACES.search(said) and about & content(clause.text):
            return propositions[number].id
    return ""


def _summings(
    reading: Reading,
    sensed: Sense,
    propositions: Mapping[int, Proposition],
    put: Mapping[int, Put],
    sections: dict[str, str],
) -> list[SummingUp]:
    room, made = reading.room, []
    for number, until, conclusion, words in summings(reading, sensed):
        clause = room.clauses[number]
        turn = room.turns[clause.turn]
        place = whole(room, number, until, words)
        if place is None:
            continue
        start, end = place
        near = [
            i
            for i, each in put.items()
            if each.kind == "proposal" and 0 < number - each.clause <= 60
        ]
        if not (near or words) and conclusion != "summary":
            continue  # nothing was put that could have been concluded
        said = content(room.texts[clause.turn][start:end]) - reading.named
        alike = {
            i: float(reading.vectors[put[i].clause] @ reading.vectors[number])
            for i in near
            if len(said & content(room.clauses[put[i].clause].text)) >= REPEATS
        }
        best = max(alike, key=alike.__getitem__, default=-1)
        about = propositions[best].id if alike.get(best, 0.0) >= ALIKE else ""
        made.append(
            SummingUp(
                Slice(turn.recording, turn.id, start, end),
                room.who[clause.turn],
                conclusion,
                about,
                sections.get(turn.id, ""),
                0.7,
                (Reason("words of a chair" if words else "network: sums up", words, 1.0),),
                BY,
            )
        )
    return made


def _unread(session: Session, room: Room) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """List the languages in which nothing was read, with a sentence on their share of the talk."""
    total = sum(len(text.split()) for text in room.texts)
    left = sum(
        len(text.split()) for text, read in zip(room.texts, room.read, strict=True) if not read
    )
    if not total or left < 30 or left < 0.05 * total:
        return (), ()
    named = tuple(lang for lang in session.languages if not lang.casefold().startswith("en"))
    share = round(100 * left / total)
    issue = Issue(
        "warning",
        session.id,
        f"{share} % of the talk is not in English; proposals and answers in it are not read.",
        "Mark them on the page of propositions, or give an English transcript.",
    )
    return named or ("und",), (issue,)


__all__ = ["BY", "deliberate", "likely_proposals", "put_forward"]
