"""What each check concludes, from scripted sessions and from events."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diagnose.scripted import CLOSE_1000, OPEN, SWITCH, session, settings
from tests.strategies import batches
from wscli import events as e
from wscli.diagnose.checks import STAGES, Checker, check_address, check_second, kind_of_bytes
from wscli.events import Batch, Checked, CheckOutcome, Event, StreamEnd
from wscli.protocol.client import ClientConnection
from wscli.protocol.step import SendClose, SendPing
from wscli.settings import ConnectionSettings
from wscli.wire.certificate import Certificate

PASSED, WARNED, FAILED, SKIPPED = CheckOutcome
PONG = b"\x8a\x00"
Story = list[tuple[str, CheckOutcome, str]]


def checks(happened: Iterable[Batch], of: ConnectionSettings | None = None) -> list[Checked]:
    checker = Checker(of or settings())
    return [check for batch in happened for check in checker.observe(batch)]


def story(*script: tuple[float, bytes | StreamEnd], of: ConnectionSettings | None = None) -> Story:
    """Return the checks of a session whose client pings once open and closes at the Pong."""

    def then(connection: ClientConnection, at: float) -> Iterable[Event]:
        if not connection.can_send:
            return ()
        order = SendPing(b"") if at < 0.2 else SendClose(1000)
        return connection.send((order,), at).events

    return told(checks(session(*script, of=of, then=then), of))


def told(found: Iterable[Checked]) -> Story:
    return [(check.name, check.outcome, check.seen) for check in found]


def of_events(*events: Event, of: ConnectionSettings | None = None) -> Story:
    return told(checks([Batch(0.5, events)], of))


def test_a_good_session_passes_every_check() -> None:
    found = story((0.1, OPEN), (0.2, PONG), (0.3, CLOSE_1000), (0.3, StreamEnd.FINISHED))
    assert [
        ("tcp", PASSED, "192.0.2.1:80"),
        ("tls", SKIPPED, "ws:// uses none"),
        ("request", PASSED, "nothing is wrong with what we send"),
        ("answer", PASSED, "HTTP"),
        ("status", PASSED, "HTTP/1.1 101 Switching Protocols"),
        ("version", PASSED, "HTTP/1.1"),
        ("upgrade", PASSED, "websocket"),
        ("connection", PASSED, "Upgrade"),
    ] == found[:8]
    assert [
        ("frames", PASSED, "nothing came glued to the 101"),
        ("ping", PASSED, "the Pong came"),
        ("close", PASSED, "ours was answered with 1000, then TCP FIN"),
        ("dns", SKIPPED, "the connection is over"),
    ] == found[-4:]


def test_frames_glued_to_the_101_are_named() -> None:
    found = story((0.1, OPEN + b"\x81\x02hi\x82\x01x"), (0.2, PONG))
    assert ("frames", PASSED, "came glued to the 101: TEXT 2 B, BINARY 1 B") in found


def test_a_refusal_shows_what_tells_and_skips_the_rest() -> None:
    answer = b"HTTP/1.1 403 Forbidden\r\nServer: nginx\r\nContent-Length: 3\r\n\r\nno!"
    found = story((0.1, answer), (0.2, StreamEnd.FINISHED))
    assert ("status", FAILED, "HTTP/1.1 403 Forbidden  Server: nginx") in found
    assert ("body", WARNED, "no!") in found
    for stage in ("101 rules", "frames", "ping", "close"):
        assert (stage, SKIPPED, "no 101 came") in found


def test_a_refusal_without_a_body_has_no_line_for_it() -> None:
    found = story((0.1, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
    assert "body" not in [name for name, _, _ in found]


def test_each_broken_rule_of_a_101_has_its_line() -> None:
    found = story((0.1, b"HTTP/1.0 101 X\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"))
    assert ("version", FAILED, "HTTP version: HTTP/1.0, where HTTP/1.1 is expected") in found
    assert ("upgrade", FAILED, "Upgrade: absent, where websocket is expected") in found
    assert any(name == "accept" and outcome is FAILED for name, outcome, _ in found)
    assert any(name == "content-length" and outcome is not PASSED for name, outcome, _ in found)
    assert ("frames", SKIPPED, "the 101 is not valid") in found


def test_a_head_that_breaks_http_is_told_once() -> None:
    found = story((0.1, SWITCH + b"X: a\rb\r\n\r\n"))
    assert 1 == len([seen for name, outcome, seen in found if (name, outcome) == ("answer", FAILED)])


@pytest.mark.parametrize(
    ("end", "seen"),
    [
        (StreamEnd.FINISHED, "not a byte, then TCP FIN"),
        (StreamEnd.RESET, "not a byte, then TCP RST"),
    ],
)
def test_an_empty_answer_says_how_it_ended(end: StreamEnd, seen: str) -> None:
    assert ("answer", FAILED, seen) in story((0.1, end))


def test_what_is_no_http_is_named() -> None:
    found = story((0.1, b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n"), (0.2, StreamEnd.FINISHED))
    assert ("answer", FAILED, "the first bytes are text: SSH-2.0-OpenSSH_9.2p1") in found
    assert ("status", SKIPPED, "there is no HTTP answer") in found


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", "TLS: 15 03 01 00 02 02 46"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00", "HTTP/2 (SETTINGS): 00 00 12 04 00 00 00 00 00 00"),
        (b"HTTP/1.1 400 Bad\r\nX: y", "HTTP: HTTP/1.1 400 Bad"),
        (b"-ERR unknown command\r\n", "text: -ERR unknown command"),
        (b"\x20\x02\x00\x00", "no HTTP: 20 02 00 00"),
    ],
)
def test_first_bytes_tell_who_speaks(data: bytes, kind: str) -> None:
    assert kind == kind_of_bytes(data)


# --- Reaching the server ---------------------------------------------------------------------------------------------
def test_each_address_has_its_line() -> None:
    checker = Checker(settings())
    resolved = e.NameResolved("localhost", ("[::1]:80", "127.0.0.1:80", "127.0.0.2:80"))
    found = checker.observe(Batch(0.1, (resolved, e.AttemptStarted("[::1]:80"))))
    found += checker.observe(Batch(0.2, (e.AttemptFailed("[::1]:80", "refused", "ECONNREFUSED"),)))
    assert () == checker.untried
    found += checker.observe(Batch(0.3, (e.AttemptStarted("127.0.0.1:80"),)))
    found += checker.observe(Batch(0.5, (e.Connected("127.0.0.1:80", "127.0.0.1:50000"),)))
    assert [
        ("dns", PASSED, "localhost is ::1, 127.0.0.1, 127.0.0.2"),
        ("tcp", WARNED, "[::1]:80: refused (ECONNREFUSED)"),
        ("tcp", PASSED, "127.0.0.1:80"),
        ("tls", SKIPPED, "ws:// uses none"),
    ] == told(found)
    assert [0.1, None, 0.2, None] == [check.seconds and round(check.seconds, 6) for check in found]
    assert ("127.0.0.2:80",) == checker.untried


def test_where_no_address_connects_that_is_said_once() -> None:
    failed = e.AttemptFailed("192.0.2.1:80", "refused", "ECONNREFUSED")
    ended = e.SessionEnded(None, None, None, is_clean=False, stream=None)
    found = of_events(e.AttemptStarted("192.0.2.1:80"), failed, e.ConnectFailed("x:80", "refused"), ended)
    assert ("dns", SKIPPED, "the URL names an address") == found[0]
    assert [("tcp", FAILED, "192.0.2.1:80: refused (ECONNREFUSED)")] == [one for one in found if one[0] == "tcp"]
    assert ("request", SKIPPED, "there is no connection") in found
    two = e.NameResolved("x", ("192.0.2.1:80", "192.0.2.2:80"))
    found = of_events(two, failed, failed, e.ConnectFailed("x:80", "refused"), ended)
    assert ("tcp", FAILED, "no address of x:80 can be connected to") in found


def test_a_unix_socket_needs_no_name() -> None:
    assert [("dns", SKIPPED, "the URL names a Unix socket")] == of_events(e.AttemptStarted("/run/x.sock"))


def test_a_name_without_an_address_skips_everything() -> None:
    ended = e.SessionEnded(None, None, None, is_clean=False, stream=None)
    found = of_events(e.NameFailed("nowhere.test", "Name or service not known"), ended)
    assert ("dns", FAILED, "nowhere.test: Name or service not known") == found[0]
    assert {"there is no address"} == {seen for _, outcome, seen in found if outcome is SKIPPED}


def test_an_address_that_was_only_tried_is_a_warning_where_it_failed() -> None:
    assert Checked("tcp", PASSED, "[::1]:80", seconds=0.1) == check_address("[::1]:80", None, 0.1)
    failed = check_address("[::1]:80", "no answer", 2.0)
    assert (WARNED, "[::1]:80: no answer") == (failed.outcome, failed.seen)
    assert failed.advice.endswith("-4")
    assert check_address("127.0.0.1:80", "no answer", 2.0).advice.endswith("-6")


# --- TLS -------------------------------------------------------------------------------------------------------------
SECURE = settings("wss://example.org/")
LEAF = Certificate(b"", "CN=example.org", "CN=CA", ("DNS:example.org",), "2026-01-01", "2027-01-01", "EC P-256", "x")
STARTED = e.TlsStarted("example.org", ("http/1.1",))
CHAIN = e.CertificatesReceived((LEAF,))


def test_tls_says_version_certificate_name_and_alpn() -> None:
    established = e.TlsEstablished("TLSv1.3", "AES", "http/1.1", is_verified=True)
    found = of_events(e.Connected("a:1", "b:2"), STARTED, CHAIN, established, of=SECURE)
    assert [
        ("tcp", PASSED, "a:1"),
        ("tls", PASSED, "TLSv1.3 AES"),
        ("certificate", PASSED, "CN=example.org, issuer CN=CA, until 2027-01-01"),
        ("sni", PASSED, "example.org is among DNS:example.org"),
        ("alpn", PASSED, "http/1.1"),
    ] == found


@pytest.mark.parametrize(
    ("established", "check"),
    [
        (e.TlsEstablished("TLSv1.1", "AES", None, is_verified=True), ("tls", WARNED, "TLSv1.1 AES")),
        (
            e.TlsEstablished("TLSv1.3", "AES", None, is_verified=True),
            ("alpn", PASSED, "the server chose none of http/1.1"),
        ),
        (e.TlsEstablished("TLSv1.3", "AES", "h2", is_verified=True), ("alpn", WARNED, "h2 was chosen")),
        (
            e.TlsEstablished("TLSv1.3", "AES", None, is_verified=False),
            ("certificate", WARNED, "not verified (-k): CN=example.org, issuer CN=CA, until 2027-01-01"),
        ),
    ],
)
def test_what_is_odd_about_tls_is_a_warning(established: e.TlsEstablished, check: object) -> None:
    assert check in of_events(STARTED, CHAIN, established, of=SECURE)


def test_tls_without_offer_and_certificate_says_so() -> None:
    found = of_events(e.TlsEstablished("TLSv1.2", "ADH", None, is_verified=False), of=SECURE)
    assert [("tls", PASSED, "TLSv1.2 ADH"), ("alpn", PASSED, "none was offered")] == found


@pytest.mark.parametrize(
    ("failed", "check"),
    [
        (
            e.TlsFailed("certificate has expired", verify_code=10),
            (
                "certificate",
                FAILED,
                "certificate has expired: CN=example.org, issuer CN=CA, valid 2026-01-01 to 2027-01-01",
            ),
        ),
        (
            e.TlsFailed("hostname mismatch", verify_code=62),
            ("sni", FAILED, "example.org is not among DNS:example.org"),
        ),
        (e.TlsFailed("it failed", "handshake_failure"), ("tls", FAILED, "it failed (alert handshake_failure)")),
        (e.TlsFailed("no TLS", first_bytes=b"HTTP/1.1 400"), ("tls", FAILED, "the first bytes are HTTP: HTTP/1.1 400")),
        (e.TlsFailed("unexpected end"), ("tls", FAILED, "unexpected end")),
    ],
)  # fmt: skip
def test_a_tls_failure_says_what_failed(failed: e.TlsFailed, check: object) -> None:
    assert check in of_events(STARTED, CHAIN, failed, of=SECURE)


# --- The stream ------------------------------------------------------------------------------------------------------
def test_a_missing_pong_fails_and_the_close_is_judged_by_itself() -> None:
    def then(connection: ClientConnection, at: float) -> Iterable[Event]:
        return connection.send((SendClose(1000),), at).events if at == 0.2 else ()

    happened = session((0.1, OPEN), (0.2, b"\x81\x00"), (0.3, CLOSE_1000), (0.4, StreamEnd.FINISHED), then=then)
    found = told(checks(happened))
    assert ("ping", FAILED, "no Pong came") in found
    assert ("close", PASSED, "ours was answered with 1000, then TCP FIN") in found


def test_a_server_that_closes_first_is_judged_by_its_code() -> None:
    closed = b"\x88\x0b\x03\xf0bad token"
    found = story((0.1, OPEN + closed), (0.2, StreamEnd.FINISHED))
    assert ("close", FAILED, "the server closed first: 1008 bad token") in found
    assert ("close", WARNED, "the server closed first: 1000") in story((0.1, OPEN + CLOSE_1000))
    assert ("close", WARNED, "the server closed first: no code") in story((0.1, OPEN + b"\x88\x00"))


def test_an_end_without_a_close_fails() -> None:
    found = story((0.1, OPEN), (0.2, StreamEnd.RESET))
    assert ("close", FAILED, "no Close came: neither side sent one; TCP RST") in found
    found = story((0.1, OPEN), (0.2, PONG), (0.3, StreamEnd.FINISHED))
    assert ("close", FAILED, "no Close came: ours was not answered; TCP FIN") in found


def test_a_broken_frame_fails_with_its_section() -> None:
    happened = checks(session((0.1, OPEN + b"\x81\x82\0\0\0\0hi"), (0.2, StreamEnd.FINISHED)))
    frames = [check for check in happened if check.name == "frames"]
    assert [(FAILED, "RFC 6455 5.1")] == [(check.outcome, check.reference) for check in frames]


@pytest.mark.parametrize(
    ("before", "limit", "check"),
    [
        ((), "connect-timeout", ("dns", FAILED, "no address came within 2.00 s (--connect-timeout)")),
        (
            (e.AttemptStarted("192.0.2.1:80"),),
            "connect-timeout",
            ("tcp", FAILED, "no connection came about within 2.00 s (--connect-timeout)"),
        ),
        (
            (e.AttemptStarted("192.0.2.1:80"), e.Connected("192.0.2.1:80", ""), e.Opened(None, "", None)),
            "close-timeout",
            ("close", FAILED, "nothing came within 2.00 s (--close-timeout)"),
        ),
    ],
)
def test_a_time_limit_fails_what_was_under_way(before: tuple[Event, ...], limit: str, check: object) -> None:
    assert check in of_events(*before, e.TimeLimitPassed(limit, 2.0))


def test_a_time_limit_after_the_last_stage_says_nothing_twice() -> None:
    limit = e.TimeLimitPassed("close-timeout", 1.0)
    assert 1 == len([one for one in of_events(limit, limit) if one[0] == "close"])


def test_an_interruption_skips_what_is_left() -> None:
    ended = e.SessionEnded(None, None, None, is_clean=False, stream=StreamEnd.ABANDONED)
    found = of_events(e.Opened(None, "", None), e.Interrupted("SIGINT"), ended)
    assert {"interrupted (SIGINT)"} == {seen for _, outcome, seen in found if outcome is SKIPPED}
    assert ("close", SKIPPED, "interrupted (SIGINT)") in found


def test_a_second_connection_is_a_warning_where_it_is_refused() -> None:
    assert PASSED is check_second("101", is_open=True, seconds=0.1).outcome
    refused = check_second("503", is_open=False, seconds=0.1)
    assert (WARNED, "another connection at the same time is refused (503)") == (refused.outcome, refused.seen)


# --- Laws ------------------------------------------------------------------------------------------------------------
@given(st.lists(batches, max_size=8))
def test_no_session_makes_a_check_raise(happened: list[Batch]) -> None:
    checks(happened)


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(list(StreamEnd))), max_size=6), st.booleans())
def test_every_stage_is_said_whatever_a_peer_says(said: list[bytes | StreamEnd], is_open: bool) -> None:
    script: list[tuple[float, bytes | StreamEnd]] = [(float(at), what) for at, what in enumerate(said, 1)]
    begun: list[tuple[float, bytes | StreamEnd]] = [(0.5, OPEN)] if is_open else []
    names = {check.name for check in checks(session(*begun, *script, (20.0, StreamEnd.FINISHED)))}
    rules = {"version", "upgrade", "connection", "accept", "subprotocol", "extensions"}
    missing = set(STAGES) - names
    assert missing <= {"101 rules"}
    assert not missing or rules <= names
