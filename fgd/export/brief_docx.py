"""The brief as a Word document: headings, captions, tables, pictures, and endnotes as evidence."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.core.cache import Kept
from fgd.export import charts
from fgd.export.charts import DEEPEST
from fgd.export.told import CONTRASTS, COUNTED, EDITIONS, REPORTS, SEATS, SPOKEN, Run, Told, beside
from fgd.export.word import Page
from fgd.model import Brief, Contribution, Extract, Fact, Finding, Grid, Theme

Runs = list[str | tuple[str, str]]


def brief_docx(brief: Brief, letterhead: bytes = b"", kept: Kept | None = None) -> bytes:
    """A document whose bytes depend on the brief, and the letterhead it is written into, alone.

    Charts drawn before for a brief that says the same come from ``kept``. Raises
    ``SettingsError`` if the letterhead is no Word file.
    """
    return _Writer(brief, letterhead, kept or Kept())()


class _Writer:
    """Writes the parts of a brief one after the other."""

    def __init__(self, brief: Brief, letterhead: bytes, kept: Kept) -> None:
        self.brief = brief
        self.kept = kept
        self.told = Told(brief)
        self._noted: set[str] = set()
        self.page = Page(brief.title, letterhead)
        if not letterhead:
            self.page.footer(EDITIONS[brief.edition])

    def __call__(self) -> bytes:
        write = {
            "glance": self._glance,
            "findings": self._findings,
            "compared": self._compared,
            "statements": self._statements,
            "gaps": self._gaps,
            "themes": self._themes,
            "reading": self._reading,
            "guide": self._guide,
            "tables": self._tables,
            "participants": lambda: self._facts("Participants", self.brief.participants),
            "doubts": lambda: self._facts("Doubts about the record", self.brief.doubts),
            "method": self._method,
        }
        self._masthead()
        for key, title in self.told.parts.items():
            if key in write:
                heading = self.page.heading(title, 1)
                heading.paragraph_format.page_break_before = key == "findings"
                write[key]()
        if self.page.notes:
            self.page.heading("Evidence", 1)
            self.page.text("Where each quotation was said, and answers that are not quoted above.")
        return self.page.saved()

    def _masthead(self) -> None:
        page, brief = self.page, self.brief
        page.text((EDITIONS[brief.edition], "bold"), style="Subtitle")
        page.text(brief.title, style="Title")
        head = " \u00b7 ".join(f"{each.label}: {each.value}" for each in self.told.head)
        for line in (brief.status, head, self.told.rule):
            if line:
                page.text((line, "quiet small")).paragraph_format.space_after = 0

    def _glance(self) -> None:
        page, told = self.told.first, self.told
        for title, lines in (
            ("Summed up", [told.sentences.summary(each) for each in page.summed]),
            ("Put to the room, and answered", page.findings),
            ("Decided", [told.sentences.summary(each) for each in page.decided]),
            ("Left without an answer", page.unanswered),
        ):
            if lines:
                self.page.heading(title, 2)
            for each in lines:
                if isinstance(each, Finding):
                    self._finding(each)
                else:
                    self._runs(self.page.bullet(), each)
        if not (page.summed or page.findings or page.decided or page.unanswered):
            self.page.text("There are no findings to report.")

    def _reading(self) -> None:
        for line in self.brief.reading:
            self.page.bullet(line)

    def _findings(self) -> None:
        page, told = self.page, self.told
        for heading, above, here in told.by_section:
            page.heading(heading, 2)
            if above:
                line = page.text(("On the first page: ", "quiet"))
                for number, name in enumerate(above):
                    page.runs(line, [", "] if number else [])
                    page.link(line, name, name)
                page.runs(line, ["."])
            for each in here:
                self._finding(each)
        if told.remainder:
            page.text((told.remainder, "quiet"))
        if (rows := told.proposal_rows()) and told.proposals:
            columns = told.proposals.columns
            rest = [0.56 / len(columns)] * len(columns)
            page.table(
                "Proposals that were answered: number of people",
                ("Proposal", "To", "By", *columns),
                rows,
                (0.1, 0.14, 0.2, *rest),
            )

    def _compared(self) -> None:
        page, told = self.page, self.told
        for title, (header, rows) in ((SEATS, told.seats()), (SPOKEN, told.spoken())):
            first = 0.16 if title == SEATS else 0.28
            widths = (first, *[(1 - first) / (len(header) - 1)] * (len(header) - 1))
            page.table(title, header, rows, widths)
        for title, lines in ((CONTRASTS, told.contrasts), (REPORTS, told.reports)):
            if lines:
                page.heading(title, 2)
            for runs in lines:
                self._runs(page.bullet(), runs)

    def _finding(self, each: Finding) -> None:
        line = self.page.bullet()
        self.page.anchor(line, each.id)
        self.page.runs(line, [(f"{each.id} ", "quiet small")])
        self._runs(line, self.told.sentences.finding(each))

    def _runs(self, line: object, runs: Sequence[Run]) -> None:
        """Write a sentence; each quote has an endnote that says where it was said."""
        for run in runs:
            if run.quote:
                self._said(line, self.told.extracts[run.quote])
            elif run.link and run.link in self.told.anchored:
                self.page.link(line, run.link, run.link)
            else:
                self.page.runs(line, [run.text or run.link])
                if run.notes:
                    self._note(line, run.notes)

    def _said(self, line: object, extract: Extract) -> None:
        self.page.runs(line, ["\u201c", *_pieces(extract), "\u201d", (beside(extract), "quiet")])
        self._note(line, (extract.id,))

    def _note(self, line: object, names: Sequence[str]) -> None:
        """An endnote: where it was said, and the words if they are quoted nowhere else."""
        fresh = [name for name in names if name not in self._noted]
        self._noted |= set(fresh)
        parts = []
        for extract in self.told.quotes(fresh):
            words = f"\u201c{extract.text}\u201d{beside(extract)}"
            words = "" if extract.id in self.told.shown else words
            known = (self.told.source(extract), words, extract.note)
            if extract.place or words or extract.note:
                parts.append(": ".join(part for part in known if part))
        if parts:
            self.page.note(line, f"{'. '.join(parts)}.")

    def _quotes(self, names: Sequence[str]) -> None:
        for extract in self.told.quotes(names):
            line = self.page.text(style="Quote")
            self._said(line, extract)
            if extract.speaker:
                self.page.runs(line, [(f" \u2013 {extract.speaker}", "quiet small")])

    def _statements(self) -> None:
        for heading, statements in self.told.statements:
            if len(self.told.statements) > 1:
                self.page.heading(heading, 2)
            for each in statements:
                self._statement(each)

    def _statement(self, each: Contribution) -> None:
        page = self.page
        page.heading(each.title, 3, anchor=each.id)
        page.text(("; ".join(each.speakers), "quiet")).paragraph_format.keep_with_next = True
        if asks := self.told.linked(each.asks):
            page.text((f"Asks for: {', '.join(asks)}.", "quiet"))
        for label, names in (
            ("The room was told", each.prompt),
            ("Decisions", each.decisions),
            ("Responses" if each.kind == "exercise inject" else "Stresses", each.extracts),
        ):
            if names:
                self._label(label)
            self._quotes(names)

    def _label(self, text: str) -> None:
        """A line that stays with what it names."""
        self.page.text((text, "bold")).paragraph_format.keep_with_next = True

    def _gaps(self) -> None:
        for title, gaps in self.told.gaps:
            self.page.heading(title, 2)
            for gap in gaps:
                self.page.bullet((f"{gap.title}. ", "bold"), gap.note)
                self._quotes(gap.extracts)

    def _themes(self) -> None:
        for each in self.brief.themes:
            self._theme(each)

    def _theme(self, each: Theme) -> None:
        page, told = self.page, self.told
        line = page.bullet()
        page.runs(line, [(each.title, "bold")])
        links = told.linked(each.findings)
        see = f" See {', '.join(links)}." if links else ""
        page.runs(line, [f": {told.themed(each)}.{see} "])
        for extract in told.quotes(each.extracts):
            self._said(line, extract)

    def _guide(self) -> None:
        if self.told.has_times:
            self._picture(charts.sections(self.brief.accounts))
        header, rows = self.told.account_table()
        wide = {header[0]: 0.4, "Date and place": 0.3}
        widths = [wide.get(name, 0.13) for name in header]
        shares = [width / sum(widths) for width in widths]
        self.page.table(self.told.accounts_title, header, rows, shares)

    def _tables(self) -> None:
        for grid in self.told.grids:
            self._grid(grid)
        if self.brief.strip:
            self._picture(charts.strip(self.brief.strip))
        if self.told.has_balance:
            self._picture(charts.balance(self.brief.presence))
        header, rows = self.told.presence_table()
        if rows:
            narrow = [0.1 if name in COUNTED else 0.14 for name in header[1:]]
            widths = (1 - sum(narrow), *narrow)
            self.page.table("Who was heard how much", header, rows, widths)

    def _grid(self, grid: Grid) -> None:
        """Cells are shaded like the page's heat map, so that no picture repeats the table."""
        most = max(DEEPEST, *(value for row in grid.values for value in row))
        rows = [
            (row, *(self.told.cell(value) for value in values))
            for row, values in zip(grid.rows, grid.values, strict=True)
        ]
        first = max(0.3, min(0.4, 1 - 0.14 * len(grid.columns)))
        rest = (1 - first) / len(grid.columns)
        self.page.table(
            f"{grid.title}: number of {grid.unit}",
            (grid.corner, *grid.columns),
            rows,
            (first, *[rest] * len(grid.columns)),
            [[max(value, 0) / most for value in values] for values in grid.values],
        )
        if grid.note:
            self.page.text((grid.note, "quiet small"))

    def _picture(self, chart: charts.Chart) -> None:
        alt = f"{chart.title}. The numbers are in the table below or beside it."
        self.page.picture(charts.png(chart, self.kept), chart.title, alt)

    def _facts(self, title: str, facts: Sequence[Fact]) -> None:
        rows = [(f.label + (f" ({f.item})" if f.item else ""), f.value) for f in facts]
        self.page.table(title, ("What", "How it is"), rows, (0.38, 0.62))

    def _method(self) -> None:
        self.page.text(
            "Numbers in brackets are items of COREQ, a checklist for reporting focus groups (Tong, "
            "Sainsbury and Craig 2007)."
        )
        self._facts("How this brief was made", (*self.brief.masthead, *self.brief.method))


def _pieces(extract: Extract) -> Runs:
    """Return the words of a quote; what stands for words left out is set apart."""
    return [(piece.text, "" if piece.said else "quiet") for piece in extract.pieces]
