"""Keep the place of somebody who withdrew, and nothing else of them.

==============  ====================  ===========================================================
field           target                value
==============  ====================  ===========================================================
``withdrawn``   ``person:withdrawn-1``  when they spoke in this recording: ``start-end`` in ms, more
                                      of them after spaces; empty where a decision of theirs stood
==============  ====================  ===========================================================

The target tells people apart who withdrew, and names nobody. Where a transcript was given, the mark
stands in it; where sound was heard, these times bring it back whatever is heard in the silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fgd.decisions.kinds import Kind
from fgd.model import MARK, NOBODY, Conversation, Decision, Span, Turn, Word

WITHDRAWN = "withdrawn"
_STRETCH = re.compile(r"(\d+)-(\d+)")


def withdrawn(
    person: str, spans: Sequence[Span], recording: str, *, by: str, when: str
) -> Decision:
    """ "Somebody spoke here and withdrew"; ``person`` is what stands for them (``withdrawn-1``)."""
    value = " ".join(f"{span.start}-{span.end}" for span in spans)
    reach = Span(spans[0].start, max(span.end for span in spans)) if spans else Span(0, 0)
    target = f"person:{person}"
    return Decision.made(target, WITHDRAWN, value, recording, reach, by=by, when=when)


def who_withdrew(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """List what stands for those who withdrew, each once."""
    targets = (each.target for each in decisions if each.field == WITHDRAWN)
    return tuple(dict.fromkeys(target.partition(":")[2] for target in targets))


def is_withdrawn(turn: Turn) -> bool:
    """Tell whether of a turn nothing is left but the mark."""
    words = turn.text.split()
    return bool(words) and set(words) == {MARK}


def marked(talk: Conversation, decisions: Sequence[Decision]) -> Conversation:
    """Return the conversation with a mark, of nobody's voice, where somebody who withdrew spoke.

    Applying it twice changes nothing more.
    """
    mine = [d for d in decisions if d.field == WITHDRAWN and d.recording == talk.recording]
    turns = [_mark(turn) if is_withdrawn(turn) else turn for turn in talk.turns]
    there = [turn.span for turn in turns if is_withdrawn(turn)]
    if talk.timed:
        for span in sorted({span for each in mine for span in _spans(each.value)}):
            if not any(span.overlaps(other) for other in there):
                name = f"{talk.recording}-{span.start:08d}w"
                turns.append(_mark(Turn(name, talk.recording, NOBODY, span, ())))
                there.append(span)
        turns.sort(key=lambda turn: (turn.span, turn.id))
    if tuple(turns) == talk.turns:
        return talk
    left = {turn.voice for turn in turns if not is_withdrawn(turn)}
    voices = tuple(voice for voice in talk.voices if voice.id in left)
    return replace(talk, turns=tuple(turns), voices=voices)


def spoken(talk: Conversation) -> Conversation:
    """Return the conversation without the marks: what is counted, coded and quoted."""
    turns = tuple(turn for turn in talk.turns if not is_withdrawn(turn))
    return talk if len(turns) == len(talk.turns) else replace(talk, turns=turns)


def _mark(turn: Turn) -> Turn:
    return Turn(
        turn.id, turn.recording, NOBODY, turn.span, (Word(turn.span, MARK),),
        decided_by=WITHDRAWN, timing=turn.timing,
    )  # fmt: skip


def _spans(value: str) -> Iterator[Span]:
    for found in _STRETCH.finditer(value):
        start, end = int(found[1]), int(found[2])
        if start < end:
            yield Span(start, end)


DECISIONS = (
    Kind(
        WITHDRAWN, ("person",), "withdrawal", "conversation",
        lambda *_: "one participant withdrew", lambda one, other: one.target == other.target,
    ),
)  # fmt: skip
