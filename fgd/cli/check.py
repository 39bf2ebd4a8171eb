"""``fgd check``: participants are asked whether their words and sides are right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fgd.cli.console import ATTENTION, Console, rerun
from fgd.cli.decide import logged_in, to_decide
from fgd.core.errors import InputError

if TYPE_CHECKING:
    from fgd.workbench.checking import ChecksView, Read


def check(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    by: Annotated[
        Literal["person", "institution"], typer.Option(help="One file a person, or institution.")
    ] = "person",
    read: Annotated[
        Path | None, typer.Option(help="Folder with the answers that came back.")
    ] = None,
    follow: Annotated[
        list[str] | None, typer.Option(help="A waiting answer that holds from now on.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="A waiting answer that changes nothing.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write for everybody a file with their own words and sides to check; list who answered.

    With --read take in what came back; with --follow or --keep settle what contradicts decisions.
    """
    from fgd.workbench import checking
    from fgd.workbench.open_session import OpenSession

    console: Console = context.obj
    project = console.project()
    opened = OpenSession(project, project.session(session))
    to_decide(opened)
    if read is not None and (follow or keep):
        raise InputError(
            "reading answers and settling them are two steps.",
            remedy="Read the folder first, then use --follow or --keep.",
        )
    as_json = json or console.json
    if read is not None:
        found = checking.read_answers(opened, read)
        if as_json:
            console.data({"files": found.files, "issues": found.issues})
        else:
            _told(console, found, opened.folder.id)
        if found.issues or any(each.waiting for each in found.files):
            raise typer.Exit(ATTENTION)
        return
    if follow or keep:
        made = checking.settle(opened, follow or (), keep or (), logged_in())
        if as_json:
            console.data({"decisions": made})
        else:
            typer.echo(f"Written to {opened.ledger.path}; {rerun(opened.folder.id)} takes it in.")
        return
    view, files = checking.write_checks(opened, by, logged_in())
    if as_json:
        console.data({"checks": view, "files": [str(path) for path in files]})
        return
    _listed(console, view, files)


def _told(console: Console, found: Read, session: str) -> None:
    rich = console.rich()
    for each in found.files:
        if each.again:
            line = f"{each.file}: {each.who}, read before; nothing changed"
        else:
            many = "1 change" if each.changes == 1 else f"{each.changes} changes"
            wait = f", {each.waiting} wait for you" if each.waiting else ""
            left = f", {each.open} questions left open" if each.open else ""
            line = f"{each.file}: {each.who}, {many}{wait}{left}"
        rich.print(line, markup=False, soft_wrap=True)
    console.issues(found.issues)
    if any(not each.again for each in found.files):
        typer.echo(f"{rerun(session)} takes it in.")
    if any(each.waiting for each in found.files):
        typer.echo(f"What waits is listed by: fgd check {session}")


def _listed(console: Console, view: ChecksView, files: list[Path]) -> None:
    from rich.table import Column, Table

    rich = console.rich()
    file = Column("file", no_wrap=True, min_width=23)
    table = Table(file, "for", "questions", "state", box=None, pad_edge=False)
    for each in view.people:
        table.add_row(each.files[0], each.who, str(each.questions), each.state)
    rich.print(table if view.people else "Nobody is identified, so nobody can be asked.")
    if view.unnamed:
        many = "1 voice is" if view.unnamed == 1 else f"{view.unnamed} voices are"
        rich.print(f"{many} not identified, so nobody is asked about them.", markup=False)
    for answer in view.waiting:
        rich.print(f"{answer.id}  {answer.who}: {answer.asks}", markup=False, soft_wrap=True)
        rich.print(f"          waits, because {answer.why}", markup=False, soft_wrap=True)
    if view.waiting:
        rich.print("Settle each with --follow ID or --keep ID.", markup=False)
    *to_send, listed = files
    for path in (*dict.fromkeys(each.parent for each in to_send), listed):
        typer.echo(str(path))
