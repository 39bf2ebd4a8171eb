"""A browser's side of an ASGI application, without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Message

from fgd.server.review_app import build
from fgd.server.serving import Access
from fgd.server.sessions import Sessions
from fgd.workspace.project import Project

PORT = 8750


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Sends what a browser would send from one of our own pages."""

    app: ASGIApp
    access: Access
    house: Sessions
    cookie: str = ""

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        chunks: Sequence[bytes] | None = None,
        leave: bool = False,
    ) -> Answer:
        """One request; ``chunks`` are sent as they are, and ``leave`` closes the tab after them."""
        path, _, query = path.partition("?")
        data = b"" if body is None else json.dumps(body).encode()
        sent = {"host": f"127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"}
        if self.cookie:
            sent["cookie"] = f"{self.access.cookie_name}={self.cookie}"
        if method not in ("GET", "HEAD"):
            sent["origin"] = f"http://127.0.0.1:{PORT}"
        if body is not None:
            sent["content-type"] = "application/json"
        sent |= headers or {}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "path": unquote(path), "raw_path": quote(path, safe="/%").encode(), "root_path": "",
            "query_string": query.encode(), "scheme": "http", "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", PORT), "state": {},
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.items() if v],
        }  # fmt: skip
        return asyncio.run(self._ask(scope, list(chunks) if chunks else [data], leave))

    async def _ask(self, scope: Any, chunks: list[bytes], leave: bool) -> Answer:
        answer, waiting = Answer(), list(chunks)

        async def receive() -> Message:
            if not waiting:
                return {"type": "http.disconnect"}
            data = waiting.pop(0)
            return {"type": "http.request", "body": data, "more_body": bool(waiting) or leave}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return answer

    def get(self, path: str, **given: Any) -> Answer:
        return self.ask("GET", path, **given)

    def post(self, path: str, body: object, **given: Any) -> Answer:
        return self.ask("POST", path, body, **given)

    def put(self, path: str, data: bytes, **given: Any) -> Answer:
        headers = {"content-length": str(len(data))} | given.pop("headers", {})
        return self.ask("PUT", path, headers=headers, chunks=[data], **given)

    def decide(self, session: str, *commands: object, seen: str = "", by: str = "Lien") -> Answer:
        change = {"by": by, "seen": seen, "commands": commands}
        return self.post(f"/api/s/{session}/changes", change)


@contextmanager
def client_of(project: Project, **given: Any) -> Iterator[Client]:
    """The application of a project."""
    access = Access(b"k" * 32, PORT)
    app, house = build(project, access, **given)
    try:
        yield Client(app, access, house, access.cookie())
    finally:
        house.close()


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    """Bytes as they arrive."""
    for chunk in chunks:
        yield chunk
