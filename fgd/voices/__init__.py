"""Who spoke when, and every word under the right voice."""

from fgd.voices.backend import (
    Anchor,
    Diarization,
    Diarizer,
    VoiceBounds,
    VoiceEmbedder,
    VoicePrint,
    VoiceTurn,
)
from fgd.voices.channels import one_speaker_per_channel
from fgd.voices.converse import converse
from fgd.voices.diarize import VERSION, diarize
from fgd.voices.encoder import VoiceEncoder

__all__ = [
    "VERSION",
    "Anchor",
    "Diarization",
    "Diarizer",
    "VoiceBounds",
    "VoiceEmbedder",
    "VoiceEncoder",
    "VoicePrint",
    "VoiceTurn",
    "converse",
    "diarize",
    "one_speaker_per_channel",
]
