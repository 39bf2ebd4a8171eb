"""Write a brief in every format, by file name: HTML, JSON and clips here, Word and Markdown beside.

A clip is the sound of a quote and begins where the quote begins. What a pass says for itself in the
terminal stands here too: figures only, no names and no quotes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec

from fgd.audio.decode import SAMPLE_RATE, Audio
from fgd.core.cache import Kept
from fgd.core.serialization import decode
from fgd.export import charts
from fgd.export.brief_docx import brief_docx
from fgd.export.brief_markdown import brief_markdown
from fgd.export.charts import heat
from fgd.export.registry import registry_files
from fgd.export.tables import matrix_xlsx, quotes_csv
from fgd.export.told import CONTRASTS, COUNTED, EDITIONS, REPORTS, SEATS, SPOKEN, Told, environment
from fgd.model import NOBODY, Attribution, Breakouts, Brief, Conversation, Span


def brief_files(
    brief: Brief,
    sounds: Mapping[str, bytes] | None = None,
    letterhead: bytes = b"",
    kept: Kept | None = None,
) -> dict[str, bytes]:
    """Return the files of one edition; the same brief always gives the same bytes.

    ``sounds`` are clips by path beside the brief, ``letterhead`` a Word file to write into.
    ``kept`` holds charts that were drawn before.
    """
    kept = kept or Kept()
    clips = dict(sounds or {})
    return {
        "brief.docx": brief_docx(brief, letterhead, kept),
        "brief.html": brief_html(brief, clips, kept),
        "brief.json": brief_json(brief),
        "brief.md": brief_markdown(brief),
        "matrix.xlsx": matrix_xlsx(brief),
        "quotes.csv": quotes_csv(brief),
        **registry_files(brief, clips, letterhead),
        **clips,
    }


SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def brief_json(brief: Brief) -> bytes:
    """Return the whole brief, one key after the other as ``schema`` describes them."""
    data = msgspec.json.encode(brief, order="deterministic")
    if not brief.breakouts:  # most sessions have no tables, and say nothing of them
        data = data.removesuffix(b',"breakouts":' + msgspec.json.encode(Breakouts()) + b"}") + b"}"
    return msgspec.json.format(data, indent=1) + b"\n"


def read_brief(data: bytes) -> Brief:
    """Return the brief back from its JSON. Raises ``msgspec.ValidationError`` if it is none."""
    return decode(data, Brief)


def schema() -> bytes:
    """JSON Schema (draft 2020-12) of ``brief.json``, published as ``docs/brief.schema.json``."""
    described = {"$schema": SCHEMA, "title": "fgd brief"} | msgspec.json.schema(Brief)
    data = msgspec.json.encode(described, order="deterministic")
    return msgspec.json.format(data, indent=1) + b"\n"


def brief_html(brief: Brief, clips: Collection[str] = (), kept: Kept | None = None) -> bytes:
    """Return one page: styles and charts inside, no script, nothing fetched from anywhere.

    ``clips`` are paths of sound beside the page; only quotes whose clip is there get a player.
    Charts drawn before for a brief that says the same come from ``kept``.
    """
    told = Told(brief)
    page: str = (
        environment()
        .get_template("brief.html.jinja")
        .render(
            brief=brief,
            told=told,
            clips=frozenset(clips),
            charts=_charts(brief, kept or Kept()),
            css=files("fgd.export").joinpath("templates/brief.css").read_text(encoding="utf-8"),
            editions=EDITIONS,
            counted=COUNTED,
            seats=SEATS,
            spoken=SPOKEN,
            contrasts=CONTRASTS,
            reports=REPORTS,
        )
    )
    return page.encode("utf-8", "replace")


def _charts(brief: Brief, kept: Kept) -> dict[str, Any]:
    """Only what has something to show is drawn: drawing nothing is free."""
    told = Told(brief)
    return {
        "balance": charts.svg(charts.balance(brief.presence), kept) if told.has_balance else "",
        "sections": charts.svg(charts.sections(brief.accounts), kept) if told.has_times else "",
        "strip": charts.svg(charts.strip(brief.strip), kept) if brief.strip else "",
        "heat": {each.id: heat(each) for each in told.grids},
    }


# What ``Turn.decided_by`` says where nobody's name on a transcript did.
BY_SOUND = ("diarization", "second opinion", "diarization; second opinion", "nearest voice")
# A voice whose nearest neighbour is closer than this (a similarity of prints above 0.75) may be
# the same person twice, or one that swallowed another.
CLEAR = 0.5


def facts(
    conversations: Sequence[Conversation], attributions: Sequence[Attribution]
) -> Iterator[str]:
    """Return words and minutes heard, voices told apart, and how many of them are known."""
    words = sum(len(turn.words) for each in conversations for turn in each.turns)
    timed = [each for each in conversations if each.timed and each.turns]
    minutes = sum(max(turn.span.end for turn in each.turns) for each in timed) / 60_000
    length = f" in {_plural(round(minutes), 'minute')}" if timed else ""
    yield f"{words:,} words{length}, {_plural(len(conversations), 'recording')}"
    voices = {
        (turn.recording, turn.voice)
        for each in conversations
        for turn in each.turns
        if turn.voice != NOBODY
    }
    known = {(each.recording, each.voice) for each in attributions if each.identified}
    found = len(voices & known)
    named = {(each.recording, each.voice) for each in attributions if each.heard}
    heard = len((voices & named) - known)
    more = f", {heard} more heard by a name that is on no list" if heard else ""
    yield f"{_plural(len(voices), 'voice')}, {found} of them attributed{more}"
    yield from _sure(conversations)
    flagged = sum(1 for each in conversations for turn in each.turns if turn.flags)
    if flagged:
        yield f"{_plural(flagged, 'doubtful turn')}, marked in the transcript"


def _sure(conversations: Sequence[Conversation]) -> Iterator[str]:
    """Tell how sure the voices are: told apart by sound, how clearly, and how many words agree.

    ``Voice.clarity`` and ``Turn.share`` are what the diarization said; nothing is known where the
    names on a transcript decided.
    """
    by_sound = [each for each in conversations if any(t.decided_by in BY_SOUND for t in each.turns)]
    if not by_sound:
        return
    turns = [turn for each in by_sound for turn in each.turns]
    time = sum(turn.span.duration for turn in turns)
    agree = sum(turn.share * turn.span.duration for turn in turns) / max(time, 1)
    heard = [v for each in by_sound for v in each.voices if v.speech and v.id != NOBODY]
    ghosts = sum(voice.ghost for voice in heard)
    alike = sum(voice.clarity < CLEAR and not voice.ghost for voice in heard)
    line = f"told apart by sound: {_plural(len(heard) - ghosts - alike, 'clear voice')}"
    line += f", {alike} like another" if alike else ""
    line += f", {ghosts} hardly heard" if ghosts else ""
    yield f"{line}; {agree:.0%} of the talk agrees with its voice"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


BEFORE, AFTER = 250, 600
"""Milliseconds around a quote: the first sound of a word is often earlier than its time says."""

LONGEST = 90_000
"""Milliseconds of a clip at most; longer quotes are heard in the recording."""

BIT_RATE = 32_000


def clips(brief: Brief, sound: Callable[[str], Audio | None]) -> dict[str, bytes]:
    """MP3 files by path beside the brief, one for each quote that has a place for it.

    ``sound`` gives the decoded sound of a recording, or nothing where it is not on this machine.
    """
    made: dict[str, bytes] = {}
    audios: dict[str, Audio | None] = {}
    for extract in brief.extracts:
        if not extract.clip or not extract.sources:
            continue
        recording = extract.sources[0].recording
        if recording not in audios:
            audios[recording] = sound(recording)
        audio = audios[recording]
        if audio is None:
            continue
        start = max(extract.sources[0].span.start - BEFORE, 0)
        end = min(extract.sources[-1].span.end + AFTER, start + LONGEST, audio.duration)
        if end > start:
            made[extract.clip] = _mp3(audio, Span(start, end))
    return made


def chosen(brief: Brief, made: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the clips that an edition of the brief may have beside it."""
    wanted = {extract.clip for extract in brief.extracts}
    return {path: data for path, data in made.items() if path in wanted}


def _mp3(audio: Audio, span: Span) -> bytes:
    """Return a stretch of sound as MP3 without any metadata."""
    import av
    import numpy as np

    samples = (audio.read(span) * 32767).astype(np.int16)
    out = io.BytesIO()
    options = {"write_xing": "0", "id3v2_version": "0"}
    with av.open(out, "w", format="mp3", options=options) as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE)
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        stream.options = {"compression_level": "9"}
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16p", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return out.getvalue()
