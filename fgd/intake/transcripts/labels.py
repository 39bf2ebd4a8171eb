"""Which words before a colon are a speaker's name.

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

from fgd.intake.clock import TIME

Form = Literal["name", "neutral", "weak", "never"]

MAX_WORDS, MAX_CHARACTERS, MAX_BRACKETS = 6, 60, 90

_DASH = r"(?:>>+|[-\u2010-\u2015\u2022])"
_COLON = re.compile(
    rf"^(?:{_DASH}\s*)?(?P<label>[^:\uff1a\n]{{1,160}}?)\s*[:\uff1a](?=\s|$|[^\W\d_])(?P<text>.*)$",
    re.DOTALL,
)
_BRACKET = re.compile(
    rf"^(?:{_DASH}\s*)?\[(?P<label>[^\[\]\n]{{1,160}})\]\s*[:\uff1a]?(?P<text>.*)$", re.DOTALL
)
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


def candidate(line: str) -> Candidate | None:
    """The possible label at the start of a line; nothing where there is none."""
    found = _BRACKET.match(line) or _COLON.match(line)
    if not found or found["text"].startswith("//"):
        return None
    label = found["label"].strip()
    if form(label) == "never":
        return None
    text = found["text"]
    return Candidate(label, text.strip(), found.start("text") + len(text) - len(text.lstrip()))


def changes_speaker(line: str) -> bool:
    """Whether a line begins with the dash or ``>>`` that stands for a new speaker."""
    return bool(re.match(rf"{_DASH}\s*\S", line))


def undashed(line: str) -> str:
    """The line without that mark."""
    return re.sub(rf"^{_DASH}\s*", "", line)


@lru_cache(maxsize=4096)
def form(label: str) -> Form:
    """How much a candidate looks like a name."""
    core = re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", label).strip()
    words = core.split()
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
        return "never" if first in _OPENERS and len(words) == 1 and len(first) > 1 else "name"
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
    """The labels that are speakers, given the candidate (or ``""``) of every block of a file."""
    counts = Counter(label for label in firsts if label)
    if not counts:
        return frozenset()
    share = sum(counts.values()) / len(firsts)
    enough = {"name": True, "neutral": share >= 0.8, "weak": share >= 0.95 and len(firsts) > 3}
    accepted = frozenset(
        label for label, count in counts.items() if count > 1 or enough.get(form(label), False)
    )
    share = sum(counts[label] for label in accepted) / len(firsts)
    repeated = sum(counts[label] > 1 for label in accepted)
    return accepted if share >= 0.3 or (repeated > 1 and share >= 0.02) else frozenset()
