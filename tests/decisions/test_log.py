"""The log of decisions: all lines of a change or none, and a sentence where none can be written."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fgd.core.errors import StoreError
from fgd.decisions.kinds import contradict, kinds, told
from fgd.decisions.log import Ledger, append, read_decisions, undo
from fgd.model import Decision, Span

WHO = {"by": "Lien", "when": "2026-03-19T10:00:00Z"}


def decision(number: int, field: str = "participant", target: str = "voice:V") -> Decision:
    span = Span(1000 * number, 1000 * number + 900)
    return Decision.made(f"{target}{number}", field, f"p{number}", "r1", span, **WHO)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A disk on which files end early."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_change_reaches_the_disk_whole_or_not_at_all(tmp_path: Path) -> None:
    """The disk is full in the middle of the second of three lines: the file is as it was."""
    path = tmp_path / "decisions.jsonl"
    append(path, [decision(0)])
    before = path.read_bytes()
    made = [decision(number) for number in (1, 2, 3)]
    with no_file_larger_than(len(before) + len(msgspec.json.encode(made[0])) + 20):
        with pytest.raises(StoreError):
            append(path, made)
        assert path.read_bytes() == before
    append(path, made)
    assert [each.id for each in read_decisions(path, "x")[0]] == [
        decision(0).id,
        *(d.id for d in made),
    ]


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_what_was_not_flushed_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Whichever flush fails, a change of three lines is there whole or not at all."""
    flushed = 0

    def flush(handle: int) -> None:
        nonlocal flushed
        flushed += 1
        if flushed == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", flush)
    ledger = Ledger(tmp_path / "decisions.jsonl", tmp_path / "lock")
    try:
        ledger.add([decision(number) for number in (1, 2, 3)], "")
    except StoreError:
        assert ledger.read().decisions == ()
    else:
        assert len(ledger.read().decisions) == 3


def test_a_line_that_was_cut_off_costs_nothing_but_itself(tmp_path: Path) -> None:
    """The next change begins on a line of its own."""
    path = tmp_path / "decisions.jsonl"
    append(path, [decision(1)])
    path.write_bytes(path.read_bytes()[:-20])
    append(path, [decision(2), decision(3)])
    found, issues = read_decisions(path, path.name)
    assert [each.id for each in found] == [decision(2).id, decision(3).id]
    assert [each.place for each in issues] == ["line 1"]


@pytest.mark.parametrize("problem", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_where_nothing_can_be_written_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: int
) -> None:
    """The file and what to do about it, instead of a traceback."""
    path = tmp_path / "decisions.jsonl"
    real = Path.open

    def closed(self: Path, *given: Any, **more: Any) -> Any:
        if self == path:
            raise OSError(problem, os.strerror(problem), str(self))
        return real(self, *given, **more)

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(StoreError) as refused:
        Ledger(path, tmp_path / "lock").add([decision(1)], "")
    assert str(path) in str(refused.value)
    assert refused.value.remedy


def test_every_kind_is_told_and_says_what_it_is_about() -> None:
    """Adding a kind in one module is enough for the log, the history and conflicts."""

    class Plain:
        """Everything is called by its id."""

        def person(self, participant: str) -> str:
            return participant

        def body(self, institution: str) -> str:
            return institution

        def theme(self, theme: str) -> str:
            return theme

        def voice(self, recording: str, span: Span) -> str:
            return f"{recording}@{span.start}"

    assert {"participant", "same-voice", "words", "overlap", "theme-merge", "code", "quote"} <= set(
        kinds()
    )
    for field, kind in kinds().items():
        one, other = decision(1, field, kind.targets[0] + ":"), decision(2, field, kind.targets[0])
        assert told(one, Plain(), {}) != f"{field} of {one.target}: {one.value}"
        assert contradict(one, one)
        back = undo(one, **WHO)
        assert contradict(back, one)
        assert told(back, Plain(), {one.id: one}).startswith("took back: ")
        assert one.id != other.id != back.id
