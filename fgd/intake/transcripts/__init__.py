"""Transcripts that already exist: read whatever a platform, a program or a person wrote."""

from fgd.intake.transcripts.formats import read_transcript

__all__ = ["read_transcript"]
