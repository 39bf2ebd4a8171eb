"""How much an utterance is worth keeping: a logistic model over what can be measured about it.

The weights (``salience.toml``) were fitted by ``python -m benchmarks.extraction --fit`` to what
human annotators kept of AMI and ICSI meetings as real recognisers heard them; they know forms of
talk, not subjects.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fgd.core.embeddings import Embedder
from fgd.core.nlp import stop_words
from fgd.synthesis.features import Utterance, measure, names, plain
from fgd.synthesis.phrases import phrases

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.synthesis.features import Array
    from fgd.synthesis.material import Material, Passage

LEAST = 4
"""Utterances of fewer words are worth nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: for each feature its mean, its deviation and its weight, by name."""

    bias: float
    features: dict[str, tuple[float, float, float]]

    def __call__(self, columns: Sequence[str], rows: Array) -> Array:
        """Chances (n,) for rows of features (n, f) named by ``columns``; unknown ones count 0."""
        import numpy as np

        known = [self.features.get(column, (0.0, 1.0, 0.0)) for column in columns]
        mean, deviation, weight = (np.array(each) for each in zip(*known, strict=True))
        logits = ((rows - mean) / deviation) @ weight + self.bias
        chances: Array = 1 / (1 + np.exp(-logits))
        return chances


@cache
def shipped() -> Weights:
    """The weights of ``salience.toml``."""
    source = files("fgd.synthesis").joinpath("salience.toml").read_text(encoding="utf-8")
    table = tomllib.loads(source)
    return Weights(table["bias"], {name: tuple(row) for name, row in table["features"].items()})


def salience(
    said: Sequence[Utterance],
    embedder: Embedder,
    *,
    lang: str = "en",
    weights: Weights | None = None,
) -> tuple[Array, npt.NDArray[np.float32]]:
    """The chance of each utterance to be kept (n,), and the vectors it was judged by (n, d)."""
    import numpy as np

    vectors = embedder.embed([plain(each.text) or "." for each in said])
    known = phrases(lang)
    rows = measure(said, vectors, known, embedder, stop_words(lang))
    if not len(rows):
        return np.zeros(0), vectors
    worth = (weights or shipped())(names(known), rows)
    short = np.array([len(plain(each.text).split()) < LEAST for each in said])
    return np.where(short, 0.0, worth), vectors


class Salience:
    """The worth and the vector of every passage of a session."""

    def __init__(self, material: Material, embedder: Embedder) -> None:
        self._embedder = embedder
        untimed = material.untimed
        said = [
            Utterance(
                each.text,
                each.person.key,
                *((0, 0) if each.turn.recording in untimed else _times(each)),
            )
            for each in material.passages
        ]
        self._worth, self._vectors = salience(said, embedder, lang=material.language)
        self._place = {
            (each.turn.id, each.start): number for number, each in enumerate(material.passages)
        }

    @classmethod
    def over(cls, materials: Sequence[Material], whole: Material, embedder: Embedder) -> Salience:
        """The worth that passages have in their own sessions, to be asked for in all of them."""
        import numpy as np

        own = [cls(each, embedder) for each in materials]
        joined = cls.__new__(cls)
        joined._embedder = embedder
        found = {key: (each, row) for each in own for key, row in each._place.items()}
        keys = [(each.turn.id, each.start) for each in whole.passages]
        joined._place = {key: number for number, key in enumerate(keys)}
        joined._worth = np.array([found[key][0]._worth[found[key][1]] for key in keys])
        width = max((each._vectors.shape[1] for each in own if each._vectors.size), default=1)
        rows = [found[key][0]._vectors[found[key][1]] for key in keys]
        joined._vectors = np.stack(rows) if rows else np.zeros((0, width), np.float32)
        return joined

    def __getitem__(self, passage: Passage) -> float:
        return float(self._worth[self._place[passage.turn.id, passage.start]])

    def vectors(self, passages: Sequence[Passage]) -> npt.NDArray[np.float32]:
        """The unit vectors of passages, row by row: (n, d)."""
        return self._vectors[[self._place[each.turn.id, each.start] for each in passages]]

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors of other texts, row by row: (n, d)."""
        return self._embedder.embed([plain(text) for text in texts])


def _times(passage: Passage) -> tuple[int, int]:
    """When it was said, its share of the turn taken by characters."""
    span, length = passage.turn.span, max(len(passage.turn.text), 1)
    start = span.start + span.duration * passage.start // length
    return start, span.start + span.duration * passage.end // length
