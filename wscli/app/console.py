"""The surroundings of a run: standard streams, terminal, environment, wall clock; the one place that asks for them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from wscli.engine.signals import SignalWatch
from wscli.render.style import Painter, wants_colour
from wscli.text import visible

PLAIN_WIDTH = 120
"""Cells a line may take where no terminal says how wide it is."""


class Console:
    """Standard output for data, standard error for talk."""

    def __init__(self, colour: str = "auto") -> None:
        self.started = time.time()
        """The wall clock when the run began; seconds since 1970."""
        self._colour = colour

    @property
    def is_output_terminal(self) -> bool:
        return _is_terminal(1)

    @property
    def is_input_terminal(self) -> bool:
        return _is_terminal(0)

    @property
    def is_talk_terminal(self) -> bool:
        return _is_terminal(2)

    def painter(self, descriptor: int) -> Painter:
        """Return the painter for a standard stream."""
        is_terminal = _is_terminal(descriptor)
        return Painter(colour=wants_colour(self._colour, is_terminal=is_terminal, environment=os.environ))

    def width(self) -> int:
        """Return the terminal cells of a line of talk."""
        for descriptor in (2, 1):
            try:
                return os.get_terminal_size(descriptor).columns
            except (OSError, ValueError):
                continue
        return PLAIN_WIDTH

    def talk(self, text: str) -> None:
        """Write to standard error; where that is closed there is nobody to tell."""
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):
            pass

    def note(self, text: str) -> None:
        """Say one sentence of our own, escaped."""
        self.talk(f"wscli: {visible(text)}\n")

    def started_text(self) -> str:
        """Return when the run began: ISO 8601 in UTC, with milliseconds."""
        return wall_clock_text(self.started)

    def now_text(self) -> str:
        """Return the wall clock: ISO 8601 in UTC, with milliseconds."""
        return wall_clock_text(time.time())


def wall_clock_text(moment: float) -> str:
    """Return a moment of the wall clock as ISO 8601 in UTC, with milliseconds."""
    whole = int(moment)
    milliseconds = int((moment - whole) * 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03d}Z"


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def descriptor_writer(descriptor: int, watch: SignalWatch) -> Callable[[bytes], None]:
    """Return a function that writes all of its bytes; a signal or the time limit breaks a write that blocks."""

    def write(data: bytes) -> None:
        view = memoryview(data)
        with watch.interruptible():
            while view:
                view = view[os.write(descriptor, view) :]

    return write
