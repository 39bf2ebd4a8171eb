"""Read transcripts laid out as a table: which column holds the times, the speaker, the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fgd.core.clock import TIME, milliseconds, moment
from fgd.core.text import language, normal
from fgd.intake.transcripts.speaker_labels import form

_TEXTS = frozenset(
    "text transcript transcription content utterance utterances words speech said dialog dialogue "
    "caption captions subtitle sentence statement message verbatim quote body translation texte "
    "texto testo teks inhalt wortlaut transkript äußerung contenu paroles propos intervention "
    "intervención intervencion intervenção intervento wypowiedź lời "
    "aussage beitrag discurso dicho ucapan isi comment answer verbatims".split()
)
_LABELS = frozenset(
    "speaker speakers name names who participant label person interviewee role actor character "
    "sprecher sprecherin locuteur intervenant orador hablante pembicara interlocuteur "
    "speakername voice id_speaker intervenante orateur oratrice locutrice participante "
    "interviniente hablantes sprechende narasumber teilnehmer teilnehmerin".split()
)
_STARTS = frozenset(
    "time times timestamp timestamps start timecode stamp timespan begin from in tc zeit beginn "
    "temps début debut inicio tiempo hora waktu mulai minute clock horodatage minutage heure "
    "uhrzeit zeitmarke marca startzeit".split()
)
_ENDS = frozenset("end to until stop out ende fin fim selesai finish endzeit bis".split())
_OTHERS = frozenset(
    "no number line id nr row index seq sequence turn segment duration confidence channel file "
    "notes note comment comments code codes theme language".split()
)
_DASH = "\u2010-\u2015-"
_TIME = re.compile(
    rf"[\[(]?({TIME}|\d{{1,2}}[.]\d{{2}}[.]\d{{2}})(?:\s*(?:-{{1,2}}>|[{_DASH}]|to|,)\s*({TIME}))?[\])]?"
)
_EPOCH = 864_000  # ten days: no recording is that long
_WORDS_A_SECOND = 8.0

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; -1 where there is none. ``first`` is the first row of speech,
    ``left_out`` the headings of further columns of text.
    """

    text: int
    label: int = -1
    time: int = -1
    first: int = 0
    end: int = -1
    left_out: tuple[str, ...] = ()
    milliseconds: bool = False


def find_columns(
    rows: Sequence[Cells], languages: Sequence[str] = (), *, strict: bool = False
) -> Columns | None:
    """Find the columns of a transcript's table; nothing if the table is none.

    A row of headings may hold words nobody knows, as long as one is known and none reads like
    speech or a time. Of two columns of text, the one in a language of the session is taken.
    """
    width = max((len(row) for row in rows), default=0)
    if width < 2:
        return None
    title = next(
        (n for n, row in enumerate(rows[:10]) if sum(map(bool, map(str.strip, row))) > 1), 0
    )
    if title:  # what stands alone in a row above the headings is the name of the table
        found = find_columns(rows[title:], languages, strict=strict)
        return replace(found, first=found.first + title) if found and found.first else None
    heads = [set(normal(cell).split()) for cell in rows[0]]
    untold = _stands_above_times(rows)
    first = int(untold or _is_heading(rows[0], heads))
    body = [row for row in rows[first : first + 2000] if any(cell.strip() for cell in row)]
    filled = [
        [cell for row in body if n < len(row) and (cell := row[n].strip())] for n in range(width)
    ]
    named = heads if first else []
    time, end = _headed(named, _STARTS, "end"), _headed(named, _ENDS, "start")
    if time >= 0 and not _mostly(filled[time], _is_number_or_time):
        time = -1
    if end >= 0 and (end == time or not _mostly(filled[end], _is_number_or_time)):
        end = -1
    if time < 0:
        time = next((n for n, cells in enumerate(filled) if _mostly(cells, is_time)), -1)
    if end < 0 and time >= 0 and time + 1 < width and _mostly(filled[time + 1], is_time):
        end = time + 1
    taken = {time, end}
    rest = [n for n in range(width) if n not in taken and filled[n]]
    rest = [n for n in rest if not (first and named[n : n + 1] and named[n] <= _OTHERS)] or rest
    if not rest:
        return None
    label = _headed(named, _LABELS, "")
    if label >= 0 and (label in taken or not filled[label]):
        label = -1
    texts = [n for n in rest if n != label and n < len(named) and named[n] & _TEXTS]
    texts = texts or [n for n in rest if n != label and n < len(named) and _tongue(rows[0][n])]
    text = _of_languages(texts, rows[0], languages)
    if text < 0:
        text = max(rest, key=lambda n: -1 if n == label else sum(map(len, filled[n])))
    if text == label:  # names and words in one cell, as in "Name: text"
        label = -1
    elif label < 0 and not strict:
        label = next((n for n in rest if n != text and _mostly(filled[n], _is_label)), -1)
    elif label < 0:
        few = (n for n in rest if n != text and _mostly(filled[n], _is_label))
        label = next((n for n in few if len(set(filled[n])) <= max(2, 0.7 * len(filled[n]))), -1)
    if label < 0 and time < 0:
        return None
    if (
        strict
        and first
        and not (untold and label >= 0)
        and not named[text] & _TEXTS
        and not _tongue(rows[0][text])
    ):
        return None
    others = tuple(rows[0][n] for n in rest if first and n not in (text, label) and n in texts)
    plain = time >= 0 and _mostly(filled[time], lambda cell: cell.isdigit())
    return Columns(
        text, label, time, first, end, others, plain and _in_milliseconds(filled, time, text)
    )


def _stands_above_times(rows: Sequence[Cells]) -> bool:
    """Tell whether the first row heads a column of times, in words that nobody has to know."""
    head, body = rows[0], [row for row in rows[1:50] if any(map(str.strip, row))]
    if len(body) < 3 or any(
        len(cell) > 40 or cell.rstrip().endswith((".", "?", "!")) for cell in head
    ):
        return False
    if any(is_time(cell) for cell in head) or not all(map(str.strip, head)):
        return False
    return any(all(n < len(row) and is_time(row[n]) for row in body) for n in range(len(head)))


def _is_heading(row: Cells, heads: Sequence[set[str]]) -> bool:
    known = _TEXTS | _LABELS | _STARTS | _ENDS | _OTHERS
    some = [words for words in heads if words]
    if not some or any(is_time(cell) or len(cell) > 40 for cell in row):
        return False
    if any(cell.rstrip().endswith((".", "?", "!")) and len(cell) > 5 for cell in row):
        return False
    hits = sum(bool(words & known) for words in some)
    return hits == len(some) or (
        hits >= 1 and hits + sum(bool(_tongue(c)) for c in row) > len(some) / 2
    )


def _tongue(heading: str) -> str:
    """Find the language a heading names, alone or in brackets behind another word."""
    words = normal(heading).split()
    return next((code for word in words if len(word) > 2 and (code := language(word))), "")


def _of_languages(texts: Sequence[int], heads: Cells, languages: Sequence[str]) -> int:
    for code in languages:
        for n in texts:
            if _tongue(heads[n]) == code:
                return n
    return texts[0] if texts else -1


def _headed(heads: Sequence[set[str]], words: frozenset[str], unlike: str) -> int:
    """Find the first column whose heading has one of the words (and not ``unlike``), or -1."""
    return next((n for n, head in enumerate(heads) if head & words and unlike not in head), -1)


def _mostly(cells: Cells, test: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(test, cells)) >= 0.7 * len(cells)


def is_time(cell: str) -> bool:
    """Tell whether a cell holds a time or a stretch of time, and nothing else."""
    cell = cell.strip()
    return _TIME.fullmatch(cell) is not None or (
        cell[:1].isdigit()
        and ":" not in cell
        and not cell.isdigit()
        and milliseconds(cell) is not None
    )


def _is_number_or_time(cell: str) -> bool:
    return is_time(cell) or re.fullmatch(r"\d+(?:[.,]\d+)?s?", cell.strip()) is not None


def _in_milliseconds(filled: Sequence[Cells], time: int, text: int) -> bool:
    """Tell whether whole numbers are milliseconds: as seconds they would be an absurd pace of
    speech in most rows; one break of an hour says nothing.
    """
    numbers = [int(cell) for cell in filled[time] if cell.isdigit() and len(cell) < 16]
    words = sum(len(cell.split()) for cell in filled[text])
    length = max(numbers, default=0) - min(numbers, default=0)
    steps = sorted(after - before for before, after in pairwise(numbers))
    usual = steps[len(steps) // 2] if steps else 0
    return length > 100 * max(1, words) or (
        len(numbers) > 1 and length >= 1000 and usual * len(numbers) > 20 * words
    )


def times_of(rows: Sequence[Cells], columns: Columns) -> list[tuple[int, int]]:
    """Start and end of every row in milliseconds, -1 where they are not given."""
    made: list[tuple[int, int]] = []
    for row in rows:
        start = row[columns.time] if -1 < columns.time < len(row) else ""
        end = row[columns.end] if -1 < columns.end < len(row) else ""
        first, last = times(start, columns.milliseconds)
        if columns.time < 0:
            first = _label_and_time(row, columns)[1]
        if end and last < 0:
            last = times(end, columns.milliseconds)[0]
        made.append((first, last))
    return made


def label_of(row: Cells, columns: Columns) -> str:
    """Read the speaker of a row."""
    return _label_and_time(row, columns)[0]


_STAMPED_LABEL = re.compile(
    rf"^(?P<label>.*?[^\s,(|\[])[\s,(|\[]+(?P<time>{TIME})[)\]]?$"
    rf"|^[(\[]?(?P<first>{TIME})[)\]]?[\s,|]+(?P<name>\S.*)$"
)


def _label_and_time(row: Cells, columns: Columns) -> tuple[str, int]:
    """Read the speaker of a row, and the time that stands in the same cell, or -1."""
    label = row[columns.label] if -1 < columns.label < len(row) else ""
    label = " ".join(label.split()).rstrip(":").strip()
    found = _STAMPED_LABEL.match(label) if columns.time < 0 else None
    start = milliseconds(found["time"] or found["first"]) if found else None
    if found is None or start is None:
        return label, -1
    return (found["label"] or found["name"]).rstrip(":").strip(), start


def times(cell: str, plain_milliseconds: bool = False) -> tuple[int, int]:
    """Read the start and end of a cell in milliseconds, -1 where they are not given."""
    cell = cell.strip()
    if plain_milliseconds and cell.isdigit() and len(cell) < 16:
        return int(cell), -1
    found = _TIME.fullmatch(cell)
    if found and "." in found[1] and ":" not in found[1] and found[1].count(".") == 2:
        start = milliseconds(found[1].replace(".", ":"))
    else:
        start = milliseconds(found[1]) if found else moment(cell)
    end = milliseconds(found[2]) if found and found[2] else None
    return (-1 if start is None else start, -1 if end is None else end)


def by_speaker(rows: Sequence[Cells]) -> list[list[str]] | None:
    """Read the rows of a table with a column for every speaker, as time, speaker, text; nothing
    where a table is laid out otherwise.
    """
    if len(rows) < 4 or len(rows[0]) < 3:
        return None
    heads = [cell.strip() for cell in rows[0]]
    known = _TEXTS | _LABELS | _STARTS | _ENDS | _OTHERS
    people = [
        n
        for n, head in enumerate(heads)
        if form(head) in ("name", "neutral") and not set(normal(head).split()) & known
    ]
    rest = [n for n in range(len(heads)) if n not in people]
    if len(people) < 2 or len(rest) > 2 or any(_tongue(heads[n]) for n in people):
        return None
    made = [["time", "speaker", "text"]]
    for row in rows[1:]:
        said = [n for n in people if n < len(row) and row[n].strip()]
        time = next((row[n] for n in rest if n < len(row) and is_time(row[n])), "")
        made += [[time, heads[n], row[n]] for n in said]
    alone = sum(sum(bool(n < len(row) and row[n].strip()) for n in people) == 1 for row in rows[1:])
    words = sum(len(row[2].split()) for row in made[1:])
    return made if alone >= 0.9 * (len(rows) - 1) and words > 2 * len(made) else None


def _is_label(cell: str) -> bool:
    return form(cell.rstrip(":")) in ("name", "neutral", "weak")
