"""Read who was invited: participants, and each institution once, out of CSV and Excel files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fgd.core.files import contents, unusable
from fgd.core.text import normal, person_key, shown_name, slug, unique
from fgd.intake.spreadsheets import (
    CATEGORIES,
    CATEGORY_NAMES,
    COLUMNS,
    NOBODY,
    NOTHING,
    ROLE_NAMES,
    Grid,
    Header,
    Row,
    Tally,
    find_header,
    left_out,
    missing_header,
    places,
    read_csv,
    read_workbook,
)
from fgd.model import MARK, Institution, Issue, Participant, Role

_NAMES = ("name", "first_name", "last_name")
_SHARED_NAMES_LISTED = 20
_MOST_PEOPLE = 6000
"""Rows of a roster. Whoever is on it is looked for in every line that leaves, so its length costs
time in every step; the largest plenaries have some hundred delegates."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The people and bodies of a session."""

    participants: tuple[Participant, ...] = ()
    institutions: tuple[Institution, ...] = ()


def read_roster(path: Path, name: str) -> tuple[Roster, list[Issue]]:
    """Read ``participants.csv`` or ``.xlsx``, with every problem. Raises ``OSError`` only."""
    grids, issues = _grids(path, name)
    for number, grid in enumerate(grids):
        header = find_header(grid, COLUMNS, _NAMES)
        if header is not None and not _holds_roles(grid, header):
            below = sum(row.number > header.row and any(row.cells) for row in grid.rows)
            if below > _MOST_PEOPLE:
                message = (
                    f"this has {below:,} rows; at most {_MOST_PEOPLE:,} are read, so none was."
                )
                remedy = "Keep the people who were in this session, and delete the others."
                return Roster(), [*issues, Issue("error", name, message, remedy)]
            roster, found = _Reader(grid, header, Register(name), Tally(grid)).read()
            others = _other_lists(grids[number + 1 :], name, grid.sheet)
            return roster, [*issues, *left_out(grid, header, COLUMNS), *found, *others]
    if grids:
        issues.append(missing_header(grids[0], COLUMNS, ("name",)))
    return Roster(), issues


def _other_lists(grids: Sequence[Grid], name: str, used: str) -> list[Issue]:
    """Report further sheets with names of people as an error: nobody would withhold those names."""
    message = f"this sheet is a list of people, too; only sheet {used!r} was read."
    remedy = "Put everybody on one sheet, and delete the other."
    return [
        Issue("error", name, message, remedy, f"sheet {grid.sheet!r}")
        for grid in grids
        if (header := find_header(grid, COLUMNS, _NAMES)) and not _holds_roles(grid, header)
    ]


def _holds_roles(grid: Grid, header: Header) -> bool:
    """Tell whether the column headed "participant" holds roles instead of names.

    Such a list has no headings, and whoever read it with this one would withhold no name.
    """
    if "first_name" in header.columns or "last_name" in header.columns:
        return False
    column = header.first("name")
    said = [normal(row.cell(column)) for row in grid.rows if row.number > header.row]
    said = [cell for cell in said if cell]
    heading = next((row.cell(column) for row in grid.headings if row.number == header.row), "")
    if normal(heading) not in ROLE_NAMES:
        return False
    again = normal(heading) in said
    return again or (bool(said) and 2 * sum(cell in ROLE_NAMES for cell in said) >= len(said))


def _grids(path: Path, name: str) -> tuple[tuple[Grid, ...], list[Issue]]:
    found = contents(path)
    if found == "xlsx" or path.suffix.lower() in (".xlsx", ".xlsm"):
        return read_workbook(path, name)
    problem = unusable(found, name, "text")
    if problem is not None:
        return (), [problem]
    grid, issues = read_csv(path, name)
    return (() if any(issue.level == "error" for issue in issues) else (grid,)), issues


@dataclass(slots=True)
class _Reader:
    """One pass over the rows below a header."""

    grid: Grid
    header: Header
    register: Register
    tally: Tally
    people: list[Participant] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    seen: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    def read(self) -> tuple[Roster, list[Issue]]:
        """Read everybody, every body, and the problems met."""
        headings = next((r.cells for r in self.grid.rows if r.number == self.header.row), ())
        for row in self.grid.rows:
            if row.number <= self.header.row or row.cells == headings:
                continue
            if self.people and self._begins_another(row):
                break  # reports of platforms go on with what people did
            if not self._skip(row):
                self._read_row(row)
        issues = [*self.tally.issues(), *self.register.issues, *self._shared_names()]
        if not self.people:
            message = "there is nobody below the column headings."
            issues.append(Issue("warning", self.grid.name, message, "Write one person a row."))
        elif self.is_report:
            message = "this is the report of a meeting platform: names are known, but no roles or "
            message += "institutions."
            remedy = "Add the columns role and institution, and mark the facilitator."
            issues.append(Issue("warning", self.grid.name, message, remedy))
        elif not any(person.role == "facilitator" for person in self.people):
            message = "nobody is marked as facilitator."
            remedy = "Write facilitator into the column role for whoever led the discussion."
            issues.append(Issue("warning", self.grid.name, message, remedy))
        return Roster(tuple(self.people), self.register.institutions()), issues

    def _skip(self, row: Row) -> bool:
        """Skip rows that hold no person: empty in every known column, or a caption across them."""
        known = any(row.cell(n) for columns in self.header.columns.values() for n in columns)
        if known and row.title:
            self.tally.add("note", row.number, -1, "a caption across the table was left out.", "")
        return row.title or not known

    @property
    def is_report(self) -> bool:
        """Tell whether a platform wrote this list: who joined and left when."""
        return bool({"joined", "left"} & set(self.header.columns))

    def _begins_another(self, row: Row) -> bool:
        """Tell whether a row is the title of a report's next part, or another row of headings."""
        filled = [cell for cell in row.cells if cell]
        if not self.is_report or not filled:
            return False
        return len(filled) == 1 and bool(re.match(r"\d\.\s", filled[0]))

    def _read_row(self, row: Row) -> None:
        hats = self._institutions(row)
        name = self._name(row)
        if name == MARK:  # whoever was here withdrew; their body's name is still to be withheld
            return
        if name.casefold() in NOBODY:
            message = "a row without a name: only its institution was kept."
            self._warn(row, "name", message, "Write the name, or delete the row.")
            return
        key = person_key(name) or name
        if key in self.seen and self.is_report:
            message = "people who joined more than once are listed once."
            self.tally.add("note", row.number, -1, message, "")
            self._more_aliases(key, row)
            return
        if hats in self.seen.get(key, ()):
            message = f"{name} is listed again with the same institution; the row was left out."
            self._warn(row, "name", message, "Delete the row, or tell the two people apart.")
            return
        if key in self.seen:
            message = f"{name} is listed again with another institution, and kept as two people."
            remedy = "If it is one person, write both institutions in one cell: A; B."
            self._warn(row, "name", message, remedy)
        self.seen.setdefault(key, set()).add(hats)
        self._add(row, name, hats)

    def _more_aliases(self, key: str, row: Row) -> None:
        for n, person in enumerate(self.people):
            if person_key(person.name) == key:
                more = (*person.aliases, *self._aliases(row))
                self.people[n] = replace(person, aliases=tuple(dict.fromkeys(more)))

    def _aliases(self, row: Row) -> tuple[str, ...]:
        """Read other names of a person: those of their column, and an original name in brackets."""
        whole = self.header.text(row, "name")
        found = re.fullmatch(r"\s*(.*?)\s*[(\uff08]([^()]*)[)\uff09]\s*", whole)
        original = found[2].strip() if found and self.is_report else ""
        if original and shown_name(f"x ({original})") == "x":
            original = ""
        return tuple(
            dict.fromkeys([*self._parts(row, "aliases"), *([original] if original else [])])
        )

    def _add(self, row: Row, name: str, hats: tuple[str, ...]) -> None:
        role = self._role(row)
        if not hats and role in ("participant", "expert") and not self.is_report:
            message = f"{name} has no institution."
            remedy = "Write it, or nothing this person says can be attributed to a body."
            self._warn(row, "institution", message, remedy)
        self.people.append(
            Participant(
                id=unique(slug(name, "person"), self.taken),
                name=name,
                role=role,
                institutions=hats,
                country=next(iter(self._parts(row, "country", "[;/]")), ""),
                track=self._text(row, "track"),
                aliases=self._aliases(row),
                table=self._text(row, "table"),
            )
        )
        self.rows.append(row.number)

    def _name(self, row: Row) -> str:
        whole, first, last = (self.header.text(row, column) for column in _NAMES)
        if self.is_report:
            whole = re.sub(r"\s*[(\uff08][^()]*[)\uff09]\s*$", "", whole) or whole
        if whole and first and "last_name" not in self.header.columns:
            return f"{first} {whole}".strip()  # "Nom" beside "Prénom" is the family name
        return whole or f"{first} {last}".strip()

    def _institutions(self, row: Row) -> tuple[str, ...]:
        """Read the ids of a row's institutions. Two hats stand in one cell, apart by ``;`` or
        ``/``; acronym, category and country follow the same order, further names belong to the
        first.
        """
        listed = "institution" in self.header.columns
        names = self._parts(row, "institution" if listed else "department", "[;/]")
        acronyms = self._parts(row, "acronym", "[;/]")
        countries = self._parts(row, "country", "[;/]")
        categories = self._parts(row, "category", "[;/]")
        found: list[str] = []
        for n, name in enumerate(names or acronyms):
            given = Institution(
                id="",
                name=name,
                acronym=acronyms[n] if names and n < len(acronyms) else "",
                aliases=self._parts(row, "institution_aliases") if n == 0 else (),
                category=self._category(row, categories[n]) if n < len(categories) else "",
                country=countries[n] if n < len(countries) else "",
            )
            found.append(self.register.add(given, self.grid.place(row.number)))
        return tuple(dict.fromkeys(found))

    def _role(self, row: Row) -> Role:
        if self.is_report:
            return "participant"  # "Organizer" and "Presenter" are rights in the platform
        texts = self._parts(row, "role", "[;/,]")
        for text in texts:
            if normal(text) in ROLE_NAMES:
                return ROLE_NAMES[normal(text)]
        if texts:
            near = difflib.get_close_matches(normal(texts[0]), ROLE_NAMES, n=1, cutoff=0.75)
            message = f"unknown role {'; '.join(texts)!r}, taken as participant."
            known = "Roles are facilitator, participant, expert and observer."
            self._warn(row, "role", message, f"Did you mean {near[0]!r}?" if near else known)
        return "participant"

    def _category(self, row: Row, text: str) -> str:
        if normal(text) in CATEGORY_NAMES:
            return CATEGORY_NAMES[normal(text)]
        near = difflib.get_close_matches(normal(text), CATEGORIES, n=1, cutoff=0.75)
        known = f"Categories are {', '.join(CATEGORIES)}."
        remedy = f"Did you mean {near[0]!r}?" if near else known
        self._warn(row, "category", f"unknown category {text!r}, kept as written.", remedy)
        return text

    def _shared_names(self) -> list[Issue]:
        """Note every last name that several people have: it alone cannot tell them apart."""
        shared: dict[str, list[int]] = {}
        for number, person in enumerate(self.people):
            last = _last_name(person.name)
            if last:
                shared.setdefault(last, []).append(number)
        groups = {last: who for last, who in shared.items() if len(who) > 1}
        remedy = "Give aliases or roles that tell them apart; the bare name will not decide."
        if len(groups) > _SHARED_NAMES_LISTED:
            listed = ", ".join(list(groups)[:_SHARED_NAMES_LISTED])
            message = f"{len(groups)} last names belong to several people: {listed} and others."
            return [Issue("note", self.grid.name, message, remedy)]
        issues: list[Issue] = []
        for who in groups.values():
            names = " and ".join(self.people[n].name for n in who[:4])
            message = f"{len(who)} people share a last name: {names}."
            place = places(self.grid, [self.rows[n] for n in who])
            issues.append(Issue("note", self.grid.name, message, remedy, place))
        return issues

    def _text(self, row: Row, column: str) -> str:
        text = self.header.text(row, column, ";" if column == "institution" else " ")
        return "" if text.casefold() in NOTHING else text

    def _parts(self, row: Row, column: str, separators: str = ";") -> tuple[str, ...]:
        text = self._text(row, column)
        parts = (part.strip() for part in re.split(separators, text))
        return tuple(part for part in parts if part.casefold() not in NOTHING)

    def _warn(self, row: Row, column: str, message: str, remedy: str) -> None:
        self.tally.add("warning", row.number, self.header.first(column), message, remedy)


def _last_name(name: str) -> str:
    """Return ``Tan`` of "Dr. Mei Tan" and of "Tan, Mei"; nothing where a name is one word."""
    words = normal(name.split(",")[0] if "," in name else name).split()
    return words[-1] if len(words) > 1 or "," in name else ""


_STATE = re.compile(
    r"^(the )?(royal )?(ministry|ministere|ministerio|department|embassy|permanent mission|"
    r"office of the (prime minister|president)|prime minister|national police|armed forces|"
    r"parliament|senate|national assembly|government)\b"
)
_IN_BRACKETS = re.compile(r"^(?P<name>.+?)\s*\((?P<acronym>[A-Z][\w&/.-]{1,11})\)$")
_ALIKE = 0.75


@dataclass(slots=True)
class _Entry:
    value: Institution
    countries: set[str]


class Register:
    """The institutions of a roster as they are met, in order.

    >>> register = Register("participants.csv")
    >>> register.add(Institution("", "Asian Vision Institute (AVI)"), "line 2")
    'asian-vision-institute'
    >>> register.add(Institution("", "AVI"), "line 3")
    'asian-vision-institute'
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.issues: list[Issue] = []
        self._entries: dict[str, _Entry] = {}
        self._keys: dict[tuple[str, str], list[str]] = {}
        self._taken: set[str] = set()

    def add(self, given: Institution, place: str) -> str:
        """Register an institution given without an id: find it among those known, or make one."""
        given = _bracketed(given)
        found = self._find(given, place)
        if not found:
            state = _state(given)
            text = f"{given.name} {given.country if state else ''}"
            found = unique(slug(text, "institution"), self._taken)
            self._entries[found] = _Entry(replace(given, id=found), set())
        self._merge(found, given)
        return found

    def institutions(self) -> tuple[Institution, ...]:
        """List all institutions; a country only where it is known for certain."""
        return tuple(
            replace(entry.value, country=next(iter(entry.countries), ""))
            if len(entry.countries) < 2
            else replace(entry.value, country="")
            for entry in self._entries.values()
        )

    def _find(self, given: Institution, place: str) -> str:
        name = normal(given.name)
        acronym = normal(given.acronym)
        for key in (("name", name), ("acronym", name), ("name", acronym)):
            for identity in self._keys.get(key, []):
                if self._agree(identity, given):
                    return identity
        for identity in self._keys.get(("acronym", acronym), []):
            if not self._agree(identity, given):
                continue
            known = self._entries[identity].value
            if _alike(normal(known.name), name):
                return identity
            message = f"{known.name!r} and {given.name!r} share the acronym {given.acronym}."
            remedy = "If they are one institution, write its name the same way in every row."
            self.issues.append(Issue("warning", self.name, message, remedy, place))
        return ""

    def _agree(self, identity: str, given: Institution) -> bool:
        """Tell whether the country lets two entries be one."""
        entry = self._entries[identity]
        if not (_state(given) or _state(entry.value)) or not given.country:
            return True
        return not entry.countries or given.country in entry.countries

    def _merge(self, identity: str, given: Institution) -> None:
        entry = self._entries[identity]
        known = entry.value
        if given.country:
            entry.countries.add(given.country)
        name = known.name
        if normal(name) == normal(known.acronym or given.acronym) != normal(given.name):
            name = given.name
        acronym = known.acronym or given.acronym
        aliases: dict[str, str] = {}
        for text in (*known.aliases, *given.aliases, known.name, given.name):
            if normal(text) not in (normal(name), normal(acronym)):
                aliases.setdefault(normal(text), text)
        entry.value = replace(
            known,
            name=name,
            acronym=acronym,
            aliases=tuple(aliases.values()),
            category=known.category or given.category,
        )
        for kind, text in (("name", name), ("name", given.name), ("acronym", acronym)):
            held = self._keys.setdefault((kind, normal(text)), [])
            if normal(text) and identity not in held:
                held.append(identity)


def _bracketed(given: Institution) -> Institution:
    """Split the acronym off a name that carries it: ``Asian Vision Institute (AVI)``."""
    found = _IN_BRACKETS.match(given.name)
    if not found or (given.acronym and normal(given.acronym) != normal(found["acronym"])):
        return given
    return replace(given, name=found["name"], acronym=given.acronym or found["acronym"])


def _state(given: Institution) -> bool:
    return given.category == "ministry" or bool(_STATE.match(normal(given.name)))


def _alike(one: str, other: str) -> bool:
    words = set(one.split()), set(other.split())
    if words[0] <= words[1] or words[1] <= words[0]:
        return True
    return difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE
