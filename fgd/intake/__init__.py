"""Intake: what people put into a session's folder becomes a ``Session``, and nothing is guessed
silently.

``read_session`` reads the folder and reports every problem at once; ``read_transcript`` reads one
transcript that already exists; ``files_read`` names the files both depend on.
"""

from fgd.intake.recordings import length_of
from fgd.intake.session import Intake, files_read, read_session
from fgd.intake.transcripts import read_transcript

__all__ = ["Intake", "files_read", "length_of", "read_session", "read_transcript"]
