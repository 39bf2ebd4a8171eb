"""Tell what participants said of their own words: in how many answers, and beside which quotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fgd.core.text import number
from fgd.decisions.circulation import CIRCULATE, left_out
from fgd.decisions.kinds import quoted, told
from fgd.decisions.participants import (
    REMARK,
    answers_waiting,
    changes_asked,
    checks_done,
    corrections,
    signed,
)
from fgd.decisions.voices import PARTICIPANT
from fgd.model import Brief, Decision, Extract, Fact, Issue, Span
from fgd.synthesis.material import Material

CHECKED = "Checked"
PEOPLE_ONLY = "to be added by the rapporteur"
LEFT_OUT = "its speaker asked to leave it out of what is passed on"
CHANGES = {
    "corrected": ("wording beside a quotation", "wordings beside a quotation"),
    "response": ("side", "sides"),
    "proposition": ("proposition that was none", "propositions that were none"),
    "participant": ("turn that was not theirs", "turns that were not theirs"),
    "circulate": ("quotation left out", "quotations left out"),
}
"""What participants change, one and several, by the field of the decision."""


def amended(brief: Brief, decisions: Sequence[Decision]) -> Brief:
    """Put beside quotes what their speakers wrote about them; the words stay what they are."""
    wordings, out = corrections(decisions), left_out(decisions)
    made = []
    for each in brief.extracts if wordings or out else ():
        said = [d for d in wordings if _speaks_of(each, d.recording, d.anchor)]
        asked = any(_speaks_of(each, recording, span) for recording, span in out)
        note = "; ".join(part for part in (each.note, LEFT_OUT if asked else "") if part)
        corrected = " / ".join(dict.fromkeys(d.value for d in said))
        made.append(replace(each, corrected=corrected, note=note))
    return replace(brief, extracts=tuple(made)) if made else brief


def unplaced(extracts: Sequence[Extract], decisions: Sequence[Decision]) -> Iterator[Issue]:
    """Tell which corrections find no quote any more, and which answers wait for the rapporteur."""
    for each in corrections(decisions):
        if not any(_speaks_of(one, each.recording, each.anchor) for one in extracts):
            yield Issue(
                "note", "check", f"a speaker's correction ({each.id}) is of words that the brief "
                "no longer quotes, so it is printed nowhere."
            )  # fmt: skip
    if waiting := answers_waiting(decisions):
        many = "answer waits" if len(waiting) == 1 else "answers wait"
        told_of = f"{number(len(waiting))} {many} for the rapporteur among those of participants."
        yield Issue(
            "warning", "check", told_of,
            "List them with fgd check SESSION, then use --follow or --keep.",
        )  # fmt: skip


def _speaks_of(extract: Extract, recording: str, span: Span) -> bool:
    """Tell whether a time is that of a quote: half of the shorter one is shared."""
    for source in extract.sources:
        shared = (source.span & span).duration
        if source.recording == recording and 2 * shared > min(source.span.duration, span.duration):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Called:
    """How people and bodies are called in a brief that names them."""

    material: Material

    def person(self, participant: str) -> str:
        """Return the name of a participant."""
        people = self.material.session.participants
        return next((each.name for each in people if each.id == participant), "")

    def body(self, institution: str) -> str:
        """Return the name of an institution."""
        return self.material.people.institution(institution).name

    def theme(self, theme: str) -> str:
        """Return the name of a theme."""
        found = self.material.codes.get(theme)
        return found.name if found else theme

    def voice(self, recording: str, span: Span) -> str:
        """Return no voice: participants decide about turns."""
        del recording, span
        return ""


class Comments:
    """Puts into facts who answered, until when, and what came of it."""

    def __init__(
        self,
        material: Material,
        decisions: Sequence[Decision],
        extracts: Sequence[Extract] = (),
    ) -> None:
        self.turns, self.extracts = material.turns, extracts
        self.done = checks_done(decisions)
        self.decisions = decisions
        self.names = _Called(material)
        self.changes = changes_asked(decisions)
        people = material.people.counted
        known = {f"participant:{each.key}" for each in people if each.name}
        bodies = {f"institution:{each.institutions[0]}" for each in people if each.institutions}
        parts = []
        for sort, asked, noun in (
            ("participant:", known, "participant"), ("institution:", bodies, "delegation"),
        ):  # fmt: skip
            mine = {who for who in self.done if who.startswith(sort)}
            if mine:
                of = len(asked | mine)
                parts.append(f"{len(mine)} of {of} {noun if of == 1 else noun + 's'}")
        self.who = " and ".join(parts)
        self.until = max((made.when[:10] for made, _ in self.done.values()), default="")

    def masthead(self) -> Iterable[Fact]:
        """Return the line that stands at the top of the brief; none where nobody answered."""
        if self.done:
            told_of = f"by {self.who} until {self.until}; {_many(len(self.changes))}"
            yield Fact(CHECKED, told_of)

    def returned(self) -> Fact:
        """Tell what was returned to participants (item 23)."""
        told_of = (
            "not the transcript, but everybody's own quotations and the sides they are counted on; "
            f"{self.who} answered until {self.until}"
        )
        label = "Transcript returned to participants"
        return Fact(label, told_of if self.done else PEOPLE_ONLY, "23")

    def comments(self) -> Iterable[Fact]:
        """Tell what participants commented, and what was changed (item 28)."""
        label = "Participants' comments on the findings"
        if not self.done:
            yield Fact(label, PEOPLE_ONLY, "28")
            return
        counted = Counter(each.field for each in self.changes)
        kinds = [
            f"{counted[field]} {one if counted[field] == 1 else many}"
            for field, (one, many) in CHANGES.items()
            if counted[field]
        ]
        partly = sum(1 for _, what in self.done.values() if what.open)
        remarks = [each for each in self.decisions if each.field == REMARK]
        told_of = [
            f"checked by {self.who} until {self.until}",
            f"{partly} of them left questions open" if partly else "",
            _many(len(self.changes)) + (f" ({', '.join(kinds)})" if kinds else ""),
            f"{len(remarks)} remark{'s' * (len(remarks) > 1)}" if remarks else "",
        ]
        yield Fact(label, "; ".join(part for part in told_of if part), "28")
        names = [self._name(who) for who in self.done]
        yield Fact("Checked by", ", ".join(names), "28", private=True)
        for each in self.changes:
            label = f"Changed by {self._name(each.by)}"
            yield Fact(label, self._told(each), "28", private=True)
        for each in remarks:
            yield Fact(f"Remark of {self._name(each.by)}", each.value, "28", private=True)
        waiting = len(answers_waiting(self.decisions))
        if waiting:
            yield Fact("Answers that wait for the rapporteur", str(waiting), "28", private=True)

    def _told(self, decision: Decision) -> str:
        """Tell a change with the words that it is about."""
        here, span = decision.recording, decision.anchor
        if decision.field == PARTICIPANT:
            turns = (e for e in self.turns if e.recording == here and e.span.overlaps(span))
            return f"did not say: {quoted(next((each.text for each in turns), ''))}"
        if decision.field == CIRCULATE:
            about = (each for each in self.extracts if _speaks_of(each, here, span))
            return f"left out of what is passed on: {quoted(next((e.text for e in about), ''))}"
        return told(decision, self.names, {})

    def _name(self, who: str) -> str:
        return signed(who, self.names)


def _many(changes: int) -> str:
    return "nothing was changed" if not changes else f"{changes} change{'s' * (changes > 1)}"
