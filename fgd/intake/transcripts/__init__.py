"""Read transcripts that already exist, whatever platform, program or person wrote them."""

from fgd.intake.transcripts.formats import read_transcript

__all__ = ["read_transcript"]
