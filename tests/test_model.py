"""The nouns: frozen, tuple-only, and an interval with an honest algebra."""

from __future__ import annotations

import dataclasses
import inspect
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd import model
from fgd.model import Span

spans = st.tuples(st.integers(0, 10_000), st.integers(0, 3_000)).map(
    lambda pair: Span(pair[0], pair[0] + pair[1])
)
NOUNS = [noun for noun in vars(model).values() if dataclasses.is_dataclass(noun)]


@given(spans, spans)
def test_intersection_is_symmetric_and_inside_both(a: Span, b: Span) -> None:
    """What two spans share lies in both, whichever is named first."""
    assert bool(a & b) == bool(b & a) == (a.overlaps(b) and bool(a) and bool(b))
    if a & b:
        assert a & b == b & a
        assert all(moment in a and moment in b for moment in ((a & b).start, (a & b).end - 1))


@given(spans, spans)
def test_union_is_the_smallest_cover(a: Span, b: Span) -> None:
    """The hull covers both and begins and ends with one of them."""
    hull = a | b
    assert hull.start == min(a.start, b.start)
    assert hull.end == max(a.end, b.end)


@given(spans, st.integers(0, 20_000))
def test_a_span_is_half_open(span: Span, moment: int) -> None:
    """The start belongs to a span, its end does not; empty spans hold nothing."""
    assert (moment in span) == (span.start <= moment < span.end)
    assert bool(span) == (span.duration > 0)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4)])
def test_impossible_spans_are_refused(start: int, end: int) -> None:
    """Time neither starts before the recording nor runs backwards."""
    with pytest.raises(ValueError, match="span"):
        Span(start, end)


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_noun_is_frozen_and_holds_no_lists(noun: type) -> None:
    """Values cannot be changed behind somebody's back, and nothing is ever None."""
    assert noun.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for name, kind in typing.get_type_hints(noun).items():
        assert typing.get_origin(kind) not in (list, set), f"{noun.__name__}.{name} is mutable"
        assert type(None) not in typing.get_args(kind), f"{noun.__name__}.{name} may be None"


def test_every_noun_is_exported() -> None:
    """``fgd.model`` is the one place to import nouns from."""
    defined = {
        name
        for name, value in vars(model).items()
        if inspect.isclass(value) and value.__module__.startswith("fgd.model.")
    }
    assert defined <= set(model.__all__)
    assert len(model.__all__) == len(set(model.__all__))
