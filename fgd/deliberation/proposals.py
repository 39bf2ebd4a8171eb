"""What is put to the room: proposals and questions, clause by clause, with the forms that tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fgd.deliberation.cues import CUES, plain
from fgd.deliberation.features import Put, content
from fgd.deliberation.forms import CONTENT_AFTER, FORMS, WEIGHTS
from fgd.deliberation.room import Room
from fgd.deliberation.summing import summings
from fgd.model import Reason

ASKED = 12
"""Turns within which a chair's request for advice is still answered."""

PROPOSAL, QUESTION = 1.2, 0.5
"""Log-odds from which a clause is a proposal, and of any question that is no procedure."""

_LEAD_IN = re.compile(
    r"^(?:(?:so|and|but|therefore|because|um+|uh+|er)\b[\s,:;.\u2014-]*|"
    r"(?:then|well|now|okay|right|oh|also|finally|first(?:ly)?|second(?:ly)?|third(?:ly)?|"
    r"in my view|thank you[^,.]{0,40}|(?:mr\.? |madam )?chair|minister)[,:;.\u2014-]+\s*)+",
    re.I,
)
"""Words that lead in; never a yes or no, which may be all that a sentence says."""
_PROCEDURE = re.compile(
    r"\b(?:would you (?:like|start|begin|continue|go|please|answer|care)|anything to add|"
    r"any (?:other )?(?:comments|questions|reactions)|"
    r"who (?:would|wants|is) (?:like|to|next|first)|shall we (?:start|begin|move)|can you hear|"
    r"do you (?:wish|want|intend) to (?:move|proceed|speak|vote|put)|have you finished|"
    r"are you (?:taking|happy to (?:take|move)|ready|done|finished)|the floor|"
    r"may i (?:ask|come|answer|react|respond|say)|"
    r"can i (?:ask|come|just|answer|respond)|do you want to (?:add|start|say|go|come)|your turn|"
    r"introduce|(?:are|is) there (?:any |more |other )?(?:questions?|comments?|reactions?|"
    r"objections?|views?)|any questions|do you see\b.*\b(?:same|that way|differently|"
    r"like that)\b|do you (?:also )?see (?:it|this|that)|want to respond|"
    r"what do you think|do you (?:dis)?agree|what is your view|how about you|what about you)\b"
)
"""Questions that only hand on the floor, or ask for a view of what somebody else put."""

_ASKS_TO_SPEAK = re.compile(
    r"\b(?:call (?:on|upon)|invite|ask|urge)\b.{1,60}\bto (?:speak|move|begin|start|introduce|"
    r"reply|"
    r"respond|come|open|present|take the floor)\b|\b(?:i|i'll|i will) (?:call|"
    r"move)\b(?!.{0,20}that)"
)


INDIRECT = re.compile(
    r"\b(?:would|'d) like to (?:learn|know|hear|understand|"
    r"find out)(?: from \w+)?(?: \w+)?(?: is)?,? "
    r"(?:how|what|why|who|where|when|which|whether)\b|\b(?:i|we) (?:wonder|"
    r"am wondering) (?:how|what|why|"
    r"who|where|when|which|whether)\b|\b(?:tell us|explain to us|describe for us) (?:how|what|"
    r"why|who|"
    r"where|when|which|whether)\b|\bmy question (?:\w+ ){0,3}is\b"
)
"""Questions without a question mark, by anybody."""

TASK = re.compile(
    r"\b(?:let us|let's|let me|i(?:'d| would)|can we|please) (?:\w+ ){0,3}(?:close|end|finish|"
    r"hear|ask|name|"
    r"tell|share|give|conclude) .*\b(?:you|each|everybody|everyone|all of you)\b"
)
"""What a chair asks everybody to say, without a question mark."""

_LISTED = 2.0
"""How much more an imperative counts after a chair asked for advice."""

_ADVICE = re.compile(
    r"\b(?:lessons?|advice|recommend\w*|suggest\w*|should|would you (?:tell|"
    r"give|do|change))\b"
)


_OWN = re.compile(r"\b(?:i|we)(?:'d| would)? (?:\w+ )?(?:propose|suggest|recommend|move)\b")
"""What makes words of a chair the chair's own proposal, and no summing-up or procedure."""


def puts(room: Room) -> Iterator[Put]:
    """The proposals and questions of a room, in order."""
    concluded = {number for number, _, _ in summings(room)}
    advice = -ASKED
    for number, clause in enumerate(room.clauses):
        if room.silent[clause.turn] or number in concluded or not content(clause.text):
            continue
        text = plain(clause.text)
        odds = odds_of(text)
        task = room.chair[clause.turn] and TASK.search(text)
        if room.chair[clause.turn] and (task or "?" in clause.text):
            advice = clause.turn if _ADVICE.search(text) else -ASKED
        if INDIRECT.search(text) or task:
            yield Put(number, "question", QUESTION)
            continue
        if clause.turn - advice <= ASKED and not room.chair[clause.turn]:
            odds += _LISTED * bool(FORMS["imperative"].search(text))
        asks = clause.text.rstrip().endswith("?")
        if asks and len(text.split()) >= 4 and odds < 2.5 and not _PROCEDURE.search(text):
            yield Put(number, "question", max(QUESTION, odds))
        elif odds >= PROPOSAL and not asks and (not room.chair[clause.turn] or _OWN.search(text)):
            yield Put(number, "proposal", odds)


def claims(room: Room) -> Iterator[Put]:
    """The clauses that assert something, to which others may react."""
    for number, clause in enumerate(room.clauses):
        if room.silent[clause.turn] or room.chair[clause.turn]:
            continue
        if clause.text.rstrip().endswith("?"):
            continue
        if len(clause.text.split()) >= 4 and len(content(clause.text)) >= 2:
            yield Put(number, "claim", odds_of(plain(clause.text)))


def odds_of(text: str) -> float:
    """How likely a plain text proposes something, in log-odds, by the forms in it."""
    forms = [name for name, pattern in FORMS.items() if pattern.search(text)]
    if not any(WEIGHTS[name] >= 0.8 for name in forms) or _ASKS_TO_SPEAK.search(text):
        return -3.0
    return sum(WEIGHTS[name] for name in forms) - 0.3


def reasons(text: str) -> tuple[Reason, ...]:
    """Which forms make a plain text a proposal, strongest first, with their words."""
    found = []
    for name, pattern in FORMS.items():
        hit = pattern.search(text)
        if hit and WEIGHTS[name] > 0:
            found.append(Reason(f"form: {name}", hit.group(0).strip(), WEIGHTS[name]))
    return tuple(sorted(found, key=lambda each: -each.weight))


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
    if not said.endswith("?"):
        return "whether" in said
    return not (CUES["open question"].search(said) and not CUES["tag"].search(said))
