"""Phoenix channels: topics and events, as objects (`vsn=1.0.0`) or as arrays (`vsn=2.0.0`)."""

from __future__ import annotations

from typing import Any

from wscli.applications.application import (
    Application,
    Heartbeat,
    named,
    parameter_of,
    path_of,
    structure_of,
    word,
    words,
)


def _decode(payload: bytes) -> tuple[str, str, object, Any]:
    """Return topic, event, ref and payload of a message; empty where it is none."""
    message = structure_of(payload)
    if isinstance(message, list) and len(message) >= 4:
        _, ref, topic, event, *content = message
        body = content[0] if content else None
    elif isinstance(message, dict):
        topic, event, ref, body = (message.get(name) for name in ("topic", "event", "ref", "payload"))
    else:
        return "", "", None, None
    if isinstance(topic, str) and isinstance(event, str):
        return topic, event, ref, body
    return "", "", None, None


def label(payload: bytes) -> str:
    """Return what a message is: event, topic, ref."""
    topic, event, ref, body = _decode(payload)
    if not event:
        return ""
    status = word(body.get("status")) if isinstance(body, dict) and event == "phx_reply" else ""
    return words("phoenix", word(event), status, word(topic), named("ref", ref))


def _is_target(target: str) -> bool:
    return path_of(target).endswith("/websocket") and parameter_of(target, "vsn") is not None


def _is_message(payload: bytes) -> bool:
    topic, event, _, _ = _decode(payload)
    return event.startswith("phx_") or (topic == "phoenix" and event == "heartbeat")


def _refusal(payload: bytes) -> str:
    topic, event, _, body = _decode(payload)
    if event != "phx_reply" or not isinstance(body, dict) or body.get("status") != "error":
        return ""
    response = body.get("response")
    reason = response.get("reason") if isinstance(response, dict) else None
    return words(f"phx_reply error for {topic}", reason if isinstance(reason, str) else "")


PHOENIX = Application(
    "phoenix",
    "Phoenix channels",
    "Phoenix, Writing a Channels Client",
    label,
    is_target=_is_target,
    is_from_server=_is_message,
    is_from_client=_is_message,
    heartbeat=Heartbeat("heartbeat", b'[null,"1","phoenix","heartbeat",{}]', 30, 60.0),
    refusal=_refusal,
    refusal_advice="join a topic that the server has, with the payload that its join asks for",
)
