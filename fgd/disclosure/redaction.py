"""Take what identifies out of texts and tables: a mark says what stood in a gap of a text.

Counts of few people are withheld so that no subtraction brings them back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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

    def pieces(self, text: str, *, spoken: bool = False) -> tuple[Piece, ...]:
        """Split the text, withheld pieces replaced by marks; ``spoken`` looks for giveaways."""
        gaps = self._secret(text)
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
    return sum(len(piece.text.split()) for piece in pieces if piece.said or is_reworded(piece))


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


SMALL_NOTE = "Cells of fewer than {k} people are withheld, and others from which they would follow."


def suppressed(
    grid: Grid,
    people: Mapping[str, int],
    least: int,
    totals: Sequence[int | None] = (),
) -> tuple[Grid, ...]:
    """Suppress small groups, and withhold small cells, in a table by groups of people.

    ``people`` counts the people of each column, and nobody belongs to two; columns of fewer than
    ``least`` are left out, and with fewer than two columns left there is no table. ``totals`` are
    the people of each row as printed elsewhere (by default the row's own sum). What is withheld
    or left out must not follow from them, nor from the sums of columns: more cells are withheld
    until each of those that matter could have several values (secondary suppression; Willenborg
    and de Waal, Elements of Statistical Disclosure Control, 2001, chapter 4).
    """
    keep = [n for n, column in enumerate(grid.columns) if people.get(column, 0) >= least]
    if len(keep) < 2:
        return ()
    gone = [n for n in range(len(grid.columns)) if n not in keep]
    known = list(totals) or [None] * len(grid.rows)
    rows = []
    for values, total in zip(grid.values, known, strict=True):
        row = _Row(
            [values[n] for n in keep],
            [people.get(grid.columns[n], 0) for n in keep],
            [people.get(grid.columns[n], 0) for n in gone],
            sum(values) if total is None else total,
        )
        rows.append(row.suppressed(least))
    rows = _by_column(rows, [[values[n] for n in keep] for values in grid.values])
    note = " ".join(part for part in (grid.note, SMALL_NOTE.format(k=least)) if part)
    told = tuple(map(tuple, rows))
    return (replace(grid, columns=tuple(grid.columns[n] for n in keep), values=told, note=note),)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's cells with the sizes of their groups, the sizes of groups left out, and its total."""

    cells: list[int]
    sizes: list[int]
    gone: list[int]
    total: int

    def suppressed(self, least: int) -> list[int]:
        """Withhold as many cells of the row as it takes."""
        hidden = {n for n, value in enumerate(self.cells) if 0 < value < least}
        while self._follows(hidden):
            shown = [n for n in range(len(self.cells)) if n not in hidden]
            if not shown:
                break
            # The smallest count that is one; a zero only where nothing else is left to withhold.
            hidden.add(min(shown, key=lambda n: (self.cells[n] == 0, self.cells[n], n)))
        return [Grid.WITHHELD if n in hidden else value for n, value in enumerate(self.cells)]

    def _follows(self, hidden: set[int]) -> bool:
        """Tell whether a cell that is withheld, or a group left out, has only one possible value.

        A reader knows that a withheld cell holds somebody and how large each group is.
        """
        rest = self.total - sum(v for n, v in enumerate(self.cells) if n not in hidden)
        bounds = [(1, self.sizes[n]) for n in sorted(hidden)]
        bounds += [(0, size) for size in self.gone]
        if not bounds or (not hidden and rest <= 0):
            return False  # nothing is hidden, or nobody of the groups left out spoke
        low, high = sum(a for a, _ in bounds), sum(b for _, b in bounds)
        return any(max(a, rest - (high - b)) >= min(b, rest - (low - a)) for a, b in bounds)


def _by_column(rows: list[list[int]], values: Sequence[Sequence[int]]) -> list[list[int]]:
    """Withhold until no column has a single withheld cell: a sum of the column would tell it.

    The second cell is the smallest count of the column; its row then has two withheld cells or
    more, since a row with one alone was completed before.
    """
    made = [list(row) for row in rows]
    for _ in range(len(made) * max((len(row) for row in made), default=0)):
        alone = next(
            (
                column
                for column in range(len(made[0]) if made else 0)
                if [row[column] for row in made].count(Grid.WITHHELD) == 1 and len(made) > 1
            ),
            None,
        )
        if alone is None:
            break
        free = [n for n, row in enumerate(made) if row[alone] != Grid.WITHHELD]
        number = min(free, key=lambda n: (values[n][alone] == 0, values[n][alone], n))
        made[number][alone] = Grid.WITHHELD
        if made[number].count(Grid.WITHHELD) == 1:
            others = [n for n in range(len(made[number])) if n != alone]
            second = min(others, key=lambda n: (values[number][n] == 0, values[number][n], n))
            made[number][second] = Grid.WITHHELD
    return made
