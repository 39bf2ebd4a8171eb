"""Reading a person and an institution out of the words beside a cue, with nobody to compare with.

"Bobby Griffin with Raymond James. Please go ahead" is a person, a joining word, an institution and
the end of the announcement. A recogniser puts full stops inside names ("Janine. Why? From ..."),
so a stop ends a name only where something else says so too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.attribution.names import SMALL, TITLES, letters

if TYPE_CHECKING:
    from spacy.tokens import Doc

JOINERS = frozenset("from with of at representing for".split())
LEADING = frozenset("from is are comes come coming will be line of".split())
GREETINGS = frozenset(
    "good please thank thanks hi hello hey okay ok yes yeah sure great morning".split()
)
KINDS = frozenset(
    "academy agency assembly association authority bank board bureau cabinet capital center centre "
    "chamber college commission commissioner committee company conference congress corporation "
    "council court department directorate division embassy faculty federation force forum "
    "foundation fund government group hospital house initiative inspectorate institute institution "
    "international laboratory league markets ministry mission movement network office organisation "
    "organization parliament partners party police programme project registry research school "
    "secretariat securities senate service services society station studies task team tribunal "
    "trust union university advisors advisers".split()
)
"""Words that say what kind of body a name is."""

NEVER = frozenset(
    "i i'm and but so yes no good morning afternoon evening thank thanks hello hi welcome mr mrs "
    "we you he she it this that my our your well okay now first for from the in on at as if what "
    "when who monday tuesday wednesday thursday friday saturday sunday".split()
)
"""Words that a sentence begins with and no name of a person does."""

LIMIT = 14


@dataclass(frozen=True, slots=True)
class Slot:
    """A person and an institution as they were heard, each possibly empty.

    ``start`` and ``end`` are the tokens they came from, ``clean`` whether a known ending followed.
    """

    person: str = ""
    body: str = ""
    start: int = 0
    end: int = 0
    clean: bool = False
    joiner: str = ""


def read(doc: Doc, start: int, ends: frozenset[int], end: int | None = None) -> Slot:
    """The slot that begins at a token. ``ends`` are the tokens at which an announcement stops."""
    limit = min(len(doc), start + LIMIT) if end is None else end
    while start < limit and (doc[start].text in ",.:-" or doc[start].norm_ in LEADING):
        start += 1
    person: list[int] = []
    body: list[int] = []
    joiner = ""
    i = start
    clean = False
    while i < limit:
        token = doc[i]
        word = token.norm_
        if i in ends and i > start:
            clean = True
            break
        if token.text in ".?!;:" or token.text == "...":
            if not _goes_on(doc, i, ends, limit, has_body=bool(body)):
                clean = True
                break
            if person and not joiner and not _joined_soon(doc, i, limit):
                joiner = "."
        elif word == "to" and i > start and i + 1 < len(doc) and doc[i + 1].text.islower():
            clean = True  # "the Delta Institute to begin"
            break
        elif token.text == ",":
            if body:
                clean = True
                break
            if not joiner and not _joined_soon(doc, i, limit):
                if not person or not _named_next(doc, i, ends, limit):
                    clean = bool(person)
                    break
                joiner = ","
        elif word in JOINERS and not joiner and (person or word in ("from", "with")):
            joiner = word
        elif joiner:
            if (
                (not body and word in ("the", "a", "an"))
                or (not body and word == "line")
                or (word == "of" and not body)
            ):
                pass
            else:
                body.append(i)
        elif token.text[0].isalnum() or token.text in "-'&.":
            person.append(i)
        i += 1
    else:
        clean = limit == len(doc)
    who, what = _text(doc, _trim(doc, person)), _body_text(doc, _trim(doc, body))
    if what in who.split():
        what = ""  # "from Craig Lee. Craig, your line is open"
    return Slot(who, what, start, i, clean, joiner)


def looks_like_person(text: str) -> float:
    """How much a string looks like a person's name: share of its words that are capitalised."""
    parts = [w for w in text.replace(".", " ").split() if w.lower() not in TITLES]
    if not parts or len(parts) > 5 or all(w.lower() in NEVER for w in parts):
        return 0.0
    # Scripts without capitals write names without.
    return sum(1 for w in parts if w[0].isalpha() and not w[0].islower()) / len(parts)


def looks_like_body(text: str) -> dict[str, float]:
    """What speaks for and against a string being the name of an institution, by its look alone."""
    parts = [w for w in text.split() if w[0].isalnum()]
    if not parts:
        return {}
    carrying = [w for w in parts if w.lower() not in SMALL]
    # "Delta g h research": letters and what kind of body it is are often not written large.
    low = [w for w in carrying if w[0].islower() and len(w) > 1 and w not in KINDS]
    inner = any(c.isupper() for w in carrying for c in w[1:])
    return {
        "lower": 1.0 if low else 0.0,
        "single": 1.0 if len(carrying) == 1 and not inner else 0.0,
        "shape": 1.0 if inner else 0.0,
        "kind": 1.0 if any(w.lower() in KINDS for w in carrying) else 0.0,
        "long": 1.0 if len(parts) > 6 else 0.0,
        "empty": 1.0 if not carrying else 0.0,
    }


def _goes_on(doc: Doc, i: int, ends: frozenset[int], limit: int, *, has_body: bool) -> bool:
    """Whether a stop at ``i`` lies inside a name rather than at its end."""
    following = range(i + 1, min(i + 5, limit))
    if not following or doc[i + 1].norm_ in GREETINGS or i + 1 in ends:
        return False
    if not has_body and _joined_soon(doc, i, limit):
        return True
    # "from Evercore. Isi, please go ahead": a few words, then a known ending.
    for j in following:
        if j in ends or (doc[j].text == "," and j + 1 in ends):
            few = 4 if letters(doc[i + 1 : j].text) else 3
            return doc[i + 1].text[0].isupper() and j - i <= few
        if doc[j].text in ".?!":
            return False
    return False


def _joined_soon(doc: Doc, i: int, limit: int) -> bool:
    return any(doc[j].norm_ in JOINERS for j in range(i + 1, min(i + 5, limit)))


def _named_next(doc: Doc, i: int, ends: frozenset[int], limit: int) -> bool:
    """Whether an apposition follows the comma at ``i``: ", a private investor", ", Wolfe"."""
    j = i + 1
    if j < limit and doc[j].norm_ in ("a", "an", "the"):
        return j + 1 < limit
    return j < limit and j not in ends and doc[j].text[0].isupper()


def _trim(doc: Doc, tokens: list[int]) -> list[int]:
    while tokens and (doc[tokens[-1]].norm_ in SMALL or not doc[tokens[-1]].text[0].isalnum()):
        tokens = tokens[:-1]
    while tokens and (doc[tokens[0]].norm_ in SMALL or not doc[tokens[0]].text[0].isalnum()):
        tokens = tokens[1:]
    return tokens


def _text(doc: Doc, tokens: list[int]) -> str:
    parts = []
    for i, j in zip(tokens, [*tokens[1:], -1], strict=False):
        parts.append(doc[i].text_with_ws if j == i + 1 else doc[i].text + " ")
    return "".join(parts).strip().rstrip(".,")


def _body_text(doc: Doc, tokens: list[int]) -> str:
    """The name of the body: spelled letters run together, a tail of small talk cut off."""
    spelled = letters(_text(doc, tokens))
    if spelled:
        return spelled
    tail = len(tokens)
    while tail > 0 and doc[tokens[tail - 1]].text[0].islower():
        tail -= 1
    if 0 < tail <= len(tokens) - 2:
        return _text(doc, _trim(doc, tokens[:tail]))
    return _text(doc, tokens)
