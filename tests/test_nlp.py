"""Sentences are cut by rules that do not depend on what surrounds them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from fgd.core.nlp import _mark_sentences, nlp, sentences

ROOT = Path(__file__).resolve().parent.parent


def test_nobody_tampers_with_how_python_imports() -> None:
    """Other threads import meanwhile: no finder is put in, no module hidden, no stream replaced.

    The process that fits topics is one of its own; it hides modules only while it has one thread.
    """
    tampers = re.compile(
        r"meta_path|sys\.modules(?:\[|\.[a-z]|$)|redirect_std|sys\.std\w+ = ", re.MULTILINE
    )
    paths = [*(ROOT / "fgd").rglob("*.py"), *(ROOT / "flows").glob("*.py")]
    found = {path.name for path in paths if tampers.search(path.read_text("utf-8"))}
    assert found == {"topics.py"}
    code = (
        "import sys, threading; from fgd.coding import topics; stop = threading.Event()\n"
        "if sys.argv[1:]: threading.Thread(target=stop.wait).start()\n"
        "topics.main(); stop.set(); print('umap' in sys.modules)"
    )
    for more, hidden in (([], "True"), (["with a thread"], "False")):
        done = subprocess.run(
            [sys.executable, "-c", code, *more],
            input="",
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == hidden


def test_sentences_of_a_long_turn_are_where_they_are_in_a_short_one() -> None:
    """Stops, short forms and closing quotes count alike, however much is said around them."""
    said = 'We ask for nets. Prof. Lee said "yes." Then J. Smith left?! So be it. '
    once = sentences(said)
    assert [said[start:end] for start, end in once] == [
        "We ask for nets.", 'Prof. Lee said "yes."', "Then J. Smith left?!", "So be it.",
    ]  # fmt: skip
    shift = len(said)
    assert sentences(said * 50) == tuple(
        (start + n * shift, end + n * shift) for n in range(50) for start, end in once
    )


def test_sentences_are_marked_in_one_go() -> None:
    """For every single token that is marked, spaCy looks through the whole document."""

    class Unmarked(list[Any]):
        def from_array(self, names: list[str], values: Any) -> Any:
            return names, values

    class Token:
        def __init__(self, real: Any) -> None:
            self.i, self.text, self.is_space = real.i, real.text, real.is_space
            self.whitespace_ = real.whitespace_

        @property
        def is_sent_start(self) -> bool:
            return False

    doc: Any = Unmarked(Token(each) for each in nlp("en").tokenizer("One is said. Two is said."))
    marked: Any = _mark_sentences(doc)
    assert marked[0] == ["SENT_START"]
    assert [int(value) == 1 for value in marked[1][:, 0]] == [
        True,
        *[False] * 3,
        True,
        *[False] * 3,
    ]
