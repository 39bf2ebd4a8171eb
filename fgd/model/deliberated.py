"""What was put to the room, and who answered what: propositions, responses, summings-up.

Everything here is an exact slice of one turn: characters ``start``..``end`` of its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fgd.model.records import Issue

PropositionKind = Literal["proposal", "question", "claim"]
Side = Literal[
    "for",
    "condition",
    "against",
    "doubt",
    "alternative",
    "yes",
    "no",
    "part",
    "answer",
    "open",
]
Conclusion = Literal["agreed", "not agreed", "decided", "left open", "summary"]
LinkKind = Literal["called", "named", "repeated", "near", "reply", "person"]

SIDED: frozenset[Side] = frozenset(
    ("for", "condition", "against", "doubt", "alternative", "yes", "no", "part")
)
"""Sides somebody took; an ``answer`` gives substance, ``open`` is printed and never counted."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Characters ``start``..``end`` of the text of one turn; whoever prints it slices it anew."""

    recording: str
    turn: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was read so: the rule, model or neighbour that decided, and its words.

    ``weight`` is in log-odds; positive speaks for what was read.
    """

    kind: str
    text: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposition:
    """One slice that was put to the room: a proposal, a question put, or a claim that somebody
    reacts to.

    ``who`` is a participant id or ``recording/label or voice``; ``chair`` tells whether the chair
    put it. ``content`` is the part of ``place`` that follows "I propose that" and the like, a full
    clause (to be told as: NAME proposed that "..."); without such words it is nothing.
    ``again`` are restatements by the same person. ``addressee`` is what the words themselves name
    (subject, vocative, or object of asking), as a slice, or nothing. ``confidence`` is calibrated;
    ``by`` is the machine's name or the person who settled it.
    """

    id: str
    kind: PropositionKind
    place: Slice
    who: str
    chair: bool = False
    section: str = ""
    content: tuple[Slice, ...] = ()
    addressee: tuple[Slice, ...] = ()
    again: tuple[Slice, ...] = ()
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One slice of a later turn by somebody else that answers exactly one proposition.

    ``instead`` is the id of the proposition put in its place (side ``alternative``, or ``against``
    with another proposal). A person has at most one side towards a proposition: of several the
    clearest, or the last one where they changed it. Below the calibrated threshold the side is
    ``open``.
    """

    proposition: str
    place: Slice
    who: str
    side: Side
    link: LinkKind = "near"
    instead: str = ""
    chair: bool = False
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class SummingUp:
    """What a chair says was agreed, decided, left open or not agreed; always told as the chair's.

    ``proposition`` is the one it speaks of, empty where none was found.
    """

    place: Slice
    who: str
    conclusion: Conclusion = "summary"
    proposition: str = ""
    section: str = ""
    confidence: float = 0.0
    reasons: tuple[Reason, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Deliberated:
    """What a session deliberated, in order of time.

    ``unanswered`` are ids of propositions of which it may be said that nobody answered; of any
    other nothing is said. ``unread`` are languages in which responses are not read. ``silence``
    are ids of proposals of which it may be said that no objection was found, since an objection
    would have been heard with the measured probability.
    """

    propositions: tuple[Proposition, ...] = ()
    responses: tuple[Response, ...] = ()
    summings: tuple[SummingUp, ...] = ()
    unanswered: tuple[str, ...] = ()
    silence: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
