"""Recommendations: what should be done, by whom, who said so, who agreed and who objected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from fgd.model import Count, Position, Recommendation
from fgd.synthesis.agreement import DOUBT, tally
from fgd.synthesis.ledger import Ledger
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.people import Person
from fgd.synthesis.proposals import Proposal, proposals
from fgd.synthesis.salience import Salience
from fgd.synthesis.scale import Scale
from fgd.synthesis.slices import UNCLEAR, around, clarity

ALIKE = 0.7
"""Cosine from which two proposals are told as one."""

SOON, FIRST = 2, 120
"""An agreement that names nobody means a proposal at most so many turns before it, and only if it
is among the first characters of its turn; anything looser would count people as agreeing who
spoke of something else.
"""

LATER = 4
"""Doubt within so many turns after a proposal may have meant it; then silence is not claimed."""

UNOPPOSED = "No participant objected."
UNPLACED = (
    "Somebody spoke in doubt or against soon afterwards; whether of this, what was said does not "
    "tell."
)


@dataclass(frozen=True, slots=True)
class Reaction:
    """A stand somebody took towards a proposal."""

    passage: Passage
    position: Position


class Recommendations:
    """Gathers the proposals of a session and what became of them in the room."""

    def __init__(
        self, material: Material, scale: Scale, salience: Salience, ledger: Ledger
    ) -> None:
        self.material = material
        self.scale = scale
        self.salience = salience
        self.ledger = ledger
        self._rank = {turn.id: number for number, turn in enumerate(material.turns)}

    def __call__(self) -> tuple[Recommendation, ...]:
        """Every proposal, told once each: widest backing first, then the strongest words."""
        groups = self._groups(proposals(self.material))
        told = [(group, self._for(group), self._against(group)) for group in groups]
        told.sort(key=lambda each: self._order(*each))
        return tuple(
            self._recommendation(f"R{number}", *each) for number, each in enumerate(told, 1)
        )

    def _order(
        self, group: Sequence[Proposal], backed: Sequence[Reaction], against: Sequence[Reaction]
    ) -> tuple[float, ...]:
        people = {each.passage.person.key for each in group}
        people |= {each.passage.person.key for each in backed}
        objecting = {each.passage.person.key for each in against}
        return (
            -(len(people) - 0.5 * len(objecting)),
            -self._worth(group[0]),
            self._rank[group[0].passage.turn.id],
            group[0].start,
        )

    def _groups(self, found: Sequence[Proposal]) -> list[list[Proposal]]:
        """Proposals that say nearly the same; the one most worth quoting leads its group."""
        if not found:
            return []
        vectors = self.salience.embed([each.text for each in found])
        alike = vectors @ vectors.T
        worth = [self._worth(each) for each in found]
        groups: list[list[int]] = []
        for number in sorted(range(len(found)), key=lambda n: (-worth[n], n)):
            for group in groups:
                if alike[number, group[0]] >= ALIKE:
                    group.append(number)
                    break
            else:
                groups.append([number])
        return [[found[number] for number in group] for group in groups]

    def _worth(self, each: Proposal) -> float:
        """In so many words before implied, worth keeping, and heard clearly."""
        unsure = 1 - clarity(each.passage.turn, each.start, each.end)
        return each.strength + self.salience[each.passage] - UNCLEAR * unsure

    def _for(self, group: Sequence[Proposal]) -> list[Reaction]:
        return self._reactions(group, ("supports", "supports with conditions"))

    def _against(self, group: Sequence[Proposal]) -> list[Reaction]:
        return self._reactions(group, tuple(DOUBT))

    def _reactions(self, group: Sequence[Proposal], stands: Sequence[str]) -> list[Reaction]:
        """Others' stands that name the proposer's turn, or follow it at once on its theme."""
        own = {each.passage.person.key for each in group}
        turns = {each.passage.turn.id for each in group}
        places = {self._rank[turn] for turn in turns}
        codes = {code for each in group for code in each.passage.codes}
        found = []
        for passage in self.material.counted:
            if passage.person.key in own:
                continue
            for position in passage.stands:
                if position.stand not in stands:
                    continue
                here = self._rank[passage.turn.id]
                near = position.start < FIRST and any(0 < here - at <= SOON for at in places)
                same = position.code in codes or bool(codes & set(passage.codes))
                if position.towards in turns or (not position.towards and near and same):
                    found.append(Reaction(passage, position))
        return found

    def _doubted(self, group: Sequence[Proposal]) -> bool:
        """Whether somebody else was against something soon after, without saying what."""
        own = {each.passage.person.key for each in group}
        places = {self._rank[each.passage.turn.id] for each in group}
        return any(
            position.stand in DOUBT and not position.towards
            for passage in self.material.counted
            if passage.person.key not in own
            and any(0 < self._rank[passage.turn.id] - at <= LATER for at in places)
            for position in passage.stands
        )

    def _recommendation(
        self,
        key: str,
        group: Sequence[Proposal],
        backed: Sequence[Reaction],
        against: Sequence[Reaction],
    ) -> Recommendation:
        raised = _people(each.passage for each in group)
        support = _people(each.passage for each in backed)
        opposed = _people(each.passage for each in against)
        codes = tuple(dict.fromkeys(code for each in group for code in each.passage.codes))
        spoke = self._spoke(codes, (*raised, *support, *opposed))
        quoted = [
            self.ledger(self.material, each.passage, [(each.start, each.end)], stand="proposes")
            for each in group
        ]
        return Recommendation(
            id=key,
            extract=quoted[0],
            addressee=next((each.addressee for each in group if each.addressee), ""),
            explicit=any(each.explicit for each in group),
            codes=codes,
            raised_by=tuple(self.material.people.printed(each) for each in raised),
            raised=self._tally(raised, spoke),
            support=self._tally(support, spoke),
            opposed=self._tally(opposed, spoke),
            note="" if opposed else UNPLACED if self._doubted(group) else UNOPPOSED,
            also=tuple(name for name in dict.fromkeys(quoted[1:]) if name != quoted[0]),
            supporting=self._quoted(backed),
            objections=self._quoted(against),
        )

    def _spoke(self, codes: Sequence[str], sure: Sequence[Person]) -> tuple[Person, ...]:
        """Everybody who spoke to one of the themes, and those who are sure to have."""
        wide = [each for each in self.material.counted if set(codes) & set(each.codes)]
        return tuple({each.key: each for each in (*sure, *_people(wide))}.values())

    def _tally(self, people: Sequence[Person], spoke: Sequence[Person]) -> Count:
        made = tally(people, spoke, self.scale, self.material.session.id)
        return made if people else replace(made, wording="no participant")

    def _quoted(self, side: Sequence[Reaction]) -> tuple[str, ...]:
        """One quote a person: the sentence that takes the stand."""
        found: dict[str, str] = {}
        for each in side:
            if each.passage.person.key not in found:
                cut = around(
                    each.passage, each.position.start, self.material.language, self.material.names
                )
                found[each.passage.person.key] = self.ledger(
                    self.material, each.passage, [cut], stand=each.position.stand
                )
        return tuple(found.values())


def _people(passages: Iterable[Passage]) -> tuple[Person, ...]:
    return tuple({each.person.key: each.person for each in passages}.values())
