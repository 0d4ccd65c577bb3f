"""The client's half of the handshake: every header can be changed, every rule is a check."""

from __future__ import annotations

import pytest

from wscli.errors import UsageProblem
from wscli.protocol.client import decode_request
from wscli.protocol.handshake import build_request, change_fields, judge_response, request_fields
from wscli.settings import HandshakeSettings, HeaderChange
from wscli.wire.deflate import DeflateParameters
from wscli.wire.head import ResponseDecoder, ResponseHead

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
GOOD = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {ACCEPT}\r\n"
)


def response(text: str) -> ResponseHead:
    head = ResponseDecoder().feed(text.encode("latin-1") + b"\r\n")
    assert head is not None
    return head


def request(**changes: object) -> bytes:
    return build_request(HandshakeSettings().replace(**changes), "/chat", "example.com", KEY)


def failed(text: str, **changes: object) -> list[str]:
    verdict = judge_response(decode_request(request(**changes)), response(text))
    return [check.deviation.kind.code for check in verdict.checks if check.deviation is not None]


def test_the_request_is_the_one_that_the_rfc_asks_for() -> None:
    assert (
        b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    ) == request()


def test_what_was_asked_for_is_in_the_request() -> None:
    raw = request(
        subprotocols=("chat", "log"), origin="https://a", user_agent="me", bearer="t", host="h:1", deflate_offer=None
    )
    for line in (b"Host: h:1", b"Sec-WebSocket-Protocol: chat, log", b"Origin: https://a", b"User-Agent: me"):
        assert line + b"\r\n" in raw
    assert b"Authorization: Bearer t\r\n" in raw
    assert b"Extensions" not in raw


def test_credentials_are_sent_as_basic() -> None:
    fields = dict(request_fields(HandshakeSettings(credentials=("Aladdin", "open sesame")), "h", KEY))
    assert fields["Authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_a_change_replaces_in_place_then_repeats_and_can_remove_or_empty() -> None:
    fields = [("Host", "a"), ("Upgrade", "websocket")]
    changes = (
        HeaderChange("host", "b"),
        HeaderChange("Host", "c"),
        HeaderChange("Upgrade", None),
        HeaderChange("X", ""),
        HeaderChange("Y", "1"),
        HeaderChange("y", "2"),
    )
    assert [("host", "b"), ("Host", "c"), ("X", ""), ("Y", "1"), ("y", "2")] == change_fields(fields, changes)


def test_a_line_break_in_a_header_is_refused() -> None:
    with pytest.raises(UsageProblem) as caught:
        request(origin="a\r\nX: y")
    assert caught.value.code == "header/line-break"


def test_a_good_answer_passes_every_check() -> None:
    verdict = judge_response(decode_request(request()), response(GOOD))
    assert all(check.is_passed for check in verdict.checks)
    assert () == verdict.faults
    assert None is verdict.deflate


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (GOOD.replace("HTTP/1.1", "HTTP/1.0"), ["handshake/http-version"]),
        (GOOD.replace("Upgrade: websocket\r\n", ""), ["handshake/upgrade-missing"]),
        (GOOD.replace("websocket", "TLS/1.2"), ["handshake/upgrade-other"]),
        (GOOD.replace("Connection: Upgrade\r\n", ""), ["handshake/connection-missing"]),
        (GOOD.replace("Connection: Upgrade", "Connection: close"), ["handshake/connection-no-upgrade"]),
        (GOOD.replace("websocket", "WebSocket").replace(": Upgrade", ": keep-alive, upgrade"), []),
        (GOOD.replace(ACCEPT, "x"), ["handshake/accept-wrong"]),
        (GOOD.replace(f"Sec-WebSocket-Accept: {ACCEPT}\r\n", ""), ["handshake/accept-missing"]),
        (GOOD + f"Sec-WebSocket-Accept: {ACCEPT}\r\n", ["handshake/header-repeated"]),
        (GOOD + "Content-Length: 0\r\n", ["handshake/body-header"]),
        (GOOD + "Transfer-Encoding: chunked\r\n", ["handshake/body-header"]),
        (GOOD + "Content-Encoding: gzip\r\n", ["handshake/content-encoding"]),
        (GOOD + "Sec-WebSocket-Protocol: chat\r\n", ["handshake/subprotocol-not-offered"]),
        (GOOD + "Sec-WebSocket-Extensions: foo\r\n", ["handshake/extension-not-offered"]),
        (GOOD + 'Sec-WebSocket-Extensions: permessage-deflate; x="\r\n', ["handshake/extension-malformed"]),
    ],
)
def test_a_broken_rule_is_a_deviation(answer: str, codes: list[str]) -> None:
    assert codes == failed(answer)


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (GOOD + "Sec-WebSocket-Protocol: log\r\n", []),
        (GOOD, ["handshake/subprotocol-none"]),
        (GOOD + "Sec-WebSocket-Protocol: LOG\r\n", ["handshake/subprotocol-not-offered"]),
        (GOOD + "Sec-WebSocket-Protocol: \r\n", ["handshake/subprotocol-invalid"]),
        (GOOD + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: log\r\n", ["handshake/header-repeated"]),
    ],
)
def test_the_subprotocol_must_be_one_of_those_offered(answer: str, codes: list[str]) -> None:
    assert codes == failed(answer, subprotocols=("chat", "log"))


def test_an_accept_is_judged_against_the_key_that_really_went_out() -> None:
    changed = (HeaderChange("Sec-WebSocket-Key", "other"),)
    assert ["handshake/accept-wrong"] == failed(GOOD, headers=changed)
    assert ["handshake/accept-wrong"] == failed(GOOD, headers=(HeaderChange("Sec-WebSocket-Key", None),))


def test_the_agreed_parameters_are_in_the_verdict() -> None:
    answer = (
        GOOD + "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; client_no_context_takeover\r\n"
    )
    verdict = judge_response(decode_request(request()), response(answer))
    assert DeflateParameters(client_no_context_takeover=True, server_max_window_bits=10) == verdict.deflate


def test_several_faults_of_one_answer_are_told_together() -> None:
    answer = GOOD + "Sec-WebSocket-Extensions: foo, permessage-deflate; bar\r\n"
    verdict = judge_response(decode_request(request()), response(answer))
    assert ["foo; bar"] == [fault.detail for fault in verdict.faults]
