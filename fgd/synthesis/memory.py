"""What a programme remembers: proposals, decisions, promises and positions over its sessions.

A proposal of one session and one of another are tied by their meaning (sentence vectors) and by the
words of content that they share, weighed by how rare these are in the programme. What is tied so is
only inferred: each tie says how likely it is and why, below ``TIED`` nothing is tied, and what a
person settled outranks it. Of what nobody took up again, or asked again, something is said only
where every sentence of the later sessions was looked at.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from fgd.core.nlp import sentences_of
from fgd.core.text import number
from fgd.decisions.programme import Settled
from fgd.model import (
    Decision,
    Finding,
    Kept,
    Later,
    Matter,
    Mention,
    Position,
    Practice,
    Promise,
    Registry,
    Session,
    Side,
    Since,
    Sitting,
    Slice,
    Standing,
    Summary,
    Tie,
    Turn,
    Unasked,
)
from fgd.synthesis.gaps import ASKING, stems
from fgd.synthesis.gaps import FEWEST as LEAST
from fgd.synthesis.material import Material
from fgd.synthesis.promises import promised
from fgd.synthesis.quoting import Ledger, settled_by, shortened, trimmed
from fgd.synthesis.salience import Salience

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float32]

WEIGHTS, BIAS = {"near": 5.16, "shared": 0.81, "words": 1.85, "rare": 3.07}, -9.99
"""How likely two slices put the same to the room; a logistic model, see ``docs/programmes.md``."""

TIED = 0.7
"""Likelihood from which two slices are tied."""

SUREST = 0.95
"""Likelihood beyond which nothing is known of two slices that only a machine has compared."""

FEWEST = 3
"""Words of content that a slice needs to be tied with another."""

AWAY = 0.45
"""Cosine below which no sentence is near; docs/programmes.md tells how it was chosen."""

FAR = 0.35
"""Cosine from which a sentence may speak of what was put before; docs/programmes.md tells why."""

_DENIES = re.compile(r"\b(?:not|never|no|without|instead|neither|nor|stop)\b|n['\u2019]t\b", re.I)
_CONCLUDES = frozenset(("agreed", "decided", "not agreed", "left open"))


@dataclass(frozen=True, slots=True)
class Put:
    """Words that were put to a room, or a conclusion: where, in which session, told by what."""

    sitting: int
    place: Slice
    text: str
    finding: Finding | None = None
    summary: Summary | None = None
    network: bool = False


def likelihood(near: float, shared: float, words: int, rare: float) -> float:
    """Estimate how likely two slices put the same to the room.

    Args:
        near: cosine of their vectors.
        shared: weight of the words that they share, as a share of that of the lighter one.
        words: how many words of content they share.
        rare: how rare these are in the programme, on average (0 to 1).
    """
    odds = BIAS + WEIGHTS["near"] * near + WEIGHTS["shared"] * shared
    odds += WEIGHTS["words"] * min(words, 5) + WEIGHTS["rare"] * rare
    return min(SUREST, 1 / (1 + math.exp(-odds)))


class Ties:
    """Ties between slices of different sessions, by meaning and by words of content."""

    def __init__(self, texts: Sequence[str], vectors: Array, lang: str) -> None:
        self.vectors = vectors
        self.stems = [content(text, lang) for text in texts]
        self.denies = [bool(_DENIES.search(text)) for text in texts]
        self.words = [_spelled(text, lang) for text in texts]
        seen = Counter(stem for each in self.stems for stem in each)
        self.rare = {stem: math.log(1 + len(texts) / count) for stem, count in seen.items()}

    def __call__(self, one: int, other: int) -> Tie:
        """Return what ties two slices; a likelihood of nothing where one denies and one does not,
        or either is too short to tell.
        """
        mine, theirs = self.stems[one], self.stems[other]
        both = mine & theirs
        near = float(self.vectors[one] @ self.vectors[other])
        spelled = tuple(sorted(self.words[one].get(stem, stem) for stem in both))
        short = min(len(mine), len(theirs)) < FEWEST
        if short or not both or self.denies[one] != self.denies[other]:
            return Tie(0.0, round(near, 2), spelled)
        return Tie(
            round(likelihood(near, self.shared(mine, theirs), len(both), self.rarity(both)), 2),
            round(near, 2),
            spelled,
        )

    def rarity(self, words: frozenset[str]) -> float:
        """Tell how rare words are among the slices, on average: 1 for such as only one has."""
        return sum(self.rare[word] for word in words) / len(words) / math.log(1 + len(self.stems))

    def shared(self, mine: frozenset[str], theirs: frozenset[str]) -> float:
        """Weigh the words that two slices share, as a share of those of the lighter one."""

        def weight(of: Iterable[str]) -> float:
            return sum(self.rare.get(stem, 0.0) for stem in of)

        return weight(mine & theirs) / max(min(weight(mine), weight(theirs)), 1e-9)


_HOLLOW = frozenset(
    "maybe like thing think something anything want need okay yeah actual real kind sort stuff lot "
    "good try let just know mean guess suggest propos recommend should could would shall can "
    "sure right well bit say tell talk look come take get put make go that'll we'll it'll "
    "there's".split()
)
"""Stems that are said of anything."""


def content(text: str, lang: str) -> frozenset[str]:
    """Return the stems of a text that say what it is about."""
    return stems(text, lang) - _HOLLOW


def _spelled(text: str, lang: str) -> dict[str, str]:
    """Return the words of a text as they are written, by their stems."""
    found: dict[str, str] = {}
    for word in re.findall(r"[^\W_]+", text):
        for stem in stems(word, lang):
            found.setdefault(stem, word.casefold())
    return found


_PRO: frozenset[str] = frozenset(("proposed", "for", "yes"))
_CON: frozenset[str] = frozenset(("against", "alternative", "no"))
_BOUND: frozenset[str] = frozenset(("condition", "doubt", "part"))

_PERFECT = re.compile(
    r"\b(?:(?:have|has|['\u2019]ve|['\u2019]s|had|was|were|did|is|are)(?:n['\u2019]t| not)?"
    r"(?: (?:now|already|also|since|just|all|not|never|still|finally|been))*"
    r" (?:\w+(?:ed|en|t)|sent|done|made|put|given|brought|met|written|built|held|begun|found|paid|"
    r"set|shown|come|got|received|ready|finished)|promised|as agreed|(?:still|not) (?:\w+ )?"
    r"(?:waiting|missing|received|have)|(?:i|we) (?:sent|wrote|circulated|shared|prepared|"
    r"brought|gave|made|asked|spoke|checked|met|found|drafted|finished|published))\b",
    re.IGNORECASE,
)
"""What tells that something was done, or was not, since."""

SPOKEN = 0.45
"""Cosine from which words of a later session that tell something done may speak of a promise."""


class Memory:
    """Builds the registry of a programme from its brief's findings, summaries and quotes."""

    def __init__(
        self,
        material: Material,
        sessions: Sequence[Session],
        found: Sequence[Finding],
        summaries: Sequence[Summary],
        ledger: Ledger,
        salience: Salience,
        decisions: Sequence[Decision] = (),
    ) -> None:
        self.material, self.sessions, self.ledger, self.salience = (
            material, sessions, ledger, salience,
        )  # fmt: skip
        self.settled = Settled.of(decisions, material.turns)
        self.sitting = {
            each.id: place for place, one in enumerate(sessions, 1) for each in one.recordings
        }
        self.puts = list(self._puts(found, summaries))
        self.summed = {each.finding: each for each in summaries if each.finding}
        self.findings = {each.id: each for each in found}

    def __call__(self) -> Registry:
        """Return everything that can be told, and sentences on what cannot."""
        matters = self._matters()
        return Registry(
            tuple(
                Sitting(place, each.title or each.id, each.date)
                for place, each in enumerate(self.sessions, 1)
            ),
            matters,
            tuple(self._promises()),
            tuple(self._positions(matters)),
            tuple(self._unasked()),
            tuple(self._practices()),
            tuple(self._notes()),
        )

    # -- in which order ----------------------------------------------------------------------------

    def _before(self, one: int, other: int) -> bool:
        """Tell whether a session is known to have been before another one."""
        first, second = self.sessions[one - 1].date, self.sessions[other - 1].date
        shared = min(len(first), len(second))
        return bool(shared) and first[:shared] < second[:shared]

    def _after(self, sitting: int) -> list[int]:
        """Return the sessions known to be later, if of all others the order is known; else none."""
        others = [n for n in range(1, len(self.sessions) + 1) if n != sitting]
        if any(self._before(sitting, n) == self._before(n, sitting) for n in others):
            return []
        return [n for n in others if self._before(sitting, n)]

    # -- what was put, and what became of it -------------------------------------------------------

    def _puts(self, found: Sequence[Finding], summaries: Sequence[Summary]) -> Iterator[Put]:
        deliberated = self.material.deliberated
        put = {each.id: each for each in deliberated.propositions}
        for each in found:
            place = put[each.proposition].place
            yield Put(
                self.sitting.get(place.recording, 0),
                place,
                self._shown(each.extract),
                finding=each,
            )
        for one in summaries:
            if one.conclusion not in _CONCLUDES or one.finding:
                continue
            summing = deliberated.summings[int(one.id[1:]) - 1]
            first = summing.reasons[0].kind if summing.reasons else ""
            guessed = first.startswith("network") and not settled_by(summing.by)
            yield Put(
                self.sitting.get(summing.place.recording, 0),
                summing.place,
                self._shown(one.extract),
                summary=one,
                network=guessed,
            )

    def _shown(self, extract: str) -> str:
        pieces = self.ledger.named(extract).pieces
        return "".join(piece.text for piece in pieces if piece.said)

    def _matters(self) -> tuple[Matter, ...]:
        """Follow what was put through the sessions; a mention is tied to the likeliest before."""
        puts = self.puts
        if not puts:
            return ()
        vectors = self.salience.embed([each.text for each in puts])
        ties = Ties([each.text for each in puts], vectors, self.material.language)
        same, apart = self._decided()
        groups: list[list[tuple[int, Tie]]] = []
        of: dict[int, int] = {}
        for here, put in enumerate(puts):
            best: tuple[float, int, Tie] | None = None
            for there in range(here):
                if puts[there].sitting == put.sitting or there not in of:
                    continue
                members = {n for n, _ in groups[of[there]]}
                by = same.get(frozenset((here, there)), "")
                if any(frozenset((here, n)) in apart for n in members) and not by:
                    continue
                tie = Tie(1.0, by=by) if by else ties(here, there)
                if tie.likely >= TIED and (best is None or tie.likely > best[0]):
                    best = tie.likely, there, tie
            if best is None:
                of[here] = len(groups)
                groups.append([(here, Tie())])
            else:
                of[here] = of[best[1]]
                groups[of[here]].append((here, best[2]))
        kept = [each for each in groups if any(self._registers(puts[n]) for n, _ in each)]
        return tuple(self._matter(f"M{place}", each) for place, each in enumerate(kept, 1))

    def _registers(self, put: Put) -> bool:
        """Tell whether it is a matter by itself; questions and claims only take one up."""
        found = put.finding
        return put.summary is not None or (found is not None and found.kind == "proposal")

    def _decided(self) -> tuple[dict[frozenset[int], str], set[frozenset[int]]]:
        """Return the pairs that people said put the same, with who did, and those that do not."""
        same: dict[frozenset[int], str] = {}
        apart: set[frozenset[int]] = set()
        for one, other, are, by in self.settled.same:
            for first in self._at(one):
                for second in self._at(other):
                    pair = frozenset((first, second))
                    same.pop(pair, None)
                    apart.discard(pair)
                    if are:
                        same[pair] = by
                    else:
                        apart.add(pair)
        return same, apart

    def _at(self, place: Slice) -> list[int]:
        return [n for n, each in enumerate(self.puts) if _meets(each.place, place)]

    def _matter(self, key: str, members: Sequence[tuple[int, Tie]]) -> Matter:
        mentions = tuple(self._mention(self.puts[n], tie) for n, tie in members)
        sittings = [each.session for each in mentions]
        settled = [
            told
            for n, _ in members
            for place, told in self.settled.standing.items()
            if _meets(self.puts[n].place, place)
        ]
        told = [each for each in mentions if each.standing != "proposed"]
        ordered = all(a == b or self._before(a, b) for a, b in pairwise(sittings))
        if not ordered and len({each.standing for each in told}) > 1:
            told = []
        standing: Standing = told[-1].standing if told else "proposed"
        return Matter(
            key,
            mentions,
            settled[-1][0] if settled else standing,
            bool(told) and told[-1].seems and not settled,
            self._since(members, ordered=ordered),
            settled[-1][1] if settled else "",
        )

    def _mention(self, put: Put, tie: Tie) -> Mention:
        if put.summary is not None:
            conclusion = put.summary.conclusion
            standing: Standing = "proposed" if conclusion == "summary" else conclusion
            return Mention(put.sitting, "", put.summary.id, standing, put.network, tie)
        assert put.finding is not None
        concluded = self.summed.get(put.finding.id)
        if concluded is not None and concluded.conclusion != "summary":
            # Which proposal a chair's conclusion speaks of is inferred.
            return Mention(put.sitting, put.finding.id, "", concluded.conclusion, True, tie)
        sided = [each for each in put.finding.answers if each.side in _PRO | _CON | _BOUND]
        plain = [each for each in sided if not each.unsure]
        told = plain or sided
        stands = _standing(each.side for each in told)
        guessed = bool(told) and not plain
        return Mention(put.sitting, put.finding.id, "", stands, guessed, tie)

    def _since(self, members: Sequence[tuple[int, Tie]], *, ordered: bool) -> Since:
        """Tell whether a later session took it up; nothing where that cannot be known."""
        sittings = sorted({self.puts[n].sitting for n, _ in members})
        if len(sittings) > 1:
            return "taken up" if ordered else ""
        later = self._after(sittings[0])
        if not later or self.material.unread or self.material.deliberated.unread:
            return ""
        texts = [self.puts[n].text for n, _ in members]
        return "" if any(self._spoken(text, later) for text in texts) else "not taken up"

    # -- what was said in later sessions -----------------------------------------------------------

    @cached_property
    def _sentences(self) -> dict[int, list[tuple[Turn, int, int, frozenset[str]]]]:
        """Every sentence of each session with its words of content."""
        lang = self.material.language
        turns = self.material.turns
        cuts = sentences_of([turn.text for turn in turns], lang)
        found: dict[int, list[tuple[Turn, int, int, frozenset[str]]]] = {}
        for turn, own in zip(turns, cuts, strict=True):
            here = found.setdefault(self.sitting.get(turn.recording, 0), [])
            here += [(turn, a, b, content(turn.text[a:b], lang)) for a, b in own]
        return found

    @cached_property
    def _vectors(self) -> dict[int, Array]:
        return {
            sitting: self.salience.embed([turn.text[a:b] for turn, a, b, _ in said])
            for sitting, said in self._sentences.items()
        }

    @cached_property
    def _vocabulary(self) -> dict[int, frozenset[str]]:
        """Every word of content of each session."""
        return {
            sitting: frozenset().union(*(each[3] for each in said))
            for sitting, said in self._sentences.items()
        }

    def _spoken(self, text: str, sittings: Iterable[int]) -> bool:
        """Tell whether these sessions may have spoken of a text: a word of it was said that is not
        said in every session, or a sentence comes near its meaning.

        Of a text with few such words nobody can tell: it counts as spoken of.
        """
        every = list(self._vocabulary.values())
        common = frozenset.intersection(*every) if len(every) > 2 else frozenset()
        mine = content(text, self.material.language) - common
        if len(mine) < LEAST:
            return True
        here = [each for each in sittings if each in self._sentences]
        if any(mine & self._vocabulary[n] for n in here):
            return True
        vector = self.salience.embed([text])[0]
        return any(len(self._vectors[n]) and max(self._vectors[n] @ vector) >= FAR for n in here)

    # -- promises ----------------------------------------------------------------------------------

    def _promises(self) -> Iterator[Promise]:
        people = self.material.people
        made: list[tuple[Promise, frozenset[str]]] = []
        for turn in self.material.turns:
            who = people[turn.id]
            bodies = [people.institution(key) for key in who.institutions]
            own = [name for b in bodies for name in (b.name, b.acronym, *b.aliases) if name]
            for each in promised(turn.text, own):
                start, end = trimmed(turn.text, each.start, each.end)
                start, end = shortened(turn.text, start, end, LONGEST)
                words = content(turn.text[start:end], self.material.language)
                here = self.sitting.get(turn.recording, 0)
                if any(
                    one.session == here
                    and one.who == self.material.key(turn.id)
                    and 2 * len(words & known) >= min(len(words), len(known))
                    for one, known in made
                ):
                    continue  # the same promise once more
                kept, by = self._kept(turn, start, end)
                if kept == "none":
                    continue  # a person has said that it is no promise
                made.append(
                    (
                        Promise(
                            f"P{len(made) + 1}",
                            self.ledger(turn, start, end, show=False),
                            each.when,
                            self.material.key(turn.id),
                            people.printed(who),
                            here,
                            (),
                            kept,
                            by,
                        ),
                        words,
                    )
                )
        for one, words in made:
            yield replace(one, later=tuple(self._became(one, words)))

    def _kept(self, turn: Turn, start: int, end: int) -> tuple[Kept, str]:
        mine = Slice(turn.recording, turn.id, start, end)
        found = [told for place, told in self.settled.kept.items() if _meets(mine, place)]
        return found[-1] if found else ("", "")

    def _became(self, one: Promise, words: frozenset[str]) -> Iterator[Later]:
        """Find what later sessions say was done: two words of content shared, near in meaning."""
        later = self._after(one.session)
        if not later or len(words) < 2:
            return
        text = self._shown(one.extract)
        vector = self.salience.embed([text])[0]
        spelled = _spelled(text, self.material.language)
        for sitting in later:
            best: tuple[float, Turn, int, int, frozenset[str]] | None = None
            for other, start, end, said in self._sentences.get(sitting, ()):
                sentence = other.text[start:end]
                both = words & said
                if len(both) < 2 or sentence.endswith("?") or not _PERFECT.search(sentence):
                    continue
                near = float(self.salience.embed([sentence])[0] @ vector)
                if near >= SPOKEN and (best is None or near > best[0]):
                    best = near, other, start, end, both
            if best is not None:
                near, other, start, end, both = best
                start, end = trimmed(other.text, start, end)
                start, end = shortened(other.text, start, end, LONGEST)
                yield Later(
                    self.ledger(other, start, end, show=False),
                    sitting,
                    self.material.people.printed(self.material.people[other.id]),
                    self.material.key(other.id),
                    Tie(
                        0.0, round(near, 2), tuple(sorted(spelled.get(each, each) for each in both))
                    ),
                )

    # -- positions ---------------------------------------------------------------------------------

    def _positions(self, matters: Sequence[Matter]) -> Iterator[Position]:
        """Tell where institutions plainly stood, session by session, and what changed."""
        people = self.material.people
        for matter in matters:
            last: dict[str, Position] = {}
            for mention in matter.mentions:
                each = self.findings.get(mention.finding)
                if each is None or each.kind == "question":
                    continue
                stood: dict[str, tuple[list[str], list[str]]] = {}
                taken = [(each.who, "proposed", each.extract)] if each.kind == "proposal" else []
                taken += [(a.who, a.side, a.extract) for a in each.said(*_SIDES)]
                for who, side, extract in taken:
                    person = people.by_key.get(who.removeprefix(f"{self.material.session.id}/"))
                    for body in person.institutions[:1] if person else ():
                        known = people.institution(body)
                        sides, quotes = stood.setdefault(known.acronym or known.name, ([], []))
                        sides.append(side)
                        quotes.append(extract)
                for name, (sides, quotes) in sorted(stood.items()):
                    before = last.get(name)
                    here = Position(
                        matter.id,
                        name,
                        mention.session,
                        each.id,
                        tuple(dict.fromkeys(sides)),
                        tuple(dict.fromkeys(quotes)),
                        before is not None
                        and each.kind == "proposal"
                        and self._before(before.session, mention.session)
                        and _differ(before.sides, sides),
                    )
                    yield here
                    if each.kind == "proposal":
                        last[name] = here

    # -- questions and practices -------------------------------------------------------------------

    def _unasked(self) -> Iterator[Unasked]:
        """Find what one session's guide had and was put, and the next one neither had nor put."""
        for place, session in enumerate(self.sessions, 1):
            later = self._after(place)
            if not later or self.material.unread:
                continue
            following = min(later)
            if not self.sessions[following - 1].guide.sections:
                continue
            for section in session.guide.sections:
                facts = self.material.section(f"{session.id}/{section.id}")
                if section.kind not in ASKING or not facts.asked or not section.title:
                    continue
                text = f"{section.title}. {section.text}".strip()
                if self._put_in(text, following):
                    continue
                since = not any(self._put_in(text, n) for n in later)
                yield Unasked(section.title, place, following, since and len(later) > 1)

    def _put_in(self, text: str, sitting: int) -> bool:
        """Tell whether a session's guide, or a question of it, may be the same question."""
        lang, mine = self.material.language, content(text, self.material.language)
        if len(mine) < LEAST:
            return True
        sections = self.sessions[sitting - 1].guide.sections
        texts = [
            part
            for each in sections
            for part in (each.title, f"{each.title}. {each.text}", *each.probes, *each.listen_for)
        ]
        asked = [
            turn.text[a:b]
            for turn, a, b, _ in self._sentences.get(sitting, ())
            if turn.text[a:b].endswith("?")
        ]
        every = [each for each in (*texts, *asked) if each.strip()]
        if not every:
            return False
        if any(2 * len(mine & content(each, lang)) >= min(len(mine), 6) for each in every):
            return True
        return bool(max(self.salience.embed(every) @ self.salience.embed([text])[0]) >= AWAY)

    def _practices(self) -> Iterator[Practice]:
        """Gather what people of a country said of a phase, where both are known."""
        codes = self.material.codes
        order = [each.id for each in codes.values() if each.dimension == "phase"]
        cells: dict[tuple[str, str], list[tuple[float, Turn, int, int]]] = {}
        for passage in self.material.counted:
            for code in passage.crossed:
                if code in order and passage.words >= SAYS and _practised(passage.text):
                    cells.setdefault((passage.person.country, code), []).append(
                        (-self.salience[passage], passage.turn, passage.start, passage.end)
                    )
        for (country, code), said in sorted(
            cells.items(), key=lambda each: (not each[0][0], each[0][0], order.index(each[0][1]))
        ):
            best = sorted(said, key=lambda each: (each[0], each[1].id, each[2]))[:QUOTED]
            quotes = []
            for _, turn, start, end in best:
                start, end = trimmed(turn.text, start, end)
                start, end = shortened(turn.text, start, end, LONGEST)
                quotes.append(self.ledger(turn, start, end, show=False))
            yield Practice(country, codes[code].name, tuple(dict.fromkeys(quotes)))

    # -- what cannot be told -----------------------------------------------------------------------

    def _notes(self) -> Iterator[str]:
        sessions = self.sessions
        if len(sessions) == 1:
            yield (
                "This programme has one session: nothing can have changed, been taken up again or "
                "been left unasked yet."
            )
            return
        dates = Counter(each.date for each in sessions)
        undated = [each.title or each.id for each in sessions if not each.date]
        if undated:
            yield (
                f"No date is known of {_listed(undated)}, so it is not told what came before or "
                "after, or what changed: write date = in session.toml."
            )
        elif any(count > 1 for count in dates.values()):
            yield "Some sessions have the same date; of these it is not told which came first."
        if self.material.unread:
            yield (
                f"{number(len(self.material.unread)).capitalize()} recordings or sessions are not "
                "in here, so nothing is said to have been dropped or left unasked."
            )
        guides = [each.title or each.id for each in sessions if not each.guide.sections]
        if guides:
            yield f"{_listed(guides)} had no guide, so what was not asked there is not told."


LONGEST, SAYS, QUOTED = 42, 8, 2
"""Words of a quote at most, of what is told of a practice at least; quotes of each of these."""

_SIDES: tuple[Side, ...] = (
    "for", "condition", "against", "doubt", "alternative", "yes", "no", "part",
)  # fmt: skip


def _standing(sides: Iterable[str]) -> Standing:
    taken = set(sides)
    if taken & _PRO and taken & _CON:
        return "divided"
    if taken & _CON:
        return "opposed"
    if taken & _PRO:
        return "supported"
    return "qualified" if taken & _BOUND else "proposed"


_OURS = re.compile(r"\b(?:we|our|us|at home|here)\b", re.IGNORECASE)
_VIEWS = re.compile(
    r"\b(?:should|would|could|must|might|ought|shall|will|need|let us|agree|support|propose|"
    r"suggest|recommend|think|hope|wish|if)\b|\?|['\u2019](?:d|ll)\b",
    re.IGNORECASE,
)


def _practised(text: str) -> bool:
    """Tell whether words say what is done at somebody's own place, and not what should be."""
    return bool(_OURS.search(text)) and not _VIEWS.search(text)


def _differ(one: Iterable[str], other: Iterable[str]) -> bool:
    """Tell whether sides have nothing in common: in favour, against, or between the two."""

    def camps(sides: Iterable[str]) -> set[frozenset[str]]:
        return {camp for camp in (_PRO, _CON, _BOUND) for side in sides if side in camp}

    return not camps(one) & camps(other)


def _meets(one: Slice, other: Slice) -> bool:
    """Tell whether two slices of a turn share most of the shorter one."""
    if (one.recording, one.turn) != (other.recording, other.turn):
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    return 2 * shared > min(one.end - one.start, other.end - other.start)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"\u201c{name}\u201d" for name in names)
