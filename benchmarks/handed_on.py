"""Themes of one meeting found in the next one, on meetings whose topics people marked (QMSum).

``python -m benchmarks.handed_on --data DIR [--pairs development|report]``. What people marked in
the first meeting of a pair stands for what people approve: its topics with their names, and for
examples the product's own choice of five units. The second meeting is then coded with that codebook
alone. A coded unit is right if it lies in the topic of the second meeting that one person matched
to it by the titles (``PAIRS``) before anything was run. Beside it stands what the product finds
without a codebook: each theme that came up by itself counts for the topic that most of its units
lie in, which flatters it. This module reads gold itself.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report
from benchmarks.themes import SOURCE, conversation, session
from fgd.coding import theme
from fgd.coding.codebook import telling
from fgd.coding.talk import Read, Talk, cut
from fgd.core.cache import Kept
from fgd.core.embeddings import Embedder, embedder
from fgd.decisions.themes import EXAMPLES
from fgd.model import Code, Codebook, Themed

Pair = tuple[str, str, Mapping[int, int]]
PAIRS: Mapping[str, Sequence[Pair]] = {
    "development": (("TS3010d", "ES2016d", {0: 0, 1: 1, 2: 2, 3: 3}),),
    "report": (
        ("education_23", "education_24", {1: 0, 2: 2, 3: 3}),
        ("IS1006d", "ES2012d", {0: 0, 1: 2, 2: 1, 3: 3}),
        ("IS1006d", "ES2010d", {0: 0, 1: 1, 2: 2, 3: 3}),
    ),
}
"""First meeting, next one, and which topic of the first is which of the next."""


class Marked:
    """A meeting with the topics that people marked, by turn."""

    def __init__(self, data: Path, dataset: str, name: str) -> None:
        self.case: dict[str, Any] = json.loads((data / dataset / f"{name}.json").read_text())
        gold = json.loads((data / "gold" / dataset / f"{name}.json").read_text())
        self.topics: dict[str, set[int]] = {}
        for each in gold["topics"]:
            for turn in range(each["from"], each["to"] + 1):
                self.topics.setdefault(f"{name}/{turn}", set()).add(each["t"])
        self.titles = {each["t"]: str(each["title"]) for each in self.case["guide"]}
        self.session, self.talk = session({**self.case, "guide": ()}), conversation(self.case)

    def book(self, wanted: Sequence[int], model: Embedder) -> Codebook:
        """The codebook that people would hand on who approved exactly these topics."""
        talk = Talk.of(self.session, [self.talk])
        read = Read.of(talk, cut(talk), model)
        units = {
            str(topic): [n for n, u in enumerate(read.units) if self.topics.get(u.turn) == {topic}]
            for topic in wanted
        }
        texts = {turn.id: turn.text for turn in talk.turns}

        def said(numbers: Sequence[int]) -> Iterator[str]:
            for unit in (read.units[n] for n in numbers):
                yield texts[unit.turn][unit.start : unit.end]

        chosen = telling(read, units, EXAMPLES)
        codes = (
            Code(f"topic-{t}", self.titles[int(t)], examples=tuple(said(numbers)))
            for t, numbers in chosen.items()
        )
        return Codebook("handed-on", codes=tuple(codes))


def pair(one: Marked, other: Marked, same: Mapping[int, int], model: Embedder, kept: Kept) -> Any:
    """Figures of one pair of meetings."""

    def coded(books: Sequence[Codebook]) -> Themed:
        return theme(other.session, [other.talk], (), books=books, embedder=model, kept=kept)[0]

    found = coded([one.book(tuple(same), model)])
    content = [unit for unit in found.units if unit.kind == "content"]
    right = given = wanted = 0
    chance = 0.0
    for mine, theirs in same.items():
        codings = [each for each in found.codings if each.code == f"topic-{mine}"]
        gold = sum(theirs in other.topics.get(unit.turn, ()) for unit in content)
        right += sum(theirs in other.topics.get(each.turn, ()) for each in codings)
        given, wanted = given + len(codings), wanted + gold
        chance += len(codings) * gold / len(content)
    own: dict[str, list[str]] = {}
    for coding in coded([]).codings:
        own.setdefault(coding.code, []).append(coding.turn)
    pure = 0
    for turns in own.values():
        topics = Counter(topic for turn in turns for topic in other.topics.get(turn, ()))
        pure += max(topics.values(), default=0)
    total = sum(map(len, own.values()))
    return {
        "pair": f"{one.case['id']} -> {other.case['id']}",
        "coded": given,
        "precision": round(right / max(given, 1), 3),
        "by chance": round(chance / max(given, 1), 3),
        "recall": round(right / max(wanted, 1), 3),
        "own themes": len(own),
        "units in own themes": total,
        "of these in the theme's main topic": round(pure / max(total, 1), 3),
    }


def main() -> None:
    """Hand themes from meeting to meeting and count."""
    arguments = parser(__doc__, dataset="guided_themes/qmsum")
    arguments.add_argument("--pairs", default="report", choices=sorted(PAIRS))
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    options = arguments.parse_args()
    need(options.data and options.data / options.dataset, SOURCE)
    with tempfile.TemporaryDirectory() as scratch:
        model = embedder("minilm", vectors=options.vectors or Path(scratch))
        kept = Kept(Path(scratch) / "kept")
        figures = [
            pair(
                Marked(options.data, options.dataset, one),
                Marked(options.data, options.dataset, other),
                same,
                model,
                kept,
            )
            for one, other, same in PAIRS[options.pairs]
        ]
    report("themes handed on", options.dataset, figures)


if __name__ == "__main__":
    main()
