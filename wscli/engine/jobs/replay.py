"""Replaying: send what a recording has sent, in step with the replies, by the clock or at once; compare what comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from wscli.engine.jobs.carrying import Assignment, Capture, Carrier
from wscli.engine.jobs.comparing import Comparer, Comparison, Received
from wscli.engine.jobs.job import IdleJob
from wscli.events import (
    Batch,
    CloseReceived,
    CloseSent,
    Interest,
    MessageKind,
    MessageReceived,
    Opened,
    SessionEnded,
    Side,
)
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
    """LOCAL is the one that is played, whichever end of the connection that is."""
    kind: MessageKind
    payload: bytes


class RecordedFrame(Value):
    """One frame of the side that is played, to be sent exactly as it was."""

    at: float
    order: Order


class RecordedClose(Value):
    """How the recorded session was closed."""

    first: Side
    code: int | None
    """None for a Close without a code."""
    reason: str = ""


Step = RecordedMessage | RecordedFrame


class ReplayPlan(Value):
    """What `wscli replay FILE URL` was asked for."""

    messages: tuple[Step, ...]
    """In order. Where frames are sent as they were, only the peer's messages are among them."""
    pace: Pace = Pace.REPLY
    speed: float | None = 1.0
    """How much faster than recorded (only for Pace.TIME); None: as fast as possible."""
    reply_time: float = REPLY_TIME
    captures: tuple[Capture, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    quiet: float = QUIET
    """Seconds of quiet at the end."""
    close: RecordedClose | None = None
    """None where the recording has no Close: then 1000 ends it."""
    has_own_close: bool = False
    """Whether our Close is among the frames."""


class ReplayJob(IdleJob):
    """Carries out a ReplayPlan."""

    interest = Interest.MESSAGES

    def __init__(
        self, plan: ReplayPlan, comparer: Comparer, on_reply: Callable[[float], None] = lambda _seconds: None
    ) -> None:
        super().__init__()
        self._plan = plan
        self._comparer = comparer
        self._on_reply = on_reply
        """Told the seconds from the last thing sent to each reply that was waited for."""
        self._expected = [
            Received(message.kind, message.payload)
            for message in plan.messages
            if isinstance(message, RecordedMessage) and message.side is Side.REMOTE
        ]
        self._carrier = Carrier(plan.captures, plan.assignments, self._expected)
        self._received: list[Received] = []
        self._next = 0
        """The place in the recording that comes next."""
        self._replies_passed = 0
        """How many replies the recording has before that place."""
        self.sent = 0
        """How many messages or frames were ordered."""
        self._opened_at: float | None = None
        self._given_up = 0
        """How many replies are no longer waited for."""
        self._sent_at = 0.0
        self._last_activity = 0.0
        self._is_done = False
        self._close: RecordedClose | None = None
        """The Close that came first, of either side."""

    @property
    def is_opened(self) -> bool:
        """Whether the connection was ever open, so that there is something to compare."""
        return self._opened_at is not None

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What came, in order against the recording, with the values that this run carries."""
        return self._comparer.compare([self._carrier.to_expect(one) for one in self._expected], self._received)

    @property
    def captured(self) -> dict[str, str | int | float]:
        """What each captured name stood for in the end."""
        return self._carrier.captured

    @property
    def not_captured(self) -> tuple[str, ...]:
        """The names that nothing came for."""
        return self._carrier.missed

    @property
    def ending_difference(self) -> str | None:
        """How the end differs from the recording's, in a sentence; None where it does not, or is ours to choose."""
        recorded, now = self._plan.close, self._close
        if recorded is not None and recorded.first is Side.REMOTE:
            if now is None or now.first is Side.LOCAL:
                return f"the recorded peer closed first, with {_code_text(recorded)}; this one did not"
            if now.code != recorded.code:
                return f"the peer closed with {_code_text(now)}; in the recording with {_code_text(recorded)}"
        elif now is not None and now.first is Side.REMOTE and not self._is_done:
            return f"the peer closed first, with {_code_text(now)}"
        return None

    @property
    def has_recorded_ending(self) -> bool:
        """Whether the peer closed as it did in the recording, with whatever code."""
        return self._close is not None and self._close.first is Side.REMOTE and self.ending_difference is None

    # --- The stream of events ---------------------------------------------------------------------------------------
    def observe(self, batch: Batch) -> Sequence[Order]:
        """Send what is due once open and with each reply."""
        for event in batch.events:
            if isinstance(event, MessageReceived):
                self._take(Received(event.kind, event.payload), batch.at)
            elif isinstance(event, Opened):
                self._opened_at = self._last_activity = batch.at
            elif isinstance(event, (CloseReceived, CloseSent)):
                self._note_close(event)
            elif isinstance(event, SessionEnded):
                self._on_end()
                return ()
        return self._advance(batch.at)

    def _take(self, message: Received, at: float) -> None:
        if self.sent and len(self._received) < len(self._expected):
            self._on_reply(at - self._sent_at)
        self._received.append(message)
        self._carrier.observe(message)
        self._last_activity = at

    def _note_close(self, event: CloseReceived | CloseSent) -> None:
        if self._close is None:
            side = Side.REMOTE if isinstance(event, CloseReceived) else Side.LOCAL
            self._close = RecordedClose(side, event.payload.code, event.payload.reason)

    def tick(self, now: float) -> Sequence[Order]:
        """Send what is due by the clock; go on where a reply stayed out."""
        if self._opened_at is None or self._is_done:
            return ()
        wake_at = self.wake_at
        if wake_at is not None and now >= wake_at and self._is_waiting:
            self._given_up = len(self._expected) if self._is_all_sent else self._replies_passed
            self._last_activity = now
        return self._advance(now)

    @property
    def _is_over(self) -> bool:
        """Whether nothing more is to be sent: all is done, or the peer has closed."""
        return self._is_done or (self._close is not None and self._close.first is Side.REMOTE)

    # --- What is due ------------------------------------------------------------------------------------------------
    def _advance(self, now: float) -> Sequence[Order]:
        if self._opened_at is None or self._is_over:
            return ()
        orders: list[Order] = []
        while (step := self._maybe_next_sent()) is not None and self._is_due(step, now):
            orders.append(self._order(step))
            self._next += 1
            self._last_activity = self._sent_at = now
        self.sent += len(orders)
        if self._is_all_sent and not self._is_waiting and now >= self._last_activity + self._patience:
            self._is_done = True
            if not self._plan.has_own_close:
                orders.append(self._own_close())
        return orders

    def _order(self, step: Step) -> Order:
        if isinstance(step, RecordedFrame):
            return step.order
        return SendMessage(step.kind, self._carrier.to_send(step.payload, step.kind))

    def _own_close(self) -> SendClose:
        close = self._plan.close
        if close is None or close.first is Side.REMOTE:
            return SendClose(1000)
        return SendClose(close.code, close.reason)

    @property
    def _patience(self) -> float:
        """Seconds to wait once everything is sent and has come: for more, or for the peer's Close."""
        close = self._plan.close
        return self._plan.reply_time if close is not None and close.first is Side.REMOTE else self._plan.quiet

    def _maybe_next_sent(self) -> Step | None:
        """Return the next one to send; what the peer sent in between is stepped over."""
        messages = self._plan.messages
        while self._next < len(messages):
            step = messages[self._next]
            if isinstance(step, RecordedFrame) or step.side is Side.LOCAL:
                return step
            self._next += 1
            self._replies_passed += 1
        return None

    def _is_due(self, step: Step, now: float) -> bool:
        if self._plan.pace is Pace.REPLY:
            return not self._is_waiting
        return now >= self._moment(step)

    def _moment(self, step: Step) -> float:
        """Return when a step is due by the clock."""
        if self._plan.pace is Pace.NONE or self._plan.speed is None:
            return 0.0
        return (self._opened_at or 0.0) + step.at / self._plan.speed

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
        if self._opened_at is None or self._is_over:
            return None
        if self._is_waiting:
            return self._last_activity + self._plan.reply_time
        step = self._maybe_next_sent()
        if step is not None:
            return self._moment(step)
        return self._last_activity + self._patience

    def _on_end(self) -> None:
        if self._opened_at is not None and not self._is_all_sent:
            self.missed = "the connection ended before everything was sent again"


def _code_text(close: RecordedClose) -> str:
    return "no code" if close.code is None else str(close.code)
