"""How much happened when, in constant memory: bins that double their width when time runs out of them."""

from __future__ import annotations

BINS = 128
_FIRST_WIDTH = 0.001
_BARS = " ▁▂▃▄▅▆▇█"


class Timeline:
    """Counts what happens at moments from 0 on."""

    def __init__(self) -> None:
        self._width = _FIRST_WIDTH
        self._counts = [0] * BINS
        self._end = 0.0

    def add(self, at: float, count: int = 1) -> None:
        """Count something, or several things, at a moment in seconds."""
        if at > self._end:  # noqa: PLR1730  # quicker than a call
            self._end = at
        place = int(at // self._width)
        while place >= BINS:
            half = [self._counts[2 * one] + self._counts[2 * one + 1] for one in range(BINS // 2)]
            self._counts = half + [0] * (BINS - BINS // 2)
            self._width *= 2
            place = int(at / self._width)
        self._counts[place] += count

    def bins(self, most: int) -> tuple[float, list[int]]:
        """Return the width of a bin in seconds, and at most so many bins up to the last moment."""
        used = int(self._end / self._width) + 1
        joined = -(-used // most)
        counts = [sum(self._counts[start : min(start + joined, used)]) for start in range(0, used, joined)]
        return self._width * joined, counts

    def plot(self, width: int) -> str:
        """Return one line of bars, at most so wide; the highest is the busiest bin, and what is not empty is seen."""
        _, counts = self.bins(width)
        most = max(counts)
        if not most:
            return ""
        return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)
