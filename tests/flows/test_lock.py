"""One run at a time on a session: who may take a lock, from whom, and when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fgd import pipeline
from fgd.core.errors import BusyError, StoreError
from fgd.workspace.lock import Lock, session_lock
from fgd.workspace.project import Project, SessionFolder

HOLDER = """
import sys, time
from pathlib import Path
from fgd.workspace.lock import Lock
Lock(Path(sys.argv[1])).acquire()
print("held", flush=True)
time.sleep(60)
"""

# Many at once see the same dead owner; each says whether it was alone while it held the lock.
TAKER = """
import os, sys, time
from pathlib import Path
from fgd.workspace.lock import Lock
path = Path(sys.argv[1])
while not (path.parent / "go").exists():
    time.sleep(0.001)
held = Lock(path)
held.acquire(wait=30)
inside = path.parent / "inside"
os.close(os.open(inside, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
time.sleep(0.01)
inside.unlink()
held.release()
print("alone")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".runs" / "session.lock"


def killed_holder(path: Path) -> None:
    """A lock whose owner was killed on this machine."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stdout.readline() == b"held\n"
        process.send_signal(signal.SIGKILL)


def test_the_second_run_is_told_who_holds_the_lock(path: Path) -> None:
    """A held lock cannot be taken, and the message names user, host and process."""
    first = Lock(path)
    first.acquire()
    try:
        with pytest.raises(BusyError, match=f"process {os.getpid()}") as caught:
            Lock(path).acquire()
    finally:
        first.release()
    assert caught.value.where == "session"
    assert not Lock(path).is_held()


def test_the_second_run_waits_if_it_is_told_to(path: Path) -> None:
    """A waiting run goes on as soon as the first one is done."""
    first = Lock(path)
    first.acquire()
    timer = threading.Timer(0.2, first.release)
    timer.start()
    second = Lock(path)
    second.acquire(wait=10)
    second.release()
    timer.join()


def test_a_killed_owners_lock_is_taken_over_at_once(path: Path) -> None:
    """The lock ends with its process: no waiting for anything to grow stale."""
    killed_holder(path)
    heir = Lock(path)
    heir.acquire()
    heir.release()


def test_of_many_only_one_at_a_time_gets_in(path: Path) -> None:
    """Eight processes find the same dead owner; each holds the lock once, alone."""
    killed_holder(path)
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(8)
    ]
    (path.parent / "go").touch()
    said = [taker.communicate() for taker in takers]
    assert [out for out, _ in said] == [b"alone\n"] * 8, said


def test_a_pass_says_that_it_is_busy(tmp_path: Path) -> None:
    """``fgd run`` on a session that is being worked on fails with one sentence, and touches nothing."""
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "talk.txt").write_text("Ana: Good morning.\n")
    project = Project.open(tmp_path)
    folder = project.session("talk")
    with session_lock(folder):
        outcome = pipeline.run(pipeline.SessionContext(project, folder))
    assert outcome.state == "failed"
    assert [issue.message.partition(":")[0] for issue in outcome.issues] == [
        "another run is at work on this session"
    ]
    assert not folder.outputs.exists()


def test_a_lock_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """No disk space or no permission is the store's problem, told as such."""
    (tmp_path / ".runs").write_text("a file where the folder should be")
    folder = SessionFolder("talk", "talk", tmp_path / "talk.txt", tmp_path / "talk")
    with pytest.raises(StoreError), session_lock(folder):
        pass
