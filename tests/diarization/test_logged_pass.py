"""A floor log in a session's folder on its way through the pass: voices, names, guide sections."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from fgd import pipeline
from fgd.audio.decode import Audio
from fgd.synthesis.material import People
from fgd.workspace.project import Project
from tests.diarization.conftest import THREE_VOICES

NAMES = {"rms": "Rune Aster", "slt": "Silja Thorne", "awb": "Abel Brandt"}
ROSTER = """name,role,institution
Rune Aster,participant,House of Harbours
Silja Thorne,participant,Office of Tides
Abel Brandt,participant,Chamber of Ropes
"""
GUIDE = """# Guide

## 1. Boats (question, 10 min)

Which boats are there?

## 2. Nets (question, 10 min)

Who mends the nets?
"""
SAID = (
    "We have seen many boats here.", "There were fewer of them before.",
    "Nobody counts the small ones.", "They are counted in spring.",
    "The nets are old.", "New ones cost a lot.", "They could be shared.",
)  # fmt: skip


def clock(milliseconds: int) -> str:
    return f"00:00:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}"


def session(root: Path, sound: Audio, *, log: bool) -> pipeline.SessionContext:
    """A recording, its words without names, a roster, a guide and, where wanted, a log."""
    folder = root / "recordings" / "quay"
    folder.mkdir(parents=True)
    shutil.copy(sound.path, folder / "talk.wav")
    cues = [
        f"{clock(span.start)} --> {clock(span.end)}\n{text}\n"
        for (_, span), text in zip(THREE_VOICES, SAID, strict=True)
    ]
    (folder / "talk.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    (folder / "participants.csv").write_text(ROSTER, encoding="utf-8")
    (folder / "guide.md").write_text(GUIDE, encoding="utf-8")
    if log:
        with (folder / "floor.csv").open("w", encoding="utf-8", newline="") as stream:
            lines = csv.writer(stream)
            lines.writerow(("start", "participant", "section"))
            for n, (who, span) in enumerate(THREE_VOICES):
                section = "Boats" if n < 4 else "Nets"
                lines.writerow((clock(span.start + 600), NAMES[who], section))
    project = Project.open(root)
    return pipeline.SessionContext(project, project.session("quay"))


@pytest.mark.usefixtures("encoder")
def test_a_log_reaches_voices_names_and_sections(tmp_path: Path, three_voices: Audio) -> None:
    """Without it the words tell nobody's name; with it every turn has its person and section."""
    without = session(tmp_path / "without", three_voices, log=False)
    assert not any(each.evidence for each in pipeline.attribute(without).value.attributions)

    run = session(tmp_path / "with", three_voices, log=True)
    (recording,) = run.intake.session.recordings
    pipeline.find_themes(run)
    steps = [done.name.partition("/")[2] or done.name for done in run.log]
    assert {"diarization", "floor", "diarization-logged", "attribution", "themes"} <= set(steps)
    turns = pipeline.converse(run, recording).value.turns
    found = pipeline.attribute(run).value.attributions
    people = People(pipeline.full_session(run), pipeline.arranged(run), found).by_turn
    assert [people[turn.id].name for turn in turns] == [NAMES[who] for who, _ in THREE_VOICES]
    assert {item.kind for each in found for item in each.evidence} == {"floor log"}
    titles = {section.id: section.title for section in pipeline.full_session(run).guide.sections}
    placed = {p.turn: (titles[p.section], p.by) for p in pipeline.find_themes(run).value.placements}
    assert [placed[turn.id] for turn in turns] == [
        *[("Boats", "floor log")] * 4, *[("Nets", "floor log")] * 3,
    ]  # fmt: skip
