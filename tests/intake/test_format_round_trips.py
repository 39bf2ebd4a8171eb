"""What was said survives every format that is read: random talks written and read back."""

from __future__ import annotations

import html
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.intake.office_texts import read_docx
from fgd.model import Transcript
from tests.intake import writers

few = settings(max_examples=25, deadline=None)

NAMES = ("Ana Brito", "Ben Okoye", "Cleo Marsh", "Dara Sokha", "P1", "P2")
WORDS = (
    "harbour lights failed again pilots waited outside because nobody answered radio channel "
    "eleven ferry crew brought lamps ashore evening repairs cost little ท่าเรือ ប៉មភ្លើង ມື້ນີ້ "
    "cảng évidence naïve straße".split()
)


@dataclass(frozen=True)
class Said:
    """A turn as it goes into a file; times in milliseconds."""

    start: int
    end: int
    label: str
    text: str


@st.composite
def talks(draw: st.DrawFn) -> list[Said]:
    """Two people or more who speak in turn, in whole seconds, at the pace of speech."""
    people = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True))
    order = [*people, *people, *draw(st.lists(st.sampled_from(people), max_size=6))]
    said: list[Said] = []
    start = 0
    for n, label in enumerate(order):
        if n and label == order[n - 1]:
            continue
        chosen = draw(st.lists(st.sampled_from(WORDS), min_size=4, max_size=10))
        start += draw(st.integers(1, 20)) * 1000
        end = start + draw(st.integers(3, 9)) * 1000
        said.append(Said(start, end, label, f"{' '.join(chosen)} {n}."))
        start = end
    return said


def clock(time: int, point: str = ".") -> str:
    return f"{time // 3_600_000:02}:{time // 60_000 % 60:02}:{time // 1000 % 60:02}{point}{time % 1000:03}"


def sbv(talk: Sequence[Said]) -> str:
    return "\n\n".join(f"{clock(e.start)},{clock(e.end)}\n{e.label}: {e.text}" for e in talk)


def ttml(talk: Sequence[Said]) -> str:
    names = list(dict.fromkeys(e.label for e in talk))
    agents = "".join(
        f'<ttm:agent xml:id="a{n}" type="person"><ttm:name>{html.escape(name)}</ttm:name></ttm:agent>'
        for n, name in enumerate(names)
    )
    body = "".join(
        f'<p begin="{clock(e.start)}" end="{clock(e.end)}" ttm:agent="a{names.index(e.label)}">'
        f"{html.escape(e.text)}</p>"
        for e in talk
    )
    spaces = 'xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
    return f"<?xml version='1.0'?><tt {spaces}><head><metadata>{agents}</metadata></head><body><div>{body}</div></body></tt>"


def ass(talk: Sequence[Said]) -> str:
    def at(time: int) -> str:
        return f"{time // 3_600_000}:{time // 60_000 % 60:02}:{time // 1000 % 60:02}.{time // 10 % 100:02}"

    head = "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    head += "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    rows = (
        f"Dialogue: 0,{at(e.start)},{at(e.end)},Default,{e.label},0,0,0,,{e.text}" for e in talk
    )
    return head + "\n".join(rows) + "\n"


def eaf(talk: Sequence[Said]) -> str:
    slots: list[str] = []
    tiers: dict[str, list[str]] = {}
    for n, e in enumerate(talk):
        slots += [
            f'<TIME_SLOT TIME_SLOT_ID="ts{2 * n + 1}" TIME_VALUE="{e.start}"/>',
            f'<TIME_SLOT TIME_SLOT_ID="ts{2 * n + 2}" TIME_VALUE="{e.end}"/>',
        ]
        tiers.setdefault(e.label, []).append(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" TIME_SLOT_REF1="ts{2 * n + 1}" '
            f'TIME_SLOT_REF2="ts{2 * n + 2}"><ANNOTATION_VALUE>{html.escape(e.text)}'
            "</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        )
    body = "".join(
        f'<TIER TIER_ID="{label}" LINGUISTIC_TYPE_REF="d">{"".join(rows)}</TIER>'
        for label, rows in tiers.items()
    )
    order = f"<TIME_ORDER>{''.join(slots)}</TIME_ORDER>"
    return f'<?xml version="1.0"?><ANNOTATION_DOCUMENT>{order}{body}</ANNOTATION_DOCUMENT>'


def textgrid(talk: Sequence[Said]) -> str:
    labels = list(dict.fromkeys(e.label for e in talk))
    last = talk[-1].end / 1000
    rows = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {last}",
    ]
    rows += ["tiers? <exists>", f"size = {len(labels)}", "item []:"]
    for n, label in enumerate(labels, 1):
        mine = [e for e in talk if e.label == label]
        rows += [f"item [{n}]:", 'class = "IntervalTier"', f'name = "{label}"', "xmin = 0"]
        rows += [f"xmax = {last}", f"intervals: size = {len(mine)}"]
        for m, e in enumerate(mine, 1):
            rows += [f"intervals [{m}]:", f"xmin = {e.start / 1000}", f"xmax = {e.end / 1000}"]
            rows.append(f'text = "{e.text}"')
    return "\n".join(rows)


def chat(talk: Sequence[Said]) -> str:
    codes = {e.label: f"S{chr(65 + n)}" for n, e in enumerate(talk) for n in [NAMES.index(e.label)]}
    people = ", ".join(f"{c} {label.replace(' ', '_')} Adult" for label, c in codes.items())
    rows = [f"*{codes[e.label]}:\t{e.text} \x15{e.start}_{e.end}\x15" for e in talk]
    return "\n".join(["@UTF8", "@Begin", f"@Participants:\t{people}", *rows, "@End"])


def whisper_cpp(talk: Sequence[Said]) -> str:
    rows = [
        {
            "timestamps": {"from": clock(e.start, ","), "to": clock(e.end, ",")},
            "offsets": {"from": e.start, "to": e.end},
            "text": f" {e.text}",
            "speaker": e.label,
        }
        for e in talk
    ]
    return json.dumps({"model": {}, "transcription": rows})


def utterances(talk: Sequence[Said]) -> str:
    rows = [{"speaker": e.label, "start": e.start, "end": e.end, "text": e.text} for e in talk]
    return json.dumps({"status": "completed", "utterances": rows})


def other_keys(talk: Sequence[Said]) -> str:
    rows = [
        {"speakerName": e.label, "startTime": e.start / 1000, "endTime": e.end / 1000, "content": e.text}
        for e in talk
    ]  # fmt: skip
    return json.dumps({"data": {"blocks": rows}})


def hugging_face(talk: Sequence[Said]) -> str:
    rows = [
        {"timestamp": [e.start / 1000, e.end / 1000], "text": f" {e.text}", "speaker": e.label}
        for e in talk
    ]
    return json.dumps({"text": "", "chunks": rows})


def nvivo(talk: Sequence[Said]) -> str:
    rows = [f"{clock(e.start)} - {clock(e.end)}\t{e.text}\t{e.label}" for e in talk]
    return "\n".join(["Timespan\tContent\tSpeaker", *rows])


def csv_rows(talk: Sequence[Said]) -> str:
    rows = [f'"{e.label}","{clock(e.start)}","{clock(e.end)}","{e.text}"' for e in talk]
    return "\n".join(["Speaker Name,Start Time,End Time,Text", *rows])


def noscribe(talk: Sequence[Said]) -> str:
    rows = (
        f'<p><a name="ts_{e.start}_{e.end}_{e.label}">{e.label}: {html.escape(e.text)}</a></p>'
        for e in talk
    )
    return f"<!DOCTYPE html><html><body>{''.join(rows)}</body></html>"


def sami(talk: Sequence[Said]) -> str:
    rows = (
        f"<SYNC Start={e.start}><P Class=EN>{html.escape(e.label)}: {html.escape(e.text)}\n"
        f"<SYNC Start={e.end}><P Class=EN>&nbsp;\n"
        for e in talk
    )
    return f"<SAMI><BODY>{''.join(rows)}</BODY></SAMI>"


def transcriber(talk: Sequence[Said]) -> str:
    ids = {name: f"s{n}" for n, name in enumerate(dict.fromkeys(e.label for e in talk))}
    people = "".join(f"<Speaker id={quoteattr(v)} name={quoteattr(k)}/>" for k, v in ids.items())
    turns = "".join(
        f'<Turn speaker="{ids[e.label]}" startTime="{e.start / 1000}" endTime="{e.end / 1000}">'
        f"<Sync/>{html.escape(e.text)}</Turn>"
        for e in talk
    )
    return f"<?xml version='1.0'?><Trans><Speakers>{people}</Speakers>{turns}</Trans>"


def exmaralda(talk: Sequence[Said]) -> str:
    times = sorted({time for e in talk for time in (e.start, e.end)})
    line = "".join(f'<tli id="T{time}" time="{time / 1000}"/>' for time in times)
    ids = {name: f"s{n}" for n, name in enumerate(dict.fromkeys(e.label for e in talk))}
    people = "".join(
        f'<speaker id="{v}"><abbreviation>{html.escape(k)}</abbreviation></speaker>'
        for k, v in ids.items()
    )
    tiers = "".join(
        f'<tier speaker="{ids[e.label]}" type="t"><event start="T{e.start}" end="T{e.end}">'
        f"{html.escape(e.text)}</event></tier>"
        for e in talk
    )
    return f"<?xml version='1.0'?><basic>{people}{line}{tiers}</basic>"


def attributes(talk: Sequence[Said]) -> str:
    rows = "".join(
        f"<u who={quoteattr(e.label)} start='{clock(e.start)}' end='{clock(e.end)}'>"
        f"{html.escape(e.text)}</u>"
        for e in talk
    )
    return f"<?xml version='1.0'?><talk>{rows}</talk>"


def pieces(talk: Sequence[Said]) -> str:
    columns: dict[str, list[object]] = {
        "speaker": [e.label for e in talk], "start": [e.start / 1000 for e in talk],
        "end": [e.end / 1000 for e in talk], "text": [e.text for e in talk],
    }  # fmt: skip
    return json.dumps({k: {str(n): v for n, v in enumerate(c)} for k, c in columns.items()})


def lines(form: str) -> Callable[[Sequence[Said]], str]:
    """Every turn in one form: its times in units, its name, its words."""
    return lambda talk: "".join(
        form.format(
            ms=e.start, me=e.end, fs=e.start // 40, fe=e.end // 40, ts=e.start // 100,
            te=e.end // 100, s=e.start / 1000, e=e.end / 1000, who=e.label, text=e.text,
            under=e.label.replace(" ", "_"), a=clock(e.start), b=clock(e.end),
        )
        for e in talk
    )  # fmt: skip


TIMED = {
    "a.sbv": sbv, "a.ttml": ttml, "a.ass": ass, "a.eaf": eaf, "a.TextGrid": textgrid,
    "grid.txt": textgrid, "a.cha": chat, "a.json": whisper_cpp, "b.json": utterances,
    "c.json": other_keys, "d.json": hugging_face, "rows.txt": nvivo, "a.csv": csv_rows,
    "a.html": noscribe, "a.smi": sami, "a.trs": transcriber, "a.exb": exmaralda,
    "a.xml": attributes, "table.json": pieces,
    "frames.sub": lines("{{{fs}}}{{{fe}}}{who}: {text}\n"),
    "viewer.sub": lines("{a},{b}\n{who}: {text}\n\n"),
    "tenths.txt": lines("[{ts}][{te}]{who}: {text}\n"),
    "a.stm": lines("x 1 {under} {s} {e} <o> {text}\n"),
    "marks.txt": lines("{s:.6f}\t{e:.6f}\t{who}: {text}\n"),
}  # fmt: skip


def read_back(content: str | bytes, name: str) -> Transcript:
    with tempfile.TemporaryDirectory() as folder:
        return writers.read(Path(folder), content, name)[0]


@pytest.mark.parametrize("name", TIMED)
@few
@given(talk=talks())
def test_timed_formats(name: str, talk: list[Said]) -> None:
    """Words, people, starts and ends are those that were written."""
    transcript = read_back(TIMED[name](talk), name)
    found = [(s.label, s.text, s.span.start, s.span.end) for s in transcript.segments]
    assert found == [(e.label, e.text, e.start, e.end) for e in talk]


def f4(talk: Sequence[Said]) -> str:
    return "\n\n".join(f"#{clock(e.start)[:8]}-0# {e.label}: {e.text}" for e in talk)


def minutes(talk: Sequence[Said]) -> str:
    return "\n".join(
        f"{e.label}   {e.start // 60_000} minutes {e.start // 1000 % 60} seconds\n{e.text}"
        for e in talk
    )


def frames(talk: Sequence[Said]) -> str:
    def at(time: int) -> str:
        return clock(time)[:8].replace(":", ";") + ";00"

    return "\n\n".join(f"{at(e.start)} - {at(e.end)}\n{e.label}\n{e.text}" for e in talk)


def markdown(talk: Sequence[Said]) -> str:
    return "\n\n".join(f"**[{clock(e.start)[:8]}] {e.label}:** {e.text}" for e in talk)


STAMPED = {
    "a.lrc": lines("[{a}]{who}: {text}\n"),
    "transana.txt": lines("\xa4<{ms}>{who}: {text}\n"),
    "inside.txt": lines("[{a}, {who}] {text}\n"),
    "turned.txt": lines("[{who} {a}] {text}\n"),
    "between.txt": lines("{who} - {a} - {text}\n"),
    "said.txt": lines("{who} said at {a}\n{text}\n\n"),
    "fields.txt": lines("Speaker: {who}\nTime: {a}\nText: {text}\n\n"),
    "f4.txt": f4,
    "minutes.txt": minutes,
    "frames.txt": frames,
    "bold.md": markdown,
}


@pytest.mark.parametrize("name", STAMPED)
@few
@given(talk=talks())
def test_stamped_texts(name: str, talk: list[Said]) -> None:
    """Words, people and starts are those that were written; ends are not in every such text."""
    transcript = read_back(STAMPED[name](talk), name)
    found = [(s.label, s.text, s.span.start) for s in transcript.segments]
    assert found == [(e.label, e.text, e.start) for e in talk]


def rtf(talk: Sequence[Said]) -> str:
    def letters(text: str) -> str:
        units = (text.encode("utf-16-le")[n : n + 2] for n in range(0, 2 * len(text), 2))
        codes = (int.from_bytes(unit, "little", signed=True) for unit in units)
        return "".join(chr(c) if 31 < c < 127 else f"\\u{c}?" for c in codes)

    rows = "".join(f"{{\\b {letters(e.label)}:}} {letters(e.text)}\\par\n" for e in talk)
    return f"{{\\rtf1\\ansi\\ansicpg1252\\uc1 {rows}}}"


def page(talk: Sequence[Said]) -> str:
    rows = (f"<p><b>{e.label}:</b> {html.escape(e.text)}</p>" for e in talk)
    return f"<html><body>{''.join(rows)}</body></html>"


def separated(mark: str) -> Callable[[Sequence[Said]], str]:
    return lambda talk: "\n".join(mark.format(e.label, e.text) for e in talk)


UNTIMED: dict[str, Callable[[Sequence[Said]], str]] = {
    "a.rtf": rtf, "page.html": page, "tabs.txt": separated("{}\t{}"),
    "semicolons.txt": separated("{}; {}"), "round.txt": separated("({}) {}"),
    "angles.txt": separated("<{}> {}"), "dashes.txt": separated("{} - {}"),
    "khmer.txt": separated("{}\u17d6 {}"), "wide.txt": separated("{}\uff1a{}"),
    "pipes.txt": separated("{} | {}"), "square.txt": separated("[{}] {}"),
    "alone.txt": separated("{}\n{}\n"), "one-line.txt": lambda t: separated("{}: {}")(t).replace("\n", " "),
}  # fmt: skip


@pytest.mark.parametrize("name", UNTIMED)
@few
@given(talk=talks())
def test_untimed_texts(name: str, talk: list[Said]) -> None:
    """Words and people are those that were written, whatever parts the one from the other."""
    transcript = read_back(UNTIMED[name](talk), name)
    assert [(s.label, s.text) for s in transcript.segments] == [(e.label, e.text) for e in talk]


@few
@given(talk=talks())
def test_open_document(talk: list[Said]) -> None:
    """OpenDocument texts give back words and people."""
    from odf.opendocument import OpenDocumentText
    from odf.text import P

    document = OpenDocumentText()
    for said in talk:
        document.text.addElement(P(text=f"{said.label}: {said.text}"))
    out = io.BytesIO()
    document.write(out)
    found = read_back(out.getvalue(), "a.odt").segments
    assert [(s.label, s.text) for s in found] == [(e.label, e.text) for e in talk]


def test_office_files_that_unpack_to_too_much_are_refused(tmp_path: Path) -> None:
    """The limits hold before anything inside is read."""
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 310_000_000)
    blocks, issues = read_docx(path, path.name)
    assert not blocks
    assert "which is the limit" in issues[0].message
    assert issues[0].remedy
