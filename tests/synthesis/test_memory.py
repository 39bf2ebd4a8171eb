"""A programme's registry: what is inferred says so, what cannot be known is not said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from fgd.core.settings import Settings
from fgd.decisions import programme as decided
from fgd.disclosure import edition, leaks, secrets
from fgd.export import brief_files, registry_frames, registry_text
from fgd.model import Brief, Decision, Deliberated, Disclosure, Proposition, Response, Side, Slice
from fgd.synthesis import Part, programme
from fgd.synthesis.gaps import stems
from fgd.synthesis.programme import merged
from fgd.synthesis.promises import promised
from tests.synthesis.rooms import Hashed, part

AGAIN = (
    ("fatima-noor", "What did the fishing villages say?"),
    ("carla-reyes", "I propose that the secretariat should train local monitors in districts."),
    ("aida-lim", "I cannot accept that. The district offices have no beds for local monitors."),
    ("dewi-putra", "We have sent the list of radio stations to everybody, as I promised."),
)
FIRST = (
    ("fatima-noor", "Who monitors the agreement once it is signed?"),
    ("aida-lim", "I propose that the secretariat should train local monitors in every district."),
    ("bo-vann", "I support the local monitors, because people trust faces that they know well."),
    ("carla-reyes", "My advice is to plant mango orchards beside the customs house."),
    ("dewi-putra", "I will send the list of radio stations to everybody by Friday."),
)


class Telling(Hashed):
    """Hashes only words that tell something, so that sentences on other things are far apart."""

    def embed(self, texts: Sequence[str]) -> Any:
        return super().embed([" ".join(sorted(stems(text, "en"))) for text in texts])


def put(one: Part, line: int, answers: dict[int, Side], *more: int) -> Part:
    """A session in which a line is a proposal with these answers; ``more`` are proposals, too."""
    (talk,) = one.conversations

    def place(number: int) -> Slice:
        turn = talk.turns[number]
        return Slice(turn.recording, turn.id, 0, len(turn.text))

    propositions = tuple(
        Proposition(f"P{n}", "proposal", place(n), talk.turns[n].voice, confidence=0.9)
        for n in (line, *more)
    )
    responses = tuple(
        Response(f"P{line}", place(n), talk.turns[n].voice, side, confidence=0.9)
        for n, side in answers.items()
    )
    return replace(one, deliberated=Deliberated(propositions, responses))


def series(first: str = "2026-03-14", second: str = "2026-05-01", **more: Any) -> list[Part]:
    one = part("a-first", FIRST, title="First leg", date=first, **more)
    two = part("b-second", AGAIN, title="Second leg", date=second, **more)
    return [put(one, 1, {2: "for"}, 3), put(two, 1, {2: "against"})]


def told(parts: list[Part], decisions: tuple[Decision, ...] = ()) -> Brief:
    made, _ = programme(
        parts, "peace-2026", settings=Settings(), embedder=Telling(), decisions=decisions
    )
    assert made.registry
    return made


def text(made: Brief) -> str:
    return "\n".join(registry_text(made))


def test_a_proposal_that_comes_back_is_one_matter_and_says_it_only_seems_so() -> None:
    """With how likely that is, and by which words; its standing is that of the last session."""
    made = told(series())
    assert made.registry
    (matter,) = (each for each in made.registry.matters if len(each.mentions) > 1)
    assert (matter.since, matter.standing) == ("taken up", "opposed")
    tie = matter.mentions[1].tie
    assert tie
    assert 0.7 <= tie.likely < 1
    assert {"local", "monitors", "train"} <= set(tie.words)
    assert "taken up again, it seems" in text(made)
    assert "% likely; shared words:" in text(made)


def test_what_no_later_session_speaks_of_was_not_taken_up() -> None:
    """Only where every later sentence was looked at, and the order is known."""
    made = told(series())
    assert made.registry
    (orchards,) = (each for each in made.registry.matters if each.since == "not taken up")
    findings = {each.id: each for each in made.findings}
    quotes = {each.id: each for each in made.extracts}
    assert "mango" in quotes[findings[orchards.mentions[0].finding].extract].text
    unread = [replace(each, unread=("lost.m4a",)) for each in series()]
    assert "not taken up" not in {each.since for each in told(unread).registry.matters}


@pytest.mark.parametrize(("first", "second"), [("", ""), ("2026-03-14", "2026-03-14")])
def test_without_an_order_nothing_changed_and_nothing_is_since(first: str, second: str) -> None:
    """It says so in a sentence; the two are still one matter, it seems."""
    made = told(series(first, second))
    assert made.registry
    assert {each.since for each in made.registry.matters} == {""}
    assert not any(each.changed for each in made.registry.positions)
    assert made.registry.unasked == ()
    words = "No date is known of" if not first else "Some sessions have the same date"
    assert any(note.startswith(words) for note in made.registry.notes)
    assert "put in several sessions, it seems" in text(made)


def test_one_session_is_a_sentence() -> None:
    """Nothing can have changed."""
    made = told(series()[:1])
    assert made.registry
    assert made.registry.notes == (
        "This programme has one session: nothing can have changed, been taken up again or been "
        "left unasked yet.",
    )


def test_an_institution_changed_only_by_plain_sides() -> None:
    """Meranti proposed in the first leg and is against in the second."""
    made = told(series())
    assert made.registry
    (changed,) = (each for each in made.registry.positions if each.changed)
    assert (changed.institution, changed.sides) == ("MRI", ("against",))
    assert "Changed, if it is the same matter, as it seems." in text(made)


def test_a_promise_has_who_when_and_what_a_later_session_says_of_it() -> None:
    """In their own words; whether it was kept is for people to say."""
    made = told(series())
    assert made.registry
    (promise,) = made.registry.promises
    quotes = {each.id: each for each in made.extracts}
    assert quotes[promise.extract].text == (
        "I will send the list of radio stations to everybody by Friday"
    )
    assert (promise.when, promise.speaker) == ("by Friday", "Dewi Putra (MRI)")
    (later,) = promise.later
    assert quotes[later.extract].text.startswith("We have sent the list")
    assert "Of this, it seems, Dewi Putra (MRI) said later" in text(made)


def test_what_people_settle_outranks_the_machine_and_survives_another_hearing() -> None:
    """Not the same; dropped; not kept: found again where the words moved by a second."""
    parts = series()
    first, second = (each.conversations[0].turns for each in parts)

    def whole(turn: Any) -> Slice:
        return Slice(turn.recording, turn.id, 0, len(turn.text))

    signed = {"by": "Rapporteur", "when": "2026-06-01"}
    apart = decided.tie(
        second[1], whole(second[1]), first[1], whole(first[1]), same=False, **signed
    )
    made = told(parts, (apart,))
    assert made.registry
    assert all(len(each.mentions) == 1 for each in made.registry.matters)
    same = decided.tie(second[1], whole(second[1]), first[3], whole(first[3]), same=True, **signed)
    dropped = decided.stand(first[1], whole(first[1]), "dropped", **signed)
    kept = decided.keep(first[4], whole(first[4]), "not kept", **signed)
    moved = [
        replace(
            each,
            conversations=tuple(
                replace(
                    talk,
                    turns=tuple(
                        replace(
                            turn,
                            words=tuple(replace(w, span=w.span.shifted(900)) for w in turn.words),
                            span=turn.span.shifted(900),
                        )
                        for turn in talk.turns
                    ),
                )
                for talk in each.conversations
            ),
        )
        for each in parts
    ]
    made = told(moved, (apart, same, dropped, kept))
    assert made.registry
    (matter,) = (each for each in made.registry.matters if len(each.mentions) > 1)
    assert matter.mentions[1].tie
    assert matter.mentions[1].tie.by == "Rapporteur"
    assert "Dropped (settled by Rapporteur)" in text(made)
    assert "Not kept, as Rapporteur settled." in text(made)
    none = decided.keep(first[4], whole(first[4]), "none", **signed)
    assert told(parts, (none,)).registry.promises == ()


def test_questions_of_one_guide_that_the_next_has_not() -> None:
    """Asked in the first leg; the second has another guide, and nobody asked it there."""
    from fgd.model import Guide, Section

    parts = series()
    other = Guide("", (Section("boats", "Boats and harbours of the villages", "question"),))
    parts[1] = replace(parts[1], session=replace(parts[1].session, guide=other))
    made = told(parts)
    assert made.registry
    (unasked,) = made.registry.unasked
    assert (unasked.title, unasked.session, unasked.following) == ("Who monitors", 1, 2)
    assert "no question near it was found there" in text(made)


def test_the_closed_edition_tells_no_session_and_no_institution() -> None:
    """Nobody who knows who sat where can tell who spoke; the leak scan reads every file."""
    parts = series(disclosure=Disclosure("chatham-house"))
    made = told(parts)
    whole = merged(parts, made.id, made.title)
    known = secrets(whole.session, whole.conversations)
    closed = edition(made, "circulation", whole.session, known)
    assert closed.registry
    assert closed.registry.matters
    assert {one.session for each in closed.registry.matters for one in each.mentions} == {0}
    assert {each.since for each in closed.registry.matters} == {""}
    assert closed.registry.positions == ()
    assert {each.speaker for each in closed.registry.promises} <= {"a participant", "the chair"}
    written = brief_files(closed)
    assert {"registry.html", "registry.docx", "registry.xlsx"} <= written.keys()
    assert leaks(written, known) == ()


def test_files_hold_no_script_and_no_formula_and_rebuild_byte_for_byte() -> None:
    """A page with a policy, a sheet for every table, frames with the same rows."""
    import io

    import openpyxl

    parts = series()
    (talk,) = parts[0].conversations
    words = talk.turns[4].words
    spoken = (replace(words[0], text=" =I"), *words[1:])
    turns = (*talk.turns[:4], replace(talk.turns[4], words=spoken))
    parts[0] = replace(parts[0], conversations=(replace(talk, turns=turns),))
    made = told(parts)
    one, two = brief_files(made), brief_files(made)
    assert {k: v for k, v in one.items() if k.startswith("registry")} == {
        k: v for k, v in two.items() if k.startswith("registry")
    }
    page = one["registry.html"].decode()
    assert "default-src 'none'" in page
    assert "<script" not in page
    for name in ("M1", "P1"):
        assert f'id="{name}"' in page
    book = openpyxl.load_workbook(io.BytesIO(one["registry.xlsx"]))
    assert book.sheetnames[:3] == ["Sessions", "Matters", "Promises"]
    cells = [c for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert cells == []
    frames = registry_frames(made)
    assert made.registry
    assert len(frames["matters"]) == sum(len(each.mentions) for each in made.registry.matters)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("I will circulate the tide tables to everybody.", ["will"]),
        ("We are happy to provide the committee with the tide tables.", ["happy"]),
        ("I can send you the tide tables.", ["can"]),
        ("I can assure the chair that I will check with the pilots.", ["assure"]),
        ("I do not know, but I will write to the committee.", ["will"]),
        ("The Meranti Institute will publish the tide tables in June.", ["own"]),
        ("The Kapas Centre will publish the tide tables in June.", []),
        ("We will see higher tides next year.", []),
        ("We will lose the tide tables.", []),
        ("I will not send the tide tables.", []),
        ("Maybe I will send the tide tables.", []),
        ("If the pilots agree, I will send the tide tables.", []),
        ("Shall I send you the tide tables?", []),
        ("The minister said we will publish the tide tables.", []),
        ("These are the tables that we will publish.", []),
        ("I think we will publish the tables.", []),
        ("I will now give you the floor.", []),
        ("We can ensure good tides.", []),
        ("We will make sure that", []),
        ("I would be happy to provide the tide tables.", ["would"]),
        ("I will provide an overview of the tides.", []),
        ("I am pleased to share that the tides are higher.", []),
        ("I will ask my questions in Welsh.", []),
        ("We will send it, should the member wish to read it.", []),
        ("We will finalise those today.", []),
        ("We will deliver it in black.", []),
        ("I will check that for a second.", []),
    ],
)
def test_what_a_promise_is(said: str, found: list[str]) -> None:
    """Commissive forms in the first person; whatever is doubtful is left out."""
    assert len(list(promised(said, ("Meranti Institute",)))) == len(found)
