"""Start the command: its options, its sub-commands, and how errors leave it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import fgd
from fgd.cli import (
    attribution,
    check,
    decide,
    export,
    facilitation,
    find,
    intake,
    machine,
    programme,
    removal,
    run,
    serve,
    themes,
)
from fgd.cli.console import FAILED, INTERRUPTED, USAGE, Console
from fgd.core.errors import FgdError, file_error
from fgd.core.settings import turn_off_telemetry
from fgd.workspace.project import Project

app = typer.Typer(
    help="From the recording of a focus group discussion to a brief, on this machine alone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    context: typer.Context,
    project: Annotated[
        Path | None,
        typer.Option(help="Folder that holds recordings/ and outputs/; default: here or above."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for machines.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """From the recording of a focus group discussion to a brief, on this machine alone."""
    if version:
        typer.echo(f"fgd {fgd.__version__}")
        raise typer.Exit
    context.obj = Console(json=json, open_project=lambda: Project.open(project))


app.command("run")(run.run)
app.command("brief")(run.brief)
app.command("programme")(programme.programme)
app.command("status")(run.status)
app.command("transcript")(run.transcript)
app.command("intake")(intake.intake)
app.command("join-tracks")(intake.join_tracks)
app.command("export")(export.export)
app.command("import")(export.import_)
app.command("attribution")(attribution.attribution)
app.command("decide")(decide.decide)
app.command("circulation")(decide.circulation)
app.command("check")(check.check)
app.command("propositions")(decide.propositions)
app.command("themes")(themes.themes)
app.command(
    "find", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]}
)(find.find)
app.add_typer(find.shelf, name="shelf")
app.add_typer(themes.app, name="theme")
app.add_typer(themes.codebook, name="codebook")
app.command("review")(serve.review)
app.command("new")(facilitation.new)
app.command("pack")(facilitation.pack)
app.command("live")(serve.live)
app.command("mirror")(facilitation.mirror)
app.command("forget-voice")(attribution.forget_voice)
app.command("withdraw")(removal.withdraw)
app.command("retention")(removal.retention)
app.command("doctor")(machine.doctor)
app.add_typer(machine.app, name="models")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; every expected problem is one sentence on stderr and an exit code."""
    turn_off_telemetry()
    wants_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=list(arguments) if arguments is not None else None)
    except FgdError as problem:
        _leave(problem, wants_json)
    except KeyboardInterrupt:
        typer.echo("fgd: interrupted; what is done is kept, run again to go on.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as problem:
        _leave(file_error(problem), wants_json)
    except Exception as problem:
        _leave(_unexpected(problem), wants_json, FAILED)


def _unexpected(problem: Exception) -> FgdError:
    """Tell a failure that nobody foresaw in a sentence; the story goes to a file."""
    from fgd.workspace.outcome import failure

    try:
        project = Project.open()
    except FgdError:
        project = Project(Path.cwd())
    told = failure(problem, project, "command", "fgd")
    return FgdError(told.message, remedy=told.remedy)


def _leave(problem: FgdError, wants_json: bool, code: int = USAGE) -> NoReturn:
    """End with one sentence on stderr; for machines the same problem as the promised object."""
    typer.echo(f"fgd: {problem}".encode("utf-8", "replace").decode(), err=True)
    if wants_json:
        Console(json=True, open_project=Project.open).data({"issues": [problem.as_issue()]})
    sys.exit(code)
