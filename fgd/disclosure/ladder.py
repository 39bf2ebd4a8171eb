"""The attribution ladder: what each edition may say under the session's rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fgd.core.errors import GateError
from fgd.core.settings import BriefSettings
from fgd.disclosure.labels import Labels
from fgd.disclosure.redaction import Redactor
from fgd.disclosure.retelling import Retelling
from fgd.disclosure.secrets import Secret, secrets
from fgd.model import Brief, Edition, Rule, Session

WITHHELD: dict[Rule, str] = {
    "named": "",
    "institution": "This edition names institutions and no persons. What would identify a person "
    "is withheld, also inside quotations.",
    "category": "This edition names categories of participants and neither persons nor "
    "institutions. What would identify them is withheld, also inside quotations.",
    "chatham-house": "This edition follows the Chatham House Rule: it reveals neither the identity "
    "nor the affiliation of any participant. Names, institutions, roles and countries that "
    "would do so are withheld, also inside quotations.",
}


def edition(
    brief: Brief,
    kind: Edition,
    session: Session,
    forbidden: Sequence[Secret] = (),
    settings: BriefSettings | None = None,
) -> Brief:
    """The edition of a brief for its readers.

    ``internal`` is the brief as it is. ``circulation`` holds what the session's rule allows and
    nothing else; ``forbidden`` are secrets besides those that the session itself names, such as
    spellings found in the transcript.
    Raises ``GateError`` for a circulation edition of a session without recorded consent.
    """
    if kind == "internal":
        return replace(brief, edition="internal")
    if not session.consent.recorded:
        raise GateError(
            "no circulation edition is made, because no consent is recorded.",
            where=session.id,
            remedy="Write recorded = true under [consent] in session.toml once you have it.",
        )
    chosen = settings or BriefSettings()
    rule = session.disclosure.rule
    own = secrets(session, may_be_named=chosen.may_be_named)
    homes = {person.country for person in session.participants}
    homes |= {body.country for body in session.institutions}
    redact = Redactor(
        rule,
        tuple(dict.fromkeys((*own, *_assessed(session), *forbidden))),
        tuple(sorted(home for home in homes if home and home not in chosen.may_be_named)),
    )
    labels = Labels(rule, brief.presence, chosen.category_minimum)
    told = Retelling(brief, session.disclosure, redact, labels, chosen.category_minimum)()
    note = WITHHELD[rule]
    return replace(
        told, edition="circulation", reading=(note, *told.reading) if note else told.reading
    )


def _assessed(session: Session) -> tuple[Secret, ...]:
    """Titles of national assessments, where institutions are hidden: who speaks to "Verano: sea
    and registry" speaks for Verano, even where several came from there.
    """
    if session.disclosure.rule not in ("category", "chatham-house"):
        return ()
    sections = (each for each in session.guide.sections if each.kind == "national assessment")
    return tuple(Secret(each.title, "country") for each in sections if each.title)
