"""What a request of ours can be blamed for."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import settings
from tests.wire_script import fixed_entropy
from wscli.diagnose.linting import lint_request
from wscli.events import CheckOutcome
from wscli.protocol.client import decode_request, request_bytes
from wscli.settings import ConnectionSettings, HandshakeSettings, HeaderChange, TlsSettings

PASSED, WARNED, FAILED, _ = CheckOutcome


def lint(of: ConnectionSettings) -> list[tuple[CheckOutcome, str]]:
    found = lint_request(decode_request(request_bytes(of, fixed_entropy)), of)
    assert {"request"} == {check.name for check in found}
    return [(check.outcome, check.seen) for check in found]


def with_headers(*changes: tuple[str, str | None]) -> ConnectionSettings:
    return settings(handshake=HandshakeSettings(tuple(HeaderChange(*change) for change in changes)))


def test_nothing_is_wrong_with_an_ordinary_request() -> None:
    assert [(PASSED, "nothing is wrong with what we send")] == lint(settings())


@pytest.mark.parametrize(
    ("changes", "outcome", "seen"),
    [
        ([("Upgrade", "websocket"), ("Upgrade", "h2c")], FAILED, "Upgrade stands 2 times"),
        ([("Host", "example.org"), ("Host", "example.org")], FAILED, "Host stands 2 times"),
        ([("Upgrade", "h2c")], FAILED, "Upgrade: h2c lacks websocket"),
        ([("Connection", None)], FAILED, "Connection is missing"),
        ([("Sec-WebSocket-Key", None)], FAILED, "Sec-WebSocket-Key is missing"),
        ([("Sec-WebSocket-Key", "!")], FAILED, "Sec-WebSocket-Key: ! is no base64"),
        ([("Sec-WebSocket-Key", "YQ==")], FAILED, "Sec-WebSocket-Key: YQ== is 1 bytes in base64, not 16"),
        ([("Sec-WebSocket-Version", None)], FAILED, "Sec-WebSocket-Version is missing"),
        ([("Sec-WebSocket-Version", "8")], FAILED, "Sec-WebSocket-Version: 8 is not 13"),
        ([("Host", None)], FAILED, "Host is missing"),
        ([("Host", "other.test")], WARNED, "Host: other.test is not the URL's example.org"),
        ([("X-Name", "a\x01b")], FAILED, "a control character stands in the head: 0x01"),
    ],
)
def test_what_the_user_bent_is_named(changes: list[tuple[str, str | None]], outcome: CheckOutcome, seen: str) -> None:
    assert (outcome, seen) in lint(with_headers(*changes))


def test_other_names_in_tls_and_host_are_a_warning() -> None:
    one_name = settings("wss://example.org/", tls=TlsSettings(server_name="example.org"))
    assert [PASSED] == [outcome for outcome, _ in lint(one_name)]
    two = settings("wss://example.org/", tls=TlsSettings(server_name="other.test"))
    assert [(WARNED, "TLS asks for other.test, Host for example.org: a server may answer 421")] == lint(two)
