"""``fgd export`` and ``import``: a session's tables, a session for analysts' programs, and their
codings back.
"""

from __future__ import annotations

import enum
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.console import Console
from fgd.core.errors import InputError
from fgd.model import Codebook, Edition, Issue

if TYPE_CHECKING:
    from fgd.pipeline import SessionContext

_AT_ONCE = 200


class Tables(enum.StrEnum):
    """A kind of file that tables are written to."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


class Format(enum.StrEnum):
    """A kind of file for an analyst's program."""

    qdpx = "qdpx"
    qdc = "qdc"
    nvivo = "nvivo"
    maxqda = "maxqda"
    headings = "headings"
    elan = "elan"


_ENDINGS = {
    Format.qdpx: ".qdpx",
    Format.qdc: ".qdc",
    Format.nvivo: "-nvivo.txt",
    Format.maxqda: "-f4.txt",
    Format.headings: "-speakers.docx",
    Format.elan: ".eaf",
}


def export(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    tables: Annotated[
        Tables | None,
        typer.Option(help="Write the tables behind the brief; csv without an option."),
    ] = None,
    kind: Annotated[
        Format | None,
        typer.Option(
            "--format", help="Write for a program: qdpx is a REFI-QDA project, qdc its codes."
        ),
    ] = None,
    edition: Annotated[
        str, typer.Option(help="internal, or circulation: pseudonyms, scanned (qdpx only).")
    ] = "internal",
    sound: Annotated[bool, typer.Option(help="Put the recordings in (qdpx, internal).")] = False,
    to: Annotated[
        Path | None, typer.Option(help="The file to write; the folder, for tables.")
    ] = None,
) -> None:
    """Write a session's tables, or a file for NVivo, MAXQDA, ATLAS.ti, QualCoder, f4 or ELAN."""
    from fgd.pipeline import SessionContext
    from fgd.workspace.store import write_bytes

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    if tables is not None and kind is not None:
        raise InputError("write either tables or a format.", remedy="Leave one of them out.")
    if kind is None:
        _write_tables(console, SessionContext(project, folder), tables or Tables.csv, to)
        return
    if edition not in ("internal", "circulation"):
        raise InputError(
            f'there is no edition "{edition}".', remedy="Write internal or circulation."
        )
    if edition == "circulation" and kind is not Format.qdpx:
        raise InputError(
            "only a project (qdpx) has a circulation edition.",
            remedy="Leave --edition out, and keep the file in the house.",
        )
    with console.progress(folder.id) as progress:
        opened = SessionContext(project, folder, progress=progress)
        data = _made(opened, kind, "circulation" if edition == "circulation" else "internal", sound)
    name = f"{folder.id.replace('/', '-')}{_ENDINGS[kind]}"
    target = to or folder.outputs / edition / "analysis" / name
    write_bytes(target, data)
    if console.json:
        console.data({"file": str(target), "bytes": len(data)})
    else:
        typer.echo(f"Written: {target}")


def _write_tables(
    console: Console, opened: SessionContext, tables: Tables, to: Path | None
) -> None:
    """Write turns, propositions, responses and codings of a session that has been run."""
    from fgd.pipeline.session_pass import write_tables

    written = write_tables(opened, tables.value, to)
    if console.json:
        console.data({"session": opened.folder.id, "files": [str(path) for path in written]})
        return
    for path in written:
        console.rich().print(str(path), soft_wrap=True)


def _made(opened: SessionContext, kind: Format, edition: Edition, sound: bool) -> bytes:
    from fgd.export import refi, transcripts
    from fgd.pipeline import qda
    from fgd.pipeline.session_pass import find_themes, full_session, lines

    if kind is Format.qdpx:
        return qda.project(opened, edition, sound=sound)
    if kind is Format.qdc:
        return refi.write_codebook(find_themes(opened).value.codebook)
    told = lines(opened)
    if kind is Format.nvivo:
        return transcripts.nvivo_rows(told)
    if kind is Format.maxqda:
        return transcripts.f4_text(told)
    if kind is Format.headings:
        return transcripts.headed_docx(full_session(opened), told)
    recordings = {line.recording for line in told if line.timed}
    if len(recordings) != 1:
        raise InputError(
            f"an ELAN file holds one recording with times, and this session has {len(recordings)}.",
            where=opened.folder.name,
            remedy="Export the project instead: --format qdpx.",
        )
    media = [r.name for r in opened.intake.session.recordings if r.kind == "audio"]
    return transcripts.elan(told, media[0] if media else "")


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A project (.qdpx) or a codebook (.qdc).")],
    session: Annotated[
        str, typer.Option(help="The session whose transcript was coded; a .qdc needs none.")
    ] = "",
    by: Annotated[str, typer.Option(help="Who coded; default: who is logged in.")] = "",
    dry_run: Annotated[bool, typer.Option(help="Only say what would be decided.")] = False,
) -> None:
    """Bring codings back as people's decisions, or a codebook as codebook.toml."""
    from fgd.export import refi

    console: Console = context.obj
    if not file.is_file():
        raise InputError(f"there is no file {file.name!r}.", remedy="Check the path.")
    try:
        data = file.read_bytes()
        if file.suffix.lower() == ".qdc":
            _import_codebook(console, refi.read_codebook(data), file)
            return
        brought = refi.read_project(data)
    except ValueError as problem:
        raise InputError(
            str(problem), where=file.name, remedy="Export it again from the program that made it."
        ) from problem
    if not session:
        raise InputError(
            "a project is coded on the transcript of a session.",
            where=file.name,
            remedy="Name it: fgd import FILE.qdpx --session NAME",
        )
    _import_codings(console, brought, file, session, by, dry_run=dry_run)


def _import_codings(
    console: Console,
    brought: object,
    file: Path,
    session: str,
    by: str,
    *,
    dry_run: bool,
) -> None:
    from fgd.cli.decide import logged_in, to_decide
    from fgd.cli.themes import opened_of
    from fgd.export.refi import Project
    from fgd.pipeline import qda
    from fgd.workbench import changes

    assert isinstance(brought, Project)
    opened = opened_of(console, session)
    to_decide(opened)
    found = qda.codings_of(opened.source, brought, file.name)
    commands = [changes.Code(theme, turn, place, True) for turn, place, theme in found.add]
    commands += [changes.Code(theme, turn, place, False) for turn, place, theme in found.remove]
    if not dry_run and not any(issue.level == "error" for issue in found.issues):
        for begin in range(0, len(commands), _AT_ONCE):
            part: list[changes.Command] = [*commands[begin : begin + _AT_ONCE]]
            change = changes.Change((by or logged_in())[:80], opened.log.version, part)
            changes.apply(opened, change)
    facts = {"coded": len(found.add), "taken off": len(found.remove), "issues": found.issues}
    if console.json:
        console.data(facts)
    else:
        would = "would be " if dry_run else ""
        typer.echo(
            f"{len(found.add)} codings {would}added, {len(found.remove)} {would}taken off, as "
            f"decisions in {opened.ledger.path}."
        )
        console.issues(found.issues)
    if any(issue.level == "error" for issue in found.issues):
        raise InputError(
            "nothing of this project fits the session.",
            where=file.name,
            remedy="Export the session again and code that file, or name the session it is of.",
        )


def _import_codebook(console: Console, book: Codebook, file: Path) -> None:
    """Write a codebook as TOML beside the file, for ``[themes] codebooks`` or a session."""
    from fgd.coding import written
    from fgd.workspace.store import write_bytes

    target = file.with_name("codebook.toml")
    if target.exists():
        raise InputError(
            "codebook.toml is there already.",
            where=str(target.parent),
            remedy="Rename it, or copy the codes you want by hand.",
        )
    issues: list[Issue] = []
    empty = [code.name for code in book.codes if not code.description]
    named = (replace(code, description=code.description or code.name) for code in book.codes)
    book = replace(book, codes=tuple(named))
    if empty:
        message = f"{len(empty)} code(s) have no description, by which passages are found."
        remedy = "Describe each in a sentence or two in codebook.toml."
        issues.append(Issue("warning", file.name, message, remedy))
    write_bytes(target, written(book).encode("utf-8"))
    if console.json:
        console.data({"file": str(target), "codes": len(book.codes), "issues": issues})
        return
    typer.echo(f"Written: {target} ({len(book.codes)} codes)")
    console.issues(issues)
