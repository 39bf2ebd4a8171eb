"""Small media files written by the tests themselves, through the library that reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np

RATE = 16_000


def tone(
    seconds: float, *, hertz: float = 220.0, rate: int = RATE, level: float = 0.3
) -> np.ndarray:
    """A sine as float32, shape (samples,)."""
    time = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def write(
    path: Path,
    channels: list[np.ndarray],
    *,
    codec: str = "pcm_s16le",
    rate: int = RATE,
    video: bool = False,
) -> Path:
    """Write float32 channels of equal length into a file of the kind its suffix names."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(channels)]
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        if video:
            pictures = container.add_stream("mpeg4", rate=5)
            pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
            for _ in range(5):
                picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
                container.mux(pictures.encode(picture))
            container.mux(pictures.encode(None))
        packed = np.stack(channels, axis=1)
        samples = np.clip(packed * 32767, -32768, 32767).astype(np.int16)
        resampler = av.AudioResampler(
            stream.format, layout, rate, frame_size=stream.frame_size or 1024
        )
        for start in range(0, len(samples), 1024):
            block = np.ascontiguousarray(samples[start : start + 1024].reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
            frame.sample_rate, frame.pts = rate, start
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path
