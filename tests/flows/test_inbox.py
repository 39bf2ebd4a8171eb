"""What counts as settled, as fresh and as hopeless; none of it needs Prefect."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from fgd import pipeline
from fgd.workspace.lock import Lock, lock_of
from fgd.workspace.project import Project
from flows.failures import Attempts, StepFailed
from flows.inbox import fresh, is_taken, look, settled
from tests.flows.conftest import add

HOUR = 3600.0
WRONG = StepFailed("InputError", "wrong", "changed")
FULL = StepFailed("StoreError", "full", "now")
ODD = StepFailed("RuntimeError", "not expected", "twice")


def age(path: Path, seconds: float) -> None:
    """Set a file's time of change; the other time stays the moment of this call."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def stills(project: Project, settle: float) -> dict[str, bool]:
    return {seen.folder.id: still for seen, still in settled(project.sessions()[0], settle)}


def test_what_lies_still_is_taken(project: Project) -> None:
    """Nothing changed for as long as asked."""
    add(project, "one")
    time.sleep(0.05)
    assert stills(project, 0.02) == {"one": True}


def test_a_file_that_grows_while_watched_is_still_being_copied(project: Project) -> None:
    """The next look takes it, when it has come to rest."""
    path = add(project, "one") / "02.wav"
    path.write_bytes(b"RIFF")
    stop = threading.Event()

    def copy() -> None:
        with path.open("ab") as stream:
            while not stop.wait(0.02):
                stream.write(bytes(64))
                stream.flush()

    copying = threading.Thread(target=copy)
    copying.start()
    try:
        assert stills(project, 0.3) == {"one": False}
    finally:
        stop.set()
        copying.join()
    assert stills(project, 0.3) == {"one": True}


def test_an_old_time_on_a_new_copy_does_not_hide_that_it_just_arrived(project: Project) -> None:
    """``cp -p`` and unpacking keep the original's time."""
    for path in add(project, "one").iterdir():
        age(path, HOUR)
    assert look(project.session("one")).age < HOUR / 2


def test_times_in_the_future_do_not_keep_a_session_waiting_for_ever(project: Project) -> None:
    """A clock was wrong when it was copied: watching by the steady clock decides."""
    for path in add(project, "one").iterdir():
        age(path, -HOUR)
    assert look(project.session("one")).age < 0
    assert stills(project, 0.05) == {"one": True}


def test_those_that_lie_still_do_not_wait_for_the_others(project: Project) -> None:
    """Watching happens after the settled ones were handed out."""
    add(project, "b-settled")
    time.sleep(0.6)
    add(project, "a-moving")
    begun = time.monotonic()
    walk = settled(project.sessions()[0], 0.5)
    first, still = next(walk)
    assert (first.folder.id, still) == ("b-settled", True)
    assert time.monotonic() - begun < 0.4
    assert [seen.folder.id for seen, _ in walk] == ["a-moving"]


def test_a_session_deleted_while_looked_at_is_no_accident(project: Project) -> None:
    """It has changed, that is all."""
    folder = add(project, "one")
    session = project.session("one")
    before = look(session)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert look(session).signature != before.signature


def test_fresh_means_that_the_library_has_nothing_left_to_do(project: Project) -> None:
    """Asking does nothing; a changed word makes it work again."""
    folder = add(project, "one")
    session = project.session("one")
    assert fresh(project, session) is None
    assert not session.outputs.exists()
    pipeline.run(pipeline.SessionContext(project, session))
    found = fresh(project, session)
    assert found is not None
    assert found[1].state in ("done", "attention")
    talk = folder / "talk.vtt"
    talk.write_text(talk.read_text().replace("mediators", "monitors"))
    assert fresh(project, session) is None
    assert "mediators" in (session.outputs / "transcript.csv").read_text()


def tried(project: Project, problem: BaseException | None) -> str:
    """Try a session once and say what is told of it before the next try."""
    seen = look(project.session("one"))
    with suppress(StepFailed, KeyboardInterrupt), Attempts(project, seen).one():
        if problem is not None:
            raise problem
    return Attempts(project, seen).told()


def test_a_failure_that_lasts_is_remembered_until_something_changes(project: Project) -> None:
    """A wrong file stays wrong; a full disk may not."""
    folder = add(project, "one")
    assert not tried(project, FULL)
    assert tried(project, WRONG) == "failed before, unchanged"
    (folder / "more.vtt").write_text("WEBVTT\n")
    assert not Attempts(project, look(project.session("one"))).told()
    assert tried(project, WRONG)
    assert not tried(project, None)


def test_what_nobody_expected_is_tried_three_times(project: Project) -> None:
    """An error for no known reason, and a try that took its process down with it."""
    add(project, "one")
    assert not tried(project, ODD)
    code = (
        "import os, sys, pathlib\n"
        "from fgd.workspace.project import Project\n"
        "from flows.failures import Attempts\n"
        "from flows.inbox import look\n"
        "project = Project.open(pathlib.Path(sys.argv[1]))\n"
        "with Attempts(project, look(project.session('one'))).one():\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(project.root)], check=False)
    assert not tried(project, KeyboardInterrupt())  # somebody's wish counts for nothing
    assert tried(project, ODD) == "given up after 3 tries"
    assert not tried(project, None)


def test_new_settings_give_a_failed_session_another_try(project: Project) -> None:
    """What was wrong may have been the settings."""
    add(project, "one")
    assert tried(project, WRONG)
    (project.root / "fgd.toml").write_text("")
    assert not Attempts(project, look(project.session("one"))).told()


def test_a_session_is_taken_while_its_lock_has_a_living_owner(project: Project) -> None:
    """One look is enough to tell, and it takes nothing."""
    add(project, "one")
    session = project.session("one")
    assert not is_taken(session)
    lock = lock_of(session)
    lock.acquire()
    assert is_taken(session)
    lock.release()
    assert not is_taken(session)


def test_a_dead_owner_does_not_take_a_session(project: Project) -> None:
    """Killed with its lock in its hands."""
    add(project, "one")
    session = project.session("one")
    path = lock_of(session).path
    code = (
        "import os, sys, pathlib, fgd.workspace.lock\n"
        "fgd.workspace.lock.Lock(pathlib.Path(sys.argv[1])).acquire()\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert path.exists()
    assert not Lock(path).is_held()
    assert not is_taken(session)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs a second user")
def test_a_folder_without_permission_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is a problem of its own; the scan goes on."""
    code = (
        "import os, sys, pathlib\n"
        "from fgd.workspace.project import Project\n"
        "from flows.inbox import settled\n"
        "project = Project.open(pathlib.Path(sys.argv[1]))\n"
        "os.setuid(65534)\n"
        "print(sorted(seen.folder.id for seen, _ in settled(project.sessions()[0], 0.0)))\n"
        "print(len(project.sessions()[1]))\n"
    )
    root = tmp_path / "project"
    (root / "recordings").mkdir(parents=True)
    project = Project.open(root)
    add(project, "open")
    add(project, "shut").chmod(0)
    for folder in (root, *(each for each in root.parents if "pytest-of-" in str(each))):
        folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["['open']", "1"]
