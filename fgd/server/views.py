"""The pages themselves, and the sound and briefs that they show."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from fgd.server.answers import Refusal, aside
from fgd.server.house import House
from fgd.server.pages import Pages
from fgd.server.peaks import peaks
from fgd.workbench import papers
from fgd.workbench.room import Room

TABS = (
    ("setup", "Set-up"),
    ("voices", "Voices"),
    ("transcript", "Transcript"),
    ("themes", "Themes"),
    ("brief", "Brief"),
    ("history", "History"),
)


class Views:
    """Shells that scripts fill; only names that everybody may see are in them."""

    def __init__(self, house: House, pages: Pages) -> None:
        self.house = house
        self.pages = pages

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self.sessions),
            Route("/s/{session}", self.front),
            Route("/s/{session}/sound/{number:int}", self.sound),
            Route("/s/{session}/peaks/{number:int}", self.peaks),
            Route("/s/{session}/paper/{edition}/{name:path}", self.paper),
            Route("/s/{session}/{view}", self.view),
        ]

    async def sessions(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """The list of sessions."""
        return self.pages.page("sessions.html.jinja")

    async def front(self, request: Request) -> Response:
        """Where one goes first: set-up where nothing is built, else the voices."""
        room = self._room(request)
        reading = await aside(room.reading)
        view = "voices" if reading.talks else "setup"
        return RedirectResponse(f"/s/{quote(room.folder.id, safe='')}/{view}", 303)

    async def view(self, request: Request) -> Response:
        """One view of a session."""
        room, view = self._room(request), request.path_params["view"]
        if view not in dict(TABS):
            raise Refusal(404, "There is no such page.")
        self.house.expect(room)
        title = await aside(lambda: room.source.intake.session.title or room.folder.name)
        return self.pages.page(
            f"{view}.html.jinja", session=room.folder.id, title=title, tabs=TABS, view=view
        )

    async def sound(self, request: Request) -> Response:
        """The decoded sound of the recording with this number, whole or a range of bytes."""
        path = await aside(self._sound, request)
        return FileResponse(path, media_type="audio/wav")

    async def peaks(self, request: Request) -> Response:
        """How loud it is along its time: one byte for every tenth of a second."""
        room = self._room(request)
        path = await aside(self._sound, request)
        kept = self.house.project.state / "review" / "peaks"
        name = f"{room.folder.id}-{path.parent.name}.peaks"
        data = await aside(peaks, path, kept / name)
        return Response(data, media_type="application/octet-stream")

    async def paper(self, request: Request) -> Response:
        """A file of an edition."""
        asked = request.path_params
        path = await aside(papers.file, self._room(request), asked["edition"], asked["name"])
        if path is None:
            raise Refusal(
                404, "There is no such file in this edition.", "Build it, then look again."
            )
        headers = {"content-security-policy": papers.POLICY, "x-frame-options": "SAMEORIGIN"}
        if path.suffix in (".docx", ".md"):
            name = f"{asked['edition']}-{path.name}"
            headers["content-disposition"] = f'attachment; filename="{name}"'
        return FileResponse(path, media_type=papers.KINDS[path.suffix], headers=headers)

    def _room(self, request: Request) -> Room:
        return self.house.room(request.path_params["session"])

    def _sound(self, request: Request) -> Path:
        room, number = self._room(request), request.path_params["number"]
        recordings = room.recordings()
        path = room.sound(recordings[number].id) if number < len(recordings) else None
        if path is None:
            raise Refusal(404, "There is no sound of this recording here.")
        return path
