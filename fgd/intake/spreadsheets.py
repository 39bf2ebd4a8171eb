"""Read tables as people hand them in: clean cells that know their place, and what columns mean.

Workbooks come through openpyxl; merged cells, formulas and hidden rows are made plain. CSV files
come with any delimiter: the standard library reads them, this finds out how.
``csv.Sniffer`` was tried and is not used: it takes letters for delimiters on short rosters and
fails on a file with one column.

A column's heading is recognised by its whole text, without case, punctuation or what stands in
brackets. Where a heading spans two rows ("Institution" merged over "Name" and "Acronym"), the two
texts together are tried first ("institution name"). The words people use stand below, with the
roles and categories they stand for.
"""

from __future__ import annotations

import csv
import datetime
import difflib
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.core.files import contents, read_text, unusable
from fgd.core.text import clean, normal
from fgd.model import Issue, Level, Role

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``number`` is the line or row people see. ``title`` marks a line that spans the
    table (a merged cell) and therefore is a caption rather than a record.
    """

    number: int
    cells: tuple[str, ...]
    title: bool = False

    def cell(self, column: int) -> str:
        """Return the text of a column (from 0), empty where the row is too short."""
        return self.cells[column] if column < len(self.cells) else ""

    def __bool__(self) -> bool:
        return any(self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet, or one CSV file (``sheet`` is empty then).

    ``headings`` are the first rows with merged cells filled in both directions, because a merged
    heading speaks for all the columns below it.
    """

    name: str
    rows: tuple[Row, ...]
    sheet: str = ""
    headings: tuple[Row, ...] = ()

    def place(self, row: int, column: int = -1) -> str:
        """Name a place: ``line 4, column 3`` of a CSV file, ``sheet 'List', row 4, column C``."""
        if not self.sheet:
            return f"line {row}" + (f", column {column + 1}" if column >= 0 else "")
        letter = f", column {letters(column)}" if column >= 0 else ""
        return f"sheet {self.sheet!r}, row {row}{letter}"


def letters(column: int) -> str:
    """Write a column's letters in a workbook: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def places(grid: Grid, rows: list[int], column: int = -1) -> str:
    """Name several rows in one place: ``rows 3, 5, 9 and 12 more``."""
    if len(rows) == 1:
        return grid.place(rows[0], column)
    listed = enumeration(rows)
    if not grid.sheet:
        return f"lines {listed}"
    letter = f", column {letters(column)}" if column >= 0 else ""
    return f"sheet {grid.sheet!r}, rows {listed}{letter}"


def enumeration(numbers: list[int], limit: int = 12) -> str:
    """Write ``3, 5 and 9``, cut after ``limit`` numbers with a count of the rest."""
    shown = [str(number) for number in numbers[:limit]]
    if len(numbers) > limit:
        return f"{', '.join(shown)} and {len(numbers) - limit} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


@dataclass(slots=True)
class Tally:
    """Collects problems; two with the same words about the same column become one issue."""

    grid: Grid
    _found: dict[tuple[Level, str, str, int], list[int]] = field(default_factory=dict)

    def add(self, level: Level, row: int, column: int, message: str, remedy: str) -> None:
        """Note a problem in a cell (``column`` -1: in the whole row)."""
        self._found.setdefault((level, message, remedy, column), []).append(row)

    def issues(self) -> list[Issue]:
        """List every problem, in order of its first row."""
        return [
            Issue(level, self.grid.name, message, remedy, places(self.grid, rows, column))
            for (level, message, remedy, column), rows in sorted(
                self._found.items(), key=lambda item: item[1][0]
            )
        ]


_DELIMITERS = ",;\t|"


def read_csv(path: Path, name: str) -> tuple[Grid, list[Issue]]:
    """Read the rows of a CSV file with the line each begins in. Raises ``OSError`` only."""
    text, issues = read_text(path, name)
    lines = text.split("\n")
    if len(lines) > _MOST_ROWS:
        message = f"this has {len(lines):,} lines; at most {_MOST_ROWS:,} are read, so none was."
        issue = Issue("error", name, message, "Keep the list itself, and delete the rest.")
        return Grid(name, ()), [*issues, issue]
    delimiter, first = _announced(lines[0])
    delimiter = delimiter or _guess(lines)
    try:
        rows = _rows(lines, delimiter, first, strict=True)
    except csv.Error:
        rows, line = _without_quotes(lines, delimiter, first)
        message = "a quotation mark is not closed; quotation marks were read as plain text."
        remedy = "Close it, or write it twice inside a quoted cell."
        issues.append(Issue("warning", name, message, remedy, f"line {line}"))
    return Grid(name, tuple(rows), headings=tuple(rows[:24])), issues


def _announced(line: str) -> tuple[str, int]:
    """Read Excel's own first line ``sep=;``: the delimiter, and how many lines it takes."""
    found = line.strip().casefold()
    return (line.strip()[-1], 1) if found.startswith("sep=") and len(found) == 5 else ("", 0)


def _guess(lines: list[str]) -> str:
    """Guess the delimiter: it cuts most of the first lines, into equally many cells."""
    sample = [line[:2000] for line in lines[:40] if line.strip()][:25]

    def merit(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        usual = max(set(counts), key=lambda n: (counts.count(n), n), default=1)
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(_DELIMITERS, key=merit)


def _rows(lines: list[str], delimiter: str, first: int, *, strict: bool) -> list[Row]:
    source = (line + "\n" for line in lines[first:])
    reader = csv.reader(source, delimiter=delimiter, strict=strict, skipinitialspace=True)
    return list(_numbered(reader, first))


def _numbered(reader: Iterable[list[str]], first: int) -> Iterable[Row]:
    """Number rows by the line they *begin* in: a quoted cell may run over several."""
    line = first + 1
    for cells in reader:
        yield Row(line, tuple(clean(cell) for cell in cells))
        line = first + reader.line_num + 1  # type: ignore[attr-defined] # a csv.reader counts lines


def _without_quotes(lines: list[str], delimiter: str, first: int) -> tuple[list[Row], int]:
    """Read every line as a row, quotation marks trimmed; find the first with an odd number."""
    rows = [
        Row(number, tuple(clean(cell).strip('"') for cell in line.split(delimiter)))
        for number, line in enumerate(lines[first:], first + 1)
    ]
    odd = (n for n, line in enumerate(lines, 1) if line.count('"') % 2)
    return rows, next(odd, 1)


HEADING_ROWS = 24
# One stray cell at the far end of a sheet makes it a million rows high.
_MOST_ROWS, _MOST_COLUMNS = 20_000, 100
_MOST_CELLS = 300_000  # what openpyxl reads in some seconds
_CELL = re.compile(rb"<c[ >/]")
_FORMULA = re.compile(rb"<f[ >/]")


def read_workbook(path: Path, name: str) -> tuple[tuple[Grid, ...], list[Issue]]:
    """Read every visible sheet as a grid, and what is wrong with single cells.

    A workbook that cannot be opened is one issue and no sheet. Raises ``OSError`` only.
    """
    problem = unusable(contents(path), name, "xlsx")
    if problem is not None:
        return (), [problem]
    data = path.read_bytes()
    try:
        if (cells := _cells(data)) > _MOST_CELLS:
            message = f"this has {cells:,} cells; at most {_MOST_CELLS:,} are read, so none was."
            return (), [Issue("error", name, message, "Keep the list itself, and delete the rest.")]
        values = _load(data, values=True)
        formulas = _load(data, values=False) if _has_formulas(data) else None
    except Exception as failure:  # openpyxl lets whatever it trips over in the XML through
        message = f"the workbook is damaged and cannot be read ({clean(str(failure))[:120]})."
        return (), [Issue("error", name, message, "Open it in Excel and save it again.")]
    grids: list[Grid] = []
    issues: list[Issue] = []
    for sheet in values.worksheets:
        if sheet.sheet_state == "visible":
            grid, found = _grid(sheet, formulas[sheet.title] if formulas else None, name)
            grids.append(grid)
            issues += found
        else:
            place = f"sheet {clean(sheet.title)!r}"
            told = "this sheet is hidden and was not read."
            issues.append(Issue("note", name, told, "Show it if it is needed.", place))
    return tuple(grids), issues


def _load(data: bytes, *, values: bool) -> Workbook:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # About styles and extensions it leaves out, none of which we read.
        warnings.simplefilter("ignore")
        return load_workbook(io.BytesIO(data), data_only=values)


def _cells(data: bytes) -> int:
    """Count the cells of all sheets; a stray cell far away counts as one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        return sum(len(_CELL.findall(archive.read(sheet))) for sheet in sheets)


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        return any(_FORMULA.search(archive.read(sheet)) for sheet in sheets)


def _grid(sheet: Worksheet, formulas: Worksheet | None, name: str) -> tuple[Grid, list[Issue]]:
    title = clean(sheet.title)
    last, width = min(sheet.max_row, _MOST_ROWS), min(sheet.max_column, _MOST_COLUMNS)
    area = sheet.iter_rows(max_row=last, max_col=width, values_only=True)
    cells = [[_text(value) for value in row] for row in area]
    issues = _broken(cells, Grid(name, (), title))
    if last < sheet.max_row or width < sheet.max_column:
        message = f"only the first {_MOST_ROWS} rows and {_MOST_COLUMNS} columns are read."
        remedy = "Delete what stands far below or to the right of the list."
        issues.append(Issue("warning", name, message, remedy, f"sheet {title!r}"))
    if formulas is not None:
        issues += _unsaved(cells, formulas, Grid(name, (), title))
    hidden = [n for n in range(1, len(cells) + 1) if _is_hidden(sheet, n) and any(cells[n - 1])]
    if hidden:
        message = f"hidden rows are read like the others (rows {enumeration(hidden)})."
        remedy = "Delete them if these people were not invited."
        issues.append(Issue("warning", name, message, remedy, f"sheet {title!r}"))
    headings = [list(row) for row in cells[:HEADING_ROWS]]
    captions = _unmerge(sheet, cells, headings)
    rows = tuple(Row(n, tuple(row), n in captions) for n, row in enumerate(cells, 1))
    tops = tuple(Row(n, tuple(row)) for n, row in enumerate(headings, 1))
    return Grid(name, rows, title, tops), issues


def _unmerge(sheet: Worksheet, cells: list[list[str]], headings: list[list[str]]) -> set[int]:
    """Give merged cells their text: in headings everywhere, below only downwards (one institution
    for three delegates). Returns the rows that are captions: merged across most of the table.
    """
    captions: set[int] = set()
    for area in sheet.merged_cells.ranges:
        top, left = area.min_row - 1, area.min_col - 1
        if top >= len(cells) or left >= len(cells[top]):
            continue
        text = cells[top][left]
        last = min(area.max_row, len(cells))
        for row in range(top, last):
            cells[row][left] = text
            if row < len(headings):
                for column in range(left, min(area.max_col, len(headings[row]))):
                    headings[row][column] = text
        if 2 * (area.max_col - left) >= len(cells[top]) and area.max_col - left > 1:
            captions.add(area.min_row)
    return captions


def _is_hidden(sheet: Worksheet, row: int) -> bool:
    return row in sheet.row_dimensions and bool(sheet.row_dimensions[row].hidden)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return clean(str(value))


def _broken(cells: list[list[str]], grid: Grid) -> list[Issue]:
    """Empty cells that show an error of Excel's, and report them."""
    issues: list[Issue] = []
    for number, row in enumerate(cells, 1):
        for column, text in enumerate(row):
            if re.fullmatch(r"#(REF|NAME|VALUE|DIV/0|NULL|NUM)[!?]|#N/A", text):
                row[column] = ""
                message = f"the cell shows {text} instead of a value."
                place = grid.place(number, column)
                issues.append(Issue("warning", grid.name, message, "Type the value.", place))
    return issues


def _unsaved(cells: list[list[str]], formulas: Worksheet, grid: Grid) -> list[Issue]:
    """Report formulas whose result is not in the file: written by a program other than Excel."""
    found: dict[int, list[int]] = {}
    area = formulas.iter_rows(max_row=len(cells), max_col=len(cells[0]) if cells else 1)
    for number, row in enumerate(area, 1):
        for column, cell in enumerate(row):
            if cell.data_type == "f" and not cells[number - 1][column]:
                found.setdefault(column, []).append(number)
    issues: list[Issue] = []
    for column, rows in sorted(found.items()):
        message = f"formulas without a saved result (rows {enumeration(rows)}) were read as empty."
        remedy = "Open the workbook in Excel or LibreOffice and save it, or type the values."
        place = f"sheet {grid.sheet!r}, column {letters(column)}"
        issues.append(Issue("warning", grid.name, message, remedy, place))
    return issues


SEARCHED_ROWS = 20

Synonyms = Mapping[str, tuple[str, ...]]


def synonyms(**columns: str) -> dict[str, tuple[str, ...]]:
    """Read the ``;``-separated headings people use for columns, their own name included."""
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
        """Return the text of a row in a field, repeated columns joined."""
        found = (row.cell(n) for n in self.columns.get(column, ()))
        return join.join(dict.fromkeys(text for text in found if text))

    def first(self, column: str) -> int:
        """Return the first column of a field, or -1."""
        return next(iter(self.columns.get(column, ())), -1)


def find_header(grid: Grid, known: Synonyms, needed: tuple[str, ...]) -> Header | None:
    """Find the best header among the first rows: one that has any of the ``needed`` fields, and the
    most fields of all; nothing if there is none.
    """
    named = {text: column for column, texts in known.items() for text in texts}
    best: Header | None = None
    merit = (0, 0.0)
    above: Row | None = None
    for n, row in enumerate(grid.headings[:SEARCHED_ROWS]):
        header = _read(row, above, named)
        below = [each for each in grid.rows if each.number > row.number][:12]
        if any(column in header.columns for column in needed):
            mine = (len(header.columns), _named_below(header, below, needed) - n / 1000)
            # A block of facts about the meeting has one row of values; a list goes on.
            if (
                best is None
                or (mine[1] > 0.5) - (merit[1] > 0.5) > 0
                or ((mine[1] > 0.5) == (merit[1] > 0.5) and mine > merit)
            ):
                best, merit = header, mine
        above = row if row else above
    return best


def _named_below(header: Header, below: Sequence[Row], needed: tuple[str, ...]) -> float:
    """Measure the share of the rows below that have letters, not numbers, in a needed column."""
    column = next((header.first(name) for name in needed if name in header.columns), -1)
    filled = [row.cell(column) for row in below if row and not row.title]
    return sum(any(c.isalpha() for c in cell) for cell in filled) / max(1, len(filled))


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
    """Report unknown columns: a warning for a likely typing mistake, one note for the rest."""
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
    """Report a table without a row of headings."""
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
    "name and surname;delegate;delegate name;name of delegate;attendee;person;names;speaker;"
    "attendee name;display name;user name;username;employee name;employee;staff name;member name;"
    "name original name;invitee;invitee name;registrant;nom;nom complet;nom et prenom;participants;"
    "nama;nama lengkap;nama peserta;nombre completo;nombre y apellido;nombre y apellidos;"
    "nome completo;vollstandiger name;name vorname;teilnehmer;teilnehmerin;teilnehmer in;"
    "teilnehmende;nome e cognome;naam;ho ten;ho va ten;ten;chue;ชื่อ;ชื่อ นามสกุล;ឈ្មោះ;ຊື່",
    first_name="given name;given names;forename;forenames;prenom;prenoms;first names;first;"
    "vorname;vornamen;nombre;nombres;nome;nome proprio;voornaam;nama depan;preferred first name;"
    "legal first name;ten goi;ชื่อจริง",
    last_name="surname;family name;nom de famille;last;second name;nachname;familienname;zuname;"
    "apellido;apellidos;sobrenome;cognome;achternaam;nama belakang;nama keluarga;legal last name;"
    "ho;นามสกุล;នាមត្រកូល",
    role="function;role in session;role in meeting;role in the session;role in the meeting;"
    "capacity;participating as;participation;attending as;rolle;funktion;fonction;rol;funcion;"
    "papel;funcao;ruolo;peran;vai tro;บทบาท;តួនាទី",
    institution="institutions;organisation;organization;affiliation;affiliations;institute;"
    "delegation;agency;body;employer;company;entity;institution name;organisation name;"
    "organization name;name of institution;name of organisation;name of organization;"
    "name of the institution;represents;representing;organisations;organizations;think tank;"
    "participant institution;participant organisation;participant organization;company name;"
    "organisme;organisation d appartenance;etablissement;structure;einrichtung;firma;verband;"
    "institucion;organizacion;entidad;organismo;empresa;instituicao;organizacao;istituzione;"
    "ente;organizzazione;azienda;instelling;organisatie;institusi;instansi;lembaga;organisasi;"
    "perusahaan;co quan;to chuc;don vi;หน่วยงาน;องค์กร;ស្ថាប័ន;អង្គភាព;ອົງການ",
    department="dept;division;unit;directorate;business unit;cost center;cost centre;section;"
    "team;office;abteilung;referat;departement;departamento;dipartimento;afdeling;bagian;"
    "phong ban;แผนก",
    acronym="abbreviation;abbr;short name;short form;institution acronym;organisation acronym;"
    "organization acronym;institution abbreviation;institution short name;acronyms;sigle;"
    "abkurzung;siglas;sigla;singkatan",
    category="type;institution type;type of institution;organisation type;organization type;kind;"
    "sector;stakeholder group;institution category;type of organisation;type of organization;"
    "categorie;kategorie;categoria;kategori",
    country="nation;state;nationality;country of origin;member state;economy;pays;negara;"
    "institution country;participant country;countries;country territory;land;staat;pais;paese;"
    "country region name;country region;quoc gia;ประเทศ;ប្រទេស;ປະເທດ",
    track="diplomacy track;track level;tracks",
    table="table number;table no;breakout;breakout room;breakout group;tisch;mesa;tavolo;tafel;"
    "meja",
    aliases="alias;also known as;aka;other names;nickname;nicknames;known as;name variants;"
    "preferred name;original name;pseudonym;code;speaker label;label",
    institution_aliases="organisation aliases;organization aliases;institution alias;"
    "other institution names;former names;former name;institution former names;"
    "institution other names",
    # What reports of platforms have and lists of people have not: told apart, never read.
    joined="join time;first join;joined;arrival time;beitrittszeit;erster beitritt;"
    "heure d arrivee;hora de entrada;waktu bergabung",
    left="leave time;last leave;departure time;verlassen;letztes verlassen;heure de depart;"
    "hora de salida;waktu keluar",
    email="user email;e mail;mail;email address;e mail address;correo;correo electronico;"
    "participant id upn;upn;courriel;surel",
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
    "co facilitator;host;lead facilitator;convener;discussion leader;interviewer;"
    "moderateur;moderatrice;facilitateur;facilitatrice;animateur;animatrice;president;presidente;"
    "president de seance;moderatorin;moderation;leitung;gesprachsleitung;vorsitz;vorsitzender;"
    "vorsitzende;moderador;moderadora;facilitador;facilitadora;presidenta;moderatore;moderatrice;"
    "facilitatore;voorzitter;gespreksleider;fasilitator;pemandu;ketua;nguoi dieu phoi;chu tri;"
    "ผู้ดำเนินรายการ;ผู้ดำเนินการ;ประธาน;អ្នកសម្របសម្រួល;ຜູ້ອຳນວຍຄວາມສະດວກ",
    "participant": "participant;delegate;member;discussant;attendee;representative;"
    "head of delegation;panellist;panelist;alternate;interviewee;respondent;participante;"
    "participants;participantes;delegue;deleguee;membre;representant;representante;intervenant;"
    "intervenante;teilnehmer;teilnehmerin;teilnehmende;mitglied;delegierter;delegierte;delegado;"
    "delegada;miembro;membro;partecipante;deelnemer;peserta;anggota;utusan;nguoi tham gia;"
    "thanh vien;dai bieu;ผู้เข้าร่วม;អ្នកចូលរួម;ຜູ້ເຂົ້າຮ່ວມ",
    "expert": "expert;resource person;speaker;presenter;keynote speaker;lecturer;adviser;advisor;"
    "trainer;instructor;experte;expertin;experta;perito;conferencier;conferenciere;expertes;"
    "referent;referentin;berater;beraterin;ponente;asesor;asesora;especialista;palestrante;"
    "relatore;esperto;esperta;deskundige;ahli;pakar;narasumber;chuyen gia;ผู้เชี่ยวชาญ;"
    "អ្នកជំនាញ",
    "observer": "observer;rapporteur;note taker;notetaker;interpreter;staff;guest;logistics;"
    "translator;organiser;organizer;observateur;observatrice;rapporteuse;rapporteure;interprete;"
    "traducteur;traductrice;organisateur;organisatrice;secretaire;beobachter;beobachterin;"
    "protokoll;protokollant;protokollantin;dolmetscher;dolmetscherin;gast;observador;observadora;"
    "relator;relatora;traductor;traductora;organizador;organizadora;tradutor;osservatore;"
    "osservatrice;interprete;pengamat;notulis;notulen;penerjemah;juru bahasa;panitia;"
    "quan sat vien;thu ky;phien dich;ผู้สังเกตการณ์;ล่าม;អ្នកសង្កេតការណ៍;អ្នកបកប្រែ",
}
ROLE_NAMES = {normal(text): role for role, texts in ROLES.items() for text in texts.split(";")}
CATEGORY_NAMES = {name: name for name in CATEGORIES} | {
    "thinktank": "think tank", "think tanks": "think tank", "research institute": "think tank",
    "policy institute": "think tank", "government ministry": "ministry", "ministries": "ministry",
    "expert group": "expert body", "expert": "expert body", "government agency": "agency",
}  # fmt: skip

NOTHING = frozenset(("", "n/a", "na", "-", "--", "none", "tbc", "tba", "tbd", "?", "nil", "."))
"""What people write into a cell to say that there is nothing to say."""

NOBODY = NOTHING - {"na", "none", "nil"}
"""The same for names of people, among whom there is a Nil and a Na."""
