"""A new session: a folder under ``recordings/`` with a ``session.toml`` made from a form."""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from pathlib import Path
from typing import Annotated

import msgspec

from fgd.core.errors import InputError
from fgd.core.text import clean
from fgd.intake.languages import language
from fgd.model import Rule
from fgd.workspace.store import write_bytes

Line = Annotated[str, msgspec.Meta(max_length=300)]


class New(msgspec.Struct, forbid_unknown_fields=True):
    """What the form asks. Without a title the session is called by its day."""

    title: Line = ""
    date: Line = ""
    languages: Annotated[tuple[Line, ...], msgspec.Meta(max_length=10)] = ()
    rule: Rule = "chatham-house"
    consent: bool = False
    note: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


def found(recordings: Path, new: New) -> Path:
    """Make the folder. Raises ``InputError`` for a date or language that is none."""
    day = _day(new.date)
    for each in new.languages:
        if not language(each):
            raise InputError(f"{clean(each)!r} is no language.", remedy="Write: English, or: en.")
    title = clean(new.title)
    folder = _folder(recordings, _plain(title) or f"session-{day or _today()}")
    lines = [f"title = {_text(title)}"] if title else []
    lines += [f"date = {day}"] if day else []
    if new.languages:
        lines.append(f"languages = [{', '.join(_text(clean(each)) for each in new.languages)}]")
    lines += [f"rule = {_text(new.rule)}", "", "[consent]"]
    lines += [f"recorded = {str(new.consent).lower()}"]
    lines += [f"note = {_text(clean(new.note))}"] if clean(new.note) else []
    write_bytes(folder / "session.toml", ("\n".join(lines) + "\n").encode())
    return folder


def _folder(recordings: Path, name: str) -> Path:
    recordings.mkdir(exist_ok=True)
    for number in range(1, 1000):
        folder = recordings / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise InputError("there are too many sessions of this name.", remedy="Choose another title.")


def _plain(title: str) -> str:
    """A name of small Latin letters, digits and hyphens, at most 40 long; empty if none is left."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    return re.sub("[^a-z0-9]+", "-", re.sub("[^ -~]", "", letters))[:40].strip("-")


def _day(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return datetime.date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise InputError("this is no date.", remedy="Write it as 2026-03-19.") from None


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _text(text: str) -> str:
    """A TOML string; what JSON writes is one, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
