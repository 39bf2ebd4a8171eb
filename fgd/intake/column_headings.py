"""Finding the row that names the columns of a roster, whatever people call them.

A heading is recognised by its whole text, without case, punctuation or what stands in brackets.
Where a heading spans two rows ("Institution" merged over "Name" and "Acronym"), the two texts
together are tried first ("institution name"). The words people use stand below, with the roles and
categories they stand for.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fgd.core.text import normal
from fgd.intake.spreadsheets import Grid, Row
from fgd.model import Issue, Role

SEARCHED_ROWS = 20

Synonyms = Mapping[str, tuple[str, ...]]


def synonyms(**columns: str) -> dict[str, tuple[str, ...]]:
    """Columns with the ``;``-separated headings people use for them, their own name included."""
    return {
        column: (column.replace("_", " "), *(normal(text) for text in texts.split(";")))
        for column, texts in columns.items()
    }


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns stand. ``columns`` maps a field to its columns in order (several where a
    heading is repeated), ``others`` lists headings nobody knows, ``row`` is the header's number.
    """

    row: int
    columns: Mapping[str, tuple[int, ...]]
    others: tuple[tuple[int, str], ...] = ()

    def text(self, row: Row, column: str, join: str = " ") -> str:
        """What a row says in a field, repeated columns joined."""
        found = (row.cell(n) for n in self.columns.get(column, ()))
        return join.join(dict.fromkeys(text for text in found if text))

    def first(self, column: str) -> int:
        """The first column of a field, or -1."""
        return next(iter(self.columns.get(column, ())), -1)


def find_header(grid: Grid, known: Synonyms, needed: tuple[str, ...]) -> Header | None:
    """The best header among the first rows: one that has any of the ``needed`` fields, and the
    most fields of all; nothing if there is none.
    """
    named = {text: column for column, texts in known.items() for text in texts}
    best: Header | None = None
    above: Row | None = None
    for row in grid.headings[:SEARCHED_ROWS]:
        header = _read(row, above, named)
        if any(column in header.columns for column in needed) and (
            best is None or len(header.columns) > len(best.columns)
        ):
            best = header
        above = row if row else above
    return best


def _read(row: Row, above: Row | None, named: Mapping[str, str]) -> Header:
    columns: dict[str, tuple[int, ...]] = {}
    others: list[tuple[int, str]] = []
    for number, text in enumerate(row.cells):
        over = above.cell(number) if above else ""
        field = named.get(_key(f"{over} {text}"), "") if over and over != text else ""
        field = field or named.get(_key(text), "")
        if field:
            columns[field] = (*columns.get(field, ()), number)
        elif text:
            others.append((number, text))
    return Header(row.number, columns, tuple(others))


def _key(text: str) -> str:
    bare = re.sub(r"\(.*?\)|\[.*?\]|\*", " ", text).replace("_", " ")
    return re.sub(r"\s+\d$", "", normal(bare))


def left_out(grid: Grid, header: Header, known: Synonyms) -> list[Issue]:
    """Unknown columns: a warning for what looks like a typing mistake, one note for the rest."""
    texts = {text: column for column, all_texts in known.items() for text in all_texts}
    issues: list[Issue] = []
    rest: list[str] = []
    for column, text in header.others:
        near = difflib.get_close_matches(_key(text), texts, n=1, cutoff=0.85)
        if near:
            meant = texts[near[0]].replace("_", " ")
            place = grid.place(header.row, column)
            message = f"the column {text!r} is not known and was left out."
            remedy = f"Did you mean {meant!r}?"
            issues.append(Issue("warning", grid.name, message, remedy, place))
        else:
            rest.append(repr(text))
    if rest:
        message = f"columns that are not used were left out: {', '.join(rest)}."
        issues.append(Issue("note", grid.name, message, "", grid.place(header.row)))
    return issues


def missing_header(grid: Grid, known: Synonyms, needed: tuple[str, ...]) -> Issue:
    """The issue for a table without a row of headings."""
    wanted = " or ".join(repr(column.replace("_", " ")) for column in needed)
    return Issue(
        "error",
        grid.name,
        f"no row with column headings was found in the first {SEARCHED_ROWS} rows.",
        f"Write them above the entries: {wanted} is needed; known columns are "
        f"{', '.join(column.replace('_', ' ') for column in known)}.",
        grid.place(1),
    )


COLUMNS = synonyms(
    name="full name;participant;participant name;name of participant;name of the participant;"
    "name and surname;delegate;delegate name;name of delegate;attendee;person;names;speaker;nom;"
    "nama;nombre;participants",
    first_name="given name;given names;forename;prenom;first names",
    last_name="surname;family name;nom de famille",
    role="function;role in session;role in meeting;role in the session;role in the meeting;"
    "capacity;participating as;participation;attending as",
    institution="institutions;organisation;organization;affiliation;affiliations;institute;"
    "delegation;agency;body;employer;company;entity;institution name;organisation name;"
    "organization name;name of institution;name of organisation;name of organization;"
    "name of the institution;represents;representing;organisations;organizations;think tank;"
    "participant institution;participant organisation;participant organization",
    acronym="abbreviation;abbr;short name;short form;institution acronym;organisation acronym;"
    "organization acronym;institution abbreviation;institution short name;acronyms",
    category="type;institution type;type of institution;organisation type;organization type;kind;"
    "sector;stakeholder group;institution category;type of organisation;type of organization",
    country="nation;state;nationality;country of origin;member state;economy;pays;negara;"
    "institution country;participant country;countries;country territory",
    track="diplomacy track;track level;tracks",
    aliases="alias;also known as;aka;other names;nickname;nicknames;known as;name variants;"
    "preferred name",
    institution_aliases="organisation aliases;organization aliases;institution alias;"
    "other institution names;former names;former name;institution former names;"
    "institution other names",
)
CATEGORIES = (
    "think tank",
    "ministry",
    "council",
    "registry",
    "secretariat",
    "agency",
    "expert body",
)

ROLES: dict[Role, str] = {
    "facilitator": "facilitator;moderator;chair;chairperson;chairman;chairwoman;co chair;"
    "co facilitator;host;lead facilitator;convener;discussion leader",
    "participant": "participant;delegate;member;discussant;attendee;representative;"
    "head of delegation;panellist;panelist;alternate",
    "expert": "expert;resource person;speaker;presenter;keynote speaker;lecturer;adviser;advisor;"
    "trainer;instructor",
    "observer": "observer;rapporteur;note taker;notetaker;interpreter;staff;guest;logistics;"
    "translator;organiser;organizer",
}
ROLE_NAMES = {text: role for role, texts in ROLES.items() for text in texts.split(";")}
CATEGORY_NAMES = {name: name for name in CATEGORIES} | {
    "thinktank": "think tank", "think tanks": "think tank", "research institute": "think tank",
    "policy institute": "think tank", "government ministry": "ministry", "ministries": "ministry",
    "expert group": "expert body", "expert": "expert body", "government agency": "agency",
}  # fmt: skip

NOTHING = frozenset(("", "n/a", "na", "-", "--", "none", "tbc", "tba", "tbd", "?", "nil", "."))
"""What people write into a cell to say that there is nothing to say."""

NOBODY = NOTHING - {"na", "none", "nil"}
"""The same for names of people, among whom there is a Nil and a Na."""
