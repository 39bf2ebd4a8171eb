"""Every message names where it happened and what to do: walked over all of them in the source, and
over what broken inputs of every kind are told.
"""

from __future__ import annotations

import ast
import errno
import inspect
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import fuzz
from fgd.core import errors
from fgd.core.errors import FgdError, file_error, store_error
from fgd.intake import read_session, read_transcript
from fgd.model import Issue
from fgd.workspace.store import hash_file

PACKAGE = Path(__file__).resolve().parent.parent / "fgd"
CLASSES = tuple(
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, FgdError) and kind.__module__ == errors.__name__
)
NAMES = {kind.__name__ for kind in CLASSES}


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call in the package that makes a problem, with where it stands and what it makes."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node, name


def argument(node: ast.Call, place: int, name: str) -> ast.expr | None:
    """What is given for a parameter, by place or by name."""
    named = {each.arg: each.value for each in node.keywords}
    if any(isinstance(each, ast.Starred) for each in node.args) or None in named:
        return ast.Name("unknown")
    return named.get(name) or (node.args[place] if len(node.args) > place else None)


def is_empty(node: ast.expr | None) -> bool:
    if isinstance(node, ast.IfExp):
        return is_empty(node.body) or is_empty(node.orelse)
    return node is None or (isinstance(node, ast.Constant) and not node.value)


def test_every_warning_and_error_says_what_to_do() -> None:
    """A problem that is only stated leaves its reader alone with it."""
    silent = []
    for place, node, name in calls():
        if name in REMEDIES or ast.unparse(node.func).endswith("tally.add"):
            level = argument(node, 0, "level")
            told = isinstance(level, ast.Constant) and level.value == "note"
            if not told and is_empty(argument(node, REMEDIES.get(name, 4), "remedy")):
                silent.append(place)
    assert silent == []


REMEDIES = {"Issue": 3, "Refusal": 2}
"""Where the remedy stands in what makes a message."""


def test_no_remedy_is_left_to_a_default() -> None:
    """Whatever takes a remedy and hands it on to a message asks for it; failures are above."""
    left = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and path.name != "errors.py":
                given = node.args.args[len(node.args.args) - len(node.args.defaults) :]
                if "remedy" in [each.arg for each in given]:
                    left.append(f"{path.name}:{node.lineno}")
    assert left == []


def test_every_failure_says_what_to_do() -> None:
    """The same for what is raised; a class may bring its own remedy."""
    own = {kind.__name__ for kind in CLASSES if kind("x").remedy}
    silent = [
        place
        for place, node, name in calls()
        if name in NAMES - own - {"FgdError"} and is_empty(argument(node, 9, "remedy"))
    ]
    assert silent == []


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_failure_keeps_its_parts(kind: type[FgdError]) -> None:
    """In its sentence, as an issue, and through a process."""
    made = kind("it broke.", where="a.csv", place="row 3", remedy="Mend it.")
    assert str(made) == "a.csv, row 3: it broke. Mend it."
    assert (made.as_issue().where, made.as_issue().remedy) == ("a.csv", "Mend it.")
    again = pickle.loads(pickle.dumps(made))
    assert (type(again), str(again)) == (kind, str(made))
    assert (kind.__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("number", sorted(errno.errorcode), ids=errno.errorcode.get)
def test_whatever_the_system_refuses_there_is_something_to_do(number: int) -> None:
    """Files that cannot be written or read, for every reason that there is a number for."""
    path = Path("outputs/one/brief.html")
    problem = OSError(number, os.strerror(number), str(path))
    for told in (store_error(path, problem), file_error(problem)):
        assert told.where == str(path)
        assert told.remedy.endswith(".")
        assert told.message.endswith(".")


def told_of(folder: Path) -> Iterator[Issue]:
    """What reading a session's folder and its transcripts tells."""
    found = read_session(folder, folder.name, root=folder.parent.parent, digest=hash_file)
    yield from found.issues
    for recording in found.session.recordings:
        if recording.kind == "transcript" or recording.transcript:
            path = folder / (recording.transcript or recording.name)
            yield from read_transcript(path, recording)[1]


@pytest.mark.parametrize("kind", fuzz.VALID)
def test_what_a_broken_input_is_told(kind: str, tmp_path: Path) -> None:
    """File, place and remedy, in one sentence each, whatever way the file was broken."""
    lacking = []
    quick = [how for how in fuzz.BREAKERS[kind] if how is not fuzz.part_swollen]
    for number in range(16):
        case = fuzz.make(number, 3, [kind], tmp_path / "recordings", quick)
        for issue in told_of(case.folder):
            sentence = issue.message.endswith((".", ":")) and "\n" not in issue.message
            if not (issue.where and issue.message and sentence):
                lacking.append((number, case.how, issue))
            if issue.level != "note" and not issue.remedy:
                lacking.append((number, case.how, issue))
    assert lacking == []
