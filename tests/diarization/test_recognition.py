"""Voice samples in a pass: with consent, on the roster, in the evidence, and gone on request."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fgd import pipeline
from fgd.audio.decode import Audio
from fgd.cli import main
from fgd.diarization import Diarization, VoiceEncoder
from fgd.model import Issue, Span
from fgd.pipeline.voice_samples import forget
from fgd.workspace.project import Project
from tests.diarization.conftest import THREE_VOICES, save

ROSTER = "name,institution\nSela Lutu,Harbour Institute\nRui Mendes,Ministry of Interior\n"
CONSENT = "programme = 'peace'\n[consent]\nvoices = true\n"
SAMPLE = THREE_VOICES[6][1]  # slt, later than anything in the session's recording


@pytest.fixture
def project(tmp_path: Path, three_voices: Audio, encoder: VoiceEncoder) -> Project:
    """A session of rms, slt, awb and slt, whose words are known, with a sample of slt."""
    folder = tmp_path / "recordings" / "talk"
    (folder / "voices").mkdir(parents=True)
    save(folder / "talk.wav", three_voices.read(Span(0, 24_500)))
    cues = (
        f"{stamp(span.start)} --> {stamp(span.end)}\nThis is what was said in turn {number}.\n"
        for number, (_, span) in enumerate(THREE_VOICES[:4])
    )
    (folder / "talk.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    (folder / "participants.csv").write_text(ROSTER, encoding="utf-8")
    (folder / "session.toml").write_text(CONSENT, encoding="utf-8")
    save(folder / "voices" / "Sela Lutu.wav", three_voices.read(SAMPLE))
    return Project.open(tmp_path)


def stamp(moment: int) -> str:
    return f"00:00:{moment // 1000:02d}.{moment % 1000:03d}"


def a_pass(project: Project) -> pipeline.SessionContext:
    return pipeline.SessionContext(project, project.session("talk"))


def recognised(run: pipeline.SessionContext) -> set[int]:
    """The seconds at which turns begin that are given to the sample's participant."""
    who = {each.turn: each.participant for each in pipeline.attribute(run).value.attributions}
    return {
        turn.span.start // 1000
        for talk in pipeline.arranged(run)
        for turn in talk.turns
        if who.get(turn.id) == "sela-lutu"
    }


def test_a_sample_names_its_voice_and_nobody_else(project: Project) -> None:
    """The two turns of that voice, from sound alone; the reason is in the evidence."""
    run = a_pass(project)
    assert recognised(run) == {8, 22}
    kinds = {e.kind for each in pipeline.attribute(run).value.attributions for e in each.evidence}
    assert "enrolled voice" in kinds
    again = a_pass(project)
    assert recognised(again) == {8, 22}
    assert all(done.fresh for done in again.log)


def test_without_consent_no_sample_is_read(project: Project) -> None:
    """Not even looked into: one sentence says why, and nothing is derived."""
    folder = project.recordings / "talk"
    (folder / "session.toml").write_text("title = 'x'\n", encoding="utf-8")
    (folder / "voices" / "Sela Lutu.wav").chmod(0)
    run = a_pass(project)
    assert recognised(run) == set()
    assert ["no consent" in i.message for i in pipeline.issues(run) if i.where == "voices"] == [
        True
    ]
    assert not (run.store.folder / "enrolled").exists()


def test_samples_that_do_not_serve_cost_a_sentence_each(
    project: Project, three_voices: Audio
) -> None:
    """Too short, not sound at all, called after nobody: the other one still serves."""
    samples = project.recordings / "talk" / "voices"
    save(samples / "Rui Mendes.wav", three_voices.read(Span(1_000, 2_500)))
    save(samples / "Nobody.wav", three_voices.read(Span(1_000, 9_000)))
    run = a_pass(project)
    assert recognised(run) == {8, 22}
    said = {issue.where: issue.message for issue in pipeline.issues(run)}
    assert "too little" in said["Rui Mendes.wav"]
    assert "nobody on the roster" in said["Nobody.wav"]
    (samples / "Rui Mendes.wav").write_bytes(b"this is no sound")
    said = {issue.where: issue.message for issue in solved(project)}
    assert "not used" in said["Rui Mendes.wav"]


def solved(project: Project) -> tuple[Issue, ...]:
    run = a_pass(project)
    pipeline.attribute(run)
    return pipeline.issues(run)


def test_a_programme_keeps_samples_for_all_its_sessions(project: Project) -> None:
    """In voices/PROGRAMME of the project; people of other sessions there are no problem."""
    own = project.recordings / "talk" / "voices"
    shared = project.root / "voices" / "peace"
    shared.mkdir(parents=True)
    (own / "Sela Lutu.wav").rename(shared / "sela-lutu.wav")
    save(shared / "somebody-else.wav", np.zeros(16_000, dtype=np.float32))
    run = a_pass(project)
    assert recognised(run) == {8, 22}
    assert not [issue for issue in pipeline.issues(run) if issue.where == "somebody-else.wav"]


def command(project: Project, *arguments: str) -> None:
    with pytest.raises(SystemExit) as done:
        main(["--project", str(project.root), *arguments])
    assert done.value.code == 0


def test_forgetting_takes_samples_and_vectors(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """By one command, by name or id; the next pass recognises nobody."""
    assert recognised(a_pass(project)) == {8, 22}
    record = project.outputs / "talk" / "work" / "enrolled" / "sela-lutu.json"
    assert record.is_file()
    command(project, "forget-voice", "sela lutu")
    assert not record.exists()
    assert not any((project.recordings / "talk" / "voices").iterdir())
    assert "deleted" in capsys.readouterr().out
    assert recognised(a_pass(project)) == set()
    command(project, "forget-voice", "sela-lutu")
    assert "No voice sample" in capsys.readouterr().out


def test_forgetting_does_not_wait_for_the_next_run(project: Project) -> None:
    """Neither the evidence nor a print of the voice is left in the outputs; others keep theirs."""
    assert recognised(a_pass(project)) == {8, 22}
    work = project.outputs / "talk" / "work"
    store = project.session("talk").store
    (step,) = (path for path in work.rglob("diarization*.json"))
    name = f"{step.parent.name}/{step.stem}"
    before = store.load(name, Diarization)
    assert before is not None
    assert any("enrolled voice" in path.read_text() for path in work.rglob("*.json"))
    assert list(work.rglob("*.voices"))
    forget(project, "Sela Lutu")
    assert not list(work.rglob("*.voices"))
    assert not any("enrolled voice" in path.read_text() for path in work.rglob("*.json"))
    after = store.load(name, Diarization)
    assert after is not None
    lost = {each.voice for each in before.value.prints} - {
        each.voice for each in after.value.prints
    }
    assert len(lost) == 1
    assert len(after.value.prints) == len(before.value.prints) - 1
    assert {turn.voice for turn in after.value.turns} >= lost  # who spoke when is not biometric
    assert recognised(a_pass(project)) == set()


def test_forgetting_stays_inside_the_project(project: Project, tmp_path: Path) -> None:
    """A link out of the project is not followed, and names are no paths."""
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "sela-lutu.wav").write_bytes(b"keep")
    (project.root / "voices").mkdir()
    (project.root / "voices" / "peace").symlink_to(outside)
    gone = forget(project, "../outside/sela-lutu")
    assert gone == ()
    gone = forget(project, "Sela Lutu")
    assert [path.name for path in gone] == ["Sela Lutu.wav"]
    assert (outside / "sela-lutu.wav").read_bytes() == b"keep"


@pytest.fixture
def two_parts(tmp_path: Path, three_voices: Audio, encoder: VoiceEncoder) -> Project:
    """A session of two recordings: rms and slt, then awb, slt and rms."""
    folder = tmp_path / "recordings" / "talk"
    folder.mkdir(parents=True)
    parts = (
        ("01", 0, THREE_VOICES[:2], "My name is Rui Mendes, from the Ministry of Interior."),
        ("02", 15_197, THREE_VOICES[2:], "The water rose by the hour, and then the bridge went."),
    )
    for name, start, said, words in parts:
        save(folder / f"{name}.wav", three_voices.read(Span(start, said[-1][1].end)))
        cues = (
            f"{stamp(span.start - start)} --> {stamp(span.end - start)}\n"
            f"{words if voice == 'rms' else f'What was said in turn {number} is of no use.'}\n"
            for number, (voice, span) in enumerate(said)
        )
        (folder / f"{name}.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    (folder / "participants.csv").write_text(ROSTER, encoding="utf-8")
    return Project.open(tmp_path)


def test_a_voice_named_in_one_recording_is_named_in_the_next(two_parts: Project) -> None:
    """By its sound, without samples or consent to them; who is never named stays unknown."""
    run = a_pass(two_parts)
    who = {each.turn: each for each in pipeline.attribute(run).value.attributions}
    named = {
        (number, turn.span.start // 1000): who[turn.id].participant
        for number, talk in enumerate(pipeline.arranged(run))
        for turn in talk.turns
    }
    assert named[0, 0] == named[1, 9] == "rui-mendes"
    assert {v for k, v in named.items() if k not in ((0, 0), (1, 9))} == {""}


def test_forgetting_takes_the_same_voice_of_another_recording(
    two_parts: Project, three_voices: Audio
) -> None:
    """Recognised in one recording and joined in the other: the prints of both go."""
    folder = two_parts.recordings / "talk"
    (folder / "session.toml").write_text(CONSENT, encoding="utf-8")
    (folder / "voices").mkdir()
    save(folder / "voices" / "Sela Lutu.wav", three_voices.read(SAMPLE))
    run = a_pass(two_parts)
    voices = {
        (each.recording, each.voice)
        for each in pipeline.attribute(run).value.attributions
        if each.participant == "sela-lutu"
    }
    assert len({recording for recording, _ in voices}) == 2
    forget(two_parts, "Sela Lutu")
    for recording, voice in voices:
        told = run.store.load(f"{recording}/diarization", Diarization)
        assert told is not None
        assert voice not in {each.voice for each in told.value.prints}
