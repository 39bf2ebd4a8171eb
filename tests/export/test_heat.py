"""Tables of counts as pictures: every cell, every word, nothing that could be markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from fgd.export.charts import SLANTED, heat
from fgd.model import Grid

SVG = "{http://www.w3.org/2000/svg}"
labels = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60
)


def drawn(grid: Grid) -> ET.Element:
    return ET.fromstring(heat(grid))


def said(picture: ET.Element) -> list[str]:
    return ["".join(each.itertext()) for each in picture.iter(f"{SVG}text")]


def test_every_count_is_a_cell_and_a_number() -> None:
    """Cells have the counts of their row; rows without any are left out."""
    grid = Grid(
        "g", "Themes", "Theme", ("Land", "Sea", "Air"), ("A", "B"), ((1, 3), (0, 0), (0, 2))
    )
    picture = drawn(grid)
    assert len(list(picture.iter(f"{SVG}rect"))) == 4
    assert said(picture) == ["A", "B", "Land", "1", "3", "Air", "2"]
    fills = [each.get("fill") for each in picture.iter(f"{SVG}rect")]
    assert fills[0] != fills[1]
    assert fills[2] == "#f4f6f8"


def test_a_withheld_cell_is_hatched_and_says_no_number() -> None:
    """What must not be told looks like nothing else."""
    picture = drawn(Grid("g", "t", "c", ("Land",), ("A", "B"), ((Grid.WITHHELD, 2),)))
    assert said(picture)[-2:] == ["\N{EN DASH}", "2"]
    hatched = [e for e in picture.iter(f"{SVG}rect") if (e.get("fill") or "").startswith("url(")]
    assert len(hatched) == 1


@given(
    rows=st.lists(labels, min_size=1, max_size=4),
    columns=st.lists(labels, min_size=1, max_size=SLANTED + 2),
    value=st.integers(-1, 9),
)
def test_any_words_make_a_picture(rows: list[str], columns: list[str], value: int) -> None:
    """Markup in a name stays text, nothing lies outside, and the same table is the same picture."""
    values = tuple(tuple(value for _ in columns) for _ in rows)
    grid = Grid("g", "<b>", "c", tuple(rows), tuple(columns), values)
    picture = drawn(grid)
    assert heat(grid) == heat(grid)
    _, _, width, height = map(float, (picture.get("viewBox") or "").split())
    for each in picture.iter(f"{SVG}rect"):
        x, y = float(each.get("x") or 0), float(each.get("y") or 0)
        assert 0 <= x <= x + float(each.get("width") or 0) <= width + 0.2
        assert 0 <= y <= y + float(each.get("height") or 0) <= height + 0.2
