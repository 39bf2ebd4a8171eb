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
import itertools
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

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
from fgd.core.serialization import decode
from fgd.core.settings import BriefSettings, Settings
from fgd.core.text import person_key
from fgd.decisions.circulation import (
    left_out,
    quotes_decided,
    released,
    releases,
    reworded,
    words_decided,
)
from fgd.decisions.findings import chosen
from fgd.decisions.kinds import applied_in
from fgd.decisions.log import effective
from fgd.decisions.participants import of_participants
from fgd.decisions.voices import NearNames, undecided_names
from fgd.decisions.withdrawal import is_withdrawn
from fgd.disclosure import Secret
from fgd.export import Line
from fgd.model import (
    EDITIONS,
    Attributions,
    Brief,
    Conversation,
    Decision,
    Deliberated,
    Issue,
    Session,
    Themed,
)
from fgd.pipeline import indexing
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import (
    arranged,
    audio_of,
    conversations,
    converse,
    decided,
    everything,
    same_voices,
    settled_floor_log,
    told_twice,
)
from fgd.pipeline.voice_samples import recognise
from fgd.synthesis import Part
from fgd.synthesis.material import People
from fgd.workspace.deleted import is_interrupted
from fgd.workspace.lock import session_lock
from fgd.workspace.outcome import Outcome, State, failure, remember
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import Done, hash_value, provenance, write_bytes

MADE = (
    "brief.*", "matrix.*", "quotes.*", "registry.*", "themes.*", "transcript.*", "tables.*",
    "clips/*", "charts/*",
)  # fmt: skip
"""What an edition's folder may hold of ours; everything else there is somebody else's."""

EXPORTED = ("analysis/*.qdpx",)
"""What ``fgd export`` writes beside a released edition: it stays, and goes, with it."""

_ROSTER = (
    "Mend participants.csv or add it; where there is none to be had, write without_roster = true "
    "under [brief] in session.toml."
)
_BUILDING, _BEFORE = ".building", ".before-"

_RELEASED = re.compile(r"Version (\d+), released")
_WHY = "why.txt"


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
    public: Mapping[str, str] | None = None,
) -> tuple[dict[str, bytes], tuple[Issue, ...]]:
    """Return the files of every edition by path, and why an edition is not among them.

    ``session`` holds the rule and the consent in force. The circulation edition is built only
    with recorded consent, and returned only if the leak scan finds nothing in its bytes.
    ``kept`` holds charts that were drawn before. ``decided`` is what people let go or took out;
    ``unknown`` says why nobody knows who was there, and then there is no circulation edition.
    ``public`` is what the same people said in public before, by name.
    """
    files: dict[str, bytes] = {}
    issues: list[Issue] = []
    kept = kept or Kept()
    inside, found = disclosure.edition(brief, "internal", session), disclosure.Linked()
    for kind in reversed(EDITIONS):  # the annex of the internal one tells of the other
        try:
            if kind == "circulation":
                if unknown and session.consent.recorded:
                    where = f"{session.id}/participants.csv"
                    raise GateError(unknown, where=where, remedy=_ROSTER)
                edited, found = disclosure.circulated(
                    brief, session, secrets, settings, decided, public
                )
            else:
                edited = disclosure.attacked(inside, found, decided, settings.k_anonymity)
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


def withdraw(target: Path, why: str) -> tuple[Issue, ...]:
    """Remove the circulation edition from the outputs, by the names of its files.

    One that somebody had released is not lost: it is put away, and the reason told.
    """
    try:
        return tuple(_withdraw(target, "circulation", why))
    except OSError as problem:
        raise store_error(target, problem) from problem


def why_withdrawn(target: Path, number: int) -> str:
    """Tell why the released edition of this number was taken back; empty if it was not."""
    try:
        found = sorted((target / "withdrawn").glob(f"version-{number}*/{_WHY}"))
        return found[-1].read_text(encoding="utf-8").strip() if found else ""
    except OSError:
        return ""


def released_version(target: Path) -> int:
    """Return the number of the released edition that lies in the outputs; 0 if none does."""
    path = target / "circulation" / "brief.json"
    try:
        status = str(msgspec.json.decode(path.read_bytes()).get("status", ""))
    except (OSError, msgspec.MsgspecError, AttributeError):
        return 0
    found = _RELEASED.match(status)
    return int(found.group(1)) if found else 0


def _put_away(target: Path, why: str) -> list[Issue]:
    """Move the files of a released circulation edition aside, with the reason beside them."""
    number = released_version(target)
    if not number:
        return []
    folder = target / "circulation"
    others = set(foreign(folder, (*MADE, *EXPORTED)))
    away = target / "withdrawn" / f"version-{number}"
    again = 1
    while away.exists():
        again += 1
        away = away.with_name(f"version-{number}-{again}")
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and path not in others:
            there = away / path.relative_to(folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            path.replace(there)
    where = away.relative_to(target).as_posix()
    write_bytes(away / _WHY, f"{why}\n".encode())
    message = (
        f"the released circulation edition (version {number}) was taken back, because {why}. Its "
        f"files lie in {where}."
    )
    remedy = (
        "Tell those who have it; then look at the new one on the page Circulation of fgd review, "
        "and let it go."
    )
    return [Issue("warning", "circulation", message, remedy)]


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


def replace_editions(target: Path, files: Mapping[str, bytes], why: str = "") -> tuple[Issue, ...]:
    """Put the files of a build in place: of each edition all of them, or none.

    An edition is written into a folder beside and then takes the place of the old one, so that a
    full disk never leaves a new file beside an old one. An edition that is not among the files is
    withdrawn first, whatever any record says of what was written before.

    Args:
        target: the folder of the outputs.
        files: bytes by path below it; the first part of a path may be an edition.
        why: the reason to tell if an edition that was released is not among the files.

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
            issue for kind in EDITIONS if kind not in kept for issue in _withdraw(target, kind, why)
        ]
        for name, data in files.items():
            write_bytes(building / name, data)
        if "circulation" in kept and not _is_same(target, files):
            issues += _put_away(target, _changed(target, files))
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


def _is_same(target: Path, files: Mapping[str, bytes]) -> bool:
    path = target / "circulation" / "brief.json"
    return path.is_file() and path.read_bytes() == files.get("circulation/brief.json")


def _changed(target: Path, files: Mapping[str, bytes]) -> str:
    """Tell what has changed between the edition that lies there and a new one, in a few words."""
    path = target / "circulation" / "brief.json"
    new, old = (data.count(b'"said": false') for data in (
        files.get("circulation/brief.json", b""), path.read_bytes() if path.is_file() else b""
    ))  # fmt: skip
    if new > old:
        many = "place is" if new - old == 1 else "places are"
        return f"{new - old} more {many} withheld now"
    return "it no longer says the same"


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
    for path in foreign(old):
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


def _withdraw(target: Path, kind: str, why: str) -> list[Issue]:
    """Remove an edition by the names of its files; a released one is put away."""
    folder = target / kind
    away = _put_away(target, why or "it can no longer be made") if kind == "circulation" else []
    others = set(foreign(folder, (*MADE, *EXPORTED)))
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
    left = [
        Issue("warning", path.relative_to(target).as_posix(), message, remedy)
        for path in sorted(others)
    ]
    return [*away, *left]


def foreign(folder: Path, ours: Sequence[str] = MADE) -> Iterator[Path]:
    """List the files in the folder of an edition that no build of ours writes."""
    for path in folder.rglob("*") if folder.is_dir() else ():
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and not any(fnmatch.fnmatchcase(name, made) for made in ours):
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
    # Asked for by every step after it; reading the books took as long as a tenth of the pass.
    books, problems = context.memory.once(
        "codebooks", lambda: coding.gather(context.settings.themes.codebooks, folders)
    )
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
        backend=f"{context.embedder.id}/{context.embedder.version}/{deliberation.reader()}",
        inputs=_inputs(context, heard)
        | {
            "session": hash_value(session),
            "attribution": who.sha256,
            "placements": hash_value(placements),
            "decisions": hash_value(decisions),
        },
    )

    def at(talks: Sequence[Conversation]) -> Deliberated:
        """Read one room by itself: nobody at a table answers what is put at another one."""
        here = {talk.recording for talk in talks}
        mine = [d for d in decisions if not d.recording or d.recording in here]
        return deliberation.deliberate(
            session,
            talks,
            who.value.attributions,
            placements=placements,
            embedder=context.embedder,
            decisions=mine if session.breakouts else decisions,
            progress=context.progress,
        )

    def compute() -> tuple[Deliberated, Sequence[Issue]]:
        rooms: dict[str, list[Conversation]] = {}
        for talk in arranged(context):
            rooms.setdefault(session.table_of(talk.recording), []).append(talk)
        told = [at(talks) for talks in rooms.values()] or [at(())]
        found = told[0] if len(told) == 1 else _of_all_tables(told)
        found = _as_far_as_known(found, everything(context))
        return found, found.issues

    return context.step("deliberation", Deliberated, made, compute)


def _as_far_as_known(found: Deliberated, talks: Sequence[Conversation]) -> Deliberated:
    """Tell no silence that may have been broken by somebody who withdrew, and no answer beside it.

    What was said right after them may have answered them and not what was put before.
    """
    gaps = {talk.recording: [t.span for t in talk.turns if is_withdrawn(t)] for talk in talks}
    if not any(gaps.values()):
        return found
    after: dict[str, bool] = {}
    latest = {recording: max(spans, default=None) for recording, spans in gaps.items()}
    for talk in talks:
        for before, turn in itertools.pairwise(talk.turns):
            after[turn.id] = is_withdrawn(before)
    starts = {turn.id: turn.span.start for talk in talks for turn in talk.turns}
    puts = {each.id: each.place for each in found.propositions}

    def heard_out(proposition: str) -> bool:
        place = puts[proposition]
        last = latest.get(place.recording)
        return last is None or starts.get(place.turn, 0) > last.start

    responses = tuple(
        each
        for each in found.responses
        if not (after.get(each.place.turn) and each.link in ("near", "reply"))
    )
    return replace(
        found,
        responses=responses,
        unanswered=tuple(each for each in found.unanswered if heard_out(each)),
        silence=tuple(each for each in found.silence if heard_out(each)),
    )


def _of_all_tables(told: Sequence[Deliberated]) -> Deliberated:
    """Put together what was deliberated in several rooms."""
    return Deliberated(
        tuple(each for one in told for each in one.propositions),
        tuple(each for one in told for each in one.responses),
        tuple(each for one in told for each in one.summings),
        tuple(each for one in told for each in one.unanswered),
        tuple(each for one in told for each in one.silence),
        tuple(dict.fromkeys(each for one in told for each in one.unread)),
        tuple(dict.fromkeys(each for one in told for each in one.issues)),
    )


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
            "checks": hash_value(of_participants(context.decisions)),
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
            "clauses": disclosure.reader(),
            "settings": context.settings.brief,
            "circulation": hash_value(decided_words(context)),
            "unknown": nobody_known(context),
            "public": hash_value(said_in_public(context)),
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
    if is_interrupted(context.project):
        raise ProjectError(
            "a withdrawal was interrupted, so nothing is made of this session.",
            where=context.folder.name,
            remedy="Finish it first: fgd withdraw --resume",
        )
    if context.intake.closed:
        return _closed(context)
    files: tuple[Path, ...] = ()
    told: tuple[str, ...] = ()
    taken_back = withdraw_unfit(context)
    failures = list(unheard(context))
    if len(failures) < len(context.intake.session.recordings):
        try:
            published = publish(context).value
            files = tuple(context.folder.outputs / name for name in published.files)
            told = facts(context)
            indexing.update(context)
        except Exception as problem:
            name = context.folder.name
            failures.append(failure(problem, context.project, context.folder.id, name))
    told_first = (*failures, *taken_back, *told_twice(context))
    met = tuple(dict.fromkeys((*told_first, *issues(context))))
    state: State = "done"
    if not files:
        state = "failed"
    elif any(issue.level == "error" for issue in met):
        state = "attention"
    found = Outcome(context.folder.id, state, met, tuple(context.log), files, told)
    try:
        remember(context.project, found)
    except (StoreError, OSError) as problem:  # the outcome is told anyway
        # One sentence about a full disk is enough: whoever mends what is told mends this, too.
        level = logging.DEBUG if state == "failed" else logging.WARNING
        log.log(level, "what became of a session could not be kept: %s", type(problem).__name__)
    return found


def _closed(context: SessionContext) -> Outcome:
    """Leave the briefs of a session as they are whose transcripts were deleted by plan."""
    outputs = context.folder.outputs
    files = tuple(
        path for kind in EDITIONS for path in sorted((outputs / kind).glob("brief.*"))
    )  # fmt: skip
    told = (
        f"what this session's briefs were made of was deleted on {context.intake.closed}, as "
        "keep_days says; " + ("they stay as they are." if files else "no brief is left either."),
    )
    met = tuple(each for each in context.intake.issues if each.level == "error")
    found = Outcome(context.folder.id, "attention" if met else "done", met, (), files, told)
    with contextlib.suppress(StoreError, OSError):
        remember(context.project, found)
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
    return _lines(full_session(context), everything(context), attribute(context).value)


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
        public=said_in_public(context),
    )
    why = next((each.message for each in issues if not any("circulation/" in n for n in made)), "")
    left = replace_editions(context.folder.outputs, files | made, why.rstrip("."))
    write_bytes(context.store.folder / _FITS, msgspec.json.encode(fit(context)))
    return Published({k: _digest(v) for k, v in sorted((files | made).items())}), (*issues, *left)


_FITS = "circulation.fits"

GONE = "somebody who withdrew"
"""What a transcript calls the speaker of a mark."""


def fit(context: SessionContext) -> dict[str, str]:
    """What decides, before anything is heard, what may circulate: a hash of each, by what to say
    where it is another one.
    """
    session, brief = context.intake.session, context.settings.brief
    decided = decided_words(context)
    # fmt: off
    return {
        "the rule of attribution changed": hash_value(session.disclosure),
        "what is recorded about consent changed": hash_value(session.consent),
        "the list of participants changed": hash_value(
            (_listed(session), session.institutions, brief.without_roster)
        ),
        "the names that may be said changed": hash_value(brief.may_be_named),
        "people released, reworded or withheld other words": hash_value(
            (
                decided.released, decided.withheld, decided.reworded, decided.quotes,
                decided.no_quotes, decided.left_out,
            )
        ),
    }
    # fmt: on


def _listed(session: Session) -> list[dict[str, object]]:
    """The list of participants; a table is part of it only where somebody sat at one, so that what
    was released before there were tables stays released.
    """
    people: list[dict[str, object]] = msgspec.to_builtins(session.participants)
    return [{k: v for k, v in each.items() if k != "table" or v} for each in people]


def withdraw_unfit(context: SessionContext) -> tuple[Issue, ...]:
    """Take the circulation edition away if it was made under another rule, consent or roster.

    This comes before any step that could fail, so that nothing outlives what allowed it. One that
    somebody had released is put away, and the reason told.
    """
    folder = context.folder.outputs / "circulation"
    if not folder.is_dir():
        return ()
    why = nobody_known(context).rstrip(".")
    if not why and not context.intake.session.consent.recorded:
        why = "no consent is recorded any more"
    if not why:
        before = _stored_fit(context)
        changed = [told for told, digest in fit(context).items() if before.get(told) != digest]
        why = " and ".join(changed) if before else "nothing tells what it was made under"
        if before and not changed:
            return ()
    return withdraw(context.folder.outputs, why)


def _stored_fit(context: SessionContext) -> dict[str, str]:
    try:
        return decode((context.store.folder / _FITS).read_bytes(), dict[str, str])
    except (OSError, msgspec.MsgspecError):
        return {}


def nobody_known(context: SessionContext) -> str:
    """Tell why it is not known whose names an edition has to withhold; empty if it is."""
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
    """Tell what people let go, took out and released of the circulation edition.

    ``decisions`` are those that hold, where more were made since the session was read.
    """
    made = effective(context.intake.decisions) if decisions is None else decisions
    last = released(made)
    return disclosure.Decided(
        words_decided(made, "release"),
        words_decided(made, "withhold"),
        reworded(made),
        quotes_decided(made, "release"),
        quotes_decided(made, "withhold"),
        last.value if last else "",
        last.when if last else "",
        releases(made),
        left_out(made),
    )


def kept_out(context: SessionContext, *, assigned: bool = False) -> disclosure.Decided:
    """Tell what people decided, for what cuts the talk otherwise than the brief: of quotes that
    they withheld it is told when they were said, so that no part of one is passed on either.

    With ``assigned`` also of those that the circulation edition holds back because they could be
    assigned to somebody, and that nobody let go.
    """
    decided = decided_words(context)
    session = context.intake.session
    hides = session.disclosure.rule in ("category", "chatham-house")
    assigned = assigned and hides and session.consent.recorded
    held = frozenset(circulated(context, decided)[1].chances) if assigned else frozenset[str]()
    spans = tuple(
        (source.recording, source.span)
        for each in write_brief(context).value.extracts
        for key in (disclosure.key_of(each),)
        if key in decided.no_quotes or (each.id in held and key not in decided.quotes)
        for source in each.sources
    )
    return replace(decided, left_out=tuple(dict.fromkeys((*decided.left_out, *spans))))


def circulated(
    context: SessionContext, decided: disclosure.Decided
) -> tuple[Brief, disclosure.Linked]:
    """Return the circulation edition as it would be, and what can be assigned of it.

    Raises ``GateError`` if there is none.
    """
    return disclosure.circulated(
        write_brief(context).value,
        full_session(context),
        secrets(context),
        context.settings.brief,
        decided,
        said_in_public(context),
    )


def is_released(context: SessionContext) -> bool:
    """Tell whether a person let go exactly the circulation edition that would be made now."""
    decided = decided_words(context)
    edited, _ = circulated(context, decided)
    return bool(decided.edition) and decided.edition == disclosure.fingerprint(edited)


def said_in_public(context: SessionContext) -> dict[str, str]:
    """Tell what people said in sessions of this project whose rule lets everybody know who said it.

    By name as ``person_key`` writes it. Only what was stored is read; nothing is computed.
    """
    if context.intake.session.disclosure.rule not in ("category", "chatham-house"):
        return {}
    return context.memory.once("said in public", lambda: _said_in_public(context))


def _said_in_public(context: SessionContext) -> dict[str, str]:
    said: dict[str, list[str]] = {}
    for folder in context.project.sessions()[0]:
        if folder.id == context.folder.id or not folder.store.path("attribution").is_file():
            continue
        one = SessionContext(context.project, folder)
        with contextlib.suppress(Exception):  # its own run has to say what is wrong with it
            session = one.intake.session
            found = one.store.load("attribution", Attributed)
            if session.disclosure.rule != "named" or found is None:
                continue
            people = (*session.participants, *found.value.participants)
            names = {person.id: person_key(person.name) for person in people}
            who = Attributions(found.value.attributions)
            for recording in session.recordings:
                talk = one.store.load(f"{recording.id}/conversation", Conversation)
                for turn in talk.value.turns if talk else ():
                    name = names.get(who.of(turn).participant, "")
                    if name:
                        said.setdefault(name, []).append(turn.text)
    return {name: " ".join(texts) for name, texts in sorted(said.items())}


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
    """Tell what the turns contain, voices and overlaps as people heard them."""
    return {f"turns {n}": context.turns(d.record)[1] for n, d in enumerate(heard)}


def _lines(session: Session, talks: Sequence[Conversation], who: Attributed) -> tuple[Line, ...]:
    people = People(session, talks, who.attributions)
    known = {
        turn: people.printed(person)
        for turn, person in people.by_turn.items()
        if person.name or person.institutions
    }
    gone = {turn.id: GONE for talk in talks for turn in talk.turns if is_withdrawn(turn)}
    return export.lines(talks, known | gone)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
