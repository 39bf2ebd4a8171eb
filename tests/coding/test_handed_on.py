"""``fgd codebook from``: themes that people approved, in the codebook of the next session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fgd import pipeline
from fgd.cli import main
from fgd.coding.codebook import read_codebook, written
from fgd.core.errors import GateError
from fgd.decisions.circulation import circulate_quote, leave_out
from fgd.decisions.shelves import shelve
from fgd.model import Code, Codebook, Conversation, Themed
from fgd.pipeline.next_codebook import handed_on
from fgd.workbench.open_session import OpenSession
from fgd.workbench.shelf_view import export
from fgd.workspace.project import Project
from tests.coding.rooms import NAMES, TALK, WITH_FISH, Said, themed
from tests.coding.rooms import written as council

LATER: Said = (
    ("chair", "Welcome back. Today we look at what changed along the coast since spring."),
    ("maria", "The catch of the small boats fell again, and the nets come up without fish."),
    ("hafiz", "Two more families in our harbour sold their fishing boats this spring."),
    ("tuan", "The registry of land titles is still on paper, and the paper is eaten by ants."),
    ("maria", "Nobody can prove which field is whose, so cousins go to court about a hedge."),
)
FISHY = {"maria", "hafiz"}


def project(root: Path, said: Said = WITH_FISH, rule: str = "named", consent: bool = True) -> Path:
    """A project with a session and the one after it, which has another transcript."""
    council(root, said)
    first = root / "recordings" / "council"
    settings = first / "session.toml"
    more = f'rule = "{rule}"\n' + ("[consent]\nrecorded = true\n" if consent else "")
    settings.write_text(settings.read_text().replace("\n[themes]", f"{more}\n[themes]"))
    second = root / "recordings" / "later"
    second.mkdir()
    cues = ["WEBVTT", ""]
    for n, (who, text) in enumerate(LATER):
        cues += [f"00:{n:02d}:00.000 --> 00:{n:02d}:40.000", f"<v {NAMES[who]}>{text}</v>", ""]
    (second / "talk.vtt").write_text("\n".join(cues), encoding="utf-8")
    (second / "participants.csv").write_bytes((first / "participants.csv").read_bytes())
    (second / "session.toml").write_text('title = "Later"\nlanguages = ["en"]\n')
    return root


def emergent(root: Path) -> str:
    return next(each.id for each in themed(root).codebook.codes if each.origin == "emergent")


def fgd(root: Path, *arguments: str) -> int:
    try:
        main(["--project", str(root), *arguments])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def later(root: Path) -> Themed:
    opened = Project.open(root)
    return pipeline.find_themes(pipeline.SessionContext(opened, opened.session("later"))).value


@pytest.fixture
def approved(tmp_path: Path) -> Path:
    """A person named the theme that came up by itself."""
    root = project(tmp_path)
    assert fgd(root, "theme", "rename", "council", emergent(root), "Decline of fishing") == 0
    return root


def test_the_next_session_finds_what_people_approved(
    approved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its talk of boats is found, its talk of fields is not, and the annex says whose theme it is."""
    assert fgd(approved, "codebook", "from", "council", "--to", "later") == 0
    assert "Decline of fishing  [decline-of-fishing]  named by" in capsys.readouterr().out
    book, issues = read_codebook(approved / "recordings" / "later" / "codebook.toml")
    (code,) = book.codes
    assert (issues, code.description, code.taken_from) == ((), "", "council")
    texts = {text for _, text in WITH_FISH}
    assert code.examples
    assert all(example in texts for example in code.examples)
    assert all(each.startswith("council, talk.vtt, 0:") for each in code.sources)
    found = later(approved)
    opened = Project.open(approved)
    context = pipeline.SessionContext(opened, opened.session("later"))
    turns = {turn.id: turn.label for talk in pipeline.arranged(context) for turn in talk.turns}
    fish = [turns[each.turn] for each in found.codings if each.code == "decline-of-fishing"]
    assert set(fish) == {NAMES[who] for who in FISHY}
    assert len(fish) == 2
    facts = {fact.label: fact for fact in pipeline.write_brief(context).value.method}
    assert facts["Themes taken over from earlier sessions"].value.startswith("1; people had")
    mine = facts["Taken over from council"]
    assert "Decline of fishing (named by" in mine.value
    assert mine.private


def test_without_approval_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project(tmp_path)
    assert fgd(root, "codebook", "from", "council", "--to", "later") == 2
    said = capsys.readouterr().err
    assert "no person has approved a theme" in said
    assert "fgd theme accept" in said
    assert not (root / "recordings" / "later" / "codebook.toml").exists()


def test_what_only_software_found_is_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, target = project(tmp_path), tmp_path / "all.toml"
    assert fgd(root, "codebook", "from", "council", "--all", "--out", str(target)) == 0
    assert "approved by nobody" in capsys.readouterr().out
    book, _ = read_codebook(target)
    assert {(code.approved, code.taken_from) for code in book.codes} == {("", "council")}


def test_a_strict_rule_withholds_names_speakers_and_times(tmp_path: Path) -> None:
    """What leaves a session under the Chatham House Rule names nobody and points to nobody."""
    root = project(tmp_path, rule="chatham-house")
    turns = {turn.text: turn.id for talk in _talks(root) for turn in talk.turns}
    theme = "women-participation"
    known = {code.id for code in themed(root).codebook.codes}
    theme = theme if theme in known else sorted(k for k in known if not k.startswith("guide."))[0]
    named = next(text for text in turns if text.startswith("I agree with Maria"))
    assert fgd(root, "theme", "code", "council", turns[named], theme) == 0
    name = "What Maria Dalisay wants"
    assert fgd(root, "theme", "rename", "council", theme, name, "--by", "Ana Reyes") == 0
    opened = Project.open(root)
    made = handed_on(pipeline.SessionContext(opened, opened.session("council")))
    text = written(made.book)
    assert "Maria" not in text
    assert "Dalisay" not in text
    (code,) = made.book.codes
    assert code.approved.startswith("named by somebody on 20")  # Ana Reyes was in the room
    example = next(each for each in code.examples if "too small a budget" in each)
    assert "[a participant]" in example
    assert code.sources[code.examples.index(example)] == "an earlier session"
    assert "council" not in text  # nor what its folder is called
    assert any("chatham-house" in note for note in made.notes)


def test_without_consent_nobodys_words_go_along(tmp_path: Path) -> None:
    root = project(tmp_path, consent=False)
    theme = emergent(root)
    fgd(root, "theme", "rename", "council", theme, "Decline of fishing")
    opened = Project.open(root)
    made = handed_on(pipeline.SessionContext(opened, opened.session("council")))
    assert not made.book.codes
    assert any("no consent is recorded" in note for note in made.notes)
    assert any("Left out" in note and "fgd theme describe" in note for note in made.notes)
    fgd(root, "theme", "describe", "council", theme, "Fewer fish and fewer boats.")
    opened = Project.open(root)
    made = handed_on(pipeline.SessionContext(opened, opened.session("council")))
    assert [(code.description, code.examples) for code in made.book.codes] == [
        ("Fewer fish and fewer boats.", ())
    ]


@pytest.mark.parametrize("way", ["asked", "withheld"])
def test_nothing_of_a_quote_that_was_taken_back_leaves_in_another_cut(
    tmp_path: Path, way: str
) -> None:
    """Neither as an example of a theme nor on a shelf: there the cut is another one."""
    root = project(tmp_path)
    opened = Project.open(root)
    context = pipeline.SessionContext(opened, opened.session("council"))
    turns = {turn.id: turn for talk in _talks(root) for turn in talk.turns}
    brief = pipeline.write_brief(context).value
    quoted = next(e for e in brief.extracts if "standing fund" in e.text)
    said = "".join(piece.text for piece in quoted.pieces if piece.said)
    (source,) = quoted.sources
    turn = turns[source.turn]
    theme = sorted(k.id for k in themed(root).codebook.codes if not _guide(k))[0]
    assert fgd(root, "theme", "code", "council", turn.id, theme) == 0
    assert fgd(root, "theme", "rename", "council", theme, "Money") == 0
    start = turn.text.index("standing fund")
    end = start + len("standing fund, paid by all member states")
    signed = {"by": "ann", "when": "2026-05-01T09:00:00+00:00"}
    session = OpenSession(opened, opened.session("council"))
    session.record([shelve(turn, start, end, "Funds", **signed)], session.log.version)
    assert b"standing fund" in export(opened, "Funds", "csv", "circulation")
    out = circulate_quote(said, "withhold", **signed)
    if way == "asked":
        out = leave_out(said, source.recording, source.span, **signed)
    session = OpenSession(opened, opened.session("council"))
    session.record([out], session.log.version)
    opened = Project.open(root)
    with pytest.raises(GateError, match="nothing of this shelf"):
        export(opened, "Funds", "csv", "circulation")
    made = handed_on(pipeline.SessionContext(opened, opened.session("council")))
    assert "standing fund" not in " ".join(
        text for code in made.book.codes for text in code.examples
    )


def _guide(code: Code) -> bool:
    return code.id.startswith("guide.")


def test_a_codebook_that_is_there_is_never_overwritten(
    approved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = approved / "recordings" / "later" / "codebook.toml"
    own = '# ours\nid = "own"\n\n[[codes]]\nid = "land"\nname = "Land"\nanchors = ["field"]\n'
    target.write_text(own)
    assert fgd(approved, "codebook", "from", "council", "--to", "later") == 3
    assert target.read_text() == own
    assert '+ "decline-of-fishing" (Decline of fishing) is new' in capsys.readouterr().out
    assert fgd(approved, "codebook", "from", "council", "--to", "later", "--merge") == 0
    assert target.read_text().startswith(own)
    assert [code.id for code in read_codebook(target)[0].codes] == ["land", "decline-of-fishing"]
    assert fgd(approved, "codebook", "from", "council", "--to", "later") == 0


def test_a_broken_codebook_is_mended_first(
    approved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (approved / "recordings" / "later" / "codebook.toml").write_text("id = ")
    assert fgd(approved, "codebook", "from", "council", "--to", "later", "--merge") == 2
    assert "Mend it first" in capsys.readouterr().err


def test_phrases_that_people_chose_decide_and_go_along(tmp_path: Path) -> None:
    """A phrase finds a theme where nothing else does; another one keeps talk out of it."""
    root = project(tmp_path, TALK)
    before = {each.turn for each in themed(root).codings if each.code == "resources"}
    fgd(root, "theme", "include", "council", "resources", "valleys")
    fgd(root, "theme", "exclude", "council", "resources", "member states")
    found = themed(root)
    texts = {turn.id: turn.text for talk in _talks(root) for turn in talk.turns}
    coded = [texts[e.turn] for e in found.codings if e.code == "resources" and e.turn in texts]
    assert any("In our valleys" in text for text in coded)
    assert any("member states" in texts[turn] for turn in before)
    assert not any("member states" in text for text in coded)
    opened = Project.open(root)
    made = handed_on(pipeline.SessionContext(opened, opened.session("council")))
    code = next(code for code in made.book.codes if code.id == "resources")
    assert "valleys" in code.anchors
    assert code.excludes == ("member states",)


def test_a_codebook_reads_as_it_was_written(tmp_path: Path) -> None:
    code = Code("a", 'Quotes "and" \\ signs', "What?", ("One.", "Two\tand"), ("x",), "b",
                excludes=("y",), sources=("s, t", ""), approved="named by Ana on 2026-01-02",
                taken_from="leg 1")  # fmt: skip
    book = Codebook("from-x", "T", "1.0", (code, Code("b", "B", anchors=("b",))))
    (tmp_path / "codebook.toml").write_text(written(book), encoding="utf-8")
    assert read_codebook(tmp_path / "codebook.toml") == (book, ())


def _talks(root: Path) -> Sequence[Conversation]:
    opened = Project.open(root)
    return pipeline.arranged(pipeline.SessionContext(opened, opened.session("council")))
