"""Find which words before a colon are a speaker's name.

A *candidate* is what stands before the first colon of a line (``Name: text``) or in square
brackets at its start (``[Name] text``), after an optional dash or ``>>``. It has a letter or a
symbol, at most 6 words and 60 characters (an institution in brackets not counted, so that
``Dr. Sok Dara (Asian Vision Institute): ...`` is one), and does not read like a sentence. The
colon is not inside a time or a web address. Candidates have one of four forms:

* ``name``: every word begins with a capital, a digit, is a particle ("van", "bin", "of") or says
  what people without a name are called ("Female participant 2");
* ``neutral``: a script without capitals;
* ``weak``: any other ("facilitator", "the chair");
* ``never``: "Note", "Date", "http", "and so I said", ... : these are text.

Whether colons mean speakers is decided for the whole file. The convention holds when at least 3
in 10 blocks begin with a plausible candidate (a name; a neutral one that occurs twice, or in a
file where 4 of 5 blocks have a candidate; a weak one that occurs twice, or in a file of four
blocks and more where 19 of 20 have one), or when two different plausible ones occur twice each in
at least 2 in 100 blocks. If it holds, every name counts even when it occurs once:
a heading mistaken for a speaker stays unattributed, while a speaker missed would put words under
somebody else's name. Neutral and weak ones count when they are plausible.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from fgd.core.clock import TIME
from fgd.core.text import is_everybody, without_marks

Form = Literal["name", "neutral", "weak", "never"]

_HEAD = 400
"""Characters of a line among which a label ends: lines may have millions."""
MAX_WORDS, MAX_CHARACTERS, MAX_BRACKETS = 6, 60, 90

_SPACES = (
    " \t\n\r\x0b\x0c\x85\xa0\u2028\u2029\u3000"
    "\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069"
)
_DASH = r"(?:>>+|[-\u2010-\u2015\u2022])"
# Of other scripts (Khmer, Ethiopic, Armenian, Hebrew, Tibetan) and what is typed in its place.
_COLONS = ":\uff1a\u17d6\u17c8\u1365\u1366\u0589\u05c3\u0f14\ufe55\ufe13\ua789\u02d0\u2236"
_AFTER = r"(?=\s|$|[^\W\d_]|[\"'\u201c\u2018\u00ab\[(\u2026\u200e\u200f\u202a-\u202e\u2066-\u2069])"
_COLON = re.compile(
    rf"^(?:{_DASH}\s*)?(?P<label>[^{_COLONS}\n]{{1,160}}?)\s*[{_COLONS}]{{1,2}}{_AFTER}(?P<text>.*)$",
    re.DOTALL,
)
_BRACKET = re.compile(
    rf"^(?:{_DASH}\s*)?\[(?P<label>[^\[\]\n]{{1,160}})\]\s*[{_COLONS}]?(?P<text>.*)$", re.DOTALL
)
_CODE = r"(?:[A-Z][A-Z.]{0,5}[-_ ]?\d{0,3}|[A-Za-z]{1,12}[-_ ]?\d{1,3})"
Convention = Literal[
    "colon", "round", "tab", "semicolon", "pipe", "angle", "dash", "arrow", "equals", "period",
    "parenthesis", "slash", "hash", "quoted", "lenticular", "circle",
    "stop", "tilde",
]  # fmt: skip
_CONVENTIONS: dict[Convention, re.Pattern[str]] = {
    "round": re.compile(
        r"^(?:-\s*)?[(\uff08](?P<label>[^()\n\uff08\uff09]{1,160})[)\uff09]\s*(?P<text>.*)$", re.S
    ),
    "quoted": re.compile(
        r"^[\"\u201c\u201e\u00ab](?P<label>[^\"\u201c\u201d\u00bb\n]{1,100})[\"\u201c\u201d\u00bb]"
        rf"\s*(?:[{_COLONS}]|[-\u2010-\u2015]\s)\s*(?P<text>.*)$",
        re.S,
    ),
    "lenticular": re.compile(
        r"^[\u3010\u3014\u300e](?P<label>[^\u3011\u3015\u300f\n]{1,60})[\u3011\u3015\u300f]\s*"
        r"(?P<text>.*)$",
        re.S,
    ),
    "circle": re.compile(
        r"^[\u25cb\u3007\u25ef\u25cf\u25ce\u25a0\u25a1\u25c6\u25c7]\s?"
        r"(?P<label>[^\s\u3000]{1,30})[ \u3000]+(?P<text>.*)$",
        re.S,
    ),
    "tilde": re.compile(r"^(?P<label>[^~\n]{1,60}?)\s+~\s+(?P<text>.*)$", re.S),
    "stop": re.compile(
        r"^(?P<label>[^.:\n]{2,40})\.\s*(?:[\u2012-\u2015]|--?\s)?\s*(?P<text>\S.*)$", re.S
    ),
    "tab": re.compile(r"^(?P<label>[^\t\n]{1,100}?)[ ]*(?:\t\s*|\s{4,})(?P<text>\S.*)$", re.S),
    "semicolon": re.compile(r"^(?P<label>[^;\n]{1,100}?)\s*;\s+(?P<text>.*)$", re.S),
    "pipe": re.compile(r"^\|?\s*(?P<label>[^|\n]{1,100}?)\s*\|\s*(?P<text>[^|]*)\|?\s*$", re.S),
    "angle": re.compile(
        r"^[<\u2039\u27e8](?P<label>[^<>\n]{1,100})[>\u203a\u27e9]\s*(?P<text>.*)$", re.S
    ),
    "arrow": re.compile(r"^(?P<label>[^>\n]{1,100}?)\s*(?:>+|\u2192|=>|->)\s*(?P<text>.*)$", re.S),
    "equals": re.compile(r"^(?P<label>[^=\n]{1,100}?)\s*=\s*(?P<text>.*)$", re.S),
    "dash": re.compile(
        r"^(?P<label>[^\u2010-\u2015\n]{1,100}?)(?:\s*-{1,2}\s+|\s*[\u2012-\u2015]\s*)(?P<text>.*)$",
        re.S,
    ),
    "period": re.compile(rf"^(?P<label>{_CODE})\.\s+(?P<text>.*)$", re.S),
    "parenthesis": re.compile(r"^(?P<label>[^()\n]{1,40})\)\s*(?P<text>.*)$", re.S),
    "slash": re.compile(r"^(?P<label>[^/\n]{1,60}?)\s*//?\s+(?P<text>.*)$", re.S),
    "hash": re.compile(
        r"^[#@*]+\s?(?P<label>[^#*\n]{1,60}?)(?:[#*]+\s*|\s{2,})(?P<text>.*)$", re.S
    ),
}
"""What may stand between a label and its words, besides a colon or square brackets."""

_SENTENCE = re.compile(r"[?!;\"\u201c\u201d\u201e|<>{}=\t\u2026\u17d4\u3002]|\.\.|,.*,|[.,]$")
_STOP = re.compile(r"(?<!\w)(\S*)\.\s")

_PARTICLES = frozenset(
    "a al an and as at bin bint binti da dal dan de del della den der des di do dos du e el en et "
    "for from ibn in la le of och on san the to ul und van vom von y zu s/o d/o".split()
)
_OPENERS = frozenset(
    "a again all also an and another any as at because but by even first firstly for finally from "
    "he her here his how however if in is it lastly let like maybe my no now okay ok on one or our "
    "perhaps please second secondly she similarly since so some sometimes that their then there "
    "therefore these they third thirdly this those three to two we well what when where which "
    "while who why with yes yet you your".split()
)
_ANYBODY = frozenset(
    "anonymous attendee audience chair chairperson delegate facilitator female guest interviewee "
    "interviewer male man member moderator observer panelist panellist participant rapporteur "
    "representative respondent speaker unidentified unknown unnamed voice woman young".split()
)
_NOTES = frozenset(
    "annex answer-key apologies attendees attention cc chapter duration eg example examples "
    "figure fw fwd http https ie item keywords link location mailto minutes nb note notes p.s "
    "phone ps re recorded recording section source step subject table tel time title topic "
    "transcribed transcript transcription translated url venue warning www e.g i.e n.b date "
    "agenda".split()
)
_EVENTS = frozenset(
    "applause break cough coughing crosstalk crosstalks foreign inaudible indiscernible laugh "
    "laughing laughs laughter music noise overlapping pause silence sighs sound unclear "
    "unintelligible speaking speaks blank_audio".split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible label, the text after it, and where in the line that text begins."""

    label: str
    text: str
    offset: int


def candidate(line: str, convention: Convention = "colon") -> Candidate | None:
    """Find the possible label at the start of a line; nothing where there is none."""
    head = line[:_HEAD]
    if convention == "colon":
        found = _BRACKET.match(head) or _COLON.match(head)
    else:
        found = _CONVENTIONS[convention].match(head)
    if not found or (convention == "colon" and found["text"].startswith("//")):
        return None
    label = without_marks(found["label"])
    if form(label) == "never":
        return None
    text = line[found.start("text") :]
    begin = len(text) - len(text.lstrip(_SPACES))
    kept = text[begin:].strip()
    if convention == "pipe":
        kept = kept.removesuffix("|").rstrip()
    return Candidate(label, kept, found.start("text") + begin)


def find_convention(firsts: Sequence[str]) -> tuple[Convention, frozenset[str]]:
    """Find how a file parts labels from words, and its labels, given the first line of every block.

    Colons and square brackets are tried first. Anything else must hold for most of the file: at
    least half of the blocks begin with a label, labels come back, and there are few of them.
    """
    found = [candidate(line) for line in firsts]
    known = speakers([each.label if each else "" for each in found])
    if known:
        return "colon", known
    for convention in _CONVENTIONS:
        found = [candidate(line, convention) for line in firsts]
        counts = Counter(each.label for each in found if each)
        again = {label for label, count in counts.items() if count > 1}
        likely = frozenset(
            label for label in counts if label in again or form(label) in ("name", "neutral")
        )
        held = sum(counts[label] for label in likely)
        few = len(likely) <= max(3, 0.75 * held)
        if convention == "stop" and (
            held < 0.9 * len(firsts) or (len(again) < 2 and len(likely) > 3)
        ):
            continue  # "Thank you. ..." is a sentence
        if len(likely) > 1 and again and few and held >= 0.5 * len(firsts):
            return convention, likely
    return "colon", frozenset()


_INSIDE = re.compile(
    rf"(?:(?<=[.?!\u2026\u3002\u17d4\u0964)\]\"\u201d])\s+|\A\s*)(?P<label>[^\s{_COLONS}][^{_COLONS}.?!\n]{{0,50}}?)"
    rf"\s?[{_COLONS}]\s+(?=\S)"
)


def labels_inside(text: str, known: frozenset[str] = frozenset()) -> list[tuple[int, int, str]]:
    """Find labels within a paragraph that has lost its line breaks: start, end of the mark, label.

    Without ``known`` ones, the labels are those of the paragraph itself that come back: at least
    four, of two people or more.
    """
    found = [
        (mark.start("label"), mark.end(), without_marks(mark["label"]))
        for mark in _INSIDE.finditer(text)
    ]
    if known:
        return [each for each in found if each[2] in known]
    found = [each for each in found if form(each[2]) in ("name", "neutral")]
    counts = Counter(label for _, _, label in found)
    again = sum(count for count in counts.values() if count > 1)
    return found if len(counts) > 1 and len(found) > 3 and again >= 0.5 * len(found) else []


def changes_speaker(line: str) -> bool:
    """Tell whether a line begins with the dash or ``>>`` that stands for a new speaker."""
    return bool(re.match(rf"{_DASH}\s*\S", line))


def undashed(line: str) -> str:
    """Strip a line of the dash or ``>>`` that stands for a new speaker."""
    return re.sub(rf"^{_DASH}\s*", "", line)


@lru_cache(maxsize=4096)
def form(label: str) -> Form:
    """Score how much a candidate looks like a name."""
    core = re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", label).strip()
    words = core.split()
    if is_everybody(core):
        return "name"
    if not words or len(words) > MAX_WORDS or len(core) > MAX_CHARACTERS:
        return "never"
    if len(label) - len(core) > MAX_BRACKETS or re.fullmatch(TIME, core):
        return "never"
    if not any(c.isalpha() or c > "\u2190" for c in core) or _reads_like_sentence(core):
        return "never"
    first = words[0].casefold().strip(".,'()[]")
    if first in _EVENTS or (first in _NOTES and _is_note(words)):
        return "never"
    if all(map(_is_name_word, words)) and any(c.isupper() for c in core):
        if first in _OPENERS and len(words) == 1 and len(first) > 1:
            return "weak" if core.isupper() and len(core) < 4 else "never"  # initials, as in IS
        return "name"
    if not any(c.isupper() or c.islower() for c in core):
        return "neutral"
    if (
        len(words) > 1
        and words[0][0].isupper()
        and first not in _OPENERS
        and all(map(_is_anybody, words))
    ):
        return "name"
    return "never" if first in _OPENERS else "weak"


def _reads_like_sentence(core: str) -> bool:
    if _SENTENCE.search(core):
        # "Tan, Mei" and "Jr." end or hold a mark as well; only the latter ends with one.
        return not re.search(r"\b(?:Jr|Sr|\w)\.$", core) or bool(_SENTENCE.search(core[:-1]))
    # A full stop inside is fine after a title or an initial: "H.E. Dr. A. Tan".
    return any(len(found[1].split(".")[-1]) > 5 for found in _STOP.finditer(f"{core} "))


def _is_note(words: list[str]) -> bool:
    """Tell "Date", "Section 2" and "Time of day", which are notes, from the "Section Chief"."""
    return len(words) == 1 or not words[1][0].isupper()


def _is_anybody(word: str) -> bool:
    bare = word.casefold().strip("#()[].,'")
    return bare in _ANYBODY or bare.isdigit() or (len(bare) == 1 and bare.isalpha())


def _is_name_word(word: str) -> bool:
    bare = word.strip("\"'()[].,&-/")
    if not any(c.isupper() or c.islower() for c in bare):
        return True
    starts = re.sub(r"^(?:d'|l'|o'|al-|el-|ul-|an-|ar-|as-|at-)", "", bare)
    return (starts or bare)[0].isupper() or bare[0].isdigit() or bare in _PARTICLES


def speakers(firsts: Sequence[str]) -> frozenset[str]:
    """Select the labels that are speakers, given the candidate (or ``""``) of every block."""
    counts = Counter(label for label in firsts if label)
    if not counts:
        return frozenset()
    share = sum(counts.values()) / len(firsts)
    enough = {"name": True, "neutral": share >= 0.8, "weak": share >= 0.95 and len(firsts) > 2}
    accepted = frozenset(
        label for label, count in counts.items() if count > 1 or enough.get(form(label), False)
    )
    share = sum(counts[label] for label in accepted) / len(firsts)
    repeated = sum(counts[label] > 1 for label in accepted)
    return accepted if share >= 0.3 or (repeated > 1 and share >= 0.02) else frozenset()
