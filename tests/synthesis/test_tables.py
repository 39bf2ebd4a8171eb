"""Tables of one session compared in its brief, on the session that ``wells`` tells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fgd import disclosure, export, pipeline
from fgd.core.settings import BriefSettings
from fgd.disclosure.ladder import fingerprint
from fgd.export.brief import brief_files, brief_json, read_brief
from fgd.export.told import Told
from fgd.model import SIDED, Breakouts, Brief, Contrast, Disclosure, Finding, Grid, Rule, Session
from fgd.pipeline.session_pass import deliberate
from fgd.synthesis.compared import _OURS, _call, _called
from fgd.workspace.project import Project
from tests.synthesis.rooms import conversation, part
from tests.synthesis.rooms import told as told_without_tables
from tests.synthesis.wells import FILES, PEOPLE, written


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> pipeline.SessionContext:
    """The session, run once."""
    root = written(tmp_path_factory.mktemp("wells"))
    opened = Project.open(root)
    return pipeline.SessionContext(opened, opened.session("wells"))


@pytest.fixture(scope="module")
def brief(context: pipeline.SessionContext) -> Brief:
    return pipeline.write_brief(context).value


@pytest.fixture(scope="module")
def told(brief: Brief) -> Breakouts:
    assert brief.breakouts
    return brief.breakouts


Edition = Callable[..., Brief]


@pytest.fixture(scope="module")
def edition(context: pipeline.SessionContext, brief: Brief) -> Edition:
    """The circulation edition under a rule; ``least`` people make a group."""

    def made(rule: Rule, least: int = 3) -> Brief:
        session = replace(pipeline.full_session(context), disclosure=Disclosure(rule))
        settings = BriefSettings(category_minimum=least)
        secrets = disclosure.secrets(session, pipeline.arranged(context))
        return disclosure.circulated(replace(brief, disclosure=session.disclosure), session,
                                     secrets, settings)[0]  # fmt: skip

    return made


def put(brief: Brief, words: str) -> Finding:
    extracts = {each.id: each.text for each in brief.extracts}
    return next(each for each in brief.findings if words in extracts[each.extract])


def test_nobody_answers_what_was_put_at_another_table(context: pipeline.SessionContext) -> None:
    session = context.intake.session
    found = deliberate(context).value
    places = {each.id: each.place for each in found.propositions}
    for each in found.responses:
        there = places[each.proposition].recording
        assert session.table_of(there) == session.table_of(each.place.recording)


def test_each_table_follows_the_guide_from_its_beginning(told: Breakouts) -> None:
    rows = dict(told.sections)
    assert list(rows) == ["Sharing in dry months", "Paying for the pumps", "Telling people early"]
    asked = [[each.asked for each in row] for row in rows.values()]
    assert asked == [[True, True], [True, True], [True, False]]
    assert [each.people for each in rows["Telling people early"]] == [2, 0]
    assert [(each.name, each.people) for each in told.tables] == [("Table 1", 4), ("Table 2", 4)]


def test_what_one_table_put_is_told_of_the_other_only_where_that_can_be_seen(
    brief: Brief, told: Breakouts
) -> None:
    by_finding = {each.finding: each for each in told.contrasts}
    levy, same = put(brief, "levy on every household"), put(brief, "pays a small levy")
    assert by_finding[levy.id].also == (("Table 2", same.id),)
    assert by_finding[same.id].also == (("Table 1", levy.id),)
    elders = by_finding[put(brief, "elders stay out").id]
    assert (elders.table, elders.silent, elders.unasked) == ("Table 1", ("Table 2",), ())
    bell = by_finding[put(brief, "rings its bell").id]
    assert (bell.silent, bell.unasked) == ((), ("Table 2",))
    meters = by_finding[put(brief, "gets a meter").id]  # table 1 spoke of measuring, too
    assert (meters.table, meters.also, meters.silent) == ("Table 2", (), ())
    assert not any(each.chair for each in brief.findings if each.id in by_finding)
    assert all(f.side(*SIDED) or c.also for f, c in _pairs(brief, told))


def _pairs(brief: Brief, told: Breakouts) -> list[tuple[Finding, Contrast]]:
    known = {each.id: each for each in brief.findings}
    return [(known[each.finding], each) for each in told.contrasts]


def test_reports_are_linked_to_their_table_and_to_what_it_put(
    brief: Brief, told: Breakouts
) -> None:
    one, other = told.reports
    extracts = {each.id: each.text for each in brief.extracts}
    assert [each.table for each in told.reports] == ["Table 1", "Table 2"]
    assert one.speaker.startswith("Tomas Quispe")
    assert "given the floor for it" in one.why
    assert "by the list of participants" in other.why
    assert other.sure >= 0.9
    links = {extracts[name]: finding for name, finding, _ in (*one.said, *other.said)}
    linked = {text[:24]: finding for text, finding in links.items()}
    assert linked["At our table we said tha"] == put(brief, "a committee of herders").id
    assert linked["Our group also wants the"] == put(brief, "rings its bell").id
    assert linked["Our group agreed that ev"] == put(brief, "gets a meter").id
    assert linked["And we want a radio prog"] == ""
    assert all(near >= 0.6 for r in told.reports for _, name, near in r.said if name)
    words = [extracts[each.extract] for each in brief.findings]
    assert not any("our group" in text.casefold() for text in words)


def test_the_clock_counts_tables_once(brief: Brief) -> None:
    spent = {each.title: each.spent for each in brief.accounts}
    rows = dict(brief.breakouts.sections)
    for title, row in rows.items():
        assert spent[title] == max(each.spent for each in row)
    assert {f.label: f.value for f in brief.masthead}["Length"] == "4 minutes"


def test_every_format_tells_it_and_the_annex_says_how_tables_are_known(brief: Brief) -> None:
    files = brief_files(brief)
    for name in ("brief.md", "brief.html"):
        text = files[name].decode()
        assert "The tables compared" in text
        assert "Not raised at Table 2, where the question was put, too." in text
        assert "for Table 1" in text
    import io

    import docx

    document = docx.Document(io.BytesIO(files["brief.docx"]))
    assert any("The tables compared" in each.text for each in document.paragraphs)
    assert any("nearly the same" in each.text for each in document.paragraphs)
    masthead = {fact.label: fact for fact in brief.masthead}
    assert masthead["Tables"].private
    assert "80% sure" in masthead["Tables"].value
    assert read_brief(files["brief.json"]) == brief


def test_a_brief_without_tables_says_nothing_of_them() -> None:
    made = told_without_tables(part())
    assert not made.breakouts
    assert b"breakouts" not in brief_json(made)
    assert read_brief(brief_json(made)) == made
    said = repr(replace(made, status="")).replace(f", breakouts={made.breakouts!r})", ")")
    assert fingerprint(made) == hashlib.sha256(said.encode()).hexdigest()
    assert "compared" not in Told(made).parts


def test_a_strict_edition_compares_tables_without_names_and_small_counts(
    edition: Edition,
) -> None:
    made = edition("chatham-house")
    assert made.breakouts
    cells = [each for _, row in made.breakouts.sections for each in row]
    assert all(each.people == Grid.WITHHELD or each.people >= 3 for each in cells)
    assert all(not table.speakers and not table.who for table in made.breakouts.tables)
    assert {each.speaker for each in made.breakouts.reports} == {"a participant"}
    assert not any(each.unasked for each in made.breakouts.contrasts)
    names = [line.split(",")[0] for line in PEOPLE.splitlines()[1:]]
    text = export.brief_files(made)["brief.md"].decode()
    assert not [name for name in names if name in text or name.split()[-1] in text]


def test_small_tables_are_not_told_apart(edition: Edition) -> None:
    """Five are wanted, four sat at each: whoever knows the seating would know who spoke."""
    made = edition("chatham-house", least=5)
    assert not made.breakouts
    assert any("tables are not told apart" in line for line in made.reading)
    text = brief_files(made)["brief.md"].decode()
    assert "Table 1" not in text
    assert edition("named", least=5).breakouts


def test_a_category_that_few_of_a_table_belong_to_ends_the_comparison(
    context: pipeline.SessionContext, brief: Brief
) -> None:
    session = replace(pipeline.full_session(context), disclosure=Disclosure("category"))
    kinds = ["council", "council", "think tank", "council", "think tank", "think tank",
             "council", "think tank"]  # fmt: skip
    heard = [p for p in brief.presence if p.role != "facilitator"]
    by = dict(zip((p.key for p in heard), kinds, strict=True))
    presence = tuple(replace(p, category=by.get(p.key, "")) for p in brief.presence)
    changed = replace(brief, disclosure=session.disclosure, presence=presence)
    made, _ = disclosure.circulated(changed, session, (), BriefSettings())
    assert not made.breakouts


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("Thank you, table one. Now table two, please.", "Table 2"),
        ("Table 1 first, please. Tomas?", "Table 1"),
        ("Let us hear from the second group.", "Table 2"),
        ("Thank you, table 1. Any questions to them?", ""),
        ("Was table 2 as loud as we were?", ""),
        ("Table 1 and table 2, please come closer.", ""),
    ],
)
def test_a_chair_calls_a_table_and_thanks_another(text: str, table: str) -> None:
    assert _call(text, ["Table 1", "Table 2"]) == table


def test_our_group_of_somebody_is_no_table() -> None:
    assert _OURS.search("In our small group we agreed on meters.")
    assert not _OURS.search("Our group of herders pays already.")


def test_voices_of_tables_that_met_at_once_are_never_one(
    context: pipeline.SessionContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fgd.model import SameVoice
    from fgd.pipeline import conversation as room

    _, one, two, plenary = (each.id for each in context.intake.session.recordings)
    alike = tuple(SameVoice((a, "V1"), (b, "V1")) for a, b in ((one, two), (one, plenary)))
    monkeypatch.setattr("fgd.diarization.same_voices", lambda _: alike)
    assert room.same_voices(context) == alike[1:]


def test_what_was_released_before_there_were_tables_stays_released() -> None:
    """The list of participants is the same list, although people may have a table now."""
    from fgd.model import Participant
    from fgd.pipeline.session_pass import _listed

    person = Participant("ana", "Ana Lee")
    assert "table" not in _listed(Session("s", participants=(person,)))[0]
    seated = Session("s", participants=(replace(person, table="Table 1"),))
    assert _listed(seated)[0]["table"] == "Table 1"


@pytest.mark.parametrize(
    ("table", "text", "expected"),
    [
        ("Table 2", "Now table two, please.", True),
        ("Table 2", "The second group has the floor.", True),
        ("Table 2", "Table 21 is empty, and we take two minutes.", False),
        ("Gruppe A", "Gruppe A, bitte.", True),
        ("Breakout Room 3", "Room 3, please.", True),
        ("The wells", "And now the wells.", True),
        ("Table 2", "The first table, please.", False),
    ],
)
def test_a_table_is_called_in_several_ways(table: str, text: str, expected: bool) -> None:
    assert _called(table, text) is expected


def test_a_table_nobody_names_is_known_by_likeness_or_not_at_all(
    tmp_path: Path,
) -> None:
    """A reporter who is on no list and was heard at no table: by content, and half sure at most."""
    closing = tuple(
        ("Vera Novak" if who in ("Lucia Ferrer", "Tomas Quispe") else who,
         text.replace("Table 1 first, please. Tomas?", "Who begins?").replace("Lucia, y", "Y"))
        for who, text in FILES["03-closing.vtt"][3:]
    )  # fmt: skip
    root = written(tmp_path, {**FILES, "03-closing.vtt": closing})
    opened = Project.open(root)
    made = pipeline.write_brief(pipeline.SessionContext(opened, opened.session("wells"))).value
    assert made.breakouts
    (report,) = made.breakouts.reports
    assert (report.table, report.why) == ("Table 2", "by likeness of what was said alone")
    assert report.sure == 0.5


def test_sessions_of_tables_are_kept_apart_in_counts() -> None:
    """Two unnamed voices at tables that met at once are two people, not perhaps one."""
    from fgd.model import Breakout, Recording
    from fgd.synthesis.material import People

    talks = [conversation(recording=name) for name in ("a", "b")]
    files = tuple(Recording(name, f"{name}.vtt", "") for name in ("a", "b"))
    apart = People(Session("s", recordings=files), talks, ())
    tables = (Breakout("Table 1", ("a",)), Breakout("Table 2", ("b",)))
    beside = People(Session("s", recordings=files, breakouts=tables), talks, ())
    assert beside.least == 2 * apart.least


def test_where_not_all_is_known_nothing_is_told_to_be_missing(
    context: pipeline.SessionContext,
) -> None:
    """Somebody withdrew, or a recording was not read: it may have been raised there."""
    from fgd.synthesis.compared import compared
    from fgd.synthesis.material import Material
    from fgd.synthesis.quoting import Ledger
    from fgd.synthesis.salience import Salience

    brief = pipeline.write_brief(context).value
    material = Material.of(
        pipeline.full_session(context), pipeline.arranged(context),
        pipeline.attribute(context).value.attributions, pipeline.find_themes(context).value,
        deliberate(context).value,
    )  # fmt: skip
    salience = Salience(material, context.embedder)
    told = compared(material, salience, Ledger(material), brief.findings, brief.glance, whole=False)
    assert told.contrasts
    assert not any(each.silent or each.unasked for each in told.contrasts)
