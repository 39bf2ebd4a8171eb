"""Decisions about a recording that is gone: kept where the same talk lies there under another file.

People export a recording again (another container, another bit rate), or exchange a transcript for
a corrected one. What they had decided names the old file, by a hash of its content. It holds for
the new one where the same words are said at the same times; where that cannot be shown, nothing is
guessed, and the session says how many decisions wait.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from fgd.core.text import normal
from fgd.decisions.log import effective
from fgd.model import Conversation, Decision, Issue, Span, Transcript, Word
from fgd.pipeline.context import SessionContext
from fgd.pipeline.listening import transcribe

REACH = 500
"""How far, in ms, the same word may lie from where it was."""

SAME = 0.8
"""Share of words found again from which two recordings hold the same talk."""

LEAST = 5
"""Words that have to be compared before anything is said."""

Adopted = tuple[tuple[Decision, ...], tuple[Issue, ...]]


def decided(context: SessionContext) -> Adopted:
    """Return the decisions that hold, those about a file that was exported again on the new one.

    Returns:
        The decisions, and what a reader should know of those whose recording is gone.
    """
    found = context.memory.once("adopted decisions", lambda: _adopted(context))
    context.memory.once("decisions", lambda: found[0])
    return found


def _adopted(context: SessionContext) -> Adopted:
    decisions = effective(context.intake.decisions)
    here = [each.id for each in context.intake.session.recordings]
    gone = Counter(each.recording for each in decisions if each.recording not in {*here, ""})
    if not gone or not here:
        return decisions, ()
    heard: dict[str, Transcript] = {}
    for recording in context.intake.session.recordings:
        with contextlib.suppress(Exception):  # its own step says why it cannot be heard
            heard[recording.id] = transcribe(context, recording).value
    moved: dict[str, str] = {}
    issues: list[Issue] = []
    names = {each.id: each.name for each in context.intake.session.recordings}
    for old, count in sorted(gone.items()):
        mine = [each for each in decisions if each.recording == old]
        before = context.store.load(f"{old}/conversation", Conversation)
        known = before.value if before is not None and before.value.timed else None
        likeness = {new: likely(known, mine, words) for new, words in heard.items() if words.timed}
        best = max(likeness, key=lambda new: likeness[new], default="")
        others = [share for new, share in likeness.items() if new != best]
        many = f"{count} decision" + ("s" if count > 1 else "")
        if best and likeness[best] >= SAME and all(share < SAME for share in others):
            moved[old] = best
            message = (
                f"{many} about a recording that is gone now hold for {names[best]}: "
                f"{likeness[best]:.0%} of its words are said there at the same time."
            )
            issues.append(Issue("note", "decisions.jsonl", message))
        else:
            message = f"{many} about a recording that is not here any more could not be applied."
            remedy = "Put the recording back, or decide anew; nothing was removed from the file."
            issues.append(Issue("warning", "decisions.jsonl", message, remedy))
    kept = tuple(replace(e, recording=moved.get(e.recording, e.recording)) for e in decisions)
    return kept, tuple(issues)


def likely(before: Conversation | None, mine: Iterable[Decision], now: Transcript) -> float:
    """Tell which share of what is known of a recording is said in a transcript at the same time.

    Known are its turns, where they are still stored, or else the words that people corrected.
    """
    said = sorted((word for segment in now.segments for word in segment.words), key=_start)
    if before is not None:
        words = [word for turn in before.turns for word in turn.words]
        return _found(words, said)
    found = total = 0
    for decision in mine:
        kind, _, old = decision.target.partition(":")
        if kind != "words" or not old:
            continue
        either = {*normal(old).split(), *normal(decision.value).split()}
        there = normal(" ".join(word.text for word in _around(said, decision.anchor))).split()
        wanted = normal(old).split()
        total += len(wanted)
        found += min(len(wanted), sum(word in either for word in there))
    return found / total if total >= LEAST else 0.0


def _found(words: Sequence[Word], said: Sequence[Word]) -> float:
    """The share of words that are said at the same time, each once."""
    if len(words) < LEAST:
        return 0.0
    same = 0
    for word in words:
        text = normal(word.text)
        same += any(normal(each.text) == text for each in _around(said, word.span))
    return same / len(words)


def _around(said: Sequence[Word], span: Span) -> Sequence[Word]:
    first = bisect_left(said, span.start - REACH, key=_start)
    return said[first : bisect_right(said, span.end + REACH, key=_start)]


def _start(word: Word) -> int:
    return word.span.start
