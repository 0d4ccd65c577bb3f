"""HTTP/1.x as a server speaks it: when a connection stays open, how an answer is framed, what is refused (RFC 9112)."""

from __future__ import annotations

from wscli.values import Value
from wscli.wire.deviations import (
    FIELD_SPACE_BEFORE_COLON,
    HEAD_BARE_CARRIAGE_RETURN,
    HEAD_NUL,
    HEAD_TOO_LARGE,
    HTTP_VERSION_MALFORMED,
    Deviation,
)
from wscli.wire.grammar import decode_list, has_token
from wscli.wire.head import RequestHead, encode_response


class Response(Value):
    """An answer to send; what frames it (length, chunks, Connection) is added by `encode_answer`."""

    status: int
    reason: str
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_streamed: bool = False
    """The body comes piece by piece."""
    length: int | None = None
    """The length of a streamed body, where it is known."""


CONTINUE = encode_response(100, "Continue", ())
_NO_BODY = (204, 304)

_UNREADABLE = (FIELD_SPACE_BEFORE_COLON, HEAD_NUL, HEAD_BARE_CARRIAGE_RETURN)
"""What another reader may read differently, and must be refused (RFC 9112 §2.2, §5.1; RFC 9110 §5.5)."""


def stays_open(request: RequestHead) -> bool:
    """Return whether the client wants the connection kept after the answer (RFC 9112 §9.3)."""
    options = request.fields.all("Connection")
    if has_token(options, "close"):
        return False
    if request.version == "HTTP/1.0":
        return has_token(options, "keep-alive")
    return request.version.startswith("HTTP/1.")


def upgrades_of(request: RequestHead) -> tuple[str, ...]:
    """Return the protocols that the client asks to switch to, best first (RFC 9110 §7.8).

    Empty where Connection does not name Upgrade, or the request is HTTP/1.0, in which the header has no meaning.
    """
    if request.version == "HTTP/1.0" or not has_token(request.fields.all("Connection"), "upgrade"):
        return ()
    return decode_list(request.fields.joined("Upgrade") or "")[0]


def is_upgrade_attempt(request: RequestHead) -> bool:
    """Return whether a request means to open a WebSocket connection, rightly made or not."""
    fields = request.fields
    names = ("Sec-WebSocket-Key", "Sec-WebSocket-Version")
    return has_token(fields.all("Upgrade"), "websocket") or any(name in fields for name in names)


def expects_continue(request: RequestHead) -> bool:
    """Return whether the client waits for a 100 before it sends its body (RFC 9110 §10.1.1)."""
    return request.version != "HTTP/1.0" and has_token(request.fields.all("Expect"), "100-continue")


class Objection(Value):
    """Why a request cannot be served, whatever it asks for."""

    status: int
    reason: str
    sentence: str


def objection_to(request: RequestHead, longest_body: int) -> Objection | None:
    """Return what makes a request unservable (RFC 9112 §3, §6): its bytes, its framing, its Host; None for none."""
    return _objection_to_form(request) or _objection_to_fields(request, longest_body)


def _objection_to_form(request: RequestHead) -> Objection | None:
    found: tuple[Deviation, ...] = request.all_deviations
    if any(one.kind is HEAD_TOO_LARGE for one in found):
        return Objection(431, "Request Header Fields Too Large", "the head of the request is too large")
    if not request.method or not request.version.startswith("HTTP/"):
        return Objection(400, "Bad Request", "this is no HTTP/1.x request")
    # RFC 9110 §2.5: a higher minor version than one's own is served as one's own.
    if not request.version.startswith("HTTP/1.") or any(one.kind is HTTP_VERSION_MALFORMED for one in found):
        return Objection(505, "HTTP Version Not Supported", f"{request.version} is not spoken here")
    unreadable = next((one for one in found if one.kind in _UNREADABLE), None)
    return Objection(400, "Bad Request", unreadable.kind.sentence) if unreadable else None


def _objection_to_fields(request: RequestHead, longest_body: int) -> Objection | None:
    fields = request.fields
    codings = decode_list(fields.joined("Transfer-Encoding") or "")[0]
    if codings and [coding.lower() for coding in codings] != ["chunked"]:
        return Objection(501, "Not Implemented", "the only transfer coding known here is chunked")
    lengths = {value.strip() for line in fields.all("Content-Length") for value in line.split(",")}
    if len(lengths) > 1 or not all(length.isascii() and length.isdigit() and len(length) < 19 for length in lengths):
        return Objection(400, "Bad Request", "Content-Length is not one number")
    hosts = fields.all("Host")
    if len(hosts) > 1 or (not hosts and request.version != "HTTP/1.0"):
        # RFC 9112 §3.2: also where it would not matter to us.
        return Objection(400, "Bad Request", f"{len(hosts) or 'no'} Host header{'s' if len(hosts) > 1 else ''}")
    if not codings and any(int(length) > longest_body for length in lengths):
        return too_large(longest_body)
    expected = [one for one in fields.all("Expect") if one.strip().lower() != "100-continue"]
    if expected and request.version != "HTTP/1.0":
        return Objection(417, "Expectation Failed", "the only expectation known here is 100-continue")
    return None


def too_large(longest_body: int) -> Objection:
    """Return the objection to a body beyond this many bytes."""
    return Objection(413, "Content Too Large", f"the limit is {longest_body} bytes")


def is_ambiguous(request: RequestHead) -> bool:
    """Return whether two readers could see two lengths: such a connection must not be kept (RFC 9112 §6.1)."""
    return "Transfer-Encoding" in request.fields and (
        "Content-Length" in request.fields or request.version == "HTTP/1.0"
    )


class Framing(Value):
    """How an answer goes out."""

    head: bytes
    has_body: bool
    is_chunked: bool
    stays: bool
    """Whether the connection is kept after it."""


def frame_answer(request: RequestHead, response: Response, *, stays: bool) -> Framing:
    """Return the head of an answer with what frames its body, and how the body goes (RFC 9112 §6)."""
    fields = list(response.fields)
    has_body = request.method != "HEAD" and response.status not in _NO_BODY
    is_old = request.version == "HTTP/1.0"
    length = response.length if response.is_streamed else len(response.body)
    is_chunked = length is None and not is_old
    if is_chunked:
        fields.append(("Transfer-Encoding", "chunked"))
    elif length is None:
        stays = False  # an HTTP/1.0 client knows the end of the body only by the end of the connection
    elif response.status not in _NO_BODY:
        fields.append(("Content-Length", str(length)))
    named = {name.lower() for name, _ in fields}
    if "connection" not in named:
        if not stays:
            fields.append(("Connection", "close"))
        elif is_old:
            fields.append(("Connection", "keep-alive"))
    head = encode_response(response.status, response.reason, fields)
    return Framing(head, has_body, is_chunked, stays)


def encode_chunk(data: bytes) -> bytes:
    """Return a chunk of the chunked coding; no data gives the last one (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
