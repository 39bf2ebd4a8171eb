"""Decoding in several threads at once, which must not end the process."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import msgspec
import pytest

from fgd.core.serialization import convert, decode

RACE = """
import dataclasses, sys, threading
import msgspec
from fgd.core.serialization import decode
sys.setswitchinterval(1e-6)
def made(n):
    inner = [
        dataclasses.make_dataclass(f"E{n}_{i}", [(f"a{j}", int, 0) for j in range(20)])
        for i in range(20)
    ]
    fields = [(f"f{i}", tuple[each, ...], ()) for i, each in enumerate(inner)]
    return dataclasses.make_dataclass(f"D{n}", fields)
data = msgspec.json.encode({f"f{i}": [{f"a{j}": j for j in range(20)}] for i in range(20)})
for n in range(15):
    kind, gate = made(n), threading.Barrier(6)
    def go():
        gate.wait()
        assert len(decode(data, kind).f0) == 1
    threads = [threading.Thread(target=go) for _ in range(6)]
    for each in threads: each.start()
    for each in threads: each.join()
print("alive")
"""


def test_a_class_met_by_six_threads_at_once() -> None:
    """With ``msgspec.json.decode`` in the place of ours this process dies of a wrong address."""
    done = subprocess.run(
        [sys.executable, "-c", RACE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "alive", done.stderr


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


def test_values_and_what_is_none() -> None:
    """Kinds are checked, defaults filled, and errors are msgspec's own."""
    assert decode(b'{"x":1}', Point) == Point(1)
    assert decode("[1,2]", tuple[int, ...]) == (1, 2)
    assert convert({"x": 3}, Point) == Point(3)
    assert convert(Point(1, 2), Point, from_attributes=True) == Point(1, 2)
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"x":"1"}', Point)
    with pytest.raises(msgspec.ValidationError):
        convert({}, Point)
