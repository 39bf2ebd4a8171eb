"""Remember what a programme proposed, decided and promised, and what later sessions made of it.

Nothing here repeats words: a matter names findings, summaries and extracts of the brief that holds
it, so that whatever a rule of attribution takes out of the brief is gone from here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal[
    "proposed",
    "supported",
    "opposed",
    "qualified",
    "divided",
    "agreed",
    "decided",
    "not agreed",
    "left open",
    "dropped",
]
Since = Literal["", "taken up", "not taken up"]
Kept = Literal["", "kept", "not kept", "released", "none"]


@dataclass(frozen=True, slots=True)
class Tie:
    """Why words of two sessions are taken to speak of the same: how likely that is, how near they
    are in meaning (cosine), and which words of content they share. ``by`` is who settled it.
    """

    likely: float = 0.0
    near: float = 0.0
    words: tuple[str, ...] = ()
    by: str = ""

    def __bool__(self) -> bool:
        return self != Tie()


@dataclass(frozen=True, slots=True)
class Mention:
    """One time that something was put or concluded: a finding or a summary of the brief.

    ``session`` is the number of the session, from one; 0 where the rule hides it. ``seems``: what
    it says of its standing was only inferred. ``tie`` leads to an earlier mention of the matter.
    """

    session: int = 0
    finding: str = ""
    summary: str = ""
    standing: Standing = "proposed"
    seems: bool = False
    tie: Tie = Tie()


@dataclass(frozen=True, slots=True)
class Matter:
    """A proposal, or a decision that no proposal is known of, over the sessions of a programme.

    ``standing`` is that of the last mention that says more than that it was put, or what a person
    (``by``) settled. ``since`` tells whether a later session took it up; of a matter about
    which that cannot be known nothing is said.
    """

    id: str
    mentions: tuple[Mention, ...]
    standing: Standing = "proposed"
    seems: bool = False
    since: Since = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """What a later session says, it seems, of a promise."""

    extract: str
    session: int = 0
    speaker: str = ""
    who: str = ""
    tie: Tie = Tie()


@dataclass(frozen=True, slots=True)
class Promise:
    """Somebody's words that promise something; ``when`` are those of them that say by when.

    ``kept`` is what a person (``by``) says became of it; ``later`` what later sessions say.
    """

    id: str
    extract: str
    when: str = ""
    who: str = ""
    speaker: str = ""
    session: int = 0
    later: tuple[Later, ...] = ()
    kept: Kept = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where an institution stood towards a matter in one session, as its people plainly said.

    ``changed``: all of it stood elsewhere the last time before, and the order of the sessions is
    known.
    """

    matter: str
    institution: str
    session: int
    finding: str
    sides: tuple[str, ...]
    extracts: tuple[str, ...] = ()
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Unasked:
    """A question of one session's guide that was put there, and in the next session was not.

    ``since`` tells that no later session put it either.
    """

    title: str
    session: int
    following: int
    since: bool = False


@dataclass(frozen=True, slots=True)
class Practice:
    """What somebody of a country said of one phase; ``country`` or ``phase`` may be unknown."""

    country: str
    phase: str
    extracts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session of the programme, as the registry numbers them; ``date`` may be unknown."""

    number: int
    title: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """What a programme remembers. ``notes`` say in a sentence each what cannot be told, and why."""

    sessions: tuple[Sitting, ...] = ()
    matters: tuple[Matter, ...] = ()
    promises: tuple[Promise, ...] = ()
    positions: tuple[Position, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    practices: tuple[Practice, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Registry()

    @property
    def extracts(self) -> tuple[str, ...]:
        """Ids of the quotes that it names itself, besides those of its findings."""
        found = [each.extract for each in self.promises]
        found += [one.extract for each in self.promises for one in each.later]
        found += [name for each in self.practices for name in each.extracts]
        return tuple(dict.fromkeys(found))
