"""Which themes somebody means who names a topic: by id, by name, or by words of the name."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.core.errors import InputError
from fgd.core.nlp import stop_words
from fgd.model import Code
from fgd.synthesis.themes import fold


def matching(known: Sequence[Code], name: str) -> tuple[frozenset[str], str]:
    """Ids of the codes that a topic means, itself and all below it, and what it is called.

    Raises ``InputError`` if there is none.
    """
    slug = _slug(name)

    def names(code: Code) -> set[str]:
        short = code.id.rpartition("/")[2]
        return {_slug(each) for each in (code.id, short, short.rpartition(".")[2], code.name)}

    exact = [code for code in known if slug in names(code)]
    asked = _stems(name)
    meant = exact or [code for code in known if asked and asked <= _stems(code.name)]
    found = {code.id for code in meant}
    if not found:
        near = sorted({code.name for code in known if asked & _stems(code.name)})
        few = "; ".join(near[:8] or sorted({code.name for code in known})[:12])
        raise InputError(
            f"no session was coded with a theme {name!r}.",
            where="topic",
            remedy=f"Themes here: {few}." if few else "Run the sessions first.",
        )
    while below := {code.id for code in known if code.parent in found} - found:
        found |= below
    called = sorted({code.name for code in meant})
    return frozenset(found), called[0] if len(called) == 1 else _told(name)


def _stems(name: str) -> frozenset[str]:
    """The words of a name that mean something, without the ending of a plural."""
    words = [word for word in _slug(name).split("-") if len(word) > 1]
    small = stop_words("en")
    return frozenset(_singular(word) for word in words if word not in small)


def _singular(word: str) -> str:
    """``parties`` is "party", ``roles`` is "role"; enough to compare two words."""
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _told(name: str) -> str:
    """Words that somebody typed as a title: ``mediator-roles`` is "Mediator roles"."""
    words = " ".join(name.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in fold(name)).split())
