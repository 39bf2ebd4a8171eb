"""Quotes: exact slices of the transcript in force, each pinned by its hash and printed once.

Which words a finding is shown with people may choose among its candidates (``fgd.decisions``); the
chosen words are found again after another transcription.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fgd.core.clock import clock
from fgd.core.nlp import sentences
from fgd.decisions.findings import choice, chosen
from fgd.model import Decision, Extract, Issue, Piece, Quote, Span, Turn
from fgd.synthesis.material import Material

OMISSION = "[...]"
CONTEXT = 400
"""Characters of the same turn shown before and after a quote."""

SURE = 90.0
"""Similarity (0-100, share of equal characters) from which corrected words are the same words."""

BARE = 5
"""A response of at most so many words says a side and no reason."""

_STOPS = frozenset('.,;:!?()"\u201c\u201d\u2013\u2014\u2026-\u3002\uff0c\uff01\uff1f\u060c\u061f')
_JOINS = frozenset(
    "that and but or so because if when while whether although though unless which who where why "
    "how than as to for with about by since until".split()
)
"""Words at which a clause begins or ends."""

_BREAK = re.compile(
    r"[,;:\u2013\u2014]\s+|\s+(?=(?:and|but|or|so|because|which|although|unless|while|if)\b)",
    re.IGNORECASE,
)


def quote(key: str, session: str, turn: Turn, start: int, end: int) -> Quote:
    """Return the slice ``turn.text[start:end]``, its time that of the words it holds."""
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
    """Return the same quote in a turn whose text was corrected; nothing if it is no longer there.

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
    """Return the stretch widened so that it neither begins nor ends inside a word."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a slice without white space around it and without the stop or comma that ends it.

    A question mark or an exclamation mark belongs to what was said and stays.
    """
    while start < end and (text[start].isspace() or text[start] in ",;:\u2013\u2014"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ".,;:\u2013\u2014"):
        end -= 1
    return start, end


def shortened(text: str, start: int, end: int, most: int) -> tuple[int, int]:
    """A slice of at most about ``most`` words: cut at the last break between clauses before it.

    Where there is none the slice is cut between words; either way a mark says so when printed.
    """
    said = text[start:end]
    words = list(re.finditer(r"\S+", said))
    if len(words) <= most:
        return start, end
    limit = words[most - 1].end()
    ends = [each.end() for each in re.finditer(r"[.!?]\s", said) if each.end() <= limit]
    breaks = [each.start() for each in _BREAK.finditer(said) if each.start() <= limit]
    least = words[min(most // 2, len(words) - 1)].start()
    cut = max((each for each in (*ends, *breaks) if each >= least), default=limit)
    return trimmed(text, start, start + cut)


def with_reason(turn: Turn, start: int, end: int, until: int, most: int) -> tuple[int, int]:
    """A slice that says no more than a side, drawn out by the sentence after it, which says why.

    ``until`` is where other quoted words of the turn begin. Nothing is added to a slice that says
    enough by itself, and nothing beyond ``most`` words.
    """
    if len(turn.text[start:end].split()) > BARE:
        return start, end
    for first, last in sentences(turn.text):
        if last <= start:
            continue
        if first < end < last - 1 and last <= until:  # the rest of its own sentence
            return shortened(turn.text, start, last, most)
        if first >= end and last <= until and first - end <= 2:
            return shortened(turn.text, start, last, most)
        if first >= end:
            break
    return start, end


def extract(
    key: str, material: Material, turn: Turn, start: int, end: int, *, clips: bool = True
) -> Extract:
    """A printed quote: one slice of a turn, marked where it does not begin or end with a clause."""
    found = quote(key, material.session.id, turn, start, end)
    pieces = [Piece(found.text)]
    if not _begins(turn.text, start):
        pieces.insert(0, Piece(f"{OMISSION} ", said=False))
    if not _ends(turn.text, end):
        pieces.append(Piece(f" {OMISSION}", said=False))
    timed = turn.recording not in material.untimed
    return Extract(
        id=key,
        pieces=tuple(pieces),
        who=material.key(turn.id),
        speaker=material.people.printed(material.people[turn.id]),
        session=material.session.id,
        place=place(material, turn, found.span),
        codes=material.codes_at(turn.id, start, end),
        before=_tail(turn.text[:start]),
        after=_head(turn.text[end:]),
        clip=f"clips/{key}.mp3" if clips and timed and _has_sound(material, turn) else "",
        note=_note(turn),
        sources=(found,),
    )


def _begins(text: str, start: int) -> bool:
    """Tell whether a clause begins at a character of a text."""
    before = text[:start].rstrip()
    if not before or before[-1] in _STOPS:
        return True
    return before.rpartition(" ")[2].casefold().strip("'\u2019") in _JOINS


def _ends(text: str, end: int) -> bool:
    """Tell whether a sentence ends at a character of a text, or a clause that nothing qualifies."""
    after = text[end:].lstrip()
    if text[:end].rstrip()[-1:] in ".!?\u2026\u3002\uff01\uff1f\u061f":
        return True
    return not after or after[0] in '.!?;\u2026\u3002\uff01\uff1f\u061f"\u201d)'


def place(material: Material, turn: Turn, span: Span) -> str:
    """Where to read and listen: ``turn 12, 0:03:41``; ``paragraph 12`` where there are no times.

    The recording is named where there are several.
    """
    number = material.numbers[turn.id]
    untimed = turn.recording in material.untimed
    found = f"paragraph {number}" if untimed else f"turn {number}, {clock(span.start)}"
    ids = [each.id for each in material.session.recordings]
    if turn.recording not in ids:
        ids = list(dict.fromkeys(each.recording for each in material.turns))
    if table := material.session.table_of(turn.recording):
        return f"{table}, recording {ids.index(turn.recording) + 1}, {found}"
    return found if len(ids) < 2 else f"recording {ids.index(turn.recording) + 1}, {found}"


def _has_sound(material: Material, turn: Turn) -> bool:
    return any(
        each.id == turn.recording and each.kind == "audio" for each in material.session.recordings
    )


def _note(turn: Turn) -> str:
    """Tell what is doubtful about a quote, for those who may act on it."""
    doubts = [flag.kind for flag in turn.flags]
    if turn.overlaps:
        doubts.append("others spoke at the same time")
    return f"listen before quoting: {', '.join(dict.fromkeys(doubts))}" if doubts else ""


def _tail(text: str) -> str:
    """Return the last words of a text, from a sentence's beginning if one is near."""
    text = text.strip()
    if len(text) <= CONTEXT:
        return text
    starts = [start for start, _ in sentences(text) if len(text) - start <= CONTEXT]
    return f"{OMISSION} {text[starts[0] if starts else -CONTEXT :]}"


def _head(text: str) -> str:
    """Return the first words of a text, to a sentence's end if one is near."""
    text = text.strip()
    if len(text) <= CONTEXT:
        return text
    ends = [end for _, end in sentences(text) if end <= CONTEXT]
    return f"{text[: ends[-1] if ends else CONTEXT]} {OMISSION}"


class Ledger:
    """The one list of quotes of a brief: each is numbered once, and no words are shown twice."""

    def __init__(self, material: Material, prefix: str = "Q") -> None:
        self._material = material
        self._prefix = prefix
        self._known: dict[tuple[str, int, int], str] = {}
        self._extracts: dict[str, Extract] = {}
        self._shown: dict[str, list[Span]] = {}

    def __call__(self, turn: Turn, start: int, end: int, *, show: bool = True) -> str:
        """The id of the quote of a slice; ``show`` keeps its words from being shown again."""
        key = (turn.id, start, end)
        if key not in self._known:
            name = f"{self._prefix}{len(self._known) + 1}"
            self._known[key] = name
            self._extracts[name] = extract(name, self._material, turn, start, end)
        if show:
            self._shown.setdefault(turn.id, []).append(Span(start, end))
        return self._known[key]

    def shows(self, turn: str, start: int, end: int) -> bool:
        """Tell whether any of these words are shown already."""
        reach = Span(start, end)
        return any(reach.overlaps(each) for each in self._shown.get(turn, ()))

    def after(self, turn: str, end: int) -> int:
        """Where the next words begin that are shown of a turn, or where the turn ends."""
        starts = [each.start for each in self._shown.get(turn, ()) if each.start >= end]
        return min(starts, default=len(self._material.turn[turn].text))

    def named(self, name: str) -> Extract:
        """Return the quote of an id."""
        return self._extracts[name]

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """Every quote in the order of its number."""
        return tuple(self._extracts.values())


def only(extracts: Sequence[Extract], names: Sequence[str]) -> tuple[Extract, ...]:
    """Return the extracts of these ids, in their order."""
    wanted = frozenset(names)
    return tuple(each for each in extracts if each.id in wanted)


OFFERED = 6
"""How many other quotes a finding offers."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What people want of one finding: by turn the words to show, and words they do not want."""

    for_turn: dict[str, tuple[int, int]] = field(default_factory=dict)
    unwanted: frozenset[str] = frozenset()


class Choices:
    """The choices that hold, laid over the material of a session."""

    def __init__(self, material: Material, decisions: Sequence[Decision]) -> None:
        self._material = material
        self._left = {each.id: each for each in chosen(decisions)}
        self._lost: list[Issue] = []
        self._turns: dict[str, set[str]] = defaultdict(set)
        for each in material.deliberated.responses:
            self._turns[each.proposition].add(each.place.turn)

    def __call__(self, proposition: str) -> Chosen:
        """Tell what people want to see of the answers to a proposition."""
        wanted: dict[str, Decision] = {}
        unwanted: set[str] = set()
        for decision in list(self._left.values()):
            if decision.target.removeprefix("finding:") != proposition:
                continue
            del self._left[decision.id]
            said = choice(decision)
            wanted.pop(said.instead, None)
            unwanted = (unwanted | {said.instead}) - {said.words, ""}
            wanted[said.words] = decision
        places = [self._place(proposition, decision) for decision in wanted.values()]
        return Chosen(dict(each for each in places if each), frozenset(unwanted))

    def issues(self) -> tuple[Issue, ...]:
        """Tell what could not be followed; to be asked once every finding had its turn."""
        gone = [
            _issue(each, "its proposition is not told any more") for each in self._left.values()
        ]
        return (*self._lost, *gone)

    def _place(self, proposition: str, decision: Decision) -> tuple[str, tuple[int, int]] | None:
        found = next(iter(self._found(decision, choice(decision).words)), None)
        if found is None:
            self._lost.append(_issue(decision, "these words are no longer in the transcript"))
        elif found.turn not in self._turns[proposition]:
            self._lost.append(_issue(decision, "these words no longer answer its proposition"))
        else:
            text = self._material.turn[found.turn].text
            return found.turn, trimmed(text, found.start, found.end)
        return None

    def _found(self, decision: Decision, words: str) -> Iterator[Quote]:
        """Where the words stand now, in the turns around their time."""
        for turn in self._near(decision) if words.strip() else ():
            digest = Quote.digest(words)
            session, recording = self._material.session.id, turn.recording
            old = Quote("", session, recording, turn.id, turn.span, 0, 0, words, digest)
            yield from reanchor(old, turn)

    def _near(self, decision: Decision) -> Iterable[Turn]:
        own = [each for each in self._material.turns if each.recording == decision.recording]
        if decision.recording in self._material.untimed:
            return own
        close = [each for each in own if each.span.overlaps(decision.anchor)]
        return sorted(close, key=lambda each: -(each.span & decision.anchor).duration)


def _issue(decision: Decision, reason: str) -> Issue:
    words = choice(decision).words
    shown = words if len(words) <= 80 else f"{words[:79].rstrip()}\N{HORIZONTAL ELLIPSIS}"
    return Issue(
        "warning",
        "brief",
        f"a quote that was chosen for a finding is not shown: {reason}.",
        "The finding has the quotes that were found best; choose again under Brief.",
        place=f"\N{LEFT DOUBLE QUOTATION MARK}{shown}\N{RIGHT DOUBLE QUOTATION MARK}",
    )


def settled_by(by: str) -> str:
    """Return the person who settled something; nothing where software found it."""
    return "" if by.startswith(MACHINES) else by


MACHINES = ("fgd", "deliberation", "rule", "model", "machine")
"""What the names of those begin with who found something and are no persons."""
