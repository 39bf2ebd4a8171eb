"""Ours, openai-whisper and faster-whisper on the same weights and the same sound, in one run.

``python -m benchmarks.peers`` hears the demo's first session, ``--data DIR`` joins the clips of
``DIR/diarization/ami30`` (reference words in ``DIR/gold/transcription/ami30``). Every system runs
in a process of its own with ``--threads`` threads; told are seconds of processor and of clock
(loading included), peak memory, word error rate (jiwer, after Whisper's own normaliser of English;
words of all speakers in the order in which they begin), the rate after reordering what different
speakers said at once (MIMO, meeteval), and the share of the reference's words that lie within
half a second of a heard word. ``--orders N`` joins the clips in N orders, one after another:
windows then begin elsewhere, which decides over more words than systems differ by. Figures are sums
of seconds and means of rates over the orders.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from math import inf
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from benchmarks.common import need, parser, report

DEMO = Path(__file__).resolve().parent.parent / "demo"
SESSION = "regional-mechanism"
CHECKPOINT = "base"
NEAR = 0.5  # seconds between a reference word and a heard one that counts as the same moment


@dataclass(frozen=True)
class Heard:
    """A word as a system wrote it, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Said:
    """A word of the reference, in seconds."""

    start: float
    end: float
    text: str
    speaker: str
    meeting: str = ""


def main() -> None:
    """Run every system, or one of them for the process that measures it."""
    arguments = parser(__doc__)
    arguments.add_argument("--systems", nargs="*", default=list(SYSTEMS), choices=list(SYSTEMS))
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--minutes", type=float, default=2.0, help="of the demo; 0: all")
    arguments.add_argument("--orders", type=int, default=1, help="of the clips")
    arguments.add_argument("--hear", help="internal: one system on one file")
    chosen = arguments.parse_args()
    if chosen.hear:
        _measure(chosen.hear, chosen.pred)
        return
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if chosen.data:
            heard = [
                (scratch / f"{order}.wav", _ami(chosen.data, scratch / f"{order}.wav", order))
                for order in range(chosen.orders)
            ]
        else:
            heard = [(scratch / "sound.wav", _demo(scratch / "sound.wav", chosen.minutes))]
        figures = {name: _told(name, heard, chosen.threads) for name in chosen.systems}
    measured: dict[str, Any] = {"threads": chosen.threads, "orders": len(heard)}
    measured["seconds"] = round(sum(said[-1].end for _, said in heard), 1)
    report("peers", "ami30" if chosen.data else "demo", measured | figures)


def _told(name: str, sounds: list[tuple[Path, list[Said]]], threads: int) -> dict[str, Any]:
    """One system's figures; one that fails costs the others nothing."""
    told: list[dict[str, Any]] = []
    try:
        for source, said in sounds:
            told.append(_figures(_run(name, source, threads), said))
            sys.stderr.write(f"{name}: {json.dumps(told[-1])}\n")
    except subprocess.CalledProcessError as problem:
        return {"failed": problem.returncode}
    rates = ("wer", "left_out", "invented", "mimo_wer", "covered")
    return (
        {"peak_mb": max(one["peak_mb"] for one in told)}
        | {
            sort: round(sum(one[sort] for one in told), 1)
            for sort in ("processor_seconds", "clock_seconds")
        }
        | {rate: _mean([one[rate] for one in told]) for rate in rates}
        | {"wer_of_each": [one["wer"] for one in told]}
    )


def _mean(rates: list[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return round(fmean(known), 4) if len(known) == len(rates) else None


def _run(name: str, source: Path, threads: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.peers", "--hear", name, "--pred", str(source)]
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | limits
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _measure(name: str, source: Path) -> None:
    started = time.perf_counter()
    words = SYSTEMS[name](source)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "clock_seconds": round(time.perf_counter() - started, 1),
        "peak_mb": _peak(),
        "words": [asdict(word) for word in words],
    }
    print(json.dumps(told))


def _peak() -> int:
    """Peak memory in MB; ``getrusage`` would tell that of the process which started this one."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return round(int(next(x.split()[1] for x in lines if x.startswith("VmHWM"))) / 1024)


# --------------------------------------------------------------------------------- the systems


def ours(source: Path) -> list[Heard]:
    """Decode, detect speech and hear as ``fgd run`` does."""
    from fgd import transcription
    from fgd.audio import decode, detect
    from fgd.audio.decode import Audio
    from fgd.core import backends
    from fgd.core.settings import Settings, SpeechSettings
    from fgd.transcription.transcriber import Hints
    from fgd.workspace.store import hash_file

    backend = os.environ.get("FGD_PEER", f"whisper:{CHECKPOINT}")
    threads = int(os.environ["OMP_NUM_THREADS"])
    settings = Settings(speech=SpeechSettings(transcriber=backend, threads=threads))
    with tempfile.TemporaryDirectory() as scratch:
        decode(source, Path(scratch) / "sound.wav", "sound")
        audio = Audio.open(Path(scratch) / "sound.wav")
        context = backends.Context(Path(scratch), Path(scratch), settings, hash_file)
        transcriber = backends.resolve("transcriber", backend, context)
        transcript, _ = transcription.transcribe(
            "sound", audio, detect(audio, settings.speech), transcriber, Hints(("en",)),
            partial=Path(scratch) / "partial.jsonl", key="benchmark", name="sound",
        )  # fmt: skip
    return [
        Heard(word.span.start / 1000, word.span.end / 1000, word.text)
        for segment in transcript.segments
        for word in segment.words
    ]


def ours_in_bytes(source: Path) -> list[Heard]:
    """Hear with the optional backend, under the same windows and guards."""
    os.environ["FGD_PEER"] = f"faster-whisper:{CHECKPOINT}"
    return ours(source)


def whisper_defaults(source: Path) -> list[Heard]:
    """Hear as openai-whisper's command line does: beams, earlier text, the ladder."""
    return _whisper(source, beam_size=5, best_of=5)


def whisper_greedy(source: Path) -> list[Heard]:
    """Hear as openai-whisper's ``transcribe`` does by default: greedy at first."""
    return _whisper(source)


def _whisper(source: Path, **options: Any) -> list[Heard]:
    import torch
    import whisper

    from fgd.transcription.whisper.checkpoints import find

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    path = find(CHECKPOINT, Path("weights"), Path()).path
    model = whisper.load_model(str(path), device="cpu")
    model.set_alignment_heads(whisper._ALIGNMENT_HEADS[CHECKPOINT])
    told = model.transcribe(
        _samples(source), language="en", fp16=False, word_timestamps=True, **options
    )
    return [
        Heard(word["start"], word["end"], word["word"])
        for segment in told["segments"]
        for word in segment["words"]
    ]


def _samples(source: Path) -> Any:
    """Read the sound as openai-whisper takes it; its own way needs the program ffmpeg."""
    import numpy as np

    with wave.open(str(source)) as reader:
        frames = reader.readframes(reader.getnframes())
    return np.frombuffer(frames, "<i2").astype(np.float32) / 32768


def _faster(source: Path, kind: str, *, batched: bool) -> list[Heard]:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    from fgd.transcription.whisper.checkpoints import ctranslate2_folder

    threads = int(os.environ["OMP_NUM_THREADS"])
    folder = ctranslate2_folder(CHECKPOINT, fetch=True)
    model = WhisperModel(str(folder), device="cpu", compute_type=kind, cpu_threads=threads)
    options: dict[str, Any] = {"language": "en", "word_timestamps": True}
    if batched:
        found, _ = BatchedInferencePipeline(model).transcribe(str(source), batch_size=8, **options)
    else:
        found, _ = model.transcribe(str(source), **options)
    return [Heard(w.start, w.end, w.word) for segment in found for w in segment.words or ()]


SYSTEMS: dict[str, Callable[[Path], list[Heard]]] = {
    "ours": ours,
    "ours_faster_whisper": ours_in_bytes,
    "whisper_defaults": whisper_defaults,
    "whisper_greedy": whisper_greedy,
    "faster_whisper_float32": lambda source: _faster(source, "float32", batched=False),
    "faster_whisper_float32_batched": lambda source: _faster(source, "float32", batched=True),
    "faster_whisper_int8": lambda source: _faster(source, "int8", batched=False),
    "faster_whisper_int8_batched": lambda source: _faster(source, "int8", batched=True),
}


# ---------------------------------------------------------------------------- sound and scoring


def _demo(target: Path, minutes: float) -> list[Said]:
    from fgd.audio import decode

    found = need(DEMO / "recordings" / SESSION, "the demo that comes with the project")
    source = min(found.glob("*.ogg"))
    decode(source, target, "demo")
    rows = json.loads((DEMO / "reference" / SESSION / source.stem / "words.json").read_text())
    said = [
        Said(row["start_ms"] / 1000, row["end_ms"] / 1000, row["text"], row["speaker"])
        for row in rows
    ]
    if minutes:
        said = [word for word in said if word.end < minutes * 60]
        _cut(target, said[-1].end + 0.3)
    return said


def _cut(path: Path, seconds: float) -> None:
    with wave.open(str(path)) as reader:
        parameters = reader.getparams()
        frames = reader.readframes(round(seconds * reader.getframerate()))
    with wave.open(str(path), "wb") as writer:
        writer.setparams(parameters)
        writer.writeframes(frames)


def _ami(data: Path, target: Path, order: int = 0) -> list[Said]:
    """Join the clips, by name or shuffled, and the words said in them."""
    clips = sorted(need(data / "diarization" / "ami30", "clips of meetings").glob("*.wav"))
    if order:
        Random(order).shuffle(clips)
    said: list[Said] = []
    at = 0.0
    with wave.open(str(target), "wb") as writer:
        for clip in clips:
            with wave.open(str(clip)) as reader:
                if not at:
                    writer.setparams(reader.getparams())
                frames = reader.getnframes()
                writer.writeframes(reader.readframes(frames))
                length = frames / reader.getframerate()
            gold = data / "gold" / "transcription" / "ami30" / f"{clip.stem}.words.json"
            said += [
                Said(at + w["start"], at + w["end"], w["text"], w["speaker"], clip.stem)
                for w in json.loads(gold.read_text("utf-8"))["words"]
            ]
            at += length
    return sorted(said, key=lambda word: (word.start, word.end))


def _figures(told: dict[str, Any], said: list[Said]) -> dict[str, Any]:
    import jiwer
    from whisper.normalizers import EnglishTextNormalizer

    plain = EnglishTextNormalizer()
    words = [Heard(**word) for word in told.pop("words")]
    reference = plain(" ".join(word.text.strip() for word in said))
    heard = plain("".join(f" {word.text.strip()}" for word in words))
    counts = jiwer.process_words(reference, heard)
    total = counts.hits + counts.substitutions + counts.deletions
    return told | {
        "wer": round(counts.wer, 4),
        "left_out": round(counts.deletions / total, 4),
        "invented": round(counts.insertions / total, 4),
        "mimo_wer": _mimo(said, words, plain),
        "covered": round(sum(_near(word, words) for word in said) / len(said), 4),
    }


def _mimo(said: list[Said], heard: list[Heard], plain: Callable[[str], str]) -> float | None:
    """The rate when speakers who overlap may be written in any order, meeting by meeting."""
    try:
        from meeteval.wer import mimo_word_error_rate
    except ImportError:
        return None
    wrong = total = 0
    meetings = [list(words) for _, words in groupby(said, key=lambda word: word.meeting)]
    bounds = [(before[-1].end + after[0].start) / 2 for before, after in pairwise(meetings)]
    for words, start, end in zip(meetings, [0.0, *bounds], [*bounds, inf], strict=True):
        turns: dict[str, list[str]] = {}
        for speaker, text in _utterances(words, plain):
            turns.setdefault(speaker, []).append(text)
        if len(turns) > 10:
            return None  # its cost grows with the product of the speakers' turns
        text = plain("".join(f" {w.text.strip()}" for w in heard if start <= w.start < end))
        found = mimo_word_error_rate(list(turns.values()), [text])
        wrong, total = wrong + found.errors, total + found.length
    return round(wrong / total, 4)


def _utterances(said: list[Said], plain: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for speaker, words in groupby(said, key=lambda word: word.speaker):
        yield speaker, plain(" ".join(word.text for word in words))


def _near(word: Said, heard: list[Heard]) -> bool:
    return any(other.start - NEAR < word.end and word.start < other.end + NEAR for other in heard)


if __name__ == "__main__":
    main()
