"""Replaying: send what a recording has sent, in step with the replies, by the clock or at once; compare what comes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from wscli.engine.jobs.comparing import Comparer, Comparison, Received
from wscli.engine.jobs.job import IdleJob
from wscli.events import Batch, Interest, MessageKind, MessageReceived, Opened, SessionEnded, Side
from wscli.protocol.step import Order, SendClose, SendMessage
from wscli.values import Value

REPLY_TIME = 5.0
"""Seconds to wait for a reply that the recording has before going on without it."""
QUIET = 0.3
"""Seconds of quiet at the end, in which messages that nobody expected would still be seen."""


class Pace(Enum):
    """What the next message to send waits for."""

    REPLY = "reply"
    """The replies that the recording has before it."""
    TIME = "time"
    """Its moment in the recording, scaled."""
    NONE = "none"
    """Nothing."""


class RecordedMessage(Value):
    """One message of the recording."""

    at: float
    """Seconds since the connection was open."""
    side: Side
    kind: MessageKind
    payload: bytes


class ReplayPlan(Value):
    """What `wscli replay FILE URL` was asked for."""

    messages: tuple[RecordedMessage, ...]
    pace: Pace = Pace.REPLY
    speed: float | None = 1.0
    """How much faster than recorded (only for Pace.TIME); None: as fast as possible."""
    reply_time: float = REPLY_TIME


class ReplayJob(IdleJob):
    """Carries out a ReplayPlan."""

    interest = Interest.MESSAGES

    def __init__(self, plan: ReplayPlan, comparer: Comparer) -> None:
        super().__init__()
        self._plan = plan
        self._comparer = comparer
        self._expected = [
            Received(message.kind, message.payload) for message in plan.messages if message.side is Side.REMOTE
        ]
        self._received: list[Received] = []
        self._next = 0
        """The place in the recording that comes next."""
        self._replies_passed = 0
        """How many replies the recording has before that place."""
        self._opened_at: float | None = None
        self._given_up = 0
        """How many replies are no longer waited for."""
        self._last_activity = 0.0
        self._is_done = False

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What came, place by place against the recording."""
        return self._comparer.compare(self._expected, self._received)

    # --- The stream of events ---------------------------------------------------------------------------------------
    def observe(self, batch: Batch) -> Sequence[Order]:
        """Send what is due once open and with each reply."""
        for event in batch.events:
            if isinstance(event, MessageReceived):
                self._received.append(Received(event.kind, event.payload))
                self._last_activity = batch.at
            elif isinstance(event, Opened):
                self._opened_at = self._last_activity = batch.at
            elif isinstance(event, SessionEnded):
                self._on_end()
                return ()
        return self._advance(batch.at)

    def tick(self, now: float) -> Sequence[Order]:
        """Send what is due by the clock; go on where a reply stayed out."""
        if self._opened_at is None or self._is_done:
            return ()
        wake_at = self.wake_at
        if wake_at is not None and now >= wake_at and self._is_waiting:
            self._given_up = len(self._expected) if self._is_all_sent else self._replies_passed
            self._last_activity = now
        return self._advance(now)

    # --- What is due ------------------------------------------------------------------------------------------------
    def _advance(self, now: float) -> Sequence[Order]:
        if self._opened_at is None or self._is_done:
            return ()
        orders: list[Order] = []
        while (message := self._maybe_next_sent()) is not None and self._is_due(message, now):
            orders.append(SendMessage(message.kind, message.payload))
            self._next += 1
            self._last_activity = now
        if self._is_all_sent and not self._is_waiting and now >= self._last_activity + QUIET:
            self._is_done = True
            orders.append(SendClose(1000))
        return orders

    def _maybe_next_sent(self) -> RecordedMessage | None:
        """Return the next message to send; what the peer sent in between is stepped over."""
        messages = self._plan.messages
        while self._next < len(messages) and messages[self._next].side is Side.REMOTE:
            self._next += 1
            self._replies_passed += 1
        return messages[self._next] if self._next < len(messages) else None

    def _is_due(self, message: RecordedMessage, now: float) -> bool:
        if self._plan.pace is Pace.REPLY:
            return not self._is_waiting
        return now >= self._moment(message)

    def _moment(self, message: RecordedMessage) -> float:
        """Return when a message is due by the clock."""
        if self._plan.pace is Pace.NONE or self._plan.speed is None:
            return 0.0
        return (self._opened_at or 0.0) + message.at / self._plan.speed

    @property
    def _is_all_sent(self) -> bool:
        return self._maybe_next_sent() is None

    @property
    def _is_waiting(self) -> bool:
        """Whether replies are still waited for: all of them at the end, those before the next message in step."""
        have = max(len(self._received), self._given_up)
        if self._is_all_sent:  # steps over the replies that come next, so it stands first
            return have < len(self._expected)
        return self._plan.pace is Pace.REPLY and have < self._replies_passed

    @property
    def wake_at(self) -> float | None:
        """When something is due."""
        if self._opened_at is None or self._is_done:
            return None
        if self._is_waiting:
            return self._last_activity + self._plan.reply_time
        message = self._maybe_next_sent()
        if message is not None:
            return self._moment(message)
        return self._last_activity + QUIET

    def _on_end(self) -> None:
        if self._opened_at is not None and not self._is_all_sent:
            self.missed = "the connection ended before everything was sent again"
