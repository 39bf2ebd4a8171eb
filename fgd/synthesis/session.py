"""The brief of one session."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.core.embeddings import Embedder
from fgd.core.settings import Settings
from fgd.model import (
    Brief,
    Conversation,
    Decision,
    Deliberated,
    Issue,
    Session,
    Themed,
)
from fgd.synthesis.facts import (
    doubts,
    masthead,
    method,
    participants,
    presence,
    reading,
    reviewed,
)
from fgd.synthesis.frames import frames
from fgd.synthesis.gaps import accounts, gaps
from fgd.synthesis.gate import check
from fgd.synthesis.grids import grids, proposals, strip
from fgd.synthesis.material import Attributed, Material
from fgd.synthesis.propositions import Findings
from fgd.synthesis.quoting import Choices, Ledger
from fgd.synthesis.salience import Salience
from fgd.synthesis.statements import Contributions
from fgd.synthesis.themes import Topic, index, topics


def synthesise(
    session: Session,
    conversations: Sequence[Conversation],
    attributed: Attributed,
    themed: Themed,
    deliberated: Deliberated,
    *,
    issues: Sequence[Issue],
    settings: Settings,
    embedder: Embedder,
    decisions: Sequence[Decision] = (),
    unread: Sequence[str] = (),
) -> tuple[Brief, tuple[Issue, ...]]:
    """Write everything the internal edition says, and the problems met on the way.

    ``issues`` are the problems of the steps before, which a reader has a right to know;
    ``decisions`` those that hold, of which the choices of quotes are followed here; ``unread``
    names files of the session that could not even become recordings.
    Raises ``GateError`` if anything in the brief could not be checked against the transcript.
    """
    chosen = settings.brief
    material = Material.of(
        session, conversations, attributed.attributions, themed, deliberated, unread
    )
    tables = frames(material, attributed.attributions)
    salience = Salience(material, embedder)
    ledger = Ledger(material)
    choices = Choices(material, decisions)
    found, order, summaries = Findings(
        material, tables, ledger, chosen.quotes_per_finding, choices
    )()
    apart = Contributions(material, salience, ledger, found)()
    told = in_order_of_guide(material, topics(material)[: chosen.themes_at_most])
    entries = index(material, told, found, ledger, salience, tables, decisions)
    met = (*material.issues, *choices.issues())
    brief = Brief(
        id=session.id,
        title=session.title or session.id,
        disclosure=session.disclosure,
        language=material.language,
        status=status(material),
        purpose=session.guide.title if session.guide.title != session.title else "",
        masthead=masthead(material),
        glance=order,
        reading=reading(material, found),
        accounts=accounts(material),
        summaries=summaries,
        findings=found,
        contributions=apart,
        gaps=gaps(material, salience),
        themes=entries,
        grids=(*proposals(found, tables), *grids(material, told, tables)),
        presence=presence(material, tables),
        strip=strip(material),
        participants=participants(material),
        doubts=doubts(material, (*issues, *met)),
        method=method(material, found, len(ledger.extracts), embedder),
        extracts=ledger.extracts,
    )
    check(brief, [material], tables)
    return brief, met


def status(material: Material) -> str:
    """Whether anybody has looked at it yet."""
    share = reviewed(material)
    if not share:
        return "DRAFT, made by software, not yet reviewed by a person"
    return f"DRAFT, made by software; {share:.0%} of what it rests on checked by people"


def in_order_of_guide(material: Material, found: Sequence[Topic]) -> tuple[Topic, ...]:
    """Themes in the order of the guide's sections; what came up by itself comes last."""
    sections = [each.id for each in material.session.guide.sections]
    rank = {key: number for number, key in enumerate(sections)}
    ordered = sorted(
        enumerate(found), key=lambda each: (rank.get(each[1].section, len(rank)), each[0])
    )
    return tuple(topic for _, topic in ordered)
