"""Propositions, who answered them, and with which side, on meetings that people read whole.

``python -m benchmarks.responses --data DIR [--vectors DIR] [--examples FILE] [--shipped]`` runs
``fgd.deliberation.deliberate`` on ``responses/qmsum``. The forests are grown anew for each fold of
meetings from the others, unless ``--shipped`` asks for the weights of the package, which have seen
these meetings. The rules were written with some of these meetings in view; see the docs.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.common import need, parser, report, score, write_lines
from benchmarks.deliberation_training import RESPONSES, examples, heard, train
from benchmarks.themes import cases, session
from fgd.core.embeddings import embedder
from fgd.deliberation import deliberate
from fgd.deliberation.trees import learned
from fgd.model import Slice

FOLDS = 5
SOURCE = "meetings with propositions and responses that people marked"


def main() -> None:
    """Deliberate every meeting, and score what is told."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    arguments.add_argument("--examples", type=Path, help="file that keeps the rows")
    arguments.add_argument("--shipped", action="store_true", help="use the weights of the package")
    options = arguments.parse_args()
    folder = need(options.data and options.data / options.dataset, SOURCE)
    lines: list[dict[str, object]] = []
    alone, quiet, spent = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        vectors = options.vectors or Path(scratch)
        model = embedder("minilm", vectors=vectors)
        meetings = list(cases(folder))
        stance, responses = (
            (None, None) if options.shipped else examples(options.data, vectors, options.examples)
        )
        for fold in range(FOLDS):
            mine = meetings[fold::FOLDS]
            names = {str(case["id"]) for case in mine}
            weights = (
                learned()
                if stance is None or responses is None
                else train(stance.without(names), responses.without(names))
            )
            for case in mine:
                talk = heard(case)
                texts = {turn.id: turn.text for turn in talk.turns}
                raw = {f"{case['id']}/{row['n']:05d}": row for row in case["turns"]}
                begun = time.process_time()
                found = deliberate(session(case), [talk], embedder=model, weights=weights)
                spent += time.process_time() - begun
                alone += len(found.unanswered)
                quiet += len(found.silence)

                def line(place: Slice, texts=texts, raw=raw) -> dict[str, object]:  # type: ignore[no-untyped-def] # bound now
                    row = raw[place.turn]
                    said = texts[place.turn][place.start : place.end]
                    return {"n": row["n"], "text": _exact(said, str(row["text"]))}

                for proposition in found.propositions:
                    answers = [
                        line(each.place) | {"side": each.side}
                        for each in found.responses
                        if each.proposition == proposition.id
                    ]
                    lines.append(
                        {"id": case["id"], "kind": proposition.kind, "responses": answers}
                        | line(proposition.place)
                        | {"alone": proposition.id in found.unanswered}
                        | {"quiet": proposition.id in found.silence}
                    )
        pred = write_lines(options.pred or Path(scratch) / "predictions.jsonl", lines)
        figures = score(options.data, options.dataset, pred)
    extra: dict[str, float] = {"told unanswered": alone, "told without objection": quiet}
    extra["processor seconds, vectors kept"] = round(spent, 1)
    report("responses", options.dataset, {"folds": FOLDS, **extra, **figures})


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
