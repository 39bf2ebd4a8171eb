"""``themes.xlsx``: all themes by institution, phase and guide section, for analysts."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fgd.coding.talk import Speaker, Talk
from fgd.coding.theme import ancestry
from fgd.core.files import settled
from fgd.model import Attribution, Conversation, Session, Themed

UNKNOWN = "not known"
BEYOND = "outside the guide"

BLANK_ZERO = "0;-0;;@"
"""How counts are shown: none is left empty, so that the eye finds the others."""

WIDTH = 16
"""Characters of a column of counts; longer headings are wrapped."""


def matrix(
    session: Session,
    conversations: Sequence[Conversation],
    attributions: Sequence[Attribution],
    themed: Themed,
) -> bytes:
    """A workbook with one sheet for each crossing: people who spoke to it, and units.

    It names institutions, so it belongs to the internal edition. Rejected codings, the chair and
    observers are left out; a theme counts what is under it too.
    """
    from openpyxl import Workbook

    talk = Talk.of(session, conversations, attributions)
    speakers = {turn.id: s for turn, s in zip(talk.turns, talk.speakers, strict=True)}
    lines = ancestry(themed.codebook.codes)
    codes = {code.id: code for code in themed.codebook.codes}
    said: list[tuple[str, tuple[str, int], Speaker]] = []
    crossed: dict[tuple[str, int], list[str]] = {}
    for coding in themed.codings:
        speaker = speakers.get(coding.turn)
        if speaker is None or coding.status == "rejected" or coding.code not in codes:
            continue
        place = coding.turn, coding.start
        if codes[coding.code].dimension != "theme":
            crossed.setdefault(place, []).append(coding.code)
        elif not (speaker.leads or speaker.silent):
            said += [(key, place, speaker) for key in lines[coding.code]]
    bodies = {each.id: each.acronym or each.name for each in session.institutions}
    titles = {each.id: each.title or each.id for each in session.guide.sections}
    under = {each.turn: titles.get(each.section, BEYOND) for each in themed.placements}

    def institution(_: tuple[str, int], speaker: Speaker) -> list[str]:
        return [bodies.get(key, key) for key in speaker.institutions[:1]] or [UNKNOWN]

    def section(place: tuple[str, int], _: Speaker) -> list[str]:
        return [under.get(place[0], BEYOND)]

    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "fgd"
    book.properties.created = book.properties.modified = datetime.datetime(2000, 1, 1)
    met = {key for key, _, _ in said}
    rows = [
        _Row(code.id, code.name, code.origin, sum(key in met for key in lines[code.id]) - 1)
        for code in themed.codebook.codes
        if code.id in met
    ]
    _sheet(book, "theme x institution", rows, said, institution, list(bodies.values()))
    for dimension in sorted({code.dimension for code in codes.values()} - {"theme"}):
        names = {c.id: c.name for c in codes.values() if c.dimension == dimension}

        def value(place: tuple[str, int], _: Speaker, names: dict[str, str] = names) -> list[str]:
            return [names[key] for key in crossed.get(place, ()) if key in names]

        _sheet(book, f"theme x {dimension}"[:31], rows, said, value, list(names.values()))
    if titles:
        _sheet(book, "theme x section", rows, said, section, list(titles.values()))
    _spoken(book, rows, themed, bodies)
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())


def _spoken(book: Any, rows: Sequence[_Row], themed: Themed, bodies: Mapping[str, str]) -> None:
    """A sheet of the words by which each institution speaks of each theme."""
    from openpyxl.styles import Alignment, Font, PatternFill

    spoken = {each.code: each.spoken for each in themed.facts}
    lines = [(row.name, bodies.get(body, body), ", ".join(words))
             for row in rows for body, words in spoken.get(row.key, ())]  # fmt: skip
    if not lines:
        return
    sheet = book.create_sheet("words by institution")
    sheet.append(["Theme", "Institution", "Its words for it"])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", "E8EEF4")
    for line in lines:
        sheet.append([_text(value) for value in line])
        for cell in sheet[sheet.max_row]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    for column, width in (("A", 44), ("B", 20), ("C", 50)):
        sheet.column_dimensions[column].width = width


@dataclass(frozen=True, slots=True)
class _Row:
    """A theme, ``depth`` themes below the topmost."""

    key: str
    name: str
    origin: str
    depth: int


def _sheet(
    book: Any,
    title: str,
    rows: Sequence[_Row],
    said: Iterable[tuple[str, tuple[str, int], Speaker]],
    columns_of: Callable[[tuple[str, int], Speaker], Sequence[str]],
    order: Sequence[str],
) -> None:
    """Two tables on one sheet: how many people, and below how many units."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    people: dict[tuple[str, str], set[str]] = {}
    units: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for key, place, speaker in said:
        for column in columns_of(place, speaker):
            people.setdefault((key, column), set()).add(speaker.key)
            units.setdefault((key, column), set()).add(place)
    present = {column for _, column in people}
    columns = [each for each in dict.fromkeys(order) if each in present]
    columns += sorted(present - set(columns))
    sheet = book.create_sheet(title)
    bold, shade = Font(bold=True), PatternFill("solid", "E8EEF4")
    under = Border(bottom=Side("thin", "8FA3B5"))
    for label, cells in (("people", people), ("units", units)):
        sheet.append([f"Theme ({label})", "origin", *map(_text, columns)])
        for cell in sheet[sheet.max_row]:
            cell.font, cell.fill, cell.border = bold, shade, under
            cell.alignment = Alignment(wrap_text=True, vertical="bottom")
        for row in rows:
            counts = [len(cells.get((row.key, column), ())) for column in columns]
            sheet.append([_text(row.name), row.origin, *counts])
            first, *others = sheet[sheet.max_row]
            first.alignment = Alignment(indent=row.depth, wrap_text=True, vertical="top")
            for cell in others:
                cell.number_format = BLANK_ZERO
                cell.alignment = Alignment(horizontal="center", vertical="top")
        sheet.append([])
    sheet.freeze_panes = "C2"
    sheet.column_dimensions["A"].width = 44
    for number in range(3, len(columns) + 3):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTH
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _text(value: str) -> str:
    """A name as a cell: without control characters, and never read as a formula."""
    kept = "".join(char for char in value if char.isprintable())
    return f"'{kept}" if kept[:1] in ("=", "+", "-", "@") else kept
