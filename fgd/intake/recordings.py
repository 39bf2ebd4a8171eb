"""Choose the recordings of a session, in order, and what stands in for what."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fgd.core.files import DOCUMENTS, MEDIA, printable
from fgd.core.text import language, normal
from fgd.intake.transcripts import read_transcript
from fgd.model import Issue, Recording

# Zoom writes meeting.transcript.vtt and meeting.cc.vtt, others meeting.en.vtt.
_EXTRA = re.compile(
    r"(?:[._ -](?:transcript|transcription|captions?|cc|subtitles?|subs|corrected|final|edited|"
    r"otter_ai|original)|[._](?:[a-z]{2,3}(?:[-_][a-z]{2,4})?))$"
)
_TONGUE = re.compile(r"[._ -]([a-z]{2,3})(?:[-_][a-z]{2,4})?$|[._ (-]([a-z]{4,12})\)?$")
# Zoom and others save one meeting as several films and sounds.
_RENDERING = re.compile(
    r"(?:[_ -]+(?:\d{3,4}x\d{3,4}|gallery(?:_view)?|avo|gvo|as|active_speaker|speaker(?:_view)?|"
    r"shared_screen(?:_with_(?:speaker|gallery)_view)?(?:\(cc\))?|screen(?:share)?|sharing|audio_only|"
    r"audio|video|only|hd|sd|1080p|720p|360p|low|high|compressed))+$"
)
_OLD_ZOOM = re.compile(
    r"^(?:audio_only|zoom|audio|video|playback|double_click_to_convert)[_-]?\d*$"
)
_SAME = 2_000
"""Milliseconds by which two files of one meeting may differ in length."""
# Where several transcripts stand beside one recording: the one that keeps most of times and names.
_RANK = (
    ".vtt", ".srt", ".json", ".eaf", ".textgrid", ".ttml", ".dfxp", ".otr", ".ass", ".ssa", ".sbv",
    ".cha", ".tsv", ".xlsx", ".csv", ".docx", ".odt", ".rtf", ".html", ".htm", ".md", ".markdown",
    ".txt", ".jsonl", ".xml", ".pdf",
)  # fmt: skip
_SOUNDS = (".wav", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".aac")
_ID_LENGTH = 12


@dataclass(slots=True)
class Chosen:
    """The recordings in order; ``stand_ins`` maps a recording to the transcript used for it."""

    paths: list[Path]
    stand_ins: dict[Path, Path] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def choose(
    candidates: Sequence[Path],
    listed: Sequence[str],
    settings: str,
    *,
    languages: Sequence[str] = (),
    people: Sequence[str] = (),
) -> Chosen:
    """Choose the files ``session.toml`` lists, else all of them; transcripts joined to their sound.

    Of several renderings of one meeting, and of several transcripts of one talk, one is taken;
    ``languages`` are the session's, ``people`` the names on the roster. Files in folders of tables
    are chosen folder by folder.
    """
    folders = dict.fromkeys(path.parent for path in candidates)
    if len(folders) == 1 or listed:
        return _choose(candidates, listed, settings, languages, people)
    every = Chosen([])
    for folder in folders:
        mine = [path for path in candidates if path.parent == folder]
        chosen = _choose(mine, listed, settings, languages, people)
        every.paths += chosen.paths
        every.stand_ins |= chosen.stand_ins
        every.issues += chosen.issues
    return every


def _choose(
    candidates: Sequence[Path],
    listed: Sequence[str],
    settings: str,
    languages: Sequence[str],
    people: Sequence[str],
) -> Chosen:
    chosen = _listed(candidates, listed, settings) if listed else Chosen(list(candidates))
    if not listed:
        _leave_documents(chosen)
    meetings: dict[str, list[Path]] = {}
    for path in chosen.paths:
        if path.suffix.lower() in MEDIA:
            meetings.setdefault(_meeting(path), []).append(path)
    for paths in meetings.values():
        kept = paths if listed else _one_rendering(paths, chosen, settings)
        stems = {_stem(path) for path in paths} | {_meeting(path) for path in paths}
        for sound in kept:
            mine = stems if len(kept) == 1 else {_stem(sound)}
            texts = [p for p in chosen.paths if _is_text(p) and _text_stems(p) & mine]
            _stand_in(sound, texts, chosen, languages)
    if not listed:
        _one_text_each(chosen, languages)
        _pair_alone(chosen, languages)
        if not _one_language(chosen, languages):
            _warn_of_tracks(chosen, people)
    return chosen


def _leave_documents(chosen: Chosen) -> None:
    """Leave out documents beside recordings, unless called or laid out like transcripts."""
    sure = [p for p in chosen.paths if p.suffix.lower() not in DOCUMENTS]
    stems = {_stem(path) for path in sure} | {_meeting(path) for path in sure}
    for path in [p for p in chosen.paths if p.suffix.lower() in DOCUMENTS]:
        if _text_stems(path) & stems or _is_laid_out(path):
            continue
        if not sure and path.suffix.lower() not in (".csv", ".tsv", ".xlsx", ".xml", ".jsonl"):
            continue
        chosen.paths.remove(path)
        message = "this was not taken for a transcript and was left aside."
        remedy = "If it is one, give it the name of its recording, or list it under recordings."
        chosen.issues.append(Issue("note", printable(path.name), message, remedy))


def _is_laid_out(path: Path) -> bool:
    """Tell whether a document reads as turns with labels or times: most of them."""
    found, _ = read_transcript(path, Recording("", path.name, "", "transcript"))
    labelled = sum(bool(segment.label) for segment in found.segments)
    people = {segment.label for segment in found.segments if segment.label}
    timed = found.timed and len(found.segments) > 1
    if timed and path.suffix.lower() not in (".pdf", ".md", ".markdown"):
        return True
    most = labelled >= 0.6 * max(1, len(found.segments))
    return most and (timed or len(people) > 1)


def length_of(path: Path) -> int:
    """Read the length of a sound or film in milliseconds from its header; 0 if it has none."""
    try:
        facts = path.stat()
    except OSError:
        return 0
    known = (path, facts.st_size, facts.st_mtime_ns)
    if known not in _LENGTHS:
        _LENGTHS[known] = _told_length(path)
    return _LENGTHS[known]


_LENGTHS: dict[tuple[Path, int, int], int] = {}
"""Lengths by path, size and time of change: a folder is read many times in one process."""


def _told_length(path: Path) -> int:
    import av

    try:
        with av.open(str(path)) as container:
            if container.duration:
                return int(container.duration) // 1000
            stream = next(iter(container.streams.audio), None)
            if stream is not None and stream.duration and stream.time_base:
                return int(stream.duration * stream.time_base * 1000)
    except (av.FFmpegError, OSError, ValueError):
        return 0
    return 0


def _meeting(path: Path) -> str:
    """Return what the files of one meeting have in common in their names."""
    stem = _same(path.stem).casefold()
    bare = _RENDERING.sub("", stem)
    return "meeting" if _OLD_ZOOM.match(stem) else bare


def _one_rendering(paths: list[Path], chosen: Chosen, settings: str) -> list[Path]:
    """Keep one of several renderings of a meeting if their lengths agree; else all, and warn."""
    if len(paths) == 1:
        return paths
    lengths = {path: length_of(path) for path in paths}
    known = [length for length in lengths.values() if length]
    ordered = sorted(
        paths,
        key=lambda p: (p.suffix.lower() not in _SOUNDS, paths.index(p)),
    )
    names = " and ".join(printable(path.name) for path in paths)
    if len(known) == len(paths) and max(known) - min(known) <= _SAME:
        best, *others = ordered
        for other in others:
            message = (
                f"this has the length and the name of {printable(best.name)} and was left aside."
            )
            remedy = f"If it is another talk, list both in {settings} (recordings)."
            chosen.issues.append(Issue("note", printable(other.name), message, remedy))
        chosen.paths = [path for path in chosen.paths if path not in others]
        return [best]
    message = f"{names} have the same name and are both read."
    if known and len(known) == len(paths):
        message = f"{names} have the same name and different lengths; all are read."
    remedy = f"If they are one recording, list one of them in {settings} (recordings)."
    chosen.issues.append(Issue("warning", printable(paths[0].name), message, remedy))
    return paths


def _one_language(chosen: Chosen, languages: Sequence[str]) -> bool:
    """Keep, of sounds of one length whose names end with languages, the one in a language of the
    session: the others are its interpretations. Tells whether there are any.
    """
    met = False
    talks: dict[str, list[Path]] = {}
    for path in chosen.paths:
        if path.suffix.lower() in MEDIA:
            found = _TONGUE.search(_stem(path))
            talks.setdefault(_stem(path)[: found.start()] if found else "", []).append(path)
    for paths in talks.values():
        tongues = {path: _tongue(path) for path in paths}
        lengths = [length_of(path) for path in paths]
        if sum(map(bool, tongues.values())) < 2 or not all(lengths):
            continue
        if max(lengths) - min(lengths) > _SAME:
            continue
        met = True
        spoken = [path for code in languages for path in paths if tongues[path] == code]
        if not spoken:
            names = ", ".join(printable(path.name) for path in paths)
            message = f"{names} look like one talk with its interpretations; all of them are read."
            remedy = "Write languages into session.toml, or list one of them under recordings."
            chosen.issues.append(Issue("warning", printable(paths[0].name), message, remedy))
            continue
        for other in [path for path in paths if path != spoken[0]]:
            message = (
                f"this has the length of {printable(spoken[0].name)}, which is in a language of "
                "the session and is read; this was left aside."
            )
            remedy = "If it is another talk, list both under recordings."
            chosen.issues.append(Issue("warning", printable(other.name), message, remedy))
            chosen.paths.remove(other)
    return met


def _pair_alone(chosen: Chosen, languages: Sequence[str]) -> None:
    """Pair one sound with one transcript of its length, whatever they are called."""
    if len(chosen.paths) != 2 or chosen.stand_ins:
        return
    text, sound = sorted(chosen.paths, key=lambda path: path.suffix.lower() in MEDIA)
    length = length_of(sound) if sound.suffix.lower() in MEDIA and _is_text(text) else 0
    if not length:
        return
    read, _ = read_transcript(text, Recording("", text.name, "", "transcript"))
    end = max((segment.span.end for segment in read.segments), default=0)
    if read.timed and 0.6 * length <= end <= length + _SAME:
        _stand_in(sound, [text], chosen, languages)
        message = f"this has the length of {printable(sound.name)} and was taken for its words."
        remedy = "If they are two talks, list both under recordings in session.toml."
        chosen.issues.append(Issue("warning", printable(text.name), message, remedy))
    elif not read.timed and read.segments:
        message = (
            f"this may hold the words of {printable(sound.name)}; both are read, as two talks."
        )
        remedy = "If they are one talk, give both the same name."
        chosen.issues.append(Issue("warning", printable(text.name), message, remedy))


def _warn_of_tracks(chosen: Chosen, people: Sequence[str]) -> None:
    """Warn of sounds of equal length that are called after people: one microphone each."""
    names = {word for name in people for word in normal(name).split() if len(word) > 2}

    def called(path: Path) -> bool:
        stem = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", path.stem.replace("_", " "))
        return bool(set(re.split(r"[\W_\d]+", normal(stem))) & names)

    texts = [path for path in chosen.paths if _is_text(path) and called(path)]
    if len(texts) > 1 and len(texts) == len(chosen.paths):
        message = (
            f"{len(texts)} transcripts have names of people: they look like one talk with a file "
            "for each speaker. They are read one after the other."
        )
        remedy = "If they are one talk, put them into one file in order of time."
        chosen.issues.append(Issue("warning", printable(texts[0].name), message, remedy))
    sounds = [path for path in chosen.paths if path.suffix.lower() in MEDIA]
    if len(sounds) < 2:
        return
    lengths = [length_of(path) for path in sounds]
    if not all(lengths) or max(lengths) - min(lengths) > _SAME or min(lengths) < 5_000:
        return
    message = f"{len(sounds)} files have the same length"
    if sum(map(called, sounds)) >= 0.5 * len(sounds):
        message += " and names of people: they look like one talk with a file for each speaker."
    else:
        message += "; they may be one talk recorded several times, or with a file for each speaker."
    remedy = (
        "They are read one after the other. If they are one talk, join them first: fgd join-tracks "
        "writes one file with a channel for each."
    )
    chosen.issues.append(Issue("warning", printable(sounds[0].name), message, remedy))


def _one_text_each(chosen: Chosen, languages: Sequence[str]) -> None:
    """Keep one of several transcripts of one talk without its sound."""
    talks: dict[str, list[Path]] = {}
    for path in chosen.paths:
        if _is_text(path):
            talks.setdefault(_stem(path), []).append(path)
    for texts in talks.values():
        best, *others = sorted(texts, key=lambda path: _preference(path, languages))
        for other in others:
            message = f"{printable(best.name)} is the same talk and is read; this was left aside."
            remedy = "Keep the better of the two, or list both under recordings."
            chosen.issues.append(Issue("warning", printable(other.name), message, remedy))
        chosen.paths = [path for path in chosen.paths if path not in others]


def identify(
    paths: Sequence[Path],
    stand_ins: Mapping[Path, Path],
    digest: Callable[[Path], str],
    home: Path | None = None,
) -> tuple[tuple[Recording, ...], list[Issue]]:
    """Identify recordings by the hash of their bytes; of files with the same bytes, one is kept.

    Those in a folder of a table, below ``home``, are named with that folder.
    """

    def called(path: Path) -> str:
        below = home is not None and path.parent != home and path.parent.parent == home
        return f"{path.parent.name}/{path.name}" if below else path.name

    found: dict[str, Recording] = {}
    issues: list[Issue] = []
    for path in paths:
        path, sha256 = _readable(path, stand_ins, digest, issues)
        name = printable(path.name)
        if not sha256:
            continue
        if sha256 in found:
            message = f"this is the same file as {printable(found[sha256].name)}; one is used."
            issues.append(Issue("warning", name, message, "Delete one of the two."))
            continue
        transcript = called(stand_ins[path]) if path in stand_ins else ""
        found[sha256] = Recording(
            id=sha256[:_ID_LENGTH],
            name=called(path),
            sha256=sha256,
            kind="transcript" if _is_text(path) else "audio",
            transcript=transcript,
        )
    return tuple(found.values()), issues


def _readable(
    path: Path,
    stand_ins: Mapping[Path, Path],
    digest: Callable[[Path], str],
    issues: list[Issue],
) -> tuple[Path, str]:
    """Hash a file; take its transcript where the sound cannot be read; no hash for neither."""
    for each in (path, *([stand_ins[path]] if path in stand_ins else [])):
        try:
            return each, digest(each)
        except OSError as problem:
            message = f"the file cannot be read ({problem.strerror or problem})."
            remedy = "Give yourself permission to read it, or copy it again."
            issues.append(Issue("error", printable(each.name), message, remedy))
    return path, ""


def _listed(candidates: Sequence[Path], listed: Sequence[str], settings: str) -> Chosen:
    by_name = {_same(f"{path.parent.name}/{path.name}"): path for path in candidates}
    by_name |= {_same(path.name): path for path in candidates}
    chosen = Chosen([])
    for name in listed:
        path = by_name.get(_same(name))
        if path is None:
            near = difflib.get_close_matches(_same(name), by_name, n=1, cutoff=0.6)
            message = f"recordings lists {printable(name)!r}, and there is no such recording here."
            remedy = f"Did you mean {printable(near[0])!r}?" if near else "Correct the name."
            chosen.issues.append(Issue("error", settings, message, remedy))
        elif path in chosen.paths:
            message = f"recordings lists {printable(name)!r} twice; it is used once."
            chosen.issues.append(Issue("warning", settings, message, "Write it once."))
        else:
            chosen.paths.append(path)
    for path in candidates:
        if path not in chosen.paths:
            message = f"left aside because {settings} lists the recordings."
            remedy = "Add its name to recordings if it belongs to the session."
            chosen.issues.append(Issue("warning", printable(path.name), message, remedy))
    return chosen


def _stand_in(sound: Path, texts: Sequence[Path], chosen: Chosen, languages: Sequence[str]) -> None:
    """Let the best transcript of a recording take the place of hearing it."""
    if not texts:
        return
    best, *others = sorted(texts, key=lambda path: _preference(path, languages))
    chosen.stand_ins[sound] = best
    message = f"this transcript is used instead of hearing {printable(sound.name)}."
    remedy = "The sound still serves for clips and voices."
    chosen.issues.append(Issue("note", printable(best.name), message, remedy))
    for other in others:
        message = f"{printable(best.name)} is used already; this transcript was left aside."
        remedy = "Keep the better of the two."
        chosen.issues.append(Issue("warning", printable(other.name), message, remedy))
    chosen.paths = [path for path in chosen.paths if path not in texts]


def _preference(path: Path, languages: Sequence[str]) -> tuple[int, int, int]:
    """Order transcripts: a language of the session first, then those that keep times and names."""
    tongue = _tongue(path)
    spoken = languages.index(tongue) if tongue in languages else len(languages)
    live = int(bool(re.search(r"[._]cc$", path.stem.casefold())))
    suffix = path.suffix.lower()
    return (
        spoken if tongue and languages else 0,
        live,
        _RANK.index(suffix) if suffix in _RANK else 99,
    )


def _tongue(path: Path) -> str:
    found = _TONGUE.search(_same(path.stem).casefold())
    return language(found[1] or found[2]) if found else ""


def _is_text(path: Path) -> bool:
    return path.suffix.lower() not in MEDIA


def _same(name: str) -> str:
    """Compare file names as people see them: macOS decomposes letters with accents."""
    return unicodedata.normalize("NFC", name)


def _stem(path: Path) -> str:
    stem = _same(path.stem).casefold()
    if not _is_text(path):
        return stem
    bare = _EXTRA.sub("", stem)
    # "meeting.en" names a language; "mr.an" may not.
    tail = re.match(r"[._]([a-z]{2,3})(?:[-_][a-z]{2,4})?$", stem[len(bare) :])
    if tail and tail[1] != "cc" and not language(tail[1]):
        return stem
    return bare or stem


def _text_stems(path: Path) -> set[str]:
    """List the names a recording of this transcript may have."""
    stem = _stem(path)
    return {stem, _RENDERING.sub("", stem), _EXTRA.sub("", stem)}
