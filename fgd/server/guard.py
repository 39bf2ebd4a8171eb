"""What every request must pass, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fgd.server.doorkeeper import Doorkeeper

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


class Guard:
    """Middleware around a whole application."""

    def __init__(self, app: ASGIApp, door: Doorkeeper, closed: Callable[[], Response]) -> None:
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
