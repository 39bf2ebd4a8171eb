"""The turns of phrase of ``phrases.toml``, compiled once per language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """What one language has to say; patterns match nowhere in a language nobody described.

    ``courtesy`` and ``hollow`` match at the beginning of a sentence, the others anywhere.
    ``kinds`` are example sentences by kind, ``cues`` patterns by kind.
    """

    courtesy: re.Pattern[str] = NEVER
    hollow: re.Pattern[str] = NEVER
    claim: re.Pattern[str] = NEVER
    explicit: re.Pattern[str] = NEVER
    implied: re.Pattern[str] = NEVER
    idle: re.Pattern[str] = NEVER
    addressees: re.Pattern[str] = NEVER
    decision: re.Pattern[str] = NEVER
    unanswered: re.Pattern[str] = NEVER
    lesson: re.Pattern[str] = NEVER
    filler: re.Pattern[str] = NEVER
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cues: Mapping[str, re.Pattern[str]] = field(default_factory=dict)


@cache
def phrases(lang: str = "en") -> Phrases:
    """The phrases of a language (ISO 639-1)."""
    source = files("fgd.synthesis").joinpath("phrases.toml").read_text(encoding="utf-8")
    table = tomllib.loads(source).get(lang)
    if table is None:
        return Phrases()
    kinds = {kind: tuple(said) for kind, said in table.pop("kinds").items()}
    cues = {kind: _any(words) for kind, words in table.pop("cues").items()}
    patterns = {name: _any(words) for name, words in table.items()}
    return Phrases(**patterns, kinds=kinds, cues=cues)


def _any(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the expressions, as whole words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
