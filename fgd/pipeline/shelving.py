"""Write a shelf of quotes in the edition that its readers may have.

For outside every session's quotes go the way of its circulation edition: consent, the rule of
attribution, words that people let go or took out, quotes that could be assigned to somebody, and
the leak scan of the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fgd import disclosure
from fgd.core.errors import GateError
from fgd.decisions.kinds import moment
from fgd.export.shelf import Quoted, shelf_file
from fgd.model import Brief, Edition, Extract, Gap, Piece, Quote, Turn
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import arranged
from fgd.pipeline.session_pass import (
    attribute,
    full_session,
    kept_out,
    nobody_known,
    said_in_public,
    secrets,
    write_brief,
)

INTERNAL = "INTERNAL: names people and institutions; do not pass it on."
CIRCULATION = "For circulation."


def written(
    name: str,
    quotes: Sequence[Quoted],
    contexts: Mapping[str, SessionContext],
    kind: str,
    edition: Edition,
) -> bytes:
    """Write quotes as a file of a kind. Raises ``GateError`` or ``LeakError`` where a session's
    rule forbids an edition for outside.
    """
    if edition == "internal":
        return shelf_file(name, quotes, INTERNAL, kind)
    told: list[Quoted] = []
    title, status = name, ""
    for session in dict.fromkeys(each.session for each in quotes):
        mine = [each for each in quotes if each.session == session and not each.lost]
        allowed, called, draft = _allowed(contexts[session], name, mine, kind)
        told += allowed
        title = title if called == name else "Quotes"
        status = status or draft
    if not told:
        raise GateError(
            "nothing of this shelf may be passed on as it is.",
            remedy="Let words go on the page Circulation of fgd review, or choose other quotes.",
        )
    mark = status or CIRCULATION
    if left := len(quotes) - len(told):
        many = "quote is" if left == 1 else "quotes are"
        mark += f" {left} {many} left out: withheld by a rule or a person, or no longer there."
    return shelf_file(title, told, mark, kind)


def _allowed(
    context: SessionContext, name: str, quotes: Sequence[Quoted], kind: str
) -> tuple[list[Quoted], str, str]:
    """Return what of a session's quotes may be passed on, what the shelf may be called, and
    whether that is still a draft.
    """
    unknown = nobody_known(context)
    if unknown:
        raise GateError(
            unknown,
            where=f"{context.folder.name}/participants.csv",
            remedy="Mend participants.csv or add it, or write without_roster = true under [brief].",
        )
    who = _keys(context)
    turns = {turn.id: turn for talk in arranged(context) for turn in talk.turns}
    extracts = tuple(
        Extract(
            f"s{n}",
            (Piece(each.text),),
            who.get(each.turn, ""),
            place=each.time,
            sources=_sources(each, turns.get(each.turn)),
        )
        for n, each in enumerate(quotes)
    )
    brief = write_brief(context).value
    small = Brief(
        brief.id,
        brief.title,
        disclosure=brief.disclosure,
        language=brief.language,
        presence=brief.presence,
        gaps=(Gap("not raised", name, extracts=tuple(each.id for each in extracts)),),
        extracts=extracts,
    )
    forbidden = secrets(context)
    edited, _ = disclosure.circulated(
        small,
        full_session(context),
        forbidden,
        context.settings.brief,
        kept_out(context, assigned=True),
        said_in_public(context),
    )

    def build(told: Brief) -> dict[str, bytes]:
        rows = _rows(told, quotes)
        return {f"shelf.{kind}": shelf_file(_title(told), rows, told.status, kind)}

    disclosure.guard(edited, build, forbidden)
    return _rows(edited, quotes), _title(edited), edited.status


def _sources(each: Quoted, turn: Turn | None) -> tuple[Quote, ...]:
    """Tell when a quote was said: by that it is known whether somebody withheld it."""
    if turn is None:
        return ()
    span = moment(turn, each.start, each.end)
    return (
        Quote(
            "", each.session, turn.recording, turn.id, span, each.start, each.end, each.text,
            Quote.digest(each.text),
        ),
    )  # fmt: skip


def _title(edited: Brief) -> str:
    return edited.gaps[0].title if edited.gaps else ""


def _rows(edited: Brief, quotes: Sequence[Quoted]) -> list[Quoted]:
    """Return the quotes of an edition; it holds neither turns nor the words before a correction."""
    date = quotes[0].date if quotes else ""
    return [
        Quoted(edited.id, edited.title, date, "", each.text, each.speaker, each.place)
        for each in edited.extracts
    ]


def _keys(context: SessionContext) -> dict[str, str]:
    """Return the keys under which a brief counts the speaker of every turn."""
    from fgd.synthesis.material import People

    session = full_session(context)
    people = People(session, arranged(context), attribute(context).value.attributions)
    return {turn: f"{session.id}/{person.key}" for turn, person in people.by_turn.items()}
