"""Voices anchored in a floor log: slips and gaps in it, and logs that are not of the recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fgd.audio.wav import Audio
from fgd.core.progress import silent
from fgd.diarization import VoiceBounds, VoiceTurn
from fgd.diarization.anchors import Log
from fgd.diarization.embedded import EmbeddedDiarizer
from fgd.diarization.windows import Windows
from fgd.model import FloorMark, Span
from tests.diarization.conftest import THREE_VOICES, save

if TYPE_CHECKING:
    from fgd.diarization import VoiceEncoder

EVERYTHING = (Span(400, 35_384),)


def marks(taps: Sequence[tuple[int, str]]) -> tuple[FloorMark, ...]:
    """One mark from each tap to the next."""
    ends = [*(at for at, _ in taps[1:]), 35_384]
    return tuple(FloorMark(Span(at, end), who) for (at, who), end in zip(taps, ends, strict=True))


TRUE = marks([(span.start, who) for who, span in THREE_VOICES])


def right(turns: Sequence[VoiceTurn]) -> float:
    """The share of moments at which each voice is the one that most of it belongs to."""
    moments = range(400, 35_384, 20)
    truth = {m: who for who, span in THREE_VOICES for m in moments if m in span}
    heard = {m: turn.voice for turn in turns for m in moments if m in turn.span}
    whose = {}
    for voice in {turn.voice for turn in turns}:
        speakers = [truth[m] for m in moments if heard.get(m) == voice]
        whose[voice] = max(sorted(set(speakers)), key=speakers.count, default="")
    return sum(whose.get(heard.get(m, "")) == truth[m] for m in moments) / len(moments)


def told_apart(
    encoder: VoiceEncoder, audio: Audio, floor: Sequence[FloorMark], most: int = 20
) -> tuple[VoiceTurn, ...]:
    return EmbeddedDiarizer(encoder).diarize(
        audio, EVERYTHING, bounds=VoiceBounds(1, most), floor=floor, progress=silent
    )


def test_a_log_makes_three_voices_of_what_was_taken_for_one(
    encoder: VoiceEncoder, three_voices: Audio
) -> None:
    """A bound of one merges everybody; the taps tell them apart again."""
    assert right(told_apart(encoder, three_voices, (), most=1)) < 0.5
    assert right(told_apart(encoder, three_voices, TRUE, most=1)) > 0.97


def test_late_taps_are_no_late_turns(encoder: VoiceEncoder, three_voices: Audio) -> None:
    """The voice changed before the tap; where, the sound says."""
    late = marks([(mark.span.start + 1_200, mark.label) for mark in TRUE])
    assert right(told_apart(encoder, three_voices, late)) > 0.95


def test_a_missed_tap_and_a_slip_are_put_right_by_the_sound(
    encoder: VoiceEncoder, three_voices: Audio, tmp_path: Path
) -> None:
    """Of fourteen taps one is forgotten and one is under a wrong name."""
    first, last = EVERYTHING[0].start, EVERYTHING[0].end
    sound = three_voices.read(Span(first, last))
    audio = save(tmp_path / "twice.wav", np.concatenate([sound, sound]))
    length = last - first
    turns = [
        (span.start - first + again, span.end - first + again, who)
        for again in (0, length)
        for who, span in THREE_VOICES
    ]
    taps = [(start, who) for start, _, who in turns]
    taps[9] = (taps[9][0], "rms")  # it was awb
    del taps[3]
    ends = [*(at for at, _ in taps[1:]), 2 * length]
    floor = [FloorMark(Span(at, end), who) for (at, who), end in zip(taps, ends, strict=True)]
    found = EmbeddedDiarizer(encoder).diarize(
        audio, [Span(0, 2 * length)], bounds=VoiceBounds(), floor=floor, progress=silent
    )
    voice_of: dict[str, dict[str, int]] = {who: {} for who in ("rms", "slt", "awb")}
    for start, end, who in turns:
        for turn in found:
            shared = (turn.span & Span(start, end)).duration
            voice_of[who][turn.voice] = voice_of[who].get(turn.voice, 0) + shared
    main = {who: max(shares, key=lambda v: shares[v]) for who, shares in voice_of.items()}
    assert len(set(main.values())) == 3
    kept = sum(shares[main[who]] for who, shares in voice_of.items())
    assert kept > 0.95 * 2 * length


@pytest.mark.parametrize("seed", range(4))
def test_a_log_of_something_else_is_not_followed(
    encoder: VoiceEncoder, three_voices: Audio, seed: int
) -> None:
    """Names at random over the same times: the voices are those heard without a log."""
    chance = np.random.default_rng(seed)
    taps = [(at, "abc"[chance.integers(3)]) for at in range(400, 34_000, 2_400)]
    with Windows(three_voices, EVERYTHING, encoder) as windows:
        assert Log(TRUE, windows).agrees() is True
        assert Log(marks(taps), windows).agrees() is False
    heard = told_apart(encoder, three_voices, marks(taps))
    assert heard == told_apart(encoder, three_voices, ())


def test_a_log_too_short_to_compare_claims_nothing(
    encoder: VoiceEncoder, three_voices: Audio
) -> None:
    """One mark each, one label throughout, or marks in which nobody speaks."""
    with Windows(three_voices, EVERYTHING, encoder) as windows:
        assert Log(TRUE[:3], windows).agrees() is None
        alone = [FloorMark(mark.span, "rms") for mark in TRUE]
        assert Log(alone, windows).agrees() is None
        assert Log([FloorMark(Span(0, 10), "rms")], windows).agrees() is None


def test_who_never_was_tapped_keeps_a_voice(encoder: VoiceEncoder, three_voices: Audio) -> None:
    """A voice that sounds like nobody on the log is not given to the one most like it."""
    taps = [mark for mark in TRUE if mark.label != "rms"]
    others = np.zeros((1, 2, 256), dtype=np.float32)
    others[:, :, 0] = 1.0
    with Windows(three_voices, EVERYTHING, encoder) as windows:
        voices, expected = Log(taps, windows).anchored(others)
    assert len(voices) == 3
    assert expected.into.shape == expected.told.shape == (len(windows.moments), 3)


def test_vectors_are_computed_once(encoder: VoiceEncoder, three_voices: Audio) -> None:
    """Hearing a recording again with its log costs no second pass over the sound."""
    heard: list[int] = []

    def progress(_step: str, completed: int, _total: int, /) -> None:
        heard.append(completed)

    diarizer = EmbeddedDiarizer(encoder)
    for floor in ((), TRUE):
        diarizer.diarize(
            three_voices, EVERYTHING, bounds=VoiceBounds(), floor=floor, progress=progress
        )
    assert len(heard) == 1
