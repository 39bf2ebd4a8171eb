"""Fit one BERTopic model (Grootendorst 2022, arXiv:2203.05794) in a process of its own.

The process reads ``Task`` after ``Task`` and answers each with a ``Wording``, with questions for
sentence vectors in between: frames of MessagePack with their length in front. It ends when its
input does. It is fresh and has one thread, so that optional packages of BERTopic, which take longer
to load than a session's themes, can be hidden from its import without anybody else noticing; its
progress bars go where nobody reads them.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from typing import IO, Any

import msgspec

from fgd.coding.terms import spoken_terms

CANDIDATES = 40
"""How many words of each ranking there are to choose from."""

LEAST_JOINED = 3
"""Fewer topics have no hierarchy."""

UNUSED = ("umap", "hdbscan", "plotly", "sentence_transformers", "transformers")
"""What BERTopic imports if it is there and can do without."""


class Task(msgspec.Struct):
    """Documents with their vectors (n, d; float32 bytes), topics, and classes to cross them with.

    ``topics`` number the topic of each document from 0; ``joined`` are those whose hierarchy is
    wanted; ``names`` (lower case) describe nothing.
    """

    texts: list[str]
    vectors: bytes
    topics: list[int]
    classes: list[str]
    joined: list[int]
    language: str
    names: list[str]


class Join(msgspec.Struct, frozen=True):
    """Topics, by number, that belong together before others do, and the words they share."""

    topics: tuple[int, ...]
    words: tuple[str, ...]
    distance: float


class Wording(msgspec.Struct, frozen=True):
    """What BERTopic says of topics: rankings of words for each, by class, and their hierarchy.

    ``rankings`` of a topic are its words, best first, by class-based TF-IDF, by KeyBERT and by
    maximal marginal relevance; ``by_class`` gives, per topic, each class with its words; ``joins``
    go from the nearest topics to all of them.
    """

    rankings: tuple[tuple[tuple[str, ...], ...], ...] = ()
    by_class: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()
    joins: tuple[Join, ...] = ()


class Answer(msgspec.Struct):
    """What the process says: texts whose vectors it needs, or what it found."""

    embed: list[str] = []
    found: Wording | None = None


def send(stream: IO[bytes], value: object) -> None:
    """Write one frame."""
    data = msgspec.msgpack.encode(value)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes:
    """Read one frame. Raises ``EOFError`` if the other side is gone."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (size,) = struct.unpack("<Q", head)
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def main() -> None:
    """Answer tasks until there are no more."""
    asked, told = sys.stdin.buffer, sys.stdout.buffer

    def embed(texts: Sequence[str]) -> Any:
        import numpy as np

        send(told, Answer(embed=list(texts)))
        return np.frombuffer(receive(asked), dtype=np.float32).reshape(len(texts), -1)

    while True:
        try:
            task = msgspec.msgpack.decode(receive(asked), type=Task)
        except EOFError:
            return
        send(told, Answer(found=fit(task, embed)))


def fit(task: Task, embed: Any) -> Wording:
    """Describe the topics of a task with one model; ``embed`` gives (n, d) vectors of texts.

    This is BERTopic's manual mode: neither dimensions nor clusters are looked for.
    """
    import numpy as np

    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type] # Python's word for: absent
    import bertopic
    from bertopic import representation
    from bertopic.backend import BaseEmbedder
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    class Ours(BaseEmbedder):  # type: ignore[misc] # bertopic has no types
        def embed(self, documents: Any, verbose: bool = False) -> Any:  # noqa: ARG002 - its protocol
            return embed([str(each) for each in documents])

    def analyse(text: str) -> list[str]:
        return spoken_terms(text, task.language, frozenset(task.names))

    model = bertopic.BERTopic(
        embedding_model=Ours(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(analyzer=analyse, lowercase=False),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        representation_model={
            "KeyBERT": representation.KeyBERTInspired(top_n_words=CANDIDATES),
            "MMR": representation.MaximalMarginalRelevance(0.3, top_n_words=CANDIDATES),
        },
        top_n_words=CANDIDATES,
    )
    vectors = np.frombuffer(task.vectors, dtype=np.float32).reshape(len(task.texts), -1)
    model.fit(task.texts, embeddings=vectors, y=task.topics)
    topic_of = dict(zip(task.topics, model.topics_, strict=True))  # BERTopic numbers by size
    ordered = [topic_of[number] for number in sorted(topic_of)]
    aspects = model.topic_aspects_
    rankings = tuple(
        tuple(
            tuple(word for word, _ in words or () if word)
            for words in (model.get_topic(topic), aspects["KeyBERT"][topic], aspects["MMR"][topic])
        )
        for topic in ordered
    )
    return Wording(rankings, _by_class(model, task, ordered), _joins(model, task, topic_of))


def _by_class(
    model: Any, task: Task, ordered: Sequence[int]
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]:
    """How each class speaks of each topic."""
    if len(set(task.classes)) < 2:
        return tuple(() for _ in ordered)
    table = model.topics_per_class(task.texts, classes=task.classes)
    found: dict[int, list[tuple[str, tuple[str, ...]]]] = {}
    for row in table.sort_values(["Topic", "Class"]).itertuples():
        words = tuple(word for word in str(row.Words).split(", ") if word)
        if row.Class and words:
            found.setdefault(int(row.Topic), []).append((str(row.Class), words))
    return tuple(tuple(found.get(topic, ())) for topic in ordered)


def _joins(model: Any, task: Task, topic_of: dict[int, int]) -> tuple[Join, ...]:
    """The hierarchy of the topics for which it is wanted, in our numbers."""
    if len(task.joined) < LEAST_JOINED:
        return ()
    wanted = {topic_of[number]: number for number in task.joined}
    table = model.hierarchical_topics(
        task.texts, use_ctfidf=False, distance_function=_cosine_distances
    )
    joins: dict[tuple[int, ...], Join] = {}
    for row in table.sort_values("Distance", kind="stable").itertuples():
        members = tuple(sorted(wanted[t] for t in map(int, row.Topics) if t in wanted))
        if len(members) > 1 and members not in joins:
            words = tuple(word for word in str(row.Parent_Name).split("_") if word)
            joins[members] = Join(members, words, round(float(row.Distance), 3))
    return tuple(sorted(joins.values(), key=lambda join: (join.distance, join.topics)))


def _cosine_distances(vectors: Any) -> Any:
    """(n, n) distances; rounding puts those of like vectors a little below zero otherwise."""
    from sklearn.metrics.pairwise import cosine_distances

    return cosine_distances(vectors)


if __name__ == "__main__":
    main()
