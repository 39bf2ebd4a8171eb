"""Whom a question or a title names, among those who spoke."""

from __future__ import annotations

import re
from collections.abc import Sequence


def named_in(question: str, names: Sequence[Sequence[str]]) -> tuple[tuple[bool, ...], str]:
    """For each turn whether the question names its speaker, and the question without the names.

    A person is meant by the full name or by the last part of it; a body by its name or acronym.
    """
    said = " ".join(_tokens(question))
    forms: dict[str, bool] = {}
    found: list[bool] = []
    for each in names:
        hits = [form for name in each for form in _forms(name) if _holds(said, form, forms)]
        found.append(bool(hits))
    rest = question
    for form in sorted((form for form, hit in forms.items() if hit), key=len, reverse=True):
        pattern = r"\W+".join(map(re.escape, form.split()))
        rest = re.sub(rf"\b{pattern}\b(?:['’]s)?", " ", rest, flags=re.I)
    return tuple(found), rest if rest.strip() else question


_TITLES = frozenset(
    "mr mrs ms miss dr doctor prof professor hon the right sir madam minister ambassador of and "
    "for col colonel gen general major commander captain".split()
)


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _forms(name: str) -> list[str]:
    """Forms of a name that tell who is meant: all of it, and the last part of two or more."""
    tokens = _tokens(name)
    kept = [token for token in tokens if token not in _TITLES] or tokens
    forms = [" ".join(tokens), " ".join(kept)]
    if 2 <= len(kept) <= 3 and len(kept[-1]) > 3:
        forms.append(kept[-1])
    return [form for form in dict.fromkeys(forms) if len(form) > 2]


def _holds(said: str, form: str, known: dict[str, bool]) -> bool:
    if form not in known:
        known[form] = f" {form} " in f" {said} "
    return known[form]
