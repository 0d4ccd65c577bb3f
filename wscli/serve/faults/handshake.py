"""Faults of the 101 itself: headers missing, wrong, or too many."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable

from wscli.serve.faults.fault import Answer, Fault, Plan, fixed
from wscli.serve.shaping import Coder, Shape
from wscli.wire.accept import accept_for
from wscli.wire.head import RequestHead

AREA = "handshake"


# --- Changes to the bytes of the answer ------------------------------------------------------------------------------
def _lines(raw: bytes) -> list[bytes]:
    return raw.removesuffix(b"\r\n\r\n").split(b"\r\n")


def _joined(lines: list[bytes]) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _is_named(line: bytes, name: str) -> bool:
    return line.partition(b":")[0].lower() == name.lower().encode()


def without(*names: str) -> Answer:
    """Return the answer without these fields."""
    return lambda _request, raw: _joined(
        [line for line in _lines(raw) if not any(_is_named(line, name) for name in names)]
    )


def having(name: str, value: str) -> Answer:
    """Return the answer with this field, in place of those of the same name."""
    strip = without(name)
    line = f"{name}: {value}".encode()
    return lambda request, raw: _joined([*_lines(strip(request, raw)), line])


def adding(line: bytes) -> Answer:
    """Return the answer with one more line."""
    return lambda _request, raw: _joined([*_lines(raw), line])


def starting(line: bytes) -> Answer:
    """Return the answer with another first line."""
    return lambda _request, raw: _joined([line, *_lines(raw)[1:]])


def _replacing(old: bytes, new: bytes) -> Answer:
    return lambda _request, raw: raw.replace(old, new)


def _accept(make: Callable[[str], str]) -> Answer:
    def answer(request: RequestHead, raw: bytes) -> bytes:
        key = request.fields.get("Sec-WebSocket-Key") or ""
        return having("Sec-WebSocket-Accept", make(key))(request, raw)

    return answer


# --- Wrong accept values, as they were seen --------------------------------------------------------------------------
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _without_guid(key: str) -> str:
    return b64encode(_sha1(key.encode())).decode()


def _hexadecimal(key: str) -> str:
    return b64encode(_sha1(key.encode() + _GUID).hex().encode()).decode()


def _decoded_key(key: str) -> str:
    try:
        raw = b64decode(key)
    except Base64Error:
        raw = b""
    return b64encode(_sha1(raw + _GUID)).decode()


def _other_key(_key: str) -> str:
    return accept_for("dGhlIHNhbXBsZSBub25jZQ==")


def _space_behind_key(key: str) -> str:
    return b64encode(_sha1(key.encode() + b" " + _GUID)).decode()


class _PreviousKey:
    """Fits the accept value to the key of the connection before; to the one of the RFC's example at first."""

    def __init__(self) -> None:
        self._key = "dGhlIHNhbXBsZSBub25jZQ=="

    def __call__(self, key: str) -> str:
        previous, self._key = self._key, key
        return accept_for(previous)


# --- Wrapped streams -------------------------------------------------------------------------------------------------
def _chunks() -> Coder:
    return lambda data: b"%x\r\n%b\r\n" % (len(data), data)


def _gzip() -> Coder:
    compressor = zlib.compressobj(wbits=31)
    return lambda data: compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)


def _changed(name: str, summary: str, answer: Answer) -> Fault:
    return Fault(name, AREA, summary, fixed(Plan(answer=answer)))


def _behind(name: str, vendor: str, *fields: tuple[str, str]) -> Fault:
    def answer(request: RequestHead, raw: bytes) -> bytes:
        for field, value in fields:
            raw = having(field, value)(request, raw)
        return raw

    return _changed(f"behind-{name}", f"the header fields of {vendor}, which is legal", answer)


def _cookies(value: float) -> Plan:
    lines = [f"Set-Cookie: session-{number}={'x' * 100}; Path=/".encode() for number in range(int(value))]
    return Plan(answer=lambda _request, raw: _joined([*_lines(raw), *lines]))


def _large_head(value: float) -> Plan:
    return Plan(answer=adding(b"X-Padding: " + b"x" * int(value)))


def _offered_subprotocol(request: RequestHead, raw: bytes) -> bytes:
    """Answer with the first subprotocol in another case: names are compared as they are."""
    first = (request.fields.joined("Sec-WebSocket-Protocol") or "chat").partition(",")[0].strip()
    return having("Sec-WebSocket-Protocol", first.swapcase())(request, raw)


_EXTENSIONS = "Sec-WebSocket-Extensions"

FAULTS: tuple[Fault, ...] = (
    _changed("accept-missing", "no Sec-WebSocket-Accept", without("Sec-WebSocket-Accept")),
    _changed("accept-no-guid", "the accept value is made without the GUID", _accept(_without_guid)),
    _changed("accept-hex", "the accept value is made of the digest in hexadecimal", _accept(_hexadecimal)),
    _changed("accept-decoded-key", "the accept value is made of the decoded key", _accept(_decoded_key)),
    _changed("accept-other-key", "the accept value fits another key", _accept(_other_key)),
    Fault("accept-previous-key", AREA, "the accept value fits the key of the connection before",
          lambda _value: Plan(answer=_accept(_PreviousKey()))),  # each plan remembers for itself
    _changed("accept-space", "the accept value is made of the key and a space", _accept(_space_behind_key)),
    _changed("accept-fixed", "the accept value is no digest at all", having("Sec-WebSocket-Accept", "accepted")),
    _changed("accept-twice", "Sec-WebSocket-Accept stands twice", adding(b"Sec-WebSocket-Accept: twice")),
    _changed("upgrade-missing", "no Upgrade header", without("Upgrade")),
    _changed("upgrade-other", "switches to another protocol", having("Upgrade", "TLS/1.2, HTTP/1.1")),
    _changed("connection-missing", "no Connection header", without("Connection")),
    _changed("connection-close", "Connection does not name Upgrade", having("Connection", "close")),
    _changed("hop-by-hop-missing", "neither Upgrade nor Connection", without("Upgrade", "Connection")),
    _changed("lower-case", "all names in lower case, which is legal",
             lambda _request, raw: _joined([_lines(raw)[0], *(_lowered(line) for line in _lines(raw)[1:])])),
    _changed("odd-case", "`Upgrade: WebSocket`, which is legal", having("Upgrade", "WebSocket")),
    _changed("subprotocol-ignored", "agrees to no subprotocol", without("Sec-WebSocket-Protocol")),
    _changed("subprotocol-other", "answers a subprotocol that was not offered",
             having("Sec-WebSocket-Protocol", "other.example")),
    _changed("subprotocol-empty", "answers an empty subprotocol", adding(b"Sec-WebSocket-Protocol:")),
    _changed("subprotocol-case", "answers the subprotocol in another case", _offered_subprotocol),
    _changed("extension-unknown", "answers an extension that nobody knows", having(_EXTENSIONS, "x-unknown")),
    _changed("extension-not-offered", "agrees to deflate with window bits that were not offered",
             having(_EXTENSIONS, "permessage-deflate; server_max_window_bits=10; client_max_window_bits=7")),
    _changed("extension-window-bits", "agrees to deflate with window bits that do not exist",
             having(_EXTENSIONS, "permessage-deflate; server_max_window_bits=99")),
    _changed("extension-parameter", "agrees to deflate with an unknown parameter",
             having(_EXTENSIONS, "permessage-deflate; no_such_parameter")),
    _changed("extension-malformed", "an extension that cannot be read", having(_EXTENSIONS, "permessage-deflate;;=,")),
    _changed("content-length", "`Content-Length: 0` on the 101", adding(b"Content-Length: 0")),
    Fault("chunked", AREA, "`Transfer-Encoding: chunked`, and frames come in chunks",
          fixed(Plan(answer=adding(b"Transfer-Encoding: chunked"), shape=Shape(make_coder=_chunks)))),
    Fault("gzip", AREA, "`Content-Encoding: gzip`, and frames come compressed",
          fixed(Plan(answer=adding(b"Content-Encoding: gzip"), shape=Shape(make_coder=_gzip)))),
    _changed("http-1.0", "an HTTP/1.0 status line", starting(b"HTTP/1.0 101 Switching Protocols")),
    _changed("no-reason", "a status line without a reason, space included", starting(b"HTTP/1.1 101")),
    _changed("empty-reason", "a status line with an empty reason, which is legal", starting(b"HTTP/1.1 101 ")),
    _changed("line-feeds", "lines that end with LF alone", _replacing(b"\r\n", b"\n")),
    _changed("folded", "a field folded over two lines", adding(b"X-Folded: one\r\n two")),
    _changed("no-colon", "a field without a colon", adding(b"what is this")),
    _changed("control-characters", "a terminal escape and a NUL in a field", adding(b"X-Odd: \x1b[31mred\x1b[0m \0")),
    _changed("early-hints", "a 103 before the 101",
             lambda _request, raw: b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + raw),
    _changed("glued", "a message in one piece with the 101, which is legal",
             lambda _request, raw: raw + b"\x81\x05Hello"),
    _behind("nginx", "nginx", ("Server", "nginx/1.22.1")),
    _behind("cloudflare", "Cloudflare", ("Server", "cloudflare"), ("CF-RAY", "8f0000000000000-FRA"),
            ("CF-Cache-Status", "DYNAMIC")),
    _behind("amazon", "Amazon's API Gateway", ("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000"),
            ("x-amz-apigw-id", "AAAAAAAAAAAAAAA=")),
    Fault("cookies", AREA, "so many cookies", _cookies, "COUNT", 100),
    Fault("large-head", AREA, "a header field of this size", _large_head, "BYTES", 100_000),
)  # fmt: skip


def _lowered(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    return name.lower() + colon + value
