"""Who answered what in small discussions, and what people then decide about it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fgd.decisions.findings import Desk
from fgd.deliberation import responses
from fgd.deliberation.network import learned
from tests.deliberation.rooms import Told

FERRY = """
Chair: Welcome. How should the island be reached in winter? Boris, please.
Boris: The bridge is closed for snow. I propose that the district runs a ferry from November on.
Dana: I agree with Boris. My pupils miss school whenever it snows.
Chair: Emil, do you look at it in the same way?
Emil: I disagree. A ferry is far too dear for forty families. The district should heat the bridge.
Fatma: Same with us.
Chair: Thank you. We do not agree here.
"""


def test_an_objector_is_against_and_proposes_something_instead() -> None:
    """Support, and objection with a proposal in its place; who may have joined is not guessed."""
    told = Told(FERRY)
    assert told.sides("runs a ferry") == {"Dana": "for", "Emil": "against"}
    (emil,) = [r for r in told.responses("runs a ferry") if r.who.endswith("Emil")]
    assert emil.instead == told.proposition("heat the bridge").id
    assert [each.conclusion for each in told.found.summings] == ["not agreed"]


def test_reports_and_needs_are_no_proposals() -> None:
    """Rules, articles and other people's needs put nothing to the room."""
    told = Told(
        """
        Chair: How do the market women sell their fish?
        Boris: According to the notice we must weigh every crate twice.
        Dana: The papers say that we should eat more herring. I never do.
        Emil: The old women need to walk to the harbour before dawn.
        """
    )
    assert not told.put()


def test_what_people_decide_outranks_and_is_found_again() -> None:
    """A changed side and a proposition taken away hold, carry their name, and survive other words."""
    told = Told(FERRY)
    desk = Desk(told.found, told.talk.turns, by="Rita", when="2026-01-01")
    (dana,) = [r for r in told.responses("runs a ferry") if r.who.endswith("Dana")]
    heat = told.proposition("heat the bridge")
    said, put = dana.place, heat.place
    decisions = (
        desk.answer(said.turn, said.start, said.end, dana.proposition, "condition"),
        desk.put(put.turn, put.start, put.end, "none"),
    )
    for script in (FERRY, FERRY.replace("I agree with Boris", "I agreed with Boris")):
        again = Told(script, decisions=decisions)
        assert again.sides("runs a ferry")["Dana"] == "condition"
        (mine,) = [r for r in again.responses("runs a ferry") if r.who.endswith("Dana")]
        assert mine.by == "Rita"
        assert not any("heat the bridge" in words for words in again.put())


def test_weights_come_from_the_script_beside_them() -> None:
    """The shipped weights name the hash of the training script as it is."""
    script = Path("benchmarks/deliberation_training.py").read_bytes()
    assert learned().script == hashlib.sha256(script).hexdigest()


def test_the_same_is_said_of_what_came_before() -> None:
    """Never of an answer that somebody gives later on."""
    told = Told(
        """
        Chair: Welcome.
        Ivo: I have had no coal since May. How is it with the others?
        Mara: The same here.
        Chair: The lorry broke down, and it will come on Monday.
        Olga: Would anybody watch the stove at night?
        Ivo: I would. I do it already.
        """
    )
    assert "Mara" not in told.sides("watch the stove")


def test_a_question_that_hands_on_the_floor_is_none() -> None:
    """Nobody is said to have left it without an answer."""
    told = Told(
        """
        Chair: Dr Petrov, you wanted to say something?
        Ivo: The rule about the stove is from the ministry's circular, and it had a reason.
        Mara: The coal is wet.
        Olga: It snows.
        """
    )
    assert told.put("question") == []


def test_who_was_only_joking_is_against_nothing() -> None:
    """A no that takes back one's own joke."""
    told = Told(
        """
        Ada: I would call the harbour master, and the barge can wait at the pier.
        Ben: No, I am only joking. It is a long night.
        Ada: The moon is up.
        """
    )
    assert not [r for r in told.found.responses if r.side == "against"]


def test_answers_to_a_doubled_question_are_those_of_both_sentences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the networks link to the first sentence of two is no answer to something else."""
    monkeypatch.setattr(responses, "ANSWERED", 0.0)
    told = Told(
        """
        Chair: Do the pilots know the new harbour chart? Is that not a danger?
        Ada: Yes, the harbour chart is a danger, but not only for pilots. Skippers do not know the harbour chart either.
        Bo: No pilot of ours has ever seen the harbour chart.
        Cleo: Our crews cannot find the harbour chart, and they ask us about it every week.
        """
    )
    assert {"Bo", "Cleo"} <= {each.who[5:] for each in told.responses("harbour chart")}


def test_what_somebody_would_like_to_learn_is_a_question() -> None:
    """It needs no question mark, and no network to think so."""
    told = Told(
        """
        Chair: Who keeps the key of the granary? Ada, please.
        Ada: We have three keys to the granary and nobody keeps them. What I would like to hear from you is how you chose who keeps the key of the granary.
        Bo: May I answer? In our village the elders gave one woman the key of the granary, and she keeps it since then.
        """
    )
    assert told.responses("how you chose")


def test_agreeing_with_a_qualified_answer_is_told_of_what_was_proposed() -> None:
    """Who takes up nothing that the proposal had not answers the proposal."""
    told = Told(
        """
        Chair: What should become of the old ferry?
        Ada: I propose that the district repairs the old ferry before winter.
        Chair: Bo?
        Bo: We could live with a repair of the ferry, but only if the fishermen are asked first.
        Cleo: I could accept a repair of the ferry.
        """
    )
    assert told.sides("district repairs").get("Cleo") == "for"


def test_thanks_are_no_task_for_everybody() -> None:
    """A chair who would ask the driver something, "thank you", has asked nobody anything."""
    told = Told(
        """
        Chair: I'd ask the driver to move the van, so that the gate stays free, thank you.
        Ada: The harvest was poor in our valley, because the rain came in May.
        Bo: I would keep the seed in one store, and the key with the teacher.
        """
    )
    assert not [each for each in told.put("question") if "driver" in each]


def test_an_answer_is_told_with_what_turns_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short turn stands whole, of a longer one what follows "but", and the words before."""
    monkeypatch.setattr(responses, "SPOKE", 0.5)
    told = Told(
        """
        Chair: How should people cross in winter?
        Boris: I propose that the district runs a ferry from November to March.
        Dana: We cannot accept a ferry from November. But we would not stand in its way.
        Emil: Yes. I agree with Boris. But a ferry from November to March needs a second pilot for the
         nights. In our village there were eleven of them once, and all of them left for the coast when the
         mine was closed and the school with it, so who would come.
        """.replace("\n         ", " ")
    )
    words = {each.who[-4:]: told.words(each.place) for each in told.responses("runs a ferry")}
    assert words["Dana"].endswith("But we would not stand in its way.")
    assert words["Emil"].startswith("Yes. I agree with Boris. But")
    assert words["Emil"].endswith("nights.")


@pytest.mark.parametrize(
    "answer", ["No, we see none either.", "No. You are right.", "No, neither do we."]
)
def test_a_no_that_joins_in_a_denial_is_no_refusal(answer: str) -> None:
    """What it says no to is what was denied, not what was asked."""
    told = Told(
        f"""
        Chair: The two lists.
        Boris: I see no difference between the two lists. Should we close the ferry in January?
        Dana: {answer}
        """
    )
    assert "Dana" not in told.sides("close the ferry")


def test_a_proposal_that_hardly_says_what_is_told_with_the_sentence_before() -> None:
    """Who reads it alone must know what it is about."""
    told = Told(
        """
        Chair: The draft.
        Boris: Paragraph three names the two ferries. I propose that we delete it.
        Dana: I support that.
        """
    )
    assert told.put() == ["Paragraph three names the two ferries. I propose that we delete it."]


def test_who_came_round_stands_with_the_last_word() -> None:
    """Where both words are clear, the later turn counts."""
    told = Told(
        """
        Chair: How should people cross in winter?
        Boris: I propose that the district runs a ferry from November to March.
        Emil: I am against the ferry from November to March.
        Dana: I support the ferry from November to March.
        Chair: Emil, the district would pay for the ferry alone.
        Emil: Then I support the ferry from November to March.
        """
    )
    assert told.sides("runs a ferry") == {"Dana": "for", "Emil": "for"}


@pytest.mark.parametrize(
    ("last", "sides"),
    [
        ("I agree with Boris.", {"Emil": "against", "Dana": "for"}),
        ("I agree with that.", {"Emil": "against", "Dana": "for"}),
        ("I agree with Emil.", {"Emil": "against"}),
        ("I agree with Gustav. The mill comes first.", {"Emil": "against"}),
    ],
)
def test_who_agrees_with_somebody_by_name_agrees_with_nobody_else(
    last: str, sides: dict[str, str]
) -> None:
    """Neither with whoever proposed what that one is against, nor with the last proposal."""
    script = f"""
    Chair: How should people cross in winter?
    Gustav: The mill wheel turns again since Monday, and the whole village is glad of it.
    Boris: I propose that the district runs a ferry from November to March.
    Emil: I disagree with that. The ferry would sink in the ice.
    Dana: {last}
    """
    assert Told(script).sides("runs a ferry") == sides


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I agree with Border on that.", True),
        ("I\u2019m with BORDER.", True),
        ("Border's point is a good one.", True),
        ("I agree, the border point should close at nine.", False),
        ("I agree with Borders on that.", False),
    ],
)
def test_a_word_of_a_body_is_its_name_where_it_is_written_so(said: str, meant: bool) -> None:
    """The border of a "Border Agency" is nobody who said anything."""
    assert bool(responses._on_what({"border", "agency"}).search(said)) is meant
