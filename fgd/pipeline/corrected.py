"""What people corrected in a session, laid over what was heard: once a pass, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.decisions.regroup import rearrange
from fgd.decisions.words import corrected, overlapped
from fgd.model import Conversation, Decision, Issue, Transcript
from fgd.workspace.store import Record, hash_value


class Corrected:
    """Records with these decisions applied; every step of a pass asks for the same ones."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._decisions = decisions
        self._words: dict[str, tuple[Transcript, str, tuple[Issue, ...]]] = {}
        self._turns: dict[str, tuple[Conversation, str]] = {}

    def words(self, heard: Record[Transcript]) -> tuple[Transcript, str, tuple[Issue, ...]]:
        """A transcript with people's words, its hash, and the corrections that found no place."""
        key = heard.sha256
        if key not in self._words:
            words, lost = corrected(heard.value, self._decisions)
            written = key if words is heard.value else hash_value(words)
            self._words[key] = (words, written, lost)
        return self._words[key]

    def turns(self, told: Record[Conversation]) -> tuple[Conversation, str]:
        """A conversation with voices and overlaps as people heard them, and its hash."""
        key = told.sha256
        if key not in self._turns:
            talk = overlapped(told.value, self._decisions)
            talk = rearrange(talk, self._decisions)[0]
            self._turns[key] = (talk, key if talk is told.value else hash_value(talk))
        return self._turns[key]
