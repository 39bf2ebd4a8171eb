"""The phrases of cues.toml are found where they are said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.attribution.readings import Talk, _longest, find, phrases, word_class
from tests.attribution.rooms import talk

LINES = [(kind, line) for kind, lines in phrases("en").items() if kind != "stop" for line in lines]


def spoken(line: str) -> str:
    """A phrase as somebody may say it: the first of every choice, nothing that may be missing."""
    words = []
    line = re.sub(r"\$(\w+)", lambda m: min(word_class(m[1])), line)
    for piece in re.findall(r"\([^)]*\)\??|\S+", line):
        if piece == "~" or piece.endswith("?"):
            continue
        words.append(re.sub(r"^\((.*?)(?:\|.*)?\)$", r"\1", piece).replace("@", "Rivera"))
    return " ".join(words)


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_every_phrase_finds_itself(kind: str, line: str) -> None:
    """Each line of the file is found in the shortest sentence that says it."""
    doc = Talk.of(talk(("V1", f"Well, {spoken(line)}, now."))).passages[0].doc
    found = [cue for cue in find(doc) if cue.kind == kind]
    assert found
    if "@" in line:
        assert any("Rivera" in doc[cue.slot[0] : cue.slot[1]].text for cue in found)


def test_unknown_languages_fall_back_to_english() -> None:
    """A language without phrases of its own uses the English ones."""
    assert phrases("xx") == phrases("en")


def test_fillers_do_not_hide_a_phrase() -> None:
    """Hesitations and stammers are left out before phrases are looked for."""
    said = Talk.of(talk(("V1", "Um I'm I'm uh {cough} Anh Vuong"))).passages[0].doc
    assert any(cue.kind == "self" for cue in find(said))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9))))
def test_the_longest_phrase_is_kept(found: list[tuple[int, int]]) -> None:
    """Of phrases that overlap the longest counts, of equally long ones the first."""
    spans = [(start, start + length) for start, length in found]
    wanted: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda each: (each[0] - each[1], each[0])):
        if all(end <= a or start >= b for a, b in wanted):
            wanted.append((start, end))
    assert _longest(spans) == wanted
