"""spaCy comes without PyTorch where nobody can be harmed by that, and untouched elsewhere."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from fgd.core.nlp import _mark_sentences, nlp, sentences

ALONE = """
import sys
from fgd.core.nlp import sentences
assert sentences("One is said. Two is said.") == ((0, 12), (13, 25))
assert "torch" not in sys.modules
import torch
"""
IN_COMPANY = """
import sys, threading
from fgd.core import nlp
before = list(sys.meta_path)
seen = []
def watched(name):
    seen.append(sys.meta_path == before)
    return name
nlp.import_module = watched
stop = threading.Event()
other = threading.Thread(target=stop.wait)
other.start()
try:
    nlp.spacy()
finally:
    stop.set()
assert seen == [True]
"""


def test_a_process_with_one_thread_reads_text_without_pytorch() -> None:
    subprocess.run([sys.executable, "-c", ALONE], check=True)


def test_a_process_with_threads_imports_as_everybody_does() -> None:
    subprocess.run([sys.executable, "-c", IN_COMPANY], check=True)


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
