"""Finding secrets in text, however they are cased, accented, spaced, glued or spelled out."""

from __future__ import annotations

import hashlib
import itertools
import re
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from fgd.disclosure.words import INVISIBLE, Secret, folded, is_unspaced, may_be_spelled, tokens

_GLUE = 10
"""Letters that a name of several words needs to be looked for with nothing between its words."""

_INSIDE = 7
"""Letters that a name of one word needs to be looked for inside longer words."""

_REMEMBERED = 20_000
"""Texts without a secret that are remembered by their hash: most of a file is as it was."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters ``start``..``end`` of a text that give a secret away."""

    start: int
    end: int
    secret: Secret


def hits(text: str, secrets: Sequence[Secret]) -> tuple[Hit, ...]:
    """The places in a text that say a secret, in order; of overlapping ones the longest."""
    return matcher(tuple(secrets))(text)


@lru_cache(maxsize=8)
def matcher(secrets: tuple[Secret, ...]) -> Matcher:
    """What finds these secrets; it remembers the texts in which it found none of them."""
    return Matcher(secrets)


class Matcher:
    """Secrets by their first word, and the long ones as plain letters.

    Nearly all of the bytes of a file say no secret, so that a text is first taken apart into its
    folded words alone; where they stand is asked only where something was found.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.by_first: dict[str, list[tuple[tuple[str, ...], Secret]]] = defaultdict(list)
        self.glued: dict[str, Secret] = {}
        self.single = {secret.tokens[0] for secret in secrets if len(secret.tokens) == 1}
        self.inside: dict[str, Secret] = {}
        self._spelt: dict[str, bool] = {}
        self._clean: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()
        for secret in secrets:
            words = secret.tokens
            if not words:
                continue
            self.by_first[words[0]].append((words, secret))
            letters = "".join(words)
            long = len(words) > 1 and len(letters) >= _GLUE
            if not secret.exact and (long or is_unspaced(secret.text)):
                self.glued.setdefault(letters, secret)
            if len(words) == 1 and len(letters) >= _INSIDE and not secret.exact:
                self.inside.setdefault(letters, secret)

    def __call__(self, text: str) -> tuple[Hit, ...]:
        """See ``hits``."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if key in self._clean:
                return ()
        found = self._hits(text)
        if not found:
            with self._lock:
                self._clean[key] = None
                if len(self._clean) > _REMEMBERED:
                    self._clean.popitem(last=False)
        return found

    def _hits(self, text: str) -> tuple[Hit, ...]:
        said = _Said(text)
        found = [*self._runs(said), *self._spelled(said), *self._joined(said), *self._inside(said)]
        found.sort(key=lambda hit: (hit.start - hit.end, hit.start))
        kept: list[Hit] = []
        for hit in found:
            if all(hit.end <= other.start or hit.start >= other.end for other in kept):
                kept.append(hit)
        return tuple(sorted(kept, key=lambda hit: hit.start))

    def _runs(self, said: _Said) -> Iterator[Hit]:
        """Whole words in order, anything but words between them."""
        for word in self.by_first.keys() & set(said.words):
            wanted = self.by_first[word]
            for at in (number for number, each in enumerate(said.words) if each == word):
                for words, secret in wanted:
                    if tuple(said.words[at : at + len(words)]) == words:
                        hit = said.hit(at, at + len(words) - 1, secret)
                        if not secret.exact or _as_written(said.text[hit.start : hit.end], secret):
                            yield hit

    def _spelled(self, said: _Said) -> Iterator[Hit]:
        """Runs of single letters, "C.S.I.S." or "C S I S", read as one word."""
        if not may_be_spelled(said.text):
            return
        single = [n for n, word in enumerate(said.words) if len(word) == 1 and word.isalpha()]
        for _, run in itertools.groupby(enumerate(single), lambda each: each[1] - each[0]):
            places = [place for _, place in run]
            first, end = places[0], places[-1] + 1
            if self._spellable("".join(said.words[first:end])):
                for start, last in said.close(first, end):
                    yield from self._within(said, start, last)

    def _spellable(self, letters: str) -> bool:
        """Whether a secret of one word is among letters in a row, whatever is between them."""
        if letters not in self._spelt:
            longest = max(map(len, self.single), default=0)
            self._spelt[letters] = any(
                letters[start:end] in self.single
                for end in range(2, len(letters) + 1)
                for start in range(max(0, end - longest), end - 1)
            )
        return self._spelt[letters]

    def _within(self, said: _Said, first: int, end: int) -> Iterator[Hit]:
        word = "".join(said.words[first:end])
        for size in range(len(word), 1, -1):
            for start in range(len(word) - size + 1):
                for wanted, secret in self.by_first.get(word[start : start + size], ()):
                    hit = said.hit(first + start, first + start + size - 1, secret)
                    there = said.text[hit.start : hit.end]
                    if len(wanted) == 1 and (not secret.exact or there == there.upper()):
                        yield hit

    def _inside(self, said: _Said) -> Iterator[Hit]:
        """Long names with something grown onto them: "agreementWattanakul", "Wattanakuls"."""
        line = " ".join(said.words) if self.inside else ""
        for name in [each for each in self.inside if each in line]:
            for number, word in enumerate(said.words):
                if name in word and name != word:
                    yield said.hit(number, number, self.inside[name])

    def _joined(self, said: _Said) -> Iterator[Hit]:
        """Names whose words run together or are broken up, in the letters of the text alone."""
        letters = "".join(said.words) if self.glued else ""
        for name, secret in self.glued.items():
            at = letters.find(name)
            while at >= 0:
                yield said.hit(said.places[at], said.places[at + len(name) - 1], secret)
                at = letters.find(name, at + 1)


class _Said:
    """A text as its folded words and numbers; where they stand is found when it is asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = folded(text)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word begins and ends."""
        return [(token.start, token.end) for token in tokens(self.text)]

    @cached_property
    def places(self) -> list[int]:
        """For every letter of the words run together, the word it comes from."""
        return [number for number, word in enumerate(self.words) for _ in word]

    def hit(self, first: int, last: int, secret: Secret) -> Hit:
        """From the beginning of one word to the end of another."""
        return Hit(self.spans[first][0], self.spans[last][1], secret)

    def close(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of a run of words between which stands nothing but what letters are set off
        with.
        """
        start = first
        for number in range(first + 1, end + 1):
            if number == end or self._between(number).strip(" .-\u00b7"):
                yield start, number
                start = number

    def _between(self, number: int) -> str:
        """What stands between a word and the one before it; a hyphen may end a line."""
        return self.text[self.spans[number - 1][1] : self.spans[number][0]].replace("-\n", "-")


def _as_written(said: str, secret: Secret) -> bool:
    """Whether a word that is also a word of the language stands there as the name is written.

    Names written in mixed case may also be shouted in capitals.
    """
    plain = re.sub(rf"[{INVISIBLE}]", "", said)
    return plain == secret.text or (plain.isupper() and len(plain) > 1)
