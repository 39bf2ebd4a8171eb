"""Findings: what was put to the room, and who answered what, each in an exact slice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fgd.core.nlp import sentences
from fgd.model import (
    SIDED,
    Answer,
    Finding,
    Form,
    Proposition,
    Quote,
    Response,
    Side,
    Slice,
    Span,
    Summary,
    Turn,
)
from fgd.synthesis.frames import Frames, seems, standings
from fgd.synthesis.gaps import FEWEST, stems
from fgd.synthesis.material import Material
from fgd.synthesis.quoting import (
    BARE,
    OFFERED,
    Choices,
    Chosen,
    Ledger,
    quote,
    settled_by,
    shortened,
    trimmed,
    with_reason,
)

LONGEST = 42
"""Words of a proposition, and of an answer, that are quoted at most."""

PROPOSED = 0.5
"""Probability from which somebody is told to have proposed what else they are told to have said."""

TELLING = 5
"""Content words of a summing-up that is told without the proposition it speaks of."""

CLEAR = 3
"""Content words of a proposition that is told before others: "we might do so" says little."""

ASKED, ASIDE, UNHEARD = 0.3, 0.01, 0.1
"""Probability of a question of substance from which one of few words is told, with a yes or no;
below which none is; and from which it is told that nobody answered.
"""

AGAINST: frozenset[Side] = frozenset(("against", "alternative"))
QUALIFIED: frozenset[Side] = frozenset(("condition", "doubt", "part"))

PAST = {
    "propose": "proposed", "suggest": "suggested", "recommend": "recommended", "urge": "urged",
    "ask": "asked", "request": "requested", "advise": "advised", "move": "moved",
    "invite": "invited", "encourage": "encouraged", "call on": "called on",
}  # fmt: skip
_SPOKEN = re.compile(
    r"^(?:(?:so|and|but|well|then|therefore|now|also|first|second|finally|secondly|firstly)\b,?\s+)*"
    r"(?:i|we)\b(?:\s+at\s+\w+)?(?:['\u2019]d)?\s+"
    r"(?:(?:would|do|also|strongly|therefore|just|like to|want to|will|again|still)\s+)*"
    r"(?P<verb>propose|suggest|recommend|urge|ask|request|advise|move|invite|encourage|call on)\s+"
    r"(?P<that>that\s+)?",
    re.IGNORECASE,
)
"""A performative in the first person: its verb is told in the past, what follows is quoted."""

_LEAD = re.compile(
    r"^(?:(?:so|and|but|well|then|therefore|now|okay|ok|yeah|yes|right|um|uh|er|erm)\b,?\s+)+",
    re.IGNORECASE,
)
"""What a sentence begins with that is no part of what it says."""

_CLAUSE = re.compile(
    r"^(?!(?:that|what|which|who|how|why|when|where|if|to|not|please|let|maybe|perhaps|is|are|was|do|"
    r"does|did|can|could|will|would|should|shall|may|might|has|have|had)(?:n['\u2019]t)?\b)"
    r"(?!(?:my|our|the|one) (?:\w+ )?(?:suggestion|proposal|advice|idea|recommendation|request|"
    r"wish|plea|thought) )"
    r"(?:\S+\s+){1,9}?(?:should|must|shall|will|would|can|could|may|might|ought|is|are|be|has|have|"
    r"needs?|keeps?|gets?|takes?)\b",
    re.IGNORECASE,
)
"""What can follow "that": a subject and, not far behind, a finite verb."""


_NEEDS = re.compile(
    r"\b(?:must|needs?|has to|have to|having to|would like|['\u2019]d like|hope|wish|want|"
    r"important|can)\b",
    re.IGNORECASE,
)
_PUTS = re.compile(
    r"\b(?:should|ought to|let us|let['\u2019]s|could|instead|rather|why not|what if|"
    r"(?:my|our) (?:\w+ )?(?:proposal|suggestion|advice|idea|recommendation|preference))\b",
    re.IGNORECASE,
)
"""What must be or is wished for is told as said; what puts a plan to the room, as proposed."""

_TAKES = re.compile(
    r"\b(?:could|can|would|will|['\u2019]d|['\u2019]ll) (?:\w+ )?(?:accept|live with|support|"
    r"go along)\b|\b(?:decided|decides?) (?:to|that|not)\b|\bdecision (?:is|was)\b",
    re.IGNORECASE,
)
"""What somebody accepts of others', or tells to be decided, is told as said, too."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """How a proposition's words fit a sentence: the slice, the verb before it, how they join."""

    start: int
    end: int
    verb: str
    form: Form


def fitted(kind: str, text: str, start: int, end: int, *, sure: bool = True) -> Fitted:
    """Fit the slice of a proposition to the verb that tells it; "said" of what is not ``sure``.

    "I propose that the dam be closed" is told as: proposed that "the dam be closed". Whatever
    would not read as a sentence is quoted whole after a colon.
    """
    start, end = trimmed(text, start, end)
    said = text[start:end]
    if kind == "question" or said.endswith("?"):
        return Fitted(start, end, "asked", "colon")
    if kind == "claim":
        return Fitted(start, end, "said", "colon")
    spoken = _SPOKEN.match(said)
    if spoken and len(said[spoken.end() :].split()) >= 2:
        verb = PAST[" ".join(spoken["verb"].lower().split())]
        rest = text[start + spoken.end() : end]
        form: Form = "object"
        if spoken["that"] or (_CLAUSE.match(rest) and verb in ("proposed", "suggested")):
            form = "that"
        elif verb in ("moved", "advised") or rest.split()[0].lower() in ("to", "in", "on", "for"):
            return Fitted(start, end, "proposed", "colon")
        return Fitted(start + spoken.end(), end, verb, form)
    if kind == "proposal" and start and text[:start].rstrip().lower().endswith(" that"):
        before = re.search(r"\b(?:i|we)\b[^.!?]{0,40}?\b(propose|suggest|recommend)\w*\s+that\s*$",
                           text[:start], re.IGNORECASE)  # fmt: skip
        if before and _CLAUSE.match(said):
            return Fitted(start, end, PAST[before[1].lower()], "that")
    lead = _LEAD.match(said)
    if lead and len(said[lead.end() :].split()) >= 4:
        start += lead.end()
        said = text[start:end]
    form = "that" if said[:1].islower() and _CLAUSE.match(said) else "colon"
    tells = _TAKES.search(said) or (_NEEDS.search(said) and not _PUTS.search(said))
    return Fitted(start, end, "said" if tells or not sure else "proposed", form)


class Findings:
    """Tells the propositions of a session, each with one answer a person."""

    def __init__(
        self, material: Material, tables: Frames, ledger: Ledger, quotes: int, choices: Choices
    ) -> None:
        self.material = material
        self.ledger = ledger
        self.quotes = quotes
        self.choices = choices
        found = material.deliberated
        self._known = {each.id: each for each in found.propositions}
        self._unanswered = frozenset(found.unanswered)
        self._silent = frozenset(found.silence)
        by_place = {(each.proposition, _key(each.place)): each for each in found.responses}
        self._standing: dict[str, list[Response]] = defaultdict(list)
        self._heads: dict[str, list[tuple[Span, str]]] = defaultdict(list)
        rows = standings(tables)
        for row in rows.itertuples(index=False) if len(rows) else ():
            place = (str(row.turn), int(row.start), int(row.end))
            self._standing[str(row.proposition)].append(by_place[str(row.proposition), place])

    def __call__(self) -> tuple[tuple[Finding, ...], tuple[str, ...], tuple[Summary, ...]]:
        """Return the findings in order of time, their ids by rank, and what the chair summed up."""
        told = self._apart([e for e in self._known.values() if self._worth_telling(e)])
        told.sort(key=lambda each: (self.material.rank[each.place.turn], each.place.start))
        names = {each.id: f"F{number}" for number, each in enumerate(told, 1)}
        within = self._within(names)
        ranked = sorted(told, key=lambda each: (each.id in within, *self._rank(each)))
        heads: dict[str, tuple[str, Fitted]] = {}
        for each in ranked:  # what a sentence is about is quoted there before it is anywhere else
            turn = self.material.turn[each.place.turn]
            sure = settled_by(each.by) or each.confidence >= PROPOSED
            place = each.place
            fit = fitted(each.kind, turn.text, place.start, place.end, sure=bool(sure))
            start, end = shortened(turn.text, fit.start, fit.end, LONGEST)
            heads[each.id] = self.ledger(turn, start, end), fit
            self._heads[turn.id].append((Span(start, end), names[each.id]))
        summed: dict[str, list[str]] = defaultdict(list)
        summaries = []
        for number, summing in enumerate(self.material.deliberated.summings, 1):
            turn = self.material.turn[summing.place.turn]
            start, end = trimmed(turn.text, summing.place.start, summing.place.end)
            start, end = shortened(turn.text, start, end, LONGEST)
            if self.ledger.shows(turn.id, start, end):
                continue
            about = names.get(summing.proposition, "")
            about = within.get(summing.proposition, about)
            said = stems(turn.text[start:end], self.material.language)
            # "The amendment is adopted" is short and says what became of it.
            least = 2 if summing.conclusion == "decided" else TELLING
            if not about and len(said) < least and not settled_by(summing.by):
                continue  # "noted, we will come back to it" sums up nothing by itself
            name = self.ledger(turn, start, end)
            if about:
                summed[about].append(name)
            summaries.append(
                Summary(
                    f"S{number}",
                    name,
                    summing.conclusion,
                    self.material.key(turn.id),
                    self._speaker(turn, leads=self._leads(turn)),
                    summing.section or self.material.placed.get(turn.id, ""),
                    about,
                )
            )
        found: dict[str, Finding] = {}
        for each in ranked:
            made = self._finding(names[each.id], each, *heads[each.id], names, within)
            found[each.id] = replace(made, summed=tuple(summed[made.id]))
        order = tuple(names[each.id] for each in ranked if each.id not in within)
        return tuple(found[each.id] for each in told), order, tuple(summaries)

    def _apart(self, told: Sequence[Proposition]) -> list[Proposition]:
        """Propositions whose words do not overlap: of two the one that more people answered.

        What the chair sums up is no proposition of the chair's unless somebody answered it.
        """
        concluded = [each.place for each in self.material.deliberated.summings]
        kept: list[Proposition] = []
        for each in sorted(told, key=self._rank):
            answered = bool(self._standing[each.id])
            others = [other.place for other in kept]
            others += [] if answered else concluded
            if not any(_overlap(each.place, place) for place in others):
                kept.append(each)
        return kept

    # -- what is told, and in which order --------------------------------------------------------

    def _worth_telling(self, each: Proposition) -> bool:
        """Proposals always; questions and claims if somebody answered, or a question nobody did.

        A question that says nothing without what came before it is told by what it is about.
        """
        if settled_by(each.by):
            return True
        answered = any(response.side != "open" for response in self._standing[each.id])
        if each.kind == "question" and not self._says_something(each):
            told = any(
                response.side in ("yes", "no", "part") for response in self._standing[each.id]
            )
            return told and each.confidence >= ASKED
        if each.kind == "proposal" or answered:
            return True
        unheard = each.kind == "question" and each.confidence >= UNHEARD
        return unheard and each.id in self._unanswered

    def _says_something(self, each: Proposition) -> bool:
        """Whether the words of a question have content besides names: "and you, Ada?" has none."""
        said = self.material.names.sub(" ", self.material.text(each.place))
        return len(stems(said, self.material.language)) >= FEWEST

    def _within(self, names: dict[str, str]) -> dict[str, str]:
        """Counter-proposals that nobody else answered, by the finding that tells them."""
        found: dict[str, str] = {}
        for key, responses in self._standing.items():
            for each in responses:
                other = self._known.get(each.instead)
                if other is None or key not in names or key in found or other.id == key:
                    continue
                owner = self.material.key(self._known[key].place.turn)
                others = {
                    self.material.key(answer.place.turn)
                    for answer in self._standing[other.id]
                    if answer.side in SIDED
                }
                same = self.material.key(other.place.turn) == self.material.key(each.place.turn)
                if same and not others - {owner}:
                    found.setdefault(other.id, names[key])
        return found

    def _rank(self, each: Proposition) -> tuple[float, ...]:
        """Most answers and disagreement first; then who is surest, then the order of time.

        A side that only seems counts no more than words without one.
        """
        answers = self._standing[each.id]
        sided = [answer for answer in answers if answer.side in SIDED and not seems(answer)]
        taken = {answer.side for answer in sided}
        torn = bool(taken & AGAINST) or {"yes", "no"} <= taken
        qualified = bool(taken & QUALIFIED)
        weight = len(sided) + 0.4 * (len(answers) - len(sided)) + 1.5 * torn + 0.5 * qualified
        weight += 0.6 * (each.kind == "proposal") + 0.5 * bool(self._concluded(each.id))
        weight -= 2.0 * (len(stems(self.material.text(each.place), self.material.language)) < CLEAR)
        return (-weight - each.confidence, self.material.rank[each.place.turn], each.place.start)

    def _concluded(self, key: str) -> bool:
        return any(each.proposition == key for each in self.material.deliberated.summings)

    # -- one finding -------------------------------------------------------------------------------

    def _finding(
        self,
        name: str,
        each: Proposition,
        head: str,
        fit: Fitted,
        names: dict[str, str],
        within: dict[str, str],
    ) -> Finding:
        turn = self.material.turn[each.place.turn]
        told = self.choices(each.id)
        made = [self._placed(response, told.for_turn) for response in self._standing[each.id]]
        shown = self._shown(made, told)
        answers = tuple(
            Answer(
                response.side,
                self.ledger(place, start, end, show=(place.id, start) in shown),
                self.material.key(place.id),
                self._speaker(place, leads=response.chair),
                (place.id, start) in shown,
                names.get(response.instead, "") if response.instead != each.id else "",
                "" if (place.id, start) in shown else self._head_at(place, start, end, name),
                response.confidence,
                settled_by(response.by),
                seems(response),
            )
            for response, place, start, end in made
        )
        spans = [self._slice(part) for part in each.addressee]
        codes = [
            self.material.codes_at(response.place.turn, response.place.start, response.place.end)
            for response in self._standing[each.id]
        ]
        codes.insert(0, self.material.codes_at(turn.id, each.place.start, each.place.end))
        return Finding(
            id=name,
            proposition=each.id,
            kind=each.kind,
            extract=head,
            who=self.material.key(turn.id),
            speaker=self._speaker(turn, leads=each.chair),
            chair=each.chair or self._leads(turn),
            verb=fit.verb,
            form=fit.form,
            section=each.section or self.material.placed.get(turn.id, ""),
            addressee=" ".join(spans[0].split()) if spans and each.kind == "proposal" else "",
            codes=tuple(dict.fromkeys(code for some in codes for code in some)),
            answers=answers,
            again=tuple(self._again(part) for part in each.again),
            later=tuple(
                self._again(part, show=True)
                for part in each.later
                if not self.ledger.shows(part.turn, part.start, part.end)
            ),
            further=tuple(names[other] for other in each.further if other in names),
            unanswered=each.id in self._unanswered and not answers,
            silence=self._after(each) if each.id in self._silent and self._nobody(answers) else 0,
            within=within.get(each.id, ""),
            confidence=each.confidence,
            by=settled_by(each.by),
            candidates=self._candidates(name, made, shown),
        )

    def _placed(
        self, response: Response, chosen: dict[str, tuple[int, int]]
    ) -> tuple[Response, Turn, int, int]:
        """The words of a response as they are quoted: what a person chose, else side and reason."""
        turn = self.material.turn[response.place.turn]
        first, last = response.place.start, response.place.end
        if turn.id in chosen:
            return response, turn, *chosen[turn.id]
        found = self.material.deliberated
        places = [each.place for each in found.responses]
        places += [each.place for each in found.propositions]
        until = min(
            (each.start for each in places if each.turn == turn.id and each.start >= last),
            default=len(turn.text),
        )
        start, end = trimmed(turn.text, first, last)
        start, end = with_reason(turn, start, end, until, LONGEST)
        start, end = trimmed(turn.text, start, end)
        return response, turn, *shortened(turn.text, start, end, LONGEST)

    def _shown(
        self, made: Sequence[tuple[Response, Turn, int, int]], told: Chosen
    ) -> frozenset[tuple[str, int]]:
        """Which answers the sentence quotes: one a side first, those that differ before consent.

        Words that are shown elsewhere are not shown again; a side alone ("I agree") is no quote.
        """
        free = [
            (response, turn, start, end)
            for response, turn, start, end in made
            if not self.ledger.shows(turn.id, start, end)
        ]
        wanted = [each for each in free if each[1].id in told.for_turn]
        rest = [
            each
            for each in free
            if each not in wanted
            and each[1].text[each[2] : each[3]] not in told.unwanted
            and (len(each[1].text[each[2] : each[3]].split()) >= BARE or _telling(each[0]))
        ]
        seen: set[str] = {each[0].side for each in wanted}
        first: list[tuple[Response, Turn, int, int]] = []
        second: list[tuple[Response, Turn, int, int]] = []
        for each in sorted(rest, key=lambda one: -WORTH.get(one[0].side, 0)):
            (second if each[0].side in seen else first).append(each)
            seen.add(each[0].side)
        chosen: list[tuple[Response, Turn, int, int]] = []
        for each in (*wanted, *first, *second):
            clash = any(
                each[1].id == other[1].id and Span(each[2], each[3]).overlaps(Span(*other[2:]))
                for other in chosen
            )
            if not clash and len(chosen) < max(self.quotes, len(wanted), len(first)):
                chosen.append(each)
        return frozenset((turn.id, start) for _, turn, start, _ in chosen)

    def _candidates(
        self,
        name: str,
        made: Sequence[tuple[Response, Turn, int, int]],
        shown: frozenset[tuple[str, int]],
    ) -> tuple[Quote, ...]:
        """Other words of those who answered: answers not shown, then sentences beside the shown."""
        places: list[tuple[Turn, int, int]] = [
            (turn, start, end) for _, turn, start, end in made if (turn.id, start) not in shown
        ]
        for response, turn, start, end in made:
            for first, last in sentences(turn.text):
                a, b = trimmed(turn.text, first, last)
                near = abs(first - response.place.end) < 300 or last > response.place.start > first
                apart = len(turn.text[a:b].split()) >= BARE and (a, b) != (start, end)
                if near and apart and (turn, a, b) not in places:
                    places.append((turn, a, b))
        session = self.material.session.id
        return tuple(
            quote(f"{name}.{number}", session, turn, start, end)
            for number, (turn, start, end) in enumerate(places[:OFFERED], 1)
        )

    def _head_at(self, turn: Turn, start: int, end: int, own: str) -> str:
        """Return the finding that is about these words, if another one is."""
        found = (name for span, name in self._heads[turn.id] if span.overlaps(Span(start, end)))
        return next((name for name in found if name != own), "")

    def _again(self, place: Slice, *, show: bool = False) -> str:
        turn = self.material.turn[place.turn]
        start, end = trimmed(turn.text, place.start, place.end)
        return self.ledger(turn, *shortened(turn.text, start, end, LONGEST), show=show)

    def _slice(self, place: Slice) -> str:
        return self.material.text(place)

    def _nobody(self, answers: Sequence[Answer]) -> bool:
        """Tell whether no answer is against it, in doubt, or in its place."""
        return not any(each.side in AGAINST | {"doubt", "no"} for each in answers)

    def _after(self, each: Proposition) -> int:
        """Tell how many participants other than the proposer spoke after a proposition."""
        here = self.material.rank[each.place.turn]
        own = self.material.people[each.place.turn].key
        at = self.material.session.table_of
        later = {
            person.key
            for turn in self.material.turns[here + 1 :]
            if at(turn.recording) == at(each.place.recording)
            for person in (self.material.people[turn.id],)
            if person.counts
        }
        return len(later - {own})

    def _leads(self, turn: Turn) -> bool:
        return self.material.people[turn.id].role == "facilitator"

    def _speaker(self, turn: Turn, *, leads: bool) -> str:
        """Tell how the internal edition names a speaker; whoever alone leads is "the chair"."""
        person = self.material.people[turn.id]
        chairs = [each for each in self.material.people.all if each.role == "facilitator"]
        if (leads and not chairs) or (person.role == "facilitator" and len(chairs) == 1):
            return "the chair"
        printed = self.material.people.printed(person)
        return f"{printed}, in the chair" if person.role == "facilitator" else printed


WORTH: dict[Side, int] = {
    "against": 6, "condition": 5, "alternative": 5, "no": 5, "doubt": 4, "part": 4, "yes": 3,
    "for": 3, "answer": 2, "open": 1,
}  # fmt: skip
"""Which answers are quoted first: what differs before consent, consent before mere mention."""


def _telling(response: Response) -> bool:
    """Tell whether even a short answer tells something: a refusal or a condition does, and what
    only seems or has no side is nothing without its words.
    """
    return response.side in AGAINST | QUALIFIED | {"open"} or seems(response)


def _overlap(one: Slice, other: Slice) -> bool:
    same = one.turn == other.turn
    return same and Span(one.start, one.end).overlaps(Span(other.start, other.end))


def _key(place: Slice) -> tuple[str, int, int]:
    return place.turn, place.start, place.end
