"""``fgd new``, ``fgd pack`` and ``fgd mirror``: before and after a session."""

from __future__ import annotations

import datetime
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from fgd.cli.console import Console
from fgd.core.errors import InputError, ProjectError

Template = Literal["focus-group", "asean-fgd", "peer-workshop", "table-top"]
RuleName = Literal["named", "institution", "category", "chatham-house"]
SessionName = Annotated[str, typer.Argument(help="Session name.")]


def new(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="Title of the session, as on the invitation.")],
    template: Annotated[Template, typer.Option(help="What kind of event.")] = "focus-group",
    rule: Annotated[RuleName, typer.Option(help="Rule of attribution.")] = "chatham-house",
    date: Annotated[str, typer.Option(help="Day of the session, YYYY-MM-DD.")] = "",
    start: Annotated[str, typer.Option(help="Clock time of the first section, HH:MM.")] = "09:00",
    name: Annotated[str, typer.Option(help="Name of the folder; default: from the title.")] = "",
) -> None:
    """Make a session's folder with templates to be written over."""
    from fgd import facilitation
    from fgd.facilitation.pack import minutes_of_day
    from fgd.intake import read_session
    from fgd.workspace.project import session_id
    from fgd.workspace.store import hash_file, write_bytes

    console: Console = context.obj
    project = console.project()
    if not title.strip():
        raise InputError(
            "a session needs a title.", remedy="For example: fgd new 'Round on fisheries'"
        )
    if date:
        try:
            datetime.date.fromisoformat(date)
        except ValueError as problem:
            remedy = "Write it as 2026-03-14."
            raise InputError(f"{date!r} is not a date.", remedy=remedy) from problem
    if minutes_of_day(start) is None:
        raise InputError(f"{start!r} is not a clock time.", remedy="Write it as 09:00.")
    identity = session_id(name or _folder_name(title))
    folder = project.recordings / identity
    if folder.exists():
        raise ProjectError(
            "this session exists already; nothing was written.",
            where=str(folder),
            remedy="Give another name with --name.",
        )
    made = facilitation.session_files(title, template, rule=rule, date=date, start=start)
    for file, data in made.items():
        write_bytes(folder / file, data)
    session = read_session(folder, identity, root=project.root, digest=hash_file).session
    beside = {
        "consent": facilitation.consent_document(session),
        "run-sheet": facilitation.run_sheet_document(session, start),
        "debrief": facilitation.debrief_document(session),
    }
    for file, document in beside.items():
        path = folder / facilitation.BESIDE / f"{file}.docx"
        write_bytes(path, facilitation.to_docx(document))
        made[f"{facilitation.BESIDE}/{file}.docx"] = b""
    if console.json:
        console.data({"session": identity, "folder": str(folder), "files": sorted(made)})
        return
    typer.echo(f"{folder}\n" + "".join(f"  {file}\n" for file in sorted(made)), nl=False)
    typer.echo(f"Write the roster and the guide, then: fgd pack {identity}")


def _folder_name(title: str) -> str:
    """A title as a folder's name: letters of any script, marks and digits, hyphens between."""
    kept = (c if unicodedata.category(c)[0] in "LMN" else " " for c in title.casefold())
    return "-".join("".join(kept).split())[:60].strip("-") or "session"


def pack(context: typer.Context, session: SessionName) -> None:
    """Print a session's run sheet, questions, seats, consent, ground rules and name-plates."""
    from fgd import facilitation, pipeline
    from fgd.workspace.store import write_bytes

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    there = pipeline.SessionContext(project, folder)
    document, issues = facilitation.pack_document(
        there.intake.session, there.settings.facilitation.start
    )
    target = folder.outputs / "pack"
    files = [
        write_bytes(target / "pack.html", facilitation.to_html(document)),
        write_bytes(target / "pack.docx", facilitation.to_docx(document)),
    ]
    unheard = not there.intake.session.recordings  # which is as it should be before a session
    met = (i for i in there.intake.issues if not (unheard and i.where == folder.source.name))
    issues = (*met, *issues)
    _told(console, folder.id, files, {"issues": issues})
    if not console.json:
        console.issues(issues)


def mirror(context: typer.Context, session: SessionName) -> None:
    """Show those who led a session what was planned against what happened; internal only."""
    from fgd import facilitation, floorlog, pipeline
    from fgd.model import Themed
    from fgd.workspace.lock import session_lock
    from fgd.workspace.store import write_bytes

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    one = pipeline.SessionContext(project, folder)
    invited = one.intake.session
    if not invited.recordings:
        remedy = "The mirror is for afterwards; before a session there is: fgd pack."
        raise InputError("nothing was recorded yet.", where=folder.name, remedy=remedy)
    with session_lock(folder), console.progress(folder.name) as progress:
        one = replace(one, progress=progress)
        talks = pipeline.arranged(one)
        who = pipeline.attribute(one).value.attributions
        themed = pipeline.find_themes(one).value
        whole = pipeline.full_session(one)
    entries, issues = floorlog.read_journal(folder.source, invited.date)
    held = [(invited.date, invited.title or folder.name, facilitation.themes_of(themed))]
    for other in project.sessions()[0] if invited.programme else ():
        there = (
            pipeline.SessionContext(project, other).intake.session
            if other.id != folder.id
            else None
        )
        if there is None or there.programme != invited.programme:
            continue
        coded = other.store.load("themes", Themed)
        if coded is not None:
            held.append((there.date, there.title, facilitation.themes_of(coded.value)))
    programme = [(title, found) for _, title, found in sorted(held, key=lambda h: h[:2])]
    found = facilitation.mirror(whole, talks, who, themed, entries, programme)
    document = facilitation.mirror_document(found)
    files = [
        write_bytes(folder.outputs / "internal" / "mirror.html", facilitation.to_html(document)),
        write_bytes(folder.outputs / "internal" / "mirror.docx", facilitation.to_docx(document)),
    ]
    _told(console, folder.id, files, {"mirror": found, "issues": issues})


def _told(console: Console, session: str, files: list[Path], more: dict[str, object]) -> None:
    if console.json:
        console.data({"session": session, "files": [str(file) for file in files], **more})
    else:
        typer.echo("\n".join(str(file) for file in files))
