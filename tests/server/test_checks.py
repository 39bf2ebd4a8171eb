"""Participants check their words and sides: files go out, answers of three kinds come back."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from fgd import pipeline
from fgd.cli.app import app
from fgd.core.errors import GateError, InputError
from fgd.decisions import participants as asked_of
from fgd.decisions.circulation import circulate_quote
from fgd.export import check_files
from fgd.intake import read_answer
from fgd.model import Brief, Issue
from fgd.workbench import checking
from fgd.workbench.changes import history
from fgd.workbench.checking import Sheet, Taken
from fgd.workbench.open_session import OpenSession
from fgd.workspace.project import Project
from tests.server.browser import browser, grave, troubles, watch

__all__ = ["browser", "grave"]


runner = CliRunner()
HARBOUR = "harbour"
SAID = (
    (
        "Ines Duarte",
        "Good morning, and welcome. We speak about the night ferry and who pays for it. Mr Okafor, what do you propose?",
    ),
    (
        "Paul Okafor",
        "Thank you. I propose that the port authority pays for a second crew on the night ferry. The boats are old, and last winter two of our sailors fell asleep at the wheel. My members wrote a letter in March, and nobody answered it.",
    ),
    (
        "Mei Tan",
        "I support the proposal of Mr Okafor, because our pupils take this ferry every evening. The school counted ninety children on one boat in November. I propose, too, that the school lends a classroom for the training of the sailors.",
    ),
    (
        "Jon Berg",
        "I am against a second crew. It costs more than the whole bus line, and the drivers have waited four years for new seats. I propose that the last bus waits for a late ferry instead.",
    ),
    (
        "Paul Okafor",
        "I do not agree with Mr Berg. A bus that waits does not keep a captain awake. We lost a boat in the storm of two years ago.",
    ),
    (
        "Mei Tan",
        "I agree with Mr Berg that the last bus should wait. The parents asked for it at every meeting since the summer.",
    ),
    (
        "Lena Ortiz",
        "The clinic sees eleven people a month who missed the boat. I would support the second crew on condition that one of them can give first aid. Our nurses can teach that in two days.",
    ),
    ("Ines Duarte", "What will each of you do before the next meeting?"),
    (
        "Lena Ortiz",
        "I will write down what the nurses need, and send the list to the port on Friday.",
    ),
    ("Jon Berg", "I will ask the drivers whether they can wait for ten minutes."),
    (
        "Paul Okafor",
        "I will bring the accident book of the last three years, so that everybody can read it.",
    ),
    (
        "Ines Duarte",
        "Then we leave the crew open, and ask the drivers about the bus. Thank you all.",
    ),
)
ROSTER = """name,role,institution,acronym
Ines Duarte,facilitator,Harbour Council,HC
Paul Okafor,participant,Fishers' Union,FU
Mei Tan,participant,Island School,IS
Jon Berg,participant,Bus Company,BC
Lena Ortiz,participant,Island Clinic,IC
"""
SETTINGS = """title = "The night ferry"
languages = ["en"]
date = 2026-05-06
rule = "institution"

[consent]
recorded = true
"""


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one short meeting in which people take sides, built."""
    root = tmp_path_factory.mktemp("harbour") / "project"
    folder = root / "recordings" / HARBOUR
    folder.mkdir(parents=True)
    cues, at = ["WEBVTT"], 0
    for who, words in SAID:
        end = at + 400 * len(words.split())
        clock = [
            f"00:{each // 60000:02}:{each // 1000 % 60:02}.{each % 1000:03}" for each in (at, end)
        ]
        cues.append(f"{clock[0]} --> {clock[1]}\n<v {who}>{words}</v>")
        at = end + 500
    (folder / "meeting.vtt").write_text("\n\n".join(cues) + "\n")
    (folder / "participants.csv").write_text(ROSTER)
    (folder / "session.toml").write_text(SETTINGS)
    project = Project.open(root)
    outcome = pipeline.run(pipeline.SessionContext(project, project.session(HARBOUR)))
    assert outcome.state != "failed", outcome.issues
    return root


@pytest.fixture
def project(harbour: Path, tmp_path: Path) -> Project:
    """A copy of it that a test may change."""
    root = tmp_path / "project"
    shutil.copytree(harbour, root)
    return Project.open(root)


def fresh(project: Project) -> OpenSession:
    return OpenSession(project, project.session(HARBOUR))


def rerun(project: Project) -> Brief:
    outcome = pipeline.run(pipeline.SessionContext(project, project.session(HARBOUR)))
    assert outcome.state != "failed", outcome.issues
    record = project.session(HARBOUR).store.load("brief", Brief)
    assert record is not None
    return record.value


def sheets(project: Project) -> list[Sheet]:
    """Whoever is asked most comes first."""
    opened = fresh(project)
    checking.write_checks(opened, "person", "Lien")
    found = checking.asked_sheets(fresh(project), "person")
    return sorted(found, key=lambda each: -len(each.questions))


def numbers(sheet: Sheet, kind: str) -> list[int]:
    return [each.asked.number for each in sheet.questions if each.asked.kind == kind]


def printed(sheet: Sheet) -> int:
    """A quotation that the edition to be passed on prints."""
    return next(e.asked.number for e in sheet.questions if e.asked.printed)


def page_answer(sheet: Sheet, replies: dict[int, dict[str, str]], remark: str = "") -> bytes:
    """What the button of the page saves (a test below compares it with a real browser's)."""
    keys = {each.asked.number: each.asked.key for each in sheet.questions}
    told = [
        {"key": keys.get(n, "0" * 10), "number": n, "wording": "", "side": "", **each}
        for n, each in replies.items()
    ]
    check = sheet.check
    return json.dumps(
        {
            "check": 1,
            "session": check.session,
            "person": check.code,
            "edition": check.edition,
            "replies": told,
            "remark": remark,
        }
    ).encode()


def word_answer(sheet: Sheet, crosses: dict[int, str], words: dict[int, str]) -> bytes:
    """The Word file as somebody fills it in: a cross beside a choice, words in the free row."""
    document = docx.Document(io.BytesIO(check_files(sheet.check)[f"check-{sheet.check.code}.docx"]))
    for table in document.tables:
        head = table.rows[0].cells[0].text
        number = int(head) if head.isdigit() else 0
        for row in table.rows[1:]:
            if number in crosses and row.cells[1].text.startswith(crosses[number]):
                row.cells[0].text = "x"
            if number in words and not row.cells[1].text:
                row.cells[1].text = words[number]
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def take(project: Project, folder: Path) -> tuple[list[Taken], list[Issue]]:
    found = checking.read_answers(fresh(project), folder)
    return found.files, found.issues


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    folder = tmp_path / "answers"
    folder.mkdir()
    return folder


# -- the round trip --------------------------------------------------------------------------------


def test_round_trip(project: Project, answers: Path) -> None:
    """Answers by page, Word and mail are applied, shown in both editions, and survive reruns."""
    one, two, three = sheets(project)[:3]
    quote = printed(one)
    out, stranger = [each for each in numbers(one, "quote") if each != quote][:2]
    side = next(e.asked for e in three.questions if e.asked.kind == "side")
    assert side.of == "proposal" and side.side != "doubt"
    against = "doubt"
    (answers / "a.json").write_bytes(
        page_answer(
            one,
            {
                quote: {"verdict": "differently", "wording": "We meant <b>two</b> years & more"},
                out: {"verdict": "leave out"},
                stranger: {"verdict": "right"},
            },
            "Thank you",
        )
    )
    mine = printed(two)
    (answers / "b.docx").write_bytes(
        word_answer(two, {mine: "I said or meant"}, {mine: "Only with the harbour"})
    )
    check = three.check
    (answers / "c.txt").write_text(
        f"Dear Lien,\n> check {check.code} {check.edition}\n\n{side.number} side: {against}\n"
        f"remark: as I said\nto you\n"
    )
    files, issues = take(project, answers)
    assert [each.changes for each in files] == [2, 1, 1]
    assert {each.level for each in issues} == {"note", "warning"}  # HTML is told; so is "Dear"
    brief = rerun(project)
    words = {e.asked.number: e for e in one.questions}[quote].extract
    assert words is not None
    [corrected] = [e for e in brief.extracts if e.text == words.text]
    assert corrected.corrected == "We meant <b>two</b> years & more"
    assert corrected.pieces == words.pieces
    line = next(each.value for each in brief.masthead if each.label == "Checked")
    assert re.fullmatch(r"by 3 of \d+ participants until \d{4}-\d\d-\d\d; 4 changes", line)
    annex = {each.label: each.value for each in brief.method}
    assert (
        "2 wordings beside a quotation, 1 side, 1 quotation left out"
        in annex["Participants' comments on the findings"]
    )
    assert "2 remarks" in annex["Participants' comments on the findings"]
    outputs = project.session(HARBOUR).outputs
    for edition in ("internal", "circulation"):
        page = (outputs / edition / "brief.html").read_text()
        assert "3 of " in page
        assert "[corrected by its speaker afterwards: We meant &lt;b&gt;two&lt;/b&gt;" in page
        assert "<b>two" not in page
        assert "corrected by its speaker afterwards: Only with the harbour" in (
            (outputs / edition / "brief.md").read_text()
        )
    gone = {e.asked.number: e for e in one.questions}[out].asked.words
    assert gone in (outputs / "internal" / "brief.html").read_text().replace("&#39;", "'")
    everywhere = (outputs / "circulation" / "brief.json").read_text()
    assert json.dumps(gone)[1:-1] not in everywhere
    # The side is what its owner says, in a finding that names who settled it.
    told = [a for f in brief.findings for a in f.answers if a.by == three.author]
    assert [each.side for each in told] == [against]

    before = (project.session(HARBOUR).source / "decisions.jsonl").read_bytes()
    again, _ = take(project, answers)
    assert all(each.again for each in again)
    assert (project.session(HARBOUR).source / "decisions.jsonl").read_bytes() == before
    first = files_of(outputs)
    shutil.rmtree(outputs)
    rerun(project)
    checking.write_checks(fresh(project), "person", "Lien")
    second = files_of(outputs)
    checking.write_checks(fresh(project), "person", "Lien")
    assert files_of(outputs) == second
    assert {k: v for k, v in first.items() if "check" not in k} == {
        k: v for k, v in second.items() if "check" not in k
    }


def files_of(outputs: Path) -> dict[str, bytes]:
    return {
        path.relative_to(outputs).as_posix(): path.read_bytes()
        for path in sorted(outputs.rglob("*"))
        if path.is_file() and "work" not in path.relative_to(outputs).parts
    }


def test_not_mine_takes_the_turn_away(project: Project, answers: Path) -> None:
    """A quotation that is somebody else's is nobody's after the next run, and told as a change."""
    for one in sheets(project):
        questions = [each for each in one.questions if each.extract]
        turns = [each.extract.sources[0].turn for each in questions if each.extract]
        single = [q for q, turn in zip(questions, turns, strict=True) if turns.count(turn) == 1]
        if single and len(questions) > 1:
            break
    alone = single[0]
    other = next(each for each in questions if each is not alone)
    replies = {
        alone.asked.number: {"verdict": "not mine"},
        other.asked.number: {"verdict": "right"},
    }
    (answers / "a.json").write_bytes(page_answer(one, replies))
    [taken], _ = take(project, answers)
    assert (taken.changes, taken.waiting) == (1, 0)
    brief = rerun(project)
    assert alone.extract is not None
    turn = alone.extract.sources[0].turn
    key = f"{HARBOUR}/{one.author.partition(':')[2]}"
    assert not [e for e in brief.extracts if e.sources[0].turn == turn and e.who == key]


def test_what_is_left_out_is_passed_on_nowhere(project: Project, answers: Path) -> None:
    """Where names and context are printed, neither quotes, nor words around others, nor the
    transcript for analysts' programs have what its speaker took back.
    """
    path = project.session(HARBOUR).source / "session.toml"
    path.write_text(path.read_text().replace('rule = "institution"', 'rule = "named"'))
    rerun(project)
    one = next(each for each in sheets(project) if each.name.startswith("Mei Tan"))
    first = next(e for e in one.questions if e.extract and "lends a classroom" in e.asked.words)
    outputs = project.session(HARBOUR).outputs
    assert "lends a classroom" in (outputs / "circulation" / "brief.json").read_text()
    (answers / "a.json").write_bytes(
        page_answer(one, {first.asked.number: {"verdict": "leave out"}})
    )
    take(project, answers)
    brief = rerun(project)
    change = next(each for each in brief.method if each.label.startswith("Changed by Mei"))
    assert "lends a classroom" in change.value and change.private
    for made in (outputs / "circulation").rglob("*.*"):
        assert b"lends a classroom" not in made.read_bytes(), made
    command = ("export", HARBOUR, "--format", "qdpx", "--edition", "circulation")
    done = runner.invoke(app, ["--project", str(project.root), *command])
    assert done.exit_code == 0, done.output
    [package] = (outputs / "circulation").rglob("*.qdpx")
    with zipfile.ZipFile(package) as inside:
        for name in inside.namelist():
            assert b"lends a classroom" not in inside.read(name), name


def test_a_later_answer_replaces_an_earlier_one(project: Project, answers: Path) -> None:
    """Who answers again and says that it is right after all takes the correction back."""
    one = sheets(project)[0]
    quote = numbers(one, "quote")[0]
    path = answers / "a.json"
    path.write_bytes(page_answer(one, {quote: {"verdict": "differently", "wording": "Not so"}}))
    take(project, answers)
    assert any(each.corrected for each in rerun(project).extracts)
    path.write_bytes(page_answer(one, {quote: {"verdict": "right"}}))
    [taken], issues = take(project, answers)
    assert not issues and not taken.waiting
    assert not any(each.corrected for each in rerun(project).extracts)


def test_numbers_of_an_older_version_take_nothing_back(project: Project, answers: Path) -> None:
    """They stand for other questions now; what was answered before stays, a remark is kept once."""
    one = sheets(project)[0]
    quote = numbers(one, "quote")[0]
    wording = {quote: {"verdict": "differently", "wording": "Not so"}}
    (answers / "a.json").write_bytes(page_answer(one, wording, "Thank you"))
    take(project, answers)
    holding = fresh(project).log.version
    (answers / "b.txt").write_text(
        f"check {one.check.code} 00000000\n{quote} right\nremark: Thank you\n"
    )
    _, issues = take(project, answers)
    assert ["questions have other numbers" in each.message for each in issues] == [True]
    assert fresh(project).log.version == holding


# -- what contradicts ------------------------------------------------------------------------------


def test_a_conflict_waits_and_is_settled(project: Project, answers: Path) -> None:
    """A quotation that the rapporteur let go is not left out before the rapporteur says so."""
    one = sheets(project)[0]
    quote = next(each for each in one.questions if each.extract)
    opened = fresh(project)
    rapporteur = circulate_quote(quote.asked.words, "release", by="Lien", when="2026-05-01")
    opened.record([rapporteur], opened.log.version)
    (answers / "a.json").write_bytes(
        page_answer(one, {quote.asked.number: {"verdict": "leave out"}})
    )
    [taken], _ = take(project, answers)
    assert (taken.changes, taken.waiting) == (0, 1)
    outcome = pipeline.run(pipeline.SessionContext(project, project.session(HARBOUR)))
    assert any("one answer waits" in each.message for each in outcome.issues)
    view, _ = checking.write_checks(fresh(project), "person", "Lien")
    [waits] = view.waiting
    assert "Lien decided on 2026-05-01" in waits.why and "left out" in waits.asks
    with pytest.raises(InputError, match="no answer 'W9' waits"):
        checking.settle(fresh(project), ["W9"], [], "Lien")
    checking.settle(fresh(project), [waits.id], [], "Lien")
    assert not checking.write_checks(fresh(project), "person", "Lien")[0].waiting
    rerun(project)
    page = (project.session(HARBOUR).outputs / "circulation" / "brief.json").read_text()
    assert json.dumps(quote.asked.words)[1:-1] not in page


def test_half_an_answer_waits(project: Project, answers: Path) -> None:
    """Another side without saying which, other words without saying them: nothing is guessed."""
    one = next(each for each in sheets(project) if numbers(each, "side"))
    replies = {
        numbers(one, "quote")[0]: {"verdict": "differently"},
        numbers(one, "side")[0]: {"verdict": "wrong side"},
    }
    (answers / "a.json").write_bytes(page_answer(one, replies))
    [taken], _ = take(project, answers)
    assert (taken.changes, taken.waiting) == (0, 2)
    assert taken.open == len(one.questions) - 2
    waiting = asked_of.answers_waiting(fresh(project).log.effective)
    assert {what.why for _, what in waiting} == {
        "it does not say how",
        "it does not say which side is right",
    }
    with pytest.raises(InputError, match="nothing that could be followed"):
        identity = waiting[0][0].target.removeprefix("answer:")
        checking.settle(fresh(project), [identity], [], "Lien")
    done = runner.invoke(app, ["--project", str(project.root), "status"])
    assert "2 answers wait for the rapporteur" in " ".join(done.output.split())
    # Who answers again, and wholly, is waited for no more.
    replies[numbers(one, "quote")[0]] = {"verdict": "differently", "wording": "By the harbour"}
    (answers / "a.json").write_bytes(page_answer(one, replies))
    [taken], _ = take(project, answers)
    assert (taken.changes, taken.waiting) == (1, 1)
    waiting = asked_of.answers_waiting(fresh(project).log.effective)
    assert [what.why for _, what in waiting] == ["it does not say which side is right"]
    opened = fresh(project)
    told = [(each.by, each.said) for each in history(opened.reading(), opened.log)]
    name = one.name.partition(" (")[0]
    assert any(by.startswith(name) and "By the harbour" in said for by, said in told)


def test_everything_strange_waits(project: Project, answers: Path) -> None:
    """Who disowns every quotation probably has somebody else's file: no turn is taken away."""
    one = sheets(project)[0]
    replies = {number: {"verdict": "not mine"} for number in numbers(one, "quote")}
    (answers / "a.json").write_bytes(page_answer(one, replies))
    [taken], _ = take(project, answers)
    assert (taken.changes, taken.waiting) == (0, 1)


def test_two_answers_of_one_person_at_once(project: Project, answers: Path) -> None:
    """The first file counts; where the second one says otherwise, the rapporteur decides."""
    one = sheets(project)[0]
    quote = numbers(one, "quote")[0]
    for name, wording in (("a.json", "This"), ("b.json", "That")):
        reply = {"verdict": "differently", "wording": wording}
        (answers / name).write_bytes(page_answer(one, {quote: reply}))
    (answers / "c.json").write_bytes((answers / "a.json").read_bytes())
    first, second, third = take(project, answers)[0]
    assert (first.changes, second.changes, second.waiting) == (1, 0, 1)
    assert third.again


# -- what is no answer -----------------------------------------------------------------------------


def test_files_that_are_no_answers(project: Project, answers: Path) -> None:
    """One sentence each, with its remedy; the good one beside them is read all the same."""
    one, two = sheets(project)[:2]
    quote = numbers(one, "quote")[0]
    right = {quote: {"verdict": "right"}}
    good = page_answer(one, right)
    told = json.loads(good)
    bad: dict[str, tuple[bytes, str]] = {
        "b-picture.png": (b"\x89PNG", "is no answer to a check"),
        "b-sent-back.html": (b"<html>", "is no answer to a check"),
        "c-list.json": (b"[1, 2]", "is no answer to a check"),
        "d-letter.txt": (b"I am on holiday.", "is no answer to a check"),
        "e-broken.docx": (b"PK\x03\x04 broken", "b-or-e"),
        "f-huge.txt": (b"x" * (1 << 20) + b"y", "bytes, and an answer at most"),
        "g-unknown.json": (
            json.dumps(told | {"person": "0" * 12}).encode(),
            "answers a check of another session",
        ),
        "h-other.json": (
            json.dumps(told | {"person": two.check.code}).encode(),
            "put to somebody else",
        ),
        "i-empty.json": (json.dumps(told | {"replies": []}).encode(), "nothing is filled in"),
        "j-old.txt": (
            f"check {one.check.code} 00000000\n{quote} right\n".encode(),
            "answers another version",
        ),
        "k-number.txt": (
            f"check {one.check.code} {one.check.edition}\n999 right\n".encode(),
            "no question with this number: 999",
        ),
        "l-long.json": (
            page_answer(one, {quote: {"verdict": "differently", "wording": "w" * 2001}}),
            "has 2,001 characters",
        ),
        "m-twice.json": (
            json.dumps(
                told | {"replies": [*told["replies"], told["replies"][0] | {"verdict": "not mine"}]}
            ).encode(),
            "one question has two answers",
        ),
        "n-verdict.json": (
            page_answer(one, {quote: {"verdict": "not put"}}),
            "is no answer to this question",
        ),
    }
    for name, (data, _) in bad.items():
        (answers / name).write_bytes(data)
    (answers / "a-good.json").write_bytes(good)
    files, issues = take(project, answers)
    assert [each.file for each in files] == ["a-good.json"]
    for name, (_, said) in bad.items():
        mine = [each for each in issues if each.where == name and each.level != "note"]
        assert len(mine) == 1, (name, mine)
        assert mine[0].remedy, name
        if said != "b-or-e":
            assert said in mine[0].message, (name, mine[0].message)


def test_where_nobody_may_be_asked(project: Project, answers: Path) -> None:
    """No consent, no answers without files, no institutions where the rule hides them."""
    (answers / "a.txt").write_text(f"check {'0' * 12} {'0' * 8}\n1 right\n")
    with pytest.raises(InputError, match="nobody was asked yet"):
        take(project, answers)
    with pytest.raises(InputError, match="no such folder"):
        take(project, answers / "nowhere")
    path = project.session(HARBOUR).source / "session.toml"
    text = path.read_text()
    path.write_text(text.replace('rule = "institution"', 'rule = "chatham-house"'))
    with pytest.raises(InputError, match="hides from institutions"):
        checking.write_checks(fresh(project), "institution", "Lien")
    path.write_text(text.replace("recorded = true", "recorded = false"))
    with pytest.raises(GateError, match="no consent"):
        checking.write_checks(fresh(project), "person", "Lien")


def test_files_name_nobody(project: Project) -> None:
    """Under the Chatham House Rule no file holds a name, but in the words of its own reader."""
    path = project.session(HARBOUR).source / "session.toml"
    path.write_text(path.read_text().replace('rule = "institution"', 'rule = "chatham-house"'))
    rerun(project)
    opened = fresh(project)
    people = [each.name for each in opened.source.intake.session.participants]
    found = sheets(project)
    outputs = project.session(HARBOUR).outputs
    assert "Mei Tan" in (outputs / "checks.csv").read_text()
    assert {each.suffix for each in (outputs / "checks").iterdir()} == {".html", ".docx"}
    for sheet in found:
        own = " ".join(each.asked.words for each in sheet.questions)
        for name, data in check_files(sheet.check).items():
            if name.endswith(".html"):
                page = data.decode()
                for person in people:
                    assert person not in page or person in own
        assert sheet.author.partition(":")[2] not in sheet.check.code


def test_a_delegation_is_one(project: Project, answers: Path) -> None:
    """With --by institution all of one body share a file, and count as a delegation."""
    checking.write_checks(fresh(project), "institution", "Lien")
    found = checking.asked_sheets(fresh(project), "institution")
    one = max(found, key=lambda each: len(each.questions))
    assert one.author.startswith("institution:")
    page = check_files(one.check)[f"check-{one.check.code}.html"].decode()
    assert "We did not say this" in page and "your delegation" in page
    quote = numbers(one, "quote")[0]
    crosses = {quote: "We said or meant it differently"}
    (answers / "a.docx").write_bytes(word_answer(one, crosses, {quote: "So"}))
    [taken], issues = take(project, answers)
    assert taken.changes == 1 and not issues
    line = next(e.value for e in rerun(project).masthead if e.label == "Checked")
    assert re.match(r"by 1 of \d+ delegations until", line)


def test_two_crosses_are_none(project: Project, tmp_path: Path) -> None:
    """A question with two crosses was not answered, and that is said."""
    one = sheets(project)[0]
    quote = numbers(one, "quote")[0]
    document = docx.Document(io.BytesIO(word_answer(one, {quote: "This is right"}, {})))
    rows = next(t for t in document.tables if t.rows[0].cells[0].text == str(quote)).rows
    rows[2].cells[0].text = "X"
    document.save(str(tmp_path / "a.docx"))
    answer, issues = read_answer(tmp_path / "a.docx")
    assert answer is not None and not answer.replies
    assert "two answers are crossed" in issues[0].message


# -- the page in a browser -------------------------------------------------------------------------


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_context(accept_downloads=True).new_page()
    watch(made)
    yield made
    made.context.close()


def written(project: Project) -> tuple[Sheet, Path]:
    one = sheets(project)[0]
    return one, project.session(HARBOUR).outputs / "checks" / f"check-{one.check.code}.html"


def test_the_page_by_keyboard(
    project: Project, answers: Path, page: Page, grave: Callable[[Page], list[str]]
) -> None:
    """Tab, arrows and space fill it in; what the button saves is read as it was meant."""
    one, path = written(project)
    page.goto(path.as_uri())
    assert not grave(page)
    quote, second = numbers(one, "quote")[:2]
    page.locator(f"#q{quote}-1").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"#q{quote}-3")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type('Two <i>years</i> & "more"')
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(f"#q{second}-1")).to_be_checked()
    assert not grave(page)
    page.locator("#save").focus()
    with page.expect_download() as waited:
        page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("Saved as answer-")
    waited.value.save_as(answers / waited.value.suggested_filename)
    saved = (answers / f"answer-{one.check.code}.json").read_bytes()
    words = {"verdict": "differently", "wording": 'Two <i>years</i> & "more"'}
    assert json.loads(saved) == json.loads(
        page_answer(one, {quote: words, second: {"verdict": "right"}})
    )
    [taken], _ = take(project, answers)
    assert taken.changes == 1
    page.locator("summary").click()
    text = page.locator("#mail").input_value()
    (answers / "mail.txt").write_text(text)
    assert all(each.again for each in take(project, answers)[0])
    assert not troubles(page)


def test_a_half_answer_is_not_saved(project: Project, page: Page) -> None:
    """Who says "differently" is asked how before anything is saved."""
    one, path = written(project)
    page.goto(path.as_uri())
    quote = numbers(one, "quote")[0]
    page.locator(f"#q{quote}-3").check()
    page.locator("#save").click()
    expect(page.locator("#state")).to_contain_text(f"Number {quote} is not finished")
    expect(page.locator(f"#q{quote}-words")).to_be_focused()


def test_the_page_without_scripts(
    project: Project, browser: Browser, grave: Callable[[Page], list[str]]
) -> None:
    """Where no script runs the page says how to answer, and shows no button that does nothing."""
    _, path = written(project)
    context: Any = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.locator("#blocked")).to_be_visible()
    expect(page.locator("#save")).to_be_hidden()
    context.close()
