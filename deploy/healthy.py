"""Say whether a server or a worker answers, and whether each pool has a worker at work.

``python3 deploy/healthy.py http://127.0.0.1:4200/api/health [--wait 300] [--pool fgd ...]``. Needs
nothing but Python. Exit code 1 with one sentence for each thing that is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator


def ask(url: str, body: dict[str, object] | None = None) -> bytes:
    """Ask an address of this machine or network, by no proxy."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - an operator's own
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=15) as it:
        answer: bytes = it.read()
    return answer


def problems(url: str, pools: list[str]) -> Iterator[str]:
    """What is wrong with a server or worker, one sentence each."""
    try:
        ask(url)
        for pool in pools:
            found = ask(f"{url.removesuffix('/health')}/work_pools/{pool}/workers/filter", {})
            if not any(worker["status"] == "ONLINE" for worker in json.loads(found)):
                yield f"{pool}: no worker is at work; what is sent to this pool waits."
    except urllib.error.HTTPError as problem:
        yield f"{problem.url}: answered {problem.code}."
    except (OSError, ValueError, KeyError) as problem:
        yield f"{url}: does not answer ({type(problem).__name__})."


def main() -> int:
    """Look once, or again and again for as long as one is told to wait."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--pool", action="append", default=[], help="that must have a worker")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds until it must be well")
    chosen = parser.parse_args()
    end = time.monotonic() + chosen.wait
    while found := list(problems(chosen.url, chosen.pool)):
        if time.monotonic() >= end:
            sys.stderr.write("".join(f"{line}\n" for line in found))
            return 1
        time.sleep(2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
