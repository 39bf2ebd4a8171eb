"""The spaCy pipelines everyone shares: one per language, with the same sentence rules.

Text is cut into tokens and sentences by rules on every machine, so that units and quotes do not
depend on what happens to be installed. No trained pipeline is loaded: nothing here reads what one
would add.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fgd.core.text import SHORT_TITLES

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

ABBREVIATIONS = SHORT_TITLES | frozenset(
    "fr st jr vs no art para fig vol ed approx dept est inc ltd co corp cf al".split()
)
LEADING = frozenset(
    "chair chairman chairwoman chairperson president moderator facilitator convener "
    "convenor".split()
)
"""Words for whoever runs a meeting, as transcripts write them in place of a name."""
_CLOSERS = frozenset("\"'\u201d\u2019\u00bb)]")
_ENDS = re.compile(r"^[.!?\u2026\u3002\uff01\uff1f]+$")
"""Stops, the ellipsis and the stops of Chinese and Japanese among them."""


def leads(label: str) -> bool:
    """Whether a label says nothing but that somebody runs the meeting: "Moderator", "The Chair"."""
    said = set(re.findall(r"[^\W\d_]+", label.casefold()))
    return bool(said & LEADING) and said <= LEADING | {"the", "co", "madam", "mr", "session"}


@cache
def stop_words(lang: str) -> frozenset[str]:
    """Words that say nothing by themselves, as spaCy lists them; none for one unknown to it."""
    try:
        return frozenset(import_module(f"spacy.lang.{lang}.stop_words").STOP_WORDS)
    except ImportError:
        return frozenset()


@cache
def nlp(lang: str = "en") -> Language:
    """Return the pipeline of a language (ISO 639-1): tokens and rule sentences.

    A language spaCy does not know, or whose tokenizer needs another package, is read by the
    multi-language tokenizer. Loaded once per process.
    """
    import spacy

    try:
        pipeline: Language = spacy.blank(lang)
    except (ImportError, ValueError):
        pipeline = spacy.blank("xx")
    _register()
    pipeline.add_pipe("fgd_sentences")
    pipeline.max_length = 10_000_000
    return pipeline


def sentences(text: str, lang: str = "en") -> tuple[tuple[int, int], ...]:
    """Return the character offsets ``(start, end)`` of the sentences of a text."""
    return next(sentences_of((text,), lang))


def sentences_of(texts: Iterable[str], lang: str = "en") -> Iterator[tuple[tuple[int, int], ...]]:
    """Cut texts into sentences in batches: offsets ``(start, end)``, outer white space left out.

    The slices are in order, do not overlap and hold every character that is not white space.
    """
    for doc in nlp(lang).pipe(texts):
        cuts = []
        for sentence in doc.sents:
            raw = sentence.text
            start = sentence.start_char + len(raw) - len(raw.lstrip())
            end = sentence.end_char - (len(raw) - len(raw.rstrip()))
            if end > start:
                cuts.append((start, end))
        yield tuple(cuts)


@cache
def _register() -> None:
    from spacy.language import Language

    Language.component("fgd_sentences", func=_mark_sentences)


def _mark_sentences(doc: Doc) -> Doc:
    """A sentence ends at its stop (and the closing quotes after it), not after an abbreviation."""
    import numpy as np

    # All marks at once: to set one of a token, spaCy looks through the whole document.
    marks: Any = np.full(len(doc), -1, dtype=np.int64)
    ended = False
    for token in doc:
        stops = bool(_ENDS.match(token.text))
        glued = token.i > 0 and not doc[token.i - 1].whitespace_
        starts = ended and not token.is_space and not (glued and (stops or token.text in _CLOSERS))
        if starts or token.i == 0:
            marks[token.i] = 1
        if stops:
            ended = not _abbreviated(doc, token.i)
        elif starts:
            ended = False
    return doc.from_array(["SENT_START"], marks.view(np.uint64).reshape(-1, 1))


def _abbreviated(doc: Doc, i: int) -> bool:
    """Tell whether the stop at ``i`` belongs to a short form: "Prof . Lee", "J . Smith"."""
    if doc[i].text != "." or i == 0 or doc[i - 1].whitespace_:
        return False
    word = doc[i - 1].text
    return word.lower() in ABBREVIATIONS or (len(word) == 1 and word.isupper() and word != "I")
