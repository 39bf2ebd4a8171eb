"""Names that Prefect accepts, made from names that people chose."""

from __future__ import annotations

import hashlib
import re
import unicodedata


def key(kind: str, session: str) -> str:
    """An artifact's key: lower-case letters, digits and dashes only, different for every session.

    >>> key("brief", "security-workshop")
    'brief-security-workshop'
    >>> key("brief", "Café, 2. Runde")
    'brief-cafe-2-runde-1f5a27'
    """
    plain = unicodedata.normalize("NFKD", session).encode("ascii", "ignore").decode().lower()
    safe = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:60]
    if safe != session:
        safe = f"{safe}-{hashlib.sha256(session.encode()).hexdigest()[:6]}".lstrip("-")
    return f"{kind}-{safe}"
