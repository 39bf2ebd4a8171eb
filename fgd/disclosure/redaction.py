"""Take what identifies out of texts and tables: a mark says what stood in a gap of a text.

Counts of few people are withheld so that no subtraction brings them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache

from fgd.disclosure.doubts import MARK, Doubt, Harmless, within
from fgd.disclosure.leaks import hits
from fgd.disclosure.words import Secret, country_forms, giveaways
from fgd.model import Grid, Piece, Rule

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
        """Replace every secret and giveaway of a text by its mark."""
        return "".join(piece.text for piece in self.pieces(text))

    def typed(self, text: str) -> str:
        """Strip a typed name of names, acronyms and numbers not known as harmless."""
        gaps = [(each.start, each.end, MARK) for each in self.typed_doubts(text)]
        return "".join(piece.text for piece in self._cut(text, [*self._secret(text), *gaps]))

    def typed_doubts(self, text: str) -> list[Doubt]:
        """Find what of a name that somebody typed is not known to be harmless."""
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
        """Tell whether a person's own words hold nothing that has to be withheld."""
        return not self._secret(text) and not self.typed_doubts(text)

    def touches(self, text: str) -> bool:
        """Tell whether a text says anything that has to be withheld."""
        return any(not piece.said for piece in self.pieces(text))

    def pieces(
        self, text: str, *, spoken: bool = False, out: Sequence[tuple[int, int]] = ()
    ) -> tuple[Piece, ...]:
        """Split the text, withheld pieces replaced by marks; ``spoken`` looks for giveaways.

        ``out`` are characters that are withheld whatever they say.
        """
        gaps = [*self._secret(text), *((start, end, MARK) for start, end in out)]
        if spoken:
            gaps += self._giveaways(text)
            if self.harmless:
                gaps += [(each.start, each.end, MARK) for each in self.harmless.doubts(text)]
        return self._cut(text, gaps)

    def is_secret(self, text: str, start: int, end: int) -> bool:
        """Tell whether words in doubt are withheld whatever a person decides about them."""
        gaps = [gap[:2] for gap in (*self._secret(text), *self._giveaways(text))]
        left = set(range(start, end)) - {at for a, b in gaps for at in range(a, b)}
        return not any(text[at].isalnum() for at in left)

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
    """Move the beginning of a gap before the article in front of it: marks bring their own."""
    article = _ARTICLE.search(text, 0, start)
    return article.start() if article else start


def left(pieces: Sequence[Piece]) -> int:
    """Count the words a quote still has: its own, and those a person put in the place of others."""
    return sum(_words(piece.text) for piece in pieces if piece.said or is_reworded(piece))


def says_enough(pieces: Sequence[Piece], said: str) -> bool:
    """Tell whether what is left of a proposition still proposes: half of its words, and a few."""
    return left(pieces) >= max(LEAST_WORDS, _words(said) / 2)


def _words(text: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def is_reworded(piece: Piece) -> bool:
    """Tell whether a piece is what the rapporteur says instead of what was said."""
    return not piece.said and piece.text.startswith("[") and piece.text.strip() not in _every_mark()


@cache
def _every_mark() -> frozenset[str]:
    own = {mark for mark, _ in giveaways()}
    return frozenset({*MARKS.values(), MARK, "[...]", *own})


def _merged(gaps: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Merge overlapping gaps, in order; where two meet, the longer one names the mark."""
    found: list[tuple[int, int, str]] = []
    for start, end, mark in sorted(gaps, key=lambda gap: (gap[0], -gap[1])):
        if found and start < found[-1][1]:
            first, last, kept = found[-1]
            longer = kept if last - first >= end - start else mark
            found[-1] = (first, max(last, end), longer)
        else:
            found.append((start, end, mark))
    return found


FEW_NOTE = "Cells of fewer than {k} people are withheld."
SMALL_NOTE = "Cells of fewer than {k} people are withheld, and others from which they would follow."


def without_few(grid: Grid, least: int) -> Grid:
    """Withhold cells of few people in a table whose rows and columns share people."""
    told = tuple(
        tuple(Grid.WITHHELD if 0 < cell < least else cell for cell in row) for row in grid.values
    )
    if told == grid.values:
        return grid
    note = " ".join(filter(None, (grid.note, FEW_NOTE.format(k=least))))
    return replace(grid, values=told, note=note)


def suppressed(grid: Grid, people: Mapping[str, int], least: int) -> tuple[Grid, ...]:
    """Suppress small groups, and withhold small cells, in a table by groups of people.

    ``people`` counts the people of each column, and nobody belongs to two; columns of fewer than
    ``least`` are left out, and with fewer than two columns left there is no table. What is withheld
    or left out must not follow from the size of the groups, the people of each row, or those of
    each column: more cells are withheld until each that matters could have several values
    (secondary suppression; Willenborg and de Waal, Elements of Statistical Disclosure Control,
    2001, chapter 4).
    """
    sizes = [people.get(column, 0) for column in grid.columns]
    keep = [n for n, size in enumerate(sizes) if size >= least]
    if len(keep) < 2:
        return ()
    hidden = _hidden(grid.values, sizes, keep, least)
    told = tuple(
        tuple(Grid.WITHHELD if (number, n) in hidden else row[n] for n in keep)
        for number, row in enumerate(grid.values)
    )
    note = " ".join(part for part in (grid.note, SMALL_NOTE.format(k=least)) if part)
    return (replace(grid, columns=tuple(grid.columns[n] for n in keep), values=told, note=note),)


_Cell = tuple[int, int]


def _hidden(
    values: Sequence[Sequence[int]], sizes: Sequence[int], keep: Sequence[int], least: int
) -> set[_Cell]:
    """Find the cells (row, column) that are not printed, those of groups left out among them."""
    rows, columns = range(len(values)), range(len(sizes))
    every = {(r, c): values[r][c] for r in rows for c in columns}
    hidden = {cell for cell in every if cell[1] not in keep or 0 < every[cell] < least}

    def cost(cells: Iterable[_Cell]) -> tuple[int, int, list[_Cell]]:
        # The smallest counts; zeros only where nothing else is left to withhold.
        more = sorted(cell for cell in cells if cell not in hidden)
        return sum(not every[cell] for cell in more), sum(every[cell] for cell in more), more

    def circles(
        r: int, c: int, among: Set[_Cell], beyond: tuple[_Cell, ...]
    ) -> Iterator[tuple[_Cell, ...]]:
        others = [(r, b) for b in columns if b != c]
        beside = [a for a in rows if a != r]
        for _, b in others:
            for a in beside or [r]:
                found = ((r, b), (a, c), (a, b), *beyond) if beside else ((r, b), *beyond)
                if _is_open((r, c), _ways(values, sizes, keep, {*among, (r, c), *found})):
                    yield found

    while True:
        ways = _ways(values, sizes, keep, hidden)
        small = [cell for cell in sorted(hidden) if 0 < every[cell] < least]
        follows = [cell for cell in small if not _is_open(cell, ways)]
        # Cells that make a circle by themselves, else with what is withheld already, else with a
        # zero somewhere, after which what is withheld may be nobody; else everything.
        zeros = [cell for cell in sorted(every) if cell[1] in keep and not every[cell]]
        beyond: list[tuple[_Cell, ...]] = [(), *((zero,) for zero in zeros)]
        choices = [(set[_Cell](), ()), *((hidden, each) for each in beyond)]
        tried = (circles(*cell, *each) for each in choices for cell in follows)
        found = next(filter(None, (sorted(map(cost, each)) for each in tried)), None)
        if found is not None:
            hidden |= set(found[0][2])
            continue
        ways = _ways(values, sizes, keep, set(every))
        return set(every) if any(_is_open(cell, ways) for cell in follows) else hidden


_Ways = dict[int, list[tuple[int, _Cell]]]


def _ways(
    values: Sequence[Sequence[int]], sizes: Sequence[int], keep: Sequence[int], hidden: set[_Cell]
) -> _Ways:
    """Join rows (0 ...) and columns (-1 ...) by the hidden cells that could hold one more or less.

    From row to column: one more; back: one less. A reader knows that a withheld cell has somebody,
    unless zeros had to be withheld, too; nobody knows the sums of groups left out, or of a single
    row's columns.
    """
    least = int(all(values[r][c] for r, c in hidden if c in keep))
    ways: _Ways = {}
    for r, c in hidden:
        column = -2 - c if c in keep and len(values) > 1 else -1
        if values[r][c] < sizes[c]:
            ways.setdefault(r, []).append((column, (r, c)))
        if values[r][c] > (least if c in keep else 0):
            ways.setdefault(column, []).append((r, (r, c)))
    return ways


def _is_open(cell: _Cell, ways: _Ways) -> bool:
    """Tell whether a cell could hold something else: a way leads back that is not the cell itself.

    Along such a circle one cell gains what the next one loses, and every sum stays.
    """
    for start, links in ways.items():
        for first, by in links:
            if by != cell:
                continue
            met, left = {first}, [first]
            while left:
                for place, way in ways.get(left.pop(), ()):
                    if way != cell and place not in met:
                        met.add(place)
                        left.append(place)
            if start in met:
                return True
    return False
