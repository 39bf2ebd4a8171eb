"""Find the layout of a written transcript, and make passages of its lines.

Told apart by what the whole file does, not line by line:

* headers: ``Name  0:12`` on a line of its own (Otter, Teams), ``Name (00:00:12): text``, or a
  name, a time and the text on three lines (Teams), or a time, a name and the text (older Teams);
* labels before colons, in brackets, before a tab, a semicolon, a dash ..., by the rule in
  ``speaker_labels``, with or without a time in front;
* names in bold at the start of a paragraph, or names on lines or in headings of their own that
  come back, where there are no other names;
* labels inside one long paragraph that has lost its line breaks;
* nothing of the kind: paragraphs without labels.

A paragraph without a name goes on with the speaker before it. What stands above the first speaker
(titles, who was there, a key to the labels) is left out and told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fgd.core.text import normal, without_marks
from fgd.intake.transcripts.passages import Line, Passage, Stamped, stamped
from fgd.intake.transcripts.speaker_labels import (
    Convention,
    candidate,
    find_convention,
    form,
    labels_inside,
)
from fgd.model import Issue

_FRONT_LINES, _FRONT_LENGTH = 15, 120


@dataclass(frozen=True, slots=True)
class _Part:
    """A line read to the end: the label it introduces, its times, and its text."""

    source: Stamped
    text: str
    offset: int
    label: str = ""
    start: int = -1
    end: int = -1

    @property
    def introduces(self) -> bool:
        """Tell whether somebody begins to speak here."""
        return bool(self.label)


@dataclass(frozen=True, slots=True)
class Layout:
    """The passages of a document in its own order, and what was left out of it."""

    passages: tuple[Passage, ...]
    labelled: bool
    issues: tuple[Issue, ...] = ()


def read_layout(lines: Sequence[Line], name: str, unit: str = "line") -> Layout:
    """Find out how a transcript is laid out, and cut it into passages.

    ``unit`` is what the numbers of lines count.
    """
    found, issues = _without_preamble([line for line in lines if line.text.strip()], name, unit)
    found = _with_signatures(found)
    marked = _with_headers(stamped(found))
    parts = _split_inside(_parts(marked))
    labelled = any(part.introduces for part in parts)
    if labelled:
        parts, more = _without_front(parts, name, unit)
        issues += more
    return Layout(tuple(_passages(parts, labelled)), labelled, tuple(issues))


_SIGNED = re.compile(
    r"^[\"\u201c\u201e\u00ab]?(?P<text>.*?[.?!\u2026\"\u201d\u00bb\u3002])[\"\u201d\u00bb]?\s*"
    r"(?:[\u2012-\u2015]\s*|-{1,2}\s+|[(\[])(?P<who>[^\u2012-\u2015()\[\]\n.?!]{2,60})[)\]]?$"
)


def _with_signatures(lines: list[Line]) -> list[Line]:
    """Read paragraphs that end with their speaker's name, where that is how a file is made."""
    found = [_SIGNED.match(line.text.strip()[-2000:]) for line in lines]
    named = Counter(mark["who"].strip() for mark in found if mark)
    names = [name for name in named if form(name) == "name" and len(name.split()) > 1]
    held = sum(named[name] for name in names)
    if held < 3 or held < 0.9 * len(lines) or len(names) > 0.75 * held or len(names) < 2:
        return lines
    return [
        replace(line, text=mark["text"], label=mark["who"].strip())
        if mark and mark["who"].strip() in names and len(line.text) < 2000
        else line
        for line, mark in zip(lines, found, strict=True)
    ]


_ABOUT = frozenset(
    normal(text)
    for text in (
        "date;date of interview;date of discussion;date of recording;interview date;place;venue;"
        "location;country;district;village;site;setting;facilitator;facilitators;moderator;"
        "moderators;interviewer;interviewers;chair;host;interviewee;interviewees;participants;"
        "participant;present;in attendance;attendees;attendance;attending;speakers;speaker key;"
        "key;legend;note taker;notetaker;notes by;recorder;recorded by;recording;audio;audio file;"
        "file;file name;filename;file no;recording length;length;duration;language;languages;"
        "subject;from;sent;to;cc;"
        "transcriber;transcribed by;transcription;transcriptionist;translator;translated by;"
        "interpreter;checked by;reviewed by;project;study;title;topic;subject;session;session no;"
        "group;group number;group no;fgd;fgd no;focus group;number;id;interview id;interview;"
        "interview no;time;start;start time;end time;started;ended;meeting;meeting id;organiser;"
        "organizer;rapporteur;observer;observers;consent;status;version;apologies;agenda;"
        "abbreviations;transcription conventions;conventions;symbols;codes;category;gender;"
        "datum;ort;dauer;teilnehmer;teilnehmende;moderation;sprache;lieu;durée;langue;fecha;lugar;"
        "duración;participantes;moderador;moderadora;tanggal;tempat;peserta;durasi"
    ).split(";")
)
_WHO = (
    "moderator", "facilitator", "interviewer", "chair", "host", "interviewee", "participant",
    "speakers", "interpreter", "observer",
)  # fmt: skip
_KEYS = re.compile(
    r"(?:speaker |transcription |the )?(?:key|legend|speakers?|participants?|abbreviations|codes|"
    r"conventions|symbols|attendees|attendance|present)(?: key| codes| list)?\s*[:\uff1a]?",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"^[-\u2022*]?\s*(?P<key>[^:=\uff1a\n]{1,60}?)\s*(?:[:=\uff1a]|\t|\s[\u2012-\u2015-]\s)\s*(?P<value>.*)$"
)


def _without_preamble(lines: list[Line], name: str, unit: str) -> tuple[list[Line], list[Issue]]:
    """Leave out what a file says about itself before anybody speaks: date, place, who was there,
    what the labels stand for.
    """
    end, about, in_key = 0, 0, False
    meanings: list[str] = []
    for n, line in enumerate(lines[:60]):
        text = line.text.strip()
        if line.label or line.start >= 0:
            break
        pair = _PAIR.match(text)
        if _KEYS.fullmatch(text):
            about, end, in_key = about + 1, n + 1, True
            continue
        if pair and _says_what_it_is(pair, in_key):
            key = without_marks(pair["key"])
            if in_key and normal(key) not in _ABOUT:
                meanings.append(f"{key} = {pair['value'].strip()}")
            about, end = about + 1, n + 1
            in_key = in_key or normal(key) in ("key", "speaker key", "legend")
            continue
        if in_key and _is_listed(text):
            end = n + 1
            continue
        in_key = False
        if pair or len(text) > _FRONT_LENGTH or text.endswith((".", "?", "!", "\u2026")):
            break
    if not about or end >= len(lines) or not _goes_on(lines, end):
        return lines, []
    message = f"{end} line(s) about the meeting above the first speaker were left out."
    issues = [Issue("note", name, message, "", f"{unit} {lines[0].number}")]
    if meanings:
        message = f"the file says what its labels stand for: {'; '.join(meanings[:12])}."
        remedy = "Labels are kept as printed; write them as aliases into the roster."
        issues.append(Issue("note", name, message, remedy))
    return lines[end:], issues


def _says_what_it_is(pair: re.Match[str], in_key: bool) -> bool:
    value = pair["value"].strip()
    if len(value) > 160 or value.endswith(("?", "!", "\u2026")):
        return False
    key = normal(pair["key"])
    known = key in _ABOUT or key.startswith(("number of ", "no of ", "anzahl ", "nombre de "))
    # "ID: 4711" tells of a meeting; with a sentence behind it, ID is somebody's initials.
    if value.endswith(".") and len(value.split()) > 3 and (not known or len(pair["key"]) < 4):
        return False
    if known:
        # "Moderator: Welcome to all of you" is speech; a name, a date or a list is not.
        if normal(pair["key"]).startswith(_WHO):
            names = [each.strip() for each in re.split("[,;]", value) if each.strip()]
            named = all(form(each) in ("name", "neutral") for each in names)
            return named and not value.endswith((".", "?", "!"))
        return True
    return in_key and not value.endswith((".", "?", "!"))


def _is_listed(text: str) -> bool:
    """Tell whether a line below "Participants" is one of a list of names."""
    bare = text.strip("-\u2022*\t ").strip()
    return len(bare) < 100 and all(form(e.strip()) in ("name", "neutral") for e in bare.split(","))


def _goes_on(lines: list[Line], end: int) -> bool:
    """Tell whether below a preamble there is more text than in it, and labels as well."""
    rest = sum(len(line.text) for line in lines[end:])
    return rest > 0 and end <= 40


def _with_headers(found: list[Stamped]) -> list[Stamped]:
    """Join a name on a line of its own with the time on the next line, or on the line before."""
    joined: list[Stamped] = []
    before = _names_before(found)
    after = set() if before else _names_after(found)
    n = 0
    while n < len(found):
        here = found[n]
        if n in before:
            stamp = found[n + 1]
            joined.append(_headed(here, stamp))
            n += 2
        elif n + 1 in after:
            joined.append(_headed(found[n + 1], here))
            n += 2
        else:
            joined.append(here)
            n += 1
    return joined


def _headed(name: Stamped, stamp: Stamped) -> Stamped:
    return replace(name, text="", start=stamp.start, end=stamp.end, header=_bare(name.text))


def _bare(text: str) -> str:
    return text.strip().rstrip(":").strip()


def _names_before(found: list[Stamped]) -> set[int]:
    """Find lines that hold a name and stand right above a line that holds a time."""
    lines = [n for n in range(len(found) - 1) if found[n + 1].is_stamp and _may_be_name(found[n])]
    stamps = sum(each.is_stamp for each in found)
    return _habitual({n: _bare(found[n].text) for n in lines}, stamps, len(found))


def _names_after(found: list[Stamped]) -> set[int]:
    """Find lines that hold a name, right below a time and right above the text."""
    lines = [
        n + 1
        for n in range(len(found) - 2)
        if found[n].is_stamp and _may_be_name(found[n + 1]) and found[n + 2].start < 0
    ]
    stamps = sum(each.is_stamp for each in found)
    return _habitual({n: _bare(found[n].text) for n in lines}, stamps, len(found))


def _may_be_name(line: Stamped) -> bool:
    return line.start < 0 and not line.header and form(_bare(line.text)) in ("name", "neutral")


def _habitual(names: dict[int, str], stamps: int, lines: int) -> set[int]:
    """Keep the lines if most times come with a name and the names are names of few people."""
    if len(names) < max(0.8 * stamps, 2 if lines > 3 else 1):
        return set()
    few = len(names) < 4 or len(set(names.values())) <= 0.7 * len(names)
    return set(names) if few else set()


def _parts(found: list[Stamped]) -> list[_Part]:
    """Decide which labels are speakers, and read every line accordingly.

    Headers or names before colons: whatever the file has more of is its convention, and of the
    other only the same names count ("Lunch 12:30" is no speaker among names before colons).
    """
    headers = Counter(each.header for each in found if each.header)
    trusted = {h for h, count in headers.items() if count > 1 or form(h) in ("name", "neutral")}
    opening, wrapped = _openings(found)
    plain = ["" if found[n].header else _whole(found[n]) for n in opening]
    convention, known = find_convention(plain)
    given = any(each.line.label for each in found)
    if given:
        trusted, known = set(), frozenset()
    elif sum(headers[h] for h in trusted) >= sum(
        label in known for label in map(_label_of(convention), plain)
    ):
        known &= trusted
    else:
        trusted &= known
    bold = frozenset() if given or trusted or known else _bold_names(found)
    if not (given or trusted or known or bold):
        alone = _names_alone(found)
        if alone:
            return [_part_below(each, n in alone) for n, each in enumerate(found)]
    inner = frozenset[str]() if wrapped else known
    return [
        _part(each, trusted, known if _may_open(each) else inner, bold, convention)
        for each in found
    ]


def _label_of(convention: Convention) -> Callable[[str], str]:
    def label(text: str) -> str:
        found = candidate(text, convention)
        return found.label if found else ""

    return label


def _may_open(each: Stamped) -> bool:
    return each.line.opens or each.start >= 0


def _whole(each: Stamped) -> str:
    """Strip a line of its times, tabs included."""
    return each.line.text[each.skipped :].strip() if each.until < 0 else each.text


def _names_alone(found: list[Stamped]) -> set[int]:
    """Find lines, or headings, that hold nothing but a name, and come back above other text."""
    headings = [n for n, each in enumerate(found) if each.line.heading]
    return (_alone(found, headings) if headings else set()) or _alone(found, [])


def _alone(found: list[Stamped], headings: list[int]) -> set[int]:
    # Names behind a time ("0:05 - Name"), where every time has a name behind it.
    behind = [e for e in found if e.start >= 0 and not e.header]
    stamped = len(behind) > 2 and all(
        form(_bare(each.text)) in ("name", "neutral") for each in behind
    )
    lines = [
        n
        for n in headings or range(len(found) - 1)
        if n + 1 < len(found)
        and (found[n].start < 0 or stamped)
        and form(_bare(found[n].text)) in ("name", "neutral")
        and not found[n].text.rstrip().endswith((".", "!", "?", ","))
    ]
    names = {n: _bare(found[n].text) for n in lines}
    counts = Counter(names.values())
    again = {label for label, count in counts.items() if count > 1}
    levels = {found[n].line.heading for n in lines if names[n] in again}
    kept = {
        n
        for n in lines
        if found[n].line.heading in levels
        and (headings or _may_open(found[n]))
        and n + 1 not in names
    }
    held = sum(names[n] in again for n in kept)
    enough = held >= 0.5 * len(kept) and len(kept) >= (2 if headings else 0.2 * len(found))
    if headings:
        return kept if again and len(kept) > 2 and enough else set()
    return kept if len(again) > 1 and len(kept) > 3 and enough else set()


def _part_below(each: Stamped, named: bool) -> _Part:
    offset = each.line.offset + each.skipped
    label = _bare(each.text) if named else ""
    return _Part(each, "" if named else each.text, offset, label, each.start, each.end)


def _split_inside(parts: list[_Part]) -> list[_Part]:
    """Cut paragraphs at the labels of the file that stand inside them; or, where a file is one
    long paragraph, at the labels that come back in it.
    """
    counts = Counter(part.label for part in parts if part.label)
    known = frozenset(label for label, count in counts.items() if count > 1)
    sparse = len(parts) <= 3 or sum(len(part.text) for part in parts) > 1500 * len(parts)
    made: list[_Part] = []
    for part in parts:
        if part.source.line.label or not part.text:
            made.append(part)
            continue
        cuts = labels_inside(part.text, known) if known else []
        if not cuts and sparse and (not known or len(parts) <= 3):
            lead = f"{part.label}: " if part.label else ""
            whole = labels_inside(lead + part.text)
            own = bool(lead) and bool(whole) and whole[0][0] == 0
            cuts = [(a - len(lead), b - len(lead), label) for a, b, label in whole[own:]]
        if not cuts:
            made.append(part)
            continue
        first = part.text[: cuts[0][0]].strip()
        made.append(replace(part, text=first))
        for n, (_, begin, label) in enumerate(cuts):
            until = cuts[n + 1][0] if n + 1 < len(cuts) else len(part.text)
            text = part.text[begin:until].strip()
            made.append(_Part(part.source, text, part.offset + begin, label))
    return made


def _label(line: Stamped) -> str:
    found = None if line.header else candidate(_whole(line))
    return found.label if found else ""


def _openings(found: list[Stamped]) -> tuple[list[int], bool]:
    """Find the lines at which somebody may begin to speak: the first ones of paragraphs in a text
    that is wrapped by hand (half of its paragraphs begin with a candidate), else all of them.
    """
    opening = [n for n, each in enumerate(found) if _may_open(each)]
    named = sum(bool(_label(found[n])) for n in opening)
    inside = [n for n, each in enumerate(found) if not _may_open(each)]
    if 1 < len(opening) < len(found) and named >= 0.5 * len(opening):
        firsts = {_label(found[n]) for n in opening} - {""}
        again = sum(_label(found[n]) in firsts for n in inside)
        labels = Counter(_label(each) for each in found)
        own = [label for n in inside if labels[label := _label(found[n])] > 1 and label]
        if len(own) >= 0.5 * len(inside) and len(set(own)) < 0.8 * len(own):
            return list(range(len(found))), False
        # Lines that begin with labels of the file are turns under one another, not wrapped text.
        return (opening, True) if again < 0.3 * len(inside) else (list(range(len(found))), False)
    return list(range(len(found))), False


def _bold_names(found: list[Stamped]) -> frozenset[str]:
    """Find bold beginnings that are names, if most of them occur again and again."""
    leads = Counter(lead for each in found if (lead := _bold_lead(each)[0]))
    again = sum(count for count in leads.values() if count > 1)
    if len([n for n in leads.values() if n > 1]) < 2 or again < 0.6 * sum(leads.values()):
        return frozenset()
    return frozenset(leads)


def _bold_lead(each: Stamped) -> tuple[str, int]:
    """Find the bold beginning of a line if it may be a name, and where the text after it begins."""
    if each.line.bold <= each.skipped:
        return "", 0
    cut = each.line.bold
    lead = each.line.text[each.skipped : cut].strip()
    label = lead.rstrip(":.-\u2013\u2014 ").strip()
    return (label, cut) if form(label) in ("name", "neutral") else ("", 0)


def _part(
    each: Stamped,
    trusted: set[str],
    known: frozenset[str],
    bold: frozenset[str],
    convention: Convention,
) -> _Part:
    line = each.line
    offset = line.offset + each.skipped
    if line.label:
        return _Part(each, each.text, offset, line.label, line.start, line.end)
    if each.header:
        if each.header in trusted:
            return _Part(each, each.text, offset, each.header, each.start, each.end)
        return _Part(each, line.text.strip(), line.offset)
    whole = _whole(each)
    found = candidate(whole, convention)
    if found and found.label in known:
        offset += len(each.line.text[each.skipped :]) - len(each.line.text[each.skipped :].lstrip())
        return _Part(each, found.text, offset + found.offset, found.label, each.start, each.end)
    label, cut = _bold_lead(each) if bold else ("", 0)
    if label in bold:
        rest = line.text[cut:]
        text = rest.lstrip(" \t:.-\u2013\u2014")
        begin = line.offset + cut + len(rest) - len(text)
        return _Part(each, text.strip(), begin, label, each.start, each.end)
    return _Part(each, each.text, offset, "", each.start, each.end)


def _without_front(parts: list[_Part], name: str, unit: str) -> tuple[list[_Part], list[Issue]]:
    """Leave out the title lines above the first speaker; longer text up there is kept. A time that
    stands alone right above the first speaker is the speaker's.
    """
    first = next(n for n, part in enumerate(parts) if part.introduces)
    front = [part for part in parts[:first] if part.text]
    is_title = len(front) <= _FRONT_LINES and all(
        len(part.text) <= _FRONT_LENGTH and not part.text.endswith((".", "?", "!", "\u2026"))
        for part in front
    )
    if not front or not is_title or any(part.start >= 0 for part in front):
        return parts, []
    message = f"{len(front)} title line(s) above the first speaker were left out."
    place = f"{unit} {front[0].source.line.number}"
    stamps = [part for part in parts[:first] if part.start >= 0 and not part.text][-1:]
    return stamps + parts[first:], [Issue("note", name, message, "", place)]


def _passages(parts: Sequence[_Part], labelled: bool) -> list[Passage]:
    """Make one passage for each beginning: a label, a time, or a new paragraph. A time on a line of
    its own belongs to the next text.
    """
    made: list[Passage] = []
    label = ""
    fresh = True
    start = end = -1
    for part in parts:
        line = part.source.line
        if part.introduces or part.start >= 0:
            label = part.label or label
            if part.start >= 0:
                start, end = part.start, part.end
            fresh = True
        elif line.opens and not (labelled and not made):
            fresh = True
        if not part.text:
            continue
        if fresh or not made:
            piece = ((part.text, part.offset),)
            until = part.source.until if end < 0 <= start else end
            made.append(Passage(label, piece, start, until, line.number))
            fresh = False
        else:
            made[-1] = made[-1].more(part.text, part.offset)
        start = end = -1
    return made
