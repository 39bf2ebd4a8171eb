"""Read documents as lines, each with its place in the text, for the layouts to be read from.

What a document has besides speech is taken away here, and told: marks of Markdown, numbers of
lines, what repeats on every page, and the lines that platforms write ("... started
transcription").
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from fgd.core.clock import TIME, clock
from fgd.core.text import normal
from fgd.intake.office_texts import Paragraph, Table
from fgd.intake.spreadsheets import enumeration
from fgd.intake.transcripts.columns import (
    Columns,
    by_speaker,
    find_columns,
    is_time,
    label_of,
    times_of,
)
from fgd.intake.transcripts.passages import Line
from fgd.intake.transcripts.speaker_labels import form
from fgd.model import Issue

# Kept: tabs and line ends. Everything else below space would only break whoever prints it.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_LONGEST_CELL = 200_000


def without_controls(text: str) -> str:
    """Replace every control character but tab and newline by a space."""
    return _CONTROLS.sub(" ", text)


def text_lines(text: str) -> list[Line]:
    """Split a plain text into lines; every line is a paragraph where no blank lines part them."""
    lines: list[Line] = []
    offset = 0
    opens = True
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            lines.append(Line(line, offset, number, opens))
        opens = not line.strip()
        offset += len(line) + 1
    parted = sum(line.opens for line in lines) > 1
    return lines if parted else [replace(line, opens=True) for line in lines]


_SPOKEN_AT = r"(?P<a>\d{1,6}(?:\.\d{1,6})?)"
_UNTIL = r"(?P<b>\d{1,6}(?:\.\d{1,6})?)"
_REWRITE = (
    re.compile(rf"^{_SPOKEN_AT}\t{_UNTIL}\t(?P<said>.*)$"),  # Audacity's labels
    re.compile(
        rf"^\[?start[=:]\s*{_SPOKEN_AT}s?,?\s+(?:stop|end)[=:]\s*{_UNTIL}s?\]?,?\s+(?P<said>.*)$"
    ),
    re.compile(rf"^{_SPOKEN_AT}\s+{_UNTIL}\s+(?P<said>[^\W\d].*:\s.*)$"),
    re.compile(
        r"^<(?:v|speaker|name)(?:\.[\w.]+)?[\s=]+[\"']?(?P<who>[^<>\"']{1,80})[\"']?>(?P<said>.*)$"
    ),
    re.compile(
        r"^<(?P<tag>speaker|name|b|strong)>(?P<who>[^<>]{1,80})</(?P=tag)>\s*:?\s*(?P<said>.*)$"
    ),
    re.compile(r"^\[(?P<ms>\d{1,9})\s*ms\]\s*(?P<said>.*)$"),
    re.compile(
        rf"^(?:from\s+|tcr?\s*|t\+?|time\s+|[/~|>]+)\s*(?P<clock>{TIME})"
        rf"(?:\s*(?:to|until|-|\u2013)\s*(?P<until>{TIME}))?\s*(?:/+|:|\||-|\u2013)?\s+(?P<said>.*)$",
        re.IGNORECASE,
    ),
    re.compile(r"^\s*[\xa4\u25ca]?<(?P<ms>\d{1,9})>\s*(?P<said>.*)$"),  # Transana
)
_NAMED = re.compile(r"^speaker[=:_]\s*(?P<who>\S+)\s+(?P<said>.*)$", re.IGNORECASE)
_FIELD = re.compile(r"^\s*(?P<key>[^\W\d_][^:=\t\n]{0,24}?)\s*[:=\t]\s*(?P<value>.*)$")
_FIELDS = {
    "who": frozenset("speaker name who participant sprecher locuteur intervenant hablante".split()),
    "when": frozenset("time timestamp start timecode at zeit temps hora waktu".split()),
    "said": frozenset("text words said transcript content utterance texte texto".split()),
}


def rewritten(text: str) -> str:
    """Rewrite a text whose times, names or fields stand in a form of one program, in the usual one:
    ``[h:mm:ss] NAME: words``. Any other text comes back as it is.
    """
    lines = text.split("\n")
    told = [line for line in lines[:400] if line.strip()]
    if len(told) < 2:
        return text
    for pattern in _REWRITE:
        if sum(bool(pattern.match(line)) for line in told) >= 0.9 * len(told):
            return "\n".join(_rewritten(pattern, line) for line in lines)
    return _records_of_fields(lines) or text


def _rewritten(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.match(line)
    if not found:
        return line
    given = found.groupdict()
    if given.get("who"):
        said = re.sub(r"</\w+>\s*$", "", given["said"]).strip()
        return f"{given['who'].strip(' :')}: {said}"
    if given.get("clock"):
        until = f" - {given['until']}" if given["until"] else ""
        return f"[{given['clock']}{until}] {given['said']}"
    start = float(given["a"]) if given.get("a") else int(given["ms"]) / 1000
    stamp = clock(round(start * 1000), ".")
    if given.get("b"):
        stamp += f" - {clock(round(float(given['b']) * 1000), '.')}"
    named = _NAMED.match(given["said"])
    said = f"{named['who']}: {named['said']}" if named else given["said"]
    return f"[{stamp}] {said}"


def _records_of_fields(lines: Sequence[str]) -> str:
    """Read records of one field a line (``Speaker:``, ``Time:``, ``Text:``), if there are any."""
    made: list[str] = []
    record: dict[str, str] = {}
    last = ""

    def close() -> None:
        nonlocal last
        if record.get("said") and record.get("who"):
            when = f"[{record['when']}] " if record.get("when") else ""
            made.append(f"{when}{record['who']}: {record['said']}")
        record.clear()
        last = ""

    known = strange = 0
    for line in lines:
        if not line.strip():
            continue
        found = _FIELD.match(line)
        key = found["key"].casefold() if found else ""
        kind = next((kind for kind, words in _FIELDS.items() if key in words), "")
        if found and kind:
            known += 1
            if kind in record:
                close()
            record[kind], last = found["value"].strip(), kind
        elif last == "said":
            record["said"] += f" {line.strip()}"
        elif record.get("who"):
            record["said"], last = line.strip(), "said"
        else:
            strange += 1
    close()
    return "\n".join(made) if len(made) > 1 and known >= 4 and strange <= 0.1 * known else ""


@dataclass(slots=True)
class Lines:
    """The lines of a document, and what of its tables is not in them: the headings of ``columns``
    left out, ``rows`` whose words stand in no column of words, rows whose words are those of a
    cell ``shared`` with another speaker's row; the line of a quotation mark that is ``unclosed``.
    """

    lines: list[Line] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    shared: list[int] = field(default_factory=list)
    unclosed: int = 0

    def placed(self) -> Lines:
        """Place the lines as if the document were saved as plain text."""
        offset = 0
        for n, line in enumerate(self.lines):
            self.lines[n] = replace(line, offset=offset)
            offset += len(line.text) + 1
        self.columns = list(dict.fromkeys(self.columns))
        return self


def block_lines(blocks: Iterable[Paragraph | Table], languages: Sequence[str] = ()) -> Lines:
    """Make lines of a document's paragraphs and tables."""
    whole = Lines()
    for block in blocks:
        if isinstance(block, Paragraph):
            whole.lines += _paragraph_lines(block)
        else:
            found = _table_lines(block, languages)
            whole.lines += found.lines
            whole.columns += found.columns
            whole.rows += found.rows
            whole.shared += found.shared
    return whole.placed()


def _paragraph_lines(paragraph: Paragraph) -> list[Line]:
    lines: list[Line] = []
    bold = paragraph.bold
    for n, text in enumerate(without_controls(paragraph.text).split("\n")):
        if text.strip():
            lead = max(0, min(bold, len(text)))
            level = paragraph.heading
            lines.append(Line(text, 0, paragraph.number, n == 0, lead, heading=level))
        bold -= len(text) + 1
    return lines


def _table_lines(table: Table, languages: Sequence[str]) -> Lines:
    """Make labelled lines of a table's rows, or paragraphs of its cells if it is only a frame."""
    rows = [["\n".join(p.text for p in cell) for cell in row] for row in table.rows]
    numbers = [next((p.number for cell in row for p in cell), 0) for row in table.rows]
    wide = by_speaker(rows)
    if wide is not None:
        rows, numbers = wide, [*range(1, len(wide) + 1)]
    columns = find_columns(rows, languages)
    if columns is None:
        cells = (cell for row in table.rows for cell in row)
        return Lines([line for cell in cells for each in cell for line in _paragraph_lines(each)])
    made = row_lines(rows, numbers, columns)
    if wide is None and columns.label >= 0:
        speaker = ""
        for n in range(columns.first, len(rows)):
            label = label_of(rows[n], columns)
            if (n, columns.text) not in table.tall:
                speaker = label
            elif label not in ("", speaker):
                made.shared.append(numbers[n])
    return made


_SAID_BY = re.compile(r"\s*(?P<who>[^:\uff1a\n]{1,60}?)\s*[:\uff1a]\s+(?P<said>\S.*)", re.DOTALL)


def _beside(row: Sequence[str], columns: Columns, speakers: set[str]) -> tuple[str, str, bool]:
    """Read a row without words in their column (cells are merged there, or shifted): speaker and
    words where another cell tells both, and whether there are words that nobody is told to say.
    """
    others = [
        (n, cell)
        for n, cell in enumerate(row)
        if cell.strip() and not (n in (columns.time, columns.end) and is_time(cell))
    ]
    for _, cell in others:
        found = _SAID_BY.match(cell)
        if found and form(found["who"]) in ("name", "neutral"):
            return found["who"], found["said"], False
    label = label_of(row, columns)
    silent = label in speakers or form(label) == "name"  # who is named, and said nothing
    told = (len(cell.split()) > 1 and not (n == columns.label and silent) for n, cell in others)
    return "", "", any(told)


def row_lines(
    rows: Sequence[Sequence[str]], numbers: Sequence[int], columns: Columns, delimiter: str = " "
) -> Lines:
    """Make lines with label and times of the rows of a table.

    Where the words are the last column, further cells are words in which the delimiter stood.
    """
    made = Lines(columns=list(columns.left_out))
    texts = [row[columns.text] if columns.text < len(row) else "" for row in rows]
    if columns.first and columns.text == len(rows[columns.first - 1]) - 1:
        told = ([cell for cell in row[columns.text :] if cell.strip()] for row in rows)
        texts = [f"{delimiter} ".join(cells) for cells in told]
    spans = times_of(rows[columns.first :], columns)
    speakers = {label_of(row, columns) for row, text in zip(rows, texts, strict=True) if text}
    for n, (start, end) in enumerate(spans, columns.first):
        label, text = label_of(rows[n], columns), texts[n]
        if not text.strip():
            who, text, lost = _beside(rows[n], columns, speakers)
            label = who or label
            if lost:
                made.rows.append(numbers[n])
        parts = [*filter(str.strip, without_controls(text).split("\n"))]
        if parts:
            made.lines.append(Line(parts[0], 0, numbers[n], True, 0, label, start, end))
        made.lines += [Line(part, 0, numbers[n], opens=False) for part in parts[1:]]
    return made


def delimited_lines(text: str, languages: Sequence[str] = ()) -> Lines | None:
    """Read the lines of a text that is a table (tabs, commas, semicolons), whatever it is called;
    nothing where it is none.
    """
    if len(text) > 64_000_000:
        return None
    lines = text.split("\n")
    head = [line for line in lines[:60] if line.strip()][:40]
    if len(head) < 2:
        return None
    for delimiter in ("\t", ",", ";", "|"):
        if not _is_cut_by(delimiter, head):
            continue
        rows, numbers, unclosed = _rows(lines, delimiter)
        width = Counter(len(row) for row in rows[:40]).most_common(1)[0][0] if rows else 0
        if width < 2 or (delimiter != "\t" and _unlike(rows, width)):
            continue
        wide = by_speaker(rows)
        if wide is not None:
            rows, numbers = wide, [*range(1, len(wide) + 1)]
        columns = find_columns(rows, languages, strict=True)
        if columns is None:
            continue
        sure = delimiter in "\t|" or columns.label >= 0
        if columns.first == 0 and (columns.time < 0 or not sure):
            continue  # without headings, commas and "Name<TAB>text" are text
        made = row_lines(rows, numbers, columns, delimiter).placed()
        made.unclosed = unclosed
        return made
    return None


def _is_cut_by(delimiter: str, head: Sequence[str]) -> bool:
    """Tell whether nearly every row has the delimiter; a quoted cell may run over several lines."""
    if sum(delimiter in line for line in head) >= 0.9 * len(head):
        return True
    if delimiter == "\t" or sum(line.count('"') for line in head) < 2:
        return False
    rows, _, unclosed = _rows(head, delimiter)
    return not unclosed and len(rows) > 1 and sum(len(r) > 1 for r in rows) >= 0.9 * len(rows)


def _rows(lines: Sequence[str], delimiter: str) -> tuple[list[list[str]], list[int], int]:
    """Read the rows with the lines in which they begin. Where a quotation mark is not closed, the
    rest would be one cell and everybody in it one speaker: then all of them are plain text.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    quoted = delimiter != "\t" or sum('"' in line for line in lines[:40]) > 1
    rows, numbers, wrong = _cells(lines, delimiter, quoted=quoted)
    if not wrong:
        return rows, numbers, 0
    rows, numbers, _ = _cells(lines, delimiter, quoted=False)
    return rows, numbers, wrong


def _cells(
    lines: Sequence[str], delimiter: str, *, quoted: bool
) -> tuple[list[list[str]], list[int], int]:
    source = (line + "\n" for line in lines)
    how: dict[str, Any] = {"delimiter": delimiter, "skipinitialspace": True, "strict": quoted}
    reader = csv.reader(source, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE, **how)
    rows: list[list[str]] = []
    numbers: list[int] = []
    begin = 1
    try:
        for row in reader:
            # The rule below the headings of a Markdown table is no row.
            if any(cell.strip(" -:|") for cell in row):
                rows.append([cell.strip() for cell in row])
                numbers.append(begin)
            begin = reader.line_num + 1
    except csv.Error:
        return [], [], begin
    return rows, numbers, 0


def _unlike(rows: Sequence[Sequence[str]], width: int) -> bool:
    return sum(len(row) == width for row in rows[:200]) < 0.8 * len(rows[:200])


# -- what is no speech ---------------------------------------------------------------------------

_DID = (
    r"(?:has |have )?(?:started|stopped|paused|resumed|began|ended) (?:the |a )?(?:live )?"
    r"(?:transcription|recording|transcript|captions|captioning)"
    r"|(?:has |have )?(?:joined|left|entered|rejoined|exited)(?: the)? "
    r"(?:meeting|call|conversation|room|conference|session|chat)(?: as a guest)?"
    r"|(?:was|has been|were) (?:admitted|removed|invited|added|muted)(?: (?:to|from|by) .{1,60})?"
    r"|(?:is|started|stopped) (?:sharing|presenting)(?: (?:the|their) screen)?"
    # German, French, Spanish, Portuguese, Italian, Indonesian
    r"|hat die (?:transkription|aufzeichnung|aufnahme) (?:gestartet|beendet|angehalten)"
    r"|ist (?:der besprechung|dem meeting|dem anruf) beigetreten"
    r"|hat (?:die besprechung|das meeting|den anruf) verlassen"
    r"|a (?:démarré|commencé|lancé|arrêté|interrompu) (?:la transcription|l['\u2019]enregistrement)"
    r"|a (?:rejoint|quitté) (?:la réunion|l['\u2019]appel)"
    r"|(?:inició|comenzó|detuvo|ha iniciado|ha detenido) la (?:transcripción|grabación)"
    r"|se (?:ha unido|unió) a la reunión|(?:abandonó|ha abandonado|salió de) la reunión"
    r"|(?:iniciou|parou|interrompeu) a (?:transcrição|gravação)"
    r"|(?:entrou na|saiu da) reunião"
    r"|ha (?:avviato|interrotto) la (?:trascrizione|registrazione)"
    r"|(?:memulai|menghentikan) (?:transkripsi|perekaman|rekaman)"
    r"|(?:bergabung (?:dengan|ke)|meninggalkan) rapat"
)
_DOES = re.compile(rf"(?P<who>.{{1,80}}?)\s+(?:{_DID})\.?", re.IGNORECASE)
_ITSELF = re.compile(
    r"(?:this |the )?(?:live )?(?:editable )?(?:meeting |call )?"
    r"(?:transcript(?:ion)?|recording|meeting|call)(?: (?:has|was|is|being))*"
    r" (?:started|stopped|ended|paused|resumed|being recorded|recorded|transcribed"
    r"|(?:computer|automatically|auto|ai|machine)[- ]generated)\b.{0,240}"
    r"|(?:start|end|beginning) of (?:the )?(?:transcript(?:ion)?|recording|audio|tape|interview)"
    r"(?: at .{1,30})?\.?"
    r"|\[?(?:end|start) of (?:transcript(?:ion)?|recording|audio)\]?\.?"
    r"|(?:transcribed|transcription|transcript|captioned|subtitles?|captions?|generated)"
    r"(?: (?:provided|made|generated|created))? by .{1,120}"
    r"|people can also change the text after it was created\.?"
    r"|(?:the )?transcript(?:ion)? may (?:contain|not be).{0,200}"
    r"|.{0,120}\bmight contain errors\b.{0,160}"
    r"|(?:download|view) (?:the )?(?:transcript|recording)\b.{0,80}"
    r"|to (?:view|edit) this transcript\b.{0,160}",
    re.IGNORECASE,
)
_ENCRYPTED = re.compile(r"\b(?:messages|calls)\b.{0,30}\bend-to-end encrypted\b", re.IGNORECASE)
_PAGE = re.compile(
    r"[-\u2013\s]*(?:page|seite|p\.|página|halaman|trang|หน้า|ទំព័រ)\s*\d{1,4}(?:\s*(?:/|of|von|de|sur|dari)\s*\d{1,4})?[-\u2013\s]*"
    r"|[-\u2013]\s*\d{1,4}\s*[-\u2013]|\d{1,4}\s*/\s*\d{1,4}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\s*(?:[#\u2116]|\[|\()?(\d{1,6})(?:[\]).:|]{1,2}|\s)\s*(?=\S)|\s*(\d{1,6})\s*$"
)


def is_system_line(text: str) -> bool:
    """Tell whether a platform wrote a line, not a person: who joined, what was started, notices."""
    text = " ".join(text.strip(" *_[]()\u2014-").split())
    if _ENCRYPTED.search(text[:400]):
        return True
    if not 4 < len(text) < 300:
        return False
    found = _DOES.fullmatch(text)
    if found and ":" not in found["who"] and form(found["who"]) in ("name", "neutral"):
        return True
    return bool(_ITSELF.fullmatch(text))


def without_furniture(
    lines: Sequence[Line], name: str, unit: str
) -> tuple[list[Line], list[Issue]]:
    """Keep the lines that people may have said, and write one note for each kind of other ones."""
    issues: list[Issue] = []
    lines = _below_its_heading(lines, name, unit, issues)
    kept = _without_numbers(lines)
    if kept is not lines:
        message = "numbers in front of the lines were left out."
        issues.append(Issue("note", name, message, "", f"{unit} {lines[0].number}"))
    tests: tuple[tuple[str, Callable[[Line], bool]], ...] = (
        ("{} line(s) written by the platform were left out.", lambda e: is_system_line(e.text)),
        ("{} line(s) with the number of a page were left out.", _is_page),
        ("{} line(s) of dashes and the like were left out.", _is_rule),
    )
    for message, test in tests:
        gone = [line for line in kept if not line.label and test(line)]
        if gone and len(gone) < len(kept):
            dropped = set(map(id, gone))
            kept = _without(kept, dropped)
            numbers = enumeration([line.number for line in gone])
            place = f"{unit}{'' if len(gone) == 1 else 's'} {numbers}"
            issues.append(Issue("note", name, message.format(len(gone)), "", place))
    return list(kept), issues


_CALLED = frozenset(
    normal(text)
    for text in "transcript;transcription;full transcript;verbatim transcript;the transcript;"
    "meeting transcript;transkript;transkription;retranscription;transcripción;transcrição;"
    "trascrizione;transkrip".split(";")
)


def _below_its_heading(
    lines: Sequence[Line], name: str, unit: str, issues: list[Issue]
) -> Sequence[Line]:
    """Keep what stands below a heading that says "Transcript"; summaries above it were not said."""
    places = [n for n, line in enumerate(lines) if normal(line.text.strip("#* :")) in _CALLED]
    if len(places) != 1 or any(line.label for line in lines[: places[0]]):
        return lines
    first = places[0]
    below = sum(len(line.text) for line in lines[first + 1 :])
    if below < sum(len(line.text) for line in lines[:first]) or not lines[first].opens:
        return lines
    if first:
        message = f"{first} line(s) above the heading {lines[first].text.strip()!r} were left out."
        issues.append(Issue("note", name, message, "", f"{unit} {lines[0].number}"))
    return lines[first + 1 :]


def _without(lines: Sequence[Line], dropped: set[int]) -> list[Line]:
    """Drop lines; what follows one that began a paragraph begins it instead."""
    kept: list[Line] = []
    opens = False
    for line in lines:
        if id(line) in dropped:
            opens |= line.opens
            continue
        kept.append(replace(line, opens=True) if opens else line)
        opens = False
    return kept


def _is_rule(line: Line) -> bool:
    return bool(re.fullmatch(r"\s*([-=_*~#\u2012-\u2015\u2500])(?:\s*\1){2,}\s*", line.text[:400]))


def _is_page(line: Line) -> bool:
    return bool(_PAGE.fullmatch(line.text.strip()))


def _without_numbers(lines: Sequence[Line]) -> Sequence[Line]:
    """Strip numbers of lines that count up through the file, on every line or every fifth."""
    if len(lines) < 3 or any(line.label for line in lines):
        return lines
    found = {n: m for n, line in enumerate(lines) if (m := _NUMBERED.match(line.text))}
    numbers = [int(mark[1] or mark[2]) for mark in found.values()]
    if len(numbers) > 3 and found.get(0) and found[0][2] and numbers[1] == 1:
        del found[0]  # the number of the page, above the first line
        numbers = numbers[1:]
    fives = len(numbers) > 1 and numbers == list(range(5, 5 * len(numbers) + 1, 5))
    if (len(numbers) < 3 and not fives) or numbers[0] > 5 + 5 * (len(numbers) < len(lines)):
        return lines
    steps = Counter(after - before for before, after in pairwise(numbers))
    step, often = steps.most_common(1)[0]
    every = step == 1 and len(found) >= 0.8 * len(lines)
    fifth = step in (5, 10) and len(found) * (step + 3) >= len(lines)
    if often < 0.9 * (len(numbers) - 1) or not (every or fifth):
        return lines
    made: list[Line] = []
    for n, line in enumerate(lines):
        cut = found[n].end() if n in found else 0
        text = line.text[cut:]
        if text.strip():
            bold = max(0, line.bold - cut)
            made.append(replace(line, text=text, offset=line.offset + cut, bold=bold))
    return made


# -- Markdown ------------------------------------------------------------------------------------

_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_MARKED = re.compile(r"^\s*(?:[\[(]?\d[\d:.,]*[\])]?\s+)?(?:\*\*|__|> |#{1,4} )")
_STRONG = re.compile(r"(\*\*\*|\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\((?:[^()\n]{0,500})\)")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^\s*```.*$")
_ROW_RULE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?)?\s*$")


def looks_like_markdown(lines: Sequence[Line]) -> bool:
    """Tell whether lines begin with marks of Markdown as a habit of the file."""
    marked = sum(bool(_MARKED.match(line.text)) for line in lines)
    return marked >= 2 and marked >= 0.2 * len(lines)


def without_markdown(lines: Sequence[Line]) -> list[Line]:
    """Strip marks of Markdown; headings keep their level and bold beginnings theirs."""
    made: list[Line] = []
    for line in lines:
        text = line.text
        if _RULE.match(text) or _ROW_RULE.match(text):
            continue
        level = line.heading
        if len(text) > 20_000:
            made.append(line)
            continue
        heading = _HEADING.match(text)
        if heading:
            level, text = len(heading[1]), heading[2]
        text = re.sub(r"^\s*>\s?", "", text)
        text = re.sub(r"^\s*(?:[-*+]|\d{1,4}[.)])\s+(?=\*\*|__|\S+:)", "", text)
        text = re.sub(r"`([^`\n]{1,80})`", r"\1", _LINK.sub(r"\1", text))
        first = _STRONG.match(text.lstrip())
        bold = len(first[2]) if first else 0
        text = _STRONG.sub(r"\2", text)
        text = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]{1,400})(?<=\S)\*(?![\w*])", r"\1", text)
        text = re.sub(r"(?<![\w_])_(?=\S)([^_\n]{1,400})(?<=\S)_(?![\w_])", r"\1", text)
        text = re.sub(r"\\([\\`*_{}\[\]()#+.!>-])", r"\1", text)
        if text.strip():
            text = text.lstrip()
            made.append(
                replace(
                    line, text=text, bold=bold, heading=level, opens=line.opens or bool(heading)
                )
            )
    return made
