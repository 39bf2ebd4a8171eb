"""Finding the phrases of ``cues.toml`` in a passage, and the place in them where a name stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fgd.attribution.names import fold
from fgd.core.nlp import nlp

if TYPE_CHECKING:
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.tokens import Doc

REACH, LIST_REACH = 12, 200
"""How many tokens from a phrase a name may stand; a list of people may be long."""


_GAP = {"TEXT": {"REGEX": "^([a-z']+|,)$"}, "NORM": {"NOT_IN": ["from", "with", "of", "to", "at"]}}
"""What ``~`` stands for: a small word or a comma, never the joint before a name."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase found: its kind, its tokens ``start..end`` and the tokens a name may fill."""

    kind: str
    start: int
    end: int
    slot: tuple[int, int]
    forward: bool = True


@cache
def phrases(lang: str = "en") -> dict[str, tuple[str, ...]]:
    """The phrases of a language by kind; of English where a language has none of its own."""
    source = files("fgd.attribution").joinpath("cues.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(source)
    table = tables.get(lang, tables["en"])
    return {kind: tuple(body["phrases"]) for kind, body in table.items() if kind != "class"}


@cache
def word_class(name: str, lang: str = "en") -> frozenset[str]:
    """The words of a class of the grammar, such as "office"."""
    source = files("fgd.attribution").joinpath("cues.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(source)
    return frozenset(tables.get(lang, tables["en"])["class"][name])


def find(doc: Doc, lang: str = "en") -> tuple[Cue, ...]:
    """Every cue of a passage, in order. Of overlapping ones of a kind the longest is kept."""
    matcher, labels = _matcher(lang)
    kept: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for key, start, end in matcher(doc):
        kept.setdefault(labels[key], []).append((start, end))
    cues = []
    for (kind, forward), spans in kept.items():
        for start, end in _longest(spans):
            reach = LIST_REACH if kind == "announce" else REACH
            slot = _after(doc, end, reach) if forward else _before(doc, start)
            cues.append(Cue(kind, start, end, slot, forward))
    return tuple(sorted(cues, key=lambda cue: (cue.start, cue.end, cue.kind)))


def stops(doc: Doc, lang: str = "en") -> frozenset[int]:
    """The tokens at which an announced name ends: "please", "your line", a greeting."""
    return frozenset(start for _, start, _ in _stop_matcher(lang)(doc))


def _after(doc: Doc, start: int, reach: int) -> tuple[int, int]:
    """From the phrase to the end of its sentence, at most ``reach`` tokens."""
    end = start
    while end < len(doc) and end - start < reach and (end == start or not doc[end].is_sent_start):
        end += 1
    return (start, end)


def _before(doc: Doc, end: int) -> tuple[int, int]:
    """From the start of the sentence to the phrase, at most ``REACH`` tokens."""
    start = end
    while start > 0 and end - start < REACH and (start == end or not doc[start].is_sent_start):
        start -= 1
    return (start, end)


def _longest(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda s: (s[0] - s[1], s[0])):
        if all(end <= a or start >= b for a, b in kept):
            kept.append((start, end))
    return kept


@cache
def _matcher(lang: str) -> tuple[Matcher, dict[int, tuple[str, bool]]]:
    vocab = nlp(lang).vocab
    from spacy.matcher import Matcher

    matcher = Matcher(vocab)
    labels: dict[int, tuple[str, bool]] = {}
    for kind, lines in phrases(lang).items():
        if kind == "stop":
            continue
        for forward in (True, False):
            chosen = [p for p in lines if p.startswith("@") is not forward]
            if chosen:
                name = f"{kind}{'>' if forward else '<'}"
                matcher.add(name, [made for p in chosen for made in patterns(p, lang)])
                labels[vocab.strings[name]] = (kind, forward)
    return matcher, labels


@cache
def _stop_matcher(lang: str) -> PhraseMatcher:
    """Stops are plain words, for which the faster matcher will do."""
    pipeline = nlp(lang)
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

    matcher = PhraseMatcher(pipeline.vocab, attr="NORM")
    for phrase in phrases(lang)["stop"]:
        doc = Doc(pipeline.vocab, words=[fold(t.text) for t in pipeline.tokenizer(phrase)])
        for token in doc:
            token.norm_ = token.text
        matcher.add("stop", [doc])
    return matcher


def patterns(phrase: str, lang: str = "en") -> list[list[dict[str, Any]]]:
    """A line of ``cues.toml`` as spaCy patterns over folded tokens.

    A choice between single words is one pattern; one that holds several words ("let us") or a
    contraction becomes a pattern of its own.
    """
    tokenizer = nlp(lang).tokenizer
    made: list[list[dict[str, Any]]] = [[]]
    said = _CLASS.sub(lambda m: f"({'|'.join(sorted(word_class(m[1], lang)))})", phrase)
    for piece in _PIECES.findall(said.replace("@", " ")):
        optional = {"OP": "?"} if piece.endswith("?") else {}
        core = piece.rstrip("?")
        if core == "~":
            made = [[*before, {**_GAP, "OP": "{0,3}"}] for before in made]
            continue
        choices = [[fold(t.text) for t in tokenizer(c)] for c in core.strip("()").split("|")]
        single = [tokens[0] for tokens in choices if len(tokens) == 1]
        several = [tokens for tokens in choices if len(tokens) > 1]
        ways: list[list[dict[str, Any]]] = []
        if single:
            ways.append([{"NORM": {"IN": single}, **optional}])
        elif optional:
            ways.append([])
        ways += [[{"NORM": token} for token in tokens] for tokens in several]
        made = [[*before, *way] for before in made for way in ways]
    return made


_CLASS = re.compile(r"\$(\w+)")
_PIECES = re.compile(r"\([^)]*\)\??|\S+")
