"""Names that Prefect accepts, made from names that people chose."""

from __future__ import annotations

import hashlib
import re
import unicodedata


def plain(session: str) -> str:
    """A session's name in lower-case letters, digits and dashes, different for every session.

    >>> plain("security-workshop")
    'security-workshop'
    >>> plain("Café, 2. Runde")
    'cafe-2-runde-7c33da'
    """
    ascii_only = unicodedata.normalize("NFKD", session).encode("ascii", "ignore").decode().lower()
    safe = re.sub("[^a-z0-9]+", "-", ascii_only).strip("-")[:60]
    if safe != session or not safe:
        safe = f"{safe}-{hashlib.sha256(session.encode()).hexdigest()[:6]}".lstrip("-")
    return safe


def key(kind: str, session: str) -> str:
    """An artifact's key.

    >>> key("brief", "security-workshop")
    'brief-security-workshop'
    """
    return f"{kind}-{plain(session)}"
