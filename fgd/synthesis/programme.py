"""Briefs over several sessions: one on a topic, one on a whole programme.

Several sessions are counted, quoted and checked as one, by the same code. People keep one identity
across sessions where name and institution are the same; somebody unnamed is another person in each.
Themes of the guide, a library or a person are one theme where their ids agree; emergent ones never
are by id, since every session names its own.

Sessions one after the other tell which themes each adds and when nothing new comes. Saturation is
that of ``fgd.model.Saturation``; beside it stands the share of all themes that had come up before
the last session, with what Guest, Namey and McKenna (Field Methods 29, 2017, 3-22) found of it. A
theme counts as missing only where somebody asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fgd.core.embeddings import Embedder
from fgd.core.errors import InputError
from fgd.core.settings import Settings
from fgd.core.text import number
from fgd.model import (
    Account,
    Attribution,
    Brief,
    BriefKind,
    Code,
    Codebook,
    Consent,
    Conversation,
    Decision,
    Deliberated,
    Disclosure,
    Extract,
    Fact,
    Finding,
    Gap,
    Grid,
    Guide,
    Institution,
    Issue,
    Participant,
    Registry,
    Rule,
    Saturation,
    Session,
    Themed,
)
from fgd.synthesis.checked import Comments
from fgd.synthesis.frames import Frames, frames
from fgd.synthesis.gaps import gaps
from fgd.synthesis.gate import check, shown
from fgd.synthesis.material import NOTHING, Attributed, Material, People
from fgd.synthesis.memory import Memory
from fgd.synthesis.propositions import Findings
from fgd.synthesis.quoting import Choices, Ledger, only
from fgd.synthesis.salience import Salience
from fgd.synthesis.session import (
    RULES,
    SEVERAL,
    UNREAD,
    doubts,
    method,
    minutes,
    participants,
    presence,
    reading,
    status,
    unread,
)
from fgd.synthesis.statements import Contributions
from fgd.synthesis.themes import Topic, fold, grids, index, matching, proposals, topics

STRICTNESS: tuple[Rule, ...] = ("named", "institution", "category", "chatham-house")


@dataclass(frozen=True, slots=True)
class Part:
    """One processed session: what was planned, said, attributed, coded and deliberated.

    ``unread`` names files of it that could not even become recordings.
    """

    session: Session
    conversations: tuple[Conversation, ...]
    attributed: Attributed
    themed: Themed
    deliberated: Deliberated = NOTHING
    unread: tuple[str, ...] = ()


def merged(parts: Sequence[Part], identity: str, title: str) -> Part:
    """Return the sessions as one, in order of their dates.

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
    unread = tuple(name for part in ordered for name in part.unread)
    return Part(session, talks, _Known(found), themed, deliberated, unread)


def tables(part: Part) -> Frames:
    """Return the tidy tables of a session, as ``fgd export`` hands them out."""
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
    """Return the rule that satisfies all of them; a switch is on only where it is on in each."""
    return Disclosure(
        max((each.rule for each in rules), key=STRICTNESS.index),
        all(each.list_participants for each in rules),
        all(each.audio_clips for each in rules),
        all(each.time_codes for each in rules),
    )


def section_id(session: str, section: str) -> str:
    """Return the id of a guide section among those of several sessions."""
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
    """Return a deliberation whose ids and sections may stand beside those of other sessions."""

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
    """Return one id for one person wherever they took part: name and first institution."""
    name = " ".join(person.name.casefold().split())
    return f"{name}@{person.institutions[0]}" if person.institutions else name


@dataclass(frozen=True, slots=True)
class Leg:
    """One session of several; ``people`` are keys of those whose words count as views.

    ``awaited`` are the themes (folded) of guide sections that were put to the room.
    """

    session: Session
    title: str
    recordings: frozenset[str]
    people: frozenset[str]
    turns: int
    length: int
    awaited: frozenset[str]


def legs(material: Material, sessions: Sequence[Session]) -> tuple[Leg, ...]:
    """Return the sessions of a merged material, in their order."""
    found = []
    for session in sessions:
        own = frozenset(each.id for each in session.recordings)
        turns = [turn for turn in material.turns if turn.recording in own]
        ends: dict[str, int] = {}
        for turn in turns:
            if turn.recording not in material.untimed:
                ends[turn.recording] = max(ends.get(turn.recording, 0), turn.span.end)
        keys = {material.people[t.id].key for t in turns if material.people[t.id].counts}
        asked = [
            section
            for section in session.guide.sections
            for facts in [material.section(f"{session.id}/{section.id}")]
            if facts.asked or facts.people
        ]
        named = {fold(theme) for each in asked for theme in (*each.listen_for, each.title)}
        found.append(
            Leg(
                session,
                session.title or session.id,
                own,
                frozenset(keys),
                len(turns),
                sum(ends.values()),
                frozenset(named),
            )
        )
    return tuple(found)


def said_in(topic: Topic, leg: Leg) -> frozenset[str]:
    """Return those who spoke to a theme in a session."""
    return frozenset(
        each.person.key for each in topic.passages if each.turn.recording in leg.recordings
    )


def by_session(found: Sequence[Leg], told: Sequence[Topic]) -> tuple[Grid, ...]:
    """Tell how many people spoke to each theme in each session."""
    if len(found) < 2 or not told:
        return ()
    return (
        Grid(
            "theme-session",
            "Themes by session",
            "Theme",
            tuple(each.code.name for each in told),
            tuple(_headed(found)),
            tuple(tuple(len(said_in(each, leg)) for leg in found) for each in told),
            note="Sessions stand in the order of their dates. "
            "An empty cell is not a change of mind: see what was not asked.",
        ),
    )


def growth(found: Sequence[Leg], every: Sequence[Topic]) -> Saturation:
    """Count session by session the themes that came up, those that were new, and all so far.

    Themes that came up by themselves are left out: every session names its own, so each would be
    new for ever.
    """
    kept = [each for each in every if each.code.origin != "emergent"]
    raised = [frozenset(each.code.id for each in kept if said_in(each, leg)) for leg in found]
    return Saturation.of(list(zip(_headed(found), raised, strict=True)))


def growing(grown: Saturation) -> tuple[Grid, ...]:
    """Return the table of how themes grow; of one session it says nothing."""
    if len(grown.sessions) < 2 or not grown.sessions[-1][3]:
        return ()
    return (
        Grid(
            "saturation",
            "Themes session by session",
            "Session",
            tuple(label for label, *_ in grown.sessions),
            ("themes raised", "new themes", "themes so far"),
            tuple((raised, new, all_so_far) for _, raised, new, all_so_far in grown.sessions),
            unit="themes",
        ),
    )


def saturation(grown: Saturation) -> tuple[Fact, ...]:
    """Tell what the growth of themes says about whether more sessions would bring more."""
    if not grown.sessions:
        return ()
    if len(grown.sessions) < 2:
        return (Fact("Saturation", "cannot be judged from one session", "22"),)
    if not (total := grown.sessions[-1][3]):
        return (Fact("Saturation", BY_THEMSELVES, "22"),)
    new = grown.sessions[-1][2]
    before = total - new
    return (
        Fact("Saturation", f"{grown.told.rstrip('.')} (Guest, Namey and Chen 2020)", "22"),
        Fact(
            "Themes that had come up",
            f"{before} of {total} themes ({before / total:.0%}) had come up before the last "
            f"session, which brought {number(new)} new. Studies of focus groups found 80 % of "
            "themes in two to three groups and 90 % in three to six (Guest and others 2017).",
            "22",
        ),
    )


BY_THEMSELVES = (
    "cannot be judged: no theme of a guide, a codebook or a person came up, and those that came up "
    "by themselves are named anew in every session"
)


def changes(
    found: Sequence[Leg], every: Sequence[Topic], wanted: Callable[[Topic], bool]
) -> tuple[Gap, ...]:
    """Return themes of an earlier session that a later one was not asked about, and did not raise.

    Of a theme that was asked about and that no coding found nothing is said: a coding that is
    missing is no proof that nobody spoke to it.
    """
    gaps = []
    for topic in every:
        if topic.code.origin == "emergent" or not wanted(topic):
            continue
        here = [bool(said_in(topic, leg)) for leg in found]
        for place, leg in enumerate(found):
            if here[place] or not any(here[:place]) or fold(topic.code.name) in leg.awaited:
                continue
            earlier = next(found[n].title for n in range(place) if here[n])
            note = f"Raised in \u201c{earlier}\u201d; in \u201c{leg.title}\u201d it was not asked."
            gaps.append(Gap("not asked", topic.code.name, note))
    return tuple(gaps)


def _headed(found: Sequence[Leg]) -> list[str]:
    """Titles that can stand as heads of a table: each once."""
    heads: list[str] = []
    for leg in found:
        date = f" ({leg.session.date})" if leg.session.date else ""
        name = f"{leg.title}{date}"
        heads.append(name if name not in heads else f"{name} {len(heads) + 1}")
    return heads


MINUTE = 60_000


def programme(
    parts: Sequence[Part],
    name: str,
    *,
    settings: Settings,
    embedder: Embedder,
    decisions: Sequence[Decision] = (),
) -> tuple[Brief, tuple[Issue, ...]]:
    """Return the synthesis over the sessions of a programme, with its registry.

    ``decisions`` are those of all sessions that hold. Raises ``GateError`` if anything could not
    be checked against the transcripts.
    """
    title = f"Programme {name}"
    return _Several(parts, name, title, "programme", settings, embedder, decisions=decisions)()


def topic(
    parts: Sequence[Part], name: str, *, settings: Settings, embedder: Embedder
) -> tuple[Brief, tuple[Issue, ...]]:
    """Return everything that was said to one theme, and those below it, in any of the sessions.

    ``name`` is the id of a code, with or without the codebook before it, or its name; else words
    that names of themes have in them, in any order ("mediator-roles"). Raises ``InputError`` if no
    session knows such a theme, with those that would do.
    """
    known = _codes(parts)
    wanted, title = matching(known, name)
    return _Several(parts, name, title, "topic", settings, embedder, wanted)()


def _codes(parts: Sequence[Part]) -> tuple[Code, ...]:
    """Return the themes of all sessions, under the ids they have side by side."""
    if not parts:
        return ()
    codes = merged(parts, "", "").themed.codebook.codes
    return tuple(code for code in codes if code.dimension == "theme")


class _Several:
    """The sessions as one, and what is told of them."""

    def __init__(
        self,
        parts: Sequence[Part],
        identity: str,
        title: str,
        kind: BriefKind,
        settings: Settings,
        embedder: Embedder,
        wanted: frozenset[str] = frozenset(),
        decisions: Sequence[Decision] = (),
    ) -> None:
        self.decisions = decisions
        if not parts:
            raise InputError(
                "there is no processed session to write about.",
                where=identity,
                remedy="Run the sessions first: fgd run.",
            )
        self.kind, self.settings, self.embedder, self.wanted = kind, settings, embedder, wanted
        self.parts = in_order(parts)
        self.whole = merged(self.parts, identity, title)
        self.material = _material(self.whole)
        self.legs = legs(self.material, [part.session for part in self.parts])
        own = [_material(part) for part in self.parts]
        self.salience = Salience.over(own, self.material, embedder)
        self.issues = tuple(dict.fromkeys(i for each in own for i in each.issues))

    def __call__(self) -> tuple[Brief, tuple[Issue, ...]]:
        material, chosen = self.material, self.settings.brief
        tables = frames(material, self.whole.attributed.attributions)
        every = topics(material)
        grown = growth(self.legs, every)
        told = [each for each in every if self._is_told(each)][: chosen.themes_at_most]
        ledger = Ledger(material)
        write = Findings(material, tables, ledger, chosen.quotes_per_finding, Choices(material, ()))
        all_found, order, summed = write()
        found = self._about(all_found)
        ids = {each.id for each in found}
        apart = tuple(
            each
            for each in Contributions(material, self.salience, ledger, found)()
            if self._is_about(each.codes)
        )
        missing = tuple(each for each in gaps(material, self.salience) if self._concerns(each))
        registry = Registry()
        lost: tuple[Issue, ...] = ()
        if self.kind == "programme":
            sessions = [leg.session for leg in self.legs]
            memory = Memory(
                material, sessions, found, summed, ledger, self.salience, self.decisions
            )
            registry, lost = memory(), tuple(memory.settled.issues)
        made = Brief(
            id=self.whole.session.id,
            title=self.whole.session.title,
            kind=self.kind,
            disclosure=self.whole.session.disclosure,
            language=material.language,
            status=status(material),
            purpose=self._purpose(),
            masthead=self._masthead(),
            glance=tuple(each for each in order if each in ids),
            reading=(*reading(material, found), SEVERAL),
            accounts=self._accounts(),
            summaries=tuple(
                each
                for each in summed
                if each.finding in ids or (not self.wanted and not each.finding)
            ),
            findings=found,
            contributions=apart,
            gaps=(*missing, *changes(self.legs, every, self._is_told)),
            themes=tuple(
                replace(each, section="")
                for each in index(material, told, found, ledger, self.salience, tables)
            ),
            grids=(
                *proposals(found, tables),
                *by_session(self.legs, told),
                *(growing(grown) if self.kind == "programme" else ()),
                *(each for each in grids(material, told, tables) if each.id != "theme-section"),
            ),
            presence=presence(material, tables),
            participants=participants(material),
            doubts=doubts(material, self.issues),
            registry=registry,
            extracts=ledger.extracts,
        )
        used = {*shown(made), *(n for f in found for n in (*f.again, *f.summed))}
        used |= {answer.extract for each in found for answer in each.answers}
        nobody = Comments(material, ())
        quoted = len(used)
        used |= set(registry.extracts) if registry else set()
        made = replace(
            made,
            extracts=tuple(self._placed(each) for each in only(ledger.extracts, tuple(used))),
            method=(
                *saturation(grown),
                *(
                    each
                    for each in method(material, found, quoted, self.embedder, nobody)
                    if each.item not in ("22", "17")
                ),
            ),
        )
        check(made, [material], tables)
        return made, (*self.issues, *lost)

    def _about(self, found: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return the findings on the topic, with those that they tell as put in their place."""
        ids = {each.id for each in found if self._is_about(each.codes)}
        ids |= {each.within for each in found if each.id in ids and each.within}
        kept = {each.id for each in found if each.id in ids or each.within in ids}
        return tuple(
            replace(
                each,
                section="",
                answers=tuple(
                    answer if answer.instead in kept else replace(answer, instead="")
                    for answer in each.answers
                ),
            )
            for each in found
            if each.id in kept
        )

    def _is_told(self, each: Topic) -> bool:
        return not self.wanted or bool(self.wanted & each.codes)

    def _is_about(self, codes: Sequence[str]) -> bool:
        return not self.wanted or bool(self.wanted & set(codes))

    def _concerns(self, gap: Gap) -> bool:
        """For a topic, only gaps that bear its name."""
        names = {fold(c.name) for c in self.material.codes.values() if c.id in self.wanted}
        return not self.wanted or fold(gap.title) in names

    def _placed(self, extract: Extract) -> Extract:
        """Return a quote with the session it comes from, in its place and in its sources."""
        leg = self.legs[self._leg_of(extract.sources[0].recording)]
        return replace(
            extract,
            session=leg.session.id,
            place=f"{leg.title}, {extract.place}" if extract.place else leg.title,
        )

    def _leg_of(self, recording: str) -> int:
        return next(n for n, leg in enumerate(self.legs) if recording in leg.recordings)

    def _purpose(self) -> str:
        sessions = "one session" if len(self.legs) == 1 else f"{number(len(self.legs))} sessions"
        if self.kind == "topic":
            return f"What was said about this in {sessions}."
        return f"This programme as far as {sessions} can tell."

    def _masthead(self) -> tuple[Fact, ...]:
        material = self.material
        heard = material.people.counted
        dates = sorted({leg.session.date for leg in self.legs if leg.session.date})
        venues = dict.fromkeys(leg.session.venue for leg in self.legs if leg.session.venue)
        lines = (
            Fact("Sessions", "; ".join(leg.title for leg in self.legs)),
            Fact("Dates", " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""),
            Fact("Places", ", ".join(venues)),
            Fact("Conveners", ", ".join(self.whole.session.conveners)),
            Fact("Length", f"{minutes(material):.0f} minutes" if minutes(material) else ""),
            Fact("Participants heard", str(len(heard))),
            Fact(UNREAD, unread(material)),
            Fact("Rule of attribution", RULES[self.whole.session.disclosure.rule]),
        )
        return tuple(line for line in lines if line.value)

    def _accounts(self) -> tuple[Account, ...]:
        """Return one line a session."""
        return tuple(
            Account(
                section=leg.session.id,
                title=leg.title,
                text=", ".join(part for part in (leg.session.date, leg.session.venue) if part),
                asked=True,
                planned=sum(round(s.minutes * MINUTE) for s in leg.session.guide.sections),
                spent=leg.length,
                people=len(leg.people),
                turns=leg.turns,
            )
            for leg in self.legs
        )


def _material(part: Part) -> Material:
    return Material.of(
        part.session,
        part.conversations,
        part.attributed.attributions,
        part.themed,
        part.deliberated,
        part.unread,
    )
