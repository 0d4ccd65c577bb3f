"""HAR 1.2 with WebSocket messages, as Chrome, Firefox and mitmproxy write it and their developer tools open it.

An entry is one connection: its handshake as header lists, then `_webSocketMessages` with `type`, `time`, `opcode`,
`data`. Exporters disagree: `time` is seconds or milliseconds since 1970, binary is base64 without a mark, a failed
handshake stands as a message of type `error` with opcode -1, the URL begins with http: or ws:. What HAR has no place
for is in `LOSES`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any, BinaryIO, Self

from wscli import __version__
from wscli import events as e
from wscli.errors import EnvironmentProblem
from wscli.events import Batch, Event, Interest, MessageKind, Side, StreamEnd
from wscli.protocol.handshake import judge_response
from wscli.record.convert import BrokenRecord, read_list, read_number, read_object, read_text
from wscli.record.header import RecordingHeader, Secrets
from wscli.text import count_text
from wscli.values import Value
from wscli.wire.close import decode_close
from wscli.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, FrameOrder, encode_frame
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead, encode_request, encode_response

SIZE_LIMIT = 1 << 30
"""Bytes of a HAR file that are read: it is one JSON document, and stands whole in memory."""
LOSES = (
    "masks, reserved bits, the form of lengths and the borders of frames",
    "compression: messages stand inflated",
    "header lines bit for bit (names, values and order stay)",
    "deviations, findings, certificates and the phases of connecting",
)
_MILLISECONDS_FROM = 1e11
"""Seconds since 1970 reach this in the year 5138: a larger time is in milliseconds."""
_OPCODES = {MessageKind.TEXT: TEXT, MessageKind.BINARY: BINARY}
_ZERO_MASK = b"\0\0\0\0"


def sniff(head: bytes) -> bool:
    """Return whether a file begins as a HAR does: an object whose first member is `log`."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text[:1] == b"{" and text[1:].lstrip().startswith(b'"log"')


# --- Reading ---------------------------------------------------------------------------------------------------------
class _Message(Value):
    """One of `_webSocketMessages`."""

    at: float
    """Seconds since 1970."""
    side: Side
    opcode: int
    data: bytes
    error: str = ""
    """What went wrong, for a message of type `error`."""


class HarRecording:
    """One connection of a HAR file as a recording; `with` closes it."""

    def __init__(self, path: str, stream: BinaryIO, connection: int | None = None) -> None:
        self.path = path
        self.notes: list[str] = []
        self._stream = stream
        entries = self._entries(self._document(stream))
        self.connections = tuple(_describe(entry) for entry in entries)
        number = 1 if connection is None else connection
        if not 1 <= number <= len(entries):
            reason = f"there is no connection {number} in it, only {len(entries)}"
            raise self._problem("no-connection", reason, "; ".join(self.connections[:10]))
        if connection is None and len(entries) > 1:
            listed = "; ".join(f"{place}: {text}" for place, text in enumerate(self.connections[:10], 1))
            self.notes.append(f"{count_text(len(entries), 'connection')} in it, the first is shown ({listed})")
        self._place = f"connection {number}"
        self._entry = entries[number - 1]
        started = self._guarded(lambda: read_text(self._entry.get("startedDateTime", "")))
        self._begun = _seconds_of(started)
        self._messages = self._guarded(lambda: _messages_of(self._entry))
        if self._messages and (self._begun == 0.0 or self._messages[0].at < self._begun - 1):
            self._begun = min(message.at for message in self._messages)
        self.header = RecordingHeader("a HAR file", started, url=_url_of(self._entry), secrets=Secrets.KEPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.path != "-":
            self._stream.close()

    def _document(self, stream: BinaryIO) -> Any:
        from json import loads

        data = stream.read(SIZE_LIMIT + 1)
        if len(data) > SIZE_LIMIT:
            raise self._problem("too-large", f"it is larger than {SIZE_LIMIT} bytes", "cut what is not needed from it")
        try:
            return loads(data.removeprefix(b"\xef\xbb\xbf"))
        except RecursionError:
            raise self._broken("nested too deeply") from None
        except ValueError as error:
            place = getattr(error, "lineno", None)
            where = "" if place is None else f" at line {place}, column {getattr(error, 'colno', 0)}"
            raise self._broken(f"it is not JSON{where}") from None

    def _entries(self, document: Any) -> list[dict[str, Any]]:
        """Return the entries that are WebSocket connections; EnvironmentProblem where there is none."""
        entries = self._guarded(lambda: read_list(read_object(read_object(document).get("log")).get("entries")))
        found = [entry for entry in entries if isinstance(entry, dict) and _is_websocket(entry)]
        if not found:
            reason = f"there is no WebSocket connection among its {count_text(len(entries), 'entry', 'entries')}"
            hint = "export it with content, after the messages were sent (Chrome: the network panel's arrow down)"
            raise self._problem("no-websocket", reason, hint)
        return found

    def _guarded(self, read: Any) -> Any:
        try:
            return read()
        except BrokenRecord as broken:
            raise self._broken(str(broken)) from None

    def iter_events(self) -> Iterator[tuple[float, Event]]:
        """Yield each event with its moment, in seconds since the connection began; may be called again."""
        yield from _Story(self._entry, self._messages, self._begun).events()

    def _broken(self, reason: str) -> EnvironmentProblem:
        place = getattr(self, "_place", "")
        return self._problem("broken", f"{place}: {reason}" if place else reason, "export it again")

    def _problem(self, code: str, reason: str, hint: str) -> EnvironmentProblem:
        return EnvironmentProblem(f"recording/{code}", "recording", self.path, reason, hint=hint)


def read(path: str, stream: BinaryIO, connection: int | None = None) -> HarRecording:
    """Return a connection of a HAR file as a recording; EnvironmentProblem where it holds none."""
    return HarRecording(path, stream, connection)


def _is_websocket(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("_webSocketMessages"), list) or entry.get("_resourceType") == "websocket"


def _url_of(entry: dict[str, Any]) -> str:
    request = entry.get("request")
    url = request.get("url", "") if isinstance(request, dict) else ""
    text = url if isinstance(url, str) else ""
    for http, websocket in (("http://", "ws://"), ("https://", "wss://")):
        if text.lower().startswith(http):
            return websocket + text[len(http) :]
    return text


def _describe(entry: dict[str, Any]) -> str:
    messages = entry.get("_webSocketMessages")
    count = len(messages) if isinstance(messages, list) else 0
    return f"{_url_of(entry) or 'no URL'}, {count_text(count, 'message')}"


def _seconds_of(text: str) -> float:
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _messages_of(entry: dict[str, Any]) -> list[_Message]:
    found = entry.get("_webSocketMessages")
    return [_message_of(read_object(one), number) for number, one in enumerate(found or [], 1)]


def _message_of(record: dict[str, Any], number: int) -> _Message:
    try:
        at = read_number(record.get("time", 0))
        kind = read_text(record.get("type", "receive"))
        opcode = record.get("opcode", TEXT)
        text = read_text(record.get("data", ""))
    except BrokenRecord as broken:
        raise BrokenRecord(f"message {number}: {broken}") from None
    at = at / 1000 if at > _MILLISECONDS_FROM else at
    if kind == "error" or opcode == -1:
        return _Message(at, Side.REMOTE, -1, b"", text)
    if type(opcode) is not int or not 0 <= opcode <= 15:
        raise BrokenRecord(f"message {number}: `opcode` is no number from 0 to 15")
    side = Side.LOCAL if kind in ("send", "request") else Side.REMOTE
    return _Message(at, side, opcode, _payload_of(opcode, text))


def _payload_of(opcode: int, text: str) -> bytes:
    """Return the bytes of `data`: text for text, base64 for everything else, where it is."""
    plain = text.encode("utf-8", "surrogatepass")
    if opcode == TEXT:
        return plain
    from binascii import Error, a2b_base64

    try:
        return a2b_base64(plain, strict_mode=True)
    except Error:
        return plain  # some exporters write what is readable as it is


class _Story:
    """One entry told as events; frames are made up around the messages, and masked with zeros."""

    def __init__(self, entry: dict[str, Any], messages: list[_Message], begun: float) -> None:
        self._entry = entry
        self._messages = messages
        self._begun = begun
        self._number = 0
        self._offsets = {Side.LOCAL: 0, Side.REMOTE: 0}
        self._first_close: Side | None = None
        self._closes: dict[Side, Any] = {}

    def events(self) -> Iterator[tuple[float, Event]]:
        request, response = _request_head(self._entry), _response_head(self._entry)
        if request is not None:
            yield 0.0, e.RequestSent(request)
        took = self._entry.get("time")
        opened_at = min(float(took) / 1000, 60.0) if isinstance(took, (int, float)) and 0 < took < 60_000 else 0.0
        first = min((message.at - self._begun for message in self._messages), default=opened_at)
        at = max(0.0, min(opened_at, first))
        yield from ((at, event) for event in self._answer(request, response))
        for message in self._messages:
            at = max(at, message.at - self._begun)
            yield from ((at, event) for event in self._events_of(message))
        local, remote = self._closes.get(Side.LOCAL), self._closes.get(Side.REMOTE)
        is_clean = local is not None and remote is not None
        yield at, e.SessionEnded(local, remote, self._first_close, is_clean, None)

    def _answer(self, request: RequestHead | None, response: ResponseHead | None) -> Iterator[Event]:
        if response is None:
            if not any(message.error for message in self._messages):
                yield e.Opened(None, "", None)
            return
        yield e.ResponseReceived(response)
        if response.status != 101:
            yield e.HandshakeRefused(response.status, response.reason)
            return
        if request is not None:
            verdict = judge_response(request, response)
            yield e.HandshakeJudged(verdict.checks)
            yield e.Opened(verdict.subprotocol, verdict.extensions, verdict.deflate)
        else:
            yield e.Opened(None, "", None)

    def _events_of(self, message: _Message) -> Iterator[Event]:
        if message.opcode == -1:
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


def _fields(owner: Any) -> list[tuple[str, str]]:
    """Return the headers of a request or response; what cannot stand in a line is left out."""
    found = owner.get("headers") if isinstance(owner, dict) else None
    fields: list[tuple[str, str]] = []
    for one in found if isinstance(found, list) else []:
        name, value = (one.get("name"), one.get("value")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(value, str) or not name or name.startswith(":"):
            continue
        if not any(character in name + value for character in "\r\n\0"):
            fields.append((name, value.encode("latin-1", "replace").decode("latin-1")))
    return fields


def _request_head(entry: dict[str, Any]) -> RequestHead | None:
    request = entry.get("request")
    fields = _fields(request)
    if not isinstance(request, dict) or not fields:
        return None
    rest = _url_of(entry).partition("://")[2]
    target = "/" + rest.partition("/")[2] if "/" in rest else "/"
    target = "".join(character if "!" <= character <= "~" else "%20" for character in target)
    raw = encode_request("GET", target, fields)
    return RequestDecoder(len(raw) + 1).feed(raw)


def _response_head(entry: dict[str, Any]) -> ResponseHead | None:
    response = entry.get("response")
    status = response.get("status") if isinstance(response, dict) else None
    if type(status) is not int or not 100 <= status <= 999 or response is None:
        return None
    reason = response.get("statusText")
    text = reason if isinstance(reason, str) and reason.isascii() and reason.isprintable() else ""
    raw = encode_response(status, text, _fields(response))
    return ResponseDecoder(len(raw) + 1).feed(raw)


# --- Writing ---------------------------------------------------------------------------------------------------------
class HarWriter:
    """Writes a session as HAR (a Sink): each connection is an entry; the document is whole when it is closed."""

    name = "recording"
    interest = Interest.MESSAGES | Interest.FRAMES
    is_essential = False

    def __init__(self, stream: BinaryIO, header: RecordingHeader, closes: tuple[BinaryIO, ...] = ()) -> None:
        self._stream = stream
        self._closes = closes
        self._header = header
        self._begun = _seconds_of(header.started)
        self._url = header.url
        self._request: RequestHead | None = None
        self._response: ResponseHead | None = None
        self._messages: list[str] = []
        self._at = 0.0
        self._opened_at = 0.0
        self._address = ""
        self._is_begun = False
        self._has_entry = False
        creator = {"name": "wscli", "version": __version__}
        self._write(f'{{"log":{{"version":"1.2","creator":{_json(creator)},"entries":[')

    def accept(self, batch: Batch) -> None:
        """Take a batch; OSError where the stream fails."""
        for event in batch.events:
            self._take(batch.at, event)

    def close(self) -> None:
        """Finish the document and close what is ours."""
        try:
            self._end_entry()
            self._write("\n]}}\n")
            self._stream.flush()
        finally:
            streams, self._closes = self._closes, ()
            for stream in streams:
                stream.close()

    def _write(self, text: str) -> None:
        self._stream.write(text.encode("utf-8", "replace"))

    def _take(self, at: float, event: Event) -> None:
        match event:
            case e.Connected(address=address):
                self._address = address
            case e.RequestSent(head=head):
                self._end_entry()
                self._request, self._at, self._is_begun = head, at, True
            case e.ResponseReceived(head=head):
                self._response, self._opened_at = head, at
            case e.MessageSent(kind=kind, payload=payload) | e.MessageReceived(kind=kind, payload=payload):
                self._message(at, isinstance(event, e.MessageSent), _OPCODES[kind], payload)
            case e.FrameSent(frame=frame) | e.FrameReceived(frame=frame) if frame.opcode in (CLOSE, PING, PONG):
                self._message(at, isinstance(event, e.FrameSent), frame.opcode, frame.payload)
            case e.NameFailed(reason=reason) | e.ConnectFailed(reason=reason) | e.TlsFailed(reason=reason):
                self._is_begun = True
                self._error(at, reason)
            case e.HandshakeInvalid(reason=reason):
                self._error(at, reason)
            case e.SessionEnded():
                self._end_entry()

    def _message(self, at: float, is_sent: bool, opcode: int, payload: bytes) -> None:  # noqa: FBT001  # a fact of the event
        self._is_begun = True
        try:
            data = payload.decode() if opcode == TEXT else b64encode(payload).decode()
        except UnicodeDecodeError:
            data = payload.decode("utf-8", "replace")
        self._add({"type": "send" if is_sent else "receive", "time": self._begun + at, "opcode": opcode, "data": data})

    def _error(self, at: float, reason: str) -> None:
        self._add({"type": "error", "time": self._begun + at, "opcode": -1, "data": reason})

    def _add(self, message: dict[str, Any]) -> None:
        self._messages.append(_json(message))

    def _end_entry(self) -> None:
        if not self._is_begun:
            return
        took = max(0.0, self._opened_at - self._at) * 1000
        head = _json({
            "startedDateTime": _moment(self._begun + self._at),
            "time": took,
            "request": _request_record(self._request, self._url),
            "response": _response_record(self._response),
            "cache": {},
            "timings": {"send": 0, "wait": took, "receive": 0},
            "serverIPAddress": self._address.rpartition(":")[0].strip("[]"),
            "_resourceType": "websocket",
        })  # fmt: skip
        comma = "," if self._has_entry else ""
        messages = ",\n".join(self._messages)
        self._write(f'{comma}\n{head[:-1]},"_webSocketMessages":[\n{messages}\n]}}')
        self._has_entry, self._is_begun = True, False
        self._messages, self._request, self._response = [], None, None


def _json(value: Any) -> str:
    from json import dumps

    return dumps(value, ensure_ascii=False)


def _moment(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _headers(head: RequestHead | ResponseHead | None) -> list[dict[str, str]]:
    return [] if head is None else [{"name": field.name, "value": field.value} for field in head.fields]


def _request_record(head: RequestHead | None, url: str) -> dict[str, Any]:
    return {
        "method": head.method if head is not None else "GET",
        "url": url,
        "httpVersion": head.version if head is not None else "HTTP/1.1",
        "headers": _headers(head),
        "queryString": _query(url),
        "cookies": [],
        "headersSize": len(head.raw) if head is not None else -1,
        "bodySize": 0,
    }


def _query(url: str) -> list[dict[str, str]]:
    from urllib.parse import parse_qsl

    query = url.partition("#")[0].partition("?")[2]
    return [
        {"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=1000)
    ]


def _response_record(head: ResponseHead | None) -> dict[str, Any]:
    return {
        "status": head.status if head is not None else 0,
        "statusText": head.reason if head is not None else "",
        "httpVersion": head.version if head is not None else "",
        "headers": _headers(head),
        "cookies": [],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": (head.fields.get("Location") or "") if head is not None else "",
        "headersSize": len(head.raw) if head is not None else -1,
        "bodySize": -1,
    }


def write(stream: BinaryIO, header: RecordingHeader, closes: tuple[BinaryIO, ...] = ()) -> HarWriter:
    """Return a sink that writes a session to a stream."""
    return HarWriter(stream, header, closes)
