"""Signals for the poll driver: noted in a flag and a wake-up pipe, or raised out of a write that blocks.

A handler may not touch a session in the middle of a step, so it only notes. The exception is a write to a slow standard
output: the interpreter repeats an interrupted write unless the handler raises, so there it does.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Self

WATCHED = ("SIGINT", "SIGTERM", "SIGHUP")


class Interruption(BaseException):
    """A signal arrived while an output blocked; a BaseException, so that no sink's failure handling swallows it."""


class SignalWatch:
    """Watches SIGINT, SIGTERM and SIGHUP while it is entered; gives the handlers back afterwards."""

    def __init__(self) -> None:
        self.first: str | None = None
        """The name of the first signal that came, as `SIGINT`; None so far."""
        self._untaken: list[str] = []
        self._is_raising = False
        self._old: dict[int, Any] = {}
        self._old_wakeup = -1
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)

    def __enter__(self) -> Self:
        for name in WATCHED:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._old[number] = signal.signal(number, self._handle)
        self._old_wakeup = signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.set_wakeup_fd(self._old_wakeup)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        os.close(self._read_end)
        os.close(self._write_end)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when a signal comes."""
        return self._read_end

    def take(self) -> list[str]:
        """Return the names of the signals that came since the last call, and empty the wake-up pipe."""
        if self._untaken:
            with suppress(BlockingIOError):  # the handler runs before the interpreter has written the byte
                os.read(self._read_end, 512)
        taken, self._untaken = self._untaken, []
        return taken

    def give_back(self) -> None:
        """Have `take` return the first signal again: one session took it, and it is meant for the one around it too."""
        if self.first is not None:
            self._untaken.append(self.first)

    def alarm_after(self, seconds: float) -> None:
        """Break a blocked output after so many seconds, where the system has such a timer."""
        if hasattr(signal, "setitimer"):
            self._old.setdefault(signal.SIGALRM, signal.signal(signal.SIGALRM, self._handle_alarm))
            signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let a signal raise Interruption out of what runs inside: a write that may block."""
        if self._untaken:
            raise Interruption
        self._is_raising = True
        try:
            yield
        finally:
            self._is_raising = False

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        self.first = self.first or name
        self._untaken.append(name)
        if self._is_raising:
            raise Interruption

    def _handle_alarm(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_raising:
            raise Interruption
