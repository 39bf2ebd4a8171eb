"""Read JSON of recognisers and services, whatever their keys are called.

Most write a list of records with text and times (Whisper, whisper.cpp, Hugging Face, AssemblyAI,
Deepgram, Otter, Teams, Descript ...): the best such list of the file is found by its keys'
meanings. Some write words alone (AWS, Google, Rev, Speechmatics, Deepgram): those are joined into
turns where the speaker changes or a sentence ends. Units are told by the keys and, where those
say nothing, by the pace of speech they would mean.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from fgd.core.clock import milliseconds
from fgd.core.text import language, normal
from fgd.intake.spreadsheets import enumeration
from fgd.intake.transcripts.passages import spread
from fgd.intake.transcripts.speaker_labels import MAX_CHARACTERS
from fgd.model import Issue, Segment, Span, Timing, Transcript, Word

_TEXTS = (
    "text", "content", "transcript", "caption", "punctuated_word", "word", "display", "sentence",
    "utterance", "body", "dialog", "dialogue", "speech", "line", "message", "value",
    "transcription", "raw_text", "spoken_text", "words_text", "said",
)  # fmt: skip
_STARTS = (
    "start", "starttime", "start_time", "begin", "begintime", "begin_time", "from", "startoffset",
    "start_offset", "offset", "offsetinticks", "startms", "start_ms", "startsec", "start_sec",
    "startseconds", "ts", "timestamp", "time", "starttimems", "audiostart", "in", "startinseconds",
    "offsetmilliseconds", "startsecs", "xmin", "at", "audio_start", "start_timestamp",
)  # fmt: skip
_ENDS = (
    "end", "endtime", "end_time", "stop", "to", "endoffset", "end_offset", "endms", "end_ms",
    "endsec", "end_sec", "endseconds", "end_ts", "finish", "out", "endtimems", "xmax", "audio_end",
    "endinseconds", "endsecs", "end_timestamp",
)  # fmt: skip
_SPEAKERS = (
    "speakername", "speaker_name", "speakerdisplayname", "speakerlabel", "speaker_label", "speaker",
    "displayname", "participant", "participantname", "username", "user_name", "speakertag",
    "speaker_tag", "speakerid", "speaker_id", "user", "who", "name", "person", "actor", "author",
    "voice", "talker", "channel_label", "identity", "label", "from_name", "sender",
    "role",
)  # fmt: skip
_SURENESS = ("probability", "score", "confidence")
_DURATIONS = ("duration", "dur", "durationinticks", "length")
_SENTENCE = re.compile(r"[.?!\u2026\u3002\u17d4]$")
_LONGEST_TURN = 60
_EPOCH = 864_000_000
"""Milliseconds beyond which a time is no place in a recording (ten days)."""
_DEEPEST = 40

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of a list: times in the file's own unit, None where they cannot be read."""

    start: float | None
    end: float | None
    text: str
    label: str
    item: Json
    words: tuple[tuple[float | None, float | None, str, float | None, str], ...] = ()


def is_transcript_json(path: Path) -> bool:
    """Tell whether a file is JSON (or lines of it) that holds a transcript. Raises ``OSError``."""
    try:
        data = _parsed(path.read_bytes().decode("utf-8-sig", "replace"))
        return data is not None and bool(_records(data))
    except (ValueError, RecursionError):
        return False


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_number_told)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1 and lines[0].lstrip().startswith("{"):
            return [json.loads(line, parse_int=_number_told) for line in lines]
        raise


def _number_told(digits: str) -> int | float:
    """Read a whole number; one that is no time, count or name is as good as none."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else math.inf


LONGEST_NUMBER = 40
"""Digits of a whole number: the longest that means anything are ids of 128 bits."""


def read_json(text: str, recording: str, name: str) -> tuple[Transcript, list[Issue]]:
    """Read a transcript with measured word times where the file has them."""
    try:
        data = _parsed(text)
        records = _records(data)
    except (ValueError, RecursionError) as problem:
        line = getattr(problem, "lineno", 1)
        message = "this is not valid JSON; the file may be cut off."
        issue = Issue("error", name, message, "Copy or export it again.", f"line {line}")
        return Transcript(recording, ()), [issue]
    if not records:
        message = "this JSON holds no segments with text that are known."
        remedy = "Export it again as WebVTT or SRT, or with segments (start, end, text)."
        return Transcript(recording, ()), [Issue("error", name, message, remedy)]
    code = _language_of(data)
    scale, shift, issues = _unit(records, name)
    segments: list[Segment] = []
    broken: list[int] = []
    for number, record in enumerate(records):
        made = _segments(record, scale, shift, code)
        if made is None:
            broken.append(number)
        else:
            segments += made
    issues += [*_issues(segments, broken, name), *_shorter(records, name), *_keyless(records, name)]
    if len(broken) == len(records):
        return _untimed(records, recording, name, code)
    segments.sort(key=lambda segment: segment.span.start)
    spoken = (code,) if code else ()
    source = (
        "import:whisper-json" if isinstance(data, Mapping) and "segments" in data else "import:json"
    )
    return Transcript(recording, tuple(segments), source, spoken), issues


def _keyless(records: Sequence[_Record], name: str) -> list[Issue]:
    """Warn of segments without text that hold words under a key nobody knows."""
    known = {*_TEXTS, *_SPEAKERS, *_STARTS, *_ENDS}
    lacking = [
        number
        for number, record in enumerate(records, 1)
        if not record.text.strip()
        and any(
            isinstance(value, str) and len(value.split()) > 2 and _key(key) not in known
            for key, value in record.item.items()
        )
    ]
    if not lacking:
        return []
    message = "there is no text under a key that is known, but words under another; left out."
    return [_told_of(lacking, name, message, "Call the key of the words: text.")]


_TERM = re.compile(r"[^\W_]+")


def _shorter(records: Sequence[_Record], name: str) -> list[Issue]:
    """Warn where the text of segments lacks words that their lists of words have."""
    lacking: list[int] = []
    for number, record in enumerate(records, 1):
        spelled = [word[2] for word in record.words]
        blank = "" if any(word[:1].isspace() for word in spelled) else " "
        listed = Counter(_TERM.findall(blank.join(spelled).casefold()))
        told = Counter(_TERM.findall(record.text.casefold()))
        instead = (told - listed).elements()  # "25" stands for "twenty five"
        stood_for = sum(6 if any(map(str.isdigit, term)) else 1 for term in instead)
        if (listed - told).total() > stood_for:
            lacking.append(number)
    if not lacking:
        return []
    message = "the text lacks words that stand in the list of words; the text was read."
    remedy = "Export the file again, or correct the text, if they were said."
    return [_told_of(lacking, name, message, remedy)]


def _told_of(lacking: list[int], name: str, message: str, remedy: str) -> Issue:
    """Write one warning about several segments, by their numbers."""
    place = f"segment{'s' * (len(lacking) > 1)} {enumeration(lacking)}"
    return Issue("warning", name, message, remedy, place)


def _untimed(
    records: Sequence[_Record], recording: str, name: str, code: str
) -> tuple[Transcript, list[Issue]]:
    """Read text and speakers of a file without readable times; spans count characters."""
    made: list[Segment] = []
    at = 0
    for record in records:
        words: list[Word] = []
        for word in record.text.split():
            words.append(Word(Span(at, at + len(word)), f" {word}"))
            at += len(word) + 1
        if words:
            span = Span(words[0].span.start, words[-1].span.end)
            made.append(Segment(span, tuple(words), record.label, code, "none"))
    message = "no times can be read in this file; it was read without any."
    issue = Issue("warning", name, message, "Export it with times if you need them.")
    return Transcript(recording, tuple(made), "import:json", timed=False), [issue]


def _language_of(data: Any) -> str:
    if not isinstance(data, Mapping):
        return ""
    result = data.get("result")
    inner = result.get("language") if isinstance(result, Mapping) else None
    given = data.get("language") or data.get("language_code") or inner
    return language(given) if isinstance(given, str) else ""


# -- finding the records -------------------------------------------------------------------------


def _records(data: Any) -> list[_Record]:
    """Find the records of a transcript: those of a known shape, else the best list of the file."""
    if isinstance(data, Mapping) and isinstance(data.get("segments"), list):
        names = _names(data)
        found = [_record(item, names) for item in data["segments"] if isinstance(item, Mapping)]
        if found and any(each.text for each in found) and _has_keys(data["segments"]):
            return found
    for shape in (_aws, _deepgram, _rev, _google, _azure, _speechmatics):
        if isinstance(data, Mapping) and (found := shape(data)):
            return found
    lists = [*_lists(_by_rows(data), 0)]
    if not lists:
        return []
    names = _names(data)

    def merit(items: list[Json]) -> tuple[float, float]:
        records = [_record(item, names) for item in items[:200]]
        letters = sum(len(each.text) for each in records)
        labelled = sum(bool(each.label) for each in records) / len(records)
        words = letters / len(records) < 9  # single words, which whole passages are better than
        return (labelled >= 0.5) - 0.75 * words, letters * len(items) / len(records)

    return _joined([_record(item, names) for item in max(lists, key=merit)])


def _by_rows(data: Any) -> Any:
    """Read a table told by its columns (as pandas writes it), or as pairs of name and words, as a
    list of records; anything else as it is.
    """
    if isinstance(data, Mapping) and len(data) > 1:
        columns = [[*c.values()] if isinstance(c, Mapping) else c for c in data.values()]
        lengths = {len(c) if isinstance(c, list) else -1 for c in columns}
        flat = not any(isinstance(v, Mapping | list) for c in columns for v in _some(c))
        if len(lengths) == 1 and min(lengths) > 1 and flat:
            keys = [_key(key).removesuffix("s") for key in data]
            if set(keys) & set(_TEXTS):
                return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
    if isinstance(data, Mapping) and len(data) > 1:
        said = {
            str(name): [item for item in value if isinstance(item, Mapping)]
            for name, value in data.items()
            if isinstance(value, list)
        }
        items = [item for each in said.values() for item in each]
        told = items and all(isinstance(_find(item, _TEXTS), str) for item in items)
        if len(said) == len(data) and told and not any(_label(item, {}) for item in items):
            return [{"speaker": name, **item} for name, each in said.items() for item in each]
    if isinstance(data, list) and len(data) > 2:
        pairs = [p for p in data if isinstance(p, list) and len(p) == 2]
        if len(pairs) == len(data) and all(isinstance(v, str) for p in pairs for v in p):
            names, texts = {p[0] for p in pairs}, {p[1] for p in pairs}
            if len(names) < len(texts) and max(map(len, names)) < MAX_CHARACTERS:
                return [{"speaker": name, "text": text} for name, text in pairs]
    return data


def _some(column: Any) -> Sequence[Any]:
    return column[:50] if isinstance(column, list) else ()


def read_record(text: str) -> tuple[str, str] | None:
    """Read the speaker and the words of one record in JSON, which some platforms put into a cue."""
    try:
        item = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(item, Mapping):
        return None
    said = _find(item, _TEXTS)
    return (_label(item, {}), said) if isinstance(said, str) else None


def _has_keys(items: Sequence[Any]) -> bool:
    first = [item for item in items if isinstance(item, Mapping)][:50]
    told = any(_find(item, _TEXTS) is not None for item in first)
    return told and all(_start_of(item)[0] is not None for item in first[:5])


def _lists(data: Any, depth: int) -> Iterator[list[Json]]:
    """Find every list of mappings with text, and most of them with times."""
    if depth > _DEEPEST:
        return
    if isinstance(data, Mapping):
        if len(data) > 1 and all(isinstance(value, Mapping) for value in data.values()):
            yield from _lists([*data.values()], depth + 1)
            return
        for value in data.values():
            yield from _lists(value, depth + 1)
    elif isinstance(data, list) and data:
        items = [_opened(item) for item in data if isinstance(item, Mapping)]
        sample = items[:50]
        told = [i for i in sample if isinstance(_find(i, _TEXTS), str) or _nested_text(i)]
        timed = [item for item in told if _start_of(item)[0] is not None or _parts_of(item)]
        named = [item for item in told if _find(item, _SPEAKERS) is not None]
        if sample and len(told) >= 0.8 * len(sample):
            yield from [items] * (2 * len(timed) >= len(sample) or len(named) >= 0.8 * len(sample))
        for item in data[:2000]:
            if isinstance(item, Mapping | list):
                yield from _lists(item, depth + 1)


def _opened(item: Json) -> Json:
    """Join a record with what lies in an envelope of it."""
    inner = [value for value in item.values() if isinstance(value, Mapping)]
    if len(inner) == 1 and _find(item, _TEXTS) is None and isinstance(_find(inner[0], _TEXTS), str):
        return {**item, **inner[0]}
    return item


def _key(name: object) -> str:
    return str(name).casefold().replace("-", "_")


def _find(item: Json, names: Sequence[str]) -> Any:
    """Find the value of the first of the names that the record has, whatever their spelling."""
    keys = {_key(key): value for key, value in item.items()}
    bare = {key.replace("_", ""): value for key, value in keys.items()}
    for name in names:
        value = keys.get(name, bare.get(name.replace("_", "")))
        if value not in (None, ""):
            return value
    return None


def _nested_text(item: Json) -> str:
    """Read the text of records that hold sentences or words instead of it."""
    best = item.get("nBest") or item.get("alternatives")
    if isinstance(best, list) and best and isinstance(best[0], Mapping):
        found = _find(best[0], _TEXTS)
        return found if isinstance(found, str) else ""
    for key in ("sentences", "words", "elements", "tokens"):
        parts = item.get(key)
        if isinstance(parts, list) and parts and isinstance(parts[0], Mapping):
            found_all = [_find(part, _TEXTS) for part in parts if isinstance(part, Mapping)]
            texts = [text for text in found_all if isinstance(text, str)]
            if texts:
                spaced = any(text[:1].isspace() for text in texts)
                return ("" if spaced else " ").join(texts)
    return ""


def _names(data: Any) -> dict[str, str]:
    """Read names of speakers by their ids, where a file lists them apart."""
    names: dict[str, str] = {}
    listed: list[Any] = []
    if isinstance(data, Mapping):
        for key in ("speakers", "participants", "users", "people"):
            value = data.get(key)
            if isinstance(value, Mapping):
                names |= {str(k): v for k, v in value.items() if isinstance(v, str)}
                listed += [{"id": k, **v} for k, v in value.items() if isinstance(v, Mapping)]
            elif isinstance(value, list):
                listed += value
    for entry in listed:
        if isinstance(entry, Mapping):
            identity = _find(entry, ("id", "speaker_id", "speaker", "spkid", "key", "label"))
            name = _find(entry, ("name", "speaker_name", "display_name", "full_name", "label"))
            if isinstance(name, str) and identity is not None:
                names[str(identity)] = name
    return names


def _parts_of(item: Json) -> Sequence[Json]:
    """Find the sentences or words of a record that have times of their own."""
    for key in ("sentences", "words", "result", "tokens"):
        parts = item.get(key)
        if isinstance(parts, list) and parts and isinstance(parts[0], Mapping):
            last = parts[-1] if isinstance(parts[-1], Mapping) else parts[0]
            if _start_of(parts[0])[0] is not None:
                return (parts[0], last)
    return ()


def _label(item: Json, names: Mapping[str, str]) -> str:
    found = _find(item, _SPEAKERS)
    sender = item.get("from")  # of a message; in other files it is where a stretch begins
    if found is None and (isinstance(sender, Mapping) or _time(sender) is None):
        found = sender
    if found is None:  # of several who are listed nobody knows which one speaks
        lists = (item.get(key) for key in ("users", "speakers", "participants"))
        found = next((each for each in lists if isinstance(each, list) and len(each) == 1), None)
    if isinstance(found, Mapping):
        keys = ("name", "display_name", "full_name", "label", "id", "speaker")
        inner = _find(found, keys)
        deeper = (_find(each, keys) for each in found.values() if isinstance(each, Mapping))
        found = inner if inner is not None else next(deeper, None)
    if isinstance(found, list):
        found = found[0] if found else None
        found = _find(found, _SPEAKERS) if isinstance(found, Mapping) else found
    if found is None or isinstance(found, bool):
        return ""
    text = names.get(str(found), "")
    if not text and isinstance(found, int | float):
        if not math.isfinite(found):
            return ""
        text = f"Speaker {int(found)}"
    text = text or str(found)
    return " ".join(text.split()) if normal(text) not in ("none", "null", "unknown speaker") else ""


def _start_of(item: Json) -> tuple[float | None, float | None]:
    """Start and end of a record in the file's unit (milliseconds where a key or text says so)."""
    pair = item.get("timestamp") or item.get("timestamps")
    offsets = item.get("offsets")
    if isinstance(offsets, Mapping):
        start, end = _number(offsets.get("from")), _number(offsets.get("to"))
        return (None if start is None else start / 1000, None if end is None else end / 1000)
    if isinstance(pair, list) and pair:
        return _time(pair[0]), _time(pair[1]) if len(pair) > 1 else None
    if isinstance(pair, Mapping):
        return _time(_find(pair, _STARTS)), _time(_find(pair, _ENDS))
    start = _timed(item, _STARTS)
    end = _timed(item, _ENDS)
    if end is None and start is not None:
        length = _timed(item, _DURATIONS)
        end = None if length is None else start + length
    if start is None:
        told = _find(item, ("date", "datetime", "created_at"))
        start = _time(told) if isinstance(told, str) and ":" in told else None
    return start, end


_UNIT = re.compile(r"(?:in)?(?:seconds|secs?|milliseconds|millis|ms)$")


def _timed(item: Json, names: Sequence[str]) -> float | None:
    for key, value in item.items():
        spelled = _key(key)
        bare = spelled.replace("_", "")
        plain = _UNIT.sub("", bare)
        if spelled not in names and bare not in names and plain not in names:
            continue
        found = _time(value)
        if found is None:
            continue
        if "tick" in bare:
            return found / 1e7
        if bare.endswith(("ms", "milliseconds", "millis")) and bare not in ("items",):
            return found / 1000
        return found
    return None


def _time(value: Any) -> float | None:
    """Read seconds out of a number, ``"4.0"``, ``"4.2s"``, ``"00:00:04,000"`` or ``"PT4.2S"``."""
    if not isinstance(value, str):
        if isinstance(value, Mapping):
            if "relative" in value:
                return _number(value["relative"])
            if not value.keys() & {"seconds", "nanos"}:
                return None
            seconds = _time(value.get("seconds", 0))
            nanos = _number(value.get("nanos", 0))
            return None if seconds is None else seconds + (nanos or 0) / 1e9
        return _number(value)
    text = value.strip()
    if re.fullmatch(r"\d{1,14}(?:\.\d+)?s?", text):
        return float(text.rstrip("s"))
    iso = re.fullmatch(r"PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?", text)
    if iso and text != "PT":
        return int(iso[1] or 0) * 3600 + int(iso[2] or 0) * 60 + float(iso[3] or 0)
    found = milliseconds(re.sub(r"(\.\d{3})\d+", r"\1", text))
    return None if found is None else found / 1000


def _number(value: Any) -> float | None:
    """Read a finite number; JSON of Python's may hold NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _record(item: Json, names: Mapping[str, str]) -> _Record:
    start, end = _start_of(item)
    text = _find(item, _TEXTS)
    text = text if isinstance(text, str) else _nested_text(item)
    parts = _parts_of(item) if start is None else ()
    if parts:
        start, end = _start_of(parts[0])[0], _start_of(parts[-1])[1]
    return _Record(start, end, text, _label(item, names), item, _words(item, names))


def _words(
    item: Json, names: Mapping[str, str]
) -> tuple[tuple[float | None, float | None, str, float | None, str], ...]:
    listed = item.get("words") or item.get("tokens") or item.get("result")
    made = []
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, Mapping):
            return ()
        text = _find(entry, ("punctuated_word", "word", "text", "content", "value", "display"))
        if not isinstance(text, str):
            return ()
        start, end = _start_of(entry)
        sure = next(
            (each for key in _SURENESS if (each := _number(entry.get(key))) is not None), None
        )
        made.append((start, end, text, sure, _label(entry, names)))
    return tuple(made)


def _joined(records: list[_Record]) -> list[_Record]:
    """Join records that are single words into sentences of one speaker."""
    texts: list[_Record] = []
    space = ""
    for each in records:
        if each.text.strip():
            texts.append(replace(each, text=space + each.text))
        space = " " if each.text and not each.text.strip() else ""
    if not texts or sum(len(each.text.split()) < 2 for each in texts) < 0.9 * len(texts):
        return records
    if len(texts) < 12:
        return records
    return _turns(
        [(e.start, e.end, e.text, _number(e.item.get("confidence")), e.label) for e in texts]
    )


def _turns(
    words: Sequence[tuple[float | None, float | None, str, float | None, str]],
) -> list[_Record]:
    """Group words in turns: a new one where the speaker changes or, after long, a sentence ends."""
    words = _whole_words(words)
    made: list[_Record] = []
    bunch: list[tuple[float | None, float | None, str, float | None, str]] = []

    def close() -> None:
        if bunch:
            text = " ".join(word[2].strip() for word in bunch)
            made.append(_Record(bunch[0][0], bunch[-1][1], text, bunch[0][4], {}, tuple(bunch)))
            bunch.clear()

    for word in words:
        if (bunch and word[4] and bunch[0][4] and word[4] != bunch[0][4]) or (
            len(bunch) >= _LONGEST_TURN and _SENTENCE.search(bunch[-1][2].strip())
        ):
            close()
        bunch.append(word)
    close()
    return made


def _whole_words(
    tokens: Sequence[tuple[float | None, float | None, str, float | None, str]],
) -> Sequence[tuple[float | None, float | None, str, float | None, str]]:
    """Join tokens that are pieces of words, where a space tells which begin one."""
    spaced = sum(token[2][:1].isspace() for token in tokens)
    if not 0.2 * len(tokens) < spaced < len(tokens):
        return tokens
    made: list[tuple[float | None, float | None, str, float | None, str]] = []
    for start, end, text, sure, label in tokens:
        if made and not text[:1].isspace() and made[-1][4] == label and text.strip():
            before = made[-1]
            made[-1] = (before[0], end, before[2] + text.rstrip(), before[3], label)
        elif text.strip():
            made.append((start, end, text, sure, label))
    return made


# -- services with shapes of their own -----------------------------------------------------------


def _aws(data: Json) -> list[_Record]:
    """Read Amazon Transcribe: segments of sound with text, or items, punctuation among them."""
    results = data.get("results")
    if not isinstance(results, Mapping) or not isinstance(results.get("items"), list):
        return []
    parts = results.get("audio_segments")
    if isinstance(parts, list) and parts and all(isinstance(p, Mapping) for p in parts):
        return [_record(part, {}) for part in parts]
    spoken: dict[str, str] = {}
    told = results.get("speaker_labels")
    for segment in told.get("segments", ()) if isinstance(told, Mapping) else ():
        for item in segment.get("items", ()) if isinstance(segment, Mapping) else ():
            spoken[str(item.get("start_time"))] = str(item.get("speaker_label", ""))
    return _turns(_punctuated(results["items"], spoken)) or _whole(results.get("transcripts"))


def _whole(transcripts: Any) -> list[_Record]:
    """Read the bare text of a file whose items are empty."""
    listed = transcripts if isinstance(transcripts, list) else []
    texts = [t.get("transcript") for t in listed if isinstance(t, Mapping)]
    return [_Record(None, None, text, "", {}) for text in texts if isinstance(text, str) and text]


def _punctuated(
    items: Sequence[Any], spoken: Mapping[str, str]
) -> list[tuple[float | None, float | None, str, float | None, str]]:
    words: list[tuple[float | None, float | None, str, float | None, str]] = []
    for item in items:
        if not isinstance(item, Mapping):
            continue
        best = item.get("alternatives")
        first = best[0] if isinstance(best, list) and best and isinstance(best[0], Mapping) else {}
        text = first.get("content") or item.get("value") or ""
        text = text if isinstance(text, str) else ""
        if item.get("type") in ("punctuation", "punct") and words:
            start, end, before, sure, label = words[-1]
            words[-1] = (start, end, before + text.strip(), sure, label)
        elif text.strip():
            start, end = _start_of(item)
            label = (
                _label(item, {}) or _label(first, {}) or spoken.get(str(item.get("start_time")), "")
            )
            words.append((start, end, text, _time(first.get("confidence")), label))
    return words


def _speechmatics(data: Json) -> list[_Record]:
    """Read Speechmatics: results with type, times and alternatives."""
    results = data.get("results")
    if not isinstance(results, list) or not results or not isinstance(results[0], Mapping):
        return []
    if "type" not in results[0] or "alternatives" not in results[0]:
        return []
    return _turns(_punctuated(results, {}))


def _deepgram(data: Json) -> list[_Record]:
    """Read Deepgram: utterances, paragraphs or words, whichever the file has."""
    results = data.get("results")
    if not isinstance(results, Mapping) or not isinstance(results.get("channels"), list):
        return []
    utterances = results.get("utterances")
    if isinstance(utterances, list) and utterances:
        return [_record(each, {}) for each in utterances if isinstance(each, Mapping)]
    found: list[_Record] = []
    for channel in results["channels"]:
        best = channel.get("alternatives") if isinstance(channel, Mapping) else None
        first = best[0] if isinstance(best, list) and best and isinstance(best[0], Mapping) else {}
        words = _words(first, {})
        if words:
            found += _turns(words)
            continue
        parts = first.get("paragraphs")
        parts = parts.get("paragraphs") if isinstance(parts, Mapping) else None
        found += [_record(p, {}) for p in parts or () if isinstance(p, Mapping)]
    return sorted(found, key=lambda each: each.start or 0.0)


def _rev(data: Json) -> list[_Record]:
    """Read Rev: monologues of elements, whose blanks and marks are elements too."""
    monologues = data.get("monologues")
    if not isinstance(monologues, list):
        return []
    names = _names(data)
    found: list[_Record] = []
    for each in monologues:
        if not isinstance(each, Mapping) or not isinstance(each.get("elements"), list):
            continue
        words = [w for w in _punctuated(each["elements"], {}) if w[2].strip()]
        text = "".join(str(e.get("value", "")) for e in each["elements"] if isinstance(e, Mapping))
        if words:
            label = _label(each, names)
            found.append(_Record(words[0][0], words[-1][1], text, label, {}, tuple(words)))
    return found


def _google(data: Json) -> list[_Record]:
    """Read Google: results of alternatives; with speakers, the last result repeats every word."""
    inner = data.get("response")
    results = (inner if isinstance(inner, Mapping) else data).get("results")
    if not isinstance(results, list):
        return []
    firsts = []
    for result in results:
        best = result.get("alternatives") if isinstance(result, Mapping) else None
        if isinstance(best, list) and best and isinstance(best[0], Mapping):
            firsts.append((best[0], result))
    if not any("transcript" in first for first, _ in firsts):
        return []
    told = [_words(first, {}) for first, _ in firsts]
    if told and told[-1] and all(word[4] for word in told[-1]):
        earlier = sum(map(len, told[:-1]))
        if 10 * len(told[-1]) >= 9 * earlier:
            return _turns(told[-1])
        if all(word[4] for words in told for word in words):  # each result has words of its own
            return _turns(tuple(word for words in told for word in words))
    found: list[_Record] = []
    before = 0.0
    for first, result in firsts:
        words = _words(first, {})
        until = _time(_find(result, ("resultendtime", "resultendoffset", "result_end_time")))
        start, end = (words[0][0], words[-1][1]) if words else (before, until)
        before = until or end or before
        text = first.get("transcript")
        label = (
            _label(result, {}) if "channelTag" not in result else f"Channel {result['channelTag']}"
        )
        if isinstance(text, str) and text.strip():
            found.append(_Record(start, end, text, label, {}, words))
    return found


def _azure(data: Json) -> list[_Record]:
    """Read Azure: recognised phrases with an offset and a duration each."""
    phrases = data.get("recognizedPhrases") or data.get("phrases")
    if not isinstance(phrases, list):
        return []
    found: list[_Record] = []
    for phrase in phrases:
        if not isinstance(phrase, Mapping):
            continue
        ticks, length = _number(phrase.get("offsetInTicks")), _number(phrase.get("durationInTicks"))
        record = _record(phrase, {})
        if ticks is not None:
            end = None if length is None else (ticks + length) / 1e7
            record = replace(record, start=ticks / 1e7, end=end)
        found.append(record)
    return sorted(found, key=lambda each: each.start or 0.0)


# -- from records to segments --------------------------------------------------------------------


def _unit(records: Sequence[_Record], name: str) -> tuple[float, float, list[Issue]]:
    """Find the milliseconds per unit, and what to subtract: milliseconds that read as seconds would
    be an absurd pace of speech; times of the clock on the wall count from the first.
    """
    starts = [each.start for each in records if each.start is not None]
    if not starts:
        return 1000.0, 0.0, []
    ends = [each.end for each in records if each.end is not None]
    words = sum(len(each.text.split()) for each in records) or 1
    length = max([*starts, *ends]) - min(starts)
    spoken = sum(e.end - e.start for e in records if e.start is not None and e.end is not None)
    whole = all(float(start).is_integer() for start in starts)
    paces = [
        (after.start - each.start) / max(1, len(each.text.split()))
        for each, after in pairwise(records)
        if each.start is not None and after.start is not None
    ]
    # Where no ends are told, a break of an hour must not count as slow speech.
    seconds = spoken or (words * sorted(paces)[len(paces) // 2] if paces else length)
    scale = 1000.0
    if any(":" in str(value) for each in records[:5] for value in _starts_in(each.item)):
        whole = False  # a clock says what it counts
    if whole and (seconds / words > 30 or length / words > 300) and length >= 1000:
        scale = 1.0
    if whole and min(starts) > 1e11:
        scale = 1.0
    if whole and seconds / words > 2_500 and any("start_offset" in e.item for e in records[:5]):
        scale = 1 / 16  # Otter counts samples of 16 kHz
    if whole and scale == 1.0 and seconds / words > 400_000:
        scale = 1e-4  # ticks of 100 ns
    if min(starts) * scale < _EPOCH:
        return scale, 0.0, []
    shift = min(starts)
    message = "times are those of a clock (seconds since 1970); they were counted from the first."
    remedy = "Check that the recording begins with the first passage."
    return scale, shift, [Issue("warning", name, message, remedy)]


def _starts_in(item: Json) -> Iterator[Any]:
    return (value for key, value in item.items() if _key(key).replace("_", "") in _STARTS)


def _segments(record: _Record, scale: float, shift: float, code: str) -> list[Segment] | None:
    """Make the segments of a record, cut where the speaker of the words changes; nothing if its
    times cannot be read.
    """
    text = " ".join(record.text.split())
    tongue = language(_string(record.item, "language")) or code

    def at(value: float) -> int:
        return max(0, round((value - shift) * scale))

    start = record.start
    if start is None:
        start = next((word[0] for word in record.words if word[0] is not None), None)
    if start is None:
        return None
    end = record.end if record.end is not None else start
    span = Span(at(start), max(at(start), at(end)))
    words = _measured(record, text, span, at)
    if not words:
        if not text:
            return []
        sure = _certainty(record.item)
        spaced = spread(text.split(), span, sure)
        return [Segment(span, spaced, record.label, tongue, "interpolated")]
    labels = _labels_of_words(record)
    made: list[Segment] = []
    begin = 0
    for n in range(1, len(words) + 1):
        if n == len(words) or labels[n] != labels[begin]:
            part = words[begin:n]
            first = span.start if begin == 0 else part[0].span.start
            last = span.end if n == len(words) else part[-1].span.end
            kept: Timing = "measured"
            cut = Span(first, max(first, last)) if len(set(labels)) == 1 else _around(part)
            made.append(Segment(cut, tuple(part), labels[begin], tongue, kept))
            begin = n
    return made


def _around(words: Sequence[Word]) -> Span:
    return Span(words[0].span.start, max(words[0].span.start, words[-1].span.end))


def _labels_of_words(record: _Record) -> list[str]:
    """Find the speaker of every word; words without one go with their neighbours."""
    labels = [word[4] for word in record.words]
    if not any(labels):
        return [record.label] * len(labels)
    for order in (range(len(labels)), range(len(labels) - 1, -1, -1)):
        before = ""
        for n in order:
            labels[n] = labels[n] or before
            before = labels[n]
    return labels


def _measured(record: _Record, text: str, span: Span, at: Any) -> list[Word]:
    """Read the words with their own times if they spell the record's text; a word without a time (a
    number that was not aligned) stands between its neighbours.
    """
    if not record.words or not any(word[0] is not None for word in record.words):
        return []
    spelled = [word[2] for word in record.words]
    joined = "".join("".join(spelled).split())
    if joined != "".join(text.split()):
        return []
    if " ".join("".join(spelled).split()) != text:
        # Some programs leave out the leading spaces that openai-whisper writes.
        spelled = [f" {word.strip()}" for word in spelled]
        if "".join(spelled).strip() != text:
            return []
    starts = [word[0] for word in record.words]
    ends = [word[1] for word in record.words]
    known = sum(
        start is not None and end is not None for start, end in zip(starts, ends, strict=True)
    )
    if known < 0.5 * len(starts):
        return []
    made: list[Word] = []
    floor = span.start
    for n, word in enumerate(record.words):
        start, end = starts[n], ends[n]
        first = at(start) if start is not None else floor
        following = next((at(s) for s in starts[n + 1 : n + 9] if s is not None), span.end)
        last = at(end) if end is not None else max(first, following)
        sure = 1.0 if word[3] is None else min(1.0, max(0.0, word[3]))
        made.append(Word(Span(first, max(first, last)), spelled[n], sure))
        floor = max(first, last)
    return made


def _certainty(item: Json) -> float:
    """Return the confidence of words without one of their own: the segment's mean probability."""
    found = _number(item.get("avg_logprob"))
    return 1.0 if found is None else min(1.0, math.exp(min(0.0, found)))


def _issues(segments: list[Segment], broken: list[int], name: str) -> list[Issue]:
    issues: list[Issue] = []
    if broken:
        message = f"{len(broken)} segment(s) without readable times were left out."
        remedy = "Give them a start and an end in seconds, or export the file again."
        issues.append(Issue("warning", name, message, remedy, f"segment {broken[0] + 1}"))
    pairs = pairwise(segments)
    back = [n for n, (one, two) in enumerate(pairs, 2) if two.span.start < one.span.start]
    if back:
        message = "times go backwards; the segments were put in order of time."
        remedy = "If words stand in the wrong place, export the file again or correct the times."
        issues.append(Issue("warning", name, message, remedy, f"segment {back[0]}"))
    if not segments:
        message = "there is no text in any segment."
        issues.append(Issue("warning", name, message, "Check that this is the right file."))
    return issues


def _string(item: Json, key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
