"""Guide sections of turns, on meetings whose topics people marked (QMSum, Zhong et al. 2021).

Every meeting becomes a session with its list of topics as guide, and goes through the same
alignment as ``fgd run``: ``python -m benchmarks.themes --data DIR``. QMSum is published under the
MIT licence at github.com/Yale-LILY/QMSum. ``--vectors`` keeps sentence vectors between runs.
``--step ID`` times the whole step on one meeting instead, in this process as it starts and then
again; it is cold where the folder of ``--vectors`` is empty or not named. ``--many N`` does so with
N units: all meetings one after the other, again and again.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report, score, write_lines
from fgd.coding.sections import place
from fgd.coding.talk import Read, Talk, cut
from fgd.core.cache import Kept
from fgd.core.embeddings import embedder
from fgd.model import Conversation, Guide, Recording, Section, Session, Span, Turn, Voice, Word

SOURCE = "meetings with a guide, one JSON file each, as QMSum's topic segmentation gives them"


def conversation(case: dict[str, Any]) -> Conversation:
    """The turns of a case; without times, spans count characters."""
    turns, at = [], 0
    name = str(case["id"])
    for row in case["turns"]:
        words, start = [], at
        for word in str(row["text"]).split():
            words.append(Word(Span(at, at + len(word)), f" {word}"))
            at += len(word) + 1
        at += 1
        turns.append(
            Turn(f"{name}/{row['n']}", name, str(row["speaker"]), Span(start, at), tuple(words))
        )
    voices = tuple(Voice(label, name) for label in sorted({turn.voice for turn in turns}))
    return Conversation(name, voices, tuple(turns), timed=False)


def session(case: dict[str, Any]) -> Session:
    """A session with the guide of a case, if it has one."""
    sections = tuple(
        Section(str(topic["t"]), str(topic["title"])) for topic in case.get("guide", ())
    )
    name = str(case["id"])
    recording = Recording(name, f"{name}.json", "", "transcript")
    return Session(name, languages=("en",), guide=Guide("", sections), recordings=(recording,))


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """Every meeting of a data set."""
    for path in sorted(folder.glob("*.json")):
        if path.name.count(".") == 1:
            yield json.loads(path.read_text(encoding="utf-8"))


def timed(case: dict[str, Any], folder: Path) -> dict[str, float]:
    """Processor and wall seconds of the whole step: as the process starts, and then again.

    Vectors and words are kept in ``folder``; where it is empty the first pass is cold. Imports
    count, those of the benchmark itself excepted.
    """
    from fgd.coding import gather, theme

    given, heard = session(case), conversation(case)
    words = sum(len(turn.words) for turn in heard.turns)
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, float] = {"words": float(words), "turns": float(len(heard.turns))}
    for label in ("cold" if not any(folder.iterdir()) else "kept", "warm"):
        wall, cpu = time.perf_counter(), time.process_time()
        model = embedder("minilm", vectors=folder)
        books, _ = gather(["peace-process"])
        told, _ = theme(given, [heard], (), books=books, embedder=model, kept=Kept(folder / "kept"))
        figures[f"{label} processor seconds"] = round(time.process_time() - cpu, 2)
        figures[f"{label} wall seconds"] = round(time.perf_counter() - wall, 2)
    figures["emergent themes"] = float(
        sum(code.origin == "emergent" for code in told.codebook.codes)
    )
    return figures


def many(folder: Path, units: int, vectors: Path) -> dict[str, float]:
    """Seconds and memory of the whole step on so many units or a few more, without a guide.

    Vectors are made beforehand, as their number only counts texts that differ.
    """
    from fgd.coding import gather, theme

    meetings = [conversation(case) for case in cases(folder)]
    sizes = [len(cut(Talk.of(Session("x"), [each]))) for each in meetings]
    heard: list[Conversation] = []
    made = 0
    while made < units:
        number = len(heard) % len(meetings)
        name = f"{len(heard) // len(meetings)}-{meetings[number].recording}"
        turns = tuple(
            replace(turn, id=f"{name}/{turn.id}", recording=name) for turn in meetings[number].turns
        )
        heard.append(replace(meetings[number], recording=name, turns=turns))
        made += sizes[number]
    given = Session("many", languages=("en",), recordings=tuple(
        Recording(each.recording, f"{each.recording}.json", "", "transcript") for each in heard
    ))  # fmt: skip
    model = embedder("minilm", vectors=vectors)
    Read.of(talk := Talk.of(given, heard), cut(talk), model)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    books, _ = gather(["peace-process"])
    told, _ = theme(given, heard, (), books=books, embedder=model)
    return {
        "units": float(len(told.units)),
        "processor seconds": round(time.process_time() - cpu, 1),
        "wall seconds": round(time.perf_counter() - wall, 1),
        "MB at most": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "MB before": round(before / 1024),
        "codings": float(len(told.codings)),
        "emergent themes": float(sum(c.origin == "emergent" for c in told.codebook.codes)),
        "other points": float(len(told.points)),
    }


def main() -> None:
    """Align every meeting with its guide and score the sections."""
    arguments = parser(__doc__, dataset="guided_themes/qmsum")
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    arguments.add_argument("--step", help="time the whole step on this meeting only")
    arguments.add_argument("--many", type=int, help="time the whole step on so many units")
    options = arguments.parse_args()
    folder = need(options.data and options.data / options.dataset, SOURCE)
    if options.many:
        with tempfile.TemporaryDirectory() as scratch:
            figures = many(folder, options.many, options.vectors or Path(scratch))
        report("themes step", f"{options.dataset} x {options.many}", figures)
        return
    if options.step:
        chosen = next(case for case in cases(folder) if case["id"] == options.step)
        with tempfile.TemporaryDirectory() as scratch:
            figures = timed(chosen, options.vectors or Path(scratch))
        report("themes step", f"{options.dataset}/{options.step}", figures)
        return
    with tempfile.TemporaryDirectory() as scratch:
        model = embedder("minilm", vectors=options.vectors or Path(scratch))
        lines = []
        for case in cases(folder):
            given = session(case)
            talk = Talk.of(given, [conversation(case)])
            placements = place(Read.of(talk, cut(talk), model), given.guide, model)
            for row, placement in zip(case["turns"], placements, strict=True):
                topic = int(placement.section) if placement.section else None
                lines.append({"id": case["id"], "n": row["n"], "t": topic})
        pred = write_lines(options.pred or Path(scratch) / "predictions.jsonl", lines)
        scored = score(options.data, options.dataset, pred)
    report("themes", options.dataset, scored)


if __name__ == "__main__":
    main()
