"""Captures as recordings: the WebSocket connections in a pcap or pcapng file, each as the events its client had.

A file is read twice: once to find the connections, once for the events of the one that is wanted. A connection that was
already open when the capture began has no handshake; its frames are found again at the beginning of a segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from zlib import error as ZlibError  # noqa: N812 - the only lower-case exception there is

from wscli.events import AttemptStarted, Connected, Event, RequestSent, Side, StreamEnd
from wscli.protocol.observing import Observer
from wscli.protocol.resync import begins_with_frames
from wscli.record.connections import Connection, follow
from wscli.record.header import RecordingHeader, Secrets
from wscli.record.messages import moment_text
from wscli.record.packets import PCAP_MAGICS, PCAPNG_MAGIC, BrokenCapture, has_secrets
from wscli.record.recording import Recording
from wscli.record.streams import Endpoint, Happening, Piece
from wscli.text import count_text, visible
from wscli.values import Value

SEARCHED = 200
"""Pieces of a connection that was open before the capture in which the beginning of a frame is looked for."""
_TLS = (b"\x16\x03", b"\x17\x03")
_TLS_HINT = (
    "the keys are needed: have the client write them (SSLKEYLOGFILE, `wscli --keylog FILE`), and open it with "
    "`wscli convert --keylog FILE`"
)


def sniff(head: bytes) -> bool:
    """Return whether a file begins as a capture does."""
    return head[:4] in PCAP_MAGICS or head[:4] == PCAPNG_MAGIC


def endpoint_text(endpoint: Endpoint) -> str:
    """Return an address and port as URLs write them."""
    address, port = endpoint
    if len(address) == 4:
        return f"{'.'.join(map(str, address))}:{port}"
    from ipaddress import IPv6Address

    return f"[{IPv6Address(address)}]:{port}"


class _Found(Value):
    """A WebSocket connection of the file."""

    index: int
    """Of the TCP connection in the file, from 0."""
    client: Endpoint
    server: Endpoint
    begun: float
    is_mid_stream: bool
    text: str
    """Its ends and its target, for lists."""
    resource: str
    """Host, port and target, as a URL has them."""


class Capture(Recording):
    """A capture as a recording of one of its WebSocket connections."""

    def __init__(self, path: str, stream: BinaryIO, connection: int | None = None, keylog: str | None = None) -> None:
        super().__init__(path, stream)
        self._stream = self._seekable(stream)
        """The packets that are read."""
        self._is_decrypted = False
        if keylog is not None:
            self._decrypt(keylog)
        self._found, facts = self._find()
        if not self._found and "TLS" in facts and keylog is None and has_secrets(self._stream):
            self._decrypt(None)
            self._found, facts = self._find()
        self.connections = tuple(found.text for found in self._found)
        if not self._found:
            hint = _TLS_HINT if "TLS" in facts else "capture what goes to the port of the WebSocket server"
            raise self._problem("no-websocket", f"there is no WebSocket connection in it: {facts}", hint)
        self._chosen = self._found[self._choose(connection)]
        if self._chosen.is_mid_stream:
            self.notes.append("the connection was open before the capture began, so its handshake is not in it")
        self._noted = tuple(self.notes)
        """What is to be said before the events are read."""
        url = f"{'wss' if self._is_decrypted else 'ws'}://{self._chosen.resource}"
        started = moment_text(self._chosen.begun)
        self.header = RecordingHeader("capture", started, url=url, secrets=Secrets.KEPT)

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._stream is not self._source:
            self._stream.close()
        super().close()

    def _seekable(self, stream: BinaryIO) -> BinaryIO:
        """Return the stream, or its bytes in a temporary file where it can be read only once."""
        if stream.seekable():
            return stream
        from shutil import copyfileobj
        from tempfile import TemporaryFile

        kept: BinaryIO = TemporaryFile()  # noqa: SIM115  # closed with the capture
        try:
            copyfileobj(stream, kept)
        except (OSError, EOFError, ZlibError) as problem:
            kept.close()
            raise self._problem("broken", f"it cannot be read: {problem}", "copy it again") from None
        kept.seek(0)
        return kept

    def _decrypt(self, keylog: str | None) -> None:
        """Read from now on what was inside TLS."""
        from wscli.record.decrypting import DecryptingFailed, decrypted

        try:
            inside = decrypted(self._stream, keylog)
        except DecryptingFailed as failed:
            raise self._problem("not-decrypted", str(failed), failed.hint) from None
        if self._stream is not self._source:
            self._stream.close()
        self._stream, self._is_decrypted = inside, True
        self.notes.append("decrypted by tshark: what was inside TLS is read, and nothing else")

    # --- Finding -----------------------------------------------------------------------------------------------------
    def _find(self) -> tuple[list[_Found], str]:
        """Return the WebSocket connections, and what all the connections are."""
        finder = _Finder()
        try:
            self._stream.seek(0)
            for connection, pieces in follow(self._stream, []):
                finder.look(connection, pieces)
        except BrokenCapture as broken:
            if not finder.found:
                raise self._problem("broken", str(broken), "check how it was made") from None
        except (OSError, EOFError, ZlibError) as problem:
            if not finder.found:
                raise self._problem("broken", f"it cannot be read: {problem}", "copy it again") from None
        return [finder.found[index] for index in sorted(finder.found)], finder.facts()

    # --- Events ------------------------------------------------------------------------------------------------------
    def iter_events(self) -> Iterator[tuple[float, Event]]:
        """Yield each event with its moment, in seconds since the connection began; may be called again."""
        self.notes[:] = self._noted
        chosen, address = self._chosen, endpoint_text(self._chosen.server)
        observer = Observer(is_mid_stream=chosen.is_mid_stream)
        how, at, has_gap = StreamEnd.ABANDONED, 0.0, False
        if not chosen.is_mid_stream:
            yield 0.0, AttemptStarted(address)
            yield 0.0, Connected(address, endpoint_text(chosen.client))
        for piece in self._pieces():
            at = max(at, piece.at - chosen.begun)
            if piece.kind is Happening.GAP:
                side = "server" if piece.source == chosen.server else "client"
                observer.lost(Side.REMOTE if side == "server" else Side.LOCAL, at)
                if not has_gap:
                    self.notes.append(
                        f"bytes are missing in the capture, the first at {at:.3f} s: {piece.missing} of the {side}; "
                        "what follows a gap is read where frames begin again"
                    )
                has_gap = True
            elif piece.kind is Happening.RESET:
                how = StreamEnd.RESET
            elif piece.kind is Happening.FINISHED:
                how = StreamEnd.FINISHED if piece.source == chosen.server else how
            else:
                take = observer.sent if piece.source == chosen.client else observer.received
                for event in take(piece.data, at):
                    yield at, event
        for event in observer.ended(how, at):
            yield at, event
        if observer.has_unknown_compression:
            self.notes.append(
                "messages with RSV1 may be compressed: which extension was agreed is not in the capture, so they stand "
                "as they came"
            )

    def _pieces(self) -> Iterator[Piece]:
        """Yield what the two sides of the chosen connection said, in order."""
        notes: list[str] = []
        try:
            self._stream.seek(0)
            for connection, pieces in follow(self._stream, notes):
                if connection.index == self._chosen.index:
                    yield from pieces
        except BrokenCapture as broken:
            notes.append(f"{broken}: what comes before it was read")
        except (OSError, EOFError, ZlibError) as problem:
            notes.append(f"it cannot be read to its end ({problem}): what comes before was read")
        self.notes += notes


class _Finder:
    """Looks for WebSocket connections among those of a capture."""

    def __init__(self) -> None:
        self.found: dict[int, _Found] = {}
        """The index of a connection → what it is."""
        self._observers: dict[int, Observer | None] = {}
        """Connections that are still looked at; None for those that are none."""
        self._searched: dict[int, int] = {}
        self._seen = 0
        self._tls = 0

    def facts(self) -> str:
        """Return what the connections are, in words."""
        tls = f", {self._tls} of them TLS" if self._tls else ""
        return f"{count_text(self._seen, 'TCP connection')}{tls}"

    def look(self, connection: Connection, pieces: list[Piece]) -> None:
        """Look at what a connection said."""
        index = connection.index
        self._seen = max(self._seen, index + 1)
        if index in self.found or (index in self._observers and self._observers[index] is None):
            return
        for piece in pieces:
            found = self._look_at(connection, piece) if piece.kind is Happening.DATA else None
            if found is not None:
                self.found[index] = found
                self._observers.pop(index, None)
                return

    def _look_at(self, connection: Connection, piece: Piece) -> _Found | None:
        index, is_of_client = connection.index, piece.source == connection.client
        if index not in self._observers:
            is_tls = piece.data.startswith(_TLS)
            self._tls += is_tls
            self._observers[index] = None if is_tls else Observer()
        observer = self._observers[index]
        if observer is None:
            return None
        if connection.begins_mid_stream:
            is_masked = begins_with_frames(piece.data)
            if is_masked is not None:
                # Only clients mask (RFC 6455 §5.3): that tells the two sides apart better than their ports.
                if is_masked is not is_of_client:
                    connection.swap()
                return _describe(connection, None)
            self._searched[index] = self._searched.get(index, 0) + 1
        events = observer.sent(piece.data, 0.0) if is_of_client else observer.received(piece.data, 0.0)
        request = next((event for event in events if isinstance(event, RequestSent)), None)
        if request is None and self._searched.get(index, 0) >= SEARCHED:
            self._observers[index] = None
        return None if request is None else _describe(connection, request)


def _describe(connection: Connection, request: RequestSent | None) -> _Found:
    server = endpoint_text(connection.server)
    host = (request.head.fields.get("Host") if request is not None else None) or server
    target = request.head.target if request is not None else "/"
    ends = f"{endpoint_text(connection.client)} to {server}"
    text = f"{ends}, {visible(target)}" if request is not None else f"{ends}, begun before the capture"
    return _Found(
        connection.index, connection.client, connection.server, connection.begun, request is None, text,
        f"{host}{target}",
    )  # fmt: skip


def read(path: str, stream: BinaryIO, connection: int | None = None, keylog: str | None = None) -> Capture:
    """Return the capture in a stream as a recording; EnvironmentProblem where it holds no WebSocket connection."""
    return Capture(path, stream, connection, keylog)
