"""The quotes a finding is shown with: what people choose, and what becomes of it later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from fgd.core.errors import InputError
from fgd.decisions.findings import choose_quote
from fgd.model import Brief, Decision, Finding, Issue, Quote
from fgd.synthesis.gate import problems
from fgd.synthesis.material import Material
from tests.synthesis.rooms import LINES, made, part

TALK = (
    *LINES[:2],
    (
        "bo-vann",
        "I support the local monitors, because people trust faces that they know well. "
        "In my village they walked the road every day. The army never did that.",
    ),
    (
        "carla-reyes",
        "I do not agree about local monitors. In my province they were threatened.",
    ),
    *LINES[4:],
)
WHEN = {"by": "Lien", "when": "2026-01-01T00:00:00Z"}
PUT = "P1"


def told(
    decisions: Sequence[Decision] = (), lines: Sequence[tuple[str, str]] = TALK
) -> tuple[Brief, tuple[Issue, ...]]:
    """The brief, and what was met on the way."""
    return made(part(lines=lines), decisions=decisions)


def finding(brief: Brief) -> Finding:
    return next(each for each in brief.findings if each.proposition == PUT)


def shown(brief: Brief) -> list[str]:
    texts = {each.id: each.text for each in brief.extracts}
    return [texts[name] for name in finding(brief).extracts[1:]]


def pick(brief: Brief, wanted: Quote) -> Decision:
    names = finding(brief).extracts[1:]
    shown = [each for each in brief.extracts if each.id in names]
    first = next((e for e in shown if e.sources[0].turn == wanted.turn), shown[0])
    return choose_quote(finding(brief), wanted, first, **WHEN)


def test_candidates_are_slices_that_are_not_shown() -> None:
    """Every candidate re-slices, bears on the theme, and is another quote than those shown."""
    brief, _ = told()
    one = part(lines=TALK)
    texts = {turn.id: turn.text for talk in one.conversations for turn in talk.turns}
    found = finding(brief).candidates
    assert len(found) >= 2
    for each in found:
        assert texts[each.turn][each.start : each.end] == each.text
        assert each.text not in shown(brief)


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_chosen_is_shown_instead(number: int) -> None:
    """The candidate takes the place of the quote, which becomes a candidate."""
    brief, _ = told()
    before, wanted = shown(brief), finding(brief).candidates[number]
    after, issues = told([pick(brief, wanted)])
    assert wanted.text in shown(after)
    (gone,) = set(before) - set(shown(after))
    assert gone in [each.text for each in finding(after).candidates]
    assert not [each for each in issues if "chosen" in each.message]


def test_choosing_twice_keeps_the_last_choice() -> None:
    """A choice in the place of a choice replaces it; choosing back is as if nothing was chosen."""
    brief, _ = told()
    first = pick(brief, finding(brief).candidates[0])
    second_brief, _ = told([first])
    wanted = next(e for e in finding(second_brief).candidates if "army" in e.text)
    second = pick(second_brief, wanted)
    after, _ = told([first, second])
    assert json.loads(second.value)["words"] in shown(after)
    original = next(e for e in finding(after).candidates if e.text in shown(brief))
    back, _ = told([first, second, pick(after, original)])
    assert shown(back) == shown(brief)


def test_a_choice_outlives_corrected_words_and_a_lost_one_is_told() -> None:
    """A word corrected inside the quote is followed; words that are gone are an issue."""
    brief, _ = told()
    wanted = next(each for each in finding(brief).candidates if "walked" in each.text)
    made_ = pick(brief, wanted)
    corrected = [(who, text.replace("walked", "worked")) for who, text in TALK]
    after, issues = told([made_], corrected)
    assert wanted.text.replace("walked", "worked") in shown(after)
    assert not [each for each in issues if "chosen" in each.message]
    gone = [
        (who, text.replace("In my village they walked the road every day. ", ""))
        for who, text in TALK
    ]
    after, issues = told([made_], gone)
    assert wanted.text not in shown(after)
    (lost,) = [each for each in issues if "chosen" in each.message]
    assert wanted.text[:40] in lost.place
    assert "no longer in the transcript" in lost.message


def test_a_choice_for_a_proposition_that_is_gone_is_told() -> None:
    """Nothing is dropped in silence."""
    brief, _ = told()
    made_ = replace(pick(brief, finding(brief).candidates[0]), target="finding:gone")
    _, issues = told([made_])
    assert [each for each in issues if "is not told any more" in each.message]


def test_only_candidates_can_be_chosen() -> None:
    """Words that are no candidate are not turned into a quote."""
    brief, _ = told()
    wanted = finding(brief).candidates[0]
    with pytest.raises(InputError):
        choose_quote(finding(brief), replace(wanted, text="made up"), None, **WHEN)
    other = next(e for e in brief.extracts if e.id not in finding(brief).extracts)
    with pytest.raises(InputError):
        choose_quote(finding(brief), wanted, other, **WHEN)


def test_the_gate_reads_candidates_too() -> None:
    """A candidate that is no slice stops the brief as a quote would."""
    brief, _ = told()
    one = part(lines=TALK)
    material = Material.of(
        one.session, one.conversations, one.attributed.attributions, one.themed, one.deliberated
    )
    assert not list(problems(brief, [material]))
    broken = replace(finding(brief).candidates[0], text="made up")
    wrong = replace(finding(brief), candidates=(broken,))
    findings = tuple(wrong if each.proposition == PUT else each for each in brief.findings)
    assert list(problems(replace(brief, findings=findings), [material]))
