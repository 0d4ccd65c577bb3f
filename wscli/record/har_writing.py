"""HAR 1.2 with WebSocket messages, written as a session goes: each message on a line of its own, at once.

An entry is begun when its first message is there, or at its end; so a file that was cut off holds everything before the
cut, and nothing is kept in memory but a message that is still arriving. Where one connection of a diagnosis lies inside
another its entry waits until the other is written. Control frames stand among the messages, by their opcodes.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any, BinaryIO

from wscli import __version__
from wscli import events as e
from wscli.events import Batch, Event, Interest, MessageKind
from wscli.record.header import RecordingHeader
from wscli.record.messages import ERROR, moment_text, seconds_of
from wscli.wire.frames import BINARY, CLOSE, PING, PONG, TEXT
from wscli.wire.head import RequestHead, ResponseHead

_OPCODES = {MessageKind.TEXT: TEXT, MessageKind.BINARY: BINARY}
_CONTROL = (CLOSE, PING, PONG)
_SENT = (e.MessageSent, e.FrameSent)


class HarWriter:
    """Writes a session as HAR (a Sink); the document is whole when it is closed."""

    name = "recording"
    interest = Interest.MESSAGES | Interest.FRAMES
    is_essential = False

    def __init__(self, stream: BinaryIO, header: RecordingHeader) -> None:
        self._stream = stream
        self._begun = seconds_of(header.started)
        self._entries = [_Entry(header.url)]
        """The connection at hand, last, and those that it lies inside of."""
        self._waiting: list[str] = []
        """Entries that lay inside of the one that is being written."""
        self._probes = 0
        """Connections of a diagnosis that are open."""
        self._has_written = False
        """Whether an entry is written."""
        creator = _json({"name": "wscli", "version": __version__})
        self._write(f'{{"log":{{"version":"1.2","creator":{creator},"entries":[\n')

    def accept(self, batch: Batch) -> None:
        """Take a batch; OSError where the stream fails."""
        for event in batch.events:
            self._take(batch.at, event)

    def close(self) -> None:
        """Finish the document."""
        for _ in range(len(self._entries)):
            self._end_entry()
        self._write("\n]}}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text.encode("utf-8", "replace"))

    # --- Entries -----------------------------------------------------------------------------------------------------
    def _take(self, at: float, event: Event) -> None:
        if isinstance(event, e.ProbeStarted):
            self._probes += 1
            self._entries.append(_Entry(event.url))
        elif isinstance(event, e.ProbeEnded):
            self._probes = max(0, self._probes - 1)
            self._end_entry()
        elif isinstance(event, e.SessionEnded):
            if not self._probes:
                self._end_entry()
        else:
            entry = self._entries[-1]
            entry.take(at, event, self._begun)
            if entry.lines and all(outer.is_empty for outer in self._entries[:-1]):
                self._write_entry(entry)

    def _write_entry(self, entry: _Entry) -> None:
        """Write what an entry has, as far as it goes."""
        if not entry.is_begun:
            self._write((",\n" if self._has_written else "") + entry.head(self._begun))
            self._has_written = entry.is_begun = True
        self._write(entry.take_lines())

    def _end_entry(self) -> None:
        """End the entry at hand; the outermost, which is the session's where there are no probes, begins anew."""
        entry = self._entries.pop()
        if not self._entries:
            self._entries = [_Entry(entry.url)]
        if entry.is_empty:
            return
        if not entry.is_begun and not all(outer.is_empty for outer in self._entries):
            self._waiting.append(f"{entry.head(self._begun)}{entry.take_lines()}\n]}}")
            return
        self._write_entry(entry)
        self._write("\n]}")
        for text in self._waiting:
            self._write(f",\n{text}")
        self._waiting = []


class _Entry:
    """One connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.lines: list[str] = []
        """Messages that are not written yet."""
        self.is_begun = False
        """Whether its head is written."""
        self.has_written = False
        """Whether a message of it is written."""
        self._is_of_server = False
        self._begun: float | None = None
        self._answered = 0.0
        self._request: RequestHead | None = None
        self._response: ResponseHead | None = None
        self._body = b""
        self._address = ""
        self._parts: list[bytes] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in it."""
        return self._begun is None and not self.is_begun

    def take(self, at: float, event: Event, origin: float) -> None:
        """Keep what an event says; `origin` is the moment that times count from, in seconds since 1970."""
        moment = origin + at
        match event:
            case e.Connected(address=address):
                self._address, self._begun = address, at
            case e.RequestSent(head=head) | e.RequestReceived(head=head):
                self._is_of_server = isinstance(event, e.RequestReceived)
                self._request, self._begun = head, at
            case e.ResponseReceived(head=head) | e.ResponseSent(head=head):
                self._response, self._answered = head, at
            case e.RefusalBodyReceived(body=body):
                self._body = body
            case e.MessageSent(kind=kind, payload=payload) | e.MessageReceived(kind=kind, payload=payload):
                self._message(moment, event, _OPCODES[kind], payload)
            case e.MessagePart():
                self._part(moment, event)
            case e.FrameSent(frame=frame) | e.FrameReceived(frame=frame) if frame.opcode in _CONTROL:
                self._message(moment, event, frame.opcode, frame.payload)
            case e.NameFailed() | e.ConnectFailed() | e.TlsFailed() | e.HandshakeInvalid():
                self._error(moment, event.reason)
        if self.lines and self._begun is None:
            self._begun = at

    def _part(self, moment: float, event: e.MessagePart) -> None:
        self._parts = [event.data] if event.is_first else [*self._parts, event.data]
        if event.is_last:
            whole, self._parts = b"".join(self._parts), []
            self._message(moment, event, _OPCODES[event.kind], whole)

    def _message(self, moment: float, event: Event, opcode: int, payload: bytes) -> None:
        is_of_client = isinstance(event, _SENT) is not self._is_of_server
        data = payload.decode("utf-8", "replace") if opcode == TEXT else b64encode(payload).decode()
        kind = "send" if is_of_client else "receive"
        self.lines.append(_json({"type": kind, "time": moment, "opcode": opcode, "data": data}))

    def _error(self, moment: float, reason: str) -> None:
        self.lines.append(_json({"type": "error", "time": moment, "opcode": ERROR, "data": reason}))

    # --- Text --------------------------------------------------------------------------------------------------------
    def take_lines(self) -> str:
        """Return the messages that wait and what divides them from those before; they are written now."""
        if not self.lines:
            return ""
        text = (",\n" if self.has_written else "") + ",\n".join(self.lines)
        self.lines, self.has_written = [], True
        return text

    def head(self, origin: float) -> str:
        """Return the beginning of the entry, up to its messages."""
        begun = self._begun or 0.0
        took = max(0.0, self._answered - begun) * 1000
        record = _json({
            "startedDateTime": moment_text(origin + begun),
            "time": took,
            "request": _request_record(self._request, self.url),
            "response": _response_record(self._response, self._body),
            "cache": {},
            "timings": {"send": 0, "wait": took, "receive": 0},
            "serverIPAddress": self._address.rpartition(":")[0].strip("[]"),
            "_resourceType": "websocket",
        })  # fmt: skip
        return f'{record[:-1]},"_webSocketMessages":[\n'


def _json(value: Any) -> str:
    from json import dumps

    return dumps(value, ensure_ascii=False)


def _headers(head: RequestHead | ResponseHead | None) -> list[dict[str, str]]:
    return [] if head is None else [{"name": field.name, "value": field.value} for field in head.fields]


def _request_record(head: RequestHead | None, url: str) -> dict[str, Any]:
    return {
        "method": head.method if head is not None else "GET",
        "url": url or _url_of(head),
        "httpVersion": head.version if head is not None else "HTTP/1.1",
        "headers": _headers(head),
        "queryString": _query(url),
        "cookies": [],
        "headersSize": len(head.raw) if head is not None else -1,
        "bodySize": 0,
    }


def _url_of(head: RequestHead | None) -> str:
    """Return the URL that a request is for, of a recording that has none."""
    return "" if head is None else f"ws://{head.fields.get('Host') or 'unknown'}{head.target}"


def _query(url: str) -> list[dict[str, str]]:
    from urllib.parse import parse_qsl

    try:
        pairs = parse_qsl(url.partition("#")[0].partition("?")[2], keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return []
    return [{"name": name, "value": value} for name, value in pairs]


def _response_record(head: ResponseHead | None, body: bytes) -> dict[str, Any]:
    content: dict[str, Any] = {"size": len(body), "mimeType": "x-unknown"}
    if body:
        content |= {"text": body.decode("utf-8", "replace")}
    return {
        "status": head.status if head is not None else 0,
        "statusText": head.reason if head is not None else "",
        "httpVersion": head.version if head is not None else "",
        "headers": _headers(head),
        "cookies": [],
        "content": content,
        "redirectURL": (head.fields.get("Location") or "") if head is not None else "",
        "headersSize": len(head.raw) if head is not None else -1,
        "bodySize": -1,
    }


def write(stream: BinaryIO, header: RecordingHeader) -> HarWriter:
    """Return a sink that writes a session to a stream, which it leaves open."""
    return HarWriter(stream, header)
