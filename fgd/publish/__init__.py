"""Files people open: transcripts, briefs, tables, captions."""

from fgd.publish.brief import brief_files
from fgd.publish.facts import facts
from fgd.publish.line import Line, lines
from fgd.publish.transcripts import transcript_files

VERSION = 1
"""Changes whenever the same brief would give other files."""

__all__ = ["VERSION", "Line", "brief_files", "facts", "lines", "transcript_files"]
