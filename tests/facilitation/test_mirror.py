"""The facilitator's mirror: figures that can be recomputed, and lines that follow from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.cli import main
from fgd.facilitation import mirror, mirror_document, to_docx, to_html
from fgd.facilitation.mirror import CALLED, PEER, ROOM, SELF, gini, participation
from fgd.floorlog.floorlog import Entry, for_people
from fgd.model import (
    Attribution,
    Conversation,
    Guide,
    Institution,
    Participant,
    Saturation,
    Section,
    SectionFacts,
    Session,
    Span,
    Themed,
    Turn,
    Word,
)

MINUTE = 60_000
SESSION = Session(
    "s",
    title="Round <one>",
    institutions=(
        Institution("x", "Centre for X", "CFX", category="think tank", country="Lanthara"),
        Institution("y", "Ministry of Y", "MOY", category="ministry", country="Serindah"),
    ),
    participants=(
        Participant("ratna", "Ratna Kusuma", "facilitator"),
        Participant("somchai", "Dr. Somchai Boonmee", institutions=("x",)),
        Participant("maria", "Maria Dalisay", institutions=("y",)),
        Participant("hafiz", "Hafiz Rahman", institutions=("y",)),
        Participant("minh", "Minh Tran", institutions=("x",)),
    ),
    guide=Guide(
        "",
        (
            Section("one", "Opening", "opening", "", ("names",), 10),
            Section("two", "Causes", "question", "", ("law", "money"), 20),
            Section("three", "Advice", "wrap-up", "", (), 10),
        ),
    ),
)
SAID = (
    ("ratna", 0, 1, "Good morning everybody. Dr. Boonmee, would you begin please?"),
    ("somchai", 1, 6, "Thank you, we have seen it in two provinces."),
    ("ratna", 6, 7, "And what does everybody else think of the causes?"),
    ("maria", 7, 9, "Money is what it is about, and Hafiz knows why."),
    ("hafiz", 9, 10, "I do indeed know why that is."),
    ("maria", 10, 11, "Let me add one more thing here."),
    ("ratna", 11, 12, "Yes, thank you."),
)


def conversation() -> tuple[Conversation, tuple[Attribution, ...]]:
    turns = tuple(
        Turn(
            f"t{n}",
            "r",
            f"V-{who}",
            Span(begin * MINUTE, end * MINUTE),
            tuple(Word(Span(0, 0), f" {word}") for word in text.split()),
        )
        for n, (who, begin, end, text) in enumerate(SAID)
    )
    who = tuple(
        Attribution("r", f"V-{name}", participant=name)
        for name in dict.fromkeys(s[0] for s in SAID)
    )
    return Conversation("r", (), turns), who


THEMED = Themed(
    sections=(
        SectionFacts("one", asked=True, probes=(0,), used=6 * MINUTE, people=("somchai",)),
        SectionFacts("two", asked=True, probes=(1,), used=5 * MINUTE, people=("maria", "hafiz")),
    )
)


def test_floor_time_is_summed_by_everything_that_is_known() -> None:
    talk, who = conversation()
    found = participation(SESSION, (talk,), who)
    assert {p.id: s.amount // MINUTE for p, s in found.people} == {
        "somchai": 5, "maria": 3, "hafiz": 1, "minh": 0,
    }  # fmt: skip
    assert found.leading.amount == 3 * MINUTE
    assert {s.label: s.amount // MINUTE for s in found.groups["institution"]} == {
        "CFX": 5,
        "MOY": 4,
    }
    assert {s.label: s.people for s in found.groups["country"]} == {"Lanthara": 2, "Serindah": 2}
    assert "track" not in found.groups
    # Mean absolute difference of 5, 3, 1, 0 over twice the mean: (2+4+5+2+3+1)*2/16/(2*2.25).
    assert found.ginis["person"] == pytest.approx(34 / 16 / 4.5, abs=1e-3)


def test_how_people_came_to_speak() -> None:
    talk, who = conversation()
    ways = participation(SESSION, (talk,), who).ways
    assert ways == {
        "somchai": {CALLED: 1},
        "maria": {ROOM: 1, SELF: 1},
        "hafiz": {PEER: 1},
    }


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30), st.integers(2, 9))
def test_gini_is_a_share_that_scale_does_not_change(amounts: list[int], times: int) -> None:
    found = gini(amounts)
    assert -1e-9 <= found <= 1 - 1 / len(amounts) + 1e-9
    assert gini([times * x for x in amounts]) == pytest.approx(found)
    n, mean = len(amounts), sum(amounts) / len(amounts)
    plain = sum(abs(x - y) for x in amounts for y in amounts) / (2 * n * n * mean) if mean else 0
    assert found == pytest.approx(plain)


def test_saturation_needs_enough_sessions_and_counts_what_is_new() -> None:
    names = [frozenset("abcdefgh"), frozenset("abij"), frozenset("klm"), frozenset("nopqrst")]
    few = Saturation.of([(str(n), found) for n, found in enumerate(names)])
    assert few.ratio == -1 and not few.reached
    assert few.sessions[1] == ("1", 4, 2, 10)
    more = [*names, frozenset("ab"), frozenset("abz")]
    found = Saturation.of([(str(n), themes) for n, themes in enumerate(more)])
    assert found.ratio == 0.05 and found.reached
    late = Saturation.of([(str(n), t) for n, t in enumerate([*more, frozenset("0123456")])])
    assert not late.reached


def test_the_mirror_tells_plan_from_what_happened() -> None:
    talk, who = conversation()
    start = 1_773_800_000_000
    entries = [
        Entry("a", start, for_people(start), "decision", text="Meet in May"),
        Entry("b", start, for_people(start), "probe", section="two", number=0),
    ]
    found = mirror(SESSION, (talk,), who, THEMED, entries, [("Round one", frozenset("ab"))])
    assert [(line.asked, round(line.used, 1)) for line in found.sections] == [
        (True, 6.0), (True, 5.0), (False, -1.0),
    ]  # fmt: skip
    assert found.sections[1].put == ("law", "money")  # one heard, one tapped
    told = " ".join(found.follow_ups)
    assert "Not asked: Advice." in told
    assert "Causes had 5 of 20 minutes" in told
    assert "Minh Tran was not heard" in told
    assert "Somchai" not in told
    document = mirror_document(found)
    page = to_html(document).decode()
    assert "Round &lt;one&gt;" in page and "Internal" in page and "Meet in May" in page
    assert "Too few sessions to speak of saturation" in page
    assert to_docx(document)[:2] == b"PK"


def test_without_roster_guide_or_names_the_mirror_still_stands() -> None:
    talk, _ = conversation()
    found = mirror(Session("s", title="Bare"), (talk,), (), Themed())
    assert found.balance.unknown.amount == 12 * MINUTE
    assert found.follow_ups == ()
    assert b"There was no guide" in to_html(mirror_document(found))


def test_sections_timed_by_taps_where_nothing_else_knows() -> None:
    at = 1_773_800_000_000
    entries = [
        Entry(f"s{n}", at + minute * MINUTE, for_people(at), "section", section=section)
        for n, (minute, section) in enumerate([(0, "one"), (8, "two"), (30, "three")])
    ]
    last = Entry("z", at + 35 * MINUTE, for_people(at), "note", text="The end")
    found = mirror(SESSION, (), (), Themed(), [*entries, last])
    assert [line.used for line in found.sections] == [8, 22, 5]


def test_the_command_before_a_session_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in (["new", "Round one", "--name", "one"], ["mirror", "one"]):
        with pytest.raises(SystemExit) as ended:
            main(["--project", str(tmp_path), *line])
    assert ended.value.code == 2
    assert "fgd pack" in capsys.readouterr().err


def test_the_command_on_an_imported_transcript(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "recordings" / "one"
    folder.mkdir(parents=True)
    (folder / "participants.csv").write_text(
        "name,role,institution\nAna Lim,facilitator,A\nBen Tan,participant,B\nCam Ong,participant,C\n",
        encoding="utf-8",
    )
    (folder / "guide.md").write_text(
        "# G\n\n## 1. Causes (question, 5 min)\n\nWhat are the causes?\n"
    )
    (folder / "talk.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:10.000\n<v Ana Lim>Ben, what are the causes?\n\n"
        "00:10.000 --> 00:40.000\n<v Ben Tan>Money and law are the causes that we have seen.\n",
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as ended:
        main(["--json", "--project", str(tmp_path), "mirror", "one"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    people = {share["label"]: share["amount"] for _, share in told["mirror"]["balance"]["people"]}
    assert people == {"Ben Tan": 30_000, "Cam Ong": 0}
    assert (tmp_path / "outputs" / "one" / "internal" / "mirror.docx").is_file()
