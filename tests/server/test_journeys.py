"""What a rapporteur does, done in a real browser on a real server with a real pass."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.server.browser import PATIENCE, browser, grave, opened, troubles
from tests.server.conftest import CUES, ROSTER, TALK, WORKSHOP, Served, serve, stop

__all__ = ["browser", "grave"]

expect.set_options(timeout=PATIENCE)

BUILDING = 5 * PATIENCE
"""Milliseconds for a pass, which makes way for everything else on the machine."""

DROP = """([zone, files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


PRESS = """keys => {
  for (const key of keys) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def served(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("journeys") / "project"
    shutil.copytree(built, root)
    made = serve(root)
    yield made
    stop(made)


@pytest.fixture(scope="module")
def page(browser: Browser, served: Served) -> Iterator[Page]:
    made = opened(browser, served.link, "Lien")
    yield made
    made.context.close()


def go(page: Page, served: Served, path: str) -> None:
    page.goto(f"{served.origin}{path}")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def rebuild(page: Page) -> None:
    """Press the button and wait until the page says that it is done."""
    page.locator("#build").click()
    told = page.locator("#messages .notice", has_text=re.compile("Built in|failed")).first
    told.wait_for(timeout=BUILDING)
    assert "Built in" in told.inner_text()


def test_a_session_is_made_by_dropping_files(page: Page, served: Served) -> None:
    """Transcript and roster dropped at once; what was understood is shown; a brief comes out."""
    go(page, served, "/")
    dropped = [["Talk of May.vtt", CUES], ["people.csv", ROSTER], ["notes.pdf", "%PDF-1.4"]]
    page.evaluate(DROP, [page.locator("#drop").element_handle(), dropped])
    expect(page.locator("#title")).to_have_value("Talk of May")
    page.locator("#languages").fill("English")
    page.locator("#consent").check()
    page.locator("#create").click()
    refusal = page.locator("#sending [role=alert]")
    expect(refusal).to_contain_text("notes.pdf")
    expect(refusal).to_contain_text("not read as a recording")
    page.get_by_role("link", name="Go on with what arrived").click()
    expect(page.locator("#people")).to_contain_text("Ana Reyes")
    folder = served.root / "recordings" / "talk-of-may"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["participants.csv", "recording-01.vtt", "session.toml"]
    rebuild(page)
    go(page, served, "/s/talk-of-may/brief")
    expect(page.locator("iframe")).to_have_count(2)
    frame = page.frame_locator('iframe[title="Internal edition"]')
    expect(frame.locator("h1")).to_contain_text("Talk of May")
    assert not troubles(page)


MISSPELT = """WEBVTT

00:00:01.000 --> 00:00:05.000
Ana Reyes: Good morning to all of you on the pier.

00:00:06.000 --> 00:00:09.000
Ben Cruz: The lamps are out.

00:00:10.000 --> 00:00:12.000
Ben Cruz: All of them since March, and nobody came.

00:00:13.000 --> 00:00:16.000
Ana Reys: Then we write that down.
"""


def test_set_up_tells_what_was_understood_and_asks_about_names(
    page: Page, served: Served, grave: Callable[[Page], list[str]]
) -> None:
    """What ``fgd intake`` prints stands there before any pass; one key joins two near names, one
    keeps two apart, and neither pair is asked about again.
    """
    folder = served.root / "recordings" / "pier"
    folder.mkdir()
    (folder / "pier.vtt").write_text(MISSPELT)
    (folder / "participants.csv").write_text(ROSTER.replace("Ben Cruz", "Benn Cruz"))
    (folder / "old.pages").write_text("x")
    go(page, served, "/s/pier/setup")
    files = page.locator("#files")
    expect(files).to_contain_text("4 passages, 0:00:01 to 0:00:16")
    expect(files.locator(".names li").filter(has_text="Ana Reyes")).to_contain_text("9 words")
    expect(page.locator("#left")).to_contain_text("old.pages")
    expect(page.locator("#people")).to_contain_text("Benn Cruz")
    questions = page.locator("#near > li")
    expect(questions).to_have_count(2)
    assert not grave(page)
    expect(questions.first).to_have_attribute("aria-current", "true")
    first = questions.first.locator("strong").all_inner_texts()
    page.keyboard.press("y")
    expect(questions).to_have_count(1)
    second = questions.first.locator("strong").all_inner_texts()
    page.keyboard.press("n")
    expect(questions).to_have_count(0)
    made = [(d["target"], d["field"], d["value"]) for d in served.decisions("pier")]
    assert made == [
        (f"name:{first[0]}", "same-name", first[1]), (f"name:{second[0]}", "other-name", second[1]),
    ]  # fmt: skip
    page.keyboard.press("u")
    expect(questions).to_have_count(1)
    page.reload()
    expect(questions).to_have_count(1)
    assert not troubles(page)


def test_a_voice_is_named_with_one_key_and_undone_with_another(page: Page, served: Served) -> None:
    """A number names the current voice; u takes it back; both are lines in the log."""
    go(page, served, f"/s/{WORKSHOP}/voices")
    card = page.locator(".card.current")
    key = card.get_attribute("data-key")
    before = card.locator("h2").inner_text()
    wanted = card.locator(".candidates li").nth(1).locator("button span").first.inner_text()
    assert wanted != before
    page.keyboard.press("2")
    named = page.locator(f'.card[data-key="{key}"]')
    expect(named.locator("h2")).to_have_text(wanted)
    expect(named.locator("header .chip")).to_have_text("decided")
    made = served.decisions(WORKSHOP)
    assert [line["field"] for line in made] == ["participant"]
    assert made[0]["by"] == "Lien"
    expect(page.locator("#build")).to_have_text("Rebuild (1)")
    page.keyboard.press("u")
    expect(named.locator("h2")).to_have_text(before)
    assert served.decisions(WORKSHOP)[-1]["undoes"] == made[0]["id"]
    expect(page.locator("#build")).to_have_text("Rebuild")
    assert not troubles(page)


def test_a_word_is_corrected_and_the_quote_changes(page: Page, served: Served) -> None:
    """Words of a quote are edited in place; after the next build the brief prints them."""
    record = json.loads((served.root / "outputs" / WORKSHOP / "work" / "brief.json").read_text())
    extracts = {each["id"]: each for each in record["value"]["extracts"]}
    source = extracts[record["value"]["contributions"][0]["extracts"][0]]["sources"][0]
    word = re.findall(r"[a-z]{5,}", source["text"])[-1]
    go(page, served, f"/s/{WORKSHOP}/transcript#{source['turn']}")
    row = page.locator(f'.turn[data-name="{source["turn"]}"]')
    expect(row).to_have_attribute("aria-current", "true")
    page.keyboard.press("e")
    field = row.locator("textarea")
    text = field.input_value()
    place = text.index(source["text"]) + source["text"].index(word)
    field.fill(text[:place] + "zanzibar" + text[place + len(word) :])
    field.press("Enter")
    expect(row.locator(".words")).to_contain_text("zanzibar")
    lines = [line for line in served.decisions(WORKSHOP) if line["field"] == "words"]
    assert [line["value"].strip(".,;:") for line in lines] == ["zanzibar"]
    rebuild(page)
    go(page, served, f"/s/{WORKSHOP}/brief")
    frame = page.frame_locator('iframe[title="Internal edition"]')
    expect(frame.locator("q", has_text="zanzibar").first).to_be_attached()
    assert not troubles(page)


def test_themes_are_merged_and_the_brief_follows(page: Page, served: Served) -> None:
    """One theme is renamed, another merged into it; after the next build the brief says so."""
    go(page, served, f"/s/{WORKSHOP}/themes")
    record = json.loads((served.root / "outputs" / WORKSHOP / "work" / "brief.json").read_text())
    themes = record["value"]["themes"]
    kept, gone = (each["codes"][0] for each in themes[:2])
    count = "parseInt(document.querySelector(`[data-theme='${ID}'] .number`).textContent)"
    before = [page.evaluate(count.replace("${ID}", each)) for each in (kept, gone)]
    page.locator(f'[data-theme="{kept}"]').click()
    page.keyboard.press("r")
    page.locator("#name").fill("Zanzibar papers")
    page.locator("#name").press("Enter")
    first = page.locator(f'[data-theme="{kept}"]')
    expect(first).to_contain_text("Zanzibar papers")
    page.locator(f'[data-theme="{gone}"]').click()
    page.locator("#merge").select_option(kept)
    expect(page.locator(f'[data-theme="{gone}"]')).to_have_count(0)
    after = page.evaluate(count.replace("${ID}", kept))
    assert max(before) <= after <= sum(before)
    made = [(d["field"], d["value"]) for d in served.decisions(WORKSHOP)]
    assert ("theme-name", "Zanzibar papers") in made
    assert ("theme-merge", kept) in made
    rebuild(page)
    go(page, served, f"/s/{WORKSHOP}/brief")
    frame = page.frame_locator('iframe[title="Internal edition"]')
    index = frame.locator("section[aria-labelledby=themes] strong")
    expect(index.get_by_text("Zanzibar papers", exact=True)).to_have_count(1)
    expect(index.get_by_text(themes[1]["title"], exact=True)).to_have_count(0)
    assert not troubles(page)


def test_history_tells_everything_and_takes_it_back(page: Page, served: Served) -> None:
    """Every decision is listed, and the oldest can be undone as easily as the last."""
    go(page, served, f"/s/{WORKSHOP}/history")
    line = page.locator("tr", has_text="zanzibar").first
    expect(line).to_contain_text("Lien")
    line.get_by_role("button").click()
    expect(page.locator("tr.undone", has_text="zanzibar")).to_have_count(1)
    assert served.decisions(WORKSHOP)[-1]["undoes"]
    assert not troubles(page)


def test_a_finding_is_shown_with_other_words(page: Page, served: Served) -> None:
    """Another candidate is chosen for a finding; after the next build the brief prints it."""
    go(page, served, f"/s/{WORKSHOP}/brief")
    page.locator("#wordings > summary").click()
    first = page.locator(".finding").filter(has=page.locator("details")).first
    article = page.locator(f'[data-finding="{first.get_attribute("data-finding")}"]')
    article.locator("summary").first.click()
    wanted = article.locator("details li p").first.inner_text().strip("\u201c\u201d")
    article.get_by_role("button", name="Show this instead").first.click()
    expect(article.locator(".chosen")).to_contain_text("waits for a build")
    rebuild(page)
    expect(article.locator(".chosen li")).to_have_count(0)
    frame = page.frame_locator('iframe[title="Internal edition"]')
    expect(frame.locator("q", has_text=wanted).first).to_be_attached()
    assert json.loads(served.decisions(WORKSHOP)[-1]["value"])["words"] == wanted
    assert not troubles(page)


def test_words_are_said_otherwise_with_one_key(
    page: Page, served: Served, grave: Callable[[Page], list[str]]
) -> None:
    """On the page Circulation: a key opens a field, and the place is settled; a name is refused."""
    rules = served.root / "recordings" / WORKSHOP / "session.toml"
    asked = rules.read_text()
    rules.write_text(re.sub(r"(?m)^rule = .*$", 'rule = "chatham-house"', asked))
    go(page, served, f"/s/{WORKSHOP}/circulation")
    places = page.locator("#places li")
    expect(places.first).to_be_visible()
    before = places.count()
    words = places.first.locator("mark").inner_text()
    page.keyboard.press("e")
    expect(page.locator("#reworded")).to_have_text(words)
    page.locator("#instead").fill("Zqvara said so")
    assert not grave(page)
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("not known to be harmless")
    assert places.count() == before
    page.keyboard.press("e")
    page.locator("#instead").fill("a neighbour said so")
    page.keyboard.press("Enter")
    expect(places).not_to_have_count(before)
    decided = (served.root / "recordings" / WORKSHOP / "decisions.jsonl").read_text()
    assert "a neighbour said so" in decided.splitlines()[-1]
    rules.write_text(asked)


def test_nothing_can_be_decided_before_the_page_knows_what_it_saw(
    page: Page, served: Served
) -> None:
    """A list that came before the version made the first click a conflict with everything."""
    held: list[Route] = []
    page.route("**/news?*", lambda route: held.append(route))
    page.goto(f"{served.origin}/s/{WORKSHOP}/history")
    page.wait_for_timeout(1500)
    assert held
    expect(page.locator("#list")).to_have_attribute("aria-busy", "true")
    assert not page.locator("#list button").count()
    for each in held:
        each.continue_()
    page.unroute("**/news?*")
    before = len(served.decisions(WORKSHOP))
    page.locator("tr:not(.undone) button").first.click()
    expect(page.locator("#messages .good")).to_contain_text("took back")
    assert len(served.decisions(WORKSHOP)) == before + 1
    assert not troubles(page)


def test_a_list_drawn_anew_swallows_no_click(page: Page, served: Served) -> None:
    """What another person decides while the button is held down does not take the button away."""
    go(page, served, f"/s/{WORKSHOP}/history")
    button = page.locator("tr:not(.undone) button").last
    wanted = button.get_attribute("aria-label") or ""
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    seen = served.decisions(WORKSHOP)[-1]["id"]
    theme = next(d["target"] for d in served.decisions(WORKSHOP) if d["field"] == "theme-name")
    command = {"type": "rename-theme", "theme": theme.partition(":")[2], "name": "Meanwhile"}
    answer = page.context.request.post(
        f"{served.origin}/api/s/{WORKSHOP}/changes",
        data={"by": "Ben", "seen": seen, "commands": [command]},
        headers={"origin": served.origin},
    )
    assert answer.ok, answer.text()
    expect(page.locator("#messages")).to_contain_text("Ben")
    page.mouse.up()
    expect(page.locator("tr", has_text="Meanwhile").first).to_be_attached()
    expect(page.locator("#messages .good")).to_contain_text("took back")
    last = served.decisions(WORKSHOP)[-1]
    undone = next(d for d in served.decisions(WORKSHOP) if d["id"] == last["undoes"])
    assert undone["by"] == "Lien", wanted
    assert not troubles(page)


def test_a_quick_hand_is_not_in_conflict_with_itself(page: Page, served: Served) -> None:
    """Named, named again and taken back without waiting: three lines, and no refusal."""
    go(page, served, f"/s/{WORKSHOP}/voices")
    before = len(served.decisions(WORKSHOP))
    page.evaluate(PRESS, ["1", "2", "u"])
    expect(page.locator("#messages", has_text="Taken back")).to_be_visible()
    made = served.decisions(WORKSHOP)[before:]
    assert [line["field"] for line in made] == ["participant"] * 3
    assert made[2]["undoes"] == made[1]["id"]
    assert not page.locator("#messages .error").count()
    assert not troubles(page)


def test_text_follows_the_sound(page: Page, served: Served) -> None:
    """Sound comes in ranges of bytes; a click on a word goes there; playing marks the words."""
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.headers.get("range", "")))
    go(page, served, f"/s/{TALK}/transcript")
    row = page.locator(".turn").nth(1)
    row.locator("[data-word]").nth(3).click()
    expect(page.locator("#now")).to_have_text("0:00:05")
    page.evaluate("document.getElementById('audio').playbackRate = 1")
    page.locator("#scroller").focus()
    page.keyboard.press("Space")
    expect(page.locator(".lit")).to_have_count(1)
    expect(page.locator("#now")).not_to_have_text("0:00:05")
    page.keyboard.press("Space")
    page.evaluate("document.getElementById('audio').currentTime = 10")
    page.keyboard.press("b")
    expect(page.locator("#now")).to_have_text("0:00:07")
    assert any(each.startswith("bytes=") for each in asked)
    ink = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    assert page.locator("#strip").evaluate(ink) > 10
    assert not troubles(page)


def test_two_people_never_overwrite_each_other(
    page: Page, browser: Browser, served: Served
) -> None:
    """The later one is told what the earlier one decided, and keeps what was typed."""
    go(page, served, f"/s/{TALK}/transcript")
    other = opened(browser, served.next_link(), "Ben")
    go(other, served, f"/s/{TALK}/transcript")
    for each, text in ((page, "We have watched"), (other, "We have washed")):
        row = each.locator(".turn").nth(1)
        row.click()
        each.keyboard.press("e")
        row.locator("textarea").fill(f"{text} the same boats as you have.")
    page.locator("textarea").press("Enter")
    expect(page.locator(".turn").nth(1).locator(".words")).to_contain_text("watched")
    other.locator("textarea").press("Enter")
    expect(other.locator("#messages .error")).to_contain_text("Lien")
    expect(other.locator("textarea")).to_have_value("We have washed the same boats as you have.")
    assert [d["by"] for d in served.decisions(TALK)] == ["Lien"]
    other.keyboard.press("Escape")
    expect(other.locator(".turn").nth(1).locator(".words")).to_contain_text("watched")
    assert not troubles(other)
    other.context.close()


def test_a_restart_of_the_server_costs_nothing(
    browser: Browser, built: Path, tmp_path: Path
) -> None:
    """Words typed while the server was away are kept, and go through once it is back."""
    root = tmp_path / "project"
    shutil.copytree(built, root)
    first = serve(root, port=18790)
    page = opened(browser, first.link, "Lien")
    go(page, first, f"/s/{TALK}/transcript")
    row = page.locator(".turn").nth(1)
    row.click()
    page.keyboard.press("e")
    stop(first)
    row.locator("textarea").fill("We have watched the same boats as you have.")
    row.locator("textarea").press("Enter")
    expect(page.locator("#messages")).to_contain_text("cannot be reached")
    expect(row.locator("textarea")).to_be_editable()
    second = serve(root, port=18790)
    try:
        row.locator("textarea").press("Enter")
        expect(row.locator(".words")).to_contain_text("watched")
        assert len(second.decisions(TALK)) == 1
        shutil.rmtree(root / "recordings" / TALK)
        expect(page.locator("#content")).to_contain_text("not there any more")
        assert not troubles(page)
    finally:
        page.context.close()
        stop(second)
