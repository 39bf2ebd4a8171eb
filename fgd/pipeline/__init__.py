"""The one pass from recordings to briefs: plain functions over a ``SessionContext``."""

from fgd.pipeline.context import SessionContext
from fgd.pipeline.listening import audio_of, decode, detect_speech, open_audio, transcribe
from fgd.pipeline.session import (
    Published,
    attribute,
    facts,
    failed,
    find_themes,
    full_session,
    issues,
    lines,
    outcome,
    publish,
    run,
    secrets,
    stored_lines,
    write_brief,
)
from fgd.pipeline.turns import (
    align_floor_log,
    arranged,
    conversations,
    converse,
    diarize,
    diarize_with,
    settled_floor_log,
)

__all__ = [
    "Published",
    "SessionContext",
    "align_floor_log",
    "arranged",
    "attribute",
    "audio_of",
    "conversations",
    "converse",
    "decode",
    "detect_speech",
    "diarize",
    "diarize_with",
    "facts",
    "failed",
    "find_themes",
    "full_session",
    "issues",
    "lines",
    "open_audio",
    "outcome",
    "publish",
    "run",
    "secrets",
    "settled_floor_log",
    "stored_lines",
    "transcribe",
    "write_brief",
]
