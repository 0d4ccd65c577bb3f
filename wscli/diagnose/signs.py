"""What hints at an application protocol: cheap looks that decide whether the registry is worth loading.

A plain session must not pay for loading it. What passes here is looked at closely by the recognisers; what they know
must pass here, which a test checks with every sample.
"""

from __future__ import annotations

_TARGETS = (
    "socket.io", "eio=", "signalr", "/devtools/", "/websocket", "/cable", "protocol=",
)  # fmt: skip
_BEGINNINGS = (b'0{"', b"CONNECT", b"STOMP\n", b"STOMP\r", b"\x10", b"\x20\x02", b"\x20\x03", b"<open", b"<?xml")
_MARKS = (
    b'"jsonrpc"', b'"connection_init"', b'"connection_ack"', b'"subscribe"', b'"start"', b'"ka"', b'"phx_',
    b'"phoenix"', b'"welcome"', b'"pusher:', b'"auth_required"', b'"ha_version"', b'"protocol"', b'"roles"',
    b'"method"', b'"connect"', b'"BootNotification"', b'"Heartbeat"', b'"disconnect"', b"\x1e",
)  # fmt: skip
LOOKED_AT = 512
"""Bytes of a message that are searched: what names a protocol stands near the beginning."""


def may_tell(target: str) -> bool:
    """Tell whether a request target may name an application protocol."""
    lower = target.lower()
    return any(sign in lower for sign in _TARGETS)


def may_open(payload: bytes) -> bool:
    """Tell whether a message may be one of the first of an application protocol."""
    beginning = payload[:LOOKED_AT]
    if beginning[:1] in (b"{", b"["):
        return any(mark in beginning for mark in _MARKS)
    return beginning.startswith(_BEGINNINGS)
