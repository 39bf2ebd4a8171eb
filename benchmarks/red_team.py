"""What people say that gives somebody away, and how much of it a circulated quote lets through.

Each kind is a few frames and what goes into them; every sentence has words that must not be printed
under the Chatham House Rule. The first ten kinds were looked at while the rules of
``fgd.disclosure.doubts`` were mended (``--half seen``), the other ten were written at the same time
and run once at the end (``--half kept``). The frames, names and places are invented here and are
none of any test, demo or evaluation text. ``red_team.jsonl`` holds
whole sentences: set 1 (24 kinds with set 2) was written before the rules were read and looked at
while they were mended, set 2 before they were mended; sets 3 and 4 (52 kinds of ten, the last five
of each without name, number or first person) by writers who knew nothing of the rules. Set 3 was
looked at, of set 4 the figures only until ``benchmarks.clauses`` learned from sets 1 to 4, and in
the end from 5 to 9; of set 10 nothing has been learned. Sets 5 to 10 have a part that is harmless.
``--data`` (a folder with ``leaks.jsonl`` and ``participants.csv``) adds sentences that somebody
else wrote, ``--harmless`` (a folder with ``gold/responses``) what is withheld of propositions and
answers in meetings that had nothing to hide.
``--levels`` tells what other thresholds would let through and withhold.

``python -m benchmarks.red_team [--half seen|kept] [--sets 6 7] [--show] [--harmless DIR]
[--levels]``.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import parser, report

ROSTER = """name,role,institution,acronym,category,country,aliases
Olga Reyhan,facilitator,Lighthouse Forum,LF,think tank,Norway,
Tariq Benhamou,participant,Institute for Coastal Dialogue,ICD,think tank,Morocco,Tito
Salome Gvaramia,participant,Ministry of Reconciliation,MOR,ministry,Georgia,
Josephat Wekesa,participant,Lakes Peace Observatory,LPO,observatory,Kenya,
Mai Hoang Linh,participant,Centre for River Studies,CRS,think tank,Viet Nam,
Rodrigo Paes Barros,expert,Veterans for Peace Registry,VPR,registry,Brazil,
"""

ASIDES = (
    "The fund should be small, {}",
    "We need one list of promises, {}",
    "Observers must stay longer, {}",
    "I propose a yearly review, {}",
    "Nobody should be paid twice, {}",
)
"""What is said besides; every frame stands behind several of them."""

SEEN: dict[str, tuple[tuple[str, str], ...]] = {
    "nickname": (
        ("because Tarito asked for it", "Tarito"),
        ("as auntie Salo told the press", "Salo"),
        ("and big Jos agrees", "Jos"),
    ),
    "initials": (
        ("because J.W. counted them", "J.W."),
        ("as Ms G. wrote", "Ms G."),
        ("and T. B. has the figures", "T. B."),
    ),
    "place": (
        ("as they do in Agadir", "Agadir"),
        ("because Kisumu has one", "Kisumu"),
        ("and Batumi pays for it", "Batumi"),
    ),
    "currency": (
        ("for less than nine thousand dirham", "dirham"),
        ("and pay it in lari", "lari"),
        ("because a dong buys nothing", "dong"),
    ),
    "language": (
        ("and print it in Swahili", "Swahili"),
        ("because Tamazight is what they speak", "Tamazight"),
        ("as in Portuguese law", "Portuguese"),
    ),
    "office of one's own": (
        ("because my ministry has three of them", "my ministry"),
        ("since our observatory keeps them anyway", "our observatory"),
        ("as my embassy suggested", "my embassy"),
    ),
    "biography": (
        ("because I negotiated the second truce", "negotiated"),
        ("since I served on a patrol boat", "patrol boat"),
        ("and I was arrested for less", "arrested"),
    ),
    "kin": (
        ("because my uncle drafted the charter", "uncle"),
        ("since my wife sits in parliament", "wife"),
        ("as my late father used to say in cabinet", "father"),
    ),
    "other script": (
        ("because Тарик agrees", "Тарик"),
        ("as ซาโลเม said", "ซาโลเม"),
        ("and طارق knows", "طارق"),
    ),
    "address": (
        ("so write to desk@lpo.example", "desk@lpo"),
        ("and see www.crs-rivers.example", "crs-rivers"),
        ("or ring +254 20 555 0188", "555"),
    ),
}

KEPT: dict[str, tuple[tuple[str, str], ...]] = {
    "army or party": (
        ("because the Forces Auxiliaires blocked us", "Forces Auxiliaires"),
        ("since PROSUL would never sign", "PROSUL"),
        ("as Jubilee voters know", "Jubilee"),
    ),
    "age": (
        ("and I am thirty-one", "thirty-one"),
        ("because at seventy-four I have seen worse", "seventy-four"),
        ("since I turned fifty in that war", "fifty"),
    ),
    "the only one": (
        ("and I am the only veteran at this table", "veteran"),
        ("because ours is the smallest delegation", "smallest delegation"),
        ("as the first woman in that post I know", "first woman"),
    ),
    "beside me": (
        ("as the gentleman on my left admitted", "on my left"),
        ("because the ministry over there refused", "over there"),
        ("and my neighbour from the lakes nodded", "neighbour from the lakes"),
    ),
    "date and office": (
        ("since 4 May 2011, when we took over", "2011"),
        ("because in 1998 it was tried", "1998"),
        ("as it was on 17 October", "17 October"),
    ),
    "profession": (
        ("and as a trained surgeon I can say it", "surgeon"),
        ("because I am a fisherman by trade", "fisherman"),
        ("since I taught law for eleven years", "taught law"),
    ),
    "faith or people": (
        ("because we Copts were promised it", "Copts"),
        ("as a Quaker I cannot lie", "Quaker"),
        ("since our parish paid for it", "our parish"),
    ),
    "vehicle of fame": (
        ("as I wrote in my book on the river", "my book"),
        ("because my interview on it made the front page", "my interview"),
        ("since the prize I won that year paid for it", "prize I won"),
    ),
    "recogniser's spelling": (
        ("because Mr Ben Hammu offered it", "Ben Hammu"),
        ("as Joseph at Wekessa counted", "Wekessa"),
        ("and Salomay Gwaramia signed", "Salomay"),
    ),
    "home": (
        ("because back home the rains come in June", "back home"),
        ("since where I live nobody has water", "where I live"),
        ("as in the hills I come from", "I come from"),
    ),
}


def main() -> None:
    """Redact every sentence as a quote is, and count what is left of what identifies."""
    arguments = parser(__doc__)
    arguments.add_argument("--half", choices=("seen", "kept", "both"), default="both")
    arguments.add_argument("--harmless", type=Path, help="folder with gold/responses")
    arguments.add_argument("--show", action="store_true", help="print what came through")
    arguments.add_argument("--sets", type=int, nargs="*", default=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
    arguments.add_argument("--levels", action="store_true", help="at several thresholds, too")
    chosen = arguments.parse_args()
    kinds = {**(SEEN if chosen.half != "kept" else {}), **(KEPT if chosen.half != "seen" else {})}
    sentences = [
        (kind, aside.format(said) + ".", [secret])
        for kind, frames in kinds.items()
        for aside, (said, secret) in itertools.product(ASIDES, frames)
    ]
    figures: dict[str, Any] = {"half": chosen.half, **through(ROSTER, sentences, show=chosen.show)}
    sets = written(chosen.sets)
    figures |= {name: through(ROSTER, part, show=chosen.show) for name, part in sets.items()}
    if chosen.harmless:
        figures["harmless"] = withheld(chosen.harmless)
    if chosen.levels:
        figures["levels"] = levels(sets, chosen.harmless)
    if chosen.data:
        folder = Path(chosen.data)
        lines = (folder / "leaks.jsonl").read_text(encoding="utf-8").splitlines()
        theirs = [json.loads(line) for line in lines]
        said = [(e["kind"], e["text"], e["must_not_appear"]) for e in theirs if e["text"]]
        roster = (folder / "participants.csv").read_text(encoding="utf-8")
        figures["theirs"] = through(roster, said, show=chosen.show)
    report("red_team", "-", figures)


Sentence = tuple[str, str, list[str]]


def written(numbers: Sequence[int]) -> dict[str, list[Sentence]]:
    """The sentences of sets: those that tell, those that do not, and those that tell barely."""
    beside = Path(__file__).with_name("red_team.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in beside.splitlines()]
    sets: dict[str, list[Sentence]] = {}
    for number in numbers:
        whole = [
            (each["kind"], each["text"], each["must_not_appear"])
            for each in rows
            if each["set"] == number
        ]
        parts = {f"set {number}": [each for each in whole if each[2]]}
        if harmless := [each for each in whole if not each[2]]:
            parts[f"set {number}, harmless"] = harmless
        if 2 < number < 7:  # in tens, of which the last five name nobody, say neither I nor we
            parts[f"set {number}, bare"] = [e for n, e in enumerate(whole) if e[2] and n % 10 > 4]
        sets |= {name: part for name, part in parts.items() if part}
    return sets


LEVELS = (
    (0.13, 0.13), (0.2, 0.2), (0.25, 0.25), (0.2, 0.03), (0.25, 0.02), (0.25, 0.03), (0.3, 0.03),
)  # fmt: skip
"""Chances from which a clause is in doubt, and one in whose sentence another is."""


def levels(sets: dict[str, list[Sentence]], folder: Path | None) -> dict[str, dict[str, float]]:
    """The share let through of sets, and withheld of what is harmless, with several thresholds."""
    from fgd.disclosure import doubts

    kept = doubts.OTHER, doubts.BESIDE
    found: dict[str, dict[str, float]] = {}
    for other, beside in LEVELS:
        doubts.OTHER, doubts.BESIDE = other, beside
        here = found[f"{other}, {beside}"] = {}
        for name, part in sets.items():
            told = through(ROSTER, part, show=False)
            is_harmless = name.endswith("harmless")
            here[name] = round(1 - told["words_left"], 3) if is_harmless else told["share"]
        if folder:
            told = withheld(folder)
            here |= {"meetings": told["share"], "worst": max(told["by_meeting"].values())}
    doubts.OTHER, doubts.BESIDE = kept
    return found


def withheld(folder: Path) -> dict[str, Any]:
    """The share of the words of propositions and answers that is withheld, by meeting."""
    from fgd.disclosure.doubts import Harmless

    known = Harmless()
    words = gone = 0
    shares: dict[str, float] = {}
    for path in sorted((folder / "gold" / "responses").glob("*/*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        said = [each["text"] for each in gold["propositions"]]
        said += [each["text"] for put in gold["propositions"] for each in put["responses"]]
        here = lost = 0
        for text in said:
            plain = re.sub(r"\{\w+\} ?", "", text)
            plain = re.sub(r" (?=[.,?!'])", "", plain)
            here += len(plain.split())
            found = known.doubts(plain)
            lost += sum(len(plain[each.start : each.end].split()) for each in found)
        shares[path.stem] = round(lost / here, 3)
        words, gone = words + here, gone + lost
    return {"share": round(gone / words, 3), "words": words, "by_meeting": shares}


def through(roster: str, sentences: list[Sentence], *, show: bool) -> dict[str, Any]:
    """How many sentences still say what identifies, by kind, and how many words are withheld."""
    import tempfile

    from fgd import disclosure
    from fgd.core.settings import BriefSettings
    from fgd.disclosure.redaction import Redactor
    from fgd.intake.roster import read_roster
    from fgd.model import Conversation, Session, Span, Turn, Word

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "participants.csv"
        path.write_text(roster, encoding="utf-8")
        people, _ = read_roster(path, path.name)
    session = Session("s", participants=people.participants, institutions=people.institutions)
    turns = tuple(
        Turn(f"t{n}", "r", "V1", Span(n, n + 1), (Word(Span(n, n + 1), text),))
        for n, (_, text, _) in enumerate(sentences)
    )
    secrets = disclosure.secrets(session, [Conversation("r", (), turns)])
    homes = tuple(sorted({p.country for p in people.participants} - {""}))
    known = disclosure.harmless(session, secrets, BriefSettings())
    redact = Redactor("chatham-house", secrets, homes, known)
    came: Counter[str] = Counter()
    words = left = 0
    for kind, text, must_not in sentences:
        pieces = redact.pieces(text, spoken=True)
        printed = "".join(piece.text for piece in pieces)
        words += len(text.split())
        left += sum(len(piece.text.split()) for piece in pieces if piece.said)
        if any(each.casefold() in printed.casefold() for each in must_not):
            came[kind] += 1
            if show:
                sys.stderr.write(f"{kind}: {printed}\n")
    return {
        "sentences": len(sentences),
        "through": came.total(),
        "share": round(came.total() / len(sentences), 4),
        "by_kind": dict(came),
        "words_left": round(left / words, 3),
    }


if __name__ == "__main__":
    main()
