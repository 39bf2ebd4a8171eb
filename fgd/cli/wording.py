"""``fgd decide SESSION --finding``: the quotes of a finding, and choosing others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from fgd.core.errors import InputError

if TYPE_CHECKING:
    from fgd.cli.console import Console
    from fgd.model import Decision
    from fgd.workbench.room import Room
    from fgd.workbench.wordings import Worded


def listed(console: Console, room: Room, finding: str, *, as_json: bool) -> None:
    """Print what a finding is shown with and what else it could be, each with its key."""
    found = _meant(room, finding)
    if as_json:
        console.data({"finding": found})
        return
    typer.echo(f"{found.id}. {found.title}")
    for title, words in (("shown with", found.quotes), ("could be shown with", found.candidates)):
        typer.echo(f"  {title}:")
        for each in words:
            mark = " (chosen, waits for a run)" if each.waits else " (gives way)" * each.gone
            typer.echo(f"  {each.key:6} {each.text}{mark}")


def made(room: Room, finding: str, quote: str, instead: str, *, by: str, when: str) -> Decision:
    """The decision for a candidate by its key. Raises ``InputError`` for what is not there."""
    from fgd.workbench.wordings import brief_of, chosen

    theme = _meant(room, finding).theme
    return chosen(brief_of(room), theme, quote, instead, by=by, when=when)


def _meant(room: Room, wanted: str) -> Worded:
    """A finding by its number in the brief, its theme's id or its title."""
    from fgd.workbench.wordings import wordings

    findings = wordings(room).findings
    for each in findings:
        names = (each.id, each.theme, each.title)
        if wanted.strip().casefold() in (name.casefold() for name in names):
            return each
    known = "; ".join(f"{each.id} {each.title}" for each in findings)
    remedy = f"Findings: {known}." if known else "Run: fgd run"
    raise InputError(f"there is no finding {wanted!r}.", remedy=remedy)
