"""``fgd circulation``: look at what an edition withholds, let words go, and release it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fgd.cli.console import Console
from fgd.cli.decide import to_decide, write_down
from fgd.core.errors import InputError

if TYPE_CHECKING:
    from fgd.workbench.changes import Command
    from fgd.workbench.circulation_view import CirculationView


def circulation(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    release: Annotated[
        list[str] | None, typer.Option(help="Words, or the number of a place, that may be printed.")
    ] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Words, or the number of a place, never printed.")
    ] = None,
    reword: Annotated[
        list[str] | None,
        typer.Option(help="WORDS=OTHERS, or NUMBER=OTHERS: printed instead, in square brackets."),
    ] = None,
    released: Annotated[
        bool, typer.Option("--released", help="You looked at the edition: it may be passed on.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List what the circulation edition withholds because nobody knows that it is harmless.

    With --release, --withhold or --reword decide about words, with --released let the edition go.
    """
    from fgd.workbench import changes
    from fgd.workbench.circulation_view import circulation as looked_at
    from fgd.workbench.open_session import OpenSession

    console: Console = context.obj
    project = console.project()
    opened = OpenSession(project, project.session(session))
    to_decide(opened)
    view = looked_at(opened)
    asked: list[Command] = [
        *(_decided(view, each, "release") for each in release or ()),
        *(_decided(view, each, "withhold") for each in withhold or ()),
        *(changes.Reword(*_instead(view, each)) for each in reword or ()),
    ]
    if released and asked:
        raise InputError(
            "words and the edition are two decisions.",
            remedy="Decide about the words, run again, look, then use --released.",
        )
    if released:
        asked = [changes.LetGo(view.edition)]
    if asked:
        write_down(console, opened, asked, by=by, as_json=json)
        return
    if json or console.json:
        console.data({"circulation": view})
        return
    rich = console.rich()
    for place in view.places:
        line = f"{place.number:3}  {place.quote}  {place.why}: "
        shown = f"{line}{place.before}[{place.words}]{place.after}"
        rich.print(shown, markup=False, soft_wrap=True)
    share = 100 * view.withheld / view.words if view.words else 0
    state = f"released by {view.released}" if view.released else "not released yet"
    if view.stale:
        state = "changed since it was released, so not released any more"
        state += f" ({view.why})" if view.why else ""
    waiting = f", {view.waiting} findings wait" if view.waiting else ""
    summary = f"{len(view.places)} places, {share:.0f}% of the words of quotes{waiting}; {state}"
    rich.print(summary, style="bold", markup=False, soft_wrap=True)


def _decided(view: CirculationView, wanted: str, way: Literal["release", "withhold"]) -> Command:
    from fgd.workbench.changes import Circulate

    whole = {str(place.number) for place in view.places if place.whole}
    return Circulate(_words(view, wanted), way, wanted.strip() in whole)


def _words(view: CirculationView, wanted: str) -> str:
    """The words of a place by its number, or the words as given."""
    if not wanted.strip().isdigit():
        return wanted.strip()
    for place in view.places:
        if place.number == int(wanted):
            return place.words
    raise InputError(f"there is no place {wanted}.", remedy=f"Places: 1 to {len(view.places)}.")


def _instead(view: CirculationView, wanted: str) -> tuple[str, str]:
    """The words that are said, and those to be printed instead."""
    said, sign, instead = wanted.partition("=")
    if not sign or not said.strip() or not instead.strip():
        raise InputError(f"{wanted!r} does not say what to print.", remedy="Write 7=other words.")
    return _words(view, said), instead.strip()
