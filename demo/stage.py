"""Record the first demo session: speak its script, mix it in a room, write the audio and the
reference.

    python -m demo.stage            # writes demo/recordings/... and demo/reference/...

The reference is what the synthesis knows: every word with its time and speaker, every turn,
every voice.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from demo.room import convolve, impulse_response, noise
from demo.script import HERE, LINES, PEOPLE, RECORDINGS, SESSION, Line
from demo.voices import RATE, Clip, Kokoro, Samples, fetch
from demo.voices import SESSION as VOICES

ASIDE = 10 ** (-11 / 20)  # an aside reaches the microphone this much weaker
NOISE = 10 ** (-31 / 20)  # room noise beside speech
PAUSE = 500  # ms of silence within a speaker's turn that nobody marks as silence
TAIL = 1.5  # seconds of room after the last word


@dataclass(frozen=True)
class Spoken:
    """One sentence of a line, placed: ``first`` is its first sample in the recording."""

    line: Line
    clip: Clip
    first: int

    @property
    def last(self) -> int:
        """The sample after its last one."""
        return self.first + len(self.clip.samples)

    def milliseconds(self, word: int, edge: int) -> int:
        """When a word begins (``edge`` 0) or ends (1) in the recording."""
        return round((self.first / RATE + self.clip.times[word][edge]) * 1000)


@functools.cache
def _kokoro() -> Kokoro:
    return Kokoro()


def _speak(said: tuple[str, str]) -> Clip:
    name, sentence = said
    return _kokoro().speak(next(voice for voice in VOICES if voice.name == name), sentence)


def speak(lines: Sequence[Line]) -> dict[tuple[str, str], Clip]:
    """Every sentence by its voice, on every processor: some minutes of work."""
    fetch()
    wanted = list(dict.fromkeys((line.voice, said) for line in lines for said in line.sentences))
    with multiprocessing.Pool() as pool:
        clips = []
        for clip in pool.imap(_speak, wanted):
            clips.append(clip)
            print(f"\r{len(clips)} of {len(wanted)} sentences", end="", flush=True)
    print()
    return dict(zip(wanted, clips, strict=True))


def perform(lines: Iterable[Line], clips: dict[tuple[str, str], Clip]) -> list[Spoken]:
    """Place every sentence; pauses within a turn are a breath, gaps between turns are the
    script's.
    """
    chance = random.Random(SESSION)
    placed: list[Spoken] = []
    for line in lines:
        at = (placed[-1].last if placed else 0) + round(line.gap * RATE)
        for number, sentence in enumerate(line.sentences):
            at += round(chance.uniform(0.18, 0.42) * RATE) if number else 0
            placed.append(Spoken(line, clips[line.voice, sentence], at))
            at = placed[-1].last
    return placed


def mix(placed: Sequence[Spoken]) -> Samples:
    """One microphone on the table: each person at a distance of their own, a quiet ventilation."""
    random_ = np.random.default_rng(7)
    count = max(spoken.last for spoken in placed) + round(TAIL * RATE)
    near = {
        voice.name: impulse_response(random_, 0.3, random_.uniform(0.015, 0.06)) for voice in VOICES
    }
    gains = {voice.name: 10 ** (random_.uniform(-2.5, 2.0) / 20) for voice in VOICES}
    mixed = noise(random_, count, 1.4, 0.15) * np.float32(0.08 * NOISE)
    for voice in VOICES:
        dry = np.zeros(count, np.float32)
        for spoken in placed:
            if spoken.line.voice == voice.name:
                gain = gains[voice.name] * (ASIDE if spoken.line.aside else 1.0)
                dry[spoken.first : spoken.last] += np.float32(gain) * spoken.clip.samples
        mixed = mixed + convolve(dry, near[voice.name])
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


def words(placed: Sequence[Spoken]) -> list[dict[str, object]]:
    """Words in order of their start; one is overlapping if another person speaks during it."""
    said = [
        (spoken.milliseconds(index, 0), spoken.milliseconds(index, 1), text, spoken.line)
        for spoken in placed
        for index, text in enumerate(spoken.clip.words)
    ]
    said.sort(key=lambda word: word[:2])
    return [
        {
            "start_ms": start,
            "end_ms": end,
            "text": text,
            "speaker": line.voice,
            "overlapping": any(
                a < end and start < b and other.voice != line.voice for a, b, _, other in said
            ),
        }
        for start, end, text, line in said
    ]


def turns(placed: Sequence[Spoken]) -> list[dict[str, object]]:
    """Turns in order of their start, with the person who speaks where one can know."""
    people = {person.voice: person for person in PEOPLE if person.voice}
    rows: list[tuple[int, dict[str, object]]] = []
    for line in dict.fromkeys(spoken.line for spoken in placed):
        parts = [spoken for spoken in placed if spoken.line is line]
        person, start = people.get(line.voice), parts[0].milliseconds(0, 0)
        row = {
            "speaker": line.voice,
            "participant": person.name if person else "",
            "institution": person.institution if person else "",
            "start_ms": start,
            "end_ms": parts[-1].milliseconds(-1, 1),
            "aside": line.aside,
            "text": line.text,
        }
        rows.append((start, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def rttm(placed: Sequence[Spoken]) -> str:
    """Who spoke when, as NIST's RTTM; a speaker's sentences less than ``PAUSE`` apart are one line.

    People who mark recordings by hand mark no shorter pauses of one speaker: the shortest in
    references of AMI and VoxConverse are 1.3 and 0.5 s.
    """
    runs: list[list[int]] = []
    voices: list[str] = []
    for spoken in sorted(placed, key=lambda one: one.first):
        start, end = spoken.milliseconds(0, 0), spoken.milliseconds(-1, 1)
        own = [run for run, voice in zip(runs, voices, strict=True) if voice == spoken.line.voice]
        if own and start - own[-1][1] < PAUSE:
            own[-1][1] = max(own[-1][1], end)
        else:
            runs.append([start, end])
            voices.append(spoken.line.voice)
    file = Path(placed[0].line.recording).stem
    return "".join(
        f"SPEAKER {file} 1 {start / 1000:.3f} {(end - start) / 1000:.3f}"
        f" <NA> <NA> {voice} <NA> <NA>\n"
        for (start, end), voice in zip(runs, voices, strict=True)
    )


def main() -> None:
    """Run from the command line; see above."""
    sound, references = HERE / "recordings" / SESSION, HERE / "reference" / SESSION
    clips = speak(LINES)
    for recording in RECORDINGS:
        placed = perform((line for line in LINES if line.recording == recording), clips)
        write_ogg(sound / recording, mix(placed))
        reference = references / Path(recording).stem
        reference.mkdir(parents=True, exist_ok=True)
        for name, rows in (("words", words(placed)), ("turns", turns(placed))):
            text = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows)
            (reference / f"{name}.json").write_text(f"[\n {text}\n]\n", encoding="utf-8")
        (reference / "voices.rttm").write_text(rttm(placed), encoding="utf-8")
        print(f"{sound / recording}: {placed[-1].last / RATE / 60:.1f} minutes")


if __name__ == "__main__":
    main()
