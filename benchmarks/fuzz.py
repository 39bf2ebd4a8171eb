"""Broken inputs of every kind through the whole pass: what falls over, hangs, loses words, or does
not say what to do.

A small valid session is made with a word of its own in every utterance, cell and question; one of
its files is broken in a way that fits its kind (a TOML value, a VTT time, a cell, an XML part, a
field of a WAV header ...) or in its bytes, and the pass runs in a process with a limit of memory
and of time. Counted are

* ``tracebacks``: the process died, or the reason was not one that the product expects;
* ``not_finished``: more than 30 s of processor time;
* ``silent_losses``: words that still stand in the broken file (as UTF-8 text, or in a part of an
  office file that can be opened) and are missing from the outputs, while nothing worse than a
  note is told of that file;
* ``no_remedy``: warnings and errors that do not say what to do, or not where.

``--one-run GOOD BAD`` makes so many whole sessions and so many of whose transcript nothing is left
that could be read, and runs them all with a single ``fgd --json run``: briefs of the good ones, and
sentences with a remedy for the others.

``--given FOLDER ...`` runs copies of sessions that exist in place of broken ones, and writes every
message down; ``messages`` counts them and ``no_place`` those that name no place in their file.

``--readers`` only reads each session, some thirty times as fast, and sees less.

``python -m benchmarks.fuzz [--inputs 2000] [--seed 1] [--kind vtt ...] [--keep DIR]``. The seed
used while faults are mended is 1; figures are reported with another. ``--keep`` keeps what failed.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import random
import re
import resource
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import wave
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import parser, report
from fgd.model import Issue

SECONDS = 30.0
"""Processor time that one session may take."""
LONGEST = 600.0
"""Time by the clock after which a session is given up, whatever the machine is busy with."""
MEMORY = 12 << 30
"""Bytes of address space of the process; PyTorch alone maps several."""

PEOPLE = ("Ketevan Lomidze", "Abebe Tessema", "Ximena Quispe", "Olamide Adeyemi")
SYLLABLES = "ba ke li mo nu ra se ti vo zu fi ga".split()


def word(number: int) -> str:
    """A made-up word that nothing else contains, as letters alone: ``qxbakelimo``."""
    letters = "qx"
    for _ in range(4):
        number, rest = divmod(number, len(SYLLABLES))
        letters += SYLLABLES[rest]
    return letters


SAID = [
    (
        PEOPLE[number % 4],
        f"We would ask for {word(number)} before anything about {word(number + 20)}.",
    )
    for number in range(12)
]
TOKENS = tuple(word(number) for number in range(32))


# -- a valid session -----------------------------------------------------------------------------


def clock(seconds: float) -> str:
    """A time as subtitles write it."""
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}"


def vtt() -> bytes:
    """A transcript as a meeting platform exports it."""
    cues = [
        f"{n + 1}\n{clock(6 * n)} --> {clock(6 * n + 5)}\n<v {who}>{text}</v>\n"
        for n, (who, text) in enumerate(SAID)
    ]
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def srt() -> bytes:
    """The same as SubRip."""
    cues = [
        f"{n + 1}\n{clock(6 * n)} --> {clock(6 * n + 5)}\n{who}: {text}\n".replace(".", ",", 2)
        for n, (who, text) in enumerate(SAID)
    ]
    return "\n".join(cues).encode()


def text() -> bytes:
    """The same as plain text."""
    return "".join(f"{who}: {said}\n\n" for who, said in SAID).encode()


def whisper_json() -> bytes:
    """The same as Whisper writes it."""
    segments = [
        {"id": n, "start": 6.0 * n, "end": 6.0 * n + 5, "text": f" {said}", "speaker": who}
        for n, (who, said) in enumerate(SAID)
    ]
    return json.dumps({"language": "en", "segments": segments}, indent=1).encode()


def docx() -> bytes:
    """The same as a Word document."""
    from docx import Document

    document = Document()
    document.add_heading("Verbatim record", 1)
    for who, said in SAID:
        document.add_paragraph(f"{who}: {said}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def roster_rows() -> list[list[str]]:
    """A list of participants, a word of its own in each institution."""
    rows = [["name", "role", "institution", "category"]]
    rows += [
        [who, "participant" if n else "facilitator", f"Office {word(24 + n)}", "agency"]
        for n, who in enumerate(PEOPLE)
    ]
    return rows


def roster_csv() -> bytes:
    """It as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(roster_rows())
    return out.getvalue().encode()


def roster_xlsx() -> bytes:
    """It as a workbook."""
    from openpyxl import Workbook

    book = Workbook()
    for row in roster_rows():
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def guide_md() -> bytes:
    """A discussion guide."""
    return f"# Opening\n\n1. What about {word(28)}?\n\n# Closing\n\n1. And {word(29)}?\n".encode()


def session_toml() -> bytes:
    """What is known of the session."""
    return (
        b'title = "Round on nets"\ndate = 2026-03-04\nlanguages = ["en"]\n'
        b'rule = "chatham-house"\n\n'
        b'[facilitation]\nstart = "09:00"\n\n[consent]\nrecorded = true\n\n'
        b"[attribution]\nthreshold = 0.8\n\n[brief]\nthemes_at_most = 7\n"
    )


def sound_wav() -> bytes:
    """Four seconds of sound beside whose transcript nothing has to be heard."""
    out = io.BytesIO()
    noise = random.Random(5)
    with wave.open(out, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(16_000)
        target.writeframes(
            b"".join(struct.pack("<h", noise.randrange(-900, 900)) for _ in range(64_000))
        )
    return out.getvalue()


def decisions_jsonl() -> bytes:
    """What somebody decided."""
    line = {
        "id": "d-0123456789ab", "target": "voice:V1", "field": "participant", "value": PEOPLE[0],
        "by": "rapporteur", "when": "2026-03-05T10:00:00Z", "undoes": "",
        "recording": hashlib.sha256(vtt()).hexdigest()[:12],
        "anchor": {"start": 0, "end": 5000},
    }  # fmt: skip
    return (json.dumps(line) + "\n").encode()


VALID: dict[str, tuple[str, Callable[[], bytes]]] = {
    "vtt": ("talk.vtt", vtt),
    "srt": ("talk.srt", srt),
    "text": ("talk.txt", text),
    "json": ("talk.json", whisper_json),
    "docx": ("talk.docx", docx),
    "csv": ("participants.csv", roster_csv),
    "xlsx": ("participants.xlsx", roster_xlsx),
    "guide": ("guide.md", guide_md),
    "toml": ("session.toml", session_toml),
    "wav": ("talk.wav", sound_wav),
    "decisions": ("decisions.jsonl", decisions_jsonl),
}
TRANSCRIPTS = ("vtt", "srt", "text", "json", "docx")


# -- how a file is broken ------------------------------------------------------------------------

Breaker = Callable[[bytes, random.Random], bytes]
HOSTILE = (
    "\ufffe", "\uffff", "\x00", "\x1b[2J", "\u202e", "\ud800", "\U0010ffff", "\ufeff", "=cmd()",
    "<script>", "&amp;&#0;", "A" * 200_000, "\u0301" * 500, "9" * 10_000, "1e400",
    "-1", "NaN", "99:99:99.999",
)  # fmt: skip


def hostile(chance: random.Random) -> bytes:
    """Something that readers trip over."""
    return chance.choice(HOSTILE).encode("utf-8", "surrogatepass")


def flipped(data: bytes, chance: random.Random) -> bytes:
    """A few bytes are others."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def cut(data: bytes, chance: random.Random) -> bytes:
    """The copy broke off."""
    return data[: chance.randrange(len(data))]


def inserted(data: bytes, chance: random.Random) -> bytes:
    """Something hostile stands somewhere."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + hostile(chance) + data[at:]


def encoded(data: bytes, chance: random.Random) -> bytes:
    """Another encoding, with its mark or without."""
    name = chance.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig", "utf-32", "cp437")
    )
    return data.decode("utf-8", "replace").encode(name, "replace")


def lines_moved(data: bytes, chance: random.Random) -> bytes:
    """Lines are doubled, lost, swapped or joined."""
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    how = chance.randrange(5)
    if how == 0:
        lines[at:at] = [lines[at]] * chance.choice((1, 60, 3000))
    elif how == 1:
        del lines[at]
    elif how == 2:
        chance.shuffle(lines)
    elif how == 3:
        lines = [line.strip() + b" " for line in lines]
    else:
        lines = [line.rstrip(b"\r\n") + b"\r\r\n" for line in lines]
    return b"".join(lines)


def times_broken(data: bytes, chance: random.Random) -> bytes:
    """Times that go back, stand still, are endless or are none."""
    wrong = chance.choice(
        ("00:00:00.000", "-00:00:01.000", "99:59:59.999", "9" * 10_000, "00:00", "1:2:3:4",
         "aa:bb:cc.ddd", "00:61:99.1", "\u0660\u0660:\u0660\u0660:\u0660\u0661", "1e309")
    ).encode()  # fmt: skip
    every = chance.random() < 0.5
    return re.sub(
        rb"\d\d:\d\d:\d\d[.,]\d\d\d",
        lambda m: wrong if every or chance.random() < 0.2 else m[0],
        data,
    )


def cues_alike(data: bytes, chance: random.Random) -> bytes:
    """Sixty cues that say nearly the same."""
    del data
    cues = [
        f"{clock(3 * n)} --> {clock(3 * n + 2)}\n<v {PEOPLE[n % 2]}>We would ask for "
        f"{TOKENS[n % 2]}{'.' * (n % 3)}</v>\n"
        for n in range(chance.choice((60, 200)))
    ]
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def value_replaced(data: bytes, chance: random.Random) -> bytes:
    """A TOML value is another one."""
    wrong = chance.choice(
        ("nan", "-inf", "-1", "9" * 400, "9" * 5000, "1e400", '""', "[]", "{}", "true",
         "2026-02-30", "[" * 3000, '"\\ud800"', '"\\uffff"', "'''", "1979-05-27T25:00:00",
         '"' + "x" * 300_000 + '"',
         "[[[[[1]]]]]", "-0.0")
    ).encode()  # fmt: skip
    lines = data.splitlines()
    at = chance.choice([n for n, line in enumerate(lines) if b"=" in line])
    lines[at] = lines[at].partition(b"=")[0] + b"= " + wrong
    return b"\n".join(lines) + b"\n"


def key_added(data: bytes, chance: random.Random) -> bytes:
    """A key or a table that does not exist, or does twice."""
    return data + chance.choice(
        (
            b"\nnets = 3\n",
            b"\n[brief]\nquotes_per_finding = 2\n",
            b"\n[a.b.c]\nd = 1\n",
            b"\n[[consent]]\n",
        )
    )


def sections_many(data: bytes, chance: random.Random) -> bytes:
    """A guide with thousands of sections, or one endless question."""
    if chance.random() < 0.5:
        return data + b"".join(b"\n# Part %d\n\n1. Why?\n" % n for n in range(5000))
    return data + b"\n1. " + b"why " * 300_000 + b"?\n"


def rows_many(data: bytes, chance: random.Random) -> bytes:
    """A roster with thousands of rows or columns, or with other separators and quotes."""
    how = chance.randrange(4)
    if how == 0:
        return data + b"".join(
            b"Person %d,participant,Office,agency\r\n" % n for n in range(20_000)
        )
    if how == 1:
        return b"\r\n".join(line + b"," * 5000 for line in data.splitlines())
    if how == 2:
        return data.replace(b",", chance.choice((b";", b"\t", b"|", b",,", b'","')))
    return data.replace(b"\r\n", chance.choice((b'"\r\n', b"\r", b"\n\n\n", b"\x0b")), 2)


def json_value(data: bytes, chance: random.Random) -> bytes:
    """A value of a JSON document is of another kind, or gigantic."""
    wrong = chance.choice(
        ("1" + "0" * 400, "1e400", "NaN", "null", '"\\ud800"', "-5", "[]", "{}", "[" * 20_000,
         '"' + "z" * 100_000 + '"',         "true", '"\\uffff"', "9" * 5000)
    )  # fmt: skip
    found = list(re.finditer(rb'(?<=": )("(?:[^"\\]|\\.)*"|-?[\d.]+)', data))
    at = chance.choice(found)
    return data[: at.start()] + wrong.encode() + data[at.end() :]


def zipped(change: Callable[[dict[str, bytes], random.Random], dict[str, bytes]]) -> Breaker:
    """Break the parts of an office file and pack them again."""

    def broken(data: bytes, chance: random.Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name, part in change(parts, chance).items():
                target.writestr(name, part)
        return out.getvalue()

    return broken


@zipped
def part_broken(parts: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """One part is lost, cut, or holds something hostile."""
    name = chance.choice(list(parts))
    how = chance.randrange(4)
    if how == 0:
        del parts[name]
    else:
        parts[name] = (flipped, cut, inserted)[how - 1](parts[name] or b" ", chance)
    return parts


@zipped
def part_swollen(parts: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """A part unpacks to very much, or there are very many parts."""
    name = chance.choice([name for name in parts if name.endswith((".xml", ".rels"))])
    if chance.random() < 0.5:
        at = parts[name].rfind(b"</")
        parts[name] = parts[name][:at] + b" " * 300_000_000 + parts[name][at:]
    else:
        parts |= {f"x/{n}.xml": b"<x/>" for n in range(20_000)}
    return parts


@zipped
def entity_added(parts: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """Entities that swell, or that read another file."""
    name = chance.choice([name for name in parts if name.endswith(".xml")])
    inside = chance.choice(
        (
            '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">',
            '<!ENTITY a SYSTEM "file:///etc/passwd">',
        )
    ).encode()
    declared = b"<!DOCTYPE x [" + inside + b"]>"
    parts[name] = re.sub(rb"(<\?xml[^>]*\?>\s*)?", rb"\g<0>" + declared, parts[name], count=1)
    return parts


def moved_about(data: bytes, chance: random.Random) -> bytes:
    """What was said stands in a table with merged cells, or some of it beside the text."""
    from docx import Document
    from docx.exceptions import InvalidSpanError

    document = Document(io.BytesIO(data))
    said = document.paragraphs[1:]
    if chance.random() < 0.5:
        table = document.add_table(len(said), 3)
        for row, (number, (who, text)) in zip(table.rows, enumerate(SAID), strict=True):
            for cell, value in zip(row.cells, (clock(6 * number), who, text), strict=True):
                cell.text = value
        for _ in range(chance.randint(1, 3)):
            top, left = chance.randrange(len(said) - 1), chance.randrange(3)
            low = chance.choice((top, top, top + 1))
            right = chance.randrange(left, 3)
            with contextlib.suppress(InvalidSpanError):  # it would cut one that is merged
                table.cell(top, left).merge(table.cell(low, right))
        gone = said
    else:
        gone = chance.sample(said, chance.randint(1, 4))
        part = document.sections[0]
        inner = document.add_table(1, 2).cell(0, chance.randrange(2))
        places = (part.header, part.footer, part.first_page_header, inner, inner.add_table(1, 1))
        for paragraph in gone:
            place = chance.choice(places)
            cell = place.cell(0, 0) if hasattr(place, "cell") else place
            cell.add_paragraph(paragraph.text)
    for paragraph in gone:
        paragraph._p.getparent().remove(paragraph._p)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def texts_cut(data: bytes, chance: random.Random) -> bytes:
    """Segments list their words, too, and the text of some lacks a few of them."""
    told = json.loads(data)
    for segment in told["segments"]:
        words = segment["text"].split()
        segment["words"] = [
            {"word": f" {word}", "start": segment["start"] + n / 4, "end": segment["start"] + n / 4}
            for n, word in enumerate(words)
        ]
        if chance.random() < 0.3:
            segment["text"] = " ".join(words[: chance.randrange(len(words))])
    return json.dumps(told).encode()


def cells_broken(data: bytes, chance: random.Random) -> bytes:
    """Cells hold formulas, errors, dates, endless text; the sheet is large or hidden."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data))
    sheet = book.active
    value = chance.choice(
        ("=1/0", "#REF!", 1e300, True, "x" * 32_000, '=HYPERLINK("http://x")', None, 45_000.5)
    )
    sheet.cell(chance.randint(1, 5), chance.randint(1, 4)).value = value
    how = chance.randrange(4)
    if how == 0:
        sheet.cell(1_000_000, 4).value = "far away"
    elif how == 1:
        for n in range(3000):
            sheet.append([f"Person {n}", "participant"])
    elif how == 2:
        sheet.merge_cells("A1:D1")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def header_broken(data: bytes, chance: random.Random) -> bytes:
    """A field of the header of a WAV file says something else."""
    found = bytearray(data)
    at, form, values = chance.choice(
        (
            (20, "<H", (0xFFFF, 0, 2, 0x55, 0xFFFE)),  # format
            (22, "<H", (0, 2, 64, 255, 0xFFFF)),  # channels
            (24, "<I", (0, 1, 7, 4_000_000_000)),  # rate
            (32, "<H", (0, 1, 3, 0xFFFF)),  # bytes of a frame
            (34, "<H", (0, 1, 4, 12, 24, 0xFFFF)),  # bits
            (40, "<I", (0, 1, 500_000, 0xFFFFFFFF)),  # bytes of sound
            (4, "<I", (0, 0xFFFFFFFF)),
            (16, "<I", (0, 15, 0x7FFFFFFF)),
        )
    )
    struct.pack_into(form, found, at, chance.choice(values))
    return bytes(found)


def keys_broken(data: bytes, chance: random.Random) -> bytes:
    """A decision of another day: fields that do not exist, anchors that are none."""
    return data.replace(
        *chance.choice(
            (
                (b'"participant"', b'"nickname"'), (b'"start": 0', b'"start": 1' + b"0" * 400),
                (b'"end": 5000', b'"end": -1'), (b'"undoes": ""', b'"undoes": "d-0"'),
                (b'"value": "', b'"value": "\\ud800'), (b"voice:V1", b"voice:V99"), (b"}\n", b"}"),
                (b'"anchor"', b'"anker"'), (b'"when": "2026', b'"when": "99999'),
                (b'"id"', b'"ID"'),
            )
        )
    )  # fmt: skip


BYTES: tuple[Breaker, ...] = (flipped, cut, inserted)
LINES: tuple[Breaker, ...] = (*BYTES, encoded, lines_moved)
BREAKERS: dict[str, tuple[Breaker, ...]] = {
    "vtt": (*LINES, times_broken, times_broken, cues_alike),
    "srt": (*LINES, times_broken, times_broken),
    "text": LINES,
    "json": (*LINES, json_value, json_value, json_value, texts_cut),
    "docx": (
        *BYTES,
        part_broken,
        part_broken,
        part_swollen,
        entity_added,
        moved_about,
        moved_about,
    ),
    "csv": (*LINES, rows_many, rows_many),
    "xlsx": (
        *BYTES,
        part_broken,
        part_broken,
        part_swollen,
        entity_added,
        cells_broken,
        cells_broken,
    ),
    "guide": (*LINES, sections_many),
    "toml": (*LINES, value_replaced, value_replaced, value_replaced, key_added),
    "wav": (*BYTES, header_broken, header_broken, header_broken),
    "decisions": (*LINES, keys_broken, keys_broken),
}


@dataclass
class Case:
    """One broken session: which file of it was broken, and how."""

    number: int
    kind: str
    how: str
    folder: Path
    broken: str
    there: tuple[str, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)


def make(
    number: int,
    seed: int,
    kinds: Sequence[str],
    recordings: Path,
    breakers: Sequence[Breaker] = (),
) -> Case:
    """Write a session one of whose files is broken, in one of the ``breakers`` (all by default)."""
    chance = random.Random(f"{seed}/{number}")
    kind = chance.choice(list(kinds))
    breaker = chance.choice(breakers or BREAKERS[kind])
    parts = ["toml", "csv", "guide"]
    parts = [part for part in parts if not (part == "csv" and kind == "xlsx")]
    if kind not in parts:
        parts.append(kind)
    if kind not in TRANSCRIPTS:
        parts.append("vtt")
    folder = recordings / f"case-{number:05d}"
    folder.mkdir(parents=True)
    case = Case(number, kind, breaker.__name__, folder, VALID[kind][0])
    for part in parts:
        name, valid = VALID[part]
        data = valid()
        if part == kind:
            data = breaker(data, chance)
            if kind in TRANSCRIPTS:
                case.there = tuple(sorted(_standing(data)))
        (folder / name).write_bytes(data)
    return case


def _standing(data: bytes) -> set[str]:
    """The words that a reader of the broken file could still find."""
    if data[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as source:
                words = (n for n in source.namelist() if re.fullmatch(r"word/\w+\.xml", n))
                data = b" ".join(source.read(name) for name in words)
        except Exception:
            return set()
    plain = data.decode("utf-8", "replace")
    return {token for token in TOKENS if re.search(rf"\b{token}\b", plain)}


# -- the process ---------------------------------------------------------------------------------


def work(*, readers: bool) -> None:
    """Run the sessions named on standard input; one JSON line is the answer to each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        told: dict[str, Any] = {"state": "crash", "issues": []}
        try:
            told = (read if readers else passed)(Path(line.strip()))
        except BaseException as problem:
            told["issues"] = [["error", "", "", repr(problem)[:300], ""]]
        out.write(json.dumps(told) + "\n")


def passed(folder: Path) -> dict[str, Any]:
    """What the whole pass makes of a session."""
    from fgd import pipeline
    from fgd.workspace.project import Project

    project = Project.open(folder.parent.parent)
    where = project.session(folder.name)
    outcome = pipeline.run(pipeline.SessionContext(project, where))
    words = where.outputs / "transcript.csv"
    return {
        "state": outcome.state,
        "issues": [_parts(issue) for issue in outcome.issues],
        "words": words.read_text(encoding="utf-8") if words.is_file() else "",
    }


def read(folder: Path) -> dict[str, Any]:
    """What the readers alone make of it."""
    from fgd.intake import read_session, read_transcript
    from fgd.workspace.store import hash_file

    found = read_session(folder, folder.name, root=folder.parent.parent, digest=hash_file)
    issues, words = list(found.issues), ""
    for each in found.session.recordings:
        if each.kind == "transcript" or each.transcript:
            transcript, told = read_transcript(folder / (each.transcript or each.name), each)
            issues += told
            words += " ".join(segment.text for segment in transcript.segments)
    return {"state": "read", "issues": [_parts(issue) for issue in issues], "words": words}


def _parts(issue: Issue) -> list[str]:
    return [issue.level, issue.where, issue.place, issue.message, issue.remedy]


class Process:
    """The process that does the sessions; killed when one takes too long, and begun anew."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None

    def run(self, case: Case) -> dict[str, Any]:
        """What became of a session; ``state`` ``hang`` or ``dead`` if there is no answer."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "benchmarks.fuzz", "--work", *self._options],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        process = self._process
        assert process.stdin and process.stdout
        spent, begun = _processor_time(process.pid), time.monotonic()
        process.stdin.write(f"{case.folder}\n")
        process.stdin.flush()
        while not select.select([process.stdout], [], [], 0.5)[0]:
            used = _processor_time(process.pid) - spent
            if used > SECONDS or time.monotonic() - begun > LONGEST:
                self.end()
                return {"state": "hang", "issues": []}
        answer = process.stdout.readline()
        if not answer:
            self.end()
            return {"state": "dead", "issues": []}
        told: dict[str, Any] = json.loads(answer)
        return told

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _processor_time(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def faults(case: Case) -> Iterator[tuple[str, str]]:
    """What is wrong with what became of a session, each with what to look at."""
    told = case.told
    if told["state"] == "hang":
        yield "not_finished", ""
        return
    if told["state"] in ("dead", "crash"):
        yield "tracebacks", str(told["issues"])[:300]
        return
    for level, where, _, message, remedy in told["issues"]:
        if "not expected" in message or "ended without an answer" in message:
            yield "tracebacks", f"{where}: {message}"
        elif level != "note" and not (remedy and where):
            yield "no_remedy", f"{level} {where}: {message}"
    lost = [token for token in case.there if token not in told["words"]]
    told_of = [where for level, where, *_ in told["issues"] if level != "note"]
    warned = any(case.broken in where for where in told_of)
    if lost and not warned and told["state"] != "failed":
        yield "silent_losses", f"{len(lost)} of {len(case.there)}: {lost[:4]}"


def given(folders: Sequence[Path], recordings: Path) -> Iterator[Case]:
    """Sessions as people brought them, each copied when its turn comes."""
    for number, source in enumerate(folders):
        folder = recordings / f"case-{number:05d}"
        shutil.copytree(source, folder)
        yield Case(number, "given", f"{source.parent.name}/{source.name}", folder, "")


def one_run(good: int, bad: int, root: Path) -> dict[str, Any]:
    """One run over a folder of strangers' sessions; what lies there in the morning."""
    chance = random.Random(f"{good}/{bad}")
    broken = set(chance.sample(range(good + bad), bad))
    for number in range(good + bad):
        folder = root / "recordings" / f"session-{number:04d}"
        folder.mkdir(parents=True)
        for part in ("toml", "csv", "guide", "vtt"):
            name, valid = VALID[part]
            data = valid().replace(b"We would ask", b"In round %d we would ask" % number)
            if part == "vtt" and number in broken:
                how = chance.randrange(4)
                noise = chance.randbytes(400)
                data = (b"", noise, b"WEBVTT\n\n", data[:7] + noise)[how]
                name = ("talk.vtt", "talk.docx", "talk.vtt", "talk.wav")[how]
            (folder / name).write_bytes(data)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "fgd", "--project", str(root), "--json", "run"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    told = json.loads(ran.stdout)["sessions"]
    by_id = {each["session"]: each for each in told}
    names = {f"session-{number:04d}" for number in broken}
    sentences = [
        name for name in names
        if any(issue["level"] == "error" and issue["remedy"] for issue in by_id[name]["issues"])
    ]  # fmt: skip
    briefs = {path.parts[-3] for path in root.glob("outputs/*/internal/brief.html")}
    return {
        "exit": ran.returncode,
        "good": good,
        "bad": bad,
        "told_of": len(told),
        "briefs_of_good": len(briefs - names),
        "briefs_of_bad": len(briefs & names),
        "sentences_of_bad": len(sentences),
        "tracebacks": ran.stderr.count("Traceback"),
        "clock_seconds": round(time.perf_counter() - begun),
    }


def main() -> None:
    """Break, run and count."""
    made = parser(__doc__)
    made.add_argument("--inputs", type=int, default=2000)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--first", type=int, default=0, help="number of the first input")
    made.add_argument("--kind", nargs="*", default=list(VALID), choices=list(VALID))
    made.add_argument("--keep", type=Path, help="folder for the sessions that failed")
    made.add_argument("--one-run", nargs=2, type=int, metavar=("GOOD", "BAD"))
    made.add_argument("--given", nargs="+", type=Path, metavar="FOLDER")
    made.add_argument("--readers", action="store_true", help="only read, which is much quicker")
    made.add_argument("--work", action="store_true", help="be the process")
    chosen = made.parse_args()
    if chosen.work:
        work(readers=chosen.readers)
        return
    if chosen.one_run:
        with tempfile.TemporaryDirectory(prefix="fgd-one-run-") as scratch:
            good, bad = chosen.one_run
            report("fuzz", "one run", one_run(good, bad, Path(scratch)))
        return
    counts: Counter[str] = Counter()
    states: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    process = Process(*["--readers"] * chosen.readers)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "project"
        numbers = range(chosen.first, chosen.first + chosen.inputs)
        cases = (make(n, chosen.seed, chosen.kind, root / "recordings") for n in numbers)
        for case in given(chosen.given, root / "recordings") if chosen.given else cases:
            case.told = process.run(case)
            states[case.told["state"]] += 1
            found = dict(faults(case))
            for fault, seen in found.items():
                counts[fault] += 1
                line = f"{case.number} {case.kind} {case.how}: {seen}"
                examples.setdefault(fault, []).append(line)
                sys.stderr.write(f"{fault}: {line}\n")
            for level, *told in case.told["issues"] if chosen.given else ():
                counts["messages"] += 1
                counts["no_place"] += not told[1]
                sys.stderr.write(f"{case.how}: {level}: {' | '.join(told)}\n")
            if found and chosen.keep:
                shutil.copytree(case.folder, chosen.keep / case.folder.name, dirs_exist_ok=True)
            shutil.rmtree(root)
    process.end()
    figures = {
        "inputs": sum(states.values()),
        "seed": None if chosen.given else chosen.seed,
        **{
            name: counts[name]
            for name in ("tracebacks", "not_finished", "silent_losses", "no_remedy")
        },
        **{name: counts[name] for name in ("messages", "no_place") if chosen.given},
        "states": dict(states),
        "examples": {name: lines[:20] for name, lines in examples.items()},
    }
    report("fuzz", "readers" if chosen.readers else "-", figures)


if __name__ == "__main__":
    main()
