"""``fgd forget-voice``: what a participant's voice sample left behind, deleted at one stroke."""

from __future__ import annotations

from typing import Annotated

import typer

from fgd.cli.console import Console


def forget_voice(
    context: typer.Context,
    participant: Annotated[str, typer.Argument(help="Name or id, as on the roster.")],
) -> None:
    """Delete a participant's voice samples and what was derived of them, in every session."""
    from fgd.pipeline.voice_samples import forget

    console: Console = context.obj
    project = console.project()
    gone = [str(path) for path in forget(project, participant)]
    if console.json:
        console.data({"participant": participant, "deleted": gone})
        return
    for path in gone:
        typer.echo(f"deleted {path}")
    if gone:
        typer.echo("Run fgd run, so that nobody is recognised by these any longer.")
    else:
        typer.echo(f"No voice sample of {participant} is kept here.")
