"""From words to turns: voices told apart, the floor log laid over them, words under voices.

The floor log stands between two looks at the same sound: the voices are told apart without the
log, the log is laid over them, and then both are known better.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fgd import audio, diarization, floorlog
from fgd.core import backends
from fgd.core.errors import BackendUnavailable
from fgd.diarization import Diarization
from fgd.floorlog import Aligned, Heard
from fgd.model import Conversation, FloorMark, Issue, Recording, SameVoice
from fgd.pipeline.context import SessionContext
from fgd.pipeline.listening import decode, detect_speech, open_audio, transcribe
from fgd.pipeline.reexports import decided
from fgd.workspace.steps import Done
from fgd.workspace.store import hash_value, provenance


def diarize(context: SessionContext, recording: Recording) -> Done[Diarization]:
    """Tell the voices of a recording apart, with what the floor log says of them."""
    marks: tuple[FloorMark, ...] = ()
    if marks_of(context, recording):
        marks = align_floor_log(context, recording).value.marks
    return diarize_with(context, recording, marks)


def diarize_with(
    context: SessionContext, recording: Recording, floor: tuple[FloorMark, ...] = ()
) -> Done[Diarization]:
    """Tell the voices of a recording apart; a look without and one with a log are kept apart."""
    sound, activity = decode(context, recording), detect_speech(context, recording)
    # One for all recordings: it may keep what it heard from a look without the log.
    diarizer: Any = context.memory.once(
        "diarizer",
        lambda: backends.resolve("diarizer", context.settings.voices.diarizer, context.backends),
    )
    encoder = diarization.VoiceEncoder()
    bounds = diarization.VoiceBounds.of_roster(len(context.intake.session.participants))
    made = provenance(
        "diarization",
        diarization.VERSION,
        backend=f"{diarizer.id}/{diarizer.version}",
        options={"bounds": bounds, "encoder": f"{encoder.id}/{encoder.version}"},
        inputs={
            "sound": sound.value.sha256,
            "activity": activity.sha256,
            "floor": hash_value(floor),
        },
    )

    def compute() -> tuple[Diarization, Sequence[Issue]]:
        found = diarization.diarize(
            recording.id,
            open_audio(context, recording),
            activity.value,
            diarizer,
            embedder=encoder,
            bounds=bounds,
            floor=floor,
            channels=audio.channels(context.wav(recording), sound.value),
            name=recording.name,
            progress=context.progress,
        )
        return found, found.issues

    step = "diarization-logged" if floor else "diarization"
    return context.step(f"{recording.id}/{step}", Diarization, made, compute)


def diarized(
    context: SessionContext, recording: Recording
) -> tuple[Done[Diarization] | None, tuple[Issue, ...]]:
    """Return the diarization, or why there is none: a missing model costs no transcript."""
    if recording.kind == "transcript":
        return None, ()
    try:
        return diarize(context, recording), ()
    except BackendUnavailable as problem:
        return None, (replace(problem.as_issue(), where=recording.name),)


def marks_of(context: SessionContext, recording: Recording) -> tuple[FloorMark, ...]:
    """Return the floor log's marks that may be of this recording, in the log's own time.

    Taps know nothing of files: where all of them stand under one recording of several, each
    recording looks for its own part. Codes of name-plates and aliases are written out.
    """
    session, marks = context.intake.session, context.intake.floor
    own = [mark for mark in marks if mark.recording == recording.id]
    by_hand = context.settings.facilitation.floor_offset
    if by_hand == "auto" and len({mark.recording for mark in marks}) == 1:
        own = list(marks)
    return floorlog.named(own, session.participants)


def align_floor_log(context: SessionContext, recording: Recording) -> Done[Aligned]:
    """Lay the floor log over a recording; no marks remain where it does not fit."""
    marks = marks_of(context, recording)
    by_hand = context.settings.facilitation.floor_offset
    blind = diarize_with(context, recording)
    made = provenance(
        "floor",
        floorlog.VERSION,
        options={"offset": by_hand},
        inputs={"marks": hash_value(marks), "voices": blind.sha256},
    )

    def compute() -> tuple[Aligned, Sequence[Issue]]:
        found = floorlog.align(
            marks,
            _heard(blind.value),
            open_audio(context, recording).duration,
            by_hand=by_hand,
            recording=recording.id,
            name=recording.name,
        )
        return found, found.issues

    return context.step(f"{recording.id}/floor", Aligned, made, compute)


def settled_floor_log(context: SessionContext) -> tuple[tuple[FloorMark, ...], tuple[Issue, ...]]:
    """Put log and voices of all recordings right by each other.

    Where there is no sound the log stands as it was written.

    Returns:
        The marks, and where log and voices disagree.
    """
    return context.memory.once("settled floor log", lambda: _settled(context))


def _settled(context: SessionContext) -> tuple[tuple[FloorMark, ...], tuple[Issue, ...]]:
    marks: list[FloorMark] = []
    issues: list[Issue] = []
    for recording in context.intake.session.recordings if context.intake.floor else ():
        # Whoever hears the recording reports what is wrong with it.
        with contextlib.suppress(Exception):
            told = diarized(context, recording)[0]
            own = marks_of(context, recording)
            if told is None:
                marks += [mark for mark in own if mark.recording == recording.id]
                continue
            laid = align_floor_log(context, recording).value.marks if own else ()
            found, met = floorlog.settle(laid, _heard(told.value), recording.name)
            marks += found
            issues += met
    return tuple(marks), tuple(issues)


def _heard(found: Diarization) -> tuple[Heard, ...]:
    """Turns of a diarization as the log is compared with them."""
    return tuple(Heard(turn.voice, turn.span) for turn in found.turns)


def converse(context: SessionContext, recording: Recording) -> Done[Conversation]:
    """Put a recording's words, as people corrected them, under its voices."""
    decided(context)  # before anything is corrected: a file that was exported again keeps its own
    transcript = transcribe(context, recording)
    words, written, lost = context.words(transcript.record)
    told, why_not = diarized(context, recording)
    encoder = diarization.VoiceEncoder() if told else None
    made = provenance(
        "conversation",
        diarization.VERSION,
        backend=f"{encoder.id}/{encoder.version}" if encoder else "",
        inputs={
            "transcript": written,
            "diarization": told.sha256 if told else "",
            "problem": hash_value(why_not),
        },
    )

    def compute() -> tuple[Conversation, Sequence[Issue]]:
        conversation, issues = diarization.converse(
            recording.id,
            words,
            told.value if told else None,
            audio=open_audio(context, recording) if told else None,
            embedder=encoder,
            name=recording.name,
            progress=context.progress,
        )
        return conversation, (*why_not, *lost, *issues)

    return context.step(f"{recording.id}/conversation", Conversation, made, compute)


def conversations(context: SessionContext) -> tuple[Done[Conversation], ...]:
    """Return the turns of every recording that could be used, in order."""
    done = []
    for recording in context.intake.session.recordings:
        # Whoever runs the whole pass reports a recording that fails; here the others count.
        with contextlib.suppress(Exception):
            done.append(converse(context, recording))
    return tuple(done)


def arranged(context: SessionContext) -> tuple[Conversation, ...]:
    """Return the conversations with voices and overlaps as people heard them."""
    return tuple(context.turns(done.record)[0] for done in conversations(context))


def same_voices(context: SessionContext) -> tuple[SameVoice, ...]:
    """Return the voices that sound like one person in two recordings of the session.

    Where labels name the speakers, voices are labels and not sounds; where people merged or split a
    voice, it is no longer the one that was heard. Neither is compared.
    """
    heard = []
    for recording, done in _heard_talks(context):
        told = diarized(context, recording)[0]
        now = context.turns(done.record)[0]
        if told is None or any(turn.label for turn in now.turns):
            continue
        before, after = _turns_of(done.value), _turns_of(now)
        same = {voice for voice, turns in after.items() if before.get(voice) == turns}
        prints = tuple(each for each in told.value.prints if each.voice in same)
        heard.append(replace(told.value, prints=prints))
    return diarization.same_voices(heard)


def _heard_talks(context: SessionContext) -> list[tuple[Recording, Done[Conversation]]]:
    by_id = {recording.id: recording for recording in context.intake.session.recordings}
    return [(by_id[done.value.recording], done) for done in conversations(context)]


def _turns_of(talk: Conversation) -> dict[str, list[str]]:
    """The ids of the turns of each voice."""
    found: dict[str, list[str]] = {}
    for turn in talk.turns:
        found.setdefault(turn.voice, []).append(turn.id)
    return found
