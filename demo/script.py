"""The script of the first demo session: what eight people say about a regional mechanism, and
when, in two recordings.

All persons and institutions are invented. The one woman called ``guest`` here is never named,
introduced, thanked or given the floor by name, and says nothing that gives her institution away:
whoever attributes her words to somebody on the roster is guessing.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SESSION = "regional-mechanism"
KNOWN = ("ratna", "somchai", "maria", "hafiz", "khamla", "minh", "arun")
UNKNOWN = "guest"


@dataclass(frozen=True)
class Person:
    """Somebody on the roster; ``voice`` is a name of ``demo.voices`` for those who came and are
    knowable.
    """

    name: str
    institution: str
    voice: str = ""


@dataclass(frozen=True)
class Line:
    """One turn. ``gap`` is the silence before it in seconds: 0 joins at the very sample,
    negative overlaps.
    """

    recording: str
    voice: str
    gap: float
    text: str
    aside: bool = False

    @property
    def sentences(self) -> tuple[str, ...]:
        """Its sentences, each with its punctuation."""
        return tuple(re.findall(r"\S[^.?!]*[.?!]+", self.text))


def read_script(text: str) -> tuple[Line, ...]:
    """Parse a script; blank lines and lines that begin with ``#`` are skipped."""
    lines, recording = list[Line](), ""
    for row in text.splitlines():
        if row.startswith("= "):
            recording = row[2:].strip()
        elif row.strip() and not row.startswith("#"):
            head, _, said = row.partition(" | ")
            voice, gap, *rest = head.split()
            lines.append(Line(recording, voice, float(gap), said.strip(), rest == ["aside"]))
    return tuple(lines)


def _people() -> tuple[Person, ...]:
    path = HERE / "recordings" / SESSION / "participants.csv"
    with path.open(encoding="utf-8", newline="") as rows:
        return tuple(
            Person(row["name"], row["institution"], first if first in KNOWN else "")
            for row in csv.DictReader(rows)
            for first in (row["name"].split()[0].lower(),)
        )


LINES = read_script((HERE / f"{SESSION}.script").read_text(encoding="utf-8"))
RECORDINGS = tuple(dict.fromkeys(line.recording for line in LINES))
PEOPLE = _people()
