"""``fgd run``: the pass over one session or all of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fgd.cli.console import ATTENTION, FAILED, Console
from fgd.workspace.project import Project, SessionFolder

SYMBOLS = {
    "done": "[green]done[/]",
    "attention": "[yellow]needs a person[/]",
    "failed": "[red]failed[/]",
}


def run(
    context: typer.Context,
    sessions: Annotated[
        list[str] | None, typer.Argument(help="Session names; default: every session.")
    ] = None,
) -> None:
    """Turn what lies in recordings/ into transcripts and briefs; only what changed is redone."""
    from fgd import pipeline
    from fgd.workspace.outcome import Outcome

    console: Console = context.obj
    project = console.project()
    folders, problems = _chosen(project, sessions or [])
    if not console.json:
        console.issues(problems)
    outcomes: list[Outcome] = []
    for folder in folders:
        with console.progress(folder.name) as progress:
            outcome = pipeline.run(pipeline.SessionContext(project, folder, progress))
        outcomes.append(outcome)
        if not console.json:
            show(console, outcome)
    if console.json:
        console.data({"sessions": [_summary(o) for o in outcomes], "issues": problems})
    elif not folders:
        typer.echo(f"Nothing to do: put a recording into {project.recordings}.")
    states = {outcome.state for outcome in outcomes}
    if "failed" in states:
        raise typer.Exit(FAILED)
    if "attention" in states:
        raise typer.Exit(ATTENTION)


def _chosen(project: Project, names: list[str]) -> tuple[list[SessionFolder], list[Any]]:
    if names:
        return [project.session(name) for name in names], []
    folders, issues = project.sessions()
    return list(folders), list(issues)


def show(console: Console, outcome: Any) -> None:
    """Print what became of a session: its state, facts, issues and where the briefs are."""
    rich = console.rich()
    seconds = sum(step.seconds for step in outcome.steps)
    again = sum(not step.fresh for step in outcome.steps)
    how = f"{again} steps in {seconds:.1f} s" if again else "nothing had changed"
    rich.print(f"[bold]{outcome.session}[/]: {SYMBOLS[outcome.state]}, {how}")
    for fact in outcome.facts:
        rich.print(f"  {fact}", markup=False)
    console.issues(outcome.issues)
    for path in outcome.files:
        if path.name == "brief.html":
            rich.print(f"  [bold]{path}[/]", soft_wrap=True)


def _summary(outcome: Any) -> dict[str, object]:
    return {
        "session": outcome.session,
        "state": outcome.state,
        "facts": outcome.facts,
        "issues": outcome.issues,
        "steps": [
            {"name": step.name, "fresh": step.fresh, "seconds": round(step.seconds, 3)}
            for step in outcome.steps
        ],
        "files": [str(path) for path in outcome.files],
    }
