"""Measure the checkpoint through openai-whisper itself: held-out sentences, the session,
silence.

        python -m demo.evaluate [--checkpoint demo/checkpoint/demo.pt] [--only
  session,heldout,silence] [--bank DIR]

``session`` decodes the recording twice: cut at silences into windows of up to 30 s and decoded
in batches with names as prompt (the product's way), and with ``whisper.transcribe`` as a whole.
Both use Whisper's own ladder of temperatures and give word times from its cross-attention.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import torch
import whisper
from whisper.decoding import DecodingOptions, DecodingResult
from whisper.normalizers import EnglishTextNormalizer
from whisper.timing import find_alignment

from demo.engines import Samples
from demo.export import CHECKPOINT
from demo.language import sentences
from demo.lexicon import INSTITUTIONS
from demo.room import Room, noise
from demo.session_one import PEOPLE, SESSION
from demo.stage import AUDIO, HERE, read_audio
from demo.synthesis import RATE, speak
from demo.targets import tokenizer
from demo.voices import OTHERS
from demo.voices import SESSION as VOICES

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


def cut_at_silences(samples: Samples, longest: float = 30.0) -> list[tuple[int, int]]:
    """Sample ranges of at most ``longest`` seconds that begin and end in the quietest 0.2 s
    within reach.
    """
    hop = RATE // 50
    level = np.sqrt(np.convolve(samples**2, np.ones(RATE // 5) / (RATE // 5), "same")[::hop])
    ranges, start = [], 0
    while len(samples) - start > longest * RATE:
        low, high = (start + int(12 * RATE)) // hop, (start + int((longest - 0.2) * RATE)) // hop
        at = (low + int(np.argmin(level[low:high]))) * hop
        ranges.append((start, at))
        start = at
    return [*ranges, (start, len(samples))]


def _words(text_tokens: list[int], model: Any, audio: Samples, offset: float) -> list[Heard]:
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(audio))
    timings = find_alignment(model, tokenizer(), text_tokens, mel, min(3000, len(audio) // 160))
    joined: list[Heard] = []
    for timing in timings:
        if timing.word.strip() in {".", ",", "?"} and joined:
            joined[-1] = Heard(joined[-1].text + timing.word, joined[-1].start, joined[-1].end)
        elif timing.word.strip():
            joined.append(Heard(timing.word.strip(), offset + timing.start, offset + timing.end))
    return joined


def own_pass(model: Any, samples: Samples, prompt: str | None) -> list[Heard]:
    """The product's way: cut, decode in batches, align."""
    ranges, heard = cut_at_silences(samples), list[Heard]()
    for batch in _batches(ranges, 8):
        pieces = [samples[a:b] for a, b in batch]
        for (start, _), piece, result in zip(
            batch, pieces, decode(model, pieces, prompt), strict=True
        ):
            text = [token for token in result.tokens if token < tokenizer().eot]
            heard += _words(text, model, piece, start / RATE)
    return heard


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


def session(model: Any) -> dict[str, Any]:
    """Decode the demo recording in three ways and score each."""
    samples = read_audio(HERE / "recordings" / SESSION / AUDIO)
    reference = json.loads(
        (HERE / "reference" / SESSION / "words.json").read_text(encoding="utf-8")
    )
    names = [person.name for person in PEOPLE] + [i.name.removeprefix("the ") for i in INSTITUTIONS]
    prompt = ", ".join(names + [i.acronym for i in INSTITUTIONS])
    return {
        "own_pass": score(reference, own_pass(model, samples, prompt)),
        "own_pass_without_prompt": score(reference, own_pass(model, samples, None)),
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
    measures = {"session": session, "heldout": heldout, "silence": silence}
    print(json.dumps({name: measures[name](model) for name in options.only.split(",")}, indent=1))


if __name__ == "__main__":
    main()
