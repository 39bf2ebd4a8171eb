"""REFI-QDA: what is written is valid, points at its words, and comes back."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.export import Line, refi
from fgd.export.refi import (
    Speaker,
    project_files,
    read_codebook,
    read_project,
    write_codebook,
    write_project,
)
from fgd.export.shelf import Quoted, shelf_file
from fgd.model import Code, Codebook, Coding, Recording, Session, Span, Themed, Unit, Word
from fgd.pipeline.qda import compare

SCHEMA = Path(__file__).parent / "data" / "refi-qda-project.xsd"
Q = "{urn:QDA-XML:project:1.0}"
BOOK = Codebook(
    "book",
    "Harbours",
    "1",
    (
        Code("safety", "Safety <at> sea", "Whatever keeps boats & crews safe."),
        Code("radar", "Radar", parent="safety"),
        Code("ไฟ", "ไฟสัญญาณ", parent="radar"),
    ),
)
SESSION = Session("day-1", "Harbour talk", recordings=(Recording("r1", "one.wav", "0" * 64),))
SAID = (
    "We saw 😀 no lights & no <buoys>.",
    "ท่าเรือต้องการไฟสัญญาณใหม่",
    "ប៉មភ្លើង must be mended.",
)


def line(number: int, text: str, speaker: str = "Ana") -> Line:
    start = number * 10_000
    words = tuple(Word(Span(start, start + 5_000), f" {word}") for word in text.split())
    return Line(
        f"t{number}", "r1", f"V{number}", speaker, Span(start, start + 5_000), words, False, True,
        "", 1.0, (),
    )  # fmt: skip


def made(
    texts: tuple[str, ...] = SAID, *, sounds: dict[str, tuple[str, bytes]] | None = None
) -> bytes:
    lines = [line(n, text, f"Person {n % 2}") for n, text in enumerate(texts)]
    codings = [Coding(f"t{n}", 0, len(text), "radar") for n, text in enumerate(texts)]
    codings += [Coding("t0", 7, 8, "safety"), Coding("t0", 7, 8, "safety", status="rejected")]
    people = {
        each.turn: Speaker(each.speaker, each.speaker, {"role": "participant", "country": ""})
        for each in lines
    }
    notes = {"Field note": "It rained."}
    return write_project(
        project_files(SESSION, lines, BOOK, codings, people, notes=notes, sounds=sounds)
    )


def opened(data: bytes) -> tuple[ElementTree.Element, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return ElementTree.fromstring(files["project.qde"]), files


@pytest.mark.parametrize("sounds", [None, {"r1": (".wav", b"RIFF")}])
def test_projects_are_valid(sounds: dict[str, tuple[str, bytes]] | None) -> None:
    """The schema of the standard holds, GUIDs are unique, and every reference leads somewhere."""
    root, files = opened(made(sounds=sounds))
    xmlschema.XMLSchema(str(SCHEMA)).validate(io.BytesIO(files["project.qde"]))
    guids = [each.get("guid") for each in root.iter() if each.get("guid")]
    assert len(guids) == len(set(guids))
    assert all(guid == guid.upper() for guid in guids if guid)
    targets = {e.get("targetGUID") for e in root.iter() if e.get("targetGUID")}
    assert targets <= set(guids)
    paths = [e.get(key) for e in root.iter() for key in ("plainTextPath", "path") if e.get(key)]
    assert {f"sources/{path[11:]}" for path in paths if path} == set(files) - {"project.qde"}
    assert not any(data.startswith(b"\xef\xbb\xbf") or b"\r" in data for data in files.values())


def test_positions_are_code_points_of_the_text() -> None:
    """Every coded stretch is the words it is named after, emoji and scripts without spaces too."""
    root, files = opened(made())
    source = root.find(f".//{Q}TextSource")
    assert source is not None
    text = files[f"sources/{(source.get('plainTextPath') or '')[11:]}"].decode()
    coded = [s for s in source.iter(f"{Q}PlainTextSelection") if s.find(f"{Q}Coding") is not None]
    slices = [text[int(s.get("startPosition", "")) : int(s.get("endPosition", ""))] for s in coded]
    assert slices == [*SAID, "😀"]


def test_the_same_session_gives_the_same_bytes() -> None:
    """GUIDs follow from the content."""
    assert made() == made()
    assert made() != made((*SAID[:2], "Another."))


def test_a_project_comes_back() -> None:
    """Codes with their parents, texts and all codings are read as they were written."""
    for sounds in (None, {"r1": (".wav", b"RIFF")}):
        project = read_project(made(sounds=sounds))
        assert [code.name for code in project.codes] == [code.name for code in BOOK.codes]
        assert project.codes[1].parent == project.codes[0].id
        assert sorted(each.text for each in project.coded) == sorted([*SAID, "😀"])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=20),
        min_size=1,
        max_size=6,
    )
)
def test_any_text_comes_back(texts: list[str]) -> None:
    """Whatever characters are said, every stretch that comes back is what was coded."""
    said = tuple(text for text in texts)
    coded = [each.text for each in read_project(made(said)).coded]
    bad = str.maketrans({"\ufffe": " ", "\uffff": " "})
    assert coded[: len(said)] == [text.translate(bad) for text in said]


def test_line_ends_of_windows_are_counted_either_way() -> None:
    """Programs write texts with two characters at a line's end and count them as one or two."""
    data = made()
    root, files = opened(data)
    source = root.find(f".//{Q}TextSource")
    assert source is not None
    path = f"sources/{(source.get('plainTextPath') or '')[11:]}"
    files[path] = b"\xef\xbb\xbf" + files[path].replace(b"\n", b"\r\n")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    texts = [each.text for each in read_project(out.getvalue()).coded]
    assert texts == [each.text for each in read_project(data).coded]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"<CodeBook>"])
def test_what_is_no_project_is_a_sentence(data: bytes) -> None:
    """Anything else is refused, never a traceback of a parser."""
    for read in (read_project, read_codebook):
        with pytest.raises(ValueError, match=r"\w+ .*\."):
            read(data)


def test_codebooks_come_back() -> None:
    """Names, descriptions and parents of a codebook survive."""
    back = read_codebook(write_codebook(BOOK))
    assert [(c.name, c.description) for c in back.codes] == [
        (c.name, c.description) for c in BOOK.codes
    ]
    assert [c.parent for c in back.codes] == ["", back.codes[0].id, back.codes[1].id]


def test_two_codes_of_one_name_are_told_apart() -> None:
    """Programs that know codes by their names keep both, with what each codes."""
    codes = (Code("a", "Boats"), Code("b", "Pay"), Code("c", "boats", parent="b"), Code("d", "Pay"))
    names = refi.code_names(codes)
    assert names == {"a": "Boats", "b": "Pay", "c": "boats (Pay)", "d": "Pay (2)"}
    back = read_codebook(write_codebook(Codebook("x", "X", "1", codes)))
    assert {code.name for code in back.codes} == set(names.values())


def test_codings_come_back_as_what_changed() -> None:
    """Codes added and taken off in another program are told by unit; unknown codes are named."""
    lines = [line(n, text) for n, text in enumerate(SAID)]
    units = tuple(Unit(f"t{n}", 0, len(text), 5) for n, text in enumerate(SAID))
    themed = Themed(units=units, codebook=BOOK, codings=(Coding("t0", 0, len(SAID[0]), "safety"),))
    written = refi.texts(SESSION, lines, {})
    body = written[0].body
    start, end = written[0].places["t2"]
    codes = (Code("radar", "Radar"), Code("new", "New idea"))
    coded = (
        refi.Coded(written[0].name, start + 2, end, "radar", body[start + 2 : end]),
        refi.Coded(written[0].name, start, end, "new", body[start:end]),
    )
    brought = refi.Project("theirs", codes, {written[0].name: body}, coded)
    found = compare(written, themed, brought, "a.qdpx")
    assert found.add == (("t2", 0, "radar"),)
    assert found.remove == (("t0", 0, "safety"),)
    assert "'New idea'" in found.issues[0].message
    nothing = compare(written, themed, refi.Project(texts={"other": "x"}), "a.qdpx")
    assert (nothing.add, nothing.remove) == ((), ())
    assert nothing.issues[0].level == "error"


def test_sessions_without_an_id_are_told_apart_on_a_shelf() -> None:
    """A rule that hides institutions hides what a session's folder is called, too."""
    quotes = [
        Quoted("", title, "", "", text, "a participant", "")
        for title, text in (("Harbour talk", "No lights."), ("River talk", "No boats."))
    ]
    with zipfile.ZipFile(io.BytesIO(shelf_file("Safety", quotes, "For you.", "qdpx"))) as archive:
        root = ElementTree.fromstring(archive.read("project.qde"))
        files = {Path(name).name: name for name in archive.namelist()}
        texts = {
            source.get("name"): archive.read(
                files[source.get("plainTextPath", "").rpartition("/")[2]]
            )
            for source in root.iter(f"{Q}TextSource")
        }
    of = {name: text for name, text in texts.items() if name and "talk" in name}
    assert len(of) == 2
    assert all(
        (b"No lights." in text) == ("Harbour" in str(name)) == (b"No boats." not in text)
        for name, text in of.items()
    )
