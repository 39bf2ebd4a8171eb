"""One run at a time on a session: who may take a lock, from whom, and when."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from fgd import pipeline
from fgd.core.errors import BusyError, StoreError
from fgd.workspace import lock
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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks that beat and grow stale in fractions of a second."""
    monkeypatch.setattr(lock, "BEAT", 0.05)
    monkeypatch.setattr(lock, "WATCH", 0.15)
    monkeypatch.setattr(lock, "STALE", 0.3)
    monkeypatch.setattr(lock, "_POLL", 0.02)


def from_elsewhere(path: Path, age: float) -> None:
    """A lock that a process on another machine left there so many seconds ago."""
    owner = lock.Owner("ana", "other", 1, "2026-01-01T00:00:00+00:00", "other", "1", "t" * 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(owner))
    os.utime(path, (time.time() - age, time.time() - age))


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
    assert not path.exists()


@pytest.mark.usefixtures("quick")
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
    """On one machine the process tells: no waiting for anything to grow stale."""
    killed_holder(path)
    assert path.exists()
    started = time.monotonic()
    heir = Lock(path)
    heir.acquire()
    heir.release()
    assert time.monotonic() - started < 2


def test_a_process_that_inherited_the_number_is_not_the_owner(path: Path) -> None:
    """The same process number with another time of birth is another process."""
    heir = Lock(path)
    heir.acquire()
    mine = msgspec.json.decode(path.read_bytes(), type=lock.Owner)
    heir.release()
    if not mine.born:
        pytest.skip("this system does not tell when a process was started")
    path.write_bytes(msgspec.json.encode(dataclasses.replace(mine, born="1")))
    heir = Lock(path)
    heir.acquire()
    heir.release()


@pytest.mark.usefixtures("quick")
def test_a_living_owner_elsewhere_keeps_its_lock(path: Path) -> None:
    """As long as the file is touched the owner lives, however old its clock says the lock is."""
    from_elsewhere(path, age=3600)
    stop = threading.Event()

    def touch() -> None:
        while not stop.wait(0.03):
            os.utime(path, (time.time() - 3600, time.time() - 3600))

    beating = threading.Thread(target=touch)
    beating.start()
    taken: list[bool] = []

    def take() -> None:
        Lock(path).acquire()
        taken.append(True)

    taking = threading.Thread(target=take, daemon=True)
    taking.start()
    taking.join(0.6)
    assert not taken
    stop.set()
    beating.join()
    taking.join(5)
    assert taken


@pytest.mark.usefixtures("quick")
def test_a_silent_owner_elsewhere_is_replaced(path: Path) -> None:
    """A lock that nobody touches while we watch belongs to nobody, wherever its owner was."""
    from_elsewhere(path, age=0)
    with pytest.raises(BusyError):
        Lock(path).acquire()
    heir = Lock(path)
    heir.acquire(wait=5)
    heir.release()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("raw", [b"", b"{", b"[1, 2]"])
def test_a_half_written_lock_does_not_block_for_ever(path: Path, raw: bytes) -> None:
    """Its writer was killed between making the file and filling it."""
    path.parent.mkdir()
    path.write_bytes(raw)
    heir = Lock(path)
    heir.acquire(wait=5)
    heir.release()


@pytest.mark.usefixtures("quick")
def test_who_lost_the_lock_stops_and_leaves_the_new_one_alone(path: Path) -> None:
    """A machine that wakes up after another took over ends its pass; nothing of theirs is removed."""
    sleeper = Lock(path)
    sleeper.acquire()
    from_elsewhere(path, age=0)
    progress = sleeper.guard(lambda *_: None)
    deadline = time.monotonic() + 5
    with pytest.raises(BusyError, match="ana on other"):
        while time.monotonic() < deadline:
            progress("transcribe", 1, 2)
            time.sleep(0.02)
    sleeper.release()
    assert path.exists()


@pytest.mark.usefixtures("quick")
def test_an_emptied_outputs_folder_does_not_cost_the_lock(path: Path) -> None:
    """Outputs may be deleted at any time; the owner puts its lock back."""
    held = Lock(path)
    held.acquire()
    path.unlink()
    deadline = time.monotonic() + 5
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    with pytest.raises(BusyError):
        Lock(path).acquire()
    held.release()
    assert not path.exists()


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
    assert sorted(p.name for p in path.parent.iterdir()) == ["go"]


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
