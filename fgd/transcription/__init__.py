"""Transcribe sound: Whisper in batches, guards against invented words, coverage, checkpoints."""

from fgd.transcription.transcribe import transcribe
from fgd.transcription.transcriber import hints

# Raised when a step would give another result from the same inputs.
TRANSCRIBE_VERSION = 1

__all__ = ["TRANSCRIBE_VERSION", "hints", "transcribe"]
