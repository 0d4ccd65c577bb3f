"""Frames found again in the middle of a stream: whether bytes look like the beginning of frames."""

from __future__ import annotations

from wscli.wire.frames import declared_length, header_length, judge_header

CHAIN = 3
"""Frames in a row that must fit where there are so many."""
_MASK = 0x80
_LONGEST = 1 << 24
"""No frame that is taken for one is longer."""


def begins_with_frames(data: bytes) -> bool | None:
    """Return whether the frames that bytes begin with are masked; None where they do not look like frames.

    Frames of one side are all masked or all not, their headers are legal, and more follow one another as far as there
    are bytes.
    """
    place, is_masked = 0, len(data) > 1 and bool(data[1] & _MASK)
    for _ in range(CHAIN):
        rest = data[place : place + 14]
        length = header_length(rest[1]) if len(rest) > 1 else len(rest) + 1
        if len(rest) < length:
            break
        header = rest[:length]
        size = declared_length(header)
        if bool(header[1] & _MASK) is not is_masked or header[0] & 0x30 or judge_header(header) or size > _LONGEST:
            return None
        place += length + size
        if place > len(data):
            # One frame that reaches beyond what is here proves little: much of it must be here.
            return is_masked if size < 2 * len(data) else None
    return is_masked if place else None
