"""``fgd doctor`` and ``fgd models``: whether this machine can do the work, and with what."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from fgd.cli.console import FAILED, Console
from fgd.core.errors import FgdError
from fgd.workspace.project import Project

LEAST_FREE = 2 << 30
PACKAGES = ("torch", "openai-whisper", "av", "silero-vad", "spacy", "bertopic", "prefect")
MARKS = {"ok": "[green]ok[/]     ", "warning": "[yellow]warning[/]", "error": "[red]error[/]  "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    level: Literal["ok", "warning", "error"]
    what: str
    remedy: str = ""


def doctor(context: typer.Context) -> None:
    """Check Python, packages, disk, checkpoints and settings; say what to do about problems."""
    console: Console = context.obj
    findings = list(_look(console))
    if console.json:
        console.data(findings)
    else:
        rich = console.rich()
        for finding in findings:
            rich.print(MARKS[finding.level], finding.what, finding.remedy)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(FAILED)


def _look(console: Console) -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok" if sys.version_info >= (3, 11) else "error", f"Python {python}")
    for package in PACKAGES:
        try:
            yield Finding("ok", f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding("error", f"{package} is not installed.", "Run: pip install fgd")
    try:
        project = console.project()
    except FgdError as problem:
        yield Finding("error", str(problem))
        return
    yield from _folders(project)
    yield _search()
    yield from _checkpoint(project)
    yield _voices()
    yield _answers()
    yield _precision(project)


def _folders(project: Project) -> Iterator[Finding]:
    yield Finding("ok", f"project {project.root}")
    free = shutil.disk_usage(project.root).free
    enough = free >= LEAST_FREE
    yield Finding(
        "ok" if enough else "warning",
        f"{free >> 30} GB free on the disk",
        "" if enough else "An hour of sound needs about 120 MB while it is worked on.",
    )
    for folder in (project.recordings, project.outputs):
        if not folder.is_dir():
            yield Finding("warning", f"{folder} does not exist yet.")
        elif not os.access(folder, os.W_OK):
            yield Finding("error", f"{folder} cannot be written.", "Change its permissions.")


def _search() -> Finding:
    """Say whether this Python's SQLite can search texts."""
    import sqlite3

    from fgd.search.index import searches_texts

    if not searches_texts():
        what = f"SQLite {sqlite3.sqlite_version} has no full-text search: fgd find cannot work."
        remedy = "Use a Python from python.org, conda or your system's packages."
        return Finding("warning", what, remedy)
    return Finding("ok", f"SQLite {sqlite3.sqlite_version} searches texts")


def _checkpoint(project: Project) -> Iterator[Finding]:
    """Say which checkpoint hears, and what it costs here: measured once, then kept."""
    from fgd.core.backends import Context, resolve
    from fgd.transcription.transcriber import minutes_per_hour
    from fgd.workspace.store import Digests

    spec = project.settings.speech.transcriber
    digests = Digests(project.state / "digests.json")
    context = Context(project.root, project.weights, project.settings, digests)
    try:
        transcriber = resolve("transcriber", spec, context)
        yield Finding("ok", f"transcriber {transcriber.id}")
        minutes = minutes_per_hour(transcriber, project.state / "pace.json")
    except FgdError as problem:
        yield Finding("warning", problem.message, problem.remedy)
        return
    yield Finding("ok", f"an hour of sound takes it about {minutes:.0f} minutes on this machine")


def _voices() -> Finding:
    """Say whether voices can be told apart here."""
    from fgd.diarization import networks

    try:
        for name in networks.HASHES:
            networks.find(name)
    except FgdError as problem:
        return Finding("warning", problem.message, problem.remedy)
    return Finding("ok", "voices can be told apart")


def _answers() -> Finding:
    """Say which networks will read who answered what, and what gives somebody away."""
    from fgd.core import mpnet

    what = "answers and what gives somebody away are read by the"
    if mpnet.here():
        return Finding("ok", f"{what} wide network, too")
    return Finding("warning", f"{what} narrow networks alone.", mpnet.REMEDY)


def _precision(project: Project) -> Finding:
    from fgd.transcription.whisper.backend import has_gpu
    from fgd.transcription.whisper.model import choose_precision

    device = "cuda" if has_gpu(project.settings.speech.device) else "cpu"
    precision = choose_precision(project.settings.speech.precision, device)
    return Finding("ok", f"{device}, {os.cpu_count()} cores, {precision}")


app = typer.Typer(help="Whisper checkpoints on this machine.", no_args_is_help=True)


OTHERS = ("voices", "mpnet")
"""What can be fetched besides checkpoints of Whisper, each with a folder of its own."""


@app.command("list")
def list_models(context: typer.Context) -> None:
    """List the checkpoints on this machine, which one "auto" takes, and what can be fetched."""
    from fgd.core.errors import BackendUnavailable
    from fgd.transcription.whisper import checkpoints
    from fgd.transcription.whisper.backend import has_gpu

    console: Console = context.obj
    project = console.project()
    found = checkpoints.available(project.weights)
    try:
        gpu = has_gpu(project.settings.speech.device)
        chosen = checkpoints.find("auto", project.weights, project.root, gpu=gpu).name
    except BackendUnavailable:
        chosen = ""
    known = {checkpoint.name: checkpoints.describe(checkpoint) for checkpoint in found}
    others = {name: str(path) for name, path in _others()}
    if console.json:
        console.data(
            {
                "auto": chosen,
                "checkpoints": [
                    {"name": each.name, "path": str(each.path), **known[each.name]}
                    for each in found
                ],
                "fetchable": checkpoints.fetchable(),
                "others": others,
            }
        )
        return
    for each in found:
        size = each.path.stat().st_size >> 20
        mark = "  <- auto" if each.name == chosen else ""
        told = known[each.name]
        typer.echo(f"{each.name:16} {size:6} MB  {each.path}{mark}")
        typer.echo(f"{'':26}{told['source']}, {told['hash'][:12]}, licence {told['licence']}")
    if not found:
        searched = ", ".join(str(folder) for folder in checkpoints.folders(project.weights))
        typer.echo(f"No checkpoint in {searched}.")
        typer.echo("Run: fgd models pull small (about 460 MB, needs network once).")
    for name, where in others.items():
        typer.echo(f"{name:16} {'':9} {where}")
    wanted = [name for name in (*OTHERS, *checkpoints.fetchable()) if name not in {*known, *others}]
    typer.echo(f"To fetch: {', '.join(wanted)}. base can also be had from the package index.")


def _others() -> Iterator[tuple[str, Path]]:
    """List what else of weights is on this machine, and where."""
    from fgd.core import mpnet
    from fgd.diarization import networks

    if all((networks.folder() / name).is_file() for name in networks.HASHES):
        yield "voices", networks.folder()
    if mpnet.here():
        yield "mpnet", mpnet.folder()


@app.command("pull")
def pull(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="voices, mpnet, or tiny, base, small, medium, turbo, large-v3 ...")
    ],
    into: Annotated[
        Path | None,
        typer.Option(help="Another folder than the one that all projects of yours share."),
    ] = None,
    purpose: Annotated[
        Literal["whisper", "faster-whisper"],
        typer.Option("--for", help="The backend that will read it."),
    ] = "whisper",
) -> None:
    """Fetch a checkpoint and check its hash; nothing happens if it is there already."""
    from fgd.core import mpnet
    from fgd.diarization import networks
    from fgd.transcription.whisper import checkpoints

    console: Console = context.obj
    if name in OTHERS and (into or purpose != "whisper"):
        raise typer.BadParameter(
            f"{name} has one place and one reader: leave out --into and --for."
        )
    with console.progress("fetching") as progress:
        if name == "voices":
            path = networks.pull()[0].parent
        elif name == "mpnet":
            path = mpnet.pull()
        elif purpose == "faster-whisper":
            path = checkpoints.ctranslate2_folder(name, fetch=True)
        else:
            path = checkpoints.pull(name, into or checkpoints.shared_folder(), progress=progress)
    if console.json:
        console.data({"name": name, "path": str(path)})
    else:
        typer.echo(f"{name} is ready: {path}")
