"""Templates rendered to pages: everything from outside is escaped, nothing may be missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jinja2
from starlette.responses import HTMLResponse


class Pages:
    """The templates of one or more packages; the first package wins."""

    def __init__(
        self, packages: Sequence[str], filters: dict[str, Callable[..., Any]] | None = None
    ) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.PackageLoader(name) for name in packages]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._environment.filters.update(filters or {})

    def text(self, name: str, **context: object) -> str:
        """A template filled in."""
        return self._environment.get_template(name).render(**context)

    def page(self, name: str, status: int = 200, **context: object) -> HTMLResponse:
        """A template as an answer."""
        return HTMLResponse(self.text(name, **context), status)
