"""Probing: open, perhaps measure a Ping and hold the connection open for a moment, then close."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wscli.engine.jobs.job import IdleJob
from wscli.events import Batch, CloseReceived, Opened, PongMatched, SessionEnded, WebSocketFailed
from wscli.protocol.step import Order, SendClose, SendPing

PONG_TIME = 5.0
PAYLOAD = b"wscli diagnose"


class ProbeJob(IdleJob):
    """Closes as soon as it is open; with a time for it, once a Ping was answered or that time has passed."""

    def __init__(self, pong_time: float | None = None, before_close: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._pong_time = pong_time
        self._before_close = before_close
        """Called once everything went well so far, while the connection is open."""
        self._due: float | None = None
        self._has_pong = False
        self._is_done = False

    @property
    def wake_at(self) -> float | None:
        """When to close: the Pong has come, or counts as missing."""
        return self._due

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Ping once open, close at the Pong."""
        for event in batch.events:
            if isinstance(event, Opened) and not self._is_done:
                if self._pong_time is None:
                    return self._done()
                if _ends(batch):
                    self._is_done = True
                    return ()
                self._due = batch.at + self._pong_time
                return (SendPing(PAYLOAD),)
            if isinstance(event, PongMatched) and not self._is_done and not self._has_pong:
                self._has_pong = True
                if self._before_close is not None and not _ends(batch):
                    self._before_close()
                self._due = batch.at  # at once, but by a clock that knows how long the call took
        if _ends(batch):
            self._is_done, self._due = True, None
        return ()

    def tick(self, now: float) -> Sequence[Order]:
        """Close without the Pong once its time has passed."""
        if self._due is None or now < self._due:
            return ()
        if not self._has_pong:
            self.missed = "no Pong came"
        return self._done()

    def _done(self) -> Sequence[Order]:
        self._is_done, self._due = True, None
        return (SendClose(1000),)


def _ends(batch: Batch) -> bool:
    """Whether the connection is ending anyway."""
    return any(isinstance(event, (CloseReceived, WebSocketFailed, SessionEnded)) for event in batch.events)
