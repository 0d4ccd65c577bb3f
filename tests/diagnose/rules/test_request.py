"""Rules about our own request: warnings beside whatever went wrong."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import Answer, found_by
from tests.diagnose.scripted import OPEN, found, settings
from wscli.diagnose.rules.request import AREA
from wscli.events import Finding, StreamEnd
from wscli.settings import HandshakeSettings, HeaderChange

GOOD_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def sends(name: str, *values: str | None) -> HandshakeSettings:
    return HandshakeSettings(headers=tuple(HeaderChange(name, value) for value in values))


def asked(asks: HandshakeSettings, status: int = 404, url: str = "ws://example.org/chat") -> Answer:
    return Answer(status, url=url, asks=asks)


# Rule, an answer to such a request, evidence, words of the advice, one that has no such warning
CASES: list[tuple[str, Answer, str, str, Answer]] = [
    ("request/repeated", asked(sends("Connection", "Upgrade", "keep-alive")), "Connection: keep-alive",
     "adds Connection",
     asked(sends("Connection", "Upgrade", "keep-alive"), 400)),
    ("request/repeated", asked(sends("Authorization", "Basic c2VjcmV0", "x")), "Authorization: …", "adds Authorization",
     asked(sends("Authorization", "Basic c2VjcmV0"))),
    ("request/incomplete", asked(sends("Upgrade", None)), "there is no Upgrade", "-H 'Upgrade:'",
     asked(sends("Upgrade", "WebSocket"))),
    ("request/incomplete", asked(sends("Connection", "keep-alive")), "Connection: keep-alive", "changes Connection",
     asked(sends("Connection", "keep-alive, Upgrade"))),
    ("request/incomplete", asked(sends("Sec-WebSocket-Key", "abc")), "Sec-WebSocket-Key: abc", "changes it",
     asked(sends("Sec-WebSocket-Key", GOOD_KEY))),
    ("request/incomplete", asked(sends("Sec-WebSocket-Key", None)), "Sec-WebSocket-Key: missing", "changes it",
     asked(HandshakeSettings())),
    ("request/host-differs", asked(HandshakeSettings(host="other.example:81")), "Host: other.example:81", "--host",
     asked(HandshakeSettings(host="EXAMPLE.org"))),
    ("request/host-differs", asked(HandshakeSettings(host="other.example"), url="wss://example.org/"),
     "server name example.org", "--servername", asked(HandshakeSettings(), url="wss://example.org/")),
    ("request/host-differs", asked(HandshakeSettings(host="[::2]:80"), url="ws://[::1]/"), "Host: [::2]:80", "--host",
     asked(HandshakeSettings(), url="ws://[::1]/")),
]  # fmt: skip


def warnings(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {one.rule: one for one in findings if one.severity.value == "warning"}


@pytest.mark.parametrize(("rule", "answer", "evidence", "advice", "near"), CASES)
def test_a_request_is_warned_of_so_and_a_near_one_is_not(
    rule: str, answer: Answer, evidence: str, advice: str, near: Answer
) -> None:
    finding = warnings(found_by(answer))[rule]
    assert evidence in "\n".join(one.text for one in finding.evidence)
    assert advice in finding.advice
    assert rule not in warnings(found_by(near))


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


def test_a_request_without_host_is_not_about_hosts() -> None:
    assert {} == warnings(found_by(asked(sends("Host", None))))


def test_a_connection_that_opened_has_no_warning_about_the_request() -> None:
    of = settings().replace(handshake=HandshakeSettings(host="other.example"))
    assert {} == warnings(found((0.1, OPEN), (0.2, StreamEnd.RESET), of=of))
