"""``fgd intake``, ``join-tracks``: what a session holds, before an hour is spent on hearing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.console import ATTENTION, Console
from fgd.core.errors import InputError
from fgd.model import Issue

if TYPE_CHECKING:
    from fgd.intake import Intake, Understood

_SHOWN = 30


def intake(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what was understood of a session's folder: files, people, labels, times, what was left.

    Nothing is heard and nothing is written. The exit code is 3 where something is wrong.
    """
    from fgd.decisions.log import effective
    from fgd.decisions.voices import undecided_names
    from fgd.intake import read_session, understood
    from fgd.workspace.store import Digests

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    digests = Digests(project.state / "digests.json")
    found = read_session(folder.source, folder.id, root=project.root, digest=digests)
    told, odd = understood(found, folder.source)
    labels: Counter[str] = Counter()
    for each in told:
        labels.update(each.labels)
    near = undecided_names(labels, found.session.participants, effective(found.decisions))
    issues = [*found.issues, *odd, *(each.issue(session) for each in near)]
    if json or console.json:
        people = [{"name": p.name, "role": p.role} for p in found.session.participants]
        chat = [message.line for message in found.written]
        facts = {"recordings": told, "people": people, "chat": chat, "issues": issues}
        console.data(facts | ({"tables": tables} if (tables := found.session.breakouts) else {}))
    else:
        _print(console, found, told, issues)
    if any(issue.level == "error" for issue in issues):
        raise typer.Exit(ATTENTION)


def _print(
    console: Console, found: Intake, recordings: Sequence[Understood], issues: list[Issue]
) -> None:
    from fgd.core.clock import clock

    rich = console.rich()
    session = found.session

    def line(text: str, **style: str) -> None:
        rich.print(text, markup=False, soft_wrap=True, **style)

    line(session.title or session.id, style="bold")
    for told in recordings:
        length = f", {clock(told.length)}" if told.length else ""
        line(f"Recording: {told.file}{length}")
        if not told.transcript:
            line("  is gone, as planned" if told.gone else "  will be heard")
            continue
        times = f"{clock(told.start)} to {clock(told.end)}" if told.timed else "no times"
        kind = f"read from {told.transcript} ({told.format})"
        line(f"  {kind}: {told.passages} passages, {times}")
        labels = [f"{name or '(no label)'} ({words} words)" for name, words in told.labels.items()]
        more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
        line(f"  labels: {', '.join(labels[:_SHOWN])}{more}")
    names = {each.id: each.name for each in session.recordings}
    for table in session.breakouts:
        files = ", ".join(names[each] for each in table.recordings) or "no recording"
        line(f"{table.name}: {files} ({table.why or 'session.toml'}, {table.sure:.0%} sure)")
    roster = [f"{person.name} ({person.role})" for person in session.participants]
    line(f"Roster: {', '.join(roster) if roster else 'none'}")
    bodies = [body.name for body in session.institutions]
    if bodies:
        line(f"Institutions: {', '.join(bodies)}")
    sections = len(session.guide.sections)
    line(f"Guide: {f'{sections} sections' if sections else 'none'}")
    line(f"Floor log: {f'{len(found.floor)} marks' if found.floor else 'none'}")
    line(f"Languages: {', '.join(session.languages) or 'found by listening'}")
    if found.written:
        line(f"Written in the chat, not spoken: {len(found.written)} messages")
    console.issues(issues)


def join_tracks(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    tracks: Annotated[list[str], typer.Argument(help="The files, one for each speaker.")],
    to: Annotated[str, typer.Option(help="Name of the file to write.")] = "joined.wav",
) -> None:
    """Join files of one talk, one for each speaker, into one file with a channel for each."""
    import tempfile

    from fgd.audio import decode

    console: Console = context.obj
    folder = console.project().session(session)
    paths = [folder.source / name for name in tracks]
    target = folder.source / Path(to).name
    for path in paths:
        if not path.is_file():
            raise InputError(
                f"there is no file {path.name!r} in this session.",
                where=session,
                remedy=f"fgd intake {session} lists its files.",
            )
    if len(paths) < 2 or target.exists() or target.suffix.lower() != ".wav":
        raise InputError(
            "two files or more are needed, and the name of a new .wav file.",
            where=session,
            remedy=f"For example: fgd join-tracks {session} 1-anna.flac 2-ben.flac --to all.wav",
        )
    with tempfile.TemporaryDirectory(dir=folder.source.parent, prefix=".tracks-") as scratch:
        heard = []
        for number, path in enumerate(paths):
            mono = Path(scratch) / f"{number}.wav"
            decode(path, mono, str(number))
            heard.append(mono)
        _interleave(heard, Path(scratch) / "joined.wav")
        (Path(scratch) / "joined.wav").replace(target)
    typer.echo(f"Written: {target}")
    typer.echo(f'Now write into session.toml: recordings = ["{target.name}"]')


def _interleave(tracks: list[Path], target: Path) -> None:
    """Write mono files of 16 bits as the channels of one, the shorter ones ending in silence."""
    import wave
    from contextlib import ExitStack

    import numpy as np

    with ExitStack() as stack:
        read = [stack.enter_context(wave.open(str(path), "rb")) for path in tracks]
        made = stack.enter_context(wave.open(str(target), "wb"))
        made.setnchannels(len(read))
        made.setsampwidth(2)
        made.setframerate(read[0].getframerate())
        left = max(each.getnframes() for each in read)
        while left > 0:
            count = min(left, 160_000)
            block = np.zeros((count, len(read)), dtype="<i2")
            for number, each in enumerate(read):
                samples = np.frombuffer(each.readframes(count), dtype="<i2")
                block[: len(samples), number] = samples
            made.writeframes(block.tobytes())
            left -= count
