"""Voices known beforehand: only with consent, only beyond doubt, and forgotten on request."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fgd.audio import Audio
from fgd.errors import InputError
from fgd.model import Issue, Span
from fgd.voices import Anchor, VoicePrint
from fgd.voices.enrolment import (
    Enrolled,
    VoiceMatch,
    enrol,
    evidence,
    forget,
    match,
    recall,
    remember,
)
from tests.voices.conftest import ToneEmbedder, save, tone

EAR = ToneEmbedder()


def enrolled(
    folder: Path, samples: dict[str, np.ndarray], *, consent: bool = True
) -> tuple[tuple[Enrolled, ...], tuple[Issue, ...]]:
    audio = {name: save(folder / f"{name}.wav", sound) for name, sound in samples.items()}
    speech = {name: (Span(0, sound.duration),) for name, sound in audio.items()}
    return enrol(audio, speech, EAR, consent=consent)


def voice(name: str, *hertz: float) -> VoicePrint:
    return VoicePrint(name, tuple(EAR(np.sum([tone(h, 1_000) for h in hertz], axis=0)).tolist()))


def test_without_consent_no_sample_is_read(tmp_path: Path) -> None:
    """Not even opened: a file that does not exist raises nothing."""
    ghost = Audio(tmp_path / "missing.wav", 9_000)
    found, (issue,) = enrol({"ana": ghost}, {"ana": (Span(0, 9_000),)}, EAR, consent=False)
    assert found == ()
    assert "consent" in issue.message


def test_short_silent_and_broken_samples_cost_a_sentence_each(tmp_path: Path) -> None:
    """Under two seconds, silence: named, and the others are enrolled."""
    samples = {
        "ana": tone(250, 3_000),
        "bo": tone(850, 1_900),
        "che": np.zeros(48_000, dtype=np.float32),
    }
    found, issues = enrolled(tmp_path, samples)
    assert [person.participant for person in found] == ["ana"]
    assert [issue.where for issue in issues] == ["bo.wav", "che.wav"]


class Deaf(ToneEmbedder):
    """An embedder that fails on everything in the worst way."""

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        return np.full(20, np.nan, dtype=np.float32)


def test_vectors_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    """NaN never reaches the disk."""
    audio = save(tmp_path / "ana.wav", tone(250, 3_000))
    found, (issue,) = enrol({"ana": audio}, {"ana": (Span(0, 3_000),)}, Deaf(), consent=True)
    assert found == ()
    assert "no usable voice" in issue.message


def test_a_copied_sample_is_noticed(tmp_path: Path) -> None:
    """Two people with one voice: a warning, and neither can be recognised."""
    found, (issue,) = enrolled(tmp_path, {"ana": tone(250, 3_000), "bo": tone(250, 3_000)})
    assert "sound like one person" in issue.message
    assert match([voice("V1", 250)], found, EAR) == ()


def test_a_known_voice_is_recognised_and_a_stranger_is_not(tmp_path: Path) -> None:
    """Absolute threshold: somebody who is merely closest stays unknown."""
    found, _ = enrolled(tmp_path, {"ana": tone(250, 3_000), "bo": tone(850, 3_000)})
    (seen,) = match([voice("V1", 250), voice("V2", 1_450)], found, EAR)
    assert (seen.voice, seen.participant) == ("V1", "ana")
    assert seen.similarity > 0.99


def test_a_lead_is_needed_on_both_sides(tmp_path: Path) -> None:
    """Two voices that both sound like Ana: neither is her; two people like V1: neither is it."""
    found, _ = enrolled(tmp_path, {"ana": tone(250, 3_000)})
    assert match([voice("V1", 250), voice("V2", 250)], found, EAR) == ()
    mixed, _ = enrolled(
        tmp_path, {"ana": tone(250, 3_000) + tone(850, 3_000), "bo": tone(250, 3_000)}
    )
    close = voice("V1", *[250] * 7, *[850] * 3)
    assert match([close], mixed, EAR) == ()


def test_vectors_of_another_encoder_are_not_compared(tmp_path: Path) -> None:
    """They mean something else."""
    other = ToneEmbedder()
    other.version = "2"
    found, _ = enrolled(tmp_path, {"ana": tone(250, 3_000)})
    assert match([voice("V1", 250)], found, other) == ()


def test_forgetting_removes_sample_and_vector(tmp_path: Path) -> None:
    """Afterwards nothing that was derived is left; others stay."""
    samples, vectors = tmp_path / "voices", tmp_path / "vectors"
    samples.mkdir()
    found, _ = enrolled(samples, {"ana": tone(250, 3_000), "bo": tone(850, 3_000)})
    remember(vectors, found)
    assert recall(vectors) == found
    gone = forget("ana", vectors, [samples, tmp_path / "nowhere"])
    assert {path.name for path in gone} == {"ana.json", "ana.wav"}
    assert [person.participant for person in recall(vectors)] == ["bo"]
    assert sorted(path.name for path in samples.iterdir()) == ["bo.wav"]
    assert forget("ana", vectors, [samples]) == ()


@pytest.mark.parametrize("name", ["../secret", "", "a/b", "."])
def test_ids_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    """Deleting is confined to the folders named."""
    with pytest.raises(InputError):
        forget(name, tmp_path)


def test_damaged_vectors_count_as_absent(tmp_path: Path) -> None:
    """A half-written file is no reason to stop."""
    (tmp_path / "ana.json").write_text('{"participant": "ana"', encoding="utf-8")
    (tmp_path / "bo.json").write_text('{"participant": "bo"}', encoding="utf-8")
    assert recall(tmp_path) == ()


def test_evidence_names_voice_participant_and_reason() -> None:
    """A recognised voice and a floor log speak for a participant; strangers' labels do not."""
    found = evidence(
        [VoiceMatch("V1", "ana", 0.91, 0.6)],
        [Anchor("V2", "Bo", 0.9, 12_000), Anchor("V3", "the man at the back", 1.0, 9_000)],
        {"Bo": "bo"},
    )
    assert [(e.kind, e.about, e.participant) for e in found] == [
        ("enrolled voice", "V1", "ana"),
        ("floor log", "V2", "bo"),
    ]
    assert found[1].text == "90% of 12 s marked for Bo"
    assert all(e.weight > 2 for e in found)
