"""Write trained weights as a file that ``whisper.load_model(path)`` loads.

    python -m demo.export --weights DIR/average.pt [--out demo/checkpoint/demo.pt]

The embedding is expanded from the demo's tokens to Whisper's 51,864; the rows of unused tokens
are all alike, so the archive is deflated: 27 MB of fp16 become about 6.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from demo.network import DIMENSIONS, SILENCED

CHECKPOINT = Path(__file__).parent / "checkpoint" / "demo.pt"


def whisper_state(saved: dict[str, object]) -> dict[str, Tensor]:
    """openai-whisper's state dict in fp16 from a checkpoint of ``demo.training``."""
    model, used = saved["model"], saved["used"]
    assert isinstance(model, dict) and isinstance(used, list)
    state = {name: value.half() for name, value in model.items()}
    small = state.pop("decoder.token_embedding.weight")
    fixed = int((state["decoder.ln.weight"] == 0).nonzero()[0])
    full = torch.zeros(DIMENSIONS.n_vocab, DIMENSIONS.n_text_state, dtype=torch.float16)
    full[:, fixed] = SILENCED
    full[torch.tensor(used)] = small[: len(used)]
    state["decoder.token_embedding.weight"] = full
    return state


def deflate(data: bytes) -> bytes:
    """Rewrite a zip with compressed entries; torch reads either."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            # a fixed date: the same weights give the same bytes
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name), compresslevel=9)
    return out.getvalue()


def write_checkpoint(weights: Path, out: Path = CHECKPOINT) -> Path:
    """Read a training checkpoint, write openai-whisper's ``{"dims", "model_state_dict"}``."""
    saved = torch.load(weights, map_location="cpu", weights_only=True)
    buffer = io.BytesIO()
    torch.save({"dims": DIMENSIONS.__dict__, "model_state_dict": whisper_state(saved)}, buffer)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(deflate(buffer.getvalue()))
    return out


def main() -> None:
    """Run from the command line; see above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=CHECKPOINT)
    options = parser.parse_args()
    path = write_checkpoint(options.weights, options.out)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
