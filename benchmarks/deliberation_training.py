"""Learn how people answer what was put to a room, and write the weights that are shipped.

``python -m benchmarks.deliberation_training --data DIR [--vectors DIR] [--examples FILE]`` reads
``stance/ami`` (pairs of a first part and an answer, with its side) and ``responses/qmsum``
(propositions with responses), builds the product's own rows from them, grows two forests with
scikit-learn and writes ``fgd/deliberation/weights.npz``: ``link`` tells whether a clause answers
what was put, ``side`` how. ``benchmarks.stance`` and ``benchmarks.responses`` use the same
functions to leave whole meetings out. ``--examples`` keeps the rows from run to run.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import need, parser, report
from benchmarks.themes import cases, session
from fgd.core.embeddings import Embedder, embedder
from fgd.deliberation.cues import plain
from fgd.deliberation.features import Pair, Put, Reading, pair_names, pair_rows, pairs_of
from fgd.deliberation.proposals import claims, odds_of, puts
from fgd.deliberation.room import Room
from fgd.deliberation.trees import PARTS, WEIGHTS, Forest, Weights, grown
from fgd.model import Conversation, Span, Turn, Word

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

STANCE, RESPONSES = "stance/ami", "responses/qmsum"
SIDES = ("+", "-", "0", "~")
POLARITY = {
    "for": "+", "yes": "+", "condition": "~", "part": "~", "against": "-", "no": "-", "doubt": "-",
    "alternative": "-", "answer": "0", "open": "0", "?": "0",
}  # fmt: skip
HERE = 10.0
"""How much more an answer from a real discussion counts than one from the design meetings."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Rows of pairs (n, f), their labels (``none`` where nothing is answered), and the meetings."""

    rows: Array
    labels: tuple[str, ...]
    meetings: tuple[str, ...]

    def without(self, left_out: Collection[str]) -> Examples:
        """The examples of all other meetings."""
        keep = [i for i, name in enumerate(self.meetings) if name not in left_out]
        return Examples(
            self.rows[keep],
            tuple(self.labels[i] for i in keep),
            tuple(self.meetings[i] for i in keep),
        )


def heard(case: dict[str, Any]) -> Conversation:
    """The turns of a meeting; without times, spans count characters."""
    turns, at, name = [], 0, str(case["id"])
    timed = case["turns"][0].get("start") is not None
    for row in case["turns"]:
        pieces = str(row["text"]).split()
        if timed:
            start = int(1000 * row["start"])
            span = Span(start, max(start, int(1000 * row["end"])))
            words = [Word(span, f" {word}") for word in pieces]
        else:
            words, begin = [], at
            for word in pieces:
                words.append(Word(Span(at, at + len(word)), f" {word}"))
                at += len(word) + 1
            at += 1
            span = Span(begin, at)
        key = f"{name}/{row['n']:05d}"
        turns.append(Turn(key, name, str(row["speaker"]), span, tuple(words)))
    return Conversation(name, (), tuple(turns), timed=timed)


def clause_of(room: Room, turn: int, text: str) -> int:
    """The clause of a turn that holds most of a slice, the first of equals; -1 for none."""
    text = " ".join(text.split())
    start = room.texts[turn].find(text)
    best, found = 0, -1
    for number in room.of_turn[turn]:
        clause = room.clauses[number]
        shared = min(start + len(text), clause.end) - max(start, clause.start)
        if start >= 0 and shared > best + 3:
            best, found = shared, number
    return found


def stance_pairs(
    case: dict[str, Any], asked: Sequence[dict[str, Any]], model: Embedder
) -> tuple[list[dict[str, Any]], Array]:
    """The pairs of a meeting whose links are given, and their rows."""
    import numpy as np

    room = Room.of(session(case), [heard(case)])
    place = {turn.id: number for number, turn in enumerate(room.turns)}
    kept, put, pairs = [], [], []
    for pair in asked:
        first = room.of_turn[place[f"{case['id']}/{pair['to']:05d}"]]
        answer = room.of_turn[place[f"{case['id']}/{pair['n']:05d}"]]
        if not first or not answer:
            continue
        text = room.texts[room.clauses[first[-1]].turn]
        odds = odds_of(plain(text))
        kind = "question" if text.rstrip().endswith("?") else "proposal" if odds > 0 else "claim"
        pairs.append(Pair(len(put), answer[0]))
        put.append(Put(first[-1], kind, odds))
        kept.append(pair)
    wanted = {each.clause for each in put} | {pair.answer for pair in pairs}
    reading = Reading.of(room, model, wanted)
    rows = [pair_rows(reading, put, [pair]) for pair in pairs]
    return kept, np.vstack(rows) if rows else np.zeros((0, len(pair_names())), np.float32)


def stance_examples(data: Path, model: Embedder) -> Examples:
    """Every answer of the stance data whose side people marked."""
    import numpy as np

    rows, labels, meetings = [], [], []
    for case in cases(data / STANCE):
        gold = json.loads((data / "gold" / STANCE / f"{case['id']}.json").read_text("utf-8"))
        kept, mine = stance_pairs(case, gold["pairs"], model)
        rows.append(mine)
        labels += [POLARITY.get(pair["side"], pair["side"]) for pair in kept]
        meetings += [str(case["id"])] * len(kept)
    return Examples(np.vstack(rows), tuple(labels), tuple(meetings))


def response_examples(data: Path, model: Embedder) -> Examples:
    """Every pair of the responses data inside the stretch that people read.

    Other clauses of somebody who does answer a proposition are left out: which clause of theirs
    answers it is a matter of taste.
    """
    import numpy as np

    rows, labels, meetings = [], [], []
    for case in cases(data / RESPONSES):
        gold = json.loads((data / "gold" / RESPONSES / f"{case['id']}.json").read_text("utf-8"))
        room = Room.of(session(case), [heard(case)])
        reading = Reading.of(room, model)
        known = {each.clause: each for each in (*puts(room), *claims(room))}
        truth: dict[tuple[int, int], str] = {}
        for proposition in gold["propositions"]:
            spots = [
                (x["n"], clause_of(room, x["n"], x["text"]))
                for x in (proposition, *proposition.get("again", ()))
            ]
            for _, spot in spots:
                odds = odds_of(plain(room.clauses[spot].text))
                known.setdefault(spot, Put(spot, proposition["kind"], max(odds, -3.0)))
            for response in proposition["responses"]:
                answer = clause_of(room, response["n"], response["text"])
                before = [spot for turn, spot in spots if turn < response["n"]] or [spots[0][1]]
                truth[before[-1], answer] = POLARITY[response["side"]]
        put = [known[number] for number in sorted(known)]
        low, high = gold["stretch"]
        answered = {(spot, room.who[room.clauses[answer].turn]) for spot, answer in truth}
        pairs, mine = [], []
        for pair in pairs_of(room, put):
            spot, turn = put[pair.put].clause, room.clauses[pair.answer].turn
            label = truth.get((spot, pair.answer), "none")
            if not low <= turn <= high or (label == "none" and (spot, room.who[turn]) in answered):
                continue
            pairs.append(pair)
            mine.append(label)
        rows.append(pair_rows(reading, put, pairs))
        labels += mine
        meetings += [str(case["id"])] * len(mine)
    return Examples(np.vstack(rows), tuple(labels), tuple(meetings))


def train(stance: Examples, responses: Examples) -> Weights:
    """Grow the forests: ``link`` from the discussions alone, ``side`` from both."""
    import numpy as np
    from sklearn.ensemble import GradientBoostingClassifier

    def boosted(rounds: int) -> GradientBoostingClassifier:
        return GradientBoostingClassifier(
            n_estimators=rounds, learning_rate=0.09, max_depth=3, subsample=0.6,
            max_features=0.15, min_samples_leaf=12, random_state=0,
        )  # fmt: skip

    labels = np.array(responses.labels)
    real = labels != "none"
    link = boosted(120).fit(responses.rows, real)
    rows = np.vstack([responses.rows[real], stance.rows])
    sides = np.concatenate([labels[real], np.array(stance.labels)])
    weight = np.concatenate([np.full(real.sum(), HERE), np.ones(len(stance.labels))])
    side = boosted(110).fit(rows, sides, sample_weight=weight)
    columns = pair_names()
    forests = {"link": grown(link, ["answers"], columns), "side": grown(side, SIDES, columns)}
    return Weights(forests, {}, script_hash())


def script_hash() -> str:
    """The hash of this script, kept with the weights it makes."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def examples(data: Path, vectors: Path | None, kept: Path | None) -> tuple[Examples, Examples]:
    """The rows of both data sets, read from a file if they were kept there."""
    import numpy as np

    if kept and kept.is_file():
        with np.load(kept, allow_pickle=False) as file:
            return tuple(  # type: ignore[return-value] # two of them
                Examples(
                    file[f"{name}.rows"],
                    tuple(map(str, file[f"{name}.labels"])),
                    tuple(map(str, file[f"{name}.meetings"])),
                )
                for name in ("stance", "responses")
            )
    with tempfile.TemporaryDirectory() as scratch:
        model = embedder("minilm", vectors=vectors or Path(scratch))
        found = stance_examples(data, model), response_examples(data, model)
    if kept:
        arrays: dict[str, Any] = {}
        for name, each in zip(("stance", "responses"), found, strict=True):
            arrays[f"{name}.rows"] = each.rows
            arrays[f"{name}.labels"] = np.array(each.labels)
            arrays[f"{name}.meetings"] = np.array(each.meetings)
        np.savez_compressed(kept, **arrays)
    return found


def write(weights: Weights, path: Path) -> None:
    """Write weights as one file of arrays."""
    import numpy as np

    about = {
        "script": weights.script,
        "thresholds": dict(weights.thresholds),
        "forests": {
            name: {"classes": forest.classes, "columns": forest.columns}
            for name, forest in weights.forests.items()
        },
    }
    arrays = {
        f"{name}.{part}": getattr(forest, part)
        for name, forest in weights.forests.items()
        for part in PARTS
    }
    np.savez_compressed(path, about=np.array(json.dumps(about)), **arrays)


def main() -> None:
    """Learn from everything there is, and write the weights."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    arguments.add_argument("--examples", type=Path, help="file that keeps the rows")
    arguments.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    options = arguments.parse_args()
    need(options.data and options.data / STANCE, "stance/ami and responses/qmsum with gold")
    stance, responses = examples(options.data, options.vectors, options.examples)
    weights = train(stance, responses)
    write(weights, options.out)
    figures = {"stance": len(stance.labels), "pairs": len(responses.labels)}
    report("deliberation_training", f"{STANCE}+{RESPONSES}", figures | {"script": weights.script})


__all__ = ["Examples", "Forest", "main", "response_examples", "stance_examples", "train", "write"]

if __name__ == "__main__":
    main()
