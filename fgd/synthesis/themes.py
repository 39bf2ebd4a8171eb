"""The index of themes: who spoke to what, and where; one name for what several codes call."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fgd.core.errors import InputError
from fgd.core.nlp import stop_words
from fgd.model import Code, Count, Decision, Finding, Theme
from fgd.synthesis.frames import Frames, spoke
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.quoting import Ledger, shortened, trimmed
from fgd.synthesis.salience import Salience, best

SAME = 0.75
"""Share of common passages (Jaccard) from which two themes are told as one."""

APART = frozenset({"national assessment", "expert intervention", "exercise inject"})
"""Kinds of guide sections that are told by themselves and not as findings."""

QUOTED = 28
"""Words of a theme's quote at most."""

ORIGINS = {
    "guide": "Asked for by the guide",
    "library": "From the codebook",
    "emergent": "Not foreseen; it came up in the discussion",
    "person": "Added by a person",
}
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


def index(
    material: Material,
    told: Sequence[Topic],
    found: Sequence[Finding],
    ledger: Ledger,
    salience: Salience,
    tables: Frames,
    decisions: Sequence[Decision] = (),
) -> tuple[Theme, ...]:
    """The entries of the index, in the order of the guide; what came up by itself comes last.

    Each has the words most worth quoting that are quoted nowhere else, if there are any. A theme
    that came up by itself is named by its most typical words until a person names it.
    """
    named = {each.target.removeprefix("theme:") for each in decisions if each.field == "name"}
    everybody = len(material.people.counted)
    entries = []
    for number, topic in enumerate(told, 1):
        who = spoke(tables, topic.codes)
        order = dict.fromkeys(material.key(each.turn.id) for each in topic.passages)
        speakers = tuple(key for key in order if key in who)
        lead = _quote(material, topic, ledger, salience)
        free = topic.code.origin == "emergent" and topic.code.id not in named
        entries.append(
            Theme(
                id=f"T{number}",
                codes=(topic.code.id, *(each.id for each in topic.aliases)),
                title=topic.code.name,
                spoke=Count(len(speakers), everybody, speakers),
                speakers=_printed(material, topic, speakers),
                section=topic.section,
                origin=topic.code.origin,
                why=_why(material, topic),
                titled=lead if free else "",
                extracts=(lead,) if lead and not free else (),
                findings=tuple(
                    each.id for each in found if topic.codes & set(each.codes) and not each.within
                ),
            )
        )
    return tuple(each for each in entries if each.spoke.people)


def _printed(material: Material, topic: Topic, speakers: Sequence[str]) -> tuple[str, ...]:
    people = {material.key(each.turn.id): each.person for each in topic.passages}
    return tuple(material.people.printed(people[key]) for key in speakers)


def _quote(material: Material, topic: Topic, ledger: Ledger, salience: Salience) -> str:
    """The most telling words of a theme that nothing shows yet; nothing where all are shown."""
    free = [each for each in topic.passages if not ledger.shows(each.turn.id, each.start, each.end)]
    if not free:
        return ""
    passage = max(free, key=lambda each: (salience[each] + 0.5 * each.score, -each.start))
    start, end = best(passage, material.language, material.names)
    start, end = trimmed(passage.turn.text, start, end)
    return ledger(passage.turn, *shortened(passage.turn.text, start, end, QUOTED))


def _why(material: Material, topic: Topic) -> str:
    """Why this is a theme: where it comes from, what it means, what is told with it."""
    parts = [f"{ORIGINS[topic.code.origin]}."]
    description = topic.code.description.strip()
    if description and fold(description) != fold(topic.code.name):
        parts.append(description if description[-1] in ".?!" else f"{description}.")
    terms = material.facts(topic.code.id).terms
    if topic.code.origin == "emergent" and terms:
        parts.append(f"Typical words: {', '.join(terms[:6])}.")
    if topic.aliases:
        parts.append(f"Told together with: {', '.join(each.name for each in topic.aliases)}.")
    return " ".join(parts)


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


def matching(known: Sequence[Code], name: str) -> tuple[frozenset[str], str]:
    """Ids of the codes that a topic means, itself and all below it, and what it is called.

    Raises ``InputError`` if there is none.
    """
    slug = _slug(name)

    def names(code: Code) -> set[str]:
        short = code.id.rpartition("/")[2]
        return {_slug(each) for each in (code.id, short, short.rpartition(".")[2], code.name)}

    exact = [code for code in known if slug in names(code)]
    asked = _stems(name)
    meant = exact or [code for code in known if asked and asked <= _stems(code.name)]
    found = {code.id for code in meant}
    if not found:
        near = sorted({code.name for code in known if asked & _stems(code.name)})
        few = "; ".join(near[:8] or sorted({code.name for code in known})[:12])
        raise InputError(
            f"no session was coded with a theme {name!r}.",
            where="topic",
            remedy=f"Themes here: {few}." if few else "Run the sessions first.",
        )
    while below := {code.id for code in known if code.parent in found} - found:
        found |= below
    called = sorted({code.name for code in meant})
    return frozenset(found), called[0] if len(called) == 1 else _told(name)


def _stems(name: str) -> frozenset[str]:
    """The words of a name that mean something, without the ending of a plural."""
    words = [word for word in _slug(name).split("-") if len(word) > 1]
    small = stop_words("en")
    return frozenset(_singular(word) for word in words if word not in small)


def _singular(word: str) -> str:
    """``parties`` is "party", ``roles`` is "role"; enough to compare two words."""
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _told(name: str) -> str:
    """Words that somebody typed as a title: ``mediator-roles`` is "Mediator roles"."""
    words = " ".join(name.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in fold(name)).split())
