"""Files people open: transcripts, briefs, tables, captions."""

from fgd.publish.brief import brief_files
from fgd.publish.clips import chosen as chosen_clips
from fgd.publish.clips import clips
from fgd.publish.facts import facts
from fgd.publish.line import Line, lines
from fgd.publish.transcripts import transcript_files

VERSION = 5
"""Changes whenever the same brief would give other files."""

__all__ = [
    "VERSION",
    "Line",
    "brief_files",
    "chosen_clips",
    "clips",
    "facts",
    "lines",
    "transcript_files",
]
