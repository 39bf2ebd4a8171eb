"""Turns from the names printed on an imported transcript; what is heard is a second opinion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fgd.core.personal_names import is_everybody
from fgd.diarization.backend import Diarization
from fgd.diarization.decisions import NOBODY, Decided
from fgd.diarization.units import Unit
from fgd.diarization.votes import Ballot
from fgd.model import Flag, Issue, Voice

# What must be heard of another voice, as a share of a unit and in ms, before a label is doubted.
CLEAR, ENOUGH = 0.8, 2_000
# A label and a voice belong together if this much of the label's speech is the voice's.
MAJORITY = 0.6


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
