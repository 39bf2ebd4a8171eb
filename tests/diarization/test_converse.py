"""Turns: whose words, decided by what, and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.audio.decode import Audio
from fgd.diarization import Diarization, VoicePrint, VoiceTurn, converse
from fgd.model import Flag, Segment, Span, Transcript, Voice, Word
from tests.diarization.conftest import ToneEmbedder, save, tone


def said(text: str, start: int, *, label: str = "", word: int = 200) -> Segment:
    """A segment whose words last ``word`` ms each, without pauses."""
    words = tuple(
        Word(Span(start + i * word, start + (i + 1) * word), f" {token}")
        for i, token in enumerate(text.split())
    )
    return Segment(Span(start, words[-1].span.end), words, label)


def transcript(*segments: Segment, timed: bool = True) -> Transcript:
    return Transcript("r1", segments, timed=timed)


def heard(*turns: tuple[str, int, int], prints: tuple[VoicePrint, ...] = ()) -> Diarization:
    made = tuple(VoiceTurn(voice, Span(start, end)) for voice, start, end in turns)
    names = dict.fromkeys(turn.voice for turn in made)
    return Diarization("r1", tuple(Voice(v, "r1") for v in names), made, prints)


# -- without labels --------------------------------------------------------------------------


def test_each_sentence_goes_to_one_voice() -> None:
    """A change in mid-sentence does not cut it; the majority of its words' time decides."""
    words = transcript(said("We agree on that. But who pays for it?", 0))
    found, issues = converse("r1", words, heard(("V1", 0, 1000), ("V2", 1000, 2000)))
    assert [(t.voice, t.text) for t in found.turns] == [
        ("V1", "We agree on that."),
        ("V2", "But who pays for it?"),
    ]
    assert [t.share for t in found.turns] == [1.0, 0.8]
    assert found.turns[1].runner_up == "V1"
    assert found.turns[1].runner_up_share == 0.2
    assert {t.decided_by for t in found.turns} == {"diarization"}
    assert issues == ()


def test_ids_are_recording_and_time() -> None:
    """Anchored to the start, with a letter where two turns start together."""
    words = transcript(said("One.", 1_500), said("Two.", 1_500, label=""))
    diarized = heard(("V1", 0, 1_600), ("V2", 1_600, 4_000))
    both = transcript(
        Segment(Span(1500, 1600), (Word(Span(1500, 1600), " One."),)),
        Segment(Span(1500, 2500), (Word(Span(1500, 2500), " Two."),)),
    )
    assert [t.id for t in converse("r1", words, diarized)[0].turns] == ["r1-00001500"]
    assert [t.id for t in converse("r1", both, diarized)[0].turns] == [
        "r1-00001500",
        "r1-00001500a",
    ]


def test_words_outside_all_turns_go_to_the_nearest_voice() -> None:
    """And the turn says that this is why."""
    words = transcript(said("Hello.", 0), said("Far away.", 50_000))
    found, _ = converse("r1", words, heard(("V1", 900, 5_000), ("V2", 9_000, 12_000)))
    assert [(t.voice, t.decided_by, t.share) for t in found.turns] == [
        ("V1", "nearest voice", 0.0),
        ("V1", "voice before", 0.0),
    ]


def test_words_in_the_noise_of_a_crowd_are_nobodys() -> None:
    """Most of a sentence's time decides, as between voices; what is beside it changes nothing."""
    words = transcript(said("Let us vote. Yes yes yes yes. Thank you all. Go on.", 0))
    diarized = replace(
        heard(("V1", 0, 800), ("V2", 1_200, 2_400)), noises=(Span(600, 1_400), Span(4_000, 9_000))
    )
    found, _ = converse("r1", words, diarized)
    assert [(t.voice, t.text, t.decided_by) for t in found.turns] == [
        ("V1", "Let us vote.", "diarization"),
        ("V0", "Yes yes yes yes.", "hardly speech"),
        ("V2", "Thank you all. Go on.", "diarization"),
    ]
    assert found.turns[1].overlaps == ()


def test_a_long_pause_begins_a_new_turn() -> None:
    """Two seconds of one voice are one turn, more are two."""
    diarized = heard(("V1", 0, 20_000))
    near = transcript(said("One.", 0), said("Two.", 2_200))
    far = transcript(said("One.", 0), said("Two.", 2_201))
    assert len(converse("r1", near, diarized)[0].turns) == 1
    assert len(converse("r1", far, diarized)[0].turns) == 2


def test_overlap_is_kept() -> None:
    """Where the diarizer hears somebody else as well, the turn says from when to when."""
    words = transcript(said("One two three four five.", 0))
    found, _ = converse("r1", words, heard(("V1", 0, 1000), ("V2", 300, 500)))
    assert found.turns[0].overlaps == (Span(300, 500),)
    assert {voice.id for voice in found.voices} == {"V1", "V2"}


def test_a_change_of_voice_is_no_overlap() -> None:
    """Words that reach into the next voice's time overlap with nobody."""
    words = transcript(said("One two three.", 0))
    found, _ = converse("r1", words, heard(("V1", 0, 500), ("V2", 500, 2000)))
    assert found.turns[0].overlaps == ()


def test_doubts_about_words_stay_with_them() -> None:
    """Flags of segments and the worst timing are the turn's."""
    loop = Flag("loop", "the same five times")
    first = Segment(Span(0, 100), (Word(Span(0, 100), " Yes."),), flags=(loop,))
    second = Segment(Span(100, 200), (Word(Span(100, 200), " Yes."),), timing="interpolated")
    (turn,) = converse("r1", transcript(first, second), heard(("V1", 0, 500)))[0].turns
    assert turn.flags == (loop,)
    assert turn.timing == "interpolated"


# -- the second opinion ----------------------------------------------------------------------

LOW, HIGH = 250, 850


@pytest.fixture
def sound(tmp_path: Path) -> Audio:
    """Four seconds of a low voice, two of a high one, four of the low one."""
    parts = [tone(LOW, 4_000), tone(HIGH, 2_000), tone(LOW, 4_000)]
    return save(tmp_path / "s.wav", np.concatenate(parts))


def prints() -> tuple[VoicePrint, ...]:
    ear = ToneEmbedder()
    return tuple(
        VoicePrint(voice, tuple(ear(tone(hertz, 1_000)).tolist()))
        for voice, hertz in (("V1", LOW), ("V2", HIGH))
    )


def test_a_sentence_moves_to_the_voice_it_sounds_like(sound: Audio) -> None:
    """The diarizer missed the high voice; exactly its sentence is moved, and says why."""
    words = transcript(
        said("The low voice says this.", 0, word=800),
        said("The high voice.", 4_000, word=660),
        said("And the low one again.", 6_000, word=800),
    )
    missed = heard(("V1", 0, 10_000), ("V2", 10_500, 12_000), prints=prints())
    found, _ = converse("r1", words, missed, audio=sound, embedder=ToneEmbedder())
    assert [(t.voice, t.decided_by) for t in found.turns] == [
        ("V1", "diarization"),
        ("V2", "second opinion"),
        ("V1", "diarization"),
    ]
    assert found.turns[1].share == 0.0
    assert found.turns[1].runner_up == "V1"


def test_too_short_for_an_opinion(sound: Audio) -> None:
    """Less than 0.8 s of sound moves nothing."""
    words = transcript(said("Hm.", 4_500, word=700))
    missed = heard(("V1", 0, 10_000), ("V2", 10_500, 12_000), prints=prints())
    found, _ = converse("r1", words, missed, audio=sound, embedder=ToneEmbedder())
    assert found.turns[0].voice == "V1"


def test_a_missing_full_stop_does_not_glue_two_people(sound: Audio) -> None:
    """Where the sound of both sides confirms a change inside a sentence, it is cut there."""
    words = transcript(said("low low low low low high high high", 0, word=800))
    right = heard(("V1", 0, 4_000), ("V2", 4_000, 6_400), prints=prints())
    found, _ = converse("r1", words, right, audio=sound, embedder=ToneEmbedder())
    assert [t.text for t in found.turns] == ["low low low low low", "high high high"]
    wrong = heard(("V1", 0, 2_000), ("V2", 2_000, 6_400), prints=prints())
    found, _ = converse("r1", words, wrong, audio=sound, embedder=ToneEmbedder())
    assert len(found.turns) == 1


# -- labels ----------------------------------------------------------------------------------


def test_a_change_heard_late_is_put_where_the_sentence_pauses(sound: Audio) -> None:
    """A recogniser's comma joins two people and the diarizer hears the change 0.7 s too late: the
    words go over behind the pause, and not in the middle of a clause.
    """
    words = transcript(
        said("The low voice says this,", 0, word=780),  # until 3.9 s
        said("and my name is high.", 4_050, word=380),
    )
    late = heard(("V1", 0, 4_700), ("V2", 4_700, 6_000), prints=prints())
    found, _ = converse("r1", words, late, audio=sound, embedder=ToneEmbedder())
    assert [(t.voice, t.text) for t in found.turns] == [
        ("V1", "The low voice says this,"),
        ("V2", "and my name is high."),
    ]


def test_a_short_piece_goes_over_at_a_silence(sound: Audio) -> None:
    """Half a second is too little to be heard; it is another voice's only behind a silence."""
    for silence, voices in ((320, ["V1", "V2"]), (80, ["V2"])):
        words = transcript(
            said("we go", 3_960 - 500 - silence, word=250),
            said("high voice says this", 3_960, word=500),
        )
        change = heard(("V1", 0, 3_900), ("V2", 3_900, 6_000), prints=prints())
        found, _ = converse("r1", words, change, audio=sound, embedder=ToneEmbedder())
        assert [turn.voice for turn in found.turns] == voices


def test_labels_decide() -> None:
    """One voice per name, in order of appearance; consecutive cues of a name are one turn."""
    words = transcript(
        said("Good morning.", 0, label="Ana"),
        said("Welcome.", 1_000, label="Ana"),
        said("Thank you.", 2_000, label="Bo"),
        said("Please.", 9_000, label="Ana"),
    )
    found, issues = converse("r1", words)
    assert [(t.voice, t.label, t.text) for t in found.turns] == [
        ("V1", "Ana", "Good morning. Welcome."),
        ("V2", "Bo", "Thank you."),
        ("V1", "Ana", "Please."),
    ]
    assert {t.decided_by for t in found.turns} == {"label"}
    assert {t.share for t in found.turns} == {1.0}
    assert [v.speech for v in found.voices] == [800, 400]
    assert issues == ()


def test_a_doubtful_label_is_kept_and_marked() -> None:
    """A passage that sounds like another label's voice gets a flag, and an issue counts them."""
    words = transcript(
        said("Ana says all of these words and many more now.", 0, label="Ana", word=500),
        said("Bo says all of these words now.", 5_000, label="Bo", word=500),
        said("Ana as Bo as well.", 10_000, label="Bo", word=500),
        said("Bo says many more of these words to us now.", 15_000, label="Bo", word=500),
    )
    sound = heard(
        ("V1", 0, 5_000), ("V2", 5_000, 9_000), ("V1", 10_000, 14_000), ("V2", 15_000, 21_000)
    )
    found, (issue,) = converse("r1", words, sound)
    assert [t.label for t in found.turns] == ["Ana", "Bo", "Bo", "Bo"][: len(found.turns)]
    doubted = [t for t in found.turns if any(f.kind == "voice" for f in t.flags)]
    assert [f.reason for t in doubted for f in t.flags] == ["sounds like the voice labelled Ana"]
    assert "1 of 4" in issue.message


def test_a_passage_without_a_name_among_names() -> None:
    """It goes to the label whose voice is heard there, or else to nobody."""
    words = transcript(
        said("Ana says all of these words now.", 0, label="Ana", word=500),
        said("And these words as well I think.", 5_000, word=500),
    )
    found, issues = converse("r1", words, heard(("V1", 0, 9_000)))
    assert [(t.voice, t.decided_by) for t in found.turns] == [
        ("V1", "label"),
        ("V1", "voice of a label"),
    ]
    assert issues == ()
    found, (issue,) = converse("r1", words)
    assert [(t.voice, t.decided_by) for t in found.turns] == [("V1", "label"), ("V0", "no label")]
    assert "1 of 2" in issue.message


# -- neither ---------------------------------------------------------------------------------


def test_nobody_to_give_it_to() -> None:
    """One voice that stands for nobody, said so, in turns that can be read."""
    words = transcript(
        *(said("Ten words in a row and so on it goes.", 2_000 * i) for i in range(90))
    )
    found, (issue,) = converse("r1", words)
    assert {t.voice for t in found.turns} == {"V0"}
    assert {t.decided_by for t in found.turns} == {"voices not told apart"}
    assert max(t.span.duration for t in found.turns) <= 60_000
    assert [voice.id for voice in found.voices] == ["V0"]
    assert "V0" in issue.message


def test_nothing_at_all() -> None:
    """No words: no turns, no voices, no issue."""
    found, issues = converse("r1", transcript())
    assert (found.turns, found.voices, issues) == ((), (), ())


def test_plain_text_has_no_times() -> None:
    """Spans count characters: no pause begins a turn, and no diarization is consulted."""
    words = transcript(said("One.", 0, label="A"), said("Two.", 99_000, label="A"), timed=False)
    found, _ = converse("r1", words, heard(("V1", 0, 1)))
    assert len(found.turns) == 1
    assert not found.timed


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4_000),
            st.integers(1, 6),
            st.sampled_from(["", "", "A", "B"]),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.lists(
        st.tuples(st.sampled_from(["V1", "V2", "V3"]), st.integers(0, 9_000), st.integers(1, 4_000))
    ),
    st.booleans(),
)
def test_every_word_is_in_one_turn(
    material: list[tuple[int, int, str, bool]],
    turns: list[tuple[str, int, int]],
    diarized: bool,
) -> None:
    """All words once and in order, ids unique, voices all listed, whatever comes together."""
    at, segments = 0, []
    for gap, count, label, stop in material:
        at += gap
        segments.append(said(" ".join(["w"] * count) + ("." if stop else ""), at, label=label))
        at = segments[-1].span.end
    diarization = heard(*((v, s, s + d) for v, s, d in turns)) if diarized else None
    found, _ = converse("r1", transcript(*segments), diarization)
    assert [w for t in found.turns for w in t.words] == [w for s in segments for w in s.words]
    ids = [t.id for t in found.turns]
    assert len(set(ids)) == len(ids)
    assert {t.voice for t in found.turns} <= {v.id for v in found.voices}
    assert all(t.decided_by for t in found.turns)
    assert all(0 <= t.share <= 1 for t in found.turns)
