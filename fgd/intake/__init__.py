"""Read what people put into a session's folder as a ``Session``; nothing is guessed silently.

``read_session`` reads the folder and reports every problem at once; ``read_transcript`` reads one
transcript that already exists, ``understood`` tells what all of them hold; ``files_read`` names the
files all of it depends on.
"""

from fgd.intake.check_answers import read_answer
from fgd.intake.recordings import length_of
from fgd.intake.session import Intake, Understood, files_read, read_session, understood
from fgd.intake.transcripts import read_transcript

__all__ = [
    "Intake",
    "Understood",
    "files_read",
    "length_of",
    "read_answer",
    "read_session",
    "read_transcript",
    "understood",
]
