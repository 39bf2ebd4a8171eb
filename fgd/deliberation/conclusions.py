"""Tell by its words what a chair says was agreed, decided, left open or not agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fgd.deliberation.cues import plain
from fgd.deliberation.features import content
from fgd.deliberation.room import Room
from fgd.model import Conclusion

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

_TABLE: tuple[tuple[Conclusion, str], ...] = (
    (
        "not agreed",
        r"\bwe (?:do not|don't|did not|didn't|cannot|can't) (?:\w+ )?agree\b|\bno (?:agreement|"
        r"consensus)\b|\bnot (?:all )?agreed?\b|\b(?:views|opinions) (?:differ|are divided)\b|"
        r"\b(?:motion|amendment)\b.{0,40}\b(?:not agreed|lost|falls|defeated|rejected)\b|"
        r"\bagree to (?:disagree|differ)\b|\b(?:honest|real|clear|open) (?:difference|"
        r"disagreement)s?\b|"
        r"\b(?:heard|have|are) (?:both|two|different) (?:sides|views|opinions)\b",
    ),
    (
        "left open",
        r"\b(?:leave|left|remains?|stays?|record|mark|keep|is|"
        r"as) (?:\w+ ){0,4}open(?: question| point"
        r"| issue)?\b(?! (?:to|up|for(?! now)|the|with|and|at)\b)|\bcome back to (?:this|that|"
        r"it) (?:at|"
        r"in|next|"
        r"later)\b|\bnot (?:yet )?(?:settled|resolved|decided)\b",
    ),
    (
        "decided",
        r"\b(?:we|it)(?:'s|'ve| have| has| is| are)? (?:been )?(?:decided?|"
        r"resolved)\b(?! (?:by|to whom))|"
        r"\b(?:motion|amendment|resolution|text|report|minutes)\b.{0,40}\b(?:carried|passed|"
        r"adopted|"
        r"agreed|approved|accepted)\b|\bwe(?:'ll| will) (?:go with|take|have|do) (?:that|this|"
        r"the)\b|"
        r"\bthat(?:'s| is) (?:decided|settled|agreed)\b|"
        r"\bi (?:see|count) (?:\w+ )?(?:hands|votes|in favou?r|against|abstentions|"
        r"\w+ in favou?r)\b",
    ),
    (
        "agreed",
        r"\b(?:we|everybody|everyone|all|you)(?: \w+)? (?:all )?(?:agree|agreed|are agreed|"
        r"are in agreement)\b|"
        r"\b(?:there is|there's|i(?: have|'ve)? (?:hear|heard|see|sense)) (?:\w+ )?(?:agreement|"
        r"consensus|support|broad)\b|"
        r"\b(?:nobody|no one|none of you) (?:\w+ )?(?:spoke against|objects?|objected|opposed|"
        r"opposes|"
        r"disagreed|disagrees|was against|is against)\b|"
        r"\bno objections?\b|\bin agreement\b",
    ),
    (
        "summary",
        r"\b(?:to|let me|i(?:'ll| will)) (?:try to )?(?:sum up|summari[sz]e|conclude|recap)\b|"
        r"\bin (?:summary|"
        r"conclusion|short|sum)\b|\b(?:what )?i (?:hear|heard|take away|take from|conclude|note)\b|"
        r"\bi(?:'m| am) getting a\b.{0,20}\b(?:sense|feeling)\b|\bso (?:you|we|what you)(?:'re|"
        r" are) (?:all )?saying\b",
    ),
)
HOUSE = re.compile(
    r"\b(?:recording|recorded|registered|consent|microphones?|agreed to (?:that|this) when)\b|"
    r"\b(?:session|meeting|sitting|hearing|debate|floor)\b.{0,80}\bis (?:now |hereby )?open\b"
)
"""What was agreed of the meeting itself, or opens it, which sums up nothing."""

_CONTESTED = re.compile(
    r"\b(?:did not|didn't|never|have not|haven't|hasn't) (?:\w+ )?(?:agreed?|accept(?:ed)?|"
    r"decided?)\b|\b(?:was|is|were|are)(?:n't| not) (?:\w+ )?(?:agreed|decided|accepted)\b|"
    r"\byou(?:'ve| have)? (?:forgot(?:ten)?|left out|missed)\b|\bpoint of order\b|"
    r"\bthat(?:'s| is| was)(?:n't| not) (?:quite |exactly )?(?:what|how|right|correct|so)\b"
)
AFTER = 3
"""How somebody takes exception to what a chair concludes, within so many turns: it is not told."""

TELLS = 4
"""Words of content that a summary has beside the words that announce it."""

_PATTERNS = [(conclusion, re.compile(pattern)) for conclusion, pattern in _TABLE]


SUMS, DENIED, CLEARER = 0.2, 0.05, 1.3
"""Probability from which the network's word makes a clause sum up; below which it is not believed
that words of agreement or of a summary do; how much likelier than the next a conclusion must be.
"""

CONCLUSIONS: tuple[Conclusion, ...] = ("agreed", "decided", "not agreed", "left open", "summary")
"""What the network's last columns mean."""


def concluded(room: Room, chances: Array | None = None) -> Iterator[tuple[int, Conclusion, str]]:
    """Find the clauses of chairs that sum up, with what they say of it and the words that tell.

    Without ``chances`` (n, k), the network's of every clause, words alone tell. A conclusion that
    the network hears but cannot name is a summary.
    """
    for number, clause in enumerate(room.clauses):
        if not room.chair[clause.turn] or clause.text.rstrip().endswith("?"):
            continue
        if contested(room, clause.turn):
            continue
        text = plain(clause.text)
        if HOUSE.search(text):
            continue
        said = worded(text)
        if chances is None:
            if said:
                yield number, *said
            continue
        row = sorted(((float(p), k) for k, p in enumerate(chances[number, -5:])), reverse=True)
        sure = row[0][0]
        if said and (sure >= DENIED or said[0] not in ("agreed", "summary")):
            yield number, *said
        elif sure >= SUMS and len(content(text)) >= TELLS:
            named = row[0][0] >= CLEARER * row[1][0]
            yield number, CONCLUSIONS[row[0][1]] if named else "summary", ""


def contested(room: Room, turn: int) -> bool:
    """Tell whether somebody takes exception to what a chair concludes, soon after."""
    return any(
        _CONTESTED.search(plain(room.texts[later]))
        for later in range(turn + 1, min(turn + 1 + AFTER, len(room.turns)))
        if not room.chair[later]
    )


def worded(text: str) -> tuple[Conclusion, str] | None:
    """Read what a plain text concludes, and by which words."""
    for conclusion, pattern in _PATTERNS:
        hit = pattern.search(text)
        if not hit:
            continue
        if conclusion == "summary" and len(content(text) - content(hit.group(0))) < TELLS:
            continue  # it only says that a summary comes
        if not re.search(rf"\b(?:if|whether|can|do) {re.escape(hit.group(0))}", text):
            return conclusion, hit.group(0)
    return None


__all__ = ["CONCLUSIONS", "HOUSE", "TELLS", "concluded", "contested", "worded"]
