"""Ask participants to check their words and sides, and turn what they answer into decisions.

Who is asked sees their own words, and of others only what the circulation edition tells. What they
answer holds like any decision, unless it contradicts what somebody else decided: then it waits for
the rapporteur, who follows it or keeps what there is.
"""

from __future__ import annotations

import secrets as chance
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import msgspec

from fgd import disclosure
from fgd.core.errors import GateError, InputError, LeakError, ProjectError
from fgd.core.text import clean
from fgd.decisions import participants as asked_of
from fgd.decisions.circulation import CIRCULATE, leave_out
from fgd.decisions.findings import PROPOSITION, RESPONSE, Desk, answered_side
from fgd.decisions.kinds import contradict
from fgd.decisions.log import undo
from fgd.decisions.participants import Checked, Waiting
from fgd.decisions.voices import INSTITUTION, PARTICIPANT, name_turn
from fgd.export import check_files
from fgd.export.check_files import Wording
from fgd.export.tables import csv_text
from fgd.intake import read_answer
from fgd.model import (
    SIDES_OFFERED,
    Asked,
    Brief,
    Check,
    CheckAnswer,
    Decision,
    Extract,
    Issue,
    Presence,
    Proposition,
    Reply,
    Response,
)
from fgd.pipeline import arranged
from fgd.pipeline import session_pass as pipeline
from fgd.workbench.changes import now, sentence, signer
from fgd.workbench.open_session import OpenSession, meant
from fgd.workspace.lock import session_lock
from fgd.workspace.store import hash_value, write_bytes

By = Literal["person", "institution"]
NAMELESS = " Whose file this is stands nowhere in it, but for what you said yourself."
BESIDE = 30
"""Words of the same turn before and after a quote at most."""

SENDER = "whoever sent you this file"
FOLDER = "checks"
"""Where the files to send lie among a session's outputs."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked, with what an answer to it decides about."""

    asked: Asked
    extract: Extract | None = None
    response: Response | None = None
    proposition: Proposition | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one person or institution is asked; ``author`` signs their decisions."""

    check: Check
    author: str
    name: str
    questions: tuple[Question, ...] = ()


class Line(msgspec.Struct, frozen=True):
    """One person of a session, for whoever sends the files."""

    code: str
    who: str
    files: tuple[str, ...]
    questions: int
    state: str


class WaitingView(msgspec.Struct, frozen=True):
    """An answer that waits for the rapporteur."""

    id: str
    who: str
    asks: str
    why: str
    can_follow: bool


class ChecksView(msgspec.Struct, frozen=True):
    """Who is asked, and what waits."""

    people: tuple[Line, ...]
    waiting: tuple[WaitingView, ...]
    unnamed: int = 0


class Taken(msgspec.Struct, frozen=True):
    """What became of one file that came back."""

    file: str
    who: str = ""
    changes: int = 0
    waiting: int = 0
    open: int = 0
    again: bool = False


def write_checks(opened: OpenSession, by: By, author: str) -> tuple[ChecksView, list[Path]]:
    """Write the files of everybody, and tell who is to get which; those of others go away.

    Raises ``GateError`` where the rule of attribution, or what is not known, forbids to ask.
    """
    _begin(opened, author)
    folder = opened.folder.outputs
    with session_lock(opened.folder):
        sheets = asked_sheets(opened, by)
        made: dict[str, bytes] = {}
        for sheet in sheets:
            made |= _guarded(opened, sheet.check)
        paths = [write_bytes(folder / FOLDER / name, data) for name, data in sorted(made.items())]
        for path in (folder / FOLDER).glob("check-*.*"):
            if path.name not in made:
                path.unlink()
        view = look(opened, sheets)
        rows = [
            (each.code, each.who, *each.files, each.questions, each.state) for each in view.people
        ]
        header = ("code", "who", "page", "Word", "questions", "state")
        data = csv_text(header, rows).encode("utf-8", "replace")
        # Beside the folder that is sent from, since it names everybody.
        paths.append(write_bytes(folder / "checks.csv", data))
    return view, paths


def look(opened: OpenSession, sheets: Sequence[Sheet]) -> ChecksView:
    """Tell who is asked and has answered, and which answers wait for the rapporteur."""
    holding = opened.log.effective
    done = asked_of.checks_done(holding)
    reading = opened.reading()
    lines = []
    for sheet in sheets:
        state = "not answered"
        if sheet.author in done:
            made, what = done[sheet.author]
            many = "1 change" if what.changes == 1 else f"{what.changes} changes"
            left = f", {what.open} left open" if what.open else ""
            state = f"answered {made.when[:10]}, {many}{left}"
        names = tuple(f"check-{sheet.check.code}.{kind}" for kind in ("html", "docx"))
        code, questions = sheet.check.code, len(sheet.questions)
        lines.append(Line(code, sheet.name, names, questions, state))
    waiting = tuple(
        WaitingView(
            made.target.removeprefix("answer:"),
            signer(reading, made.by),
            what.asks,
            what.why,
            bool(what.field),
        )
        for made, what in asked_of.answers_waiting(holding)
    )
    brief = opened.records.load("brief", Brief)
    unnamed = [
        each
        for each in (brief.value.presence if brief else ())
        if each.role not in ("facilitator", "observer") and each.note
    ]
    return ChecksView(tuple(lines), waiting, len(unnamed))


def _begin(opened: OpenSession, author: str) -> None:
    """Keep what codes are made from, before the first files are written."""
    if not asked_of.code_of(opened.log.effective, "anybody"):
        made = asked_of.begin(chance.token_hex(16), by=author, when=now())
        opened.record([made], opened.log.version)


def asked_sheets(opened: OpenSession, by: By) -> tuple[Sheet, ...]:
    """Return what everybody who was heard is asked, in the order in which they are listed."""
    context = opened.source
    if context.store.load("brief", Brief) is None:
        raise ProjectError(
            "this session has not been run yet.",
            where=opened.folder.name,
            remedy=f"Run: fgd run {opened.folder.id}",
        )
    rule = context.intake.session.disclosure.rule
    if by == "institution" and rule not in ("named", "institution"):
        raise InputError(
            "the rule of this session hides from institutions what their people said.",
            where=opened.folder.name,
            remedy="Ask persons: leave --by out.",
        )
    if unknown := pipeline.nobody_known(context):
        raise GateError(
            unknown,
            where=f"{opened.folder.name}/participants.csv",
            remedy="Mend participants.csv or add it, so that it is known whom a file may name.",
        )
    return Asking(opened, by)()


class Asking:
    """Puts together what everybody of one session is asked."""

    def __init__(self, opened: OpenSession, by: By) -> None:
        context = opened.source
        self.opened, self.by = opened, by
        self.decisions = opened.log.effective
        self.brief = pipeline.write_brief(context).value
        self.session = pipeline.full_session(context)
        decided = pipeline.decided_words(context, self.decisions)
        edited, linked = pipeline.circulated(context, decided)
        self.edited = edited
        self.redact = disclosure.redactor(
            self.session, pipeline.secrets(context), context.settings.brief, decided
        )
        names = linked.names if self.redact.harmless else {e.id: e.id for e in self.brief.extracts}
        told = {each.id: each for each in edited.extracts}
        self.told = {old: told[new] for old, new in names.items() if new in told}
        self.put_by = {each.extract: each.speaker for each in edited.findings}
        self.decided = decided
        found = pipeline.deliberate(context).value
        self.propositions = {each.id: each for each in found.propositions}
        self.responses = {(each.proposition, each.who): each for each in found.responses}

    def __call__(self) -> tuple[Sheet, ...]:
        """Return a sheet for each person, or for each institution."""
        heard = [e for e in self.brief.presence if e.role not in ("facilitator", "observer")]
        groups: dict[str, tuple[str, list[str]]] = {}
        people = {each.id: each.name for each in self.session.participants}
        bodies = {each.id: each.name for each in self.session.institutions}
        for each in heard:
            key = each.key.removeprefix(f"{self.session.id}/")
            if self.by == "person" and key in people:
                groups[f"participant:{key}"] = (_named(each), [each.key])
            elif self.by == "institution" and each.institutions:
                first = each.institutions[0]
                name = bodies.get(first, first)
                groups.setdefault(f"institution:{first}", (name, []))[1].append(each.key)
        return tuple(
            self._sheet(author, name, frozenset(keys))
            for author, (name, keys) in sorted(groups.items(), key=lambda each: each[1][0])
        )

    def _sheet(self, author: str, name: str, keys: frozenset[str]) -> Sheet:
        found = (*self._quotes(keys), *self._sides(keys))
        questions = tuple(
            replace(each, asked=replace(each.asked, number=n)) for n, each in enumerate(found, 1)
        )
        asked = tuple(each.asked for each in questions)
        told = {each.label: each.value for each in self.edited.masthead}
        code = asked_of.code_of(self.decisions, author)
        identity = self.session.id
        known = self.redact.typed(identity) == identity and not self.redact.touches(identity)
        check = Check(
            session=identity if known else "",
            code=code,
            edition=hash_value([(e.key, e.side, e.left_out, e.corrected) for e in asked])[:8],
            title=self.edited.title,
            facts=tuple(told[label] for label in ("Event", "Date", "Place") if label in told),
            rule=f"The rule of this session: {told.get('Rule of attribution', '')}"
            + (NAMELESS if self.session.disclosure.rule != "named" else ""),
            to=told.get("Rapporteur", SENDER),
            language=self.brief.language,
            delegation=self.by == "institution",
            asked=asked,
        )
        return Sheet(check, author, name, questions)

    def _quotes(self, keys: frozenset[str]) -> Iterator[Question]:
        for each in self.brief.extracts:
            if each.who not in keys or not each.sources:
                continue
            told = self.told.get(each.id)
            source = each.sources[0]
            asked = Asked(
                0,
                _key("quote", source.recording, source.span.start, source.text),
                "quote",
                _words(each),
                before=_around(self.redact(each.before), last=True),
                after=_around(self.redact(each.after), last=False),
                place=each.place if self.session.disclosure.time_codes else "",
                printed=_words(told) if told else "",
                label=told.speaker if told else "",
                corrected=each.corrected,
                left_out=self.decided.leaves_out(each),
            )
            yield Question(asked, extract=each)

    def _sides(self, keys: frozenset[str]) -> Iterator[Question]:
        extracts = {each.id: each for each in self.brief.extracts}
        for finding in self.brief.findings:
            put = self.propositions.get(finding.proposition)
            own = extracts[finding.extract]
            if put is not None and finding.who in keys:
                key = _key("put", finding.proposition)
                asked = Asked(0, key, "put", _words(own), of=finding.kind)
                yield Question(asked, proposition=put)
            for answer in finding.answers:
                person = answer.who.removeprefix(f"{self.session.id}/")
                response = self.responses.get((finding.proposition, person))
                if answer.who not in keys or response is None:
                    continue
                told = self.told.get(finding.extract)
                asked = Asked(
                    0,
                    _key("side", finding.proposition, person),
                    "side",
                    _words(extracts[answer.extract]),
                    of=finding.kind,
                    put=_words(told) if told else "",
                    put_by=self.put_by.get(told.id, "") if told else "",
                    side=answer.side,
                    seems=answer.unsure,
                )
                yield Question(asked, response=response)


def _key(*parts: object) -> str:
    return hash_value(list(parts))[:10]


def _words(extract: Extract) -> str:
    """Return the words of a quote, without the marks that say where it was cut."""
    return extract.text.removeprefix("[...] ").removesuffix(" [...]")


def _around(text: str, *, last: bool) -> str:
    """Return the last or first words beside a quote, without the stop that ends it."""
    words = text.lstrip(" .,;:!?").split()
    kept = words[-BESIDE:] if last else words[:BESIDE]
    cut = "[...]" if len(kept) < len(words) else ""
    said = " ".join(part for part in (cut * last, *kept, cut * (not last)) if part)
    return said if any(letter.isalnum() for letter in said) else ""


def _named(each: Presence) -> str:
    return f"{each.label} ({each.institution})" if each.institution else each.label


def _guarded(opened: OpenSession, check: Check) -> dict[str, bytes]:
    """Return the files of one person, once a scan has found nobody else in them.

    What the person said is left out of the scan: it goes to nobody but them. Raises ``LeakError``.
    """
    forbidden = pipeline.secrets(opened.source)
    bare = tuple(replace(each, words="", corrected="") for each in check.asked)
    blank = tuple(Asked(each.number, each.key, each.kind, "", of=each.of) for each in check.asked)
    empty = replace(check, asked=blank, title="", facts=(), rule="", to=SENDER)
    found = disclosure.leaks(check_files(replace(check, asked=bare)), forbidden)
    if found:
        ours = {each.text.casefold() for each in disclosure.leaks(check_files(empty), forbidden)}
        found = tuple(each for each in found if each.text.casefold() not in ours)
    if found:
        raise LeakError(
            f"a file to check would have revealed somebody else: {found[0]}.",
            where=opened.folder.name,
            remedy="No file was written. Look at these words in the internal edition, and correct "
            "the transcript or the roster.",
        )
    return check_files(check)


# -- what comes back -------------------------------------------------------------------------------


@dataclass(slots=True)
class Read:
    """What a folder of answers gave: the files, what to tell about them, the decisions made."""

    files: list[Taken] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def read_answers(opened: OpenSession, folder: Path) -> Read:
    """Read every answer in a folder and write down what it decides; a second time changes nothing.

    Raises ``InputError`` if there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(
            "there is no such folder.",
            where=str(folder),
            remedy="Put the answers into a folder and name it: --read FOLDER",
        )
    found = Read()
    paths = sorted(
        p for p in folder.iterdir() if p.is_file() and not p.name.startswith((".", "~$"))
    )
    answers: list[CheckAnswer] = []
    for path in paths:
        answer, issues = read_answer(path)
        found.issues += issues
        if answer is not None and (answer.replies or answer.remark or not issues):
            answers.append(answer)
    if not answers:
        if not paths:
            raise InputError(
                "there is nothing in this folder.", where=str(folder), remedy="Put answers into it."
            )
        return found
    if not asked_of.code_of(opened.log.effective, "anybody"):
        raise InputError(
            "nobody was asked yet in this session, so nothing can be an answer.",
            where=opened.folder.name,
            remedy=f"Write the files first: fgd check {opened.folder.id}",
        )
    with session_lock(opened.folder):
        desk = Receiving(opened)
        for answer in answers:
            taken, issues = desk.take(answer)
            found.issues += issues
            if taken is not None:
                found.files.append(taken)
    return found


class Receiving:
    """Takes in the answers of one session, one file after the other."""

    def __init__(self, opened: OpenSession) -> None:
        self.opened = opened
        context = opened.source
        rule = context.intake.session.disclosure.rule
        sheets = list(asked_sheets(opened, "person"))
        if rule in ("named", "institution"):
            sheets += asked_sheets(opened, "institution")
        self.sheets = {each.check.code: each for each in sheets}
        self.talks = arranged(context)
        self.turns = {turn.id: turn for talk in self.talks for turn in talk.turns}
        self.found = pipeline.deliberate(context).value
        self.fresh: dict[str, tuple[str, dict[str, Reply]]] = {}

    def take(self, answer: CheckAnswer) -> tuple[Taken | None, list[Issue]]:
        """Write down what one answer decides, all of it or nothing."""
        sheet, issue = self._sheet(answer)
        if sheet is None:
            return None, [issue] if issue else []
        who = sheet.name
        given = hash_value(replace(answer, file=""))[:16]
        if self._is_known(sheet, given):
            return Taken(answer.file, who, again=True), []
        matched, issues = self._matched(sheet, answer)
        if matched is None:
            return None, issues
        said = sorted((key, r.verdict, r.wording, r.side) for key, r in matched.items())
        digest = hash_value([said, answer.remark])[:16]
        if self._is_known(sheet, digest):
            return Taken(answer.file, who, again=True), issues
        holding = self.opened.log.effective
        if not matched and not answer.remark:
            if not issues:
                remedy = f"Ask {who} again, or leave it: what is open stays as it is."
                what = "nothing is filled in here, so it does not count as checked."
                issues.append(Issue("warning", answer.file, what, remedy))
            return None, issues
        torn = self._torn(sheet, answer, matched)
        when = now()
        made, waiting = self._decided(sheet, matched, holding, when, torn)
        changes = sum(
            1
            for each in made
            if each.field != asked_of.WAITING and (each.value or each.field == PARTICIPANT)
        )
        left = len(sheet.questions) - len(matched)
        what_was = Checked(
            digest, given, answer.edition, len(sheet.questions), max(left, 0), changes
        )
        if not matched and answer.replies:
            # What they answered before still holds: only the remark is new, if it is.
            if any(
                d.field == asked_of.REMARK and d.value == answer.remark
                for d in holding
                if d.by == sheet.author
            ):
                return None, issues
            made.append(asked_of.remark(sheet.author, answer.remark, when=when))
            self.opened.record(made, self.opened.log.version)
            return Taken(answer.file, who, 0, 0, left), issues
        if answer.remark:
            made.append(asked_of.remark(sheet.author, answer.remark, when=when))
        made += [asked_of.wait(each, by=sheet.author, when=when) for each in waiting]
        made.append(asked_of.checked(sheet.author, what_was, when=when))
        self.opened.record(made, self.opened.log.version)
        return Taken(answer.file, who, changes, len(waiting), max(left, 0)), issues

    def _is_known(self, sheet: Sheet, digest: str) -> bool:
        """Tell whether an answer of this person was read before, in this form or another."""
        done = [each for each in self.opened.log.decisions if each.target == sheet.author]
        return any(f'"{digest}"' in e.value for e in done if e.field == asked_of.CHECKED)

    def _sheet(self, answer: CheckAnswer) -> tuple[Sheet | None, Issue | None]:
        """Find whose answer it is by its code, and nobody else's."""
        sheet = self.sheets.get(answer.code)
        if sheet is None:
            what = "this answers a check of another session, or of somebody who is not heard here."
            remedy = "Read it with the session it belongs to; nothing of it was taken."
            return None, Issue("warning", answer.file, what, remedy)
        mine = {each.asked.key for each in sheet.questions}
        # A delegation is asked what its people are asked.
        alike = [s for s in self.sheets.values() if s.check.delegation == sheet.check.delegation]
        others = {each.asked.key for other in alike for each in other.questions} - mine
        if any(reply.key in others for reply in answer.replies):
            what = "this answers questions that were put to somebody else, so nothing was taken."
            remedy = "Ask whose file it is, and for the answer as the page saved it."
            return None, Issue("warning", answer.file, what, remedy)
        return sheet, None

    def _matched(
        self, sheet: Sheet, answer: CheckAnswer
    ) -> tuple[dict[str, Reply] | None, list[Issue]]:
        """Return the replies by the keys of the questions that are still asked."""
        say = Wording(sheet.check)
        by_number = {each.asked.number: each.asked.key for each in sheet.questions}
        by_words = {clean(say.asks(each.asked)): each.asked.key for each in sheet.questions}
        known = {each.asked.key: each.asked for each in sheet.questions}
        same = answer.edition == sheet.check.edition
        found: dict[str, Reply] = {}
        issues: list[Issue] = []
        gone: list[Reply] = []
        for reply in answer.replies:
            key = reply.key
            if not key:
                key = by_number.get(reply.number, "") if same else by_words.get(reply.words, "")
            if key not in known:
                gone.append(reply)
            elif reply.verdict not in dict(say.choices(known[key])):
                what = f"{reply.verdict!r} is no answer to this question, so it was not read."
                remedy = "Ask again what is meant, and write it as the file offers it."
                place = f"number {reply.number}"
                issues.append(Issue("warning", answer.file, what, remedy, place))
            else:
                found[key] = reply
        if gone and not same:
            # A number alone, without key or words, means nothing once the questions changed.
            bare = not any(each.key or each.words for each in gone)
            why = "its questions have other numbers now" if bare else "it no longer says this"
            what = f"this answers another version of the brief; {why}, so "
            what += f"{len(gone)} of {len(answer.replies)} answers were not taken."
            remedy = f"Send the new file to {sheet.name}, or decide these by hand; keep this file."
            issues.append(Issue("warning", answer.file, what, remedy))
        elif gone:
            numbers = ", ".join(str(each.number) for each in gone[:5])
            what = f"there is no question with this number: {numbers}."
            remedy = f"The questions are 1 to {len(sheet.questions)}; ask what was meant."
            issues.append(Issue("warning", answer.file, what, remedy))
        if gone and not found and not answer.remark:
            return None, issues
        return found, issues

    def _torn(
        self, sheet: Sheet, answer: CheckAnswer, matched: Mapping[str, Reply]
    ) -> frozenset[str]:
        """Return the questions that another file in this folder, read before, answers otherwise."""
        before = self.fresh.get(sheet.author)
        self.fresh[sheet.author] = (answer.file, dict(matched))
        if before is None:
            return frozenset()

        def says(reply: Reply) -> tuple[str, str, str]:
            return reply.verdict, reply.wording, reply.side

        return frozenset(
            key
            for key, reply in matched.items()
            if key in before[1] and says(before[1][key]) != says(reply)
        )

    def _decided(
        self,
        sheet: Sheet,
        matched: Mapping[str, Reply],
        holding: Sequence[Decision],
        when: str,
        torn: frozenset[str],
    ) -> tuple[list[Decision], list[Waiting]]:
        """Turn replies into decisions, and into what waits because it contradicts others."""
        made: list[Decision] = []
        waiting: list[Waiting] = []
        quotes = [
            matched[e.asked.key]
            for e in sheet.questions
            if e.asked.kind == "quote" and e.asked.key in matched
        ]
        strangers = len(quotes) > 1 and all(each.verdict == "not mine" for each in quotes)
        if strangers:
            what = f"says of all {len(quotes)} quotations that they are somebody else's"
            waiting.append(Waiting(what, "the file may have reached the wrong person"))
            return made, waiting
        for before, waited in asked_of.answers_waiting(holding):
            if before.by == sheet.author and waited.key in matched:
                made.append(asked_of.settle(before, "replaced", by=sheet.author, when=when))
        for question in sheet.questions:
            key = question.asked.key
            reply = matched.get(key)
            if reply is None:
                continue
            wanted, lacking = self._wanted(sheet, question, reply, when)
            own = [d for d in holding if d.by == sheet.author and self._about(question, d)]
            if lacking:
                waiting.append(Waiting(self._told(question, reply), lacking, key))
                continue
            if wanted and any(_alike(wanted, each) for each in own):
                continue
            why = self._against(sheet, question, reply, wanted, holding, matched)
            if key in torn:
                why = "another file of the same person, read at the same time, says otherwise"
            if why and wanted:
                asks = self._told(question, reply)
                waiting.append(_waiting(asks, why, key, wanted))
                continue
            if key in torn:
                waiting.append(Waiting(self._told(question, reply), why, key))
                continue
            made += [undo(each, by=sheet.author, when=when) for each in own]
            made += [wanted] if wanted else []
        return made, waiting

    def _wanted(
        self, sheet: Sheet, question: Question, reply: Reply, when: str
    ) -> tuple[Decision | None, str]:
        """Return the decision that a reply asks for, if any, or what it lacks to be one."""
        signed = {"by": sheet.author, "when": when}
        asked, extract = question.asked, question.extract
        desk = Desk(self.found, self.turns.values(), by=sheet.author, when=when)
        if extract is not None:
            source = extract.sources[0]
            if reply.verdict == "not mine":
                talk = next(each for each in self.talks if each.recording == source.recording)
                return name_turn(talk, source.turn, "", **signed), ""
            if reply.verdict == "leave out":
                return leave_out(asked.words, source.recording, source.span, **signed), ""
            if reply.verdict == "differently":
                if not reply.wording:
                    return None, "it does not say how"
                words = asked_of.correct(
                    source.text, source.recording, source.span, reply.wording, **signed
                )
                return words, ""
        elif question.response is not None and reply.verdict == "wrong side":
            if reply.side not in SIDES_OFFERED[asked.of]:
                return None, "it does not say which side is right"
            if reply.side != asked.side or asked.seems:
                place, to = question.response.place, question.response.proposition
                return desk.answer(place.turn, place.start, place.end, to, reply.side), ""
        elif question.proposition is not None and reply.verdict == "not put":
            place = question.proposition.place
            return desk.put(place.turn, place.start, place.end, "none"), ""
        return None, ""

    def _about(self, question: Question, decision: Decision) -> bool:
        """Tell whether a decision of the same person answers this question."""
        if question.extract is not None:
            source = question.extract.sources[0]
            return (
                decision.field in (asked_of.CORRECTED, CIRCULATE)
                and decision.recording == source.recording
                and decision.anchor.overlaps(source.span)
            )
        place = (question.response or question.proposition).place  # type: ignore[union-attr] # one is there
        words = self.turns[place.turn].text[place.start : place.end]
        wanted = RESPONSE if question.response else PROPOSITION
        return decision.field == wanted and decision.target == f"words:{words}"

    def _against(
        self,
        sheet: Sheet,
        question: Question,
        reply: Reply,
        wanted: Decision | None,
        holding: Sequence[Decision],
        matched: Mapping[str, Reply],
    ) -> str:
        """Tell what somebody else decided that a reply contradicts; empty if nobody did."""
        if wanted is None:
            return ""
        others = [each for each in holding if each.by != sheet.author]
        against = [each for each in others if contradict(each, wanted) and not _alike(each, wanted)]
        if wanted.field == PARTICIPANT and question.extract is not None:
            turn = question.extract.sources[0].turn
            against = [
                each
                for each in others
                if each.field in (PARTICIPANT, INSTITUTION) and turn in meant(self.talks, each)
            ]
            if any(
                other.extract is not None
                and other.extract.sources[0].turn == turn
                and matched.get(other.asked.key, reply).verdict != "not mine"
                for other in sheet.questions
            ):
                return "of the same turn another quotation is said to be theirs"
        if not against:
            return ""
        last = against[-1]
        told = sentence(self.opened.reading(), self.opened.log, last)
        return f"{signer(self.opened.reading(), last.by)} decided on {last.when[:10]}: {told}"

    def _told(self, question: Question, reply: Reply) -> str:
        """Tell what somebody asks for, in one sentence."""
        asked = question.asked
        words = f"\u201c{asked.words}\u201d"
        if reply.verdict == "differently":
            return f"{words} should be understood as: {reply.wording or '(nothing was written)'}"
        if reply.verdict == "wrong side":
            side = SIDES_OFFERED[asked.of].get(reply.side, "(no side was named)")
            put = f"\u201c{asked.put}\u201d" if asked.put else "words that are withheld"
            return f"with {words} they were {side}: {put}"
        said = {"not mine": "is not theirs", "leave out": "is to be left out"}
        return f"{words} {said.get(reply.verdict, f'is answered with: {reply.verdict}')}"


def _alike(one: Decision, other: Decision) -> bool:
    """Tell whether two decisions come to the same."""
    if one.field == other.field == RESPONSE:
        return one.target == other.target and answered_side(one) == answered_side(other)
    here = (one.field, one.target, one.value)
    return here == (other.field, other.target, other.value)


def _waiting(asks: str, why: str, key: str, wanted: Decision) -> Waiting:
    return Waiting(
        asks, why, key, wanted.field, wanted.target, wanted.value, wanted.recording,
        wanted.anchor.start, wanted.anchor.end,
    )  # fmt: skip


def settle(
    opened: OpenSession, follow: Sequence[str], keep: Sequence[str], author: str
) -> tuple[Decision, ...]:
    """End the waiting of answers: follow them, or keep what was decided.

    Raises ``InputError`` for an answer that does not wait, or that says nothing to follow.
    """
    waiting = {
        made.target.removeprefix("answer:"): (made, what)
        for made, what in asked_of.answers_waiting(opened.log.effective)
    }
    when = now()
    made: list[Decision] = []
    for identity, followed in [*((e, True) for e in follow), *((e, False) for e in keep)]:
        if identity not in waiting:
            known = ", ".join(waiting) or "none"
            raise InputError(f"no answer {identity!r} waits.", remedy=f"Waiting: {known}.")
        asked, what = waiting[identity]
        if followed and not what.field:
            raise InputError(
                f"the answer {identity} says nothing that could be followed.",
                remedy="Decide it by hand with fgd decide, then use --keep.",
            )
        if followed:
            made.append(what.decision(by=asked.by, when=when))
        how: asked_of.Settled = "followed" if followed else "kept"
        made.append(asked_of.settle(asked, how, by=author, when=when))
    opened.record(made, opened.log.version)
    return tuple(made)
