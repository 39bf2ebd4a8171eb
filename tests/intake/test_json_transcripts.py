"""Whisper's JSON: measured words are kept as measured, everything else is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fgd.intake.transcripts.json_transcripts import is_transcript_json
from fgd.model import Span, Word
from tests.intake.writers import heard, messages, read


def test_measured_words(tmp_path: Path) -> None:
    """Words keep their own times, spelling and probability; the rest of the file is not needed."""
    data = {
        "text": " Hello all",
        "segments": [
            {
                "id": 0, "seek": 0, "start": 0.0, "end": 1.5, "text": " Hello all", "tokens": [1, 2],
                "avg_logprob": -0.1, "no_speech_prob": 0.01,
                "words": [
                    {"word": " Hello", "start": 0.0, "end": 0.52, "probability": 0.91},
                    {"word": " all", "start": 0.6, "end": 1.4, "probability": 0.5},
                ],
            }
        ],
        "language": "km",
    }  # fmt: skip
    transcript, issues = read(tmp_path, json.dumps(data), "a.json")
    assert transcript.segments[0].words == (
        Word(Span(0, 520), " Hello", 0.91),
        Word(Span(600, 1400), " all", 0.5),
    )
    assert transcript.segments[0].timing == "measured"
    assert transcript.segments[0].language == "km"
    assert transcript.languages == ("km",)
    assert transcript.source == "import:whisper-json"
    assert issues == ()


def test_segments_without_words(tmp_path: Path) -> None:
    """Without word times they are spread, with the segment's mean probability."""
    data = {"segments": [{"start": 1, "end": 2, "text": "aa bb", "avg_logprob": -0.6931}]}
    segment = read(tmp_path, json.dumps(data), "a.json")[0].segments[0]
    assert segment.timing == "interpolated"
    found = [(word.text, word.span.start, word.span.end) for word in segment.words]
    assert found == [(" aa", 1000, 1500), (" bb", 1500, 2000)]
    assert [word.confidence for word in segment.words] == pytest.approx([0.5, 0.5], abs=1e-4)


def test_words_of_relatives(tmp_path: Path) -> None:
    """Programs that leave out leading spaces and name speakers are read alike."""
    data = {
        "segments": [
            {
                "start": 0, "end": 2, "text": " Hello all", "speaker": "SPEAKER_00",
                "words": [
                    {"word": "Hello", "start": 0, "end": 1, "score": 0.9},
                    {"word": "all", "start": 1, "end": 2, "score": 0.8},
                ],
            },
            {
                "start": 2, "end": 3, "text": "in 2026", "speaker": "SPEAKER_01",
                "words": [{"word": "in", "start": 2, "end": 2.2}, {"word": "2026"}],
            },
        ]
    }  # fmt: skip
    segments = read(tmp_path, json.dumps(data), "a.json")[0].segments
    assert heard(segments) == [("SPEAKER_00", "Hello all"), ("SPEAKER_01", "in 2026")]
    assert [segment.timing for segment in segments] == ["measured", "measured"]
    assert segments[1].words[1].span == Span(2200, 3000), "a number that was not aligned"


def test_strange_values(tmp_path: Path) -> None:
    """NaN, negative and missing times cost at most their segment, and are counted."""
    content = (
        '{"segments": [{"start": NaN, "end": 1, "text": "lost"},'
        '{"start": -1, "end": 1, "text": "early"}, {"start": 5, "end": 4, "text": "late"},'
        '{"start": 2, "end": 3, "text": "before"}, {"start": 9, "end": 9, "text": ""}]}'
    )
    transcript, issues = read(tmp_path, content, "a.json")
    found = [(s.text, s.span.start, s.span.end) for s in transcript.segments]
    assert found == [("early", 0, 1000), ("before", 2000, 3000), ("late", 5000, 5000)]
    assert "segment 1: 1 segment(s) without readable times" in messages(issues)
    assert "times go backwards" in messages(issues)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"text": "a", "segments": [{"id": 0, "sta', "this is not valid JSON"),
        ('{"name": "package", "version": 1}', "this JSON holds no segments"),
        ('{"segments": []}', "this JSON holds no segments"),
        ("[" * 100_000, "this is not valid JSON"),
    ],
)
def test_other_json(tmp_path: Path, content: str, complaint: str) -> None:
    """A file cut off, or JSON of something else, is one sentence."""
    transcript, issues = read(tmp_path, content, "a.json")
    assert transcript.segments == ()
    assert [issue.level for issue in issues] == ["error"]
    assert complaint in issues[0].message
    assert not is_transcript_json(tmp_path / "a.json")


ODD = (
    "1" + "0" * 400, "9" * 5000, "-" + "9" * 50, "1e400", "-1e400", "NaN", "null", "true", "-5", "[]",
    "{}", "[[]]", '""', '"\\ud800"', f'"PT{"9" * 5000}H"', f'"{"9" * 5000}"', f'"{"9" * 400}:00"',
    '{"seconds": 1e400}', '{"seconds": "9", "nanos": 1e400}', '"' + "z" * 50_000 + '"',
)  # fmt: skip
SHAPES = (
    '{"segments": [{"start": %0, "end": %1, "text": %2, "speaker": %3, "id": %4, "words": '
    '[{"word": %5, "start": %6, "end": %7, "probability": %8, "speaker": %9}]}, '
    '{"start": 8, "end": 9, "text": "that stays", "speaker": "Ana"}]}',
    '{"speakers": [{"id": %3, "name": %4}], "transcript": [{"from": %0, "to": %1, "speaker": %3, '
    '"body": %2}, {"from": 8, "to": 9, "speaker": "Ana", "body": "that stays"}]}',
    '{"results": {"utterances": [{"start": %0, "end": %1, "transcript": %2, "speaker": %3}, '
    '{"start": 8, "end": 9, "transcript": "that stays", "speaker": 1}]}}',
    '[{"timestamp": [%0, %1], "text": %2}, {"timestamp": [8, 9], "text": "that stays"}]',
    '{"transcription": [{"offsets": {"from": %0, "to": %1}, "text": %2}, '
    '{"offsets": {"from": 8000, "to": 9000}, "text": "that stays"}]}',
)
GOOD = ("1", "2", '"all of it"', '"Ben"', "7", '"all"', "1", "2", "0.5", '"Ben"')


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
@pytest.mark.parametrize("place", range(len(GOOD)))
def test_no_value_of_any_key_stands_in_the_way(tmp_path: Path, shape: str, place: int) -> None:
    """Numbers without end, of another kind, of none: the rest of the file is read, or told."""
    if f"%{place}" not in shape:
        return
    for odd in ODD:
        content = shape
        for number, good in enumerate(GOOD):
            content = content.replace(f"%{number}", odd if number == place else good)
        transcript, issues = read(tmp_path, content, "a.json")
        assert "that stays" in " ".join(each.text for each in transcript.segments) or issues, odd[
            :40
        ]
        labels = {each.label for each in transcript.segments}
        assert not labels & {"inf", "nan", "-inf", "Speaker inf"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("We need twenty five nets.", False),
        ("We need 25 nets.", False),
        ("We want twenty five nets.", False),
        ("We need", True),
        ("We need twen", True),
    ],
)
def test_a_text_shorter_than_its_words(tmp_path: Path, text: str, told: bool) -> None:
    """Words that only their list has are told; other words for them, or numbers, are not."""
    words = [
        {"word": f" {word}", "start": n, "end": n + 0.5}
        for n, word in enumerate("We need twenty five nets.".split())
    ]
    data = {"segments": [{"start": 0, "end": 6, "text": text, "words": words}]}
    transcript, issues = read(tmp_path, json.dumps(data), "a.json")
    assert [segment.text.strip() for segment in transcript.segments] == [text]
    found = [each for each in issues if "lacks words" in each.message]
    assert [each.place for each in found] == ["segment 1"] * told


def test_words_under_a_key_nobody_knows(tmp_path: Path) -> None:
    """One damaged key does not take a segment away in silence; an empty segment says nothing."""
    keys = ["text", "te\ufffdt", "text"]
    texts = ["We need more nets.", "And one more boat.", ""]
    data = {
        "segments": [
            {"start": n, "end": n + 1, "speaker": "Ana Reyes Lima", key: text}
            for n, (key, text) in enumerate(zip(keys, texts, strict=True))
        ]
    }
    _, issues = read(tmp_path, json.dumps(data), "a.json")
    assert [(each.level, each.place) for each in issues] == [("warning", "segment 2")]
