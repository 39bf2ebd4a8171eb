"""One recording at a time per accelerator, however many workers a machine runs.

The limit is Prefect's: it holds for every worker of the same server. Its name comes from the
machine and its visible GPU; ``FGD_ACCELERATOR`` names another one, for instance to let two workers
without a GPU take turns in hearing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from fgd import pipeline

VARIABLE = "FGD_ACCELERATOR"
_HEAVY = ("transcript", "diarization")


def in_turn(one: pipeline.SessionContext) -> Callable[[str], AbstractContextManager[None]]:
    """What a pass calls around its steps: those that need the accelerator wait for it."""

    def admit(step: str) -> AbstractContextManager[None]:
        recording, _, name = step.rpartition("/")
        if name not in _HEAVY or not recording or _is_read(one, recording):
            return nullcontext()
        limit = accelerator(one.settings.speech.device)
        if not limit:
            return nullcontext()
        _make(limit)
        # A lease that could not be renewed must not throw hours of hearing away.
        return concurrency(limit, strict=True, raise_on_lease_renewal_failure=False)

    return admit


def accelerator(device: str) -> str:
    """The name of the limit that recordings on this machine share; empty if there is none."""
    if named := os.environ.get(VARIABLE):
        return named
    if device == "cpu":
        return ""
    import torch

    if not torch.cuda.is_available():
        return ""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").replace(",", "-")
    return "-".join(part for part in ("gpu", socket.gethostname(), visible) if part)


def _is_read(one: pipeline.SessionContext, identity: str) -> bool:
    """Whether a transcript stands in for the sound."""
    recording = one.recording(identity)
    return recording.kind == "transcript" or bool(recording.transcript)


def _make(limit: str) -> None:
    """Make the limit if nobody has; one that somebody has changed stays as it is."""
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(limit)
        except ObjectNotFound:
            wanted = GlobalConcurrencyLimitCreate(name=limit, limit=1)
            try:
                client.create_global_concurrency_limit(wanted)
            except ObjectAlreadyExists:
                return
