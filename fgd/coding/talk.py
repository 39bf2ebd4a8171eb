"""Read a session for coding: turns in one order with their people, cut into units of one kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fgd.coding.terms import (
    BACK_CHANNEL,
    COURTESY,
    HOUSEKEEPING,
    INTRODUCTION,
    INTRODUCTION_WORDS,
    THANKING,
    gives_floor,
    holds_view,
    plain,
    welcomes,
    words,
)
from fgd.core.backends import Progress, silent
from fgd.core.embeddings import Embedder
from fgd.core.nlp import leads, sentences_of
from fgd.model import Attribution, Attributions, Conversation, Issue, Session, Turn, Unit, UnitKind

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


LEAST_CUES = 5
"""So many times somebody must give the floor before being taken for the facilitator unnamed."""

LEAST_SHARE = 0.5
"""And so large a share of all floor-giving must be theirs."""

OPENING, STEERING, VIEWS = 3, 2, 0.25
"""Whoever welcomes the room in one of the first ``OPENING`` turns of a recording facilitates after
fewer cues: ``STEERING`` turns that give the floor or end in a question, as long as at most the
share ``VIEWS`` of their turns holds a view of their own.
"""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who spoke a turn. ``key`` is a participant's id, or ``recording/voice`` when unknown.

    ``names`` are the forms by which a question may mean this person or where they come from.
    """

    key: str
    leads: bool = False
    silent: bool = False
    institutions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """The turns of a session in canonical order (recording, time, id) and their speakers.

    ``timed`` tells of each turn whether its times are real. ``leads`` of a speaker marks whoever
    facilitates, ``silent`` observers, whose talk is not counted as views either. ``texts`` are
    the words of each turn; all offsets count characters of these.
    """

    turns: tuple[Turn, ...]
    speakers: tuple[Speaker, ...]
    timed: tuple[bool, ...]
    language: str = "en"
    issues: tuple[Issue, ...] = ()
    texts: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # A turn joins its words whenever it is asked; here every unit asks for its turn.
        object.__setattr__(self, "texts", tuple(turn.text for turn in self.turns))

    @staticmethod
    def of(
        session: Session,
        conversations: Sequence[Conversation],
        attributions: Sequence[Attribution] = (),
    ) -> Talk:
        """Put the conversations in the session's order and find every turn's speaker."""
        rank = {recording.id: place for place, recording in enumerate(session.recordings)}
        ordered = sorted(
            conversations, key=lambda each: (rank.get(each.recording, len(rank)), each.recording)
        )
        turns: list[Turn] = []
        timed: list[bool] = []
        for conversation in ordered:
            mine = sorted(conversation.turns, key=lambda turn: (turn.span, turn.id))
            turns += mine
            timed += [conversation.timed] * len(mine)
        find = _Finder(session, attributions)
        speakers = [find(turn) for turn in turns]
        issues: tuple[Issue, ...] = ()
        if turns and not any(speaker.leads for speaker in speakers):
            speakers, issues = _guess_lead(session, turns, speakers)
        language = (session.languages or ("en",))[0]
        return Talk(tuple(turns), tuple(speakers), tuple(timed), language, issues)


class _Finder:
    """Looks up the speaker of a turn: what is said of the turn goes before its voice's."""

    def __init__(self, session: Session, attributions: Sequence[Attribution]) -> None:
        self.participants = {each.id: each for each in session.participants}
        self.institutions = {each.id: each for each in session.institutions}
        self.told = Attributions(attributions)
        self.known: dict[tuple[str, str, tuple[str, ...]], Speaker] = {}

    def __call__(self, turn: Turn) -> Speaker:
        found = self.told.of(turn)
        who = self.participants.get(found.participant)
        key = self.told.key(turn)
        bodies = found.institutions or (who.institutions if who else ())
        made = (key, turn.label, bodies)
        if made not in self.known:
            role = who.role if who else ""
            names = [turn.label, *((who.name, *who.aliases, who.country) if who else ())]
            for body in bodies:
                if body in self.institutions:
                    known = self.institutions[body]
                    names += [known.name, known.acronym, *known.aliases, known.country]
            self.known[made] = Speaker(
                key,
                leads=role == "facilitator" or (not who and leads(turn.label)),
                silent=role == "observer",
                institutions=bodies,
                names=tuple(dict.fromkeys(name for name in names if name)),
            )
        return self.known[made]


def _guess_lead(
    session: Session, turns: Sequence[Turn], speakers: Sequence[Speaker]
) -> tuple[list[Speaker], tuple[Issue, ...]]:
    """Take whoever runs the meeting, by what they say, for the facilitator, and say so."""
    gave: Counter[str] = Counter()
    for turn, speaker in zip(turns, speakers, strict=True):
        gave[speaker.key] += gives_floor(turn.text)
    key = min(gave, key=lambda each: (-gave[each], each))
    why = f"having given the floor {gave[key]} times"
    if gave[key] < LEAST_CUES or gave[key] < LEAST_SHARE * gave.total():
        key, why = _opener(turns, speakers, gave), "having welcomed the others and asked them"
    if not key:
        return list(speakers), ()
    # By voice: this may stand in a log, where no name belongs.
    voice = next(t.voice for t, s in zip(turns, speakers, strict=True) if s.key == key)
    issue = Issue(
        "note",
        session.id,
        f"nobody is known as the facilitator; voice {voice} is taken for it, {why}.",
        "Mark the facilitator in the list of participants if this is wrong.",
    )
    return [replace(s, leads=True) if s.key == key else s for s in speakers], (issue,)


def _opener(turns: Sequence[Turn], speakers: Sequence[Speaker], gave: Counter[str]) -> str:
    """The key of whoever opens the meeting, steers it and keeps their views to themselves."""
    place = 0
    for number, (turn, speaker) in enumerate(zip(turns, speakers, strict=True)):
        place = 0 if number and turn.recording != turns[number - 1].recording else place + 1
        if place >= OPENING or not welcomes(turn.text):
            continue
        key = speaker.key
        mine = [t.text for t, s in zip(turns, speakers, strict=True) if s.key == key]
        steering = sum(gives_floor(text) or text.rstrip().endswith("?") for text in mine)
        views = sum(map(holds_view, mine))
        share = LEAST_SHARE * gave.total()
        if steering >= STEERING and gave[key] >= share and views <= VIEWS * len(mine):
            return key
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A talk as numbers: its units that say something, their vectors, and what each turn says.

    ``vectors`` (u, d) belong to ``units``; ``sums`` (n, d) and ``words`` (n,) are per turn;
    ``rows`` (u,) is each unit's turn.
    """

    talk: Talk
    units: tuple[Unit, ...]
    vectors: npt.NDArray[np.float32]
    sums: Array
    words: Array
    rows: npt.NDArray[np.int64]

    @staticmethod
    def of(talk: Talk, units: Sequence[Unit], embedder: Embedder) -> Read:
        """Embed every unit that is more than a back-channel or thanks."""
        import numpy as np

        said = tuple(unit for unit in units if unit.kind not in ("back-channel", "thanks"))
        places = {turn.id: number for number, turn in enumerate(talk.turns)}
        texts = talk.texts
        vectors = embedder.embed(
            [plain(texts[places[unit.turn]][unit.start : unit.end]) for unit in said]
        )
        sums, words = per_turn(said, vectors, places)
        rows = np.array([places[unit.turn] for unit in said], dtype=np.int64)
        return Read(talk, said, vectors, sums, words, rows)

    def only(self, turns: Sequence[int]) -> Read:
        """Return what is known of some turns, by number and in order, as a talk of its own."""
        import numpy as np

        talk, places = self.talk, {turn: number for number, turn in enumerate(turns)}
        mine = replace(
            talk,
            turns=tuple(talk.turns[n] for n in turns),
            speakers=tuple(talk.speakers[n] for n in turns),
            timed=tuple(talk.timed[n] for n in turns),
        )
        keep = [n for n, row in enumerate(self.rows.tolist()) if row in places]
        rows = np.array([places[int(self.rows[n])] for n in keep], dtype=np.int64)
        units = tuple(self.units[n] for n in keep)
        at = list(turns)
        return Read(mine, units, self.vectors[keep], self.sums[at], self.words[at], rows)


def spoken_names(read: Read) -> frozenset[str]:
    """Return every word of the names of people and bodies, in lower case."""
    return frozenset(
        word.casefold()
        for speaker in read.talk.speakers
        for name in speaker.names
        for word in name.split()
    )


LEAST, MOST, SENTENCES = 15, 60, 3
"""Words a unit should have at least, words it may have at most, and sentences at most.

A sentence longer than ``MOST`` (unpunctuated speech) is cut at commas, else between words.
"""

SIGNING_ON = 4
"""Besides their names people say at most so many words when they only say who is speaking:
"This is ... again"."""

SHORTEST = 4
"""A content sentence of fewer words says nothing alone: "It depends." stays with a neighbour."""


def cut(talk: Talk, progress: Progress = silent) -> tuple[Unit, ...]:
    """The units of all turns, in order; every word of every turn is in exactly one of them."""
    made: list[Unit] = []
    cuts = sentences_of(talk.texts, talk.language)
    for number, (turn, speaker, text, said) in enumerate(
        zip(talk.turns, talk.speakers, talk.texts, cuts, strict=True)
    ):
        if number % 500 == 0:
            progress("units", number, len(talk.turns))
        made += cut_turn(turn.id, text, said, leads=speaker.leads, names=speaker.names)
    return tuple(made)


def cut_turn(
    turn: str,
    text: str,
    sentences: Sequence[tuple[int, int]],
    *,
    leads: bool = False,
    names: Sequence[str] = (),
) -> Iterator[Unit]:
    """Return the units of one turn; ``leads`` marks a facilitator's, which are all facilitation.

    ``names`` are those of the speaker and of where they come from.
    """
    spans = [span for one in sentences for span in _pieces(text, *one)]
    own = frozenset(word for name in names for word in words(name))
    kinds: list[UnitKind] = [
        "facilitation" if leads else kind_of(text[start:end], own) for start, end in spans
    ]
    first = 0
    for after in range(1, len(spans) + 1):
        if after == len(spans) or kinds[after] != kinds[first]:
            yield from _grouped(turn, text, spans[first:after], kinds[first])
            first = after


def kind_of(sentence: str, own: Collection[str] = ()) -> UnitKind:
    """Tell what a participant's sentence is for; ``content`` unless its words say otherwise.

    ``own`` are the words of the speaker's names (lower case): who says little else says who
    is speaking.
    """
    said = words(sentence)
    if all(word in BACK_CHANNEL for word in said):
        return "back-channel"
    if all(word in COURTESY or word in BACK_CHANNEL for word in said):
        return "thanks" if THANKING.intersection(said) else "back-channel"
    if said[0] in ("thank", "thanks") and len(said) <= 5:
        return "thanks"
    others = [word for word in said if word not in own]
    if len(said) - len(others) >= 2 and len(others) <= SIGNING_ON:
        return "introduction"
    if HOUSEKEEPING.search(sentence):
        return "procedure"
    if len(said) <= INTRODUCTION_WORDS and INTRODUCTION.search(plain(sentence)):
        return "introduction"
    return "content"


def _grouped(
    turn: str, text: str, spans: Sequence[tuple[int, int]], kind: UnitKind
) -> Iterator[Unit]:
    """Join neighbouring sentences of one kind until a unit has enough words."""
    sizes = [len(text[start:end].split()) for start, end in spans]
    groups: list[list[int]] = []
    for i, size in enumerate(sizes):
        if groups:
            mine = sum(sizes[j] for j in groups[-1])
            small = mine < LEAST or size < SHORTEST
            if small and len(groups[-1]) < SENTENCES and mine + size <= MOST:
                groups[-1].append(i)
                continue
        groups.append([i])
    for group in groups:
        start, end = spans[group[0]][0], spans[group[-1]][1]
        yield Unit(turn, start, end, sum(sizes[i] for i in group), kind)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut what is longer than a unit may be, after a comma where one is near."""
    while True:
        ends = _word_ends(text, start, end)
        if len(ends) <= MOST:
            yield start, end
            return
        good = [
            i for i in range(MOST // 2, MOST) if text[ends[i] - 1] in ",;:\N{EM DASH}\N{EN DASH}"
        ]
        stop = ends[good[-1] if good else MOST - 1]
        yield start, stop
        start = stop + len(text[stop:end]) - len(text[stop:end].lstrip())


def _word_ends(text: str, start: int, end: int) -> list[int]:
    ends, position = [], start
    for word in text[start:end].split():
        position = text.index(word, position) + len(word)
        ends.append(position)
    return ends


def per_turn(
    units: Sequence[Unit], vectors: npt.NDArray[np.float32], places: dict[str, int]
) -> tuple[Array, Array]:
    """Sums of the unit vectors of each turn, weighted by words: (turns, d), and the words (turns,).

    ``vectors`` has one row per unit; ``places`` gives the row of each turn.
    """
    import numpy as np

    weight = np.array([unit.words for unit in units], dtype=float)
    rows = np.array([places[unit.turn] for unit in units], dtype=np.int64)
    sums = np.zeros((len(places), vectors.shape[1] if vectors.ndim == 2 else 0))
    total = np.zeros(len(places))
    np.add.at(sums, rows, vectors * weight[:, None])
    np.add.at(total, rows, weight)
    return sums, total


def cumulated(values: Array) -> Array:
    """Sums over the first 0, 1, 2, ... rows: (n + 1, ...)."""
    import numpy as np

    first = np.zeros((1, *values.shape[1:]))
    return np.concatenate([first, np.cumsum(values, axis=0)])
