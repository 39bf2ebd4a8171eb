"""Code units by a codebook: by meaning and by anchor, several codes at once.

Codes compete with codes of their own kind only (same dimension, same origin): what the guide asks
for and what a codebook knows may be the same thing, and then both hold.

The threshold of each code is calibrated on the codebook itself: sentences of its own description
and examples, each held back in turn, should come near enough, and those of other codes should not.
It therefore fits any embedder and any codebook, and needs no coded material.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fgd.coding.talk import Read
from fgd.coding.terms import stem
from fgd.core.embeddings import Embedder, unit_rows
from fgd.core.nlp import nlp, sentences
from fgd.model import Code, Codebook, Coding, Placement, Section, Unit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from spacy.tokens import Doc

    from fgd.coding.talk import Array


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
        """Return the name, every sentence of the description and every example of each code."""
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
    """Return the cut with the most right finds less ``PRECISION`` times the false ones, as shares.

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
    """Return the words of an anchor as they were said."""
    return text[found.start : found.end]


def by_code(found: Sequence[Found]) -> dict[str, Found]:
    """For each code its longest anchor, the first of equals."""
    best: dict[str, Found] = {}
    for each in found:
        if each.code not in best or each.words > best[each.code].words:
            best[each.code] = each
    return best


BY = "codebook"

BEHIND, MOST = 0.08, 2
"""Of one kind of codes at most so many are meant by a unit, none so far behind the nearest."""

NEIGHBOUR, OTHER_TURN, CONTEXT = 0.7, 0.3, 0.06
"""A unit is also read together with its neighbours: the weight of each next one, how much of it
holds across a change of speaker, and how much nearer the whole must come than the unit alone."""

LEVELLED = 4
"""What a unit has in common with all codes is only known of so many; the mean nearness of fewer
is mostly the nearness of the code in question."""

UNDER = 0.06
"""How much less similarity does for a code of the guide section under which a unit was said."""

ANCHOR, LONG_ANCHOR = 0.7, 0.85
"""How sure an anchor alone makes a code: one word, or several."""

LONE = 0.6
"""A theme of a codebook that a single unit resembles, without an anchor, needs this score: one
that is barely over the threshold once in a meeting is mostly chance."""

SLOPE = 14.0
"""Steepness of the score around a threshold; 0.5 at the threshold itself."""


def code(
    read: Read,
    book: Codebook,
    embedder: Embedder,
    *,
    placements: Sequence[Placement] = (),
    sections: Sequence[Section] = (),
) -> tuple[Coding, ...]:
    """Return codings of all content units, in order, each with its score and the reason for it."""
    content = [i for i, unit in enumerate(read.units) if unit.kind == "content"]
    codes = tuple(each for each in book.codes if each.id not in _untold(sections))
    if not content or not codes:
        return ()
    matcher = _Matcher(read, content, codes, book.language, embedder, placements)
    made = [
        coding for row, i in enumerate(content) for coding in matcher.codings(row, read.units[i])
    ]
    library = {each.id for each in codes if each.origin == "library"}
    often = Counter(coding.code for coding in made)
    return tuple(
        coding
        for coding in made
        if often[coding.code] > 1 or coding.code not in library or coding.score >= LONE
    )


def _untold(sections: Sequence[Section]) -> set[str]:
    """Codes of sections that are no subject of their own: statements, the opening, the end."""
    return {
        f"guide.{section.id}"
        for section in sections
        if section.kind not in ("question", "exercise inject")
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Meaning:
    """One kind of codes: which columns they are, how near, how near they must come, by what."""

    exemplars: Exemplars
    near: Array
    which: npt.NDArray[np.int64]
    needed: Array
    meant: npt.NDArray[np.bool_]


class _Matcher:
    """Everything known about the content units of a talk and the codes."""

    def __init__(
        self,
        read: Read,
        content: Sequence[int],
        codes: Sequence[Code],
        lang: str,
        embedder: Embedder,
        placements: Sequence[Placement],
    ) -> None:
        texts = read.talk.texts
        names = dict.fromkeys(name for s in read.talk.speakers for name in s.names)
        anchors = Anchors(codes, lang, names=names)
        others = [replace(each, anchors=each.excludes) for each in codes if each.excludes]
        excluded = Anchors(others, lang) if others else None
        self.codes = tuple(codes)
        self.texts = [texts[read.rows[i]][read.units[i].start : read.units[i].end] for i in content]
        self.found = [by_code(anchors.find(text)) for text in self.texts]
        self.excluded = [by_code(excluded.find(t)) if excluded else {} for t in self.texts]
        under = {each.turn: each.section for each in placements}
        self.under = [under.get(read.units[i].turn, "") for i in content]
        vectors, rows = read.vectors[content], read.rows[content]
        together = in_context(vectors, rows)
        self.kinds: dict[tuple[str, str], _Meaning] = {}
        self.place: dict[str, tuple[_Meaning, int]] = {}
        for kind in dict.fromkeys((each.dimension, each.origin) for each in codes):
            mine = [each for each in codes if (each.dimension, each.origin) == kind]
            meaning = self._meaning(mine, vectors, together, embedder, lang)
            self.place |= {each.id: (meaning, number) for number, each in enumerate(mine)}

    def codings(self, row: int, unit: Unit) -> list[Coding]:
        """Tell what one content unit is about."""
        made = []
        for each in self.codes:
            meaning, number = self.place[each.id]
            anchor, meant = self.found[row].get(each.id), bool(meaning.meant[row, number])
            if each.origin == "guide" and not each.parent and each.id != self._section(row):
                continue  # a section itself is only where it was placed
            if each.id in self.excluded[row]:
                continue
            if anchor is None and not meant:
                continue
            near, needed = float(meaning.near[row, number]), float(meaning.needed[row, number])
            by_meaning = _by_meaning(near, needed)
            score = 1 - (1 - by_meaning) * (1 - _by_anchor(anchor))
            reasons = [f'says "{phrase(self.texts[row], anchor)}"'] if anchor else []
            if meant:
                nearest = meaning.exemplars.texts[int(meaning.which[row, number])]
                reasons.append(f'close to "{nearest}" ({near:.2f}, {needed:.2f} needed)')
            reason = "; ".join(reasons)
            made.append(
                Coding(unit.turn, unit.start, unit.end, each.id, round(score, 3), reason, BY)
            )
        return made

    def _section(self, row: int) -> str:
        return f"guide.{self.under[row]}"

    def _meaning(
        self,
        codes: Sequence[Code],
        vectors: npt.NDArray[np.float32],
        together: npt.NDArray[np.float32],
        embedder: Embedder,
        lang: str,
    ) -> _Meaning:
        import numpy as np

        exemplars = Exemplars.of(codes, embedder, lang)
        alone, which = exemplars.nearest(vectors)
        wide, other = exemplars.nearest(together)
        near = np.maximum(alone, wide - CONTEXT)
        which = np.where(alone >= wide - CONTEXT, which, other)
        known = np.isfinite(exemplars.threshold)
        needed = np.tile(exemplars.threshold, (len(near), 1))
        if known.sum() >= LEVELLED:
            # Some units come near everything; only what a code has over the others tells.
            level = near[:, known].mean(axis=1, keepdims=True)
            needed = needed + level - level.mean()
        needed -= UNDER * self._expected(codes)
        lead = near - needed
        lead[:, ~known] = -np.inf
        best = np.sort(lead, axis=1)[:, ::-1]
        floor = np.maximum(best[:, :1] - BEHIND, best[:, min(MOST, best.shape[1]) - 1][:, None])
        return _Meaning(exemplars, near, which, needed, (lead >= 0) & (lead >= floor))

    def _expected(self, codes: Sequence[Code]) -> Array:
        """Tell which codes belong to the guide section of each unit, (units, codes) of 0 and 1."""
        import numpy as np

        keys = [(each.parent or each.id) if each.origin == "guide" else "" for each in codes]
        rows = [[key == self._section(row) for key in keys] for row in range(len(self.under))]
        return np.array(rows, dtype=float).reshape(len(self.under), len(keys))


def in_context(
    vectors: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return each vector (n, d) with its two neighbours on both sides, scaled to length 1.

    ``rows`` (n,) are the turns; what somebody else says counts less.
    """
    import numpy as np

    mixed = vectors.astype(np.float32).copy()
    for step in (1, 2):
        weight = np.where(rows[step:] == rows[:-step], 1.0, OTHER_TURN) * NEIGHBOUR**step
        mixed[step:] += (weight[:, None] * vectors[:-step]).astype(np.float32)
        mixed[:-step] += (weight[:, None] * vectors[step:]).astype(np.float32)
    return unit_rows(mixed)


def _by_meaning(similarity: float, threshold: float) -> float:
    if math.isinf(threshold):
        return 0.0
    return 1 / (1 + math.exp(-SLOPE * (similarity - threshold)))


def _by_anchor(anchor: Found | None) -> float:
    if anchor is None:
        return 0.0
    return LONG_ANCHOR if anchor.words > 1 else ANCHOR


def residue(read: Read, codings: Sequence[Coding], codes: Mapping[str, Code]) -> tuple[int, ...]:
    """Return the content units, by number, that no theme covers.

    That a unit was said under a question of the guide does not make it foreseen.
    """
    coded = {
        (each.turn, each.start, each.end)
        for each in codings
        if each.status != "rejected" and _covers(codes.get(each.code))
    }
    return tuple(
        i
        for i, unit in enumerate(read.units)
        if unit.kind == "content" and (unit.turn, unit.start, unit.end) not in coded
    )


def _covers(code: Code | None) -> bool:
    if code is None or code.dimension != "theme":
        return False
    return code.origin != "guide" or bool(code.parent)
