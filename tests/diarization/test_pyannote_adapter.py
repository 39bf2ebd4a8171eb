"""The adapter, with a stand-in for pyannote: closed before import, honest when absent."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from fgd.core.backends import silent
from fgd.core.errors import BackendUnavailable
from fgd.core.settings import NO_TELEMETRY
from fgd.diarization import VoiceBounds, pyannote_adapter
from fgd.model import Span
from tests.diarization.conftest import save


@dataclass
class Context:
    root: Path
    weights: Path

    def digest(self, path: Path) -> str:
        return f"{path.name:-<64}"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(tmp_path, tmp_path / "weights")


def test_the_package_is_not_installed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the extra to install; nothing of it was imported."""

    def nothing(_name: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(pyannote_adapter, "version", nothing)
    with pytest.raises(BackendUnavailable, match="pip install pyannote"):
        pyannote_adapter.load("", context)
    assert "pyannote.audio" not in sys.modules


def test_the_model_is_not_on_this_machine(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says where the folder belongs; no download is tried."""
    monkeypatch.setattr(pyannote_adapter, "version", lambda _: "4.0.0")
    with pytest.raises(BackendUnavailable, match="copy the whole folder there") as caught:
        pyannote_adapter.load("", context)
    assert str(context.weights) in str(caught.value)


def test_turns_come_from_a_local_pipeline_with_everything_closed(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Telemetry and hub are off when it is imported; bounds are passed; labels come through."""
    folder = context.weights / "mine"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("version: 4", encoding="utf-8")
    asked: dict[str, object] = {}

    class Pipeline:
        @classmethod
        def from_pretrained(cls, place: str) -> Pipeline:
            asked["place"] = place
            asked["closed"] = {name: os.environ.get(name) for name in NO_TELEMETRY}
            return cls()

        def __call__(self, file: dict[str, object], **bounds: int) -> SimpleNamespace:
            asked.update(bounds)
            tracks = [
                (SimpleNamespace(start=1.0, end=2.5), "A", "SPEAKER_01"),
                (SimpleNamespace(start=0.0, end=1.2), "B", "SPEAKER_00"),
            ]
            annotation = SimpleNamespace(itertracks=lambda yield_label: iter(tracks))
            return SimpleNamespace(
                speaker_diarization=SimpleNamespace(itertracks=lambda yield_label: iter(())),
                exclusive_speaker_diarization=annotation,
            )

    fake = ModuleType("pyannote.audio")
    fake.Pipeline = Pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyannote", ModuleType("pyannote"))
    monkeypatch.setitem(sys.modules, "pyannote.audio", fake)
    monkeypatch.setattr(pyannote_adapter, "version", lambda _: "4.0.0")
    for name in NO_TELEMETRY:
        monkeypatch.setenv(name, "open")
    diarizer = pyannote_adapter.load("mine", context)
    audio = save(tmp_path / "a.wav", np.zeros(48_000, dtype=np.float32))
    turns = diarizer.diarize(
        audio, [Span(0, 3_000)], bounds=VoiceBounds(2, 5), floor=(), progress=silent
    )
    assert [(t.voice, t.span) for t in turns] == [
        ("SPEAKER_00", Span(0, 1_200)),
        ("SPEAKER_01", Span(1_000, 2_500)),
    ]
    assert asked["closed"] == NO_TELEMETRY
    assert (asked["min_speakers"], asked["max_speakers"]) == (2, 5)
    assert asked["place"] == str(folder)
    assert diarizer.id.startswith("pyannote:mine@config")
