"""The rules of the house as tests: who may import whom, what an import costs, what is documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "fgd"

# Lower rooms know nothing of higher ones. Rooms on one line of STAGES never import each other.
BASE = (
    "model", "errors", "files", "progress", "audio", "tomlfile", "settings", "language", "embedding",
    "kept", "typed", "web", "office",
)  # fmt: skip
STAGES = (
    "intake", "speech", "voices", "attribution", "themes", "synthesis", "editions", "publish",
    "facilitation",
)  # fmt: skip
MIDDLE = (
    "store",
    "digests",
    "project",
    "lock",
    "backends",
    "steps",
    "corrected",
    "floor",
    "recognition",
    "outcome",
    "hearing",
    "pipeline",
    "release",
    "gathered",
    "lock",
    "status",
)
TOP = ("cli", "review")
HEAVY = (
    "torch", "whisper", "spacy", "bertopic", "sentence_transformers", "pandas", "prefect", "av",
    "numpy", "docx", "openpyxl", "sklearn", "silero_vad", "transformers", "matplotlib",
)  # fmt: skip


def room(path: Path) -> str:
    """The room a file belongs to: the first name below ``fgd``."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Names imported in a file, with line and whether the import stands at the top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(_run_on_import(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node in top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno, node in top


def _run_on_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported; not those for type checkers."""
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    """flows, cli, review -> pipeline, project, store -> stages -> language, embedding, model."""
    mine = room(path)
    order = dict.fromkeys(BASE, 0) | dict.fromkeys(STAGES, 1)
    order |= dict.fromkeys(MIDDLE, 2) | dict.fromkeys(TOP, 3)
    for name, line, _ in imports(path):
        if not name.startswith("fgd."):
            assert not name.startswith(("flows", "demo", "benchmarks", "tests")), f"{path}:{line}"
            continue
        other = name.split(".")[1]
        if mine in ("__init__", "__main__") or other == mine or other == "__version__":
            continue
        assert other in order, f"{path.name}:{line}: {other} is no room of the house"
        allowed = order[other] < order[mine] or (order[other] == order[mine] and order[mine] != 1)
        assert allowed, f"{mine} may not import {other} ({path.name}:{line})"


def test_every_room_is_on_the_plan() -> None:
    """A new room is a decision: it is added to the plan above and to docs/architecture.md."""
    planned = {*BASE, *STAGES, *MIDDLE, *TOP, "__init__", "__main__", "codebooks", "templates"}
    assert {room(path) for path in FILES} <= planned


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_heavy_library_at_the_top_of_a_module(path: Path) -> None:
    """Heavy libraries are imported where they are used.

    The two modules that subclass openai-whisper's classes are imported inside functions instead.
    """
    if path.parent.name == "whisper" and path.stem in ("inference", "alignment"):
        pytest.skip("its classes extend openai-whisper's; it is itself imported lazily")
    for name, line, top in imports(path):
        assert not (top and name.split(".")[0] in HEAVY), f"{path.name}:{line} imports {name}"


@pytest.mark.parametrize(
    "code",
    [
        "import fgd, fgd.cli, fgd.pipeline",
        "from fgd.cli import main; main(['--help'])",
        "from fgd.cli import main; main(['run', '--help'])",
    ],
)
def test_the_command_starts_without_heavy_libraries(code: str) -> None:
    """``import fgd`` and ``fgd --help`` load none of them."""
    script = (
        "import sys\ntry:\n    exec(sys.argv[1])\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_only_flows_know_prefect() -> None:
    """Everything else works where Prefect is not even installed."""
    for path in FILES:
        assert not [name for name, *_ in imports(path) if name.split(".")[0] == "prefect"], path


def test_files_stay_small() -> None:
    """One noun a file; past 350 lines it has become two."""
    for folder in ("fgd", "flows", "benchmarks", "demo"):
        for path in (ROOT / folder).rglob("*.py"):
            lines = path.read_text(encoding="utf-8").count("\n")
            assert lines <= 350, f"{path.relative_to(ROOT)} has {lines} lines"


def documented_commands() -> set[str]:
    """Every ``fgd ...`` and ``make ...`` in a code block of the README or the pages it links."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    fences = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    blocks = [block for kind, block in fences if kind in ("", "sh", "bash", "console")]
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return {line for line in lines if line.startswith(("fgd ", "make "))}


def test_every_documented_command_exists() -> None:
    """No page shows a command or an option that is not there."""
    import typer.main

    from fgd.cli.app import app

    command: Any = typer.main.get_command(app)
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    documented = documented_commands()
    assert documented
    for line in documented:
        words = line.split("#")[0].split()
        if words[0] == "make":
            assert words[1] in targets, line
            continue
        here = command
        for word in words[1:]:
            if word in getattr(here, "commands", {}):
                here = here.commands[word]
        assert not hasattr(here, "commands") or words[1:2] == ["--help"], line
        options = {name for p in here.params for name in (*p.opts, *p.secondary_opts)}
        options |= {name for p in command.params for name in p.opts} | {"--help"}
        used = {word.split("=")[0] for word in words if word.startswith("--")}
        assert used <= options, f"{line}: {used - options}"


def test_every_command_is_documented() -> None:
    """A command that no page shows does not exist for its users; README shows each group."""
    import typer.main

    from fgd.cli.app import app

    def walk(command: Any, path: str) -> Iterator[str]:
        if hasattr(command, "commands"):
            for name, inner in command.commands.items():
                yield from walk(inner, f"{path} {name}")
        else:
            yield path

    shown = " \n".join(documented_commands()) + " "
    for path in walk(typer.main.get_command(app), "fgd"):
        assert f"{path} " in shown or f"{path}\n" in shown, f"{path} is on no page"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in typer.main.get_command(app).commands:  # type: ignore[attr-defined]
        assert f"fgd {name}" in readme, f"fgd {name} is not in the README"
