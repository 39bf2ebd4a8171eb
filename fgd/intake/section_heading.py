"""One section's heading: number, title, kind, minutes and id, each of them optional."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from fgd.core.text import clean, normal
from fgd.model import Issue, SectionKind

_KINDS: dict[SectionKind, str] = {
    "opening": "opening;introduction;introductions;intro;welcome;warm up;icebreaker;ice breaker;"
    "ground rules;opening round;tour de table",
    "question": "question;discussion;key question;main question;plenary;open discussion;"
    "group discussion;discussion question;exploration question",
    "national assessment": "national assessment;national assessments;country assessment;"
    "national presentation;country presentation;national report;country report;"
    "national perspective;country perspective",
    "expert intervention": "expert intervention;expert interventions;expert input;expert;"
    "presentation;keynote;lecture;expert presentation;expert remarks;intervention",
    "exercise inject": "exercise inject;inject;injects;scenario;exercise;tabletop;"
    "tabletop exercise;simulation;scenario exercise",
    "wrap-up": "wrap up;wrapup;closing;conclusion;conclusions;close;summary;next steps;"
    "exit question;closing round;way forward",
}  # fmt: skip
_KIND_NAMES = {text: kind for kind, texts in _KINDS.items() for text in texts.split(";")}
_PADDING = {"and", "the", "of", "remarks", "round", "session", "to", "participants", "part"}

_ID = re.compile(r"\s*\{#([^}\s]+)\}\s*$")
_NUMBER = re.compile(
    r"^\s*(?:(?:section|question|part|q)\s*\d+(?:\.\d+)*\s*[.):\u2013\u2014-]?\s+(?=\S)"
    r"|\d+(?:\.\d+)+\.?\s+|(?:\d{1,2}|[ivx]+)\s*(?:[.)]|[:\u2013\u2014-](?=\s))\s*(?=\D))",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_DASH = re.compile(r"\s+[|:\u2013\u2014-]\s*(\d[\d.,:]*\s*(?:h|min|m|')[a-z. \d']*)$", re.I)
_COMMAS = re.compile(r"[,;/|]|\s[\u2013\u2014-]\s")
_MINUTES = re.compile(
    r"(?:(?P<hours>\d+(?:[.,]\d+)?)\s*(?:h|hr|hrs|hours?)\.?)?\s*"
    r"(?:(?P<minutes>\d+(?:[.,]\d+)?)\s*(?:(?:m|min|mins|minutes?)\.?|')?)?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says; ``numbered`` tells that it began with a number."""

    title: str
    kind: SectionKind | None = None
    minutes: float = 0.0
    id: str = ""
    numbered: bool = False

    @property
    def is_explicit(self) -> bool:
        """Whether it can only be a section's heading."""
        return bool(self.kind or self.minutes or self.id or self.numbered)


def read_heading(text: str) -> tuple[Heading, list[Issue]]:
    """Take a heading apart; issues come without their place."""
    text = clean(text)
    identity = _ID.search(text)
    text = _ID.sub("", text)
    bare = _NUMBER.sub("", text, count=1)
    title, kind, minutes, issues = _details(bare)
    named = clean(title.strip(" :\u2013\u2014-"))
    numbered = bare != text
    return Heading(named, kind, minutes, identity[1] if identity else "", numbered), issues


def _details(text: str) -> tuple[str, SectionKind | None, float, list[Issue]]:
    dash = _DASH.search(text)
    if dash and read_minutes(dash[1]) is not None:
        return text[: dash.start()], None, read_minutes(dash[1]) or 0.0, []
    brackets = _BRACKETS.search(text)
    if not brackets:
        return text, None, 0.0, []
    kind: SectionKind | None = None
    minutes = 0.0
    strange: list[str] = []
    parts = [
        part.strip()
        for part in re.split(r"[,;/|]|\s[\u2013\u2014-]\s", brackets[1])
        if part.strip()
    ]
    for part in parts:
        length = read_minutes(part)
        if section_kind(part):
            kind = section_kind(part)
        elif length is not None:
            minutes = length
        else:
            strange.append(part)
    issues = [issue for part in strange if (issue := _strange(part, len(strange) < len(parts)))]
    if strange and not issues and len(strange) == len(parts):
        return text, None, 0.0, []
    return text[: brackets.start()], kind, minutes, issues


def _strange(part: str, among_known: bool) -> Issue | None:
    """What to say of an unreadable detail; nothing if it is just a part of the title."""
    if re.search(r"\bmin|\bhour|\d\s*h\b", part, re.I):
        message = f"the length {part!r} is not a number of minutes."
        return Issue("warning", "", message, "Write it as 15 min or 1 h 30 min.")
    near = difflib.get_close_matches(normal(part), _KIND_NAMES, n=1, cutoff=0.8)
    if near:
        message = f"unknown kind of section {part!r}."
        return Issue("warning", "", message, f"Did you mean {near[0]!r}?")
    if among_known:
        message = f"unknown kind of section {part!r}."
        return Issue("warning", "", message, f"Kinds are {', '.join(_KINDS)}.")
    return None


def section_kind(text: str) -> SectionKind | None:
    """The kind a word stands for, whatever its case and spelling."""
    return _KIND_NAMES.get(normal(text))


def near_kind(text: str) -> str:
    """The remedy for an unknown kind."""
    near = difflib.get_close_matches(normal(text), _KIND_NAMES, n=1, cutoff=0.7)
    return f"Did you mean {near[0]!r}?" if near else f"Kinds are {', '.join(_KINDS)}."


def kind_of_title(title: str) -> SectionKind | None:
    """The kind a title names by itself: "Welcome and introductions", "Inject 2: a stolen ship"."""
    for text in (normal(title), normal(title.split(":")[0])):
        words = [word for word in text.split() if word not in _PADDING and not word.isdigit()]
        kinds = {_KIND_NAMES.get(" ".join(words))} | {_KIND_NAMES.get(word) for word in words}
        whole = _KIND_NAMES.get(" ".join(words))
        if whole:
            return whole
        if len(kinds - {None}) == 1 and all(word in _KIND_NAMES for word in words):
            return next(iter(kinds - {None}))
    return None


def read_minutes(text: str) -> float | None:
    """Minutes out of ``15``, ``15 min``, ``90'``, ``1 h 30``; nothing where it is no length."""
    found = _MINUTES.fullmatch(text.strip())
    if not found or not (found["hours"] or found["minutes"]):
        return None
    hours = float((found["hours"] or "0").replace(",", "."))
    return hours * 60 + float((found["minutes"] or "0").replace(",", "."))
