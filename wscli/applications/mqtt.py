"""MQTT in binary messages: control packets of a type, a length and a body; the client says CONNECT first.

A packet may be cut anywhere into messages, and a message may hold several (MQTT 5.0 6): a label tells of the first one
that begins with the message.
"""

from __future__ import annotations

from collections.abc import Sequence

from wscli.applications.application import Application, CloseCode, Heartbeat, Opening, named, word, words

_TYPES = (
    "", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE",
    "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
)  # fmt: skip
_PLAIN_FLAGS = {6: 2, 8: 2, 10: 2}
"""MQTT 5.0 2.1.3: the flags that a type has; PUBLISH alone chooses its own, all others have none."""
_REFUSALS = {
    1: "unacceptable protocol version", 2: "identifier rejected", 3: "server unavailable",
    4: "bad user name or password", 5: "not authorized",
    128: "unspecified error", 129: "malformed packet", 130: "protocol error", 132: "unsupported protocol version",
    133: "client identifier not valid", 134: "bad user name or password", 135: "not authorized",
    136: "server unavailable", 137: "server busy", 138: "banned", 140: "bad authentication method",
    149: "packet too large", 151: "quota exceeded", 159: "connection rate exceeded",
}  # fmt: skip
"""Return codes of 3.1.1 (3.2.2.3) and reason codes of 5.0 (3.2.2.2)."""


def _decode(payload: bytes) -> tuple[int, int, bytes, int] | None:
    """Return type, flags, body (what there is of it) and whole length of the first packet; None for what is none."""
    if len(payload) < 2:
        return None
    kind, flags = payload[0] >> 4, payload[0] & 0x0F
    if kind == 0 or (kind != 3 and flags != _PLAIN_FLAGS.get(kind, 0)) or flags & 6 == 6:
        return None
    length = _integer(payload, 1)
    if length is None:
        return None
    size, start = length
    return kind, flags, payload[start : start + min(size, 4096)], start + size


def _integer(data: bytes, place: int) -> tuple[int, int] | None:
    """Return a variable byte integer (MQTT 5.0 1.5.5) and where it ends."""
    value = 0
    for count, byte in enumerate(data[place : place + 4]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value, place + count + 1
    return None


def _string(body: bytes, place: int) -> str | None:
    """Return the text with its length before it that stands there; None where it does not fit."""
    size = int.from_bytes(body[place : place + 2], "big")
    if place + 2 + size > len(body):
        return None
    return body[place + 2 : place + 2 + size].decode("utf-8", "backslashreplace")


def _packet_id(body: bytes, place: int = 0) -> str:
    return f"id={int.from_bytes(body[place : place + 2], 'big')}" if len(body) >= place + 2 else ""


def label(payload: bytes) -> str:
    """Return what the first packet of a message is."""
    packet = _decode(payload)
    if packet is None:
        return ""
    kind, flags, body, end = packet
    return words("mqtt", _TYPES[kind], _detail(kind, flags, body), "and more" if len(payload) > end else "")


def _detail(kind: int, flags: int, body: bytes) -> str:
    match kind:
        case 1:
            return _connect(body)
        case 2:
            code = body[1] if len(body) > 1 else 0
            return f"refused: {_REFUSALS.get(code, code)}" if code else "accepted"
        case 3:
            qos = flags >> 1 & 3
            topic = _string(body, 0)
            number = _packet_id(body, 2 + int.from_bytes(body[:2], "big")) if qos else ""
            return words(word(topic), f"qos={qos}" if qos else "", number, "retain" if flags & 1 else "")
        case 8 | 10:
            return words(word(_filter(body, has_options=kind == 8)), _packet_id(body))
        case 4 | 5 | 6 | 7 | 9 | 11:
            return _packet_id(body)
        case _:
            return ""


def _connect(body: bytes) -> str:
    """Return version, client and keepalive of a CONNECT (MQTT 5.0 3.1)."""
    name = _string(body, 0)
    if name is None or len(body) < 6 + len(name):
        return ""
    place = 2 + len(name)
    version, keep_alive = body[place], int.from_bytes(body[place + 2 : place + 4], "big")
    place += 4
    if version == 5:
        size, place = _integer(body, place) or (0, place)
        place += size
    shown = {3: "3.1", 4: "3.1.1", 5: "5.0"}.get(version, str(version))
    return words(named("client", _string(body, place)), f"version={shown}", f"keepalive={keep_alive}")


def _filter(body: bytes, *, has_options: bool) -> str | None:
    """Return the first topic filter: behind the packet id in MQTT 3, behind the properties in MQTT 5."""
    place, options = 2, 1 if has_options else 0
    while place < len(body):
        size = int.from_bytes(body[place : place + 2], "big")
        place += 2 + size + options
    if place == len(body) and place > 2:
        return _string(body, 2)
    size, start = _integer(body, 2) or (0, 2)
    return _string(body, start + size)


def _is_connect(payload: bytes) -> bool:
    packet = _decode(payload)
    return packet is not None and packet[0] == 1 and packet[2].startswith((b"\0\4MQTT", b"\0\6MQIsdp"))


def _is_connack(payload: bytes) -> bool:
    packet = _decode(payload)
    # Session present is the only flag there is.
    return packet is not None and packet[0] == 2 and packet[3] == len(payload) >= 4 and payload[2] <= 1


def _refusal(payload: bytes) -> str:
    packet = _decode(payload)
    if packet is None or packet[0] not in (2, 14):
        return ""
    kind, _, body, _ = packet
    code = (body[1] if len(body) > 1 else 0) if kind == 2 else body[0] if body else 0
    if code == 0 or (kind == 14 and code < 128):
        return ""
    return f"{_TYPES[kind]} {code} ({_REFUSALS.get(code, 'see MQTT 5.0 2.4')})"


def keep_alive_of(connect: bytes) -> int:
    """Return the seconds of keepalive that a CONNECT asks for, 0 for none and for what is no CONNECT."""
    if not _is_connect(connect):
        return 0
    detail = label(connect).rpartition("keepalive=")[2].split(" ")[0]
    return int(detail) if detail.isascii() and detail.isdigit() else 0


def _agreed_limit(_received: Sequence[bytes], sent: Sequence[bytes]) -> float | None:
    """Return one and a half times the keepalive (MQTT 5.0 3.1.2.10); infinity where it is switched off."""
    if not sent or not _is_connect(sent[0]):
        return None
    return 1.5 * keep_alive_of(sent[0]) or float("inf")


MQTT = Application(
    "mqtt",
    "MQTT over WebSocket",
    "MQTT 5.0 6",
    label,
    subprotocols=("mqtt", "mqttv3.1", "mqttv3.1.1", "mqttv5", "mqttv5.0"),
    is_from_server=_is_connack,
    is_from_client=_is_connect,
    needs_subprotocol=True,
    opening=Opening("CONNECT", bytes.fromhex("100c00044d5154540402003c0000"), _is_connect),
    refusal=_refusal,
    refusal_advice="give what the broker asks for in CONNECT: user name, password, client identifier, version",
    heartbeat=Heartbeat("PINGREQ", b"\xc0\x00", 25, 90.0, _agreed_limit),
    close_codes=(
        CloseCode(1003, "MQTT travels in binary messages only", "send the packets as binary messages: --hex, or -f"),
    ),
)
