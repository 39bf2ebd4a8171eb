"""What themes are called, also those that are in no codebook any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fgd.coding.codebook import in_force
from fgd.decisions import themes as decide
from fgd.model import Code, Codebook, Decision, Session


def names(
    session: Session,
    books: Sequence[Codebook],
    decisions: Iterable[Decision],
    found: Sequence[Code],
) -> Mapping[str, str]:
    """The name of every theme by its id: as it was given, as people called it since, and as the
    last pass left it, the later before the earlier. A theme that was merged into another or taken
    away keeps the last name it had.
    """
    known = {code.id: code.name for code in in_force(session, books)[0].codes}
    for decision in decisions:
        theme = decision.target.removeprefix("theme:")
        if decision.field == decide.NAME:
            known[theme] = decision.value
        elif decision.field in (decide.ACCEPT, decide.SPLIT):
            told = decide.record(decision)
            if told.name:
                known[told.id or theme] = told.name
    return known | {code.id: code.name for code in found}
