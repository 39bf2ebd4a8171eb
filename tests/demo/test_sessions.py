"""The two sessions: what lies in the folders agrees with the scripts and with itself."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import av
import openpyxl
import pytest

from demo import session_two
from demo.script import HERE, LINES, PEOPLE, SESSION, UNKNOWN
from demo.script import RECORDINGS as FILES
from demo.voices import SESSION as VOICES

RECORDINGS, REFERENCE = HERE / "recordings", HERE / "reference" / SESSION
COLUMNS = "name role institution acronym category country track aliases institution_aliases".split()
ROLES = {"facilitator", "participant", "expert", "observer"}
CATEGORIES = {
    "think tank", "ministry", "council", "registry", "secretariat", "agency", "expert body",
}  # fmt: skip
KINDS = {
    "opening", "question", "national assessment", "expert intervention", "exercise inject",
    "wrap-up",
}  # fmt: skip


def _json(recording: str, name: str) -> list[dict[str, Any]]:
    path = REFERENCE / Path(recording).stem / name
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


@pytest.fixture(scope="module", params=FILES)
def recording(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def words(recording: str) -> list[dict[str, Any]]:
    return _json(recording, "words.json")


@pytest.fixture(scope="module")
def turns(recording: str) -> list[dict[str, Any]]:
    return _json(recording, "turns.json")


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    """The turns of both recordings."""
    return [turn for recording in FILES for turn in _json(recording, "turns.json")]


@pytest.fixture(scope="module")
def roster() -> dict[str, dict[str, str]]:
    with (RECORDINGS / SESSION / "participants.csv").open(encoding="utf-8", newline="") as rows:
        return {row["name"]: row for row in csv.DictReader(rows)}


def _duration_ms(recording: str) -> float:
    with av.open(str(RECORDINGS / SESSION / recording)) as sound:
        assert sound.duration is not None
        return float(sound.duration) / 1000


# ------------------------------------------------------------------------------- the first session


def test_turns_are_the_script_in_order_of_time(turns: list[dict[str, Any]], recording: str) -> None:
    script = sorted(line.text for line in LINES if line.recording == recording)
    assert sorted(turn["text"] for turn in turns) == script
    starts = [turn["start_ms"] for turn in turns]
    assert starts == sorted(starts)
    assert all(turn["start_ms"] < turn["end_ms"] for turn in turns)


def test_words_are_those_of_the_turns(
    words: list[dict[str, Any]], turns: list[dict[str, Any]]
) -> None:
    """Each speaker's words, joined, are that speaker's turns, joined: nothing lost, nothing moved."""
    for voice in {turn["speaker"] for turn in turns}:
        said = " ".join(word["text"] for word in words if word["speaker"] == voice)
        assert said == " ".join(turn["text"] for turn in turns if turn["speaker"] == voice)


def test_words_are_ordered_and_within_the_recording(
    words: list[dict[str, Any]], recording: str
) -> None:
    starts = [word["start_ms"] for word in words]
    assert starts == sorted(starts)
    assert all(0 <= word["start_ms"] < word["end_ms"] for word in words)
    length = _duration_ms(recording)
    assert 4 * 60_000 < length < 6 * 60_000
    assert max(word["end_ms"] for word in words) < length


def test_words_of_one_voice_do_not_overlap_each_other(words: list[dict[str, Any]]) -> None:
    for voice in VOICES:
        own = [word for word in words if word["speaker"] == voice.name]
        assert all(a["end_ms"] <= b["start_ms"] + 1 for a, b in zip(own, own[1:], strict=False))


def test_overlap_is_marked_where_two_speak(words: list[dict[str, Any]]) -> None:
    for index, word in enumerate(words):
        near = words[max(0, index - 12) : index + 12]
        beside = any(
            other["start_ms"] < word["end_ms"] and word["start_ms"] < other["end_ms"]
            for other in near
            if other["speaker"] != word["speaker"]
        )
        assert word["overlapping"] == beside, word


def test_overlaps_and_joins_are_what_a_hard_recording_has(turns: list[dict[str, Any]]) -> None:
    """Edges of clips are kept, so a join of the script is a few dozen milliseconds of breath."""
    gaps = [b["start_ms"] - a["end_ms"] for a, b in zip(turns, turns[1:], strict=False)]
    overlaps = [-gap for gap in gaps if gap < -100]
    assert 2 <= len(overlaps) <= 5
    assert all(200 <= overlap <= 1500 for overlap in overlaps)
    joined = [gap for gap in gaps if -30 <= gap <= 130]
    assert len(joined) >= 5


def test_voices_file_says_the_same(turns: list[dict[str, Any]], recording: str) -> None:
    spoken: dict[str, list[tuple[float, float]]] = {}
    for line in (
        (REFERENCE / Path(recording).stem / "voices.rttm").read_text(encoding="utf-8").splitlines()
    ):
        kind, file, _, start, length, _, _, name, *_ = line.split()
        assert (kind, file) == ("SPEAKER", Path(recording).stem)
        spoken.setdefault(name, []).append((float(start), float(start) + float(length)))
    assert set(spoken) == {voice.name for voice in VOICES} == {t["speaker"] for t in turns}
    for name, spans in spoken.items():
        own = [t for t in turns if t["speaker"] == name]
        for begin, end in spans:
            assert any(
                t["start_ms"] - 2 <= begin * 1000 and end * 1000 <= t["end_ms"] + 2 for t in own
            )


def test_reference_agrees_with_the_roster(
    everything: list[dict[str, Any]], roster: dict[str, dict[str, str]]
) -> None:
    turns = everything
    assert {person.name for person in PEOPLE} == set(roster)
    for turn in turns:
        if turn["participant"]:
            assert roster[turn["participant"]]["institution"] == turn["institution"]
    came = {turn["participant"] for turn in turns} - {""}
    assert len(came) == 7
    assert len(roster) - len(came) >= 3  # one of them came too, and nobody can say which


def test_one_woman_cannot_be_known(everything: list[dict[str, Any]]) -> None:
    """Nobody on the roster who is not named in the reference is named in the room, nor their house."""
    turns = everything
    said = " ".join(turn["text"] for turn in turns).lower()
    named = {turn["participant"] for turn in turns}
    houses = {turn["institution"] for turn in turns}
    absent = [person for person in PEOPLE if person.name not in named]
    assert len(absent) == 4
    for person in absent:
        assert not any(part.lower() in said for part in person.name.split()), person.name
        assert person.institution in houses or person.institution.lower() not in said
    guest = [turn for turn in turns if turn["speaker"] == UNKNOWN]
    assert len(guest) >= 5
    assert {(turn["participant"], turn["institution"]) for turn in guest} == {("", "")}
    before = [a["text"] for a, b in zip(turns, turns[1:], strict=False) if b["speaker"] == UNKNOWN]
    givers = [text for text in before if "floor" in text or "?" in text[-1:]]
    assert not givers, "the guest takes the floor, nobody gives it"


def test_one_question_is_never_asked(everything: list[dict[str, Any]]) -> None:
    turns = everything
    guide = (RECORDINGS / SESSION / "guide.md").read_text(encoding="utf-8")
    assert "Early warning (question" in guide
    assert not any("early warning" in turn["text"].lower() for turn in turns)
    assert "private sector" in guide
    assert not any("private sector" in turn["text"] for turn in turns)


# ------------------------------------------------------------------------------ the second session


def test_second_transcript_is_its_script_and_looks_like_a_platform() -> None:
    script = session_two.SCRIPT.read_text(encoding="utf-8")
    text = session_two.webvtt(script)
    assert text == (RECORDINGS / session_two.SESSION / session_two.TRANSCRIPT).read_text("utf-8")
    cues = list(session_two.cues(script))
    assert 120 <= len(cues) <= 200
    assert 25 <= cues[-1].end / 60_000 <= 35
    assert all(a.end < b.start for a, b in zip(cues, cues[1:], strict=False))
    assert {"Meeting Room 2", "Guest", "SCS_Intan"} <= {cue.label for cue in cues}
    spoken = " ".join(cue.text for cue in cues)
    assert spoken == " ".join(text.replace(" ... ", " ") for _, text in session_two.turns(script))


def test_second_roster_is_reproducible() -> None:
    assert session_two.spreadsheet() == session_two.spreadsheet()
    built = openpyxl.load_workbook(io.BytesIO(session_two.spreadsheet())).active
    kept = openpyxl.load_workbook(RECORDINGS / session_two.SESSION / session_two.ROSTER).active
    assert built is not None and kept is not None
    rows = list(built.iter_rows(values_only=True))
    assert rows == list(kept.iter_rows(values_only=True))
    assert list(rows[0]) == COLUMNS
    assert {row[1] for row in rows[1:]} <= ROLES
    assert {row[4] for row in rows[1:]} <= CATEGORIES


# --------------------------------------------------------------------------------------- both


@pytest.mark.parametrize("name", [SESSION, session_two.SESSION])
def test_session_files_follow_the_conventions(name: str) -> None:
    settings = tomllib.loads((RECORDINGS / name / "session.toml").read_text(encoding="utf-8"))
    allowed = "title event programme date venue conveners rapporteur languages rule consent"
    assert set(settings) <= {*allowed.split(), "glossary", "recordings", "themes"}
    assert settings["programme"] == "peacebuilding-2026"
    assert settings["consent"]["recorded"] is True
    assert all((RECORDINGS / name / file).is_file() for file in settings["recordings"])
    guide = (RECORDINGS / name / "guide.md").read_text(encoding="utf-8").splitlines()
    heads = [line for line in guide if line.startswith("## ")]
    assert [int(head.split()[1].rstrip(".")) for head in heads] == list(range(1, len(heads) + 1))
    kinds = [head.rsplit("(", 1)[1].split(",")[0] for head in heads]
    assert set(kinds) <= KINDS


def test_first_roster_follows_the_conventions(roster: dict[str, dict[str, str]]) -> None:
    for row in roster.values():
        assert list(row) == COLUMNS
        assert row["role"] in ROLES
        assert row["category"] in CATEGORIES
    assert [row["role"] for row in roster.values()].count("facilitator") == 1
    assert roster["Arun Pillai"]["role"] == "expert"
