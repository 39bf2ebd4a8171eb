"""What a reviewer should know about an attribution as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fgd.model import Attribution, Issue, Participant, Session

WHERE = "attribution"


def remarks(
    session: Session, people: Sequence[Participant], by_recording: Sequence[Sequence[Attribution]]
) -> Iterable[Issue]:
    """Voices left unknown, people who share or have several voices, people never recognised.

    ``people`` are those listed and those only heard of; attributions come recording by recording.
    """
    names = {p.id: p.name or p.id for p in people}
    for own in by_recording:
        yield from _several_voices(names, own)
    results = [said for own in by_recording for said in own]
    voices = [a for a in results if not a.turn]
    shared: dict[str, set[str]] = {}
    for said in results:
        if said.turn and said.participant:
            shared.setdefault(said.voice, set()).add(said.participant)
    by_turn = {voice for voice, some in shared.items() if len(some) > 1}
    nameless = [a.voice for a in voices if not a.participant and not a.institutions]
    for voice in (each for each in nameless if each in by_turn):
        yield Issue(
            "note",
            WHERE,
            f"several people seem to speak as {voice}: its turns are attributed one by one.",
            "Split the voice if it is two people.",
        )
    unknown = [voice for voice in nameless if voice not in by_turn]
    if unknown:
        yield Issue(
            "note",
            WHERE,
            f"{len(unknown)} of {len(voices)} voices stay unknown: {', '.join(unknown)}.",
            "Listen to them and decide, or leave them unknown.",
        )
    known = {a.participant for a in results}
    silent = [names[p.id] for p in session.participants if p.id not in known and p.name]
    if silent and len(silent) <= 30:
        yield Issue(
            "note",
            WHERE,
            f"never recognised: {', '.join(silent)}.",
            "They were absent, said nothing, or are among the unknown voices.",
        )
    leaders = [p for p in session.participants if p.role == "facilitator"]
    if session.participants and not leaders:
        yield Issue(
            "note",
            WHERE,
            "nobody on the roster is marked as facilitator.",
            "Set the role of whoever leads; names said by them then count for more.",
        )


def _several_voices(names: Mapping[str, str], own: Sequence[Attribution]) -> Iterable[Issue]:
    """People who are heard as several voices of one recording; of two it is what they must be."""
    heard: dict[str, list[str]] = {}
    for said in own:
        if said.participant and not said.turn:
            heard.setdefault(said.participant, []).append(said.voice)
    for participant, voices in heard.items():
        if len(set(voices)) > 1:
            yield Issue(
                "note",
                WHERE,
                f"{names.get(participant, participant)} is heard as "
                f"{' and '.join(dict.fromkeys(voices))}.",
                "Merge the voices if they are one person.",
            )
