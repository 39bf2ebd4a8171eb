"""A short meeting about a ferry, heard and attributed, with what was read as put and answered."""

from __future__ import annotations

from pathlib import Path

from fgd import pipeline
from fgd.model import Deliberated, Proposition, Reason, Response, Slice, Turn
from fgd.workspace.project import Project
from fgd.workspace.store import provenance

FERRY = "ferry"
CUES = """WEBVTT

00:00:01.000 --> 00:00:09.000
<v Ines Duarte>Welcome. Today it is about the night ferry 🛳️. Mr Okafor, what do you suggest?</v>

00:00:10.000 --> 00:00:18.000
<v Paul Okafor>I suggest that the port authority pays for a second crew on the night ferry.</v>

00:00:19.000 --> 00:00:26.000
<v Mei Tan>We would back a second crew, if the island pays a third of it.</v>

00:00:27.000 --> 00:00:34.000
<v Jon Berg>No. The crew we have sleeps half of the night.</v>

00:00:35.000 --> 00:00:43.000
<v Jon Berg>Instead, let the last bus wait for the ferry that is late.</v>

00:00:44.000 --> 00:00:50.000
<v Mei Tan>The bus is a fine thought, the drivers would agree to it.</v>

00:00:51.000 --> 00:00:57.000
<v Ines Duarte>Then we leave the crew open and ask the drivers.</v>
"""
ROSTER = """name,role,institution,acronym
Ines Duarte,facilitator,Harbour Council,HC
Paul Okafor,participant,Fishers' Union,FU
Mei Tan,participant,Island School,IS
Jon Berg,participant,Bus Company,BC
"""


def ferry(root: Path) -> Project:
    """A project with the meeting, heard, attributed and read."""
    folder = root / "recordings" / FERRY
    folder.mkdir(parents=True)
    (folder / "meeting.vtt").write_text(CUES)
    (folder / "participants.csv").write_text(ROSTER)
    (folder / "session.toml").write_text('title = "The night ferry"\nlanguages = ["en"]\n')
    project = Project.open(root)
    context = pipeline.SessionContext(project, project.session(FERRY))
    pipeline.attribute(context)
    turns = [turn for talk in pipeline.arranged(context) for turn in talk.turns]
    made = provenance("deliberation", 0)
    project.session(FERRY).store.save("deliberation", read(turns), made)
    return project


def find(turns: list[Turn], words: str) -> Slice:
    """Where words stand."""
    for turn in turns:
        at = turn.text.find(words)
        if at >= 0:
            return Slice(turn.recording, turn.id, at, at + len(words))
    raise LookupError(words)


def read(turns: list[Turn]) -> Deliberated:
    """Two proposals with their responses; the refusal was read as open, the bus as unanswered."""
    crew = find(turns, "the port authority pays for a second crew on the night ferry.")
    bus = find(turns, "let the last bus wait for the ferry that is late.")
    why = (Reason("cue", "suggest that", 2.0),)
    return Deliberated(
        (
            Proposition("p-crew", "proposal", crew, "paul-okafor", confidence=0.9, reasons=why),
            Proposition("p-bus", "claim", bus, "jon-berg", confidence=0.6, reasons=why),
        ),
        (
            Response(
                "p-crew", find(turns, "We would back a second crew, if the island pays a third"),
                "mei-tan", "condition", "repeated", confidence=0.8, reasons=why,
            ),
            Response(
                "p-crew", find(turns, "The crew we have sleeps half of the night."),
                "jon-berg", "open", "near", confidence=0.4, reasons=why,
            ),
        ),
    )  # fmt: skip
