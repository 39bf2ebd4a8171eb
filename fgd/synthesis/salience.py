"""How much an utterance is worth keeping, and what can be measured about it that tells so.

Nothing here knows the subject of a discussion: length, pace and hesitation, what the sentence is
like (claim, proposal, finding, small talk), how it sits in its discussion. The measures are those
that summarisation of meetings has long used (Murray, Renals and Carletta 2005; Riedhammer,
Favre and Hakkani-Tur 2010), with sentence vectors in the place of word overlap. A logistic model
weighs them; ``salience.toml`` was fitted by ``python -m benchmarks.extraction --fit`` to what human
annotators kept of AMI and ICSI meetings as real recognisers heard them.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeAlias

from fgd.core.embeddings import Embedder, unit_rows
from fgd.core.nlp import sentences, stop_words
from fgd.model import Turn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[np.float64]
    from fgd.synthesis.material import Material, Passage


_MARKS = re.compile(r"\{[^}]*\}")
_WORD = re.compile(r"[^\W_][\w'\u2019-]*")
_ASKS = re.compile(
    r"(?:do|does|did|is|are|what|how|why|where|when|who|can|could|would|should|so what)\b|.*\?",
    re.IGNORECASE | re.DOTALL,
)
_JOINS = re.compile(r"(?:and|but|so|because|or|which|that|then)\b", re.IGNORECASE)
_HANGS = re.compile(
    r".*\b(?:and|but|so|because|or|the|a|to|of|in|that|is|i|you|we|it)\W*$", re.I | re.S
)
PACE = 2.5
"""Words a second where a source has no times."""

SHORT = 5
"""Utterances of fewer words are not compared with others."""

FEATURES = (
    "length", "new words", "content words", "rarity", "hesitation", "repetition", "pace",
    "duration", "monologue", "words around", "words near", "centre", "nearest", "all others",
    "same minute", "place", "opening", "closing", "share of talk", "talks most", "run",
    "run before", "run after", "joins", "hangs", "asks",
)  # fmt: skip


NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """What one language has to say; patterns match nowhere in a language nobody described.

    ``courtesy`` and ``hollow`` match at the beginning of a sentence, the others anywhere.
    ``kinds`` are example sentences by kind, ``cues`` patterns by kind.
    """

    courtesy: re.Pattern[str] = NEVER
    hollow: re.Pattern[str] = NEVER
    claim: re.Pattern[str] = NEVER
    decision: re.Pattern[str] = NEVER
    filler: re.Pattern[str] = NEVER
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cues: Mapping[str, re.Pattern[str]] = field(default_factory=dict)


@cache
def phrases(lang: str = "en") -> Phrases:
    """Return the phrases of a language (ISO 639-1)."""
    source = files("fgd.synthesis").joinpath("phrases.toml").read_text(encoding="utf-8")
    table = tomllib.loads(source).get(lang)
    if table is None:
        return Phrases()
    kinds = {kind: tuple(said) for kind, said in table.pop("kinds").items()}
    cues = {kind: _any(words) for kind, words in table.pop("cues").items()}
    patterns = {name: _any(words) for name, words in table.items()}
    return Phrases(**patterns, kinds=kinds, cues=cues)


def _any(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the expressions, as whole words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something said without a break; times in milliseconds, both 0 where a source has none."""

    text: str
    speaker: str
    start: int = 0
    end: int = 0


def plain(text: str) -> str:
    """Text without marks of sounds such as ``{laughter}``, white space single."""
    return " ".join(_MARKS.sub(" ", text).split())


def names(phrases: Phrases) -> tuple[str, ...]:
    """Tell what the columns of ``measure`` are called."""
    kinds = tuple(f"like: {kind}" for kind in phrases.kinds)
    return (*FEATURES, *(f"cue: {cue}" for cue in phrases.cues), *kinds)


def measure(
    said: Sequence[Utterance],
    vectors: npt.NDArray[np.float32],
    phrases: Phrases,
    embedder: Embedder,
    stop: frozenset[str],
) -> Array:
    """One row per utterance, one column per name: (n, f). ``vectors`` (n, d) are unit vectors."""
    import numpy as np

    if not said:
        return np.zeros((0, len(names(phrases))))
    room = _Room(said, vectors, phrases, stop)
    columns = [*room.words(), *room.surroundings(), *room.likeness(), *room.places(), *room.shape()]
    texts = [plain(each.text).lower() for each in said]
    columns += [
        np.array([min(len(cue.findall(text)), 3) for text in texts], float)
        for cue in phrases.cues.values()
    ]
    for examples in phrases.kinds.values():
        near = np.sort(vectors @ embedder.embed(examples).T, axis=1)[:, -2:]
        columns.append(near.mean(axis=1))
    return np.stack(columns, axis=1)


class _Room:
    """The utterances of a discussion and everything that has to be known of all of them."""

    def __init__(
        self,
        said: Sequence[Utterance],
        vectors: npt.NDArray[np.float32],
        phrases: Phrases,
        stop: frozenset[str],
    ) -> None:
        import numpy as np

        self.said, self.vectors, self.phrases = said, vectors, phrases
        self.texts = [plain(each.text).lower() for each in said]
        self.tokens = [_WORD.findall(text) for text in self.texts]
        self.content = [{w for w in t if w not in stop and len(w) > 2} for t in self.tokens]
        self.sizes = np.array([len(text.split()) for text in self.texts], float)
        self.start, self.end = _clock(said, self.sizes)
        self.middle = (self.start + self.end) / 2
        self.speaker = np.array([each.speaker for each in said])

    def words(self) -> list[Array]:
        import numpy as np

        seen = Counter(word for words in self.content for word in words)
        rarity = {word: math.log(len(self.said) / count) for word, count in seen.items()}
        filler = self.phrases.filler
        new = [len(t) - self._repeated(n) for n, t in enumerate(self.tokens)]
        length = np.array([len(t) for t in self.tokens], float)
        duration = np.maximum(self.end - self.start, 0.2)
        return [
            np.log1p(length),
            np.log1p(np.maximum(new, 0)),
            np.log1p([len(words) for words in self.content]),
            np.array([_mean([rarity[w] for w in words]) / 5 for words in self.content]),
            np.array([_mean([bool(filler.fullmatch(w)) for w in t]) for t in self.tokens]),
            np.array([1 - len(set(t)) / max(len(t), 1) for t in self.tokens]),
            length / duration / 3,
            np.log1p(duration),
        ]

    def _repeated(self, number: int) -> int:
        """How many first words only repeat the end of an utterance before (recognisers do that)."""
        mine, most = self.tokens[number], 0
        for other in self.tokens[max(0, number - 3) : number]:
            for size in range(min(len(mine), len(other), 12), most, -1):
                if mine[:size] == other[-size:]:
                    most = size
                    break
        return most

    def surroundings(self) -> list[Array]:
        """Who speaks around: the speaker's share of a minute, and how long others' turns are."""
        import numpy as np

        far = np.abs(self.middle[:, None] - self.middle[None])
        alone = ~np.eye(len(self.said), dtype=bool)
        minute, quarter = (far < 60) & alone, (far < 15) & alone
        same = self.speaker[:, None] == self.speaker[None]
        own = (minute & same) @ self.sizes + self.sizes
        return [
            own / np.maximum(minute @ self.sizes + self.sizes, 1),
            np.log1p(minute @ self.sizes / np.maximum(minute.sum(1), 1)),
            np.log1p(quarter @ self.sizes / np.maximum(quarter.sum(1), 1)),
        ]

    def likeness(self) -> list[Array]:
        """Tell how near an utterance is to all, to its nearest, and to its own minute."""
        import numpy as np

        centre = unit_rows((self.vectors * self.sizes[:, None]).sum(0))
        real = self.sizes >= SHORT
        alike = (self.vectors @ self.vectors.T).astype(float)
        real_alike = alike[:, real] if real.any() else np.zeros((len(self.said), 1))
        near = (np.abs(self.middle[:, None] - self.middle[None]) < 60) & real[None]
        np.fill_diagonal(near, False)
        return [
            (self.vectors @ centre).astype(float),
            np.sort(real_alike, axis=1)[:, -20:].mean(axis=1),
            real_alike.mean(axis=1),
            (alike * near).sum(1) / np.maximum(near.sum(1), 1),
        ]

    def places(self) -> list[Array]:
        """Where in the discussion it stands, and how much its speaker says in all."""
        import numpy as np

        place = self.middle / max(float(self.end.max()), 1e-9)
        talk = {who: float(self.sizes[self.speaker == who].sum()) for who in set(self.speaker)}
        share = np.array([talk[who] for who in self.speaker]) / max(float(self.sizes.sum()), 1)
        most = max(talk.values())
        return [
            place,
            np.exp(-place / 0.05),
            np.exp(-(1 - place) / 0.05),
            share,
            np.array([float(talk[who] == most) for who in self.speaker]),
        ]

    def shape(self) -> list[Array]:
        """Its place in its speaker's run of talk, and whether it is a part of a sentence."""
        import numpy as np

        run = np.zeros(len(self.said), dtype=np.int64)
        last: dict[str, int] = {}
        for number, who in enumerate(self.speaker):
            before = last.get(who)
            joined = before is not None and self.start[number] - self.end[before] < 2
            run[number] = run[before] if joined and before is not None else number
            last[who] = number
        total = np.bincount(run, self.sizes, len(self.said))[run]
        before_it = np.zeros(len(self.said))
        so_far: Counter[int] = Counter()
        for number, key in enumerate(run.tolist()):
            before_it[number] = so_far[key]
            so_far[key] += int(self.sizes[number])
        return [
            np.log1p(total),
            np.log1p(before_it),
            np.log1p(np.maximum(total - before_it - self.sizes, 0)),
            self._matching(_JOINS.match),
            self._matching(_HANGS.match),
            self._matching(_ASKS.match),
        ]

    def _matching(self, match: Callable[[str], object]) -> Array:
        import numpy as np

        return np.array([float(bool(match(text))) for text in self.texts])


def _clock(said: Sequence[Utterance], sizes: Array) -> tuple[Array, Array]:
    """Start and end in seconds; spoken at an even pace where a source has no times."""
    import numpy as np

    if any(each.end > each.start for each in said):
        return (
            np.array([each.start / 1000 for each in said]),
            np.array([each.end / 1000 for each in said]),
        )
    ends = np.cumsum(sizes) / PACE
    return ends - sizes / PACE, ends


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


LEAST = 4
"""Utterances of fewer words are worth nothing by themselves."""


UNCLEAR = 2.0
"""What a quote loses in worth when none of its words is sure."""

SHORTEST, LONGEST = 6, 55
"""Words a quote should have at least and may have at most (unless a sentence is longer)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: for each feature its mean, its deviation and its weight, by name."""

    bias: float
    features: dict[str, tuple[float, float, float]]

    def __call__(self, columns: Sequence[str], rows: Array) -> Array:
        """Chances (n,) for rows of features (n, f) named by ``columns``; unknown ones count 0."""
        import numpy as np

        known = [self.features.get(column, (0.0, 1.0, 0.0)) for column in columns]
        mean, deviation, weight = (np.array(each) for each in zip(*known, strict=True))
        logits = ((rows - mean) / deviation) @ weight + self.bias
        chances: Array = 1 / (1 + np.exp(-logits))
        return chances


@cache
def shipped() -> Weights:
    """Return the weights of ``salience.toml``."""
    source = files("fgd.synthesis").joinpath("salience.toml").read_text(encoding="utf-8")
    table = tomllib.loads(source)
    return Weights(table["bias"], {name: tuple(row) for name, row in table["features"].items()})


def salience(
    said: Sequence[Utterance],
    embedder: Embedder,
    *,
    lang: str = "en",
    weights: Weights | None = None,
) -> tuple[Array, npt.NDArray[np.float32]]:
    """The chance of each utterance to be kept (n,), and the vectors it was judged by (n, d)."""
    import numpy as np

    vectors = embedder.embed([plain(each.text) or "." for each in said])
    known = phrases(lang)
    rows = measure(said, vectors, known, embedder, stop_words(lang))
    if not len(rows):
        return np.zeros(0), vectors
    worth = (weights or shipped())(names(known), rows)
    short = np.array([len(plain(each.text).split()) < LEAST for each in said])
    return np.where(short, 0.0, worth), vectors


class Salience:
    """The worth and the vector of every passage of a session."""

    def __init__(self, material: Material, embedder: Embedder) -> None:
        self._embedder = embedder
        untimed = material.untimed
        said = [
            Utterance(
                each.text,
                each.person.key,
                *((0, 0) if each.turn.recording in untimed else _times(each)),
            )
            for each in material.passages
        ]
        self._worth, self._vectors = salience(said, embedder, lang=material.language)
        self._place = {
            (each.turn.id, each.start): number for number, each in enumerate(material.passages)
        }

    @classmethod
    def over(cls, materials: Sequence[Material], whole: Material, embedder: Embedder) -> Salience:
        """The worth that passages have in their own sessions, to be asked for in all of them."""
        import numpy as np

        own = [cls(each, embedder) for each in materials]
        joined = cls.__new__(cls)
        joined._embedder = embedder
        found = {key: (each, row) for each in own for key, row in each._place.items()}
        keys = [(each.turn.id, each.start) for each in whole.passages]
        joined._place = {key: number for number, key in enumerate(keys)}
        joined._worth = np.array([found[key][0]._worth[found[key][1]] for key in keys])
        width = max((each._vectors.shape[1] for each in own if each._vectors.size), default=1)
        rows = [found[key][0]._vectors[found[key][1]] for key in keys]
        joined._vectors = np.stack(rows) if rows else np.zeros((0, width), np.float32)
        return joined

    def __getitem__(self, passage: Passage) -> float:
        return float(self._worth[self._place[passage.turn.id, passage.start]])

    def vectors(self, passages: Sequence[Passage]) -> npt.NDArray[np.float32]:
        """Return the unit vectors of passages, row by row: (n, d)."""
        return self._vectors[[self._place[each.turn.id, each.start] for each in passages]]

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors of other texts, row by row: (n, d)."""
        return self._embedder.embed([plain(text) for text in texts])


def _times(passage: Passage) -> tuple[int, int]:
    """When it was said, its share of the turn taken by characters."""
    span, length = passage.turn.span, max(len(passage.turn.text), 1)
    start = span.start + span.duration * passage.start // length
    return start, span.start + span.duration * passage.end // length


@cache
def runs(
    text: str, lang: str, names: re.Pattern[str] = NEVER
) -> tuple[tuple[int, int, float], ...]:
    """Runs of whole sentences ``(start, end, worth)`` of a text, best first.

    ``worth`` grows with the share of sentences that claim something and falls for runs that are
    too short, too long, that begin with a courtesy or an announcement, or in which somebody
    names a participant or an institution (``names``): such words have to be withheld later.
    """
    cuts, said = sentences(text, lang), phrases(lang)
    found: list[tuple[int, int, float]] = []
    for first in range(len(cuts)):
        for last in range(first, min(first + 3, len(cuts))):
            start, end = cuts[first][0], cuts[last][1]
            run = [text[a:b] for a, b in cuts[first : last + 1]]
            found.append((start, end, _worth(run, said, names)))
    return tuple(sorted(found, key=lambda run: (-run[2], run[0], run[1])))


def _worth(run: list[str], said: Phrases, names: re.Pattern[str]) -> float:
    """Between about -2 and 2."""
    words = sum(len(sentence.split()) for sentence in run)
    claims = sum(1 for sentence in run if said.claim.search(sentence))
    hollow = sum(1 for sentence in run if is_hollow(sentence, said))
    named = sum(1 for sentence in run if names.search(sentence))
    worth = claims / len(run) + 0.3 * min(claims, 2) - 0.6 * hollow - 0.5 * named
    worth += min(words, 30) / 60
    if words < SHORTEST:
        worth -= 1.5
    if words > LONGEST:
        worth -= (words - LONGEST) / 20
    if re.match(r"(?:and|but|so|or|because|which|that is)\b", run[0], re.I):
        worth -= 0.1
    return worth


def is_hollow(sentence: str, said: Phrases) -> bool:
    """Whether a sentence is a courtesy or announces another one instead of saying something."""
    if len(sentence.split()) >= 2 * SHORTEST:
        return False
    return bool(said.courtesy.match(sentence) or said.hollow.match(sentence))


def clarity(turn: Turn, start: int, end: int) -> float:
    """Tell how sure the recogniser was of characters ``start``..``end`` of a turn, 0 to 1.

    The mean over words; those of an imported transcript or a correction are sure.
    """
    raw = "".join(word.text for word in turn.words)
    at = -(len(raw) - len(raw.lstrip()))
    sure: list[float] = []
    for word in turn.words:
        begins, at = at, at + len(word.text)
        if begins < end and at > start:
            sure.append(word.confidence)
    return sum(sure) / len(sure) if sure else 1.0


def best(passage: Passage, lang: str, names: re.Pattern[str] = NEVER) -> tuple[int, int]:
    """Return the run of the passage most worth quoting, as offsets into the turn's text.

    Of runs that say as much, the one that was heard more clearly.
    """
    found = runs(passage.text, lang, names)
    if not found:
        return passage.start, passage.end
    places = [(passage.start + start, passage.start + end, worth) for start, end, worth in found]
    start, end, _ = max(
        places, key=lambda run: run[2] - UNCLEAR * (1 - clarity(passage.turn, run[0], run[1]))
    )
    return start, end


@dataclass(frozen=True, slots=True)
class Taste:
    """How much difference and coverage count against worth, which is between 0 and 1."""

    likeness: float = 0.3
    facet: float = 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be chosen: what it is worth, what it costs, which facets it shows."""

    worth: float
    cost: float = 1.0
    facets: tuple[str, ...] = ()


def choose(
    candidates: Sequence[Candidate],
    vectors: npt.NDArray[np.float32],
    budget: float,
    taste: Taste = Taste(),
) -> tuple[int, ...]:
    """Choose candidates, the best first, whose costs stay within ``budget``; their numbers.

    Worth plus coverage of facets that nothing chosen shows yet, minus likeness to what was chosen
    (maximal marginal relevance, Carbonell and Goldstein 1998), chosen greedily, as is usual for
    monotone submodular gains (Lin and Bilmes 2011).

    ``vectors`` (n, d) are unit vectors, row by row for the candidates.
    """
    import numpy as np

    count = len(candidates)
    alike = np.zeros(count)
    seen: Counter[str] = Counter()
    chosen: list[int] = []
    left = budget
    open_ = [number for number in range(count) if candidates[number].cost > 0]
    while open_:
        gains = [
            (
                candidates[number].worth
                + taste.facet * sum(1 / (1 + seen[each]) for each in candidates[number].facets)
                - taste.likeness * float(alike[number]),
                -number,
            )
            for number in open_
        ]
        number = -max(gains)[1]
        open_.remove(number)
        if candidates[number].cost > left:
            continue
        chosen.append(number)
        left -= candidates[number].cost
        seen.update(candidates[number].facets)
        alike = np.maximum(alike, vectors @ vectors[number])
        open_ = [each for each in open_ if candidates[each].cost <= left]
    return tuple(chosen)
