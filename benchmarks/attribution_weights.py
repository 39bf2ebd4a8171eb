"""Learning the weights of ``fgd.attribution``, and what they are worth on meetings left out.

``python -m benchmarks.attribution_weights --data DIR --out fgd/attribution/weights.toml`` fits the
weights on every meeting of ``DIR/attribution/*``, with and without rosters, and calibrates on
predictions for meetings left out. ``--cross-validate FOLDS`` prints figures for meetings whose
answers took no part in the weights or the calibration (folds are whole meetings; the variants of a
meeting stay together). This is the one place of the benchmarks that reads gold.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import attribution, common
from fgd.attribution.analysis import Analysis, analyse, by_institution, hear
from fgd.attribution.directory import Directory
from fgd.attribution.discover import Roster, discover
from fgd.attribution.learn import Example, calibrate, fit
from fgd.attribution.names import body_words, person_words
from fgd.attribution.solve import Weights

FOLDS = 5
PARTS = 4
"""Parts of what is learned from that are left out in turn to calibrate."""
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
# `learn.py`; calibrated on meetings left out, for names on a roster (listed) and names known from
# the talk alone (heard). Numbers a person may read, doubt and change.
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


def cases(data: Path) -> list[Case]:
    """Every meeting in every variant, analysed."""
    found = []
    for dataset, roster in VARIANTS:
        folder = data / "attribution" / dataset
        for meeting in attribution.meetings(folder, roster=roster):
            gold = json.loads(
                (data / "gold" / "attribution" / dataset / f"{meeting.id}.json").read_text("utf-8")
            )
            analysis = _analysis(meeting)
            answers, scored = _answers(meeting, analysis, gold)
            found.append(Case(meeting.id, dataset, meeting, analysis, answers, scored))
    return found


def learn(known: Sequence[Case]) -> Weights:
    """Weights from these cases, calibrated on parts of them that were left out in turn."""
    found: dict[bool, list[tuple[float, bool]]] = {True: [], False: []}
    for inner in range(PARTS):
        rest = [c for c in known if fold(c.id, PARTS) != inner]
        part = [c for c in known if fold(c.id, PARTS) == inner]
        if not rest or not part:
            continue
        weights = Weights(fit(_examples(rest)))
        for case in part:
            listed_here = bool(case.meeting.session.participants)
            # A stretch between hand-overs is a piece of what somebody says; voices count whole.
            if listed_here or case.analysis.talk.steady:
                found[listed_here] += _shares(case, weights)
    listed, heard = (
        calibrate([share for share, _ in own], [good for _, good in own]) if own else (1.0, 0.0)
        for own in (found[True], found[False])
    )
    return Weights(fit(_examples(known)), listed, heard)


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
    body += ["", "[calibration]"]
    for kind, line in (("listed", weights.listed), ("heard", weights.heard)):
        body += [f"{kind} = {{ slope = {line[0]}, offset = {line[1]} }}"]
    body += [""]
    return "\n".join(body)


def cross_validate(data: Path, known: Sequence[Case], folds: int) -> dict[str, object]:
    """Figures per variant for meetings that took no part in what judges them."""
    learned = {
        part: learn([c for c in known if fold(c.id, folds) != part]) for part in range(folds)
    }
    found: dict[str, object] = {}
    for dataset, roster in VARIANTS:
        written: list[dict[str, object]] = []
        for meeting in attribution.meetings(data / "attribution" / dataset, roster=roster):
            written += attribution.predict(meeting, None, learned[fold(meeting.id, folds)])
        with tempfile.TemporaryDirectory() as folder:
            pred = common.write_lines(Path(folder) / "pred.jsonl", written)
            name = f"{dataset}{' with roster' if roster else ''}"
            found[name] = attribution.figures(data, f"attribution/{dataset}", pred)
    return found


def _analysis(meeting: attribution.Meeting) -> Analysis:
    hearing = hear(meeting.conversation, "en")
    session, found = meeting.session, Roster((), (), {})
    if not session.participants:
        found = discover((*hearing.introduced, *hearing.heard))
    directory = Directory(
        (*session.participants, *found.participants),
        (*session.institutions, *found.institutions),
        "en",
        found.looks,
    )
    return analyse(hearing, directory)


def _examples(known: Sequence[Case]) -> list[Example]:
    return [Example(case.analysis.table, case.answers) for case in known]


def _shares(case: Case, weights: Weights) -> list[tuple[float, bool]]:
    """The share of the likeliest institution of every scored unit, and whether it is right."""
    shares = case.analysis.shares(weights)
    table, seats = case.analysis.table, case.analysis.directory.seats
    found = []
    for unit in sorted(case.scored):
        bodies = by_institution(case.analysis, shares[unit])
        if not bodies or bodies[0][1] < 0.2:
            continue
        columns = case.answers.get(unit, frozenset())
        good = {b for c in columns if c < len(table.seats) for b in seats[table.seats[c]].bodies}
        found.append((bodies[0][1], bodies[0][0] in good))
    return found


def _answers(
    meeting: attribution.Meeting, analysis: Analysis, gold: Mapping[str, Any]
) -> tuple[dict[int, frozenset[int]], frozenset[int]]:
    """The right columns of every unit whose speaker is known; the last column is nobody."""
    answers: dict[int, frozenset[int]] = {}
    scored = set()
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
    return answers, frozenset(scored)


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
    mine = "".join(body_words(directory.institutions[bodies[0]].name))
    accepted = ["".join(body_words(name)) for name in row.get("accepted") or ()]
    return any(a == mine or (not listed and a and a in mine) for a in accepted)


def main() -> None:
    """Learn, and write or report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, help="where the weights are written")
    parser.add_argument("--cross-validate", type=int, nargs="?", const=FOLDS, default=0)
    options = parser.parse_args()
    data = common.need(options.data, attribution.SOURCE)
    known = cases(data)
    if options.out:
        options.out.write_text(toml(learn(known), known), encoding="utf-8")
    if options.cross_validate:
        found = cross_validate(data, known, options.cross_validate)
        common.report("attribution_weights", "attribution", found)


if __name__ == "__main__":
    main()
