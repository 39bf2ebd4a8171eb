"""The leak scan: every byte of every file about to be written, against every secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fgd.core.errors import LeakError
from fgd.disclosure.matching import matcher
from fgd.disclosure.readings import readings
from fgd.disclosure.words import Secret
from fgd.model import Brief

KINDS = {
    "person": "the name of a person",
    "institution": "the name of an institution",
    "country": "a country with one delegate",
}
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret found in a file: which file, where in it, what kind, and the words.

    As a sentence it leaves the words out, because messages travel further than files.
    """

    file: str
    place: str
    text: str
    kind: str

    def __str__(self) -> str:
        return f"{self.place}: {KINDS[self.kind]}"


def leaks(files: Mapping[str, bytes], secrets: Sequence[Secret]) -> tuple[Leak, ...]:
    """Every place in the files, their names included, that says a secret.

    A place reached by several readings of the same bytes is reported once.
    """
    found: dict[tuple[str, str, str], Leak] = {}
    hits = matcher(tuple(secrets))
    for name, data in sorted(files.items()):
        for place, text in readings(name, data):
            for hit in hits(text):
                said = text[hit.start : hit.end]
                line = text.count("\n", 0, hit.start) + 1
                where = place if place.endswith("(name)") else f"{place}, line {line}"
                key = (place.partition(" (")[0], hit.secret.text, hit.secret.kind)
                found.setdefault(key, Leak(name, where, said, hit.secret.kind))
    return tuple(found.values())


def guard(
    edited: Brief,
    build: Callable[[Brief], Mapping[str, bytes]],
    secrets: Sequence[Secret],
) -> dict[str, bytes]:
    """Build the files of an edition and let them pass only if they leak nothing.

    A list of participants that the session's own switch allows is not a leak: where the files say
    more than they may, the scan reads them as they are without the list.
    Raises ``LeakError`` with the first places.
    """
    files = dict(build(edited))
    found = leaks(files, secrets)
    if found and edited.participants:
        found = leaks(dict(build(replace(edited, participants=()))), secrets)
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise LeakError(
            f"the {edited.edition} edition would have revealed who was there: "
            + "; ".join(map(str, found[:SHOWN]))
            + more
            + ".",
            where=edited.id or edited.kind,
            remedy="Nothing of it was written. Look at these places in the internal edition, then "
            "correct the transcript or the roster, or name what may be named under [brief] "
            "may_be_named.",
        )
    return files
