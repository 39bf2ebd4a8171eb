"""The command line: what it prints, what it answers to mistakes, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fgd.cli import main

VTT = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Aida Lim>Good morning, I am Aida Lim from the Meranti Institute.</v>
"""

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fgd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command on a project of its own; returns exit code, stdout and stderr."""
    (tmp_path / "recordings").mkdir()

    def run(*arguments: str) -> tuple[int, str, str]:
        code: Any = 0
        try:
            main(["--project", str(tmp_path), *arguments])
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return int(code or 0), said.out, said.err

    return run


def drop(tmp_path: Path, name: str = "talk.vtt", text: str = VTT) -> None:
    (tmp_path / "recordings" / name).write_text(text)


def test_run_says_what_came_of_it_and_where_the_brief_is(fgd: Command, tmp_path: Path) -> None:
    """A rapporteur sees the result, the doubts and the path to open."""
    drop(tmp_path)
    code, said, _ = fgd("run")
    assert code == 0
    assert "talk: done" in said
    assert str(tmp_path / "outputs" / "talk" / "internal" / "brief.html") in said.replace("\n", "")


def test_a_second_run_says_that_nothing_had_changed(fgd: Command, tmp_path: Path) -> None:
    """Nobody wonders whether it worked."""
    drop(tmp_path)
    fgd("run")
    assert "nothing had changed" in fgd("run")[1]


def test_a_failed_session_is_exit_code_1(fgd: Command, tmp_path: Path) -> None:
    """And the good one beside it is still done."""
    drop(tmp_path)
    drop(tmp_path, "bad.mp3", "not sound")
    code, said, _ = fgd("run")
    assert code == 1
    assert "talk: done" in said
    assert "bad: failed" in said


def test_a_session_that_needs_a_person_is_exit_code_3(fgd: Command, tmp_path: Path) -> None:
    """Finished, but not to be trusted without a look."""
    folder = tmp_path / "recordings" / "talk"
    folder.mkdir()
    (folder / "a.vtt").write_text(VTT)
    (folder / "b.mp3").write_text("not sound")
    assert fgd("run")[0] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "nobody"), "there is no session 'nobody'"),
        (("transcript", "talk"), "Run: fgd run talk"),
        (("models", "pull", "gigantic"), "Official ones:"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    fgd: Command, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    """No traceback, and what to do instead."""
    drop(tmp_path)
    code, _, said = fgd(*arguments)
    assert code == 2
    assert words in said
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said


def test_wrong_settings_are_named_with_their_line(fgd: Command, tmp_path: Path) -> None:
    """A typing mistake in fgd.toml stops everything, because it would change everything."""
    (tmp_path / "fgd.toml").write_text('[speech]\ntranscribr = "x"\n')
    code, _, said = fgd("status")
    assert code == 2
    assert "line 2" in said
    assert "Did you mean 'transcriber'?" in said


def test_json_is_one_object_for_machines(fgd: Command, tmp_path: Path) -> None:
    """The same facts as for people, nothing else on stdout."""
    drop(tmp_path)
    code, said, _ = fgd("--json", "run")
    result = json.loads(said)
    assert code == 0
    (session,) = result["sessions"]
    assert session["state"] == "done"
    assert any(path.endswith("internal/brief.html") for path in session["files"])
    assert {step["name"].rpartition("/")[2] for step in session["steps"]} >= {"transcript", "brief"}


def test_status_lists_sessions_before_and_after(fgd: Command, tmp_path: Path) -> None:
    """Looking changes nothing."""
    drop(tmp_path)
    assert json.loads(fgd("--json", "status")[1])["sessions"][0]["briefs"] == ""
    assert not (tmp_path / "outputs").exists()
    fgd("run")
    state = json.loads(fgd("--json", "status")[1])["sessions"][0]
    assert "internal" in state["briefs"]


@pytest.mark.parametrize("form", ["text", "vtt", "srt", "csv", "json"])
def test_a_transcript_can_be_printed_in_every_form(fgd: Command, tmp_path: Path, form: str) -> None:
    """For people and for other programs."""
    drop(tmp_path)
    fgd("run")
    code, said, _ = fgd("transcript", "talk", "--format", form)
    assert code == 0
    assert "Meranti" in said


def test_an_empty_project_says_what_to_do(fgd: Command) -> None:
    """The first thing anybody does is run it with nothing there."""
    code, said, _ = fgd("run")
    assert code == 0
    assert "put a recording into" in said


def test_doctor_names_what_is_missing_and_the_remedy(
    fgd: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without checkpoints can still import transcripts: a warning, not an error."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    code, said, _ = fgd("--json", "doctor")
    findings = json.loads(said)
    missing = [one for one in findings if "no Whisper checkpoint" in one["what"]]
    assert missing
    assert "fgd models pull" in missing[0]["remedy"]
    assert code == (1 if any(one["level"] == "error" for one in findings) else 0)


def test_models_lists_what_is_there(
    fgd: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the one that "auto" takes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "base.pt").write_bytes(b"x")
    assert "base" in fgd("models", "list")[1]
    assert json.loads(fgd("--json", "models", "list")[1])["auto"] == "base"
    assert "To fetch: voices, mpnet, " in fgd("models", "list")[1]
    monkeypatch.setenv("FGD_MPNET", str(tmp_path / "wide"))
    (tmp_path / "wide").mkdir()
    (tmp_path / "wide" / "model.safetensors").write_bytes(b"x")
    assert list(json.loads(fgd("--json", "models", "list")[1])["others"]) == ["mpnet"]
    assert "To fetch: voices, tiny" in fgd("models", "list")[1]


@pytest.mark.parametrize("name", ["voices", "mpnet"])
def test_pull_does_not_put_elsewhere_what_has_one_place(fgd: Command, name: str) -> None:
    """An option that would be passed over is refused."""
    code, _, said = fgd("models", "pull", name, "--into", "here")
    assert code == 2
    assert "leave out --into" in " ".join(said.split())


def test_pull_without_network_says_what_to_copy_where(
    fgd: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address and the folder, in one sentence."""
    import urllib.error
    import urllib.request

    def offline(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for into in ((), ("--into", str(tmp_path / "here"))):
        code, _, said = fgd("models", "pull", "tiny", *into)
        folder = tmp_path / "here" if into else tmp_path / "cache" / "fgd" / "weights"
        assert code == 2
        assert "https://" in said
        assert str(folder / "tiny.pt") in said
