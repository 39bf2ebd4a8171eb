"""Make the editions of a brief, each fit for its readers, and scan them for leaks."""

from fgd.disclosure.doubts import Doubt, is_clause, reader
from fgd.disclosure.ladder import (
    NOTHING,
    Decided,
    attacked,
    circulated,
    edition,
    fingerprint,
    harmless,
    key_of,
    redactor,
    typed,
)
from fgd.disclosure.leaks import Leak, guard, leaks
from fgd.disclosure.linkage import Linked
from fgd.disclosure.secrets import secrets
from fgd.disclosure.words import Secret

VERSION = 24
"""Changes whenever the same brief would give another edition."""

__all__ = [
    "NOTHING",
    "VERSION",
    "Decided",
    "Doubt",
    "Leak",
    "Linked",
    "Secret",
    "attacked",
    "circulated",
    "edition",
    "fingerprint",
    "guard",
    "harmless",
    "is_clause",
    "key_of",
    "leaks",
    "reader",
    "redactor",
    "secrets",
    "typed",
]
