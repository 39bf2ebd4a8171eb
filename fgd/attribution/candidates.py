"""Hold everybody who could be meant, under every form their name is used in.

A *seat* is one participant with the institutions they speak for. A ``Mention`` is a place where a
seat's person or institution is named, with a strength per seat: a whole name is worth more than a
first name, and a form that several people share is worth less for each of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fgd.attribution.names import KINDS, SMALL, TITLES, fold, person_words, words
from fgd.core.nlp import nlp
from fgd.model import Institution, Participant

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

COMPANY = frozenset(
    "inc incorporated ltd limited plc corp corporation company co llc group".split()
)
HEADS = frozenset(
    "designer expert manager officer director specialist lead head chair president minister "
    "secretary executive inspector leader spokesperson commissioner ambassador coordinator "
    "adviser advisor analyst researcher representative delegate".split()
)
"""Words for what somebody is; what stands before them tells which one."""

LEADS = frozenset("chair chairman chairperson moderator facilitator convener manager host".split())
"""Words for who runs a meeting; they count where nobody is marked as facilitator."""

WHOLE, LAST, FIRST, PART, ALONE, LAND = 1.0, 0.9, 0.7, 0.6, 0.55, 0.5
"""How much of a match each form is; ``ALONE`` is a bare "Minister", which fits every minister, and
``LAND`` a country, which fits its whole delegation.
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """One participant. ``bodies`` are institution ids in order of rank; ``heard`` marks somebody
    known only from the talk, with what speaks for and against the name being one. ``leads`` is who
    runs the meeting, ``office`` a seat called after what its holder does.
    """

    index: int
    participant: Participant
    bodies: tuple[str, ...]
    heard: dict[str, float] = field(default_factory=dict)
    office: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a passage: tokens ``start..end``, what was named and how strongly it is whom."""

    start: int
    end: int
    kind: str
    form: str
    seats: tuple[tuple[int, float], ...]


class Directory:
    """Every seat and every form, ready to be looked up in passages."""

    def __init__(
        self,
        participants: Sequence[Participant],
        institutions: Sequence[Institution],
        lang: str = "en",
        heard: dict[str, dict[str, float]] | None = None,
    ) -> None:
        self.lang = lang
        self.institutions = {body.id: body for body in institutions}
        marked = any(p.role == "facilitator" for p in participants)
        self.seats = tuple(
            Seat(
                i,
                p,
                p.institutions,
                (heard or {}).get(p.id, {}),
                bool(self._called(p) & HEADS),
                p.role == "facilitator" or (not marked and bool(self._called(p) & LEADS)),
            )
            for i, p in enumerate(participants)
        )
        self._forms: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self._labels: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for seat in self.seats:
            self._person(seat)
        self._bodies()
        self._matcher = self._compile()
        self._lines: list[str] = []

    def add_title(self, seat: int, title: str) -> None:
        """Somebody was introduced under a title ("Minister for Education"): it names them now."""
        for form, strength in ((title, 0.95), *title_forms(title)):
            self._put("title", form, seat, strength)

    def names_of(self, seat: int) -> tuple[str, ...]:
        """Every name of a seat's institutions, acronyms among them."""
        found: list[str] = []
        for body in self.seats[seat].bodies:
            known = self.institutions.get(body)
            if known is not None:
                found += [n for n in (known.name, known.acronym, *known.aliases) if n]
        return tuple(found)

    def labels(self) -> list[str]:
        """One folded line per seat, to find near ones fast in a long roster."""
        if not self._lines:
            self._lines = [
                fold(" ".join((seat.participant.name, *self.names_of(seat.index))))
                for seat in self.seats
            ]
        return self._lines

    def ready(self) -> None:
        """Make titles that were added count."""
        self._matcher = self._compile()

    def find(self, doc: Doc, *, cased: bool = True) -> tuple[Mention, ...]:
        """Every mention, in order; of overlapping ones the longest is kept."""
        spans: dict[tuple[int, int], list[tuple[str, str]]] = {}
        for key, start, end in self._matcher(doc):
            if cased and not any(c.isupper() for c in doc[start:end].text):
                name = self._key(key)
                role = end - start > 1 and doc[end - 1].norm_ in HEADS
                if not any(
                    kind == "body" and (form == "part" or (role and form == "name"))
                    for kind, form in self._labels[name]
                ):
                    continue
            spans.setdefault((start, end), []).extend(self._labels[self._key(key)])
        kept: list[Mention] = []
        taken: set[int] = set()
        for (start, end), labels in sorted(spans.items(), key=lambda s: (s[0][0] - s[0][1], s[0])):
            if taken & set(range(start, end)):
                continue
            taken |= set(range(start, end))
            text = self._text(doc, start, end)
            for kind, form in labels:
                mention = self._mention(doc, start, end, kind, form, text)
                if mention is not None:
                    kept.append(mention)
        return tuple(sorted(kept, key=lambda m: (m.start, m.kind)))

    def titled(self, doc: Doc, start: int) -> bool:
        """Whether a title stands before a token: "Dr", "Minister", "the honourable member for"."""
        i = start - 1
        while i >= 0 and doc[i].text == ".":
            i -= 1
        return i >= 0 and doc[i].norm_.rstrip(".") in TITLES

    def _mention(
        self, doc: Doc, start: int, end: int, kind: str, form: str, text: str
    ) -> Mention | None:
        seats = self._forms.get((f"{kind}:{form}", text), {})
        if not seats:
            return None
        scale = self._fit(doc, start, end, form) if kind == "person" else 1.0
        alone = max(seats.values()) <= ALONE
        crowd = len(seats) ** 0.5 if kind == "person" or alone else 1.0
        ranked = tuple(sorted((i, min(1.0, s * scale) / crowd) for i, s in seats.items()))
        return Mention(start, end, kind, form, ranked)

    def _called(self, participant: Participant) -> set[str]:
        """The words of what a seat is called."""
        known = (self.institutions.get(body) for body in participant.institutions)
        return {fold(w).strip(",") for body in known if body for w in body.name.split()}

    def _fit(self, doc: Doc, start: int, end: int, form: str) -> float:
        """How well half a name fits where it stands; less where it is half of another name."""
        before = doc[start - 1] if start > 0 and not doc[start].is_sent_start else None
        after = doc[end] if end < len(doc) and not doc[end].is_sent_start else None
        if form == "whole":
            return 1.0
        if self.titled(doc, start):
            return 1.1 if form == "last" else 0.9
        glued = before is not None and before.text in "-–" and not before.whitespace_
        named = before is not None and before.text[0].isupper() and before.text != "I"
        if glued or (named and before is not None and before.i > 0 and not before.is_sent_start):
            return 0.3
        if form == "first" and after is not None and after.text[0].isupper() and after.text != "I":
            return 0.2
        return 1.0

    def _person(self, seat: Seat) -> None:
        names = (seat.participant.name, *seat.participant.aliases)
        for name in names:
            parts = [w for w in re.split(r"\s+", name.strip()) if w]
            while len(parts) > 1 and fold(parts[0]).rstrip(".") in TITLES:
                parts = parts[1:]
            parts = [p.strip(",") for p in parts]
            if not parts or not person_words(name):
                continue
            self._put("person:whole", " ".join(parts), seat.index, WHOLE)
            if len(parts) > 2:
                self._put("person:whole", f"{parts[0]} {parts[-1]}", seat.index, WHOLE)
            if len(parts) > 1:
                self._put("person:first", parts[0], seat.index, FIRST)
                for last in {parts[-1], " ".join(parts[1:])}:
                    if len(last.strip(".")) > 1:
                        self._put("person:last", last, seat.index, LAST)

    def _bodies(self) -> None:
        holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for seat in self.seats:
            for rank, body in enumerate(seat.bodies):
                holders[body].append((seat.index, 1.0 if rank == 0 else 0.9))
            land = seat.participant.country or next(
                (self.institutions[b].country for b in seat.bodies if b in self.institutions), ""
            )
            if land:
                self._put("body:country", land, seat.index, LAND)
        for body, seats in holders.items():
            institution = self.institutions.get(body)
            if institution is None:
                continue
            for form, kind, strength in body_forms(institution):
                for index, share in seats:
                    self._put(f"body:{kind}", form, index, strength * share)

    def _put(self, label: str, form: str, seat: int, strength: float) -> None:
        text = " ".join(fold(t.text) for t in nlp(self.lang).tokenizer(form))
        if len(text) < 2:
            return
        if label == "title":
            label = "body:title"
        seats = self._forms[label, text]
        seats[seat] = max(seats.get(seat, 0.0), strength)

    def _compile(self) -> PhraseMatcher:
        vocab = nlp(self.lang).vocab
        from spacy.matcher import PhraseMatcher
        from spacy.tokens import Doc

        matcher = PhraseMatcher(vocab, attr="NORM")
        self._labels = defaultdict(list)
        for label, text in self._forms:
            kind, form = label.split(":")
            if not self._labels[text]:
                doc = Doc(vocab, words=text.split(" "))
                for token in doc:
                    token.norm_ = token.text
                matcher.add(text, [doc])
            self._labels[text].append((kind, form))
        self._vocab = vocab
        return matcher

    def _key(self, key: int) -> str:
        return str(self._vocab.strings[key])

    def known(self, mentions: Iterable[Mention]) -> frozenset[int]:
        """The seats whose whole name is used somewhere among these mentions."""
        return frozenset(
            seat
            for m in mentions
            if m.kind == "person" and m.form == "whole"
            for seat, _ in m.seats
        )

    @staticmethod
    def clear(mention: Mention, known: frozenset[int]) -> Mention:
        """Half a name means whoever was introduced by the whole one: a first name that one person
        has is then as good as a surname, and one that several share is theirs.
        """
        among = [seat for seat, _ in mention.seats if seat in known]
        if mention.form == "first" and len(mention.seats) == 1 and among:
            seat, strength = mention.seats[0]
            return replace(mention, seats=((seat, min(1.0, strength * LAST / FIRST)),))
        if mention.kind != "person" or len(mention.seats) < 2 or not among:
            return mention
        crowd, rest = len(mention.seats) ** 0.5, len(among) ** 0.5
        seats = tuple(
            (seat, strength * crowd / rest if seat in known else strength * 0.3)
            for seat, strength in mention.seats
        )
        return replace(mention, seats=seats)

    @staticmethod
    def _text(doc: Doc, start: int, end: int) -> str:
        return " ".join(t.norm_ for t in doc[start:end])


def body_forms(institution: Institution) -> Iterable[tuple[str, str, float]]:
    """The forms an institution is named in: (text, kind of form, strength)."""
    for name in (institution.name, *institution.aliases):
        yield (name, "name", WHOLE)
        plain = re.sub(r"^[Tt]he\s+|\s*\([^)]*\)", "", name).strip()
        yield (plain, "name", WHOLE)
        parts = plain.split()
        while len(parts) > 1 and fold(parts[-1]).strip(".,") in COMPANY:
            parts = parts[:-1]
            yield (" ".join(parts).rstrip(","), "name", 0.95)
        for form, strength in title_forms(plain):
            yield (form, "part", strength)
        initials = "".join(w[0] for w in parts if fold(w) not in SMALL and w[0].isalpha())
        if len(initials) >= 3 and any(fold(w) in KINDS for w in parts):
            yield (initials.upper(), "acronym", 0.9)
    if institution.acronym:
        yield (institution.acronym, "acronym", WHOLE)
        if institution.acronym.isupper() and len(institution.acronym) <= 5:
            yield (" ".join(institution.acronym), "acronym", 0.9)


def title_forms(title: str) -> Iterable[tuple[str, float]]:
    """Short forms of what somebody is called: "Minister of Health" for a longer portfolio,
    "health minister", "marketing" for the marketing expert.
    """
    parts = title.split()
    heads = [i for i, w in enumerate(parts) if fold(w).strip(",") in HEADS]
    if not heads:
        return
    joint = next((i for i, w in enumerate(parts) if w in ("of", "for") and i > heads[0]), 0)
    if joint:
        head = " ".join(parts[:joint])
        yield (head, ALONE)
        fields = [
            f.strip()
            for f in re.split(r",| and (?=[A-Z])", " ".join(parts[joint + 1 :]))
            if f.strip()
        ]
        for i, area in enumerate(fields):
            area = re.sub(r"^(?:(?:Associate|Deputy)?\s*Minister (?:of|for) )", "", area)
            strength = 0.95 if i == 0 else 0.85
            yield (f"{head} of {area}", strength)
            yield (f"{head} for {area}", strength)
            yield (f"{area} {parts[heads[0]]}", strength - 0.1)
    elif heads[-1] == len(parts) - 1 and len(parts) > 1:
        before = parts[:-1]
        yield (" ".join(before), PART + 0.2)
        for word in before:
            if len(words(word)) and len(word) > 3:
                yield (f"{word} {parts[-1]}", PART + 0.2)
