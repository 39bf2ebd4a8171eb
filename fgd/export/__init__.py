"""Files people open: transcripts, briefs, tables, captions."""

from fgd.export.brief import brief_files, clips, facts, read_brief
from fgd.export.brief import chosen as chosen_clips
from fgd.export.check_files import check_files
from fgd.export.registry import registry_frames, registry_text
from fgd.export.tables import frame_files
from fgd.export.transcripts import Line, lines, transcript_files

VERSION = 21
"""Changes whenever the same brief would give other files."""

__all__ = [
    "VERSION",
    "Line",
    "brief_files",
    "check_files",
    "chosen_clips",
    "clips",
    "facts",
    "frame_files",
    "lines",
    "read_brief",
    "registry_frames",
    "registry_text",
    "transcript_files",
]
