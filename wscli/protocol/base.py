"""What both roles of a connection share: the channel once it is open, and the ways a session ends.

Every call returns `Step(events, effects)`. No clock, no randomness, no I/O: time and entropy come in, effects go out.
`wake_at` says when `tick` has something to do; it is derived from the state, so there is no alarm to cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from wscli.events import BytesReceived, BytesSent, Interest, SessionEnded, StreamEnd, StreamEnded
from wscli.protocol.channel import Channel, ChannelSettings
from wscli.protocol.states import Move, State, after
from wscli.protocol.step import Disconnect, Order, Role, Step, StepBuilder
from wscli.settings import Limits, Liveness
from wscli.wire.deflate import DeflateParameters

Entropy = Callable[[int], bytes]


class Connection(Protocol):
    """What the engine needs from either role."""

    @property
    def state(self) -> State: ...
    @property
    def wake_at(self) -> float | None: ...
    def start(self, now: float) -> Step: ...
    def receive(self, data: bytes, now: float) -> Step: ...
    def receive_eof(self, now: float, how: StreamEnd = StreamEnd.FINISHED, detail: str = "") -> Step: ...
    def send(self, orders: Sequence[Order], now: float) -> Step: ...
    def tick(self, now: float) -> Step: ...
    def abandon(self, now: float) -> Step: ...


class ConnectionBase:
    """What both roles share: the channel once it is open, and the ways a session ends."""

    def __init__(self, entropy: Entropy, interest: Interest) -> None:
        self._entropy = entropy
        self._interest = interest
        self._out = StepBuilder()
        self._state = State.CONNECTING
        self.channel: Channel | None = None
        """The open part; None until the handshake is over."""

    @property
    def state(self) -> State:
        return self.channel.state if self.channel is not None else self._state

    @property
    def can_send(self) -> bool:
        """Whether messages can go out now."""
        return self.channel is not None and self.channel.can_send

    @property
    def wake_at(self) -> float | None:
        """When `tick` should be called next; None when nothing depends on time."""
        return None if self.channel is None else self.channel.wake_at

    def send(self, orders: Sequence[Order], now: float) -> Step:
        """Perform orders; before the connection is open and after our Close they have no effect."""
        if self.channel is not None:
            for order in orders:
                self.channel.send(order, now)
        return self._out.take()

    def want(self, interest: Interest) -> None:
        """Build what these interests ask for too, from now on."""
        self._interest |= interest
        if self.channel is not None:
            self.channel.want(self._interest)

    def abandon(self, now: float, detail: str = "", how: StreamEnd = StreamEnd.ABANDONED) -> Step:
        """Leave at once, whatever the state; the detail says why, `how` what the stream came to before."""
        if self.state is not State.ENDED:
            self._out.effect(Disconnect())
            self._end(how, detail, now)
        return self._out.take()

    def _open(
        self, deflate: DeflateParameters | None, role: Role, limits: Limits, liveness: Liveness, now: float,
        *, is_lenient: bool, closes_behind_answers: bool = False,
    ) -> Channel:  # fmt: skip
        settings = ChannelSettings(role, deflate, limits, liveness, is_lenient, closes_behind_answers, self._interest)
        self._state = after(self._state, Move.OPENED)
        return Channel(settings, self._entropy, self._out, now)

    def _end(self, how: StreamEnd, detail: str, now: float) -> None:
        if self.channel is not None:
            self.channel.end(how, detail, now)
        elif self._state is not State.ENDED:
            self._state = after(self._state, Move.ENDED)
            self._out.events.append(StreamEnded(how, detail))
            self._out.events.append(SessionEnded(None, None, None, is_clean=False, stream=how))

    def _note_received(self, data: bytes) -> None:
        if self._interest & Interest.BYTES and data:
            self._out.events.append(BytesReceived(data))

    def _note_sent(self, data: bytes) -> None:
        if self._interest & Interest.BYTES:
            self._out.events.append(BytesSent(data))
