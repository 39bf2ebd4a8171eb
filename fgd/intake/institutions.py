"""Institutions out of a roster's cells, each of them once.

Two entries are one institution when their names agree (without case, accents and punctuation),
when one is written as the other's acronym, or when acronyms agree and the names are alike. A body
of a state is told apart by country: there are many Ministries of Foreign Affairs. Any other body
may well send people of several nationalities, so that its country stays only if all rows agree.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

from fgd.core.text import normal, slug, unique
from fgd.model import Institution, Issue

_STATE = re.compile(
    r"^(the )?(royal )?(ministry|ministere|ministerio|department|embassy|permanent mission|"
    r"office of the (prime minister|president)|prime minister|national police|armed forces|"
    r"parliament|senate|national assembly|government)\b"
)
_IN_BRACKETS = re.compile(r"^(?P<name>.+?)\s*\((?P<acronym>[A-Z][\w&/.-]{1,11})\)$")
_ALIKE = 0.75


@dataclass(slots=True)
class _Entry:
    value: Institution
    countries: set[str]


class Register:
    """The institutions of a roster as they are met, in order.

    >>> register = Register("participants.csv")
    >>> register.add(Institution("", "Asian Vision Institute (AVI)"), "line 2")
    'asian-vision-institute'
    >>> register.add(Institution("", "AVI"), "line 3")
    'asian-vision-institute'
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.issues: list[Issue] = []
        self._entries: dict[str, _Entry] = {}
        self._keys: dict[tuple[str, str], list[str]] = {}
        self._taken: set[str] = set()

    def add(self, given: Institution, place: str) -> str:
        """The id of an institution given without one, known from before or new."""
        given = _bracketed(given)
        found = self._find(given, place)
        if not found:
            state = _state(given)
            text = f"{given.name} {given.country if state else ''}"
            found = unique(slug(text, "institution"), self._taken)
            self._entries[found] = _Entry(replace(given, id=found), set())
        self._merge(found, given)
        return found

    def institutions(self) -> tuple[Institution, ...]:
        """All of them; a country only where it is known for certain."""
        return tuple(
            replace(entry.value, country=next(iter(entry.countries), ""))
            if len(entry.countries) < 2
            else replace(entry.value, country="")
            for entry in self._entries.values()
        )

    def _find(self, given: Institution, place: str) -> str:
        name = normal(given.name)
        acronym = normal(given.acronym)
        for key in (("name", name), ("acronym", name), ("name", acronym)):
            for identity in self._keys.get(key, []):
                if self._agree(identity, given):
                    return identity
        for identity in self._keys.get(("acronym", acronym), []):
            if not self._agree(identity, given):
                continue
            known = self._entries[identity].value
            if _alike(normal(known.name), name):
                return identity
            message = f"{known.name!r} and {given.name!r} share the acronym {given.acronym}."
            remedy = "If they are one institution, write its name the same way in every row."
            self.issues.append(Issue("warning", self.name, message, remedy, place))
        return ""

    def _agree(self, identity: str, given: Institution) -> bool:
        """Whether the country lets two entries be one."""
        entry = self._entries[identity]
        if not (_state(given) or _state(entry.value)) or not given.country:
            return True
        return not entry.countries or given.country in entry.countries

    def _merge(self, identity: str, given: Institution) -> None:
        entry = self._entries[identity]
        known = entry.value
        if given.country:
            entry.countries.add(given.country)
        name = known.name
        if normal(name) == normal(known.acronym or given.acronym) != normal(given.name):
            name = given.name
        acronym = known.acronym or given.acronym
        aliases: dict[str, str] = {}
        for text in (*known.aliases, *given.aliases, known.name, given.name):
            if normal(text) not in (normal(name), normal(acronym)):
                aliases.setdefault(normal(text), text)
        entry.value = replace(
            known,
            name=name,
            acronym=acronym,
            aliases=tuple(aliases.values()),
            category=known.category or given.category,
        )
        for kind, text in (("name", name), ("name", given.name), ("acronym", acronym)):
            held = self._keys.setdefault((kind, normal(text)), [])
            if normal(text) and identity not in held:
                held.append(identity)


def _bracketed(given: Institution) -> Institution:
    """``Asian Vision Institute (AVI)`` carries its acronym with it."""
    found = _IN_BRACKETS.match(given.name)
    if not found or (given.acronym and normal(given.acronym) != normal(found["acronym"])):
        return given
    return replace(given, name=found["name"], acronym=given.acronym or found["acronym"])


def _state(given: Institution) -> bool:
    return given.category == "ministry" or bool(_STATE.match(normal(given.name)))


def _alike(one: str, other: str) -> bool:
    words = set(one.split()), set(other.split())
    if words[0] <= words[1] or words[1] <= words[0]:
        return True
    return difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE
