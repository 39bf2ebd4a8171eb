"""``fgd find``: any sentence of any session, by words, names, filters and meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.console import Console
from fgd.core.errors import InputError
from fgd.core.text import clean

if TYPE_CHECKING:
    from rich.text import Text

    from fgd.workbench.find_view import FindView, HitView

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
    elif any(not hit.marks for hit in found.hits):
        rich.print(f"From {where}; without a mark: near in meaning only.", markup=False)
    for note in found.notes:
        rich.print(note, markup=False, soft_wrap=True)
    console.issues(found.issues)


def _heading(hit: HitView) -> str:
    from fgd.core.clock import clock

    when = clock(hit.begins) if hit.begins >= 0 else ""
    more = f"(+{hit.more} in this turn)" if hit.more else ""
    return "  ".join(filter(None, (hit.session, hit.date, when, hit.speaker, more)))


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
