"""From a recording to its words: decode it, find the speech, hear it or read its transcript."""

from __future__ import annotations

from dataclasses import replace

from fgd import audio, transcription
from fgd.audio.decode import Audio
from fgd.core import backends
from fgd.core.errors import FgdError, InputError
from fgd.core.text import carried
from fgd.intake import length_of, read_transcript
from fgd.model import Issue, Recording, Sound, Span, Transcript
from fgd.pipeline.context import SessionContext
from fgd.workspace.steps import Done
from fgd.workspace.store import provenance


def decode(context: SessionContext, recording: Recording) -> Done[Sound]:
    """Decode a recording to 16 kHz mono beside its record."""
    target = context.wav(recording)
    made = provenance("sound", audio.DECODE_VERSION, inputs={"recording": recording.sha256})
    return context.step(
        f"{recording.id}/sound",
        Sound,
        made,
        lambda: audio.decode(
            context.source(recording), target, recording.id, progress=context.progress
        ),
        intact=lambda sound: audio.intact(target, sound),
    )


def detect_speech(context: SessionContext, recording: Recording) -> Done[tuple[Span, ...]]:
    """Find where somebody speaks."""
    sound, chosen = decode(context, recording), context.settings.speech
    made = provenance(
        "activity",
        audio.ACTIVITY_VERSION,
        options={"threshold": chosen.activity_threshold},
        inputs={"sound": sound.value.sha256},
    )
    return context.step(
        f"{recording.id}/activity",
        tuple[Span, ...],
        made,
        lambda: (audio.detect(open_audio(context, recording), chosen, context.progress), ()),
    )


def transcribe(context: SessionContext, recording: Recording) -> Done[Transcript]:
    """Hear a recording, or read the transcript that stands in for it."""
    if recording.kind == "transcript" or recording.transcript:
        return _imported(context, recording)
    return _heard(context, recording)


def open_audio(context: SessionContext, recording: Recording) -> Audio:
    """Open the decoded sound of a recording."""
    decode(context, recording)
    return Audio.open(context.wav(recording))


def audio_of(context: SessionContext, identity: str) -> Audio | None:
    """Open the sound of the recording with this id; nothing where there is none to listen to."""
    for recording in context.intake.session.recordings:
        if recording.id == identity and recording.kind == "audio":
            try:
                return open_audio(context, recording)
            except (FgdError, OSError):
                return None  # a transcript stands in for it, and the sound cannot be read
    return None


_INSTEAD = "Take it away to have the recording heard instead."


def _imported(context: SessionContext, recording: Recording) -> Done[Transcript]:
    path = context.source(recording, recording.transcript or recording.name)
    languages = context.intake.session.languages
    length = length_of(context.source(recording, recording.name)) if recording.transcript else 0
    made = provenance(
        "transcript",
        2,
        backend="import",
        options={"languages": list(languages), "length": length},
        inputs={"file": context.backends.digest(path)},
    )

    def read() -> tuple[Transcript, tuple[Issue, ...]]:
        found, met = carried(read_transcript(path, recording, languages=languages, length=length))
        wrong = next((issue for issue in met if issue.level == "error"), None)
        if wrong is not None and not found.segments:
            raise InputError(
                wrong.message,
                where=wrong.where,
                place=wrong.place,
                remedy=f"{wrong.remedy} {_INSTEAD}" if recording.transcript else wrong.remedy,
            )
        return found, met

    return context.step(
        f"{recording.id}/transcript",
        Transcript,
        made,
        read,
    )


def _heard(context: SessionContext, recording: Recording) -> Done[Transcript]:
    activity = detect_speech(context, recording)
    chosen = context.settings.speech
    transcriber = backends.resolve("transcriber", chosen.transcriber, context.backends)
    hints = transcription.hints(context.intake.session)
    if not chosen.prompt:
        hints = replace(hints, terms=())
    options = {
        "hints": hints,
        "floor": chosen.coverage_floor,
        "precision": chosen.precision,
        "longest": chosen.longest_window,
    }
    made = provenance(
        "transcript",
        transcription.TRANSCRIBE_VERSION,
        backend=f"{transcriber.id}/{transcriber.version}",
        options=options,
        inputs={"sound": decode(context, recording).value.sha256, "activity": activity.sha256},
    )
    partial = context.store.folder / recording.id / "transcript.partial.jsonl"
    done = context.step(
        f"{recording.id}/transcript",
        Transcript,
        made,
        lambda: transcription.transcribe(
            recording.id,
            open_audio(context, recording),
            activity.value,
            transcriber,
            hints,
            partial=partial,
            key=made.fingerprint,
            name=recording.name,
            floor=chosen.coverage_floor,
            longest=chosen.longest_window * 1000,
            progress=context.progress,
        ),
    )
    # The record holds all of it now; whoever deletes the record wants the sound heard again.
    partial.unlink(missing_ok=True)
    return done
