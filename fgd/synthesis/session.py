"""The brief of one session."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.core.embeddings import Embedder
from fgd.core.settings import BriefSettings, Settings
from fgd.model import Brief, Conversation, Decision, Finding, Issue, Recommendation, Session, Themed
from fgd.synthesis.accounts import accounts, gaps
from fgd.synthesis.choices import Choices
from fgd.synthesis.contributions import Contributions
from fgd.synthesis.facts import doubts, masthead, participants
from fgd.synthesis.findings import Findings
from fgd.synthesis.gate import check
from fgd.synthesis.grids import grids
from fgd.synthesis.inputs import Attributed
from fgd.synthesis.ledger import Ledger
from fgd.synthesis.material import Material
from fgd.synthesis.method import method, reviewed
from fgd.synthesis.presence import presence
from fgd.synthesis.reading import reading
from fgd.synthesis.recommendations import Recommendations
from fgd.synthesis.salience import Salience
from fgd.synthesis.scale import checked
from fgd.synthesis.strip import strip
from fgd.synthesis.themes import Topic, topics


def synthesise(
    session: Session,
    conversations: Sequence[Conversation],
    attributed: Attributed,
    themed: Themed,
    *,
    issues: Sequence[Issue],
    settings: Settings,
    embedder: Embedder,
    decisions: Sequence[Decision] = (),
) -> tuple[Brief, tuple[Issue, ...]]:
    """Everything the internal edition says, and the problems met on the way.

    ``issues`` are the problems of the steps before, which a reader has a right to know;
    ``decisions`` those that hold, of which the choices of quotes are followed here.
    Raises ``GateError`` if anything in the brief could not be checked against the transcript,
    and ``SettingsError`` if the scale of quantifiers contradicts itself.
    """
    scale = checked(settings.brief)
    material = Material.of(session, conversations, attributed.attributions, themed)
    salience = Salience(material, embedder)
    ledger = Ledger()
    told = _told(material, topics(material), settings.brief)
    choices = Choices(material, decisions)
    write = Findings(material, scale, salience, ledger, choices)
    found = tuple(write(f"F{number}", topic) for number, topic in enumerate(told, 1))
    recommended = Recommendations(material, scale, salience, ledger)()
    apart = Contributions(material, salience, ledger)()
    missing = gaps(material, settings.brief, ledger)
    met = (*material.issues, *choices.issues())
    brief = Brief(
        id=session.id,
        title=session.title or session.id,
        disclosure=session.disclosure,
        language=material.language,
        status=status(material),
        purpose=session.guide.title if session.guide.title != session.title else "",
        masthead=masthead(material),
        glance=glance(found, recommended, settings.brief),
        reading=reading(session, found),
        scale=scale.printed(),
        accounts=accounts(material),
        findings=found,
        recommendations=recommended,
        contributions=apart,
        gaps=missing,
        grids=grids(material, told),
        presence=presence(material),
        strip=strip(material),
        participants=participants(material),
        doubts=doubts(material, (*issues, *met)),
        method=method(material, found, len(ledger.extracts), embedder),
        extracts=ledger.extracts,
    )
    check(brief, [material])
    return brief, met


def status(material: Material) -> str:
    """Whether anybody has looked at it yet."""
    share = reviewed(material)
    if not share:
        return "DRAFT, made by software, not yet reviewed by a person"
    return f"DRAFT, made by software; {share:.0%} of its codings checked by people"


def glance(
    found: Sequence[Finding], recommended: Sequence[Recommendation], settings: BriefSettings
) -> tuple[str, ...]:
    """Ids of the findings and recommendations that belong on the first half page.

    Findings that most people spoke to and took a stand on come first, recommendations are in
    order of their backing already.
    """
    weight = {"convergence": 3, "divergence": 3, "broad but qualified": 3, "several views": 2}
    ranked = sorted(
        found, key=lambda each: (-weight.get(each.agreement, 1), -each.spoke.people, each.id)
    )
    first = {each.id for each in ranked[: settings.findings_at_a_glance]}
    return (
        *(each.id for each in found if each.id in first),
        *(each.id for each in recommended[: settings.recommendations_at_a_glance]),
    )


def _told(material: Material, found: Sequence[Topic], settings: BriefSettings) -> tuple[Topic, ...]:
    """The widest themes, in the order of the guide; what came up by itself comes last."""
    sections = [each.id for each in material.session.guide.sections]
    rank = {key: number for number, key in enumerate(sections)}
    chosen = enumerate(found[: settings.findings_at_most])
    ordered = sorted(chosen, key=lambda each: (rank.get(each[1].section, len(rank)), each[0]))
    return tuple(topic for _, topic in ordered)
