"""Find who spoke when, and put every word under the right voice."""

from fgd.diarization.assignment import converse
from fgd.diarization.contract import (
    Diarization,
    Diarizer,
    VoiceBounds,
    VoiceEmbedder,
    VoicePrint,
    VoiceTurn,
)
from fgd.diarization.diarize import VERSION, diarize, one_speaker_per_channel
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
