"""From routes to a running server on this machine."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from fgd.core.errors import FgdError, InputError
from fgd.server.auth import Access, AccessMiddleware, Login
from fgd.server.http import Refusal, Templates, as_refusal, refused

HERE = Path(__file__).resolve().parent

PROBLEMS: tuple[type[Exception], ...] = (
    Refusal,
    FgdError,
    ClientDisconnect,
    OSError,
    HTTPException,
)
"""What becomes an answer: JSON below ``/api/``, a page elsewhere."""


class _Assets(StaticFiles):
    """Files of the package; browsers ask every time whether they changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, to be asked for again whenever it is used."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


def application(
    routes: Sequence[BaseRoute],
    access: Access,
    pages: Templates,
    *,
    home: str = "/",
    say: Callable[[str], None] | None = None,
    stop: Callable[[], None] | None = None,
) -> ASGIApp:
    """An application behind its door.

    ``home`` is where the link leads, ``say`` is told the next one whenever one was used; ``stop``
    is called at the end.
    """
    door = Login(access, pages, home=home, say=say)
    assets = Mount("/static", _Assets(directory=HERE / "static"))

    async def said(request: Request, problem: Exception) -> Response:
        refusal = as_refusal(problem)
        if request.url.path.startswith("/api/") or request.method not in ("GET", "HEAD"):
            return refused(refusal)
        return pages.page(
            "missing.html.jinja", refusal.status, message=refusal.message, remedy=refusal.remedy
        )

    @asynccontextmanager
    async def alive(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001 - what Starlette passes
        yield
        if stop:
            stop()

    inner = Starlette(
        routes=[*door.routes(), assets, *routes],
        exception_handlers=dict.fromkeys(PROBLEMS, said),
        lifespan=alive,
    )
    return AccessMiddleware(inner, access, door.closed)


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a server listens, and with which certificate."""

    address: str = "127.0.0.1"
    port: int = 8750
    certificate: Path | None = None
    key: Path | None = None


def listen(binding: Binding) -> socket.socket:
    """A socket on the address, on the next free port if the wanted one is taken.

    Raises ``InputError`` if the address is not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in binding.address else socket.AF_INET
    for port in (*range(binding.port, binding.port + 20), 0):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((binding.address, port))
            listener.listen(128)  # only now is the port taken
        except OSError as problem:
            listener.close()
            if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise InputError(
                    f"nothing can listen on {binding.address} ({problem.strerror or problem}).",
                    remedy="Name an address of this machine.",
                ) from problem
            continue
        return listener
    raise InputError("no port is free.", remedy="Choose one with --port.")


def run(app: ASGIApp, listener: socket.socket, binding: Binding) -> None:
    """Serve until interrupted."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        ssl_certfile=binding.certificate,
        ssl_keyfile=binding.key,
        lifespan="on",
    )
    uvicorn.Server(config).run(sockets=[listener])
