"""The one catalogue of deviations: facts that bytes differ from what an RFC says.

A decoder keeps what was there and adds `KIND.at(offset, detail)`; it never judges causes, that is `diagnose`'s work.
Codes are stable: recordings, `--json` and manuals name them. The section is that of the RFC that sets the rule.
"""

from __future__ import annotations

from enum import Enum

from wscli.values import Value


class Level(Enum):
    """How much an RFC minds."""

    MUST = "must"
    """A MUST or MUST NOT is broken: a conformant peer fails the connection or refuses the message."""
    SHOULD = "should"
    """A SHOULD is not followed, or a form that only tolerant parsers take."""
    ODD = "odd"
    """Legal, and still worth a look: some peers trip over it."""


class DeviationKind(Value):
    """One row of the catalogue."""

    code: str
    level: Level
    section: str
    sentence: str

    def at(self, offset: int | None = None, detail: str = "") -> Deviation:
        """Return the deviation found at a place: the offset counts from the start of the value that it is about."""
        return Deviation(self, offset, detail)


class Deviation(Value):
    """One fact: this kind of deviation, here."""

    kind: DeviationKind
    offset: int | None = None
    """Bytes from the start of what the deviation is about: a head, a frame, a Close's payload, a message's content, for
    `deflate/…` a message's compressed payload; None where no single byte is to blame."""
    detail: str = ""
    """What exactly was seen; may hold peer text, so escape it before it reaches a terminal."""

    @property
    def is_must(self) -> bool:
        return self.kind.level is Level.MUST


Deviations = tuple[Deviation, ...]
NONE: Deviations = ()

CATALOGUE: dict[str, DeviationKind] = {}
"""Every kind by its code, in the order of this file."""


def _row(code: str, level: Level, section: str, sentence: str) -> DeviationKind:
    assert code not in CATALOGUE, code  # a duplicate code is a slip in this file; the import fails at once
    kind = DeviationKind(code, level, section, sentence)
    CATALOGUE[code] = kind
    return kind


_MUST, _SHOULD, _ODD = Level.MUST, Level.SHOULD, Level.ODD

# fmt: off: a table, one row a line
# --- HTTP heads ------------------------------------------------------------------------------------------------------
HEAD_NOT_HTTP = _row("head/not-http", _MUST, "RFC 9112 4", "the bytes are not an HTTP message")
HEAD_LINE_FEED_ONLY = _row("head/line-feed-only", _SHOULD, "RFC 9112 2.2", "a line ends with LF alone, not CRLF")
HEAD_BARE_CARRIAGE_RETURN = _row(
    "head/bare-carriage-return", _MUST, "RFC 9112 2.2", "a CR stands without LF inside a line"
)
HEAD_LEADING_EMPTY_LINE = _row(
    "head/leading-empty-line", _ODD, "RFC 9112 2.2", "an empty line comes before the start line"
)
HEAD_NUL = _row("head/nul", _MUST, "RFC 9110 5.5", "a NUL byte stands in the head")
HEAD_CONTROL_CHARACTER = _row("head/control-character", _MUST, "RFC 9110 5.5", "a control character stands in the head")
HEAD_NOT_ASCII = _row("head/not-ascii", _ODD, "RFC 9110 5.5", "the head holds bytes above 127 (obs-text)")
HEAD_TOO_LARGE = _row("head/too-large", _MUST, "RFC 9110 5.4", "the head is larger than the limit")
HEAD_CUT = _row("head/cut", _MUST, "RFC 9112 8", "the stream ended inside the head")
STATUS_LINE_MALFORMED = _row(
    "head/status-line-malformed", _MUST, "RFC 9112 4", "the status line does not have its form"
)
STATUS_CODE_UNKNOWN_CLASS = _row(
    "head/status-code-range", _MUST, "RFC 9110 15", "the status code lies outside 100 to 599"
)
REASON_MISSING = _row("head/reason-missing", _ODD, "RFC 9112 4", "the status line has no reason phrase")
REASON_SPACE_MISSING = _row(
    "head/reason-space-missing", _SHOULD, "RFC 9112 4", "the space after the status code is missing"
)
HTTP_VERSION_MALFORMED = _row(
    "head/version-malformed", _MUST, "RFC 9112 2.3", "the HTTP version is not written as HTTP/1.1 is"
)
REQUEST_LINE_MALFORMED = _row(
    "head/request-line-malformed", _MUST, "RFC 9112 3", "the request line does not have its form"
)
FIELD_FOLDED = _row("head/field-folded", _MUST, "RFC 9112 5.2", "a header continues on a folded line (obs-fold)")
FIELD_NO_COLON = _row("head/field-no-colon", _MUST, "RFC 9112 5", "a header line has no colon")
FIELD_NAME_EMPTY = _row("head/field-name-empty", _MUST, "RFC 9110 5.1", "a header has an empty name")
FIELD_NAME_INVALID = _row("head/field-name-invalid", _MUST, "RFC 9110 5.1", "a header name is not a token")
FIELD_SPACE_BEFORE_COLON = _row(
    "head/space-before-colon", _MUST, "RFC 9112 5.1", "white space stands before the colon of a header"
)
CONTENT_LENGTH_INVALID = _row("head/content-length-invalid", _MUST, "RFC 9110 8.6", "Content-Length is not one number")
CHUNK_MALFORMED = _row("body/chunk-malformed", _MUST, "RFC 9112 7.1", "the chunked body does not have its form")
BODY_CUT = _row("body/cut", _MUST, "RFC 9112 8", "the body ended before its announced length")

# --- Header values ---------------------------------------------------------------------------------------------------
VALUE_NOT_TOKEN = _row("value/not-token", _MUST, "RFC 9110 5.6.2", "a name in a header value is not a token")
VALUE_EMPTY_ELEMENT = _row(
    "value/empty-element", _SHOULD, "RFC 9110 5.6.1", "a list in a header value has an empty element"
)
VALUE_QUOTE_OPEN = _row(
    "value/quote-open", _MUST, "RFC 9110 5.6.4", "a quoted string in a header value is never closed"
)
VALUE_PARAMETER_MALFORMED = _row(
    "value/parameter-malformed", _MUST, "RFC 6455 9.1", "a parameter in a header value does not have its form"
)

# --- Handshake -------------------------------------------------------------------------------------------------------
HANDSHAKE_HTTP_VERSION = _row("handshake/http-version", _MUST, "RFC 6455 4.1", "the upgrade needs HTTP/1.1 or higher")
HANDSHAKE_UPGRADE_MISSING = _row("handshake/upgrade-missing", _MUST, "RFC 6455 4.1", "there is no Upgrade header")
HANDSHAKE_UPGRADE_OTHER = _row(
    "handshake/upgrade-other", _MUST, "RFC 6455 4.1", "Upgrade names another protocol than websocket"
)
HANDSHAKE_CONNECTION_MISSING = _row(
    "handshake/connection-missing", _MUST, "RFC 6455 4.1", "there is no Connection header"
)
HANDSHAKE_CONNECTION_NO_UPGRADE = _row(
    "handshake/connection-no-upgrade", _MUST, "RFC 6455 4.1", "Connection has no upgrade option"
)
HANDSHAKE_ACCEPT_MISSING = _row(
    "handshake/accept-missing", _MUST, "RFC 6455 4.1", "there is no Sec-WebSocket-Accept header"
)
HANDSHAKE_ACCEPT_WRONG = _row(
    "handshake/accept-wrong", _MUST, "RFC 6455 4.1", "Sec-WebSocket-Accept does not fit the key"
)
HANDSHAKE_HEADER_REPEATED = _row(
    "handshake/header-repeated", _MUST, "RFC 6455 11.3", "a header that may stand once stands several times"
)
HANDSHAKE_SUBPROTOCOL_NOT_OFFERED = _row(
    "handshake/subprotocol-not-offered", _MUST, "RFC 6455 4.1", "the server chose a subprotocol that was not offered"
)
HANDSHAKE_SUBPROTOCOL_NONE = _row(
    "handshake/subprotocol-none", _ODD, "RFC 6455 4.2.2", "subprotocols were offered and the server chose none"
)
HANDSHAKE_SUBPROTOCOL_INVALID = _row(
    "handshake/subprotocol-invalid", _MUST, "RFC 6455 4.1", "the subprotocol header does not hold one token"
)
HANDSHAKE_EXTENSION_NOT_OFFERED = _row(
    "handshake/extension-not-offered", _MUST, "RFC 6455 9.1", "the server chose an extension that was not offered"
)
HANDSHAKE_EXTENSION_MALFORMED = _row(
    "handshake/extension-malformed", _MUST, "RFC 6455 9.1", "the extension header does not have its form"
)
HANDSHAKE_EXTENSION_REPEATED = _row(
    "handshake/extension-repeated", _MUST, "RFC 7692 5.1", "the server accepted permessage-deflate twice"
)
HANDSHAKE_DEFLATE_PARAMETER_UNKNOWN = _row(
    "handshake/deflate-parameter-unknown",
    _MUST,
    "RFC 7692 7",
    "permessage-deflate has a parameter that RFC 7692 does not define",
)
HANDSHAKE_DEFLATE_PARAMETER_REPEATED = _row(
    "handshake/deflate-parameter-repeated", _MUST, "RFC 7692 7", "permessage-deflate has the same parameter twice"
)
HANDSHAKE_DEFLATE_PARAMETER_VALUE = _row(
    "handshake/deflate-parameter-value", _MUST, "RFC 7692 7.1", "a parameter of permessage-deflate has an invalid value"
)
HANDSHAKE_DEFLATE_PARAMETER_NOT_OFFERED = _row(
    "handshake/deflate-parameter-not-offered",
    _MUST,
    "RFC 7692 7.1",
    "the server answered a parameter of permessage-deflate that the offer does not allow",
)
# The server breaks a must here; no rule asks the client to mind, and most do not: the connection stands.
HANDSHAKE_BODY_HEADER = _row(
    "handshake/body-header", _SHOULD, "RFC 9110 8.6", "a 101 carries a header that announces a body"
)
HANDSHAKE_CONTENT_ENCODING = _row("handshake/content-encoding", _ODD, "RFC 9110 8.4", "a 101 carries Content-Encoding")
HANDSHAKE_METHOD = _row("handshake/method", _MUST, "RFC 6455 4.2.1", "the request method is not GET")
HANDSHAKE_HOST_MISSING = _row("handshake/host-missing", _MUST, "RFC 6455 4.2.1", "there is no Host header")
HANDSHAKE_KEY_MISSING = _row("handshake/key-missing", _MUST, "RFC 6455 4.2.1", "there is no Sec-WebSocket-Key header")
HANDSHAKE_KEY_INVALID = _row(
    "handshake/key-invalid", _MUST, "RFC 6455 4.2.1", "Sec-WebSocket-Key is not the base64 of 16 bytes"
)
HANDSHAKE_VERSION_MISSING = _row(
    "handshake/version-missing", _MUST, "RFC 6455 4.2.1", "there is no Sec-WebSocket-Version header"
)
HANDSHAKE_VERSION_OTHER = _row("handshake/version-other", _MUST, "RFC 6455 4.4", "Sec-WebSocket-Version is not 13")

# --- Frames ----------------------------------------------------------------------------------------------------------
FRAME_RESERVED_BIT_1 = _row(
    "frame/reserved-bit-1", _MUST, "RFC 6455 5.2", "RSV1 is set and no extension agreed gives it a meaning here"
)
FRAME_RESERVED_BIT_2 = _row(
    "frame/reserved-bit-2", _MUST, "RFC 6455 5.2", "RSV2 is set and no extension agreed gives it a meaning"
)
FRAME_RESERVED_BIT_3 = _row(
    "frame/reserved-bit-3", _MUST, "RFC 6455 5.2", "RSV3 is set and no extension agreed gives it a meaning"
)
FRAME_OPCODE_RESERVED = _row("frame/opcode-reserved", _MUST, "RFC 6455 5.2", "the opcode is reserved")
FRAME_MASKED = _row("frame/masked", _MUST, "RFC 6455 5.1", "a server must not mask its frames")
FRAME_UNMASKED = _row("frame/unmasked", _MUST, "RFC 6455 5.1", "a client must mask its frames")
FRAME_LENGTH_NOT_MINIMAL = _row(
    "frame/length-not-minimal", _MUST, "RFC 6455 5.2", "the length is not written in its shortest form"
)
FRAME_LENGTH_TOP_BIT = _row(
    "frame/length-top-bit", _MUST, "RFC 6455 5.2", "the most significant bit of the 64-bit length is set"
)
FRAME_CONTROL_FRAGMENTED = _row("frame/control-fragmented", _MUST, "RFC 6455 5.5", "a control frame is fragmented")
FRAME_CONTROL_TOO_LONG = _row(
    "frame/control-too-long", _MUST, "RFC 6455 5.5", "a control frame carries more than 125 bytes"
)
FRAME_CUT = _row("frame/cut", _MUST, "RFC 6455 7.1.1", "the stream ended inside a frame")
FRAME_AFTER_CLOSE = _row("frame/after-close", _MUST, "RFC 6455 5.5.1", "a frame follows the Close of the same side")
FRAME_CONTINUATION_UNEXPECTED = _row(
    "frame/continuation-unexpected", _MUST, "RFC 6455 5.4", "a continuation frame continues nothing"
)
FRAME_CONTINUATION_EXPECTED = _row(
    "frame/continuation-expected", _MUST, "RFC 6455 5.4", "a new message begins inside a fragmented one"
)

# --- Messages --------------------------------------------------------------------------------------------------------
MESSAGE_NOT_UTF8 = _row("message/not-utf8", _MUST, "RFC 6455 8.1", "a text message is not valid UTF-8")
MESSAGE_TOO_BIG = _row("message/too-big", _ODD, "RFC 6455 7.4.1", "a message is larger than the limit set here")
MESSAGE_CUT = _row("message/cut", _MUST, "RFC 6455 5.4", "the stream ended inside a message")
DEFLATE_INVALID = _row("deflate/invalid", _MUST, "RFC 7692 7.2.2", "the compressed payload does not inflate")
DEFLATE_CUT = _row("deflate/cut", _MUST, "RFC 7692 7.2.2", "the compressed payload ends inside a block")

# --- Close -----------------------------------------------------------------------------------------------------------
CLOSE_CODE_CUT = _row("close/code-cut", _MUST, "RFC 6455 5.5.1", "a Close body of one byte cannot hold a code")
CLOSE_CODE_RESERVED = _row(
    "close/code-reserved", _MUST, "RFC 6455 7.4.1", "this close code must not appear on the wire"
)
CLOSE_CODE_UNASSIGNED = _row(
    "close/code-unassigned", _MUST, "RFC 6455 7.4.2", "no specification assigns this close code"
)
CLOSE_CODE_RANGE = _row("close/code-range", _MUST, "RFC 6455 7.4.2", "the close code lies outside 1000 to 4999")
CLOSE_REASON_NOT_UTF8 = _row(
    "close/reason-not-utf8", _MUST, "RFC 6455 5.5.1", "the reason of a Close is not valid UTF-8"
)
