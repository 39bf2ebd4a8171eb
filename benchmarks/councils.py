"""Invent meetings of a council: eight delegations, a chair, and many ways to give the floor.

Real councils are not among the public data with known speakers, so these are written, not found.
``FORMULAS`` and the rules for giving the floor have one author and are of one day; rules were tried
on those of even number first (``SEEN``), then on the odd ones (``UNSEEN``), which have been seen
since: figures on them say that the rules hold, not that they generalise.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from fgd.model import Conversation, Institution, Participant, Session, Span, Turn, Voice, Word

LANDS = ("Norway", "Kenya", "Chile", "Japan", "Ghana", "Portugal", "Viet Nam", "Timor-Leste")
NAMES = (
    "Ingrid Solheim", "Wanjiru Kamau", "Rodrigo Fuentes", "Haruka Mori", "Kwabena Asare",
    "Beatriz Nogueira", "Pham Quoc Bao", "Domingos Ximenes",
)  # fmt: skip
CHAIR = Participant("chair", "Lucia Paredes", "facilitator", ("peru",))


@dataclass(frozen=True, slots=True)
class Formula:
    """How one chair speaks: to give the floor (the first may differ) and to thank."""

    give: str
    thank: str


FORMULAS = (
    Formula(
        "I now give the floor to the representative of {land}.",
        "I thank the representative of {land} for {pronoun} statement.",
    ),
    Formula(
        "I now invite the delegation of {land} to take the floor.",
        "I thank the delegation of {land} for that contribution.",
    ),
    Formula("The next speaker on my list is {land}.", "Thank you, {land}."),
    Formula("{land}, you have the floor.", "Many thanks to the distinguished delegate of {land}."),
    Formula(
        "May I call upon our colleague from {land}?",
        "Thank you very much to our colleague from {land}.",
    ),
    Formula(
        "I recognise the distinguished representative of {land}.",
        "I am grateful to the representative of {land} for {pronoun} briefing.",
    ),
    Formula(
        "Let us hear from the delegate of {land} now.",
        "We have heard the delegate of {land}, with thanks.",
    ),
    Formula("The floor goes to {land}, please.", "I thank {land} for the presentation."),
    Formula("{land} has asked for the floor. Please.", "Thank you to {land} for those remarks."),
    Formula(
        "I should like to turn to {land} next.", "My appreciation goes to the delegation of {land}."
    ),
    Formula(
        "Next, the ambassador of {land}, Excellency, please.",
        "Thank you, Ambassador of {land}, for your words.",
    ),
    Formula(
        "We move on to the delegation from {land}.",
        "Thank you kindly, distinguished delegate from {land}.",
    ),
    Formula(
        "I pass the microphone to the representative of {land}.",
        "That was the representative of {land}, whom I thank.",
    ),
    Formula(
        "I see {land} has raised its flag. You have the floor.",
        "I thank the honourable delegate of {land}.",
    ),
    Formula(
        "The delegation of {land} is recognised.", "The Chair thanks the delegation of {land}."
    ),
    Formula(
        "I now have the pleasure of giving the floor to {title} {name} of {land}.",
        "Thank you, {title} {surname}.",
    ),
    Formula("Could we have {land} now?", "Thanks, {land}."),
    Formula("It is the turn of {land}.", "Thank you for that, {land}."),
    Formula("Over to our friends from {land}.", "Thank you to our friends from {land}."),
    Formula(
        "I yield the floor to {title} {surname}.",
        "I thank {title} {surname} for {pronoun} statement.",
    ),
    Formula("{title} {surname}, whenever you are ready.", "Thank you so much, {title} {surname}."),
    Formula(
        "The representative of {land} may speak now.",
        "The Council thanks the representative of {land}.",
    ),
    Formula(
        "I offer the floor to the head of the delegation of {land}.",
        "We are obliged to the head of the delegation of {land}.",
    ),
    Formula("{land} is next, followed after that by others.", "I thank {land}."),
)
SEEN = tuple(range(0, len(FORMULAS), 2))
UNSEEN = tuple(range(1, len(FORMULAS), 2))

OPENINGS = (
    "{land} supports the text before us and has said so in the capital.",
    "Thank you, Chair. My delegation has studied the text with care.",
    "{land} voted for the earlier text and will do so again.",
    "Madam Chair, let me be brief, as the hour is late.",
    "We welcome the report, and we have two points on it.",
    "{land} regrets that the annex came so late to us.",
    "Allow me to begin with the second paragraph, which we cannot accept.",
    "Thank you for the floor. {land} attaches great weight to the timetable.",
)
MIDDLE = (
    "The observers need boats and radios before the rains.",
    "A panel of three would be enough for the first year.",
    "We would ask that the figures be checked once more.",
    "The ports on both sides should report every week.",
    "Without money there will be no second round at all.",
    "The islands have waited for this longer than anybody.",
    "It is a question of trust, and trust takes time.",
    "Our fishermen see the patrols and draw their own conclusions.",
)


def council(number: int, *, absent: int = 0) -> tuple[Session, Conversation, dict[str, str]]:
    """Invent the meeting of a formula: session, talk, and the participant of every voice.

    The delegations speak in an order of their own; ``absent`` of them never speak.
    """
    order = random.Random(number)
    formula = FORMULAS[number]
    bodies = [Institution("peru", "Permanent Mission of Peru", country="Peru")]
    people = [CHAIR]
    for land, name in zip(LANDS, NAMES, strict=True):
        key = land.lower().replace(" ", "-")
        bodies.append(Institution(key, f"Permanent Mission of {land}", country=land))
        people.append(Participant(f"p-{key}", name, "participant", (key,), land))
    lands = order.sample(range(len(LANDS)), len(LANDS) - absent)
    said: list[tuple[str, str]] = []
    words = "The meeting is open. We begin with the statements on the item before us."
    truth = {"V0": "chair"}
    for place, which in enumerate(lands):
        pronoun, title = ("her", "Ms.") if which % 2 == 0 else ("his", "Mr.")
        parts = {
            "land": LANDS[which],
            "name": NAMES[which],
            "surname": NAMES[which].split()[-1],
            "pronoun": pronoun,
            "title": title,
        }
        said.append(("V0", f"{words} {formula.give.format(**parts)}"))
        speech = [OPENINGS[(which + number) % len(OPENINGS)].format(**parts)]
        speech += order.sample(MIDDLE, 3)
        voice = f"V{place + 1}"
        truth[voice] = people[which + 1].id
        said.append((voice, " ".join(speech)))
        words = formula.thank.format(**parts)
    said.append(("V0", f"{words} There are no more names on my list. The meeting is closed."))
    session = Session(
        f"council-{number}",
        languages=("en",),
        institutions=tuple(bodies),
        participants=tuple(people),
    )
    return session, _conversation(session.id, said), truth


def _conversation(recording: str, said: list[tuple[str, str]]) -> Conversation:
    """Turns of 300 ms a word, half a second apart."""
    turns, at = [], 0
    for number, (voice, text) in enumerate(said):
        start, words = at, []
        for token in text.split():
            words.append(Word(Span(at, at + 300), f" {token}"))
            at += 300
        turns.append(Turn(f"{recording}-{number}", recording, voice, Span(start, at), tuple(words)))
        at += 500
    names = dict.fromkeys(voice for voice, _ in said)
    return Conversation(recording, tuple(Voice(n, recording) for n in names), tuple(turns))
