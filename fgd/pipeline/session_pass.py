"""Take one session from its turns to its briefs, each step done once, plain Python.

``run`` does all of it: one bad recording never stops the others, and every problem ends up in the
outcome. What is fresh is not done again, so a run that was killed goes on where it stopped, and a
run after nothing changed takes a moment. ``release`` and ``replace_editions`` decide which files of
an edition may leave the house, and which must not.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import hashlib
import logging
import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fgd import attribution, coding, deliberation, disclosure, export, synthesis
from fgd.attribution import Attributed
from fgd.core.cache import Kept
from fgd.core.errors import (
    GateError,
    LeakError,
    ProjectError,
    SettingsError,
    StoreError,
    store_error,
)
from fgd.core.settings import BriefSettings, Settings
from fgd.decisions.circulation import released, words_decided
from fgd.decisions.findings import chosen
from fgd.decisions.kinds import applied_in
from fgd.decisions.log import effective
from fgd.decisions.voices import NearNames, undecided_names
from fgd.disclosure import Secret
from fgd.export import Line
from fgd.model import EDITIONS, Brief, Conversation, Decision, Deliberated, Issue, Session, Themed
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import (
    arranged,
    audio_of,
    conversations,
    converse,
    decided,
    same_voices,
    settled_floor_log,
    told_twice,
)
from fgd.pipeline.voice_samples import recognise
from fgd.synthesis import Part
from fgd.synthesis.material import People
from fgd.workspace.lock import session_lock
from fgd.workspace.outcome import Outcome, State, failure, remember
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import Done, hash_value, provenance, write_bytes

MADE = (
    "brief.*", "matrix.*", "quotes.*", "themes.*", "transcript.*", "tables.*", "clips/*", "charts/*"
)  # fmt: skip
"""What an edition's folder may hold of ours; everything else there is somebody else's."""

_ROSTER = (
    "Mend participants.csv or add it; where there is none to be had, write without_roster = true "
    "under [brief] in session.toml."
)
_BUILDING, _BEFORE = ".building", ".before-"


def release(
    brief: Brief,
    session: Session,
    secrets: Sequence[Secret],
    settings: BriefSettings,
    *,
    sounds: Mapping[str, bytes] | None = None,
    letterhead: bytes = b"",
    kept: Kept | None = None,
    decided: disclosure.Decided = disclosure.NOTHING,
    unknown: str = "",
) -> tuple[dict[str, bytes], tuple[Issue, ...]]:
    """The files of every edition by path, and why an edition is not among them.

    ``session`` holds the rule and the consent in force. The circulation edition is built only
    with recorded consent, and returned only if the leak scan finds nothing in its bytes.
    ``kept`` holds charts that were drawn before. ``decided`` is what people let go or took out;
    ``unknown`` says why nobody knows who was there, and then there is no circulation edition.
    """
    files: dict[str, bytes] = {}
    issues: list[Issue] = []
    kept = kept or Kept()
    for kind in EDITIONS:
        try:
            if unknown and kind == "circulation" and session.consent.recorded:
                raise GateError(unknown, where=session.id, remedy=_ROSTER)
            edited = disclosure.edition(brief, kind, session, secrets, settings, decided)
            chosen = export.chosen_clips(edited, sounds or {})

            def build(told: Brief, chosen: Mapping[str, bytes] = chosen) -> dict[str, bytes]:
                return export.brief_files(told, chosen, letterhead, kept)

            internal = kind == "internal"
            made = build(edited) if internal else disclosure.guard(edited, build, secrets)
        except LeakError as problem:
            issues.append(problem.as_issue())
        except GateError as problem:  # no consent: as it should be, and said
            issues.append(replace(problem.as_issue(), level="warning"))
        else:
            files |= {f"{kind}/{name}": data for name, data in made.items()}
    return files, tuple(issues)


def withdraw(target: Path) -> tuple[Issue, ...]:
    """Remove the circulation edition from the outputs, by the names of its files."""
    try:
        return tuple(_withdraw(target, "circulation"))
    except OSError as problem:
        raise store_error(target, problem) from problem


def letterhead(project: Project, settings: Settings) -> bytes:
    """The bytes of the Word file named in the settings, relative to the project; none if unset.

    Raises ``SettingsError`` if it is not there.
    """
    if not settings.brief.letterhead:
        return b""
    path = project.root / settings.brief.letterhead
    try:
        return path.read_bytes()
    except OSError as problem:
        raise SettingsError(
            f"the letterhead {settings.brief.letterhead} could not be read ({problem.strerror}).",
            where="[brief] letterhead",
            remedy="Name a .docx or .dotx file, relative to the project's folder.",
        ) from problem


def replace_editions(target: Path, files: Mapping[str, bytes]) -> tuple[Issue, ...]:
    """Put the files of a build in place: of each edition all of them, or none.

    An edition is written into a folder beside and then takes the place of the old one, so that a
    full disk never leaves a new file beside an old one. An edition that is not among the files is
    withdrawn first, whatever any record says of what was written before.

    Args:
        target: the folder of the outputs.
        files: bytes by path below it; the first part of a path may be an edition.

    Returns:
        What was left in the folder of a withdrawn edition because we do not make such files.

    Raises:
        StoreError: nothing of what could not be written whole has replaced anything.
    """
    kept = {name.partition("/")[0] for name in files}
    building = target / _BUILDING
    try:
        _recover(target)
        issues = [
            issue for kind in EDITIONS if kind not in kept for issue in _withdraw(target, kind)
        ]
        for name, data in files.items():
            write_bytes(building / name, data)
        for kind in EDITIONS:
            if kind in kept:
                _swap(building / kind, target / kind, target / f"{_BEFORE}{kind}")
        for name in files:
            if "/" not in name:
                (building / name).replace(target / name)
        for path in target.glob("transcript*.*"):  # a session that had more recordings before
            if path.name not in files and path.is_file():
                path.unlink()
    except OSError as problem:
        raise store_error(target, problem) from problem
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return tuple(issues)


def _recover(target: Path) -> None:
    """Take up a swap that was interrupted, and clear away what it left."""
    shutil.rmtree(target / _BUILDING, ignore_errors=True)
    for kind in EDITIONS:
        before = target / f"{_BEFORE}{kind}"
        if before.is_dir() and not (target / kind).exists():
            before.replace(target / kind)
        shutil.rmtree(before, ignore_errors=True)


def _swap(new: Path, old: Path, aside: Path) -> None:
    """Let a folder take the place of another; files there that are not ours go along."""
    for path in _others(old):
        there = new / path.relative_to(old)
        there.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            try:
                os.link(path, there)
            except OSError:  # a file system without links
                shutil.copy2(path, there)
    if old.exists():
        old.replace(aside)
    new.replace(old)
    shutil.rmtree(aside, ignore_errors=True)


def _withdraw(target: Path, kind: str) -> list[Issue]:
    """Remove an edition by the names of its files."""
    folder = target / kind
    others = set(_others(folder))
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # something of somebody else's is in it
                path.rmdir()
        elif path not in others:
            path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
    message = "this edition was withdrawn, and this file in its folder was left where it is."
    remedy = "Remove it unless it may be passed on."
    return [
        Issue("warning", path.relative_to(target).as_posix(), message, remedy)
        for path in sorted(others)
    ]


def _others(folder: Path) -> Iterator[Path]:
    """Files in the folder of an edition that no build of ours writes."""
    for path in folder.rglob("*") if folder.is_dir() else ():
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and not any(fnmatch.fnmatchcase(name, made) for made in MADE):
            yield path


log = logging.getLogger("fgd")


@dataclass(frozen=True, slots=True)
class Published:
    """What a publishing step wrote: file name (below the session's outputs) and content hash."""

    files: dict[str, str]


def attribute(context: SessionContext) -> Done[Attributed]:
    """Tell whose voice each turn is, with evidence."""
    heard, intake = conversations(context), context.intake
    floor, remarks = settled_floor_log(context)
    enrolled, doubts = recognise(context, tuple(each.value for each in heard))
    same = same_voices(context)
    gazetteer = attribution.own_gazetteer(context.project.root)
    made = provenance(
        "attribution",
        attribution.VERSION,
        options={"settings": context.settings.attribution},
        inputs=_inputs(context, heard)
        | {
            "roster": hash_value((intake.session.participants, intake.session.institutions)),
            "floor and samples": hash_value((floor, remarks, enrolled, doubts)),
            "voices alike": hash_value(same),
            "decisions": hash_value(context.decisions),
            "gazetteer": hash_value(gazetteer),
        },
    )

    def compute() -> tuple[Attributed, Sequence[Issue]]:
        context.progress("attribution", 0, 0)
        found = attribution.attribute(
            intake.session,
            arranged(context),
            floor=floor,
            decisions=context.decisions,
            enrolled=enrolled,
            same=same,
            settings=context.settings.attribution,
            gazetteer=gazetteer,
        )
        near = (each.issue(context.folder.name) for each in _near_names(context))
        return found, (*remarks, *doubts, *near, *found.issues)

    return context.step("attribution", Attributed, made, compute)


def _near_names(context: SessionContext) -> tuple[NearNames, ...]:
    """Return the names on the transcripts that may be one person, where nobody decided."""
    labels: Counter[str] = Counter()
    for talk in arranged(context):
        for turn in talk.turns:
            labels[turn.label] += len(turn.words)
    return undecided_names(labels, context.intake.session.participants, context.decisions)


def find_themes(context: SessionContext) -> Done[Themed]:
    """Find what it was about."""
    heard, who = conversations(context), attribute(context)
    session = full_session(context)
    folders = (context.project.root, context.folder.source)
    books, problems = coding.gather(context.settings.themes.codebooks, folders)
    made = provenance(
        "themes",
        coding.VERSION,
        backend=f"{context.embedder.id}/{context.embedder.version}",
        options={"settings": context.settings.themes},
        inputs=_inputs(context, heard)
        | {
            "session": hash_value((session, settled_floor_log(context)[0], context.decisions)),
            "attribution": who.sha256,
            "codebooks": hash_value((books, problems)),
        },
    )

    def compute() -> tuple[Themed, Sequence[Issue]]:
        found, issues = coding.theme(
            session,
            arranged(context),
            who.value.attributions,
            books=books,
            embedder=context.embedder,
            floor=settled_floor_log(context)[0],
            decisions=context.decisions,
            progress=context.progress,
            kept=context.kept,
        )
        return found, (*problems, *issues)

    return context.step("themes", Themed, made, compute)


def deliberate(context: SessionContext) -> Done[Deliberated]:
    """Read what was put to the room, and who answered what."""
    heard, who = conversations(context), attribute(context)
    placements = find_themes(context).value.placements
    session = full_session(context)
    decisions = applied_in("deliberation", context.decisions)
    made = provenance(
        "deliberation",
        deliberation.VERSION,
        backend=f"{context.embedder.id}/{context.embedder.version}",
        inputs=_inputs(context, heard)
        | {
            "session": hash_value(session),
            "attribution": who.sha256,
            "placements": hash_value(placements),
            "decisions": hash_value(decisions),
        },
    )

    def compute() -> tuple[Deliberated, Sequence[Issue]]:
        found = deliberation.deliberate(
            session,
            arranged(context),
            who.value.attributions,
            placements=placements,
            embedder=context.embedder,
            decisions=decisions,
            progress=context.progress,
        )
        return found, found.issues

    return context.step("deliberation", Deliberated, made, compute)


def write_brief(context: SessionContext) -> Done[Brief]:
    """Write what the internal edition says."""
    heard, who, what = conversations(context), attribute(context), find_themes(context)
    put = deliberate(context)
    session = full_session(context)
    # What a brief says of its making ends before it: asked twice, it is the same brief.
    known = (*unheard(context), *told_twice(context), *issues(context, without=("brief", "briefs")))
    made = provenance(
        "brief",
        synthesis.VERSION,
        options={"settings": context.settings.brief},
        inputs=_inputs(context, heard)
        | {
            "session": hash_value(session),
            "attribution": who.sha256,
            "themes": what.sha256,
            "deliberation": put.sha256,
            "issues": hash_value(known),
            "choices": hash_value(chosen(context.decisions)),
        },
    )

    def compute() -> tuple[Brief, Sequence[Issue]]:
        context.progress("briefs", 0, 0)
        return synthesis.synthesise(
            session,
            arranged(context),
            who.value,
            what.value,
            put.value,
            issues=known,
            settings=context.settings,
            embedder=context.embedder,
            decisions=context.decisions,
            unread=context.intake.unread,
        )

    return context.step("brief", Brief, made, compute)


def part(context: SessionContext) -> Part:
    """Return everything that is known of a session, as a brief over several sessions takes it."""
    return Part(
        full_session(context),
        arranged(context),
        attribute(context).value,
        find_themes(context).value,
        deliberate(context).value,
        context.intake.unread,
    )


def write_tables(
    context: SessionContext, form: str, folder: Path | None = None
) -> tuple[Path, ...]:
    """Write the tables behind the brief of a session that has been run; their paths.

    ``form`` is "csv", "xlsx" or "parquet"; the folder is by default ``internal/tables`` of the
    session's outputs, since the tables name people. Raises ``ProjectError`` before the first run.
    """
    if context.store.load("brief", Brief) is None:
        raise ProjectError(
            "this session has not been run yet.",
            where=context.folder.name,
            remedy=f"Run: fgd run {context.folder.id}",
        )
    files = export.frame_files(synthesis.tables(part(context)).tables(), form)
    target = folder or context.folder.outputs / "internal" / "tables"
    return tuple(write_bytes(target / name, data) for name, data in sorted(files.items()))


def publish(context: SessionContext) -> Done[Published]:
    """Write both editions and the transcript as files."""
    brief, heard, who = write_brief(context), conversations(context), attribute(context)
    made = provenance(
        "briefs",
        export.VERSION,
        options={
            "editions": disclosure.VERSION,
            "settings": context.settings.brief,
            "circulation": hash_value(decided_words(context)),
            "unknown": nobody_known(context),
        },
        inputs=_inputs(context, heard)
        | {
            "brief": brief.sha256,
            "themes": find_themes(context).sha256,
            "attribution": who.sha256,
            "session": hash_value(full_session(context)),
            "letterhead": _digest(letterhead(context.project, context.settings)),
        },
    )
    return context.step(
        "briefs",
        Published,
        made,
        lambda: _publish(context),
        intact=lambda written: _all_there(context, written),
    )


def run(context: SessionContext, *, wait: float = 0.0) -> Outcome:
    """Do what is left to do, alone; never raises for a problem of the session itself.

    ``wait`` is how many seconds another run on this session may take to finish.
    """
    try:
        with session_lock(context.folder, wait=wait):
            return outcome(context)
    except Exception as problem:
        return failed(context.project, context.folder, problem)


def failed(project: Project, folder: SessionFolder, problem: Exception) -> Outcome:
    """Tell what ended a session before anything of it could be told."""
    told = failure(problem, project, folder.id, folder.name)
    return Outcome(folder.id, "failed", (told,))


def outcome(context: SessionContext) -> Outcome:
    """Do what is left to do, for a caller who holds the session's lock."""
    files: tuple[Path, ...] = ()
    told: tuple[str, ...] = ()
    withdraw_unfit(context)
    failures = list(unheard(context))
    if len(failures) < len(context.intake.session.recordings):
        try:
            published = publish(context).value
            files = tuple(context.folder.outputs / name for name in published.files)
            told = facts(context)
        except Exception as problem:
            name = context.folder.name
            failures.append(failure(problem, context.project, context.folder.id, name))
    met = tuple(dict.fromkeys((*failures, *told_twice(context), *issues(context))))
    state: State = "done"
    if not files:
        state = "failed"
    elif any(issue.level == "error" for issue in met):
        state = "attention"
    found = Outcome(context.folder.id, state, met, tuple(context.log), files, told)
    try:
        remember(context.project, found)
    except (StoreError, OSError) as problem:  # the disk is full: the outcome is told anyway
        log.warning("what became of a session could not be kept: %s", type(problem).__name__)
    return found


def unheard(context: SessionContext) -> tuple[Issue, ...]:
    """Hear or read every recording; why those that failed did, one of which stops no other."""
    failures = []
    for recording in context.intake.session.recordings:
        try:
            converse(context, recording)
        except Exception as problem:
            failures.append(failure(problem, context.project, context.folder.id, recording.name))
    return tuple(failures)


def issues(context: SessionContext, without: Collection[str] = ()) -> tuple[Issue, ...]:
    """Return the problems of the intake and of every step done so far, each once."""
    steps = [done for done in context.log if done.name not in without]
    met = [issue for done in steps for issue in done.record.issues]
    return tuple(dict.fromkeys((*context.intake.issues, *decided(context)[1], *met)))


def facts(context: SessionContext) -> tuple[str, ...]:
    """Return what there is to say about the result in a line each, without names or quotes."""
    heard = arranged(context)
    who = attribute(context).value.attributions
    return tuple(export.facts(heard, who))


def lines(context: SessionContext) -> tuple[Line, ...]:
    """Return the transcript as people read it, speakers named as far as is known."""
    return _lines(full_session(context), arranged(context), attribute(context).value)


def stored_lines(context: SessionContext) -> tuple[Line, ...]:
    """Return the transcript of the last run, fresh or not; nothing is computed."""
    session = context.intake.session
    stored = [
        context.store.load(f"{recording.id}/conversation", Conversation)
        for recording in session.recordings
    ]
    talks = [context.turns(record)[0] for record in stored if record]
    who = context.store.load("attribution", Attributed)
    return _lines(session, talks, who.value if who else Attributed())


def full_session(context: SessionContext) -> Session:
    """Return the session with those identified beyond its list: by labels, bodies, decisions."""
    invited, found = context.intake.session, attribute(context).value
    return replace(
        invited,
        participants=(*invited.participants, *found.participants),
        institutions=(*invited.institutions, *found.institutions),
    )


def _publish(context: SessionContext) -> tuple[Published, Sequence[Issue]]:
    session = full_session(context)
    files = dict(export.transcript_files(session, lines(context)))
    who, what = attribute(context).value.attributions, find_themes(context).value
    files["internal/themes.xlsx"] = coding.matrix(session, arranged(context), who, what)
    made, issues = release(
        write_brief(context).value,
        session,
        secrets(context),
        context.settings.brief,
        sounds=export.clips(write_brief(context).value, functools.partial(audio_of, context)),
        letterhead=letterhead(context.project, context.settings),
        kept=context.kept,
        decided=decided_words(context),
        unknown=nobody_known(context),
    )
    left = replace_editions(context.folder.outputs, files | made)
    write_bytes(context.store.folder / _FITS, fit(context).encode())
    return Published({k: _digest(v) for k, v in sorted((files | made).items())}), (*issues, *left)


_FITS = "circulation.fits"


def fit(context: SessionContext) -> str:
    """The hash of all that decides, before anything is heard, what may circulate."""
    session, brief = context.intake.session, context.settings.brief
    return hash_value(
        (
            session.disclosure, session.consent, session.participants, session.institutions,
            brief.may_be_named, brief.without_roster, decided_words(context).withheld,
        )
    )  # fmt: skip


def withdraw_unfit(context: SessionContext) -> None:
    """Take the circulation edition away if it was made under another rule, consent or roster.

    This comes before any step that could fail, so that nothing outlives what allowed it.
    """
    folder = context.folder.outputs / "circulation"
    if not folder.is_dir():
        return
    record = context.store.folder / _FITS
    fits = record.is_file() and record.read_bytes() == fit(context).encode()
    if not fits or nobody_known(context) or not context.intake.session.consent.recorded:
        withdraw(context.folder.outputs)


def nobody_known(context: SessionContext) -> str:
    """Why it is not known whose names an edition has to withhold; empty if it is."""
    intake = context.intake
    if intake.session.disclosure.rule == "named":
        return ""
    for issue in intake.issues:
        stem = issue.where.partition(",")[0].rpartition("/")[2].casefold()
        if issue.level == "error" and stem.startswith(("participants.", "roster.")):
            return "no circulation edition is made, because the list of participants is unread."
    if intake.session.participants or context.settings.brief.without_roster:
        return ""
    return "no circulation edition is made, because there is no list of participants."


def decided_words(
    context: SessionContext, decisions: Sequence[Decision] | None = None
) -> disclosure.Decided:
    """What people let go, took out and released of the circulation edition.

    ``decisions`` are those that hold, where more were made since the session was read.
    """
    made = effective(context.intake.decisions) if decisions is None else decisions
    last = released(made)
    return disclosure.Decided(
        words_decided(made, "release"),
        words_decided(made, "withhold"),
        last.value if last else "",
        last.when if last else "",
    )


def circulated(context: SessionContext, decided: disclosure.Decided) -> Brief:
    """Return the circulation edition as it would be. Raises ``GateError`` if there is none."""
    return disclosure.edition(
        write_brief(context).value,
        "circulation",
        full_session(context),
        secrets(context),
        context.settings.brief,
        decided,
    )


def secrets(context: SessionContext) -> tuple[disclosure.Secret, ...]:
    """Return every spelling of a name that the rule of attribution keeps inside the room."""
    found, session = attribute(context).value, full_session(context)
    return disclosure.secrets(
        replace(
            session,
            participants=(*session.participants, *found.heard_participants),
            institutions=(*session.institutions, *found.heard_institutions),
        ),
        arranged(context),
        attributions=attribute(context).value.attributions,
        may_be_named=context.settings.brief.may_be_named,
    )


def _all_there(context: SessionContext, published: Published) -> bool:
    for name, digest in published.files.items():
        path = context.folder.outputs / name
        if not path.is_file() or _digest(path.read_bytes()) != digest:
            return False
    return True


def _inputs(context: SessionContext, heard: Sequence[Done[Conversation]]) -> dict[str, str]:
    """What the turns contain, voices and overlaps as people heard them."""
    return {f"turns {n}": context.turns(d.record)[1] for n, d in enumerate(heard)}


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
