"""Batched Whisper gives what openai-whisper gives: same tokens, same figures, same word times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fgd.core import quantization
from fgd.core.errors import BackendUnavailable, InputError
from fgd.core.settings import Settings, SpeechSettings
from fgd.transcription.transcriber import Hints
from fgd.transcription.whisper import backend, checkpoints
from fgd.transcription.whisper.backend import cut, make, segments
from fgd.transcription.whisper.model import LoadedModel, choose_precision, load_model

FP32 = SpeechSettings(precision="fp32", device="cpu")


@pytest.fixture(scope="session")
def model(random_checkpoint: Path) -> LoadedModel:
    return load_model(random_checkpoint, FP32)


@pytest.fixture(scope="session")
def sound() -> list[np.ndarray]:
    return [
        (np.random.default_rng(n).standard_normal(16_000 * n) * 0.1).astype(np.float32)
        for n in (30, 12, 21)
    ]


@pytest.mark.parametrize("prompt", ["", " Names, terms and acronyms here"])
def test_a_batch_decodes_to_the_tokens_of_openai_whisper(
    model: LoadedModel, sound: list[np.ndarray], prompt: str
) -> None:
    """Greedy decoding, with and without a prompt: equal tokens, log-probabilities, no-speech."""
    import whisper
    from whisper.decoding import DecodingOptions

    from fgd.transcription.whisper.inference import BatchTask, CrossKeys

    features = model.encode(sound)
    options = DecodingOptions(language="en", fp16=False, prompt=prompt or None, sample_len=40)
    ours = BatchTask(model, options, CrossKeys.of(model, features)).run(features)
    theirs = whisper.decode(model.whisper, features, options)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.tokens == other.tokens
        assert mine.avg_logprob == pytest.approx(other.avg_logprob, abs=1e-4)
        assert mine.no_speech_prob == pytest.approx(other.no_speech_prob, abs=1e-6)


def test_a_text_that_ends_early_leaves_the_batch(
    model: LoadedModel, sound: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are not decoded otherwise for it, and it costs nothing more."""
    from whisper.decoding import DecodingOptions

    from fgd.transcription.whisper import inference
    from fgd.transcription.whisper.inference import BatchTask, CrossKeys

    task: Any = None

    class EndsSomewhere:
        def apply(self, logits: Any, tokens: Any) -> None:
            for row, last in enumerate(tokens[:, -1].tolist()):
                if last % 7 == 0:
                    logits[row] = -np.inf
                    logits[row, task.tokenizer.eot] = 0.0

    asked: list[int] = []
    run = inference.DecoderPass.run

    def counted(self: Any, tokens: Any, **options: Any) -> Any:
        asked.append(len(tokens))
        return run(self, tokens, **options)

    monkeypatch.setattr(inference.DecoderPass, "run", counted)
    several = [sound[0], sound[1], sound[2], sound[0][: 16_000 * 7], sound[0][: 16_000 * 17]]
    features = model.encode(several)
    cross = CrossKeys.of(model, features)
    options = DecodingOptions(language="en", fp16=False, sample_len=40)

    def decoded(rows: list[int]) -> list[tuple[list[int], float]]:
        nonlocal task
        task = BatchTask(model, options, cross.pick(rows))
        task.logit_filters.append(EndsSomewhere())
        return [(r.tokens, round(r.avg_logprob, 4)) for r in task.run(features[rows])]

    together = decoded([0, 1, 2, 3, 4])
    steps, asked = asked, []
    assert len({len(tokens) for tokens, _ in together}) > 1
    assert steps[0] == 5 and sum(steps) == sum(min(40, len(t) + 1) for t, _ in together)
    for row, alone in enumerate(together):
        assert decoded([row]) == [alone]


def test_median_and_warping_are_those_of_openai_whisper() -> None:
    """Ours compile nothing, sort nothing, and give the same, for short and narrow windows too."""
    import torch
    from whisper import timing

    from fgd.transcription.whisper import inference

    chance = np.random.default_rng(4)
    for shape in ((1, 1), (1, 9), (9, 1), (17, 140), (40, 40)):
        cost = chance.standard_normal(shape)
        text, moments = inference._path(cost)
        assert np.array_equal(np.stack([text, moments]), timing.dtw_cpu.py_func(cost))
        scores = torch.from_numpy(cost.astype(np.float32))
        assert torch.equal(inference._smooth(scores), timing.median_filter(scores, 7))


@pytest.mark.parametrize(
    ("has", "chosen"),
    [
        (("amx_tile", "vnni", "avx512_bf16"), "bf16"),
        (("vnni",), "int8"),
        (("avx512_bf16",), "bf16"),
    ],
)
def test_precision_follows_what_the_processor_multiplies_fastest(
    has: Sequence[str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    for name in ("amx_tile", "vnni", "avx512_bf16"):
        supported = name in has
        monkeypatch.setattr(
            torch.cpu, f"_is_{name}_supported", lambda told=supported: told, raising=False
        )
    monkeypatch.setattr(quantization, "available", lambda: "vnni" in has)
    assert choose_precision("auto", "cpu") == chosen


def test_bytes_are_refused_where_nothing_multiplies_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator is PyTorch's own business: where it is gone or gives else, it is not used."""
    import torch

    def gone(*_: object) -> None:
        raise AttributeError

    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: True, raising=False)
    monkeypatch.setattr(quantization.ByteLinear, "_product", gone)
    assert not quantization.available.__wrapped__()
    monkeypatch.setattr(quantization.ByteLinear, "_product", lambda _, whole: whole[:, :24])
    assert not quantization.available.__wrapped__()
    monkeypatch.setattr(quantization, "available", lambda: False)
    with pytest.raises(BackendUnavailable, match="int8"):
        choose_precision("int8", "cpu")


needs_bytes = pytest.mark.skipif(not quantization.available(), reason="needs VNNI")


@needs_bytes
def test_a_row_in_bytes_is_the_same_in_every_batch() -> None:
    """Sums of whole numbers do not depend on their order, nor on the rows beside."""
    import torch

    torch.manual_seed(3)
    layer, x = torch.nn.Linear(512, 96), torch.randn(40, 512)
    x[3], x[4] = 0, x[4] * 1e4
    right = layer(x).detach()
    far = []
    for fine in (False, True):
        ours = quantization.ByteLinear(layer.weight, layer.bias, fine=fine)
        assert torch.equal(ours(x)[7:9], ours(x[7:9]))
        assert torch.equal(ours(x[None, 3:5])[0, 0], layer.bias.detach())
        far.append(float((ours(x)[5:] - right[5:]).norm() / right[5:].norm()))
    assert 0.001 < far[1] < far[0] < 0.02


@needs_bytes
def test_a_window_in_bytes_decodes_the_same_alone_and_in_a_batch(
    random_checkpoint: Path, sound: list[np.ndarray]
) -> None:
    from whisper.decoding import DecodingOptions

    from fgd.transcription.whisper.inference import BatchTask, CrossKeys

    ready = load_model(random_checkpoint, SpeechSettings(precision="int8", device="cpu"))
    options = DecodingOptions(language="en", fp16=False, sample_len=20)
    features = ready.encode(sound)
    cross = CrossKeys.of(ready, features)
    together = BatchTask(ready, options, cross).run(features)
    for row, result in enumerate(together):
        (alone,) = BatchTask(ready, options, cross.pick([row])).run(features[[row]])
        assert alone.tokens == result.tokens


def test_word_times_are_those_of_openai_whisper(
    model: LoadedModel, sound: list[np.ndarray]
) -> None:
    """One pass over the batch gives the alignment that whisper computes window by window."""
    from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim
    from whisper.timing import find_alignment, merge_punctuations
    from whisper.tokenizer import get_tokenizer

    from fgd.transcription.whisper.inference import APPENDED, PREPENDED, CrossKeys, align

    tokenizer = get_tokenizer(True, language="en", task="transcribe")
    texts = [
        tokenizer.encode(" The panel of the wise meets, and we agree."),
        tokenizer.encode(" Yes."),
    ]
    cross = CrossKeys.of(model, model.encode(sound[:2]))
    ours = align(model, tokenizer, texts, [30.0, 12.0], cross)
    for window, text, mine in zip(sound, texts, ours, strict=False):
        mel = log_mel_spectrogram(pad_or_trim(window, N_SAMPLES))
        theirs = find_alignment(model.whisper, tokenizer, text, mel, len(window) // 160)
        merge_punctuations(theirs, PREPENDED, APPENDED)
        assert [(w.word, w.start, w.end) for w in mine] == [
            (w.word, float(w.start), float(w.end)) for w in theirs
        ]
        assert [w.probability for w in mine] == pytest.approx(
            [float(w.probability) for w in theirs], abs=1e-5
        )


class Scripted:
    """Results for the ladder to climb: by window, then by attempt."""

    def __init__(self, script: Sequence[Sequence[tuple[float, float, float]]]) -> None:
        self.script = script
        self.asked: list[tuple[float, int]] = []

    def task(self, _model: object, options: Any, rows: Sequence[int]) -> Any:
        self.asked.append((options.temperature, len(rows)))
        attempt = backend.TEMPERATURES.index(options.temperature)

        def run(_features: object) -> list[Any]:
            return [
                SimpleNamespace(
                    avg_logprob=self.script[row][attempt][0],
                    compression_ratio=self.script[row][attempt][1],
                    no_speech_prob=self.script[row][attempt][2],
                    temperature=options.temperature,
                )
                for row in rows
            ]

        return SimpleNamespace(run=run)


def climb(monkeypatch: pytest.MonkeyPatch, script: list[list[tuple[float, float, float]]]) -> Any:
    from fgd.transcription.whisper import inference

    scripted = Scripted(script)
    monkeypatch.setattr(inference, "BatchTask", scripted.task)
    one = backend.WhisperTranscriber("x", lambda: None)  # type: ignore[arg-type,return-value]
    one.__dict__["_model"] = None
    rows = SimpleNamespace(pick=lambda chosen: chosen)
    features = np.zeros(len(script))
    windows = [np.zeros(3, np.float32)] * len(script)
    results = one._ladder(windows, features, rows, "en", [])  # type: ignore[arg-type]
    return results, scripted.asked


GOOD, LOOP, UNLIKELY, SILENT = (
    (-0.2, 1.5, 0.1),
    (-0.1, 3.0, 0.1),
    (-1.5, 1.2, 0.1),
    (-1.5, 1.2, 0.9),
)


def test_only_windows_that_failed_are_decoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each window has the whole ladder; the good ones do not pay for the others."""
    results, asked = climb(monkeypatch, [[GOOD], [LOOP, GOOD], [UNLIKELY, LOOP, GOOD], [SILENT]])
    assert [result.temperature for result in results] == [0.0, 0.2, 0.4, 0.0]
    assert asked == [(0.0, 4), (0.2, 2), (0.4, 1)]


def test_when_all_attempts_fail_the_likeliest_without_a_loop_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whisper keeps the last and hottest attempt; the most plausible one is better."""
    tried = [LOOP, (-1.4, 1.2, 0.1), (-1.1, 1.2, 0.1), LOOP, (-2.0, 1.0, 0.1), (-3.0, 1.0, 0.1)]
    results, _ = climb(monkeypatch, [tried])
    assert results[0].temperature == 0.4


def test_a_transcriber_hears_the_same_twice(
    random_checkpoint: Path, sound: list[np.ndarray]
) -> None:
    """Even where it has to draw at random: retries are seeded with the sound."""
    one = backend.WhisperTranscriber("x", lambda: load_model(random_checkpoint, FP32))
    first = one.transcribe(sound[1:2], Hints(("en",), ("CSMS",)))
    assert one.transcribe(sound[1:2], Hints(("en",), ("CSMS",))) == first
    assert first[0].language == "en"


def test_only_declared_languages_are_heard(
    random_checkpoint: Path, sound: list[np.ndarray]
) -> None:
    """Whisper knows a hundred languages; a session that declares two gets one of the two."""
    one = backend.WhisperTranscriber("x", lambda: load_model(random_checkpoint, FP32))
    heard = one.transcribe(sound, Hints(("id", "vi")))
    assert {window.language for window in heard} <= {"id", "vi"}


def test_a_prompt_is_made_of_whole_terms_within_whispers_budget() -> None:
    """As many terms as fit; none is cut in the middle."""
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(False)
    terms = [f"Institute number {n}" for n in range(200)]
    prompt = backend._prompt(tokenizer, terms, 223)
    text = tokenizer.decode(prompt)
    assert len(prompt) <= 223
    assert text.strip().rstrip(".").split(", ") == terms[: text.count(",") + 1]


def test_a_language_in_the_middle_of_a_text_is_not_text() -> None:
    """Whisper may write one; it has no word, and alignment would stumble over it."""
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(True, language="en", task="transcribe")
    begin = tokenizer.timestamp_begin
    tokens = [begin, 11, tokenizer.to_language_token("cy"), 12, begin + 50]
    assert backend._spoken(tokens, tokenizer) == [begin, 11, 12, begin + 50]


def test_text_after_the_last_timestamp_is_kept() -> None:
    """Whisper drops an unfinished segment because it will hear it again; we would not."""
    begin = 1000
    tokens = [begin, 1, 2, begin + 100, begin + 150, 3, 4]
    cuts = cut(tokens, begin, 8_000)
    assert [(piece.span.start, piece.span.end, piece.tokens) for piece in cuts] == [
        (0, 2_000, (1, 2)),
        (3_000, 8_000, (3, 4)),
    ]


def test_words_stay_in_order_and_inside_the_window() -> None:
    """Whatever the alignment says, a word starts after the one before it."""
    from whisper.timing import WordTiming

    timings = [
        WordTiming(" one", [1], 0.0, 0.4, 0.9),
        WordTiming(" two.", [2], 0.3, 5.0, 0.9),
        WordTiming(" three", [3], 9.0, 12.0, 0.9),
    ]
    (piece,) = segments(cut([1, 2, 3], 1000, 10_000), timings, "en", 10_000)
    starts = [word.span.start for word in piece.words]
    assert starts == sorted(starts)
    assert all(word.span.end <= 10_000 for word in piece.words)
    assert piece.words[1].span.duration < 2_000
    assert piece.text == "one two. three"


def context(root: Path, weights: Path) -> Any:
    return SimpleNamespace(
        root=root, weights=weights, settings=Settings(speech=FP32), digest=lambda _: "a" * 64
    )


def test_without_weights_one_sentence_says_what_to_copy_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No download is started behind anybody's back."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for argument in ("auto", "small"):
        with pytest.raises(BackendUnavailable, match="fgd models pull small") as problem:
            make(argument, context(tmp_path, tmp_path / "weights"))
        assert str(tmp_path / "weights") in problem.value.remedy


def test_auto_takes_the_best_checkpoint_for_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laptop gets a size it can carry, a GPU the largest; folders are searched in order."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("weights/tiny", "weights/small", "cache/whisper/large-v3", "cache/whisper/small"):
        path = tmp_path / f"{name}.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    weights = tmp_path / "weights"
    assert checkpoints.find("auto", weights, tmp_path).path == weights / "small.pt"
    assert checkpoints.find("auto", weights, tmp_path, gpu=True).name == "large-v3"


def test_an_official_name_with_other_bytes_is_refused(tmp_path: Path) -> None:
    """A damaged or swapped checkpoint is not used, and the remedy is given."""
    (tmp_path / "tiny.pt").write_bytes(b"not whisper")
    one = make("tiny", context(tmp_path, tmp_path))
    with pytest.raises(InputError, match="not the checkpoint 'tiny'"):
        one.transcribe([np.zeros(16_000, np.float32)], Hints(("en",)))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 half a zip"])
def test_a_file_that_is_no_checkpoint_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    """Not a traceback of the unpickler."""
    path = tmp_path / "mine.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a Whisper checkpoint"):
        load_model(path, FP32)


def test_a_checkpoint_with_code_in_it_does_not_run_it(tmp_path: Path) -> None:
    """Weights only: a pickle that would execute something is refused."""
    import os
    import pickle

    class Attack:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'owned'}",)

    path = tmp_path / "mine.pt"
    path.write_bytes(pickle.dumps(Attack(), protocol=2))
    with pytest.raises(InputError):
        load_model(path, FP32)
    assert not (tmp_path / "owned").exists()


def test_an_english_checkpoint_refuses_other_languages(tmp_path: Path) -> None:
    """It would write nonsense in English; the sentence says which checkpoint to use."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    model = Whisper(ModelDimensions(80, 1500, 64, 2, 1, 51864, 448, 64, 2, 1))
    path = tmp_path / "mine.en.pt"
    torch.save({"dims": vars(model.dims), "model_state_dict": model.state_dict()}, path)
    one = backend.WhisperTranscriber("mine", lambda: load_model(path, FP32))
    with pytest.raises(InputError, match="knows only English"):
        one.transcribe([np.zeros(16_000, np.float32)], Hints(("id",)))


@pytest.mark.skipif(not quantization.available(), reason="no arithmetic in bytes here")
def test_an_attention_asked_at_once_gives_what_its_layers_give(random_checkpoint: Path) -> None:
    """Byte for byte: rounding by a sum is rounding, and joined outputs keep their own scales."""
    import torch

    from fgd.core.quantization import ByteLinear
    from fgd.transcription.whisper.quantization import ByteAttention, asked_at_once

    scaled = torch.linspace(-127, 127, 100_001)
    expected = (scaled.round() + quantization.ZERO).to(torch.uint8)
    assert torch.equal(quantization.rounded(scaled.clone()), expected)
    attention = load_model(random_checkpoint, FP32).whisper.encoder.blocks[0].attn
    x = torch.randn(2, 50, attention.query.in_features)
    with torch.inference_mode():
        for fine in (False, True):
            apart = [
                ByteLinear(layer.weight, layer.bias, fine=fine)(x)
                for layer in (attention.query, attention.key, attention.value)
            ]
            assert torch.equal(asked_at_once(attention, fine=fine)(x), torch.cat(apart, dim=-1))
        exact, near = attention(x)[0], ByteAttention(attention)(x)[0]
    assert (near - exact).norm() < 0.1 * exact.norm()
