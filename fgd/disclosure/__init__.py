"""Editions of a brief, each fit for its readers, and the scan that proves it."""

from fgd.disclosure.ladder import NOTHING, Decided, edition, fingerprint, harmless
from fgd.disclosure.leaks import Leak, guard, leaks
from fgd.disclosure.secrets import secrets
from fgd.disclosure.words import Secret

VERSION = 8
"""Changes whenever the same brief would give another edition."""

__all__ = [
    "NOTHING",
    "VERSION",
    "Decided",
    "Leak",
    "Secret",
    "edition",
    "fingerprint",
    "guard",
    "harmless",
    "leaks",
    "secrets",
]
