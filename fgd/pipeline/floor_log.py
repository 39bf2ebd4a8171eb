"""The floor log on its way from taps to evidence: laid over each recording, settled with voices.

It stands between two stages: the voices are told apart without the log, the log is laid over
them, and then both are known better.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fgd import floorlog
from fgd.core.errors import FgdError
from fgd.floorlog import Aligned, Heard
from fgd.model import FloorMark, Issue, Recording
from fgd.workspace.steps import Done
from fgd.workspace.store import hash_value, provenance

if TYPE_CHECKING:
    from fgd.diarization import Diarization
    from fgd.pipeline.recording import Hearing


class FloorLog:
    """One session's floor log."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing

    def marks(self, recording: Recording) -> tuple[FloorMark, ...]:
        """The marks that may be of this recording, in the log's own time.

        Taps know nothing of files: where all of them stand under one recording of several, each
        recording looks for its own part. Codes of name-plates and aliases are written out.
        """
        session, marks = self.hearing.intake.session, self.hearing.intake.floor
        own = [mark for mark in marks if mark.recording == recording.id]
        if self._by_hand == "auto" and len({mark.recording for mark in marks}) == 1:
            own = list(marks)
        return floorlog.named(own, session.participants)

    def laid(self, recording: Recording) -> tuple[FloorMark, ...]:
        """The marks in the recording's time; none where the log does not fit."""
        return self.aligned(recording).value.marks if self.marks(recording) else ()

    def aligned(self, recording: Recording) -> Done[Aligned]:
        """The floor log laid over a recording."""
        hearing, marks = self.hearing, self.marks(recording)
        blind = hearing.voices(recording)
        made = provenance(
            "floor",
            floorlog.VERSION,
            options={"offset": self._by_hand},
            inputs={"marks": hash_value(marks), "voices": blind.sha256},
        )

        def compute() -> tuple[Aligned, Sequence[Issue]]:
            found = floorlog.align(
                marks,
                _heard(blind.value),
                hearing.audio(recording).duration,
                by_hand=self._by_hand,
                recording=recording.id,
                name=recording.name,
            )
            return found, found.issues

        done: Done[Aligned] = hearing.step(f"{recording.id}/floor", Aligned, made, compute)
        return done

    @functools.cached_property
    def settled(self) -> tuple[tuple[FloorMark, ...], tuple[Issue, ...]]:
        """The log of all recordings, log and voices put right by each other, and where they
        disagree. Where there is no sound the log stands as it was written.
        """
        marks: list[FloorMark] = []
        issues: list[Issue] = []
        for recording in (
            self.hearing.intake.session.recordings if self.hearing.intake.floor else ()
        ):
            try:
                told = self.hearing.told_apart(recording)[0]
            except (FgdError, OSError):
                continue  # whoever hears the recording reports it
            if told is None:
                marks += [m for m in self.marks(recording) if m.recording == recording.id]
                continue
            found, met = floorlog.settle(self.laid(recording), _heard(told.value), recording.name)
            marks += found
            issues += met
        return tuple(marks), tuple(issues)

    @property
    def _by_hand(self) -> float | str:
        return self.hearing.settings.facilitation.floor_offset


def _heard(found: Diarization) -> tuple[Heard, ...]:
    """The turns of a diarization as the log is compared with them."""
    return tuple(Heard(turn.voice, turn.span) for turn in found.turns)
