"""One session as a flow: a child run per recording, then the session's analysis and briefs.

``python -m flows.session SESSION ...`` needs nothing else running.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from prefect import flow  # isort: skip

from fgd.errors import FgdError
from flows import tasks


@flow(name="recording", flow_run_name="{session}/{recording}")
def process_recording(project: Path, session: str, recording: str) -> None:
    """Hear one recording and tell its voices apart."""
    tasks.transcribe(project, session, recording)
    tasks.tell_voices(project, session, recording)


@flow(name="session", flow_run_name="{session}")
def process_session(project: Path, session: str) -> str:
    """The whole pass over one session; returns its state as ``fgd run`` would name it.

    A recording that fails does not stop the others; the run fails only if none is left.
    """
    one = tasks.open_pass(project, session)
    recordings = one.intake.session.recordings
    states = [
        process_recording(project, session, recording.id, return_state=True)
        for recording in recordings
    ]
    if recordings and all(state.is_failed() for state in states):
        raise RuntimeError("no recording of this session could be processed; fgd run says why")
    tasks.attribute(project, session)
    tasks.find_themes(project, session)
    tasks.write_briefs(project, session)
    return one.run().state


def main(arguments: list[str] | None = None) -> int:
    """Run sessions one after the other; the exit code is that of ``fgd run``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", nargs="+", metavar="SESSION")
    parser.add_argument("--project", type=Path, default=Path())
    chosen = parser.parse_args(arguments)
    states = []
    for session in chosen.sessions:
        try:
            states.append(process_session(chosen.project.resolve(), session))
        except (FgdError, RuntimeError) as problem:
            sys.stderr.write(f"{session}: {problem}\n")
            states.append("failed")
    if "failed" in states:
        return 1
    return 3 if "attention" in states else 0


if __name__ == "__main__":
    sys.exit(main())
