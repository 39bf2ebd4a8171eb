"""``fgd models``: which checkpoints are on this machine, and fetching one on purpose."""

from __future__ import annotations

from typing import Annotated

import typer

from fgd.cli.console import Console

app = typer.Typer(help="Whisper checkpoints on this machine.", no_args_is_help=True)


@app.command("list")
def list_models(context: typer.Context) -> None:
    """List the checkpoints on this machine, and which one "auto" takes."""
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
    if console.json:
        console.data(
            {"auto": chosen, "checkpoints": [{"name": c.name, "path": str(c.path)} for c in found]}
        )
        return
    for checkpoint in found:
        size = checkpoint.path.stat().st_size >> 20
        mark = "  <- auto" if checkpoint.name == chosen else ""
        typer.echo(f"{checkpoint.name:16} {size:6} MB  {checkpoint.path}{mark}")
    if not found:
        searched = " and ".join(str(folder) for folder in checkpoints.folders(project.weights))
        typer.echo(f"No checkpoint in {searched}.")
        typer.echo("Run: fgd models pull small (about 460 MB, needs network once).")


@app.command("pull")
def pull(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="tiny, base, small, medium, turbo, large-v3 ...")],
) -> None:
    """Download a checkpoint into the project's weights folder and check its hash."""
    from fgd.transcription.whisper import checkpoints

    console: Console = context.obj
    path = checkpoints.pull(name, console.project().weights)
    if console.json:
        console.data({"name": name, "path": str(path)})
    else:
        typer.echo(f"{name} is ready: {path}")
