"""Record what participants answer when they are asked about their own words and sides.

==============  ==================  ==============================================================
field           target              value
==============  ==================  ==============================================================
``checks``      ``session:checks``  what the codes in the names of check files are made from
``checked``     ``participant:ID``  a ``Checked`` in JSON: this person (or ``institution:ID``)
                                    answered, which edition, and how much of it
``remark``      ``participant:ID``  what the person wrote beside the questions
``corrected``   ``words:...``       how the speaker wants these words understood; the quote stays
``waiting``     ``answer:ID``       a ``Waiting`` in JSON: an answer that contradicts what somebody
                                    decided; then ``followed`` or ``kept``, by the rapporteur, or
                                    ``replaced``, by a later answer
==============  ==================  ==============================================================

What else participants answer is a decision like anybody's: whose turn it is, which side, what is
left out. It is signed with the target that names them, ``participant:ID``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from fgd.core.serialization import decode
from fgd.decisions.kinds import Kind, Names, quoted, same_place
from fgd.model import Decision, Span

CHECKS, CHECKED, REMARK = "checks", "checked", "remark"
CORRECTED, WAITING = "corrected", "waiting"
Settled = Literal["followed", "kept", "replaced"]
SETTLED: dict[str, str] = {
    "followed": "was followed",
    "kept": "was not followed",
    "replaced": "was replaced by a later one",
}
"""How the waiting of an answer ends."""
AUTHORS = ("participant:", "institution:")
"""What the signature of somebody begins with who was asked, and decides nothing for others."""


@dataclass(frozen=True, slots=True)
class Checked:
    """That somebody answered: the hashes of what they said and of how the file says it, of what
    they were asked, and how many questions there were, were left open, and led to a change.
    """

    answer: str
    file: str
    edition: str
    asked: int = 0
    open: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that waits for the rapporteur: in words, why, and the decision it would be.

    Without a ``field`` there is nothing to follow: it only has to be looked at. ``key`` is the
    question's: a later answer of the same person to it takes its place.
    """

    asks: str
    why: str
    key: str = ""
    field: str = ""
    target: str = ""
    value: str = ""
    recording: str = ""
    start: int = 0
    end: int = 0

    def decision(self, *, by: str, when: str) -> Decision:
        """Return the decision that was asked for."""
        span = Span(self.start, self.end)
        return Decision.made(
            self.target, self.field, self.value, self.recording, span, by=by, when=when
        )


def code_of(decisions: Iterable[Decision], author: str) -> str:
    """Tell the code of a person's check files: nobody can make it from a name.

    Empty before the first files were written, which is when what codes are made from is kept.
    """
    salt = next((each.value for each in decisions if each.field == CHECKS), "")
    made = hmac.new(salt.encode(), author.encode(), hashlib.sha256).hexdigest()
    return made[:12] if salt else ""


def begin(salt: str, *, by: str, when: str) -> Decision:
    """Keep what the codes of this session are made from."""
    return Decision.made("session:checks", CHECKS, salt, "", Span(0, 0), by=by, when=when)


def checked(author: str, what: Checked, *, when: str) -> Decision:
    """Say that somebody answered."""
    value = msgspec.json.encode(what).decode()
    return Decision.made(author, CHECKED, value, "", Span(0, 0), by=author, when=when)


def remark(author: str, text: str, *, when: str) -> Decision:
    """Keep what somebody wrote beside the questions."""
    return Decision.made(author, REMARK, text, "", Span(0, 0), by=author, when=when)


def correct(
    words: str, recording: str, span: Span, wording: str, *, by: str, when: str
) -> Decision:
    """Put a speaker's own wording beside their words, which stay what they are."""
    return Decision.made(f"words:{words}", CORRECTED, wording, recording, span, by=by, when=when)


def wait(what: Waiting, *, by: str, when: str) -> Decision:
    """Let an answer wait for the rapporteur."""
    value = msgspec.json.encode(what).decode()
    key = hashlib.sha256(f"{by}\0{value}".encode()).hexdigest()[:8]
    return Decision.made(f"answer:{key}", WAITING, value, "", Span(0, 0), by=by, when=when)


def settle(waiting: Decision, how: Settled, *, by: str, when: str) -> Decision:
    """End the waiting of an answer."""
    return Decision.made(waiting.target, WAITING, how, "", Span(0, 0), by=by, when=when)


def checks_done(decisions: Iterable[Decision]) -> dict[str, tuple[Decision, Checked]]:
    """Return the last answer of everybody who gave one, by who it was."""
    found = {}
    for each in decisions:
        if each.field == CHECKED:
            try:
                found[each.target] = each, decode(each.value, Checked)
            except msgspec.MsgspecError:
                continue
    return found


def answers_waiting(decisions: Iterable[Decision]) -> tuple[tuple[Decision, Waiting], ...]:
    """Return the answers that wait for the rapporteur, in their order."""
    last = {each.target: each for each in decisions if each.field == WAITING}
    found = []
    for each in last.values():
        try:
            found.append((each, decode(each.value, Waiting)))
        except msgspec.MsgspecError:  # settled
            continue
    return tuple(found)


def is_participant(decision: Decision) -> bool:
    """Tell whether somebody who was asked made a decision."""
    return decision.by.startswith(AUTHORS)


def changes_asked(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return what participants changed, among decisions that hold."""
    kept = (CHECKED, REMARK, WAITING)
    return tuple(each for each in decisions if is_participant(each) and each.field not in kept)


def of_participants(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return what a brief tells of checks, among decisions that hold."""
    return tuple(each for each in decisions if is_participant(each) or each.field == WAITING)


def corrections(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the wordings that speakers gave of their own words."""
    return tuple(each for each in decisions if each.field == CORRECTED and each.value)


def signed(by: str, names: Names) -> str:
    """Tell who signed a decision: participants and institutions by their names."""
    sort, _, key = by.partition(":")
    if f"{sort}:" not in AUTHORS:
        return by
    return (names.person(key) if sort == "participant" else names.body(key)) or key


def _says_checked(decision: Decision, names: Names) -> str:
    who = signed(decision.target, names)
    try:
        what = decode(decision.value, Checked)
    except msgspec.MsgspecError:
        return f"{who} answered"
    left = f", {what.open} left open" if what.open else ""
    return f"{who} checked {what.asked} questions: {what.changes} changes{left}"


def _says_remark(decision: Decision, names: Names) -> str:
    return f"{signed(decision.target, names).removesuffix(', asked')} remarks: {decision.value}"


def _says_corrected(decision: Decision, _: Names) -> str:
    words = quoted(decision.target.removeprefix("words:"))
    return f"{words} stays, and its speaker corrects: {decision.value}"


def _says_waiting(decision: Decision, _: Names) -> str:
    if decision.value in SETTLED:
        return f"the {decision.target.replace(':', ' ')} {SETTLED[decision.value]}"
    try:
        what = decode(decision.value, Waiting)
    except msgspec.MsgspecError:
        return "an answer waits for the rapporteur"
    return f"{decision.target.removeprefix('answer:')} waits for the rapporteur: {what.asks}"


def _same(one: Decision, other: Decision) -> bool:
    return one.target == other.target


DECISIONS = (
    Kind(
        CHECKS, ("session",), "checks", "brief",
        lambda _, __: "files to check by were made for the first time", _same,
    ),
    Kind(CHECKED, ("participant", "institution"), "checked", "brief", _says_checked, _same),
    Kind(
        REMARK, ("participant", "institution"), "remark", "brief", _says_remark,
        lambda one, other: (one.target, one.value) == (other.target, other.value),
    ),
    Kind(CORRECTED, ("words",), "corrected", "brief", _says_corrected, same_place),
    Kind(WAITING, ("answer",), "waiting", "brief", _says_waiting, _same),
)  # fmt: skip
