"""Use pyannote.audio as a diarizer: optional, from a folder on this machine only.

Telemetry is switched off and the model hub is closed before anything of it is imported.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fgd.audio.decode import SAMPLE_RATE, Audio
from fgd.core.backends import Progress
from fgd.core.errors import BackendUnavailable
from fgd.core.settings import turn_off_telemetry
from fgd.diarization.contract import VoiceBounds, VoiceTurn
from fgd.model import FloorMark, Span

FOLDER = "speaker-diarization-community-1"


def load(argument: str, context: Any) -> PyannoteDiarizer:
    """Make the diarizer of the entry point ``pyannote`` or ``pyannote:FOLDER``.

    Args:
        argument: a folder that holds a pipeline's ``config.yaml`` and its models, relative to the
            weights folder or to the project, or absolute.
        context: ``root``, ``weights`` and ``digest`` (``fgd.core.backends.Context``).

    Raises:
        BackendUnavailable: the package or the folder is not on this machine.
    """
    try:
        release = version("pyannote.audio")
    except PackageNotFoundError:
        raise BackendUnavailable(
            "pyannote.audio is not installed.", remedy="Run: pip install pyannote.audio"
        ) from None
    name = argument or FOLDER
    places = [Path(context.weights) / name, Path(context.root) / name]
    for folder in places:
        if (folder / "config.yaml").is_file():
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            print_of_all = "-".join(context.digest(path)[:6] for path in files)
            return PyannoteDiarizer(folder, f"pyannote:{name}@{print_of_all}", release)
    raise BackendUnavailable(
        f"the pyannote pipeline {name!r} is not on this machine.",
        where=str(places[0]),
        remedy="Download it where there is a network (huggingface.co/pyannote/"
        f"{FOLDER}, accept its conditions) and copy the whole folder there.",
    )


class PyannoteDiarizer:
    """A pyannote pipeline behind the one method of a diarizer. Floor logs are not used."""

    def __init__(self, folder: Path, identity: str, release: str) -> None:
        self.folder = folder
        self.id = identity
        self.version = f"2.{release}"

    def diarize(
        self,
        audio: Audio,
        speech: Sequence[Span],  # noqa: ARG002 - pyannote finds speech itself
        *,
        bounds: VoiceBounds,
        floor: Sequence[FloorMark],  # noqa: ARG002 - as the protocol has it
        progress: Progress,
    ) -> tuple[VoiceTurn, ...]:
        """Find turns in order of start; reads the file whole (``fgd.diarization.contract``)."""
        import torch

        pipeline = self._pipeline
        progress("voices", 0, audio.duration)
        result = pipeline(
            {"waveform": torch.from_numpy(audio.read())[None], "sample_rate": SAMPLE_RATE},
            min_speakers=bounds.least,
            max_speakers=bounds.most,
        )
        whole = getattr(result, "speaker_diarization", result)  # 4.x wraps, 3.x does not
        annotation = getattr(result, "exclusive_speaker_diarization", None) or whole
        turns = [
            VoiceTurn(str(label), Span(round(part.start * 1000), round(part.end * 1000)))
            for part, _, label in annotation.itertracks(yield_label=True)
            if part.end > part.start >= 0
        ]
        progress("voices", audio.duration, audio.duration)
        return tuple(sorted(turns, key=lambda turn: (turn.span, turn.voice)))

    @functools.cached_property
    def _pipeline(self) -> Any:
        turn_off_telemetry(whatever_is_set=True)
        from pyannote.audio import Pipeline

        return Pipeline.from_pretrained(str(self.folder))
