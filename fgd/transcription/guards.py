"""Doubt heard text, and find speech without words: named and kept beside it; nothing is deleted.

Whisper's own tests judge a whole window by averages, and loops come with high confidence, so
these look at the text itself and at the sound under it. What each looks for was reported from
practice: loops and phrases that nobody said (Koenecke et al. 2024, arXiv 2402.08021; Baranski
et al. 2025, arXiv 2501.11378), prompts printed as text, and speaker tags made up at the start of
a window.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fgd.model import Coverage, Flag, Segment, Span, Word
from fgd.transcription.transcriber import Heard

# People read aloud at 3 words a second; nobody articulates twice that for a whole segment.
FASTEST_WORDS = 6.0
FASTEST_LETTERS = 28.0
SLOWEST_WORDS = 0.4
# A phrase said four times in a row is a loop; three times happens in speech.
REPEATS = 4
ECHO_LENGTH = 4
LEAST_LOG_PROBABILITY = -1.0

SILENCE_PHRASES = frozenset(
    "you|thank you|thank you very much|thank you so much|thanks|thanks for watching|bye|bye bye|"
    "thank you for watching|thank you for your attention|please subscribe|"
    "thanks for watching please subscribe|see you next time|see you in the next video|"
    "subtitles by the amara org community|subtitles by|transcription by castingwords|"
    "the end|okay|so|oh|hmm|i m sorry|music|applause|silence|"
    "terima kasih|terima kasih telah menonton|terima kasih kerana menonton|"
    "cảm ơn các bạn đã theo dõi|hãy subscribe cho kênh|cảm ơn|"
    "salamat po|maraming salamat|ขอบคุณครับ|ขอบคุณค่ะ|ขอบคุณ".split("|")
)
_TAG = re.compile(
    r"^\s*(?:>>+|[-–]|\[[^\]]{1,30}\]:?|\([A-Z][^)]{1,30}\):|(?:[A-Z][\w.'’-]*\s){0,3}[A-Z][\w.'’-]*:)"
    r"(?=\s|$)"
)
_WORD = re.compile(r"[\w'’]+")


def plain(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return _WORD.findall(text.lower().replace("’", "'"))


def flags(
    segment: Segment, heard: Heard, speech: Sequence[Span], terms: Sequence[str], *, first: bool
) -> tuple[Flag, ...]:
    """List every doubt about one segment.

    Args:
        segment: with times in the recording.
        heard: the window it came from.
        speech: where speech was detected in the recording.
        terms: the names and terms that were given as a prompt.
        first: whether the segment opens its window.
    """
    doubts = [
        _repetition(segment, heard),
        _rate(segment),
        _echo(segment, terms),
        _tag(segment) if first else "",
        _silence_phrase(segment, heard, speech),
        _unlikely(heard),
        _undeclared(heard),
    ]
    kinds = (
        "repetition", "speech-rate", "prompt-echo", "speaker-tag", "silence-phrase",
        "low-confidence", "undeclared-language",
    )  # fmt: skip
    return tuple(Flag(kind, why) for kind, why in zip(kinds, doubts, strict=True) if why)


def repeats(words: Sequence[str]) -> str:
    """Find the phrase that stands at least four times in a row, or nothing."""
    for size in range(1, min(12, len(words) // REPEATS) + 1):
        run = 0
        for index in range(size, len(words)):
            run = run + 1 if words[index] == words[index - size] else 0
            if run >= size * (REPEATS - 1):
                return " ".join(words[index - size + 1 : index + 1])
    return ""


def echoes(text: str, terms: Sequence[str]) -> bool:
    """Tell whether a text recites the prompt: four terms in the prompt's order and little else."""
    words = " ".join(plain(text))
    found = [" ".join(plain(term)) for term in terms]
    run = 0
    at = 0
    covered = 0
    for term in found:
        place = words.find(term, at) if term else -1
        if place < 0 or (run and place - at > 3):
            run, at = 0, 0
            place = words.find(term) if term else -1
            if place < 0:
                continue
        run, at, covered = run + 1, place + len(term), covered + len(term)
        if run >= ECHO_LENGTH:
            return True
    return run >= 2 and covered > 0.8 * len(words)


def _repetition(segment: Segment, heard: Heard) -> str:
    phrase = repeats(plain(segment.text))
    if phrase:
        return f"“{phrase}” stands {REPEATS} times or more in a row"
    if heard.compression > 2.4:
        return f"the text compresses by {heard.compression:.1f}, as loops do"
    return ""


def _rate(segment: Segment) -> str:
    seconds = segment.span.duration / 1000
    words = len(plain(segment.text))
    if words < 4:
        return ""
    if seconds == 0 or words / seconds > FASTEST_WORDS:
        letters = sum(len(word) for word in plain(segment.text))
        if seconds == 0 or letters / seconds > FASTEST_LETTERS:
            return f"{words} words in {seconds:.1f} s is faster than people speak"
    if words / seconds < SLOWEST_WORDS:
        return f"{words} words in {seconds:.1f} s is slower than people speak"
    return ""


def _echo(segment: Segment, terms: Sequence[str]) -> str:
    return (
        "the list of names and terms may have been recited" if echoes(segment.text, terms) else ""
    )


def _tag(segment: Segment) -> str:
    match = _TAG.match(segment.text)
    return f"“{match.group().strip()}” may be an invented speaker tag" if match else ""


def _silence_phrase(segment: Segment, heard: Heard, speech: Sequence[Span]) -> str:
    text = " ".join(plain(segment.text)).replace("'", " ")
    if text not in SILENCE_PHRASES:
        return ""
    spoken = shared(segment.span, speech) / max(1, segment.span.duration)
    if spoken < 0.5:
        return f"a phrase often invented in silence; only {spoken:.0%} of it lies in speech"
    if heard.no_speech > 0.5:
        return "a phrase often invented in silence, in a window that sounds like none"
    return ""


def _unlikely(heard: Heard) -> str:
    if heard.log_probability < LEAST_LOG_PROBABILITY:
        return f"every attempt was unlikely (mean log-probability {heard.log_probability:.2f})"
    return ""


def _undeclared(heard: Heard) -> str:
    if not heard.foreign:
        return ""
    return (
        f"this sounds like another language ({heard.foreign}) than {heard.language}, and was"
        " written in a declared one"
    )


# Speech this close to a word belongs to it: word times and speech edges are both uncertain.
REACH = 300
# Uncovered speech shorter than this is a hum or a cough more often than lost text.
SHORTEST_GAP = 1_000


def coverage(speech: Sequence[Span], words: Iterable[Word]) -> Coverage:
    """Compare speech spans (in order) with words.

    Gaps of at least a second are listed; they are where text is missing.
    """
    reached = merge(Span(max(0, word.span.start - REACH), word.span.end + REACH) for word in words)
    gaps = [gap for gap in subtract(speech, reached) if gap.duration >= SHORTEST_GAP]
    total = sum(span.duration for span in speech)
    return Coverage(total, total - sum(gap.duration for gap in gaps), tuple(gaps))


def merge(spans: Iterable[Span], gap: int = 0) -> tuple[Span, ...]:
    """Unite spans in order of time, joined where at most ``gap`` ms lie between them."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] |= span
        else:
            merged.append(span)
    return tuple(merged)


def subtract(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """Subtract ``taken`` from ``spans``; both in order and not overlapping."""
    left: list[Span] = []
    first = 0
    for span in spans:
        start = span.start
        while first < len(taken) and taken[first].end <= start:
            first += 1
        at = first
        while at < len(taken) and taken[at].start < span.end:
            if taken[at].start > start:
                left.append(Span(start, taken[at].start))
            start = max(start, taken[at].end)
            at += 1
        if start < span.end:
            left.append(Span(start, span.end))
    return tuple(left)


def shared(span: Span, spans: Sequence[Span]) -> int:
    """Count the milliseconds of ``span`` that lie in ``spans``."""
    return sum((span & other).duration for other in spans if other.overlaps(span))
