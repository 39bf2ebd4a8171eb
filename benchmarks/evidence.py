"""Turns that bear on a question, on meetings with questions and marked answers (QMSum).

Every question goes through ``fgd.coding.retrieval``: ``python -m benchmarks.evidence
--data DIR``. With ``--roster`` the names of speakers that lie beside a meeting are known, as they
are after attribution. ``--vectors`` keeps sentence vectors between runs.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.common import need, parser, report, score, write_lines
from benchmarks.themes import cases, conversation, session
from fgd.coding.retrieval import Finder
from fgd.coding.talk import Read, Talk, cut
from fgd.core.embeddings import embedder

SOURCE = "meetings with questions, one JSON file each, as QMSum's specific queries give them"


def main() -> None:
    """Rank the turns of every meeting for each of its questions, and score the rankings."""
    arguments = parser(__doc__, dataset="evidence/qmsum")
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    options = arguments.parse_args()
    folder = need(options.data and options.data / options.dataset, SOURCE)
    with tempfile.TemporaryDirectory() as scratch:
        model = embedder("minilm", vectors=options.vectors or Path(scratch))
        lines = []
        for case in cases(folder):
            heard = conversation(case)
            beside = folder / f"{case['id']}.speakers.json"
            if options.roster and beside.is_file():
                names = json.loads(beside.read_text(encoding="utf-8"))["speakers"]
                turns = (replace(t, label=names.get(t.voice, "")) for t in heard.turns)
                heard = replace(heard, turns=tuple(turns))
            talk = Talk.of(session(case), [heard])
            numbers = {turn.id: number for number, turn in enumerate(talk.turns)}
            finder = Finder(Read.of(talk, cut(talk), model), model)
            for query in case["queries"]:
                ranking = [numbers[hit.turn] for hit in finder.find(query["text"])]
                lines.append({"id": case["id"], "q": query["q"], "ranking": ranking})
        pred = write_lines(options.pred or Path(scratch) / "predictions.jsonl", lines)
        figures = score(options.data, options.dataset, pred)
    report("evidence", options.dataset, {"names": options.roster, **figures})


if __name__ == "__main__":
    main()
