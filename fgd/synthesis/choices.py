"""Which words a finding is shown with: what people chose among the candidates, found again.

What such a choice is made of is in ``fgd.decisions.quotes``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fgd.decisions.quotes import choice, chosen
from fgd.model import Decision, Issue, Quote, Turn
from fgd.synthesis.material import Material
from fgd.synthesis.quoting import reanchor, trimmed

OFFERED = 6
"""How many other quotes a finding offers."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What people want of one finding: by turn the words to show, and words they do not want."""

    for_turn: dict[str, tuple[int, int]] = field(default_factory=dict)
    unwanted: frozenset[str] = frozenset()


class Choices:
    """The choices that hold, laid over the material of a session."""

    def __init__(self, material: Material, decisions: Sequence[Decision]) -> None:
        self._material = material
        self._left = {each.id: each for each in chosen(decisions)}
        self._lost: list[Issue] = []
        self._turns: dict[str, set[str]] = defaultdict(set)
        for each in material.deliberated.responses:
            self._turns[each.proposition].add(each.place.turn)

    def __call__(self, proposition: str) -> Chosen:
        """What people want to see of the answers to a proposition."""
        wanted: dict[str, Decision] = {}
        unwanted: set[str] = set()
        for decision in list(self._left.values()):
            if decision.target.removeprefix("finding:") != proposition:
                continue
            del self._left[decision.id]
            said = choice(decision)
            wanted.pop(said.instead, None)
            unwanted = (unwanted | {said.instead}) - {said.words, ""}
            wanted[said.words] = decision
        places = [self._place(proposition, decision) for decision in wanted.values()]
        return Chosen(dict(each for each in places if each), frozenset(unwanted))

    def issues(self) -> tuple[Issue, ...]:
        """What could not be followed; to be asked once every finding had its turn."""
        gone = [
            _issue(each, "its proposition is not told any more") for each in self._left.values()
        ]
        return (*self._lost, *gone)

    def _place(self, proposition: str, decision: Decision) -> tuple[str, tuple[int, int]] | None:
        found = next(iter(self._found(decision, choice(decision).words)), None)
        if found is None:
            self._lost.append(_issue(decision, "these words are no longer in the transcript"))
        elif found.turn not in self._turns[proposition]:
            self._lost.append(_issue(decision, "these words no longer answer its proposition"))
        else:
            text = self._material.turn[found.turn].text
            return found.turn, trimmed(text, found.start, found.end)
        return None

    def _found(self, decision: Decision, words: str) -> Iterator[Quote]:
        """Where the words stand now, in the turns around their time."""
        for turn in self._near(decision) if words.strip() else ():
            digest = Quote.digest(words)
            session, recording = self._material.session.id, turn.recording
            old = Quote("", session, recording, turn.id, turn.span, 0, 0, words, digest)
            yield from reanchor(old, turn)

    def _near(self, decision: Decision) -> Iterable[Turn]:
        own = [each for each in self._material.turns if each.recording == decision.recording]
        if decision.recording in self._material.untimed:
            return own
        close = [each for each in own if each.span.overlaps(decision.anchor)]
        return sorted(close, key=lambda each: -(each.span & decision.anchor).duration)


def _issue(decision: Decision, reason: str) -> Issue:
    words = choice(decision).words
    shown = words if len(words) <= 80 else f"{words[:79].rstrip()}\N{HORIZONTAL ELLIPSIS}"
    return Issue(
        "warning",
        "brief",
        f"a quote that was chosen for a finding is not shown: {reason}.",
        "The finding has the quotes that were found best; choose again under Brief.",
        place=f"\N{LEFT DOUBLE QUOTATION MARK}{shown}\N{RIGHT DOUBLE QUOTATION MARK}",
    )
