"""What can be set, in ``fgd.toml`` for a project and in ``session.toml`` for one session."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from msgspec import Meta

from fgd.core.errors import SettingsError
from fgd.core.serialization import TomlFile

S = TypeVar("S")

Share = Annotated[float, Meta(ge=0, le=1)]
Number = Annotated[int, Meta(ge=1, le=1000)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Seconds = Annotated[float, Meta(ge=-604_800, le=604_800)]
"""A week either way."""
ClockTime = Annotated[str, Meta(pattern=r"^([01]?\d|2[0-3]):[0-5]\d\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=1000)]
Days = Annotated[int, Meta(ge=1, le=36_500)] | Literal["always"]


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things lie, relative to the project's folder (or absolute)."""

    recordings: Name = "recordings"
    outputs: Name = "outputs"
    weights: Name = "weights"


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """How sound becomes text.

    ``transcriber`` is a backend's name and argument (``whisper:auto``, ``whisper:small``,
    ``whisper:path/to/checkpoint.pt``). ``batch`` and ``threads`` 0 mean: chosen for the machine.
    ``activity_threshold`` is the speech probability above which a frame counts as speech.
    ``longest_window`` is in seconds: Whisper hears 30 at once, small checkpoints hear less better.
    ``prompt`` tells the checkpoint the names, acronyms and glossary before each window.
    """

    transcriber: str = "whisper:auto"
    precision: Literal["auto", "fp32", "bf16", "fp16", "int8"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Count = 0
    batch: Count = 0
    longest_window: Annotated[int, Meta(ge=5, le=30)] = 30
    prompt: bool = True
    activity_threshold: Annotated[float, Meta(gt=0, lt=1)] = 0.3
    coverage_floor: Share = 0.85


@dataclass(frozen=True, slots=True)
class VoicesSettings:
    """How voices are told apart."""

    diarizer: str = "embedded"


@dataclass(frozen=True, slots=True)
class AttributionSettings:
    """When a voice may be given a name: below ``threshold`` it stays unknown."""

    threshold: Share = 0.75


@dataclass(frozen=True, slots=True)
class ThemesSettings:
    """What the discussion is coded with; no codebook unless somebody chose one."""

    codebooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BriefSettings:
    """What a brief tells, and withholds.

    ``quotes_per_finding`` answers are quoted in the sentence of a finding at most (each side has
    one if it can), ``themes_at_most`` are listed in the index. ``category_minimum`` is the number
    of people below which a cell of a table for circulation is withheld; ``k_anonymity`` that of
    people among whom an outsider must not be able to tell who said a quote. ``may_be_named`` are
    names that are not secret although somebody in the room belongs to them. ``letterhead`` is a
    Word file whose styles, header and footer the brief takes over. ``without_roster`` says that a
    circulation edition may be made although there is no list of participants.
    """

    quotes_per_finding: Number = 4
    themes_at_most: Count = 15
    category_minimum: Number = 3
    k_anonymity: Number = 3
    may_be_named: tuple[str, ...] = ()
    letterhead: str = ""
    without_roster: bool = False


@dataclass(frozen=True, slots=True)
class FacilitationSettings:
    """How a session was planned, and how its floor log is read.

    ``start`` is the clock time at which the first section begins; ``floor_offset`` the seconds
    added to the times of the floor log to make them times of the recording, "auto" finds them.
    """

    start: ClockTime = "09:00"
    floor_offset: Seconds | Literal["auto"] = "auto"


@dataclass(frozen=True, slots=True)
class KeepDays:
    """How many days after the session's date things are kept; then ``fgd retention`` deletes them.

    ``sound`` is recordings, voice samples and clips; ``transcripts`` all that was said, given or
    heard; ``internals`` the list of participants, the decisions and the internal edition.
    """

    sound: Days = "always"
    transcripts: Days = "always"
    internals: Days = "always"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with the defaults."""

    folders: Folders = Folders()
    speech: SpeechSettings = SpeechSettings()
    voices: VoicesSettings = VoicesSettings()
    attribution: AttributionSettings = AttributionSettings()
    themes: ThemesSettings = ThemesSettings()
    brief: BriefSettings = BriefSettings()
    facilitation: FacilitationSettings = FacilitationSettings()
    keep_days: KeepDays = KeepDays()


SECTIONS = tuple(field.name for field in fields(Settings))
SESSION_SECTIONS = tuple(name for name in SECTIONS if name != "folders")


def load_settings(path: Path) -> Settings:
    """Read ``fgd.toml``; a missing file means the defaults.

    Raises ``SettingsError`` with every problem of the file in one message.
    """
    if not path.is_file():
        return Settings()
    source = TomlFile.read(path)
    settings, issues = source.convert(source.data, Settings)
    if settings is None:
        first, *others = issues
        more = "".join(f" Also {i.place}: {i.message} {i.remedy}".rstrip() for i in others)
        raise SettingsError(
            first.message,
            where=path.name,
            place=first.place,
            remedy=(first.remedy or "Correct the value.") + more,
        )
    return settings


def override(settings: Settings, tables: Mapping[str, Mapping[str, object]]) -> Settings:
    """The settings with a session's own tables laid over them (already checked by the intake)."""
    for name, table in tables.items():
        section = replace(getattr(settings, name), **_as_tuples(table))
        settings = replace(settings, **{name: section})
    return settings


def _as_tuples(table: Mapping[str, object]) -> dict[str, object]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}


NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PYANNOTE_METRICS_ENABLED": "false",
    "OTEL_SDK_DISABLED": "true",
}


def turn_off_telemetry(*, whatever_is_set: bool = False) -> None:
    """Keep every library from telling anybody anything, and from looking for a network.

    To be called before any of them is imported; what is set from outside stays, unless
    ``whatever_is_set``.
    """
    for name, value in NO_TELEMETRY.items():
        if whatever_is_set or name not in os.environ:
            os.environ[name] = value
