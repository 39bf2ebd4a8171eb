"""Which themes a brief reports, and which are only another name for one of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fgd.model import Code
from fgd.synthesis.material import Material, Passage

SAME = 0.75
"""Share of common passages (Jaccard) from which two themes are told as one."""

APART = frozenset({"national assessment", "expert intervention", "exercise inject"})
"""Kinds of guide sections that are told by themselves and not as findings."""

RANK = {"person": 0, "guide": 1, "library": 2, "emergent": 3}
"""Whose name a theme bears when two are one: a person's before the guide's before a library's."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme with everything that was said to it; ``aliases`` are themes it is told with.

    ``section`` is the guide section most of it was said under, empty if it came up by itself.
    """

    code: Code
    passages: tuple[Passage, ...]
    aliases: tuple[Code, ...] = ()
    section: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The ids of all its codes."""
        return frozenset(each.id for each in (self.code, *self.aliases))


def topics(material: Material) -> tuple[Topic, ...]:
    """The themes that anybody but the chair spoke to, told once each, widest first.

    Two themes of one name are one theme, wherever they come from. The subjects of sections that
    are told as statements or as an exercise are left to those.
    """
    apart = {fold(each.title) for each in material.session.guide.sections if each.kind in APART}
    said: dict[str, list[Passage]] = defaultdict(list)
    for passage in material.counted:
        for name in passage.codes:
            code = material.codes[name]
            if code.origin != "guide" or fold(code.name) not in apart:
                said[name].append(passage)
    ordered = sorted(
        said, key=lambda name: (RANK[material.codes[name].origin], -len(said[name]), name)
    )
    merged: list[tuple[list[Code], list[Passage]]] = []
    for key in ordered:
        code = material.codes[key]
        for codes, passages in merged:
            named = any(fold(each.name) == fold(code.name) for each in codes)
            if named or _alike(passages, said[key]) >= SAME:
                codes.append(code)
                passages += [each for each in said[key] if each not in passages]
                break
        else:
            merged.append(([code], list(said[key])))
    place = {turn.id: number for number, turn in enumerate(material.turns)}
    found = [
        Topic(
            codes[0],
            tuple(sorted(passages, key=lambda each: (place[each.turn.id], each.start))),
            tuple(codes[1:]),
            _section(codes[0], passages),
        )
        for codes, passages in merged
    ]
    return tuple(sorted(found, key=_width, reverse=True))


def fold(name: str) -> str:
    """A name as it is compared: case and white space make no difference."""
    return " ".join(name.casefold().split())


def _width(topic: Topic) -> tuple[int, int, str]:
    people = {passage.person.key for passage in topic.passages}
    return len(people), sum(passage.words for passage in topic.passages), topic.code.id


def _alike(one: Sequence[Passage], other: Sequence[Passage]) -> float:
    a = {(each.turn.id, each.start) for each in one}
    b = {(each.turn.id, each.start) for each in other}
    return len(a & b) / len(a | b)


def _section(code: Code, passages: Sequence[Passage]) -> str:
    """Emergent themes stand after the guide's sections, whatever they were said under."""
    if code.origin == "emergent":
        return ""
    words: Counter[str] = Counter()
    for passage in passages:
        words[passage.section] += passage.words
    return max(sorted(words), key=lambda section: words[section])
