"""What a guide section is about, as phrases to compare talk with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.core.embeddings import Embedder
from fgd.core.nlp import sentences
from fgd.model import FloorMark, Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.coding.windows import Array

_STOCK = re.compile(
    r"^(?:(?:session|part|section|question|item|theme|topic|block|q)\s*\d*\s*[:.)\u2013\u2014-]\s*)?"
    r"(?:the )?(?:(?:detailed|further|general|specific|brief|overall|open|main) )*"
    r"(?:(?:discuss(?:ions?|ed|ing)?|debates?|presentations?|talks?|concerns?|evaluations?|"
    r"opinions?|questions?|arguments?|comments?|views?|remarks?|exchange) "
    r"(?:(?:and \w+ )?(?:sharing |session )?"
    r"(?:on|of|about|over|to|regarding|around|concerning|with) )?(?:the )?)?",
    re.I,
)


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The phrases of all sections: ``vectors`` (p, d), and which section each belongs to (p,).

    ``question`` (p,) marks those somebody would put to the room: the text, else the probes.
    """

    texts: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    section: npt.NDArray[np.int64]
    question: npt.NDArray[np.bool_]
    count: int

    @staticmethod
    def of(guide: Sequence[Section], embedder: Embedder, lang: str = "en") -> Phrases:
        """Title, sentences of the text, probes and themes to listen for, each one phrase."""
        import numpy as np

        rows: dict[tuple[int, str], bool] = {}
        for number, section in enumerate(guide):
            rows[number, subject(section.title)] = False
            rows |= dict.fromkeys(((number, theme) for theme in section.listen_for), False)
            said = [section.text[start:end] for start, end in sentences(section.text, lang)]
            rows |= dict.fromkeys(((number, text) for text in said), True)
            for probe in section.probes:
                rows.setdefault((number, probe), not said)
        kept = [(number, text, asks) for (number, text), asks in rows.items() if text.strip()]
        texts = [text for _, text, _ in kept]
        return Phrases(
            tuple(texts),
            embedder.embed(texts),
            np.array([number for number, _, _ in kept], dtype=np.int64),
            np.array([asks for _, _, asks in kept], dtype=bool),
            len(guide),
        )

    @property
    def has(self) -> npt.NDArray[np.bool_]:
        """Which sections have a phrase at all, (k,)."""
        import numpy as np

        found: npt.NDArray[np.bool_] = np.isin(np.arange(self.count), self.section)
        return found

    def questions(self) -> Phrases:
        """The questions alone."""
        texts = tuple(t for t, asks in zip(self.texts, self.question, strict=True) if asks)
        kept = self.question
        return Phrases(texts, self.vectors[kept], self.section[kept], kept[kept], self.count)

    def nearest(self, vectors: Array, best: int = 2) -> Array:
        """How near each vector (n, d) comes to each section: mean of its ``best`` phrases, (n, k).

        A section without phrases is as near as the average one.
        """
        import numpy as np

        found = np.zeros((len(vectors), self.count))
        similar = vectors @ self.vectors.T if len(self.texts) else np.zeros((len(vectors), 0))
        empty = []
        for number in range(self.count):
            mine = np.sort(similar[:, self.section == number], axis=1)[:, ::-1][:, :best]
            if mine.shape[1]:
                found[:, number] = mine.mean(axis=1)
            else:
                empty.append(number)
        if empty and len(empty) < self.count:
            found[:, empty] = np.delete(found, empty, axis=1).mean(axis=1, keepdims=True)
        return found


def subject(title: str) -> str:
    """A title without its number and without words like "discussion of"; itself if none is left.

    >>> subject("Q3. Discussion on rivers and fisheries")
    'rivers and fisheries'
    """
    return _STOCK.sub("", title, count=1).strip() or title


def section_of(mark: FloorMark, guide: Sequence[Section]) -> int:
    """The number of the section a floor mark names by id, title or place in the guide, or -1."""
    said = mark.section.strip().casefold()
    if not said:
        return -1
    for number, section in enumerate(guide):
        if said in (section.id.casefold(), section.title.strip().casefold()):
            return number
    place = re.fullmatch(r"(?:q|section|question|part|#)?\s*(\d{1,3})\.?", said)
    if place and 1 <= int(place.group(1)) <= len(guide):
        return int(place.group(1)) - 1
    close = [n for n, section in enumerate(guide) if said in section.title.casefold()]
    return close[0] if len(close) == 1 else -1
