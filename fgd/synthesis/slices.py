"""Which sentences of a passage are worth quoting: claims, lessons, proposals; not courtesies."""

from __future__ import annotations

import re
from functools import cache

from fgd.core.nlp import sentences
from fgd.model import Turn
from fgd.synthesis.material import Passage
from fgd.synthesis.phrases import NEVER, Phrases, phrases

UNCLEAR = 2.0
"""What a quote loses in worth when none of its words is sure."""

SHORTEST, LONGEST = 6, 55
"""Words a quote should have at least and may have at most (unless a sentence is longer)."""


@cache
def runs(
    text: str, lang: str, names: re.Pattern[str] = NEVER
) -> tuple[tuple[int, int, float], ...]:
    """Runs of whole sentences ``(start, end, worth)`` of a text, best first.

    ``worth`` grows with the share of sentences that claim something and falls for runs that are
    too short, too long, that begin with a courtesy or an announcement, or in which somebody
    names a participant or an institution (``names``): such words have to be withheld later.
    """
    cuts, said = sentences(text, lang), phrases(lang)
    found: list[tuple[int, int, float]] = []
    for first in range(len(cuts)):
        for last in range(first, min(first + 3, len(cuts))):
            start, end = cuts[first][0], cuts[last][1]
            run = [text[a:b] for a, b in cuts[first : last + 1]]
            found.append((start, end, _worth(run, said, names)))
    return tuple(sorted(found, key=lambda run: (-run[2], run[0], run[1])))


def _worth(run: list[str], said: Phrases, names: re.Pattern[str]) -> float:
    """Between about -2 and 2."""
    words = sum(len(sentence.split()) for sentence in run)
    claims = sum(1 for sentence in run if said.claim.search(sentence))
    hollow = sum(1 for sentence in run if is_hollow(sentence, said))
    named = sum(1 for sentence in run if names.search(sentence))
    worth = claims / len(run) + 0.3 * min(claims, 2) - 0.6 * hollow - 0.5 * named
    worth += min(words, 30) / 60
    if words < SHORTEST:
        worth -= 1.5
    if words > LONGEST:
        worth -= (words - LONGEST) / 20
    if re.match(r"(?:and|but|so|or|because|which|that is)\b", run[0], re.I):
        worth -= 0.1
    return worth


def is_hollow(sentence: str, said: Phrases) -> bool:
    """Whether a sentence is a courtesy or announces another one instead of saying something."""
    if len(sentence.split()) >= 2 * SHORTEST:
        return False
    return bool(said.courtesy.match(sentence) or said.hollow.match(sentence))


def clarity(turn: Turn, start: int, end: int) -> float:
    """How sure the recogniser was of characters ``start``..``end`` of a turn, 0 to 1.

    The mean over words; those of an imported transcript or a correction are sure.
    """
    raw = "".join(word.text for word in turn.words)
    at = -(len(raw) - len(raw.lstrip()))
    sure: list[float] = []
    for word in turn.words:
        begins, at = at, at + len(word.text)
        if begins < end and at > start:
            sure.append(word.confidence)
    return sum(sure) / len(sure) if sure else 1.0


def best(passage: Passage, lang: str, names: re.Pattern[str] = NEVER) -> tuple[int, int]:
    """The run of the passage most worth quoting, as offsets into the turn's text.

    Of runs that say as much, the one that was heard more clearly.
    """
    found = runs(passage.text, lang, names)
    if not found:
        return passage.start, passage.end
    places = [(passage.start + start, passage.start + end, worth) for start, end, worth in found]
    start, end, _ = max(
        places, key=lambda run: run[2] - UNCLEAR * (1 - clarity(passage.turn, run[0], run[1]))
    )
    return start, end


def around(
    passage: Passage, place: int, lang: str, names: re.Pattern[str] = NEVER
) -> tuple[int, int]:
    """The best run of the passage that holds character ``place`` of the turn, as offsets."""
    for start, end, _ in runs(passage.text, lang, names):
        if start <= place - passage.start < end:
            return passage.start + start, passage.start + end
    return best(passage, lang, names)
