"""Bodies of HTTP answers, as far as a refusal needs them: length, chunks or until close, and bounded (RFC 9112 §6.3)."""

from __future__ import annotations

import zlib

from wscli.wire.deviations import BODY_CUT, CHUNK_MALFORMED, CONTENT_LENGTH_INVALID, Deviation
from wscli.wire.grammar import has_token
from wscli.wire.head import Fields

_NO_BODY = (204, 304)
_MAX_SIZE_LINE = 4096


class BodyDecoder:
    """Removes the transfer coding from a body; keeps at most `limit` bytes and never raises."""

    def __init__(self, fields: Fields, status: int, limit: int, method: str = "GET") -> None:
        self.is_complete = False
        """Whether the body's end was seen; one that ends with the stream is complete when `finish` says so."""
        self.dropped = 0
        """Bytes beyond the limit, which were not kept."""
        self.rest = b""
        """What followed the body."""
        self._limit = limit
        self._kept = 0
        self._found: list[Deviation] = []
        self._buffer = b""
        self._remaining: int | None = None
        """Bytes to the end of the body or of the current chunk; None where the end of the stream ends it."""
        self._is_chunked = has_token(fields.all("Transfer-Encoding"), "chunked")
        self._in_trailer = False
        self._needs_line_end = False
        if status < 200 or status in _NO_BODY or method == "HEAD":
            self._is_chunked = False
            self._remaining = 0
        elif not self._is_chunked:
            self._remaining = self._content_length(fields)
        self.is_complete = self._remaining == 0

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """What was wrong with the body so far."""
        return tuple(self._found)

    def _content_length(self, fields: Fields) -> int | None:
        values = {value.strip() for line in fields.all("Content-Length") for value in line.split(",")}
        if not values:
            return None
        value = values.pop()
        if values or not value.isascii() or not value.isdigit() or len(value) > 18:
            self._found.append(CONTENT_LENGTH_INVALID.at(detail=fields.joined("Content-Length") or ""))
            return None
        return int(value)

    def feed(self, data: bytes) -> bytes:
        """Return the body bytes that the data brought, without coding, within the limit."""
        if self.is_complete:
            self.rest += data
            return b""
        if self._is_chunked:
            return self._keep(self._feed_chunks(data))
        if self._remaining is None:
            return self._keep(data)
        body, after = data[: self._remaining], data[self._remaining :]
        self._remaining -= len(body)
        if self._remaining == 0:
            self.is_complete, self.rest = True, after
        return self._keep(body)

    def finish(self) -> None:
        """The stream ended: complete if that is how this body ends."""
        if self.is_complete:
            return
        if self._remaining is None and not self._is_chunked:
            self.is_complete = True
        else:
            self._found.append(BODY_CUT.at())

    def _keep(self, data: bytes) -> bytes:
        kept = data[: max(0, self._limit - self._kept)]
        self._kept += len(kept)
        self.dropped += len(data) - len(kept)
        return kept

    def _feed_chunks(self, data: bytes) -> bytes:
        self._buffer += data
        body = b""
        while not self.is_complete and self._is_chunked:
            if self._remaining:
                piece = self._buffer[: self._remaining]
                body += piece
                self._buffer = self._buffer[len(piece) :]
                self._remaining -= len(piece)
                self._needs_line_end = True
                if self._remaining:
                    break
            elif not self._next_line():
                break
        if not self._is_chunked:  # it turned out to be no chunked body: the rest is taken as it is
            body += self._buffer
            self._buffer = b""
        return body

    def _next_line(self) -> bool:
        """Take one line of the chunked coding; returns whether there was one."""
        line, newline, after = self._buffer.partition(b"\n")
        if not newline:
            if len(line) > _MAX_SIZE_LINE:
                self._malformed(line)
            return False
        line = line.removesuffix(b"\r")
        if self._in_trailer:
            self._buffer = after
            if not line:
                self.is_complete, self.rest, self._buffer = True, after, b""
            return True
        if self._needs_line_end:
            self._needs_line_end = False
            if line:
                self._malformed(line)
                return False
            self._buffer = after
            return True
        size = line.split(b";", 1)[0].strip()
        # RFC 9112 §7.1: hexadecimal digits only; int() alone would also take signs, spaces and underscores.
        if not size or size.strip(b"0123456789abcdefABCDEF") or len(size) > 15:
            self._malformed(line)
            return False
        self._buffer = after
        self._remaining = int(size, 16)
        self._in_trailer = self._remaining == 0
        return True

    def _malformed(self, line: bytes) -> None:
        self._found.append(CHUNK_MALFORMED.at(detail=repr(line[:40])[2:-1]))
        self._is_chunked = False
        self._remaining = None


def decode_text(body: bytes, content_type: str | None) -> str:
    """Return a body as text by the charset of its Content-Type, UTF-8 otherwise; undecodable bytes as `\\xff`."""
    charset = "utf-8"
    for parameter in (content_type or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"')
    try:
        return body.decode(charset, "backslashreplace")
    except (LookupError, ValueError, UnicodeError):
        return body.decode("utf-8", "backslashreplace")


def decode_content(body: bytes, content_encoding: str | None, limit: int) -> bytes:
    """Return a body without gzip or deflate coding, at most `limit` bytes of it; the body itself where that fails."""
    coding = (content_encoding or "").strip().lower()
    if coding in ("gzip", "x-gzip"):
        bits = 31
    elif coding == "deflate":
        bits = 47  # zlib or gzip, told by the header
    else:
        return body
    try:
        return zlib.decompressobj(bits).decompress(body, limit)
    except zlib.error:
        return body
