"""The words of clusters, by BERTopic (Grootendorst 2022, arXiv:2203.05794).

It gets our vectors and our clusters, and is loaded only for clusters not described before.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fgd.embedding import Embedder
from fgd.kept import Kept, installed, source
from fgd.themes.typical import spoken_terms

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CANDIDATES = 40
"""How many words of each ranking there are to choose from."""


def ranked_words(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32],
    labels: Sequence[int],
    embedder: Embedder,
    lang: str,
    names: Collection[str],
    kept: Kept,
) -> list[list[list[str]]]:
    """For each cluster its words, best first, by class-based TF-IDF, by KeyBERT and by variety.

    ``labels`` number the clusters from 0; see ``fitted``. The same texts in the same clusters are
    described once.
    """

    def make() -> bytes:
        model, topics = fitted(texts, vectors, labels, embedder, lang, names)
        aspects = model.topic_aspects_
        told = [
            [
                [word for word, _ in words or ()]
                for words in (model.get_topic(topic), aspects["KeyBERT"][topic],
                              aspects["MMR"][topic])
            ]
            for _, topic in sorted(topics.items())
        ]  # fmt: skip
        return json.dumps(told).encode()

    means = [installed(name) for name in ("bertopic", "scikit-learn", "numpy", "spacy")]
    data = hashlib.sha256(vectors.tobytes()).hexdigest()
    asked = (list(texts), data, list(labels), lang, sorted(names))
    about = (source("fgd.themes"), means, embedder.id, embedder.version)
    found: list[list[list[str]]] = json.loads(kept.get("words", *about, *asked, make=make))
    return found


def fitted(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32],
    labels: Sequence[int],
    embedder: Embedder,
    lang: str = "en",
    names: Collection[str] = (),
) -> tuple[Any, dict[int, int]]:
    """A BERTopic model of texts whose clusters are known, and the topic of each cluster.

    ``labels`` are the cluster of each text; words of ``names`` (lower case) describe nothing.
    BERTopic numbers its topics by size.
    """
    bertopic, representation, base = _bertopic()
    from sklearn.feature_extraction.text import CountVectorizer

    class Ours(base):  # type: ignore[misc, valid-type]
        def embed(self, documents: Any, verbose: bool = False) -> Any:  # noqa: ARG002
            return embedder.embed([str(each) for each in documents])

    def analyse(text: str) -> list[str]:
        return spoken_terms(text, lang, names)

    class Given:
        """The clusters as BERTopic wants them: a clusterer that has decided already."""

        labels_ = labels

        def fit(self, *_: Any) -> Any:
            return self

        def predict(self, *_: Any) -> Any:
            return labels

    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer

    model = bertopic.BERTopic(
        embedding_model=Ours(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=Given(),
        vectorizer_model=CountVectorizer(analyzer=analyse, lowercase=False),
        ctfidf_model=ClassTfidfTransformer(),
        representation_model={
            "KeyBERT": representation.KeyBERTInspired(top_n_words=CANDIDATES),
            "MMR": representation.MaximalMarginalRelevance(0.3, top_n_words=CANDIDATES),
        },
        top_n_words=CANDIDATES,
    )
    model.fit(list(texts), embeddings=vectors)
    return model, dict(zip(labels, model.topics_, strict=True))


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Hide optional packages from an import that can do without them.

    BERTopic asks for UMAP, HDBSCAN, plotly and sentence-transformers and works without; loading
    them takes longer than a session's themes.
    """
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
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
