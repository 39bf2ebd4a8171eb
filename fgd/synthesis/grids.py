"""Tables of who spoke to what and who answered what, each a count of people in a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fgd.model import Finding, Grid, Side, Span, Stretch, Turn
from fgd.synthesis.frames import Frames, content, standings
from fgd.synthesis.material import Material
from fgd.synthesis.themes import Topic

if TYPE_CHECKING:
    import pandas as pd

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
    """How many people took a side towards a proposition, each where they stood in the end.

    Whoever answered twice is counted once: the later turn goes before the earlier one, and within
    a turn what qualifies goes before plain consent.
    """
    standing = standings(tables)
    if standing.empty:
        return {}
    size = standing[standing["sided"]].groupby(["proposition", "side"]).size()
    return {(str(name[0]), str(name[1])): int(people) for name, people in size.items()}


def grids(material: Material, told: Sequence[Topic], tables: Frames) -> tuple[Grid, ...]:
    """Themes by institution, category, country, guide section, and by every other dimension.

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
    """The timeline of every recording with times: tracks "guide" and "talk", in order."""
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
