"""Cutting turns into units: one to three sentences of one kind inside one turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from fgd.coding.talk import Talk
from fgd.coding.terms import (
    BACK_CHANNEL,
    COURTESY,
    HOUSEKEEPING,
    INTRODUCTION,
    INTRODUCTION_WORDS,
    THANKING,
    plain,
    words,
)
from fgd.core.nlp import sentences
from fgd.core.progress import Progress, silent
from fgd.model import Unit, UnitKind

LEAST, MOST, SENTENCES = 15, 60, 3
"""Words a unit should have at least, words it may have at most, and sentences at most.

A sentence longer than ``MOST`` (unpunctuated speech) is cut at commas, else between words.
"""

SIGNING_ON = 4
"""Besides their names people say at most so many words when they only say who is speaking:
"This is ... again"."""

SHORTEST = 4
"""A content sentence of fewer words says nothing alone: "It depends." stays with a neighbour."""


def cut(talk: Talk, progress: Progress = silent) -> tuple[Unit, ...]:
    """The units of all turns, in order; every word of every turn is in exactly one of them."""
    made: list[Unit] = []
    for number, (turn, speaker, text) in enumerate(
        zip(talk.turns, talk.speakers, talk.texts, strict=True)
    ):
        if number % 500 == 0:
            progress("units", number, len(talk.turns))
        made += cut_turn(
            turn.id, text, leads=speaker.leads, lang=talk.language, names=speaker.names
        )
    return tuple(made)


def cut_turn(
    turn: str,
    text: str,
    *,
    leads: bool = False,
    lang: str = "en",
    names: Sequence[str] = (),
) -> Iterator[Unit]:
    """The units of one turn; ``leads`` marks a facilitator's, which are all facilitation.

    ``names`` are those of the speaker and of where they come from.
    """
    if not text.strip():
        return
    spans = [span for one in sentences(text, lang) for span in _pieces(text, *one)]
    own = frozenset(word for name in names for word in words(name))
    kinds: list[UnitKind] = [
        "facilitation" if leads else kind_of(text[start:end], own) for start, end in spans
    ]
    first = 0
    for after in range(1, len(spans) + 1):
        if after == len(spans) or kinds[after] != kinds[first]:
            yield from _grouped(turn, text, spans[first:after], kinds[first])
            first = after


def kind_of(sentence: str, own: Collection[str] = ()) -> UnitKind:
    """What a participant's sentence is for; ``content`` unless its words say otherwise.

    ``own`` are the words of the speaker's names (lower case): who says little else says who
    is speaking.
    """
    said = words(sentence)
    if all(word in BACK_CHANNEL for word in said):
        return "back-channel"
    if all(word in COURTESY or word in BACK_CHANNEL for word in said):
        return "thanks" if THANKING.intersection(said) else "back-channel"
    if said[0] in ("thank", "thanks") and len(said) <= 5:
        return "thanks"
    others = [word for word in said if word not in own]
    if len(said) - len(others) >= 2 and len(others) <= SIGNING_ON:
        return "introduction"
    if HOUSEKEEPING.search(sentence):
        return "procedure"
    if len(said) <= INTRODUCTION_WORDS and INTRODUCTION.search(plain(sentence)):
        return "introduction"
    return "content"


def _grouped(
    turn: str, text: str, spans: Sequence[tuple[int, int]], kind: UnitKind
) -> Iterator[Unit]:
    """Join neighbouring sentences of one kind until a unit has enough words."""
    sizes = [len(text[start:end].split()) for start, end in spans]
    groups: list[list[int]] = []
    for i, size in enumerate(sizes):
        if groups:
            mine = sum(sizes[j] for j in groups[-1])
            small = mine < LEAST or size < SHORTEST
            if small and len(groups[-1]) < SENTENCES and mine + size <= MOST:
                groups[-1].append(i)
                continue
        groups.append([i])
    for group in groups:
        start, end = spans[group[0]][0], spans[group[-1]][1]
        yield Unit(turn, start, end, sum(sizes[i] for i in group), kind)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut what is longer than a unit may be, after a comma where one is near."""
    while True:
        ends = _word_ends(text, start, end)
        if len(ends) <= MOST:
            yield start, end
            return
        good = [
            i for i in range(MOST // 2, MOST) if text[ends[i] - 1] in ",;:\N{EM DASH}\N{EN DASH}"
        ]
        stop = ends[good[-1] if good else MOST - 1]
        yield start, stop
        start = stop + len(text[stop:end]) - len(text[stop:end].lstrip())


def _word_ends(text: str, start: int, end: int) -> list[int]:
    ends, position = [], start
    for word in text[start:end].split():
        position = text.index(word, position) + len(word)
        ends.append(position)
    return ends
