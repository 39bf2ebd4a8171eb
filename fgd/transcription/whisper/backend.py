"""Hear with openai-whisper: batches of windows, each with the complete ladder of retries.

``make`` is the entry point of the backend ``whisper``: quick, weights are loaded at first use, in
the precision that is fastest on this machine.

Batched modes elsewhere decode once and drop what went wrong. Here a window that fails Whisper's
own tests (too repetitive, too unlikely) is decoded again at the next temperature together with
the others that failed, as ``whisper.transcribe`` does one window at a time.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from fgd.core.errors import InputError
from fgd.model import Segment, Span, Word
from fgd.transcription.transcriber import Heard, Hints
from fgd.transcription.whisper.checkpoints import PACKED, find, not_published, official_hash, verify

if TYPE_CHECKING:
    import numpy as np
    import torch
    from whisper.decoding import DecodingResult
    from whisper.timing import WordTiming

    from fgd.transcription.whisper.inference import CrossKeys
    from fgd.transcription.whisper.model import LoadedModel


# The defaults of openai-whisper's ``transcribe``.
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MOST_COMPRESSION = 2.4
LEAST_LOG_PROBABILITY = -1.0
NO_SPEECH = 0.6
# Above this a window's language is told although it is not declared.
FOREIGN = 0.8

SAMPLES_PER_MS = 16


class WhisperTranscriber:
    """openai-whisper behind the ``Transcriber`` protocol."""

    version = "4"

    def __init__(self, name: str, load: Callable[[], LoadedModel]) -> None:
        self.id = name
        self._load = load

    @functools.cached_property
    def _model(self) -> LoadedModel:
        """Load the weights when they are first needed."""
        return self._load()

    @property
    def batch(self) -> int:
        """Return the number of windows that fit into memory at a time."""
        return self._model.batch

    def transcribe(self, sound: Sequence[np.ndarray], hints: Hints) -> list[Heard]:
        """Hear each window; see :class:`fgd.transcription.transcriber.Transcriber`."""
        from fgd.transcription.whisper.inference import CrossKeys

        if not sound:
            return []
        import torch

        with torch.inference_mode():
            features = self._model.encode(list(sound))
            cross = CrossKeys.of(self._model, features)
            chances = self._language_chances(cross)
            languages = self._languages(chances, hints.languages) or ["en"] * len(sound)
            heard: list[Heard] = [Heard()] * len(sound)
            for language in dict.fromkeys(languages):
                rows = [i for i, spoken in enumerate(languages) if spoken == language]
                windows = [sound[i] for i in rows]
                some = self._hear(windows, features[rows], cross.pick(rows), language, hints)
                for row, one in zip(rows, some, strict=True):
                    foreign = _foreign(chances[row], hints.languages) if chances else ""
                    heard[row] = replace(one, foreign=foreign)
        return heard

    def _language_chances(self, cross: CrossKeys) -> list[dict[str, float]]:
        """Return the probability of each language, per window; none for English-only."""
        import torch
        from whisper.tokenizer import get_tokenizer

        from fgd.transcription.whisper.inference import DecoderPass

        model = self._model.whisper
        if not model.is_multilingual:
            return []
        tokenizer = get_tokenizer(True, num_languages=model.num_languages)
        count = cross.layers[0][0].shape[0]
        first = torch.full((count, 1), tokenizer.sot, device=self._model.device)
        decoder = DecoderPass(self._model, cross)
        scores = decoder.logits(decoder.run(first))[:, 0, list(tokenizer.all_language_tokens)]
        return [
            dict(zip(tokenizer.all_language_codes, row, strict=True))
            for row in torch.softmax(scores, dim=-1).tolist()
        ]

    def _languages(self, chances: Sequence[dict[str, float]], declared: Sequence[str]) -> list[str]:
        """Choose the likeliest declared language of each window; none for English-only."""
        if not chances:
            if declared and "en" not in declared:
                raise InputError(
                    f"{self.id} knows only English, and the session declares"
                    f" {', '.join(declared)}.",
                    where="languages",
                    remedy="Choose a multilingual checkpoint (not one ending in .en).",
                )
            return []
        allowed = [language for language in declared if language in chances[0]] or list(chances[0])
        return [max(allowed, key=chance.__getitem__) for chance in chances]

    def _hear(
        self,
        sound: Sequence[np.ndarray],
        features: torch.Tensor,
        cross: CrossKeys,
        language: str,
        hints: Hints,
    ) -> list[Heard]:
        from whisper.tokenizer import get_tokenizer

        from fgd.transcription.whisper.inference import align

        model = self._model.whisper
        tokenizer = get_tokenizer(
            model.is_multilingual,
            num_languages=model.num_languages,
            language=language,
            task="transcribe",
        )
        prompt = _prompt(tokenizer, hints.terms, model.dims.n_text_ctx // 2 - 1)
        results = self._ladder(sound, features, cross, language, prompt)
        durations = [window.size // SAMPLES_PER_MS for window in sound]
        begin = tokenizer.timestamp_begin
        cuts = [
            () if _silent(r) else cut(_spoken(r.tokens, tokenizer), begin, duration)
            for r, duration in zip(results, durations, strict=True)
        ]
        texts = [[token for piece in pieces for token in piece.tokens] for pieces in cuts]
        timings = align(self._model, tokenizer, texts, [d / 1000 for d in durations], cross)
        return [
            Heard(
                segments(pieces, words, language, duration),
                language,
                round(float(r.avg_logprob), 4),
                round(float(r.no_speech_prob), 4),
                round(float(r.compression_ratio), 4),
                r.temperature,
            )
            for pieces, words, duration, r in zip(cuts, timings, durations, results, strict=True)
        ]

    def _ladder(
        self,
        sound: Sequence[np.ndarray],
        features: torch.Tensor,
        cross: CrossKeys,
        language: str,
        prompt: Sequence[int],
    ) -> list[DecodingResult]:
        """Decode all windows, then those that failed at the next temperature, and so on.

        When every temperature fails the likeliest attempt that does not repeat itself is kept.
        """
        import torch
        from whisper.decoding import DecodingOptions

        from fgd.transcription.whisper.inference import BatchTask

        attempts: list[list[DecodingResult]] = [[] for _ in sound]
        pending = list(range(len(sound)))
        for temperature in TEMPERATURES:
            options = DecodingOptions(
                language=language,
                temperature=temperature,
                prompt=list(prompt),
                fp16=False,
            )
            with torch.random.fork_rng():
                # A retry draws at random; seeding it with the sound makes reruns identical.
                torch.manual_seed(_seed([sound[i] for i in pending], temperature))
                results = BatchTask(self._model, options, cross.pick(pending)).run(
                    features[pending]
                )
            for index, result in zip(pending, results, strict=True):
                attempts[index].append(result)
            pending = [i for i, r in zip(pending, results, strict=True) if not _good(r)]
            if not pending:
                break
        return [_best(tried) for tried in attempts]


def _foreign(chances: Mapping[str, float], declared: Sequence[str]) -> str:
    """Find the language a window sounds like if that is plainly none of those declared."""
    likeliest = max(chances, key=chances.__getitem__)
    return (
        likeliest
        if declared and chances[likeliest] > FOREIGN and (likeliest not in declared)
        else ""
    )


def _spoken(tokens: Sequence[int], tokenizer: Any) -> list[int]:
    """Split tokens into text and times; drop a language's token inside a text, nobody said it."""
    return [t for t in tokens if t < tokenizer.eot or t >= tokenizer.timestamp_begin]


def _prompt(tokenizer: Any, terms: Sequence[str], room: int) -> list[int]:
    """Write terms as a list in prose, as many whole ones as the prompt has room for.

    Whisper would cut an overlong prompt from the left in the middle of a name.
    """
    prompt: list[int] = []
    text = ""
    for term in terms:
        longer = f"{text}, {term}" if text else f" {term}"
        tokens = tokenizer.encode(longer + ".")
        if len(tokens) > room:
            break
        text, prompt = longer, tokens
    return prompt


def _good(result: Any) -> bool:
    """Apply Whisper's own test: neither too repetitive nor too unlikely, or plainly silence."""
    if _silent(result):
        return True
    return bool(
        result.compression_ratio <= MOST_COMPRESSION and result.avg_logprob >= LEAST_LOG_PROBABILITY
    )


def _silent(result: Any) -> bool:
    return bool(result.no_speech_prob > NO_SPEECH and result.avg_logprob < LEAST_LOG_PROBABILITY)


def _best(tried: Sequence[Any]) -> Any:
    good = [result for result in tried if _good(result)]
    if good:
        return good[-1]
    return max(tried, key=lambda r: (r.compression_ratio <= MOST_COMPRESSION, r.avg_logprob))


def _seed(sound: Sequence[np.ndarray], temperature: float) -> int:
    digest = hashlib.sha256(str(temperature).encode())
    for window in sound:
        digest.update(window.tobytes())
    return int.from_bytes(digest.digest()[:7], "big")


# Timestamp tokens count steps of 20 ms.
STEP = 20
# Whisper's attention may stretch a word over the silence beside it; a word longer than twice the
# median (itself capped at 0.7 s) is cut back, as in openai-whisper.
LONGEST_MEDIAN = 700
SENTENCE_ENDS = ".。!！?？"


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of text tokens between two timestamps, in ms from the window's start."""

    span: Span
    tokens: tuple[int, ...]


def cut(tokens: Sequence[int], timestamp_begin: int, duration: int) -> tuple[Cut, ...]:
    """Cut decoded tokens at their timestamps.

    Text after the last timestamp is kept and reaches to the end of the window: here windows end
    where speech does, so unlike a window cut at 30 s nothing follows that would repeat it.
    """
    cuts: list[Cut] = []
    start = 0
    text: list[int] = []
    for token in tokens:
        if token < timestamp_begin:
            text.append(token)
            continue
        moment = min(duration, (token - timestamp_begin) * STEP)
        if text:
            cuts.append(Cut(Span(start, max(start, moment)), tuple(text)))
            text = []
        start = moment
    if text:
        cuts.append(Cut(Span(start, max(start, duration)), tuple(text)))
    return tuple(cuts)


def segments(
    cuts: Sequence[Cut], timings: Sequence[WordTiming], language: str, duration: int
) -> tuple[Segment, ...]:
    """Give each cut its words; words are in order and never reach beyond the window."""
    spans = _in_order(_shortened(timings), duration)
    made: list[Segment] = []
    at = 0
    for piece in cuts:
        mine: list[Word] = []
        taken = 0
        while at < len(timings) and taken < len(piece.tokens):
            if timings[at].word.strip():
                mine.append(Word(spans[at], timings[at].word, round(timings[at].probability, 4)))
            taken += len(timings[at].tokens)
            at += 1
        if mine:
            span = Span(mine[0].span.start, max(word.span.end for word in mine))
            made.append(Segment(span, tuple(mine), language=language))
    return tuple(made)


def _shortened(timings: Sequence[WordTiming]) -> list[tuple[int, int]]:
    """Start and end in ms with stretched words at the ends of sentences cut back."""
    spans = [(round(t.start * 1000), round(t.end * 1000)) for t in timings]
    lengths = [end - start for start, end in spans if end > start]
    if not lengths:
        return spans
    longest = int(2 * min(LONGEST_MEDIAN, median(lengths)))
    for index, (start, end) in enumerate(spans):
        if end - start <= longest:
            continue
        if timings[index].word.rstrip()[-1:] in SENTENCE_ENDS:
            spans[index] = (start, start + longest)
        elif index == 0 or timings[index - 1].word.rstrip()[-1:] in SENTENCE_ENDS:
            spans[index] = (end - longest, end)
    return spans


def _in_order(spans: Sequence[tuple[int, int]], duration: int) -> list[Span]:
    ordered: list[Span] = []
    earliest = 0
    for start, end in spans:
        start = min(max(start, earliest), duration)
        ordered.append(Span(start, min(max(end, start), duration)))
        earliest = start
    return ordered


def make(argument: str, context: Any) -> WhisperTranscriber:
    """Make a transcriber for ``whisper:auto``, ``whisper:NAME`` or ``whisper:PATH.pt``.

    Args:
        argument: what follows the colon.
        context: the project's folder, the weights folder, the settings and file hashes
            (``fgd.core.backends.Context``).
    """
    settings = context.settings.speech
    checkpoint = find(argument, context.weights, context.root, gpu=has_gpu(settings.device))
    digest = context.digest(checkpoint.path)

    # A converted file is told by its values: its bytes change with the library that wrote them.
    packed = PACKED.get(checkpoint.name) if checkpoint.official else None
    converted = packed is not None and digest != packed.official
    shown = packed.content if packed and converted else digest

    def load() -> LoadedModel:
        from fgd.transcription.whisper.model import load_model

        if checkpoint.official and not converted and digest != official_hash(checkpoint.name):
            raise not_published(checkpoint)
        return load_model(
            checkpoint.path,
            settings,
            heads=lambda tensors: verify(checkpoint, context.digest, tensors),
        )

    return WhisperTranscriber(f"whisper:{checkpoint.name}@{shown[:12]}", load)


def has_gpu(device: str) -> bool:
    """Tell whether PyTorch has a GPU to work on, asked as cheaply as possible."""
    if device != "auto":
        return device == "cuda"
    if shutil.which("nvidia-smi") is None:
        return False  # asking PyTorch costs a second and a half, and here the answer is known
    import torch

    return torch.cuda.is_available()
