"""Centrifugo: commands with ids; the server pings with an empty object, which the client sends back."""

from __future__ import annotations

from wscli.applications.application import (
    Application,
    CloseCode,
    Heartbeat,
    Opening,
    named,
    object_of,
    path_of,
    quoted,
    word,
    words,
)

_METHODS = ("connect", "subscribe", "unsubscribe", "publish", "presence", "presence_stats", "history", "ping", "send",
            "rpc", "refresh", "sub_refresh")  # fmt: skip


def label(payload: bytes) -> str:
    """Return what the first line of a message is."""
    first = payload.split(b"\n", 1)[0] if b"\n" in payload[:4096] else payload
    message = object_of(first)
    if not message:
        return "centrifugo ping or pong" if first == b"{}" else ""
    number = named("id", message.get("id"))
    push, error = message.get("push"), message.get("error")
    if isinstance(push, dict):
        return words("centrifugo push", named("channel", push.get("channel")))
    if isinstance(error, dict):
        return words("centrifugo error", number, word(error.get("code")), quoted(error.get("message")))
    for method in _METHODS:
        content = message.get(method)
        if isinstance(content, dict):
            return words("centrifugo", method, number, named("channel", content.get("channel")))
    return ""


def _is_connect(payload: bytes) -> bool:
    message = object_of(payload.split(b"\n", 1)[0])
    return isinstance(message.get("connect"), dict) and isinstance(message.get("id"), int)


def _is_target(target: str) -> bool:
    return path_of(target).endswith("/connection/websocket")


_CREDENTIALS = 'send a valid token: {"id":1,"connect":{"token":"…"}}'

CENTRIFUGO = Application(
    "centrifugo",
    "Centrifugo",
    "Centrifugo client protocol",
    label,
    subprotocols=("centrifuge-json", "centrifuge-protobuf"),
    is_target=_is_target,
    is_from_client=_is_connect,
    opening=Opening("connect", b'{"id":1,"connect":{}}', _is_connect, "15 s in Centrifugo"),
    heartbeat=Heartbeat("{} in answer to {}", b"{}", 20, 33.0, asked=b"{}"),
    close_codes=(
        CloseCode(3012, "a ping was not answered", "answer each {} with {}"),
        CloseCode(3500, "the token is not valid", _CREDENTIALS),
        CloseCode(3501, "the server could not take a command", "see with -vv which message of ours came before"),
        CloseCode(3502, "the client did not connect in time", 'send {"id":1,"connect":{}} at once, with -e'),
    ),
)
