"""Rules about a 101 that is wrong, and about one that is right and still trouble elsewhere.

What subprotocol and extensions in it break is for the areas of those names.
"""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import Check, Evidence, HandshakeInvalid, HandshakeJudged, RequestSent, ResponseReceived, Severity
from wscli.text import count_text
from wscli.wire.accept import GUID, accept_for
from wscli.wire.deviations import (
    HANDSHAKE_ACCEPT_MISSING,
    HANDSHAKE_ACCEPT_WRONG,
    HANDSHAKE_CONNECTION_MISSING,
    HANDSHAKE_CONNECTION_NO_UPGRADE,
    HANDSHAKE_HEADER_REPEATED,
    HANDSHAKE_HTTP_VERSION,
    HANDSHAKE_UPGRADE_MISSING,
    HANDSHAKE_UPGRADE_OTHER,
    HEAD_CUT,
    HEAD_TOO_LARGE,
    DeviationKind,
    Level,
)
from wscli.wire.head import ResponseHead

_ACCEPT = "Sec-WebSocket-Accept"
_SAMPLE = "dGhlIHNhbXBsZSBub25jZQ=="
"""The key of the RFC's example, of which fixed answers are made."""
_ELSEWHERE = ("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions")
"""Checks that other areas judge."""
_RIGHT = "the server must answer with base64(SHA-1(KEY + GUID)), the key as it stands in the request; "
_DIRECT = "ask the server itself, past every proxy, and compare: wscli connect -v ws://SERVER:PORT/PATH"


def _failed(case: Case, *kinds: DeviationKind) -> Check | None:
    """Return the first check that one of these kinds broke, where that ended the handshake."""
    if case.invalid is None:
        return None
    broken = {deviation.kind for deviation in case.invalid.deviations}
    checks = [check for check in case.checks if check.deviation is not None and check.deviation.kind in broken]
    return next((check for check in checks if check.deviation is not None and check.deviation.kind in kinds), None)


def _head(case: Case) -> ResponseHead | None:
    """Return the head of a 101 that ended the handshake."""
    head = case.response
    return head if case.invalid is not None and head is not None and head.status == 101 else None


def _server(case: Case) -> tuple[Evidence, ...]:
    """Return what the answer says of who made it."""
    if case.response is None:
        return ()
    fields = case.response.fields
    named = [(name, fields.joined(name)) for name in ("Server", "Via") if name in fields]
    return tuple(seen(ResponseReceived, f"{name}: {value}") for name, value in named)


# --- Heads that are no whole 101 -------------------------------------------------------------------------------------
def head_cut(case: Case) -> Judgement | None:
    """Judge a 101 whose head ended with the stream."""
    head = _head(case)
    if head is None or HEAD_CUT not in [one.kind for one in head.deviations]:
        return None
    last = head.raw.split(b"\n")[-1].removesuffix(b"\r")[:60].decode("latin-1")
    return possible(
        (
            "the server crashed or was stopped while it answered",
            "a proxy gave up in the middle of the answer, or the server forgot the empty line that ends the head",
        ),
        "look into the server's log at this moment; then try again and see whether it ends at the same byte",
        seen(ResponseReceived, f"{len(head.raw)} bytes of the head came; the last line: {last or '(empty)'}"),
    )


def head_too_large(case: Case) -> Judgement | None:
    """Judge a head without an end."""
    head = _head(case)
    if head is None or HEAD_TOO_LARGE not in [one.kind for one in head.deviations]:
        return None
    sizes: dict[str, tuple[int, int]] = {}
    for field in head.fields:
        count, size = sizes.get(field.name.lower(), (0, 0))
        sizes[field.name.lower()] = (count + 1, size + len(field.raw))
    largest = sorted(sizes.items(), key=lambda item: -item[1][1])[:3]
    told = [
        seen(ResponseReceived, f"{name}: {count_text(count, 'time')}, {size} bytes") for name, (count, size) in largest
    ]
    if largest and largest[0][1][0] == 1 and largest[0][1][1] * 2 > len(head.raw):
        cause = f"one header, {largest[0][0]}, takes most of it: a cookie or token that grew"
        return likely(cause, "see what sets this header, and make it smaller there", *told[:1])
    causes = ("a proxy or the application adds the same headers again and again, as cookies in a loop",
              "the server sends something else behind its status line")  # fmt: skip
    advice = f"{connect(case, '-v')} shows the head: see which header grows, and remove what adds it"
    return possible(causes, advice, seen(HandshakeInvalid, f"no end within {len(head.raw)} bytes"), *told)


# --- Other protocols -------------------------------------------------------------------------------------------------
def other_protocol(case: Case) -> Judgement | None:
    """Judge a 101 that switches to something else."""
    check = _failed(case, HANDSHAKE_UPGRADE_OTHER)
    if check is None:
        return None
    evidence = (seen(ResponseReceived, f"Upgrade: {check.actual}"), *_server(case))
    wanted = check.actual.lower()
    if "tls/" in wanted:
        return certain(
            "the server switches to TLS (RFC 2817), as CUPS does for any Upgrade: it asks for encryption first",
            f"follow it: {connect(case, '--upgrade-tls', 'optional')}",
            *evidence,
        )
    if "h2c" in wanted:
        cause = "the server switches to HTTP/2 (h2c) and does not look at what the request asked for"
        return certain(cause, "switch h2c upgrades off in the server or proxy for this path", *evidence)
    cause = "the server switches to another protocol than the request asked for: it is no WebSocket server"
    return certain(cause, "check host, port and path: another service answers here", *evidence)


# --- Hop-by-hop headers ----------------------------------------------------------------------------------------------
def bare(case: Case) -> Judgement | None:
    """Judge a 101 without anything of the handshake."""
    head = _head(case)
    if head is None or any(name in head.fields for name in ("Upgrade", "Connection", _ACCEPT)):
        return None
    if _failed(case, HANDSHAKE_UPGRADE_MISSING) is None:
        return None
    return likely(
        "a server that knows the status 101 but not WebSocket, or a proxy that passes on the status alone",
        _DIRECT,
        seen(ResponseReceived, f"neither Upgrade nor Connection nor {_ACCEPT} in the 101"),
        *_server(case),
    )


def hop_by_hop(case: Case) -> Judgement | None:
    """Judge a 101 that lacks Upgrade or Connection; a right accept value tells that somebody did the handshake."""
    kinds = (HANDSHAKE_UPGRADE_MISSING, HANDSHAKE_CONNECTION_MISSING, HANDSHAKE_CONNECTION_NO_UPGRADE)
    check = _failed(case, *kinds)
    head = _head(case)
    if check is None or head is None:
        return None
    lines = [f"{name}: {head.fields.joined(name) or '(absent)'}" for name in ("Upgrade", "Connection")]
    evidence = [*(seen(ResponseReceived, line) for line in lines), *_server(case)]
    is_right = all(one.is_passed for one in case.checks if one.name == _ACCEPT)
    if not is_right:
        cause = "the server writes its handshake by hand and does half of it"
        return likely(cause, "let the server use a WebSocket library for the handshake", *evidence)
    evidence.append(seen(HandshakeJudged, f"{_ACCEPT} is right: whoever made it did the handshake"))
    return possible(
        (
            "a proxy treats Upgrade and Connection of the answer as its own hop's and removes or rewrites them",
            "the server itself leaves them away",
        ),
        _DIRECT,
        *evidence,
    )


# --- The accept value ------------------------------------------------------------------------------------------------
def _digest(data: bytes) -> bytes:
    from hashlib import sha1

    return sha1(data, usedforsecurity=False).digest()


def _formulas(key: str) -> tuple[tuple[str, str], ...]:
    """Return every wrong way that is known, with what it makes of a key."""
    from base64 import b64decode, b64encode
    from binascii import Error
    from hashlib import sha256

    raw, guid = key.encode("latin-1", "replace"), GUID.encode()
    try:
        decoded = b64decode(raw)
    except Error:
        decoded = b""
    right = _digest(raw + guid)
    made = (
        ("without the GUID", b64encode(_digest(raw))),
        ("as the hexadecimal digest", right.hex().encode()),
        ("as the hexadecimal digest", right.hex().upper().encode()),
        ("as the base64 of the hexadecimal digest", b64encode(right.hex().encode())),
        ("from the decoded key", b64encode(_digest(decoded + guid))),
        ("from the decoded key without the GUID", b64encode(_digest(decoded))),
        ("with a lower-case GUID", b64encode(_digest(raw + guid.lower()))),
        ("from the GUID before the key", b64encode(_digest(guid + raw))),
        ("from the GUID alone, the key being empty", b64encode(_digest(guid))),
        ("with a space behind the key", b64encode(_digest(raw + b" " + guid))),
        ("with the space before the key in it", b64encode(_digest(b" " + raw + guid))),
        ("with the line end behind the key in it", b64encode(_digest(raw + b"\r\n" + guid))),
        ("with the carriage return behind the key in it", b64encode(_digest(raw + b"\r" + guid))),
        ("with the line feed behind the key in it", b64encode(_digest(raw + b"\n" + guid))),
        ("with a line end behind key and GUID", b64encode(_digest(raw + guid + b"\n"))),
        ("from the key without its ==", b64encode(_digest(raw.rstrip(b"=") + guid))),
        ("from the key in lower case", b64encode(_digest(raw.lower() + guid))),
        ("with SHA-256", b64encode(sha256(raw + guid).digest())),
        ("in base64 without its padding", b64encode(right).rstrip(b"=")),
        ("in the base64 of URLs", b64encode(right, b"-_")),
        ("as the key itself", raw),
        ("as the base64 of key and GUID without a digest", b64encode(raw + guid)),
        ("from the key of the RFC's example: a fixed answer", accept_for(_SAMPLE).encode()),
    )
    return tuple((way, value.decode("latin-1")) for way, value in made)


def formula_of(key: str, accept: str) -> str | None:
    """Return how a wrong accept value was made, None where no known way gives it."""
    return next((way for way, value in _formulas(key) if value == accept), None)


def _key(case: Case) -> str:
    return "" if case.request is None else case.request.fields.get("Sec-WebSocket-Key") or ""


def _accepts(case: Case, check: Check) -> tuple[Evidence, ...]:
    return (
        seen(ResponseReceived, f"{_ACCEPT}: {check.actual}"),
        seen(RequestSent, f"Sec-WebSocket-Key: {_key(case)}, which asks for {check.expected}"),
    )


def accept_formula(case: Case) -> Judgement | None:
    """Judge an accept value that a known wrong formula gives."""
    check = _failed(case, HANDSHAKE_ACCEPT_WRONG)
    way = None if check is None else formula_of(_key(case), check.actual.strip())
    if check is None or way is None:
        return None
    evidence = (*_accepts(case, check), seen(HandshakeJudged, f"tried: computed {way} it comes to exactly this value"))
    if "fixed answer" in way:
        return certain(
            "the value is the one of the RFC's example: the server or a mock answers with a fixed text",
            f"{_RIGHT}a mock must compute it too",
            *evidence,
        )
    return certain(f"the server computes the value {way}", f"{_RIGHT}wscli explain {_key(case)} shows it", *evidence)


def accept_other_key(case: Case) -> Judgement | None:
    """Judge an accept value that is the digest of something else."""
    check = _failed(case, HANDSHAKE_ACCEPT_WRONG)
    if check is None or _decoded_size(check.actual.strip()) != 20:
        return None
    return possible(
        (
            "the answer belongs to another request: cached by a proxy, or two connections got mixed up",
            "a proxy made its own handshake with the server and passed on that accept value",
            "the server computes it by a formula that wscli does not know",
        ),
        f"try twice: {connect(case, '-v')}; the same value again is a fixed or cached one",
        *_accepts(case, check),
        seen(
            HandshakeJudged, "it is the base64 of 20 bytes, as a SHA-1 is, but no known formula gives it for this key"
        ),
    )


def _decoded_size(text: str) -> int | None:
    from base64 import b64decode
    from binascii import Error

    try:
        return len(b64decode(text.encode("ascii"), validate=True))
    except (Error, UnicodeEncodeError):
        return None


def accept_no_digest(case: Case) -> Judgement | None:
    """Judge an accept value that is no digest at all."""
    check = _failed(case, HANDSHAKE_ACCEPT_WRONG)
    if check is None:
        return None
    size = _decoded_size(check.actual.strip())
    what = "no base64" if size is None else f"the base64 of {size} bytes"
    return certain(
        f"the value is no SHA-1 (28 characters of base64 for 20 bytes) but {what}: a placeholder, or a broken encoder",
        f"{_RIGHT}wscli explain {_key(case)} shows it" if _key(case) else _RIGHT.rstrip("; "),
        *_accepts(case, check),
    )


def accept_missing(case: Case) -> Judgement | None:
    """Judge a 101 without an accept value."""
    if _failed(case, HANDSHAKE_ACCEPT_MISSING) is None:
        return None
    return possible(
        (
            "the server does the handshake by hand and never looks at the key, as the drafts before 2011 had it",
            "a proxy removed the header, or removed Sec-WebSocket-Key from the request",
        ),
        _DIRECT,
        seen(ResponseReceived, f"no {_ACCEPT} in the 101"),
        *_server(case),
    )


def accept_repeated(case: Case) -> Judgement | None:
    """Judge a 101 with several accept values."""
    check = _failed(case, HANDSHAKE_HEADER_REPEATED)
    if check is None or check.name != _ACCEPT or case.response is None:
        return None
    values = case.response.fields.all(_ACCEPT)
    lines = [seen(ResponseReceived, f"{_ACCEPT}: {value}") for value in values]
    right = "one of them is right" if check.expected in values else "none of them is right"
    return likely(
        "two layers of the server answer the same handshake, such as a library and the framework around it",
        "let one of them do the handshake and remove the header from the other",
        *lines,
        seen(HandshakeJudged, right),
    )


# --- All others ------------------------------------------------------------------------------------------------------
def http_version(case: Case) -> Judgement | None:
    """Judge a 101 in HTTP/1.0."""
    check = _failed(case, HANDSHAKE_HTTP_VERSION)
    if check is None:
        return None
    return likely(
        "an old proxy, or a server that writes its status line by hand: HTTP/1.0 has no Upgrade",
        "let the server answer HTTP/1.1 101; in an nginx on the way set proxy_http_version 1.1;",
        seen(ResponseReceived, f"{check.actual} 101"),
        *_server(case),
    )


def broken(case: Case) -> Judgement | None:
    """Judge what no other rule explains, check by check."""
    if _head(case) is None or case.invalid is None:
        return None
    theirs = {check.deviation for check in case.checks if check.name in _ELSEWHERE}
    own = [deviation for deviation in case.invalid.deviations if deviation not in theirs]
    if case.invalid.deviations and not own:
        return None
    told = [f"{one.kind.code}: {one.detail}" if one.detail else one.kind.code for one in own]
    judgement = certain(
        "the server does the handshake wrongly",
        f"see the whole answer with {connect(case, '-v')}; --lenient goes on as if it were right",
        *(seen(HandshakeInvalid, text) for text in told or [case.invalid.reason]),
    )
    return judgement.replace(reference=own[0].kind.section) if own else judgement


# --- Bearable things -------------------------------------------------------------------------------------------------
def _opened_with(case: Case, name: str) -> str | None:
    """Return the value of a header of the 101 that opened the connection."""
    return None if case.opened is None or case.response is None else case.response.fields.joined(name)


def transfer_encoding(case: Case) -> Judgement | None:
    """Warn of a transfer coding on a 101."""
    value = _opened_with(case, "Transfer-Encoding")
    if value is None:
        return None
    return likely(
        "the server or a proxy treats the 101 as an answer with a body; some write chunk sizes between the frames",
        "switch transfer coding off for the upgraded path; no Transfer-Encoding may stand in a 101",
        seen(ResponseReceived, f"Transfer-Encoding: {value}"),
    )


def content_length(case: Case) -> Judgement | None:
    """Warn of a length on a 101."""
    value = _opened_with(case, "Content-Length")
    if value is None:
        return None
    return certain(
        "the server writes a length as on any answer; most clients overlook it, .NET drops the connection later",
        "let the server leave Content-Length away in a 101",
        seen(ResponseReceived, f"Content-Length: {value}"),
    )


def content_encoding(case: Case) -> Judgement | None:
    """Warn of a content coding on a 101."""
    value = _opened_with(case, "Content-Encoding")
    if value is None:
        return None
    return likely(
        "a compression middleware touches the upgrade, and may compress the stream of frames next",
        "exclude the WebSocket path from the response compression",
        seen(ResponseReceived, f"Content-Encoding: {value}"),
    )


def odd_head(case: Case) -> Judgement | None:
    """Warn of a head that only tolerant parsers take."""
    if case.opened is None or case.response is None:
        return None
    found = [one for one in case.response.all_deviations if one.kind.level is not Level.ODD]
    if not found:
        return None
    kind = found[0].kind
    judgement = certain(
        "the server writes the head of its 101 by hand; strict clients refuse such a head",
        "let the server write the head as RFC 9112 has it: HTTP/1.1 101 Switching Protocols, Name: value, CRLF",
        *(seen(ResponseReceived, f"{one.kind.code}: {one.kind.sentence}") for one in found[:3]),
    )
    return judgement.replace(reference=kind.section)


def unusual(case: Case) -> Judgement | None:
    """Warn of what is legal and still refused by some clients, but only where nothing else is wrong.

    Who has a good connection judged asks why another client fails on it.
    """
    if case.opened is None or case.response is None or case.has_trouble:
        return None
    fields, told = case.response.fields, []
    upgrade = fields.joined("Upgrade")
    if upgrade is not None and upgrade != "websocket":
        told.append(f"Upgrade: {upgrade}")
    if not case.response.reason:
        told.append(f"{case.response.version} 101 without a reason phrase")
    told += [f"{field.name}: {field.value}" for field in fields if field.name.islower()][:1]
    if not told:
        return None
    return certain(
        "all of it is legal; clients that compare upper and lower case, or expect a reason, fail on it",
        "where another client fails, let the server send HTTP/1.1 101 Switching Protocols and Upgrade: websocket",
        *(seen(ResponseReceived, text) for text in told),
    )


_COMPUTED = "Sec-WebSocket-Accept is the base64 of the SHA-1 of the key and 258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_WARNING = Severity.WARNING

AREA = Area(
    "handshake",
    "The 101",
    (
        Rule("handshake/head-cut", "the stream ended inside the head of the 101", "RFC 9112 8",
             "a head ends with an empty line", head_cut),
        Rule("handshake/head-too-large", "the head of the 101 has no end", "RFC 9110 5.4",
             "a client may refuse a head that is larger than it can take", head_too_large),
        Rule("handshake/other-protocol", "the 101 switches to another protocol", "RFC 9110 7.8",
             "a server must not switch to a protocol that the request did not name", other_protocol),
        Rule("handshake/bare", "the 101 has nothing of the WebSocket handshake", "RFC 6455 4.2.2",
             "a 101 carries Upgrade: websocket, Connection: Upgrade and Sec-WebSocket-Accept", bare),
        Rule("handshake/hop-by-hop", "Upgrade or Connection is missing in the 101", "RFC 6455 4.2.2",
             "a 101 carries Upgrade: websocket and Connection: Upgrade", hop_by_hop),
        Rule("handshake/accept-formula", "the accept value is computed wrongly", "RFC 6455 4.2.2", _COMPUTED,
             accept_formula),
        Rule("handshake/accept-other", "the accept value fits another key", "RFC 6455 4.2.2", _COMPUTED,
             accept_other_key),
        Rule("handshake/accept-no-digest", "the accept value is no digest", "RFC 6455 4.2.2", _COMPUTED,
             accept_no_digest),
        Rule("handshake/accept-missing", "the accept value is missing", "RFC 6455 4.2.2", _COMPUTED, accept_missing),
        Rule("handshake/accept-repeated", "the accept value stands several times", "RFC 6455 11.3.3",
             "Sec-WebSocket-Accept must not stand more than once", accept_repeated),
        Rule("handshake/http-version", "the 101 is HTTP/1.0", "RFC 6455 4.2.2",
             "the status line is that of HTTP/1.1 or higher", http_version),
        Rule("handshake/broken", "the 101 breaks a rule", "RFC 6455 4.1",
             "a client fails the connection when the server's half of the handshake is not as it must be", broken),
        Rule("handshake/transfer-encoding", "the 101 has a Transfer-Encoding", "RFC 9112 6.1",
             "a server must not send Transfer-Encoding in a 1xx answer", transfer_encoding, _WARNING),
        Rule("handshake/content-length", "the 101 has a Content-Length", "RFC 9110 8.6",
             "a server must not send Content-Length in a 1xx answer", content_length, _WARNING),
        Rule("handshake/content-encoding", "the 101 has a Content-Encoding", "RFC 9110 8.4",
             "Content-Encoding belongs to content, and a 101 has none", content_encoding, _WARNING),
        Rule("handshake/odd-head", "the head of the 101 is malformed", "RFC 9112 2.1",
             "a head is a start line and fields, each ended by CRLF", odd_head, _WARNING),
        Rule("handshake/unusual", "the 101 is written in an unusual way", "RFC 9110 7.8",
             "names of headers and protocols are compared without case, and the reason phrase may be empty", unusual,
             _WARNING),
    ),
)  # fmt: skip
