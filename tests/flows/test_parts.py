"""The small parts behind the flows that need no server: names, failures, limits, telling."""

from __future__ import annotations

import doctest
import errno
import pickle
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flows.pool
import flows.reports
from fgd import pipeline
from fgd.core.errors import InputError, StoreError, store_error
from fgd.pipeline.context import NotAdmitted
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from flows.failures import StepFailed, neutral, told
from flows.hearing import VARIABLE, Turns, limit_of
from flows.reports import exit_code, key, plain, row
from tests.flows.conftest import add


def test_examples_in_docstrings() -> None:
    """They are what the functions do."""
    assert sum(doctest.testmod(each).failed for each in (flows.reports, flows.pool)) == 0


@given(st.text(max_size=80))
def test_any_name_becomes_a_key_that_prefect_accepts(name: str) -> None:
    """Lower-case letters, digits and dashes."""
    import re

    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", key("brief", name))


@given(st.lists(st.text(max_size=12), unique=True, max_size=6))
def test_different_sessions_have_different_keys(names: list[str]) -> None:
    """Two sessions never share an artifact."""
    assert len({plain(name) for name in names}) == len(names)


def test_a_wrong_input_is_told_without_its_details(tmp_path: Path) -> None:
    """The kind of problem and where to read more; no file, no cell, no name."""
    problem = InputError("Aida Limbukan is there twice.", where="participants.csv", place="row 3")
    failed = told(problem, tmp_path, "one")
    assert "Limbukan" not in str(failed)
    assert "participants" not in str(failed)
    assert (failed.kind, failed.again) == ("InputError", "changed")


@pytest.mark.parametrize(
    ("number", "again"),
    [(errno.ENOSPC, "now"), (errno.EROFS, "later"), (errno.EACCES, "later")],
)
def test_a_full_disk_may_pass_and_a_closed_one_does_not(
    tmp_path: Path, number: int, again: str
) -> None:
    """Only the first is worth another try."""
    try:
        raise store_error(tmp_path, OSError(number, "no")) from OSError(number, "no")
    except StoreError as problem:
        assert told(problem, tmp_path, "one").again == again


def test_the_unexpected_goes_to_a_file_in_the_project(tmp_path: Path) -> None:
    """Prefect learns where it is; who may read the project may read it."""
    try:
        raise ValueError("Limbukan said marmalade")
    except ValueError as problem:
        failed = told(problem, tmp_path, "one")
    assert "marmalade" not in str(failed)
    assert "marmalade" in (tmp_path / ".fgd" / "failures" / "one.txt").read_text()


def test_a_neutral_failure_brings_no_other_error_along(tmp_path: Path) -> None:
    """A log with a traceback would print the message of every error in the chain."""

    @neutral
    def step(project: Path, session: str) -> None:
        raise ValueError("marmalade")

    with pytest.raises(StepFailed) as caught:
        step(tmp_path, "one")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_failures_survive_a_process(tmp_path: Path) -> None:
    """They travel between processes as Prefect's states do."""
    failed = told(InputError("x"), tmp_path, "one")
    again = pickle.loads(pickle.dumps(failed))
    assert (str(again), again.kind, again.again) == (str(failed), failed.kind, failed.again)


@pytest.mark.parametrize(
    ("states", "code"),
    [((), 0), (("done",), 0), (("done", "attention"), 3), (("attention", "failed"), 1)],
)
def test_exit_codes_are_those_of_the_command(states: tuple[str, ...], code: int) -> None:
    """1 before 3 before 0."""
    assert exit_code(states) == code


def test_a_line_without_a_pass_still_names_the_session_and_its_state() -> None:
    """Every line has the same columns."""
    full = row("one", "failed", None, Outcome("one", "failed", ()))
    assert list(full) == list(row("two", "arriving"))
    assert (full["session"], full["state"]) == ("one", "failed")


def test_recordings_take_turns_only_where_there_is_something_to_share(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine hears as much at once as its cores carry; a transcript never needs a turn."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    name, slots = limit_of("cpu")
    assert (name.partition("-")[0], slots) == ("hearing", 1)
    monkeypatch.setenv(VARIABLE, "one-ear")
    assert limit_of("cpu") == ("one-ear", 1)
    add(project, "one")
    one = pipeline.SessionContext(project, project.session("one"))
    (recording,) = one.intake.session.recordings
    for step in (f"{recording.id}/transcript", "attribution", "briefs"):
        with Turns().of(one)(step):  # no server is asked
            pass


def test_what_is_stopped_ends_at_once_and_begins_no_more(project: Project) -> None:
    """A thread that hears is interrupted between two instructions; the next step does not begin."""
    add(project, "one")
    one = pipeline.SessionContext(project, project.session("one"))
    turns, hearing, ended = Turns(), threading.Event(), []

    def hear() -> None:
        try:
            with turns.of(one)("attribution"):
                hearing.set()
                while True:
                    time.sleep(0.001)
        except NotAdmitted:
            ended.append(time.monotonic())

    thread = threading.Thread(target=hear)
    thread.start()
    assert hearing.wait(timeout=60)
    with pytest.raises(KeyboardInterrupt), turns.wanted():
        raise KeyboardInterrupt
    thread.join(timeout=10)
    assert ended
    with pytest.raises(NotAdmitted), turns.of(one)("themes"):
        pass
