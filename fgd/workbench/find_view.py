"""Show what was found over all sessions: exact slices, each with the place where it plays."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from fgd.core.backends import Progress, silent
from fgd.model import Issue
from fgd.pipeline import indexing
from fgd.search import Hit, Way, find, parse
from fgd.workspace.project import Project

if TYPE_CHECKING:
    from fgd.core.embeddings import Embedder
    from fgd.search import Index


class HitView(msgspec.Struct, frozen=True):
    """A passage: ``place`` names its slice for a shelf, ``url`` leads to it on the pages of
    ``fgd review``, at the time where it is said; ``marks`` are the words looked for, and ``near``
    says that there are none of them, only their meaning.
    """

    place: str
    session: str
    title: str
    date: str
    source: int
    turn: str
    begins: int
    ends: int
    speaker: str
    section: str
    text: str
    marks: tuple[tuple[int, int], ...]
    near: bool
    score: float
    more: int
    url: str


class FindView(msgspec.Struct, frozen=True):
    """What was found, in how much, and what is worth knowing about it."""

    question: str
    hits: tuple[HitView, ...]
    passages: int
    sessions: int
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]


class Finder:
    """Finds passages of a project; what it has read of the index stays for the next question."""

    def __init__(self, project: Project) -> None:
        from fgd.core.embeddings import embedder

        self.project = project
        # Not the kept vectors: what somebody looks for is written nowhere.
        self._embedder: Embedder = embedder()
        self._index: Index = indexing.index_of(project, self._embedder)

    def warm(self) -> None:
        """Read model and index ahead of the first question."""
        self._embedder.embed(["warm"])
        with self._index.reading() as base:
            self._index.codes(base)

    def find(
        self,
        text: str,
        *,
        most: int = 20,
        way: Way = "both",
        progress: Progress = silent,
    ) -> FindView:
        """Answer a question, having indexed what changed since the last one.

        Raises ``InputError`` for a question that asks nothing, or for something that is not there.
        """
        asked = parse(text)
        issues = indexing.refresh(self.project, self._index, progress)
        found = find(self._index, asked, self._embedder, most=most, way=way)
        hits = tuple(_view(each, looked_for=bool(asked.terms)) for each in found.hits)
        return FindView(text, hits, found.passages, found.sessions, found.notes, issues)


def _view(hit: Hit, *, looked_for: bool) -> HitView:
    return HitView(
        f"{hit.session}:{hit.turn}:{hit.start}-{hit.end}",
        hit.session,
        hit.title,
        hit.date,
        hit.source,
        hit.turn,
        hit.begins,
        hit.ends,
        hit.speaker,
        hit.section,
        hit.text,
        hit.marks,
        looked_for and not hit.marks,
        hit.score,
        hit.more,
        page_of(hit.session, hit.recording, hit.turn, hit.begins),
    )


def page_of(session: str, recording: str, turn: str, begins: int) -> str:
    """Return where on the pages of ``fgd review`` words stand, at their time if they have one."""
    at = f"{recording}@{begins}" if begins >= 0 else turn
    return f"/s/{quote(session, safe='')}/transcript#{quote(at, safe='@')}"
