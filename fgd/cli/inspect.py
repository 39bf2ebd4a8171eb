"""``fgd status`` and ``fgd transcript``: looking at what is there, without changing anything."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fgd.cli.console import Console, rerun

if TYPE_CHECKING:
    from fgd.export import Line


def status(context: typer.Context) -> None:
    """List the sessions, how far each has come, and what needs a person."""
    from fgd.workspace.status import status as look

    console: Console = context.obj
    project = console.project()
    folders, problems = project.sessions()
    states = [look(project, folder) for folder in folders]
    if console.json:
        console.data({"sessions": states, "issues": problems})
        return
    from rich.table import Table

    table = Table("session", "state", "steps done", "briefs", "issues", box=None, pad_edge=False)
    for state in states:
        worst = ", ".join(f"{count} {level}" for level, count in state.issues.items() if count)
        table.add_row(
            state.session,
            state.state,
            " ".join(state.steps) or "-",
            state.briefs or "-",
            worst or "-",
        )
    console.rich().print(table if states else "No sessions yet.")
    console.issues((*problems, *(error for state in states for error in state.errors)))


def transcript(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    form: Annotated[
        Literal["text", "vtt", "srt", "csv", "json"],
        typer.Option("--format", help="How to print it."),
    ] = "text",
) -> None:
    """Print the transcript of a session that has been run."""
    from fgd import pipeline
    from fgd.core.errors import ProjectError

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    lines = pipeline.stored_lines(pipeline.SessionContext(project, folder))
    if not lines:
        raise ProjectError(
            "there is no transcript yet.", where=folder.name, remedy=f"Run: {rerun(folder.id)}"
        )
    sys.stdout.write(_printed("json" if console.json else form, lines))


def _printed(form: str, lines: Sequence[Line]) -> str:
    from fgd.export import captions, tables
    from fgd.export.line import clock

    if form == "vtt":
        return captions.webvtt(lines)
    if form == "srt":
        return captions.srt(lines)
    if form == "csv":
        return tables.transcript_csv(lines)
    if form == "json":
        import msgspec

        return msgspec.json.encode(lines).decode() + "\n"
    printed = []
    for line in lines:
        stamp = f"[{clock(line.span.start)}] " if line.timed else ""
        doubt = " (?)" if line.flags else ""
        printed.append(f"{stamp}{line.speaker}: {line.text}{doubt}\n")
    return "".join(printed)
