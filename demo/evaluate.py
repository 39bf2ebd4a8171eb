"""Measure the checkpoint through openai-whisper itself: held-out sentences, the session,
silence.

        python -m demo.evaluate [--checkpoint demo/checkpoint/demo.pt] [--only
  session,heldout,silence] [--bank DIR]

``session`` decodes the recording as ``fgd run`` does, with windows of several lengths, with and
without names as prompt, and with ``whisper.transcribe`` as a whole. All use Whisper's own ladder of
temperatures and give word times from its cross-attention.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import torch
import whisper
from whisper.decoding import DecodingOptions, DecodingResult
from whisper.normalizers import EnglishTextNormalizer

from demo.engines import Samples
from demo.export import CHECKPOINT
from demo.language import sentences
from demo.room import Room, noise
from demo.session_one import SESSION
from demo.stage import AUDIO, HERE, read_audio
from demo.synthesis import RATE, speak
from demo.voices import OTHERS
from demo.voices import SESSION as VOICES
from fgd import pipeline, transcription
from fgd.audio import decode as decode_file
from fgd.audio import detect
from fgd.audio.wav import Audio
from fgd.core import registry
from fgd.workspace.project import Project
from fgd.workspace.store import hash_file

LADDER = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
NORMAL = EnglishTextNormalizer()


@dataclass(frozen=True)
class Heard:
    """A recognised word with its time in the recording, seconds."""

    text: str
    start: float
    end: float


def decode(
    model: Any, audio: Sequence[Samples], prompt: str | None = None, timestamps: bool = True
) -> list[DecodingResult]:
    """Greedy decoding in one batch; windows that fail Whisper's tests are tried again at higher
    temperatures.
    """
    mels = torch.stack([whisper.log_mel_spectrogram(whisper.pad_or_trim(one)) for one in audio])
    results: list[DecodingResult | None] = [None] * len(audio)
    left = list(range(len(audio)))
    for temperature in LADDER:
        options = DecodingOptions(
            language="en",
            temperature=temperature,
            fp16=False,
            prompt=prompt,
            without_timestamps=not timestamps,
        )
        for index, result in zip(left, model.decode(mels[left], options), strict=True):
            results[index] = result
        left = [
            i
            for i in left
            if (r := results[i])
            and (r.compression_ratio > 2.4 or r.avg_logprob < -1.0)
            and not (r.no_speech_prob > 0.6 and r.avg_logprob < -1.0)
        ]
        if not left:
            break
    return [result for result in results if result is not None]


def word_error(reference: Sequence[str], heard: Sequence[str]) -> float:
    """Word error rate in percent after Whisper's English normaliser."""
    pairs = [(NORMAL(a), NORMAL(b)) for a, b in zip(reference, heard, strict=True)]
    return 100 * float(jiwer.wer([a for a, _ in pairs], [b for _, b in pairs]))


# ---------------------------------------------------------------------------------- held out


def heldout(model: Any, per_voice: int = 12) -> dict[str, float]:
    """Sentences of another seed, each alone in a window: the session's voices and a third of the
    others.
    """
    figures, room = dict[str, float](), Room(11)
    for name, voices in (("session_voices", VOICES), ("other_voices", OTHERS[::3])):
        clips = [
            (clip, voice.name)
            for voice in voices
            for clip in speak(
                voice, list(itertools.islice(sentences(f"heldout/{voice.name}"), per_voice))
            )
        ]
        for kind in ("clean", "room"):
            said, heard = [], []
            for batch in _batches(clips, 24):
                audio = [room.colour(c.samples) if kind == "room" else c.samples for c, _ in batch]
                heard += [result.text for result in decode(model, audio)]
                said += [" ".join(clip.words) for clip, _ in batch]
            figures[f"{name}_{kind}"] = word_error(said, heard)
    return figures


def _batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


# ------------------------------------------------------------------------------- the session


def own_pass(checkpoint: Path, longest: int, prompt: bool) -> list[Heard]:
    """The product's way: its own windows of at most ``longest`` seconds, batches and alignment."""
    project = Project.open(HERE)
    settings = replace(project.settings.speech, transcriber=f"whisper:{checkpoint.resolve()}")
    context = registry.Context(
        project.root, project.weights, replace(project.settings, speech=settings), hash_file
    )
    transcriber = registry.resolve("transcriber", settings.transcriber, context)
    hints = transcription.hints(
        pipeline.SessionContext(project, project.session(SESSION)).intake.session
    )
    with tempfile.TemporaryDirectory() as scratch:
        sound = Path(scratch) / "sound.wav"
        decode_file(HERE / "recordings" / SESSION / AUDIO, sound, AUDIO)
        audio = Audio.open(sound)
        transcript, _ = transcription.transcribe(
            SESSION,
            audio,
            detect(audio, settings),
            transcriber,
            hints if prompt else replace(hints, terms=()),
            partial=Path(scratch) / "partial.jsonl",
            key="evaluation",
            name=AUDIO,
            longest=longest * 1000,
        )
    return [
        Heard(word.text.strip(), word.span.start / 1000, word.span.end / 1000)
        for segment in transcript.segments
        for word in segment.words
    ]


def whole_file(model: Any, samples: Samples) -> list[Heard]:
    """``whisper.transcribe`` with its defaults and word times."""
    result = model.transcribe(samples, language="en", word_timestamps=True, fp16=False)
    return [
        Heard(w["word"].strip(), w["start"], w["end"])
        for s in result["segments"]
        for w in s["words"]
    ]


def score(reference: Sequence[dict[str, Any]], heard: Sequence[Heard]) -> dict[str, Any]:
    """Error rate as a whole and by voice, and the errors of word starts and ends in seconds."""
    left = [NORMAL(str(word["text"])).split() or [""] for word in reference]
    right = [NORMAL(word.text).split() or [""] for word in heard]
    said = [(piece, index) for index, pieces in enumerate(left) for piece in pieces]
    got = [(piece, index) for index, pieces in enumerate(right) for piece in pieces]
    output = jiwer.process_words([" ".join(w for w, _ in said)], [" ".join(w for w, _ in got)])
    voices: dict[str, list[int]] = {}
    for _, index in said:
        voices.setdefault(reference[index]["speaker"], [0, 0])[1] += 1
    starts, ends, wrong = list[float](), list[float](), list[str]()
    for part in output.alignments[0]:
        span = range(part.ref_start_idx, part.ref_end_idx)
        if part.type == "equal":
            for i, j in zip(span, range(part.hyp_start_idx, part.hyp_end_idx), strict=True):
                a, b = reference[said[i][1]], heard[got[j][1]]
                starts.append(abs(b.start - a["start_ms"] / 1000))
                ends.append(abs(b.end - a["end_ms"] / 1000))
            continue
        count = max(len(span), part.hyp_end_idx - part.hyp_start_idx)
        speaker = reference[said[min(part.ref_start_idx, len(said) - 1)][1]]["speaker"]
        voices[speaker][0] += count
        was = " ".join(said[i][0] for i in span)
        now = " ".join(got[j][0] for j in range(part.hyp_start_idx, part.hyp_end_idx))
        wrong.append(f"{speaker}: {was} -> {now}")
    return {
        "wer": round(100 * float(output.wer), 2),
        "by_voice": {name: round(100 * bad / count, 1) for name, (bad, count) in voices.items()},
        "start_error": {p: round(float(np.percentile(starts, p)), 3) for p in (50, 95)},
        "end_error": {p: round(float(np.percentile(ends, p)), 3) for p in (50, 95)},
        "wrong": wrong,
    }


def session(model: Any, checkpoint: Path) -> dict[str, Any]:
    """Decode the demo recording in several ways and score each."""
    samples = read_audio(HERE / "recordings" / SESSION / AUDIO)
    reference = json.loads(
        (HERE / "reference" / SESSION / "words.json").read_text(encoding="utf-8")
    )
    chosen = Project.open(HERE).settings.speech
    ways = {
        "as_set": (chosen.longest_window, chosen.prompt),
        "30_s": (30, False),
        "30_s_prompt": (30, True),
        "15_s": (15, False),
        "15_s_prompt": (15, True),
        "10_s": (10, False),
    }
    return {
        **{name: score(reference, own_pass(checkpoint, *way)) for name, way in ways.items()},
        "transcribe": score(reference, whole_file(model, samples)),
    }


def silence(model: Any) -> dict[str, float]:
    """The lowest no-speech probability over silence and noises, the highest over speech, and
    words invented.
    """
    chance = np.random.default_rng(3)
    quiet = [np.zeros(RATE * 30, np.float32)]
    for slope, level in ((0, -60), (1, -50), (1.5, -40), (2, -30)):
        quiet.append((noise(chance, RATE * 30, slope) * 10 ** (level / 20)).astype(np.float32))
    loud = [
        clip.samples
        for voice in VOICES
        for clip in speak(voice, list(itertools.islice(sentences("quiet"), 2)))
    ]
    without, with_ = decode(model, quiet), decode(model, loud)
    return {
        "lowest_in_silence": min(result.no_speech_prob for result in without),
        "highest_in_speech": max(result.no_speech_prob for result in with_),
        "words_in_silence": float(sum(len(result.text.split()) for result in without)),
    }


def main() -> None:
    """Run from the command line; see above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    parser.add_argument("--only", default="session,heldout,silence")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    random.seed(0)
    model = whisper.load_model(str(options.checkpoint))
    measures: dict[str, Callable[[], Any]] = {
        "session": lambda: session(model, options.checkpoint),
        "heldout": lambda: heldout(model),
        "silence": lambda: silence(model),
    }
    print(json.dumps({name: measures[name]() for name in options.only.split(",")}, indent=1))


if __name__ == "__main__":
    main()
