"""Bodies of HTTP messages: length, chunks or until close, and bounded (RFC 9112 §6.3)."""

from __future__ import annotations

import zlib
from codecs import lookup

from wscli.wire.deviations import BODY_CUT, CHUNK_MALFORMED, CONTENT_LENGTH_INVALID, Deviation
from wscli.wire.grammar import WHITE_SPACE
from wscli.wire.head import Fields

_MAX_SIZE_LINE = 4096
_HEXADECIMAL = b"0123456789abcdefABCDEF"
_NO_CHARSETS = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")
"""Python's own codecs, no charsets: a peer does not get to choose them."""

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (47, -15)}
"""The window bits that zlib takes for a coding; 47 is zlib or gzip, told by the header.

RFC 9110 §8.4.1.2 means zlib by `deflate`, and says that some send it without that header: -15.
"""


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
        self._line_offset = 0
        """Where the buffer begins, in bytes of the body as it came; kept for the chunked coding."""
        self._remaining: int | None = None
        """Bytes to the end of the body or of the current chunk; None where the end of the stream ends it."""
        codings = fields.joined("Transfer-Encoding")
        self._is_chunked = _last(codings or "") == "chunked"
        self._in_trailer = False
        self._needs_line_end = False
        if _has_no_body(status, method):
            self._is_chunked = False
            self._remaining = 0
        elif codings is None:
            # RFC 9112 §6.3 item 3, 4: Transfer-Encoding overrides Content-Length; where chunks are not its last coding,
            # the end of the stream ends the body.
            self._remaining = self._content_length(fields)
        self.is_complete = self._remaining == 0

    @classmethod
    def of_request(cls, fields: Fields, limit: int) -> BodyDecoder:
        """Return the decoder of a request's body, which the end of the stream never ends (RFC 9112 §6.3 item 7)."""
        decoder = cls(fields, 200, limit)
        if decoder._remaining is None and not decoder._is_chunked:
            decoder._remaining, decoder.is_complete = 0, True
        return decoder

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
                self._take(len(piece))
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
        """Take one line of the chunked coding; returns whether there was one.

        A line is judged before it is whole: where a body is only called chunked, its text is shown as soon as it comes,
        and not lost for want of a line end.
        """
        end = self._buffer.find(b"\n")
        line = self._buffer if end < 0 else self._buffer[:end]
        text = line.removesuffix(b"\r")
        size = text.split(b";", 1)[0].strip(b" \t")
        if len(line) > _MAX_SIZE_LINE:
            is_wrong = True
        elif self._in_trailer:
            is_wrong = False
        elif self._needs_line_end:
            is_wrong = bool(text)
        else:
            # RFC 9112 §7.1: hexadecimal digits only; int() alone would also take signs, spaces and underscores.
            is_wrong = bool(size.strip(_HEXADECIMAL)) or (end >= 0 and not 1 <= len(size) <= 15)
        if is_wrong:
            self._found.append(CHUNK_MALFORMED.at(self._line_offset))
            self._is_chunked = False
            self._remaining = None
        if is_wrong or end < 0:
            return False
        self._take(end + 1)
        if self._in_trailer:
            if not text:
                self.is_complete, self.rest, self._buffer = True, self._buffer, b""
        elif self._needs_line_end:
            self._needs_line_end = False
        else:
            self._remaining = int(size, 16)
            self._in_trailer = self._remaining == 0
        return True

    def _take(self, length: int) -> None:
        self._buffer = self._buffer[length:]
        self._line_offset += length


def _last(elements: str) -> str:
    """Return the last element of a comma-separated list, in lower case; empty ones do not count."""
    return elements.rstrip("," + WHITE_SPACE).rpartition(",")[2].strip(WHITE_SPACE).lower()


def _has_no_body(status: int, method: str) -> bool:
    # RFC 9112 §6.3 item 1, 2
    is_tunnel = method == "CONNECT" and 200 <= status < 300
    return 100 <= status < 200 or status in (204, 304) or method == "HEAD" or is_tunnel


def decode_text(body: bytes, content_type: str | None) -> str:
    """Return a body as text by its byte order mark, the charset of its Content-Type, or as UTF-8.

    Undecodable bytes come as `\\xff`. The text holds no lone surrogates (UTF-7 could bring some): it can be encoded
    again.
    """
    charset = "utf-8"
    for parameter in (content_type or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"')
    mark = next((mark for mark in _BYTE_ORDER_MARKS if body.startswith(mark)), None)
    if mark is not None:
        charset, body = _BYTE_ORDER_MARKS[mark], body[len(mark) :]
    try:
        if lookup(charset).name in _NO_CHARSETS:
            charset = "utf-8"
        text = body.decode(charset, "backslashreplace")
    except (LookupError, ValueError):  # no such charset, one that maps no text, or one that bears no replacements
        return body.decode("utf-8", "backslashreplace")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def decode_content(body: bytes, content_encoding: str | None, limit: int) -> bytes:
    """Return a body without its gzip and deflate codings, at most `limit` bytes of it; as far as that can be done."""
    for coding in reversed(_codings(content_encoding)):
        plain = _without(coding, body, limit)
        if plain is None:
            return body
        body = plain
    return body


def unknown_coding(content_encoding: str | None) -> str | None:
    """Return the coding that stays on a body because nothing here removes it, as `br`; None where there is none."""
    return next((coding for coding in reversed(_codings(content_encoding)) if coding not in _WINDOWS), None)


def _codings(content_encoding: str | None) -> list[str]:
    """Return the codings in the order in which they were applied (RFC 9110 §8.4)."""
    names = [name.strip(WHITE_SPACE).lower() for name in (content_encoding or "").split(",")]
    return [name for name in names if name not in ("", "identity")]


def _without(coding: str, body: bytes, limit: int) -> bytes | None:
    """Return a body without a coding, None where that cannot be done."""
    if limit < 1:
        return b""  # zlib takes 0 for no limit
    for bits in _WINDOWS.get(coding, ()):
        try:
            return zlib.decompressobj(bits).decompress(body, limit)
        except zlib.error:
            continue
    return None
