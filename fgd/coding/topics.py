"""Describe all topics of a corpus with one BERTopic model, and choose the words of each.

The model (Grootendorst 2022, arXiv:2203.05794) is fitted in a process of its own, which is this
file run as a program, on our vectors and our topics; what it found is kept, so that the same texts
in the same topics are described once. The process reads ``Task`` after ``Task`` and answers each
with a ``Wording``, with questions for sentence vectors in between: frames of MessagePack with their
length in front. It ends when its input does. It is fresh and has one thread, so that optional
packages of BERTopic, which take longer to load than a session's themes, can be hidden from its
import without anybody else noticing; its progress bars go where nobody reads them.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import math
import os
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

import msgspec

from fgd.coding.terms import spoken_terms
from fgd.core.cache import Kept, installed, source
from fgd.core.embeddings import Embedder
from fgd.core.errors import BackendUnavailable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


TOGETHER = 0.5
"""How much it counts that a word is said in the same units as the words chosen before it."""

DAMPED = 3
"""The word at place n of a ranking has 1 / (this + n) votes."""


def wording(
    texts: Sequence[str],
    vectors: npt.NDArray[np.float32],
    topics: Sequence[int],
    embedder: Embedder,
    *,
    lang: str = "en",
    names: Collection[str] = (),
    classes: Sequence[str] = (),
    joined: Sequence[int] = (),
    kept: Kept | None = None,
) -> Wording:
    """Describe topics by their words, as a whole and by class, and how some belong together.

    Args:
        texts: documents.
        vectors: of the documents, (n, d).
        topics: number of the topic of each document, from 0, each number used.
        embedder: gives vectors of candidate words.
        lang: language of the documents.
        names: words (lower case) that describe nothing.
        classes: of each document, empty for none; none at all if not wanted.
        joined: topics whose hierarchy is wanted.
        kept: what was described before.

    Raises:
        BackendUnavailable: the process ended without an answer.
    """
    import msgspec

    task = Task(
        list(texts), vectors.tobytes(), list(topics), list(classes), list(joined), lang,
        sorted(names),
    )  # fmt: skip
    means = [installed(name) for name in ("bertopic", "scikit-learn", "numpy", "spacy")]
    data = hashlib.sha256(msgspec.msgpack.encode(task)).hexdigest()
    about = (source("fgd.coding"), means, embedder.id, embedder.version, data)
    made = (kept or Kept()).get(
        "topics", *about, make=lambda: msgspec.json.encode(_WORKER.fitted(task, embedder))
    )
    return msgspec.json.decode(made, type=Wording)


class _Worker:
    """The process that fits models: begun with the first task, kept for the next ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def fitted(self, task: Task, embedder: Embedder) -> Wording:
        """Have a model fitted, giving vectors of words as they are asked for."""
        with self._lock:
            try:
                return self._asked(self._running(), task, embedder)
            except (EOFError, BrokenPipeError) as problem:
                self._end()
                raise BackendUnavailable(
                    "the process that describes themes ended without an answer.",
                    remedy="Free some memory and run again; if it ends again, reinstall bertopic.",
                ) from problem
            except BaseException:
                self._end()  # in the middle of an answer: nobody could go on from there
                raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            quiet = {"TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore", "HF_HUB_OFFLINE": "1"}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fgd.coding.topics"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **quiet},
            )
            atexit.register(self._end)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()

    @staticmethod
    def _asked(process: subprocess.Popen[bytes], task: Task, embedder: Embedder) -> Wording:
        import msgspec

        assert process.stdin is not None and process.stdout is not None
        send(process.stdin, task)
        while True:
            answer = msgspec.msgpack.decode(receive(process.stdout), type=Answer)
            if answer.found is not None:
                return answer.found
            if answer.wrong:
                raise RuntimeError(answer.wrong)
            data = embedder.embed(answer.embed).tobytes()
            process.stdin.write(len(data).to_bytes(8, "little") + data)
            process.stdin.flush()


_WORKER = _Worker()


class Together:
    """How often words share a unit: normalised pointwise mutual information (Bouma 2009).

    Words of one unit that a person would expect to meet are what makes a list of words coherent
    (Röder, Both and Hinneburg 2015). ``units`` are the single words of each unit.
    """

    def __init__(self, units: Sequence[Iterable[str]]) -> None:
        self.total = len(units)
        self._units = units

    @cached_property
    def _where(self) -> dict[str, set[int]]:
        where: dict[str, set[int]] = {}
        for number, words in enumerate(self._units):
            for word in words:
                where.setdefault(word, set()).add(number)
        return where

    def __call__(self, one: str, other: str) -> float:
        """From -1 (never in one unit) over 0 (as chance has it) to 1 (never without the other)."""
        a, b = self._where.get(one, set()), self._where.get(other, set())
        both = len(a & b)
        if not both:
            return -1.0
        if both == self.total:
            return 1.0
        return math.log(both * self.total / (len(a) * len(b))) / -math.log(both / self.total)


def votes(rankings: Sequence[Sequence[str]]) -> dict[str, float]:
    """Sum up, for each word, how high the rankings place it."""
    found: dict[str, float] = {}
    for words in rankings:
        for place, word in enumerate(words):
            found[word] = found.get(word, 0.0) + 1 / (DAMPED + place)
    return found


def choose(worth: dict[str, float], together: Together, most: int) -> tuple[str, ...]:
    """Choose at most so many of the words, best first: worth by themselves and said together.

    Of two terms that share a word only the better one is taken.
    """
    best_worth = max(worth.values(), default=1.0)
    worth = {word: value / best_worth for word, value in worth.items()}
    left = sorted(worth, key=lambda word: (-worth[word], word))
    chosen: list[str] = []
    used: list[str] = []
    near = dict.fromkeys(left, 0.0)
    while left and len(chosen) < most:
        best = max(left, key=lambda word: _value(worth[word], near[word], len(used)))
        chosen.append(best)
        parts = best.split()
        used += parts
        left = [word for word in left if not set(parts) & set(word.split())]
        for word in left:
            own = word.split()
            near[word] += sum(together(a, b) for a in own for b in parts) / len(own)
    return tuple(chosen)


def _value(worth: float, near: float, others: int) -> float:
    """The worth of a word; ``near`` is the sum of what it has in common with ``others`` words."""
    return (1 - TOGETHER) * worth + TOGETHER * near / others if others else worth


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
    """What the process says: texts whose vectors it needs, what it found, or what went wrong."""

    embed: list[str] = []
    found: Wording | None = None
    wrong: str = ""


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
    # In a process of its own with one thread nobody else's imports change.
    modules: dict[str, Any] = sys.modules
    for name in UNUSED if threading.active_count() == 1 else ():
        modules.setdefault(name, None)  # Python's word for: absent

    def embed(texts: Sequence[str]) -> Any:
        import numpy as np

        send(told, Answer(embed=list(texts)))
        return np.frombuffer(receive(asked), dtype=np.float32).reshape(len(texts), -1)

    while True:
        try:
            task = msgspec.msgpack.decode(receive(asked), type=Task)
        except EOFError:
            return
        try:
            found = fit(task, embed)
        except Exception:
            send(told, Answer(wrong=traceback.format_exc(limit=20)))
        else:
            send(told, Answer(found=found))


def fit(task: Task, embed: Any) -> Wording:
    """Describe the topics of a task with one model; ``embed`` gives (n, d) vectors of texts.

    This is BERTopic's manual mode: neither dimensions nor clusters are looked for.
    """
    import numpy as np

    said = [spoken_terms(text, task.language, frozenset(task.names)) for text in task.texts]
    if len(vocabulary := {term for terms in said for term in terms}) < 2:
        return _few(task, vocabulary, said)
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


def _few(task: Task, vocabulary: Collection[str], said: Sequence[Sequence[str]]) -> Wording:
    """Describe topics that have one word between them, or none: BERTopic cannot weigh those."""
    having = {topic for topic, terms in zip(task.topics, said, strict=True) if terms}
    word = tuple(vocabulary)
    rankings = tuple((word if n in having else (),) * 3 for n in sorted(set(task.topics)))
    return Wording(rankings, tuple(() for _ in rankings))


def _by_class(
    model: Any, task: Task, ordered: Sequence[int]
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]:
    """Tell how each class speaks of each topic."""
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
    """Return the hierarchy of the topics for which it is wanted, in our numbers."""
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
