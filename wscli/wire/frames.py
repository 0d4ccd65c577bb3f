"""Frames: bytes ↔ values for any frame, legal or not (RFC 6455 §5.2).

A `Frame` keeps its header bytes as they stood on the wire; every header field is read from them, so nothing can get
lost and `frame.raw` gives the exact bytes back. The decoder knows no roles and no connection state: what it can judge
from one frame alone it notes as deviations; what depends on the role, the extensions or the frames before is judged in
`protocol`.

The decoder returns two kinds of items. A frame that lies whole in the bytes at hand comes as a `Frame`. A frame that
is still arriving comes as `FramePiece`s, one for its header with what there is of the payload, then one for each
further read, the last with `is_last`: so text can be checked while it arrives, a size limit holds before the payload is
here, and a payload of any size can be passed on without being kept. Joined, the pieces are the frame.

A length with its top bit set cannot be right (no stream brings 2^63 bytes) and leaves no place where the next frame
could begin: the frame is delivered cut, and everything after it stays in the payload pieces of that frame.
"""

from __future__ import annotations

from wscli.values import Value
from wscli.wire.deviations import (
    FRAME_CONTROL_FRAGMENTED,
    FRAME_CONTROL_TOO_LONG,
    FRAME_CUT,
    FRAME_LENGTH_NOT_MINIMAL,
    FRAME_LENGTH_TOP_BIT,
    FRAME_OPCODE_RESERVED,
    NONE,
    Deviation,
    Deviations,
)
from wscli.wire.masking import mask

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
OPCODE_NAMES = {
    CONTINUATION: "CONTINUATION",
    TEXT: "TEXT",
    BINARY: "BINARY",
    CLOSE: "CLOSE",
    PING: "PING",
    PONG: "PONG",
}

FIN, RSV1, RSV2, RSV3, MASK = 0x80, 0x40, 0x20, 0x10, 0x80


def opcode_name(opcode: int) -> str:
    """Return the RFC's name in capitals, or `OPCODE-0xB` for a reserved one."""
    return OPCODE_NAMES.get(opcode) or f"OPCODE-{opcode:#X}".replace("0X", "0x")


def header_length(second_byte: int) -> int:
    """Return how many bytes the header takes, 2 to 14, told by its second byte."""
    form = second_byte & 0x7F
    return 2 + (4 if second_byte & MASK else 0) + (2 if form == 126 else 8 if form == 127 else 0)


def declared_length(header: bytes) -> int:
    """Return the payload length that a whole header announces."""
    form = header[1] & 0x7F
    if form < 126:
        return form
    return int.from_bytes(header[2:4] if form == 126 else header[2:10], "big")


class FrameHeader:
    """What the header bytes say; the base of a frame and of a piece of one."""

    __slots__ = ("deviations", "header", "offset")

    def __init__(self, header: bytes, offset: int, deviations: Deviations) -> None:
        self.header = header
        """The exact header bytes: 2 to 14, with extended length and mask key."""
        self.offset = offset
        """Where the header begins in the stream of its side, counted from the first byte after the handshake."""
        self.deviations = deviations

    @property
    def fin(self) -> bool:
        return bool(self.header[0] & FIN)

    @property
    def rsv1(self) -> bool:
        return bool(self.header[0] & RSV1)

    @property
    def rsv2(self) -> bool:
        return bool(self.header[0] & RSV2)

    @property
    def rsv3(self) -> bool:
        return bool(self.header[0] & RSV3)

    @property
    def opcode(self) -> int:
        return self.header[0] & 0x0F

    @property
    def is_control(self) -> bool:
        return bool(self.header[0] & 0x08)

    @property
    def is_masked(self) -> bool:
        return bool(self.header[1] & MASK)

    @property
    def mask_key(self) -> bytes | None:
        # A recording can hold a frame that was cut inside its header.
        return self.header[-4:] if len(self.header) > 1 and self.header[1] & MASK else None

    @property
    def declared_length(self) -> int:
        """The payload length that the header announces, in bytes."""
        return declared_length(self.header)

    @property
    def length_form(self) -> int:
        """The width of the length field used: 7, 16 or 64 bits."""
        form = self.header[1] & 0x7F
        return 7 if form < 126 else 16 if form == 126 else 64


class Frame(FrameHeader):
    """One frame with its payload, unmasked."""

    __slots__ = ("payload",)

    def __init__(self, header: bytes, payload: bytes, offset: int = 0, deviations: Deviations = NONE) -> None:
        # Not a Value: built for each frame of a stream, and this costs a third (no generated call in between).
        self.header = header
        self.payload = payload
        """The payload as the application sees it: unmasked, still compressed where RSV1 says so."""
        self.offset = offset
        self.deviations = deviations

    @property
    def is_complete(self) -> bool:
        """Whether the whole announced payload is here; False for a frame cut by the end of the stream."""
        return len(self.payload) == self.declared_length

    @property
    def raw(self) -> bytes:
        """The exact bytes of the frame on the wire."""
        key = self.mask_key
        return self.header + (mask(self.payload, key) if key else self.payload)

    def with_deviations(self, found: Deviations) -> Frame:
        """Return the frame with further deviations after its own."""
        return Frame(self.header, self.payload, self.offset, self.deviations + found) if found else self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        mine = (self.header, self.payload, self.offset, self.deviations)
        return mine == (other.header, other.payload, other.offset, other.deviations)

    def __hash__(self) -> int:
        return hash((self.header, self.payload, self.offset))

    def __repr__(self) -> str:
        marks = "".join(f" {name}" for name in ("rsv1", "rsv2", "rsv3") if getattr(self, name))
        found = "".join(f" !{deviation.kind.code}" for deviation in self.deviations)
        fin = "" if self.fin else " fin=0"
        key = f" mask={self.mask_key.hex()}" if self.mask_key else ""
        return f"<{opcode_name(self.opcode)}{fin}{marks}{key} @{self.offset} {self.payload[:40]!r}{found}>"


class FramePiece(FrameHeader):
    """A part of a frame that is still arriving: always its whole header, and the next bytes of its payload."""

    __slots__ = ("data", "is_last", "start")

    def __init__(
        self, header: bytes, data: bytes, start: int, offset: int, deviations: Deviations, *, is_last: bool
    ) -> None:
        super().__init__(header, offset, deviations)
        self.data = data
        """The next bytes of the payload, unmasked; may be empty for the first piece."""
        self.start = start
        """The place of `data` in the payload: 0 for the first piece."""
        self.is_last = is_last


class FrameOrder(Value):
    """A frame to be made, legal or not: what `encode_frame` takes."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0
    """The three reserved bits as a number: 4 is RSV1, 2 RSV2, 1 RSV3."""
    mask_key: bytes | None = None
    """Four bytes, or None for no mask."""
    declared_length: int | None = None
    """The length to announce; None announces the true one."""
    length_form: int | None = None
    """7, 16 or 64 bits; None takes the shortest that holds the length."""


def shortest_form(length: int) -> int:
    """Return the shortest legal length form for a payload: 7, 16 or 64."""
    return 7 if length < 126 else 16 if length < 65536 else 64


def encode_frame(order: FrameOrder, offset: int = 0) -> Frame:
    """Return the frame that was ordered; its deviations say where the order breaks RFC 6455 §5.2.

    Raises OverflowError where the announced length does not fit the length form or 64 bits.
    """
    length = len(order.payload) if order.declared_length is None else order.declared_length
    form = order.length_form or shortest_form(length)
    masked = MASK if order.mask_key is not None else 0
    first = (FIN if order.fin else 0) | (order.rsv & 7) << 4 | order.opcode & 0x0F
    if form == 7:
        if length > 125:
            raise OverflowError(f"the length {length} does not fit the 7-bit form")
        header = bytes((first, masked | length))
    elif form == 16:
        header = bytes((first, masked | 126)) + length.to_bytes(2, "big")
    else:
        header = bytes((first, masked | 127)) + length.to_bytes(8, "big")
    header += order.mask_key or b""
    return Frame(header, order.payload, offset, judge_header(header))


def judge_header(header: bytes) -> Deviations:
    """Return what a header breaks by itself, whoever sent it and whenever."""
    first, second = header[0], header[1]
    opcode, form = first & 0x0F, second & 0x7F
    if (first & FIN) and form < 126 and opcode in OPCODE_NAMES:
        return NONE  # the common frame, judged without looking further
    found: list[Deviation] = []
    if opcode not in OPCODE_NAMES:
        found.append(FRAME_OPCODE_RESERVED.at(0, f"opcode {opcode:#x}"))
    if opcode & 0x08:
        if not first & FIN:
            found.append(FRAME_CONTROL_FRAGMENTED.at(0))
        if form > 125:
            found.append(FRAME_CONTROL_TOO_LONG.at(1, f"{declared_length(header)} bytes"))
    if form == 126 and declared_length(header) < 126:
        found.append(FRAME_LENGTH_NOT_MINIMAL.at(1, f"{declared_length(header)} in 16 bits"))
    elif form == 127:
        length = declared_length(header)
        if length < 65536:
            found.append(FRAME_LENGTH_NOT_MINIMAL.at(1, f"{length} in 64 bits"))
        elif length >> 63:
            found.append(FRAME_LENGTH_TOP_BIT.at(2, f"{length:#x}"))
    return tuple(found)


class FrameDecoder:
    """Turns one side's stream into frames; never raises, never drops a byte (RFC 6455 §5.2).

    Law: the items of any chopping of the same bytes join to the same frames.
    """

    def __init__(self) -> None:
        self.offset = 0
        """How many bytes of the stream have been given out in items."""
        self._tail = b""
        """The beginning of a header that is not whole yet."""
        self._header = b""
        """The header of the frame that is arriving; empty when none is."""
        self._remaining = 0
        """How many payload bytes of that frame are still to come."""
        self._start = 0
        """How many of its payload bytes have come."""
        self._taken = 0
        """How many bytes the last piece took from the data."""
        self._frame_offset = 0
        self._deviations: Deviations = NONE

    @property
    def is_inside_frame(self) -> bool:
        """Whether a part of a frame has come and its end has not."""
        return bool(self._header or self._tail)

    def feed(self, data: bytes) -> list[Frame | FramePiece]:
        """Return the frames that are complete in the data, and pieces of those that are not."""
        items: list[Frame | FramePiece] = []
        if self._header:
            if len(data) < self._remaining:
                items.append(self._piece(data, is_last=False))
                return items
            items.append(self._piece(data[: self._remaining], is_last=True))
            data = data[self._taken :]
        if self._tail:
            data = self._tail + data
            self._tail = b""
        self._decode(data, items)
        return items

    def _decode(self, data: bytes, items: list[Frame | FramePiece]) -> None:
        position, end, base = 0, len(data), self.offset
        while end - position >= 2:
            second = data[position + 1]
            if second < 126:  # unmasked, 7-bit length: most of what a server sends
                body = position + 2
                length = second
            else:
                body = position + header_length(second)
                if body > end:
                    break
                length = declared_length(data[position:body])
            stop = body + length
            header = data[position:body]
            if stop > end:
                self._begin(header, base + position, length)
                self.offset = base + position + len(header)
                items.append(self._piece(data[body:], is_last=False))
                return
            payload = data[body:stop]
            if second & MASK:
                payload = mask(payload, header[-4:])
            items.append(Frame(header, payload, base + position, judge_header(header)))
            position = stop
        self.offset = base + position
        self._tail = data[position:]

    def _begin(self, header: bytes, offset: int, length: int) -> None:
        self._header, self._frame_offset, self._remaining, self._start = header, offset, length, 0
        self._deviations = judge_header(header)

    def _piece(self, wire: bytes, *, is_last: bool) -> FramePiece:
        header, start = self._header, self._start
        data = mask(wire, header[-4:], start) if header[1] & MASK and wire else wire
        self._taken = len(wire)
        self._remaining -= len(wire)
        self._start += len(wire)
        self.offset += len(wire)
        if is_last:
            self._header = b""
        return FramePiece(header, data, start, self._frame_offset, self._deviations, is_last=is_last)

    def finish(self) -> FramePiece | None:
        """Return the cut frame at the end of the stream: a last piece with FRAME_CUT; None between frames.

        Where not even the header was whole, the piece has what there was of it as its header.
        """
        if self._header:
            cut = FRAME_CUT.at(None, f"{self._start} of {self._start + self._remaining} payload bytes came")
            self._deviations += (cut,)
            return self._piece(b"", is_last=True)
        if self._tail:
            header, self._tail = self._tail, b""
            offset = self.offset
            self.offset += len(header)
            return FramePiece(header, b"", 0, offset, (FRAME_CUT.at(None, "inside the header"),), is_last=True)
        return None
