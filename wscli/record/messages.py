"""Sessions kept as messages (HAR, mitmproxy): told as the events of a client, with frames made up around them.

Each message becomes one frame, masked with zeros where the client sent it; heads are made of their lists of fields. So
nothing can be learned from the form of these frames, and notes of the formats say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

from wscli import events as e
from wscli.events import Event, MessageKind, Side, StreamEnd
from wscli.protocol.handshake import judge_response
from wscli.values import Value
from wscli.wire.close import ClosePayload, decode_close
from wscli.wire.frames import BINARY, CLOSE, TEXT, FrameOrder, encode_frame
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead, encode_request, encode_response

MADE_UP = "frames, their masks and the bytes of the heads are made up: the file holds messages only"
_ZERO_MASK = b"\0\0\0\0"
ERROR = -1
"""Stands in place of an opcode where something went wrong."""
Fields = Sequence[tuple[str, str]]


class KeptMessage(Value):
    """One message, or control frame, or what went wrong."""

    at: float
    """Seconds since 1970."""
    side: Side
    opcode: int
    data: bytes
    error: str = ""
    """What went wrong, where the opcode is ERROR."""


class KeptSession(Value):
    """A WebSocket connection as such files hold it."""

    begun: float
    """Seconds since 1970."""
    opened: float
    """Seconds from there to the answer."""
    request: RequestHead | None
    response: ResponseHead | None
    messages: tuple[KeptMessage, ...]


# --- Heads -----------------------------------------------------------------------------------------------------------
def _line_safe(fields: Fields) -> list[tuple[str, str]]:
    """Return the fields that can stand in a head; HTTP/2's own names cannot."""
    return [
        (name.encode("latin-1", "replace").decode("latin-1"), value.encode("latin-1", "replace").decode("latin-1"))
        for name, value in fields
        if name and not name.startswith(":") and not any(letter in name + value for letter in "\r\n\0")
    ]


def request_head(target: str, fields: Fields) -> RequestHead | None:
    """Return the request for a target with these fields; None without any."""
    safe = _line_safe(fields)
    if not safe:
        return None
    escaped = "".join(letter if "!" <= letter <= "~" else "%20" for letter in target) or "/"
    raw = encode_request("GET", escaped, safe)
    return RequestDecoder(len(raw) + 1).feed(raw)


def response_head(status: int, reason: str, fields: Fields) -> ResponseHead | None:
    """Return the answer with this status and these fields; None where it is no status of HTTP."""
    if not 100 <= status <= 999:
        return None
    raw = encode_response(status, reason if reason.isascii() and reason.isprintable() else "", _line_safe(fields))
    return ResponseDecoder(len(raw) + 1).feed(raw)


def target_of(url: str) -> str:
    """Return the path and query of a URL."""
    rest = url.partition("#")[0].partition("://")[2]
    return "/" + rest.partition("/")[2]


# --- Events ----------------------------------------------------------------------------------------------------------
def iter_story(session: KeptSession) -> Iterator[tuple[float, Event]]:
    """Yield the events of a session with their moments, in seconds since it began."""
    yield from _Story(session).events()


class _Story:
    """One session while it is told."""

    def __init__(self, session: KeptSession) -> None:
        self._session = session
        self._number = 0
        self._offsets = {Side.LOCAL: 0, Side.REMOTE: 0}
        self._first_close: Side | None = None
        self._closes: dict[Side, ClosePayload] = {}
        self._how: StreamEnd | None = None

    def events(self) -> Iterator[tuple[float, Event]]:
        session = self._session
        if session.request is not None:
            yield 0.0, e.RequestSent(session.request)
        first = min((message.at - session.begun for message in session.messages), default=session.opened)
        at = max(0.0, min(session.opened, first))
        yield from ((at, event) for event in self._answer(session.request, session.response))
        for message in session.messages:
            at = max(at, message.at - session.begun)
            yield from ((at, event) for event in self._events_of(message))
        local, remote = self._closes.get(Side.LOCAL), self._closes.get(Side.REMOTE)
        is_clean = local is not None and remote is not None
        yield at, e.SessionEnded(local, remote, self._first_close, is_clean, self._how)

    def _answer(self, request: RequestHead | None, response: ResponseHead | None) -> Iterator[Event]:
        if response is None:
            if any(message.opcode != ERROR for message in self._session.messages):
                yield e.Opened(None, "", None)
            return
        yield e.ResponseReceived(response)
        if response.status != 101:
            yield e.HandshakeRefused(response.status, response.reason)
        elif request is None:
            yield e.Opened(None, "", None)
        else:
            verdict = judge_response(request, response)
            yield e.HandshakeJudged(verdict.checks)
            yield e.Opened(verdict.subprotocol, verdict.extensions, verdict.deflate)

    def _events_of(self, message: KeptMessage) -> Iterator[Event]:
        if message.opcode == ERROR:
            self._how = StreamEnd.FAILED
            yield e.StreamEnded(StreamEnd.FAILED, message.error)
            return
        self._number += 1
        is_sent = message.side is Side.LOCAL
        order = FrameOrder(message.opcode, message.data, mask_key=_ZERO_MASK if is_sent else None)
        frame = encode_frame(order, self._offsets[message.side])
        self._offsets[message.side] += len(frame.raw)
        yield (e.FrameSent if is_sent else e.FrameReceived)(self._number, frame)
        if message.opcode in (TEXT, BINARY):
            kind = MessageKind.TEXT if message.opcode == TEXT else MessageKind.BINARY
            numbers = (self._number, self._number)
            yield (e.MessageSent if is_sent else e.MessageReceived)(kind, message.data, numbers)
        elif message.opcode == CLOSE and message.side not in self._closes:
            payload = self._closes[message.side] = decode_close(message.data)
            self._first_close = self._first_close or message.side
            yield (e.CloseSent if is_sent else e.CloseReceived)(self._number, payload)


def seconds_of(text: str) -> float:
    """Return a moment in ISO 8601 as seconds since 1970; 0 where it is none."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def moment_text(seconds: float) -> str:
    """Return seconds since 1970 in ISO 8601; an empty text for what no calendar holds."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return ""


def is_finite(value: Any) -> TypeGuard[float]:
    """Whether a foreign value is a number that times can be made of."""
    return type(value) in (int, float) and -1e15 < value < 1e15
