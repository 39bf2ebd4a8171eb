"""A whole session: sections, codings, decisions, and discussions that are hardly any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from fgd.coding import gather, matrix, theme
from fgd.coding.codebook import read_codebook
from fgd.core.embeddings import Embedder, embedder
from fgd.core.errors import InputError
from fgd.decisions.themes import Desk
from fgd.model import Conversation, Decision, FloorMark, Guide, Span, Themed
from tests.coding.rooms import GUIDE, TALK, WITH_FISH, Said, conversation, known, session, turn

BOOKS = gather(["peace-process"])[0]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return embedder("minilm", vectors=tmp_path_factory.mktemp("vectors"))


@pytest.fixture(scope="module")
def told(model: Embedder) -> Themed:
    return run(model, WITH_FISH)


def run(model: Embedder, said: Said, decisions: Sequence[Decision] = ()) -> Themed:
    return theme(
        session(), [conversation(said)], known(), books=BOOKS, embedder=model, decisions=decisions
    )[0]


def desk(told: Themed, said: Said = WITH_FISH, second: int = 0) -> Desk:
    when = f"2026-01-01T00:00:{second:02d}"
    return Desk(told, conversation(said).turns, by="ann", when=when)


def coded(told: Themed, code: str) -> set[tuple[str, int]]:
    return {(c.turn, c.start) for c in told.codings if c.code == code and c.status != "rejected"}


def test_sections_follow_the_guide(told: Themed) -> None:
    turns = conversation(WITH_FISH).turns
    where = {each.turn: each.section for each in told.placements}
    assert where[turns[1].id] == "funds"
    assert where[turns[6].id] == "women"
    first = told.sections[0]
    assert first.asked
    assert first.asked_in == turns[0].id
    assert {"maria", "hafiz", "tuan"} == set(first.people)


def test_codings_are_slices_with_reasons_and_the_chair_is_left_out(told: Themed) -> None:
    talk = conversation(WITH_FISH)
    units = {(u.turn, u.start, u.end): u for u in told.units}
    assert {"resources", "incl-women", "guide.funds.1"} <= {c.code for c in told.codings}
    chair = {turn.id for turn in talk.turns if turn.voice == "chair"}
    for coding in told.codings:
        assert units[coding.turn, coding.start, coding.end].kind == "content"
        assert coding.reason
        assert 0 <= coding.score <= 1
        assert coding.turn not in chair
    assert all("lena" not in facts.people for facts in told.facts)


def test_what_nobody_expected_is_found_worded_and_its_words_are_no_names(told: Themed) -> None:
    new = [code for code in told.codebook.codes if code.origin == "emergent"]
    assert len(new) == 1
    assert len(coded(told, new[0].id)) >= 5
    words = " ".join(next(f.terms for f in told.facts if f.code == new[0].id))
    assert {"fish", "boat", "harbour"} & {word.rstrip("s") for word in words.split()}
    assert not {"maria", "hafiz", "tuan"} & set(words.split())


def test_the_same_talk_gives_the_same_themes(model: Embedder, told: Themed) -> None:
    assert run(model, WITH_FISH) == told


def test_decisions_on_an_emergent_theme_survive_more_talk(model: Embedder, told: Themed) -> None:
    key = next(code.id for code in told.codebook.codes if code.origin == "emergent")
    made = desk(told).rename(key, "Fisheries")
    longer = (*WITH_FISH, ("tuan", "Without boats there will be no fish and no harbour."))
    again = run(model, longer, made)
    mine = next(code for code in again.codebook.codes if code.id == key)
    assert mine.name == "Fisheries"
    assert coded(told, key) <= coded(again, key)
    assert {c.by for c in again.codings if c.code == key} >= {"ann"}


def test_what_was_rejected_is_not_suggested_again(model: Embedder, told: Themed) -> None:
    key = next(code.id for code in told.codebook.codes if code.origin == "emergent")
    again = run(model, WITH_FISH, desk(told).reject(key))
    assert not [code for code in again.codebook.codes if code.origin == "emergent"]
    again = run(model, WITH_FISH, desk(told).reject("resources"))
    assert "resources" not in {code.id for code in again.codebook.codes}
    assert not coded(again, "resources")


def test_merge_move_lock_and_split(model: Embedder, told: Themed) -> None:
    women = coded(told, "incl-women")
    funds = coded(told, "resources")
    made = [*desk(told).merge("incl-women", "ownership"), *desk(told, second=1).lock("resources")]
    again = run(model, WITH_FISH, made)
    assert "incl-women" not in {code.id for code in again.codebook.codes}
    assert women <= coded(again, "ownership")
    assert coded(again, "resources") == funds
    assert {c.status for c in again.codings if c.code == "resources"} == {"accepted"}
    turns = sorted({place[0] for place in funds})[:1]
    made = [*desk(told).split("resources", "A fund of all", turns),
            *desk(told, second=1).move("resources", "mechanisms")]  # fmt: skip
    again = run(model, WITH_FISH, made)
    split = next(code for code in again.codebook.codes if code.origin == "person")
    accepted = {c.turn for c in again.codings if c.code == split.id and c.status == "accepted"}
    assert accepted == set(turns)
    assert not coded(again, split.id) & coded(again, "resources")
    assert not {place[0] for place in coded(again, "resources")} & set(turns)
    assert next(c for c in again.codebook.codes if c.id == "resources").parent == "mechanisms"


def test_single_units_are_coded_and_uncoded(model: Embedder, told: Themed) -> None:
    turns = conversation(WITH_FISH).turns
    off = desk(told).uncode(turns[6].id, "incl-women")
    on = desk(told, second=1).code(turns[4].id, "trust")
    again = run(model, WITH_FISH, [*off, *on])
    assert turns[6].id not in {place[0] for place in coded(again, "incl-women")}
    assert turns[4].id in {place[0] for place in coded(again, "trust")}
    back = run(model, WITH_FISH, on)
    assert coded(back, "incl-women") == coded(told, "incl-women")


def test_decisions_about_what_is_gone_are_reported(model: Embedder) -> None:
    gone = Decision("d-1", "theme:no-such", "theme-name", "X", "ann", "2026-01-01")
    lost = Decision(
        "d-2", "turn:x", "code", "trust", "ann", "2026-01-01", "rec", Span(9**8, 9**8 + 1)
    )
    broken = Decision("d-3", "theme:trust", "theme-lock", "{", "ann", "2026-01-01")
    found = run(model, TALK, [gone, lost, broken])
    told_of = " ".join(issue.message for issue in found.issues)
    assert "d-1" in told_of
    assert "d-2" in told_of


def test_the_desk_refuses_what_makes_no_sense(told: Themed) -> None:
    made = desk(told)
    refused: tuple[Callable[[], object], ...] = (
        lambda: made.rename("no-such-theme", "X"),
        lambda: made.rename("resources", " "),
        lambda: made.merge("resources", "resources"),
        lambda: made.move("roles", "role-monitor"),
        lambda: made.split("resources", "X", ["no-such-turn"]),
        lambda: made.code("no-such-turn", "resources"),
    )
    for each in refused:
        with pytest.raises(InputError):
            each()


def test_a_floor_log_overrules_the_alignment(model: Embedder) -> None:
    talk = conversation(TALK)
    marks = [
        FloorMark(Span(0, 0), "x", "women", recording="rec"),
        FloorMark(Span(talk.turns[5].span.start, talk.turns[5].span.start), "x", "funds",
                  recording="rec"),
    ]  # fmt: skip
    found, _ = theme(session(), [talk], known(), books=(), embedder=model, floor=marks)
    assert [each.section for each in found.placements] == ["women"] * 5 + ["funds"] * 5
    assert {each.by for each in found.placements} == {"floor log"}


@pytest.mark.parametrize(
    "said",
    [
        (),
        (("maria", ""),),
        (("maria", "Yes."),),
        (("maria", "The fund is small."), ("hafiz", "It is."), ("tuan", "Who pays for it?")),
        (("maria", "\u0627\u0644\u0633\u0644\u0627\u0645 \u0623\u0648\u0644\u0627."),
         ("tuan", "\u548c\u5e73\u5f88\u91cd\u8981\u3002")),
        (("chair", "Hello. Who begins?"),),
    ],
)  # fmt: skip
def test_hardly_any_discussion_gives_a_smaller_result(model: Embedder, said: Said) -> None:
    for guide in (GUIDE, Guide()):
        found, _ = theme(session(guide), [conversation(said)], known(), books=BOOKS, embedder=model)
        assert len(found.placements) == len(said)
        assert not [code for code in found.codebook.codes if code.origin == "emergent"]
        assert len(found.sections) == len(guide.sections)


def test_no_conversation_at_all(model: Embedder) -> None:
    found, _ = theme(session(), [], (), books=BOOKS, embedder=model)
    assert not found.units
    assert not found.codings
    untimed = replace(conversation(TALK), timed=False)
    found, _ = theme(session(), [untimed], known(), books=BOOKS, embedder=model)
    assert all(used.used == 0 for used in found.sections)


def test_a_codebook_alone_codes_by_anchor(model: Embedder, tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text('id="x"\n[[codes]]\nid="shoe"\nname="Shoes"\nanchors=["red shoe"]\n')
    said = (("maria", "She wore one red shoe and nobody asked her why that was."),)
    found, _ = theme(
        session(Guide()), [conversation(said)], known(), books=[read_codebook(path)[0]],
        embedder=model,
    )  # fmt: skip
    assert [(c.code, c.reason) for c in found.codings] == [("shoe", 'says "red shoe"')]


def test_the_matrix_counts_people_once(told: Themed) -> None:
    from openpyxl import load_workbook

    data = matrix(session(), [conversation(WITH_FISH)], known(), told)
    book = load_workbook(BytesIO(data))
    assert {"theme x institution", "theme x phase", "theme x section"} <= set(book.sheetnames)
    spoken = {(row[1], row[0]) for row in book["words by institution"].iter_rows(values_only=True)}
    assert {body for body, _ in spoken} - {"Institution"} <= {"CMS", "HILA", "DRF"}
    assert len(spoken) > 3
    rows = list(book["theme x institution"].values)
    assert set(rows[0][2:]) <= {"CMS", "HILA", "DRF"}
    facts = {code.name: f for code in told.codebook.codes for f in told.facts if f.code == code.id}
    for row in rows[1 : rows.index((None,) * len(rows[0]), 1)]:
        assert sum(row[2:]) == len(facts[str(row[0])].people)


def test_turns_of_two_recordings_stay_in_order(model: Embedder) -> None:
    one = Conversation("rec", (), (turn(0, "maria", "The fund should be paid by all of us."),))
    two = Conversation("b", (), (turn(0, "tuan", "Women should sit in every delegation.", "b"),))
    found, _ = theme(session(), [two, one], known(), books=BOOKS, embedder=model)
    assert [each.turn for each in found.placements] == [one.turns[0].id, two.turns[0].id]
