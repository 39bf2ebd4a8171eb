"""Reading a person and an institution beside a cue."""

from __future__ import annotations

import pytest

from fgd.attribution.names import Slot, looks_like_body, looks_like_person, read_slot
from fgd.attribution.readings import Talk, find, stops
from tests.attribution.rooms import talk


def read(text: str, kind: str = "queue") -> Slot:
    doc = Talk.of(talk(("V1", text))).passages[0].doc
    cue = next(c for c in find(doc) if c.kind == kind and c.forward)
    return read_slot(doc, cue.slot[0], stops(doc))


@pytest.mark.parametrize(
    ("text", "person", "body"),
    [
        ("Our next question comes from Ana Ruiz with Lake Policy. Please go ahead.", "Ana Ruiz", "Lake Policy"),
        ("We have a question from the line of Ana Ruiz of Bank of Sudria, your line is open.", "Ana Ruiz", "Bank of Sudria"),
        ("Next question is from Janine. Why? From Lake Policy, please go ahead.", "Janine Why", "Lake Policy"),
        ("The next question comes from Ana Ruiz from Lake. Isi, please go ahead.", "Ana Ruiz", "Lake Isi"),
        ("The first question comes from Ana Ruiz with you N. Good morning.", "Ana Ruiz", "UN"),
        ("The next question is from Roger Gold, a private investor. Please go ahead.", "Roger Gold", "private investor"),
        ("Your first question is coming from Craig Lee. Craig, your line is live.", "Craig Lee", ""),
        ("The next question comes from Ana Ruiz with Lake Policy this is an easy one. Hi.", "Ana Ruiz", "Lake Policy"),
    ],
)  # fmt: skip
def test_announcements(text: str, person: str, body: str) -> None:
    """Names end where the announcement does, not at a stop a recogniser put inside them."""
    found = read(text)
    assert (found.person, found.body) == (person, body)
    assert found.clean


def test_looks() -> None:
    """Lower case, single words and words for kinds of bodies are told apart."""
    assert looks_like_body("people")["lower"] == 1.0
    assert looks_like_body("Lake Policy Institute")["kind"] == 1.0
    assert looks_like_body("LPC")["shape"] == 1.0
    assert looks_like_person("Ana Ruiz") == 1.0
    assert looks_like_person("generate some hydrogen") == 0.0
