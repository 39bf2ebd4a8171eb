"""The brief as a Word document: headings, captions, tables, pictures, and endnotes as evidence."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.core.cache import Kept
from fgd.export import charts
from fgd.export.heat import DEEPEST
from fgd.export.told import AGREEMENTS, CONFIDENCES, COUNTED, EDITIONS, STANDS, Told
from fgd.export.word import Page
from fgd.model import Brief, Contribution, Extract, Fact, Finding, Grid, Recommendation


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
            "reading": self._reading,
            "findings": self._findings,
            "statements": self._statements,
            "recommendations": self._recommendations,
            "gaps": self._gaps,
            "tables": self._tables,
            "participants": lambda: self._facts("Participants", self.brief.participants),
            "doubts": lambda: self._facts("Doubts about the record", self.brief.doubts),
            "method": self._method,
        }
        self._masthead()
        for key, title in self.told.parts.items():
            if key in write:
                self.page.heading(title, 1)
                write[key]()
        if self.page.notes:
            self.page.heading("Evidence", 1)
            inside = self.brief.edition == "internal"
            self.page.text(
                "Who said each quotation, and where to hear it."
                if inside
                else "What this edition tells of each quotation."
            )
        return self.page.saved()

    def _masthead(self) -> None:
        page, brief = self.page, self.brief
        page.text((EDITIONS[brief.edition], "bold"), style="Subtitle")
        page.text(brief.title, style="Title")
        if brief.status:
            page.text((brief.status, "bold"))
        for fact in brief.masthead:
            line = page.text((f"{fact.label}: ", "quiet"), fact.value)
            line.paragraph_format.space_after = 0

    def _glance(self) -> None:
        page, told = self.page, self.told
        if self.brief.purpose:
            page.text(self.brief.purpose)
        if told.top_findings:
            page.heading("Findings", 2)
        for each in told.top_findings:
            line = page.bullet()
            page.link(line, each.title, each.id)
            chip = AGREEMENTS[each.agreement]
            page.runs(line, [(f" [{chip}] ", "quiet"), f"{each.sentence} {each.verdict}"])
            if lead := told.lead(each):
                page.runs(line, ["\n\u201c", *_pieces(lead), "\u201d ", (f"[{lead.id}]", "quiet")])
        if told.top_recommendations:
            page.heading("Recommendations made", 2)
        for rec in told.top_recommendations:
            line = page.bullet()
            if rec.addressee:
                page.runs(line, [(f"To: {rec.addressee}. ", "bold")])
            page.runs(line, ["\u201c", *_pieces(told.extracts[rec.extract]), "\u201d "])
            page.link(line, rec.id, rec.id)
        if told.uncovered:
            page.heading("Not covered", 2)
        for title, names in told.uncovered:
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            page.bullet((f"{title}: ", "bold"), f"{'; '.join(names[:8])}{more}")
        if not self.brief.findings:
            page.text("There are no findings to report.")

    def _reading(self) -> None:
        for line in self.brief.reading:
            self.page.bullet(line)
        if self.brief.findings and self.brief.scale:
            self.page.table(
                "What the words for numbers mean: the first that fits",
                ("Word", "Meaning, of those who spoke to the point"),
                [(each.words, each.rule) for each in self.brief.scale],
                (0.3, 0.7),
            )

    def _findings(self) -> None:
        for heading, found in self.told.by_section:
            self.page.heading(heading, 2)
            for each in found:
                self._finding(each)

    def _finding(self, each: Finding) -> None:
        page, told = self.page, self.told
        page.heading(f"{each.id}. {each.title}", 3, anchor=each.id)
        chips = [AGREEMENTS[each.agreement], CONFIDENCES[each.confidence], *each.phases]
        chip = page.text((" \u00b7 ".join(chips), "quiet small"))
        chip.paragraph_format.keep_with_next = True
        page.text(f"{each.sentence} ", (each.verdict, "bold" if each.views else ""))
        self._quotes(each.extracts)
        if each.views:
            rows = []
            for view in each.views:
                said = "\n".join(
                    (
                        "Quoted above: "
                        if quote.id in each.extracts
                        else f"\u201c{quote.text}\u201d "
                    )
                    + " ".join(part for part in (quote.speaker, f"[{quote.id}]") if part)
                    for quote in told.quotes(view.extracts)
                )
                count = f"{view.count.people} of {view.count.of}"
                rows.append((STANDS[view.stand], count, said))
            header = ("Stand", "How many", "In their words")
            page.table(f"Stands on {each.title}", header, rows, (0.2, 0.13, 0.67))
        if each.lone:
            self._label("One person's view, kept because it was said")
            self._quotes(each.lone)
        page.text((f"{each.why} Rests on {each.confidence_reason}.", "quiet small"))

    def _quotes(self, names: Sequence[str]) -> None:
        for extract in self.told.quotes(names):
            self._quote(extract)

    def _quote(self, extract: Extract) -> None:
        stand = STANDS.get(extract.stand, extract.stand)
        who = f" \u2013 {extract.speaker}" if extract.speaker else ""
        runs: list[str | tuple[str, str]] = ["\u201c"]
        runs += _pieces(extract)
        runs += ["\u201d", (f"{who}, {stand}" if stand else who, "quiet small")]
        if extract.id in self._noted:  # Word cannot point to a note twice
            self.page.text(*runs, (f" [{extract.id}]", "quiet small"), style="Quote")
            return
        self._noted.add(extract.id)
        paragraph = self.page.text(*runs, style="Quote")
        parts = (extract.id, self.told.source(extract), self.told.themes(extract.codes))
        note = ". ".join(part for part in (*parts, extract.note) if part)
        self.page.note(paragraph, f"{note}.")

    def _statements(self) -> None:
        for heading, statements in self.told.statements:
            self.page.heading(heading, 2)
            for each in statements:
                self._statement(each)

    def _statement(self, each: Contribution) -> None:
        page = self.page
        page.heading(each.title, 3, anchor=each.id)
        themes = self.told.themes(each.codes)
        page.text((" \u00b7 ".join(p for p in ("; ".join(each.speakers), themes) if p), "quiet"))
        for label, names in (
            ("The room was told", each.prompt),
            ("Decisions", each.decisions),
            ("Responses", each.extracts),
        ):
            if names and (each.prompt or each.decisions):
                self._label(label)
            self._quotes(names)

    def _recommendations(self) -> None:
        page, told = self.page, self.told
        page.text(
            "In the words of those who made them. Their effect, cost and feasibility are left for "
            "staff to judge."
        )
        for each in told.main_recommendations:
            self._recommendation(each)
        if told.other_recommendations:
            page.heading("Further suggestions", 2)
        for each in told.other_recommendations:
            extract = told.extracts[each.extract]
            to = f"To: {each.addressee}. " if each.addressee else ""
            said = f"\u201c{extract.text}\u201d "
            page.bullet((f"{each.id}. {to}", "bold"), said, (extract.speaker, "quiet small"))

    def _recommendation(self, each: Recommendation) -> None:
        page, told = self.page, self.told
        page.heading(told.called(each), 3, anchor=each.id)
        self._quote(told.extracts[each.extract])
        page.text((told.standing(each), "quiet"))
        for label, names in (
            ("Also put as", each.also),
            ("Supported", each.supporting),
            ("Objections", each.objections),
        ):
            if told.quotes(names):
                self._label(label)
                self._quotes(names)

    def _label(self, text: str) -> None:
        """A line that stays with what it names."""
        self.page.text((text, "bold")).paragraph_format.keep_with_next = True

    def _gaps(self) -> None:
        page = self.page
        for title, gaps in self.told.gaps:
            page.heading(title, 2)
            for gap in gaps:
                page.bullet((f"{gap.title}. ", "bold"), gap.note)
                self._quotes(gap.extracts)
        if not self.brief.accounts:
            return
        page.heading(self.told.accounts_title, 2)
        if self.told.has_times:
            self._picture(charts.sections(self.brief.accounts))
        header, rows = self.told.account_table()
        wide = {header[0]: 0.25, "Date and place": 0.3}
        widths = [wide.get(name, 0.34 if "Probes" in name else 0.11) for name in header]
        page.table(self.told.accounts_title, header, rows, [w / sum(widths) for w in widths])

    def _tables(self) -> None:
        for grid in self.brief.grids:
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
        self._facts("How this brief was made", self.brief.method)


def _pieces(extract: Extract) -> list[str | tuple[str, str]]:
    """The words of a quote; what stands for words left out is set apart."""
    return [(piece.text, "" if piece.said else "quiet") for piece in extract.pieces]
