"""Questions and answers in JSON: typed on the way in, one sentence and a remedy when refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fgd.core.errors import FgdError, SessionGone
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
    if isinstance(problem, FgdError):
        return Refusal(409, problem.message, problem.remedy)
    if isinstance(problem, ClientDisconnect):
        return Refusal(400, "The connection ended early.", "Try again.")
    if isinstance(problem, OSError):
        why = problem.strerror or type(problem).__name__
        return Refusal(507, f"The disk did not do it ({why}).", "Make room, then try again.")
    status = getattr(problem, "status_code", 500)
    return Refusal(status, "There is no such page." if status == 404 else str(problem))


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
