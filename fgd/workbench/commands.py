"""What a page may ask for, and the decisions that this becomes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from fgd.core.errors import InputError
from fgd.core.text import clean
from fgd.decisions import voices as decide
from fgd.decisions import words as corrections
from fgd.decisions.themes import Desk
from fgd.model import Brief, Conversation, Decision, Turn
from fgd.workbench.reading import Reading
from fgd.workbench.wordings import chosen

Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
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


class PlaceVoice(_AboutVoice, tag="place-voice"):
    """This voice speaks for that institution."""

    institution: Id


class MergeVoices(_AboutVoice, tag="merge-voices"):
    """These two voices are one person; the first one's name stays."""

    other: Id


class SplitVoice(_Command, tag="split-voice"):
    """From this turn on the voice is somebody else."""

    turn: Id


class NameTurns(_AboutTurns, tag="name-turns"):
    """These turns are that person's; with no participant: nobody on the list."""

    participant: str


class Rewrite(_Command, tag="rewrite"):
    """This is how a turn reads."""

    turn: Id
    text: Text


class Confirm(_Command, tag="confirm"):
    """Somebody listened: words and speaker of this turn are right."""

    turn: Id


class Overlap(_AboutTurns, tag="overlap"):
    """Others spoke during these turns, or did not."""

    others: bool


class RenameTheme(_AboutTheme, tag="rename-theme"):
    """A theme is called so."""

    name: Name


class DescribeTheme(_AboutTheme, tag="describe-theme"):
    """This is what a theme means."""

    description: Annotated[str, msgspec.Meta(max_length=2_000)]


class MergeThemes(_AboutTheme, tag="merge-themes"):
    """A theme is counted as another one from now on."""

    into: Id


class SplitTheme(_AboutTheme, tag="split-theme"):
    """What these turns say to a theme is a theme of its own."""

    name: Name
    turns: Turns


class MoveTheme(_AboutTheme, tag="move-theme"):
    """A theme stands under another one; with no parent: at the top."""

    parent: str


class JudgeTheme(_AboutTheme, tag="judge-theme"):
    """A theme and its codings are right, or it is none, or nothing more is to be suggested."""

    verdict: Literal["accept", "reject", "lock"]


class Code(_AboutTheme, tag="code"):
    """What is said at this character of a turn is about a theme, or (``about`` false) is not."""

    turn: Id
    place: Annotated[int, msgspec.Meta(ge=0)]
    about: bool


class ChooseQuote(_AboutTheme, tag="choose-quote"):
    """The finding on a theme is shown with this candidate, instead of one of its quotes."""

    words: Id
    instead: str


class Undo(_Command, tag="undo"):
    """Take a decision back."""

    decision: Id


Command = (
    NameVoice
    | PlaceVoice
    | MergeVoices
    | SplitVoice
    | NameTurns
    | Rewrite
    | Confirm
    | Overlap
    | RenameTheme
    | DescribeTheme
    | MergeThemes
    | SplitTheme
    | MoveTheme
    | JudgeTheme
    | Code
    | ChooseQuote
    | Undo
)


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody wants to change: who, which version of the log they saw, and what."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    seen: Annotated[str, msgspec.Meta(max_length=100)]
    commands: Annotated[list[Command], msgspec.Meta(min_length=1, max_length=200)]


def now() -> str:
    """The moment, to the microsecond, because ids of decisions are made from it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")


def decisions(
    reading: Reading,
    log: tuple[Decision, ...],
    change: Change,
    when: str,
    desk: Callable[[str, str], Desk],
    brief: Callable[[], Brief],
) -> tuple[Decision, ...]:
    """The lines that a change adds to the log; ``desk`` makes those about themes, by whom and when;
    ``brief`` is what the last pass wrote.

    Raises ``InputError`` for what is not there.
    """
    by = clean(change.by) or "somebody"
    made: list[Decision] = []
    for command in change.commands:
        if isinstance(command, THEMES):
            made += _themed(desk(by, when), command)
        elif isinstance(command, ChooseQuote):
            wanted = (command.theme, command.words, command.instead)
            made.append(chosen(brief(), *wanted, by=by, when=when))
        else:
            made += _made(reading, log, command, by, when)
    return tuple(dict.fromkeys(made))


THEMES = (RenameTheme, DescribeTheme, MergeThemes, SplitTheme, MoveTheme, JudgeTheme, Code)


def _themed(desk: Desk, command: Command) -> tuple[Decision, ...]:
    match command:
        case RenameTheme(theme, name):
            return desk.rename(theme, clean(name))
        case DescribeTheme(theme, description):
            return desk.describe(theme, clean(description))
        case MergeThemes(theme, into):
            return desk.merge(theme, into)
        case SplitTheme(theme, name, turns):
            return desk.split(theme, clean(name), turns)
        case MoveTheme(theme, parent):
            return desk.move(theme, parent)
        case JudgeTheme(theme, verdict):
            acts = {"accept": desk.accept, "reject": desk.reject, "lock": desk.lock}
            return acts[verdict](theme)
        case Code(theme, turn, place, about):
            return (desk.code if about else desk.uncode)(turn, theme, place)
    return ()


def _made(
    reading: Reading, log: tuple[Decision, ...], command: Command, by: str, when: str
) -> tuple[Decision, ...]:
    match command:
        case NameVoice(recording, voice, participant):
            person = _person(reading, participant)
            talk = _talk(reading, recording)
            return (decide.name_voice(talk, voice, person, by=by, when=when),)
        case PlaceVoice(recording, voice, institution):
            if institution not in reading.bodies:
                raise InputError("this institution is not on the roster.")
            talk = _talk(reading, recording)
            return (decide.place_voice(talk, voice, institution, by=by, when=when),)
        case MergeVoices(recording, voice, other):
            talk = _talk(reading, recording)
            return (decide.merge_voices(talk, voice, other, by=by, when=when),)
        case SplitVoice(turn):
            talk, _ = _turn(reading, turn)
            return (decide.split_voice(talk, turn, by=by, when=when),)
        case NameTurns(turns, participant):
            person = _person(reading, participant)
            talks = [(_turn(reading, turn)[0], turn) for turn in turns]
            return tuple(decide.name_turn(t, turn, person, by=by, when=when) for t, turn in talks)
        case Rewrite(turn, text):
            return corrections.rewrite(_turn(reading, turn)[1], clean(text), by=by, when=when)
        case Confirm(turn):
            return _confirmed(reading, turn, by, when)
        case Overlap(turns, others):
            found = [_turn(reading, turn)[1] for turn in turns]
            return tuple(corrections.overlap(t, others, by=by, when=when) for t in found)
        case Undo(decision):
            return (_undone(log, decision, by, when),)
    return ()


def _confirmed(reading: Reading, turn: str, by: str, when: str) -> tuple[Decision, ...]:
    talk, found = _turn(reading, turn)
    who = reading.who[turn]
    made = [corrections.confirm(found, by=by, when=when)] if found.words else []
    if who.participant and not who.settled:
        made.append(decide.name_turn(talk, turn, who.participant, by=by, when=when))
    return tuple(made)


def _undone(log: tuple[Decision, ...], identity: str, by: str, when: str) -> Decision:
    for decision in log:
        if decision.id == identity:
            return decide.undo(decision, by=by, when=when)
    raise InputError("there is no such decision.", remedy="Load the page again.")


def _person(reading: Reading, participant: str) -> str:
    if participant and participant not in reading.people:
        raise InputError("this person is not on the roster.", remedy="Add them under Set-up.")
    return participant


def _talk(reading: Reading, recording: str) -> Conversation:
    talk = reading.talk(recording)
    if talk is None:
        raise InputError("there is no such recording any more.", remedy="Load the page again.")
    return talk


def _turn(reading: Reading, turn: str) -> tuple[Conversation, Turn]:
    found = reading.turn(turn)
    if found is None:
        raise InputError("there is no such turn any more.", remedy="Load the page again.")
    return found
