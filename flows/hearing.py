"""Bound what is heard at once, by Prefect's global concurrency limits, and stop it at once.

A GPU is one slot. Without one, a machine has as many slots as its cores and its memory carry
recordings: one, unless ``OMP_NUM_THREADS`` leaves cores to others. Limits are made when they are
first needed; one that somebody has changed (``prefect gcl update``) stays as it is.
"""

from __future__ import annotations

import contextvars
import ctypes
import functools
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import PREFECT_API_URL

from fgd.model import Recording
from fgd.pipeline import SessionContext
from fgd.pipeline.context import NotAdmitted

log = logging.getLogger("fgd")

VARIABLE = "FGD_ACCELERATOR"
"""Names the limit, where two machines or containers share what they hear with."""

# What hearing one recording takes of a machine's memory, in bytes.
MEMORY = 4 << 30
# A slot of a process that was killed is free again after so many seconds.
_LENIENT: dict[str, Any] = {"lease_duration": 60.0, "raise_on_lease_renewal_failure": False}
# Seconds between two questions whether a batch was cancelled.
LOOK = 8.0
_HEAVY = ("transcript", "diarization")
_HEARING = threading.Lock()


class Turns:
    """Let the steps of one run begin, hearing in turn, as long as the run is wanted."""

    def __init__(self) -> None:
        self._at_work: set[int] = set()
        self.stopped = False

    def of(self, one: SessionContext) -> Callable[[str], AbstractContextManager[None]]:
        """What a pass calls around its steps."""

        @contextmanager
        def admit(step: str) -> Iterator[None]:
            recording, _, name = step.rpartition("/")
            heavy = name in _HEAVY and bool(recording) and not is_read(one.recording(recording))
            with _turn(one.settings.speech.device) if heavy else nullcontext():
                if self.stopped:
                    raise NotAdmitted(step)
                thread = threading.get_ident()
                self._at_work.add(thread)
                try:
                    yield
                finally:
                    self._at_work.discard(thread)

        return admit

    @contextmanager
    def wanted(self) -> Iterator[None]:
        """Stop everything if what is inside is stopped: other threads do not hear of that."""
        try:
            yield
        except Exception:
            raise
        except BaseException:
            self.stop()
            raise

    @contextmanager
    def unless_cancelled(self, run: str | None) -> Iterator[None]:
        """Stop when somebody cancels the run on the server, whichever process it is in."""
        ended = threading.Event()

        def watch() -> None:
            with get_client(sync_client=True) as client:
                while not ended.wait(LOOK) and not self.stopped:
                    with suppress(httpx.HTTPError, OSError, ObjectNotFound):
                        state = client.read_flow_run(UUID(run)).state
                        if state is not None and (state.is_cancelling() or state.is_cancelled()):
                            self.stop()

        if run and PREFECT_API_URL.value():
            known = contextvars.copy_context()  # which server, among other things
            threading.Thread(target=known.run, args=(watch,), daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def stop(self) -> None:
        """End what is at work now, between two of its instructions; what it has done is kept."""
        self.stopped = True
        for thread in list(self._at_work):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread), ctypes.py_object(NotAdmitted)
            )


@contextmanager
def _turn(device: str) -> Iterator[None]:
    """Wait until this machine may hear one more recording.

    A server that is away, or a lease that could not be renewed, throws no hearing away.
    """
    held = ExitStack()
    try:
        if PREFECT_API_URL.value() is None:
            held.enter_context(_HEARING)  # nobody else shares a server that lives as long as we do
        else:
            limit = _made(*limit_of(device))
            held.enter_context(concurrency(limit, strict=True, **_LENIENT))
    except (httpx.HTTPError, OSError) as problem:
        log.warning("hearing without its limit: %s", type(problem).__name__)
        held.enter_context(_HEARING)
    try:
        yield
    finally:
        try:
            held.close()
        except (httpx.HTTPError, OSError) as problem:
            log.warning("the turn to hear ends by itself: %s", type(problem).__name__)


def limit_of(device: str) -> tuple[str, int]:
    """The name and the size of the limit that recordings on this machine share."""
    if named := os.environ.get(VARIABLE):
        return named, 1
    if device != "cpu":
        import torch

        if torch.cuda.is_available():
            visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").replace(",", "-")
            return "-".join(part for part in ("gpu", socket.gethostname(), visible) if part), 1
    cores = os.cpu_count() or 1
    each = int(os.environ.get("OMP_NUM_THREADS") or cores)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"hearing-{socket.gethostname()}", max(1, min(cores // each, memory // MEMORY))


def is_read(recording: Recording) -> bool:
    """Whether a transcript stands in for the sound."""
    return recording.kind == "transcript" or bool(recording.transcript)


@functools.cache
def _made(limit: str, slots: int) -> str:
    """Make the limit if nobody has."""
    wanted = GlobalConcurrencyLimitCreate(name=limit, limit=slots)
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_global_concurrency_limit(wanted)
    return limit
