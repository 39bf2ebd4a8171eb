"""Read chats of video meetings: what people wrote beside the talk.

A chat is no speech: it is never a transcript and never counts as time on the floor. Messages to one
person are never imported. Whatever does not say that it went to everybody counts as private.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fgd.core.clock import TIME, clock, milliseconds
from fgd.core.files import read_text
from fgd.core.text import normal, shown_name, without_marks
from fgd.model import Issue

_NAMED = re.compile(
    r"(?:^|[\W_\d])(?:new|saved|group|meeting)?[\s_-]?chat(?:[\s_-]?(?:log|transcript|history|file|messages))?(?:$|[\W_\d])"
    r"|newchat|savedchat|chatlog|chatverlauf|besprechungschat",
    re.IGNORECASE,
)
_FROM = re.compile(
    rf"^\s*(?:\[?(?P<time>{TIME})\]?)?\s*(?:from|von|de|dari|da)\s+(?P<who>\S.*?)"
    r"(?:\s+(?:to|an|à|a|para|kepada|ke)\s+(?P<whom>\S.*?))?\s*(?P<private>\((?:direct message"
    r"|privately|private|direktnachricht|privat|message direct|en privé|mensaje directo"
    r"|pesan langsung)\))?"
    rf"\s*:\s*(?:(?P<late>{TIME})\s*$|(?P<text>.*))$",
    re.IGNORECASE,
)
_TABBED = re.compile(rf"^(?P<time>{TIME})\t\s*(?P<who>[^\t:]{{1,100}}?)\s*:\s*\t(?P<text>.*)$")
_STAMPED = re.compile(rf"^\[?(?P<time>{TIME})\]?\s+(?P<who>[^\t:\n]{{1,80}}?)\s*:\s+(?P<text>.*)$")
_EVERYBODY = frozenset(
    normal(text)
    for text in (
        "everyone;everybody;all;everyone in meeting;everyone in the meeting;all attendees;"
        "all participants;all panelists;all panelists and attendees;everyone (in waiting room);"
        "meeting group chat;group;alle;alle teilnehmer;alle anwesenden;jeden;tous;tout le monde;"
        "tous les participants;todos;todos los participantes;todas;tutti;semua;semua orang;"
        "mọi người;tất cả mọi người;ทุกคน;គ្រប់គ្នា"
    ).split(";")
)
KINDS = frozenset((".txt", ".sbv", ".csv", ".vtt", ".log", ".rtf", ".md"))


@dataclass(frozen=True, slots=True)
class Message:
    """A public message: milliseconds into the meeting or of the clock (-1: not told), who wrote
    it, what.
    """

    time: int
    sender: str
    text: str

    @property
    def line(self) -> str:
        """Write the message in one line."""
        at = f"{clock(self.time)} " if self.time >= 0 else ""
        return f"{at}{self.sender}: {self.text}"


def is_chat(path: Path) -> bool:
    """Tell whether a file is the chat of a meeting, by its name or form. Raises ``OSError``."""
    if path.suffix.lower() not in KINDS:
        return False
    if _NAMED.search(path.stem):
        return True
    with path.open("rb") as stream:
        head = stream.read(8000)
    lines = [line for line in head.decode("utf-8", "replace").split("\n") if line.strip()]
    told = [line for line in lines if not line[:1].isspace()]
    heads = sum(bool((m := _FROM.match(line)) and m["time"] and m["who"]) for line in told)
    return heads > 1 and heads >= 0.5 * len(told)


def without_writer(text: str, is_theirs: Callable[[str], bool]) -> str:
    """Return the text of a chat without the messages that somebody wrote or was sent alone."""
    kept: list[str] = []
    theirs = False
    for line in text.split("\n"):
        found = _FROM.match(line) if not line[:1].isspace() or "From" in line[:40] else None
        mark = found or _TABBED.match(line) or _STAMPED.match(line)
        if mark:
            whom = without_marks(found["whom"] or "") if found else ""
            theirs = is_theirs(shown_name(mark["who"])) or bool(whom and is_theirs(whom))
        if not theirs:
            kept.append(line)
    return "\n".join(kept)


def read_chat(path: Path, name: str) -> tuple[tuple[Message, ...], list[Issue]]:
    """Read the public messages of a chat, and what was left aside. Raises ``OSError`` only."""
    text, issues = read_text(path, name)
    messages: list[Message] = []
    private, unread = 0, 0
    open_: Message | None = None
    hidden = False
    for line in text.split("\n"):
        if not line.strip():
            continue
        found = _FROM.match(line) if not line[:1].isspace() or "From" in line[:40] else None
        tabbed = _TABBED.match(line) or (None if found else _STAMPED.match(line))
        if found or tabbed:
            mark = found or tabbed
            assert mark is not None
            whom = without_marks(found["whom"] or "") if found else ""
            hidden = bool(found and (found["private"] or (whom and not _is_everybody(whom))))
            private += hidden
            at = milliseconds(mark["time"] or (found["late"] if found else "") or "")
            sender = shown_name(mark["who"])
            open_ = (
                None
                if hidden
                else Message(-1 if at is None else at, sender, (mark["text"] or "").strip())
            )
            if open_ is not None:
                messages.append(open_)
        elif hidden:
            continue  # the text of a private message goes on
        elif open_ is not None:
            open_ = Message(open_.time, open_.sender, f"{open_.text} {line.strip()}".strip())
            messages[-1] = open_
        else:
            unread += 1
    messages = [message for message in messages if message.text]
    writers = len({message.sender for message in messages})
    said = (
        f"{len(messages)} public message(s) of {writers} people are kept as written contributions"
    )
    message = f"this is the chat of the meeting, which is no speech: {said}"
    message += f"; {private} private message(s) were not read." if private else "."
    issues.append(Issue("note", name, message))
    if unread:
        message = f"{unread} line(s) of the chat have a form that is not known and were left out."
        issues.append(Issue("note", name, message))
    return tuple(messages), issues


def _is_everybody(whom: str) -> bool:
    return normal(re.sub(r"\(.*?\)$", "", whom)) in _EVERYBODY or normal(whom) in _EVERYBODY
