"""TCP put together again: the segments of each connection as the byte streams of its two sides, in order.

Segments may come late, twice, overlapping or not at all. What is missing is waited for as long as it may still come;
then it is noted as a gap, and what follows it goes on.
"""

from __future__ import annotations

from enum import Enum
from heapq import heappop, heappush

from wscli.record.packets import Segment
from wscli.values import Value

WAITING_LIMIT = 4 * 1024 * 1024
"""Bytes of a side that wait for something missing before that counts as lost."""
SEGMENTS_LIMIT = 10_000
"""The same for segments, however short."""
_HALF = 1 << 31
_ALL = 1 << 32

Endpoint = tuple[bytes, int]


class Happening(Enum):
    """What a piece of a stream is."""

    DATA = "data"
    GAP = "gap"
    """Bytes are missing here."""
    FINISHED = "finished"
    """This side sent FIN, and all before it is here."""
    RESET = "reset"
    """This side reset the connection."""


class Piece(Value):
    """The next of one side's stream."""

    at: float
    source: Endpoint
    kind: Happening
    data: bytes = b""
    missing: int = 0
    """Bytes that a gap leaves out."""


class Side:
    """One side's stream. Places in it count on where sequence numbers begin again, from the first one seen."""

    def __init__(self) -> None:
        self._first: int | None = None
        """The sequence number at place 0; None before the first segment."""
        self._next = 0
        """The place that comes next."""
        self._waiting: list[tuple[int, int, Segment]] = []
        """A heap of what came: place, when it came, segment."""
        self._came = 0
        self.waiting = 0
        """Bytes that wait for something missing."""
        self._finish: int | None = None
        """The place where the stream ends, once FIN was seen."""
        self.is_finished = False

    def take(self, segment: Segment) -> list[Piece]:
        """Take a segment; returns what can be passed on now, in order."""
        if segment.is_syn:
            # One that is sent again says nothing new.
            self._first = (segment.sequence + 1) % _ALL if self._first is None else self._first
            return []
        if self._first is None:
            self._first = segment.sequence
        place = self._place(segment.sequence)
        if segment.is_fin:
            self._finish = place + len(segment.payload) + segment.missing
        if segment.payload or segment.missing:
            self._came += 1
            heappush(self._waiting, (place, self._came, segment))
            self.waiting += len(segment.payload)
        return self._deliver(segment)

    def _place(self, sequence: int) -> int:
        """Return the place that a sequence number means: the nearest to what comes next."""
        assert self._first is not None  # a segment came
        distance = (sequence - self._first - self._next + _HALF) % _ALL - _HALF
        return self._next + distance

    def _deliver(self, segment: Segment, *, is_over: bool = False) -> list[Piece]:
        pieces: list[Piece] = []
        while self._waiting:
            is_forced = is_over or self.waiting > WAITING_LIMIT or len(self._waiting) > SEGMENTS_LIMIT
            if self._waiting[0][0] > self._next and not is_forced:
                break
            place, _, waiting = heappop(self._waiting)
            self.waiting -= len(waiting.payload)
            pieces += self._pass_on(place, waiting)
        if self._finish is not None and self._next == self._finish and not self.is_finished:
            self.is_finished = True
            pieces.append(Piece(segment.at, segment.source, Happening.FINISHED))
        return pieces

    def _pass_on(self, place: int, waiting: Segment) -> list[Piece]:
        """Return what a segment adds: behind a gap where something before it is missing, nothing where all was here."""
        pieces: list[Piece] = []
        if place > self._next:
            pieces.append(Piece(waiting.at, waiting.source, Happening.GAP, missing=place - self._next))
            self._next = place
        payload = waiting.payload[self._next - place :]
        if payload:
            pieces.append(Piece(waiting.at, waiting.source, Happening.DATA, payload))
            self._next += len(payload)
        end = place + len(waiting.payload) + waiting.missing
        if waiting.missing and end > self._next:
            pieces.append(Piece(waiting.at, waiting.source, Happening.GAP, missing=end - self._next))
            self._next = end
        return pieces

    def end(self, last: Segment) -> list[Piece]:
        """The capture is over: what waits for something missing follows behind its gap."""
        return self._deliver(last, is_over=True)
