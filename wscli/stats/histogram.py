"""Percentiles of any number of values in constant memory: counts in buckets that are 2 % wide."""

from __future__ import annotations

from math import exp, log

_STEP = log(1.02)
_LEAST = 1e-9
"""Smaller values, and 0, share one bucket."""


class Histogram:
    """Counts values from 0 on; what it says of their order is right to 1 %, their sum, least and most are exact."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.least = 0.0
        self.most = 0.0
        self._buckets: dict[int, int] = {}

    def add(self, value: float) -> None:
        """Count a value."""
        if not self.count or value < self.least:
            self.least = value
        if value > self.most:  # noqa: PLR1730  # a call of max takes longer than all the rest
            self.most = value
        self.count += 1
        self.total += value
        place = int(log(max(_LEAST, value)) // _STEP)
        self._buckets[place] = self._buckets.get(place, 0) + 1

    def merge(self, other: Histogram) -> None:
        """Count everything that the other one has counted."""
        if not other.count:
            return
        self.least = min(self.least, other.least) if self.count else other.least
        self.most = max(self.most, other.most)
        self.count += other.count
        self.total += other.total
        for place, count in other._buckets.items():
            self._buckets[place] = self._buckets.get(place, 0) + count

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """Return the value below which this share (0 to 1) of all lies; 0 where there is none."""
        rest = share * self.count
        for place in sorted(self._buckets):
            rest -= self._buckets[place]
            if rest <= 0:
                return min(max(exp((place + 0.5) * _STEP), self.least), self.most)
        return self.most
