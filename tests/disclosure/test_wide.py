"""The wide network that judges clauses beside the shipped one, and what lacks it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

import benchmarks.clauses_wide as script
from fgd.core import mpnet
from fgd.disclosure import doubts, reader, wide

TEXT = "Pumps break, because my brother sold them. Wells should be open to everybody."


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The published weights; fetched where they are not there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FGD_MPNET")
        folder = mpnet.pull().parent
    monkeypatch.setenv("FGD_MPNET", str(folder))


def test_additions_come_from_the_script_and_the_grammar_beside_them(here: None) -> None:
    """Who changes either learns the additions anew: python -m benchmarks.clauses_wide."""
    network = wide.learned()
    assert network.script == hashlib.sha256(Path(script.__file__).read_bytes()).hexdigest()
    assert network.grammar == doubts.grammar()


def test_clauses_are_read_as_they_were_trained(here: None, tmp_path: Path) -> None:
    """What the product makes of a clause equals what the trained module does, but for bytes."""
    torch.manual_seed(1)
    found = doubts.windows([(TEXT, doubts.clauses(TEXT))])
    net = script.Net(len(found[0].cues[0])).eval()
    with torch.no_grad(), np.load(wide.ADDITIONS) as file:
        for name, each in net.named_parameters():
            if "|" in name:
                each.copy_(torch.from_numpy(file[name.replace("/", ".")]).float())
        net.judge.weight.copy_(torch.from_numpy(file["judge"])[None])
    script.saved(net, tmp_path / "additions.npz")
    made = wide.learned(tmp_path / "additions.npz")
    below = net.below(found)
    for window, state in zip(found, below, strict=True):
        mine = doubts._rows(wide.states(window.pieces, made), window) @ made.judge + made.bias
        theirs = net([(window, state, [])])
        assert torch.allclose(mine, theirs, atol=0.3), (mine, theirs)


def test_both_networks_count_alike_where_the_wide_one_is(
    here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its results are filed apart from those of the narrow one alone."""
    assert reader() == "mpnet"
    both = doubts.telling(TEXT)
    monkeypatch.setenv("FGD_MPNET", "nowhere")
    assert reader() == "minilm"
    alone = doubts.telling(TEXT)
    assert [each[:2] for each in both] == [each[:2] for each in alone]
    assert all(one[2] != other[2] for one, other in zip(both, alone, strict=True))
    assert both[1][2] > doubts.OTHER
