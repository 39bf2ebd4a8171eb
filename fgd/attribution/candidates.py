"""Hold everybody who could be meant, under every form their name is used in.

A *seat* is one participant with the institutions they speak for. A ``Mention`` is a place where a
seat's person or institution is named, with a strength per seat: a whole name is worth more than a
first name, and a form that several people share is worth less for each of them.

Names that somebody wrote down, labels of a transcript or lines of a floor log, are matched as
people type them: "Noraini Hashim (RSSC)", "SCS_Intan", "Cmdr Salonga", "L. Benitez", "Guest",
"Meeting Room 2". What names a person or one person's institution is taken at its word; what names a
device or a room says nothing, or that several people share it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fgd.attribution.names import BEFORE_NAMES, KINDS, SMALL, body_words, fold, person_words, words
from fgd.core.nlp import leads, nlp
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
    runs the meeting, ``office`` the seat of somebody named who is called after what they do: office
    holders are asked and answer, as whoever has a part at a table need not.
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
                bool(p.name and self._called(p) & HEADS),
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
        """Return every name of a seat's institutions, acronyms among them."""
        found: list[str] = []
        for body in self.seats[seat].bodies:
            known = self.institutions.get(body)
            if known is not None:
                found += [n for n in (known.name, known.acronym, *known.aliases) if n]
        return tuple(found)

    def labels(self) -> list[str]:
        """Return one folded line per seat, to find near ones fast in a long roster."""
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
        """Return every mention, in order; of overlapping ones the longest is kept."""
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
        return i >= 0 and doc[i].norm_.rstrip(".") in BEFORE_NAMES

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
        """Return the words of what a seat is called."""
        known = (self.institutions.get(body) for body in participant.institutions)
        return {fold(w).strip(",") for body in known if body for w in body.name.split()}

    def _fit(self, doc: Doc, start: int, end: int, form: str) -> float:
        """Tell how well half a name fits where it stands; less where it is half of another name."""
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
            while len(parts) > 1 and fold(parts[0]).rstrip(".") in BEFORE_NAMES:
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
        """Return the seats whose whole name is used somewhere among these mentions."""
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
    """Return the forms an institution is named in: (text, kind of form, strength)."""
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


DEVICES = frozenset(
    "guest user host iphone ipad android phone laptop pc computer room meeting conference "
    "boardroom table desk hall zoom teams webex speaker unknown participant caller s spk voice "
    "admin recording interpreter interpretation channel female male man woman respondent "
    "interviewee panelist panellist attendee audience member unidentified unnamed "
    "anonymous".split()
)
"""Words of which a label that names nobody is made."""

PLATFORM = frozenset(
    "external guest unverified host co cohost presenter organizer organiser attendee me you he him "
    "his she her hers they them theirs".split()
)
"""What platforms and their users put in brackets behind a name: "(External)", "(she/her)"."""

SHARED = frozenset("room table hall boardroom conference desk".split())


FIRST_ON_LABEL = 0.6
"""How well a first name alone fits; less than the institution beside it where the two disagree."""

LEADING = 0.9
"""How sure "Moderator" is of the one facilitator on the roster."""

GIVEN_BODY, GIVEN_SOLE = 0.9, 0.82
"""How sure a label is of the institution it gives, and of that institution's only person listed:
a colleague may sit in for them, or share their device.
"""


@dataclass(frozen=True, slots=True)
class Match:
    """The seats a label may mean (one, or several of one institution) and how sure that is.

    ``body`` is set where the label gives an institution and no person. ``sole`` says that the one
    seat follows from nothing but being all who is listed for that institution.
    """

    seats: tuple[int, ...] = ()
    body: str = ""
    sure: float = 0.0
    sole: bool = False

    @property
    def seat(self) -> int:
        """The one seat meant, or -1."""
        return self.seats[0] if len(self.seats) == 1 and (self.sole or not self.body) else -1


def is_device(label: str) -> bool:
    """Tell whether a label names a device, a room or a number rather than somebody."""
    found = words(_split(label))
    if not found and any(c.isalpha() for c in label):
        return False  # a name in a script of its own
    return all(w in DEVICES or w.isdigit() or re.fullmatch(r"s?\d+", w) for w in found)


def nobody(label: str) -> bool:
    """Whether a label names nobody: a device, a number, or no more than who runs the meeting."""
    return is_device(label) or leads(label)


def is_room(label: str) -> bool:
    """Tell whether several people may sit behind a label."""
    return any(w in SHARED for w in words(_split(label))) and is_device(label)


def match_label(label: str, directory: Directory) -> Match:
    """Whom a label means; an empty match where it names nobody who is listed, or leaves a doubt."""
    if not label.strip() or is_device(label):
        return Match()
    if leads(label):
        chairs = tuple(s.index for s in directory.seats if s.participant.role == "facilitator")
        return Match(chairs, "", LEADING) if len(chairs) == 1 else Match()
    parts = set(words(_split(label)))
    named = _bodies(label, parts, directory)
    scored = []
    for seat in directory.seats:
        names = [n for n in (seat.participant.name, *seat.participant.aliases) if n]
        who = max((_person(parts, label, n) for n in names), default=0.0)
        theirs = not named.keys().isdisjoint(seat.bodies)
        if who and (theirs or who > FIRST_ON_LABEL or not named):
            scored.append((who + 0.5 * theirs, seat.index))
    if not scored:
        return _institution(parts, named, directory)
    best = max(score for score, _ in scored)
    top = tuple(index for score, index in scored if score >= best - 0.05)
    if len(top) == 1:
        return Match(top, "", min(0.99, 0.55 + 0.45 * min(1.0, best)))
    # Two people of that name at the institution on the label: it is that institution's.
    shared = set.intersection(*(set(directory.seats[i].bodies) for i in top)) & named.keys()
    return Match(top, min(shared), GIVEN_BODY) if len(shared) == 1 else Match()


def parts_of(label: str) -> tuple[str, str]:
    """Person and institution as a label prints them: "Noraini Hashim (RSSC)", "Noraini's iPad"."""
    owned = _OWNED.match(label)
    if owned:
        return (owned["before"] or owned["after"]).strip(), ""
    found = re.match(r"^(.*?)\s*[(\[]([^)\]]+)[)\]]\s*$", label)
    if found and all(word in PLATFORM for word in words(found.group(2))):
        return parts_of(found.group(1))
    if found:
        return found.group(1).strip(), found.group(2).strip()
    for mark in (" - ", " – ", " | ", " / ", ", "):
        if mark in label:
            person, _, body = label.partition(mark)
            if mark != ", " or _is_body(body.strip()):
                return person.strip(), body.strip()
    return label.strip(), ""


def _is_body(text: str) -> bool:
    """Tell whether what follows a comma is an institution; "Freitas, Joana" is one person."""
    return text.isupper() or len(text.split()) > 2 or bool(KINDS.intersection(words(text)))


_DEVICE = r"(?:iphone|ipad|macbook(?: pro| air)?|galaxy(?: \w+)?|android|phone|laptop|pc)"
_OWNED = re.compile(
    rf"(?:(?P<before>.*\w)['\u2019]s? {_DEVICE}\b.*"
    rf"|{_DEVICE} (?:von|van|de|di|of) (?P<after>\w.*))$",
    re.IGNORECASE,
)
"""Devices are named after their owners: "Noraini's iPad", "iPhone von Keo"."""


def _split(label: str) -> str:
    """Return a label with its joints opened: "SCS_Intan" -> "SCS Intan"."""
    return re.sub(r"[_\-/|.@]+|(?<=[a-z])(?=[A-Z])", " ", label)


def _person(parts: set[str], label: str, name: str) -> float:
    """How well a label fits a name: whole, surname with initial, surname or first name alone."""
    mine = person_words(name)
    if fold(name) == fold(label):  # in any script
        return 1.0
    if not mine:
        return 0.0
    if all(w in parts for w in mine):
        return 1.0
    last, first = mine[-1], mine[0]
    if last in parts and len(last) > 1 and len(mine) > 1:
        rest = parts - {last}
        if any(len(w) == 1 and w == first[0] for w in rest):
            return 0.9
        if not any(len(w) == 1 and w != first[0] for w in rest):
            return 0.75
    if first in parts and len(first) > 2 and len(mine) > 1:
        return FIRST_ON_LABEL
    return 0.0


def _bodies(label: str, parts: set[str], directory: Directory) -> dict[str, frozenset[str]]:
    """The institutions a label names, each with the words of the longest form found in it."""
    found: dict[str, frozenset[str]] = {}
    for body in directory.institutions.values():
        for name in (body.name, body.acronym, *body.aliases):
            carrying = body_words(name) if name else ()
            if carrying and (parts.issuperset(carrying) or fold(name) == fold(label)):
                found[body.id] = max(found.get(body.id, frozenset()), frozenset(carrying), key=len)
    return found


def _institution(parts: set[str], named: dict[str, frozenset[str]], directory: Directory) -> Match:
    """A label without a person: its institution, and who that can only be, if it says no more."""
    longest = max((len(said) for said in named.values()), default=0)
    best = [body for body, said in named.items() if len(said) == longest]
    if len(best) != 1:
        return Match()
    holders = tuple(seat.index for seat in directory.seats if best[0] in seat.bodies)
    # "Bolat PBT" is somebody else of that institution, and "PBT 2" one of several.
    if len(holders) == 1 and not parts - named[best[0]] - SMALL:
        return Match(holders, best[0], GIVEN_SOLE, sole=True)
    return Match(holders, best[0], GIVEN_BODY)
