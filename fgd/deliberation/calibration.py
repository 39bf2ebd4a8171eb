"""How likely a side that was read is right, judged by what is known of it once more.

Words and networks suspect who answered what, and with which side. Whether such a suspicion holds is
told by boosted trees (Friedman 2001, doi:10.1214/aos/1013203451) that have learned from readers'
verdicts on suspicions in meetings that the networks have not learned from:
``benchmarks/deliberation_calibration.py`` makes them and writes them with the hash of its own text.
"""

from __future__ import annotations

import functools
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.deliberation.features import Answer, Put, Reading
from fgd.deliberation.network import SIDES, Sense
from fgd.deliberation.proposals import odds_of
from fgd.model import Side

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

TREES = Path(__file__).with_name("calibration.npz")

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
)  # fmt: skip
"""What is known of an answer, in order; probabilities of clauses and links in log-odds."""

POLARITY: dict[Side, str] = {
    "for": "+", "yes": "+", "condition": "~", "part": "~", "against": "-", "no": "-", "doubt": "-",
    "alternative": "-",
}  # fmt: skip
"""The sides that lean, by what the networks call them."""

ANSWERING = 0.5
"""Probability of a link from which a clause counts as one of those that answer."""


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
        """Probability that each row of ``COLUMNS`` is of a side that is right, (n,)."""
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


@functools.cache
def calibrated(path: Path = TREES) -> Calibration:
    """The shipped trees, read once."""
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        nodes = (file[name] for name in ("column", "threshold", "left", "right", "value"))
        column, threshold, left, right, value = nodes
    base, depth, script = float(about["base"]), int(about["depth"]), str(about["script"])
    return Calibration(column, threshold, left, right, value, base, depth, script)


def answer_columns(
    reading: Reading, put: Sequence[Put], sense: Sense, answers: Sequence[Answer]
) -> Array:
    """A row of ``COLUMNS`` for each answer that takes a side, (n, k)."""
    import numpy as np

    room, chances = reading.room, sense.puts
    by_answer: dict[int, list[tuple[int, float]]] = defaultdict(list)
    by_put: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (asked, said), (sure, _) in sense.pairs.items():
        by_answer[said].append((asked, sure))
        by_put[asked].append((said, sure))
    sizes = [len(text.split()) for text in room.texts]
    manner = (
        float((chances[:, 0] > ANSWERING).mean()) if len(chances) else 0.0,
        float(np.mean(sizes)) / 20 if sizes else 0.0,
        len(set(room.who)) / 10,
        float(np.mean([size <= 3 for size in sizes])) if sizes else 0.0,
    )
    rows = []
    for each in answers:
        of = put[each.put].clause
        proposed, answer = room.clauses[of], room.clauses[each.clause]
        sure, sides = sense.pairs.get((of, each.clause), (0.02, (0.25,) * 4))
        lean, text = POLARITY[each.side], room.said(each.clause)
        others = [chance for other, chance in by_answer[each.clause] if other != of]
        near = [clause for clause, chance in by_put[of] if chance > ANSWERING]
        turn = room.of_turn[answer.turn]
        mates = [sense.pairs[of, clause][0] for clause in turn if (of, clause) in sense.pairs]
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
                max(mates, default=0.0), *manner,
            ]
        )  # fmt: skip
    return np.array(rows, np.float32).reshape(len(rows), len(COLUMNS))


def _odds(chance: float) -> float:
    chance = min(max(chance, 1e-3), 1 - 1e-3)
    return math.log(chance / (1 - chance))


__all__ = ["COLUMNS", "POLARITY", "TREES", "Calibration", "answer_columns", "calibrated"]
