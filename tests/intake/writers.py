"""Transcripts as platforms write them, and hostile names and texts to put into them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from fgd.intake import read_transcript
from fgd.model import Issue, Recording, Segment, Transcript

RECORDING = Recording("0123456789ab", "meeting.vtt", "0123456789ab" + "0" * 52, "transcript")

NAMES = (
    "Anna Lee",
    "Tan, Mei",
    "H.E. Dr. Sok Dara",
    "Nguyễn Văn An",
    "สมชาย ใจดี",
    "ສົມສັກ ສີສຸກ",
    "សុខ ដារ៉ា",
    "أحمد علي",
    "דוד לוי",
    "王小明",
    "🙂 Anna",
    "Jean-Luc van der Berg",
    "Prof. O'Neil (Asian Vision Institute)",
    "Speaker 1",
    "NDSI",
    "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Junior",
)


@dataclass(frozen=True)
class Said:
    """One cue as it goes into a file: times in milliseconds."""

    start: int
    end: int
    label: str
    text: str


words = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="<>&{}\\"),
    min_size=1,
    max_size=9,
)
texts = st.lists(words, min_size=1, max_size=8).map(" ".join)
escaped_texts = st.lists(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=9),
    min_size=1,
    max_size=8,
).map(" ".join)


@st.composite
def talks(draw: st.DrawFn, text: st.SearchStrategy[str] = texts) -> list[Said]:
    """A talk of people with hostile names, in order of time; cues may overlap."""
    people = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    said: list[Said] = []
    start = 0
    for label in draw(st.lists(st.sampled_from(people), min_size=1, max_size=8)):
        start += draw(st.integers(0, 90_000))
        said.append(Said(start, start + draw(st.integers(0, 30_000)), label, draw(text)))
    return said


def stamp(time: int, point: str = ".") -> str:
    return f"{time // 3_600_000:02}:{time // 60_000 % 60:02}:{time // 1000 % 60:02}{point}{time % 1000:03}"


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def zoom(talk: Sequence[Said]) -> str:
    cues = (
        f"{n}\r\n{stamp(s.start)} --> {stamp(s.end)}\r\n{escape(s.label)}: {escape(s.text)}\r\n"
        for n, s in enumerate(talk, 1)
    )
    return "\r\n".join(["WEBVTT\r\n", *cues])


def teams(talk: Sequence[Said]) -> str:
    cues = (
        f"4f1c-{n}/2-0\n{stamp(s.start)} --> {stamp(s.end)}\n<v {escape(s.label)}>{escape(s.text)}</v>\n"
        for n, s in enumerate(talk, 1)
    )
    return "\n".join(["WEBVTT\n", *cues])


def srt(talk: Sequence[Said]) -> str:
    cues = (
        f"{n}\n{stamp(s.start, ',')} --> {stamp(s.end, ',')}\n{s.label}: {s.text}\n"
        for n, s in enumerate(talk, 1)
    )
    return "\n".join(cues)


def bracketed_srt(talk: Sequence[Said]) -> str:
    cues = (
        f"{n}\n{stamp(s.start, ',')} --> {stamp(s.end, ',')}\n[{s.label}] {s.text}\n"
        for n, s in enumerate(talk, 1)
    )
    return "\n".join(cues)


def whisper(talk: Sequence[Said]) -> str:
    segments = [
        {"start": s.start / 1000, "end": s.end / 1000, "text": f" {s.text}", "speaker": s.label}
        for s in talk
    ]
    return json.dumps({"text": "", "segments": segments, "language": "en"})


def plain(talk: Sequence[Said]) -> str:
    return "\n".join(f"{s.label}: {s.text}" for s in talk)


def stamped(talk: Sequence[Said]) -> str:
    return "\n".join(f"[{stamp(s.start)}] {s.label}: {s.text}" for s in talk)


def read(
    folder: Path, content: str | bytes, name: str = "meeting.vtt"
) -> tuple[Transcript, tuple[Issue, ...]]:
    """What the product makes of a file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_transcript(path, RECORDING)


def heard(segments: Sequence[Segment]) -> list[tuple[str, str]]:
    return [(segment.label, segment.text) for segment in segments]


def messages(issues: Sequence[Issue], level: str = "") -> str:
    return "\n".join(str(issue) for issue in issues if level in ("", issue.level))
