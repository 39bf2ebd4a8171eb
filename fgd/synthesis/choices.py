"""Which words a finding is shown with: what people chose among the candidates, found again.

What such a choice is made of is in ``fgd.decisions.quotes``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fgd.decisions.quotes import choice, chosen
from fgd.model import Decision, Issue, Quote, Span, Turn
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.quoting import reanchor
from fgd.synthesis.themes import Topic

OFFERED = 6
"""How many other quotes a finding offers."""

Place = tuple[Passage, int, int]
"""A quote: characters ``start``..``end`` of the turn of a passage."""


class Choices:
    """The choices that hold, laid over the material of a session."""

    def __init__(self, material: Material, decisions: Sequence[Decision]) -> None:
        self._material = material
        self._left = {each.id: each for each in chosen(decisions)}
        self._lost: list[Issue] = []

    def __call__(self, topic: Topic) -> tuple[tuple[Place, ...], frozenset[str]]:
        """The quotes that people want to see with a topic, and words they do not."""
        wanted: dict[str, Decision] = {}
        unwanted: set[str] = set()
        for decision in list(self._left.values()):
            if decision.target.removeprefix("finding:") not in topic.codes:
                continue
            del self._left[decision.id]
            said = choice(decision)
            wanted.pop(said.instead, None)
            unwanted = (unwanted | {said.instead}) - {said.words, ""}
            wanted[said.words] = decision
        places = [self._place(topic, decision) for decision in wanted.values()]
        return tuple(each for each in places if each), frozenset(unwanted)

    def issues(self) -> tuple[Issue, ...]:
        """What could not be followed; to be asked once every topic had its turn."""
        gone = [_issue(each, "its theme has no finding any more") for each in self._left.values()]
        return (*self._lost, *gone)

    def _place(self, topic: Topic, decision: Decision) -> Place | None:
        words = choice(decision).words
        found = next(iter(self._found(decision, words)), None)
        if found is None:
            self._lost.append(_issue(decision, "these words are no longer in the transcript"))
            return None
        for passage in topic.passages:
            near = Span(passage.start, passage.end).overlaps(Span(found.start, found.end))
            if passage.turn.id == found.turn and near:
                return passage, found.start, found.end
        self._lost.append(_issue(decision, "these words are no longer coded with its theme"))
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
