"""How certain a turn is, and why not more: what a reviewer should listen to first."""

from __future__ import annotations

from dataclasses import dataclass

from fgd.model import Turn
from fgd.workbench.reading import Who

DOUBTFUL = 0.75
"""Certainty below which a turn is on the list."""

UNSURE_WORD = 0.5
"""Confidence below which a word is marked."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A certainty between 0 and 1 and the reasons that lower it, each a short sentence."""

    certainty: float = 1.0
    reasons: tuple[str, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether somebody should look."""
        return self.certainty < DOUBTFUL


def doubt(turn: Turn, who: Who) -> Doubt:
    """The least of what is known about speaker, voice and words."""
    found: list[tuple[float, str]] = []
    if who.waits:
        found.append((0.5, "the speaker is asked for again at the next build"))
    elif who.settled:
        pass
    elif not who.known:
        found.append((0.3, "the speaker is unknown"))
    elif who.confidence < DOUBTFUL:
        found.append((who.confidence, f"the speaker is only {who.confidence:.0%} sure"))
    if turn.share < DOUBTFUL and turn.runner_up and not who.settled:
        found.append(
            (turn.share, f"{1 - turn.share:.0%} of it sounds like another voice ({turn.runner_up})")
        )
    found += [(0.2, f"{flag.kind}: {flag.reason}") for flag in turn.flags]
    if turn.overlaps:
        found.append((0.6, "others spoke at the same time"))
    unsure = [word for word in turn.words if word.confidence < UNSURE_WORD]
    if len(unsure) * 4 >= len(turn.words) > 0:
        share = len(unsure) / len(turn.words)
        found.append((0.7 - 0.5 * share, f"{len(unsure)} of {len(turn.words)} words are unsure"))
    if not found:
        return Doubt()
    found.sort(key=lambda each: each[0])
    return Doubt(round(found[0][0], 2), tuple(reason for _, reason in found))
