"""Hold what was put to the room and who answered what, and the brief that tells it in exact quotes.

A proposition, a response, a summing-up is an exact slice of one turn: characters ``start``..``end``
of its text. A ``Brief`` is complete: whoever publishes it needs nothing else. Quotes are printed
from its one list of extracts and named by id everywhere else. Where a rule of attribution forbids
something, it is absent from the value, never hidden in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from fgd.model.people import Disclosure, SectionKind
from fgd.model.records import Issue, Span
from fgd.model.registry import Registry
from fgd.model.themed import Origin

PropositionKind = Literal["proposal", "question", "claim"]
Side = Literal[
    "for",
    "condition",
    "against",
    "doubt",
    "alternative",
    "yes",
    "no",
    "part",
    "answer",
    "open",
]
Conclusion = Literal["agreed", "not agreed", "decided", "left open", "summary"]
LinkKind = Literal["called", "named", "repeated", "near", "reply", "person"]

SIDED: frozenset[Side] = frozenset(
    ("for", "condition", "against", "doubt", "alternative", "yes", "no", "part")
)
"""Sides somebody took; an ``answer`` gives substance, ``open`` is printed and never counted."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Characters ``start``..``end`` of the text of one turn; whoever prints it slices it anew."""

    recording: str
    turn: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was read so: the rule, model or neighbour that decided, and its words.

    ``weight`` is in log-odds; positive speaks for what was read.
    """

    kind: str
    text: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposition:
    """One slice that was put to the room: a proposal, a question put, or a claim that somebody
    reacts to.

    ``who`` is a participant id or ``recording/label or voice``; ``chair`` tells whether the chair
    put it. ``content`` is the part of ``place`` that follows "I propose that" and the like, a full
    clause (to be told as: NAME proposed that "..."); without such words it is nothing.
    ``again`` are restatements by the same person, ``later`` are words by which they, or somebody
    who had answered, moved on. ``further`` are ids of later proposals that may be on the same
    matter.
    ``addressee`` is what the words themselves name (subject, vocative, or object of asking), as a
    slice, or nothing. ``confidence`` is calibrated; ``by`` is the machine's name or the person who
    settled it.
    """

    id: str
    kind: PropositionKind
    place: Slice
    who: str
    chair: bool = False
    section: str = ""
    content: tuple[Slice, ...] = ()
    addressee: tuple[Slice, ...] = ()
    again: tuple[Slice, ...] = ()
    later: tuple[Slice, ...] = ()
    further: tuple[str, ...] = ()
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One slice of a later turn by somebody else that answers exactly one proposition.

    ``instead`` is the id of the proposition put in its place (side ``alternative``, or ``against``
    with another proposal). A person has at most one side towards a proposition: of several the
    clearest, or the last one where they changed it. Below the calibrated threshold the side is
    ``open``.
    """

    proposition: str
    place: Slice
    who: str
    side: Side
    link: LinkKind = "near"
    instead: str = ""
    chair: bool = False
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class SummingUp:
    """What a chair says was agreed, decided, left open or not agreed; always told as the chair's.

    ``proposition`` is the one it speaks of, empty where none was found.
    """

    place: Slice
    who: str
    conclusion: Conclusion = "summary"
    proposition: str = ""
    section: str = ""
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Deliberated:
    """What a session deliberated, in order of time.

    ``unanswered`` are ids of propositions of which it may be said that nobody answered; of any
    other nothing is said. ``unread`` are languages in which responses are not read. ``silence``
    are ids of proposals of which it may be said that no objection was found, since an objection
    would have been heard with the measured probability.
    """

    propositions: tuple[Proposition, ...] = ()
    responses: tuple[Response, ...] = ()
    summings: tuple[SummingUp, ...] = ()
    unanswered: tuple[str, ...] = ()
    silence: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()


Edition = Literal["internal", "circulation"]
EDITIONS: tuple[Edition, ...] = ("internal", "circulation")
BriefKind = Literal["session", "topic", "programme"]
GapKind = Literal["not asked", "not raised", "nobody answered"]
Form = Literal["that", "object", "colon"]
ContributionKind = Literal[SectionKind, "statement"]

STRICTEST = Disclosure()
"""The rule that holds where nobody has set another."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Text that re-slices exactly or does not exist: ``turn.text[start:end]`` with its hash."""

    id: str
    session: str
    recording: str
    turn: str
    span: Span
    start: int
    end: int
    text: str
    sha256: str

    @staticmethod
    def digest(text: str) -> str:
        """Return the hash that pins the slice."""
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a printed quote: words as said, or (``said`` false) a mark in their place."""

    text: str
    said: bool = True


@dataclass(frozen=True, slots=True)
class Extract:
    """A quote as it is printed: exact slices of one turn, left-out words marked between them.

    ``sources`` pin the slices and are empty where the rule of attribution forbids following
    them; ``before`` and ``after`` are what the same turn says around it; ``clip`` is a path beside
    the brief, ``place`` the turn and time (or paragraph) for paper; ``who`` is the key of a
    ``Presence``, ``speaker`` what may be printed of them. ``corrected`` is what the speaker wrote
    about the words afterwards: it stands beside them and was not said.
    """

    id: str
    pieces: tuple[Piece, ...]
    who: str = ""
    speaker: str = ""
    session: str = ""
    place: str = ""
    codes: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    clip: str = ""
    note: str = ""
    sources: tuple[Quote, ...] = ()
    corrected: str = ""

    @property
    def text(self) -> str:
        """The quote as one line, marks included."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person answered to a proposition: a side, and the words that show it.

    ``who`` is the key of a ``Presence`` (empty where the rule forbids telling people apart) and
    ``speaker`` what may be printed of them. ``extract`` is quoted in the finding's sentence if
    ``shown``, and only in the evidence otherwise. ``instead`` is the id of the finding on what
    they put in the proposition's place, ``quoted_in`` of another finding that quotes the words.
    ``unsure``: the words do not say the side; a network read it, and it is told as what seems.
    """

    side: Side
    extract: str
    who: str = ""
    speaker: str = ""
    shown: bool = False
    instead: str = ""
    quoted_in: str = ""
    confidence: float = 0.0
    by: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One proposition that was put to the room, and who answered what: one answer a person.

    ``proposition`` is its id in ``Deliberated``, ``extract`` its words, ``verb`` and ``form`` how
    they fit a sentence ("proposed" that "...", "asked": "..."). ``addressee`` is whom its own
    words ask to act. ``again`` are other words of the same person for it, ``later`` those by which
    they, or somebody who had answered, moved on, ``further`` ids of later findings that may be on
    the same matter, ``summed`` what the chair concluded on it. ``unanswered`` says that nobody
    answered; ``silence`` how many people spoke after it and were heard not to object (0: nothing is
    said). ``within`` is the finding that tells this one as what somebody put in its place.
    ``candidates`` are other words that a person may choose to have shown; no edition prints them.
    The section is ``APART`` where its title would tell whose statement it was.
    """

    APART: ClassVar[str] = "apart"

    id: str
    proposition: str
    kind: PropositionKind
    extract: str
    who: str = ""
    speaker: str = ""
    chair: bool = False
    verb: str = "proposed"
    form: Form = "colon"
    section: str = ""
    addressee: str = ""
    codes: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    again: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    unanswered: bool = False
    silence: int = 0
    within: str = ""
    confidence: float = 0.0
    by: str = ""
    candidates: tuple[Quote, ...] = ()

    @property
    def extracts(self) -> tuple[str, ...]:
        """Ids of the quotes that its sentence shows: what was put, the answers, what came later."""
        answers = (each.extract for each in self.answers if each.shown)
        return (self.extract, *answers, *self.later)

    def side(self, *sides: Side) -> tuple[Answer, ...]:
        """Return the answers that took one of these sides."""
        return tuple(each for each in self.answers if each.side in sides)

    def said(self, *sides: Side) -> tuple[Answer, ...]:
        """Return those of them whose words, or a person, say the side; only these are counted."""
        return tuple(each for each in self.side(*sides) if not each.unsure)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the chair, or somebody for the group, said was agreed, decided, left open or heard.

    ``finding`` is the id of the finding it speaks of; empty where it speaks of none or of many.
    """

    id: str
    extract: str
    conclusion: Conclusion = "summary"
    who: str = ""
    speaker: str = ""
    section: str = ""
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many people, of how many who were heard; ``who`` are the people counted.

    ``who`` is empty where the rule of attribution forbids telling them apart.
    """

    people: int
    of: int
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """An entry of the index: a theme, who spoke to it, and where. Nothing is judged.

    ``findings`` are ids of findings coded with it.
    """

    id: str
    codes: tuple[str, ...]
    title: str
    spoke: Count
    speakers: tuple[str, ...] = ()
    section: str = ""
    origin: Origin = "library"
    why: str = ""
    extracts: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """A statement that stands apart: of a delegation, of an expert, or what an inject met with.

    ``asks`` are ids of findings: what the delegation asked for; ``extracts`` are what it
    stressed. For an inject ``prompt`` are extracts of what the room was told and ``decisions`` of
    what was decided. ``who`` are keys of ``Presence``, ``speakers`` what may be printed of them.
    """

    id: str
    kind: ContributionKind
    title: str
    speakers: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    extracts: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the discussion does not tell, and why it does not."""

    kind: GapKind
    title: str
    note: str = ""
    section: str = ""
    extracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one section of the guide; times in milliseconds."""

    section: str
    title: str
    kind: SectionKind = "question"
    text: str = ""
    asked: bool = False
    planned: int = 0
    spent: int = 0
    people: int = 0
    turns: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """How much one person, or one group of people, was heard: milliseconds, words and turns.

    ``key`` is how counts name them: session, then participant or recording and voice.
    """

    label: str
    key: str = ""
    role: str = ""
    institution: str = ""
    institutions: tuple[str, ...] = ()
    category: str = ""
    country: str = ""
    people: int = 1
    speech: int = 0
    words: int = 0
    turns: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a recording and what it was about, for the strip along the timeline."""

    recording: str
    span: Span
    track: str
    label: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of counts: one row of ``values`` per row label.

    ``WITHHELD`` stands where a cell would tell too much about too few people.
    """

    WITHHELD: ClassVar[int] = -1

    id: str
    title: str
    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    unit: str = "people"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a masthead or of the method annex; ``item`` numbers it in a reporting checklist.

    A ``private`` fact names people, bodies or files, and stays in the internal edition.
    """

    label: str
    value: str
    item: str = ""
    private: bool = False


def reported(found: Sequence[Finding], quotes: int) -> tuple[Fact, ...]:
    """Count what a brief tells, for the last lines of its method annex."""
    facts = [Fact("Quotations", f"{quotes}, each an exact slice of the transcript, checked", "29")]
    if found:
        taken = [e for each in found for e in each.answers if e.side in SIDED and not e.unsure]
        settled = sum(bool(each.by) for each in found) + sum(bool(each.by) for each in taken)
        sides = "Sides told, each resting on the words of whoever took it"
        by = f"{settled} of {len(found) + len(taken)}"
        facts.append(Fact("Propositions told", str(len(found)), "30"))
        facts.append(Fact(sides, str(len(taken)), "30"))
        facts.append(Fact("Propositions and sides that a person settled", by, "30"))
    return tuple(facts)


@dataclass(frozen=True, slots=True)
class Table:
    """A breakout as a brief tells it: who was heard there, how much, and what was put there.

    ``people`` are those heard, the chair left out, and ``who`` their keys in ``Presence``;
    ``findings`` are ids. ``note`` says how sure it is that this was a table of its own.
    """

    name: str
    people: int = 0
    speech: int = 0
    words: int = 0
    findings: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a table spoke to one section of the guide; ``Grid.WITHHELD`` people are not told.

    ``asked``: its question was put there. ``spent`` is in milliseconds.
    """

    table: str
    asked: bool = False
    people: int = 0
    words: int = 0
    spent: int = 0
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """What became of one table's proposition at the others.

    ``also`` are findings of other tables that put nearly the same, ``silent`` the tables where the
    question was put, too, and nothing near it was said, ``unasked`` those where it was neither put
    nor spoken to. Of any other table nothing is told.
    """

    finding: str
    table: str
    also: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportBack:
    """What somebody told the plenary of a table; ``table`` is empty where nobody knows which one.

    ``sure`` and ``why`` are of the table. Each of ``said`` is an extract with the finding of that
    table that it comes near (empty: none) and how near.
    """

    table: str
    speaker: str
    who: str = ""
    sure: float = 0.0
    why: str = ""
    said: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Breakouts:
    """The tables of a session compared: per section of the guide, per proposition, and as reported.

    Each of ``sections`` is a title with one ``Spoken`` a table.
    """

    tables: tuple[Table, ...] = ()
    sections: tuple[tuple[str, tuple[Spoken, ...]], ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    reports: tuple[ReportBack, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tables)


@dataclass(frozen=True, slots=True)
class Brief:
    """A session, a topic over sessions, or a programme of sessions, told for those who must act.

    ``glance`` are ids of findings, those that belong on the first page first: as many are told
    there as fit. ``registry`` is what a programme remembers over its sessions, ``breakouts``
    compares the tables of a session that had any.
    """

    id: str
    title: str
    kind: BriefKind = "session"
    edition: Edition = "internal"
    disclosure: Disclosure = STRICTEST
    language: str = "en"
    status: str = ""
    purpose: str = ""
    masthead: tuple[Fact, ...] = ()
    glance: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    summaries: tuple[Summary, ...] = ()
    findings: tuple[Finding, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    gaps: tuple[Gap, ...] = ()
    themes: tuple[Theme, ...] = ()
    grids: tuple[Grid, ...] = ()
    presence: tuple[Presence, ...] = ()
    strip: tuple[Stretch, ...] = ()
    participants: tuple[Fact, ...] = ()
    doubts: tuple[Fact, ...] = ()
    method: tuple[Fact, ...] = ()
    registry: Registry = Registry()  # noqa: RUF009 # frozen
    extracts: tuple[Extract, ...] = ()
    breakouts: Breakouts = Breakouts()
