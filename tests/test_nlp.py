"""spaCy comes without PyTorch where nobody can be harmed by that, and untouched elsewhere."""

from __future__ import annotations

import subprocess
import sys

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
