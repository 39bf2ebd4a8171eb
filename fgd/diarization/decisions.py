"""Whose words a unit's are, sentence by sentence, with a second opinion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fgd.core.progress import Progress, silent
from fgd.diarization.backend import Diarization
from fgd.diarization.opinion import SecondOpinion
from fgd.diarization.units import Unit
from fgd.diarization.votes import Ballot

# A change of voice within a sentence needs this much sound on both sides, in ms.
CLAUSE = 1_200
# The voice that stands for nobody.
NOBODY = "V0"


@dataclass(frozen=True, slots=True)
class Decided:
    """A unit with its voice, by what, and how the words' time is divided among voices."""

    unit: Unit
    voice: str
    by: str
    votes: Counter[str]


def by_voice(
    cut: Sequence[Unit],
    heard: Diarization,
    opinion: SecondOpinion | None,
    progress: Progress = silent,
) -> list[Decided]:
    """Give each unit to the voice that most of its words lie under, or to a clearly closer one."""
    ballot = Ballot(heard.turns)
    decided: list[Decided] = []
    for number, unit in enumerate(cut):
        for part in _parts(unit, ballot, opinion):
            votes = ballot.votes(part.words)
            if votes:
                voice, by = max(votes, key=lambda v: (votes[v], v)), "diarization"
            elif near := ballot.nearest(part.span):
                voice, by = near, "nearest voice"
            else:
                before = decided[-1].voice if decided else heard.turns[0].voice
                voice, by = before, "voice before"
            if opinion:
                beside = {turn.voice for turn in ballot.near(part.span, 500)}
                better = opinion.better(part.span, voice, beside)
                if better:
                    voice, by = better, "second opinion"
            decided.append(Decided(part, voice, by, votes))
        progress("turns", number + 1, len(cut))
    return decided


def _parts(unit: Unit, ballot: Ballot, opinion: SecondOpinion | None) -> list[Unit]:
    """The unit, or its parts where the diarizer hears a change inside it that the sound of both
    sides confirms: a transcript without full stops must not glue two people together.
    """
    parts, start = [], 0
    if opinion:
        for moment, before, after in ballot.changes(unit.span):
            index = _boundary(unit, moment)
            left, right = unit.part(start, index), unit.part(index, len(unit.words))
            if not left.words or not right.words:
                continue
            if min(left.span.duration, right.span.duration) < CLAUSE:
                continue
            if opinion.differ(left.span, before, right.span, after):
                parts.append(left)
                start = index
    return [*parts, unit.part(start, len(unit.words))]


def _boundary(unit: Unit, moment: int) -> int:
    """The index of the word that begins closest to a moment."""
    starts = [abs(word.span.start - moment) for word in unit.words]
    return starts.index(min(starts))
