"""The API of Home Assistant: the server asks for a token first, then the client's commands carry ids."""

from __future__ import annotations

from wscli.applications.application import Application, Opening, named, object_of, quoted, word, words


def label(payload: bytes) -> str:
    """Return what a message is."""
    message = object_of(payload)
    kind = word(message.get("type"))
    if not kind:
        return ""
    service = ".".join(part for part in (word(message.get("domain")), word(message.get("service"))) if part)
    return words("home-assistant", kind, named("id", message.get("id")), service, quoted(message.get("event_type")))


def _is_auth_required(payload: bytes) -> bool:
    message = object_of(payload)
    return message.get("type") == "auth_required" and "ha_version" in message


def _is_auth(payload: bytes) -> bool:
    return object_of(payload).get("type") == "auth"


def _refusal(payload: bytes) -> str:
    message = object_of(payload)
    return words("auth_invalid", word(message.get("message"))) if message.get("type") == "auth_invalid" else ""


HOME_ASSISTANT = Application(
    "home-assistant",
    "the WebSocket API of Home Assistant",
    "Home Assistant WebSocket API",
    label,
    is_from_server=_is_auth_required,
    opening=Opening("auth", b'{"type":"auth","access_token":"TOKEN"}', _is_auth, "10 s in Home Assistant"),
    refusal=_refusal,
    refusal_advice="make a long-lived access token on the profile page of Home Assistant, and send that",
)
