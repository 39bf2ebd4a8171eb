"""What is put to the room: proposals and questions, clause by clause, with the forms that tell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fgd.deliberation.cues import CUES, plain
from fgd.deliberation.features import content
from fgd.deliberation.forms import CONTENT_AFTER, FORMS, WEIGHTS
from fgd.deliberation.room import Room
from fgd.model import PropositionKind, Reason

PROPOSAL, QUESTION = 1.5, 0.5
"""Log-odds from which a clause is a proposal, and from which a question is put on substance."""

LEAST_CONTENT = 1
"""A proposition has at least so many words that tell what it is about."""

_LEAD_IN = re.compile(
    r"^(?:(?:so|and|but|then|well|now|okay|right|yes|yeah|no|oh|um+|uh+|er|also|therefore|finally|"
    r"first(?:ly)?|second(?:ly)?|third(?:ly)?|in my view|because|thank you[^,.]*|chair|mr\.? chair|"
    r"minister)\b[\s,:;.\u2014-]*)+",
    re.I,
)
_PROCEDURE = re.compile(
    r"\b(?:would you like|anything to add|any (?:other )?(?:comments|questions|reactions)|"
    r"who (?:would|wants|is) (?:like|to|next)|shall we (?:start|begin|move)|can you hear|"
    r"the floor|may i (?:ask|come|answer|react|respond|say)|can i (?:ask|come|just|answer|respond)|"
    r"do you want to (?:add|start|say|go|come)|your turn|introduce|are there any|is there any)\b"
)


@dataclass(frozen=True, slots=True)
class Put:
    """A clause that puts something: its number, kind, log-odds, slice in its turn, and why."""

    clause: int
    kind: PropositionKind
    odds: float
    start: int
    end: int
    reasons: tuple[Reason, ...]

    @property
    def confidence(self) -> float:
        """The probability that goes with the log-odds."""
        return 1 / (1 + math.exp(-self.odds))


def puts(room: Room) -> Iterator[Put]:
    """The proposals and questions of a room, in order."""
    for number, clause in enumerate(room.clauses):
        if room.silent[clause.turn]:
            continue
        text = plain(clause.text)
        if len(content(clause.text)) < LEAST_CONTENT:
            continue
        forms = [name for name, pattern in FORMS.items() if pattern.search(text)]
        odds = sum(WEIGHTS[name] for name in forms) - 0.3
        asks = clause.text.rstrip().endswith("?")
        if odds >= PROPOSAL and any(WEIGHTS[name] >= 0.8 for name in forms):
            why = tuple(
                Reason("form: " + name, _words(name, text), WEIGHTS[name])
                for name in sorted(forms, key=lambda each: -WEIGHTS[each])
                if WEIGHTS[name] > 0
            )
            yield Put(number, "proposal", odds, *trimmed(room, number), why)
        elif asks and len(text.split()) >= 4 and not _PROCEDURE.search(text):
            yield Put(number, "question", QUESTION, *trimmed(room, number), (Reason("question"),))


def trimmed(room: Room, number: int) -> tuple[int, int]:
    """Characters of a clause in its turn, without the words that only lead in or trail off."""
    clause = room.clauses[number]
    lead = _LEAD_IN.match(clause.text)
    start = lead.end() if lead and len(clause.text[lead.end() :].split()) >= 3 else 0
    text = clause.text.rstrip(" ,;\u2014\u2013-")
    return clause.start + start, clause.start + len(text)


def content_start(text: str) -> int:
    """Where in a slice what is put forward begins, after "I propose that"; 0 without."""
    found = CONTENT_AFTER.search(text)
    return found.end() if found and found.start() < 60 else 0


def yes_no(text: str) -> bool:
    """Whether a question asks for yes or no."""
    said = plain(text)
    return not (CUES["open question"].search(said) and not CUES["tag"].search(said))


def _words(form: str, text: str) -> str:
    hit = FORMS[form].search(text)
    return hit.group(0).strip() if hit else ""
