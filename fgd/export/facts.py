"""What a pass has to say for itself in a line each: figures only, no names and no quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fgd.model import Attribution, Conversation

# What ``Turn.decided_by`` says where nobody's name on a transcript did.
BY_SOUND = ("diarization", "second opinion", "diarization; second opinion", "nearest voice")
# A voice whose nearest neighbour is closer than this (a similarity of prints above 0.75) may be
# the same person twice, or one that swallowed another.
CLEAR = 0.5


def facts(
    conversations: Sequence[Conversation], attributions: Sequence[Attribution]
) -> Iterator[str]:
    """Words and minutes heard, voices told apart, and how many of them are known."""
    words = sum(len(turn.words) for each in conversations for turn in each.turns)
    timed = [each for each in conversations if each.timed and each.turns]
    minutes = sum(max(turn.span.end for turn in each.turns) for each in timed) / 60_000
    length = f" in {_plural(round(minutes), 'minute')}" if timed else ""
    yield f"{words:,} words{length}, {_plural(len(conversations), 'recording')}"
    voices = {(turn.recording, turn.voice) for each in conversations for turn in each.turns}
    known = {(each.recording, each.voice) for each in attributions if each.identified}
    found = len(voices & known)
    named = {(each.recording, each.voice) for each in attributions if each.heard}
    heard = len((voices & named) - known)
    more = f", {heard} more heard by a name that is on no list" if heard else ""
    yield f"{_plural(len(voices), 'voice')}, {found} of them attributed{more}"
    yield from _sure(conversations)
    flagged = sum(1 for each in conversations for turn in each.turns if turn.flags)
    if flagged:
        yield f"{_plural(flagged, 'doubtful turn')}, marked in the transcript"


def _sure(conversations: Sequence[Conversation]) -> Iterator[str]:
    """How sure the voices are: told apart by sound, how clearly, and how many words agree.

    ``Voice.clarity`` and ``Turn.share`` are what the diarization said; nothing is known where the
    names on a transcript decided.
    """
    by_sound = [each for each in conversations if any(t.decided_by in BY_SOUND for t in each.turns)]
    if not by_sound:
        return
    turns = [turn for each in by_sound for turn in each.turns]
    time = sum(turn.span.duration for turn in turns)
    agree = sum(turn.share * turn.span.duration for turn in turns) / max(time, 1)
    heard = [voice for each in by_sound for voice in each.voices if voice.speech]
    ghosts = sum(voice.ghost for voice in heard)
    alike = sum(voice.clarity < CLEAR and not voice.ghost for voice in heard)
    line = f"told apart by sound: {_plural(len(heard) - ghosts - alike, 'clear voice')}"
    line += f", {alike} like another" if alike else ""
    line += f", {ghosts} hardly heard" if ghosts else ""
    yield f"{line}; {agree:.0%} of the talk agrees with its voice"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
