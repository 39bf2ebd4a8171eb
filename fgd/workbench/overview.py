"""Tell how a session stands: for the list of sessions, and for its set-up page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from fgd.core.serialization import convert
from fgd.decisions.voices import NearNames, undecided_names
from fgd.model import EDITIONS, NOBODY, Issue
from fgd.workbench.open_session import OpenSession, doubt

ORDER = {"error": 0, "warning": 1, "note": 2}


JobState = Literal["none", "waiting", "running", "done", "attention", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """How far the pass over a session has come; ``number`` counts the passes of this server."""

    state: JobState = "none"
    number: int = 0
    step: str = ""
    completed: int = 0
    total: int = 0
    since: float = 0.0
    seconds: float = 0.0
    issues: tuple[Issue, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether it is still to be done, or being done."""
        return self.state in ("waiting", "running")


class Overview(msgspec.Struct, frozen=True):
    """One line of the list of sessions. ``state`` is new, stale, attention or done."""

    id: str
    title: str
    date: str
    state: str
    recordings: int
    turns: int
    voices: int
    unknown: int
    doubtful: int
    pending: int
    editions: tuple[str, ...]
    issues: tuple[Issue, ...]
    job: Job


class Body(msgspec.Struct, frozen=True):
    """Somebody on the roster, as a person reads it."""

    name: str
    role: str
    institution: str
    country: str
    aliases: tuple[str, ...]


class Part(msgspec.Struct, frozen=True):
    """A section of the guide."""

    title: str
    kind: str
    minutes: float
    text: str
    probes: tuple[str, ...]


class File(msgspec.Struct, frozen=True):
    """A recording or transcript that lies there, and what its words were read as. Times are in
    milliseconds; ``labels`` are names with the words under each, the most first.
    """

    name: str
    kind: str
    size: int
    length: int
    transcript: str
    format: str
    passages: int
    labels: tuple[tuple[str, int], ...]
    timed: bool
    start: int
    end: int


class Setup(msgspec.Struct, frozen=True):
    """What people gave, as it was understood, and every problem with it. ``left`` are the files
    that were left aside, ``near`` names about which a person has to decide.
    """

    title: str
    date: str
    languages: tuple[str, ...]
    rule: str
    consent: bool
    files: tuple[File, ...]
    people: tuple[Body, ...]
    institutions: tuple[str, ...]
    guide: str
    sections: tuple[Part, ...]
    floor: int
    written: int
    near: tuple[NearNames, ...]
    left: tuple[Issue, ...]
    issues: tuple[Issue, ...]


def overview(opened: OpenSession, job: Job) -> Overview:
    """Tell how far a session has come."""
    session, reading = opened.source.intake.session, opened.reading()
    turns = [turn for talk in reading.talks for turn in talk.turns]
    voices = {(turn.recording, turn.voice) for turn in turns if turn.voice != NOBODY}
    unknown = sum(not reading.voice(*each).known for each in voices)
    doubtful = sum(doubt(turn, reading.who[turn.id]).listed for turn in turns)
    found = issues(opened, job)
    editions = tuple(
        kind for kind in EDITIONS if (opened.folder.outputs / kind / "brief.html").is_file()
    )
    worst = any(issue.level == "error" for issue in found)
    state = "new" if not editions else "stale" if reading.pending else "done"
    return Overview(
        opened.folder.id,
        session.title,
        session.date,
        "attention" if worst and state != "new" else state,
        len(session.recordings),
        len(turns),
        len(voices),
        unknown,
        doubtful,
        reading.pending,
        editions,
        found,
        job,
    )


def issues(opened: OpenSession, job: Job) -> tuple[Issue, ...]:
    """Every problem known now, the worst first: of the folder, the last pass, the decisions."""
    intake = opened.source.intake
    names = [f"{r.id}/{step}" for r in intake.session.recordings for step in HEARD]
    met = [*intake.issues, *opened.log.issues, *(job.issues if job.state == "failed" else ())]
    for name in (*names, *WHOLE):
        record = opened.records.load(name, msgspec.Raw)
        met += record.issues if record else ()
    return tuple(sorted(dict.fromkeys(met), key=lambda issue: ORDER[issue.level]))


HEARD = ("sound", "transcript", "diarization", "conversation")
WHOLE = ("attribution", "themes", "brief", "briefs")


def setup(opened: OpenSession, job: Job) -> Setup:
    """Return the set-up page."""
    intake = opened.source.intake
    session = intake.session
    folder = (
        opened.folder.source if not opened.folder.is_single_file else opened.folder.source.parent
    )
    bodies = {body.id: body.acronym or body.name for body in session.institutions}
    told, odd = opened.understood()
    taken = {name for each in session.recordings for name in (each.name, each.transcript)}
    taken.update(intake.used)
    people, labels = session.participants, opened.labels
    near = undecided_names(labels, people, opened.log.effective)
    # The last pass told of near names too; here they are questions with two buttons.
    asked = {each.issue("").message for each in undecided_names(labels, people, ())}
    left = tuple(
        each for each in intake.issues if each.where not in taken and (folder / each.where).exists()
    )
    return Setup(
        session.title,
        session.date,
        session.languages,
        session.disclosure.rule,
        session.consent.recorded,
        tuple(
            File(
                each.name,
                each.kind,
                (folder / each.name).stat().st_size,
                read.length,
                each.transcript,
                read.format,
                read.passages,
                tuple(read.labels.items()),
                read.timed,
                read.start,
                read.end,
            )
            for each, read in zip(session.recordings, told, strict=True)
        ),
        tuple(
            Body(
                person.name,
                person.role,
                ", ".join(bodies.get(each, each) for each in person.institutions),
                person.country,
                person.aliases,
            )
            for person in session.participants
        ),
        tuple(body.name for body in session.institutions),
        session.guide.title,
        convert(session.guide.sections, tuple[Part, ...], from_attributes=True),
        len(intake.floor),
        len(intake.written),
        near,
        left,
        tuple(
            each
            for each in dict.fromkeys((*issues(opened, job), *odd))
            if each not in left and each.message not in asked
        ),
    )
