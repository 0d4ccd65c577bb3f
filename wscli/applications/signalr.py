"""SignalR of ASP.NET Core: JSON records that end with U+001E, after a handshake that names the encoding."""

from __future__ import annotations

from wscli.applications.application import (
    Application,
    Heartbeat,
    Opening,
    named,
    object_of,
    parameter_of,
    quoted,
    word,
    words,
)

_END = b"\x1e"
_KINDS = {
    1: "invocation",
    2: "stream item",
    3: "completion",
    4: "stream invocation",
    5: "cancel invocation",
    6: "ping",
    7: "close",
    8: "ack",
    9: "sequence",
}


def label(payload: bytes) -> str:
    """Return what the first record of a message is."""
    first, end, more = payload.partition(_END)
    if not end and len(payload) <= 4096:
        return ""
    if first == b"{}":
        return words("signalr handshake accepted", "and more" if more else "")
    record = object_of(first)
    if "protocol" in record:
        return words("signalr handshake", word(record["protocol"]), named("version", record.get("version")))
    number = record.get("type")
    kind = _KINDS.get(number) if type(number) is int else None
    error = quoted(record.get("error"))
    if kind is None:
        return words("signalr handshake refused", error) if error else ""
    told = (word(record.get("target")), named("id", record.get("invocationId")), error)
    return words("signalr", kind, *told, "and more" if more else "")


def _is_handshake(payload: bytes) -> bool:
    return payload.startswith(b"{") and _END in payload and "protocol" in object_of(payload.partition(_END)[0])


def _is_accepted(payload: bytes) -> bool:
    return payload.startswith(b"{}" + _END)


def _is_classic(target: str) -> bool:
    # ASP.NET SignalR 2, which has no handshake of messages but names itself in the query.
    return parameter_of(target, "transport") == "webSockets" and parameter_of(target, "connectionToken") is not None


def _refusal(payload: bytes) -> str:
    record = object_of(payload.partition(_END)[0])
    error = record.get("error")
    return error if isinstance(error, str) and record.get("type", 7) == 7 else ""


SIGNALR = Application(
    "signalr",
    "SignalR of ASP.NET Core",
    "SignalR Hub Protocol",
    label,
    is_from_server=_is_accepted,
    is_from_client=_is_handshake,
    opening=Opening("handshake request", b'{"protocol":"json","version":1}\x1e', _is_handshake, "15 s in ASP.NET Core"),
    heartbeat=Heartbeat("ping", b'{"type":6}\x1e', 15, 30.0),
    refusal=_refusal,
    refusal_advice="see the server's log; EnableDetailedErrors in its HubOptions makes it say more",
)
CLASSIC_SIGNALR = Application(
    "signalr-2", "SignalR of ASP.NET, before Core", "", lambda _payload: "", is_target=_is_classic
)
