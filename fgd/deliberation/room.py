"""Prepare a session for deliberation: who spoke, clause by clause, and who runs the meeting."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul

from fgd.core.nlp import leads, sentences
from fgd.deliberation.cues import FUNCTION_WORDS, GIVES_FLOOR, plain, words
from fgd.model import Attribution, Attributions, Conversation, Session, Turn

LONG, SHORT = 40, 8
"""A sentence of more words is cut where clauses join, into pieces of no fewer than ``SHORT``."""

LONGEST = 80
"""Speech without any stops is cut into pieces of at most so many words."""

ENGLISH = 0.2
"""A turn is read as English if at least this share of its words are English function words."""

LEADS, LIKELY, HARDLY = 0.6, 0.4, 0.1
"""Probability from which somebody is taken to run the meeting; and from which they are where nobody
else is likelier than the last.
"""

FEWEST, THANKED = 3, 3
"""Speakers of a meeting that somebody runs; and the least number of which a share is taken."""

ARGUES = 0.25
"""Whoever says so large a share of all words takes part in the discussion that they run ..."""

OWN = 0.2
"""... if so large a share of their turns neither asks, hands on, thanks nor speaks to everybody."""

_VERBS = (
    "supports", "opposes", "welcomes", "agrees", "disagrees", "rejects", "accepts", "objects",
    "regrets", "endorses", "votes", "joins", "shares", "favours", "favors", "proposes", "requests",
    "urges", "asks", "calls", "suggests", "recommends", "wishes", "prefers", "backs", "concurs",
    "believes", "thinks", "considers", "needs", "wants", "does", "has", "is",
)  # fmt: skip
_DELEGATES = "|".join((*_VERBS, "will", "would", "can", "could", "cannot", "may", "must", "voted"))
_BASE = {"does": "do", "has": "have", "is": "are", "wishes": "wish"}
_THIRD = re.compile(
    rf"(\bwe (?:also |therefore |strongly |fully |firmly |now |\w+ly )*)({'|'.join(_VERBS)})\b"
)
"""How delegates speak of themselves in the third person, and the first person of it."""

_JOINT = re.compile(
    r"(?:[;\u2014\u2013]\s*|,\s+(?=(?:and|but|so|because|although|while|whereas|which|then)\s)|"
    r"\s+(?=(?:and then|but|so|because)\s+(?:i|we|you|they|it|he|she|that|this|the)\b))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Characters ``start``..``end`` of turn number ``turn``: a sentence, or part of a long one.

    ``first`` tells that it opens its turn, ``number`` its place among the turn's clauses.
    """

    turn: int
    start: int
    end: int
    text: str
    number: int
    last: bool


@dataclass(frozen=True, slots=True)
class Room:
    """The turns in canonical order with the key of who spoke each (a participant's id, or
    ``recording/voice``), whether they run the meeting, and whether the turn is in English.

    ``neutral`` are the turns of those who only run it: told as an observer's or a facilitator's,
    never as a side. Somebody who runs a meeting and argues in it is a chair, and not neutral.

    ``clauses`` are those of all turns that are read, in order; ``of_turn`` tells which are a
    turn's, as a range into them.
    """

    turns: tuple[Turn, ...]
    texts: tuple[str, ...]
    who: tuple[str, ...]
    chair: tuple[bool, ...]
    neutral: tuple[bool, ...]
    silent: tuple[bool, ...]
    read: tuple[bool, ...]
    clauses: tuple[Clause, ...]
    of_turn: tuple[range, ...]
    names: dict[str, tuple[str, ...]]

    def said(self, number: int) -> str:
        """Return the plain text of a clause; whoever says their own name for "I" says "we".

        Delegates do: "Tarland supports the text" is Tarland's support where Tarland says it.
        """
        clause = self.clauses[number]
        text = plain(clause.text)
        for name in self.names.get(self.who[clause.turn], ()):
            own = name.casefold().removeprefix("the ").strip()
            if len(own) > 2 and own in text:
                text = re.sub(
                    rf"(?<!for )(?<!to )(?<!of )(?<!by )(?<!with )\b(?:the )?(?:delegation of )?"
                    rf"{re.escape(own)} (?=(?:also |therefore |now |\w+ly )*(?:{_DELEGATES}))",
                    "we ",
                    text,
                )
                text = _THIRD.sub(lambda hit: f"{hit[1]}{_BASE.get(hit[2], hit[2][:-1])}", text)
        return text

    @staticmethod
    def of(
        session: Session,
        conversations: Sequence[Conversation],
        attributions: Sequence[Attribution] = (),
    ) -> Room:
        """Put the conversations in the session's order and find out who spoke and who chairs."""
        rank = {recording.id: place for place, recording in enumerate(session.recordings)}
        turns = [
            turn
            for talk in sorted(
                conversations, key=lambda t: (rank.get(t.recording, len(rank)), t.recording)
            )
            for turn in sorted(talk.turns, key=lambda turn: (turn.span, turn.id))
        ]
        texts = tuple(turn.text for turn in turns)
        people = {each.id: each for each in session.participants}
        bodies = {each.id: each for each in session.institutions}
        told = Attributions(attributions)
        who, chair, silent = [], [], []
        names: dict[str, tuple[str, ...]] = {}
        for turn in turns:
            found = told.of(turn)
            person = people.get(found.participant)
            key = told.key(turn)
            role = person.role if person else ""
            who.append(key)
            chair.append(role == "facilitator" or (not person and leads(turn.label)))
            silent.append(role == "observer")
            if key not in names:
                mine = [turn.label, *((person.name, *person.aliases) if person else ())]
                for body in found.institutions or (person.institutions if person else ()):
                    if body in bodies:
                        mine += [bodies[body].name, bodies[body].acronym, *bodies[body].aliases]
                names[key] = tuple(dict.fromkeys(name for name in mine if name))
        neutral = list(chair)
        if not any(chair):
            guessed, argue = _chair(texts, who)
            chair = [key in guessed for key in who]
            neutral = [key in guessed - argue for key in who]
        lang = (session.languages or ("en",))[0].partition("-")[0].casefold() or "en"
        read = tuple(_english(text, declared=lang == "en") for text in texts)
        clauses: list[Clause] = []
        of_turn = []
        for number, text in enumerate(texts):
            first = len(clauses)
            if read[number]:
                spans = [s for one in sentences(text, "en") for s in _pieces(text, *one)]
                clauses += [
                    Clause(number, start, end, text[start:end], place, place == len(spans) - 1)
                    for place, (start, end) in enumerate(spans)
                ]
            of_turn.append(range(first, len(clauses)))
        return Room(
            tuple(turns),
            texts,
            tuple(who),
            tuple(chair),
            tuple(neutral),
            tuple(silent),
            read,
            tuple(clauses),
            tuple(of_turn),
            names,
        )


def _english(text: str, *, declared: bool) -> bool:
    """Tell whether a turn is in English, by its function words; a short one as the session is."""
    said = words(text)
    if len(said) < 8:
        return declared
    share = sum(word in FUNCTION_WORDS for word in said) / len(said)
    return share >= (ENGLISH if declared else 1.5 * ENGLISH)


def _chair(texts: Sequence[str], who: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Find whoever runs the meeting, by how they speak, and which of them argue, too.

    Where nobody is likely to, or fewer than three speak, nobody is taken to.
    """
    if len(set(who)) < FEWEST:
        return frozenset(), frozenset()
    speakers, rows = chair_rows(texts, who)
    odds = [CHAIR_BIAS + sum(map(mul, CHAIR_WEIGHTS, row)) for row in rows]
    chances = [1 / (1 + math.exp(-each)) for each in odds]
    second = sorted(chances)[-2]
    least = LIKELY if second < HARDLY else LEADS  # a few turns tell little of anybody
    found = frozenset(key for key, chance in zip(speakers, chances, strict=True) if chance >= least)
    if not found:
        mine = [text for text, key in zip(texts, who, strict=True) if key == who[0]]
        if 2 * len(mine) <= len(texts) and all("?" in t or GIVES_FLOOR.search(t) for t in mine):
            found = frozenset(who[:1])  # who opens, and does nothing but ask
    said: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for text, key in zip(texts, who, strict=True):
        said[key] += len(text.split())
        own[key] += not ("?" in text or any(cue.search(text) for cue in _HANDS_ON[:-1]))
    argue = frozenset(
        key
        for key in found
        if said[key] > ARGUES * said.total() and own[key] >= OWN * who.count(key)
    )
    return (found - argue or found), argue if argue == found else frozenset()


_HANDS_ON = (
    GIVES_FLOOR,
    re.compile(
        r"\b(?:everybody|everyone|all of you|you all|colleagues|ladies and gentlemen|friends|"
        r"anybody|anyone|who (?:else|wants|would|has)|others)\b",
        re.I,
    ),
    re.compile(
        r"^(?:\W*(?:okay|ok|right|good|well|yes|so|all right|alright|mm-hmm|hm)\W+)*"
        r"(?:thank you|thanks|noted|very well|understood)\b",
        re.I,
    ),
    re.compile(
        r"\b(?:one at a time|minutes left|we have .{0,12}minutes|before we (?:close|break|go|move|"
        r"start)|(?:next|last|first) (?:point|item|question|topic|round)|item \w+|we(?:'ll| will) "
        r"(?:come|get) (?:back )?to|let me (?:stop|hold|take|try|read|sum|bring|ask)|"
        r"i(?:'ll| will) (?:note|write|minute|put it|take it|come (?:back )?to)|i (?:write|note)|"
        r"moving on|welcome|break|close|sum up|summary|record)\b",
        re.I,
    ),
    re.compile(
        r"\b(?:what i (?:took|heard|have|hear)|i heard|so we (?:have|agreed|keep|take)|agreed|"
        r"remains open|left open|to sum up)\b",
        re.I,
    ),
)
"""Giving the floor, speaking to everybody, thanking, procedure, and summing up (late)."""

CHAIR_COLUMNS = (
    "opens", "closes", "share of turns", "share of words", "asks", "of questions",
    "of floors given", "of words to all", "of thanks", "of procedure", "of summing up",
    "followed by", "speakers", "length",
)  # fmt: skip
CHAIR_BIAS = -7.140
CHAIR_WEIGHTS = (
    2.253, 1.349, -4.307, 4.246, 0.069, 5.363, 4.768, 2.228, 2.453, 3.230, 5.277, 0.770, 0.785,
    -0.371,
)  # fmt: skip
"""A logistic model, fitted by ``python -m benchmarks.chairs`` to meetings whose chairs are known,
also without their first and last turns.
"""


def chair_rows(
    texts: Sequence[str], who: Sequence[str]
) -> tuple[tuple[str, ...], list[tuple[float, ...]]]:
    """Describe how each speaker speaks, to tell who chairs: rows of ``CHAIR_COLUMNS``."""
    speakers = tuple(dict.fromkeys(who))
    total: Counter[object] = Counter()
    after: dict[str, set[str]] = {key: set() for key in speakers}
    for place, (text, key) in enumerate(zip(texts, who, strict=True)):
        total[key] += 1
        total[key, "words"] += len(text.split())
        marks = ["?" in text, *(bool(cue.search(text)) for cue in _HANDS_ON)]
        marks[-1] = marks[-1] and 2 * place > len(texts)
        for name, hit in enumerate(marks):
            total[name] += hit
            total[key, name] += hit
        if place and who[place - 1] != key:
            after[who[place - 1]].add(key)
    words = max(1, sum(total[key, "words"] for key in speakers))
    rows = []
    for key in speakers:
        share = [total[key, name] / max(THANKED, total[name]) for name in range(6)]
        rows.append(
            (
                float(who[0] == key),
                float(key in who[-2:]),
                total[key] / len(who),
                total[key, "words"] / words,
                total[key, 0] / total[key],
                *share,
                len(after[key]) / max(1, len(speakers) - 1),
                math.log(len(speakers)),
                math.log(max(1, total[key, "words"]) / total[key] / (words / len(who))),
            )
        )
    return speakers, rows


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split a long sentence into clauses; pieces keep every word and are never tiny."""
    if len(text[start:end].split()) <= LONG:
        yield start, end
        return
    cuts, begin = [], start
    for joint in _JOINT.finditer(text, start, end):
        before = len(text[begin : joint.start()].split())
        if before >= SHORT and len(text[joint.end() : end].split()) >= SHORT:
            cuts.append((begin, joint.end()))
            begin = joint.end()
    cuts.append((begin, end))
    for first, after in cuts:
        yield from _chopped(text, first, after)


def _chopped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    found = list(re.finditer(r"\S+", text[start:end]))
    for first in range(0, len(found), LONGEST):
        part = found[first : first + LONGEST]
        yield start + part[0].start(), start + part[-1].end()
