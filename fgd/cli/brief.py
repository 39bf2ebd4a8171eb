"""``fgd brief``: what several sessions say about a topic, or add up to in a programme."""

from __future__ import annotations

from typing import Annotated

import typer

from fgd.cli.console import ATTENTION, Console
from fgd.core.errors import ProjectError


def brief(
    context: typer.Context,
    topic: Annotated[
        str, typer.Option(help="A theme, by its id or name: everything said about it.")
    ] = "",
    programme: Annotated[
        str, typer.Option(help="A programme, as session.toml names it: all of its sessions.")
    ] = "",
) -> None:
    """Write a brief over sessions that have been run: on a topic, or on a programme."""
    from fgd.pipeline import programme as gathered

    console: Console = context.obj
    if bool(topic) == bool(programme):
        raise ProjectError(
            "name either a topic or a programme.",
            remedy="For example: fgd brief --topic mediator-roles",
        )
    project = console.project()
    write = gathered.write_topic if topic else gathered.write_programme
    done = write(project, topic or programme)
    if console.json:
        console.data(
            {
                "name": done.name,
                "sessions": done.sessions,
                "files": [str(path) for path in done.files],
                "issues": done.issues,
            }
        )
    else:
        rich = console.rich()
        many = "session" if len(done.sessions) == 1 else "sessions"
        rich.print(f"[bold]{done.name}[/]: {len(done.sessions)} {many}")
        console.issues(done.issues)
        for path in done.files:
            if path.name == "brief.html":
                rich.print(f"  [bold]{path}[/]", soft_wrap=True)
    if any(issue.level == "error" for issue in done.issues):
        raise typer.Exit(ATTENTION)
