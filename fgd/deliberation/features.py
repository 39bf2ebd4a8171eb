"""What the classifiers see of a clause and of a pair of clauses, as rows of numbers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from fgd.core.embeddings import Embedder
from fgd.deliberation.cues import EMPTY, NAMES, found, plain, words
from fgd.deliberation.room import Room

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[np.float32]

PLACE = {name: number for number, name in enumerate(NAMES)}
SOON = 6
"""How many turns later a proposer's or objector's next words still belong to an exchange."""


def stem(word: str) -> str:
    """A word without its commonest English endings, for comparing.

    >>> stem("publishing") == stem("published") == stem("publishes")
    True
    """
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


@functools.lru_cache(65536)
def content(text: str) -> frozenset[str]:
    """The stems of the words that tell what a text is about."""
    return frozenset(stem(word) for word in words(text) if word not in EMPTY and len(word) > 2)


@functools.lru_cache(65536)
def cue_row(text: str) -> tuple[float, ...]:
    """Which cues a raw text holds, in the order of ``NAMES``."""
    have = set(found(plain(text)))
    return tuple(float(name in have) for name in NAMES)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A room with what is known of each clause: ``plain`` texts, cues (n, c), vectors (n, d).

    ``after`` gives for every turn the number of the next turn by the same person, or -1.
    """

    room: Room
    cues: Array
    vectors: Array
    after: tuple[int, ...]

    @staticmethod
    def of(room: Room, embedder: Embedder) -> Reading:
        """Read every clause once; one call of the embedder."""
        import numpy as np

        texts = [clause.text for clause in room.clauses]
        cues = np.array([cue_row(text) for text in texts], np.float32).reshape(-1, len(NAMES))
        later: dict[str, int] = {}
        after = [-1] * len(room.turns)
        for turn in range(len(room.turns) - 1, -1, -1):
            after[turn] = later.get(room.who[turn], -1)
            later[room.who[turn]] = turn
        return Reading(
            room, cues, embedder.embed([plain(text) or "-" for text in texts]), tuple(after)
        )

    def next_by(self, turn: int, who: str) -> int:
        """The next turn within reach by somebody, or -1."""
        room = self.room
        for later in range(turn + 1, min(turn + 1 + SOON, len(room.turns))):
            if room.who[later] == who:
                return later
        return -1

    def opening(self, turn: int) -> Array:
        """The cues of a turn's first clauses, (c,)."""
        import numpy as np

        if turn < 0 or not self.room.of_turn[turn]:
            return np.zeros(len(NAMES), np.float32)
        rows = self.room.of_turn[turn][:2]
        best: Array = self.cues[rows.start : rows.stop].max(axis=0)
        return best


LEXICON = (
    "yes", "okay", "exactly", "i agree", "right", "good idea", "me too", "no", "not",
    "i don't think", "disagree", "but", "but later", "problem", "worry", "why", "instead", "well",
)  # fmt: skip
ANSWERS = [PLACE[name] for name in LEXICON]


def clause_names() -> list[str]:
    """What the columns of ``clause_rows`` mean, vectors left out."""
    return [
        *NAMES,
        *(f"before: {n}" for n in NAMES),
        *(f"next: {n}" for n in LEXICON),
        *(f"second: {n}" for n in LEXICON),
        "words", "number", "last", "left", "chair", "turn words", "gap question",
        "content", "taken up",
    ]  # fmt: skip


def clause_rows(reading: Reading) -> Array:
    """A row per clause for telling what it puts to the room, (n, f)."""
    import numpy as np

    room = reading.room
    rows = np.zeros((len(room.clauses), len(clause_names())), np.float32)
    lexicon = {}
    for number, clause in enumerate(room.clauses):
        turn = clause.turn
        if turn not in lexicon:
            others = [
                later
                for later in range(turn + 1, min(turn + 5, len(room.turns)))
                if room.who[later] != room.who[turn] and room.of_turn[later]
            ][:2]
            openings = [reading.opening(o)[ANSWERS] for o in others]
            while len(openings) < 2:
                openings.append(np.zeros(len(ANSWERS), np.float32))
            said: set[str] = set()
            for other in others:
                said |= content(room.texts[other][:600])
            lexicon[turn] = np.concatenate(openings), said, len(room.texts[turn].split())
        answers, said, total = lexicon[turn]
        before = reading.cues[number - 1] if clause.number else np.zeros(len(NAMES), np.float32)
        mine = content(clause.text)
        size = len(clause.text.split())
        rows[number] = np.concatenate(
            [
                reading.cues[number],
                before,
                answers,
                [
                    np.log1p(size),
                    np.log1p(clause.number),
                    clause.last,
                    np.log1p(len(room.of_turn[turn]) - 1 - clause.number),
                    room.chair[turn],
                    np.log1p(total),
                    clause.text.rstrip().endswith("?"),
                    np.log1p(len(mine)),
                    len(mine & said) / (1 + len(mine)),
                ],
            ]
        )
    return rows


def pair_names() -> list[str]:
    """What the columns of ``pair_rows`` mean, vectors left out."""
    return [
        *(f"answer: {n}" for n in NAMES),
        *(f"put: {n}" for n in NAMES),
        *(f"then: {n}" for n in NAMES),
        *(f"proposer then: {n}" for n in LEXICON),
        *(f"before: {n}" for n in NAMES),
        "alike", "shared", "shared of put", "turns between", "clauses between", "others between",
        "number", "words", "turn words", "words put", "left after put", "chair answers",
        "chair put", "named", "opens turn", "previous turn", "overlaps", "seconds", "same words",
        "first by them", "words after", "proposer next",
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """An earlier clause and a later one by somebody else, as numbers of clauses."""

    put: int
    answer: int


def pair_rows(reading: Reading, pairs: Sequence[Pair]) -> Array:
    """A row per pair for telling whether and how the one answers the other, (n, f)."""
    import numpy as np

    room = reading.room
    width = len(pair_names())
    rows = np.zeros((len(pairs), width), np.float32)
    nothing = np.zeros(len(NAMES), np.float32)
    for i, pair in enumerate(pairs):
        put, answer = room.clauses[pair.put], room.clauses[pair.answer]
        proposer, speaker = room.who[put.turn], room.who[answer.turn]
        mine = room.of_turn[answer.turn]
        rest = range(pair.answer + 1, min(pair.answer + 3, mine.stop))
        then = reading.cues[rest.start : rest.stop].max(axis=0) if rest else nothing
        if not rest:
            following = reading.after[answer.turn]
            if 0 <= following <= answer.turn + SOON and room.of_turn[following]:
                then = reading.cues[room.of_turn[following].start]
        back = reading.next_by(answer.turn, proposer)
        reply = reading.opening(back)[ANSWERS]
        before = reading.cues[pair.answer - 1] if answer.number else nothing
        a, b = content(put.text), content(answer.text)
        shared = len(a & b)
        named = any(
            part in words(answer.text)
            for name in room.names.get(proposer, ())
            for part in words(name)
            if len(part) > 3
        )
        between = room.who[put.turn + 1 : answer.turn]
        span_a, span_b = room.turns[put.turn].span, room.turns[answer.turn].span
        rows[i] = np.concatenate(
            [
                reading.cues[pair.answer],
                reading.cues[pair.put],
                then,
                reply,
                before,
                [
                    float(reading.vectors[pair.put] @ reading.vectors[pair.answer]),
                    np.log1p(shared),
                    shared / (1 + len(a)),
                    np.log1p(answer.turn - put.turn),
                    np.log1p(pair.answer - pair.put),
                    np.log1p(len(set(between) - {proposer, speaker})),
                    np.log1p(answer.number),
                    np.log1p(len(answer.text.split())),
                    np.log1p(sum(len(room.clauses[c].text.split()) for c in mine[:12])),
                    np.log1p(len(put.text.split())),
                    np.log1p(len(room.of_turn[put.turn]) - 1 - put.number),
                    room.chair[answer.turn],
                    room.chair[put.turn],
                    named,
                    answer.number == 0,
                    answer.turn == put.turn + 1,
                    span_b.start < span_a.end,
                    min(max(span_b.start - span_a.end, 0) / 10_000, 6.0),
                    len(a & b) == len(b) > 0,
                    speaker not in between,
                    np.log1p(sum(len(room.clauses[c].text.split()) for c in rest)),
                    np.log1p(back - answer.turn) if back >= 0 else 3.0,
                ],
            ]
        )
    return rows
