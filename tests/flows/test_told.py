"""What Prefect is told: figures, links, events; no name and no word of anybody."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from prefect import flow

from fgd import coding
from fgd.workspace.project import Project
from flows import batch, reports, session
from flows.failures import of_state
from flows.reports import BRIEF_READY, key
from tests.flows.conftest import SECRETS, add, stored, table

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_nothing_that_was_said_and_nobody_who_spoke_is_in_prefect(
    copy: Project, prefect_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in parameters, logs, states, artifacts or events; not even after an unexpected error."""

    def fall(*_: object, **__: object) -> None:
        raise RuntimeError(" ".join(SECRETS))

    folder = add(copy, "three")
    (folder / "broken.mp3").write_text("marmalade")
    (folder / "participants.csv").write_text("name;role\nAida Limbukan;king\n\x00\n")
    batch.process_batch(copy.root, 0.0, return_state=True)
    monkeypatch.setattr(coding, "gather", fall)
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
    query = f"select data from artifact where key = '{key('session', 'one')}'"
    pages = [str(data) for (data,) in table(prefect_server, query)]
    wanted = str(project.outputs / "one" / "internal" / "brief.html")
    (page,) = [page for page in pages if wanted in page]
    assert "file://" not in page  # no browser opens such a link


def test_progress_is_shown_as_how_much_is_done(
    prefect_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One artifact for each long step, moved and not made again."""
    monkeypatch.setattr(reports, "AFTER", 0.0)
    monkeypatch.setattr(reports, "EVERY", 0.0)

    @flow(name="long")
    def long() -> None:
        shown = reports.ShownProgress("long one")
        for completed in (1, 2, 4):
            shown("transcribe", completed, 4)
        shown("voices", 0, 0)  # nobody knows how much there is: nothing to show

    long()
    query = f"select data from artifact where key = '{key('progress', 'long one')}'"
    assert [float(str(data)) for (data,) in table(prefect_server, query)] == [100.0]
