"""permessage-deflate: the compression of payloads (RFC 7692 §7.2); who agrees to what is `protocol`'s matter.

Both directions are raw DEFLATE streams that are flushed after each message, the flush marker 00 00 FF FF cut off. With
context takeover the window lives on from message to message; without it each message begins anew.

Three corners. A sender may end a message with a final block (§7.2.3.5): the decompressor then counts as finished and a
new one has to go on, with the window so far as its dictionary. zlib cannot compress with a window of 2^8; it takes 2^9,
which a peer that agreed to 8 bits could not inflate, so back references are kept out altogether there. And a few bytes
can inflate to gigabytes, so inflating is always bounded.
"""

from __future__ import annotations

import zlib

from wscli.values import Value
from wscli.wire.deviations import DEFLATE_CUT, DEFLATE_INVALID, Deviation

TAIL = b"\x00\x00\xff\xff"
"""What every flushed message ends with, and what is not sent (§7.2.1)."""
EMPTY = b"\x00"
"""The payload of an empty compressed message (§7.2.3.6)."""
WINDOW = 32768
_PIECE = 65536
"""How much is inflated at a time where a limit could be passed."""


class DeflateParameters(Value):
    """What both sides agreed to (RFC 7692 §7.1)."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15


class Inflater:
    """Inflates one side's messages, one after the other."""

    def __init__(self, window_bits: int, takeover: bool, limit: int | None = None) -> None:  # noqa: FBT001  # a pair with the bits
        self._window_bits = window_bits
        self._takeover = takeover
        self._limit = limit
        self._decompressor = zlib.decompressobj(-window_bits)
        self._recent: list[bytes] = []
        """The latest output, at least a window of it, for a new decompressor after a final block."""
        self._recent_size = 0
        self._is_begun = False
        self.deviation: Deviation | None = None
        """What was wrong with the current message; None so far."""
        self.exceeded = False
        """Whether the current message inflates past the limit; the rest of it is not inflated."""
        self.plain_size = 0
        """Bytes the current message has inflated to."""
        self.wire_size = 0
        """Compressed bytes of the current message."""

    def feed(self, data: bytes) -> bytes:
        """Return what the next part of the current message inflates to."""
        if not self._is_begun:
            self._begin()
        self.wire_size += len(data)
        return self._inflate(data)

    def finish(self) -> bytes:
        """End the message; returns what its last bytes still inflate to."""
        if not self._is_begun:
            self._begin()
        self._is_begun = False
        # After a final block there is nothing that the marker could complete. Nor is there in a message without a byte:
        # the marker alone is half a block, and would swallow the beginning of the next message.
        rest = b"" if self._decompressor.eof or not self.wire_size else self._inflate(TAIL)
        if self.deviation is None and not self.plain_size and self.wire_size and not self._is_at_block_end():
            self.deviation = DEFLATE_CUT.at(self.wire_size)
        if not self._takeover or self.deviation is not None or self.exceeded:
            self._recent, self._recent_size = [], 0
            self._renew()
        return rest

    def _begin(self) -> None:
        self._is_begun = True
        self.deviation = None
        self.exceeded = False
        self.plain_size = self.wire_size = 0

    def _inflate(self, data: bytes) -> bytes:
        pieces: list[bytes] = []
        while data and self.deviation is None and not self.exceeded:
            if self._decompressor.eof:
                self._renew()
            room = 0 if self._limit is None else self._limit - self.plain_size + 1
            try:
                piece = self._decompressor.decompress(data, min(room, _PIECE) if room else 0)
            except zlib.error as error:
                # zlib does not say at which byte; the end of this part would be an accident of the reads.
                self.deviation = DEFLATE_INVALID.at(None, str(error))
                break
            self._note(piece)
            pieces.append(piece)
            rest = self._decompressor.unconsumed_tail or self._decompressor.unused_data
            if not piece and len(rest) == len(data) and not self._decompressor.eof:
                break
            data = rest
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _note(self, piece: bytes) -> None:
        self.plain_size += len(piece)
        if self._limit is not None and self.plain_size > self._limit:
            self.exceeded = True
        self._recent.append(piece)
        self._recent_size += len(piece)
        if self._recent_size > 4 * WINDOW:  # joined rarely, so that keeping the window costs next to nothing
            self._recent = [b"".join(self._recent)[-WINDOW:]]
            self._recent_size = WINDOW

    def _renew(self) -> None:
        """Go on with a new decompressor that knows the window so far."""
        window = b"".join(self._recent)[-(1 << self._window_bits) :]
        self._decompressor = (
            zlib.decompressobj(-self._window_bits, zdict=window) if window else zlib.decompressobj(-self._window_bits)
        )

    def _is_at_block_end(self) -> bool:
        """Whether the flush marker was taken as the empty block that it is, and nothing is half done.

        Costs ten times what inflating a small message does, so it is asked only where bytes came and no content did.
        """
        if self._decompressor.eof:
            return True
        try:
            return self._decompressor.copy().decompress(TAIL) == b""
        except zlib.error:
            return False


class Deflater:
    """Deflates one side's messages, one after the other."""

    def __init__(self, window_bits: int, takeover: bool, level: int = -1, memory_level: int = 8) -> None:  # noqa: FBT001  # a pair with the bits
        self._window_bits = max(window_bits, 9)
        self._is_narrow = window_bits < 9
        self._takeover = takeover
        self._level = level
        self._memory_level = memory_level
        self._compressor = self._new()

    def deflate(self, data: bytes) -> bytes:
        """Return the compressed payload of one whole message."""
        if not data:
            return EMPTY
        compressed = self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        if not self._takeover:
            self._compressor = self._new()
        return compressed[: -len(TAIL)]

    def _new(self) -> zlib._Compress:
        strategy = zlib.Z_HUFFMAN_ONLY if self._is_narrow else zlib.Z_DEFAULT_STRATEGY
        return zlib.compressobj(self._level, zlib.DEFLATED, -self._window_bits, self._memory_level, strategy)


def try_inflate(payload: bytes, limit: int) -> bytes | None:
    """Return what a payload inflates to by itself, up to the limit; None where it is no DEFLATE data."""
    inflater = Inflater(15, takeover=False, limit=limit)
    plain = inflater.feed(payload) + inflater.finish()
    return None if inflater.deviation is not None else plain[:limit]
