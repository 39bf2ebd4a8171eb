"""Small rooms for the tests: conversations from pairs of voice and text, and one roster."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.model import (
    Conversation,
    Institution,
    Participant,
    Session,
    Span,
    Turn,
    Voice,
    Word,
)

BODIES = (
    Institution("harbour", "Harbour Institute for Dialogue", "HID", ("Harbour Institute",), "think tank", "Nordia"),
    Institution("lake", "Lake Policy Centre", "LPC", (), "think tank", "Sudria"),
    Institution("interior", "Ministry of the Interior", "MOI", (), "ministry", "Nordia"),
)  # fmt: skip

PEOPLE = (
    Participant("mira", "Mira Koskela", "facilitator", ("harbour",)),
    Participant("tomas", "Dr Tomas Herrera", "participant", ("lake", "harbour")),
    Participant("anh", "Anh Vuong", "participant", ("interior",)),
    Participant("joana", "Joana Freitas", "participant", ("lake",)),
)


def talk(
    *said: tuple[str, str], recording: str = "r1", labels: bool = False, timed: bool = True
) -> Conversation:
    """A conversation; every turn lasts 200 ms a word and is followed by half a second."""
    turns: list[Turn] = []
    at = 0
    for number, (voice, text) in enumerate(said):
        words = []
        start = at
        for token in text.split():
            words.append(Word(Span(at, at + 200), f" {token}"))
            at += 200
        turns.append(
            Turn(
                f"{recording}-{number}",
                recording,
                voice,
                Span(start, at),
                tuple(words),
                label=voice if labels else "",
            )
        )
        at += 500
    names = dict.fromkeys(voice for voice, _ in said)
    return Conversation(
        recording, tuple(Voice(name, recording) for name in names), tuple(turns), timed
    )


def session(
    people: Sequence[Participant] = PEOPLE, bodies: Sequence[Institution] = BODIES
) -> Session:
    """A session with a roster."""
    return Session("s", languages=("en",), institutions=tuple(bodies), participants=tuple(people))
