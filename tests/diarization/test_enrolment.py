"""Voices known beforehand: only beyond doubt, and only from samples that can be used."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from fgd.core.errors import InputError
from fgd.diarization import (
    Diarization,
    VoicePrint,
    check_sample,
    enrol,
    evidence,
    match,
    same_voices,
    twins,
)
from fgd.diarization.enrolment import Enrolled, VoiceMatch
from fgd.model import Issue, Span, Turn, Voice
from tests.diarization.conftest import RATE, ToneEmbedder, save, tone

EAR = ToneEmbedder()


def enrolled(
    folder: Path, samples: dict[str, np.ndarray]
) -> tuple[tuple[Enrolled, ...], tuple[Issue, ...]]:
    people: list[Enrolled] = []
    issues: list[Issue] = []
    for name, sound in samples.items():
        audio = save(folder / f"{name}.wav", sound)
        found, met = enrol(name, audio.path.name, audio, [Span(0, audio.duration)], EAR)
        people += found
        issues += met
    return tuple(people), (*issues, *twins(people))


def voice(name: str, *hertz: float) -> VoicePrint:
    return VoicePrint(name, tuple(EAR(np.sum([tone(h, 1_000) for h in hertz], axis=0)).tolist()))


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
    found, (issue,) = enrol("ana", "ana.wav", audio, [Span(0, 3_000)], Deaf())
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


def test_evidence_is_of_turns_of_the_recognised_voice_only() -> None:
    """Voices of two recordings may share an id; turns never do."""
    turns = [Turn(f"r1-{n}", "r1", v, Span(n, n + 9), ()) for n, v in enumerate(("V1", "V2"))]
    (found,) = evidence([VoiceMatch("V1", "ana", 0.91, 0.6)], turns)
    assert (found.kind, found.about, found.participant) == ("enrolled voice", "r1-0", "ana")
    assert found.text == "similarity 0.91, next 0.60"
    assert found.weight > 2


def test_samples_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    """One NaN is enough: a decoder would make full loudness of it. Whole numbers always pass."""
    good = tone(250, 100)
    bad = good.copy()
    bad[700] = np.nan
    check_sample(floats(tmp_path / "good.wav", good))
    check_sample(save(tmp_path / "whole.wav", good).path)
    with pytest.raises(InputError, match="not numbers"):
        check_sample(floats(tmp_path / "bad.wav", bad))


def floats(path: Path, samples: np.ndarray) -> Path:
    """A WAV of 32-bit floats, which Python's own module cannot write."""
    data = samples.astype("<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, 1, RATE, RATE * 4, 4, 32)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + len(data)) + body + data)
    return path


def heard(recording: str, ghosts: str = "", **voices: tuple[float, ...]) -> Diarization:
    """A recording of voices made of tones; ``ghosts`` names those hardly heard."""
    return Diarization(
        recording,
        tuple(Voice(name, recording, ghost=name == ghosts) for name in voices),
        prints=tuple(voice(name, *hertz) for name, hertz in voices.items()),
    )


def test_voices_of_two_recordings_are_joined_where_nobody_else_comes_near() -> None:
    """Each the other's best match, with a lead; who is heard once is joined to nobody."""
    morning = heard("r1", V1=(250,), V2=(850,), V3=(1_450,))
    noon = heard("r2", V1=(850,), V2=(250,), V3=(550,))
    pairs = same_voices([morning, noon])
    assert {(p.first[1], p.second[1]) for p in pairs} == {("V1", "V2"), ("V2", "V1")}
    assert all(p.confidence >= 0.9 and p.similarity > p.runner_up for p in pairs)


def test_two_candidates_for_one_voice_join_nothing() -> None:
    """Without a lead there is no telling which of the two it is."""
    morning = heard("r1", V1=(250,))
    noon = heard("r2", V1=(250,), V2=(250,))
    assert same_voices([morning, noon]) == ()


def test_a_ghost_is_nobody_elsewhere() -> None:
    """A cough of 2 s is not compared."""
    assert same_voices([heard("r1", "V1", V1=(250,)), heard("r2", V1=(250,))]) == ()


def test_three_recordings_never_make_one_person_of_two_voices() -> None:
    """V1 and V2 of the first recording stay two, whoever of the others sounds like both."""
    first = heard("r1", V1=(250,), V2=(250, 850))
    second, third = heard("r2", V1=(250,)), heard("r3", V1=(250, 850))
    groups: dict[tuple[str, str], set[str]] = {}
    for pair in same_voices([first, second, third]):
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            groups.setdefault(other, set()).add(one[1] if one[0] == "r1" else "")
    assert all(len(voices - {""}) <= 1 for voices in groups.values())
