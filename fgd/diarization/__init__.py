"""Who spoke when, and every word under the right voice."""

from fgd.diarization.backend import (
    Diarization,
    Diarizer,
    VoiceBounds,
    VoiceEmbedder,
    VoicePrint,
    VoiceTurn,
)
from fgd.diarization.channels import one_speaker_per_channel
from fgd.diarization.converse import converse
from fgd.diarization.diarize import VERSION, diarize
from fgd.diarization.enrolment import (
    RECOGNISED,
    check_sample,
    enrol,
    evidence,
    match,
    same_voices,
    twins,
    unusable,
)
from fgd.diarization.networks import VoiceEncoder

__all__ = [
    "RECOGNISED",
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
    "same_voices",
    "twins",
    "unusable",
]
