"""Words and voices made into a conversation: turns, each with what decided whose it is."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fgd.audio.wav import Audio
from fgd.core.progress import Progress, silent
from fgd.diarization.assignment import NOBODY, Decided, SecondOpinion, by_label, by_voice
from fgd.diarization.backend import Diarization, VoiceEmbedder
from fgd.diarization.units import Ballot, Unit, together, units
from fgd.model import Conversation, Issue, Span, Transcript, Turn, Voice

# Units of one voice with a longer pause between them, in ms, are two turns.
APART = 2_000
# Turns that nobody could be given are cut to this length, in ms, so that they can be read.
READABLE = 60_000


def converse(
    recording: str,
    transcript: Transcript,
    diarization: Diarization | None = None,
    *,
    audio: Audio | None = None,
    embedder: VoiceEmbedder | None = None,
    name: str = "",
    progress: Progress = silent,
) -> tuple[Conversation, tuple[Issue, ...]]:
    """The turns of a recording.

    Labels on an imported transcript decide; without labels the diarization does, sentence by
    sentence, with a second opinion by voice where ``audio`` and ``embedder`` are given; with
    neither, everything belongs to one voice that stands for nobody (``V0``).

    Args:
        recording: its id.
        transcript: its words.
        diarization: who spoke when, if anybody found out.
        audio: the sound, for the second opinion.
        embedder: the one that made the diarization's prints.
        name: of the recording, for issues.
        progress: called with the step ``turns``.

    Returns:
        The conversation, and what a person should look at.
    """
    name = name or recording
    cut = units(transcript.segments, timed=transcript.timed)
    heard = diarization if diarization and diarization.turns and transcript.timed else None
    if any(unit.label for unit in cut):
        decided, voices, issues = by_label(recording, cut, heard, name)
    elif heard:
        opinion = None
        if audio and embedder and len(heard.prints) > 1:
            opinion = SecondOpinion(audio, embedder, heard.prints)
        decided = by_voice(cut, heard, opinion, progress)
        voices, issues = heard.voices, []
    else:
        decided = [Decided(unit, NOBODY, "voices not told apart", Counter()) for unit in cut]
        voices, issues = (), _nobody(cut, name)
    turns = _turns(recording, decided, timed=transcript.timed)
    if heard:
        turns = _overlapped(turns, Ballot(heard.turns))
    voices = _present(recording, voices, turns)
    return Conversation(recording, voices, turns, transcript.timed), tuple(issues)


def _turns(recording: str, decided: Sequence[Decided], *, timed: bool) -> tuple[Turn, ...]:
    """Consecutive units of one voice and label as turns with ids of their own."""
    groups: list[list[Decided]] = []
    for item in decided:
        if groups and _goes_on(groups[-1], item, timed=timed):
            groups[-1].append(item)
        else:
            groups.append([item])
    seen: Counter[str] = Counter()
    turns = []
    for group in groups:
        turn = _turn(recording, group)
        seen[turn.id] += 1
        if seen[turn.id] > 1:
            turn = replace(turn, id=turn.id + _letters(seen[turn.id] - 2))
        turns.append(turn)
    return tuple(turns)


def _goes_on(group: Sequence[Decided], item: Decided, *, timed: bool) -> bool:
    last, first = group[-1], group[0]
    if (last.voice, last.unit.label) != (item.voice, item.unit.label):
        return False
    if not timed:
        return True
    if item.voice == NOBODY and item.unit.span.end - first.unit.span.start > READABLE:
        return False
    return item.unit.span.start - last.unit.span.end <= APART


def _turn(recording: str, group: Sequence[Decided]) -> Turn:
    """One turn; its share is the part of its words' time that lies under its voice."""
    whole = together([item.unit for item in group])
    voice = group[0].voice
    votes: Counter[str] = Counter()
    for item in group:
        votes.update(item.votes)
    total = sum(votes.values())
    rivals = {v: time for v, time in votes.items() if v != voice}
    runner_up = max(rivals, key=lambda v: (rivals[v], v)) if rivals else ""
    return Turn(
        f"{recording}-{whole.span.start:08d}",
        recording,
        voice,
        whole.span,
        whole.words,
        whole.label,
        share=round(votes[voice] / total, 4) if total else float(group[0].by == "label"),
        runner_up=runner_up,
        runner_up_share=round(rivals[runner_up] / total, 4) if runner_up else 0.0,
        decided_by="; ".join(dict.fromkeys(item.by for item in group)),
        timing=whole.timing,
        flags=whole.flags,
    )


def _letters(number: int) -> str:
    """a, b, ..., z, aa, ab, ... for 0, 1, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = string.ascii_lowercase[rest] + letters
    return letters


def _overlapped(turns: Sequence[Turn], ballot: Ballot) -> tuple[Turn, ...]:
    """Turns with the spans in which the diarizer hears somebody else as well."""
    marked = []
    for turn in turns:
        inside = [(near.span & turn.span, near.voice) for near in ballot.near(turn.span)]
        mine = [span for span, voice in inside if span and voice == turn.voice]
        shared = [
            span & own
            for span, voice in inside
            if span and voice != turn.voice
            for own in mine
            if span.overlaps(own)
        ]
        marked.append(replace(turn, overlaps=_union(shared)) if shared else turn)
    return tuple(marked)


def _union(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] |= span
        else:
            joined.append(span)
    return tuple(joined)


def _present(recording: str, voices: Sequence[Voice], turns: Sequence[Turn]) -> tuple[Voice, ...]:
    """All voices that were heard, and those of turns that no diarizer knows."""
    known = {voice.id for voice in voices}
    time: Counter[str] = Counter()
    for turn in turns:
        time[turn.voice] += turn.span.duration
    others = (Voice(v, recording, speech=t) for v, t in sorted(time.items()) if v not in known)
    return (*voices, *others)


def _nobody(cut: Sequence[Unit], name: str) -> list[Issue]:
    if not cut:
        return []
    return [
        Issue(
            "warning",
            name,
            "the voices were not told apart; everything is under V0, which stands for nobody.",
            "Bring sound, or a transcript with names, to know who said what.",
        )
    ]
