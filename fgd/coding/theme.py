"""The whole of a session's themes, from turns and speakers to codings and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fgd.coding.codebook import in_force
from fgd.coding.deductive import code, residue
from fgd.coding.emergent import STABLE, Emerged, emerge, numbered
from fgd.coding.guide_coverage import section_facts
from fgd.coding.sections import place
from fgd.coding.talk import Read, Talk
from fgd.coding.theme_facts import theme_facts, units_of
from fgd.coding.units import cut
from fgd.core.cache import Kept
from fgd.core.embeddings import Embedder
from fgd.core.progress import Progress, silent
from fgd.decisions.themes import Decided
from fgd.model import (
    Attribution,
    Codebook,
    Coding,
    Conversation,
    Decision,
    FloorMark,
    Issue,
    Session,
    Themed,
    Unit,
)


def theme(
    session: Session,
    conversations: Sequence[Conversation],
    attributions: Sequence[Attribution],
    *,
    books: Sequence[Codebook],
    embedder: Embedder,
    floor: Sequence[FloorMark] = (),
    decisions: Sequence[Decision] = (),
    progress: Progress = silent,
    kept: Kept | None = None,
) -> tuple[Themed, tuple[Issue, ...]]:
    """What a session was about.

    ``decisions`` are those that hold; what people decided is laid over what is suggested, see
    ``fgd.decisions.themes``. Those about anything but themes are left aside. ``kept`` holds words
    found before for the same clusters.
    """
    progress("themes", 0, 4)
    talk = Talk.of(session, conversations, attributions)
    units = cut(talk)
    read = Read.of(talk, units, embedder)
    progress("themes", 1, 4)
    placements = place(read, session.guide, embedder, marks=floor)
    sections = section_facts(read, session.guide, placements, units, embedder)
    progress("themes", 2, 4)
    book, issues = in_force(session, books)
    decided = Decided.of(book, decisions, talk.turns, units)
    wide = replace(decided.book, codes=(*decided.book.codes, *decided.retired))
    suggested = code(read, wide, embedder, placements=placements, sections=session.guide.sections)
    book, codes = decided.book, {each.id: each for each in decided.book.codes}
    progress("themes", 3, 4)
    codings = decided.codings(suggested)
    left = residue(read, codings, codes)
    foreseen = {key: units for key, (units, _) in units_of(read, book, codings).items()}
    approved = {each.id for each in book.codes if each.origin in ("emergent", "person")}
    emerged = emerge(read, left, embedder, foreseen, approved, tuple(codes), decided.unwanted, kept)
    book = replace(book, codes=(*book.codes, *emerged.codes))
    codings = in_order(units, (*codings, *emerged.codings))
    found = Themed(
        units,
        placements,
        sections,
        book,
        codings,
        theme_facts(read, book, codings, emerged.terms, emerged.spoken, emerged.stability, STABLE),
        numbered(emerged.points, read, units),
        _figures(units, left, emerged),
        (*talk.issues, *issues, *decided.issues),
        emerged.branches,
    )
    progress("themes", 4, 4)
    return found, found.issues


def in_order(units: Sequence[Unit], codings: Sequence[Coding]) -> tuple[Coding, ...]:
    """Codings in the order of the units they belong to; of one unit in the order given."""
    places = {(unit.turn, unit.start): number for number, unit in enumerate(units)}
    return tuple(sorted(codings, key=lambda each: places.get((each.turn, each.start), -1)))


def _figures(
    units: Sequence[Unit], left: Sequence[int], emerged: Emerged
) -> tuple[tuple[str, float], ...]:
    """What is printed with the result: how much was left over, and how steady its clusters are."""
    content = sum(1 for unit in units if unit.kind == "content")
    figures = [
        ("Share of the units of content that no foreseen theme covers", _share(len(left), content)),
    ]
    if left:
        apart = sum(len(point.units) for point in emerged.points)
        figures.append(("Share of these left as other points", _share(apart, len(left))))
    if emerged.codes:
        label = "Agreement of emergent themes when a tenth is left out (adjusted Rand index)"
        figures.append((label, emerged.agreement))
    return tuple(figures)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0
