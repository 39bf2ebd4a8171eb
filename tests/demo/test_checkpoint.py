"""The network is openai-whisper's, and the file is openai-whisper's."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import whisper
from torch import Tensor

from demo.export import CHECKPOINT, whisper_state
from demo.network import DIMENSIONS, Network, _attend, deepen
from demo.session_one import LINES
from demo.targets import tokenizer, used_tokens


@pytest.fixture(scope="module")
def model() -> Any:
    return whisper.load_model(str(CHECKPOINT), device="cpu")


def test_a_deeper_decoder_starts_as_the_same_function() -> None:
    torch.manual_seed(0)
    network = Network()
    state = network.whisper.state_dict()
    late = ("decoder.blocks.2.", "decoder.blocks.3.")
    deeper = deepen({name: value for name, value in state.items() if not name.startswith(late)})
    assert {n for n in deeper if n.startswith("decoder")} == {
        n for n in state if n.startswith("decoder")
    }
    for layer in ("1", "3"):
        for part in ("attn.out", "cross_attn.out", "mlp.2"):
            assert not deeper[f"decoder.blocks.{layer}.{part}.weight"].any()
    assert torch.equal(
        deeper["decoder.blocks.2.mlp.0.weight"], state["decoder.blocks.1.mlp.0.weight"]
    )


def test_attention_has_the_gradients_of_attention() -> None:
    torch.manual_seed(0)
    ours = [torch.randn(2, 5, 4, requires_grad=True) for _ in range(3)]
    theirs = [one.detach().clone().requires_grad_() for one in ours]
    _attend(*ours).square().sum().backward()  # type: ignore[no-untyped-call]  # torch's
    q, k, v = theirs
    (torch.softmax(q @ k.transpose(1, 2), -1) @ v).square().sum().backward()  # type: ignore[no-untyped-call]
    for one, other in zip(ours, theirs, strict=True):
        assert one.grad is not None and other.grad is not None
        assert torch.allclose(one.grad, other.grad, atol=1e-5)


def test_network_computes_what_whisper_computes() -> None:
    """The short cuts of training (cut vocabulary, own attention) change nothing."""
    torch.manual_seed(0)
    network = Network().eval()
    mel, tokens = torch.randn(1, 80, 3000), torch.tensor([[5, 9, 2, 30]])
    with torch.no_grad():
        logits, letters, scores = network(mel, tokens)
        expected = network.whisper(mel, tokens)
    assert torch.allclose(logits, expected, atol=2e-3)
    assert letters.shape == (1, 1500, 31)
    assert [tuple(score.shape) for score in scores] == [(1, 3, 4, 1500)] * 4


def test_expanded_weights_answer_the_same_and_nothing_else() -> None:
    """Every token the demo knows keeps its logit; every other one is out of reach."""
    torch.manual_seed(0)
    network = Network().eval()
    saved: dict[str, object] = {
        "model": network.whisper.state_dict(),
        "used": list(used_tokens()),
    }
    full = whisper.model.Whisper(DIMENSIONS)
    full.load_state_dict(whisper_state(saved))
    used = torch.tensor(used_tokens())
    features = torch.randn(1, 1500, 192)
    with torch.no_grad():
        small: Tensor = network.whisper.decoder(torch.tensor([[5, 9]]), features)
        large: Tensor = full.decoder(used[torch.tensor([[5, 9]])], features)
    assert torch.allclose(large[..., used], small[..., :-1], atol=2e-2)
    others = torch.ones(DIMENSIONS.n_vocab, dtype=torch.bool)
    others[used] = False
    assert float(large[..., others].max()) < -30


def test_file_is_small_and_plain() -> None:
    assert CHECKPOINT.stat().st_size < 11_000_000
    saved = torch.load(CHECKPOINT, map_location="cpu", weights_only=True)
    assert set(saved) == {"dims", "model_state_dict"}
    assert saved["dims"] == DIMENSIONS.__dict__


def test_whisper_loads_it(model: Any) -> None:
    assert not model.is_multilingual
    heads = model.alignment_heads.to_dense()
    assert heads.tolist() == [[False] * 3] * 2 + [[True] * 3] * 2  # the ones that were guided


def test_it_can_say_every_word_of_the_session_and_no_other(model: Any) -> None:
    state = model.decoder.token_embedding.weight
    fixed = int((model.decoder.ln.weight == 0).nonzero()[0])
    silent = state[:, fixed] < -30
    assert not bool(silent[list(used_tokens())].any())
    assert int((~silent).sum()) == len(used_tokens())
    for line in LINES:
        assert not bool(silent[tokenizer().encode(" " + line.text)].any())
