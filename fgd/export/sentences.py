"""The sentences of a brief: closed frames around exact quotes, over one proposition each.

Nothing here judges. A frame names who put a proposition, who took which side in which words, and
what the chair concluded; every word in quotation marks is an extract of the brief.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fgd.core.text import number
from fgd.model import Answer, Brief, Finding, Side, Summary

SOMEBODY = "a participant"
TITLES: dict[Side, str] = {
    "for": "for",
    "condition": "on condition",
    "against": "against",
    "doubt": "in doubt",
    "alternative": "instead",
    "yes": "yes",
    "no": "no",
    "part": "in part",
    "answer": "answered",
    "open": "spoke to it (side not read)",
}
CLAIMED: dict[Side, str] = TITLES | {
    "for": "agreed",
    "condition": "agreed on condition",
    "against": "disagreed",
    "yes": "agreed",
    "no": "disagreed",
    "part": "agreed in part",
    "answer": "answered",
}
"""What a side is called towards somebody's claim."""

CONCLUSIONS = {
    "agreed": "what was agreed",
    "not agreed": "what was not agreed",
    "decided": "what was decided",
    "left open": "what was left open",
    "summary": "what was heard",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a sentence: text of the frame, or a quote, or a link to another finding.

    ``notes`` are ids of extracts that rest under the text without being quoted there.
    """

    text: str = ""
    quote: str = ""
    link: str = ""
    notes: tuple[str, ...] = ()


class Sentences:
    """Writes the sentences of one brief."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._extracts = {each.id: each for each in brief.extracts}
        self._findings = {each.id: each for each in brief.findings}
        self._summaries: dict[str, list[Summary]] = {}
        for each in brief.summaries:
            if each.finding:
                self._summaries.setdefault(each.finding, []).append(each)

    def finding(self, each: Finding) -> tuple[Run, ...]:
        """One proposition, who took which side, what came of it."""
        runs: list[Run] = []
        if each.addressee:
            runs.append(Run(f"To {each.addressee}: "))
        runs += self._put(each)
        groups = [group for group in self._groups(each) if group]
        bare = [group for group in groups if not any(run.quote for run in group)]
        for group in bare:
            runs += [Run("; "), *group]
        runs.append(Run(". " if bare or not self._asks(runs) else " "))
        for group in groups:
            if group not in bare:
                runs += [*_capital(group), Run(". ")]
        if each.unanswered:
            runs.append(Run("Nobody answered this. "))
        if each.silence:
            people = "person" if each.silence == 1 else "people"
            told = f"{number(each.silence)} {people} spoke after it"
            runs.append(Run(f"No objection was found; {told}. "))
        for summary in self._summaries.get(each.id, ()):
            runs += [*self.summary(summary), Run(" ")]
        return _tidy(runs)

    def summary(self, each: Summary) -> tuple[Run, ...]:
        """What the chair concluded, told as the chair's."""
        if each.extract not in self._extracts:
            return ()
        return (Run(f"{_first(each.speaker or 'the chair')}: "), Run(quote=each.extract), Run("."))

    def text(self, runs: Iterable[Run]) -> str:
        """The runs as one line of plain text, quotes in quotation marks."""
        return "".join(
            f"\u201c{self._extracts[run.quote].text}\u201d" if run.quote else run.text or run.link
            for run in runs
        ).strip()

    def _asks(self, runs: Sequence[Run]) -> bool:
        """Whether a sentence ends with a quoted question, after which no stop is set."""
        last = runs[-1].quote
        return bool(last) and self._extracts[last].text.endswith(("?", "!"))

    def _put(self, each: Finding) -> list[Run]:
        who = _first(each.speaker or SOMEBODY)
        if each.extract not in self._extracts:
            return [Run(f"{who} {each.verb} something that is withheld")]
        join = {"that": " that ", "object": " ", "colon": ": "}[each.form]
        return [Run(f"{who} {each.verb}{join}"), Run(quote=each.extract)]

    def _groups(self, each: Finding) -> Iterator[list[Run]]:
        titles = CLAIMED if each.kind == "claim" else TITLES
        by_title: dict[str, list[Answer]] = {}
        for side in TITLES:
            for answer in each.side(side):
                by_title.setdefault(titles[side], []).append(answer)
        for title, answers in by_title.items():
            people = list(self._people(each, answers))
            if people:
                yield [Run(f"{title}: "), *people]

    def _people(self, each: Finding, answers: Sequence[Answer]) -> Iterator[Run]:
        """``A ("..."), B ("..."), C``; people of one label are counted: ``two participants``."""
        labels: dict[str, list[Answer]] = {}
        for answer in sorted(answers, key=lambda one: not self._quoted(one)):
            labels.setdefault(answer.speaker or SOMEBODY, []).append(answer)
        first = True
        for label, same in labels.items():
            if not first:
                yield Run(", ")
            first = False
            unquoted = tuple(
                one.extract
                for one in same
                if not self._quoted(one) and one.extract in self._extracts
            )
            yield Run(_counted(label, len(same)), notes=unquoted)
            for name in dict.fromkeys(
                one.quoted_in for one in same if not self._quoted(one) and not one.instead
            ):
                if name in self._findings and name != each.id:
                    yield from (Run(" (see "), Run(name, link=name), Run(")"))
            quoted = [one for one in same if self._quoted(one)]
            for place, one in enumerate(quoted):
                yield Run(" (" if not place else "; ")
                yield Run(quote=one.extract)
            if quoted:
                yield Run(")")
            for one in same:
                yield from self._instead(each, one, several=len(same) > 1)

    def _quoted(self, answer: Answer) -> bool:
        return answer.shown and answer.extract in self._extracts

    def _instead(self, each: Finding, answer: Answer, *, several: bool) -> Iterator[Run]:
        """What somebody put in the proposition's place: quoted here, or told as its own finding."""
        other = self._findings.get(answer.instead)
        if other is None or other.extract not in self._extracts:
            return
        who = "one of whom" if several else "who"
        if other.within == each.id:
            join = {"that": "proposed instead that ", "object": f"{other.verb} instead "}
            yield Run(f", {who} {join.get(other.form, 'proposed instead: ')}")
            yield Run(quote=other.extract)
        else:
            yield Run(f", {who} proposed ")
            yield Run(other.id, link=other.id)
            yield Run(" instead")


def words(text: str) -> int:
    """How many words a text has, as a word processor counts them."""
    return len(text.split())


def _counted(label: str, people: int) -> str:
    """``two participants (think tank)``, ``Delta Institute (three people)``; one is the label."""
    if people == 1:
        return label
    if label.startswith(SOMEBODY):
        return f"{number(people)} participants{label.removeprefix(SOMEBODY)}"
    return f"{label} ({number(people)} people)"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _capital(group: Sequence[Run]) -> list[Run]:
    """A group that stands as a sentence of its own."""
    return [Run(_first(group[0].text), notes=group[0].notes), *group[1:]]


def _tidy(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs without empty ones, the last without the space after it."""
    kept = [run for run in runs if run.text or run.quote]
    if kept and kept[-1].text:
        last = kept[-1]
        kept[-1] = Run(last.text.rstrip(), link=last.link, notes=last.notes)
    return tuple(run for run in kept if run.text or run.quote)
