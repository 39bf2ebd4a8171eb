"""Comparing how something was worded: which words differ, and how alike two wordings are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from fgd.model import Word

Change = tuple[int, int, int, int]
"""``old[start:end]`` gives way to ``new[first:last]``."""


def plain(text: str) -> str:
    """A wording without case, punctuation and spaces."""
    return re.sub(r"[\W_]+", "", text.casefold())


def alike(one: str, other: str) -> float:
    """Likeness of two wordings, 0 to 1."""
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
    """Which words become what. Where a script writes no spaces, letters are compared."""
    if sum(word.text.startswith(" ") for word in words) * 2 >= len(words):
        new = text.split()
        for start, end, first, last in changes([word.text.strip() for word in words], new):
            yield start, end, " ".join(new[first:last])
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
