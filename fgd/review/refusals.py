"""What pages are told when something is not there any more."""

from __future__ import annotations

from fgd.web.answers import Refusal


def gone(name: str) -> Refusal:
    """The session was deleted while somebody looked at it."""
    return Refusal(
        410,
        f"The session {name} is no longer in recordings/.",
        "Nothing was written. Put its folder back, or go to the list of sessions.",
        gone=True,
    )
