"""``fgd propositions``: what was put to the room, who answered what, and correcting either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from fgd.cli.attribution import heard
from fgd.cli.console import Console, rerun
from fgd.core.errors import InputError, ProjectError
from fgd.core.text import clock
from fgd.model import PropositionKind, Side

if TYPE_CHECKING:
    from fgd.workbench.brief_view import PropositionsView, Said
    from fgd.workbench.changes import Command
    from fgd.workbench.open_session import OpenSession

KINDS = (*get_args(PropositionKind), "none")
SIDES = (*get_args(Side), "none")


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
    """The change that options of ``fgd decide`` ask for; ``turn`` is the id of a turn.

    Raises ``InputError`` for options that do not belong together or name nothing.
    """
    from fgd.workbench import changes
    from fgd.workbench.brief_view import proposition_of, response_of

    view = _read(opened)
    _check(proposition, response, words, kind, side, to)
    if proposition:
        said = proposition_of(view, proposition).said
        return changes.PutProposition(said.turn, said.start, said.end, _one_of(KINDS, kind))  # type: ignore[arg-type] # one of them
    if response:
        answered, answer = response_of(view, response)
        target = proposition_of(view, to) if to else answered
        said, chosen = answer.said, side or answer.side
    else:
        said = _place(view, turn, words)
        if kind:
            return changes.PutProposition(said.turn, said.start, said.end, _one_of(KINDS, kind))  # type: ignore[arg-type] # one of them
        target, chosen = proposition_of(view, to), side
    side = _one_of(SIDES, chosen)
    return changes.Answer(said.turn, said.start, said.end, target.id, side)  # type: ignore[arg-type] # one of them


def _check(proposition: str, response: str, words: str, kind: str, side: str, to: str) -> None:
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
    """Words of a turn, exactly as they stand there and only once."""
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


def _one_of(known: tuple[str, ...], wanted: str) -> str:
    if wanted not in known:
        raise InputError(f"{wanted!r} is none of them.", remedy=f"Use {', '.join(known)}.")
    return wanted


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
