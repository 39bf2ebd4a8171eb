"""Tell a brief as its readers walk through it: what belongs together, in which order, how much.

Its sentences are closed frames around exact quotes, over one proposition each. Nothing here judges.
A frame names who put a proposition, who took which side in which words, and what the chair
concluded; every word in quotation marks is an extract of the brief.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import groupby
from typing import Any

from fgd.core.clock import clock
from fgd.core.text import number
from fgd.model import (
    Account,
    Answer,
    Brief,
    BriefKind,
    Contrast,
    Contribution,
    Extract,
    Fact,
    Finding,
    Gap,
    GapKind,
    Grid,
    ReportBack,
    Side,
    Spoken,
    Summary,
    Theme,
)

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

DOUBTING: dict[Side, str] = {"against": "against or in doubt", "no": "no, or in doubt"}
DISPUTING = DOUBTING | {"against": "disagreed or in doubt", "no": "disagreed or in doubt"}
"""What the sides are called that a network does not tell from doubt."""

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
        tables = brief.breakouts.tables
        self._tables = {name: each.name for each in tables for name in each.findings}
        self._extracts = {each.id: each for each in brief.extracts}
        self._findings = {each.id: each for each in brief.findings}
        self._summaries: dict[str, list[Summary]] = {}
        for each in brief.summaries:
            if each.finding:
                self._summaries.setdefault(each.finding, []).append(each)
        self._internal = brief.edition == "internal"
        self._carried = self._carries(brief) if self._internal else {}
        self.apart: frozenset[str] = frozenset()
        """Ids of what was summed up on a finding and stands on the first page, not with it."""

    def finding(self, each: Finding) -> tuple[Run, ...]:
        """Return one proposition, who took which side, what came of it."""
        runs: list[Run] = []
        if each.id in self._tables:
            runs.append(Run(f"{self._tables[each.id]}. "))
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
        for name in each.later:
            if name in self._extracts:
                who = self._came_back(each, name)
                runs += [Run(f"{who} later, on this it seems: "), Run(quote=name), Run(". ")]
        for then in self._carried.get(each.id, ()):
            who = _first(then.speaker or SOMEBODY)
            runs += [Run(f"{who} later, near it as it seems: "), Run(quote=then.extract)]
            runs.append(Run(". "))
        if each.unanswered:
            runs.append(Run("Nobody answered this. "))
        if each.silence:
            people = "person" if each.silence == 1 else "people"
            told = f"{number(each.silence)} {people} spoke after it"
            runs.append(Run(f"No objection was found; {told}. "))
        for summary in self._summaries.get(each.id, ()):
            if summary.id not in self.apart:
                runs += [*self.summary(summary), Run(" ")]
        further = [
            name
            for name in each.further
            if name in self._findings and not _only_listed(self._findings[name])
        ]
        for place, other in enumerate(further):
            both = self._in_both(each, self._findings[other])
            runs += [Run("; " if place else "Later, and near it as it seems: "), _to(other)]
            runs += [Run(f" ({_and(both)})")] if both else []
        runs += [Run(". ")] if further else []
        return _tidy(runs)

    def _carries(self, brief: Brief) -> dict[str, list[Finding]]:
        """Find what nobody answered, so that it is only listed, by the finding that it may follow:
        of somebody who put that or answered it. Each stands with one, and none that stands
        anyhow in place of something.
        """
        found: dict[str, list[Finding]] = {}
        answers = [one for each in brief.findings for one in each.answers]
        there = {name for one in answers for name in (one.instead, one.quoted_in)}
        for each in brief.findings:
            people = {each.who, *(one.who for one in each.answers)} - {""}
            for other in (self._findings[n] for n in each.further if n in self._findings):
                if _only_listed(other) and other.who in people and other.id not in there:
                    found.setdefault(each.id, []).append(other)
                    there.add(other.id)
        return found

    def _came_back(self, each: Finding, name: str) -> str:
        """Say who came back to what was put: whoever put it, or somebody who had answered."""
        said = self._extracts[name]
        if self._internal or (said.who and said.who != each.who):
            return _first(said.speaker or SOMEBODY)
        return "The same speaker"

    def _in_both(self, each: Finding, other: Finding) -> list[str]:
        """List who stands in both of two findings."""
        there = {other.who, *(one.who for one in other.answers)} - {""}
        here = [(each.who, each.speaker), *((one.who, one.speaker) for one in each.answers)]
        return list(dict.fromkeys(name for who, name in here if name and who in there))

    def summary(self, each: Summary) -> tuple[Run, ...]:
        """Tell what the chair concluded, told as the chair's."""
        if each.extract not in self._extracts:
            return ()
        who = _first(each.speaker or "the chair")
        on = [Run(" ("), _to(each.finding), Run(")")] if each.id in self.apart else []
        return (Run(f"{who}: "), Run(quote=each.extract), *on, Run("."))

    def contrast(self, each: Contrast) -> tuple[Run, ...]:
        """Tell what one table put, how its people took it, and what is known of the others."""
        finding = self._findings[each.finding]
        runs = [
            Run(f"At {each.table} somebody "),
            *self._put_at(finding),
            Run(" ("),
            _to(finding.id),
        ]
        runs.append(Run(")"))
        sides = []
        for side, title in (CLAIMED if finding.kind == "claim" else TITLES).items():
            sure = len(finding.said(side))
            seems = len(finding.side(side)) - sure
            if side != "open":
                sides += [f"{title}: {number(sure)}"] if sure else []
                sides += [f"{_seeming(finding, side)}: {number(seems)}"] if seems else []
        runs.append(Run(f"; {', '.join(sides)}. " if sides else ". "))
        for table, other in each.also:
            runs += [Run(f"At {table} nearly the same was put ("), _to(other), Run("). ")]
        if each.unasked:
            runs.append(Run(f"The question was not put at {_and(each.unasked)}. "))
        if each.silent:
            runs.append(
                Run(f"Not raised at {_and(each.silent)}, where the question was put, too. ")
            )
        return _tidy(runs)

    def _put_at(self, each: Finding) -> list[Run]:
        verb = "asked" if each.kind == "question" else each.verb
        join = {"that": " that ", "object": " ", "colon": ": "}[each.form]
        if each.extract not in self._extracts:
            return [Run(f"{verb} something that is withheld")]
        return [Run(f"{verb}{join}"), Run(quote=each.extract)]

    def report(self, each: ReportBack) -> tuple[Run, ...]:
        """Tell who reported for which table, how that is known, and what comes near what it put."""
        who = _first(each.speaker or SOMEBODY)
        if each.table:
            runs = [Run(f"{who} for {each.table} ({each.why}; {each.sure:.0%} sure): ")]
        else:
            runs = [Run(f"{who} for a table that is not known: ")]
        for place, (name, finding, near) in enumerate(each.said):
            runs += [Run("; " if place else ""), Run(quote=name)]
            if finding:
                runs += [Run(" (near "), _to(finding), Run(f", {near:.2f})")]
        return _tidy([*runs, Run(".")])

    def text(self, runs: Iterable[Run]) -> str:
        """Return the runs as one line of plain text, quotes in quotation marks."""
        return "".join(
            f"\u201c{self._extracts[run.quote].text}\u201d{beside(self._extracts[run.quote])}"
            if run.quote
            else run.text or run.link
            for run in runs
        ).strip()

    def _asks(self, runs: Sequence[Run]) -> bool:
        """Tell whether a sentence ends with a quoted question, after which no stop is set."""
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
            for answer in sorted(each.side(side), key=lambda one: one.unsure):
                title = _seeming(each, side) if answer.unsure else titles[side]
                by_title.setdefault(title, []).append(answer)
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
        """Tell whether an answer's words stand with it: not where another finding tells them."""
        other = self._findings.get(answer.quoted_in)
        listed = other is not None and _only_listed(other)
        return (answer.shown or listed) and answer.extract in self._extracts

    def _instead(self, each: Finding, answer: Answer, *, several: bool) -> Iterator[Run]:
        """What somebody put in the proposition's place: quoted here, or told as its own finding."""
        other = self._findings.get(answer.instead)
        if other is None or other.extract not in self._extracts:
            return
        who, within = "one of whom" if several else "who", other.within == each.id
        if answer.side == "alternative" and not several:
            yield Run(": " if within else " (")
            yield Run(quote=other.extract) if within else Run(other.id, link=other.id)
            yield Run("" if within else ")")
        elif within:
            join = {"that": "proposed instead that ", "object": f"{other.verb} instead "}
            yield Run(f", {who} {join.get(other.form, 'proposed instead: ')}")
            yield Run(quote=other.extract)
        else:
            yield Run(f", {who} proposed ")
            yield Run(other.id, link=other.id)
            yield Run(" instead")


def beside(extract: Extract) -> str:
    """Tell what the speaker of a quote wrote about it afterwards; it stands after the marks."""
    if not extract.corrected:
        return ""
    return f" [corrected by its speaker afterwards: {extract.corrected}]"


def words(text: str) -> int:
    """Tell how many words a text has, as a word processor counts them."""
    return len(text.split())


def _counted(label: str, people: int) -> str:
    """``two participants (think tank)``, ``Delta Institute (three people)``; one is the label."""
    if people == 1:
        return label
    if label.startswith(SOMEBODY):
        return f"{number(people)} participants{label.removeprefix(SOMEBODY)}"
    return f"{label} ({number(people)} people)"


def _to(finding: str) -> Run:
    return Run(finding, link=finding)


def _and(names: Sequence[str]) -> str:
    """Return names as a list is said: ``A, B and C``."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _only_listed(each: Finding) -> bool:
    """Tell whether a proposal stands in the tables alone: nobody was heard to answer it, and it is
    not sure to be one.
    """
    alone = each.kind == "proposal" and not (each.answers or each.summed or each.by)
    return alone and each.confidence < ALONE


def _seeming(each: Finding, side: Side) -> str:
    """Name a side as it seems, no narrower than what reads it tells it."""
    titles = CLAIMED | DISPUTING if each.kind == "claim" else TITLES | DOUBTING
    return f"{titles[side]}, it seems"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _capital(group: Sequence[Run]) -> list[Run]:
    """Return a group that stands as a sentence of its own."""
    return [Run(_first(group[0].text), notes=group[0].notes), *group[1:]]


def _tidy(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs without empty ones, the last without the space after it."""
    kept = [run for run in runs if run.text or run.quote]
    if kept and kept[-1].text:
        last = kept[-1]
        kept[-1] = Run(last.text.rstrip(), link=last.link, notes=last.notes)
    return tuple(run for run in kept if run.text or run.quote)


FIRST_PAGE, BODY = 350, 2500
"""Words of the first page, and of everything before the annexes, at most."""

SUMMED, OPEN, SURE, ASKS, ON_SUBSTANCE = 0.28, 2, 0.5, 8, 0.2
"""The share of the first page that the chair's summing-up may take, how many questions that nobody
answered it tells, how likely a proposal there is one, of how many words a question there is, and
how likely one of substance.
"""

ALONE = 0.8
"""How likely a proposal must be that nobody was heard to answer, to be told and not only listed."""

SEEMINGLY = 0.8
"""How likely a side that only a network read must be to stand on the first page."""

FLAT = frozenset({"for", "against", "yes", "no"})
"""Sides without a reservation; of those that only a network read some are turned round."""

GAPS: dict[GapKind, str] = {
    "nobody answered": "Nobody answered this",
    "not asked": "Not asked",
    "not raised": "Asked about, and not raised",
}
EDITIONS = {
    "internal": "Internal edition: full traceability, not for circulation",
    "circulation": "Circulation edition",
}
STATEMENTS = {
    "statement": "In the order of speaking",
    "national assessment": "National assessments",
    "expert intervention": "Expert interventions",
    "exercise inject": "Exercise",
}
STATEMENTS_TITLE: dict[BriefKind, str] = {
    "session": "Statements and exercise",
    "topic": "Statements",
    "programme": "Practices by country, and statements",
}
SEATS, SPOKEN = "Who was heard at which table", "What each table spoke to"
CONTRASTS, REPORTS = "What the tables put", "Reported back in the plenary"
COUNTED = frozenset({"People", "Time", "Words", "Share", "Turns", "Planned", "Used"})
"""Columns that hold figures."""

ON_FIRST_PAGE = (
    "Event", "Date", "Dates", "Place", "Length", "Participants heard", "Not in this brief",
    "Checked",
)  # fmt: skip
"""Lines of the masthead that stand on the first page; all of them stand in the method annex."""


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What the first page tells, in the order of its parts, and how many words it has."""

    summed: tuple[Summary, ...] = ()
    findings: tuple[Finding, ...] = ()
    decided: tuple[Summary, ...] = ()
    unanswered: tuple[Finding, ...] = ()
    words: int = 0


class Told:
    """Answers what the formats of a brief ask of it."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.sentences = Sentences(brief)
        self.extracts = {each.id: each for each in brief.extracts}
        self.findings = {each.id: each for each in brief.findings}
        self.sections = {each.section: each.title for each in brief.accounts}
        self.names = {code: theme.title for theme in brief.themes for code in theme.codes}
        decided, summed, _ = self._concluded
        self.sentences.apart = frozenset(e.id for e in (*decided, *summed) if e.finding)

    @property
    def parts(self) -> dict[str, str]:
        """The parts that this brief has, in order: key and title."""
        brief = self.brief
        there: tuple[tuple[str, str, object], ...] = (
            ("glance", "At a glance", True),
            ("findings", "Propositions and answers", self.by_section or self.proposals),
            ("compared", "The tables compared", brief.breakouts),
            ("statements", self.statements_title, brief.contributions),
            ("gaps", "What is missing", self.gaps),
            ("themes", "Index of themes", brief.themes),
            ("reading", "How to read this", brief.reading),
            ("guide", self.accounts_title, brief.accounts),
            ("tables", "Who spoke, and to what", self.grids or brief.presence or brief.strip),
            ("participants", "Participants", brief.participants),
            ("doubts", "Doubts about the record", brief.doubts),
            ("method", "How this brief was made", brief.method),
            ("evidence", "Evidence", brief.extracts),
        )
        return {key: title for key, title, present in there if present}

    # -- the first page ----------------------------------------------------------------------------

    @property
    def head(self) -> tuple[Fact, ...]:
        """The lines of the masthead that stand on the first page."""
        return tuple(each for each in self.brief.masthead if each.label in ON_FIRST_PAGE)

    @property
    def rule(self) -> str:
        """The rule of attribution in force."""
        found = (each.value for each in self.brief.masthead if each.label == "Rule of attribution")
        return next(found, "")

    @cached_property
    def first(self) -> FirstPage:
        """What fits on the first page: as many findings as the words allow, disagreement first."""
        brief = self.brief
        decided, summed, used = self._concluded
        ranked = [self.findings[name] for name in brief.glance if name in self.findings]
        unanswered: list[Finding] = []
        for each in ranked:
            size = words(self.text(each))
            asked = bool(each.by) or each.confidence >= ON_SUBSTANCE
            fits = asked and len(unanswered) < OPEN and used + size <= FIRST_PAGE - 60
            if each.unanswered and fits:
                unanswered.append(each)
                used += size
        chosen: list[Finding] = []
        for each in ranked:
            size = words(self.text(each))
            if self._tells(each) and used + size <= FIRST_PAGE:
                chosen.append(each)
                used += size
        chosen.sort(key=lambda each: (-_torn(each), brief.glance.index(each.id)))
        return FirstPage(summed, tuple(chosen), decided, tuple(unanswered), used)

    @cached_property
    def _concluded(self) -> tuple[tuple[Summary, ...], tuple[Summary, ...], int]:
        """What was decided and what else was summed up that stands on the first page, and the words
        that are used then: conclusions before what was heard, the last ones first.
        """
        brief = self.brief
        used = words(brief.title) + words(brief.status) + words(self.rule) + 20
        used += sum(words(each.label) + words(each.value) for each in self.head)
        there = [
            each
            for each in brief.summaries
            if self._has(each.extract) and (not each.finding or each.finding in self.findings)
        ]
        ranked = sorted(
            there,
            key=lambda each: (each.conclusion == "summary", -brief.summaries.index(each)),
        )
        final = [each for each in ranked if each.conclusion == "decided"]
        decided, used = self._fitting(final, used, 0.6)
        rest = [each for each in ranked if each.conclusion != "decided"]
        summed, used = self._fitting(rest, used, SUMMED + used / FIRST_PAGE)
        decided, summed = (
            tuple(each for each in there if each in some) for some in (decided, summed)
        )
        return decided, summed, used

    def _fitting(
        self, found: Sequence[Summary], used: int, share: float
    ) -> tuple[tuple[Summary, ...], int]:
        """As many as fit into a share of the page, and the words that are used then."""
        kept: list[Summary] = []
        for each in found:
            size = words(self.sentences.text(self.sentences.summary(each)))
            if used + size <= FIRST_PAGE * min(share, 1.0):
                kept.append(each)
                used += size
        return tuple(kept), used

    def _has(self, extract: str) -> bool:
        return extract in self.extracts

    def _tells(self, each: Finding) -> bool:
        """Tell whether a finding belongs on the first page: put to the room for sure, and answered
        in a way that tells more than that somebody spoke to it.

        A proposal that the software is not sure of stands further down, and so does one that
        somebody only seems to be for or against, unless that is very likely; without them it would
        look otherwise disputed than it may be. A reservation or another proposal that only seems
        shows itself in its words.
        A question of few words asks after something that was said before it, which is not there.
        """
        if not self._has(each.extract) or each.within:
            return False
        asks = each.kind == "question" and not each.by
        short = words(self.extracts[each.extract].text) < ASKS
        if asks and (short or each.confidence < ON_SUBSTANCE):
            return False
        sure = each.kind != "proposal" or bool(each.by) or each.confidence >= SURE
        sure = sure and not any(
            one.unsure and one.side in FLAT and one.confidence < SEEMINGLY for one in each.answers
        )
        answered = any(one.side != "open" for one in each.answers)
        return sure and answered

    def text(self, each: Finding) -> str:
        """Return the sentence of a finding as plain text."""
        return self.sentences.text(self.sentences.finding(each))

    # -- the body ----------------------------------------------------------------------------------

    @cached_property
    def _body(self) -> tuple[frozenset[str], tuple[Finding, ...]]:
        """Ids of the findings told below the first page, and those left to the tables."""
        page = self.first
        there = {each.id for each in (*page.findings, *page.unanswered)}
        ranked = [self.findings[name] for name in self.brief.glance if name in self.findings]
        rest = [each for each in ranked if each.id not in there and self._has(each.extract)]
        used = page.words + sum(self._size(each) for each in self.brief.contributions)
        used += sum(words(self.entry(each)) for each in self.brief.themes)
        used += sum(words(f"{each.title} {each.note}") for each in self.brief.gaps) + 40
        told: set[str] = set()
        left: list[Finding] = []
        for each in rest:
            size = words(self.text(each))
            answered = bool(each.answers) or each.unanswered or bool(each.silence)
            if _only_listed(each):
                left.append(each)
            elif used + size + 2 <= BODY and (answered or used < BODY * 0.7):
                told.add(each.id)
                used += size + 2
            else:
                left.append(each)
        return frozenset(told), tuple(left)

    def _size(self, each: Contribution) -> int:
        quoted = self.quotes((*each.prompt, *each.extracts, *each.decisions))
        return words(" ".join((each.title, *each.speakers, *(one.text for one in quoted)))) + 8

    @property
    def left(self) -> int:
        """How many propositions are told by the tables alone."""
        return len(self._body[1])

    @property
    def remainder(self) -> str:
        """Where the propositions are that the body does not tell."""
        many = "proposition is" if self.left == 1 else "propositions are"
        return (
            f"{number(self.left).capitalize()} further {many} listed with their answers in "
            "matrix.xlsx."
            if self.left
            else ""
        )

    @cached_property
    def by_section(self) -> list[tuple[str, list[str], list[Finding]]]:
        """Title of a guide section, ids told on the first page, findings told here; in order.

        Sections without either are left out.
        """
        page = self.first
        there = {each.id for each in (*page.findings, *page.unanswered)}
        told, _ = self._body
        order = {account.section: place for place, account in enumerate(self.brief.accounts)}
        mine = [
            each
            for each in self.brief.findings
            if not each.within and (each.id in there or each.id in told)
        ]
        mine.sort(key=lambda each: order.get(each.section, len(order)))
        found = []
        for title, group in groupby(mine, key=lambda each: self.heading(each.section)):
            members = list(group)
            above = [each.id for each in members if each.id in there]
            here = [each for each in members if each.id in told]
            here.sort(key=lambda each: (_torn(each) < DISPUTED, not each.answers))
            found.append((title, above, here))
        return found

    def heading(self, section: str) -> str:
        """Return the title of a guide section, or what is said of everything outside of it."""
        if not self.brief.accounts or self.brief.kind != "session":
            return "What was discussed"
        if section == Finding.APART:
            return "Assessments and interventions"
        return self.sections.get(section, "") or "Beyond the guide"

    @property
    def proposals(self) -> Grid | None:
        """The table of proposals and sides."""
        found = (each for each in self.brief.grids if each.id == "proposal-side" and each.rows)
        return next(found, None)

    @property
    def grids(self) -> list[Grid]:
        """The tables of themes."""
        return [each for each in self.brief.grids if each.id != "proposal-side"]

    def proposal_rows(self) -> list[tuple[str, ...]]:
        """Rows of the table of proposals that anybody answered: id, to whom, by whom, and sides."""
        grid = self.proposals
        if grid is None:
            return []
        rows = []
        for row, values in zip(grid.rows, grid.values, strict=True):
            each = self.findings.get(row)
            if each is not None and any(values):
                to = each.addressee or "\u2013"
                rows.append((row, to, each.speaker, *map(self.cell, values)))
        return rows

    @cached_property
    def anchored(self) -> frozenset[str]:
        """Ids of the findings that are told somewhere and can be linked to."""
        page = self.first
        return frozenset(each.id for each in (*page.findings, *page.unanswered)) | self._body[0]

    def linked(self, names: Sequence[str]) -> list[str]:
        """Return those of these findings that are told."""
        return [name for name in names if name in self.anchored]

    def quotes(self, names: Sequence[str]) -> list[Extract]:
        """The quotes of these ids; ids of quotes that an edition left out are passed over."""
        return [self.extracts[name] for name in names if name in self.extracts]

    @cached_property
    def shown(self) -> frozenset[str]:
        """Ids of the quotes whose words stand in the text; the others stand in the evidence."""
        page = self.first
        told = [*page.findings, *page.unanswered]
        told += [each for _, _, here in self.by_section for each in here]
        runs: list[Run] = [run for each in told for run in self.sentences.finding(each)]
        names = {run.quote for run in runs if run.quote}
        names |= {each.extract for each in (*page.summed, *page.decided)}
        for statement in self.brief.contributions:
            names |= {*statement.prompt, *statement.extracts, *statement.decisions}
        for theme in self.brief.themes:
            names |= set(theme.extracts)
        names |= {name for gap in self.brief.gaps for name in gap.extracts}
        names |= {run.quote for runs in (*self.contrasts, *self.reports) for run in runs}
        return frozenset(names - {""})

    @property
    def evidence(self) -> list[Extract]:
        """Every quote but those that only the registry of a programme names."""
        if not self.brief.registry:
            return list(self.brief.extracts)
        own = {name for each in self.brief.findings for name in (*each.again, each.extract)}
        own |= {answer.extract for each in self.brief.findings for answer in each.answers}
        own |= {each.extract for each in self.brief.summaries} | self.shown
        apart = frozenset(self.brief.registry.extracts) - own
        return [each for each in self.brief.extracts if each.id not in apart]

    @property
    def statements_title(self) -> str:
        """What the statements are called; practices by country only where countries are told."""
        told = {each.kind for each in self.brief.contributions}
        if told == {"statement"}:
            return "Statements in turn"
        national = self.brief.kind != "programme" or "national assessment" in told
        return STATEMENTS_TITLE[self.brief.kind if national else "topic"]

    @property
    def statements(self) -> list[tuple[str, list[Contribution]]]:
        """Statements that stand apart, by kind."""
        return [
            (title, [each for each in self.brief.contributions if each.kind == kind])
            for kind, title in STATEMENTS.items()
            if any(each.kind == kind for each in self.brief.contributions)
        ]

    @property
    def gaps(self) -> list[tuple[str, list[Gap]]]:
        """Gaps by kind, in the order of ``GAPS``; those of which the same is to be said as one."""
        return [
            (title, list(_together(each for each in self.brief.gaps if each.kind == kind)))
            for kind, title in GAPS.items()
            if any(each.kind == kind for each in self.brief.gaps)
        ]

    def themed(self, each: Theme) -> str:
        """Tell who spoke to a theme: names where they may be told, else how many."""
        if each.speakers:
            return ", ".join(each.speakers)
        people = "person" if each.spoke.people == 1 else "people"
        return f"{number(each.spoke.people)} {people}"

    def entry(self, each: Theme) -> str:
        """Return an entry of the index as plain text."""
        quoted = " ".join(one.text for one in self.quotes(each.extracts))
        return " ".join((each.title, self.themed(each), " ".join(each.findings), quoted))

    def themes(self, codes: Sequence[str]) -> str:
        """Return the names of the themes of these codes."""
        return ", ".join(dict.fromkeys(self.names[code] for code in codes if code in self.names))

    def beside(self, each: Extract) -> str:
        """Tell what the speaker of a quote wrote about it afterwards."""
        return beside(each)

    def source(self, each: Extract) -> str:
        """Tell who said it and where: ``Name (INST), turn 12, 0:03:41``."""
        return ", ".join(part for part in (each.speaker, each.place) if part)

    # -- tables of a room --------------------------------------------------------------------------

    def seats(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Tell who sat at which table and how much was said there, without empty columns."""
        tables = self.brief.breakouts.tables if self.brief.breakouts else ()
        header = ("Table", "People", "Time", "Words", "Heard there", "Note")
        return _filled(
            header,
            [
                (
                    each.name.replace(" ", "\N{NO-BREAK SPACE}"),
                    str(each.people),
                    clock(each.speech) if each.speech else "",
                    str(each.words),
                    ", ".join(each.speakers),
                    each.note,
                )
                for each in tables
            ],
        )

    def spoken(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Tell which table spoke to which section, how much, and what was put there."""
        told = self.brief.breakouts
        rows = [(title, *map(self._spoken, row)) for title, row in told.sections]
        return ("Section", *(each.name for each in told.tables)), rows

    def _spoken(self, each: Spoken) -> str:
        if not each.people:
            return "put, and nobody spoke to it" if each.asked else "not put, not spoken to"
        people = "person" if each.people == 1 else "people"
        parts = [f"{each.people} {people}", f"{each.words} words", self.minutes(each.spent)]
        if each.people == Grid.WITHHELD:
            parts = ["withheld"]
        parts += [", ".join(each.findings)]
        return "; ".join(part for part in parts if part)

    @property
    def contrasts(self) -> list[tuple[Run, ...]]:
        """What each table put, and what is known of the others, as sentences."""
        told = self.brief.breakouts.contrasts
        return [self.sentences.contrast(each) for each in told]

    @property
    def reports(self) -> list[tuple[Run, ...]]:
        """What was reported back in the plenary, as sentences."""
        told = self.brief.breakouts.reports
        return [self.sentences.report(each) for each in told]

    # -- tables ------------------------------------------------------------------------------------

    @property
    def has_balance(self) -> bool:
        """Whether there is a balance of talk to draw."""
        return len(self.brief.presence) > 1

    @property
    def has_times(self) -> bool:
        """Whether minutes of guide sections were used; planned ones alone are no picture."""
        return any(each.spent for each in self.brief.accounts)

    @property
    def accounts_title(self) -> str:
        """What the table of accounts is about: a guide's sections, or several sessions."""
        return "What became of the guide" if self.brief.kind == "session" else "The sessions"

    def account_table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """What became of the guide, or the sessions: header and rows, without empty columns."""
        session = self.brief.kind == "session"
        first, second = ("Section", "Asked") if session else ("Session", "Date and place")
        header = (first, second, "Planned", "Used", "People")

        def asked(each: Account) -> str:
            return ("yes" if each.asked else "no") if session else each.text

        return _filled(
            header,
            [
                (
                    each.title,
                    asked(each),
                    self.minutes(each.planned),
                    self.minutes(each.spent),
                    str(each.people),
                )
                for each in self.brief.accounts
            ],
        )

    def presence_table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Tell who was heard how much: header and rows, without columns that hold nothing.

        Shares are of time where there is one, of words otherwise, and where times are told in whole
        minutes only; never of turns.
        """
        header = ("Who", "Role", "People", "Time", "Words", "Share", "Turns", "Note")
        total = sum(each.speech for each in self.brief.presence)
        exact = any(each.speech % 60_000 for each in self.brief.presence)
        spoken = sum(each.words for each in self.brief.presence)
        rows: list[tuple[str, ...]] = []
        for each in self.brief.presence:
            name = f"{each.label}, {each.institution}" if each.institution else each.label
            timed = total and (exact or not spoken)
            share = each.speech / total if timed else each.words / max(spoken, 1)
            rows.append(
                (
                    name,
                    "" if each.role in ("", "not known") else each.role,
                    str(each.people),
                    clock(each.speech) if total else "",
                    str(each.words) if spoken else "",
                    f"{share:.0%}",
                    str(each.turns),
                    each.note,
                )
            )
        return _filled(header, rows)

    def cell(self, value: int) -> str:
        """Return a count as printed: a dash where it is withheld, nothing for nobody."""
        if value == Grid.WITHHELD:
            return "\u2013"
        return str(value) if value else ""

    def minutes(self, milliseconds: int) -> str:
        """``12 min``; empty where nothing is known."""
        return f"{milliseconds / 60_000:.0f} min" if milliseconds else ""


@cache
def environment() -> Any:
    """Return what renders the pages: nothing in them is markup unless a template says so."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("fgd.export"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters["clock"] = clock
    return made


DISPUTED = 2
"""How far a proposition must be disputed to be told before the others of its section."""


def _torn(each: Finding) -> int:
    """Tell how far a proposition was disputed: 2 against or instead, 1 on condition or in doubt."""
    if each.said("against", "alternative") or (each.said("yes") and each.said("no")):
        return 2
    return int(bool(each.said("condition", "doubt", "part")))


def _filled(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a table without the columns that hold nothing."""
    told = [n for n in range(len(header)) if any(row[n] for row in rows)]
    return tuple(header[n] for n in told), [tuple(row[n] for n in told) for row in rows]


def _together(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Gaps in a row with the same note, told once: ``Raised in ..., not in .... Trust; Women.``"""
    for (note, quoted), group in groupby(gaps, key=lambda gap: (gap.note, gap.extracts)):
        same = list(group)
        if note and not quoted and len(same) > 1:
            titles = "; ".join(dict.fromkeys(gap.title for gap in same))
            yield replace(same[0], title=note.removesuffix("."), note=f"{titles}.")
        else:
            yield from same
