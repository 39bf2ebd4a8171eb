"""``fgd programme``: what a programme remembers over its sessions, and what people settle of it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.console import ATTENTION, Console
from fgd.cli.decide import logged_in
from fgd.cli.export import Tables
from fgd.core.errors import InputError

if TYPE_CHECKING:
    from fgd.model import Brief
    from fgd.pipeline.programme_pass import Settling
    from fgd.workspace.project import Project

_PAIR = ("", "")


def programme(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The programme, as session.toml names it.")],
    same: Annotated[
        tuple[str, str], typer.Option(help="Settle that two put the same: --same F3 F17.")
    ] = _PAIR,
    apart: Annotated[
        tuple[str, str], typer.Option(help="Settle that two do not put the same.")
    ] = _PAIR,
    standing: Annotated[
        tuple[str, str], typer.Option(help="Settle where one stands: --standing F3 dropped.")
    ] = _PAIR,
    kept: Annotated[
        tuple[str, str], typer.Option(help="Settle what became of a promise: --kept P2 kept.")
    ] = _PAIR,
    by: Annotated[str, typer.Option(help="Who settles it; default: your user name.")] = "",
    tables: Annotated[Tables | None, typer.Option(help="Write the tables as well.")] = None,
    to: Annotated[Path | None, typer.Option(help="The folder for the tables.")] = None,
) -> None:
    """Show proposals, decisions, promises and positions over the sessions of a programme.

    They are written beside the programme's brief, as a page, a Word document and a workbook.
    """
    from fgd import export
    from fgd.pipeline import programme_pass
    from fgd.workspace.store import write_bytes

    console: Console = context.obj
    project = console.project()
    asked: list[tuple[Settling, tuple[str, str]]] = [
        ("same", same),
        ("apart", apart),
        ("standing", standing),
        ("kept", kept),
    ]
    wanted = [(what, pair) for what, pair in asked if any(pair)]
    if len(wanted) > 1:
        raise InputError("settle one thing at a time.", remedy="Leave the others out.")
    settled = ""
    if wanted:
        last = programme_pass.last_programme(project, name)
        last = last or programme_pass.write_programme(project, name).brief
        settled = _settle(project, last, *wanted[0], by=by or logged_in())
    done = programme_pass.write_programme(project, name)
    files = list(done.files)
    if tables is not None:
        made = export.frame_files(export.registry_frames(done.brief), tables.value)
        folder = to or next(each.parent for each in done.files if each.name == "registry.html")
        target = folder if to else folder / "tables"
        files += [write_bytes(target / each, data) for each, data in sorted(made.items())]
    if console.json:
        console.data(
            {
                "name": done.name,
                "sessions": done.sessions,
                "settled": settled,
                "registry": done.brief.registry,
                "files": [str(path) for path in files],
                "issues": done.issues,
            }
        )
    else:
        rich = console.rich()
        rich.print(f"[bold]{done.name}[/]: {len(done.sessions)} session(s)")
        if settled:
            rich.print(f"Settled: {settled}.", markup=False, soft_wrap=True)
        for line in export.registry_text(done.brief):
            rich.print(line, markup=False, highlight=False, soft_wrap=True)
        console.issues(done.issues)
        for path in files:
            if path.name == "registry.html" or path.parent.name == "tables":
                rich.print(str(path), markup=False, soft_wrap=True)
    if any(issue.level == "error" for issue in done.issues):
        raise typer.Exit(ATTENTION)


def _settle(
    project: Project, brief: Brief, what: Settling, pair: tuple[str, str], *, by: str
) -> str:
    """Write down what a person settles, and return it as a sentence."""
    from fgd.pipeline import programme_pass
    from fgd.workbench.changes import sentence
    from fgd.workbench.open_session import OpenSession

    when = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    folder, made = programme_pass.settle(project, brief, what, *pair, by=by, when=when)
    opened = OpenSession(project, folder)
    opened.record((made,), opened.log.version)
    return sentence(opened.reading(), opened.log, made)
