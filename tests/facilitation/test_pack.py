"""The pack: one document in two forms, with clock times that add up and a script that fits."""

from __future__ import annotations

import html
import io
import json
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.cli import main
from fgd.facilitation import pack_document, to_docx, to_html
from fgd.facilitation.document import WIDTH, _widths
from fgd.facilitation.pack import consent_script, minutes_of_day, run_sheet, time_of_day
from fgd.floorlog.floorlog import codes
from fgd.model import (
    Consent,
    Disclosure,
    Guide,
    Institution,
    Participant,
    Rule,
    Section,
    Session,
)

SESSION = Session(
    "s",
    title="Borders & trust",
    date="2026-03-18",
    conveners=("The Secretariat",),
    rapporteur="Lien Marasigan",
    institutions=(Institution("crms", "Centre <for> Studies", country="Lanthara"),),
    participants=(
        Participant("a", "Ratna Kusuma", "facilitator"),
        Participant("b", "Somchai Boonmee", institutions=("crms",)),
        Participant("c", "Maria Dalisay"),
        Participant("d", "Arun Pillai", "expert"),
    ),
    guide=Guide(
        "",
        (
            Section("one", "Welcome", "opening", "Good morning.", ("name",), 12.5),
            Section("two", "Inject 1", "exercise inject", "A ship.", ("who is told",), 20),
        ),
    ),
)


def test_clock_times_follow_the_minutes() -> None:
    slots = run_sheet(SESSION, "23:50")
    assert [time_of_day(s.begins) for s in slots] == ["23:50", "00:02"]
    assert time_of_day(slots[-1].begins + slots[-1].minutes) == "00:22"


@pytest.mark.parametrize(
    ("text", "minutes"), [("09:30", 570), ("9.05", 545), ("24:00", None), ("nine", None)]
)
def test_clock_times_as_people_write_them(text: str, minutes: int | None) -> None:
    assert minutes_of_day(text) == minutes


def test_codes_tell_roles_and_never_repeat() -> None:
    assert codes(SESSION.participants) == {"a": "F1", "b": "P1", "c": "P2", "d": "E1"}


def test_the_consent_script_follows_the_rule() -> None:
    rules: tuple[Rule, ...] = ("named", "institution", "category", "chatham-house")
    scripts = {
        rule: " ".join(consent_script(replace(SESSION, disclosure=Disclosure(rule))))
        for rule in rules
    }
    assert len(set(scripts.values())) == 4
    assert "neither the identity nor the affiliation" in scripts["chatham-house"]
    assert "name of your institution, not with your own name" in scripts["institution"]
    for script in scripts.values():
        assert "Borders & trust" in script and "{" not in script and "Lien Marasigan" in script
        assert "sample of your voice" not in script
    asked = replace(SESSION, consent=Consent(voices=True))
    assert any("sample of your voice" in part for part in consent_script(asked))


def test_both_forms_hold_everything_and_escape_it() -> None:
    document, issues = pack_document(SESSION, "09:00")
    assert issues == ()
    page = to_html(document).decode()
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert "Centre &lt;for&gt; Studies" in page and "Centre <for>" not in page
    word = docx.Document(io.BytesIO(to_docx(document)))
    cells = [c.text for t in word.tables for r in t.rows for c in r.cells]
    text = "\n".join([*(p.text for p in word.paragraphs), *cells])
    for wanted in ("09:00-09:12", "who is told", "Somchai Boonmee", "P1", "Centre <for> Studies"):
        assert wanted in text
        assert html.escape(wanted) in page
    assert to_docx(document) == to_docx(document)


def test_what_is_missing_is_said_and_does_not_stop_the_pack() -> None:
    document, issues = pack_document(Session("s", title="Bare"), "soon")
    told = " ".join(i.message for i in issues)
    assert "not a clock time" in told and "no roster" in told and "no guide" in told
    assert b"Bare" in to_html(document)
    examples = replace(SESSION, participants=(Participant("x", "[Participant A]"),))
    assert any("examples of the template" in i.message for i in pack_document(examples, "09:00")[1])


def test_the_command_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in (["new", "Round one", "--name", "one"], ["pack", "one"]):
        with pytest.raises(SystemExit) as ended:
            main(["--json", "--project", str(tmp_path), *line])
        assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [Path(f).name for f in told["files"]] == ["pack.html", "pack.docx"]
    assert [i["message"] for i in told["issues"]] == [
        "4 of the people listed are examples of the template."
    ]


@settings(deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(st.text(max_size=60), min_size=n, max_size=n), min_size=1)
    )
)
def test_columns_share_the_page(rows: list[list[str]]) -> None:
    """Whatever stands in them."""
    widths = _widths(rows)
    assert len(widths) == len(rows[0])
    assert all(width > 0 for width in widths)
    assert abs(sum(widths) - WIDTH) < 1e-6
