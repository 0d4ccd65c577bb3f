"""Listening: receive until told to stop, perhaps after saying something first or while echoing."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.engine.jobs.job import IdleJob
from wscli.engine.jobs.stopping import StopRule, StopWatch, missed_sentence
from wscli.events import Batch, Event, Interest, MessageKind, MessageReceived, Opened, SessionEnded
from wscli.protocol.step import Order, SendClose, SendMessage
from wscli.values import Value


class ListenPlan(Value):
    """What `wscli listen` was asked for."""

    stop: StopRule = StopRule()
    duration: float | None = None
    """Seconds to listen once open."""
    first_messages: tuple[bytes, ...] = ()
    """Text messages to send once open, as subscriptions."""
    echoes: bool = False


class ListenJob(IdleJob):
    """Carries out a ListenPlan."""

    def __init__(self, plan: ListenPlan) -> None:
        super().__init__()
        self._plan = plan
        self._watch = StopWatch(plan.stop)
        self._until: float | None = None
        self._is_open = False
        self._is_done = False
        needs_messages = plan.stop.until is not None or plan.echoes
        self.interest = Interest.MESSAGES if needs_messages else Interest.NOTHING

    @property
    def wake_at(self) -> float | None:
        """When the time to listen is over."""
        return self._until

    def observe(self, batch: Batch) -> Sequence[Order]:
        """Count messages; say the first ones, echo, and close when there were enough."""
        orders: list[Order] = []
        for event in batch.events:
            self._look_at(event, batch.at, orders)
        return orders

    def tick(self, now: float) -> Sequence[Order]:
        """Close when the time to listen is over."""
        if self._until is None or now < self._until:
            return ()
        return self._done()

    def _look_at(self, event: Event, at: float, orders: list[Order]) -> None:
        if isinstance(event, Opened):
            self._is_open = True
            orders += [SendMessage(MessageKind.TEXT, message) for message in self._plan.first_messages]
            if self._plan.duration is not None:
                self._until = at + self._plan.duration
        elif isinstance(event, SessionEnded):
            if not self._is_done:
                self.missed = missed_sentence(self._plan.stop, self._watch)
            return
        elif self._watch.admits(event) and isinstance(event, MessageReceived) and self._plan.echoes:
            orders.append(SendMessage(event.kind, event.payload))
        # A count of 0 is enough from the beginning, but a Close needs an open connection.
        if self._is_open and self._watch.is_enough and not self._is_done:
            orders += self._done()

    def _done(self) -> Sequence[Order]:
        self._is_done = True
        self._until = None
        return (SendClose(1000),)
