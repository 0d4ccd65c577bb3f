"""The server's half of the opening handshake: the request judged, the answer built (RFC 6455 §4.2)."""

from __future__ import annotations

from wscli.events import Check
from wscli.protocol.handshake import VERSION, check, judge_connection, judge_upgrade
from wscli.protocol.negotiation import choose_offer
from wscli.values import Value
from wscli.wire.accept import accept_for, is_key
from wscli.wire.deflate import DeflateParameters
from wscli.wire.deviations import (
    HANDSHAKE_CONNECTION_MISSING,
    HANDSHAKE_CONNECTION_NO_UPGRADE,
    HANDSHAKE_HEADER_REPEATED,
    HANDSHAKE_HOST_MISSING,
    HANDSHAKE_HTTP_VERSION,
    HANDSHAKE_KEY_INVALID,
    HANDSHAKE_KEY_MISSING,
    HANDSHAKE_METHOD,
    HANDSHAKE_UPGRADE_MISSING,
    HANDSHAKE_UPGRADE_OTHER,
    HANDSHAKE_VERSION_MISSING,
    HANDSHAKE_VERSION_OTHER,
    Deviation,
)
from wscli.wire.grammar import decode_extensions, decode_list, encode_extensions
from wscli.wire.head import RequestHead, encode_response


class Acceptance(Value):
    """A 101 ready to go, and what it agrees to."""

    raw: bytes
    subprotocol: str | None
    extensions: str
    deflate: DeflateParameters | None


def judge_request(request: RequestHead) -> tuple[Check, ...]:
    """Return the checks of an upgrade request, in the order of RFC 6455 §4.2.1."""
    fields = request.fields
    host = fields.get("Host")
    is_get = request.method == "GET"
    is_old = request.version.upper() in ("HTTP/0.9", "HTTP/1.0")
    return (
        check("method", "GET", request.method, None if is_get else HANDSHAKE_METHOD.at(detail=request.method)),
        check(
            "HTTP version",
            "HTTP/1.1",
            request.version,
            HANDSHAKE_HTTP_VERSION.at(detail=request.version) if is_old else None,
        ),
        check("Host", "a host", host, None if host is not None else HANDSHAKE_HOST_MISSING.at()),
        judge_upgrade(fields),
        judge_connection(fields),
        _judge_key(fields.all("Sec-WebSocket-Key")),
        _judge_version(fields.all("Sec-WebSocket-Version")),
    )


def _judge_key(keys: tuple[str, ...]) -> Check:
    deviation: Deviation | None = None
    if not keys:
        deviation = HANDSHAKE_KEY_MISSING.at()
    elif len(keys) > 1:
        deviation = HANDSHAKE_HEADER_REPEATED.at(detail="Sec-WebSocket-Key")
    elif not is_key(keys[0]):
        deviation = HANDSHAKE_KEY_INVALID.at(detail=keys[0])
    return check("Sec-WebSocket-Key", "the base64 of 16 bytes", ", ".join(keys) if keys else None, deviation)


def _judge_version(versions: tuple[str, ...]) -> Check:
    deviation: Deviation | None = None
    if not versions:
        deviation = HANDSHAKE_VERSION_MISSING.at()
    elif versions != (VERSION,):
        deviation = HANDSHAKE_VERSION_OTHER.at(detail=", ".join(versions))
    return check("Sec-WebSocket-Version", VERSION, ", ".join(versions) if versions else None, deviation)


def build_acceptance(
    request: RequestHead,
    *,
    subprotocols: tuple[str, ...] = (),
    deflate: DeflateParameters | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Acceptance:
    """Return the 101 for a request: the first of the client's subprotocols that we know, the first offer that fits."""
    offered, _ = decode_list(request.fields.joined("Sec-WebSocket-Protocol") or "")
    subprotocol = next((name for name in offered if name in subprotocols), None)
    elements, _ = decode_extensions(request.fields.joined("Sec-WebSocket-Extensions") or "")
    agreed, element = choose_offer(elements, deflate)
    extensions = encode_extensions((element,)) if element else ""
    fields = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_for(request.fields.get("Sec-WebSocket-Key") or "")),
    ]
    if subprotocol:
        fields.append(("Sec-WebSocket-Protocol", subprotocol))
    if extensions:
        fields.append(("Sec-WebSocket-Extensions", extensions))
    raw = encode_response(101, "Switching Protocols", [*fields, *headers])
    return Acceptance(raw, subprotocol, extensions, agreed)


_ASKS_FOR_UPGRADE = frozenset((
    HANDSHAKE_UPGRADE_MISSING,
    HANDSHAKE_UPGRADE_OTHER,
    HANDSHAKE_CONNECTION_MISSING,
    HANDSHAKE_CONNECTION_NO_UPGRADE,
    HANDSHAKE_VERSION_OTHER,
))  # fmt: skip


def refusal_of(checks: tuple[Check, ...]) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Return status, reason and headers that fit the failed checks (RFC 6455 §4.2.2, §4.4; RFC 9110 §15.5.22)."""
    failed = {one.deviation.kind for one in checks if one.deviation and one.deviation.is_must}
    is_http = all(one.actual != "" for one in checks if one.name == "method")
    if is_http and failed & _ASKS_FOR_UPGRADE:
        # RFC 9110 §7.8: who sends Upgrade names it in Connection too.
        headers = (("Upgrade", "websocket"), ("Connection", "Upgrade, close"), ("Sec-WebSocket-Version", VERSION))
        return 426, "Upgrade Required", headers
    return 400, "Bad Request", ()
