"""Percentiles in constant memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.stats.histogram import Histogram

values = st.lists(st.floats(0, 1e9), min_size=1, max_size=200)


def filled(numbers: list[float]) -> Histogram:
    histogram = Histogram()
    for number in numbers:
        histogram.add(number)
    return histogram


@given(values, st.floats(0, 1))
def test_a_percentile_is_right_to_a_few_percent(numbers: list[float], share: float) -> None:
    ordered = sorted(numbers)
    at = max(-(-share * len(ordered) // 1) - 1, 0)
    expected = ordered[int(at)]
    assert pytest.approx(expected, rel=0.03, abs=2e-9) == filled(numbers).percentile(share)


@given(values, values)
def test_merging_is_counting_both(one: list[float], other: list[float]) -> None:
    merged, both = filled(one), filled(one + other)
    merged.merge(filled(other))
    assert (both.count, both.least, both.most) == (merged.count, merged.least, merged.most)
    assert both.percentile(0.5) == merged.percentile(0.5)


def test_nothing_counted_is_all_zero() -> None:
    empty = Histogram()
    empty.merge(Histogram())
    assert (0, 0.0, 0.0, 0.0) == (empty.count, empty.mean, empty.percentile(0.5), empty.most)
    empty.merge(filled([2.0, 4.0]))
    assert (2.0, 4.0, 3.0) == (empty.least, empty.most, empty.mean)
