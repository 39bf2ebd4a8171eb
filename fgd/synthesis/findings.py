"""Findings: what was said about a theme, by how many of whom, agreed or not, in their words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fgd.model import Code, Confidence, Finding, Quote, Span, Stand, View
from fgd.synthesis.agreement import DOUBT, FAVOUR, Camps, bodies, judge, tally
from fgd.synthesis.choices import OFFERED, Choices, Place
from fgd.synthesis.ledger import Ledger
from fgd.synthesis.material import Material, Passage
from fgd.synthesis.people import Person
from fgd.synthesis.quoting import quote
from fgd.synthesis.salience import Salience
from fgd.synthesis.scale import Scale, amount, number
from fgd.synthesis.selection import Candidate, choose
from fgd.synthesis.slices import UNCLEAR, around, best, clarity, runs
from fgd.synthesis.themes import Topic

STANDS: tuple[Stand, ...] = (
    "supports",
    "supports with conditions",
    "proposes",
    "questions",
    "opposes",
    "reports experience",
)
VERBS: dict[Stand, tuple[str, str]] = {
    "supports": ("supports", "support what was put forward"),
    "supports with conditions": ("supports it on conditions", "support it on conditions"),
    "proposes": ("makes a proposal", "make proposals"),
    "questions": ("questions it", "question it"),
    "opposes": ("opposes it", "oppose it"),
    "reports experience": ("reports experience", "report experience"),
}
ORIGINS = {
    "guide": "asked for by the discussion guide",
    "library": "from the codebook",
    "emergent": "not foreseen; it came up in the discussion",
    "person": "added by a person",
}


class Findings:
    """Makes one finding after the other, each from a topic."""

    def __init__(
        self,
        material: Material,
        scale: Scale,
        salience: Salience,
        ledger: Ledger,
        choices: Choices | None = None,
    ) -> None:
        self.material = material
        self.scale = scale
        self.salience = salience
        self.ledger = ledger
        self.choices = choices

    def __call__(self, key: str, topic: Topic) -> Finding:
        """The finding on a topic."""
        people = self._people(topic.passages)
        camps = Camps.of(topic.passages, topic.codes)
        agreement, verdict = judge(camps, self.material.people.by_key, self.scale)
        everybody = self.material.people.counted
        spoke = tally(people, everybody, self.scale, self.material.session.id)
        extracts, candidates = self._quotes(key, topic)
        views = self._views(topic)
        confidence, reason = self._confidence(topic, people)
        return Finding(
            id=key,
            codes=(topic.code.id, *(each.id for each in topic.aliases)),
            title=topic.code.name,
            sentence=_sentence(len(people), len(everybody), self.scale),
            spoke=spoke,
            agreement=agreement,
            verdict=verdict,
            section=topic.section,
            origin=topic.code.origin,
            why=why(topic, self.material),
            phases=self._phases(topic),
            confidence=confidence,
            confidence_reason=reason,
            views=views,
            extracts=extracts,
            lone=self._lone(camps, views),
            candidates=candidates,
        )

    def _people(self, passages: Sequence[Passage]) -> tuple[Person, ...]:
        return tuple({each.person.key: each.person for each in passages}.values())

    def _quotes(self, key: str, topic: Topic) -> tuple[tuple[str, ...], tuple[Quote, ...]]:
        """The quotes that show the topic, and the next best ones.

        What people chose comes first, then what is worth most, from different people and stands.
        """
        budget = self.scale.settings.quotes_per_finding
        order = choose(
            [
                Candidate(
                    self.salience[passage]
                    + 0.5 * passage.score
                    - UNCLEAR * (1 - clarity(passage.turn, passage.start, passage.end))
                    - (0.5 if self.ledger.used(passage) else 0.0),
                    facets=(passage.person.key, *(each.stand for each in passage.stands[:1])),
                )
                for passage in topic.passages
            ],
            self.salience.vectors(topic.passages),
            budget + (OFFERED if self.choices else 0),
        )
        ranked = [(topic.passages[number], *self._best(topic.passages[number])) for number in order]
        wanted, unwanted = self.choices(topic) if self.choices else ((), frozenset[str]())
        others = [each for each in ranked if not any(_same(each, chosen) for chosen in wanted)]
        liked = [each for each in others if not _says(each, unwanted)]
        shown = (*wanted, *liked[: max(0, budget - len(wanted))])
        names = tuple(
            self.ledger(self.material, passage, [(start, end)]) for passage, start, end in shown
        )
        session, offered = self.material.session.id, self._offered(ranked, shown)
        return names, tuple(
            quote(f"{key}.{number}", session, passage.turn, start, end)
            for number, (passage, start, end) in enumerate(offered, 1)
        )

    def _offered(self, ranked: Sequence[Place], shown: Sequence[Place]) -> list[Place]:
        """What else could be shown: other passages, then other sentences of the same ones."""
        if self.choices is None:
            return []
        found = [each for each in ranked if not any(_same(each, other) for other in shown)]
        for passage, _, _ in ranked:
            for start, end, worth in runs(
                passage.text, self.material.language, self.material.names
            ):
                place = (passage, passage.start + start, passage.start + end)
                known = place in shown or any(_same(place, other) for other in found)
                if worth > 0 and not known:
                    found.append(place)
        return found[:OFFERED]

    def _best(self, passage: Passage) -> tuple[int, int]:
        return best(passage, self.material.language, self.material.names)

    def _views(self, topic: Topic) -> tuple[View, ...]:
        """Stands side by side, each with its people and one quote a person."""
        found = []
        everybody = self._people(topic.passages)
        for stand in STANDS:
            taken = [
                (passage, position)
                for passage in topic.passages
                for position in passage.stands
                if position.stand == stand and position.code in ("", *topic.codes)
            ]
            if not taken:
                continue
            people = self._people([passage for passage, _ in taken])
            shown: dict[str, str] = {}
            for passage, position in taken:
                if passage.person.key not in shown:
                    cut = around(
                        passage, position.start, self.material.language, self.material.names
                    )
                    shown[passage.person.key] = self.ledger(
                        self.material, passage, [cut], stand=stand
                    )
            found.append(
                View(
                    stand,
                    _view(stand, len(people), len(everybody)),
                    tally(people, everybody, self.scale, self.material.session.id),
                    tuple(shown.values()),
                )
            )
        return tuple(found)

    def _lone(self, camps: Camps, views: Sequence[View]) -> tuple[str, ...]:
        """Points that one person alone stands for against all others who took a stand."""
        if len(camps.all) < 3:
            return ()
        lone: set[str] = set()
        if len(camps.doubt) == 1 and camps.favour:
            lone |= set(camps.doubt)
        if len(camps.favour) == 1 and len(camps.doubt) > 1:
            lone |= set(camps.favour)
        wanted = DOUBT if set(camps.doubt) & lone else FAVOUR
        keys = {f"{self.material.session.id}/{key}" for key in lone}
        return tuple(
            name
            for view in views
            if view.stand in wanted
            for name, who in zip(view.extracts, view.count.who, strict=True)
            if who in keys
        )

    def _phases(self, topic: Topic) -> tuple[str, ...]:
        keys = dict.fromkeys(code for passage in topic.passages for code in passage.crossed)
        codes = [self.material.codes[key] for key in keys]
        return tuple(code.name for code in codes if code.dimension in ("phase", "stage"))

    def _confidence(self, topic: Topic, people: Sequence[Person]) -> tuple[Confidence, str]:
        """How far a finding carries, by rules a reader can check."""
        doubtful = sum(1 for passage in topic.passages if passage.turn.flags)
        known = sum(1 for each in people if each.name or each.institutions)
        checked = self.material.checked(topic.codes)
        several = len(bodies(people))
        unnamed = len(people) - known
        reasons = [
            amount(len(people), "person", "people")
            + (f" ({number(unnamed)} not identified)" if unnamed else ""),
            amount(several, "institution"),
            amount(len(topic.passages), "passage"),
            "coding checked by a person" if checked else "coding not yet checked by a person",
        ]
        if doubtful:
            reasons.append(f"{amount(doubtful, 'passage')} with doubtful words")
        limits = self.scale.settings
        solid = len(people) > limits.thin_people and doubtful <= len(topic.passages) / 3
        steady = not self.material.facts(topic.code.id).unstable
        if not steady:
            reasons.append("the theme is unstable when it is computed again")
        level: Confidence = "thin"
        if solid and steady:
            wide = len(people) >= limits.firm_people and several >= limits.firm_institutions
            level = "firm" if wide and known == len(people) else "fair"
        return level, ", ".join(reasons)


def _same(one: Place, other: Place) -> bool:
    """Whether two quotes share words."""
    shared = Span(one[1], one[2]).overlaps(Span(other[1], other[2]))
    return one[0].turn.id == other[0].turn.id and shared


def _says(place: Place, words: Collection[str]) -> bool:
    passage, start, end = place
    return passage.turn.text[start:end] in words


def why(topic: Topic, material: Material) -> str:
    """Why this is a theme: where its name comes from, what it means, its typical words."""
    parts = [f"This theme was {ORIGINS[topic.code.origin]}."]
    if topic.code.origin == "library":
        parts = ["This theme is from the codebook."]
    if topic.code.origin == "emergent":
        parts = ["This theme was not foreseen; it came up in the discussion."]
    description = topic.code.description.strip()
    if description and description.casefold() != topic.code.name.strip().casefold():
        parts.append(description if description[-1] in ".?!" else f"{description}.")
    terms = material.facts(topic.code.id).terms
    if terms:
        parts.append(f"Typical words: {', '.join(terms[:6])}.")
    if topic.aliases:
        parts.append(f"Told together with: {_names(topic.aliases)}.")
    return " ".join(parts)


def _names(codes: Sequence[Code]) -> str:
    return ", ".join(code.name for code in codes)


def _sentence(people: int, of: int, scale: Scale) -> str:
    """``Five of the seven participants who spoke (most) addressed this.``"""
    if of == 1:
        return "The only participant who spoke addressed this."
    if people == of:
        return f"All {number(of)} participants who spoke addressed this."
    words = scale(people, of)
    how = f" ({words})" if of >= scale.settings.all_from and people > 1 else ""
    counted = number(people).capitalize()
    return f"{counted} of the {number(of)} participants who spoke{how} addressed this."


def _view(stand: Stand, people: int, of: int) -> str:
    one, many = VERBS[stand]
    if people == 1:
        return f"One of {number(of)} {one}." if of > 1 else f"The one participant {one}."
    if people == of:
        return f"All {number(of)} {many}."
    return f"{number(people).capitalize()} of {number(of)} {many}."
