"""Find what a chair sums up: trees (``calibration.py``) judge every clause of a chair, by what the
networks think of it, what was proposed before it, its words and its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fgd.deliberation.calibration import calibrated, reply_to
from fgd.deliberation.conclusions import CONCLUSIONS, HOUSE, contested, worded
from fgd.deliberation.cues import plain
from fgd.deliberation.features import Reading, content
from fgd.deliberation.network import Sense
from fgd.deliberation.room import Room
from fgd.deliberation.sides import spoken_side, yes_or_no
from fgd.model import Conclusion

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

FROM, LONGEST = 6, 260
"""Words between where a conclusion begins and what tells it; its longest, in characters."""

SUMS, WORDED, PLAINLY, GOES_ON = 0.4, 0.35, 0.1, 0.3
"""Probability (``calibration.py``) from which a chair's clause sums up; where its words do; where
they say that something was not agreed, decided or left open; and where the clause before it does.
"""

_OPENS = re.compile(r"(?:so|good|okay|ok|then|fine|right|well|now|all right|thank you|thanks)\b")
_NOTES = re.compile(
    r"\b(?:i(?:'ll| will|'d| would)? (?:note|put|write|record|take|keep|leave|have|minute|say)|"
    r"noted|we (?:have|leave|keep|take|put|come back)|agreed?|decided?|settled|open|everybody|"
    r"everyone|all of you|nobody|most of you|general|the feeling|the room)\b"
)
_OF_THE_MEETING = re.compile(
    r"\b(?:lunch|coffee|break|minutes|recording|floor|microphone|chairs?|door|seat|sign|"
    r"welcome|thank|introduce|next speaker|back at|tomorrow)\b"
)
"""How a turn opens that may conclude; words of noting something; and of the meeting itself."""

_COURTESY = re.compile(
    r"\b(?:thanks?|thank you|welcome|lunch|coffee|tea|good (?:night|morning|afternoon|evening)|"
    r"see you|goodbye|safe (?:journey|travels?)|next meeting|"
    r"(?:close|end|stop|finish|leave) (?:it |this )?(?:here|there)|"
    r"(?:start|meet|begin|be back) again|again (?:at|in) (?:\w+ )?(?:minutes|o'clock)|"
    r"(?:send|mail|circulate) (?:it|this|that|them|the notes) (?:a?round|out|to (?:you|every)))\b"
)
"""How a meeting opens, pauses and ends, and what is sent around, which sums up nothing."""

_ADDS = re.compile(r"(?:and|but|plus|although|though|except|only|unless)\b")
"""How a sentence begins without which the one before it is not whole."""

PUTS_SOMETHING, RECENT, CLOSE = 0.3, 30, 2
"""Probability from which a clause counts as a proposal that may be summed up, turns since, and
turns until a reply.
"""

SUMMING_COLUMNS = (
    "proposal", "question", "claim", *CONCLUSIONS, "before", "after", "best of turn",
    "likest of late", "likest", "like three", "shared of late", "shared", "share", "content",
    "words", "words of turn", "number", "left", "clauses", "opens", "turn opens", "notes",
    "notes of turn", "of the meeting", "worded", "kind worded", "of the house", "contested",
    "part of talk", "turns left", "neutral", "asks in turn", "turn asks last", "reply yes",
    "reply no", "words of reply", "reply supports", "words of last turns", "proposal before",
    "agreed before", "in person", "we", "will", "you", "goes on", "words a turn", "chair's share",
)  # fmt: skip


def chairs_clauses(room: Room) -> list[int]:
    """List the clauses of chairs that may sum up."""
    return [
        number
        for number, clause in enumerate(room.clauses)
        if room.chair[clause.turn] and not clause.text.rstrip().endswith("?")
    ]


def summing_columns(reading: Reading, sense: Sense, clauses: Sequence[int]) -> Array:
    """A row of ``SUMMING_COLUMNS`` for each clause of a chair, (n, k)."""
    import numpy as np

    room, vectors, chances = reading.room, reading.vectors, sense.puts
    sums = chances[:, 3:].max(axis=1) if len(chances) else np.zeros(0)
    put = [n for n in range(len(room.clauses)) if chances[n, 0] >= PUTS_SOMETHING]
    turn = np.array([room.clauses[n].turn for n in put], int)
    about = [content(room.clauses[n].text) for n in put]
    sizes = [len(text.split()) for text in room.texts]
    notes = [bool(_NOTES.search(room.said(n))) for n in range(len(room.clauses))]
    manner = (
        float(np.mean(sizes)) if sizes else 0.0,
        float(
            np.mean([size for size, chair in zip(sizes, room.chair, strict=True) if chair] or [0])
        ),
    )
    rows = []
    for number in clauses:
        clause, text = room.clauses[number], room.said(number)
        mine, said = room.of_turn[clause.turn], content(clause.text)
        likest, shared = [0.0, 0.0, 0.0], [0, 0]
        for place, known in enumerate(
            ((turn < clause.turn) & (turn >= clause.turn - RECENT), turn < clause.turn)
        ):
            if known.any():
                which = np.flatnonzero(known)
                alike = np.sort(vectors[[put[k] for k in which]] @ vectors[number])
                likest[place] = float(alike[-1])
                likest[2] = likest[2] if place else float(alike[-3:].mean())
                shared[place] = max(len(said & about[k]) for k in which)
        before = [
            earlier
            for earlier in range(max(0, clause.turn - 3), clause.turn)
            if room.who[earlier] != room.who[clause.turn]
        ]
        reply, told = reply_to(room, clause.turn, CLOSE)[0], worded(text)
        agreed = yes_or_no(reply)
        rows.append(
            [
                *chances[number].tolist(),
                float(sums[number - 1]) if clause.number else 0.0,
                0.0 if clause.last else float(sums[number + 1]),
                float(sums[mine.start : mine.stop].max()),
                *likest, *shared, shared[0] / (1 + len(said)), len(said), len(text.split()),
                sizes[clause.turn], clause.number, len(mine) - 1 - clause.number, len(mine),
                bool(_OPENS.match(text)), bool(_OPENS.match(room.said(mine.start))),
                notes[number], sum(notes[n] for n in mine), bool(_OF_THE_MEETING.search(text)),
                told is not None, CONCLUSIONS.index(told[0]) if told else -1,
                bool(HOUSE.search(text)), contested(room, clause.turn),
                clause.turn / len(room.turns), len(room.turns) - clause.turn,
                room.neutral[clause.turn], "?" in room.texts[clause.turn],
                room.clauses[mine.stop - 1].text.rstrip().endswith("?"),
                agreed is not None and agreed[0] == "yes", agreed is not None and agreed[0] == "no",
                len(reply.split()), spoken_side(reply)[0] == "+",
                float(np.mean([sizes[earlier] for earlier in before])) if before else 0.0,
                max((float(chances[n, 0]) for t in before for n in room.of_turn[t]), default=0.0),
                sum(_consents(room.said(n)) for t in before for n in room.of_turn[t][:1]),
                bool(re.search(r"\b(?:i|we|you)\b", text)), bool(re.search(r"\bwe\b", text)),
                bool(re.search(r"\b(?:will|'ll|would|shall|should)\b", text)),
                bool(re.search(r"\byou\b", text)), text.startswith(("and", "but")), *manner,
            ]
        )  # fmt: skip
    return np.array(rows, np.float32).reshape(len(rows), len(SUMMING_COLUMNS))


def _consents(text: str) -> bool:
    agreed = yes_or_no(text)
    return (agreed is not None and agreed[0] == "yes") or spoken_side(text)[0] == "+"


def summings(reading: Reading, sense: Sense) -> Iterator[tuple[int, int, Conclusion, str]]:
    """Find the clauses of chairs that sum up, from the first to the last of a run, with what they
    say of it and the words that tell. A conclusion whose words do not say which is a summary.
    """
    room, clauses = reading.room, chairs_clauses(reading.room)
    rows = summing_columns(reading, sense, clauses)
    chances = calibrated("summing", widely=sense.widely).chances(rows)
    found: list[tuple[int, int, Conclusion, str]] = []
    for number, chance in zip(clauses, chances, strict=True):
        clause, said = room.clauses[number], room.said(number)
        told = worded(said)
        follows = bool(found) and found[-1][1] == number - 1 and clause.number and not found[-1][3]
        least = GOES_ON if follows else SUMS
        if told:
            least = WORDED if told[0] in ("agreed", "summary") else PLAINLY
        if chance < least:
            continue
        if HOUSE.search(said) or (not told and _COURTESY.search(said)):
            continue
        if contested(room, clause.turn):
            continue
        kind, words = told or ("summary", "")
        if follows and not words:
            first, _, before, by = found[-1]
            if clause.end - room.clauses[first].start <= LONGEST:
                found[-1] = first, number, before, by
                continue
        found.append((number, number, kind, words))
    yield from found


_JOINS = re.compile(r"(?:and|but|so|also|then|which)\b", re.I)
_BACK = re.compile(r"\b(?:that|this|it|its|them|those|these)\b")


def whole(room: Room, number: int, until: int, words: str) -> tuple[int, int] | None:
    """Find the whole sentence that sums up, as characters of its turn from where its content is.

    The rest of a sentence that was cut goes with it, and so does the sentence before one that only
    points back; what a run of clauses says of other things before it is left out. None where what
    it points back to is not there: it tells nothing.
    """
    clause = room.clauses[number]
    start, end = clause.start, room.clauses[until].end
    mine = room.of_turn[clause.turn]
    if not words:
        return start, _with_what_it_adds(room, start, until)
    hit = re.search(r"\W+".join(map(re.escape, words.split())), clause.text, re.I)
    if hit and (_JOINS.match(clause.text) or clause.text[:1].islower()):
        comma = clause.text.rfind(", ", 0, hit.start())
        goes_on = len(clause.text[hit.end() :].split()) > 2  # else what it is about stands before
        if goes_on and comma >= 0 and len(clause.text[comma + 2 : hit.start()].split()) <= FROM:
            start = clause.start + comma + 2
    last = until
    while last + 1 < mine.stop and not room.clauses[last].text.rstrip().endswith((".", "!", "?")):
        last += 1
        if room.clauses[last].end - start > LONGEST:
            break
        end = room.clauses[last].end
    end = max(end, _with_what_it_adds(room, start, last))
    about = content(room.texts[clause.turn][start:end]) - content(words)
    if start > clause.start or len(about) > 2 or not _BACK.search(plain(clause.text)):
        return start, end
    before = room.clauses[number - 1] if number > mine.start else None
    if before is None or end - before.start > LONGEST or before.text.rstrip().endswith("?"):
        return None
    return before.start, end


def _with_what_it_adds(room: Room, start: int, until: int) -> int:
    """Find the end of what is summed up, with the sentences after it that add to it or turn it."""
    turn = room.clauses[until].turn
    last, mine = until, room.of_turn[turn]
    while last + 1 < mine.stop and room.clauses[last + 1].end - start <= LONGEST:
        said = room.said(last + 1)
        ends = room.clauses[last].text.rstrip().endswith((".", "!", "?"))
        if (ends and not _ADDS.match(said)) or said.rstrip().endswith("?"):
            break
        if _COURTESY.search(said) or HOUSE.search(said):
            break
        last += 1
    return room.clauses[last].end
