"""The entry point of the backend ``whisper``: quick to make, weights loaded at first use."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from fgd.transcription.whisper.checkpoints import (
    find,
    not_published,
    official_hash,
    verify,
)
from fgd.transcription.whisper.sources import PACKED
from fgd.transcription.whisper.transcriber import WhisperTranscriber

if TYPE_CHECKING:
    from fgd.transcription.whisper.model import LoadedModel


def make(argument: str, context: Any) -> WhisperTranscriber:
    """A transcriber for ``whisper:auto``, ``whisper:NAME`` or ``whisper:PATH.pt``.

    Args:
        argument: what follows the colon.
        context: the project's folder, the weights folder, the settings and file hashes
            (``fgd.core.backends.Context``).
    """
    settings = context.settings.speech
    checkpoint = find(argument, context.weights, context.root, gpu=has_gpu(settings.device))
    digest = context.digest(checkpoint.path)

    # A converted file is told by its values: its bytes change with the library that wrote them.
    packed = PACKED.get(checkpoint.name) if checkpoint.official else None
    converted = packed is not None and digest != packed.official
    shown = packed.content if packed and converted else digest

    def load() -> LoadedModel:
        from fgd.transcription.whisper import model

        if checkpoint.official and not converted and digest != official_hash(checkpoint.name):
            raise not_published(checkpoint)
        return model.load(
            checkpoint.path,
            settings,
            heads=lambda tensors: verify(checkpoint, context.digest, tensors),
        )

    return WhisperTranscriber(f"whisper:{checkpoint.name}@{shown[:12]}", load)


def has_gpu(device: str) -> bool:
    """Whether PyTorch has a GPU to work on, asked as cheaply as possible."""
    if device != "auto":
        return device == "cuda"
    if shutil.which("nvidia-smi") is None:
        return False  # asking PyTorch costs a second and a half, and here the answer is known
    import torch

    return torch.cuda.is_available()
