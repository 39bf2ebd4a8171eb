"""Record what people say about themes, and lay it over what is suggested.

=====================  ===========================================  ===========================
field                  says                                         value
=====================  ===========================================  ===========================
``theme-name``         this theme is called so                      the name
``theme-description``  this is what it means                        the description
``theme-merge``        this theme is the same as another one        id of the one that stays
``theme-split``        these units of it are a theme of their own   record: id, name, units
``theme-move``         it belongs under another theme               id of the parent, or empty
``theme-include``      whoever says this phrase speaks of it        the phrase
``theme-exclude``      whoever says this phrase does not            the phrase
``theme-lock``         its codings are complete; suggest no more    record: units
``theme-accept``       the theme and its codings are right          record: name, examples, units
``theme-reject``       this is no theme; do not suggest it again    record: units
``code``               this unit is about a theme                   id of the theme
``uncode``             this unit is not about it                    id of the theme
=====================  ===========================================  ===========================

``target`` is ``theme:ID``, or ``turn:ID`` for ``code`` and ``uncode``, whose anchor is the unit's
time. A record is a ``Record`` in JSON; its units are written ``recording@start-end`` in ms.
Whatever is decided about a theme that came up by itself accepts it first, so that it keeps its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from fgd.core.errors import InputError
from fgd.core.serialization import decode
from fgd.core.text import slug, unique
from fgd.decisions.kinds import Clock, Kind, Names, applied_in, moment, quoted
from fgd.model import Code, Codebook, Coding, Decision, Issue, Span, Themed, Turn, Unit

NAME, DESCRIPTION, MERGE, SPLIT = "theme-name", "theme-description", "theme-merge", "theme-split"
MOVE, LOCK, ACCEPT, REJECT = "theme-move", "theme-lock", "theme-accept", "theme-reject"
INCLUDE, EXCLUDE = "theme-include", "theme-exclude"
CODE, UNCODE = "code", "uncode"

EXAMPLES = 5
"""Units kept as examples of a theme that was accepted or split off."""

BY = "clustering"
"""Who codes where themes came up by themselves."""

_NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Record:
    """What a decision remembers of a theme: enough to make it again."""

    id: str = ""
    name: str = ""
    examples: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


class Desk:
    """Makes decisions about the themes of one session, as one person at one moment."""

    def __init__(self, themed: Themed, turns: Iterable[Turn], *, by: str, when: str) -> None:
        self.themed = themed
        self.turns = {turn.id: turn for turn in turns}
        self.codes = {code.id: code for code in themed.codebook.codes}
        self.by, self.when = by, when

    def rename(self, theme: str, name: str) -> tuple[Decision, ...]:
        """Call a theme something else. Raises ``InputError`` for an unknown theme, as all do."""
        if not name.strip():
            raise InputError("a theme needs a name.", remedy="Write a word or two.")
        return self._about(theme, NAME, name.strip())

    def describe(self, theme: str, description: str) -> tuple[Decision, ...]:
        """Say what a theme means; what it means is also what is looked for."""
        return self._about(theme, DESCRIPTION, description.strip())

    def phrase(self, theme: str, phrase: str, *, excluded: bool) -> tuple[Decision, ...]:
        """Say that whoever says a phrase speaks of a theme, or (``excluded``) does not."""
        if not phrase.strip():
            raise InputError("there is no phrase.", remedy="Write a word or a few.")
        return self._about(theme, EXCLUDE if excluded else INCLUDE, phrase.strip())

    def merge(self, theme: str, into: str) -> tuple[Decision, ...]:
        """Count a theme as another one from now on."""
        if self._code(theme).id == self._code(into).id:
            raise InputError("a theme cannot be merged with itself.", remedy="Name two themes.")
        return (*self._accepted(into), *self._about(theme, MERGE, into))

    def split(self, theme: str, name: str, turns: Sequence[str]) -> tuple[Decision, ...]:
        """Make a theme of its own of what these turns say to a theme."""
        mine = [each for each in self._codings(theme) if each.turn in set(turns)]
        if not mine:
            raise InputError(
                "none of these turns is coded with the theme.",
                remedy="Choose turns that are listed under it.",
            )
        key = unique(slug(name, "theme"), set(self.codes))
        return self._about(theme, SPLIT, self._record(mine, name.strip(), key))

    def move(self, theme: str, parent: str) -> tuple[Decision, ...]:
        """Put a theme under another one, or (with an empty parent) at the top."""
        above = parent
        while above:
            if above == theme:
                raise InputError(
                    "a theme cannot be put under itself or what is under it.",
                    remedy="Choose another theme to put it under.",
                )
            above = self._code(above).parent
        return self._about(theme, MOVE, parent)

    def lock(self, theme: str) -> tuple[Decision, ...]:
        """Take a theme's codings as complete: nothing is suggested for it any more."""
        return self._about(theme, LOCK, self._record(self._codings(theme)))

    def accept(self, theme: str) -> tuple[Decision, ...]:
        """Take a theme and its present codings as right."""
        code = self._code(theme)
        return (self._made(theme, ACCEPT, self._record(self._codings(theme), code.name)),)

    def reject(self, theme: str) -> tuple[Decision, ...]:
        """Take a theme away for good: neither it nor the like is suggested again."""
        self._code(theme)
        return (self._made(theme, REJECT, self._record(self._codings(theme))),)

    def code(self, turn: str, theme: str, place: int = -1) -> tuple[Decision, ...]:
        """Code a turn (or its unit at character ``place``) with a theme."""
        self._code(theme)
        units = self._units(turn, place)
        made = (self._at(unit, CODE, theme) for unit in units)
        return (*self._accepted(theme), *made)

    def uncode(self, turn: str, theme: str, place: int = -1) -> tuple[Decision, ...]:
        """Take a theme off a turn (or its unit at character ``place``)."""
        self._code(theme)
        made = (self._at(unit, UNCODE, theme) for unit in self._units(turn, place))
        return (*self._accepted(theme), *made)

    def _about(self, theme: str, field: str, value: str) -> tuple[Decision, ...]:
        self._code(theme)
        return (*self._accepted(theme), self._made(theme, field, value))

    def _accepted(self, theme: str) -> tuple[Decision, ...]:
        """A theme that came up by itself and that nobody has touched yet is accepted first."""
        code = self.codes[theme]
        touched = any(each.by != BY for each in self._codings(theme))
        return () if code.origin != "emergent" or touched else self.accept(theme)

    def _code(self, theme: str) -> Code:
        if theme not in self.codes:
            close = [key for key in self.codes if theme.casefold() in key]
            hint = f"Close: {', '.join(close[:5])}." if close else "List them with: fgd themes."
            raise InputError(f'there is no theme "{theme}".', remedy=hint)
        return self.codes[theme]

    def _codings(self, theme: str) -> list[Coding]:
        return [e for e in self.themed.codings if e.code == theme and e.status != "rejected"]

    def _units(self, turn: str, place: int) -> list[Unit]:
        if turn not in self.turns:
            raise InputError(f'there is no turn "{turn}".', remedy="List them with: fgd find.")
        mine = [u for u in self.themed.units if u.turn == turn]
        if place >= 0:
            return [unit for unit in mine if unit.start <= place < unit.end]
        return [unit for unit in mine if unit.kind == "content"] or mine[:1]

    def _record(self, codings: Sequence[Coding], name: str = "", key: str = "") -> str:
        best = sorted(codings, key=lambda each: -each.score)[:EXAMPLES]
        examples = tuple(
            self.turns[each.turn].text[each.start : each.end] if each.turn in self.turns else ""
            for each in best
        )
        units = tuple(
            address(self.turns[each.turn], each.start, each.end)
            for each in codings
            if each.turn in self.turns
        )
        return msgspec.json.encode(Record(key, name, examples, units)).decode()

    def _at(self, unit: Unit, field: str, theme: str) -> Decision:
        turn = self.turns[unit.turn]
        span = moment(turn, unit.start, unit.end)
        return self._made(theme, field, theme, f"turn:{turn.id}", turn.recording, span)

    def _made(
        self,
        theme: str,
        field: str,
        value: str,
        target: str = "",
        recording: str = "",
        anchor: Span = _NOWHERE,
    ) -> Decision:
        target = target or f"theme:{theme}"
        return Decision.made(target, field, value, recording, anchor, by=self.by, when=self.when)


def address(turn: Turn, start: int, end: int) -> str:
    """Where a stretch of a turn was said: ``recording@start-end``."""
    span = moment(turn, start, end)
    return f"{turn.recording}@{span.start}-{span.end}"


def record(decision: Decision) -> Record:
    """Tell what a decision remembers; nothing where its value cannot be read."""
    try:
        return decode(decision.value, Record)
    except (msgspec.MsgspecError, ValueError):
        return Record()


SAME = 0.5
"""A suggestion that shares so much (Jaccard) with one that was rejected is the same one."""

Place = tuple[str, int, int]


@dataclass(slots=True)
class Decided:
    """What people decided about the themes of a session; decisions about anything else are none.

    ``book`` is the codebook with their changes, ``merged`` maps a theme to the one that stays,
    ``settled`` holds codings a person made or accepted, ``struck`` what must not be suggested,
    ``locked`` the themes for which nothing is suggested any more, ``retired`` themes that were
    merged into others and still help to find what those are about, ``source`` the theme from which
    each one was split off.
    """

    book: Codebook
    merged: dict[str, str] = field(default_factory=dict)
    settled: dict[tuple[Place, str], str] = field(default_factory=dict)
    struck: dict[tuple[Place, str], str] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    rejected: list[frozenset[Place]] = field(default_factory=list)
    retired: list[Code] = field(default_factory=list)
    source: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    @staticmethod
    def of(
        book: Codebook, decisions: Iterable[Decision], turns: Sequence[Turn], units: Sequence[Unit]
    ) -> Decided:
        """Apply decisions, which all hold, in their order."""
        found = Decided(book)
        clock = Clock(turns, units)
        for decision in applied_in("themes", decisions):
            found._apply(decision, clock)
        return found

    def codings(self, suggested: Sequence[Coding]) -> tuple[Coding, ...]:
        """Return the suggestions as people left them: merged, struck out, accepted, added to.

        What was taken off a unit stays as a rejected coding.
        """
        kept: dict[tuple[Place, str], Coding] = {}
        for coding in suggested:
            key = (coding.turn, coding.start, coding.end), self._heir(coding.code)
            if key in self.struck or (key[1] in self.locked and key not in self.settled):
                continue
            if key not in kept or coding.score > kept[key].score:
                kept[key] = replace(coding, code=key[1])
        # Whoever splits a theme says which units go; the others stay where they are.
        for place, code in [key for key in kept if key[1] in self.source]:
            if (place, self._heir(self.source[code])) in kept:
                del kept[place, code]
        known = {code.id for code in self.book.codes}
        for (place, code), by in self.settled.items():
            if code in known:
                old = kept.get((place, code), Coding(*place, code, 1.0, "decided by a person"))
                kept[place, code] = replace(old, by=by, status="accepted")
        for (place, code), by in self.struck.items():
            if code in known:
                reason = "taken off by a person"
                kept[place, code] = Coding(*place, code, 0.0, reason, by, "rejected")
        return tuple(kept.values())

    def unwanted(self, units: Iterable[Unit]) -> bool:
        """Tell whether these units together were suggested as a theme before, and rejected."""
        mine = frozenset(_place(unit) for unit in units)
        return any(len(mine & each) >= SAME * len(mine | each) for each in self.rejected)

    def _heir(self, code: str) -> str:
        seen = {code}
        while code in self.merged and self.merged[code] not in seen:
            code = self.merged[code]
            seen.add(code)
        return code

    def _apply(self, decision: Decision, clock: Clock) -> None:
        if decision.field in (CODE, UNCODE):
            self._single(decision, clock)
            return
        theme = self._heir(decision.target.removeprefix("theme:"))
        told = record(decision)
        places = [_place(unit) for address in told.units for unit in clock.at(address)]
        if decision.field == REJECT:
            self.rejected.append(frozenset(places))
            self._remove(theme)
            return
        if decision.field == ACCEPT and theme not in self._codes() and told.name:
            self._add(Code(theme, told.name, examples=told.examples, origin="emergent"))
        if theme not in self._codes():
            self._lost(decision, f'there is no theme "{theme}" any more')
            return
        field = decision.field
        if field in _APPROVING:
            stays = self._heir(decision.value) if field == MERGE else theme
            self._change(stays, approved=_approval(decision))
        if field == NAME:
            self._change(theme, name=decision.value)
        elif field == DESCRIPTION:
            self._change(theme, description=decision.value)
        elif field == MERGE:
            self._merge(theme, self._heir(decision.value), decision)
        elif field == MOVE:
            self._move(theme, decision)
        elif field in (INCLUDE, EXCLUDE):
            self._phrase(theme, decision)
        elif field == SPLIT:
            self._split(theme, told, places, decision)
        else:  # accepted, or complete
            if field == LOCK:
                self._change(theme, locked=True)
                self.locked.add(theme)
            self._settle(places, theme, decision.by)

    def _single(self, decision: Decision, clock: Clock) -> None:
        theme = self._heir(decision.value)
        units = clock.units(decision.recording, decision.anchor)
        if not units:
            self._lost(decision, "the words it speaks of are no longer there")
        for unit in units:
            key = (_place(unit), theme)
            chosen, other = self.settled, self.struck
            if decision.field == UNCODE:
                chosen, other = other, chosen
            other.pop(key, None)
            chosen[key] = decision.by

    def _split(
        self,
        theme: str,
        told: Record,
        places: Sequence[Place],
        decision: Decision,
    ) -> None:
        old, key = self._codes()[theme], told.id
        if key and key not in self._codes():
            self._add(
                Code(key, told.name or key, examples=told.examples, parent=old.parent,
                     origin="person", dimension=old.dimension, approved=_approval(decision))
            )  # fmt: skip
        self.source[key] = theme
        self._settle(places, key, decision.by)
        for place in places:
            self.settled.pop((place, theme), None)
            self.struck[place, theme] = decision.by

    def _merge(self, theme: str, into: str, decision: Decision) -> None:
        if into not in self._codes() or into == theme:
            self._lost(decision, f'there is no theme "{into}" to merge with')
            return
        self.merged[theme] = into
        for store in (self.settled, self.struck):
            for place, code in [key for key in store if key[1] == theme]:
                store[place, into] = store.pop((place, code))
        self.retired.append(self._codes()[theme])
        self._remove(theme, into)

    def _move(self, theme: str, decision: Decision) -> None:
        codes, above = self._codes(), decision.value
        if above and above not in codes:
            self._lost(decision, f'there is no theme "{above}" to put it under')
            return
        while above in codes:
            if above == theme:
                self._lost(decision, "it would stand under itself")
                return
            above = codes[above].parent
        self._change(theme, parent=decision.value)

    def _phrase(self, theme: str, decision: Decision) -> None:
        """Add a phrase to one of the two lists, and take it off the other."""
        code, said = self._codes()[theme], decision.value
        lists = {
            INCLUDE: [each for each in code.anchors if each != said],
            EXCLUDE: [each for each in code.excludes if each != said],
        }
        lists[decision.field].append(said)
        self._change(theme, anchors=tuple(lists[INCLUDE]), excludes=tuple(lists[EXCLUDE]))

    def _settle(self, places: Iterable[Place], theme: str, by: str) -> None:
        for place in places:
            self.struck.pop((place, theme), None)
            self.settled[place, theme] = by

    def _codes(self) -> dict[str, Code]:
        return {code.id: code for code in self.book.codes}

    def _add(self, code: Code) -> None:
        self.book = replace(self.book, codes=(*self.book.codes, code))

    def _change(self, theme: str, **changes: Any) -> None:
        codes = tuple(
            replace(code, **changes) if code.id == theme else code for code in self.book.codes
        )
        self.book = replace(self.book, codes=codes)

    def _remove(self, theme: str, heir: str = "") -> None:
        """Take a theme out; what was under it comes under its heir or its own parent."""
        gone = self._codes().get(theme)
        if gone is None:
            return
        above = heir or gone.parent
        codes = [code for code in self.book.codes if code.id != theme]
        codes = [
            replace(code, parent=above if above != code.id else gone.parent)
            if code.parent == theme
            else code
            for code in codes
        ]
        self.book = replace(self.book, codes=tuple(codes))

    def _lost(self, decision: Decision, why: str) -> None:
        message = f"the decision {decision.id} ({decision.field}) has no effect: {why}."
        remedy = "Decide again, or take the decision back."
        self.issues.append(Issue("warning", "decisions.jsonl", message, remedy))


_APPROVING = {
    NAME: "named", DESCRIPTION: "described", MERGE: "merged",
    INCLUDE: "given a phrase", EXCLUDE: "given a phrase", LOCK: "locked", ACCEPT: "accepted",
}  # fmt: skip
"""What a person does to a theme that they stand for."""


def _approval(decision: Decision) -> str:
    act = _APPROVING.get(decision.field, "split off")
    return f"{act} by {decision.by} on {decision.when[:10]}"


def _place(unit: Unit) -> Place:
    return unit.turn, unit.start, unit.end


def _named(decision: Decision, names: Names) -> tuple[str, str]:
    """Tell how the theme of a decision is called, and the one that its value names."""
    mine = decision.target.removeprefix("theme:")
    return f"theme {quoted(names.theme(mine))}", f"theme {quoted(names.theme(decision.value))}"


def _said(sentence: Callable[[str, str, Decision], str]) -> Callable[[Decision, Names], str]:
    """A renderer from a sentence over the theme, the theme of the value, and the decision."""

    def says(decision: Decision, names: Names) -> str:
        mine, above = _named(decision, names)
        return sentence(mine, above, decision)

    return says


def _same_theme(one: Decision, other: Decision) -> bool:
    about = {each.target.removeprefix("theme:") for each in (one, other)}
    return len(about) == 1 or bool(about & {one.value, other.value})


def _same_unit(one: Decision, other: Decision) -> bool:
    same = one.recording == other.recording and one.value == other.value
    return same and one.anchor.overlaps(other.anchor)


_SENTENCES: dict[str, Callable[[str, str, Decision], str]] = {
    NAME: lambda mine, _, each: f"{mine} is called {quoted(each.value)}",
    DESCRIPTION: lambda mine, _, each: f"{mine} means: {quoted(each.value)}",
    MERGE: lambda mine, above, _: f"{mine} is merged into {above}",
    SPLIT: lambda mine, _above, _: f"a theme of its own is split off {mine}",
    MOVE: lambda mine, above, each: f"{mine} stands {f'under {above}' if each.value else 'alone'}",
    INCLUDE: lambda mine, _, each: f"whoever says {quoted(each.value)} speaks of {mine}",
    EXCLUDE: lambda mine, _, each: f"whoever says {quoted(each.value)} does not speak of {mine}",
    LOCK: lambda mine, _above, _: f"{mine} is complete",
    ACCEPT: lambda mine, _above, _: f"{mine} and what is coded with it are right",
    REJECT: lambda mine, _above, _: f"{mine} is no theme",
}
DECISIONS = (
    *(
        Kind(field, ("theme",), "theme", "themes", _said(sentence), _same_theme)
        for field, sentence in _SENTENCES.items()
    ),
    Kind(CODE, ("turn",), "coding", "themes",
         _said(lambda _, above, _each: f"this passage is about {above}"), _same_unit),
    Kind(UNCODE, ("turn",), "coding", "themes",
         _said(lambda _, above, _each: f"this passage is not about {above}"), _same_unit),
)  # fmt: skip
