"""The brief as one HTML file that needs nothing beside it (but its clips, where it has any)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Any

from fgd.core.cache import Kept
from fgd.core.text import clock
from fgd.export import charts
from fgd.export.heat import heat
from fgd.export.told import COUNTED, EDITIONS, Told
from fgd.model import Brief


def brief_html(brief: Brief, clips: Collection[str] = (), kept: Kept | None = None) -> bytes:
    """One page: styles and charts inside, no script, nothing fetched from anywhere.

    ``clips`` are paths of sound beside the page; only quotes whose clip is there get a player.
    Charts drawn before for a brief that says the same come from ``kept``.
    """
    told = Told(brief)
    page: str = (
        _environment()
        .get_template("brief.html.jinja")
        .render(
            brief=brief,
            told=told,
            clips=frozenset(clips),
            charts=_charts(brief, kept or Kept()),
            css=files("fgd.export").joinpath("templates/brief.css").read_text(encoding="utf-8"),
            editions=EDITIONS,
            counted=COUNTED,
        )
    )
    return page.encode("utf-8", "replace")


def _charts(brief: Brief, kept: Kept) -> dict[str, Any]:
    """Only what has something to show is drawn: drawing nothing is free."""
    told = Told(brief)
    return {
        "balance": charts.svg(charts.balance(brief.presence), kept) if told.has_balance else "",
        "sections": charts.svg(charts.sections(brief.accounts), kept) if told.has_times else "",
        "strip": charts.svg(charts.strip(brief.strip), kept) if brief.strip else "",
        "heat": {each.id: heat(each) for each in told.grids},
    }


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fgd.export"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["clock"] = clock
    return environment
