"""Decoding: whatever people drop becomes 16 kHz mono with its times kept, or one clear sentence."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest

from fgd.audio.decode import Audio, channel_path, decode
from fgd.core.errors import InputError, StoreError
from tests.media import RATE, tone, write

KINDS = [
    ("a.wav", "pcm_s16le", 16_000),
    ("a.wav", "pcm_s16le", 8_000),
    ("a.flac", "flac", 44_100),
    ("a.mp3", "libmp3lame", 22_050),
    ("a.m4a", "aac", 44_100),
    ("a.ogg", "libopus", 48_000),
    ("a.mka", "ac3", 48_000),
]


@pytest.mark.parametrize(("name", "codec", "rate"), KINDS)
def test_every_kind_keeps_its_length_and_pitch(
    tmp_path: Path, name: str, codec: str, rate: int
) -> None:
    """Two seconds stay two seconds and 440 Hz stay 440 Hz, whatever the container and rate."""
    source = write(tmp_path / name, [tone(2, hertz=440, rate=rate)], codec=codec, rate=rate)
    sound, _ = decode(source, tmp_path / "out.wav", "r")
    assert abs(sound.duration - 2000) <= 80
    samples = Audio.open(tmp_path / "out.wav").read()
    peak = np.abs(np.fft.rfft(samples[8000:24000])).argmax()
    assert abs(peak - 440) <= 2


def test_telephone_sound_is_said_to_be_so(tmp_path: Path) -> None:
    """8 kHz recordings are heard, with a note on what to expect."""
    source = write(tmp_path / "a.wav", [tone(1, rate=8000)], rate=8000)
    _, issues = decode(source, tmp_path / "out.wav", "r")
    assert any("telephone" in issue.message for issue in issues)


def test_video_gives_its_sound(tmp_path: Path) -> None:
    """A video is a recording like any other."""
    source = write(tmp_path / "a.mp4", [tone(1, rate=44_100)], codec="aac", rate=44_100, video=True)
    assert abs(decode(source, tmp_path / "out.wav", "r")[0].duration - 1000) <= 80


def test_stereo_of_one_room_becomes_one_channel(tmp_path: Path) -> None:
    """Two microphones that hear the same are mixed and nothing is kept beside them."""
    both = tone(1)
    sound, _ = decode(write(tmp_path / "a.wav", [both, both]), tmp_path / "out.wav", "r")
    assert sound.channels == 1
    assert not channel_path(tmp_path / "out.wav", 1).exists()


def test_one_speaker_per_channel_is_kept_apart(tmp_path: Path) -> None:
    """Channels that hold different people stay available, each as a file of its own."""
    left = np.concatenate([tone(1), np.zeros(RATE, np.float32)])
    right = np.concatenate([np.zeros(RATE, np.float32), tone(1, hertz=330)])
    sound, _ = decode(write(tmp_path / "a.wav", [left, right]), tmp_path / "out.wav", "r")
    assert sound.channels == 2
    first = Audio.open(channel_path(tmp_path / "out.wav", 1)).read()
    assert np.abs(first[:RATE]).max() > 0.2 > 0.01 > np.abs(first[RATE + 100 :]).max()


def test_channels_that_cancel_each_other_are_not_silence(tmp_path: Path) -> None:
    """A cable wired the wrong way round does not cost the recording."""
    wave = tone(1)
    decode(write(tmp_path / "a.wav", [wave, -wave]), tmp_path / "out.wav", "r")
    assert np.abs(Audio.open(tmp_path / "out.wav").read()).max() > 0.2


def test_six_channels_are_mixed(tmp_path: Path) -> None:
    """A conference system's many channels become one."""
    channels = [tone(1, rate=48_000)] * 6
    source = write(tmp_path / "a.flac", channels, codec="flac", rate=48_000)
    assert abs(decode(source, tmp_path / "out.wav", "r")[0].duration - 1000) <= 80


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"Dear colleague, please find attached\n" * 50, "not a sound")],
)
def test_what_is_no_sound_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    """Zero bytes or text named .mp3: the file is named and the remedy given."""
    source = tmp_path / "a.mp3"
    source.write_bytes(content)
    with pytest.raises(InputError) as problem:
        decode(source, tmp_path / "out.wav", "r")
    assert words in str(problem.value)
    assert str(problem.value).startswith("a.mp3: ")
    assert problem.value.remedy
    assert not list(tmp_path.glob("*.wav"))


def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    """A screen recording without its microphone is not an empty transcript."""
    import av

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    with pytest.raises(InputError, match="no sound"):
        decode(path, tmp_path / "out.wav", "r")


def test_a_file_cut_off_while_copying_gives_what_is_there(tmp_path: Path) -> None:
    """The beginning of a truncated file is used and its end is missed aloud."""
    whole = write(tmp_path / "a.flac", [tone(20)], codec="flac")
    cut = tmp_path / "cut.flac"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    sound, issues = decode(cut, tmp_path / "out.wav", "r")
    assert 5_000 < sound.duration < 15_000
    assert any("cut off" in issue.remedy for issue in issues)


def test_a_truncated_m4a_says_that_it_was_cut_off(tmp_path: Path) -> None:
    """An m4a without its index cannot be read at all; the sentence says what happened."""
    whole = write(tmp_path / "a.m4a", [tone(5)], codec="aac")
    cut = tmp_path / "cut.m4a"
    cut.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(InputError, match="cut off while copying"):
        decode(cut, tmp_path / "out.wav", "r")


def test_damaged_packets_become_silence_of_the_same_length(tmp_path: Path) -> None:
    """Later words keep their times when the middle of a file cannot be read."""
    rng = np.random.default_rng(0)
    noise = (rng.standard_normal(RATE * 40) * 0.1).astype(np.float32)
    noise[RATE * 38 : RATE * 38 + 800] = 0.99
    whole = write(tmp_path / "a.mka", [noise], codec="flac")
    data = bytearray(whole.read_bytes())
    middle = len(data) // 4
    data[middle : middle + 9000] = bytes(9000)
    damaged = tmp_path / "damaged.mka"
    damaged.write_bytes(bytes(data))
    sound, issues = decode(damaged, tmp_path / "out.wav", "r")
    assert abs(sound.duration - 40_000) < 300
    assert sound.damaged
    assert any("damaged" in issue.message and issue.place for issue in issues)
    samples = Audio.open(tmp_path / "out.wav").read()
    click = np.abs(samples[RATE * 38 - 800 : RATE * 38 + 1600])
    assert click.max() > 0.9


def test_a_full_disk_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours are not spent on sound that cannot be stored."""
    source = write(tmp_path / "a.wav", [tone(2)])
    usage = type("Usage", (), {"free": 100})()
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(StoreError, match="free"):
        decode(source, tmp_path / "out.wav", "r")


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    """An hour needs no more memory than a minute (a little slack for the allocator)."""
    short = write(tmp_path / "short.flac", [tone(60)], codec="flac")
    long = tmp_path / "long.flac"
    write(long, [np.tile(tone(60), 20)], codec="flac")
    decode(short, tmp_path / "short.wav", "r")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    decode(long, tmp_path / "long.wav", "r")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 40_000, f"{grown} KB more"
