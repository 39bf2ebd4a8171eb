"""Sound decoded to 16 kHz mono, its channels and tracks, and where somebody speaks."""

from fgd.audio.decode import channels, decode, intact
from fgd.audio.vad import ACTIVITY_VERSION, detect

# Raised when a step would give another result from the same inputs.
DECODE_VERSION = 1

__all__ = ["ACTIVITY_VERSION", "DECODE_VERSION", "channels", "decode", "detect", "intact"]
