"""Rules about names and addresses."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import found_in
from wscli.diagnose.rules.addressing import AREA
from wscli.events import (
    AttemptFailed,
    AttemptStarted,
    Connected,
    ConnectFailed,
    Event,
    Finding,
    NameFailed,
    NameResolved,
    TimeLimitPassed,
)

LIMIT = TimeLimitPassed("connect-timeout", 10.0)
RESOLVED = NameResolved("h.example", ("192.0.2.1:80", "[2001:db8::1]:80"))


def failed(*attempts: tuple[str, str, str]) -> tuple[Event, ...]:
    return (*(AttemptFailed(*attempt) for attempt in attempts), ConnectFailed("h.example:80", "it failed"))


REFUSED = ("192.0.2.1:80", "Connection refused", "ECONNREFUSED")
NO_NET = ("[2001:db8::1]:80", "Network is unreachable", "ENETUNREACH")
Events = tuple[Event, ...]

Row = tuple[str, Events, str, str, str, Events]
"""Rule, events, evidence, words of the advice, confidence, events of another rule."""
CASES: list[Row] = [
    ("addressing/resolver-failed", (NameFailed("h.example", "Temporary failure in name resolution"),),
     "Temporary failure in name resolution", "getent ahosts example.com", "possible",
     (NameFailed("h.example", "Name or service not known"),)),
    ("addressing/name-of-other-family", (NameFailed("h.example", "No address associated with hostname"),),
     "No address associated", "-4 and -6", "likely", (NameFailed("h.example", "No such host"),)),
    ("addressing/name-not-resolved", (NameFailed("h.exmaple", "Name or service not known"),),
     "Name or service not known",
     "getent ahosts h.exmaple", "certain", (NameFailed("h.exmaple", "Temporary failure in name resolution"),)),
    ("addressing/name-not-resolved", (NameFailed("redis", "Name or service not known"),), "Name or service not known",
     "whole name", "likely", failed(REFUSED)),
    ("addressing/name-not-resolved", (NameFailed("box.local", "Name or service not known"),),
     "Name or service not known",
     "avahi-resolve -n box.local", "likely", failed(REFUSED)),
    ("addressing/socket-missing", failed(("/run/a.sock", "No such file or directory", "ENOENT")),
     "/run/a.sock  No such file or directory (ENOENT)", "ss -xl", "certain",
     failed(("/run/a.sock", "Permission denied", "EACCES"))),
    ("addressing/socket-denied", failed(("/run/a b.sock", "Permission denied", "EACCES")), "Permission denied (EACCES)",
     "namei -l '/run/a b.sock'", "certain", failed(("192.0.2.1:80", "Permission denied", "EACCES"))),
    ("addressing/socket-refused", failed(("/run/a:80", "Connection refused", "ECONNREFUSED")), "/run/a:80", "ss -xl",
     "certain", failed(REFUSED)),
    ("addressing/connection-refused", failed(REFUSED, NO_NET), "192.0.2.1:80  Connection refused (ECONNREFUSED)",
     "ss -tlnp", "likely", failed(NO_NET)),
    ("addressing/connection-refused", failed(("127.0.0.1:80", "Connection refused", "ECONNREFUSED")), "127.0.0.1:80",
     "ss -tlnp", "likely", failed(NO_NET)),
    ("addressing/not-permitted", failed(("192.0.2.1:80", "Operation not permitted", "EPERM")), "EPERM",
     "nft list ruleset",
     "likely", failed(("/run/a.sock", "Operation not permitted", "EPERM"))),
    ("addressing/unreachable", failed(NO_NET), "[2001:db8::1]:80  Network is unreachable",
     "wscli connect -4 ws://h.example/",
     "likely", failed(REFUSED, NO_NET)),
    ("addressing/unreachable", failed(NO_NET, ("192.0.2.1:80", "No route to host", "EHOSTUNREACH")), "No route to host",
     "ip route get 192.0.2.1", "likely", failed(("192.0.2.1:80", "Protocol error", "EPROTO"))),
    ("addressing/local-failure", failed(("192.0.2.1:80", "Cannot assign requested address", "EADDRNOTAVAIL")),
     "EADDRNOTAVAIL", "ss -s", "certain", failed(("192.0.2.1:80", "Protocol error", "EPROTO"))),
    ("addressing/look-up-timed-out", (LIMIT,), "10 s passed in the look-up of the name", "/etc/resolv.conf", "likely",
     (RESOLVED, LIMIT)),
    ("addressing/connect-timed-out", (RESOLVED, AttemptStarted("192.0.2.1:80"), LIMIT),
     "10 s passed in TCP: no SYN-ACK",
     "security group", "possible", (LIMIT,)),
    ("addressing/connect-timed-out", failed(("192.0.2.1:80", "Connection timed out", "ETIMEDOUT")), "ETIMEDOUT",
     "security group", "possible", failed(("192.0.2.1:80", "Protocol error", "EPROTO"))),
    ("addressing/not-reached", failed(("192.0.2.1:80", "Protocol error", "EPROTO")), "Protocol error (EPROTO)",
     "-4 or -6",
     "likely", failed(REFUSED)),
    ("addressing/not-reached", failed(), "it failed", "-4 or -6", "likely", failed(NO_NET)),
]  # fmt: skip


def errors(events: Events) -> list[Finding]:
    return list(found_in(*events, url="ws://h.example/"))


@pytest.mark.parametrize("row", CASES)
def test_events_are_judged_so_and_near_ones_otherwise(row: Row) -> None:
    rule, events, evidence, advice, confidence, near = row
    (finding,) = errors(events)
    assert (rule, confidence) == (finding.rule, finding.confidence.value)
    assert evidence in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice
    assert rule not in [one.rule for one in errors(near)]


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


def test_a_limit_after_the_connection_is_not_about_addresses() -> None:
    found = errors((RESOLVED, AttemptStarted("192.0.2.1:80"), Connected("192.0.2.1:80", ""), LIMIT))
    assert [] == [one.rule for one in found if one.rule.startswith("addressing/")]
