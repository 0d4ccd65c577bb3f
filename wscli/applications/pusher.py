"""The Pusher Channels protocol, also of Soketi and Laravel Reverb: events, channels, pings of its own."""

from __future__ import annotations

from collections.abc import Sequence

from wscli.applications.application import (
    Application,
    CloseCode,
    Heartbeat,
    named,
    object_of,
    parameter_of,
    path_of,
    quoted,
    word,
    words,
)


def label(payload: bytes) -> str:
    """Return what an event is, with its channel."""
    message = object_of(payload)
    event = word(message.get("event"))
    if not event:
        return ""
    channel = message.get("channel")
    data = message.get("data")
    if channel is None and isinstance(data, dict):
        channel = data.get("channel")
    kind = event.removeprefix("pusher:") if event.startswith("pusher:") else f"event {quoted(event)}"
    return words("pusher", kind, named("channel", channel))


def _is_established(payload: bytes) -> bool:
    return object_of(payload).get("event") in ("pusher:connection_established", "pusher:error")


def _is_target(target: str) -> bool:
    return "/app/" in path_of(target) and parameter_of(target, "protocol") is not None


def _refusal(payload: bytes) -> str:
    message = object_of(payload)
    if message.get("event") != "pusher:error":
        return ""
    data = message.get("data")
    told = object_of(data.encode("utf-8", "replace")) if isinstance(data, str) else data
    if not isinstance(told, dict):
        return "pusher:error"
    return words("pusher:error", word(told.get("code")), word(told.get("message")))


def _agreed_limit(received: Sequence[bytes], _sent: Sequence[bytes]) -> float | None:
    """Return the activity timeout that the server names, and the half minute in which it waits for a pong."""
    data = object_of(received[0]).get("data") if received else None
    told = object_of(data.encode("utf-8", "replace")) if isinstance(data, str) else {}
    seconds = told.get("activity_timeout")
    return seconds + 30.0 if isinstance(seconds, (int, float)) else None


PUSHER = Application(
    "pusher",
    "Pusher Channels",
    "Pusher Channels WebSocket Protocol",
    label,
    is_target=_is_target,
    is_from_server=_is_established,
    heartbeat=Heartbeat("pusher:ping", b'{"event":"pusher:ping","data":{}}', 60, 150.0, _agreed_limit),
    refusal=_refusal,
    refusal_advice="look at the key and the cluster in the URL, and at the limits of the account",
    close_codes=(
        CloseCode(4001, "there is no application with this key here", "look at the key and the cluster in the URL"),
        CloseCode(4003, "the application is disabled", "look at the application in its dashboard"),
        CloseCode(4004, "the application has too many connections", "look at the limits of the account"),
        CloseCode(4006, "the path is not one of the protocol's", "use /app/KEY?protocol=7 as the path"),
        CloseCode(4007, "the protocol's version is not supported", "set protocol=7 in the query"),
        CloseCode(
            4009, "the client is not authorized, or did not authorize in time", "send pusher:signin or subscribe"
        ),
        CloseCode(4201, "a pusher:ping was not answered", 'answer it with {"event":"pusher:pong","data":{}}'),
        CloseCode(4202, "the client was inactive for too long", "send pusher:ping every minute"),
    ),
)
