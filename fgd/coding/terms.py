"""Words and phrases of talk: for lexical matching, and those that steer a discussion (English)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache

from fgd.core import nlp

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
    """Return the words of a text that carry its subject, in order, repeated as they are."""
    return [stem(word) for word in words(text) if word not in stop_words(lang) and len(word) > 1]


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
    """Tell how telling each word is among several texts: 1 / the number of texts that hold it."""
    counts: dict[str, int] = {}
    for text in words_of:
        for word in set(text):
            counts[word] = counts.get(word, 0) + 1
    return {word: 1 / count for word, count in counts.items()}


@cache
def stop_words(lang: str) -> frozenset[str]:
    """Return the list spaCy has for a language (none for one unknown to it), and hesitations."""
    listed = nlp.stop_words(lang)
    hesitation = "um uh uhm erm mm hmm mhm yeah yes ok okay like gonna thing things lot".split()
    short = "i'm it's that's don't we're you're i've we've can't didn't there's isn't".split()
    return listed.union(hesitation, short, (word.replace("'", "’") for word in short))


def spoken_terms(text: str, lang: str, names: Collection[str] = ()) -> list[str]:
    """Return words that carry a subject and pairs of them that stand side by side, in their order.

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


_NAMED = r"(?:our|the|M[rs]s?\.?|Dr\.?|Prof\w*\.?|Ambassador|Minister|[A-Z][\w'’.-]+)"

FLOOR = re.compile(
    r"\bquestions?\b.{0,40}\bfrom\b"
    r"|\b(?:over|back) to (?:you|our|the)\b"
    rf"|\b(?:go|turn|move|come|pass|hand|going|moving|turning)\b (?:\w+ ){{0,4}}?to {_NAMED}"
    r"|\b(?:do|would) you (?:want|like) to (?:go|start|present|begin|come in)\b"
    r"|\b(?:who|you)(?:'s|’s| is|'re|’re| are)? (?:going )?next\b|\bis next\b|\byour turn\b"
    r"|\b(?:you have|take|has|have) the floor\b|\bfloor is yours\b|\bhow about you\b"
    r"|\bplease (?:go ahead|proceed|start|begin|take)\b|\bgo ahead\b"
    r"|\b(?:bring|invite|call on|ask|hear from|give the floor to)\b (?:in )?"
    rf"(?:also |now |then )?{_NAMED}"
    r"|\b[A-Z][\w'’-]+, (?:please|do you|what|how|would you|your|you)\b"
    r"|\b(?:would|does) any(?:one|body) (?:else )?(?:want|like|wish)\b"
    r"|\bany other (?:views|comments)"
)
MOVE = re.compile(
    r"\bmov(?:e|ing) (?:on|us on|now|to the)\b|\bgo(?:ing)? on to\b|\bon to (?:the|our)\b"
    r"|\bnext (?:question|topic|item|section|point|issue|part|theme|inject|session)\b"
    r"|\b(?:first|second|third|fourth|fifth|another|last|final|new) "
    r"(?:question|topic|item|section|point|issue|part|theme|area|inject|session)\b"
    r"|\bturn(?:ing)? (?:now )?to\b|\bnow to\b|\bbrings (?:me|us) to\b|\bshall we\b"
    r"|\blet(?:'s|’s| us) (?:now )?(?:talk|start|go|move|turn|look|continue|begin|discuss|take)\b"
    r"|\bwe(?:'ll|’ll| will| can| should)?(?: now)? "
    r"(?:move|turn|start|begin|continue|proceed|come to|look at)\b"
    r"|\bsome questions (?:now )?(?:on|about|around)\b|\bthe (?:agenda|next)\b"
    r"|\bhere is (?:our|the|my)\b.{0,20}\bquestion\b",
    re.I,
)
CLOSE = re.compile(
    r"\b(?:finally|lastly|last but|to conclude|in closing|to sum up)\b|\bwrap(?:ping)? up\b"
    r"|\banything else\b|\bany other (?:business|point)\b|\brunning out of time\b",
    re.I,
)

WELCOME = re.compile(
    r"\bwelcome\b(?:,? (?:you|all|back|everyone|everybody|to you|colleagues|of you)){0,3}"
    r" to (?:this|the|our|today)",
    re.I,
)
VIEW = re.compile(
    r"\bin (?:my|our) (?:view|opinion|experience)\b|\b(?:I|we) (?:\w+ )?(?:think|believe|propose|"
    r"suggest|recommend|agree|disagree|support|oppose|differ)\b|\bwe (?:should|must|need)\b",
    re.I,
)

LEFT_OUT = re.compile(
    r"\b(?:did|do|could|can|will|would|have)(?: not|n['’]t) (?:\w+ ){0,3}"
    r"(?:get to|got to|reach|reached|cover|covered|have time|come to|discuss|discussed)\b"
    r"|\b(?:no|not enough|out of) time (?:for|to|left)\b|\bskip\b|\bleave (?:out|aside|that for)\b"
    r"|\bleft (?:out|aside)\b|\bquestion in writing\b",
    re.I,
)
"""Saying that something was not taken up; naming a question so is not asking it."""

_MARK = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|<[^<>]*>")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

BACK_CHANNEL = frozenset(
    "yes yeah yep yup no nope nah ok okay right sure exactly absolutely definitely indeed true "
    "agreed correct mm mmm mhm hmm hm um uh ah oh eh er huh wow well so and but alright fine "
    "good great nice cool perfect i see know think you it is that's it's all of course not really "
    "mm-hmm uh-huh anyway please hello hi bye sorry pardon what".split()
)
COURTESY = frozenset(
    "thank thanks you so very much indeed many again all both everyone everybody for that this "
    "your the remarks comments presentation time attention contribution intervention question "
    "answer answers sharing coming being here having us me chair madam mr mrs ms dr sir chairman "
    "chairperson moderator professor minister ambassador excellency dear colleagues colleague "
    "good morning afternoon evening day welcome pleasure it's a it is my great honour honor to "
    "and also ok okay yes right well appreciate appreciated grateful i we be today".split()
)
HOUSEKEEPING = re.compile(
    r"\b(?:can|could|do) (?:you|everyone|everybody|people|we) (?:all )?(?:hear|see) "
    r"(?:me|us|my|it|the (?:slide|screen))"
    r"|\b(?:you(?:'re|’re| are)|i(?:'m|’m| am|was)|still) (?:on mute|muted)\b|\bunmute\b"
    r"|\b(?:next|previous) slide\b|\bshare (?:my|your|the) screen\b|\bmicrophone is\b"
    r"|\b(?:interpret(?:ation|er)s?|translation)\b.{0,30}\b(?:work|channel|on|back|ready)\b"
    r"|\byou have (?:\w+ ){1,4}(?:minutes?|seconds) left\b|\bcoffee (?:break|left)\b|\bany coffee\b"
    r"|\blunch break\b|\bbreak for lunch\b"
    r"|\bshare (?:a|one) (?:device|microphone|laptop)\b|\bchatham house\b"
    r"|\b(?:this|the|our) (?:session|meeting|discussion|platform) is (?:being )?record"
    r"|\b(?:we are|is being|will be) record(?:ed|ing)\b"
    r"|\bhousekeeping\b|\b(?:lost|bad) (?:the |my |your )?connection\b"
    r"|\bexcuse the noise\b|\bcall this meeting to order\b|\bmeeting is adjourned\b",
    re.I,
)
INTRODUCTION = re.compile(
    r"\b[Mm]y name(?: is|['’]s) [A-Z]|\bI(?:['’]m| am) (?:\w+ ){0,3}(?:from|with|at) the [A-Z]"
    r"|^\W*(?:[Aa]nd )?I(?:['’]m| am) (?:(?:Dr|Doctor|Professor|Ms|Mr|Mrs)\.? )?[A-Z][\w'’-]+ [A-Z]"
    r"|^\W*(?:[A-Z][\w'’.-]+ ){1,4}(?:here,? )?(?:from|with) the [A-Z]"
    r"|\bI (?:represent|come from|am here for|work (?:at|for)) (?:the )?[A-Z]"
    r"|\b(?:allow|let) me (?:to )?introduce (?:myself|my)\b|\bround of introductions\b"
    r"|\bintroduce (?:yourself|yourselves)\b",
)
THANKING = frozenset(
    "thank thanks welcome pleasure morning afternoon evening appreciate grateful honour honor dear "
    "chair excellency".split()
)
"""Courtesy has at least one of these; its other words are empty elsewhere too."""

INTRODUCTION_WORDS = 32
"""An introduction is at most so long; a longer sentence says something besides."""


def words(text: str) -> list[str]:
    """The words of a text in lower case, marks like ``{laughs}`` and ``[inaudible]`` left out."""
    return [word.lower() for word in _WORD.findall(_MARK.sub(" ", text))]


def plain(text: str) -> str:
    """Return the text without marks of sounds; its length changes, so never slice by it."""
    return " ".join(_MARK.sub(" ", text).split())


def gives_floor(text: str) -> bool:
    """Tell whether somebody else is given the floor or invited to speak."""
    return bool(FLOOR.search(text))


def welcomes(text: str) -> bool:
    """Tell whether the room is welcomed to the meeting, as whoever runs it does."""
    return bool(WELCOME.search(text))


def holds_view(text: str) -> bool:
    """Tell whether somebody says what they themselves think, want or propose."""
    return bool(VIEW.search(text))


def steers(text: str) -> bool:
    """Whether the talk is steered: the floor given, the next point taken up, the end announced."""
    return bool(FLOOR.search(text) or MOVE.search(text) or CLOSE.search(text))
