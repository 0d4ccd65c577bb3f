"""STOMP: frames of a command, header lines and a body that ends with NUL; the client says CONNECT first."""

from __future__ import annotations

from wscli.applications.application import Application, Opening, named, quoted, word, words

_CLIENT = ("CONNECT", "STOMP")
_COMMANDS = frozenset((
    *_CLIENT, "SEND", "SUBSCRIBE", "UNSUBSCRIBE", "BEGIN", "COMMIT", "ABORT", "ACK", "NACK", "DISCONNECT",
    "CONNECTED", "MESSAGE", "RECEIPT", "ERROR",
))  # fmt: skip
_TOLD = ("id", "subscription", "transaction", "receipt", "receipt-id", "version")
HEAD = 2048
"""Bytes in which the head of a frame is looked for."""


def _decode(payload: bytes) -> tuple[str, dict[str, str]]:
    """Return the command and the headers of a frame, an empty command for what is none."""
    lines = payload[:HEAD].lstrip(b"\r\n").partition(b"\0")[0].decode("utf-8", "replace").split("\n")
    command = lines[0].rstrip("\r")
    if command not in _COMMANDS:
        return "", {}
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.rstrip("\r").partition(":")
        if not colon:
            break
        headers.setdefault(name, value)  # STOMP 1.2: of repeated headers the first one counts
    return command, headers


def label(payload: bytes) -> str:
    """Return what a frame is."""
    if payload in (b"\n", b"\r\n"):
        return "stomp heart-beat"
    command, headers = _decode(payload)
    if not command:
        return ""
    told = (named(name, headers.get(name)) for name in _TOLD)
    return words("stomp", command, word(headers.get("destination")), *told, quoted(headers.get("message")))


def _is_connect(payload: bytes) -> bool:
    command, headers = _decode(payload)
    return command in _CLIENT and ("accept-version" in headers or "host" in headers or payload.endswith(b"\n\n\0"))


def _is_connected(payload: bytes) -> bool:
    return payload.startswith(b"CONNECTED") and _decode(payload)[0] == "CONNECTED"


def _refusal(payload: bytes) -> str:
    if not payload.startswith(b"ERROR"):
        return ""
    command, headers = _decode(payload)
    return f"ERROR {headers.get('message', '')}".rstrip() if command else ""


STOMP = Application(
    "stomp",
    "STOMP",
    "STOMP 1.2, Connecting",
    label,
    subprotocols=("v12.stomp", "v11.stomp", "v10.stomp"),
    is_from_server=_is_connected,
    is_from_client=_is_connect,
    opening=Opening("CONNECT", b"CONNECT\naccept-version:1.2\nhost:/\n\n\0", _is_connect),
    refusal=_refusal,
    refusal_advice="give what the broker asks for in CONNECT: the headers login, passcode and host",
)
