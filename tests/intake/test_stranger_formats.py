"""Shapes of labels and times that strangers' files have: the words under whoever said them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.intake import writers
from tests.intake.folders import names, take

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


# -- a third set of shapes: each said by five turns of three people, the last one after an hour ----

C = "Keiko Mori"
TALK = (
    (A, 5, 12, T1),
    (B, 14, 29, T2),
    (C, 31, 44, "My brother sells fish there: he brings a lamp of his own."),
    (A, 62, 80, "The port promised them in 2019, and we still wait."),
    (B, 3725, 3735, "Nobody has asked us since."),
)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def each(form: str, between: str = "") -> str:
    """Every turn in one form, with what a form may ask for."""
    return between.join(
        form.format(
            n=n, who=who, start=start, end=end, text=text, a=clock(start), b=clock(end),
            mm=f"{start // 60:02}:{start % 60:02}", ms=start * 1000, me=end * 1000,
            fa=start * 25, fb=end * 25, ta=start * 10, tb=end * 10, key=f"k{(A, B, C).index(who)}",
            first=who.split()[0], dots=clock(start).replace(":", "."), m=start // 60,
            s=f"{start % 60:02}", under=who.replace(" ", "_"), length=end - start,
        )
        for n, (who, start, end, text) in enumerate(TALK, 1)
    )  # fmt: skip


def records(*keys: str) -> list[dict[str, object]]:
    return [dict(zip(keys, (w, a, b, t), strict=True)) for w, a, b, t in TALK]


def tokens() -> str:
    """Pieces of words with their own times, as some recognisers write them."""
    made = []
    for who, start, _, text in TALK:
        for n, word in enumerate(text.split()):
            whole = f" {word}" if n else word
            cut = max(1, len(whole) // 2)
            for k, piece in enumerate((whole[:cut], whole[cut:])):
                at = start * 1000 + n * 300 + k * 100
                made.append({"text": piece, "start_ms": at, "end_ms": at + 90, "speaker": who})
    return json.dumps({"tokens": [token for token in made if token["text"]]})


def recall() -> str:
    return json.dumps(
        [
            {
                "participant": {"id": n, "name": who},
                "words": [
                    {"text": word, "start_timestamp": {"relative": start + k / 4}}
                    for k, word in enumerate(text.split())
                ],
            }
            for n, (who, start, _, text) in enumerate(TALK)
        ]
    )


def trs() -> str:
    people = "".join(f'<Speaker id="k{n}" name="{who}"/>' for n, who in enumerate((A, B, C)))
    turns = each('<Turn speaker="{key}" startTime="{start}" endTime="{end}"><Sync/>{text}</Turn>')
    return f"<Trans><Speakers>{people}</Speakers><Episode>{turns}</Episode></Trans>"


def exb() -> str:
    times = sorted({time for _, start, end, _ in TALK for time in (start, end)})
    line = "".join(f'<tli id="T{time}" time="{time}"/>' for time in times)
    people = "".join(
        f'<speaker id="k{n}"><abbreviation>{who}</abbreviation></speaker>'
        for n, who in enumerate((A, B, C))
    )
    tiers = each(
        '<tier speaker="{key}" type="t"><event start="T{start}" end="T{end}">{text}</event></tier>'
    )
    return f'<?xml version="1.0"?><basic>{people}{line}{tiers}</basic>'


def wide() -> str:
    rows = [f'{clock(start)},' + ",".join(f'"{text}"' * (who == each_) for each_ in (A, B, C))
            for who, start, _, text in TALK]  # fmt: skip
    return "\n".join([f"Time,{A},{B},{C}", *rows])


TIMED = {
    "talk.lrc": "[ti:Pier]\n[by:me]\n" + each("[{mm}.00]{who}: {text}\n"),
    "talk.smi": "<SAMI><BODY>"
    + each("<SYNC Start={ms}><P Class=EN>{who}: {text}<SYNC Start={me}><P Class=EN>&nbsp;")
    + "</BODY></SAMI>",
    "frames.sub": "{{1}}{{1}}25.000\n".format() + each("{{{fa}}}{{{fb}}}{who}: {text}\n"),
    "viewer.sub": "[INFORMATION]\n[TITLE]x\n[SUBTITLE]\n" + each("{a}.00,{b}.00\n{who}:[br]{text}\n\n"),
    "tenths.txt": each("[{ta}][{tb}]{who}: {text}\n"),
    "records.vtt": "WEBVTT\n\n"
    + each('{a}.000 --> {b}.000\n{{"speakerName": "{who}", "spokenText": "{text}"}}\n\n'),
    "recorder.txt": "Pier - March 14\n\n" + each("{mm} - {who}\n  {text}\n"),
    "said.txt": each("{who} said at {a}\n{text}\n\n"),
    "saved.txt": each("[{who}] {a}\n{text}\n"),
    "bracket.txt": each("[{a}, {who}] {text}\n"),
    "turned.txt": each("[{who} {a}] {text}\n"),
    "primes.txt": each("[{m}'{s}\"] {who}: {text}\n"),
    "letters.txt": each("0h{m}m{s}s {who}: {text}\n"),
    "dots.txt": each("{dots} {who}: {text}\n"),
    "labels.txt": each("{start}.000000\t{end}.000000\t{who}: {text}\n"),
    "transana.txt": each("\xa4<{ms}>{who}: {text}\n"),
    "fields.txt": each("Speaker: {who}\nTime: {a}\nText: {text}\n\n"),
    "headings.md": each("### {a} {who}\n\n{text}\n\n"),
    "talk.stm": ";; x\n" + each("pier 1 {under} {start}.00 {end}.00 <o,f0> {text}\n"),
    "talk.trs": trs(),
    "talk.exb": exb(),
    "turns.xml": "<?xml version='1.0'?><t>" + each('<turn speaker="{who}" start="{a}">{text}</turn>') + "</t>",
    "tokens.json": tokens(),
    "recall.json": recall(),
    "columns.json": json.dumps(
        {key: {str(n): row[key] for n, row in enumerate(records("speaker", "start", "end", "text"))}
         for key in ("speaker", "start", "end", "text")}
    ),
    "lists.json": json.dumps(
        {"speakers": [t[0] for t in TALK], "starts": [t[1] for t in TALK], "texts": [t[3] for t in TALK]}
    ),
    "keyed.json": json.dumps(
        {f"t{n}": {"participant": w, "ts": clock(a), "utterance": t} for n, (w, a, _, t) in enumerate(TALK)}
    ),
    "said.jsonl": "\n".join(
        json.dumps({"time": clock(a), "name": w, "said": t}) for w, a, _, t in TALK
    ),
    "slash.txt": each("{who} / {a}\n{text}\n\n"),
    "both-ends.txt": each("[{a}] [{b}] {who}: {text}\n"),
    "from-to.txt": each("From {a} to {b}: {who}: {text}\n"),
    "thousandths.txt": each("[{ms} ms] {who}: {text}\n"),
    "slashes.txt": each("//{a}// {who}: {text}\n"),
    "code.txt": each("TC {a}:00 {who}: {text}\n"),
    "named-lines.txt": each("TIMECODE: {a}\nSPEAKER: {who}\n{text}\n\n"),
    "picture.txt": each("\U0001f3a4 {who} ({a}): {text}\n"),
    "ticks.md": each("**{who}** `{a}`\n\n{text}\n\n"),
    "summary.md": "# Call\n\n## Summary\n\n- They talked.\n\n## Transcript\n\n"
    + each("**{who}** *({a})*: {text}\n\n"),
    "behind.txt": each("{who} {a}: {text}\n"),
    "between.txt": each("{who} - {a} - {text}\n"),
    "joined.txt": each("{a}_{who}: {text}\n"),
    "ruled.txt": each("{who} ({a})\n{text}\n-----\n"),
    "nested.json": json.dumps({"data": {"rows": [
        {"speaker": {"user": {"displayName": w}}, "startTimeInSeconds": a, "endTimeInSeconds": b, "text": t}
        for w, a, b, t in TALK]}}),
    "users.json": json.dumps({"timeline": [
        {"users": [{"username": w}], "ts": f"{clock(a)}.120", "text": t} for w, a, _, t in TALK]}),
    "envelopes.jsonl": "\n".join(
        json.dumps({"type": "said", "payload": {"speaker": w, "ts": a, "transcript": t}})
        for w, a, _, t in TALK
    ),
    "clocks.json": json.dumps({"chunks": [
        {"timestamp": [clock(a), clock(b)], "speaker": w, "text": t} for w, a, b, t in TALK]}),
    "by-person.json": json.dumps(
        {who: [{"start": a, "text": t} for w, a, _, t in TALK if w == who] for who in (A, B, C)}
    ),
    "spaces.srt": each("{n}\n{a} , 000 --> {b} , 000\n{who}: {text}\n\n"),
    "noted.vtt": "WEBVTT\n\n" + each("NOTE speaker: {who}\n\n{a}.000 --> {b}.000\n{text}\n\n"),
    "elements.xml": "<?xml version='1.0'?><d>"
    + each("<line><who>{who}</who><when>{a}</when><what>{text}</what></line>") + "</d>",
    "thai.csv": "เวลา,ผู้พูด,ข้อความ\n" + each('{a},{who},"{text}"\n'),
    "german.csv": "Startzeit;Endzeit;Sprecher;Inhalt\n" + each('{a};{b};{who};"{text}"\n'),
    "french.csv": "Horodatage;Intervenant;Propos\n" + each('{a};{who};"{text}"\n'),
    "bare.csv": each('{a},{who},"{text}"\n'),
    "duration.csv": "Start,Duration,Participant,Utterance\n" + each('{start},{length},{who},"{text}"\n'),
    "wide.csv": wide(),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMED)
def test_times_words_and_people(name: str, tmp_path: Path) -> None:
    """The session takes the file for a transcript; every turn is under its person at its time."""
    assert names(take(tmp_path, {name: TIMED[name]})) == [name]
    transcript, _ = writers.read(tmp_path, TIMED[name], name)
    found = [(s.label, s.text, s.span.start // 1000) for s in transcript.segments]
    assert found == [(who, text, start) for who, start, _, text in TALK]


def italic() -> bytes:
    from docx import Document

    document = Document()
    for who, _, _, text in TALK:
        paragraph = document.add_paragraph()
        paragraph.add_run(who).italic = True
        paragraph.add_run(f" {text}")
    return _saved(document)


def cells() -> bytes:
    from docx import Document

    document = Document()
    table = document.add_table(rows=0, cols=2)
    for who, start, _, text in TALK:
        row = table.add_row().cells
        row[0].text, row[1].text = f"{who}\n{clock(start)}", text
    return _saved(document)


def titled() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Talk on the pier"], [], ["No.", "Who", "Said", "Code"]):
        sheet.append(row)
    for n, (who, _, _, text) in enumerate(TALK, 1):
        sheet.append([n, who, text, "lamp"])
    return _saved(book)


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


UNTIMED: dict[str, str | bytes] = {
    "italic.docx": italic(),
    "cells.docx": cells(),
    "titled.xlsx": titled(),
    "lines.txt": " 1\n" + each("{n:>2}        {who}:  {text}\n"),
    "numbers.txt": each("[{n}] {who}: {text}\n"),
    "romans.txt": each("{who}. \u2014 {text}\n"),
    "doubled.txt": each("{who}:: {text}\n"),
    "waves.txt": each("{who} ~ {text}\n"),
    "tags.txt": each("<speaker>{who}</speaker> {text}\n"),
    "voices.txt": each("<v {who}>{text}</v>\n"),
    "mail.txt": "Subject: the talk\nFrom: x@example.org\nSent: Monday\n\n" + each("{who}: {text}\n"),
    "footer.txt": each("{who}: {text}\n") + "\nPage 1 of 1\n",
    "list.md": each("1. **{who}**: {text}\n"),
    "guillemets.txt": each("\u00ab{who}\u00bb: {text}\n"),
    "block.txt": "FGD No.: 4\nNumber of participants: 3\n\n" + each("{who}: {text}\n"),
    "at.txt": each("@{who}: {text}\n"),
    "signed.txt": each("\u201c{text}\u201d \u2014 {who}\n\n"),
    "list.html": "<html><h1>Pier</h1><dl>" + each("<dt>{who}</dt><dd>{text}</dd>") + "</dl></html>",
    "pairs.json": json.dumps([[who, text] for who, _, _, text in TALK]),
    "secure.txt": "[14/03/2026, 08:59:01] Pier: Messages and calls are end-to-end encrypted. No one "
    "else can read them.\n" + each("[14/03/2026, {a}] {who}: {text}\n"),
    "tei.xml": "<TEI><person xml:id='k0'><persName>" + A + "</persName></person><person xml:id='k1'>"
    "<persName>" + B + "</persName></person><person xml:id='k2'><persName>" + C + "</persName></person>"
    + each("<u who='#{key}'>{text}</u>") + "</TEI>",
}  # fmt: skip


@pytest.mark.parametrize("name", UNTIMED)
def test_turns_and_people(name: str, tmp_path: Path) -> None:
    """Every turn is under its person, and nothing else is said."""
    transcript, _ = writers.read(tmp_path, UNTIMED[name], name)
    assert [(s.label, s.text) for s in transcript.segments] == [(w, t) for w, _, _, t in TALK]


def test_marks_of_japanese_minutes(tmp_path: Path) -> None:
    """A circle and a wide space, or heavy brackets, stand around whoever speaks."""
    said = [("司会", "灯りについて伺います。"), ("山田委員", "真っ暗です。"), ("司会", "なぜですか。"),
            ("森委員", "誰も来ません。")]  # fmt: skip
    for form in ("○{}\u3000{}\n", "【{}】{}\n"):
        text = "".join(form.format(*turn) for turn in said)
        transcript, _ = writers.read(tmp_path, text, "minutes.txt")
        assert writers.heard(transcript.segments) == said


def test_initials_that_are_words(tmp_path: Path) -> None:
    """IS, the initials, is a label where it comes back; "is" is a word."""
    said = [("MV", T1), ("IS", T2), ("MV", T3), ("IS", T1)]
    text = "".join(f"{who}\t{words}\n" for who, words in said)
    transcript, _ = writers.read(tmp_path, text, "initials.txt")
    assert writers.heard(transcript.segments) == said
