"""Who said a quote of a circulation edition: what somebody outside can tell, above chance.

Committee meetings with their lists of participants go through the whole pass under the Chatham
House Rule, and the edition is attacked by somebody who has the list, the order in which people
first spoke (as a programme tells it) and what the same people said in all the other meetings. The
attacker is not the one inside the product: it compares pieces of words and whole words (TF-IDF),
the habit of asking, how much somebody talks, and the place in the edition with the place in the
order of speaking. Its weights are fitted to the meetings of even place in the list (``build``);
the figures are of the others (``report``). Chance is what the same guesses would get right if the
speakers were shuffled within a meeting.

``python -m benchmarks.assignment_attack --data DIR [--project FOLDER] [--fit] [--most N]``; the
folder keeps the runs. ``--fit`` also fits the weights of ``fgd.disclosure.linkage`` to the build
half. ``--most`` runs and attacks the first N meetings only; the others still tell how people talk.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.common import need, parser, report
from fgd import disclosure, pipeline
from fgd.core.settings import BriefSettings
from fgd.core.text import person_key
from fgd.disclosure import linkage
from fgd.pipeline.session_pass import secrets
from fgd.workspace.project import Project

if TYPE_CHECKING:
    from fgd.model import Brief

Array = np.ndarray[Any, np.dtype[Any]]

DATASET = "attribution/qmsum_committee"
CLUES = ("words", "row", "asks", "talks")


@dataclass(frozen=True)
class Meeting:
    """One meeting after the pass: its brief, who may have spoken, and who did in which order."""

    id: str
    brief: Brief
    context: pipeline.SessionContext
    public: dict[str, str]
    order: tuple[str, ...]

    def edition(self, k: int, public: dict[str, str]) -> tuple[Brief, dict[str, str]]:
        """The edition with this k, and the participant of each of its quotes."""
        settings = replace(BriefSettings(), k_anonymity=k)
        session = pipeline.full_session(self.context)
        edited, found = disclosure.circulated(
            self.brief, session, secrets(self.context), settings, disclosure.NOTHING, public
        )
        who = {each.id: each.who.partition("/")[2] for each in self.brief.extracts}
        truth = {new: who[old] for old, new in found.names.items() if old in who}
        chair = {each.id for each in edited.extracts if each.speaker == "the chair"}
        return edited, {name: person for name, person in truth.items() if name not in chair}


def main() -> None:
    """Run the meetings, fit the attacker to one half, attack the other."""
    arguments = parser(__doc__, dataset=DATASET)
    arguments.add_argument("--project", type=Path, help="folder that keeps the runs")
    arguments.add_argument("--fit", action="store_true", help="fit the product's weights, too")
    arguments.add_argument("--most", type=int, help="run and attack as many meetings")
    options = arguments.parse_args()
    data = need(options.data, "committee meetings with lists of participants and gold")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.project or Path(scratch)
        meetings = run(data, options.dataset, folder, options.most)
        figures = attack(meetings)
        if options.fit:
            own = [clues(each, 1, each.public) for each in meetings[::2]]
            figures["weights"] = dict(zip(CLUES, fitted(own).round(2).tolist(), strict=True))
    report("assignment_attack", options.dataset, figures)


def run(data: Path, dataset: str, folder: Path, most: int | None = None) -> list[Meeting]:
    """Write the meetings as sessions of a project and run those that are not done."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    order: dict[str, dict[str, None]] = defaultdict(dict)
    golds = sorted((data / "gold" / dataset).glob("*.json"))
    for path in golds:
        gold = json.loads(path.read_text(encoding="utf-8"))
        meeting = json.loads((data / dataset / path.name).read_text(encoding="utf-8"))
        roster = json.loads(
            (data / dataset / f"{path.stem}.roster.json").read_text(encoding="utf-8")
        )
        names = {key: who["name"] for key, who in gold["speakers"].items() if who.get("name")}
        for turn in meeting["turns"]:
            if name := names.get(turn["speaker"]):
                said[person_key(name)][path.stem].append(turn["text"])
                order[path.stem][person_key(name)] = None
        _write(folder / "recordings" / path.stem, gold, meeting, roster, names)
    project = Project.open(folder)
    found = []
    for path in golds[:most]:
        context = pipeline.SessionContext(project, project.session(path.stem))
        pipeline.run(context)
        public = {
            name: " ".join(text for key, texts in by.items() if key != path.stem for text in texts)
            for name, by in said.items()
        }
        brief = pipeline.write_brief(context).value
        found.append(Meeting(path.stem, brief, context, public, tuple(order[path.stem])))
    return found


def _write(folder: Path, gold: Any, meeting: Any, roster: Any, names: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    bodies = {each["name"]: each["institution"] for each in roster["participants"]}
    rows = []
    for who in gold["speakers"].values():
        if name := who.get("name"):
            role = "facilitator" if who["role"] == "chair" else "participant"
            body = bodies.get(name) or (who["accepted"] or [""])[0]
            rows.append((name, role, body, who.get("party") or who["role"]))
    heard = {row[0] for row in rows}
    rows += [(name, "participant", body, "") for name, body in bodies.items() if name not in heard]
    with (folder / "participants.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([("name", "role", "institution", "category"), *sorted(rows)])
    cues, at = [], 0.0
    for turn in meeting["turns"]:
        end = at + len(turn["text"].split()) / 2.5
        text = turn["text"].replace("<", "(").replace(">", ")")
        label = names.get(turn["speaker"], turn["speaker"])
        cues.append(f"{_clock(at)} --> {_clock(end)}\n<v {label}>{text}</v>\n")
        at = end + 0.4
    (folder / "talk.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    (folder / "session.toml").write_text(
        'title = "Committee"\nlanguages = ["en"]\nrule = "chatham-house"\n'
        "[consent]\nrecorded = true\n",
        encoding="utf-8",
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}"


# -- the attack ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guessed:
    """Clues of every quote for every person (quotes, people, clues), and who it was."""

    id: str
    clues: Array
    truth: Array


def attack(meetings: list[Meeting]) -> dict[str, Any]:
    """The figures for editions without and with the check of the product."""
    settings = BriefSettings()
    ways = {
        "list and order only, unchecked": (1, False),
        "with earlier meetings, unchecked": (1, True),
        "with earlier meetings, checked": (settings.k_anonymity, True),
    }
    figures: dict[str, Any] = {}
    weights = {}
    for name, (k, public) in ways.items():
        seen = [stranger(each, k, earlier=public) for each in meetings]
        if public not in weights:
            weights[public] = fitted(seen[::2])
        figures[name] = {
            half: measured(part, weights[public])
            for half, part in (("build", seen[::2]), ("report", seen[1::2]))
        }
        for family in ("covid", "education"):
            if part := [each for each in seen[1::2] if each.id.startswith(family)]:
                figures[name][f"report, {family}"] = measured(part, weights[public])
    waits = []
    for each in meetings[1::2]:
        whole, _ = each.edition(1, each.public)
        kept, _ = each.edition(settings.k_anonymity, each.public)
        waits.append(1 - len(kept.extracts) / max(len(whole.extracts), 1))
    nobody = []
    for each in meetings[1::2]:
        whole, _ = each.edition(1, {})
        kept, _ = each.edition(settings.k_anonymity, {})
        nobody.append(1 - len(kept.extracts) / max(len(whole.extracts), 1))
    figures["quotes that wait"] = round(float(np.mean(waits)), 3)
    figures["quotes that wait without earlier meetings"] = round(float(np.mean(nobody)), 3)
    return figures


def stranger(meeting: Meeting, k: int, *, earlier: bool) -> Guessed:
    """What an attacker who shares nothing with the product makes of an edition."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    edited, truth = meeting.edition(k, meeting.public)
    session = pipeline.full_session(meeting.context)
    people = linkage.outsiders(session, meeting.public if earlier else {})
    keys = [each.key for each in people]
    names = {person.id: person_key(person.name) for person in session.participants}
    quotes = [each for each in edited.extracts if truth.get(each.id) in keys]
    texts = [" ".join(p.text for p in each.pieces if p.said) or "." for each in quotes]
    said = [f"{each.row} {each.said}" for each in people]
    columns = []
    for vectors in (
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2),
        TfidfVectorizer(stop_words="english", sublinear_tf=True),
    ):
        known = vectors.fit_transform(said)
        alike = np.asarray((vectors.transform(texts) @ known.T).todense()) if texts else None
        alike = np.zeros((0, len(people))) if alike is None else alike
        columns.append(alike / (alike.std() + 1e-9))
    asks = np.array(
        [np.log((t.said.count("?") + 1) / (len(t.said.split()) / 100 + 4)) for t in people]
    )
    asked = np.array([1.0 if text.rstrip().endswith("?") else -1.0 for text in texts])
    columns.append(np.outer(asked, asks - asks.mean()))
    talks = np.log([max(linkage.UNHEARD, len(each.said.split())) for each in people])
    columns.append(np.tile(talks, (len(texts), 1)))
    told = _reading(edited)
    place = np.array([told.get(each.id, 0.5) for each in quotes])
    spoke = {name: n / max(len(meeting.order) - 1, 1) for n, name in enumerate(meeting.order)}
    turn = [spoke.get(names[key]) for key in keys]
    columns.append(
        np.array(
            [[-4 * abs(p - t) if t is not None else -2.0 for t in turn] for p in place]
        ).reshape(len(texts), len(people))
    )
    found = np.stack(columns, axis=-1)
    return Guessed(
        meeting.id, found, np.array([keys.index(truth[e.id]) for e in quotes], dtype=int)
    )


def _reading(edited: Brief) -> dict[str, float]:
    """Where each quote first comes up when an edition is read, from 0 to 1."""
    order: dict[str, None] = {}
    for each in edited.findings:
        order |= dict.fromkeys((each.extract, *each.again, *(a.extract for a in each.answers)))
    return {name: n / max(len(order) - 1, 1) for n, name in enumerate(order)}


def clues(meeting: Meeting, k: int, public: dict[str, str]) -> Guessed:
    """The clues of the product's own attack, to fit its weights."""
    edited, truth = meeting.edition(k, public)
    people = linkage.outsiders(pipeline.full_session(meeting.context), public)
    keys = [each.key for each in people]
    own = linkage.Attack(people)
    texts = {
        each.id: " ".join(p.text for p in each.pieces if p.said)
        for each in edited.extracts
        if truth.get(each.id) in keys
    }
    rows, who = [], []
    for group in linkage.same_speaker(edited, texts):
        found = own.clues([texts[name] for name in group])
        for name in group:
            rows.append([[clue[key] for key in CLUES] for clue in found])
            who.append(keys.index(truth[name]))
    return Guessed(meeting.id, np.array(rows), np.array(who))


def fitted(seen: list[Guessed], ridge: float = 0.01) -> Array:
    """Weights of a conditional logit, every meeting counting the same."""
    from scipy.optimize import minimize

    def loss(weights: Array) -> tuple[float, Array]:
        total, slope = ridge * float(weights @ weights), 2 * ridge * weights
        for each in seen:
            if not len(each.truth):
                continue
            chance = _chances(each, weights)
            rows = np.arange(len(each.truth))
            total -= float(np.log(chance[rows, each.truth] + 1e-12).mean())
            expected = np.einsum("qp,qpc->qc", chance, each.clues)
            slope = slope - (each.clues[rows, each.truth] - expected).mean(axis=0)
        return total, slope

    found = minimize(loss, np.zeros(seen[0].clues.shape[-1]), jac=True)
    return np.asarray(found.x)


def _chances(each: Guessed, weights: Array) -> Array:
    scores = each.clues @ weights
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def measured(seen: list[Guessed], weights: Array) -> dict[str, Any]:
    """The share of quotes assigned rightly, by chance, and above it; means over meetings."""
    right, chance = [], []
    for each in seen:
        if not len(each.truth):
            continue
        guess = (each.clues @ weights).argmax(axis=1)
        people = each.clues.shape[1]
        right.append(float((guess == each.truth).mean()))
        shares = [np.bincount(one, minlength=people) / len(guess) for one in (guess, each.truth)]
        chance.append(float(shares[0] @ shares[1]))
    above = np.array(right) - np.array(chance)
    drawn = np.random.default_rng(1).choice(above, (2000, len(above))).mean(axis=1)
    return {
        "meetings": len(right),
        "right": round(float(np.mean(right)), 3),
        "chance": round(float(np.mean(chance)), 3),
        "above": round(float(above.mean()), 3),
        "95 %": [round(float(e), 3) for e in np.percentile(drawn, [2.5, 97.5])],
    }


if __name__ == "__main__":
    main()
