"""What the classifiers see of a clause and of a pair of clauses, as rows of numbers."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fgd.core.embeddings import Embedder
from fgd.deliberation.cues import EMPTY, NAMES, found, plain, words
from fgd.deliberation.room import Room
from fgd.model import PropositionKind

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


@dataclass(frozen=True, eq=False)
class Reading:
    """A room with what is known of each clause: ``plain`` texts, cues (n, c), vectors (n, d).

    ``after`` gives for every turn the number of the next turn by the same person, or -1.
    """

    room: Room
    cues: Array
    vectors: Array
    after: tuple[int, ...]
    _parts: dict[str, frozenset[str]] = field(default_factory=dict)

    @staticmethod
    def of(room: Room, embedder: Embedder, wanted: Collection[int] | None = None) -> Reading:
        """Read every clause once; one call of the embedder, for the clauses ``wanted`` (or all)."""
        import numpy as np

        texts = [clause.text for clause in room.clauses]
        cues = np.array([cue_row(text) for text in texts], np.float32).reshape(-1, len(NAMES))
        later: dict[str, int] = {}
        after = [-1] * len(room.turns)
        for turn in range(len(room.turns) - 1, -1, -1):
            after[turn] = later.get(room.who[turn], -1)
            later[room.who[turn]] = turn
        rows = range(len(texts)) if wanted is None else sorted(wanted)
        made = embedder.embed([plain(texts[row]) or "-" for row in rows])
        vectors = np.zeros((len(texts), made.shape[1] if made.ndim == 2 else 0), np.float32)
        if len(rows):
            vectors[list(rows)] = made
        return Reading(room, cues, vectors, tuple(after))

    def next_by(self, turn: int, who: str) -> int:
        """The next turn within reach by somebody, or -1."""
        room = self.room
        for later in range(turn + 1, min(turn + 1 + SOON, len(room.turns))):
            if room.who[later] == who:
                return later
        return -1

    @functools.cached_property
    def named(self) -> frozenset[str]:
        """The stems of everybody's names."""
        return frozenset(stem(word) for who in self.room.names for word in self.parts(who))

    def parts(self, who: str) -> frozenset[str]:
        """The words by which somebody may be named, of their names and of where they come from."""
        if who not in self._parts:
            names = self.room.names.get(who, ())
            self._parts[who] = frozenset(
                word for name in names for word in words(name) if len(word) > 3
            )
        return self._parts[who]

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


@dataclass(frozen=True, slots=True)
class Put:
    """A clause that puts something to the room: its number, its kind, and log-odds that it does.

    ``first`` is the clause before it with which its words begin, where it needs that to be
    understood, else -1.
    """

    clause: int
    kind: PropositionKind
    odds: float
    first: int = -1


@dataclass(frozen=True, slots=True)
class Pair:
    """A put clause (by its number among those put) and a later clause by somebody else."""

    put: int
    answer: int


REACH, DEEP = 24, 20
"""How many turns after it something put is still answered, and how many clauses into a turn."""

CLAIM_REACH, CLAIM_DEEP = 5, 5
"""The same for claims."""

KINDS: tuple[PropositionKind, ...] = ("proposal", "question", "claim")

_SCALARS = (
    "alike", "shared", "shared of put", "turns between", "clauses between", "others between",
    "number", "words", "turn words", "words put", "left after put", "chair answers", "chair put",
    "named", "opens turn", "previous turn", "overlaps", "seconds", "first by them", "words after",
    "proposer next", "odds", "puts between", "nearest", "most alike", "less alike", "most shared",
    *(f"puts a {kind}" for kind in KINDS), "named other", "in put turn later",
)  # fmt: skip


def pair_names() -> list[str]:
    """What the columns of ``pair_rows`` mean."""
    return [
        *(f"answer: {n}" for n in NAMES),
        *(f"put: {n}" for n in NAMES),
        *(f"then: {n}" for n in NAMES),
        *(f"proposer then: {n}" for n in LEXICON),
        *(f"before: {n}" for n in LEXICON),
        *(f"opening: {n}" for n in LEXICON),
        *_SCALARS,
    ]


def pairs_of(
    room: Room, puts: Sequence[Put], reacting: Collection[int] | None = None
) -> list[Pair]:
    """Every pair worth a look, by answering clause: what was put within reach, by others.

    Claims are answered only by clauses among ``reacting``, where these are given.
    """
    by_turn: dict[int, list[int]] = {}
    for number, put in enumerate(puts):
        by_turn.setdefault(room.clauses[put.clause].turn, []).append(number)
    found = []
    for turn in range(len(room.turns)):
        if room.silent[turn]:
            continue
        near = [
            number
            for earlier in range(max(0, turn - REACH), turn)
            if room.who[earlier] != room.who[turn]
            for number in by_turn.get(earlier, ())
            if puts[number].kind != "claim" or turn - earlier <= CLAIM_REACH
        ]
        for place, answer in enumerate(room.of_turn[turn][:DEEP]):
            found += [
                Pair(number, answer)
                for number in near
                if puts[number].kind != "claim"
                or (place < CLAIM_DEEP and (reacting is None or answer in reacting))
            ]
    return found


def pair_rows(reading: Reading, puts: Sequence[Put], pairs: Sequence[Pair]) -> Array:
    """A row per pair for telling whether and how the one answers the other, (n, f).

    Pairs of one answer stand together; what else was put before it counts as its rivals.
    """
    import numpy as np

    room, clauses = reading.room, reading.room.clauses
    then, before, opening = _around(reading)
    reply: dict[tuple[int, str], tuple[int, Array]] = {}
    scalars = np.zeros((len(pairs), len(_SCALARS)), np.float32)
    back_rows = np.zeros((len(pairs), len(LEXICON)), np.float32)
    sizes = [len(clause.text.split()) for clause in clauses]
    first = 0
    while first < len(pairs):
        after = first
        while after < len(pairs) and pairs[after].answer == pairs[first].answer:
            after += 1
        number = pairs[first].answer
        answer = clauses[number]
        speaker, mine = room.who[answer.turn], room.of_turn[answer.turn]
        said = content(answer.text)
        heard = set(words(answer.text))
        rest = range(number + 1, min(number + 3, mine.stop))
        turn_words = np.log1p(sum(sizes[c] for c in mine[:12]))
        rest_words = np.log1p(sum(sizes[c] for c in rest))
        span = room.turns[answer.turn].span
        rows = scalars[first:after]
        places = [puts[pair.put].clause for pair in pairs[first:after]]
        alike = reading.vectors[places] @ reading.vectors[number]
        for k, pair in enumerate(pairs[first:after]):
            put = puts[pair.put]
            target = clauses[put.clause]
            proposer = room.who[target.turn]
            key = answer.turn, proposer
            if key not in reply:
                back = reading.next_by(answer.turn, proposer)
                reply[key] = back, reading.opening(back)[ANSWERS]
            back, back_rows[first + k] = reply[key]
            about = content(target.text)
            shared = len(about & said)
            between = room.who[target.turn + 1 : answer.turn]
            earlier = room.turns[target.turn].span
            rows[k, : len(_SCALARS)] = (
                alike[k], np.log1p(shared), shared / (1 + len(about)),
                np.log1p(max(answer.turn - target.turn, 0)),
                np.log1p(max(number - put.clause, 0)),
                np.log1p(len(set(between) - {proposer, speaker})),
                np.log1p(answer.number), np.log1p(sizes[number]), turn_words,
                np.log1p(sizes[put.clause]),
                np.log1p(len(room.of_turn[target.turn]) - 1 - target.number),
                room.chair[answer.turn], room.chair[target.turn],
                bool(reading.parts(proposer) & heard), answer.number == 0,
                answer.turn == target.turn + 1, span.start < earlier.end,
                min(max(span.start - earlier.end, 0) / 10_000, 6.0), speaker not in between,
                rest_words, np.log1p(back - answer.turn) if back >= 0 else 3.0, put.odds,
                0, 0, 0, 0, 0, *(put.kind == kind for kind in KINDS), 0,
                target.number / max(1, len(room.of_turn[target.turn]) - 1),
            )  # fmt: skip
        _rivals(rows, places, puts, pairs[first:after])
        first = after
    answers = np.array([pair.answer for pair in pairs], np.int64)
    targets = np.array([puts[pair.put].clause for pair in pairs], np.int64)
    return np.hstack(
        [
            reading.cues[answers], reading.cues[targets], then[answers], back_rows,
            before[answers], opening[answers], scalars,
        ]
    )  # fmt: skip


def _rivals(rows: Array, places: Sequence[int], puts: Sequence[Put], pairs: Sequence[Pair]) -> None:
    """Fill in how each thing put compares with the others that the same clause may answer."""
    import numpy as np

    at = {name: number for number, name in enumerate(_SCALARS)}
    serious = [puts[pair.put].kind != "claim" for pair in pairs]
    order = np.array(places)
    for k in range(len(rows)):
        later = [j for j in range(len(rows)) if order[j] > order[k] and serious[j]]
        rows[k, at["puts between"]] = np.log1p(len(later))
        rows[k, at["nearest"]] = not later
    best = rows[:, at["alike"]].max()
    rows[:, at["most alike"]] = rows[:, at["alike"]] >= best
    rows[:, at["less alike"]] = best - rows[:, at["alike"]]
    most = rows[:, at["shared"]].max()
    rows[:, at["most shared"]] = (rows[:, at["shared"]] >= most) & (most > 0)
    rows[:, at["named other"]] = rows[:, at["named"]].max() - rows[:, at["named"]]


def _around(reading: Reading) -> tuple[Array, Array, Array]:
    """What follows each clause by the same person (n, c), what precedes it, and how its turn
    opens, both (n, lexicon).
    """
    import numpy as np

    room, cues = reading.room, reading.cues
    then = np.zeros_like(cues)
    before = np.zeros((len(cues), len(LEXICON)), np.float32)
    opening = np.zeros((len(cues), len(LEXICON)), np.float32)
    for number, clause in enumerate(room.clauses):
        mine = room.of_turn[clause.turn]
        rest = range(number + 1, min(number + 3, mine.stop))
        if rest:
            then[number] = cues[rest.start : rest.stop].max(axis=0)
        else:
            following = reading.after[clause.turn]
            if 0 <= following <= clause.turn + SOON and room.of_turn[following]:
                then[number] = cues[room.of_turn[following].start]
        if clause.number:
            before[number] = cues[number - 1][ANSWERS]
            opening[number] = cues[mine.start][ANSWERS]
    return then, before, opening
