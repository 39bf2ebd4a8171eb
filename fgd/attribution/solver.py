"""Count what speaks for whom, and weigh it: probabilities over every seat, and confidences.

Features are counted for units (who is asked about) by seats (who it could be). The value of one is
``log2(1 + sum of strengths)``, so that the tenth hand-over adds less than the first. What a voice
talks about, compared with what the institutions are called, is a weak hint.

The score of a seat is the weighted sum of its features; probabilities are their softmax, with
"nobody listed" among the choices. One person rarely speaks through two voices: where the seats are
few, all ways to seat the voices are summed exactly; where they are many, a seat that is wanted more
than once loses some of its score everywhere (at most ``STRICTNESS``).

A share says how the candidates compare, not how good the evidence is. Confidence is therefore a
logistic regression (Platt scaling with more than one predictor) on the log-odds of the share, the
margins to the next seat and to nobody, and what the evidence consists of, learned on other series
of meetings than those it is judged on.
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fgd.attribution.candidates import HEADS, Directory, Seat
from fgd.attribution.evidence import Link
from fgd.attribution.names import KINDS, body_words
from fgd.attribution.readings import Talk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


ROOM = 80
"""Rosters up to this size are considered whole; of larger ones only who is named."""

NAMED = 0.5
"""Strength from which a name that was only heard counts as that name."""

GLOBAL = ("named", "announced", "absent")


@dataclass(frozen=True, slots=True)
class Unit:
    """Whom to attribute: its turns (numbers in the talk), words said, how far it leads, and how
    often it asks and answers (shares). Units of one ``group`` may well be the same person.
    """

    key: str
    turns: tuple[int, ...]
    words: int
    leading: float = 0.0
    asks: float = 0.5
    answers: float = 0.5
    group: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """``cells[u][s]`` holds the features of unit ``u`` and seat ``s`` (only those not zero);
    ``unknown[u]`` the features of nobody on the list; ``links[u, s]`` the links behind a cell.
    """

    units: tuple[Unit, ...]
    seats: tuple[int, ...]
    cells: tuple[tuple[Mapping[str, float], ...], ...]
    unknown: tuple[Mapping[str, float], ...]
    links: Mapping[tuple[int, int], tuple[Link, ...]]


def build(
    units: Sequence[Unit],
    links: Sequence[Link],
    directory: Directory,
    topics: Mapping[tuple[int, int], Mapping[str, float]],
    strangers: Collection[int] = (),
) -> Table:
    """Count the links of every unit and seat and add what is known of each alone.

    ``strangers`` are turns of people announced by a name that is like none on the list.
    """
    seats = _considered(links, directory)
    place = {seat: i for i, seat in enumerate(seats)}
    unit_of = {turn: u for u, unit in enumerate(units) for turn in unit.turns}
    sums: dict[tuple[int, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    behind: dict[tuple[int, int], list[Link]] = defaultdict(list)
    everywhere: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for link in links:
        if link.seat not in place:
            continue
        if link.turn < 0:
            known = everywhere[link.seat]
            known[link.feature] = max(known[link.feature], link.strength)
            continue
        if link.feature.startswith("like_") and link.strength >= NAMED:
            everywhere[link.seat].setdefault("named", link.strength)
        unit = unit_of.get(link.turn)
        if unit is not None:
            sums[unit, place[link.seat]][link.feature] += link.strength
            behind[unit, place[link.seat]].append(link)
    rows = []
    for u, each in enumerate(units):
        row = []
        for s, seat in enumerate(seats):
            cell = {k: math.log2(1 + v) for k, v in sums.get((u, s), {}).items()}
            cell.update({k: v for k, v in everywhere.get(seat, {}).items() if k in GLOBAL})
            cell.update(topics.get((u, seat), {}))
            cell.update(_manner(each, directory.seats[seat], cell))
            cell.update(directory.seats[seat].heard)
            row.append(cell)
        rows.append(tuple(row))
    return Table(
        tuple(units),
        tuple(seats),
        tuple(rows),
        tuple(_nobody(unit, units, directory, strangers) for unit in units),
        {key: tuple(found) for key, found in behind.items()},
    )


def _manner(unit: Unit, seat: Seat, cell: Mapping[str, float]) -> dict[str, float]:
    """How a unit behaves, for what a seat is: leaders lead, guests and office holders answer."""
    found = {"chair_leads" if seat.leads else "chair_follows": unit.leading}
    if "named" not in cell and seat.participant.name:
        found["unnamed"] = 1.0
    if seat.leads:
        return found
    kind = "guest" if cell.get("announced") else "office" if seat.office else "other"
    found[f"asks_{kind}"] = unit.asks - 0.3
    found[f"answers_{kind}"] = unit.answers - 0.3
    return found


def _considered(links: Sequence[Link], directory: Directory) -> list[int]:
    if len(directory.seats) <= ROOM:
        return [seat.index for seat in directory.seats]
    named = {link.seat for link in links}
    return [seat.index for seat in directory.seats if seat.index in named]


def _nobody(
    unit: Unit, units: Sequence[Unit], directory: Directory, strangers: Collection[int]
) -> dict[str, float]:
    """Tell what makes it likely that a unit is nobody who is listed."""
    said = max((other.words for other in units), default=0)
    real = sum(1 for other in units if other.words >= 0.02 * said)
    full = real == len(directory.seats)
    return {
        "unknown": 1.0,
        "unknown_short": 1.0 if unit.words < 20 else 0.0,
        "unknown_full": 1.0 if full else 0.0,
        "unknown_chair": unit.leading,
        "unknown_named": 1.0 if set(unit.turns) & set(strangers) else 0.0,
    }


COMPARED = 120
"""Seats beyond which no topics are compared: a long list says nothing by its names."""

STEM = 6


def topics(
    talk: Talk, units: Sequence[Unit], directory: Directory
) -> Mapping[tuple[int, int], Mapping[str, float]]:
    """Per unit and seat: ``topic_said`` and ``topic_asked``, 0 to about 3."""
    keys = {seat.index: _subject(directory, seat.index) for seat in directory.seats}
    if len(keys) > COMPARED or not any(keys.values()):
        return {}
    spread: Counter[str] = Counter(word for words in keys.values() for word in words)
    unit_of = {turn: u for u, unit in enumerate(units) for turn in unit.turns}
    said: dict[int, Counter[str]] = defaultdict(Counter)
    asked: dict[int, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for passage in talk.passages:
        own: dict[int, Counter[str]] = defaultdict(Counter)
        for token, (turn, _, _) in zip(passage.doc, passage.places, strict=True):
            word = token.norm_[:STEM]
            if word in spread:
                own[unit_of.get(turn, -1)][word] += 1
        for unit in {unit_of.get(turn, -1) for turn in passage.turns}:
            asked[unit].update(before)
        before = Counter()
        for unit, counts in own.items():
            said[unit].update(counts)
            before.update(counts)
            total.update(counts)
    everything = sum(unit.words for unit in units) or 1
    found: dict[tuple[int, int], dict[str, float]] = {}
    for u, each in enumerate(units):
        share = max(each.words, 30) / everything
        for seat, words in keys.items():
            cell = {}
            for name, counts in (("topic_said", said[u]), ("topic_asked", asked[u])):
                value = _surprise(words, counts, total, share, spread, len(keys))
                if value > 0:
                    cell[name] = value
            if cell:
                found[u, seat] = cell
    return found


def _subject(directory: Directory, seat: int) -> frozenset[str]:
    """Return the words of a seat's institutions that tell a subject."""
    words = set()
    for body in directory.seats[seat].bodies:
        institution = directory.institutions.get(body)
        if institution is not None:
            words |= {
                w[:STEM]
                for w in body_words(institution.name)
                if len(w) > 3 and w not in HEADS and w not in KINDS
            }
    return frozenset(words)


def _surprise(
    words: frozenset[str],
    counts: Counter[str],
    total: Counter[str],
    share: float,
    spread: Counter[str],
    seats: int,
) -> float:
    value = weight = 0.0
    for word in words:
        rare = math.log(1 + seats / spread[word])
        weight += rare
        expected = total[word] * share
        value += rare * max(0.0, math.log2((counts[word] + 0.5) / (expected + 0.5)))
    return min(3.0, value / weight) if weight else 0.0


Line = Mapping[str, float]
"""A coefficient per signal."""

MOST, ENOUGH = 6.0, 3.0
"""Log-odds beyond which more evidence of a family changes nothing; who is given the floor need be
named once only."""

EVEN, FAR = 0.5, math.log(4)
"""The most that is believed of a seat that is far less likely (in log-odds) than nobody."""

LEAST = 1e-3
"""A share below which it makes no difference how small it is."""


def _stem(*stems: str) -> Callable[[str], bool]:
    return lambda feature: feature.removeprefix("like_").split("_")[0] in stems


FAMILIES: Mapping[str, Callable[[str], bool]] = {
    "own": _stem("self", "card", "for", "bare"),
    "queue": _stem("queue"),
    "floor": _stem("floor", "called"),
    "topic": _stem("topic"),
    "chair": _stem("chair"),
}
"""What evidence can consist of, by the first word of its features."""

SIGNALS = ("offset", "share", "second", "nobody", *FAMILIES, "small", "ordinary", "stretch")
"""What confidence is made of: log-odds of the share, log of the shares of the second seat and of
nobody, log-odds gained from each family of evidence, whether a name known from the talk alone is
written in small letters or made of ordinary words, and whether the labels were not followed.
"""

HEARD = ("offset", "share", "own", "queue", "floor", "small", "ordinary", "stretch")
"""The signals used for names known from the talk alone, of which few meetings tell."""

PLAIN: Line = {"share": 1.0}


def signals(
    share: float,
    second: float,
    nobody: float,
    cell: Mapping[str, float],
    weights: Mapping[str, float],
    *,
    stretch: bool,
) -> dict[str, float]:
    """Return the signals of one unit and seat.

    ``share``, ``second`` and ``nobody`` are the probabilities of the seat (or institution), of the
    next one and of nobody; ``cell`` holds its features, ``weights`` their log-odds; ``stretch``
    marks a talk without labels.
    """
    gained = dict.fromkeys(FAMILIES, 0.0)
    for feature, value in cell.items():
        for family, belongs in FAMILIES.items():
            if belongs(feature):
                gained[family] += weights.get(feature, 0.0) * value
    return {
        "offset": 1.0,
        "seat": _log(share),
        "share": _log(share) - _log(1 - share),
        "second": _log(second),
        "nobody": _log(nobody),
        **{
            name: _clipped(total, ENOUGH if name in ("queue", "floor") else MOST)
            for name, total in gained.items()
        },
        "small": cell.get("look_lower", 0.0),
        "ordinary": cell.get("look_ordinary", 0.0),
        "stretch": float(stretch),
    }


LEADS = 0.75
"""How far somebody must lead the meeting before that alone says who it is."""

LEFT_OVER, SPOKEN = 0.5, 0.7
"""The most that is believed of a seat that no word speaks for, though nobody else is left for it;
and the log-odds that words must bring.
"""

_BEHAVIOUR = (
    "asks",
    "answers",
    "topic",
    "unnamed",
    "named",
    "announced",
    "absent",
    "look",
    "heard",
    "member",
)


def spoken_for(
    cells: Sequence[Mapping[str, float]], columns: Sequence[int], weights: Mapping[str, float]
) -> bool:
    """Whether words speak for one of some seats of a unit: a name beside a cue, and not only how
    the unit behaves and who else is left.
    """

    def said(cell: Mapping[str, float]) -> float:
        return sum(
            max(0.0, weights.get(feature, 0.0)) * value
            for feature, value in cell.items()
            if feature.split("_")[0] not in _BEHAVIOUR
            and (feature != "chair_leads" or value >= LEADS)
        )

    return max((said(cells[column]) for column in columns), default=0.0) >= SPOKEN


def confidence(found: Mapping[str, float], line: Line) -> float:
    """The calibrated confidence of these signals, at most even where nobody is far likelier."""
    total = sum(line.get(name, 0.0) * value for name, value in found.items())
    sure = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    likelier = found.get("nobody", 0.0) > found.get("seat", 0.0) + FAR
    return min(sure, EVEN) if likelier else sure


def _clipped(total: float, most: float) -> float:
    return max(-most, min(most, total)) / most


def _log(share: float) -> float:
    return math.log(min(max(share, LEAST), 1.0))


STRICTNESS = 3.0
ROUNDS = 30
FEW = 10
"""Seats up to which all ways to seat the voices are summed."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds per feature, and what calibrates confidence (see ``trust``).

    There are two: a name on a roster can be checked against its spelling, a name that is known
    from the talk alone may be a mishearing, however clear it is whose name it is.
    """

    features: Mapping[str, float]
    listed: Line = field(default_factory=lambda: PLAIN)
    heard: Line = field(default_factory=lambda: PLAIN)


@cache
def shipped() -> Weights:
    """Return the weights of ``weights.toml``."""
    return read(files("fgd.attribution").joinpath("weights.toml").read_text(encoding="utf-8"))


def read(source: str) -> Weights:
    """Weights from TOML text."""
    table = tomllib.loads(source)
    return Weights(dict(table["weights"]), **table["calibration"])


def probabilities(table: Table, weights: Weights) -> NDArray[np.float64]:
    """Units by seats, the last column for nobody; rows sum to 1."""
    import numpy as np

    scores = np.zeros((len(table.units), len(table.seats) + 1))
    if not table.units:
        return scores
    known = weights.features
    for u, row in enumerate(table.cells):
        for s, cell in enumerate(row):
            scores[u, s] = sum(known.get(k, 0.0) * v for k, v in cell.items())
        scores[u, -1] = sum(known.get(k, 0.0) * v for k, v in table.unknown[u].items())
    return _share(scores, table)


def _share(scores: NDArray[np.float64], table: Table) -> NDArray[np.float64]:
    import numpy as np

    said = max((unit.words for unit in table.units), default=0)
    heard = np.array([unit.words >= 0.01 * said for unit in table.units], dtype=bool)
    names = [unit.group or unit.key for unit in table.units]
    groups = [[i for i, name in enumerate(names) if name == g] for g in dict.fromkeys(names)]
    if not groups:
        return scores
    if len(groups) == len(names) and scores.shape[1] - 1 <= FEW:
        return _assigned(scores, heard)
    return _wanted(scores, heard, groups)


def _wanted(
    scores: NDArray[np.float64], heard: NDArray[np.bool_], groups: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Seats that are wanted by more than one group lose score until they no longer are."""
    import numpy as np

    counts = heard[:, None].astype(float)
    penalty = np.zeros(scores.shape[1])
    result = _softmax(scores)
    for _ in range(ROUNDS):
        wanted = sum((result * counts)[rows].max(axis=0) for rows in groups)
        wanted[-1] = 1.0
        step = np.log(np.maximum(wanted, 1e-9))
        penalty = np.clip(penalty + 0.5 * step, 0.0, STRICTNESS)
        penalty[-1] = 0.0
        result = _softmax(scores - penalty)
    return result


def _assigned(scores: NDArray[np.float64], heard: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Exact marginals over all ways to seat the units, where the seats are few.

    A unit that takes a seat already taken loses ``STRICTNESS``; who is hardly heard takes none.
    Forward and backward sums over the sets of taken seats, as in a hidden Markov model.
    """
    import numpy as np

    seats = scores.shape[1] - 1
    taken = np.arange(1 << seats)
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    again = math.exp(-STRICTNESS)
    order = sorted(range(len(scores)), key=lambda u: not heard[u])
    factors = [np.where(taken & (1 << s), again, 1.0) for s in range(seats)]
    after = [taken | (1 << s) for s in range(seats)]

    forward = np.zeros(len(taken))
    forward[0] = 1.0
    reached = []
    for u in order:
        reached.append(forward)
        fresh = forward * raised[u, -1]
        for s in range(seats):
            gained = forward * factors[s] * raised[u, s]
            if heard[u]:
                np.add.at(fresh, after[s], gained)
            else:
                fresh = fresh + gained
        forward = fresh / fresh.sum()
    backward = np.ones(len(taken))
    result = np.zeros_like(scores)
    for u, before in zip(reversed(order), reversed(reached), strict=True):
        result[u, -1] = raised[u, -1] * (before @ backward)
        fresh = backward * raised[u, -1]
        for s in range(seats):
            beyond = backward[after[s]] if heard[u] else backward
            result[u, s] = raised[u, s] * (before @ (factors[s] * beyond))
            fresh = fresh + raised[u, s] * factors[s] * beyond
        result[u] /= result[u].sum()
        if heard[u]:  # what the others take tells nothing of a seat's real holder
            backward = fresh / fresh.max()
    return result


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    if not scores.size:
        return scores
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares
