"""Finding secrets in text, however they are cased, accented, spaced, glued or spelled out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fgd.editions.secrets import Secret
from fgd.editions.words import INVISIBLE, Token, folded, is_unspaced, may_be_spelled, tokens

_GLUE = 10
"""Letters that a name of several words needs to be looked for with nothing between its words."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters ``start``..``end`` of a text that give a secret away."""

    start: int
    end: int
    secret: Secret


def hits(text: str, secrets: Sequence[Secret]) -> tuple[Hit, ...]:
    """The places in a text that say a secret, in order; of overlapping ones the longest."""
    return _matcher(tuple(secrets))(text)


@lru_cache(maxsize=8)
def _matcher(secrets: tuple[Secret, ...]) -> _Matcher:
    return _Matcher(secrets)


class _Matcher:
    """Secrets by their first word, and the long ones as plain letters."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.by_first: dict[str, list[tuple[tuple[str, ...], Secret]]] = defaultdict(list)
        self.glued: dict[str, Secret] = {}
        for secret in secrets:
            words = secret.tokens
            if not words:
                continue
            self.by_first[words[0]].append((words, secret))
            letters = "".join(words)
            long = len(words) > 1 and len(letters) >= _GLUE
            if not secret.exact and (long or is_unspaced(secret.text)):
                self.glued.setdefault(letters, secret)

    def __call__(self, text: str) -> tuple[Hit, ...]:
        if not self._possible(text):
            return ()
        said = tokens(text)
        found = [*self._runs(said, text), *self._spelled(said, text), *self._joined(said)]
        found.sort(key=lambda hit: (hit.start - hit.end, hit.start))
        kept: list[Hit] = []
        for hit in found:
            if all(hit.end <= other.start or hit.start >= other.end for other in kept):
                kept.append(hit)
        return tuple(sorted(kept, key=lambda hit: hit.start))

    def _possible(self, text: str) -> bool:
        """Whether a closer look can find anything; most of the bytes of a file need none."""
        said = folded(text)
        for word in self.by_first.keys() & set(said):
            lists = [wanted for wanted, _ in self.by_first[word]]
            if any(len(wanted) == 1 for wanted in lists):
                return True
            at = [number for number, each in enumerate(said) if each == word]
            if any(tuple(said[n : n + len(wanted)]) == wanted for n in at for wanted in lists):
                return True
        letters = "".join(said)
        return any(name in letters for name in self.glued) or may_be_spelled(text)

    def _runs(self, said: Sequence[Token], text: str) -> Iterator[Hit]:
        """Whole words in order, anything but words between them."""
        for number, token in enumerate(said):
            for wanted, secret in self.by_first.get(token.folded, ()):
                run = said[number : number + len(wanted)]
                if tuple(each.folded for each in run) == wanted:
                    hit = Hit(run[0].start, run[-1].end, secret)
                    if not secret.exact or _as_written(text[hit.start : hit.end], secret):
                        yield hit

    def _spelled(self, said: Sequence[Token], text: str) -> Iterator[Hit]:
        """Runs of single letters, "C.S.I.S." or "C S I S", read as one word."""
        number = 0
        while number < len(said):
            end = number
            while end < len(said) and len(said[end].folded) == 1 and said[end].raw.isalpha():
                if end > number and text[said[end - 1].end : said[end].start].strip(" .-\u00b7"):
                    break
                end += 1
            if end - number > 1:
                yield from self._within(said[number:end])
            number = max(end, number + 1)

    def _within(self, letters: Sequence[Token]) -> Iterator[Hit]:
        word = "".join(each.folded for each in letters)
        for size in range(len(word), 1, -1):
            for start in range(len(word) - size + 1):
                for wanted, secret in self.by_first.get(word[start : start + size], ()):
                    run = letters[start : start + size]
                    if len(wanted) == 1 and (
                        not secret.exact or all(each.raw.isupper() for each in run)
                    ):
                        yield Hit(run[0].start, run[-1].end, secret)

    def _joined(self, said: Sequence[Token]) -> Iterator[Hit]:
        """Names whose words run together or are broken up, in the letters of the text alone."""
        if not self.glued:
            return
        letters = "".join(each.folded for each in said)
        places: list[int] | None = None
        for name, secret in self.glued.items():
            at = letters.find(name)
            while at >= 0:
                places = places or _places(said)
                yield Hit(said[places[at]].start, said[places[at + len(name) - 1]].end, secret)
                at = letters.find(name, at + 1)


def _places(said: Sequence[Token]) -> list[int]:
    """For every letter of the said run together, the token it comes from."""
    return [number for number, token in enumerate(said) for _ in token.folded]


def _as_written(said: str, secret: Secret) -> bool:
    """Whether a word that is also a word of the language stands there as the name is written.

    Names written in mixed case may also be shouted in capitals.
    """
    plain = re.sub(rf"[{INVISIBLE}]", "", said)
    return plain == secret.text or (plain.isupper() and len(plain) > 1)
