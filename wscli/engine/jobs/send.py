"""Sending: everything that was given, then the replies that were asked for, then a Close."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wscli.engine.jobs.job import IdleJob
from wscli.engine.jobs.splitting import Splitter, Splitting
from wscli.engine.jobs.stopping import StopRule, StopWatch, missed_sentence
from wscli.errors import Problem
from wscli.events import Batch, Event, Interest, MessageKind, MessagePart, MessageReceived, Opened, SessionEnded
from wscli.protocol.step import Order, SendClose, SendMessage
from wscli.values import Value

QUIET = 1.0
"""Seconds of quiet that end a `send` when as many replies as messages have come."""
PATIENCE = 5.0
"""Seconds of quiet that end a `send` when fewer have come: a slow reply is not lost, a missing one does not hang."""

Decoder = Callable[[bytes], bytes]
"""Turns what was typed or piped (hex, base64) into a payload; raises Problem."""


def as_it_is(data: bytes) -> bytes:
    """Return the bytes unchanged."""
    return data


class SendPlan(Value):
    """What `wscli send` was asked for."""

    messages: tuple[Order, ...] = ()
    """From the command line: messages and frames, in order."""
    input_splitting: Splitting | None = None
    """How standard input is split; None does not read it."""
    kind: MessageKind = MessageKind.TEXT
    decode: Decoder = as_it_is
    fragments: tuple[int, ...] = ()
    fragment_size: int | None = None
    stop: StopRule = StopRule()
    idle: float | None = None
    """Seconds of quiet to wait for; None takes QUIET or PATIENCE."""
    waits: bool = True
    """False leaves as soon as everything is sent."""
    close_code: int | None = 1000
    close_reason: str = ""


class SendJob(IdleJob):
    """Carries out a SendPlan.

    Quiet is counted from the last message in either direction, and from the moment everything was handed to the system,
    so that a slow peer does not run out the clock of its own replies.
    """

    def __init__(self, plan: SendPlan) -> None:
        super().__init__()
        self._plan = plan
        self._watch = StopWatch(plan.stop)
        self._splitter = Splitter(plan.input_splitting) if plan.input_splitting is not None else None
        self.interest = Interest.NOTHING if plan.stop.until is None else Interest.MESSAGES
        self.problem: Problem | None = None
        """What was wrong with the input; sending ended there."""
        self.sent = 0
        """Messages and frames ordered."""
        self._is_open = False
        self._is_all_sent = False
        self._is_done = False
        self._is_flushed = True
        self._last_activity = 0.0

    # --- Input ------------------------------------------------------------------------------------------------------
    @property
    def wants_input(self) -> bool:
        """Whether standard input should be read: once open, until it ends or enough has come."""
        return self._splitter is not None and self._is_open and not self._is_all_sent and not self._is_done

    def take_input(self, data: bytes, now: float) -> Sequence[Order]:
        """Send the messages that are whole now."""
        assert self._splitter is not None  # wants_input has said so
        return self._send(self._splitter.feed(data), now)

    def end_input(self, now: float) -> Sequence[Order]:
        """Send what is left; from now on only replies are waited for."""
        assert self._splitter is not None  # as above
        try:
            rest = self._splitter.finish()
        except Problem as problem:
            return self._give_up(problem)
        orders = self._send(rest, now)
        return orders if self._is_done else [*orders, *self._all_sent(now)]

    def _send(self, messages: Sequence[bytes], now: float) -> Sequence[Order]:
        orders: list[Order] = []
        for message in messages:
            try:
                orders.append(self.message(message))
            except Problem as problem:
                self.sent += len(orders)
                return [*orders, *self._give_up(problem)]
        if orders:
            self.sent += len(orders)
            self._last_activity, self._is_flushed = now, False
        return orders

    def message(self, data: bytes) -> SendMessage:
        """Return the order for one message of input; raises Problem where it cannot be what was asked for."""
        payload = self._plan.decode(data)
        return SendMessage(self._plan.kind, payload, self._fragments(payload))

    def _fragments(self, payload: bytes) -> tuple[int, ...]:
        size = self._plan.fragment_size
        return self._plan.fragments if size is None else (size,) * (max(len(payload) - 1, 0) // size)

    def _give_up(self, problem: Problem) -> Sequence[Order]:
        self.problem = problem
        return self._done()

    # --- Replies ----------------------------------------------------------------------------------------------------
    def observe(self, batch: Batch) -> Sequence[Order]:
        """Send what the command line gave once open; count replies."""
        orders: list[Order] = []
        for event in batch.events:
            self._look_at(event, batch.at, orders)
        return orders

    def _look_at(self, event: Event, at: float, orders: list[Order]) -> None:
        if isinstance(event, (MessageReceived, MessagePart)):
            self._last_activity = at
            self._watch.admits(event)
            if self._watch.is_matched or (self._watch.is_enough and self._is_all_sent):
                orders += self._done()
        elif isinstance(event, Opened):
            self._is_open = True
            self._last_activity = at
            if self._plan.messages:
                self.sent += len(self._plan.messages)
                self._is_flushed = False
                orders += self._plan.messages
            if self._splitter is None:
                orders += self._all_sent(at)
        elif isinstance(event, SessionEnded) and self._is_open:
            self._on_end()

    def _all_sent(self, now: float) -> Sequence[Order]:
        self._is_all_sent = True
        self._last_activity = now
        nothing_to_wait_for = self.sent == 0 and self._plan.idle is None and not self._waits_for_something
        if not self._plan.waits or self._watch.is_enough or nothing_to_wait_for:
            return self._done()
        return ()

    def _done(self) -> Sequence[Order]:
        if self._is_done:
            return ()
        self._is_done = True
        return (SendClose(self._plan.close_code, self._plan.close_reason),)

    def _on_end(self) -> None:
        if self._is_done:
            return
        if not self._is_all_sent:
            self.missed = "the connection ended before all input was sent"
        else:
            self.missed = missed_sentence(self._plan.stop, self._watch)

    # --- Time -------------------------------------------------------------------------------------------------------
    @property
    def _waits_for_something(self) -> bool:
        """Whether the user named what to wait for; then quiet ends nothing unless asked to."""
        return self._plan.stop != StopRule()

    @property
    def wake_at(self) -> float | None:
        """When quiet has lasted long enough."""
        if not self._is_all_sent or self._is_done or not self._is_flushed:
            return None
        if self._plan.idle is not None:
            return self._last_activity + self._plan.idle
        if self._waits_for_something:
            return None
        return self._last_activity + (QUIET if self._watch.received >= self.sent else PATIENCE)

    def tick(self, now: float) -> Sequence[Order]:
        """Close when quiet has lasted long enough; what was waited for in vain is then missed."""
        wake_at = self.wake_at
        if wake_at is None or now < wake_at:
            return ()
        self.missed = missed_sentence(self._plan.stop, self._watch)
        return self._done()

    def flushed(self, now: float) -> None:
        """Everything ordered so far is out: quiet counts from here."""
        if not self._is_flushed:
            self._is_flushed = True
            self._last_activity = now
