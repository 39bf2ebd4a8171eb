"""The scale of quantifiers: which word stands for how many people, printed in every brief.

``python -m fgd.synthesis.scale`` prints the word for every count up to 40 people.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from fgd.core.errors import SettingsError
from fgd.core.settings import BriefSettings
from fgd.model import Wording

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
           "eleven", "twelve")  # fmt: skip
LARGEST = 40


def number(count: int) -> str:
    """A count in words up to twelve, else in figures."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def amount(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "one passage", "15 passages"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


@dataclass(frozen=True, slots=True)
class Scale:
    """Words for "``people`` of ``of``"; rules are tried from the top and the first match wins."""

    settings: BriefSettings

    def __call__(self, people: int, of: int) -> str:
        """The quantifier, to stand before "of those who spoke to this".

        Raises ``ValueError`` where nobody can be meant: more people than there are.
        """
        if not 0 <= people <= of or of < 1:
            raise ValueError(f"{people} of {of} people is not a count")
        for words, matches in self._rules(people, of):
            if matches:
                return words
        raise SettingsError(
            f"the scale of quantifiers has no word for {people} of {of} people.",
            where="[brief]",
            remedy="Set half <= most, and few above 0.",
        )

    def _rules(self, people: int, of: int) -> Iterator[tuple[str, bool]]:
        share, limits = people / of, self.settings
        yield "none", people == 0
        if of < limits.all_from:
            yield _counted(people, of), True
        yield "all", people == of
        yield "nearly all", people == of - 1 and of >= limits.nearly_all_from
        yield "one", people == 1
        yield "most", share > limits.most
        yield "about half", limits.half <= share <= limits.most
        yield "a few", people == 2 or (people == 3 and share < limits.few)
        yield "several", people >= 3 and share < limits.half

    def printed(self) -> tuple[Wording, ...]:
        """The scale as a reader sees it, with the thresholds in force."""
        limits = self.settings
        return (
            Wording(
                "one of two, all three ...",
                f"fewer than {limits.all_from} people spoke to it: the count itself, in words",
            ),
            Wording("all", f"everybody, {limits.all_from} people or more"),
            Wording("nearly all", f"all but one, of {limits.nearly_all_from} people or more"),
            Wording("most", f"more than {limits.most:.0%}"),
            Wording("about half", f"{limits.half:.0%} to {limits.most:.0%}"),
            Wording("a few", f"two people, or three where that is less than {limits.few:.0%}"),
            Wording("several", f"three people or more, less than {limits.half:.0%}"),
            Wording("one", "one person"),
            Wording("no participant objected", "silence, which is never counted as agreement"),
        )


def _counted(people: int, of: int) -> str:
    """Where the groups are tiny: "both", "all three", "two of three", "the only one"."""
    if of == 1:
        return "the only one"
    if people == of:
        return "both" if of == 2 else f"all {number(of)}"
    return f"{number(people)} of {number(of)}"


def holes(scale: Scale, largest: int = LARGEST) -> tuple[tuple[int, int], ...]:
    """The counts (people, of) up to ``largest`` people that the scale has no word for."""
    found = []
    for of in range(1, largest + 1):
        for people in range(of + 1):
            try:
                scale(people, of)
            except SettingsError:
                found.append((people, of))
    return tuple(found)


def checked(settings: BriefSettings) -> Scale:
    """The scale of these settings; ``SettingsError`` if it has holes or contradicts itself."""
    scale = Scale(settings)
    ordered = 0 < settings.few <= settings.half <= settings.most < 1
    if not ordered or settings.all_from < 2 or settings.nearly_all_from < settings.all_from:
        raise SettingsError(
            "the thresholds of the quantifiers are out of order.",
            where="[brief]",
            remedy="They must satisfy 0 < few <= half <= most < 1 and all_from <= nearly_all_from.",
        )
    if found := holes(scale):
        raise SettingsError(
            f"the scale of quantifiers has no word for {found[0][0]} of {found[0][1]} people.",
            where="[brief]",
        )
    return scale


def main() -> None:
    """Print the word for every count, one line for each number of people."""
    scale = checked(BriefSettings())
    for of in range(1, LARGEST + 1):
        words = [scale(people, of) for people in range(of + 1)]
        runs = [
            f"{words.index(each)}-{of - words[::-1].index(each)} {each}"
            for each in dict.fromkeys(words)
        ]
        sys.stdout.write(f"{of:>2} people: {', '.join(runs)}\n")
    sys.stdout.write(f"{len(holes(scale))} counts without a word\n")


if __name__ == "__main__":
    main()
