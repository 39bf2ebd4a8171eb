"""What hearing costs: time at the dimensions of official checkpoints, and memory over hours.

``--part speed`` compares time with openai-whisper at the dimensions of ``base`` and ``small``, with
random weights and a fixed number of decoded tokens per window. ``--part memory`` compares the peak
memory of 8 hours of the demo with that of 30 minutes. Words are compared by ``benchmarks.peers``.
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
WINDOWS = 8
TOKENS = 80


def main() -> None:
    """Run one part and print its line."""
    arguments = parser(__doc__)
    arguments.add_argument("--part", choices=["speed", "memory", "hear"], default="speed")
    arguments.add_argument("--hours", type=float, default=8)
    chosen = arguments.parse_args()
    folder = need(chosen.data or DEMO, "the demo that comes with the project (demo/)")
    if chosen.part == "hear":  # a process of its own for --part memory
        print(json.dumps(_hear(chosen.pred, folder)))
        return
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "speed": speed,
        "memory": lambda: memory(folder, chosen.hours),
    }
    report("transcription", chosen.part, parts[chosen.part]())


def loop(folder: Path, target: Path, minutes: float) -> int:
    """Write the demo session over and over until it is long enough; returns how often."""
    from fgd.audio import decode

    source = min(p for p in (folder / AUDIO).iterdir() if p.suffix in (".ogg", ".m4a", ".flac"))
    once = target.with_name("once.wav")
    sound, _ = decode(source, once, "demo")
    repeats = max(1, round(minutes * 60_000 / sound.duration))
    with wave.open(str(once)) as reader, wave.open(str(target), "wb") as writer:
        writer.setparams(reader.getparams())
        data = reader.readframes(reader.getnframes())
        for _ in range(repeats):
            writer.writeframes(data)
    return repeats


def _transcribe(source: Path, folder: Path, scratch: Path) -> None:
    """The product's own steps, as ``fgd run`` takes them, weights loaded inside."""
    from fgd import transcription
    from fgd.audio import decode, detect
    from fgd.audio.decode import Audio
    from fgd.core import backends
    from fgd.transcription.transcriber import Hints
    from fgd.workspace.project import Project
    from fgd.workspace.store import hash_file

    project = Project.open(folder)
    decode(source, scratch / "sound.wav", "loop")
    audio = Audio.open(scratch / "sound.wav")
    spans = detect(audio, project.settings.speech)
    context = backends.Context(project.root, project.weights, project.settings, hash_file)
    transcriber = backends.resolve("transcriber", project.settings.speech.transcriber, context)
    transcription.transcribe(
        "loop", audio, spans, transcriber, Hints(("en",)),
        partial=scratch / "partial.jsonl", key="benchmark", name=source.name,
    )  # fmt: skip


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
            ready = loading.load_model(path, SpeechSettings(precision=precision, batch=WINDOWS))
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

    from fgd.transcription.whisper.inference import BatchTask, CrossKeys, align

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
