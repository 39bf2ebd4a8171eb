"""Propositions, who answered them, and with which side, on meetings that people read whole.

``python -m benchmarks.responses --data DIR [--vectors DIR] [--rooms FOLDER]`` runs
``fgd.deliberation.deliberate`` with the shipped networks on those meetings of ``responses/qmsum``
that they have not learned from, or on invented rooms (``benchmarks/rooms/held_out``, which nothing
was learned from or chosen on; their scores come from the scorer in DIR all the same). The rules
were written with some of the former in view; see the docs. ``--reader FILE`` scores another
reader of the same meetings instead: how far careful readers agree.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report, score, write_lines
from benchmarks.deliberation_training import LEARNED, RESPONSES, heard, readings, rooms
from benchmarks.themes import cases, session
from fgd.core.embeddings import embedder
from fgd.deliberation import deliberate
from fgd.model import Slice

SOURCE = "meetings with propositions and responses that people marked"


def main() -> None:
    """Deliberate every meeting, and score what is told."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    arguments.add_argument("--rooms", type=Path, help="folder of invented rooms to report on")
    arguments.add_argument(
        "--readings", type=Path, help="file of stretches that were read for this"
    )
    arguments.add_argument("--reader", type=Path, help="file of another reading to score instead")
    options = arguments.parse_args()
    folder = need(options.data and options.data / options.dataset, SOURCE)
    lines: list[dict[str, object]] = []
    alone, quiet, spent = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        vectors = options.vectors or Path(scratch)
        model = embedder("minilm", vectors=vectors)
        other = _other(options.reader) if options.reader else {}
        if options.readings:
            meetings = list(readings(options.readings, options.data))
        elif options.rooms:
            meetings = list(rooms(options.rooms))
        else:
            meetings = list(_unseen(options.data, folder))
        shutil.copy(options.data / "score.py", scratch)
        for case, gold in meetings:
            for path, content in (("", case), ("gold", gold | {"id": case["id"]})):
                place = Path(scratch, path, options.dataset, f"{case['id']}.json")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(json.dumps(content), encoding="utf-8")
            if options.reader:
                lines += [{**each, "id": case["id"]} for each in other[case["id"]]]
                continue
            talk = heard(case)
            texts = {turn.id: turn.text for turn in talk.turns}
            raw = {f"{case['id']}/{row['n']:05d}": row for row in case["turns"]}
            begun = time.process_time()
            found = deliberate(session(case), [talk], embedder=model)
            spent += time.process_time() - begun
            alone += len(found.unanswered)
            quiet += len(found.silence)

            for proposition in found.propositions:
                answers = [
                    _line(each.place, texts, raw) | {"side": each.side}
                    for each in found.responses
                    if each.proposition == proposition.id
                ]
                lines.append(
                    {"id": case["id"], "kind": proposition.kind, "responses": answers}
                    | _line(proposition.place, texts, raw)
                    | {"alone": proposition.id in found.unanswered}
                    | {"quiet": proposition.id in found.silence}
                )
        pred = write_lines(options.pred or Path(scratch) / "predictions.jsonl", lines)
        figures = score(Path(scratch), options.dataset, pred)
    extra: dict[str, float] = {"told unanswered": alone, "told without objection": quiet}
    extra["processor seconds, vectors kept"] = round(spent, 1)
    report("responses", options.dataset, {**extra, **figures})


def _other(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What another reader found, by the name of the meeting or stretch."""
    found = map(json.loads, path.read_text("utf-8").splitlines())
    return {
        f"{each['id']}_{each['stretch'][0]}" if "stretch" in each else each["id"]: each[
            "propositions"
        ]
        for each in found
    }


def _unseen(data: Path, folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for case in cases(folder):
        if str(case["id"]) not in LEARNED:
            path = data / "gold" / folder.relative_to(data) / f"{case['id']}.json"
            yield case, json.loads(path.read_text("utf-8"))


def _line(
    place: Slice, texts: Mapping[str, str], raw: Mapping[str, Mapping[str, Any]]
) -> dict[str, object]:
    """A slice of the talk as the scorer wants it: the number of its turn, and its words there."""
    row = raw[place.turn]
    said = texts[place.turn][place.start : place.end]
    return {"n": row["n"], "text": _exact(said, str(row["text"]))}


def _exact(said: str, text: str) -> str:
    """The slice as it stands in the source, whose white space a transcript may have changed."""
    if said in text:
        return said
    import re

    pattern = r"\s+".join(re.escape(word) for word in said.split())
    hit = re.search(pattern, text)
    return hit.group(0) if hit else said


if __name__ == "__main__":
    main()
