"""Write what a programme remembers: one page, a Word document, a workbook, and tables.

All of them tell the same lines: closed frames around quotes of the brief that holds the registry.
What is only inferred says that it seems so, how likely, and by which words.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fgd.core.files import settled
from fgd.core.text import number
from fgd.export.tables import sheet
from fgd.export.told import EDITIONS, TITLES, Run, Told, beside, environment
from fgd.export.word import Page, printable
from fgd.model import (
    Brief,
    Extract,
    Later,
    Matter,
    Mention,
    Position,
    Promise,
    Standing,
    Tie,
)

if TYPE_CHECKING:
    import pandas as pd

CONCLUDED: frozenset[Standing] = frozenset(("decided", "agreed", "not agreed", "left open"))
STANDINGS: dict[Standing, str] = {
    "decided": "Decided",
    "agreed": "Agreed",
    "not agreed": "Not agreed",
    "left open": "Left open",
    "divided": "For and against",
    "opposed": "Opposed",
    "qualified": "Answered with conditions or doubts",
    "supported": "Supported",
    "dropped": "Dropped",
    "proposed": "Proposed",
}
"""What a standing is called, in the order in which the page tells them."""

READING = (
    "A matter is a proposal, or a conclusion of whoever led a session. Its standing is where it "
    "stood in the last session that says more than that it was put.",
    "That two sessions speak of the same matter is inferred from meaning and from shared words. It "
    "is told as what seems, with how likely it is; what a person has settled is told as settled.",
    "\u201cNot taken up since\u201d is said where none of its words of content, but for those of "
    "every session, is said in any later session, and no sentence there comes near its meaning; of "
    "other matters nothing is said.",
    "A promise is told in the words in which somebody says what they will do for others. It is "
    "found by their form, so some of them will be none; nothing here judges whether one was kept, "
    "unless a person has settled that.",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A line of the page: sentences, and lines that belong below it."""

    runs: tuple[Run, ...]
    id: str = ""
    below: tuple[Telling, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the page: lines, and a sentence before them or in their place."""

    id: str
    title: str
    lines: tuple[Telling, ...]
    lead: str = ""


class Remembered:
    """Tells the registry of a brief, line by line."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.told = Told(brief)
        self.registry = brief.registry
        self._sessions = {each.number: each for each in self.registry.sessions}
        self._summaries = {each.id: each for each in brief.summaries}

    # -- parts -------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> tuple[Chapter, ...]:
        """Return every part that has something to say."""
        kept = self.registry
        several = [each for each in kept.matters if self._rooms(each) > 1]
        found = [
            Chapter(
                "again",
                "Came up in more than one session",
                tuple(map(self.matter, several)),
                "" if several else "Nothing was found to have come up in more than one session.",
            )
        ]
        found += [self._once(each) for each in STANDINGS if each in CONCLUDED]
        found += [
            Chapter(
                "promises",
                "Promises",
                tuple(map(self.promise, kept.promises)),
                "" if kept.promises else "No words were read as a promise.",
            ),
            Chapter("positions", "Positions of institutions over time", *self._over_time()),
            Chapter("unasked", "Asked in one session, and not in the next", self._unasked()),
            Chapter("practices", "Practices by country and phase", self._practices()),
            Chapter("saturation", "Saturation", self._saturation()),
        ]
        found += [self._once(each) for each in STANDINGS if each not in CONCLUDED]
        return tuple(each for each in found if each.lines or each.lead)

    def _once(self, standing: Standing) -> Chapter:
        """Tell the matters of one session that stand alike, what only seems so last."""
        mine = [
            each
            for each in self.registry.matters
            if each.standing == standing and self._rooms(each) < 2
        ]
        mine.sort(key=lambda each: each.seems)
        name = f"stands-{standing.replace(' ', '-')}"
        title = f"{STANDINGS[standing]}, in one session"
        return Chapter(name, title, tuple(map(self.matter, mine)))

    @property
    def counts(self) -> str:
        """Return in one sentence how much there is."""
        kept = self.registry
        several = sum(self._rooms(each) > 1 for each in kept.matters)
        return (
            f"{_first(_many(len(kept.sessions), 'session'))}, {_many(len(kept.matters), 'matter')} "
            f"({several} in more than one session), {_many(len(kept.promises), 'promise')}."
        )

    def _rooms(self, matter: Matter) -> int:
        """Count the sessions of a matter; where they are not told, its mentions."""
        known = {each.session for each in matter.mentions}
        return len(matter.mentions) if known == {0} else len(known)

    # -- lines -------------------------------------------------------------------------------------

    @property
    def sessions(self) -> tuple[str, ...]:
        """Return the sessions by number, with title and date."""
        return tuple(
            f"Session {each.number}: {each.title}, {each.date or 'date not known'}."
            for each in self.registry.sessions
        )

    def session(self, place: int) -> str:
        """Return how a session is called in the lines; nothing where the rule hides it."""
        return f"Session {place}" if place in self._sessions else ""

    def standing(self, matter: Matter) -> str:
        """Tell where a matter stands, and what later sessions made of it."""
        said = STANDINGS[matter.standing] + (", it seems" if matter.seems else "")
        said += f" (settled by {matter.by})" if matter.by else ""
        if matter.since == "not taken up":
            return f"{said}; not taken up since."
        if self._rooms(matter) > 1:
            guessed = any(each.tie and not each.tie.by for each in matter.mentions)
            again = "taken up again" if matter.since else "put in several sessions"
            return f"{said}; {again}{', it seems' if guessed else ''}."
        return f"{said}."

    def matter(self, each: Matter) -> Telling:
        """Tell a matter: where it stands, and every time it came up."""
        mentions = tuple(Telling(self._mention(one)) for one in each.mentions)
        if len(mentions) == 1:
            return Telling((*mentions[0].runs, Run(f" {self.standing(each)}")), each.id)
        return Telling((Run(self.standing(each)),), each.id, mentions)

    def _mention(self, each: Mention) -> tuple[Run, ...]:
        names = (self.session(each.session), each.finding or each.summary)
        runs: list[Run] = [Run(f"{', '.join(name for name in names if name)}. ")]
        sentences = self.told.sentences
        if each.finding in self.told.findings:
            runs += sentences.finding(self.told.findings[each.finding])
        elif each.summary in self._summaries:
            runs += sentences.summary(self._summaries[each.summary])
        return (*runs, Run(f" {self.tie(each.tie)}")) if each.tie else tuple(runs)

    def tie(self, tie: Tie) -> str:
        """Tell why a mention is taken for the same matter."""
        if tie.by:
            return f"The same matter, as {tie.by} settled."
        words = f"; shared words: {', '.join(tie.words)}" if tie.words else ""
        return f"The same matter, it seems ({tie.likely:.0%} likely{words})."

    def promise(self, each: Promise) -> Telling:
        """Tell a promise: who, when, in which words, by when, and what became of it."""
        where = self.session(each.session)
        runs = [Run(f"{where}. " if where else ""), Run(f"{_first(each.speaker)} said: ")]
        runs.append(Run(quote=each.extract))
        runs.append(Run(f". By when: {each.when}." if each.when else ". No date was named."))
        if each.kept:
            runs.append(Run(f" {each.kept.capitalize()}, as {each.by} settled."))
        below = tuple(Telling(self._later(one)) for one in each.later)
        return Telling(tuple(run for run in runs if run.text or run.quote), each.id, below)

    def _later(self, each: Later) -> tuple[Run, ...]:
        where = self.session(each.session)
        words = ", ".join(each.tie.words)
        return (
            Run(f"{where}. " if where else ""),
            Run(f"Of this, it seems, {each.speaker} said later: "),
            Run(quote=each.extract),
            Run(f" (shared words: {words})." if words else "."),
        )

    def _over_time(self) -> tuple[tuple[Telling, ...], str]:
        """Tell the positions of an institution on a matter in more than one session."""
        kept = self.registry.positions
        groups: dict[tuple[str, str], list[Position]] = {}
        for each in kept:
            groups.setdefault((each.institution, each.matter), []).append(each)
        told = {key: mine for key, mine in groups.items() if len({one.session for one in mine}) > 1}
        lines = tuple(
            Telling(
                (Run(f"{body} on {matter}."), *self._changed(mine)),
                below=tuple(Telling(self._position(one)) for one in mine),
            )
            for (body, matter), mine in sorted(told.items())
        )
        rest = len(kept) - sum(map(len, told.values()))
        if not kept:
            return lines, ""
        more = f"{_many(rest, 'position')} taken in one session only: see registry.xlsx."
        none = "" if lines else "No institution was found on one matter in two sessions. "
        return lines, (none + (more[:1].upper() + more[1:] if rest else "")).strip()

    def _changed(self, mine: Sequence[Position]) -> tuple[Run, ...]:
        if not any(each.changed for each in mine):
            return ()
        ties = [
            one.tie
            for each in self.registry.matters
            if each.id == mine[0].matter
            for one in each.mentions
            if one.tie
        ]
        sure = all(tie.by for tie in ties)
        return (Run(" Changed." if sure else " Changed, if it is the same matter, as it seems."),)

    def _position(self, each: Position) -> tuple[Run, ...]:
        where = self.session(each.session)
        sides = ", ".join(_side(side) for side in each.sides)
        runs = [Run(f"{where}: {sides}")]
        for place, extract in enumerate(self.told.quotes(each.extracts)):
            runs += [Run(" (" if not place else "; "), Run(quote=extract.id)]
        return (*runs, Run(")." if len(runs) > 1 else "."))

    def _unasked(self) -> tuple[Telling, ...]:
        return tuple(
            Telling(
                (
                    Run(
                        f"\u201c{each.title}\u201d was asked in {self.session(each.session)}. "
                        f"{self.session(each.following)}"
                        f"{', like every session since,' if each.since else ''} does not have it "
                        "in its guide, and no question near it was found there."
                    ),
                )
            )
            for each in self.registry.unasked
        )

    def _practices(self) -> tuple[Telling, ...]:
        lines = []
        for each in self.registry.practices:
            runs = [Run(f"{each.country or 'Country not known'}, {each.phase}: ")]
            for place, extract in enumerate(self.told.quotes(each.extracts)):
                runs += [Run("; " if place else ""), Run(quote=extract.id)]
                runs.append(Run(f", {extract.speaker}" if extract.speaker else ""))
            lines.append(Telling(tuple(run for run in (*runs, Run(".")) if run.text or run.quote)))
        return tuple(lines)

    def _saturation(self) -> tuple[Telling, ...]:
        facts = [each for each in self.brief.method if each.item == "22"]
        told = [each.value.rstrip(".") + "." for each in facts]
        named = [
            line if each.label == "Saturation" else f"{each.label}: {line}"
            for each, line in zip(facts, told, strict=True)
        ]
        return tuple(Telling((Run(line[:1].upper() + line[1:]),)) for line in named)

    # -- evidence ----------------------------------------------------------------------------------

    @cached_property
    def _runs(self) -> tuple[Run, ...]:
        lines = [line for part in self.parts for line in part.lines]
        lines += [below for line in lines for below in line.below]
        return tuple(run for line in lines for run in line.runs)

    @cached_property
    def shown(self) -> frozenset[str]:
        """Ids of the quotes whose words stand on the page."""
        return frozenset(run.quote for run in self._runs if run.quote)

    @cached_property
    def evidence(self) -> tuple[Extract, ...]:
        """Return the quotes that the page shows or rests on, in their order."""
        names = self.shown.union(*(run.notes for run in self._runs))
        return tuple(each for each in self.brief.extracts if each.id in names)

    def link(self, extract: Extract) -> str:
        """Return where the brief of a quote's own session lies, for those inside the house."""
        inside = self.brief.edition == "internal" and extract.session
        return f"../../../{quote(extract.session)}/internal/brief.html" if inside else ""

    # -- tables ------------------------------------------------------------------------------------

    def tables(self) -> dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]]:
        """Return every table by name: header and rows, one row an observation."""
        kept, quotes = self.registry, self.told.extracts

        def text(name: str) -> str:
            return quotes[name].text if name in quotes else ""

        def place(name: str) -> str:
            return quotes[name].place if name in quotes else ""

        matters: list[tuple[object, ...]] = []
        for each in kept.matters:
            for one in each.mentions:
                finding = self.told.findings.get(one.finding)
                summary = self._summaries.get(one.summary)
                words = finding.extract if finding else summary.extract if summary else ""
                who = finding.speaker if finding else summary.speaker if summary else ""
                tie = one.tie
                matters.append(
                    (
                        each.id, each.standing, _yes(each.seems), each.since, each.by,
                        self.session(one.session), one.finding or one.summary, who, text(words),
                        one.standing, _yes(one.seems), f"{tie.likely:.2f}" if one.tie else "",
                        ", ".join(tie.words), tie.by, place(words),
                    )
                )  # fmt: skip
        promises: list[tuple[object, ...]] = [
            (
                each.id, self.session(each.session), each.speaker, text(each.extract), each.when,
                each.kept, each.by, self.session(one.session) if one else "",
                one.speaker if one else "", text(one.extract) if one else "",
                place(each.extract),
            )
            for each in kept.promises
            for one in each.later or (None,)
        ]  # fmt: skip
        return {
            "sessions": (
                ("session", "title", "date"),
                [(each.number, each.title, each.date) for each in kept.sessions],
            ),
            "matters": (MATTERS, matters),
            "promises": (PROMISES, promises),
            "positions": (
                ("institution", "matter", "session", "sides", "changed", "finding", "words"),
                [
                    (
                        each.institution, each.matter, self.session(each.session),
                        ", ".join(each.sides), _yes(each.changed), each.finding,
                        " | ".join(map(text, each.extracts)),
                    )
                    for each in kept.positions
                ],
            ),
            "not_asked_again": (
                ("question", "asked in", "not asked in", "nor since"),
                [
                    (
                        each.title, self.session(each.session), self.session(each.following),
                        _yes(each.since),
                    )
                    for each in kept.unasked
                ],
            ),
            "practices": (
                ("country", "phase", "words", "place"),
                [
                    (each.country or "not known", each.phase, text(name), place(name))
                    for each in kept.practices
                    for name in each.extracts
                ],
            ),
            "saturation": (
                ("session", "themes raised", "new themes", "themes so far"),
                [
                    (row, *values)
                    for grid in self.brief.grids
                    if grid.id == "saturation"
                    for row, values in zip(grid.rows, grid.values, strict=True)
                ],
            ),
        }  # fmt: skip


MATTERS = (
    "matter", "standing", "only seems", "since", "settled by", "session", "finding", "who",
    "words", "standing there", "only seems there", "likely the same", "shared words",
    "same settled by", "place",
)  # fmt: skip
PROMISES = (
    "promise", "session", "who", "words", "by when", "became", "settled by", "later session",
    "later who", "later words, it seems", "place",
)  # fmt: skip


def registry_files(
    brief: Brief, clips: Collection[str] = (), letterhead: bytes = b""
) -> dict[str, bytes]:
    """Return the files of the registry of a brief by name; none where it has no registry."""
    if not brief.registry:
        return {}
    told = Remembered(brief)
    return {
        "registry.html": registry_html(told, clips),
        "registry.docx": registry_docx(told, letterhead),
        "registry.xlsx": registry_xlsx(told),
    }


def registry_html(told: Remembered, clips: Collection[str] = ()) -> bytes:
    """Return one page: styles inside, no script, nothing fetched from anywhere."""
    page: str = (
        environment()
        .get_template("registry.html.jinja")
        .render(
            brief=told.brief,
            told=told.told,
            kept=told,
            clips=frozenset(clips),
            css=files("fgd.export").joinpath("templates/brief.css").read_text(encoding="utf-8"),
            editions=EDITIONS,
            reading=READING,
        )
    )
    return page.encode("utf-8", "replace")


def registry_docx(told: Remembered, letterhead: bytes = b"") -> bytes:
    """Return the same lines as a Word document; where a quote was said stands in an endnote."""
    brief = told.brief
    page = Page(f"{brief.title}: registry", letterhead)
    if not letterhead:
        page.footer(EDITIONS[brief.edition])
    page.text((EDITIONS[brief.edition], "bold"), style="Subtitle")
    page.text(f"{brief.title}: registry", style="Title")
    for text in (brief.status, told.told.rule, told.counts):
        if text:
            page.text((text, "quiet small"))
    for text in (*told.sessions, *told.registry.notes):
        page.text(text)
    noted: set[str] = set()

    def write(line: Telling, style: str) -> None:
        paragraph = page.text(style=style)
        if line.id:
            page.runs(paragraph, [(f"{line.id} ", "quiet small")])
        for run in line.runs:
            if run.quote and run.quote in told.told.extracts:
                said = told.told.extracts[run.quote]
                page.runs(
                    paragraph, [(f"\u201c{said.text}\u201d", "italic"), (beside(said), "quiet")]
                )
                if run.quote not in noted:
                    noted.add(run.quote)
                    page.note(paragraph, f"{run.quote}: {told.told.source(said)}")
            else:
                page.runs(paragraph, [run.text or run.link])
        for each in line.below:
            write(each, "List Bullet")

    for part in told.parts:
        page.heading(part.title, 1)
        if part.lead:
            page.text((part.lead, "quiet"))
        for line in part.lines:
            write(line, "Normal")
    page.heading("How to read this", 1)
    for text in READING:
        page.bullet(text)
    if page.notes:
        page.heading("Evidence", 1)
        page.text("Where each quotation was said.")
    return page.saved()


def registry_xlsx(told: Remembered) -> bytes:
    """Return a workbook with a sheet for every table; no cell is a formula."""
    import openpyxl

    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for name, (header, rows) in told.tables().items():
        sheet(book, name.replace("_", " ").capitalize(), header, rows)
    book.properties.title = printable(f"{told.brief.title}: registry")
    book.properties.creator = "fgd"
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())


def registry_frames(brief: Brief) -> dict[str, pd.DataFrame]:
    """Return the tables of the registry as frames, to be written as ``fgd export`` writes them."""
    import pandas as pd

    found = Remembered(brief).tables()
    return {
        name: pd.DataFrame(rows, columns=[each.replace(" ", "_") for each in header])
        for name, (header, rows) in found.items()
    }


def registry_text(brief: Brief) -> Iterator[str]:
    """Return the page as lines of plain text, for a terminal."""
    told = Remembered(brief)
    yield told.counts
    yield from told.sessions
    yield from told.registry.notes
    for part in told.parts:
        yield ""
        yield part.title
        if part.lead:
            yield f"  {part.lead}"
        for line in part.lines:
            yield f"  {line.id + ' ' if line.id else ''}{_plain(told, line)}"
            yield from (f"      {_plain(told, each)}" for each in line.below)


def _plain(told: Remembered, line: Telling) -> str:
    return " ".join(told.told.sentences.text(line.runs).split())


def _side(side: str) -> str:
    return next((told for known, told in TITLES.items() if known == side), side)


def _many(count: int, noun: str) -> str:
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _yes(true: bool) -> str:
    return "yes" if true else ""
