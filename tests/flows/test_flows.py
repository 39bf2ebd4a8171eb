"""The flows on a real server: what a run does, what it leaves behind, what it never tells."""

from __future__ import annotations

import base64
import binascii
import contextlib
import contextvars
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect import flow

from fgd.lock import lock_of
from fgd.pipeline import Pass
from fgd.project import Project
from flows import batch, deployments, pool, programme, progress, session
from flows.events import BRIEF_READY
from flows.failures import StepFailed, of_state
from flows.figures import Told
from flows.inbox import look
from flows.limits import VARIABLE, in_turn
from flows.names import key
from tests.flows.conftest import SECRETS, add
from tests.test_pass import bytes_of

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def done(prefect_server: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Any]:
    """A project whose one session a flow has done, and the state of that run."""
    root = tmp_path_factory.mktemp("done")
    (root / "recordings").mkdir()
    project = Project.open(root)
    add(project, "one")
    return project, session.process_session(root, "one", return_state=True)


@pytest.fixture
def copy(done: tuple[Project, Any], tmp_path: Path) -> Project:
    """The same project, to be spoilt."""
    shutil.copytree(done[0].root, tmp_path / "copy")
    return Project.open(tmp_path / "copy")


def stored(prefect_server: Path) -> Iterator[bytes]:
    """Every byte of the server's database, once what is on its way has arrived, and of the results
    that were kept: Prefect writes down, pickled, what a run inside a run failed with.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import get_current_settings

    APILogHandler().flush()
    EventsWorker.drain_all()
    time.sleep(2)  # the server writes events in batches
    for path in prefect_server.parent.glob(f"{prefect_server.name}*"):
        yield path.read_bytes()
    results = get_current_settings().results.local_storage_path
    for path in results.rglob("*") if results else ():
        if path.is_file():
            yield path.read_bytes()
            with contextlib.suppress(binascii.Error):
                yield base64.b64decode(path.read_bytes())


def table(prefect_server: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{prefect_server}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_session_run_makes_what_the_library_makes(
    done: tuple[Project, Any], tmp_path: Path
) -> None:
    """The same files with the same bytes as without Prefect."""
    project, state = done
    assert state.is_completed()
    told = session.told_by(state)
    assert isinstance(told, Told)
    (tmp_path / "recordings").mkdir()
    other = Project.open(tmp_path)
    add(other, "one")
    Pass(other, other.session("one")).run()
    assert bytes_of(project.outputs / "one") == bytes_of(other.outputs / "one")


def test_a_second_run_finds_everything_fresh(done: tuple[Project, Any]) -> None:
    """Nothing is written and nothing is announced."""
    project, _ = done
    before = bytes_of(project.outputs)
    told = session.told_by(session.process_session(project.root, "one", return_state=True))
    assert isinstance(told, Told)
    assert all(step.fresh for step in told.outcome.steps)
    assert bytes_of(project.outputs) == before


def test_the_command_prints_what_fgd_run_prints(
    done: tuple[Project, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """State, facts and the paths of the briefs; the exit code says the same."""
    project, state = done
    told = session.told_by(state)
    assert isinstance(told, Told)
    code = session.main(["one", "--project", str(project.root)])
    printed = capsys.readouterr().out.replace("\n", "")
    assert code == (3 if told.outcome.state == "attention" else 0)
    assert str(project.outputs / "one" / "internal" / "brief.html").replace("\n", "") in printed
    for fact in told.outcome.facts:
        assert fact in printed


def test_a_session_that_is_not_there(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence and exit code 1."""
    assert session.main(["nowhere", "--project", str(project.root)]) == 1
    assert "ProjectError" in capsys.readouterr().out


def test_a_busy_session_is_said_to_be_busy(copy: Project) -> None:
    """The second run waits as long as it may, then says so."""
    lock = lock_of(copy.session("one"))
    lock.acquire()
    try:
        state: Any = session.process_session(copy.root, "one", wait=0.0, return_state=True)
    finally:
        lock.release()
    assert of_state(state).kind == "BusyError"


def test_a_batch_does_what_is_left_and_isolates_what_fails(
    copy: Project, prefect_server: Path
) -> None:
    """A fresh session, a new one, one that cannot be used and one that is taken."""
    add(copy, "two")
    (copy.recordings / "broken.mp3").write_text("not sound")
    add(copy, "taken")
    lock = lock_of(copy.session("taken"))
    lock.acquire()
    try:
        state: Any = batch.process_batch(copy.root, 0.0, True, return_state=True)
    finally:
        lock.release()
    lines = {line["session"]: line for line in state.result(raise_on_failure=False)}
    states = {name: str(line["state"]) for name, line in lines.items()}
    assert state.is_failed()
    assert states["one"].endswith(", fresh")
    assert states["two"] in ("done", "attention")
    assert states["taken"] == "taken by another run"
    assert states["broken"] == "failed"
    assert lines["two"]["voices"] == 3
    assert (copy.outputs / "two" / "internal" / "brief.html").is_file()
    assert not (copy.outputs / "taken").exists()
    rows = table(prefect_server, "select data from artifact where key = 'batch'")
    assert any("taken by another run" in str(data) for (data,) in rows)

    # A poll does not try again what failed and was not touched since.
    state = batch.process_batch(copy.root, 0.0, False, return_state=True)
    lines = {line["session"]: line for line in state.result(raise_on_failure=False)}
    assert lines["broken"]["state"] == "failed before, unchanged"
    assert state.is_completed()


def test_a_batch_without_a_folder_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to scan."""
    assert batch.main(["--project", str(tmp_path)]) == 1
    assert "ProjectError" in capsys.readouterr().err


def test_a_problem_that_passes_is_tried_again(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was full for a moment costs a pause and not the session."""
    from flows import tasks

    full = [OSError(28, "No space left on device")]
    themes = Pass.themes

    def sometimes(one: Pass) -> Any:
        if full:
            raise full.pop()
        return themes(one)

    monkeypatch.setattr(Pass, "themes", sometimes)
    monkeypatch.setattr(tasks.find_themes, "retry_delay_seconds", [0.0, 0.0])
    state: Any = session.process_session(copy.root, "one", return_state=True)
    assert state.is_completed()
    assert not full


def test_nothing_that_was_said_and_nobody_who_spoke_is_in_prefect(
    copy: Project, prefect_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in parameters, logs, states, artifacts or events; not even after an unexpected error."""

    def fall(one: Pass) -> None:
        raise RuntimeError(" ".join(SECRETS))

    folder = add(copy, "three")
    (folder / "broken.mp3").write_text("marmalade")
    (folder / "participants.csv").write_text("name;role\nAida Limbukan;king\n\x00\n")
    batch.process_batch(copy.root, 0.0, return_state=True)
    monkeypatch.setattr(Pass, "themes", fall)
    shutil.rmtree(copy.outputs / "one")
    state: Any = session.process_session(copy.root, "one", return_state=True)
    assert of_state(state).kind == "RuntimeError"
    assert "marmalade" in (copy.state / "failures" / "one.txt").read_text()
    raw = b"".join(stored(prefect_server))
    assert b"three" in raw
    found = [secret for secret in SECRETS if secret.encode() in raw]
    assert found == []
    assert table(prefect_server, "select count(*) from log where message like '%finished in%'")[0][
        0
    ]


def test_a_brief_that_is_ready_is_announced_once(
    done: tuple[Project, Any], prefect_server: Path
) -> None:
    """As an event to react to and as links to the files."""
    project, _ = done
    list(stored(prefect_server))
    query = f"select payload from events where event = '{BRIEF_READY}'"
    payloads = [str(payload) for (payload,) in table(prefect_server, query)]
    assert any("one/internal/brief.html" in payload for payload in payloads)
    links = table(prefect_server, "select data from artifact where type = 'markdown'")
    wanted = (project.outputs / "one" / "internal" / "brief.html").as_uri()
    assert any(wanted in str(data) for (data,) in links)
    assert key("brief-internal", "one") in str(table(prefect_server, "select key from artifact"))


def test_recordings_on_one_accelerator_take_turns(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is made when it is missing, and held while a recording is heard."""
    from prefect.client.orchestration import get_client

    monkeypatch.setenv(VARIABLE, "one-ear")
    folder = project.recordings / "sound"
    folder.mkdir()
    (folder / "01.wav").write_bytes(b"RIFF")
    one = Pass(project, project.session("sound"))
    (recording,) = one.intake.session.recordings
    with get_client(sync_client=True) as client:
        with in_turn(one)(f"{recording.id}/transcript"):
            assert client.read_global_concurrency_limit_by_name("one-ear").active_slots == 1
        assert client.read_global_concurrency_limit_by_name("one-ear").limit == 1


def test_progress_is_shown_as_how_much_is_done(
    prefect_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One artifact for each long step, moved and not made again."""
    monkeypatch.setattr(progress, "AFTER", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)

    @flow(name="long")
    def long() -> None:
        shown = progress.ShownProgress("long one")
        for completed in (1, 2, 4):
            shown("transcribe", completed, 4)
        shown("voices", 0, 0)  # nobody knows how much there is: nothing to show

    long()
    query = f"select data from artifact where key = '{key('progress', 'long one')}'"
    assert [float(str(data)) for (data,) in table(prefect_server, query)] == [100.0]


def test_a_session_whose_worker_is_gone_is_sent_again(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that says it is running, while nobody holds its session, has lost its worker."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
    from prefect.states import Completed, Running

    monkeypatch.setattr(pool, "POLL", 0.2)
    monkeypatch.setattr(pool, "LOST", 0.5)
    name = DeploymentFilter(name=DeploymentFilterName(any_=["lost"]))
    made: Any = session.process_session.to_deployment("lost")
    made.apply()
    taken: list[Any] = []

    def workers() -> None:
        """The first one takes a run and is never heard of again; the second one finishes it."""
        with get_client(sync_client=True) as client:
            while len(taken) < 2:
                for run in client.read_flow_runs(deployment_filter=name):
                    if run.state and run.state.is_scheduled() and run.id not in taken:
                        client.set_flow_run_state(run.id, Running(), force=True)
                        if taken:
                            client.set_flow_run_state(run.id, Completed(), force=True)
                        taken.append(run.id)
                time.sleep(0.1)

    working = threading.Thread(target=contextvars.copy_context().run, args=(workers,), daemon=True)
    working.start()
    seen = look(copy.session("one"))
    ((back, state),) = pool.results(copy.root, [seen], "session/lost")
    working.join(60)
    assert back == seen
    assert state is not None
    assert state.is_completed()
    with get_client(sync_client=True) as client:
        first = client.read_flow_run(taken[0])
    assert first.state is not None
    assert first.state.is_crashed()
    assert not pool.is_queued("one")


def test_programmes_are_the_sessions_that_name_one(copy: Project) -> None:
    """Two sessions with a brief; what cannot be read and what has no brief does not count."""
    for name in ("one", "two", "other"):
        folder = copy.recordings / name
        if not folder.exists():
            shutil.copytree(copy.recordings / "one", folder)
            shutil.copytree(copy.outputs / "one", copy.outputs / name)
        (folder / "session.toml").write_text('programme = "Peace 2026"\n')
    (copy.recordings / "other" / "session.toml").write_text('programme = "alone"\n')
    assert programme.programmes(copy) == {"Peace 2026": ("one", "two")}
    state: Any = programme.write_programmes(copy.root, return_state=True)
    assert state.is_completed(), state.message
    assert (copy.outputs / "programmes" / "Peace 2026" / "internal" / "brief.html").is_file()


def test_what_is_served_fits_its_flows(project: Project) -> None:
    """Every parameter exists and would be accepted, here and in prefect.yaml."""
    import yaml  # type: ignore[import-untyped]

    made = {made.name: made for made in deployments.deployments(project.root)}
    assert set(made) == {"watch", "nightly", "on-demand"}
    served: list[tuple[Any, Any]] = [
        (batch.process_batch, made["watch"].parameters),
        (programme.write_programmes, made["nightly"].parameters),
    ]
    text = re.sub(r"\{\{ \$(\w+) \}\}", r"\1", (ROOT / "prefect.yaml").read_text())
    pooled = {found["name"]: found for found in yaml.safe_load(text)["deployments"]}
    flows: dict[str, Any] = {
        "pool": session.process_session,
        "watch-pool": batch.process_batch,
        "nightly-pool": programme.write_programmes,
    }
    assert set(pooled) == set(flows)
    for name, each in flows.items():
        assert pooled[name]["entrypoint"].endswith(f":{each.fn.__name__}")
        served.append(
            (each, pooled[name]["parameters"] | ({"session": "x"} if name == "pool" else {}))
        )
    for each, parameters in served:
        each.validate_parameters(dict(parameters))


def test_a_failed_state_says_what_failed(copy: Project) -> None:
    """A session with nothing usable fails with the kind of problem and the command to read more."""
    (copy.recordings / "broken.mp3").write_text("not sound")
    state: Any = session.process_session(copy.root, "broken", return_state=True)
    failure = of_state(state)
    assert isinstance(failure, StepFailed)
    assert (failure.kind, failure.lasting) == ("InputError", True)
    assert "fgd run 'broken'" in str(state.message)
