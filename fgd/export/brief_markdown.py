"""The brief as Markdown, for the web: CommonMark with pipe tables and footnotes as evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from fgd.export.told import AGREEMENTS, CONFIDENCES, EDITIONS, STANDS, Told
from fgd.model import Brief, Contribution, Extract, Fact, Finding, Grid, Recommendation

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~&])")
_LIST = re.compile(r"^(\d+)([.)])|^([-+=])")


def plain(text: str) -> str:
    r"""Text that Markdown prints as it is: one line, markup escaped.

    >>> print(plain("1. a <b> *c*"))
    1\. a \<b\> \*c\*
    """
    escaped = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    return _LIST.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", escaped)


def brief_markdown(brief: Brief) -> bytes:
    """The whole brief; what was said is quoted, its source a footnote."""
    text = "\n".join(_Writer(brief)())
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode("utf-8", "replace")


class _Writer:
    """Writes the parts of a brief one after the other; notes are gathered for the end."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.told = Told(brief)
        self.noted: dict[str, str] = {}

    def __call__(self) -> Iterable[str]:
        brief = self.brief
        yield f"**{EDITIONS[brief.edition]}**\n\n# {plain(brief.title)}\n"
        if brief.status:
            yield f"*{plain(brief.status)}*\n"
        yield from self._facts(brief.masthead)
        write: dict[str, Callable[[], Iterable[str]]] = {
            "glance": self._glance,
            "reading": self._reading,
            "findings": self._findings,
            "statements": self._statements,
            "recommendations": self._recommendations,
            "gaps": self._gaps,
            "tables": self._tables,
            "participants": lambda: self._facts(brief.participants),
            "doubts": lambda: self._facts(brief.doubts),
            "method": lambda: self._facts(brief.method),
        }
        for key, title in self.told.parts.items():
            if key in write:
                yield f"\n## {title}\n"
                yield from write[key]()
        yield from ("", *(f"[^{name}]: {text}" for name, text in self.noted.items()))

    def _facts(self, facts: Iterable[Fact]) -> Iterable[str]:
        for fact in facts:
            item = f" ({fact.item})" if fact.item else ""
            yield f"- **{plain(fact.label)}{item}:** {plain(fact.value)}"

    def _glance(self) -> Iterable[str]:
        told = self.told
        if self.brief.purpose:
            yield f"{plain(self.brief.purpose)}\n"
        if told.top_findings:
            yield "### Findings, in short\n"
        for each in told.top_findings:
            chip = AGREEMENTS[each.agreement]
            said = plain(f"{each.sentence} {each.verdict}")
            lead = told.lead(each)
            shown = f" {self._said(lead)}" if lead else ""
            yield f"- **{plain(each.title)}** ({chip}): {said}{shown}"
        if told.top_recommendations:
            yield "\n### Recommendations made\n"
        for rec in told.top_recommendations:
            yield f"- {self._to(rec)}{self._said(told.extracts[rec.extract])} ({rec.id})"
        if told.uncovered:
            yield "\n### Not covered\n"
        for title, names in told.uncovered:
            yield f"- **{title}:** {plain('; '.join(names))}"
        if not self.brief.findings:
            yield "There are no findings to report."

    def _reading(self) -> Iterable[str]:
        yield from (f"- {plain(line)}" for line in self.brief.reading)
        if self.brief.findings and self.brief.scale:
            rows = [(each.words, each.rule) for each in self.brief.scale]
            yield from _table(
                ("Word", "Meaning, of those who spoke to the point; the first that fits"), rows
            )

    def _findings(self) -> Iterable[str]:
        for heading, found in self.told.by_section:
            yield f"\n### {plain(heading)}\n"
            for each in found:
                yield from self._finding(each)

    def _finding(self, each: Finding) -> Iterable[str]:
        yield f"\n#### {each.id}. {plain(each.title)}\n"
        chips = [AGREEMENTS[each.agreement], CONFIDENCES[each.confidence], *each.phases]
        yield f"*{plain(' / '.join(chips))}*\n"
        yield f"{plain(each.sentence)} {plain(each.verdict)}\n"
        yield from self._quotes(each.extracts)
        for view in each.views:
            count = f"{view.count.people} of {view.count.of}"
            said = " ".join(
                f"quoted above[^{quote.id}]" if quote.id in each.extracts else self._said(quote)
                for quote in self.told.quotes(view.extracts)
            )
            yield f"- **{STANDS[view.stand]}, {count}:** {said}"
        if each.lone:
            yield "\nOne person's view, kept because it was said:\n"
            yield from self._quotes(each.lone)
        yield f"\n{plain(each.why)} Rests on {plain(each.confidence_reason)}.\n"

    def _statements(self) -> Iterable[str]:
        for heading, statements in self.told.statements:
            yield f"\n### {heading}\n"
            for each in statements:
                yield from self._statement(each)

    def _statement(self, each: Contribution) -> Iterable[str]:
        yield f"\n#### {plain(each.title)}\n"
        if each.speakers:
            yield f"{plain('; '.join(each.speakers))}\n"
        for label, names in (
            ("The room was told", each.prompt),
            ("Decisions", each.decisions),
            ("Responses" if each.prompt or each.decisions else "", each.extracts),
        ):
            if names and label:
                yield f"**{label}**\n"
            yield from self._quotes(names)

    def _recommendations(self) -> Iterable[str]:
        told = self.told
        for each in told.main_recommendations:
            yield f"\n### {plain(told.called(each))}\n"
            yield from self._quotes([each.extract])
            yield f"{plain(told.standing(each))}\n"
            for label, names in (
                ("Also put as", each.also),
                ("Supported", each.supporting),
                ("Objections", each.objections),
            ):
                if told.quotes(names):
                    yield f"**{label}**\n"
                    yield from self._quotes(names)
        if told.other_recommendations:
            yield "\n### Further suggestions\n"
        for each in told.other_recommendations:
            yield f"- {each.id}. {self._to(each)}{self._said(told.extracts[each.extract])}"

    def _gaps(self) -> Iterable[str]:
        for title, gaps in self.told.gaps:
            yield f"\n### {title}\n"
            for gap in gaps:
                said = " ".join(self._said(quote) for quote in self.told.quotes(gap.extracts))
                note = plain(gap.note)
                yield f"- **{plain(gap.title)}.** {' '.join(p for p in (note, said) if p)}"
        if self.brief.accounts:
            yield f"\n### {self.told.accounts_title}\n"
            yield from _table(*self.told.account_table())

    def _tables(self) -> Iterable[str]:
        for grid in self.brief.grids:
            yield from self._grid(grid)
        header, rows = self.told.presence_table()
        if rows:
            yield "\n### Who was heard how much\n"
            yield from _table(header, rows)

    def _grid(self, grid: Grid) -> Iterable[str]:
        yield f"\n### {plain(grid.title)}: number of {grid.unit}\n"
        rows = [
            (row, *map(self.told.cell, values))
            for row, values in zip(grid.rows, grid.values, strict=True)
        ]
        yield from _table((grid.corner, *grid.columns), rows)
        if grid.note:
            yield f"{plain(grid.note)}\n"

    def _quotes(self, names: Sequence[str]) -> Iterable[str]:
        for extract in self.told.quotes(names):
            yield f"> {self._said(extract)}\n"

    def _said(self, extract: Extract) -> str:
        """The words in quotation marks, their source as a footnote."""
        parts = (self.told.source(extract), self.told.themes(extract.codes), extract.note)
        self.noted.setdefault(extract.id, f"{plain('. '.join(part for part in parts if part))}.")
        return f"\u201c{plain(extract.text)}\u201d[^{extract.id}]"

    def _to(self, each: Recommendation) -> str:
        return f"**To: {plain(each.addressee)}.** " if each.addressee else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """A pipe table with room around it."""
    yield ""
    yield f"| {' | '.join(map(plain, header))} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(map(plain, row))} |"
    yield ""
