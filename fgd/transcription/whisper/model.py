"""Hold a Whisper checkpoint in memory, in the precision that is fastest on this machine."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core.errors import BackendUnavailable, InputError
from fgd.core.settings import SpeechSettings

if TYPE_CHECKING:
    import numpy as np
    import torch

# What the keys and values of a batch's windows may take, over all layers of the decoder. A
# processor gains little beyond eight windows: the arithmetic is the same, only the weights are
# read less often.
_BATCH_BYTES = 512 << 20
_LARGEST_BATCH = {"cpu": 8, "cuda": 16}
# A window is 1500 rows of everything: more at once are no faster on a processor, and take memory.
_ENCODED_AT_ONCE = {"cpu": 1, "cuda": 8}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """An openai-whisper model with its weights cast once.

    The decoder computes in ``dtype``, its linear layers perhaps ``in_bytes``, keys and values of
    the sound are kept in ``keys``, and ``vocabulary`` scores every token after a hidden state.
    """

    whisper: Any
    device: str
    dtype: torch.dtype
    in_bytes: bool
    keys: torch.dtype
    batch: int
    vocabulary: Callable[[torch.Tensor], torch.Tensor]

    def encode(self, windows: list[np.ndarray]) -> torch.Tensor:
        """Compute audio features of shape (windows, 1500, state) in the encoder's precision.

        Each window is padded with silence to 30 s before its mel spectrogram is taken, so that
        memory depends on the batch and not on the recording.
        """
        import torch
        from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim

        with torch.inference_mode():
            mels = [
                log_mel_spectrogram(pad_or_trim(window, N_SAMPLES), self.whisper.dims.n_mels)
                for window in windows
            ]
            count = _ENCODED_AT_ONCE[self.device]
            dtype = self.whisper.encoder.conv1.weight.dtype
            parts = [
                self.whisper.encoder(
                    torch.stack(mels[first : first + count]).to(self.device, dtype)
                )
                for first in range(0, len(mels), count)
            ]
            return torch.cat(parts)


def load_model(
    path: Path,
    settings: SpeechSettings,
    *,
    heads: Callable[[Callable[[], Mapping[str, torch.Tensor]]], bytes | None] | None = None,
) -> LoadedModel:
    """Load a checkpoint, weights only, and cast it.

    Args:
        path: a file in openai-whisper's format (``dims`` and ``model_state_dict``).
        settings: device, precision, threads and batch.
        heads: gives the alignment heads of an official checkpoint, as openai-whisper spells
            them, and may refuse it; it is handed the file's tensors.

    Raises:
        InputError: the file is no such checkpoint or is damaged.
        BackendUnavailable: a GPU was asked for and there is none.
    """
    import torch
    import whisper

    device = _device(settings.device)
    set_threads(settings.threads)
    try:
        model = whisper.load_model(str(path), device="cpu")
    except (RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as problem:
        raise InputError(
            "this is not a Whisper checkpoint, or it is damaged.",
            where=str(path),
            remedy="Copy it again and compare its SHA-256 with the one published.",
        ) from problem
    chosen = heads(model.state_dict) if heads else None
    if chosen is not None:
        model.set_alignment_heads(chosen)
    precision = choose_precision(settings.precision, device)
    dtype, keys = (getattr(torch, name) for name in _dtypes(precision))
    model.eval().requires_grad_(False)
    vocabulary: Callable[[torch.Tensor], torch.Tensor]
    if precision == "int8":
        from fgd.transcription.whisper.quantization import in_bytes

        vocabulary = in_bytes(model)
        model.decoder.token_embedding.to(keys)
    else:
        for module in model.modules():
            if isinstance(module, torch.nn.Linear | torch.nn.Conv1d | torch.nn.Embedding):
                module.to(dtype)
        vocabulary = functools.partial(_score, model.decoder.token_embedding)
    model.to(device)
    batch = settings.batch or _batch_size(model.dims, keys, device)
    return LoadedModel(model, device, dtype, precision == "int8", keys, batch, vocabulary)


def _score(embedding: Any, hidden: torch.Tensor) -> torch.Tensor:
    scores: torch.Tensor = hidden @ embedding.weight.T
    return scores


def _dtypes(precision: str) -> tuple[str, str]:
    """Name the decoder's own precision, and that of the sound's keys and values."""
    if precision == "int8":
        return "float32", "bfloat16" if _multiplies_bf16() else "float32"
    name = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}[precision]
    return name, name


def choose_precision(wanted: str, device: str) -> str:
    """Choose the precision; "auto" follows what ``benchmarks.peers`` measured.

    Processors with AMX multiply bf16 four times as fast as fp32. With VNNI alone bytes are four
    times as fast, and bf16 is slower than fp32 on large matrices. Without such instructions
    either is emulated.

    Raises:
        BackendUnavailable: bytes were asked for, and are not multiplied on this machine.
    """
    from fgd.core.quantization import available

    if wanted == "int8" and (device != "cpu" or not available()):
        raise BackendUnavailable(
            "there is no fast arithmetic in bytes (int8) on this machine.",
            remedy='Set precision = "auto" under [speech] in fgd.toml.',
        )
    if wanted != "auto":
        return wanted
    if device == "cuda":
        return "fp16"
    if _has_amx():
        return "bf16"
    return "int8" if available() else "bf16" if _multiplies_bf16() else "fp32"


def _has_amx() -> bool:
    import torch

    return bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())


def _multiplies_bf16() -> bool:
    import torch

    return _has_amx() or bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())


def _device(wanted: str) -> str:
    import torch

    if wanted == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise BackendUnavailable(
            "there is no usable GPU on this machine.",
            remedy='Set device = "auto" under [speech] in fgd.toml.',
        )
    return "cpu"


def _batch_size(dims: Any, dtype: torch.dtype, device: str) -> int:
    """Estimate the number of windows that fit into the memory set aside for a batch."""
    per_window = 1500 * dims.n_text_state * dims.n_text_layer * 2 * dtype.itemsize
    return int(max(1, min(_LARGEST_BATCH[device], _BATCH_BYTES // per_window)))


@functools.cache
def set_threads(threads: int) -> None:
    """Set PyTorch's threads once; more than the machine's cores would only compete."""
    import torch

    if threads:
        torch.set_num_threads(threads)
