"""Rules about who may connect."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import HTML, Answer, error_by
from tests.diagnose.rules.judged import Row, check
from tests.diagnose.scripted import text_of
from wscli.diagnose.rules.access import AREA
from wscli.settings import HandshakeSettings

BASIC = ("WWW-Authenticate", 'Basic realm="api"')
SENT = HandshakeSettings(credentials=("me", "secret"))
TOKEN = HandshakeSettings(bearer="abc")
ORIGIN = HandshakeSettings(origin="https://other.example")

CASES: list[Row] = [
    ("access/bot-challenge", Answer(403, (("cf-mitigated", "challenge"), ("Server", "cloudflare"))),
     "cf-mitigated: challenge", "cf_clearance", "certain", Answer(403, (("Server", "cloudflare"),))),
    ("access/bot-challenge", Answer(403, (("X-Iinfo", "1-2-3"),)), "X-Iinfo: 1-2-3", "Imperva", "certain", Answer(403)),
    ("access/bot-challenge", Answer(403, (HTML,), b"<iframe src='/_Incapsula_Resource?x'>"), "_Incapsula_Resource",
     "Imperva", "likely", Answer(200, (HTML,), b"<iframe src='/_Incapsula_Resource?x'>")),
    ("access/credentials-refused", Answer(401, (("WWW-Authenticate", 'Bearer error="invalid_token"'),)),
     "invalid_token",
     "--bearer TOKEN", "certain", Answer(401, (("WWW-Authenticate", "Bearer"),))),
    ("access/credentials-refused", Answer(401, (BASIC,), asks=SENT), "Authorization: Basic …", "-u NAME:PASSWORD",
     "likely", Answer(401, (BASIC,))),
    ("access/credentials-refused", Answer(401, (BASIC,), asks=TOKEN), "Authorization: Bearer …", "-u NAME:PASSWORD",
     "certain", Answer(403, (BASIC,), asks=TOKEN)),
    ("access/credentials-missing", Answer(401, (BASIC,)), 'WWW-Authenticate: Basic realm="api"', "-u NAME:PASSWORD",
     "certain", Answer(401)),
    ("access/credentials-missing", Answer(401, (("WWW-Authenticate", "Bearer"),)), "WWW-Authenticate: Bearer",
     "--bearer TOKEN", "certain", Answer(407, (("WWW-Authenticate", "Bearer"),))),
    ("access/credentials-missing", Answer(401, (("WWW-Authenticate", "Digest realm=x"),)), "Digest", "tokens",
     "certain",
     Answer(401, (("WWW-Authenticate", ""),))),
    ("access/credentials-missing", Answer(401, (("WWW-Authenticate", "NTLM"),)), "NTLM", "token", "certain",
     Answer(401)),
    ("access/credentials-missing", Answer(401, (("WWW-Authenticate", "Odd a;b"),)), "Odd", "-H 'Authorization: Odd …'",
     "certain", Answer(401)),
    ("access/unauthorized", Answer(401, (), b"missing token"), "missing token", "-b, -s", "possible",
     Answer(401, (BASIC,))),
    ("access/origin-refused", Answer(403, (), b"Origin not allowed"), "Origin not allowed",
     "--origin http://example.org",
     "likely", Answer(403, (), b"not allowed")),
    ("access/origin-refused", Answer(403, (), b"origin?", asks=ORIGIN), "sent Origin: https://other.example", "list",
     "likely", Answer(401, (), b"origin?", asks=ORIGIN)),
    ("access/forbidden", Answer(403), "", "--origin http://example.org", "possible", Answer(402)),
    ("access/forbidden", Answer(403, url="wss://h/", asks=ORIGIN), "sent Origin: https://other.example", "-H Origin:",
     "possible", Answer(429)),
    ("access/forbidden", Answer(403, (("Server", "envoy"),)), "Server: envoy", "upgrade_configs", "possible",
     Answer(503, (("Server", "envoy"),))),
    ("access/forbidden", Answer(403, (("x-amz-apigw-id", "a="),), b'{"message":"Forbidden"}'), "x-amz-apigw-id",
     "Stages",
     "possible", Answer(500, (("x-amz-apigw-id", "a="),))),
    ("access/payment-required", Answer(402), "HTTP/1.1 402", "quota", "likely", Answer(403)),
    ("access/payment-required", Answer(402, (("Retry-After", "60"),)), "Retry-After: 60", "in 60 seconds", "likely",
     Answer(503, (("Retry-After", "60"),))),
    ("access/limited", Answer(429, (("Retry-After", "30"),)), "Retry-After: 30", "try again in 30 seconds", "certain",
     Answer(503, (("Retry-After", "30"),))),
    ("access/limited", Answer(429), "HTTP/1.1 429", "wait longer", "certain", Answer(428)),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_an_answer_is_judged_so_and_a_near_one_otherwise(row: Row) -> None:
    check(row)


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


def test_credentials_are_not_repeated() -> None:
    said = text_of(error_by(Answer(401, (BASIC,), asks=SENT)))
    assert "bWU6" not in said
    assert "secret" not in said


def test_a_filter_in_front_is_named_as_a_cause() -> None:
    assert "firewall" in error_by(Answer(403, (("Server", "cloudflare"),))).causes[0]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((("Retry-After", "Wed, 21 Oct 2026 07:28:30 GMT"), ("Date", "Wed, 21 Oct 2026 07:28:00 GMT")),
         "try again in 30 seconds, at Wed, 21 Oct 2026 07:28:30 GMT"),
        ((("Retry-After", "Wed, 21 Oct 2026 07:28:30 GMT"),), "try again at Wed, 21 Oct 2026 07:28:30 GMT"),
        ((("Retry-After", "soon"), ("Date", "now")), "try again at soon"),
        ((("Retry-After", "Wed, 21 Oct 2026 07:28:30 -0000"), ("Date", "Wed, 21 Oct 2026 07:28:00 GMT")),
         "try again at Wed, 21 Oct 2026 07:28:30 -0000"),
    ],
)  # fmt: skip
def test_a_date_to_wait_for_counts_by_the_servers_own_clock(fields: tuple[tuple[str, str], ...], expected: str) -> None:
    assert expected == error_by(Answer(429, fields)).advice
