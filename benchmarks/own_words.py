"""Runs of words that the product shares with texts it is judged on: there should be none.

``python -m benchmarks.own_words --data DIR`` compares every text in ``fgd/`` (strings, docstrings,
values of tables, templates, scripts) with every evaluation text below DIR, eight words in a row.
What the demo and the tests say is compared in ``tests/test_own_words.py``.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common import need, parser, report

PACKAGE = Path(__file__).resolve().parent.parent / "fgd"
PRODUCT = sorted(p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".toml", ".jinja", ".js"))
EVALUATION = 8
"""Words in a row that are no accident between a product and an evaluation text."""

Gram = tuple[str, ...]


def grams(text: str, length: int = 5) -> Iterator[Gram]:
    """Runs of words; a blank line ends one."""
    for block in re.split(r"\n\s*\n", text):
        said = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", block.casefold())
        for start in range(len(said) - length + 1):
            yield tuple(said[start : start + length])


def strings(path: Path, *, docstrings: bool = True) -> Iterator[str]:
    """The texts in a file: strings of Python, values of TOML, anything else whole."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tree = ast.parse(text)
        told = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and (docstrings or id(node) not in told)
            ):
                yield node.value
    elif path.suffix == ".toml":
        yield from _values(tomllib.loads(text))
    else:
        yield text


def _values(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)


def main() -> None:
    """Compare, print each shared run once, and report their number."""
    options = parser(__doc__).parse_args()
    folder = need(options.data, "the evaluation texts")
    told: dict[Gram, str] = {}
    for path in sorted(folder.rglob("*.json")):
        for text in _values(json.loads(path.read_text(encoding="utf-8"))):
            told |= dict.fromkeys(grams(text, EVALUATION), path.parent.name)
    found = {
        (str(path.relative_to(PACKAGE)), " ".join(gram), told[gram])
        for path in PRODUCT
        for text in strings(path)
        for gram in grams(text, EVALUATION)
        if gram in told
    }
    for each in sorted(found):
        print(*each, sep="\t")
    report("own_words", "", {"runs of eight words shared with evaluation texts": len(found)})


if __name__ == "__main__":
    main()
