"""Sound for the quotes of a brief: short clips that begin where the quote begins."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from fgd.audio.decode import SAMPLE_RATE, Audio
from fgd.model import Brief, Span

BEFORE, AFTER = 250, 600
"""Milliseconds around a quote: the first sound of a word is often earlier than its time says."""

LONGEST = 90_000
"""Milliseconds of a clip at most; longer quotes are heard in the recording."""

BIT_RATE = 32_000


def clips(brief: Brief, sound: Callable[[str], Audio | None]) -> dict[str, bytes]:
    """MP3 files by path beside the brief, one for each quote that has a place for it.

    ``sound`` gives the decoded sound of a recording, or nothing where it is not on this machine.
    """
    made: dict[str, bytes] = {}
    audios: dict[str, Audio | None] = {}
    for extract in brief.extracts:
        if not extract.clip or not extract.sources:
            continue
        recording = extract.sources[0].recording
        if recording not in audios:
            audios[recording] = sound(recording)
        audio = audios[recording]
        if audio is None:
            continue
        start = max(extract.sources[0].span.start - BEFORE, 0)
        end = min(extract.sources[-1].span.end + AFTER, start + LONGEST, audio.duration)
        if end > start:
            made[extract.clip] = _mp3(audio, Span(start, end))
    return made


def chosen(brief: Brief, made: Mapping[str, bytes]) -> dict[str, bytes]:
    """The clips that an edition of the brief may have beside it."""
    wanted = {extract.clip for extract in brief.extracts}
    return {path: data for path, data in made.items() if path in wanted}


def _mp3(audio: Audio, span: Span) -> bytes:
    """A stretch of sound as MP3 without any metadata."""
    import av
    import numpy as np

    samples = (audio.read(span) * 32767).astype(np.int16)
    out = io.BytesIO()
    options = {"write_xing": "0", "id3v2_version": "0"}
    with av.open(out, "w", format="mp3", options=options) as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE)
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        stream.options = {"compression_level": "9"}
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16p", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return out.getvalue()
