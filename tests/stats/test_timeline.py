"""Bins that double their width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wscli.stats.timeline import Timeline


@given(st.lists(st.floats(0, 1e6), max_size=100), st.integers(1, 100))
def test_nothing_is_lost_and_no_more_bins_are_there_than_asked_for(moments: list[float], most: int) -> None:
    timeline = Timeline()
    for moment in moments:
        timeline.add(moment)
    width, counts = timeline.bins(most)
    assert len(moments) == sum(counts)
    assert len(counts) <= most
    assert len(timeline.plot(most)) <= most
    assert width * len(counts) >= max(moments, default=0.0) * 0.999


def test_the_plot_is_as_high_as_its_busiest_bin_and_shows_every_other() -> None:
    timeline = Timeline()
    timeline.add(0.0, 800)
    timeline.add(0.001)
    timeline.add(0.003, 400)
    assert "█▁ ▄" == timeline.plot(10)


def test_an_empty_time_has_no_plot() -> None:
    assert "" == Timeline().plot(10)
