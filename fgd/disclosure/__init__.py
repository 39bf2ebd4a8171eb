"""Editions of a brief, each fit for its readers, and the scan that proves it."""

from fgd.disclosure.ladder import edition
from fgd.disclosure.leaks import Leak, guard, leaks
from fgd.disclosure.secrets import secrets
from fgd.disclosure.words import Secret

VERSION = 7
"""Changes whenever the same brief would give another edition."""

__all__ = ["VERSION", "Leak", "Secret", "edition", "guard", "leaks", "secrets"]
