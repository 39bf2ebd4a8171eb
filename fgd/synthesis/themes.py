"""Index the themes (one name for what several codes call) and count who spoke to what, in tables.

Every count is one of people in a frame; the timeline stands beside the tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.core.errors import InputError
from fgd.core.nlp import stop_words
from fgd.core.text import normal
from fgd.model import Code, Count, Finding, Grid, Side, Span, Stretch, Theme, Turn
from fgd.synthesis.frames import Frames, content, spoke, standings
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.quoting import Ledger, shortened, trimmed
from fgd.synthesis.salience import Salience, best

if TYPE_CHECKING:
    import pandas as pd


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
TAKEN_OVER = "People approved it in an earlier session."
UNAPPROVED = "Software found it in an earlier session, and nobody approved it."
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
    """Return the themes that anybody but the chair spoke to, told once each, widest first.

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
) -> tuple[Theme, ...]:
    """The entries of the index, in the order of the guide; what came up by itself comes last.

    Each has the words most worth quoting that are quoted nowhere else, if there are any. A theme
    that came up by itself is told only when a person has approved or named it: of 68 that no person
    had looked at, 14 were called true by readers (``docs/deliberation.md``).
    """
    everybody = len(material.people.counted)
    entries = []
    for number, topic in enumerate(told, 1):
        if topic.code.origin == "emergent" and not topic.code.approved:
            continue
        who = spoke(tables, topic.codes)
        order = dict.fromkeys(material.key(each.turn.id) for each in topic.passages)
        speakers = tuple(key for key in order if key in who)
        lead = _quote(material, topic, ledger, salience)
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
                extracts=(lead,) if lead else (),
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
    """Tell why this is a theme: where it comes from, what it means, what is told with it."""
    parts = [f"{ORIGINS[topic.code.origin]}."]
    if topic.code.taken_from:
        parts.append(TAKEN_OVER if topic.code.approved else UNAPPROVED)
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
    """Return a name as it is compared: case and white space make no difference."""
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
    """Return ids of the codes that a topic means, itself and all below it, and what it is called.

    Raises ``InputError`` if there is none.
    """
    wanted = normal(name)

    def names(code: Code) -> set[str]:
        short = code.id.rpartition("/")[2]
        return {normal(each) for each in (code.id, short, short.rpartition(".")[2], code.name)}

    exact = [code for code in known if wanted in names(code)]
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
    """Return the words of a name that mean something, without the ending of a plural."""
    words = [word for word in normal(name).split() if len(word) > 1]
    small = stop_words("en")
    return frozenset(_singular(word) for word in words if word not in small)


def _singular(word: str) -> str:
    """``parties`` is "party", ``roles`` is "role"; enough to compare two words."""
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _told(name: str) -> str:
    """Return words that somebody typed as a title: ``mediator-roles`` is "Mediator roles"."""
    words = " ".join(name.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


PAUSE = 3_000
"""Silences shorter than this many milliseconds do not break a stretch."""

UNKNOWN = "not known"
SIDES: tuple[tuple[str, tuple[Side, ...]], ...] = (
    ("For", ("for",)),
    ("On condition", ("condition",)),
    ("Against", ("against",)),
    ("In doubt", ("doubt",)),
    ("Other proposal", ("alternative",)),
)
"""Columns of the table of proposals and the sides they count."""


def proposals(found: Sequence[Finding], tables: Frames) -> tuple[Grid, ...]:
    """The proposals and how many people took which side, counted in the frame of responses."""
    told = [each for each in found if each.kind == "proposal"]
    if not told:
        return ()
    counts = sided(tables)
    return (
        Grid(
            "proposal-side",
            "Proposals and answers",
            "Proposal",
            tuple(each.id for each in told),
            tuple(title for title, _ in SIDES),
            tuple(
                tuple(
                    sum(counts.get((each.proposition, side), 0) for side in sides)
                    for _, sides in SIDES
                )
                for each in told
            ),
        ),
    )


def sided(tables: Frames) -> dict[tuple[str, str], int]:
    """Tell how many people took a side towards a proposition, each where they stood in the end.

    Whoever answered twice is counted once: the later turn goes before the earlier one, and within
    a turn what qualifies goes before plain consent.
    """
    standing = standings(tables)
    if standing.empty:
        return {}
    counted = standing[standing["sided"] & ~standing["seems"].astype(bool)]
    size = counted.groupby(["proposition", "side"]).size()
    return {(str(name[0]), str(name[1])): int(people) for name, people in size.items()}


def grids(material: Material, told: Sequence[Topic], tables: Frames) -> tuple[Grid, ...]:
    """Return themes by institution, category, country, guide section, and by every other dimension.

    A table with fewer than two columns says nothing and is left out.
    """
    if not told or tables.codings.empty:
        return ()
    codings = content(tables)
    turns = tables.turns.drop_duplicates("turn").set_index("turn")
    sections = {each.id: each.title for each in material.session.guide.sections}
    people = material.people
    firsts = {
        material.key(turn.id): next(
            (
                body.acronym or body.name
                for body in map(people.institution, people[turn.id].institutions[:1])
            ),
            UNKNOWN,
        )
        for turn in material.turns
    }
    wide = codings.assign(
        institution=codings["who"].map(firsts),
        category=codings["turn"].map(turns["category"]).replace("", UNKNOWN),
        country=codings["turn"].map(turns["country"]).replace("", UNKNOWN),
        section=codings["turn"].map(turns["section"]).map(sections),
    )
    found = [
        _grid("theme-institution", "Themes by institution", told, wide, "institution"),
        _grid("theme-category", "Themes by category of participants", told, wide, "category"),
        _grid("theme-country", "Themes by country", told, wide, "country"),
        _grid(
            "theme-section", "Themes by guide section", told, wide, "section",
            list(sections.values()),
        ),
    ]  # fmt: skip
    dimensions = sorted({each.dimension for each in material.codes.values()} - {"theme"})
    for dimension in dimensions:
        named = [each for each in material.codes.values() if each.dimension == dimension]
        crossed = codings[codings["dimension"] == dimension][["turn", "start", "end", "theme"]]
        joined = codings.merge(crossed, on="turn", suffixes=("", "_other"))
        joined = joined[
            (joined["start"] < joined["end_other"]) & (joined["start_other"] < joined["end"])
        ].rename(columns={"theme_other": dimension})
        order = [each.name for each in named]
        found.append(
            _grid(f"theme-{dimension}", f"Themes by {dimension}", told, joined, dimension, order)
        )
    return tuple(each for each in found if len(each.columns) > 1 and each.rows)


def _grid(
    key: str,
    title: str,
    told: Sequence[Topic],
    coded: pd.DataFrame,
    column: str,
    order: Sequence[str] = (),
) -> Grid:
    """Cells count the people who spoke to the row's theme in the column's part."""
    row = {code: topic.code.id for topic in told for code in topic.codes}
    mine = coded[coded["code"].isin(list(row))].dropna(subset=[column])
    mine = mine.assign(row=mine["code"].map(row))
    counts = mine.groupby(["row", column])["who"].nunique() if len(mine) else {}
    cells = {(str(name[0]), str(name[1])): int(count) for name, count in counts.items()}
    present = {name for _, name in cells}
    columns = [each for each in order if each in present] or sorted(
        present, key=lambda each: (each == UNKNOWN, each)
    )
    return Grid(
        key,
        title,
        "Theme",
        tuple(topic.code.name for topic in told),
        tuple(columns),
        tuple(tuple(cells.get((topic.code.id, each), 0) for each in columns) for topic in told),
    )


def strip(material: Material) -> tuple[Stretch, ...]:
    """Return the timeline of every recording with times: tracks "guide" and "talk", in order."""
    titles = {each.id: each.title for each in material.session.guide.sections}
    names = {
        key: f"Recording {number}"
        for number, key in enumerate(dict.fromkeys(each.recording for each in material.turns), 1)
    }
    guide = [
        Stretch(names[recording], span, "guide", titles.get(facts.section, facts.section))
        for facts in material.themed.sections
        for recording, span in facts.stretches
        if span and recording in names and recording not in material.untimed
    ]
    talk = [
        Stretch(names[turn.recording], turn.span, "talk", kind)
        for turn, kind in _kinds(material)
        if turn.span and turn.recording not in material.untimed
    ]
    return (*sorted(guide, key=_when), *_joined(sorted(talk, key=_when)))


def _kinds(material: Material) -> Iterable[tuple[Turn, str]]:
    coded = {each.turn.id for each in material.counted if each.codes}
    content = {each.turn.id for each in material.counted}
    for turn in material.turns:
        if not material.people[turn.id].counts:
            yield turn, "chair"
        elif turn.id in coded:
            yield turn, "coded"
        elif turn.id in content:
            yield turn, "not coded"
        else:
            yield turn, "no content"


def _when(stretch: Stretch) -> tuple[str, Span]:
    return stretch.recording, stretch.span


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Neighbours of one kind as one stretch."""
    found: list[Stretch] = []
    for each in stretches:
        last = found[-1] if found else each
        same = (last.recording, last.label) == (each.recording, each.label)
        if found and same and each.span.start - last.span.end <= PAUSE:
            found[-1] = Stretch(last.recording, last.span | each.span, last.track, last.label)
        else:
            found.append(each)
    return found
