"""The one list of quotes of a brief: each is numbered once, where it first appears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fgd.model import Extract
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.quoting import extract
from fgd.synthesis.slices import best


class Ledger:
    """Hands out quote ids; the same words asked for twice are the same quote."""

    def __init__(self, prefix: str = "Q") -> None:
        self.prefix = prefix
        self._known: dict[tuple[str, str, tuple[tuple[int, int], ...]], str] = {}
        self._extracts: dict[str, Extract] = {}

    def __call__(
        self,
        material: Material,
        passage: Passage,
        slices: Sequence[tuple[int, int]] = (),
        *,
        stand: str = "",
    ) -> str:
        """The id of a quote: the given slices of the passage's turn, or its best sentences."""
        cut = tuple(slices) or (best(passage, material.language, material.names),)
        key = (material.session.id, passage.turn.id, cut)
        if key not in self._known:
            name = f"{self.prefix}{len(self._known) + 1}"
            self._known[key] = name
            self._extracts[name] = extract(name, material, passage, cut)
        name = self._known[key]
        if stand and not self._extracts[name].stand:
            self._extracts[name] = replace(self._extracts[name], stand=stand)
        return name

    def used(self, passage: Passage) -> bool:
        """Whether words of this passage are quoted already."""
        return any(
            turn == passage.turn.id
            and any(start < passage.end and passage.start < end for start, end in cut)
            for _, turn, cut in self._known
        )

    def text(self, name: str) -> str:
        """The words of a quote."""
        return self._extracts[name].text

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """Every quote in the order of its number."""
        return tuple(self._extracts.values())
