"""A session as a flow: what a run does and how it ends."""

from __future__ import annotations

import contextvars
import re
from pathlib import Path
from typing import Any

import pytest

from fgd import coding, pipeline
from fgd.workspace.lock import lock_of
from fgd.workspace.project import Project
from flows import session
from flows.failures import StepFailed, of_state
from tests.flows.conftest import add
from tests.test_pass import bytes_of

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_a_session_run_makes_what_the_library_makes(
    done: tuple[Project, Any], tmp_path: Path
) -> None:
    """The same files with the same bytes as without Prefect."""
    project, state = done
    assert state.is_completed()
    assert state.result()["voices"] == 3
    (tmp_path / "recordings").mkdir()
    other = Project.open(tmp_path)
    add(other, "one")
    pipeline.run(pipeline.SessionContext(other, other.session("one")))
    assert bytes_of(project.outputs / "one") == bytes_of(other.outputs / "one")


def test_a_second_run_finds_everything_fresh(done: tuple[Project, Any]) -> None:
    """Nothing is written and nothing is announced."""
    project, _ = done
    before = bytes_of(project.outputs)
    state: Any = session.process_session(project.root, "one", return_state=True)
    assert state.result()["seconds"] == ""
    assert bytes_of(project.outputs) == before


def test_the_command_tells_what_became_of_a_session(
    done: tuple[Project, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """State, counts and the paths of the briefs; the exit code says the same."""
    project, state = done
    code = session.main(["one", "--project", str(project.root)])
    printed = capsys.readouterr().out
    assert code == (3 if state.result()["state"] == "attention" else 0)
    assert str(project.outputs / "one" / "internal" / "brief.html") in printed
    assert "voices 3" in printed


def test_a_session_that_is_not_there(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence and exit code 1."""
    assert session.main(["nowhere", "--project", str(project.root)]) == 1
    assert "ProjectError" in capsys.readouterr().out


def test_a_task_is_told_everything_by_its_parameters(
    done: tuple[Project, Any], project: Project
) -> None:
    """Called by itself, with nothing of a run around it, each step does the same."""
    add(project, "one")
    one = pipeline.SessionContext(project, project.session("one"))
    (recording,) = one.intake.session.recordings
    contextvars.Context().run(session.hear.fn, one, recording.id)
    for step in (session.attribute, session.find_themes, session.write_briefs):
        contextvars.Context().run(step.fn, one)
    made, wanted = (each.outputs / "one" / "internal" for each in (project, done[0]))
    assert bytes_of(made) == bytes_of(wanted)
    hidden = [
        path.name
        for path in Path(session.__file__).parent.glob("*.py")
        if re.search(r"ContextVar|threading\.local|^ *global ", path.read_text(), re.MULTILINE)
    ]
    assert hidden == []


def test_a_busy_session_is_said_to_be_busy(copy: Project) -> None:
    """The second run waits as long as it may, then says so."""
    lock = lock_of(copy.session("one"))
    lock.acquire()
    try:
        state: Any = session.process_session(copy.root, "one", wait=0.0, return_state=True)
    finally:
        lock.release()
    assert of_state(state).kind == "BusyError"


def test_a_problem_that_passes_is_tried_again(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was full for a moment costs a pause and not the session."""
    from flows import session

    full = [OSError(28, "No space left on device")]
    gather = coding.gather

    def sometimes(*args: Any, **kwargs: Any) -> Any:
        if full:
            raise full.pop()
        return gather(*args, **kwargs)

    monkeypatch.setattr(coding, "gather", sometimes)
    monkeypatch.setattr(session.find_themes, "retry_delay_seconds", [0.0, 0.0])
    state: Any = session.process_session(copy.root, "one", return_state=True)
    assert state.is_completed()
    assert not full


def test_a_failed_state_says_what_failed(copy: Project) -> None:
    """A session with nothing usable fails with the kind of problem and the command to read more."""
    (copy.recordings / "broken.mp3").write_text("not sound")
    state: Any = session.process_session(copy.root, "broken", return_state=True)
    failure = of_state(state)
    assert isinstance(failure, StepFailed)
    assert (failure.kind, failure.again) == ("InputError", "changed")
    assert "fgd run 'broken'" in str(state.message)
