"""The first half of the pass: from a session's folder to turns, recording by recording.

Every step is a method that first asks for the steps before it, so any of them can be called
alone (a Prefect task does); what is fresh costs a file read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from fgd import audio, diarization, floorlog, transcription
from fgd.audio.wav import Audio
from fgd.core import registry
from fgd.core.errors import BackendUnavailable, FgdError, InputError, ProjectError
from fgd.core.progress import Progress, silent
from fgd.core.settings import Settings, override
from fgd.decisions.log import effective
from fgd.diarization import Diarization
from fgd.intake import Intake, read_session, read_transcript
from fgd.model import (
    Conversation,
    Decision,
    FloorMark,
    Issue,
    Provenance,
    Recording,
    Sound,
    Span,
    Transcript,
)
from fgd.pipeline.corrected import Corrected
from fgd.pipeline.floor_log import FloorLog
from fgd.pipeline.voice_samples import Recognition
from fgd.workspace import steps
from fgd.workspace.digests import Digests
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.steps import Done
from fgd.workspace.store import hash_value, provenance


class Hearing:
    """One session's recordings on their way to turns."""

    def __init__(
        self, project: Project, folder: SessionFolder, *, progress: Progress = silent
    ) -> None:
        self.project = project
        self.folder = folder
        self.store = folder.store
        self.progress = progress
        self.log: list[Done[Any]] = []
        # Called around every step that is not fresh; an orchestrator may let it wait its turn.
        self.admit: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()
        self._done: dict[tuple[str, str], Done[Any]] = {}
        self._failed: dict[tuple[str, str], InputError] = {}
        self._digests = Digests(project.state / "digests.json")

    # -- the session ---------------------------------------------------------------------------

    @functools.cached_property
    def intake(self) -> Intake:
        """What the session's folder says.

        Read anew every time: it is quick, and it is where the hashes of all inputs come from.
        """
        found = read_session(
            self.folder.source, self.folder.id, root=self.project.root, digest=self._digests
        )
        session, problems = floorlog.joined(found.session, self.folder.source)
        return replace(found, session=session, issues=(*found.issues, *problems))

    @functools.cached_property
    def settings(self) -> Settings:
        """The project's settings with the session's own laid over them."""
        return override(self.project.settings, self.intake.overrides)

    @functools.cached_property
    def context(self) -> registry.Context:
        """What backends may know."""
        return registry.Context(
            self.project.root, self.project.weights, self.settings, self._digests
        )

    def recording(self, identity: str) -> Recording:
        """A recording of this session by its id. Raises ``ProjectError`` if there is none."""
        for recording in self.intake.session.recordings:
            if recording.id == identity:
                return recording
        raise ProjectError(f"there is no recording {identity!r}.", where=self.folder.name)

    # -- one recording -------------------------------------------------------------------------

    def sound(self, recording: Recording) -> Done[Sound]:
        """Decode a recording to 16 kHz mono beside its record."""
        target = self.wav(recording)
        made = provenance("sound", audio.DECODE_VERSION, inputs={"recording": recording.sha256})
        return self.step(
            f"{recording.id}/sound",
            Sound,
            made,
            lambda: audio.decode(
                self._path(recording), target, recording.id, progress=self.progress
            ),
            intact=lambda sound: audio.intact(target, sound),
        )

    def activity(self, recording: Recording) -> Done[tuple[Span, ...]]:
        """Find where somebody speaks."""
        sound = self.sound(recording)
        options = {"threshold": self.settings.speech.activity_threshold}
        made = provenance(
            "activity",
            audio.ACTIVITY_VERSION,
            options=options,
            inputs={"sound": sound.value.sha256},
        )
        return self.step(
            f"{recording.id}/activity",
            tuple[Span, ...],
            made,
            lambda: (
                audio.detect(self.audio(recording), self.settings.speech, self.progress),
                (),
            ),
        )

    def transcript(self, recording: Recording) -> Done[Transcript]:
        """Hear a recording, or read the transcript that stands in for it."""
        if recording.kind == "transcript" or recording.transcript:
            return self._imported(recording)
        return self._heard(recording)

    def diarization(self, recording: Recording) -> Done[Diarization]:
        """Tell the voices of a recording apart, with what the floor log says of them."""
        marks = self.floor.laid(recording)
        return self.voices(recording, marks) if marks else self.voices(recording)

    @functools.cached_property
    def floor(self) -> FloorLog:
        """What a note-taker tapped, in the recordings' own time."""
        return FloorLog(self)

    @functools.cached_property
    def recognition(self) -> Recognition:
        """Whom voice samples make known, where that was agreed to."""
        return Recognition(self)

    @functools.cached_property
    def _diarizer(self) -> Any:
        """One for all recordings: it may keep what it heard from a look without the log."""
        return registry.resolve("diarizer", self.settings.voices.diarizer, self.context)

    def voices(self, recording: Recording, floor: tuple[FloorMark, ...] = ()) -> Done[Diarization]:
        """The voices of a recording; those told apart without and with a log are kept apart."""
        sound, activity = self.sound(recording), self.activity(recording)
        diarizer = self._diarizer
        encoder = diarization.VoiceEncoder()
        bounds = diarization.VoiceBounds.of_roster(len(self.intake.session.participants))
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
                self.audio(recording),
                activity.value,
                diarizer,
                embedder=encoder,
                bounds=bounds,
                floor=floor,
                channels=audio.channels(self.wav(recording), sound.value),
                name=recording.name,
                progress=self.progress,
            )
            return found, found.issues

        step = "diarization-logged" if floor else "diarization"
        return self.step(f"{recording.id}/{step}", Diarization, made, compute)

    def conversation(self, recording: Recording) -> Done[Conversation]:
        """The turns of a recording: its words, as people corrected them, under its voices."""
        transcript = self.transcript(recording)
        words, written, lost = self.corrected.words(transcript.record)
        told, why_not = self.told_apart(recording)
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
                audio=self.audio(recording) if told else None,
                embedder=encoder,
                name=recording.name,
                progress=self.progress,
            )
            return conversation, (*why_not, *lost, *issues)

        return self.step(f"{recording.id}/conversation", Conversation, made, compute)

    @functools.cached_property
    def _decisions(self) -> tuple[Decision, ...]:
        """What people decided and did not take back."""
        return effective(self.intake.decisions)

    @functools.cached_property
    def corrected(self) -> Corrected:
        """What was heard with those decisions applied."""
        return Corrected(self._decisions)

    def told_apart(
        self, recording: Recording
    ) -> tuple[Done[Diarization] | None, tuple[Issue, ...]]:
        """The diarization, or why there is none: a missing model does not cost the transcript."""
        if recording.kind == "transcript":
            return None, ()
        try:
            return self.diarization(recording), ()
        except BackendUnavailable as problem:
            return None, (replace(problem.as_issue(), where=recording.name),)

    def audio(self, recording: Recording) -> Audio:
        """The decoded sound of a recording."""
        self.sound(recording)
        return Audio.open(self.wav(recording))

    def listened(self, identity: str) -> Audio | None:
        """The sound of the recording with this id; nothing where there is none to listen to."""
        for recording in self.intake.session.recordings:
            if recording.id == identity and recording.kind == "audio":
                try:
                    return self.audio(recording)
                except (FgdError, OSError):
                    return None  # a transcript stands in for it, and the sound cannot be read
        return None

    def wav(self, recording: Recording) -> Path:
        """Where the decoded sound of a recording lies."""
        return self.store.folder / recording.id / "sound.wav"

    def _imported(self, recording: Recording) -> Done[Transcript]:
        path = self._path(recording, recording.transcript or recording.name)
        made = provenance(
            "transcript", 1, backend="import", inputs={"file": self.context.digest(path)}
        )
        return self.step(
            f"{recording.id}/transcript",
            Transcript,
            made,
            lambda: read_transcript(path, recording),
        )

    def _heard(self, recording: Recording) -> Done[Transcript]:
        activity = self.activity(recording)
        chosen = self.settings.speech
        transcriber = registry.resolve("transcriber", chosen.transcriber, self.context)
        hints = transcription.hints(self.intake.session)
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
            inputs={"sound": self.sound(recording).value.sha256, "activity": activity.sha256},
        )
        return self.step(
            f"{recording.id}/transcript",
            Transcript,
            made,
            lambda: transcription.transcribe(
                recording.id,
                self.audio(recording),
                activity.value,
                transcriber,
                hints,
                partial=self.store.folder / recording.id / "transcript.partial.jsonl",
                key=made.fingerprint,
                name=recording.name,
                floor=chosen.coverage_floor,
                longest=chosen.longest_window * 1000,
                progress=self.progress,
            ),
        )

    def _path(self, recording: Recording, name: str = "") -> Path:
        if self.folder.is_single_file:
            return self.folder.source
        return self.folder.source / (name or recording.name)

    def step(
        self,
        name: str,
        kind: Any,
        made: Provenance,
        compute: Callable[[], tuple[Any, Sequence[Issue]]],
        *,
        intact: Callable[[Any], bool] = lambda _: True,
    ) -> Done[Any]:
        """Do a step, once a pass, unless its record is fresh."""
        # Later steps ask for the same one again and again; a pass looks at each once, and a file
        # that cannot be used is not tried twice.
        key = (name, made.fingerprint)

        def admitted() -> tuple[Any, Sequence[Issue]]:
            with self.admit(name):
                return compute()

        if key in self._failed:
            raise self._failed[key]
        if key not in self._done:
            try:
                done = steps.run(self.store, name, kind, made, admitted, intact=intact)
            except InputError as problem:
                self._failed[key] = problem
                raise
            self._done[key] = done
            self.log.append(done)
        return self._done[key]
