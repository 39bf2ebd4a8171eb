"""Which turns bear on a question, best first.

Words and meaning are scored per turn, their peaks sharpened, and what is found spreads to the
turns around it, less the further away they are: an answer is longer than the words it shares
with the question. Naming somebody who spoke draws in what that person said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fgd.coding.talk import Read
from fgd.coding.terms import plain, query_terms, terms
from fgd.core.embeddings import Embedder
from fgd.core.text import NAMELIKE_TITLES, TITLES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.coding.talk import Array


@dataclass(frozen=True, slots=True)
class Mix:
    """How much counts what; found on the development half of the evidence data.

    ``meaning`` weighs similarity against words (1.0). ``sharpen`` is the power words are raised
    to, ``warmth`` the temperature of similarity. ``spread`` is the distance, as a share of all
    turns, over which a find falls by e; ``itself`` weighs what a turn says without its
    neighbours, so that the first few hits can be read alone. ``named`` weighs the turns of
    people the question names.
    """

    meaning: float = 0.8
    sharpen: float = 2.0
    warmth: float = 0.07
    spread: float = 0.1
    itself: float = 0.1
    named: float = 1.0


DEFAULT = Mix()


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that bears on a question: ``score`` 0..1 of the best one, ``named`` if the question
    names its speaker; ``start``..``end`` are its most telling unit.
    """

    turn: str
    score: float
    named: bool = False
    start: int = 0
    end: int = 0


class Finder:
    """The turns of a talk, made ready to be asked."""

    def __init__(self, read: Read, embedder: Embedder, mix: Mix = DEFAULT) -> None:
        self.read = read
        self.embedder = embedder
        self.mix = mix
        language = read.talk.language
        self._words = [terms(text, language) for text in read.talk.texts]
        self._lexical = _lexical(self._words)

    def find(self, question: str, most: int = 0) -> tuple[Hit, ...]:
        """Return the turns that bear on a question, best first; ``most`` 0 means all of them."""
        import numpy as np

        talk = self.read.talk
        if not talk.turns or not question.strip():
            return ()
        scores, near, named = self._scores(question)
        order = np.argsort(-scores, kind="stable")[: most or None]
        low, high = float(scores.min()), float(scores.max())
        scale = (scores - low) / (high - low) if high > low else np.ones(len(scores))
        best = self._best_units(near)
        return tuple(
            Hit(talk.turns[i].id, round(float(scale[i]), 4), bool(named[i]), *best.get(i, (0, 0)))
            for i in map(int, order)
        )

    def _scores(self, question: str) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
        """Per turn the score, per unit its similarity, per turn whether its speaker is meant."""
        import numpy as np

        talk, mix = self.read.talk, self.mix
        count = len(talk.turns)
        meant, rest = named_in(question, [speaker.names for speaker in talk.speakers])
        named = np.array(meant, dtype=bool)
        asked = query_terms(rest, talk.language)
        words = self._lexical_scores(asked)
        near = self.read.vectors @ self.embedder.embed([plain(rest)])[0]
        meaning = np.zeros(count)
        if len(near):
            peak = np.full(count, -np.inf)
            np.maximum.at(peak, self.read.rows, near)
            meaning = np.exp((peak - near.max()) / mix.warmth)
        length = max(mix.spread * count, 1.0)
        lift = 1.0 + named
        words, meaning = words**mix.sharpen * lift, meaning * lift
        total = standardised(decayed(words, length)) + mix.itself * standardised(words)
        total += mix.meaning * standardised(decayed(meaning, length))
        total += mix.meaning * mix.itself * standardised(meaning)
        if named.any():
            said = named * np.minimum(self.read.words, 60)
            total += mix.named * standardised(decayed(said, length))
        return total, near, named

    def _lexical_scores(self, asked: Sequence[str]) -> Array:
        import numpy as np

        if self._lexical is None or not asked:
            return np.zeros(len(self._words))
        known = [word for word in dict.fromkeys(asked) if word in self._lexical.vocab_dict]
        if not known:
            return np.zeros(len(self._words))
        scores: Array = np.asarray(self._lexical.get_scores(known), dtype=float)
        return np.maximum(scores, 0)

    def _best_units(self, near: Array) -> dict[int, tuple[int, int]]:
        best: dict[int, tuple[float, int, int]] = {}
        for unit, row, score in zip(self.read.units, self.read.rows, near, strict=True):
            found = (float(score), unit.start, unit.end)
            if int(row) not in best or found[0] > best[int(row)][0]:
                best[int(row)] = found
        return {row: (start, end) for row, (_, start, end) in best.items()}


def _lexical(words: Sequence[Sequence[str]]) -> Any:
    """BM25 (Robertson and Zaragoza 2009) over the turns; nothing where there are no words."""
    if not any(words):
        return None
    import bm25s

    index: Any = bm25s.BM25(method="lucene")
    index.index([list(each) for each in words], show_progress=False)
    return index


def named_in(question: str, names: Sequence[Sequence[str]]) -> tuple[tuple[bool, ...], str]:
    """For each turn whether the question names its speaker, and the question without the names.

    A person is meant by the full name or by the last part of it; a body by its name or acronym.
    """
    said = " ".join(_tokens(question))
    forms: dict[str, bool] = {}
    found: list[bool] = []
    for each in names:
        hits = [form for name in each for form in _forms(name) if _holds(said, form, forms)]
        found.append(bool(hits))
    rest = question
    for form in sorted((form for form, hit in forms.items() if hit), key=len, reverse=True):
        pattern = r"\W+".join(map(re.escape, form.split()))
        rest = re.sub(rf"\b{pattern}\b(?:['’]s)?", " ", rest, flags=re.I)
    return tuple(found), rest if rest.strip() else question


_TITLES = TITLES | NAMELIKE_TITLES | frozenset("the right minister of and for".split())


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _forms(name: str) -> list[str]:
    """Forms of a name that tell who is meant: all of it, and the last part of two or more."""
    tokens = _tokens(name)
    kept = [token for token in tokens if token not in _TITLES] or tokens
    forms = [" ".join(tokens), " ".join(kept)]
    if 2 <= len(kept) <= 3 and len(kept[-1]) > 3:
        forms.append(kept[-1])
    return [form for form in dict.fromkeys(forms) if len(form) > 2]


def _holds(said: str, form: str, known: dict[str, bool]) -> bool:
    if form not in known:
        known[form] = f" {form} " in f" {said} "
    return known[form]


def decayed(values: Array, length: float) -> Array:
    """Each value spread to its neighbours on both sides, falling by e every ``length`` rows."""
    import numpy as np
    from scipy.signal import lfilter

    if not len(values):
        return values
    fall = float(np.exp(-1 / max(length, 1e-6)))
    onward = lfilter([1.0], [1.0, -fall], values)
    back = lfilter([1.0], [1.0, -fall], values[::-1])[::-1]
    spread: Array = onward + back - values
    return spread


def standardised(values: Array) -> Array:
    """Mean 0 and deviation 1; all 0 where nothing differs."""
    import numpy as np

    deviation = float(np.std(values)) if len(values) else 0.0
    if deviation < 1e-9:
        return np.zeros(len(values))
    scaled: Array = (values - values.mean()) / deviation
    return scaled
