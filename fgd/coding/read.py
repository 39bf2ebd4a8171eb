"""A talk as numbers: what its units mean, and what each turn says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.coding.phrases import plain
from fgd.coding.talk import Talk
from fgd.coding.windows import per_turn
from fgd.core.embeddings import Embedder
from fgd.model import Unit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.coding.windows import Array


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A talk as numbers: its units that say something, their vectors, and what each turn says.

    ``vectors`` (u, d) belong to ``units``; ``sums`` (n, d) and ``words`` (n,) are per turn;
    ``rows`` (u,) is each unit's turn.
    """

    talk: Talk
    units: tuple[Unit, ...]
    vectors: npt.NDArray[np.float32]
    sums: Array
    words: Array
    rows: npt.NDArray[np.int64]

    @staticmethod
    def of(talk: Talk, units: Sequence[Unit], embedder: Embedder) -> Read:
        """Embed every unit that is more than a back-channel or thanks."""
        import numpy as np

        said = tuple(unit for unit in units if unit.kind not in ("back-channel", "thanks"))
        places = {turn.id: number for number, turn in enumerate(talk.turns)}
        texts = talk.texts
        vectors = embedder.embed(
            [plain(texts[places[unit.turn]][unit.start : unit.end]) for unit in said]
        )
        sums, words = per_turn(said, vectors, places)
        rows = np.array([places[unit.turn] for unit in said], dtype=np.int64)
        return Read(talk, said, vectors, sums, words, rows)


def spoken_names(read: Read) -> frozenset[str]:
    """Every word of the names of people and bodies, in lower case."""
    return frozenset(
        word.casefold()
        for speaker in read.talk.speakers
        for name in speaker.names
        for word in name.split()
    )
