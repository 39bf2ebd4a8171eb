"""One thin task per step: ids and paths go in, a fingerprint comes out, the library does the work.

Caching is off, because the library already knows what is fresh, from content and not from
arguments. Nothing that a task takes, returns or logs holds a name, a quote or a transcript.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, State

from fgd.pipeline import Pass
from fgd.project import Project


def open_pass(project: Path, session: str) -> Pass:
    """The pass over one session, opened anew in every task: nothing travels between them."""
    opened = Project.open(project)
    return Pass(opened, opened.session(session))


def _state(done: Any) -> State[Any]:
    """What a task returns: the hash of its step's result, and whether there was nothing to do."""
    return Completed(name="Fresh" if done.fresh else "Completed", data=done.sha256)


@task(task_run_name="hear {recording}", cache_policy=NO_CACHE)
def transcribe(project: Path, session: str, recording: str) -> State[Any]:
    """Hear one recording, or read the transcript that stands in for it."""
    one = open_pass(project, session)
    return _state(one.transcript(one.recording(recording)))


@task(task_run_name="voices of {recording}", cache_policy=NO_CACHE)
def tell_voices(project: Path, session: str, recording: str) -> State[Any]:
    """Tell the voices of one recording apart."""
    one = open_pass(project, session)
    return _state(one.conversation(one.recording(recording)))


def _session_task(name: str, step: Callable[[Pass], Any]) -> Any:
    @task(name=name, task_run_name=f"{name} of {{session}}", cache_policy=NO_CACHE)
    def run(project: Path, session: str) -> State[Any]:
        return _state(step(open_pass(project, session)))

    return run


attribute = _session_task("attribution", lambda one: one.attribution())
find_themes = _session_task("themes", lambda one: one.themes())
write_briefs = _session_task("briefs", lambda one: one.briefs())
