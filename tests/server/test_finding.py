"""The page that finds, its shelves, and the files they are written to."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fgd.pipeline import SessionContext, attribute
from fgd.workspace.project import Project
from tests.server.asgi import Client
from tests.server.browser import PATIENCE, browser, grave, opened, troubles
from tests.server.conftest import TALK, WORKSHOP, Served, serve, stop

__all__ = ["browser", "grave"]

expect.set_options(timeout=PATIENCE)


def found(client: Client, question: str) -> list[dict[str, Any]]:
    told = client.get(f"/api/find?q={question}")
    assert told.status == 200, told.json
    hits: list[dict[str, Any]] = told.json["hits"]
    return hits


def shelve(client: Client, hit: dict[str, Any], shelf: str = "Boats") -> None:
    start, end = map(int, hit["place"].rpartition(":")[2].split("-"))
    command = {
        "type": "shelve", "turn": hit["turn"], "start": start, "end": end, "shelf": shelf,
        "words": hit["text"],
    }  # fmt: skip
    made = client.decide(hit["session"], command)
    assert made.status == 200, made.json


def version(client: Client) -> str:
    told: str = client.get(f"/api/s/{TALK}/news?seen=").json["version"]
    return told


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def file(client: Client, kind: str, edition: str) -> Any:
    return client.get(f"/find/shelf?name=Boats&kind={kind}&edition={edition}")


def test_what_is_found_can_stand_on_a_shelf_and_leave_in_two_editions(
    client: Client, project: Project
) -> None:
    """Found, put on a shelf, corrected, exported: the quote is what the transcript says now."""
    assert client.get("/find").status == 200
    (hit, *_) = found(client, "wached boats session:talk")
    assert hit["url"].startswith(f"/s/{TALK}/transcript#")
    shelve(client, hit)
    listed = found(client, "session:security-workshop")
    shelve(client, max(listed, key=lambda each: len(each["text"])))
    (shelf,) = client.get("/api/shelves").json["shelves"]
    assert (shelf["name"], len(shelf["quotes"])) == ("Boats", 2)
    assert client.get(f"/api/s/{TALK}/news?seen=").json["pending"] == 0

    rewritten = {"type": "rewrite", "turn": hit["turn"], "text": "We have watched the same boats."}
    assert client.decide(TALK, rewritten, seen=version(client)).status == 200
    quote = next(
        each
        for each in client.get("/api/shelves").json["shelves"][0]["quotes"]
        if each["session"] == TALK
    )
    assert (quote["state"], quote["was"]) == ("changed", hit["text"])
    assert "watched" in quote["text"]

    inside = rows(file(client, "csv", "internal").body)
    assert {row["edition"] for row in inside} == {
        "INTERNAL: names people and institutions; do not pass it on."
    }
    assert any("it said: We have wached" in row["note"] for row in inside)
    for kind in ("docx", "qdpx"):
        with zipfile.ZipFile(io.BytesIO(file(client, kind, "internal").body)) as archive:
            text = b"".join(map(archive.read, archive.namelist()))
            assert b"INTERNAL" in text and b"watched" in text

    refused = file(client, "csv", "circulation")  # the short talk has no consent
    assert refused.status == 409
    assert b"no consent is recorded" in refused.body
    undo = {"type": "undo", "decision": quote["decision"]}
    assert client.decide(TALK, undo, seen=version(client)).status == 200
    outside = file(client, "csv", "circulation")
    assert outside.status == 200, outside.body
    (row,) = rows(outside.body)
    session = Project.open(project.root).session(WORKSHOP)
    context = SessionContext(project, session)
    names = [p.name for p in context.intake.session.participants]
    assert not any(name.split()[-1] in row["quote"] + row["speaker"] for name in names)
    assert attribute(context).fresh


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/api/find?q=", 422, "Nothing was asked."),
        ("/api/find?q=by:nobody", 422, "Nobody who spoke is called 'nobody'."),
        ("/api/find?q=" + "x" * 3000, 422, "The question has 3,000 characters"),
        ("/find/shelf?name=None&kind=csv&edition=internal", 422, "There is no shelf"),
        ("/find/shelf?name=None&kind=exe&edition=internal", 422, "A shelf is no"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    client: Client, path: str, status: int, told: str
) -> None:
    answer = client.get(path)
    assert answer.status == status
    assert told.replace("'", "&#39;" if "<html" in answer.body.decode() else "'") in answer.body.decode()  # fmt: skip


def test_a_process_that_was_killed_is_started_again(client: Client) -> None:
    assert found(client, "boats")
    process = client.house.finding._process
    assert process is not None
    process.kill()
    assert found(client, "boats")


@pytest.fixture(scope="module")
def served(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("finding") / "project"
    shutil.copytree(built, root)
    made = serve(root, port=18790)
    yield made
    stop(made)


def test_found_heard_and_kept_without_a_mouse(
    browser: Browser, served: Served, grave: Callable[[Page], list[str]]
) -> None:
    page = opened(browser, served.link, "Lien")
    page.goto(f"{served.origin}/find")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("wached boats")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_be_focused()
    expect(page.locator(".hit.current mark").first).to_have_text("wached")
    page.keyboard.press("Space")
    playing = page.locator("#audio")
    page.wait_for_timeout(500)
    assert playing.evaluate("a => a.currentTime") >= 4
    page.keyboard.press("s")
    expect(page.locator("#shelf")).to_be_focused()
    page.keyboard.type("Boats")
    page.keyboard.press("Tab")
    page.locator("#found").focus()
    page.keyboard.press("s")
    expect(page.locator("#stood .hit")).to_have_count(1)
    expect(page.locator(".hit.current [aria-pressed=true]")).to_have_count(1)
    assert not grave(page)
    page.locator("#found").focus()
    page.keyboard.press("s")
    expect(page.locator("#stood .hit")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert not grave(page)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.locator("#question").fill("by:nobody")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Nobody who spoke is called")
    page.locator("#question").fill("boats")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/transcript#*")
    assert not troubles(page)
    page.context.close()
