"""Frames found again in the middle of a stream: whether bytes look like the beginning of frames."""

from __future__ import annotations

from wscli.wire.frames import declared_length, header_length, judge_header

CHAIN = 3
"""Frames in a row that must fit where there are so many."""
_MASK = 0x80


def begins_with_frames(data: bytes, *, is_masked: bool) -> bool:
    """Return whether bytes begin with a frame of this side, and go on with more where they do."""
    place = 0
    for _ in range(CHAIN):
        rest = data[place : place + 14]
        if len(rest) < 2:
            return place > 0
        length = header_length(rest[1])
        if len(rest) < length:
            return place > 0
        header = rest[:length]
        if bool(header[1] & _MASK) is not is_masked or header[0] & 0x30 or judge_header(header):
            return False
        size = declared_length(header)
        if size > 1 << 24:
            return False
        place += length + size
        if place >= len(data):
            # One frame that reaches beyond what is here proves little: it must at least be a plausible one.
            return place == len(data) or size > len(data) // 2
    return True
