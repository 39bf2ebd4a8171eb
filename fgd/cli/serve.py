"""``fgd review`` and ``fgd live``: the pages where people correct the machine and take notes."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

import typer

from fgd.cli.console import Console
from fgd.core.errors import InputError

Port = Annotated[
    int, typer.Option(min=1, max=65535, help="Port; the next free one if it is taken.")
]
Address = Annotated[
    str, typer.Option(help="Address to listen on; any but 127.0.0.1 needs a password.")
]
PasswordFile = Annotated[Path | None, typer.Option(help="File whose first line is the password.")]
Certificate = Annotated[
    Path | None, typer.Option(help="Certificate (PEM), to encrypt the connection.")
]
Key = Annotated[Path | None, typer.Option(help="Its key (PEM).")]


def review(
    context: typer.Context,
    session: Annotated[str | None, typer.Argument(help="Session to open first.")] = None,
    port: Port = 8750,
    address: Address = "127.0.0.1",
    password_file: PasswordFile = None,
    certificate: Certificate = None,
    key: Key = None,
    largest: Annotated[float, typer.Option(min=0.001, help="Largest upload, in GiB.")] = 4.0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = False,
) -> None:
    """Open the pages where people correct the machine, on this machine only."""
    from fgd.server import review_app
    from fgd.server.serving import Binding

    console: Console = context.obj
    project = console.project()
    opened = project.session(session).id if session else ""
    password = _password(password_file)
    _warn(address, password, certificate, "hear and change every session of this project")

    waiting = [typer.launch] if browser else []

    def say(link: str) -> None:
        if console.json:
            console.data({"link": link})
        else:
            typer.echo(f"{link}\n  opens the pages once; Ctrl+C ends them.")
        while waiting:
            waiting.pop()(link)

    binding = Binding(address, port, certificate, key)
    review_app.serve(
        project, binding, password=password, session=opened, most=int(largest * (1 << 30)), say=say
    )


def live(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    port: Port = 8760,
    address: Address = "127.0.0.1",
    password_file: PasswordFile = None,
    certificate: Certificate = None,
    key: Key = None,
) -> None:
    """Open the note-taker's page: who has the floor, sections, probes, notes, decisions."""
    from fgd import pipeline
    from fgd.server.live import serve
    from fgd.server.serving import Binding

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    if folder.is_single_file:
        remedy = f"Make a folder for it: fgd new TITLE --name {folder.id}-notes"
        raise InputError("a single file has no place for a log.", where=folder.name, remedy=remedy)
    password = _password(password_file)
    _warn(address, password, certificate, "take notes in this session")

    def say(link: str) -> None:
        if console.json:
            console.data({"link": link})
        else:
            typer.echo(f"{link}\n  opens the page once; Ctrl+C ends it. Every tap is in {log}.")

    log = folder.source / "notes.jsonl"
    there = pipeline.SessionContext(project, folder).intake.session
    binding = Binding(address, port, certificate, key)
    serve(there, folder.source, binding, state=project.state, password=password, say=say)


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(
            "the password file cannot be read.",
            where=str(path),
            remedy="Give yourself permission to read it, or name another one.",
        ) from problem
    password = lines[0].strip() if lines else ""
    if len(password) < 10:
        raise InputError(
            "a password of fewer than 10 characters is guessed too easily.",
            where=str(path),
            remedy="Write a longer one into its first line.",
        )
    return password


def _warn(address: str, password: str, certificate: Path | None, what: str) -> None:
    """Say what it means that others can reach an address. Raises ``InputError`` for no password."""
    if _is_local(address):
        return
    if not password:
        raise InputError(
            f"{address} can be reached from other machines, and there is no password.",
            remedy="Write one into a file and name it with --password-file.",
        )
    typer.echo(f"Anybody who can reach {address} and knows the password can now {what}.", err=True)
    if certificate is None:
        typer.echo(
            "The connection is not encrypted: password and sound can be read on the way.", err=True
        )


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
