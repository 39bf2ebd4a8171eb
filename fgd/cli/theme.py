"""``fgd theme ...``: what people decide about themes, written as the next pass reads it.

Every command is a method of ``fgd.coding.Desk`` with its arguments after the session's name.
"""

from __future__ import annotations

import getpass
import inspect
from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Annotated, Any

import typer

from fgd.cli.attribution import heard
from fgd.cli.console import Console, rerun
from fgd.cli.themes import room_of, themed_of
from fgd.core.errors import InputError
from fgd.model import Decision

app = typer.Typer(help="Decide about themes; fgd run takes it in.", no_args_is_help=True)

COMMANDS = {
    "rename": ("Call a theme something else.", "theme", "name"),
    "describe": ("Say what a theme means; also used to find it.", "theme", "text"),
    "merge": ("Count a theme as another one.", "theme", "into"),
    "split": ("Make a theme of its own of what some turns say to a theme.",
              "theme", "name", "turns"),
    "move": ("Put a theme under another one.", "theme", "parent"),
    "lock": ("Take a theme's codings as complete; nothing more is suggested for it.", "theme"),
    "accept": ("Take a theme and its codings as right.", "theme"),
    "reject": ("Take a theme away for good; the like is not suggested again.", "theme"),
    "code": ("Say that a turn is about a theme.", "turn", "theme", "at"),
    "uncode": ("Say that a turn is not about a theme.", "turn", "theme", "at"),
}  # fmt: skip
"""What each command does, and the arguments of its method in their order."""

Argument = typer.Argument
ARGUMENTS: dict[str, Any] = {
    "session": Annotated[str, Argument(help="Session name.")],
    "theme": Annotated[str, Argument(help="Id of the theme; fgd themes lists them.")],
    "name": Annotated[str, Argument(help="The new name.")],
    "text": Annotated[str, Argument(help="The description.")],
    "into": Annotated[str, Argument(help="Id of the theme that stays.")],
    "turns": Annotated[list[str], Argument(help="Ids of the turns that go there.")],
    "parent": Annotated[str, Argument(help="Id of the parent; none: to the top.")],
    "turn": Annotated[str, Argument(help="Id of the turn; fgd find prints it.")],
    "at": Annotated[int, typer.Option(help="Only the unit at this character of the turn.")],
    "by": Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")],
}
DEFAULTS = {"parent": "", "at": -1, "by": ""}


def _command(name: str, arguments: tuple[str, ...]) -> Callable[..., None]:
    """The function of a command, with the signature from which Typer reads its arguments."""

    def run(context: typer.Context, session: str, by: str, **given: Any) -> None:
        _decide(context, session, by, name, [given[each] for each in arguments])

    kinds = {"context": typer.Context}
    kinds |= {each: ARGUMENTS[each] for each in ("session", *arguments, "by")}
    run.__annotations__ = kinds
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # Typer reads it
        [
            Parameter(
                each,
                Parameter.POSITIONAL_OR_KEYWORD,
                default=DEFAULTS.get(each, Parameter.empty),
                annotation=kind,
            )
            for each, kind in kinds.items()
        ]
    )
    return run


for _name, (_told, *_arguments) in COMMANDS.items():
    app.command(_name, help=_told)(_command(_name, tuple(_arguments)))


def _decide(context: typer.Context, session: str, by: str, name: str, arguments: list[Any]) -> None:
    """Write what was decided to ``decisions.jsonl``."""
    from fgd.decisions.themes import Desk
    from fgd.workbench.commands import now

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
    made: Sequence[Decision] = getattr(desk, name)(*arguments)
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
