"""Corrections of words: they hold, keep times, and are found again in another transcription."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.decisions import corrections
from fgd.decisions.corrections import confirm, corrected, overlap, overlapped, reworded, rewrite
from fgd.model import Conversation, Decision, Flag, Segment, Span, Transcript, Turn, Word

WHO = {"by": "Lien", "when": "2026-03-19T10:00:00Z"}


def words(text: str, start: int = 0, each: int = 300) -> tuple[Word, ...]:
    """Words of ``each`` milliseconds, one after the other."""
    return tuple(
        Word(Span(start + n * each, start + (n + 1) * each), f" {word}", 0.5)
        for n, word in enumerate(text.split())
    )


def transcript(*texts: str, each: int = 300, timed: bool = True) -> Transcript:
    """Segments of ten seconds, the words of each from its start."""
    segments = [
        Segment(Span(n * 10_000, (n + 1) * 10_000), words(text, n * 10_000, each))
        for n, text in enumerate(texts)
    ]
    return Transcript("r", tuple(segments), timed=timed)


def turn(text: str, start: int = 0, each: int = 300) -> Turn:
    said = words(text, start, each)
    return Turn("r-00000000", "r", "V1", Span(start, said[-1].span.end), said)


def text(heard: Transcript) -> str:
    return " | ".join(segment.text for segment in heard.segments)


HEARD = "the mekong ism after a piece agreement"


def test_a_correction_changes_its_words_and_no_other() -> None:
    """Every word outside the stretch is the same value as before, times included."""
    decisions = rewrite(turn(HEARD), "the mechanism after a peace agreement", **WHO)
    assert [d.value for d in decisions] == ["mechanism", "peace"]
    before = transcript(HEARD, "yes indeed")
    after, issues = corrected(before, decisions)
    assert text(after) == "the mechanism after a peace agreement | yes indeed"
    assert not issues
    assert after.segments[1] == before.segments[1]
    assert after.segments[0].words[0] == before.segments[0].words[0]
    assert after.segments[0].words[-1] == before.segments[0].words[-1]


def test_new_words_share_the_time_of_those_they_replace() -> None:
    """Time is neither lost nor made: the stretch begins and ends where it did."""
    decisions = rewrite(
        turn(HEARD), "the regional mechanism we want after a piece agreement", **WHO
    )
    after, _ = corrected(transcript(HEARD), decisions)
    spans = [word.span for word in after.segments[0].words]
    assert spans[1].start == 300 and spans[4].end == 900
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))


def test_one_word_for_another_keeps_its_very_time() -> None:
    """A name spelled right is said when it was said."""
    decisions = rewrite(turn("thank you rat na"), "thank you Ratna", **WHO)
    (made,) = decisions
    assert made.anchor == Span(600, 1200)
    after, _ = corrected(transcript("thank you rat na"), decisions)
    assert after.segments[0].words[-1] == Word(Span(600, 1200), " Ratna")


def test_words_can_be_added_and_taken_away() -> None:
    """An added word leans on its neighbour; a removed one leaves the others where they were."""
    for old, new in [
        ("we need mediators", "we need more mediators"),
        ("we need mediators", "so we need mediators"),
        ("we need mediators", "we need mediators now"),
        ("we need need mediators", "we need mediators"),
    ]:
        after, issues = corrected(transcript(old), rewrite(turn(old), new, **WHO))
        assert text(after) == new
        assert not issues


def test_a_mark_or_a_capital_is_a_correction_too() -> None:
    """Somebody who adds a full stop wants to see it."""
    after, _ = corrected(transcript("thank you"), rewrite(turn("thank you"), "Thank you.", **WHO))
    assert text(after) == "Thank you."


def test_applying_twice_changes_nothing_more() -> None:
    """The same decisions on their own result are without effect."""
    decisions = rewrite(turn(HEARD), "a mechanism comes after peace", **WHO)
    once, _ = corrected(transcript(HEARD), decisions)
    twice, _ = corrected(once, decisions)
    assert twice == once


def test_another_checkpoint_that_moved_the_edges_gets_the_same_words() -> None:
    """The stretch is found by time, its edges by what stood there."""
    decisions = rewrite(turn(HEARD), "the mechanism after a peace agreement", **WHO)
    later = Transcript(
        "r",
        (
            Segment(
                Span(0, 9_000),
                (
                    Word(Span(0, 260), " The"),
                    Word(Span(260, 520), " make"),
                    Word(Span(520, 1010), " gonism"),
                    Word(Span(1010, 1290), " after"),
                    Word(Span(1290, 1400), " a"),
                    Word(Span(1400, 1700), " peace"),
                    Word(Span(1700, 2300), " agreement."),
                ),
            ),
        ),
    )
    after, issues = corrected(later, decisions)
    assert text(after) == "The mechanism after a peace agreement."
    assert not issues


def test_what_the_new_checkpoint_heard_rightly_is_left_as_it_is() -> None:
    """Its punctuation may be better than what a person typed for a fragment."""
    decisions = rewrite(turn("thank you rat na"), "thank you ratna", **WHO)
    after, issues = corrected(transcript("thank you Ratna.", each=400), decisions)
    assert text(after) == "thank you Ratna."
    assert not issues


def test_words_nobody_hears_any_more_are_put_back() -> None:
    """A checkpoint that misses a passage does not cost the correction of it."""
    said = turn("we want a standing fund", start=4_000)
    decisions = rewrite(said, "we want a standing fund now", **WHO)
    gap = Transcript("r", (Segment(Span(0, 1_500), words("good morning")),))
    after, issues = corrected(gap, decisions)
    assert text(after) == "good morning fund now"
    assert not issues
    nothing, _ = corrected(Transcript("r", ()), decisions)
    assert text(nothing) == "fund now"


def test_a_word_heard_twice_and_deleted_once_stays_once() -> None:
    """A deletion finds nothing to delete where the later transcript is right already."""
    decisions = rewrite(turn("the the fund"), "the fund", **WHO)
    right = Transcript(
        "r", (Segment(Span(0, 900), (Word(Span(0, 290), " the"), Word(Span(610, 900), " fund"))),)
    )
    assert text(corrected(right, decisions)[0]) == "the fund"


def test_something_else_under_a_correction_is_said() -> None:
    """The words of the person stand, and a reviewer is told that the sound seems another."""
    decisions = rewrite(turn("rat na spoke"), "Ratna spoke", **WHO)
    after, issues = corrected(transcript("quite different things"), decisions)
    assert text(after) == "Ratna things"
    assert len(issues) == 1
    assert "'quite different'" in str(issues[0])


def test_speech_of_others_at_the_same_time_is_not_touched() -> None:
    """Of two segments that overlap, the one that was corrected is meant."""
    both = Transcript(
        "r",
        (
            Segment(Span(0, 3_000), words("we want a piece agreement"), label="A"),
            Segment(Span(900, 1_500), words("yes yes", start=900), label="B"),
        ),
    )
    decisions = rewrite(turn("we want a piece agreement"), "we want a peace agreement", **WHO)
    assert text(corrected(both, decisions)[0]) == "we want a peace agreement | yes yes"


def test_without_times_the_old_words_must_still_be_there() -> None:
    """A plain text that was edited keeps its correction if the words stand in one place only."""
    decisions = rewrite(turn("a piece agreement"), "a peace agreement", **WHO)
    moved = transcript("some words before a piece agreement", timed=False)
    after, issues = corrected(moved, decisions)
    assert text(after) == "some words before a peace agreement"
    assert not issues
    gone, issues = corrected(transcript("nothing of that", timed=False), decisions)
    assert text(gone) == "nothing of that"
    assert "no longer there" in str(issues[0])


def test_a_confirmed_turn_keeps_its_words_and_loses_its_doubts() -> None:
    """Somebody listened: another checkpoint cannot unsay it, and nothing is doubtful any more."""
    heard = transcript("we keep a list")
    flagged = Transcript(
        "r", (Segment(heard.segments[0].span, heard.segments[0].words, flags=(Flag("loop", "x"),)),)
    )
    decision = confirm(turn("we keep a list"), **WHO)
    after, _ = corrected(flagged, [decision])
    assert after.segments[0].flags == ()
    assert text(corrected(transcript("we kept the lists"), [decision])[0]) == "we keep a list"


def test_a_part_that_was_corrected_leaves_the_doubts_about_the_rest() -> None:
    """Flags go only when people have said what every word is."""
    base = transcript("we keep a list")
    flagged = Transcript(
        "r", (Segment(base.segments[0].span, base.segments[0].words, flags=(Flag("loop", "x"),)),)
    )
    after, _ = corrected(flagged, rewrite(turn("we keep a list"), "we keep a roster", **WHO))
    assert after.segments[0].flags


def test_a_later_correction_stands_on_an_earlier_one() -> None:
    """Both are applied in order; the second finds words that only the first one made."""
    first = rewrite(turn(HEARD), "the regional mechanisms after a piece agreement", **WHO)
    (segment,) = corrected(transcript(HEARD), first)[0].segments
    again = Turn("r-00000000", "r", "V1", segment.span, segment.words)
    second = rewrite(again, "the regional mechanism after a peace agreement", **WHO)
    after, issues = corrected(transcript(HEARD), (*first, *second))
    assert text(after) == "the regional mechanism after a peace agreement"
    assert not issues


def test_scripts_without_spaces_are_corrected_by_letters() -> None:
    """Thai is written without spaces: one wrong word does not replace the whole turn."""
    said = tuple(
        Word(Span(n * 300, (n + 1) * 300), word)
        for n, word in enumerate(["ขอบ", "คุณ", "มาก", "คับ"])
    )
    heard = Transcript("r", (Segment(Span(0, 1_200), said),))
    thai = Turn("r-00000000", "r", "V1", Span(0, 1_200), said)
    decisions = rewrite(thai, "ขอบคุณมากครับ", **WHO)
    after, _ = corrected(heard, decisions)
    assert text(after) == "ขอบคุณมากครับ"
    assert after.segments[0].words[:3] == said[:3]


def test_decisions_about_other_things_are_left_alone() -> None:
    """Other recordings and other kinds of decision change no word."""
    decision = rewrite(turn(HEARD), "peace", **WHO)[0]
    other = Decision("d-1", "words:the", "words", "a", "L", "now", "another", decision.anchor)
    kind = Decision("d-2", "voice:V1", "participant", "x", "L", "now", "r", decision.anchor)
    heard = transcript(HEARD)
    assert corrected(heard, [other, kind]) == (heard, ())


def test_overlap_is_what_people_heard() -> None:
    """A turn is marked, or a mark taken off, by time and whatever the turn is called."""
    talk = Conversation("r", (), (turn("one two"), turn("three four", start=5_000)))
    marked = overlapped(talk, [overlap(talk.turns[0], True, **WHO)])
    assert marked.turns[0].overlaps == (talk.turns[0].span,)
    assert marked.turns[1] == talk.turns[1]
    again = overlapped(marked, [overlap(marked.turns[0], False, **WHO)])
    assert again == talk


def test_turns_that_exist_already_can_be_read_with_new_words() -> None:
    """A page shows a correction at once; the turns keep their ids, empty ones stay to be undone."""
    second = replace(turn("hm hm", start=5_000), id="r-00005000")
    talk = Conversation("r", (), (turn("a piece agreement"), second))
    fixed = rewrite(talk.turns[0], "a peace agreement", **WHO)
    gone = rewrite(talk.turns[1], "", **WHO)
    now = reworded(talk, (*fixed, *gone))
    assert [each.text for each in now.turns] == ["a peace agreement", ""]
    assert [each.id for each in now.turns] == [each.id for each in talk.turns]
    assert reworded(talk, ()) is talk


def test_the_vocabulary_is_named() -> None:
    """Whoever reads decisions knows which are about words."""
    assert {kind.field for kind in corrections.DECISIONS} == {"words", "overlap"}
    said = turn("a b")
    assert {d.field for d in (*rewrite(said, "a c", **WHO), overlap(said, True, **WHO))} == {
        "words",
        "overlap",
    }


def test_a_word_that_was_heard_in_pieces_is_one_word() -> None:
    """Nobody touched it: no decision says so, and one beside it does not reach into it."""
    said = turn("a self -reliance plan -s now")
    glued = tuple(replace(w, text=w.text.replace(" -", "-")) for w in said.words)
    said = replace(said, words=glued)
    assert said.text == "a self-reliance plan-s now"
    assert rewrite(said, said.text, **WHO) == ()
    (made,) = rewrite(said, "a self-reliance plan-s today", **WHO)
    assert (made.target, made.value) == ("words:now", "today")
    (made,) = rewrite(said, "a self-rule plan-s now", **WHO)
    assert (made.target, made.value) == ("words:self-reliance", "self-rule")
    heard = Transcript("r", (Segment(said.span, glued),))
    assert text(corrected(heard, (made,))[0]) == "a self-rule plan-s now"


sentences = st.lists(
    st.sampled_from("a bb ccc the fund fund Peace, now.".split()), min_size=1, max_size=8
)


@given(old=sentences, new=st.lists(st.sampled_from("a the fund peace x y".split()), max_size=8))
def test_any_rewriting_gives_exactly_the_wanted_text(old: list[str], new: list[str]) -> None:
    """Whatever is typed is what the transcript says, once and again."""
    before, wanted = " ".join(old), " ".join(new)
    decisions = rewrite(turn(before), wanted, **WHO)
    once, issues = corrected(transcript(before, "and then"), decisions)
    assert text(once) == (f"{wanted} | and then" if wanted else "and then")
    assert not issues
    assert text(corrected(once, decisions)[0]) == text(once)


@given(shift=st.integers(-120, 120), new=st.sampled_from(["mechanism", "mechanisms we", "Mekong"]))
def test_a_shift_of_the_whole_clock_loses_no_correction(shift: int, new: str) -> None:
    """Word times differ between checkpoints by a tenth of a second; that moves no correction."""
    old = "the mekong ism after a peace agreement"
    decisions = rewrite(turn(old, start=1_000), f"the {new} after a peace agreement", **WHO)
    later = Transcript("r", (Segment(Span(0, 9_000), words(old, start=1_000 + shift)),))
    assert text(corrected(later, decisions)[0]) == f"the {new} after a peace agreement"


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_correction_of_everything_removes_the_segment(value: str) -> None:
    """Somebody coughed; no empty turn is left behind."""
    after, _ = corrected(transcript("hm hm", "yes"), rewrite(turn("hm hm"), value, **WHO))
    assert text(after) == "yes"
