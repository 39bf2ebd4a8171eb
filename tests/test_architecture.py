"""The rules of the house as tests: who may import whom, what an import costs, what is documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "fgd"

# The rooms in the order in which data passes. A room imports only what stands before it, and the
# stages of the pass never import one another: what one needs of another arrives as a noun.
ROOMS = (
    "model", "core", "workspace", "decisions", "audio", "intake", "transcription", "diarization",
    "floorlog", "attribution", "coding", "deliberation", "synthesis", "disclosure", "export", "search",
    "facilitation", "pipeline", "workbench", "server", "cli",
)  # fmt: skip
STAGES = frozenset(ROOMS[ROOMS.index("intake") : ROOMS.index("export") + 1])
DATA = ("codebooks",)
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
    """A room imports only what stands before it; a stage no other stage."""
    mine = room(path)
    for name, line, _ in imports(path):
        if not name.startswith("fgd."):
            assert not name.startswith(("flows", "demo", "benchmarks", "tests")), f"{path}:{line}"
            continue
        other = name.split(".")[1]
        if mine in ("__init__", "__main__") or other == mine or other == "__version__":
            continue
        assert other in ROOMS, f"{path.name}:{line}: {other} is no room of the house"
        allowed = ROOMS.index(other) < ROOMS.index(mine) and not {mine, other} <= STAGES
        assert allowed, f"{mine} may not import {other} ({path.name}:{line})"


def test_every_room_is_on_the_plan() -> None:
    """A new room is a decision: it is added to the list above and to docs/architecture.md."""
    assert {room(path) for path in FILES} <= {*ROOMS, *DATA, "__init__", "__main__"}
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    told = [name for name in re.findall(r"^\| `(\w+)/`", plan, re.MULTILINE) if name in ROOMS]
    assert told == list(ROOMS)


def test_every_file_is_on_the_plan() -> None:
    """A newcomer finds every file of a room in its row of the table, and none that is gone."""
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for name in (*ROOMS, "flows"):
        base = ROOT / name if name == "flows" else PACKAGE / name
        there = sorted(
            path.relative_to(base).with_suffix("").as_posix()
            for path in base.rglob("*.py")
            if path.name != "__init__.py"
        )
        row = re.search(rf"^\| `{name}/` \|[^|]*\|([^|]*)\|$", plan, re.MULTILINE)
        assert row, f"no row for {name}/"
        wanted = " ".join(f"`{each}`" for each in there)
        assert row[1].strip() == wanted, f"the last cell of {name}/ should be: {wanted}"


def test_file_names_are_told_apart() -> None:
    """At most eight names of files stand for more than one file, flows among them."""
    paths = [*FILES, *sorted((ROOT / "flows").glob("*.py"))]
    counted = Counter(path.stem for path in paths if not path.stem.startswith("__"))
    twice = sorted(name for name, count in counted.items() if count > 1)
    assert len(twice) <= 8, twice


def test_no_circles_between_files() -> None:
    """Following imports never leads back to where one started."""
    names = {_module(path): path for path in FILES}
    arrows: dict[str, set[str]] = {}
    for module, path in names.items():
        met = {name for name, *_ in imports(path)}
        met = {name if name in names else name.rpartition(".")[0] for name in met}
        arrows[module] = (met & set(names)) - {module}
    done: set[str] = set()

    def walk(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for other in sorted(arrows[module]):
                walk(other, (*trail, module))
            done.add(module)

    for module in sorted(arrows):
        walk(module, ())


def _module(path: Path) -> str:
    """The dotted name of a file of the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_heavy_library_at_the_top_of_a_module(path: Path) -> None:
    """Heavy libraries are imported where they are used.

    The modules that subclass classes of openai-whisper and PyTorch are imported inside
    functions instead.
    """
    if path.parent.name in ("whisper", "core") and path.stem in ("inference", "quantization"):
        pytest.skip("its classes extend those of a library; it is itself imported lazily")
    for name, line, top in imports(path):
        assert not (top and name.split(".")[0] in HEAVY), f"{path.name}:{line} imports {name}"


@pytest.mark.parametrize(
    "code",
    [
        "import fgd, fgd.cli, fgd.pipeline.session_pass",
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


def test_what_the_terminal_does_knows_no_http_and_no_flows() -> None:
    """The modules behind ``fgd status``, ``decide`` and ``attribution`` load neither."""
    names = sorted(_module(path) for path in (PACKAGE / "workbench").glob("*.py"))
    names += ["fgd.cli.decide", "fgd.cli.attribution", "fgd.cli.run"]
    script = (
        f"import {', '.join(names)}, sys\n"
        "print(sorted({'starlette', 'prefect', 'torch', 'uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_only_flows_know_prefect() -> None:
    """Everything else works where Prefect is not even installed."""
    for path in FILES:
        assert not [name for name, *_ in imports(path) if name.split(".")[0] == "prefect"], path


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
