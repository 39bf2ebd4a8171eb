"""A conversation as attribution reads it: passages of one voice, without fillers, in tokens.

A ``Passage`` is what one voice says until another one is heard. Fillers, coughs and stammers are
left out of its tokens, yet every token knows the turn and the characters it came from, so that
evidence can show the words themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.attribution.names import fold
from fgd.core.nlp import nlp
from fgd.model import Conversation, Turn

if TYPE_CHECKING:
    from spacy.tokens import Doc

FILLERS = frozenset("um uh uhm er erm ehm mm hmm mhm ah eh uh-huh mm-hmm".split())
_NOISE = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]|<[^<>]*>|\([^()]{0,20}inaudible[^()]*\)")


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One voice, until another is heard. ``doc`` holds the tokens that carry something.

    ``places`` gives for every token the turn (its number in ``turns``) and its first and last
    character in that turn's text; ``norm_`` of a token is its folded form; ``words`` counts the
    tokens that are words.
    """

    index: int
    voice: str
    turns: tuple[int, ...]
    doc: Doc
    places: tuple[tuple[int, int, int], ...]
    words: int = 0

    def turn_of(self, token: int) -> int:
        """The turn a token belongs to; past the end, the last one."""
        return self.places[min(token, len(self.places) - 1)][0] if self.places else self.turns[0]


@dataclass(frozen=True, slots=True)
class Talk:
    """The passages of one recording. ``steady`` is false where labels are not followed."""

    recording: str
    turns: tuple[Turn, ...]
    passages: tuple[Passage, ...]
    steady: bool = True
    cased: bool = True

    @staticmethod
    def of(conversation: Conversation, lang: str = "en") -> Talk:
        """Passages by voice: turns of the same voice in a row are read as one."""
        groups: list[tuple[str, list[int]]] = []
        for number, turn in enumerate(conversation.turns):
            if groups and groups[-1][0] == turn.voice:
                groups[-1][1].append(number)
            else:
                groups.append((turn.voice, [number]))
        return Talk._build(conversation, groups, lang, steady=True)

    @staticmethod
    def unlabelled(conversation: Conversation, lang: str = "en") -> Talk:
        """The whole recording as one passage, for labels that mean nothing."""
        numbers = list(range(len(conversation.turns)))
        return Talk._build(conversation, [("", numbers)] if numbers else [], lang, steady=False)

    @staticmethod
    def _build(
        conversation: Conversation,
        groups: Iterable[tuple[str, Sequence[int]]],
        lang: str,
        *,
        steady: bool,
    ) -> Talk:
        turns = conversation.turns
        passages = tuple(
            _passage(index, voice, tuple(numbers), turns, lang)
            for index, (voice, numbers) in enumerate(groups)
        )
        letters = [t for p in passages for t in p.doc if t.is_alpha]
        upper = sum(1 for t in letters if t.text[0].isupper())
        cased = len(letters) < 50 or upper > 0.02 * len(letters)
        return Talk(conversation.recording, turns, passages, steady, cased)


def words_per_voice(talk: Talk) -> dict[str, int]:
    """How many words each voice says."""
    counts: dict[str, int] = {}
    for passage in talk.passages:
        counts[passage.voice] = counts.get(passage.voice, 0) + passage.words
    return counts


def written_small(talks: Iterable[Talk]) -> Counter[str]:
    """How often each word (folded) is written in small letters, where letters tell anything."""
    return Counter(
        token.norm_
        for talk in talks
        if talk.cased
        for passage in talk.passages
        for token in passage.doc
        if token.text.islower()
    )


def _passage(
    index: int, voice: str, numbers: tuple[int, ...], turns: Sequence[Turn], lang: str
) -> Passage:
    pipeline = nlp(lang)
    from spacy.tokens import Doc

    words: list[str] = []
    spaces: list[bool] = []
    places: list[tuple[int, int, int]] = []
    for number in numbers:
        text = turns[number].text
        silenced = _NOISE.sub(lambda m: " " * len(m.group()), text)
        for token in pipeline.tokenizer(silenced):
            word = token.text
            if token.is_space or word.lower() in FILLERS:
                continue
            if words and word.isalpha() and word.lower() == words[-1].lower() and len(word) > 1:
                continue  # a stammer
            words.append(word)
            spaces.append(bool(token.whitespace_))
            places.append((number, token.idx, token.idx + len(word)))
        if spaces:
            spaces[-1] = True
    doc = Doc(pipeline.vocab, words=words, spaces=spaces)
    for token in doc:
        token.norm_ = fold(token.text)
    for _, component in pipeline.pipeline:
        doc = component(doc)
    said = sum(1 for word in words if word[0].isalnum())
    return Passage(index, voice, numbers, doc, tuple(places), said)
