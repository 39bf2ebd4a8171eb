"""Taking what identifies out of text; a mark says what kind of thing stood in each gap."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from fgd.disclosure.doubts import MARK, Doubt, Harmless, within
from fgd.disclosure.leaks import hits
from fgd.disclosure.words import Secret, country_forms, giveaways
from fgd.model import Piece, Rule

MARKS = {
    "person": "[a participant]",
    "institution": "[an institution]",
    "country": "[a country]",
}
_OWN = re.compile(r"\b(?:we|us|our|ours|i|my|me|mine|here|decides?)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(?:the|an?) $", re.IGNORECASE)
_PERSONAL = frozenset({"[a participant]", "[a role]", "[a detail]"})
"""Marks of giveaways that matter where only institutions may be named."""

LEAST_WORDS = 5
"""A quote of which fewer words are left says nothing any more."""


@dataclass(frozen=True, slots=True)
class Redactor:
    """Withholds secrets and giveaways as a rule of attribution demands.

    ``homes`` are the countries of delegates: even where several come from one, words in which
    somebody says "we" and "in X", or names a body and X, give their affiliation away. With
    ``harmless`` spoken words stay only if they are known to reveal nobody.
    """

    rule: Rule
    secrets: tuple[Secret, ...]
    homes: tuple[str, ...] = ()
    harmless: Harmless | None = None

    def __call__(self, text: str) -> str:
        """The text with every secret and giveaway replaced by its mark."""
        return "".join(piece.text for piece in self.pieces(text))

    def typed(self, text: str) -> str:
        """A name that somebody typed, without names, acronyms and numbers not known as harmless."""
        gaps = [(each.start, each.end, MARK) for each in self.typed_doubts(text)]
        return "".join(piece.text for piece in self._cut(text, [*self._secret(text), *gaps]))

    def typed_doubts(self, text: str) -> list[Doubt]:
        """What of a name that somebody typed is not known to be harmless."""
        if self.harmless is None:
            return []
        told = self.harmless.rewordings(text)
        found = [*self.harmless.words(text), *self.harmless.taken_out(text)]
        return [
            each
            for each in found
            if not self.harmless.is_released(text[each.start : each.end])
            and not within((each.start, each.end), told)
        ]

    def may_say(self, text: str) -> bool:
        """Whether a person's own words hold nothing that has to be withheld."""
        return not self._secret(text) and not self.typed_doubts(text)

    def touches(self, text: str) -> bool:
        """Whether a text says anything that has to be withheld."""
        return any(not piece.said for piece in self.pieces(text))

    def pieces(self, text: str, *, spoken: bool = False) -> tuple[Piece, ...]:
        """The text in pieces, those withheld replaced by marks; ``spoken`` looks for giveaways."""
        gaps = self._secret(text)
        if spoken:
            gaps += self._giveaways(text)
            if self.harmless:
                gaps += [(each.start, each.end, MARK) for each in self.harmless.doubts(text)]
        return self._cut(text, gaps)

    def _secret(self, text: str) -> list[tuple[int, int, str]]:
        found = hits(text, self.secrets)
        return [(hit.start, hit.end, MARKS[hit.secret.kind]) for hit in found]

    def _cut(self, text: str, gaps: Sequence[tuple[int, int, str]]) -> tuple[Piece, ...]:
        found: list[Piece] = []
        end = 0
        told = self.harmless.rewordings(text) if self.harmless else []
        cuts = [(_with_article(text, a), b, m) for a, b, m in gaps if not within((a, b), told)]
        own = [(a, b, f"[{said}]" if self.may_say(said) else MARK) for a, b, said in told]
        for start, stop, mark in _merged([*own, *cuts]):
            if text[end:start]:
                found.append(Piece(text[end:start]))
            found.append(Piece(mark, said=False))
            end = stop
        if text[end:]:
            found.append(Piece(text[end:]))
        return tuple(found)

    def _giveaways(self, text: str) -> list[tuple[int, int, str]]:
        found = [
            (*hit.span(), mark)
            for mark, pattern in giveaways()
            if self.rule != "institution" or mark in _PERSONAL
            for hit in pattern.finditer(text)
        ]
        if self.rule == "institution" or not self.homes:
            return found
        # Whoever says "we" anywhere, or names a body, tells of which country they speak.
        if _OWN.search(text) or found or hits(text, self.secrets):
            own = hits(text, self._home_names())
            found += [(hit.start, hit.end, MARKS["country"]) for hit in own]
        return found

    def _home_names(self) -> tuple[Secret, ...]:
        return tuple(Secret(form, "country") for home in self.homes for form in country_forms(home))


def _with_article(text: str, start: int) -> int:
    """Where a gap begins that takes the article before it along: marks bring their own."""
    article = _ARTICLE.search(text, 0, start)
    return article.start() if article else start


def left(pieces: Sequence[Piece]) -> int:
    """How many words a quote still has: its own, and those a person put in the place of others."""
    return sum(len(piece.text.split()) for piece in pieces if piece.said or is_reworded(piece))


def is_reworded(piece: Piece) -> bool:
    """Whether a piece is what the rapporteur says instead of what was said."""
    return not piece.said and piece.text.startswith("[") and piece.text.strip() not in _every_mark()


@cache
def _every_mark() -> frozenset[str]:
    own = {mark for mark, _ in giveaways()}
    return frozenset({*MARKS.values(), MARK, "[...]", *own})


def _merged(gaps: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Gaps in order without overlap; where two meet, the longer one names the mark."""
    found: list[tuple[int, int, str]] = []
    for start, end, mark in sorted(gaps, key=lambda gap: (gap[0], -gap[1])):
        if found and start < found[-1][1]:
            first, last, kept = found[-1]
            longer = kept if last - first >= end - start else mark
            found[-1] = (first, max(last, end), longer)
        else:
            found.append((start, end, mark))
    return found
