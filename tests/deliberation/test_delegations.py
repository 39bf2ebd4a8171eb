"""A council: delegates speak of themselves by name, the presidency gives the floor."""

from __future__ import annotations

from fgd.deliberation.room import Room
from tests.deliberation.rooms import Told, heard, session

COUNCIL = """
The President: I give the floor to the delegate of Halvia.
Halvia: We request that the ferry be inspected every spring.
The President: Thank you. Ostmar, please.
Ostmar: Ostmar supports the proposal that was just made.
The President: I thank Ostmar. Belgrava.
Belgrava: Belgrava opposes the inspection of the ferry. What matters for Belgrava is the price.
The President: The proposal is adopted.
"""


def test_a_name_of_ones_own_is_we() -> None:
    """Where it is the subject of what a delegate does, and nowhere else."""
    room = Room.of(session(), [heard(COUNCIL)])
    said = [room.said(number) for number in range(len(room.clauses))]
    assert "we support the proposal that was just made." in said
    assert "we oppose the inspection of the ferry." in said
    assert "what matters for belgrava is the price." in said
    assert list(room.chair) == ["President" in who for who in room.who]


def test_sides_of_delegations() -> None:
    """Support and objection are theirs who say so, in the third person too."""
    assert Told(COUNCIL).sides("inspected") == {"Ostmar": "for", "Belgrava": "against"}


def test_another_matter_is_no_answer() -> None:
    """Who brings up something else has not answered what the chair asked."""
    told = Told(
        """
        Chair: Does anybody know when the swimming pool opens on Sundays?
        Ivo: What about the bakery, can we talk about the bakery?
        Chair: Of course.
        Ivo: It smells of smoke every Sunday. Somebody must sweep that chimney.
        """
    )
    assert told.responses("swimming pool") == []
