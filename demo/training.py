"""Train the demo's network on windows made from a bank; resumable, timed by the wall clock.

        python -m demo.training --bank DIR --out DIR --minutes 60 [--start FILE] [--mix
  5:0.5,12:0.3,30:0.2]

One process per core, each making its own windows, gradients averaged (faster on a CPU than
threads in one process). ``--start`` takes a checkpoint of this program or a warm start; without
it the latest checkpoint in ``--out`` is continued, or training starts from nothing.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from demo.corpus import Bank
from demo.losses import collate, force, guidance, letters_loss, text_loss
from demo.network import Network
from demo.targets import MASKED, encode_window, used_tokens
from demo.windows import LONGEST, Windows

EMA = 0.998
WARM = 80  # steps until the full learning rate
# windows per process and step, by their length in seconds
SIZES = {5: 24, 12: 12, 30: 6}
# share of the batches whose windows have a prompt; so small a network hears worse with one, and
# the demo gives none
PROMPTED = {5: 0.0, 12: 0.0, 30: 0.1}


class Trainer:
    """One process of the training."""

    def __init__(self, options: argparse.Namespace, rank: int, ranks: int) -> None:
        self.options, self.rank, self.ranks = options, rank, ranks
        self.told = False  # to stop
        signal.signal(signal.SIGTERM, self._stop)
        torch.manual_seed(0)
        self.network = Network()
        decay = [p for p in self.network.parameters() if p.requires_grad and p.ndim > 1]
        plain = [p for p in self.network.parameters() if p.requires_grad and p.ndim <= 1]
        self.parameters = decay + plain
        groups = [{"params": decay, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=options.lr, betas=(0.9, 0.98))
        self.step, self.average = 0, dict[str, Tensor]()
        self._load()
        self.windows = Windows(Bank(options.bank), f"{options.seed}/{self.step}/{rank}")
        self.chance = random.Random(f"{self.step}/{rank}/tokens")
        self.shared = random.Random(f"{self.step}/lengths")
        self.lengths, self.weights = zip(*((int(a), float(b)) for a, b in options.mix), strict=True)

    def _load(self) -> None:
        latest = self.options.out / "latest.pt"
        start = self.options.start or (latest if latest.exists() else None)
        if start:
            saved = torch.load(start, map_location="cpu", weights_only=True)
            self.network.warm_start(saved)
            if (
                "optimizer" in saved
                and tuple(saved["used"]) == used_tokens()
                and not self.options.fresh
            ):
                self.optimizer.load_state_dict(saved["optimizer"])
                self.step = saved["step"]
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}

    def _stop(self, *_: object) -> None:
        """Finish the step, save and end: nothing is lost when the training is interrupted."""
        self.told = True

    def save(self) -> None:
        """``latest.pt`` to continue from, ``average.pt`` (smoothed weights, the ones to export)."""
        if self.rank:
            return
        head = {"used": list(used_tokens()), "step": self.step}
        for name, state in (("latest", self.network.state_dict()), ("average", self.average)):
            split = {
                "model": {
                    key[8:]: value for key, value in state.items() if key.startswith("whisper.")
                },
                "ctc": {key[4:]: value for key, value in state.items() if key.startswith("ctc.")},
            }
            extra = {"optimizer": self.optimizer.state_dict()} if name == "latest" else {}
            path = self.options.out / f"{name}.pt"
            torch.save({**split, **head, **extra}, path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)

    def update(self, rate: float, elapsed: float) -> dict[str, float]:
        """One step; returns the losses."""
        (seconds,) = self.shared.choices(self.lengths, self.weights)
        prompted = self.shared.random() < PROMPTED[seconds]
        count = max(1, round(SIZES[seconds] * self.options.scale))
        begun = time.monotonic()
        windows = [self.windows.window(float(seconds), prompted) for _ in range(count)]
        batch = collate([encode_window(one, float(seconds), self.chance) for one in windows])
        made = time.monotonic() - begun
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        known = batch.targets != MASKED
        share = self.options.force * max(0.0, 1 - elapsed / 0.7)
        forced = force(batch.spans, batch.mel.shape[-1] // 2, share) if share > 0 else ()
        with torch.autocast("cpu", torch.bfloat16):
            logits, letters, scores = self.network(batch.mel, batch.tokens, forced, known)
        targets = batch.targets[known]
        text, guide = text_loss(logits, targets), guidance(scores, batch.spans)
        # letters teach the encoder to hear; in long windows they cost a sixth of the step
        ctc = letters_loss(letters, batch.letters) if seconds < LONGEST else letters.sum() * 0
        loss = text + self.options.guide * guide + self.options.ctc * ctc
        self.optimizer.zero_grad()
        loss.backward()
        self._average_gradients()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.network.pin()
        self.step += 1
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - EMA) if value.is_floating_point() else None
            right = (logits.argmax(-1) == targets).float().mean()
        return {
            "text": text.item(),
            "guide": guide.item(),
            "ctc": ctc.item(),
            "right": right.item(),
            "making": made,
            "length": float(seconds),
            "s": float(count * seconds),
        }

    def _average_gradients(self) -> None:
        if self.ranks == 1:
            return
        flat = torch.cat([p.grad.flatten() for p in self.parameters if p.grad is not None])
        dist.all_reduce(flat)
        flat /= self.ranks
        offset = 0
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.grad.copy_(flat[offset : offset + parameter.numel()].view_as(parameter))
                offset += parameter.numel()

    def run(self) -> None:
        """Warm up, then fall in a line until the minutes are over."""
        begun = saved = printed = time.monotonic()
        total, first = self.options.minutes * 60, self.step
        losses: list[dict[str, float]] = []
        while True:
            clock = torch.tensor(math.inf if self.told else time.monotonic() - begun)
            if self.ranks > 1:
                dist.broadcast(clock, 0)  # all processes must agree when to stop
            share = float(clock) / total
            if share >= 1:
                break
            fall = self.options.end + (1 - self.options.end) * (1 - share)
            rate = self.options.lr * fall * min(1.0, (self.step - first + 1) / WARM)
            losses.append(self.update(rate, share))
            if self.step % 25 == 0 and self.rank == 0:
                mean = {key: sum(row[key] for row in losses) / len(losses) for key in losses[0]}
                for length in sorted({row["length"] for row in losses}):
                    some = [row["text"] for row in losses if row["length"] == length]
                    mean[f"text{length:.0f}"] = sum(some) / len(some)
                del mean["length"]
                speed = mean.pop("s") * len(losses) * self.ranks / (time.monotonic() - printed)
                print(
                    f"{self.step} {share:.2f} "
                    + " ".join(f"{k} {v:.3f}" for k, v in mean.items())
                    + f" x{speed:.0f}",
                    flush=True,
                )
            if self.step % 25 == 0:
                losses, printed = [], time.monotonic()
            if time.monotonic() - saved > 240:
                self.save()
                saved = time.monotonic()
        self.save()


def _process(rank: int, ranks: int, options: argparse.Namespace) -> None:
    os.setsid()  # on a shared machine Linux shares the cores by session
    torch.set_num_threads(1)
    if ranks > 1:
        dist.init_process_group(
            "gloo", f"file://{options.out}/rendezvous", rank=rank, world_size=ranks
        )
    Trainer(options, rank, ranks).run()


def _mix(text: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in (part.split(":") for part in text.split(","))]


def main() -> None:
    """Run from the command line; see above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--fresh", action="store_true", help="forget the optimizer's memory")
    parser.add_argument(
        "--mix", type=_mix, default="5:0.5,12:0.3,30:0.2", help="lengths in s with their shares"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="larger or smaller batches")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument(
        "--end", type=float, default=0.02, help="last learning rate as a share of the first"
    )
    parser.add_argument("--guide", type=float, default=0.2)
    parser.add_argument("--force", type=float, default=0.0, help="attention given at the start")
    parser.add_argument("--ctc", type=float, default=0.3)
    parser.add_argument("--seed", default="demo")
    parser.add_argument("--ranks", type=int, default=os.cpu_count())
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "rendezvous").unlink(missing_ok=True)
    # glibc gives large buffers back at every step unless told not to: half of the time otherwise
    os.environ |= {
        "MALLOC_TRIM_THRESHOLD_": str(2**32),
        "MALLOC_MMAP_THRESHOLD_": str(2**32),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    context = multiprocessing.get_context("spawn")
    ranks = [
        context.Process(target=_process, args=(rank, options.ranks, options), daemon=True)
        for rank in range(options.ranks)
    ]
    for process in ranks:
        process.start()
    while all(process.is_alive() for process in ranks):
        ranks[0].join(5)
    if any(process.exitcode for process in ranks):  # the others would wait for it for ever
        raise SystemExit("a process of the training has failed")
    for process in ranks:
        process.join()


if __name__ == "__main__":
    main()
