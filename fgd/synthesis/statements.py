"""Statements in turn: of delegations, of experts, and what an exercise inject met with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from fgd.core.nlp import sentences
from fgd.model import SIDED, Contribution, ContributionKind, Finding, Section
from fgd.synthesis.material import Material, Passage, Person
from fgd.synthesis.quoting import Ledger, shortened, trimmed
from fgd.synthesis.salience import Candidate, Salience, best, choose, phrases
from fgd.synthesis.themes import APART

QUOTES, PROMPTS = 3, 1
QUOTED = 30
"""Words of a quote at most."""

LONG, SHARE, FEWEST = 90, 0.7, 4
"""Statements in turn: so many participants, each in turns of so many words on average, which hold
this share of all that participants say.
"""


class Contributions:
    """Tells the sections of the guide that are statements, or a council that speaks in turn."""

    def __init__(
        self, material: Material, salience: Salience, ledger: Ledger, found: Sequence[Finding]
    ) -> None:
        self.material = material
        self.salience = salience
        self.ledger = ledger
        self.asked: dict[str, list[Finding]] = defaultdict(list)
        for each in found:
            if each.kind == "proposal" and not each.within:
                self.asked[each.who].append(each)

    def __call__(self) -> tuple[Contribution, ...]:
        """Return one for each such section that took place, in the order of the guide.

        Where the session is a series of long statements that hardly answer one another, one for
        each delegation, in the order in which they spoke.
        """
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
        return tuple(found) or self._in_turn()

    def _in_turn(self) -> tuple[Contribution, ...]:
        """One block for each delegation of a council: what it asks for, then what it stresses."""
        material = self.material
        turns = [turn for turn in material.turns if material.people[turn.id].counts]
        sizes = [len(turn.text.split()) for turn in turns]
        long = [turn for turn, size in zip(turns, sizes, strict=True) if size >= LONG]
        speakers = dict.fromkeys(material.key(turn.id) for turn in long)
        share = sum(size for size in sizes if size >= LONG) / max(sum(sizes), 1)
        answers = sum(1 for each in material.deliberated.responses if each.side in SIDED)
        if len(speakers) < FEWEST or share < SHARE or answers >= len(speakers):
            return ()
        if len(long) > 2 * len(speakers):
            return ()
        blocks = []
        for number, key in enumerate(speakers, 1):
            said = [each for each in material.counted if material.key(each.turn.id) == key]
            if not said:
                continue
            person = said[0].person
            bodies = [material.people.institution(body).name for body in person.institutions[:1]]
            title = person.country or (bodies[0] if bodies else material.people.printed(person))
            blocks.append(self._block(f"C{number}", "statement", title, said))
        return tuple(blocks)

    def _makers(self, section: Section, said: Sequence[Passage]) -> list[Passage]:
        """Return those who make the statement: experts in their part, the country's own in its own.

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
        return self._block(key, section.kind, section.title, said)

    def _block(
        self, key: str, kind: ContributionKind, title: str, said: Sequence[Passage]
    ) -> Contribution:
        """Whose statement it is, the proposals they make in it, and what they stress."""
        people = _people(said)
        who = tuple(f"{self.material.session.id}/{each.key}" for each in people)
        turns = {each.turn.id for each in said}
        places = {each.id: each.place.turn for each in self.material.deliberated.propositions}
        asks = [
            each.id
            for person in who
            for each in self.asked[person]
            if places.get(each.proposition) in turns
        ]
        return Contribution(
            key,
            kind,
            title,
            tuple(self.material.people.printed(each) for each in people),
            who,
            (),
            _codes(said),
            tuple(asks),
            self._quotes(said, QUOTES),
        )

    def _inject(self, key: str, section: Section, said: Sequence[Passage]) -> Contribution:
        """What the room was told, what was decided in so many words, and what was said to it."""
        told = (self._cut(each, each.start, each.end) for each in self._prompt(section))
        prompt = tuple(name for name in told if name)
        decided: list[str] = []
        known = phrases(self.material.language)
        for passage in said:
            for first, last in sentences(passage.text, self.material.language):
                start, end = passage.start + first, passage.start + last
                spoken = known.decision.search(passage.text[first:last])
                if spoken and not self.ledger.shows(passage.turn.id, start, end):
                    decided.append(self._cut(passage, start, end))
        people = _people(said)
        return Contribution(
            key,
            section.kind,
            section.title,
            tuple(self.material.people.printed(each) for each in people),
            tuple(f"{self.material.session.id}/{each.key}" for each in people),
            prompt,
            _codes(said),
            (),
            self._quotes(said, QUOTES),
            tuple(decided),
        )

    def _cut(self, passage: Passage, start: int, end: int) -> str:
        """Return the quote of these words; none if they are shown already."""
        start, end = trimmed(passage.turn.text, start, end)
        start, end = shortened(passage.turn.text, start, end, QUOTED)
        if self.ledger.shows(passage.turn.id, start, end):
            return ""
        return self.ledger(passage.turn, start, end)

    def _prompt(self, section: Section) -> list[Passage]:
        """Tell what the chair told the room: the passages nearest to the inject's own text."""
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
        """Return the words most worth keeping that are shown nowhere else, in the order spoken."""
        free = [each for each in said if not self.ledger.shows(each.turn.id, each.start, each.end)]
        if not free:
            return ()
        chosen = choose(
            [
                Candidate(self.salience[each], facets=(each.person.key, *each.codes[:1]))
                for each in free
            ],
            self.salience.vectors(free),
            most,
        )
        lang, names = self.material.language, self.material.names
        cuts = (
            self._cut(free[number], *best(free[number], lang, names)) for number in sorted(chosen)
        )
        return tuple(name for name in cuts if name)


def _people(said: Iterable[Passage]) -> tuple[Person, ...]:
    return tuple({each.person.key: each.person for each in said}.values())


def _codes(said: Iterable[Passage]) -> tuple[str, ...]:
    count = Counter(code for each in said for code in each.codes)
    return tuple(code for code, _ in count.most_common(6))
