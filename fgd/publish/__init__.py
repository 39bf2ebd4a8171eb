"""Files people open: transcripts, briefs, tables, captions."""

from fgd.publish.brief import brief_files
from fgd.publish.line import Line, lines
from fgd.publish.transcripts import transcript_files

__all__ = ["Line", "brief_files", "lines", "transcript_files"]
