"""Captures as recordings: the WebSocket connections in a pcap or pcapng file, each as the events its client had.

A file is read twice: once to find the connections, once for the events of the one that is wanted. A connection that was
already open when the capture began has no handshake; its frames are found again at the beginning of a segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Self

from wscli.errors import EnvironmentProblem
from wscli.events import AttemptStarted, Connected, Event, RequestSent, StreamEnd
from wscli.protocol.observing import Observer
from wscli.record.header import RecordingHeader, Secrets
from wscli.record.packets import PCAP_MAGICS, PCAPNG_MAGIC, BrokenCapture, Segment, iter_packets, segment_of
from wscli.record.resync import begins_with_frames
from wscli.record.streams import Endpoint, Happening, Piece, Side
from wscli.text import count_text
from wscli.values import Value

CONNECTIONS_LIMIT = 100_000
"""TCP connections that are followed at the same time."""
_TLS_HANDSHAKE = b"\x16\x03"

Key = tuple[Endpoint, Endpoint]


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
    url: str


class _Connection:
    """One TCP connection while its segments come by."""

    def __init__(self, index: int, first: Segment) -> None:
        self.index = index
        # Who sends a SYN is the client; without one, who talks to the lower port mostly is.
        is_of_client = first.is_syn != first.is_ack if first.is_syn else first.source[1] >= first.target[1]
        self.client, self.server = (first.source, first.target) if is_of_client else (first.target, first.source)
        self.begun = first.at
        self._sides = {self.client: Side(), self.server: Side()}
        self.last = first

    def take(self, segment: Segment) -> list[Piece]:
        """Return what a segment lets through."""
        self.last = segment
        pieces = self._sides[segment.source].take(segment)
        if segment.is_rst:
            pieces.append(Piece(segment.at, segment.source, Happening.RESET))
        return pieces

    def end(self) -> list[Piece]:
        """Return what still waits at the end of the capture."""
        return [piece for side in self._sides.values() for piece in side.end(self.last)]


def _follow(stream: BinaryIO, notes: list[str]) -> Iterator[tuple[_Connection, Segment | None, list[Piece]]]:
    """Yield each segment with its connection and what it lets through; at the end each connection without one."""
    open_now: dict[frozenset[Endpoint], _Connection] = {}
    count = 0
    for packet in iter_packets(stream, notes):
        segment = segment_of(packet)
        if segment is None or segment.source == segment.target:
            continue
        key = frozenset((segment.source, segment.target))
        connection = open_now.get(key)
        if connection is None or (
            segment.is_syn and not segment.is_ack and connection.last.is_rst | connection.last.is_fin
        ):
            if connection is not None:
                yield connection, None, connection.end()
            if len(open_now) >= CONNECTIONS_LIMIT:
                gone = open_now.pop(next(iter(open_now)))
                yield gone, None, gone.end()
            connection = open_now[key] = _Connection(count, segment)
            count += 1
        yield connection, segment, connection.take(segment)
    for connection in open_now.values():
        yield connection, None, connection.end()


class Capture:
    """A capture as a recording of one of its WebSocket connections; `with` closes it."""

    def __init__(self, path: str, stream: BinaryIO, connection: int | None = None) -> None:
        self.path = path
        self.notes: list[str] = []
        self._stream = _seekable(stream)
        self._source = stream
        self._found, facts = self._find()
        self.connections = tuple(found.text for found in self._found)
        self._chosen = self._choose(connection, facts)
        self.header = RecordingHeader(
            tool="a capture", started=_iso(self._chosen.begun), url=self._chosen.url, secrets=Secrets.KEPT
        )
        if connection is None and len(self._found) > 1:
            listed = "; ".join(f"{number}: {text}" for number, text in enumerate(self.connections[:10], 1))
            self.notes.append(f"{count_text(len(self._found), 'connection')} in it, the first is shown ({listed})")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._stream is not self._source:
            self._stream.close()
        if self.path != "-":
            self._source.close()

    # --- Finding -----------------------------------------------------------------------------------------------------
    def _find(self) -> tuple[list[_Found], list[str]]:
        """Return the WebSocket connections, and what the others were."""
        found: dict[int, _Found] = {}
        observers: dict[int, Observer | None] = {}
        tls: set[int] = set()
        connections: set[int] = set()
        try:
            for connection, _, pieces in _follow(self._stream, []):
                index = connection.index
                connections.add(index)
                if index in found or (index in observers and observers[index] is None):
                    continue
                for piece in pieces:
                    verdict = self._look_at(connection, piece, observers, tls)
                    if verdict is not None:
                        found[index] = verdict
                        break
        except BrokenCapture as broken:
            if not found:
                raise self._problem("broken", str(broken), "check how it was made") from None
        facts = [count_text(len(connections), "TCP connection")]
        if tls:
            facts.append(f"{len(tls)} of them TLS")
        return [found[index] for index in sorted(found)], facts

    def _look_at(
        self, connection: _Connection, piece: Piece, observers: dict[int, Observer | None], tls: set[int]
    ) -> _Found | None:
        index = connection.index
        if piece.kind is not Happening.DATA:
            return None
        if index not in observers:
            if piece.data.startswith(_TLS_HANDSHAKE):
                tls.add(index)
                observers[index] = None
                return None
            if begins_with_frames(piece.data, is_masked=piece.source == connection.client):
                return self._describe(connection, None)
            observers[index] = Observer()
        observer = observers[index]
        if observer is None:
            return None
        is_of_client = piece.source == connection.client
        events = observer.sent(piece.data, 0.0) if is_of_client else observer.received(piece.data, 0.0)
        request = next((event for event in events if isinstance(event, RequestSent)), None)
        return None if request is None else self._describe(connection, request)

    def _describe(self, connection: _Connection, request: RequestSent | None) -> _Found:
        server = endpoint_text(connection.server)
        host = (request.head.fields.get("Host") if request is not None else None) or server
        target = request.head.target if request is not None else "/"
        ends = f"{endpoint_text(connection.client)} to {server}"
        text = f"{ends}, {target}" if request is not None else f"{ends}, begun before the capture"
        return _Found(
            connection.index, connection.client, connection.server, connection.begun, request is None, text,
            f"ws://{host}{target}",
        )  # fmt: skip

    def _choose(self, wanted: int | None, facts: list[str]) -> _Found:
        if not self._found:
            hint = "for wss:// give the key log that was written beside it: --keylog FILE" if "TLS" in facts[-1] else (
                "capture the traffic to the port of the WebSocket server"
            )  # fmt: skip
            reason = f"there is no WebSocket connection in it: {', '.join(facts)}"
            raise self._problem("no-websocket", reason, hint)
        number = 1 if wanted is None else wanted
        if not 1 <= number <= len(self._found):
            reason = f"there is no connection {number} in it, only {len(self._found)}"
            raise self._problem("no-connection", reason, "; ".join(self.connections[:10]))
        return self._found[number - 1]

    # --- Events ------------------------------------------------------------------------------------------------------
    def iter_events(self) -> Iterator[tuple[float, Event]]:
        """Yield each event with its moment, in seconds since the connection began; may be called again."""
        self._stream.seek(0)
        chosen, address = self._chosen, endpoint_text(self._chosen.server)
        observer = Observer(is_mid_stream=chosen.is_mid_stream)
        how, at = StreamEnd.ABANDONED, 0.0
        if chosen.is_mid_stream:
            self.notes.append("the connection was open before the capture began: its handshake is not in it")
        else:
            yield 0.0, AttemptStarted(address)
            yield 0.0, Connected(address, endpoint_text(chosen.client))
        for piece in self._pieces():
            at = max(at, piece.at - chosen.begun)
            if piece.kind is Happening.GAP:
                self.notes.append(f"{piece.missing} bytes are missing at {at:.3f} s")
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

    def _pieces(self) -> Iterator[Piece]:
        """Yield what the two sides of the chosen connection said, in order."""
        notes: list[str] = []
        try:
            for connection, _, pieces in _follow(self._stream, notes):
                if connection.index == self._chosen.index:
                    yield from pieces
        except BrokenCapture as broken:
            notes.append(f"{broken}: what comes before it was read")
        self.notes += notes

    def _problem(self, code: str, reason: str, hint: str) -> EnvironmentProblem:
        return EnvironmentProblem(f"recording/{code}", "recording", self.path, reason, hint=hint)


def read(path: str, stream: BinaryIO, connection: int | None = None) -> Capture:
    """Return the capture in a stream as a recording; EnvironmentProblem where it holds no WebSocket connection."""
    return Capture(path, stream, connection)


def _seekable(stream: BinaryIO) -> BinaryIO:
    """Return the stream, or its bytes in a temporary file where it can be read only once."""
    if stream.seekable():
        return stream
    from shutil import copyfileobj
    from tempfile import TemporaryFile

    kept: BinaryIO = TemporaryFile()  # noqa: SIM115  # closed with the capture
    copyfileobj(stream, kept)
    kept.seek(0)
    return kept


def _iso(moment: float) -> str:
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return ""
