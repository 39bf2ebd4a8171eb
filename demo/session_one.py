"""The script of the first demo session: what eight people say about a regional mechanism, and
when.

All persons and institutions are invented. The one woman called ``guest`` here is never named,
introduced, thanked or given the floor by name, and says nothing that gives her institution away:
whoever attributes her words to somebody on the roster is guessing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SESSION = "regional-mechanism"


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

    voice: str
    gap: float
    text: str
    aside: bool = False


PEOPLE = (
    Person("Ratna Kusuma", "Straits Institute for Dialogue and Reconciliation", "ratna"),
    Person("Somchai Boonmee", "Centre for Regional Mediation Studies", "somchai"),
    Person("Maria Dalisay", "Women and Peace Research Network", "maria"),
    Person("Hafiz Rahman", "Archipelago Forum for Peace and Development", "hafiz"),
    Person("Khamla Keola", "Highland Institute for Local Action", "khamla"),
    Person("Minh Tran", "Delta Policy Studies Institute", "minh"),
    Person("Arun Pillai", "Ceasefire Monitoring Research Group", "arun"),
    Person("Sreymom Chea", "Lakeside School of Public Policy"),
    Person("Nilar Aung", "Northern Institute for Conflict Studies"),
    Person("Dewi Anggara", "Policy and Negotiation Dialogue Unit"),
    Person("Josefa Mercado", "Straits Institute for Dialogue and Reconciliation"),
)


def read_script(text: str) -> tuple[Line, ...]:
    """Parse the script; blank lines and lines that begin with ``#`` are skipped."""
    lines = []
    for row in text.splitlines():
        if row.strip() and not row.startswith("#"):
            head, _, said = row.partition(" | ")
            voice, gap, *rest = head.split()
            lines.append(Line(voice, float(gap), said.strip(), aside=rest == ["aside"]))
    return tuple(lines)


LINES = read_script(Path(__file__).with_name(f"{SESSION}.script").read_text(encoding="utf-8"))
