"""TCP put together again: the segments of each connection as the byte streams of its two sides, in order.

Segments may come late, twice, overlapping or not at all. What is missing is waited for as long as it may still come;
then it is noted as a gap, and what follows it goes on.
"""

from __future__ import annotations

from enum import Enum

from wscli.record.packets import Segment
from wscli.values import Value

WAITING_LIMIT = 4 * 1024 * 1024
"""Bytes of a side that wait for something missing before that counts as lost."""
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
    """One side's stream."""

    def __init__(self) -> None:
        self._next: int | None = None
        """The sequence number that comes next; None before the first segment."""
        self._waiting: dict[int, Segment] = {}
        self._waiting_size = 0
        self.begins_mid_stream = False
        """Whether the first segment was not the SYN."""
        self._finish: int | None = None
        self.is_finished = False

    def take(self, segment: Segment) -> list[Piece]:
        """Take a segment; returns what can be passed on now, in order."""
        sequence = segment.sequence
        if segment.is_syn:
            self._next = (sequence + 1) % _ALL
            self._waiting.clear()
            self._waiting_size = 0
            self.is_finished = False
            self._finish = None
            return []
        if self._next is None:
            self._next, self.begins_mid_stream = sequence, True
        if segment.is_fin:
            self._finish = (sequence + len(segment.payload) + segment.missing) % _ALL
        if segment.payload or segment.missing:
            kept = self._waiting.get(sequence)
            if kept is None or len(kept.payload) < len(segment.payload):
                self._waiting_size += len(segment.payload) - (0 if kept is None else len(kept.payload))
                self._waiting[sequence] = segment
        return self._deliver(segment)

    def _deliver(self, segment: Segment, *, is_over: bool = False) -> list[Piece]:
        pieces: list[Piece] = []
        while self._waiting:
            piece = self._next_piece(segment, is_forced=is_over or self._waiting_size > WAITING_LIMIT)
            if piece is None:
                break
            pieces += piece
        if self._finish is not None and self._next == self._finish and not self.is_finished:
            self.is_finished = True
            pieces.append(Piece(segment.at, segment.source, Happening.FINISHED))
        return pieces

    def _next_piece(self, segment: Segment, *, is_forced: bool) -> list[Piece] | None:
        """Return the next pieces; None where they have not come yet. A forced one begins behind a gap."""
        assert self._next is not None  # a segment came
        first = min(self._waiting, key=self._distance)
        distance = self._distance(first)
        if distance > 0 and not is_forced:
            return None
        waiting = self._waiting.pop(first)
        self._waiting_size -= len(waiting.payload)
        pieces: list[Piece] = []
        if distance > 0:
            pieces.append(Piece(waiting.at, waiting.source, Happening.GAP, missing=distance))
        payload = waiting.payload[-distance:] if distance < 0 else waiting.payload
        if distance < 0 and -distance >= len(waiting.payload):
            payload = b""
        if payload:
            pieces.append(Piece(waiting.at, waiting.source, Happening.DATA, payload))
        end = (first + len(waiting.payload)) % _ALL
        if self._distance(end) > 0:
            self._next = end
        if waiting.missing:
            pieces.append(Piece(waiting.at, waiting.source, Happening.GAP, missing=waiting.missing))
            self._next = (end + waiting.missing) % _ALL
        return pieces

    def _distance(self, sequence: int) -> int:
        """Return how far a sequence number lies behind the next one; negative for one that was passed on."""
        assert self._next is not None  # a segment came
        return (sequence - self._next + _HALF) % _ALL - _HALF

    def end(self, last: Segment) -> list[Piece]:
        """The capture is over: what waits for something missing follows behind its gap."""
        return self._deliver(last, is_over=True)
