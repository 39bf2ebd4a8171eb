"""Decode a recording to 16 kHz mono sound on disk, channels apart where people differ.

Any audio or video file, in memory that does not grow with it. PyAV decodes (FFmpeg's libraries come
inside its wheel, no program is needed). Time is kept: where packets are damaged or missing, silence
of the same length stands in, so that a time in the transcript is the same time in the recording
that a person plays. ``Audio`` reads what was decoded without loading it whole.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fgd.core.backends import Progress, silent
from fgd.core.clock import clock
from fgd.core.errors import InputError, StoreError, store_error
from fgd.model import Issue, Sound, Span

if TYPE_CHECKING:
    import numpy as np


SAMPLE_RATE = 16_000
SAMPLES_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class Audio:
    """A mono 16-bit WAV file at 16 kHz, as the decoder leaves it in ``work/``."""

    path: Path
    duration: int

    @classmethod
    def open(cls, path: Path) -> Audio:
        """Read the header. Raises ``ValueError`` if the file is not 16 kHz mono 16-bit PCM."""
        with wave.open(str(path), "rb") as reader:
            shape = (reader.getframerate(), reader.getnchannels(), reader.getsampwidth())
            if shape != (SAMPLE_RATE, 1, 2):
                raise ValueError(f"{path} is not 16 kHz mono 16-bit sound but {shape}")
            return cls(path, reader.getnframes() // SAMPLES_PER_MS)

    def read(self, span: Span | None = None) -> np.ndarray:
        """Samples of a span as float32 in [-1, 1); 16 a millisecond, fewer at the end."""
        import numpy as np

        span = span or Span(0, self.duration)
        with wave.open(str(self.path), "rb") as reader:
            start = min(span.start * SAMPLES_PER_MS, reader.getnframes())
            reader.setpos(start)
            data = reader.readframes(span.end * SAMPLES_PER_MS - start)
        samples: np.ndarray = np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0
        return samples


# Two microphones in one room hear the same thing; two people on two lines do not.
INDEPENDENT = 0.6
MOST_CHANNELS = 8
BLOCK = SAMPLE_RATE


def channel_path(target: Path, number: int) -> Path:
    """Where channel ``number`` (from 1) of the sound in ``target`` lies."""
    return target.with_name(f"{target.stem}.channel{number}.wav")


def channels(target: Path, sound: Sound) -> tuple[Audio, ...]:
    """Return the sound of each channel, where a recording has several that differ."""
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


# A jump of the clock smaller than this is rounding by the container, not missing sound.
TOLERANCE = SAMPLE_RATE // 10
SLOWEST = 4000
"""Samples a second below which nothing can be understood: the header is wrong."""
# A damaged clock may jump by years; no more than this is filled with silence at once.
LONGEST_FILL = 4 * 3600 * SAMPLE_RATE


@dataclass
class _Damage:
    """Places where sound is missing, joined when they touch."""

    spans: list[Span] = field(default_factory=list)

    def add(self, start: int, end: int) -> None:
        span = Span(start * 1000 // SAMPLE_RATE, -(-end * 1000 // SAMPLE_RATE))
        if self.spans and span.start <= self.spans[-1].end + 1000:
            self.spans[-1] |= span
        else:
            self.spans.append(span)


def decode(
    source: Path, target: Path, recording: str, *, progress: Progress = silent
) -> tuple[Sound, tuple[Issue, ...]]:
    """Decode ``source`` into ``target`` (WAV, 16 kHz, mono, 16 bit).

    When the channels carry different people, ``target.channel1.wav`` ... are written beside it.

    Raises:
        InputError: the file is not audio, holds no audio track, or is damaged from the start.
        StoreError: the disk is full.
    """
    if source.stat().st_size == 0:
        raise InputError("the file is empty (0 bytes).", where=source.name, remedy=_COPY_AGAIN)
    import av

    try:
        facts = _write(source, target, progress)
        sound = _measure(target, recording)
    except (av.error.FFmpegError, ValueError) as problem:
        raise InputError(
            f"its sound cannot be decoded ({_reason(problem)}).", where=source.name, remedy=_EXPORT
        ) from problem
    except OSError as problem:
        raise store_error(target, problem) from problem
    if sound.duration == 0:
        raise InputError("no sound could be decoded.", where=source.name, remedy=_COPY_AGAIN)
    sound = replace(
        sound,
        sample_rate=facts.rate,
        codec=facts.codec,
        channels=facts.channels,
        damaged=facts.damaged,
    )
    return sound, tuple(_issues(source.name, sound, facts))


_EXPORT = "Export it again as WAV (16-bit PCM, one or two channels), FLAC, MP3 or M4A."
_COPY_AGAIN = "Copy it again from where it was recorded."


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the container said and what became of it; ``announced`` is its duration in ms or 0."""

    codec: str
    rate: int
    channels: int
    tracks: int
    damaged: tuple[Span, ...]
    announced: int
    exact: bool


def _write(source: Path, target: Path, progress: Progress) -> _Facts:
    """Decode every track and mix them into ``target``."""
    with ExitStack() as stack:
        container = _open(source, stack)
        streams = list(container.streams.audio)
        if any(stream.codec_context is None for stream in streams):
            raise InputError(
                "the way its sound is written down is not known.",
                where=source.name,
                remedy=_EXPORT,
            )
        rates = [stream.codec_context.sample_rate for stream in streams]
        if any(0 < rate < SLOWEST for rate in rates):
            raise InputError(
                f"it says that it holds {min(rates):,} values a second; speech needs {SLOWEST:,}.",
                where=source.name,
                remedy=_EXPORT,
            )
        if not streams:
            raise InputError(
                "there is no sound in this file.",
                where=source.name,
                remedy="Export the recording again with its audio track.",
            )
        _check_space(target, container)
        damage = _Damage()
        mixer = stack.enter_context(Mixer(target))
        for track, stream in enumerate(streams):
            if track:
                container = _open(source, stack)
                stream = container.streams.audio[track]
            mixer.start_track()
            for block in _blocks(container, stream, source, damage, progress):
                mixer.write(block)
        context = streams[0].codec_context
        announced = int(container.duration / 1000) if container.duration else 0
        promised = _announced_by_riff(source)
        announced = max(announced, promised)
        rate = context.sample_rate or 0
        kept = mixer.finish()
        return _Facts(
            context.name, rate, kept, len(streams), tuple(damage.spans), announced, bool(promised)
        )


def _announced_by_riff(source: Path) -> int:
    """Milliseconds of sound that the header of a WAV file promises; 0 for any other file.

    FFmpeg takes the length of a file that broke off for that of its sound.
    """
    with source.open("rb") as stream:
        head = stream.read(1 << 16)
    at = head.find(b"data")
    if head[:4] != b"RIFF" or head[8:16] != b"WAVEfmt " or at < 0 or len(head) < at + 8:
        return 0
    (a_second,) = struct.unpack_from("<I", head, 28)
    (size,) = struct.unpack_from("<I", head, at + 4)
    endless = size in (0, 0xFFFFFFFF, 0x7FFFFFFF)  # written while the recorder still ran
    return 0 if endless or not a_second else size * 1000 // a_second


def _open(source: Path, stack: ExitStack) -> Any:
    import av

    av.logging.set_level(None)  # FFmpeg's own lines would repeat what the issues say
    try:
        return stack.enter_context(av.open(str(source), metadata_errors="ignore"))
    except (av.error.FFmpegError, ValueError, OSError) as problem:
        raise InputError(
            "this is not a sound or video file that can be read, or it was cut off while copying"
            f" ({_reason(problem)}).",
            where=source.name,
            remedy=_COPY_AGAIN,
        ) from problem


def _reason(problem: Exception) -> str:
    text = getattr(problem, "strerror", None) or str(problem)
    return str(text).split("; last error")[0].strip().rstrip(".")


def _check_space(target: Path, container: Any) -> None:
    """Say that the disk is too small before hours are spent, not after."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if container.duration:
        needed = int(container.duration / 1_000_000 * SAMPLE_RATE * 2)
        free = shutil.disk_usage(target.parent).free
        if needed > free:
            raise StoreError(
                f"decoding needs {needed >> 20} MB and only {free >> 20} MB are free.",
                where=str(target.parent),
                remedy="Free some space and run again.",
            )


def _blocks(
    container: Any, stream: Any, source: Path, damage: _Damage, progress: Progress
) -> Iterator[np.ndarray]:
    """Blocks of shape (samples, channels), int16 at 16 kHz, with silence where sound is missing."""
    import numpy as np

    offset = (container.start_time or 0) / 1_000_000
    total = int(container.duration / 1000) if container.duration else 0
    written = 0
    for frame, lost in _frames(container, stream, source):
        if lost:
            damage.add(written, written + SAMPLE_RATE // 50)
        if frame is None:
            continue
        block = _samples(frame)
        if frame.time is not None:
            due = round((frame.time - offset) * SAMPLE_RATE)
            missing = due - written
            if TOLERANCE < missing < LONGEST_FILL:
                if written:
                    damage.add(written, due)
                for start in range(0, missing, SAMPLE_RATE):
                    size = min(SAMPLE_RATE, missing - start)
                    yield np.zeros((size, block.shape[1]), dtype=np.int16)
                written += missing
        written += block.shape[0]
        yield block
        progress("decode", min(written * 1000 // SAMPLE_RATE, total or 1 << 60), total)


def _samples(frame: Any) -> np.ndarray:
    """Return a packed 16-bit frame as an array of shape (samples, channels)."""
    import numpy as np

    flat: np.ndarray = frame.to_ndarray()
    return np.ascontiguousarray(flat.reshape(-1, len(frame.layout.channels)))


def _frames(container: Any, stream: Any, source: Path) -> Iterator[tuple[Any, bool]]:
    """Resampled frames in order, each with whether a packet before it was lost.

    The resampler is made anew whenever the sample rate, layout or format changes on the way, as
    it does in recordings of calls whose participants switch devices.
    """
    import av

    resampler: Any = None
    shape: tuple[object, ...] = ()
    lost = 0
    good = 0
    for packet in _packets(container, stream):
        try:
            frames = packet.decode() if packet is not None else []
        except av.error.FFmpegError:
            lost += 1
            if not good and lost > 2000:
                raise InputError(
                    "the sound is damaged from the start.", where=source.name, remedy=_COPY_AGAIN
                ) from None
            continue
        for frame in frames:
            good += 1
            now = (frame.sample_rate, frame.layout.name, frame.format.name)
            if now != shape:
                if resampler is not None:
                    yield from ((last, False) for last in resampler.resample(None))
                resampler = av.AudioResampler("s16", _layout(frame), SAMPLE_RATE)
                shape = now
            for out in resampler.resample(frame):
                yield out, bool(lost)
                lost = 0
    if resampler is not None:
        yield from ((last, bool(lost)) for last in resampler.resample(None))
    elif lost:
        yield None, True


def _layout(frame: Any) -> str:
    """Up to two channels are kept apart; more are mixed down by FFmpeg's own rules."""
    return frame.layout.name if len(frame.layout.channels) <= 2 else "mono"


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets of one stream; a file that ends in the middle simply ends."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError:
            return


def intact(target: Path, sound: Sound) -> bool:
    """Tell whether the decoded sound still lies where it was left, whole."""
    try:
        with wave.open(str(target), "rb") as reader:
            whole = reader.getnframes() * 1000 // SAMPLE_RATE == sound.duration
    except (OSError, EOFError, wave.Error):
        return False
    kept = range(1, sound.channels + 1) if sound.channels > 1 else ()
    return whole and all(channel_path(target, number).is_file() for number in kept)


def _measure(target: Path, recording: str) -> Sound:
    digest = hashlib.sha256()
    with wave.open(str(target), "rb") as reader:
        frames = reader.getnframes()
        while data := reader.readframes(SAMPLE_RATE):
            digest.update(data)
    return Sound(recording, frames * 1000 // SAMPLE_RATE, digest.hexdigest())


def _issues(name: str, sound: Sound, facts: _Facts) -> Iterator[Issue]:
    # Containers of compressed sound only estimate how long it is.
    tolerated = 100 if facts.exact else 1000 + 0.03 * facts.announced
    if sound.duration < facts.announced - tolerated:
        yield Issue(
            "warning",
            name,
            f"the file announces {clock(facts.announced)} of sound"
            f" but ends at {clock(sound.duration)}.",
            "It was probably cut off while copying; copy it again.",
            f"at {clock(sound.duration)}",
        )
    if sound.damaged:
        lost = max(0.1, sum(span.duration for span in sound.damaged) / 1000)
        first = clock(sound.damaged[0].start)
        yield Issue(
            "warning",
            name,
            f"{lost:.1f} s of sound in {len(sound.damaged)} place(s) are damaged or missing.",
            "Silence stands in; if the original is intact, copy it again.",
            f"from {first}",
        )
    if 0 < sound.sample_rate <= 8000:
        yield Issue(
            "note",
            name,
            f"this is telephone sound ({sound.sample_rate} Hz); expect more wrong words.",
            "Use the original recording if there is one.",
        )
    if facts.tracks > 1:
        yield Issue("note", name, f"{facts.tracks} audio tracks were found and mixed.", "")
