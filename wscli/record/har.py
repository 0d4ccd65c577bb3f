"""HAR 1.2 with WebSocket messages, read: as Chrome, Firefox and mitmproxy write it, and `wscli.record.har_writing`.

An entry is one connection: its handshake as header lists, then `_webSocketMessages` with `type`, `time`, `opcode`,
`data`. Exporters disagree: `time` is seconds or milliseconds since 1970, binary is base64 without a mark, a failed
handshake stands as a message of type `error` with opcode -1, the URL begins with http: or ws:.

The file is one JSON document and stands whole in memory, so its size and the number of its values are limited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TypeVar

from wscli.events import Event, Side
from wscli.record.convert import BrokenRecord, read_list, read_number, read_object, read_text
from wscli.record.header import RecordingHeader, Secrets
from wscli.record.messages import (
    ERROR,
    MADE_UP,
    KeptMessage,
    KeptSession,
    is_finite,
    iter_story,
    request_head,
    response_head,
    seconds_of,
    target_of,
)
from wscli.record.recording import Recording, no_capture
from wscli.text import count_text
from wscli.wire.frames import TEXT

SIZE_LIMIT = 256 * 1024 * 1024
"""Bytes of a HAR file that are read."""
VALUES_LIMIT = 8_000_000
"""Objects and lists in it, and what stands in lists."""
_MILLISECONDS_FROM = 1e11
"""Seconds since 1970 reach this in the year 5138: a larger time is in milliseconds."""
_ENDS = (b"\n]}\n]}}", b"\n]}}")
"""What may be missing of a document: the end of an entry too, or its own alone."""
_MARK = b"\xef\xbb\xbf"
Made = TypeVar("Made")


def sniff(head: bytes) -> bool:
    """Return whether a file begins as a HAR does: an object whose first member is `log`."""
    text = head.removeprefix(_MARK).lstrip()
    return text[:1] == b"{" and text[1:].lstrip().startswith(b'"log"')


class HarRecording(Recording):
    """One connection of a HAR file as a recording."""

    def __init__(self, path: str, stream: BinaryIO, connection: int | None = None) -> None:
        super().__init__(path, stream)
        entries = self._entries(self._document(stream))
        self.connections = tuple(_describe(entry) for entry in entries)
        place = self._choose(connection)
        entry = entries[place]
        self._session = self._guarded(lambda: _session_of(entry), f"connection {place + 1}: ")
        started = entry.get("startedDateTime")
        self.header = RecordingHeader(
            "HAR", started if isinstance(started, str) else "", url=_url_of(entry), secrets=Secrets.KEPT
        )
        self.notes.append(MADE_UP)

    def _document(self, stream: BinaryIO) -> Any:
        from json import loads
        from zlib import error as ZlibError  # noqa: N812 - the only lower-case exception there is

        try:
            data = stream.read(SIZE_LIMIT + 1)
        except (OSError, EOFError, ZlibError) as problem:
            raise self._broken(f"it cannot be read: {getattr(problem, 'strerror', None) or problem}") from None
        if len(data) > SIZE_LIMIT:
            raise self._problem("too-large", f"it is larger than {SIZE_LIMIT} bytes", "export fewer entries")
        if data.count(b"{") + data.count(b"[") + data.count(b",") > VALUES_LIMIT:
            raise self._problem("too-large", f"it holds more than {VALUES_LIMIT} values", "export fewer entries")
        data = data.removeprefix(_MARK)
        try:
            return loads(data)
        except (RecursionError, MemoryError):
            raise self._broken("it is nested too deeply") from None
        except ValueError as error:
            mended = self._mended(data)
            if mended is not None:
                self.notes.append("cut off: every message before that was read")
                return mended
            line = getattr(error, "lineno", None)
            place = "" if line is None else f" at line {line}, column {getattr(error, 'colno', 0)}"
            raise self._broken(f"it is not JSON{place}") from None

    def _mended(self, data: bytes) -> Any:
        """Return the document with what a writer that was killed could not finish; None where it is broken otherwise.

        Ours puts each message and each entry on lines of their own: the last line goes, and what is open is closed.
        """
        from json import loads

        if not data.startswith(b'{"log":{"version":"1.2","creator":{"name": "wscli"'):
            return None
        for whole in (data, data.rpartition(b"\n")[0]):
            for end in _ENDS:
                try:
                    return loads(whole.rstrip(b",\n") + end)
                except (ValueError, RecursionError):
                    continue
        return None

    def _entries(self, document: Any) -> list[dict[str, Any]]:
        """Return the entries that are WebSocket connections; EnvironmentProblem where there is none."""
        entries = self._guarded(lambda: read_list(read_object(read_object(document).get("log")).get("entries")))
        found = [entry for entry in entries if isinstance(entry, dict) and _is_websocket(entry)]
        if not found:
            reason = f"there is no WebSocket connection among its {count_text(len(entries), 'entry', 'entries')}"
            hint = "open the developer tools before the page connects, and export with content"
            raise self._problem("no-websocket", reason, hint)
        return found

    def _guarded(self, read: Callable[[], Made], place: str = "") -> Made:
        try:
            return read()
        except BrokenRecord as broken:
            raise self._broken(f"{place}{broken}") from None

    def iter_events(self) -> Iterator[tuple[float, Event]]:
        """Yield each event with its moment, in seconds since the connection began; may be called again."""
        return iter_story(self._session)

    def _broken(self, reason: str) -> Exception:
        return self._problem("broken", reason, "export it again")


def read(path: str, stream: BinaryIO, connection: int | None = None, keylog: str | None = None) -> HarRecording:
    """Return a connection of a HAR file as a recording; EnvironmentProblem where it holds none."""
    if keylog is not None:
        raise no_capture(path)
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


# --- One entry -------------------------------------------------------------------------------------------------------
def _session_of(entry: dict[str, Any]) -> KeptSession:
    found = entry.get("_webSocketMessages") or []
    messages = tuple(_message_of(one, number) for number, one in enumerate(read_list(found), 1))
    started = entry.get("startedDateTime")
    begun = seconds_of(started) if isinstance(started, str) else 0.0
    if messages and (begun == 0.0 or messages[0].at < begun - 1):
        begun = min(message.at for message in messages)
    took = entry.get("time", 0)
    # Chrome counts the whole life of the connection here; the answer came before the first message in any case.
    opened = max(0.0, float(took) / 1000) if is_finite(took) else 0.0
    return KeptSession(begun, opened, _request_of(entry), _response_of(entry), messages)


def _message_of(found: Any, number: int) -> KeptMessage:
    try:
        record = read_object(found)
        at = read_number(record.get("time", 0))
        kind = read_text(record.get("type", "receive"))
        opcode = record.get("opcode", TEXT)
        text = read_text(record.get("data", ""))
    except BrokenRecord as broken:
        raise BrokenRecord(f"message {number}: {broken}") from None
    at = at / 1000 if at > _MILLISECONDS_FROM else at
    if kind == "error" or opcode == ERROR:
        return KeptMessage(at, Side.REMOTE, ERROR, b"", text)
    if not is_finite(opcode) or not 0 <= opcode <= 15:
        raise BrokenRecord(f"message {number}: `opcode` is no number from 0 to 15")
    side = Side.LOCAL if kind in ("send", "request") else Side.REMOTE
    return KeptMessage(at, side, int(opcode), _payload_of(int(opcode), text))


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


def _fields(owner: Any) -> list[tuple[str, str]]:
    """Return the headers of a request or response that are pairs of texts."""
    found = owner.get("headers") if isinstance(owner, dict) else None
    pairs = [(one.get("name"), one.get("value")) for one in found or [] if isinstance(one, dict)] if isinstance(
        found, list
    ) else []  # fmt: skip
    return [(name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)]


def _request_of(entry: dict[str, Any]) -> Any:
    return request_head(target_of(_url_of(entry)), _fields(entry.get("request")))


def _response_of(entry: dict[str, Any]) -> Any:
    response = entry.get("response")
    if not isinstance(response, dict) or not is_finite(response.get("status")):
        return None
    status: float = response["status"]
    reason = response.get("statusText")
    return response_head(int(status), reason if isinstance(reason, str) else "", _fields(response))
