"""From sound to a transcript that never lies about what it heard."""

from fgd.speech.activity import ACTIVITY_VERSION, detect
from fgd.speech.channels import channels
from fgd.speech.corrections import corrected, overlapped
from fgd.speech.decode import decode, intact
from fgd.speech.hints import hints
from fgd.speech.transcribe import transcribe

# Raised when a step would give another result from the same inputs.
DECODE_VERSION = 1
TRANSCRIBE_VERSION = 1

__all__ = [
    "ACTIVITY_VERSION",
    "DECODE_VERSION",
    "TRANSCRIBE_VERSION",
    "channels",
    "corrected",
    "decode",
    "detect",
    "hints",
    "intact",
    "overlapped",
    "transcribe",
]
