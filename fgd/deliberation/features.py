"""Describe clauses and pairs of clauses by numbers, for the networks to read beside the words."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from fgd.core.embeddings import Embedder
from fgd.deliberation.cues import EMPTY, NAMES, found, plain, words
from fgd.deliberation.room import Room
from fgd.model import LinkKind, PropositionKind, Reason, Side

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[np.float32]
    Numbers: TypeAlias = npt.NDArray[np.int64]

SOON = 6
"""How many turns later a proposer's or objector's next words still belong to an exchange."""


def stem(word: str) -> str:
    """Strip a word of its commonest English endings, for comparing.

    >>> stem("publishing") == stem("published") == stem("publishes")
    True
    """
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


@functools.lru_cache(65536)
def content(text: str) -> frozenset[str]:
    """Stem the words that tell what a text is about."""
    return frozenset(stem(word) for word in words(text) if word not in EMPTY and len(word) > 2)


@functools.lru_cache(65536)
def cue_row(text: str) -> tuple[float, ...]:
    """Tell which cues a raw text holds, in the order of ``NAMES``."""
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
        """Find the next turn within reach by somebody; -1 without."""
        room = self.room
        for later in range(turn + 1, min(turn + 1 + SOON, len(room.turns))):
            if room.who[later] == who:
                return later
        return -1

    @functools.cached_property
    def named(self) -> frozenset[str]:
        """Return the stems of everybody's names."""
        return frozenset(stem(word) for who in self.room.names for word in self.parts(who))

    def parts(self, who: str) -> frozenset[str]:
        """List the words by which somebody may be named: of names, and of where they come from."""
        if who not in self._parts:
            names = self.room.names.get(who, ())
            self._parts[who] = frozenset(
                word for name in names for word in words(name) if len(word) > 3
            )
        return self._parts[who]


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
class Answer:
    """A clause that answers what was put under a number, and up to which clause its words reach."""

    put: int
    clause: int
    side: Side
    link: LinkKind
    confidence: float
    reasons: tuple[Reason, ...]
    until: int = -1


@dataclass(frozen=True, slots=True)
class Pair:
    """A put clause (by its number among those put) and a later clause by somebody else."""

    put: int
    answer: int


REACH, DEEP = 24, 20
"""How many turns after it something put is still answered, and how many clauses into a turn."""

CLAIM_REACH, CLAIM_DEEP = 5, 5
"""The same for claims, where words of a side are read."""

NEARBY = 8
"""Turns within which a clause that no form tells to be put may still be answered."""

PAIR_COLUMNS = (
    "alike", "shared", "shared of put", "turns between", "clauses between", "others between",
    "number", "words", "turn words", "words put", "left after put", "chair answers", "chair put",
    "named", "opens turn", "previous turn", "overlaps", "seconds", "first by them", "words after",
    "proposer next", "puts between", "nearest", "place in put turn",
)  # fmt: skip


def pairs_of(
    room: Room, puts: Sequence[Put], reacting: Collection[int] | None = None
) -> list[Pair]:
    """Pair each answering clause with what others put to the room within reach.

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


def reachable(room: Room, far: Collection[int], near: Collection[int] = ()) -> Numbers:
    """List the pairs (put clause, answering clause) within reach, (n, 2), by answering clause.

    Clauses ``far`` are answered within ``REACH`` turns, ``near`` ones within ``NEARBY``; always by
    somebody else.
    """
    import numpy as np

    by_turn: dict[int, list[int]] = {}
    for clause in sorted({*far, *near}):
        by_turn.setdefault(room.clauses[clause].turn, []).append(clause)
    wide = set(far)
    made = []
    for turn, mine in enumerate(room.of_turn):
        if room.silent[turn] or not mine:
            continue
        put = [
            clause
            for earlier in range(max(0, turn - REACH), turn)
            if room.who[earlier] != room.who[turn]
            for clause in by_turn.get(earlier, ())
            if turn - earlier <= NEARBY or clause in wide
        ]
        answers = np.arange(mine.start, min(mine.stop, mine.start + DEEP))
        if put:
            made.append(np.stack([np.tile(put, len(answers)), np.repeat(answers, len(put))], 1))
    return np.concatenate(made) if made else np.zeros((0, 2), np.int64)


def pair_columns(reading: Reading, pairs: Numbers, puts: Collection[int]) -> Array:
    """Describe each pair of a put clause and an answering one by numbers, (n, ``PAIR_COLUMNS``).

    ``puts`` are the clauses that put something by their form: rivals of what is answered.
    """
    import numpy as np

    room, clauses = reading.room, reading.room.clauses
    put, answer = pairs[:, 0], pairs[:, 1]
    turn = np.array([clause.turn for clause in clauses], np.int64)
    number = np.array([clause.number for clause in clauses], np.int64)
    sizes = np.array([len(clause.text.split()) for clause in clauses], np.float32)
    held = np.array([len(room.of_turn[t]) for t in turn], np.float32)
    starts = np.array([here.span.start for here in room.turns], np.float64)
    ends = np.array([here.span.end for here in room.turns], np.float64)
    chair = np.array(room.chair, np.float32)
    whole = np.array(
        [sum(sizes[c] for c in room.of_turn[t][:12]) for t in range(len(room.turns))], np.float32
    )
    rest = np.array(
        [
            sum(sizes[c] for c in range(n + 1, min(n + 3, room.of_turn[clause.turn].stop)))
            for n, clause in enumerate(clauses)
        ],
        np.float32,
    )
    rivals = np.zeros(len(clauses) + 1, np.int64)
    rivals[1:] = np.cumsum([n in puts for n in range(len(clauses))])
    opens = np.array([room.of_turn[t].start for t in turn], np.int64)
    rows = np.zeros((len(pairs), len(PAIR_COLUMNS)), np.float32)
    first, later = turn[put], turn[answer]
    alike = np.empty(len(pairs), np.float32)
    for begin in range(0, len(pairs), 65536):
        part = slice(begin, begin + 65536)
        alike[part] = np.einsum(
            "nd,nd->n", reading.vectors[put[part]], reading.vectors[answer[part]]
        )
    shared = _shared([content(clause.text) for clause in clauses], pairs)
    about = np.array([len(content(clause.text)) for clause in clauses], np.float32)
    exchange = _exchanges(
        reading, sorted({(int(a), int(b)) for a, b in zip(first, later, strict=True)})
    )
    places = {key: place for place, key in enumerate(exchange)}
    told = np.array(list(exchange.values()), np.float32).reshape(-1, 3)
    at = np.array([places[int(a), int(b)] for a, b in zip(first, later, strict=True)], np.int64)
    named = _named(reading, pairs)
    columns = (
        alike, np.log1p(shared), shared / (1 + about[put]),
        np.log1p(np.maximum(later - first, 0)), np.log1p(np.maximum(answer - put, 0)),
        np.log1p(told[at, 0]),
        np.log1p(number[answer]), np.log1p(sizes[answer]), np.log1p(whole[later]),
        np.log1p(sizes[put]), np.log1p(held[put] - 1 - number[put]),
        chair[later], chair[first], named, number[answer] == 0, later == first + 1,
        starts[later] < ends[first], np.clip((starts[later] - ends[first]) / 10_000, 0, 6),
        told[at, 1], np.log1p(rest[answer]), told[at, 2],
        np.log1p(np.maximum(rivals[opens[answer]] - rivals[put + 1], 0)),
        rivals[opens[answer]] <= rivals[put + 1],
        number[put] / np.maximum(1, held[put] - 1),
    )  # fmt: skip
    for place, column in enumerate(columns):
        rows[:, place] = column
    return rows


def _shared(about: Sequence[frozenset[str]], pairs: Numbers) -> Array:
    """Count the content words that the two clauses of each pair share, (n,)."""
    import numpy as np
    from scipy.sparse import csr_array

    places: dict[str, int] = {}
    at = [places.setdefault(one, len(places)) for stems in about for one in sorted(stems)]
    ends = np.cumsum([0, *(len(stems) for stems in about)])
    said = csr_array((np.ones(len(at), np.float32), at, ends), (len(about), max(1, len(places))))
    # A product of rows, in slices so that memory stays small in the longest of meetings.
    slices = [pairs[first : first + 100_000] for first in range(0, len(pairs), 100_000)]
    counts = [(said[each[:, 0]] * said[each[:, 1]]).sum(axis=1) for each in slices]
    return np.concatenate([np.zeros(0, np.float32), *counts]).astype(np.float32)


def _exchanges(
    reading: Reading, turns: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Count the others who spoke between two turns, whether the later speaker had not, and how soon
    the earlier one speaks again.
    """
    import math

    room, made = reading.room, {}
    for first, later in turns:
        between = set(room.who[first + 1 : later])
        back = reading.next_by(later, room.who[first])
        made[first, later] = (
            float(len(between - {room.who[first], room.who[later]})),
            float(room.who[later] not in between),
            math.log1p(back - later) if back >= 0 else 3.0,
        )
    return made


def _named(reading: Reading, pairs: Numbers) -> Array:
    """Tell whether each answering clause names whoever put the other, (n,)."""
    import numpy as np

    room = reading.room
    heard = {int(n): set(words(room.clauses[n].text)) for n in np.unique(pairs[:, 1])}
    known: dict[tuple[str, int], bool] = {}
    made = np.zeros(len(pairs), np.float32)
    for place, (put, answer) in enumerate(pairs):
        key = room.who[room.clauses[put].turn], int(answer)
        if key not in known:
            known[key] = bool(reading.parts(key[0]) & heard[key[1]])
        made[place] = known[key]
    return made
