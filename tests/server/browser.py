"""A real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
PATIENCE = 120_000
"""Milliseconds; a loaded machine is slow, not wrong."""

_TROUBLES: WeakKeyDictionary[Page, list[str]] = WeakKeyDictionary()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium. Where there is none the test is left out, but never on the CI machine."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium, and here it is required")
        pytest.skip("there is no chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield made
        made.close()


GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def grave() -> Callable[[Page], list[str]]:
    """What axe-core finds in a page that is serious or critical: rule, place, help."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()

    def found(page: Page) -> list[str]:
        wrong = axe.run(page).response["violations"]
        return [
            f"{each['id']}: {node['target']} ({each['help']})"
            for each in wrong
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]

    return found


def opened(browser: Browser, link: str, name: str) -> Page:
    """A page that went through the door, used by somebody. What goes wrong in it fails the test."""
    context = browser.new_context(viewport={"width": 1360, "height": 860})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(f"localStorage.setItem('fgd-me', {name!r})")
    watch(page)
    page.goto(link)
    page.wait_for_url(lambda url: "/open" not in url)
    return page


def watch(page: Page) -> None:
    """Collect errors of scripts and everything the policy forbade."""
    found: list[str] = []
    _TROUBLES[page] = found

    def failed(problem: Error) -> None:
        found.append(str(problem))

    def printed(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            found.append(message.text)

    page.on("pageerror", failed)
    page.on("console", printed)


def troubles(page: Page) -> list[str]:
    """What went wrong in a page."""
    return _TROUBLES[page]
