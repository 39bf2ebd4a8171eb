"""Read what somebody looks for: words, "phrases", beginnings*, -words, and filters.

Words are ranked, by themselves and by what they mean. A phrase in quotation marks and the beginning
of a word (``medi*``) must be there, a word behind a minus must not. Filters say where to look:
``by:``, ``institution:``, ``session:``, ``section:``, ``programme:``, ``since:``, ``until:``.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from fgd.core.errors import InputError
from fgd.core.text import clean
from fgd.search.tokens import tokens

FILTERS = ("by", "institution", "session", "section", "programme", "since", "until")

_KNOWN = ", ".join(f"{each}:" for each in FILTERS)

LONGEST = 2_000
"""Characters of a question."""

MOST = 64
"""Words and phrases of a question."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』", '"'))
_PART = re.compile(
    rf"(?P<minus>-?)(?:(?i:(?P<name>{'|'.join(FILTERS)}):\s*)|(?P<other>[A-Za-z]{{2,}}):)?"
    r'(?:"(?P<quoted>[^"]*)(?P<end>"?)|(?P<bare>[^\s"]+))'
)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other, folded; of the last one ``begins`` tells only the beginning."""

    tokens: tuple[str, ...]
    begins: bool = False

    def match(self) -> str:
        """Return the term as FTS5 takes it; a token holds letters, marks and digits alone."""
        return f'"{" ".join(self.tokens)}"' + ("*" if self.begins else "")


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for.

    ``words`` are ranked, ``must`` be there, ``never`` must not. ``meaning`` is what a sentence
    vector is made of: words and phrases as typed. ``filters`` are names and values in their
    order, ``notes`` tell how something was read that may have been meant otherwise.
    """

    words: tuple[Term, ...] = ()
    must: tuple[Term, ...] = ()
    never: tuple[Term, ...] = ()
    meaning: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return everything that is looked for."""
        return (*self.must, *self.words)

    def values(self, name: str) -> tuple[str, ...]:
        """Return what was asked of one filter."""
        return tuple(value for key, value in self.filters if key == name)


def parse(text: str) -> Question:
    """Read a question. Raises ``InputError``, in one sentence, for one that asks nothing."""
    if len(text) > LONGEST:
        raise InputError(
            f"the question has {len(text):,} characters; at most {LONGEST:,} are read.",
            remedy="Look for a sentence of it.",
        )
    text = clean(text.translate(_QUOTES))
    words: list[Term] = []
    must: list[Term] = []
    never: list[Term] = []
    filters: list[tuple[str, str]] = []
    meaning: list[str] = []
    notes: list[str] = []
    for part in _PART.finditer(text):
        quoted, bare = part["quoted"], part["bare"] or ""
        said = bare if quoted is None else quoted
        if quoted is not None and not part["end"]:
            notes.append("A quotation mark is not closed; it was read as closed at the end.")
        name = (part["name"] or "").lower()
        if name or (said.rstrip(":").lower() in FILTERS and said.endswith(":")):
            filters.append(_filter(name, said, part["minus"]))
            continue
        if part["other"]:
            _check(part["other"].lower())
            said = f"{part['other']}:{said}"
            notes.append(
                f"{part['other']}: is no filter, so {said!r} was read as words. Filters: {_KNOWN}."
            )
        if bare in ("AND", "OR", "NOT", "NEAR"):
            notes.append(
                f"{bare} was left out: all words count, -word leaves a word out, and a phrase in "
                "quotation marks must be there."
            )
            continue
        begins = quoted is None and said.endswith("*")
        found = tuple(token.folded for token in tokens(said))
        if not found:
            continue
        term = Term(found, begins)
        if part["minus"]:
            never.append(term)
            continue
        (must if begins or quoted is not None else words).append(term)
        if not begins:
            meaning.append(said)
    if len({*words, *must, *never}) > MOST:
        raise InputError(
            f"the question has more than {MOST} words.", remedy="Look for a sentence of it."
        )
    if not (words or must or filters):
        raise InputError(
            "there is no word to look for." if text else "nothing was asked.",
            remedy='Write words, "a phrase", or a filter such as by:NAME.',
        )
    return Question(
        tuple(dict.fromkeys(words)),
        tuple(dict.fromkeys(must)),
        tuple(dict.fromkeys(never)),
        " ".join(meaning),
        tuple(dict.fromkeys(filters)),
        tuple(dict.fromkeys(notes)),
    )


def _check(name: str) -> None:
    """Raise ``InputError`` for a word before a colon that is nearly the name of a filter."""
    if near := difflib.get_close_matches(name, FILTERS, 1, 0.75):
        raise InputError(
            f"there is no filter {name}:; did you mean {near[0]}:?", remedy=f"Filters: {_KNOWN}."
        )


def _filter(name: str, said: str, minus: str) -> tuple[str, str]:
    """Return a filter with its value; a month or year is filled up to a day.

    Raises ``InputError`` for one that says nothing or no date.
    """
    if not name or not said.strip():
        name = name or said.rstrip(":").lower()
        raise InputError(f"{name}: says nothing.", remedy=f'Write {name}:WORD or {name}:"WORDS".')
    if minus:
        raise InputError(f"-{name}: cannot be left out.", remedy=f"Write {name}: without -.")
    return name, _value(name, said.strip())


def _value(name: str, said: str) -> str:
    """Return what a filter asks; of a date without month or day the first or last day."""
    if name not in ("since", "until"):
        return said
    found = _DATE.fullmatch(said)
    month, day = (int(found[n] or 0) for n in (2, 3)) if found else (13, 0)
    if not found or month > 12 or day > 31:
        raise InputError(
            f"{name}:{said} is no date.", remedy=f"Write {name}:2026, {name}:2026-03 or a day."
        )
    fill = (1, 1) if name == "since" else (12, 31)
    return f"{found[1]}-{month or fill[0]:02}-{day or fill[1]:02}"
