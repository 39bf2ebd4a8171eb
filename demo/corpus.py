"""A bank of spoken sentences on disk: one flat int16 file per shard and a JSON index beside it.

    python -m demo.corpus --out DIR [--shards 6] [--session 360] [--others 40]

Every shard holds all voices, so training can begin when the first is there. Seconds of speech
come to about 35 hours with the defaults, 4 GB.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demo.engines import Samples
from demo.language import normal, reserved, sentences, sentences_of
from demo.synthesis import Clip, share_clitics, speak
from demo.voices import OTHERS, SESSION, Voice


@dataclass(frozen=True)
class Entry:
    """Where a clip lies in its shard (samples) and what it says (times in seconds from its
    start).
    """

    shard: int
    offset: int
    length: int
    voice: str
    words: tuple[str, ...]
    times: tuple[tuple[float, float], ...]


def _speak_job(job: tuple[Voice, int, str]) -> list[Clip]:
    voice, count, seed = job
    return speak(voice, list(itertools.islice(sentences(f"{seed}/{voice.name}"), count)))


def build_shard(folder: Path, shard: int, session: int, others: int, seed: str = "train") -> None:
    """Speak ``session`` sentences with each session voice and ``others`` with each other voice."""
    jobs = [(voice, session, f"{seed}/{shard}") for voice in SESSION]
    jobs += [(voice, others, f"{seed}/{shard}") for voice in OTHERS]
    index, offset = [], 0
    path = folder / f"bank-{shard:02d}.pcm"
    with path.with_suffix(".part").open("wb") as out, ProcessPoolExecutor(os.cpu_count()) as pool:
        for (voice, _, _), clips in zip(jobs, pool.map(_speak_job, jobs), strict=True):
            for clip in clips:
                data = np.clip(clip.samples * 32768, -32768, 32767).astype(np.int16)
                out.write(data.tobytes())
                times = [[round(a, 3), round(b, 3)] for a, b in clip.times]
                index.append([offset, len(data), voice.name, clip.words, times])
                offset += len(data)
    path.with_suffix(".part").rename(path)
    part = path.with_suffix(".json.part")
    part.write_text(json.dumps(index), encoding="utf-8")
    part.rename(path.with_suffix(".json"))


class Bank:
    """The finished shards of a folder; clips are read from disk as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.entries: list[Entry] = []
        self._sound: dict[int, np.memmap[tuple[int], np.dtype[np.int16]]] = {}
        for path in sorted(folder.glob("bank-*.json")):
            shard = int(path.stem.split("-")[1])
            self._sound[shard] = np.memmap(path.with_suffix(".pcm"), np.int16, "r")
            for offset, length, voice, words, times in json.loads(path.read_text(encoding="utf-8")):
                if any(normal(part) in reserved() for part in sentences_of(" ".join(words))):
                    continue  # the script has changed since this was spoken
                spans = share_clitics(words, [(start, end) for start, end in times])
                self.entries.append(Entry(shard, offset, length, voice, tuple(words), spans))
        if not self.entries:
            raise FileNotFoundError(
                f"{folder} holds no bank; make one with: python -m demo.corpus --out {folder}"
            )
        session = {voice.name for voice in SESSION}
        self.session = [entry for entry in self.entries if entry.voice in session]
        self.others = [entry for entry in self.entries if entry.voice not in session]

    def samples(self, entry: Entry) -> Samples:
        """float32 in [-1, 1] at 16 kHz."""
        sound = self._sound[entry.shard][entry.offset : entry.offset + entry.length]
        return sound.astype(np.float32) / np.float32(32768)


def main() -> None:
    """Run from the command line; see above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--shards", type=int, default=6)
    parser.add_argument(
        "--session", type=int, default=360, help="sentences per session voice and shard"
    )
    parser.add_argument(
        "--others", type=int, default=40, help="sentences per other voice and shard"
    )
    parser.add_argument("--seed", default="train", help="another seed makes held-out sentences")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for shard in range(options.first, options.shards):
        build_shard(options.out, shard, options.session, options.others, options.seed)
        print(f"shard {shard} is there", flush=True)


if __name__ == "__main__":
    main()
