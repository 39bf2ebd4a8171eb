"""What may be printed of a speaker under each rule of attribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fgd.model import Presence, Rule

SOMEBODY = "a participant"
CHAIR = "the chair"


class Labels:
    """Names speakers as far as the rule goes; ``least`` people make a group that may be named."""

    def __init__(self, rule: Rule, presence: Sequence[Presence], least: int) -> None:
        self.rule = rule
        self.least = least
        self.by_key = {each.key: each for each in presence}
        heard = [each for each in presence if each.role not in ("facilitator", "observer")]
        self.people = Counter(each.category for each in heard if each.category)

    def __call__(self, key: str) -> str:
        """``Delta Institute``, ``a participant (think tank)``, ``a participant``."""
        who = self.by_key.get(key)
        if who is None:
            return SOMEBODY
        if who.role == "facilitator":
            return CHAIR
        if self.rule == "named":
            return f"{who.label} ({who.institution})" if who.institution else who.label
        if self.rule == "institution":
            return who.institution or "a participant, institution not known"
        if self.rule == "category" and self.people[who.category] >= self.least:
            return f"{SOMEBODY} ({who.category})"
        return SOMEBODY

    def many(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Labels of several people, each once, with how many bear it."""
        count = Counter(self(key) for key in keys)
        return tuple(
            label if number == 1 or label == CHAIR else f"{_plural(label)} ({number})"
            for label, number in count.items()
        )


def _plural(label: str) -> str:
    return label.replace(SOMEBODY, "participants", 1)
