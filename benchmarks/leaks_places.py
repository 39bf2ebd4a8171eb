"""Where names are planted by ``benchmarks.leaks``: every format an edition has, and others.

A place is a function from a name to files that say it; each is checked by its own format's rules
where the format is ours (the package is a package, the page still closes its elements).
"""

from __future__ import annotations

import base64
import functools
import gzip
import html
import io
import itertools
import json
import quopri
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

Planting = Callable[[str], dict[str, bytes]]

NOISE = bytes(range(128, 256)) * 8
"""Bytes that are text in no encoding, as in sound."""


def planting_places(clean: dict[str, bytes]) -> list[tuple[str, Planting]]:
    """Every way of planting a name in the files of an edition."""
    return [*_in_text(clean), *_in_page(clean), *_in_packages(clean), *_elsewhere()]


def _in_text(clean: dict[str, bytes]) -> list[tuple[str, Planting]]:
    def text(name: str, inside: str) -> dict[str, bytes]:
        said = clean[inside].decode()
        at = said.index("Participants spoke") + len("Participants spoke")
        return {inside: f"{said[:at]} {name} {said[at:]}".encode()}

    return [
        (f"text of {name}", functools.partial(text, inside=name))
        for name in ("brief.html", "brief.md", "brief.json", "quotes.csv")
    ]


def _in_page(clean: dict[str, bytes]) -> list[tuple[str, Planting]]:
    page = clean["brief.html"].decode()

    def put(old: str, new: str) -> dict[str, bytes]:
        assert old in page, old
        return {"brief.html": page.replace(old, new, 1).encode()}

    def said(markup: str) -> dict[str, bytes]:
        return put("Participants spoke", f"Participants spoke {markup} ")

    def attribute(name: str, mark: str) -> dict[str, bytes]:
        return put("<p ", f'<p {mark}="{html.escape(name)}" ')

    def split(name: str, tag: str) -> dict[str, bytes]:
        return said(f"{html.escape(name[:3])}{tag}{html.escape(name[3:])}")

    marks = ("title", "alt", "aria-label", "data-source", "id", "content")
    found: list[tuple[str, Planting]] = [
        (f"attribute {mark}", functools.partial(attribute, mark=mark)) for mark in marks
    ]
    return [
        *found,
        ("entities", lambda n: said("".join(f"&#{ord(c)};" for c in n))),
        ("hexadecimal entities", lambda n: said("".join(f"&#x{ord(c):x};" for c in n))),
        ("escaped twice", lambda n: said("".join(f"&amp;#{ord(c)};" for c in n))),
        ("soft hyphen entity", lambda n: split(n, "&shy;")),
        ("word break", lambda n: split(n, "<wbr>")),
        ("split by markup", lambda n: split(n, "<b></b>")),
        ("split by a comment", lambda n: split(n, "<!-- -->")),
        ("style", lambda n: put("</style>", f'.x::after {{ content: "{n}" }}</style>')),
        ("comment", lambda n: put("</main>", f"<!-- {n} --></main>")),
        ("script", lambda n: put("</main>", f"<script>{json.dumps(n)}</script></main>")),
        ("chart", lambda n: put("</svg>", f"<text>{html.escape(n)}</text></svg>")),
        ("chart description", lambda n: put("</svg>", f"<desc>{html.escape(n)}</desc></svg>")),
        ("chart in parts", lambda n: put("</svg>", f"<tspan>{n[:2]}</tspan>{n[2:]}</svg>")),
        ("link", lambda n: put("</main>", f'<a href="?{urllib.parse.quote(n)}">x</a></main>')),
        ("data address", lambda n: put("</main>", f'<img src="data:;base64,{_coded(n)}"></main>')),
        ("base64 alone", lambda n: put("</main>", f'<i data-x="{_coded(n)}"></i></main>')),
    ]


def _in_packages(clean: dict[str, bytes]) -> list[tuple[str, Planting]]:
    def word(entry: str, old: str, new: str) -> dict[str, bytes]:
        return {"brief.docx": _entry(clean["brief.docx"], entry, old, new)}

    def runs(name: str, *cuts: int) -> dict[str, bytes]:
        places = (0, *cuts, len(name))
        parts = [html.escape(name[a:b]) for a, b in itertools.pairwise(places)]
        said = "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in parts)
        return word("word/document.xml", "</w:p>", f"{said}</w:p>")

    def added(inside: str, entry: str, text: str) -> dict[str, bytes]:
        return {inside: _with(clean[inside], entry, f"<x><t>{html.escape(text)}</t></x>")}

    def sheet(text: str) -> dict[str, bytes]:
        named = f'<sheet name="{html.escape(text)}" state="hidden"'
        book = _entry(clean["matrix.xlsx"], "xl/workbook.xml", "<sheet ", f"{named}/><sheet ")
        return {"matrix.xlsx": book}

    parts = ("footnotes", "comments", "header1", "footer9", "people")
    found: list[tuple[str, Planting]] = [
        (f"Word {part}", functools.partial(added, "brief.docx", f"word/{part}.xml"))
        for part in parts
    ]
    found += [
        (f"Excel {part}", functools.partial(added, "matrix.xlsx", part))
        for part in ("xl/comments1.xml", "xl/drawings/drawing1.xml", "docProps/custom.xml")
    ]
    return [
        *found,
        ("Word text", lambda n: runs(n)),
        ("Word split runs", lambda n: runs(n, len(n) // 2)),
        ("Word three runs", lambda n: runs(n, len(n) // 3, 2 * len(n) // 3)),
        ("Word property", lambda n: word("docProps/core.xml", "<dc:title>", f"<dc:title>{n} ")),
        ("Word alternative text", lambda n: word("word/document.xml", 'descr="', f'descr="{n} ')),
        ("Word endnote", lambda n: word("word/endnotes.xml", 'preserve">', f'preserve"> {n}')),
        ("Word custom property", lambda n: added("brief.docx", "docProps/custom.xml", n)),
        ("hidden sheet", sheet),
        ("name of an entry", lambda n: {"all.zip": _archive({f"{n}.xml": b"<x/>"})}),
        ("archive in archive", lambda n: {"all.zip": _archive(runs(n))}),
    ]


def _elsewhere() -> list[tuple[str, Planting]]:
    def line(name: str) -> str:
        return f"It was {name} who spoke."

    return [
        ("JSON escapes", lambda n: {"x.json": json.dumps({"who": n}).encode()}),
        ("JSON key", lambda n: {"x.json": json.dumps({n: 1}, ensure_ascii=False).encode()}),
        ("table cell", lambda n: {"x.csv": f'id,who\r\n1,"{n}"\r\n'.encode("utf-8-sig")}),
        ("UTF-16", lambda n: {"x.txt": line(n).encode("utf-16")}),
        ("UTF-16 without a mark", lambda n: {"x.txt": line(n).encode("utf-16-be")}),
        ("quoted-printable", lambda n: {"x.eml": quopri.encodestring(line(n).encode())}),
        ("compressed", lambda n: {"x.gz": gzip.compress(line(n).encode(), mtime=0)}),
        ("file name", lambda n: {f"clips/{n}.mp3": b"\0"}),
        ("folder name", lambda n: {f"{n}/brief.html": b""}),
        ("file name, encoded", lambda n: {f"{urllib.parse.quote(n)}.svg": b""}),
        ("image text", lambda n: {"chart.png": _png(b"tEXt", b"Comment\0" + n.encode())}),
        ("image text, packed", lambda n: {"chart.png": _png(b"zTXt", _packed(n))}),
        ("image comment", lambda n: {"a.jpg": b"\xff\xd8\xff\xfe" + line(n).encode() + NOISE}),
        ("sound tag", lambda n: {"a.mp3": b"ID3\3\0\0TPE1" + line(n).encode() + NOISE}),
        ("sound tag, wide", lambda n: {"a.mp3": b"ID3\3" + NOISE + line(n).encode("utf-16-le")}),
        (
            "glued",
            lambda n: {"x.md": f"since the agreement{n[:1].upper()}{n[1:]} said so".encode()},
        ),
        ("Markdown marks", lambda n: {"x.md": f"It was **{n[:4]}**{n[4:]} here".encode()}),
        ("broken line", lambda n: {"x.md": f"It was {n[:3]}-\n{n[3:]} here".encode()}),
    ]


def _entry(package: bytes, entry: str, old: str, new: str) -> bytes:
    """The package with ``old`` replaced once in one of its entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == entry:
                assert old.encode() in data, (entry, old)
                data = data.replace(old.encode(), new.encode(), 1)
            target.writestr(name, data)
    return out.getvalue()


def _with(package: bytes, entry: str, text: str) -> bytes:
    """The package with one entry more, or another in its place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            if name != entry:
                target.writestr(name, source.read(name))
        target.writestr(entry, text)
    return out.getvalue()


def _archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def _coded(name: str) -> str:
    return base64.b64encode(f"spoken by {name} today".encode()).decode()


def _packed(name: str) -> bytes:
    return b"Comment\0\0" + zlib.compress(name.encode())


def _png(kind: bytes, body: bytes) -> bytes:
    chunk = len(body).to_bytes(4, "big") + kind + body
    return b"\x89PNG\r\n\x1a\n" + chunk + zlib.crc32(kind + body).to_bytes(4, "big")
