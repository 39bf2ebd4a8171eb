"""TOML that people write: every mistake named by line, with a suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd.core.errors import InputError, SettingsError
from fgd.core.serialization import TomlFile
from fgd.core.settings import Settings, load_settings, override


def settings(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "fgd.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    """Everything can be left out."""
    assert load_settings(tmp_path / "fgd.toml") == Settings()


def test_what_is_set_is_set(tmp_path: Path) -> None:
    """A key replaces its default and leaves the others."""
    loaded = settings(tmp_path, '[speech]\ntranscriber = "whisper:small"\n')
    assert loaded.speech.transcriber == "whisper:small"
    assert loaded.voices == Settings().voices


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_one(tmp_path: Path) -> None:
    """A typo does not silently do nothing."""
    with pytest.raises(SettingsError) as problem:
        settings(tmp_path, '# mine\n[speech]\n\ntranscribr = "whisper:small"\n')
    said = str(problem.value)
    assert "line 4" in said
    assert "'transcribr'" in said
    assert "Did you mean 'transcriber'?" in said


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    """Nobody wants to mend a file one error at a time."""
    with pytest.raises(SettingsError) as problem:
        settings(tmp_path, "[speech]\nbatchs = 3\n[voyces]\nx = 1\n")
    assert "'batchs'" in str(problem.value)
    assert "'voyces'" in str(problem.value)


def test_a_wrong_type_is_named_with_its_line(tmp_path: Path) -> None:
    """Text where a number belongs."""
    with pytest.raises(SettingsError, match=r"line 2: speech\.batch: expected `int`"):
        settings(tmp_path, '[speech]\nbatch = "many"\n')


def test_a_window_longer_than_whisper_hears_is_an_error(tmp_path: Path) -> None:
    """Whisper hears thirty seconds at once; more would be lost, so it is refused."""
    path = tmp_path / "fgd.toml"
    path.write_text("[speech]\nlongest_window = 40\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"line 2: speech\.longest_window: .*30"):
        load_settings(path)


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"title = Regional mechanism\n", "line 1, column"), (b'title = "caf\xe9"\n', "UTF-8")],
)
def test_what_is_no_toml_is_one_sentence(tmp_path: Path, raw: bytes, words: str) -> None:
    """Missing quotes and foreign encodings are told apart, with the place."""
    path = tmp_path / "session.toml"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=words) as problem:
        TomlFile.read(path)
    assert problem.value.where == "session.toml"


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    """Files saved by Notepad are fine."""
    path = tmp_path / "fgd.toml"
    path.write_bytes(b"\xef\xbb\xbf[speech]\r\nbatch = 4\r\n")
    assert load_settings(path).speech.batch == 4


def test_a_session_lays_its_tables_over_the_settings() -> None:
    """Only what the session names changes; lists become tuples."""
    laid = override(Settings(), {"themes": {"codebooks": ["transnational-security"]}})
    assert laid.themes.codebooks == ("transnational-security",)
    assert laid.speech == Settings().speech
