"""Record what people decide about findings: propositions, responses, the words that show them.

====================  ============================================  ==============================
field                 says                                          value
====================  ============================================  ==============================
``proposition``       these words put something to the room, of     ``proposal``, ``question``,
                      this kind; or they put nothing                ``claim`` or ``none``
``response``          these words answer that proposition, with     record: ``to``, ``side``
                      this side; side ``none``: they answer
                      nothing
``quote``             a finding is shown with these words           a ``Choice`` in JSON
====================  ============================================  ==============================

``target`` is ``words:`` with the words themselves; ``recording`` and ``anchor`` say when they were
said. In another transcription the same words are looked for in that time; where they are not
found, whatever proposition or response was said then is meant. A record is JSON; its ``to`` is a
``Spot``: recording, time and words of the proposition. A later decision about the same words
replaces an earlier one. Moving a response is answering another proposition; a response that a
person moved or whose side a person changed answers only what that person says.

The target of a ``quote`` is ``finding:PROPOSITION``, its anchor the time of the words, so that it
outlives another transcription.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import get_args

import msgspec

from fgd.core.errors import InputError
from fgd.core.serialization import decode
from fgd.decisions.kinds import Kind, Names, applied_in, moment, quoted, same_place
from fgd.model import (
    Decision,
    Deliberated,
    Extract,
    Finding,
    Issue,
    Proposition,
    PropositionKind,
    Quote,
    Reason,
    Response,
    Side,
    Slice,
    Span,
    Turn,
)

QUOTE = "quote"
"""The field of such a decision."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the decision says: show these words, and no longer those (empty: whichever is last)."""

    words: str
    instead: str = ""


def choose_quote(
    finding: Finding, wanted: Quote, instead: Extract | None, *, by: str, when: str
) -> Decision:
    """Show a finding with one of its candidates, in the place of a quote that it shows now.

    Raises ``InputError`` if the one is no candidate of the finding, or the other not shown.
    """
    if wanted not in finding.candidates:
        raise InputError("this is no candidate of the finding.", remedy="Load the list again.")
    if instead is not None and instead.id not in finding.extracts:
        raise InputError("the finding does not show this quote.", remedy="Load the list again.")
    old = next((each.text for each in instead.sources), "") if instead else ""
    value = msgspec.json.encode(Choice(wanted.text, old)).decode()
    target = f"finding:{finding.proposition}"
    return Decision.made(target, QUOTE, value, wanted.recording, wanted.span, by=by, when=when)


def choice(decision: Decision) -> Choice:
    """Tell what a decision says; nothing that could be shown if its value is damaged."""
    try:
        return decode(decision.value, Choice)
    except msgspec.MsgspecError:
        return Choice("")


def chosen(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the choices of quotes among decisions."""
    return tuple(e for e in applied_in("brief", decisions) if e.field == QUOTE and e.value)


def _says_quote(decision: Decision, _: Names) -> str:
    said = choice(decision)
    instead = f" instead of {quoted(said.instead)}" if said.instead else ""
    return f"a finding is shown with {quoted(said.words)}{instead}"


PROPOSITION, RESPONSE = "proposition", "response"
FIELDS = (PROPOSITION, RESPONSE)
NONE = "none"
KINDS: tuple[PropositionKind, ...] = get_args(PropositionKind)
SIDES: tuple[Side, ...] = get_args(Side)
NEAR = 2000
"""How far, in ms, another transcription may have moved words that people decided about."""

LIKE = 0.5
"""Likeness (0-1) from which words are the ones that were decided about."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Words somebody said: recording, time in ms, and the words."""

    recording: str
    start: int
    end: int
    text: str = ""

    @property
    def span(self) -> Span:
        """When it was said."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a decision about a response says: which proposition it answers, and how."""

    to: Spot
    side: str


class Desk:
    """Makes decisions about the propositions of one session, as one person at one moment."""

    def __init__(
        self, deliberated: Deliberated, turns: Iterable[Turn], *, by: str, when: str
    ) -> None:
        self.deliberated = deliberated
        self.turns = {turn.id: turn for turn in turns}
        self.propositions = {each.id: each for each in deliberated.propositions}
        self.by, self.when = by, when

    def put(self, turn: str, start: int, end: int, kind: str) -> Decision:
        """Take words of a turn for a proposition. Raises ``InputError`` for unusable ones."""
        if kind not in (*KINDS, NONE):
            raise InputError(f'"{kind}" is no kind.', remedy=f"Use {', '.join(KINDS)} or {NONE}.")
        return self._made(self._slice(turn, start, end), PROPOSITION, kind)

    def answer(self, turn: str, start: int, end: int, to: str, side: str) -> Decision:
        """Take words of a turn for a response to a proposition (side ``none``: for none)."""
        if side not in (*SIDES, NONE):
            raise InputError(f'"{side}" is no side.', remedy=f"Use {', '.join(SIDES)} or {NONE}.")
        import msgspec

        place = self._known(to).place
        here = spot(self.turns[place.turn], place.start, place.end)
        value = msgspec.json.encode(Answered(here, side)).decode()
        return self._made(self._slice(turn, start, end), RESPONSE, value)

    def _known(self, proposition: str) -> Proposition:
        if proposition not in self.propositions:
            raise InputError(f'there is no proposition "{proposition}".', remedy="Load it again.")
        return self.propositions[proposition]

    def _slice(self, turn: str, start: int, end: int) -> tuple[Turn, int, int]:
        if turn not in self.turns:
            raise InputError(f'there is no turn "{turn}".', remedy="List them with: fgd find.")
        mine = self.turns[turn]
        if not (0 <= start < end <= len(mine.text)) or not mine.text[start:end].strip():
            raise InputError("no words are selected.", remedy="Select words inside one turn.")
        return mine, start, end

    def _made(self, place: tuple[Turn, int, int], field: str, value: str) -> Decision:
        turn, start, end = place
        words = turn.text[start:end]
        span = moment(turn, start, end)
        return Decision.made(
            f"words:{words}", field, value, turn.recording, span, by=self.by, when=self.when
        )


def spot(turn: Turn, start: int, end: int) -> Spot:
    """When words of a turn were said, and which they are."""
    span = moment(turn, start, end)
    return Spot(turn.recording, span.start, span.end, turn.text[start:end])


def answered_side(decision: Decision) -> tuple[str, str]:
    """Return the words that a decision about a response says are answered, and with which side."""
    try:
        said = decode(decision.value, Answered)
    except (msgspec.MsgspecError, ValueError):
        return "", ""
    return said.to.text, said.side


def proposition_id(turn: Turn, start: int, end: int) -> str:
    """Return the id of a proposition: the same for the same words at the same time."""
    here = spot(turn, start, end)
    said = f"{here.recording}\0{here.start}\0{here.text.casefold()}"
    return "p-" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:10]


@dataclass(slots=True)
class Settled:
    """What people decided, found again in the transcript of today.

    ``kinds`` holds for words their kind and who said so, ``answers`` for words the side, the
    proposition's words and who said so. ``issues`` tell of what was not found again.
    """

    kinds: dict[Slice, tuple[str, str]] = field(default_factory=dict)
    answers: dict[Slice, tuple[str, Slice | None, str]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    @staticmethod
    def of(decisions: Iterable[Decision], turns: Sequence[Turn]) -> Settled:
        """Find the words of all decisions about propositions, which all hold, in their order."""
        import msgspec

        found = Settled()
        mine = [each for each in decisions if each.field in FIELDS]
        if not mine:
            return found
        by_recording: dict[str, list[Turn]] = {}
        for turn in turns:
            by_recording.setdefault(turn.recording, []).append(turn)
        for decision in mine:
            words = decision.target.removeprefix("words:")
            anchor = decision.anchor
            here = Spot(decision.recording, anchor.start, anchor.end, words)
            place = place_again(here, by_recording.get(decision.recording, ()))
            if place is None:
                found.issues.append(lost(words))
            elif decision.field == PROPOSITION:
                found.kinds[place] = decision.value, decision.by
            else:
                try:
                    said = decode(decision.value, Answered)
                except (msgspec.MsgspecError, ValueError):
                    found.issues.append(lost(words))
                    continue
                to = place_again(said.to, by_recording.get(said.to.recording, ()))
                found.answers[place] = said.side, to, decision.by
        return found


def apply(
    deliberated: Deliberated,
    decisions: Iterable[Decision],
    turns: Sequence[Turn],
    who: Mapping[str, str] | Callable[[str], str],
) -> Deliberated:
    """Lay people's decisions over what was read; what a person settled carries their name.

    ``turns`` are those of the session in order, ``who`` gives the key of whoever spoke a turn.
    Of propositions that people touched nothing is said about silence.
    """
    settled = Settled.of(decisions, turns)
    if not (settled.kinds or settled.answers or settled.issues):
        return deliberated
    by_id = {turn.id: turn for turn in turns}
    rank = {turn.id: number for number, turn in enumerate(turns)}
    speaker = who if callable(who) else who.__getitem__
    put = list(deliberated.propositions)
    for place, (kind, by) in settled.kinds.items():
        old = [each for each in put if _same(each.place, place)]
        put = [each for each in put if each not in old]
        if kind in KINDS:
            put.append(_settled(old, place, kind, by, by_id, speaker))
    alive = {each.id for each in put}
    touched = list(settled.answers)
    responses = [
        each
        for each in deliberated.responses
        if each.proposition in alive and not any(_same(each.place, place) for place in touched)
    ]
    changed = set()
    for place, (side, to, by) in settled.answers.items():
        targets = [each for each in put if to is not None and _same(each.place, to)]
        changed |= {each.id for each in targets}
        if side in SIDES and targets:
            old_ones = [r for r in deliberated.responses if _same(r.place, place)]
            reasons = (Reason("person", by), *(old_ones[0].reasons if old_ones else ()))
            mine = speaker(place.turn)
            target = targets[0].id
            responses = [r for r in responses if (r.proposition, r.who) != (target, mine)]
            responses.append(
                Response(target, place, mine, side, "person", "", False, 1.0, reasons, by)
            )
    put.sort(key=lambda each: (rank.get(each.place.turn, 0), each.place.start))
    place_of = {each.id: number for number, each in enumerate(put)}
    responses.sort(
        key=lambda r: (place_of[r.proposition], rank.get(r.place.turn, 0), r.place.start)
    )
    answered = {each.proposition for each in responses}
    return replace(
        deliberated,
        propositions=tuple(put),
        responses=tuple(
            replace(each, instead=each.instead if each.instead in alive else "")
            for each in responses
        ),
        summings=tuple(
            replace(each, proposition=each.proposition if each.proposition in alive else "")
            for each in deliberated.summings
        ),
        unanswered=tuple(
            key for key in deliberated.unanswered if key in alive and key not in answered
        ),
        silence=tuple(key for key in deliberated.silence if key in alive and key not in changed),
        issues=(*deliberated.issues, *settled.issues),
    )


def _settled(
    old: Sequence[Proposition],
    place: Slice,
    kind: PropositionKind,
    by: str,
    turns: Mapping[str, Turn],
    who: Callable[[str], str],
) -> Proposition:
    if old:
        reasons = (Reason("person", by), *old[0].reasons)
        return replace(old[0], kind=kind, by=by, confidence=1.0, reasons=reasons)
    key = proposition_id(turns[place.turn], place.start, place.end)
    return Proposition(
        key, kind, place, who(place.turn), confidence=1.0, reasons=(Reason("person", by),), by=by
    )


def _same(one: Slice, other: Slice) -> bool:
    """Tell whether two slices of a turn share most of the shorter one."""
    if (one.recording, one.turn) != (other.recording, other.turn):
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    return 2 * shared > min(one.end - one.start, other.end - other.start)


def place_again(here: Spot, turns: Sequence[Turn]) -> Slice | None:
    """Return the words of a spot in the turns of its recording, as they are written today."""
    wide = Span(max(0, here.start - NEAR), here.end + NEAR)
    best: tuple[float, Slice] | None = None
    for turn in turns:
        if not turn.span.overlaps(wide):
            continue
        text = turn.text
        at = text.find(here.text) if here.text else -1
        if at >= 0:
            span = moment(turn, at, at + len(here.text))
            near = 2.0 - abs(span.start - here.start) / 1e9
            found = Slice(here.recording, turn.id, at, at + len(here.text))
        else:
            found_at = _within(turn, Span(here.start, max(here.start + 1, here.end)))
            if found_at is None:
                continue
            found = Slice(here.recording, turn.id, *found_at)
            near = SequenceMatcher(
                None, here.text.casefold(), text[slice(*found_at)].casefold(), autojunk=False
            ).ratio()
            if near < LIKE:
                continue
        if best is None or near > best[0]:
            best = near, found
    return best[1] if best else None


def _within(turn: Turn, span: Span) -> tuple[int, int] | None:
    """Return the characters of a turn that were said within a time, or nothing."""
    raw = "".join(word.text for word in turn.words)
    place = -(len(raw) - len(raw.lstrip()))
    start = end = -1
    for word in turn.words:
        after = place + len(word.text)
        if word.span.overlaps(span) and word.text.strip():
            if start < 0:
                start = max(0, place + len(word.text) - len(word.text.lstrip()))
            end = after
        place = after
    return (start, min(end, len(turn.text))) if start >= 0 else None


def lost(words: str) -> Issue:
    """Tell that a decision no longer finds its words."""
    short = re.sub(r"\s+", " ", words)[:60]
    return Issue(
        "note",
        "decisions.jsonl",
        f'a decision about "{short}" finds these words no more and is left aside.',
        "Decide again on the page of propositions, or take it back.",
    )


def _same_target(one: Decision, other: Decision) -> bool:
    return one.target == other.target


def _says_proposition(decision: Decision, names: Names) -> str:
    del names
    words = quoted(decision.target.removeprefix("words:"))
    if decision.value == NONE:
        return f"{words} puts nothing to the room"
    return f"{words} is a {decision.value}"


def _says_response(decision: Decision, names: Names) -> str:
    import msgspec

    del names
    words = quoted(decision.target.removeprefix("words:"))
    try:
        said = decode(decision.value, Answered)
    except (msgspec.MsgspecError, ValueError):
        return f"{words} answers something that cannot be read"
    if said.side == NONE:
        return f"{words} does not answer {quoted(said.to.text)}"
    return f"{words} answers {quoted(said.to.text)}: {said.side}"


DECISIONS = (
    Kind(QUOTE, ("finding",), "quote", "brief", _says_quote, _same_target),
    Kind(PROPOSITION, ("words",), "proposition", "deliberation", _says_proposition, same_place),
    Kind(RESPONSE, ("words",), "response", "deliberation", _says_response, same_place),
)
