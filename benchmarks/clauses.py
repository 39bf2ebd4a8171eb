"""Learn which clauses tell who somebody is, and measure it on kinds that were left out.

``python -m benchmarks.clauses [--data DIR] [--show] [--out FILE]`` reads ``clauses.txt``, puts its
clauses together to sentences in several ways, and fits the logistic regression of
``fgd.disclosure.doubts``. Figures are of kinds of which nothing was learned (``FOLDS`` times): what
the rules alone, the model alone and both let through or withhold, at several thresholds. With
``--data`` also the share of words withheld in the harmless meetings of even place in the list of
``responses/qmsum``, on which thresholds were chosen; ``benchmarks.red_team`` reports on the others.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.common import parser, report
from fgd.disclosure import doubts

if TYPE_CHECKING:
    from fgd.disclosure.doubts import Array

CLAUSES = Path(__file__).with_name("clauses.txt")
FOLDS, SEED = 8, 5
WAYS = 3
"""How often every clause is put beside others; the first time it stands alone."""

PENALTY = 0.003
"""Inverse strength of the ridge, chosen among 0.0003 to 0.01 on kinds left out."""

SURE, SUSPECT = (0.1, 0.2, 0.3), (0.2, 0.25, 0.3, 0.4, 0.5)

JOINTS = (
    ", ", ", and ", ", but ", ". ", ". ", "; ", ", because ", ", so ", " because ", " and ",
    " when ", ", as ", " - ", ", which ",
)  # fmt: skip
OPENERS = (
    "well, ", "I think ", "you know, ", "yes, ", "so ", "uh ", "and ", "but ", "of course ",
    "to be honest, ", "I mean ",
)  # fmt: skip
SHORT = {
    "I am": "I'm", "I have": "I've", "I will": "I'll", "we are": "we're", "we have": "we've",
    "we will": "we'll", "do not": "don't", "did not": "didn't", "cannot": "can't",
    "is not": "isn't", "it is": "it's", "I would": "I'd", "was not": "wasn't",
}  # fmt: skip

Said = tuple[str, bool]


@dataclass(frozen=True)
class Line:
    """One line of the file: its kind, and its clauses, each with whether it tells."""

    kind: str
    clauses: tuple[Said, ...]


def lines(path: Path = CLAUSES) -> Iterator[Line]:
    """Every line of the file.

    >>> next(each for each in lines() if each.kind == "- short answers")
    Line(kind='- short answers', clauses=(('yes', False),))
    """
    kind = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(("+ ", "- ")):
            kind = line
        elif line.strip() and not line.startswith("#"):
            parts = re.split(r"(\{[^}]*\})", line) if "{" in line else [line]
            said = [(part.strip(" ,{}"), kind[0] == "+" and "{" in part) for part in parts]
            if len(parts) == 1:
                said = [(line.strip(), kind[0] == "+")]
            yield Line(kind, tuple(each for each in said if each[0]))


def composed(
    groups: Sequence[Sequence[Said]], chance: random.Random
) -> tuple[str, list[tuple[int, int]]]:
    """Clauses said one after the other, as people do, and where each stands."""
    text = ""
    spans = []
    for said, _ in (each for group in groups for each in group):
        for long, short in SHORT.items():
            if f"{long} " in said and chance.random() < 0.5:
                said = said.replace(f"{long} ", f"{short} ")
        if chance.random() < 0.08:
            said = chance.choice(OPENERS) + said
        if text:
            joint = chance.choice(JOINTS)
            text += joint
            if joint.startswith("."):
                said = said[0].upper() + said[1:]
        spans.append((len(text), len(text) + len(said)))
        text += said
    drawn = chance.random()
    if drawn < 0.75:
        text = text[0].upper() + text[1:] + chance.choice("......?")
    elif drawn < 0.85:
        text = text.lower()
    return text, spans


@dataclass(frozen=True)
class Learning:
    """Rows of all clauses, in all ways; ``alone`` are the first way, whose texts are kept."""

    rows: Array
    tells: np.ndarray[Any, np.dtype[np.bool_]]
    kinds: list[str]
    alone: list[tuple[str, int, int]]


def gathered(found: Sequence[Line]) -> Learning:
    """Put every clause into sentences and read them."""
    made, tells, kinds, alone = [], [], [], []
    for way in range(WAYS):
        chance = random.Random(way)
        order = list(found)
        chance.shuffle(order)
        at = 0
        texts = []
        while at < len(order):
            many = chance.choices([1, 2, 3], [0.4, 0.4, 0.2])[0] if way else 1
            here = order[at : at + many]
            at += many
            text, spans = composed([each.clauses for each in here], chance)
            texts.append((text, spans))
            tells += [told for each in here for _, told in each.clauses]
            kinds += [each.kind for each in here for _ in each.clauses]
            alone += [(text, *span) for span in spans] if not way else []
        made.append(doubts.rows(texts))
    return Learning(np.concatenate(made), np.array(tells), kinds, alone)


def fitted(rows: Array, tells: Any) -> tuple[Array, float]:
    """Weights and bias of a logistic regression on standardised columns, for plain ones."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scale = StandardScaler().fit(rows)
    model = LogisticRegression(C=PENALTY, max_iter=400).fit(scale.transform(rows), tells)
    weights = model.coef_[0] / scale.scale_
    bias = float(model.intercept_[0] - (weights * scale.mean_).sum())
    return weights.astype(np.float32), bias


def left_out(learning: Learning) -> Any:
    """The chance of every clause alone by a model that saw nothing of its kind."""
    names = sorted(set(learning.kinds))
    random.Random(SEED).shuffle(names)
    fold = np.array([names.index(kind) % FOLDS for kind in learning.kinds])
    many = len(learning.alone)
    chances = np.zeros(many)
    for number in range(FOLDS):
        weights, bias = fitted(learning.rows[fold != number], learning.tells[fold != number])
        mine = np.flatnonzero(fold[:many] == number)
        chances[mine] = 1 / (1 + np.exp(-(learning.rows[mine] @ weights + bias)))
    return chances


def ruled(learning: Learning) -> tuple[Any, Any, Any]:
    """Whether rules, a precise rule and words of names see anything of each clause alone."""
    seen, sharp, named = [], [], []
    for text, start, end in learning.alone:
        hits = [h for h in doubts._hits(text) if h.start < end and h.end > start]
        words = doubts.Harmless().words(text)
        seen.append(bool(hits))
        sharp.append(any(not hit.is_broad for hit in hits))
        named.append(any(each.start < end and each.end > start for each in words))
    return np.array(seen), np.array(sharp), np.array(named)


def figures(learning: Learning, chances: Any) -> dict[str, Any]:
    """What is let through of what tells, and withheld of what does not."""
    from sklearn.metrics import roc_auc_score

    tells = learning.tells[: len(learning.alone)]
    seen, sharp, named = ruled(learning)
    said = [text[start:end] for text, start, end in learning.alone]

    def told(sure: float, suspect: float) -> dict[str, float]:
        kept, doubts.SUSPECT = doubts.SUSPECT, suspect
        model = [
            suspect < 1 and doubts.suspected(*each) for each in zip(said, chances, strict=True)
        ]
        doubts.SUSPECT = kept
        caught = named | sharp | (seen & (chances >= sure)) | np.array(model)
        return {
            "through": round(float((~caught)[tells].mean()), 4),
            "withheld": round(float(caught[~tells].mean()), 4),
        }

    return {
        "clauses": [int(tells.sum()), int((~tells).sum())],
        "kinds": len(set(learning.kinds)),
        "area": round(float(roc_auc_score(tells, chances)), 4),
        "rules alone": told(0.0, 2.0),
        "rules and model": {
            f"{sure}/{suspect}": told(sure, suspect) for sure in SURE for suspect in SUSPECT
        },
    }


def meetings(folder: Path, half: int) -> Iterator[tuple[str, list[str]]]:
    """The quotes of harmless meetings of even or odd place in the list."""
    for path in sorted((folder / "gold" / "responses").glob("*/*.json"))[half::2]:
        gold = json.loads(path.read_text(encoding="utf-8"))
        said = [each["text"] for each in gold["propositions"]]
        said += [each["text"] for put in gold["propositions"] for each in put["responses"]]
        plain = [re.sub(r"\{\w+\} ?", "", text) for text in said]
        yield path.stem, [re.sub(r" (?=[.,?!'])", "", text) for text in plain]


def main() -> None:
    """Learn, measure, write the weights."""
    arguments = parser(__doc__)
    arguments.add_argument("--out", type=Path, default=doubts.WEIGHTS)
    arguments.add_argument("--show", action="store_true", help="print what is judged wrongly")
    options = arguments.parse_args()
    learning = gathered(list(lines()))
    weights, bias = fitted(learning.rows, learning.tells)
    script = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    about = {"bias": bias, "script": script, "grammar": doubts.grammar()}
    np.savez(options.out, weights=weights, about=np.array(json.dumps(about)))
    chances = left_out(learning)
    found = figures(learning, chances)
    if options.show:
        tells = learning.tells[: len(learning.alone)]
        for n in np.argsort(np.where(tells, chances, 1 - chances))[:150]:
            text, start, end = learning.alone[n]
            sys.stderr.write(f"{chances[n]:.2f} {learning.kinds[n]}: {text[start:end]}\n")
    if options.data:
        found["withheld of the meetings of even place"] = chosen_on(Path(options.data))
    report("clauses", "-", found)


def chosen_on(folder: Path) -> dict[str, dict[str, float]]:
    """Shares of words withheld, with the shipped weights, in the meetings on which thresholds are
    chosen.
    """
    shares: dict[str, dict[str, float]] = {}
    kept = doubts.SURE, doubts.SUSPECT
    doubts.learned.cache_clear()
    doubts.telling.cache_clear()
    for sure in SURE:
        for suspect in SUSPECT:
            doubts.SURE, doubts.SUSPECT = sure, suspect
            mine = {}
            for name, texts in meetings(folder, 0):
                lost = sum(
                    len(text[each.start : each.end].split())
                    for text in texts
                    for each in doubts.Harmless().doubts(text)
                )
                mine[name] = round(lost / sum(len(text.split()) for text in texts), 3)
            shares[f"{sure}/{suspect}"] = mine
    doubts.SURE, doubts.SUSPECT = kept
    return shares


if __name__ == "__main__":
    main()
