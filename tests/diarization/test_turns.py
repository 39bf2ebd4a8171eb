"""Moments made into turns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fgd.diarization import VoiceTurn
from fgd.diarization.turns import interruptions, joined, turns
from fgd.model import Span

EVERY = 200


@st.composite
def decisions(draw: st.DrawFn) -> tuple[list[Span], np.ndarray, np.ndarray]:
    """Stretches of speech, the moments in them, and a voice for each."""
    speech, at = [], 0
    for gap, length in draw(
        st.lists(st.tuples(st.integers(100, 900), st.integers(250, 3000)), max_size=5)
    ):
        speech.append(Span(at + gap, at + gap + length))
        at += gap + length
    moments = [m for s in speech for m in range(-(-s.start // EVERY) * EVERY, s.end, EVERY)]
    found = draw(st.lists(st.integers(0, 2), min_size=len(moments), max_size=len(moments)))
    return speech, np.array(moments, dtype=int), np.array(found, dtype=int)


@given(decisions())
def test_turns_cover_the_speech_once(case: tuple[list[Span], np.ndarray, np.ndarray]) -> None:
    """Every millisecond of speech that has a moment lies in one turn, and nothing else does."""
    speech, moments, found = case
    sure = np.eye(3)[found] if len(found) else np.zeros((0, 3))
    made = list(turns(speech, moments, found, sure))
    covered = [span for span in speech if any(span.start <= m < span.end for m in moments)]
    assert sum(t.span.duration for t in made) == sum(span.duration for span in covered)
    assert all(a.span.end <= b.span.start for a, b in zip(made, made[1:], strict=False))
    assert all(turn.confidence == 1 for turn in made)


def test_the_cut_lies_between_two_moments() -> None:
    """Half way from the last moment of one voice to the first of the other."""
    speech, moments = [Span(0, 1000)], np.arange(5) * EVERY
    sure = np.array([[0.9, 0.1]] * 3 + [[0.2, 0.8]] * 2)
    first, second = turns(speech, moments, np.array([0, 0, 0, 1, 1]), sure)
    assert (first.voice, first.span) == ("V1", Span(0, 500))
    assert (second.voice, second.span, second.runner_up) == ("V2", Span(500, 1000), "V1")
    assert second.confidence == 0.8
    assert second.runner_up_confidence == 0.2


def test_two_at_once_give_two_turns() -> None:
    """The next most similar voice is heard beside the main one, only where both speak."""
    speech, moments = [Span(0, 2000)], np.arange(10) * EVERY
    similarities = np.tile([0.8, 0.4, 0.6], (10, 1))
    double = np.zeros(10, dtype=bool)
    double[3:6] = True
    (second,) = interruptions(speech, moments, np.zeros(10, dtype=int), similarities, double)
    assert second.voice == "V3"
    assert second.span == Span(500, 1100)


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.integers(0, 3000), st.integers(1, 900)).map(
            lambda t: VoiceTurn(t[0], Span(t[1], t[1] + t[2]))
        )
    )
)
def test_joining_keeps_every_millisecond(some: list[VoiceTurn]) -> None:
    """The union of each voice's time is what it was, and its turns no longer touch."""
    made = joined(some)

    def moments(of: object, voice: str) -> set[int]:
        return {
            m
            for turn in of  # type: ignore[attr-defined]
            if turn.voice == voice
            for m in range(turn.span.start, turn.span.end)
        }

    for voice in "AB":
        assert moments(made, voice) == moments(some, voice)
        own = [turn.span for turn in made if turn.voice == voice]
        assert all(a.end < b.start for a, b in zip(own, own[1:], strict=False))
    assert [turn.span for turn in made] == sorted(turn.span for turn in made)
