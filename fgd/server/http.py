"""Read requests and write responses: JSON and pages, one sentence and a remedy when refused."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import jinja2
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from fgd.core.errors import FgdError, SessionGone, StoreError, file_error
from fgd.core.serialization import decode

T = TypeVar("T")

LONGEST = 1 << 20
"""Most bytes of a question; files are not sent as questions."""


class Refusal(Exception):
    """What was asked cannot be done: an HTTP status, a sentence, the remedy, and details."""

    def __init__(self, status: int, message: str, remedy: str = "", **details: object) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.remedy = remedy
        self.details = details


def answer(value: object, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def refused(problem: Refusal) -> Response:
    """A refusal as JSON."""
    told = {"message": problem.message, "remedy": problem.remedy, **problem.details}
    return answer(told, problem.status)


def as_refusal(problem: Exception) -> Refusal:
    """What a problem is called before people."""
    if isinstance(problem, Refusal):
        return problem
    if isinstance(problem, SessionGone):
        return Refusal(410, problem.message, problem.remedy, gone=True)
    if isinstance(problem, OSError):
        named = file_error(problem)
        named.__cause__ = problem
        return _about_file(named)
    if isinstance(problem, StoreError):
        return _about_file(problem)
    if isinstance(problem, FgdError):
        return Refusal(409, problem.message, problem.remedy)
    if isinstance(problem, ClientDisconnect):
        return Refusal(400, "The connection ended early.", "Try again.")
    status = getattr(problem, "status_code", 500)
    return Refusal(status, "There is no such page." if status == 404 else str(problem))


def _about_file(problem: FgdError) -> Refusal:
    """A refusal that names the file, but not where on this machine it lies."""
    full = getattr(problem.__cause__, "errno", 0) in (errno.ENOSPC, errno.EDQUOT)
    name = Path(problem.where).name
    message = f"{name}: {problem.message}" if name else problem.message
    return Refusal(507 if full else 409, message, problem.remedy)


async def body(request: Request, kind: type[T]) -> T:
    """The question itself, checked. Raises ``Refusal``."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refusal(415, "This must be sent as JSON.")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LONGEST:
            raise Refusal(413, "This is too long.")
    try:
        return decode(bytes(data), kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Refusal(422, f"This could not be understood: {problem}.") from problem


async def aside(work: Callable[..., T], *arguments: Any) -> T:
    """Do blocking work without holding up other requests."""
    return await run_in_threadpool(work, *arguments)


class Templates:
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
