"""What became of the guide: each section planned against what was asked and answered."""

from __future__ import annotations

from collections.abc import Iterator

from fgd.core.settings import BriefSettings
from fgd.model import Account, Gap, Section
from fgd.synthesis.ledger import Ledger
from fgd.synthesis.material import Material
from fgd.synthesis.phrases import phrases
from fgd.synthesis.scale import number
from fgd.synthesis.slices import around

MINUTE = 60_000
ASKING = frozenset({"question", "wrap-up", "national assessment", "expert intervention"})
"""Kinds of sections that want an answer from the room."""


def accounts(material: Material) -> tuple[Account, ...]:
    """One line for every section of the guide, in its order."""
    found = []
    for section in material.session.guide.sections:
        facts = material.section(section.id)
        found.append(
            Account(
                section=section.id,
                title=section.title,
                kind=section.kind,
                text=section.text,
                asked=facts.asked or bool(facts.people),
                planned=facts.planned or round(section.minutes * MINUTE),
                spent=facts.used,
                people=len(facts.people),
                turns=facts.turns,
                note=_note(section, material),
            )
        )
    return tuple(found)


def _note(section: Section, material: Material) -> str:
    facts = material.section(section.id)
    if not section.probes:
        return ""
    left = [probe for n, probe in enumerate(section.probes) if n not in facts.probes]
    if not left or not (facts.asked or facts.people):
        return ""
    return "Not put: " + "; ".join(left)


def gaps(material: Material, settings: BriefSettings, ledger: Ledger) -> tuple[Gap, ...]:
    """What the discussion does not tell, and whether that is because nobody asked."""
    return (
        *_sections(material, settings),
        *_awaited(material),
        *_open_questions(material, ledger),
    )


def _sections(material: Material, settings: BriefSettings) -> Iterator[Gap]:
    people = len(material.people.counted)
    for section in material.session.guide.sections:
        facts = material.section(section.id)
        answered = len(facts.people)
        if section.kind not in ASKING and section.kind != "exercise inject":
            continue
        if not facts.asked and not answered:
            yield Gap(
                "not asked",
                section.title,
                "The question was not put to the room, so silence on it tells nothing.",
                section.id,
            )
        elif not answered:
            yield Gap("asked, not raised", section.title, "Asked, and nobody answered.", section.id)
        elif answered <= settings.thin_people and section.kind in ("question", "wrap-up"):
            yield Gap(
                "thin",
                section.title,
                f"Only {number(answered)} of {number(people)} participants spoke to it.",
                section.id,
            )


def _awaited(material: Material) -> Iterator[Gap]:
    """Themes the guide says to listen for that nobody raised, with the reason as far as known."""
    raised = {code for passage in material.counted for code in passage.codes}
    names = {
        code.name.strip().casefold(): code.id
        for code in material.codes.values()
        if code.origin == "guide"
    }
    for section in material.session.guide.sections:
        facts = material.section(section.id)
        asked = facts.asked or bool(facts.people)
        for theme in section.listen_for:
            if names.get(theme.strip().casefold(), "") in raised:
                continue
            if not asked and theme.strip().casefold() == section.title.strip().casefold():
                continue  # said of the section itself
            theme = theme[:1].upper() + theme[1:]
            if asked:
                note = f"The question was put ({section.title}), and nobody spoke to this."
                yield Gap("asked, not raised", theme, note, section.id)
            else:
                note = f"It belongs to a question that was not put ({section.title})."
                yield Gap("not asked", theme, note, section.id)


def _open_questions(material: Material, ledger: Ledger) -> Iterator[Gap]:
    """Questions the room itself called open, or that somebody said nobody can answer."""
    known = phrases(material.language)
    titles = {section.id: section.title for section in material.session.guide.sections}
    found: dict[tuple[str, str], list[str]] = {}
    for passage in material.counted:
        hit = known.unanswered.search(passage.text)
        if hit:
            place = passage.start + hit.start()
            cut = around(passage, place, material.language, material.names)
            key = (passage.section, passage.person.key)
            found.setdefault(key, []).append(ledger(material, passage, [cut]))
    for (section, _), quoted in found.items():
        title = titles.get(section, "") or "Open question"
        yield Gap("open question", title, "", section, tuple(dict.fromkeys(quoted)))
