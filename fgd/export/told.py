"""A brief as its readers walk through it: what belongs together, in which order, in which words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from fgd.export.line import clock
from fgd.model import (
    Account,
    Agreement,
    Brief,
    BriefKind,
    Confidence,
    Contribution,
    Count,
    Extract,
    Finding,
    Gap,
    GapKind,
    Grid,
    Recommendation,
)

AGREEMENTS: dict[Agreement, str] = {
    "convergence": "Agreement",
    "broad but qualified": "Broad but qualified",
    "divergence": "Views differ",
    "several views": "Several views",
    "lone view": "One person's view",
    "not tested": "Not tested",
}
CONFIDENCES: dict[Confidence, str] = {
    "firm": "firm ground",
    "fair": "fair ground",
    "thin": "thin ground",
}
GAPS: dict[GapKind, str] = {
    "not asked": "Not asked",
    "asked, not raised": "Asked, and not raised",
    "thin": "Answered by very few",
    "open question": "Left open by the room",
}
STANDS = {
    "supports": "in favour",
    "supports with conditions": "in favour on conditions",
    "proposes": "proposing",
    "questions": "in doubt",
    "opposes": "against",
    "reports experience": "reporting experience",
}
EDITIONS = {
    "internal": "Internal edition: full traceability, not for circulation",
    "circulation": "Circulation edition",
}
STATEMENTS = {
    "national assessment": "National assessments",
    "expert intervention": "Expert interventions",
    "exercise inject": "Exercise",
}
STATEMENTS_TITLE: dict[BriefKind, str] = {
    "session": "Statements and exercise",
    "topic": "Statements",
    "programme": "Practices by country, and statements",
}
COUNTED = frozenset({"People", "Time", "Share", "Turns", "Planned", "Used"})
"""Columns that hold figures."""

FULL = 10
"""So many recommendations are told in full; the others are listed."""


class Told:
    """Answers what the formats of a brief ask of it."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.extracts = {each.id: each for each in brief.extracts}
        self.sections = {each.section: each.title for each in brief.accounts}
        self.names = {code: finding.title for finding in brief.findings for code in finding.codes}

    @property
    def parts(self) -> dict[str, str]:
        """The parts that this brief has, in order: key and title."""
        brief = self.brief
        there: tuple[tuple[str, str, object], ...] = (
            ("glance", "At a glance", True),
            ("reading", "How to read this", True),
            ("findings", "Findings", brief.findings),
            ("statements", self.statements_title, brief.contributions),
            ("recommendations", "Recommendations and options", brief.recommendations),
            ("gaps", "Gaps and follow-up", brief.gaps or brief.accounts),
            ("tables", "Who spoke, and to what", brief.grids or brief.presence or brief.strip),
            ("participants", "Participants", brief.participants),
            ("doubts", "Doubts about the record", brief.doubts),
            ("method", "How this brief was made", brief.method),
            ("evidence", "Evidence", brief.extracts),
        )
        return {key: title for key, title, present in there if present}

    @property
    def statements_title(self) -> str:
        """What the statements are called; practices by country only where countries are told."""
        told = {each.kind for each in self.brief.contributions}
        national = self.brief.kind != "programme" or "national assessment" in told
        return STATEMENTS_TITLE[self.brief.kind if national else "topic"]

    @property
    def has_balance(self) -> bool:
        """Whether there is a balance of talk to draw."""
        return len(self.brief.presence) > 1

    @property
    def has_times(self) -> bool:
        """Whether minutes of guide sections are known."""
        return any(each.spent or each.planned for each in self.brief.accounts)

    def quotes(self, names: Sequence[str]) -> list[Extract]:
        """The quotes of these ids; ids of quotes that an edition left out are passed over."""
        return [self.extracts[name] for name in names if name in self.extracts]

    @property
    def top_findings(self) -> list[Finding]:
        """What the first half page tells."""
        return [each for each in self.brief.findings if each.id in self.brief.glance]

    @property
    def top_recommendations(self) -> list[Recommendation]:
        """Those with the widest backing."""
        return [each for each in self.brief.recommendations if each.id in self.brief.glance]

    def lead(self, each: Finding) -> Extract | None:
        """The quote that shows a finding on the first page: one that is not printed there yet."""
        printed = {rec.extract for rec in self.top_recommendations}
        for finding in self.top_findings:
            fresh = (quote for quote in self.quotes(finding.extracts) if quote.id not in printed)
            found = next(fresh, None)
            if finding is each:
                return found
            printed |= {found.id} if found else set()
        return None

    @property
    def uncovered(self) -> list[tuple[str, list[str]]]:
        """What was not covered of the guide, by reason, every title once."""
        guided = [
            (title, [gap.title for gap in self.brief.gaps if gap.kind == kind and gap.section])
            for kind, title in GAPS.items()
        ]
        return [(title, list(dict.fromkeys(names))) for title, names in guided if names]

    def called(self, each: Recommendation) -> str:
        """The heading of a recommendation: ``R1. To: council``."""
        whom = f"To: {each.addressee}" if each.addressee else "To whom was not said"
        return f"{each.id}. {whom}"

    @property
    def by_section(self) -> list[tuple[str, list[Finding]]]:
        """Findings under the guide's sections, then those nobody had asked about."""
        groups = groupby(self.brief.findings, key=lambda each: each.section)
        return [(self.heading(section), list(found)) for section, found in groups]

    def heading(self, section: str) -> str:
        """The title of a guide section, or what is said of themes outside of it."""
        if not self.brief.accounts or self.brief.kind != "session":
            return "What was discussed"
        return self.sections.get(section, "") or "Beyond the guide: what came up by itself"

    @property
    def main_recommendations(self) -> tuple[Recommendation, ...]:
        """Those told in full."""
        return self.brief.recommendations[:FULL]

    @property
    def other_recommendations(self) -> tuple[Recommendation, ...]:
        """Those only listed."""
        return self.brief.recommendations[FULL:]

    @property
    def gaps(self) -> list[tuple[str, list[Gap]]]:
        """Gaps by kind, in the order of ``GAPS``; those of which the same is to be said as one."""
        return [
            (title, list(_together(each for each in self.brief.gaps if each.kind == kind)))
            for kind, title in GAPS.items()
            if any(each.kind == kind for each in self.brief.gaps)
        ]

    @property
    def statements(self) -> list[tuple[str, list[Contribution]]]:
        """Statements that stand apart, by kind."""
        return [
            (title, [each for each in self.brief.contributions if each.kind == kind])
            for kind, title in STATEMENTS.items()
            if any(each.kind == kind for each in self.brief.contributions)
        ]

    def backing(self, each: Recommendation) -> str:
        """``Raised by 1 of the 5 who spoke to it: Name (INST); supported by 1 more.``"""
        of = each.raised.of
        parts = [f"Raised by {each.raised.people} of the {of} who spoke to it"]
        if named := [who for who in each.raised_by if who.removesuffix("s") != "a participant"]:
            parts[0] += f": {', '.join(named)}"
        if each.support.people:
            parts.append(f"supported by {each.support.people} more")
        if each.opposed.people:
            parts.append(f"objected to by {each.opposed.people}")
        return "; ".join(parts) + "."

    def source(self, each: Extract) -> str:
        """Who said it and where to listen: ``Name (INST), Recording 1, 0:12:03``."""
        return ", ".join(part for part in (each.speaker, each.place) if part)

    def count(self, each: Count) -> str:
        """``5 of 7 (most)``."""
        words = f" ({each.wording})" if each.wording else ""
        return f"{each.people} of {each.of}{words}"

    def themes(self, codes: Sequence[str]) -> str:
        """The names of the findings on these codes."""
        return ", ".join(dict.fromkeys(self.names[code] for code in codes if code in self.names))

    def standing(self, each: Recommendation) -> str:
        """Explicit or implied, its backing, who raised it, on which theme: in sentences."""
        parts = ["Explicit." if each.explicit else "Implied.", self.backing(each), each.note]
        if self.themes(each.codes):
            parts.append(f"Theme: {self.themes(each.codes)}.")
        return " ".join(part for part in parts if part)

    @property
    def accounts_title(self) -> str:
        """What the table of accounts is about: a guide's sections, or several sessions."""
        return "What became of the guide" if self.brief.kind == "session" else "The sessions"

    def asked(self, each: Account) -> str:
        """Whether a section was put to the room; of a session, its date and place."""
        if self.brief.kind != "session":
            return each.text
        return "yes" if each.asked else "no"

    def account_table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """What became of the guide, or the sessions: header and rows, without empty columns."""
        session = self.brief.kind == "session"
        first, second = ("Section", "Asked") if session else ("Session", "Date and place")
        header = (
            first,
            second,
            "Planned",
            "Used",
            "People",
            "Probes not put" if session else "Note",
        )
        return _filled(
            header,
            [
                (
                    each.title,
                    self.asked(each),
                    self.minutes(each.planned),
                    self.minutes(each.spent),
                    str(each.people),
                    each.note.removeprefix("Not put: "),
                )
                for each in self.brief.accounts
            ],
        )

    def presence_table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Who was heard how much: header and rows, without columns that hold nothing."""
        header = ("Who", "Role", "People", "Time", "Share", "Turns", "Note")
        total = sum(each.speech for each in self.brief.presence)
        turns = sum(each.turns for each in self.brief.presence)
        rows: list[tuple[str, ...]] = []
        for each in self.brief.presence:
            name = f"{each.label}, {each.institution}" if each.institution else each.label
            share = each.speech / total if total else each.turns / max(turns, 1)
            rows.append(
                (
                    name,
                    "" if each.role in ("", "not known") else each.role,
                    str(each.people),
                    clock(each.speech) if total else "",
                    f"{share:.0%}",
                    str(each.turns),
                    each.note,
                )
            )
        return _filled(header, rows)

    def cell(self, value: int) -> str:
        """A count as printed: a dash where it is withheld, nothing for nobody."""
        if value == Grid.WITHHELD:
            return "\u2013"
        return str(value) if value else ""

    def minutes(self, milliseconds: int) -> str:
        """``12 min``; empty where nothing is known."""
        return f"{milliseconds / 60_000:.0f} min" if milliseconds else ""


def _filled(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A table without the columns that hold nothing."""
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
