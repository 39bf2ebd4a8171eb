"""A Whisper model of openai-whisper's own shape with random weights: small, quick, and real code."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def random_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A multilingual checkpoint in openai-whisper's format that knows nothing and stops after 48 tokens."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(3)
    model = Whisper(ModelDimensions(80, 1500, 64, 2, 2, 51865, 96, 64, 2, 2))
    for weights in model.parameters():
        torch.nn.init.normal_(weights, 0, 0.3 if weights.ndim > 1 else 0.1)
    path = tmp_path_factory.mktemp("weights") / "random.pt"
    torch.save({"dims": vars(model.dims), "model_state_dict": model.state_dict()}, path)
    return path
