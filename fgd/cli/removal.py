"""``fgd withdraw`` and ``fgd retention``: take a person out, and delete what is due."""

from __future__ import annotations

import datetime
import getpass
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.console import ATTENTION, FAILED, Console
from fgd.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fgd.disclosure.remains import Left
    from fgd.pipeline.rewriting import Plan

_SHOWN = 40
_BEYOND = (
    "Out of reach: backups, disks from which files were deleted, copies that people have, and the "
    "history of a version control."
)


def withdraw(
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Name or id, as fgd attribution shows it.")] = "",
    session: Annotated[
        str, typer.Option(help="Only out of this session; default: out of all.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Rewrite the recordings and transcripts people gave.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish a withdrawal that was interrupted.")
    ] = False,
) -> None:
    """Take a person out of recordings, transcripts, notes and caches, and look for what is left."""
    from fgd.pipeline import withdrawal

    console: Console = context.obj
    project = console.project()
    if resume:
        _told(console, withdrawal.finish(project), "")
        return
    if not person.strip():
        raise InputError("nobody is named.", remedy='For example: fgd withdraw "Ana Lee" --dry-run')
    withdrawal.refuse_if_interrupted(project)
    planned = withdrawal.plan(project, person, session)
    if dry_run or not yes:
        _show(console, planned)
        if not dry_run:
            again = ["fgd", "withdraw", person, *(["--session", session] if session else [])]
            if not console.json:
                typer.echo(f"Nothing was changed. To do it: {shlex.join([*again, '--yes'])}")
            raise typer.Exit(ATTENTION)
        return
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    left = withdrawal.withdraw(project, planned, by=getpass.getuser(), when=now)
    _told(console, left, planned.tombstone)


def _show(console: Console, planned: Plan) -> None:
    rows = [
        {
            "session": part.session,
            "took_part": part.person is not None,
            "turns": sum(map(len, part.turns.values())),
            "seconds": part.speech // 1000,
            "notes": part.notes,
            "rewritten": part.rewritten,
        }
        for part in planned.parts
    ]
    if console.json:
        console.data({"person": planned.name, "sessions": rows, "beyond": _BEYOND})
        return
    typer.echo(f"Withdrawing {planned.name} changes:")
    for part in planned.parts:
        turns = sum(map(len, part.turns.values()))
        many = f"{turns} turn" + ("" if turns == 1 else "s")
        spoken = f", {part.speech / 60_000:.1f} min" if part.speech and part.is_timed else ""
        did = f"{many}{spoken}" if part.person is not None else "is only named there"
        typer.echo(f"  {part.session}: {did}")
        for name in part.rewritten:
            typer.echo(f"    {name} is rewritten")
        for note in part.notes:
            typer.echo(f"    {note}")
    typer.echo("  All that was made of these sessions is deleted; fgd run makes it anew.")
    typer.echo(f"  {_BEYOND}")


def _told(console: Console, left: Sequence[Left], tombstone: str) -> None:
    if console.json:
        console.data({"withdrawn": tombstone, "left": left, "beyond": _BEYOND})
    else:
        if tombstone:
            typer.echo(f"Withdrawn; decisions about this person are about {tombstone} now.")
        if left:
            typer.echo(f"{len(left)} places still hold something of them:", err=True)
            for each in left[:_SHOWN]:
                typer.echo(f"  {each}", err=True)
            if len(left) > _SHOWN:
                typer.echo(f"  and {len(left) - _SHOWN} more", err=True)
            typer.echo("Delete or change these by hand; fgd withdraw NAME looks again.", err=True)
        else:
            typer.echo("Every file of the project was looked through: nothing of them is left.")
        typer.echo("Run fgd run, so that briefs are made without them.")
        typer.echo(_BEYOND)
    if left:
        raise typer.Exit(FAILED)


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
