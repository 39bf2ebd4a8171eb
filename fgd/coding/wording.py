"""The words of clusters, by BERTopic (Grootendorst 2022, arXiv:2203.05794).

It gets our vectors and our clusters, and is loaded only for clusters not described before.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fgd.coding.typical import spoken_terms
from fgd.core.cache import Kept, installed, source
from fgd.core.embeddings import Embedder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CANDIDATES = 40
"""How many words of each ranking there are to choose from."""

LEAST_JOINED = 3
"""Fewer clusters have no hierarchy."""


@dataclass(frozen=True, slots=True)
class Join:
    """Clusters, by number, that belong together before others do, and the words they share."""

    clusters: tuple[int, ...]
    words: tuple[str, ...]
    distance: float


@dataclass(frozen=True, slots=True)
class Wording:
    """What BERTopic says of clusters: rankings of words for each, and their hierarchy.

    ``rankings`` of a cluster are its words, best first, by class-based TF-IDF, by KeyBERT and by
    variety; ``joins`` go from the nearest clusters to all of them.
    """

    rankings: tuple[tuple[tuple[str, ...], ...], ...] = ()
    joins: tuple[Join, ...] = ()


def wording(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32],
    labels: Sequence[int],
    embedder: Embedder,
    lang: str,
    names: Collection[str],
    kept: Kept,
) -> Wording:
    """The words of clusters and how the clusters belong together.

    ``labels`` number the clusters from 0; see ``fitted``. The same texts in the same clusters are
    described once.
    """
    import msgspec

    def make() -> bytes:
        model, topics = fitted(texts, vectors, labels, embedder, lang, names)
        aspects = model.topic_aspects_
        rankings = tuple(
            tuple(
                tuple(word for word, _ in words or () if word)
                for words in (model.get_topic(topic), aspects["KeyBERT"][topic],
                              aspects["MMR"][topic])
            )
            for _, topic in sorted(topics.items())
        )  # fmt: skip
        return msgspec.json.encode(Wording(rankings, _joins(model, texts, topics)))

    means = [installed(name) for name in ("bertopic", "scikit-learn", "numpy", "spacy")]
    data = hashlib.sha256(vectors.tobytes()).hexdigest()
    asked = (list(texts), data, list(labels), lang, sorted(names))
    about = (source("fgd.coding"), means, embedder.id, embedder.version)
    return msgspec.json.decode(kept.get("words", *about, *asked, make=make), type=Wording)


def fitted(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32],
    labels: Sequence[int],
    embedder: Embedder,
    lang: str = "en",
    names: Collection[str] = (),
) -> tuple[Any, dict[int, int]]:
    """A BERTopic model of texts whose clusters are known, and the topic of each cluster.

    This is BERTopic's manual mode: neither dimensions nor clusters are looked for, ``labels`` are
    the cluster of each text. Words of ``names`` (lower case) describe nothing. BERTopic numbers
    its topics by size.
    """
    bertopic, representation, base = _bertopic()
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    class Ours(base):  # type: ignore[misc, valid-type] # known when BERTopic is
        def embed(self, documents: Any, verbose: bool = False) -> Any:  # noqa: ARG002 - as the protocol has it
            return embedder.embed([str(each) for each in documents])

    def analyse(text: str) -> list[str]:
        return spoken_terms(text, lang, names)

    model = bertopic.BERTopic(
        embedding_model=Ours(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(analyzer=analyse, lowercase=False),
        ctfidf_model=ClassTfidfTransformer(),
        representation_model={
            "KeyBERT": representation.KeyBERTInspired(top_n_words=CANDIDATES),
            "MMR": representation.MaximalMarginalRelevance(0.3, top_n_words=CANDIDATES),
        },
        top_n_words=CANDIDATES,
    )
    model.fit(list(texts), embeddings=vectors, y=list(labels))
    return model, dict(zip(labels, model.topics_, strict=True))


def _joins(model: Any, texts: Sequence[str], topics: Mapping[int, int]) -> tuple[Join, ...]:
    """The hierarchy of a fitted model, in our numbers of the clusters."""
    if len(topics) < LEAST_JOINED:
        return ()
    number = {topic: label for label, topic in topics.items()}
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        table = model.hierarchical_topics(list(texts), use_ctfidf=False)
    found = [
        Join(
            tuple(sorted(number[int(topic)] for topic in row.Topics)),
            tuple(word for word in str(row.Parent_Name).split("_") if word),
            round(float(row.Distance), 3),
        )
        for row in table.itertuples()
    ]
    return tuple(sorted(found, key=lambda join: (join.distance, join.clusters)))


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Hide optional packages from an import that can do without them.

    BERTopic asks for UMAP, HDBSCAN, plotly and sentence-transformers and works without; loading
    them takes longer than a session's themes.
    """
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment] # Python's way to say: absent
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def _bertopic() -> tuple[Any, Any, Any]:
    with _without("umap", "hdbscan", "plotly", "sentence_transformers", "transformers"):
        import bertopic
        from bertopic import representation
        from bertopic.backend import BaseEmbedder
    return bertopic, representation, BaseEmbedder
