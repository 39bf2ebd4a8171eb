"""Compare what was planned with what happened, for those who led the session: the mirror.

Internal only: it names people, and it is about the work of those who ran the session. Who took part
and how much is told in figures with their sources:

* Inequality is the Gini coefficient (Gini 1912) of floor time over everybody invited to discuss,
  those who kept silent included: 0 when all spoke alike, (n-1)/n when one person did all of it.
  That evenness of turn-taking goes with how well groups perform: Woolley et al. (2010).
* Saturation is that of ``fgd.model.Saturation``, the same number as in a programme's brief.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from fgd.core.text import OFFICES, TITLES
from fgd.facilitation.document import Block, Document, Heading, Items, Table, Text
from fgd.floorlog.floorlog import Entry, standing
from fgd.model import (
    Attribution,
    Attributions,
    Conversation,
    Participant,
    Saturation,
    SectionFacts,
    Session,
    Themed,
    Turn,
)

LEADING = ("facilitator", "observer")

CALLED, ASKED, ROOM, PEER, SELF = (
    "called by name",
    "after the facilitator",
    "answered a question to the room",
    "addressed by another participant",
    "took the floor",
)
WAYS = (CALLED, ROOM, ASKED, PEER, SELF)

SHORT = 4
"""Words; who says fewer has not taken the floor (yes, thank you)."""

LAST_WORDS = 45
"""Words at the end of a turn in which the next speaker is looked for."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the floor somebody, or some group, had: ms (or words without times)."""

    label: str
    amount: int
    turns: int
    people: int = 1


@dataclass(frozen=True, slots=True)
class Participation:
    """The balance of a session. ``timed`` is false where amounts are words.

    ``groups`` maps a property (institution, category, track, country) to shares, most first;
    ``ways`` maps a participant's id to how often they came to speak in each way.
    """

    people: tuple[tuple[Participant, Share], ...] = ()
    leading: Share = Share("", 0, 0, 0)
    unknown: Share = Share("", 0, 0, 0)
    groups: dict[str, tuple[Share, ...]] = field(default_factory=dict)
    ginis: dict[str, float] = field(default_factory=dict)
    ways: dict[str, dict[str, int]] = field(default_factory=dict)
    timed: bool = True


def gini(amounts: Sequence[float]) -> float:
    """Return the Gini coefficient of amounts that are not negative; 0 where there is nothing.

    >>> gini([5, 5, 5])
    0.0
    >>> gini([0, 0, 0, 8])
    0.75
    """
    total = sum(amounts)
    if not total:
        return 0.0
    ranked = sorted(amounts)
    n = len(ranked)
    weighted = sum((2 * rank - n - 1) * x for rank, x in enumerate(ranked, 1))
    return weighted / (n * total)


def speakers(
    session: Session, talks: Sequence[Conversation], who: Sequence[Attribution]
) -> dict[str, str]:
    """Participant id by turn id; empty where nobody knows."""
    known = {person.id for person in session.participants}
    attributed = Attributions(who)
    found = {}
    for talk in talks:
        for turn in talk.turns:
            told = attributed.of(turn)
            found[turn.id] = told.participant if told.participant in known else ""
    return found


def participation(
    session: Session, talks: Sequence[Conversation], who: Sequence[Attribution]
) -> Participation:
    """Return the balance of a session as it was heard."""
    by_turn = speakers(session, talks, who)
    timed = all(talk.timed for talk in talks)
    amounts: dict[str, int] = defaultdict(int)
    turns: dict[str, int] = defaultdict(int)
    for talk in talks:
        for turn in talk.turns:
            amounts[by_turn[turn.id]] += turn.span.duration if timed else len(turn.words)
            turns[by_turn[turn.id]] += 1
    discussing = [p for p in session.participants if p.role not in LEADING]
    leading = [p for p in session.participants if p.role in LEADING]
    people = sorted(
        ((p, Share(p.name, amounts[p.id], turns[p.id])) for p in discussing),
        key=lambda pair: (-pair[1].amount, pair[0].name),
    )
    groups = {
        name: _grouped([(each(session, p), share) for p, share in people])
        for name, each in _PROPERTIES.items()
    }
    groups = {name: shares for name, shares in groups.items() if len(shares) > 1}
    ginis = {"person": gini([share.amount for _, share in people])}
    ginis |= {name: gini([share.amount for share in shares]) for name, shares in groups.items()}
    return Participation(
        tuple(people),
        Share(
            "facilitators and observers",
            sum(amounts[p.id] for p in leading),
            sum(turns[p.id] for p in leading),
            len(leading),
        ),
        Share("not known who", amounts[""], turns[""], 0),
        groups,
        {name: round(value, 3) for name, value in ginis.items()},
        _ways(session, talks, by_turn, who),
        timed,
    )


def _institution(session: Session, person: Participant) -> str:
    bodies = {body.id: body for body in session.institutions}
    body = next((bodies[i] for i in person.institutions if i in bodies), None)
    return (body.acronym or body.name) if body else ""


def _category(session: Session, person: Participant) -> str:
    bodies = {body.id: body for body in session.institutions}
    return next((bodies[i].category for i in person.institutions if i in bodies), "")


def _country(session: Session, person: Participant) -> str:
    bodies = {body.id: body for body in session.institutions}
    own = (bodies[i].country for i in person.institutions if i in bodies)
    return person.country or next((c for c in own if c), "")


_PROPERTIES = {
    "institution": _institution,
    "category": _category,
    "track": lambda _, person: person.track,
    "country": _country,
}


def _grouped(parts: Sequence[tuple[str, Share]]) -> tuple[Share, ...]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for label, share in parts:
        entry = sums[label or "not given"]
        entry[0] += share.amount
        entry[1] += share.turns
        entry[2] += 1
    if set(sums) == {"not given"}:
        return ()
    made = (Share(label, *entry) for label, entry in sums.items())
    return tuple(sorted(made, key=lambda share: (-share.amount, share.label)))


# -- how people came to speak --------------------------------------------------------------------


def _ways(
    session: Session,
    talks: Sequence[Conversation],
    by_turn: dict[str, str],
    who: Sequence[Attribution],
) -> dict[str, dict[str, int]]:
    roles = {p.id: p.role for p in session.participants}
    names = {p.id: _names(session, p) for p in session.participants}
    given = {
        (item.turn, item.participant)
        for found in who
        for item in found.evidence
        if "given the floor" in item.kind and item.weight >= 0
    }
    ways: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for talk in talks:
        before: Turn | None = None
        for turn in talk.turns:
            person = by_turn[turn.id]
            if len(turn.words) < SHORT:
                continue
            if person and (before is None or by_turn[before.id] != person):
                said = [] if before is None else _tail(before)
                named = before is not None and (
                    (before.id, person) in given or bool(names[person] & set(said))
                )
                leads = before is not None and roles.get(by_turn[before.id]) in LEADING
                if leads and named:
                    way = CALLED
                elif leads:
                    asks = before is not None and "?" in " ".join(before.text.split()[-LAST_WORDS:])
                    way = ROOM if asks else ASKED
                else:
                    way = PEER if named else SELF
                if roles[person] not in LEADING:
                    ways[person][way] += 1
            before = turn
    return {person: dict(counts) for person, counts in ways.items()}


def _tail(turn: Turn) -> list[str]:
    return re.findall(r"\w+", turn.text.casefold())[-LAST_WORDS:]


def _names(session: Session, person: Participant) -> set[str]:
    """Words that mean this person alone among those invited: parts of names, own acronyms."""

    def words(p: Participant) -> set[str]:
        own = {b.acronym for b in session.institutions if b.id in p.institutions and b.acronym}
        text = " ".join((p.name, *p.aliases, *own)).casefold()
        return {word for word in re.findall(r"\w+", text) if len(word) > 2}

    shared = set().union(*(words(p) for p in session.participants if p.id != person.id))
    return words(person) - shared - TITLES - OFFICES


MINUTE = 60_000
SHORT_OF_PLAN, OVER_PLAN = 0.5, 1.5
QUIET = 1 / 3
"""Of an equal share; who had less is worth inviting first next time."""

SOURCES = (
    "Time, turns and probes: facts that COREQ asks to be reported (Tong, Sainsbury and Craig 2007, "
    "items 17 guide, 19 recording, 20 field notes, 21 duration, 22 saturation).",
    "Inequality: Gini coefficient (Gini 1912) over everybody invited to discuss; 0 is even. On "
    "evenness of turn-taking: Woolley et al. 2010, Science 330.",
    f"Saturation: Guest, Namey and Chen 2020, PLOS ONE 15(5), base of {Saturation.BASE} sessions, "
    f"run of {Saturation.RUN}, threshold 5 %.",
    "How people came to speak is read from the turn before theirs, among those whose voice could "
    "be attributed; where that turn names nobody it is the weaker reading that is counted.",
)


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section: minutes planned and used (-1: not known), and its probes put and not put."""

    title: str
    planned: float
    used: float
    asked: bool
    put: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mirror:
    """Everything the mirror shows."""

    title: str
    sections: tuple[SectionLine, ...]
    balance: Participation
    saturation: Saturation
    decisions: tuple[str, ...]
    notes: tuple[str, ...]
    follow_ups: tuple[str, ...]


def mirror(
    session: Session,
    talks: Sequence[Conversation],
    who: Sequence[Attribution],
    themed: Themed,
    entries: Sequence[Entry] = (),
    programme: Sequence[tuple[str, frozenset[str]]] = (),
) -> Mirror:
    """Compare a session as it was planned with the session as it went.

    Args:
        session: with everybody who was invited or added.
        talks: the turns of its recordings.
        who: whose they are.
        themed: what became of the guide's sections; where it knows nothing the taps speak.
        entries: the note-taker's journal.
        programme: the programme's sessions in order of time, each with its themes.
    """
    kept = standing(entries)
    sections = _sections(session, themed.sections, kept)
    balance = participation(session, talks, who)
    decisions = tuple(e.text for e in kept if e.kind == "decision" and e.text)
    notes = tuple(f"{e.clock[11:16]} {e.text}" for e in kept if e.kind == "note" and e.text)
    return Mirror(
        session.title,
        sections,
        balance,
        Saturation.of(programme),
        decisions,
        notes,
        _follow_ups(sections, balance, themed),
    )


def themes_of(themed: Themed) -> frozenset[str]:
    """Return the names of the themes somebody spoke to.

    Those that came up by themselves are left out: every session names its own, so each would be new
    for ever.
    """
    names = {
        code.id: code.name
        for code in themed.codebook.codes
        if code.dimension == "theme" and code.origin != "emergent"
    }
    found = (c.code for c in themed.codings if c.status != "rejected")
    return frozenset(names[code].casefold() for code in found if code in names)


def _sections(
    session: Session, facts: Sequence[SectionFacts], kept: Sequence[Entry]
) -> tuple[SectionLine, ...]:
    known = {each.section: each for each in facts}
    tapped_probes = {(e.section, e.number) for e in kept if e.kind == "probe"}
    delivered = {e.section for e in kept if e.kind == "inject"}
    tapped = _tapped_time(kept)
    lines = []
    for section in session.guide.sections:
        fact = known.get(section.id)
        used = fact.used if fact and fact.used else tapped.get(section.id, -1)
        put = {n for key, n in tapped_probes if key == section.id}
        put |= set(fact.probes) if fact else set()
        asked = bool(fact and fact.asked) or section.id in tapped or section.id in delivered
        lines.append(
            SectionLine(
                section.title,
                section.minutes,
                used / MINUTE if used >= 0 else -1.0,
                asked or bool(put),
                tuple(p for n, p in enumerate(section.probes) if n in put),
                tuple(p for n, p in enumerate(section.probes) if n not in put),
            )
        )
    return tuple(lines)


def _tapped_time(kept: Sequence[Entry]) -> dict[str, int]:
    """Milliseconds per section by the taps; the last one lasts until the last tap."""
    times: dict[str, int] = defaultdict(int)
    here, since = "", 0
    for entry in kept:
        if entry.kind == "section":
            if here:
                times[here] += entry.ms - since
            here, since = entry.section, entry.ms
    if here and kept:
        times[here] += kept[-1].ms - since
    return dict(times)


def _follow_ups(
    sections: Sequence[SectionLine], balance: Participation, themed: Themed
) -> tuple[str, ...]:
    """Tell what could be asked again, and of whom; each line follows from a figure above."""
    found = []
    for line in sections:
        if not line.asked:
            found.append(f"Not asked: {line.title}.")
        elif line.open:
            found.append(f"Probes left open in {line.title}: {'; '.join(line.open)}.")
        if line.asked and line.planned and 0 <= line.used < SHORT_OF_PLAN * line.planned:
            found.append(
                f"{line.title} had {line.used:.0f} of {line.planned:g} minutes: worth taking up "
                "again."
            )
    total = sum(share.amount for _, share in balance.people)
    even = total / len(balance.people) if balance.people else 0
    for person, share in balance.people:
        called = balance.ways.get(person.id, {}).get(CALLED, 0)
        if not share.turns:
            found.append(f"{person.name} was not heard (or not recognised): ask in writing.")
        elif share.amount < QUIET * even and not called:
            found.append(f"{person.name} spoke little and was not called by name: invite in early.")
    for name in ("institution", "country"):
        silent = [s.label for s in balance.groups.get(name, ()) if not s.amount]
        if silent:
            found.append(f"No view was heard by {name}: {', '.join(silent)}.")
    thin = [f.section for f in themed.sections if f.asked and len(f.people) == 1]
    if thin:
        found.append(f"Questions that only one person spoke to: {len(thin)}.")
    return tuple(found)


def mirror_document(found: Mirror) -> Document:
    """Return the mirror as a document."""
    blocks: list[Block] = [Heading("Guide: planned and used")]
    rows = tuple(
        (
            line.title,
            f"{line.planned:g}" if line.planned else "-",
            f"{line.used:.1f}" if line.used >= 0 else "not known",
            _verdict(line),
            f"{len(line.put)} of {len(line.put) + len(line.open)}"
            if line.put or line.open
            else "-",
        )
        for line in found.sections
    )
    if rows:
        head = ("Section", "Planned (min)", "Used (min)", "Against the plan", "Probes put")
        blocks.append(Table(head, rows))
    else:
        blocks.append(Text("There was no guide."))
    for line in found.sections:
        if line.open and line.asked:
            blocks += [Heading(f"Probes not put: {line.title}", 2), Items(line.open, boxes=True)]
    blocks += _balance(found.balance)
    if found.decisions or found.notes:
        blocks.append(Heading("Written down in the room"))
        if found.decisions:
            blocks += [Heading("Decisions", 2), Items(found.decisions)]
        if found.notes:
            blocks += [Heading("Notes", 2), Items(found.notes)]
    blocks.append(Heading("Follow-ups worth making"))
    blocks.append(Items(found.follow_ups, boxes=True) if found.follow_ups else Text("None."))
    blocks += _saturation(found.saturation)
    blocks += [Heading("Where the measures come from"), Items(SOURCES)]
    banner = "Internal: for those who led the session. Names people; not to be passed on."
    return Document(f"Facilitator's mirror: {found.title}", tuple(blocks), banner)


def _verdict(line: SectionLine) -> str:
    if not line.asked:
        return "not asked"
    if not line.planned or line.used < 0:
        return ""
    if line.used < SHORT_OF_PLAN * line.planned:
        return "short of plan"
    return "over plan" if line.used > OVER_PLAN * line.planned else "as planned"


def _amount(share: Share, timed: bool) -> str:
    if not timed:
        return f"{share.amount} words"
    return f"{share.amount / MINUTE:.1f} min"


def _balance(balance: Participation) -> list[Block]:
    total = sum(share.amount for _, share in balance.people) or 1
    blocks: list[Block] = [Heading("Balance")]
    whole = total + balance.leading.amount + balance.unknown.amount
    blocks.append(
        Text(
            f"Facilitators and observers: {_amount(balance.leading, balance.timed)} "
            f"({balance.leading.amount / whole:.0%} of all). Not known who: "
            f"{_amount(balance.unknown, balance.timed)} ({balance.unknown.amount / whole:.0%}). "
            f"Inequality among those invited to discuss (Gini): {balance.ginis['person']:.2f}."
        )
    )
    rows = tuple(
        (
            share.label,
            _amount(share, balance.timed),
            f"{share.amount / total:.0%}",
            str(share.turns) if share.turns else "not heard",
            "; ".join(
                f"{way} {balance.ways[person.id][way]}"
                for way in WAYS
                if balance.ways.get(person.id, {}).get(way)
            ),
        )
        for person, share in balance.people
    )
    if rows:
        head = ("Person", "Floor", "Share", "Turns", "How they came to speak")
        blocks.append(Table(head, rows))
    for name, shares in balance.groups.items():
        blocks.append(Heading(f"By {name} (Gini {balance.ginis[name]:.2f})", 2))
        blocks.append(
            Table(
                (name.capitalize(), "People", "Floor", "Share"),
                tuple(
                    (s.label, str(s.people), _amount(s, balance.timed), f"{s.amount / total:.0%}")
                    for s in shares
                ),
            )
        )
    return blocks


def _saturation(found: Saturation) -> list[Block]:
    blocks: list[Block] = [Heading("Saturation over the programme")]
    if not found.sessions:
        return [*blocks, Text("No session of this programme has been coded yet.")]
    rows = tuple((label, *(str(n) for n in numbers)) for label, *numbers in found.sessions)
    blocks.append(Table(("Session", "Themes", "New", "So far"), rows))
    return [*blocks, Text(found.told)]
