"""Serve the note-taker's page (``fgd live``), on this machine or on the room's own network.

The page keeps every tap on the tablet until the server has it on its disk; the server keeps
nothing that is not on the disk. So either may vanish at any moment and come back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fgd.floorlog.floorlog import Entry, Journal, Tap, codes
from fgd.model import Issue, Session
from fgd.server.serving import (
    Access,
    Binding,
    Refusal,
    Templates,
    answer,
    application,
    body,
    listen,
    load_key,
    run,
)

HERE = Path(__file__).resolve().parent
MOST = 500
"""Taps in one question; a page with more sends them in several."""


@dataclass(frozen=True, slots=True)
class Taps:
    """What a page sends: who taps, and what."""

    by: str
    taps: tuple[Tap, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """What a page is told: entries it does not have yet, and the server's time in ms."""

    count: int
    now: int
    entries: tuple[Entry, ...]
    issues: tuple[Issue, ...] = ()
    ids: tuple[str, ...] = ()


class Live:
    """One session's page and the questions it asks."""

    def __init__(self, session: Session, journal: Journal, pages: Templates) -> None:
        self.session = session
        self.journal = journal
        self.pages = pages

    def routes(self) -> list[Route]:
        """List the routes of the page, its service worker, and what they ask."""
        return [
            Route("/", self.page),
            Route("/sw.js", self.worker),
            Route("/api/session", self.about),
            Route("/api/log", self.log),
            Route("/api/taps", self.taps, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """Serve the page itself; what it shows it asks for."""
        return self.pages.page("live.html.jinja", session=self.session)

    async def worker(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """Serve the service worker, from the root so that it may answer for the page."""
        return FileResponse(
            HERE / "static" / "sw.js",
            media_type="text/javascript",
            headers={"cache-control": "no-cache"},
        )

    async def about(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """Tell who is invited and what is planned."""
        bodies = {each.id: each for each in self.session.institutions}
        plates = codes(self.session.participants)
        people = []
        for person in self.session.participants:
            hat = next((bodies[i] for i in person.institutions if i in bodies), None)
            people.append(
                {
                    "id": person.id,
                    "name": person.name,
                    "role": person.role,
                    "code": plates[person.id],
                    "institution": (hat.acronym or hat.name) if hat else "",
                    "category": hat.category if hat else "",
                }
            )
        sections = [asdict(section) for section in self.session.guide.sections]
        told = {"id": self.session.id, "title": self.session.title}
        return answer({**told, "people": people, "sections": sections})

    async def log(self, request: Request) -> Response:
        """Return the entries beyond the first ``after``."""
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            raise Refusal(422, "after must be a number.", "Load the page anew.")
        return answer(await run_in_threadpool(self._told, int(after)))

    async def taps(self, request: Request) -> Response:
        """Write taps down; the answer names those that are on the disk."""
        given = await body(request, Taps)
        if len(given.taps) > MOST:
            raise Refusal(413, f"At most {MOST} taps at a time.", "Send the others after.")
        ids = await run_in_threadpool(self.journal.add, given.taps, given.by)
        return answer(Log(len(self.journal.entries), self.journal.clock.now(), (), (), ids))

    def _told(self, after: int) -> Log:
        count, entries = self.journal.after(after)
        issues = tuple(self.journal.issues)
        return Log(count, self.journal.clock.now(), tuple(entries), issues)


def build(
    session: Session,
    folder: Path,
    access: Access,
    *,
    say: Callable[[str], None] | None = None,
) -> ASGIApp:
    """Make the application with its access control. ``folder`` is the session's own."""
    pages = Templates()
    live = Live(session, Journal(folder, date=session.date), pages)
    return application(live.routes(), access, pages, say=say)


def serve(
    session: Session,
    folder: Path,
    binding: Binding,
    *,
    state: Path,
    password: str = "",
    say: Callable[[str], None],
) -> None:
    """Serve until interrupted; ``say`` is told each link that opens the door.

    ``state`` is the project's folder for keys. Raises ``InputError`` if nothing can listen on the
    address, ``OSError`` for the key's file.
    """
    listener = listen(binding)
    access = Access(
        load_key(state / "live" / "key"),
        listener.getsockname()[1],
        binding.address,
        password,
        encrypted=binding.certificate is not None,
    )
    app = build(session, folder, access, say=say)
    say(access.link)
    run(app, listener, binding)
