"""A year of recordings on k machines: a simulation beside two models of queues.

Sessions arrive through a calendar of working days with some weeks of conferences. Machines take
them in order, one at a time, and fail now and then; what was heard is kept but for the last batch.
After that people correct what needs them. Nothing of the product runs here: ``RATES`` are figures
that other benchmarks measured, ``Year`` is what is assumed, and both are printed with the result.

The models: M/G/k with the waiting time of Allen and Cunneen (A. O. Allen, Probability, Statistics
and Queueing Theory, 1990, on Erlang's C formula of 1917) for sessions that come at any time, and
the bound of R. L. Graham (Bounds on Multiprocessing Timing Anomalies, 1969) for what lies there in
the evening. ``--runs FILE`` compares the second with runs that were measured: a line for each
session, when it began and ended, in seconds (from Prefect's database, docs/scale.md).
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.common import parser, report

HOUR, DAY = 3600.0, 86400.0
MORNING, OPENS, CLOSES = 8 * HOUR, 9 * HOUR, 17 * HOUR


@dataclass(frozen=True)
class Rates:
    """Processor seconds, measured on cores without AMX (sources: docs/scale.md)."""

    hearing: float
    """For an hour of sound, one thread."""
    voices: float = HOUR / 65
    text: float = 40.0
    """For an hour of talk, whatever hears it."""
    start: float = 13.0
    """For the process of a session."""


BASE = HOUR * 21 / 180
RATES = {
    "base": Rates(BASE),
    "small": Rates(BASE * 2.7 / 0.74),
    # Assumed: as many more operations as large has parameters (1,550 against 244 million).
    "large": Rates(BASE * 2.7 / 0.74 * 1550 / 244),
}


@dataclass(frozen=True)
class Year:
    """What is assumed: nobody has run such a year."""

    hours: float = 10_000.0
    working_days: int = 220
    conference_weeks: int = 4
    conference_hours_a_day: float = 80.0
    session_hours: float = 1.5
    cores: int = 2
    """Of one machine, and what of them is left when threads wait for each other."""
    efficiency: float = 0.75
    days_between_failures: float = 30.0
    hours_of_repair: float = 12.0
    lost_sound_seconds: float = 240.0
    """What is heard again after a failure: one batch of windows."""
    people: int = 3
    correcting: float = 0.25
    """Hours of a person for an hour of recording."""


@dataclass
class Job:
    """One session: when it arrives, the seconds that a machine needs for it, its hours of sound."""

    arrives: float
    work: float
    sound: float
    left: float = 0.0
    begins: float = -1.0
    ends: float = 0.0


def work(hours: float, rates: Rates, year: Year) -> float:
    """Seconds that one machine needs for a session: hearing on all cores, the rest on one."""
    heard = hours * (rates.hearing + rates.voices) / (year.cores * year.efficiency)
    return heard + hours * rates.text + rates.start


def length(year: Year, draw: random.Random) -> float:
    """Hours of one session."""
    spread = 0.4
    return draw.lognormvariate(math.log(year.session_hours) - spread**2 / 2, spread)


def calendar(year: Year, rates: Rates, seed: int) -> list[Job]:
    """A year of sessions: weekdays, ten to six, and some weeks of conferences."""
    draw = random.Random(seed)
    days = [day for day in range(364) if day % 7 < 5]
    days = sorted(draw.sample(days, year.working_days))
    weeks = draw.sample(sorted({day // 7 for day in days}), year.conference_weeks)
    crowded = {day for day in days if day // 7 in weeks}
    usual = (year.hours - len(crowded) * year.conference_hours_a_day) / len(days)
    jobs = []
    for day in days:
        left = draw.gauss(1, 0.3) * usual + year.conference_hours_a_day * (day in crowded)
        while left > 0:
            hours = length(year, draw)
            arrives = day * DAY + draw.uniform(10, 18) * HOUR
            jobs.append(Job(arrives, work(hours, rates, year), hours))
            left -= hours
    return sorted(jobs, key=lambda job: job.arrives)


def steady(year: Year, rates: Rates, seed: int, years: float = 10.0) -> list[Job]:
    """The same sessions at any time of day and night: what M/G/k speaks of."""
    draw = random.Random(seed)
    jobs, now = [], 0.0
    for _ in range(round(years * year.hours / year.session_hours)):
        now += draw.expovariate(year.hours / year.session_hours / (364 * DAY))
        hours = length(year, draw)
        jobs.append(Job(now, work(hours, rates, year), hours))
    return jobs


def serve(jobs: Sequence[Job], machines: int, year: Year, seed: int) -> None:
    """Let the machines do the jobs in order of arrival; each learns when it began and ended."""
    draw = random.Random(seed + 1)
    counter = itertools.count()
    events: list[tuple[float, int, str, Any]] = []

    def at(time: float, kind: str, what: Any) -> None:
        heapq.heappush(events, (time, next(counter), kind, what))

    for job in jobs:
        job.left = job.work
        at(job.arrives, "arrives", job)
    fails = year.days_between_failures * DAY
    for machine in range(machines if fails else 0):
        at(draw.expovariate(1 / fails), "fails", machine)
    waiting: deque[Job] = deque()
    idle, doing, undone = set(range(machines)), dict[int, tuple[Job, float]](), len(jobs)
    while undone:
        now, _, kind, what = heapq.heappop(events)
        if kind == "arrives":
            waiting.append(what)
        elif kind == "ends":
            machine, job, began = what
            if doing.get(machine) != (job, began):
                continue  # the machine failed meanwhile
            del doing[machine]
            idle.add(machine)
            job.ends, undone = now, undone - 1
        elif kind == "fails":
            idle.discard(what)
            if what in doing:
                job, began = doing.pop(what)
                lost = work(year.lost_sound_seconds / HOUR, BARE, year)
                job.left = min(job.work, job.left - (now - began) + lost)
                waiting.appendleft(job)
            at(now + year.hours_of_repair * HOUR, "back", what)
        elif kind == "back":
            idle.add(what)
            at(now + draw.expovariate(1 / fails), "fails", what)
        while waiting and idle:
            machine, job = idle.pop(), waiting.popleft()
            job.begins = now if job.begins < 0 else job.begins
            doing[machine] = (job, now)
            at(now + job.left, "ends", (machine, job, now))


BARE = replace(RATES["small"], start=0.0)


def allen_cunneen(arrivals: float, mean: float, spread: float, machines: int) -> float:
    """Mean wait in M/G/k: Erlang's C, times half of one and the squared variation of the work.

    >>> round(allen_cunneen(0.5, 1.0, 1.0, 1), 6)  # M/M/1 at half load waits as long as it works
    1.0
    """
    load = arrivals * mean
    if load >= machines:
        return math.inf
    busy = load**machines / math.factorial(machines) * machines / (machines - load)
    queue = busy / (sum(load**n / math.factorial(n) for n in range(machines)) + busy)
    return queue * mean / (machines - load) * (1 + (spread / mean) ** 2) / 2


def graham(works: Sequence[float], machines: int) -> tuple[float, float]:
    """The least and the most that jobs which all lie there take, in whatever order they are done.

    >>> graham([3.0, 3.0, 3.0], 2)
    (4.5, 6.0)
    """
    least = max(sum(works) / machines, max(works))
    return least, sum(works) / machines + max(works) * (1 - 1 / machines)


def correct(jobs: Sequence[Job], year: Year) -> list[float]:
    """Hours from brief to corrected brief: so many people, on weekdays from nine to five."""
    free = [0.0] * year.people
    heapq.heapify(free)
    waits = []
    for job in sorted(jobs, key=lambda job: job.ends):
        now, left = max(job.ends, heapq.heappop(free)), job.sound * year.correcting * HOUR
        while True:
            day, clock = divmod(now, DAY)
            if day % 7 >= 5 or clock >= CLOSES:
                now = (day + 1) * DAY + OPENS
                continue
            now = max(now, day * DAY + OPENS)
            done = min(left, day * DAY + CLOSES - now)
            now, left = now + done, left - done
            if left <= 0:
                break
        heapq.heappush(free, now)
        waits.append((now - job.ends) / HOUR)
    return waits


def figures(weights: str, machines: int, year: Year, seed: int) -> dict[str, Any]:
    """One row: how busy, how long from recording to brief, and what M/G/k says."""
    rates = RATES[weights]
    jobs = calendar(year, rates, seed)
    needed = sum(job.work for job in jobs)
    row: dict[str, Any] = {
        "weights": weights,
        "machines": machines,
        "busy_percent": round(100 * needed / machines / (364 * DAY), 1),
    }
    if needed > machines * 364 * DAY * 0.98:
        return row | {"never": True}
    serve(jobs, machines, year, seed)
    took = sorted((job.ends - job.arrives) / HOUR for job in jobs)
    ready = sum(job.ends <= (job.arrives // DAY + 1) * DAY + MORNING for job in jobs)
    alone = steady(year, rates, seed)
    serve(alone, machines, replace(year, days_between_failures=0.0), seed)
    works = [job.work for job in alone]
    model = allen_cunneen(
        len(alone) / alone[-1].arrives, statistics.mean(works), statistics.pstdev(works), machines
    )
    waited = statistics.mean(job.begins - job.arrives for job in alone)
    by_day = itertools.groupby(jobs, key=lambda job: job.arrives // DAY)
    evening = max((list(day) for _, day in by_day), key=lambda day: sum(job.work for job in day))
    least, most = graham([job.work for job in evening], machines)
    evening = [replace(job, arrives=0.0) for job in evening]
    serve(evening, machines, replace(year, days_between_failures=0.0), seed)
    return row | {
        "busiest_day_hours": {
            "least": round(least / HOUR, 1),
            "simulated": round(max(job.ends for job in evening) / HOUR, 1),
            "most": round(most / HOUR, 1),
        },
        "hours_median": round(took[len(took) // 2], 2),
        "hours_95": round(took[len(took) * 95 // 100], 2),
        "hours_worst": round(took[-1], 1),
        "ready_at_eight_percent": round(100 * ready / len(jobs), 1),
        "steady_wait_minutes": {"M/G/k": round(model / 60, 2), "simulated": round(waited / 60, 2)},
    }


def people(year: Year, seed: int) -> list[dict[str, Any]]:
    """How long a brief waits for its corrections, for so many people and so much care."""
    jobs = calendar(year, RATES["small"], seed)
    serve(jobs, 4, year, seed)
    rows = []
    for care in (0.1, 0.25, 0.5, 1.0):
        for count in (1, 2, 3, 4, 6, 8):
            waits = sorted(correct(jobs, replace(year, people=count, correcting=care)))
            rows.append(
                {
                    "hours_for_an_hour": care,
                    "people": count,
                    "days_median": round(waits[len(waits) // 2] / 24, 1),
                    "days_95": round(waits[len(waits) * 95 // 100] / 24, 1),
                    "days_at_the_end": round(waits[-1] / 24, 1),
                }
            )
    return rows


def measured(path: Path, machines: int) -> dict[str, Any]:
    """What the bound says of runs that were measured, and what they took."""
    runs = [tuple(map(float, line.split())) for line in path.read_text().splitlines() if line]
    works = [end - begin for begin, end in runs]
    least, most = graham(works, machines)
    took = max(end for _, end in runs) - min(begin for begin, _ in runs)
    return {
        "runs": len(runs),
        "machines": machines,
        "mean_seconds": round(statistics.mean(works), 1),
        "least": round(least, 1),
        "most": round(most, 1),
        "took": round(took, 1),
        "between_runs_seconds": round((took * machines - sum(works)) / len(runs), 1),
    }


def main() -> None:
    """Print the line."""
    arguments = parser(__doc__)
    arguments.add_argument("--machines", type=int, nargs="+", default=[1, 2, 3, 4, 6, 8])
    arguments.add_argument("--weights", nargs="+", default=list(RATES), choices=RATES)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--hours", type=float, default=Year.hours, help="of recordings a year")
    arguments.add_argument("--cores", type=int, default=Year.cores, help="of each machine")
    arguments.add_argument("--runs", type=Path, help="measured runs instead: begin and end a line")
    chosen = arguments.parse_args()
    if chosen.runs:
        report("scale", "measured runs", [measured(chosen.runs, k) for k in chosen.machines])
        return
    year = Year(hours=chosen.hours, cores=chosen.cores)
    rows = [figures(name, k, year, chosen.seed) for name in chosen.weights for k in chosen.machines]
    report(
        "scale",
        f"{chosen.hours:g} hours a year",
        {
            "rates": {name: asdict(each) for name, each in RATES.items()},
            "assumed": asdict(year),
            "machines": rows,
            "people": people(year, chosen.seed),
        },
    )


if __name__ == "__main__":
    main()
