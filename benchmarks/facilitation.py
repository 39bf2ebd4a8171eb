"""What a note-taker's log is worth, and whether it can be laid over the recording.

    python -m benchmarks.facilitation [--dataset demo/regional-mechanism] [--seeds 3] [--snr 0]
        [--unnamed]

A note-taker is simulated on the demo's reference: taps 0.5 to 3 s late, 10 % missed, 3 % wrong,
the log's clock off by up to ten minutes. The product's own steps (voices, words to voices,
attribution) run on the recording without and with that log; the words are those of the reference
as a Whisper JSON without speakers, so that errors of hearing do not blur the comparison. Reported:
diarization error (no collar, overlap counted), turns of the reference given to the wrong person,
to nobody and to the right one (somebody who was not invited is right as nobody, and is tapped as
such), and the error of the automatic offset on 20 offsets, and how often
an offset was claimed for 20 logs that are not of this recording. ``--snr`` adds pink noise;
``--unnamed`` takes every name of a person or institution out of the words, as in a discussion in
which nobody says any: the demo's own words name everybody, so there the log has nothing to add.
"""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, reference_of, report
from fgd import pipeline
from fgd.audio import decode
from fgd.core.clock import clock
from fgd.floorlog.alignment import Heard, find, floors
from fgd.model import Span
from fgd.synthesis.material import People
from fgd.workspace.project import Project

DEMO = Path(__file__).parent.parent / "demo"
STRANGER = "somebody not listed"
EARLY, LATE, MISSED, WRONG = 0.5, 3.0, 0.10, 0.03
OFFSETS, FARTHEST = 20, 600_000
SOURCE = "the demo, which comes with the project"


def main() -> None:
    """Run the benchmark named by the command line."""
    arguments = parser(__doc__, dataset="demo/regional-mechanism")
    arguments.add_argument("--seeds", type=int, default=3, help="simulated note-takers")
    arguments.add_argument("--snr", type=float, default=0, help="add noise at so many dB; 0: none")
    arguments.add_argument("--unnamed", action="store_true", help="words without any names")
    chosen = arguments.parse_args()
    name = chosen.dataset.removeprefix("demo/")
    source = need(DEMO / "recordings" / name, SOURCE)
    reference = json.loads((_reference(name) / "turns.json").read_text("utf-8"))
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        plain = prepared(root / "plain", source, name, chosen.snr, unnamed=chosen.unnamed)
        without = measured(plain, name, reference)
        logged = []
        for seed in range(chosen.seeds):
            chance = random.Random(seed)
            folder = root / f"log-{seed}"
            shutil.copytree(plain.root, folder)
            delay = chance.randint(0, FARTHEST)
            taps = [(at + delay, who) for at, who in simulated(reference, chance)]
            lines = ["start,participant", *(f"{clock(at, '.')},{who}" for at, who in taps)]
            target = folder / "recordings" / name / "floor.csv"
            target.write_text("\n".join(lines) + "\n", encoding="utf-8")
            found = measured(Project.open(folder), name, reference)
            found["offset_error_ms"] = None
            if found["offset_ms"] is not None:
                found["offset_error_ms"] = found["offset_ms"] + delay
            logged.append(found)
        heard = [Heard(t.voice, t.span) for t in _voices(plain, name).turns]
        duration = max(t.span.end for t in heard)
        figures = {"without": without, "with": logged, **offsets(reference, heard, duration)}
    report("facilitation", chosen.dataset, figures)


def simulated(turns: Sequence[dict[str, Any]], chance: random.Random) -> list[tuple[int, str]]:
    """Taps in recording time: one for each change of the floor, late, missed or mistaken."""
    people = sorted({turn["participant"] or STRANGER for turn in turns})
    held = floors(
        [Heard(t["participant"] or STRANGER, Span(t["start_ms"], t["end_ms"])) for t in turns]
    )
    taps = []
    for turn in held:
        late = round(1000 * chance.uniform(EARLY, LATE))
        if chance.random() < MISSED:
            continue
        who = chance.choice(people) if chance.random() < WRONG else turn.voice
        taps.append((turn.span.start + late, who))
    return sorted(taps)


def offsets(
    turns: Sequence[dict[str, Any]], heard: Sequence[Heard], duration: int
) -> dict[str, object]:
    """Errors of the automatic offset, and claims about logs of another discussion."""
    people = sorted({turn["participant"] for turn in turns})
    errors, untold, claimed = [], 0, 0
    for seed in range(100, 100 + OFFSETS):
        chance = random.Random(seed)
        truth = chance.randint(-FARTHEST, FARTHEST)
        taps = [(at - truth, who) for at, who in simulated(turns, chance)]
        found = find(taps, heard, duration)
        if found.told:
            errors.append(abs(found.milliseconds - truth))
        else:
            untold += 1
        stranger, moment = [], 0.0
        while moment < duration:
            moment += 2_000 + chance.expovariate(1 / 9_000)
            stranger.append((round(moment), chance.choice(people)))
        claimed += find(stranger, heard, duration).told
    return {
        "offsets": OFFSETS,
        "offset_error_ms_max": max(errors, default=None),
        "offset_error_ms_mean": round(sum(errors) / len(errors)) if errors else None,
        "offset_not_told": untold,
        "offset_claimed_for_strange_logs": claimed,
    }


def _reference(name: str) -> Path:
    """The reference of the session's first recording, which is the one measured."""
    return sorted((DEMO / "reference" / name).iterdir())[0]


def prepared(root: Path, source: Path, name: str, snr: float, *, unnamed: bool = False) -> Project:
    """A project with the recording, roster and guide, and the reference's words without names."""
    folder = root / "recordings" / name
    shutil.copytree(source, folder)
    recording, *others = sorted(folder.glob("*.ogg"))
    for other in others:
        other.unlink()
    settings = folder / "session.toml"
    lines = settings.read_text("utf-8").splitlines(keepends=True)
    settings.write_text("".join(x for x in lines if not x.startswith("recordings")), "utf-8")
    words = json.loads((_reference(name) / "words.json").read_text("utf-8"))
    if unnamed:
        hidden = _names(folder / "participants.csv")
        for word in words:
            if set(re.findall(r"\w+", word["text"].casefold())) & hidden:
                word["text"] = "colleague" + word["text"][-1:] * (word["text"][-1:] in ".?!,")
    segments = [
        {
            "start": group[0]["start_ms"] / 1000,
            "end": group[-1]["end_ms"] / 1000,
            "text": " " + " ".join(word["text"] for word in group),
            "words": [
                {
                    "start": word["start_ms"] / 1000,
                    "end": word["end_ms"] / 1000,
                    "word": f" {word['text']}",
                    "probability": 1.0,
                }
                for word in group
            ],
        }
        for group in _sentences(words)
    ]
    whisper = {"text": "", "language": "en", "segments": segments}
    stem = recording.stem
    (folder / f"{stem}.json").write_text(json.dumps(whisper), encoding="utf-8")
    # The line that lists the recordings would keep the words out.
    toml = folder / "session.toml"
    kept = (line for line in toml.read_text("utf-8").splitlines() if "recordings" not in line)
    toml.write_text("\n".join(kept) + "\n", "utf-8")
    if snr:
        _noisy(recording, folder / f"{stem}.wav", snr)
        recording.unlink()
    return Project.open(root)


def _names(roster: Path) -> set[str]:
    """Every capitalised word of the roster's names, institutions, acronyms and aliases."""
    with roster.open(encoding="utf-8", newline="") as stream:
        cells = [
            cell
            for row in csv.DictReader(stream)
            for key in ("name", "institution", "acronym", "aliases", "institution_aliases")
            if (cell := row.get(key) or "")
        ]
    return {word.casefold() for cell in cells for word in re.findall(r"\b[A-Z]\w+", cell)}


def _sentences(words: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    groups: list[list[dict[str, Any]]] = [[]]
    for word in sorted(words, key=lambda w: (w["start_ms"], w["end_ms"])):
        groups[-1].append(word)
        if word["text"][-1:] in ".?!":
            groups.append([])
    return [group for group in groups if group]


def _noisy(source: Path, target: Path, snr: float) -> None:
    """The recording with pink noise, 16 kHz mono."""
    import numpy as np

    decode(source, target, source.stem)
    with wave.open(str(target), "rb") as reader:
        parameters = reader.getparams()
        sound = np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2") / 32768
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(len(sound)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, len(sound))
    noise *= np.sqrt((sound**2).mean() / (noise**2).mean() / 10 ** (snr / 10))
    mixed = np.clip((sound + noise) * 0.7, -1, 1)
    with wave.open(str(target), "wb") as writer:
        writer.setparams(parameters)
        writer.writeframes((mixed * 32767).astype("<i2").tobytes())


def measured(project: Project, name: str, reference: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Diarization error and whom the turns of the reference were given to."""
    one = pipeline.SessionContext(project, project.session(name))
    recording = one.intake.session.recordings[0]
    who_is = People(
        pipeline.full_session(one),
        pipeline.arranged(one),
        pipeline.attribute(one).value.attributions,
    )
    given = {turn: person.name for turn, person in who_is.by_turn.items()}
    turns = [turn for talk in pipeline.arranged(one) for turn in talk.turns]
    counts = {"right": 0, "wrong": 0, "nobody": 0}
    for each in reference:
        span = Span(each["start_ms"], each["end_ms"])
        shares: dict[str, int] = {}
        for turn in turns:
            shared = (turn.span & span).duration
            if shared:
                who = given.get(turn.id, "")
                shares[who] = shares.get(who, 0) + shared
        answer = max(shares, key=lambda who: shares[who]) if shares else ""
        right = answer == each["participant"]
        counts["right" if right else "wrong" if answer else "nobody"] += 1
    told = pipeline.align_floor_log(one, recording).value.offset if one.intake.floor else None
    return {
        **_error(pipeline.diarize(one, recording).value.turns, name),
        "turns": len(reference),
        **counts,
        "offset_ms": told.milliseconds if told and told.told else None,
        "log_disagreements": len(pipeline.settled_floor_log(one)[1]),
    }


def _voices(project: Project, name: str) -> Any:
    one = pipeline.SessionContext(project, project.session(name))
    return pipeline.diarize_with(one, one.intake.session.recordings[0]).value


def _error(found: Sequence[Any], name: str) -> dict[str, float]:
    from pyannote.core import Annotation, Segment
    from pyannote.metrics.diarization import DiarizationErrorRate

    reference = reference_of(_reference(name) / "voices.rttm")
    hypothesis = Annotation(uri=name)
    for number, turn in enumerate(found):
        span = Segment(turn.span.start / 1000, turn.span.end / 1000)
        hypothesis[span, number] = turn.voice
    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    parts = metric(reference, hypothesis, detailed=True)
    total = parts["total"]
    return {
        "DER": round(parts["diarization error rate"], 4),
        "confusion": round(parts["confusion"] / total, 4),
    }


if __name__ == "__main__":
    main()
