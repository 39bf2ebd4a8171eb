"""Guards: what people reported from Whisper is recognised, and ordinary speech is left alone."""

from __future__ import annotations

import pytest

from fgd.model import Segment, Span, Word
from fgd.transcription import guards
from fgd.transcription.transcriber import Heard

TERMS = ("Meranti Institute", "panel of the wise", "Dr Ratna", "CSMS", "Lotus Council")


def segment(text: str, seconds: float = 4.0, start: int = 0) -> Segment:
    pieces = text.split()
    step = int(seconds * 1000 / max(1, len(pieces)))
    words = tuple(
        Word(Span(start + i * step, start + (i + 1) * step), f" {piece}")
        for i, piece in enumerate(pieces)
    )
    return Segment(Span(start, start + int(seconds * 1000)), words)


def kinds(text: str, seconds: float = 4.0, *, first: bool = False, **heard: float) -> set[str]:
    one = segment(text, seconds)
    found = guards.flags(one, Heard(**heard), [one.span], TERMS, first=first)  # type: ignore[arg-type]
    return {flag.kind for flag in found}


def test_a_loop_is_flagged_whatever_its_confidence() -> None:
    """Repeats come with high confidence, so the words themselves are looked at."""
    assert "repetition" in kinds(
        "and so we and so we and so we and so we go on", log_probability=-0.01
    )


def test_emphasis_is_no_loop() -> None:
    """Saying no three times is speech."""
    assert kinds("no no no that is not what we agreed in the end") == set()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("one two three four five six seven eight", 0.6), ("we think so indeed", 20.0)],
)
def test_impossible_speech_rates(text: str, seconds: float) -> None:
    """Faster than anybody speaks, or a word every five seconds."""
    assert kinds(text, seconds) == {"speech-rate"}


def test_the_prompt_recited_is_an_echo() -> None:
    """The list of names printed as if somebody had said it."""
    assert "prompt-echo" in kinds(
        "Meranti Institute, panel of the wise, Dr Ratna, CSMS, Lotus Council."
    )


def test_names_in_a_sentence_are_no_echo() -> None:
    """Somebody may well speak of an institution and of the panel."""
    text = "the panel of the wise was first proposed by the Meranti Institute and not by Dr Ratna"
    assert kinds(text) == set()


@pytest.mark.parametrize(
    "text", [">> Yes, we agree on that.", "JOHN SMITH: Yes, we agree.", "- Yes, indeed we do."]
)
def test_invented_speaker_tags_at_the_start_of_a_window(text: str) -> None:
    """Whisper likes to begin a window with a tag nobody spoke."""
    assert "speaker-tag" in kinds(text, first=True)
    assert "speaker-tag" not in kinds(text, first=False)


def test_thank_you_in_silence_is_doubted_and_in_speech_is_not() -> None:
    """A known phrase of silence counts only where there is little speech under it."""
    one = segment("Thank you.", 3.0, start=10_000)
    silent = guards.flags(one, Heard(), [Span(0, 9_000)], (), first=False)
    spoken = guards.flags(one, Heard(), [Span(9_900, 13_000)], (), first=False)
    assert [flag.kind for flag in silent] == ["silence-phrase"]
    assert spoken == ()


def test_every_flag_says_why() -> None:
    """A person who sees a flag also sees its reason."""
    one = segment("a b a b a b a b a b", 0.5)
    found = guards.flags(one, Heard(log_probability=-2.0), [one.span], (), first=False)
    assert {flag.kind for flag in found} == {"repetition", "low-confidence"}
    assert all(len(flag.reason) > 10 for flag in found)
