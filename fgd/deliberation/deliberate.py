"""What a session deliberated: propositions, who answered them how, and what the chair concluded."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.core.embeddings import Embedder
from fgd.core.progress import Progress, silent
from fgd.decisions.propositions import apply, proposition_id
from fgd.deliberation.features import Reading
from fgd.deliberation.proposals import Put, content_start, puts, trimmed
from fgd.deliberation.responses import Answer, answers
from fgd.deliberation.room import Room
from fgd.deliberation.summing import summings
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
) -> Deliberated:
    """What was put to the room of a session, and who answered what.

    ``placements`` tell the guide's section of every turn. ``decisions`` are those that hold; what
    people settled is laid over what was read, see ``fgd.decisions.propositions``.
    """
    progress("deliberation", 0, 3)
    room = Room.of(session, conversations, attributions)
    unread, issues = _unread(session, room)
    reading = Reading.of(room, embedder)
    progress("deliberation", 1, 3)
    put = list(puts(room))
    found = list(answers(reading, put))
    progress("deliberation", 2, 3)
    sections = {each.turn: each.section for each in placements}
    propositions = [_proposition(room, each, sections) for each in put]
    responses = _responses(room, found, propositions)
    made = Deliberated(
        tuple(propositions),
        tuple(responses),
        tuple(_summings(reading, propositions, put, sections)),
        (),
        (),
        unread,
        issues,
    )
    by_turn = {turn.id: who for turn, who in zip(room.turns, room.who, strict=True)}
    made = apply(made, decisions, room.turns, by_turn)
    progress("deliberation", 3, 3)
    return made


def _proposition(room: Room, put: Put, sections: dict[str, str]) -> Proposition:
    turn = room.clauses[put.clause].turn
    here = room.turns[turn]
    begins = content_start(room.texts[turn][put.start : put.end])
    return Proposition(
        proposition_id(here, put.start, put.end),
        put.kind,
        Slice(here.recording, here.id, put.start, put.end),
        room.who[turn],
        room.chair[turn],
        sections.get(here.id, ""),
        (Slice(here.recording, here.id, put.start + begins, put.end),) if begins else (),
        confidence=round(put.confidence, 3),
        reasons=put.reasons,
        by=BY,
    )


def _responses(
    room: Room, found: Sequence[Answer], propositions: Sequence[Proposition]
) -> list[Response]:
    """One response a person and proposition: the clearest side, else the first word on it."""
    best: dict[tuple[int, str], Answer] = {}
    for each in found:
        key = each.put, room.who[room.clauses[each.clause].turn]
        old = best.get(key)
        if old is None or (each.side in SIDED, each.confidence) > (
            old.side in SIDED,
            old.confidence,
        ):
            best[key] = each
    made = []
    for (number, who), each in sorted(best.items(), key=lambda item: (item[0][0], item[1].clause)):
        clause = room.clauses[each.clause]
        turn = room.turns[clause.turn]
        start, end = (
            trimmed(room, each.clause) if each.side == "open" else (clause.start, clause.end)
        )
        made.append(
            Response(
                propositions[number].id,
                Slice(turn.recording, turn.id, start, end),
                who,
                each.side,
                each.link,
                chair=room.chair[clause.turn],
                confidence=round(each.confidence, 3),
                reasons=each.reasons,
                by=BY,
            )
        )
    return made


def _summings(
    reading: Reading,
    propositions: Sequence[Proposition],
    put: Sequence[Put],
    sections: dict[str, str],
) -> list[SummingUp]:
    room, made = reading.room, []
    for number, conclusion, words in summings(room):
        clause = room.clauses[number]
        turn = room.turns[clause.turn]
        near = [
            i
            for i, each in enumerate(put)
            if each.kind == "proposal" and 0 < number - each.clause <= 60
        ]
        alike = [float(reading.vectors[put[i].clause] @ reading.vectors[number]) for i in near]
        about = ""
        if alike and max(alike) >= 0.45:
            about = propositions[near[alike.index(max(alike))]].id
        made.append(
            SummingUp(
                Slice(turn.recording, turn.id, clause.start, clause.end),
                room.who[clause.turn],
                conclusion,
                about,
                sections.get(turn.id, ""),
                0.7,
                (Reason("words of a chair", words, 1.0),),
                BY,
            )
        )
    return made


def _unread(session: Session, room: Room) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """Languages in which nothing was read, and a sentence on how much of the talk that is."""
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


__all__ = ["BY", "deliberate"]
