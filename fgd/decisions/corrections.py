"""Record how people correct words, and put their words into whatever is transcribed.

==================  ================================================  =========================
field               says                                              value
==================  ================================================  =========================
``words``           this is what was said in this stretch; with no    the words
                    value: nothing was
``overlap``         others spoke during this turn, or did not         ``yes`` or ``no``
==================  ================================================  =========================

``target`` is ``words:`` with what stood there, or ``turn:ID``, for people to read; what counts is
``recording`` and ``anchor``. Whatever a later transcript hears in that time, the words of a person
take its place; the old words only help to find the edges of the stretch again. Without times
(plain text) the anchor counts characters, and the old words must still be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from fgd.decisions.kinds import Kind, Names, quoted, same_place, subject
from fgd.model import Conversation, Decision, Flag, Issue, Segment, Span, Transcript, Turn, Word

Change = tuple[int, int, int, int]
"""``old[start:end]`` gives way to ``new[first:last]``."""


def plain(text: str) -> str:
    """Return a wording without case, punctuation and spaces."""
    return re.sub(r"[\W_]+", "", text.casefold())


def alike(one: str, other: str) -> float:
    """Return likeness of two wordings, 0 to 1."""
    from rapidfuzz import fuzz

    return float(fuzz.ratio(plain(one), plain(other))) / 100


def changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Where two sequences differ, in order. None is empty on the old side, unless all of it is:
    what is only new is carried by the neighbour before it, or else the one after.
    """
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    found: list[Change] = []
    matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        change = (start + head, end + head, first + head, last + head)
        if start == end:
            change = _carried(change, len(old))
        if found and change[0] <= found[-1][1]:
            before = found.pop()
            change = (before[0], change[1], before[2], change[3])
        found.append(change)
    return found


def _carried(change: Change, length: int) -> Change:
    start, end, first, last = change
    if start > 0:
        return start - 1, end, first - 1, last
    return (start, end + 1, first, last + 1) if end < length else change


def stretches(words: Sequence[Word], text: str) -> Iterator[tuple[int, int, str]]:
    """Tell which words become what. Where a script writes no spaces, letters are compared.

    What a recogniser wrote in pieces ("self", "-reliance") is one word, as it is for who reads it.
    """
    if sum(word.text.startswith(" ") for word in words) * 2 >= len(words):
        new = text.split()
        edges = [n for n, word in enumerate(words) if not n or word.text.startswith(" ")]
        edges.append(len(words))
        old = ["".join(w.text for w in words[a:b]).strip() for a, b in pairwise(edges)]
        for start, end, first, last in changes(old, new):
            yield edges[start], edges[end], " ".join(new[first:last])
        return
    raw = "".join(word.text for word in words)
    wanted = raw[: len(raw) - len(raw.lstrip())] + text.strip()
    owner = [number for number, word in enumerate(words) for _ in word.text]
    ends = [len("".join(word.text for word in words[: n + 1])) for n in range(len(words))]
    joined: list[Change] = []
    for change in changes(raw.rstrip(), wanted):
        if joined and owner[joined[-1][1] - 1] >= owner[change[0]]:
            change = (joined[-1][0], change[1], joined[-1][2], change[3])
            joined.pop()
        joined.append(change)
    for start, end, first, last in joined:
        one, other = owner[start], owner[end - 1]
        left = raw[ends[one] - len(words[one].text) : start]
        yield one, other + 1, f"{left}{wanted[first:last]}{raw[end : ends[other]]}".strip()


WORDS, OVERLAP = "words", "overlap"
WHERE = "decisions.jsonl"
REACH = 400
"""How far, in ms, another transcript may have moved the edge of a stretch."""

STRANGE = 0.35
"""Likeness (0-1) below which what stands there now is not what was corrected."""

FAMILIAR = 0.6
"""Likeness from which words beside a stretch may be those that were corrected."""

Placed = tuple[int, Word]
"""A word and the number of its segment."""


def rewrite(turn: Turn, text: str, *, by: str, when: str) -> tuple[Decision, ...]:
    """Return the text of a turn as it should read: one decision for every stretch that changes."""
    made = []
    for start, end, value in stretches(turn.words, text):
        gone = turn.words[start:end]
        before = "".join(word.text for word in gone).strip()
        anchor = _reach(gone)
        made.append(_decision(turn.recording, f"words:{before}", WORDS, value, anchor, by, when))
    return tuple(made)


def confirm(turn: Turn, *, by: str, when: str) -> Decision:
    """Somebody listened: these are the words, whatever is heard there later."""
    text = turn.text
    return _decision(turn.recording, f"words:{text}", WORDS, text, turn.span, by, when)


def overlap(turn: Turn, others: bool, *, by: str, when: str) -> Decision:
    """Others spoke during this turn, or (``others`` false) did not."""
    value = "yes" if others else "no"
    return _decision(turn.recording, f"turn:{turn.id}", OVERLAP, value, turn.span, by, when)


def corrected(
    transcript: Transcript, decisions: Sequence[Decision]
) -> tuple[Transcript, tuple[Issue, ...]]:
    """Return the transcript with people's words in it, in the order in which they were decided.

    Words that stay keep their times; new ones share the time of those they replace. Decisions
    about other recordings or of other kinds are left alone; one that finds no place any more
    becomes an ``Issue``. Applying the same decisions twice changes nothing more.
    """
    mine = [d for d in decisions if d.field == WORDS and d.recording == transcript.recording]
    if not mine:
        return transcript, ()
    own = [list(segment.words) for segment in transcript.segments]
    issues: list[Issue] = []
    for decision in mine:
        near = _near(own, decision.anchor) if transcript.timed else tuple(range(len(own)))
        words: list[Placed] = [(number, word) for number in near for word in own[number]]
        _apply(words, decision, issues, timed=transcript.timed)
        for number in near:
            own[number] = [word for place, word in words if place == number]
        if words and words[0][0] < 0:
            own.append([word for _, word in words])
    segments = [
        replace(each, words=tuple(words), flags=_doubts_left(each, words, mine))
        for each, words in zip(transcript.segments, own, strict=False)
        if words or not each.words
    ]
    segments += [Segment(_reach(words), tuple(words)) for words in own[len(transcript.segments) :]]
    return replace(transcript, segments=tuple(segments)), tuple(issues)


def reworded(talk: Conversation, decisions: Sequence[Decision]) -> Conversation:
    """Return a conversation made before these decisions, with people's words in its turns."""
    turns = [Segment(turn.span, turn.words, turn.id, flags=turn.flags) for turn in talk.turns]
    heard = Transcript(talk.recording, tuple(turns), timed=talk.timed)
    found, _ = corrected(heard, decisions)
    if found is heard:
        return talk
    now = {each.label: each for each in found.segments}
    return replace(
        talk,
        turns=tuple(
            replace(turn, words=now[turn.id].words, flags=now[turn.id].flags)
            if turn.id in now
            else replace(turn, words=(), flags=())
            for turn in talk.turns
        ),
    )


def overlapped(talk: Conversation, decisions: Sequence[Decision]) -> Conversation:
    """The conversation with the overlaps that people heard and without those that were none."""
    turns = list(talk.turns)
    for decision in decisions:
        if decision.field != OVERLAP or decision.recording != talk.recording:
            continue
        for number, turn in enumerate(turns):
            shared = turn.span & decision.anchor
            if 2 * shared.duration > min(turn.span.duration, decision.anchor.duration):
                heard = (turn.overlaps or (shared,)) if decision.value == "yes" else ()
                turns[number] = replace(turn, overlaps=heard)
    return talk if turns == list(talk.turns) else replace(talk, turns=tuple(turns))


def _near(own: Sequence[Sequence[Word]], anchor: Span) -> tuple[int, ...]:
    """Return the segments around an anchor, or the one nearest to it."""
    gaps = {n: _distance(_reach(words), anchor) for n, words in enumerate(own) if words}
    found = [number for number, gap in gaps.items() if gap <= 5 * REACH]
    return tuple(found or sorted(gaps, key=lambda number: gaps[number])[:1])


def _apply(words: list[Placed], decision: Decision, issues: list[Issue], *, timed: bool) -> None:
    """Put the words of one decision where they belong."""
    before, value = decision.target.partition(":")[2], decision.value
    start, end = _place(words, decision.anchor, before, value)
    there = _text(words[start:end])
    if not timed and plain(there) not in (plain(before), plain(value)):
        start, end = _literally(words, before)
        there = _text(words[start:end])
        if start == end:
            issues.append(_lost(decision, "corrects words that are no longer there"))
            return
    if plain(there) == plain(value) and there != before:
        return  # heard rightly by now
    if start == end:
        words[start:end] = _put_in(words, start, decision)
        return
    if max(alike(there, before), alike(there, value)) < STRANGE:
        issues.append(_lost(decision, f"was kept, but {there!r} is heard there now"))
    words[start:end] = _fitted(words[start:end], value.split())


def _place(words: Sequence[Placed], anchor: Span, before: str, value: str) -> tuple[int, int]:
    """The words meant by an anchor: those mostly inside it, its edges moved by up to two words
    where that makes them read more like what was corrected. Empty where there are none.
    """
    runs = list(_runs(words, anchor))
    best, liking = (0, 0), -1.0
    for start, end in runs:
        if _text(words[start:end]) == before:
            return start, end
        for first in range(max(0, start - 2), start + 3):
            for last in range(max(first + 1, end - 2), min(len(words), end + 2) + 1):
                text = _text(words[first:last])
                moved = abs(first - start) + abs(last - end)
                like = max(alike(text, before), alike(text, value))
                close = all(_distance(w.span, anchor) <= REACH for _, w in words[first:last])
                good = like >= FAMILIAR and close if moved else True
                if good and like - 0.05 * moved > liking:
                    best, liking = (first, last), like - 0.05 * moved
    return best if runs else _beside(words, anchor, before, value)


def _runs(words: Sequence[Placed], anchor: Span) -> Iterator[tuple[int, int]]:
    """Return words in a row that lie mostly inside a span; time going back begins another row."""
    start = -1
    for number, (_, word) in enumerate(words):
        inside = _inside(word.span, anchor)
        back = start >= 0 and word.span.start < words[number - 1][1].span.start
        if start >= 0 and (not inside or back):
            yield start, number
            start = -1
        if inside and start < 0:
            start = number
    if start >= 0:
        yield start, len(words)


def _beside(words: Sequence[Placed], anchor: Span, before: str, value: str) -> tuple[int, int]:
    """A word that touches the anchor and reads like the old or new one; else where to put it."""
    for number, (_, word) in enumerate(words):
        like = max(alike(word.text, before), alike(word.text, value))
        if value and word.span.overlaps(anchor) and like > FAMILIAR:
            return number, number + 1
    at = sum(1 for _, word in words if word.span.start < anchor.start)
    return at, at


def _literally(words: Sequence[Placed], before: str) -> tuple[int, int]:
    """Return the only place where these words stand; empty if there is none, or several."""
    wanted, texts = before.split(), [word.text.strip() for _, word in words]
    reach = len(wanted)
    found = [n for n in range(len(texts) - reach + 1) if texts[n : n + reach] == wanted]
    return (found[0], found[0] + reach) if wanted and len(found) == 1 else (0, 0)


def _put_in(words: Sequence[Placed], at: int, decision: Decision) -> list[Placed]:
    """Return words where nothing is heard now, in the segment of their nearest neighbour."""
    near = [words[n] for n in (at - 1, at) if 0 <= n < len(words)]
    near.sort(key=lambda placed: _distance(placed[1].span, decision.anchor))
    number = near[0][0] if near else -1
    texts = [f" {text}" for text in decision.value.split()]
    return [(number, word) for word in _spread(texts, decision.anchor)]


def _fitted(old: Sequence[Placed], new: Sequence[str]) -> list[Placed]:
    """New words in the time of old ones: unchanged ones keep theirs, the others share."""
    made: list[Placed] = []
    here, there = [plain(word.text) for _, word in old], [plain(text) for text in new]
    at, done = 0, 0
    for start, end, first, last in [*changes(here, there), (len(old), len(old), len(new), 0)]:
        same = zip(old[at:start], new[done:first], strict=True)
        made += [(number, Word(word.span, _led(word, text))) for (number, word), text in same]
        at, done = end, max(first, last)
        gone, texts = old[start:end], list(new[first:last])
        if not gone or not texts:
            continue
        spaced = [_led(gone[0][1], texts[0]), *(f" {text}" for text in texts[1:])]
        if len(gone) == len(texts):
            made += [(n, Word(w.span, t)) for (n, w), t in zip(gone, spaced, strict=True)]
            continue
        for count, word in enumerate(_spread(spaced, _reach([w for _, w in gone]))):
            made.append((gone[count * len(gone) // len(texts)][0], word))
    return made


def _spread(texts: Sequence[str], span: Span) -> list[Word]:
    """Return words over a span, each with time by its letters."""
    total = sum(len(text.strip()) for text in texts) or 1
    made, letters = [], 0
    for text in texts:
        start = span.start + span.duration * letters // total
        letters += len(text.strip())
        made.append(Word(Span(start, span.start + span.duration * letters // total), text))
    return made


def _led(word: Word, text: str) -> str:
    """Return a new text with the white space that the old word begins with."""
    return word.text[: len(word.text) - len(word.text.lstrip())] + text


def _doubts_left(
    segment: Segment, words: Sequence[Word], decisions: Sequence[Decision]
) -> tuple[Flag, ...]:
    """Return the doubts about a segment; none once people have said what every word of it is."""
    if not segment.flags:
        return ()
    sure = all(any(_inside(w.span, d.anchor) for d in decisions) for w in words)
    return () if sure else segment.flags


def _inside(span: Span, anchor: Span) -> bool:
    """Tell whether most of a word lies in an anchor."""
    if not span:
        return span.start in anchor or span == anchor
    return 2 * (span & anchor).duration > span.duration


def _reach(words: Sequence[Word]) -> Span:
    return Span(min(w.span.start for w in words), max(w.span.end for w in words))


def _distance(span: Span, other: Span) -> int:
    return max(0, span.start - other.end, other.start - span.end)


def _text(words: Sequence[Placed]) -> str:
    return "".join(word.text for _, word in words).strip()


def _decision(
    recording: str, target: str, field: str, value: str, anchor: Span, by: str, when: str
) -> Decision:
    return Decision.made(target, field, value, recording, anchor, by=by, when=when)


def _lost(decision: Decision, what: str) -> Issue:
    place = f"{decision.anchor.start / 1000:.1f} s"
    message = f"the correction {decision.id} ({decision.value or 'nothing'!r}) {what}."
    return Issue("warning", WHERE, message, "Correct the words again, or undo it.", place)


def _says_words(decision: Decision, _: Names) -> str:
    before, after = decision.target.partition(":")[2], decision.value
    if before == after:
        return f"confirmed: {quoted(after)}"
    if not after:
        return f"took out: {quoted(before)}"
    return f"{quoted(before)} reads {quoted(after)}" if before else f"added: {quoted(after)}"


def _says_overlap(decision: Decision, _: Names) -> str:
    who = "others spoke" if decision.value == "yes" else "nobody else spoke"
    return f"{who} during {subject(decision)}"


def _same_stretch(one: Decision, other: Decision) -> bool:
    """Equal words elsewhere in a recording are another place."""
    if one.target == other.target and one.recording == other.recording:
        return one.anchor == other.anchor
    return same_place(one, other)


DECISIONS = (
    Kind(WORDS, ("words",), "words", "conversation", _says_words, _same_stretch),
    Kind(OVERLAP, ("turn",), "overlap", "conversation", _says_overlap, same_place),
)
