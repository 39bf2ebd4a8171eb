"""The facilitator's mirror: what was planned against what happened, for those who led it.

Internal only: it names people, and it is about the work of those who ran the session.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fgd.facilitation.document import Block, Document, Heading, Items, Table, Text
from fgd.facilitation.measures import (
    BASE,
    CALLED,
    RUN,
    WAYS,
    Participation,
    Saturation,
    Share,
    participation,
    saturation,
)
from fgd.floorlog.floorlog import Entry, standing
from fgd.model import Attribution, Conversation, SectionFacts, Session, Themed

MINUTE = 60_000
SHORT_OF_PLAN, OVER_PLAN = 0.5, 1.5
QUIET = 1 / 3
"""Of an equal share; who had less is worth inviting first next time."""

SOURCES = (
    "Time, turns and probes: facts that COREQ asks to be reported (Tong, Sainsbury and Craig 2007, "
    "items 17 guide, 19 recording, 20 field notes, 21 duration, 22 saturation).",
    "Inequality: Gini coefficient (Gini 1912) over everybody invited to discuss; 0 is even. On "
    "evenness of turn-taking: Woolley et al. 2010, Science 330.",
    f"Saturation: Guest, Namey and Chen 2020, PLOS ONE 15(5), base of {BASE} sessions, run of "
    f"{RUN}, threshold 5 %.",
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
    """Hold the mirror up.

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
        saturation(programme),
        decisions,
        notes,
        _follow_ups(sections, balance, themed),
    )


def themes_of(themed: Themed) -> frozenset[str]:
    """The names of the themes somebody spoke to, however they came into the codebook."""
    names = {code.id: code.name for code in themed.codebook.codes if code.dimension == "theme"}
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
    """What could be asked again, and of whom; each line follows from a figure above."""
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
    """The mirror as a document."""
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
    if found.ratio < 0:
        text = (
            f"Too few sessions to speak of saturation: the method needs {BASE} and {RUN} more; "
            f"there are {len(found.sessions)}."
        )
    else:
        verdict = "saturated by this measure" if found.reached else "not saturated"
        text = f"New information in the last {RUN} sessions: {found.ratio:.0%} - {verdict}."
    return [*blocks, Text(text)]
