"""Give each turn to a part of the guide, and tell what became of each part.

The talk is cut into stretches by dynamic programming, each given to one section. The sections first
come up in order; one may be skipped, and a later stretch may return to an earlier one, both at a
price. The score of a cut is the sum over its stretches of: how much the words in it are about the
section, how alike they are among themselves, whether a section's question is put where it starts,
and how usual its length is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.coding.talk import Read, Talk, cumulated
from fgd.coding.terms import LEFT_OUT, steers
from fgd.core.embeddings import Embedder, unit_rows
from fgd.core.nlp import sentences
from fgd.core.text import NAMELIKE_TITLES, TITLES
from fgd.model import FloorMark, Guide, Placement, Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.coding.talk import Array


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much; found on the development half of the guided_themes data.

    ``about`` weighs similarity with the section, ``alike`` similarity within the stretch,
    ``put`` a section's question at the stretch's start, ``length`` the squared logarithm of the
    stretch's length over the expected one. ``back`` is the price of returning to an earlier
    section. Stretches start at one of at most ``starts`` turns.
    """

    about: float = 50.0
    alike: float = 8.0
    put: float = 1.0
    length: float = 0.4
    usual: float = -0.1
    back: float = 2.5
    starts: int = 220


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of n turns and k sections.

    ``words`` (n,); ``about`` (n, k) similarity of the talk around each turn with each section,
    only differences along either axis count; ``content`` (n, d) sums of vectors by which a
    stretch is alike; ``put`` (n, k) how surely each turn puts each section's question;
    ``change`` (n,) how much the talk changes there; ``skip`` (k,) the price of leaving a section
    out; ``expected`` (k,) shares of the talk planned for each; ``fixed`` (n,) a section that is
    known already, or -1.
    """

    words: Array
    about: Array
    content: Array
    put: Array
    change: Array
    skip: Array
    expected: Array
    fixed: npt.NDArray[np.int64]


DEFAULT = Weights()

_NEVER = -1e15
_FIXED = 1e4


def align(evidence: Evidence, weights: Weights = DEFAULT) -> npt.NDArray[np.int64]:
    """The section of every turn, (n,); -1 for all where there are no turns or no sections."""
    import numpy as np

    count, sections = evidence.about.shape
    if not count or not sections:
        return np.full(count, -1, dtype=np.int64)
    edges = _edges(evidence, weights.starts)
    fresh, again = _stretches(evidence, weights, edges)
    steps = _best_path(fresh, again, evidence.skip)
    found = np.full(count, -1, dtype=np.int64)
    for first, after, section in steps:
        found[edges[first] : edges[after]] = section
    return found


def _edges(evidence: Evidence, most: int) -> npt.NDArray[np.int64]:
    """The turns at which a stretch may start, and the end: the likeliest one of each small bin."""
    import numpy as np

    count = len(evidence.words)
    likely = evidence.change + evidence.put.max(axis=1)
    place = cumulated(evidence.words + 1e-6)
    bins = np.floor(place[:-1] / place[-1] * most).astype(np.int64)
    order = np.lexsort((-likely, bins))
    firsts = order[np.unique(bins[order], return_index=True)[1]]
    switches = np.flatnonzero(np.diff(evidence.fixed)) + 1
    return np.unique(np.concatenate([[0], firsts, switches, [count]]))


def _stretches(
    evidence: Evidence, weights: Weights, edges: npt.NDArray[np.int64]
) -> tuple[Array, Array]:
    """Scores (start, end, section) of a stretch that opens a section, and of one that returns."""
    import numpy as np

    share = evidence.words / max(evidence.words.sum(), 1e-9)
    about = evidence.about - evidence.about.mean(axis=1, keepdims=True)
    about = about - (about * share[:, None]).sum(axis=0)
    gain = weights.about * about * share[:, None]
    sections = np.arange(about.shape[1])
    known = (evidence.fixed[:, None] >= 0) & (evidence.fixed[:, None] != sections)
    gain = gain - _FIXED * known
    summed = cumulated(gain)[edges]
    place = cumulated(share)[edges]
    length = place[None, :] - place[:, None]
    ahead = edges[None, :] > edges[:, None]
    base = weights.alike * _alike(evidence, edges)
    put = np.vstack([evidence.put, np.zeros((1, about.shape[1]))])[edges]
    again = summed[None] - summed[:, None] + base[..., None] + weights.put * put[:, None]
    usual = np.log(np.maximum(length[..., None], 1e-6) / np.maximum(evidence.expected, 1e-6))
    fresh = again - weights.length * (usual - weights.usual) ** 2 / 2
    fresh[~ahead] = _NEVER
    again = again - weights.back
    again[~ahead] = _NEVER
    return fresh, again


def _alike(evidence: Evidence, edges: npt.NDArray[np.int64]) -> Array:
    """How much of the variation a stretch (start, end) keeps inside: |sum|^2 / words, normalised.

    Summed over the stretches of a cut this is the variance between stretches, which k-means
    and kernel change point detection maximise too.
    """
    import numpy as np

    total = max(evidence.words.sum(), 1e-9)
    centred = evidence.content - evidence.words[:, None] * (evidence.content.sum(axis=0) / total)
    sums = cumulated(centred)[edges]
    inner = sums @ sums.T
    own = np.diag(inner)
    squared = own[:, None] + own[None] - 2 * inner
    place = cumulated(evidence.words)[edges]
    length = place[None, :] - place[:, None]
    found: Array = np.where(length > 0, squared / np.maximum(length, 1e-9), 0) / total
    return found


def _best_path(fresh: Array, again: Array, skip: Array) -> list[tuple[int, int, int]]:
    """Return the best cut as (start edge, end edge, section), in order.

    State: the end edge, and how many sections have come up so far (``seen``). A stretch opens
    section ``seen`` after any smaller number (the ones between are skipped), or returns to one
    of those seen.
    """
    import numpy as np

    edges, sections = fresh.shape[0], fresh.shape[2]
    price = cumulated(skip)
    best = np.full((sections + 1, edges), _NEVER)
    best[0, 0] = 0.0
    back: dict[tuple[int, int], tuple[int, int, int]] = {}
    reached = np.full((sections, edges), _NEVER)
    origin = np.zeros((sections, edges), dtype=np.int64)
    for after in range(1, edges):
        # The best number of sections seen before opening each next one, skips paid for.
        edge = after - 1
        running, source = _NEVER, 0
        for seen in range(sections):
            value = best[seen, edge] + price[seen]
            if value > running:
                running, source = value, seen
            reached[seen, edge], origin[seen, edge] = running - price[seen], source
        for seen in range(1, sections + 1):
            opened = reached[seen - 1, :after] + fresh[:after, after, seen - 1]
            start = int(opened.argmax())
            value, step = opened[start], (start, int(origin[seen - 1, start]), seen - 1)
            returned = best[seen, :after, None] + again[:after, after, :seen]
            place = int(returned.argmax())
            if returned.flat[place] > value:
                value = returned.flat[place]
                step = (place // seen, seen, place % seen)
            best[seen, after], back[seen, after] = value, step
    ends = best[1:, -1] - (price[-1] - price[1:])
    seen, edge, path = int(ends.argmax()) + 1, edges - 1, []
    while edge > 0:
        start, before, section = back[seen, edge]
        path.append((start, edge, section))
        seen, edge = before, start
    return path[::-1]


def around(values: Array, words: Array, width: float) -> Array:
    """For each turn the sum of the rows in a window of ``width`` words centred on it.

    The window always holds the turn itself.
    """
    import numpy as np

    count = len(words)
    place = cumulated(words)
    middle = (place[:-1] + place[1:]) / 2
    turns = np.arange(count)
    first = np.searchsorted(place, middle - width / 2) - 1
    after = np.searchsorted(place, middle + width / 2)
    first = np.clip(np.minimum(first, turns), 0, None)
    after = np.clip(np.maximum(after, turns + 1), None, count)
    sums = cumulated(values)
    window: Array = sums[after] - sums[first]
    return window


def change(values: Array, words: Array, width: float) -> Array:
    """Tell how much the talk changes at the start of each turn: 1 - cosine of both sides, 0..2.

    Each side holds ``width`` words; ``values`` should be centred on their mean, since all talk of
    one meeting is alike. The idea is TextTiling's (Hearst 1997), on sentence vectors.
    """
    import numpy as np

    place = cumulated(words)
    sums = cumulated(values)
    here = np.arange(len(words))
    first = np.searchsorted(place, place[:-1] - width)
    after = np.minimum(len(words), np.searchsorted(place, place[:-1] + width))
    before = unit_rows(sums[here] - sums[np.minimum(first, here)])
    behind = unit_rows(sums[np.maximum(after, here)] - sums[here])
    changed: Array = 1 - (before * behind).sum(axis=1)
    return changed


AROUND = 80
"""Words of talk around a turn that tell what it is about."""

PRESENT = 0.38
"""How near a section's five nearest units come at least, where it was discussed: below it, more
sections of other meetings (inserted into guides of the development data) than real ones lie."""

NAMED = 0.1
"""What it adds to the similarity of a turn with a section that its title names the speaker."""

PUT = ("question", "exercise inject")
"""Sections that begin with words of the guide; the others begin with somebody taking the floor."""

READ_OUT = 0.55
"""A facilitator's sentence so near to a question of the guide puts that question to the room."""


def place(
    read: Read,
    guide: Guide,
    embedder: Embedder,
    *,
    marks: Sequence[FloorMark] = (),
    weights: Weights = DEFAULT,
) -> tuple[Placement, ...]:
    """Return the section of every turn, in the talk's order."""
    talk = read.talk
    if not guide.sections:
        return tuple(Placement(turn.id, "") for turn in talk.turns)
    phrases = Phrases.of(guide.sections, embedder, talk.language)
    evidence = gather(read, guide, phrases, marks)
    found = align(evidence, weights)
    lead = _lead(evidence.about, found)
    return tuple(
        Placement(
            turn.id,
            guide.sections[number].id if number >= 0 else "",
            round(float(margin), 3),
            "floor log" if evidence.fixed[i] >= 0 else "alignment",
        )
        for i, (turn, number, margin) in enumerate(zip(talk.turns, found, lead, strict=True))
    )


def gather(read: Read, guide: Guide, phrases: Phrases, marks: Sequence[FloorMark]) -> Evidence:
    """Tell what speaks for each section at each turn."""
    import numpy as np

    window = around(read.sums, read.words, AROUND)
    centre = read.sums.sum(axis=0) / max(read.words.sum(), 1)
    centred = read.sums - read.words[:, None] * centre
    words = read.words + 0.01
    planned = np.array([section.minutes for section in guide.sections], dtype=float)
    if planned.min() <= 0:
        planned = np.ones(len(planned))
    meant, read_out = put_to_room(read, phrases)
    together = meant + 4 * np.maximum(read_out - READ_OUT, 0)
    return Evidence(
        words=words,
        about=phrases.nearest(unit_rows(window)) + NAMED * _named(read, guide),
        content=unit_rows(window) * words[:, None],
        put=np.maximum(together, 0.7 * _beside(together)),
        change=change(centred, read.words, 80) + change(centred, read.words, 250),
        skip=_skip(read, guide, phrases, read_out),
        expected=planned / planned.sum(),
        fixed=fixed(read.talk, guide, marks),
    )


def put_to_room(read: Read, phrases: Phrases) -> tuple[Array, Array]:
    """How much each turn seems to put each section to the room, and how near it comes to reading
    its questions out; both (n, k).

    Looked for in what facilitators say; without a known facilitator, in turns that steer the
    talk.
    """
    import numpy as np

    talk = read.talk
    led = any(speaker.leads for speaker in talk.speakers)
    asking = np.array(
        [
            speaker.leads if led else steers(text)
            for speaker, text in zip(talk.speakers, talk.texts, strict=True)
        ],
        dtype=bool,
    )
    near = phrases.nearest(read.vectors.astype(float), best=1)
    near = np.maximum(near - near.mean(axis=0), 0) if len(near) else near
    questions = phrases.questions()
    asked = questions.nearest(read.vectors.astype(float), best=1)
    asked[:, ~questions.has] = 0.0
    asked[left_out(read)] = 0.0
    if phrases.count > 1 and len(asked):
        asked = asked - np.maximum(best_other(asked) - asked, 0)
    return _peaks(read, near, asking), _peaks(read, asked, asking)


def left_out(read: Read) -> npt.NDArray[np.bool_]:
    """Return the units (u,) in which something is said not to have been taken up."""
    import numpy as np

    texts = read.talk.texts
    pairs = zip(read.units, read.rows, strict=True)
    found = [bool(LEFT_OUT.search(texts[row][unit.start : unit.end])) for unit, row in pairs]
    return np.array(found, dtype=bool)


def _peaks(read: Read, near: Array, asking: npt.NDArray[np.bool_]) -> Array:
    """Return the best unit of each turn (n, k), of turns that are asking only."""
    import numpy as np

    found = np.zeros((len(asking), near.shape[1]))
    if len(near):
        np.maximum.at(found, read.rows, near)
    found[~asking] = 0
    return found


def best_other(near: Array) -> Array:
    """For each row and column the best of the other columns, (n, k) with k of at least 2."""
    import numpy as np

    order = np.sort(near, axis=1)
    best: Array = np.where(near == order[:, -1:], order[:, -2:-1], order[:, -1:])
    return best


def _beside(values: Array) -> Array:
    """Return the larger neighbour of each row: a hand-over may end a section or open the next."""
    import numpy as np

    nearby = np.zeros_like(values)
    nearby[:-1] = values[1:]
    nearby[1:] = np.maximum(nearby[1:], values[:-1])
    return nearby


def _named(read: Read, guide: Guide) -> Array:
    """Tell which turns are spoken by somebody the title of a section names, (n, k) of 0 and 1.

    "Lanthara: investigations and law" is where people from Lanthara speak.
    """
    import numpy as np

    names = [speaker.names for speaker in read.talk.speakers]
    found = [_names(section.title, names) for section in guide.sections]
    return np.array(found, dtype=float).T.reshape(len(names), len(found))


_TITLES = TITLES | NAMELIKE_TITLES | frozenset("the right minister of and for".split())


def _names(title: str, speakers: Sequence[Sequence[str]]) -> list[bool]:
    """Tell for each speaker whether a title names them, by the full name or the last part of it."""
    said = f" {' '.join(_tokens(title))} "
    known: dict[str, bool] = {}
    for name in {name for names in speakers for name in names}:
        known[name] = any(f" {form} " in said for form in _forms(name))
    return [any(known[name] for name in names) for names in speakers]


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _forms(name: str) -> list[str]:
    """List what tells who is meant: all of a name, and the last part of two or three."""
    tokens = _tokens(name)
    kept = [token for token in tokens if token not in _TITLES] or tokens
    forms = [" ".join(tokens), " ".join(kept)]
    if 2 <= len(kept) <= 3 and len(kept[-1]) > 3:
        forms.append(kept[-1])
    return [form for form in forms if len(form) > 2]


def _skip(read: Read, guide: Guide, phrases: Phrases, read_out: Array) -> Array:
    """Return the price of leaving each section out (k,): what speaks for its having come up.

    Where the facilitator is known, a question of the guide that nobody read out is hardly worth
    a stretch (a negative price); otherwise only units that come near speak for it.
    """
    import numpy as np

    long = np.array([unit.words >= 6 for unit in read.units], dtype=bool)
    near = phrases.nearest(read.vectors[long].astype(float), best=1)
    if not len(near):
        return np.zeros(phrases.count)
    top = np.sort(near, axis=0)[::-1][:5].mean(axis=0)
    price = np.maximum(4 * (top - PRESENT), 0)
    if any(speaker.leads for speaker in read.talk.speakers):
        put = np.array([section.kind in PUT for section in guide.sections], dtype=bool)
        asked = np.clip(20 * (read_out.max(axis=0) - READ_OUT), -6, 6)
        price = np.where(put & phrases.questions().has, asked, price)
    chosen: Array = price
    return chosen


def fixed(talk: Talk, guide: Guide, marks: Sequence[FloorMark]) -> npt.NDArray[np.int64]:
    """The section a floor log gives each turn (n,), or -1: from a mark until the next one."""
    import numpy as np

    named = sorted(
        (mark for mark in marks if section_of(mark, guide.sections) >= 0),
        key=lambda mark: (mark.recording, mark.span),
    )
    found = np.full(len(talk.turns), -1, dtype=np.int64)
    for i, (turn, timed) in enumerate(zip(talk.turns, talk.timed, strict=True)):
        if not timed:
            continue
        middle = (turn.span.start + turn.span.end) // 2
        for mark in named:
            if mark.recording in ("", turn.recording) and mark.span.start <= middle:
                found[i] = section_of(mark, guide.sections)
    return found


def _lead(about: Array, found: npt.NDArray[np.int64]) -> Array:
    """Tell how far the chosen section leads the next best in similarity, (n,), at least 0."""
    import numpy as np

    if about.shape[1] < 2 or not len(found):
        return np.ones(len(found))
    rows, chosen = np.arange(len(found)), np.maximum(found, 0)
    lead: Array = np.clip((about - best_other(about))[rows, chosen], 0, 1)
    return lead


_STOCK = re.compile(
    r"^(?:(?:session|part|section|question|item|theme|topic|block|q)\s*\d*\s*[:.)\u2013\u2014-]\s*)?"
    r"(?:the )?(?:(?:detailed|further|general|specific|brief|overall|open|main) )*"
    r"(?:(?:discuss(?:ions?|ed|ing)?|debates?|presentations?|talks?|concerns?|evaluations?|"
    r"opinions?|questions?|arguments?|comments?|views?|remarks?|exchange) "
    r"(?:(?:and \w+ )?(?:sharing |session )?"
    r"(?:on|of|about|over|to|regarding|around|concerning|with) )?(?:the )?)?",
    re.I,
)


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The phrases of all sections: ``vectors`` (p, d), and which section each belongs to (p,).

    ``question`` (p,) marks those somebody would put to the room: the text, else the probes.
    """

    texts: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    section: npt.NDArray[np.int64]
    question: npt.NDArray[np.bool_]
    count: int

    @staticmethod
    def of(guide: Sequence[Section], embedder: Embedder, lang: str = "en") -> Phrases:
        """Title, sentences of the text, probes and themes to listen for, each one phrase."""
        import numpy as np

        rows: dict[tuple[int, str], bool] = {}
        for number, section in enumerate(guide):
            rows[number, subject(section.title)] = False
            rows |= dict.fromkeys(((number, theme) for theme in section.listen_for), False)
            said = [section.text[start:end] for start, end in sentences(section.text, lang)]
            rows |= dict.fromkeys(((number, text) for text in said), True)
            for probe in section.probes:
                rows.setdefault((number, probe), not said)
        kept = [(number, text, asks) for (number, text), asks in rows.items() if text.strip()]
        texts = [text for _, text, _ in kept]
        return Phrases(
            tuple(texts),
            embedder.embed(texts),
            np.array([number for number, _, _ in kept], dtype=np.int64),
            np.array([asks for _, _, asks in kept], dtype=bool),
            len(guide),
        )

    @property
    def has(self) -> npt.NDArray[np.bool_]:
        """Which sections have a phrase at all, (k,)."""
        import numpy as np

        found: npt.NDArray[np.bool_] = np.isin(np.arange(self.count), self.section)
        return found

    def questions(self) -> Phrases:
        """Return the questions alone."""
        texts = tuple(t for t, asks in zip(self.texts, self.question, strict=True) if asks)
        kept = self.question
        return Phrases(texts, self.vectors[kept], self.section[kept], kept[kept], self.count)

    def nearest(self, vectors: Array, best: int = 2) -> Array:
        """How near each vector (n, d) comes to each section: mean of its ``best`` phrases, (n, k).

        A section without phrases is as near as the average one.
        """
        import numpy as np

        found = np.zeros((len(vectors), self.count))
        similar = vectors @ self.vectors.T if len(self.texts) else np.zeros((len(vectors), 0))
        empty = []
        for number in range(self.count):
            mine = np.sort(similar[:, self.section == number], axis=1)[:, ::-1][:, :best]
            if mine.shape[1]:
                found[:, number] = mine.mean(axis=1)
            else:
                empty.append(number)
        if empty and len(empty) < self.count:
            found[:, empty] = np.delete(found, empty, axis=1).mean(axis=1, keepdims=True)
        return found


def subject(title: str) -> str:
    """A title without its number and without words like "discussion of"; itself if none is left.

    >>> subject("Q3. Discussion on rivers and fisheries")
    'rivers and fisheries'
    """
    return _STOCK.sub("", title, count=1).strip() or title


def section_of(mark: FloorMark, guide: Sequence[Section]) -> int:
    """The number of the section a floor mark names by id, title or place in the guide, or -1."""
    said = mark.section.strip().casefold()
    if not said:
        return -1
    for number, section in enumerate(guide):
        if said in (section.id.casefold(), section.title.strip().casefold()):
            return number
    place = re.fullmatch(r"(?:q|section|question|part|#)?\s*(\d{1,3})\.?", said)
    if place and 1 <= int(place.group(1)) <= len(guide):
        return int(place.group(1)) - 1
    close = [n for n, section in enumerate(guide) if said in section.title.casefold()]
    return close[0] if len(close) == 1 else -1
