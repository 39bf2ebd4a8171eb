"""Questions and answers in JSON: typed on the way in, one sentence and a remedy when refused."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fgd.errors import FgdError

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
        return msgspec.json.decode(bytes(data), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Refusal(422, f"This could not be understood: {problem}.") from problem


Endpoint = Callable[[Request], Awaitable[Response]]


def told(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose problems become answers."""

    @functools.wraps(endpoint)
    async def careful(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as problem:
            return refused(problem)
        except FgdError as problem:
            return refused(Refusal(409, str(problem.message), problem.remedy))
        except ClientDisconnect:
            return refused(Refusal(400, "The connection ended early."))

    return careful


async def aside(work: Callable[..., T], *arguments: Any) -> T:
    """Do blocking work without holding up other requests."""
    return await run_in_threadpool(work, *arguments)
