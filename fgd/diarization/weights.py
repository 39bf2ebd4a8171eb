"""The weights of the voice encoder, read out of the package that carries them.

The wheel of Resemblyzer 0.1.4 (Apache 2.0) holds a GE2E encoder trained on LibriSpeech-other and
VoxCeleb 1 and 2. Only that one file is used: the package itself is never imported, because it
wants a C compiler (``webrtcvad``) and parts of ``setuptools`` that are gone. See docs/voices.md.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.core.errors import BackendUnavailable

if TYPE_CHECKING:
    import torch

PACKAGE = "Resemblyzer"
FILE = "resemblyzer/pretrained.pt"
SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
REMEDY = "Run: pip install --no-deps Resemblyzer==0.1.4"


def find() -> Path:
    """Where the weights lie. Raises ``BackendUnavailable`` if they are not on this machine."""
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        raise BackendUnavailable(
            "the weights of the voice encoder are not installed.", remedy=REMEDY
        ) from None
    path = Path(str(package.locate_file(FILE)))
    if not path.is_file():
        raise BackendUnavailable(
            f"{PACKAGE} is installed without {FILE}.", remedy=f"{REMEDY} --force-reinstall"
        )
    return path


def load(path: Path) -> dict[str, torch.Tensor]:
    """The encoder's tensors, names as in the file, once the file's hash has been checked.

    Raises ``BackendUnavailable`` if the file is not the one that was tested.
    """
    import torch

    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != SHA256:
        raise BackendUnavailable(
            f"the weights of the voice encoder are not those of {PACKAGE} 0.1.4.",
            where=str(path),
            remedy=f"{REMEDY} --force-reinstall",
        )
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    tensors: dict[str, torch.Tensor] = checkpoint["model_state"]
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("similarity")}
