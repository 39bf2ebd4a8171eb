"""What was heard or noted: sound, words, transcripts, voices, turns, and who had the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fgd.model.records import Span

Timing = Literal["measured", "interpolated", "none"]


@dataclass(frozen=True, slots=True)
class Flag:
    """A doubt about heard text: kept beside it and shown, never acted on by deleting."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Word:
    """One written word with its leading white space, as Whisper spells it (`` word``)."""

    span: Span
    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text as its source cut it: a Whisper segment, a caption cue, a paragraph.

    ``label`` is the speaker name printed on an imported transcript. ``timing`` tells whether the
    times of the words were measured, spread evenly over the segment, or do not exist.
    """

    span: Span
    words: tuple[Word, ...]
    label: str = ""
    language: str = ""
    timing: Timing = "measured"
    flags: tuple[Flag, ...] = ()

    @property
    def text(self) -> str:
        """The words as they are written, outer white space removed."""
        return "".join(word.text for word in self.words).strip()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the speech that was detected is covered by words, in milliseconds."""

    speech: int = 0
    covered: int = 0
    gaps: tuple[Span, ...] = ()

    @property
    def share(self) -> float:
        """Covered speech as a share of detected speech; 1.0 when nothing was detected."""
        return self.covered / self.speech if self.speech else 1.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything heard in one recording.

    Without times (plain text) the spans count characters of the source instead of milliseconds:
    they keep order and identity, and ``timed`` is false so that nobody prints them as times.
    """

    recording: str
    segments: tuple[Segment, ...]
    source: str = ""
    languages: tuple[str, ...] = ()
    timed: bool = True
    coverage: Coverage = Coverage()


NOBODY = "V0"
"""The voice of what is nobody's in particular: several at once, no label, sound of a crowd."""

MARK = "[withdrawn]"
"""What stands in the place of the words of somebody who withdrew."""

HARDLY_SPEECH = "hardly speech"
"""What decided that words are nobody's where a diarizer took a crowd or a machine for a voice."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody heard, unnamed. ``speech`` is the milliseconds of floor time; ``clarity`` how far
    this voice stands from the nearest other one (0 = cannot be told apart, 1 = far).
    """

    id: str
    recording: str
    speech: int = 0
    clarity: float = 1.0
    ghost: bool = False


@dataclass(frozen=True, slots=True)
class SameVoice:
    """Voices of two recordings that sound like one person, as (recording, voice), in the order of
    the recordings. ``similarity`` is the cosine of their prints, ``runner_up`` the highest one of
    either to another voice of the other's recording, ``confidence`` the share of such pairs that
    are one person.
    """

    first: tuple[str, str]
    second: tuple[str, str]
    similarity: float = 0.0
    runner_up: float = 0.0
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One voice, uninterrupted. The id is anchored to recording and start time, so that it stays
    valid when words are corrected. ``share`` is the part of the turn that agrees with its voice,
    ``decided_by`` says what decided; overlap is kept as turns that overlap.
    """

    id: str
    recording: str
    voice: str
    span: Span
    words: tuple[Word, ...]
    label: str = ""
    share: float = 1.0
    runner_up: str = ""
    runner_up_share: float = 0.0
    decided_by: str = ""
    overlaps: tuple[Span, ...] = ()
    timing: Timing = "measured"
    flags: tuple[Flag, ...] = ()

    @property
    def text(self) -> str:
        """The words as they are written; quotes are slices of exactly this string."""
        return "".join(word.text for word in self.words).strip()


@dataclass(frozen=True, slots=True)
class Conversation:
    """The voices and turns of one recording, in order of time."""

    recording: str
    voices: tuple[Voice, ...]
    turns: tuple[Turn, ...]
    timed: bool = True


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of one recording, decoded to 16 kHz mono on disk.

    ``sha256`` is of the decoded samples; ``channels`` counts the mono files kept beside it
    because the channels of the recording differ (one microphone per speaker); ``damaged`` are
    the places where packets could not be decoded and silence stands in.
    """

    recording: str
    duration: int
    sha256: str
    sample_rate: int = 0
    codec: str = ""
    channels: int = 1
    damaged: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class FloorMark:
    """One line of a floor log. ``label`` is the name as written, which need not be on the roster.

    A mark whose end nobody knows is open: its span is empty and starts where the floor was given.
    ``recording`` is the id of the recording that the time counts from.
    """

    span: Span
    label: str
    section: str = ""
    note: str = ""
    recording: str = ""
