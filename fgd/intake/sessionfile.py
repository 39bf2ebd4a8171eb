"""``session.toml``: what a session says about itself, key by key.

Every key stands for itself: one that is wrong is reported and left at its default, and the others
hold. The default of the rule of attribution is the strictest one, so that a typing mistake there
never shows more than was meant.
"""

from __future__ import annotations

import datetime
import difflib
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field

from fgd.core.serialization import TomlFile
from fgd.core.settings import SESSION_SECTIONS, Settings
from fgd.core.text import clean
from fgd.intake.languages import language, nearest
from fgd.model import Consent, Disclosure, Issue, Level, Rule

T = typing.TypeVar("T")

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
YEARS = range(1900, 2200)
"""Years in which a discussion can have been recorded."""

_TEXTS = ("title", "event", "programme", "venue", "rapporteur")
_LISTS = ("conveners", "glossary", "languages", "recordings")
_SWITCHES = ("list_participants", "audio_clips", "time_codes")
KEYS = (*_TEXTS, "date", *_LISTS, "rule", *_SWITCHES, "consent", *SESSION_SECTIONS)

_RULES: dict[Rule, Disclosure] = {
    "named": Disclosure("named", True, True, True),
    "institution": Disclosure("institution", True, False, True),
    "category": Disclosure("category"),
    "chatham-house": Disclosure("chatham-house"),
}


@dataclass(slots=True)
class SessionFile:
    """The values of a ``session.toml``; everything is empty where the file does not say."""

    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    disclosure: Disclosure = field(default_factory=Disclosure)
    consent: Consent = field(default_factory=Consent)
    overrides: dict[str, dict[str, object]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def read_session_file(file: TomlFile) -> SessionFile:
    """Check every key, and keep what is right."""
    read = SessionFile()
    for key, value in file.data.items():
        if key not in KEYS:
            read.issues.append(file.unknown(key, KEYS))
        elif key in _TEXTS:
            read.texts[key] = clean(_checked(file, read, key, value, str) or "")
        elif key == "date":
            read.texts[key] = _date(file, read, value)
        elif key in _LISTS:
            listed = (value,) if isinstance(value, str) else value
            found = _checked(file, read, key, listed, tuple[str, ...]) or ()
            read.lists[key] = tuple(text if key == "recordings" else clean(text) for text in found)
        elif key == "consent":
            read.consent = _consent(file, read, value)
        elif key in SESSION_SECTIONS:
            _override(file, read, key, value)
    read.disclosure = _disclosure(file, read)
    read.lists["languages"] = _languages(file, read, read.lists.get("languages", ()))
    return read


def _checked(file: TomlFile, read: SessionFile, key: str, value: object, kind: type[T]) -> T | None:
    found, issues = file.convert(value, kind, key)
    read.issues += issues
    return found


def _date(file: TomlFile, read: SessionFile, value: object) -> str:
    """The day as ISO has it, which puts sessions in order; other writing stays and is told."""
    if isinstance(value, datetime.date | datetime.datetime):
        told = value.isoformat()
    else:
        told = clean(_checked(file, read, "date", value, str) or "")
    parts = _DAY.match(told)
    level: Level = "error"
    message = ""
    if parts is None:
        if told:
            level = "warning"
            message = f"{told[:40]!r} does not put the session in order of days."
    elif int(parts[1]) not in YEARS:
        message = f"the year of {told} is not between {YEARS.start} and {YEARS.stop - 1}."
    else:
        try:
            day = datetime.date(int(parts[1]), int(parts[2]), int(parts[3]))
        except ValueError:
            message = f"there is no day {told}."
        else:
            return f"{day.isoformat()}{told[parts.end() :]}"
    if message:
        remedy = "Write the day as in date = 2026-03-04."
        read.issues.append(Issue(level, file.name, message, remedy, file.place("date")))
    return told if level == "warning" else ""


def _consent(file: TomlFile, read: SessionFile, value: object) -> Consent:
    if isinstance(value, Mapping):
        return _checked(file, read, "consent", value, Consent) or Consent()
    message = "consent is a table, so none is recorded."
    remedy = "Write [consent] and below it recorded = true."
    read.issues.append(Issue("error", file.name, message, remedy, file.place("consent")))
    return Consent()


def _override(file: TomlFile, read: SessionFile, key: str, value: object) -> None:
    """Settings for this session alone, checked like those of the project."""
    kind = typing.get_type_hints(Settings)[key]
    if not isinstance(value, Mapping):
        message = f"{key} is a table of settings."
        remedy = f"Write [{key}] and the settings below it."
        read.issues.append(Issue("error", file.name, message, remedy, file.place(key)))
    elif _checked(file, read, key, value, kind) is not None:
        read.overrides[key] = dict(value)


def _disclosure(file: TomlFile, read: SessionFile) -> Disclosure:
    given = file.data.get("rule", "chatham-house")
    wanted = clean(given).casefold().replace(" ", "-").replace("_", "-") if _is_text(given) else ""
    found = next((_RULES[rule] for rule in _RULES if rule == wanted), None)
    if found is None:
        near = difflib.get_close_matches(wanted, _RULES, n=1, cutoff=0.6)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Rules are {', '.join(_RULES)}."
        message = f"unknown rule {given!r}; the strictest one, chatham-house, was taken."
        read.issues.append(Issue("error", file.name, message, remedy, file.place("rule")))
        found = Disclosure()
    return Disclosure(
        rule=found.rule,
        list_participants=_switch(file, read, "list_participants", found.list_participants),
        audio_clips=_switch(file, read, "audio_clips", found.audio_clips),
        time_codes=_switch(file, read, "time_codes", found.time_codes),
    )


def _switch(file: TomlFile, read: SessionFile, key: str, default: bool) -> bool:
    """A switch as set, or as the rule has it where it is not set or is no switch."""
    if key not in file.data:
        return default
    value = _checked(file, read, key, file.data[key], bool)
    return default if value is None else value


def _is_text(value: object) -> typing.TypeGuard[str]:
    return isinstance(value, str)


def _languages(file: TomlFile, read: SessionFile, given: tuple[str, ...]) -> tuple[str, ...]:
    codes: list[str] = []
    for text in given:
        code = language(text)
        if code:
            codes.append(code)
            continue
        near = nearest(text)
        message = f"{text!r} is not a language Whisper knows."
        remedy = f"Did you mean {near!r}?" if near else "Use a code like en, km, lo, th, vi or id."
        read.issues.append(Issue("error", file.name, message, remedy, file.place("languages")))
    return tuple(dict.fromkeys(codes))
