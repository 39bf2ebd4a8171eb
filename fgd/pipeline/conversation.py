"""Make turns from a recording: decode it, hear it or read its transcript, put words under voices.

The floor log stands between two looks at the same sound: the voices are told apart without the
log, the log is laid over them, and then both are known better.

People export a recording again (another container, another bit rate), or exchange a transcript for
a corrected one. What they had decided names the old file, by a hash of its content. It holds for
the new one where the same words are said at the same times; where that cannot be shown, nothing is
guessed, and the session says how many decisions wait.
"""

from __future__ import annotations

import contextlib
import itertools
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from fgd import attribution, audio, diarization, floorlog, transcription
from fgd.audio.decode import Audio
from fgd.core import backends
from fgd.core.errors import BackendUnavailable, FgdError, InputError
from fgd.core.text import carried, normal
from fgd.decisions.corrections import reworded
from fgd.decisions.kinds import in_session
from fgd.decisions.log import effective
from fgd.decisions.withdrawal import spoken
from fgd.diarization import Diarization
from fgd.floorlog import Aligned, Heard
from fgd.intake import length_of, read_transcript
from fgd.model import (
    Conversation,
    Decision,
    FloorMark,
    Issue,
    Recording,
    SameVoice,
    Sound,
    Span,
    Transcript,
    Word,
)
from fgd.pipeline.context import SessionContext
from fgd.workspace.store import Done, hash_value, provenance

_INSTEAD = "Take it away to have the recording heard instead."

Computed = Callable[[], tuple[Any, Sequence[Issue]]]


def _unless_gone(
    context: SessionContext, recording: Recording, step: str, kind: Any, compute: Computed
) -> Computed:
    """Compute a step of hearing, or keep what was stored of a recording that was deleted by plan.

    Whatever another checkpoint or setting would hear now, nobody can hear it any more.
    """
    day = context.intake.gone.get(recording.id)
    if not day:
        return compute

    def stored() -> tuple[Any, Sequence[Issue]]:
        found = context.store.load(f"{recording.id}/{step}", kind)
        if found is None:
            raise InputError(
                f"the sound was deleted on {day}, as keep_days says, and what was heard of it is "
                "not in the outputs any more.",
                where=recording.name,
                remedy="Put the recording back from a backup, if there is one.",
            )
        return found.value, found.issues

    return stored


def decode(context: SessionContext, recording: Recording) -> Done[Sound]:
    """Decode a recording to 16 kHz mono beside its record."""
    target = context.wav(recording)
    made = provenance("sound", audio.DECODE_VERSION, inputs={"recording": recording.sha256})
    return context.step(
        f"{recording.id}/sound",
        Sound,
        made,
        _unless_gone(
            context,
            recording,
            "sound",
            Sound,
            lambda: audio.decode(
                context.source(recording), target, recording.id, progress=context.progress
            ),
        ),
        intact=lambda sound: recording.id in context.intake.gone or audio.intact(target, sound),
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
        _unless_gone(
            context,
            recording,
            "activity",
            tuple[Span, ...],
            lambda: (audio.detect(open_audio(context, recording), chosen, context.progress), ()),
        ),
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

    return context.step(f"{recording.id}/transcript", Transcript, made, read)


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
        _unless_gone(
            context,
            recording,
            "transcript",
            Transcript,
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
        ),
    )
    # The record holds all of it now; whoever deletes the record wants the sound heard again.
    partial.unlink(missing_ok=True)
    return done


REACH = 500
"""How far, in ms, the same word may lie from where it was."""

SAME = 0.8
"""Share of words found again from which two recordings hold the same talk."""

LEAST = 5
"""Words that have to be compared before anything is said."""

Adopted = tuple[tuple[Decision, ...], tuple[Issue, ...]]


def decided(context: SessionContext) -> Adopted:
    """Return the decisions that hold, those about a file that was exported again on the new one.

    Returns:
        The decisions, and what a reader should know of those whose recording is gone.
    """
    found = context.memory.once("adopted decisions", lambda: _adopted(context))
    context.memory.once("decisions", lambda: found[0])
    return found


def _adopted(context: SessionContext) -> Adopted:
    decisions = effective(in_session(context.intake.decisions))
    here = [each.id for each in context.intake.session.recordings]
    gone = Counter(each.recording for each in decisions if each.recording not in {*here, ""})
    if not gone or not here:
        return decisions, ()
    heard: dict[str, Transcript] = {}
    for recording in context.intake.session.recordings:
        with contextlib.suppress(Exception):  # its own step says why it cannot be heard
            heard[recording.id] = transcribe(context, recording).value
    moved: dict[str, str] = {}
    issues: list[Issue] = []
    names = {each.id: each.name for each in context.intake.session.recordings}
    for old, count in sorted(gone.items()):
        mine = [each for each in decisions if each.recording == old]
        before = context.store.load(f"{old}/conversation", Conversation)
        known = before.value if before is not None and before.value.timed else None
        likeness = {new: likely(known, mine, words) for new, words in heard.items() if words.timed}
        best = max(likeness, key=lambda new: likeness[new], default="")
        others = [share for new, share in likeness.items() if new != best]
        many = f"{count} decision" + ("s" if count > 1 else "")
        if best and likeness[best] >= SAME and all(share < SAME for share in others):
            moved[old] = best
            message = (
                f"{many} about a recording that is gone now hold for {names[best]}: "
                f"{likeness[best]:.0%} of its words are said there at the same time."
            )
            issues.append(Issue("note", "decisions.jsonl", message))
        else:
            message = f"{many} about a recording that is not here any more could not be applied."
            remedy = "Put the recording back, or decide anew; nothing was removed from the file."
            issues.append(Issue("warning", "decisions.jsonl", message, remedy))
    kept = tuple(replace(e, recording=moved.get(e.recording, e.recording)) for e in decisions)
    return kept, tuple(issues)


def likely(before: Conversation | None, mine: Iterable[Decision], now: Transcript) -> float:
    """Tell which share of what is known of a recording is said in a transcript at the same time.

    Known are its turns, where they are still stored, or else the words that people corrected.
    """
    said = sorted((word for segment in now.segments for word in segment.words), key=_start)
    if before is not None:
        words = [word for turn in before.turns for word in turn.words]
        return _found(words, said)
    found = total = 0
    for decision in mine:
        kind, _, old = decision.target.partition(":")
        if kind != "words" or not old:
            continue
        either = {*normal(old).split(), *normal(decision.value).split()}
        there = normal(" ".join(word.text for word in _around(said, decision.anchor))).split()
        wanted = normal(old).split()
        total += len(wanted)
        found += min(len(wanted), sum(word in either for word in there))
    return found / total if total >= LEAST else 0.0


def _found(words: Sequence[Word], said: Sequence[Word]) -> float:
    """Return the share of words that are said at the same time, each once."""
    if len(words) < LEAST:
        return 0.0
    same = 0
    for word in words:
        text = normal(word.text)
        same += any(normal(each.text) == text for each in _around(said, word.span))
    return same / len(words)


def _around(said: Sequence[Word], span: Span) -> Sequence[Word]:
    first = bisect_left(said, span.start - REACH, key=_start)
    return said[first : bisect_right(said, span.end + REACH, key=_start)]


def _start(word: Word) -> int:
    return word.span.start


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
    kept = _unless_gone(context, recording, step, Diarization, compute)
    return context.step(f"{recording.id}/{step}", Diarization, made, kept)


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
            _changes_heard(blind.value),
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
            found, met = floorlog.settle(laid, _changes_heard(told.value), recording.name)
            marks += found
            issues += met
    return tuple(marks), tuple(issues)


def _changes_heard(found: Diarization) -> tuple[Heard, ...]:
    """Return turns of a diarization as the log is compared with them."""
    return tuple(Heard(turn.voice, turn.span) for turn in found.turns)


def converse(context: SessionContext, recording: Recording) -> Done[Conversation]:
    """Put a recording's words, as people corrected them, under its voices.

    Where the words themselves give the floor inside one label, the turn is split there.
    """
    decided(context)  # before anything is corrected: a file that was exported again keeps its own
    transcript = transcribe(context, recording)
    words, written, lost = context.words(transcript.record)
    told, why_not = diarized(context, recording)
    encoder = diarization.VoiceEncoder() if told else None
    lang = (context.intake.session.languages or ("en",))[0]
    made = provenance(
        "conversation",
        diarization.VERSION,
        backend=f"{encoder.id}/{encoder.version}" if encoder else "",
        inputs={
            "transcript": written,
            "diarization": told.sha256 if told else "",
            "problem": hash_value(why_not),
            "hand-overs": hash_value((attribution.VERSION, lang)),
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
        conversation, split = attribution.handed_over(conversation, lang, recording.name)
        return conversation, (*why_not, *lost, *issues, *split)

    def kept() -> tuple[Conversation, Sequence[Issue]]:
        """Keep the turns that were made while there was sound, with people's words in them."""
        stored = _unless_gone(context, recording, "conversation", Conversation, compute)
        conversation, met = stored()
        return reworded(conversation, context.decisions), met

    gone = told is not None and recording.id in context.intake.gone
    step = f"{recording.id}/conversation"
    return context.step(step, Conversation, made, kept if gone else compute)


def conversations(context: SessionContext) -> tuple[Done[Conversation], ...]:
    """Return the turns of every recording that could be used, in order."""
    done = []
    for recording in context.intake.session.recordings:
        # Whoever runs the whole pass reports a recording that fails; here the others count.
        with contextlib.suppress(Exception):
            done.append(converse(context, recording))
    return tuple(done)


SAID_TWICE = 0.5
"""The share of the shorter recording's runs of four words that the other one has as well, from
which both are taken for one talk: what two recorders in one room hear is alike, two talks are not.
"""
FEWEST_RUNS = 30
"""Runs of four words that a recording must have to be compared."""


def told_twice(context: SessionContext) -> tuple[Issue, ...]:
    """Return the recordings that say what another one says: one talk would be counted twice."""
    runs: list[tuple[str, set[tuple[str, str, str, str]]]] = []
    for recording, done in _heard_talks(context):
        words = normal(" ".join(turn.text for turn in done.value.turns)).split()
        own = set(zip(words, words[1:], words[2:], words[3:], strict=False))
        runs += [(recording.name, own)] if len(own) >= FEWEST_RUNS else []
    found = []
    for (one, some), (other, more) in itertools.combinations(runs, 2):
        share = len(some & more) / min(len(some), len(more))
        if share >= SAID_TWICE:
            message = f"{share:.0%} of what is said here is said in {one}, too, and counted twice."
            remedy = f"Take one of the two away if they are one talk ({one}, {other})."
            found.append(Issue("warning", other, message, remedy))
    return tuple(found)


def everything(context: SessionContext) -> tuple[Conversation, ...]:
    """Return the conversations as people heard them, with a mark where somebody withdrew."""
    return tuple(context.turns(done.record)[0] for done in conversations(context))


def arranged(context: SessionContext) -> tuple[Conversation, ...]:
    """Return the conversations with voices and overlaps as people heard them."""
    return tuple(map(spoken, everything(context)))


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
        shared = {voice.rpartition(".")[0] for voice in before}  # its print is of several people
        same = {v for v, turns in after.items() if before.get(v) == turns and v not in shared}
        prints = tuple(each for each in told.value.prints if each.voice in same)
        heard.append(replace(told.value, prints=prints))
    session = context.intake.session

    def is_possible(one: str, other: str) -> bool:
        tables = [t for r in (one, other) for t in session.breakouts if r in t.recordings]
        return len(tables) < 2 or not tables[0].is_beside(tables[1])

    found = diarization.same_voices(heard)
    return tuple(each for each in found if is_possible(each.first[0], each.second[0]))


def _heard_talks(context: SessionContext) -> list[tuple[Recording, Done[Conversation]]]:
    by_id = {recording.id: recording for recording in context.intake.session.recordings}
    return [(by_id[done.value.recording], done) for done in conversations(context)]


def _turns_of(talk: Conversation) -> dict[str, list[str]]:
    """Return the ids of the turns of each voice."""
    found: dict[str, list[str]] = {}
    for turn in talk.turns:
        found.setdefault(turn.voice, []).append(turn.id)
    return found
