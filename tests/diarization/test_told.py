"""What people are told of the voices: on the terminal, and beside every turn."""

from __future__ import annotations

import io

from fgd.export import facts, lines, transcript_files
from fgd.intake.transcripts.subtitles import read_cues
from fgd.model import Conversation, Session, Span, Turn, Voice, Word


def talk(*, labelled: bool = False) -> Conversation:
    """Three voices, one of them like another and one a ghost."""
    how = "label" if labelled else "diarization"
    turns = tuple(
        Turn(
            f"r1-{n}", "r1", voice, span, (Word(span, f" Number {n}."),), share=share,
            decided_by=how, overlaps=overlaps,
        )
        for n, (voice, span, share, overlaps) in enumerate(
            (
                ("V1", Span(0, 6_000), 1.0, ()),
                ("V2", Span(6_000, 8_000), 0.6, (Span(6_000, 7_000),)),
                ("V3", Span(8_000, 10_000), 0.9, ()),
            )
        )
    )  # fmt: skip
    voices = (
        Voice("V1", "r1", 6_000, 0.9),
        Voice("V2", "r1", 6_500, 0.2),
        Voice("V3", "r1", 1_000, 0.9, ghost=True),
    )
    return Conversation("r1", voices, turns)


def test_a_run_says_how_many_voices_and_how_sure() -> None:
    """Clear ones, those like another, those hardly heard, and the share that agrees."""
    said = list(facts([talk()], []))
    assert "3 voices, 0 of them attributed" in said
    assert (
        "told apart by sound: 1 clear voice, 1 like another, 1 hardly heard; "
        "90% of the talk agrees with its voice"
    ) in said


def test_names_on_a_transcript_are_not_called_sound() -> None:
    """Where labels decided there is nothing to be sure of."""
    assert not [line for line in facts([talk(labelled=True)], []) if "sound" in line]


def test_every_turn_says_how_its_voice_was_decided() -> None:
    """In captions (as a comment that readers skip), document and table; overlap is marked."""
    import docx

    files = transcript_files(Session("s"), lines([talk()]))
    vtt = files["transcript.vtt"].decode()
    cues, issues = read_cues(vtt, "transcript.vtt")
    assert (len(cues), issues) == (3, [])
    assert "NOTE r1-1 V2: diarization, 60%, overlap\n\n" in vtt
    assert "<v.overlap V2>Number 1.</v>" in vtt
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(files["transcript.docx"])).paragraphs)
    assert "V2: [overlap] Number 1.  V2: diarization, 60%" in text
    table = files["transcript.csv"].decode("utf-8-sig").splitlines()
    assert "yes,diarization,0.60" in table[2]
