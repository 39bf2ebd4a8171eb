"""``fgd run``, ``brief``, ``status``, ``transcript``: the pass, and what came of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from fgd.cli.console import ATTENTION, FAILED, Console, rerun
from fgd.core.errors import ProjectError
from fgd.model import Issue
from fgd.workspace.project import Project, SessionFolder

if TYPE_CHECKING:
    from fgd.export import Line


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
        try:
            with console.progress(folder.name) as progress:
                outcome = pipeline.run(pipeline.SessionContext(project, folder, progress))
        except Exception as problem:  # whatever it is, it is this session's and not the others'
            outcome = pipeline.failed(project, folder, problem)
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
    if "attention" in states or any(issue.level == "error" for issue in problems):
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


def brief(
    context: typer.Context,
    topic: Annotated[
        str, typer.Option(help="A theme, by its id or name: everything said about it.")
    ] = "",
    programme: Annotated[
        str, typer.Option(help="A programme, as session.toml names it: all of its sessions.")
    ] = "",
) -> None:
    """Write a brief over sessions that have been run: on a topic, or on a programme."""
    from fgd.pipeline import programme_pass as gathered

    console: Console = context.obj
    if bool(topic) == bool(programme):
        raise ProjectError(
            "name either a topic or a programme.",
            remedy="For example: fgd brief --topic mediator-roles",
        )
    project = console.project()
    write = gathered.write_topic if topic else gathered.write_programme
    done = write(project, topic or programme)
    if console.json:
        console.data(
            {
                "name": done.name,
                "sessions": done.sessions,
                "files": [str(path) for path in done.files],
                "issues": done.issues,
            }
        )
    else:
        rich = console.rich()
        many = "session" if len(done.sessions) == 1 else "sessions"
        rich.print(f"[bold]{done.name}[/]: {len(done.sessions)} {many}")
        console.issues(done.issues)
        for path in done.files:
            if path.name == "brief.html":
                rich.print(f"  [bold]{path}[/]", soft_wrap=True)
    if any(issue.level == "error" for issue in done.issues):
        raise typer.Exit(ATTENTION)


def status(context: typer.Context) -> None:
    """List the sessions, how far each has come, and what needs a person."""
    from fgd.workspace.outcome import status as look

    console: Console = context.obj
    project = console.project()
    folders, problems = project.sessions()
    states = [look(project, folder) for folder in folders]
    problems = (*problems, *(each for folder in folders for each in _waiting(folder)))
    if console.json:
        console.data({"sessions": states, "issues": problems})
        return
    from rich.table import Table

    table = Table("session", "state", "steps done", "briefs", "issues", box=None, pad_edge=False)
    for state in states:
        worst = ", ".join(f"{count} {level}" for level, count in state.issues.items() if count)
        table.add_row(
            state.session,
            state.state,
            " ".join(state.steps) or "-",
            state.briefs or "-",
            worst or "-",
        )
    console.rich().print(table if states else "No sessions yet.")
    console.issues((*problems, *(error for state in states for error in state.errors)))


def _waiting(folder: SessionFolder) -> list[Issue]:
    """Tell how many answers of participants wait for the rapporteur."""
    from fgd.decisions.log import effective, read_decisions
    from fgd.decisions.participants import answers_waiting

    path = folder.source / "decisions.jsonl"
    if folder.is_single_file or not path.is_file():
        return []
    waiting = len(answers_waiting(effective(read_decisions(path, path.name)[0])))
    if not waiting:
        return []
    many = "1 answer waits" if waiting == 1 else f"{waiting} answers wait"
    remedy = f"List them with: fgd check {folder.id}"
    return [Issue("warning", folder.id, f"{many} for the rapporteur.", remedy)]


def transcript(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    form: Annotated[
        Literal["text", "vtt", "srt", "csv", "json"],
        typer.Option("--format", help="How to print it."),
    ] = "text",
) -> None:
    """Print the transcript of a session that has been run."""
    from fgd import pipeline
    from fgd.core.errors import ProjectError

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    lines = pipeline.stored_lines(pipeline.SessionContext(project, folder))
    if not lines:
        raise ProjectError(
            "there is no transcript yet.", where=folder.name, remedy=f"Run: {rerun(folder.id)}"
        )
    sys.stdout.write(_printed("json" if console.json else form, lines))


def _printed(form: str, lines: Sequence[Line]) -> str:
    from fgd.core.clock import clock
    from fgd.export import transcripts

    if form == "vtt":
        return transcripts.webvtt(lines)
    if form == "srt":
        return transcripts.srt(lines)
    if form == "csv":
        return transcripts.transcript_csv(lines)
    if form == "json":
        import msgspec

        return msgspec.json.encode(lines).decode() + "\n"
    printed = []
    for line in lines:
        stamp = f"[{clock(line.span.start)}] " if line.timed else ""
        doubt = " (?)" if line.flags else ""
        printed.append(f"{stamp}{line.speaker}: {line.text}{doubt}\n")
    return "".join(printed)
