"""Choosing the words a finding is shown with, on the page and on the command line."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner

from fgd import disclosure, pipeline
from fgd.cli.app import app
from fgd.model import Brief
from fgd.workspace.project import Project
from tests.server.asgi import Client
from tests.server.conftest import WORKSHOP


def findings(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/s/{WORKSHOP}/findings").json["findings"]
    return found


def open_one(client: Client) -> dict[str, Any]:
    """A finding that has something to choose from."""
    return next(each for each in findings(client) if each["candidates"])


def pick(one: dict[str, Any], number: int = 0) -> dict[str, str]:
    wanted, old = one["candidates"][number]["key"], one["quotes"][0]["key"]
    return {
        "type": "choose-quote",
        "proposition": one["proposition"],
        "words": wanted,
        "instead": old,
    }


def test_a_chosen_quote_shows_at_once_and_in_the_next_brief(
    client: Client, project: Project
) -> None:
    """It waits, is told in the history, and the next pass prints it in both editions' source."""
    one = open_one(client)
    made = client.decide(WORKSHOP, pick(one))
    assert made.status == 200
    assert "is shown with" in made.json["made"][0]["said"]
    after = next(each for each in findings(client) if each["proposition"] == one["proposition"])
    assert after["candidates"][0]["waits"]
    assert after["quotes"][0]["gone"]
    pipeline.run(pipeline.SessionContext(project, project.session(WORKSHOP)))
    built = next(each for each in findings(client) if each["proposition"] == one["proposition"])
    assert built["quotes"][0]["text"] == one["candidates"][0]["text"]
    assert one["quotes"][0]["text"] not in [each["text"] for each in built["quotes"]]
    page = (project.outputs / WORKSHOP / "internal" / "brief.html").read_text()
    assert "Show this instead" not in page
    undo = {"type": "undo", "decision": made.json["made"][0]["id"]}
    client.decide(WORKSHOP, undo, seen=made.json["version"])
    pipeline.run(pipeline.SessionContext(project, project.session(WORKSHOP)))
    assert open_one(client)["quotes"] == one["quotes"]


def test_two_people_do_not_choose_over_each_other(client: Client) -> None:
    """The second choice for the same finding on the same version is refused, and says why."""
    one = open_one(client)
    assert client.decide(WORKSHOP, pick(one)).status == 200
    refused = client.decide(WORKSHOP, pick(one, -1), by="Ben")
    assert refused.status == 409
    assert "is shown with" in refused.json["others"][0]["said"]


def test_what_is_not_offered_is_refused(client: Client) -> None:
    """No key of a page becomes a quote by itself."""
    one = open_one(client)
    for wrong in ({"words": "F1.99"}, {"proposition": "nothing"}, {"instead": "Q999"}):
        assert client.decide(WORKSHOP, pick(one) | wrong).status == 409


def test_the_command_line_lists_and_chooses(project: Project, client: Client) -> None:
    """``fgd decide --finding F`` lists; with ``--quote`` it writes the same decision."""
    one = open_one(client)
    base = ["--project", str(project.root), "decide", WORKSHOP, "--finding", one["id"]]
    told = CliRunner().invoke(app, base)
    assert told.exit_code == 0, told.output
    assert one["candidates"][0]["key"] in told.output
    key, old = one["candidates"][0]["key"], one["quotes"][0]["key"]
    made = CliRunner().invoke(app, [*base, "--quote", key, "--instead", old])
    assert made.exit_code == 0, made.output
    path = project.recordings / WORKSHOP / "decisions.jsonl"
    line = json.loads(path.read_text().splitlines()[-1])
    assert line["field"] == "quote"
    assert json.loads(line["value"])["words"] == one["candidates"][0]["text"]
    wrong = CliRunner().invoke(app, [*base[:-1], "F99", "--quote", key])
    assert wrong.exit_code != 0


def test_candidates_are_in_no_edition(project: Project) -> None:
    """What is only offered is in the store, and not in the value that is written for others."""
    folder = project.session(WORKSHOP)
    record = folder.store.load("brief", Brief)
    assert record is not None
    assert any(each.candidates for each in record.value.findings)
    whole = pipeline.SessionContext(project, folder)
    edited = disclosure.edition(
        record.value,
        "circulation",
        pipeline.full_session(whole),
        pipeline.secrets(whole),
        whole.settings.brief,
    )
    assert edited.findings
    assert not any(each.candidates for each in edited.findings)
