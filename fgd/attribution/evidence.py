"""Links as the evidence that a person checks: in words, with the words themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fgd.attribution.links import Link
from fgd.attribution.talk import Talk
from fgd.model import Evidence, Span, Turn

KINDS = {
    "self": "names themselves",
    "card": "names themselves",
    "for": "says whom they speak for",
    "floor": "is given the floor",
    "queue": "is announced as the next to speak",
    "bare": "answers with a role",
    "called": "is spoken to just before",
    "asked": "is asked just before",
    "last": "is named just before",
    "later": "was given the floor a moment before",
    "thanked": "is thanked right after",
    "answered": "is answered by name",
    "replied": "is answered by name",
    "listed": "is named in a list of those to speak",
    "third": "is spoken of as who speaks",
    "recalled": "is referred to right after",
    "before": "is thanked a moment after",
    "names": "speaks of that person as somebody else",
    "addresses": "speaks to that person",
    "absent": "was said to be absent",
    "announced": "was introduced",
    "named": "is named in the talk",
    "topic": "speaks on the subject of that seat",
    "chair": "leads the meeting",
    "asks": "asks questions",
    "answers": "answers questions",
}
"""What a feature means, in the words of the reviewer."""

MOST = 8
"""Pieces of evidence kept for one candidate, the weightiest first."""

AROUND = 8
"""Tokens shown on either side of a name."""


def kind_of(feature: str) -> str:
    """The words for a feature."""
    stem = feature.removeprefix("like_").split("_")[0]
    said = KINDS.get(stem, stem)
    return f"{said} (name as heard)" if feature.startswith("like_") else said


def of_links(
    links: Iterable[Link],
    weights: Mapping[str, float],
    talk: Talk,
    about: str,
    participant: str,
    institution: str,
) -> tuple[Evidence, ...]:
    """The evidence behind a candidate; links of a feature share its weight by their strength."""
    found = [link for link in links if link.passage >= 0 and link.strength > 0]
    totals: dict[str, float] = {}
    for link in found:
        totals[link.feature] = totals.get(link.feature, 0.0) + link.strength
    made = []
    for link in found:
        weight = weights.get(link.feature, 0.0)
        value = _counted(totals[link.feature]) * weight * link.strength / totals[link.feature]
        if abs(value) < 0.05:
            continue
        turn, span, text = quote(talk, link.passage, link.start, link.end)
        made.append(
            Evidence(
                kind=kind_of(link.feature),
                turn=turn,
                about=about,
                text=text,
                span=span,
                participant=participant,
                institution=institution,
                weight=round(value, 3),
            )
        )
    made.sort(key=lambda e: (-abs(e.weight), e.span.start, e.kind))
    return tuple(made[:MOST])


def quote(talk: Talk, passage: int, start: int, end: int) -> tuple[str, Span, str]:
    """Turn id, time and words around tokens ``start..end``: an exact slice of one turn's text."""
    places = talk.passages[passage].places
    number = places[start][0]
    around = [
        place
        for place in places[max(0, start - AROUND) : min(len(places), end + AROUND)]
        if place[0] == number
    ]
    turn = talk.turns[number]
    first, last = around[0][1], around[-1][2]
    return turn.id, when(turn, places[start][1], places[start][2]), turn.text[first:last]


def when(turn: Turn, first: int, last: int) -> Span:
    """The time of characters ``first..last`` of a turn, from the words that hold them."""
    lead = len("".join(w.text for w in turn.words)) - len(
        "".join(w.text for w in turn.words).lstrip()
    )
    place = -lead
    inside: list[Span] = []
    for word in turn.words:
        after = place + len(word.text)
        if after > first and place < last and word.span:
            inside.append(word.span)
        place = after
    if not inside:
        return turn.span
    return inside[0] | inside[-1]


def strongest(evidence: Sequence[Evidence]) -> str:
    """The weightiest piece in one line, for messages."""
    if not evidence:
        return "no words were found for it"
    return f"{evidence[0].kind}: {evidence[0].text!r}"


def _counted(total: float) -> float:
    from math import log2

    return log2(1 + total)
