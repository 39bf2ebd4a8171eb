"""Who spoke when: diarization error on real meetings or on the demo, speed and memory.

    python -m benchmarks.diarization --data DIR [--most 4 | --oracle | --most 0] [--pred FOLDER]
    python -m benchmarks.diarization --dataset demo/regional-mechanism [--minutes 10]

Every WAV of the dataset goes through voice activity and diarization as in ``fgd run``; an RTTM per
file is written to ``--pred``. Scored with pyannote.metrics where the data brings a reference: no
collar, overlapped speech counted; the scorer beside the data scores the same files again.
``--most`` is what a roster would say (the voices there may be), ``--oracle`` takes the number
from the reference. ``--minutes`` repeats the recording to that length, for speed and memory.
Speed is told by processor time (all threads together, what counts on a machine that also does
other things) and by the clock on the wall.
"""

from __future__ import annotations

import resource
import tempfile
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, reference_of, report, score
from fgd import diarization
from fgd.audio import decode, detect
from fgd.audio.wav import SAMPLE_RATE, Audio
from fgd.core.settings import SpeechSettings
from fgd.diarization.embedded import EmbeddedDiarizer

SOURCE = "clips of AMI meetings with references, laid out as DIR/diarization/ami30/ID.wav"
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
    arguments.add_argument("--minutes", type=float, default=0, help="repeat to this length")
    chosen = arguments.parse_args()
    if chosen.most < 0:  # the size of an AMI meeting; the demo's roster and one stranger
        chosen.most = 12 if chosen.dataset.startswith("demo/") else 4
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        pred = chosen.pred or scratch / "rttm"
        pred.mkdir(parents=True, exist_ok=True)
        if chosen.dataset.startswith("demo/"):
            clips = list(_demo(chosen.dataset.removeprefix("demo/"), scratch, chosen.minutes))
        else:
            data = need(chosen.data, SOURCE)
            folder = need(data / chosen.dataset, SOURCE)
            clips = list(_clips(folder, data / "gold" / chosen.dataset))
        encoder = diarization.VoiceEncoder()
        diarizer = EmbeddedDiarizer(encoder)
        files: dict[str, object] = {}
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
            files[clip.name] = _scored(clip, found, metric) | {
                "voices": len(found.voices),
                "confidence": found.confidence,
            }
        figures = {
            **_shares(dict(metric.accumulated_)),
            "per_file": files,
            "times_real_time_cpu": round(heard / max(spent["diarization"], 1e-9), 1),
            "times_real_time_cpu_with_activity": round(heard / max(sum(spent.values()), 1e-9), 1),
            "times_real_time_wall": round(heard / max(waited, 1e-9), 1),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "audio_seconds": round(heard, 1),
        }
        if chosen.data and not chosen.dataset.startswith("demo/"):
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


def _clips(folder: Path, gold: Path) -> Iterator[Clip]:
    for path in sorted(folder.glob("*.wav")):
        yield Clip(path.stem, Audio.open(path), gold / f"{path.stem}.rttm")


def _demo(session: str, scratch: Path, minutes: float) -> Iterator[Clip]:
    """The demo's recordings, decoded as in a run; repeated if so many minutes are asked for."""
    for source in sorted((DEMO / "recordings" / session).glob("*.ogg")):
        target = scratch / f"{source.stem}.wav"
        decode(source, target, source.stem)
        reference = DEMO / "reference" / session / "voices.rttm"
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


def _scored(clip: Clip, found: diarization.Diarization, metric: Any) -> dict[str, float]:
    """One file's figures as shares of its reference speech; empty without a reference."""
    if not clip.reference.is_file():
        return {}
    from pyannote.core import Annotation, Segment, Timeline

    reference = reference_of(clip.reference)
    hypothesis = Annotation(uri=clip.name)
    for index, turn in enumerate(found.turns):
        span = Segment(turn.span.start / 1000, turn.span.end / 1000)
        hypothesis[span, index] = turn.voice
    everything = Timeline([Segment(0, clip.audio.duration / 1000)])
    parts = metric(reference, hypothesis, uem=everything, detailed=True)
    return _shares(parts) | {"reference_voices": len(reference.labels())}


def _shares(parts: dict[str, float]) -> dict[str, float]:
    total = parts.get("total", 0.0)
    if not total:
        return {}
    names = {"miss": "missed detection", "false_alarm": "false alarm", "confusion": "confusion"}
    shares = {name: parts[key] / total for name, key in names.items()}
    return {name: round(x, 4) for name, x in ({"DER": sum(shares.values())} | shares).items()}


if __name__ == "__main__":
    main()
