"""Who spoke when: diarization error on real meetings or on the demo, speed and memory.

    python -m benchmarks.diarization --data DIR [--most 4 | --oracle | --most 0] [--pred FOLDER]
    python -m benchmarks.diarization --data DIR --dataset diarization/joined --most 0
    python -m benchmarks.diarization --dataset demo/regional-mechanism [--minutes 10]
    python -m benchmarks.diarization --dataset invented --people DIR [--noises DIR] [--half 1]

``joined`` puts the clips of ``ami30`` together to one meeting of all their people: once clip after
clip, once in pieces of ten seconds in a shuffled order. ``--beside NAME=FOLDER`` scores the RTTM
files of another system on the same recordings.

``invented`` makes ``--meetings`` of 1 to 10 people out of ``DIR/**/PERSON-*.flac`` (LibriSpeech
names its files so), through the channels of ``same_voice``, with noises (laughter, applause)
between turns. Half 0 of people and noises is what the joining of groups was learned from, half 1
was kept back. Told for every dataset: people of 3 s or more without a voice of their own
(``people_lost``, which is the worse error), voices too many of one person (``people_split``),
voices that are nobody's, ghosts not counted, and how many seconds were told to be hardly speech
(``noise``), how many of these somebody speaks (``noise_speech``). Those are no voice's, so they
are neither counted nor scored as somebody's.

Every WAV of the dataset goes through voice activity and diarization as in ``fgd run``; an RTTM per
file is written to ``--pred``. Scored with pyannote.metrics where the data brings a reference: no
collar, overlapped speech counted; the scorer beside the data scores the same files again.
``--most`` is what a roster would say (the voices there may be), ``--oracle`` takes the number
from the reference. ``--minutes`` repeats the recording to that length, for speed and memory.
Speed is told by processor time (all threads together, what counts on a machine that also does
other things) and by the clock on the wall.
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import need, parser, reference_of, report, score
from benchmarks.same_voice import CHANNELS, RATE, Vectors
from fgd import diarization
from fgd.audio import decode, detect
from fgd.audio.decode import SAMPLE_RATE, Audio
from fgd.core.settings import SpeechSettings
from fgd.diarization.contract import GHOST
from fgd.diarization.embedded import EmbeddedDiarizer
from fgd.model import Span

SOURCE = "clips of AMI meetings with references, laid out as DIR/diarization/ami30/ID.wav"
INVENTED = 60  # meetings
OVER = 0.15  # the share of changes at which somebody begins before the one before ends
MOSTLY = 0.4  # the share of a voice's time from which on it is a person's
SECONDS = ("overlap_reference", "overlap_heard", "overlap_both", "noise", "noise_speech")
DEMO = Path(__file__).parent.parent / "demo"


@dataclass(frozen=True)
class Clip:
    """A recording and its reference (which need not exist)."""

    name: str
    audio: Audio
    reference: Path


def main() -> None:
    """Run the benchmark named by the command line."""
    arguments = parser(__doc__, dataset="diarization/ami30")
    arguments.add_argument("--most", type=int, default=-1, help="voices there may be; 0: no bound")
    arguments.add_argument("--oracle", action="store_true", help="the number from the reference")
    arguments.add_argument("--beside", action="append", default=[], help="NAME=FOLDER of RTTM")
    arguments.add_argument("--minutes", type=float, default=0, help="repeat to this length")
    arguments.add_argument("--people", type=Path, help="speech of one person a file, for invented")
    arguments.add_argument("--noises", type=Path, help="sounds that are no speech, for invented")
    arguments.add_argument("--half", type=int, default=1, help="of people and noises")
    arguments.add_argument("--meetings", type=int, default=INVENTED, help="how many to invent")
    chosen = arguments.parse_args()
    if chosen.dataset == "invented":
        chosen.most = 0
    if chosen.most < 0:  # the size of an AMI meeting; the demo's roster and one stranger
        chosen.most = 12 if chosen.dataset.startswith("demo/") else 4
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        pred = chosen.pred or scratch / "rttm"
        pred.mkdir(parents=True, exist_ok=True)
        if chosen.dataset.startswith("demo/"):
            clips = list(_demo(chosen.dataset.removeprefix("demo/"), scratch, chosen.minutes))
        elif chosen.dataset == "diarization/joined":
            clips = list(_joined(need(chosen.data, SOURCE), scratch))
        elif chosen.dataset == "invented":
            people = need(chosen.people, "speech of single people, DIR/**/PERSON-*.flac")
            clips = list(_invented(people, chosen.noises, chosen.half, scratch, chosen.meetings))
        else:
            data = need(chosen.data, SOURCE)
            folder = need(data / chosen.dataset, SOURCE)
            clips = list(_clips(folder, data / "gold" / chosen.dataset, scratch))
        encoder = diarization.VoiceEncoder()
        diarizer = EmbeddedDiarizer(encoder)
        files: dict[str, dict[str, float]] = {}
        spent, waited, heard = {"activity": 0.0, "diarization": 0.0}, 0.0, 0.0
        from pyannote.metrics.diarization import DiarizationErrorRate

        metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
        for clip in clips:
            started = time.process_time()
            spoken = detect(clip.audio, SpeechSettings())
            spent["activity"] += time.process_time() - started
            started, clock = time.process_time(), time.perf_counter()
            found = diarization.diarize(
                clip.name,
                clip.audio,
                spoken,
                diarizer,
                embedder=encoder,
                bounds=_bounds(clip, chosen.most, oracle=chosen.oracle),
            )
            spent["diarization"] += time.process_time() - started
            waited += time.perf_counter() - clock
            heard += clip.audio.duration / 1000
            write_rttm(pred / f"{clip.name}.rttm", found)
            files[clip.name] = _scored(clip, found.turns, metric, found.noises) | {
                "voices": len(found.voices),
                "clear_voices": sum(1 for voice in found.voices if not voice.ghost),
                "confidence": found.confidence,
            }
        others = dict(entry.split("=", 1) for entry in chosen.beside)
        figures = {
            **_shares(dict(metric.accumulated_)),
            **_counted(files.values()),
            "per_file": files,
            "times_real_time_cpu": round(heard / max(spent["diarization"], 1e-9), 1),
            "times_real_time_cpu_with_activity": round(heard / max(sum(spent.values()), 1e-9), 1),
            "times_real_time_wall": round(heard / max(waited, 1e-9), 1),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "audio_seconds": round(heard, 1),
            "beside": {
                name: _beside(clips, need(Path(folder), "RTTM files"))
                for name, folder in others.items()
            },
        }
        if chosen.data and (chosen.data / chosen.dataset).is_dir():
            second = score(chosen.data, chosen.dataset, pred)
            figures["scorer_beside_the_data"] = {
                key: second.get(key) for key in ("DER", "miss", "false_alarm", "confusion")
            }
    report("diarization", chosen.dataset, figures)


def write_rttm(path: Path, found: diarization.Diarization) -> None:
    """Write turns as NIST RTTM."""
    lines = (
        f"SPEAKER {path.stem} 1 {turn.span.start / 1000:.3f} {turn.span.duration / 1000:.3f} "
        f"<NA> <NA> {turn.voice} <NA> <NA>\n"
        for turn in found.turns
    )
    path.write_text("".join(lines), encoding="utf-8")


def _bounds(clip: Clip, most: int, *, oracle: bool) -> diarization.VoiceBounds:
    if oracle:
        reference = reference_of(clip.reference)
        count = len(reference.labels())
        return diarization.VoiceBounds(count, count)
    return diarization.VoiceBounds(1, most) if most else diarization.VoiceBounds()


def _clips(folder: Path, gold: Path, scratch: Path) -> Iterator[Clip]:
    """The recordings of a folder at 16 kHz, in a place where things may be written beside them."""
    for path in sorted(folder.glob("*.wav")):
        target = scratch / path.name
        decode(path, target, path.stem)
        yield Clip(path.stem, Audio.open(target), gold / f"{path.stem}.rttm")


def _demo(session: str, scratch: Path, minutes: float) -> Iterator[Clip]:
    """The demo's recordings, decoded as in a run; repeated if so many minutes are asked for."""
    for source in sorted((DEMO / "recordings" / session).glob("*.ogg")):
        target = scratch / f"{source.stem}.wav"
        decode(source, target, source.stem)
        reference = DEMO / "reference" / session / source.stem / "voices.rttm"
        if minutes:
            target = _repeated(target, minutes)
            reference = scratch / "none.rttm"
        yield Clip(source.stem, Audio.open(target), reference)


def _repeated(path: Path, minutes: float) -> Path:
    target = path.with_name("repeated.wav")
    with wave.open(str(path), "rb") as reader, wave.open(str(target), "wb") as writer:
        writer.setparams(reader.getparams())
        sound = reader.readframes(reader.getnframes())
        left = int(minutes * 60 * SAMPLE_RATE) * 2
        while left > 0:
            writer.writeframesraw(sound[:left])
            left -= len(sound)
    return target


def _joined(data: Path, scratch: Path) -> Iterator[Clip]:
    """All clips of ``ami30`` as one meeting, in two orders."""
    folder = need(data / "diarization/ami30", SOURCE)
    names = sorted(path.stem for path in folder.glob("*.wav"))
    whole = [(name, 0, 30) for name in names]
    parts = [(name, start, start + 10) for name in names for start in (0, 10, 20)]
    random.Random(3).shuffle(parts)
    for title, plan in (("in_order", whole), ("shuffled", parts)):
        sound, lines, at = b"", [], 0.0
        for name, start, end in plan:
            with wave.open(str(folder / f"{name}.wav")) as reader:
                reader.setpos(start * SAMPLE_RATE)
                piece = reader.readframes((end - start) * SAMPLE_RATE)
            reference = reference_of(data / "gold/diarization/ami30" / f"{name}.rttm")
            for part, _, label in reference.itertracks(yield_label=True):
                first, last = max(part.start, start), min(part.end, end)
                if last > first:
                    lines.append(
                        f"SPEAKER {title} 1 {at + first - start:.3f} {last - first:.3f}"
                        f" <NA> <NA> {label} <NA> <NA>\n"
                    )
            sound += piece
            at += len(piece) / 2 / SAMPLE_RATE
        path = scratch / f"{title}.wav"
        with wave.open(str(path), "wb") as writer:
            writer.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            writer.writeframes(sound)
        path.with_suffix(".rttm").write_text("".join(lines), encoding="utf-8")
        yield Clip(title, Audio.open(path), path.with_suffix(".rttm"))


def _invented(
    people: Path, noises: Path | None, half: int, scratch: Path, meetings: int
) -> Iterator[Clip]:
    """Meetings of people who never met, and whose turns are therefore known."""
    speech: dict[str, list[Path]] = {}
    for path in sorted(people.glob("**/*.flac")):
        speech.setdefault(path.name.split("-")[0], []).append(path)
    sounds = sorted(path for path in (noises or scratch).glob("*.*") if path.is_file())[half::2]
    talkers = {
        many: [p for p in sorted(speech) if (len(speech[p]) > 2) == many][half::2]
        for many in (True, False)
    }
    for number in range(meetings):
        chance = np.random.default_rng(1_000 * half + number)
        count = int(chance.integers(1, 11))
        often = min(count, int(chance.integers(0, 5)), len(talkers[True]))
        present = [
            *chance.choice(talkers[True], often, replace=False).tolist(),
            *chance.choice(talkers[False], count - often, replace=False).tolist(),
        ]
        channel = CHANNELS[str(chance.choice([*CHANNELS, "telephone"]))]
        turns = [turn for who in present for turn in _said(who, speech[who], chance)]
        title = f"invented-{half}-{number:02}"
        sound, lines, at, last = np.zeros(60 * RATE, np.float32), [], 0.0, ""
        breaks = set(chance.choice(len(turns), int(chance.choice([0, 0, 1, 2, 3]))).tolist())
        for place, index in enumerate(chance.permutation(len(turns)).tolist()):
            who, said = turns[index]
            if place in breaks and sounds:
                noise = _loud(_read(sounds[int(chance.integers(len(sounds)))]), chance, -9, 3)
                noise = noise[: int(RATE * chance.uniform(1, 6))]
                sound = _laid(sound, noise, at + chance.uniform(0, 0.6))
                at += len(noise) / RATE + chance.uniform(0, 1)
            over = who != last and chance.random() < OVER
            at = max(0, at - chance.uniform(0.2, 1) if over else at + chance.uniform(0.1, 1.4))
            sound = _laid(sound, said, at)
            lines.append(
                f"SPEAKER {title} 1 {at:.3f} {len(said) / RATE:.3f} <NA> <NA> {who} <NA> <NA>\n"
            )
            at, last = at + len(said) / RATE, who
        heard = channel(sound[: int(RATE * (at + 1))])
        hiss = 10 ** (-chance.uniform(45, 65) / 20) * chance.standard_normal(len(heard))
        heard += hiss.astype(np.float32)
        path = scratch / f"{title}.wav"
        with wave.open(str(path), "wb") as writer:
            writer.setparams((1, 2, RATE, 0, "NONE", ""))
            loudest = max(1.0, 2 * float(abs(heard).max()))
            writer.writeframes((heard / loudest * 32767).astype("<i2").tobytes())
        path.with_suffix(".rttm").write_text("".join(lines), encoding="utf-8")
        yield Clip(title, Audio.open(path), path.with_suffix(".rttm"))


def _said(
    who: str, files: Sequence[Path], chance: np.random.Generator
) -> Iterator[tuple[str, Vectors]]:
    """Somebody's turns: 2 to 60 s in all, cut at quiet moments into 1 to 9 s, at one level."""
    left = float(chance.choice([2, 4, 8, 15, 15, 60]))
    level = chance.uniform(-6, 6)
    for path in files:
        sound = _read(path)
        frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
        energy = np.convolve(np.log((frames**2).mean(axis=1) + 1e-9), np.ones(15) / 15, "same")
        start = 0
        while left > 0 and len(energy) - start > 80:
            end = start + int(100 * np.exp(chance.uniform(0, np.log(9))))
            if len(energy) - end < 100:
                end = len(energy)
            else:
                near = max(start + 60, end - 60)
                end = near + int(energy[near : end + 60].argmin())
            loud = np.flatnonzero(energy[start:end] > np.percentile(energy, 20)) + start
            if len(loud) > 40:
                said = sound[160 * max(loud[0] - 3, 0) : 160 * (loud[-1] + 4)]
                said = said[: int(RATE * max(1.0, 1.5 * left))]
                left -= len(said) / RATE
                yield who, _loud(said, chance, level, level)
            start = end


def _read(path: Path) -> Vectors:
    """A file of any format at 16 kHz."""
    import av

    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(str(path)) as source:
        parts = [r.to_ndarray()[0] for f in source.decode(audio=0) for r in resampler.resample(f)]
    return np.asarray(np.concatenate(parts) / 32768, np.float32)


def _loud(sound: Vectors, chance: np.random.Generator, least: float, most: float) -> Vectors:
    """The same sound at a level between two, in dB over the usual one."""
    wanted = 0.08 * 10 ** (chance.uniform(least, most) / 20)
    return np.asarray(sound * (wanted / (np.sqrt((sound**2).mean()) + 1e-6)), np.float32)


def _laid(sound: Vectors, part: Vectors, at: float) -> Vectors:
    """Sound with a part laid over it; longer where need be."""
    first = int(at * RATE)
    missing = first + len(part) + RATE - len(sound)
    longer: Vectors = np.concatenate([sound, np.zeros(max(missing, 0), np.float32)])
    longer[first : first + len(part)] += part
    return longer


def _counted(files: Iterable[dict[str, float]]) -> dict[str, float]:
    """Recordings, and in how many the number of voices is right; people lost and split, and
    seconds of overlap and noise, in all.
    """
    known = [file for file in files if "reference_voices" in file]
    return {
        "recordings": len(known),
        "number_exact": sum(f["voices"] == f["reference_voices"] for f in known),
        "clear_exact": sum(f["clear_voices"] == f["reference_clear_voices"] for f in known),
        **{
            name: int(sum(file[name] for file in known))
            for name in ("people_lost", "people_split", "voices_of_nobody")
        },
        **{name: round(sum(file[name] for file in known), 2) for name in SECONDS},
    }


def _people(reference: Any, hypothesis: Any) -> dict[str, int]:
    """Clear people who have no voice, clear voices that are one person's second, or nobody's.

    A voice is the person's whose speech it mostly is, and nobody's if that is below four tenths.
    """
    long = GHOST / 1000
    owners: list[Any] = []
    clear: list[Any] = []
    nobodys = 0
    for voice in hypothesis.labels():
        timeline = hypothesis.label_timeline(voice)
        shared = {
            who: reference.label_timeline(who).crop(timeline).duration()
            for who in reference.labels()
        }
        who = max(shared, key=lambda each: shared[each], default=None)
        if who is None or shared[who] < MOSTLY * timeline.duration():
            nobodys += timeline.duration() >= long
            continue
        owners.append(who)
        if timeline.duration() >= long:
            clear.append(who)
    people = [who for who in reference.labels() if reference.label_duration(who) >= long]
    return {
        "people_lost": sum(who not in owners for who in people),
        "people_split": len(clear) - len(set(clear)),
        "voices_of_nobody": nobodys,
    }


def _beside(clips: Sequence[Clip], folder: Path) -> dict[str, object]:
    """The figures of another system's RTTM files."""
    from pyannote.metrics.diarization import DiarizationErrorRate

    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    files: dict[str, dict[str, float]] = {}
    for clip in clips:
        path = folder / f"{clip.name}.rttm"
        turns = []
        if path.is_file() and path.read_text(encoding="utf-8").strip():
            turns = [
                diarization.VoiceTurn(
                    str(label), Span(round(part.start * 1000), round(part.end * 1000))
                )
                for part, _, label in reference_of(path).itertracks(yield_label=True)
            ]
        spoken = Counter[str]()
        for turn in turns:
            spoken[turn.voice] += turn.span.duration
        files[clip.name] = _scored(clip, turns, metric) | {
            "voices": len(spoken),
            "clear_voices": sum(time >= GHOST for time in spoken.values()),
        }
    return {**_shares(dict(metric.accumulated_)), **_counted(files.values()), "per_file": files}


def _scored(
    clip: Clip, turns: Sequence[diarization.VoiceTurn], metric: Any, noises: Sequence[Span] = ()
) -> dict[str, float]:
    """One file's figures as shares of its reference speech; empty without a reference."""
    if not clip.reference.is_file():
        return {}
    from pyannote.core import Annotation, Segment, Timeline

    reference = reference_of(clip.reference)
    hypothesis = Annotation(uri=clip.name)
    for index, turn in enumerate(turns):
        span = Segment(turn.span.start / 1000, turn.span.end / 1000)
        hypothesis[span, index] = turn.voice
    everything = Timeline([Segment(0, clip.audio.duration / 1000)])
    parts = metric(reference, hypothesis, uem=everything, detailed=True)
    return (
        _shares(parts)
        | {
            "reference_voices": len(reference.labels()),
            "reference_clear_voices": sum(1 for _, s in reference.chart() if s * 1000 >= GHOST),
        }
        | _overlap(reference, hypothesis)
        | _noise(reference, noises)
        | _people(reference, hypothesis)
    )


def _overlap(reference: Any, hypothesis: Any) -> dict[str, float]:
    """Seconds in which two speak: in the reference, as heard, and in both."""
    theirs, ours = reference.get_overlap(), hypothesis.get_overlap()
    seconds = {
        "overlap_reference": theirs.duration(),
        "overlap_heard": ours.duration(),
        "overlap_both": theirs.crop(ours).duration(),
    }
    return {name: round(value, 2) for name, value in seconds.items()}


def _noise(reference: Any, noises: Sequence[Span]) -> dict[str, float]:
    """Seconds told to be hardly speech, and in how many of them somebody speaks."""
    from pyannote.core import Segment, Timeline

    told = Timeline([Segment(span.start / 1000, span.end / 1000) for span in noises]).support()
    speech = reference.get_timeline().crop(told).support()
    return {"noise": round(told.duration(), 2), "noise_speech": round(speech.duration(), 2)}


def _shares(parts: dict[str, float]) -> dict[str, float]:
    total = parts.get("total", 0.0)
    if not total:
        return {}
    names = {"miss": "missed detection", "false_alarm": "false alarm", "confusion": "confusion"}
    shares = {name: parts[key] / total for name, key in names.items()}
    return {name: round(x, 4) for name, x in ({"DER": sum(shares.values())} | shares).items()}


if __name__ == "__main__":
    main()
