"""A project to review: one real session built once, copied for every test that changes it."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import struct
import subprocess
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fgd import pipeline
from fgd.server.sessions import Sessions
from fgd.workspace.project import Project
from tests.server.asgi import Client, client_of

DEMO = Path(__file__).resolve().parents[2] / "demo" / "recordings" / "security-workshop"
WORKSHOP, TALK = "security-workshop", "talk"

CUES = """WEBVTT

00:00:00.500 --> 00:00:04.000
Ana Reyes: Good morning, I am Ana Reyes of the Coast Guard, and I open the meeting.

00:00:04.500 --> 00:00:08.000
Room 2: We have wached the same boats as you have.

00:00:08.500 --> 00:00:11.500
Ana Reyes: Thank you. Then let us share what we know.
"""
ROSTER = "name,role,institution,acronym\nAna Reyes,facilitator,Coast Guard,CG\nBen Cruz,participant,Harbour Police,HP\n"


CUES_KEPT, SECTIONS_KEPT = 40, 3

ANSWERED = """
00:07:18.000 --> 00:07:24.000
Bayu Pratomo: I propose that the three services open one common telephone line for urgent calls at sea.

00:07:25.000 --> 00:07:29.000
Noraini Hashim (RSSC): Who supports the common telephone line for urgent calls at sea?

00:07:30.000 --> 00:07:36.900
Meeting Room 2: I support the proposal of a common telephone line for urgent calls at sea. Our duty room in the capital could answer such a line by day and by night.

00:07:37.000 --> 00:07:43.000
Bayu Pratomo: I also propose that every officer keeps a written log of urgent calls for five years.

00:07:44.000 --> 00:07:54.000
Meeting Room 2: I cannot support a written log of urgent calls for five years, because our law forbids it. Twelve months is the longest that any of our offices may keep such papers.
"""
"""What the narrow networks, which every machine has, are sure enough of to tell."""


def cut(source: Path, target: Path) -> None:
    """The first minutes of the demo's workshop with the part of its guide that they follow, and two
    plain proposals: small enough to be built again and again, large enough for voices, quotes,
    answers and themes.
    """
    shutil.copytree(source, target)
    cues = (target / "01-workshop.vtt").read_text().split("\n\n")
    (target / "01-workshop.vtt").write_text("\n\n".join(cues[: CUES_KEPT + 1]) + "\n" + ANSWERED)
    parts = (target / "guide.md").read_text().split("\n## ")
    (target / "guide.md").write_text("\n## ".join(parts[: SECTIONS_KEPT + 1]))
    settings = (target / "session.toml").read_text().partition("[themes]")[0]
    (target / "session.toml").write_text(settings + "[themes]\ncodebooks = []\n")


def tone(path: Path, seconds: float = 12.0, rate: int = 8000) -> None:
    """A sound that rises and falls twice a second."""
    samples = [
        int(9000 * math.sin(2 * math.pi * 220 * n / rate) * math.sin(2 * math.pi * n / rate) ** 2)
        for n in range(int(seconds * rate))
    ]
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(struct.pack(f"<{len(samples)}h", *samples))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the demo's workshop (a transcript) and a short talk with its sound, built."""
    root = tmp_path_factory.mktemp("review") / "project"
    cut(DEMO, root / "recordings" / WORKSHOP)
    talk = root / "recordings" / TALK
    talk.mkdir()
    tone(talk / "meeting.wav")
    (talk / "meeting.vtt").write_text(CUES)
    (talk / "participants.csv").write_text(ROSTER)
    (talk / "session.toml").write_text('title = "A short talk"\nlanguages = ["en"]\n')
    project = Project.open(root)
    for name in (WORKSHOP, TALK):
        outcome = pipeline.run(pipeline.SessionContext(project, project.session(name)))
        assert outcome.state != "failed", outcome.issues
    return root


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Project:
    """A copy of it that a test may change."""
    root = tmp_path / "project"
    shutil.copytree(built, root)
    return Project.open(root)


@pytest.fixture
def house(project: Project) -> Iterator[Sessions]:
    """Its sessions as the server knows them."""
    made = Sessions(project, most=1 << 20)
    yield made
    made.close()


@pytest.fixture
def client(project: Project) -> Iterator[Client]:
    """A browser's side of the application, with an open door."""
    with client_of(project, most=1 << 20) as made:
        yield made


@dataclass(frozen=True)
class Served:
    """A running server."""

    root: Path
    link: str
    origin: str
    process: subprocess.Popen[str]

    def decisions(self, session: str) -> list[dict[str, Any]]:
        """The lines of a session's ``decisions.jsonl``."""
        path = self.root / "recordings" / session / "decisions.jsonl"
        lines = path.read_text().splitlines() if path.is_file() else []
        return [json.loads(line) for line in lines]

    def next_link(self) -> str:
        """The link that is printed once the last one was used."""
        assert self.process.stdout is not None
        return str(json.loads(self.process.stdout.readline())["link"])


def serve(root: Path, *options: str, port: int = 18750) -> Served:
    """Start ``fgd review`` as a person would."""
    arguments = ("--project", str(root), "--json", "review")
    process = subprocess.Popen(
        [sys.executable, "-m", "fgd", *arguments, "--port", str(port), *options],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    link = json.loads(process.stdout.readline())["link"]
    return Served(root, link, link.partition("/open")[0], process)


def stop(served: Served) -> None:
    """End it as Ctrl+C does."""
    served.process.send_signal(signal.SIGINT)
    try:
        served.process.wait(20)
    except subprocess.TimeoutExpired:
        served.process.kill()
        served.process.wait()
    assert served.process.stdout is not None
    served.process.stdout.close()
