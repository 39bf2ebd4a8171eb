"""Make the edition for each kind of readers: what it may say under the session's rule."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from fgd.core.errors import GateError
from fgd.core.settings import BriefSettings
from fgd.decisions.circulation import quote_key
from fgd.disclosure.doubts import MARK, Harmless
from fgd.disclosure.leaks import hits
from fgd.disclosure.linkage import Linked, in_no_order, linked, outsiders
from fgd.disclosure.redaction import (
    LEAST_WORDS,
    Redactor,
    is_reworded,
    left,
    says_enough,
    suppressed,
    without_few,
)
from fgd.disclosure.secrets import secrets
from fgd.disclosure.words import Secret, country_forms, folded
from fgd.model import (
    SIDED,
    Account,
    Answer,
    Breakouts,
    Brief,
    Contribution,
    Disclosure,
    Edition,
    Extract,
    Fact,
    Finding,
    Gap,
    Grid,
    Matter,
    Mention,
    Presence,
    Promise,
    Registry,
    Rule,
    Session,
    Span,
    Spoken,
    Summary,
    Theme,
    Tie,
    reported,
)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person let go and took out, as it is said in the talk, what they say instead, and
    which edition (by its ``fingerprint``) they released when; ``number`` counts the releases.
    ``quotes`` are let go whole although they can be assigned, ``no_quotes`` never printed, both by
    the hash of their words. ``left_out`` are recordings and times of which their speakers asked
    that nothing is passed on.
    """

    released: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    reworded: tuple[tuple[str, str], ...] = ()
    quotes: tuple[str, ...] = ()
    no_quotes: tuple[str, ...] = ()
    edition: str = ""
    when: str = ""
    number: int = 0
    left_out: tuple[tuple[str, Span], ...] = ()

    def leaves_out(self, extract: Extract, around: int = 0) -> bool:
        """Tell whether a quote, or what lies ``around`` it in ms, has words that are left out."""
        return any(
            recording == source.recording
            and span.overlaps(
                Span(max(0, source.span.start - around), source.span.end + max(around, 1))
            )
            for recording, span in self.left_out
            for source in extract.sources
        )


NOTHING = Decided()

AROUND = 120_000
"""Milliseconds around a quote within which the words beside it were said."""

DRAFT = "DRAFT for the rapporteur: nobody has released this edition. Do not pass it on."
RELEASED = "Version {}, released by the rapporteur on {}."

WITHHELD: dict[Rule, str] = {
    "named": "",
    "institution": "This edition names institutions and no persons. What would identify a person "
    "is withheld, also inside quotations.",
    "category": "This edition names categories of participants and neither persons nor "
    "institutions. What would identify them is withheld, also inside quotations.",
    "chatham-house": "This edition follows the Chatham House Rule: it reveals neither the identity "
    "nor the affiliation of any participant. Names, institutions, roles and countries that "
    "would do so are withheld, also inside quotations.",
}


def edition(
    brief: Brief,
    kind: Edition,
    session: Session,
    forbidden: Sequence[Secret] = (),
    settings: BriefSettings | None = None,
    decided: Decided = NOTHING,
    public: Mapping[str, str] | None = None,
) -> Brief:
    """Make the edition of a brief for its readers.

    ``internal`` is the brief as it is. ``circulation`` holds what the session's rule allows and
    nothing else; ``forbidden`` are secrets besides those that the session itself names, such as
    spellings found in the transcript. Under rules that hide institutions a quote keeps only what is
    known to be harmless, see ``fgd.disclosure.doubts``; ``decided`` is what a person let go or took
    out. A finding whose proposition says too little then is left out, and counted.
    Raises ``GateError`` for a circulation edition of a session without recorded consent.
    """
    if kind == "internal":
        return replace(brief, edition="internal")
    return circulated(brief, session, forbidden, settings, decided, public)[0]


def circulated(
    brief: Brief,
    session: Session,
    forbidden: Sequence[Secret] = (),
    settings: BriefSettings | None = None,
    decided: Decided = NOTHING,
    public: Mapping[str, str] | None = None,
) -> tuple[Brief, Linked]:
    """Make the circulation edition, and find the quotes that can be assigned to whoever said them.

    ``public`` is what the same people said in public before, by name. Quotes that can be assigned
    are left out until a person let them go; the ids of both are those of the brief.
    """
    if not session.consent.recorded:
        raise GateError(
            "no circulation edition is made, because no consent is recorded.",
            where=f"{session.id}/session.toml",
            place="[consent]",
            remedy="Write recorded = true under [consent] in session.toml once you have it.",
        )
    chosen = settings or BriefSettings()
    rule = session.disclosure.rule
    redact = redactor(session, forbidden, chosen, decided)
    labels = Labels(rule, brief.presence, chosen.category_minimum)
    least = chosen.category_minimum
    no = frozenset(
        each.id
        for each in brief.extracts
        if key_of(each) in decided.no_quotes or decided.leaves_out(each)
    )
    # What is said around a quote may be what its speaker took back.
    bare = frozenset(each.id for each in brief.extracts if decided.leaves_out(each, AROUND))
    retelling = Retelling(brief, session.disclosure, redact, labels, least, no, bare)
    told, found = retelling(), Linked()
    if redact.harmless:
        truth = {each.id: each.who.partition("/")[2] for each in brief.extracts}
        room = outsiders(session, public or {})
        found = linked(told, truth, room, chosen.k_anonymity)
        free = {each.id for each in brief.extracts if key_of(each) in decided.quotes}
        if held := frozenset(found.chances) - free:
            retelling = Retelling(brief, session.disclosure, redact, labels, least, no | held, bare)
            told = retelling()
        told, names = in_no_order(told)
        found = replace(found, names=names)
    notes = [note for note in (WITHHELD[rule], *retelling.notes()) if note]
    made = replace(told, edition="circulation", reading=(*notes, *told.reading))
    if rule == "named":
        return made, found
    let_go = bool(decided.edition) and decided.edition == fingerprint(made)
    status = RELEASED.format(decided.number, decided.when[:10]) if let_go else DRAFT
    return replace(made, status=status), found


def key_of(extract: Extract) -> str:
    """Return the key by which a decision names a quote of a brief."""
    return quote_key("".join(piece.text for piece in extract.pieces if piece.said))


def attacked(brief: Brief, found: Linked, decided: Decided, k: int) -> Brief:
    """Add what came out of the attack on the other edition to the annex of the internal one."""
    if not found.of:
        return brief
    let_go = sum(key_of(e) in decided.quotes for e in brief.extracts if e.id in found.chances)
    many = len(found.chances)
    value = (
        f"{many} of {found.of}, by somebody who has the list of {found.people} people and what "
        f"they said in public sessions of this project (k = {k}); {let_go} let go by a person, the "
        "others are not in the circulation edition"
    )
    fact = Fact("Quotations of the circulation edition that could be assigned", value, private=True)
    return replace(brief, method=(*brief.method, fact))


def redactor(
    session: Session,
    forbidden: Sequence[Secret],
    settings: BriefSettings,
    decided: Decided = NOTHING,
) -> Redactor:
    """Make the redactor that takes out of a text whatever the session's rule withholds."""
    own = secrets(session, may_be_named=settings.may_be_named)
    homes = {person.country for person in session.participants}
    homes |= {body.country for body in session.institutions}
    return Redactor(
        session.disclosure.rule,
        tuple(dict.fromkeys((*own, *_assessed(session), *forbidden))),
        tuple(sorted(home for home in homes if home and home not in settings.may_be_named)),
        harmless(session, (*own, *forbidden), settings, decided),
    )


def typed(brief: Brief) -> Iterable[tuple[str, str]]:
    """List what people typed and an edition prints: where it stands, and each text once."""
    texts = {brief.title: "title", brief.purpose: "title of the guide"}
    for fact in (*brief.masthead, *brief.method):
        if fact.label in TYPED and not fact.private:
            texts.setdefault(fact.value, fact.label.partition(" (")[0].lower())
    for account in brief.accounts:
        texts.setdefault(account.title, "guide")
    for theme in brief.themes:
        texts.setdefault(theme.title, "theme")
    return [(where, text) for text, where in texts.items() if text]


def fingerprint(edited: Brief) -> str:
    """Hash what an edition says, whether or not somebody has released it."""
    said = repr(replace(edited, status=""))
    if not edited.breakouts:  # as it was before there were tables: what is released stays so
        said = said.removesuffix(f", breakouts={Breakouts()!r})") + ")"
    return hashlib.sha256(said.encode()).hexdigest()


def harmless(
    session: Session,
    forbidden: Sequence[Secret],
    settings: BriefSettings,
    decided: Decided = NOTHING,
) -> Harmless | None:
    """Collect what is known to be harmless in a session; nothing under rules that name bodies.

    The words of the guide are harmless unless they are part of a secret or a delegate's country,
    or stand in a text that names somebody: what is asked of one person points to that person.
    """
    if session.disclosure.rule not in ("category", "chatham-house"):
        return None
    sections = session.guide.sections
    texts = [each.title for each in sections]
    texts += [line for each in sections for line in each.text.splitlines()]
    texts += [text for each in sections for text in (*each.probes, *each.listen_for)]
    texts = [text for text in texts if not hits(text, forbidden)]
    homes = {person.country for person in session.participants}
    homes |= {body.country for body in session.institutions}
    secret = {token for each in forbidden for token in each.tokens}
    secret |= {word for home in homes for form in country_forms(home) for word in folded(form)}
    free = {word for name in settings.may_be_named for word in folded(name)}
    known = {word for text in texts for word in folded(text)} - secret
    known |= {day[:4] for day in session.date.split()}  # the edition says when it was
    languages = session.languages
    read = not languages or any(each.casefold().startswith("en") for each in languages)
    return Harmless(
        frozenset(known | free), decided.released, decided.withheld, read, decided.reworded
    )


def _assessed(session: Session) -> tuple[Secret, ...]:
    """List the titles of national assessments, where institutions are hidden: who speaks to
    "Verano: sea and registry" speaks for Verano, even where several came from there.
    """
    if session.disclosure.rule not in ("category", "chatham-house"):
        return ()
    sections = (each for each in session.guide.sections if each.kind == "national assessment")
    return tuple(Secret(each.title, "country") for each in sections if each.title)


TYPED = frozenset(
    ("Event", "Programme", "Place", "Conveners", "Rapporteur", "Setting (14)", "Setting")
)
"""Facts whose values people wrote into ``session.toml``."""

UNSTABLE = "Themes that change when computed again"
"""The fact that lists themes by their names, which are words of the talk or typed by people."""

SOMEBODY, SOMEONE = "a participant", "a person"
CHAIR = "the chair"


class Labels:
    """Names speakers as far as the rule goes; ``least`` people make a group that may be named."""

    def __init__(self, rule: Rule, presence: Sequence[Presence], least: int) -> None:
        self.rule = rule
        self.least = least
        self.by_key = {each.key: each for each in presence}
        heard = [each for each in presence if each.role not in ("facilitator", "observer")]
        self.people = Counter(each.category for each in heard if each.category)

    def __call__(self, key: str) -> str:
        """Label a speaker: ``Delta Institute``, ``a participant (think tank)``, or plainly."""
        who = self.by_key.get(key)
        if who is None:
            return SOMEBODY
        if who.role == "facilitator":
            return CHAIR
        if self.rule == "named":
            return f"{who.label} ({who.institution})" if who.institution else who.label
        if self.rule == "institution":
            return who.institution or "a participant, institution not known"
        if self.rule == "category" and self.people[who.category] >= self.least:
            return f"{SOMEBODY} ({who.category})"
        return SOMEBODY

    def many(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Label several people, each label once, with how many bear it."""
        count = Counter(self(key) for key in keys)
        return tuple(
            label if number == 1 or label == CHAIR else f"{_plural(label)} ({number})"
            for label, number in count.items()
        )


def _plural(label: str) -> str:
    return label.replace(SOMEBODY, "participants", 1)


MINUTE = 60_000
BY_BODY = frozenset({"theme-institution"})
BY_HOME = frozenset({"theme-country"})


class Retelling:
    """Builds the circulation edition piece by piece; what it does not copy is not there."""

    def __init__(
        self,
        brief: Brief,
        disclosure: Disclosure,
        redact: Redactor,
        labels: Labels,
        least: int,
        held: frozenset[str] = frozenset(),
        bare: frozenset[str] = frozenset(),
    ) -> None:
        self.brief = brief
        self.disclosure = disclosure
        self.rule = disclosure.rule
        self.redact = redact
        self.labels = labels
        self.least = least
        self.held = held
        self.bare = bare
        self._renamed: dict[str, str] = {}
        titles = [(each.title, each.codes) for each in brief.themes]
        titles += [(each.title, (each.section,)) for each in brief.accounts]
        self._own = {
            each.section
            for each in brief.accounts
            if self._hides_bodies and each.kind in ("national assessment", "expert intervention")
        }
        self._telling = {
            key for title, keys in titles if redact.typed(title) != title for key in keys
        }
        told = {each.id: self._extract(each) for each in brief.extracts}
        keep = {each.extract for each in brief.findings}
        self._whole = {e.id for e in brief.extracts if e.text == told[e.id].text}
        self._doubtful = {
            name for name, each in told.items() if any(piece.text == MARK for piece in each.pieces)
        }
        self._clear = told.keys() - self._doubtful
        self.extracts = {
            name: each
            for name, each in told.items()
            if name not in held
            and (left(each.pieces) >= LEAST_WORDS or name in keep or name in self._whole)
        }
        self._said = {each.id: each.text for each in brief.extracts}
        said = [
            each
            for each in brief.findings
            if each.extract not in held
            and says_enough(told[each.extract].pieces, self._said[each.extract])
        ]
        self.waiting = len(brief.findings) - len(said)
        self.findings = tuple(map(self._finding, said))
        self.contributions = tuple(self._contributions())
        self.themes = tuple(map(self._theme, brief.themes))
        used = self._used()
        self.extracts = {name: each for name, each in self.extracts.items() if name in used}

    def __call__(self) -> Brief:
        """Copy the whole brief as far as the rule allows."""
        brief, tell = self.brief, self.redact
        return Brief(
            id="" if tell.touches(brief.id) or self._hides_bodies else brief.id,
            title=tell.typed(brief.title),
            kind=brief.kind,
            disclosure=self.disclosure,
            language=brief.language,
            status=brief.status,
            purpose=tell.typed(brief.purpose),
            masthead=self._facts(brief.masthead),
            glance=brief.glance,
            reading=tuple(map(tell, brief.reading)),
            accounts=tuple(map(self._account, brief.accounts)),
            summaries=tuple(map(self._summary, brief.summaries)),
            findings=self.findings,
            contributions=self.contributions,
            gaps=tuple(map(self._gap, brief.gaps)),
            themes=self.themes,
            grids=tuple(each for grid in brief.grids for each in self._grid(grid)),
            presence=self._presence(),
            strip=tuple(replace(each, label=tell.typed(each.label)) for each in brief.strip)
            if self.disclosure.time_codes
            else (),
            participants=self._participants(),
            doubts=self._facts(brief.doubts),
            method=self._facts(brief.method),
            registry=self._registry(),
            extracts=tuple(self.extracts.values()),
            breakouts=self._breakouts(),
        )

    def _breakouts(self) -> Breakouts:
        """Copy the comparison of tables; where few sat at one of them, there is none at all: what
        is left over would tell of that one.
        """
        told = self.brief.breakouts
        if not told or self._tables_tell:
            return Breakouts()
        names: dict[str, str] = {"": ""}
        for number, table in enumerate(told.tables, 1):
            same = self.redact.typed(table.name) == table.name
            names[table.name] = table.name if same else f"Table {number}"
        ids = {each.id for each in self.findings}
        named = self.rule in ("named", "institution")

        def kept(found: Iterable[str]) -> tuple[str, ...]:
            return tuple(name for name in found if name in ids)

        people = [tuple(each.people for each in spoken) for _, spoken in told.sections]
        if self._hides_bodies:
            columns = tuple(each.name for each in told.tables)
            sizes = {each.name: each.people or self.least for each in told.tables}
            rows = tuple(title for title, _ in told.sections)
            grid = Grid("tables", "", "", rows, columns, tuple(people))
            people = [row for each in suppressed(grid, sizes, self.least) for row in each.values]

        # That nobody spoke to a section at one table would tell how few did at the others.
        few = {
            name
            for (_, row), counts in zip(told.sections, people, strict=True)
            if Grid.WITHHELD in counts
            for each in row
            for name in each.findings
        }

        def spoken(each: Spoken, count: int) -> Spoken:
            hidden = count == Grid.WITHHELD
            spent = each.spent if self.disclosure.time_codes else _whole_minutes(each.spent)
            return replace(
                each,
                table=names[each.table],
                asked=each.asked and not hidden,
                people=count,
                words=0 if hidden else each.words,
                spent=0 if hidden else spent,
                findings=kept(each.findings),
            )

        return Breakouts(
            tuple(
                replace(
                    each,
                    name=names[each.name],
                    speech=each.speech
                    if self.disclosure.time_codes
                    else _whole_minutes(each.speech),
                    findings=kept(each.findings),
                    who=(),
                    speakers=self.labels.many(each.who) if named else (),
                    note=self.redact(each.note),
                )
                for each in told.tables
            ),
            tuple(
                (self.redact.typed(title), tuple(map(spoken, row, counts)))
                for (title, row), counts in zip(told.sections, people, strict=True)
            ),
            tuple(
                replace(
                    each,
                    table=names[each.table],
                    also=tuple((names[table], name) for table, name in each.also if name in ids),
                    silent=tuple(names[table] for table in each.silent),
                    unasked=() if each.finding in few else tuple(names[t] for t in each.unasked),
                )
                for each in told.contrasts
                if each.finding in ids
            ),
            tuple(
                replace(
                    each,
                    table=names[each.table],
                    who="",
                    speaker=self.labels(each.who),
                    said=said,
                )
                for each in told.reports
                if (
                    said := tuple(
                        (name, finding if finding in ids else "", near if finding in ids else 0.0)
                        for name, finding, near in each.said
                        if name in self.extracts
                    )
                )
            ),
        )

    @property
    def _tables_tell(self) -> bool:
        """Whether it would tell who spoke to say at which table: few sat there, or few of a
        category that is named.
        """
        told = self.brief.breakouts
        if not self._hides_bodies:
            return False
        groups = [each.people for each in told.tables]
        if self.rule == "category":
            groups += [
                count
                for each in told.tables
                for label, count in Counter(map(self.labels, each.who)).items()
                if label != SOMEBODY
            ]
        return any(0 < count < self.least for count in groups)

    def notes(self) -> Iterable[str]:
        """List the notes on what is missing."""
        if not self.redact.harmless:
            return
        cut = sum(any(not piece.said for piece in each.pieces) for each in self.extracts.values())
        own = sum(any(map(is_reworded, each.pieces)) for each in self.extracts.values())
        if own:
            many = "quotation has" if own == 1 else "quotations have"
            yield (
                f"{own} {many} words of the rapporteur in square brackets, which nobody said, in "
                "the place of words that would have told who spoke."
            )
        if cut:
            yield (
                f"Of {len(self.extracts)} quotations {cut} are printed without words of which "
                "nobody has confirmed that they reveal nobody."
            )
        gone = self._doubtful.difference(self.extracts, self.held)
        if gone:
            one = len(gone) == 1
            many, are = ("quotation", "is") if one else ("quotations", "are")
            yield f"{len(gone)} {many} of which words are in doubt {are} left out."
        if self.held:
            many = "quotation is" if len(self.held) == 1 else "quotations are"
            yield (
                f"{len(self.held)} {many} left out because somebody who knows the participants "
                "could tell who spoke, or because a person withheld them."
            )
        if self._tables_tell:
            yield (
                f"The tables are not told apart, because fewer than {self.least} people sat at one "
                "of them, or fewer of one category."
            )
        if self.waiting:
            many = "finding is" if self.waiting == 1 else "findings are"
            yield f"{self.waiting} {many} left out until somebody has looked at the words."

    @property
    def _hides_bodies(self) -> bool:
        return self.rule in ("category", "chatham-house")

    def _best(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return those of quotes beside each other which are printed: where nothing of one of
        them is in doubt, only such, and else the one of which most is left.
        """
        here = self._names(names)
        clear = tuple(name for name in here if name in self._clear)
        if clear or not self._hides_bodies:
            return clear if self._hides_bodies else here
        return tuple(sorted(here, key=lambda name: -left(self.extracts[name].pieces))[:1])

    def _used(self) -> set[str]:
        """Select the quotes that the edition may show or list; words whose side would tell who it
        was are not among them.
        """
        names = {answer.extract for each in self.findings for answer in each.answers}
        for each in self.findings:
            names |= {each.extract, *each.again, *each.later}
        names |= {each.extract for each in self.brief.summaries}
        names |= set(self.brief.registry.extracts) if self.brief.registry else set()
        for statement in self.contributions:
            names |= {*statement.prompt, *statement.extracts, *statement.decisions}
        for theme in self.themes:
            names |= set(theme.extracts)
        told = self.brief.breakouts
        if told and not self._tables_tell:
            names |= {name for report in told.reports for name, _, _ in report.said}
        return names | {name for gap in self.brief.gaps for name in gap.extracts}

    def _extract(self, extract: Extract) -> Extract:
        switches = self.disclosure
        pieces = tuple(
            told
            for piece in extract.pieces
            for told in (self.redact.pieces(piece.text, spoken=True) if piece.said else (piece,))
        )
        context = not self._hides_bodies and extract.id not in self.bare
        # A clip speaks whatever the text withholds.
        whole = [piece.text for piece in pieces] == [piece.text for piece in extract.pieces]
        return Extract(
            id=extract.id,
            pieces=pieces,
            speaker=self.labels(extract.who),
            place=extract.place if switches.time_codes else "",
            codes=self._keys(extract.codes),
            before=self._spoken(extract.before) if context else "",
            after=self._spoken(extract.after) if context else "",
            clip=extract.clip if switches.audio_clips and whole else "",
            corrected=self._spoken(extract.corrected),
        )

    def _spoken(self, text: str) -> str:
        return "".join(piece.text for piece in self.redact.pieces(text, spoken=True))

    def _key(self, key: str) -> str:
        """Return the id of a theme or section, replaced where its title tells: ids are made of
        titles.
        """
        said = re.sub(r"[-_.]+", " ", key)
        tells = key in self._telling or self.redact.touches(key)
        if not tells and self.redact.typed(said) == said:
            return key
        return self._renamed.setdefault(key, f"withheld-{len(self._renamed) + 1}")

    def _keys(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._key, keys))

    def _names(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name in self.extracts)

    def _finding(self, finding: Finding) -> Finding:
        """Copy who put it and who answered, as the rule allows; nobody is told apart."""
        return replace(
            finding,
            proposition="" if self._hides_bodies else finding.proposition,
            codes=self._keys(finding.codes),
            section=Finding.APART if finding.section in self._own else self._key(finding.section),
            who="",
            speaker=self._label(finding.who, finding.speaker),
            addressee=self._addressee(finding),
            answers=tuple(self._answer(each, finding) for each in finding.answers),
            later=self._later(finding),
            further=() if self._hides_bodies else finding.further,
            by="",
            candidates=(),
        )

    def _later(self, finding: Finding) -> tuple[str, ...]:
        """Return later words of whoever put it; those of others would tell that two quotes are of
        one person, and no edition says whose they are.
        """
        said_by = {each.id: each.who for each in self.brief.extracts}
        mine = tuple(name for name in finding.later if said_by.get(name) == finding.who)
        return () if self._hides_bodies and {*mine} - self._clear else mine

    def _addressee(self, finding: Finding) -> str:
        """Return who is asked to act, unless its words are withheld in the proposition itself."""
        words, quote = finding.addressee, finding.extract
        cut = words in self._said[quote] and words not in self.extracts[quote].text
        return "" if cut or not self.redact.may_say(words) else words

    def _answer(self, answer: Answer, finding: Finding) -> Answer:
        """Copy an answer. A side that few took is told without words if any of them are withheld:
        the side and what is left of the words would together tell who it was. Of more people those
        are quoted whose words are whole.
        """
        same = finding.side(answer.side)
        few = len(same) < self.least and answer.side in SIDED
        speaks = few and self.rule != "named" and answer.extract not in self._whole
        speaks = speaks or answer.extract in self.held
        return replace(
            answer,
            who="",
            speaker=self._grouped(answer, same),
            extract="" if speaks else answer.extract,
            shown=not speaks and answer.extract in self._quoted(same),
            quoted_in="" if speaks else answer.quoted_in,
            by="",
        )

    def _quoted(self, same: Sequence[Answer]) -> set[str]:
        """Return the answers of one side that are quoted: those without doubts, or one."""
        shown = [each.extract for each in same if each.shown]
        clear = self._clear.intersection(shown)
        if clear or not shown or not self._hides_bodies:
            return clear if self._hides_bodies else set(shown)
        if same[0].side == "open":  # nothing rests on it
            return set()
        return set(self._best([each.extract for each in same])[:1])

    def _label(self, who: str, speaker: str) -> str:
        return CHAIR if speaker == CHAIR else self.labels(who)

    def _grouped(self, answer: Answer, same: Iterable[Answer]) -> str:
        """Return a label; of a category whose people all took one side it is not said that they
        did.
        """
        label = self._label(answer.who, answer.speaker)
        whole = self.labels.people.get(label.removeprefix("a participant (").removesuffix(")"), 0)
        alike = sum(1 for each in same if self.labels(each.who) == label)
        return "a participant" if self.rule == "category" and 0 < whole <= alike else label

    def _summary(self, summary: Summary) -> Summary:
        return replace(
            summary,
            who="",
            speaker=self._label(summary.who, summary.speaker),
            section=self._key(summary.section),
        )

    def _theme(self, theme: Theme) -> Theme:
        named = self.rule in ("named", "institution")
        return replace(
            theme,
            codes=self._keys(theme.codes),
            section=self._key(theme.section),
            title=self.redact.typed(theme.title),
            why=self.redact.typed(theme.why),
            spoke=replace(theme.spoke, who=()),
            speakers=self.labels.many(theme.spoke.who) if named else (),
            extracts=()
            if set(theme.extracts) - self._clear and self._hides_bodies
            else self._names(theme.extracts),
        )

    def _contributions(self) -> Iterable[Contribution]:
        """Copy or leave out statements made for a country: each is an affiliation by itself; and
        those of experts, of whom every programme tells who spoke on what.
        """
        for each in self.brief.contributions:
            if self._hides_bodies and each.kind in ("national assessment", "expert intervention"):
                continue
            label = self.labels(each.who[0]) if len(each.who) == 1 else ""
            title = self.redact.typed(each.title)
            if each.kind == "statement" and self.rule != "named":
                title = label[:1].upper() + label[1:]
            extracts = self._best(each.extracts)
            if self._hides_bodies and self._clear.intersection(each.decisions):
                extracts = tuple(name for name in extracts if name in self._clear)
            yield replace(
                each,
                title=title,
                codes=self._keys(each.codes),
                speakers=self.labels.many(each.who),
                who=(),
                prompt=self._names(each.prompt),
                extracts=extracts,
                decisions=self._names(each.decisions),
            )

    def _registry(self) -> Registry:
        """Copy what a programme remembers. Where bodies are hidden nothing says in which session
        words were said, or which were said before which, because whoever knows who sat there could
        tell who said them; positions of institutions and practices of countries are affiliations by
        themselves.
        """
        kept = self.brief.registry
        if not kept:
            return kept
        named = not self._hides_bodies
        texts = {each.id: self.extracts[each.extract].text for each in self.findings}
        texts |= {
            each.id: self.extracts[each.extract].text
            for each in self.brief.summaries
            if each.extract in self.extracts
        }
        matters = (self._matter(each, texts) for each in kept.matters)
        return replace(
            kept,
            sessions=tuple(
                replace(each, title=self.redact.typed(each.title)) for each in kept.sessions
            ),
            matters=tuple(each for each in matters if each.mentions),
            promises=tuple(
                self._promise(each)
                for each in kept.promises
                if each.extract in (self.extracts.keys() & self._whole)
            ),
            positions=tuple(
                replace(each, extracts=self._names(each.extracts))
                for each in kept.positions
                if named and each.finding in texts
            ),
            unasked=tuple(
                replace(each, title=self.redact.typed(each.title)) for each in kept.unasked
            ),
            practices=tuple(
                replace(each, extracts=names)
                for each in kept.practices
                for names in (self._names(each.extracts),)
                if named and names
            ),
            notes=tuple(map(self.redact.typed, kept.notes)),
        )

    def _matter(self, matter: Matter, texts: Mapping[str, str]) -> Matter:
        """Copy a matter with those of its mentions that the edition tells."""
        told = [each for each in matter.mentions if (each.finding or each.summary) in texts]
        mentions: list[Mention] = []
        for each in told:
            tie = each.tie if mentions else Tie()
            words = folded(texts[each.finding or each.summary])
            mentions.append(
                replace(
                    each,
                    session=0 if self._hides_bodies else each.session,
                    tie=self._tie(tie, words) if tie else tie,
                )
            )
        if self._hides_bodies:
            mentions.sort(key=lambda each: texts[each.finding or each.summary])
        whole = len(told) == len(matter.mentions) and not self._hides_bodies
        return replace(
            matter,
            mentions=tuple(mentions),
            since=matter.since if whole else "",
            by=SOMEONE if matter.by else "",
        )

    def _tie(self, tie: Tie, words: Sequence[str]) -> Tie:
        shared = tuple(each for each in tie.words if each in words)
        return replace(tie, words=shared, by=SOMEONE if tie.by else "")

    def _promise(self, promise: Promise) -> Promise:
        text = self.extracts[promise.extract].text
        later = tuple(
            replace(
                each,
                who="",
                speaker=self.labels(each.who),
                tie=self._tie(each.tie, folded(self.extracts[each.extract].text)),
            )
            for each in promise.later
            if each.extract in self.extracts and not self._hides_bodies
        )
        return replace(
            promise,
            when=promise.when if promise.when in text else "",
            who="",
            speaker=self.labels(promise.who),
            session=0 if self._hides_bodies else promise.session,
            later=later,
            by=SOMEONE if promise.by else "",
        )

    def _gap(self, gap: Gap) -> Gap:
        return replace(
            gap,
            section=self._key(gap.section),
            title=self.redact.typed(gap.title),
            note=self.redact.typed(gap.note),
            extracts=self._names(gap.extracts),
        )

    def _account(self, account: Account) -> Account:
        """Copy times to the minute, so that they cannot be laid beside somebody's own notes."""
        rounded = account.spent if self.disclosure.time_codes else _whole_minutes(account.spent)
        return replace(
            account,
            section=self._key(account.section),
            title=self.redact.typed(account.title),
            text=self.redact.typed(account.text),
            note=self.redact.typed(account.note),
            spent=rounded,
        )

    def _grid(self, grid: Grid) -> tuple[Grid, ...]:
        if self._hides_bodies and grid.id in BY_BODY | BY_HOME:
            return ()
        keep = [n for n, column in enumerate(grid.columns) if not self.redact.touches(column)]
        if grid.id == "proposal-side":
            told_ids = {each.id for each in self.findings}
            rows = [n for n, row in enumerate(grid.rows) if row in told_ids]
            grid = replace(
                grid,
                rows=tuple(grid.rows[n] for n in rows),
                values=tuple(grid.values[n] for n in rows),
            )
        told = replace(
            grid,
            title=self.redact.typed(grid.title),
            rows=grid.rows
            if grid.id == "proposal-side"
            else tuple(map(self.redact.typed, grid.rows)),
            columns=tuple(grid.columns[n] for n in keep),
            values=tuple(tuple(row[n] for n in keep) for row in grid.values),
        )
        if grid.id == "theme-category" and self.rule != "named":
            found = suppressed(told, self.labels.people, self.least)
            cells = {cell for each in found for row in each.values for cell in row}
            return () if cells <= {Grid.WITHHELD} else found
        if self._hides_bodies and grid.id != "proposal-side":
            told = without_few(told, self.least)
            if not any(cell > 0 for row in told.values for cell in row):
                return ()
        return (told,) if told.columns else ()

    def _presence(self) -> tuple[Presence, ...]:
        """Copy speaking times by group; a line of one's own only where names, or bodies, may be
        printed.
        """
        if self.rule == "named":
            return tuple(replace(each, key="", institutions=()) for each in self.brief.presence)
        ranked = sorted(self.brief.presence, key=self._group)
        groups = [
            self._together(label, tuple(group)) for label, group in groupby(ranked, key=self._group)
        ]
        return tuple(sorted(groups, key=lambda each: (-each.speech, -each.turns, each.label)))

    def _group(self, each: Presence) -> str:
        if each.role == "facilitator":
            return CHAIR.capitalize()
        label = self.labels(each.key)
        return "Participants" if label == "a participant" else label.removeprefix("a participant ")

    def _together(self, label: str, group: tuple[Presence, ...]) -> Presence:
        speech = sum(each.speech for each in group)
        if label == "Participants" and any(each.role == "observer" for each in group):
            label = "Participants and observers"
        return Presence(
            label,
            role="facilitator" if label == CHAIR.capitalize() else "",
            people=sum(each.people for each in group),
            speech=speech if self.disclosure.time_codes else _whole_minutes(speech),
            words=sum(each.words for each in group),
            turns=sum(each.turns for each in group),
        )

    def _participants(self) -> tuple[Fact, ...]:
        """Copy the list, where a switch of its own allows it; without saying who was heard.

        Where institutions may be named and persons may not, it lists institutions.
        """
        if not self.disclosure.list_participants:
            return ()
        if self.rule == "institution":
            sent = Counter(each.institution for each in self.brief.presence if each.institution)
            return tuple(
                Fact(name, "1 person" if people == 1 else f"{people} persons")
                for name, people in sorted(sent.items())
            )
        listed = [each for each in self.brief.participants if not each.label.startswith("voice ")]
        return tuple(
            Fact(each.label, each.value.replace("; not heard", "").replace("not heard", ""))
            for each in sorted(listed, key=lambda each: each.label)
        )

    def _facts(self, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        """Copy facts that name nobody. One that does is left out whole: a gap in it would point;
        and so is one in which somebody typed what is not known to be harmless. What is counted are
        the quotes and findings of this edition.
        """
        ids = {each.id for each in self.findings}
        counted = {each.label for each in reported(self.brief.findings, 0)}
        told = [each for each in self.brief.findings if each.id in ids]
        own = {each.label: each for each in reported(told, len(self.extracts))}
        kept = (each for each in facts if each.label in own or each.label not in counted)
        return tuple(
            self._unstable(each) if each.label == UNSTABLE else own.get(each.label, each)
            for each in kept
            if not each.private
            and not self.redact.touches(each.value)
            and not (each.label in TYPED and self.redact.typed(each.value) != each.value)
        )

    def _unstable(self, fact: Fact) -> Fact:
        names = dict.fromkeys(map(self.redact.typed, fact.value.split("; ")))
        return replace(fact, value="; ".join(names))


def _whole_minutes(milliseconds: int) -> int:
    return round(milliseconds / MINUTE) * MINUTE
