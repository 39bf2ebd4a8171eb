"""``fgd themes``, ``theme`` and ``codebook``: what it was about, what people decide, and what of it
goes to the next session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fgd.cli.attribution import heard
from fgd.cli.console import ATTENTION, Console, rerun
from fgd.cli.decide import to_decide, write_down
from fgd.core.errors import InputError, ProjectError
from fgd.model import (
    Branch,
    Code,
    Codebook,
    Coding,
    Themed,
    ThemeFacts,
    Turn,
    Unit,
)

if TYPE_CHECKING:
    from fgd.workbench.open_session import OpenSession, Reading


QUOTES, WIDE = 2, 160
"""Quotes printed of a theme, and characters of each."""

POINTS = 10
"""Other points printed."""

WORDS = 3
"""Words printed of themes that belong together."""


def themes(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session name.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the themes: where each comes from, who spoke to it, typical words, strongest quotes."""
    console: Console = context.obj
    opened = opened_of(console, session)
    themed, reading = themed_of(opened), heard(opened)
    if json or console.json:
        console.data(themed)
        return
    rich = console.rich()
    facts = {each.code: each for each in themed.facts}
    turns = {turn.id: turn for talk in reading.talks for turn in talk.turns}
    for depth, told in tree(themed):
        indent = "  " * depth
        if isinstance(told, Branch):
            shared = ", ".join(told.terms[:WORDS])
            rich.print(f"Belong together: {shared}", markup=False, style="italic")
            continue
        mine = facts[told.id]
        rich.print(f"{indent}{_headline(told, mine)}", markup=False, style="bold", soft_wrap=True)
        people = ", ".join(_person(reading, key) for key in mine.people)
        details = [f"spoke to it: {people}"] if people else []
        details += [f"words: {', '.join(mine.terms)}"] if mine.terms else []
        strongest = [themed.codings[number] for number in mine.strongest[:QUOTES]]
        details += [_quote(turns[each.turn], each) for each in strongest if each.turn in turns]
        for line in details:
            rich.print(f"{indent}    {line}", markup=False, soft_wrap=True)
    if not (themed.facts or themed.points):
        rich.print("Nothing was said that bears on a theme.", markup=False)
    for line in _points(themed, reading, turns):
        rich.print(line, markup=False, soft_wrap=True)
    for label, value in themed.figures:
        rich.print(f"{label}: {value:.2f}", markup=False, soft_wrap=True)
    console.issues(themed.issues)


def opened_of(console: Console, session: str) -> OpenSession:
    """The session as the review server knows it. Raises ``ProjectError`` if there is none."""
    from fgd.workbench.open_session import OpenSession

    project = console.project()
    return OpenSession(project, project.session(session))


def themed_of(opened: OpenSession) -> Themed:
    """Return the themes of the last pass. Raises ``ProjectError`` if there are none."""
    record = opened.folder.store.load("themes", Themed)
    if record is None:
        raise ProjectError(
            "no themes have been found yet.",
            where=opened.folder.name,
            remedy=f"Run: {rerun(opened.folder.id)}",
        )
    return record.value


def tree(themed: Themed) -> Iterator[tuple[int, Code | Branch]]:
    """Return the themes that were spoken to, each under its parent, with their depth.

    Those that came up by themselves stand last, and under a branch if they belong together.
    """
    from fgd.coding import groups

    told = {each.code for each in themed.facts}
    codes = [each for each in themed.codebook.codes if each.id in told]
    known = {each.id for each in codes}

    def below(parent: str, depth: int, path: frozenset[str]) -> Iterator[tuple[int, Code]]:
        for each in codes:
            above = each.parent if each.parent in known else ""
            if above == parent and each.id not in path:
                yield from whole(each, depth, path)

    def whole(code: Code, depth: int, path: frozenset[str]) -> Iterator[tuple[int, Code]]:
        yield depth, code
        yield from below(code.id, depth + 1, path | {code.id})

    tops = [each for depth, each in below("", 0, frozenset()) if depth == 0]
    near = [
        (branch, [each for each in tops if each.id in branch.codes])
        for branch in groups(themed.branches)
    ]
    near = [(branch, members) for branch, members in near if len(members) > 1]
    grouped = {each.id for _, members in near for each in members}
    for each in sorted(tops, key=lambda each: each.origin == "emergent"):
        if each.id not in grouped:
            yield from whole(each, 0, frozenset())
    for branch, members in near:
        yield 0, branch
        for each in members:
            yield from whole(each, 1, frozenset())


def _points(themed: Themed, reading: Reading, turns: Mapping[str, Turn]) -> Iterator[str]:
    """Return the other points, those of which most was said first, each with a passage."""
    ordered = sorted(
        themed.points,
        key=lambda each: (-len(each.units), -sum(themed.units[n].words for n in each.units)),
    )
    for point in ordered[:POINTS]:
        words = f": {', '.join(point.terms)}" if point.terms else ""
        people = ", ".join(_person(reading, key) for key in point.people)
        yield f"Other point{words}  {_counted(len(point.units), 'unit')}; {people}"
        first = themed.units[point.units[0]]
        if first.turn in turns:
            yield f"    {_quote(turns[first.turn], first)}"
    if len(ordered) > POINTS:
        yield f"and {_counted(len(ordered) - POINTS, 'other point')} more; --json lists them"


def _quote(turn: Turn, place: Coding | Unit) -> str:
    return f'{_clock(turn)} "{_short(turn.text[place.start : place.end])}"  [{turn.id}]'.lstrip()


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _headline(code: Code, facts: ThemeFacts) -> str:
    origin = f"from {code.taken_from}" if code.taken_from else code.origin
    marks = [origin if code.dimension == "theme" else code.dimension]
    marks += ["locked"] if code.locked else []
    if facts.unstable:
        marks.append(f"unstable ({facts.stability:.2f})")
    people = f"{len(facts.people)} {'person' if len(facts.people) == 1 else 'people'}"
    units = _counted(facts.units, "unit")
    return f"{code.name}  [{code.id}]  {', '.join(marks)}; {units}, {people}"


def _person(reading: Reading, key: str) -> str:
    person = reading.people.get(key)
    return person.name if person else f"voice {key.rpartition('/')[2]}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= WIDE else f"{flat[: WIDE - 3].rsplit(' ', 1)[0]} ..."


def _clock(turn: Turn) -> str:
    from fgd.core.clock import clock

    return clock(turn.span.start) if turn.timing != "none" else ""


app = typer.Typer(help="Decide about themes; fgd run takes it in.", no_args_is_help=True)

SessionName = Annotated[str, typer.Argument(help="Session name.")]
ThemeId = Annotated[str, typer.Argument(help="Id of the theme; fgd themes lists them.")]
TurnId = Annotated[str, typer.Argument(help="Id of the turn; fgd find prints it.")]
At = Annotated[int, typer.Option(help="Only the unit at this character of the turn.")]
By = Annotated[str, typer.Option(help="Who decides; default: the name you log in with.")]


@app.command()
def rename(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    name: Annotated[str, typer.Argument(help="The new name.")],
    by: By = "",
) -> None:
    """Call a theme something else."""
    _decide(context, session, by, "RenameTheme", theme, name)


@app.command()
def describe(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    text: Annotated[str, typer.Argument(help="The description.")],
    by: By = "",
) -> None:
    """Say what a theme means; also used to find it."""
    _decide(context, session, by, "DescribeTheme", theme, text)


@app.command()
def include(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    phrase: Annotated[str, typer.Argument(help="A word or a few.")],
    by: By = "",
) -> None:
    """Find a theme wherever somebody says this phrase."""
    _decide(context, session, by, "PhraseOfTheme", theme, phrase, False)


@app.command()
def exclude(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    phrase: Annotated[str, typer.Argument(help="A word or a few.")],
    by: By = "",
) -> None:
    """Leave out of a theme whatever says this phrase: it speaks of something else."""
    _decide(context, session, by, "PhraseOfTheme", theme, phrase, True)


@app.command()
def merge(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    into: Annotated[str, typer.Argument(help="Id of the theme that stays.")],
    by: By = "",
) -> None:
    """Count a theme as another one."""
    _decide(context, session, by, "MergeThemes", theme, into)


@app.command()
def split(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    name: Annotated[str, typer.Argument(help="The name of the new theme.")],
    turns: Annotated[list[str], typer.Argument(help="Ids of the turns that go there.")],
    by: By = "",
) -> None:
    """Make a theme of its own of what some turns say to a theme."""
    _decide(context, session, by, "SplitTheme", theme, name, turns)


@app.command()
def move(
    context: typer.Context,
    session: SessionName,
    theme: ThemeId,
    parent: Annotated[str, typer.Argument(help="Id of the parent; none: to the top.")] = "",
    by: By = "",
) -> None:
    """Put a theme under another one."""
    _decide(context, session, by, "MoveTheme", theme, parent)


@app.command()
def lock(context: typer.Context, session: SessionName, theme: ThemeId, by: By = "") -> None:
    """Take a theme's codings as complete; nothing more is suggested for it."""
    _decide(context, session, by, "JudgeTheme", theme, "lock")


@app.command()
def accept(context: typer.Context, session: SessionName, theme: ThemeId, by: By = "") -> None:
    """Take a theme and its codings as right."""
    _decide(context, session, by, "JudgeTheme", theme, "accept")


@app.command()
def reject(context: typer.Context, session: SessionName, theme: ThemeId, by: By = "") -> None:
    """Take a theme away for good; the like is not suggested again."""
    _decide(context, session, by, "JudgeTheme", theme, "reject")


@app.command()
def code(
    context: typer.Context,
    session: SessionName,
    turn: TurnId,
    theme: ThemeId,
    at: At = -1,
    by: By = "",
) -> None:
    """Say that a turn is about a theme."""
    _decide(context, session, by, "Code", theme, turn, at, True)


@app.command()
def uncode(
    context: typer.Context,
    session: SessionName,
    turn: TurnId,
    theme: ThemeId,
    at: At = -1,
    by: By = "",
) -> None:
    """Say that a turn is not about a theme."""
    _decide(context, session, by, "Code", theme, turn, at, False)


codebook = typer.Typer(help="Hand themes on to another session.", no_args_is_help=True)


@codebook.callback()
def _codebooks() -> None:
    """Hand themes on to another session."""


@codebook.command("from")
def codebook_from(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="The session whose themes people approved.")],
    to: Annotated[str, typer.Option(help="The session that gets them.")] = "",
    out: Annotated[Path | None, typer.Option(help="Or the file to write.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what only software found, marked as such.")
    ] = False,
    without_examples: Annotated[
        bool, typer.Option("--without-examples", help="No words of anybody go along.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add what a codebook that is there lacks.")
    ] = False,
) -> None:
    """Make a codebook of the themes that people approved, for the next session."""
    from fgd.pipeline import SessionContext
    from fgd.pipeline.next_codebook import handed_on

    console: Console = context.obj
    project = console.project()
    folder = project.session(session)
    target = _target(console, folder.id, to, out)
    with console.progress(folder.id) as progress:
        opened = SessionContext(project, folder, progress=progress)
        made = handed_on(opened, everything=everything, examples=not without_examples)
    difference, done = _written(made.book, target, merge=merge)
    if console.json:
        facts = {"file": str(target or ""), "written": done, "difference": difference}
        console.data({**facts, "codes": made.book.codes, "notes": made.notes})
    else:
        for code in made.book.codes:
            why = code.approved or "found by software, approved by nobody"
            typer.echo(
                f"{code.name}  [{code.id}]  {why}; {_counted(len(code.examples), 'example')}"
            )
        for line in (*made.notes, *difference):
            typer.echo(line)
        if target is None:
            typer.echo("Nothing was written: add --to SESSION, or --out FILE.")
        else:
            typer.echo(f"Written: {target}" if done else f"Nothing was written to {target}.")
    if difference and not done:
        raise typer.Exit(ATTENTION)


def _target(console: Console, session: str, to: str, out: Path | None) -> Path | None:
    """Return the file to write; none where nobody said. Raises ``InputError``."""
    if to and out:
        raise InputError("a codebook goes to one place.", remedy="Leave out --to or --out.")
    if not to:
        return out
    other = console.project().session(to)
    if other.id == session:
        raise InputError(
            f"{session} has its own themes already.", remedy="Name another session with --to."
        )
    if other.is_single_file:
        raise InputError(
            "a single file has no place for a codebook.",
            where=other.name,
            remedy="Put it into a folder of its own under recordings/, and name that.",
        )
    return other.source / "codebook.toml"


def _written(book: Codebook, target: Path | None, *, merge: bool) -> tuple[Sequence[str], bool]:
    """Write a codebook; beside one that is there only what that lacks, and only if asked to.

    Returns what is other in the one that is there, and whether the file is now as wanted.
    """
    from fgd.coding import written
    from fgd.coding.codebook import extended, read_codebook
    from fgd.workspace.store import write_bytes

    if target is None:
        return (), False
    text = written(book)
    if target.is_file():
        old, issues = read_codebook(target)
        if any(issue.level == "error" for issue in issues):
            raise InputError(
                "the codebook that is there cannot be read whole, so nothing is added to it.",
                where=str(target),
                remedy=f"Mend it first: {issues[0]}",
            )
        text, difference = extended(target.read_text(encoding="utf-8-sig"), old, book)
        if not difference:
            return (), True
        if not merge:
            told = "A codebook is there already. With --merge this would be done:"
            return (told, *difference), False
        write_bytes(target, text.encode("utf-8"))
        return difference, True
    write_bytes(target, text.encode("utf-8"))
    return (), True


def _decide(context: typer.Context, session: str, by: str, command: str, *given: object) -> None:
    """Write a command of the review page down, found by its name."""
    from fgd.workbench import changes

    console: Console = context.obj
    opened = opened_of(console, session)
    to_decide(opened)
    themed_of(opened)
    write_down(console, opened, [getattr(changes, command)(*given)], by=by)
