"""What a code means, as vectors, and how near something must come to be about it.

The threshold of each code is calibrated on the codebook itself: sentences of its own description
and examples, each held back in turn, should come near enough, and those of other codes should
not. It therefore fits any embedder and any codebook, and needs no coded material.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fgd.coding.terms import stem
from fgd.core.embeddings import Embedder
from fgd.core.nlp import nlp, sentences
from fgd.model import Code

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from spacy.tokens import Doc

    from fgd.coding.alignment import Array


LOWEST, HIGHEST = 0.36, 0.50
"""Thresholds stay between these (cosine): below, units of unrelated meetings are coded; above,
hardly anything that is not a quotation of the codebook."""

PRECISION = 2.0
"""How many right finds one false find is worth when a threshold is set."""


@dataclass(frozen=True, slots=True, eq=False)
class Exemplars:
    """``vectors`` (e, d) of ``texts``; ``code`` (e,) is the number of each one's code.

    ``threshold`` (c,) per code; infinite for codes that are found by anchors alone.
    """

    codes: tuple[Code, ...]
    texts: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    code: npt.NDArray[np.int64]
    threshold: Array

    @staticmethod
    def of(codes: Sequence[Code], embedder: Embedder, lang: str = "en") -> Exemplars:
        """The name, every sentence of the description and every example of each code."""
        import numpy as np

        rows = [
            (number, text)
            for number, code in enumerate(codes)
            for text in dict.fromkeys(_texts(code, lang))
        ]
        texts = tuple(text for _, text in rows)
        vectors = embedder.embed(texts)
        owner = np.array([number for number, _ in rows], dtype=np.int64)
        threshold = _calibrated(codes, vectors, owner)
        return Exemplars(tuple(codes), texts, vectors, owner, threshold)

    def nearest(self, vectors: npt.NDArray[np.float32]) -> tuple[Array, npt.NDArray[np.int64]]:
        """For each vector (n, d) and code its nearest exemplar: similarity and number, (n, c).

        -1 and similarity -1 for codes without exemplars.
        """
        import numpy as np

        shape = (len(vectors), len(self.codes))
        best = np.full(shape, -1.0)
        which = np.full(shape, -1, dtype=np.int64)
        similar = vectors @ self.vectors.T if len(self.texts) else np.zeros((shape[0], 0))
        for number in range(len(self.codes)):
            mine = np.flatnonzero(self.code == number)
            if len(mine) and len(vectors):
                place = similar[:, mine].argmax(axis=1)
                which[:, number] = mine[place]
                best[:, number] = similar[np.arange(shape[0]), mine[place]]
        return best, which


def _texts(code: Code, lang: str) -> list[str]:
    if not (code.description.strip() or code.examples):
        return []
    said = [code.description[start:end] for start, end in sentences(code.description, lang)]
    return [code.name, *said, *code.examples]


def _calibrated(
    codes: Sequence[Code], vectors: npt.NDArray[np.float32], owner: npt.NDArray[np.int64]
) -> Array:
    """Per code the threshold that best tells its own exemplars from those of other codes.

    Parents and children are no negatives of each other, nor are codes of other dimensions or
    origins: a guide and a codebook may well name the same thing.
    """
    import numpy as np

    threshold = np.full(len(codes), np.inf)
    if not len(owner):
        return threshold
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -1.0)
    related = {code.id: {code.id, code.parent} for code in codes}
    for number, code in enumerate(codes):
        mine = owner == number
        if not mine.any():
            continue
        near = similar[:, mine].max(axis=1)
        rivals = np.array(
            [
                (other.dimension, other.origin) == (code.dimension, code.origin)
                and other.id not in related[code.id]
                and code.id not in related[other.id]
                for other in codes
            ]
        )
        right, wrong = near[mine], near[rivals[owner]]
        threshold[number] = _cut(right, wrong)
    return np.where(np.isfinite(threshold), np.clip(threshold, LOWEST, HIGHEST), np.inf)


def _cut(right: Array, wrong: Array) -> float:
    """The cut with the most right finds less ``PRECISION`` times the false ones, as shares.

    Without anything to tell it from, the highest one.
    """
    import numpy as np

    if not len(wrong):
        return HIGHEST
    places = np.linspace(LOWEST, HIGHEST, 37)
    found = np.array([(right >= place).mean() for place in places])
    false = np.array([(wrong >= place).mean() for place in places])
    return float(places[int((found - PRECISION * false).argmax())])


_SAME_LENGTH = str.maketrans(
    {
        "-": " ",
        "\N{EN DASH}": " ",
        "\N{NON-BREAKING HYPHEN}": " ",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)
SHORT = 5
"""An anchor in capitals of at most so many letters is an acronym: it must be in capitals."""


_NAME = "\N{NUMBER SIGN}name"


@dataclass(frozen=True, slots=True)
class Found:
    """An anchor in a text: whose it is, its characters, and how many words it has."""

    code: str
    start: int
    end: int
    words: int


class Anchors:
    """All anchors of a codebook, singular and plural alike, hyphens read as blanks.

    Inside one of ``names`` nothing is an anchor: the "Women and Peace Network" may speak of roads.
    """

    def __init__(
        self, codes: Iterable[Code], lang: str = "en", *, names: Iterable[str] = ()
    ) -> None:
        self.pipeline = nlp(lang)
        from spacy.matcher import PhraseMatcher

        self.matcher: Any = PhraseMatcher(self.pipeline.vocab, attr="NORM")
        self.acronyms: dict[str, set[str]] = {}
        known = [self._read(name) for name in names if len(name.split()) > 1]
        if known:
            self.matcher.add(_NAME, known)
        for code in codes:
            docs = [self._read(anchor) for anchor in code.anchors if anchor.strip()]
            if docs:
                self.matcher.add(code.id, docs)
            self.acronyms[code.id] = {
                self._read(anchor).text.casefold()
                for anchor in code.anchors
                if len(anchor) <= SHORT and anchor.isupper()
            }

    def find(self, text: str) -> tuple[Found, ...]:
        """The anchors in a text, in order; of two where one lies inside the other, the longer.

        The same words may be an anchor of several codes.
        """
        doc = self._read(text)
        spans: dict[tuple[int, int], list[str]] = {}
        for key, first, after in self.matcher(doc):
            code = self.pipeline.vocab.strings[key]
            words = doc[first:after].text
            if words.casefold() in self.acronyms.get(code, ()) and not words.isupper():
                continue
            spans.setdefault((first, after), []).append(code)
        kept = []
        for (first, after), codes in sorted(spans.items()):
            longer = (a <= first and after <= b and (a, b) != (first, after) for a, b in spans)
            if not any(longer):
                span = doc[first:after]
                kept += [
                    Found(code, span.start_char, span.end_char, after - first)
                    for code in sorted(codes)
                    if code != _NAME
                ]
        return tuple(kept)

    def _read(self, text: str) -> Doc:
        """Tokens whose norm is the folded stem; as long as the text, so that offsets hold."""
        doc = self.pipeline.make_doc(text.translate(_SAME_LENGTH))
        for token in doc:
            token.norm_ = stem(token.lower_)
        return doc


def phrase(text: str, found: Found) -> str:
    """The words of an anchor as they were said."""
    return text[found.start : found.end]


def by_code(found: Sequence[Found]) -> dict[str, Found]:
    """For each code its longest anchor, the first of equals."""
    best: dict[str, Found] = {}
    for each in found:
        if each.code not in best or each.words > best[each.code].words:
            best[each.code] = each
    return best
