"""The whole of a session's themes, from turns and speakers to codings and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.embedding import Embedder
from fgd.model import (
    Attribution,
    Codebook,
    Conversation,
    FloorMark,
    Issue,
    Session,
    Themed,
)
from fgd.progress import Progress, silent
from fgd.themes.codebook import in_force
from fgd.themes.deductive import code, residue
from fgd.themes.facts import section_facts
from fgd.themes.read import Read
from fgd.themes.sections import place
from fgd.themes.talk import Talk
from fgd.themes.tally import theme_facts
from fgd.themes.units import cut


def theme(
    session: Session,
    conversations: Sequence[Conversation],
    attributions: Sequence[Attribution],
    *,
    books: Sequence[Codebook],
    embedder: Embedder,
    floor: Sequence[FloorMark] = (),
    progress: Progress = silent,
) -> tuple[Themed, tuple[Issue, ...]]:
    """What a session was about.

    Nothing is computed again that a person has decided; see ``fgd.themes.decide``.
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
    codings = code(read, book, embedder, placements=placements, sections=session.guide.sections)
    codes = {each.id: each for each in book.codes}
    progress("themes", 3, 4)
    content = sum(1 for unit in units if unit.kind == "content")
    left = residue(read, codings, codes)
    figures = (
        ("Units of content", float(content)),
        ("Share of the units of content without a theme", len(left) / content if content else 0.0),
    )
    facts = theme_facts(read, book, codings, embedder)
    found = Themed(
        units,
        placements,
        sections,
        book,
        codings,
        (),
        facts,
        (),
        figures,
        (*talk.issues, *issues),
    )
    progress("themes", 4, 4)
    return found, found.issues
