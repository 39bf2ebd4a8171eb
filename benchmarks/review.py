"""The review pages: how quick a long session is, how long a decision takes, what decisions survive.

``--part paint`` opens a generated session of ``--turns`` turns in headless Chromium, takes the time
to the first painted turn and scrolls through it; ``hostile`` opens it again and again while files
that are heavy to read (``HEAVY``) arrive one after another in the session beside it and its Set-up
is asked for; ``rebuild`` decides something about the demo's
workshop and takes the time of the warm pass after it; ``keys`` counts what it takes to name every
voice of it; ``survival`` deletes the outputs, then hears the recording again with other words and
other edges, and counts the decisions that still hold. Times are wall-clock; ``cpu`` is the
processor time of the same work, which is what counts on a machine that does other things.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report
from benchmarks.review_rebuild import SESSION, WHEN, rebuild, used
from fgd import pipeline
from fgd.decisions import corrections
from fgd.decisions.log import append
from fgd.decisions.voices import name_voice
from fgd.model import Decision, Segment, Span, Transcript
from fgd.workbench.open_session import OpenSession
from fgd.workbench.transcript_view import cards
from fgd.workspace.project import Project

DEMO = Path(__file__).resolve().parent.parent / "demo"
PARTS = ("paint", "hostile", "keys", "rebuild", "survival")

FIRST = """new Promise(done => {
  const look = () => { const row = document.querySelector('.turn');
    if (row) requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    else requestAnimationFrame(look); };
  look(); })"""

SCROLL = """frames => new Promise(done => {
  const box = document.getElementById('scroller'); const times = []; let last = performance.now();
  const step = () => requestAnimationFrame(now => {
    times.push(now - last); last = now; box.scrollTop += box.clientHeight * 0.9;
    if (times.length < frames) step(); else done(times); });
  step(); })"""


def main() -> None:
    """Measure and print the line."""
    arguments = parser(__doc__)
    arguments.add_argument("--part", choices=PARTS, action="append")
    arguments.add_argument("--turns", type=int, default=5000)
    arguments.add_argument("--chromium", default=shutil.which("chromium") or "")
    chosen = arguments.parse_args()
    folder = need(chosen.data or DEMO, "the demo that comes with the project (demo/)")
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="fgd-review-") as scratch:
        root = Path(scratch)
        shutil.copytree(folder / "recordings" / SESSION, root / "recordings" / SESSION)
        parts = chosen.part or PARTS
        if "paint" in parts:
            figures["paint"] = paint(root / "large", chosen.turns, chosen.chromium)
        if "hostile" in parts:
            figures["hostile"] = hostile(root / "beside", chosen.chromium)
        if set(parts) & {"keys", "rebuild", "survival"}:
            project = Project.open(root)
            whole = pipeline.SessionContext(project, project.session(SESSION))
            if "rebuild" in parts:
                pipeline.run(whole)
            pipeline.attribute(whole)
        if "keys" in parts:
            figures["keys"] = keys(root, folder / f"{SESSION}.people.csv")
        if "rebuild" in parts:
            figures["rebuild"] = rebuild(root)
        if "survival" in parts:
            figures["survival"] = survival(root)
    figures["load"] = round(os.getloadavg()[0], 1)
    report("review", SESSION, figures)


def let_in(playwright: Any, chromium: str, link: str) -> Any:
    """A page of a browser that the server's link has let in."""
    options = ["--no-sandbox", "--disable-gpu"]
    browser = playwright.chromium.launch(executable_path=chromium or None, args=options)
    page = browser.new_page(viewport={"width": 1360, "height": 860})
    page.set_default_timeout(300_000)
    page.goto(link)
    page.wait_for_url(lambda url: "/open" not in url)
    return page


def paint(root: Path, turns: int, chromium: str) -> dict[str, object]:
    """First turn on the screen, then the frames of a scripted scroll, in ms."""
    from playwright.sync_api import sync_playwright

    session = root / "recordings" / "large"
    session.mkdir(parents=True)
    (session / "talk.vtt").write_text(generated(turns), encoding="utf-8")
    project = Project.open(root)
    whole = pipeline.SessionContext(project, project.session("large"))
    pipeline.conversations(whole)
    with serving(root) as (link, server), sync_playwright() as playwright:
        page = let_in(playwright, chromium, link)
        address = f"{link.partition('/open')[0]}/s/large/transcript"
        probe = page.context.new_cdp_session(page)
        probe.send("Performance.enable", {"timeDomain": "threadTicks"})
        opened, worked = [], []
        for _ in range(4):
            before = used(server)
            page.goto(address, wait_until="commit")
            opened.append(round(page.evaluate(FIRST)))
            worked.append(round(1000 * (cpu_of(probe) + used(server) - before)))
        drawn = page.locator(".turn").count()
        before = cpu_of(probe)
        frames = sorted(page.evaluate(SCROLL, 300))
        spent = cpu_of(probe) - before
        page.context.browser.close()
    return {
        "turns": turns,
        "rows_drawn": drawn,
        "first_paint_cold_ms": opened[0],
        "first_paint_ms": sorted(opened[1:])[1],
        "first_paint_cold_cpu_ms": worked[0],
        "first_paint_cpu_ms": sorted(worked[1:])[1],
        "frames": len(frames),
        "frame_median_ms": round(frames[len(frames) // 2], 1),
        "frame_95_ms": round(frames[int(len(frames) * 0.95)], 1),
        "frame_worst_ms": round(frames[-1], 1),
        "frame_cpu_ms": round(1000 * spent / len(frames), 2),
    }


def heavy_roster() -> bytes:
    """A workbook with nearly as many cells as are read."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["name", "role", "institution", "category"])
    for number in range(19_900):
        sheet.append([f"Person {number}", "participant", *(f"Office {n}" for n in range(12))])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def swollen_guide() -> bytes:
    """A small Word document that unpacks to 300 MB."""
    from docx import Document

    out = io.BytesIO()
    Document().save(out)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/footnotes.xml", b" " * 300_000_000)
    return out.getvalue()


HEAVY: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "workbook": ("roster", "xlsx", heavy_roster),
    "rows": (
        "roster",
        "csv",
        lambda: b"name,role\n" + b"".join(b"Person %d,participant\n" % n for n in range(500_000)),
    ),
    "swollen": ("guide", "docx", swollen_guide),
    "sections": (
        "guide",
        "md",
        lambda: b"".join(b"# Part %d\n\n1. Why?\n\n" % n for n in range(300_000)),
    ),
    "line": ("recording", "txt", lambda: b"Ana Reyes: " + b"we say nets " * 1_500_000),
    "cues": ("recording", "vtt", lambda: generated(60_000).encode()[: (20 << 20) - 1]),
}
"""What arrives: purpose, ending, content; each below the 20 MiB that the server takes."""


def hostile(root: Path, chromium: str) -> dict[str, object]:
    """First paint of a session while the one beside it takes in heavy files: ms by the clock, and
    of the processor in the page and all of the server, which an idle machine's clock comes near.
    """
    from playwright.sync_api import sync_playwright

    session = root / "recordings" / "large"
    session.mkdir(parents=True)
    (session / "talk.vtt").write_text(generated(200), encoding="utf-8")
    victim = root / "recordings" / "victim"
    victim.mkdir()
    (victim / "session.toml").write_text('title = "Victim"\n', encoding="utf-8")
    project = Project.open(root)
    pipeline.conversations(pipeline.SessionContext(project, project.session("large")))
    made: dict[str, object] = {}
    with serving(root) as (link, server), sync_playwright() as playwright:
        page = let_in(playwright, chromium, link)
        base = link.partition("/open")[0]
        cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
        probe = page.context.new_cdp_session(page)
        probe.send("Performance.enable", {"timeDomain": "threadTicks"})

        def first() -> tuple[int, int]:
            before = cpu_of(probe) + used(server)
            page.goto(f"{base}/s/large/transcript", wait_until="commit")
            clock = round(page.evaluate(FIRST))
            return clock, round(1000 * (cpu_of(probe) + used(server) - before))

        def ask(path: str, data: bytes | None = None) -> str:
            told = {"Cookie": cookies, "Origin": base}
            method = "GET" if data is None else "PUT"
            request = urllib.request.Request(f"{base}{path}", data, told, method=method)
            try:
                with urllib.request.urlopen(request, timeout=300) as answer:
                    return f"{answer.status} {answer.read(200).decode()}"
            except urllib.error.HTTPError as problem:
                return f"{problem.code} {problem.read(200).decode()}"

        def arrives(purpose: str, ending: str, data: bytes) -> tuple[str, float]:
            begun = time.perf_counter()
            told = ask(f"/api/s/victim/files/{purpose}?name=x.{ending}", data)
            for what in ("setup", "overview", "news"):
                ask(f"/api/s/victim/{what}")
            return told, time.perf_counter() - begun

        made["before"] = [first() for _ in range(4)]
        for name, (purpose, ending, content) in HEAVY.items():
            paints: list[tuple[int, int]] = []
            spent = used(server)
            with ThreadPoolExecutor(1) as other:
                reading = other.submit(arrives, purpose, ending, content())
                while not reading.done() and len(paints) < 40:
                    paints.append(first())
                answer, seconds = reading.result()
            times = sorted(each for each, _ in paints)
            made[name] = {
                "answer": answer,
                "paints": len(paints),
                "worst_ms": times[-1],
                "median_ms": times[len(times) // 2],
                "worst_cpu_ms": max(each for _, each in paints),
                "read_for_ms": round(1000 * seconds),
                "server_cpu_ms": round(1000 * (used(server) - spent)),
            }
            sys.stderr.write(f"{name}: {made[name]}\n")
            for each in victim.iterdir():
                if each.suffix != ".toml":
                    shutil.rmtree(each) if each.is_dir() else each.unlink()
        page.context.browser.close()
    return made


def cpu_of(probe: Any) -> float:
    """Seconds of processor time the page's main thread has used."""
    metrics = probe.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def generated(turns: int) -> str:
    """A transcript of that many turns of eight people, 5 to 75 words each."""
    dice = random.Random(7)
    words = (DEMO / "recordings" / SESSION / "01-workshop.vtt").read_text().split()
    words = [word for word in words if word.isalpha()]
    cues, at = ["WEBVTT"], 0
    for number in range(turns):
        count = dice.randint(5, 75)
        text = " ".join(dice.choice(words) for _ in range(count))
        end = at + 300 * count
        cues.append(f"{stamp(at)} --> {stamp(end)}\nPerson {number * 5 % 8}: {text}.")
        at = end + 200
    return "\n\n".join(cues) + "\n"


def stamp(ms: int) -> str:
    """A time as WebVTT writes it."""
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


@contextmanager
def serving(root: Path) -> Iterator[tuple[str, int]]:
    """The link to a session of a running server, and the server's process."""
    command = [sys.executable, "-m", "fgd", "--project", str(root), "--json", "review", "large"]
    with subprocess.Popen([*command, "--port", "18950"], stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        try:
            yield json.loads(it.stdout.readline())["link"], it.pid
        finally:
            it.terminate()


def keys(root: Path, truth: Path) -> dict[str, object]:
    """Keys to give every voice its name: none where it has it, one where a number does it."""
    project = Project.open(root)
    room = OpenSession(project, project.session(SESSION))
    reading = room.reading()
    with truth.open(encoding="utf-8") as stream:
        known = {row["name"] for row in csv.DictReader(stream)}
    names = {person.id: person.name for person in reading.people.values()}
    right = wrong = by_number = 0
    for card in cards(reading):
        if names.get(card.who.participant) in known and card.state == "sure":
            right += 1
        elif any(names[each.participant] in known for each in card.candidates):
            by_number += 1
        else:
            wrong += 1
    least = {len(card.candidates) for card in cards(reading)}
    return {
        "voices": right + by_number + wrong,
        "named_already": right,
        "one_key": by_number,
        "two_clicks_or_more": wrong,
        "most_keys_per_voice": 0 if not (by_number or wrong) else 1 if not wrong else 3,
        "candidates_on_each_card": sorted(least),
    }


def survival(root: Path) -> dict[str, object]:
    """Shares of decisions that hold after the outputs were deleted, and after another hearing."""
    project = Project.open(root)
    folder = project.session(SESSION)
    room = OpenSession(project, folder)
    talk = room.reading().talks[0]
    people = [person.id for person in room.reading().people.values()]
    voices = list(dict.fromkeys(turn.voice for turn in talk.turns))
    named = {voice: people[-1 - n] for n, voice in enumerate(voices[:4])}
    made = [name_voice(talk, voice, person, **WHEN) for voice, person in named.items()]
    reworded = [turn for turn in talk.turns if len(turn.words) > 12][:20]
    for turn in reworded:
        words = turn.text.split()
        words[len(words) // 2] = "Zanzibar"
        made += corrections.rewrite(turn, " ".join(words), **WHEN)
    for decision in made:
        append(room.ledger.path, [decision])
    shutil.rmtree(folder.outputs)
    shutil.rmtree(project.state, ignore_errors=True)
    whole = pipeline.SessionContext(project, folder)
    heard = [done.value for done in pipeline.conversations(whole)]
    who = {each.turn: each.participant for each in pipeline.attribute(whole).value.attributions}
    told = {turn.voice: who.get(turn.id) for turn in heard[0].turns}
    kept = sum(told.get(voice) == person for voice, person in named.items())
    kept += "".join(turn.text for turn in heard[0].turns).count("Zanzibar")
    transcript = pipeline.transcribe(whole, whole.intake.session.recordings[0]).value
    after = [heard_again(transcript, seed) for seed in range(20)]
    found = [held(each, made) for each in after]
    return {
        "decisions": len(made),
        "outputs_deleted": round(kept / (len(named) + len(reworded)), 3),
        "words_after_another_hearing": round(sum(found) / (len(found) * len(reworded)), 3),
        "hearings": len(found),
    }


def heard_again(transcript: Transcript, seed: int) -> Transcript:
    """The same time with other words (one in eight), edges up to 150 ms off, and other segments."""
    dice = random.Random(seed)
    segments = []
    for segment in transcript.segments:
        words = []
        for word in segment.words:
            start = max(0, word.span.start + dice.randint(-150, 150))
            span = Span(start, max(start, word.span.end + dice.randint(-150, 150)))
            text = word.text if dice.random() > 0.125 else f"{word.text[:-1]}x"
            words.append(replace(word, span=span, text=text))
        cut = dice.randint(1, max(1, len(words) - 1))
        segments += [
            Segment(segment.span, tuple(half)) for half in (words[:cut], words[cut:]) if half
        ]
    return replace(transcript, segments=tuple(segments))


def held(transcript: Transcript, decisions: list[Decision]) -> int:
    """How many corrected words stand where they were put, exactly once."""
    corrected, _ = corrections.corrected(transcript, decisions)
    words = [word for segment in corrected.segments for word in segment.words]
    found = 0
    for decision in decisions:
        if decision.field != corrections.WORDS:
            continue
        near = [
            w
            for w in words
            if w.text.strip() == "Zanzibar" and abs(w.span.start - decision.anchor.start) < 1000
        ]
        found += len(near) == 1
    return found


if __name__ == "__main__":
    main()
