"""What a note-taker taps: one entry each, with an id made where it was tapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EntryKind = Literal[
    "floor",
    "pause",
    "section",
    "probe",
    "note",
    "decision",
    "inject",
    "person",
    "recording",
    "undo",
]


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap as the page sends it. ``id`` is made by the page, so that what is sent twice counts
    once. ``wall`` is the tablet's clock in ms since 1970, ``drift`` what the server's clock was
    ahead of it when they last spoke before the tap.
    """

    id: str
    kind: EntryKind
    wall: int
    drift: int = 0
    person: str = ""
    label: str = ""
    section: str = ""
    number: int = -1
    text: str = ""
    target: str = ""
    role: str = ""
    institution: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of ``notes.jsonl``. ``ms`` is the time of the tap in ms since 1970 by the server's
    even clock, ``clock`` the same for people, ``by`` the note-taker. What the other fields mean:

    * floor: ``label`` (and ``person``, the participant's id) takes the floor; pause: nobody has it
    * section: the guide section ``section`` begins; probe: its probe ``number`` was put
    * note, decision: ``text``; inject: ``section`` or ``text`` was delivered
    * person: ``label`` of ``institution`` was added on the spot under the id ``person``
    * recording: the recorder was switched on; undo: the entry ``target`` was a slip
    """

    id: str
    ms: int
    clock: str
    kind: EntryKind
    by: str = ""
    person: str = ""
    label: str = ""
    section: str = ""
    number: int = -1
    text: str = ""
    target: str = ""
    role: str = ""
    institution: str = ""
    doubt: str = ""
