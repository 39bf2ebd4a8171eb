"""Sessions small enough to count by hand, made of the real nouns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fgd.core.nlp import sentences
from fgd.core.settings import Settings
from fgd.model import (
    Attribution,
    Brief,
    Code,
    Codebook,
    Coding,
    Consent,
    Conversation,
    Deliberated,
    Disclosure,
    Flag,
    Guide,
    Institution,
    Issue,
    Participant,
    Placement,
    Proposition,
    Recording,
    Response,
    Section,
    SectionFacts,
    Session,
    Side,
    Slice,
    Span,
    SummingUp,
    Themed,
    Turn,
    Unit,
    Voice,
    Word,
)
from fgd.synthesis import Part, synthesise


class Hashed:
    """A sentence embedder: words hashed into 64 directions. Real vectors, no weights to load."""

    id, version = "hashed", "1"

    def embed(self, texts: Sequence[str]) -> Any:
        rows = np.full((len(texts), 64), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()):
                row[int(hashlib.md5(word.encode()).hexdigest(), 16) % 64] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@dataclass(frozen=True)
class Attributed:
    attributions: tuple[Attribution, ...]


BODIES = (
    Institution("meranti", "Meranti Institute", "MRI", (), "think tank", "Serindah"),
    Institution("kapas", "Kapas Centre for Dialogue", "KCD", (), "think tank", "Lanthara"),
    Institution("verano", "Verano Council on Peace", "VCP", (), "council", "Isla Verano"),
    Institution("secretariat", "Joint Office of the Region", "JOR", (), "secretariat", ""),
)
PEOPLE = (
    Participant("fatima-noor", "Fatima Noor", "facilitator", ("secretariat",)),
    Participant("aida-lim", "Aida Lim", "participant", ("meranti",), "Serindah"),
    Participant("bo-vann", "Bo Vannak", "participant", ("kapas",), "Lanthara"),
    Participant("carla-reyes", "Carla Reyesta", "participant", ("verano",), "Isla Verano"),
    Participant("dewi-putra", "Dewi Putra", "participant", ("meranti",), "Serindah"),
)
GUIDE = Guide(
    "After the agreement",
    (
        Section("monitor", "Who monitors", "question", "Who monitors the agreement?",
                ("who pays",), 10, ("local monitors", "foreign guarantors")),
        Section("money", "Money", "question", "Who pays for it?", (), 5, ("joint fund",)),
    ),
)  # fmt: skip
CODES = (
    Code("guide.monitors", "Local monitors", "People of the place who watch.", origin="guide"),
    Code("lib.trust", "Trust between the parties", "Whether the parties trust each other."),
    Code("emergent.1", "Radio and roads", origin="emergent"),
    Code("phase.post", "After the agreement", dimension="phase"),
)
LINES: tuple[tuple[str, str], ...] = (
    ("fatima-noor", "Who monitors the agreement once it is signed?"),
    ("aida-lim", "I propose that the secretariat should train local monitors in every district."),
    ("bo-vann", "I support the local monitors, because people trust faces that they know well."),
    ("carla-reyes", "I do not agree about local monitors. In my province they were threatened."),
    ("dewi-putra", "Trust between the parties was lost when the radio failed on the north road."),
    ("fatima-noor", "Thank you all, this was very rich."),
)
SIDES: dict[int, Side] = {2: "for", 3: "against"}


def session(identity: str = "talk", **changes: Any) -> Session:
    made = Session(
        id=identity,
        title="Monitors after the agreement",
        event="Focus group discussion",
        programme="peace-2026",
        date="2026-03-14",
        venue="Online",
        languages=("en",),
        disclosure=Disclosure("named", True, True, True),
        consent=Consent(True),
        institutions=BODIES,
        participants=PEOPLE,
        guide=GUIDE,
        recordings=(Recording(f"rec-{identity}", "01.vtt", "0" * 64, "transcript"),),
    )
    return replace(made, **changes)


def conversation(
    lines: Sequence[tuple[str, str]] = LINES,
    recording: str = "rec-talk",
    flags: tuple[Flag, ...] = (),
) -> Conversation:
    """Turns of ten seconds each, words evenly spread."""
    turns = []
    for number, (who, text) in enumerate(lines):
        start = number * 10_000
        said = text.split(" ")
        step = 9_000 // max(len(said), 1)
        words = tuple(
            Word(Span(start + n * step, start + (n + 1) * step), f" {word}")
            for n, word in enumerate(said)
        )
        turns.append(
            Turn(
                f"{recording}/{start}",
                recording,
                who,
                Span(start, start + 9_000),
                words,
                flags=flags,
            )
        )
    voices = tuple(Voice(who, recording) for who in dict.fromkeys(who for who, _ in lines))
    return Conversation(recording, voices, tuple(turns))


def attributed(talk: Conversation, known: Sequence[Participant] = PEOPLE) -> Attributed:
    """Voices bear the ids of those they are; ids that nobody has stay unknown."""
    ids = {each.id: each for each in known}
    return Attributed(
        tuple(
            Attribution(talk.recording, v.id, "", v.id, ids[v.id].institutions, 0.99)
            for v in talk.voices
            if v.id in ids
        )
    )


def themed(talk: Conversation, of: Session, codes: Sequence[Code] = CODES) -> Themed:
    """Coded by the words of each code's name; every sentence is a unit."""
    units, codings = [], []
    roles = {each.id: each.role for each in of.participants}
    for turn in talk.turns:
        kind: Any = "facilitation" if roles.get(turn.voice) == "facilitator" else "content"
        for start, end in sentences(turn.text):
            text = turn.text[start:end]
            units.append(Unit(turn.id, start, end, len(text.split()), kind))
            said = set(re.findall(r"\w+", text.lower())) & {"monitors", "trust", "radio"}
            codings += [
                Coding(turn.id, start, end, code.id, 0.9, by="test")
                for code in codes
                if kind == "content" and said & set(code.name.lower().split())
            ]
    first_section = of.guide.sections[0].id if of.guide.sections else ""
    people = tuple(
        dict.fromkeys(t.voice for t in talk.turns if roles.get(t.voice) != "facilitator")
    )
    facts = tuple(
        SectionFacts(s.id, n == 0, talk.turns[0].id if n == 0 else "", planned=round(s.minutes * 60_000),
                     used=50_000 if n == 0 else 0, turns=5 if n == 0 else 0,
                     stretches=((talk.recording, Span(0, 60_000)),) if n == 0 else (),
                     people=people if n == 0 else ())
        for n, s in enumerate(of.guide.sections)
    )  # fmt: skip
    return Themed(
        units=tuple(units),
        placements=tuple(Placement(t.id, first_section) for t in talk.turns),
        sections=facts,
        codebook=Codebook("in-force", codes=tuple(codes)),
        codings=tuple(codings),
    )


def deliberated(talk: Conversation, lines: Sequence[tuple[str, str]] = LINES) -> Deliberated:
    """The proposal of the second line, who answered it, and a question that nobody answered."""
    if len(lines) < 4 or "the secretariat" not in lines[1][1]:
        return Deliberated()
    turns = talk.turns

    def slice_of(number: int, words: str = "") -> Slice:
        start = turns[number].text.index(words) if words else 0
        end = start + len(words) if words else sentences(turns[number].text)[0][1]
        return Slice(talk.recording, turns[number].id, start, end)

    return Deliberated(
        propositions=(
            Proposition(
                "P1", "proposal", slice_of(1), turns[1].voice, section="monitor",
                addressee=(slice_of(1, "the secretariat"),), confidence=0.9,
            ),
        ),
        responses=tuple(
            Response("P1", slice_of(number), turns[number].voice, side, confidence=0.9)
            for number, side in SIDES.items()
        ),
    )  # fmt: skip


def summed(of: Deliberated, place: Slice) -> Deliberated:
    """The same, and the chair concluded on the proposal."""
    return replace(of, summings=(SummingUp(place, "fatima-noor", "not agreed", "P1"),))


def part(identity: str = "talk", lines: Sequence[tuple[str, str]] = LINES, **changes: Any) -> Part:
    of = session(identity, **changes)
    talk = conversation(lines, f"rec-{identity}")
    return Part(
        of, (talk,), attributed(talk, of.participants), themed(talk, of), deliberated(talk, lines)
    )


def brief(
    identity: str = "talk", lines: Sequence[tuple[str, str]] = LINES, **changes: Any
) -> Brief:
    """The internal brief of a small session."""
    return told(part(identity, lines, **changes))


def told(one: Part, **more: Any) -> Brief:
    """The internal brief of a part."""
    return made(one, **more)[0]


def made(one: Part, **more: Any) -> tuple[Brief, tuple[Issue, ...]]:
    """The internal brief of a part, and what was met on the way."""
    chosen: dict[str, Any] = {"issues": (), "settings": Settings(), "embedder": Hashed()} | more
    return synthesise(
        one.session, one.conversations, one.attributed, one.themed, one.deliberated, **chosen
    )
