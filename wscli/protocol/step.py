"""What goes into the pure core and what comes out: orders in, `Step(events, effects)` out."""

from __future__ import annotations

from enum import Enum

from wscli.events import Event, MessageKind
from wscli.values import Value
from wscli.wire.frames import FrameOrder


class Role(Enum):
    """Which end of the connection we play (RFC 6455 §1.3)."""

    CLIENT = "client"
    SERVER = "server"


# --- Orders: what the application wants sent -------------------------------------------------------------------------
class Order(Value):
    """Something to send."""


class SendMessage(Order):
    """Send one message, compressed where that was agreed and pays."""

    kind: MessageKind
    payload: bytes
    fragments: tuple[int, ...] = ()
    """Payload sizes of the fragments, what is left over in a last one; empty sends one frame."""


class SendFrame(Order):
    """Send exactly this frame, legal or not."""

    order: FrameOrder
    is_masked_by_role: bool = True
    """Draw a mask key where the role asks for one and the order brings none."""


class SendPing(Order):
    """Send a Ping; its Pong is matched by the payload."""

    payload: bytes = b""


class SendClose(Order):
    """Begin, or answer, the closing handshake; code None sends an empty body."""

    code: int | None = 1000
    reason: str = ""


class SendRaw(Order):
    """Send bytes as they are, whatever they do to the framing."""

    data: bytes


# --- Effects: what the engine has to do ------------------------------------------------------------------------------
class Effect(Value):
    """Something for the engine to do, in the order given."""


class SendBytes(Effect):
    """Hand these bytes to the transport."""

    data: bytes


class FinishSending(Effect):
    """Nothing more will be sent: half-close, once all bytes are out."""


class Disconnect(Effect):
    """Leave: close the transport, once all bytes are out."""


class Step(Value):
    """What one call of the core observed and wants."""

    events: tuple[Event, ...] = ()
    effects: tuple[Effect, ...] = ()


class StepBuilder:
    """Collects events and effects during one call; bytes that follow each other become one effect."""

    __slots__ = ("_outgoing", "effects", "events")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self._outgoing: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Add bytes to go out."""
        self._outgoing.append(data)

    def effect(self, effect: Effect) -> None:
        """Add an effect behind the bytes so far."""
        self._join()
        self.effects.append(effect)

    def _join(self) -> None:
        if self._outgoing:
            self.effects.append(SendBytes(b"".join(self._outgoing)))
            self._outgoing = []

    def take(self) -> Step:
        """Return what was collected and begin anew."""
        self._join()
        step = Step(tuple(self.events), tuple(self.effects))
        self.events, self.effects = [], []
        return step
