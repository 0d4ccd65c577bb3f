"""What is a secret, and what stays of it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import request_heads, response_heads
from wscli.record import masking
from wscli.record.masking import (
    HeadMasker,
    mask_bytes,
    mask_command,
    mask_head,
    mask_sentence,
    mask_subprotocol,
    mask_url,
    mask_value,
    secret_protocols,
)

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123"


# --- URLs ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("ws://user:password@host/path", "ws://***@host/path"),
        ("wss://token@host", "wss://***@host"),
        ("user:password@host:80/path", "***@host:80/path"),
        ("//user:password@host/", "//***@host/"),
        ("ws://host/?token=1", "ws://host/?token=***"),
        ("/chat?a=1&access_token=abc&b=2", "/chat?a=1&access_token=***&b=2"),
        ("/?API-Key=1&x.signature=2&X-Amz-Credential=3", "/?API-Key=***&x.signature=***&X-Amz-Credential=***"),
        ("/?key=1&code=2&sig=3&jwt=4&session=5&auth=6", "/?key=***&code=***&sig=***&jwt=***&session=***&auth=***"),
        ("/?%74oken=1", "/?%74oken=***"),
        ("/?secrets=1", "/?secrets=***"),
        ("/cb#access_token=1&state=2", "/cb#access_token=***&state=2"),
        ("/?next=https%3A%2F%2Fa%2F%3Ftoken%3D1", "/?next=***"),
        (f"/feed/{JWT}/x", "/feed/***/x"),
        (f"/?q={JWT}", "/?q=***"),
    ],
)
def test_a_url_loses_its_secrets(url: str, masked: str) -> None:
    assert masked == mask_url(url)
    assert masked == mask_url(masked)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "ws://host:80/chat?room=1&keyboard=2#top",
        "/?token=",
        "/?token",
        "/?next=100%25",
        "host:80/a@b:c",
        "/a//b:c@d",
        "ws://@host/",
        "joe@example.org",
        "eyJ.short",
        "note to b:c@d",
    ],
)
def test_a_url_without_secrets_stays(url: str) -> None:
    assert url == mask_url(url)


def test_urls_inside_of_urls_are_followed_a_few_levels_only() -> None:
    nested = "https://a/?token=1"
    from urllib.parse import quote

    for _ in range(3):
        nested = "/?next=" + quote(nested, safe="")
    assert "/?next=***" == mask_url(nested)
    assert mask_url("/?a=" + "%25" * 5000).startswith("/?a=")
    deep = "/?a=%" + "25" * 5000
    assert deep == mask_url(deep)


# --- Header values ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("Authorization", "Bearer abc", "Bearer ***"),
        ("authorization", 'Digest username="a", response="b"', "Digest ***"),
        ("Proxy-Authorization", "Basic dTpw", "Basic ***"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=a", "AWS4-HMAC-SHA256 ***"),
        ("Authorization", "abcdef", "***"),
        ("Authorization", "pass,word and more", "***"),
        ("Cookie", "sid=1; theme=dark; bare", "sid=***; theme=***; ***"),
        ("Cookie", "sid=", "sid="),
        ("Set-Cookie", "sid=1; Path=/; Secure; Max-Age=5", "sid=***; Path=/; Secure; Max-Age=5"),
        ("Set-Cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "a=***; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
        ("Set-Cookie", "a=1; Path=/, b=2", "a=***; Path=***"),
        ("Set-Cookie", "a=1; other=2", "a=***; other=***"),
        ("X-Api-Key", "1", "***"),
        ("X-Amz-Security-Token", "1", "***"),
        ("X-Auth-User", "1", "***"),
        ("Location", "https://u:p@a/?code=1", "https://***@a/?code=***"),
        ("Referer", "/?token=1", "/?token=***"),
        ("Origin", "https://u:p@a", "https://***@a"),
        ("X-Anything", f"JWT {JWT}", "JWT ***"),
        ("Sec-WebSocket-Protocol", f"graphql-ws, {JWT}", "graphql-ws, ***"),
        ("Sec-WebSocket-Protocol", "access_token, abc123", "access_token, ***"),
        (
            "Sec-WebSocket-Protocol",
            "realtime, openai-insecure-api-key.sk-1, v1",
            "realtime, openai-insecure-api-key.***, v1",
        ),
    ],
)
def test_a_header_loses_its_secrets(name: str, value: str, masked: str) -> None:
    assert masked == mask_value(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "example.org:8080"),
        ("Authorization", " "),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("Sec-WebSocket-Protocol", "graphql-transport-ws, v12.stomp, mqtt"),
        ("Sec-WebSocket-Protocol", "bearer, mqtt"),
        ("Sec-WebSocket-Protocol", ",,"),
        ("WWW-Authenticate", 'Basic realm="x"'),
        ("Date", "Tue, 24 Nov 2026 12:00:00 GMT"),
        ("User-Agent", "wscli/0.1.0"),
        ("ETag", '"0123456789abcdef0123456789abcdef"'),
    ],
)
def test_a_header_without_secrets_stays(name: str, value: str) -> None:
    assert value == mask_value(name, value)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("base64url.bearer.authorization.k8s.io.c2VjcmV0", "base64url.bearer.authorization.***"),
        ("bearer.abc", "bearer.***"),
        ("Bearer.abc", "Bearer.***"),
        ("0123456789abcdefghij", "***"),
        ("sk_live_0123456789abcdef", "***"),
        ("123e4567-e89b-12d3-a456-426614174000", "***"),
        ("auth.", "auth."),
        ("base64.binary.k8s.io", "base64.binary.k8s.io"),
        ("com.example.chat.protocol.v2", "com.example.chat.protocol.v2"),
        ("soap", "soap"),
    ],
)
def test_a_subprotocol_loses_its_token(name: str, masked: str) -> None:
    assert masked == mask_subprotocol(name)


def test_subprotocols_that_are_tokens_are_told_from_the_others() -> None:
    assert ("bearer.longer", "bearer.1") == secret_protocols("chat, bearer.1, bearer.longer")
    assert () == secret_protocols("chat, mqtt")


# --- Heads -----------------------------------------------------------------------------------------------------------
REQUEST = (
    b"GET /chat?token=SECRET&room=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer SECRET\r\n"
    b"Cookie: sid=SECRET; b=SECRET\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
MASKED_REQUEST = (
    b"GET /chat?token=***&room=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ***\r\n"
    b"Cookie: sid=***; b=***\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_a_head_loses_its_secrets_and_keeps_its_lines() -> None:
    assert MASKED_REQUEST == mask_head(REQUEST)
    assert MASKED_REQUEST == mask_head(MASKED_REQUEST)


def test_a_head_without_secrets_is_the_same_object() -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    assert mask_head(head) is head
    cut = b"HTTP/1.1 101 Swit"
    assert mask_head(cut) is cut


@pytest.mark.parametrize(
    ("head", "masked"),
    [
        (b"GET / HTTP/1.1\nCookie: a=SECRET\n\n", b"GET / HTTP/1.1\nCookie: a=***\n\n"),
        (
            b"GET / HTTP/1.1\r\nCookie: a=SECRET;\r\n b=SECRET\r\n\r\n",
            b"GET / HTTP/1.1\r\nCookie: a=***;\r\n ***\r\n\r\n",
        ),
        (b"GET / HTTP/1.1\r\nX: y\r\n z\r\n \r\n\r\n", b"GET / HTTP/1.1\r\nX: y\r\n z\r\n \r\n\r\n"),
        (b"GET / HTTP/1.1\r\nX: y\r\n ?token=SECRET\r\n\r\n", b"GET / HTTP/1.1\r\nX: y\r\n ?token=***\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nCookie a=SECRET\r\n\r\n", b"GET / HTTP/1.1\r\nCookie a=***\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nCookie : a=SECRET\r\n\r\n", b"GET / HTTP/1.1\r\nCookie : a=***\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nCookie:\r\n a=SECRET\r\n\r\n", b"GET / HTTP/1.1\r\nCookie:\r\n ***\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nX: y\rCookie: a=SECRET\r\n\r\n", b"GET / HTTP/1.1\r\nX: y\rCookie: a=***\r\n\r\n"),
        (b"\r\n\r\nGET /?key=SECRET HTTP/1.1\r\n\r\n", b"\r\n\r\nGET /?key=*** HTTP/1.1\r\n\r\n"),
        (b"GET /?key=SECRET", b"GET /?key=***"),
        (b"GET /?key=SECRET and more HTTP/1.1\r\n", b"GET /?key=*** HTTP/1.1\r\n"),
        (b"SECRET", b"SECRET"),
    ],
)
def test_heads_of_odd_forms_lose_their_secrets(head: bytes, masked: bytes) -> None:
    assert masked == mask_head(head)


@given(request_heads | response_heads)
def test_a_masked_head_stays_masked(head: object) -> None:
    masked = mask_head(head.raw)  # type: ignore[attr-defined]
    assert masked == mask_head(masked)


@given(st.lists(st.integers(0, len(REQUEST))))
def test_it_does_not_matter_how_the_bytes_of_a_handshake_are_cut(places: list[int]) -> None:
    stream = REQUEST + b"\x81\x05token=1\r\nCookie: a=1\r\n"
    cuts = [0, *sorted(places), len(stream)]
    masker = HeadMasker()
    pieces = [masker.mask(stream[start:end]) for start, end in pairwise(cuts)]
    masked = b"".join([*pieces, masker.finish()])
    assert b"SECRET" not in masked
    assert MASKED_REQUEST + b"\x81\x05token=1\r\nCookie: a=1\r\n" == masked


def test_heads_that_follow_each_other_are_masked_and_what_is_between_is_not() -> None:
    masker = HeadMasker()
    interim = b"HTTP/1.1 103 Early Hints\r\nSet-Cookie: a=SECRET\r\n\r\n"
    answer = b"HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: b=SECRET\r\n\r\n\x81\x02hi\n"
    masked = masker.mask(interim + answer)
    assert b"SECRET" not in masked
    assert masked.endswith(b"Set-Cookie: b=***\r\n\r\n\x81\x02hi\n")


@pytest.mark.parametrize(
    "data", [b"", b"\x16\x03\x01", b"SSH-2.0-x\r\nCookie: a=1\r\n", b"\r\n", b"body token=1\n", b" "]
)
def test_what_is_no_head_passes_as_it_is(data: bytes) -> None:
    assert mask_bytes(data) is data


@pytest.mark.parametrize(
    "data", [b"HT", b"GE", b"BREW /?key=SECRET HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\nSet-Cookie: a=SECRET"]
)
def test_what_begins_like_a_head_is_masked(data: bytes) -> None:
    assert b"SECRET" not in mask_bytes(data)
    assert mask_bytes(data).startswith(data[:2])


def test_a_line_too_long_to_be_held_takes_everything_after_it_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_HELD_AT_MOST", 20)
    masker = HeadMasker()
    pieces = (b"GET / HTTP/1.1\r\nCookie: a=", b"SECRETSECRET", b"SECRET\r\n\r\n")
    masked = b"".join([masker.mask(piece) for piece in pieces]) + masker.finish()
    assert b"GET / HTTP/1.1\r\n******" == masked


@given(st.binary())
def test_masking_never_fails(data: bytes) -> None:
    mask_bytes(data)
    mask_head(data)


@pytest.mark.parametrize(
    ("sentence", "masked"),
    [
        ("Cookie: a=SECRET", "Cookie: a=***"),
        ("5 bytes in 16 bits", "5 bytes in 16 bits"),
        ("got: 5", "got: 5"),
        ("redirected to /?token=SECRET now", "redirected to /?token=*** now"),
        ("", ""),
    ],
)
def test_sentences_about_heads_lose_their_secrets(sentence: str, masked: str) -> None:
    assert masked == mask_sentence(sentence)


# --- Command lines ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("listen", "listen"),
        ("wscli send ws://a 'hello there'", "wscli send ws://a 'hello there'"),
        ("wscli listen 'ws://a/?token=SECRET'", "wscli listen 'ws://a/?token=***'"),
        ("wscli listen -u joe:SECRET a", "wscli listen -u 'joe:***' a"),
        ("wscli listen -ujoe:SECRET a", "wscli listen '-ujoe:***' a"),
        ("wscli listen --user=joe:SECRET a", "wscli listen '--user=joe:***' a"),
        ("wscli listen -u joe a", "wscli listen -u joe a"),
        ("wscli listen --bearer SECRET a", "wscli listen --bearer '***' a"),
        ("wscli listen --pass SECRET a", "wscli listen --pass '***' a"),
        ("wscli listen -b 'sid=SECRET' a", "wscli listen -b 'sid=***' a"),
        ("wscli listen -b cookies.txt a", "wscli listen -b cookies.txt a"),
        ("wscli listen -H 'Authorization: Bearer SECRET' a", "wscli listen -H 'Authorization: Bearer ***' a"),
        ("wscli listen -H @headers a", "wscli listen -H @headers a"),
        ("wscli listen --proxy=http://u:SECRET@p a", "wscli listen '--proxy=http://***@p' a"),
        ("wscli listen u:SECRET@a", "wscli listen '***@a'"),
        ("wscli listen 'SECRET", "***"),
        ("wscli listen --bearer", "wscli listen --bearer"),
    ],
)
def test_a_command_line_loses_its_secrets(command: str, masked: str) -> None:
    assert masked == mask_command(command)
