"""Describe all topics of a corpus with one BERTopic model, and choose the words of each.

The model is fitted in a process of its own (``topic_worker``) on our vectors and our topics; what
it found is kept, so that the same texts in the same topics are described once.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import math
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from fgd.coding.topic_worker import Answer, Task, Wording, receive, send
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
                [sys.executable, "-m", "fgd.coding.topic_worker"],
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
