"""Compare the tables of a session: which of them spoke to what, what each put, what was reported.

Tables talk about one guide side by side. What a table did not do is told only where it could have
been seen: a proposition is "not raised" at another table if the question was
put there, too, and no sentence said there comes near it or shares two of its words. Reports back
are what somebody tells the plenary of "our table"; a sentence is linked to what that table put if
it comes near, and it is said how near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from fgd.core.nlp import sentences
from fgd.core.text import person_key
from fgd.model import (
    SIDED,
    Breakout,
    Breakouts,
    Contrast,
    Finding,
    ReportBack,
    Section,
    SectionFacts,
    Spoken,
    Table,
    Turn,
)
from fgd.synthesis.gaps import stems
from fgd.synthesis.material import Material
from fgd.synthesis.quoting import Ledger, trimmed
from fgd.synthesis.salience import Salience

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SAME, SHARED = 0.6, 2
"""So near (cosine) and with so many words in common, two propositions are told as nearly the same.
Of 41 restatements that readers marked in ten meetings 54 % are found so, and 0.5 % of the pairs of
different propositions of one meeting (11,831) are taken for one."""

FAR = 0.35
"""Where nothing said at a table comes so near, and no sentence shares two words, a proposition was
not raised there. Of the same 41 restatements 12 % lie below by nearness alone."""

TOLD, MOST = 12, 6
"""Contrasts told, and sentences quoted of a report, at most."""

FEWEST = 5
"""Words a sentence of a report needs to say anything."""

INTERJECTED = 12
"""Words of somebody else by which a report is interrupted and not ended."""

_CALLS = re.compile(
    r"\b(?:please|over to|let(?:'s| us) (?:hear|start|begin)|hear(?: first)? from|the floor|"
    r"next|first|now|report(?:s|ing)?|go ahead|your turn|begin with|start with|turn to|bitte|"
    r"s'il vous pla[i\u00ee]t|por favor|silakan)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thank|thanks|danke|merci|gracias|obrigad[oa]|terima kasih)\b", re.IGNORECASE
)
"""A chair calls a table in one sentence, and thanks it in another one."""

_OURS = re.compile(
    r"\bour (?:own |small |little |sub[ -]?)*(?:group|table|breakout(?: room)?)\b(?! of\b)|"
    r"\bin our room\b|"
    r"\bunser(?:e|er|em|en)? (?:gruppe|tisch)\b|\bnotre (?:groupe|table)\b|"
    r"\b(?:nuestr[oa]|noss[oa]) (?:grupo|mesa)\b|\bil nostro (?:gruppo|tavolo)\b|"
    r"\bonze (?:groep|tafel)\b|\b(?:kelompok|meja) kami\b|"
    r"\brapporteur (?:of|for|from)\b|\breport(?:ing)?(?: back)? (?:for|from|on behalf of)\b",
    re.IGNORECASE,
)
"""How somebody speaks of the table they come from."""

_NUMBERS = (
    ("one", "first"), ("two", "second"), ("three", "third"), ("four", "fourth"), ("five", "fifth"),
    ("six", "sixth"), ("seven", "seventh"), ("eight", "eighth"), ("nine", "ninth"),
    ("ten", "tenth"),
)  # fmt: skip

LISTED, CALLED, HEARD, HANDED, ALIKE = 0.95, 0.9, 0.9, 0.85, 0.5
"""How sure it is which table is reported: by the list of participants or a rapporteur's name, by
what the report calls itself, by the table where the same person was heard, by whom the chair gave
the floor, and by likeness of content alone. Set by hand."""


def compared(
    material: Material, salience: Salience, ledger: Ledger, found: Sequence[Finding],
    order: Sequence[str], *, whole: bool = True,
) -> Breakouts:  # fmt: skip
    """Compare the tables of a session; empty where it had none.

    ``order`` names the findings in order of weight. Without the ``whole`` of what was said (some
    was not read, or somebody withdrew) nothing is told to have been raised nowhere.
    """
    if not material.session.breakouts:
        return Breakouts()
    return _Comparison(material, salience, ledger, found, order, whole and not material.unread)()


@dataclass(frozen=True)
class _Comparison:
    material: Material
    salience: Salience
    ledger: Ledger
    found: Sequence[Finding]
    order: Sequence[str]
    whole: bool

    def __call__(self) -> Breakouts:
        return Breakouts(
            tuple(map(self._table, self.material.session.breakouts)),
            tuple(self._sections()),
            tuple(self._contrasts()),
            tuple(self._reports()),
        )

    def at(self, recording: str) -> str:
        """Return the table of a recording."""
        return self.material.session.table_of(recording)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tables in their order."""
        return tuple(each.name for each in self.material.session.breakouts)

    @cached_property
    def of_finding(self) -> dict[str, str]:
        """The table where each finding was put; nothing for the plenary."""
        places = {each.id: each.place for each in self.material.deliberated.propositions}
        known = {f.id: self.at(places[f.proposition].recording) for f in self.found}
        return {name: table for name, table in known.items() if table}

    def _table(self, given: Breakout) -> Table:
        material = self.material
        turns = [turn for turn in material.turns if self.at(turn.recording) == given.name]
        people = {material.people[turn.id].key: material.people[turn.id] for turn in turns}
        counted = [person for person in people.values() if person.counts]
        keys = {person.key for person in counted}
        mine = [turn for turn in turns if material.people[turn.id].key in keys]
        timed = all(turn.recording not in material.untimed for turn in turns)
        note = f"{given.why}, {given.sure:.0%} sure" if given.why else ""
        return Table(
            given.name,
            len(counted),
            sum(turn.span.duration for turn in mine) if timed else 0,
            sum(len(turn.text.split()) for turn in mine),
            tuple(f.id for f in self.found if self.of_finding.get(f.id) == given.name),
            tuple(f"{material.session.id}/{person.key}" for person in counted),
            tuple(material.people.printed(person) for person in counted),
            note if turns else "no recording of it was read",
        )

    def _sections(self) -> Iterator[tuple[str, tuple[Spoken, ...]]]:
        """Yield the sections that any table spoke to or was asked; then what lies beyond them."""
        sections = self.material.session.guide.sections
        for section in (*sections, Section("", "Beyond the guide" if sections else "All of it")):
            told = tuple(self._spoken(section.id, name) for name in self.names)
            if any(each.asked or each.people or each.findings for each in told):
                yield section.title, told

    def _facts(self, table: str, section: str) -> SectionFacts:
        here = dict(self.material.themed.at_tables).get(table, ())
        return next((each for each in here if each.section == section), SectionFacts(section))

    def _spoken(self, section: str, table: str) -> Spoken:
        facts = self._facts(table, section)
        said = [
            each
            for each in self.material.counted
            if each.section == section and self.at(each.turn.recording) == table
        ]
        return Spoken(
            table,
            facts.asked,
            len({each.person.key for each in said}),
            sum(each.words for each in said),
            facts.used,
            tuple(
                f.id
                for f in self.found
                if f.section == section and self.of_finding.get(f.id) == table and _own(f)
            ),
        )

    # -- propositions ------------------------------------------------------------------------------

    @cached_property
    def _texts(self) -> dict[str, str]:
        """What each finding puts, as it was said."""
        texts = {turn.id: turn.text for turn in self.material.turns}
        places = {each.id: each for each in self.material.deliberated.propositions}
        found = {}
        for each in self.found:
            put = places[each.proposition]
            place = put.content[0] if put.content else put.place
            found[each.id] = texts[place.turn][place.start : place.end]
        return found

    @cached_property
    def _vectors(self) -> dict[str, npt.NDArray[np.float32]]:
        names = list(self._texts)
        rows = self.salience.embed([self._texts[name] for name in names]) if names else ()
        return dict(zip(names, rows, strict=True))

    def _stems(self, text: str) -> frozenset[str]:
        return stems(text, self.material.language)

    @cached_property
    def _said(self) -> dict[str, tuple[npt.NDArray[np.float32], tuple[frozenset[str], ...]]]:
        """Vectors and words of every sentence that anybody said at a table, the chair included."""
        found = {}
        for name in self.names:
            texts = [
                turn.text[start:end]
                for turn in self.material.turns
                if self.at(turn.recording) == name
                for start, end in sentences(turn.text, self.material.language)
            ]
            if texts:
                found[name] = self.salience.embed(texts), tuple(map(self._stems, texts))
        return found

    def near(self, text: str, vector: npt.NDArray[np.float32], finding: str) -> float:
        """Tell how near a text comes to a finding; 0 where it is not nearly the same."""
        alike = float(vector @ self._vectors[finding])
        shared = len(self._stems(text) & self._stems(self._texts[finding]))
        return round(alike, 2) if alike >= SAME and shared >= SHARED else 0.0

    def _contrasts(self) -> Iterator[Contrast]:
        """Yield what can be told of other tables, of the propositions that weigh most."""
        known = {each.id: each for each in self.found}
        ranked = [known[name] for name in self.order if name in known]
        told = 0
        for each in ranked:
            table = self.of_finding.get(each.id, "")
            if not table or not _own(each) or told == TOLD:
                continue
            also = tuple(self._also(each, table))
            unasked = tuple(self._unasked(each))
            silent = tuple(self._silent(each, {table, *(name for name, _ in also)}))
            if also or each.side(*SIDED):  # what nobody at its own table took up is no contrast
                told += 1
                yield Contrast(each.id, table, also, silent, unasked)

    def _also(self, each: Finding, table: str) -> Iterator[tuple[str, str]]:
        text, vector = self._texts[each.id], self._vectors[each.id]
        for name in self.names:
            mine = [
                f
                for f in self.found
                if self.of_finding.get(f.id) == name and name != table and _own(f)
            ]
            alike = [(self.near(text, vector, f.id), f.id) for f in mine]
            if alike and max(alike)[0]:
                yield name, max(alike)[1]

    def _unasked(self, each: Finding) -> Iterator[str]:
        """Yield the tables where a section was neither put nor spoken to."""
        for name in self._said if each.section and self.whole else ():
            facts = self._facts(name, each.section)
            if not (facts.asked or facts.people):
                yield name

    def _silent(self, each: Finding, others: set[str]) -> Iterator[str]:
        words = self._stems(self._texts[each.id])
        for name, (rows, said) in self._said.items():
            if (
                name in others
                or not (each.section and self.whole)
                or not self._facts(name, each.section).asked
            ):
                continue
            close = float((rows @ self._vectors[each.id]).max()) >= FAR
            if (
                not close
                and all(len(words & one) < SHARED for one in said)
                and len(words) >= SHARED
            ):
                yield name

    # -- reports -----------------------------------------------------------------------------------

    def _reports(self) -> Iterator[ReportBack]:
        for turns, handed in reported(self.material):
            if report := self._report(turns, handed):
                yield report

    def _report(self, turns: Sequence[Turn], handed: str) -> ReportBack | None:
        material, first = self.material, turns[0]
        person = material.people[first.id]
        said = [
            (turn, *trimmed(turn.text, start, end))
            for turn in turns
            for start, end in sentences(turn.text, material.language)
            if len(turn.text[start:end].split()) >= FEWEST
        ]
        if not said:
            return None
        rows = self.salience.embed([turn.text[a:b] for turn, a, b in said])
        table, sure, why = self._whose(person.key, person.name, turns, handed)
        if not table:
            table, sure, why = self._alike(said, rows)
        mine = [f.id for f in self.found if table and self.of_finding.get(f.id) == table]
        links = []
        for (turn, start, end), row in zip(said, rows, strict=True):
            text = turn.text[start:end]
            near, name = max(((self.near(text, row, f), f) for f in mine), default=(0.0, ""))
            links.append((turn, start, end, name if near else "", near))
        matched = [each for each in links if each[3]]
        others = [each for each in links if not each[3]]
        kept = sorted((*matched[:MOST], *others[: max(0, MOST - len(matched))]), key=links.index)
        return ReportBack(
            table,
            material.people.printed(person),
            material.key(first.id),
            round(sure, 2),
            why,
            tuple(
                (self.ledger(turn, start, end, show=False), name, near)
                for turn, start, end, name, near in kept
            ),
        )

    def _whose(
        self, key: str, name: str, turns: Sequence[Turn], handed: str
    ) -> tuple[str, float, str]:
        """Tell from which table somebody reports, how sure that is, and why."""
        session = self.material.session
        clues: list[tuple[str, float, str]] = [
            (each.name, LISTED, "named as its rapporteur")
            for each in session.breakouts
            if each.rapporteur and name and person_key(each.rapporteur) == person_key(name)
        ]
        clues += [
            (p.table, LISTED, "by the list of participants")
            for p in session.participants
            if p.id == key and p.table
        ]
        opening = " ".join(turn.text for turn in turns)[:300]
        called = [each for each in self.names if _called(each, opening)]
        clues += [(each, CALLED, "by its own words") for each in called if len(called) == 1]
        heard = {
            self.at(turn.recording)
            for turn in self.material.turns
            if self.material.people[turn.id].key == key
        } - {""}
        clues += [(each, HEARD, "heard at that table") for each in heard if len(heard) == 1]
        clues += [(handed, HANDED, "given the floor for it")] if handed else []
        if not clues:
            return "", 0.0, ""
        best = max(clues, key=lambda clue: clue[1])[0]
        doubt = [why for table, _, why in clues if table != best]
        missed = 1.0
        for table, sure, _ in clues:
            missed *= (1 - sure) if table == best else sure
        total = 1 - missed if not doubt else min(ALIKE, 1 - missed)
        reasons = "; ".join(why for table, _, why in clues if table == best)
        against = f"; another table {' and '.join(doubt)}" if doubt else ""
        return best, min(total, 0.99), reasons + against

    def _alike(
        self, said: Sequence[tuple[Turn, int, int]], rows: npt.NDArray[np.float32]
    ) -> tuple[str, float, str]:
        """Take the table with clearly most of what a report comes near, if it comes near two."""
        counts = {
            name: sum(
                any(
                    self.near(turn.text[a:b], row, f.id)
                    for f in self.found
                    if self.of_finding.get(f.id) == name
                )
                for (turn, a, b), row in zip(said, rows, strict=True)
            )
            for name in self.names
        }
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if ranked[0][1] >= 2 and (len(ranked) < 2 or ranked[0][1] > ranked[1][1]):
            return ranked[0][0], ALIKE, "by likeness of what was said alone"
        return "", 0.0, ""


def without_reports(material: Material) -> Material:
    """Leave out propositions of reports that nobody answered: they were put at a table, and
    whoever tells the plenary of them puts nothing.
    """
    turns = {turn.id for run, _ in reported(material) for turn in run}
    found = material.deliberated
    answered = {each.proposition for each in found.responses}
    kept = tuple(p for p in found.propositions if p.place.turn not in turns or p.id in answered)
    return replace(material, deliberated=replace(found, propositions=kept))


def reported(material: Material) -> list[tuple[list[Turn], str]]:
    """Return the reports to the plenary as turns, each with the table that the chair called."""
    session = material.session
    if not session.breakouts:
        return []
    plenary = [turn for turn in material.turns if not session.table_of(turn.recording)]
    found = []
    number = 0
    while number < len(plenary):
        turn = plenary[number]
        handed = _handed(material, plenary[number - 1], turn) if number else ""
        if _leads(material, turn) or not (_OURS.search(turn.text) or handed):
            number += 1
            continue
        run = _run(material, plenary, number)
        found.append(([plenary[n] for n in run], handed))
        number = run[-1] + 1
    return found


def _leads(material: Material, turn: Turn) -> bool:
    return material.people[turn.id].role == "facilitator"


def _own(each: Finding) -> bool:
    """Tell whether a finding is the table's own: no question of the guide, nobody's alternative."""
    return not (each.within or (each.chair and each.kind == "question"))


def _handed(material: Material, before: Turn, turn: Turn) -> str:
    """Return the one table to which the chair gave the floor just before, if it did."""
    if not _leads(material, before) or before.recording != turn.recording:
        return ""
    return _call(before.text, [each.name for each in material.session.breakouts])


def _call(text: str, tables: Sequence[str]) -> str:
    """Return the one table that a chair calls to report; thanking one, or asking of one, is none.

    >>> _call("Thank you, table one. Now table two, please.", ["Table 1", "Table 2"])
    'Table 2'
    >>> _call("Thank you, table one. Any questions?", ["Table 1", "Table 2"])
    ''
    """
    said = [text[start:end] for start, end in sentences(text)]
    calls = [each for each in said if _CALLS.search(each) and not _THANKS.search(each)]
    named = {name for name in tables for each in calls if _called(name, each)}
    return named.pop() if len(named) == 1 else ""


def _run(material: Material, plenary: Sequence[Turn], first: int) -> list[int]:
    """Return the turns of one report by number: one speaker, interjections of others aside."""
    who = material.people[plenary[first].id].key
    run = [first]
    for n in range(first + 1, len(plenary)):
        turn = plenary[n]
        if turn.recording != plenary[first].recording:
            break
        if material.people[turn.id].key == who:
            run.append(n)
        elif len(turn.text.split()) > INTERJECTED or n - run[-1] > 1:
            break
    return run


def _called(table: str, text: str) -> bool:
    """Tell whether a text names a table: as it is called, or by its number in words.

    >>> _called("Table 2", "Now the second table, please"), _called("Table 2", "table twenty")
    (True, False)
    """
    kind, _, label = table.rpartition(" ")
    kinds = "|".join({re.escape(kind.casefold()) or "table", "table", "group", "room"})
    forms = [rf"(?:{kinds})(?: number)? 0*{re.escape(label.casefold())}"] if label else []
    if label.isdigit() and 0 < int(label) <= len(_NUMBERS):
        word, place = _NUMBERS[int(label) - 1]
        forms += [rf"(?:{kinds})(?: number)? {word}", rf"(?:the )?{place} (?:{kinds})"]
    plain = re.sub(r"[-_\s]+", " ", text.casefold())
    forms.append(re.escape(re.sub(r"[-_\s]+", " ", table.casefold())))
    return any(re.search(rf"\b{form}\b", plain) for form in forms)
