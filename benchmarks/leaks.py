"""What the leak scan finds of 1,000 names planted in finished editions, and in clean ones.

Names, aliases, acronyms, institutions, countries with one delegate and the spellings into which a
recogniser turned names are planted one at a time: in every format, in text, attributes, file
names, document properties, notes, comments, hidden sheets, escapes, archives, images and sound,
glued, spelled out, accented, capitalised, split by markup. Which name goes where and how it is
written is drawn from a seed, every pair of a kind of name and a place before any comes twice.
Needs no data. ``--seed`` draws others.
"""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from benchmarks import common
from benchmarks.leaks_places import Planting, planting_places
from fgd.disclosure import Secret, leaks, secrets
from fgd.disclosure.secrets import lonely_countries
from fgd.export import brief_files
from fgd.model import (
    Answer,
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
    Session,
    Span,
    Theme,
    Turn,
    Word,
)

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
HOMES = "Norway Fiji Mongolia Bhutan Kazakhstan Rwanda Portugal Finland Jordan Nepal".split()
PROSE = (
    "Participants spoke about local monitors, about who pays for them and the time they need. "
    "The agreement holds where people see its guarantors at work, and fails where nobody answers. "
    "Common training and one list of contact points were asked for, and a fund that all can see."
)


def main() -> None:
    """Plant, scan, count, print."""
    arguments = common.parser(__doc__)
    arguments.add_argument("--seed", type=int, default=SEED, help="what to draw from")
    options = arguments.parse_args()
    chance = random.Random(options.seed)
    session, talks = a_session()
    known = secrets(session, talks)
    clean = clean_edition(_codebooks())
    alarms = [str(leak) for leak in leaks(clean, known)]
    places = planting_places(clean_edition())
    found, missed = 0, []
    plants = _plants(session, known)
    for (what, name), (how, plant) in _drawn(plants, places, chance):
        worn = _worn(name, what, chance)
        if leaks(plant(worn), known):
            found += 1
        else:
            missed.append({"what": what, "how": how, "name": name, "as": ascii(worn)})
    figures = {
        "planted": PLANTS,
        "found": found,
        "places": len(places),
        "spellings": dict(Counter(what for what, _ in plants)),
        "false alarms": len(alarms),
        "files scanned clean": len(clean),
        "alarms": alarms[:5],
        "missed": missed[:5],
    }
    if options.pred:
        common.write_lines(options.pred, missed)
    common.report("leaks", "planted", figures)


def _drawn(
    plants: Sequence[tuple[str, str]], places: Sequence[tuple[str, Planting]], chance: random.Random
) -> list[tuple[tuple[str, str], tuple[str, Planting]]]:
    """``PLANTS`` pairs of a name and a place: all kinds of names in all places, then again."""
    drawn: list[tuple[tuple[str, str], tuple[str, Planting]]] = []
    kinds = sorted({what for what, _ in plants})
    while len(drawn) < PLANTS:
        pairs = [(what, place) for what in kinds for place in places]
        chance.shuffle(pairs)
        for what, place in pairs:
            drawn.append((chance.choice([each for each in plants if each[0] == what]), place))
    return drawn[:PLANTS]


def a_session() -> tuple[Session, tuple[Conversation, ...]]:
    """A session under the Chatham House Rule, and talk in which some names are misheard."""
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
    found += [("country", home) for home in lonely_countries(session)]
    roster = {each.text for each in secrets(session)}
    found += [("mangled", each.text) for each in known if each.text not in roster]
    return found


def _worn(name: str, what: str, chance: random.Random) -> str:
    """The name as it may turn up: as written, in capitals, accented, with odd spaces or letters."""
    middle = len(name) // 2
    ways: list[Callable[[str], str]] = [str, str, lambda t: t.replace(" ", "\u00a0")]
    if what != "acronym":
        ways += [
            str.upper,
            lambda t: t.replace(" ", "  "),
            lambda t: unicodedata.normalize("NFD", t.replace("a", "\u00e1", 1)),
            lambda t: f"{t[:2]}\u200b{t[2:]}",
            lambda t: f"{t[:middle]}\u00ad{t[middle:]}",
            lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t),
            lambda t: f"{t}'s",
            lambda t: f"({t})",
        ]
        if what not in ("mangled", "country"):
            ways += [str.lower, str.title]
    else:
        ways += [lambda t: ".".join(t) + ".", lambda t: " ".join(t), lambda t: "-".join(t)]
    return chance.choice(ways)(name)


def _codebooks() -> list[dict[str, Any]]:
    """The themes of every codebook that is shipped: prose of the field."""
    return [
        code
        for path in sorted(files("fgd.codebooks").iterdir(), key=lambda each: each.name)
        if path.name.endswith(".toml")
        for code in tomllib.loads(path.read_text(encoding="utf-8"))["codes"]
    ]


def clean_edition(
    codes: Sequence[dict[str, Any]] = ({"name": "Local monitors"},),
) -> dict[str, bytes]:
    """A real edition, in every format, with these themes as findings, that names nobody."""
    quotes = tuple(
        Extract(f"Q{n}", (Piece(f"{PROSE[:90]} {code.get('description', '')}"),),
                speaker="a participant", place=f"turn {n}", codes=("c",))
        for n, code in enumerate(codes, 1)
    )  # fmt: skip
    findings = tuple(
        Finding(f"F{n}", f"P{n}", "proposal", f"Q{n}", speaker="a participant",
                addressee="the parties", answers=(Answer("for", f"Q{n}", speaker="a participant"),))
        for n, _ in enumerate(codes, 1)
    )  # fmt: skip
    themes = tuple(
        Theme(f"T{n}", ("c",), code["name"], Count(3, 7), why=" ".join(code.get("examples", ())))
        for n, code in enumerate(codes, 1)
    )
    brief = Brief(
        id="", title="What holds after the agreement", edition="circulation",
        status="DRAFT", masthead=(Fact("Date", "2026-03-14"),), glance=("F1",),
        reading=(PROSE,), findings=findings, themes=themes,
        grids=(Grid("g", "Themes by part", "Theme", ("Monitors",), ("One", "Two"), ((3, 4),)),),
        presence=(Presence("Participants", people=7, speech=600_000, turns=40),
                  Presence("The chair", people=1, speech=60_000, turns=9)),
        extracts=quotes,
    )  # fmt: skip
    return brief_files(brief)


if __name__ == "__main__":
    main()
