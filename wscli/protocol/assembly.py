"""Message assembly: the payloads of one side's data frames become messages (RFC 6455 §5.4, §8.1; RFC 7692 §7.2.2).

An `Assembly` is fed payload as it arrives, whole frames or pieces of them, and judges as early as can be: text that
cannot become valid UTF-8, a size past the limit, data that does not inflate. It keeps the content unless told that
somebody else takes it piece by piece.
"""

from __future__ import annotations

from wscli.events import MessageKind
from wscli.wire.deflate import Inflater
from wscli.wire.deviations import MESSAGE_NOT_UTF8, MESSAGE_TOO_BIG, Deviation
from wscli.wire.utf8 import Utf8Validator

NEARBY = 16
"""Bytes kept on both sides of a place in a text that is no UTF-8."""
COMPRESSED_KEPT = 256
"""Bytes kept of the beginning of a compressed payload."""


class Assembly:
    """One message on its way in."""

    __slots__ = (
        "_chunks",
        "_inflater",
        "_is_begun",
        "_limit",
        "_validator",
        "fault",
        "first_frame",
        "is_reported",
        "keeps",
        "kind",
        "nearby",
        "nearby_offset",
        "size",
    )

    def __init__(
        self, kind: MessageKind, first_frame: int, limit: int, inflater: Inflater | None, *, keeps: bool
    ) -> None:
        self.kind = kind
        self.first_frame = first_frame
        """The number of the frame that began it."""
        self.keeps = keeps
        self.size = 0
        """Bytes of content so far, inflated."""
        self.fault: Deviation | None = None
        """The first thing wrong with the message; it stays."""
        self.nearby = b""
        """Bytes around the place of the fault; of a compressed payload its beginning, from the first part on."""
        self.nearby_offset = 0
        self.is_reported = False
        """Whether the fault has been acted on."""
        self._is_begun = False
        self._limit = limit
        self._inflater = inflater
        self._validator = Utf8Validator() if kind is MessageKind.TEXT else None
        self._chunks: list[bytes] = []

    @property
    def is_compressed(self) -> bool:
        return self._inflater is not None

    def take_first(self) -> bool:
        """Whether no part was given out before this call."""
        is_first, self._is_begun = not self._is_begun, True
        return is_first

    def announce(self, length: int) -> None:
        """Judge the payload length that a frame header announces, before the payload is here."""
        if self._inflater is None and self.size + length > self._limit:
            self._blame(MESSAGE_TOO_BIG.at(detail=f"{self.size + length} bytes, limit {self._limit}"))

    def add(self, data: bytes) -> bytes:
        """Take the next payload bytes; returns the content they brought, inflated where that applies."""
        if self._inflater is not None:
            if not self.nearby:
                self.nearby = data[:COMPRESSED_KEPT]
            data = self._inflater.feed(data)
            self._look_at_inflater()
        return self._take(data)

    def end(self) -> bytes:
        """Finish the message; returns the last content, which only a compressed message can still have."""
        rest = b""
        if self._inflater is not None:
            rest = self._take(self._inflater.finish())
            self._look_at_inflater()
        if self._validator is not None and self.fault is None:
            offset = self._validator.finish()
            if offset is not None:
                self.nearby, self.nearby_offset = self._validator.pending, offset
                self._blame(MESSAGE_NOT_UTF8.at(offset, "the message ends inside a character"))
        return rest

    def content(self) -> bytes:
        """Return the whole content that was kept."""
        joined = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks = []
        return joined

    def _look_at_inflater(self) -> None:
        inflater = self._inflater
        if inflater is None:
            return
        if inflater.exceeded:
            self._blame(MESSAGE_TOO_BIG.at(detail=f"it inflates past the limit {self._limit}"))
        elif inflater.deviation is not None:
            self._blame(inflater.deviation)

    def _take(self, data: bytes) -> bytes:
        if not data:
            return data
        start = self.size
        self.size += len(data)
        if self.size > self._limit:
            self._blame(MESSAGE_TOO_BIG.at(detail=f"more than {self._limit} bytes"))
        if self.fault is not None:
            self._chunks = []
            return data
        if self._validator is not None:
            pending = self._validator.pending
            offset = self._validator.feed(data)
            if offset is not None:
                known = start - len(pending)
                begin = max(offset - known - NEARBY, 0)
                self.nearby, self.nearby_offset = (pending + data)[begin : offset - known + NEARBY], known + begin
                self._blame(MESSAGE_NOT_UTF8.at(offset, _shown(data, offset - start)))
                return data
        if self.keeps:
            self._chunks.append(data)
        return data

    def _blame(self, fault: Deviation) -> None:
        if self.fault is None:
            self.fault = fault


def _shown(data: bytes, place: int) -> str:
    """Name the byte at fault; it may lie in a chunk before this one."""
    return f"byte 0x{data[place]:02X}" if 0 <= place < len(data) else "a character cut between two reads"
