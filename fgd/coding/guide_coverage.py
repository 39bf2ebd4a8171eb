"""What became of each guide section: asked, when, how long, and who spoke to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fgd.coding.sections import PUT, Phrases, best_other, left_out, subject
from fgd.coding.talk import Read
from fgd.coding.terms import steers
from fgd.core.embeddings import Embedder
from fgd.model import Guide, Placement, Section, SectionFacts, Span, Unit

if TYPE_CHECKING:
    from fgd.coding.alignment import Array

ASKED = 0.5
"""A sentence so near to a question of the guide, or to its title, asks it (cosine, MiniLM)."""

PROBED = 0.6
"""Probes are short and near one another, so more is wanted of them."""


def section_facts(
    read: Read,
    guide: Guide,
    placements: Sequence[Placement],
    units: Sequence[Unit],
    embedder: Embedder,
) -> tuple[SectionFacts, ...]:
    """One record for each section of the guide, in its order."""
    talk = read.talk
    where = {placement.turn: placement.section for placement in placements}
    runs = _runs(read, placements)
    words: dict[str, int] = {}
    count: dict[str, int] = {}
    for unit in units:
        if unit.kind == "content":
            under = where.get(unit.turn, "")
            words[under] = words.get(under, 0) + unit.words
            count[under] = count.get(under, 0) + 1
    asking = _asking(read)
    phrases = Phrases.of([_as_asked(section) for section in guide.sections], embedder)
    found = []
    for number, section in enumerate(guide.sections):
        mine = runs.get(section.id, [])
        turns = [i for first, after in mine for i in range(first, after)]
        spoke = dict.fromkeys(
            talk.speakers[i].key
            for i in turns
            if not (talk.speakers[i].leads or talk.speakers[i].silent)
        )
        asked, score = _asked(read, number, turns, asking, phrases)
        opened = section.kind not in PUT and bool(spoke)
        if asked < 0 and opened:
            asked = next((i for i in (turns[0], turns[0] - 1) if i >= 0 and asking[i]), -1)
        stretches = tuple(_stretch(read, first, after) for first, after in mine)
        found.append(
            SectionFacts(
                section.id,
                asked=asked >= 0 or opened,
                asked_in=talk.turns[asked].id if asked >= 0 else "",
                asked_score=round(score, 3),
                probes=_probes(read, guide, number, asking, embedder),
                stretches=stretches,
                planned=round(section.minutes * 60_000),
                used=sum(span.duration for _, span in stretches),
                turns=len(turns),
                units=count.get(section.id, 0),
                words=words.get(section.id, 0),
                people=tuple(spoke),
            )
        )
    return tuple(found)


def _as_asked(section: Section) -> Section:
    """The section reduced to what would be put to the room: its text, else its title."""
    return Section(section.id, "" if section.text else section.title, text=section.text)


def _runs(read: Read, placements: Sequence[Placement]) -> dict[str, list[tuple[int, int]]]:
    """For each section the runs of turns (first, after) inside one recording."""
    turns = read.talk.turns
    runs: dict[str, list[tuple[int, int]]] = {}
    first = 0
    for i in range(1, len(placements) + 1):
        if (
            i == len(placements)
            or placements[i].section != placements[first].section
            or turns[i].recording != turns[first].recording
        ):
            runs.setdefault(placements[first].section, []).append((first, i))
            first = i
    return runs


def _stretch(read: Read, first: int, after: int) -> tuple[str, Span]:
    """From the first turn's start to the last one's end; empty where the source has no times."""
    turns = read.talk.turns[first:after]
    if not read.talk.timed[first]:
        return turns[0].recording, Span(0, 0)
    return turns[0].recording, Span(turns[0].span.start, max(turn.span.end for turn in turns))


def _asking(read: Read) -> list[bool]:
    """Turns that may put a question to the room: a facilitator's, else those that steer."""
    talk = read.talk
    if any(speaker.leads for speaker in talk.speakers):
        return [speaker.leads for speaker in talk.speakers]
    return [steers(text) or "?" in text for text in talk.texts]


def _asked(
    read: Read,
    number: int,
    turns: Sequence[int],
    asking: Sequence[bool],
    phrases: Phrases,
) -> tuple[int, float]:
    """The turn that asks a section's question, and how near it comes; -1 if none does.

    Looked for in the turns of the section and the one before each; where it has no turns,
    anywhere, but then no other section may be nearer. What has no question in the guide is
    looked for by its title.
    """
    import numpy as np

    inside = {i for turn in turns for i in (turn - 1, turn)} if turns else set(range(len(asking)))
    rows = np.array([row in inside and asking[row] for row in read.rows], dtype=bool)
    rows &= ~left_out(read)
    if not rows.any():
        return -1, 0.0
    near = phrases.nearest(read.vectors[rows].astype(float), best=1)
    mine = near[:, number]
    if not turns and near.shape[1] > 1:
        mine = mine - np.maximum(best_other(near)[:, number] - mine, 0)
    best = int(mine.argmax())
    score = float(mine[best])
    return (int(read.rows[rows][best]) if score >= ASKED else -1), score


def _similar(read: Read, rows: Sequence[int], phrases: Phrases) -> Iterator[tuple[int, float]]:
    """Each unit of these turns: its turn and how near it comes to any of the phrases."""
    import numpy as np

    mine = np.isin(read.rows, np.array(sorted(rows), dtype=np.int64))
    scores: Array = phrases.nearest(read.vectors[mine].astype(float), best=1)[:, 0]
    for row, score in zip(read.rows[mine], scores, strict=True):
        yield int(row), float(score)


def _probes(
    read: Read, guide: Guide, number: int, asking: Sequence[bool], embedder: Embedder
) -> tuple[int, ...]:
    """The numbers of the section's probes that somebody put to the room."""
    section = guide.sections[number]
    rows = [row for row, asks in enumerate(asking) if asks]
    found = []
    for place, probe in enumerate(section.probes):
        phrases = Phrases.of([Section(section.id, subject(probe))], embedder)
        if max((score for _, score in _similar(read, rows, phrases)), default=0.0) >= PROBED:
            found.append(place)
    return tuple(found)
