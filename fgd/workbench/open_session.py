"""Open a session for people: its folder, its decisions, and the last pass with them laid over it.

A page shows a decision as soon as it is made. Until the next pass it is laid over the stored
result here, by the same functions that the pass uses wherever there are some.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fgd import pipeline
from fgd.coding import gather
from fgd.coding.codebook import in_force
from fgd.core.errors import ProjectError, SessionGone, store_error
from fgd.core.files import MEDIA
from fgd.core.text import person_key
from fgd.decisions import themes as decide
from fgd.decisions.corrections import WORDS, overlapped, reworded
from fgd.decisions.kinds import in_session
from fgd.decisions.log import Ledger, Log, effective
from fgd.decisions.voices import INSTITUTION, PARTICIPANT, SAME, SAME_NAME, rearrange, voice_at
from fgd.decisions.withdrawal import marked
from fgd.intake import Intake, Understood, files_read, understood
from fgd.model import (
    AsHeard,
    Code,
    Codebook,
    Conversation,
    Decision,
    Institution,
    Issue,
    Participant,
    Recording,
    Session,
    Span,
    Themed,
    Turn,
)
from fgd.workspace.lock import session_lock
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import Record, Store, hash_value


class StoredAttribution(msgspec.Struct, frozen=True):
    """An attribution whose evidence is left as it is stored until somebody asks for it."""

    recording: str
    voice: str
    turn: str = ""
    participant: str = ""
    institutions: tuple[str, ...] = ()
    confidence: float = 0.0
    runner_up: str = ""
    runner_up_confidence: float = 0.0
    source: str = ""
    evidence: msgspec.Raw = msgspec.Raw(b"[]")
    heard: AsHeard = AsHeard()


class StoredAttributions(msgspec.Struct, frozen=True):
    """What attribution stored, as far as pages need it."""

    attributions: tuple[StoredAttribution, ...] = ()
    issues: tuple[Issue, ...] = ()
    participants: tuple[Participant, ...] = ()
    institutions: tuple[Institution, ...] = ()
    heard_participants: tuple[Participant, ...] = ()
    heard_institutions: tuple[Institution, ...] = ()


NOTHING = StoredAttributions()


@dataclass(frozen=True, slots=True)
class Who:
    """Who somebody is, for a page. ``waits`` tells that only the next pass can say; ``heard`` is
    a name that was only heard.
    """

    participant: str = ""
    bodies: tuple[str, ...] = ()
    confidence: float = 0.0
    source: str = ""
    runner_up: str = ""
    runner_up_confidence: float = 0.0
    waits: bool = False
    heard: AsHeard = field(default_factory=AsHeard)

    @property
    def known(self) -> bool:
        """Whether a person or at least an institution is named."""
        return bool(self.participant or self.bodies)

    @property
    def settled(self) -> bool:
        """Whether a person decided this, even that it is nobody."""
        return self.source == "decision"


@dataclass(frozen=True, slots=True)
class Reading:
    """The conversations of a session with who said what, as decided so far.

    ``added`` and ``removed`` are the decisions that the last pass does not know yet, or still
    follows although they were taken back. ``themes`` maps ids of themes to their names.
    """

    session: Session
    talks: tuple[Conversation, ...] = ()
    who: Mapping[str, Who] = field(default_factory=dict)
    told: StoredAttributions = NOTHING
    added: tuple[Decision, ...] = ()
    removed: tuple[Decision, ...] = ()
    themes: Mapping[str, str] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        """How many decisions wait for the next pass."""
        return len(self.added) + len(self.removed)

    @property
    def people(self) -> dict[str, Participant]:
        """Everybody a decision may name, by id: on the roster, found, or only heard of."""
        told = self.told
        every = (*self.session.participants, *told.participants, *told.heard_participants)
        return {p.id: p for p in every}

    @property
    def bodies(self) -> dict[str, Institution]:
        """Every institution a decision may name, by id."""
        told = self.told
        every = (*self.session.institutions, *told.institutions, *told.heard_institutions)
        return {i.id: i for i in every}

    def talk(self, recording: str) -> Conversation | None:
        """Return the conversation of a recording."""
        return next((each for each in self.talks if each.recording == recording), None)

    def turn(self, identity: str) -> tuple[Conversation, Turn] | None:
        """Return a turn by its id, with its conversation."""
        for talk in self.talks:
            for turn in talk.turns:
                if turn.id == identity:
                    return talk, turn
        return None

    def voice(self, recording: str, voice: str) -> Who:
        """Whoever most of a voice's words are by; unknown where it is several people."""
        talk = self.talk(recording)
        turns = [t for t in talk.turns if t.voice == voice] if talk else []
        return majority(turns, self.who)

    def label(self, who: Who) -> str:
        """Tell how a page names somebody: ``Name (INST)``, ``INST``, or nothing."""
        bodies = [self.bodies[each] for each in who.bodies if each in self.bodies]
        names = ", ".join(body.acronym or body.name for body in bodies)
        person = self.people.get(who.participant)
        name = person.name if person else who.participant
        return f"{name} ({names})" if name and names else name or names


def read(
    session: Session,
    stored: Sequence[Conversation],
    told: StoredAttributions,
    known: Sequence[Decision],
    now: Sequence[Decision],
) -> Reading:
    """Lay over the stored result what changed between ``known`` and ``now`` (decisions that hold,
    as the last pass knew them and as they are).
    """
    before, after = {d.id for d in known}, {d.id for d in now}
    added = tuple(d for d in now if d.id not in before)
    removed = tuple(d for d in known if d.id not in after)
    words = [_undone(d) for d in reversed(removed) if d.field == WORDS]
    words += [d for d in added if d.field == WORDS]
    talks = tuple(
        marked(rearrange(overlapped(reworded(talk, words), now), tuple(now))[0], tuple(now))
        for talk in stored
    )
    said = {each.turn: _who(each) for each in told.attributions if each.turn}
    who = {turn.id: said.get(turn.id, Who()) for talk in talks for turn in talk.turns}
    reading = Reading(session, talks, who, told, added, removed)
    labels = {turn.id: person_key(turn.label) for talk in stored for turn in talk.turns}
    for decision in removed:
        if decision.field == SAME_NAME:
            name = person_key(decision.target.removeprefix("name:"))
            who.update(dict.fromkeys((t for t in who if labels.get(t) == name), Who(waits=True)))
        elif decision.field in (PARTICIPANT, INSTITUTION):
            who.update(dict.fromkeys(meant(talks, decision), Who(waits=True)))
    for decision in added:
        if decision.field == SAME:
            _merge(reading, decision, who)
        elif decision.field == SAME_NAME:
            _join(reading, decision, labels, who)
        elif decision.field in (PARTICIPANT, INSTITUTION):
            made = _decided(reading, decision)
            who.update(dict.fromkeys(meant(talks, decision), made))
    return reading


def majority(turns: Sequence[Turn], who: Mapping[str, Who]) -> Who:
    """Tell who most of the words of some turns are by (four fifths of them), else unknown."""
    words: Counter[tuple[str, tuple[str, ...], AsHeard]] = Counter()
    one: dict[tuple[str, tuple[str, ...], AsHeard], Who] = {}
    for turn in turns:
        said = who.get(turn.id, Who())
        key = (said.participant, said.bodies, said.heard)
        words[key] += len(turn.words) + 1
        if key not in one or said.settled > one[key].settled:
            one[key] = said
    if not words:
        return Who()
    best = max(words, key=lambda key: (words[key], key[:2], str(key[2])))
    if words[best] >= 0.8 * sum(words.values()):
        return one[best]
    return Who(runner_up=best[0], runner_up_confidence=one[best].confidence)


def meant(talks: Sequence[Conversation], decision: Decision) -> list[str]:
    """Return the turns that a decision about a voice or a turn speaks of, found by time."""
    for talk in talks:
        if talk.recording != decision.recording:
            continue
        if decision.target.startswith("turn:"):
            found = [t.id for t in talk.turns if _mostly(t.span, decision.anchor)]
            exact = decision.target.removeprefix("turn:")
            return [exact] if exact in found else found
        voice = voice_at(talk.turns, decision.anchor)
        return [t.id for t in talk.turns if voice and t.voice == voice]
    return []


def _mostly(span: Span, anchor: Span) -> bool:
    shared = (span & anchor).duration
    return 2 * shared > min(span.duration, anchor.duration) or span == anchor


def _merge(reading: Reading, decision: Decision, who: dict[str, Who]) -> None:
    """Turns of a voice that was merged into another are by whoever that one is."""
    talk = reading.talk(decision.recording)
    voice = voice_at(talk.turns, decision.anchor) if talk else ""
    own = [t for t in talk.turns if t.voice == voice] if talk else []
    kept = majority([t for t in own if t.span.overlaps(decision.anchor)], who)
    for turn in own:
        if kept.known and not who[turn.id].settled:
            who[turn.id] = kept


def _join(
    reading: Reading, decision: Decision, labels: Mapping[str, str], who: dict[str, Who]
) -> None:
    """Turns under a name that was joined to another are by whoever has that one; ``labels`` are
    the names that turns had on the transcripts.
    """
    name, other = person_key(decision.target.removeprefix("name:")), person_key(decision.value)
    turns = [turn for talk in reading.talks for turn in talk.turns]
    kept = majority([t for t in turns if labels.get(t.id) == other], who)
    if not kept.known:
        for person in reading.people.values():
            if other in map(person_key, (person.name, *person.aliases)):
                kept = Who(person.id, person.institutions, 1.0, "decision")
    for turn in turns:
        if labels.get(turn.id) == name and kept.known and not who[turn.id].settled:
            who[turn.id] = kept


def _decided(reading: Reading, decision: Decision) -> Who:
    if decision.field == INSTITUTION:
        return Who("", (decision.value,) if decision.value else (), 1.0, "decision")
    person = reading.people.get(decision.value)
    bodies = person.institutions if person else ()
    return Who(decision.value, bodies, 1.0, "decision")


def _who(known: StoredAttribution) -> Who:
    return Who(
        known.participant,
        known.institutions,
        known.confidence,
        known.source,
        known.runner_up,
        known.runner_up_confidence,
        heard=known.heard,
    )


def _undone(decision: Decision) -> Decision:
    """Return the correction that takes a correction back."""
    before = decision.target.partition(":")[2]
    return replace(decision, target=f"words:{decision.value}", value=before)


DOUBTFUL = 0.75
"""Certainty below which a turn is on the list."""

UNSURE_WORD = 0.5
"""Confidence below which a word is marked."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A certainty between 0 and 1 and the reasons that lower it, each a short sentence."""

    certainty: float = 1.0
    reasons: tuple[str, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether somebody should look."""
        return self.certainty < DOUBTFUL


def doubt(turn: Turn, who: Who) -> Doubt:
    """Return the least of what is known about speaker, voice and words."""
    found: list[tuple[float, str]] = []
    if who.waits:
        found.append((0.5, "the speaker is asked for again at the next build"))
    elif who.settled:
        pass
    elif not who.known:
        why = f"the speaker was only {who.heard}" if who.heard else "the speaker is unknown"
        found.append((0.3, why))
    elif who.confidence < DOUBTFUL:
        found.append((who.confidence, f"the speaker is only {who.confidence:.0%} sure"))
    if turn.share < DOUBTFUL and turn.runner_up and not who.settled:
        found.append(
            (turn.share, f"{1 - turn.share:.0%} of it sounds like another voice ({turn.runner_up})")
        )
    found += [(0.2, f"{flag.kind}: {flag.reason}") for flag in turn.flags]
    if turn.overlaps:
        found.append((0.6, "others spoke at the same time"))
    unsure = [word for word in turn.words if word.confidence < UNSURE_WORD]
    if len(unsure) * 4 >= len(turn.words) > 0:
        share = len(unsure) / len(turn.words)
        found.append((0.7 - 0.5 * share, f"{len(unsure)} of {len(turn.words)} words are unsure"))
    if not found:
        return Doubt()
    found.sort(key=lambda each: each[0])
    return Doubt(round(found[0][0], 2), tuple(reason for _, reason in found))


T = TypeVar("T")


class Records:
    """The records of one session, read once and kept while their files stay the same."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: dict[tuple[str, Any], tuple[tuple[int, int], Record[Any] | None]] = {}
        self._lock = threading.Lock()

    def stamp(self, step: str) -> tuple[int, int]:
        """Tell what changes whenever a record is written anew."""
        try:
            stat = self.store.path(step).stat()
        except OSError:
            return (-1, -1)
        return (stat.st_size, stat.st_mtime_ns)

    def load(self, step: str, kind: type[T]) -> Record[T] | None:
        """Return a record, or nothing if it is absent or damaged."""
        stamp, key = self.stamp(step), (step, kind)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            kept = (stamp, self.store.load(step, kind) if stamp[0] >= 0 else None)
            with self._lock:
                self._kept[key] = kept
        return kept[1]


SEARCHED = 300
"""How many decisions back the state of the last pass is looked for."""

DECISIONS = "decisions.jsonl"

Stamp = tuple[object, ...]


HEAVY = 1 << 20
"""Bytes of transcripts from which on they are read in a process of their own."""


def _give_way() -> None:
    if hasattr(os, "nice"):
        os.nice(5)


class OpenSession:
    """One session; everything is read again when its file changed, and kept otherwise."""

    def __init__(self, project: Project, folder: SessionFolder) -> None:
        self.project = project
        self.folder = folder
        self.records = Records(folder.store)
        self._ledger_lock = project.state / "review" / f"{folder.id}.lock"
        self.ledger = Ledger(folder.source / DECISIONS, self._ledger_lock)
        self._lock = threading.RLock()
        self._source: tuple[Stamp, pipeline.SessionContext] | None = None
        self._reading: tuple[Stamp, Reading] | None = None
        self._understood: tuple[object, tuple[Understood, ...], tuple[Issue, ...]] | None = None

    @property
    def source(self) -> pipeline.SessionContext:
        """The session's folder as the intake reads it. Raises ``SessionGone`` if it was deleted."""
        stamp = self._stamp()
        with self._lock:
            if self._source is None or self._source[0] != stamp:
                context = pipeline.SessionContext(self.project, self.folder)
                _ = context.intake  # read now, while nobody waits for the lock
                self._source = (stamp, context)
            return self._source[1]

    def understood(self) -> tuple[tuple[Understood, ...], tuple[Issue, ...]]:
        """What each recording and transcript was taken for, and what is odd in the transcripts."""
        source = self.source
        with self._lock:
            if self._understood is None or self._understood[0] is not source:
                self._understood = (source, *self._transcripts(source.intake))
            return self._understood[1:]

    def _transcripts(self, intake: Intake) -> tuple[tuple[Understood, ...], tuple[Issue, ...]]:
        """Read the transcripts; in a process of their own where that takes long, for threads of one
        process take turns, and the pages of other sessions would wait.
        """
        folder = self.folder.source
        home = folder if folder.is_dir() else folder.parent
        names = {each.transcript or each.name for each in intake.session.recordings}
        texts = [home / name for name in names if Path(name).suffix.lower() not in MEDIA]
        if sum(path.stat().st_size for path in texts if path.is_file()) < HEAVY:
            return understood(intake, folder)
        try:
            with ProcessPoolExecutor(1, get_context("spawn"), _give_way) as process:
                return process.submit(understood, intake, folder).result()
        except BrokenProcessPool:  # too little memory, most likely; the pass will say it better
            message = "reading the transcripts ended before its time."
            remedy = "Free memory, then load the page again."
            return (), (Issue("warning", folder.name, message, remedy),)

    @property
    def labels(self) -> Mapping[str, int]:
        """The names on all transcripts with the words under each."""
        found: Counter[str] = Counter()
        for told in self.understood()[0]:
            found.update(told.labels)
        return found

    @property
    def log(self) -> Log:
        """The decisions; none in a session that is a single file."""
        return Log() if self.folder.is_single_file else self.ledger.read()

    def record(self, decisions: Sequence[Decision], seen: str) -> Log:
        """Write decisions down that somebody made who has seen version ``seen`` of the log.

        A session that is a single file becomes a folder now, and stays one file if anything fails.
        Raises ``Conflict``, ``StoreError`` or ``BusyError``, with nothing changed.
        """
        with self.as_folder() as folder:
            ledger = self.ledger
            if folder != self.folder.source:
                ledger = Ledger(folder / DECISIONS, self._ledger_lock)
            return ledger.add(decisions, seen)

    @contextmanager
    def as_folder(self) -> Iterator[Path]:
        """Return the session's folder, to put something into it.

        A recording that was dropped into ``recordings/`` by itself moves into a folder of its own
        while no pass reads it, and back if what is done with the folder fails. Raises
        ``BusyError`` while a pass is at work, ``ProjectError`` if there is such a folder already,
        ``StoreError`` if none can be made.
        """
        source = self.folder.source
        if not self.folder.is_single_file:
            yield source
            return
        folder = source.parent / source.stem
        if folder.exists():
            raise ProjectError(
                f"{source.name} and the folder {folder.name} have the same name.",
                remedy="Move the recording into the folder, then load the page again.",
            )
        with session_lock(self.folder):
            try:
                folder.mkdir()
                source.rename(folder / source.name)
            except OSError as problem:
                with contextlib.suppress(OSError):
                    folder.rmdir()
                raise store_error(folder, problem) from problem
            try:
                yield folder
            except BaseException:
                (folder / source.name).rename(source)
                with contextlib.suppress(OSError):  # not empty: what was given stays
                    folder.rmdir()
                raise

    def reading(self) -> Reading:
        """Tell what the session says now."""
        source, log = self.source, self.log
        recordings = source.intake.session.recordings
        steps = ["attribution", "themes", *(f"{each.id}/conversation" for each in recordings)]
        stamp = (id(source), log.decisions, *(self.records.stamp(step) for step in steps))
        with self._lock:
            if self._reading is None or self._reading[0] != stamp:
                self._reading = (stamp, self._read(source, log))
            return self._reading[1]

    def sound(self, recording: str) -> Path | None:
        """Return the decoded sound of a recording, if there is any."""
        for each in self.source.intake.session.recordings:
            path = self.source.wav(each)
            if each.id == recording and path.is_file():
                return path
        return None

    def recordings(self) -> tuple[Recording, ...]:
        """Return the recordings in order."""
        return self.source.intake.session.recordings

    def _read(self, source: pipeline.SessionContext, log: Log) -> Reading:
        session = source.intake.session
        records = [
            self.records.load(f"{each.id}/conversation", Conversation)
            for each in session.recordings
        ]
        stored = [record.value for record in records if record]
        told = self.records.load("attribution", StoredAttributions)
        known = self._known(log, told.provenance.inputs.get("decisions", "") if told else "")
        now = in_session(log.effective)
        reading = read(session, stored, told.value if told else StoredAttributions(), known, now)
        themed = self.records.load("themes", Themed)
        codes = themed.value.codebook.codes if themed else ()
        folders = (self.project.root, self.folder.source)
        books, _ = gather(source.settings.themes.codebooks, folders)
        return replace(reading, themes=theme_names(session, books, log.decisions, codes))

    def stored(self) -> tuple[Conversation, ...]:
        """Return the conversations as the last pass left them, which is what themes count in."""
        found = [
            self.records.load(f"{each.id}/conversation", Conversation) for each in self.recordings()
        ]
        return tuple(record.value for record in found if record)

    def _known(self, log: Log, fingerprint: str) -> tuple[Decision, ...]:
        """Return the decisions that the last pass followed, told by their fingerprint."""
        if not fingerprint:
            return ()
        least = max(0, len(log.decisions) - SEARCHED)
        for length in range(len(log.decisions), least - 1, -1):
            found = in_session(effective(log.decisions[:length]))
            if hash_value(found) == fingerprint:
                return found
        return ()

    def _stamp(self) -> Stamp:
        """Tell what changes whenever a file of the session does, decisions apart."""
        if not self.folder.source.exists():
            raise SessionGone.called(self.folder.name)
        found: list[object] = []
        for path in files_read(self.folder.source, root=self.project.root):
            if path.name != DECISIONS:
                stat = path.stat()
                found += [path.name, stat.st_size, stat.st_mtime_ns]
        return tuple(found)


def theme_names(
    session: Session,
    books: Sequence[Codebook],
    decisions: Iterable[Decision],
    found: Sequence[Code],
) -> Mapping[str, str]:
    """The name of every theme by its id: as it was given, as people called it since, and as the
    last pass left it, the later before the earlier. A theme that was merged into another or taken
    away keeps the last name it had.
    """
    known = {code.id: code.name for code in in_force(session, books)[0].codes}
    for decision in decisions:
        theme = decision.target.removeprefix("theme:")
        if decision.field == decide.NAME:
            known[theme] = decision.value
        elif decision.field in (decide.ACCEPT, decide.SPLIT):
            told = decide.record(decision)
            if told.name:
                known[told.id or theme] = told.name
    return known | {code.id: code.name for code in found}
