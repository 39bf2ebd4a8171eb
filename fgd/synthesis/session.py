"""Write the brief of one session: findings put together, and the facts a reader judges them by.

The facts are the masthead, who was heard how much, what is doubtful and how it was made. The method
annex is numbered as in COREQ: consolidated criteria for reporting qualitative research, Tong,
Sainsbury and Craig, International Journal for Quality in Health Care 19 (2007) 349-357. Items that
only people can answer are named as such and left to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fgd import __version__
from fgd.core.embeddings import Embedder
from fgd.core.settings import Settings
from fgd.core.text import number
from fgd.decisions.withdrawal import who_withdrew
from fgd.model import (
    Brief,
    Conversation,
    Decision,
    Deliberated,
    Fact,
    Finding,
    Issue,
    Presence,
    Rule,
    Session,
    Themed,
    reported,
)
from fgd.synthesis.checked import PEOPLE_ONLY, Comments, amended, unplaced
from fgd.synthesis.compared import compared, without_reports
from fgd.synthesis.frames import Frames, frames
from fgd.synthesis.gaps import accounts, gaps
from fgd.synthesis.gate import check
from fgd.synthesis.material import Attributed, Material, People, Person
from fgd.synthesis.propositions import Findings
from fgd.synthesis.quoting import Choices, Ledger, settled_by
from fgd.synthesis.salience import Salience
from fgd.synthesis.statements import Contributions
from fgd.synthesis.themes import Topic, grids, index, proposals, strip, topics


def synthesise(
    session: Session,
    conversations: Sequence[Conversation],
    attributed: Attributed,
    themed: Themed,
    deliberated: Deliberated,
    *,
    issues: Sequence[Issue],
    settings: Settings,
    embedder: Embedder,
    decisions: Sequence[Decision] = (),
    unread: Sequence[str] = (),
) -> tuple[Brief, tuple[Issue, ...]]:
    """Write everything the internal edition says, and the problems met on the way.

    ``issues`` are the problems of the steps before, which a reader has a right to know;
    ``decisions`` those that hold, of which the choices of quotes are followed here; ``unread``
    names files of the session that could not even become recordings.
    Raises ``GateError`` if anything in the brief could not be checked against the transcript.
    """
    chosen = settings.brief
    material = without_reports(
        Material.of(session, conversations, attributed.attributions, themed, deliberated, unread)
    )
    tables = frames(material, attributed.attributions)
    salience = Salience(material, embedder)
    ledger = Ledger(material)
    choices = Choices(material, decisions)
    found, order, summaries = Findings(
        material, tables, ledger, chosen.quotes_per_finding, choices
    )()
    apart = Contributions(material, salience, ledger, found)()
    told = in_order_of_guide(material, topics(material)[: chosen.themes_at_most])
    entries = index(material, told, found, ledger, salience, tables)
    whole = not who_withdrew(decisions)
    breakouts = compared(material, salience, ledger, found, order, whole=whole)
    comments = Comments(material, decisions, ledger.extracts)
    waiting = tuple(unplaced(ledger.extracts, decisions))
    met = (*material.issues, *choices.issues(), *waiting)
    brief = Brief(
        id=session.id,
        title=session.title or session.id,
        disclosure=session.disclosure,
        language=material.language,
        status=status(material),
        purpose=session.guide.title if session.guide.title != session.title else "",
        masthead=masthead(material, comments),
        glance=order,
        reading=reading(material, found),
        accounts=accounts(material),
        summaries=summaries,
        findings=found,
        contributions=apart,
        gaps=gaps(material, salience),
        themes=entries,
        grids=(*proposals(found, tables), *grids(material, told, tables)),
        presence=presence(material, tables),
        strip=strip(material),
        participants=participants(material),
        doubts=(
            *doubts(material, (*issues, *met)),
            *withdrew(material, decisions, chosen.k_anonymity),
        ),
        method=method(material, found, len(ledger.extracts), embedder, comments),
        extracts=ledger.extracts,
        breakouts=breakouts,
    )
    check(brief, [material], tables)
    return amended(brief, decisions), met


def status(material: Material) -> str:
    """Tell whether anybody has looked at it yet."""
    share = reviewed(material)
    if not share:
        return "DRAFT, made by software, not yet reviewed by a person"
    return f"DRAFT, made by software; {share:.0%} of what it rests on checked by people"


def in_order_of_guide(material: Material, found: Sequence[Topic]) -> tuple[Topic, ...]:
    """Return themes in the order of the guide's sections; what came up by itself comes last."""
    sections = [each.id for each in material.session.guide.sections]
    rank = {key: number for number, key in enumerate(sections)}
    ordered = sorted(
        enumerate(found), key=lambda each: (rank.get(each[1].section, len(rank)), each[0])
    )
    return tuple(topic for _, topic in ordered)


RULES: dict[Rule, str] = {
    "named": "Views may be attributed by name.",
    "institution": "Views may be attributed to institutions, not to persons.",
    "category": "Views may be attributed to categories of participants only.",
    "chatham-house": "Chatham House Rule: neither the identity nor the affiliation of speakers, "
    "nor that of any other participant, may be revealed.",
}


def masthead(material: Material, comments: Comments) -> tuple[Fact, ...]:
    """Tell what stands at the top of a brief; lines nobody gave us are left out."""
    session = material.session
    heard = material.people.counted
    named = sum(1 for each in heard if each.name)
    lines = (
        Fact("Event", session.event),
        Fact("Programme", session.programme),
        Fact("Session", session.id, private=True),
        Fact("Date", session.date),
        Fact("Place", session.venue),
        Fact("Conveners", ", ".join(session.conveners)),
        Fact("Rapporteur", session.rapporteur),
        Fact("Languages", ", ".join(session.languages)),
        Fact("Recordings", ", ".join(each.name for each in session.recordings), private=True),
        Fact("Tables", tables_told(material), private=True),
        Fact("Length", length(material)),
        Fact("Participants heard", _heard(material.people)),
        Fact(UNREAD, unread(material)),
        *comments.masthead(),
        Fact("Identified by name", f"{named} of {len(heard)}" if heard else "", private=True),
        Fact("Rule of attribution", RULES[session.disclosure.rule]),
    )
    return tuple(line for line in lines if line.value)


UNREAD = "Not in this brief"


def unread(material: Material) -> str:
    """Tell how many recordings gave no words; empty where each gave some."""
    lost = len(material.unread)
    of = lost + len({turn.recording for turn in material.turns})
    if not lost:
        return ""
    if of == 1:
        return "the only recording, in which nothing was read or heard"
    return f"{lost} of {of} recordings, in which nothing was read or heard"


def minutes(material: Material) -> float:
    """Return the length of all recordings with times, in minutes; tables met at once, and of
    them the longest counts.
    """
    ends: dict[str, int] = {}
    for turn in material.turns:
        if turn.recording not in material.untimed:
            ends[turn.recording] = max(ends.get(turn.recording, 0), turn.span.end)
    tables: dict[str, int] = {}
    for recording, end in ends.items():
        table = material.session.table_of(recording)
        tables[table] = tables.get(table, 0) + end
    return (tables.pop("", 0) + max(tables.values(), default=0)) / 60_000


def tables_told(material: Material) -> str:
    """Name the tables, and how it is known that they are some; empty where there were none."""
    tables = material.session.breakouts
    if not tables:
        return ""
    why = f" ({tables[0].why}, {tables[0].sure:.0%} sure)" if tables[0].why else ""
    return f"{', '.join(each.name for each in tables)}, at the same time{why}"


def length(material: Material) -> str:
    """``95 minutes``; empty where no source has times."""
    total = minutes(material)
    if not total:
        return ""
    return f"{total:.0f} minutes" if total >= 2 else f"{total * 60:.0f} seconds"


def participants(material: Material) -> tuple[Fact, ...]:
    """Return everybody on the list, and whether they were heard; then voices nobody could name."""
    people, session = material.people, material.session
    found = []
    for each in session.participants:
        bodies = ", ".join(people.institution(key).name for key in each.institutions)
        person = people.by_key.get(each.id)
        parts = [bodies, each.role, each.country, "" if person else "not heard"]
        found.append(Fact(each.name, "; ".join(part for part in parts if part), private=True))
    listed = {each.id for each in session.participants}
    for person in people.all:
        if person.key not in listed:
            bodies = ", ".join(people.institution(key).name for key in person.institutions)
            told = f"{person.heard}, on no list" if person.heard else "heard"
            note = "; ".join(part for part in (bodies, f"{told}, not identified") if part)
            found.append(Fact(person.name or f"voice {person.voice}", note, private=True))
    return tuple(found)


def doubts(material: Material, issues: Sequence[Issue]) -> tuple[Fact, ...]:
    """Tell what a reader should know before trusting the text: flags by kind, then open problems.

    Problems name files and words, so they stay in the internal edition; counts do not.
    """
    raised = [(turn, flag) for turn in material.turns for flag in turn.flags]
    kinds = Counter(flag.kind for _, flag in raised)
    reasons = {flag.kind: flag.reason for _, flag in raised}
    found = [
        Fact(f"{kind}, {count} {'turn' if count == 1 else 'turns'}", reasons[kind], private=True)
        for kind, count in sorted(kinds.items())
    ]
    touched = len({turn.id for turn, _ in raised})
    if touched:
        share = touched / len(material.turns)
        found.insert(0, Fact("Turns with doubtful words", f"{touched} ({share:.0%} of all turns)"))
    unknown = [each for each in material.people.counted if not each.name]
    if unknown:
        of = len(material.people.counted)
        found.append(Fact("Speakers not identified", f"{len(unknown)} of {of}"))
    found += [
        Fact(
            ", ".join(part for part in (issue.where, issue.place) if part),
            f"{issue.message} {issue.remedy}".strip(),
            private=True,
        )
        for issue in issues
        if issue.level != "note"
    ]
    return tuple(found)


def withdrew(material: Material, decisions: Sequence[Decision], least: int) -> tuple[Fact, ...]:
    """Tell how many withdrew; outside only where that points at nobody: not in a small group, and
    not beside a list from which a name is missing now.
    """
    count = len(who_withdrew(decisions))
    if not count:
        return ()
    known = len(material.people.counted) < least or material.session.disclosure.list_participants
    told = (
        f"{count}; nothing they said is told or counted here, and what is told as not raised was "
        "not raised by the others"
    )
    return (Fact("Participants who withdrew", told, private=known),)


def presence(material: Material, tables: Frames) -> tuple[Presence, ...]:
    """One line a person, whoever was heard longest first, as the frame of speaking time has it."""
    people = material.people
    by_key = {f"{material.session.id}/{each.key}": each for each in people.all}
    found = []
    for row in tables.speaking_time.itertuples(index=False):
        person = by_key[str(row.who)]
        bodies = [people.institution(key) for key in person.institutions]
        found.append(
            Presence(
                label=person.name or f"voice {person.voice}",
                key=str(row.who),
                role=person.role or "not known",
                institution=", ".join(each.name for each in bodies),
                institutions=person.institutions,
                category=person.category,
                country=person.country,
                speech=round(row.seconds * 1000),
                words=int(row.words),
                turns=int(row.turns),
                note="" if person.name else "not identified",
            )
        )
    return tuple(found)


VIEWS = (
    "What participants said was not checked for accuracy and does not bind their institutions. "
    "This is a record made with the help of software, not a text agreed by the participants."
)
QUOTES = (
    "Text in quotation marks is what the transcript says, letter for letter; marks in square "
    "brackets stand for words left out or withheld."
)
SIDES = (
    "Whoever is named on a side said something that answers that proposition; who is not named "
    "is not counted as agreeing. Facilitators and observers are counted nowhere."
)
SEEMS = (
    "\u201cIt seems\u201d marks sides that a network read from words that do not name them. In "
    "meetings it had never seen it was right in about three of four: read the words before you "
    "rely on it."
)
FEW = "Fewer than five people spoke: read it as notes of a conversation, not as findings."
SEVERAL = (
    "Several sessions are told together. Rooms differ in who sat in them and what they were asked, "
    "so a difference between sessions is not by itself a change of mind."
)
TABLES = (
    "Tables talked at the same time about one guide. \u201cNot raised\u201d at a table is told "
    "only where the question was put there, and means that no sentence said there comes near the "
    "proposition. Beside what was reported stands how near it comes to what the table put (1: the "
    "same words), not whether it is a fair account of it."
)
PARTLY = (
    "What was said in a recording that was not read or heard is in no figure here, so this "
    "brief does not tell what was not asked, and who is told as not heard may have spoken there."
)
LATER = (
    "What somebody said later, and which later proposition is near one, the software guesses; "
    "about two of three are on the same matter. Most who moved stand with their first words alone."
)
NO_GUIDE = "No discussion guide was given, so nothing can be said about what was not asked."
NOTHING = "No proposition was found, so this brief holds the facts of the session and no findings."


def reading(material: Material, found: Sequence[Finding]) -> tuple[str, ...]:
    """Return the standing caveats and those that this session calls for."""
    lines = [PARTLY] if material.unread else []
    lines.append(SIDES)
    if any(answer.unsure for each in found for answer in each.answers):
        lines.append(SEEMS)
    if any(each.later or each.further for each in found):
        lines.append(LATER)
    lines += [QUOTES, VIEWS]
    if material.session.breakouts:
        lines.append(TABLES)
    if len(material.people.counted) < FEWEST:
        lines.append(FEW)
    if not material.session.guide.sections:
        lines.append(NO_GUIDE)
    if not found:
        lines.append(NOTHING)
    if unread := material.deliberated.unread:
        names = ", ".join(unread)
        lines.append(f"Answers are not read in these languages, so no sides are told: {names}.")
    return tuple(lines)


FEWEST = 5
"""People who must be heard before a session is more than a conversation."""


def method(
    material: Material,
    found: Sequence[Finding],
    quotes: int,
    embedder: Embedder,
    comments: Comments,
) -> tuple[Fact, ...]:
    """Facts on the sample, the setting, the analysis and its limits, in the order of COREQ."""
    return (
        *_team(material),
        *_sample(material),
        *_setting(material, comments),
        *_analysis(material, embedder, comments),
        *_reporting(material, found, quotes),
    )


def uncoded(material: Material) -> float:
    """Return the share of the participants' words of content that no theme covers."""
    total = sum(each.words for each in material.counted)
    free = sum(each.words for each in material.counted if not each.codes)
    return free / total if total else 0.0


def reviewed(material: Material) -> float:
    """The share of propositions and responses that a person settled, and of codings accepted."""
    found = material.deliberated
    codings = [each for each in material.themed.codings if each.status != "rejected"]
    checked = sum(1 for each in codings if each.status == "accepted")
    makers = [each.by for each in found.propositions] + [each.by for each in found.responses]
    checked += sum(bool(settled_by(by)) for by in makers)
    total = len(codings) + len(found.propositions) + len(found.responses)
    return checked / total if total else 0.0


def _team(material: Material) -> Iterable[Fact]:
    chairs = [each for each in material.people.all if each.role == "facilitator"]
    yield Fact("Facilitators heard", str(len(chairs)), "1")
    if chairs:
        names = "; ".join(material.people.printed(each) for each in chairs)
        yield Fact("Facilitators", names, "1", private=True)
    yield Fact("Credentials, relationship with participants", PEOPLE_ONLY, "2-8")


def _heard(people: People) -> str:
    """Tell how many people were heard, as far as voices of different recordings tell."""
    most, least = len(people.counted), people.least
    return str(most) if least == most else f"at least {least}"


def _sample(material: Material) -> Iterable[Fact]:
    people = material.people
    listed = material.session.participants
    yield Fact("Selection and approach of participants", PEOPLE_ONLY, "10-11")
    yield Fact("Participants heard (facilitators and observers left out)",
               _heard(people), "12")  # fmt: skip
    if listed:
        missing = [each.name for each in listed if each.id not in people.by_key]
        yield Fact("On the list of participants", str(len(listed)), "12", private=True)
        yield Fact("On the list and not heard", f"{len(missing)}", "13", private=True)
        if missing:
            yield Fact("Not heard", ", ".join(missing), "13", private=True)
    others = sum(1 for each in people.all if each.role == "observer")
    yield Fact("Observers heard", str(others), "15")
    for label, values in (
        ("Categories", [each.category for each in people.counted]),
        ("Countries", [each.country for each in people.counted]),
    ):
        count = Counter(value or "not known" for value in values)
        if set(count) - {"not known"}:
            told = ", ".join(f"{value} {heard}" for value, heard in sorted(count.items()))
            yield Fact(label, told, "16", private=True)


def _setting(material: Material, comments: Comments) -> Iterable[Fact]:
    session = material.session
    if session.venue:
        yield Fact("Setting", session.venue, "14")
    sections = session.guide.sections
    if sections:
        asked = sum(
            1
            for each in sections
            if material.section(each.id).asked or material.section(each.id).people
        )
        known = " in what could be read" if material.unread else ""
        told = f"{len(sections)} sections, {asked} of them reached{known}"
        yield Fact("Discussion guide", told, "17")
    else:
        yield Fact("Discussion guide", "none was given", "17")
    yield Fact("Repeated sessions", PEOPLE_ONLY, "18")
    kinds = Counter(each.kind for each in session.recordings)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield Fact("Recording", told or "not known", "19")
    if material.unread:
        yield Fact(UNREAD, unread(material), "19")
    for each in session.recordings:
        yield Fact(f"Fingerprint of {each.name}", f"SHA-256 {each.sha256}", "19", private=True)
    if length(material):
        yield Fact("Duration", length(material), "21")
    yield Fact("Saturation", "cannot be judged from one session", "22")
    yield comments.returned()


def _analysis(material: Material, embedder: Embedder, comments: Comments) -> Iterable[Fact]:
    themed = material.themed
    people = {each.by for each in themed.codings if each.status == "accepted"}
    who = (f"{number(len(people))} person" + "s" * (len(people) > 1)) if people else "nobody yet"
    yield Fact("Coding", f"by software; checked or added by {who}", "24")
    yield Fact("Share of codings that a person checked", f"{reviewed(material):.0%}", "24")
    origins = Counter(each.origin for each in material.codes.values() if each.dimension == "theme")
    told = ", ".join(f"{count} {origin}" for origin, count in sorted(origins.items()))
    yield Fact("Themes in force, by origin", told or "none", "25-26")
    yield from _taken_over(material)
    yield Fact("Share of the words of content without a theme", f"{uncoded(material):.0%}", "26")
    for label, figure in themed.figures:
        yield Fact(label, f"{figure:.2f}", "26")
    unstable = [each.code for each in themed.facts if each.unstable]
    if unstable:
        names = "; ".join(material.codes[key].name for key in unstable if key in material.codes)
        yield Fact("Themes that change when computed again", names, "26")
    yield Fact("Software", f"fgd {__version__}, offline; sentence vectors {embedder.id}", "27")
    yield from comments.comments()


def _taken_over(material: Material) -> Iterable[Fact]:
    """Tell which themes come from the codebook of an earlier session, and who stood for them."""
    taken = [each for each in material.codes.values() if each.taken_from]
    approved = sum(bool(each.approved) for each in taken)
    if not taken:
        return
    found = {key for passage in material.passages for key in passage.codes}
    told = f"{len(taken)}; people had approved {approved} of them there"
    met = sum(each.id in found for each in taken)
    yield Fact("Themes taken over from earlier sessions", told, "25-26")
    yield Fact("Of these, spoken to here", str(met), "25-26")
    for session in dict.fromkeys(each.taken_from for each in taken):
        mine = (
            f"{each.name} ({each.approved or 'approved by nobody'}; {len(each.examples)} examples)"
            for each in taken
            if each.taken_from == session
        )
        yield Fact(f"Taken over from {session}", "; ".join(mine), "25-26", private=True)


def _reporting(material: Material, found: Sequence[Finding], quotes: int) -> Iterable[Fact]:
    yield from reported(found, quotes)
    known = [each for each in material.people.counted if _known(each)]
    total = sum(each.words for each in material.counted)
    words = sum(each.words for each in material.counted if _known(each.person))
    if total:
        told = (
            f"{len(known)} of {len(material.people.counted)} speakers, {words / total:.0%} of words"
        )
        yield Fact("Speakers attributed", told, "30")


def _known(person: Person) -> bool:
    return bool(person.name or person.institutions)
