"""``fgd attribution``: who spoke, for whom, how sure that is and why; ``fgd forget-voice``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fgd.cli.console import Console, rerun
from fgd.core.errors import ProjectError
from fgd.model import Conversation, Evidence, Span, Turn

if TYPE_CHECKING:
    from fgd.attribution import Attributed
    from fgd.workbench.open_session import OpenSession, Reading, Who


WIDE = 120
"""Columns of a table that goes into a file or a pipe."""

SHOWN = 3
"""Pieces of evidence printed for a row; ``--json`` has all of them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One voice, as far as it is one person: a voice of two people makes two rows.

    ``who`` stands for all of ``turns``; ``confidence`` is the mean over their words.
    """

    talk: Conversation
    voice: str
    turns: tuple[Turn, ...]
    who: Who
    confidence: float
    evidence: tuple[Evidence, ...]

    @property
    def span(self) -> Span:
        """From the first turn's start to the last one's end."""
        return Span(self.turns[0].span.start, self.turns[-1].span.end)


def attribution(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    turns: Annotated[bool, typer.Option("--turns", help="One row per turn, with its id.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show who spoke for whom, with the evidence; decisions since the last run included."""
    from fgd.workbench.open_session import OpenSession

    console: Console = context.obj
    project = console.project()
    opened = OpenSession(project, project.session(session))
    reading = heard(opened)
    rows = rows_of(reading, opened, by_turn=turns)
    if json or console.json:
        console.data(_data(reading, rows))
        return
    names = {each.id: each.name for each in opened.recordings()}
    _print(console, reading, rows, names)


def heard(opened: OpenSession) -> Reading:
    """Tell what a session says now. Raises ``ProjectError`` if it was never heard."""
    reading = opened.reading()
    if not reading.talks:
        raise ProjectError(
            "nobody has been heard yet.",
            where=opened.folder.name,
            remedy=f"Run: {rerun(opened.folder.id)}",
        )
    return reading


def rows_of(reading: Reading, opened: OpenSession, *, by_turn: bool = False) -> tuple[Row, ...]:
    """Return the rows of the table, by recording, voice and first appearance."""
    from fgd.attribution import Attributed

    record = opened.folder.store.load("attribution", Attributed)
    evidence = _evidence(record.value) if record else {}
    rows = []
    for talk in reading.talks:
        groups: dict[tuple[object, ...], list[Turn]] = {}
        for turn in talk.turns:
            who = reading.who[turn.id]
            person = (who.participant, who.bodies, who.heard, who.waits)
            key: tuple[object, ...] = (turn.id,) if by_turn else (turn.voice, *person)
            groups.setdefault(key, []).append(turn)
        order = {voice: i for i, voice in enumerate(dict.fromkeys(t.voice for t in talk.turns))}
        found = [_row(talk, own, reading, evidence) for own in groups.values()]
        rows += found if by_turn else sorted(found, key=lambda r: (order[r.voice], r.span.start))
    return tuple(rows)


def _row(
    talk: Conversation,
    turns: Sequence[Turn],
    reading: Reading,
    evidence: dict[str, tuple[Evidence, ...]],
) -> Row:
    known = [reading.who[turn.id] for turn in turns]
    who = next((each for each in known if each.settled), known[0])
    words = [len(turn.words) + 1 for turn in turns]
    sure = sum(w * each.confidence for w, each in zip(words, known, strict=True)) / sum(words)
    # A label stands on every turn: once is enough.
    pieces = {
        (e.kind, e.text, e.span if e.weight else 0): e
        for turn in reversed(turns)
        for e in evidence.get(turn.id, ())
        if _speaks_of(e, who)
    }
    found = sorted(pieces.values(), key=lambda e: (e.weight != 0, -abs(e.weight), e.span.start))
    decided = _decided(reading, {turn.id for turn in turns}) if who.settled else ()
    kept = tuple(e for e in found if not (decided and e.kind.startswith("decided by")))
    return Row(talk, turns[0].voice, tuple(turns), who, round(sure, 4), (*decided, *kept))


def _evidence(found: Attributed) -> dict[str, tuple[Evidence, ...]]:
    return {each.turn: each.evidence for each in found.attributions if each.turn}


def _speaks_of(piece: Evidence, who: Who) -> bool:
    """Whether a piece of evidence is about who was named, or about the likeliest if nobody was."""
    if piece.kind.startswith("decided by"):
        return who.settled
    if not who.known:
        of_nobody = not (piece.participant or piece.institution)  # where else the voice is heard
        return of_nobody or piece.participant == who.runner_up or not who.runner_up
    if who.participant:
        return piece.participant == who.participant
    return piece.institution in who.bodies


def _decided(reading: Reading, turns: set[str]) -> tuple[Evidence, ...]:
    """Decisions made after the last run, as evidence."""
    from fgd.decisions.voices import INSTITUTION, PARTICIPANT
    from fgd.workbench.open_session import meant

    made = []
    for decision in reversed(reading.added):
        about = turns & set(meant(reading.talks, decision))
        if about and decision.field in (PARTICIPANT, INSTITUTION):
            kind, said = f"decided by {decision.by}", f"{decision.when} ({decision.id})"
            turn = min(about)
            made.append(Evidence(kind, turn, turn, said, decision.anchor, decision.value))
    return tuple(made[:1])


def _print(console: Console, reading: Reading, rows: Sequence[Row], names: dict[str, str]) -> None:
    from rich.table import Table
    from rich.text import Text

    rich = console.rich()
    if not rich.is_terminal:
        rich.width = max(rich.width, WIDE)
    starts = {turn.id: turn for talk in reading.talks for turn in talk.turns}
    timed = {talk.recording: talk.timed for talk in reading.talks}
    for talk in reading.talks:
        title = Text(names.get(talk.recording, talk.recording), style="bold")
        table = Table("voice", "heard", "who", "sure", "evidence", title=title)
        table.title_justify = "left"
        for row in rows:
            if row.talk is not talk:
                continue
            lines = [_line(e, starts, timed) for e in row.evidence[:SHOWN]]
            named = Text(_named(reading, row), style="" if row.who.known else "dim")
            sure = f"{row.confidence:.2f}" if row.who.known else ""
            told = Text("\n".join(lines))
            table.add_row(Text(row.voice), Text(_when(row)), named, sure, told, end_section=True)
        rich.print(table)
    if reading.pending:
        rich.print(
            f"{reading.pending} decisions since the last run: fgd run takes them into the briefs.",
            markup=False,
        )


def _when(row: Row) -> str:
    from fgd.core.clock import clock

    first, count = row.turns[0], len(row.turns)
    turns = "1 turn" if count == 1 else f"{count} turns"
    if not row.talk.timed:
        return f"{first.id}\n{turns}" if count == 1 else turns
    stamp = f"{clock(row.span.start)}-{clock(row.span.end)}"
    return f"{stamp}\n{first.id}" if count == 1 else f"{stamp}\n{turns}"


def _named(reading: Reading, row: Row) -> str:
    who = row.who
    if who.waits:
        return "the next run will tell"
    if not who.known:
        if who.settled:
            return "nobody on the roster"
        if who.heard:
            near = [_called(reading, key) for key in who.heard.near]
            like = f"\n(sounds like {', '.join(near)})" if near else ""
            return f"{who.heard}, on no list{like}"
        person = reading.people.get(who.runner_up)
        share = who.runner_up_confidence
        return f"unknown\n({person.name}? {share:.2f})" if person and share >= 0.1 else "unknown"
    person = reading.people.get(who.participant)
    lines = [person.name or "(name unknown)" if person else "somebody of"]
    lines += [reading.bodies[b].name if b in reading.bodies else b for b in who.bodies]
    if who.heard:
        lines.append(f"({who.heard})")
    more = _details(reading, who)
    return "\n".join([*lines, ", ".join(v for v in more.values() if v)]).strip()


def _called(reading: Reading, key: str) -> str:
    """Return the name of a participant or an institution."""
    person, body = reading.people.get(key), reading.bodies.get(key)
    return (person.name if person else body.name if body else key) or key


def _details(reading: Reading, who: Who) -> dict[str, str]:
    """Category, country and track: they follow from the institution and the person."""
    person = reading.people.get(who.participant)
    body = reading.bodies.get(who.bodies[0]) if who.bodies else None
    country = (person.country if person else "") or (body.country if body else "")
    return {
        "category": body.category if body else "",
        "country": country,
        "track": person.track if person else "",
    }


def _line(piece: Evidence, turns: dict[str, Turn], timed: dict[str, bool]) -> str:
    """``0:03:12 "... my name is ..." names themselves``; what speaks against says so."""
    from fgd.core.clock import clock

    turn = turns.get(piece.turn)
    stamp = f"{clock(piece.span.start)} " if turn and timed.get(turn.recording) else ""
    against = " (speaks against it)" if piece.weight < 0 else ""
    quoted = f'"{piece.text}" ' if piece.text else ""
    return f"{stamp}{quoted}{piece.kind}{against}"


def _data(reading: Reading, rows: Iterable[Row]) -> dict[str, Any]:
    return {
        "rows": [
            {
                "recording": row.talk.recording,
                "voice": row.voice,
                "turns": [turn.id for turn in row.turns],
                "span": row.span if row.talk.timed else None,
                "participant": row.who.participant,
                "name": person.name if (person := reading.people.get(row.who.participant)) else "",
                "institutions": row.who.bodies,
                **_details(reading, row.who),
                "confidence": row.confidence if row.who.known else 0.0,
                "source": row.who.source,
                "waits": row.who.waits,
                "heard": row.who.heard if row.who.heard else None,
                "runner_up": row.who.runner_up,
                "runner_up_confidence": row.who.runner_up_confidence,
                "evidence": row.evidence,
            }
            for row in rows
        ],
        "pending": reading.pending,
        "issues": reading.told.issues,
    }


__all__ = ["attribution", "heard"]


def forget_voice(
    context: typer.Context,
    participant: Annotated[str, typer.Argument(help="Name or id, as on the roster.")],
) -> None:
    """Delete a participant's voice samples and what was derived of them, in every session."""
    from fgd.pipeline.voice_samples import forget

    console: Console = context.obj
    project = console.project()
    gone = [str(path) for path in forget(project, participant)]
    if console.json:
        console.data({"participant": participant, "deleted": gone})
        return
    for path in gone:
        typer.echo(f"deleted {path}")
    if gone:
        typer.echo("Run fgd run, so that nobody is recognised by these any longer.")
    else:
        typer.echo(f"No voice sample of {participant} is kept here.")
