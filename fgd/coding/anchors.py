"""Phrases that settle by themselves what a unit is about, found with spaCy's PhraseMatcher."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fgd.coding.terms import stem
from fgd.core.nlp import nlp
from fgd.model import Code

if TYPE_CHECKING:
    from spacy.tokens import Doc

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
