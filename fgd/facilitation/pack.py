"""Prepare a session: its folder from templates that the intake reads, and what is printed for it.

Run sheet, questions, seats, consent, name-plates, debrief.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fgd.core.files import settled
from fgd.facilitation.document import Block, Document, Heading, Items, Plates, Table, Text, to_docx
from fgd.floorlog.floorlog import codes
from fgd.model import Issue, Rule, Session

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
    """Return a template by name. Raises ``KeyError`` for a name not in ``KINDS``."""
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
    """Return names that are still those of the template, in square brackets."""
    return tuple(name for name in names if name.startswith("[") and name.endswith("]"))


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's is one, but for the delete character."""
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
    """Return an Excel file with one sheet, its first row bold and in view."""
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


_KIND_NOTES = {
    "national assessment": "Slides or notes of the delegation go to the note-taker beforehand.",
    "expert intervention": "Questions are taken after the intervention, not during it.",
    "exercise inject": "Tap or write down the minute at which the inject was delivered.",
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A line of the run sheet: minutes since midnight, and minutes it lasts (0: not planned)."""

    begins: float
    minutes: float
    title: str
    kind: str


def minutes_of_day(text: str) -> int | None:
    """``09:30`` as minutes since midnight; nothing where it is no such time."""
    found = re.fullmatch(r"\s*(\d{1,2})[:.h](\d{2})\s*", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]) * 60 + int(found[2])


def run_sheet(session: Session, start: str) -> tuple[Slot, ...]:
    """Return the guide's sections with the time each begins; one without minutes takes none."""
    moment: float = minutes_of_day(start) or 0
    slots = []
    for section in session.guide.sections:
        slots.append(Slot(moment, section.minutes, section.title, section.kind))
        moment += section.minutes
    return tuple(slots)


def time_of_day(minutes: float) -> str:
    """Minutes since midnight as ``HH:MM``; past midnight it begins again.

    >>> time_of_day(9 * 60 + 5)
    '09:05'
    """
    whole = round(minutes) % 1440
    return f"{whole // 60:02d}:{whole % 60:02d}"


def consent_script(session: Session) -> tuple[str, ...]:
    """What is read out before the recorder is switched on, for the rule of attribution in force."""
    texts = _texts()["consent"]
    fill = {
        "title": session.title or "this discussion",
        "convener": ", ".join(session.conveners) or "the convening institution",
        "contact": session.rapporteur or "the rapporteur",
    }
    parts = [texts["opening"], texts["recording"], _texts()["rules"][session.disclosure.rule]]
    parts += [texts["voices"]] if session.consent.voices else []
    parts += [texts["voluntary"], texts["closing"]]
    return tuple(part.format_map(fill) for part in parts)


def consent_document(session: Session) -> Document:
    """Return the consent script by itself, to be adapted."""
    lines = (Text(part, "script") for part in consent_script(session))
    how = "Read out word by word before the recorder is switched on; adapt it to your own rules."
    rule = Text(f"Rule of attribution: {session.disclosure.rule}.", "small")
    return Document(f"Consent: {session.title}", (Text(how, "small"), rule, *lines))


def debrief_document(session: Session) -> Document:
    """Return the note-taker's debrief form."""
    texts = _texts()["debrief"]
    who = Table(("Facilitator", "Note-taker", "Date and time of the debrief"), (("", "", ""),))
    blocks: list[Block] = [Text(texts["intro"], "small"), who]
    for number, question in enumerate(texts["questions"], 1):
        blocks.append(Table((f"{number}. {question}",), (("",),), tall=True))
    blocks.append(Text(texts["sources"], "small"))
    return Document(f"Debrief: {session.title}", tuple(blocks))


def run_sheet_document(session: Session, start: str) -> Document:
    """Return the run sheet by itself."""
    return Document(f"Run sheet: {session.title}", tuple(_run_sheet(session, start)))


def pack_document(session: Session, start: str) -> tuple[Document, tuple[Issue, ...]]:
    """Everything for the table as one document, and what should be mended before printing it."""
    issues = _problems(session, start)
    facts = [("Event", session.event or session.title), ("Date", session.date)]
    facts += [("Venue", session.venue), ("Begins", start)]
    facts += [("Convened by", ", ".join(session.conveners)), ("Rapporteur", session.rapporteur)]
    facts.append(("Rule of attribution", session.disclosure.rule))
    blocks: list[Block] = [
        *(Text(f"{issue.message} {issue.remedy}".strip(), "warning") for issue in issues),
        Table((), tuple(f for f in facts if f[1])),
        Heading("Run sheet"),
        *_run_sheet(session, start),
        Heading("Questions and probes"),
        *_questions(session),
        Heading("Seating list"),
        *_seats(session),
        Heading("Consent, to be read out"),
        *(Text(part, "script") for part in consent_script(session)),
        Heading("Ground rules"),
        Items(tuple(_texts()["ground_rules"]["lines"])),
        Heading("Name-plates"),
        _plates(session),
        Heading("Debrief"),
        *debrief_document(session).blocks,
    ]
    banner = "Internal: names people and institutions"
    pack = Document(f"Session pack: {session.title}", tuple(blocks), banner, sheets=True)
    return pack, issues


def _problems(session: Session, start: str) -> tuple[Issue, ...]:
    issues = []
    if minutes_of_day(start) is None:
        message = f"the start {start!r} is not a clock time; the run sheet begins at 00:00."
        issues.append(Issue("warning", "session.toml", message, 'Write start = "09:00".'))
    left = placeholders(tuple(p.name for p in session.participants))
    if left:
        message = f"{len(left)} of the people listed are examples of the template."
        issues.append(Issue("warning", "participants", message, "Write the real names."))
    if not session.participants:
        issues.append(
            Issue(
                "warning",
                "participants",
                "there is no roster, so no seats.",
                "Write participants.csv.",
            )
        )
    bare = [s.title for s in session.guide.sections if not s.minutes]
    if bare:
        message = f"{len(bare)} sections have no minutes: {', '.join(bare[:3])}."
        remedy = "Write them into the heading: (question, 15 min)."
        issues.append(Issue("warning", "guide", message, remedy))
    if not session.guide.sections:
        issues.append(
            Issue("warning", "guide", "there is no guide, so no run sheet.", "Write guide.md.")
        )
    return tuple(issues)


def _run_sheet(session: Session, start: str) -> list[Block]:
    slots = run_sheet(session, start)
    rows = tuple(
        (
            f"{time_of_day(s.begins)}-{time_of_day(s.begins + s.minutes)}"
            if s.minutes
            else time_of_day(s.begins),
            f"{s.minutes:g}" if s.minutes else "-",
            s.title,
            s.kind,
            "",
        )
        for s in slots
    )
    total = sum(s.minutes for s in slots)
    ends = time_of_day(slots[-1].begins + slots[-1].minutes) if slots else time_of_day(0)
    return [
        Table(("Clock", "Minutes", "Section", "Kind", "Began at"), rows),
        Text(f"Planned: {total:g} minutes, until {ends}.", "small"),
    ]


def _questions(session: Session) -> list[Block]:
    blocks: list[Block] = []
    for number, section in enumerate(session.guide.sections, 1):
        length = f", {section.minutes:g} min" if section.minutes else ""
        blocks.append(Heading(f"{number}. {section.title} ({section.kind}{length})", 2))
        if section.text:
            blocks.append(Text(section.text, "script"))
        if section.probes:
            blocks.append(Items(section.probes, boxes=True))
        if section.listen_for:
            blocks.append(Text(f"Listen for: {'; '.join(section.listen_for)}", "small"))
        if section.kind in _KIND_NOTES:
            blocks.append(Text(_KIND_NOTES[section.kind], "small"))
    return blocks


def _seats(session: Session) -> list[Block]:
    known = codes(session.participants)
    bodies = {body.id: body for body in session.institutions}
    rows = tuple(
        (
            known[p.id],
            p.name,
            p.role,
            "; ".join(bodies[i].name for i in p.institutions if i in bodies),
            p.country or next((bodies[i].country for i in p.institutions if i in bodies), ""),
            "",
        )
        for p in session.participants
    )
    note = "In handwritten notes use the code, not the name: a lost sheet then names nobody."
    return [
        Table(("Code", "Name", "Role", "Institution", "Country", "Seat"), rows),
        Text(note, "small"),
    ]


def _plates(session: Session) -> Plates:
    known = codes(session.participants)
    bodies = {body.id: body.name for body in session.institutions}
    return Plates(
        tuple(
            (known[p.id], p.name, "; ".join(bodies.get(i, "") for i in p.institutions))
            for p in session.participants
        )
    )


@cache
def _texts() -> Mapping[str, Any]:
    path = files("fgd.facilitation").joinpath("texts.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
