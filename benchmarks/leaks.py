"""What the leak scan finds of 1,000 names planted in finished editions, and in clean ones.

Names, aliases, acronyms, institutions, countries with one delegate and the spellings into which a
recogniser turned names are planted one at a time: in every format, in text, attributes, file
names, document properties, escapes, archives and images, glued, spelled out, accented and split
by markup. Needs no data; the rosters are made from a seed.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import json
import random
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable

from benchmarks import common
from fgd.editions import Secret, leaks, secrets
from fgd.model import (
    Brief,
    Conversation,
    Count,
    Disclosure,
    Extract,
    Fact,
    Finding,
    Grid,
    Institution,
    Participant,
    Piece,
    Presence,
    Recommendation,
    Session,
    Span,
    Turn,
    Word,
)
from fgd.publish import brief_files

Planting = Callable[[str], dict[str, bytes]]

PLANTS = 1_000
SEED = 20261122

GIVEN = "Aroha Somchai Thuy Ngoc Aung Dewi Rizal Chantrea Phonesavanh Marisol Tevita Ingrid".split()
FAMILY = (
    "Wattanakul Nguyenthi Zawmyint Prasetyo Macaraeg Sokhavy Vongdara Kepueka Lindqvist "
    "Abdurrahman Yamaguchi Okonkwo"
).split()
PLACES = "Serindah Lanthara Verano Okavu Meridia Thalassa Borneva Kestria Junara Palawi".split()
KINDS = (
    "Institute Centre Council Ministry Registry Academy Agency Observatory Network Forum".split()
)
HOMES = "Norway Fiji Mongolia Timor-Leste Kazakhstan Rwanda Portugal Finland Jordan Nepal".split()
PROSE = (
    "Participants spoke about local monitors, about who pays for them and the time they need. "
    "The agreement holds where people see its guarantors at work, and fails where nobody answers. "
    "Common training and one list of contact points were asked for, and a fund that all can see."
)


def main() -> None:
    """Plant, scan, count, print."""
    options = common.parser(__doc__).parse_args()
    chance = random.Random(SEED)
    session, talks = _session()
    known = secrets(session, talks)
    clean = _clean()
    alarms = [str(leak) for leak in leaks(clean, known)]
    places = _places(clean)
    found, missed = 0, []
    plants = _plants(session, known)
    for number in range(PLANTS):
        what, name = plants[number % len(plants)]
        how, plant = places[(number // len(plants) + number) % len(places)]
        if leaks(plant(_worn(name, what, chance)), known):
            found += 1
        else:
            missed.append({"what": what, "how": how, "name": name})
    figures = {
        "planted": PLANTS,
        "found": found,
        "places": len(places),
        "spellings": dict(Counter(what for what, _ in plants)),
        "false alarms": len(alarms),
        "files scanned clean": len(clean),
        "missed": missed[:5],
    }
    if options.pred:
        common.write_lines(options.pred, missed)
    common.report("leaks", "planted", figures)


def _session() -> tuple[Session, tuple[Conversation, ...]]:
    bodies = tuple(
        Institution(
            f"b{n}", f"{place} {kind} for Regional Dialogue", f"{place[0]}{kind[0]}RD".upper(),
            (f"{place}-{kind} House",), "think tank", home,
        )
        for n, (place, kind, home) in enumerate(zip(PLACES, KINDS, HOMES, strict=True))
    )  # fmt: skip
    people = tuple(
        Participant(f"p{n}", f"{given} {family}", institutions=(bodies[n % len(bodies)].id,),
                    country=HOMES[n] if n < len(HOMES) else "", aliases=(f"Doctor {family}",))
        for n, (given, family) in enumerate(zip(GIVEN, FAMILY, strict=True))
    )  # fmt: skip
    # How a recogniser might spell some of the names; none of these is on the roster.
    said = "Thank you Wattanacul and Macareg, said Prasetio. Linquist agreed with Okonquo today."
    words = tuple(Word(Span(n, n + 1), f" {word}") for n, word in enumerate(said.split()))
    turn = Turn("t", "r", "V1", Span(0, len(words)), words)
    session = Session(
        "talk", disclosure=Disclosure("chatham-house"), institutions=bodies, participants=people
    )
    return session, (Conversation("r", (), (turn,)),)


def _plants(session: Session, known: tuple[Secret, ...]) -> list[tuple[str, str]]:
    """What is planted: roster entries as they are, and the spellings found in the transcript."""
    found = [("name", person.name) for person in session.participants]
    found += [("surname", person.name.split()[1]) for person in session.participants]
    found += [("alias", person.aliases[0]) for person in session.participants]
    found += [("institution", body.name) for body in session.institutions]
    found += [("institution alias", body.aliases[0]) for body in session.institutions]
    found += [("acronym", body.acronym) for body in session.institutions]
    found += [("country", body.country) for body in session.institutions]
    roster = {each.text for each in secrets(session)}
    found += [("mangled", each.text) for each in known if each.text not in roster]
    return found


def _worn(name: str, what: str, chance: random.Random) -> str:
    """The name as it may turn up: as written, in capitals, accented, with odd spaces."""
    ways: list[Callable[[str], str]] = [str, str, lambda t: t.replace(" ", "\u00a0")]
    if what != "acronym":
        ways += [
            str.upper,
            lambda t: t.replace(" ", "  "),
            lambda t: unicodedata.normalize("NFD", t.replace("a", "\u00e1", 1)),
            lambda t: f"{t[:2]}\u200b{t[2:]}",
        ]
    else:
        ways += [lambda t: ".".join(t) + ".", lambda t: " ".join(t)]
    return chance.choice(ways)(name)


def _clean() -> dict[str, bytes]:
    """A real edition, in every format, that names nobody."""
    quote = Extract("Q1", (Piece(PROSE[:90]),), speaker="a participant", codes=("c",))
    count = Count(3, 7, "about half")
    brief = Brief(
        id="", title="What holds after the agreement", edition="circulation",
        status="DRAFT", masthead=(Fact("Date", "2026-03-14"),), glance=("F1", "R1"),
        reading=(PROSE,),
        findings=(Finding("F1", ("c",), "Local monitors", PROSE, count, extracts=("Q1",)),),
        recommendations=(Recommendation("R1", "Q1", "the parties", raised=count),),
        grids=(Grid("g", "Themes by part", "Theme", ("Monitors",), ("One", "Two"), ((3, 4),)),),
        presence=(Presence("Participants", people=7, speech=600_000, turns=40),
                  Presence("The chair", people=1, speech=60_000, turns=9)),
        extracts=(quote,),
    )  # fmt: skip
    return brief_files(brief)


def _places(clean: dict[str, bytes]) -> list[tuple[str, Planting]]:
    """Every way of planting a name in the files of an edition."""
    page = clean["brief.html"].decode()

    def text(name: str, inside: str = "brief.html") -> dict[str, bytes]:
        said = clean[inside].decode()
        at = said.index("Participants spoke") + len("Participants spoke")
        return {inside: f"{said[:at]} {name} {said[at:]}".encode()}

    def put(old: str, new: str) -> dict[str, bytes]:
        assert old in page
        return {"brief.html": page.replace(old, new, 1).encode()}

    def word(entry: str, old: str, new: str) -> dict[str, bytes]:
        return {"brief.docx": _entry(clean["brief.docx"], entry, old, new)}

    def runs(name: str, cut: int) -> dict[str, bytes]:
        parts = [html.escape(part) for part in (name[:cut], name[cut:])]
        said = "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in parts)
        return word("word/document.xml", "</w:p>", f"{said}</w:p>")

    found: list[tuple[str, Planting]] = [
        (f"text of {name}", functools.partial(text, inside=name))
        for name in ("brief.html", "brief.md", "brief.json", "quotes.csv")
    ]

    def attribute(name: str, mark: str) -> dict[str, bytes]:
        return put("<p ", f'<p {mark}="{html.escape(name)}" ')

    found += [
        (f"attribute {mark}", functools.partial(attribute, mark=mark))
        for mark in ("title", "alt", "aria-label", "data-source", "id")
    ]
    return [
        *found,
        ("entities", lambda n: text("".join(f"&#{ord(c)};" for c in n))),
        ("style", lambda n: put("</style>", f'.x::after {{ content: "{n}" }}</style>')),
        ("comment", lambda n: put("</main>", f"<!-- {n} --></main>")),
        ("split by markup", lambda n: text(f"{html.escape(n[:3])}<b>{html.escape(n[3:])}</b>")),
        ("chart", lambda n: put("</svg>", f"<text>{html.escape(n)}</text></svg>")),
        ("data address", lambda n: put("</main>", f'<img src="data:;base64,{_coded(n)}"></main>')),
        ("Word text", lambda n: runs(n, 0)),
        ("Word split runs", lambda n: runs(n, len(n) // 2)),
        ("Word property", lambda n: word("docProps/core.xml", "<dc:title>", f"<dc:title>{n} ")),
        ("Word alternative text", lambda n: word("word/document.xml", 'descr="', f'descr="{n} ')),
        ("Word endnote", lambda n: word("word/endnotes.xml", 'preserve">', f'preserve"> {n}')),
        ("archive in archive", lambda n: {"all.zip": _archive(runs(n, 0))}),
        ("JSON escapes", lambda n: {"x.json": json.dumps({"who": n}).encode()}),
        ("table cell", lambda n: {"x.csv": f'id,who\r\n1,"{n}"\r\n'.encode("utf-8-sig")}),
        ("UTF-16", lambda n: {"x.txt": f"It was {n} who spoke.".encode("utf-16")}),
        ("file name", lambda n: {f"clips/{n}.mp3": b"\0"}),
        ("text of an image", lambda n: {"chart.png": _png_text(n)}),
        ("Markdown marks", lambda n: {"x.md": f"It was **{n[:4]}**{n[4:]} here".encode()}),
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


def _archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def _coded(name: str) -> str:
    return base64.b64encode(f"spoken by {name} today".encode()).decode()


def _png_text(name: str) -> bytes:
    body = b"Comment\x00" + name.encode()
    chunk = len(body).to_bytes(4, "big") + b"tEXt" + body
    return b"\x89PNG\r\n\x1a\n" + chunk + zlib.crc32(b"tEXt" + body).to_bytes(4, "big")


if __name__ == "__main__":
    main()
