"""Words for lexical matching: no stop words, plural and singular alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache

from fgd.coding.phrases import words
from fgd.core import nlp

QUESTION_WORDS = frozenset(
    "summarize summarise summary discuss discussed discussing discussion debate talk talked "
    "talking mention mentioned say said think thought thinking opinion opinions view views "
    "describe described explain explained elaborate elaborated respond responded response "
    "react reaction "
    "group meeting people participants speaker speakers speaker's anybody anyone everybody tell "
    "introduce introduction conclude conclusion presentation concern concerns regarding".split()
)
"""What questions about a discussion are made of, whatever they are about."""

EMPTY = frozenset(
    "agree agreed say said saying speak speaking spoke talk talked talking tell told mention "
    "mentioned hear heard ask asked asking question answer point issue first second third fourth "
    "want wanted know known think thought believe need needed make making come coming go goes "
    "going look looking see seen let continue continued sure good right important day today year "
    "time people person somebody nobody everybody way may shall "
    "chair chairman chairwoman chairperson madam sir mister honourable honorable hon colleague "
    "thank lot bit recommend recommended suggest suggested propose proposed remark".split()
)
"""Words of every discussion, and forms of address, which tell no theme from another."""

_SHORTENED = re.compile(r"['’](?:ll|re|ve|d|m|t)$")
"""What a short form ends in: "we'll", "they're", "didn't" say nothing of the subject."""

_PLURAL = re.compile(
    r"(?<=[^\W\d_]{2})(?:(ie)s|(?<=ss)es|(?<=x)es|(?<=[cs]h)es|(?<=[^aeo]e)s|(?<![aeosiu])s)$"
)


def terms(text: str, lang: str = "en") -> list[str]:
    """The words of a text that carry its subject, in order, repeated as they are."""
    return [stem(word) for word in words(text) if word not in stop_words(lang) and len(word) > 1]


def query_terms(text: str, lang: str = "en") -> list[str]:
    """The words of a question that carry its subject; all of them if none is left otherwise."""
    found = [word for word in words(text) if word not in QUESTION_WORDS]
    return terms(" ".join(found), lang) or terms(text, lang) or [stem(word) for word in words(text)]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word without its English plural or possessive: a light stemmer, as Harman (1991) advises.

    >>> [stem(word) for word in ("parties", "councils", "process", "boxes", "mediator's")]
    ['party', 'council', 'process', 'box', 'mediator']
    >>> [stem(word) for word in ("bridges", "cases", "processes", "crisis", "status")]
    ['bridge', 'case', 'process', 'crisis', 'status']
    """
    for mark in ("'s", "’s"):
        word = word.removesuffix(mark)
    if len(word) < 4:
        return word
    return _PLURAL.sub(lambda found: "y" if found.group(1) else "", word)


def shared(words_of: Sequence[Sequence[str]]) -> dict[str, float]:
    """How telling each word is among several texts: 1 / the number of texts that hold it."""
    counts: dict[str, int] = {}
    for text in words_of:
        for word in set(text):
            counts[word] = counts.get(word, 0) + 1
    return {word: 1 / count for word, count in counts.items()}


@cache
def stop_words(lang: str) -> frozenset[str]:
    """The list spaCy has for a language (none for one unknown to it), and hesitations."""
    listed = nlp.stop_words(lang)
    hesitation = "um uh uhm erm mm hmm mhm yeah yes ok okay like gonna thing things lot".split()
    short = "i'm it's that's don't we're you're i've we've can't didn't there's isn't".split()
    return listed.union(hesitation, short, (word.replace("'", "’") for word in short))


def spoken_terms(text: str, lang: str, names: Collection[str] = ()) -> list[str]:
    """Words that carry a subject and pairs of them that stand side by side, in their order.

    Plural and singular are one term. ``names`` (in lower case) of people and bodies are left
    out: they tell who spoke and not what about.
    """
    stops = stop_words(lang)
    made: list[str] = []
    before = ""
    for word in words(text):
        root = stem(word)
        empty = word in stops or root in stops or root in EMPTY or _SHORTENED.search(word)
        carries = not empty and len(root) > 2
        if carries and not any(char.isdigit() for char in word) and word not in names:
            made.append(root)
            if before:
                made.append(f"{before} {root}")
            before = root
        else:
            before = ""
    return made


def readable(texts: Iterable[str], lang: str) -> dict[str, str]:
    """For each term the form in which it was said most often."""
    stops = stop_words(lang)
    forms: dict[str, Counter[str]] = {}
    for text in texts:
        said = words(text)
        for place, word in enumerate(said):
            if word in stops:
                continue
            forms.setdefault(stem(word), Counter())[word] += 1
            if place + 1 < len(said):
                pair = f"{stem(word)} {stem(said[place + 1])}"
                forms.setdefault(pair, Counter())[f"{word} {said[place + 1]}"] += 1
    return {
        term: min(counts, key=lambda form: (-counts[form], len(form), form))
        for term, counts in forms.items()
    }
