"""What was said survives being written by any platform: labels, words and times."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fgd.model import Segment, Transcript
from tests.intake import writers
from tests.intake.writers import Said, escaped_texts, heard, talks

# Each example writes and reads a file; these many find what there is to find.
few = settings(max_examples=50, deadline=None)

Writer = Callable[[Sequence[Said]], str]


def read_back(content: str, name: str) -> Transcript:
    with tempfile.TemporaryDirectory() as folder:
        return writers.read(Path(folder), content, name)[0]


def possible(talk: Sequence[Said]) -> bool:
    """Whether a talk may have happened: times that cannot be are left out, and that is tested."""
    words = sum(len(said.text.split()) for said in talk)
    return len(talk) < 4 or (len({said.start for said in talk}) > 1 and words < 60)


def check(segments: Sequence[Segment], talk: Sequence[Said]) -> None:
    assume(possible(talk))
    assert heard(segments) == [(said.label, said.text) for said in talk]
    assert [(s.span.start, s.span.end) for s in segments] == [(s.start, s.end) for s in talk]
    for segment in segments:
        assert "".join(word.text for word in segment.words).strip() == segment.text
        assert all(word.text.startswith(" ") for word in segment.words)
        edges = [edge for word in segment.words for edge in (word.span.start, word.span.end)]
        assert edges == sorted(edges)
        assert (edges[0], edges[-1]) == (segment.span.start, segment.span.end)


@pytest.mark.parametrize(("writer", "name"), [(writers.zoom, "a.vtt"), (writers.teams, "a.vtt")])
@few
@given(talk=talks(escaped_texts))
def test_webvtt_round_trip(writer: Writer, name: str, talk: list[Said]) -> None:
    """Zoom's and Teams' captions give back every label, character and millisecond."""
    check(read_back(writer(talk), name).segments, talk)


@pytest.mark.parametrize("writer", [writers.srt, writers.bracketed_srt])
@few
@given(talk=talks())
def test_srt_round_trip(writer: Writer, talk: list[Said]) -> None:
    """SRT gives back every label, character and millisecond, names before colons or in brackets."""
    # A colon right after the bracket belongs to the label: "[Name]: text" is common.
    assume(writer is writers.srt or not any(said.text[0] in ":\uff1a" for said in talk))
    check(read_back(writer(talk), "a.srt").segments, talk)


@few
@given(talk=talks(escaped_texts))
def test_whisper_round_trip(talk: list[Said]) -> None:
    """Whisper's JSON without words gives back speakers, text and times."""
    transcript = read_back(writers.whisper(talk), "a.json")
    check(transcript.segments, talk)
    assert transcript.languages == ("en",)


@few
@given(talk=talks())
def test_plain_text_round_trip(talk: list[Said]) -> None:
    """Without times, spans count characters of the file: they point at the words themselves."""
    content = writers.plain(talk)
    transcript = read_back(content, "a.txt")
    assert heard(transcript.segments) == [(said.label, said.text) for said in talk]
    assert not transcript.timed
    words = [word for segment in transcript.segments for word in segment.words]
    assert all(content[w.span.start : w.span.end] == w.text.strip() for w in words)
    edges = [edge for word in words for edge in (word.span.start, word.span.end)]
    assert edges == sorted(set(edges))
    assert all(segment.timing == "none" for segment in transcript.segments)


@few
@given(talk=talks())
def test_stamped_text_round_trip(talk: list[Said]) -> None:
    """Text with a time before each name keeps the times as starts, and never runs backwards."""
    starts = [said.start for said in talk]
    assume(len(set(starts)) == len(starts))
    transcript = read_back(writers.stamped(talk), "a.txt")
    assert heard(transcript.segments) == [(said.label, said.text) for said in talk]
    assert transcript.timed
    assert [segment.span.start for segment in transcript.segments] == starts
    assert all(segment.span.end > segment.span.start for segment in transcript.segments)


@few
@given(
    paragraphs=st.lists(
        st.lists(
            st.text(st.characters(categories=("Lo", "Ll", "Mn", "So")), min_size=1, max_size=8),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_text_survives(paragraphs: list[list[str]]) -> None:
    """Words of any script come through in order and unchanged, with or without spaces."""
    content = "\n\n".join(" ".join(words) for words in paragraphs)
    transcript = read_back(content, "a.txt")
    found = [word.text for segment in transcript.segments for word in segment.words]
    assert [word.strip() for word in found] == [w for words in paragraphs for w in words]


@few
@given(data=st.data())
def test_damage_never_raises(data: st.DataObject) -> None:
    """A file cut off or overwritten anywhere is read as far as it goes, in order of time."""
    writer = data.draw(
        st.sampled_from((writers.zoom, writers.teams, writers.srt, writers.whisper, writers.plain))
    )
    content = bytearray(writer(data.draw(talks())).encode())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=4))
    content = content[: data.draw(st.integers(0, len(content)))]
    suffix = data.draw(st.sampled_from(("vtt", "srt", "json", "txt", "docx")))
    with tempfile.TemporaryDirectory() as folder:
        transcript, issues = writers.read(Path(folder), bytes(content), f"a.{suffix}")
    starts = [segment.span.start for segment in transcript.segments]
    assert starts == sorted(starts)
    assert transcript.segments or any(issue.level == "error" for issue in issues)
    for issue in issues:
        assert issue.where == f"a.{suffix}"
        assert issue.message.endswith(".")
