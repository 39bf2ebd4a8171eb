"""Tidy tables of a session: one row an observation, from which every count of a brief is made.

The same frames are handed to users (``fgd export SESSION --tables``), so whatever a brief counts
can be counted again with pandas, R or a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from fgd.model import SIDED, Attribution, Response
from fgd.synthesis.material import Material
from fgd.synthesis.quoting import settled_by

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The tables; ``who`` is the same key of a person in all of them.

    ``turns``: one row a turn, with speaker, guide section, times in milliseconds (empty where a
    source has none) and words. ``propositions`` and ``responses``: what was put to the room, and
    who answered which of them with which side. ``codings``: one row a coded stretch, of its theme
    and speaker. ``attributions``: who a voice or a turn was found to be, and how sure that is.
    ``speaking_time``: one row a person, with seconds, words and turns.
    """

    turns: pd.DataFrame
    propositions: pd.DataFrame
    responses: pd.DataFrame
    codings: pd.DataFrame
    attributions: pd.DataFrame
    speaking_time: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all of them by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


TURNS = (
    "turn", "recording", "number", "start_ms", "end_ms", "who", "person", "voice", "role",
    "institution", "category", "country", "counts", "section", "words", "text",
)  # fmt: skip
PROPOSITIONS = (
    "proposition", "kind", "turn", "start", "end", "text", "who", "chair", "section",
    "unanswered", "no_objection_found", "confidence", "by",
)  # fmt: skip
RESPONSES = (
    "proposition", "turn", "start", "end", "text", "who", "side", "sided", "link", "instead",
    "chair", "confidence", "by", "seems",
)  # fmt: skip
CODINGS = (
    "turn", "start", "end", "code", "theme", "dimension", "who", "counts", "kind", "score", "by",
    "status",
)  # fmt: skip
ATTRIBUTIONS = (
    "recording",
    "voice",
    "turn",
    "participant",
    "institutions",
    "confidence",
    "heard_as",
)
SPEAKING = ("who", "person", "role", "institution", "seconds", "words", "turns")


def frames(material: Material, attributions: Sequence[Attribution] = ()) -> Frames:
    """Make the frames of a session; an empty session gives empty frames with all columns."""
    import pandas as pd

    turns = pd.DataFrame(_turns(material), columns=list(TURNS))
    return Frames(
        turns,
        pd.DataFrame(_propositions(material), columns=list(PROPOSITIONS)),
        pd.DataFrame(_responses(material), columns=list(RESPONSES)),
        pd.DataFrame(_codings(material), columns=list(CODINGS)),
        pd.DataFrame(
            [
                (
                    a.recording,
                    a.voice,
                    a.turn,
                    a.participant,
                    "; ".join(a.institutions),
                    a.confidence,
                    str(a.heard) if a.heard else "",
                )
                for a in attributions
            ],
            columns=list(ATTRIBUTIONS),
        ),
        _speaking(turns),
    )


def _turns(material: Material) -> list[tuple[object, ...]]:
    people = material.people
    rows: list[tuple[object, ...]] = []
    for turn in material.turns:
        who = people[turn.id]
        timed = turn.recording not in material.untimed
        bodies = [people.institution(key) for key in who.institutions]
        rows.append(
            (
                turn.id,
                turn.recording,
                material.numbers[turn.id],
                turn.span.start if timed else None,
                turn.span.end if timed else None,
                material.key(turn.id),
                who.name or f"voice {who.voice}",
                who.voice,
                who.role or "not known",
                ", ".join(each.acronym or each.name for each in bodies),
                who.category,
                who.country,
                who.counts,
                material.placed.get(turn.id, ""),
                len(turn.text.split()),
                turn.text,
            )
        )
    return rows


def _propositions(material: Material) -> list[tuple[object, ...]]:
    found = material.deliberated
    unanswered, silent = frozenset(found.unanswered), frozenset(found.silence)
    return [
        (
            each.id,
            each.kind,
            each.place.turn,
            each.place.start,
            each.place.end,
            material.text(each.place),
            material.key(each.place.turn),
            each.chair,
            each.section or material.placed.get(each.place.turn, ""),
            each.id in unanswered,
            each.id in silent,
            each.confidence,
            each.by,
        )
        for each in found.propositions
    ]


def _responses(material: Material) -> list[tuple[object, ...]]:
    return [
        (
            each.proposition,
            each.place.turn,
            each.place.start,
            each.place.end,
            material.text(each.place),
            material.key(each.place.turn),
            each.side,
            each.side in SIDED,
            each.link,
            each.instead,
            each.chair,
            each.confidence,
            each.by,
            seems(each),
        )
        for each in material.deliberated.responses
    ]


def seems(response: Response) -> bool:
    """Tell whether a side was read by a network only, or is doubtful, and nobody has settled it.

    Such sides are told as what seems, and are counted nowhere.
    """
    return (
        response.side in SIDED
        and not settled_by(response.by)
        and any(reason.kind.startswith(("network", "doubtful")) for reason in response.reasons[:1])
    )


def _codings(material: Material) -> list[tuple[object, ...]]:
    """Return codings of units; a coding that lies in several units is one row for each."""
    rows: list[tuple[object, ...]] = []
    units: dict[str, list[tuple[int, int, str]]] = {}
    for unit in material.themed.units:
        units.setdefault(unit.turn, []).append((unit.start, unit.end, unit.kind))
    for each in material.codings:
        code = material.codes.get(each.code)
        if code is None:
            continue
        kinds = [
            kind
            for start, end, kind in units.get(each.turn, ())
            if start < each.end and each.start < end
        ]
        rows += [
            (
                each.turn, each.start, each.end, each.code, code.name, code.dimension,
                material.key(each.turn), material.people[each.turn].counts, kind, each.score,
                each.by, each.status,
            )
            for kind in dict.fromkeys(kinds)
        ]  # fmt: skip
    return rows


def _speaking(turns: pd.DataFrame) -> pd.DataFrame:
    """Seconds, words and turns of each person, whoever spoke longest first."""
    import pandas as pd

    if turns.empty:
        return pd.DataFrame([], columns=list(SPEAKING))
    spent = (turns["end_ms"].fillna(0) - turns["start_ms"].fillna(0)).astype("int64")
    told = turns.assign(milliseconds=spent)
    by_person = (
        told.groupby("who", sort=False)
        .agg(
            person=("person", "first"),
            role=("role", "first"),
            institution=("institution", "first"),
            milliseconds=("milliseconds", "sum"),
            words=("words", "sum"),
            turns=("turn", "size"),
        )
        .reset_index()
    )
    by_person["seconds"] = by_person["milliseconds"] / 1000
    ordered = by_person.sort_values(
        ["milliseconds", "words", "person"], ascending=[False, False, True], kind="stable"
    )
    return ordered[list(SPEAKING)].reset_index(drop=True)


def content(tables: Frames) -> pd.DataFrame:
    """Return codings of content, without those of the chair."""
    codings = tables.codings
    return codings[codings["counts"].astype(bool) & (codings["kind"] == "content")]


def spoke(tables: Frames, codes: Iterable[str]) -> frozenset[str]:
    """Return everybody whose content is coded with one of these themes."""
    if tables.codings.empty:
        return frozenset()
    told = content(tables)
    return frozenset(told[told["code"].isin(list(codes))]["who"])


WEIGHT = {
    "against": 7, "alternative": 6, "doubt": 5, "condition": 4, "part": 4, "for": 3, "no": 3,
    "yes": 3, "answer": 2, "open": 1,
}  # fmt: skip
"""What counts where somebody answers twice in one turn: what qualifies before plain consent."""


def standings(tables: Frames) -> pd.DataFrame:
    """The one response by which each person stands towards each proposition, in order of time."""
    responses, turns = tables.responses, tables.turns
    if responses.empty:
        return responses.assign(rank=[], weight=[])
    rank = {turn: number for number, turn in enumerate(turns["turn"])}
    own = tables.propositions.set_index("proposition")["who"]
    told = responses.assign(rank=responses["turn"].map(rank), weight=responses["side"].map(WEIGHT))
    told = told[told["who"] != told["proposition"].map(own)]
    told = told[told["sided"] | ~told["chair"].astype(bool)]  # a chair who asks on takes no part
    told = told.sort_values(["sided", "rank", "weight", "start"], kind="stable")
    last = told.groupby(["proposition", "who"], sort=False).tail(1)
    return last.sort_values(["proposition", "rank", "start"], kind="stable")
