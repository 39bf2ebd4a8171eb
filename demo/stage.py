"""Record the first demo session: speak its script, mix it in a room, write the audio and the
reference.

    python -m demo.stage            # writes demo/recordings/... and demo/reference/...

The reference is what the synthesis knows: every word with its time and speaker, every turn,
every voice.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from demo.engines import Samples
from demo.language import sentences_of
from demo.room import convolve, impulse_response, noise
from demo.session_one import LINES, PEOPLE, SESSION, Line
from demo.synthesis import RATE, Clip, speak
from demo.voices import SESSION as VOICES

HERE = Path(__file__).parent
AUDIO = "01-discussion.ogg"
ASIDE = 10 ** (-11 / 20)  # an aside reaches the microphone this much weaker
NOISE = 10 ** (-31 / 20)  # room noise beside speech
TAIL = 1.5  # seconds of room after the last word


@dataclass(frozen=True)
class Spoken:
    """One sentence of a line, placed: ``first`` is its first sample in the recording."""

    line: int
    clip: Clip
    first: int

    @property
    def last(self) -> int:
        """The sample after its last one."""
        return self.first + len(self.clip.samples)


def perform(lines: tuple[Line, ...] = LINES) -> list[Spoken]:
    """Speak every sentence and place it; pauses within a turn are a breath, gaps between turns
    are the script's.
    """
    chance, voices = random.Random(SESSION), {voice.name: voice for voice in VOICES}
    texts: dict[str, list[str]] = {}
    for line in lines:
        texts.setdefault(line.voice, []).extend(
            sentence.strip() for sentence in sentences_of(line.text)
        )
    clips = {name: iter(speak(voices[name], said)) for name, said in texts.items()}
    placed: list[Spoken] = []
    for index, line in enumerate(lines):
        end = placed[-1].last if placed else 0
        at = end + round(line.gap * RATE)
        for number, _ in enumerate(sentences_of(line.text)):
            at += round(chance.uniform(0.18, 0.42) * RATE) if number else 0
            placed.append(Spoken(index, next(clips[line.voice]), at))
            at = placed[-1].last
    return placed


def mix(placed: list[Spoken], lines: tuple[Line, ...] = LINES) -> Samples:
    """One microphone on the table: each person at a distance of their own, a quiet ventilation."""
    random_ = np.random.default_rng(7)
    count = max(spoken.last for spoken in placed) + round(TAIL * RATE)
    near = {
        voice.name: impulse_response(random_, 0.3, random_.uniform(0.015, 0.06)) for voice in VOICES
    }
    gains = {voice.name: 10 ** (random_.uniform(-2.5, 2.0) / 20) for voice in VOICES}
    dry = {voice.name: np.zeros(count, np.float32) for voice in VOICES}
    for spoken in placed:
        line = lines[spoken.line]
        gain = gains[line.voice] * (ASIDE if line.aside else 1.0)
        dry[line.voice][spoken.first : spoken.last] += np.float32(gain) * spoken.clip.samples
    wet = sum(convolve(dry[name], near[name]) for name in dry)
    mixed = np.asarray(wet, np.float32) + noise(random_, count, 1.4, 0.15) * np.float32(
        0.08 * NOISE
    )
    return np.asarray(mixed * (0.89 / np.abs(mixed).max()), np.float32)


def write_ogg(path: Path, samples: Samples, bits: int = 48_000) -> None:
    """Opus in Ogg, as phones and platforms record."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(
            (samples * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000, frame_size=960)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def read_audio(path: Path) -> Samples:
    """Any audio file as 16 kHz mono."""
    resampler, parts = av.AudioResampler(format="flt", layout="mono", rate=RATE), list[Samples]()
    with av.open(str(path)) as container:
        for frame in (*container.decode(audio=0), None):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate(parts)


def _milliseconds(spoken: Spoken, at: float) -> int:
    return round((spoken.first / RATE + at) * 1000)


def reference(
    placed: list[Spoken], lines: tuple[Line, ...] = LINES
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Words and turns in order of their start; a word is overlapping if another person speaks
    during it.
    """
    people = {person.voice: person for person in PEOPLE if person.voice}
    words = [
        (_milliseconds(spoken, start), _milliseconds(spoken, end), word, lines[spoken.line].voice)
        for spoken in placed
        for word, (start, end) in zip(spoken.clip.words, spoken.clip.times, strict=True)
    ]
    words.sort(key=lambda word: word[:2])
    word_rows: list[dict[str, object]] = [
        {
            "start_ms": start,
            "end_ms": end,
            "text": text,
            "speaker": speaker,
            "overlapping": any(
                a < end and start < b and other != speaker for a, b, _, other in words
            ),
        }
        for start, end, text, speaker in words
    ]
    turn_rows: list[dict[str, object]] = []
    for index, line in enumerate(lines):
        parts = [spoken for spoken in placed if spoken.line == index]
        person = people.get(line.voice)
        turn_rows.append(
            {
                "speaker": line.voice,
                "participant": person.name if person else "",
                "institution": person.institution if person else "",
                "start_ms": _milliseconds(parts[0], parts[0].clip.times[0][0]),
                "end_ms": _milliseconds(parts[-1], parts[-1].clip.times[-1][1]),
                "aside": line.aside,
                "text": line.text,
            }
        )
    turn_rows.sort(key=lambda row: int(str(row["start_ms"])))
    return word_rows, turn_rows


def rttm(placed: list[Spoken], lines: tuple[Line, ...] = LINES) -> str:
    """Who spoke when, one line per sentence, as NIST's RTTM."""
    rows = []
    for spoken in sorted(placed, key=lambda one: one.first):
        start, end = (
            _milliseconds(spoken, spoken.clip.times[0][0]),
            _milliseconds(spoken, spoken.clip.times[-1][1]),
        )
        name = lines[spoken.line].voice
        times = f"{start / 1000:.3f} {(end - start) / 1000:.3f}"
        rows.append(f"SPEAKER {Path(AUDIO).stem} 1 {times} <NA> <NA> {name} <NA> <NA>")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Run from the command line; see above."""
    placed = perform()
    recording, folder = HERE / "recordings" / SESSION / AUDIO, HERE / "reference" / SESSION
    recording.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    samples = mix(placed)
    write_ogg(recording, samples)
    words, turns = reference(placed)
    for name, rows in (("words.json", words), ("turns.json", turns)):
        body = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / name).write_text(f"[\n{body}\n]\n", encoding="utf-8")
    (folder / "voices.rttm").write_text(rttm(placed), encoding="utf-8")
    minutes = len(samples) / RATE / 60
    print(f"{recording}: {minutes:.2f} minutes, {len(words)} words, {len(turns)} turns")


if __name__ == "__main__":
    main()
