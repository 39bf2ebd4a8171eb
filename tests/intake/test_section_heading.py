"""Headings of sections: number, title, kind and minutes."""

from __future__ import annotations

import pytest

from fgd.intake.discussion_guide import read_heading, read_minutes, section_kind


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("15", 15), ("15 min", 15), ("15 minutes", 15), ("7.5 min", 7.5), ("90'", 90),
        ("1 h", 60), ("1 h 30", 90), ("1h30", 90), ("1.5 hours", 90), ("2 hrs 5 min", 125),
    ],
)  # fmt: skip
def test_minutes(text: str, minutes: float) -> None:
    """Lengths as people write them."""
    assert read_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "soon", "ten minutes", "min", "-5", "10:30"])
def test_no_minutes(text: str) -> None:
    """What is no length is nothing, not zero."""
    assert read_minutes(text) is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("1. Role", "Role"), ("1) Role", "Role"), ("Section 2: Role", "Role"), ("Q3. Role", "Role"),
        ("IV. Role", "Role"), ("2.1 Role", "Role"), ("30 years of peace", "30 years of peace"),
        ("2026: a look back", "2026: a look back"), ("Role (of the council)", "Role (of the council)"),
        ("Invoice 5", "Invoice 5"),
    ],
)  # fmt: skip
def test_titles(text: str, title: str) -> None:
    """Numbers before a title go, numbers and brackets that belong to it stay."""
    assert read_heading(text)[0].title == title


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Introduction", "opening"), ("CLOSING", "wrap-up"), ("Wrap-Up", "wrap-up"),
        ("Inject", "exercise inject"), ("scenario", "exercise inject"),
        ("country presentation", "national assessment"), ("Expert input", "expert intervention"),
        ("lunch", None),
    ],
)  # fmt: skip
def test_kinds(text: str, kind: str | None) -> None:
    """Kinds have other names, and lunch is none of them."""
    assert section_kind(text) == kind
