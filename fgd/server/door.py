"""The two ways through the door as pages: a link with a token, and a password."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fgd.server.answers import aside
from fgd.server.doorkeeper import LIFE, Doorkeeper
from fgd.server.pages import Pages


class Door:
    """Routes that exchange a token or a password for a cookie."""

    def __init__(
        self,
        keeper: Doorkeeper,
        pages: Pages,
        *,
        home: str = "/",
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.keeper = keeper
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
            "door.html.jinja", status, password=bool(self.keeper.password), message=message
        )

    def admit(self, response: Response) -> Response:
        """The same answer, with a cookie."""
        response.set_cookie(
            self.keeper.cookie_name,
            self.keeper.cookie(),
            max_age=LIFE,
            httponly=True,
            samesite="strict",
            secure=self.keeper.encrypted,
        )
        return response

    async def open(self, request: Request) -> Response:
        """A link with a token."""
        if not self.keeper.spend(request.query_params.get("token", "")):
            return self.closed(403, "This link has been used already, or is not ours.")
        if self.say:
            self.say(self.keeper.link)
        # A page and not a redirect: a browser that followed a link from elsewhere would not send
        # the new cookie along with the redirect.
        return self.admit(self.pages.page("opened.html.jinja", home=self.home))

    async def login(self, request: Request) -> Response:
        """A password, where the server is open to other machines."""
        if not self.keeper.password:
            return self.closed()
        if request.method == "GET":
            return self.closed(200)
        client = request.client.host if request.client else ""
        waiting = self.keeper.wait(client)
        if waiting:
            return self.closed(429, f"Too many wrong passwords. Wait {waiting:.0f} seconds.")
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > 4096:
                return self.closed(413, "That is too long for a password.")
        given = parse_qs(data.decode("utf-8", "replace")).get("password", [""])[0]
        if await aside(self.keeper.admits, given, client):
            return self.admit(RedirectResponse(self.home, 303))
        return self.closed(403, "That is not the password.")
