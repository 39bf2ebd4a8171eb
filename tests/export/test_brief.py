"""A brief in every format: complete, safe, readable, and the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import jsonschema
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.core.errors import SettingsError
from fgd.core.text import no_formula
from fgd.export import brief_files
from fgd.export.brief import brief_html, brief_json, facts, read_brief, schema
from fgd.export.brief_docx import brief_docx
from fgd.export.brief_markdown import brief_markdown, plain
from fgd.export.tables import matrix_xlsx, quotes_csv
from fgd.export.told import FIRST_PAGE, Told
from fgd.model import (
    Attribution,
    Attributions,
    Brief,
    Conversation,
    Deliberated,
    Grid,
    Presence,
    Proposition,
    Reason,
    Response,
    Side,
    Slice,
    Span,
    Stretch,
    Turn,
)
from tests.synthesis.rooms import LINES, brief, conversation, part
from tests.synthesis.rooms import told as brief_of

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VOID = {"meta", "link", "br", "img", "hr", "input", "source"}


class Page(HTMLParser):
    """What a page holds: its elements, ids, links, and whether everything that opens closes."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        known = dict(attrs)
        self.ids += [known["id"] or ""] if "id" in known else []
        self.links += [known["href"] or ""] if "href" in known else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def made() -> Brief:
    return brief()


@pytest.fixture(scope="module")
def files(made: Brief) -> dict[str, bytes]:
    return brief_files(made)


def test_the_same_brief_gives_the_same_bytes(made: Brief, files: dict[str, bytes]) -> None:
    """No clock, no random id, in any format."""
    assert brief_files(made) == files


def test_the_page_is_one_file_that_needs_no_script(files: dict[str, bytes]) -> None:
    """Nothing is fetched; every link inside it leads somewhere; every element is closed."""
    page = Page(files["brief.html"])
    assert page.open == []
    assert "script" not in page.tags
    assert {"main", "nav", "header", "footer", "h1", "details", "figure", "table", "q"} <= set(
        page.tags
    )
    assert len(page.ids) == len(set(page.ids))
    inner = [link for link in page.links if link.startswith("#")]
    assert inner and {link[1:] for link in inner} <= set(page.ids)
    assert all(link.startswith("#") for link in page.links)
    assert b'<html lang="en">' in files["brief.html"]
    assert not re.search(rb'(?:src|href)="https?:', files["brief.html"])


def test_every_quote_stands_in_every_format(made: Brief, files: dict[str, bytes]) -> None:
    """What is said is said wherever the brief is read."""
    html_text = " ".join("".join(Page(files["brief.html"]).text).split())
    document = docx.Document(io.BytesIO(files["brief.docx"]))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    with zipfile.ZipFile(io.BytesIO(files["brief.docx"])) as package:
        notes = " ".join(
            re.findall(r"<w:t[^>]*>([^<]*)", package.read("word/endnotes.xml").decode())
        )
    word_text = " ".join([*(p.text for p in document.paragraphs), *cells, notes])
    markdown = files["brief.md"].decode()
    for extract in made.extracts:
        assert extract.text in html_text
        assert extract.text in word_text
        assert plain(extract.text) in markdown
        assert extract.text in {each.text for each in read_brief(files["brief.json"]).extracts}


def test_charts_have_their_numbers_as_a_table(files: dict[str, bytes]) -> None:
    """A picture is never the only place of a number."""
    page = files["brief.html"].decode()
    assert page.count("<svg") >= 3
    assert page.count('<svg role="img"') == page.count("<svg")
    assert all("<title>" in chunk[:400] for chunk in page.split("<svg")[1:])
    assert page.count("Numbers as a table") >= 2


def test_a_player_is_there_only_where_its_clip_is(made: Brief) -> None:
    """And no broken player anywhere else."""
    clipped = replace(
        made, extracts=tuple(replace(e, clip=f"clips/{e.id}.mp3") for e in made.extracts)
    )
    name = clipped.findings[0].extract
    page = brief_html(clipped, [f"clips/{name}.mp3"]).decode()
    assert set(re.findall(r'<audio[^>]*src="([^"]*)"', page)) == {f"clips/{name}.mp3"}
    assert "<audio" not in brief_html(clipped).decode()


def test_no_words_stand_twice(made: Brief, files: dict[str, bytes]) -> None:
    """A quote is printed once in each format; the evidence says where, not what."""
    told = Told(made)
    assert told.shown
    text = files["brief.md"].decode()
    page = " ".join("".join(Page(files["brief.html"]).text).split())
    for name in told.shown:
        assert text.count(plain(told.extracts[name].text)) == 1
        assert page.count(f"\u201c{told.extracts[name].text}\u201d") == 1


def test_the_first_page_stays_short_and_every_sentence_quotes() -> None:
    """At most 350 words however much was put to the room, disagreement first."""
    lines: list[tuple[str, str]] = [("fatima-noor", "What should be done about the road?")]
    propositions, responses = [], []
    for number in range(30):
        lines.append(("aida-lim", f"I propose that gang number {number} repairs bridge {number}."))
        lines.append(("bo-vann", f"Gang {number} would need another winter for such a bridge."))
        lines.append(("carla-reyes", f"Bridge {number} was always the cheapest one of them all."))
    talk = conversation(lines)
    for number in range(30):
        turns = talk.turns[3 * number + 1 : 3 * number + 4]
        places = [Slice("rec-talk", turn.id, 0, len(turn.text)) for turn in turns]
        put = Proposition(f"P{number}", "proposal", places[0], "aida-lim", confidence=0.9)
        propositions.append(put)
        side: Side = "against" if number == 17 else "for"
        responses.append(Response(f"P{number}", places[1], "bo-vann", side))
        responses.append(Response(f"P{number}", places[2], "carla-reyes", "for"))
    one = replace(
        part(lines=lines),
        deliberated=Deliberated(tuple(propositions), tuple(responses)),
    )
    told = Told(brief_of(one))
    assert told.first.words <= FIRST_PAGE
    assert told.first.findings[0].proposition == "P17"
    assert len(told.first.findings) > 3
    for each in told.first.findings:
        sentences = [s for s in told.text(each).split(". ") if s]
        assert all("\u201c" in sentence for sentence in sentences)
    assert told.left or len(told.by_section) == 1


@pytest.mark.parametrize(
    ("sure", "by", "first"), [(0.9, "", True), (0.4, "", False), (0.4, "Ana", True)]
)
def test_what_is_hardly_a_proposal_stands_below_the_first_page(
    sure: float, by: str, first: bool
) -> None:
    """However many answered it, unless a person settled that it is one."""
    one = part()
    (put,) = one.deliberated.propositions
    found = replace(one.deliberated, propositions=(replace(put, confidence=sure, by=by),))
    told = Told(brief_of(replace(one, deliberated=found)))
    assert bool(told.first.findings) is first
    assert told.findings["F1"].answers


def test_what_somebody_only_spoke_to_stands_below_the_first_page() -> None:
    """The first page tells who stood where, not who spoke near something."""
    one = part()
    responses = [replace(e, side="open") for e in one.deliberated.responses]
    found = replace(one.deliberated, responses=tuple(responses))
    told = Told(brief_of(replace(one, deliberated=found)))
    assert "Spoke to it" in told.text(told.findings["F1"])
    assert not told.first.findings
    assert Told(brief_of(one)).first.findings


@pytest.mark.parametrize(
    ("side", "sure", "first"),
    [("for", 0.75, False), ("against", 0.75, False), ("condition", 0.75, True), ("for", 0.9, True)],
)
def test_a_side_that_only_seems_stands_below_the_first_page(
    side: Side, sure: float, first: bool
) -> None:
    """And so does all that is told with it, unless it is very likely; a reservation shows itself
    in its words.
    """
    one = part()
    seeming = (Reason("network: answers", weight=0.9),)
    answer = one.deliberated.responses[0]
    responses = (replace(answer, side=side, reasons=seeming, confidence=sure),)
    found = replace(one.deliberated, responses=responses)
    told = Told(brief_of(replace(one, deliberated=found)))
    assert ("or in doubt, it seems" in told.text(told.findings["F1"])) is (side == "against")
    assert "it seems" in told.text(told.findings["F1"])
    assert bool(told.first.findings) is first


def test_words_by_which_a_proposer_gave_way_stand_with_the_proposal() -> None:
    """In quotation marks, as everything that anybody said."""
    lines = (*LINES, ("aida-lim", "I can leave the monitors to the district, if it trains them."))
    one = part(lines=lines)
    (proposition,), last = one.deliberated.propositions, one.conversations[0].turns[-1]
    place = Slice(last.recording, last.id, 0, len(last.text))
    found = replace(one.deliberated, propositions=(replace(proposition, later=(place,)),))
    brief = brief_of(replace(one, deliberated=found))
    shared = replace(brief, edition="circulation")
    for edition, who in ((brief, brief.findings[0].speaker), (shared, "The same speaker")):
        told = Told(edition)
        text = told.text(told.findings["F1"])
        assert f"{who} later, on this it seems" in text
        assert f"later, on this it seems: \u201c{last.text.rstrip('.')}" in text


def test_who_had_answered_and_said_more_later_is_named() -> None:
    """As whoever they are; where a later finding is near, both are named who stand in both."""
    lines = (*LINES, ("bo-vann", "If they are not paid I would rather wait with the monitors."))
    one = part(lines=lines)
    (proposition,), last = one.deliberated.propositions, one.conversations[0].turns[-1]
    place = Slice(last.recording, last.id, 0, len(last.text))
    found = replace(one.deliberated, propositions=(replace(proposition, later=(place,)),))
    brief = brief_of(replace(one, deliberated=found))
    told = Told(brief)
    name = next(e.speaker for e in brief.extracts if e.id == told.findings["F1"].later[0])
    assert f"{name} later, on this it seems: \u201c" in told.text(told.findings["F1"])
    other = replace(told.findings["F1"], id="F2", later=(), further=())
    near = replace(told.findings["F1"], later=(), further=("F2",))
    both = Told(replace(brief, findings=(near, other)))
    assert "Later, and near it as it seems: F2 (" in both.text(near)
    unsure = replace(other, answers=(), confidence=0.5)
    listed = Told(replace(brief, findings=(near, unsure), glance=("F1", "F2")))
    quoted = next(each.text for each in brief.extracts if each.id == unsure.extract)
    assert f"{unsure.speaker} later, near it as it seems: \u201c{quoted}\u201d" in listed.text(near)
    away = replace(brief, edition="circulation", findings=(near, unsure))
    assert "near it" not in Told(away).text(near)
    assert listed.left == 1 and "matrix.xlsx" in listed.remainder


def test_who_puts_something_in_its_place_is_told_once() -> None:
    """Not as somebody who is instead, and who proposed instead."""
    lines = (
        *LINES[:3],
        ("carla-reyes", "A few guards are enough. The district should rather pay guards."),
        LINES[5],
    )
    one = part(lines=lines)
    turn = one.conversations[0].turns[3]
    other = Proposition("P2", "proposal", Slice("rec-talk", turn.id, 25, len(turn.text)), "x")
    answer = Response(
        "P1", Slice("rec-talk", turn.id, 0, 24), "x", "alternative", instead="P2", confidence=0.9
    )
    found = replace(
        one.deliberated,
        propositions=(*one.deliberated.propositions, other),
        responses=(one.deliberated.responses[0], answer),
    )
    brief = brief_of(replace(one, deliberated=found))
    text = Told(brief).text(brief.findings[0])
    assert text.casefold().count("instead") == 1
    assert "The district should rather pay guards" in text


def test_the_document_has_headings_captions_notes_and_alternative_texts(
    made: Brief, files: dict[str, bytes]
) -> None:
    """What Word's own tools look for: outline, captions by field, endnotes, alt texts."""
    document = docx.Document(io.BytesIO(files["brief.docx"]))
    styles = [p.style.name for p in document.paragraphs if p.style]
    assert {"Title", "Heading 1", "Heading 2", "Caption", "List Bullet"} <= set(styles)
    body = document.element.body
    assert [e.get(f"{WORD}instr") for e in body.iter(f"{WORD}fldSimple")].count(
        " SEQ Table \\* ARABIC "
    ) >= 3
    with zipfile.ZipFile(io.BytesIO(files["brief.docx"])) as package:
        notes = package.read("word/endnotes.xml").decode()
        types = package.read("[Content_Types].xml").decode()
    references = [e.get(f"{WORD}id") for e in body.iter(f"{WORD}endnoteReference")]
    assert references == [str(n) for n in range(1, len(references) + 1)]
    assert all(f'w:id="{n}"' in notes for n in references)
    assert "endnotes+xml" in types
    drawings = [e for e in body.iter() if e.tag.endswith("}docPr")]
    assert drawings and all(e.get("descr") for e in drawings)
    assert all(
        row.find(f".//{WORD}tblHeader") is not None
        for t in body.iter(f"{WORD}tbl")
        for row in [t.tr_lst[0]]
    )


def test_a_letterhead_keeps_its_header_and_loses_its_text(made: Brief) -> None:
    """A secretariat writes on its own paper."""
    own = docx.Document()
    own.sections[0].header.paragraphs[0].text = "JOINT OFFICE, HEADED PAPER"
    own.add_paragraph("Dear colleagues, this is a sample text.")
    out = io.BytesIO()
    own.save(out)
    document = docx.Document(io.BytesIO(brief_docx(made, out.getvalue())))
    assert document.sections[0].header.paragraphs[0].text == "JOINT OFFICE, HEADED PAPER"
    texts = [p.text for p in document.paragraphs]
    assert not any("Dear colleagues" in text for text in texts)
    assert made.title in texts
    with pytest.raises(SettingsError, match="not a Word file"):
        brief_docx(made, b"%PDF-1.7")


def test_markup_in_names_and_scripts_of_every_direction_do_no_harm(made: Brief) -> None:
    """A theme called <script>, Arabic and Khmer words, a control character, a formula."""
    nasty = '<script>alert(1)</script> =1+1 "x" \x07 | `a` *b*'
    first = replace(made.findings[0], speaker=nasty)
    other = replace(made, title="\u0627\u0644\u0633\u0644\u0627\u0645 \u179f\u1793\u17d2\u178f\u17b7\u1797\u17b6\u1796",
                    findings=(first, *made.findings[1:]))  # fmt: skip
    found = brief_files(other)
    page = Page(found["brief.html"])
    assert "script" not in page.tags
    assert 'dir="auto"' in found["brief.html"].decode()
    assert "<script>" not in found["brief.md"].decode()
    body = docx.Document(io.BytesIO(found["brief.docx"])).element.body
    assert list(body.iter(f"{WORD}bidi"))
    assert openpyxl.load_workbook(io.BytesIO(found["matrix.xlsx"]))


def test_formulas_are_neutralised_everywhere(made: Brief) -> None:
    """A theme called =HYPERLINK(...) is text in the workbook and in CSV."""
    bad = '=HYPERLINK("http://x","y")'
    first = made.extracts[0]
    other = replace(
        made,
        extracts=(replace(first, pieces=(replace(first.pieces[0], text=bad),)), *made.extracts[1:]),
        grids=(
            Grid(
                "g", "=cmd|' /C calc'!A0", "Theme", (bad, "@SUM(1)"), ("+1", "-1"), ((1, 2), (3, 4))
            ),
        ),
    )
    book = openpyxl.load_workbook(io.BytesIO(matrix_xlsx(other)))
    for page in book:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (page.title, cell.coordinate)
    assert bad in {cell.value for page in book for row in page.iter_rows() for cell in row}
    rows = list(csv.reader(io.StringIO(quotes_csv(other).decode("utf-8-sig"))))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    """Whatever somebody said."""
    assert not no_formula(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_workbook_agrees_with_the_brief(made: Brief) -> None:
    """The matrix of theme and institution, cell by cell."""
    book = openpyxl.load_workbook(io.BytesIO(matrix_xlsx(made)))
    grid = next(each for each in made.grids if each.id == "theme-institution")
    rows = list(book[grid.title].iter_rows(values_only=True))
    assert rows[0] == (grid.corner, *grid.columns)
    assert [row[1:] for row in rows[1:]] == list(grid.values)


def test_the_schema_is_published_and_holds(made: Brief) -> None:
    """docs/brief.schema.json describes brief.json, which reads back as the same brief."""
    published = Path(__file__).parents[2] / "docs" / "brief.schema.json"
    assert published.read_bytes() == schema()
    jsonschema.validate(json.loads(brief_json(made)), json.loads(schema()))
    assert read_brief(brief_json(made)) == made


def test_an_empty_brief_is_still_a_page() -> None:
    """Nothing was coded and nobody identified."""
    empty = Brief("x", "Nothing yet", reading=("Read with care.",))
    found = brief_files(empty)
    assert Page(found["brief.html"]).open == []
    assert "no findings" in found["brief.md"].decode()
    assert docx.Document(io.BytesIO(found["brief.docx"]))


def test_a_title_longer_than_word_allows(made: Brief) -> None:
    """The document's property is cut, the heading is not."""
    title = "A very long title. " * 40
    words = docx.Document(io.BytesIO(brief_files(replace(made, title=title))["brief.docx"]))
    assert len(words.core_properties.title) <= 255
    assert any(title.strip() in paragraph.text for paragraph in words.paragraphs)


def test_the_number_of_the_page_looks_like_the_rest_of_the_footer(made: Brief) -> None:
    """The field has a run of its own, which Word shows in the size that stands in it."""
    footer = docx.Document(io.BytesIO(brief_files(made)["brief.docx"])).sections[0].footer._element
    sizes = footer.xpath(".//w:r/w:rPr/w:sz/@w:val")
    assert len(sizes) == len(footer.xpath(".//w:r")) == 2
    assert len(set(sizes)) == 1


def test_two_hundred_people_and_a_long_day_are_drawn() -> None:
    """Charts show the first thirty, the table all of them."""
    people = tuple(
        Presence(f"Speaker {n}", f"k{n}", speech=60_000 * n, turns=n) for n in range(1, 201)
    )
    strip = tuple(
        Stretch("Recording 1", Span(n * 1000, n * 1000 + 900), "talk", "coded") for n in range(300)
    )
    page = brief_html(Brief("x", "Big", presence=people, strip=strip)).decode()
    assert "Speaker 200" in page
    assert len(page) < 2_000_000


def test_markdown_has_a_footnote_for_every_quote(made: Brief) -> None:
    """References and notes are the same set."""
    text = brief_markdown(made).decode()
    used = set(re.findall(r"\[\^(\w+)\](?!:)", text))
    noted = set(re.findall(r"^\[\^(\w+)\]:", text, flags=re.MULTILINE))
    assert used == noted != set()


def test_v1_of_two_recordings_is_two_voices() -> None:
    """Whoever is V1 in the morning says nothing of V1 in the afternoon, nor is counted with them."""
    talks = [
        Conversation(part, (), (Turn(f"{part}-1", part, "V1", Span(0, 900), ()),))
        for part in ("morning", "afternoon")
    ]
    turns = [talk.turns[0] for talk in talks]
    ana = Attribution("morning", "V1", participant="ana", confidence=0.9)
    ben = Attribution("afternoon", "V1", participant="ben", confidence=0.9)
    one, both = Attributions([ana]), Attributions([ana, ben])
    assert [one.key(turn) for turn in turns] == ["ana", "afternoon/V1"]
    assert [both.of(turn).participant for turn in turns] == ["ana", "ben"]
    assert "2 voices, 1 of them attributed" in facts(talks, [ana])


def test_style_sheets_are_whole() -> None:
    """Every rule has its braces: a line that was cut took the typeface of all headings away."""
    for path in (Path(__file__).parents[2] / "fgd/export/templates").glob("*.css"):
        depth = 0
        for line in path.read_text(encoding="utf-8").splitlines():
            depth += line.count("{") - line.count("}")
            assert 0 <= depth <= 2, f"{path.name}: {line}"
        assert depth == 0, path.name
