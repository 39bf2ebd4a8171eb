"""Print, and show progress and problems, as every command does."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import typer

from fgd.core.backends import STEPS, Progress, silent
from fgd.model import Issue
from fgd.workspace.project import Project

FAILED, USAGE, ATTENTION, INTERRUPTED = 1, 2, 3, 130
"""Exit codes; the third means that something finished and needs a person."""

COLOURS = {"error": "red", "warning": "yellow", "note": "blue"}


def rerun(session: str) -> str:
    """Return the command that runs a session, quoted as a shell wants it."""
    return shlex.join(("fgd", "run", session))


@dataclass
class Console:
    """The command line's side of things; commands find it in ``context.obj``."""

    json: bool
    open_project: Callable[[], Project]

    def project(self) -> Project:
        """Return the project the command works on."""
        return self.open_project()

    def data(self, value: object) -> None:
        """Print a value as one line of JSON."""
        import msgspec

        typer.echo(msgspec.json.encode(value).decode())

    def rich(self) -> Any:
        """Rich's console on stdout."""
        from rich.console import Console as RichConsole

        return RichConsole(highlight=False)

    def issues(self, issues: Sequence[Issue]) -> None:
        """Print problems, the worst first, each once."""
        rich = self.rich()
        order = {"error": 0, "warning": 1, "note": 2}
        for issue in sorted(dict.fromkeys(issues), key=lambda issue: order[issue.level]):
            rich.print(f"  [{COLOURS[issue.level]}]{issue.level:8}[/]", end="")
            rich.print(str(issue), markup=False)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Return a progress bar with step, percent and remaining time; nothing with ``--json``."""
        if self.json:
            yield silent
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=RichConsole(stderr=True), transient=True) as bars:
            tasks: dict[str, Any] = {}

            def show(step: str, completed: int, total: int, /) -> None:
                if step not in tasks:
                    for task in tasks.values():
                        bars.update(task, visible=False)
                    tasks[step] = bars.add_task(f"{title}: {STEPS.get(step, step)}", total=None)
                bars.update(tasks[step], completed=completed, total=total or None, visible=True)

            yield show
