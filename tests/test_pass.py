"""The whole pass on real material: what people get, what a rerun costs, what bad input does."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from fgd import pipeline
from fgd.model import Word
from fgd.workspace.outcome import Outcome, status
from fgd.workspace.project import Project

ROOT = Path(__file__).resolve().parent.parent
WORKSHOP = ROOT / "demo" / "recordings" / "security-workshop"

VTT = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Aida Lim>Good morning, I am Aida Lim from the Meranti Institute.</v>

00:00:05.000 --> 00:00:09.000
<v Bram Sato>Thank you. The secretariat should keep a list of mediators.</v>
"""


def bytes_of(folder: Path) -> Mapping[str, str]:
    """Every file below a folder with the hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(project: Project, name: str) -> Outcome:
    return pipeline.run(pipeline.SessionContext(project, project.session(name)))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "recordings").mkdir()
    return Project.open(tmp_path)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The demo's second session, run once."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(WORKSHOP, root / "recordings" / WORKSHOP.name)
    project = Project.open(root)
    run(project, WORKSHOP.name)
    return project


def test_a_platform_transcript_becomes_briefs_and_transcripts(workshop: Project) -> None:
    """Everything a person opens is there, in every format."""
    outcome = run(workshop, WORKSHOP.name)
    assert outcome.state == "done"
    written = {
        path.relative_to(workshop.outputs / WORKSHOP.name).as_posix() for path in outcome.files
    }
    assert {
        "transcript.vtt", "transcript.srt", "transcript.docx", "transcript.csv", "transcript.json",
        "internal/brief.html", "internal/brief.docx", "internal/brief.md",
        "circulation/brief.html", "circulation/brief.docx", "circulation/brief.md",
    } <= written  # fmt: skip


def test_a_second_run_does_nothing(workshop: Project) -> None:
    """What has not changed is not done again, and its issues are still told."""
    before = bytes_of(workshop.outputs)
    outcome = run(workshop, WORKSHOP.name)
    assert all(step.fresh for step in outcome.steps)
    assert bytes_of(workshop.outputs) == before


def test_outputs_can_be_deleted_and_rebuilt_byte_for_byte(workshop: Project) -> None:
    """Nothing in them depends on the clock or on the order of a dictionary."""
    before = bytes_of(workshop.outputs)
    shutil.rmtree(workshop.outputs)
    run(workshop, WORKSHOP.name)
    assert bytes_of(workshop.outputs) == before


def test_a_session_that_grew_is_the_one_built_from_nothing(
    workshop: Project, tmp_path: Path
) -> None:
    """What was embedded in an earlier run, in other company, decides nothing."""
    folder = tmp_path / "recordings" / WORKSHOP.name
    shutil.copytree(WORKSHOP, folder)
    (talk,) = folder.glob("*.vtt")
    whole = talk.read_text(encoding="utf-8")
    talk.write_text(whole[: whole.index("\n\n", len(whole) // 3)] + "\n", encoding="utf-8")
    project = Project.open(tmp_path)
    assert run(project, WORKSHOP.name).state != "failed"
    grown = project.state / "vectors" / "vectors.sqlite3"
    assert grown.is_file()
    talk.write_text(whole, encoding="utf-8")
    run(project, WORKSHOP.name)
    # What was read of the shorter recording stays beside what was read of the longer one.
    assert bytes_of(workshop.outputs).items() <= bytes_of(project.outputs).items()


def test_deleting_one_record_redoes_that_step_alone(workshop: Project) -> None:
    """The steps after it see the same content and stay."""
    store = workshop.session(WORKSHOP.name).store
    store.path("attribution").unlink()
    outcome = run(workshop, WORKSHOP.name)
    assert [step.name for step in outcome.steps if not step.fresh] == ["attribution"]


def test_a_deleted_brief_comes_back(workshop: Project) -> None:
    """Files count as part of their step."""
    brief = workshop.outputs / WORKSHOP.name / "internal" / "brief.html"
    before = brief.read_bytes()
    brief.unlink()
    run(workshop, WORKSHOP.name)
    assert brief.read_bytes() == before


def test_the_circulation_edition_names_nobody_of_the_roster(workshop: Project) -> None:
    """Under its rule no participant's name is in any byte that may be sent."""
    one = pipeline.SessionContext(workshop, workshop.session(WORKSHOP.name))
    folder = workshop.outputs / WORKSHOP.name / "circulation"
    text = (folder / "brief.html").read_text(encoding="utf-8") + (folder / "brief.md").read_text(
        encoding="utf-8"
    )
    if one.intake.session.disclosure.rule == "named":
        pytest.fail("the demo's rule is meant to be a strict one")
    for person in one.intake.session.participants:
        assert person.name not in text


TYPED = """title = "What Solveig Aune proposed at Rakvere"
event = "Roundtable of the Rakvere group"
programme = "Aune programme"
venue = "Hotel Rakvere"
rapporteur = "Brita Holmgaard"
conveners = ["Northern Fisheries Tribunal"]
rule = "chatham-house"
[consent]
recorded = true
"""
ROOM = """name,role,institution,acronym,category,country
Hedda Storvik,facilitator,House of Talks,HOT,think tank,Norway
Solveig Aune,participant,Northern Fisheries Tribunal,NFT,court,Norway
Kaspar Tamm,participant,Institute of Nets,ION,think tank,Estonia
Oksana Bilyk,participant,Delta Water Office,DWO,office,Ukraine
Marko Iliev,participant,Danube Union,DAU,union,Bulgaria
"""
GUIDE = """# Guide for Rakvere

## What Tamm wants of the nets
Ask Solveig Aune about Rakvere and the quota of QVT.

## Who pays
- What does the Delta Water Office of Bilyk say?
- What should a net cost?
"""
BOOK = """id = "own"
title = "Codes of Oksana"
[[codes]]
id = "tamm-nets"
name = "Tamm's nets"
description = "What Kaspar wants"
anchors = ["nets"]
[[codes]]
id = "qvt-quota"
name = "QVT quota"
description = "the quota of Rakvere"
anchors = ["quota"]
[[codes]]
id = "kyiv"
name = "Kyiv model fund"
description = "as in Kyiv"
anchors = ["fund"]
"""
SAID = (
    "I propose that the nets are counted every month by the wardens.",
    "I agree that the nets are counted, and the quota must be public.",
    "No, a fund should pay for it, the quota is a matter for later.",
    "We should pay for it with a small fund, if the nets are cheap.",
)


def test_nothing_that_people_typed_tells_who_was_there(project: Project) -> None:
    """Names and places in titles, programme, guide, themes and file names stay in the house."""
    folder = project.recordings / "aune-talks-in-rakvere"
    folder.mkdir()
    for name, text in {
        "session.toml": TYPED, "participants.csv": ROOM, "guide.md": GUIDE, "codebook.toml": BOOK
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    people = [line.partition(",")[0] for line in ROOM.splitlines()[1:]]
    said = [(people[0], "What about the nets? Who pays?")]
    said += [(people[1 + n % 4], SAID[n % 4]) for n in range(12)]
    cues = [
        f"00:{n // 6:02d}:{n % 6 * 10:02d}.000 --> 00:{n // 6:02d}:{n % 6 * 10 + 8:02d}.000\n"
        f"<v {who}>{text}</v>\n"
        for n, (who, text) in enumerate(said)
    ]
    (folder / "tamm-morning.vtt").write_text("WEBVTT\n\n" + "\n".join(cues))
    run(project, folder.name)
    circulation = project.session(folder.name).outputs / "circulation"
    files = {path.name: path.read_bytes() for path in circulation.rglob("*") if path.is_file()}
    assert "brief.docx" in files
    for name, data in list(files.items()):
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as opened:
                files |= {f"{name}/{part}": opened.read(part) for part in opened.namelist()}
    secret = (
        "Aune Solveig Tamm Kaspar Oksana Bilyk Iliev Fisheries Rakvere QVT qvt Kyiv kyiv Holmgaard "
        "Storvik aune tamm rakvere"
    )
    for name, data in files.items():
        text = f"{name} {data.decode(errors='replace')}"
        assert not [word for word in secret.split() if word in text], name
    assert "nets are counted" in files["brief.md"].decode()


def test_status_tells_how_far_a_session_has_come(workshop: Project) -> None:
    """Without doing anything."""
    state = status(workshop, workshop.session(WORKSHOP.name))
    assert {"transcript", "conversation", "attribution", "themes", "brief"} <= set(state.steps)
    assert "internal" in state.briefs
    assert state.state == "done"


def test_one_bad_recording_does_not_stop_the_others(project: Project) -> None:
    """Text named .mp3, an empty file and a good transcript: the good one becomes a brief."""
    folder = project.recordings / "mixed"
    folder.mkdir()
    (folder / "01.mp3").write_text("Dear colleague, the recording follows.")
    (folder / "02.wav").write_bytes(b"")
    (folder / "03.vtt").write_text(VTT)
    outcome = run(project, "mixed")
    assert outcome.state == "attention"
    assert any(path.name == "brief.html" for path in outcome.files)
    said = [str(issue) for issue in outcome.issues if issue.level == "error"]
    assert any(text.startswith("01.mp3: ") for text in said)
    assert any("02.wav" in text for text in said)


def test_a_session_without_anything_usable_fails_with_a_reason(project: Project) -> None:
    """No brief is made of nothing."""
    (project.recordings / "bad.mp3").write_text("not sound")
    outcome = run(project, "bad")
    assert (outcome.state, outcome.files) == ("failed", ())
    assert any("not a sound" in issue.message for issue in outcome.issues)
    state = status(project, project.session("bad"))
    assert state.state == "failed"
    assert any("not a sound" in issue.message for issue in state.errors)


def test_a_changed_recording_is_read_again(project: Project) -> None:
    """Identity is the bytes, not the name."""
    path = project.recordings / "talk.vtt"
    path.write_text(VTT)
    run(project, "talk")
    path.write_text(VTT.replace("mediators", "monitors"))
    run(project, "talk")
    text = (project.outputs / "talk" / "transcript.csv").read_text(encoding="utf-8")
    assert "monitors" in text
    assert "mediators" not in text


def test_a_renamed_recording_is_not_heard_again(project: Project) -> None:
    """The same bytes under another name keep what was found out about them."""
    folder = project.recordings / "talk"
    folder.mkdir()
    (folder / "a.vtt").write_text(VTT)
    run(project, "talk")
    (folder / "a.vtt").rename(folder / "b.vtt")
    outcome = run(project, "talk")
    assert all(step.fresh for step in outcome.steps if step.name.endswith("/transcript"))


def test_read_only_outputs_are_one_sentence(project: Project) -> None:
    """The folder is named, and nothing that was given is touched."""
    (project.recordings / "talk.vtt").write_text(VTT)
    project.outputs.write_text("a file where the folder should be")
    outcome = run(project, "talk")
    assert outcome.state == "failed"
    assert any(str(project.outputs) in issue.where for issue in outcome.issues)


@pytest.mark.parametrize("name", ["ការប្រជុំ 😀", "a\nb", "Hội thảo", "สัมมนา.v2", "x" * 150])
def test_sessions_with_hostile_names(project: Project, name: str) -> None:
    """Any name a file system allows gives a session and its outputs."""
    folder = project.recordings / name
    folder.mkdir()
    (folder / "talk.vtt").write_text(VTT)
    (session,), _ = project.sessions()
    assert pipeline.run(pipeline.SessionContext(project, session)).state == "done"
    assert (session.outputs / "internal" / "brief.html").is_file()


def test_the_words_of_a_transcript_are_kept_exactly(project: Project) -> None:
    """What goes in comes out: no word is lost or changed on the way to the transcript."""
    (project.recordings / "talk.vtt").write_text(VTT)
    run(project, "talk")
    lines = pipeline.stored_lines(pipeline.SessionContext(project, project.session("talk")))
    words: list[Word] = [word for line in lines for word in line.words]
    assert (
        "".join(word.text for word in words).split()
        == (
            "Good morning, I am Aida Lim from the Meranti Institute."
            " Thank you. The secretariat should keep a list of mediators."
        ).split()
    )
