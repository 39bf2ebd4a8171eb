"""What is said: sentences of the domain, made from ``domain.grammar`` with a seed.

Three kinds are mixed so that the network must listen instead of finishing sentences from memory:
grammar (two thirds), chains (every word follows its predecessor somewhere in the grammar, the
whole does not mean much) and salad (any words of the vocabulary in any order, names and rare
words included).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from demo.lexicon import GIVEN, INSTITUTIONS, SHORT, SURNAME, names
from demo.session_one import LINES

GRAMMAR = Path(__file__).with_name("domain.grammar")
LONGEST = 32  # words; the session's longest sentence is a little shorter
MIXTURE = {"grammar": 0.66, "chain": 0.18, "salad": 0.16}
_PIECE = re.compile(r"\$(\w+)|\[([^]]*)\]")

Rules = Mapping[str, tuple[str, ...]]


def read_rules(text: str) -> Rules:
    """Parse the grammar: ``name = a | b`` with indented continuation lines and ``#`` comments."""
    rules: dict[str, tuple[str, ...]] = {}
    joined = re.sub(
        r"\n\s+\|", " |", "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    )
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, separator, body = line.partition(" = ")
        if not separator:
            raise ValueError(f"{GRAMMAR.name}: a rule reads 'name = a | b', not {line!r}")
        rules[name] = tuple(part.strip() for part in body.split(" | "))
    return rules


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The grammar with the names of ``lexicon`` filled in."""
    return {
        **read_rules(GRAMMAR.read_text(encoding="utf-8")),
        "given": tuple(GIVEN),
        "surname": tuple(SURNAME),
        "institution": (*(i.name for i in INSTITUTIONS), *(i.name for i in INSTITUTIONS), *SHORT),
        "acronym": tuple(i.acronym for i in INSTITUTIONS),
    }


def expand(rule: str, chance: random.Random) -> str:
    """One random expansion of a rule."""

    def fill(piece: re.Match[str]) -> str:
        if piece.group(1):
            return expand(piece.group(1), chance)
        return piece.group(2) if chance.random() < 0.5 else ""

    return re.sub(r" +", " ", _PIECE.sub(fill, chance.choice(rules()[rule])))


def normal(sentence: str) -> str:
    """Lower case without punctuation: how two sentences are compared."""
    return re.sub(r"[^a-z' -]", "", sentence.lower()).strip()


def sentences_of(text: str) -> list[str]:
    """Split a paragraph after full stops and question marks."""
    return re.findall(r"[^.?]+[.?]", text.replace("\n", " ").strip())


@lru_cache(maxsize=1)
def reserved() -> frozenset[str]:
    """The sentences of the demo session, which training must never see."""
    return frozenset(normal(sentence) for line in LINES for sentence in sentences_of(line.text))


def _finish(text: str) -> str:
    """Capital at the start and after a full stop; ``a`` before a vowel becomes ``an``."""
    text = re.sub(r"\b([Aa]) (?=[aeiou](?!ne\b|se|ni))", r"\1n ", text)
    return re.sub(r"(^|[.?] )([a-z])", lambda m: m.group(1) + m.group(2).upper(), text)


def grammar_sentence(chance: random.Random) -> str:
    """One sentence that makes sense, more or less."""
    return _finish(expand("sentence", chance))


@lru_cache(maxsize=1)
def _followers() -> dict[str, tuple[str, ...]]:
    """Which words follow which in 6,000 grammar sentences; the key "" holds the first words."""
    chance, followers = random.Random("followers"), dict[str, list[str]]()
    for _ in range(6000):
        before = ""
        for word in grammar_sentence(chance).split():
            followers.setdefault(before, []).append(word)
            before = "" if word[-1] in ".?" else word
    return {before: tuple(sorted(set(after))) for before, after in followers.items()}


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """Every word of the grammar and of the lexicon, in lower case unless it is a name."""
    found = set(names())
    for alternatives in rules().values():
        for alternative in alternatives:
            for word in re.sub(r"\$\w+|[][]", " ", alternative).split():
                bare = word.strip(".,?")
                if bare:
                    found.add(bare if bare in names() else bare.lower())
    return tuple(sorted(found))


def chain_sentence(chance: random.Random) -> str:
    """A walk through the followers, four to eighteen words."""
    followers, words, length = _followers(), list[str](), chance.randint(4, 18)
    while len(words) < length:
        word = chance.choice(followers.get(words[-1] if words else "", followers[""]))
        if word[-1] in ".?" and len(words) < length - 1:
            word = word[:-1]
        words.append(word if not words or word.rstrip(",.?") in names() else word.lower())
    return _finish(" ".join(words).rstrip(".,?") + ".")


def salad_sentence(chance: random.Random) -> str:
    """Three to twelve words of the vocabulary with now and then a comma; a quarter of the words
    are names.
    """
    pool, proper = vocabulary(), sorted(names())
    words = [
        chance.choice(proper if chance.random() < 0.25 else pool)
        for _ in range(chance.randint(3, 12))
    ]
    words = [word + "," if chance.random() < 0.12 else word for word in words]
    return _finish(" ".join(words).rstrip(",") + chance.choice("...?"))


def sentences(seed: str) -> Iterator[str]:
    """Endless training sentences; none is a sentence of the demo session, none is longer than
    LONGEST words.
    """
    chance = random.Random(seed)
    makers = {"grammar": grammar_sentence, "chain": chain_sentence, "salad": salad_sentence}
    while True:
        (kind,) = chance.choices(tuple(MIXTURE), tuple(MIXTURE.values()))
        text = makers[kind](chance)
        if len(text.split()) <= LONGEST and not any(
            normal(part) in reserved() for part in sentences_of(text)
        ):
            yield text
