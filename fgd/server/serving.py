"""Serve pages on this machine: requests and answers, who may come in, and the running server.

A request is read and answered as JSON or as a page, with one sentence and a remedy when refused.

A page on this machine is opened with a link that holds a token; the token is exchanged for a
cookie and is worth nothing afterwards. Cookies outlive a restart of the server, because the key
that signs them lies in the project's state folder, readable by its owner alone.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs

import jinja2
import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fgd.core.errors import FgdError, InputError, SessionGone, StoreError, file_error
from fgd.core.serialization import decode

T = TypeVar("T")

LONGEST = 1 << 20
"""Most bytes of a question; files are not sent as questions."""


class Refusal(Exception):
    """What was asked cannot be done: an HTTP status, a sentence, the remedy, and details."""

    def __init__(self, status: int, message: str, remedy: str, **details: object) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.remedy = remedy
        self.details = details


def answer(value: object, status: int = 200) -> Response:
    """Answer with a value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def refused(problem: Refusal) -> Response:
    """Answer with a refusal as JSON."""
    told = {"message": problem.message, "remedy": problem.remedy, **problem.details}
    return answer(told, problem.status)


def as_refusal(problem: Exception) -> Refusal:
    """Turn a problem into a refusal in words for people."""
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
    if status == 404:
        return Refusal(404, "There is no such page.", "Go to the list of sessions.")
    return Refusal(status, str(problem), "Load the page anew.")


def _about_file(problem: FgdError) -> Refusal:
    """Make a refusal that names the file, but not where on this machine it lies."""
    full = getattr(problem.__cause__, "errno", 0) in (errno.ENOSPC, errno.EDQUOT)
    name = Path(problem.where).name
    message = f"{name}: {problem.message}" if name else problem.message
    return Refusal(507 if full else 409, message, problem.remedy)


async def body(request: Request, kind: type[T]) -> T:
    """Read the body of a request, checked. Raises ``Refusal``."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refusal(415, "This must be sent as JSON.", "Load the page anew.")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LONGEST:
            raise Refusal(413, "This is too long.", "Shorten it, or do it in several steps.")
    try:
        return decode(bytes(data), kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        message = f"This could not be understood: {problem}."
        raise Refusal(422, message, "Correct it, or load the page anew.") from problem


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
        """Fill in a template."""
        return self._environment.get_template(name).render(**context)

    def page(self, name: str, status: int = 200, **context: object) -> HTMLResponse:
        """Answer with a template filled in."""
        return HTMLResponse(self.text(name, **context), status)


LIFE = 24 * 3600
"""Seconds for which a cookie is good; every page that is opened renews it."""

TRIES, PAUSE = 5, 30.0
"""Wrong passwords from one address before it has to wait, and for how many seconds."""

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def load_key(path: Path) -> bytes:
    """Read the key that signs cookies, made on first use. Raises ``OSError``."""
    try:
        key = path.read_bytes()
        if len(key) == 32 and not path.stat().st_mode & 0o077:
            return key
        path.unlink()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    key = secrets.token_bytes(32)
    with os.fdopen(handle, "wb") as stream:
        stream.write(key)
    return key


@dataclass
class Access:
    """One server's door. ``address`` is what it is bound to, ``clock`` tells the seconds."""

    key: bytes
    port: int
    address: str = "127.0.0.1"
    password: str = ""
    encrypted: bool = False
    clock: Callable[[], float] = time.time
    _token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def __post_init__(self) -> None:
        # Another password makes the cookies of the old one worthless.
        self._sign = hmac.new(self.key, self.password.encode(), "sha256").digest()
        self._hash = self._slow(self.password) if self.password else b""
        self.password = "set" if self.password else ""

    # -- links ---------------------------------------------------------------------------------

    @property
    def scheme(self) -> str:
        """Return ``http``, or ``https`` with a certificate."""
        return "https" if self.encrypted else "http"

    @property
    def origin(self) -> str:
        """Return the address of the pages, as one would write it into a browser."""
        name = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{name}:{self.port}"

    @property
    def link(self) -> str:
        """Return the link that lets somebody in once."""
        return f"{self.origin}/open?token={self._token}"

    def spend(self, token: str) -> bool:
        """Check the token of the link; a right one is replaced by another."""
        right = hmac.compare_digest(token.encode(), self._token.encode())
        if right:
            self._token = secrets.token_urlsafe(24)
        return right

    # -- passwords -----------------------------------------------------------------------------

    def wait(self, client: str) -> float:
        """Return the seconds until an address may try a password again."""
        tries, since = self._wrong.get(client, (0, 0.0))
        return max(0.0, since + PAUSE - self.clock()) if tries >= TRIES else 0.0

    def admits(self, password: str, client: str) -> bool:
        """Check a password; wrong ones are counted."""
        if not self._hash or self.wait(client):
            return False
        if hmac.compare_digest(self._slow(password), self._hash):
            self._wrong.pop(client, None)
            return True
        tries, _ = self._wrong.get(client, (0, 0.0))
        if len(self._wrong) > 1000:
            self._wrong.clear()
        self._wrong[client] = (1 if tries >= TRIES else tries + 1, self.clock())
        return False

    def _slow(self, password: str) -> bytes:
        return hashlib.scrypt(password.encode(), salt=self._salt, n=2**14, r=8, p=1)

    # -- cookies -------------------------------------------------------------------------------

    @property
    def cookie_name(self) -> str:
        """Name the cookie by the port: browsers send cookies to every port of a machine."""
        return f"fgd_{self.port}"

    def cookie(self) -> str:
        """Make a cookie: when it was made, a random part, and a signature of both."""
        body = f"{int(self.clock())}.{secrets.token_urlsafe(16)}"
        return f"{body}.{self._signature(body)}"

    def knows(self, cookie: str) -> bool:
        """Tell whether we made this cookie, and not too long ago."""
        body, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return False
        made = body.partition(".")[0]
        return made.isdigit() and -60 <= self.clock() - int(made) <= LIFE

    def _signature(self, body: str) -> str:
        return hmac.new(self._sign, body.encode(), "sha256").hexdigest()

    # -- names ---------------------------------------------------------------------------------

    def is_host(self, host: str) -> bool:
        """Tell whether a request was meant for us.

        A page on the internet can make its own name point at this machine (DNS rebinding); its
        requests carry that name. So a name must be one of ours. An address cannot be rebound.
        """
        name, port = _split(host)
        if port != self.port:
            return False
        if self.address in LOCAL:
            return name in LOCAL
        return name in self._names() or _is_address(name)

    def is_origin(self, origin: str) -> bool:
        """Tell whether a request comes from one of our own pages."""
        scheme, _, host = origin.partition("://")
        return scheme == self.scheme and self.is_host(host)

    def _names(self) -> set[str]:
        mine = socket.gethostname().lower()
        return {*LOCAL, self.address.lower(), mine, f"{mine.partition('.')[0]}.local"}


def _split(host: str) -> tuple[str, int]:
    """Split ``[::1]:8750`` into ``("::1", 8750)``; port 0 where none is written."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or len(port) > 5:
        return host.lower(), 0
    return name.strip("[]").lower(), int(port)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Login:
    """Routes that exchange a token or a password for a cookie."""

    def __init__(
        self,
        access: Access,
        pages: Templates,
        *,
        home: str = "/",
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.access = access
        self.pages = pages
        self.home = home
        self.say = say

    def routes(self) -> list[Route]:
        """List the routes: ``/open`` and, with a password, ``/login``."""
        return [
            Route("/open", self.open),
            Route("/login", self.login, methods=["GET", "POST"]),
        ]

    def closed(self, status: int = 401, message: str = "") -> Response:
        """Serve the page of those who have no cookie yet."""
        return self.pages.page(
            "door.html.jinja", status, password=bool(self.access.password), message=message
        )

    def admit(self, response: Response) -> Response:
        """Add a cookie to an answer."""
        response.set_cookie(
            self.access.cookie_name,
            self.access.cookie(),
            max_age=LIFE,
            httponly=True,
            samesite="strict",
            secure=self.access.encrypted,
        )
        return response

    async def open(self, request: Request) -> Response:
        """Exchange the token of a link for a cookie."""
        if not self.access.spend(request.query_params.get("token", "")):
            return self.closed(403, "This link has been used already, or is not ours.")
        if self.say:
            self.say(self.access.link)
        # A page and not a redirect: a browser that followed a link from elsewhere would not send
        # the new cookie along with the redirect.
        return self.admit(self.pages.page("opened.html.jinja", home=self.home))

    async def login(self, request: Request) -> Response:
        """Exchange a password for a cookie, where the server is open to other machines."""
        if not self.access.password:
            return self.closed()
        if request.method == "GET":
            return self.closed(200)
        client = request.client.host if request.client else ""
        waiting = self.access.wait(client)
        if waiting:
            return self.closed(429, f"Too many wrong passwords. Wait {waiting:.0f} seconds.")
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > 4096:
                return self.closed(413, "That is too long for a password.")
        given = parse_qs(data.decode("utf-8", "replace")).get("password", [""])[0]
        if await aside(self.access.admits, given, client):
            return self.admit(RedirectResponse(self.home, 303))
        return self.closed(403, "That is not the password.")


OPEN = ("/open", "/login", "/static/")
"""What may be seen before the door is open."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Scripts and styles only from files of the package, nothing from anywhere else."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
    "cache-control": "no-store",
}


class AccessMiddleware:
    """Middleware around a whole application."""

    def __init__(self, app: ASGIApp, door: Access, closed: Callable[[], Response]) -> None:
        self.app = app
        self.door = door
        self.closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let the request through and add the headers to its answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # we speak no other protocol; the server closes the connection

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self.app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), scope["path"]
        if not self.door.is_host(headers.get("host", "")):
            return _refused(421, "This address is not one of this server's.", _LINK)
        site = headers.get("sec-fetch-site", "same-origin")
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get("origin", "")
            ours = self.door.is_origin(origin) if origin else "sec-fetch-site" in headers
            if not ours or site != "same-origin":
                message = "This request does not come from one of our own pages."
                return _refused(403, message, _LINK)
        elif site in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            return _refused(403, "Other pages may not read from this one.", _LINK)
        if path.startswith(OPEN) or self.door.knows(self._cookie(headers.getlist("cookie"))):
            return None
        if path.startswith("/api/"):
            return _refused(401, "The door is closed.", _LINK)
        return self.closed()

    def _cookie(self, lines: Iterable[str]) -> str:
        for line in lines:
            try:
                found = SimpleCookie(line).get(self.door.cookie_name)
            except CookieError:
                continue
            if found:
                return found.value
        return ""


_LINK = "Open the link again that fgd printed."


def _refused(status: int, message: str, remedy: str) -> Response:
    return JSONResponse({"message": message, "remedy": remedy}, status)


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
        """Serve a file, to be asked for again whenever it is used."""
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
    """Put access control and headers around an application.

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
    """Open a socket on the address, on the next free port if the wanted one is taken.

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

    # Whatever a thread reads for one session gives way to the pages of the others this often.
    sys.setswitchinterval(0.001)
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
