"""Which part of the guide each turn belongs to, and what became of each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fgd.embedding import Embedder
from fgd.model import FloorMark, Guide, Placement
from fgd.themes.alignment import DEFAULT, Evidence, Weights, align
from fgd.themes.guide import Phrases, section_of
from fgd.themes.phrases import steers
from fgd.themes.read import Read
from fgd.themes.talk import Talk
from fgd.themes.windows import around, change, unit_rows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.themes.windows import Array

AROUND = 80
"""Words of talk around a turn that tell what it is about."""

SKIP = 3.0


def place(
    read: Read,
    guide: Guide,
    embedder: Embedder,
    *,
    marks: Sequence[FloorMark] = (),
    weights: Weights = DEFAULT,
) -> tuple[Placement, ...]:
    """The section of every turn, in the talk's order."""
    talk = read.talk
    if not guide.sections:
        return tuple(Placement(turn.id, "") for turn in talk.turns)
    phrases = Phrases.of(guide.sections, embedder, talk.language)
    evidence = gather(read, guide, phrases, marks)
    found = align(evidence, weights)
    lead = _lead(evidence.about, found)
    return tuple(
        Placement(
            turn.id,
            guide.sections[number].id if number >= 0 else "",
            round(float(margin), 3),
            "floor log" if evidence.fixed[i] >= 0 else "alignment",
        )
        for i, (turn, number, margin) in enumerate(zip(talk.turns, found, lead, strict=True))
    )


def gather(read: Read, guide: Guide, phrases: Phrases, marks: Sequence[FloorMark]) -> Evidence:
    """What speaks for each section at each turn."""
    import numpy as np

    talk = read.talk
    window = around(read.sums, read.words, AROUND)
    centre = read.sums.sum(axis=0) / max(read.words.sum(), 1)
    centred = read.sums - read.words[:, None] * centre
    words = read.words + 0.01
    planned = np.array([section.minutes for section in guide.sections], dtype=float)
    if planned.min() <= 0:
        planned = np.ones(len(planned))
    about = phrases.nearest(unit_rows(window))
    return Evidence(
        words=words,
        about=about,
        content=unit_rows(window) * words[:, None],
        put=put_to_room(read, phrases),
        change=change(centred, read.words, 80) + change(centred, read.words, 250),
        skip=np.full(len(planned), SKIP),
        expected=planned / planned.sum(),
        fixed=fixed(talk, guide, marks),
    )


def put_to_room(read: Read, phrases: Phrases) -> Array:
    """How surely each turn puts each section's question to the room, (n, k).

    Looked for in what facilitators say; without a known facilitator, in turns that steer the
    talk. The turn before and the turn after count for less: a hand-over may end the last section
    or open the next.
    """
    import numpy as np

    talk = read.talk
    count = len(talk.turns)
    led = any(speaker.leads for speaker in talk.speakers)
    asking = [
        speaker.leads if led else steers(text)
        for speaker, text in zip(talk.speakers, talk.texts, strict=True)
    ]
    near = phrases.nearest(read.vectors.astype(float), best=1)
    near = np.maximum(near - near.mean(axis=0), 0) if len(near) else near
    found = np.zeros((count, phrases.count))
    if len(near):
        np.maximum.at(found, read.rows, near)
    found[~np.array(asking, dtype=bool)] = 0
    nearby = np.zeros_like(found)
    nearby[:-1] = found[1:]
    nearby[1:] = np.maximum(nearby[1:], found[:-1])
    together: Array = np.maximum(found, 0.7 * nearby)
    return together


def fixed(talk: Talk, guide: Guide, marks: Sequence[FloorMark]) -> npt.NDArray[np.int64]:
    """The section a floor log gives each turn (n,), or -1: from a mark until the next one."""
    import numpy as np

    named = sorted(
        (mark for mark in marks if section_of(mark, guide.sections) >= 0),
        key=lambda mark: (mark.recording, mark.span),
    )
    found = np.full(len(talk.turns), -1, dtype=np.int64)
    for i, (turn, timed) in enumerate(zip(talk.turns, talk.timed, strict=True)):
        if not timed:
            continue
        middle = (turn.span.start + turn.span.end) // 2
        for mark in named:
            if mark.recording in ("", turn.recording) and mark.span.start <= middle:
                found[i] = section_of(mark, guide.sections)
    return found


def _lead(about: Array, found: npt.NDArray[np.int64]) -> Array:
    """How far the chosen section leads the next best in similarity, (n,), at least 0."""
    import numpy as np

    rows = np.arange(len(found))
    if about.shape[1] < 2 or not len(found):
        return np.ones(len(found))
    chosen = about[rows, np.maximum(found, 0)]
    others = about.copy()
    others[rows, np.maximum(found, 0)] = -1
    lead: Array = np.clip(chosen - others.max(axis=1), 0, 1)
    return lead
