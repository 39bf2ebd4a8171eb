"""Who spoke, and for whom: the product's attribution on meetings with known answers.

Data: ``DIR/attribution/{earnings21,earnings21_ref,qmsum_committee,ami_roles}`` as described in the
README beside it. With ``--roster`` the roster of each meeting is read as a session's participants;
without it names come from the talk alone. The same call as in ``fgd run``; gold is read by the
scorer only. Reliability and the expected calibration error come from the scorer's own judgement of
every item.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import common
from fgd.attribution import Attributed, attribute
from fgd.attribution.solver import Weights
from fgd.core.settings import AttributionSettings
from fgd.core.text import slug
from fgd.model import Conversation, Institution, Participant, Session, Span, Turn, Voice, Word

SOURCE = "attribution/DATASET/ID.json, with ID.roster.json beside it"
BINS = 10


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting as the product sees it; ``numbers`` are the turn numbers of the data."""

    id: str
    session: Session
    conversation: Conversation
    numbers: tuple[int, ...]


def meetings(folder: Path, *, roster: bool) -> Iterator[Meeting]:
    """Every meeting of a dataset, in order of name."""
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(".roster.json"):
            continue
        data = json.loads(path.read_text(encoding="utf-8"))
        listed = path.with_name(f"{path.stem}.roster.json")
        people = json.loads(listed.read_text(encoding="utf-8"))["participants"] if roster else []
        yield Meeting(
            data["id"],
            _session(data["id"], people),
            _conversation(data),
            tuple(turn["n"] for turn in data["turns"]),
        )


def lines(meeting: Meeting, found: Attributed) -> list[dict[str, object]]:
    """Predictions in the scorer's format, one per attributed turn."""
    bodies = {i.id: i.name for i in (*meeting.session.institutions, *found.institutions)}
    people = {p.id: p.name for p in (*meeting.session.participants, *found.participants)}
    said = {a.turn: a for a in found.attributions if a.turn}
    made: list[dict[str, object]] = []
    for turn, number in zip(meeting.conversation.turns, meeting.numbers, strict=True):
        one = said[turn.id]
        institution = bodies.get(one.institutions[0]) if one.institutions else None
        person = people.get(one.participant) or None
        if institution or person:
            made.append(
                {
                    "id": meeting.id,
                    "n": number,
                    "institution": institution,
                    "participant": person,
                    "confidence": one.confidence,
                }
            )
    return made


def figures(data: Path, dataset: str, pred: Path) -> dict[str, object]:
    """The scorer's figures and the reliability of the confidences; empty without gold."""
    scored = common.score(data, dataset, pred)
    if scored:
        scored["reliability"], scored["expected_calibration_error"] = reliability(
            items(data, dataset, pred)
        )
    return scored


def predict(
    meeting: Meeting, threshold: float | None = None, weights: Weights | None = None
) -> list[dict[str, object]]:
    """Run the product on one meeting."""
    settings = AttributionSettings() if threshold is None else AttributionSettings(threshold)
    found = attribute(meeting.session, (meeting.conversation,), settings=settings, weights=weights)
    return lines(meeting, found)


def _session(name: str, people: list[dict[str, Any]]) -> Session:
    institutions: dict[str, Institution] = {}
    participants = []
    for number, person in enumerate(people):
        # A minister is known by the office and, in the same breath, by the constituency.
        hats = [str(person[k]) for k in ("institution", "office", "constituency") if person.get(k)]
        ids = []
        for hat in dict.fromkeys(hats):
            body = Institution(slug(hat, "body"), hat)
            institutions.setdefault(body.id, body)
            ids.append(body.id)
        participants.append(
            Participant(f"p{number}", person.get("name") or "", institutions=tuple(ids))
        )
    return Session(
        name,
        languages=("en",),
        institutions=tuple(institutions.values()),
        participants=tuple(participants),
    )


def _conversation(data: dict[str, Any]) -> Conversation:
    timed = all(turn["start"] is not None for turn in data["turns"])
    turns = []
    for place, turn in enumerate(data["turns"]):
        start = int(turn["start"] * 1000) if timed else place * 1000
        end = int(turn["end"] * 1000) if timed else place * 1000 + 1000
        span = Span(start, max(start, end))
        turns.append(
            Turn(
                f"{data['id']}-{turn['n']}",
                data["id"],
                turn["speaker"],
                span,
                (Word(span, f" {turn['text']}"),),
                timing="measured" if timed else "none",
            )
        )
    names = dict.fromkeys(turn.voice for turn in turns)
    return Conversation(
        data["id"], tuple(Voice(name, data["id"]) for name in names), tuple(turns), timed
    )


def items(data: Path, dataset: str, pred: Path) -> list[dict[str, Any]]:
    """What the scorer says of every speaker."""
    with tempfile.TemporaryDirectory() as folder:
        judged = Path(folder) / "items.jsonl"
        command = [sys.executable, str(data / "score.py"), dataset, "--data", str(data)]
        command += ["--pred", str(pred), "--items", str(judged)]
        subprocess.run(command, check=True, capture_output=True)
        return [json.loads(line) for line in judged.read_text(encoding="utf-8").splitlines()]


def reliability(judged: list[dict[str, Any]]) -> tuple[list[dict[str, float]], float]:
    """Share right per tenth of confidence, over everybody asserted who is scored."""
    said = [
        (float(item["confidence"]), item["verdict"] == "right")
        for item in judged
        if item.get("verdict", "silent") != "silent"
        and item["confidence"] is not None
        and item["role"] not in ("company", "committee member")
    ]
    table, error = [], 0.0
    for step in range(BINS):
        inside = [x for x in said if min(int(x[0] * BINS), BINS - 1) == step]
        if not inside:
            continue
        mean = sum(c for c, _ in inside) / len(inside)
        right = sum(r for _, r in inside) / len(inside)
        error += abs(mean - right) * len(inside) / len(said)
        table.append({"n": len(inside), "confidence": round(mean, 3), "right": round(right, 3)})
    return table, round(error, 4)


def main() -> None:
    """Predict, write, score and report."""
    arguments = common.parser(__doc__, dataset="attribution/earnings21_ref")
    arguments.add_argument("--threshold", type=float, help="instead of the setting's default")
    options = arguments.parse_args()
    data = common.need(options.data, SOURCE)
    folder = common.need(data / options.dataset, SOURCE)
    written: list[dict[str, object]] = []
    slowest = 0.0
    for meeting in meetings(folder, roster=options.roster):
        started = time.perf_counter()
        written += predict(meeting, options.threshold)
        slowest = max(slowest, time.perf_counter() - started)
    with tempfile.TemporaryDirectory() as spare:
        pred = common.write_lines(options.pred or Path(spare) / "predictions.jsonl", written)
        scored = figures(data, options.dataset, pred)
    scored["roster"] = options.roster
    scored["slowest_meeting_seconds"] = round(slowest, 2)
    common.report("attribution", options.dataset, scored)


if __name__ == "__main__":
    main()
