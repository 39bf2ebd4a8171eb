"""Themes nobody foresaw: how coherent, how steady, beside LDA, NMF and BERTopic's defaults.

Every meeting is taken without guide and codebook, so that all of its content is left over and
goes through the same clustering as the residue in ``fgd run``: ``python -m benchmarks.emergent
--data DIR``. LDA and NMF (scikit-learn) get the same units, words and number of topics.
``--others`` adds BERTopic with UMAP and HDBSCAN, and how steady each of the others is, which takes
minutes a meeting. No gold is read.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from benchmarks.common import need, parser, report
from benchmarks.themes import SOURCE, cases, conversation, session
from fgd.coding.emergent import (
    COVER,
    LEAST_PEOPLE,
    LEAST_UNITS,
    SHORTEST,
    STABLE,
    cluster,
    describe,
    survival,
)
from fgd.coding.talk import Read, Talk, cut
from fgd.coding.terms import spoken_terms
from fgd.core.embeddings import Embedder, embedder

TOP = 10
"""Words judged of each topic; of the others no more than ours have on average."""

EPS = 1e-12
Labels = Any
Topics = list[list[str]]


def main() -> None:
    """Cluster every meeting, judge the words, repeat under seeds and shuffles."""
    arguments = parser(__doc__, dataset="guided_themes/qmsum")
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    arguments.add_argument("--only", nargs="*", default=["covid", "education"], help="ids")
    arguments.add_argument("--most", type=int, default=12, help="meetings at most")
    arguments.add_argument("--runs", type=int, default=10, help="seeds and shuffles tried")
    arguments.add_argument(
        "--others", action="store_true", help="BERTopic's defaults, and how steady all others are"
    )
    options = arguments.parse_args()
    folder = need(options.data and options.data / options.dataset, SOURCE)
    chosen = [case for case in cases(folder) if str(case["id"]).startswith(tuple(options.only))]
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        model = embedder("minilm", vectors=options.vectors or Path(scratch))
        for case in chosen[: options.most]:
            rows.append(_meeting(case, model, runs=options.runs, others=options.others))
            print(case["id"], {key: round(value, 3) for key, value in rows[-1].items()})
    keys = list(dict.fromkeys(key for row in rows for key in row))
    figures: dict[str, object] = {"meetings": len(rows)}
    for key in keys:
        values = [row[key] for row in rows if key in row]
        figures[key] = round(float(np.mean(values)), 4)
    for name in ("lda", "nmf"):
        ours, other = float(str(figures["ours c_v"])), float(str(figures[f"{name} c_v"]))
        figures[f"c_v over {name}"] = round(ours / other - 1, 4)
    report("emergent", options.dataset, figures)


def _meeting(
    case: dict[str, object], model: Embedder, *, runs: int, others: bool
) -> dict[str, float]:
    talk = Talk.of(session(case), [conversation(case)])
    read = Read.of(talk, cut(talk), model)
    mine = [
        i
        for i, unit in enumerate(read.units)
        if unit.kind == "content" and unit.words >= SHORTEST
        and not (talk.speakers[read.rows[i]].leads or talk.speakers[read.rows[i]].silent)
    ]  # fmt: skip
    vectors = read.vectors[mine]
    people = [talk.speakers[read.rows[i]].key for i in mine]
    texts = [talk.texts[read.rows[i]][read.units[i].start : read.units[i].end] for i in mine]
    words = [[term for term in spoken_terms(text, "en") if " " not in term] for text in texts]
    found = cluster(vectors, people, LEAST_UNITS, LEAST_PEOPLE)
    shares, agreement = survival(vectors, people, found, LEAST_UNITS, LEAST_PEOPLE)
    clusters = [[mine[n] for n in members] for members in found.members]
    told = describe(read, clusters, model, most=2 * TOP)
    chosen = [n for n, cover in enumerate(told.cover) if cover >= COVER]
    themes = [clusters[n] for n in chosen]
    ours = [_single(told.words[n]) for n in chosen]
    figures = {"units": float(len(mine)), "ours topics": float(len(themes))}
    figures["ours other points"] = 1 - sum(map(len, themes)) / len(mine)
    figures["ours ARI on nine tenths"] = agreement
    figures["ours themes badged"] = float(np.mean([shares[n] < STABLE for n in chosen]))
    figures |= _judged("ours", ours, words)
    count = len(mine)

    def ours_again(order: Any, _: int) -> Labels:
        mixed = [people[i] for i in order]
        return cluster(vectors[order], mixed, LEAST_UNITS, LEAST_PEOPLE).labels(len(order))

    figures |= _steady("ours", ours_again, count, runs)
    long = round(float(np.mean([len(topic) for topic in ours])))
    for name in ("lda", "nmf"):
        topics, _ = _decomposed(name, words, len(themes), 0)
        figures |= _judged(name, [topic[:long] for topic in topics], words)

        def other_again(order: Any, seed: int, name: str = name) -> Labels:
            return _decomposed(name, [words[i] for i in order], len(themes), seed)[1]

        if others:
            figures |= _steady(name, other_again, count, runs)
    if others:
        topics, labels = _defaults(texts, vectors, 0)
        figures["defaults topics"] = float(len(topics))
        figures["defaults outliers"] = float((labels < 0).mean())
        if topics:
            figures |= _judged("defaults", topics, words)

        def defaults_again(order: Any, seed: int) -> Labels:
            return _defaults([texts[i] for i in order], vectors[order], seed)[1]

        figures |= _steady("defaults", defaults_again, count, runs)
    return figures


def _single(terms: Sequence[str]) -> list[str]:
    """Single words of terms, in order, each once."""
    from fgd.coding.terms import stem

    return list(dict.fromkeys(stem(word) for term in terms for word in term.split()))[:TOP]


def _steady(
    name: str, run: Callable[[Any, int], Labels], count: int, runs: int
) -> dict[str, float]:
    """Mean adjusted Rand index with the first result, over seeds and over shuffled orders."""
    straight = np.arange(count)
    first = run(straight, 0)
    seeds = [adjusted_rand_score(first, run(straight, seed)) for seed in range(1, runs + 1)]
    shuffles = []
    for seed in range(1, runs + 1):
        order = np.random.default_rng(seed).permutation(count)
        shuffles.append(adjusted_rand_score(first[order], run(order, 0)))
    return {
        f"{name} ARI over seeds": float(np.mean(seeds)),
        f"{name} ARI over shuffles": float(np.mean(shuffles)),
    }


def _decomposed(
    name: str, words: Sequence[Sequence[str]], count: int, seed: int
) -> tuple[Topics, Labels]:
    from sklearn.decomposition import NMF, LatentDirichletAllocation
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    kind = CountVectorizer if name == "lda" else TfidfVectorizer
    vectorizer = kind(analyzer=list)
    matrix = vectorizer.fit_transform(words)
    if name == "lda":
        model = LatentDirichletAllocation(count, random_state=seed)
    else:
        model = NMF(count, init="nndsvda", random_state=seed, max_iter=400)
    weights = model.fit_transform(matrix)
    known = vectorizer.get_feature_names_out()
    topics = [[str(known[i]) for i in row.argsort()[::-1][:TOP]] for row in model.components_]
    return topics, weights.argmax(axis=1)


def _defaults(texts: Sequence[str], vectors: Any, seed: int) -> tuple[Topics, Labels]:
    from bertopic import BERTopic
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    model = BERTopic(
        embedding_model=None,
        umap_model=UMAP(15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed),
        vectorizer_model=CountVectorizer(analyzer=lambda text: [
            term for term in spoken_terms(text, "en") if " " not in term
        ]),
    )  # fmt: skip
    labels, _ = model.fit_transform(list(texts), np.asarray(vectors))
    found = model.get_topics()
    topics = [[w for w, _ in found[n] if w][:TOP] for n in sorted(found) if n >= 0]
    return topics, np.asarray(labels)


def _judged(name: str, topics: Topics, words: Sequence[Sequence[str]]) -> dict[str, float]:
    """Coherence (c_v and NPMI) and diversity of the words of topics."""
    cv, npmi = coherence(topics, words)
    unique = len({word for topic in topics for word in topic}) / sum(map(len, topics))
    return {f"{name} c_v": cv, f"{name} NPMI": npmi, f"{name} diversity": unique}


def coherence(
    topics: Topics, words: Sequence[Sequence[str]], window: int = 110
) -> tuple[float, float]:
    """c_v and NPMI as Röder, Both and Hinneburg (2015) define them, means over topics.

    c_v: every word against all words of its topic, as vectors of NPMI from sliding windows of
    ``window`` words inside each document, compared by cosine. NPMI: the mean over pairs of words,
    from windows of 10.
    """
    cv = [np.mean([_cosine(row, table.sum(axis=0)) for row in table])
          for table in _tables(topics, words, window)]  # fmt: skip
    pairs = [table[np.triu_indices(len(table), 1)].mean() for table in _tables(topics, words, 10)]
    return float(np.mean(cv)), float(np.mean(pairs))


def _tables(topics: Topics, words: Sequence[Sequence[str]], window: int) -> list[Any]:
    """NPMI between the words of each topic, (n, n) per topic."""
    wanted = {word for topic in topics for word in topic}
    single: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    total = 0
    for each in words:
        for start in range(max(1, len(each) - window + 1)):
            seen = sorted(wanted.intersection(each[start : start + window]))
            total += 1
            single.update(seen)
            both.update((a, b) for i, a in enumerate(seen) for b in seen[i:])
    tables = []
    for topic in topics:
        table = np.zeros((len(topic), len(topic)))
        for i, a in enumerate(topic):
            for j, b in enumerate(topic):
                joint = both[min(a, b), max(a, b)] / total
                apart = (single[a] / total) * (single[b] / total)
                ratio = np.log((joint + EPS) / (apart + EPS))
                table[i, j] = ratio / -np.log(joint + EPS)
        tables.append(table)
    return tables


def _cosine(one: Any, other: Any) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length else 0.0


if __name__ == "__main__":
    main()
