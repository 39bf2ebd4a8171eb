"""Briefs over several sessions: one on a topic, one on a whole programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fgd.core.embeddings import Embedder
from fgd.core.errors import InputError
from fgd.core.settings import Settings
from fgd.model import (
    Account,
    Brief,
    BriefKind,
    Code,
    Extract,
    Fact,
    Finding,
    Gap,
    Issue,
    Recommendation,
)
from fgd.synthesis.accounts import gaps
from fgd.synthesis.contributions import Contributions
from fgd.synthesis.facts import RULES, doubts, minutes, participants
from fgd.synthesis.findings import Findings
from fgd.synthesis.gate import check
from fgd.synthesis.grids import grids
from fgd.synthesis.ledger import Ledger
from fgd.synthesis.legs import by_session, changes, growth, legs, saturation
from fgd.synthesis.material import Material
from fgd.synthesis.merged import Part, in_order, merged
from fgd.synthesis.method import method
from fgd.synthesis.presence import presence
from fgd.synthesis.reading import SEVERAL, reading
from fgd.synthesis.recommendations import Recommendations
from fgd.synthesis.salience import Salience
from fgd.synthesis.scale import checked, number
from fgd.synthesis.session import glance, status
from fgd.synthesis.themes import Topic, fold, topics
from fgd.synthesis.wanted import matching

MINUTE = 60_000


def programme(
    parts: Sequence[Part], name: str, *, settings: Settings, embedder: Embedder
) -> tuple[Brief, tuple[Issue, ...]]:
    """The synthesis over the sessions of a programme: themes, practices, change, saturation.

    Raises ``GateError`` if anything could not be checked against the transcripts.
    """
    return _Several(parts, name, f"Programme {name}", "programme", settings, embedder)()


def topic(
    parts: Sequence[Part], name: str, *, settings: Settings, embedder: Embedder
) -> tuple[Brief, tuple[Issue, ...]]:
    """Everything that was said to one theme, and those below it, in any of the sessions.

    ``name`` is the id of a code, with or without the codebook before it, or its name; else words
    that names of themes have in them, in any order ("mediator-roles"). Raises ``InputError`` if no
    session knows such a theme, with those that would do.
    """
    known = _codes(parts)
    wanted, title = matching(known, name)
    return _Several(parts, name, title, "topic", settings, embedder, wanted)()


def _codes(parts: Sequence[Part]) -> tuple[Code, ...]:
    """The themes of all sessions, under the ids they have side by side."""
    if not parts:
        return ()
    codes = merged(parts, "", "").themed.codebook.codes
    return tuple(code for code in codes if code.dimension == "theme")


class _Several:
    """The sessions as one, and what is told of them."""

    def __init__(
        self,
        parts: Sequence[Part],
        identity: str,
        title: str,
        kind: BriefKind,
        settings: Settings,
        embedder: Embedder,
        wanted: frozenset[str] = frozenset(),
    ) -> None:
        if not parts:
            raise InputError(
                "there is no processed session to write about.",
                where=identity,
                remedy="Run the sessions first: fgd run.",
            )
        self.kind, self.settings, self.embedder, self.wanted = kind, settings, embedder, wanted
        self.parts = in_order(parts)
        self.whole = merged(self.parts, identity, title)
        self.material = _material(self.whole)
        self.legs = legs(self.material, [part.session for part in self.parts])
        own = [_material(part) for part in self.parts]
        self.salience = Salience.over(own, self.material, embedder)
        self.issues = tuple(dict.fromkeys(i for each in own for i in each.issues))

    def __call__(self) -> tuple[Brief, tuple[Issue, ...]]:
        material, brief = self.material, self.settings.brief
        scale = checked(brief)
        every = topics(material)
        told = [each for each in every if self._is_told(each)][: brief.findings_at_most]
        ledger = Ledger()
        write = Findings(material, scale, self.salience, ledger)
        found = tuple(
            replace(write(f"F{n}", replace(each, section="")), section="")
            for n, each in enumerate(told, 1)
        )
        asked = tuple(
            each
            for each in Recommendations(material, scale, self.salience, ledger)()
            if self._is_about(each.codes)
        )
        apart = tuple(
            each
            for each in Contributions(material, self.salience, ledger)()
            if self._is_about(each.codes)
        )
        missing = tuple(each for each in gaps(material, brief, ledger) if self._concerns(each))
        used = set(_named(found, asked, missing))
        used |= {n for each in apart for n in (*each.prompt, *each.extracts, *each.decisions)}
        made = Brief(
            id=self.whole.session.id,
            title=self.whole.session.title,
            kind=self.kind,
            disclosure=self.whole.session.disclosure,
            language=material.language,
            status=status(material),
            purpose=self._purpose(),
            masthead=self._masthead(),
            glance=glance(found, asked, brief),
            reading=(*reading(self.whole.session, found), SEVERAL),
            scale=scale.printed(),
            accounts=self._accounts(),
            findings=found,
            recommendations=asked,
            contributions=apart,
            gaps=(*missing, *changes(self.legs, every, self._is_told)),
            grids=(
                *by_session(self.legs, told),
                *(growth(self.legs, every) if self.kind == "programme" else ()),
                *(each for each in grids(material, told) if each.id != "theme-section"),
            ),
            presence=presence(material),
            participants=participants(material),
            doubts=doubts(material, self.issues),
            method=(
                *saturation(self.legs, every),
                *(
                    each
                    for each in method(material, found, len(used), self.embedder)
                    if each.item not in ("22", "17")
                ),
            ),
            extracts=tuple(self._placed(e) for e in ledger.extracts if e.id in used),
        )
        check(made, [material])
        return made, self.issues

    def _is_told(self, each: Topic) -> bool:
        return not self.wanted or bool(self.wanted & each.codes)

    def _is_about(self, codes: Sequence[str]) -> bool:
        return not self.wanted or bool(self.wanted & set(codes))

    def _concerns(self, gap: Gap) -> bool:
        """For a topic, only gaps that bear its name."""
        names = {fold(c.name) for c in self.material.codes.values() if c.id in self.wanted}
        return not self.wanted or fold(gap.title) in names

    def _placed(self, extract: Extract) -> Extract:
        """A quote with the session it comes from, in its place and in its sources."""
        leg = self.legs[self._leg_of(extract.sources[0].recording)]
        return replace(
            extract,
            session=leg.session.id,
            place=f"{leg.title}, {extract.place}" if extract.place else leg.title,
        )

    def _leg_of(self, recording: str) -> int:
        return next(n for n, leg in enumerate(self.legs) if recording in leg.recordings)

    def _purpose(self) -> str:
        sessions = "one session" if len(self.legs) == 1 else f"{number(len(self.legs))} sessions"
        if self.kind == "topic":
            return f"What was said about this in {sessions}."
        return f"This programme as far as {sessions} can tell."

    def _masthead(self) -> tuple[Fact, ...]:
        material = self.material
        heard = material.people.counted
        dates = sorted({leg.session.date for leg in self.legs if leg.session.date})
        venues = dict.fromkeys(leg.session.venue for leg in self.legs if leg.session.venue)
        lines = (
            Fact("Sessions", "; ".join(leg.title for leg in self.legs)),
            Fact("Dates", " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""),
            Fact("Places", ", ".join(venues)),
            Fact("Conveners", ", ".join(self.whole.session.conveners)),
            Fact("Length", f"{minutes(material):.0f} minutes" if minutes(material) else ""),
            Fact("Participants heard", str(len(heard))),
            Fact("Rule of attribution", RULES[self.whole.session.disclosure.rule]),
        )
        return tuple(line for line in lines if line.value)

    def _accounts(self) -> tuple[Account, ...]:
        """One line a session."""
        return tuple(
            Account(
                section=leg.session.id,
                title=leg.title,
                text=", ".join(part for part in (leg.session.date, leg.session.venue) if part),
                asked=True,
                planned=sum(round(s.minutes * MINUTE) for s in leg.session.guide.sections),
                spent=leg.length,
                people=len(leg.people),
                turns=leg.turns,
            )
            for leg in self.legs
        )


def _named(
    found: Sequence[Finding], asked: Sequence[Recommendation], missing: Sequence[Gap]
) -> Sequence[str]:
    names: list[str] = []
    for each in found:
        names += [*each.extracts, *each.lone, *(n for view in each.views for n in view.extracts)]
    for rec in asked:
        names += [rec.extract, *rec.also, *rec.supporting, *rec.objections]
    return [*names, *(name for gap in missing for name in gap.extracts)]


def _material(part: Part) -> Material:
    return Material.of(part.session, part.conversations, part.attributed.attributions, part.themed)


__all__ = ["Part", "matching", "programme", "topic"]
