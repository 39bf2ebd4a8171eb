"""The brief as Markdown, for the web: CommonMark with pipe tables and footnotes as evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from fgd.export.told import CONTRASTS, EDITIONS, REPORTS, Run, Told, beside
from fgd.model import Brief, Contribution, Extract, Fact, Finding, Grid, Theme

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~&])")
_LIST = re.compile(r"^(\d+)([.)])|^([-+=])")


def plain(text: str) -> str:
    r"""Text that Markdown prints as it is: one line, markup escaped.

    >>> print(plain("1. a <b> *c*"))
    1\. a \<b\> \*c\*
    """
    return _LIST.sub(lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", _escaped(text))


def _escaped(text: str) -> str:
    """Return the same inside a line, spaces at both ends kept."""
    line = " ".join(text.split())
    before = " " if text[:1].isspace() and line else ""
    after = " " if text[-1:].isspace() and line else ""
    escaped = _MARKUP.sub(r"\\\1", line)
    return f"{before}{escaped}{after}" if line else text[:1]


def brief_markdown(brief: Brief) -> bytes:
    """Return the whole brief; what was said is quoted, its source a footnote."""
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
        head = " / ".join(f"{each.label}: {each.value}" for each in self.told.head)
        yield from (f"{plain(line)}\n" for line in (head, self.told.rule) if line)
        write: dict[str, Callable[[], Iterable[str]]] = {
            "glance": self._glance,
            "findings": self._findings,
            "compared": self._compared,
            "statements": self._statements,
            "gaps": self._gaps,
            "themes": lambda: map(self._theme, brief.themes),
            "reading": lambda: (f"- {plain(line)}" for line in brief.reading),
            "guide": lambda: _table(*self.told.account_table()),
            "tables": self._tables,
            "participants": lambda: self._facts(brief.participants),
            "doubts": lambda: self._facts(brief.doubts),
            "method": lambda: self._facts((*brief.masthead, *brief.method)),
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
        page, tell = self.told.first, self.told.sentences.summary
        for title, lines in (
            ("Summed up", [f"- {self._runs(tell(each))}" for each in page.summed]),
            ("Put to the room, and answered", [self._finding(each) for each in page.findings]),
            ("Decided", [f"- {self._runs(tell(each))}" for each in page.decided]),
            ("Left without an answer", [self._finding(each) for each in page.unanswered]),
        ):
            if lines:
                yield f"\n### {title}\n"
                yield from lines
        if not (page.summed or page.findings or page.decided or page.unanswered):
            yield "There are no findings to report."

    def _findings(self) -> Iterable[str]:
        told = self.told
        for heading, above, here in told.by_section:
            yield f"\n### {plain(heading)}\n"
            if above:
                yield f"On the first page: {', '.join(above)}.\n"
            yield from map(self._finding, here)
        if told.remainder:
            yield f"\n{plain(told.remainder)}\n"
        if rows := told.proposal_rows():
            yield "\n### Proposals that were answered: number of people\n"
            columns = told.proposals.columns if told.proposals else ()
            yield from _table(("Proposal", "To", "By", *columns), rows)

    def _compared(self) -> Iterable[str]:
        told = self.told
        yield from _table(*told.seats())
        yield from _table(*told.spoken())
        for title, lines in ((CONTRASTS, told.contrasts), (REPORTS, told.reports)):
            if lines:
                yield f"\n### {title}\n"
                yield from (f"- {self._runs(runs)}" for runs in lines)

    def _finding(self, each: Finding) -> str:
        return f"- **{each.id}** {self._runs(self.told.sentences.finding(each))}"

    def _runs(self, runs: Sequence[Run]) -> str:
        parts = []
        for run in runs:
            if run.quote:
                parts.append(self._said(self.told.extracts[run.quote]))
            else:
                notes = "".join(self._note(name) for name in run.notes)
                parts.append(f"{_escaped(run.text or run.link)}{notes}")
        return "".join(parts)

    def _statements(self) -> Iterable[str]:
        for heading, statements in self.told.statements:
            if len(self.told.statements) > 1:
                yield f"\n### {plain(heading)}\n"
            for each in statements:
                yield from self._statement(each)

    def _statement(self, each: Contribution) -> Iterable[str]:
        yield f"\n#### {plain(each.title)}\n"
        if each.speakers:
            yield f"{plain('; '.join(each.speakers))}\n"
        if asks := self.told.linked(each.asks):
            yield f"Asks for: {', '.join(asks)}.\n"
        for label, names in (
            ("The room was told", each.prompt),
            ("Decisions", each.decisions),
            ("Responses" if each.kind == "exercise inject" else "Stresses", each.extracts),
        ):
            if names:
                yield f"**{label}**\n"
            yield from self._quotes(names)

    def _gaps(self) -> Iterable[str]:
        for title, gaps in self.told.gaps:
            yield f"\n### {title}\n"
            for gap in gaps:
                said = " ".join(self._said(quote) for quote in self.told.quotes(gap.extracts))
                note = plain(gap.note)
                yield f"- **{plain(gap.title)}.** {' '.join(p for p in (note, said) if p)}"

    def _theme(self, each: Theme) -> str:
        links = self.told.linked(each.findings)
        see = f" See {', '.join(links)}." if links else ""
        said = "".join(
            f" {self._said(quote)}{f' ({plain(quote.speaker)})' if quote.speaker else ''}"
            for quote in self.told.quotes(each.extracts)
        )
        return f"- **{plain(each.title)}**: {plain(self.told.themed(each))}.{see}{said}"

    def _tables(self) -> Iterable[str]:
        for grid in self.told.grids:
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
        """Return the words in quotation marks, their source as a footnote."""
        words = f"\u201c{_escaped(extract.text)}\u201d"
        return f"{words}{_escaped(beside(extract))}{self._note(extract.id)}"

    def _note(self, name: str) -> str:
        """The mark of a footnote that says who said it, where, and words quoted nowhere else."""
        extract = self.told.extracts[name]
        parts = [self.told.source(extract), self.told.themes(extract.codes), extract.note]
        if name not in self.told.shown:
            parts.insert(1, f"\u201c{extract.text}\u201d{beside(extract)}")
        self.noted.setdefault(name, f"{plain('. '.join(part for part in parts if part))}.")
        return f"[^{name}]"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Return a pipe table with room around it."""
    yield ""
    yield f"| {' | '.join(map(plain, header))} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(map(plain, row))} |"
    yield ""
