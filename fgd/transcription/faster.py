"""Hear with faster-whisper, an optional backend: the same weights in CTranslate2, int8 on a CPU.

For those who install it (``pip install fgd[faster-whisper]``). Windows, the second hearing and
the guards are ours, and so is the rule that a window is decoded whole: each is given to
``WhisperModel.transcribe`` by itself, which has the ladder of temperatures that its batched
pipeline leaves out.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core.errors import BackendUnavailable
from fgd.model import Segment, Span, Word
from fgd.transcription.transcriber import Heard, Hints
from fgd.transcription.whisper.checkpoints import ctranslate2_folder

if TYPE_CHECKING:
    import numpy as np

# Windows of one call: they are heard one by one, and this many are lost if a run is killed.
BATCH = 8


def make(argument: str, context: Any) -> FasterTranscriber:
    """Make a transcriber for ``faster-whisper:NAME`` or ``faster-whisper:FOLDER``.

    Args:
        argument: what follows the colon.
        context: the project's folder, the weights folder, the settings and file hashes
            (``fgd.core.backends.Context``).

    Raises:
        BackendUnavailable: the package or the weights are not on this machine.
    """
    import importlib.util

    if importlib.util.find_spec("faster_whisper") is None:
        raise BackendUnavailable(
            "faster-whisper is not installed.", remedy="Run: pip install 'fgd[faster-whisper]'"
        )
    folder = Path(argument).expanduser()
    folder = folder if folder.is_absolute() else context.root / folder
    if not (folder / "model.bin").is_file():
        folder = ctranslate2_folder(argument or "base")
    digest = context.digest(folder / "model.bin")
    return FasterTranscriber(
        f"faster-whisper:{folder.name.removeprefix('faster-whisper-')}@{digest[:12]}",
        folder,
        context.settings.speech.threads,
    )


class FasterTranscriber:
    """faster-whisper behind the ``Transcriber`` protocol."""

    version = "1"

    def __init__(self, name: str, folder: Path, threads: int) -> None:
        self.id = name
        self._folder = folder
        self._threads = threads

    @property
    def batch(self) -> int:
        """Return the number of windows one call takes."""
        return BATCH

    @functools.cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        return WhisperModel(
            str(self._folder),
            device="auto",
            compute_type="int8",
            cpu_threads=self._threads,
            local_files_only=True,
        )

    def transcribe(self, sound: Sequence[np.ndarray], hints: Hints) -> list[Heard]:
        """Hear each window; see :class:`fgd.transcription.transcriber.Transcriber`."""
        return [self._hear(window, hints) for window in sound]

    def _hear(self, window: np.ndarray, hints: Hints) -> Heard:
        found, told = self._model.transcribe(
            window,
            language=self._language(window, hints.languages),
            beam_size=1,
            best_of=1,
            condition_on_previous_text=False,
            initial_prompt=f" {', '.join(hints.terms)}." if hints.terms else None,
            word_timestamps=True,
        )
        pieces = [piece for piece in found if piece.words]
        duration = window.size // 16
        return Heard(
            tuple(_segment(piece, told.language, duration) for piece in pieces),
            told.language,
            *_figures(pieces),
        )

    def _language(self, window: np.ndarray, declared: Sequence[str]) -> str | None:
        if len(declared) == 1:
            return declared[0]
        _, _, chances = self._model.detect_language(window)
        likely = [language for language, _ in chances if language in declared or not declared]
        return likely[0] if likely else None


def _segment(piece: Any, language: str, duration: int) -> Segment:
    words = []
    at = 0
    for word in piece.words:
        start = min(max(at, round(word.start * 1000)), duration)
        end = min(max(start, round(word.end * 1000)), duration)
        words.append(Word(Span(start, end), word.word, round(float(word.probability), 4)))
        at = start
    span = Span(words[0].span.start, max(word.span.end for word in words))
    return Segment(span, tuple(words), language=language)


def _figures(pieces: Sequence[Any]) -> tuple[float, float, float, float]:
    """Return the worst of the pieces: mean log-probability, no-speech, compression, temperature."""
    if not pieces:
        return 0.0, 1.0, 1.0, 0.0
    return (
        round(min(float(piece.avg_logprob) for piece in pieces), 4),
        round(max(float(piece.no_speech_prob) for piece in pieces), 4),
        round(max(float(piece.compression_ratio) for piece in pieces), 4),
        max(float(piece.temperature or 0.0) for piece in pieces),
    )
