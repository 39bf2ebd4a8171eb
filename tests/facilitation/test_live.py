"""The note-taker's page in a real browser at tablet size, and the server behind it."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fgd.facilitation import session_files
from fgd.floorlog.floorlog import Journal, Tap, read_journal

TABLET = {"width": 1024, "height": 768}
CHROMIUM = Path("/usr/bin/chromium")
PICTURES = os.environ.get("FGD_PICTURES", "")
ROSTER = """\
name,role,institution,acronym,category,country
Ratna Kusuma,facilitator,Straits Institute for Dialogue,SIDAR,think tank,Serindah
Somchai Boonmee,participant,Centre for Regional Mediation Studies,CRMS,think tank,Lanthara
Maria Dalisay,participant,Women and Peace Research Network,WPRN,think tank,Isla Verano
Hafiz Rahman,participant,Ministry of Home Affairs,MOHA,ministry,Serindah
Khamla Keola,participant,Highland Institute for Local Action,HILA,think tank,Lanthara
Minh Tran,participant,Delta Policy Studies Institute,DPSI,think tank,Tonlaya
Arun Pillai,expert,Ceasefire Monitoring Research Group,CMRG,expert body,
Sreymom Chea,participant,Lakeside School of Public Policy,LSPP,think tank,Tonlaya
"""


class Server:
    """``fgd live`` as its own process, which may be killed and started again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "recordings" / "round"
        for name, data in session_files(
            "A shipment across three borders: exercise", "table-top"
        ).items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(data)
        (self.folder / "participants.csv").write_text(ROSTER, encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it and wait for its link."""
        command = [sys.executable, "-m", "fgd", "--json", "--project", str(self.root)]
        command += ["live", "round", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        link = str(json.loads(self.process.stdout.readline())["link"])
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return link
            time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """End it without a word."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("there is no chromium on this machine")
    with sync.sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield made
        made.close()


def page_of(browser: Any, link: str, by: str) -> tuple[Any, list[str]]:
    """A page on a fresh tablet that may reach this machine only, its door open."""
    context = browser.new_context(viewport=TABLET, has_touch=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda r: None if "127.0.0.1" in r.url else trouble.append(r.url))
    page.goto(link)
    page.wait_for_selector("#taker[open]")
    page.fill("#initials", by)
    page.click("#taker button")
    page.wait_for_selector("#people button")
    return page, trouble


def give(page: Any, name: str) -> None:
    """Tap a person and wait for the page to show it."""
    page.locator(f'#people button[data-name="{name}"]').tap()
    holds(page, name)


def holds(page: Any, name: str) -> None:
    """Wait until somebody has the floor."""
    page.locator("#holder", has_text=re.compile(f"^{name}$")).wait_for()


def saved(page: Any) -> None:
    page.locator("#link", has_text="all saved").wait_for()


def picture(page: Any, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / name))


def test_a_session_is_logged(server: Server, browser: Any) -> None:
    page, trouble = page_of(browser, server.start(), "LM")
    page.tap("#recording")
    give(page, "Ratna Kusuma")
    page.locator("#sections .open").nth(1).tap()
    page.locator("#sections label").nth(0).tap()
    page.locator("#sections li ul button").tap()  # the inject is delivered
    time.sleep(1.5)
    give(page, "Somchai Boonmee")
    time.sleep(1.5)
    give(page, "Maria Dalisay")
    page.fill("#text", "Wants the counter card in Thai & Lao")
    page.locator("#note button").nth(0).tap()
    page.fill("#text", "Meet again in May")
    page.locator("#note button").nth(1).tap()
    time.sleep(1.5)
    page.tap("#add")
    page.fill("#newname", "Lien Marasigan")
    page.fill("#newbody", "New Institute <b>")
    page.locator("#somebody button.main").tap()
    holds(page, "Lien Marasigan")
    time.sleep(1.5)
    give(page, "Hafiz Rahman")
    page.locator("#last button").nth(0).tap()  # a slip: taken back
    holds(page, "Lien Marasigan")
    page.locator("#balance summary").tap()
    saved(page)
    assert page.locator("#people button.unheard").count() == 5
    assert "1/3" in page.locator("#sections .open").nth(1).inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # No target is smaller than a fingertip, and everything can be reached by keyboard.
    small = page.evaluate(
        "[...document.querySelectorAll('#people button, .open, #pause')]"
        ".filter((b) => b.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    assert trouble == []
    page.context.close()
    entries, issues = read_journal(server.folder)
    assert issues == ()
    assert [e.kind for e in entries] == [
        "recording", "floor", "section", "probe", "inject", "floor", "floor", "note", "decision",
        "person", "floor", "floor", "undo",
    ]  # fmt: skip
    assert {e.by for e in entries} == {"LM"}
    with (server.folder / "floor.csv").open(encoding="utf-8", newline="") as stream:
        rows = [(row["participant"], row["section"]) for row in csv.DictReader(stream)]
    inject = "inject-1-first-report"
    assert [name for name, _ in rows] == [
        "Ratna Kusuma", "Ratna Kusuma", "Somchai Boonmee", "Maria Dalisay", "Lien Marasigan",
    ]  # fmt: skip
    assert [section for _, section in rows] == ["", inject, inject, inject, inject]


def told_so_far(folder: Path) -> None:
    """Forty minutes of taps, as the journal holds them after a break."""
    now = time.time_ns() // 1_000_000
    people = [line.split(",")[0] for line in ROSTER.splitlines()[1:]]
    sections = ("briefing-and-rules-of-the-exercise", "inject-1-first-report")
    at = now - 40 * 60_000
    taps = [Tap("r", "recording", at), Tap("s0", "section", at, section=sections[0])]
    turns = [(0, 300), (1, 140), (2, 95), (0, 40), (4, 210), (6, 330), (1, 185), (0, 30), (2, 260)]
    turns += [(5, 120), (0, 25), (4, 150), (6, 200), (1, 90), (0, 45), (5, 135)]
    for number, (who, seconds) in enumerate(turns):
        taps.append(Tap(f"f{number}", "floor", at, label=people[who]))
        at += 1000 * seconds
        if number == 4:
            taps.append(Tap("s1", "section", at, section=sections[1]))
        if number in (6, 8):
            taps.append(Tap(f"p{number}", "probe", at, section=sections[1], number=number // 2 - 3))
    taps.append(Tap("n", "note", at - 60_000, text="Asks for the text of the agreement"))
    taps.append(Tap("d", "decision", at, text="One contact point in each country"))
    Journal(folder).add(taps, "LM")


def test_a_page_opened_in_the_middle_knows_what_was(server: Server, browser: Any) -> None:
    """Who spoke how long, which section is over its time, who has not spoken, what is open."""
    told_so_far(server.folder)
    page, trouble = page_of(browser, server.start(), "LM")
    page.locator("#balance summary").tap()
    saved(page)
    picture(page, "live-tablet.png")
    assert page.locator("#holder").inner_text() == "Minh Tran"
    assert page.locator("#people button.unheard").all_inner_texts()[0].startswith("Hafiz Rahman")
    assert page.locator("#people button.unheard").count() == 2
    assert "7:20" in page.locator('#people button[data-name="Ratna Kusuma"]').inner_text()
    assert page.locator("#sections .over").count() == 1
    assert "2/3" in page.locator("#sections .open").nth(1).inner_text()
    assert "One contact point" in page.locator("#last").inner_text()
    assert trouble == []
    page.context.close()


def test_two_note_takers_and_a_phone(server: Server, browser: Any) -> None:
    """Both see one log; the second, narrow screen loses nothing of the page."""
    link = server.start()
    first, _ = page_of(browser, link, "A")
    assert server.process is not None and server.process.stdout is not None
    second, trouble = page_of(
        browser, str(json.loads(server.process.stdout.readline())["link"]), "B"
    )
    second.set_viewport_size({"width": 390, "height": 844})
    give(first, "Ratna Kusuma")
    holds(second, "Ratna Kusuma")
    time.sleep(3)
    give(second, "Minh Tran")
    holds(first, "Minh Tran")
    saved(second)
    wide = "[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))"
    assert second.evaluate(wide) == []
    picture(second, "live-phone.png")
    assert trouble == []
    assert [(e.label, e.by) for e in read_journal(server.folder)[0]] == [
        ("Ratna Kusuma", "A"),
        ("Minh Tran", "B"),
    ]


def test_nothing_is_lost_when_the_server_is_killed_and_the_page_reloaded(
    server: Server, browser: Any
) -> None:
    """200 taps; the server is killed after 60, the page reloaded after 110, both come back."""
    page, _ = page_of(browser, server.start(), "LM")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_selector("#people button")
    tap = """(n) => { const b = document.querySelectorAll('#people button'); b[n % b.length].click(); }"""
    names = "() => [...document.querySelectorAll('#people button')].map((b) => b.dataset.name)"
    order = page.evaluate(names)
    expected: list[str] = [order[number % len(order)] for number in range(200)]
    for number in range(200):
        page.evaluate(tap, number)
        if number == 60:
            server.kill()
        if number == 90:
            page.locator("#link", has_text="away").wait_for()
            picture(page, "live-server-away.png")
        if number == 110:
            page.reload()
            page.wait_for_selector("#people button")
        if number == 160:
            server.start()
    page.wait_for_timeout(2500)
    saved(page)
    written = [e.label for e in read_journal(server.folder)[0] if e.kind == "floor"]
    assert written == expected
    server.kill()
    # And the log itself survives a damaged end.
    path = server.folder / "notes.jsonl"
    path.write_bytes(path.read_bytes() + b'{"id":"half')
    assert len([e for e in read_journal(server.folder)[0] if e.kind == "floor"]) == len(expected)


def test_nobody_gets_in_without_the_link(server: Server) -> None:
    import urllib.error
    import urllib.request

    server.start()
    for path, method in (
        ("/", "GET"),
        ("/api/log", "GET"),
        ("/api/taps", "POST"),
        ("/sw.js", "GET"),
    ):
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        with refused.value as told:
            assert told.code in (401, 403)
            assert not re.search(rb"Kusuma|Boonmee", told.read())


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.4"])
def test_the_network_needs_a_password(
    tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from fgd.cli import main

    made = Server(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(made.root), "live", "round", "--address", address])
    assert ended.value.code == 2
    assert "no password" in capsys.readouterr().err
