"""``fgd theme ...``: what people decide about themes, written as the next pass reads it."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.attribution import heard
from fgd.cli.console import Console, rerun
from fgd.cli.themes import room_of, themed_of
from fgd.errors import InputError
from fgd.model import Decision

if TYPE_CHECKING:
    from fgd.themes import Desk

app = typer.Typer(help="Decide about themes; fgd run takes it in.", no_args_is_help=True)

SessionName = Annotated[str, typer.Argument(help="Session name.")]
ThemeId = Annotated[str, typer.Argument(help="Id of the theme; fgd themes lists them.")]
By = Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")]
Place = Annotated[int, typer.Option("--at", help="Only the unit at this character of the turn.")]


@app.command()
def rename(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    name: Annotated[str, typer.Argument(help="The new name.")],
    by: By = "",
) -> None:
    """Call a theme something else."""
    _decide(context, session, by, lambda desk: desk.rename(theme, name))


@app.command()
def describe(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    text: Annotated[str, typer.Argument(help="What it means; also used to find it.")],
    by: By = "",
) -> None:
    """Say what a theme means."""
    _decide(context, session, by, lambda desk: desk.describe(theme, text))


@app.command()
def merge(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    into: Annotated[str, typer.Argument(help="Id of the theme that stays.")],
    by: By = "",
) -> None:
    """Count a theme as another one."""
    _decide(context, session, by, lambda desk: desk.merge(theme, into))


@app.command()
def split(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    name: Annotated[str, typer.Argument(help="Name of the new theme.")],
    turns: Annotated[list[str], typer.Argument(help="Ids of the turns that go there.")],
    by: By = "",
) -> None:
    """Make a theme of its own of what some turns say to a theme."""
    _decide(context, session, by, lambda desk: desk.split(theme, name, turns))


@app.command()
def move(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    parent: Annotated[str, typer.Argument(help="Id of the parent; none: to the top.")] = "",
    by: By = "",
) -> None:
    """Put a theme under another one."""
    _decide(context, session, by, lambda desk: desk.move(theme, parent))


@app.command()
def lock(context: typer.Context, session: SessionName, theme: ThemeId, by: By = "") -> None:
    """Take a theme's codings as complete; nothing more is suggested for it."""
    _decide(context, session, by, lambda desk: desk.lock(theme))


@app.command()
def accept(context: typer.Context, session: SessionName, theme: ThemeId, by: By = "") -> None:
    """Take a theme and its codings as right."""
    _decide(context, session, by, lambda desk: desk.accept(theme))


@app.command()
def reject(context: typer.Context, session: SessionName, theme: ThemeId, by: By = "") -> None:
    """Take a theme away for good; the like is not suggested again."""
    _decide(context, session, by, lambda desk: desk.reject(theme))


@app.command()
def code(
    context: typer.Context,
    session: SessionName,
    turn: Annotated[str, typer.Argument(help="Id of the turn; fgd find prints it.")],
    theme: ThemeId,
    at: Place = -1,
    by: By = "",
) -> None:
    """Say that a turn is about a theme."""
    _decide(context, session, by, lambda desk: desk.code(turn, theme, at))


@app.command()
def uncode(
    context: typer.Context,
    session: SessionName,
    turn: Annotated[str, typer.Argument(help="Id of the turn; fgd find prints it.")],
    theme: ThemeId,
    at: Place = -1,
    by: By = "",
) -> None:
    """Say that a turn is not about a theme."""
    _decide(context, session, by, lambda desk: desk.uncode(turn, theme, at))


def _decide(
    context: typer.Context,
    session: str,
    by: str,
    choose: Callable[[Desk], Sequence[Decision]],
) -> None:
    """Write what was decided to ``decisions.jsonl``."""
    from fgd.review.commands import now
    from fgd.themes import Desk

    console: Console = context.obj
    room = room_of(console, session)
    if room.folder.is_single_file:
        raise InputError(
            "this session is a single file, which has no place for decisions.",
            where=room.folder.source.name,
            remedy=f"Move it into a folder: recordings/{room.folder.name}/",
        )
    turns = [turn for talk in heard(room).talks for turn in talk.turns]
    version = room.log.version
    desk = Desk(themed_of(room), turns, by=(by or _user())[:80], when=now())
    made = choose(desk)
    if not made:
        raise InputError("nothing was decided: there is no such place in this turn.")
    room.ledger.add(made, version)
    if console.json:
        console.data({"decisions": made})
        return
    for decision in made:
        typer.echo(f"{decision.id}: {decision.field} {decision.target}")
    typer.echo(f"Written to {room.ledger.path}; {rerun(room.folder.id)} takes it in.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
