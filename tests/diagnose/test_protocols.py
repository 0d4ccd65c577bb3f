"""Which protocol bytes begin: a sample each, and bytes that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.diagnose.protocols import PROTOCOLS, alert_of, recognise, settings_of

_SETTINGS = b"\0\0\x06\x04\0\0\0\0\0\0\x08\0\0\0\x01"
_MYSQL = b"J\0\0\0\x0a8.0.36\0\x08\0\0\0"

SAMPLES: list[tuple[str, bytes, str]] = [
    ("TLS", b"\x15\x03\x01\0\x02\x02\x46", "15 03 01 00 02 02 46: the TLS alert protocol_version"),
    ("TLS", b"\x15\x03\x03\0\x02\x02\xfe", "15 03 03 00 02 02 fe: the TLS alert number 254"),
    ("TLS", b"\x15\x03\x01\0\x02", "15 03 01 00 02: a TLS alert record, cut"),
    ("TLS", b"\x16\x03\x01\x02\0\x01\0", "16 03 01 02 00 01: a TLS ClientHello"),
    ("TLS", b"\x16\x03\x03\0\x7a\x02\0", "16 03 03 00 7a 02: a TLS ServerHello"),
    ("HTTP/2", _SETTINGS, "00 00 06 04 00 00 00 00 00: an HTTP/2 SETTINGS frame (ENABLE_CONNECT_PROTOCOL=1)"),
    ("HTTP/2", b"\0\0\0\x04\0\0\0\0\0", "00 00 00 04 00 00 00 00 00: an HTTP/2 SETTINGS frame (empty)"),
    ("HTTP/2", b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01", "00 00 08 07 00 00 00 00 00: an HTTP/2 GOAWAY frame"),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "PRI * HTTP/2.0: the preface of an HTTP/2 client"),
    ("HTTP", b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n", "HTTP/1.1 400 Bad Request"),
    ("SSH", b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-OpenSSH_9.2p1"),
    ("VNC", b"RFB 003.008\n", "RFB 003.008"),
    ("FTP", b"220 (vsFTPd 3.0.3)\r\n", "220 (vsFTPd 3.0.3)"),
    ("SMTP", b"220 mail.example ESMTP Postfix\r\n", "220 mail.example ESMTP Postfix"),
    ("SMTP", b"502 5.5.2 Error: command not recognized\r\n", "502 5.5.2 Error: command not recognized"),
    ("POP3", b"+OK Dovecot ready.\r\n", "+OK Dovecot ready."),
    ("IMAP", b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "* OK [CAPABILITY IMAP4rev1] ready"),
    ("Redis", b"-ERR unknown command 'GET'\r\n", "-ERR unknown command 'GET'"),
    ("Redis", b"-NOAUTH Authentication required.\r\n", "-NOAUTH Authentication required."),
    ("PostgreSQL", b"E\0\0\0\x8eSFATAL\0VFATAL\0C08P01\0", "45 00 00 00 8e: a PostgreSQL ErrorResponse"),
    ("PostgreSQL", b"N", "N: the answer to an SSLRequest"),
    ("MySQL", _MYSQL, "the greeting of MySQL 8.0.36"),
    ("MySQL", b"E\0\0\0\xffj\x04Host 'x' is not allowed", "45 00 00 00 ff: a MySQL error packet"),
    ("AMQP", b"AMQP\0\0\x09\x01", "41 4d 51 50: an AMQP protocol header"),
    ("MQTT", b"\x20\x02\0\x01", "20 02 00 01: an MQTT CONNACK"),
    ("memcached", b"ERROR\r\nERROR\r\n", "ERROR"),
    ("NATS", b'INFO {"server_id":"N"}\r\n', 'INFO {"server_id":"N"}'),
    ("SOCKS", b"\x05\xff", "05 ff: SOCKS 5 with no acceptable method"),
    ("gzip data", b"\x1f\x8b\x08\0", "1f 8b: the beginning of gzip"),
    ("HTML", b"\n<!DOCTYPE html>\n<html>", "<!DOCTYPE html>"),
    ("plain text", b"hello there\r\n", "hello there"),
]  # fmt: skip

NEAR: list[tuple[str, bytes]] = [
    ("TLS", b"\x15\x03\x01\0\x03\x02\x46"),
    ("TLS", b"\x16\x03\x09\x02\0\x01\0"),
    ("HTTP/2", b"\0\0\x05\x04\0\0\0\0\0\0\0\0\0\0"),
    ("HTTP", b"HTTQ/1.1 200"),
    ("SSH", b"SSL-2.0"),
    ("VNC", b"RFC 6455"),
    ("FTP", b"220 mail.example ready\r\n"),
    ("SMTP", b"220th anniversary\r\n"),
    ("POP3", b"OK\r\n"),
    ("IMAP", b"* list\r\n"),
    ("Redis", b"-ER\r\n"),
    ("PostgreSQL", b"E\xff\xff\xff\xff0000000"),
    ("PostgreSQL", b"E\0\0\0\x8e0000000"),
    ("MySQL", b"J\0\0\x01\x0a8.0\0"),
    ("MySQL", b"J\0\0\0\x0aabc\0"),
    ("AMQP", b"AMQ\0"),
    ("MQTT", b"\x20\x02\x02\0"),
    ("memcached", b"ERRORS\r\n"),
    ("NATS", b"INFO: {"),
    ("SOCKS", b"\x05\x01"),
    ("gzip data", b"\x1f\x8c"),
    ("HTML", b"<3 you"),
    ("plain text", b"hello\0there"),
    ("plain text", b"  \r\n"),
]


@pytest.mark.parametrize(("protocol", "data", "sign"), SAMPLES)
def test_a_sample_is_recognised_by_its_sign(protocol: str, data: bytes, sign: str) -> None:
    found = recognise(data)
    assert found is not None
    assert (protocol, sign) == (found.protocol, found.sign)


@pytest.mark.parametrize(("protocol", "data"), NEAR)
def test_what_only_looks_like_it_is_not(protocol: str, data: bytes) -> None:
    found = recognise(data)
    assert found is None or protocol != found.protocol


def test_every_protocol_has_a_sample_and_a_near_miss() -> None:
    names = [name for name, _, _ in PROTOCOLS]
    assert set(names) == {name for name, _, _ in SAMPLES} == {name for name, _ in NEAR}
    assert len(names) == len(set(names))


def test_settings_are_read_as_far_as_they_came() -> None:
    assert {8: 1} == settings_of(_SETTINGS)
    assert {} == settings_of(_SETTINGS[:12])
    assert None is settings_of(b"GET / HTTP/1.1\r\n")


@given(st.binary(max_size=40))
def test_any_bytes_can_be_looked_at(data: bytes) -> None:
    recognise(data)
    alert_of(data)
