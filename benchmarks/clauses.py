"""Learn which clauses tell who somebody is, and measure it on what was left out.

``python -m benchmarks.clauses --data DIR [--folds N] [--choose SET ... [--wide FILE]] [--show]
[--out FILE]`` reads ``clauses.txt``, puts its clauses together to sentences in several ways, adds
the sentences of the red team's sets 1 to 9 and what is said in the meetings of even place in the
list of ``responses/qmsum`` (which have nothing to hide), and trains the two upper layers of
all-MiniLM, by low-rank additions (LoRA, arXiv:2106.09685), with a logistic regression on top.

``--choose`` leaves these sets and all meetings out, and tells what thresholds, with the grammar,
do there, alone or with ``--wide``, additions that ``benchmarks.clauses_wide --choose`` made;
nothing is written. ``--folds`` tells what is judged wrongly among kinds of ``clauses.txt`` that
were left out. ``benchmarks.red_team`` reports.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from benchmarks import red_team
from benchmarks.common import need, parser, report
from fgd.core.embeddings import MiniLM
from fgd.disclosure import doubts, wide
from fgd.disclosure.doubts import Window

CLAUSES = Path(__file__).with_name("clauses.txt")
RED_TEAM = Path(__file__).with_name("red_team.jsonl")
SETS = (1, 2, 3, 4, 5, 6, 7, 8, 9)
"""Sets of the red team that are learned from."""
WAYS = 2
"""How often every clause is put beside others; the first time it stands alone."""
TWICE = 2
"""How often what somebody else wrote is shown for every time of ``clauses.txt``."""

RANK, EPOCHS, BATCH, RATE, DROPPED, SMOOTHED, SEED = 16, 3, 32, 1.5e-3, 0.1, 0.02, 0

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
class Text:
    """A text, its clauses, and which of them tell."""

    text: str
    spans: tuple[tuple[int, int], ...]
    tells: tuple[bool, ...]
    kind: str = ""


def written(found: Sequence[Line]) -> Iterator[Text]:
    """Every clause of the file, alone and beside others."""
    for way in range(WAYS):
        chance = random.Random(way)
        order = list(found)
        chance.shuffle(order)
        at = 0
        while at < len(order):
            many = chance.choices([1, 2, 3], [0.4, 0.4, 0.2])[0] if way else 1
            here = order[at : at + many]
            at += many
            text, spans = composed([each.clauses for each in here], chance)
            tells = tuple(told for each in here for _, told in each.clauses)
            yield Text(text, tuple(spans), tells, "" if way else here[0].kind)


def red(number: int) -> list[Text]:
    """The sentences of one set; clauses with what must not appear tell."""
    rows = map(json.loads, RED_TEAM.read_text(encoding="utf-8").splitlines())
    return [marked(each["text"], each["must_not_appear"]) for each in rows if each["set"] == number]


def marked(text: str, secret: Sequence[str]) -> Text:
    """A text with its clauses as they are cut, of which those tell that hold a secret; names and
    numbers do not count, which are withheld by themselves.
    """
    spans = tuple(doubts.clauses(text))
    named = [(each.start, each.end, "") for each in doubts.Harmless().words(text)]
    found = ((text.casefold().find(each.casefold()), len(each)) for each in secret)
    places = [(at, at + many) for at, many in found if at >= 0]
    places = [each for each in places if not doubts.within(each, named)]
    tells = tuple(any(a < end and b > start for a, b in places) for start, end in spans)
    return Text(text, spans, tells)


def said_in(folder: Path) -> list[Text]:
    """What is said in the meetings of even place."""
    return [marked(text, ()) for _, texts in meetings(folder, 0) for text in texts if text.strip()]


Read = list[tuple[Window, list[bool], int]]
"""Windows, what tells in them, and of which text they are."""


def windows(texts: Sequence[Text]) -> Read:
    """Read texts as far as the layers go that are not trained."""
    read = iter(doubts.windows([(each.text, each.spans) for each in texts]))
    found: Read = []
    for number, each in enumerate(texts):
        at = 0
        while at < len(each.spans):
            window = next(read)
            told = list(each.tells[at : at + len(window.places)])
            at += len(window.places)
            found.append((window, told, number))
    return found


class Net(torch.nn.Module):
    """The upper layers with low-rank additions, and what judges a clause."""

    def __init__(self, cues: int) -> None:
        super().__init__()
        self.plain = doubts._encoder().weights
        layers = tuple(f"encoder.layer.{n}." for n in range(doubts.LAYERS, MiniLM.layers))
        self.names = [
            name
            for name in sorted(self.plain)
            if name.startswith(layers) and name.endswith(".weight") and self.plain[name].dim() == 2
        ]
        for name in self.names:
            rows, columns = self.plain[name].shape
            down = torch.randn(RANK, columns) / math.sqrt(columns)
            self.register_parameter(_key(name, "down"), torch.nn.Parameter(down))
            self.register_parameter(_key(name, "up"), torch.nn.Parameter(torch.zeros(rows, RANK)))
        self.head = torch.nn.Linear(2 * MiniLM.width + cues, 1)
        torch.nn.init.zeros_(self.head.weight)
        torch.nn.init.zeros_(self.head.bias)

    def _dropped(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.dropout(x, DROPPED, self.training)

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        linear = torch.nn.functional.linear
        down, up = (getattr(self, _key(f"{name}.weight", each)) for each in ("down", "up"))
        plain = linear(x, self.plain[f"{name}.weight"], self.plain[f"{name}.bias"])
        return plain + linear(linear(self._dropped(x), down), up)

    def forward(self, batch: Sequence[Window]) -> torch.Tensor:
        """The log-odds of every clause of some windows."""
        states = torch.nn.utils.rnn.pad_sequence([each.state for each in batch], batch_first=True)
        sizes = torch.tensor([len(each.state) for each in batch])
        real = torch.arange(states.shape[1])[None] < sizes[:, None]
        x = doubts.upper(states, self._linear, self.plain, real)
        rows = [
            doubts.clause_row(x[n], *each)
            for n, window in enumerate(batch)
            for each in zip(window.places, window.cues, strict=True)
        ]
        return torch.as_tensor(self.head(self._dropped(torch.stack(rows)))[:, 0])


def _key(name: str, part: str) -> str:
    return f"{name}|{part}".replace(".", "/")


def batched(order: list[int], sizes: Sequence[int], most: int, chance: random.Random) -> list[Any]:
    """Shuffle places in place, and group them by ``most``, those about as long as each other."""
    chance.shuffle(order)
    large = most * 16
    alike = [
        sorted(order[at : at + large], key=lambda n: sizes[n]) for at in range(0, len(order), large)
    ]
    batches = [part[at : at + most] for part in alike for at in range(0, len(part), most)]
    chance.shuffle(batches)
    return batches


def trained(data: Read) -> Net:
    """Train on windows; the same with every run on one machine."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    net = Net(len(data[0][0].cues[0]))
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE)
    order, step = list(range(len(data))), 0
    steps = EPOCHS * math.ceil(len(data) / BATCH)
    for epoch in range(EPOCHS):
        batches = batched(order, [len(window.state) for window, _, _ in data], BATCH, chance)
        total = 0.0
        for batch in batches:
            step += 1
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, step / 50) * max(0.0, 1 - step / (steps * 1.02))
            told = torch.tensor([float(each) for n in batch for each in data[n][1]])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                net([data[n][0] for n in batch]), told * (1 - 2 * SMOOTHED) + SMOOTHED
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch does not type it
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            total += float(loss.detach())
        sys.stderr.write(f"epoch {epoch + 1}: loss {total / len(batches):.3f}\n")
    net.eval()
    return net


def saved(net: Net, path: Path) -> None:
    """Write what was added to the layers, in halves, and the weights of the regression."""
    given = {
        f"{name}|{part}": getattr(net, _key(name, part)).detach().numpy().astype(np.float16)
        for name in net.names
        for part in ("down", "up")
    }
    about = {
        "bias": float(net.head.bias.detach()[0]),
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "grammar": doubts.grammar(),
    }
    weights = net.head.weight.detach().numpy()[0]
    np.savez_compressed(path, about=np.array(json.dumps(about)), weights=weights, **given)


def chances(net: Net, data: Read) -> dict[int, list[float]]:
    """The chance of every clause, by text."""
    found: dict[int, list[float]] = {}
    with torch.inference_mode():
        for window, _, number in data:
            found.setdefault(number, []).extend(torch.sigmoid(net([window])).tolist())
    return found


def left_out(folds: int, found: Sequence[Line], others: Read, *, show: bool) -> dict[str, Any]:
    """What the model alone does to clauses of kinds of which nothing was learned."""
    names = sorted({each.kind for each in found})
    random.Random(SEED).shuffle(names)
    seen: list[tuple[float, bool, str]] = []
    for number in range(folds):
        mine = set(names[number::folds])
        net = trained([*windows([*written([e for e in found if e.kind not in mine])]), *others])
        texts = [each for each in written([e for e in found if e.kind in mine]) if each.kind]
        for n, values in chances(net, windows(texts)).items():
            text = texts[n]
            for (start, end), told, chance in zip(text.spans, text.tells, values, strict=True):
                seen.append((chance, told, f"{text.kind}: {text.text[start:end]}"))
    if show:
        for chance, told, said in sorted(seen, key=lambda e: e[0] if e[1] else 1 - e[0])[:150]:
            sys.stderr.write(f"{chance:.2f} {told:d} {said}\n")
    return {
        str(least): {
            "through": round(float(np.mean([c < least for c, told, _ in seen if told])), 4),
            "withheld": round(float(np.mean([c >= least for c, told, _ in seen if not told])), 4),
        }
        for least in LEVELS
    }


LEVELS = (0.05, 0.1, 0.2, 0.3, 0.5)


def meetings(folder: Path, half: int) -> Iterator[tuple[str, list[str]]]:
    """The quotes of harmless meetings of even or odd place in the list."""
    for path in sorted((folder / "gold" / "responses").glob("*/*.json"))[half::2]:
        gold = json.loads(path.read_text(encoding="utf-8"))
        said = [each["text"] for each in gold["propositions"]]
        said += [each["text"] for put in gold["propositions"] for each in put["responses"]]
        plain = [re.sub(r"\{\w+\} ?", "", text) for text in said]
        yield path.stem, [re.sub(r" (?=[.,?!'])", "", text) for text in plain]


def main() -> None:
    """Train and write the weights, or choose."""
    arguments = parser(__doc__)
    arguments.add_argument("--out", type=Path, default=doubts.WEIGHTS)
    arguments.add_argument("--choose", type=int, nargs="+", default=[], metavar="SET")
    arguments.add_argument(
        "--wide", type=Path, help="additions of the wide network, left out alike"
    )
    arguments.add_argument("--folds", type=int, default=0)
    arguments.add_argument("--show", action="store_true", help="print what is judged wrongly")
    options = arguments.parse_args()
    folder = need(options.data, "meetings with nothing to hide")
    torch.set_num_threads(1)
    found = list(lines())
    sets = [each for each in SETS if each not in options.choose]
    others = TWICE * windows([each for number in sets for each in red(number)])
    if not options.choose:
        others += windows(said_in(folder))
    net = trained([*windows([*written(found)]), *others])
    figures: dict[str, Any] = {"clauses": sum(len(each.clauses) for each in found)}
    if options.choose:
        figures["levels"] = chosen(net, options.wide, folder, options.choose)
    else:
        saved(net, options.out)
    if options.folds:
        figures["kinds left out"] = left_out(options.folds, found, others, show=options.show)
    report("clauses", "-", figures)


def chosen(
    net: Net, additions: Path | None, folder: Path, numbers: Sequence[int]
) -> dict[str, dict[str, float]]:
    """What the product lets through of the sets left out, and withholds of what is harmless, with
    this network, alone or with a wide one, and several thresholds.
    """
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "clauses.npz"
        saved(net, path)
        narrow = doubts.learned(path)
    broad = wide.learned(additions) if additions else None
    sets = red_team.written(numbers)
    with (
        mock.patch.object(doubts, "learned", lambda: narrow),
        mock.patch.object(doubts, "widely", lambda: broad),
    ):
        doubts._telling.cache_clear()
        return red_team.levels(sets, folder)


if __name__ == "__main__":
    main()
