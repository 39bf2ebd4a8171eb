"""Several sessions as one, so that they are counted, quoted and checked by the same code.

People keep one identity across sessions where name and institution are the same; somebody unnamed
is another person in each. Themes of the guide, a library or a person are one theme where their
ids agree; emergent ones never are by id, since every session names its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fgd.model import (
    Attribution,
    Code,
    Codebook,
    Consent,
    Conversation,
    Deliberated,
    Disclosure,
    Guide,
    Institution,
    Participant,
    Rule,
    Session,
    Themed,
)
from fgd.synthesis.frames import Frames, frames
from fgd.synthesis.material import NOTHING, Material
from fgd.synthesis.people import Attributed, People

STRICTNESS: tuple[Rule, ...] = ("named", "institution", "category", "chatham-house")


@dataclass(frozen=True, slots=True)
class Part:
    """One processed session: what was planned, said, attributed, coded and deliberated."""

    session: Session
    conversations: tuple[Conversation, ...]
    attributed: Attributed
    themed: Themed
    deliberated: Deliberated = NOTHING


def merged(parts: Sequence[Part], identity: str, title: str) -> Part:
    """The sessions as one, in order of their dates.

    The strictest rule of attribution holds for all, and consent only where each has recorded it.
    """
    ordered = in_order(parts)
    told = [_renamed(part) for part in ordered]
    sessions = [part.session for part in told]
    conveners = dict.fromkeys(name for each in sessions for name in each.conveners)
    people = {each.id: each for session in sessions for each in session.participants}
    bodies: dict[str, Institution] = {}
    for body in (body for session in sessions for body in session.institutions):
        bodies.setdefault(body.id, body)
    missing = [each.session.id for each in ordered if not each.session.consent.recorded]
    session = Session(
        id=identity,
        title=title,
        programme=sessions[0].programme,
        conveners=tuple(conveners),
        languages=tuple(dict.fromkeys(lang for each in sessions for lang in each.languages)),
        disclosure=strictest([each.disclosure for each in sessions]),
        consent=Consent(not missing, note=", ".join(missing)),
        institutions=tuple(bodies.values()),
        participants=tuple(people.values()),
        guide=Guide("", tuple(s for each in sessions for s in each.guide.sections)),
        recordings=tuple(r for each in sessions for r in each.recordings),
    )
    codes: dict[str, Code] = {}
    for part in told:
        for code in part.themed.codebook.codes:
            codes.setdefault(code.id, code)
    themed = Themed(
        units=tuple(u for part in told for u in part.themed.units),
        placements=tuple(p for part in told for p in part.themed.placements),
        sections=tuple(s for part in told for s in part.themed.sections),
        codebook=Codebook("in-force", codes=tuple(codes.values())),
        codings=tuple(c for part in told for c in part.themed.codings),
        facts=tuple(f for part in told for f in part.themed.facts),
    )
    talks = tuple(talk for part in told for talk in part.conversations)
    found = tuple(each for part in told for each in part.attributed.attributions)
    said = [part.deliberated for part in told]
    deliberated = Deliberated(
        propositions=tuple(p for each in said for p in each.propositions),
        responses=tuple(r for each in said for r in each.responses),
        summings=tuple(s for each in said for s in each.summings),
        unanswered=tuple(key for each in said for key in each.unanswered),
        silence=tuple(key for each in said for key in each.silence),
        unread=tuple(dict.fromkeys(lang for each in said for lang in each.unread)),
    )
    return Part(session, talks, _Known(found), themed, deliberated)


def tables(part: Part) -> Frames:
    """The tidy tables of a session, as ``fgd export`` hands them out."""
    material = Material.of(
        part.session,
        part.conversations,
        part.attributed.attributions,
        part.themed,
        part.deliberated,
    )
    return frames(material, part.attributed.attributions)


def in_order(parts: Sequence[Part]) -> list[Part]:
    """Sessions by date, those without one last, then by name."""
    return sorted(parts, key=lambda part: (part.session.date or "9", part.session.id))


def strictest(rules: Sequence[Disclosure]) -> Disclosure:
    """The rule that satisfies all of them; a switch is on only where it is on in each."""
    return Disclosure(
        max((each.rule for each in rules), key=STRICTNESS.index),
        all(each.list_participants for each in rules),
        all(each.audio_clips for each in rules),
        all(each.time_codes for each in rules),
    )


def section_id(session: str, section: str) -> str:
    """The id of a guide section among those of several sessions."""
    return f"{session}/{section}" if section else ""


@dataclass(frozen=True, slots=True)
class _Known:
    attributions: tuple[Attribution, ...]


def _renamed(part: Part) -> Part:
    """A session whose people, sections and emergent themes have ids that others may stand beside.

    Who spoke is said turn by turn, because ids of voices are only good within one session.
    """
    session, themed = part.session, part.themed
    ids = {each.id: _identity(each) for each in session.participants}
    people = People(session, part.conversations, part.attributed.attributions)
    said = tuple(
        Attribution(
            turn.recording,
            turn.voice,
            turn.id,
            ids.get(person.key, person.name),
            person.institutions,
            person.confidence,
            heard=person.heard,
            alike="" if ids.get(person.key, person.name) else person.key,
        )
        for talk in part.conversations
        for turn in talk.turns
        for person in (people[turn.id],)
    )
    own = {
        each.id: f"{session.id}/{each.id}"
        for each in themed.codebook.codes
        if each.origin == "emergent"
    }
    book = themed.codebook
    return Part(
        replace(
            session,
            participants=tuple(replace(each, id=ids[each.id]) for each in session.participants),
            guide=replace(
                session.guide,
                sections=tuple(
                    replace(each, id=section_id(session.id, each.id))
                    for each in session.guide.sections
                ),
            ),
        ),
        part.conversations,
        _Known(said),
        replace(
            themed,
            codebook=replace(
                book, codes=tuple(replace(c, id=own.get(c.id, c.id)) for c in book.codes)
            ),
            codings=tuple(replace(c, code=own.get(c.code, c.code)) for c in themed.codings),
            facts=tuple(replace(f, code=own.get(f.code, f.code)) for f in themed.facts),
            placements=tuple(
                replace(p, section=section_id(session.id, p.section)) for p in themed.placements
            ),
            sections=tuple(
                replace(s, section=section_id(session.id, s.section)) for s in themed.sections
            ),
        ),
        _marked(session.id, part.deliberated),
    )


def _marked(session: str, found: Deliberated) -> Deliberated:
    """A deliberation whose ids and sections may stand beside those of other sessions."""

    def own(key: str) -> str:
        return f"{session}/{key}" if key else ""

    return replace(
        found,
        propositions=tuple(
            replace(each, id=own(each.id), section=section_id(session, each.section))
            for each in found.propositions
        ),
        responses=tuple(
            replace(each, proposition=own(each.proposition), instead=own(each.instead))
            for each in found.responses
        ),
        summings=tuple(
            replace(
                each,
                proposition=own(each.proposition),
                section=section_id(session, each.section),
            )
            for each in found.summings
        ),
        unanswered=tuple(map(own, found.unanswered)),
        silence=tuple(map(own, found.silence)),
    )


def _identity(person: Participant) -> str:
    """One id for one person wherever they took part: name and first institution."""
    name = " ".join(person.name.casefold().split())
    return f"{name}@{person.institutions[0]}" if person.institutions else name
