"""GraphQL over WebSocket: the protocol of today, and the older one whose subprotocol is called as today's library is.

The library graphql-ws speaks `graphql-transport-ws`; subscriptions-transport-ws, no longer kept, spoke `graphql-ws`.
"""

from __future__ import annotations

from wscli.applications.application import Application, CloseCode, Opening, named, object_of, quoted, words

_TYPES = frozenset((
    "connection_init", "connection_ack", "ping", "pong", "subscribe", "next", "error", "complete",
    "start", "stop", "data", "ka", "connection_error", "connection_terminate",
))  # fmt: skip


def _type(payload: bytes) -> str:
    kind = object_of(payload).get("type")
    return kind if isinstance(kind, str) and kind in _TYPES else ""


def label(payload: bytes) -> str:
    """Return what a message is, with its id and the operation's name."""
    message = object_of(payload)
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        return ""
    content = message.get("payload")
    operation = quoted(content.get("operationName")) if isinstance(content, dict) else ""
    return words("graphql", kind, named("id", message.get("id")), operation)


def _is_init(payload: bytes) -> bool:
    return b"connection_init" in payload[:512] and _type(payload) == "connection_init"


def _has_query(payload: bytes, kind: str) -> bool:
    content = object_of(payload).get("payload")
    return _type(payload) == kind and isinstance(content, dict) and "query" in content


def _refusal(payload: bytes) -> str:
    if b"connection_error" not in payload[:512] or _type(payload) != "connection_error":
        return ""
    content = object_of(payload).get("payload")
    message = content.get("message") if isinstance(content, dict) else None
    return f"connection_error {message}" if isinstance(message, str) else "connection_error"


_CREDENTIALS = 'put what the server asks for into connection_init, as {"type":"connection_init","payload":{…}}'
_OPENING = Opening("connection_init", b'{"type":"connection_init"}', _is_init, "3 s in graphql-ws")

GRAPHQL_TRANSPORT_WS = Application(
    "graphql-transport-ws",
    "GraphQL over WebSocket",
    "GraphQL over WebSocket Protocol",
    label,
    subprotocols=("graphql-transport-ws",),
    is_from_client=lambda payload: _has_query(payload, "subscribe"),
    needs_subprotocol=True,
    opening=_OPENING,
    refusal=_refusal,
    refusal_advice=_CREDENTIALS,
    close_codes=(
        CloseCode(4400, "the server could not take a message", "see with -vv which message of ours came before"),
        CloseCode(
            4401,
            "a subscribe came before connection_ack",
            "send connection_init first, with what the server asks for in its payload",
            "the server misses credentials",
        ),
        CloseCode(4403, "the server does not let this client in", _CREDENTIALS),
        CloseCode(4406, "the server does not take this subprotocol", "try the older one: -s graphql-ws"),
        CloseCode(4408, "connection_init did not come in time", "send connection_init at once, with -e"),
        CloseCode(4409, "there is a subscription with this id already", "give each subscribe an id of its own"),
        CloseCode(4429, "connection_init came twice", "send connection_init once"),
        CloseCode(4500, "the server failed", "look into the server's log at this moment"),
    ),
)
GRAPHQL_WS = Application(
    "graphql-ws",
    "GraphQL over WebSocket, the older subscriptions-transport-ws",
    "subscriptions-transport-ws PROTOCOL.md",
    label,
    subprotocols=("graphql-ws",),
    is_from_server=lambda payload: _type(payload) == "ka",
    is_from_client=lambda payload: _has_query(payload, "start"),
    needs_subprotocol=True,
    opening=_OPENING,
    refusal=_refusal,
    refusal_advice=_CREDENTIALS,
    close_codes=(
        CloseCode(1002, "the server does not take this subprotocol", "try today's one: -s graphql-transport-ws"),
        CloseCode(4400, "the server could not take a message", "see with -vv which message of ours came before"),
        CloseCode(4406, "the server does not take this subprotocol", "try today's one: -s graphql-transport-ws"),
    ),
)
