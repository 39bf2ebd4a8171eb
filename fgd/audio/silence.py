"""Silence stretches of a recording in its own file: same container, same codec, same times.

What the encoder of a format cannot do without moving the rest, it refuses: a film has pictures of
whoever speaks, and silence would not take those away. Nothing but sound is written into the new
file: no titles, no chapters, no pictures.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core.errors import InputError
from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np

_ENCODERS = {
    "mp3": ("libmp3lame",), "mp3float": ("libmp3lame",), "vorbis": ("libvorbis", "libopus"),
    "opus": ("libopus",), "aac": ("aac",), "flac": ("flac",), "alac": ("alac",),
}  # fmt: skip
"""What writes a codec, or another one into the same container; PCM is written by its own name."""

_OPUS_RATE = 48_000
_LEAST_RATE = 64_000
"""Bits a second at least: the second coding costs something, and the sound is heard again."""

_EXPORT = (
    "Save the sound alone as WAV, FLAC, M4A, MP3 or Ogg under the same name, take this file away, "
    "run fgd run, and withdraw then."
)


def can_be_silenced(path: Path) -> None:
    """Raise ``InputError`` if stretches of this file cannot be silenced, with what to do."""
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            pictures = [s for s in container.streams.video if not _is_cover(s)]
            streams = list(container.streams.audio)
            names = [stream.codec_context.name for stream in streams]
    except (av.error.FFmpegError, ValueError, OSError, AttributeError) as problem:
        raise InputError(
            "this recording cannot be opened, so nobody can be taken out of it.",
            where=path.name,
            remedy=_EXPORT,
        ) from problem
    if pictures:
        raise InputError(
            "this is a film: whoever withdraws would still be seen in it.",
            where=path.name,
            remedy=_EXPORT,
        )
    if not streams or any(_encoder(name) is None for name in names):
        raise InputError(
            f"sound of this kind ({', '.join(names) or 'none'}) cannot be written, so nobody can "
            "be taken out of it.",
            where=path.name,
            remedy=_EXPORT,
        )


def silence(source: Path, target: Path, spans: Sequence[Span]) -> None:
    """Write a recording anew with silence in these stretches.

    Raises ``InputError`` if that is not possible; ``target`` is nothing then.
    """
    can_be_silenced(source)
    import av

    quiet = sorted(spans)
    try:
        with (
            av.open(str(source), metadata_errors="ignore") as given,
            av.open(str(target), "w", format=_format(given, source)) as made,
        ):
            pairs = [(stream, _copied(stream, made)) for stream in given.streams.audio]
            offset = (given.start_time or 0) / 1_000_000
            for number, (_, out) in enumerate(pairs):
                with av.open(str(source), metadata_errors="ignore") as again:
                    stream = again.streams.audio[number]
                    for frame in _written(again, stream, out, quiet, offset):
                        made.mux(out.encode(frame))
                    made.mux(out.encode(None))
    except (av.error.FFmpegError, ValueError, OSError) as problem:
        target.unlink(missing_ok=True)
        raise InputError(
            f"stretches of this recording could not be silenced ({problem}).",
            where=source.name,
            remedy=_EXPORT,
        ) from problem


def _is_cover(stream: Any) -> bool:
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _encoder(codec: str) -> str | None:
    import av

    for name in _ENCODERS.get(codec, (codec,) if codec.startswith("pcm_") else ()):
        with contextlib.suppress(av.error.FFmpegError, ValueError):
            return av.Codec(name, "w").name
    return None


def _format(given: Any, source: Path) -> str:
    """Return the name of the container to write: that of the ending, else of the content."""
    known = {".m4a": "ipod", ".opus": "opus", ".oga": "ogg", ".ogg": "ogg", ".mka": "matroska"}
    suffix = source.suffix.lower()
    return known.get(suffix, suffix[1:] if suffix in (".wav", ".mp3", ".flac", ".mp4", ".caf",
        ".aiff", ".webm") else given.format.name.split(",")[0])  # fmt: skip


def _copied(stream: Any, made: Any) -> Any:
    context = stream.codec_context
    name = _encoder(context.name) or context.name
    rate = _OPUS_RATE if name == "libopus" else context.sample_rate
    out = made.add_stream(name, rate=rate, layout=context.layout.name)
    if not name.startswith("pcm_") and name not in ("flac", "alac"):
        out.bit_rate = max(context.bit_rate or 0, _LEAST_RATE * len(context.layout.channels))
    return out


def _written(
    container: Any, stream: Any, out: Any, quiet: Sequence[Span], offset: float
) -> Iterator[Any]:
    """Yield the frames of a stream as its encoder wants them, silent where they should be."""
    import av

    resampler = av.AudioResampler(
        out.format, out.layout, out.rate, frame_size=out.codec_context.frame_size or 1024
    )
    for frame in container.decode(stream):
        yield from resampler.resample(_silenced(frame, quiet, offset))
    yield from resampler.resample(None)


def _silenced(frame: Any, quiet: Sequence[Span], offset: float) -> Any:
    import av

    if frame.time is None:
        return frame
    start = (frame.time - offset) * 1000
    end = start + frame.samples * 1000 / frame.sample_rate
    inside = [span for span in quiet if span.start < end and start < span.end]
    if not inside:
        return frame
    samples: np.ndarray = frame.to_ndarray().copy()
    nothing = 128 if frame.format.name.startswith("u8") else 0
    per = 1 if frame.format.is_planar else len(frame.layout.channels)
    for span in inside:
        first = max(0, round((span.start - start) * frame.sample_rate / 1000))
        last = min(frame.samples, round((span.end - start) * frame.sample_rate / 1000))
        samples[:, first * per : last * per] = nothing
    made = av.AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
    made.sample_rate, made.pts, made.time_base = frame.sample_rate, frame.pts, frame.time_base
    return made
