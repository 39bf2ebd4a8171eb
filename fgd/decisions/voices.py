"""What people say about voices and turns, as decisions that survive another transcription.

==================  ================================================  =========================
field               says                                              value
==================  ================================================  =========================
``participant``     this voice (or turn) is that person; with no      participant id, or empty
                    value: nobody who is listed
``institution``     this voice (or turn) speaks for that body, the    institution id
                    person being unknown
``same-voice``      this voice and the one heard at the value are     ``start-end`` in ms
                    one person
``split-voice``     from here on this voice is somebody else          empty
==================  ================================================  =========================

``target`` is ``voice:ID`` or ``turn:ID``, for people to read; what counts is ``recording`` and
``anchor``. The anchor of a voice is a stretch where it is heard alone and at length, so the same
sound is found again whatever the voices are called after another diarization.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from fgd.core.errors import InputError
from fgd.model import Conversation, Decision, Span, Turn

PARTICIPANT, INSTITUTION, SAME, SPLIT = "participant", "institution", "same-voice", "split-voice"
FIELDS = (PARTICIPANT, INSTITUTION, SAME, SPLIT)
ANCHOR = 30_000
"""Longest anchor in milliseconds."""


def name_voice(talk: Conversation, voice: str, participant: str, *, by: str, when: str) -> Decision:
    """ "V3 is Dr X". Raises ``InputError`` if there is no such voice."""
    return _about_voice(talk, voice, PARTICIPANT, participant, by, when)


def nobody(talk: Conversation, voice: str, *, by: str, when: str) -> Decision:
    """ "This voice is nobody on the roster". Raises ``InputError``."""
    return _about_voice(talk, voice, PARTICIPANT, "", by, when)


def place_voice(
    talk: Conversation, voice: str, institution: str, *, by: str, when: str
) -> Decision:
    """ "This voice speaks for that institution, whoever it is". Raises ``InputError``."""
    return _about_voice(talk, voice, INSTITUTION, institution, by, when)


def name_turn(talk: Conversation, turn: str, participant: str, *, by: str, when: str) -> Decision:
    """ "This turn is Y" (with an empty participant: nobody listed). Raises ``InputError``."""
    found = _turn(talk, turn)
    return _decision(talk, f"turn:{turn}", PARTICIPANT, participant, found.span, by, when)


def merge_voices(talk: Conversation, voice: str, other: str, *, by: str, when: str) -> Decision:
    """ "V2 and V5 are one person"; the first one's name stays. Raises ``InputError``."""
    if voice == other:
        raise InputError(f"{voice} cannot be merged with itself.", remedy="Name two voices.")
    span = anchor(talk, other)
    return _about_voice(talk, voice, SAME, f"{span.start}-{span.end}", by, when)


def split_voice(talk: Conversation, turn: str, *, by: str, when: str) -> Decision:
    """ "From this turn on it is somebody else". Raises ``InputError``."""
    found = _turn(talk, turn)
    return _decision(talk, f"voice:{found.voice}", SPLIT, "", found.span, by, when)


def undo(decision: Decision, *, by: str, when: str) -> Decision:
    """Take an earlier decision back; the line stays, so that the log tells what happened."""
    made = _identify(decision.target, decision.field, "", by, when, decision.recording)
    return Decision(
        id=made,
        target=decision.target,
        field=decision.field,
        value="",
        by=by,
        when=when,
        recording=decision.recording,
        anchor=decision.anchor,
        undoes=decision.id,
    )


def append(path: Path, decision: Decision) -> None:
    """Add one line to ``decisions.jsonl``, safely on disk before this returns.

    A file that was cut off in the middle of a line gets a new line first. Raises ``OSError``.
    """
    import msgspec

    line = msgspec.json.encode(decision) + b"\n"
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def anchor(talk: Conversation, voice: str) -> Span:
    """A stretch where a voice is heard alone, the longest there is; at most ``ANCHOR`` ms.

    Raises ``InputError`` if nobody speaks under that name.
    """
    own = [turn for turn in talk.turns if turn.voice == voice]
    if not own:
        known = ", ".join(dict.fromkeys(turn.voice for turn in talk.turns)) or "none"
        raise InputError(f"there is no voice {voice!r}.", remedy=f"Voices heard: {known}.")
    best = max(own, key=lambda t: (not t.overlaps, t.span.duration, -t.span.start)).span
    return Span(best.start, min(best.end, best.start + ANCHOR))


def voices_at(turns: Iterable[Turn], span: Span) -> list[str]:
    """The voices heard during a span, the one heard longest first."""
    heard: dict[str, int] = {}
    for turn in turns:
        shared = (turn.span & span).duration
        if shared or (turn.span.start == span.start and not span.duration):
            heard[turn.voice] = heard.get(turn.voice, 0) + max(shared, 1)
    return sorted(heard, key=lambda v: (-heard[v], v))


def voice_at(turns: Iterable[Turn], span: Span) -> str:
    """The voice heard for more than half of a span; empty where none is."""
    own = list(turns)
    found = voices_at(own, span)
    if not found:
        return ""
    first = sum((t.span & span).duration for t in own if t.voice == found[0])
    return found[0] if 2 * first >= span.duration else ""


def _about_voice(
    talk: Conversation, voice: str, field: str, value: str, by: str, when: str
) -> Decision:
    return _decision(talk, f"voice:{voice}", field, value, anchor(talk, voice), by, when)


def _decision(
    talk: Conversation, target: str, field: str, value: str, span: Span, by: str, when: str
) -> Decision:
    made = _identify(target, field, value, by, when, talk.recording)
    return Decision(made, target, field, value, by, when, talk.recording, span)


def _identify(*parts: str) -> str:
    return "d-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def _turn(talk: Conversation, turn: str) -> Turn:
    for found in talk.turns:
        if found.id == turn:
            return found
    raise InputError(f"there is no turn {turn!r}.", remedy="Look it up in the attribution table.")
