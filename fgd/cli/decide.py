"""``fgd decide``, ``propositions`` and ``circulation``: write what a person knows better.

The pages write the same: a correction, who answered what, which words may circulate.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, TypeVar, get_args

import typer

from fgd.cli.attribution import heard
from fgd.cli.console import Console, rerun
from fgd.core.clock import clock
from fgd.core.errors import InputError, ProjectError
from fgd.model import Conversation, Decision, PropositionKind, Side, Turn

if TYPE_CHECKING:
    from fgd.workbench.brief_view import FindingView, PropositionsView, Said
    from fgd.workbench.changes import Command
    from fgd.workbench.circulation_view import CirculationView, Place
    from fgd.workbench.open_session import OpenSession, Reading


Kind: TypeAlias = PropositionKind | Literal["none"]
Stance: TypeAlias = Side | Literal["none"]

KINDS: tuple[Kind, ...] = (*get_args(PropositionKind), "none")
SIDES: tuple[Stance, ...] = (*get_args(Side), "none")

One = TypeVar("One", bound=str)


def propositions(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what was put to the room, who answered what, and what people settled."""
    from fgd.workbench.open_session import OpenSession

    console: Console = context.obj
    project = console.project()
    opened = OpenSession(project, project.session(session))
    view = _read(opened)
    if json or console.json:
        console.data(
            {"propositions": view.propositions, "pending": view.pending, "unread": view.unread}
        )
        return
    rich = console.rich()
    for each in view.propositions:
        mark = _mark(each.by, each.confidence)
        rich.print(
            f"{each.number}  {each.kind} by {_spoken(each.said)}{mark}",
            markup=False,
            style="bold",
            soft_wrap=True,
        )
        rich.print(f'    "{each.said.text}"', markup=False, soft_wrap=True)
        for answer in each.responses:
            instead = f" ({answer.instead})" if answer.instead else ""
            mark = _mark(answer.by, answer.confidence)
            line = f"    {answer.number}  {answer.side}{instead}: {_spoken(answer.said)}{mark}"
            rich.print(f'{line} "{answer.said.text}"', markup=False, soft_wrap=True)
        if not each.responses:
            told = "nobody answered this" if each.unanswered else "no response was read"
            rich.print(f"    {told}", markup=False, style="dim")
    if not view.propositions:
        rich.print("Nothing was read as put to the room.")
    if view.unread:
        rich.print(f"Responses are not read in: {', '.join(view.unread)}.", markup=False)


def command_for(
    opened: OpenSession,
    turn: str,
    *,
    proposition: str,
    response: str,
    words: str,
    kind: str,
    side: str,
    to: str,
) -> Command:
    """Return the change that options of ``fgd decide`` ask for; ``turn`` is the id of a turn.

    Raises ``InputError`` for options that do not belong together or name nothing.
    """
    from fgd.workbench import changes
    from fgd.workbench.brief_view import proposition_of, response_of

    view = _read(opened)
    _check_answer(proposition, response, words, kind, side, to)
    if proposition:
        said = proposition_of(view, proposition).said
        return changes.PutProposition(said.turn, said.start, said.end, _one_of(KINDS, kind))
    if response:
        answered, answer = response_of(view, response)
        target = proposition_of(view, to) if to else answered
        said, chosen = answer.said, side or answer.side
    else:
        said = _place(view, turn, words)
        if kind:
            return changes.PutProposition(said.turn, said.start, said.end, _one_of(KINDS, kind))
        target, chosen = proposition_of(view, to), side
    stance = _one_of(SIDES, chosen)
    return changes.Answer(said.turn, said.start, said.end, target.id, stance)


def _check_answer(
    proposition: str, response: str, words: str, kind: str, side: str, to: str
) -> None:
    """What was asked for is one thing, and complete."""
    about = [
        option
        for option, value in (
            ("--proposition", proposition), ("--response", response), ("--words", words),
        )
        if value
    ]  # fmt: skip
    if len(about) != 1:
        named = " and ".join(about) or "nothing"
        raise InputError(
            f"{named} cannot be decided about at once.",
            remedy="Name one: --proposition P3, --response P3.2, or --words with --turn.",
        )
    if proposition and (not kind or side or to):
        raise InputError("a proposition has a kind.", remedy=f"Add --kind {'|'.join(KINDS)}.")
    if response and (kind or not (side or to)):
        remedy = f"Add --side {'|'.join(SIDES)}, or --to another proposition."
        raise InputError("a response has a side and a proposition.", remedy=remedy)
    if words and bool(kind) == bool(side and to):
        raise InputError(
            "words are a proposition or a response.",
            remedy="Add --kind proposal, or --side against --to P3.",
        )


def _place(view: PropositionsView, turn: str, words: str) -> Said:
    """Return words of a turn, exactly as they stand there and only once."""
    from fgd.workbench.brief_view import Said

    for each in view.turns:
        if each.id == turn:
            count = each.text.count(words)
            if count == 1:
                start = each.text.index(words)
                return Said(turn, start, start + len(words), words, each.who, each.at)
            raise InputError(
                f"these words stand in this turn {count} times.",
                where=turn,
                remedy="Copy them from the transcript, long enough to stand there once.",
            )
    raise InputError("--words needs the turn they stand in.", remedy="Add --turn with its id.")


def _one_of(known: tuple[One, ...], wanted: str) -> One:
    for each in known:
        if each == wanted:
            return each
    raise InputError(f"{wanted!r} is none of them.", remedy=f"Use {', '.join(known)}.")


def _read(opened: OpenSession) -> PropositionsView:
    """The propositions of a session. Raises ``ProjectError`` if nobody looked for them yet."""
    from fgd.workbench.brief_view import propositions as look

    heard(opened)
    view = look(opened)
    if not view.built:
        raise ProjectError(
            "propositions have not been read yet.",
            where=opened.folder.name,
            remedy=f"Run: {rerun(opened.folder.id)}",
        )
    return view


def _spoken(said: Said) -> str:
    stamp = f" at {clock(said.at)}" if said.at >= 0 else ""
    return f"{said.who}{stamp} [{said.turn}]"


def _mark(by: str, confidence: float) -> str:
    return f", decided by {by}" if by else f", {confidence:.2f}"


def decide(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    voice: Annotated[str, typer.Option(help="The voice it is about: V3.")] = "",
    turn: Annotated[str, typer.Option(help="The turn it is about: its id, or 0:03:12.")] = "",
    name: Annotated[str, typer.Option("--is", help="Who it is: a name on the roster.")] = "",
    label: Annotated[
        str, typer.Option("--name", help="A name on the transcripts, with --is.")
    ] = "",
    unlike: Annotated[str, typer.Option("--is-not", help="The --name is not this person.")] = "",
    nobody: Annotated[bool, typer.Option("--nobody", help="It is nobody on the roster.")] = False,
    body: Annotated[str, typer.Option("--for", help="The voice speaks for this body.")] = "",
    same_as: Annotated[str, typer.Option(help="The voice is the same person as this one.")] = "",
    split: Annotated[
        bool, typer.Option("--split", help="From this turn on its voice is somebody else.")
    ] = False,
    finding: Annotated[str, typer.Option(help="The finding it is about: F3; lists quotes.")] = "",
    quote: Annotated[str, typer.Option(help="The candidate to show it with: F3.2.")] = "",
    instead: Annotated[str, typer.Option(help="The quote that gives way: Q7.")] = "",
    proposition: Annotated[str, typer.Option(help="The proposition it is about: P3.")] = "",
    response: Annotated[str, typer.Option(help="The response it is about: P3.2.")] = "",
    words: Annotated[str, typer.Option(help="Words of --turn that put or answer something.")] = "",
    kind: Annotated[str, typer.Option(help="They are a proposal, question, claim, or none.")] = "",
    side: Annotated[str, typer.Option(help="They are for, against, condition ... or none.")] = "",
    to: Annotated[str, typer.Option(help="The proposition they answer: P5.")] = "",
    undo: Annotated[str, typer.Option(help="Take a decision back: its id, or 'last'.")] = "",
    change: Annotated[str, typer.Option(help="Any decision that a page can make, as JSON.")] = "",
    recording: Annotated[str, typer.Option(help="Which recording, if there are several.")] = "",
    by: Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Correct who spoke: --voice or --turn with --is, --nobody ...; without options, list.

    Or choose the words a finding is shown with: --finding F3, then --quote F3.2 --instead Q7.
    Or say that two names on the transcripts are one person: --name "Ana Lee" --is "Anna Lee".
    Or correct who answered what: --response P3.2 --side against, --proposition P3 --kind none.
    Or whatever else a page decides: --change '{"type": "overlap", "turns": [...], "others": true}'.
    """
    from fgd.workbench import changes
    from fgd.workbench.open_session import OpenSession

    console: Console = context.obj
    project = console.project()
    opened = OpenSession(project, project.session(session))
    asked = {
        "--is": name, "--nobody": nobody, "--for": body, "--same-as": same_as, "--split": split,
        "--quote": quote, "--undo": undo, "--is-not": unlike, "--change": change,
    }  # fmt: skip
    chosen = [option for option, value in asked.items() if value]
    if label or unlike:
        if not label or chosen not in (["--is"], ["--is-not"]) or voice or turn or finding:
            raise InputError(
                "one name is compared with one other.",
                remedy='For example: fgd decide SESSION --name "Ana Lee" --is "Anna Lee".',
            )
        judged = changes.JudgeNames(label, name or unlike, not unlike)
        write_down(console, opened, [judged], by=by, as_json=json)
        return
    if proposition or response or words or kind or side or to:
        _check([*chosen, "--kind or --side"], "", "", finding)
        reading = to_decide(opened)
        at = _turn(_talks(reading, opened, recording), turn)[1].id if turn else ""
        asked_for = command_for(
            opened, at, proposition=proposition, response=response, words=words, kind=kind,
            side=side, to=to,
        )  # fmt: skip
        write_down(console, opened, [asked_for], by=by, as_json=json)
        return
    _check(chosen, voice, turn, finding)
    if finding and not quote:
        _list_quotes(console, opened, finding, as_json=json or console.json)
        return
    if not chosen:
        _list(console, opened, as_json=json or console.json)
        return
    reading, log = to_decide(opened), opened.log
    command: changes.Command
    if change:
        command = changes.read_command(change)
    elif undo:
        command = changes.Undo(_decision(log.decisions, log.effective, undo).id)
    elif quote:
        command = changes.ChooseQuote(_finding(opened, finding).proposition, quote, instead)
    elif turn:
        _, found = _turn(_talks(reading, opened, recording), turn)
        who = _person(reading, name) if name else ""
        command = changes.SplitVoice(found.id) if split else changes.NameTurns([found.id], who)
    else:
        heard_in = _talk_of(_talks(reading, opened, recording), voice).recording
        if body:
            command = changes.PlaceVoice(heard_in, voice, _body(reading, body))
        elif same_as:
            command = changes.MergeVoices(heard_in, same_as, voice)
        else:
            command = changes.NameVoice(heard_in, voice, _person(reading, name) if name else "")
    write_down(console, opened, [command], by=by, as_json=json)


def to_decide(opened: OpenSession) -> Reading:
    """Tell what a session says, to decide about it.

    Raises ``InputError`` where there is no place for decisions, ``ProjectError`` if nobody was
    heard yet.
    """
    folder = opened.folder
    if folder.is_single_file:
        raise InputError(
            "this session is a single file, which has no place for decisions.",
            where=folder.source.name,
            remedy=f"Move it into a folder: recordings/{folder.name}/",
        )
    return heard(opened)


def write_down(
    console: Console,
    opened: OpenSession,
    commands: list[Command],
    *,
    by: str = "",
    as_json: bool = False,
) -> None:
    """Make decisions as the person who is logged in, and print what was written.

    Raises ``InputError`` where there is nothing to decide about.
    """
    from fgd.decisions.kinds import in_session
    from fgd.workbench import changes

    folder = opened.folder
    change = changes.Change((by or logged_in())[:80], opened.log.version, commands)
    made, log = changes.apply(opened, change)
    if not made:
        raise InputError(
            "nothing was decided: that is how it is already.",
            remedy="Look at what stands there with: fgd attribution SESSION",
        )
    if as_json or console.json:
        console.data({"decisions": made})
        return
    for decision in made:
        typer.echo(f"{decision.id}: {changes.sentence(opened.reading(), log, decision)}")
    then = f"; {rerun(folder.id)} takes it in" if in_session(made) else ""
    typer.echo(f"Written to {opened.ledger.path}{then}.")


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
    if what in ("--undo", "--change") and (voice or turn):
        raise InputError(f"{what} says all there is to say.", remedy="Leave the rest out.")
    if what in ("--for", "--same-as") and (turn or not voice):
        raise InputError(f"{what} is about a voice.", remedy="Name it with --voice.")
    if what == "--split" and (voice or not turn):
        raise InputError("--split is about a turn.", remedy="Name it with --turn.")
    if what in ("--is", "--nobody") and bool(voice) == bool(turn):
        raise InputError(f"{what} is about a voice or a turn.", remedy="Name it: --voice V3.")


def _list(console: Console, opened: OpenSession, *, as_json: bool) -> None:
    from fgd.workbench.changes import sentence, signer

    log = opened.log
    if as_json:
        console.data({"decisions": log.decisions, "hold": [d.id for d in log.effective]})
        return
    reading = opened.reading()
    hold = {decision.id for decision in log.effective}
    for decision in log.decisions:
        gone = "" if decision.id in hold or decision.undoes else "  (taken back)"
        stamp = f"{decision.when[:16]}  {signer(reading, decision.by)}"
        typer.echo(f"{decision.id}  {stamp}: {sentence(reading, log, decision)}{gone}")
    if not log.decisions:
        typer.echo("Nobody has decided anything yet.")
    console.issues(log.issues)


def logged_in() -> str:
    """Return the name of whoever is logged in."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id that no name belongs to
        return "somebody"


def _decision(log: Sequence[Decision], hold: Sequence[Decision], wanted: str) -> Decision:
    if wanted == "last":
        if hold:
            return hold[-1]
        raise InputError(
            "there is no decision to take back.", remedy="Nothing has to be done: all are undone."
        )
    for decision in log:
        if decision.id == wanted:
            return decision
    raise InputError(f"there is no decision {wanted!r}.", remedy="fgd decide SESSION lists them.")


def _talks(reading: Reading, opened: OpenSession, recording: str) -> tuple[Conversation, ...]:
    """Return the conversations meant: all, or that of the recording named by id or file name."""
    if not recording:
        return reading.talks
    names = {each.id: each.name for each in opened.recordings()}
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
    """Return a turn by its id or by a time at which only it is heard."""
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


def _list_quotes(console: Console, opened: OpenSession, finding: str, *, as_json: bool) -> None:
    """Print what a finding is shown with and what else it could be, each with its key."""
    found = _finding(opened, finding)
    if as_json:
        console.data({"finding": found})
        return
    typer.echo(f"{found.id}. {found.sentence}")
    for title, words in (("shown with", found.quotes), ("could be shown with", found.candidates)):
        typer.echo(f"  {title}:")
        for each in words:
            mark = " (chosen, waits for a run)" if each.waits else " (gives way)" * each.gone
            typer.echo(f"  {each.key:6} {each.text}{mark}")


def _finding(opened: OpenSession, wanted: str) -> FindingView:
    """Return a finding by its number in the brief, or the id of its proposition."""
    from fgd.workbench.brief_view import findings as listed

    findings = listed(opened).findings
    for each in findings:
        names = (each.id, each.proposition)
        if wanted.strip().casefold() in (name.casefold() for name in names):
            return each
    known = ", ".join(each.id for each in findings)
    remedy = f"Findings: {known}." if known else "Run: fgd run"
    raise InputError(f"there is no finding {wanted!r}.", remedy=remedy)


def circulation(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    release: Annotated[
        list[str] | None, typer.Option(help="Words, or the number of a place, that may be printed.")
    ] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Words, or the number of a place, never printed.")
    ] = None,
    reword: Annotated[
        list[str] | None,
        typer.Option(help="WORDS=OTHERS, or NUMBER=OTHERS: printed instead, in square brackets."),
    ] = None,
    released: Annotated[
        bool, typer.Option("--released", help="You looked at the edition: it may be passed on.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also places that stay withheld and need no look.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List what the circulation edition withholds because nobody knows that it is harmless.

    With --release, --withhold or --reword decide about words, with --released let the edition go.
    """
    from fgd.workbench import changes
    from fgd.workbench.circulation_view import circulation as looked_at
    from fgd.workbench.open_session import OpenSession

    console: Console = context.obj
    project = console.project()
    opened = OpenSession(project, project.session(session))
    to_decide(opened)
    view = looked_at(opened)
    asked: list[Command] = [
        *(made for each in release or () for made in _decided(view, each, "release")),
        *(made for each in withhold or () for made in _decided(view, each, "withhold")),
        *(changes.Reword(*_instead(view, each)) for each in reword or ()),
    ]
    if released and asked:
        raise InputError(
            "words and the edition are two decisions.",
            remedy="Decide about the words, run again, look, then use --released.",
        )
    if released:
        asked = [changes.LetGo(view.edition)]
    if asked:
        write_down(console, opened, asked, by=by, as_json=json)
        return
    if json or console.json:
        console.data({"circulation": view})
        return
    rich = console.rich()
    asked_for = [place for place in view.places if not place.aside]
    for place in view.places if everything else asked_for:
        quotes = " / ".join(
            "".join(f"[{text}]" if doubt else text for text, doubt in quote)
            for quote in place.parts
        )
        shown = f"{place.number:3}  {place.quote}  {place.why}: {quotes}"
        rich.print(shown, markup=False, soft_wrap=True)
    share = 100 * view.withheld / view.words if view.words else 0
    state = f"released by {view.released}" if view.released else "not released yet"
    if view.stale:
        state = "changed since it was released, so not released any more"
        state += f" ({view.why})" if view.why else ""
    many = "1 finding waits" if view.waiting == 1 else f"{view.waiting} findings wait"
    waiting = f", {many}" if view.waiting else ""
    summary = f"{len(asked_for)} places, {share:.0f}% of the words of its quotes{waiting}; {state}"
    if aside := len(view.places) - len(asked_for):
        summary += f". {aside} more stay withheld and need no look (--all lists them)"
    rich.print(summary, style="bold", markup=False, soft_wrap=True)


def _decided(
    view: CirculationView, wanted: str, way: Literal["release", "withhold"]
) -> Iterator[Command]:
    """Decide about a place by its number, with every clause of it, or about words as given."""
    from fgd.workbench.changes import Circulate

    place = _numbered(view, wanted)
    for words in (place.words, *place.also) if place else (wanted.strip(),):
        yield Circulate(words, way, place is not None and place.whole)


def _numbered(view: CirculationView, wanted: str) -> Place | None:
    """Return the place with a number; none where words were given."""
    if not wanted.strip().isdigit():
        return None
    for place in view.places:
        if place.number == int(wanted):
            return place
    raise InputError(f"there is no place {wanted}.", remedy=f"Places: 1 to {len(view.places)}.")


def _instead(view: CirculationView, wanted: str) -> tuple[str, str]:
    """Return the words that are said, and those to be printed instead."""
    said, sign, instead = wanted.partition("=")
    if not sign or not said.strip() or not instead.strip():
        raise InputError(f"{wanted!r} does not say what to print.", remedy="Write 7=other words.")
    place = _numbered(view, said)
    return place.words if place else said.strip(), instead.strip()
