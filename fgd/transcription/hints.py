"""What the roster and the glossary tell a transcriber before it listens."""

from __future__ import annotations

from fgd.model import Session
from fgd.transcription.backend import Hints


def hints(session: Session) -> Hints:
    """Declared languages, and terms with those first that a model is least likely to know.

    The glossary comes first, because somebody chose it; then acronyms, which are short and often
    misheard; then people; then institutions, whose long names are mostly ordinary words.
    """
    terms = [
        *session.glossary,
        *(body.acronym for body in session.institutions),
        *(person.name for person in session.participants),
        *(body.name for body in session.institutions),
    ]
    return Hints(session.languages, tuple(dict.fromkeys(term for term in terms if term)))
