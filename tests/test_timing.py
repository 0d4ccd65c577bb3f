"""The timing breakdown."""

from __future__ import annotations

from wscli.events import (
    Batch,
    Connected,
    MessageKind,
    MessagePart,
    MessageReceived,
    NameResolved,
    Opened,
    RequestSent,
    TlsEstablished,
)
from wscli.protocol.client import decode_request
from wscli.timing import PhaseClock, Phases

REQUEST = RequestSent(decode_request(b"GET / HTTP/1.1\r\n\r\n"))


def test_nothing_happened_yet() -> None:
    assert Phases() == PhaseClock().phases


def test_each_phase_is_measured_once() -> None:
    clock = PhaseClock()
    story = (
        (1.0, NameResolved("h", ())),
        (3.0, Connected("a", "b")),
        (6.0, TlsEstablished("v", "c", None, is_verified=True)),
        (6.0, REQUEST),
        (10.0, Opened(None, "", None)),
        (15.0, MessagePart(MessageKind.TEXT, b"", is_first=True, is_last=False)),
        (99.0, MessageReceived(MessageKind.TEXT, b"", (1, 1))),
    )
    for at, event in story:
        clock.observe(Batch(at, (event,)))
    assert Phases(dns=1.0, tcp=2.0, tls=3.0, upgrade=4.0, first_message=5.0, total=10.0) == clock.phases
