"""Speech cut and merged at silences into windows that Whisper can hear whole.

Whisper pays for 30 seconds whatever a window holds, so windows should be full; a cut in the
middle of a word costs that word, so they should end in silence. The cut points are chosen for
both at once over the whole recording (dynamic programming), instead of filling each window in
turn as in Bain et al., "WhisperX" (2023).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fgd.model import Span

LONGEST = 30_000
PADDING = 200
# A cut in a pause this long or longer is as good as any other.
GOOD_PAUSE = 600
# What a cut in no pause at all costs, measured in windows.
BAD_CUT = 0.6
# Silence inside a window invites invented words, so a window does not reach across this much.
LONGEST_SILENCE = 4_000


def windows(
    speech: Sequence[Span],
    duration: int,
    *,
    quietest: Callable[[Span], int] | None = None,
    longest: int = LONGEST,
) -> tuple[Span, ...]:
    """Windows that cover all speech, in order, not overlapping, each at most ``longest`` ms.

    Args:
        speech: spans of speech in order, not overlapping.
        duration: of the recording in ms; windows are padded but never beyond it.
        quietest: gives the quietest moment inside a span; used to cut speech without pauses.
            Without it such speech is cut in the middle of the span offered.
        longest: the longest window in ms.
    """
    room = longest - 2 * PADDING
    pieces = [piece for span in speech if span for piece in _pieces(span, room, quietest)]
    if not pieces:
        return ()
    starts = _cuts(pieces, room)
    groups = [
        Span(pieces[first].start, pieces[last - 1].end)
        for first, last in zip(starts, [*starts[1:], len(pieces)], strict=True)
    ]
    return tuple(_padded(groups, duration))


def _pieces(span: Span, room: int, quietest: Callable[[Span], int] | None) -> list[Span]:
    """A span no longer than ``room``, or its parts, cut where it is quietest."""
    pieces = []
    while span.duration > room:
        offered = Span(span.start + room * 2 // 3, span.start + room)
        moment = quietest(offered) if quietest else (offered.start + offered.end) // 2
        moment = min(max(moment, offered.start), offered.end)
        pieces.append(Span(span.start, moment))
        span = Span(moment, span.end)
    return [*pieces, span]


def _cuts(pieces: Sequence[Span], room: int) -> list[int]:
    """Indices at which windows start, cheapest first to last: one per window plus bad cuts."""
    cost = [0.0] + [float("inf")] * len(pieces)
    previous = [0] * (len(pieces) + 1)
    for first, piece in enumerate(pieces):
        here = cost[first] + 1.0 + _cut_cost(pieces, first)
        for last in range(first + 1, len(pieces) + 1):
            if pieces[last - 1].end - piece.start > room:
                break
            if last - first > 1 and _pause(pieces, last - 1) > LONGEST_SILENCE:
                break
            if here < cost[last]:
                cost[last], previous[last] = here, first
    starts: list[int] = []
    at = len(pieces)
    while at:
        at = previous[at]
        starts.append(at)
    return starts[::-1]


def _pause(pieces: Sequence[Span], index: int) -> int:
    return pieces[index].start - pieces[index - 1].end


def _cut_cost(pieces: Sequence[Span], index: int) -> float:
    """What it costs to start a window at piece ``index``."""
    if index == 0:
        return 0.0
    return BAD_CUT * (1.0 - min(1.0, _pause(pieces, index) / GOOD_PAUSE))


def _padded(groups: Sequence[Span], duration: int) -> list[Span]:
    """Give each window a little silence on both sides, shared fairly with its neighbours."""
    padded = []
    for index, group in enumerate(groups):
        before = group.start - groups[index - 1].end if index else group.start
        after = groups[index + 1].start - group.end if index + 1 < len(groups) else PADDING
        start = group.start - min(PADDING, before // 2 if index else before)
        end = group.end + min(PADDING, (after + 1) // 2 if index + 1 < len(groups) else after)
        padded.append(Span(max(0, start), max(group.end, min(end, duration))))
    return padded
