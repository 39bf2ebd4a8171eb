"""How much an utterance is worth keeping: a logistic model over what can be measured about it.

The weights (``salience.toml``) were fitted by ``python -m benchmarks.extraction --fit`` to what
human annotators kept of AMI and ICSI meetings as real recognisers heard them; they know forms of
talk, not subjects.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fgd.core.embeddings import Embedder
from fgd.core.nlp import sentences, stop_words
from fgd.model import Turn
from fgd.synthesis.features import NEVER, Phrases, Utterance, measure, names, phrases, plain

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.synthesis.features import Array
    from fgd.synthesis.material import Material, Passage

LEAST = 4
"""Utterances of fewer words are worth nothing by themselves."""


UNCLEAR = 2.0
"""What a quote loses in worth when none of its words is sure."""

SHORTEST, LONGEST = 6, 55
"""Words a quote should have at least and may have at most (unless a sentence is longer)."""


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


@cache
def runs(
    text: str, lang: str, names: re.Pattern[str] = NEVER
) -> tuple[tuple[int, int, float], ...]:
    """Runs of whole sentences ``(start, end, worth)`` of a text, best first.

    ``worth`` grows with the share of sentences that claim something and falls for runs that are
    too short, too long, that begin with a courtesy or an announcement, or in which somebody
    names a participant or an institution (``names``): such words have to be withheld later.
    """
    cuts, said = sentences(text, lang), phrases(lang)
    found: list[tuple[int, int, float]] = []
    for first in range(len(cuts)):
        for last in range(first, min(first + 3, len(cuts))):
            start, end = cuts[first][0], cuts[last][1]
            run = [text[a:b] for a, b in cuts[first : last + 1]]
            found.append((start, end, _worth(run, said, names)))
    return tuple(sorted(found, key=lambda run: (-run[2], run[0], run[1])))


def _worth(run: list[str], said: Phrases, names: re.Pattern[str]) -> float:
    """Between about -2 and 2."""
    words = sum(len(sentence.split()) for sentence in run)
    claims = sum(1 for sentence in run if said.claim.search(sentence))
    hollow = sum(1 for sentence in run if is_hollow(sentence, said))
    named = sum(1 for sentence in run if names.search(sentence))
    worth = claims / len(run) + 0.3 * min(claims, 2) - 0.6 * hollow - 0.5 * named
    worth += min(words, 30) / 60
    if words < SHORTEST:
        worth -= 1.5
    if words > LONGEST:
        worth -= (words - LONGEST) / 20
    if re.match(r"(?:and|but|so|or|because|which|that is)\b", run[0], re.I):
        worth -= 0.1
    return worth


def is_hollow(sentence: str, said: Phrases) -> bool:
    """Whether a sentence is a courtesy or announces another one instead of saying something."""
    if len(sentence.split()) >= 2 * SHORTEST:
        return False
    return bool(said.courtesy.match(sentence) or said.hollow.match(sentence))


def clarity(turn: Turn, start: int, end: int) -> float:
    """How sure the recogniser was of characters ``start``..``end`` of a turn, 0 to 1.

    The mean over words; those of an imported transcript or a correction are sure.
    """
    raw = "".join(word.text for word in turn.words)
    at = -(len(raw) - len(raw.lstrip()))
    sure: list[float] = []
    for word in turn.words:
        begins, at = at, at + len(word.text)
        if begins < end and at > start:
            sure.append(word.confidence)
    return sum(sure) / len(sure) if sure else 1.0


def best(passage: Passage, lang: str, names: re.Pattern[str] = NEVER) -> tuple[int, int]:
    """The run of the passage most worth quoting, as offsets into the turn's text.

    Of runs that say as much, the one that was heard more clearly.
    """
    found = runs(passage.text, lang, names)
    if not found:
        return passage.start, passage.end
    places = [(passage.start + start, passage.start + end, worth) for start, end, worth in found]
    start, end, _ = max(
        places, key=lambda run: run[2] - UNCLEAR * (1 - clarity(passage.turn, run[0], run[1]))
    )
    return start, end


@dataclass(frozen=True, slots=True)
class Taste:
    """How much difference and coverage count against worth, which is between 0 and 1."""

    likeness: float = 0.3
    facet: float = 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be chosen: what it is worth, what it costs, which facets it shows."""

    worth: float
    cost: float = 1.0
    facets: tuple[str, ...] = ()


def choose(
    candidates: Sequence[Candidate],
    vectors: npt.NDArray[np.float32],
    budget: float,
    taste: Taste = Taste(),
) -> tuple[int, ...]:
    """Choose candidates, the best first, whose costs stay within ``budget``; their numbers.

    Worth plus coverage of facets that nothing chosen shows yet, minus likeness to what was chosen
    (maximal marginal relevance, Carbonell and Goldstein 1998), chosen greedily, as is usual for
    monotone submodular gains (Lin and Bilmes 2011).

    ``vectors`` (n, d) are unit vectors, row by row for the candidates.
    """
    import numpy as np

    count = len(candidates)
    alike = np.zeros(count)
    seen: Counter[str] = Counter()
    chosen: list[int] = []
    left = budget
    open_ = [number for number in range(count) if candidates[number].cost > 0]
    while open_:
        gains = [
            (
                candidates[number].worth
                + taste.facet * sum(1 / (1 + seen[each]) for each in candidates[number].facets)
                - taste.likeness * float(alike[number]),
                -number,
            )
            for number in open_
        ]
        number = -max(gains)[1]
        open_.remove(number)
        if candidates[number].cost > left:
            continue
        chosen.append(number)
        left -= candidates[number].cost
        seen.update(candidates[number].facets)
        alike = np.maximum(alike, vectors @ vectors[number])
        open_ = [each for each in open_ if candidates[each].cost <= left]
    return tuple(chosen)
