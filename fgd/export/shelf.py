"""Write a shelf of quotes as a Word document, a table, or a project for an analyst's program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from fgd.export.refi import Speaker, project_files, write_project
from fgd.export.tables import csv_text
from fgd.export.transcripts import Line
from fgd.export.word import Page
from fgd.model import Code, Codebook, Coding, Recording, Session, Span, Word

HEADER = ("quote", "speaker", "session", "date", "time", "note", "edition")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote as a file tells it. ``session`` is an id, ``turn`` and its characters ``start`` to
    ``end`` are where it was said; none of them is ever printed. Of a ``lost`` one the words are in
    the note alone.
    """

    session: str
    title: str
    date: str
    turn: str
    text: str
    speaker: str
    time: str
    note: str = ""
    lost: bool = False
    start: int = 0
    end: int = 0


def shelf_docx(name: str, quotes: Sequence[Quoted], mark: str) -> bytes:
    """A document with the quotes under their sessions; ``mark`` says above every page who may
    read it.
    """
    page = Page(name)
    page.banner(mark)
    page.footer(mark.partition(":")[0])
    page.text(name, style="Title")
    page.text((mark, "quiet small"))
    for (_, title, date), mine in groupby(quotes, key=lambda q: (q.session, q.title, q.date)):
        page.heading(", ".join(filter(None, (title, date))), 1)
        for each in mine:
            if not each.lost:
                page.text(f"\u201c{each.text}\u201d", style="Quote")
            told = " \u00b7 ".join(filter(None, (each.speaker, each.time, each.note)))
            page.text((told, "quiet small"))
    return page.saved()


def shelf_csv(quotes: Sequence[Quoted], mark: str) -> bytes:
    """A table with a quote a line; every line says which edition it is of."""
    rows = [(q.text, q.speaker, q.title, q.date, q.time, q.note, mark) for q in quotes]
    return csv_text(HEADER, rows).encode("utf-8", "replace")


def shelf_files(name: str, quotes: Sequence[Quoted], mark: str) -> dict[str, bytes]:
    """Return the files of a REFI-QDA project: a text for each session, every quote coded with the
    shelf.
    """
    held = [each for each in quotes if not each.lost]
    sessions = list(dict.fromkeys((each.session, each.title) for each in held))
    # Outside the house sessions have no id where a rule hides it; their titles tell them apart.
    keys = {each: f"s{n}" for n, each in enumerate(sessions, 1)}
    recordings = tuple(Recording(key, each[1], "", "transcript") for each, key in keys.items())
    lines, codings, speakers = [], [], {}
    people: dict[str, str] = {}
    for n, each in enumerate(held):
        turn = f"q{n + 1}"
        source = keys[each.session, each.title]
        key = people.setdefault(f"{source}/{each.speaker}", f"p{len(people) + 1}")
        words = (Word(Span(0, 0), each.text),)
        lines.append(
            Line(turn, source, "", each.speaker, Span(0, 0), words, False, False, "",
                 1.0, ())
        )  # fmt: skip
        codings.append(Coding(turn, 0, len(each.text), "shelf"))
        speakers[turn] = Speaker(key, each.speaker)
    book = Codebook("shelf", name, codes=(Code("shelf", name, mark, origin="person"),))
    session = Session("shelf", title=name, recordings=recordings)
    return project_files(session, lines, book, codings, speakers, notes={"Edition": f"{mark}\n"})


def shelf_file(name: str, quotes: Sequence[Quoted], mark: str, kind: str) -> bytes:
    """Write a shelf as one file of a kind: ``docx``, ``csv`` or ``qdpx``."""
    if kind == "csv":
        return shelf_csv(quotes, mark)
    if kind == "qdpx":
        return write_project(shelf_files(name, quotes, mark))
    return shelf_docx(name, quotes, mark)
