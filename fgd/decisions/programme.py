"""Record what people settle of a programme: what is the same proposal, what became of it.

============  ====================================================  =============================
field         says                                                  value
============  ====================================================  =============================
``same``      these words put the same as those of another session, record: ``to``, ``same``
              or they do not
``standing``  where a proposal or decision stands now               a ``Standing``
``kept``      what became of a promise, or that it is none          a ``Kept``
============  ====================================================  =============================

They lie in the log of the session in which the words were said (for ``same``: of the later one) and
find them again like every decision about words: by recording, time and the words themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from fgd.core.errors import InputError
from fgd.core.serialization import decode
from fgd.decisions.findings import Spot, lost, place_again, spot
from fgd.decisions.kinds import Kind, Names, quoted, same_place
from fgd.model import Decision, Issue, Kept, Slice, Standing, Turn

SAME, STANDING, KEPT = "same", "standing", "kept"
STANDINGS: tuple[Standing, ...] = get_args(Standing)
KEPTS: tuple[Kept, ...] = tuple(each for each in get_args(Kept) if each)


@dataclass(frozen=True, slots=True)
class Same:
    """What a decision about sameness says: the other words, and whether both put the same."""

    to: Spot
    same: bool


def tie(
    one: Turn, place: Slice, other: Turn, to: Slice, *, same: bool, by: str, when: str
) -> Decision:
    """Say that words of two sessions put the same to the room, or do not."""
    there = spot(other, to.start, to.end)
    value = msgspec.json.encode(Same(there, same)).decode()
    return _made(one, place, SAME, value, by=by, when=when)


def stand(turn: Turn, place: Slice, standing: str, *, by: str, when: str) -> Decision:
    """Say where a proposal stands. Raises ``InputError`` for a word that is no standing."""
    return _made(turn, place, STANDING, _one_of(STANDINGS, standing), by=by, when=when)


def keep(turn: Turn, place: Slice, kept: str, *, by: str, when: str) -> Decision:
    """Say what became of a promise. Raises ``InputError`` for a word that says nothing of it."""
    return _made(turn, place, KEPT, _one_of(KEPTS, kept), by=by, when=when)


def _one_of(known: Sequence[str], value: str) -> str:
    if value not in known:
        raise InputError(f'"{value}" cannot be decided.', remedy=f"Use {', '.join(known)}.")
    return value


def _made(turn: Turn, place: Slice, field: str, value: str, *, by: str, when: str) -> Decision:
    here = spot(turn, place.start, place.end)
    return Decision.made(
        f"words:{here.text}",
        field,
        value,
        turn.recording,
        here.span,
        by=by,
        when=when,
    )


@dataclass(slots=True)
class Settled:
    """What people settled of a programme, found again in the transcripts of today."""

    same: list[tuple[Slice, Slice, bool, str]] = field(default_factory=list)
    standing: dict[Slice, tuple[Standing, str]] = field(default_factory=dict)
    kept: dict[Slice, tuple[Kept, str]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    @staticmethod
    def of(decisions: Iterable[Decision], turns: Iterable[Turn]) -> Settled:
        """Find the words of all decisions about a programme, which all hold, in their order."""
        found = Settled()
        mine = [each for each in decisions if each.field in (SAME, STANDING, KEPT)]
        by_recording: dict[str, list[Turn]] = {}
        for turn in turns if mine else ():
            by_recording.setdefault(turn.recording, []).append(turn)
        for each in mine:
            found._add(each, by_recording)
        return found

    def _add(self, decision: Decision, turns: Mapping[str, Sequence[Turn]]) -> None:
        words, anchor = decision.target.removeprefix("words:"), decision.anchor
        here = Spot(decision.recording, anchor.start, anchor.end, words)
        place = place_again(here, turns.get(here.recording, ()))
        if place is None:
            self.issues.append(lost(words))
        elif decision.field == SAME:
            said = _same(decision)
            to = place_again(said.to, turns.get(said.to.recording, ())) if said else None
            if said is None or to is None:
                self.issues.append(lost(words))
            else:
                self.same.append((place, to, said.same, decision.by))
        elif decision.field == STANDING and decision.value in STANDINGS:
            self.standing[place] = decision.value, decision.by
        elif decision.field == KEPT and decision.value in KEPTS:
            self.kept[place] = decision.value, decision.by


def _same(decision: Decision) -> Same | None:
    try:
        return decode(decision.value, Same)
    except (msgspec.MsgspecError, ValueError):
        return None


def _words(decision: Decision) -> str:
    return quoted(decision.target.removeprefix("words:"))


def _says_same(decision: Decision, _: Names) -> str:
    said = _same(decision)
    if said is None:
        return f"{_words(decision)} is compared with something that cannot be read"
    puts = "puts the same as" if said.same else "is not the same as"
    return f"{_words(decision)} {puts} {quoted(said.to.text)}"


def _says_standing(decision: Decision, _: Names) -> str:
    return f"{_words(decision)} stands as: {decision.value}"


def _says_kept(decision: Decision, _: Names) -> str:
    return f"the promise {_words(decision)} was: {decision.value}"


def _same_pair(one: Decision, other: Decision) -> bool:
    mine, theirs = _same(one), _same(other)
    return same_place(one, other) and (mine is None or theirs is None or mine.to == theirs.to)


DECISIONS = (
    Kind(SAME, ("words",), "same", "programme", _says_same, _same_pair),
    Kind(STANDING, ("words",), "standing", "programme", _says_standing, same_place),
    Kind(KEPT, ("words",), "kept", "programme", _says_kept, same_place),
)
