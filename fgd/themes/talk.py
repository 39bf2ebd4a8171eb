"""A session as themes read it: all turns in one order, each with the person who spoke."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fgd.model import Attribution, Conversation, Issue, Session, Turn
from fgd.themes.phrases import gives_floor

LEAST_CUES = 5
"""So many times somebody must give the floor before being taken for the facilitator unnamed."""

LEAST_SHARE = 0.5
"""And so large a share of all floor-giving must be theirs."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who spoke a turn. ``key`` is a participant's id, or ``recording/voice`` when unknown.

    ``names`` are the forms by which a question may mean this person or where they come from.
    """

    key: str
    leads: bool = False
    silent: bool = False
    institutions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """The turns of a session in canonical order (recording, time, id) and their speakers.

    ``timed`` tells of each turn whether its times are real. ``leads`` of a speaker marks whoever
    facilitates, ``silent`` observers, whose talk is not counted as views either.
    """

    turns: tuple[Turn, ...]
    speakers: tuple[Speaker, ...]
    timed: tuple[bool, ...]
    language: str = "en"
    issues: tuple[Issue, ...] = ()

    @staticmethod
    def of(
        session: Session,
        conversations: Sequence[Conversation],
        attributions: Sequence[Attribution] = (),
    ) -> Talk:
        """Put the conversations in the session's order and find every turn's speaker."""
        rank = {recording.id: place for place, recording in enumerate(session.recordings)}
        ordered = sorted(
            conversations, key=lambda each: (rank.get(each.recording, len(rank)), each.recording)
        )
        turns: list[Turn] = []
        timed: list[bool] = []
        for conversation in ordered:
            mine = sorted(conversation.turns, key=lambda turn: (turn.span, turn.id))
            turns += mine
            timed += [conversation.timed] * len(mine)
        find = _Finder(session, attributions)
        speakers = [find(turn) for turn in turns]
        issues: tuple[Issue, ...] = ()
        if turns and not any(speaker.leads for speaker in speakers):
            speakers, issues = _guess_lead(session, turns, speakers)
        language = (session.languages or ("en",))[0]
        return Talk(tuple(turns), tuple(speakers), tuple(timed), language, issues)

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of each turn; all offsets count characters of these."""
        return tuple(turn.text for turn in self.turns)


class _Finder:
    """Looks up the speaker of a turn: what is said of the turn goes before its voice's."""

    def __init__(self, session: Session, attributions: Sequence[Attribution]) -> None:
        self.participants = {each.id: each for each in session.participants}
        self.institutions = {each.id: each for each in session.institutions}
        self.by_turn = {each.turn: each for each in attributions if each.turn}
        self.by_voice = {each.voice: each for each in attributions if not each.turn}
        self.known: dict[tuple[str, str, tuple[str, ...]], Speaker] = {}

    def __call__(self, turn: Turn) -> Speaker:
        found = self.by_turn.get(turn.id) or self.by_voice.get(turn.voice) or Attribution("")
        who = self.participants.get(found.participant)
        key = found.participant or f"{turn.recording}/{turn.label or turn.voice}"
        bodies = found.institutions or (who.institutions if who else ())
        made = (key, turn.label, bodies)
        if made not in self.known:
            role = who.role if who else ""
            names = [turn.label, *((who.name, *who.aliases, who.country) if who else ())]
            for body in bodies:
                if body in self.institutions:
                    known = self.institutions[body]
                    names += [known.name, known.acronym, *known.aliases, known.country]
            self.known[made] = Speaker(
                key,
                leads=role == "facilitator",
                silent=role == "observer",
                institutions=bodies,
                names=tuple(dict.fromkeys(name for name in names if name)),
            )
        return self.known[made]


def _guess_lead(
    session: Session, turns: Sequence[Turn], speakers: Sequence[Speaker]
) -> tuple[list[Speaker], tuple[Issue, ...]]:
    """Take whoever gives the floor to most of the others for the facilitator, and say so."""
    cues: Counter[str] = Counter()
    where: dict[str, set[str]] = defaultdict(set)
    for turn, speaker in zip(turns, speakers, strict=True):
        if gives_floor(turn.text):
            cues[speaker.key] += 1
            where[speaker.key].add(turn.id)
    if not cues:
        return list(speakers), ()
    key, count = min(cues.items(), key=lambda item: (-item[1], item[0]))
    if count < LEAST_CUES or count < LEAST_SHARE * cues.total():
        return list(speakers), ()
    issue = Issue(
        "note",
        session.id,
        f"nobody is known as the facilitator; {key} is taken for it, having given the floor "
        f"{count} times.",
        "Mark the facilitator in the list of participants if this is wrong.",
    )
    lead = [
        Speaker(s.key, leads=True, institutions=s.institutions, names=s.names)
        if s.key == key
        else s
        for s in speakers
    ]
    return lead, (issue,)
