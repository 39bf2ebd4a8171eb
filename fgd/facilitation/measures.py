"""Who took part, how much, and how they came to speak: figures with their sources.

* Inequality is the Gini coefficient (Gini 1912) of floor time over everybody invited to discuss,
  those who kept silent included: 0 when all spoke alike, (n-1)/n when one person did all of it.
  That evenness of turn-taking goes with how well groups perform: Woolley et al. (2010).
* Saturation follows Guest, Namey and Chen (2020), "A simple method to assess and report thematic
  saturation in qualitative research", PLOS ONE 15(5): the themes new in the last ``RUN`` sessions
  as a share of those found in the first ``BASE``; at or below 5 % is called saturated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from fgd.model import Attribution, Attributions, Conversation, Participant, Session, Turn

LEADING = ("facilitator", "observer")
BASE, RUN, THRESHOLD = 4, 2, 0.05

CALLED, ASKED, ROOM, PEER, SELF = (
    "called by name",
    "after the facilitator",
    "answered a question to the room",
    "addressed by another participant",
    "took the floor",
)
WAYS = (CALLED, ROOM, ASKED, PEER, SELF)

SHORT = 4
"""Words; who says fewer has not taken the floor (yes, thank you)."""

LAST_WORDS = 45
"""Words at the end of a turn in which the next speaker is looked for."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the floor somebody, or some group, had: ms (or words without times)."""

    label: str
    amount: int
    turns: int
    people: int = 1


@dataclass(frozen=True, slots=True)
class Participation:
    """The balance of a session. ``timed`` is false where amounts are words.

    ``groups`` maps a property (institution, category, track, country) to shares, most first;
    ``ways`` maps a participant's id to how often they came to speak in each way.
    """

    people: tuple[tuple[Participant, Share], ...] = ()
    leading: Share = Share("", 0, 0, 0)
    unknown: Share = Share("", 0, 0, 0)
    groups: dict[str, tuple[Share, ...]] = field(default_factory=dict)
    ginis: dict[str, float] = field(default_factory=dict)
    ways: dict[str, dict[str, int]] = field(default_factory=dict)
    timed: bool = True


def gini(amounts: Sequence[float]) -> float:
    """The Gini coefficient of amounts that are not negative; 0 where there is nothing.

    >>> gini([5, 5, 5])
    0.0
    >>> gini([0, 0, 0, 8])
    0.75
    """
    total = sum(amounts)
    if not total:
        return 0.0
    ranked = sorted(amounts)
    n = len(ranked)
    weighted = sum((2 * rank - n - 1) * x for rank, x in enumerate(ranked, 1))
    return weighted / (n * total)


def speakers(
    session: Session, talks: Sequence[Conversation], who: Sequence[Attribution]
) -> dict[str, str]:
    """Participant id by turn id; empty where nobody knows."""
    known = {person.id for person in session.participants}
    attributed = Attributions(who)
    found = {}
    for talk in talks:
        for turn in talk.turns:
            told = attributed.of(turn)
            found[turn.id] = told.participant if told.participant in known else ""
    return found


def participation(
    session: Session, talks: Sequence[Conversation], who: Sequence[Attribution]
) -> Participation:
    """The balance of a session as it was heard."""
    by_turn = speakers(session, talks, who)
    timed = all(talk.timed for talk in talks)
    amounts: dict[str, int] = defaultdict(int)
    turns: dict[str, int] = defaultdict(int)
    for talk in talks:
        for turn in talk.turns:
            amounts[by_turn[turn.id]] += turn.span.duration if timed else len(turn.words)
            turns[by_turn[turn.id]] += 1
    discussing = [p for p in session.participants if p.role not in LEADING]
    leading = [p for p in session.participants if p.role in LEADING]
    people = sorted(
        ((p, Share(p.name, amounts[p.id], turns[p.id])) for p in discussing),
        key=lambda pair: (-pair[1].amount, pair[0].name),
    )
    groups = {
        name: _grouped([(each(session, p), share) for p, share in people])
        for name, each in _PROPERTIES.items()
    }
    groups = {name: shares for name, shares in groups.items() if len(shares) > 1}
    ginis = {"person": gini([share.amount for _, share in people])}
    ginis |= {name: gini([share.amount for share in shares]) for name, shares in groups.items()}
    return Participation(
        tuple(people),
        Share(
            "facilitators and observers",
            sum(amounts[p.id] for p in leading),
            sum(turns[p.id] for p in leading),
            len(leading),
        ),
        Share("not known who", amounts[""], turns[""], 0),
        groups,
        {name: round(value, 3) for name, value in ginis.items()},
        _ways(session, talks, by_turn, who),
        timed,
    )


def _institution(session: Session, person: Participant) -> str:
    bodies = {body.id: body for body in session.institutions}
    body = next((bodies[i] for i in person.institutions if i in bodies), None)
    return (body.acronym or body.name) if body else ""


def _category(session: Session, person: Participant) -> str:
    bodies = {body.id: body for body in session.institutions}
    return next((bodies[i].category for i in person.institutions if i in bodies), "")


def _country(session: Session, person: Participant) -> str:
    bodies = {body.id: body for body in session.institutions}
    own = (bodies[i].country for i in person.institutions if i in bodies)
    return person.country or next((c for c in own if c), "")


_PROPERTIES = {
    "institution": _institution,
    "category": _category,
    "track": lambda _, person: person.track,
    "country": _country,
}


def _grouped(parts: Sequence[tuple[str, Share]]) -> tuple[Share, ...]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for label, share in parts:
        entry = sums[label or "not given"]
        entry[0] += share.amount
        entry[1] += share.turns
        entry[2] += 1
    if set(sums) == {"not given"}:
        return ()
    made = (Share(label, *entry) for label, entry in sums.items())
    return tuple(sorted(made, key=lambda share: (-share.amount, share.label)))


# -- how people came to speak --------------------------------------------------------------------


def _ways(
    session: Session,
    talks: Sequence[Conversation],
    by_turn: dict[str, str],
    who: Sequence[Attribution],
) -> dict[str, dict[str, int]]:
    roles = {p.id: p.role for p in session.participants}
    names = {p.id: _names(session, p) for p in session.participants}
    given = {
        (item.turn, item.participant)
        for found in who
        for item in found.evidence
        if "given the floor" in item.kind and item.weight >= 0
    }
    ways: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for talk in talks:
        before: Turn | None = None
        for turn in talk.turns:
            person = by_turn[turn.id]
            if len(turn.words) < SHORT:
                continue
            if person and (before is None or by_turn[before.id] != person):
                said = [] if before is None else _tail(before)
                named = before is not None and (
                    (before.id, person) in given or bool(names[person] & set(said))
                )
                leads = before is not None and roles.get(by_turn[before.id]) in LEADING
                if leads and named:
                    way = CALLED
                elif leads:
                    asks = before is not None and "?" in " ".join(before.text.split()[-LAST_WORDS:])
                    way = ROOM if asks else ASKED
                else:
                    way = PEER if named else SELF
                if roles[person] not in LEADING:
                    ways[person][way] += 1
            before = turn
    return {person: dict(counts) for person, counts in ways.items()}


def _tail(turn: Turn) -> list[str]:
    return re.findall(r"\w+", turn.text.casefold())[-LAST_WORDS:]


def _names(session: Session, person: Participant) -> set[str]:
    """Words that mean this person alone among those invited: parts of names, own acronyms."""

    def words(p: Participant) -> set[str]:
        own = {b.acronym for b in session.institutions if b.id in p.institutions and b.acronym}
        text = " ".join((p.name, *p.aliases, *own)).casefold()
        return {word for word in re.findall(r"\w+", text) if len(word) > 2}

    shared = set().union(*(words(p) for p in session.participants if p.id != person.id))
    return words(person) - shared - {"doctor", "prof", "professor", "ambassador", "minister"}


# -- saturation ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Saturation:
    """New themes per session in order; ``ratio`` is the share of new information in the last
    ``RUN`` sessions, or -1 where there are too few sessions to say.
    """

    sessions: tuple[tuple[str, int, int, int], ...] = ()
    ratio: float = -1.0

    @property
    def reached(self) -> bool:
        """Whether the last sessions brought next to nothing new."""
        return 0 <= self.ratio <= THRESHOLD


def saturation(sessions: Sequence[tuple[str, frozenset[str]]]) -> Saturation:
    """Saturation over sessions in order of time, each with its label and its themes.

    Each line holds the label, the themes found, those new, and all so far.
    """
    seen: set[str] = set()
    lines = []
    for label, themes in sessions:
        new = themes - seen
        seen |= themes
        lines.append((label, len(themes), len(new), len(seen)))
    if len(lines) < BASE + RUN:
        return Saturation(tuple(lines))
    base = lines[BASE - 1][3]
    new_late = sum(line[2] for line in lines[-RUN:])
    return Saturation(tuple(lines), round(new_late / base, 3) if base else -1.0)
