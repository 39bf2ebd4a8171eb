"""``fgd retention``: what is to be deleted, and when."""

from __future__ import annotations

import datetime
from typing import Annotated

import typer

from fgd.cli.console import FAILED, Console


def retention(
    context: typer.Context,
    delete: Annotated[bool, typer.Option("--delete", help="Delete what is due today.")] = False,
) -> None:
    """List what keep_days says is to be deleted, and when; with --delete, delete what is due."""
    from fgd.pipeline.retention import delete_due, planned
    from fgd.workspace.deleted import LOG

    console: Console = context.obj
    project, today = console.project(), datetime.date.today()
    found, issues = delete_due(project, today) if delete else planned(project)
    if console.json:
        rows = [
            {"session": due.session, "what": due.what, "on": due.on, "due": due.on <= today,
             "files": len(due.files), "bytes": due.size} for due in found
        ]  # fmt: skip
        console.data({"deleted" if delete else "planned": rows, "issues": issues})
    else:
        for due in found:
            when = "deleted" if delete else "due" if due.on <= today else "to keep until"
            typer.echo(f"{when} {due}" if delete else f"{due.on}  {when:13}  {due}")
        if not found and not issues:
            nothing = "is due today" if delete else "has a day: keep_days sets none"
            typer.echo(f"Nothing {nothing}.")
        elif delete and found:
            typer.echo(f"Told in {LOG}. Backups are out of reach: delete there, too.")
        elif any(due.on <= today for due in found):
            typer.echo("Delete what is due with: fgd retention --delete")
        console.issues(issues)
    if any(issue.level == "error" for issue in issues):
        raise typer.Exit(FAILED)
