"""A new session's folder: templates that the intake reads as they are, to be written over."""

from __future__ import annotations

import csv
import datetime
import io
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fgd.core.files import settled
from fgd.facilitation.document import Document, Heading, Items, Text, to_docx
from fgd.model import Rule

KINDS = ("focus-group", "asean-fgd", "peer-workshop", "table-top")
COLUMNS = (
    "name", "role", "institution", "acronym", "category", "country", "track", "aliases",
    "institution_aliases",
)  # fmt: skip
BESIDE = "facilitation"
"""The folder inside a session's folder for what people print and fill in; the pass skips it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A section of a template."""

    title: str
    kind: str
    minutes: int
    text: str
    probes: tuple[str, ...] = ()
    listen_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A template: what the event is called, its guide, example rows of a roster, terms that a
    machine would mishear, and the shipped codebooks that fit.
    """

    event: str
    sections: tuple[Planned, ...]
    seats: tuple[Mapping[str, str], ...]
    glossary: tuple[str, ...] = ()
    codebooks: tuple[str, ...] = ()


@cache
def kind(name: str) -> Kind:
    """A template by name. Raises ``KeyError`` for a name not in ``KINDS``."""
    if name not in KINDS:
        raise KeyError(name)
    text = files("fgd.facilitation").joinpath(f"kinds/{name}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    sections = tuple(
        Planned(
            s["title"], s["kind"], s["minutes"], s["text"],
            tuple(s.get("probes", ())), tuple(s.get("listen_for", ())),
        )
        for s in data["section"]
    )  # fmt: skip
    default = {"role": "participant", "category": data["categories"]}
    seats = tuple(
        {**default, **({"category": ""} if s.get("role", "participant") != "participant" else {})}
        | s
        for s in data["seat"]
    )
    terms, books = tuple(data.get("glossary", ())), tuple(data.get("codebooks", ()))
    return Kind(data["event"], sections, seats, terms, books)


def session_files(
    title: str, name: str, *, rule: Rule = "chatham-house", date: str = "", start: str = "09:00"
) -> dict[str, bytes]:
    """The files of a new session: ``session.toml``, roster and guide, and both again for Office.

    Args:
        title: of the session, as on the invitation.
        name: of the template, one of ``KINDS``.
        rule: of attribution.
        date: ISO 8601; empty leaves the line as a comment.
        start: clock time at which the session begins, ``HH:MM``.
    """
    chosen = kind(name)
    rows = [COLUMNS, *(tuple(seat.get(c, "") for c in COLUMNS) for seat in chosen.seats)]
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    return {
        "session.toml": _session_toml(title, chosen, rule, date, start).encode(),
        "participants.csv": table.getvalue().encode(),
        "guide.md": _guide_markdown(title, chosen).encode(),
        f"{BESIDE}/participants.xlsx": _workbook("participants", rows),
        f"{BESIDE}/guide.docx": to_docx(_guide_document(title, chosen)),
    }


def placeholders(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names that are still those of the template, in square brackets."""
    return tuple(name for name in names if name.startswith("[") and name.endswith("]"))


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's is one, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _session_toml(title: str, chosen: Kind, rule: Rule, date: str, start: str) -> str:
    day = f"date = {date}" if date else "# date = 2026-03-14                 # day of the session"
    terms = '# glossary = ["panel of the wise"]   # terms a machine would mishear'
    if chosen.glossary:
        listed = "".join(f"    {_quoted(term)},\n" for term in chosen.glossary)
        terms = f"glossary = [                         # terms a machine would mishear\n{listed}]"
    return f"""\
# What this session is. Lines that begin with # are switched off; all keys: docs/session.md

title = {_quoted(title)}
event = {_quoted(chosen.event)}
{day}
# venue = "Harbour House, room two"
# programme = "peacebuilding-2026"   # sessions of one programme are compared with each other
# conveners = ["Name of the convening institution"]
# rapporteur = "Name of the rapporteur"
languages = ["en"]                   # ISO 639-1 codes; only these are heard
{terms}

# Who may be known as the source of what was said, in everything that leaves the secretariat:
#   named          name and institution         institution    institution only
#   category       "a think tank"               chatham-house  neither identity nor affiliation
rule = {_quoted(rule)}

[consent]
recorded = false                     # true once consent was given; nothing circulates without it
voices = false                       # true if people also agreed to be recognised by their voices
# note = "Read out at the start; nobody objected."

[facilitation]
start = {_quoted(start)}                      # clock time of the first section, for the run sheet
# floor_offset = "auto"              # seconds to add to the floor log's times to fit the recording

[themes]
codebooks = {json.dumps(list(chosen.codebooks))}
# shipped: "peace-process", "transnational-security"; none is used unless it stands here
"""


def _guide_markdown(title: str, chosen: Kind) -> str:
    lines = [f"# {title.strip()}", ""]
    for number, s in enumerate(chosen.sections, 1):
        lines += [f"## {number}. {s.title} ({s.kind}, {s.minutes} min)", "", s.text, ""]
        lines += [*(f"- {probe}" for probe in s.probes), *([""] if s.probes else [])]
        if s.listen_for:
            lines += [f"Listen for: {'; '.join(s.listen_for)}", ""]
    return "\n".join(lines)


def _guide_document(title: str, chosen: Kind) -> Document:
    blocks: list[Heading | Text | Items] = []
    for number, s in enumerate(chosen.sections, 1):
        blocks.append(Heading(f"{number}. {s.title} ({s.kind}, {s.minutes} min)", 2))
        blocks.append(Text(s.text))
        if s.probes:
            blocks.append(Items(s.probes))
        if s.listen_for:
            blocks.append(Text(f"Listen for: {'; '.join(s.listen_for)}"))
    return Document(title.strip(), tuple(blocks))


def _workbook(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """An Excel file with one sheet, its first row bold and in view."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 22
    sheet.freeze_panes = "A2"
    book.properties.created = book.properties.modified = datetime.datetime(2000, 1, 1)
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())
