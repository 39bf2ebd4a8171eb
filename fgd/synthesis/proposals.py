"""Sentences that propose something: in so many words, by implication, or because one was asked."""

from __future__ import annotations

from dataclasses import dataclass

from fgd.core.nlp import sentences
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.phrases import Phrases, phrases
from fgd.synthesis.slices import is_hollow

SHORTEST = 6
"""A proposal of fewer words says too little to act on; a lesson that was asked for may."""

SHORTEST_LESSON = 4
SHORT = 14
"""A proposal of at most so many words is quoted with the sentence after it."""

REACH = 40
"""Characters after a proposing word in which its addressee is looked for."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sentence that proposes something; ``start``..``end`` are offsets into the turn's text.

    ``strength`` orders proposals: in so many words before asked for before implied.
    """

    passage: Passage
    start: int
    end: int
    explicit: bool
    addressee: str
    strength: float

    @property
    def text(self) -> str:
        """The sentence."""
        return self.passage.turn.text[self.start : self.end]


def proposals(material: Material) -> tuple[Proposal, ...]:
    """The proposals of everybody but the chair, in the order of the discussion.

    A stand "proposes" that was found before counts wherever it is; otherwise a sentence needs a
    proposal's words, and one that is only implied also an addressee. Answers to a question for
    lessons or advice are proposals as they are.
    """
    lang = material.language
    known = phrases(lang)
    asked = _asked(material, known)
    found: list[Proposal] = []
    for passage in material.counted:
        proposed = [each.start for each in passage.stands if each.stand == "proposes"]
        for start, end in sentences(passage.text, lang):
            start, end = start + passage.start, end + passage.start
            text = passage.turn.text[start:end]
            if found and found[-1].passage.turn is passage.turn and start < found[-1].end:
                continue  # quoted already, as the reason of the proposal before it
            if text.endswith("?") or known.idle.search(text) or is_hollow(text, known):
                continue
            words = len(text.split())
            if words <= SHORTEST and material.names.search(text):
                continue  # "This is Lee, for the ministry."
            stated = any(start <= place < end for place in proposed)
            explicit = bool(known.explicit.search(text)) or stated
            lesson = passage.section in asked and words >= SHORTEST_LESSON
            who = addressed(text, known) or (asked.get(passage.section, "") if lesson else "")
            meant = explicit or (known.implied.search(text) and who)
            if (meant and words >= SHORTEST) or lesson:
                strength = 0.4 * explicit + 0.3 * stated + 0.3 * lesson + 0.2 * bool(who)
                end = _with_its_reason(passage, start, end, known, lang)
                found.append(Proposal(passage, start, end, explicit or lesson, who, strength))
    return tuple(found)


def _with_its_reason(passage: Passage, start: int, end: int, known: Phrases, lang: str) -> int:
    """Where a short proposal ends: with the sentence after it, which says how or why."""
    text = passage.turn.text
    if len(text[start:end].split()) > SHORT:
        return end
    for first, last in sentences(passage.text, lang):
        follows = text[passage.start + first : passage.start + last]
        if passage.start + first >= end:
            brief = len(follows.split()) < SHORTEST_LESSON
            apart = brief or known.explicit.search(follows) or is_hollow(follows, known)
            return end if apart else passage.start + last
    return end


def addressed(text: str, known: Phrases) -> str:
    """Who should act, in the sentence's own words; nothing if it does not say.

    >>> addressed("The secretariat should keep one list.", phrases("en"))
    'secretariat'
    """
    places = list(known.addressees.finditer(text))
    for cue in (*known.explicit.finditer(text), *known.implied.finditer(text)):
        before = [each for each in places if 0 <= cue.start() - each.end() <= 2]
        inside = [each for each in places if cue.start() <= each.start() < cue.end()]
        after = [each for each in places if 0 <= each.start() - cue.end() <= REACH]
        for each in (*before[-1:], *inside[:1], *after[:1]):
            return each.group()
    return ""


def _asked(material: Material, known: Phrases) -> dict[str, str]:
    """The guide sections that ask for lessons or advice, and for whom these are meant."""
    found = {}
    for section in material.session.guide.sections:
        text = f"{section.title}. {section.text}"
        if section.kind in ("question", "wrap-up") and known.lesson.search(text):
            whom = known.addressees.search(text)
            found[section.id] = whom.group() if whom else ""
    return found
