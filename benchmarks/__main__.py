"""Every benchmark, one after the other: ``python -m benchmarks [--data DIR] [--only NAME ...]``.

Those that measure the demo need nothing. Those that measure against human labels need a folder of
data (``--data``, the layout is in each module's docstring) and are left out without one.
Each prints one JSON line; the lines together are the run's record.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_OWN = (
    ("peers",),
    ("transcription", "--part", "speed"),
    ("transcription", "--part", "memory"),
    ("diarization", "--dataset", "demo/regional-mechanism"),
    ("words_to_voices",),
    ("resume",),
    ("leaks",),
    ("batch",),
    ("scale",),
    ("review",),
    ("facilitation",),
)
_DATA = (
    ("peers", "--dataset", "ami30"),
    ("activity",),
    ("diarization", "--dataset", "diarization/ami30"),
    *(
        ("attribution", "--dataset", f"attribution/{name}", *roster)
        for name in ("earnings21_ref", "earnings21", "qmsum_committee", "ami_roles")
        for roster in ((), ("--roster",))
    ),
    ("themes",),
    ("emergent",),
    ("extraction",),
)


def main() -> None:
    """Run them; the exit code tells whether all came to their end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data with human labels")
    parser.add_argument("--only", nargs="*", default=[], help="names of benchmarks")
    chosen = parser.parse_args()
    failed = []
    for name, *arguments in (*_OWN, *(_DATA if chosen.data else ())):
        if chosen.only and name not in chosen.only:
            continue
        if (name, *arguments) in _DATA:
            arguments += ["--data", str(chosen.data)]
        sys.stderr.write(f"{name} {' '.join(arguments)}\n")
        command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
        done = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=False)
        lines = done.stdout.splitlines()
        if done.returncode or not lines:
            failed.append(name)
            continue
        print(lines[-1], flush=True)
    if failed:
        raise SystemExit(f"did not come to an end: {', '.join(failed)}")


if __name__ == "__main__":
    main()
