"""``fgd find`` and ``shelf``: any sentence of any session, and the quotes that people keep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.console import Console
from fgd.core.errors import InputError
from fgd.core.text import ascii_slug, clean

if TYPE_CHECKING:
    from rich.text import Text

    from fgd.workbench.find_view import FindView, HitView
    from fgd.workbench.open_session import OpenSession
    from fgd.workbench.shelf_view import Shelf, ShelfQuote

WIDE = 280
"""Characters printed of a passage."""

MOST = 200
"""The most passages that are printed."""


def find(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            help="Words, '\"a phrase\"', medi*, -word, and filters: by:NAME institution:NAME "
            "session:NAME section:WORDS programme:NAME since:2026-03 until:2026.",
            show_default=False,
        ),
    ],
    session: Annotated[str, typer.Option(help="Look in this session alone.")] = "",
    only: Annotated[
        str, typer.Option(help="words or meaning: rank by one of them instead of both.")
    ] = "",
    most: Annotated[int, typer.Option(help="Turns shown.", min=1, max=MOST)] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find any sentence of any session that has been run, by words, names and meaning."""
    from fgd.workbench.find_view import Finder

    console: Console = context.obj
    console.json |= json
    project = console.project()
    wrong = next((word for word in words if word.startswith("--")), "")
    if wrong:
        raise InputError(
            f"there is no option {clean(wrong)}.", remedy="fgd find --help lists them."
        )
    if only not in ("", "words", "meaning"):
        raise InputError(f"nothing is ranked by {clean(only)!r}.", remedy="Write words or meaning.")
    asked = " ".join(words)
    if session:
        asked += f' session:"{project.session(session).id}"'
    with console.progress("index") as progress:
        found = Finder(project).find(
            asked,
            most=most,
            way="words" if only == "words" else "meaning" if only == "meaning" else "both",
            progress=progress,
        )
    if console.json:
        console.data(found)
        return
    _print(console, found)


def _print(console: Console, found: FindView) -> None:
    from rich.text import Text

    rich = console.rich()
    for hit in found.hits:
        rich.print(Text(_heading(hit), style="bold"), soft_wrap=True)
        rich.print(_passage(hit), soft_wrap=True)
        rich.print(Text(f"    {hit.place}  {hit.url}", style="dim"), soft_wrap=True)
    where = f"{found.passages:,} passages of {_counted(found.sessions, 'session')}"
    if not found.hits:
        rich.print(f"Nothing was found in {where}.", markup=False)
    else:
        rich.print(f"From {where}.", markup=False)
    for note in found.notes:
        rich.print(note, markup=False, soft_wrap=True)
    console.issues(found.issues)


def _heading(hit: HitView) -> str:
    from fgd.core.clock import clock

    # Times count from the beginning of each recording, so they say little without its number.
    when = f"recording {hit.source + 1}, {clock(hit.begins)}" if hit.begins >= 0 else ""
    more = f"(+{hit.more} in this turn)" if hit.more else ""
    only = "(near in meaning only)" if hit.near else ""
    return "  ".join(filter(None, (hit.session, hit.date, when, hit.speaker, more, only)))


def _passage(hit: HitView) -> Text:
    """Return the passage with its marks set off, cut around the first of them if it is long."""
    from rich.text import Text

    first = hit.marks[0][0] if hit.marks else 0
    start = max(0, min(first - WIDE // 3, len(hit.text) - WIDE))
    end = min(len(hit.text), start + WIDE)
    told = Text("    " + ("... " if start else ""))
    body = Text(hit.text)
    for mark in hit.marks:
        body.stylize("bold yellow", *mark)
    told.append_text(body[start:end])
    told.append(" ..." if end < len(hit.text) else "")
    return told


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


shelf = typer.Typer(help="Keep quotes on named shelves.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the shelf.")]
Place = Annotated[str, typer.Argument(help="Place of the quote, as fgd find prints it.")]
By = Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")]


@shelf.command("list")
def list_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Show the quotes of this shelf.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the shelves, or the quotes of one."""
    console: Console = context.obj
    every = _shelves(console)
    chosen = [_named(every, name)] if name else every
    if json or console.json:
        console.data({"shelves": chosen})
        return
    rich = console.rich()
    if not every:
        rich.print("There is no shelf yet. fgd find prints what can stand on one.", markup=False)
    for each in chosen:
        told = f"{each.name}: {_counted(len(each.quotes), 'quote')}"
        rich.print(told, markup=False, style="bold")
        for quote in each.quotes if name else ():
            rich.print(f"    {_told(quote)}", markup=False, soft_wrap=True)


@shelf.command()
def put(context: typer.Context, name: Name, place: Place, by: By = "") -> None:
    """Put a quote on a shelf; a new name makes a new shelf."""
    from fgd.cli.decide import to_decide, write_down
    from fgd.workbench.changes import Shelve

    console: Console = context.obj
    opened, turn, start, end = _place(console, place)
    to_decide(opened)
    write_down(console, opened, [Shelve(turn, start, end, name)], by=by)


@shelf.command()
def take(context: typer.Context, name: Name, place: Place, by: By = "") -> None:
    """Take a quote off a shelf."""
    from fgd.cli.decide import write_down
    from fgd.workbench.changes import Undo

    console: Console = context.obj
    opened, turn, start, end = _place(console, place)
    for quote in _named(_shelves(console), name).quotes:
        if (quote.session, quote.turn, quote.start, quote.end) == (
            opened.folder.id, turn, start, end,
        ):  # fmt: skip
            write_down(console, opened, [Undo(quote.decision)], by=by)
            return
    raise InputError("this quote is not on the shelf.", remedy=f"Run: fgd shelf list {name!r}")


@shelf.command()
def export(
    context: typer.Context,
    name: Name,
    kind: Annotated[str, typer.Option("--format", help="docx, csv or qdpx.")] = "docx",
    edition: Annotated[
        str, typer.Option(help="internal, or circulation: as each session's rule allows.")
    ] = "internal",
    to: Annotated[Path | None, typer.Option(help="The file to write; default: here.")] = None,
) -> None:
    """Write a shelf as a Word document, a table, or a REFI-QDA project."""
    from fgd.workbench import shelf_view
    from fgd.workspace.store import write_bytes

    console: Console = context.obj
    data = shelf_view.export(console.project(), name, kind, edition)
    target = to or Path(f"{ascii_slug(name, 60) or 'shelf'}-{edition}.{kind}")
    write_bytes(target, data)
    if console.json:
        console.data({"file": str(target), "bytes": len(data)})
    else:
        typer.echo(f"Written: {target}")


def _shelves(console: Console) -> list[Shelf]:
    from fgd.workbench.open_session import OpenSession
    from fgd.workbench.shelf_view import shelves

    project = console.project()
    return list(shelves(OpenSession(project, each) for each in project.sessions()[0]))


def _named(shelves: list[Shelf], name: str) -> Shelf:
    for each in shelves:
        if each.name == clean(name):
            return each
    known = ", ".join(each.name for each in shelves) or "none yet"
    raise InputError(f"there is no shelf {clean(name)!r}.", remedy=f"Shelves here: {known}.")


def _place(console: Console, place: str) -> tuple[OpenSession, str, int, int]:
    """Read a place as ``fgd find`` prints it."""
    from fgd.workbench.open_session import OpenSession

    found = re.fullmatch(r"(.+):([^:]+):(\d{1,7})-(\d{1,7})", place)
    if not found:
        raise InputError(
            f"{clean(place)!r} is no place of a quote.",
            remedy="Copy it from below a passage that fgd find prints.",
        )
    project = console.project()
    opened = OpenSession(project, project.session(found[1]))
    return opened, found[2], int(found[3]), int(found[4])


def _told(quote: ShelfQuote) -> str:
    from fgd.core.clock import clock

    when = clock(quote.begins) if quote.begins >= 0 else ""
    state = {"same": "", "moved": "[found in another place]", "changed": "[corrected since]"}
    said = f'"{quote.text}"' if quote.text else f'[no longer in the transcript] "{quote.was}"'
    place = f"{quote.session}:{quote.turn}:{quote.start}-{quote.end}" if quote.turn else ""
    parts = (quote.session, when, quote.speaker, said, state.get(quote.state, ""), place)
    return "  ".join(filter(None, parts))
