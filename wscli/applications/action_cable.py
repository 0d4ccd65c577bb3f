"""ActionCable of Rails: the server welcomes and pings every three seconds; the client sends commands."""

from __future__ import annotations

from wscli.applications.application import Application, named, object_of, path_of, quoted, word, words

_TYPES = frozenset(("welcome", "ping", "confirm_subscription", "reject_subscription", "disconnect"))
_COMMANDS = frozenset(("subscribe", "unsubscribe", "message"))


def _channel(identifier: object) -> str:
    """Return the channel that an identifier, which is JSON in a text, names."""
    if not isinstance(identifier, str):
        return ""
    return word(object_of(identifier.encode("utf-8", "replace")).get("channel")) or word(identifier)


def label(payload: bytes) -> str:
    """Return what a message is, with the channel that it belongs to."""
    message = object_of(payload)
    kind, command = message.get("type"), message.get("command")
    channel = _channel(message.get("identifier"))
    if isinstance(kind, str) and kind in _TYPES:
        return words("actioncable", kind, channel, named("reason", message.get("reason")))
    if isinstance(command, str) and command in _COMMANDS:
        return words("actioncable", command, channel)
    return words("actioncable message", quoted(channel)) if channel else ""


def _is_welcome(payload: bytes) -> bool:
    message = object_of(payload)
    # Rails sends nothing besides; AnyCable adds a session id.
    return message.get("type") == "welcome" and set(message) <= {"type", "sid"}


def _is_command(payload: bytes) -> bool:
    message = object_of(payload)
    return message.get("command") == "subscribe" and "identifier" in message


def _is_target(target: str) -> bool:
    return path_of(target).endswith("/cable")


def _refusal(payload: bytes) -> str:
    message = object_of(payload)
    if message.get("type") == "disconnect":
        return words("disconnect", word(message.get("reason")))
    if message.get("type") == "reject_subscription":
        return words("reject_subscription", _channel(message.get("identifier")))
    return ""


ACTION_CABLE = Application(
    "actioncable",
    "ActionCable of Rails",
    "Action Cable Overview",
    label,
    subprotocols=(
        "actioncable-v1-json",
        "actioncable-v1-ext-json",
        "actioncable-v1-msgpack",
        "actioncable-unsupported",
    ),
    is_target=_is_target,
    is_from_server=_is_welcome,
    is_from_client=_is_command,
    refusal=_refusal,
    refusal_advice="give the cookie or token that identifies the user, as -b 'name=value'",
)
