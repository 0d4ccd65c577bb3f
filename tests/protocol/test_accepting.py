"""The server's half of the handshake."""

from __future__ import annotations

import pytest

from wscli.protocol.accepting import build_acceptance, judge_request, refusal_of
from wscli.protocol.client import decode_request
from wscli.wire.deflate import DeflateParameters

GOOD = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def failed(raw: bytes) -> list[str]:
    return [check.deviation.kind.code for check in judge_request(decode_request(raw)) if check.deviation is not None]


def test_a_good_request_passes() -> None:
    assert [] == failed(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "code", "status"),
    [
        (b"GET", b"POST", "method", 400),
        (b"HTTP/1.1", b"HTTP/1.0", "http-version", 400),
        (b"Host: h\r\n", b"", "host-missing", 400),
        (b"Upgrade: websocket\r\n", b"", "upgrade-missing", 426),
        (b"Upgrade: websocket", b"Upgrade: h2c", "upgrade-other", 426),
        (b"Connection: keep-alive, Upgrade\r\n", b"", "connection-missing", 426),
        (b"keep-alive, Upgrade", b"close", "connection-no-upgrade", 426),
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"", "key-missing", 400),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short", "key-invalid", 400),
        (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13", "header-repeated", 400),
        (b"Sec-WebSocket-Version: 13\r\n", b"", "version-missing", 400),
        (b"Version: 13", b"Version: 8", "version-other", 426),
    ],
)
def test_a_broken_rule_is_named_and_refused(old: bytes, new: bytes, code: str, status: int) -> None:
    raw = GOOD.replace(old, new)
    assert [f"handshake/{code}"] == failed(raw)
    assert status == refusal_of(judge_request(decode_request(raw)))[0]


def test_an_acceptance_agrees_to_what_both_know() -> None:
    raw = GOOD.replace(
        b"\r\n\r\n",
        b"\r\nSec-WebSocket-Protocol: a, b, c\r\nSec-WebSocket-Extensions: x, permessage-deflate\r\n\r\n",
    )
    acceptance = build_acceptance(
        decode_request(raw), subprotocols=("c", "b"), deflate=DeflateParameters(), headers=(("X", "y"),)
    )
    assert "b" == acceptance.subprotocol
    assert "permessage-deflate" == acceptance.extensions
    assert (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: b\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate\r\nX: y\r\n\r\n"
    ) == acceptance.raw
