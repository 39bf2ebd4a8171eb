"""What a voice talks about, compared with what the institutions are called.

A weak hint, worth something where seats are named after subjects (a minister's portfolio, a centre
for one thing): the words of an institution's name in what a voice says and is asked, more often
than elsewhere in the same meeting.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from fgd.attribution.directory import HEADS, Directory
from fgd.attribution.names import body_words
from fgd.attribution.slots import KINDS
from fgd.attribution.table import Unit
from fgd.attribution.talk import Talk

MOST = 120
"""Seats beyond which no topics are compared: a long list says nothing by its names."""

STEM = 6


def topics(
    talk: Talk, units: Sequence[Unit], directory: Directory
) -> Mapping[tuple[int, int], Mapping[str, float]]:
    """Per unit and seat: ``topic_said`` and ``topic_asked``, 0 to about 3."""
    keys = {seat.index: _subject(directory, seat.index) for seat in directory.seats}
    if len(keys) > MOST or not any(keys.values()):
        return {}
    spread: Counter[str] = Counter(word for words in keys.values() for word in words)
    unit_of = {turn: u for u, unit in enumerate(units) for turn in unit.turns}
    said: dict[int, Counter[str]] = defaultdict(Counter)
    asked: dict[int, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for passage in talk.passages:
        own: dict[int, Counter[str]] = defaultdict(Counter)
        for token, (turn, _, _) in zip(passage.doc, passage.places, strict=True):
            word = token.norm_[:STEM]
            if word in spread:
                own[unit_of.get(turn, -1)][word] += 1
        for unit in {unit_of.get(turn, -1) for turn in passage.turns}:
            asked[unit].update(before)
        before = Counter()
        for unit, counts in own.items():
            said[unit].update(counts)
            before.update(counts)
            total.update(counts)
    everything = sum(unit.words for unit in units) or 1
    found: dict[tuple[int, int], dict[str, float]] = {}
    for u, each in enumerate(units):
        share = max(each.words, 30) / everything
        for seat, words in keys.items():
            cell = {}
            for name, counts in (("topic_said", said[u]), ("topic_asked", asked[u])):
                value = _surprise(words, counts, total, share, spread, len(keys))
                if value > 0:
                    cell[name] = value
            if cell:
                found[u, seat] = cell
    return found


def _subject(directory: Directory, seat: int) -> frozenset[str]:
    """The words of a seat's institutions that tell a subject."""
    words = set()
    for body in directory.seats[seat].bodies:
        institution = directory.institutions.get(body)
        if institution is not None:
            words |= {
                w[:STEM]
                for w in body_words(institution.name)
                if len(w) > 3 and w not in HEADS and w not in KINDS
            }
    return frozenset(words)


def _surprise(
    words: frozenset[str],
    counts: Counter[str],
    total: Counter[str],
    share: float,
    spread: Counter[str],
    seats: int,
) -> float:
    value = weight = 0.0
    for word in words:
        rare = math.log(1 + seats / spread[word])
        weight += rare
        expected = total[word] * share
        value += rare * max(0.0, math.log2((counts[word] + 0.5) / (expected + 0.5)))
    return min(3.0, value / weight) if weight else 0.0
