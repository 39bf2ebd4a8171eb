"""How likely what was read is right, judged by what is known of it once more.

Words and networks suspect what was proposed, and who answered what with which side. Whether such a
suspicion holds is told by boosted trees (Friedman 2001, doi:10.1214/aos/1013203451) that have
learned from readers' verdicts and marks in meetings that the networks have not learned from:
``benchmarks/deliberation_calibration.py`` makes them and writes them with the hash of its own text.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.deliberation.features import Answer, Put, Reading, content
from fgd.deliberation.forms import FORMS
from fgd.deliberation.network import PUTS, SIDES, Sense
from fgd.deliberation.proposals import IN_NEED, odds_of
from fgd.deliberation.room import Room
from fgd.deliberation.sides import CONDITION, spoken_side, yes_or_no
from fgd.model import Side

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

TREES = Path(__file__).with_name("calibration.npz")
WIDE_TREES = Path(__file__).with_name("calibration_wide.npz")
"""The trees for what the narrow networks read alone, and for what the cross-encoder read, too."""

COLUMNS = (
    "link", "side +", "side -", "side 0", "side ~", "side told",
    "of proposal", "of question", "of claim",
    "put: proposal", "put: question", "put: claim",
    "answer: proposal", "answer: question", "answer: claim",
    "form of put", "form of answer", "told +", "told -", "told ~",
    "turns between", "words", "words put", "likelier links", "likeliest other link",
    "clauses that answer it", "people who answer it", "number in turn", "words of turn",
    "chair put", "chair answers", "neutral put", "named", "repeated", "best link of turn",
    "share of proposals", "words a turn", "people", "share of short turns",
    "turn +", "turn -", "turn 0", "turn ~", "turn otherwise",
    "words take it", "words take another", "other words take it", "other words take another",
    "read by words", "linked by words", "right after", "takes a side to another", "shared words",
    "put between", "asks", "sure of links", "links a turn", "joint",
)  # fmt: skip
"""What is known of an answer, in order; probabilities of clauses and links in log-odds."""

PROPOSAL_COLUMNS = (
    *PUTS, "before", "after", "others of turn", "rank in turn", "of turn", "proposals near",
    "form", "asks", "chair", "number", "last", "left", "words", "words of turn", "content",
    "points back", "in person", "noise", "goes on", "leans +~", "leans -", "announces",
    "own word", "somebody's need",
    "likeliest answer", "people who answer", "for", "against", "on condition",
    "reply leans +~", "reply leans -", "reply yes", "reply no", "words of reply", "chair replies",
    "part of talk", "share of proposals", "words a turn", "people", "share of short turns",
    "share of questions", *(f"form: {name}" for name in FORMS),
    "answers", *(f"answers {side}" for side in SIDES), "answers a proposal", "link to it",
    *(f"{side} to it" for side in SIDES), "shared with it", "alike to it", "turn consents",
    "turn objects", "turn consents to a proposal", "like one by others", "like one of theirs",
    "own earlier",
)  # fmt: skip
"""What is known of a clause that may propose something, in order."""

_POINTS = re.compile(
    r"(?:(?:so|and|but|yes|yeah|well|okay|then),? )*(?:it|that|this|they|these|those)\b"
)
_PERSON = re.compile(r"\b(?:i|we|you|let)\b")
_GOES_ON = re.compile(r"(?:and|but|so|or|because|which)\b")
_ANNOUNCES = re.compile(
    r"\b(?:we|i|\w+) (?:have |has )?(?:decided?|decides) (?:to|that|not)\b|"
    r"\b(?:my|our|the) decision (?:is|was)\b"
)
"""What points back, speaks of persons, goes on from before, or tells what was decided."""

_OWN = re.compile(r"\b(?:i|we)(?:'d| would)? (?:\w+ )?(?:propose|suggest|recommend|move)\b")
"""A proposal in so many words."""

YES_NO = "answers yes or no"
"""The reason of an answer right after what asked for it."""

NEIGHBOURS, REPLY, RECENT = 6, 3, 25
"""Turns around a clause in which other proposals are looked for, until the next by others, and
before it in which one may stand that it echoes.
"""

POLARITY: dict[Side, str] = {
    "for": "+", "yes": "+", "condition": "~", "part": "~", "against": "-", "no": "-", "doubt": "-",
    "alternative": "-", "open": "0", "answer": "0",
}  # fmt: skip
"""The sides by what the networks call them."""

ANSWERING, MAYBE = 0.5, 0.3
"""Probability of a link from which a clause counts as one of those that answer, or of a proposal
as one of those that propose; and as one that others may stand beside.
"""


NODES = ("column", "threshold", "left", "right", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Boosted trees: of every node (trees, nodes) the column, threshold, children and value;
    children of a leaf are the leaf itself. ``base`` is the log-odds before any tree.
    """

    column: Any
    threshold: Any
    left: Any
    right: Any
    value: Any
    base: float
    depth: int
    script: str

    def chances(self, rows: Array) -> list[float]:
        """Probability that what each row describes is right, (n,)."""
        import numpy as np

        trees = np.arange(len(self.column))[None]
        at = np.zeros((len(rows), len(self.column)), np.int64)
        for _ in range(self.depth):
            less = rows[np.arange(len(rows))[:, None], self.column[trees, at]]
            goes = less <= self.threshold[trees, at]
            at = np.where(goes, self.left[trees, at], self.right[trees, at])
        odds = self.base + self.value[trees, at].sum(1)
        found: list[float] = (1 / (1 + np.exp(-odds))).tolist()
        return found


def calibrated(of: str, *, widely: bool = False) -> Calibration:
    """Give the shipped trees of "side", "answer" or "proposal", by what read the pairs."""
    return trees(of, WIDE_TREES if widely else TREES)


@functools.cache
def trees(of: str, path: Path) -> Calibration:
    """Read the trees of "side", "answer" or "proposal" from a file once."""
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        nodes = (file[f"{of}.{name}"] for name in NODES)
        column, threshold, left, right, value = nodes
    base, depth = float(about[of]["base"]), int(about[of]["depth"])
    return Calibration(column, threshold, left, right, value, base, depth, str(about["script"]))


def answer_columns(
    reading: Reading, put: Sequence[Put], sense: Sense, answers: Sequence[Answer]
) -> Array:
    """A row of ``COLUMNS`` for each answer, (n, k)."""
    import numpy as np

    room, chances = reading.room, sense.puts
    by_answer: dict[int, list[tuple[int, float]]] = defaultdict(list)
    by_put: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (asked, said), (sure, _) in sense.pairs.items():
        by_answer[said].append((asked, sure))
        by_put[asked].append((said, sure))
    sizes = [len(text.split()) for text in room.texts]
    manner = _manner(room, sense)
    by_words: dict[int, set[int]] = defaultdict(set)
    for each in answers:
        if not each.reasons[0].kind.startswith("network"):
            by_words[room.clauses[each.clause].turn].add(put[each.put].clause)
    spoken = {room.clauses[each.clause].turn for each in answers}
    worded = {n: _polarities(room.said(n)) for turn in spoken for n in room.of_turn[turn]}
    strong = [sure for sure, _ in sense.pairs.values() if sure > MAYBE]
    decided = float(np.mean([sure > 0.9 for sure in strong])) if strong else 0.0
    rate = math.log1p(len(strong) / max(1, len(room.turns)))
    proposals = sorted(each.clause for each in put if each.kind == "proposal")
    rows = []
    for each in answers:
        of = put[each.put].clause
        proposed, answer = room.clauses[of], room.clauses[each.clause]
        sure, sides = sense.pairs.get((of, each.clause), (0.02, (0.25,) * 4))
        lean, text = POLARITY[each.side], room.said(each.clause)
        others = [chance for other, chance in by_answer[each.clause] if other != of]
        near = [clause for clause, chance in by_put[of] if chance > ANSWERING]
        turn = room.of_turn[answer.turn]
        mates = {n: sense.pairs[of, n] for n in turn if (of, n) in sense.pairs}
        beside = [told for number, told in mates.items() if number != each.clause]
        against = [k for k, side in enumerate(SIDES) if side not in (lean, "0")]
        rows.append(
            [
                _odds(sure), *sides, sides[SIDES.index(lean)],
                *(put[each.put].kind == kind for kind in ("proposal", "question", "claim")),
                *map(_odds, chances[of, :3].tolist()),
                *map(_odds, chances[each.clause, :3].tolist()),
                put[each.put].odds, odds_of(text), *(lean == one for one in "+-~"),
                math.log1p(answer.turn - proposed.turn), math.log1p(len(text.split())),
                math.log1p(len(room.said(of).split())), sum(chance > sure for chance in others),
                _odds(max(others, default=0.0)), math.log1p(len(near)),
                len({room.who[room.clauses[clause].turn] for clause in near}), answer.number,
                math.log1p(sizes[answer.turn]), room.chair[proposed.turn], room.chair[answer.turn],
                room.neutral[proposed.turn], each.link == "named", each.link == "repeated",
                max((chance for chance, _ in mates.values()), default=0.0), *manner,
                *(sum(chance * of_side[k] for chance, of_side in beside) for k in range(4)),
                max((chance * max(of_side[k] for k in against) for chance, of_side in beside),
                    default=0.0),
                *_worded(worded[each.clause], lean),
                *_worded("".join(worded[n] for n in turn if n != each.clause), lean),
                not each.reasons[0].kind.startswith("network"),
                not any(why.kind.startswith("network") for why in each.reasons),
                each.reasons[0].kind == YES_NO,
                bool(by_words[answer.turn] - {of}),
                len(content(proposed.text) & content(answer.text)),
                sum(of < other < each.clause for other in proposals),
                answer.text.rstrip().endswith("?"), decided, rate,
                sure * sides[SIDES.index(lean)],
            ]
        )  # fmt: skip
    return np.array(rows, np.float32).reshape(len(rows), len(COLUMNS))


def _polarities(text: str) -> str:
    """Give the polarity of the words of a clause, a conditional one for what is on condition."""
    found = spoken_side(text)[0].replace("?", "-")
    return found + ("~" if CONDITION.search(text) or text.startswith("if ") else "")


def _worded(found: str, lean: str) -> tuple[bool, bool]:
    return lean in found, any(each != lean for each in found)


def proposal_columns(reading: Reading, sense: Sense, clauses: Sequence[int]) -> Array:
    """A row of ``PROPOSAL_COLUMNS`` for each clause that may propose something, (n, k)."""
    import numpy as np

    room, proposes = reading.room, sense.puts[:, 0].tolist()
    answers: dict[int, dict[str, tuple[float, tuple[float, ...]]]] = defaultdict(dict)
    for (asked, said), (sure, sides) in sense.pairs.items():
        who = room.who[room.clauses[said].turn]
        answers[asked][who] = max(answers[asked].get(who, (0.0, sides)), (sure, sides))
    before = _Before.of(reading, sense)
    by_turn = [[proposes[number] for number in mine] for mine in room.of_turn]
    sizes = [len(text.split()) for text in room.texts]
    asking = sum("?" in text for text in room.texts) / max(1, len(room.texts))
    manner = (*_manner(room, sense), asking)
    rows = []
    for number in clauses:
        clause, text = room.clauses[number], room.said(number)
        mine, of_turn = room.of_turn[clause.turn], by_turn[clause.turn]
        others = [*of_turn[: clause.number], *of_turn[clause.number + 1 :]]
        around = range(max(0, clause.turn - NEIGHBOURS), clause.turn + NEIGHBOURS + 1)
        near = [
            chance > MAYBE
            for turn in around[: len(room.turns) - around.start]
            if turn != clause.turn and not room.neutral[turn]
            for chance in by_turn[turn]
        ]
        heard = list(answers[number].values())
        reply, chair = reply_to(room, clause.turn)
        lean, agreed = spoken_side(reply)[0], yes_or_no(reply)
        polarity = spoken_side(text)[0]
        rows.append(
            [
                *map(_odds, sense.puts[number].tolist()),
                of_turn[clause.number - 1] if clause.number else 0.0,
                0.0 if clause.last else of_turn[clause.number + 1],
                _odds(max(others, default=0.0)), sum(each > proposes[number] for each in others),
                sum(each > MAYBE for each in of_turn), float(np.mean(near)) if near else 0.0,
                odds_of(text), clause.text.rstrip().endswith("?"), room.chair[clause.turn],
                clause.number, clause.last, len(mine) - 1 - clause.number,
                math.log1p(len(text.split())), math.log1p(sizes[clause.turn]),
                len(content(clause.text)), bool(_POINTS.match(text)), bool(_PERSON.search(text)),
                "{" in clause.text, bool(_GOES_ON.match(text)), polarity in ("+", "~"),
                polarity == "-", bool(_ANNOUNCES.search(text)), bool(_OWN.search(text)),
                bool(IN_NEED.search(text)),
                max((sure for sure, _ in heard), default=0.0), len(heard),
                *(sum(sure * sides[k] for sure, sides in heard) for k in (0, 1, 3)),
                lean in ("+", "~"), lean == "-",
                *(agreed is not None and agreed[0] == word for word in ("yes", "no")),
                len(reply.split()), chair, clause.turn / len(room.turns), *manner,
                *(bool(form.search(text)) for form in FORMS.values()),
                *before.row(number),
            ]
        )  # fmt: skip
    return np.array(rows, np.float32).reshape(len(rows), len(PROPOSAL_COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """What clauses may answer, and which earlier ones propose: an echo of a proposal is none."""

    reading: Reading
    sense: Sense
    answered: Mapping[int, Sequence[tuple[float, tuple[float, ...], int]]]
    own: Mapping[int, float]
    proposing: Any

    @staticmethod
    def of(reading: Reading, sense: Sense) -> _Before:
        import numpy as np

        answered: dict[int, list[tuple[float, tuple[float, ...], int]]] = defaultdict(list)
        own: dict[int, float] = defaultdict(float)
        for (asked, said), (sure, sides) in sense.pairs.items():
            answered[said].append((sure, sides, asked))
        for (_, said), (sure, _) in sense.own.items():
            own[said] = max(own[said], sure)
        return _Before(reading, sense, answered, own, np.flatnonzero(sense.puts[:, 0] > MAYBE))

    def row(self, number: int) -> tuple[float, ...]:
        """Tell of a clause what it, and its turn before it, says to what was put before."""
        room, vectors, chance = self.reading.room, self.reading.vectors, self.sense.puts[:, 0]
        clause = room.clauses[number]
        mine, none = room.of_turn[clause.turn], (0.0, (0.25,) * 4, -1)
        sure, sides, _ = max(self.answered.get(number, ()), default=none)
        link, to, put = max(
            self.answered.get(number, ()), key=lambda one: one[0] * chance[one[2]], default=none
        )
        ahead = [one for n in range(mine.start, number) for one in self.answered.get(n, ())]
        near = [
            (room.who[room.clauses[n].turn] == room.who[clause.turn], n)
            for n in self.proposing[: self.proposing.searchsorted(mine.start)]
            if clause.turn - room.clauses[n].turn < RECENT
        ]
        alike = [
            max((float(vectors[number] @ vectors[n]) for same, n in near if same is own), default=0)
            for own in (False, True)
        ]
        shared = content(clause.text) & content(room.clauses[put].text) if put >= 0 else ()
        return (
            _odds(sure), *sides, _odds(float(link * chance[put]) if put >= 0 else 0.0), link, *to,
            len(shared), float(vectors[number] @ vectors[put]) if put >= 0 else 0.0,
            max((link * (of[0] + of[3]) for link, of, _ in ahead), default=0.0),
            max((link * of[1] for link, of, _ in ahead), default=0.0),
            max((float(chance[n]) * link * of[0] for link, of, n in ahead), default=0.0),
            *alike, self.own.get(number, 0.0),
        )  # fmt: skip


def _manner(room: Room, sense: Sense) -> tuple[float, ...]:
    """How a room talks: share of clauses that propose, words a turn, people, short turns."""
    import numpy as np

    sizes = [len(text.split()) for text in room.texts]
    return (
        float((sense.puts[:, 0] > ANSWERING).mean()) if len(sense.puts) else 0.0,
        float(np.mean(sizes)) / 20 if sizes else 0.0,
        len(set(room.who)) / 10,
        float(np.mean([size <= 3 for size in sizes])) if sizes else 0.0,
    )


def reply_to(room: Room, turn: int, within: int = REPLY) -> tuple[str, bool]:
    """What the next person who says something begins with, and whether they chair."""
    for later in range(turn + 1, min(turn + 1 + within, len(room.turns))):
        if room.who[later] != room.who[turn] and room.of_turn[later]:
            return room.said(room.of_turn[later].start), room.chair[later]
    return "", False


def _odds(chance: float) -> float:
    chance = min(max(chance, 1e-3), 1 - 1e-3)
    return math.log(chance / (1 - chance))


__all__ = [
    "COLUMNS",
    "NODES",
    "POLARITY",
    "PROPOSAL_COLUMNS",
    "TREES",
    "WIDE_TREES",
    "YES_NO",
    "Calibration",
    "answer_columns",
    "calibrated",
    "proposal_columns",
    "reply_to",
    "trees",
]  # fmt: skip
