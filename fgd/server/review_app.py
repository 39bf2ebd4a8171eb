"""Serve the pages where people correct the machine, with the sound and briefs that they show."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fgd.audio.decode import SAMPLE_RATE
from fgd.server.api import Api
from fgd.server.serving import (
    Access,
    Binding,
    Refusal,
    Templates,
    application,
    aside,
    listen,
    load_key,
    run,
)
from fgd.server.sessions import MOST, QUIET, Sessions
from fgd.workbench import brief_view
from fgd.workbench.open_session import OpenSession
from fgd.workspace.project import Project
from fgd.workspace.store import write_bytes

STEP = 100
"""Milliseconds for each byte."""

_BLOCK = 600 * SAMPLE_RATE


def loudness(sound: Path, kept: Path) -> bytes:
    """One byte (0-255) for every ``STEP`` ms: the loudest sample, on a scale of loudness.

    ``kept`` is where they lie from the second time on.
    """
    try:
        if kept.stat().st_mtime_ns >= sound.stat().st_mtime_ns:
            return kept.read_bytes()
    except OSError:
        pass
    made = _measured(sound)
    write_bytes(kept, made)
    return made


def _measured(sound: Path) -> bytes:
    import numpy as np

    size = SAMPLE_RATE * STEP // 1000
    found = []
    with wave.open(str(sound), "rb") as reader:
        while data := reader.readframes(_BLOCK):
            samples = np.abs(np.frombuffer(data, dtype="<i2").astype(np.int32))
            whole = np.zeros(-(-len(samples) // size) * size, np.int32)
            whole[: len(samples)] = samples
            found.append(whole.reshape(-1, size).max(axis=1))
    if not found:
        return b""
    # The square root brings quiet voices up, as a recorder's display does.
    loud = np.sqrt(np.concatenate(found) / 32768.0) * 255
    return bytes(np.clip(loud, 0, 255).astype(np.uint8))


TABS = (
    ("setup", "Set-up"),
    ("voices", "Voices"),
    ("transcript", "Transcript"),
    ("propositions", "Propositions"),
    ("themes", "Themes"),
    ("brief", "Brief"),
    ("circulation", "Circulation"),
    ("history", "History"),
)


class ReviewPages:
    """The pages of a session, empty until their scripts fill them."""

    def __init__(self, sessions: Sessions, pages: Templates) -> None:
        self.sessions = sessions
        self.pages = pages

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self.start),
            Route("/s/{session}", self.front),
            Route("/s/{session}/sound/{number:int}", self.sound),
            Route("/s/{session}/loudness/{number:int}", self.loudness),
            Route("/s/{session}/edition/{edition}/{name:path}", self.edition),
            Route("/s/{session}/{view}", self.view),
        ]

    async def start(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """The list of sessions."""
        return self.pages.page("sessions.html.jinja")

    async def front(self, request: Request) -> Response:
        """Where one goes first: set-up where nothing is built, else the voices."""
        opened = self._opened(request)
        reading = await aside(opened.reading)
        view = "voices" if reading.talks else "setup"
        return RedirectResponse(f"/s/{quote(opened.folder.id, safe='')}/{view}", 303)

    async def view(self, request: Request) -> Response:
        """One view of a session."""
        opened, view = self._opened(request), request.path_params["view"]
        if view not in dict(TABS):
            raise Refusal(404, "There is no such page.")
        self.sessions.expect()
        title = await aside(lambda: opened.source.intake.session.title or opened.folder.name)
        return self.pages.page(
            f"{view}.html.jinja", session=opened.folder.id, title=title, tabs=TABS, view=view
        )

    async def sound(self, request: Request) -> Response:
        """The decoded sound of the recording with this number, whole or a range of bytes."""
        path = await aside(self._sound, request)
        return FileResponse(path, media_type="audio/wav")

    async def loudness(self, request: Request) -> Response:
        """How loud it is along its time: one byte for every tenth of a second."""
        opened = self._opened(request)
        path = await aside(self._sound, request)
        kept = self.sessions.project.state / "review" / "loudness"
        name = f"{opened.folder.id}-{path.parent.name}.loudness"
        data = await aside(loudness, path, kept / name)
        return Response(data, media_type="application/octet-stream")

    async def edition(self, request: Request) -> Response:
        """A file of an edition."""
        asked = request.path_params
        path = await aside(
            brief_view.edition_file, self._opened(request), asked["edition"], asked["name"]
        )
        if path is None:
            raise Refusal(
                404, "There is no such file in this edition.", "Build it, then look again."
            )
        headers = {"content-security-policy": brief_view.POLICY, "x-frame-options": "SAMEORIGIN"}
        if path.suffix in (".docx", ".md"):
            name = f"{asked['edition']}-{path.name}"
            headers["content-disposition"] = f'attachment; filename="{name}"'
        return FileResponse(path, media_type=brief_view.KINDS[path.suffix], headers=headers)

    def _opened(self, request: Request) -> OpenSession:
        return self.sessions.get(request.path_params["session"])

    def _sound(self, request: Request) -> Path:
        opened, number = self._opened(request), request.path_params["number"]
        recordings = opened.recordings()
        path = opened.sound(recordings[number].id) if number < len(recordings) else None
        if path is None:
            raise Refusal(404, "There is no sound of this recording here.")
        return path


def build(
    project: Project,
    access: Access,
    *,
    most: int = MOST,
    home: str = "/",
    say: Callable[[str], None] | None = None,
) -> tuple[ASGIApp, Sessions]:
    """The application behind its door; ``most`` bounds an uploaded recording, in bytes."""
    sessions = Sessions(project, most=most)
    pages = Templates()
    routes = [*Api(sessions).routes(), *ReviewPages(sessions, pages).routes()]
    app = application(routes, access, pages, home=home, say=say, stop=sessions.close)
    return app, sessions


def serve(
    project: Project,
    binding: Binding,
    *,
    password: str = "",
    session: str = "",
    most: int = MOST,
    say: Callable[[str], None],
) -> None:
    """Serve until interrupted; ``say`` is told each link that opens the door, which leads to the
    session with the id ``session`` if there is one.

    Raises ``InputError`` if nothing can listen on the address, ``OSError`` for the key's file.
    """
    listener = listen(binding)
    access = Access(
        load_key(project.state / "review" / "key"),
        listener.getsockname()[1],
        binding.address,
        password,
        encrypted=binding.certificate is not None,
    )
    home = f"/s/{quote(session, safe='')}" if session else "/"
    app, sessions = build(project, access, most=most, home=home, say=say)
    if session:
        sessions.prepare(session)
    else:
        sessions.jobs.warm(after=QUIET)
    say(access.link)
    run(app, listener, binding)
