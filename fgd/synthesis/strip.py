"""The session's timeline: which part of the guide was discussed when, and what was left uncoded."""

from __future__ import annotations

from collections.abc import Iterable

from fgd.model import Span, Stretch, Turn
from fgd.synthesis.material import Material

PAUSE = 3_000
"""Silences shorter than this many milliseconds do not break a stretch."""


def strip(material: Material) -> tuple[Stretch, ...]:
    """Stretches of every recording with times: tracks "guide" and "talk", in order."""
    titles = {each.id: each.title for each in material.session.guide.sections}
    names = {
        key: f"Recording {number}"
        for number, key in enumerate(dict.fromkeys(each.recording for each in material.turns), 1)
    }
    guide = [
        Stretch(names[recording], span, "guide", titles.get(facts.section, facts.section))
        for facts in material.themed.sections
        for recording, span in facts.stretches
        if span and recording in names and recording not in material.untimed
    ]
    talk = [
        Stretch(names[turn.recording], turn.span, "talk", kind)
        for turn, kind in _kinds(material)
        if turn.span and turn.recording not in material.untimed
    ]
    return (*sorted(guide, key=_when), *_joined(sorted(talk, key=_when)))


def _kinds(material: Material) -> Iterable[tuple[Turn, str]]:
    coded = {each.turn.id for each in material.counted if each.codes}
    content = {each.turn.id for each in material.counted}
    for turn in material.turns:
        if not material.people[turn.id].counts:
            yield turn, "chair"
        elif turn.id in coded:
            yield turn, "coded"
        elif turn.id in content:
            yield turn, "not coded"
        else:
            yield turn, "no content"


def _when(stretch: Stretch) -> tuple[str, Span]:
    return stretch.recording, stretch.span


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Neighbours of one kind as one stretch."""
    found: list[Stretch] = []
    for each in stretches:
        last = found[-1] if found else each
        same = (last.recording, last.label) == (each.recording, each.label)
        if found and same and each.span.start - last.span.end <= PAUSE:
            found[-1] = Stretch(last.recording, last.span | each.span, last.track, last.label)
        else:
            found.append(each)
    return found
