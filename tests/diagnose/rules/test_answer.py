"""Rules about handshakes that no HTTP answers."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import case_of, found_in, session, settings
from wscli.diagnose.diagnosis import judge
from wscli.diagnose.rules.answer import AREA
from wscli.events import (
    Batch,
    Event,
    ExchangeFailed,
    Finding,
    Purpose,
    SessionEnded,
    StreamEnd,
    TimeLimitPassed,
    TlsEstablished,
    TlsStarted,
    UnparsedReceived,
)

FIN, RST = StreamEnd.FINISHED, StreamEnd.RESET
SETTINGS = b"\0\0\x06\x04\0\0\0\0\0\0%c\0\0\0\x01"
SECURE = (TlsStarted("example.org"), TlsEstablished("TLSv1.3", "AES", "http/1.1", is_verified=True))
H2 = (TlsStarted("example.org"), TlsEstablished("TLSv1.3", "AES", "h2", is_verified=True))
Said = bytes | StreamEnd


class Silence:
    """A peer that is waited for until a time limit passes, after these bytes."""

    def __init__(self, seconds: float, begun: bytes = b"") -> None:
        self.seconds = seconds
        self.begun = begun


def errors(said: tuple[Said, ...] | Silence, before: tuple[Event, ...] = ()) -> list[Finding]:
    of = settings("wss://example.org/chat" if before else "ws://example.org/chat")
    if isinstance(said, Silence):
        batches = session(of=of)
        begun = (UnparsedReceived(said.begun),) if said.begun else ()
        ended = SessionEnded(None, None, None, is_clean=False, stream=StreamEnd.ABANDONED)
        batches.append(Batch(said.seconds, (TimeLimitPassed("connect-timeout", said.seconds), *begun, ended)))
    else:
        batches = session(*((0.5 + at, one) for at, one in enumerate(said)), of=of)
    return list(judge(case_of([Batch(0.0, before), *batches], of.url.text)))


Row = tuple[str, tuple[Said, ...] | Silence, tuple[Event, ...], str, str, str, tuple[Said, ...] | Silence]
"""Rule, what the peer says, TLS before, evidence, words of the advice, confidence, what near is another rule's."""
CASES: list[Row] = [
    ("answer/tls-port", (b"\x15\x03\x01\0\x02\x02\x46", FIN), (),
     "15 03 01 00 02 02 46: the TLS alert protocol_version",
     "wscli connect wss://example.org:80/chat", "certain", (b"\x14\x03\x01\0\x02\x02\x46", FIN)),
    ("answer/tls-port", (b"\x16\x03\x03\0\x7a\x02\0", FIN), (), "a TLS ServerHello", "wss://", "certain",
     (b"\x16\x04\0", FIN)),
    ("answer/tls-port", (b"\x15\x03\x01\0\x02\x02\x46", FIN), SECURE, "the TLS alert", "have the proxy speak TLS",
     "likely",
     (b"hello", FIN)),
    ("answer/http-2", (SETTINGS % 8, FIN), (), "ENABLE_CONNECT_PROTOCOL=1", "HTTP/1.1", "certain",
     (b"\0\0\x05\x04", FIN)),
    ("answer/http-2", (SETTINGS % 3, FIN), (), "MAX_CONCURRENT_STREAMS=1", "HTTP/1.1", "certain",
     (b"\0\0\6\4\0\0", FIN)),
    ("answer/http-2", (b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01", FIN), (), "GOAWAY", "HTTP/1.1", "certain",
     (b"\0\0\x08\x06", FIN)),
    ("answer/http-2", (SETTINGS % 3, FIN), H2, "ALPN chose h2", "--alpn http/1.1", "certain", (b"+OK", FIN)),
    ("answer/page-without-head", (b"<html><body>hi", FIN), (), "<html><body>hi", "status", "likely", (b"html", FIN)),
    ("answer/page-without-head", (b"\x1f\x8b\x08\0", FIN), (), "1f 8b", "status", "likely", (b"\x1f\x8c", FIN)),
    ("answer/malformed", (b"HTTP/1.1 OK\r\n\r\n", FIN), (), "HTTP/1.1 OK", "HTTP/1.1 101", "certain",
     (b"HTTP/1.1 400 OK\r\n\r\n", FIN)),
    ("answer/stalled", Silence(10, b"HTTP/1.1 101 Swi"), (), "16 bytes came and no end of the head: HTTP/1.1 101 Swi",
     "without the proxy", "possible", Silence(10)),
    ("answer/other-protocol", (b"SSH-2.0-OpenSSH_9.2\r\n", FIN), (), "SSH-2.0-OpenSSH_9.2", "host and port", "certain",
     (b"SSL\r\n", FIN)),
    ("answer/other-protocol", (b"\x20\x02\0\0", FIN), (), "an MQTT CONNACK", "host and port", "likely",
     (b"\x20\x02\2", FIN)),
    ("answer/no-http", (b"hello there", FIN), (), "it begins hello there", "ss -tlnp", "possible", (b"-ERR no", FIN)),
    ("answer/no-http", (b"\x00\x01\x02", FIN), (), "it begins 00 01 02", "-vvv", "possible", (FIN,)),
    ("answer/none-in-time", Silence(10), (), "TCP is up, the request is out, no byte came in 10.00 s",
     "curl -i http://example.org/chat", "possible", (FIN,)),
    ("answer/none-in-time", Silence(1), SECURE, "TCP and TLS are up", "--connect-timeout 30", "possible",
     Silence(1, b"x")),
    ("answer/reset", (RST,), (), "RST 500 ms after the request", "wscli connect wss://example.org:80/chat",
     "possible", (FIN,)),
    ("answer/reset", (StreamEnd.FAILED,), SECURE, "the stream failed 500 ms", "log", "possible", (b"HT", RST)),
    ("answer/closed", (FIN,), (), "FIN 500 ms after the request", "wscli connect wss://example.org:80/chat",
     "possible", (RST,)),
    ("answer/closed", (FIN,), SECURE, "FIN 500 ms after the request", "log", "possible", (b"HTTP/1.1 400 No\r\n", FIN)),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_what_is_no_answer_is_judged_so_and_what_is_near_otherwise(row: Row) -> None:
    rule, said, before, evidence, advice, confidence, near = row
    (finding,) = errors(said, before)
    assert (rule, confidence) == (finding.rule, finding.confidence.value)
    assert evidence in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice
    assert rule not in [one.rule for one in errors(near, before)]


def test_every_rule_has_a_case() -> None:
    cases = {case[0] for case in CASES} | {"answer/connection-not-kept"}
    assert {rule.id for rule in AREA.rules} == cases


def test_a_connection_that_does_not_last_to_the_upgrade_is_judged() -> None:
    (finding,) = found_in(ExchangeFailed(Purpose.PREFLIGHT, "the server does not keep the connection"), url="ws://h/")
    assert "answer/connection-not-kept" == finding.rule
    assert "wscli connect ws://h/" in finding.advice
    (finding,) = found_in(ExchangeFailed(Purpose.UPGRADE_TLS, "no"), url="ws://h/")
    assert "answer/connection-not-kept" != finding.rule


@pytest.mark.parametrize(
    ("number", "words"), [(8, "allows WebSocket over it"), (3, "does not allow WebSocket over it")]
)
def test_http_2_is_asked_for_extended_connect(number: int, words: str) -> None:
    (finding,) = errors((SETTINGS % number, FIN))
    assert words in finding.causes[0]


def test_a_close_over_tls_1_3_may_be_about_a_client_certificate() -> None:
    (finding,) = errors((FIN,), SECURE)
    assert "client certificate" in finding.causes[-1]
    old = (SECURE[0], SECURE[1].replace(version="TLSv1.2"))
    (finding,) = errors((FIN,), old)
    assert "client certificate" not in finding.causes[-1]


def test_where_the_url_is_not_known_a_page_has_a_placeholder() -> None:
    batches = session(of=settings("ws+unix:///run/a.sock:/x"))
    batches.append(Batch(10.0, (TimeLimitPassed("max-time", 10.0),)))
    (finding,) = judge(case_of(batches, "ws+unix:///run/a.sock:/x"))
    assert "curl -i http://HOST/" in finding.advice
