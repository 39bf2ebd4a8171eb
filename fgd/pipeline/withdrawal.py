"""Take a person out of everything that a project holds, and prove it.

First everything is made anew beside: the session's folder without the person, and what was heard of
the others, carried over to the silenced recordings, so that nothing has to be heard again and
nobody else's words change. Only when all of it is there, one list of moves is written, and then
done. Killed before the list, nothing has changed; killed after it, whoever comes next (``finish``)
does the rest. What is left in the outputs is what the next run begins from.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fgd.audio.silence import can_be_silenced
from fgd.core.errors import InputError, ProjectError, StoreError, store_error
from fgd.core.files import MEDIA, printable
from fgd.core.serialization import decode
from fgd.core.text import normal, person_key
from fgd.decisions.log import read_decisions
from fgd.decisions.withdrawal import who_withdrew
from fgd.diarization import Diarization
from fgd.disclosure.erasure import Eraser
from fgd.disclosure.remains import Left, Traces, own_runs, remains
from fgd.disclosure.secrets import mangled, person_forms
from fgd.disclosure.words import Secret
from fgd.model import (
    EDITIONS,
    MARK,
    SIDED,
    Attributions,
    Conversation,
    Deliberated,
    Participant,
    Recording,
    Turn,
)
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import everything
from fgd.pipeline.rewriting import Part, Plan, given, joined, quiet_of, staged, voices_of
from fgd.pipeline.session_pass import (
    EXPORTED,
    MADE,
    attribute,
    foreign,
    full_session,
    released_version,
)
from fgd.pipeline.voice_samples import FOLDER
from fgd.workspace.deleted import MOVES, STAGE, is_interrupted
from fgd.workspace.lock import Owner, session_lock
from fgd.workspace.project import SETTINGS_FILE, Project, SessionFolder
from fgd.workspace.store import write_bytes, write_with

_NO_DATA = frozenset((".git", "weights", "node_modules", "__pycache__"))


@dataclass(frozen=True, slots=True)
class _Moves:
    """What is left to do, as it is kept on the disk; paths are relative to the project."""

    sessions: tuple[str, ...]
    whole: bool
    traces: Traces
    replace: tuple[tuple[str, str], ...]
    remove: tuple[str, ...]
    clear: tuple[str, ...]


def refuse_if_interrupted(project: Project) -> None:
    """Raise ``ProjectError`` if another withdrawal waits to be finished."""
    if is_interrupted(project):
        raise ProjectError(
            "a withdrawal was interrupted here.", remedy="Finish it first: fgd withdraw --resume"
        )


def plan(project: Project, who: str, session: str = "") -> Plan:
    """Find everything that the project holds of a person.

    Args:
        project: where to look.
        who: a name, alias or id.
        session: the only session to take them out of; all of them where it is empty.

    Raises:
        InputError: nobody is called so, two people are, or something that holds them cannot be
            rewritten; nothing was changed.
    """
    folders = [project.session(session)] if session else list(project.sessions()[0])
    with ExitStack() as held:  # who spoke is found out anew where something changed
        for folder in folders:
            held.enter_context(session_lock(folder))
        return _planned(project, who, [SessionContext(project, folder) for folder in folders])


def _planned(project: Project, who: str, contexts: Sequence[SessionContext]) -> Plan:
    known = {context.folder.id: _person(context, who) for context in contexts}
    people = [person for person in known.values() if person is not None]
    if not people:
        raise _nobody(project, who, contexts)
    keys = {person_key(n) for person in people for n in (person.name, *person.aliases, who) if n}
    keys -= {  # an alias that somebody else has, too, finds nobody
        person_key(name)
        for context in contexts
        for other in context.intake.session.participants
        if other != known[context.folder.id]
        for name in (other.name, *other.aliases)
    }
    parts = []
    for context in contexts:
        person = known[context.folder.id]
        parts.append(_part(context, person, keys))
    labels = {t.label for part in parts for ts in part.turns.values() for t in ts if t.label}
    # The label of a room or a device from which others speak as well names nobody.
    labels -= {t.label for part in parts for ts in part.others.values() for t in ts} | {MARK}
    keys |= {person_key(label) for label in labels}
    traces = _traces(people, labels, parts)
    eraser = Eraser(traces)
    touched = tuple(part for part in parts if part.person is not None or _mentions(part, eraser))
    for part in touched:
        _check(part, eraser)
    touched = tuple(
        replace(part, rewritten=_rewritten_files(part, keys, eraser)) for part in touched
    )
    tombstone = f"withdrawn-{1 + _most(project)}"
    return Plan(people[0].name, tombstone, touched, traces, frozenset(keys))


def withdraw(project: Project, planned: Plan, *, by: str, when: str) -> tuple[Left, ...]:
    """Take the person of a plan out of the project.

    Returns:
        What is left of them in the project; empty is the proof that nothing is.

    Raises:
        BusyError: a run is at work on a session; nothing was changed.
        StoreError: the disk refused; nothing was changed, or ``finish`` goes on from here.
    """
    stage = project.recordings / STAGE
    with ExitStack() as held:
        for part in planned.parts:
            held.enter_context(session_lock(part.context.folder))
        shutil.rmtree(stage, ignore_errors=True)
        try:
            moves = [staged(project, stage, planned, part, by, when) for part in planned.parts]
            _list(project, stage, planned, moves)
        except OSError as problem:
            shutil.rmtree(stage, ignore_errors=True)
            raise store_error(stage, problem) from problem
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        return _do(project)


def finish(project: Project) -> tuple[Left, ...]:
    """Do what is left of a withdrawal that was killed; see ``withdraw``."""
    if not is_interrupted(project):
        raise ProjectError("no withdrawal was interrupted here.", remedy="Nothing was changed.")
    moves = _read(project)
    with ExitStack() as held:
        for folder in project.sessions()[0]:
            if folder.id in moves.sessions:
                held.enter_context(session_lock(folder))
        return _do(project)


def left_of(project: Project, who: str, session: str = "") -> tuple[Left, ...]:
    """Look for a name, and the usual forms of it, in every file of the project."""
    traces = Traces(tuple(dict.fromkeys(person_forms(who))))
    folders = [project.session(session)] if session else []
    return remains(project.root, _files(project, folders), traces)


def _nobody(project: Project, who: str, contexts: Sequence[SessionContext]) -> InputError:
    before = _most(project)
    left = left_of(project, who)
    if left:
        files = list(dict.fromkeys(each.file for each in left))
        where = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
        remedy = f"The name, or a part of it, stands in {where}: if it is this person, run fgd run "
        remedy += "and withdraw then, or name them as the list of participants does."
        if before:
            remedy += " If they withdrew before, delete or change it there by hand."
    elif before:
        many = "one person" if before == 1 else f"{before} people"
        remedy = f"No file of the project says it; {many} withdrew before, and no name is kept."
    else:
        remedy = "No file of the project says that name. fgd attribution SESSION lists who spoke."
    where = contexts[0].folder.name if len(contexts) == 1 else ""
    return InputError("nobody here is called that.", where=where, remedy=remedy)


def _person(context: SessionContext, who: str) -> Participant | None:
    """Find the one participant of a session who is called so."""
    wanted = {normal(who), person_key(who)}
    session = full_session(context) if _was_heard(context) else context.intake.session
    exact, alias = [], []
    for person in session.participants:
        if {normal(person.name), person_key(person.name), normal(person.id)} & wanted:
            exact.append(person)
        elif {normal(other) for other in person.aliases} & wanted:
            alias.append(person)
    found = exact or alias
    if len(found) > 1:
        raise InputError(
            f"{len(found)} people are called that, so nobody knows whose name a text says.",
            where=context.folder.name,
            remedy="Tell them apart in the list of participants first (a middle name, an initial), "
            "run fgd run, and name the one you mean.",
        )
    return found[0] if found else None


def _was_heard(context: SessionContext) -> bool:
    """Tell whether every recording of a session was heard or can be read at once."""
    return bool(context.intake.session.recordings) and all(
        recording.kind == "transcript"
        or recording.transcript
        or context.store.path(f"{recording.id}/conversation").is_file()
        for recording in context.intake.session.recordings
    )


def _part(context: SessionContext, person: Participant | None, keys: set[str]) -> Part:
    if not _was_heard(context):
        sound = any(each.kind == "audio" for each in context.intake.session.recordings)
        if sound and person is not None:
            raise InputError(
                "this session has not been heard, so nobody knows where this person speaks.",
                where=context.folder.name,
                remedy=f"Run fgd run {context.folder.id} first, and take away what cannot be "
                "heard.",
            )
        return Part(context, person, {}, {})
    who = Attributions(attribute(context).value.attributions)
    mine: dict[str, tuple[Turn, ...]] = {}
    others: dict[str, tuple[Turn, ...]] = {}
    for talk in everything(context):
        theirs = {
            turn.id
            for turn in talk.turns
            if (person is not None and who.of(turn).participant == person.id)
            or (turn.label and person_key(turn.label) in keys)
        }
        mine[talk.recording] = tuple(turn for turn in talk.turns if turn.id in theirs)
        others[talk.recording] = tuple(turn for turn in talk.turns if turn.id not in theirs)
    found = Part(context, person, mine, others)
    return replace(found, notes=tuple(_notes(found, who))) if person is not None else found


def _notes(part: Part, who: Attributions) -> Iterator[str]:
    """Tell what goes with a person, and what stays in doubt."""
    context, person = part.context, part.person
    assert person is not None
    spoke = sum(map(len, part.turns.values()))
    unknown = sum(
        turn.span.duration
        for turns in part.others.values()
        for turn in turns
        if not who.of(turn).participant
    )
    if unknown >= 1000:
        yield (
            f"{max(1, round(unknown / 60_000))} min are spoken by voices that nobody named. If "
            "some of it is theirs, decide that first (fgd decide): it stays otherwise."
        )
    if not spoke:
        yield "no turn is known to be theirs, so only their name and what was noted of them goes."
    if person.role == "facilitator":
        yield (
            "they chaired: the words that gave others the floor go with them, so who spoke may be "
            "known less well afterwards. Decide unsure voices first (fgd attribution, fgd decide)."
        )
    put = context.store.load("deliberation", Deliberated)
    if put is not None:
        sides: dict[tuple[str, str], set[str]] = {}
        for each in put.value.responses:
            if each.side in SIDED:
                sides.setdefault((each.proposition, each.side), set()).add(each.who)
        alone = sum(people == {person.id} for people in sides.values())
        if alone:
            many = "one proposition" if alone == 1 else f"{alone} propositions"
            yield f"of {many} they are the only one heard on a side; the brief loses that side."
    version = released_version(context.folder.outputs)
    if version:
        yield (
            f"version {version} of the circulation edition was released: it goes here, and the "
            "copies that people have are out of reach."
        )


def _traces(people: Sequence[Participant], labels: set[str], parts: Sequence[Part]) -> Traces:
    """Collect what must not be found afterwards; what others share with the person stays."""
    ids = {(part.session, part.person.id) for part in parts if part.person is not None}
    shared: set[str] = set()
    for part in parts:
        session = part.context.intake.session
        for other in session.participants:
            if (part.session, other.id) not in ids:
                for name in (other.name, *other.aliases):
                    shared.update(word for s in person_forms(name) for word in s.tokens)
        for body in session.institutions:
            for name in (body.name, body.acronym, *body.aliases):
                shared.update(Secret(name, "institution").tokens if name else ())
        for turns in part.others.values():
            for label in {turn.label for turn in turns if turn.label}:
                shared.update(word for s in person_forms(label) for word in s.tokens)
    names = {n for person in people for n in (person.name, *person.aliases)} | labels
    forms = {form for name in names for form in person_forms(name)}
    talks = [
        Conversation(recording, (), (*part.turns.get(recording, ()), *turns))
        for part in parts
        for recording, turns in part.others.items()
    ]
    single = {form.tokens[0] for form in forms if len(form.tokens) == 1}
    forms |= {  # a run of words around a name that is found by itself would take too much
        form
        for form in mangled(sorted(forms, key=lambda each: each.text), talks)
        if len(form.tokens) == 1 or not single & set(form.tokens)
    }
    # A word that is also somebody else's, or a body's, points at nobody by itself.
    kept = {form for form in forms if form.tokens and not set(form.tokens) <= shared}
    whole = {form for form in forms if len(form.tokens) > 1 and form not in kept}
    kept |= {form for form in whole if form.text in names}
    mine = [turn.text for part in parts for turns in part.turns.values() for turn in turns]
    theirs = [turn.text for part in parts for turns in part.others.values() for turn in turns]
    for part in parts:
        guide = part.context.intake.session.guide
        theirs += [text for s in guide.sections for text in (s.title, s.text, *s.probes)]
        for message in part.context.intake.written:
            own = person_key(message.sender) in {person_key(name) for name in names}
            (mine if own else theirs).append(message.text)
    ordered = sorted(kept, key=lambda each: (-len(each.text), each.text, each.exact))
    return Traces(tuple(ordered), own_runs(mine, theirs), tuple(_prints(parts)))


def _prints(parts: Sequence[Part]) -> Iterator[tuple[float, ...]]:
    for part in parts:
        for recording, turns in part.turns.items():
            voices = voices_of(turns)
            for step in ("diarization", "diarization-logged"):
                told = part.context.store.load(f"{recording}/{step}", Diarization)
                for each in told.value.prints if told else ():
                    if each.voice in voices:
                        yield each.vector


def _mentions(part: Part, eraser: Eraser) -> bool:
    """Tell whether a session of others speaks of the person."""
    if any(eraser.named(turn.words) for turns in part.others.values() for turn in turns):
        return True
    return any(
        eraser.name(path.name) != path.name
        or (path.suffix.lower() not in MEDIA and eraser.file(path) is not None)
        for path in given(part.context.folder)
    )


def _rewritten_files(part: Part, keys: set[str], eraser: Eraser) -> tuple[str, ...]:
    """List the recordings and other files of a session that will not stay as they are."""
    context, found = part.context, []
    recordings = {each.name: each for each in context.intake.session.recordings}
    texts = {each.transcript: each for each in recordings.values() if each.transcript}
    spoke = {each.id for each in recordings.values() if part.turns.get(each.id)}
    for path in given(context.folder):
        each = recordings.get(path.name) or texts.get(path.name)
        if path.name in recordings and recordings[path.name].kind == "audio":
            quiet = quiet_of(part, recordings[path.name], eraser)
            if quiet:
                seconds = sum(span.duration for span in joined(quiet)) / 1000
                found.append(f"{path.name}, {seconds:.0f} s silenced,")
        elif (each is not None and each.id in spoke) or (
            path.suffix.lower() not in MEDIA and eraser.file(path) is not None
        ):
            found.append(path.name)
        elif path.parent.name == FOLDER and person_key(path.stem) in keys:
            found.append(f"{FOLDER}/{path.name} (deleted)")
    return tuple(found)


def _check(part: Part, eraser: Eraser) -> None:
    """Raise ``InputError`` if something that holds the person cannot be rewritten."""
    context = part.context
    source = context.folder.source
    used = {each.name for each in context.intake.session.recordings}
    for path in given(context.folder):
        inside = path.parent != source and not context.folder.is_single_file
        unread = path.suffix.lower() in MEDIA and path.name not in used and not inside
        if unread and any(part.turns.values()):
            raise InputError(
                "this recording is not read and may hold the same talk.",
                where=f"{context.folder.name}/{printable(path.name)}",
                remedy="Take it out of the project first: nobody can be taken out of it here.",
            )
    for recording in context.intake.session.recordings:
        if recording.kind != "audio" or recording.id in context.intake.gone:
            continue
        if not quiet_of(part, recording, eraser) and not _untimed(part, recording):
            continue
        can_be_silenced(context.source(recording))
        if _untimed(part, recording):
            raise InputError(
                "the transcript of this recording has no times, so nobody can be taken out of its "
                "sound.",
                where=f"{context.folder.name}/{printable(recording.name)}",
                remedy="Take the recording out of the project first, or give a transcript with "
                "times.",
            )


def _untimed(part: Part, recording: Recording) -> bool:
    talks = {talk.recording: talk for talk in everything(part.context)}
    talk = talks.get(recording.id)
    return talk is not None and not talk.timed and bool(part.turns.get(recording.id))


def _most(project: Project) -> int:
    """Return the highest number that stands for somebody who withdrew."""
    most = 0
    for folder in project.sessions()[0]:
        path = folder.source / "decisions.jsonl"
        if path.is_file():
            for name in who_withdrew(read_decisions(path, path.name)[0]):
                number = name.rpartition("-")[2]
                most = max(most, int(number) if number.isdigit() else 0)
    return most


def _list(
    project: Project, stage: Path, planned: Plan,
    made: Sequence[tuple[SessionFolder, SessionFolder]],
) -> None:  # fmt: skip
    """Write what is to be moved and removed; from here on there is no way back."""

    def told(path: Path) -> str:
        return Path(os.path.relpath(path, project.root)).as_posix()

    swaps, gone, clear = [], [], []
    for old, new in made:
        home = project.recordings / old.source.stem if old.is_single_file else old.source
        there = [p for p in sorted(new.source.rglob("*")) if p.is_file()]
        for path in there:
            target = home / path.relative_to(new.source)
            if not (target.is_file() and target.samefile(path)):
                swaps.append((told(path), told(target)))
        kept = {home / path.relative_to(new.source) for path in there}
        gone += [told(path) for path in given(old) if path not in kept]
        clear.append(told(old.outputs))
        swaps += [
            (told(path), told(old.outputs / path.relative_to(new.outputs)))
            for path in sorted(new.outputs.rglob("*"))
            if path.is_file()
        ]
    sessions = {old.id for old, _ in made}
    if (
        project.outputs.is_dir()
    ):  # briefs over several sessions; whoever wants them writes them anew
        ours = {folder.id for folder in project.sessions()[0]} | {".runs"}
        clear += [
            told(p) for p in sorted(project.outputs.iterdir()) if p.is_dir() and p.name not in ours
        ]
    clear.append(told(project.state))
    shared = project.root / FOLDER
    gone += [
        told(path)
        for path in (*shared.rglob("*"), *project.recordings.glob(f"*.{FOLDER}/*"))
        if path.is_file() and person_key(path.stem) in planned.keys
    ]
    eraser = Eraser(planned.traces)
    settings = project.root / SETTINGS_FILE
    after = eraser.file(settings) if settings.is_file() else None
    if after is not None:
        swaps.append((told(write_bytes(stage / SETTINGS_FILE, after)), SETTINGS_FILE))
    moves = _Moves(
        tuple(sorted(sessions)),
        len(project.sessions()[0]) == len(sessions),
        planned.traces,
        tuple(swaps),
        tuple(gone),
        tuple(clear),
    )
    write_bytes(stage / MOVES, msgspec.json.encode(moves))


def _read(project: Project) -> _Moves:
    path = project.recordings / STAGE / MOVES
    try:
        return decode(path.read_bytes(), _Moves)
    except (OSError, msgspec.MsgspecError) as problem:
        raise StoreError(
            "what is left to do of a withdrawal cannot be read.",
            where=str(path),
            remedy="Restore this file, or withdraw the person again.",
        ) from problem


def _do(project: Project) -> tuple[Left, ...]:
    """Move and remove what the list says, whatever of it was done before; look for the rest."""
    moves, root, stage = _read(project), project.root, project.recordings / STAGE
    try:
        for place in (root / name for name in moves.clear):
            if place.exists() and not _aside(place).exists():
                place.replace(_aside(place))
        for made, target in moves.replace:
            if (root / made).is_file():
                _move(root / made, root / target)
        for place in (root / name for name in moves.clear):
            for edition in EDITIONS:  # somebody else's files are theirs to judge: looked at below
                for path in foreign(_aside(place) / edition, (*MADE, *EXPORTED, "tables/*")):
                    _move(path, place / path.relative_to(_aside(place)))
        for name in moves.remove:
            (root / name).unlink(missing_ok=True)
        for place in (root / name for name in moves.clear):
            if _aside(place).exists():
                shutil.rmtree(_aside(place))
    except OSError as problem:
        raise store_error(root, problem) from problem
    folders = [f for f in project.sessions()[0] if f.id in moves.sessions]
    left = remains(root, _files(project, [] if moves.whole else folders), moves.traces)
    shutil.rmtree(stage, ignore_errors=True)
    return left


def _aside(place: Path) -> Path:
    return place.with_name(f".gone-{place.name}")


def _move(path: Path, target: Path) -> None:
    """Move a file, also to another disk; whatever is killed leaves it in one place or both."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.replace(target)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        write_with(target, lambda temporary: _filled(path, temporary))
        path.unlink()


def _filled(path: Path, target: Path) -> None:
    shutil.copyfile(path, target)


def _files(project: Project, folders: Sequence[SessionFolder]) -> Iterator[Path]:
    """List every file of the project, or those of some sessions and what no session owns.

    Not looked into: checkpoints, environments, and the history of a version control.
    """
    others = {
        place
        for folder in project.sessions()[0] if folders and folder not in folders
        for place in (folder.source, folder.outputs)
    }  # fmt: skip
    stage = project.recordings / STAGE
    for place, inner, names in os.walk(project.root):
        here = Path(place)
        inner[:] = sorted(
            name for name in inner
            if name not in _NO_DATA
            and here / name not in {*others, stage, project.weights}
            and not (here / name / "pyvenv.cfg").is_file()
        )  # fmt: skip
        for name in sorted(names):
            path = here / name
            if path not in others and not path.is_symlink() and not _is_own_lock(path):
                yield path


def _is_own_lock(path: Path) -> bool:
    """Tell whether a file belongs to a lock that whoever looks holds now."""
    if path.parent.name != ".runs" or path.suffix != ".owner":
        return False
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return decode(path.read_bytes(), Owner).pid == os.getpid()
    return False
