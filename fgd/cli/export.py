"""``fgd export``: the tables behind a brief, for pandas, R, Excel or whatever people count with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fgd.cli.console import Console


class Format(StrEnum):
    """A kind of file that tables are written to."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


def export(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="The session's folder or file name.")],
    tables: Annotated[Format, typer.Option(help="The kind of file.")] = Format.csv,
    to: Annotated[
        Path | None, typer.Option(help="The folder to write to; by default tables/ of the session.")
    ] = None,
) -> None:
    """Write the tables of a session that has been run: turns, propositions, responses, codings."""
    from fgd.pipeline import SessionContext
    from fgd.pipeline.session import write_tables

    console: Console = context.obj
    project = console.project()
    written = write_tables(SessionContext(project, project.session(session)), tables.value, to)
    if console.json:
        console.data({"session": session, "files": [str(path) for path in written]})
        return
    for path in written:
        console.rich().print(str(path), soft_wrap=True)
