"""Which protocol bytes begin that are no HTTP/1.x: one row a protocol."""

from __future__ import annotations

from collections.abc import Callable

from wscli.values import Value
from wscli.wire.alerts import alert_name

ENABLE_CONNECT_PROTOCOL = 8
"""The HTTP/2 setting that allows WebSocket over it (RFC 8441 §3)."""
_SETTINGS = {
    1: "HEADER_TABLE_SIZE", 2: "ENABLE_PUSH", 3: "MAX_CONCURRENT_STREAMS", 4: "INITIAL_WINDOW_SIZE",
    5: "MAX_FRAME_SIZE", 6: "MAX_HEADER_LIST_SIZE", 8: "ENABLE_CONNECT_PROTOCOL", 9: "NO_RFC7540_PRIORITIES",
}  # fmt: skip
_FTP = (b"ftp", b"filezilla", b"pure-", b"vsftpd")


class Recognised(Value):
    """What bytes were recognised as."""

    protocol: str
    """Its name for people: `SSH`, `HTTP/2`."""
    sign: str
    """What of the bytes tells it; may hold peer text."""
    is_sure: bool = True
    """False where other things begin so too."""


Look = Callable[[bytes], str | None]
"""Returns the sign, None where the bytes are none of the protocol."""


# --- What takes more than a prefix -----------------------------------------------------------------------------------
def alert_of(data: bytes) -> str | None:
    """Return the name of the TLS alert that bytes are, None where they are none (RFC 8446 §5.1, §6)."""
    if len(data) < 7 or data[0] != 0x15 or data[1] != 3 or data[3:5] != b"\0\2" or data[5] not in (1, 2):
        return None
    return alert_name(data[6])


def _tls(data: bytes) -> str | None:
    alert = alert_of(data)
    if alert is not None:
        return f"{data[:7].hex(' ')}: the TLS alert {alert}"
    if data[:2] == b"\x16\x03" and data[2:3] in b"\0\1\2\3\4" and data[5:6] in b"\1\2":
        hello = {b"\1": "ClientHello", b"\2": "ServerHello"}.get(data[5:6], "handshake record")
        return f"{data[:6].hex(' ')}: a TLS {hello}"
    return f"{data[:5].hex(' ')}: a TLS alert record, cut" if data[:2] == b"\x15\x03" and len(data) < 7 else None


def settings_of(data: bytes) -> dict[int, int] | None:
    """Return the values of the HTTP/2 SETTINGS frame that bytes begin, None where they begin none (RFC 9113 §6.5)."""
    length = int.from_bytes(data[:3], "big")
    if len(data) < 9 or data[3:9] != b"\4\0\0\0\0\0" or length % 6 or length > 6 * 64:
        return None
    body = data[9 : 9 + length]
    pairs = [body[at : at + 6] for at in range(0, len(body) - 5, 6)]
    return {int.from_bytes(pair[:2], "big"): int.from_bytes(pair[2:], "big") for pair in pairs}


def _http_2(data: bytes) -> str | None:
    settings = settings_of(data)
    if settings is not None:
        named = ", ".join(f"{_SETTINGS.get(key, key)}={value}" for key, value in settings.items()) or "empty"
        return f"{data[:9].hex(' ')}: an HTTP/2 SETTINGS frame ({named})"
    if len(data) >= 17 and data[3:9] == b"\7\0\0\0\0\0":
        return f"{data[:9].hex(' ')}: an HTTP/2 GOAWAY frame"
    return "PRI * HTTP/2.0: the preface of an HTTP/2 client" if data.startswith(b"PRI * HTTP/2") else None


def _smtp(data: bytes) -> str | None:
    line = _line(data)
    is_ftp = any(word in line.lower() for word in _FTP)
    is_reply = line[:3] in (b"220", b"421", b"500", b"502", b"503", b"554") and line[3:4] in (b" ", b"-")
    return _shown(line) if is_reply and not is_ftp else None


def _ftp(data: bytes) -> str | None:
    line = _line(data)
    return _shown(line) if line[:4] in (b"220 ", b"220-") and any(word in line.lower() for word in _FTP) else None


def _redis(data: bytes) -> str | None:
    line = _line(data)
    return _shown(line) if line.startswith((b"-ERR", b"-NOAUTH", b"-DENIED", b"-WRONGPASS", b"+PONG")) else None


def _mqtt(data: bytes) -> str | None:
    # CONNACK: its type, a remaining length of 2 or, in version 5, a little more, flags of 0 or 1.
    is_connack = data[:1] == b"\x20" and len(data) >= 3 and 2 <= data[1] < 64 and data[2] < 2
    return f"{data[:4].hex(' ')}: an MQTT CONNACK" if is_connack else None


def _postgresql(data: bytes) -> str | None:
    if data[:1] in (b"S", b"N") and len(data) == 1:
        return f"{data.decode()}: the answer to an SSLRequest"
    is_error = data[:1] == b"E" and len(data) > 9 and 8 < int.from_bytes(data[1:5], "big") < 30000
    if not (is_error and (data[5:6] == b"S" or b"\0" in data[5:])):
        return None
    return f"{data[:5].hex(' ')}: a PostgreSQL ErrorResponse"


def _mysql(data: bytes) -> str | None:
    # A packet of 3 bytes of length, the number 0, then version 10 of the protocol or an error.
    if len(data) < 7 or data[3] != 0 or data[2] != 0 or data[4] not in (0x0A, 0xFF):
        return None
    if data[4] == 0xFF:
        return f"{data[:5].hex(' ')}: a MySQL error packet"
    version = data[5:].split(b"\0", 1)[0]
    return f"the greeting of MySQL {_shown(version)}" if version[:1].isdigit() else None


def _html(data: bytes) -> str | None:
    begin = data.lstrip()[:14].lower()
    names = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<title", b"<!--", b"<h1")
    return _shown(_line(data.lstrip())) if begin.startswith(names) else None


def _text(data: bytes) -> str | None:
    begin = data[:256]
    is_text = begin.isascii() and all(byte >= 32 or byte in b"\t\r\n" for byte in begin)
    return _shown(_line(data)) if is_text and data.strip() else None


def _prefix(*beginnings: bytes) -> Look:
    return lambda data: _shown(_line(data)) if data.startswith(beginnings) else None


def _hex_prefix(beginning: bytes, what: str) -> Look:
    return lambda data: f"{beginning.hex(' ')}: {what}" if data.startswith(beginning) else None


def _line(data: bytes) -> bytes:
    return data[:80].split(b"\n", 1)[0].rstrip(b"\r")


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


# --- The table -------------------------------------------------------------------------------------------------------
PROTOCOLS: tuple[tuple[str, Look, bool], ...] = (
    ("TLS", _tls, True),
    ("HTTP/2", _http_2, True),
    ("HTTP", _prefix(b"HTTP/", b"http/"), True),
    ("SSH", _prefix(b"SSH-"), True),
    ("VNC", _prefix(b"RFB 0"), True),
    ("FTP", _ftp, True),
    ("SMTP", _smtp, False),
    ("POP3", _prefix(b"+OK"), False),
    ("IMAP", _prefix(b"* OK", b"* BYE", b"* PREAUTH"), True),
    ("Redis", _redis, True),
    ("PostgreSQL", _postgresql, True),
    ("MySQL", _mysql, True),
    ("AMQP", _hex_prefix(b"AMQP", "an AMQP protocol header"), True),
    ("MQTT", _mqtt, False),
    ("memcached", _prefix(b"ERROR\r\n", b"CLIENT_ERROR"), False),
    ("NATS", _prefix(b"INFO {"), True),
    ("SOCKS", _hex_prefix(b"\5\xff", "SOCKS 5 with no acceptable method"), False),
    ("gzip data", _hex_prefix(b"\x1f\x8b", "the beginning of gzip"), True),
    ("HTML", _html, True),
    ("plain text", _text, True),
)
"""Name, what recognises it, whether nothing else begins so; special ones before general ones."""


def recognise(data: bytes) -> Recognised | None:
    """Return the protocol that bytes begin, None where nothing here knows them."""
    for name, look, is_sure in PROTOCOLS:
        sign = look(data)
        if sign is not None:
            return Recognised(name, sign, is_sure)
    return None
