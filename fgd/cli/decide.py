"""``fgd decide``: what a person knows better, written as the review page writes it."""

from __future__ import annotations

import datetime
import getpass
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli import wording
from fgd.cli.attribution import heard
from fgd.cli.console import Console, rerun
from fgd.core.errors import InputError
from fgd.model import Conversation, Decision, Turn

if TYPE_CHECKING:
    from fgd.workbench.reading import Reading
    from fgd.workbench.room import Room


def decide(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    voice: Annotated[str, typer.Option(help="The voice it is about: V3.")] = "",
    turn: Annotated[str, typer.Option(help="The turn it is about: its id, or 0:03:12.")] = "",
    name: Annotated[str, typer.Option("--is", help="Who it is: a name on the roster.")] = "",
    nobody: Annotated[bool, typer.Option("--nobody", help="It is nobody on the roster.")] = False,
    body: Annotated[str, typer.Option("--for", help="The voice speaks for this body.")] = "",
    same_as: Annotated[str, typer.Option(help="The voice is the same person as this one.")] = "",
    split: Annotated[
        bool, typer.Option("--split", help="From this turn on its voice is somebody else.")
    ] = False,
    finding: Annotated[str, typer.Option(help="The finding it is about: F3; lists quotes.")] = "",
    quote: Annotated[str, typer.Option(help="The candidate to show it with: F3.2.")] = "",
    instead: Annotated[str, typer.Option(help="The quote that gives way: Q7.")] = "",
    undo: Annotated[str, typer.Option(help="Take a decision back: its id, or 'last'.")] = "",
    recording: Annotated[str, typer.Option(help="Which recording, if there are several.")] = "",
    by: Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Correct who spoke: --voice or --turn with --is, --nobody ...; without options, list.

    Or choose the words a finding is shown with: --finding F3, then --quote F3.2 --instead Q7.
    """
    from fgd.core.text import clean
    from fgd.decisions import voices as making
    from fgd.workbench.room import Room

    console: Console = context.obj
    project = console.project()
    room = Room(project, project.session(session))
    asked = {
        "--is": name, "--nobody": nobody, "--for": body, "--same-as": same_as, "--split": split,
        "--quote": quote, "--undo": undo,
    }  # fmt: skip
    chosen = [option for option, value in asked.items() if value]
    _check(chosen, voice, turn, finding)
    if finding and not quote:
        wording.listed(console, room, finding, as_json=json or console.json)
        return
    if not chosen:
        _list(console, room, as_json=json or console.json)
        return
    if room.folder.is_single_file:
        raise InputError(
            "this session is a single file, which has no place for decisions.",
            where=room.folder.source.name,
            remedy=f"Move it into a folder: recordings/{room.folder.name}/",
        )
    reading, log = heard(room), room.log
    by = clean(by or _user())[:80] or "somebody"
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
    if undo:
        taken = _decision(log.decisions, log.effective, undo)
        made = making.undo(taken, by=by, when=when)
    elif quote:
        made = wording.made(room, finding, quote, instead, by=by, when=when)
    elif turn:
        talk, found = _turn(_talks(reading, room, recording), turn)
        if split:
            made = making.split_voice(talk, found.id, by=by, when=when)
        else:
            who = _person(reading, name) if name else ""
            made = making.name_turn(talk, found.id, who, by=by, when=when)
    else:
        talk = _talk_of(_talks(reading, room, recording), voice)
        if body:
            made = making.place_voice(talk, voice, _body(reading, body), by=by, when=when)
        elif same_as:
            made = making.merge_voices(talk, same_as, voice, by=by, when=when)
        else:
            who = _person(reading, name) if name else ""
            made = making.name_voice(talk, voice, who, by=by, when=when)
    room.ledger.add([made], log.version)
    if json or console.json:
        console.data({"decisions": [made]})
        return
    typer.echo(f"{made.id}: {told(made, room.reading())}")
    typer.echo(f"Written to {room.ledger.path}; {rerun(room.folder.id)} takes it in.")


def told(decision: Decision, reading: Reading) -> str:
    """A decision in words."""
    from fgd.decisions.quotes import QUOTE, choice
    from fgd.decisions.voices import INSTITUTION, PARTICIPANT, SAME, SPLIT

    what = decision.target.replace(":", " ", 1)
    if decision.undoes and not decision.value:
        return f"takes back {decision.undoes} ({what})"
    if decision.field == PARTICIPANT:
        person = reading.people.get(decision.value)
        who = person.name if person else decision.value
        return f"{what} is {who or 'nobody on the roster'}"
    if decision.field == INSTITUTION:
        body = reading.bodies.get(decision.value)
        return f"{what} speaks for {body.name if body else decision.value}"
    if decision.field == SAME:
        return f"{what} is also heard at {decision.value} ms"
    if decision.field == QUOTE:
        return f"{what} is shown with {choice(decision).words!r}"
    if decision.field == SPLIT:
        return f"{what} is somebody else from {decision.anchor.start} ms on"
    return f"{what}: {decision.field}"


def _check(chosen: Sequence[str], voice: str, turn: str, finding: str) -> None:
    """What was asked for is one thing, about one thing."""
    if len(chosen) > 1:
        raise InputError(f"{' and '.join(chosen)} are two decisions.", remedy="Make one at a time.")
    what = chosen[0] if chosen else ""
    if not what and (voice or turn):
        raise InputError(
            "nothing was decided about it.", remedy="Add --is NAME, --nobody, --for BODY ..."
        )
    if finding and what not in ("", "--quote"):
        raise InputError(f"{what} is not about a finding.", remedy="Choose with --quote.")
    if what == "--quote" and (voice or turn or not finding):
        raise InputError("--quote is about a finding.", remedy="Name it with --finding.")
    if what == "--undo" and (voice or turn):
        raise InputError("--undo needs the id of a decision only.", remedy="Leave the rest out.")
    if what in ("--for", "--same-as") and (turn or not voice):
        raise InputError(f"{what} is about a voice.", remedy="Name it with --voice.")
    if what == "--split" and (voice or not turn):
        raise InputError("--split is about a turn.", remedy="Name it with --turn.")
    if what in ("--is", "--nobody") and bool(voice) == bool(turn):
        raise InputError(f"{what} is about a voice or a turn.", remedy="Name it: --voice V3.")


def _list(console: Console, room: Room, *, as_json: bool) -> None:
    log = room.log
    if as_json:
        console.data({"decisions": log.decisions, "hold": [d.id for d in log.effective]})
        return
    reading = room.reading()
    hold = {decision.id for decision in log.effective}
    for decision in log.decisions:
        gone = "" if decision.id in hold or decision.undoes else "  (taken back)"
        stamp = f"{decision.when[:16]}  {decision.by}"
        typer.echo(f"{decision.id}  {stamp}: {told(decision, reading)}{gone}")
    if not log.decisions:
        typer.echo("Nobody has decided anything yet.")
    console.issues(log.issues)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id that no name belongs to
        return "somebody"


def _decision(log: Sequence[Decision], hold: Sequence[Decision], wanted: str) -> Decision:
    if wanted == "last":
        if hold:
            return hold[-1]
        raise InputError("there is no decision to take back.")
    for decision in log:
        if decision.id == wanted:
            return decision
    raise InputError(f"there is no decision {wanted!r}.", remedy="fgd decide SESSION lists them.")


def _talks(reading: Reading, room: Room, recording: str) -> tuple[Conversation, ...]:
    """The conversations meant: all, or that of the recording named by id or file name."""
    if not recording:
        return reading.talks
    names = {each.id: each.name for each in room.recordings()}
    found = tuple(t for t in reading.talks if recording in (t.recording, names.get(t.recording)))
    if not found:
        raise InputError(
            f"there is no recording {recording!r}.", remedy=f"Heard: {', '.join(names.values())}."
        )
    return found


def _talk_of(talks: Sequence[Conversation], voice: str) -> Conversation:
    found = [talk for talk in talks if any(turn.voice == voice for turn in talk.turns)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{voice} is heard in several recordings.", remedy="Add --recording.")
    known = ", ".join(dict.fromkeys(t.voice for talk in talks for t in talk.turns))
    raise InputError(f"there is no voice {voice!r}.", remedy=f"Voices heard: {known}.")


def _turn(talks: Sequence[Conversation], wanted: str) -> tuple[Conversation, Turn]:
    """A turn by its id or by a time at which only it is heard."""
    turns = [(talk, turn) for talk in talks for turn in talk.turns]
    for talk, turn in turns:
        if turn.id == wanted:
            return talk, turn
    at = _milliseconds(wanted)
    if at < 0:
        raise InputError(
            f"there is no turn {wanted!r}.", remedy="fgd attribution SESSION --turns lists them."
        )
    timed = [(talk, turn) for talk, turn in turns if talk.timed]
    # The table shows whole seconds: what begins within this one is meant before what goes on.
    found = [each for each in timed if at <= each[1].span.start < at + 1000]
    found = found or [each for each in timed if each[1].span.start <= at < each[1].span.end]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"nobody is heard at {wanted}.", remedy="Name the turn by its id.")
    several = ", ".join(f"{turn.id} ({turn.voice})" for _, turn in found)
    raise InputError(f"several turns are heard at {wanted}.", remedy=f"Name one: {several}.")


def _milliseconds(text: str) -> int:
    """``3:12``, ``0:03:12`` or ``0:03:12.5``; -1 if it is no time."""
    if not re.fullmatch(r"(?:\d+:)?\d{1,2}:\d{2}(?:\.\d{1,3})?", text):
        return -1
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return round(1000 * seconds)


def _person(reading: Reading, wanted: str) -> str:
    known = [(p.id, p.name or p.id, (p.id, p.name, *p.aliases)) for p in reading.people.values()]
    return _meant(wanted, known, "person")


def _body(reading: Reading, wanted: str) -> str:
    known = [(b.id, b.name, (b.id, b.name, b.acronym, *b.aliases)) for b in reading.bodies.values()]
    return _meant(wanted, known, "institution")


def _meant(wanted: str, known: Sequence[tuple[str, str, tuple[str, ...]]], what: str) -> str:
    """The id of the one whose name it is, or part of whose name; a decision is never guessed."""
    from fgd.attribution.names import body_likeness, fold, person_words, words

    exact = [i for i, _, names in known if any(fold(wanted) == fold(n) for n in names if n)]
    asked = set(person_words(wanted) if what == "person" else words(wanted))
    part = [i for i, _, names in known if any(asked and asked <= set(words(n)) for n in names)]
    for found in (list(dict.fromkeys(exact)), list(dict.fromkeys(part))):
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(f"{name} ({i})" for i, name, _ in known if i in found)
            raise InputError(f"{wanted!r} may be several.", remedy=f"Name one: {several}.")
    near = sorted(known, key=lambda k: -max(body_likeness(wanted, n) for n in k[2] if n))[:3]
    listed = ", ".join(name for _, name, _ in near)
    new = "Somebody new goes into participants.csv."
    remedy = f"Nearest: {listed}. {new}" if near else new
    raise InputError(f"no {what} here is called {wanted!r}.", remedy=remedy)
