"""What pages ask of the server, and what they are told: everything below ``/api/``."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fgd.core.errors import InputError
from fgd.decisions.ledger import Conflict, Log
from fgd.model import Decision, Evidence
from fgd.server import founding
from fgd.server.answers import Refusal, answer, aside, body
from fgd.server.house import House
from fgd.server.uploads import KINDS, Purpose
from fgd.workbench import commands, outlook, papers, telling, topics, wordings
from fgd.workbench.cards import Card, cards
from fgd.workbench.reading import Reading, Who
from fgd.workbench.room import Room

SHOWN = 12
"""Reasons shown for a voice."""


class Asks:
    """The endpoints. Whatever reads files or computes does so beside the event loop."""

    def __init__(self, house: House) -> None:
        self.house = house

    def routes(self) -> list[Route]:
        """All of them."""
        one = "/api/s/{session}"
        return [
            Route("/api/sessions", self.sessions),
            Route("/api/sessions", self.begin, methods=["POST"]),
            Route(f"{one}/files/{{purpose}}", self.bring, methods=["PUT"]),
            Route(f"{one}/glance", self.glance),
            Route(f"{one}/setup", self.setup),
            Route(f"{one}/cards", self.cards),
            Route(f"{one}/sheet", self.sheet),
            Route(f"{one}/themes", self.themes),
            Route(f"{one}/history", self.history),
            Route(f"{one}/papers", self.papers),
            Route(f"{one}/wordings", self.wordings),
            Route(f"{one}/news", self.news),
            Route(f"{one}/changes", self.change, methods=["POST"]),
            Route(f"{one}/build", self.build, methods=["POST"]),
            Route(f"{one}/stop", self.stop, methods=["POST"]),
        ]

    def room(self, request: Request) -> Room:
        """The session that a request is about. Raises ``Refusal``."""
        return self.house.room(request.path_params["session"])

    async def sessions(self, request: Request) -> Response:  # noqa: ARG002 - what Starlette passes
        """The ids of all sessions, and what lies between them."""
        rooms, issues = await aside(self.house.rooms)
        told = [{"id": room.folder.id, "name": room.folder.name} for room in rooms]
        return answer({"sessions": told, "issues": issues})

    async def begin(self, request: Request) -> Response:
        """A new session."""
        new = await body(request, founding.New)
        folder = await aside(founding.found, self.house.project.recordings, new)
        rooms, _ = await aside(self.house.rooms)
        made = next(room for room in rooms if room.folder.source == folder)
        return answer({"id": made.folder.id}, 201)

    async def bring(self, request: Request) -> Response:
        """A file for a session, as the body of the request."""
        purpose: Purpose = request.path_params["purpose"]
        if purpose not in KINDS:
            raise Refusal(404, "There is no such purpose.")
        length = request.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            raise Refusal(411, "The size of the file must be told first.")
        inbox = self.house.inbox
        ending = inbox.check(purpose, request.query_params.get("name", ""), int(length))
        room = await aside(self.house.settle, self.room(request))
        arrived = await inbox.receive(request.stream(), ending, int(length))
        try:
            if not room.folder.source.is_dir():
                self.house.room(room.folder.id)  # says that it is gone
            path = await aside(inbox.place, arrived, room.folder.source, purpose, ending)
        finally:
            arrived.unlink(missing_ok=True)
        return answer({"name": path.name}, 201)

    async def glance(self, request: Request) -> Response:
        """How a session stands."""
        room = self.room(request)
        return answer(await aside(outlook.glance, room, self.house.jobs.of(room.folder.id)))

    async def setup(self, request: Request) -> Response:
        """What people gave."""
        return answer(await aside(outlook.setup, self.room(request)))

    async def cards(self, request: Request) -> Response:
        """Every voice with what helps to name it."""
        room = self.room(request)

        def work() -> dict[str, Any]:
            reading = room.reading()
            playable = [each.id for each in room.recordings() if room.sound(each.id)]
            return {
                "version": room.log.version,
                "pending": reading.pending,
                "recordings": [{"id": r.id, "name": r.name} for r in room.recordings()],
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

    async def sheet(self, request: Request) -> Response:
        """The transcript, or what changed in it."""
        room, base = self.room(request), request.query_params.get("since", "")
        data = await aside(self.house.sheets(room).answer, base)
        return Response(data, media_type="application/json")

    async def themes(self, request: Request) -> Response:
        """The tree of themes."""
        return answer(await aside(topics.topics, self.room(request)))

    async def history(self, request: Request) -> Response:
        """Every decision."""
        room = self.room(request)

        def work() -> dict[str, Any]:
            log = room.log
            return {"version": log.version, "entries": telling.history(room.reading(), log)}

        return answer(await aside(work))

    async def papers(self, request: Request) -> Response:
        """Which editions there are, and what the checks said."""
        return answer(await aside(papers.papers, self.room(request)))

    async def wordings(self, request: Request) -> Response:
        """The quotes of the findings, and what else they could be shown with."""
        return answer(await aside(wordings.wordings, self.room(request)))

    async def news(self, request: Request) -> Response:
        """What happened since a page looked last."""
        room, seen = self.room(request), request.query_params.get("seen", "")

        def work() -> dict[str, Any]:
            reading, log = room.reading(), room.log
            newer = log.since(seen) if log.version != seen else ()
            return {
                "version": log.version,
                "pending": reading.pending,
                "job": self.house.jobs.of(room.folder.id),
                "others": [_said(reading, log, decision) for decision in newer],
            }

        return answer(await aside(work))

    async def change(self, request: Request) -> Response:
        """Decide. What contradicts a decision that the page has not seen is not written."""
        wanted = await body(request, commands.Change)
        room = await aside(self.house.settle, self.room(request))

        def work() -> Response:
            reading, log = room.reading(), room.log
            desk = partial(topics.desk, room, reading)
            brief = partial(wordings.brief_of, room)
            made = commands.decisions(reading, log.decisions, wanted, commands.now(), desk, brief)
            try:
                after = room.ledger.add(made, wanted.seen)
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
        room = self.room(request)
        if not room.source.intake.session.recordings:
            raise InputError(
                "there is no recording or transcript yet.", remedy="Drop one under Set-up."
            )
        return answer(self.house.jobs.ask(room.folder.id), 202)

    async def stop(self, request: Request) -> Response:
        """End a pass; what it finished is kept."""
        room = self.room(request)
        await aside(self.house.jobs.stop, room.folder.id)
        return answer(self.house.jobs.of(room.folder.id))


def _said(reading: Reading, log: Log, decision: Decision) -> dict[str, str]:
    known = {each.id: each for each in log.decisions}
    said = telling.said(reading, known, decision)
    return {"id": decision.id, "by": decision.by, "when": decision.when, "said": said}


def _card(reading: Reading, card: Card, playable: bool) -> dict[str, Any]:
    """A card as the page takes it."""
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
