"""Briefs over several sessions: one on a topic, one on a whole programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fgd.core.embeddings import Embedder
from fgd.core.errors import InputError
from fgd.core.settings import Settings
from fgd.core.text import number
from fgd.model import Account, Brief, BriefKind, Code, Extract, Fact, Finding, Gap, Issue
from fgd.synthesis.choices import Choices
from fgd.synthesis.facts import (
    RULES,
    SEVERAL,
    doubts,
    method,
    minutes,
    participants,
    presence,
    reading,
)
from fgd.synthesis.frames import frames
from fgd.synthesis.gaps import gaps
from fgd.synthesis.gate import check, shown
from fgd.synthesis.grids import grids, proposals
from fgd.synthesis.legs import by_session, changes, growth, legs, saturation
from fgd.synthesis.material import Material
from fgd.synthesis.merged import Part, in_order, merged
from fgd.synthesis.propositions import Findings
from fgd.synthesis.quoting import Ledger, only
from fgd.synthesis.salience import Salience
from fgd.synthesis.session import status
from fgd.synthesis.statements import Contributions
from fgd.synthesis.themes import Topic, fold, index, matching, topics

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
        material, chosen = self.material, self.settings.brief
        tables = frames(material, self.whole.attributed.attributions)
        every = topics(material)
        told = [each for each in every if self._is_told(each)][: chosen.themes_at_most]
        ledger = Ledger(material)
        write = Findings(material, tables, ledger, chosen.quotes_per_finding, Choices(material, ()))
        all_found, order, summed = write()
        found = self._about(all_found)
        ids = {each.id for each in found}
        apart = tuple(
            each
            for each in Contributions(material, self.salience, ledger, found)()
            if self._is_about(each.codes)
        )
        missing = tuple(each for each in gaps(material, self.salience) if self._concerns(each))
        made = Brief(
            id=self.whole.session.id,
            title=self.whole.session.title,
            kind=self.kind,
            disclosure=self.whole.session.disclosure,
            language=material.language,
            status=status(material),
            purpose=self._purpose(),
            masthead=self._masthead(),
            glance=tuple(each for each in order if each in ids),
            reading=(*reading(material, found), SEVERAL),
            accounts=self._accounts(),
            summaries=tuple(
                each
                for each in summed
                if each.finding in ids or (not self.wanted and not each.finding)
            ),
            findings=found,
            contributions=apart,
            gaps=(*missing, *changes(self.legs, every, self._is_told)),
            themes=tuple(
                replace(each, section="")
                for each in index(material, told, found, ledger, self.salience, tables)
            ),
            grids=(
                *proposals(found, tables),
                *by_session(self.legs, told),
                *(growth(self.legs, every) if self.kind == "programme" else ()),
                *(each for each in grids(material, told, tables) if each.id != "theme-section"),
            ),
            presence=presence(material, tables),
            participants=participants(material),
            doubts=doubts(material, self.issues),
            extracts=ledger.extracts,
        )
        used = {*shown(made), *(n for f in found for n in (*f.again, *f.summed))}
        used |= {answer.extract for each in found for answer in each.answers}
        made = replace(
            made,
            extracts=tuple(self._placed(each) for each in only(ledger.extracts, tuple(used))),
            method=(
                *saturation(self.legs, every),
                *(
                    each
                    for each in method(material, found, len(used), self.embedder)
                    if each.item not in ("22", "17")
                ),
            ),
        )
        check(made, [material], tables)
        return made, self.issues

    def _about(self, found: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings on the topic, with those that they tell as put in their place."""
        ids = {each.id for each in found if self._is_about(each.codes)}
        ids |= {each.within for each in found if each.id in ids and each.within}
        kept = {each.id for each in found if each.id in ids or each.within in ids}
        return tuple(
            replace(
                each,
                section="",
                answers=tuple(
                    answer if answer.instead in kept else replace(answer, instead="")
                    for answer in each.answers
                ),
            )
            for each in found
            if each.id in kept
        )

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


def _material(part: Part) -> Material:
    return Material.of(
        part.session,
        part.conversations,
        part.attributed.attributions,
        part.themed,
        part.deliberated,
    )
