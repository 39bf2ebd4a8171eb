"""Record what people say about voices and turns, and regroup the turns accordingly.

==================  ================================================  =========================
field               says                                              value
==================  ================================================  =========================
``participant``     this voice (or turn) is that person; with no      participant id, or empty
                    value: nobody who is listed
``institution``     this voice (or turn) speaks for that body, the    institution id
                    person being unknown
``same-voice``      this voice and the one heard at the value are     ``start-end`` in ms
                    one person
``split-voice``     from here on this voice is somebody else          empty
``same-name``       this name on a transcript is one person with      the name it is taken for
                    the value
``other-name``      these two names are two people                    the other name
==================  ================================================  =========================

``target`` is ``voice:ID`` or ``turn:ID``, for people to read; what counts is ``recording`` and
``anchor``. The anchor of a voice is a stretch where it is heard alone and at length, so the same
sound is found again whatever the voices are called after another diarization. Names are decided
for all recordings of a session at once: their target is ``name:NAME``.

Merging and splitting belong before attribution: applied to a conversation once it is diarized,
everything after it sees the voices as people say they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fgd.core.errors import InputError
from fgd.core.text import is_everybody, near_names, person_key
from fgd.decisions.kinds import Kind, Names, same_place, subject
from fgd.model import Conversation, Decision, Issue, Participant, Span, Turn, Voice

PARTICIPANT, INSTITUTION, SAME, SPLIT = "participant", "institution", "same-voice", "split-voice"
SAME_NAME, OTHER_NAME = "same-name", "other-name"
ANCHOR = 30_000
"""Longest anchor in milliseconds."""


def name_voice(talk: Conversation, voice: str, participant: str, *, by: str, when: str) -> Decision:
    """ "V3 is Dr X". Raises ``InputError`` if there is no such voice."""
    return _about_voice(talk, voice, PARTICIPANT, participant, by, when)


def nobody(talk: Conversation, voice: str, *, by: str, when: str) -> Decision:
    """ "This voice is nobody on the roster". Raises ``InputError``."""
    return _about_voice(talk, voice, PARTICIPANT, "", by, when)


def place_voice(
    talk: Conversation, voice: str, institution: str, *, by: str, when: str
) -> Decision:
    """ "This voice speaks for that institution, whoever it is". Raises ``InputError``."""
    return _about_voice(talk, voice, INSTITUTION, institution, by, when)


def name_turn(talk: Conversation, turn: str, participant: str, *, by: str, when: str) -> Decision:
    """ "This turn is Y" (with an empty participant: nobody listed). Raises ``InputError``."""
    found = _turn(talk, turn)
    return _decision(talk, f"turn:{turn}", PARTICIPANT, participant, found.span, by, when)


def merge_voices(talk: Conversation, voice: str, other: str, *, by: str, when: str) -> Decision:
    """ "V2 and V5 are one person"; the first one's name stays. Raises ``InputError``."""
    if voice == other:
        raise InputError(f"{voice} cannot be merged with itself.", remedy="Name two voices.")
    span = anchor(talk, other)
    return _about_voice(talk, voice, SAME, f"{span.start}-{span.end}", by, when)


def split_voice(talk: Conversation, turn: str, *, by: str, when: str) -> Decision:
    """ "From this turn on it is somebody else". Raises ``InputError``."""
    found = _turn(talk, turn)
    return _decision(talk, f"voice:{found.voice}", SPLIT, "", found.span, by, when)


def judge_names(name: str, other: str, same: bool, *, by: str, when: str) -> Decision:
    """ "Ana Lee is Anna Lee", or is somebody else. Raises ``InputError`` for a name and itself."""
    if person_key(name) == person_key(other):
        raise InputError(f"{name!r} is that name already.", remedy="Give two names.")
    field = SAME_NAME if same else OTHER_NAME
    return Decision.made(f"name:{name}", field, other, "", Span(0, 0), by=by, when=when)


@dataclass(frozen=True, slots=True)
class NearNames:
    """A name on the transcripts that may be the misspelled ``other``, with the words under each;
    ``listed``: the other one is on the list of participants.
    """

    name: str
    other: str
    words: int
    other_words: int
    listed: bool = False

    def issue(self, where: str) -> Issue:
        """Return the question as a warning with its remedy."""
        return Issue(
            "warning",
            where,
            f"{self.name!r} and {self.other!r} may be one person; they were kept apart.",
            "Decide under Set-up in fgd review, or with: "
            f'fgd decide {where} --name "{self.name}" --is "{self.other}" (or --is-not).',
        )


def undecided_names(
    labels: Mapping[str, int], people: Sequence[Participant], decisions: Sequence[Decision]
) -> tuple[NearNames, ...]:
    """Names that are merely alike and about which nobody decided; ``labels`` have their words."""
    listed = {person_key(n): p.name for p in people for n in (p.name, *p.aliases) if n}
    unlisted: dict[str, int] = {}
    known: dict[str, int] = dict.fromkeys(listed.values(), 0)
    for label, words in labels.items():
        person = listed.get(person_key(label))
        if person is not None:
            known[person] += words
        elif label and not is_everybody(label):
            unlisted[label] = words
    decided = {frozenset(_names(each)) for each in decisions if each.field in _OF_NAMES}
    gone = {_names(each)[0] for each in decisions if each.field == SAME_NAME}
    found = []
    for one, other in near_names([*unlisted], [*listed.values(), *listed]):
        other = listed.get(person_key(other), other)
        if frozenset((person_key(one), person_key(other))) in decided or person_key(one) in gone:
            continue
        if other in known:
            found.append(NearNames(one, other, unlisted[one], known[other], listed=True))
        elif person_key(other) not in gone:
            less, more = sorted((one, other), key=lambda name: unlisted[name])
            found.append(NearNames(less, more, unlisted[less], unlisted[more]))
    return tuple(dict.fromkeys(found))


def _names(decision: Decision) -> tuple[str, str]:
    """Return the two names that a decision is about, as names are compared."""
    return person_key(decision.target.removeprefix("name:")), person_key(decision.value)


_OF_NAMES = (SAME_NAME, OTHER_NAME)


def anchor(talk: Conversation, voice: str) -> Span:
    """Return a stretch where a voice is heard alone, the longest there is; at most ``ANCHOR`` ms.

    Raises ``InputError`` if nobody speaks under that name.
    """
    own = [turn for turn in talk.turns if turn.voice == voice]
    if not own:
        known = ", ".join(dict.fromkeys(turn.voice for turn in talk.turns)) or "none"
        raise InputError(f"there is no voice {voice!r}.", remedy=f"Voices heard: {known}.")
    best = max(own, key=lambda t: (not t.overlaps, t.span.duration, -t.span.start)).span
    return Span(best.start, min(best.end, best.start + ANCHOR))


def voices_at(turns: Iterable[Turn], span: Span) -> list[str]:
    """Return the voices heard during a span, the one heard longest first."""
    heard: dict[str, int] = {}
    for turn in turns:
        shared = (turn.span & span).duration
        if shared or (turn.span.start == span.start and not span.duration):
            heard[turn.voice] = heard.get(turn.voice, 0) + max(shared, 1)
    return sorted(heard, key=lambda v: (-heard[v], v))


def voice_at(turns: Iterable[Turn], span: Span) -> str:
    """Return the voice heard for more than half of a span; empty where none is."""
    own = list(turns)
    found = voices_at(own, span)
    if not found:
        return ""
    first = sum((t.span & span).duration for t in own if t.voice == found[0])
    return found[0] if 2 * first >= span.duration else ""


def _about_voice(
    talk: Conversation, voice: str, field: str, value: str, by: str, when: str
) -> Decision:
    return _decision(talk, f"voice:{voice}", field, value, anchor(talk, voice), by, when)


def _decision(
    talk: Conversation, target: str, field: str, value: str, span: Span, by: str, when: str
) -> Decision:
    return Decision.made(target, field, value, talk.recording, span, by=by, when=when)


def _turn(talk: Conversation, turn: str) -> Turn:
    for found in talk.turns:
        if found.id == turn:
            return found
    raise InputError(f"there is no turn {turn!r}.", remedy="Look it up in the attribution table.")


WHERE = "decisions.jsonl"


def rearrange(
    talk: Conversation, decisions: Sequence[Decision]
) -> tuple[Conversation, tuple[Issue, ...]]:
    """The conversation with names joined, then merges and splits applied in the order they were
    made.

    Decisions about other recordings or of other kinds are left alone; one that finds no voice any
    more becomes an ``Issue``. Applying the same decisions twice changes nothing more.
    """
    turns = _renamed(talk.turns, decisions)
    issues: list[Issue] = []
    for decision in decisions:
        if decision.recording != talk.recording or decision.field not in (SAME, SPLIT):
            continue
        if decision.field == SAME:
            turns = _merged(turns, decision, issues)
        else:
            turns = _split(turns, decision, issues)
    if turns == list(talk.turns):
        return talk, tuple(issues)
    return replace(talk, turns=tuple(turns), voices=_voices(talk, turns)), tuple(issues)


def joined_names(decisions: Iterable[Decision]) -> dict[str, str]:
    """What each joined name (as names are compared) is called, over as many steps as it takes."""
    direct = {
        _names(each)[0]: each.value for each in decisions if each.field == SAME_NAME and each.value
    }
    found: dict[str, str] = {}
    for key, first in direct.items():
        name, seen = first, {key}
        while person_key(name) in direct and person_key(name) not in seen:
            seen.add(person_key(name))
            name = direct[person_key(name)]
        found[key] = name
    return found


def _renamed(turns: Sequence[Turn], decisions: Sequence[Decision]) -> list[Turn]:
    """Turns under the name their label was joined to, in the voice that has that name here."""
    names = joined_names(decisions)
    if not names:
        return list(turns)
    called = {t.label: names.get(person_key(t.label), t.label) for t in turns if t.label}
    voices: dict[str, str] = {}
    for turn in sorted(turns, key=lambda t: called.get(t.label, "") != t.label):
        if turn.label:  # whoever had the name from the start gives the voice
            voices.setdefault(person_key(called[turn.label]), turn.voice)
    return [
        replace(t, label=called[t.label], voice=voices[person_key(called[t.label])])
        if t.label and called[t.label] != t.label
        else t
        for t in turns
    ]


def lost(decision: Decision, what: str) -> Issue:
    """Return a decision that could not be applied."""
    return Issue(
        "warning",
        WHERE,
        f"the decision {decision.id} ({decision.target}, {decision.field}) {what}.",
        "Decide again, or undo it.",
        f"{decision.anchor.start / 1000:.1f} s",
    )


def _merged(turns: list[Turn], decision: Decision, issues: list[Issue]) -> list[Turn]:
    span = _span(decision.value)
    if span is None:
        issues.append(lost(decision, f"has a value that is no time: {decision.value!r}"))
        return turns
    kept, gone = voice_at(turns, decision.anchor), voice_at(turns, span)
    if not kept or not gone:
        issues.append(lost(decision, "refers to a voice that is no longer heard there"))
        return turns
    return [replace(t, voice=kept) if t.voice == gone else t for t in turns]


def _split(turns: list[Turn], decision: Decision, issues: list[Issue]) -> list[Turn]:
    voice = voice_at(turns, decision.anchor)
    if not voice:
        issues.append(lost(decision, "refers to a voice that is no longer heard there"))
        return turns
    middle = (decision.anchor.start + decision.anchor.end) // 2
    after = [t for t in turns if t.voice == voice and t.span.end > middle]
    if len(after) == sum(1 for t in turns if t.voice == voice):
        return turns  # nothing of that voice is left before: it is split already
    taken, number = {t.voice for t in turns}, 2
    while f"{voice}.{number}" in taken:
        number += 1
    chosen = {id(t) for t in after}
    return [replace(t, voice=f"{voice}.{number}") if id(t) in chosen else t for t in turns]


def _voices(talk: Conversation, turns: Sequence[Turn]) -> tuple[Voice, ...]:
    """Return the voices of the new turns, in order of appearance, with their floor time."""
    before = {voice.id: voice for voice in talk.voices}
    speech: dict[str, int] = {}
    for turn in turns:
        speech[turn.voice] = speech.get(turn.voice, 0) + turn.span.duration
    return tuple(
        replace(
            before.get(name) or before.get(name.rsplit(".", 1)[0]) or Voice(name, talk.recording),
            id=name,
            speech=length,
        )
        for name, length in speech.items()
    )


def _span(value: str) -> Span | None:
    start, _, end = value.partition("-")
    if start.isdigit() and end.isdigit() and int(start) <= int(end):
        return Span(int(start), int(end))
    return None


def _is_person(decision: Decision, names: Names) -> str:
    return f"{subject(decision)} is {names.person(decision.value) or 'nobody on the list'}"


def _about_names(one: Decision, other: Decision) -> bool:
    """Tell whether two decisions speak of one pair of names, or join one name to two."""
    first, second = _names(one), _names(other)
    return set(first) == set(second) or (
        first[0] == second[0] and one.field == other.field == SAME_NAME
    )


def _is_same(decision: Decision, names: Names) -> str:
    span = _span(decision.value)
    voice = names.voice(decision.recording, span) if span else ""
    other = f"voice {voice}" if voice else "another voice"
    merged = other == subject(decision)
    return (
        f"{subject(decision)} and {'the voice merged into it' if merged else other} are one person"
    )


DECISIONS = (
    Kind(PARTICIPANT, ("voice", "turn"), "who", "attribution", _is_person, same_place),
    Kind(
        INSTITUTION, ("voice", "turn"), "who", "attribution",
        lambda each, names: f"{subject(each)} speaks for {names.body(each.value)}", same_place,
    ),
    Kind(SAME, ("voice",), "voices", "conversation", _is_same, same_place),
    Kind(
        SPLIT, ("voice",), "voices", "conversation",
        lambda each, _: f"from here on {subject(each)} is somebody else", same_place,
    ),
    Kind(
        SAME_NAME, ("name",), "names", "conversation",
        lambda each, _: f"the {subject(each)} stands for {each.value}", _about_names,
    ),
    Kind(
        OTHER_NAME, ("name",), "names", "conversation",
        lambda each, _: f"the {subject(each)} and {each.value} are two people", _about_names,
    ),
)  # fmt: skip
