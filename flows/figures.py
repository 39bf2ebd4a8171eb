"""What a run tells about sessions: on the screen in full, to Prefect in figures only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import fgd.cli.run
from fgd import pipeline
from fgd.cli.console import Console
from fgd.core.errors import FgdError
from fgd.synthesis.people import People
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from flows.failures import StepFailed

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """A session's outcome, for the screen, and its line in a batch's table, for everybody."""

    outcome: Outcome
    row: Row


def show(results: Sequence[tuple[str, Told | StepFailed]]) -> int:
    """Print each session as ``fgd run`` does; returns the exit code that ``fgd run`` would."""
    console = Console(json=False, open_project=Project.open)
    for session, result in results:
        if isinstance(result, Told):
            fgd.cli.run.show(console, result.outcome)
        else:
            sys.stdout.write(f"{session}: failed\n  {result}\n")
    return exit_code(
        result.outcome.state if isinstance(result, Told) else "failed" for _, result in results
    )


def exit_code(states: Iterable[str]) -> int:
    """1 if a session failed, 3 if one needs a person, else 0."""
    met = set(states)
    return 1 if "failed" in met else 3 if "attention" in met else 0


def row(
    session: str,
    state: str,
    one: pipeline.SessionContext | None = None,
    outcome: Outcome | None = None,
) -> Row:
    """One line of a batch's table: counts and seconds, nothing that anybody said or is called."""
    line: Row = {
        "session": session,
        "state": state,
        "minutes": "",
        "language": "",
        "voices": "",
        "attributed %": "",
        "findings": "",
        "issues": "",
        "seconds": "",
    }
    if outcome is not None:
        worst = dict.fromkeys(("error", "warning", "note"), 0)
        for issue in outcome.issues:
            worst[issue.level] += 1
        line["issues"] = ", ".join(f"{count} {level}" for level, count in worst.items() if count)
        line["seconds"] = _seconds(outcome)
    if one is not None and outcome is not None and outcome.files:
        try:
            line |= _heard(one)
        except (FgdError, OSError):
            return line  # removed since: the line says less
    return line


def _heard(one: pipeline.SessionContext) -> Row:
    talks = pipeline.arranged(one)
    people = People(
        pipeline.full_session(one), talks, pipeline.attribute(one).value.attributions
    ).by_turn
    known = {turn for turn, person in people.items() if person.name or person.institutions}
    turns = [turn for talk in talks for turn in talk.turns]
    words = sum(len(turn.words) for turn in turns)
    told = sum(len(turn.words) for turn in turns if turn.id in known)
    timed = [talk for talk in talks if talk.timed and talk.turns]
    minutes = sum(max(turn.span.end for turn in talk.turns) for talk in timed) / 60_000
    languages = {
        language
        for done in one.log
        if done.name.endswith("/transcript")
        for language in done.value.languages
    } or set(pipeline.full_session(one).languages)
    return {
        "minutes": round(minutes, 1),
        "language": ", ".join(sorted(languages)),
        "voices": len({(turn.recording, turn.voice) for turn in turns}),
        "attributed %": round(100 * told / words) if words else 0,
        "findings": len(pipeline.write_brief(one).value.findings),
    }


def _seconds(outcome: Outcome) -> str:
    """Seconds by step, over all recordings; empty where nothing had to be done."""
    spent: dict[str, float] = {}
    for step in outcome.steps:
        if not step.fresh:
            name = step.name.rpartition("/")[2]
            spent[name] = spent.get(name, 0.0) + step.seconds
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.items())
