"""Codebooks: what is wrong is said, what is right is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd.coding.codebook import SHIPPED, gather, in_force, read_codebook, shipped
from fgd.coding.deductive import Anchors
from fgd.core.errors import InputError
from tests.coding.rooms import session

GOOD = """
id = "mine"
title = "Mine"
version = "1"
[[codes]]
id = "roads"
name = "Roads"
description = "Roads and bridges."
[[codes]]
id = "bridges"
name = "Bridges"
anchors = ["bridge"]
parent = "roads"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_codebooks_are_sound(name: str) -> None:
    book = shipped(name)
    ids = {code.id for code in book.codes}
    assert len(ids) == len(book.codes) > 20
    assert all(code.parent in {"", *ids} for code in book.codes)
    assert {code.dimension for code in book.codes} > {"theme"}
    assert all(code.name and (code.description or code.anchors) for code in book.codes)


def test_an_unknown_name_is_an_issue_and_names_the_known_ones() -> None:
    books, issues = gather(["peace-process", "no-such-book"])
    assert [book.id for book in books] == ["peace-process"]
    assert "no-such-book" in str(issues[0])
    assert "transnational-security" in issues[0].remedy
    with pytest.raises(InputError):
        shipped("no-such-book")


def test_a_codebook_of_a_folder_extends_the_shipped_ones(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    books, issues = gather(["peace-process"], [tmp_path, tmp_path / "missing"])
    assert not issues
    book, problems = in_force(session(), books)
    ids = [code.id for code in book.codes]
    assert {"roads", "bridges", "guide.funds", "guide.funds.1"} <= set(ids)
    assert not problems


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('id = "bridges"', 'id = "roads"'), "used twice"),
        (('parent = "roads"', 'parent = "rivers"'), "unknown parent"),
        (('name = "Roads"', 'name = "Roads"\nparent = "bridges"'), "circle"),
        (('anchors = ["bridge"]', "anchors = []"), "nothing to find it by"),
        (('id = "roads"', 'id = "Ro ads"'), "other signs"),
        (('title = "Mine"', 'titel = "Mine"'), "titel"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    _, issues = read_codebook(written(tmp_path, GOOD.replace(*change, 1)))
    assert told in " ".join(map(str, issues))


def test_broken_toml_costs_the_file_only(tmp_path: Path) -> None:
    written(tmp_path, "id = ")
    books, issues = gather(["peace-process"], [tmp_path])
    assert len(books[0].codes) > 20
    assert issues


def test_reserved_ids_are_refused(tmp_path: Path) -> None:
    book, _ = read_codebook(written(tmp_path, GOOD.replace('"bridges"', '"guide.bridges"')))
    _, issues = in_force(session(), [book])
    assert "guide.bridges" in str(issues[0])


def test_anchors_find_plurals_hyphens_and_leave_names_alone(tmp_path: Path) -> None:
    book, _ = read_codebook(written(tmp_path, GOOD))
    anchors = Anchors(book.codes, names=["Golden Bridge Institute"])
    text = "Two bridges fell, said the Golden Bridge Institute."
    assert [text[each.start : each.end] for each in anchors.find(text)] == ["bridges"]
