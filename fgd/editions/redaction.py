"""Taking secrets out of text, each replaced by a mark that says what kind of thing stood there."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.editions.matching import hits
from fgd.editions.secrets import Secret

MARKS = {
    "person": "[a participant]",
    "institution": "[an institution]",
    "country": "[a country]",
}


def withheld(text: str, secrets: Sequence[Secret]) -> str:
    """The text with every secret replaced by its mark."""
    parts: list[str] = []
    end = 0
    for hit in hits(text, secrets):
        parts += [text[end : hit.start], MARKS[hit.secret.kind]]
        end = hit.end
    return "".join([*parts, text[end:]])
