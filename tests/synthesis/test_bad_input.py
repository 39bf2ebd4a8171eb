"""Sessions as they come: nobody coded them, one person spoke, a name is markup, a turn changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.core.settings import BriefSettings, Settings
from fgd.disclosure import edition, secrets
from fgd.export import brief_files
from fgd.model import Brief, Code, Disclosure, Guide, Quote, Session, Span, Themed, Turn, Word
from fgd.synthesis import Part, synthesise
from fgd.synthesis.proposals import proposals
from fgd.synthesis.quoting import quote, reanchor
from fgd.synthesis.scale import LARGEST, Scale, holes, main
from fgd.synthesis.slices import best, clarity
from tests.synthesis.rooms import CODES, LINES, Hashed, conversation, part, session, themed
from tests.synthesis.test_session import material

ARABIC = (
    "\u0646\u062d\u0646 \u0646\u0642\u062a\u0631\u062d local monitors \u0641\u064a \u0643\u0644"
)
MARKUP = '<b onmouseover="x">Local monitors</b>'


def told(one: Part) -> Brief:
    return synthesise(
        one.session, one.conversations, one.attributed, one.themed,
        issues=(), settings=Settings(), embedder=Hashed(),
    )[0]  # fmt: skip


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
    assert said == f"{ARABIC} monitors."
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


def test_the_stands_of_a_theme_are_those_its_verdict_counts() -> None:
    """Nobody is in a row of the table and without a stand in the sentence above it."""
    for finding in told(part()).findings:
        taken = {who for view in finding.views if view.stand != "reports experience"
                 for who in view.count.who}  # fmt: skip
        silent = f"{_word(finding.spoke.people - len(taken))} took no stand"
        assert (silent in finding.verdict) == (0 < len(taken) < finding.spoke.people)


def _word(count: int) -> str:
    return ("no", "one", "two", "three", "four")[count]


def test_what_was_heard_clearly_is_quoted_first() -> None:
    """Two sentences that claim as much; of one the recogniser was not sure."""
    one = part(lines=[("aida-lim", "The fund should pay monitors. The fund should pay for roads.")])
    talk = one.conversations[0]
    turn = talk.turns[0]
    half = len(turn.words) // 2 - 1
    hazy = tuple(replace(w, confidence=0.3) if n <= half else w for n, w in enumerate(turn.words))
    heard = replace(turn, words=hazy)
    passage = replace(material(one).passages[0], turn=heard, start=0, end=len(heard.text))
    start, end = best(passage, "en")
    assert clarity(heard, 0, 10) < clarity(heard, start, end)
    assert heard.text[start:end] == "The fund should pay for roads."


def test_the_reason_of_a_proposal_is_no_proposal_of_its_own() -> None:
    """A sentence that is quoted as the end of one is not told as another."""
    said = "I propose that we have a fund. So that the council would need to wait for nobody."
    whole = material(part(lines=[("aida-lim", said)]))
    one = replace(whole, passages=(replace(whole.passages[0], end=len(said)),))
    assert [each.text for each in proposals(one)] == [said]


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


class Torn(Scale):
    """A scale without "several": three of ten people have no word."""

    def _rules(self, people: int, of: int) -> Iterator[tuple[str, bool]]:
        return (rule for rule in super()._rules(people, of) if rule[0] != "several")


def test_the_check_of_the_scale_sees_a_hole() -> None:
    """Every count without a word is named, and none besides."""
    assert holes(Torn(BriefSettings()), 9) == ((3, 8), (3, 9))
    assert holes(Scale(BriefSettings()), LARGEST) == ()


def test_words_for_counts_never_fall_as_people_are_added() -> None:
    """One, a few, several, about half, most, nearly all, all: in this order for every number."""
    order = ("none", "one", "a few", "several", "about half", "most", "nearly all", "all")
    scale = Scale(BriefSettings())
    for of in range(4, LARGEST + 1):
        ranks = [order.index(scale(people, of)) for people in range(of + 1)]
        assert ranks == sorted(ranks), of


def test_the_scale_is_printed_in_the_order_in_which_it_is_tried() -> None:
    """A reader who takes the first line that fits arrives at the word that was chosen."""
    scale = Scale(BriefSettings())
    printed = [each.words for each in scale.printed()]
    tried = [words for words, _ in scale._rules(3, 12) if words in printed]
    assert [words for words in printed if words in tried and words != "one"] == [
        words for words in tried if words != "one"
    ]


def test_the_scale_prints_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each number of people, and how many counts have no word."""
    main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == LARGEST + 1
    assert lines[-1] == "0 counts without a word"
