"""Who answered what: later clauses by others, linked to one proposition, with a side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fgd.deliberation.cues import CUES, plain, words
from fgd.deliberation.features import Reading, content
from fgd.deliberation.proposals import Put, yes_no
from fgd.model import LinkKind, Reason, Side

REACH, DEEP = 14, 6
"""How many turns after a proposition it is still answered, and how many clauses into a turn."""

FOR = {"i agree": 3.0, "good idea": 1.0, "me too": 2.0, "exactly": 1.5, "right": 1.2, "yes": 1.0,
       "i think so": 1.5, "could do": 1.0, "okay": 0.4}  # fmt: skip
AGAINST = {"disagree": 3.0, "no": 1.5, "i don't think": 1.5, "too much": 0.8, "problem": 0.8,
           "not": 0.7, "worry": 0.8, "instead": 0.6, "but": 0.6, "but later": 0.4}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """A clause that answers a proposition (by its number among those put)."""

    put: int
    clause: int
    side: Side
    link: LinkKind
    confidence: float
    reasons: tuple[Reason, ...]


def answers(reading: Reading, put: Sequence[Put]) -> Iterator[Answer]:
    """The best link and side of every clause that answers something, in order."""
    room = reading.room
    by_turn: dict[int, list[int]] = {}
    for number, each in enumerate(put):
        by_turn.setdefault(room.clauses[each.clause].turn, []).append(number)
    for turn in range(len(room.turns)):
        if room.silent[turn]:
            continue
        near: list[int] = []
        others: set[str] = set()
        for earlier in range(turn - 1, max(-1, turn - 1 - REACH), -1):
            if room.who[earlier] != room.who[turn]:
                near += [n for n in by_turn.get(earlier, ()) if put[n].clause < 10**9]
                others.add(room.who[earlier])
        if not near:
            continue
        for clause in room.of_turn[turn][:DEEP]:
            found = _best(reading, put, near, clause)
            if found:
                yield found


def _best(reading: Reading, put: Sequence[Put], near: Sequence[int], clause: int) -> Answer | None:
    room = reading.room
    answer = room.clauses[clause]
    text = plain(answer.text)
    best: tuple[float, int, LinkKind] | None = None
    said = content(answer.text)
    for number in near:
        target = room.clauses[put[number].clause]
        away = answer.turn - target.turn
        shared = len(content(target.text) & said)
        alike = float(reading.vectors[put[number].clause] @ reading.vectors[clause])
        named = any(
            part in words(answer.text)
            for name in room.names.get(room.who[target.turn], ())
            for part in words(name)
            if len(part) > 3
        )
        score = 2.0 * alike + 0.5 * min(shared, 3) + 2.0 * named - 0.25 * away - 0.3 * answer.number
        score += 0.8 * (away == 1)
        link: LinkKind = "named" if named else "repeated" if shared else "near"
        if best is None or score > best[0]:
            best = score, number, link
    if best is None or best[0] < 0.2:
        return None
    score, number, link = best
    kind = put[number].kind
    names = [name for name, pattern in CUES.items() if pattern.search(text)]
    plus = sum(FOR.get(name, 0) for name in names)
    minus = sum(AGAINST.get(name, 0) for name in names)
    why = tuple(
        Reason("cue: " + name, weight=FOR.get(name, 0) - AGAINST.get(name, 0))
        for name in names
        if name in FOR or name in AGAINST
    )
    side: Side = "open"
    question = put[number].kind == "question"
    if question and not yes_no(room.clauses[put[number].clause].text):
        side = "answer"
    elif "only if" in names and plus >= 1:
        side = "part" if question else "condition"
    elif plus >= 1 and minus < 0.5:
        side = "yes" if question else "for"
    elif minus >= 1.5 and plus < 1:
        side = "no" if question else "against"
    if side == "open" and score < 1.2:
        return None
    if kind == "question" and side == "answer" and answer.number > 0:
        return None
    return Answer(number, clause, side, link, min(0.9, 0.4 + 0.1 * abs(plus - minus)), why)
