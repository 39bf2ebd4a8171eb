"""The brief of one session."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.embedding import Embedder
from fgd.model import Brief, Conversation, Issue, Session
from fgd.settings import Settings
from fgd.synthesis.facts import doubts, masthead
from fgd.synthesis.inputs import Attributed, Themed
from fgd.synthesis.people import People
from fgd.synthesis.presence import presence
from fgd.synthesis.reading import READING


def synthesise(
    session: Session,
    conversations: Sequence[Conversation],
    attributed: Attributed,
    themed: Themed,  # noqa: ARG001 - findings come next
    *,
    issues: Sequence[Issue],
    settings: Settings,  # noqa: ARG001
    embedder: Embedder,  # noqa: ARG001
) -> tuple[Brief, tuple[Issue, ...]]:
    """Everything the internal edition says, and the problems met on the way.

    ``issues`` are the problems of the steps before, which a reader has a right to know.
    """
    people = People(session, conversations, attributed.attributions)
    brief = Brief(
        id=session.id,
        title=session.title or session.id,
        disclosure=session.disclosure,
        language=(session.languages or ("en",))[0],
        status="DRAFT",
        purpose=session.guide.title,
        masthead=masthead(session, conversations, people),
        reading=READING,
        presence=presence(conversations, people),
        doubts=doubts(conversations, issues),
    )
    return brief, ()
