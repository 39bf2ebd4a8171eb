"""Decide who may come in: links that work once, signed cookies, a password.

A page on this machine is opened with a link that holds a token; the token is exchanged for a
cookie and is worth nothing afterwards. Cookies outlive a restart of the server, because the key
that signs them lies in the project's state folder, readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fgd.server.http import Templates, aside

LIFE = 24 * 3600
"""Seconds for which a cookie is good; every page that is opened renews it."""

TRIES, PAUSE = 5, 30.0
"""Wrong passwords from one address before it has to wait, and for how many seconds."""

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def load_key(path: Path) -> bytes:
    """The key that signs cookies, made on first use. Raises ``OSError``."""
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
        """``http``, or ``https`` with a certificate."""
        return "https" if self.encrypted else "http"

    @property
    def origin(self) -> str:
        """Where the pages are, as one would write it into a browser."""
        name = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{name}:{self.port}"

    @property
    def link(self) -> str:
        """The link that opens the door once."""
        return f"{self.origin}/open?token={self._token}"

    def spend(self, token: str) -> bool:
        """Whether this is the token of the link; if so there is another one from now on."""
        right = hmac.compare_digest(token.encode(), self._token.encode())
        if right:
            self._token = secrets.token_urlsafe(24)
        return right

    # -- passwords -----------------------------------------------------------------------------

    def wait(self, client: str) -> float:
        """Seconds until an address may try a password again."""
        tries, since = self._wrong.get(client, (0, 0.0))
        return max(0.0, since + PAUSE - self.clock()) if tries >= TRIES else 0.0

    def admits(self, password: str, client: str) -> bool:
        """Whether a password is right; wrong ones are counted."""
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
        """Cookies do not tell ports apart, names do."""
        return f"fgd_{self.port}"

    def cookie(self) -> str:
        """A new cookie: when it was made, a random part, and a signature of both."""
        body = f"{int(self.clock())}.{secrets.token_urlsafe(16)}"
        return f"{body}.{self._signature(body)}"

    def knows(self, cookie: str) -> bool:
        """Whether we made this cookie, and not too long ago."""
        body, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return False
        made = body.partition(".")[0]
        return made.isdigit() and -60 <= self.clock() - int(made) <= LIFE

    def _signature(self, body: str) -> str:
        return hmac.new(self._sign, body.encode(), "sha256").hexdigest()

    # -- names ---------------------------------------------------------------------------------

    def is_host(self, host: str) -> bool:
        """Whether a request was meant for us.

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
        """Whether a request comes from one of our own pages."""
        scheme, _, host = origin.partition("://")
        return scheme == self.scheme and self.is_host(host)

    def _names(self) -> set[str]:
        mine = socket.gethostname().lower()
        return {*LOCAL, self.address.lower(), mine, f"{mine.partition('.')[0]}.local"}


def _split(host: str) -> tuple[str, int]:
    """``[::1]:8750`` to ``("::1", 8750)``; port 0 where none is written."""
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
        """``/open`` and, with a password, ``/login``."""
        return [
            Route("/open", self.open),
            Route("/login", self.login, methods=["GET", "POST"]),
        ]

    def closed(self, status: int = 401, message: str = "") -> Response:
        """What somebody sees who stands before the door."""
        return self.pages.page(
            "door.html.jinja", status, password=bool(self.access.password), message=message
        )

    def admit(self, response: Response) -> Response:
        """The same answer, with a cookie."""
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
        """A link with a token."""
        if not self.access.spend(request.query_params.get("token", "")):
            return self.closed(403, "This link has been used already, or is not ours.")
        if self.say:
            self.say(self.access.link)
        # A page and not a redirect: a browser that followed a link from elsewhere would not send
        # the new cookie along with the redirect.
        return self.admit(self.pages.page("opened.html.jinja", home=self.home))

    async def login(self, request: Request) -> Response:
        """A password, where the server is open to other machines."""
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
            return _refused(421, "This address is not one of this server's.")
        site = headers.get("sec-fetch-site", "same-origin")
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get("origin", "")
            ours = self.door.is_origin(origin) if origin else "sec-fetch-site" in headers
            if not ours or site != "same-origin":
                return _refused(403, "This request does not come from one of our own pages.")
        elif site in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            return _refused(403, "Other pages may not read from this one.")
        if path.startswith(OPEN) or self.door.knows(self._cookie(headers.getlist("cookie"))):
            return None
        if path.startswith("/api/"):
            return _refused(401, "The door is closed. Open the link again that fgd printed.")
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


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"message": message, "remedy": ""}, status)
