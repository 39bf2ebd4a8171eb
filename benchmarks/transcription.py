"""Our transcription against openai-whisper's own, with the same checkpoint on the same sound.

``--part demo`` loops the demo session to 30 minutes and compares time and word error rate at equal
decoding settings and against the command line's defaults. ``--part speed`` compares time alone at
the dimensions of ``base`` and ``small`` with random weights and a fixed number of decoded tokens
per window. ``--part memory`` compares the peak memory of 8 hours with that of 30 minutes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report

DEMO = Path(__file__).resolve().parent.parent / "demo"
AUDIO = "recordings/regional-mechanism"
WORDS = "reference/regional-mechanism/words.json"
CHECKPOINT = "checkpoint/demo.pt"
WINDOWS = 8
TOKENS = 80


def main() -> None:
    """Run one part and print its line."""
    arguments = parser(__doc__)
    arguments.add_argument("--part", choices=["demo", "speed", "memory", "hear"], default="demo")
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--hours", type=float, default=8)
    chosen = arguments.parse_args()
    folder = need(chosen.data or DEMO, "the demo that comes with the project (demo/)")
    if chosen.part == "hear":  # a process of its own for --part memory
        print(json.dumps(_hear(chosen.pred, folder)))
        return
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "demo": lambda: demo(folder, chosen.minutes),
        "speed": speed,
        "memory": lambda: memory(folder, chosen.hours),
    }
    report("transcription", chosen.part, parts[chosen.part]())


def demo(folder: Path, minutes: float) -> dict[str, Any]:
    """Time and word error rate of three ways through the looped demo."""
    import whisper

    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "loop.wav"
        repeats = loop(folder, source, minutes)
        reference = _reference(folder) * repeats
        checkpoint = str(folder / CHECKPOINT)
        figures: dict[str, Any] = {"minutes": minutes}

        # Whisper always takes 30 s at once; the demo is set to what its network hears best.
        for name, longest in (("ours", 0), ("ours_30_s_windows", 30)):
            started = time.perf_counter()
            ours = _transcribe(source, folder, Path(scratch), longest)
            figures[name] = _row(started, ours, reference)

        model = whisper.load_model(checkpoint, device="cpu")
        equal = {"word_timestamps": True, "condition_on_previous_text": False}
        defaults = {"beam_size": 5, "best_of": 5}
        for name, options in (("whisper_equal", equal), ("whisper_defaults", defaults)):
            started = time.perf_counter()
            text = model.transcribe(str(source), fp16=False, language="en", **options)["text"]
            figures[name] = _row(started, text, reference)
            figures[f"{name}_ratio"] = round(
                figures[name]["seconds"] / figures["ours"]["seconds"], 2
            )
            figures[f"{name}_ratio_30_s_windows"] = round(
                figures[name]["seconds"] / figures["ours_30_s_windows"]["seconds"], 2
            )
            figures[f"{name}_wer_difference"] = round(
                figures["ours"]["wer"] - figures[name]["wer"], 4
            )
    return figures


def loop(folder: Path, target: Path, minutes: float) -> int:
    """Write the demo session over and over until it is long enough; returns how often."""
    from fgd.audio import decode

    source = next(p for p in (folder / AUDIO).iterdir() if p.suffix in (".ogg", ".m4a", ".flac"))
    once = target.with_name("once.wav")
    sound, _ = decode(source, once, "demo")
    repeats = max(1, round(minutes * 60_000 / sound.duration))
    with wave.open(str(once)) as reader, wave.open(str(target), "wb") as writer:
        writer.setparams(reader.getparams())
        data = reader.readframes(reader.getnframes())
        for _ in range(repeats):
            writer.writeframes(data)
    return repeats


def _transcribe(source: Path, folder: Path, scratch: Path, longest: int = 0) -> str:
    """The product's own steps, as ``fgd run`` takes them, weights loaded inside."""
    from fgd import transcription
    from fgd.audio import decode, detect
    from fgd.audio.wav import Audio
    from fgd.core import registry
    from fgd.transcription.backend import Hints
    from fgd.workspace.project import Project
    from fgd.workspace.store import hash_file

    project = Project.open(folder)
    decode(source, scratch / "sound.wav", "loop")
    audio = Audio.open(scratch / "sound.wav")
    spans = detect(audio, project.settings.speech)
    context = registry.Context(project.root, project.weights, project.settings, hash_file)
    transcriber = registry.resolve("transcriber", project.settings.speech.transcriber, context)
    transcript, _ = transcription.transcribe(
        "loop", audio, spans, transcriber, Hints(("en",)),
        partial=scratch / "partial.jsonl", key="benchmark", name=source.name,
        longest=(longest or project.settings.speech.longest_window) * 1000,
    )  # fmt: skip
    return " ".join(segment.text for segment in transcript.segments)


def _reference(folder: Path) -> list[str]:
    words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    words = words["words"] if isinstance(words, dict) else words
    return [" ".join(word["text"] for word in words)]


def _row(started: float, heard: str, reference: list[str]) -> dict[str, float]:
    import jiwer
    from whisper.normalizers import EnglishTextNormalizer

    seconds = time.perf_counter() - started
    plain = EnglishTextNormalizer()
    rate = jiwer.wer(plain(" ".join(reference)), plain(heard))
    return {"seconds": round(seconds, 1), "wer": round(rate, 4)}


def speed() -> dict[str, Any]:
    """Seconds per window at the dimensions of official checkpoints, random weights."""
    figures: dict[str, Any] = {"windows": WINDOWS, "tokens": TOKENS}
    for name, dims in {
        "base": (80, 1500, 512, 8, 6, 51865, 448, 512, 8, 6),
        "small": (80, 1500, 768, 12, 12, 51865, 448, 768, 12, 12),
    }.items():
        figures[name] = _speed(dims)
    return figures


def _speed(dims: tuple[int, ...]) -> dict[str, float]:
    import numpy as np
    import torch
    from whisper.model import ModelDimensions, Whisper

    from fgd.core.settings import SpeechSettings
    from fgd.transcription.whisper import model as loading

    rng = np.random.default_rng(0)
    sound = [rng.standard_normal(480_000).astype(np.float32) * 0.1 for _ in range(WINDOWS)]
    torch.manual_seed(0)
    whisper = Whisper(ModelDimensions(*dims))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "random.pt"
        torch.save({"dims": vars(whisper.dims), "model_state_dict": whisper.state_dict()}, path)
        figures = {"whisper_fp32": _whisper_windows(whisper.eval(), sound)}
        for precision in ("fp32", "bf16"):
            ready = loading.load(path, SpeechSettings(precision=precision, batch=WINDOWS))
            figures[f"ours_{precision}"] = _our_windows(ready, sound)
            figures[f"ratio_{precision}"] = round(
                figures["whisper_fp32"] / figures[f"ours_{precision}"], 2
            )
    return figures


def _whisper_windows(whisper: Any, sound: list[Any]) -> float:
    """Encoder, greedy decoding and word alignment as openai-whisper does them, one by one."""
    from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim
    from whisper.decoding import DecodingOptions
    from whisper.timing import find_alignment
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(True, language="en", task="transcribe")
    options = DecodingOptions(language="en", fp16=False, sample_len=TOKENS)
    best = 0.0
    for attempt in range(2):  # the first compiles and fills caches
        started = time.perf_counter()
        for window in sound[: WINDOWS if attempt else 1]:
            mel = log_mel_spectrogram(pad_or_trim(window, N_SAMPLES), whisper.dims.n_mels)
            result = whisper.decode(mel, options)
            text = [token for token in result.tokens if token < tokenizer.eot]
            find_alignment(whisper, tokenizer, text, mel, mel.shape[-1])
        best = (time.perf_counter() - started) / WINDOWS
    return round(best, 3)


def _our_windows(ready: Any, sound: list[Any]) -> float:
    """The same work in one batch by the product's own modules."""
    import torch
    from whisper.decoding import DecodingOptions
    from whisper.tokenizer import get_tokenizer

    from fgd.transcription.whisper.alignment import align
    from fgd.transcription.whisper.inference import BatchTask, CrossKeys

    tokenizer = get_tokenizer(True, language="en", task="transcribe")
    options = DecodingOptions(language="en", fp16=False, sample_len=TOKENS)
    best = 0.0
    for attempt in range(2):
        windows = sound if attempt else sound[:1]
        started = time.perf_counter()
        with torch.inference_mode():
            features = ready.encode(windows)
            cross = CrossKeys.of(ready, features)
            results = BatchTask(ready, options, cross).run(features)
            texts = [[t for t in result.tokens if t < tokenizer.eot] for result in results]
            align(ready, tokenizer, texts, [30.0] * len(windows), cross)
        best = (time.perf_counter() - started) / WINDOWS
    return round(best, 3)


def memory(folder: Path, hours: float) -> dict[str, Any]:
    """Peak memory of a long recording against 30 minutes, each in a process of its own."""
    figures: dict[str, Any] = {"hours": hours}
    with tempfile.TemporaryDirectory() as scratch:
        for name, minutes in (("short", 30.0), ("long", hours * 60)):
            source = Path(scratch) / f"{name}.wav"
            loop(folder, source, minutes)
            command = [sys.executable, "-m", "benchmarks.transcription", "--part", "hear"]
            command += ["--data", str(folder), "--pred", str(source)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            figures[name] = json.loads(done.stdout.splitlines()[-1])
    figures["ratio"] = round(figures["long"]["peak_mb"] / figures["short"]["peak_mb"], 3)
    return figures


def _hear(source: Path, folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        _transcribe(source, folder, Path(scratch))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"peak_mb": round(peak), "seconds": round(time.perf_counter() - started, 1)}


if __name__ == "__main__":
    main()
