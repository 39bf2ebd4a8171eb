"""What a pass has to say for itself in a line each: figures only, no names and no quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fgd.model import Attribution, Conversation


def facts(
    conversations: Sequence[Conversation], attributions: Sequence[Attribution]
) -> Iterator[str]:
    """Words and minutes heard, voices told apart, and how many of them are known."""
    words = sum(len(turn.words) for each in conversations for turn in each.turns)
    timed = [each for each in conversations if each.timed and each.turns]
    minutes = sum(max(turn.span.end for turn in each.turns) for each in timed) / 60_000
    length = f" in {minutes:.0f} minutes" if timed else ""
    yield f"{words:,} words{length}, {_plural(len(conversations), 'recording')}"
    voices = {(turn.recording, turn.voice) for each in conversations for turn in each.turns}
    known = {each.voice for each in attributions if each.participant or each.institutions}
    found = sum(1 for _, voice in voices if voice in known)
    yield f"{_plural(len(voices), 'voice')}, {found} of them attributed"
    flagged = sum(1 for each in conversations for turn in each.turns if turn.flags)
    if flagged:
        yield f"{_plural(flagged, 'doubtful turn')}, marked in the transcript"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
