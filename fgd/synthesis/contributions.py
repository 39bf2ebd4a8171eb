"""Statements that stand apart: national assessments, experts' interventions, exercise injects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fgd.model import Contribution, Section
from fgd.synthesis.ledger import Ledger
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.people import Person
from fgd.synthesis.phrases import phrases
from fgd.synthesis.quoting import person_key
from fgd.synthesis.salience import Salience
from fgd.synthesis.selection import Candidate, choose
from fgd.synthesis.slices import around
from fgd.synthesis.themes import APART

QUOTES, PROMPTS = 4, 2


class Contributions:
    """Tells the sections of the guide that are statements and not questions."""

    def __init__(self, material: Material, salience: Salience, ledger: Ledger) -> None:
        self.material = material
        self.salience = salience
        self.ledger = ledger

    def __call__(self) -> tuple[Contribution, ...]:
        """One for each such section that took place, in the order of the guide."""
        found: list[Contribution] = []
        for section in self.material.session.guide.sections:
            mine = [each for each in self.material.counted if each.section == section.id]
            if section.kind not in APART or not mine:
                continue
            key = f"C{len(found) + 1}"
            if section.kind == "exercise inject":
                found.append(self._inject(key, section, mine))
            else:
                found.append(self._statement(key, section, self._makers(section, mine)))
        return tuple(found)

    def _makers(self, section: Section, said: Sequence[Passage]) -> list[Passage]:
        """Those who make the statement: experts in their part, the country's own in its own.

        Others who ask or react in between are left to the findings.
        """
        if section.kind == "expert intervention":
            own = [each for each in said if each.person.role == "expert"]
            return own or list(said)
        title = section.title.casefold()
        own = [
            each for each in said if each.person.country and each.person.country.casefold() in title
        ]
        if own:
            return own
        words: Counter[str] = Counter()
        for each in said:
            words[each.person.country or each.person.key] += each.words
        most = max(words, key=lambda who: (words[who], who))
        return [each for each in said if (each.person.country or each.person.key) == most]

    def _statement(self, key: str, section: Section, said: Sequence[Passage]) -> Contribution:
        people = _people(said)
        return Contribution(
            key,
            section.kind,
            section.title,
            tuple(self.material.people.printed(each) for each in people),
            tuple(f"{self.material.session.id}/{each.key}" for each in people),
            (),
            _codes(said),
            self._quotes(said, QUOTES),
        )

    def _inject(self, key: str, section: Section, said: Sequence[Passage]) -> Contribution:
        known = phrases(self.material.language)
        decided: dict[str, str] = {}
        for passage in said:
            hit = known.decision.search(passage.text)
            if hit:
                cut = around(
                    passage,
                    passage.start + hit.start(),
                    self.material.language,
                    self.material.names,
                )
                name = self.ledger(self.material, passage, [cut])
                decided[name] = person_key(self.material, passage)
        people = _people(said)
        prompt = tuple(
            self.ledger(self.material, each, [(each.start, each.end)])
            for each in self._prompt(section)
        )
        rest = [each for each in said if not known.decision.search(each.text)]
        return Contribution(
            key,
            section.kind,
            section.title,
            tuple(self.material.people.printed(each) for each in people),
            tuple(f"{self.material.session.id}/{each.key}" for each in people),
            prompt,
            _codes(said),
            self._quotes(rest, QUOTES),
            tuple(decided),
        )

    def _prompt(self, section: Section) -> list[Passage]:
        """What the chair told the room: the passages nearest to the inject's own text."""
        chair = [
            each
            for each in self.material.passages
            if each.section == section.id and not each.person.counts
        ]
        if not chair:
            return []
        told = self.salience.embed([section.text or section.title])[0]
        near = self.salience.vectors(chair) @ told
        best = sorted(range(len(chair)), key=lambda number: (-near[number], number))[:PROMPTS]
        return [chair[number] for number in sorted(best)]

    def _quotes(self, said: Sequence[Passage], most: int) -> tuple[str, ...]:
        """The passages most worth keeping, from different people, told in the order spoken."""
        if not said:
            return ()
        chosen = choose(
            [
                Candidate(self.salience[each], facets=(each.person.key, *each.codes[:1]))
                for each in said
            ],
            self.salience.vectors(said),
            most,
        )
        return tuple(self.ledger(self.material, said[number]) for number in sorted(chosen))


def _people(said: Iterable[Passage]) -> tuple[Person, ...]:
    return tuple({each.person.key: each.person for each in said}.values())


def _codes(said: Iterable[Passage]) -> tuple[str, ...]:
    count = Counter(code for each in said for code in each.codes)
    return tuple(code for code, _ in count.most_common(6))
