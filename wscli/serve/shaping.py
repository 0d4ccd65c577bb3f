"""What happens to a connection's outgoing bytes on purpose: slowed, stalled, cut, wrapped. Pure: time comes in."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from wscli.values import Value

FULL = 1 << 20
"""Bytes that may wait before nothing more is made."""

Coder = Callable[[bytes], bytes]

STEPS_PER_SECOND = 20
"""How finely a slow stream is cut, as long as a step has a byte."""


class Ending(Enum):
    """How a connection ends on purpose."""

    FINISH = "fin"
    RESET = "rst"
    CLOSE = "close"
    """With a proper Close 1000."""
    HOLD = "hold"
    """It does not: nothing more is said and nothing is read."""


class Shape(Value):
    """How the bytes go out."""

    rate: float | None = None
    """Bytes a second."""
    stall_after: int | None = None
    """Bytes after which nothing more goes out, while the connection stays."""
    cut_after: int | None = None
    """Bytes after which the connection ends."""
    make_coder: Callable[[], Coder] | None = None
    """Makes what wraps the bytes behind the head of the answer."""

    @property
    def is_plain(self) -> bool:
        """Whether bytes go out as they are."""
        return self.rate is None and self.stall_after is None and self.cut_after is None and self.make_coder is None


class Shaper:
    """Lets bytes out by a Shape."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._code = shape.make_coder() if shape.make_coder is not None else None
        self._is_head_out = False
        self._waiting = bytearray()
        self._out = 0
        self._due: float | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the byte is out behind which the connection ends."""
        return self._shape.cut_after is not None and self._out >= self._shape.cut_after

    @property
    def is_empty(self) -> bool:
        """Whether everything is out that ever will be."""
        return not self._waiting or self.is_cut or self._is_stalled

    @property
    def _is_stalled(self) -> bool:
        return self._shape.stall_after is not None and self._out >= self._shape.stall_after

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be made to go out for now."""
        return len(self._waiting) > FULL

    @property
    def wake_at(self) -> float | None:
        """When `tick` has more to let out."""
        return None if self.is_empty else self._due

    def put(self, data: bytes, now: float) -> bytes:
        """Take bytes; returns those that go out now."""
        if self._code is not None and self._is_head_out:
            data = self._code(data)
        self._is_head_out = True
        self._waiting += data
        return self.tick(now)

    def tick(self, now: float) -> bytes:
        """Return the bytes that are due."""
        if self._due is not None and now < self._due:
            return b""
        count = len(self._waiting)
        for bound in (self._shape.stall_after, self._shape.cut_after):
            if bound is not None:
                count = min(count, max(0, bound - self._out))
        rate = self._shape.rate
        if rate is not None and count:
            count = min(count, max(1, int(rate / STEPS_PER_SECOND)))
            self._due = now + count / rate
        data = bytes(self._waiting[:count])
        del self._waiting[:count]
        self._out += count
        return data
