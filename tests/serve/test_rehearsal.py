"""The rehearsal says of each fault what a visit over a socket says."""

from __future__ import annotations

import pytest

from tests.serve.test_faults import EXPECTED
from wscli.app.verdict import VerdictSink
from wscli.events import Batch, CloseReceived, Event, Finding, HandshakeRefused, SessionEnded, deviations_of
from wscli.serve.faults import BY_NAME, FAULTS
from wscli.serve.faults.ending import TLS
from wscli.serve.rehearsal import can_be_rehearsed, rehearse

OTHERWISE = {"drop-after": 10, "second-refused": 7, "text-only": 11, "no-pong": 12}
"""What comes to something else for a visitor that has time, is the second one, says binary, or pings."""


def verdict(events: tuple[Event, ...]) -> int:
    sink = VerdictSink()
    sink.accept(Batch(0.0, events))
    return int(sink.status)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_comes_to_the_same_as_over_a_socket(name: str) -> None:
    events = rehearse(BY_NAME[name])
    codes = [deviation.kind.code for event in events for deviation in deviations_of(event)]
    status, first = EXPECTED[name]
    assert (OTHERWISE.get(name, status), first) == (verdict(events), codes[0] if codes else "")
    assert isinstance(events[-1], SessionEnded)


def test_faults_without_tls_can_be_rehearsed() -> None:
    assert [fault.name for fault in FAULTS if fault.area == TLS] == [
        fault.name for fault in FAULTS if not can_be_rehearsed(fault)
    ]


def test_some_faults_show_only_to_one_who_offers_a_subprotocol_or_who_does_not() -> None:
    ignored, required = BY_NAME["subprotocol-ignored"], BY_NAME["subprotocol-required"]
    codes = [one.kind.code for event in rehearse(ignored, offers_subprotocol=True) for one in deviations_of(event)]
    assert ["handshake/subprotocol-none"] == codes
    assert any(isinstance(event, HandshakeRefused) for event in rehearse(required))
    assert not any(isinstance(event, HandshakeRefused) for event in rehearse(required, offers_subprotocol=True))


def test_what_the_rules_find_is_among_the_events() -> None:
    findings = [event for event in rehearse(BY_NAME["masked"]) if isinstance(event, Finding)]
    assert findings
    assert findings[0].rule.startswith("framing/")


def test_the_visitor_says_binary_too() -> None:
    closes = [event.payload.code for event in rehearse(BY_NAME["text-only"]) if isinstance(event, CloseReceived)]
    assert [1003] == closes
