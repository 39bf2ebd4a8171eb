"""Search over all sessions: how well and how fast things are found, how large the index is.

``python -m benchmarks.search --data DIR --folder FOLDER`` asks for 60 turns of real meetings by
paraphrases that a person wrote (``search_questions.jsonl``) and prints recall at 10 by words, by
meaning and by both. The meetings of the set "choose" may be looked at; what counts is "report".

``python -m benchmarks.search --data DIR --hours 1000 --folder FOLDER`` builds an index over so many
hours and times questions; with ``--again`` it asks the index that is there. Nobody has 1,000 hours
of real discussion at hand, so the units of real meetings are used again and again: each session
takes runs of turns from several meetings; every time material is used again, every other one of its
rarer words (those of one or two meetings: names, terms) is replaced by a word coined for this time,
so that the vocabulary goes on growing (how much it would by Heaps' law, fitted to the real
meetings, is reported beside it), and one word in ten gives way to another one of its own passage.
Vectors are those of the real unit, turned a little at random, so that no two are the same. Making
vectors is timed apart, as a rate: after a pass they are kept.
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report
from benchmarks.themes import cases, conversation, session
from fgd.coding.talk import Talk, cut
from fgd.coding.terms import plain
from fgd.core.embeddings import Embedder, MiniLM, embedder, unit_rows
from fgd.pipeline.indexing import SILENT, vectors_of
from fgd.search import Entry, Index, Passage, Question, Speaker, Way, find, parse
from fgd.search.finder import DEFAULT, Mix

SOURCE = "meetings, one JSON file each, as QMSum gives them"
QUESTIONS = Path(__file__).with_name("search_questions.jsonl")
WORDS_AN_HOUR = 9_000


def entry(case: dict[str, Any]) -> Entry:
    """Return a meeting as it is indexed."""
    heard = conversation(case)
    talk = Talk.of(session(case), [heard])
    turns = {turn.id: n for n, turn in enumerate(talk.turns)}
    names = sorted({turn.voice for turn in talk.turns})
    passages = []
    for unit in cut(talk):
        turn = talk.turns[turns[unit.turn]]
        text = talk.texts[turns[unit.turn]][unit.start : unit.end]
        meant = "" if unit.kind in SILENT else plain(text)
        passages.append(
            Passage(
                heard.recording, 0, turn.id, unit.start, unit.end, -1, -1,
                names.index(turn.voice), -1, text, meant,
            )
        )  # fmt: skip
    speakers = tuple(Speaker(name, "", (name,)) for name in names)
    return Entry(str(case["id"]), "1", "1", str(case["id"]), "", "", speakers, (), tuple(passages))


def real(data: Path, folder: Path, model: Embedder) -> Index:
    """Index the real meetings, those that are not yet."""
    index = Index(folder / "real.sqlite", f"{model.id}/{model.version}")
    known = index.stamps()
    for case in cases(data / "evidence" / "qmsum"):
        if str(case["id"]) not in known:
            made = entry(case)
            index.put(made, vectors_of(made, model))
    return index


def quality(index: Index, mix: Mix) -> dict[str, object]:
    """Tell in how many of ten hits the turn that was meant is among them."""
    model = MiniLM()
    asked = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    ways: tuple[Way, ...] = ("words", "meaning", "both")
    hits: dict[str, list[float]] = {}
    for each in asked:
        question = parse(each["text"])
        for way in ways:
            found = find(index, question, model, most=10, way=way, mix=mix).hits
            turns = [hit.turn for hit in found]
            wanted = f"{each['meeting']}/{each['turn']}"
            place = turns.index(wanted) + 1 if wanted in turns else 0
            hits.setdefault(f"{each['set']} {way}", []).append(1 / place if place else 0.0)
    with index.reading() as base:
        passages, meetings = base.execute("select sum(passages), count(*) from sessions").fetchone()
    figures: dict[str, object] = {"passages": passages, "meetings": meetings}
    for name, ranks in hits.items():
        figures[name] = {
            "questions": len(ranks),
            "recall at 10": round(sum(map(bool, ranks)) / len(ranks), 3),
            "recall at 1": round(sum(rank == 1 for rank in ranks) / len(ranks), 3),
            "mean reciprocal rank": round(statistics.fmean(ranks), 3),
        }
    return figures


# -- scale -----------------------------------------------------------------------------------------


class Made:
    """Sessions made of real meetings, as many hours as are wanted."""

    def __init__(self, entries: Sequence[Entry], seed: int = 22) -> None:
        self.random = random.Random(seed)
        self.entries = entries
        self.seen: Counter[str] = Counter()
        for each in entries:
            self.seen.update({word for p in each.passages for word in _words(p.text)})
        self.heaps = heaps(_growth(p.text for each in entries for p in each.passages))
        self.growth: list[tuple[int, int]] = []
        self._coined: dict[str, str] = {}

    def sessions(self, hours: int, chance: float) -> Iterator[tuple[Entry, list[tuple[int, int]]]]:
        """Make one session for every hour; with where the vector of each passage comes from."""
        known: set[str] = set()
        said = 0
        for number in range(hours):
            passages: list[Passage] = []
            places: list[tuple[int, int]] = []
            words = 0
            while words < WORDS_AN_HOUR:
                which = self.random.randrange(len(self.entries))
                source = self.entries[which]
                begin = self.random.randrange(len(source.passages))
                coined: dict[str, str] = {}
                for n in range(begin, min(begin + 60, len(source.passages))):
                    old = source.passages[n]
                    text = self._told(old.text, coined, chance)
                    at = 1000 * (words // 2)
                    passages.append(
                        Passage(
                            f"r{number:04}", 0, f"r{number:04}-{len(passages) // 3:06}",
                            0, len(text), at, at + 8_000, old.speaker % 8, n // 60 % 6,
                            text, old.meant,
                        )
                    )  # fmt: skip
                    places.append((which, n))
                    words += len(text.split())
            speakers = tuple(
                Speaker(f"{name} (ORG{k})", name, (name,), (f"ORG{k}", f"Organisation {k}"))
                for k, name in enumerate(self._coin(f"{number}-{k}").title() for k in range(8))
            )
            for p in passages:
                said += len(p.text.split())
                known.update(_words(p.text))
            self.growth.append((said, len(known)))
            yield (
                Entry(
                    f"session-{number:04}", "1", "1", f"Session {number}", f"p{number % 12}",
                    f"{2010 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}",
                    speakers, tuple(f"Section {n}" for n in range(6)), tuple(passages),
                ),
                places,
            )  # fmt: skip

    def _told(self, text: str, coined: dict[str, str], chance: float) -> str:
        words = text.split()
        for n, word in enumerate(words):
            bare = word.strip(".,?!;:'\"()").lower()
            if bare and self.seen[bare] <= 2 and bare.isalpha():
                if bare not in coined:
                    new = self.random.random() < chance
                    coined[bare] = self._coin(f"{bare}{self.random.random()}") if new else bare
                words[n] = coined[bare]
            elif self.random.random() < 0.1:
                words[n] = words[self.random.randrange(len(words))]
        return " ".join(words)

    def _coin(self, seed: str) -> str:
        """A word that nobody knows, of two to four syllables."""
        own = random.Random(seed)
        some = (
            own.choice("bdfghjklmnprstvwz") + own.choice("aeiou") for _ in range(own.randint(2, 4))
        )
        return "".join(some) + own.choice(("", "n", "r", "s", "l"))


def _words(text: str) -> list[str]:
    return [word for raw in text.split() if (word := raw.strip(".,?!;:'\"(){}").lower())]


def _growth(texts: Iterator[str]) -> list[tuple[int, int]]:
    known: set[str] = set()
    said, found = 0, []
    for text in texts:
        said += len(text.split())
        known.update(_words(text))
        found.append((said, len(known)))
    return found


def heaps(growth: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Fit V = K n^b to how a vocabulary grew, on its last nine tenths."""
    some = [each for each in growth if each[0] > growth[-1][0] / 10][:: max(1, len(growth) // 500)]
    xs, ys = [math.log(n) for n, _ in some], [math.log(v) for _, v in some]
    slope, intercept = statistics.linear_regression(xs, ys)
    return math.exp(intercept), slope


def material(index: Index) -> tuple[list[Entry], list[Any]]:
    """Return what the real meetings consist of: their passages, and a vector for each."""
    import numpy as np

    entries, vectors = [], []
    with index.reading() as base:
        for session, name in base.execute("select id, name from sessions order by name").fetchall():
            rows = base.execute(
                "select p.text, p.speaker, v.vector from passages p left join vectors v"
                " on v.id = p.id where p.session = ? order by p.id",
                (session,),
            ).fetchall()
            blank = bytes(MiniLM.width)
            small = np.frombuffer(b"".join(row[2] or blank for row in rows), np.int8)
            vectors.append(unit_rows(small.reshape(len(rows), -1).astype(np.float32)))
            passages = tuple(
                Passage("", 0, "", 0, 0, 0, 0, row[1], -1, row[0], row[0] if row[2] else "")
                for row in rows
            )
            entries.append(Entry(name, "", "", passages=passages))
    return entries, vectors


def scale(source: Index, folder: Path, hours: int, mix: Mix) -> dict[str, object]:
    """Build an index of so many hours, and ask it."""
    import numpy as np

    started = time.perf_counter()
    entries, vectors = material(source)
    texts = [p.meant for p in entries[0].passages if p.meant][:200]
    plainly = MiniLM()
    plainly.embed(texts[:8])
    cpu = time.process_time()
    plainly.embed(texts)
    rate = len(texts) / (time.process_time() - cpu)
    made = Made(entries)
    path = folder / f"{hours}.sqlite"
    index = Index(path, source.model)
    index.remove()
    build_cpu = build_wall = 0.0
    words = passages = meant = 0
    rng = np.random.default_rng(22)
    for each, places in made.sessions(hours, CHANCE):
        rows = np.stack([vectors[which][n] for which, n in places])
        noise = rng.standard_normal(rows.shape, np.float32) * 0.02
        rows = np.where(rows.any(axis=1, keepdims=True), rows + noise, 0).astype(np.float32)
        wall, cpu = time.perf_counter(), time.process_time()
        index.put(each, rows)
        build_cpu += time.process_time() - cpu
        build_wall += time.perf_counter() - wall
        words += sum(len(p.text.split()) for p in each.passages)
        passages += len(each.passages)
        meant += sum(bool(p.meant) for p in each.passages)
    constant, slope = made.heaps
    figures: dict[str, object] = {
        "hours": hours,
        "words": words,
        "passages": passages,
        "real words": sum(len(p.text.split()) for e in entries for p in e.passages),
        "vocabulary": made.growth[-1][1],
        "vocabulary by Heaps' law of the real meetings": round(constant * words**slope),
        "Heaps exponent, real and made": [round(slope, 3), round(heaps(made.growth)[1], 3)],
        "index MB": round(path.stat().st_size / 1e6, 1),
        "build s processor / wall": [round(build_cpu, 1), round(build_wall, 1)],
        "vectors a second of processor time": round(rate, 1),
        "vectors s processor, if none were kept": round(meant / rate, 1),
        "all s wall": round(time.perf_counter() - started, 1),
    }
    print(json.dumps(figures), flush=True)
    return figures | latency(index, mix)


CHANCE = 0.5
"""Of rarer words replaced whenever material is used again."""

ASKED = (
    "who should pay for childcare", '"public transport" budget', "medi* fund", "education",
    "what do the people think about the problem", "by:{name} money",
    "since:2020 until:2022 schools",
    "programme:p3 teachers and salaries", '"free school meals" -money', "the", "{rare}",
    "the size of the remote control and the colour of its buttons", "institution:ORG3 vaccine",
    "how will small towns be connected to the internet", "session:session-0007 government",
)  # fmt: skip


def latency(index: Index, mix: Mix) -> dict[str, object]:
    """Time questions: with nothing of the file in memory, and again; the quickest of five counts,
    because others work on the machine, and the processor's time stands beside it.
    """
    with index.reading() as base:
        name = base.execute("select names from speakers limit 1").fetchone()[0].split("\n")[0]
        query = "select term from spread where doc = 2 limit 1 offset 500"
        (rare,) = base.execute(query).fetchone()
    model = MiniLM()  # a question is embedded anew every time
    model.embed(["warm"])
    told: dict[str, object] = {}
    colds, warms = [], []
    for text in ASKED:
        asked = text.format(name=name, rare=rare)
        question = parse(asked)
        fresh = Index(index.path, index.model)
        _out_of_memory(index.path)
        cold = _timed(fresh, question, model, mix)
        warm = [_timed(fresh, question, model, mix) for _ in range(5)]
        own = time.process_time()
        find(fresh, question, model, mix=mix)
        own = time.process_time() - own
        colds.append(cold)
        warms.append(min(warm))
        told[asked] = [round(1000 * each) for each in (cold, warms[-1], own)]
    return {
        "ms cold file / again / processor, by question": told,
        "cold ms median and worst": [round(1000 * f(colds)) for f in (statistics.median, max)],
        "again ms median and worst": [round(1000 * f(warms)) for f in (statistics.median, max)],
        "same first ten as exact vectors": exactness(index, model, mix),
    }


def _timed(index: Index, question: Question, model: Embedder, mix: Mix) -> float:
    started = time.perf_counter()
    find(index, question, model, most=10, mix=mix)
    return time.perf_counter() - started


def _out_of_memory(path: Path) -> None:
    """Ask the system to let go of what it keeps of a file."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def exactness(index: Index, model: Embedder, mix: Mix) -> float:
    """Tell how many of the ten nearest passages are found by looking at bits first."""
    from dataclasses import replace

    shares = []
    for text in ASKED:
        if ":" in text or "{" in text:
            continue
        found = []
        for looked in (mix.looked, 10_000_000):
            wide = replace(mix, looked=looked)
            hits = find(index, parse(text), model, most=10, way="meaning", mix=wide).hits
            found.append({(hit.turn, hit.start) for hit in hits})
        if found[1]:
            shares.append(len(found[0] & found[1]) / len(found[1]))
    return round(statistics.fmean(shares), 3)


def main() -> None:
    """Measure quality, or with ``--hours`` size and time."""
    arguments = parser(__doc__)
    arguments.add_argument("--hours", type=int, default=0, help="build an index of so many hours")
    arguments.add_argument("--folder", type=Path, required=True, help="where files are kept")
    arguments.add_argument("--again", action="store_true", help="ask the index that is there")
    arguments.add_argument("--mix", default="", help="constants to try, as JSON")
    options = arguments.parse_args()
    data = need(options.data, SOURCE)
    options.folder.mkdir(parents=True, exist_ok=True)
    mix = Mix(**json.loads(options.mix)) if options.mix else DEFAULT
    source = real(data, options.folder, embedder(vectors=options.folder / "vectors"))
    if options.hours and options.again:
        figures = latency(Index(options.folder / f"{options.hours}.sqlite", source.model), mix)
    elif options.hours:
        figures = scale(source, options.folder, options.hours, mix)
    else:
        figures = quality(source, mix)
    report("search", "qmsum", figures)


if __name__ == "__main__":
    main()
