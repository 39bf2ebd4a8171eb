"""The tables behind a brief: complete, safe to open, and the ones its counts are made from."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from fgd.export import frame_files
from fgd.synthesis import tables
from fgd.synthesis.frames import standings
from tests.synthesis.rooms import LINES, part, told


def test_the_frames_hold_what_the_brief_counts() -> None:
    """Sides, people and speaking time are the same numbers."""
    one = part()
    found, brief = tables(one), told(one)
    sided = standings(found).query("sided")
    (finding,) = brief.findings
    assert sorted(sided["side"]) == sorted(each.side for each in finding.answers)
    assert set(sided["who"]) == {each.who for each in finding.answers}
    spoken = found.speaking_time.set_index("who")["words"]
    assert {each.key: each.words for each in brief.presence} == spoken.to_dict()
    assert list(found.turns["text"]) == [text for _, text in LINES]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_every_table_is_handed_out(form: str) -> None:
    """Turns, propositions, responses, codings, attributions, speaking time."""
    if form == "parquet":
        pytest.importorskip("pyarrow")
    one = part()
    made = tables(one).tables()
    files = frame_files(made, form)
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(files["tables.xlsx"]))
        assert len(book.sheetnames) == len(made) == 6
    elif form == "csv":
        text = files["turns.csv"].decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(text)))) == len(LINES) + 1
    else:
        back = pd.read_parquet(io.BytesIO(files["responses.parquet"]))
        assert list(back["side"]) == ["for", "against"]


def test_no_word_of_a_table_is_a_formula() -> None:
    """Somebody dictated one."""
    lines = (*LINES[:5], ("dewi-putra", "=HYPERLINK(1) is what I said"))
    one = part(lines=lines)
    files = frame_files(tables(one).tables(), "csv")
    rows = csv.reader(io.StringIO(files["turns.csv"].decode("utf-8-sig")))
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_an_empty_session_has_empty_tables() -> None:
    """All columns are there."""
    made = tables(replace(part(), conversations=())).tables()
    assert all(frame.empty for name, frame in made.items() if name != "attributions")
    assert "text" in made["turns"].columns
    assert frame_files(made, "csv")
