"""Three speech synthesisers of Debian behind one method: ``speak(text) -> Utterance`` with word
times.

All three are driven in a way that tells when every word was spoken, because the times are both
the reference of the demo session and the target of the guided attention in training:

* **espeak-ng** through ``libespeak-ng`` (word and phoneme events),
* **flite** through ``libflite`` (the utterance structure),
* **festival** as a subprocess that prints its segments (one process speaks a whole list).

Text is a sequence of *spoken* tokens separated by blanks (``lexicon.spoken`` makes them), so
that token ``i`` of the text is entry ``i`` of ``Utterance.times``.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Utterance:
    """What an engine said: mono samples in [-1, 1], their rate in Hz, and (start, end) seconds
    per token.
    """

    samples: Samples
    rate: int
    times: tuple[tuple[float, float], ...]


class EngineMissing(RuntimeError):
    """An engine is not installed: ``apt install espeak-ng flite festival festvox-kallpc16k
    festvox-kdlpc16k festvox-us-slt-hts``.
    """


def _floats(samples: NDArray[np.int16]) -> Samples:
    return samples.astype(np.float32) / np.float32(32768)


def _library(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise EngineMissing(f"{name}: {EngineMissing.__doc__}") from error


# --------------------------------------------------------------------------------- espeak-ng


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    """``espeak_EVENT`` of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
_WORD, _END, _PHONEME = 1, 5, 7


class _Espeak:
    """The library keeps global state, hence one object per process."""

    def __init__(self) -> None:
        self.lib = _library("libespeak-ng.so.1")
        # 2 = synchronous output to the callback, flag 1 = phoneme events
        self.rate = int(self.lib.espeak_Initialize(2, 500, None, 1))
        self.chunks: list[NDArray[np.int16]] = []
        self.events: list[tuple[int, int, float, str]] = []
        self._keep = _CALLBACK(self._receive)
        self.lib.espeak_SetSynthCallback(self._keep)

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if count > 0:
            self.chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != 0:
            event = events[index]
            name = event.id.string.decode("utf-8", "replace") if event.type == _PHONEME else ""
            self.events.append((event.type, event.text_position, event.audio_position / 1000, name))
            index += 1
        return 0

    def speak(
        self, voice: str, text: str, words_per_minute: int, pitch: int, spread: int
    ) -> Utterance:
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        for parameter, value in ((1, words_per_minute), (3, pitch), (4, spread)):
            self.lib.espeak_SetParameter(parameter, value, 0)
        self.chunks.clear()
        self.events.clear()
        data = text.encode()
        self.lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        samples = _floats(np.concatenate(self.chunks))
        return Utterance(samples, self.rate, self._times(text, len(samples) / self.rate))

    def _times(self, text: str, duration: float) -> tuple[tuple[float, float], ...]:
        """Match word events (1-based character positions) with tokens; a pause phoneme ends a
        word early.
        """
        starts: dict[int, float] = {}
        for kind, position, at, _ in self.events:
            if kind == _WORD:
                starts.setdefault(position - 1, at)
        stops = sorted(
            at
            for kind, _, at, name in self.events
            if kind == _END or (kind == _PHONEME and name.startswith("_"))
        )
        positions, offset = [], 0
        for token in text.split():
            offset = text.index(token, offset)
            positions.append((offset, offset + len(token)))
            offset += len(token)
        begins: list[float | None] = []
        for left, right in positions:
            inside = [at for position, at in starts.items() if left <= position < right]
            begins.append(min(inside) if inside else None)
        following, times = duration, []
        for begin in reversed(begins):
            start = following if begin is None else begin
            stop = next((at for at in stops if start + 0.03 < at <= following), following)
            times.append((start, max(start, stop)))
            following = start
        return tuple(reversed(times))


@lru_cache(maxsize=1)
def _espeak() -> _Espeak:
    return _Espeak()


def espeak(
    voice: str, text: str, words_per_minute: int = 160, pitch: int = 50, spread: int = 50
) -> Utterance:
    """Speak with espeak-ng; ``voice`` is ``accent+variant``, pitch and spread are the library's
    0-100.
    """
    return _espeak().speak(voice, text, words_per_minute, pitch, spread)


# ------------------------------------------------------------------------------------- flite


class _Wave(ctypes.Structure):
    """``cst_wave`` of cst_wave.h."""

    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _FliteVoice(ctypes.Structure):
    """The head of ``cst_voice``: all that is needed to reach its features."""

    _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


@lru_cache(maxsize=1)
def _flite() -> ctypes.CDLL:
    lib = _library("libflite.so.1")
    for name in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
        _library(name)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, arguments in (
        ("flite_synth_text", pointer, [text, pointer]),
        ("utt_wave", ctypes.POINTER(_Wave), [pointer]),
        ("utt_relation", pointer, [pointer, text]),
        ("relation_head", pointer, [pointer]),
        ("item_next", pointer, [pointer]),
        ("ffeature_float", ctypes.c_float, [pointer, text]),
        ("feat_set_float", None, [pointer, text, ctypes.c_float]),
        ("feat_remove", ctypes.c_int, [pointer, text]),
        ("get_param_float", ctypes.c_float, [pointer, text, ctypes.c_float]),
        ("delete_utterance", None, [pointer]),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    lib.flite_init()
    return lib


_PITCH = b"int_f0_target_mean"


@lru_cache(maxsize=8)
def _flite_voice(name: str) -> tuple[Any, float]:
    """A voice and its own mean pitch in Hz (0 where it does not say)."""
    register = getattr(_library(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
    register.restype, register.argtypes = ctypes.POINTER(_FliteVoice), [ctypes.c_char_p]
    handle = register(None)
    return handle, float(_flite().get_param_float(handle.contents.features, _PITCH, 0.0))


# How to walk from a token to the first and last sound of its words.
_FIRST = "R:Token.daughter1.R:SylStructure.daughter1.daughter1.R:Segment.p.end"
_LAST = "R:Token.daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end"


def flite(voice: str, text: str, stretch: float = 1.0, pitch: float = 0.0) -> Utterance:
    """Speak with flite; ``stretch`` > 1 is slower, ``pitch`` is the mean in Hz (0 keeps the
    voice's own).
    """
    lib, (handle, own) = _flite(), _flite_voice(voice)
    features = handle.contents.features
    lib.feat_set_float(features, b"duration_stretch", stretch)
    if pitch or own:
        lib.feat_set_float(features, _PITCH, pitch or own)
    else:  # a process speaks many voices: forget what the one before asked for
        lib.feat_remove(features, _PITCH)
    utterance = lib.flite_synth_text(text.encode(), ctypes.cast(handle, ctypes.c_void_p))
    sound = lib.utt_wave(utterance).contents
    samples = _floats(np.ctypeslib.as_array(sound.samples, (sound.num_samples,)))
    times, token = [], lib.relation_head(lib.utt_relation(utterance, b"Token"))
    while token:
        times.append(
            (lib.ffeature_float(token, _FIRST.encode()), lib.ffeature_float(token, _LAST.encode()))
        )
        token = lib.item_next(token)
    rate = int(sound.sample_rate)
    lib.delete_utterance(utterance)
    return Utterance(samples, rate, tuple(times))


# ---------------------------------------------------------------------------------- festival


def festival(voice: str, texts: Sequence[str], stretch: float = 1.0) -> list[Utterance]:
    """Speak a list with one festival process (its start costs more than a sentence)."""
    with tempfile.TemporaryDirectory() as folder:
        script = [f"({voice})", f"(Parameter.set 'Duration_Stretch {stretch})"]
        for index, text in enumerate(texts):
            quoted = text.replace('"', "")
            script.append(
                f'(set! u (utt.synth (Utterance Text "{quoted}")))'
                f'(utt.save.wave u "{folder}/{index}.wav")'
                f'(format t "@ {index}\\n")'
                '(mapcar (lambda (w) (format t "%s %s %s\\n" (item.feat w "R:Token.p.name")'
                ' (item.feat w "R:SylStructure.daughter1.daughter1.R:Segment.p.end")'
                ' (item.feat w "R:SylStructure.daughtern.daughtern.R:Segment.end")))'
                " (utt.relation.items u 'Word))"
            )
        try:
            done = subprocess.run(
                ["festival", "--pipe"],
                input="\n".join(script),
                capture_output=True,
                text=True,
                check=True,
            )
        except FileNotFoundError as error:
            raise EngineMissing(EngineMissing.__doc__) from error
        blocks = [block.split("\n")[1:] for block in done.stdout.split("@ ")[1:]]
        if len(blocks) != len(texts):
            raise RuntimeError(
                f"festival spoke {len(blocks)} of {len(texts)} sentences: {done.stderr[-500:]}"
            )
        return [
            _read_festival(Path(folder) / f"{index}.wav", lines)
            for index, lines in enumerate(blocks)
        ]


def _read_festival(path: Path, lines: Sequence[str]) -> Utterance:
    with wave.open(str(path)) as sound:
        rate = sound.getframerate()
        samples = _floats(np.frombuffer(sound.readframes(sound.getnframes()), np.int16))
    times: list[tuple[float, float]] = []
    for line in lines:
        if line.strip():
            before, start, end = line.split()
            if (
                before != "0"
            ):  # a further word of the same token ("0" is festival's "there is none")
                start = str(times.pop()[0])
            times.append((float(start), float(end)))
    return Utterance(samples, rate, tuple(times))
