"""Make a session's themes: codings, what can be counted of each theme, what became of the guide.

``matrix`` writes ``themes.xlsx``: all themes by institution, phase and guide section, for analysts.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fgd.coding.codebook import in_force
from fgd.coding.deductive import code, residue
from fgd.coding.emergent import STABLE, Emerged, emerge, numbered
from fgd.coding.sections import PUT, Phrases, best_other, left_out, place, subject
from fgd.coding.talk import Read, Speaker, Talk, cut
from fgd.coding.terms import steers
from fgd.core.backends import Progress, silent
from fgd.core.cache import Kept
from fgd.core.embeddings import Embedder
from fgd.core.files import settled
from fgd.core.text import no_formula
from fgd.decisions.themes import Decided
from fgd.model import (
    Attribution,
    Code,
    Codebook,
    Coding,
    Conversation,
    Decision,
    FloorMark,
    Guide,
    Issue,
    Placement,
    Section,
    SectionFacts,
    Session,
    Span,
    Themed,
    ThemeFacts,
    Unit,
)

if TYPE_CHECKING:
    from fgd.coding.talk import Array


def theme(
    session: Session,
    conversations: Sequence[Conversation],
    attributions: Sequence[Attribution],
    *,
    books: Sequence[Codebook],
    embedder: Embedder,
    floor: Sequence[FloorMark] = (),
    decisions: Sequence[Decision] = (),
    progress: Progress = silent,
    kept: Kept | None = None,
) -> tuple[Themed, tuple[Issue, ...]]:
    """Tell what a session was about.

    ``decisions`` are those that hold; what people decided is laid over what is suggested, see
    ``fgd.decisions.themes``. Those about anything but themes are left aside. ``kept`` holds words
    found before for the same clusters.
    """
    progress("themes", 0, 4)
    talk = Talk.of(session, conversations, attributions)
    units = cut(talk)
    read = Read.of(talk, units, embedder)
    progress("themes", 1, 4)
    apart = _apart(read, session, units, embedder, floor)
    placements = (
        in_turn(talk, apart) if apart else place(read, session.guide, embedder, marks=floor)
    )
    sections = section_facts(read, session.guide, placements, units, embedder)
    if apart:
        sections = tuple(replace(each, used=_clock_time(session, each)) for each in sections)
    progress("themes", 2, 4)
    book, issues = in_force(session, books)
    decided = Decided.of(book, decisions, talk.turns, units)
    wide = replace(decided.book, codes=(*decided.book.codes, *decided.retired))
    suggested = code(read, wide, embedder, placements=placements, sections=session.guide.sections)
    book, codes = decided.book, {each.id: each for each in decided.book.codes}
    progress("themes", 3, 4)
    codings = decided.codings(suggested)
    left = residue(read, codings, codes)
    foreseen = {key: units for key, (units, _) in units_of(read, book, codings).items()}
    approved = {each.id for each in book.codes if each.origin in ("emergent", "person")}
    emerged = emerge(read, left, embedder, foreseen, approved, tuple(codes), decided.unwanted, kept)
    book = replace(book, codes=(*book.codes, *emerged.codes))
    codings = in_order(units, (*codings, *emerged.codings))
    found = Themed(
        units,
        placements,
        sections,
        book,
        codings,
        theme_facts(read, book, codings, emerged.terms, emerged.spoken, emerged.stability, STABLE),
        numbered(emerged.points, read, units),
        _figures(units, left, emerged),
        (*talk.issues, *issues, *decided.issues),
        emerged.branches,
        tuple((table, facts) for table, _, facts in apart if table),
    )
    progress("themes", 4, 4)
    return found, found.issues


_Apart = tuple[str, tuple[Placement, ...], tuple[SectionFacts, ...]]


def _apart(
    read: Read,
    session: Session,
    units: Sequence[Unit],
    embedder: Embedder,
    floor: Sequence[FloorMark],
) -> list[_Apart]:
    """Follow the guide at each table by itself, and in the plenary (the table without a name).

    Tables go through one guide side by side: read one after the other, the second one would seem to
    begin where the first one ended.
    """
    if not session.breakouts:
        return []
    found = []
    for table in ("", *(each.name for each in session.breakouts)):
        turns = [n for n, t in enumerate(read.talk.turns) if session.table_of(t.recording) == table]
        if not turns:
            continue
        mine = read.only(turns)
        ids = {turn.id for turn in mine.talk.turns}
        own = [unit for unit in units if unit.turn in ids]
        placed = place(mine, session.guide, embedder, marks=floor)
        facts = section_facts(mine, session.guide, placed, own, embedder)
        if not table:  # reports speak of every section, and only what was asked here is under one
            asked = {each.section for each in facts if each.asked}
            placed = tuple(
                each
                if each.by == "floor log" or each.section in asked
                else Placement(each.turn, "")
                for each in placed
            )
        found.append((table, placed, facts))
    return found


def in_turn(talk: Talk, apart: Iterable[_Apart]) -> tuple[Placement, ...]:
    """Put the placements of all tables into the order of the talk."""
    by_turn = {each.turn: each for _, placed, _ in apart for each in placed}
    return tuple(by_turn[turn.id] for turn in talk.turns)


def _clock_time(session: Session, facts: SectionFacts) -> int:
    """Tell how long a section took by the clock: tables talk at once, the plenary by itself."""
    spent: dict[str, int] = {}
    for recording, span in facts.stretches:
        table = session.table_of(recording)
        spent[table] = spent.get(table, 0) + span.duration
    return spent.pop("", 0) + max(spent.values(), default=0)


def in_order(units: Sequence[Unit], codings: Sequence[Coding]) -> tuple[Coding, ...]:
    """Return codings in the order of the units they belong to; of one unit in the order given."""
    places = {(unit.turn, unit.start): number for number, unit in enumerate(units)}
    return tuple(sorted(codings, key=lambda each: places.get((each.turn, each.start), -1)))


def _figures(
    units: Sequence[Unit], left: Sequence[int], emerged: Emerged
) -> tuple[tuple[str, float], ...]:
    """What is printed with the result: how much was left over, and how steady its clusters are."""
    content = sum(1 for unit in units if unit.kind == "content")
    figures = [
        ("Share of the units of content that no foreseen theme covers", _share(len(left), content)),
    ]
    if left:
        apart = sum(len(point.units) for point in emerged.points)
        figures.append(("Share of these left as other points", _share(apart, len(left))))
    if emerged.codes:
        label = "Agreement of emergent themes when a tenth is left out (adjusted Rand index)"
        figures.append((label, emerged.agreement))
    return tuple(figures)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


STRONGEST = 5
"""How many passages are kept of a theme."""


def units_of(
    read: Read, book: Codebook, codings: Sequence[Coding]
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Gather, per code that was found, its units and codings by number, its children's included.

    Codings that a person rejected count for nothing.
    """
    rows = {(unit.turn, unit.start): i for i, unit in enumerate(read.units)}
    mine: dict[str, list[int]] = {}
    lineage = ancestry(book.codes)
    for number, coding in enumerate(codings):
        if coding.status != "rejected" and coding.code in lineage:
            for key in lineage[coding.code]:
                mine.setdefault(key, []).append(number)
    found: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    for each in book.codes:
        numbers = mine.get(each.id, [])
        places = ((codings[n].turn, codings[n].start) for n in numbers)
        units = tuple(sorted({rows[place] for place in places if place in rows}))
        if units:
            found[each.id] = units, tuple(numbers)
    return found


def theme_facts(
    read: Read,
    book: Codebook,
    codings: Sequence[Coding],
    terms: Mapping[str, tuple[str, ...]],
    spoken: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]],
    stability: Mapping[str, float] | None = None,
    stable: float = 0.0,
) -> tuple[ThemeFacts, ...]:
    """Count what there is of every code that was found, in the codebook's order.

    ``terms`` are the words of codes, ``spoken`` those of single institutions. ``stability`` is of
    codes that come from clustering: below ``stable`` they are marked unstable.
    """
    known = stability or {}
    rows = {(unit.turn, unit.start): i for i, unit in enumerate(read.units)}
    facts = []
    for theme, (units, numbers) in units_of(read, book, codings).items():
        people, bodies = _who(read, units)
        facts.append(
            ThemeFacts(
                theme,
                units=len(units),
                words=sum(read.units[i].words for i in units),
                people=people,
                institutions=bodies,
                terms=terms.get(theme, ()),
                spoken=spoken.get(theme, ()),
                strongest=_strongest(read, codings, numbers, rows),
                stability=round(known.get(theme, 1.0), 3),
                unstable=known.get(theme, 1.0) < stable,
            )
        )
    return tuple(facts)


def ancestry(codes: Iterable[Code]) -> dict[str, tuple[str, ...]]:
    """Return each code with its parents, itself first; a circle ends where it begins."""
    parents = {each.id: each.parent for each in codes}
    lines: dict[str, tuple[str, ...]] = {}
    for key in parents:
        line = [key]
        while (up := parents[line[-1]]) in parents and up not in line:
            line.append(up)
        lines[key] = tuple(line)
    return lines


def _who(read: Read, units: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """People and institutions, in the order in which they spoke; chair and observers left out."""
    speakers = [read.talk.speakers[read.rows[i]] for i in units]
    counted = [each for each in speakers if not (each.leads or each.silent)]
    people = dict.fromkeys(each.key for each in counted)
    bodies = dict.fromkeys(body for each in counted for body in each.institutions[:1])
    return tuple(people), tuple(bodies)


def _strongest(
    read: Read,
    codings: Sequence[Coding],
    mine: Sequence[int],
    rows: Mapping[tuple[str, int], int],
) -> tuple[int, ...]:
    """Return the surest codings, first one of each person, then further ones."""
    ordered = sorted(mine, key=lambda n: (codings[n].status != "accepted", -codings[n].score, n))
    first: list[int] = []
    more: list[int] = []
    seen: set[str] = set()
    for number in ordered:
        row = rows.get((codings[number].turn, codings[number].start))
        if row is None:
            continue
        speaker = read.talk.speakers[read.rows[row]]
        if speaker.leads or speaker.silent:
            continue
        (more if speaker.key in seen else first).append(number)
        seen.add(speaker.key)
    return tuple([*first, *more][:STRONGEST])


ASKED = 0.5
"""A sentence so near to a question of the guide, or to its title, asks it (cosine, MiniLM)."""

PROBED = 0.6
"""Probes are short and near one another, so more is wanted of them."""


def section_facts(
    read: Read,
    guide: Guide,
    placements: Sequence[Placement],
    units: Sequence[Unit],
    embedder: Embedder,
) -> tuple[SectionFacts, ...]:
    """Return one record for each section of the guide, in its order."""
    talk = read.talk
    where = {placement.turn: placement.section for placement in placements}
    runs = _runs(read, placements)
    words: dict[str, int] = {}
    count: dict[str, int] = {}
    for unit in units:
        if unit.kind == "content":
            under = where.get(unit.turn, "")
            words[under] = words.get(under, 0) + unit.words
            count[under] = count.get(under, 0) + 1
    asking = _asking(read)
    phrases = Phrases.of([_as_asked(section) for section in guide.sections], embedder)
    found = []
    for number, section in enumerate(guide.sections):
        mine = runs.get(section.id, [])
        turns = [i for first, after in mine for i in range(first, after)]
        spoke = dict.fromkeys(
            talk.speakers[i].key
            for i in turns
            if not (talk.speakers[i].leads or talk.speakers[i].silent)
        )
        asked, score = _asked(read, number, turns, asking, phrases)
        opened = section.kind not in PUT and bool(spoke)
        if asked < 0 and opened:
            asked = next((i for i in (turns[0], turns[0] - 1) if i >= 0 and asking[i]), -1)
        stretches = tuple(_stretch(read, first, after) for first, after in mine)
        found.append(
            SectionFacts(
                section.id,
                asked=asked >= 0 or opened,
                asked_in=talk.turns[asked].id if asked >= 0 else "",
                asked_score=round(score, 3),
                probes=_probes(read, guide, number, asking, embedder),
                stretches=stretches,
                planned=round(section.minutes * 60_000),
                used=sum(span.duration for _, span in stretches),
                turns=len(turns),
                units=count.get(section.id, 0),
                words=words.get(section.id, 0),
                people=tuple(spoke),
            )
        )
    return tuple(found)


def _as_asked(section: Section) -> Section:
    """Return the section reduced to what would be put to the room: its text, else its title."""
    return Section(section.id, "" if section.text else section.title, text=section.text)


def _runs(read: Read, placements: Sequence[Placement]) -> dict[str, list[tuple[int, int]]]:
    """For each section the runs of turns (first, after) inside one recording."""
    turns = read.talk.turns
    runs: dict[str, list[tuple[int, int]]] = {}
    first = 0
    for i in range(1, len(placements) + 1):
        if (
            i == len(placements)
            or placements[i].section != placements[first].section
            or turns[i].recording != turns[first].recording
        ):
            runs.setdefault(placements[first].section, []).append((first, i))
            first = i
    return runs


def _stretch(read: Read, first: int, after: int) -> tuple[str, Span]:
    """From the first turn's start to the last one's end; empty where the source has no times."""
    turns = read.talk.turns[first:after]
    if not read.talk.timed[first]:
        return turns[0].recording, Span(0, 0)
    return turns[0].recording, Span(turns[0].span.start, max(turn.span.end for turn in turns))


def _asking(read: Read) -> list[bool]:
    """Return turns that may put a question to the room: a facilitator's, else those that steer."""
    talk = read.talk
    if any(speaker.leads for speaker in talk.speakers):
        return [speaker.leads for speaker in talk.speakers]
    return [steers(text) or "?" in text for text in talk.texts]


def _asked(
    read: Read,
    number: int,
    turns: Sequence[int],
    asking: Sequence[bool],
    phrases: Phrases,
) -> tuple[int, float]:
    """Return the turn that asks a section's question, and how near it comes; -1 if none does.

    Looked for in the turns of the section and the one before each; where it has no turns,
    anywhere, but then no other section may be nearer. What has no question in the guide is
    looked for by its title.
    """
    import numpy as np

    inside = {i for turn in turns for i in (turn - 1, turn)} if turns else set(range(len(asking)))
    rows = np.array([row in inside and asking[row] for row in read.rows], dtype=bool)
    rows &= ~left_out(read)
    if not rows.any():
        return -1, 0.0
    near = phrases.nearest(read.vectors[rows].astype(float), best=1)
    mine = near[:, number]
    if not turns and near.shape[1] > 1:
        mine = mine - np.maximum(best_other(near)[:, number] - mine, 0)
    best = int(mine.argmax())
    score = float(mine[best])
    return (int(read.rows[rows][best]) if score >= ASKED else -1), score


def _similar(read: Read, rows: Sequence[int], phrases: Phrases) -> Iterator[tuple[int, float]]:
    """Return each unit of these turns: its turn and how near it comes to any of the phrases."""
    import numpy as np

    mine = np.isin(read.rows, np.array(sorted(rows), dtype=np.int64))
    scores: Array = phrases.nearest(read.vectors[mine].astype(float), best=1)[:, 0]
    for row, score in zip(read.rows[mine], scores, strict=True):
        yield int(row), float(score)


def _probes(
    read: Read, guide: Guide, number: int, asking: Sequence[bool], embedder: Embedder
) -> tuple[int, ...]:
    """Return the numbers of the section's probes that somebody put to the room."""
    section = guide.sections[number]
    rows = [row for row, asks in enumerate(asking) if asks]
    found = []
    for probed, probe in enumerate(section.probes):
        phrases = Phrases.of([Section(section.id, subject(probe))], embedder)
        if max((score for _, score in _similar(read, rows, phrases)), default=0.0) >= PROBED:
            found.append(probed)
    return tuple(found)


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
    """Return a workbook with one sheet for each crossing: people who spoke to it, and units.

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
    for dimension in sorted({each.dimension for each in codes.values()} - {"theme"}):
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
    import pandas as pd
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    frame = pd.DataFrame(
        [
            (key, column, speaker.key, where)
            for key, where, speaker in said
            for column in columns_of(where, speaker)
        ],
        columns=["theme", "column", "people", "units"],
    )
    counted = frame.groupby(["theme", "column"])[["people", "units"]].nunique()
    present = set(frame["column"])
    columns = [each for each in dict.fromkeys(order) if each in present]
    columns += sorted(present - set(columns))
    sheet = book.create_sheet(title)
    bold, shade = Font(bold=True), PatternFill("solid", "E8EEF4")
    under = Border(bottom=Side("thin", "8FA3B5"))
    for label in ("people", "units"):
        cells = counted[label].to_dict()
        sheet.append([f"Theme ({label})", "origin", *map(_text, columns)])
        for cell in sheet[sheet.max_row]:
            cell.font, cell.fill, cell.border = bold, shade, under
            cell.alignment = Alignment(wrap_text=True, vertical="bottom")
        for row in rows:
            counts = [int(cells.get((row.key, column), 0)) for column in columns]
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
    """Return a name as a cell: without control characters, and never read as a formula."""
    return no_formula("".join(char for char in value if char.isprintable()))
