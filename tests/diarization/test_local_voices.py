"""Pieces of one voice, and what windows know of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from fgd.core.backends import silent
from fgd.diarization.local_voices import APART, PIECE, _pieces, hear, read_kept, write_kept
from tests.diarization.conftest import THREE_VOICES

if TYPE_CHECKING:
    from pathlib import Path

    from fgd.audio.decode import Audio
    from fgd.diarization.embedded import EmbeddedDiarizer


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 300)), max_size=8),
    st.lists(st.integers(0, 1_500), max_size=6),
)
def test_pieces_cover_what_one_person_says_once(
    runs: list[tuple[int, int]], changes: list[int]
) -> None:
    """Every frame with one voice is in one piece, none is longer than two seconds."""
    count = np.array([n for n, length in runs for _ in range(length)], dtype=np.int8)
    change = np.zeros(len(count), dtype=np.float32)
    change[[at for at in changes if at < len(count)]] = 1.0
    if not len(count):
        return
    pieces = list(_pieces(count, change))
    covered = np.zeros(len(count), dtype=int)
    for first, last in pieces:
        assert 0 < last - first <= PIECE
        covered[first:last] += 1
    assert (covered == (count == 1)).all()


def test_a_change_of_voice_ends_a_piece() -> None:
    """Where the windows hear a change, even if they differ by a few frames."""
    count = np.ones(100, dtype=np.int8)
    change = np.zeros(100, dtype=np.float32)
    change[[49, 51]] = 0.5
    change[APART - 2] = 1.0  # too close to the beginning to be a turn
    cuts = [first for first, _ in _pieces(count, change)]
    assert len(cuts) == 2
    assert 48 <= cuts[1] <= 52


def test_windows_agree_on_who_is_who(diarizer: EmbeddedDiarizer, three_voices: Audio) -> None:
    """Pieces of one turn are one local voice, those of two people in one window are two."""
    from fgd.diarization.clustering import TOLD, Voices

    heard = diarizer._hear(three_voices, silent)
    middle = heard.timeline()
    whose = []
    for piece in range(len(heard.pieces)):
        moment = int(middle.moments[middle.piece == piece].mean())
        whose.append(next((who for who, span in THREE_VOICES if moment in span), ""))
    agreement = Voices(heard).agreement.toarray()
    names = np.array(whose)
    known = (names[:, None] != "") & (names[None] != "")
    same = names[:, None] == names[None]
    told_one, told_two = known & (agreement > TOLD), known & (agreement < -TOLD)
    assert told_one.sum() > 20
    assert told_two.sum() > 10
    assert same[told_one].mean() > 0.95
    assert same[told_two].mean() < 0.05


def test_what_was_heard_is_kept_beside_the_sound(
    diarizer: EmbeddedDiarizer, three_voices: Audio, tmp_path: Path
) -> None:
    """The same again for the same sound and networks; nothing for others or of a damaged file."""
    heard = diarizer._hear(three_voices, silent)
    path = tmp_path / "sound.voices"
    write_kept(path, "these networks", heard)
    again = read_kept(path, "these networks")
    assert again is not None
    for field in fields(heard):
        assert np.array_equal(getattr(heard, field.name), getattr(again, field.name))
    assert read_kept(path, "other networks") is None
    path.write_bytes(path.read_bytes()[:-1_000])
    assert read_kept(path, "these networks") is None
    assert read_kept(tmp_path / "none", "these networks") is None
    write_kept(tmp_path / "no folder" / "sound.voices", "these networks", heard)
    assert [each.name for each in tmp_path.iterdir()] == ["sound.voices"]


def test_what_is_heard_is_a_function_of_the_sound(
    diarizer: EmbeddedDiarizer, three_voices: Audio
) -> None:
    """To the last bit, whatever number of threads PyTorch has; and those of others stay as many."""
    mine = torch.get_num_threads()
    found, left = [], []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(hear(three_voices, diarizer.segmentation, diarizer.encoder))
            with ThreadPoolExecutor(1) as another:
                left.append(
                    (torch.get_num_threads(), another.submit(torch.get_num_threads).result())
                )
    finally:
        torch.set_num_threads(mine)
    for field in fields(found[0]):
        assert len({getattr(heard, field.name).tobytes() for heard in found}) == 1, field.name
    assert left == [(1, 1), (2, 2), (3, 3)]
