"""Voices that are several people: one microphone in a room, two people under one label.

A voice is doubted where it introduces itself under two names, or where its label is that of a
room. It is then read run by run: each time it is heard it is a new unit, and again where somebody
says who they are ("Phommachak here").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fgd.attribution.directory import Mention
from fgd.attribution.labels import is_room
from fgd.attribution.links import Link
from fgd.attribution.names import TITLES
from fgd.attribution.reading import Reading
from fgd.attribution.table import Unit
from fgd.attribution.talk import Talk

SURE = 0.65


def shared(talk: Talk, links: Sequence[Link]) -> dict[str, frozenset[int]]:
    """The voices that are more than one person, with the seats that named themselves in them."""
    named: dict[str, set[int]] = {}
    for link in links:
        if link.feature in ("self_person", "card_person") and link.strength >= SURE:
            named.setdefault(talk.turns[link.turn].voice, set()).add(link.seat)
    rooms = {turn.voice for turn in talk.turns if turn.label and is_room(turn.label)}
    return {
        voice: frozenset(named.get(voice, ()))
        for voice in dict.fromkeys(turn.voice for turn in talk.turns)
        if voice in rooms or len(named.get(voice, ())) > 1
    }


def retagged(
    links: Sequence[Link], readings: Sequence[Reading], several: Mapping[str, frozenset[int]]
) -> tuple[Link, ...]:
    """In a shared voice, a name that opens a turn is who speaks: "Vongchai. On a Friday ..."."""
    tags: set[tuple[int, int]] = set()
    added: list[Link] = []
    for reading in readings:
        seats = several.get(reading.passage.voice)
        if not seats:
            continue
        for mention in reading.mentions:
            own = [(seat, strength) for seat, strength in mention.seats if seat in seats]
            if mention.kind != "person" or not own or not _tags(reading, mention):
                continue
            tags.add((reading.passage.index, mention.start))
            turn = reading.passage.turn_of(mention.start)
            for seat, strength in own:
                added.append(
                    Link(
                        "self_person",
                        turn,
                        seat,
                        strength,
                        reading.passage.index,
                        mention.start,
                        mention.end,
                    )
                )
    kept = [link for link in links if (link.passage, link.start) not in tags]
    return (*kept, *added)


def cuts(
    talk: Talk, links: Sequence[Link], several: Mapping[str, frozenset[int]]
) -> dict[str, list[int]]:
    """The turns at which each shared voice may become somebody else."""
    found: dict[str, set[int]] = {voice: set() for voice in several}
    for passage in talk.passages:
        if passage.voice in found:
            found[passage.voice].add(passage.turns[0])
    for link in links:
        if link.feature in ("self_person", "card_person") and link.strength >= SURE:
            voice = talk.turns[link.turn].voice
            if voice in found:
                found[voice].add(link.turn)
    return {voice: sorted(numbers) for voice, numbers in found.items()}


def members(units: Sequence[Unit], several: Mapping[str, frozenset[int]]) -> tuple[Link, ...]:
    """In a shared voice it is more likely one of those who named themselves there."""
    return tuple(
        Link("member_person", unit.turns[0], seat, 1.0, -1, 0, 0)
        for unit in units
        for seat in sorted(several.get(unit.group, ()))
    )


def _tags(reading: Reading, mention: Mention) -> bool:
    """Whether a name says who speaks: at the head of a turn, or after "this is"."""
    doc = reading.passage.doc
    start = mention.start
    while start > 0 and doc[start - 1].norm_.rstrip(".") in TITLES:
        start -= 1
    if doc[max(0, start - 2) : start].text.lower() == "this is":
        return True
    if not _opens(reading, mention.start):
        return False
    after = doc[mention.end : mention.end + 1].text.lower()
    return after in ("", ".", "here", "speaking", "for", "from", "again", "at")


def _opens(reading: Reading, token: int) -> bool:
    """Whether a token is among the first words of its turn, titles aside."""
    places = reading.passage.places
    before = token
    while before > 0 and places[before - 1][0] == places[token][0]:
        before -= 1
    return token - before <= 2
