"""TCP connections of a capture, told apart and followed: each segment with what it lets through of its connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from wscli.record.packets import BrokenCapture, Segment, iter_packets, segment_of
from wscli.record.streams import Endpoint, Happening, Piece, Side

CONNECTIONS_LIMIT = 10_000
"""TCP connections that are followed at the same time; the oldest makes room."""
WAITING_LIMIT = 64 * 1024 * 1024
"""Bytes of all of them that wait for something missing; then the oldest connection is given up."""


class Connection:
    """One TCP connection while its segments come by."""

    def __init__(self, index: int, first: Segment) -> None:
        self.index = index
        """In the file, from 0."""
        # Who sends a SYN is the client, who answers it the server; without one, the server has the lower port.
        is_of_client = not first.is_ack if first.is_syn else first.source[1] >= first.target[1]
        self.client, self.server = (first.source, first.target) if is_of_client else (first.target, first.source)
        self.begun = first.at
        self.begins_mid_stream = not first.is_syn
        self._sides = {self.client: Side(), self.server: Side()}
        self.last = first
        self._first_sequence = first.sequence

    def swap(self) -> None:
        """Take the server for the client: it turned out so."""
        self.client, self.server = self.server, self.client

    @property
    def waiting(self) -> int:
        """Bytes that wait for something missing."""
        return sum(side.waiting for side in self._sides.values())

    def is_over_before(self, segment: Segment) -> bool:
        """Whether a segment begins another connection between the same ends: a SYN that is none sent again."""
        return segment.is_syn and not segment.is_ack and segment.sequence != self._first_sequence

    def take(self, segment: Segment) -> list[Piece]:
        """Return what a segment lets through."""
        self.last = segment
        pieces = self._sides[segment.source].take(segment)
        if segment.is_rst:
            pieces.append(Piece(segment.at, segment.source, Happening.RESET))
        return pieces

    def end(self) -> list[Piece]:
        """Return what still waits when the capture is over, or nobody waits any more."""
        return [piece for side in self._sides.values() for piece in side.end(self.last)]


Followed = tuple[Connection, list[Piece]]


def follow(stream: BinaryIO, notes: list[str]) -> Iterator[Followed]:
    """Yield each connection with the next pieces of its streams, as often as there are any.

    Raises BrokenCapture where the file cannot be read any further; what waits then is given first.
    """
    table = _Table()
    broken: BrokenCapture | None = None
    try:
        for packet in iter_packets(stream, notes):
            segment = segment_of(packet)
            if segment is not None and segment.source != segment.target:
                yield from table.take(segment)
    except BrokenCapture as caught:
        broken = caught
    yield from table.end()
    if broken is not None:
        raise broken


class _Table:
    """The connections that are followed at a time."""

    def __init__(self) -> None:
        self._open: dict[frozenset[Endpoint], Connection] = {}
        """The oldest first."""
        self._count = 0
        self._waiting = 0

    def take(self, segment: Segment) -> Iterator[Followed]:
        """Yield what a segment lets through, of its own connection and of those that it makes be given up."""
        key = frozenset((segment.source, segment.target))
        connection = self._open.get(key)
        if connection is not None and connection.is_over_before(segment):
            yield self._give_up(key)
            connection = None
        if connection is None:
            if len(self._open) >= CONNECTIONS_LIMIT:
                yield self._give_up(next(iter(self._open)))
            connection = self._open[key] = Connection(self._count, segment)
            self._count += 1
        before = connection.waiting
        pieces = connection.take(segment)
        self._waiting += connection.waiting - before
        if pieces or not before:
            yield connection, pieces
        while self._waiting > WAITING_LIMIT:
            yield self._give_up(next(iter(self._open)))

    def _give_up(self, key: frozenset[Endpoint]) -> Followed:
        """Forget a connection; returns what of it waits."""
        connection = self._open.pop(key)
        self._waiting -= connection.waiting
        return connection, connection.end()

    def end(self) -> Iterator[Followed]:
        """Yield what waits when nothing more will come."""
        while self._open:
            yield self._give_up(next(iter(self._open)))
