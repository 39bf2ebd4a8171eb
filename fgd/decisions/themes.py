"""What people say about themes, as decisions that survive another transcription.

=====================  ===========================================  ===========================
field                  says                                         value
=====================  ===========================================  ===========================
``theme-name``         this theme is called so                      the name
``theme-description``  this is what it means                        the description
``theme-merge``        this theme is the same as another one        id of the one that stays
``theme-split``        these units of it are a theme of their own   record: id, name, units
``theme-move``         it belongs under another theme               id of the parent, or empty
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

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fgd.core.errors import InputError
from fgd.core.serialization import decode
from fgd.decisions.anchors import moment
from fgd.model import Code, Coding, Decision, Span, Themed, Turn, Unit

NAME, DESCRIPTION, MERGE, SPLIT = "theme-name", "theme-description", "theme-merge", "theme-split"
MOVE, LOCK, ACCEPT, REJECT = "theme-move", "theme-lock", "theme-accept", "theme-reject"
CODE, UNCODE = "code", "uncode"
FIELDS = (NAME, DESCRIPTION, MERGE, SPLIT, MOVE, LOCK, ACCEPT, REJECT, CODE, UNCODE)

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
            raise InputError("a theme needs a name.")
        return self._about(theme, NAME, name.strip())

    def describe(self, theme: str, description: str) -> tuple[Decision, ...]:
        """Say what a theme means; what it means is also what is looked for."""
        return self._about(theme, DESCRIPTION, description.strip())

    def merge(self, theme: str, into: str) -> tuple[Decision, ...]:
        """Count a theme as another one from now on."""
        if self._code(theme).id == self._code(into).id:
            raise InputError("a theme cannot be merged with itself.", remedy="Name two themes.")
        return (*self._accepted(into), *self._about(theme, MERGE, into))

    def split(self, theme: str, name: str, turns: Sequence[str]) -> tuple[Decision, ...]:
        """Make a theme of its own of what these turns say to a theme."""
        mine = [each for each in self._codings(theme) if each.turn in set(turns)]
        if not mine:
            raise InputError("none of these turns is coded with the theme.")
        slug = re.sub(r"[^\w]+", "-", name.casefold()).strip("-_") or "theme"
        key, number = slug, 2
        while key in self.codes:
            key, number = f"{slug}-{number}", number + 1
        return self._about(theme, SPLIT, self._record(mine, name.strip(), key))

    def move(self, theme: str, parent: str) -> tuple[Decision, ...]:
        """Put a theme under another one, or (with an empty parent) at the top."""
        above = parent
        while above:
            if above == theme:
                raise InputError("a theme cannot be put under itself or what is under it.")
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
        import msgspec

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
        parts = (target, field, value, self.by, self.when, recording, str(anchor.start))
        key = "d-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]
        return Decision(key, target, field, value, self.by, self.when, recording, anchor)


def address(turn: Turn, start: int, end: int) -> str:
    """Where a stretch of a turn was said: ``recording@start-end``."""
    span = moment(turn, start, end)
    return f"{turn.recording}@{span.start}-{span.end}"


def record(decision: Decision) -> Record:
    """What a decision remembers; nothing where its value cannot be read."""
    import msgspec

    try:
        return decode(decision.value, Record)
    except (msgspec.MsgspecError, ValueError):
        return Record()
