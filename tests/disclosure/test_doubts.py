"""What is not known to be harmless is in doubt: words by themselves, lives by their clause."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.clauses import lines
from fgd.disclosure import doubts
from fgd.disclosure.doubts import (
    BESIDE,
    OTHER,
    Doubt,
    Harmless,
    _telling,
    clauses,
    grammar,
    is_common,
    learned,
    telling,
)
from fgd.workbench.circulation_view import together

ROOT = Path(__file__).resolve().parent.parent.parent

HARMLESS = Harmless(frozenset({"lantern"}))


def left(text: str, known: Harmless = HARMLESS) -> str:
    """A text with ``#`` in place of what is in doubt."""
    for doubt in reversed(known.doubts(text)):
        text = f"{text[: doubt.start]}#{text[doubt.end :]}"
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "A small fund would help, if it is audited.",
            "A small fund would help, if it is audited.",
        ),
        ("The programme should be organised by neighbours.", None),
        ("They asked Waleed Barakat about the wells.", "They asked # about the wells."),
        ("Barakat will not pay for wells.", "# will not pay for wells."),
        ("The ZKMT wants more trucks.", "The # wants more trucks."),
        ("Ask R.T. and pay in kwacha.", "Ask # and pay in #."),
        ("Write to desk@wells.example by 4 June 2019.", "#."),
        ("Ring +44 20 7946 0018 before noon.", "Ring # before noon."),
        ("They say that мир is a word.", "They say that # is a word."),
        ("Wells are cheap, and I am a retired judge, so listen.", "Wells are cheap, #, so listen."),
        ("I am not sure that wells are cheap.", "I am not sure that wells are cheap."),
        ("Wells matter because my village has none.", "Wells matter #."),
        (
            "We negotiated the truce on the bridge, but wells came later.",
            "#, but wells came later.",
        ),
        ("Wells matter, as the lady beside me knows.", "Wells matter, #."),
        ("We are the only ones with a drill, and drills are dear.", "#, and drills are dear."),
        ("For eleven years I have dug wells.", "#."),
        ("The Lantern shines.", "The Lantern shines."),
    ],
)
def test_what_is_in_doubt(text: str, expected: str | None) -> None:
    """A word or a clause at a time; the rest stays as it was said."""
    assert left(text) == (expected or text).rstrip() or left(text).rstrip(".") == (
        expected or text
    ).rstrip(".")


@pytest.mark.parametrize(
    "text",
    [
        "I think that wells are cheap.",
        "I would like to propose a second pump.",
        "We should drill before June, and we must share the water.",
        "I have a question about the pump.",
        "I am in favour of a shared pump.",
        "Let me say that pumps break.",
        "Can we agree that pumps break?",
        "If we build a pump it should be shared.",
        "Some of us doubt it.",
    ],
)
def test_opinions_and_what_all_should_do_stay(text: str) -> None:
    """A first person is no reason to withhold anything."""
    assert left(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Pumps break; I crossed the dam on foot.",
        "Pumps break, I had to sell two goats.",
        "Pumps break, I am on crutches.",
        "Pumps break, we millers know it.",
        "Pumps break, they sent me home.",
        "Pumps break, that pump is mine.",
        "Pumps break, I shall be mayor by then.",
        "Pumps break, we have seven dams.",
        "Pumps break, as the man near the stove knows.",
        "Pumps break, Captain.",
        "Pumps break since the cyclone.",
        "Pumps break, also on the day of the plum harvest.",
        "Pumps break, ask q z v for parts.",
    ],
)
def test_whoever_tells_of_themselves_or_the_room_is_withheld(text: str) -> None:
    """What is not known to be an opinion or talk about the talk is in doubt."""
    assert "#" in left(text).removeprefix("Pumps break")


def test_words_of_the_guide_may_be_events() -> None:
    """What the room was asked about is no secret of one of them."""
    known = Harmless(frozenset({"cyclone"}))
    assert left("Pumps break since the cyclone.", known) == "Pumps break since the cyclone."


def test_the_year_of_the_meeting_is_no_date_that_identifies() -> None:
    """The edition says when the meeting was; other years may be of somebody's life."""
    known = Harmless(frozenset({"2031"}))
    assert not known.words("peacebuilding-2031")
    assert [each.why for each in known.words("peacebuilding-2019")] == ["a date"]


def test_spelled_acronyms_are_one_place_and_openers_no_names() -> None:
    """Letters that were heard one by one are one acronym, and "Is" in a sentence names nobody."""
    assert not Harmless().words("The U_N_ should ask. The pump But Is it a good one")
    (found,) = Harmless().words("It has the Z_Q_W_ of last year.")
    assert (found.start, found.end, found.why) == (11, 17, "an acronym")
    assert Harmless().words("They asked Will and Barakat.")


def test_letters_of_numbers_and_the_words_of_a_parliament_are_no_names() -> None:
    """ "Amendment 2D" is no initial, and every country has a prime minister."""
    said = "I move that the Prime Minister and the House reject amendments 1A to 2D at this Stage."
    assert HARMLESS.words(said) == []
    assert [said.why for said in HARMLESS.words("I asked D about it.")] == ["a name"]


def test_names_of_shipped_themes_are_harmless() -> None:
    """Nobody in the room wrote them; cases are names of places and wait like others."""
    for path in sorted((ROOT / "fgd" / "codebooks").glob("*.toml")):
        for code in tomllib.loads(path.read_text(encoding="utf-8"))["codes"]:
            if code.get("dimension") != "case":
                assert HARMLESS.words(code["name"]) == [], code["name"]


def test_a_person_says_it_in_other_words() -> None:
    """What was said is replaced, and what is longer than that is still in doubt."""
    known = Harmless(reworded=(("my father's mill", "a mill"),))
    assert left("Wells matter for my father's mill.", known) == "Wells matter for my father's mill."
    assert known.rewordings("Wells matter for My father's mill.") == [(17, 33, "a mill")]


def test_a_person_lets_words_go_and_takes_words_out() -> None:
    """What is released stands wherever it is said; what is withheld never does."""
    decided = Harmless(released=("Barakat",), withheld=("cheap wells",))
    assert left("Barakat likes cheap wells.", decided) == "Barakat likes #."


def test_a_language_without_a_list_is_in_doubt_as_a_whole() -> None:
    """Nothing is known of its words, so nothing is said."""
    text = "Kami butuh sumur."
    assert Harmless(read=False).doubts(text) == (
        Doubt(0, len(text), "a language whose common words are not known"),
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_doubts_lie_in_order_inside_the_text(text: str) -> None:
    """Whatever is said, doubts are slices of it that do not overlap."""
    end = 0
    for doubt in HARMLESS.doubts(text):
        assert end <= doubt.start < doubt.end <= len(text)
        end = doubt.end


@pytest.mark.parametrize("letter", ["a", "A", "-", "a-", "a.", "1", "@", "é"])
def test_a_word_without_end_is_one_doubt(letter: str) -> None:
    """Fifty thousand letters without a gap are read once, not once for each of them."""
    text = f"They asked {letter * 50_000} about the wells."
    assert left(text).startswith(("They asked ", "#"))
    assert left("They wrote to post.box-2@well.example.org about the wells.").count("#") == 1


def test_marks_and_beginnings_of_words_are_no_names() -> None:
    """A quotation mark without a space, what opens a quotation, and new words of common ones."""
    assert (
        left("They should say 'pumps' rather than'wells', and preassign a hotline.").count("#") == 0
    )
    assert left('Put up a board that says, "Here\'s a pump" and wait.').count("#") == 0


def test_words_said_otherwise_raise_no_doubt_about_those_beside_them() -> None:
    """What was harmless beside what was said is so beside what is said instead."""
    text = "My brother sold them, and both sides should sign it."
    told = "My brother sold them"
    assert [text[each.start : each.end] for each in Harmless().doubts(text)] == [told]
    assert Harmless(reworded=((told, "somebody sold them"),)).doubts(text) == ()


def test_british_and_american() -> None:
    """One list serves both spellings."""
    assert all(
        map(is_common, ("labour", "organisation", "centres", "defence", "programmes", "tolls"))
    )
    assert not any(map(is_common, ("rupiah", "tatmadaw", "xqzt")))


# -- the model -------------------------------------------------------------------------------------


def test_weights_come_from_the_script_and_the_grammar_beside_them() -> None:
    """Who changes a rule, or how it is learned, learns the weights anew: python -m benchmarks.clauses."""
    script = (ROOT / "benchmarks" / "clauses.py").read_bytes()
    assert learned().script == hashlib.sha256(script).hexdigest()
    assert learned().grammar == grammar()


def test_what_is_learned_from_is_large_and_of_no_test_or_demo() -> None:
    """1,500 clauses of 40 kinds at least, and none that stands in what the product is judged on."""
    found = list(lines())
    assert sum(len(each.clauses) for each in found) >= 1500
    assert len({each.kind for each in found}) >= 40

    def plain(text: str) -> str:
        return " ".join(re.findall(r"\w+", text.casefold()))

    kinds = (".py", ".vtt", ".script", ".md", ".csv", ".jsonl", ".txt")
    judged = [p for folder in ("demo", "tests") for p in (ROOT / folder).rglob("*")]
    texts = [plain(p.read_text(encoding="utf-8")) for p in judged if p.suffix in kinds]
    said = {plain(text) for each in found for text, _ in each.clauses if len(text.split()) > 6}
    assert not [each for each in said if any(each in text for text in texts)]


@pytest.mark.parametrize(
    "text",
    [
        "Pumps break, you sat on the board that bought them.",
        "Pumps break, she was the engineer of that dam.",
        "Pumps break, the fellow with the crutches has just told you why.",
        "Pumps break, a certain ministry knew of it.",
        "Pumps break, somebody in here sold the spare parts.",
        "Pumps break, the delegation that came late has the spare parts.",
        "Whoever left the tap running owns the well next door.",
        "The smallest tribunal of the coast wants a longer list.",
        "The keeper of the register has been reading the drafts.",
        "What the other captain asked for yesterday was a map.",
        "Pumps break, and their inventor says as much.",
    ],
)
def test_clauses_that_no_rule_sees_are_in_doubt(text: str) -> None:
    """Whoever else is told of, and whoever tells of themselves without saying I."""
    assert "#" in left(text)


@pytest.mark.parametrize(
    "text",
    [
        "Our ports should be open at night.",
        "Pumps break, the owner has to pay.",
        "The side that breaks the truce should pay.",
        "Our task is to find three reasons.",
        "I am still looking for the word on this page.",
    ],
)
def test_a_broad_rule_gives_way_where_the_model_is_sure(text: str) -> None:
    """What anybody may say stays, although it is told of us."""
    assert left(text) == text


def test_what_stands_in_the_sentence_of_what_tells_is_in_doubt_sooner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Common words go on about a thing that tells; in a sentence of their own they may stand."""
    text = "Wells run dry, pumps break, tanks leak, roofs rust. Pumps break at night."
    low, between = BESIDE / 2, (BESIDE + OTHER) / 2
    rows = list(zip(clauses(text), (OTHER, between, low, between, between), strict=True))
    chances = tuple((*span, chance) for span, chance in rows)
    monkeypatch.setattr(doubts, "telling", lambda _: chances)
    assert left(text) == "#, tanks leak, #. Pumps break at night."
    monkeypatch.setattr(doubts, "telling", lambda _: tuple((a, b, between) for a, b, _ in chances))
    assert left(text) == text


def test_clauses_that_follow_each_other_are_one_place() -> None:
    """A person looks once at what somebody tells in one breath; names stay places of their own."""
    told = left("Pumps break, because my brother sold them, and my cousin laid the pipes.")
    assert told.count("#") == 1
    assert left("The ZKMT and Waleed Barakat should pay for pumps.") == (
        "The # and # should pay for pumps."
    )


def test_the_same_words_for_the_same_reason_are_one_place() -> None:
    """One key decides about all; what needs no look comes last."""
    name, text = Doubt(4, 11, "a name"), "Ask Barakat now."
    found = [("Q9", "By name.", Doubt(0, 2, "a name"), True)]
    found += [(f"Q{n}", text, name, n != 2) for n in range(1, 6)]
    first, second = together(found)
    assert (first.words, first.quote, first.aside) == ("Barakat", "Q1, Q2, Q3 and 2 more", False)
    assert (second.quote, second.number, second.aside) == ("Q9", 2, True)


def test_clauses_of_one_speaker_are_one_place() -> None:
    """What somebody tells is judged together; names, decided for every quote, stay by themselves."""
    text, more = "My brother sold it, pumps break, my cousin knows, says Barakat.", "I dug it."
    found = [
        ("Q1", text, Doubt(0, 18, "tells what somebody did"), False),
        ("Q1", text, Doubt(33, 48, "may tell who somebody is"), False),
        ("Q1", text, Doubt(55, 62, "a name"), False),
        ("Q2", text, Doubt(55, 62, "a name"), False),
        ("Q3", more, Doubt(0, 8, "tells what somebody did"), False),
        ("Q4", more, Doubt(2, 8, "may tell who somebody is"), False),
    ]
    told, name, other = together(found, {"Q1": "V1", "Q3": "V1", "Q4": "V2"})
    assert (told.words, told.also) == (text[:18], (text[33:48], more[:8]))
    assert told.quote == "Q1, Q3"
    marked = [[part for part, doubt in quote if doubt] for quote in told.parts]
    assert marked == [[text[:18], text[33:48]], [more[:8]]]
    assert "".join(part for part, _ in told.parts[0]) == text
    assert (name.words, name.also, name.quote) == ("Barakat", (), "Q1, Q2")
    assert (other.words, other.quote) == ("dug it", "Q4")


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab ,.;I'\n-", max_size=300))
def test_clauses_lie_in_order_inside_the_text(text: str) -> None:
    """Every word is in one clause, and a clause that nobody punctuated is cut."""
    end = 0
    for start, stop in clauses(text):
        assert end <= start < stop <= len(text)
        assert not text[end:start].strip(" \n,;.-'") or "-" in text[end:start]
        assert len(text[start:stop].split()) <= 24
        end = stop


def test_a_clause_is_judged_the_same_however_often() -> None:
    """A chance is between 0 and 1, and of the text alone."""
    text = "Pumps break, and my brother sold them."
    chances = telling(text)
    _telling.cache_clear()
    assert chances == telling(text)
    assert all(0 <= chance <= 1 for *_, chance in chances)
