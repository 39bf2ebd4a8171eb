"""Whoever withdraws is gone from everything, the others stay as they were, and it is proved."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from docx import Document
from openpyxl import Workbook

from fgd import pipeline
from fgd.audio.decode import Audio, decode
from fgd.audio.silence import silence
from fgd.cli.app import main
from fgd.core.errors import InputError, ProjectError
from fgd.decisions import voices
from fgd.decisions.themes import NAME as THEME_NAME
from fgd.disclosure.remains import Left, Traces, remains
from fgd.disclosure.words import Secret
from fgd.model import MARK, Decision, Span
from fgd.pipeline import withdrawal
from fgd.pipeline.session_pass import GONE
from fgd.workspace.deleted import STAGE, is_interrupted
from fgd.workspace.project import Project
from tests import media

WHO = "Moana Tuilagi"
OWN = "the wardens count the nets every single month"
TALK = f"""WEBVTT

00:00:01.000 --> 00:00:06.000
<v Sefa Alatini>What should be done first about the reef?</v>

00:00:07.000 --> 00:00:14.000
<v {WHO}>I propose that {OWN}.</v>

00:00:15.000 --> 00:00:20.000
<v Ioane Leota>Yes, we would support what Moana says.</v>

00:00:21.000 --> 00:00:25.000
<v Sefa Alatini>Thank you both, and let us come to the next question.</v>
"""
ROSTER = """name,role,institution,acronym,category,country,track,aliases,institution_aliases
Sefa Alatini,facilitator,Reef Council,RC,council,Savai,,,
Moana Tuilagi,participant,Harbour Wardens,HW,agency,Upolu,,Madame Tui,
Ioane Leota,participant,Village Board,VB,council,Manono,,,
Ana Leota,participant,Village Board,VB,council,Manono,,,
"""
SETTINGS = 'title = "The reef"\ndate = 2026-01-10\n[consent]\nrecorded = true\n'
FLOOR = "start,participant\n0:01,F1\n0:07,P1\n0:15,P2\n0:21,F1\n"
CHAT = (
    "10:00:01 From Moana Tuilagi to Everyone: nets are all that counts here\n"
    "10:00:09 From Ioane Leota to Everyone: agreed with that\n"
)


def session(root: Path, name: str = "reef", talk: str = TALK, ending: str = ".vtt") -> Project:
    folder = root / "recordings" / name
    folder.mkdir(parents=True)
    (folder / f"talk{ending}").write_text(talk, encoding="utf-8")
    (folder / "participants.csv").write_text(ROSTER)
    (folder / "session.toml").write_text(SETTINGS)
    return Project.open(root)


def run(project: Project, name: str = "reef") -> pipeline.SessionContext:
    context = pipeline.SessionContext(project, project.session(name))
    assert pipeline.run(context).state in ("done", "attention")
    return pipeline.SessionContext(project, project.session(name))


def read(project: Project, name: str = "reef") -> pipeline.SessionContext:
    """Read a session as far as it is known who spoke: what a withdrawal begins from."""
    context = pipeline.SessionContext(project, project.session(name))
    pipeline.attribute(context)
    return context


def withdraw(project: Project, who: str = WHO, only: str = "") -> tuple[Left, ...]:
    planned = withdrawal.plan(project, who, only)
    return withdrawal.withdraw(project, planned, by="ana", when="2026-02-01T10:00:00Z")


def everything(project: Project) -> str:
    """All that text files of the project say."""
    return "\n".join(
        path.read_text(encoding="utf-8", errors="ignore")
        for path in sorted(project.root.rglob("*"))
        if path.is_file()
    )


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text().splitlines()))


def lines(project: Project) -> list[tuple[str, str]]:
    context = pipeline.SessionContext(project, project.session("reef"))
    return [(line.speaker, line.text) for line in pipeline.lines(context)]


def test_a_transcript_keeps_its_times_and_the_others(tmp_path: Path) -> None:
    """Their turn is a mark at its time, their name in others' speech is nobody's."""
    project = session(tmp_path)
    read(project)
    assert withdraw(project) == ()
    said = everything(project)
    assert "Moana" not in said
    assert "Tuilagi" not in said
    assert "wardens count" not in said
    read(project)
    assert (GONE, MARK) in lines(project)
    text = "Yes, we would support what [somebody] says."
    assert ("Ioane Leota (VB)", text) in lines(project)
    talk = (project.recordings / "reef" / "talk.vtt").read_text()
    assert f"00:00:07.000 --> 00:00:14.000\n<v {MARK}>{MARK}</v>" in talk
    assert "Moana" not in everything(project)


def test_nobody_is_counted_who_withdrew(tmp_path: Path) -> None:
    """One voice and one person less, and a brief that says so inside."""
    project = session(tmp_path)
    run(project)
    withdraw(project)
    context = run(project)
    assert all(MARK not in turn.text for talk in pipeline.arranged(context) for turn in talk.turns)
    assert [p.name for p in pipeline.full_session(context).participants] == [
        "Sefa Alatini", "Ioane Leota", "Ana Leota",
    ]  # fmt: skip
    brief = (project.outputs / "reef" / "internal" / "brief.md").read_text(encoding="utf-8")
    assert "Participants who withdrew" in brief
    edition = (project.outputs / "reef" / "circulation" / "brief.md").read_text(encoding="utf-8")
    assert "withdrew" not in edition  # two people spoke: it would say which


def test_the_name_of_their_body_stays_withheld(tmp_path: Path) -> None:
    """Nobody else is of it: its row stays without them, and without a complaint."""
    project = session(tmp_path)
    read(project)
    withdraw(project)
    context = read(project)
    assert "Harbour Wardens" in [body.name for body in context.intake.session.institutions]
    assert not [i for i in context.intake.issues if i.level != "note"]
    found = rows(project.recordings / "reef" / "participants.csv")
    assert [row[0] for row in found[1:]] == ["Sefa Alatini", MARK, "Ioane Leota", "Ana Leota"]
    assert found[2][5] == ""


def test_a_body_with_others_needs_no_row(tmp_path: Path) -> None:
    """Whoever is of a body that sent two goes without a trace."""
    project = session(tmp_path)
    read(project)
    withdraw(project, "Ana Leota")
    found = rows(project.recordings / "reef" / "participants.csv")
    assert [row[0] for row in found[1:]] == ["Sefa Alatini", WHO, "Ioane Leota"]
    assert "Ioane Leota" in everything(project)  # the name that both have stays his


@pytest.mark.parametrize("ending", [".txt", ".json", ".srt", ".docx"])
def test_transcripts_of_other_kinds(tmp_path: Path, ending: str) -> None:
    """Without times the mark stands in its place; what cannot be kept becomes our WebVTT."""
    said = [
        ("Sefa Alatini", 1, 6, "What should be done first about the reef?"),
        (WHO, 7, 14, f"I propose that {OWN}."),
        ("Ioane Leota", 15, 20, "Yes, we would support what Moana says."),
        ("Sefa Alatini", 21, 25, "Thank you both, and let us come to the next question."),
    ]
    plain = "\n\n".join(f"{who}: {text}" for who, _, _, text in said)
    project = session(tmp_path, talk=plain, ending=".txt")
    talk = project.recordings / "reef" / "talk.txt"
    if ending != ".txt":
        talk.unlink()
        talk = talk.with_suffix(ending)
    if ending == ".json":
        parts = [{"speaker": w, "start": a, "end": b, "text": t} for w, a, b, t in said]
        talk.write_text(json.dumps({"segments": parts}))
    elif ending == ".srt":
        talk.write_text(
            "\n\n".join(
                f"{n}\n00:00:{a:02},000 --> 00:00:{b:02},000\n{w}: {t}"
                for n, (w, a, b, t) in enumerate(said, 1)
            )
        )
    elif ending == ".docx":
        document = Document()
        for who, start, _, text in said:
            document.add_paragraph(f"[00:00:{start:02}] {who}: {text}")
        document.save(str(talk))
    read(project)
    before = lines(project)
    assert withdraw(project) == ()
    read(project)
    after = lines(project)
    assert [text for _, text in after] == [
        MARK if who.startswith(WHO) else text.replace("Moana", "[somebody]") for who, text in before
    ]
    assert [speaker for speaker, text in after if text != MARK] == [
        speaker for speaker, _ in before if not speaker.startswith(WHO)
    ]


def test_everything_beside_the_talk(tmp_path: Path) -> None:
    """Guide, notes, workbook, chat, floor log, decisions, samples, settings, caches, leftovers."""
    project = session(tmp_path)
    folder = project.recordings / "reef"
    (folder / "guide.md").write_text("# Reef\n\n## 1. Start\nAsk Moana Tuilagi about nets.\n")
    notes = Document()
    paragraph = notes.add_paragraph("As Moana ")
    paragraph.add_run("Tuilagi said: ")
    paragraph.add_run(f"I propose that {OWN}.")
    notes.core_properties.author = WHO
    (folder / "facilitation").mkdir()
    notes.save(str(folder / "facilitation" / "notes.docx"))
    (folder / "newchat.txt").write_text(CHAT)
    (folder / "floor.csv").write_text(FLOOR)
    (folder / "voices").mkdir()
    media.write(folder / "voices" / f"{WHO}.wav", [media.tone(1)])
    (tmp_path / "fgd.toml").write_text(f'[brief]\nmay_be_named = ["{WHO}"]\n')
    project = Project.open(tmp_path)
    read(project)
    base = tmp_path / ".fgd" / "index.sqlite3"
    base.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(base)) as index, index:
        index.execute("create table said (text)")
        index.execute("insert into said values (?)", (f"I propose that {OWN}.",))
        index.execute("delete from said")
    (tmp_path / ".fgd" / "failures").mkdir(exist_ok=True)
    (tmp_path / ".fgd" / "failures" / "reef.txt").write_text(f"KeyError: {WHO}")
    assert withdraw(project) == ()
    assert not base.exists()
    assert not list((folder / "voices").glob("*")) if (folder / "voices").exists() else True
    after = Document(str(folder / "facilitation" / "notes.docx"))
    assert [each.text for each in after.paragraphs] == [f"As [somebody] said: {MARK}."]
    assert "nets are all" not in (folder / "newchat.txt").read_text()
    assert "agreed with that" in (folder / "newchat.txt").read_text()
    # P2 was the second of two participants and would be the first now.
    assert [row[1] for row in rows(folder / "floor.csv")] == [
        "participant", "Sefa Alatini", "Ioane Leota", "Sefa Alatini",
    ]  # fmt: skip
    read(project)
    assert "Moana" not in everything(project)


def test_a_workbook_loses_the_row(tmp_path: Path) -> None:
    """The list of participants as people send it."""
    project = session(tmp_path)
    folder = project.recordings / "reef"
    (folder / "participants.csv").unlink()
    book = Workbook()
    for row in csv.reader(ROSTER.splitlines()):
        book.worksheets[0].append(row)
    book.save(folder / "participants.xlsx")
    read(project)
    assert withdraw(project) == ()
    people = read(project).intake.session.participants
    assert [person.name for person in people] == ["Sefa Alatini", "Ioane Leota", "Ana Leota"]


def test_decisions_become_the_tombstones(tmp_path: Path) -> None:
    """Ids stay, so that what undoes them still does; those about others hold as before."""
    project = session(tmp_path)
    context = read(project)
    (talk,) = pipeline.arranged(context)
    first, second, third, _ = talk.turns
    when = "2026-01-11T10:00:00Z"
    made = [
        voices.name_turn(talk, second.id, "moana-tuilagi", by="ana", when=when),
        voices.name_turn(talk, third.id, "ioane-leota", by=WHO, when=when),
        Decision.made(
            "theme:nets", THEME_NAME, f"What {WHO} wants", "", Span(0, 0), by="ana", when=when
        ),
    ]
    path = project.recordings / "reef" / "decisions.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in made))
    read(project)
    assert withdraw(project) == ()
    kept = [msgspec.json.decode(line, type=Decision) for line in path.read_bytes().splitlines()]
    assert [each.id for each in kept[:3]] == [each.id for each in made]
    assert (kept[0].field, kept[0].target) == ("withdrawn", "person:withdrawn-1")
    assert (kept[1].value, kept[1].by) == ("ioane-leota", "withdrawn-1")
    assert kept[2].value == "What [somebody] wants"
    context = read(project)
    assert kept[1].recording == context.intake.session.recordings[0].id
    assert not [i for i in context.intake.issues if i.where == "decisions.jsonl"]
    assert first.text in everything(project)


def test_one_session_alone(tmp_path: Path) -> None:
    """--session leaves the others as they are."""
    session(tmp_path, "lagoon")
    project = session(tmp_path)
    read(project)
    read(project, "lagoon")
    before = (project.recordings / "lagoon" / "talk.vtt").read_bytes()
    assert withdraw(project, only="reef") == ()
    assert (project.recordings / "lagoon" / "talk.vtt").read_bytes() == before
    assert "Moana" not in (project.recordings / "reef" / "talk.vtt").read_text()
    assert withdraw(project) == ()
    assert "Moana" not in everything(project)


def test_sound_is_silent_where_they_speak(tmp_path: Path) -> None:
    """Beside a transcript with times; the others are still heard, at the same times."""
    project = session(tmp_path)
    folder = project.recordings / "reef"
    media.write(folder / "talk.wav", [media.tone(25)])
    read(project)
    assert withdraw(project) == ()
    decode(folder / "talk.wav", tmp_path / "again.wav", "x")
    sound = Audio.open(tmp_path / "again.wav")
    (tmp_path / "again.wav").unlink()
    assert sound.duration == 25_000
    context = read(project)
    wav = Audio.open(next(project.outputs.rglob("sound.wav")))
    assert float(abs(wav.read(Span(6_900, 14_100))).max()) == 0.0
    assert float(abs(wav.read(Span(1_000, 6_000))).max()) > 0.2
    assert (GONE, MARK) in lines(project)
    assert context.intake.session.recordings[0].transcript == "talk.vtt"


@pytest.mark.parametrize("ending", ["flac", "mp3", "m4a", "ogg", "opus"])
def test_kinds_of_sound(tmp_path: Path, ending: str) -> None:
    """What was said later is said at the same time."""
    codec = {"mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus", "opus": "libopus"}
    rate = 48_000 if ending in ("ogg", "opus") else 16_000
    given = media.write(
        tmp_path / f"a.{ending}", [media.tone(6, rate=rate)], codec=codec.get(ending, ending),
        rate=rate,
    )  # fmt: skip
    silence(given, tmp_path / f"b.{ending}", [Span(2000, 4000)])
    heard = []
    for name in "ab":
        decode(tmp_path / f"{name}.{ending}", tmp_path / f"{name}.wav", name)
        heard.append(Audio.open(tmp_path / f"{name}.wav"))
    assert abs(heard[0].duration - heard[1].duration) <= 100
    assert float(abs(heard[1].read(Span(2100, 3900))).max()) < 0.01
    before, after = (each.read(Span(4500, 5500)) for each in heard)
    assert float(abs(before - after).mean()) < 0.05


def test_a_film_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """Nothing is changed: whoever withdraws would still be seen."""
    project = session(tmp_path)
    film = project.recordings / "reef" / "talk.mp4"
    media.write(film, [media.tone(25)], codec="aac", video=True)
    read(project)
    with pytest.raises(InputError, match="film"):
        withdrawal.plan(project, WHO)


@pytest.mark.parametrize("place", ["list", "moves"])
def test_killed_in_the_middle(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the list nothing has changed; after it a run says so, and --resume does the rest."""
    project = session(tmp_path)
    read(project)
    before = everything(project)
    planned = withdrawal.plan(project, WHO)
    if place == "list":
        monkeypatch.setattr(withdrawal, "_list", _killed)
    else:
        moves = [0]
        move = withdrawal._move

        def third(path: Path, target: Path) -> None:
            moves[0] += 1
            if moves[0] == 3:
                raise KeyboardInterrupt
            move(path, target)

        monkeypatch.setattr(withdrawal, "_move", third)
    with pytest.raises(KeyboardInterrupt):
        withdrawal.withdraw(project, planned, by="ana", when="2026-02-01T10:00:00Z")
    monkeypatch.undo()
    assert is_interrupted(project) == (place == "moves")
    if place == "list":
        assert not (project.recordings / STAGE).exists()
        assert "Moana" in everything(project)
        assert len(everything(project)) >= len(before)
        return
    context = pipeline.SessionContext(project, project.session("reef"))
    outcome = pipeline.run(context)
    assert outcome.state == "failed"
    assert "--resume" in str(outcome.issues[0])
    with pytest.raises(ProjectError, match="interrupted"):
        withdrawal.refuse_if_interrupted(project)
    with pytest.raises(SystemExit) as left:
        main(["--project", str(tmp_path), "withdraw", "--resume"])
    assert left.value.code == 0
    assert "nothing of them is left" in capsys.readouterr().out
    assert "Moana" not in everything(project)
    read(project)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    """Somebody unknown, a name of two, a person twice."""
    project = session(tmp_path)
    read(project)
    with pytest.raises(InputError, match="nobody here is called that"):
        withdrawal.plan(project, "Nobody Known")
    with pytest.raises(InputError, match="or a part of it, stands in"):
        withdrawal.plan(project, "Moana Kupe")
    roster = project.recordings / "reef" / "participants.csv"
    withdraw(project)
    with pytest.raises(InputError, match="one person withdrew before"):
        withdrawal.plan(project, WHO)
    for n in range(7):
        (project.root / f"note-{n}.md").write_text(f"{WHO}\n{WHO}\n")
    with pytest.raises(InputError, match=r"note-4\.md and 2 more.* by hand"):
        withdrawal.plan(project, WHO)
    roster.write_text(roster.read_text() + "Ioane Leota,observer,Reef Council,RC,,,,,\n")
    with pytest.raises(InputError, match="Tell them apart"):
        withdrawal.plan(project, "Ioane Leota")


def test_an_alias_of_two_takes_nobody_else_out(tmp_path: Path) -> None:
    """Both are called chief: the other keeps row and turns."""
    project = session(tmp_path, talk=TALK.replace(">Yes, we", ">Yes, chief, we"))
    path = project.recordings / "reef" / "participants.csv"
    path.write_text(
        path.read_text().replace("Madame Tui", "Chief").replace("Savai,,,", "Savai,,Chief,")
    )
    read(project)
    assert withdraw(project) == ()
    assert [row[0] for row in rows(path)[1:]] == [
        "Sefa Alatini", MARK, "Ioane Leota", "Ana Leota",
    ]  # fmt: skip
    read(project)
    assert ("Sefa Alatini (RC)", "What should be done first about the reef?") in lines(project)


def test_a_label_that_several_share_stays(tmp_path: Path) -> None:
    """One microphone in a room: whoever is decided to speak there goes, the others keep it."""
    talk = TALK.replace(f"<v {WHO}>", "<v Meeting Room 2>")
    talk += "\n00:00:27.000 --> 00:00:31.000\n<v Meeting Room 2>We support what Moana says.</v>\n"
    project = session(tmp_path, talk=talk)
    (before,) = pipeline.arranged(read(project))
    made = voices.name_turn(
        before, before.turns[1].id, "moana-tuilagi", by="ana", when="2026-01-11T10:00:00Z"
    )
    path = project.recordings / "reef" / "decisions.jsonl"
    path.write_bytes(msgspec.json.encode(made) + b"\n")
    assert withdraw(project) == ()
    kept = (project.recordings / "reef" / "talk.vtt").read_text()
    assert "<v Meeting Room 2>We support what [somebody] says." in kept
    assert OWN not in kept


def test_the_chair_and_the_only_one_on_a_side(tmp_path: Path) -> None:
    """Each is told what goes with them before anything goes."""
    project = session(tmp_path)
    read(project)
    (part,) = withdrawal.plan(project, "Sefa Alatini").parts
    assert any("they chaired" in note for note in part.notes)
    assert withdraw(project, "Sefa Alatini") == ()
    read(project)


def test_nothing_happens_without_yes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What would change is shown, and the command that does it."""
    project = session(tmp_path)
    read(project)
    before = (project.recordings / "reef" / "talk.vtt").read_bytes()
    with pytest.raises(SystemExit) as left:
        main(["--project", str(tmp_path), "withdraw", WHO])
    assert left.value.code == 3
    told = capsys.readouterr().out
    assert "talk.vtt is rewritten" in told
    assert "fgd withdraw 'Moana Tuilagi' --yes" in told
    assert (project.recordings / "reef" / "talk.vtt").read_bytes() == before


def test_what_is_left_is_told_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of somebody else's that we do not rewrite: place and kind, no words."""
    project = session(tmp_path)
    read(project)
    (tmp_path / "minutes.txt").write_text(f"Moana: {OWN}\n")
    with pytest.raises(SystemExit) as left:
        main(["--project", str(tmp_path), "withdraw", WHO, "--yes"])
    assert left.value.code == 1
    told = capsys.readouterr()
    assert "minutes.txt: words" in told.err
    assert "minutes.txt: a name or a form of it" in told.err
    assert "Moana" not in told.err


def test_the_scan_reads_what_hides(tmp_path: Path) -> None:
    """Words listed one by one, a database, another encoding, a print as text."""
    secret = Secret(WHO, "person")
    traces = Traces((secret,), frozenset({("a", "b", "c", "d", "e")}), ((0.125, -0.5, 0.25, 1.0),))
    listed = json.dumps([{"text": f" {letter}"} for letter in "abcde"])
    (tmp_path / "words.json").write_text(listed)
    (tmp_path / "wide.txt").write_bytes(f"of {WHO}".encode("utf-16"))
    (tmp_path / "print.json").write_text("[0.125, -0.5, 0.25, 1.0]")
    with closing(sqlite3.connect(tmp_path / "base.sqlite3")) as base, base:
        base.execute("create table t (x)")
        base.execute("insert into t values (?)", (WHO,))
    whole = (tmp_path / "base.sqlite3").read_bytes()
    (tmp_path / "cut.sqlite3").write_bytes(whole[: len(whole) // 2])
    found = {(each.file, each.kind) for each in remains(tmp_path, tmp_path.iterdir(), traces)}
    assert found == {
        ("cut.sqlite3", "they could not be read"),
        ("words.json", "words"), ("wide.txt", "a name or a form of it"),
        ("print.json", "a print of the voice"), ("base.sqlite3", "a name or a form of it"),
    }  # fmt: skip


def test_what_is_left_is_told_once(tmp_path: Path) -> None:
    """A name that several readings of one file find is one line; two places are two."""
    secret = Secret(WHO, "person")
    page = f"<p>*{WHO}* &amp; others</p>\n<p>{WHO}</p>"
    (tmp_path / "page.html").write_text(page)
    found = remains(tmp_path, tmp_path.iterdir(), Traces((secret,)))
    assert [each.place for each in found] == ["text, line 1", "text, line 2"]
    (tmp_path / "page.html").write_text("Moana <b>Tuilagi</b>")
    assert [e.place for e in remains(tmp_path, tmp_path.iterdir(), Traces((secret,)))] == [
        "as read, line 1"
    ]


def test_a_dropped_file_becomes_a_folder(tmp_path: Path) -> None:
    """A session that is one file keeps its id, and its decisions have a place."""
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "reef.vtt").write_text(TALK)
    project = Project.open(tmp_path)
    read(project)
    assert withdraw(project) == ()
    assert not (tmp_path / "recordings" / "reef.vtt").exists()
    read(project)
    assert "Moana" not in everything(project)
