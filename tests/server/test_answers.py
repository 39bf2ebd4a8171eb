"""What pages are told: decisions, conflicts, files, sound, briefs, and everything that is wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from fgd import pipeline
from fgd.server.serving import as_refusal
from fgd.workspace.lock import session_lock
from fgd.workspace.project import Project
from tests.server.asgi import Client, client_of
from tests.server.conftest import CUES, ROSTER, TALK, WORKSHOP, tone

VOICE = {"type": "name-voice", "voice": "V2"}


def recording(client: Client, session: str = TALK) -> str:
    found: str = client.get(f"/api/s/{session}/voices").json["cards"][0]["recording"]
    return found


def turns(client: Client, session: str = TALK) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"/api/s/{session}/transcript").json["rows"]
    return rows


def words(row: dict[str, Any]) -> str:
    return "".join(row["words"]["text"]).strip()


def lines(project: Project, session: str = TALK) -> list[dict[str, str]]:
    path = project.recordings / session / "decisions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def test_an_overview_counts_what_is_left_to_do(client: Client) -> None:
    told = client.get(f"/api/s/{WORKSHOP}/overview").json
    assert told["state"] == "done"
    assert told["voices"] == 7
    assert told["turns"] == 22
    assert set(told["editions"]) == {"internal", "circulation"}


def test_a_decision_shows_at_once_and_can_be_undone(client: Client, project: Project) -> None:
    """Before any pass: the card has the name; after undoing it has not; both lines stay."""
    command = VOICE | {"recording": recording(client), "participant": "ben-cruz"}
    made = client.decide(TALK, command)
    assert made.status == 200
    card = next(c for c in client.get(f"/api/s/{TALK}/voices").json["cards"] if c["voice"] == "V2")
    assert (card["label"], card["state"]) == ("Ben Cruz (HP)", "decided")
    undo = {"type": "undo", "decision": made.json["made"][0]["id"]}
    assert client.decide(TALK, undo, seen=made.json["version"]).status == 200
    card = next(c for c in client.get(f"/api/s/{TALK}/voices").json["cards"] if c["voice"] == "V2")
    assert card["state"] == "unknown"
    assert len(lines(project)) == 2
    told = client.get(f"/api/s/{TALK}/history").json["entries"]
    assert told[0]["said"].startswith("took back: voice V2 is Ben Cruz")
    assert told[1]["undone"]


def test_words_are_corrected_and_only_changed_rows_are_sent(client: Client) -> None:
    """A page that has the transcript gets one row and not the whole."""
    sheet = client.get(f"/api/s/{WORKSHOP}/transcript").json
    row = sheet["rows"][5]
    text = words(row) + " Indeed."
    client.decide(WORKSHOP, {"type": "rewrite", "turn": row["id"], "text": text})
    after = client.get(f"/api/s/{WORKSHOP}/transcript?since={sheet['mark']}").json
    assert [each["id"] for each in after["rows"]] == [row["id"]]
    assert words(after["rows"][0]) == text
    assert after["ids"] == []
    assert after["pending"] == 1
    assert client.get(f"/api/s/{WORKSHOP}/transcript?since=unknown").json["base"] == ""


def test_nobody_overwrites_what_they_have_not_seen(client: Client, project: Project) -> None:
    """The second one is told by whom and what; about other things both may decide."""
    first, second = turns(client)[1], turns(client)[2]
    mine = {"type": "rewrite", "turn": first["id"], "text": words(first) + " Mine."}
    theirs = {"type": "rewrite", "turn": first["id"], "text": words(first) + " Theirs."}
    other = {"type": "rewrite", "turn": second["id"], "text": words(second) + " Other."}
    assert client.decide(TALK, mine, by="Ana").status == 200
    refused = client.decide(TALK, theirs, by="Ben")
    assert refused.status == 409
    assert refused.json["others"][0]["by"] == "Ana"
    assert client.decide(TALK, other, by="Ben").status == 200
    assert len(lines(project)) == 2


def test_a_change_is_written_whole_or_not_at_all(client: Client, project: Project) -> None:
    row = turns(client)[1]
    good = {"type": "confirm", "turn": row["id"]}
    bad = {"type": "confirm", "turn": "nothing"}
    assert client.decide(TALK, good, bad).status == 409
    assert lines(project) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"by": "x", "seen": "", "commands": []}, 422),
        ({"by": "x", "seen": "", "commands": [{"type": "delete-everything"}]}, 422),
        ({"by": "x", "seen": "", "commands": [{"type": "undo", "decision": "d-0"}]}, 409),
        ({"by": "x", "seen": "", "commands": [{"type": "confirm", "turn": "../../etc"}]}, 409),
    ],
)
def test_nonsense_is_refused_in_a_sentence(client: Client, body: object, status: int) -> None:
    answer = client.post(f"/api/s/{TALK}/changes", body)
    assert answer.status == status
    assert answer.json["message"]


@pytest.mark.parametrize(
    "name", ["..", "../recordings", "%2e%2e%2f", "talk/../talk", "Talk", "talk "]
)
def test_no_name_leads_out_of_the_project(client: Client, name: str) -> None:
    """Sessions are compared by id; nothing a page says is ever part of a path."""
    assert client.get(f"/api/s/{name}/overview").status == 404
    for path in (
        f"/s/{TALK}/edition/internal/../work/brief.json",
        f"/s/{TALK}/edition/x/brief.html",
    ):
        assert client.get(path).status == 404
    assert client.get("/static/..%2fapp.py").status == 404


def test_hostile_names_stay_text(client: Client, project: Project) -> None:
    """What people are called is never markup, in no page and in no header."""
    folder = project.recordings / "<b>x"
    shutil.copytree(project.recordings / TALK, folder)
    (folder / "session.toml").write_text('title = "<script>alert(1)</script>"\n')
    told = client.get("/api/sessions").json["sessions"]
    name = next(each["id"] for each in told if each["name"] == "<b>x")
    page = client.get(f"/s/{name}/voices").body.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_sound_comes_in_ranges(client: Client) -> None:
    whole = client.get(f"/s/{TALK}/sound/0")
    assert whole.headers["accept-ranges"] == "bytes"
    part = client.get(f"/s/{TALK}/sound/0", headers={"range": "bytes=100-199"})
    assert part.status == 206
    assert part.body == whole.body[100:200]
    assert client.get(f"/s/{TALK}/sound/7").status == 404
    loud = client.get(f"/s/{TALK}/loudness/0").body
    assert 110 <= len(loud) <= 130
    assert max(loud) > 100 > min(loud)
    assert client.get(f"/s/{TALK}/loudness/0").body == loud
    assert client.get(f"/s/{WORKSHOP}/sound/0").status == 404


def test_briefs_are_shown_under_a_policy_of_their_own(client: Client) -> None:
    told = client.get(f"/api/s/{WORKSHOP}/editions").json
    assert told["gate"] == told["leaks"] == "passed"
    answer = client.get(f"/s/{WORKSHOP}/edition/circulation/brief.html")
    assert answer.status == 200
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "sandbox" in answer.headers["content-security-policy"]
    word = client.get(f"/s/{WORKSHOP}/edition/internal/brief.docx")
    assert "attachment" in word.headers["content-disposition"]
    missing = client.get(f"/api/s/{TALK}/editions").json["editions"][1]
    assert not missing["there"]
    assert "consent" in missing["why_not"]


def test_circulation_is_released_by_a_person(client: Client) -> None:
    """The page tells why there is no edition; where there is one it is let go until it changes."""
    missing = client.get(f"/api/s/{TALK}/circulation").json
    assert "consent" in missing["why_not"]
    assert missing["places"] == []
    view = client.get(f"/api/s/{WORKSHOP}/circulation").json
    assert not view["why_not"]
    assert not view["released"]
    assert client.decide(WORKSHOP, {"type": "let-go", "edition": view["edition"]}).status == 200
    assert client.get(f"/api/s/{WORKSHOP}/circulation").json["released"].startswith("Lien")
    words = {"type": "circulate", "words": "the common list", "way": "withhold"}
    assert client.decide(WORKSHOP, words).status == 200
    assert client.decide(WORKSHOP, words | {"way": "keep"}).status == 422


def test_themes_are_decided_and_shown_at_once(client: Client) -> None:
    themes = client.get(f"/api/s/{WORKSHOP}/themes").json["themes"]
    one, two = sorted(themes, key=lambda each: -each["coded"])[:2]
    rename = {"type": "rename-theme", "theme": one["id"], "name": "Boats"}
    merge = {"type": "merge-themes", "theme": two["id"], "into": one["id"]}
    assert client.decide(WORKSHOP, rename, merge).status == 200
    after = {each["id"]: each for each in client.get(f"/api/s/{WORKSHOP}/themes").json["themes"]}
    assert after[one["id"]]["name"] == "Boats"
    assert two["id"] not in after
    assert after[one["id"]]["coded"] >= max(one["coded"], two["coded"])
    refused = client.decide(WORKSHOP, rename | {"name": "Ships"}, by="Ben")
    assert refused.status == 409
    passage = after[one["id"]]["passages"][0]
    code = {"type": "code", "theme": one["id"], "turn": passage["turn"], "about": False}
    seen = client.get(f"/api/s/{WORKSHOP}/news").json["version"]
    assert client.decide(WORKSHOP, code | {"place": passage["place"]}, seen=seen).status == 200
    theme = next(
        each
        for each in client.get(f"/api/s/{WORKSHOP}/themes").json["themes"]
        if each["id"] == one["id"]
    )
    assert theme["coded"] == after[one["id"]]["coded"] - 1


def test_passages_are_split_off_a_theme(client: Client) -> None:
    """They are a theme of their own at once, and the theme they were taken from says so."""
    themes = client.get(f"/api/s/{WORKSHOP}/themes").json["themes"]
    theme = max(themes, key=lambda each: each["coded"])
    turn = theme["passages"][0]["turn"]
    split = {"type": "split-theme", "theme": theme["id"], "name": "Masts", "turns": [turn]}
    assert client.decide(WORKSHOP, split).status == 200
    after = {each["name"]: each for each in client.get(f"/api/s/{WORKSHOP}/themes").json["themes"]}
    assert {each["turn"] for each in after["Masts"]["passages"]} == {turn}
    left = [each for each in after[theme["name"]]["passages"] if each["turn"] == turn]
    assert {each["status"] for each in left} <= {"rejected"}
    said = client.get(f"/api/s/{WORKSHOP}/history").json["entries"][0]["said"]
    assert theme["name"] in said
    nowhere = split | {"turns": ["nothing"]}
    assert client.decide(WORKSHOP, nowhere, by="Ben").status == 409


def new(client: Client, **given: object) -> str:
    made = client.post("/api/sessions", {"title": "Été in Phnom Penh / ភ្នំពេញ"} | given)
    assert made.status == 201
    name: str = made.json["id"]
    return name


def test_a_session_is_founded_under_a_name_of_ours(client: Client, project: Project) -> None:
    """The title is kept as it is in session.toml; folder and files have plain names."""
    first, second = new(client, consent=True, languages=["Khmer"]), new(client)
    assert (first, second) == ("ete-in-phnom-penh", "ete-in-phnom-penh-2")
    assert client.get(f"/api/s/{first}/setup").json["title"] == "Été in Phnom Penh / ភ្នំពេញ"
    assert client.get(f"/api/s/{first}/setup").json["languages"] == ["km"]
    sent = client.put(f"/api/s/{first}/files/roster?name=..%2f..%2fevil.csv", ROSTER.encode())
    assert sent.json == {"name": "participants.csv"}
    sent = client.put(f"/api/s/{first}/files/recording?name=a%00b.vtt", CUES.encode())
    assert sent.json == {"name": "recording-01.vtt"}
    told = client.get(f"/api/s/{first}/setup").json
    assert [each["name"] for each in told["people"]] == ["Ana Reyes", "Ben Cruz"]
    assert sorted(path.name for path in (project.recordings / first).iterdir()) == [
        "participants.csv", "recording-01.vtt", "session.toml",
    ]  # fmt: skip
    for wrong in ({"date": "yesterday"}, {"languages": ["Klingon"]}, {"rule": "none"}):
        assert client.post("/api/sessions", wrong).status in (409, 422)


def left(project: Project) -> list[Path]:
    return list((project.state / "review" / "uploads").glob("*"))


def test_files_that_cannot_be_used_are_turned_away(client: Client, project: Project) -> None:
    """Too large, of no known kind, or not what the ending says: nothing of them is kept."""
    name = new(client)
    path = f"/api/s/{name}/files"
    big = client.ask(
        "PUT", f"{path}/recording?name=a.mp3", headers={"content-length": str(3 << 30)}
    )
    assert big.status == 413
    lying = client.put(
        f"{path}/recording?name=a.mp3", b"x" * (2 << 20), headers={"content-length": "9"}
    )
    assert lying.status == 413
    assert (
        client.ask("PUT", f"{path}/recording?name=a.mp3", headers={"content-length": ""}).status
        == 411
    )
    for ending, purpose, data in [
        ("exe", "recording", b"MZ"), ("mp3", "recording", b"just text, no sound at all"),
        ("wav", "recording", b"RIFF\0\0\0\0WAVE"), ("vtt", "recording", os.urandom(500)),
        ("xlsx", "roster", b"name,role\n"), ("docx", "guide", b"PK\3\4 nothing"),
        ("csv", "roster", b""), ("vtt", "roster", CUES.encode()),
    ]:  # fmt: skip
        answer = client.put(f"{path}/{purpose}?name=x.{ending}", data)
        assert answer.status == 415, ending
        assert answer.json["message"]
    assert client.put(f"{path}/weapons?name=x.csv", b"a").status == 404
    assert [each.name for each in (project.recordings / name).iterdir()] == ["session.toml"]
    assert left(project) == []


def test_a_tab_closed_in_the_middle_leaves_nothing(client: Client, project: Project) -> None:
    name = new(client)
    answer = client.ask(
        "PUT", f"/api/s/{name}/files/recording?name=a.vtt",
        headers={"content-length": "5000"}, chunks=[CUES.encode()], leave=True,
    )  # fmt: skip
    assert answer.status == 400
    assert [each.name for each in (project.recordings / name).iterdir()] == ["session.toml"]
    assert left(project) == []


def test_a_new_roster_replaces_the_old_one_and_keeps_it(client: Client, project: Project) -> None:
    sent = client.put(
        f"/api/s/{TALK}/files/roster?name=x.csv", ROSTER.replace("Ben", "Bo").encode()
    )
    assert sent.status == 201
    assert client.get(f"/api/s/{TALK}/setup").json["people"][1]["name"] == "Bo Cruz"
    kept = list((project.recordings / TALK / "replaced").iterdir())
    assert [path.read_text() for path in kept] == [ROSTER]


def test_a_session_that_is_one_file_becomes_a_folder_when_decided_about(
    client: Client, project: Project
) -> None:
    (project.recordings / "bare.vtt").write_text(CUES)
    assert client.get("/api/s/bare/setup").json["files"][0]["name"] == "bare.vtt"
    sent = client.put("/api/s/bare/files/roster?name=x.csv", ROSTER.encode())
    assert sent.status == 201
    assert sorted(path.name for path in (project.recordings / "bare").iterdir()) == [
        "bare.vtt", "participants.csv",
    ]  # fmt: skip


def bare(project: Project) -> Path:
    """A transcript that was dropped into ``recordings/`` by itself, heard and attributed."""
    path = project.recordings / "bare.vtt"
    path.write_text(CUES)
    pipeline.run(pipeline.SessionContext(project, project.session("bare")))
    return path


def test_a_file_moves_only_when_a_change_is_written(client: Client, project: Project) -> None:
    """What is refused, for whatever reason, leaves what people gave where it was."""
    path = bare(project)
    row = turns(client, "bare")[1]
    confirm = {"type": "confirm", "turn": row["id"]}
    lies = client.put("/api/s/bare/files/roster?name=x.xlsx", b"name,role\n")
    assert lies.status == 415
    assert client.decide("bare", {"type": "confirm", "turn": "nothing"}).status == 409
    assert client.decide("bare", confirm, {"type": "undo", "decision": "d-0"}).status == 409
    assert path.is_file()
    with session_lock(project.session("bare")):  # a pass reads it
        refused = client.decide("bare", confirm)
        assert (refused.status, refused.json["message"] != "") == (409, True)
        sent = client.put("/api/s/bare/files/roster?name=x.csv", ROSTER.encode())
        assert sent.status == 409
    assert path.is_file()
    assert not path.with_suffix("").exists()
    assert client.decide("bare", confirm).status == 200
    assert sorted(each.name for each in path.with_suffix("").iterdir()) == [
        "bare.vtt", "decisions.jsonl",
    ]  # fmt: skip
    assert turns(client, "bare")[1]["id"] == row["id"]
    outcome = pipeline.run(pipeline.SessionContext(project, project.session("bare")))
    assert not [issue for issue in outcome.issues if "decision" in issue.message]


def test_a_file_goes_back_where_nothing_could_be_written(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bare(project)
    row = turns(client, "bare")[1]

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        refused = client.decide("bare", {"type": "confirm", "turn": row["id"]})
    assert refused.status == 507
    assert "space" in refused.json["message"]
    assert path.read_text() == CUES


@pytest.mark.parametrize(
    ("problem", "status", "word"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file", "/a/guide.md"), 409, "guide.md"),
        (PermissionError(errno.EACCES, "Permission denied", "/a/b.csv"), 409, "permission"),
        (OSError(errno.EROFS, "Read-only file system", "/a/b.csv"), 409, "read-only"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "space"),
        (OSError(errno.EIO, "Input/output error", "/a/b.csv"), 409, "Input/output error"),
    ],
)
def test_what_the_system_refuses_is_called_by_its_name(
    problem: OSError, status: int, word: str
) -> None:
    """A file that is not there is not a disk that failed."""
    told = as_refusal(problem)
    assert told.status == status
    assert word in told.message
    assert ("disk" in told.message) == (problem.errno in (errno.ENOSPC, errno.EROFS))


def test_a_session_deleted_on_disk_is_said_to_be_gone(client: Client, project: Project) -> None:
    row = turns(client)[0]
    shutil.rmtree(project.recordings / TALK)
    for path in ("news", "transcript", "voices", "overview"):
        answer = client.get(f"/api/s/{TALK}/{path}")
        assert (answer.status, answer.json["gone"]) == (410, True)
    assert client.decide(TALK, {"type": "confirm", "turn": row["id"]}).status == 410
    assert not (project.recordings / TALK).exists()


def test_a_pass_is_done_and_told(project: Project, tmp_path: Path) -> None:
    """Asked for, waited for, told with its outcome; a session without recordings is refused."""
    with client_of(project) as client:
        name = new(client)
        assert client.post(f"/api/s/{name}/build", {}).status == 409
        sound = tmp_path / "t.wav"
        tone(sound, 2.0)
        sent = client.put(f"/api/s/{name}/files/recording?name=t.wav", sound.read_bytes())
        assert sent.status == 201
        assert client.post(f"/api/s/{TALK}/build", {}).status == 202
        end = time.monotonic() + 300
        while (job := client.get(f"/api/s/{TALK}/news").json["job"])["state"] in (
            "waiting",
            "running",
        ):
            assert time.monotonic() < end
            time.sleep(0.2)
        assert job["state"] in ("done", "attention"), job
        assert job["seconds"] > 0


def test_heavy_transcripts_are_read_in_a_process_of_their_own(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is understood of them is the same; a process that ends is a warning with a remedy."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    from fgd.workbench import open_session

    folder = project.session(WORKSHOP)
    here = open_session.OpenSession(project, folder).understood()
    assert here[0][0].labels
    monkeypatch.setattr(open_session, "HEAVY", 0)
    assert open_session.OpenSession(project, folder).understood() == here

    def ends(*_: object) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr(ProcessPoolExecutor, "submit", ends)
    told, (issue,) = open_session.OpenSession(project, folder).understood()
    assert not told
    assert issue.where
    assert issue.remedy
