"""Decisions that change which voice said what: merging two voices, splitting one.

They belong before attribution: apply them to a conversation once it is diarized and everything
after it sees the voices as people say they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fgd.decisions.voices import SAME, SPLIT, voice_at
from fgd.model import Conversation, Decision, Issue, Span, Turn, Voice

WHERE = "decisions.jsonl"


def rearrange(
    talk: Conversation, decisions: Sequence[Decision]
) -> tuple[Conversation, tuple[Issue, ...]]:
    """The conversation with merges and splits applied, in the order they were made.

    Decisions about other recordings or of other kinds are left alone; one that finds no voice any
    more becomes an ``Issue``. Applying the same decisions twice changes nothing more.
    """
    turns = list(talk.turns)
    issues: list[Issue] = []
    for decision in decisions:
        if decision.recording != talk.recording or decision.field not in (SAME, SPLIT):
            continue
        if decision.field == SAME:
            turns = _merged(turns, decision, issues)
        else:
            turns = _split(turns, decision, issues)
    if turns == list(talk.turns):
        return talk, tuple(issues)
    return replace(talk, turns=tuple(turns), voices=_voices(talk, turns)), tuple(issues)


def lost(decision: Decision, what: str) -> Issue:
    """A decision that could not be applied."""
    return Issue(
        "warning",
        WHERE,
        f"the decision {decision.id} ({decision.target}, {decision.field}) {what}.",
        "Decide again, or undo it.",
        f"{decision.anchor.start / 1000:.1f} s",
    )


def _merged(turns: list[Turn], decision: Decision, issues: list[Issue]) -> list[Turn]:
    span = _span(decision.value)
    if span is None:
        issues.append(lost(decision, f"has a value that is no time: {decision.value!r}"))
        return turns
    kept, gone = voice_at(turns, decision.anchor), voice_at(turns, span)
    if not kept or not gone:
        issues.append(lost(decision, "refers to a voice that is no longer heard there"))
        return turns
    return [replace(t, voice=kept) if t.voice == gone else t for t in turns]


def _split(turns: list[Turn], decision: Decision, issues: list[Issue]) -> list[Turn]:
    voice = voice_at(turns, decision.anchor)
    if not voice:
        issues.append(lost(decision, "refers to a voice that is no longer heard there"))
        return turns
    middle = (decision.anchor.start + decision.anchor.end) // 2
    after = [t for t in turns if t.voice == voice and t.span.end > middle]
    if len(after) == sum(1 for t in turns if t.voice == voice):
        return turns  # nothing of that voice is left before: it is split already
    taken, number = {t.voice for t in turns}, 2
    while f"{voice}.{number}" in taken:
        number += 1
    chosen = {id(t) for t in after}
    return [replace(t, voice=f"{voice}.{number}") if id(t) in chosen else t for t in turns]


def _voices(talk: Conversation, turns: Sequence[Turn]) -> tuple[Voice, ...]:
    """The voices of the new turns, in order of appearance, with their floor time."""
    before = {voice.id: voice for voice in talk.voices}
    speech: dict[str, int] = {}
    for turn in turns:
        speech[turn.voice] = speech.get(turn.voice, 0) + turn.span.duration
    return tuple(
        replace(
            before.get(name) or before.get(name.rsplit(".", 1)[0]) or Voice(name, talk.recording),
            id=name,
            speech=length,
        )
        for name, length in speech.items()
    )


def _span(value: str) -> Span | None:
    start, _, end = value.partition("-")
    if start.isdigit() and end.isdigit() and int(start) <= int(end):
        return Span(int(start), int(end))
    return None
