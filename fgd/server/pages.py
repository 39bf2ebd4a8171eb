"""Templates rendered to pages: everything from outside is escaped, nothing may be missing."""

from __future__ import annotations

import jinja2
from starlette.responses import HTMLResponse


class Pages:
    """The templates of all pages."""

    def __init__(self) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("fgd.server"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )

    def text(self, name: str, **context: object) -> str:
        """A template filled in."""
        return self._environment.get_template(name).render(**context)

    def page(self, name: str, status: int = 200, **context: object) -> HTMLResponse:
        """A template as an answer."""
        return HTMLResponse(self.text(name, **context), status)
