"""The parts behind the pages, each by itself."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.cli import main
from fgd.core.errors import InputError
from fgd.decisions import corrections
from fgd.decisions.kinds import contradict
from fgd.decisions.log import Conflict, Ledger, undo
from fgd.decisions.voices import merge_voices, name_turn, name_voice, split_voice
from fgd.model import (
    Code,
    Conversation,
    Decision,
    Flag,
    Guide,
    Section,
    Session,
    Span,
    Turn,
    Voice,
    Word,
)
from fgd.server.sessions import NewSession, make_session
from fgd.workbench.open_session import (
    Reading,
    StoredAttribution,
    StoredAttributions,
    Who,
    doubt,
    majority,
    read,
    theme_names,
)
from fgd.workbench.transcript_view import CLIP, cards, clips

WHO = {"by": "Lien", "when": "2026-03-19T10:00:00Z"}


def turn(number: int, voice: str, text: str = "we agree with that") -> Turn:
    start = 10_000 * number
    words = tuple(
        Word(Span(start + 500 * n, start + 500 * (n + 1)), f" {word}")
        for n, word in enumerate(text.split())
    )
    return Turn(f"r-{start:08}", "r", voice, Span(start, start + 8_000), words)


TALK = Conversation(
    "r", (Voice("V1", "r"), Voice("V2", "r")), (turn(0, "V1"), turn(1, "V2"), turn(2, "V1"))
)
TOLD = StoredAttributions(
    tuple(
        StoredAttribution(
            each.recording, each.voice, each.id, "ana" if each.voice == "V1" else "", confidence=0.9
        )
        for each in TALK.turns
    )
)


def now(*decisions: Decision, known: tuple[Decision, ...] = ()) -> Reading:
    return read(Session("s"), (TALK,), TOLD, known, decisions)


def test_what_was_decided_lies_over_what_was_stored() -> None:
    """A voice is named in all its turns, a turn alone, and taking back waits for the pass."""
    voice, single = (
        name_voice(TALK, "V2", "ben", **WHO),
        name_turn(TALK, TALK.turns[2].id, "eva", **WHO),
    )
    reading = now(voice, single)
    assert [reading.who[each.id].participant for each in TALK.turns] == ["ana", "ben", "eva"]
    assert reading.pending == 2
    back = now(known=(voice,))
    assert back.who[TALK.turns[1].id].waits
    assert back.pending == 1


def test_merged_and_split_voices_are_shown_at_once() -> None:
    merged = now(merge_voices(TALK, "V1", "V2", **WHO))
    assert {each.voice for each in merged.talks[0].turns} == {"V1"}
    assert merged.who[TALK.turns[1].id].participant == "ana"
    split = now(split_voice(TALK, TALK.turns[2].id, **WHO))
    assert len({each.voice for each in split.talks[0].turns}) == 3


def test_corrected_words_show_and_go_away_again() -> None:
    made = corrections.rewrite(TALK.turns[0], "we agree with this", **WHO)
    assert now(*made).talks[0].turns[0].text == "we agree with this"
    after = read(Session("s"), now(*made).talks, TOLD, made, ())
    assert after.talks[0].turns[0].text == "we agree with that"


def test_a_voice_of_two_people_is_nobody() -> None:
    """Four fifths of the words decide."""
    who = {TALK.turns[0].id: Who("ana"), TALK.turns[2].id: Who("eva")}
    assert not majority([TALK.turns[0], TALK.turns[2]], who).known
    assert majority([], {}) == Who()


def test_the_least_certain_comes_first() -> None:
    known = Who("ana", confidence=0.99)
    assert not doubt(TALK.turns[0], known).listed
    assert doubt(TALK.turns[0], Who()).listed
    flagged = dataclasses.replace(TALK.turns[0], flags=(Flag("loop", "said 9 times"),))
    assert doubt(flagged, known).certainty < doubt(TALK.turns[0], Who()).certainty
    assert not doubt(TALK.turns[0], Who(source="decision")).listed


def test_cards_begin_with_whom_nobody_knows() -> None:
    made = cards(now())
    assert [card.voice.id for card in made] == ["V2", "V1"]
    assert [card.state for card in made] == ["unknown", "likely"]


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=8))
def test_clips_lie_inside_their_turns(lengths: list[int]) -> None:
    turns = [
        dataclasses.replace(turn(0, "V1"), id=str(n), span=Span(100_000 * n, 100_000 * n + length))
        for n, length in enumerate(lengths)
    ]
    for clip in clips(turns):
        whole = turns[int(clip.turn)].span
        assert whole.start <= clip.span.start < clip.span.end <= whole.end
        assert clip.span.duration <= CLIP


def test_two_servers_share_one_log(tmp_path: Path) -> None:
    """Nothing is lost, nothing contradicting is written, and what was seen may be changed."""
    path, lock = tmp_path / "decisions.jsonl", tmp_path / "lock"
    one, two = Ledger(path, lock), Ledger(path, lock)
    first, second = name_voice(TALK, "V1", "ana", **WHO), name_voice(TALK, "V1", "eva", **WHO)
    seen = one.add([first], "").version
    with pytest.raises(Conflict) as problem:
        two.add([second], "")
    assert problem.value.others == (first,)
    assert two.add([second], seen).decisions == (first, second)
    assert one.read().decisions == (first, second)
    assert one.read().since(seen) == (second,)


def test_what_was_taken_back_meanwhile_is_no_conflict(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "decisions.jsonl", tmp_path / "lock")
    first = name_voice(TALK, "V1", "ana", **WHO)
    ledger.add([first, undo(first, **WHO)], "")
    ledger.add([name_voice(TALK, "V1", "eva", **WHO)], "")
    assert len(ledger.read().effective) == 1


def test_a_theme_that_is_gone_keeps_its_name() -> None:
    """What nobody finds any more is still called as it was called last."""

    def said(number: int, theme: str, field: str, value: str) -> Decision:
        return Decision(f"d-{number}", f"theme:{theme}", field, value, "Lien", WHO["when"])

    session = Session(
        "s", guide=Guide(sections=(Section("roads", "Roads", listen_for=("tolls",)),))
    )
    made = (
        said(1, "emergent.a", "theme-accept", '{"name": "Boats, nights", "examples": []}'),
        said(2, "guide.roads.1", "theme-name", "Fees"),
        said(3, "guide.roads.1", "theme-merge", "guide.roads"),
        said(4, "guide.roads", "theme-split", '{"id": "bridges", "name": "Bridges"}'),
    )
    told = theme_names(session, (), made, (Code("guide.roads", "Roads and rails", ""),))
    assert told == {
        "guide.roads": "Roads and rails",
        "guide.roads.1": "Fees",
        "emergent.a": "Boats, nights",
        "bridges": "Bridges",
    }


def test_decisions_about_other_things_do_not_touch() -> None:
    words = corrections.rewrite(TALK.turns[0], "we agree with this", **WHO)[0]
    voice = name_voice(TALK, "V1", "ana", **WHO)
    assert not contradict(words, voice)
    assert contradict(words, words)
    assert not contradict(voice, name_voice(TALK, "V2", "ana", **WHO))


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_title_becomes_a_plain_folder_and_valid_toml(title: str, note: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = make_session(Path(name), NewSession(title=title, note=note))
        assert folder.parent == Path(name)
        assert folder.name.isascii()
        assert set(folder.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        told = tomllib.loads((folder / "session.toml").read_text(encoding="utf-8"))
        assert told["rule"] == "chatham-house"


def test_a_wrong_date_founds_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no date"):
        make_session(tmp_path, NewSession(date="31.12.2026"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--address", "0.0.0.0"], "there is no password"),
        (["--password-file", "short"], "fewer than 10 characters"),
        (["--password-file", "missing"], "cannot be read"),
        (["nobody"], "there is no session"),
    ],
)
def test_the_command_says_what_it_needs(
    tmp_path: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "short").write_text("secret\n")
    options = [str(tmp_path / each) if each in ("short", "missing") else each for each in options]
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(tmp_path), "review", *options])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
