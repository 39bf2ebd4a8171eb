"""Voices recognised by samples that people gave: read, compared, and forgotten on request.

Samples lie in ``voices/`` of the session's folder, or in ``voices/PROGRAMME/`` of the project for
all sessions of a programme, each called after its participant. They are read only where the
session's ``[consent]`` says so. What is derived of them (a vector each) lies in the outputs of the
session, one record per participant, and goes with the sample.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fgd import diarization
from fgd.attribution import SAME_VOICE, Attributed
from fgd.audio import ACTIVITY_VERSION, DECODE_VERSION, decode, detect
from fgd.audio.decode import Audio
from fgd.core.errors import BackendUnavailable, FgdError
from fgd.core.files import MEDIA, leads_outside, printable
from fgd.core.settings import SpeechSettings
from fgd.core.text import normal
from fgd.diarization.enrolment import Enrolled
from fgd.intake import read_session
from fgd.model import Conversation, Evidence, Issue, Recording
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import diarized
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import hash_file, provenance

FOLDER, RECORDS = "voices", "enrolled"


def recognise(
    context: SessionContext, talks: Sequence[Conversation]
) -> tuple[tuple[Evidence, ...], tuple[Issue, ...]]:
    """Compare the voices of the conversations with the samples that people gave.

    Returns:
        Which turns are of a voice that was recognised, and what kept samples from serving.
    """
    people, issues = context.memory.once("enrolled", lambda: _enrolled(context))
    if not people:
        return (), issues
    found: list[Evidence] = []
    encoder = diarization.VoiceEncoder()
    by_id = {talk.recording: talk for talk in talks}
    for recording in context.intake.session.recordings:
        told = diarized(context, recording)[0] if recording.id in by_id else None
        if told is not None:
            matches = diarization.match(told.value.prints, people, encoder)
            found += diarization.evidence(matches, by_id[recording.id].turns)
    return tuple(found), issues


def _enrolled(context: SessionContext) -> tuple[tuple[Enrolled, ...], tuple[Issue, ...]]:
    """Return everybody whose sample can be used."""
    samples, issues = _samples(context)
    if not samples:
        return (), issues
    if not context.intake.session.consent.voices:
        return (), (_refused(len(samples)),)
    try:
        encoder = diarization.VoiceEncoder()
    except BackendUnavailable:
        return (), issues  # said where the voices are told apart
    people: list[Enrolled] = []
    for participant, path in sorted(samples.items()):
        enrolled, met = _enrol(context, participant, path, encoder)
        people += enrolled
        issues += met
    return tuple(people), (*issues, *diarization.twins(people))


def _samples(context: SessionContext) -> tuple[dict[str, Path], tuple[Issue, ...]]:
    """Return the sample of each participant; the session's own goes before the programme's."""
    session = context.intake.session
    known = {
        normal(name): person.id
        for person in session.participants
        for name in (person.name, person.id)
    }
    found: dict[str, Path] = {}
    issues: list[Issue] = []
    folders = places(context.project, context.folder, session.programme)
    for number, folder in enumerate(folders):
        for path in _files(folder, context.project.root):
            participant = known.get(normal(path.stem), "")
            if participant:
                found.setdefault(participant, path)
            elif number == 0:  # a programme's folder holds people of other sessions
                message = "this voice sample is called after nobody on the roster."
                remedy = "Call it after a participant's name or id."
                issues.append(Issue("warning", printable(path.name), message, remedy))
    return found, tuple(issues)


def _enrol(
    context: SessionContext, participant: str, path: Path, encoder: diarization.VoiceEncoder
) -> tuple[tuple[Enrolled, ...], tuple[Issue, ...]]:
    made = provenance(
        "enrolled",
        diarization.VERSION,
        backend=f"{encoder.id}/{encoder.version}",
        options={"activity": ACTIVITY_VERSION, "decoder": DECODE_VERSION},
        inputs={"sample": context.backends.digest(path)},
    )

    def compute() -> tuple[tuple[Enrolled, ...], Sequence[Issue]]:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "sample.wav"
            try:
                diarization.check_sample(path)
                decode(path, target, participant)
                audio = Audio.open(target)
                spans = detect(audio, SpeechSettings())
                return diarization.enrol(participant, path.name, audio, spans, encoder)
            except FgdError as problem:
                return (), (diarization.unusable(path.name, problem.message),)

    done = context.step(f"{RECORDS}/{participant}", tuple[Enrolled, ...], made, compute)
    return done.value, done.record.issues


def places(project: Project, folder: SessionFolder, programme: str) -> tuple[Path, ...]:
    """Return the folders in which samples for a session may lie, its own first."""
    own = folder.source.parent / f"{folder.source.stem}.{FOLDER}"
    if not folder.is_single_file:
        own = folder.source / FOLDER
    shared = project.root / FOLDER / programme if _is_name(programme) else None
    return (own, shared) if shared else (own,)


def forget(project: Project, who: str) -> tuple[Path, ...]:
    """Delete a participant's samples and everything derived of them, in every session.

    What recognised them goes as well: the evidence (with the record of attribution, which the next
    run makes anew) and the prints of the voices that were taken for theirs.

    Args:
        project: where to look.
        who: a participant's name or id.

    Returns:
        The files that are gone, or hold nothing of this voice any more.
    """
    gone: list[Path] = []
    for folder in project.sessions()[0]:
        session = read_session(
            folder.source, folder.id, root=project.root, digest=hash_file
        ).session
        names, ids = {normal(who)}, set()
        for person in session.participants:
            own = {normal(person.name), normal(person.id)}
            if normal(who) in own:
                names |= own
                ids.add(person.id)
        records = folder.outputs / "work" / RECORDS
        for place in (*places(project, folder, session.programme), records):
            gone += _deleted(place, names, project.root)
        if ids:
            gone += _unrecognised(folder, session.recordings, ids)
    for place in sorted((project.root / FOLDER).glob("*")):
        gone += _deleted(place, {normal(who)}, project.root)
    return tuple(gone)


def _unrecognised(
    folder: SessionFolder, recordings: Sequence[Recording], people: set[str]
) -> list[Path]:
    """Delete what the last pass derived from comparing voices with these people's samples."""
    store = folder.store
    known = store.load("attribution", Attributed)
    if known is None:
        return []
    recognised = {
        piece.turn
        for each in known.value.attributions
        for piece in each.evidence
        if piece.kind == diarization.RECOGNISED and piece.participant in people
    }
    if not recognised:
        return []
    # The same voice of another recording was taken for theirs because it was recognised here.
    turns = recognised | {
        each.turn
        for each in known.value.attributions
        if each.participant in people
        if any(piece.kind.startswith(SAME_VOICE) for piece in each.evidence)
    }
    gone = [store.path("attribution")]
    gone[0].unlink(missing_ok=True)
    for recording in recordings:
        talk = store.load(f"{recording.id}/conversation", Conversation)
        voices = {turn.voice for turn in talk.value.turns if turn.id in turns} if talk else set()
        # A voice that people split keeps its number before the dot.
        voices |= {voice.rpartition(".")[0] or voice for voice in voices}
        heard = store.path(f"{recording.id}/sound").with_suffix(".voices")
        if voices and heard.is_file():  # vectors of every piece of talk: made anew when needed
            heard.unlink()
            gone.append(heard)
        for step in ("diarization", "diarization-logged"):
            told = store.load(f"{recording.id}/{step}", diarization.Diarization)
            if told is None:
                continue
            kept = tuple(each for each in told.value.prints if each.voice not in voices)
            if len(kept) < len(told.value.prints):
                value = replace(told.value, prints=kept)
                store.save(f"{recording.id}/{step}", value, told.provenance, told.issues)
                gone.append(store.path(f"{recording.id}/{step}"))
    return gone


def _deleted(folder: Path, names: set[str], root: Path) -> list[Path]:
    if leads_outside(folder, root) or not folder.is_dir():
        return []
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and normal(p.stem) in names]
    for path in files:
        path.unlink()
    return files


def _files(folder: Path, root: Path) -> list[Path]:
    """Return the sound files in a folder, none that leads out of the project."""
    if leads_outside(folder, root) or not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in MEDIA and path.is_file() and not leads_outside(path, root)
    ]


def _is_name(programme: str) -> bool:
    return bool(programme) and programme not in (".", "..") and not set(programme) & set("/\\\0")


def _refused(count: int) -> Issue:
    return Issue(
        "warning",
        FOLDER,
        f"no consent to recognise voices is recorded; {count} voice samples were not read.",
        "Set voices = true under [consent] in session.toml once you have it.",
    )
