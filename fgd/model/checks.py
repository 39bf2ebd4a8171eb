"""Ask participants whether their words and sides are right, and hold what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fgd.model.findings import PropositionKind, Side

AskedKind = Literal["quote", "side", "put"]
Verdict = Literal["right", "not mine", "differently", "leave out", "wrong side", "not put"]
VERDICTS: dict[AskedKind, tuple[Verdict, ...]] = {
    "quote": ("right", "not mine", "differently", "leave out"),
    "side": ("right", "wrong side"),
    "put": ("right", "not put"),
}
"""What can be answered to each kind of question."""

CHOICES: dict[Verdict, str] = {
    "right": "This is right",
    "not mine": "I did not say this",
    "differently": "I said or meant it differently:",
    "leave out": "Please leave this out of what is passed on",
    "wrong side": "This is the wrong side. I was:",
    "not put": "I did not put this to the room",
}
SIDES_OFFERED: dict[PropositionKind, dict[str, str]] = {
    "proposal": {
        "for": "for it",
        "condition": "for it on a condition",
        "against": "against it",
        "doubt": "in doubt about it",
        "alternative": "for something else instead",
        "none": "on no side; I did not speak of it",
    },
    "question": {
        "yes": "answering yes",
        "no": "answering no",
        "part": "answering yes in part",
        "answer": "answering with something else than yes or no",
        "none": "not answering it",
    },
    "claim": {
        "for": "of the same opinion",
        "condition": "of the same opinion on a condition",
        "against": "of another opinion",
        "doubt": "in doubt about it",
        "part": "of the same opinion in part",
        "none": "on no side; I did not speak of it",
    },
}
"""The sides that somebody may say they took, by what was put to the room; ``none``: no answer."""
CHOICES_OF_MANY = {
    verdict: told.replace("I was", "We were").replace("I ", "We ")
    for verdict, told in CHOICES.items()
}
"""The same choices as a delegation reads them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a participant is asked about: a quote of theirs, or where they are counted.

    ``key`` is made of what it says, so an answer finds it in another edition of the brief too.
    ``words`` are an exact slice, ``before`` and ``after`` what the same turn says around it.
    ``printed`` is how the circulation edition prints the words (empty: it does not), ``label`` whom
    it names for them. ``put`` are somebody else's words that a side answers, as far as the rule
    lets them be told; ``shows`` is the number of the quote with the same words.
    """

    number: int
    key: str
    kind: AskedKind
    words: str
    before: str = ""
    after: str = ""
    place: str = ""
    printed: str = ""
    label: str = ""
    corrected: str = ""
    left_out: bool = False
    of: PropositionKind = "proposal"
    put: str = ""
    put_by: str = ""
    side: Side = "open"
    seems: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What one person (or institution) is asked to look at; ``code`` names them to nobody else.

    ``edition`` is the hash of what is asked: an answer names the edition it was given to.
    """

    session: str
    code: str
    edition: str
    title: str = ""
    facts: tuple[str, ...] = ()
    rule: str = ""
    to: str = ""
    language: str = "en"
    delegation: bool = False
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answers to one question, named by its key (pages) or number (mail, Word);
    ``words`` is the question as a Word file asks it.
    """

    verdict: Verdict
    key: str = ""
    number: int = 0
    words: str = ""
    wording: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """A file that came back: whose it is, which edition it answers, and what it says."""

    file: str
    code: str
    edition: str = ""
    session: str = ""
    replies: tuple[Reply, ...] = ()
    remark: str = ""
