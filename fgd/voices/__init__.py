"""Who spoke when, and every word under the right voice."""

from fgd.voices.backend import (
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
from fgd.voices.enrolment import check_sample, enrol, evidence, match, twins, unusable

__all__ = [
    "VERSION",
    "Diarization",
    "Diarizer",
    "VoiceBounds",
    "VoiceEmbedder",
    "VoiceEncoder",
    "VoicePrint",
    "VoiceTurn",
    "check_sample",
    "converse",
    "diarize",
    "enrol",
    "evidence",
    "match",
    "one_speaker_per_channel",
    "twins",
    "unusable",
]
