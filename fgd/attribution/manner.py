"""How voices behave, whoever they are: who leads the meeting, who asks and who answers."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.attribution.reading import Reading

LEADING = 4.0
"""What whoever leads is expected to score at least: to open a meeting alone is not to lead it."""

LEADERS = frozenset("chair chairman chairwoman chairperson moderator facilitator".split())


def chairing(readings: Sequence[Reading]) -> dict[str, float]:
    """How much each voice leads the meeting: a share of what the most leading one does."""
    scores: dict[str, float] = {}
    for reading in readings:
        passage = reading.passage
        gained = sum(1.0 for cue in reading.cues if cue.kind == "chair")
        scores[passage.voice] = scores.get(passage.voice, 0.0) + gained
        if passage.index == 0:
            scores[passage.voice] += 2.0
            continue
        # Whoever is answered with "thank you, Chair" has just led.
        if any(token.norm_ in LEADERS for token in passage.doc[:12]):
            before = readings[passage.index - 1].passage.voice
            scores[before] = scores.get(before, 0.0) + 1.0
    top = max(LEADING, *scores.values()) if scores else LEADING
    return {voice: score / top for voice, score in scores.items()}


def asking(readings: Sequence[Reading]) -> dict[str, tuple[float, float]]:
    """Per voice: the share of its passages that end in a question, and that follow one."""
    counts: dict[str, list[int]] = {}
    asked = False
    for reading in readings:
        own = counts.setdefault(reading.passage.voice, [0, 0, 0])
        tail = reading.passage.doc[-25:]
        asks = any(token.text == "?" for token in tail)
        if reading.passage.words >= 5:
            own[0] += 1
            own[1] += asks
            own[2] += asked
        asked = asks
    return {v: ((a + 0.3) / (n + 1), (b + 0.3) / (n + 1)) for v, (n, a, b) in counts.items()}
