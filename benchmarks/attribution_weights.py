"""Learning the weights of ``fgd.attribution``, and what they are worth on meetings left out.

``python -m benchmarks.attribution_weights --data DIR --out fgd/attribution/weights.toml`` fits the
weights on every meeting of ``DIR/attribution/*``, with and without rosters, and calibrates on
predictions for series left out. ``--leave-out`` prints the figures that come first: each *series*
(earnings calls, a parliament, committees with witnesses, design teams, invented councils) is judged
by weights and calibration learned from all other series. ``--cross-validate FOLDS`` prints figures
for meetings left out while others of their series are known; these flatter. This is the one place
of the benchmarks that reads gold.
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from benchmarks import attribution, common, councils
from benchmarks.attribution_fit import Example, calibrate, fit
from fgd.attribution import Attributed
from fgd.attribution.analysis import Analysis, analyse, body_signals, by_institution, hear
from fgd.attribution.attribute import only_heard, verdicts
from fgd.attribution.candidates import Directory, Seat
from fgd.attribution.discovery import Roster, discover
from fgd.attribution.names import body_likeness, person_words, words
from fgd.attribution.readings import written_small
from fgd.attribution.solver import HEARD, PLAIN, SIGNALS, Line, Weights
from fgd.core.settings import AttributionSettings
from fgd.model import Attribution, Institution

FOLDS = 5
BY_SOUND = 0.75
"""Likeness from which a string names a body, by spelling or sound."""
SERIES = {
    "earnings21_ref": "calls",
    "earnings21": "calls",
    "covid": "parliament",
    "education": "witnesses",
    "ami_roles": "design teams",
    "councils": "councils",
}
"""The series that a dataset, or a meeting whose id begins so, belongs to."""
INTRODUCED = {"own": 1.5, "floor": 2.0}
"""What naming oneself and being given the floor are worth at least where there is no roster: the
calls learned from hold few people who are introduced with their institution, as people at a round
table are.
"""
VARIANTS = (
    ("earnings21_ref", True),
    ("earnings21_ref", False),
    ("earnings21", True),
    ("earnings21", False),
    ("qmsum_committee", True),
    ("ami_roles", True),
)
HEADER = """\
# What each kind of evidence is worth, in log-odds, and how a share becomes a confidence.
#
# Learned by `python -m benchmarks.attribution_weights` on public meetings with known speakers:
# {counts}.
# A conditional logit over everybody listed and nobody, held near the expectations written down in
# `benchmarks/attribution_fit.py`; calibrated on series left out, for names on a roster (listed)
# and names known from the talk alone (heard). Numbers a person may read, doubt and change.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A meeting in one variant: what was found, and which columns are right for which unit."""

    id: str
    dataset: str
    meeting: attribution.Meeting
    analysis: Analysis
    answers: Mapping[int, frozenset[int]]
    scored: frozenset[int]
    accepted: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    found: Roster = field(default_factory=Roster)

    @property
    def series(self) -> str:
        """The kind of room it is from."""
        return SERIES.get(self.dataset) or SERIES[self.id.partition("_")[0]]

    @property
    def roster(self) -> bool:
        """Whether a roster was brought."""
        return bool(self.meeting.session.participants)


def cases(data: Path, kept: Path | None = None, jobs: int = 1) -> list[Case]:
    """Every meeting in every variant, analysed; read from the file ``kept`` if it is there."""
    if kept is not None and kept.is_file():
        found: list[Case] = pickle.loads(kept.read_bytes())
        return found
    found = [*_councils(), *_meetings(data, jobs)]
    if kept is not None:
        kept.write_bytes(pickle.dumps(found))
    return found


def _light(analysis: Analysis) -> Analysis:
    """An analysis without the words, for weights that are judged again and again."""
    talk = replace(analysis.talk, passages=())
    table = replace(analysis.table, links={})
    places = {seat.index: seat for seat in analysis.directory.seats}
    seats = Seats(tuple(places.values()), analysis.directory.institutions)
    directory = cast("Directory", seats)
    return replace(analysis, talk=talk, table=table, directory=directory, links=(), heard=())


@dataclass(frozen=True, slots=True)
class Seats:
    """What verdicts ask of a directory."""

    seats: tuple[Seat, ...]
    institutions: Mapping[str, Institution]


def _councils() -> Iterator[Case]:
    """The invented councils, each with all delegations and with two that never speak."""
    for number in range(len(councils.FORMULAS)):
        for absent in (0, 2):
            session, conversation, truth = councils.council(number, absent=absent)
            meeting = attribution.Meeting(f"{number}-{absent}", session, conversation, ())
            analysis, _ = _analysis(meeting)
            seats = [analysis.directory.seats[s].participant.id for s in analysis.table.seats]
            answers = {
                u: frozenset({seats.index(truth[unit.key])})
                for u, unit in enumerate(analysis.table.units)
                if unit.key in truth
            }
            yield Case(
                meeting.id, "councils", meeting, _light(analysis), answers, frozenset(answers)
            )


def _meetings(data: Path, jobs: int) -> Iterator[Case]:
    """The public meetings, analysed by ``jobs`` processes."""
    wanted = [
        (data / "gold" / "attribution" / dataset / f"{meeting.id}.json", dataset, meeting)
        for dataset, roster in VARIANTS
        for meeting in attribution.meetings(data / "attribution" / dataset, roster=roster)
    ]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_case, *zip(*wanted, strict=True))


def _case(gold: Path, dataset: str, meeting: attribution.Meeting) -> Case:
    analysis, names = _analysis(meeting)
    answers, scored, accepted = _answers(meeting, analysis, json.loads(gold.read_text("utf-8")))
    light = _light(analysis)
    return Case(meeting.id, dataset, meeting, light, answers, scored, accepted, names)


def learn(known: Sequence[Case]) -> Weights:
    """Weights from these cases, calibrated on series of them that were left out in turn."""
    found: dict[bool, list[tuple[dict[str, float], bool]]] = {True: [], False: []}
    for inner in sorted({c.series for c in known}):
        rest = [c for c in known if c.series != inner]
        part = [c for c in known if c.series == inner]
        if not rest:
            continue
        weights = Weights(_fitted(rest))
        for case in part:
            found[case.roster] += _judged(case, weights)
    return Weights(
        _fitted(known),
        _line(found[True], SIGNALS, {}),
        _line(found[False], HEARD, INTRODUCED),
    )


_KNOWN_FITS: dict[frozenset[int], dict[str, float]] = {}


def _fitted(known: Sequence[Case]) -> dict[str, float]:
    """Weights from these cases, fitted once: several series left out share the same rest."""
    key = frozenset(map(id, known))
    if key not in _KNOWN_FITS:
        _KNOWN_FITS[key] = fit(_examples(known))
    return _KNOWN_FITS[key]


def _line(
    judged: Sequence[tuple[dict[str, float], bool]],
    names: Sequence[str],
    least: Mapping[str, float],
) -> Line:
    """A calibration from verdicts and whether they were right; plain shares without any."""
    if not judged:
        return PLAIN
    return calibrate([s for s, _ in judged], [right for _, right in judged], names, least)


def fold(name: str, folds: int) -> int:
    """The fold of a meeting; its variants share it."""
    return sum(ord(c) * (i + 1) for i, c in enumerate(name)) % folds


def toml(weights: Weights, known: Sequence[Case]) -> str:
    """The weights as the file that is shipped."""
    counts: dict[str, set[str]] = defaultdict(set)
    for case in known:
        counts[case.dataset].add(case.id)
    said = ", ".join(f"{len(ids)} of {name}" for name, ids in sorted(counts.items()))
    body = [HEADER.format(counts=said), "[weights]"]
    body += [f"{name} = {value}" for name, value in sorted(weights.features.items()) if value]
    for kind, line in (("listed", weights.listed), ("heard", weights.heard)):
        body += ["", f"[calibration.{kind}]"]
        body += [f"{name} = {value}" for name, value in line.items() if value]
    body += [""]
    return "\n".join(body)


def cross_validate(data: Path, known: Sequence[Case], folds: int) -> dict[str, object]:
    """Figures per variant for meetings that took no part in what judges them."""
    learned = {
        part: learn([c for c in known if fold(c.id, folds) != part]) for part in range(folds)
    }
    found: dict[str, object] = {}
    judged: list[dict[str, Any]] = []
    for dataset, roster in VARIANTS:
        written: list[dict[str, object]] = []
        for case in known:
            if case.dataset == dataset and bool(case.meeting.session.participants) is roster:
                written += _lines(case, learned[fold(case.id, folds)])
        with tempfile.TemporaryDirectory() as folder:
            pred = common.write_lines(Path(folder) / "pred.jsonl", written)
            name = f"{dataset}{' with roster' if roster else ''}"
            found[name] = attribution.figures(data, f"attribution/{dataset}", pred)
            judged += attribution.items(data, f"attribution/{dataset}", pred)
    table, error = attribution.reliability(judged)
    found["together"] = {"reliability": table, "expected_calibration_error": error}
    return found


def leave_out(data: Path, known: Sequence[Case]) -> dict[str, object]:
    """Figures per series, judged by what all other series teach."""
    found: dict[str, object] = {}
    judged: list[dict[str, Any]] = []
    for series in dict.fromkeys(SERIES.values()):
        weights = learn([c for c in known if c.series != series])
        own = [c for c in known if c.series == series]
        for dataset, roster in dict.fromkeys((c.dataset, c.roster) for c in own):
            mine = [c for c in own if (c.dataset, c.roster) == (dataset, roster)]
            name = f"{series}: {dataset}{'' if roster else ' without roster'}"
            if dataset == "councils":
                found[name], items = _council_figures(mine, weights)
            else:
                written = [line for case in mine for line in _lines(case, weights)]
                with tempfile.TemporaryDirectory() as folder:
                    pred = common.write_lines(Path(folder) / "pred.jsonl", written)
                    task = f"attribution/{dataset}"
                    ids = {c.id for c in mine}
                    items = [i for i in attribution.items(data, task, pred) if i["id"] in ids]
                found[name] = _figures(items) | ({} if roster else _heard(mine, weights))
            judged += items
    table, error = attribution.reliability(judged)
    found["together"] = {"reliability": table, "expected_calibration_error": error}
    return found


def _figures(items: Sequence[dict[str, Any]]) -> dict[str, object]:
    """Right, wrong and silent of those scored; accuracy, precision and calibration."""
    own = [i for i in items if i["role"] not in ("company", "committee member")]
    own = [i for i in own if i.get("verdict") in ("right", "wrong", "silent")]
    count = Counter(i["verdict"] for i in own)
    told = count["right"] + count["wrong"]
    table, error = attribution.reliability(list(own))
    return {
        **{each: count[each] for each in ("right", "wrong", "silent")},
        "accuracy": round(count["right"] / max(len(own), 1), 3),
        "precision": round(count["right"] / told, 3) if told else None,
        "expected_calibration_error": error,
        "reliability": table,
    }


def _council_figures(
    own: Sequence[Case], weights: Weights
) -> tuple[dict[str, object], list[dict[str, Any]]]:
    items: list[dict[str, Any]] = []
    for case in own:
        said = verdicts(case.analysis, weights, AttributionSettings())
        seats = case.analysis.directory.seats
        for u, answers in case.answers.items():
            verdict = said[case.analysis.table.units[u].turns[0]]
            right = {seats[case.analysis.table.seats[c]].participant.id for c in answers}
            how = "right" if verdict.participant in right else "silent"
            if verdict.identified and verdict.participant not in right:
                how = "wrong"
            items.append({"role": "", "verdict": how, "confidence": verdict.confidence})
    return _figures(items), items


def _verdicts(case: Case, weights: Weights) -> dict[int, Attribution]:
    """What is told of each turn, names that were only heard apart."""
    said = verdicts(case.analysis, weights, AttributionSettings())
    return {n: only_heard(a, case.found) for n, a in said.items()}


def _heard(own: Sequence[Case], weights: Weights) -> dict[str, object]:
    """How many units were given a name as heard, and of how many it is the right body by sound."""
    right = told = 0
    for case in own:
        said = _verdicts(case, weights)
        for u in case.scored:
            heard = said[case.analysis.table.units[u].turns[0]].heard.institution
            if heard and case.accepted.get(u):
                told += 1
                right += max(body_likeness(heard, n) for n in case.accepted[u]) >= BY_SOUND
    return {"as_heard": told, "as_heard_right_by_sound": round(right / told, 3) if told else None}


def _lines(case: Case, weights: Weights) -> list[dict[str, object]]:
    """Predictions for an analysed meeting: what the talk says, which here is all there is."""
    directory = case.analysis.directory
    said = _verdicts(case, weights)
    turns = case.meeting.conversation.turns
    found = Attributed(
        tuple(
            replace(said.get(n, Attribution(t.recording, t.voice)), turn=t.id)
            for n, t in enumerate(turns)
        ),
        participants=tuple(seat.participant for seat in directory.seats),
        institutions=tuple(directory.institutions.values()),
    )
    return attribution.lines(case.meeting, found)


def _analysis(meeting: attribution.Meeting) -> tuple[Analysis, Roster]:
    hearing = hear(meeting.conversation, "en")
    session, found = meeting.session, Roster()
    if not session.participants:
        small = written_small((hearing.talk,))
        found = discover((*hearing.introduced, *hearing.heard), small=small)
    directory = Directory(
        (*session.participants, *found.participants),
        (*session.institutions, *found.institutions),
        "en",
        found.looks,
    )
    return analyse(hearing, directory), found


def _examples(known: Sequence[Case]) -> list[Example]:
    return [Example(case.analysis.table, case.answers) for case in known]


def _judged(case: Case, weights: Weights) -> list[tuple[dict[str, float], bool]]:
    """What speaks for the likeliest institution of every known unit, and whether it is right."""
    analysis = case.analysis
    shares = analysis.shares(weights)
    table, seats = analysis.table, analysis.directory.seats
    found = []
    for unit, columns in sorted(case.answers.items()):
        if unit not in case.scored and not analysis.talk.steady:
            continue
        if table.units[unit].group in analysis.several:
            continue  # a run of a shared voice is too short to learn from
        bodies = by_institution(analysis, shares[unit])
        if not bodies:
            continue
        _, signals = body_signals(analysis, shares[unit], unit, bodies[0][0], weights)
        good = {b for c in columns if c < len(table.seats) for b in seats[table.seats[c]].bodies}
        found.append((signals, bodies[0][0] in good))
    return found


def _answers(
    meeting: attribution.Meeting, analysis: Analysis, gold: Mapping[str, Any]
) -> tuple[dict[int, frozenset[int]], frozenset[int], dict[int, tuple[str, ...]]]:
    """The right columns of every unit whose speaker is known; the last column is nobody."""
    answers: dict[int, frozenset[int]] = {}
    scored, accepted = set(), {}
    for number, unit in enumerate(analysis.table.units):
        row = _speaker(meeting, analysis, unit.turns, gold)
        if row is None:
            continue
        right = frozenset(
            column
            for column, seat in enumerate(analysis.table.seats)
            if _is(analysis.directory, seat, row)
        )
        answers[number] = right or frozenset({len(analysis.table.seats)})
        if row.get("scored", row.get("role") == "caller"):
            scored.add(number)
            accepted[number] = tuple(row.get("accepted") or ())
    return answers, frozenset(scored), accepted


def _speaker(
    meeting: attribution.Meeting,
    analysis: Analysis,
    turns: Sequence[int],
    gold: Mapping[str, Any],
) -> Mapping[str, Any] | None:
    own = [meeting.conversation.turns[n] for n in turns]
    if "speakers" in gold:
        row: Mapping[str, Any] = gold["speakers"][own[0].voice]
        return row
    rows = [dict(r, role="caller") for r in gold["callers"]] + list(gold["others"])
    if not analysis.talk.steady:
        rows = [r for r in rows if r["role"] == "caller"]
    best, most = None, 0.0
    for candidate in rows:
        heard = sum(
            max(0.0, min(t.span.end / 1000, b) - max(t.span.start / 1000, a))
            for t in own
            for a, b in candidate["intervals"]
        )
        if heard > most:
            best, most = candidate, heard
    if best is not None and best.get("asr_names_one") and not best.get("accepted"):
        return None  # inaudible to whoever wrote the gold, named by the recogniser
    if best is None:
        return None if analysis.talk.steady else {"name": None, "accepted": None}
    return None if best["role"] == "unscored" else best


def _is(directory: Directory, seat: int, row: Mapping[str, Any]) -> bool:
    """Whether a seat is the speaker: by name where both have one, else by institution."""
    person = directory.seats[seat].participant
    listed = not directory.seats[seat].heard
    if listed and person.name and row.get("name"):
        return person_words(person.name) == person_words(row["name"])
    bodies = directory.seats[seat].bodies
    if not bodies or (listed and person.name):
        return False
    mine = _key(directory.institutions[bodies[0]].name)
    accepted = [_key(name) for name in row.get("accepted") or ()]
    return any(a == mine or (not listed and a and a in mine) for a in accepted)


def _key(name: str) -> str:
    """A name as the scorer compares it: its letters, without "the" and "and"."""
    return "".join(w for w in words(name) if w not in ("the", "and"))


def main() -> None:
    """Learn, and write or report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, help="where the weights are written")
    parser.add_argument("--leave-out", action="store_true", help="judge each series by the others")
    parser.add_argument("--keep", type=Path, help="file that keeps the analysed meetings")
    parser.add_argument("--jobs", type=int, default=1, help="processes that analyse meetings")
    parser.add_argument("--cross-validate", type=int, nargs="?", const=FOLDS, default=0)
    options = parser.parse_args()
    data = common.need(options.data, attribution.SOURCE)
    known = cases(data, options.keep, options.jobs)
    if options.leave_out:
        common.report("attribution_weights", "leave one series out", leave_out(data, known))
    if options.out:
        options.out.write_text(toml(learn(known), known), encoding="utf-8")
    if options.cross_validate:
        found = cross_validate(data, known, options.cross_validate)
        common.report("attribution_weights", "attribution", found)


if __name__ == "__main__":
    main()
