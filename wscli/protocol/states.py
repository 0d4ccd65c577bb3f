"""The states of a connection and the legal moves between them, as one table (RFC 6455 §4, §7).

Failing a connection is no state of its own: it is a Close of ours plus the knowledge that we sent it in anger
(`Channel.is_failed`), so every rule about closes holds for it too.
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where a connection stands."""

    CONNECTING = "connecting"
    """The opening handshake is under way."""
    REFUSED = "refused"
    """Another status than 101 came and its body is being read (client); the last answer is out (server)."""
    OPEN = "open"
    CLOSE_SENT = "close-sent"
    """Our Close is out, the peer's has not come."""
    CLOSE_RECEIVED = "close-received"
    """The peer's Close came, ours is not out."""
    CLOSED = "closed"
    """Both Close frames were exchanged; the stream has not ended yet."""
    ENDED = "ended"
    """The stream is over."""


class Move(Enum):
    """What can happen to a connection."""

    OPENED = "opened"
    REFUSED = "refused"
    SENT_CLOSE = "sent close"
    RECEIVED_CLOSE = "received close"
    ENDED = "ended"


TRANSITIONS: dict[tuple[State, Move], State] = {
    (State.CONNECTING, Move.OPENED): State.OPEN,
    (State.CONNECTING, Move.REFUSED): State.REFUSED,
    (State.CONNECTING, Move.ENDED): State.ENDED,
    (State.REFUSED, Move.ENDED): State.ENDED,
    (State.OPEN, Move.SENT_CLOSE): State.CLOSE_SENT,
    (State.OPEN, Move.RECEIVED_CLOSE): State.CLOSE_RECEIVED,
    (State.OPEN, Move.ENDED): State.ENDED,
    (State.CLOSE_SENT, Move.RECEIVED_CLOSE): State.CLOSED,
    (State.CLOSE_SENT, Move.ENDED): State.ENDED,
    (State.CLOSE_RECEIVED, Move.SENT_CLOSE): State.CLOSED,
    (State.CLOSE_RECEIVED, Move.ENDED): State.ENDED,
    (State.CLOSED, Move.ENDED): State.ENDED,
}

CAN_SEND = frozenset((State.OPEN, State.CLOSE_RECEIVED))
"""Where frames may still go out: before our Close."""

CLOSING = frozenset((State.CLOSE_SENT, State.CLOSE_RECEIVED, State.CLOSED))
"""Where the closing handshake is under way, and the end of the stream after it."""


def after(state: State, move: Move) -> State:
    """Return the state that a move leads to; a move that the table does not know leaves the state as it is.

    The table has no row for what a peer or a user can repeat (a second Close, an end after the end).
    """
    return TRANSITIONS.get((state, move), state)
