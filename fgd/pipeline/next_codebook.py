"""Make a codebook for the next session of the themes that people approved in this one.

What was said leaves one session for another, so the session's rule and consent decide what goes
along: without recorded consent no examples; under any rule but "named" names inside are withheld as
in the circulation edition; who spoke and when goes along only as far as the rule lets anybody say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fgd import disclosure
from fgd.coding import written
from fgd.coding.codebook import telling
from fgd.coding.talk import Read, Talk, cut
from fgd.core.clock import clock
from fgd.core.errors import LeakError, ProjectError
from fgd.core.text import slug, unique
from fgd.decisions.circulation import quote_key
from fgd.decisions.kinds import moment
from fgd.decisions.themes import EXAMPLES
from fgd.disclosure.redaction import LEAST_WORDS, Redactor, left
from fgd.model import Code, Codebook, Themed, Turn
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import arranged
from fgd.pipeline.session_pass import (
    attribute,
    decided_words,
    find_themes,
    full_session,
    kept_out,
    nobody_known,
    secrets,
)
from fgd.synthesis.material import People

_SHOWN = 5

EARLIER = "an earlier session"
"""What a session is called elsewhere under a rule that hides who was there."""


@dataclass(frozen=True, slots=True)
class HandedOn:
    """A codebook for another session; ``notes`` tell what did not go along, and why."""

    book: Codebook
    notes: tuple[str, ...] = ()


def handed_on(
    context: SessionContext, *, everything: bool = False, examples: bool = True
) -> HandedOn:
    """Return the themes that people approved, with what may go along of what was said to them.

    ``everything`` takes what only software found, too, marked as approved by nobody.

    Raises:
        ProjectError: there is nothing to hand on.
        LeakError: the codebook would say who was there.
    """
    themed = find_themes(context).value
    chosen = [
        code
        for code in themed.codebook.codes
        if code.approved or (everything and code.origin == "emergent")
    ]
    if not chosen:
        raise ProjectError(
            "no person has approved a theme of this session.",
            where=context.folder.name,
            remedy=f"Look at them with fgd themes {context.folder.id}, and accept, name or merge "
            "those that hold (fgd theme accept ...); --all takes what software found, marked.",
        )
    why = "" if examples else "they were not wanted"
    if examples and not context.intake.session.consent.recorded:
        why = "no consent is recorded in session.toml"
    elif examples and nobody_known(context):
        why = "nobody knows whose names would have to be withheld without a list of participants"
    notes = [f"No examples go along, because {why}."] if why else []
    said = {} if why else _examples(context, themed, chosen)
    redact = _redactor(context)
    codes = [*_codes(context, chosen, said, redact)]
    bare = [c.name for c in codes if not (c.description or c.examples or c.anchors)]
    if bare:
        notes.append(
            f"Left out, because nothing tells how to find them: {', '.join(bare)}. Say what they "
            "mean with fgd theme describe, or give them a phrase with fgd theme include."
        )
    short = [c.name for c in codes if said and c.name not in bare and not c.examples]
    if short:
        notes.append(f"Without an example that may leave the session: {', '.join(short)}.")
    if redact:
        rule = context.intake.session.disclosure.rule
        notes.append(f"Names are withheld in what goes along, as the rule ({rule}) demands.")
    kept = {code.id for code in codes if code.name not in bare}
    days = [code.approved.rpartition(" on ")[2] for code in codes if code.approved]
    book = Codebook(
        slug(f"from {_called(context)}", "codebook"),
        f"Themes that people approved in {_called(context)}",
        max(days, default="1.0"),
        tuple(
            replace(code, parent=code.parent if code.parent in kept else "")
            for code in codes
            if code.id in kept
        ),
        themed.codebook.language,
    )
    found = disclosure.leaks({"codebook.toml": written(book).encode()}, secrets(context))
    if found and context.intake.session.disclosure.rule != "named":
        raise LeakError(
            f"the codebook would reveal who was there: {'; '.join(map(str, found[:_SHOWN]))}.",
            where=context.folder.name,
            remedy="Nothing was written. Name or describe these themes in other words.",
        )
    return HandedOn(book, tuple(notes))


def _redactor(context: SessionContext) -> Redactor | None:
    if context.intake.session.disclosure.rule == "named":
        return None
    settings, decided = context.settings.brief, decided_words(context)
    return disclosure.redactor(full_session(context), secrets(context), settings, decided)


def _codes(
    context: SessionContext,
    chosen: list[Code],
    said: dict[str, list[tuple[str, str]]],
    redact: Redactor | None,
) -> Iterator[Code]:
    """Write themes as the codes of another session: ids of their own, nothing locked."""
    taken = {code.id for code in chosen if not _is_reserved(code)}
    ids = {
        code.id: unique(slug(code.name, "theme"), taken) if _is_reserved(code) else code.id
        for code in chosen
    }

    def typed(text: str) -> str:
        return redact.typed(text) if redact else text

    for code in chosen:
        before = [*zip(code.examples, code.sources, strict=False)] if code.taken_from else []
        own = code.examples if code.origin == "library" and not code.taken_from else ()
        shown = dict([*before, *((text, "") for text in own), *said.get(code.id, ())])
        mine = dict(list(shown.items())[: max(EXAMPLES, len(own), len(before))])
        yield Code(
            ids[code.id],
            typed(code.name),
            typed(code.description),
            tuple(mine),
            tuple(map(typed, code.anchors)),
            ids.get(code.parent, ""),
            dimension=code.dimension,
            excludes=tuple(map(typed, code.excludes)),
            sources=tuple(mine.values()) if any(mine.values()) else (),
            approved=_signed(code.approved, redact),
            taken_from=code.taken_from or _called(context),
        )


def _signed(approved: str, redact: Redactor | None) -> str:
    """Tell who approved a theme; somebody who was in a room that names nobody is "somebody"."""
    if redact is None or not redact.touches(approved):
        return approved
    act, _, when = approved.partition(" by ")
    return f"{act} by somebody on {when.rpartition(' on ')[2]}"


def _is_reserved(code: Code) -> bool:
    return code.id.startswith(("guide.", "emergent."))


def _examples(
    context: SessionContext, themed: Themed, chosen: list[Code]
) -> dict[str, list[tuple[str, str]]]:
    """Return, by code, exact slices that a person coded with it, each with where it was said."""
    session, talks = full_session(context), arranged(context)
    who = attribute(context).value.attributions
    talk = Talk.of(session, talks, who)
    read = Read.of(talk, cut(talk), context.embedder)
    rows = {(unit.turn, unit.start): n for n, unit in enumerate(read.units)}
    machine = {code.id for code in chosen if not code.approved}
    coded: dict[str, list[int]] = {}
    for each in themed.codings:
        accepted = each.status == "accepted" or (each.code in machine and each.status != "rejected")
        if accepted and (each.turn, each.start) in rows:
            coded.setdefault(each.code, []).append(rows[each.turn, each.start])
    wanted = {code.id: coded[code.id] for code in chosen if code.id in coded}
    turns = {turn.id: turn for turn in talk.turns}
    people = People(session, talks, who)
    redact, decided = _redactor(context), kept_out(context, assigned=True)
    timed = {each.recording for each in talks if each.timed}
    found: dict[str, list[tuple[str, str]]] = {}
    for code, units in telling(read, wanted, 2 * EXAMPLES).items():
        mine = found.setdefault(code, [])
        for unit in (read.units[n] for n in units):
            turn = turns[unit.turn]
            text = turn.text[unit.start : unit.end]
            said = moment(turn, unit.start, unit.end)
            withheld = any(
                recording == turn.recording and span.overlaps(said)
                for recording, span in decided.left_out
            )
            if withheld or quote_key(text) in decided.no_quotes or len(mine) == EXAMPLES:
                continue
            if redact:
                pieces = redact.pieces(text, spoken=True)
                if left(pieces) < LEAST_WORDS:
                    continue
                text = "".join(piece.text for piece in pieces)
            mine.append((text, _source(context, turn, people, timed=turn.recording in timed)))
    return found


def _called(context: SessionContext) -> str:
    """Name a session for others; the name of its folder may tell who met there."""
    open_to = ("named", "institution")
    is_open = context.intake.session.disclosure.rule in open_to
    return context.folder.id if is_open else EARLIER


def _source(context: SessionContext, turn: Turn, people: People, *, timed: bool) -> str:
    """Tell where words were said, as far as the session's rule goes."""
    rule = context.intake.session.disclosure.rule
    if rule not in ("named", "institution"):
        return _called(context)
    file = context.recording(turn.recording).name
    parts = [context.folder.id, file, clock(turn.span.start) if timed else ""]
    person = people.by_turn[turn.id]
    bodies = [people.institution(key).name for key in person.institutions[:1]]
    parts += [person.name, *bodies] if rule == "named" else bodies
    return ", ".join(part for part in parts if part)
