"""WAMP: arrays that begin with the number of their kind; the client says HELLO with the realm first."""

from __future__ import annotations

from wscli.applications.application import Application, Opening, array_of, named, word, words

_KINDS = {
    1: "HELLO", 2: "WELCOME", 3: "ABORT", 4: "CHALLENGE", 5: "AUTHENTICATE", 6: "GOODBYE", 8: "ERROR",
    16: "PUBLISH", 17: "PUBLISHED", 32: "SUBSCRIBE", 33: "SUBSCRIBED", 34: "UNSUBSCRIBE", 35: "UNSUBSCRIBED",
    36: "EVENT", 48: "CALL", 49: "CANCEL", 50: "RESULT", 64: "REGISTER", 65: "REGISTERED",
    66: "UNREGISTER", 67: "UNREGISTERED", 68: "INVOCATION", 69: "INTERRUPT", 70: "YIELD",
}  # fmt: skip
_NAMED_AT = {"HELLO": 1, "ABORT": 2, "CHALLENGE": 1, "GOODBYE": 2, "ERROR": 4, "PUBLISH": 3, "SUBSCRIBE": 3, "CALL": 3,
             "REGISTER": 3}  # fmt: skip
"""Where the realm, URI or reason stands that says most."""
_WITHOUT_ID = ("HELLO", "ABORT", "CHALLENGE", "AUTHENTICATE", "GOODBYE")


def label(payload: bytes) -> str:
    """Return what a message is, in JSON or MessagePack."""
    message = array_of(payload) or _unpack(payload)
    number = message[0] if message else None
    kind = _KINDS.get(number) if type(number) is int else None
    if kind is None:
        return ""
    place = _NAMED_AT.get(kind)
    name = word(message[place]) if place is not None and place < len(message) else ""
    number = message[2 if kind == "ERROR" else 1] if len(message) > 2 and kind not in _WITHOUT_ID else None
    return words("wamp", kind, name, named("id", number))


def _unpack(payload: bytes) -> list[object]:
    """Return the first numbers and texts of a MessagePack array, as far as they are of the plain kinds."""
    if not 0x91 <= payload[:1].ljust(1, b"\0")[0] <= 0x9F:
        return []
    found: list[object] = []
    place = 1
    while place < len(payload) and len(found) < 5:
        byte = payload[place]
        if byte < 0x80:
            found.append(byte)
            place += 1
        elif byte == 0x80:  # an empty map, as options mostly are
            found.append(None)
            place += 1
        elif 0xA0 <= byte <= 0xBF or byte == 0xD9:
            start, size = (
                (place + 1, byte & 0x1F) if byte <= 0xBF else (place + 2, payload[place + 1 :][:1].hex() or "0")
            )
            size = size if isinstance(size, int) else int(size, 16)
            found.append(payload[start : start + size].decode("utf-8", "backslashreplace"))
            place = start + size
        elif 0xCC <= byte <= 0xCF:
            size = 1 << byte - 0xCC
            found.append(int.from_bytes(payload[place + 1 : place + 1 + size], "big"))
            place += 1 + size
        else:
            break
    return found


def _is_hello(payload: bytes) -> bool:
    message = array_of(payload) or _unpack(payload)
    return len(message) > 1 and message[0] == 1 and type(message[0]) is int and isinstance(message[1], str)


def _is_hello_for_sure(payload: bytes) -> bool:
    message = array_of(payload)
    return _is_hello(payload) and len(message) == 3 and isinstance(message[2], dict) and "roles" in message[2]


def _is_welcome(payload: bytes) -> bool:
    message = array_of(payload)
    return len(message) == 3 and message[0] == 2 and isinstance(message[2], dict) and "roles" in message[2]


def _refusal(payload: bytes) -> str:
    message = array_of(payload) or _unpack(payload)
    if len(message) < 3 or message[0] != 3 or type(message[0]) is not int:
        return ""
    details = message[1]
    said = details.get("message") if isinstance(details, dict) else None
    return words("ABORT", word(message[2]), said if isinstance(said, str) else "")


WAMP = Application(
    "wamp",
    "WAMP",
    "WAMP 2, Session Establishment",
    label,
    subprotocols=(
        "wamp.2.json", "wamp.2.msgpack", "wamp.2.cbor", "wamp.2.ubjson", "wamp.2.json.batched",
        "wamp.2.msgpack.batched", "wamp.2.cbor.batched",
    ),
    is_from_server=_is_welcome,
    is_from_client=_is_hello_for_sure,
    needs_subprotocol=True,
    opening=Opening(
        "HELLO",
        b'[1,"realm1",{"roles":{"caller":{},"subscriber":{}}}]',
        _is_hello,
    ),
    refusal=_refusal,
    refusal_advice="use a realm that the router has, and the authmethods that it asks for, in HELLO",
)  # fmt: skip
