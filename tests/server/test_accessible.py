"""What people who cannot see or use a mouse meet: axe-core in every view and both editions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from fgd.export import brief_files
from tests.facilitation.test_live import Server
from tests.server.browser import PATIENCE, browser, grave, opened
from tests.server.conftest import TALK, WORKSHOP, Served, serve, stop
from tests.synthesis.test_memory import series, told

__all__ = ["browser", "grave"]

expect.set_options(timeout=PATIENCE)

VIEWS = [
    "setup",
    "voices",
    "transcript",
    "propositions",
    "themes",
    "brief",
    "circulation",
    "history",
]


@pytest.fixture(scope="module")
def served(built: Path) -> Iterator[Served]:
    made = serve(built, port=18760)
    yield made
    stop(made)


@pytest.fixture(scope="module")
def page(browser: Browser, served: Served) -> Iterator[Page]:
    made = opened(browser, served.link, "Lien")
    yield made
    made.context.close()


def ready(page: Page) -> None:
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def test_axe_finds_what_is_wrong(page: Page, grave: Callable[[Page], list[str]]) -> None:
    """The check can fail: a picture without a text is told."""
    page.goto("about:blank")
    page.set_content('<html lang="en"><title>x</title><main><img src="data:,"></main></html>')
    assert any(each.startswith("image-alt") for each in grave(page))


def test_sessions(page: Page, served: Served, grave: Callable[[Page], list[str]]) -> None:
    """The list, and the form for a new session over it."""
    page.goto(served.origin)
    ready(page)
    assert not grave(page)
    page.locator("#new").click()
    expect(page.locator("#form")).to_be_visible()
    assert not grave(page)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("session", [WORKSHOP, TALK])
def test_view(
    page: Page, served: Served, grave: Callable[[Page], list[str]], session: str, view: str
) -> None:
    """Every view of a session with a transcript only, and of one with sound."""
    page.goto(f"{served.origin}/s/{session}/{view}")
    ready(page)
    for each in page.locator("summary:visible").all()[:3]:
        each.click()
    assert not grave(page)


@pytest.mark.parametrize("edition", ["internal", "circulation"])
def test_edition(page: Page, built: Path, grave: Callable[[Page], list[str]], edition: str) -> None:
    """The brief as it is sent: no script of ours runs in it, so it is opened as a file."""
    brief = built / "outputs" / WORKSHOP / edition / "brief.html"
    page.goto(brief.as_uri())
    assert not grave(page)


def test_the_registry(page: Page, tmp_path: Path, grave: Callable[[Page], list[str]]) -> None:
    """What a programme remembers, as a file; its links are reached in order by keys alone."""
    for name, content in brief_files(told(series())).items():
        (tmp_path / name).write_bytes(content)
    page.goto((tmp_path / "registry.html").as_uri())
    assert not grave(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"


def test_the_live_page(
    browser: Browser, tmp_path: Path, grave: Callable[[Page], list[str]]
) -> None:
    """The note-taker's page: asked for initials, then with somebody on the floor."""
    server = Server(tmp_path)
    page = browser.new_page(viewport={"width": 1180, "height": 820})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(server.start())
        expect(page.locator("#taker[open]")).to_be_visible()
        assert not grave(page)
        page.locator("#initials").fill("LM")
        page.locator("#taker button").click()
        page.locator("#people button").first.click()
        expect(page.locator("#holder")).not_to_be_empty()
        assert not grave(page)
    finally:
        page.close()
        server.kill()
