"""The method annex: how this brief came about, numbered as in COREQ.

COREQ: consolidated criteria for reporting qualitative research, Tong, Sainsbury and Craig,
International Journal for Quality in Health Care 19 (2007) 349-357. Items that only people can
answer (credentials, relationship with participants) are named as such and left to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fgd import __version__
from fgd.core.embeddings import Embedder
from fgd.model import Fact, Finding
from fgd.synthesis.facts import length
from fgd.synthesis.material import Material
from fgd.synthesis.people import Person
from fgd.synthesis.scale import amount

PEOPLE_ONLY = "to be added by the rapporteur"


def method(
    material: Material, found: Sequence[Finding], quotes: int, embedder: Embedder
) -> tuple[Fact, ...]:
    """Facts on the sample, the setting, the analysis and its limits, in the order of COREQ."""
    return (
        *_team(material),
        *_sample(material),
        *_setting(material),
        *_analysis(material, embedder),
        *_reporting(material, found, quotes),
    )


def uncoded(material: Material) -> float:
    """The share of the participants' words of content that no theme covers."""
    total = sum(each.words for each in material.counted)
    free = sum(each.words for each in material.counted if not each.codes)
    return free / total if total else 0.0


def reviewed(material: Material) -> float:
    """The share of codings that a person made or accepted."""
    codings = [each for each in material.themed.codings if each.status != "rejected"]
    checked = sum(1 for each in codings if each.status == "accepted")
    return checked / len(codings) if codings else 0.0


def _team(material: Material) -> Iterable[Fact]:
    chairs = [each for each in material.people.all if each.role == "facilitator"]
    yield Fact("Facilitators heard", str(len(chairs)), "1")
    if chairs:
        names = "; ".join(material.people.printed(each) for each in chairs)
        yield Fact("Facilitators", names, "1", private=True)
    yield Fact("Credentials, relationship with participants", PEOPLE_ONLY, "2-8")


def _sample(material: Material) -> Iterable[Fact]:
    people = material.people
    listed = material.session.participants
    yield Fact("Selection and approach of participants", PEOPLE_ONLY, "10-11")
    yield Fact("Participants heard (facilitators and observers left out)",
               str(len(people.counted)), "12")  # fmt: skip
    if listed:
        missing = [each.name for each in listed if each.id not in people.by_key]
        yield Fact("On the list of participants", str(len(listed)), "12", private=True)
        yield Fact("On the list and not heard", f"{len(missing)}", "13", private=True)
        if missing:
            yield Fact("Not heard", ", ".join(missing), "13", private=True)
    others = sum(1 for each in people.all if each.role == "observer")
    yield Fact("Observers heard", str(others), "15")
    for label, values in (
        ("Categories", [each.category for each in people.counted]),
        ("Countries", [each.country for each in people.counted]),
    ):
        count = Counter(value or "not known" for value in values)
        if set(count) - {"not known"}:
            told = ", ".join(f"{value} {number}" for value, number in sorted(count.items()))
            yield Fact(label, told, "16", private=True)


def _setting(material: Material) -> Iterable[Fact]:
    session = material.session
    if session.venue:
        yield Fact("Setting", session.venue, "14")
    sections = session.guide.sections
    if sections:
        asked = sum(
            1
            for each in sections
            if material.section(each.id).asked or material.section(each.id).people
        )
        yield Fact("Discussion guide", f"{len(sections)} sections, {asked} of them reached", "17")
    else:
        yield Fact("Discussion guide", "none was given", "17")
    yield Fact("Repeated sessions", PEOPLE_ONLY, "18")
    kinds = Counter(each.kind for each in session.recordings)
    told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    yield Fact("Recording", told or "not known", "19")
    for each in session.recordings:
        yield Fact(f"Fingerprint of {each.name}", f"SHA-256 {each.sha256}", "19", private=True)
    if length(material):
        yield Fact("Duration", length(material), "21")
    yield Fact("Saturation", "cannot be judged from one session", "22")
    yield Fact("Transcript returned to participants", PEOPLE_ONLY, "23")


def _analysis(material: Material, embedder: Embedder) -> Iterable[Fact]:
    themed = material.themed
    people = {each.by for each in themed.codings if each.status == "accepted"}
    who = amount(len(people), "person") if people else "nobody yet"
    yield Fact("Coding", f"by software; checked or added by {who}", "24")
    yield Fact("Share of codings that a person checked", f"{reviewed(material):.0%}", "24")
    origins = Counter(each.origin for each in material.codes.values() if each.dimension == "theme")
    told = ", ".join(f"{number} {origin}" for origin, number in sorted(origins.items()))
    yield Fact("Themes in force, by origin", told or "none", "25-26")
    yield Fact("Share of the words of content without a theme", f"{uncoded(material):.0%}", "26")
    for label, figure in themed.figures:
        yield Fact(label, f"{figure:.2f}", "26")
    unstable = [each.code for each in themed.facts if each.unstable]
    if unstable:
        names = "; ".join(material.codes[key].name for key in unstable if key in material.codes)
        yield Fact("Themes that change when computed again", names, "26")
    yield Fact("Software", f"fgd {__version__}, offline; sentence vectors {embedder.id}", "27")
    yield Fact("Participants' comments on the findings", PEOPLE_ONLY, "28")


def _reporting(material: Material, found: Sequence[Finding], quotes: int) -> Iterable[Fact]:
    grounded = sum(1 for each in found if each.extracts)
    yield Fact("Quotations", f"{quotes}, each an exact slice of the transcript, checked", "29")
    if found:
        yield Fact("Findings that rest on quotations", f"{grounded} of {len(found)}", "30")
    known = [each for each in material.people.counted if _known(each)]
    total = sum(each.words for each in material.counted)
    words = sum(each.words for each in material.counted if _known(each.person))
    if total:
        told = (
            f"{len(known)} of {len(material.people.counted)} speakers, {words / total:.0%} of words"
        )
        yield Fact("Speakers attributed", told, "30")


def _known(person: Person) -> bool:
    return bool(person.name or person.institutions)
