"""Propositions and responses on the page and by command: moved, sided, taken away, added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from fgd.cli.app import app
from fgd.workspace.project import Project
from tests.server.asgi import Client, client_of
from tests.server.browser import PATIENCE, browser, opened, troubles
from tests.server.conftest import Served, serve, stop
from tests.server.disputed import FERRY, ferry

__all__ = ["browser"]

expect.set_options(timeout=PATIENCE)

SELECT = """words => {
  for (const turn of document.querySelectorAll("[data-turn]")) {
    const walker = document.createTreeWalker(turn, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const at = walker.currentNode.data.indexOf(words);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + words.length);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return true;
    }
  }
  return false;
}"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return ferry(tmp_path / "project")


@pytest.fixture
def client(project: Project) -> Iterator[Client]:
    with client_of(project) as made:
        yield made


def shown(client: Client) -> dict[str, dict[str, Any]]:
    """The propositions on the page by their words' beginning, each with its responses."""
    told = client.get(f"/api/s/{FERRY}/propositions").json["propositions"]
    return {each["said"]["text"][:8]: each for each in told}


def sides(proposition: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["said"]["who"], each["side"]) for each in proposition["responses"]]


def slice_of(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ("turn", "start", "end")}


def test_a_response_is_moved_sided_and_taken_away(client: Client) -> None:
    """Each shows at once, carries who settled it, and can be taken back."""
    crew, bus = shown(client)["the port"], shown(client)["let the "]
    assert sides(crew) == [("Mei Tan (IS)", "condition"), ("Jon Berg (BC)", "open")]
    refusal = crew["responses"][1]["said"]
    answer = {"type": "answer", **slice_of(refusal), "to": crew["id"]}
    assert client.decide(FERRY, answer | {"side": "against"}).status == 200
    after = shown(client)["the port"]["responses"][1]
    assert (after["side"], after["by"]) == ("against", "Lien")
    said = client.get(f"/api/s/{FERRY}/history").json["entries"][0]["said"]
    assert "sleeps half of the night" in said
    assert said.endswith("against")
    seen = client.get(f"/api/s/{FERRY}/news").json["version"]
    moved = client.decide(FERRY, answer | {"to": bus["id"], "side": "against"}, seen=seen)
    assert sides(shown(client)["the port"]) == [("Mei Tan (IS)", "condition")]
    assert sides(shown(client)["let the "]) == [("Jon Berg (BC)", "against")]
    undo = {"type": "undo", "decision": moved.json["made"][0]["id"]}
    assert client.decide(FERRY, undo, seen=moved.json["version"]).status == 200
    assert sides(shown(client)["the port"])[1] == ("Jon Berg (BC)", "against")
    seen = client.get(f"/api/s/{FERRY}/news").json["version"]
    assert client.decide(FERRY, answer | {"side": "none"}, seen=seen).status == 200
    assert sides(shown(client)["the port"]) == [("Mei Tan (IS)", "condition")]


def test_words_become_a_response_or_a_proposition(client: Client) -> None:
    """What the machine missed is added by its words; a proposition that is none is taken away."""
    told = client.get(f"/api/s/{FERRY}/propositions").json
    words = "the drivers would agree to it"
    turn = next(each for each in told["turns"] if words in each["text"])
    start = turn["text"].index(words)
    place = {"turn": turn["id"], "start": start, "end": start + len(words)}
    bus = shown(client)["let the "]
    added = client.decide(FERRY, {"type": "answer", **place, "to": bus["id"], "side": "for"})
    assert added.status == 200
    assert sides(shown(client)["let the "]) == [("Mei Tan (IS)", "for")]
    put = {"type": "put-proposition", **slice_of(bus["said"]), "kind": "proposal"}
    seen = added.json["version"]
    assert client.decide(FERRY, put, seen=seen).status == 200
    now = shown(client)["let the "]
    assert (now["kind"], now["by"], now["confidence"]) == ("proposal", "Lien", 1.0)
    assert sides(now) == [("Mei Tan (IS)", "for")]
    seen = client.get(f"/api/s/{FERRY}/news").json["version"]
    assert client.decide(FERRY, put | {"kind": "none"}, seen=seen).status == 200
    assert set(shown(client)) == {"the port"}
    for wrong in (place | {"end": 9_999}, place | {"turn": "nothing"}):
        refused = client.decide(FERRY, {"type": "put-proposition", **wrong, "kind": "claim"})
        assert refused.status == 409


def test_two_people_do_not_overwrite_one_another(client: Client) -> None:
    """The second is told what the first decided about the same words; other words are free."""
    crew = shown(client)["the port"]
    first, second = (each["said"] for each in crew["responses"])
    one = {"type": "answer", **slice_of(second), "to": crew["id"], "side": "against"}
    assert client.decide(FERRY, one, by="Ana").status == 200
    refused = client.decide(FERRY, one | {"side": "doubt"}, by="Ben")
    assert refused.status == 409
    assert refused.json["others"][0]["by"] == "Ana"
    other = {"type": "answer", **slice_of(first), "to": crew["id"], "side": "for"}
    assert client.decide(FERRY, other, by="Ben").status == 200


def run(project: Project, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--project", str(project.root), *arguments])
    return done.exit_code, done.output + str(done.exception or "")


def test_the_command_does_what_the_page_does(project: Project) -> None:
    """Listed with numbers; sided, moved, added and taken away by number and by words."""
    code, said = run(project, "propositions", FERRY)
    assert code == 0
    assert "P1  proposal by Paul Okafor (FU) at 0:00:10" in said
    assert "P1.2  open: Jon Berg (BC)" in said
    base = ("decide", FERRY, "--by", "Lien")
    assert run(project, *base, "--response", "P1.2", "--side", "against")[0] == 0
    assert run(project, *base, "--response", "P1.1", "--to", "P2")[0] == 0
    told = json.loads(run(project, "propositions", FERRY, "--json")[1])["propositions"]
    assert sides(told[0]) == [("Jon Berg (BC)", "against")]
    assert sides(told[1]) == [("Mei Tan (IS)", "condition")]
    assert run(project, *base, "--proposition", "p2", "--kind", "proposal")[0] == 0
    turn = told[1]["responses"][0]["said"]["turn"]
    words = ("--turn", turn, "--words", "the island pays")
    assert run(project, *base, *words, "--kind", "claim")[0] == 0
    told = json.loads(run(project, "propositions", FERRY, "--json")[1])["propositions"]
    assert [(each["kind"], each["by"]) for each in told] == [
        ("proposal", ""), ("claim", "Lien"), ("proposal", "Lien"),
    ]  # fmt: skip
    for wrong, sentence in (
        (("--response", "P9.1", "--side", "for"), "no response 'P9.1'"),
        (("--response", "P1.1", "--side", "maybe"), "'maybe' is none of them"),
        (("--response", "P1.1"), "a side and a proposition"),
        (("--proposition", "P1"), "a proposition has a kind"),
        (("--proposition", "P1", "--response", "P1.1", "--side", "for"), "at once"),
        ((*words, "--side", "for"), "a proposition or a response"),
        (("--turn", turn, "--words", "not said", "--kind", "claim"), "0 times"),
        (("--words", "the", "--kind", "claim"), "needs the turn"),
        (("--side", "for", "--voice", "V1"), "nothing"),
    ):
        code, said = run(project, *base, *wrong)
        assert code != 0
        assert sentence in said


def test_before_any_pass_the_command_says_what_to_run(project: Project) -> None:
    project.session(FERRY).store.path("deliberation").unlink()
    code, said = run(project, "propositions", FERRY)
    assert code != 0
    assert "fgd run ferry" in said


# -- in a browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("ferry") / "project"
    ferry(root)
    made = serve(root, port=18770)
    yield made
    stop(made)


@pytest.fixture(scope="module")
def page(browser: Browser, served: Served) -> Iterator[Page]:
    made = opened(browser, served.link, "Lien")
    yield made
    made.context.close()


def test_one_key_each(page: Page, served: Served) -> None:
    """A refusal is sided, another response moved, the bus made a proposal, words added, undone."""
    page.goto(f"{served.origin}/s/{FERRY}/propositions")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    chosen = page.locator("#proposition")
    expect(chosen.locator("blockquote")).to_contain_text("second crew")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".response.current")).to_contain_text("sleeps half")
    page.keyboard.press("a")
    expect(page.locator(".response.current .chip").first).to_have_text("against")
    expect(page.locator(".response.current")).to_contain_text("decided by Lien")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("1")
    expect(chosen.locator(".response")).to_have_count(1)
    page.keyboard.press("j")
    expect(chosen.locator("blockquote")).to_contain_text("last bus")
    expect(chosen.locator(".response")).to_contain_text("a third")
    page.keyboard.press("p")
    expect(chosen.locator("[aria-pressed=true]")).to_contain_text("Proposal")
    assert page.evaluate(SELECT, "the drivers would agree to it")
    page.keyboard.press("f")
    expect(page.locator(".response.current")).to_contain_text("the drivers would agree to it")
    expect(chosen.locator(".response")).to_have_count(1)  # one side a person
    assert page.evaluate(SELECT, "about the night ferry 🛳️. Mr Okafor, what do you suggest?")
    page.keyboard.press("q")
    expect(chosen.locator("blockquote")).to_contain_text("what do you suggest?")
    expect(page.locator("#tree li")).to_have_count(3)
    page.keyboard.press("x")
    expect(page.locator("#tree li")).to_have_count(2)
    page.keyboard.press("u")
    expect(page.locator("#tree li")).to_have_count(3)
    made = served.decisions(FERRY)
    assert [each["field"] for each in made] == [
        "response", "response", "proposition", "response", "proposition", "proposition",
        "proposition",
    ]  # fmt: skip
    assert made[4]["target"] == "words:about the night ferry 🛳️. Mr Okafor, what do you suggest?"
    assert not troubles(page)


def test_a_mouse_is_enough(page: Page, served: Served) -> None:
    """Every key has a button."""
    page.goto(f"{served.origin}/s/{FERRY}/propositions")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.locator("#tree button", has_text="last bus").click()
    response = page.locator(".response", has_text="the drivers")
    response.click()
    response.get_by_role("button", name="in doubt").click()
    expect(response.locator(".chip").first).to_have_text("in doubt")
    response.get_by_role("button", name="No response").click()
    expect(page.locator(".response", has_text="the drivers")).to_have_count(0)
    page.get_by_role("button", name="No proposition").click()
    expect(page.locator("#tree button", has_text="last bus")).to_have_count(0)
    assert not troubles(page)
