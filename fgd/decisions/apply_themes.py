"""Decisions of people laid over what is suggested: about themes, and about single units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from fgd.decisions import themes as decide
from fgd.decisions.anchors import Clock
from fgd.decisions.themes import FIELDS, record
from fgd.model import Code, Codebook, Coding, Decision, Issue, Turn, Unit

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
        for decision in decisions:
            if decision.field in FIELDS:
                found._apply(decision, clock)
        return found

    def codings(self, suggested: Sequence[Coding]) -> tuple[Coding, ...]:
        """The suggestions as people left them: merged, struck out, accepted, added to.

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
        """Whether these units together were suggested as a theme before, and rejected."""
        mine = frozenset(_place(unit) for unit in units)
        return any(len(mine & each) >= SAME * len(mine | each) for each in self.rejected)

    def _heir(self, code: str) -> str:
        seen = {code}
        while code in self.merged and self.merged[code] not in seen:
            code = self.merged[code]
            seen.add(code)
        return code

    def _apply(self, decision: Decision, clock: Clock) -> None:
        if decision.field in (decide.CODE, decide.UNCODE):
            self._single(decision, clock)
            return
        theme = self._heir(decision.target.removeprefix("theme:"))
        told = record(decision)
        places = [_place(unit) for address in told.units for unit in clock.at(address)]
        if decision.field == decide.REJECT:
            self.rejected.append(frozenset(places))
            self._remove(theme)
            return
        if decision.field == decide.ACCEPT and theme not in self._codes() and told.name:
            self._add(Code(theme, told.name, examples=told.examples, origin="emergent"))
        if theme not in self._codes():
            self._lost(decision, f'there is no theme "{theme}" any more')
            return
        match decision.field:
            case decide.NAME:
                self._change(theme, name=decision.value)
            case decide.DESCRIPTION:
                self._change(theme, description=decision.value)
            case decide.MERGE:
                self._merge(theme, self._heir(decision.value), decision)
            case decide.MOVE:
                self._move(theme, decision)
            case decide.LOCK:
                self._change(theme, locked=True)
                self.locked.add(theme)
                self._settle(places, theme, decision.by)
            case decide.ACCEPT:
                self._settle(places, theme, decision.by)
            case decide.SPLIT:
                self._split(theme, told.id, told.name, told.examples, places, decision)

    def _single(self, decision: Decision, clock: Clock) -> None:
        theme = self._heir(decision.value)
        units = clock.units(decision.recording, decision.anchor)
        if not units:
            self._lost(decision, "the words it speaks of are no longer there")
        for unit in units:
            key = (_place(unit), theme)
            chosen, other = self.settled, self.struck
            if decision.field == decide.UNCODE:
                chosen, other = other, chosen
            other.pop(key, None)
            chosen[key] = decision.by

    def _split(
        self,
        theme: str,
        key: str,
        name: str,
        examples: tuple[str, ...],
        places: Sequence[Place],
        decision: Decision,
    ) -> None:
        old = self._codes()[theme]
        if key and key not in self._codes():
            self._add(
                Code(key, name or key, examples=examples, parent=old.parent, origin="person",
                     dimension=old.dimension)
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

    def _settle(self, places: Iterable[Place], theme: str, by: str) -> None:
        for place in places:
            self.struck.pop((place, theme), None)
            self.settled[place, theme] = by

    def _codes(self) -> dict[str, Code]:
        return {code.id: code for code in self.book.codes}

    def _add(self, code: Code) -> None:
        self.book = replace(self.book, codes=(*self.book.codes, code))

    def _change(self, theme: str, **changes: object) -> None:
        codes = tuple(
            replace(code, **changes) if code.id == theme else code  # type: ignore[arg-type] # names of its own fields
            for code in self.book.codes
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


def _place(unit: Unit) -> Place:
    return unit.turn, unit.start, unit.end
