"""Whose words a unit's are: by the voices heard there, by a second opinion, or by printed names.

The diarizer decides for moments on a grid; text knows where sentences begin and end. So each unit
goes to the voice that most of its words lie under, and then exactly its sound is compared with the
prints of all voices: it moves only if another voice is clearly closer. Idea and gate follow
kaixxx/noScribe, pull request 351. Names printed on an imported transcript decide by themselves,
and what is heard is the second opinion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from fgd.audio.wav import Audio
from fgd.core.personal_names import is_everybody
from fgd.core.progress import Progress, silent
from fgd.diarization.backend import Diarization, VoiceEmbedder, VoicePrint
from fgd.diarization.units import Ballot, Unit
from fgd.model import Flag, Issue, Span, Voice

# A change of voice within a sentence needs this much sound on both sides, in ms.
CLAUSE = 1_200
# The voice that stands for nobody.
NOBODY = "V0"
# Sound shorter than this, in ms, says too little about a voice.
SHORTEST = 800
# The longest sound listened to, in ms: more adds nothing.
LONGEST = 10_000
# How much closer another voice must be: one that the diarizer also hears there, and one that it
# does not.
HEARD, UNHEARD = 0.1, 0.2
# What must be heard of another voice, as a share of a unit and in ms, before a label is doubted.
CLEAR, ENOUGH = 0.8, 2_000
# A label and a voice belong together if this much of the label's speech is the voice's.
MAJORITY = 0.6


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


class SecondOpinion:
    """Compares stretches of a recording with the voices heard in it."""

    def __init__(self, audio: Audio, embedder: VoiceEmbedder, prints: Sequence[VoicePrint]) -> None:
        import numpy as np

        self._audio = audio
        self._embedder = embedder
        self._voices = [p.voice for p in prints]
        self._matrix = np.array([p.vector for p in prints], dtype=np.float32)

    def similarities(self, span: Span) -> dict[str, float]:
        """How much a stretch sounds like each voice; empty where that cannot be told."""
        if span.duration < SHORTEST or len(self._voices) < 2:
            return {}
        heard = Span(span.start, min(span.end, span.start + LONGEST))
        vector = self._embedder(self._audio.read(heard))
        if not vector.any():
            return {}
        return dict(zip(self._voices, (self._matrix @ vector).tolist(), strict=True))

    def better(self, span: Span, voice: str, heard: Collection[str]) -> str:
        """The voice that a stretch belongs to instead; empty if it should stay.

        Args:
            span: the stretch.
            voice: whose it is so far.
            heard: the voices that the diarizer hears in it or beside it.
        """
        alike = self.similarities(span)
        if voice not in alike:
            return ""
        best = max(alike, key=lambda v: (alike[v], v))
        margin = HEARD if best in heard else UNHEARD
        return best if best != voice and alike[best] - alike[voice] >= margin else ""

    def differ(self, left: Span, first: str, right: Span, second: str) -> bool:
        """Whether ``left`` clearly sounds like ``first`` and ``right`` like ``second``."""
        a, b = self.similarities(left), self.similarities(right)
        if first not in a or second not in b or second not in a or first not in b:
            return False
        return a[first] - a[second] >= HEARD and b[second] - b[first] >= HEARD


def by_label(
    recording: str, cut: Sequence[Unit], heard: Diarization | None, name: str
) -> tuple[list[Decided], tuple[Voice, ...], list[Issue]]:
    """Give each unit to the voice of its label.

    A unit that clearly sounds like the voice of another label keeps its own and gets a flag. One
    without a label goes to the label whose voice is heard there, or else to nobody (``V0``);
    so does what several people said at once ("All").
    """
    ids = {label: f"V{number}" for number, label in enumerate(_in_order(cut), 1)}
    ballot = Ballot(heard.turns if heard else ())
    votes = [ballot.votes(unit.words) for unit in cut]
    owner = _owners(cut, votes)
    decided, doubted, unlabelled = [], 0, 0
    for unit, counted in zip(cut, votes, strict=True):
        by_label_votes = Counter(
            {ids[owner[voice]]: time for voice, time in counted.items() if voice in owner}
        )
        other = _clearly(counted, owner)
        if is_everybody(unit.label):
            decided.append(Decided(unit, NOBODY, "several at once", Counter()))
        elif unit.label:
            if other and other != unit.label:
                reason = f"sounds like the voice labelled {other}"
                unit = replace(unit, flags=(*unit.flags, Flag("voice", reason)))
                doubted += 1
            decided.append(Decided(unit, ids[unit.label], "label", by_label_votes))
        elif other:
            decided.append(Decided(unit, ids[other], "voice of a label", by_label_votes))
        else:
            unlabelled += 1
            decided.append(Decided(unit, NOBODY, "no label", Counter()))
    voices = tuple(_voices(recording, decided, ids))
    return decided, voices, _issues(doubted, unlabelled, len(cut), name)


def _in_order(cut: Sequence[Unit]) -> list[str]:
    labels = (unit.label for unit in cut if unit.label and not is_everybody(unit.label))
    return list(dict.fromkeys(labels))


def _owners(cut: Sequence[Unit], votes: Sequence[Counter[str]]) -> dict[str, str]:
    """For each voice heard the one label that it mostly goes with, and that mostly goes with it."""
    pairs: Counter[tuple[str, str]] = Counter()
    of_label: Counter[str] = Counter()
    of_voice: Counter[str] = Counter()
    for unit, counted in zip(cut, votes, strict=True):
        if unit.label and not is_everybody(unit.label):
            for voice, time in counted.items():
                pairs[voice, unit.label] += time
                of_label[unit.label] += time
                of_voice[voice] += time
    return {
        voice: label
        for (voice, label), time in pairs.items()
        if time >= MAJORITY * of_label[label] and time >= MAJORITY * of_voice[voice]
    }


def _clearly(counted: Counter[str], owner: Mapping[str, str]) -> str:
    """The label whose voice is heard throughout a unit; empty if that is not clear."""
    total = sum(counted.values())
    for voice, time in counted.most_common(1):
        if time >= max(CLEAR * total, ENOUGH):
            return owner.get(voice, "")
    return ""


def _voices(recording: str, decided: Sequence[Decided], ids: Mapping[str, str]) -> list[Voice]:
    time: Counter[str] = Counter()
    for item in decided:
        time[item.voice] += item.unit.span.duration
    return [Voice(voice, recording, speech=time[voice]) for voice in ids.values()]


def _issues(doubted: int, unlabelled: int, count: int, name: str) -> list[Issue]:
    issues = []
    if doubted:
        issues.append(
            Issue(
                "note",
                name,
                f"{doubted} of {count} passages sound like somebody else than their label says.",
                "The labels were kept; the passages are marked in the transcript.",
            )
        )
    if unlabelled:
        issues.append(
            Issue(
                "note",
                name,
                f"{unlabelled} of {count} passages have no speaker's name.",
                "They stand under V0, which stands for nobody.",
            )
        )
    return issues
