"""What people decided, line by line; a damaged line costs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fgd.core.serialization import decode
from fgd.core.text import clean
from fgd.core.textfile import read_text
from fgd.model import Decision, Issue


def read_decisions(path: Path, name: str) -> tuple[tuple[Decision, ...], list[Issue]]:
    """Every decision of ``decisions.jsonl`` in its order, undone ones included.

    Raises ``OSError`` only.
    """
    import msgspec

    text, issues = read_text(path, name)
    decisions: list[Decision] = []
    seen: set[str] = set()
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            decision = decode(line.encode("utf-8", "replace"), Decision)
        except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
            what = clean(str(problem))
            cut = " It may have been cut off while it was written." if number == len(lines) else ""
            message = f"this decision cannot be read ({what}) and was left out.{cut}"
            issues.append(Issue("warning", name, message, "Correct or delete the line.", place))
            continue
        if decision.id in seen:
            message = f"the decision {decision.id!r} is there twice; the second was left out."
            issues.append(Issue("warning", name, message, "Delete one of them.", place))
            continue
        if decision.undoes and decision.undoes not in seen:
            message = f"there is no earlier decision {decision.undoes!r} to undo."
            issues.append(Issue("warning", name, message, "", place))
        seen.add(decision.id)
        decisions.append(decision)
    return tuple(decisions), issues


def effective(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions that hold, in order: without the undone ones and without mere undoing.

    An undoing may itself be undone, which brings the first decision back. One that also sets a
    value (a correction of a correction) stays as a decision of its own.
    """
    kept: list[Decision] = []
    undone: set[str] = set()
    for decision in reversed(tuple(decisions)):
        if decision.id in undone:
            continue
        if decision.undoes:
            undone.add(decision.undoes)
        if not decision.undoes or decision.value:
            kept.append(decision)
    return tuple(reversed(kept))
