"""What the network is shown: windows of up to 30 s with several voices, and the tokens to answer
with.

A window is put together anew every time: who speaks, gaps (none at all as often as not),
overlaps, an aside, the room, noise, a low-pass like a codec's, the cut (at pauses, mid
conversation, mid sentence) and the prompt.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from demo.corpus import Bank, Entry
from demo.engines import Samples
from demo.room import Room
from demo.synthesis import RATE

SESSION_SHARE = 0.9  # of the turns are spoken by the session's own voices
# Diphone voices are heard worst; they speak more often than the others.
HARDER = {"hafiz": 2.5, "khamla": 2.5, "guest": 1.5, "maria": 1.3}
LONGEST = 30.0  # seconds: Whisper's window


@dataclass(frozen=True)
class Said:
    """A sentence placed in a window: samples, words, and (start, end) seconds of each word in
    the window.
    """

    samples: Samples
    words: tuple[str, ...]
    times: tuple[tuple[float, float], ...]
    start: float = 0.0
    gain: float = 1.0

    @property
    def end(self) -> float:
        """Seconds from the window's start to the last sample."""
        return self.start + len(self.samples) / RATE

    def at(self, start: float, gain: float) -> Said:
        """The same sentence at another place and loudness."""
        moved = tuple((a + start - self.start, b + start - self.start) for a, b in self.times)
        return replace(self, start=start, times=moved, gain=gain)

    def cut(self, first: int, last: int) -> Said:
        """Only the words ``first`` to ``last`` (exclusive), cut half way between words."""
        left = 0.0 if first == 0 else (self.times[first - 1][1] + self.times[first][0]) / 2
        whole = len(self.samples) / RATE
        right = (
            whole
            if last == len(self.words)
            else (self.times[last - 1][1] + self.times[last][0]) / 2
        )
        times = tuple((max(0.0, a - left), min(b, right) - left) for a, b in self.times[first:last])
        return Said(
            self.samples[int(left * RATE) : int(right * RATE)], self.words[first:last], times
        )


@dataclass(frozen=True)
class Window:
    """Audio of ``len(samples)`` and what is said in it; ``unfinished`` is the start of a last
    sentence cut off.
    """

    samples: Samples
    said: tuple[Said, ...]
    unfinished: float | None
    before: tuple[str, ...]  # words of the prompt
    timestamps: bool


class Windows:
    """Makes windows from a bank, reproducibly from a seed."""

    def __init__(self, bank: Bank, seed: str, rooms: tuple[int, int] = (160, 24)) -> None:
        self.bank = bank
        self.chance = random.Random(seed)
        self.room = Room(self.chance.randrange(2**31), *rooms)
        self.names = _name_phrases()
        self.by_voice: dict[str, list[Entry]] = {}
        for entry in bank.entries:
            self.by_voice.setdefault(entry.voice, []).append(entry)
        self.session = sorted({entry.voice for entry in bank.session})
        self.others = sorted({entry.voice for entry in bank.others})

    # ---------------------------------------------------------------- sentences and conversation

    def _sentence(self, voice: str) -> Said:
        entry = self.chance.choice(self.by_voice[voice])
        samples, times = self.bank.samples(entry), entry.times
        if self.chance.random() < 0.35:  # a little faster or slower, pitch included
            factor = self.chance.uniform(0.95, 1.06)
            grid = np.arange(int(len(samples) / factor), dtype=np.float32) * factor
            samples = np.interp(grid, np.arange(len(samples)), samples).astype(np.float32)
            times = tuple((a / factor, b / factor) for a, b in times)
        return Said(samples, entry.words, times)

    def _voices(self) -> list[str]:
        weights = [HARDER.get(voice, 1.0) for voice in self.session]
        chosen = []
        for _ in range(self.chance.randint(1, 5)):
            if self.chance.random() < SESSION_SHARE:
                chosen += self.chance.choices(self.session, weights)
            else:
                chosen.append(self.chance.choice(self.others))
        return chosen

    def _gap(self, same: bool) -> float:
        draw = self.chance.random()
        if same:
            return (
                self.chance.uniform(0.15, 0.65) if draw < 0.93 else self.chance.uniform(0.65, 2.0)
            )
        if draw < 0.4:
            return 0.0
        if draw < 0.52:
            return -self.chance.uniform(0.2, 0.9)
        return self.chance.uniform(0.05, 0.8) if draw < 0.93 else self.chance.uniform(0.8, 3.0)

    def conversation(self, lead: float, until: float, overrun: bool) -> list[Said]:
        """Sentences one after another from ``lead`` on; the last may overrun ``until`` if asked
        for.
        """
        placed: list[Said] = []
        voices, voice, left, gain = self._voices(), "", 0, 1.0
        while True:
            same = left > 0
            if not same:
                voice, left = self.chance.choice(voices), self.chance.choice((1, 1, 2, 3, 4))
                gain = 10 ** (self.chance.uniform(-5, 4) / 20) * (
                    0.3 if self.chance.random() < 0.03 else 1
                )
            left -= 1
            start = (
                lead
                if not placed
                else max(placed[-1].start + 0.3, placed[-1].end + self._gap(same))
            )
            said = self._sentence(voice).at(start, gain)
            if said.end > until:
                if overrun and until - start > 0.1:
                    placed.append(said)
                elif not placed:  # even the first sentence is too long: say as much of it as fits
                    keep = sum(1 for _, end in said.times if end < until - 0.05)
                    placed = [_restart(said, keep, start, gain)] if keep else []
                return placed
            placed.append(said)

    # ------------------------------------------------------------------------------------ windows

    def window(self, seconds: float, prompted: bool = False) -> Window:
        """A window of at most ``seconds`` of audio; whoever shows it pads what is missing."""
        chance = self.chance
        if chance.random() < 0.035:
            return self._silence(seconds)
        stream = seconds == LONGEST and chance.random() < 0.3
        length = seconds if stream or chance.random() < 0.55 else chance.uniform(1.5, seconds)
        lead = (
            chance.uniform(0.0, 0.4)
            if chance.random() < 0.93
            else chance.uniform(0.4, min(2.0, length / 3))
        )
        tail = chance.uniform(0.05, 0.4)
        placed = self.conversation(lead, length if stream else length - tail, overrun=stream)
        if not placed:
            return self._silence(seconds)
        if not stream and chance.random() < 0.15:
            placed = self._cut_edges(placed)
        unfinished = None
        if stream and placed[-1].end > length:
            unfinished = placed[-1].start
        end = length if stream else min(length, max(said.end for said in placed) + tail)
        samples = self._mix(placed, int(end * RATE))
        timestamps = chance.random() < 0.68
        if unfinished is not None:
            placed = placed[:-1]
            timestamps = True
            if not placed:
                return self.window(seconds, prompted)
        before = self._before() if prompted else ()
        return Window(samples, tuple(placed), unfinished, before, timestamps)

    def _cut_edges(self, placed: list[Said]) -> list[Said]:
        """Begin or end within a sentence, after a comma if it has one."""
        first, last = placed[0], placed[-1]
        if self.chance.random() < 0.5 and len(first.words) > 3:
            at = self._comma(first)
            shorter = _restart_from(first, at)
            shift = shorter.start - first.start
            moved = [said.at(said.start - shift, said.gain) for said in (shorter, *placed[1:])]
            # an overlap may have begun within what is now cut off
            return moved if min(said.start for said in moved) >= 0 else placed
        if len(last.words) > 3:
            return [*placed[:-1], _restart(last, self._comma(last), last.start, last.gain)]
        return placed

    def _comma(self, said: Said) -> int:
        commas = [i + 1 for i, word in enumerate(said.words[:-1]) if word.endswith(",")]
        return self.chance.choice(commas) if commas else self.chance.randrange(1, len(said.words))

    def _mix(self, placed: Sequence[Said], count: int) -> Samples:
        mixed = np.zeros(count, np.float32)
        for said in placed:
            first = round(said.start * RATE)
            part = said.samples[: max(0, count - first)]
            mixed[first : first + len(part)] += part * np.float32(said.gain)
        return self.room.colour(mixed)

    def _silence(self, seconds: float) -> Window:
        count = int(self.chance.uniform(1.0, seconds) * RATE)
        return Window(self.room.silence(count), (), None, (), self.chance.random() < 0.7)

    def _before(self) -> tuple[str, ...]:
        """A prompt: earlier speech, or names as from a roster."""
        if self.chance.random() < 0.4:
            entries = [
                self.chance.choice(self.bank.entries) for _ in range(self.chance.randint(1, 9))
            ]
            return tuple(word for entry in entries for word in entry.words)
        phrases = self.chance.sample(self.names, self.chance.randint(3, 26))
        return tuple(" ".join(f"{phrase}," for phrase in phrases).rstrip(",").split()) + (
            (".",) if self.chance.random() < 0.5 else ()
        )


def _restart(said: Said, keep: int, start: float, gain: float) -> Said:
    """The first ``keep`` words of a placed sentence."""
    plain = said.at(0.0, 1.0)
    return replace(plain, start=0.0).cut(0, keep).at(start, gain)


def _restart_from(said: Said, first: int) -> Said:
    """A placed sentence without its first words, placed where these words were."""
    plain = said.at(0.0, 1.0)
    rest = plain.cut(first, len(plain.words))
    return rest.at(said.start + (len(plain.samples) - len(rest.samples)) / RATE, said.gain)


def _name_phrases() -> list[str]:
    """What a roster or glossary would put into a prompt."""
    from demo.lexicon import GIVEN, INSTITUTIONS, SURNAME

    institutions = [i.name.removeprefix("the ") for i in INSTITUTIONS]
    pairs = [f"{given} {surname}" for given in GIVEN for surname in SURNAME]
    terms = [
        "peace agreement",
        "panel of the wise",
        "regional mechanism",
        "local ownership",
        "standing fund",
    ]
    acronyms = [i.acronym for i in INSTITUTIONS]
    return [
        *institutions,
        *institutions,
        *random.Random("pairs").sample(pairs, 60),
        *terms,
        *acronyms,
        *acronyms,
    ]
