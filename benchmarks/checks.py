"""Whether everything that participants answer is applied and shown: a round trip on the demo.

A copy of a built project is asked with ``fgd check``; everybody answers every question, a third of
them as the page saves it, a third in Word, a third in mail, what they say drawn from a seed. Then
the folder is read, the session run, the folder read again and the session run again. Counted are
the changes asked for, those that the editions show (wordings of what is quoted no more: the annex),
and what differs after the second time.
"""

from __future__ import annotations

import io
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import common
from fgd import pipeline
from fgd.decisions.participants import answers_waiting
from fgd.export import check_files
from fgd.model import CHOICES, SIDES_OFFERED, Brief, Deliberated
from fgd.workbench.checking import Question, Sheet, asked_sheets, read_answers, write_checks
from fgd.workbench.open_session import OpenSession
from fgd.workspace.project import Project, SessionFolder

SEED = 20261129
SHARE = 0.35
"""How many of the questions somebody wants to have changed."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one person answers to one question."""

    question: Question
    verdict: str
    wording: str = ""
    side: str = ""


def main() -> None:
    """Print what was counted, last as one JSON line."""
    arguments = common.parser(__doc__)
    arguments.add_argument(
        "--project", type=Path, required=True, help="a project that has been run"
    )
    arguments.add_argument("--session", default="security-workshop")
    arguments.add_argument("--seed", type=int, default=SEED)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "project"
        shutil.copytree(given.project, root)
        figures = round_trip(Project.open(root), given.session, Path(place), given.seed)
    common.report("checks", given.session, figures)


def round_trip(project: Project, name: str, place: Path, seed: int) -> dict[str, Any]:
    """Ask, answer, read, run, read and run again; return what was counted."""
    folder = project.session(name)
    write_checks(OpenSession(project, folder), "person", "benchmark")
    sheets = asked_sheets(OpenSession(project, folder), "person")
    draw = random.Random(seed)
    said = {sheet.author: answered(sheet, draw) for sheet in sheets}
    answers = place / "answers"
    answers.mkdir()
    for number, sheet in enumerate(sheets):
        write, ending = ((as_page, "json"), (as_word, "docx"), (as_mail, "txt"))[number % 3]
        (answers / f"{number:02}.{ending}").write_bytes(write(sheet, said[sheet.author]))
    taken = read_answers(OpenSession(project, folder), answers)
    run(project, folder)
    first = shown(folder, sheets, said)
    log = (folder.source / "decisions.jsonl").read_bytes()
    before = written(folder)
    again = read_answers(OpenSession(project, folder), answers)
    run(project, folder)
    same_log = (folder.source / "decisions.jsonl").read_bytes() == log
    for edition in ("internal", "circulation", "checks"):
        shutil.rmtree(folder.outputs / edition)
    run(project, folder)
    after = written(folder)
    asked = Counter(each.verdict for mine in said.values() for each in mine)
    return {
        "people": len(sheets),
        "questions": sum(len(sheet.questions) for sheet in sheets),
        "answers": dict(asked),
        "told of files": [str(issue) for issue in taken.issues],
        "changes asked for": sum(asked.values()) - asked["right"],
        "waiting": len(answers_waiting(OpenSession(project, folder).log.effective)),
        "applied and shown": first["shown"],
        "not shown": first["missing"],
        "read again: changed files": sum(not each.again for each in again.files),
        "decisions the same": same_log,
        "files that differ after a rebuild": sorted(k for k in before if before[k] != after.get(k)),
    }


def answered(sheet: Sheet, draw: random.Random) -> list[Said]:
    """Answer every question of a person; a turn is disowned as a whole or not at all."""
    turns = [q.extract.sources[0].turn for q in sheet.questions if q.extract]
    foreign = draw.choice(sorted(set(turns))) if len(set(turns)) > 2 and draw.random() < 0.4 else ""
    found = []
    for number, question in enumerate(sheet.questions):
        asked = question.asked
        changes = draw.random() < SHARE
        if question.extract and question.extract.sources[0].turn == foreign:
            found.append(Said(question, "not mine"))
        elif not changes:
            found.append(Said(question, "right"))
        elif asked.kind == "quote" and draw.random() < 0.7:
            words = f"{sheet.check.code} meant something else with number {number}"
            found.append(Said(question, "differently", wording=words))
        elif asked.kind == "quote":
            found.append(Said(question, "leave out"))
        elif asked.kind == "side":
            others = [side for side in SIDES_OFFERED[asked.of] if side != asked.side]
            found.append(Said(question, "wrong side", side=draw.choice(others)))
        else:
            found.append(Said(question, "not put"))
    return found


def as_page(sheet: Sheet, said: list[Said]) -> bytes:
    """Return what the button of the page saves."""
    replies = [
        {
            "key": each.question.asked.key,
            "number": each.question.asked.number,
            "verdict": each.verdict,
            "wording": each.wording,
            "side": each.side,
        }
        for each in said
    ]
    check = sheet.check
    return msgspec.json.encode(
        {
            "check": 1,
            "session": check.session,
            "person": check.code,
            "edition": check.edition,
            "replies": replies,
            "remark": "",
        }
    )


def as_mail(sheet: Sheet, said: list[Said]) -> bytes:
    """Return an answer as plain text, under the mail that it answers."""
    lines = ["> Please look at the file.", f"check {sheet.check.code} {sheet.check.edition}"]
    for each in said:
        told = {"differently": f"differently: {each.wording}", "wrong side": f"side: {each.side}"}
        lines.append(f"{each.question.asked.number}. {told.get(each.verdict, each.verdict)}")
    return "\n".join(lines).encode()


def as_word(sheet: Sheet, said: list[Said]) -> bytes:
    """Return the Word file filled in."""
    import docx

    document = docx.Document(io.BytesIO(check_files(sheet.check)[f"check-{sheet.check.code}.docx"]))
    by_number = {str(each.question.asked.number): each for each in said}
    for table in document.tables:
        each = by_number.get(table.rows[0].cells[0].text)
        if each is None:
            continue
        side = SIDES_OFFERED[each.question.asked.of].get(each.side, "")
        wanted = {told for verdict, told in CHOICES.items() if verdict == each.verdict}
        wanted |= {f"\u2013 {side}"} if side else set()
        for row in table.rows[1:]:
            if row.cells[1].text in wanted:
                row.cells[0].text = "x"
            elif not row.cells[1].text and each.wording:
                row.cells[1].text = each.wording
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def run(project: Project, folder: SessionFolder) -> None:
    """Run the session and write its check files."""
    outcome = pipeline.run(pipeline.SessionContext(project, folder))
    if outcome.state == "failed":
        raise SystemExit("\n".join(map(str, outcome.issues)))
    write_checks(OpenSession(project, folder), "person", "benchmark")


def written(folder: SessionFolder) -> dict[str, bytes]:
    """Return the files of both editions and of the checks."""
    return {
        path.relative_to(folder.outputs).as_posix(): path.read_bytes()
        for edition in ("internal", "circulation", "checks")
        for path in sorted((folder.outputs / edition).rglob("*"))
        if path.is_file()
    }


def shown(
    folder: SessionFolder, sheets: tuple[Sheet, ...], said: dict[str, list[Said]]
) -> dict[str, Any]:
    """Look up every change in the brief and in what is passed on."""
    brief = folder.store.load("brief", Brief)
    found = folder.store.load("deliberation", Deliberated)
    if brief is None or found is None:
        raise SystemExit("there is no brief")
    page = (folder.outputs / "internal" / "brief.html").read_text(encoding="utf-8")
    passed_on = (folder.outputs / "circulation" / "brief.json").read_text(encoding="utf-8")
    counted: Counter[str] = Counter()
    missing = []
    for sheet in sheets:
        person = sheet.author.partition(":")[2]
        for each in said[sheet.author]:
            if each.verdict == "right":
                continue
            if is_shown(brief.value, found.value, page, passed_on, person, each):
                counted[each.verdict] += 1
            else:
                missing.append(f"{each.verdict} {each.side}: {each.question.asked.words[:60]}")
    return {"shown": dict(counted), "missing": missing}


def is_shown(
    brief: Brief, found: Deliberated, page: str, passed_on: str, person: str, said: Said
) -> bool:
    """Tell whether one change is where it belongs."""
    question, asked = said.question, said.question.asked
    mine = f"{brief.id}/{person}"
    if question.extract is not None:
        source = question.extract.sources[0]
        same = [e for e in brief.extracts if e.sources[0].turn == source.turn]
        if said.verdict == "not mine":
            return not any(each.who == mine for each in same)
        here = [e for e in same if e.sources[0].span.overlaps(source.span)]
        if said.verdict == "differently":
            beside = f"[corrected by its speaker afterwards: {said.wording}]"
            return (beside if here else f"its speaker corrects: {said.wording}") in page
        return msgspec.json.encode(asked.words).decode()[1:-1] not in passed_on
    if question.response is not None:
        responses = [
            each
            for each in found.responses
            if (each.proposition, each.who) == (question.response.proposition, person)
        ]
        if said.side == "none" or question.response.proposition not in {
            each.id for each in found.propositions
        }:
            return not responses
        return [each.side for each in responses] == [said.side]
    ids = {each.id for each in found.propositions}
    return question.proposition is not None and question.proposition.id not in ids


if __name__ == "__main__":
    main()
