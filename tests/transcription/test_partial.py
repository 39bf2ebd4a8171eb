"""Partial results: a crash costs one batch, and never mixes one piece of work with another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.model import Segment, Span, Word
from fgd.transcription.transcribe import Partial
from fgd.transcription.transcriber import Heard

HEARD = [Heard((Segment(Span(0, 10), (Word(Span(0, 10), " สวัสดี 😀"),)),), "th", -0.2)]


def test_batches_come_back(tmp_path: Path) -> None:
    """What was put is there in the next run."""
    Partial(tmp_path / "p.jsonl", "key").put("a", HEARD)
    assert Partial(tmp_path / "p.jsonl", "key").get("a") == HEARD


def test_other_work_starts_again(tmp_path: Path) -> None:
    """Another checkpoint or other settings never see these words."""
    Partial(tmp_path / "p.jsonl", "key").put("a", HEARD)
    other = Partial(tmp_path / "p.jsonl", "other key")
    assert other.get("a") is None
    assert Partial(tmp_path / "p.jsonl", "key").get("a") is None


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 2_000))
def test_a_cut_anywhere_keeps_whole_batches(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    """However many bytes a crash left: whole lines count, the rest is dropped, work goes on."""
    path = tmp_path_factory.mktemp("partial") / "p.jsonl"
    first = Partial(path, "key")
    for name in "abc":
        first.put(name, HEARD)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    again = Partial(path, "key")
    kept = [name for name in "abc" if again.get(name) is not None]
    assert kept == list("abc")[: len(kept)]
    assert len(kept) == max(0, whole[:cut].count(b"\n") - 1)
    again.put("d", HEARD)
    last = Partial(path, "key")
    assert [name for name in "abcd" if last.get(name) == HEARD] == [*kept, "d"]
