"""Teach ``fgd.deliberation`` which of its suspicions are right, and write the trees.

``python -m benchmarks.deliberation_calibration --data DIR [--work DIR] [--out FILE]`` lets the
product suspect proposals, sides and other answers in meetings that its networks have not learned
from: stretches of which readers judged the suspicions one by one
(``benchmarks/readings/judged.jsonl``), others of which the proposals (``listed.jsonl``) or
everything was read (``chosen.jsonl``, the meetings of ``responses/qmsum`` that are not learned
from), and invented ones (``INVENTED``). It learns which were right, and reports how well it tells
for a fifth of the meetings at a time, learned from the others; sides are suspected of proposals as
those trees tell them that have not seen the meeting. ``--work`` keeps what the networks read.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score

from benchmarks.common import need, parser, report
from benchmarks.deliberation_training import (
    AROUND,
    LEARNED,
    POLARITY,
    READINGS,
    RESPONSES,
    ROOMS,
    clause_of,
    heard,
    readings,
    rooms,
)
from benchmarks.themes import cases, session
from fgd.core.embeddings import Embedder, embedder
from fgd.deliberation.calibration import TREES, answer_columns, proposal_columns
from fgd.deliberation.deliberate import put_forward
from fgd.deliberation.features import Answer, Put, Reading
from fgd.deliberation.network import Sense, learned, sense
from fgd.deliberation.proposals import may_propose
from fgd.deliberation.responses import after_questions, answerable, suspected
from fgd.deliberation.room import Room
from fgd.deliberation.summing import chairs_clauses, summing_columns
from fgd.model import SIDED

FOLDS, ALIKE, WITHIN = 5, 0.5, 0.6
"""Parts of the meetings; the share of words from which a clause is what a reader marked; and that
of a clause from which it is part of a summing-up.
"""

INVENTED = ("held_out", "unseen", "chosen", "plain", "fresh", "everyday", "taught")
"""Rooms that no network has learned from."""

LEASTS = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8)
BAD = -1
"""What nobody judged."""


@dataclass(frozen=True, eq=False)
class Meeting:
    """A real stretch or an invented room as the product sees it, and what people marked in it."""

    source: str
    family: str
    case: dict[str, Any]
    gold: dict[str, Any]
    reading: Reading
    sensed: Sense


@dataclass(frozen=True, eq=False)
class Suspicions:
    """What is known of everything suspected in a meeting (n, k), and whether it was right.

    ``kinds`` are what each is, for the figures.
    """

    rows: Any
    right: Any
    kinds: Any


def main() -> None:
    """Learn from every meeting, report on each from the others, and write the trees."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--work", type=Path, help="folder that keeps what was read")
    arguments.add_argument("--out", type=Path, default=TREES, help="where the trees go")
    options = arguments.parse_args()
    data = need(options.data, "responses/qmsum with gold, and the texts of the readings")
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        model = embedder("minilm", vectors=work)
        meetings = [_kept(work, each, model) for each in _meetings(data)]
    figures: dict[str, Any] = {"meetings": len(meetings)}
    trees = {}
    proposed = [_proposals(each) for each in meetings]
    told, trees["proposal"] = _learned(meetings, proposed)
    figures |= {f"proposals, {name}": figure for name, figure in _told(meetings, proposed, told)}
    likely = [
        dict(zip(may_propose(each.reading.room, each.sensed.puts), chances, strict=True))
        for each, chances in zip(meetings, told, strict=True)
    ]
    for name, of in (("side", _sides), ("answer", _answers)):
        pairs = zip(meetings, likely, strict=True)
        found = [of(each, chances) for each, chances in pairs]
        told, trees[name] = _learned(meetings, found)
        figures |= {f"{name}s, {each}": figure for each, figure in _told(meetings, found, told)}
    found = [_summings(each) for each in meetings]
    told, trees["summing"] = _learned(meetings, found)
    figures |= {f"summing, {name}": figure for name, figure in _told(meetings, found, told)}
    _write(trees, options.out)
    report("deliberation_calibration", RESPONSES, figures)


def _learned(
    meetings: Sequence[Meeting], found: Sequence[Suspicions], **shape: float
) -> tuple[list[Any], HistGradientBoostingClassifier]:
    """How likely each suspicion is, learned from other meetings; and trees learned from all, of
    another ``shape`` than usual if one is given.
    """
    rows = np.concatenate([each.rows for each in found])
    right = np.concatenate([each.right for each in found])
    size = [len(each.right) for each in found]
    families = np.array([each.family for each in meetings])
    mixed = np.random.default_rng(0).permutation(np.unique(families))
    fold = {name: place % FOLDS for place, name in enumerate(mixed)}
    of = np.repeat([fold[name] for name in families], size)
    told = np.zeros(len(right))
    for number in range(FOLDS):
        seen = (of != number) & (right != BAD)
        if (of == number).any():
            model = _trees(**shape).fit(rows[seen], right[seen] == 1)
            told[of == number] = model.predict_proba(rows[of == number])[:, 1]
    judged = right != BAD
    trees = _trees(**shape).fit(rows[judged], right[judged] == 1)
    return np.split(told, np.cumsum(size)[:-1]), trees


def _told(
    meetings: Sequence[Meeting], found: Sequence[Suspicions], told: Sequence[Any]
) -> Iterator[tuple[str, Any]]:
    """What of all suspicions that were judged is right, by source and by how likely they were."""
    chances, right = np.concatenate(told), np.concatenate([each.right for each in found])
    kinds = np.concatenate([each.kinds for each in found])
    size = [len(each.right) for each in found]
    source = np.repeat([each.source for each in meetings], size)
    judged = right != BAD
    yield "suspected", int(judged.sum())
    for name in np.unique(source[judged]):
        mine = judged & (source == name)
        yield f"{name} average precision", average_precision_score(right[mine], chances[mine])
        yield f"{name} as suspected", [int(mine.sum()), float(right[mine].mean())]
    groups = [(name, source == name) for name in np.unique(source[judged])]
    groups += [(name, kinds == name) for name in np.unique(kinds[judged])]
    for name, mine in groups:
        for least in LEASTS:
            likely = judged & mine & (chances >= least)
            if likely.any():
                share = right[likely].sum() / max(1, right[judged & mine].sum())
                figure = [int(likely.sum()), float(right[likely].mean()), float(share)]
                yield f"{name} from {least}", figure


def _trees(**shape: float) -> HistGradientBoostingClassifier:
    usual = {
        "max_iter": 300, "learning_rate": 0.03, "max_leaf_nodes": 6, "l2_regularization": 10,
        "min_samples_leaf": 25, "max_features": 0.3, "random_state": 0,
    }  # fmt: skip
    return HistGradientBoostingClassifier(**usual | shape)


Source = tuple[str, str, dict[str, Any], dict[str, Any]]


def _meetings(data: Path) -> Iterator[Source]:
    """Where each meeting is from, its family, its turns, and what was marked or judged in it."""
    for name in ("judged", "chosen", "listed"):
        for case, gold in readings(READINGS / f"{name}.jsonl", data, around=AROUND):
            yield name, str(case["id"]).rsplit("_", 1)[0], case, gold
    for case in cases(data / RESPONSES):
        if str(case["id"]) not in LEARNED:
            path = data / "gold" / RESPONSES / f"{case['id']}.json"
            yield "responses", str(case["id"]), case, json.loads(path.read_text("utf-8"))
    for folder in INVENTED:
        for case, gold in rooms(ROOMS / folder):
            yield "rooms", str(case["id"]), case, gold


def _kept(work: Path, source: Source, model: Embedder) -> Meeting:
    name, family, case, gold = source
    path = work / f"{name}_{case['id']}.pickle"
    if not path.is_file():
        reading = Reading.of(Room.of(session(case), [heard(case)]), model)
        path.write_bytes(pickle.dumps((reading, sense(reading, learned()))))
    reading, sensed = pickle.loads(path.read_bytes())
    return Meeting(name, family, case, gold, reading, sensed)


def _inside(meeting: Meeting, clause: int) -> bool:
    """Whether a clause is in the stretch that was read."""
    low, high = meeting.gold.get("stretch") or (0, len(meeting.case["turns"]))
    return bool(low <= meeting.reading.room.clauses[clause].turn <= high)


def _proposals(meeting: Meeting) -> Suspicions:
    """Which clauses that may propose something do, by the readers."""
    room, gold = meeting.reading.room, meeting.gold
    clauses = may_propose(room, meeting.sensed.puts)
    if "puts" in gold:
        truth = {
            clause_of(room, each["n"], each["text"]): int(each["kind"] == "proposal")
            for each in gold["puts"]
        }
        right = [truth.get(clause, BAD) for clause in clauses]
    else:
        marked = _put(meeting)
        right = [marked.get(clause, 0) if _inside(meeting, clause) else BAD for clause in clauses]
    rows = proposal_columns(meeting.reading, meeting.sensed, clauses)
    return Suspicions(rows, np.array(right, int), np.full(len(clauses), "all"))


def _put(meeting: Meeting) -> dict[int, int]:
    """The clauses of a meeting read whole that propose something; ``BAD`` of what is unsure."""
    room, gold = meeting.reading.room, meeting.gold
    found: dict[int, int] = {}
    for value, places in ((BAD, gold.get("unsure", ())), (1, gold.get("proposals", ()))):
        for each in places:
            found[clause_of(room, each["n"], each["text"])] = value
    for each in gold.get("propositions", ()):
        for place in (each, *each.get("again", ())) if each["kind"] == "proposal" else ():
            for clause in room.of_turn[place["n"]]:
                if _alike(room.clauses[clause].text, place["text"]) >= ALIKE:
                    found[clause] = 1
    return found


def _suspected(meeting: Meeting, likely: dict[int, float]) -> tuple[list[Put], list[Answer]]:
    reading, sensed = meeting.reading, meeting.sensed
    put = put_forward(reading.room, sensed, likely)
    found = suspected(reading, put, sensed, answerable(reading, put))
    return put, [each for each in found if _inside(meeting, put[each.put].clause)]


def _sides(meeting: Meeting, likely: dict[int, float]) -> Suspicions:
    """Which of the sides that are suspected in a meeting are right."""
    put, found = _suspected(meeting, likely)
    found = [each for each in found if each.side in SIDED]
    truth = _truth(meeting)
    right = [
        BAD
        if sides is None or (not sides and _beside(meeting, truth, put[each.put].clause, each))
        else int(POLARITY[each.side] in sides)
        for each in found
        for sides in (_at(meeting, truth, put[each.put].clause, each.clause),)
    ]
    said = ["network" if each.reasons[0].kind.startswith("network") else "words" for each in found]
    rows = answer_columns(meeting.reading, put, meeting.sensed, found)
    return Suspicions(rows, np.array(right, int), np.array(said, "<U12"))


def _answers(meeting: Meeting, likely: dict[int, float]) -> Suspicions:
    """Which of the answers that are suspected in a meeting, with a side or none, are answers.

    Of a question that no reader listed nothing is known: the guide lists few that only one answers.
    """
    put, found = _suspected(meeting, likely)
    after = after_questions(meeting.reading, put, found, meeting.sensed)
    found += [each for each in after if _inside(meeting, put[each.put].clause)]
    truth = _truth(meeting)
    known = {clause for clause, _ in truth or ()}
    right = [
        BAD if sides is None or unlisted else int(bool(sides))
        for each in found
        for sides in (_at(meeting, truth, put[each.put].clause, each.clause),)
        for unlisted in (put[each.put].kind == "question" and put[each.put].clause not in known,)
    ]
    kinds = [
        f"{put[each.put].kind}, {each.reasons[0].kind.split(':')[0]}, {each.side in SIDED}"
        for each in found
    ]
    open_ = [replace(each, side="open") for each in found]
    rows = answer_columns(meeting.reading, put, meeting.sensed, open_)
    return Suspicions(rows, np.array(right, int), np.array(kinds, "<U48"))


def _summings(meeting: Meeting) -> Suspicions:
    """Which clauses of chairs sum up, by the readers."""
    room, gold = meeting.reading.room, meeting.gold
    marked: set[int] = set()
    for each in gold.get("summing_up", ()):
        start = room.texts[each["n"]].find(each["text"])
        for number in room.of_turn[each["n"]]:
            clause = room.clauses[number]
            shared = min(start + len(each["text"]), clause.end) - max(start, clause.start)
            if shared >= WITHIN * min(len(each["text"]), clause.end - clause.start):
                marked.add(number)
    clauses = chairs_clauses(room)
    known = "propositions" in gold
    right = [int(n in marked) if known and _inside(meeting, n) else BAD for n in clauses]
    rows = summing_columns(meeting.reading, meeting.sensed, clauses)
    return Suspicions(rows, np.array(right, int), np.full(len(clauses), "all"))


def _truth(meeting: Meeting) -> dict[tuple[int, Any], set[str]] | None:
    """What is known of who answers what: pairs that were judged, or everything; or nothing."""
    gold = meeting.gold
    if "proposals" in gold:
        return None
    return _judged(meeting.reading.room, gold) if "puts" in gold else _marked(meeting)


def _at(
    meeting: Meeting, truth: dict[tuple[int, Any], set[str]] | None, put: int, answer: int
) -> set[str] | None:
    """The sides that somebody takes by a clause to what another put; nothing if nobody judged."""
    if truth is None:
        return None
    if "puts" in meeting.gold:
        return truth.get((put, answer))
    return truth.get((put, _who(meeting.reading.room, answer)), set())


def _beside(
    meeting: Meeting, truth: dict[tuple[int, Any], set[str]] | None, put: int, answer: Answer
) -> bool:
    """Whether somebody takes that side to what a reader marked beside a clause, in its turn."""
    room = meeting.reading.room
    who = _who(room, answer.clause)
    beside = room.of_turn[room.clauses[put].turn]
    return any(POLARITY[answer.side] in (truth or {}).get((each, who), ()) for each in beside)


def _who(room: Room, clause: int) -> str:
    return room.who[room.clauses[clause].turn]


def _judged(room: Room, gold: dict[str, Any]) -> dict[tuple[int, Any], set[str]]:
    """The sides of every pair of clauses that was judged; none where it is no answer."""
    truth: dict[tuple[int, Any], set[str]] = {}
    for pair in gold["pairs"]:
        both = gold["puts"][pair["to"]], pair
        of, answer = (clause_of(room, each["n"], each["text"]) for each in both)
        truth[of, answer] = {POLARITY[pair["side"]]} if pair["side"] in POLARITY else set()
    return truth


def _marked(meeting: Meeting) -> dict[tuple[int, Any], set[str]]:
    """The sides that each person takes to each clause that was put, in a meeting read whole."""
    room = meeting.reading.room
    truth: dict[tuple[int, Any], set[str]] = defaultdict(set)
    for each in meeting.gold["propositions"]:
        for place in (each, *each.get("again", ())):
            for clause in room.of_turn[place["n"]]:
                if _alike(room.clauses[clause].text, place["text"]) < ALIKE:
                    continue
                for response in each["responses"]:
                    truth[clause, room.who[response["n"]]].add(POLARITY[response["side"]])
    return truth


def _alike(first: str, second: str) -> float:
    """How many words two texts share, of those that they have."""
    one, other = Counter(first.split()), Counter(second.split())
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _write(models: Mapping[str, HistGradientBoostingClassifier], path: Path) -> None:
    """Write the nodes of all trees as arrays; a leaf is its own child."""
    about: dict[str, Any] = {"script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}
    arrays: dict[str, Any] = {}
    for name, model in models.items():
        trees = [each.nodes for (each,) in model._predictors]
        size = max(map(len, trees))
        here = np.arange(size, dtype=np.int16)
        made: dict[str, Any] = {side: np.tile(here, (len(trees), 1)) for side in ("left", "right")}
        made["column"] = np.zeros((len(trees), size), np.int16)
        made["threshold"], made["value"] = np.zeros((2, len(trees), size), np.float32)
        for row, nodes in enumerate(trees):
            inner = np.flatnonzero(nodes["is_leaf"] == 0)
            made["column"][row, inner] = nodes["feature_idx"][inner]
            made["threshold"][row, inner] = nodes["num_threshold"][inner]
            for side in ("left", "right"):
                made[side][row, inner] = nodes[side][inner]
            made["value"][row, : len(nodes)] = nodes["value"]
        arrays |= {f"{name}.{part}": array for part, array in made.items()}
        about[name] = {
            "base": float(model._baseline_prediction.ravel()[0]),
            "depth": int(max(nodes["depth"].max() for nodes in trees)),
        }
    np.savez_compressed(path, about=np.array(json.dumps(about)), **arrays)


if __name__ == "__main__":
    main()
