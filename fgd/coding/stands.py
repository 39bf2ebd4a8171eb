"""Positions: who supports, doubts, opposes or proposes what, who speaks from experience, and
whose words they answer.

A sentence is a cue's scope: negation and conditions hold inside it, and a reservation ("but ...")
may follow in the next sentence of the same unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fgd.coding.cues import CONDITION, CUES, INSIDE, NEGATOR, PARTIAL, POINTS, RESERVE, UNREAL, Cue
from fgd.coding.talk import Talk
from fgd.core.nlp import sentences
from fgd.model import Code, Coding, Position, Stand, Unit

LANGUAGES = ("en",)
"""Languages whose cues are known; in others no positions are found."""

REACH = 2
"""How many sentences into a turn an unnamed answer still answers the turn before."""

INHERITED = 0.6
"""How sure an answer's theme is, as a share of how sure the theme of what it answers is."""

ASKS_REACTION = re.compile(
    r"\b(?:agree|disagree|object|differ|differently|reactions?|respond|response|comments?|"
    r"(?:other|different|another) views?|same way|what do (?:you|others) think)\b[^?.!]*\?\s*$",
    re.I,
)
"""A facilitator's last question that asks for reactions to what was just said."""

_ANSWERS = frozenset(("supports", "supports with conditions", "questions", "opposes"))


@dataclass(frozen=True, slots=True)
class _Taken:
    """A stand found in a sentence: characters ``start``..``end`` of the cue in the text."""

    stand: Stand
    cue: Cue
    start: int
    end: int
    score: float


def positions(talk: Talk, units: Sequence[Unit]) -> tuple[Position, ...]:
    """The stands taken in content units, in order; chair and observers take none."""
    if talk.language not in LANGUAGES:
        return ()
    rows = {turn.id: row for row, turn in enumerate(talk.turns)}
    names = Names(talk)
    found: list[Position] = []
    for unit in units:
        row = rows[unit.turn]
        speaker = talk.speakers[row]
        if unit.kind != "content" or speaker.leads or speaker.silent:
            continue
        text = talk.texts[row]
        spans = [(a + unit.start, b + unit.start)
                 for a, b in sentences(text[unit.start : unit.end], talk.language)]  # fmt: skip
        for place, (start, end) in enumerate(spans):
            after = text[end : spans[place + 1][1]] if place + 1 < len(spans) else ""
            for taken in stands(_own(text[start:end], speaker.names), after):
                towards = ""
                if taken.stand in _ANSWERS:
                    towards = names.answered(row, text, start, end, taken)
                first = start + taken.start
                while first > start and text[first - 1].isalnum():
                    first -= 1  # inside a name that was read as "we"
                cue = text[first : start + taken.end].strip(" ,;.")
                found.append(
                    Position(unit.turn, start, end, taken.stand, "", cue, towards, taken.score)
                )
    return tuple(found)


def _own(sentence: str, names: Sequence[str]) -> str:
    """The sentence, equally long, with "we" in place of the speaker's own institution."""
    for name in names:
        if len(name) > 2 and name in sentence:
            sentence = sentence.replace(name, "we".rjust(len(name)))
    return sentence


def stands(sentence: str, after: str = "") -> list[_Taken]:
    """The stands taken in one sentence, one of each kind; ``after`` is the sentence behind it."""
    found: dict[Stand, _Taken] = {}
    covered: list[tuple[int, int]] = []
    asks = sentence.rstrip().endswith("?")
    for cue in CUES:
        for hit in cue.pattern.finditer(sentence):
            if any(hit.start() < b and a < hit.end() for a, b in covered):
                continue
            stand = _meant(cue, sentence, hit)
            if stand is None or (asks and stand not in ("questions", "supports", "opposes")):
                continue
            score = cue.score * (0.6 if asks and stand != "questions" else 1.0)
            if stand == "supports" and _limited(sentence, after, hit.end()):
                stand = "supports with conditions"
            covered.append(hit.span())
            taken = _Taken(stand, cue, hit.start(), hit.end(), round(score, 3))
            if stand not in found or found[stand].score < score:
                found[stand] = taken
    if {"opposes", "proposes"} <= found.keys() and found["opposes"].score < 0.65:
        del found["opposes"]  # "The council should act, and nobody should wait" proposes
    return sorted(found.values(), key=lambda taken: taken.start)


def _meant(cue: Cue, sentence: str, hit: re.Match[str]) -> Stand | None:
    """The stand of a cue where it stands: turned round by a negation, void in the unreal."""
    before = sentence[: hit.start()]
    if UNREAL.search(before):
        return None
    inner = INSIDE.search(hit.group()) if not cue.own else None
    negated = bool(inner or NEGATOR.search(before))
    between = re.match(r"\W*(?:\w+\W+)?(?:not)\b(?! only)", sentence[hit.end() :], re.I)
    if cue.stand == "proposes" and between and not negated:
        negated = True
    return cue.negated if negated else cue.stand


def _limited(sentence: str, after: str, end: int) -> bool:
    rest = sentence[end:]
    if CONDITION.search(sentence) or PARTIAL.search(sentence) or RESERVE.search(rest):
        return True
    return bool(re.match(r"\W*(?:but|however|although|only if|provided)\b", after, re.I))


class Names:
    """Who is meant by a name in a sentence, among those who spoke before."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        forms: dict[str, set[str]] = {}
        for speaker in talk.speakers:
            for name in speaker.names:
                tokens = re.findall(r"[^\W\d_]{3,}", name)
                whole = " ".join(re.findall(r"[^\W_]+", name)).casefold()
                for form in {whole, *(token.casefold() for token in tokens if token[:1].isupper())}:
                    forms.setdefault(form, set()).add(speaker.key)
        # A form that several people share ("Institute", a country) names nobody.
        self.forms = {form: next(iter(keys)) for form, keys in forms.items() if len(keys) == 1}

    def answered(self, row: int, text: str, start: int, end: int, taken: _Taken) -> str:
        """The turn that is answered: the last one of whoever is named, else what was just said."""
        said = " ".join(re.findall(r"[^\W_]+", text[start:end])).casefold()
        for key in self._named(said):
            if key != self.talk.speakers[row].key and (turn := self._last(row, key)):
                return turn
        before = len(sentences(text[:start], self.talk.language)) if start else 0
        rest = text[start + taken.start : end]
        if before < REACH and (taken.cue.reply or POINTS.search(rest)):
            return self._just_said(row)
        return ""

    def _named(self, said: str) -> Iterator[str]:
        words = said.split()
        for size in range(min(6, len(words)), 0, -1):
            for first in range(len(words) - size + 1):
                key = self.forms.get(" ".join(words[first : first + size]))
                if key:
                    yield key

    def _last(self, row: int, key: str) -> str:
        for earlier in range(row - 1, -1, -1):
            if self.talk.speakers[earlier].key == key:
                return self.talk.turns[earlier].id
        return ""

    def _just_said(self, row: int) -> str:
        """The turn before, if a participant spoke it; words of one breath are passed over, and so
        is a facilitator who only asks what the others think of it.
        """
        me = self.talk.speakers[row].key
        for earlier in range(row - 1, max(row - 4, -1), -1):
            speaker, turn = self.talk.speakers[earlier], self.talk.turns[earlier]
            if turn.recording != self.talk.turns[row].recording:
                return ""
            if speaker.leads:
                if not ASKS_REACTION.search(turn.text):
                    return ""
                continue
            if speaker.key != me and len(turn.words) > 3:
                return turn.id
        return ""


def inherited(
    units: Sequence[Unit],
    codings: Sequence[Coding],
    found: Sequence[Position],
    codes: Sequence[Code],
) -> tuple[tuple[Coding, ...], tuple[Position, ...]]:
    """Themes of answers that name none ("I agree with Maria"): that of the words they answer.

    Returns the codings this adds, and the positions with that theme.
    """
    themes = {each.id for each in codes if each.dimension == "theme"}
    best: dict[str, Coding] = {}
    coded: set[tuple[str, int]] = set()
    for coding in codings:
        if coding.code in themes and coding.status != "rejected":
            coded.add((coding.turn, coding.start))
            if coding.turn not in best or coding.score > best[coding.turn].score:
                best[coding.turn] = coding
    by_turn: dict[str, list[Unit]] = {}
    for each in units:
        by_turn.setdefault(each.turn, []).append(each)
    made: dict[tuple[str, int], Coding] = {}
    told: list[Position] = []
    for position in found:
        mine = by_turn.get(position.turn, ())
        unit = next((u for u in mine if u.start <= position.start < u.end), None)
        source = best.get(position.towards)
        if unit and source and (unit.turn, unit.start) not in coded:
            reason = f'answers "{position.cue}" to an earlier turn about it'
            score = round(INHERITED * source.score, 3)
            coding = Coding(unit.turn, unit.start, unit.end, source.code, score, reason, source.by)
            position = replace(position, code=made.setdefault((unit.turn, unit.start), coding).code)
        told.append(position)
    return tuple(made.values()), tuple(told)
