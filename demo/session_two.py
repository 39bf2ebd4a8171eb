"""The second demo session: a workshop that exists as a platform's transcript and a spreadsheet
of participants.

        python -m demo.session_two      # writes demo/recordings/security-
  workshop/{01-workshop.vtt,participants.xlsx}

What was said lies in ``security-workshop.script``; this module gives it times and the two file
formats.
"""

from __future__ import annotations

import csv
import datetime
import io
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

from demo.script import HERE

SESSION = "security-workshop"
SCRIPT = HERE / f"{SESSION}.script"
PEOPLE = HERE / f"{SESSION}.people.csv"
TRANSCRIPT = "01-workshop.vtt"
ROSTER = "participants.xlsx"
PACE = 2.35  # words a second, a little under usual speech: nobody here speaks their first language
LONGEST = 34  # words of a caption
SAVED = datetime.datetime(2026, 4, 21, 9, 0)


@dataclass(frozen=True)
class Cue:
    """One caption: times in milliseconds, the platform's label, the words."""

    start: int
    end: int
    label: str
    text: str


def turns(script: str) -> Iterator[tuple[str, str]]:
    """(label, text) in order."""
    for line in script.splitlines():
        if line.strip() and not line.startswith("#"):
            label, _, text = line.partition(" | ")
            yield label.strip(), text.strip()


def captions(text: str) -> Iterator[str]:
    """Whole sentences together up to LONGEST words; a longer sentence is broken after a comma."""
    held: list[str] = []
    for sentence in re.findall(r"[^.?!]+[.?!]+", text):
        words = sentence.split()
        while len(words) > LONGEST:
            commas = [i + 1 for i, word in enumerate(words[:LONGEST]) if word.endswith((",", ":"))]
            at = commas[-1] if commas else LONGEST
            if held:
                yield " ".join(held)
                held = []
            yield " ".join(words[:at])
            words = words[at:]
        if held and len(held) + len(words) > LONGEST:
            yield " ".join(held)
            held = []
        held += words
    if held:
        yield " ".join(held)


def cues(script: str) -> Iterator[Cue]:
    """Give the script times: a steady pace, short gaps, some seconds of silence where it says
    "...".
    """
    chance, at = random.Random(SESSION), 4_200
    before = ""
    for label, text in turns(script):
        at += chance.randint(150, 900) if label == before else chance.randint(300, 2400)
        before = label
        for part in text.split(" ... "):
            for caption in captions(part):
                length = round(len(caption.split()) / (PACE * chance.uniform(0.9, 1.12)) * 1000)
                yield Cue(at, at + length, label, caption)
                at += length + chance.randint(40, 420)
            at += chance.randint(1500, 3500) if part != text.split(" ... ")[-1] else 0


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def webvtt(script: str) -> str:
    """WebVTT as Zoom exports it: numbered cues that begin with the name shown under the picture."""
    blocks = [
        f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.label}: {cue.text}\n"
        for number, cue in enumerate(cues(script), 1)
    ]
    return "WEBVTT\n\n" + "\n".join(blocks)


def spreadsheet() -> bytes:
    """The roster as XLSX, the same bytes every time: a workbook and a zip both like to note the
    hour.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Participants"
    with PEOPLE.open(encoding="utf-8", newline="") as rows:
        for row in csv.reader(rows):
            sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column, width in zip("ABCDEFGHI", (20, 12, 44, 10, 13, 13, 7, 36, 34), strict=True):
        sheet.column_dimensions[column].width = width
    book.properties.creator = "fgd demo"
    book.properties.created = SAVED
    written, out = io.BytesIO(), io.BytesIO()
    book.save(written)
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*",
                    rb"\g<1>" + SAVED.isoformat().encode() + b"Z",
                    data,
                )
            entry = zipfile.ZipInfo(name, SAVED.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return out.getvalue()


def main(folder: Path = HERE / "recordings" / SESSION) -> None:
    """Run from the command line; see above."""
    folder.mkdir(parents=True, exist_ok=True)
    script = SCRIPT.read_text(encoding="utf-8")
    (folder / TRANSCRIPT).write_text(webvtt(script), encoding="utf-8")
    (folder / ROSTER).write_bytes(spreadsheet())
    last = list(cues(script))
    print(f"{folder / TRANSCRIPT}: {len(last)} cues, {last[-1].end / 60_000:.1f} minutes")


if __name__ == "__main__":
    main()
