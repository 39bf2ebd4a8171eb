"""Voices anchored in a floor log: slips and gaps in it, and logs that are not of the recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fgd.audio.decode import Audio
from fgd.core.backends import silent
from fgd.diarization import VoiceBounds, VoiceTurn
from fgd.diarization.embedded import EmbeddedDiarizer
from fgd.diarization.floor_marks import OPEN, Log, seeds, usable
from fgd.diarization.local_voices import Timeline
from fgd.diarization.networks import SIZE
from fgd.model import FloorMark, Span
from tests.diarization.conftest import THREE_VOICES, save

EVERYTHING = (Span(400, 35_384),)


def marks(taps: Sequence[tuple[int, str]]) -> tuple[FloorMark, ...]:
    """One mark from each tap to the next."""
    ends = [*(at for at, _ in taps[1:]), 35_384]
    return tuple(FloorMark(Span(at, end), who) for (at, who), end in zip(taps, ends, strict=True))


TRUE = marks([(span.start, who) for who, span in THREE_VOICES])


def right(turns: Sequence[VoiceTurn]) -> float:
    """The share of moments, pauses apart, at which each voice is the one that most of it belongs
    to.
    """
    moments = range(400, 35_384, 20)
    truth = {m: who for who, span in THREE_VOICES for m in moments if m in span}
    heard = {m: turn.voice for turn in turns for m in moments if m in turn.span}
    whose = {}
    for voice in {turn.voice for turn in turns}:
        speakers = [truth[m] for m in moments if heard.get(m) == voice]
        whose[voice] = max(sorted(set(speakers)), key=speakers.count, default="")
    assert len(heard) > 0.9 * len(moments)
    return sum(whose[voice] == truth.get(m) for m, voice in heard.items()) / len(heard)


def timeline_of(diarizer: EmbeddedDiarizer, audio: Audio) -> Timeline:
    return diarizer._hear(audio, silent).timeline()


def told_apart(
    diarizer: EmbeddedDiarizer, audio: Audio, floor: Sequence[FloorMark], most: int = 20
) -> tuple[VoiceTurn, ...]:
    return diarizer.diarize(
        audio, EVERYTHING, bounds=VoiceBounds(1, most), floor=floor, progress=silent
    )


def test_a_log_makes_three_voices_of_what_was_taken_for_one(
    diarizer: EmbeddedDiarizer, three_voices: Audio
) -> None:
    """A bound of one merges everybody; the taps tell them apart again."""
    assert right(told_apart(diarizer, three_voices, (), most=1)) < 0.5
    assert right(told_apart(diarizer, three_voices, TRUE, most=1)) > 0.97


def test_late_taps_are_no_late_turns(diarizer: EmbeddedDiarizer, three_voices: Audio) -> None:
    """The voice changed before the tap; where, the sound says."""
    late = marks([(mark.span.start + 1_200, mark.label) for mark in TRUE])
    assert right(told_apart(diarizer, three_voices, late)) > 0.95


def test_a_missed_tap_and_a_slip_are_put_right_by_the_sound(
    diarizer: EmbeddedDiarizer, three_voices: Audio, tmp_path: Path
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
    found = diarizer.diarize(
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
    diarizer: EmbeddedDiarizer, three_voices: Audio, seed: int
) -> None:
    """Names at random over the same times: the voices are those heard without a log."""
    chance = np.random.default_rng(seed)
    taps = [(at, "abc"[chance.integers(3)]) for at in range(400, 34_000, 2_400)]
    timeline = timeline_of(diarizer, three_voices)
    assert Log(TRUE, timeline).agrees() is True
    assert Log(marks(taps), timeline).agrees() is False
    heard = told_apart(diarizer, three_voices, marks(taps))
    assert heard == told_apart(diarizer, three_voices, ())


def test_a_log_too_short_to_compare_claims_nothing(
    diarizer: EmbeddedDiarizer, three_voices: Audio
) -> None:
    """One mark each, one label throughout, or marks in which nobody speaks."""
    timeline = timeline_of(diarizer, three_voices)
    assert Log(TRUE[:3], timeline).agrees() is None
    alone = [FloorMark(mark.span, "rms") for mark in TRUE]
    assert Log(alone, timeline).agrees() is None
    assert Log([FloorMark(Span(0, 10), "rms")], timeline).agrees() is None


def test_who_never_was_tapped_keeps_a_voice(
    diarizer: EmbeddedDiarizer, three_voices: Audio
) -> None:
    """A voice that sounds like nobody on the log is not given to the one most like it."""
    taps = [mark for mark in TRUE if mark.label != "rms"]
    others = np.zeros((1, SIZE), dtype=np.float32)
    others[:, 0] = 1.0
    timeline = timeline_of(diarizer, three_voices)
    voices, expected = Log(taps, timeline).anchored(others)
    assert len(voices) == 3
    assert expected.into.shape == expected.told.shape == (len(timeline.moments), 3)


def test_vectors_are_computed_once(diarizer: EmbeddedDiarizer, three_voices: Audio) -> None:
    """Hearing a recording again with its log costs no second pass over the sound."""
    heard: list[int] = []

    def progress(_step: str, completed: int, _total: int, /) -> None:
        heard.append(completed)

    three_voices.path.with_suffix(".voices").unlink(missing_ok=True)
    fresh = EmbeddedDiarizer(diarizer.encoder)
    for floor in ((), TRUE):
        fresh.diarize(
            three_voices, EVERYTHING, bounds=VoiceBounds(), floor=floor, progress=progress
        )
    assert heard == sorted(heard)
    assert heard.count(three_voices.duration) == 1


def mark(start: int, end: int, label: str) -> FloorMark:
    return FloorMark(Span(start, end), label)


def test_good_marks_pass_unchanged() -> None:
    """A log in order and inside the recording raises no issue."""
    log = (mark(0, 9_000, "A"), mark(9_000, 20_000, "B"))
    assert usable(log, 30_000, "x") == (log, ())


def test_open_marks_end_at_the_next_one() -> None:
    """An open end lasts until the next mark; the last one is believed for two minutes."""
    found, issues = usable((mark(0, 0, "A"), mark(9_000, 9_000, "B")), 999_000, "x")
    assert [m.span for m in found] == [Span(0, 9_000), Span(9_000, 9_000 + OPEN)]
    assert issues == ()


def test_marks_beyond_the_end_cost_a_sentence() -> None:
    """They are left aside, and the issue says how many and where the first one is."""
    found, (issue,) = usable((mark(0, 5_000, "A"), mark(70_000, 80_000, "B")), 60_000, "a.wav")
    assert [m.label for m in found] == ["A"]
    assert issue.place == "0:01:10"
    assert "1 of 2" in issue.message


def test_a_mark_that_runs_past_the_end_is_cut() -> None:
    """The recording ends when it ends."""
    ((found,), issues) = usable((mark(1_000, 90_000, "A"),), 60_000, "x")
    assert found.span == Span(1_000, 60_000)
    assert issues == ()


def test_times_that_go_backwards_are_put_in_order() -> None:
    """One sentence, and the log still serves."""
    found, (issue,) = usable((mark(9_000, 12_000, "B"), mark(0, 8_000, "A")), 60_000, "x")
    assert [m.label for m in found] == ["A", "B"]
    assert "backwards" in issue.message


def heard(*voices: int) -> tuple[np.ndarray, np.ndarray]:
    """One moment each 200 ms, as many as voices are given."""
    return np.arange(len(voices)) * 200, np.array(voices)


def test_a_clear_majority_makes_a_seed() -> None:
    """The cores of the majority's voice inside a mark belong together."""
    moments, found = heard(*[0] * 50, *[1] * 50)
    log = (mark(0, 10_000, "A"), mark(10_000, 20_000, "B"))
    cores = [(10, 20), (25, 40), (60, 80)]
    assert seeds(log, moments, found, cores, np.eye(3)) == [[0, 1], [2]]


def test_no_majority_no_seed() -> None:
    """Where two people share a mark, it says nothing."""
    moments, found = heard(*[0] * 25, *[1] * 25)
    assert seeds((mark(0, 10_000, "A"),), moments, found, [(10, 20)], np.eye(1)) == []


def test_a_voice_that_two_labels_claim_is_nobodys() -> None:
    """The log contradicts the sound: better no seed than a voice torn in two."""
    moments, found = heard(*[0] * 100)
    log = (mark(0, 10_000, "A"), mark(10_000, 20_000, "B"))
    cores, alike = [(10, 40), (60, 90)], np.array([[30.0, 3.0], [30.0, 4.0]])
    assert seeds(log, moments, found, cores, alike) == []


def test_two_people_taken_for_one_are_told_apart_by_the_log() -> None:
    """Two labels claim a voice and the sounds under them differ: both get their own cores."""
    moments, found = heard(*[0] * 100)
    log = (mark(0, 10_000, "A"), mark(10_000, 20_000, "B"))
    cores, different = [(10, 40), (60, 90)], np.array([[30.0, 3.0], [15.0, 25.0]])
    assert seeds(log, moments, found, cores, different) == [[0], [1]]
