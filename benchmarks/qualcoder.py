"""Whether QualCoder's own reader opens our projects, and whether its export comes back the same.

Sessions are written as ``fgd export --format qdpx`` writes them: made-up ones in hostile scripts
(with and without sound), and every session of ``--data``, a project that was run. QualCoder's
``RefiImport`` reads each into a new QualCoder project, its ``RefiExport`` writes that out again,
and ``fgd import`` reads what comes back. Counted are the coded stretches that have the same source,
code, place and words there, and after the way back. Nothing is chosen on it.

``python -m benchmarks.qualcoder --checkout QUALCODER [--python PYTHON] [--data PROJECT]``:
``--checkout`` is a copy of QualCoder's repository, ``--python`` one that has PyQt6 (nothing of it
is needed by the product). Only its windows are replaced, by answers: which file, which folder.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import random
import subprocess
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

SCRIPTS = (
    'the pier lamps were dark & <nobody> came "back" in \'19',
    "😀 𐍈𐌰 𠀋 is beyond the first plane 🧑🏽‍🌾",
    "ท่าเรือต้องการไฟสัญญาณใหม่",
    "ប៉មភ្លើងត្រូវជួសជុល",
    "الميناء مظلم بعد السادسة",
    "Nguyễn Văn An nói re\u0301sume\u0301",
    "港の灯りが消えた",
)
SESSIONS, TURNS = 20, 40


def main() -> None:
    """Write, let QualCoder read and write, read again, count."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--checkout", type=Path, required=True)
    made.add_argument("--python", type=Path, default=Path(sys.executable))
    made.add_argument("--data", type=Path, help="a project that fgd ran")
    made.add_argument("--inside", nargs=2, type=Path, help=argparse.SUPPRESS)
    chosen = made.parse_args()
    if chosen.inside:
        inside(chosen.checkout / "src", *chosen.inside)
        return
    from benchmarks.common import report

    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="fgd-qualcoder-") as scratch:
        kinds = {"made up": made_up(sound=False), "made up, with sound": made_up(sound=True)}
        if chosen.data:
            kinds["sessions"] = run_before(chosen.data)
        for kind, projects in kinds.items():
            told = [
                through(data, Path(scratch) / kind / str(number), chosen)
                for number, data in enumerate(projects)
            ]
            figures[kind] = {key: sum(each[key] for each in told) for key in told[0]}
    report("qualcoder", "made-up sessions" + (" and --data" if chosen.data else ""), figures)


def made_up(*, sound: bool) -> list[bytes]:
    """Projects whose turns mix scripts, with stretches that begin and end anywhere."""
    from fgd.export import Line
    from fgd.export.refi import Speaker, project_files, write_project
    from fgd.model import Code, Codebook, Coding, Recording, Session, Span, Word

    written = []
    for number in range(SESSIONS):
        chance = random.Random(number)
        lines, codings = [], []
        codes = [
            Code(f"c{n}", f"{text[:14].strip()} {n}", text, parent=f"c{n - 1}" if n % 3 else "")
            for n, text in enumerate(SCRIPTS)
        ]
        for turn in range(TURNS):
            start = turn * 7_000
            said = " ".join(chance.choices(" ".join(SCRIPTS).split(), k=chance.randint(1, 30)))
            words = tuple(Word(Span(start, start + 6_000), f" {word}") for word in said.split())
            name = f"t{turn}"
            lines.append(
                Line(
                    name, "r1", "V1", f"Person {turn % 5}", Span(start, start + 6_000), words,
                    False, True, "", 1.0, (),
                )
            )  # fmt: skip
            for _ in range(2):
                first = chance.randrange(len(said))
                last = chance.randint(first + 1, len(said))
                codings.append(Coding(name, first, last, chance.choice(codes).id))
        people = {e.turn: Speaker(e.speaker, e.speaker, {"role": "participant"}) for e in lines}
        session = Session(
            f"s{number}", f"Talk {number}", recordings=(Recording("r1", "one.wav", "0" * 64),)
        )
        sounds = {"r1": (".wav", b"RIFF")} if sound else None
        written.append(
            write_project(
                project_files(
                    session, lines, Codebook("b", "B", "1", tuple(codes)), codings, people,
                    notes={"Field note": "It rained."}, sounds=sounds,
                )
            )
        )  # fmt: skip
    return written


def run_before(root: Path) -> list[bytes]:
    """The sessions of a project, as ``fgd export`` writes them."""
    from fgd import pipeline
    from fgd.pipeline import qda
    from fgd.workspace.project import Project

    project = Project.open(root)
    return [
        qda.project(pipeline.SessionContext(project, folder), "internal", sound=sound)
        for folder in project.sessions()[0]
        for sound in (False, True)
    ]


def through(data: bytes, folder: Path, chosen: argparse.Namespace) -> dict[str, int]:
    """One project into QualCoder and back: what there was, and what stayed equal."""
    from fgd.export.refi import read_project

    folder.mkdir(parents=True)
    (folder / "ours.qdpx").write_bytes(data)
    subprocess.run(
        [
            chosen.python, __file__, "--checkout", chosen.checkout,
            "--inside", folder / "ours.qdpx", folder,
        ],
        check=True, stdout=subprocess.DEVNULL,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)},
    )  # fmt: skip
    read = json.loads((folder / "read.json").read_text(encoding="utf-8"))
    ours = read_project(data)
    back = read_project(next(folder.glob("out/*.qdpx")).read_bytes())
    names = {code.id: code.name for code in ours.codes}
    again = {code.id: code.name for code in back.codes}
    coded = {(e.source, names[e.code], e.start, e.end, e.text) for e in ours.coded}
    there = {tuple(each) for each in read["coded"]}
    returned = {(e.source, again[e.code], e.start, e.end, e.text) for e in back.coded}
    parents = {(names[c.id], names.get(c.parent, "")) for c in ours.codes}
    return {
        "projects": 1,
        "texts": len(ours.texts),
        "texts equal": sum(read["texts"].get(name) == text for name, text in ours.texts.items()),
        "segments": len(coded),
        "segments equal": len(coded & there),
        "segments not ours": len(there - coded),
        "segments that came back": len(coded & returned),
        "segments that came back changed": len(returned - coded),
        "codes": len(parents),
        "codes equal": len(parents & {tuple(each) for each in read["codes"]}),
        "cases": len(read["cases"]),
    }


def inside(source: Path, qdpx: Path, folder: Path) -> None:
    """Run in QualCoder's Python: import a project, tell what is there, export it again."""
    import builtins
    import sqlite3

    # Neither is a dependency of this project, so both are looked up when they are needed.
    widgets = importlib.import_module("PyQt6.QtWidgets")
    vars(builtins)["_"] = lambda text: text  # as its gettext does
    package = types.ModuleType("qualcoder")
    package.__path__ = [str(source / "qualcoder")]
    helpers = types.ModuleType("qualcoder.helpers")

    class Message:
        """Its message box, which nobody is here to close."""

        def __init__(self, *_: object) -> None: ...

        def exec(self) -> None:
            """Close at once."""

    vars(helpers)["Message"] = Message
    sys.modules |= {"qualcoder": package, "qualcoder.helpers": helpers}
    home, out = folder / "theirs.qda", folder / "out"
    for each in ("documents", "images", "audio", "video"):
        (home / each).mkdir(parents=True)
    out.mkdir()
    (folder / ".qualcoder").mkdir()
    connection = sqlite3.connect(home / "data.qda")
    for statement in schema(source / "qualcoder" / "__main__.py"):
        connection.execute(statement)
    when = ("v1", "2026-01-01 00:00:00", "", "")
    connection.execute(
        "insert into project (databaseversion, date, memo, about) values (?,?,?,?)", when
    )
    application = widgets.QApplication([])
    refi: Any = importlib.import_module("qualcoder.refi")

    app = types.SimpleNamespace(
        conn=connection, project_path=str(home), project_name="theirs.qda", version="x",
        settings={"codername": "fgd", "directory": str(folder), "ai_enable": "False"},
        ai_models=[], ai=None, get_annotations=list, write_config_ini=lambda *_: None,
        project_events=types.SimpleNamespace(emit_table_changes=lambda *_, **__: None),
    )  # fmt: skip
    chosen = widgets.QFileDialog
    chosen.getOpenFileName = staticmethod(lambda *_, **__: (str(qdpx), True))
    chosen.getExistingDirectory = staticmethod(lambda *_, **__: str(out))

    class Endings:
        """Its question about line ends, answered: not for MAXQDA."""

        def __init__(self, *_: object) -> None:
            button = types.SimpleNamespace(isChecked=lambda: False)
            self.ui = types.SimpleNamespace(radioButton_maxqda=button)

        def exec(self) -> None:
            """Answer at once."""

    refi.RefiLineEndings = Endings
    log = types.SimpleNamespace(append=lambda *_: None)
    refi.RefiImport(app, log, "qdpx")
    rows = connection.execute
    told = {
        "texts": dict(rows("select name, fulltext from source where fulltext is not null")),
        "coded": [
            *rows(
                "select s.name, c.name, t.pos0, t.pos1, t.seltext from code_text t "
                "join source s on s.id = t.fid join code_name c on c.cid = t.cid"
            )
        ],
        "codes": [
            *rows(
                "select c.name, ifnull(p.name, '') from code_name c "
                "left join code_name p on p.cid = c.supercid"
            )
        ],
        "cases": [*rows("select name from cases")],
    }
    (folder / "read.json").write_text(json.dumps(told), encoding="utf-8")
    refi.RefiExport(app, log, "project")
    application.quit()


def schema(main_file: Path) -> list[str]:
    """The tables of a new QualCoder project, out of the function that makes one."""
    tree = ast.parse(main_file.read_text(encoding="utf-8"))
    found = [
        node.args[0].value
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name == "new_project"
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    ]
    return [text for text in found if isinstance(text, str) and text.startswith("CREATE TABLE")]


if __name__ == "__main__":
    main()
