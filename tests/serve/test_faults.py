"""Every fault that the server does on request, seen by our own client: what it comes to, and what is found."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.serve.visiting import visit, visit_served
from wscli.errors import UsageProblem
from wscli.events import (
    CertificatesReceived,
    CloseReceived,
    Finding,
    HandshakeRefused,
    MessageReceived,
    PongMatched,
    TlsEstablished,
    TlsFailed,
    deviations_of,
)
from wscli.protocol.client import decode_request
from wscli.serve.faults import BY_NAME, FAULTS, plan_of
from wscli.serve.faults.ending import TLS
from wscli.serve.faults.fault import Plan
from wscli.serve.server import Server
from wscli.serve.shaping import Ending
from wscli.settings import HandshakeSettings, HeaderChange, Liveness, ServerSettings, ServerTls, TlsSettings
from wscli.wire.accept import accept_for

VALUES = {
    "close-after": "=0.1", "deflate-bomb": "=100000000", "drop-after": "=0.1", "fragments": "=1000",
    "ping-flood": "=1000", "slow": "=2000",
}  # fmt: skip
"""Values that keep the tests quick."""

TIME_OUT = ("hang", "stall", "half-open", "close-ignored")
"""What only a time limit ends."""

# Name: (exit status, the first deviation that is noted, what the rules find)
EXPECTED: dict[str, tuple[int, str, str]] = {
    "status": (7, "", "backend/server-error"),
    "upgrade-not-forwarded": (7, "", "http/upgrade-not-forwarded"),
    "nginx-400": (7, "", "http/own-bad-request"),
    "plain-to-tls": (7, "", "http/plain-to-tls"),
    "web-page": (7, "", "path/page-in-place-of-upgrade"),
    "captive-portal": (7, "", "proxy/captive-portal"),
    "not-found": (7, "", "path/not-found"),
    "version": (7, "", "http/version"),
    "upgrade-required": (7, "", "http/upgrade-not-forwarded"),
    "redirect": (7, "", "redirect/to-tls"),
    "redirect-loop": (7, "", "redirect/to-itself"),
    "login": (7, "", "redirect/to-login"),
    "slash-missing": (7, "", "path/not-found"),
    "slash": (7, "", "redirect/to-slash"),
    "unauthorized": (7, "", "access/credentials-missing"),
    "unauthorized-bearer": (7, "", "access/credentials-refused"),
    "unauthorized-digest": (7, "", "access/credentials-missing"),
    "payment-required": (7, "", "access/payment-required"),
    "forbidden": (7, "", "access/forbidden"),
    "origin-required": (7, "", "access/origin-refused"),
    "bot-challenge": (7, "", "access/bot-challenge"),
    "method-not-allowed": (7, "", "path/method"),
    "proxy-authentication": (7, "", "proxy/authentication-required"),
    "misdirected": (7, "", "http/host-refused"),
    "rate-limit": (7, "", "access/limited"),
    "not-implemented": (7, "", "path/method"),
    "bad-gateway": (7, "", "backend/gateway"),
    "unavailable": (7, "", "backend/unavailable"),
    "gateway-timeout": (7, "", "backend/gateway"),
    "engine-io": (7, "", "http/engine-io"),
    "connection-exact": (0, "", ""),
    "repeated-refused": (0, "", ""),
    "subprotocol-required": (7, "", "http/subprotocol-wanted"),
    "second-refused": (0, "", ""),
    "no-answer": (8, "", "answer/closed"),
    "reset": (8, "", "answer/reset"),
    "hang": (12, "", "answer/none-in-time"),
    "accept-missing": (8, "handshake/accept-missing", "handshake/accept-missing"),
    "accept-no-guid": (8, "handshake/accept-wrong", "handshake/accept-formula"),
    "accept-hex": (8, "handshake/accept-wrong", "handshake/accept-formula"),
    "accept-decoded-key": (8, "handshake/accept-wrong", "handshake/accept-formula"),
    "accept-other-key": (8, "handshake/accept-wrong", "handshake/accept-formula"),
    "accept-previous-key": (8, "handshake/accept-wrong", "handshake/accept-formula"),
    "accept-space": (8, "handshake/accept-wrong", "handshake/accept-formula"),
    "accept-fixed": (8, "handshake/accept-wrong", "handshake/accept-no-digest"),
    "accept-twice": (8, "handshake/header-repeated", "handshake/accept-repeated"),
    "upgrade-missing": (8, "handshake/upgrade-missing", "handshake/hop-by-hop"),
    "upgrade-other": (8, "handshake/upgrade-other", "handshake/other-protocol"),
    "connection-missing": (8, "handshake/connection-missing", "handshake/hop-by-hop"),
    "connection-close": (8, "handshake/connection-no-upgrade", "handshake/hop-by-hop"),
    "hop-by-hop-missing": (8, "handshake/upgrade-missing", "handshake/hop-by-hop"),
    "lower-case": (0, "", ""),
    "odd-case": (0, "", ""),
    "subprotocol-ignored": (0, "", ""),
    "subprotocol-other": (8, "handshake/subprotocol-not-offered", "subprotocol/unasked"),
    "subprotocol-empty": (8, "handshake/subprotocol-invalid", "subprotocol/empty"),
    "subprotocol-case": (8, "handshake/subprotocol-not-offered", "subprotocol/unasked"),
    "extension-unknown": (8, "handshake/extension-not-offered", "extension/not-offered"),
    "extension-not-offered": (8, "handshake/deflate-parameter-value", "extension/parameters"),
    "extension-window-bits": (8, "handshake/deflate-parameter-value", "extension/parameters"),
    "extension-parameter": (8, "handshake/deflate-parameter-unknown", "extension/parameters"),
    "extension-malformed": (8, "handshake/extension-malformed", "extension/malformed"),
    "content-length": (0, "handshake/body-header", "handshake/content-length"),
    "chunked": (9, "handshake/body-header", "framing/chunked handshake/transfer-encoding"),
    "gzip": (9, "handshake/content-encoding", "framing/compressed-stream handshake/content-encoding"),
    "http-1.0": (8, "handshake/http-version", "handshake/http-version"),
    "no-reason": (0, "head/reason-space-missing", "handshake/odd-head"),
    "empty-reason": (0, "head/reason-missing", ""),
    "line-feeds": (0, "head/line-feed-only", "handshake/odd-head"),
    "folded": (0, "head/field-folded", "handshake/odd-head"),
    "no-colon": (0, "head/field-no-colon", "handshake/odd-head"),
    "control-characters": (0, "head/nul", "handshake/odd-head"),
    "early-hints": (0, "", ""),
    "glued": (0, "", ""),
    "behind-nginx": (0, "", ""),
    "behind-cloudflare": (0, "", ""),
    "behind-amazon": (0, "", ""),
    "cookies": (0, "", ""),
    "large-head": (8, "head/too-large", "handshake/head-too-large"),
    "masked": (9, "frame/masked", "framing/masked"),
    "masked-echo": (9, "frame/masked", "framing/masked"),
    "masked-pong": (9, "frame/masked", "framing/masked"),
    "masked-close": (9, "frame/masked", "framing/masked"),
    "rsv1": (9, "deflate/invalid", "message/deflate-plain"),
    "rsv2": (9, "frame/reserved-bit-2", "framing/reserved"),
    "rsv3": (9, "frame/reserved-bit-3", "framing/reserved"),
    "rsv1-control": (9, "frame/reserved-bit-1", "framing/reserved-bit-place"),
    "rsv1-continuation": (9, "frame/reserved-bit-1", "framing/reserved-bit-place"),
    "opcode-3": (9, "frame/opcode-reserved", "framing/reserved"),
    "opcode-11": (9, "frame/opcode-reserved", "framing/reserved"),
    "length-16": (9, "frame/length-not-minimal", "framing/length-form"),
    "length-64": (9, "frame/length-not-minimal", "framing/length-form"),
    "length-2-63": (9, "frame/length-top-bit", "framing/length-huge"),
    "length-short": (9, "frame/opcode-reserved", "framing/text"),
    "length-long": (9, "message/not-utf8", "message/length"),
    "http-in-frames": (9, "frame/control-fragmented", "framing/http"),
    "html-in-frames": (9, "frame/opcode-reserved", "framing/html"),
    "gzip-in-frames": (9, "frame/opcode-reserved", "framing/compressed-stream"),
    "control-fragmented": (9, "frame/control-fragmented", "framing/control"),
    "control-too-long": (9, "frame/control-too-long", "framing/control"),
    "continuation-first": (9, "frame/continuation-unexpected", "framing/fragments"),
    "message-in-message": (9, "frame/continuation-expected", "framing/fragments"),
    "ping-in-message": (0, "", ""),
    "empty-fragments": (0, "", ""),
    "invalid-utf-8": (9, "message/not-utf8", "message/other-encoding"),
    "cut-utf-8": (9, "message/not-utf8", "message/cut-character"),
    "surrogate": (9, "message/not-utf8", "message/modified-utf-8"),
    "late-utf-8": (9, "message/not-utf8", "message/not-utf-8"),
    "utf-8-replaced": (0, "", ""),
    "text-only": (0, "", ""),
    "escapes": (0, "", ""),
    "engine-io-open": (0, "", ""),
    "deflate-corrupt": (9, "deflate/invalid", "message/deflate-broken"),
    "deflate-cut": (9, "deflate/invalid", "message/deflate-broken"),
    "deflate-good": (0, "", ""),
    "deflate-skipped": (0, "", ""),
    "deflate-bomb": (9, "message/too-big", "message/too-big"),
    "frame-huge": (9, "message/too-big", "message/too-big"),
    "message": (0, "", ""),
    "fragments": (0, "", ""),
    "ping-flood": (0, "", ""),
    "close": (11, "", "close/registered"),
    "close-empty": (0, "", ""),
    "going-away": (0, "", ""),
    "protocol-error": (11, "", "close/unmasked"),
    "policy": (11, "", "close/registered"),
    "too-big": (11, "", "close/too-big"),
    "keepalive": (11, "", "close/keepalive"),
    "subprotocol-4406": (11, "", "application/subprotocol-missing"),
    "close-one-byte": (9, "close/code-cut", "close/one-byte"),
    "close-1004": (9, "close/code-reserved", "close/never-on-wire"),
    "close-1005": (9, "close/code-reserved", "close/never-on-wire"),
    "close-1006": (9, "close/code-reserved", "close/never-on-wire"),
    "close-1015": (9, "close/code-reserved", "close/never-on-wire"),
    "close-unassigned": (9, "close/code-unassigned", "close/illegal"),
    "close-999": (9, "close/code-range", "close/illegal"),
    "close-long-reason": (9, "frame/control-too-long", "framing/control"),
    "close-not-utf-8": (9, "close/reason-not-utf8", "close/reason-encoding"),
    "frame-after-close": (9, "frame/after-close", "framing/after-close"),
    "close-ignored": (12, "", "liveness/close-unanswered"),
    "drop": (10, "", "close/at-once"),
    "drop-hard": (10, "", "close/at-once"),
    "drop-after-messages": (10, "", "close/none"),
    "drop-after": (0, "", ""),
    "close-after": (0, "", ""),
    "slow": (0, "", ""),
    "stall": (12, "", "answer/stalled"),
    "cut": (8, "head/cut", "handshake/head-cut"),
    "cut-hard": (8, "head/cut", "handshake/head-cut"),
    "no-pong": (0, "", ""),
    "ssh": (8, "", "answer/other-protocol"),
    "smtp": (8, "", "answer/other-protocol"),
    "redis": (8, "", "answer/other-protocol"),
    "mqtt": (8, "", "answer/other-protocol"),
    "http-2": (8, "", "answer/http-2"),
    "alpn-h2": (8, "", "answer/http-2"),
    "text": (8, "", "answer/no-http"),
    "tls-port": (8, "", "answer/tls-port"),
    "close-at-once": (8, "", "answer/closed"),
    "reset-at-once": (8, "", "answer/reset"),
    "half-open": (12, "", "answer/none-in-time"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_comes_to_this(name: str) -> None:
    status, events = visit_served(f"/fault/{name}{VALUES.get(name, '')}", is_short=name in TIME_OUT)
    codes = [deviation.kind.code for event in events for deviation in deviations_of(event)]
    found = " ".join(event.rule for event in events if isinstance(event, Finding))
    assert EXPECTED[name] == (status, codes[0] if codes else "", found)


def test_whatever_fails_is_explained() -> None:
    assert [] == [name for name, (status, _, found) in EXPECTED.items() if status and not found]


def test_every_fault_is_expected_to_come_to_something() -> None:
    assert [fault.name for fault in FAULTS if fault.area != TLS] == list(EXPECTED)
    assert len(BY_NAME) == len(FAULTS)


@pytest.mark.parametrize(
    ("name", "status"), [("upgrade-not-forwarded", 400), ("version", 426), ("redirect", 301), ("status=418", 418)]
)
def test_a_refusing_fault_refuses_with_its_status(name: str, status: int) -> None:
    _, events = visit_served(f"/fault/{name}")
    assert [status] == [event.status for event in events if isinstance(event, HandshakeRefused)]


# --- By option, for every connection ---------------------------------------------------------------------------------
def test_a_fault_of_the_server_holds_for_every_path() -> None:
    status, _ = visit_served("/echo", ServerSettings(faults=("accept-missing",)))
    assert 8 == status


def test_faults_are_put_together() -> None:
    settings = ServerSettings(faults=("lower-case,content-length", "invalid-utf-8", "slow=5000"))
    status, events = visit_served("/", settings)
    codes = [deviation.kind.code for event in events for deviation in deviations_of(event)]
    assert (9, ["handshake/body-header", "message/not-utf8"]) == (status, codes)


def test_faults_that_want_the_same_differently_are_refused() -> None:
    with pytest.raises(UsageProblem) as refused:
        plan_of(("slow=1+slow=2",))
    assert "both decide the rate" in str(refused.value)
    assert Plan(ending=Ending.FINISH, after_seconds=0.0) == plan_of(("drop+drop",))
    assert Plan() == plan_of(())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acept-hex", "there is no such fault"),
        ("masked=1", "it takes no value"),
        ("cut=x", "BYTES must be a number from 0 on"),
        ("cut=-1", "BYTES must be a number from 0 on"),
        ("cut=nan", "BYTES must be a number from 0 on"),
    ],
)
def test_a_fault_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        plan_of((text,))
    assert said in str(refused.value)


def test_the_name_that_is_near_is_named() -> None:
    with pytest.raises(UsageProblem) as refused:
        plan_of(("acept-hex",))
    assert "accept-hex" in (refused.value.hint or "")


def test_a_path_with_no_such_fault_is_not_found() -> None:
    status, events = visit_served("/fault/nothing")
    assert (7, [404]) == (status, [event.status for event in events if isinstance(event, HandshakeRefused)])


# --- What single ones do ---------------------------------------------------------------------------------------------
def test_the_wrong_accept_values_are_the_ones_they_say() -> None:
    _, events = visit_served("/fault/accept-other-key")
    details = [deviation.detail for event in events for deviation in deviations_of(event)]
    assert accept_for("dGhlIHNhbXBsZSBub25jZQ==") in details


def test_an_accept_value_of_the_connection_before_fits_it() -> None:
    fault = BY_NAME["accept-previous-key"].make(0)
    assert fault.answer is not None
    first, second = (decode_request(f"GET / HTTP/1.1\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()) for key in "ab")
    right = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    fault.answer(first, right)
    assert accept_for("a").encode() in fault.answer(second, right)
    assert accept_for("b").encode() in fault.answer(first, right)


def test_a_message_glued_to_the_101_arrives_before_the_echo() -> None:
    _, events = visit_served("/fault/glued", replies=2)
    assert [b"Hello", b"hi"] == [event.payload for event in events if isinstance(event, MessageReceived)]


@pytest.mark.parametrize("name", ["slash", "slash-missing"])
def test_a_slash_at_the_end_of_the_path_makes_it_right(name: str) -> None:
    assert (7, 0) == (visit_served(f"/fault/{name}")[0], visit_served(f"/fault/{name}/")[0])


def test_a_tls_server_that_chooses_http_2_answers_in_it() -> None:
    pytest.importorskip("cryptography")
    tls = TlsSettings(insecure=True, alpn=("h2", "http/1.1"))
    status, events = visit_served("/", _tls_server("alpn-h2"), tls=tls)
    assert (8, ["h2"]) == (status, [event.alpn for event in events if isinstance(event, TlsEstablished)])


def test_a_repeated_header_is_refused() -> None:
    repeated = HandshakeSettings(headers=(HeaderChange("Connection", "Upgrade"), HeaderChange("Connection", "Upgrade")))
    status, _ = visit_served("/fault/repeated-refused", handshake=repeated)
    assert 7 == status


@pytest.mark.parametrize(
    ("fault", "field", "value", "status"),
    [
        ("connection-exact", "Connection", "keep-alive, Upgrade", 7),
        ("origin-required", "Origin", "https://a.test", 0),
        ("subprotocol-required", "Sec-WebSocket-Protocol", "chat", 0),
    ],
)
def test_what_a_picky_server_wants_decides(fault: str, field: str, value: str, status: int) -> None:
    handshake = HandshakeSettings(headers=(HeaderChange(field, value),))
    assert status == visit_served(f"/fault/{fault}", handshake=handshake, replies=0)[0]


def test_a_server_closes_by_the_clock() -> None:
    _, events = visit_served("/fault/close-after=0.1", replies=5)
    assert [1000] == [event.payload.code for event in events if isinstance(event, CloseReceived)]


def test_the_second_connection_is_refused_while_the_first_is_there() -> None:
    async def run() -> tuple[int, int]:
        server = Server(ServerSettings(faults=("second-refused",)))
        url = await server.start()
        first = asyncio.ensure_future(visit(url, replies=2))
        while not server.state.open_count:
            await asyncio.sleep(0.01)
        second, _ = await visit(url)
        await first
        third, _ = await visit(url)
        await server.stop()
        return int(second), int(third)

    assert (7, 0) == asyncio.run(run())


def test_a_server_without_pong_leaves_pings_unanswered_and_closes_well() -> None:
    liveness = Liveness(ping_interval=0.05)
    _, events = visit_served("/fault/no-pong", replies=9, liveness=liveness)
    assert not any(isinstance(event, PongMatched) for event in events)
    _, events = visit_served("/", replies=9, liveness=liveness)
    assert any(isinstance(event, PongMatched) for event in events)


def test_text_only_closes_at_binary_and_echoes_text() -> None:
    _, events = visit_served("/fault/text-only")
    assert [b"hi"] == [event.payload for event in events if isinstance(event, MessageReceived)]


@pytest.mark.parametrize(
    ("name", "handshake"),
    [
        ("origin-required", HandshakeSettings(origin="http://o")),
        ("subprotocol-required", HandshakeSettings(subprotocols=("graphql-transport-ws",))),
        ("connection-exact", HandshakeSettings(headers=(HeaderChange("Connection", "keep-alive, Upgrade"),))),
    ],
)
def test_a_request_that_a_picky_server_wants_is_let_through_and_another_refused(
    name: str, handshake: HandshakeSettings
) -> None:
    assert (7 if name == "connection-exact" else 0) == visit_served(f"/fault/{name}", handshake=handshake)[0]


def test_a_close_code_can_be_chosen() -> None:
    _, events = visit_served("/fault/close=4123")
    assert [4123] == [event.payload.code for event in events if isinstance(event, CloseReceived)]


def test_a_cut_stream_ends_behind_its_byte() -> None:
    """The head of the 101 and the echo are more than 40 bytes; nothing past the 40th comes."""

    async def run() -> bytes:
        server = Server(ServerSettings(faults=("cut=40",)))
        url = await server.start()
        port = int(url.rstrip("/").rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        data = await reader.read()
        writer.close()
        await server.stop()
        return data

    data = asyncio.run(run())
    assert (40, True) == (len(data), data.startswith(b"HTTP/1.1 101 Switching"))


# --- TLS -------------------------------------------------------------------------------------------------------------
def _tls_server(*faults: str) -> ServerSettings:
    return ServerSettings(tls=ServerTls(), faults=faults)


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS if fault.area == TLS])
def test_a_tls_fault_fails_tls(name: str) -> None:
    pytest.importorskip("cryptography")
    status, events = visit_served("/", _tls_server(name))
    (failure,) = (event for event in events if isinstance(event, TlsFailed))
    assert 6 == status
    said = failure.reason.replace("_", " ").lower() + (failure.alert or "")
    assert {"tls-alert": "handshake failure", "no-application-protocol": "no application protocol"}.get(
        name, ""
    ) in said


@pytest.mark.parametrize(("name", "is_over", "is_begun"), [("expired", True, True), ("early", False, False)])
def test_a_certificate_out_of_its_time_says_so(name: str, is_over: bool, is_begun: bool) -> None:
    pytest.importorskip("cryptography")
    _, events = visit_served("/", _tls_server(f"certificate-{name}"), tls=TlsSettings(insecure=True))
    (shown,) = (event for event in events if isinstance(event, CertificatesReceived))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    certificate = shown.certificates[0]
    assert (is_over, is_begun) == (certificate.not_after < now, certificate.not_before < now)


@pytest.mark.parametrize(
    ("fault", "tls"),
    [
        ("certificate-expired", None),
        ("certificate-early", ServerTls(certificate="mine.pem")),
        ("alpn-h2", None),
    ],
)
def test_a_fault_of_tls_that_nobody_would_see_is_refused(fault: str, tls: ServerTls | None) -> None:
    with pytest.raises(UsageProblem) as refused:
        asyncio.run(Server(ServerSettings(tls=tls, faults=(fault,))).start())
    assert fault in str(refused.value)


def test_a_certificate_for_another_name_names_it() -> None:
    pytest.importorskip("cryptography")
    _, events = visit_served("/", _tls_server("certificate-wrong-name"), tls=TlsSettings(insecure=True))
    (shown,) = (event for event in events if isinstance(event, CertificatesReceived))
    assert ("DNS:wrong.example",) == shown.certificates[0].names
