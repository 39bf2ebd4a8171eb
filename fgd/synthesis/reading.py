"""What every reader is told before the findings."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.model import Finding, Session

COUNTS = (
    "Counts are of people who spoke to the point in question, facilitators and observers left "
    "out. They are never shares of a population, and who kept silent is not counted as agreeing."
)
VIEWS = "What participants said was not checked for accuracy and does not bind their institutions."
RECORD = "This is a record made with the help of software, not a text agreed by the participants."
QUOTES = (
    "Text in quotation marks is what the transcript says, letter for letter; marks in square "
    "brackets stand for words left out or withheld."
)
FEW = "Fewer than five people spoke: read it as notes of a conversation, not as findings."
SEVERAL = (
    "Several sessions are told together. Rooms differ in who sat in them and what they were asked, "
    "so a difference between sessions is not by itself a change of mind."
)
NO_GUIDE = "No discussion guide was given, so nothing can be said about what was not asked."
NO_THEMES = (
    "No theme was found or coded, so this brief holds the facts of the session and no findings."
)


def reading(session: Session, found: Sequence[Finding]) -> tuple[str, ...]:
    """The standing caveats and those that this session calls for."""
    lines = [COUNTS, VIEWS, RECORD, QUOTES]
    if found and found[0].spoke.of < 5:
        lines.append(FEW)
    if not session.guide.sections:
        lines.append(NO_GUIDE)
    if not found:
        lines.append(NO_THEMES)
    return tuple(lines)
