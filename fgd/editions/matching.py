"""Finding secrets in text, however they are cased, accented or spaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fgd.editions.secrets import Secret


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters ``start``..``end`` of a text that give a secret away."""

    start: int
    end: int
    secret: Secret


def hits(text: str, secrets: Sequence[Secret]) -> Iterator[Hit]:
    """Every place in a text that says one of the secrets, in order, longest first, none twice."""
    taken: list[Hit] = []
    for secret in secrets:
        words = re.findall(r"\w+", secret.text)
        if not words:
            continue
        pattern = r"(?<!\w)" + r"\W+".join(map(re.escape, words)) + r"(?!\w)"
        for found in re.finditer(pattern, text, re.IGNORECASE):
            start, end = found.span()
            if all(end <= hit.start or start >= hit.end for hit in taken):
                taken.append(Hit(start, end, secret))
    yield from sorted(taken, key=lambda hit: hit.start)
