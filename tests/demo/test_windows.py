"""What the network is shown: windows, tokens, log-mel and rooms."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
import whisper

from demo.corpus import Bank
from demo.room import convolve, impulse_response, low_pass, noise
from demo.synthesis import RATE, resample, share_clitics
from demo.targets import MASKED, NOWHERE, compact, encode_window, log_mel, tokenizer
from demo.windows import Said, Window, Windows

SENTENCES = {
    "ratna": "Thank you, Khamla.",
    "hafiz": "We need a panel of the wise, but not today.",
    "en+f1": "What should the council do?",
}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank of three sentences that are tones instead of speech: no synthesiser is needed."""
    folder: Path = tmp_path_factory.mktemp("bank")
    sounds, index, offset = [], [], 0
    for voice, text in SENTENCES.items():
        words = text.split()
        sound = (np.sin(np.arange(len(words) * 4800) / 9) * 3000).astype(np.int16)
        times = [[0.3 * i, 0.3 * i + 0.28] for i in range(len(words))]
        index.append([offset, len(sound), voice, words, times])
        sounds.append(sound)
        offset += len(sound)
    np.concatenate(sounds).tofile(folder / "bank-00.pcm")
    (folder / "bank-00.json").write_text(json.dumps(index), encoding="utf-8")
    return Bank(folder)


@pytest.fixture(scope="module")
def windows(bank: Bank) -> Windows:
    return Windows(bank, "test", rooms=(4, 2))


@pytest.mark.parametrize("seconds", [5.0, 12.0, 30.0])
def test_what_is_said_lies_within_the_window(windows: Windows, seconds: float) -> None:
    for _ in range(12):
        window = windows.window(seconds)
        assert len(window.samples) <= round(seconds * RATE)
        starts = [said.times[0][0] for said in window.said]
        assert starts == sorted(starts)
        for said in window.said:
            assert said.start >= 0
            assert said.times[-1][1] <= len(window.samples) / RATE + 0.01
            assert len(said.words) == len(said.times) > 0


@pytest.mark.parametrize("seconds", [12.0, 30.0])
def test_answers_follow_whispers_form(windows: Windows, seconds: float) -> None:
    """Inputs are targets moved by one; times rise; text between them is the words that were said."""
    rows = {row: token for token, row in compact().items()}
    marks, chance = tokenizer(), random.Random(3)
    for _ in range(12):
        window = windows.window(seconds)
        example = encode_window(window, seconds, chance)
        assert len(example.tokens) == len(example.targets) == len(example.spans) <= 448
        for token, target in zip(example.tokens[1:], example.targets, strict=False):
            assert target in (MASKED, token, compact()[marks.no_speech])
        answer = [rows[target] for target in example.targets if target != MASKED]
        assert answer[-1] == marks.eot
        times = [token for token in answer if token >= marks.timestamp_begin]
        assert times == sorted(times)
        assert bool(times) == (window.timestamps and bool(window.said))
        text = marks.decode([token for token in answer if token < marks.eot])
        assert text.split() == [word for said in window.said for word in said.words]


def test_tokens_are_heard_within_their_words(windows: Windows) -> None:
    said = Said(np.zeros(RATE, np.float32), ("Keola", "accepts."), ((0.1, 0.5), (0.5, 0.9)))
    window = Window(said.samples, (said,), None, (), timestamps=False)
    example = encode_window(window, 5.0, random.Random(1))
    spans = [span for span in example.spans if span != NOWHERE]
    assert spans[0][0] == pytest.approx(0.1)
    assert max(end for _, end in spans[:-2]) == pytest.approx(0.9)
    assert spans[-2][0] == pytest.approx(0.9)  # the full stop owns the pause
    assert all(start < end for start, end in spans)


def test_silence_is_answered_with_no_speech_and_an_end(windows: Windows) -> None:
    window = Window(np.zeros(RATE, np.float32), (), None, (), timestamps=True)
    example = encode_window(window, 5.0, random.Random(1))
    rows, marks = compact(), tokenizer()
    assert example.targets == [rows[marks.no_speech], rows[marks.eot]]
    assert example.tokens == [rows[marks.sot], rows[marks.timestamp_begin]]


def test_log_mel_is_whispers() -> None:
    sound = noise(np.random.default_rng(1), 3 * RATE, 1.0) * np.float32(0.1)
    ours = log_mel(sound, 30.0)
    theirs = whisper.log_mel_spectrogram(whisper.pad_or_trim(sound))
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_cutting_a_sentence_keeps_words_with_their_sound(bank: Bank) -> None:
    entry = next(entry for entry in bank.entries if entry.voice == "hafiz")
    whole = Said(bank.samples(entry), entry.words, entry.times)
    rest = whole.cut(7, len(whole.words))
    assert rest.words == ("but", "not", "today.")
    assert rest.times[0][0] == pytest.approx(0.01)
    assert len(rest.samples) / RATE == pytest.approx(3.0 - 2.09, abs=0.001)


def test_bank_leaves_out_what_the_script_says_by_now(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("demo.corpus.reserved", lambda: frozenset({"thank you khamla"}))
    index = [[0, 10, v, t.split(), [[0, 0.1]] * len(t.split())] for v, t in SENTENCES.items()]
    (tmp_path / "bank-00.json").write_text(json.dumps(index), encoding="utf-8")
    np.zeros(10, np.int16).tofile(tmp_path / "bank-00.pcm")
    assert [entry.voice for entry in Bank(tmp_path).entries] == ["hafiz", "en+f1"]


def test_a_missing_bank_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"demo\.corpus --out"):
        Bank(tmp_path)


def test_resampling_keeps_the_tone() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050).astype(np.float32)
    other = resample(tone, RATE)
    assert len(other) == RATE
    assert np.argmax(np.abs(np.fft.rfft(other))) == 440
    assert np.abs(other[2000:-2000]).max() == pytest.approx(1.0, abs=0.02)


def test_a_room_is_a_convolution() -> None:
    random_ = np.random.default_rng(2)
    sound, room = random_.standard_normal(500), impulse_response(random_, 0.01, 0.1)
    wet = convolve(sound.astype(np.float32), room)
    assert np.allclose(wet, np.convolve(sound, room)[:500], atol=1e-4)


def test_low_pass_lets_low_tones_through() -> None:
    response = np.abs(np.fft.rfft(low_pass(4000), 1600))
    assert response[100] == pytest.approx(1.0, abs=0.02)  # 1 kHz
    assert response[700] < 0.02  # 7 kHz


def test_clitics_share_their_time() -> None:
    times = share_clitics(("of", "the", "wise"), ((1.0, 1.2), (1.2, 1.22), (1.22, 1.6)))
    assert times[0][1] == pytest.approx(times[1][0])
    assert times[1][0] == pytest.approx(1.088)
    assert times[2] == (1.22, 1.6)
