"""Finding the row that names the columns of a roster, whatever people call them.

A heading is recognised by its whole text, without case, punctuation or what stands in brackets.
Where a heading spans two rows ("Institution" merged over "Name" and "Acronym"), the two texts
together are tried first ("institution name"). The words people use stand below, with the roles and
categories they stand for.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
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
    """The share of the rows below that have letters, not numbers, in a needed column."""
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
