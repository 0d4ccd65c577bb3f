"""Flows of mitmproxy, read: tnetstrings, one after the other, each a flow; those with WebSocket messages are sessions.

Only the keys that are needed are looked at, so any version of the format from mitmproxy 7 on will do. Flows hold whole
messages: no frames, no Pings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from zlib import error as ZlibError  # noqa: N812 - the only lower-case exception there is

from wscli.events import Event, Side
from wscli.record.header import RecordingHeader, Secrets
from wscli.record.messages import (
    MADE_UP,
    KeptMessage,
    KeptSession,
    is_finite,
    iter_story,
    moment_text,
    request_head,
    response_head,
)
from wscli.record.recording import Recording, no_capture
from wscli.text import count_text, visible
from wscli.wire.close import encode_close
from wscli.wire.frames import CLOSE

FLOW_LIMIT = 256 * 1024 * 1024
"""Bytes of a flow."""
FLOWS_LIMIT = 100_000
"""WebSocket flows of a file."""
VALUES_LIMIT = 4_000_000
"""Values in a flow."""
DEPTH_LIMIT = 50
_DIGITS = 12


class BrokenFlow(ValueError):
    """Bytes that are no tnetstring; says why."""


# --- Tnetstrings -----------------------------------------------------------------------------------------------------
def sniff(head: bytes) -> bool:
    """Return whether a file begins as flows do: a length, and a dictionary whose first key is one of a flow's."""
    length, colon, rest = head.partition(b":")
    key = rest.partition(b":")[2][:40]
    return bool(colon) and len(length) < _DIGITS and length.isdigit() and rest[:1].isdigit() and key[:1].isalpha()


class _Parser:
    """Values from the bytes of a tnetstring, counted so that none is too deep or too large."""

    def __init__(self) -> None:
        self._left = VALUES_LIMIT

    def parse(self, data: memoryview, depth: int = 0) -> tuple[Any, memoryview]:
        """Return the first value and what follows it."""
        self._left -= 1
        if depth > DEPTH_LIMIT:
            raise BrokenFlow("nested too deeply")
        if self._left < 0:
            raise BrokenFlow(f"more than {VALUES_LIMIT} values")
        head = bytes(data[: _DIGITS + 1])
        digits, colon, _ = head.partition(b":")
        if not colon or not digits.isdigit():
            raise BrokenFlow("a value does not begin with its length")
        begin, end = len(digits) + 1, len(digits) + 1 + int(digits)
        if end >= len(data):
            raise BrokenFlow("a value is longer than what it stands in")
        return self._value(data[begin:end], chr(data[end]), depth), data[end + 1 :]

    def _value(self, data: memoryview, kind: str, depth: int) -> Any:
        if kind == ",":
            return bytes(data)
        if kind == ";":
            return bytes(data).decode("utf-8", "replace")
        if kind in "]}":
            values = self._values(data, depth)
            if kind == "]":
                return values
            if len(values) % 2:
                raise BrokenFlow("a key has no value")
            return {key: value for key, value in zip(values[::2], values[1::2], strict=True) if isinstance(key, str)}
        if kind == "~":
            return None
        return _plain(bytes(data[:64]), kind)

    def _values(self, data: memoryview, depth: int) -> list[Any]:
        values: list[Any] = []
        while data:
            value, data = self.parse(data, depth + 1)
            values.append(value)
        return values


def _plain(data: bytes, kind: str) -> Any:
    try:
        if kind == "#":
            return int(data)
        if kind == "^":
            return float(data)
    except ValueError:
        raise BrokenFlow("a number is none") from None
    if kind == "!":
        return data == b"true"
    raise BrokenFlow(f"a value has an unknown kind, `{visible(kind)}`")


def iter_flows(stream: BinaryIO, notes: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the flows of a file, a note where it was cut off; BrokenFlow with the place for what is none."""
    place = number = 0
    while True:
        number += 1
        digits = b""
        while len(digits) <= _DIGITS and (byte := stream.read(1)) not in (b":", b""):
            digits += byte
        if not digits and not byte:
            return
        if byte and not digits.isdigit():
            raise BrokenFlow(f"flow {number}, at byte {place}: it does not begin with its length")
        length = int(digits) if byte else 0
        if length > FLOW_LIMIT:
            raise BrokenFlow(f"flow {number}, at byte {place}: it claims {length} bytes")
        data = stream.read(length + 1) if byte else b""
        if not byte or len(data) <= length:
            notes.append(f"cut off inside flow {number}: every flow before it was read")
            return
        try:
            flow, _ = _Parser().parse(memoryview(digits + b":" + data))
        except BrokenFlow as broken:
            raise BrokenFlow(f"flow {number}, at byte {place}: {broken}") from None
        place += len(digits) + 1 + len(data)
        if isinstance(flow, dict):
            yield flow


# --- Recordings ------------------------------------------------------------------------------------------------------
class FlowRecording(Recording):
    """One WebSocket flow of a file as a recording."""

    def __init__(self, path: str, stream: BinaryIO, connection: int | None = None) -> None:
        super().__init__(path, stream)
        found: list[tuple[str, dict[str, Any]]] = []
        count = 0
        try:
            for flow in iter_flows(stream, self.notes):
                count += 1
                if isinstance(flow.get("websocket"), dict) and len(found) < FLOWS_LIMIT:
                    kept = flow if connection in (None, len(found) + 1) and not (found and connection is None) else {}
                    found.append((_describe(flow), kept))
        except BrokenFlow as broken:
            if not found:
                raise self._problem("broken", str(broken), "save it again with mitmproxy 7 or newer") from None
            self.notes.append(f"{broken}; what comes before it was read")
        except (OSError, EOFError, ZlibError) as problem:
            raise self._problem("broken", f"it cannot be read: {problem}", "copy it again") from None
        self.connections = tuple(text for text, _ in found)
        if not found:
            reason = f"there is no WebSocket connection among its {count_text(count, 'flow')}"
            raise self._problem("no-websocket", reason, "save the flow after its messages were sent")
        flow = found[self._choose(connection)][1]
        self._session = _session_of(flow)
        self.header = RecordingHeader(
            "mitmproxy", moment_text(self._session.begun), url=_url_of(flow), secrets=Secrets.KEPT
        )
        self.notes.append(MADE_UP)

    def iter_events(self) -> Iterator[tuple[float, Event]]:
        """Yield each event with its moment, in seconds since the request; may be called again."""
        return iter_story(self._session)


def read(path: str, stream: BinaryIO, connection: int | None = None, keylog: str | None = None) -> FlowRecording:
    """Return a WebSocket flow of a file as a recording; EnvironmentProblem where it holds none."""
    if keylog is not None:
        raise no_capture(path)
    return FlowRecording(path, stream, connection)


def _part(flow: dict[str, Any], name: str) -> dict[str, Any]:
    part = flow.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else ""


def _number(value: Any) -> float:
    return float(value) if is_finite(value) else 0.0


def _url_of(flow: dict[str, Any]) -> str:
    request = _part(flow, "request")
    scheme = "wss" if _text(request.get("scheme")) in ("https", "wss") else "ws"
    host = dict(_fields(request)).get("host") or _text(request.get("authority")) or (
        f"{_text(request.get('host'))}:{int(_number(request.get('port')))}"
    )  # fmt: skip
    return f"{scheme}://{host}{_text(request.get('path'))}"


def _describe(flow: dict[str, Any]) -> str:
    messages = _part(flow, "websocket").get("messages")
    return f"{_url_of(flow)}, {count_text(len(messages) if isinstance(messages, list) else 0, 'message')}"


def _fields(owner: dict[str, Any]) -> list[tuple[str, str]]:
    found = owner.get("headers")
    pairs = [one for one in found if isinstance(one, list) and len(one) == 2] if isinstance(found, list) else []
    return [(_text(name), _text(value)) for name, value in pairs]


def _session_of(flow: dict[str, Any]) -> KeptSession:
    request, response, websocket = _part(flow, "request"), _part(flow, "response"), _part(flow, "websocket")
    found = websocket.get("messages")
    messages = [_message_of(one) for one in found if isinstance(one, list)] if isinstance(found, list) else []
    begun = _number(request.get("timestamp_start")) or min((message.at for message in messages), default=0.0)
    code, end = websocket.get("close_code"), _number(websocket.get("timestamp_end"))
    last = max([end, begun, *(message.at for message in messages)])
    if type(code) is int and 0 < code <= 0xFFFF:
        side = Side.LOCAL if websocket.get("closed_by_client") else Side.REMOTE
        payload = b"" if code == 1005 else encode_close(code, _text(websocket.get("close_reason")))
        if code != 1006:  # RFC 6455 §7.4.1: never in a frame, it says that there was none
            messages.append(KeptMessage(last, side, CLOSE, payload))
    return KeptSession(
        begun,
        max(0.0, _number(response.get("timestamp_start")) - begun) if response else 0.0,
        request_head(_text(request.get("path")), _fields(request)),
        response_head(int(_number(response.get("status_code"))), _text(response.get("reason")), _fields(response)),
        tuple(messages),
    )


def _message_of(found: list[Any]) -> KeptMessage:
    """Return a message: its opcode, whether the client sent it, its content, its moment."""
    opcode, of_client, content, at = [*found[:4], *[None] * 4][:4]
    number = opcode if type(opcode) is int and 0 <= opcode <= 15 else 2
    data = content if isinstance(content, bytes) else _text(content).encode()
    return KeptMessage(_number(at), Side.LOCAL if of_client else Side.REMOTE, number, data)
