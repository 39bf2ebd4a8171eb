"""What is made of a diarizer's turns: numbers, prints, ghosts and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fgd.audio.decode import Audio
from fgd.core.backends import Progress
from fgd.diarization import Diarization, VoiceBounds, VoiceTurn, diarize
from fgd.model import FloorMark, Span
from tests.diarization.conftest import ToneEmbedder, save, tone


class Replay:
    """A diarizer that says what it was told to, and remembers what it was asked."""

    id = "replay"
    version = "1"

    def __init__(self, *turns: VoiceTurn) -> None:
        self.turns = turns
        self.speech: tuple[Span, ...] = ()
        self.floor: tuple[FloorMark, ...] = ()

    def diarize(
        self,
        audio: Audio,
        speech: Sequence[Span],
        *,
        bounds: VoiceBounds,
        floor: Sequence[FloorMark],
        progress: Progress,
    ) -> tuple[VoiceTurn, ...]:
        self.speech, self.floor = tuple(speech), tuple(floor)
        return self.turns


@pytest.fixture
def two_tones(tmp_path: Path) -> Audio:
    """Five seconds at 250 Hz, five at 850 Hz."""
    return save(tmp_path / "tones.wav", np.concatenate([tone(250, 5_000), tone(850, 5_000)]))


def told(audio: Audio, diarizer: Replay, **more: object) -> Diarization:
    speech = more.pop("speech", [Span(0, audio.duration)])
    return diarize(
        "r1",
        audio,
        speech,  # type: ignore[arg-type]
        diarizer,
        embedder=ToneEmbedder(),
        name="tones.wav",
        **more,  # type: ignore[arg-type]
    )


def test_voices_are_numbered_as_they_appear(two_tones: Audio) -> None:
    """Whatever the backend calls them: V1 speaks first."""
    replay = Replay(
        VoiceTurn("zoe", Span(0, 5_000), 0.9, "al", 0.1), VoiceTurn("al", Span(5_000, 10_000))
    )
    found = told(two_tones, replay)
    assert [(t.voice, t.runner_up) for t in found.turns] == [("V1", "V2"), ("V2", "")]
    assert [voice.speech for voice in found.voices] == [5_000, 5_000]
    assert found.confidence == 0.95
    assert found.backend == "replay"


def test_prints_are_of_the_voices_own_sound(two_tones: Audio) -> None:
    """Each print hears its own tone; voices that differ have clarity, and it is high."""
    found = told(
        two_tones, Replay(VoiceTurn("a", Span(0, 5_000)), VoiceTurn("b", Span(5_000, 10_000)))
    )
    peaks = [int(np.argmax(p.vector)) for p in found.prints]
    assert peaks == [2, 8]
    assert min(voice.clarity for voice in found.voices) > 0.9


def test_voices_that_sound_the_same_are_unclear(two_tones: Audio) -> None:
    """Two halves of one tone cannot be told apart, and clarity says so."""
    found = told(
        two_tones, Replay(VoiceTurn("a", Span(0, 2_500)), VoiceTurn("b", Span(2_500, 5_000)))
    )
    assert max(voice.clarity for voice in found.voices) < 0.05


def test_ghosts_are_reported_and_kept(two_tones: Audio) -> None:
    """A voice of a second is a note with its name; it stays among the voices."""
    found = told(
        two_tones, Replay(VoiceTurn("a", Span(0, 9_000)), VoiceTurn("b", Span(9_000, 10_000)))
    )
    assert [voice.ghost for voice in found.voices] == [False, True]
    (issue,) = [i for i in found.issues if i.place == "V2"]
    assert "1.0 s" in issue.message


def test_a_crowd_is_nobody(tmp_path: Path) -> None:
    """Steady sound in which speech is hardly heard is no voice however long; faint speech is one.
    Who speaks after it is numbered as if it were not there.
    """
    chance = np.random.default_rng(0)
    crowd = (0.05 * chance.standard_normal(4 * 16_000)).astype(np.float32)
    syllables = np.repeat(np.tile([1.0, 0.05], 24), 16_000 // 8)
    talk = tone(250, 6_000) * syllables[: 6 * 16_000].astype(np.float32)
    audio = save(tmp_path / "rally.wav", np.concatenate([crowd, talk]))
    turns = (
        VoiceTurn("b", Span(0, 4_000), speech=0.6),
        VoiceTurn("a", Span(4_000, 7_000)),
        VoiceTurn("c", Span(7_000, 10_000)),
    )
    found = told(audio, Replay(*turns))
    assert [(voice.id, voice.ghost) for voice in found.voices] == [("V1", False), ("V2", False)]
    assert [(turn.voice, turn.span.start) for turn in found.turns] == [("V1", 4_000), ("V2", 7_000)]
    assert found.noises == (Span(0, 4_000),)
    assert {each.voice for each in found.prints} == {"V1", "V2"}
    (issue,) = [i for i in found.issues if i.place == "V0"]
    assert "4.0 s" in issue.message
    assert "nobody" in issue.remedy
    faint = VoiceTurn("a", Span(4_000, 7_000)), VoiceTurn("b", Span(7_000, 10_000), speech=0.6)
    assert len(told(audio, Replay(*faint)).voices) == 2
    assert len(told(audio, Replay(turns[0])).voices) == 1


def test_a_quiet_person_in_a_loud_room_is_no_crowd(tmp_path: Path) -> None:
    """Where noise fills everybody's pauses, a steady level says nothing about whose it is."""
    chance = np.random.default_rng(0)
    syllables = np.repeat(np.tile([1.0, 0.0], 24), 16_000 // 8)[: 6 * 16_000].astype(np.float32)
    near, far = (tone(250, 6_000, level) * syllables for level in (0.1, 0.02))
    room = (0.04 * chance.standard_normal(12 * 16_000)).astype(np.float32)
    audio = save(tmp_path / "fan.wav", np.concatenate([near, far]) + room)
    turns = VoiceTurn("a", Span(0, 6_000)), VoiceTurn("b", Span(6_000, 12_000), speech=0.6)
    found = told(audio, Replay(*turns))
    assert (len(found.voices), found.noises) == (2, ())


def test_nobody_speaks(two_tones: Audio) -> None:
    """No speech: one sentence, no voices, and the diarizer is not even asked."""
    replay = Replay(VoiceTurn("a", Span(0, 1)))
    found = told(two_tones, replay, speech=[])
    assert (found.voices, found.turns) == ((), ())
    assert replay.speech == ()
    assert "nobody" in found.issues[0].message


def test_one_voice_and_full_rosters_are_mentioned(two_tones: Audio) -> None:
    """One voice throughout, and as many voices as there may be, deserve a look."""
    one = told(two_tones, Replay(VoiceTurn("a", Span(0, 10_000))))
    assert "one voice" in one.issues[0].message
    two = Replay(VoiceTurn("a", Span(0, 5_000)), VoiceTurn("b", Span(5_000, 10_000)))
    full = told(two_tones, two, bounds=VoiceBounds(1, 2))
    assert "as many as there may be" in full.issues[0].message
    assert told(two_tones, two, bounds=VoiceBounds(1, 3)).issues == ()


def test_more_people_on_the_roster_than_voices(two_tones: Audio) -> None:
    """A note says both numbers; the recording is none the worse for it."""
    two = Replay(VoiceTurn("a", Span(0, 5_000)), VoiceTurn("b", Span(5_000, 10_000)))
    found = told(two_tones, two, bounds=VoiceBounds.of_roster(6))
    assert len(found.voices) == 2
    assert [i.message for i in found.issues] == ["2 voices were heard, 6 people are on the roster."]


def test_margins_for_hearing_are_no_floor_time(two_tones: Audio) -> None:
    """Detected speech is shortened at both ends before it counts, never to nothing."""
    replay = Replay()
    told(two_tones, replay, speech=[Span(1_000, 3_000), Span(4_000, 4_090)])
    assert replay.speech == (Span(1_100, 2_900), Span(4_030, 4_060))


def test_the_floor_log_reaches_the_diarizer(two_tones: Audio) -> None:
    """Marks are passed on checked; trouble is an issue."""
    replay = Replay(VoiceTurn("a", Span(0, 5_000)), VoiceTurn("b", Span(5_000, 10_000)))
    log = [FloorMark(Span(0, 5_000), "Ana"), FloorMark(Span(70_000, 80_000), "Bo")]
    found = told(two_tones, replay, floor=log)
    assert [m.label for m in replay.floor] == ["Ana"]
    assert any("after its end" in issue.message for issue in found.issues)


def test_bounds_come_from_the_roster() -> None:
    """A roster of four allows a stranger; no roster allows twenty; nonsense is refused."""
    assert VoiceBounds.of_roster(4) == VoiceBounds(1, 5, 4)
    assert VoiceBounds.of_roster(0) == VoiceBounds(1, 20)
    with pytest.raises(ValueError, match="least <= most"):
        VoiceBounds(3, 2)
