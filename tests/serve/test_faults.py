"""Every fault that the server does on request, seen by our own client: what it comes to, and the first deviation."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.serve.visiting import visit, visit_served
from wscli.errors import UsageProblem
from wscli.events import (
    CertificatesReceived,
    CloseReceived,
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

# Name: (exit status, the first deviation that is noted)
EXPECTED: dict[str, tuple[int, str]] = {
    "status": (7, ""),
    "upgrade-not-forwarded": (7, ""),
    "nginx-400": (7, ""),
    "plain-to-tls": (7, ""),
    "web-page": (7, ""),
    "captive-portal": (7, ""),
    "not-found": (7, ""),
    "version": (7, ""),
    "upgrade-required": (7, ""),
    "redirect": (7, ""),
    "redirect-loop": (7, ""),
    "login": (7, ""),
    "slash-missing": (7, ""),
    "slash": (7, ""),
    "unauthorized": (7, ""),
    "unauthorized-bearer": (7, ""),
    "unauthorized-digest": (7, ""),
    "payment-required": (7, ""),
    "forbidden": (7, ""),
    "origin-required": (7, ""),
    "bot-challenge": (7, ""),
    "method-not-allowed": (7, ""),
    "proxy-authentication": (7, ""),
    "misdirected": (7, ""),
    "rate-limit": (7, ""),
    "not-implemented": (7, ""),
    "bad-gateway": (7, ""),
    "unavailable": (7, ""),
    "gateway-timeout": (7, ""),
    "engine-io": (7, ""),
    "connection-exact": (0, ""),
    "repeated-refused": (0, ""),
    "subprotocol-required": (7, ""),
    "second-refused": (0, ""),
    "no-answer": (8, ""),
    "reset": (8, ""),
    "hang": (12, ""),
    "accept-missing": (8, "handshake/accept-missing"),
    "accept-no-guid": (8, "handshake/accept-wrong"),
    "accept-hex": (8, "handshake/accept-wrong"),
    "accept-decoded-key": (8, "handshake/accept-wrong"),
    "accept-other-key": (8, "handshake/accept-wrong"),
    "accept-previous-key": (8, "handshake/accept-wrong"),
    "accept-space": (8, "handshake/accept-wrong"),
    "accept-fixed": (8, "handshake/accept-wrong"),
    "accept-twice": (8, "handshake/header-repeated"),
    "upgrade-missing": (8, "handshake/upgrade-missing"),
    "upgrade-other": (8, "handshake/upgrade-other"),
    "connection-missing": (8, "handshake/connection-missing"),
    "connection-close": (8, "handshake/connection-no-upgrade"),
    "hop-by-hop-missing": (8, "handshake/upgrade-missing"),
    "lower-case": (0, ""),
    "odd-case": (0, ""),
    "subprotocol-ignored": (0, ""),
    "subprotocol-other": (8, "handshake/subprotocol-not-offered"),
    "subprotocol-empty": (8, "handshake/subprotocol-invalid"),
    "subprotocol-case": (8, "handshake/subprotocol-not-offered"),
    "extension-unknown": (8, "handshake/extension-not-offered"),
    "extension-not-offered": (8, "handshake/deflate-parameter-value"),
    "extension-window-bits": (8, "handshake/deflate-parameter-value"),
    "extension-parameter": (8, "handshake/deflate-parameter-unknown"),
    "extension-malformed": (8, "handshake/extension-malformed"),
    "content-length": (0, "handshake/body-header"),
    "chunked": (9, "handshake/body-header"),
    "gzip": (9, "handshake/content-encoding"),
    "http-1.0": (8, "handshake/http-version"),
    "no-reason": (0, "head/reason-space-missing"),
    "empty-reason": (0, "head/reason-missing"),
    "line-feeds": (0, "head/line-feed-only"),
    "folded": (0, "head/field-folded"),
    "no-colon": (0, "head/field-no-colon"),
    "control-characters": (0, "head/nul"),
    "early-hints": (0, ""),
    "glued": (0, ""),
    "behind-nginx": (0, ""),
    "behind-cloudflare": (0, ""),
    "behind-amazon": (0, ""),
    "cookies": (0, ""),
    "large-head": (8, "head/too-large"),
    "masked": (9, "frame/masked"),
    "masked-echo": (9, "frame/masked"),
    "masked-pong": (9, "frame/masked"),
    "masked-close": (9, "frame/masked"),
    "rsv1": (9, "deflate/invalid"),
    "rsv2": (9, "frame/reserved-bit-2"),
    "rsv3": (9, "frame/reserved-bit-3"),
    "rsv1-control": (9, "frame/reserved-bit-1"),
    "rsv1-continuation": (9, "frame/reserved-bit-1"),
    "opcode-3": (9, "frame/opcode-reserved"),
    "opcode-11": (9, "frame/opcode-reserved"),
    "length-16": (9, "frame/length-not-minimal"),
    "length-64": (9, "frame/length-not-minimal"),
    "length-2-63": (9, "frame/length-top-bit"),
    "length-short": (9, "frame/opcode-reserved"),
    "length-long": (9, "message/not-utf8"),
    "http-in-frames": (9, "frame/control-fragmented"),
    "html-in-frames": (9, "frame/opcode-reserved"),
    "gzip-in-frames": (9, "frame/opcode-reserved"),
    "control-fragmented": (9, "frame/control-fragmented"),
    "control-too-long": (9, "frame/control-too-long"),
    "continuation-first": (9, "frame/continuation-unexpected"),
    "message-in-message": (9, "frame/continuation-expected"),
    "ping-in-message": (0, ""),
    "empty-fragments": (0, ""),
    "invalid-utf-8": (9, "message/not-utf8"),
    "cut-utf-8": (9, "message/not-utf8"),
    "surrogate": (9, "message/not-utf8"),
    "late-utf-8": (9, "message/not-utf8"),
    "utf-8-replaced": (0, ""),
    "text-only": (0, ""),
    "escapes": (0, ""),
    "engine-io-open": (0, ""),
    "deflate-corrupt": (9, "deflate/invalid"),
    "deflate-cut": (9, "deflate/invalid"),
    "deflate-good": (0, ""),
    "deflate-skipped": (0, ""),
    "deflate-bomb": (9, "message/too-big"),
    "frame-huge": (9, "message/too-big"),
    "message": (0, ""),
    "fragments": (0, ""),
    "ping-flood": (0, ""),
    "close": (11, ""),
    "close-empty": (0, ""),
    "going-away": (0, ""),
    "protocol-error": (11, ""),
    "policy": (11, ""),
    "too-big": (11, ""),
    "keepalive": (11, ""),
    "subprotocol-4406": (11, ""),
    "close-one-byte": (9, "close/code-cut"),
    "close-1004": (9, "close/code-reserved"),
    "close-1005": (9, "close/code-reserved"),
    "close-1006": (9, "close/code-reserved"),
    "close-1015": (9, "close/code-reserved"),
    "close-unassigned": (9, "close/code-unassigned"),
    "close-999": (9, "close/code-range"),
    "close-long-reason": (9, "frame/control-too-long"),
    "close-not-utf-8": (9, "close/reason-not-utf8"),
    "frame-after-close": (9, "frame/after-close"),
    "close-ignored": (12, ""),
    "drop": (10, ""),
    "drop-hard": (10, ""),
    "drop-after-messages": (10, ""),
    "drop-after": (0, ""),
    "close-after": (0, ""),
    "slow": (0, ""),
    "stall": (12, ""),
    "cut": (8, "head/cut"),
    "cut-hard": (8, "head/cut"),
    "no-pong": (0, ""),
    "ssh": (8, ""),
    "smtp": (8, ""),
    "redis": (8, ""),
    "mqtt": (8, ""),
    "http-2": (8, ""),
    "alpn-h2": (8, ""),
    "text": (8, ""),
    "tls-port": (8, ""),
    "close-at-once": (8, ""),
    "reset-at-once": (8, ""),
    "half-open": (12, ""),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_comes_to_this(name: str) -> None:
    status, events = visit_served(f"/fault/{name}{VALUES.get(name, '')}", is_short=name in TIME_OUT)
    codes = [deviation.kind.code for event in events for deviation in deviations_of(event)]
    assert EXPECTED[name] == (status, codes[0] if codes else "")


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
