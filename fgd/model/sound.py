"""What a recording turned out to be once it was decoded."""

from __future__ import annotations

from dataclasses import dataclass

from fgd.model.span import Span


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of one recording, decoded to 16 kHz mono on disk.

    ``sha256`` is of the decoded samples; ``channels`` counts the mono files kept beside it
    because the channels of the recording differ (one microphone per speaker); ``damaged`` are
    the places where packets could not be decoded and silence stands in.
    """

    recording: str
    duration: int
    sha256: str
    sample_rate: int = 0
    codec: str = ""
    channels: int = 1
    damaged: tuple[Span, ...] = ()
