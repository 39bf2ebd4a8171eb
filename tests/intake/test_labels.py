"""Which words before a colon are a speaker."""

from __future__ import annotations

import pytest

from fgd.intake.transcripts.speaker_labels import candidate, form, speakers

from .writers import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script_are_candidates(name: str) -> None:
    """Nobody is left out for a title, a script without capitals, or an institution in brackets."""
    found = candidate(f"{name}: hello: there")
    assert found is not None
    assert (found.label, found.text) == (name, "hello: there")
    assert f"{name}: hello: there"[found.offset :] == "hello: there"
    assert form(name) in ("name", "neutral")


@pytest.mark.parametrize(
    "line",
    [
        "Note: the following was agreed",
        "NB: late",
        "http://example.org",
        "https: //example.org",
        "10:30 we begin",
        "At 10:30 we begin",
        "We were told: no",
        "And I would like to say: no",
        "That is the point. Minister: no",
        "Is it so? Yes: it is",
        "Date: 12 May",
        "Section 2: the region",
        "there are, as I said, many of them: one",
        "[applause] and so on",
        "[00:01:02] and so on",
        "1: one",
        "one two three four five six seven: eight",
        "X" * 61 + ": too long",
        ": nobody",
    ],
)
def test_text_with_a_colon_is_text(line: str) -> None:
    """Notes, addresses, times and sentences are never candidates."""
    assert candidate(line) is None


@pytest.mark.parametrize(
    "line", ["- Anna: hi", ">> Anna: hi", "[Anna] hi", "[Anna]: hi", "Anna:hi"]
)
def test_conventions(line: str) -> None:
    """Dashes, double angles, brackets and a missing space are all in use."""
    found = candidate(line)
    assert found is not None
    assert (found.label, found.text) == ("Anna", "hi")


def test_one_name_in_a_long_monologue_is_text() -> None:
    """A colon now and then does not make a file a dialogue."""
    assert speakers(["Secretary General", *[""] * 30]) == frozenset()


def test_names_that_come_back_make_a_dialogue_of_a_wrapped_text() -> None:
    """Two names that repeat are a convention even when most lines have none."""
    firsts = ["Anna", *[""] * 12, "Ben", *[""] * 12, "Anna", *[""] * 12, "Ben", "Key Messages"]
    assert speakers(firsts) == {"Anna", "Ben", "Key Messages"}


def test_lower_case_labels_need_to_come_back() -> None:
    """A "moderator" twice is a label, "main points" once is text."""
    firsts = ["moderator", "Anna", "moderator", "main points", ""]
    assert speakers(firsts) == {"moderator", "Anna"}
    # Where simply everything has a label, so has this line.
    assert speakers(firsts[:-1]) == {"moderator", "Anna", "main points"}


def test_scripts_without_capitals_need_to_come_back_or_be_everywhere() -> None:
    """A Thai phrase before a single colon is text; before every line it is a name."""
    assert speakers(["ประเด็นสำคัญ", "", "", "Anna", "Anna"]) == {"Anna"}
    assert speakers(["สมชาย", "สมหญิง"]) == {"สมชาย", "สมหญิง"}


@pytest.mark.parametrize(
    "label", ["Female participant 2", "Unidentified speaker", "Male voice", "Speaker B"]
)
def test_somebody_without_a_name_is_a_speaker_though_heard_once(label: str) -> None:
    """Missed, the words would stand under the name of whoever spoke before."""
    assert speakers(["Moderator", "Amb. Lim", label]) == {"Moderator", "Amb. Lim", label}
    assert form("Main points of the member") == "weak"


def test_nothing_gives_nothing() -> None:
    """No blocks, no candidates: no speakers."""
    assert speakers([]) == frozenset()
    assert speakers(["", ""]) == frozenset()
