"""HTTP/1.1 heads, read tolerantly: bytes, order and case are kept, what is wrong is noted, nothing raises (RFC 9112).

A head is the start line and the fields up to the first empty line. Lines end with CRLF; LF alone is taken too. `raw` is
exactly what was consumed, empty lines before the start line included; offsets of deviations count from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from wscli.errors import UsageProblem
from wscli.values import Value
from wscli.wire.deviations import (
    FIELD_FOLDED,
    FIELD_NAME_EMPTY,
    FIELD_NAME_INVALID,
    FIELD_NO_COLON,
    FIELD_SPACE_BEFORE_COLON,
    HEAD_BARE_CARRIAGE_RETURN,
    HEAD_CONTROL_CHARACTER,
    HEAD_CUT,
    HEAD_LEADING_EMPTY_LINE,
    HEAD_LINE_FEED_ONLY,
    HEAD_NOT_ASCII,
    HEAD_NOT_HTTP,
    HEAD_NUL,
    HEAD_TOO_LARGE,
    HTTP_VERSION_MALFORMED,
    NONE,
    REASON_MISSING,
    REASON_SPACE_MISSING,
    REQUEST_LINE_MALFORMED,
    STATUS_CODE_UNKNOWN_CLASS,
    STATUS_LINE_MALFORMED,
    Deviation,
    Deviations,
)
from wscli.wire.grammar import TOKEN_CHARACTERS, WHITE_SPACE, is_token

DEFAULT_LIMIT = 65536
_TOKEN_BYTES = frozenset(map(ord, TOKEN_CHARACTERS))
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\0\t\n\r") + b"\x7f"


class Field(Value):
    """One header field as it stood."""

    name: str
    """Latin-1, case as on the wire."""
    value: str
    """Latin-1, white space around it removed; a folded one joined with single spaces."""
    raw: bytes
    """The whole line or lines, line ends included."""
    offset: int
    deviations: Deviations = NONE


class Fields(Value):
    """The fields of a head, in order; names are compared without case."""

    items: tuple[Field, ...] = ()

    def __iter__(self) -> Iterator[Field]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(field.name.lower() == name.lower() for field in self.items)

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of every field of that name."""
        wanted = name.lower()
        return tuple(field.value for field in self.items if field.name.lower() == wanted)

    def get(self, name: str) -> str | None:
        """Return the value of the first field of that name, None where there is none."""
        return next(iter(self.all(name)), None)

    def joined(self, name: str) -> str | None:
        """Return the values of that name as one comma-separated list (RFC 9110 §5.3), None where there is none."""
        values = self.all(name)
        return ", ".join(values) if values else None


class RequestHead(Value):
    """A request's head."""

    raw: bytes
    method: str
    target: str
    version: str
    """As `HTTP/1.1`."""
    fields: Fields = Fields()
    deviations: Deviations = NONE

    @property
    def local_target(self) -> str:
        """The target without scheme and authority, where it came in absolute form (RFC 9112 §3.2.2)."""
        scheme, mark, rest = self.target.partition("://")
        if not mark or "/" in scheme or "?" in scheme:
            return self.target
        begin = min((place for place in map(rest.find, "/?") if place >= 0), default=len(rest))
        return rest[begin:] if rest[begin:].startswith("/") else f"/{rest[begin:]}"

    @property
    def all_deviations(self) -> Deviations:
        """Its own deviations, then those of its fields."""
        return _all_deviations(self.deviations, self.fields)


class ResponseHead(Value):
    """A response's head."""

    raw: bytes
    version: str
    status: int
    """0 where it cannot be read."""
    reason: str
    fields: Fields = Fields()
    deviations: Deviations = NONE

    @property
    def all_deviations(self) -> Deviations:
        """Its own deviations, then those of its fields."""
        return _all_deviations(self.deviations, self.fields)


def _all_deviations(own: Deviations, fields: Fields) -> Deviations:
    found = list(own)
    for field in fields:
        for deviation in field.deviations:
            place = None if deviation.offset is None else field.offset + deviation.offset
            found.append(deviation.replace(offset=place))
    return tuple(found)


_Head = TypeVar("_Head", RequestHead, ResponseHead)


class _HeadDecoder(Generic[_Head]):
    """Collects bytes until a head is whole; the two kinds differ in how they read the start line."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._line_begin = 0
        """Where the line begins that is not whole yet; everything before was looked at."""
        self._searched = 0
        """Up to where a line end was looked for."""
        self._has_start_line = False
        self._is_done = False
        self.rest = b""
        """What followed the head, once there is one."""

    @property
    def pending(self) -> bytes:
        """What has come so far while there is no head."""
        return b"" if self._is_done else bytes(self._buffer)

    def feed(self, data: bytes) -> _Head | None:
        """Return the head once it is whole, or as soon as it is clear that there will be none; None before and after.

        What comes after the head is added to `rest`.
        """
        if self._is_done:
            self.rest += data
            return None
        self._buffer += data
        end = self._find_end()
        # Judged in the order in which single bytes would bring it up, so that any chopping comes to the same head.
        seen = min(len(self._buffer) if end is None else end, self._limit + 1)
        if self._is_no_http(seen):
            return self._no_http()
        if seen > self._limit:
            note = HEAD_TOO_LARGE.at(self._limit, f"more than {self._limit} bytes")
            return self._finish(self._limit, (note,))
        return None if end is None else self._finish(end, NONE)

    def finish(self) -> _Head | None:
        """Return at the end of the stream what there is as a head, noted as cut; None where nothing came."""
        if self._is_done or not self._buffer:
            return None
        if not self._has_start_line and self._is_no_http(len(self._buffer), is_end=True):
            return self._no_http()
        return self._finish(len(self._buffer), (HEAD_CUT.at(len(self._buffer)),))

    def _find_end(self) -> int | None:
        """Return the place behind the empty line that ends the head; goes on where the last call stopped."""
        buffer = self._buffer
        while (line_end := buffer.find(b"\n", self._searched)) >= 0:
            line = buffer[self._line_begin : line_end]
            self._line_begin = self._searched = line_end + 1
            is_empty = line in (b"", b"\r")
            if is_empty and self._has_start_line:
                return line_end + 1
            self._has_start_line = self._has_start_line or not is_empty
        self._searched = len(buffer)
        return None

    def _finish(self, end: int, notes: Deviations) -> _Head:
        self._is_done = True
        raw, self.rest = bytes(self._buffer[:end]), bytes(self._buffer[end:])
        return self._decode(raw, notes)

    def _no_http(self) -> _Head:
        self._is_done = True
        self.rest = bytes(self._buffer)
        return self._decode(b"", (HEAD_NOT_HTTP.at(0, _shown(self.rest)),))

    def _is_no_http(self, seen: int, *, is_end: bool = False) -> bool:
        raise NotImplementedError

    def _decode(self, raw: bytes, notes: Deviations) -> _Head:
        raise NotImplementedError


class ResponseDecoder(_HeadDecoder[ResponseHead]):
    """Decodes the head of a response."""

    def _is_no_http(self, seen: int, *, is_end: bool = False) -> bool:
        """Whether the bytes cannot be the beginning of `HTTP/`, empty lines before it and case aside."""
        begin = bytes(self._buffer[: min(seen, 64)]).lstrip(b"\r\n")[:5].upper()
        return not b"HTTP/".startswith(begin) or (is_end and begin != b"HTTP/")

    def _decode(self, raw: bytes, notes: Deviations) -> ResponseHead:
        start, fields, found = _decode_lines(raw)
        if start is None:
            return ResponseHead(raw, "", 0, "", fields, notes)
        line, offset = start
        version, status, reason, wrong = _decode_status_line(line, offset)
        return ResponseHead(raw, version, status, reason, fields, found + wrong + notes)


class RequestDecoder(_HeadDecoder[RequestHead]):
    """Decodes the head of a request."""

    def _is_no_http(self, seen: int, *, is_end: bool = False) -> bool:
        """Whether the first line cannot be a request line: no token to begin with, or no space after it."""
        begin = bytes(self._buffer[: min(seen, 4096)]).lstrip(b"\r\n")
        if begin[:1] and begin[0] not in _TOKEN_BYTES:
            return True
        line, newline, _ = begin.partition(b"\n")
        method = line.split(b" ", 1)[0]
        return bool(newline or is_end) and not (b" " in line and is_token(method.decode("latin-1")))

    def _decode(self, raw: bytes, notes: Deviations) -> RequestHead:
        start, fields, found = _decode_lines(raw)
        if start is None:
            return RequestHead(raw, "", "", "", fields, notes)
        line, offset = start
        parts = line.split(" ")
        wrong: list[Deviation] = []
        if len(parts) != 3 or not is_token(parts[0]) or not parts[1]:
            wrong.append(REQUEST_LINE_MALFORMED.at(offset, line))
        method, target, version = parts[0], " ".join(parts[1:-1]) or (parts[1] if len(parts) == 2 else ""), parts[-1]
        if len(parts) < 3:
            version = ""
        elif not _is_version(version):
            wrong.append(HTTP_VERSION_MALFORMED.at(offset, version))
        return RequestHead(raw, method, target, version, fields, found + tuple(wrong) + notes)


def _is_version(text: str) -> bool:
    # RFC 9112 §2.3: case-sensitive, one digit each.
    is_form = len(text) == 8 and text.startswith("HTTP/") and text[6] == "."
    return is_form and text.isascii() and text[5].isdigit() and text[7].isdigit()


def _decode_status_line(line: str, offset: int) -> tuple[str, int, str, Deviations]:
    """Return version, status and reason of a status line, and what is wrong with it (RFC 9112 §4)."""
    found: list[Deviation] = []
    version, space, rest = line.partition(" ")
    if not _is_version(version):
        found.append(HTTP_VERSION_MALFORMED.at(offset, version))
    after = rest.lstrip(" ")
    code, reason_space, reason = after.partition(" ")
    if not space or not code.isascii() or not code.isdigit() or len(code) > 9:
        found.append(STATUS_LINE_MALFORMED.at(offset, line))
        return version, 0, rest, tuple(found)
    if len(code) != 3 or rest.startswith(" "):
        found.append(STATUS_LINE_MALFORMED.at(offset, line))
    if not 100 <= int(code) <= 599:
        found.append(STATUS_CODE_UNKNOWN_CLASS.at(offset + len(line) - len(after), code))
    if not reason_space:
        found.append(REASON_SPACE_MISSING.at(offset + len(line)))
    elif not reason:
        # §4: the reason phrase may be empty, its space may not be missing; some clients refuse both.
        found.append(REASON_MISSING.at(offset + len(line)))
    return version, int(code), reason, tuple(found)


def _decode_lines(raw: bytes) -> tuple[tuple[str, int] | None, Fields, Deviations]:
    """Return the start line with its offset, the fields, and the deviations of everything but the fields."""
    start: tuple[str, int] | None = None
    found: list[Deviation] = []
    fields: list[Field] = []
    offset = 0
    for lines in _fold(_lines(raw)):
        text = _text(lines[0])
        if text and start is not None:
            fields.append(_decode_field(lines, offset))
        elif text:
            start = (text.decode("latin-1"), offset)
            found += _judge_line(lines[0], offset)
        elif start is None:
            found.append(HEAD_LEADING_EMPTY_LINE.at(offset))
        elif lines[0] == b"\n":
            found.append(HEAD_LINE_FEED_ONLY.at(offset))
        offset += sum(map(len, lines))
    return start, Fields(tuple(fields)), tuple(found)


def _lines(raw: bytes) -> list[bytes]:
    """Cut at LF only, line ends kept (bytes.splitlines cuts at a bare CR too)."""
    parts = raw.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _text(line: bytes) -> bytes:
    """Return a line without its end, or without the half of it that came before the stream ended."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _fold(lines: list[bytes]) -> Iterator[list[bytes]]:
    """Yield each line together with those that continue it (RFC 9112 §5.2: obs-fold); only field lines are continued.

    A field is decoded once all its lines are known: grown line by line, 64 KiB of folds would take 12 seconds.
    """
    group: list[bytes] = []
    count = 0
    """Lines with text that began before this group: one, the start line, cannot be continued."""
    for line in lines:
        if group and count > 1 and line[:1] in (b" ", b"\t"):
            group.append(line)
            continue
        if group:
            yield group
        group = [line]
        count += bool(_text(line))
    if group:
        yield group


def _judge_line(line: bytes, offset: int) -> Deviations:
    """Return what is wrong with the characters and the end of a line; offsets count from the given one."""
    found: list[Deviation] = []
    text = line[:-1] if line.endswith(b"\n") else line
    if text.endswith(b"\r"):
        text = text[:-1]
    elif line.endswith(b"\n"):
        found.append(HEAD_LINE_FEED_ONLY.at(offset + len(text)))
    if text.isascii() and text.decode("ascii").isprintable():
        return tuple(found)
    if b"\r" in text:
        found.append(HEAD_BARE_CARRIAGE_RETURN.at(offset + text.index(b"\r")))
    if b"\0" in text:
        found.append(HEAD_NUL.at(offset + text.index(b"\0")))
    control = next((place for place, byte in enumerate(text) if byte in _CONTROLS), None)
    if control is not None:
        found.append(HEAD_CONTROL_CHARACTER.at(offset + control, f"0x{text[control]:02X}"))
    if not text.isascii():
        found.append(HEAD_NOT_ASCII.at(offset + next(place for place, byte in enumerate(text) if byte > 127)))
    return tuple(found)


def _decode_field(lines: list[bytes], offset: int) -> Field:
    """Return the field of a line and of those that continue it; offsets of its deviations count from its beginning."""
    name, colon, value = _text(lines[0]).decode("latin-1").partition(":")
    found = [*_judge_line(lines[0], 0), *_judge_name(name, has_colon=bool(colon))]
    values = [value.strip(WHITE_SPACE)]
    place = len(lines[0])
    for line in lines[1:]:
        found += [FIELD_FOLDED.at(place), *_judge_line(line, place)]
        values.append(_text(line).decode("latin-1").strip(WHITE_SPACE))
        place += len(line)
    # RFC 9112 §5.2: a recipient reads a fold as one space.
    folded = " ".join(values).strip(WHITE_SPACE)
    return Field(name.strip(WHITE_SPACE), folded, b"".join(lines), offset, tuple(found))


def _judge_name(name: str, *, has_colon: bool) -> Deviations:
    if not has_colon:
        return (FIELD_NO_COLON.at(0, name),)
    found: list[Deviation] = []
    bare = name.rstrip(WHITE_SPACE)
    if bare != name:
        found.append(FIELD_SPACE_BEFORE_COLON.at(len(bare)))
    if not bare:
        found.append(FIELD_NAME_EMPTY.at(0))
    elif not is_token(bare):
        # RFC 9112 §2.2: white space before the first field is no fold, and no part of a name.
        found.append(FIELD_NAME_INVALID.at(0, name))
    return tuple(found)


def _shown(data: bytes) -> str:
    """Return the first bytes of something that is no HTTP, readable."""
    return repr(data[:32])[2:-1]


# --- Encoding --------------------------------------------------------------------------------------------------------
def _encode_part(part: str, subject: str) -> bytes:
    if any(character in part for character in "\r\n\0"):
        hint = "a line break would begin a new header; send raw bytes with --frame or /raw where that is the point"
        raise UsageProblem("header/line-break", subject, part, "it holds a line break or NUL", hint=hint)
    try:
        return part.encode("latin-1")
    except UnicodeEncodeError:
        pass
    try:
        return part.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte of the command line: written as it is
        return part.encode("utf-8", "surrogatepass")


def _encode_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    lines = [_encode_part(f"{name}: {value}" if value else f"{name}:", "header") for name, value in fields]
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def encode_request(method: str, target: str, fields: Iterable[tuple[str, str]], version: str = "HTTP/1.1") -> bytes:
    """Return a request's head as asked for; UsageProblem where a part would break its line."""
    return _encode_part(f"{method} {target} {version}", "request line") + b"\r\n" + _encode_fields(fields)


def encode_response(status: int, reason: str, fields: Iterable[tuple[str, str]], version: str = "HTTP/1.1") -> bytes:
    """Return a response's head as asked for; UsageProblem where a part would break its line."""
    return _encode_part(f"{version} {status} {reason}", "status line") + b"\r\n" + _encode_fields(fields)
