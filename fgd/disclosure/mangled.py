"""The spellings into which a recogniser turned the names of those who were there.

A spelling is taken for a name when it is nearly spelled or sounds like one and is no ordinary
word: it is not in the list of common words and is nowhere written in lower case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from fgd.disclosure.words import Secret, common, fold, kinds
from fgd.model import Conversation

NEAR_WORD, NEAR_NAME = 80.0, 84.0
"""Similarity (0-100, normalised edit distance) from which a word, or several, are a name."""

NEAR_SOUND = 60.0
"""Similarity a word needs that also sounds the same."""

LEAST_LETTERS = 5
SPELLABLE = 3
"""Letters an acronym needs to be recognised when it is spelled out."""

CASED = 0.02
"""Share of capitalised words from which capitals in a transcript mean anything."""

SPOKEN = {
    "a": "a ay eh", "b": "b be bee", "c": "c see sea cee", "d": "d dee", "e": "e ee",
    "f": "f ef eff", "g": "g gee jee", "h": "h aitch", "i": "i eye ai", "j": "j jay", "k": "k kay",
    "l": "l el ell", "m": "m em", "n": "n en", "o": "o oh", "p": "p pee pea", "q": "q queue cue",
    "r": "r are ar", "s": "s ess es sis", "t": "t tee tea", "u": "u you", "v": "v vee",
    "w": "w double", "x": "x ex", "y": "y why", "z": "z zee zed",
}  # fmt: skip
"""How the letters of an acronym come out when they are spoken one by one."""


SHORTENED = 3
"""Words that carry a body's name from which a part of it may be said for the whole."""

SMALL = frozenset("a an and at for in of on the to".split())
DETERMINERS = frozenset("the our my your their his her its this that".split())


def mangled(known: Sequence[Secret], conversations: Sequence[Conversation]) -> list[Secret]:
    """Other spellings of the secrets in the turns of the conversations."""
    texts = [turn.text for each in conversations for turn in each.turns]
    if not texts or not known:
        return []
    said = _Said(texts)
    return [
        *_words(known, said),
        *_names(known, said),
        *_shortened(known, said),
        *_spelled(known, said),
    ]


class _Said:
    """The words of a transcript: as written, folded, where each stands, and which are ordinary."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.turns = [re.findall(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", text) for text in texts]
        written = [word for turn in self.turns for word in turn]
        capitals = sum(word[0].isupper() for word in written)
        self.cased = capitals >= CASED * len(written)
        lower = {fold(word) for word in written if word[0].islower()}
        self.ordinary = (lower if self.cased else set()) | common()
        self.folded = [[fold(word) for word in turn] for turn in self.turns]
        self.places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, turn in enumerate(self.folded):
            for place, word in enumerate(turn):
                self.places[word].append((number, place))


def _words(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """Single words, and pairs of words run together, that are nearly a name or sound like it."""
    from rapidfuzz import fuzz, process

    names = sorted(
        {
            (secret.tokens[0], secret.kind)
            for secret in known
            if len(secret.tokens) == 1
            and len(secret.tokens[0]) >= LEAST_LETTERS
            and secret.kind != "country"  # recognisers get these right
        }
    )
    exact = {name for name, _ in names}
    strange = [word for word in said.places if word not in said.ordinary and word not in exact]
    pairs = {
        f"{turn[n]}{turn[n + 1]}": f"{turn[n]} {turn[n + 1]}"
        for turn in said.folded
        for n in range(len(turn) - 1)
        if len(turn[n]) > 1
        and not {turn[n], turn[n + 1]} <= said.ordinary
        and not {turn[n], turn[n + 1]} & exact
    }
    heard = {word: word for word in strange if len(word) >= LEAST_LETTERS - 1} | pairs
    if not heard or not names:
        return
    forms = sorted(heard)
    scores = process.cdist([name for name, _ in names], forms, scorer=fuzz.ratio)
    for (name, kind), row in zip(names, scores, strict=True):
        for form, score in zip(forms, row, strict=True):
            if score >= NEAR_WORD or (score >= NEAR_SOUND and _sounds(form) == _sounds(name)):
                yield Secret(heard[form], kind)


def _sounds(word: str) -> str:
    """How a word sounds (Metaphone); one in another script sounds like itself."""
    import jellyfish

    return str(jellyfish.metaphone(word)) if word.isascii() else word


def _names(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """Runs of words that are nearly a name of several words; sought around its own words."""
    from rapidfuzz import fuzz

    for secret in known:
        tokens = secret.tokens
        if len(tokens) < 2:
            continue
        name = " ".join(tokens)
        places = {
            (number, max(0, place - at))
            for at, word in enumerate(tokens)
            if len(word) >= LEAST_LETTERS - 1
            for number, place in said.places.get(word, ())
        }
        for number, start in sorted(places):
            turn = said.folded[number]
            for size in (len(tokens) - 1, len(tokens), len(tokens) + 1):
                form = " ".join(turn[start : start + size])
                if size < 2 or f" {name} " in f" {form} " or f" {form} " in f" {name} ":
                    continue  # the name itself with a neighbour, or a part of it
                if fuzz.ratio(form, name) >= NEAR_NAME:
                    yield Secret(form, secret.kind)


def _shortened(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """A body called by what it is and a part of its name: "the women's registry".

    One or two words of a name of at least three stand between a determiner and the word for what
    the body is; words without meaning of their own do not count.
    """
    for secret in known:
        own = set(secret.tokens) - SMALL
        if secret.kind != "institution" or len(own) < SHORTENED:
            continue
        for kind in own & kinds():
            for number, end in said.places.get(kind, ()):
                turn = said.folded[number]
                start = end
                while start and end - start < 2 and _bare(turn[start - 1]) in own - {kind}:
                    start -= 1
                if 0 < start < end and turn[start - 1] in DETERMINERS:
                    yield Secret(" ".join(turn[start : end + 1]), secret.kind)


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s?$", "", word)


def _spelled(known: Sequence[Secret], said: _Said) -> Iterator[Secret]:
    """Acronyms spoken letter by letter, as words: "see ess eye ess"."""
    for secret in known:
        if len(secret.tokens) != 1 or not secret.text.isupper() or len(secret.text) < SPELLABLE:
            continue
        letters = [set(SPOKEN.get(letter, "").split()) for letter in secret.tokens[0]]
        for spoken in letters[0]:
            for number, start in said.places.get(spoken, ()):
                run = said.folded[number][start : start + len(letters)]
                if len(run) == len(letters) and all(
                    word in ways for word, ways in zip(run, letters, strict=True)
                ):
                    yield Secret(" ".join(run), secret.kind)
