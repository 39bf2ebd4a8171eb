"""Where somebody speaks: how much of the speech in real meetings voice activity finds.

    python -m benchmarks.activity --data DIR [--threshold 0.3]

``covered`` is the share of the reference speech (any voice) that detected stretches cover,
``false_alarm`` what they cover beyond it, as a share of the reference speech; ``of_silence`` is
the same as a share of what is not speech. Stretches count as ``fgd run`` hands them to Whisper,
with their margins.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import need, parser, report
from fgd.audio import detect
from fgd.audio.decode import Audio
from fgd.core.settings import SpeechSettings
from fgd.model import Span

SOURCE = "clips of AMI meetings with references, laid out as DIR/diarization/ami30/ID.wav"


def main() -> None:
    """Run the benchmark named by the command line."""
    arguments = parser(__doc__, dataset="diarization/ami30")
    arguments.add_argument("--threshold", type=float, default=SpeechSettings().activity_threshold)
    chosen = arguments.parse_args()
    data = need(chosen.data, SOURCE)
    settings = SpeechSettings(activity_threshold=chosen.threshold)
    files: dict[str, dict[str, float]] = {}
    totals = [0, 0, 0, 0]
    for path in sorted(need(data / chosen.dataset, SOURCE).glob("*.wav")):
        audio = Audio.open(path)
        found = detect(audio, settings)
        said = union(reference(data / "gold" / chosen.dataset / f"{path.stem}.rttm"))
        speech = sum(span.duration for span in said)
        covered = sum((one & other).duration for one in said for other in found)
        false = sum(span.duration for span in found) - covered
        counts = [speech, covered, false, audio.duration - speech]
        files[path.stem] = shares(counts)
        totals = [sum(pair) for pair in zip(totals, counts, strict=True)]
    figures = {**shares(totals), "per_file": files, "threshold": chosen.threshold}
    report("activity", chosen.dataset, figures)


def shares(counts: Sequence[int]) -> dict[str, float]:
    """Figures of milliseconds of speech, covered speech, false alarm and silence."""
    speech, covered, false, silence = counts
    return {
        "covered": round(covered / max(speech, 1), 4),
        "false_alarm": round(false / max(speech, 1), 4),
        "false_alarm_of_silence": round(false / max(silence, 1), 4),
    }


def reference(path: Path) -> list[Span]:
    """The turns of an RTTM file, whoever spoke."""
    fields = (line.split() for line in path.read_text(encoding="utf-8").splitlines() if line)
    return [
        Span(round(1000 * float(f[3])), round(1000 * (float(f[3]) + float(f[4])))) for f in fields
    ]


def union(spans: Sequence[Span]) -> list[Span]:
    """The same time without overlaps, in order."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] |= span
        else:
            joined.append(span)
    return joined


if __name__ == "__main__":
    main()
