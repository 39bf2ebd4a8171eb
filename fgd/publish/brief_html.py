"""The brief as one HTML file that needs nothing beside it."""

from __future__ import annotations

from typing import Any

from fgd.model import Brief
from fgd.publish.line import clock


def brief_html(brief: Brief) -> bytes:
    """One page: styles inside, no script, nothing fetched."""
    page: str = _template("brief.html.jinja").render(brief=brief)
    return page.encode("utf-8")


def _template(name: str) -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fgd.publish"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["clock"] = clock
    return environment.get_template(name)
