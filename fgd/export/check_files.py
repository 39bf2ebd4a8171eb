"""Write what one participant is asked to check: a page that works from disk and in mail, and Word.

Nothing is fetched and nothing is sent: answers stay in the page until a button saves them as a
small file. The policy of the page lets only its own script run, and where none may, the page says
how to answer by hand or by mail.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from fgd.export.told import environment
from fgd.export.word import Page
from fgd.model import (
    CHOICES,
    CHOICES_OF_MANY,
    SIDES_OFFERED,
    VERDICTS,
    Asked,
    Check,
    PropositionKind,
    Side,
    Verdict,
)

TITLE = "Please check what you said"
PUT: dict[PropositionKind, str] = {
    "proposal": "proposed",
    "question": "asked",
    "claim": "claimed",
}
COUNTED: dict[Side, str] = {
    "for": "for",
    "condition": "for, on a condition",
    "against": "against",
    "doubt": "in doubt about",
    "alternative": "for something else instead of",
    "yes": "saying yes to",
    "no": "saying no to",
    "part": "saying yes in part to",
    "answer": "answering",
    "open": "having spoken to",
}
EMPTY = "\N{BALLOT BOX}"


class Wording:
    """Says in plain words what a check asks."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.you = "your delegation" if check.delegation else "you"
        self.your = "your delegation's" if check.delegation else "your"
        self.quotes = [each for each in check.asked if each.kind == "quote"]
        self.counted = [each for each in check.asked if each.kind != "quote"]

    def asks(self, each: Asked) -> str:
        """Return the sentence that stands above the choices, quotes in quotation marks."""
        who = self.you[:1].upper() + self.you[1:]
        are = "is" if self.check.delegation else "are"
        said = f"\u201c{each.words}\u201d"
        if each.kind == "quote":
            return said
        if each.kind == "put":
            return f"{who} {are} told as having {PUT[each.of]}: {said}"
        what = f"\u201c{each.put}\u201d" if each.put else "words that the rule withholds"
        by = f" ({PUT[each.of]} by {each.put_by})" if each.put_by else ""
        side = f"{who} {are} counted as {COUNTED[each.side]}"
        if each.seems:
            side = f"It seems to the software that {self.you} {are} {COUNTED[each.side]}"
        if each.of == "claim" and each.side in ("for", "against", "condition", "part"):
            verb = {"for": "agreeing with", "against": "disagreeing with"}.get(
                each.side, "agreeing in part with"
            )
            side = side.replace(COUNTED[each.side], verb)
        because = f" \u2013 because {self.you} said {said}"
        if each.side == "open":
            because += ". No side was read from it"
        return f"{side}: {what}{by}{because}."

    def printed(self, each: Asked) -> str:
        """Tell what becomes of the words in the edition that is passed on."""
        if each.left_out:
            return "Left out of the edition that is passed on, as you asked."
        if not each.printed:
            return "These words are not in the edition that is passed on."
        as_said = each.printed == each.words
        words = "as here" if as_said else f"as \u201c{each.printed}\u201d"
        return f"In the edition that is passed on they stand {words}, said by {each.label}."

    def choices(self, each: Asked) -> list[tuple[Verdict, str]]:
        """Return the answers that can be given."""
        told = CHOICES_OF_MANY if self.check.delegation else CHOICES
        return [(verdict, told[verdict]) for verdict in VERDICTS[each.kind]]

    def sides(self, each: Asked) -> list[tuple[str, str]]:
        """Return the sides that somebody may say they took, but for the one they are counted on."""
        return [(side, told) for side, told in SIDES_OFFERED[each.of].items() if side != each.side]

    @property
    def sides_told(self) -> list[str]:
        """Return the words for sides that an answer by mail may use, and what they mean."""
        kinds = dict.fromkeys(each.of for each in self.counted if each.kind == "side")
        return [
            f"For what was {PUT[kind]}: "
            + "; ".join(f"{side} ({told})" for side, told in SIDES_OFFERED[kind].items())
            + "."
            for kind in kinds
        ]

    @property
    def mail(self) -> list[str]:
        """Return an answer by mail as it could begin."""
        lines = [f"check {self.check.code} {self.check.edition}"]
        if self.quotes:
            first = self.quotes[0].number
            lines += [f"{first} right", f"{first} differently: how it should be understood"]
            lines += [f"{first} not mine", f"{first} leave out"]
        sides = [each for each in self.counted if each.kind == "side"]
        if sides:
            lines.append(f"{sides[0].number} side: {self.sides(sides[0])[0][0]}")
        return [*lines, "remark: anything else"]


def check_page(check: Check) -> bytes:
    """Return the page: one person's, to be opened from disk or out of a mail."""
    folder = files("fgd.export").joinpath("templates")
    script = folder.joinpath("check.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode()
    page: str = (
        environment()
        .get_template("check.html.jinja")
        .render(
            check=check,
            say=Wording(check),
            title=TITLE,
            css=folder.joinpath("check.css").read_text(encoding="utf-8"),
            script=script,
            digest=digest,
            introduction=introduction(check),
            nothing=nothing(check),
        )
    )
    return page.encode("utf-8", "replace")


def check_docx(check: Check) -> bytes:
    """Return the same as a Word file, to be filled in with crosses and words, and sent back."""
    say = Wording(check)
    page = Page(TITLE)
    page.footer(f"check {check.code} {check.edition}")
    page.text(TITLE, style="Title")
    page.text((" \u00b7 ".join((check.title, *check.facts)), "quiet"))
    for line in introduction(check):
        page.bullet(line)
    page.bullet(
        "Put an x into the box beside your answer, write where there is room, save the file and "
        f"send it to {check.to}. What you leave empty stays as it is."
    )
    page.text((f"check {check.code} {check.edition}", "small quiet"))
    for title, asked in (("Your words", say.quotes), ("Where you are counted", say.counted)):
        if asked:
            page.heading(title, 1)
        for each in asked:
            _question(page, say, each)
    if not check.asked:
        page.text(nothing(check))
    page.heading("Anything else", 1)
    page.table("", ("Remark",), [("",)], (1.0,), form=True, tall=True)
    return page.saved()


def _question(page: Page, say: Wording, each: Asked) -> None:
    line = page.text((f"{each.number}. ", "bold"), say.asks(each))
    line.paragraph_format.keep_with_next = True
    if each.kind == "quote":
        if each.before or each.after:
            around = f"{each.before} [{each.number}] {each.after}".strip()
            page.text((around, "small quiet")).paragraph_format.keep_with_next = True
        beside = f"Beside it stands: {each.corrected}" if each.corrected else ""
        about = " \u00b7 ".join(part for part in (each.place, say.printed(each), beside) if part)
        page.text((about, "small quiet")).paragraph_format.keep_with_next = True
    rows = []
    for verdict, text in say.choices(each):
        rows.append((EMPTY, text))
        if verdict == "differently":
            rows.append(("", ""))
        if verdict == "wrong side":
            rows += [(EMPTY, f"\u2013 {told}") for _, told in say.sides(each)]
    page.table("", (str(each.number), "Your answer"), rows, (0.08, 0.92), form=True)


def introduction(check: Check) -> list[str]:
    """Tell what this is, what is asked, and what becomes of the answer."""
    words = "your own words, and where you are counted"
    if check.delegation:
        words = "your delegation's words, and where it is counted"
    return [
        "A brief of this session was made with the help of software. Here is what it has of "
        f"{words}.",
        "Words in quotation marks are what the transcript says, letter for letter. They are not "
        "rewritten: if they were meant differently, your wording stands beside them and is marked "
        "as yours.",
        check.rule,
        "If these are not your words, this file reached the wrong person: please say so to "
        f"{check.to} and delete it.",
    ]


def nothing(check: Check) -> str:
    """Tell somebody of whom nothing is quoted that it is so."""
    who = "your delegation" if check.delegation else "you"
    are = "is" if check.delegation else "are"
    return f"The brief quotes no words of {who}, and {who} {are} counted on no side."


def check_files(check: Check) -> dict[str, bytes]:
    """Return both files of one person by their names."""
    name = f"check-{check.code}"
    return {f"{name}.docx": check_docx(check), f"{name}.html": check_page(check)}
