"""What the guards of transcription are worth: doubts that are right, nothing made of nothing.

    python -m benchmarks.guards --data DIR            # doubts on the joined AMI clips
    python -m benchmarks.guards --part nothing        # ten minutes each of silence, noise, music
    python -m benchmarks.guards --part names          # the demo's names, with and without prompt

A word is marked where its probability is below one half (as the review page marks it) or where a
guard flagged its segment. Precision is the share of marked words that are wrong (they align with
another word of the reference, or with none), recall the share of wrong words that are marked; both
also for words (``by_word``) and flags (``by_flag``) alone. Music is made here: chords of decaying
harmonics with a beat. Names are the words of the roster's names, acronyms and the glossary that
are not ordinary words of the script; right are those of the reference that are heard as written.
"""

from __future__ import annotations

import json
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import parser, report
from benchmarks.peers import CHECKPOINT, DEMO, SESSION, _ami
from fgd import transcription
from fgd.audio import decode, detect
from fgd.audio.decode import SAMPLE_RATE, Audio
from fgd.core import backends
from fgd.core.settings import Settings
from fgd.intake import read_session
from fgd.model import Transcript
from fgd.transcription.transcriber import Hints
from fgd.workspace.store import hash_file

UNSURE = 0.5


def main() -> None:
    """Run one part and print its line."""
    arguments = parser(__doc__)
    arguments.add_argument("--part", choices=["doubts", "nothing", "names"], default="doubts")
    arguments.add_argument("--minutes", type=float, default=10)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if chosen.part == "nothing":
            figures: dict[str, Any] = {
                name: _nothing(make(chosen.minutes), scratch) for name, make in NOTHING.items()
            }
        elif chosen.part == "names":
            figures = _names(scratch)
        else:
            said = _ami(chosen.data, scratch / "joined.wav")
            heard = _hear(scratch / "joined.wav", scratch, Hints(("en",)))
            figures = _doubts(heard, [word.text for word in said])
    report("guards", chosen.part, figures)


def _hear(source: Path, scratch: Path, hints: Hints) -> Transcript:
    """What a run makes of a recording."""
    target = scratch / "sound.wav"
    decode(source, target, "sound")
    audio = Audio.open(target)
    settings = Settings()
    context = backends.Context(scratch, scratch, settings, hash_file)
    transcriber = backends.resolve("transcriber", f"whisper:{CHECKPOINT}", context)
    speech = detect(audio, settings.speech)
    partial = scratch / "partial.jsonl"
    partial.unlink(missing_ok=True)
    found, _ = transcription.transcribe(
        "sound", audio, speech, transcriber, hints,
        partial=partial, key="guards", name=source.name,
    )  # fmt: skip
    return found


def _doubts(heard: Transcript, said: Sequence[str]) -> dict[str, Any]:
    words = [
        (_plain(word.text), word.confidence < UNSURE, bool(segment.flags))
        for segment in heard.segments
        for word in segment.words
    ]
    wrong = _wrong([text for text, _, _ in words], [_plain(text) for text in said])
    marks = {
        "either": [low or flagged for _, low, flagged in words],
        "by_word": [low for _, low, _ in words],
        "by_flag": [flagged for _, _, flagged in words],
    }
    figures: dict[str, Any] = {"words": len(words), "wrong": sum(wrong)}
    for name, marked in marks.items():
        both = sum(a and b for a, b in zip(wrong, marked, strict=True))
        figures[name] = {
            "marked": sum(marked),
            "precision": round(both / max(1, sum(marked)), 3),
            "recall": round(both / max(1, sum(wrong)), 3),
        }
    return figures


def _wrong(heard: Sequence[str], said: Sequence[str]) -> list[bool]:
    """Whether each heard word is another one than was said there, or was not said at all."""
    import kaldialign

    gap = "\0"
    return [
        ours != theirs for theirs, ours in kaldialign.align(list(said), list(heard), gap)
        if ours != gap
    ]  # fmt: skip


def _plain(word: str) -> str:
    return "".join(c for c in word.lower() if c.isalnum()) or "-"


def _nothing(sound: NDArray[np.float64], scratch: Path) -> dict[str, int]:
    path = scratch / "nothing.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        writer.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    segments = [s for s in _hear(path, scratch, Hints(("en",))).segments if s.words]
    return {
        "words": sum(len(segment.words) for segment in segments),
        "unflagged": sum(len(segment.words) for segment in segments if not segment.flags),
    }


def _music(minutes: float) -> NDArray[np.float64]:
    """Chords on a beat: harmonics that decay, four chords over and over, drums of noise."""
    chance = np.random.default_rng(2)
    beat = int(0.5 * SAMPLE_RATE)
    time = np.arange(beat) / SAMPLE_RATE
    beats = []
    for number in range(round(minutes * 120)):
        root = (220.0, 174.6, 261.6, 196.0)[number // 4 % 4]
        chord = sum(
            np.sin(2 * np.pi * root * step * n * time) / n
            for step in (1.0, 1.26, 1.5)
            for n in range(1, 6)
        )
        drum = chance.standard_normal(beat) * np.exp(-time * 40) * (0.3 if number % 2 else 0.1)
        beats.append(0.05 * chord * np.exp(-time * 3) + drum * 0.3)
    return np.concatenate(beats)


def _noise(minutes: float) -> NDArray[np.float64]:
    """Noise with more low than high frequencies, as of an air conditioner."""
    from scipy.signal import lfilter

    white = np.random.default_rng(1).standard_normal(int(minutes * 60 * SAMPLE_RATE))
    return np.asarray(0.02 * lfilter([1.0], [1.0, -0.95], white))


NOTHING: dict[str, Callable[[float], NDArray[np.float64]]] = {
    "silence": lambda minutes: np.zeros(int(minutes * 60 * SAMPLE_RATE)),
    "noise": _noise,
    "music": _music,
}


def _names(scratch: Path) -> dict[str, Any]:
    folder = DEMO / "recordings" / SESSION
    session = read_session(folder, SESSION, root=DEMO, digest=hash_file).session
    hints = transcription.hints(session)
    wanted = {_plain(word) for person in session.participants for word in person.name.split()}
    wanted |= {_plain(body.acronym) for body in session.institutions if body.acronym}
    figures: dict[str, Any] = {}
    for name, some in (("with", hints), ("without", Hints(hints.languages))):
        right = total = recited = 0
        missed: list[str] = []
        for source in sorted(folder.glob("*.ogg")):
            rows = json.loads(
                (DEMO / "reference" / SESSION / source.stem / "words.json").read_text()
            )
            said = [_plain(row["text"]) for row in rows]
            found = _hear(source, scratch, some)
            ours = [_plain(word.text) for segment in found.segments for word in segment.words]
            import kaldialign

            for theirs, heard in kaldialign.align(said, ours, "\0"):
                if theirs in wanted:
                    total += 1
                    right += theirs == heard
                    missed += [f"{theirs}: {heard}"] if theirs != heard else []
                recited += theirs == "\0" and heard in wanted
        figures[name] = {"names": total, "right": right, "invented": recited, "missed": missed}
    return figures


if __name__ == "__main__":
    main()
