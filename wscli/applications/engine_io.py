"""Engine.IO and Socket.IO, which speaks inside its messages.

Engine.IO 4 (Socket.IO 3 and later): the server pings with `2`, the client answers `3` and joins a namespace with `40`.
Engine.IO 3 (Socket.IO 2): the client pings, and is in the namespace `/` from the start.
"""

from __future__ import annotations

from collections.abc import Sequence

from wscli.applications.application import (
    Application,
    Heartbeat,
    Opening,
    array_of,
    named,
    object_of,
    parameter_of,
    path_of,
    quoted,
    words,
)

_PACKETS = {"0": "open", "1": "close", "2": "ping", "3": "pong", "5": "upgrade", "6": "noop"}
_INNER = {
    "0": "connect",
    "1": "disconnect",
    "2": "event",
    "3": "ack",
    "4": "connect error",
    "5": "binary event",
    "6": "binary ack",
}
_DOCUMENT = "Engine.IO protocol 4"


def label(payload: bytes) -> str:
    """Return what a packet is."""
    text = payload[:1].decode("ascii", "replace")
    if text == "4":
        return _label_inner(payload[1:])
    kind = _PACKETS.get(text)
    if kind is None or (text in "56" and len(payload) > 1):
        return ""
    opened = object_of(payload[1:]) if text == "0" else {}
    told = (named(name, opened.get(name)) for name in ("pingInterval", "pingTimeout"))
    return words("engine.io", kind, *told)


def _label_inner(packet: bytes) -> str:
    """Return what the Socket.IO packet in an Engine.IO message is: kind, attachments, namespace, id, then JSON."""
    kind = _INNER.get(packet[:1].decode("ascii", "replace"))
    if kind is None:
        return "engine.io message"
    rest = packet[1:]
    if packet[:1] in (b"5", b"6"):
        rest = rest.partition(b"-")[2]
    namespace = b""
    if rest.startswith(b"/"):
        namespace, _, rest = rest[:200].partition(b",")[0], b"", rest.partition(b",")[2]
    content = rest.lstrip(b"0123456789")
    number = rest[: len(rest) - len(content)].decode("ascii")
    told = array_of(content)
    name = quoted(told[0]) if told and "event" in kind else ""
    message = quoted(object_of(content).get("message")) if kind == "connect error" else ""
    where = namespace.decode("utf-8", "backslashreplace")
    return words("socket.io", kind, name, message, where, named("id", number))


def _is_open(payload: bytes) -> bool:
    return payload.startswith(b"0{") and "sid" in object_of(payload[1:])


def _is_version_3(target: str) -> bool:
    return parameter_of(target, "EIO") == "3" and parameter_of(target, "transport") == "websocket"


def _is_socket_io(target: str) -> bool:
    return "/socket.io" in path_of(target) and parameter_of(target, "transport") == "websocket"


def _is_engine_io(target: str) -> bool:
    return parameter_of(target, "EIO") == "4" and parameter_of(target, "transport") == "websocket"


def _refusal(payload: bytes) -> str:
    if not payload.startswith(b"44"):
        return ""
    content = payload[2:].partition(b"{")
    message = object_of(content[1] + content[2]).get("message")
    return message if isinstance(message, str) else label(payload)


def _agreed_limit(received: Sequence[bytes], _sent: Sequence[bytes]) -> float | None:
    """Return what the server's open packet says: after each interval a ping, then the timeout to answer it."""
    opened = object_of(received[0][1:]) if received and _is_open(received[0]) else {}
    interval, timeout = opened.get("pingInterval"), opened.get("pingTimeout")
    if isinstance(interval, (int, float)) and isinstance(timeout, (int, float)):
        return (interval + timeout) / 1000
    return None


_OPENING = Opening("40 (connect)", b"40", lambda payload: payload.startswith(b"40"), "45 s in socket.io")
_PONG = Heartbeat("3 (pong) in answer to 2 (ping)", b"3", 20, 45.0, _agreed_limit, asked=b"2")
_ADVICE = 'give the credentials that the namespace asks for: 40{"token":"…"} in place of 40'

ENGINE_IO_3 = Application(
    "engine.io-v3",
    "Engine.IO 3, as in Socket.IO 2",
    "Engine.IO protocol 3",
    label,
    is_target=_is_version_3,
    heartbeat=Heartbeat("ping", b"2", 20, 85.0, _agreed_limit),
    refusal=_refusal,
    refusal_advice=_ADVICE,
)
SOCKET_IO = Application(
    "socket.io",
    "Socket.IO over Engine.IO 4",
    _DOCUMENT,
    label,
    is_target=_is_socket_io,
    opening=_OPENING,
    heartbeat=_PONG,
    refusal=_refusal,
    refusal_advice=_ADVICE,
)
ENGINE_IO = Application(
    "engine.io",
    "Engine.IO, mostly with Socket.IO inside",
    _DOCUMENT,
    label,
    is_target=_is_engine_io,
    is_from_server=_is_open,
    opening=_OPENING,
    heartbeat=_PONG,
    refusal=_refusal,
    refusal_advice=_ADVICE,
)
