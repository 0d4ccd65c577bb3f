"""Services that speak by the clock: numbers, the time, messages at a rate, echoes after a while."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from wscli.engine.jobs.job import IdleJob, Job
from wscli.events import Batch, Interest, MessageKind, MessageReceived, Opened
from wscli.protocol.step import Order, SendClose, SendMessage
from wscli.serve.hub import Visit

LONGEST = 86_400.0
"""The longest time a parameter may ask for, in seconds."""

BURST = 64
"""Messages that `source` gives out at once; between bursts the others have their turn."""
BURST_SIZE = 1 << 18
"""Bytes of one burst, as far as a message is not larger."""


def _text(text: str) -> SendMessage:
    return SendMessage(MessageKind.TEXT, text.encode())


class _Ticking(IdleJob):
    """Says something at once and then after every interval; never in a burst to catch up."""

    def __init__(self, interval: float) -> None:
        super().__init__()
        self._interval = interval
        self._due: float | None = None

    @property
    def wake_at(self) -> float | None:
        """When the next message is due."""
        return self._due

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Begin when the connection is open."""
        if any(isinstance(event, Opened) for event in batch.events):
            self._due = batch.at
            return self.tick(batch.at)
        return ()

    def tick(self, now: float) -> Sequence[Order]:
        """Say the next thing when it is due."""
        if self._due is None or now < self._due:
            return ()
        self._due = now + self._interval
        return (self._next(),)

    def _next(self) -> Order:
        raise NotImplementedError


class IncrementJob(_Ticking):
    """libwebsockets' `dumb-increment-protocol`: a number every 50 ms; `reset` and `closeme` are understood."""

    interest = Interest.MESSAGES

    def __init__(self, interval: float) -> None:
        super().__init__(interval)
        self._number = 0

    def _next(self) -> Order:
        number, self._number = self._number, self._number + 1
        return _text(str(number))

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Follow what the client asks for."""
        orders = list(super().observe(batch))
        for event in batch.events:
            if isinstance(event, MessageReceived):
                word = event.payload.strip()
                if word == b"reset":
                    self._number = 0
                elif word == b"closeme":
                    orders.append(SendClose(1001, "seeya"))
        return orders


class TimeJob(_Ticking):
    """The time of day, ISO 8601 in UTC."""

    def _next(self) -> Order:
        return _text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


class SourceJob(IdleJob):
    """So many messages of one size, at a rate or as fast as the client takes them, then Close 1000."""

    def __init__(self, messages: int, size: int, rate: float, kind: MessageKind) -> None:
        super().__init__()
        self._left = messages
        self._message = SendMessage(kind, (b"0123456789abcdefghijklmnopqrstuvwxyz" * (size // 36 + 1))[:size])
        self._interval = 1 / rate if rate else 0.0
        self._due: float | None = None

    @property
    def wake_at(self) -> float | None:
        """When the next messages are due."""
        return self._due

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Begin when the connection is open."""
        if any(isinstance(event, Opened) for event in batch.events):
            self._due = batch.at
        return ()

    def tick(self, now: float) -> Sequence[Order]:
        """Send the next message, or the next burst."""
        if self._due is None or now < self._due:
            return ()
        count = 1 if self._interval else max(1, min(BURST, BURST_SIZE // max(1, len(self._message.payload))))
        count = min(count, self._left)
        self._left -= count
        self._due = None if not self._left else self._due + self._interval
        return (self._message,) * count + (() if self._left else (SendClose(1000),))


class DelayJob(IdleJob):
    """Echoes each message after a while; their order and distances stay."""

    interest = Interest.MESSAGES

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._waiting: deque[tuple[float, SendMessage]] = deque()

    @property
    def wake_at(self) -> float | None:
        """When the oldest message goes back."""
        return self._waiting[0][0] if self._waiting else None

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Keep what came."""
        for event in batch.events:
            if isinstance(event, MessageReceived):
                self._waiting.append((batch.at + self._seconds, SendMessage(event.kind, event.payload)))
        return ()

    def tick(self, now: float) -> Sequence[Order]:
        """Send back what is due."""
        orders: list[Order] = []
        while self._waiting and self._waiting[0][0] <= now:
            orders.append(self._waiting.popleft()[1])
        return orders


def increment(visit: Visit) -> Job:
    """Return the job of one connection."""
    return IncrementJob(visit.quantity("interval", 0.05, LONGEST))


def time_of_day(visit: Visit) -> Job:
    """Return the job of one connection."""
    return TimeJob(visit.quantity("interval", 1.0, LONGEST))


def source(visit: Visit) -> Job:
    """Return the job of one connection."""
    kind = MessageKind.BINARY if visit.text("kind", "text") == "binary" else MessageKind.TEXT
    messages, size = visit.count("messages", 10, 10**9), visit.count("size", 100, 1 << 30)
    return SourceJob(messages, size, visit.quantity("rate", 0.0, 1e6), kind)


def delay(visit: Visit) -> Job:
    """Return the job of one connection."""
    return DelayJob(visit.quantity("seconds", 1.0, LONGEST))


def sink(_visit: Visit) -> Job:
    """Return the job of one connection: it takes everything and says nothing."""
    return IdleJob()
