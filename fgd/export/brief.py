"""Write a brief in every format, by file name: HTML and JSON here, Word and Markdown beside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from fgd.core.cache import Kept
from fgd.core.serialization import decode
from fgd.core.text import clock
from fgd.export import charts
from fgd.export.brief_docx import brief_docx
from fgd.export.brief_markdown import brief_markdown
from fgd.export.charts import heat
from fgd.export.tables import matrix_xlsx, quotes_csv
from fgd.export.told import COUNTED, EDITIONS, Told
from fgd.model import Brief


def brief_files(
    brief: Brief,
    sounds: Mapping[str, bytes] | None = None,
    letterhead: bytes = b"",
    kept: Kept | None = None,
) -> dict[str, bytes]:
    """The files of one edition; the same brief always gives the same bytes.

    ``sounds`` are clips by path beside the brief, ``letterhead`` a Word file to write into.
    ``kept`` holds charts that were drawn before.
    """
    kept = kept or Kept()
    clips = dict(sounds or {})
    return {
        "brief.docx": brief_docx(brief, letterhead, kept),
        "brief.html": brief_html(brief, clips, kept),
        "brief.json": brief_json(brief),
        "brief.md": brief_markdown(brief),
        "matrix.xlsx": matrix_xlsx(brief),
        "quotes.csv": quotes_csv(brief),
        **clips,
    }


SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def brief_json(brief: Brief) -> bytes:
    """The whole brief, one key after the other as ``schema`` describes them."""
    data = msgspec.json.encode(brief, order="deterministic")
    return msgspec.json.format(data, indent=1) + b"\n"


def read_brief(data: bytes) -> Brief:
    """The brief back from its JSON. Raises ``msgspec.ValidationError`` if it is none."""
    return decode(data, Brief)


def schema() -> bytes:
    """JSON Schema (draft 2020-12) of ``brief.json``, published as ``docs/brief.schema.json``."""
    described = {"$schema": SCHEMA, "title": "fgd brief"} | msgspec.json.schema(Brief)
    data = msgspec.json.encode(described, order="deterministic")
    return msgspec.json.format(data, indent=1) + b"\n"


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
