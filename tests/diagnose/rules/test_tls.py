"""Rules about the TLS handshake."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import case_of, found_in
from wscli.diagnose.diagnosis import judge
from wscli.diagnose.rules.tls import AREA
from wscli.events import (
    Batch,
    Connected,
    Event,
    ExchangeAnswered,
    ExchangeFailed,
    Finding,
    Opened,
    Purpose,
    SessionEnded,
    StreamEnd,
    StreamEnded,
    TimeLimitPassed,
    TlsEstablished,
    TlsFailed,
    TlsStarted,
)
from wscli.wire.head import ResponseHead

STARTED = TlsStarted("h.example", ("http/1.1",))
UP = TlsEstablished("TLSv1.3", "AES", "http/1.1", is_verified=True)
LIMIT = TimeLimitPassed("connect-timeout", 10.0)
CUT = "the peer ended the connection during the TLS handshake"

Events = tuple[Event, ...]


def alert(name: str) -> Events:
    return (STARTED, TlsFailed("OpenSSL's words", name))


def first(data: bytes) -> Events:
    return (STARTED, TlsFailed("the peer does not speak TLS", first_bytes=data))


def says(reason: str) -> Events:
    return (STARTED, TlsFailed(reason))


def switch(purpose: Purpose) -> Events:
    return (ExchangeFailed(purpose, "the server did not switch"),)


Row = tuple[str, Events, str, str, str, Events]
"""Rule, events, evidence, words of the advice, confidence, events of another rule."""
CASES: list[Row] = [
    ("tls/plain-port", first(b"HTTP/1.1 400 Bad Request\r\n"), "HTTP/1.1 400 Bad Request",
     "wscli connect ws://h.example:8443/x",
     "certain", first(b"SSH-2.0-x\r\n")),
    ("tls/other-port", first(b"SSH-2.0-x\r\n"), "SSH-2.0-x", "host and port", "certain", first(b"HTTP/1.0 200 OK\r\n")),
    ("tls/other-port", first(b"220 mail.example ESMTP\r\n"), "220 mail.example", "host and port", "likely",
     first(b"<html><body>")),
    ("tls/other-port", first(b"\x01\x02\x03"), "01 02 03", "host and port", "likely", says("x")),
    ("tls/client-certificate-wanted", (STARTED, UP, TlsFailed("x", "certificate_required")), "TLSv1.3 was up before",
     "--cert CERT.pem --key KEY.pem", "certain", alert("bad_certificate")),
    ("tls/client-certificate-wanted", alert("number 116"), "number 116: certificate_required", "--cert", "certain",
     alert("number 200")),
    ("tls/no-application-protocol", alert("no_application_protocol"), "ALPN offered: http/1.1", "--alpn ''", "likely",
     alert("unrecognized_name")),
    ("tls/no-application-protocol", (TlsStarted("h", ("h2",)), TlsFailed("x", "number 120")), "ALPN offered: h2",
     "--alpn http/1.1", "likely", alert("number 121")),
    ("tls/protocol-version", alert("protocol_version"), "the peer sent the alert protocol_version", "--tls-min 1.0",
     "likely",
     alert("internal_error")),
    ("tls/protocol-version", says("unsupported protocol"), "unsupported protocol", "--tls-min 1.0", "certain",
     says("unsupported cipher")),
    ("tls/handshake-failure", alert("handshake_failure"), "handshake_failure",
     "openssl s_client -connect h.example:8443",
     "possible", alert("decode_error")),
    ("tls/alert", alert("unrecognized_name"), "unrecognized_name", "--servername NAME", "certain",
     alert("protocol_version")),
    ("tls/alert", alert("unknown_ca"), "unknown_ca", "--cert CERT.pem", "certain", says("unknown ca")),
    ("tls/alert", alert("internal_error"), "internal_error", "--servername NAME", "likely", says("internal error")),
    ("tls/alert", alert("close_notify"), "close_notify", "log", "likely", alert("handshake_failure")),
    ("tls/alert", alert("decode_error"), "decode_error", "openssl s_client", "likely", says("decode error")),
    ("tls/alert", (STARTED, UP, Opened(None, "", None), TlsFailed("x", "internal_error")), "internal_error", "log",
     "likely",
     (STARTED, UP, Opened(None, "", None), TlsFailed("x"))),
    ("tls/cut", (STARTED, TlsFailed(f"{CUT} without a byte"), StreamEnded(StreamEnd.RESET)),
     "RST 1.50 s after the connection",
     "wscli connect ws://h.example:8443/x", "possible", (STARTED, UP, TlsFailed(f"{CUT} without a byte"))),
    ("tls/cut", (STARTED, TlsFailed(CUT), StreamEnded(StreamEnd.FINISHED)), "FIN after 1.50 s, in the middle",
     "openssl s_client", "possible", says("unexpected eof")),
    ("tls/no-answer", (STARTED, LIMIT), "TCP is connected, TLS is not", "wscli connect ws://h.example:8443/x",
     "possible", (LIMIT,)),
    ("tls/switch-refused", switch(Purpose.UPGRADE_TLS), "the server did not switch", "wscli connect wss://", "certain",
     switch(Purpose.PREFLIGHT)),
    ("tls/switch-refused",
     (ExchangeAnswered(Purpose.UPGRADE_TLS, ResponseHead(b"", "HTTP/1.1", 405, "No"), b"", is_complete=True),
      *switch(Purpose.UPGRADE_TLS)), "HTTP/1.1 405 No", "wscli connect wss://", "certain", (LIMIT,)),
    ("tls/failed", says("dh key too small"), "dh key too small", "--tls-min 1.0", "certain", alert("decrypt_error")),
    ("tls/failed", (STARTED, UP, TlsFailed("bad record mac")), "bad record mac", "another network", "likely",
     (STARTED, UP, TlsFailed("x", "bad_record_mac"))),
    ("tls/failed", says("no shared cipher"), "no shared cipher", "openssl s_client", "likely", (STARTED, LIMIT)),
]  # fmt: skip


def found(events: Events, url: str = "wss://h.example:8443/x") -> list[Finding]:
    ended = SessionEnded(None, None, None, is_clean=False, stream=None)
    batches = [Batch(0.5, (Connected("192.0.2.1:8443", ""),)), Batch(2.0, (*events, ended))]
    return [one for one in judge(case_of(batches, url)) if not one.rule.startswith("close/")]


@pytest.mark.parametrize("row", CASES)
def test_events_are_judged_so_and_near_ones_otherwise(row: Row) -> None:
    rule, events, evidence, advice, confidence, near = row
    (finding,) = found(events)
    assert (rule, confidence) == (finding.rule, finding.confidence.value)
    assert evidence in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice
    assert rule not in [one.rule for one in found(near)]


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


def test_without_a_url_there_are_placeholders() -> None:
    (finding,) = found_in(*alert("handshake_failure"))
    assert "openssl s_client -connect HOST:PORT" in finding.advice
