"""JSON into typed values, by msgspec, from several threads at once.

msgspec looks into a class the first time it is asked for and marks it as known before it is done.
A second thread that decodes the same class in that moment reads a half-made description and takes
the whole process with it (seen with msgspec 0.22, reproduced in ``tests/test_typed.py``). Here one
thread at a time looks; decoding itself needs no lock.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_LOCK = threading.Lock()
_KNOWN: dict[Any, msgspec.json.Decoder[Any]] = {}


def decode(data: bytes | str | msgspec.Raw, kind: type[T]) -> T:
    """The value of this kind that some JSON is. Raises ``msgspec.MsgspecError``, and whatever
    else ``msgspec.json.decode`` raises.
    """
    decoder = _KNOWN.get(kind)
    if decoder is None:
        with _LOCK:
            decoder = _KNOWN[kind] = msgspec.json.Decoder(kind)
    value: T = decoder.decode(data)
    return value


def convert(value: object, kind: type[T], *, from_attributes: bool = False) -> T:
    """The same from tables and lists, or from another class with attributes of the same names.

    Raises ``msgspec.ValidationError``.
    """
    with _LOCK:
        return msgspec.convert(value, kind, strict=True, from_attributes=from_attributes)
