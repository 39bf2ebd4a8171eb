"""The attribution ladder: what each edition may say under the session's rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from fgd.editions.redaction import withheld
from fgd.editions.secrets import Secret, secrets
from fgd.errors import GateError
from fgd.model import Brief, Fact, Presence, Session

PRIVATE = frozenset({"Recordings", "Session"})
"""Masthead lines that follow the folder and its files, which are named by people."""


def edition(
    brief: Brief,
    kind: Literal["internal", "circulation"],
    session: Session,
    forbidden: Sequence[Secret] = (),
) -> Brief:
    """The edition of a brief for its readers.

    ``internal`` is the brief as it is. ``circulation`` holds what the session's rule allows and
    nothing else; ``forbidden`` are secrets besides those the session itself names.
    Raises ``GateError`` for a circulation edition of a session without recorded consent.
    """
    if kind == "internal":
        return replace(brief, edition="internal")
    if not session.consent.recorded:
        raise GateError(
            "no circulation edition is made, because no consent is recorded.",
            where=session.id,
            remedy="Write recorded = true under [consent] in session.toml once you have it.",
        )
    if session.disclosure.rule == "named":
        return replace(brief, edition="circulation")
    hidden = tuple(dict.fromkeys((*secrets(session), *forbidden)))
    facts = (fact for fact in brief.masthead if fact.label not in PRIVATE)
    return replace(
        brief,
        id="",
        edition="circulation",
        title=withheld(brief.title, hidden),
        purpose=withheld(brief.purpose, hidden),
        masthead=tuple(Fact(f.label, withheld(f.value, hidden), f.item) for f in facts),
        presence=_together(brief.presence),
        doubts=(),
        participants=(),
    )


def _together(presence: tuple[Presence, ...]) -> tuple[Presence, ...]:
    """Nobody's own line: facilitators in one, everybody else in another."""
    groups: dict[str, list[Presence]] = {}
    for each in presence:
        label = "Facilitators" if each.role == "facilitator" else "Participants"
        groups.setdefault(label, []).append(each)
    return tuple(
        Presence(
            label,
            people=sum(each.people for each in group),
            speech=sum(each.speech for each in group),
            turns=sum(each.turns for each in group),
        )
        for label, group in sorted(groups.items())
    )
