"""Several channels or tracks become one, and are kept apart when they hold different people."""

from __future__ import annotations

import wave
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from fgd.audio.wav import SAMPLE_RATE, Audio
from fgd.model import Sound

if TYPE_CHECKING:
    import numpy as np

# Two microphones in one room hear the same thing; two people on two lines do not.
INDEPENDENT = 0.6
MOST_CHANNELS = 8
BLOCK = SAMPLE_RATE


def channel_path(target: Path, number: int) -> Path:
    """Where channel ``number`` (from 1) of the sound in ``target`` lies."""
    return target.with_name(f"{target.stem}.channel{number}.wav")


def channels(target: Path, sound: Sound) -> tuple[Audio, ...]:
    """The sound of each channel, where a recording has several that differ."""
    if sound.channels < 2:
        return ()
    return tuple(Audio.open(channel_path(target, n)) for n in range(1, sound.channels + 1))


class Mixer:
    """Writes every channel to disk as it comes, then mixes them into ``target``.

    Use as a context manager: what is not finished is removed.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._writers: list[wave.Wave_write] = []
        self._paths: list[Path] = []
        self._first = 0

    def __enter__(self) -> Mixer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def start_track(self) -> None:
        """What is written from now on belongs to the next track, from its beginning."""
        self._first = len(self._writers)

    def write(self, block: np.ndarray) -> None:
        """Add a block of shape (samples, channels), int16.

        A track whose number of channels grows on the way (a device was switched) is taken as
        what it was: the new channels are mixed into the old ones.
        """
        if len(self._writers) == self._first:
            for _ in range(block.shape[1]):
                self._add_writer()
        width = len(self._writers) - self._first
        if block.shape[1] != width:
            mono = block.astype("int32").mean(axis=1).astype("<i2")
            block = mono[:, None].repeat(width, axis=1)
        for writer, channel in zip(self._writers[self._first :], block.T, strict=True):
            writer.writeframesraw(channel.astype("<i2").tobytes())

    def finish(self) -> int:
        """Mix into the target; returns how many channels are kept beside it (1 = none)."""
        self._close()
        if not self._paths:
            _write_mix([], self.target)
            return 1
        if len(self._paths) == 1:
            self._paths.pop().replace(self.target)
            return 1
        mixed, channel_power, similarity = _write_mix(self._paths, self.target)
        if mixed < 0.02 * max(channel_power):
            # The channels cancel each other (one cable is wired the wrong way round).
            loudest = max(range(len(channel_power)), key=channel_power.__getitem__)
            _write_mix([self._paths[loudest]], self.target)
        audible = [p for p in channel_power if p > 0.001 * max(channel_power)]
        if similarity >= INDEPENDENT or len(audible) < 2 or len(self._paths) > MOST_CHANNELS:
            return 1
        kept = len(self._paths)
        for number, path in enumerate(self._paths, 1):
            path.replace(channel_path(self.target, number))
        self._paths.clear()
        return kept

    def _add_writer(self) -> None:
        path = self.target.with_name(f".{self.target.stem}.track{len(self._paths)}.wav")
        self._paths.append(path)
        writer = wave.open(str(path), "wb")  # noqa: SIM115 - closed in _close, with its siblings
        writer.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        self._writers.append(writer)

    def _close(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()


def _write_mix(paths: list[Path], target: Path) -> tuple[float, list[float], float]:
    """Average the files into ``target``; returns the power of the mix, the power of each channel
    and the largest correlation between any channel and the first audible one.
    """
    import numpy as np

    count = len(paths)
    products = np.zeros((count, count))
    mixed = 0.0
    with ExitStack() as stack:
        readers = [stack.enter_context(wave.open(str(path), "rb")) for path in paths]
        with wave.open(str(target), "wb") as writer:
            writer.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            while count:
                blocks = [
                    np.frombuffer(reader.readframes(BLOCK), dtype="<i2").astype(np.float64)
                    for reader in readers
                ]
                longest = max(block.size for block in blocks)
                if not longest:
                    break
                stacked = np.stack([np.pad(b, (0, longest - b.size)) for b in blocks])
                mono = stacked.mean(axis=0)
                products += stacked @ stacked.T
                mixed += float(mono @ mono)
                writer.writeframesraw(np.rint(mono).astype("<i2").tobytes())
    power = np.diag(products)
    scale = np.sqrt(np.outer(power, power)) + 1e-9
    similarity = np.abs(products / scale)
    highest = float((similarity - np.eye(count)).max()) if count > 1 else 1.0
    return mixed, [float(p) for p in power], highest
