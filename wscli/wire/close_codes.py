"""What close codes mean: the registered ones, their ranges, and private ones of well-known protocols.

Names of registered codes stand in `close`, which every session loads; these tables are for those who want to know more.
A private code means what the one who defined it says, and the same number means something else elsewhere: each row
names its owner. Only codes that their owners document, or have in their published source, are here.
"""

from __future__ import annotations

from wscli.values import Value

MEANINGS: dict[int, str] = {
    1000: "the purpose of the connection is fulfilled; no error",
    1001: "the server goes down or restarts, or the browser leaves the page; no error, reconnecting is fine",
    1002: "the sender of this Close saw a frame that breaks the protocol, such as one with a wrong mask",
    1003: "the sender cannot take this kind of message, such as binary where it reads text only",
    1004: "never defined, and never sent",
    1005: "never on the wire; it stands for a Close without a code",
    1006: "never on the wire; it stands for an end without a Close, after a crash, an idle limit or a lost network",
    1007: "a message does not fit its type: text that is no UTF-8, or data that does not inflate",
    1008: "a message breaks a policy of the sender; used where no other code fits, often for a missing or bad token",
    1009: "a message is too big for the sender; its limit may be far smaller than what WebSocket allows",
    1010: "the client wanted an extension that the server did not agree to; only clients send it",
    1011: "the server met an error that keeps it from going on; some send it for a missing Pong (keepalive timeout)",
    1012: "the service restarts; reconnect after a random delay of 5 to 30 s",
    1013: "the server is overloaded; try again later, or another address",
    1014: "a gateway or proxy got a bad answer from the server behind it, as HTTP's 502",
    1015: "never on the wire; it stands for a failed TLS handshake, such as a certificate that could not be verified",
    3000: "the endpoint wants credentials that are missing or not valid, as HTTP's 401",
    3003: "the credentials are not enough for this endpoint, as HTTP's 403",
    3008: "an operation took too long, as HTTP's 408",
}
"""What each registered code says."""

SECTIONS: dict[int, str] = dict.fromkeys((*range(1000, 1012), 1015), "RFC 6455 7.4.1")
"""Where a registered code is defined; the registry of IANA for all others."""
REGISTRY = "IANA WebSocket Close Code Number Registry"


class CodeRange(Value):
    """A range of close codes (RFC 6455 §7.4.2)."""

    first: int
    last: int
    meaning: str


RANGES: tuple[CodeRange, ...] = (
    CodeRange(0, 999, "not used; must not be sent"),
    CodeRange(1000, 2999, "for the protocol itself and its extensions; unassigned codes must not be sent"),
    CodeRange(3000, 3999, "for libraries, frameworks and applications that register them with IANA; many do not"),
    CodeRange(4000, 4999, "private use: they mean what the authors of the server say, so look into its documentation"),
)
"""Every range; codes from 5000 on may not be sent at all."""


class PrivateCode(Value):
    """A code that one protocol or service gave a meaning."""

    code: int
    owner: str
    meaning: str


def _codes(owner: str, meanings: dict[int, str]) -> tuple[PrivateCode, ...]:
    return tuple(PrivateCode(code, owner, meaning) for code, meaning in meanings.items())


PRIVATE: tuple[PrivateCode, ...] = (
    *_codes("graphql-transport-ws", {
        4004: "bad response: the client did not understand a message of the server",
        4005: "internal error of the client",
        4400: "bad request: a message is no JSON or has an unknown type",
        4401: "unauthorized: subscribed before connection_ack",
        4403: "forbidden: the server refused connection_init",
        4406: "the subprotocol is not acceptable: connect with -s graphql-transport-ws",
        4408: "connection_init did not come in time: the client must speak first",
        4409: "a subscriber with this id exists already",
        4429: "connection_init came more than once",
        4499: "terminated by the client, which reconnects",
        4500: "internal error of the server",
        4504: "connection_ack did not come in time",
    }),
    *_codes("Discord gateway", {
        4000: "unknown error; reconnect and resume",
        4001: "unknown opcode, or a payload that is not valid for it",
        4002: "a payload could not be decoded",
        4003: "not authenticated: a payload came before identify",
        4004: "authentication failed: the token is not valid; do not reconnect with it",
        4005: "already authenticated: identify came more than once",
        4007: "resumed with a sequence number that is not valid; start a new session",
        4008: "rate limited: payloads came too quickly",
        4009: "the session timed out; start a new one",
        4010: "the shard is not valid",
        4011: "sharding is required: too many guilds for one session",
        4012: "the API version is not valid",
        4013: "an intent is not valid",
        4014: "an intent is not allowed: enable it for the application",
    }),
    *_codes("Discord voice", {
        4001: "unknown opcode",
        4002: "the identify payload could not be decoded",
        4003: "not authenticated: a payload came before identify",
        4004: "authentication failed: the token is not correct",
        4005: "already authenticated",
        4006: "the session is no longer valid",
        4009: "the session timed out",
        4011: "the server was not found",
        4012: "unknown protocol",
        4014: "disconnected: kicked, or the channel was deleted; do not reconnect",
        4015: "the voice server crashed; resume",
        4016: "unknown encryption mode",
    }),
    *_codes("Pusher protocol", {
        4000: "the application takes TLS only: use wss://",
        4001: "there is no application with this key",
        4003: "the application is disabled",
        4004: "the application has as many connections as its quota allows",
        4005: "there is no such path",
        4006: "the protocol version is not well-formed",
        4007: "the protocol version is not supported",
        4008: "the protocol version is missing: add ?protocol=7",
        4009: "the connection is not authorized",
        4100: "over capacity; reconnect after a second or more",
        4200: "reconnect at once",
        4201: "no pusher:pong came for a pusher:ping; reconnect at once",
        4202: "closed after inactivity; reconnect at once",
        4301: "a client event was refused for coming too often",
    }),
    *_codes("Twitch EventSub", {
        4000: "internal error of the server",
        4001: "the client sent a message; it may send Pongs only",
        4002: "the client did not answer a Ping",
        4003: "nothing was subscribed to within ten seconds of the welcome",
        4004: "the connection was not replaced in time after session_reconnect",
        4005: "network timeout",
        4006: "network error",
        4007: "the reconnect URL is not valid",
    }),
    *_codes("OBS Studio (obs-websocket 5)", {
        4000: "unknown reason",
        4002: "a message could not be decoded",
        4003: "a field is missing",
        4004: "a field has a wrong type",
        4005: "a field has a value that is not valid",
        4006: "unknown opcode",
        4007: "a message came before Identify",
        4008: "Identify came more than once",
        4009: "authentication failed: the password is wrong or missing",
        4010: "the RPC version is not supported",
        4011: "the session was ended by the user of OBS; do not reconnect",
        4012: "a feature is not supported here",
    }),
    *_codes("Hocuspocus", {
        4205: "the server wants the document to be loaded anew",
        4401: "unauthorized: a token is missing or not valid",
        4403: "forbidden",
        4408: "the request did not come in time",
    }),
    *_codes("Colyseus", {
        4000: "the client left on purpose",
        4002: "the room was left because of an error",
    }),
    *_codes("Centrifugo", {
        3000: "the connection was closed",
        3001: "the node shuts down; reconnect",
        3004: "internal error of the server; reconnect",
        3005: "the connection expired; reconnect",
        3006: "a subscription expired; reconnect",
        3008: "the client reads too slowly; reconnect",
        3009: "writing to the client failed; reconnect",
        3010: "the position in a stream was lost; reconnect",
        3011: "the server wants a new connection",
        3012: "the client did not answer a ping; reconnect",
        3013: "too many requests; reconnect",
        3500: "the token is not valid; do not reconnect",
        3501: "a frame is malformed, or commands come in a wrong order; do not reconnect",
        3502: "the client did not authenticate in time; do not reconnect",
        3503: "disconnected by the server; do not reconnect",
        3504: "as many connections as the limit allows; do not reconnect",
        3505: "as many channels as the limit allows; do not reconnect",
        3506: "the client's protocol cannot carry the data, as binary in JSON; do not reconnect",
        3507: "permission denied; do not reconnect",
        3508: "not available; do not reconnect",
        3509: "too many errors; do not reconnect",
    }),
)  # fmt: skip
"""Private codes by their owners."""


def range_of(code: int) -> CodeRange | None:
    """Return the range that a code lies in, None from 5000 on."""
    return next((one for one in RANGES if one.first <= code <= one.last), None)
