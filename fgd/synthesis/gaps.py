"""What became of the guide, and what is missing: not asked, not raised, nobody answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from fgd.core.nlp import sentences_of, stop_words
from fgd.core.text import normal
from fgd.model import Account, Gap, Section
from fgd.synthesis.material import Material
from fgd.synthesis.salience import Salience

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MINUTE = 60_000
ASKING = frozenset(
    {"question", "wrap-up", "national assessment", "expert intervention", "exercise inject"}
)
"""Kinds of sections that want an answer from the room."""

FAR = 0.25
"""Cosine below which no sentence of a session is near an item of the guide. Of 63 titles of topics
of 14 meetings (QMSum) none that had been discussed lay below 0.30, of titles of other meetings a
sixth below 0.25.
"""

FEWEST = 2
"""Content words that an item needs: a single word can be said in too many others to be missed."""


def accounts(material: Material) -> tuple[Account, ...]:
    """Return one line for every section of the guide, in its order.

    Where a recording could not be read, sections that nobody is known to have put are left out.
    """
    found = []
    for section in material.session.guide.sections:
        facts = material.section(section.id)
        if material.unread and not facts.asked and not facts.people:
            continue
        found.append(
            Account(
                section=section.id,
                title=section.title,
                kind=section.kind,
                text=section.text,
                asked=facts.asked or bool(facts.people),
                planned=facts.planned or round(section.minutes * MINUTE),
                spent=facts.used,
                people=len(facts.people),
                turns=facts.turns,
            )
        )
    return tuple(found)


def gaps(material: Material, salience: Salience) -> tuple[Gap, ...]:
    """Tell what the discussion does not tell, as far as that can be known.

    A section is *not asked* if nobody put it and nobody spoke to it. An item of a section that was
    asked is *not raised* only if none of its words was said by anybody in the session, and no
    sentence comes near its meaning. Of any other item nothing is said, nor of one of a single
    word, for which the guide gives no other words. Where a recording could not be read, it may all
    have been said there, and nothing is told.
    """
    if material.unread:
        return ()
    return (*_sections(material), *_items(material, salience))


def _sections(material: Material) -> Iterator[Gap]:
    for section in material.session.guide.sections:
        facts = material.section(section.id)
        if section.kind in ASKING and not facts.asked and not facts.people:
            yield Gap(
                "not asked",
                section.title,
                "The question was not put to the room, so silence on it tells nothing.",
                section.id,
            )


def _items(material: Material, salience: Salience) -> Iterator[Gap]:
    wanted: list[tuple[Section, str]] = []
    for section in material.session.guide.sections:
        facts = material.section(section.id)
        if not (facts.asked or facts.people):
            continue
        wanted += [(section, item) for item in (*section.probes, *section.listen_for)]
    silent = [
        (section, item)
        for section, item in wanted
        if unsaid(item, material, others := _described(material, item))
        and len(stems(" ".join((item, *others)), material.language)) >= FEWEST
    ]
    if not silent:
        return
    said = _said(material, salience)
    for section, item in silent:
        near = said @ salience.embed([item])[0] if len(said) else [0.0]
        if max(near, default=0.0) < FAR:
            title = item[:1].upper() + item[1:]
            yield Gap("not raised", title, f"Under \u201c{section.title}\u201d.", section.id)


def unsaid(item: str, material: Material, synonyms: Sequence[str] = ()) -> bool:
    """Whether none of the content words of an item, or of its synonyms, was said in the session.

    An item without content words is never unsaid: nothing could show that it was.
    """
    lang = material.language
    words = stems(" ".join((item, *synonyms)), lang)
    return bool(stems(item, lang)) and not words & _vocabulary(material)


def _described(material: Material, item: str) -> tuple[str, ...]:
    """Other words for an item: anchors of the guide's code of that name."""
    return tuple(
        anchor
        for code in material.codes.values()
        if code.origin == "guide" and normal(code.name) == normal(item)
        for anchor in code.anchors
    )


def _vocabulary(material: Material) -> frozenset[str]:
    return _stemmed(tuple(turn.text for turn in material.turns), material.language)


@cache
def _stemmed(texts: tuple[str, ...], lang: str) -> frozenset[str]:
    return frozenset().union(*(stems(text, lang) for text in texts))


def stems(text: str, lang: str) -> frozenset[str]:
    """Return the content words of a text without their endings; enough to compare two words.

    >>> sorted(stems("The escorts were escorting", "en"))
    ['escort']
    """
    small = stop_words(lang)
    return frozenset(
        _stem(word) for word in normal(text).split() if word not in small and len(word) > 2
    )


ENDINGS = ("ations", "ation", "ings", "ing", "ies", "edly", "ness", "ment", "ments", "ers", "er",
           "ed", "es", "ly", "al", "s", "y", "e")  # fmt: skip


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _said(material: Material, salience: Salience) -> npt.NDArray[np.float32]:
    """Unit vectors of every sentence of the participants, row by row."""
    said = [turn.text for turn in material.turns if material.people[turn.id].counts]
    cuts = sentences_of(said, material.language)
    texts = [text[a:b] for text, own in zip(said, cuts, strict=True) for a, b in own]
    return salience.embed(texts)
