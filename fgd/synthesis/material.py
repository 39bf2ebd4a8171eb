"""What a session gives to a brief: people, turns, propositions, codings, checked and in order.

Who spoke is counted as people: all voices of one participant are one person.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from fgd.model import (
    AsHeard,
    Attribution,
    Attributions,
    Code,
    Coding,
    Conversation,
    Deliberated,
    Institution,
    Issue,
    Participant,
    SectionFacts,
    Session,
    Slice,
    Span,
    Themed,
    ThemeFacts,
    Turn,
    Unit,
)


class Attributed(Protocol):
    """Who spoke, as the attribution found it: records about voices (``turn`` empty) and turns."""

    @property
    def attributions(self) -> tuple[Attribution, ...]:
        """A record about a turn goes before the one about its voice."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who spoke. ``key`` is a participant's id, or a recording and a voice.

    ``name`` is empty for somebody unnamed; ``voice`` is how the room knows them then, and
    ``heard`` the name by which they were only heard, if there is one.
    ``institutions`` are ids.
    """

    key: str
    name: str = ""
    voice: str = ""
    role: str = ""
    institutions: tuple[str, ...] = ()
    category: str = ""
    country: str = ""
    confidence: float = 0.0
    heard: AsHeard = field(default_factory=AsHeard)

    @property
    def counts(self) -> bool:
        """Whether what this person says is a view: facilitators and observers are left out."""
        return self.role not in ("facilitator", "observer")


class People:
    """Everybody who spoke in a session, found by turn.

    ``leading`` are keys of those who facilitate although no roster says so.
    """

    def __init__(
        self,
        session: Session,
        conversations: Sequence[Conversation],
        attributions: Sequence[Attribution],
        leading: Collection[str] = (),
    ) -> None:
        self._institutions = {each.id: each for each in session.institutions}
        self._participants = {each.id: each for each in session.participants}
        told = Attributions(attributions)
        self.by_turn: dict[str, Person] = {}
        self._recording: dict[str, str] = {}
        known: dict[str, Person] = {}
        self._recordings = [each.recording for each in conversations]
        self._table_of = session.table_of
        for conversation in conversations:
            for turn in conversation.turns:
                person = self._person(turn, told.of(turn), told.key(turn))
                if person.key in leading:
                    person = replace(person, role="facilitator")
                self.by_turn[turn.id] = known.setdefault(person.key, person)
                self._recording[turn.id] = conversation.recording
        self.by_key = known

    @property
    def all(self) -> tuple[Person, ...]:
        """Everybody, in the order in which they first spoke."""
        return tuple(self.by_key.values())

    @property
    def least(self) -> int:
        """How many of those counted are surely different people.

        Somebody unidentified in one recording may be anybody of another one, but nobody at one
        table is somebody at another one.
        """
        here: dict[str, set[str]] = {}
        for turn, person in self.by_turn.items():
            if person.counts:
                here.setdefault(self._recording[turn], set()).add(person.key)
        named = sum(bool(each.name) for each in self.counted)
        tables: dict[str, int] = {}
        seated: set[str] = set()
        for recording, people in here.items():
            if table := self._table_of(recording):
                nameless = {key for key in people if not self.by_key[key].name}
                tables[table] = max(tables.get(table, 0), len(nameless))
                seated |= people - nameless
        apart = len(seated) + sum(tables.values())
        return max((named, apart, *(len(people) for people in here.values())))

    @property
    def counted(self) -> tuple[Person, ...]:
        """Those whose talk is counted as views."""
        return tuple(each for each in self.all if each.counts)

    def __getitem__(self, turn: str) -> Person:
        return self.by_turn[turn]

    def institution(self, key: str) -> Institution:
        """Return the institution of an id; one that nobody described is named by its id."""
        return self._institutions.get(key, Institution(key, key))

    def printed(self, person: Person) -> str:
        """Tell how the internal edition names somebody: ``Name (INST)``, ``voice V3 (INST)``.

        Who is not identified may have been heard by a name: ``voice V3 (heard as "...")``.
        """
        bodies = [self.institution(key) for key in person.institutions]
        known = [each.acronym or each.name for each in bodies]
        if person.heard and not person.name:
            known.append(str(person.heard))
        name = person.name or f"voice {person.voice}"
        return f"{name} ({', '.join(known)})" if known else name

    def _person(self, turn: Turn, found: Attribution, key: str) -> Person:
        voice = turn.label or turn.voice
        if table := self._table_of(turn.recording):
            voice = f"{voice} of {table}"
        elif len(self._recordings) > 1:  # V1 of the morning is not V1 of the afternoon
            voice = f"{voice} of recording {self._recordings.index(turn.recording) + 1}"
        who = self._participants.get(found.participant, Participant("", "", role="participant"))
        institutions = found.institutions or who.institutions
        first = self.institution(institutions[0]) if institutions else Institution("", "")
        return Person(
            key=key,
            name=who.name or found.participant,
            voice=voice,
            role=who.role if who.id else "",
            institutions=institutions,
            category=first.category,
            country=who.country or first.country,
            confidence=found.confidence,
            heard=found.heard,
        )


NOTHING = Deliberated()
"""Where nobody looked for propositions."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a turn that can be quoted: who said it, where, about what.

    ``text`` is characters ``start``..``end`` of the turn's text; ``codes`` are themes, ``crossed``
    values of other dimensions; ``score`` is the best coding's.
    """

    turn: Turn
    start: int
    end: int
    text: str
    person: Person
    kind: str = "content"
    section: str = ""
    codes: tuple[str, ...] = ()
    crossed: tuple[str, ...] = ()
    score: float = 0.0

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


@dataclass(frozen=True)
class Material:
    """One session, ready to be counted and quoted.

    ``passages`` are its units in order; ``codings`` those in force that fit their turns;
    ``unread`` names the recordings of which nothing was read or heard.
    """

    session: Session
    turns: tuple[Turn, ...]
    untimed: frozenset[str]
    people: People
    passages: tuple[Passage, ...]
    codes: dict[str, Code]
    codings: tuple[Coding, ...]
    themed: Themed
    deliberated: Deliberated = NOTHING
    issues: tuple[Issue, ...] = ()
    unread: tuple[str, ...] = ()

    @staticmethod
    def of(
        session: Session,
        conversations: Sequence[Conversation],
        attributions: Sequence[Attribution],
        themed: Themed,
        deliberated: Deliberated = NOTHING,
        unread: Sequence[str] = (),
    ) -> Material:
        """Join what the rooms before know; codings that no longer fit their turn are reported.

        ``unread`` are files of the session that are not even among its recordings.
        """
        ordered = _in_order(session, conversations)
        turns = tuple(turn for each in ordered for turn in each.turns)
        texts = {turn.id: turn.text for turn in turns}
        leading = _leading(session, ordered, attributions, themed.units)
        people = People(session, ordered, attributions, leading)
        codings, issues = _fitting(themed, texts)
        deliberated, torn = _standing(deliberated, texts)
        codes = {code.id: code for code in themed.codebook.codes}
        sections = {each.turn: each.section for each in themed.placements}
        by_turn: dict[str, list[Coding]] = defaultdict(list)
        for coding in codings:
            by_turn[coding.turn].append(coding)
        known = {turn.id: turn for turn in turns}
        units = [unit for unit in themed.units if _fits(unit, texts)]
        rank = {turn.id: place for place, turn in enumerate(turns)}
        units.sort(key=lambda unit: (rank[unit.turn], unit.start))
        passages = tuple(
            _passage(
                known[unit.turn],
                texts[unit.turn],
                unit,
                people[unit.turn],
                sections.get(unit.turn, ""),
                by_turn[unit.turn],
                codes,
            )
            for unit in units
        )
        untimed = frozenset(each.recording for each in ordered if not each.timed)
        return Material(
            session, turns, untimed, people, passages, codes, codings, themed, deliberated,
            (*issues, *torn), (*unread, *_silent(session, turns)),
        )  # fmt: skip

    @functools.cached_property
    def turn(self) -> dict[str, Turn]:
        """Return every turn by its id."""
        return {turn.id: turn for turn in self.turns}

    @functools.cached_property
    def rank(self) -> dict[str, int]:
        """Return the place of every turn in the session, by its id."""
        return {turn.id: number for number, turn in enumerate(self.turns)}

    @functools.cached_property
    def numbers(self) -> dict[str, int]:
        """Return the number of every turn within its recording, counted from one, by its id."""
        seen: dict[str, int] = defaultdict(int)
        found = {}
        for turn in self.turns:
            seen[turn.recording] += 1
            found[turn.id] = seen[turn.recording]
        return found

    @functools.cached_property
    def placed(self) -> dict[str, str]:
        """Return the guide section of every turn that has one, by the turn's id."""
        return {each.turn: each.section for each in self.themed.placements if each.section}

    def key(self, turn: str) -> str:
        """Tell how a brief names the speaker of a turn in its counts: session and person."""
        return f"{self.session.id}/{self.people[turn].key}"

    def text(self, place: Slice) -> str:
        """Return the words of a slice."""
        return self._texts[place.turn][place.start : place.end]

    @functools.cached_property
    def _texts(self) -> dict[str, str]:
        return {turn.id: turn.text for turn in self.turns}

    def codes_at(self, turn: str, start: int, end: int) -> tuple[str, ...]:
        """Return themes coded for any word of characters ``start``..``end`` of a turn."""
        reach = Span(start, end)
        return tuple(
            dict.fromkeys(
                each.code
                for each in self._coded.get(turn, ())
                if reach.overlaps(Span(each.start, each.end))
            )
        )

    @functools.cached_property
    def _coded(self) -> dict[str, list[Coding]]:
        found: dict[str, list[Coding]] = defaultdict(list)
        for each in self.codings:
            if each.code in self.codes and self.codes[each.code].dimension == "theme":
                found[each.turn].append(each)
        return found

    @functools.cached_property
    def names(self) -> re.Pattern[str]:
        """Return names of participants and institutions as the roster has them, whole words."""
        said = [each.name for each in self.session.participants]
        said += [word for name in said for word in name.split() if len(word) > 3]
        for body in self.session.institutions:
            said += [body.name, body.acronym, *body.aliases]
        known = "|".join(sorted({re.escape(each) for each in said if each}))
        return re.compile(rf"(?<!\w)(?:{known})(?!\w)" if known else r"(?!)")

    @property
    def language(self) -> str:
        """The first declared language (ISO 639-1): whose turns of phrase are looked for."""
        return (self.session.languages or ("en",))[0]

    @property
    def counted(self) -> tuple[Passage, ...]:
        """Passages that count as views: content, and not from the chair."""
        return tuple(
            each for each in self.passages if each.kind == "content" and each.person.counts
        )

    def section(self, key: str) -> SectionFacts:
        """Tell what became of a guide section; empty facts where nobody looked."""
        found = (each for each in self.themed.sections if each.section == key)
        return next(found, SectionFacts(key))

    def facts(self, code: str) -> ThemeFacts:
        """Tell what was counted about a theme; empty facts where nobody counted."""
        found = (each for each in self.themed.facts if each.code == code)
        return next(found, ThemeFacts(code))

    def checked(self, codes: Collection[str]) -> bool:
        """Tell whether a person accepted or made any coding of these themes."""
        return any(each.code in codes and each.status == "accepted" for each in self.themed.codings)


def _silent(session: Session, turns: Sequence[Turn]) -> tuple[str, ...]:
    """Names of the recordings that gave no words: they failed, or nobody was heard in them."""
    heard = {turn.recording for turn in turns}
    return tuple(each.name for each in session.recordings if each.id not in heard)


def _in_order(session: Session, conversations: Sequence[Conversation]) -> tuple[Conversation, ...]:
    rank = {recording.id: place for place, recording in enumerate(session.recordings)}
    return tuple(
        sorted(
            conversations, key=lambda each: (rank.get(each.recording, len(rank)), each.recording)
        )
    )


def _leading(
    session: Session,
    conversations: Sequence[Conversation],
    attributions: Sequence[Attribution],
    units: Sequence[Unit],
) -> frozenset[str]:
    """Keys of those whose every unit is facilitation: the themes found them, roster or not."""
    people = People(session, conversations, attributions)
    kinds: dict[str, set[str]] = defaultdict(set)
    for unit in units:
        if unit.turn in people.by_turn:
            kinds[people[unit.turn].key].add(unit.kind)
    return frozenset(key for key, found in kinds.items() if found == {"facilitation"})


def _fits(stretch: Unit | Coding | Slice, texts: dict[str, str]) -> bool:
    """Tell whether a stretch lies inside its turn and cuts no word in two.

    A dash or dots may join two words without a space: to begin or end there is to cut none.
    """
    text = texts.get(stretch.turn, "")
    if not 0 <= stretch.start < stretch.end <= len(text):
        return False
    torn = any(
        text[at - 1 : at + 1].isalnum() for at in (stretch.start, stretch.end) if 0 < at < len(text)
    )
    return not torn and bool(text[stretch.start : stretch.end].strip())


def _fitting(themed: Themed, texts: dict[str, str]) -> tuple[tuple[Coding, ...], tuple[Issue, ...]]:
    codings = tuple(
        each for each in themed.codings if each.status != "rejected" and _fits(each, texts)
    )
    lost = [each for each in themed.codings if not _fits(each, texts)]
    return codings, tuple(
        _torn("a coded stretch", f"{each.turn}, characters {each.start} to {each.end}")
        for each in lost
    )


def _standing(
    deliberated: Deliberated, texts: dict[str, str]
) -> tuple[Deliberated, tuple[Issue, ...]]:
    """Propositions, responses and summings-up whose words are still there; the others reported."""
    kept = tuple(each for each in deliberated.propositions if _fits(each.place, texts))
    known = {each.id for each in kept}
    answers = tuple(
        each
        for each in deliberated.responses
        if each.proposition in known and _fits(each.place, texts)
    )
    summings = tuple(each for each in deliberated.summings if _fits(each.place, texts))
    lost = [each.place for each in deliberated.propositions if each.id not in known]
    lost += [each.place for each in deliberated.responses if not _fits(each.place, texts)]
    lost += [each.place for each in deliberated.summings if not _fits(each.place, texts)]
    return replace(deliberated, propositions=kept, responses=answers, summings=summings), tuple(
        _torn("a proposition or a response", f"{each.turn}, characters {each.start} to {each.end}")
        for each in lost
    )


def _torn(what: str, place: str) -> Issue:
    return Issue(
        "warning",
        "brief",
        f"{what} no longer fits its turn, whose text was corrected since.",
        "It is left out of the counts and quotes; run the session again.",
        place=place,
    )


def _passage(
    turn: Turn,
    text: str,
    unit: Unit,
    person: Person,
    section: str,
    codings: Sequence[Coding],
    codes: dict[str, Code],
) -> Passage:
    reach = Span(unit.start, unit.end)
    mine = [each for each in codings if reach.overlaps(Span(each.start, each.end))]
    mine.sort(key=lambda each: (-each.score, each.code))
    theme = [each for each in mine if codes.get(each.code, Code("", "")).dimension == "theme"]
    other = [each for each in mine if each.code in codes and each not in theme]
    return Passage(
        turn,
        unit.start,
        unit.end,
        text[unit.start : unit.end],
        person,
        unit.kind,
        section,
        tuple(dict.fromkeys(each.code for each in theme if each.code in codes)),
        tuple(dict.fromkeys(each.code for each in other)),
        max((each.score for each in theme), default=0.0),
    )
