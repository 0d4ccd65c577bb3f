"""Close codes: what they mean to who gets them, and who uses private ones for what; and who limits messages to what."""

from __future__ import annotations

REGISTERED: dict[int, tuple[str, str]] = {
    1002: ("the server says that we break the protocol", "compare what went out: {connect -vv}"),
    1003: ("the server does not take messages of this kind", "send the other kind: text in place of binary, or binary"),
    1007: ("the server could not read a message: text that is no UTF-8, or data that does not inflate",
           "send it uncompressed to tell them apart: {connect --no-deflate}"),
    1008: ("the server's policy refuses this: credentials, origin, rate or content; the code says no more",
           "give what it asks for, as a token ({connect --bearer TOKEN}) or an origin; its log knows which"),
    1010: ("the server is a client by mistake: only clients close for a missing extension", "see the server's log"),
    1011: ("the server ran into an error that it did not expect", "look into the server's log at this moment"),
    1012: ("the server restarts", "connect again in some seconds, spread at random"),
    1013: ("the server is overloaded", "connect again later, with growing pauses"),
    1014: ("a gateway got no sound answer from the server behind it", "see whether the server behind it runs"),
    3000: ("the server wants credentials, or does not accept these", "give a token: {connect --bearer TOKEN}"),
    3003: ("these credentials may not do this", "use credentials of somebody who may"),
    3008: ("the server waited too long for something, mostly the first message",
           "send what it waits for right after opening"),
}  # fmt: skip
"""Code → what it means to a client, and what to try."""

PRIVATE: dict[int, tuple[tuple[str, str], ...]] = {}
"""Code → (application, meaning) for the well-known private ones."""


def _private(application: str, meanings: dict[int, str]) -> None:
    for code, meaning in meanings.items():
        PRIVATE[code] = (*PRIVATE.get(code, ()), (application, meaning))


GRAPHQL = "graphql-transport-ws"

_private(GRAPHQL, {
    4400: "a message that the protocol does not allow", 4401: "an operation before connection_init was acknowledged",
    4403: "the credentials in connection_init were refused", 4406: "the subprotocol is not acceptable",
    4408: "connection_init did not come in time", 4409: "a subscription with this id exists already",
    4429: "connection_init came twice", 4500: "the server failed",
})  # fmt: skip
_private("Discord", {
    4000: "unknown error", 4001: "unknown opcode", 4002: "a payload that cannot be decoded", 4003: "not identified yet",
    4004: "the token is wrong", 4005: "identified twice", 4007: "a wrong sequence number", 4008: "rate limit",
    4009: "the session timed out", 4010: "a wrong shard", 4011: "sharding is required", 4012: "a wrong API version",
    4013: "wrong intents", 4014: "intents that are not allowed",
})  # fmt: skip
_private("Pusher", {
    4000: "only TLS is allowed", 4001: "the application does not exist", 4003: "the application is disabled",
    4004: "the quota of connections is used up", 4005: "the path is unknown", 4006: "the protocol version is malformed",
    4007: "the protocol version is not supported", 4008: "the protocol version is missing",
    4009: "the connection is not authorized", 4100: "over capacity", 4200: "connect again at once",
    4201: "no pong came in time", 4202: "closed after a time without activity",
    4301: "the rate limit of client events",
})  # fmt: skip
_private("Twitch EventSub", {
    4000: "the server failed", 4001: "the client sent a message", 4002: "the client did not answer pings",
    4003: "no subscription within 10 s", 4004: "the time to reconnect is over", 4005: "a network timeout",
    4006: "a network error", 4007: "the reconnect URL is wrong",
})  # fmt: skip
_private("obs-websocket", {
    4002: "a message that cannot be decoded", 4003: "a field is missing", 4004: "a field has a wrong type",
    4005: "a field has a wrong value", 4006: "unknown opcode", 4007: "not identified yet", 4008: "identified twice",
    4009: "the password is wrong", 4010: "the RPC version is not supported", 4011: "the session was ended",
    4012: "a feature is not supported",
})  # fmt: skip

HINTS: dict[str, tuple[str, ...]] = {
    GRAPHQL: ("graphql",),
    "Discord": ("discord.gg", "discord.com"),
    "Pusher": ("pusher",),
    "Twitch EventSub": ("twitch.tv",),
    "obs-websocket": ("obswebsocket", ":4455"),
}
"""Application → what in host, path or subprotocol tells of it."""

MESSAGE_LIMITS: tuple[tuple[int, str], ...] = (
    (8 * 1024, "Tomcat and Spring (8 KiB)"),
    (16 * 1024, "uWebSockets (16 KiB)"),
    (32 * 1024, "AWS API Gateway (32 KiB a frame), SignalR, coder/websocket for Go (32 KiB)"),
    (64 * 1024, "Jetty, actix (64 KiB)"),
    (128 * 1024, "AWS API Gateway (128 KiB a message)"),
    (1000 * 1000, "Socket.IO (maxHttpBufferSize, 1 MB)"),
    (1024 * 1024, "websockets for Python, Azure Web PubSub (1 MiB)"),
    (4 * 1024 * 1024, "aiohttp (4 MiB)"),
    (10 * 1024 * 1024, "Tornado (10 MiB)"),
    (16 * 1024 * 1024, "uvicorn, tungstenite a frame (16 MiB)"),
    (64 * 1024 * 1024, "tungstenite (64 MiB)"),
    (100 * 1024 * 1024, "ws for Node.js (100 MiB)"),
)
"""The largest message that servers take by default, and whose default it is."""


def applications_of(code: int, *told: str) -> tuple[tuple[str, str], ...]:
    """Return who uses a private code for what; where the texts tell of one of them, that one alone."""
    known = PRIVATE.get(code, ())
    text = " ".join(told).lower()
    named = tuple(one for one in known if any(hint in text for hint in HINTS[one[0]]))
    return named or known
