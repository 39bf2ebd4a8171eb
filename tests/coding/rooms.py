"""Small discussions to find themes in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fgd import pipeline
from fgd.model import (
    Attribution,
    Conversation,
    Guide,
    Institution,
    Participant,
    Recording,
    Section,
    Session,
    Span,
    Themed,
    Turn,
    Voice,
    Word,
)
from fgd.workspace.project import Project

PACE = 400
"""Milliseconds a word takes."""

BODIES = (
    Institution("cms", "Ceasefire Monitoring Society", "CMS"),
    Institution("hila", "Highland Leaders Association", "HILA"),
    Institution("drf", "Delta Research Forum", "DRF"),
)
PEOPLE = (
    Participant("chair", "Ana Reyes", "facilitator"),
    Participant("maria", "Maria Dalisay", institutions=("cms",)),
    Participant("hafiz", "Hafiz Karim", institutions=("hila",)),
    Participant("tuan", "Tuan Nguyen", institutions=("drf",)),
    Participant("lena", "Lena Fischer", "observer"),
)
GUIDE = Guide(
    "Guide",
    (
        Section("funds", "Paying for the mechanism", text="Who should pay for the mechanism?",
                minutes=5, listen_for=("standing fund",)),
        Section("women", "Women in the talks", text="How can women take part in the talks?",
                minutes=5),
    ),
)  # fmt: skip

Said = Sequence[tuple[str, str]]

TALK: Said = (
    ("chair", "Good morning. Our first question is this: who should pay for the mechanism?"),
    ("maria", "I propose a standing fund, paid by all member states, so that nobody waits for a "
              "donor when a crisis comes."),
    ("hafiz", "I agree with Maria. The secretariat has too small a budget for that work."),
    ("tuan", "I would support the fund, but only if small countries pay a smaller share of it."),
    ("maria", "Donors from outside come with money and with conditions, and then they go home."),
    ("chair", "Thank you. The next question: how can women take part in the talks?"),
    ("hafiz", "In our valleys women mediate between families every day, and nobody counts it."),
    ("tuan", "I do not agree with Hafiz. There was not one woman in either delegation."),
    ("maria", "Half of the seats in the delegations should go to women from the districts."),
    ("lena", "I only observe, and I think women should lead the talks."),
)  # fmt: skip

FISH = (
    "The fishing boats in our harbour catch less every summer.",
    "Fishermen sell their boats because there is no fish in the harbour.",
    "A boat without fuel catches no fish, and fuel is dear for fishermen.",
    "The harbour needs ice, or the fish is spoiled before the boats are unloaded.",
    "Young fishermen leave the harbour and sell the boats of their fathers.",
    "We counted forty fishing boats in the harbour, and ten of them catch fish.",
)
WITH_FISH: Said = (
    *TALK,
    *((("maria", "hafiz", "tuan")[n % 3], text) for n, text in enumerate(FISH)),
)

NAMES = {person.id: person.name for person in PEOPLE}


def turn(start: int, who: str, text: str, recording: str = "rec") -> Turn:
    """A turn whose words follow each other at an even pace."""
    words = tuple(
        Word(Span(start + n * PACE, start + (n + 1) * PACE), f" {word}")
        for n, word in enumerate(text.split())
    )
    end = words[-1].span.end if words else start
    return Turn(f"{recording}-{start:08d}", recording, who, Span(start, end), words)


def conversation(said: Said, recording: str = "rec") -> Conversation:
    """Turns one after the other, half a second apart."""
    turns, at = [], 0
    for who, text in said:
        turns.append(turn(at, who, text, recording))
        at = turns[-1].span.end + 500
    voices = tuple(Voice(who, recording) for who in dict.fromkeys(who for who, _ in said))
    return Conversation(recording, voices, tuple(turns))


def session(guide: Guide = GUIDE) -> Session:
    """A session with five people on its list."""
    return Session(
        "test",
        languages=("en",),
        institutions=BODIES,
        participants=PEOPLE,
        guide=guide,
        recordings=(Recording("rec", "rec.wav", ""),),
    )


def known() -> tuple[Attribution, ...]:
    """Every voice is the person it is called after."""
    return tuple(
        Attribution("rec", each.id, participant=each.id, confidence=1.0) for each in PEOPLE
    )


def written(root: Path, said: Said) -> Path:
    """A project with one session, "council", that is a transcript with a list of participants."""
    folder = root / "recordings" / "council"
    folder.mkdir(parents=True)
    cues = ["WEBVTT", ""]
    for n, (who, text) in enumerate(said):
        cues += [f"00:{n:02d}:00.000 --> 00:{n:02d}:40.000", f"<v {NAMES[who]}>{text}</v>", ""]
    (folder / "talk.vtt").write_text("\n".join(cues), encoding="utf-8")
    rows = [f"{each.name},{each.role},{body(each)}" for each in PEOPLE]
    (folder / "participants.csv").write_text(
        "\n".join(["name,role,institution", *rows]) + "\n", encoding="utf-8"
    )
    (folder / "session.toml").write_text(
        'title = "Council"\nlanguages = ["en"]\n\n[themes]\ncodebooks = ["peace-process"]\n'
    )
    return root


def body(person: Participant) -> str:
    """The acronym of where somebody comes from."""
    return next((each.acronym for each in BODIES if each.id in person.institutions), "")


def themed(root: Path) -> Themed:
    """Run the pass of a written project up to the themes."""
    opened = Project.open(root)
    return pipeline.find_themes(pipeline.SessionContext(opened, opened.session("council"))).value
