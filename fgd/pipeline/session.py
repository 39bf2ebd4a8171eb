"""The one pass: from recordings to briefs, each step done once, plain Python.

``Pass`` knows one session. ``Pass.run`` does all of it: one bad recording never stops the others,
and every problem ends up in the outcome. What is fresh is not done again, so a run that was
killed goes on where it stopped, and a run after nothing changed takes a moment.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fgd import attribution, coding, disclosure, export, synthesis
from fgd.attribution import Attributed
from fgd.core import embeddings, registry
from fgd.core.cache import Kept
from fgd.core.errors import BusyError, FgdError, StoreError, issue_of
from fgd.decisions.quotes import chosen
from fgd.export import Line
from fgd.model import Brief, Conversation, Issue, Session, Themed
from fgd.pipeline.editions import letterhead, release
from fgd.pipeline.recording import Hearing
from fgd.synthesis.people import People
from fgd.workspace.lock import session_lock
from fgd.workspace.outcome import Outcome, State, remember
from fgd.workspace.steps import Done
from fgd.workspace.store import hash_value, provenance, write_bytes

log = logging.getLogger("fgd")


@dataclass(frozen=True, slots=True)
class Published:
    """What a publishing step wrote: file name (below the session's outputs) and content hash."""

    files: dict[str, str]


class Pass(Hearing):
    """One session on its way from recordings to briefs."""

    # -- the session as a whole ----------------------------------------------------------------

    def conversations(self) -> tuple[Done[Conversation], ...]:
        """The turns of every recording that could be used, in order."""
        done = []
        for recording in self.intake.session.recordings:
            try:
                done.append(self.conversation(recording))
            except (FgdError, OSError):
                continue  # ``run`` and the flow report it; here the others count
        return tuple(done)

    def arranged(self) -> tuple[Conversation, ...]:
        """The conversations with voices and overlaps as people heard them."""
        return tuple(self.corrected.turns(done.record)[0] for done in self.conversations())

    def attribution(self) -> Done[Attributed]:
        """Who it was, with evidence."""
        heard, intake = self.conversations(), self.intake
        floor, remarks = self.floor.settled
        enrolled, doubts = self.recognition.evidence(tuple(each.value for each in heard))
        made = provenance(
            "attribution",
            attribution.VERSION,
            options={"settings": self.settings.attribution},
            inputs=self._inputs(heard)
            | {
                "roster": hash_value((intake.session.participants, intake.session.institutions)),
                "floor and samples": hash_value((floor, remarks, enrolled, doubts)),
                "decisions": hash_value(self._decisions),
            },
        )

        def compute() -> tuple[Attributed, Sequence[Issue]]:
            self.progress("attribution", 0, 0)
            found = attribution.attribute(
                intake.session,
                self.arranged(),
                floor=floor,
                decisions=self._decisions,
                enrolled=enrolled,
                settings=self.settings.attribution,
            )
            return found, (*remarks, *doubts, *found.issues)

        return self.step("attribution", Attributed, made, compute)

    def themes(self) -> Done[Themed]:
        """What it was about."""
        heard, who = self.conversations(), self.attribution()
        session = self.session()
        folders = (self.project.root, self.folder.source)
        books, problems = coding.gather(self.settings.themes.codebooks, folders)
        made = provenance(
            "themes",
            coding.VERSION,
            backend=f"{self.embedder.id}/{self.embedder.version}",
            options={"settings": self.settings.themes},
            inputs=self._inputs(heard)
            | {
                "session": hash_value((session, self.floor.settled[0], self._decisions)),
                "attribution": who.sha256,
                "codebooks": hash_value((books, problems)),
            },
        )

        def compute() -> tuple[Themed, Sequence[Issue]]:
            found, issues = coding.theme(
                session,
                self.arranged(),
                who.value.attributions,
                books=books,
                embedder=self.embedder,
                floor=self.floor.settled[0],
                decisions=self._decisions,
                progress=self.progress,
                kept=self.kept,
            )
            return found, (*problems, *issues)

        return self.step("themes", Themed, made, compute)

    def brief(self) -> Done[Brief]:
        """What the internal edition says."""
        heard, who, what = self.conversations(), self.attribution(), self.themes()
        session = self.session()
        # What a brief says of its making ends before it: asked twice, it is the same brief.
        issues = self.issues(without=("brief", "briefs"))
        made = provenance(
            "brief",
            synthesis.VERSION,
            options={"settings": self.settings.brief},
            inputs=self._inputs(heard)
            | {
                "session": hash_value(session),
                "attribution": who.sha256,
                "themes": what.sha256,
                "issues": hash_value(issues),
                "choices": hash_value(chosen(self._decisions)),
            },
        )

        def compute() -> tuple[Brief, Sequence[Issue]]:
            self.progress("briefs", 0, 0)
            return synthesis.synthesise(
                session,
                self.arranged(),
                who.value,
                what.value,
                issues=issues,
                settings=self.settings,
                embedder=self.embedder,
                decisions=self._decisions,
            )

        return self.step("brief", Brief, made, compute)

    def briefs(self) -> Done[Published]:
        """Both editions and the transcript, as files."""
        brief, heard, who = self.brief(), self.conversations(), self.attribution()
        made = provenance(
            "briefs",
            export.VERSION,
            options={"editions": disclosure.VERSION, "settings": self.settings.brief},
            inputs=self._inputs(heard)
            | {
                "brief": brief.sha256,
                "themes": self.themes().sha256,
                "attribution": who.sha256,
                "session": hash_value(self.session()),
                "letterhead": _digest(letterhead(self.project, self.settings)),
            },
        )
        return self.step("briefs", Published, made, self._publish, intact=self._all_there)

    # -- all of it -----------------------------------------------------------------------------

    def run(self, *, wait: float = 0.0) -> Outcome:
        """Do what is left to do, alone; never raises for a problem of the session itself.

        ``wait`` is how many seconds another run on this session may take to finish.
        """
        try:
            with session_lock(self.folder, wait=wait) as lock:
                self.progress = lock.guard(self.progress)
                return self.outcome()
        except (BusyError, StoreError) as problem:
            return Outcome(self.folder.id, "failed", (problem.as_issue(),))

    def outcome(self) -> Outcome:
        """The same for a caller who holds the session's lock."""
        failures: list[Issue] = []
        files: tuple[Path, ...] = ()
        facts: tuple[str, ...] = ()
        recordings = self.intake.session.recordings
        for recording in recordings:
            try:
                self.conversation(recording)
            except (FgdError, OSError) as problem:
                failures.append(issue_of(problem, recording.name))
        if len(failures) < len(recordings):
            try:
                published = self.briefs().value
                files = tuple(self.folder.outputs / name for name in published.files)
                facts = self.facts()
            except (FgdError, OSError) as problem:
                failures.append(issue_of(problem, self.folder.name))
        issues = tuple(dict.fromkeys((*failures, *self.issues())))
        state: State = "done"
        if not files:
            state = "failed"
        elif any(issue.level == "error" for issue in issues):
            state = "attention"
        found = Outcome(self.folder.id, state, issues, tuple(self.log), files, facts)
        try:
            remember(self.project, found)
        except (StoreError, OSError) as problem:  # the disk is full: the outcome is told anyway
            log.warning("what became of a session could not be kept: %s", type(problem).__name__)
        return found

    def issues(self, without: Collection[str] = ()) -> tuple[Issue, ...]:
        """The problems of the intake and of every step done so far, each once."""
        steps = [done for done in self.log if done.name not in without]
        met = [issue for done in steps for issue in done.record.issues]
        return tuple(dict.fromkeys((*self.intake.issues, *met)))

    def facts(self) -> tuple[str, ...]:
        """What there is to say about the result in a line each, without names or quotes."""
        heard = self.arranged()
        who = self.attribution().value.attributions
        return tuple(export.facts(heard, who))

    def lines(self) -> tuple[Line, ...]:
        """The transcript as people read it, speakers named as far as is known."""
        return _lines(self.session(), self.arranged(), self.attribution().value)

    def stored_lines(self) -> tuple[Line, ...]:
        """The transcript of the last run, fresh or not; nothing is computed."""
        session = self.intake.session
        stored = [
            self.store.load(f"{recording.id}/conversation", Conversation)
            for recording in session.recordings
        ]
        talks = [self.corrected.turns(record)[0] for record in stored if record]
        who = self.store.load("attribution", Attributed)
        return _lines(session, talks, who.value if who else Attributed())

    def session(self) -> Session:
        """The session with the people and institutions that only the talk itself gave away."""
        invited, found = self.intake.session, self.attribution().value
        return replace(
            invited,
            participants=(*invited.participants, *found.participants),
            institutions=(*invited.institutions, *found.institutions),
        )

    def _publish(self) -> tuple[Published, Sequence[Issue]]:
        session = self.session()
        files = dict(export.transcript_files(session, self.lines()))
        who, what = self.attribution().value.attributions, self.themes().value
        files["internal/themes.xlsx"] = coding.matrix(session, self.arranged(), who, what)
        made, issues = release(
            self.brief().value,
            session,
            self.secrets(),
            self.settings.brief,
            sounds=export.clips(self.brief().value, self.listened),
            letterhead=letterhead(self.project, self.settings),
            kept=self.kept,
        )
        self._replace(files | made)
        return Published({k: _digest(v) for k, v in sorted((files | made).items())}), issues

    def secrets(self) -> tuple[disclosure.Secret, ...]:
        """Every spelling that the session's rule of attribution forbids outside of its people."""
        return disclosure.secrets(
            self.session(),
            self.arranged(),
            attributions=self.attribution().value.attributions,
            may_be_named=self.settings.brief.may_be_named,
        )

    def _replace(self, files: dict[str, bytes]) -> None:
        """Write the new files; remove those of the last build that no longer exist."""
        before = self.store.load("briefs", Published)
        for name, data in files.items():
            write_bytes(self.folder.outputs / name, data)
        for name in set(before.value.files if before else ()) - set(files):
            (self.folder.outputs / name).unlink(missing_ok=True)

    def _all_there(self, published: Published) -> bool:
        for name, digest in published.files.items():
            path = self.folder.outputs / name
            if not path.is_file() or _digest(path.read_bytes()) != digest:
                return False
        return True

    @functools.cached_property
    def embedder(self) -> embeddings.Embedder:
        """The sentence embedder; what it embedded once it does not embed again."""
        chosen: embeddings.Embedder = registry.resolve("embedder", "minilm", self.context)
        return embeddings.Cached(chosen, self.project.state / "vectors")

    @functools.cached_property
    def kept(self) -> Kept:
        """Charts and descriptions that were made before of the same things."""
        return Kept(self.project.state / "kept" / "kept.sqlite3")

    def _inputs(self, heard: Sequence[Done[Conversation]]) -> dict[str, str]:
        """What the turns contain, voices and overlaps as people heard them."""
        return {f"turns {n}": self.corrected.turns(d.record)[1] for n, d in enumerate(heard)}


def _lines(session: Session, talks: Sequence[Conversation], who: Attributed) -> tuple[Line, ...]:
    people = People(session, talks, who.attributions)
    known = {
        turn: people.printed(person)
        for turn, person in people.by_turn.items()
        if person.name or person.institutions
    }
    return export.lines(talks, known)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


__all__ = ["Pass", "Published"]
