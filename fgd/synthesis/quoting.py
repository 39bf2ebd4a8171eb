"""Quotes: exact slices of the transcript in force, each pinned by its hash."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fgd.core.nlp import sentences
from fgd.model import Extract, Piece, Quote, Span, Turn
from fgd.synthesis.material import Material, Passage

OMISSION = "[...]"
CONTEXT = 400
"""Characters of the same turn shown before and after a quote."""

SURE = 90.0
"""Similarity (0-100, share of equal characters) from which corrected words are the same words."""


def quote(key: str, session: str, turn: Turn, start: int, end: int) -> Quote:
    """The slice ``turn.text[start:end]``, its time that of the words it holds."""
    text = turn.text[start:end]
    return Quote(
        key,
        session,
        turn.recording,
        turn.id,
        time_of(turn, start, end),
        start,
        end,
        text,
        Quote.digest(text),
    )


def time_of(turn: Turn, start: int, end: int) -> Span:
    """From the first word touched by characters ``start``..``end`` of a turn's text to the last."""
    raw = "".join(word.text for word in turn.words)
    at = -(len(raw) - len(raw.lstrip()))
    touched: list[Span] = []
    for word in turn.words:
        begins, at = at, at + len(word.text)
        if begins < end and at > start and turn.text[max(begins, start) : min(at, end)].strip():
            touched.append(word.span & turn.span)
    if not touched:
        return Span(turn.span.start, turn.span.start)
    return Span(min(each.start for each in touched), max(each.end for each in touched))


def reanchor(found: Quote, turn: Turn) -> tuple[Quote, ...]:
    """The same quote in a turn whose text was corrected; nothing if it is no longer there.

    Unchanged words are looked up where they stand now; changed ones are replaced by the slice of
    the new text that is nearly the same, cut at word boundaries.
    """
    from rapidfuzz import fuzz

    text = turn.text
    if Quote.digest(text[found.start : found.end]) == found.sha256:
        return (quote(found.id, found.session, turn, found.start, found.end),)
    places = [each.start() for each in re.finditer(re.escape(found.text), text)]
    if places:
        nearest = min(places, key=lambda place: abs(place - found.start))
        return (quote(found.id, found.session, turn, nearest, nearest + len(found.text)),)
    near = fuzz.partial_ratio_alignment(found.text, text, score_cutoff=SURE)
    if near is None or near.dest_end <= near.dest_start or len(found.text) > len(text):
        return ()
    start, end = _whole_words(text, near.dest_start, near.dest_end)
    return (quote(found.id, found.session, turn, start, end),)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch widened so that it neither begins nor ends inside a word."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))


def extract(
    key: str,
    material: Material,
    passage: Passage,
    slices: Sequence[tuple[int, int]],
    *,
    clips: bool = True,
) -> Extract:
    """A printed quote: slices of one turn in order, left-out words marked between them."""
    turn, session = passage.turn, material.session
    quotes = tuple(
        quote(f"{key}.{n}" if len(slices) > 1 else key, session.id, turn, start, end)
        for n, (start, end) in enumerate(slices, 1)
    )
    pieces: list[Piece] = []
    for each in quotes:
        pieces += [Piece(f" {OMISSION} ", said=False)] if pieces else []
        pieces.append(Piece(each.text))
    timed = turn.recording not in material.untimed
    text = turn.text
    stand = passage.stands[0].stand if passage.stands else ""
    return Extract(
        id=key,
        pieces=tuple(pieces),
        who=person_key(material, passage),
        speaker=material.people.printed(passage.person),
        session=session.id,
        place=place(material, turn, quotes[0].span) if timed else _recording(material, turn),
        stand=stand,
        codes=passage.codes,
        before=_tail(text[: slices[0][0]]),
        after=_head(text[slices[-1][1] :]),
        clip=f"clips/{key}.mp3" if clips and timed and _has_sound(material, turn) else "",
        note=_note(passage),
        sources=quotes,
    )


def person_key(material: Material, passage: Passage) -> str:
    """How a brief names somebody in its counts: session and person."""
    return f"{material.session.id}/{passage.person.key}"


def place(material: Material, turn: Turn, span: Span) -> str:
    """Where to listen: ``Recording 2, 0:12:03``."""
    seconds = span.start // 1000
    clock = f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{_recording(material, turn)}, {clock}"


def _recording(material: Material, turn: Turn) -> str:
    ids = [each.id for each in material.session.recordings]
    if turn.recording not in ids:
        ids = list(dict.fromkeys(each.recording for each in material.turns))
    return f"Recording {ids.index(turn.recording) + 1}"


def _has_sound(material: Material, turn: Turn) -> bool:
    return any(
        each.id == turn.recording and each.kind == "audio" for each in material.session.recordings
    )


def _note(passage: Passage) -> str:
    """What is doubtful about a quote, for those who may act on it."""
    doubts = [flag.kind for flag in passage.turn.flags]
    if passage.turn.overlaps:
        doubts.append("others spoke at the same time")
    return f"listen before quoting: {', '.join(dict.fromkeys(doubts))}" if doubts else ""


def _tail(text: str) -> str:
    """The last words of a text, from a sentence's beginning if one is near."""
    text = text.strip()
    if len(text) <= CONTEXT:
        return text
    starts = [start for start, _ in sentences(text) if len(text) - start <= CONTEXT]
    return f"{OMISSION} {text[starts[0] if starts else -CONTEXT :]}"


def _head(text: str) -> str:
    """The first words of a text, to a sentence's end if one is near."""
    text = text.strip()
    if len(text) <= CONTEXT:
        return text
    ends = [end for _, end in sentences(text) if end <= CONTEXT]
    return f"{text[: ends[-1] if ends else CONTEXT]} {OMISSION}"
