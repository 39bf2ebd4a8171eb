"""The built-in diarizer on a clip of three voices without pauses between turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fgd.audio.decode import Audio
from fgd.core.backends import silent
from fgd.diarization import VoiceBounds, VoiceTurn
from fgd.diarization.embedded import EmbeddedDiarizer, load
from fgd.diarization.local_voices import Timeline
from fgd.model import FloorMark, Span
from tests.diarization.conftest import THREE_VOICES, save

if TYPE_CHECKING:
    from fgd.diarization import VoiceEncoder

EVERYTHING = (Span(400, 35_384),)


def told_apart(
    diarizer: EmbeddedDiarizer,
    audio: Audio,
    *,
    bounds: VoiceBounds | None = None,
    floor: Sequence[FloorMark] = (),
    speech: Sequence[Span] = EVERYTHING,
) -> tuple[VoiceTurn, ...]:
    return diarizer.diarize(
        audio, speech, bounds=bounds or VoiceBounds(), floor=floor, progress=silent
    )


def names(turns: Sequence[VoiceTurn]) -> set[str]:
    return {turn.voice for turn in turns}


def test_three_voices_are_three(diarizer: EmbeddedDiarizer, three_voices: Audio) -> None:
    """At 97 of 100 moments the right voice is heard, given that there are three: two of these
    synthetic voices are nearly one to the encoder (mean similarity 0.65).
    """
    turns = told_apart(diarizer, three_voices, bounds=VoiceBounds(3, 3))
    assert len(names(turns)) == 3
    best: dict[str, str] = {}
    right = 0
    moments = range(400, 35_384, 20)
    truth = {m: name for name, span in THREE_VOICES for m in moments if m in span}
    heard = {m: turn.voice for turn in turns for m in moments if m in turn.span}
    for voice in names(turns):
        speakers = [truth[m] for m in moments if heard.get(m) == voice]
        best[voice] = max(set(speakers), key=speakers.count)
    assert len(set(best.values())) == 3
    right = sum(best.get(heard.get(m, "")) == truth[m] for m in moments)
    assert right / len(moments) > 0.97


@pytest.mark.parametrize(("least", "most", "count"), [(1, 2, 2), (1, 1, 1), (4, 6, 4)])
def test_bounds_are_kept(
    diarizer: EmbeddedDiarizer, three_voices: Audio, least: int, most: int, count: int
) -> None:
    """A roster of two makes two of three; a lower bound of four finds four to begin with."""
    turns = told_apart(diarizer, three_voices, bounds=VoiceBounds(least, most))
    assert len(names(turns)) <= most
    assert len(names(turns)) == count or least > 3


def test_the_floor_log_keeps_two_people_apart(
    diarizer: EmbeddedDiarizer, three_voices: Audio
) -> None:
    """Even a bound of one gives way to a log that names two people who sound different."""
    log = [FloorMark(span, name) for name, span in THREE_VOICES[:3]]
    turns = told_apart(diarizer, three_voices, bounds=VoiceBounds(1, 1), floor=log)
    assert len(names(turns)) == 3


def test_a_recording_shorter_than_a_window(
    diarizer: EmbeddedDiarizer, three_voices: Audio, tmp_path: Path
) -> None:
    """Three seconds of one person are one voice; a third of a second is nobody or one."""
    short = save(tmp_path / "short.wav", three_voices.read(Span(2_000, 5_000)))
    assert names(told_apart(diarizer, short, speech=[Span(0, 3_000)])) == {"V1"}
    tiny = save(tmp_path / "tiny.wav", three_voices.read(Span(2_000, 2_300)))
    assert len(told_apart(diarizer, tiny, speech=[Span(0, 300)])) <= 1


def test_what_voice_activity_does_not_hear_is_no_turn(
    diarizer: EmbeddedDiarizer, three_voices: Audio
) -> None:
    """Both networks must hear speech: music alone makes no voice."""
    turns = told_apart(diarizer, three_voices, speech=[Span(400, 8_817)])
    assert max(turn.span.start for turn in turns) < 8_817


def test_two_at_once_are_two_turns(
    diarizer: EmbeddedDiarizer, three_voices: Audio, tmp_path: Path
) -> None:
    """One person, then another over the first: both are heard where both speak."""
    one, other = three_voices.read(Span(800, 8_600)), three_voices.read(Span(9_200, 14_800))
    length = len(other)
    sound = np.concatenate([one, other, one[:length] * 0.7 + other * 0.7])
    audio = save(tmp_path / "both.wav", sound)
    start = audio.duration - length // 16
    turns = told_apart(diarizer, audio, speech=[Span(0, audio.duration)])
    shared = [(turn.span & Span(start, audio.duration)).duration for turn in turns]
    by_voice: dict[str, int] = {}
    for turn, time in zip(turns, shared, strict=True):
        by_voice[turn.voice] = by_voice.get(turn.voice, 0) + time
    first, second = sorted(by_voice.values())[-2:]
    assert first > 0.3 * length / 16
    assert second > 0.5 * length / 16


def test_noise_is_one_voice_at_most(diarizer: EmbeddedDiarizer, tmp_path: Path) -> None:
    """Ten seconds of hiss do not become a panel discussion."""
    hiss = np.random.default_rng(0).standard_normal(160_000).astype(np.float32) * 0.05
    audio = save(tmp_path / "hiss.wav", hiss)
    assert len(names(told_apart(diarizer, audio, speech=[Span(0, 10_000)]))) <= 1


def test_the_same_twice(diarizer: EmbeddedDiarizer, three_voices: Audio) -> None:
    """Nothing is drawn at random."""
    assert told_apart(diarizer, three_voices) == told_apart(diarizer, three_voices)


def test_the_entry_point_gives_a_diarizer(encoder: VoiceEncoder) -> None:
    """``embedded`` takes no argument and names its weights in its id."""
    made = load("", None)
    assert encoder.id in made.id
    assert made.segmentation.id in made.id


def test_a_piece_of_two_people_is_no_third_one(
    three_voices: Audio, diarizer: EmbeddedDiarizer
) -> None:
    """Half of it goes to either; a piece of somebody who says no more than that stays theirs."""
    spans = [*cut(1_000, 7_000), *cut(9_500, 15_000), Span(7_900, 9_700), Span(16_000, 17_800)]
    of = [*["rms"] * 3, *["slt"] * 3, "both", "awb"]
    frames = np.array([[span.start * 16 // 270, span.end * 16 // 270] for span in spans])
    moments = [
        (first + step * (last - first) // 8, first + (step + 1) * (last - first) // 8, piece)
        for piece, (first, last) in enumerate(frames.tolist())
        for step in range(8)
    ]
    timeline = Timeline(
        np.array([moment[:2] for moment in moments]),
        np.array([piece for *_, piece in moments]),
        np.zeros((len(spans), 192), np.float32),
        np.ones(len(spans)),
    )
    people = list(dict.fromkeys(of))
    sounds = np.stack(
        [diarizer.encoder(three_voices.read(spans[of.index(name)])) for name in people]
    )
    path = np.array([people.index(of[piece]) for *_, piece in moments])
    found, likely = diarizer._halved(
        three_voices, timeline, path, np.zeros((len(path), len(people))), sounds
    )
    both = np.flatnonzero(path == people.index("both"))
    assert [people[voice] for voice in found[both]] == ["rms"] * 4 + ["slt"] * 4
    assert (likely[both].argmax(axis=1) == found[both]).all()
    rest = np.setdiff1d(np.arange(len(path)), both)
    assert (found[rest] == path[rest]).all()


def cut(start: int, end: int) -> list[Span]:
    """Pieces of two seconds at most."""
    return [Span(at, min(at + 2_000, end)) for at in range(start, end - 1_000, 2_000)]
