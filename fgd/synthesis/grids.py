"""Tables of who spoke to what: people counted, never mentions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fgd.model import Grid
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.themes import Topic


def grids(material: Material, told: Sequence[Topic]) -> tuple[Grid, ...]:
    """Themes by institution, category, country, guide section, and by every other dimension.

    A table with fewer than two columns says nothing and is left out.
    """
    people = material.people
    sections = {each.id: each.title for each in material.session.guide.sections}

    def by_institution(passage: Passage) -> Iterable[str]:
        bodies = [people.institution(key) for key in passage.person.institutions[:1]]
        return [each.acronym or each.name for each in bodies] or ["not known"]

    def by_category(passage: Passage) -> Iterable[str]:
        return [passage.person.category or "not known"]

    def by_country(passage: Passage) -> Iterable[str]:
        return [passage.person.country or "not known"]

    def by_section(passage: Passage) -> Iterable[str]:
        return [sections[passage.section]] if passage.section in sections else []

    found = [
        _grid("theme-institution", "Themes by institution", told, by_institution),
        _grid("theme-category", "Themes by category of participants", told, by_category),
        _grid("theme-country", "Themes by country", told, by_country),
        _grid(
            "theme-section", "Themes by guide section", told, by_section, list(sections.values())
        ),
    ]
    dimensions = sorted({each.dimension for each in material.codes.values()} - {"theme"})
    for dimension in dimensions:
        names = {
            each.id: each.name for each in material.codes.values() if each.dimension == dimension
        }

        def crossing(passage: Passage, names: dict[str, str] = names) -> Iterable[str]:
            return [names[code] for code in passage.crossed if code in names]

        order = list(names.values())
        found.append(_grid(f"theme-{dimension}", f"Themes by {dimension}", told, crossing, order))
    return tuple(each for each in found if len(each.columns) > 1 and each.rows)


def _grid(
    key: str,
    title: str,
    told: Sequence[Topic],
    columns_of: Callable[[Passage], Iterable[str]],
    order: Sequence[str] = (),
) -> Grid:
    """Cells count the people who spoke to the row's theme in the column's part."""
    cells: dict[tuple[str, str], set[str]] = {}
    for topic in told:
        for passage in topic.passages:
            for column in columns_of(passage):
                cells.setdefault((topic.code.id, column), set()).add(passage.person.key)
    present = {column for _, column in cells}
    columns = [each for each in order if each in present] or sorted(
        present, key=lambda each: (each == "not known", each)
    )
    return Grid(
        key,
        title,
        "Theme",
        tuple(topic.code.name for topic in told),
        tuple(columns),
        tuple(
            tuple(len(cells.get((topic.code.id, column), ())) for column in columns)
            for topic in told
        ),
    )
