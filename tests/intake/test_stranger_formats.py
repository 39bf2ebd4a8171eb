"""Shapes of labels and times that strangers' files have: the words under whoever said them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.intake import writers

A, B = "Ines Duarte", "Tomas Blaha"
T1, T2 = "The pier lamps were dark again.", "Then somebody has to walk the pier."
T3 = "I will do it until Friday."


def google() -> str:
    """Each result with its own words, and a speaker on every word."""
    said = ((1, T1, 5), (2, T2, 9), (1, T3, 14))
    results = [
        {
            "alternatives": [
                {
                    "transcript": text,
                    "words": [
                        {"word": word, "startTime": f"{start + n / 5:.1f}s",
                         "endTime": f"{start + n / 5 + 0.1:.1f}s", "speakerTag": speaker}
                        for n, word in enumerate(text.split())
                    ],
                }
            ]
        }
        for speaker, text, start in said
    ]  # fmt: skip
    return json.dumps({"results": results})


SHAPES = {
    "identifiers.vtt": (
        f'WEBVTT\n\n1 "{A}" (3345)\n00:00:05.000 --> 00:00:08.000\n{T1}\n\n'
        f'2 "{B}" (3346)\n00:00:09.000 --> 00:00:13.000\n{T2}\n\n'
        f'3 "{A}" (3345)\n00:00:14.000 --> 00:00:18.000\n{T3}\n'
    ),
    "quoted.txt": f'"{A}": {T1}\n"{B}": {T2}\n"{A}": {T3}\n',
    "letters.txt": f"{A} 0h00m05s\n{T1}\n{B} 0h00m09s\n{T2}\n{A} 0h00m14s\n{T3}\n",
    "at.txt": f"{A} at 00:05\n{T1}\n\n{B} at 00:09\n{T2}\n\n{A} at 00:14\n{T3}\n",
    "headings.md": f"# Meeting\n\n## {A}\n\n{T1}\n\n## {B}\n\n{T2}\n\n## {A}\n\n{T3}\n",
    "table.md": (
        "| Time | Speaker | Text |\n|---|---|---|\n"
        f"| 0:05 | {A} | {T1} |\n| 0:09 | {B} | {T2} |\n| 0:14 | {A} | {T3} |\n"
    ),
    "stamped.txt": f"[00:05] **{A}**: {T1}\n[00:09] **{B}**: {T2}\n[00:14] **{A}**: {T3}\n",
}


@pytest.mark.parametrize("name", SHAPES)
def test_words_and_people(name: str, tmp_path: Path) -> None:
    """Nobody's words under somebody else, no mark of the format among them."""
    transcript, _ = writers.read(tmp_path, SHAPES[name], name)
    found = [(segment.label, segment.text) for segment in transcript.segments if segment.label]
    assert found == [(A, T1), (B, T2), (A, T3)]


def test_lower_case_names_heard_once(tmp_path: Path) -> None:
    """Where every line begins with one, a name in lower case is a label although it comes once."""
    transcript, _ = writers.read(tmp_path, f"ines: {T1}\ntomas: {T2}\nines: {T3}\n", "low.txt")
    assert [segment.label for segment in transcript.segments] == ["ines", "tomas", "ines"]


def test_initials_below_the_list_of_those_present(tmp_path: Path) -> None:
    """``ID:`` tells of a meeting only where no sentence follows."""
    text = f"Transcript of 3 May\nPresent: {A} (ID), {B} (TB)\n\nID: {T1}\nTB: {T2}\nID: {T3}\n"
    transcript, _ = writers.read(tmp_path, text, "initials.txt")
    assert [segment.text for segment in transcript.segments] == [T1, T2, T3]


def test_every_result_of_google_is_read(tmp_path: Path) -> None:
    """The last result repeats all words only where it has as many."""
    transcript, _ = writers.read(tmp_path, google(), "google.json")
    assert " ".join(segment.text for segment in transcript.segments) == f"{T1} {T2} {T3}"
    assert len({segment.label for segment in transcript.segments}) == 2
