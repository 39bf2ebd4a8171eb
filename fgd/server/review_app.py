"""Serve the pages where people correct the machine: sound, briefs, answers below ``/api/``."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fgd.audio.decode import SAMPLE_RATE
from fgd.core.errors import InputError
from fgd.core.text import ascii_slug
from fgd.decisions.log import Conflict, Log
from fgd.model import Decision, Evidence
from fgd.server.serving import (
    Access,
    Binding,
    Refusal,
    Templates,
    answer,
    application,
    aside,
    body,
    listen,
    load_key,
    run,
)
from fgd.server.sessions import KINDS, MOST, QUIET, NewSession, Purpose, Sessions, make_session
from fgd.workbench import (
    brief_view,
    changes,
    circulation_view,
    overview,
    shelf_view,
    themes_view,
)
from fgd.workbench.open_session import OpenSession, Reading, Who
from fgd.workbench.transcript_view import Card, cards
from fgd.workspace.project import Project
from fgd.workspace.store import write_bytes

SHOWN = 12
"""Reasons shown for a voice."""


class Api:
    """The endpoints. Whatever reads files or computes does so beside the event loop."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    def routes(self) -> list[Route]:
        """List the routes below ``/api/``."""
        one = "/api/s/{session}"
        return [
            Route("/api/sessions", self.listed),
            Route("/api/find", self.find),
            Route("/api/shelves", self.shelves),
            Route("/api/sessions", self.begin, methods=["POST"]),
            Route(f"{one}/files/{{purpose}}", self.bring, methods=["PUT"]),
            Route(f"{one}/overview", self.overview),
            Route(f"{one}/setup", self.setup),
            Route(f"{one}/voices", self.voices),
            Route(f"{one}/transcript", self.transcript),
            Route(f"{one}/themes", self.themes),
            Route(f"{one}/propositions", self.propositions),
            Route(f"{one}/circulation", self.circulation),
            Route(f"{one}/history", self.history),
            Route(f"{one}/editions", self.editions),
            Route(f"{one}/findings", self.findings),
            Route(f"{one}/news", self.news),
            Route(f"{one}/changes", self.change, methods=["POST"]),
            Route(f"{one}/build", self.build, methods=["POST"]),
            Route(f"{one}/stop", self.stop, methods=["POST"]),
        ]

    def opened(self, request: Request) -> OpenSession:
        """Open the session that a request is about. Raises ``Refusal``."""
        return self.sessions.get(request.path_params["session"])

    async def listed(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """List the ids of all sessions, and what lies between them."""
        found, issues = await aside(self.sessions.all)
        told = [{"id": opened.folder.id, "name": opened.folder.name} for opened in found]
        return answer({"sessions": told, "issues": issues})

    async def find(self, request: Request) -> Response:
        """Answer a question over all sessions, in the process that is there for it."""
        asked = request.query_params.get("q", "")
        data = await aside(self.sessions.finding.find, asked)
        return Response(data, media_type="application/json")

    async def shelves(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """Return the shelves of quotes."""

        def work() -> dict[str, Any]:
            return {"shelves": shelf_view.shelves(self.sessions.all()[0])}

        return answer(await aside(work))

    async def begin(self, request: Request) -> Response:
        """Make a new session."""
        new = await body(request, NewSession)
        folder = await aside(make_session, self.sessions.project.recordings, new)
        found, _ = await aside(self.sessions.all)
        made = next(opened for opened in found if opened.folder.source == folder)
        return answer({"id": made.folder.id}, 201)

    async def bring(self, request: Request) -> Response:
        """Receive a file for a session, as the body of the request."""
        purpose: Purpose = request.path_params["purpose"]
        if purpose not in KINDS:
            raise Refusal(404, "There is no such purpose.", "Load the page anew.")
        length = request.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            raise Refusal(411, "The size of the file must be told first.", "Drop it anew.")
        inbox, opened = self.sessions.inbox, self.opened(request)
        ending = inbox.check(purpose, request.query_params.get("name", ""), int(length))
        arrived = await inbox.receive(request.stream(), ending, int(length))

        def place() -> Path:
            with opened.as_folder() as folder:
                if not folder.is_dir():
                    self.sessions.get(opened.folder.id)  # says that it is gone
                return inbox.place(arrived, folder, purpose, ending)

        try:
            path = await aside(place)
        finally:
            arrived.unlink(missing_ok=True)
        return answer({"name": path.name}, 201)

    async def overview(self, request: Request) -> Response:
        """Tell how a session stands."""
        opened = self.opened(request)
        return answer(
            await aside(overview.overview, opened, self.sessions.jobs.of(opened.folder.id))
        )

    async def setup(self, request: Request) -> Response:
        """Return what people gave."""
        opened = self.opened(request)
        return answer(await aside(overview.setup, opened, self.sessions.jobs.of(opened.folder.id)))

    async def voices(self, request: Request) -> Response:
        """Return every voice with what helps to name it."""
        opened = self.opened(request)

        def work() -> dict[str, Any]:
            reading = opened.reading()
            playable = [each.id for each in opened.recordings() if opened.sound(each.id)]
            return {
                "version": opened.log.version,
                "pending": reading.pending,
                "recordings": [{"id": r.id, "name": r.name} for r in opened.recordings()],
                "cards": [
                    _card(reading, card, card.recording in playable) for card in cards(reading)
                ],
                "people": [
                    {"id": person.id, "label": reading.label(Who(person.id, person.institutions))}
                    for person in reading.people.values()
                ],
                "bodies": [{"id": b.id, "label": b.name} for b in reading.bodies.values()],
            }

        return answer(await aside(work))

    async def transcript(self, request: Request) -> Response:
        """Return the transcript, or what changed in it."""
        opened, base = self.opened(request), request.query_params.get("since", "")
        data = await aside(self.sessions.transcript(opened).answer, base)
        return Response(data, media_type="application/json")

    async def themes(self, request: Request) -> Response:
        """Return the tree of themes."""
        return answer(await aside(themes_view.themes, self.opened(request)))

    async def propositions(self, request: Request) -> Response:
        """Return what was put to the room, with its responses."""
        return answer(await aside(brief_view.propositions, self.opened(request)))

    async def circulation(self, request: Request) -> Response:
        """Return what the circulation edition withholds, and why."""
        return answer(await aside(circulation_view.page, self.opened(request)))

    async def history(self, request: Request) -> Response:
        """Return every decision."""
        opened = self.opened(request)

        def work() -> dict[str, Any]:
            log = opened.log
            return {"version": log.version, "entries": changes.history(opened.reading(), log)}

        return answer(await aside(work))

    async def editions(self, request: Request) -> Response:
        """Tell which editions there are, and what the checks said."""
        return answer(await aside(brief_view.editions, self.opened(request)))

    async def findings(self, request: Request) -> Response:
        """Return the quotes of the findings, and what else they could be shown with."""
        return answer(await aside(brief_view.findings, self.opened(request)))

    async def news(self, request: Request) -> Response:
        """Return what happened since a page looked last."""
        opened, seen = self.opened(request), request.query_params.get("seen", "")

        def work() -> dict[str, Any]:
            reading, log = opened.reading(), opened.log
            newer = log.since(seen) if log.version != seen else ()
            return {
                "version": log.version,
                "pending": reading.pending,
                "job": self.sessions.jobs.of(opened.folder.id),
                "others": [_said(reading, log, decision) for decision in newer],
            }

        return answer(await aside(work))

    async def change(self, request: Request) -> Response:
        """Decide. What contradicts a decision that the page has not seen is not written."""
        wanted, opened = await body(request, changes.Change), self.opened(request)

        def work() -> Response:
            reading, log = opened.reading(), opened.log
            try:
                made, after = changes.apply(opened, wanted)
            except Conflict as problem:
                others = [_said(reading, log, decision) for decision in problem.others]
                raise Refusal(
                    409, problem.message, "Look at theirs, then decide again.", others=others
                ) from problem
            told = [_said(reading, log, decision) for decision in made]
            return answer({"version": after.version, "made": told})

        return await aside(work)

    async def build(self, request: Request) -> Response:
        """Have the pass done."""
        opened = self.opened(request)
        if not opened.source.intake.session.recordings:
            raise InputError(
                "there is no recording or transcript yet.", remedy="Drop one under Set-up."
            )
        return answer(self.sessions.jobs.ask(opened.folder.id), 202)

    async def stop(self, request: Request) -> Response:
        """End a pass; what it finished is kept."""
        opened = self.opened(request)
        await aside(self.sessions.jobs.stop, opened.folder.id)
        return answer(self.sessions.jobs.of(opened.folder.id))


def _said(reading: Reading, log: Log, decision: Decision) -> dict[str, str]:
    said = changes.sentence(reading, log, decision)
    return {"id": decision.id, "by": decision.by, "when": decision.when, "said": said}


def _card(reading: Reading, card: Card, playable: bool) -> dict[str, Any]:
    """Return the fields of a card that the page takes."""
    names = {person.id: person.name for person in reading.people.values()}
    return {
        "key": card.key,
        "voice": card.voice.id,
        "clarity": card.voice.clarity,
        "recording": card.recording,
        "place": card.place,
        "tint": card.tint % 12,
        "state": card.state,
        "label": card.label,
        "participant": card.who.participant,
        "confidence": card.who.confidence,
        "source": card.who.source,
        "runner_up": names.get(card.who.runner_up, ""),
        "heard": str(card.who.heard),
        "turns": card.turns,
        "speech": card.speech,
        "timed": card.timed,
        "playable": playable,
        "clips": card.clips,
        "candidates": card.candidates,
        "evidence": [_reason(each, names) for each in card.evidence[:SHOWN]],
        "more": max(0, len(card.evidence) - SHOWN),
    }


def _reason(evidence: Evidence, names: dict[str, str]) -> dict[str, object]:
    against: Literal["for", "against"] = "against" if evidence.weight < 0 else "for"
    return {
        "kind": evidence.kind,
        "who": names.get(evidence.participant, ""),
        "text": evidence.text,
        "turn": evidence.turn,
        "start": evidence.span.start,
        "way": against,
        "weight": round(abs(evidence.weight), 1),
    }


STEP = 100
"""Milliseconds for each byte."""

_BLOCK = 600 * SAMPLE_RATE


def loudness(sound: Path, kept: Path) -> bytes:
    """Measure the loudest sample of every ``STEP`` ms as one byte (0-255), on a scale of loudness.

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


_NO_SOUND = "Put the recording back into the folder of the session."


class ReviewPages:
    """The pages of a session, empty until their scripts fill them."""

    def __init__(self, sessions: Sessions, pages: Templates) -> None:
        self.sessions = sessions
        self.pages = pages

    def routes(self) -> list[Route]:
        """List the routes of the pages."""
        return [
            Route("/", self.start),
            Route("/find", self.find),
            Route("/find/shelf", self.shelf),
            Route("/s/{session}", self.front),
            Route("/s/{session}/sound/{number:int}", self.sound),
            Route("/s/{session}/loudness/{number:int}", self.loudness),
            Route("/s/{session}/edition/{edition}/{name:path}", self.edition),
            Route("/s/{session}/{view}", self.view),
        ]

    async def start(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """Serve the list of sessions."""
        return self.pages.page("sessions.html.jinja")

    async def find(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """Serve the page that looks through all sessions, and make ready to answer."""
        await aside(self.sessions.finding.warm)
        return self.pages.page("find.html.jinja")

    async def shelf(self, request: Request) -> Response:
        """Serve a shelf as a file."""
        name, kind, edition = (
            request.query_params.get(key, "") for key in ("name", "kind", "edition")
        )
        data = await aside(self.sessions.finding.export, name, kind, edition)
        called = f"{ascii_slug(name, 60) or 'shelf'}-{edition}.{kind}"
        headers = {"content-disposition": f'attachment; filename="{called}"'}
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def front(self, request: Request) -> Response:
        """Redirect to set-up where nothing is built, else to the voices."""
        opened = self._opened(request)
        reading = await aside(opened.reading)
        view = "voices" if reading.talks else "setup"
        return RedirectResponse(f"/s/{quote(opened.folder.id, safe='')}/{view}", 303)

    async def view(self, request: Request) -> Response:
        """Serve one view of a session."""
        opened, view = self._opened(request), request.path_params["view"]
        if view not in dict(TABS):
            raise Refusal(404, "There is no such page.", "Go to the list of sessions.")
        self.sessions.expect()
        title = await aside(lambda: opened.source.intake.session.title or opened.folder.name)
        return self.pages.page(
            f"{view}.html.jinja", session=opened.folder.id, title=title, tabs=TABS, view=view
        )

    async def sound(self, request: Request) -> Response:
        """Serve the decoded sound of the recording with this number, whole or a range of bytes."""
        path = await aside(self._sound, request)
        return FileResponse(path, media_type="audio/wav")

    async def loudness(self, request: Request) -> Response:
        """Serve the loudness of a recording: one byte for every tenth of a second."""
        opened = self._opened(request)
        path = await aside(self._sound, request)
        kept = self.sessions.project.state / "review" / "loudness"
        name = f"{opened.folder.id}-{path.parent.name}.loudness"
        data = await aside(loudness, path, kept / name)
        return Response(data, media_type="application/octet-stream")

    async def edition(self, request: Request) -> Response:
        """Serve a file of an edition."""
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
            raise Refusal(404, "There is no sound of this recording here.", _NO_SOUND)
        return path


def build(
    project: Project,
    access: Access,
    *,
    most: int = MOST,
    home: str = "/",
    say: Callable[[str], None] | None = None,
) -> tuple[ASGIApp, Sessions]:
    """Make the application with its access control; ``most`` bounds an upload, in bytes."""
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
