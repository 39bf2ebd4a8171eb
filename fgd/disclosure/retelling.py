"""A brief told again as a rule of attribution allows: every text, label, count and table of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from fgd.disclosure.labels import CHAIR, Labels
from fgd.disclosure.redaction import LEAST_WORDS, Redactor, left
from fgd.disclosure.suppression import suppressed
from fgd.model import (
    Account,
    Brief,
    Contribution,
    Count,
    Disclosure,
    Extract,
    Fact,
    Finding,
    Gap,
    Grid,
    Presence,
    Recommendation,
    View,
)

MINUTE = 60_000
BY_BODY = frozenset({"theme-institution"})
BY_HOME = frozenset({"theme-country"})


class Retelling:
    """Builds the circulation edition piece by piece; what it does not copy is not there."""

    def __init__(
        self, brief: Brief, disclosure: Disclosure, redact: Redactor, labels: Labels, least: int
    ) -> None:
        self.brief = brief
        self.disclosure = disclosure
        self.rule = disclosure.rule
        self.redact = redact
        self.labels = labels
        self.least = least
        self._renamed: dict[str, str] = {}
        told = {each.id: self._extract(each) for each in brief.extracts}
        keep = self._needed()
        self.extracts = {
            name: each
            for name, each in told.items()
            if left(each.pieces) >= LEAST_WORDS or name in keep
        }

    def __call__(self) -> Brief:
        """The whole brief, told again."""
        brief, tell = self.brief, self.redact
        return Brief(
            id="" if tell.touches(brief.id) or self._hides_bodies else brief.id,
            title=tell(brief.title),
            kind=brief.kind,
            disclosure=self.disclosure,
            language=brief.language,
            status=brief.status,
            purpose=tell(brief.purpose),
            masthead=self._facts(brief.masthead),
            glance=brief.glance,
            reading=tuple(map(tell, brief.reading)),
            scale=brief.scale,
            accounts=tuple(map(self._account, brief.accounts)),
            findings=tuple(map(self._finding, brief.findings)),
            recommendations=tuple(map(self._recommendation, brief.recommendations)),
            contributions=tuple(self._contributions()),
            gaps=tuple(map(self._gap, brief.gaps)),
            grids=tuple(each for grid in brief.grids for each in self._grid(grid)),
            presence=self._presence(),
            strip=brief.strip if self.disclosure.time_codes else (),
            participants=self._participants(),
            doubts=self._facts(brief.doubts),
            method=self._facts(brief.method),
            extracts=tuple(self.extracts.values()),
        )

    @property
    def _hides_bodies(self) -> bool:
        return self.rule in ("category", "chatham-house")

    def _needed(self) -> set[str]:
        """Quotes without which a finding or a recommendation would rest on nothing."""
        single = {each.extracts[0] for each in self.brief.findings if len(each.extracts) == 1}
        return single | {each.extract for each in self.brief.recommendations}

    def _extract(self, extract: Extract) -> Extract:
        switches = self.disclosure
        pieces = tuple(
            told
            for piece in extract.pieces
            for told in (self.redact.pieces(piece.text, spoken=True) if piece.said else (piece,))
        )
        context = not self._hides_bodies
        return Extract(
            id=extract.id,
            pieces=pieces,
            speaker=self.labels(extract.who),
            place=extract.place if switches.time_codes else "",
            stand=extract.stand,
            codes=self._keys(extract.codes),
            before=self._spoken(extract.before) if context else "",
            after=self._spoken(extract.after) if context else "",
            clip=extract.clip if switches.audio_clips else "",
        )

    def _spoken(self, text: str) -> str:
        return "".join(piece.text for piece in self.redact.pieces(text, spoken=True))

    def _key(self, key: str) -> str:
        """The id of a theme or section; ids are made of titles, so one that tells is replaced."""
        if not self.redact.touches(key):
            return key
        return self._renamed.setdefault(key, f"withheld-{len(self._renamed) + 1}")

    def _keys(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._key, keys))

    def _names(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name in self.extracts)

    def _count(self, count: Count) -> Count:
        return replace(count, who=())

    def _finding(self, finding: Finding) -> Finding:
        return replace(
            finding,
            codes=self._keys(finding.codes),
            section=self._key(finding.section),
            title=self.redact(finding.title),
            sentence=self.redact(finding.sentence),
            verdict=self.redact(finding.verdict),
            why=self.redact(finding.why),
            phases=tuple(map(self.redact, finding.phases)),
            spoke=self._count(finding.spoke),
            views=tuple(map(self._view, finding.views)),
            extracts=self._names(finding.extracts),
            lone=self._names(finding.lone),
            candidates=(),
        )

    def _view(self, view: View) -> View:
        return replace(view, count=self._count(view.count), extracts=self._names(view.extracts))

    def _recommendation(self, told: Recommendation) -> Recommendation:
        return replace(
            told,
            codes=self._keys(told.codes),
            addressee=self.redact(told.addressee),
            raised_by=self.labels.many(told.raised.who),
            raised=self._count(told.raised),
            support=self._count(told.support),
            opposed=self._count(told.opposed),
            note=self.redact(told.note),
            also=self._names(told.also),
            supporting=self._names(told.supporting),
            objections=self._names(told.objections),
        )

    def _contributions(self) -> Iterable[Contribution]:
        """A statement made for a country is an affiliation by itself, so it is told or left out."""
        for each in self.brief.contributions:
            if self._hides_bodies and each.kind == "national assessment":
                continue
            yield replace(
                each,
                title=self.redact(each.title),
                speakers=self.labels.many(each.who),
                who=(),
                prompt=self._names(each.prompt),
                extracts=self._names(each.extracts),
                decisions=self._names(each.decisions),
            )

    def _gap(self, gap: Gap) -> Gap:
        return replace(
            gap,
            section=self._key(gap.section),
            title=self.redact(gap.title),
            note=self.redact(gap.note),
            extracts=self._names(gap.extracts),
        )

    def _account(self, account: Account) -> Account:
        """Times to the minute, so that they cannot be laid beside somebody's own notes."""
        rounded = account.spent if self.disclosure.time_codes else _whole_minutes(account.spent)
        return replace(
            account,
            section=self._key(account.section),
            title=self.redact(account.title),
            text=self.redact(account.text),
            note=self.redact(account.note),
            spent=rounded,
        )

    def _grid(self, grid: Grid) -> tuple[Grid, ...]:
        if self._hides_bodies and grid.id in BY_BODY | BY_HOME:
            return ()
        keep = [n for n, column in enumerate(grid.columns) if not self.redact.touches(column)]
        told = replace(
            grid,
            title=self.redact(grid.title),
            rows=tuple(map(self.redact, grid.rows)),
            columns=tuple(grid.columns[n] for n in keep),
            values=tuple(tuple(row[n] for n in keep) for row in grid.values),
        )
        if grid.id == "theme-category" and self.rule != "named":
            return suppressed(told, self.labels.people, self.least)
        return (told,) if told.columns else ()

    def _presence(self) -> tuple[Presence, ...]:
        """Nobody's own line, except where names, or institutions, may be printed."""
        if self.rule == "named":
            return tuple(replace(each, key="", institutions=()) for each in self.brief.presence)
        ranked = sorted(self.brief.presence, key=self._group)
        groups = [
            self._together(label, tuple(group)) for label, group in groupby(ranked, key=self._group)
        ]
        return tuple(sorted(groups, key=lambda each: (-each.speech, -each.turns, each.label)))

    def _group(self, each: Presence) -> str:
        if each.role == "facilitator":
            return CHAIR.capitalize()
        label = self.labels(each.key)
        return "Participants" if label == "a participant" else label.removeprefix("a participant ")

    def _together(self, label: str, group: tuple[Presence, ...]) -> Presence:
        speech = sum(each.speech for each in group)
        return Presence(
            label,
            role="facilitator" if label == CHAIR.capitalize() else "",
            people=sum(each.people for each in group),
            speech=speech if self.disclosure.time_codes else _whole_minutes(speech),
            turns=sum(each.turns for each in group),
        )

    def _participants(self) -> tuple[Fact, ...]:
        """The list, where a switch of its own allows it; without saying who was heard.

        Where institutions may be named and persons may not, it lists institutions.
        """
        if not self.disclosure.list_participants:
            return ()
        if self.rule == "institution":
            sent = Counter(each.institution for each in self.brief.presence if each.institution)
            return tuple(
                Fact(name, "1 person" if people == 1 else f"{people} persons")
                for name, people in sorted(sent.items())
            )
        listed = [each for each in self.brief.participants if not each.label.startswith("voice ")]
        return tuple(
            Fact(each.label, each.value.replace("; not heard", "").replace("not heard", ""))
            for each in sorted(listed, key=lambda each: each.label)
        )

    def _facts(self, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        """Facts that name nobody. One that does is left out whole: a gap in it would point."""
        return tuple(
            each for each in facts if not each.private and not self.redact.touches(each.value)
        )


def _whole_minutes(milliseconds: int) -> int:
    return round(milliseconds / MINUTE) * MINUTE
