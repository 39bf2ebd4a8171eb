"""Turn what a person asks for into decisions, and tell the decisions made so far."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict, get_args

import msgspec

from fgd.core.errors import InputError
from fgd.core.text import clean, person_key
from fgd.decisions import corrections
from fgd.decisions import findings as decided
from fgd.decisions import voices as decide
from fgd.decisions.circulation import circulate, circulate_quote, let_go, reword
from fgd.decisions.kinds import told
from fgd.decisions.log import Log, undo
from fgd.decisions.participants import signed
from fgd.decisions.shelves import shelve
from fgd.decisions.themes import Desk
from fgd.model import Conversation, Decision, PropositionKind, Side, Span, Turn
from fgd.workbench.brief_view import brief_of, chosen, proposition_desk
from fgd.workbench.circulation_view import may_say
from fgd.workbench.open_session import OpenSession, Reading, Who
from fgd.workbench.themes_view import desk

Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
Turns = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=500)]


class _Command(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may ask for; ``type`` in the JSON is the tag."""


class _AboutVoice(_Command):
    recording: Id
    voice: Id


class _AboutTurns(_Command):
    turns: Turns


class _AboutTheme(_Command):
    theme: Id


class NameVoice(_AboutVoice, tag="name-voice"):
    """This voice is that person; with no participant: nobody on the list."""

    participant: str

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        talk, person = author.talk(self.recording), author.person(self.participant)
        return (decide.name_voice(talk, self.voice, person, **author.signed),)


class PlaceVoice(_AboutVoice, tag="place-voice"):
    """This voice speaks for that institution."""

    institution: Id

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        if self.institution not in author.reading.bodies:
            raise InputError(
                "this institution is not on the roster.", remedy="Add it to participants.csv."
            )
        talk = author.talk(self.recording)
        return (decide.place_voice(talk, self.voice, self.institution, **author.signed),)


class MergeVoices(_AboutVoice, tag="merge-voices"):
    """These two voices are one person; the first one's name stays."""

    other: Id

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        talk = author.talk(self.recording)
        return (decide.merge_voices(talk, self.voice, self.other, **author.signed),)


class SplitVoice(_Command, tag="split-voice"):
    """From this turn on the voice is somebody else."""

    turn: Id

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        talk, _ = author.turn(self.turn)
        return (decide.split_voice(talk, self.turn, **author.signed),)


class JudgeNames(_Command, tag="judge-names"):
    """A name on the transcripts and another one, there or on the list, are one person, or two."""

    name: Name
    other: Name
    same: bool

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        there = {person_key(name) for name in author.opened.labels}
        listed = {
            person_key(n) for p in author.reading.people.values() for n in (p.name, *p.aliases)
        }
        for name, known in ((self.name, there), (self.other, there | listed)):
            if person_key(name) not in known:
                raise InputError(
                    f"the name {clean(name)!r} is not on the transcripts.",
                    remedy="fgd intake SESSION prints the names that are.",
                )
        return (decide.judge_names(self.name, self.other, self.same, **author.signed),)


class NameTurns(_AboutTurns, tag="name-turns"):
    """These turns are that person's; with no participant: nobody on the list."""

    participant: str

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        person = author.person(self.participant)
        talks = [(author.turn(turn)[0], turn) for turn in self.turns]
        return tuple(decide.name_turn(t, turn, person, **author.signed) for t, turn in talks)


class Rewrite(_Command, tag="rewrite"):
    """This is how a turn reads."""

    turn: Id
    text: Text

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        _, turn = author.turn(self.turn)
        return corrections.rewrite(turn, clean(self.text), **author.signed)


class Confirm(_Command, tag="confirm"):
    """Somebody listened: words and speaker of this turn are right."""

    turn: Id

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        talk, turn = author.turn(self.turn)
        who = author.reading.who[self.turn]
        made = [corrections.confirm(turn, **author.signed)] if turn.words else []
        if who.participant and not who.settled:
            made.append(decide.name_turn(talk, self.turn, who.participant, **author.signed))
        return tuple(made)


class Overlap(_AboutTurns, tag="overlap"):
    """Others spoke during these turns, or did not."""

    others: bool

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        turns = [author.turn(turn)[1] for turn in self.turns]
        return tuple(corrections.overlap(t, self.others, **author.signed) for t in turns)


class RenameTheme(_AboutTheme, tag="rename-theme"):
    """A theme is called so."""

    name: Name

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return author.themes.rename(self.theme, clean(self.name))


class DescribeTheme(_AboutTheme, tag="describe-theme"):
    """This is what a theme means."""

    description: Annotated[str, msgspec.Meta(max_length=2_000)]

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return author.themes.describe(self.theme, clean(self.description))


class PhraseOfTheme(_AboutTheme, tag="phrase-of-theme"):
    """Whoever says this phrase speaks of a theme, or does not."""

    phrase: Name
    excluded: bool

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return author.themes.phrase(self.theme, clean(self.phrase), excluded=self.excluded)


class MergeThemes(_AboutTheme, tag="merge-themes"):
    """A theme is counted as another one from now on."""

    into: Id

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return author.themes.merge(self.theme, self.into)


class SplitTheme(_AboutTheme, tag="split-theme"):
    """What these turns say to a theme is a theme of its own."""

    name: Name
    turns: Turns

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return author.themes.split(self.theme, clean(self.name), self.turns)


class MoveTheme(_AboutTheme, tag="move-theme"):
    """A theme stands under another one; with no parent: at the top."""

    parent: str

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return author.themes.move(self.theme, self.parent)


class JudgeTheme(_AboutTheme, tag="judge-theme"):
    """A theme and its codings are right, or it is none, or nothing more is to be suggested."""

    verdict: Literal["accept", "reject", "lock"]

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        themes = author.themes
        acts = {"accept": themes.accept, "reject": themes.reject, "lock": themes.lock}
        return acts[self.verdict](self.theme)


class Code(_AboutTheme, tag="code"):
    """What is said at this character of a turn (-1: all of it) is about a theme, or is not."""

    turn: Id
    place: Annotated[int, msgspec.Meta(ge=-1)]
    about: bool

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        themes = author.themes
        return (themes.code if self.about else themes.uncode)(self.turn, self.theme, self.place)


class ChooseQuote(_Command, tag="choose-quote"):
    """The finding on a proposition is shown with this candidate, instead of one of its quotes."""

    proposition: Id
    words: Id
    instead: str

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        brief = brief_of(author.opened)
        return (chosen(brief, self.proposition, self.words, self.instead, **author.signed),)


class PutProposition(_Command, tag="put-proposition"):
    """These words put something to the room, of this kind, or (``none``) they put nothing."""

    turn: Id
    start: Annotated[int, msgspec.Meta(ge=0)]
    end: Annotated[int, msgspec.Meta(ge=1)]
    kind: PropositionKind | Literal["none"]

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return (author.propositions.put(self.turn, self.start, self.end, self.kind),)


class Answer(_Command, tag="answer"):
    """These words answer that proposition with this side, or (``none``) they answer nothing."""

    turn: Id
    start: Annotated[int, msgspec.Meta(ge=0)]
    end: Annotated[int, msgspec.Meta(ge=1)]
    to: Id
    side: Side | Literal["none"]

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        desk = author.propositions
        return (desk.answer(self.turn, self.start, self.end, self.to, self.side),)


class Circulate(_Command, tag="circulate"):
    """These words may be printed in the circulation edition, or never are.

    ``whole`` is of a quote that could be assigned to somebody: it is let go or kept out as a whole.
    """

    words: Words
    way: Literal["release", "withhold"]
    whole: bool = False

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        if self.whole:
            return (circulate_quote(self.words, self.way, **author.signed),)
        return (circulate(clean(self.words), self.way, **author.signed),)


class Reword(_Command, tag="reword"):
    """In the place of these words the circulation edition says others, in square brackets."""

    words: Words
    instead: Name

    def made(self, author: Author) -> tuple[Decision, ...]:
        """The lines that this adds to the log; refuses words that would be withheld themselves."""
        if not may_say(author.opened, self.instead):
            raise InputError(
                "these words hold a name, a number or a word not known to be harmless.",
                where=self.instead,
                remedy="Say it in common words, or release the word first.",
            )
        return (reword(clean(self.words), self.instead, **author.signed),)


class LetGo(_Command, tag="let-go"):
    """The circulation edition with this hash was looked at and may be passed on."""

    edition: Id

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        return (let_go(self.edition, **author.signed),)


class Shelve(_Command, tag="shelve"):
    """These words of a turn stand on a shelf; ``words`` are what their author saw there."""

    turn: Id
    start: Annotated[int, msgspec.Meta(ge=0)]
    end: Annotated[int, msgspec.Meta(ge=1)]
    shelf: Name
    words: Text = ""

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        _, turn = author.turn(self.turn)
        start, end = self.start, self.end
        if self.words and turn.text[start:end] != self.words:  # corrected since the last pass
            start = turn.text.find(self.words)
            end = start + len(self.words)
        return (shelve(turn, start, end, self.shelf, **author.signed),)


class Undo(_Command, tag="undo"):
    """Take a decision back."""

    decision: Id

    def made(self, author: Author) -> tuple[Decision, ...]:
        """Return the lines that this adds to the log."""
        for decision in author.opened.log.decisions:
            if decision.id == self.decision:
                return (undo(decision, **author.signed),)
        raise InputError("there is no such decision.", remedy="Load the page again.")


Command = (
    NameVoice
    | PlaceVoice
    | MergeVoices
    | SplitVoice
    | JudgeNames
    | NameTurns
    | Rewrite
    | Confirm
    | Overlap
    | RenameTheme
    | DescribeTheme
    | PhraseOfTheme
    | MergeThemes
    | SplitTheme
    | MoveTheme
    | JudgeTheme
    | Code
    | ChooseQuote
    | PutProposition
    | Answer
    | Circulate
    | Reword
    | LetGo
    | Shelve
    | Undo
)


def read_command(text: str) -> Command:
    """Read a command from JSON. Raises ``InputError`` with what is wrong, and all there are."""
    try:
        command: Command = msgspec.json.decode(text, type=Command)
    except msgspec.MsgspecError as problem:
        known = ", ".join(each.__struct_config__.tag for each in get_args(Command))
        raise InputError(f"this is no change: {problem}.", remedy=f"Types: {known}.") from problem
    return command


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody wants to change: who, which version of the log they saw, and what."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    seen: Annotated[str, msgspec.Meta(max_length=100)]
    commands: Annotated[list[Command], msgspec.Meta(min_length=1, max_length=200)]


class Signed(TypedDict):
    """Who decides and when, as keywords."""

    by: str
    when: str


def now() -> str:
    """Return the moment, to the microsecond, because ids of decisions are made from it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides, at which moment, looking at which session."""

    opened: OpenSession
    reading: Reading
    by: str
    when: str

    def talk(self, recording: str) -> Conversation:
        """A conversation of the session. Raises ``InputError`` for what is not there, as all do."""
        talk = self.reading.talk(recording)
        if talk is None:
            raise InputError("there is no such recording any more.", remedy="Load the page again.")
        return talk

    def turn(self, turn: str) -> tuple[Conversation, Turn]:
        """Return a turn by its id, with its conversation."""
        found = self.reading.turn(turn)
        if found is None:
            raise InputError("there is no such turn any more.", remedy="Load the page again.")
        return found

    def person(self, participant: str) -> str:
        """Return a participant by id, or nobody."""
        if participant and participant not in self.reading.people:
            raise InputError("this person is not on the roster.", remedy="Add them under Set-up.")
        return participant

    @property
    def themes(self) -> Desk:
        """Where decisions about themes are made."""
        return desk(self.opened, self.reading, self.by, self.when)

    @property
    def propositions(self) -> decided.Desk:
        """Where decisions about propositions and responses are made."""
        return proposition_desk(self.opened, self.reading, self.by, self.when)

    @property
    def signed(self) -> Signed:
        """The author as the functions that make decisions take it."""
        return {"by": self.by, "when": self.when}


def apply(opened: OpenSession, change: Change) -> tuple[tuple[Decision, ...], Log]:
    """Decide: what was written down, and the log after it.

    Nothing changes unless every command can be done. Raises ``InputError`` for what is not there,
    ``Conflict`` for what contradicts a decision that its author has not seen.
    """
    author = Author(opened, opened.reading(), clean(change.by) or "somebody", now())
    made = [each for command in change.commands for each in command.made(author)]
    decisions = tuple(dict.fromkeys(made))
    return decisions, opened.record(decisions, change.seen)


class Entry(msgspec.Struct, frozen=True):
    """One line of the history. ``undone`` by a later line; ``undoes`` an earlier one."""

    id: str
    by: str
    when: str
    said: str
    undone: bool = False
    undoes: str = ""
    pending: bool = False
    recording: str = ""
    start: int = -1


@dataclass(frozen=True, slots=True)
class _Called:
    """How people, institutions, themes and voices are called in a session now."""

    reading: Reading

    def person(self, participant: str) -> str:
        """Return a participant with their institution; empty for nobody."""
        person = self.reading.people.get(participant)
        return self.reading.label(Who(participant, person.institutions if person else ()))

    def body(self, institution: str) -> str:
        """Return an institution."""
        return self.reading.label(Who("", (institution,))) or institution

    def theme(self, theme: str) -> str:
        """Return a theme, also one that was merged away."""
        return self.reading.themes.get(theme, theme)

    def voice(self, recording: str, span: Span) -> str:
        """Return the voice heard for most of a span."""
        talk = self.reading.talk(recording)
        return decide.voice_at(talk.turns, span) if talk else ""


def sentence(reading: Reading, log: Log, decision: Decision) -> str:
    """Return a decision in words, names and quotes included."""
    return told(decision, _Called(reading), {each.id: each for each in log.decisions})


def signer(reading: Reading, by: str) -> str:
    """Tell who signed a decision; participants and institutions by their names."""
    return signed(by, _Called(reading))


def history(reading: Reading, log: Log) -> tuple[Entry, ...]:
    """Return every decision, the newest first."""
    holds = {decision.id for decision in log.effective}
    added = {decision.id for decision in reading.added}
    known = {decision.id: decision for decision in log.decisions}
    names = _Called(reading)
    made = []
    for decision in reversed(log.decisions):
        text = told(decision, names, known)
        mere = bool(decision.undoes and not decision.value)
        made.append(
            Entry(
                decision.id,
                signed(decision.by, names),
                decision.when,
                text,
                not mere and decision.id not in holds,
                decision.undoes,
                decision.id in added,
                decision.recording,
                decision.anchor.start if decision.recording else -1,
            )
        )
    return tuple(made)
