"""A step is done once, timed, and done again exactly when something it depends on changed."""

from __future__ import annotations

from pathlib import Path

from fgd.model import Issue
from fgd.workspace.store import Store, provenance, run_step

NOTE = Issue("note", "a", "b")


class Counter:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> tuple[int, list[Issue]]:
        self.calls += 1
        return 7, [NOTE]


def test_a_fresh_step_is_not_done_again_but_keeps_its_issues(tmp_path: Path) -> None:
    """The problems met the first time are still shown the second time."""
    store, compute, made = Store(tmp_path / "work"), Counter(), provenance("s", 1)
    first = run_step(store, "s", int, made, compute)
    second = run_step(store, "s", int, made, compute)
    assert (first.fresh, second.fresh, compute.calls) == (False, True, 1)
    assert second.value == 7
    assert second.record.issues == (NOTE,)


def test_deleting_a_record_redoes_exactly_that_step(tmp_path: Path) -> None:
    """And what depends on its content stays fresh, because the content is the same."""
    store, one, two = Store(tmp_path / "work"), Counter(), Counter()
    first = run_step(store, "one", int, provenance("one", 1), one)
    run_step(store, "two", int, provenance("two", 1, inputs={"one": first.sha256}), two)
    store.path("one").unlink()
    first = run_step(store, "one", int, provenance("one", 1), one)
    second = run_step(store, "two", int, provenance("two", 1, inputs={"one": first.sha256}), two)
    assert (one.calls, two.calls) == (2, 1)
    assert second.fresh


def test_a_missing_companion_file_redoes_the_step(tmp_path: Path) -> None:
    """A record whose sound has been deleted is not fresh."""
    store, compute, made = Store(tmp_path / "work"), Counter(), provenance("s", 1)
    run_step(store, "s", int, made, compute)
    run_step(store, "s", int, made, compute, intact=lambda _: False)
    assert compute.calls == 2
