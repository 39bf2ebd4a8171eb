"""Sessions as they come: nobody coded them, one person spoke, a name is markup, a turn changed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.disclosure import edition, secrets
from fgd.export import brief_files
from fgd.model import Brief, Code, Disclosure, Guide, Quote, Session, Span, Themed, Turn, Word
from fgd.synthesis import Part
from fgd.synthesis.propositions import fitted
from fgd.synthesis.quoting import quote, reanchor, shortened
from fgd.synthesis.salience import best, clarity
from tests.synthesis.rooms import CODES, LINES, conversation, part, session, themed, told
from tests.synthesis.test_session import material

ARABIC = (
    "\u0646\u062d\u0646 \u0646\u0642\u062a\u0631\u062d local monitors \u0641\u064a \u0643\u0644"
)
MARKUP = '<b onmouseover="x">Local monitors</b>'


def written(made: Brief, of: Session) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of both editions."""
    open_ = edition(made, "circulation", of, secrets(of))
    return brief_files(made), brief_files(open_)


def turn_of(text: str) -> Turn:
    words = [f" {word}" for word in text.split(" ")]
    spans = [Span(n * 100, n * 100 + 90) for n in range(len(words))]
    said = tuple(Word(span, word) for span, word in zip(spans, words, strict=True))
    return Turn("t", "r", "v", Span(0, len(words) * 100), said)


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(part(lines=LINES[1:2], guide=Guide()), id="one speaker, no guide"),
        pytest.param(replace(part(), themed=Themed()), id="nothing coded"),
        pytest.param(part(guide=Guide()), id="no guide"),
        pytest.param(replace(part(), conversations=(), themed=Themed()), id="nobody spoke"),
        pytest.param(
            part(lines=[("aida-lim", f"{ARABIC} monitors."), *LINES[2:4]]), id="two scripts"
        ),
        pytest.param(
            part(lines=[(f"v{n}", f"Local monitors number {n} should stay.") for n in range(200)]),
            id="two hundred people",
        ),
    ],
)
def test_every_session_becomes_two_editions(one: Part) -> None:
    """Whatever is missing, the brief says what there is, in every format."""
    closed = replace(one.session, disclosure=Disclosure("chatham-house"))
    inner, outer = written(told(one), closed)
    assert set(inner) == set(outer) >= {"brief.html", "brief.docx", "brief.md", "matrix.xlsx"}


def test_two_scripts_are_quoted_letter_for_letter() -> None:
    """From right to left and from left to right in one sentence."""
    made = told(part(lines=[("aida-lim", f"{ARABIC} monitors."), *LINES[2:4]]))
    (said,) = {e.text for e in made.extracts if "\u0646" in e.text}
    assert said == f"{ARABIC} monitors"
    assert said in brief_files(made)["brief.html"].decode()


def test_a_theme_whose_name_is_markup_is_only_text() -> None:
    """From the codebook to the page."""
    named = Code("guide.monitors", MARKUP, "People who watch <script>.", origin="guide")
    talk, of = conversation(), session()
    coded = themed(talk, of)
    book = replace(coded.codebook, codes=(named, *CODES[1:]))
    made = told(replace(part(), themed=replace(coded, codebook=book)))
    page = brief_files(made)["brief.html"].decode()
    assert MARKUP not in page
    assert "&lt;b onmouseover=" in page


def test_what_was_heard_clearly_is_quoted_first() -> None:
    """Two sentences that claim as much; of one the recogniser was not sure."""
    one = part(lines=[("aida-lim", "The fund should pay monitors. The fund should pay for roads.")])
    talk = one.conversations[0]
    turn = talk.turns[0]
    half = len(turn.words) // 2 - 1
    hazy = tuple(replace(w, confidence=0.3) if n <= half else w for n, w in enumerate(turn.words))
    heard = replace(turn, words=hazy)
    text = heard.text
    passage = replace(material(one).passages[0], turn=heard, start=0, end=len(text), text=text)
    start, end = best(passage, "en")
    assert clarity(heard, 0, 10) < clarity(heard, start, end)
    assert heard.text[start:end] == "The fund should pay for roads."


@pytest.mark.parametrize(
    ("said", "told_as"),
    [
        ("I propose that the dam is closed at night.", ('proposed', 'that', 'the dam is closed at night')),
        ("We would suggest a ferry on Sundays.", ("suggested", "object", "a ferry on Sundays")),
        ("So we should close the dam at night.", ("proposed", "that", "we should close the dam at night")),
        ("Close the dam at night!", ("proposed", "colon", "Close the dam at night!")),
        ("Should we close it?", ("asked", "colon", "Should we close it?")),
        ("The dam should be closed.", ("proposed", "colon", "The dam should be closed")),
        ("We need to close the dam.", ("said", "colon", "We need to close the dam")),
        ("We could live with a dam.", ("said", "colon", "We could live with a dam")),
        ("We decide to rescue the miller first.", ("said", "colon", "We decide to rescue the miller first")),
        ("so my own proposal is we keep the dam open", ("proposed", "colon", "my own proposal is we keep the dam open")),
    ],
)  # fmt: skip
def test_words_are_fitted_to_the_verb_that_tells_them(
    said: str, told_as: tuple[str, str, str]
) -> None:
    """A clause after "that", an object after its verb, anything else whole after a colon."""
    fit = fitted("proposal", said, 0, len(said))
    assert (fit.verb, fit.form, said[fit.start : fit.end]) == told_as


def test_what_is_hardly_a_proposal_is_told_as_said() -> None:
    """A verb of proposing stays where the words themselves say it."""
    for said, verb in (
        ("The dam is closed at night, then.", "said"),
        ("We suggest a dam.", "suggested"),
    ):
        assert fitted("proposal", said, 0, len(said), sure=False).verb == verb


@given(st.text("ab ,.;\u0646", min_size=1, max_size=80), st.integers(1, 20))
def test_a_shortened_slice_lies_inside_its_slice(text: str, most: int) -> None:
    """And has no more words than wanted."""
    start, end = shortened(text, 0, len(text), most)
    assert 0 <= start <= end <= len(text)
    assert len(text[start:end].split()) <= max(most, 1)


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("We need local monitors in every valley", "We need local monitors in every valley", True),
        ("need local monitors", "Well, we do need local monitors here", True),
        ("We need local monitor in every valley", "We need local monitors in every valley", True),
        ("We need local monitors in every valley", "Thank you, chair", False),
        ("We need local monitors in every valley", "", False),
    ],
)
def test_a_quote_follows_its_words_or_goes(before: str, after: str, kept: bool) -> None:
    """A turn corrected after it was quoted: found again, or nothing; never words nobody said."""
    old = quote("Q1", "talk", turn_of(before), 0, len(before))
    new = turn_of(after)
    found = reanchor(old, new)
    assert bool(found) == kept
    assert all(new.text[each.start : each.end] == each.text for each in found)


@given(
    st.text(alphabet="ab \u0646\u00e9", min_size=1, max_size=30), st.text("ab \u0646", max_size=30)
)
def test_a_quote_found_again_is_an_exact_slice(before: str, after: str) -> None:
    """Whatever became of the turn."""
    first = turn_of(before)
    text = first.text
    old = Quote("Q", "s", "r", "t", first.span, 0, len(text), text, _digest(text))
    new = turn_of(after)
    for each in reanchor(old, new):
        assert new.text[each.start : each.end] == each.text
        assert each.sha256 == _digest(each.text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
