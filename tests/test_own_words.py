"""No sentence of the demo or of a test's discussion stands in the product: figures would lie.

What the product looks for (codebooks, cue tables, examples, docstrings) is compared, five words in
a row, with everything that is said or asked in the demo; and its tables also with every text in the
tests. Everyday phrases are excepted by name, each with its reason.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from benchmarks.own_words import PACKAGE, PRODUCT, Gram, grams, strings

ROOT = Path(__file__).resolve().parent.parent

EVERYDAY = {
    "united nations office on drugs and crime": "a body's name",
    "at the same time or": "an instruction on a page",
    "do you want to add": "a chair's commonest question",
    "ministry of foreign affairs thailand": "a body's name",
    "neither the identity nor the affiliation": "the wording of the Chatham House Rule itself",
    "name of your institution not with your own name": "an instruction that a test looks for",
    "briefing and rules of the exercise": "a heading that a test looks for",
    "roles of mediators and third parties": "the name of a code that a test looks for",
}
"""Phrases that anybody would write, with the reason why they are no copy."""

ALLOWED = {gram for phrase in EVERYDAY for gram in grams(phrase)}


@cache
def demo() -> dict[Gram, str]:
    """Everything said or asked in the demo."""
    kinds = (".script", ".md", ".vtt", ".csv")
    files = [*(ROOT / "demo").glob("*.script"), *(ROOT / "demo" / "recordings").rglob("*")]
    return {
        gram: path.name
        for path in files
        if path.suffix in kinds and path.is_file()
        for gram in grams(path.read_text(encoding="utf-8"))
    }


@cache
def fixtures() -> dict[Gram, str]:
    """Every text in the tests, docstrings and this file apart."""
    files = [p for p in (ROOT / "tests").rglob("*.py") if p != Path(__file__).resolve()]
    files += [p for p in (ROOT / "tests").rglob("*") if p.suffix in (".jsonl", ".vtt", ".txt")]
    return {
        gram: str(path.relative_to(ROOT))
        for path in files
        for text in strings(path, docstrings=False)
        for gram in grams(text)
    }


TABLES = [path for path in PRODUCT if path.suffix == ".toml"]


@pytest.mark.parametrize("path", PRODUCT, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_of_the_demo_stands_in_the_product(path: Path) -> None:
    """Otherwise the demo would only show that the product knows its own demo."""
    found = {gram for text in strings(path) for gram in grams(text)} - ALLOWED
    assert not {" ".join(gram): demo()[gram] for gram in found if gram in demo()}


@pytest.mark.parametrize("path", TABLES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_of_a_tests_discussion_stands_in_a_table(path: Path) -> None:
    """A test whose sentence is in the table cannot fail."""
    found = {gram for text in strings(path) for gram in grams(text)} - ALLOWED
    assert not {" ".join(gram): fixtures()[gram] for gram in found if gram in fixtures()}
