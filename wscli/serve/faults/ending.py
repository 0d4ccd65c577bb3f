"""Faults of closes, of timing and of what lies below WebSocket: wrong Closes, streams that stall or break, TLS."""

from __future__ import annotations

from wscli.protocol.step import Order, SendClose, SendRaw
from wscli.serve.faults.fault import Fault, Plan, fixed
from wscli.serve.faults.framing import frame
from wscli.serve.shaping import Ending, Shape
from wscli.wire.frames import CLOSE

CLOSING = "close"
TIMING = "timing"
BELOW = "transport"
TLS = "TLS"


def _closes(name: str, summary: str, *orders: Order) -> Fault:
    return Fault(name, CLOSING, summary, fixed(Plan(orders=orders)))


def _close_body(name: str, summary: str, body: bytes) -> Fault:
    return _closes(name, summary, frame(CLOSE, body))


def _coded(code: int, reason: bytes = b"") -> bytes:
    return code.to_bytes(2, "big") + reason


def _close(value: float) -> Plan:
    return Plan(orders=(frame(CLOSE, _coded(int(value) & 0xFFFF, b"as asked")),))


def _greets(name: str, summary: str, greeting: bytes, ending: Ending = Ending.FINISH, *, first: bool = True) -> Fault:
    plan = Plan(greeting=greeting, greets_first=first, ending=ending)
    return Fault(name, BELOW, summary, fixed(plan))


def _alert(value: float) -> Plan:
    return Plan(greeting=b"\x15\x03\x03\x00\x02\x02" + bytes((int(value) & 0xFF,)), greets_first=False,
                ending=Ending.FINISH)  # fmt: skip


def _certificate(name: str, summary: str) -> Fault:
    return Fault(f"certificate-{name}", TLS, f"{summary}; needs --tls", fixed(Plan(certificate=name)))


def _stall(value: float) -> Plan:
    return Plan(shape=Shape(stall_after=int(value)))


def _cut(value: float) -> Plan:
    return Plan(shape=Shape(cut_after=int(value)), ending=Ending.FINISH)


def _cut_hard(value: float) -> Plan:
    return Plan(shape=Shape(cut_after=int(value)), ending=Ending.RESET)


_HTTP2_SETTINGS = (
    b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\x00\x04\x00\x10\x00\x00\x00\x06\x00\x00\x40\x00"
)
_MQTT = b"\x20\x02\x00\x00"

FAULTS: tuple[Fault, ...] = (
    Fault("close", CLOSING, "a Close with this code", _close, "CODE", 1011),
    _closes("close-empty", "a Close without a code: 1005 for the client", SendClose(None)),
    _closes("going-away", "a Close 1001", SendClose(1001, "restarting")),
    _closes("protocol-error", "a Close 1002, as to a client that does not mask", SendClose(1002, "unmasked frame")),
    _closes("policy", "a Close 1008", SendClose(1008, "bad token")),
    _closes("too-big", "a Close 1009", SendClose(1009, "the limit is 64 KiB")),
    _closes("keepalive", "a Close 1011 for a missing Pong", SendClose(1011, "keepalive ping timeout")),
    _closes("subprotocol-4406", "a Close 4406: the subprotocol is not the one",
            SendClose(4406, "Subprotocol not acceptable")),
    _close_body("close-one-byte", "a Close body of one byte", b"\x03"),
    _close_body("close-1004", "a Close with the reserved code 1004", _coded(1004)),
    _close_body("close-1005", "a Close with 1005, which may not be sent", _coded(1005)),
    _close_body("close-1006", "a Close with 1006, which may not be sent", _coded(1006)),
    _close_body("close-1015", "a Close with 1015, which may not be sent", _coded(1015)),
    _close_body("close-unassigned", "a Close with the unassigned code 2000", _coded(2000)),
    _close_body("close-999", "a Close with the code 999", _coded(999)),
    _close_body("close-long-reason", "a Close with a reason of 124 bytes", _coded(1000, b"r" * 124)),
    _close_body("close-not-utf-8", "a Close whose reason is no UTF-8", _coded(1000, b"caf\xe9")),
    _closes("frame-after-close", "a message behind the Close", SendClose(1000), SendRaw(b"\x81\x05Hello")),
    Fault("close-ignored", CLOSING, "never answers a Close", fixed(Plan(ignores_close=True))),
    Fault("drop", CLOSING, "ends without a Close as soon as it is open: 1006 for the client",
          fixed(Plan(ending=Ending.FINISH, after_seconds=0.0))),
    Fault("drop-hard", CLOSING, "resets the connection as soon as it is open",
          fixed(Plan(ending=Ending.RESET, after_seconds=0.0))),
    Fault("drop-after-messages", CLOSING, "ends without a Close after so many messages",
          lambda value: Plan(ending=Ending.FINISH, after_messages=int(value)), "COUNT", 1),
    Fault("drop-after", CLOSING, "ends without a Close after this time, as idle limits do",
          lambda value: Plan(ending=Ending.FINISH, after_seconds=value), "SECONDS", 60),
    Fault("close-after", CLOSING, "closes with 1000 after this time, whether Pings are answered or not",
          lambda value: Plan(ending=Ending.CLOSE, after_seconds=value), "SECONDS", 60),
    Fault("slow", TIMING, "so many bytes a second go out", lambda value: Plan(shape=Shape(rate=max(value, 0.01))),
          "BYTES", 10),
    Fault("stall", TIMING, "nothing goes out behind this byte, and the connection stays", _stall, "BYTES", 40),
    Fault("cut", TIMING, "the connection ends behind this byte", _cut, "BYTES", 40),
    Fault("cut-hard", TIMING, "the connection is reset behind this byte", _cut_hard, "BYTES", 40),
    Fault("no-pong", TIMING, "never answers a Ping", fixed(Plan(ignores_pings=True))),
    _greets("ssh", "an SSH server answers", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _greets("smtp", "a mail server answers", b"220 mail.example ESMTP ready\r\n"),
    _greets("redis", "a Redis server answers", b"-ERR unknown command 'GET'\r\n", first=False),
    _greets("mqtt", "an MQTT broker answers", _MQTT, first=False),
    _greets("http-2", "an HTTP/2 server answers with SETTINGS", _HTTP2_SETTINGS),
    Fault("alpn-h2", BELOW, "chooses HTTP/2 where --tls clients offer it, and answers with its SETTINGS",
          fixed(Plan(alpn=("h2",), answer=lambda _request, _raw: _HTTP2_SETTINGS))),
    _greets("text", "plain text comes, no HTTP", b"hello there, who are you?\r\n"),
    _greets("tls-port", "a TLS alert answers plain HTTP", b"\x15\x03\x01\x00\x02\x02\x46", first=False),
    _greets("close-at-once", "closes before the request", b""),
    _greets("reset-at-once", "resets before the request", b"", Ending.RESET),
    _greets("half-open", "accepts and is silent for ever", b"", Ending.HOLD),
    Fault("tls-alert", TLS, "refuses the ClientHello with this alert", _alert, "DESCRIPTION", 40),
    Fault("no-application-protocol", TLS, "refuses the ClientHello for its ALPN", lambda _value: _alert(120)),
    Fault("tls-plain", TLS, "answers a ClientHello with HTTP", fixed(Plan(
        greeting=b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", greets_first=False,
        ending=Ending.FINISH))),
    _certificate("expired", "a certificate that is no longer valid"),
    _certificate("early", "a certificate that is not valid yet"),
    _certificate("wrong-name", "a certificate for another name"),
    _certificate("incomplete", "a chain without its intermediate"),
)  # fmt: skip
