"""Sessions one after the other: which themes each adds, what changes, when nothing new comes.

Saturation as Guest, Namey and McKenna (Field Methods 29, 2017, 3-22) count it: the share of all
themes that had come up by each session. A theme counts as missing only where somebody asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fgd.core.text import number
from fgd.model import Fact, Gap, Grid, Session
from fgd.synthesis.material import Material
from fgd.synthesis.themes import Topic, fold


@dataclass(frozen=True, slots=True)
class Leg:
    """One session of several; ``people`` are keys of those whose words count as views.

    ``awaited`` are the themes (folded) of guide sections that were put to the room.
    """

    session: Session
    title: str
    recordings: frozenset[str]
    people: frozenset[str]
    turns: int
    length: int
    awaited: frozenset[str]


def legs(material: Material, sessions: Sequence[Session]) -> tuple[Leg, ...]:
    """The sessions of a merged material, in their order."""
    found = []
    for session in sessions:
        own = frozenset(each.id for each in session.recordings)
        turns = [turn for turn in material.turns if turn.recording in own]
        ends: dict[str, int] = {}
        for turn in turns:
            if turn.recording not in material.untimed:
                ends[turn.recording] = max(ends.get(turn.recording, 0), turn.span.end)
        keys = {material.people[t.id].key for t in turns if material.people[t.id].counts}
        asked = [
            section
            for section in session.guide.sections
            for facts in [material.section(f"{session.id}/{section.id}")]
            if facts.asked or facts.people
        ]
        named = {fold(theme) for each in asked for theme in (*each.listen_for, each.title)}
        found.append(
            Leg(
                session,
                session.title or session.id,
                own,
                frozenset(keys),
                len(turns),
                sum(ends.values()),
                frozenset(named),
            )
        )
    return tuple(found)


def said_in(topic: Topic, leg: Leg) -> frozenset[str]:
    """Those who spoke to a theme in a session."""
    return frozenset(
        each.person.key for each in topic.passages if each.turn.recording in leg.recordings
    )


def by_session(found: Sequence[Leg], told: Sequence[Topic]) -> tuple[Grid, ...]:
    """How many people spoke to each theme in each session."""
    if len(found) < 2 or not told:
        return ()
    return (
        Grid(
            "theme-session",
            "Themes by session",
            "Theme",
            tuple(each.code.name for each in told),
            tuple(_headed(found)),
            tuple(tuple(len(said_in(each, leg)) for leg in found) for each in told),
            note="Sessions stand in the order of their dates. "
            "An empty cell is not a change of mind: see what was not asked.",
        ),
    )


def growth(found: Sequence[Leg], every: Sequence[Topic]) -> tuple[Grid, ...]:
    """Session by session: themes that came up, those that were new, and all so far."""
    if len(found) < 2 or not every:
        return ()
    rows = []
    seen: set[str] = set()
    for leg in found:
        here = {each.code.id for each in every if said_in(each, leg)}
        rows.append((len(here), len(here - seen), len(seen | here)))
        seen |= here
    return (
        Grid(
            "saturation",
            "Theme saturation over the sessions",
            "Session",
            tuple(_headed(found)),
            ("themes raised", "new themes", "themes so far"),
            tuple(rows),
            unit="themes",
        ),
    )


def saturation(found: Sequence[Leg], every: Sequence[Topic]) -> tuple[Fact, ...]:
    """What the growth of themes says about whether more sessions would bring more."""
    total = len(every)
    if not total:
        return ()
    if len(found) < 2:
        return (Fact("Saturation", "cannot be judged from one session", "22"),)
    before = sum(1 for each in every if any(said_in(each, leg) for leg in found[:-1]))
    new = total - before
    return (
        Fact(
            "Saturation",
            f"{before} of {total} themes ({before / total:.0%}) had come up before the last "
            f"session, which brought {number(new)} new. Studies of focus groups found 80 % of "
            "themes in two to three groups and 90 % in three to six (Guest and others 2017).",
            "22",
        ),
    )


def changes(
    found: Sequence[Leg], every: Sequence[Topic], wanted: Callable[[Topic], bool]
) -> tuple[Gap, ...]:
    """Themes of an earlier session that a later one was not asked about, and did not raise.

    Of a theme that was asked about and that no coding found nothing is said: a coding that is
    missing is no proof that nobody spoke to it.
    """
    gaps = []
    for topic in every:
        if topic.code.origin == "emergent" or not wanted(topic):
            continue
        here = [bool(said_in(topic, leg)) for leg in found]
        for place, leg in enumerate(found):
            if here[place] or not any(here[:place]) or fold(topic.code.name) in leg.awaited:
                continue
            earlier = next(found[n].title for n in range(place) if here[n])
            note = f"Raised in \u201c{earlier}\u201d; in \u201c{leg.title}\u201d it was not asked."
            gaps.append(Gap("not asked", topic.code.name, note))
    return tuple(gaps)


def _headed(found: Sequence[Leg]) -> list[str]:
    """Titles that can stand as heads of a table: each once."""
    heads: list[str] = []
    for leg in found:
        date = f" ({leg.session.date})" if leg.session.date else ""
        name = f"{leg.title}{date}"
        heads.append(name if name not in heads else f"{name} {len(heads) + 1}")
    return heads
