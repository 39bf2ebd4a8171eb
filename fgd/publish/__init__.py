"""Files people open: transcripts, briefs, tables, captions."""

from fgd.publish.line import Line, lines
from fgd.publish.transcripts import transcript_files

__all__ = ["Line", "lines", "transcript_files"]
