"""The simulation of a year agrees with the models beside it."""

from __future__ import annotations

import doctest
import statistics
from dataclasses import replace

import pytest

from benchmarks import scale
from benchmarks.scale import DAY, RATES, Job, Year

CALM = Year(hours=4_000.0, days_between_failures=0.0)


def test_the_formulas() -> None:
    assert doctest.testmod(scale).failed == 0


@pytest.mark.parametrize("machines", [1, 2])
def test_steady_sessions_wait_as_long_as_the_model_says(machines: int) -> None:
    """M/G/k at about seven tenths of what the machines can do; over seeds, within a quarter."""
    year = replace(CALM, hours=machines * 20_000.0)
    waited, said = [], []
    for seed in range(4):
        jobs = scale.steady(year, RATES["small"], seed, years=0.5)
        scale.serve(jobs, machines, year, seed)
        waited.append(statistics.mean(job.begins - job.arrives for job in jobs))
        works = [job.work for job in jobs]
        rate = len(jobs) / jobs[-1].arrives
        mean, spread = statistics.mean(works), statistics.pstdev(works)
        said.append(scale.allen_cunneen(rate, mean, spread, machines))
    assert statistics.mean(waited) == pytest.approx(statistics.mean(said), rel=0.25)


def test_whatever_lies_there_in_the_evening_keeps_to_the_bound() -> None:
    jobs = [replace(job, arrives=0.0) for job in scale.calendar(CALM, RATES["base"], 3)[:40]]
    scale.serve(jobs, 3, CALM, 3)
    least, most = scale.graham([job.work for job in jobs], 3)
    assert least <= max(job.ends for job in jobs) <= most


def test_a_machine_that_fails_loses_one_batch_and_no_session() -> None:
    """What was heard is kept; the rest is done by whoever is there."""
    year = replace(CALM, days_between_failures=0.2, hours_of_repair=1.0)
    jobs = [Job(0.0, DAY / 4, 1.0) for _ in range(8)]
    scale.serve(jobs, 2, year, 1)
    assert all(job.ends > 0 for job in jobs)
    assert max(job.ends for job in jobs) > DAY


def test_the_same_seed_gives_the_same_year() -> None:
    first, again = (scale.figures("base", 2, CALM, 5) for _ in range(2))
    assert first == again
