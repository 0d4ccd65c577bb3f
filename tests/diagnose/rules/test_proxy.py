"""Rules about answers that do not come from the server."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import HTML, Answer
from tests.diagnose.rules.judged import Row, check
from wscli.diagnose.rules.proxy import AREA

CASES: list[Row] = [
    ("proxy/authentication-required", Answer(407, (("Proxy-Authenticate", 'Basic realm="office"'),)),
     'Proxy-Authenticate: Basic realm="office"', "'Proxy-Authorization: Basic BASE64'", "certain",
     Answer(401, (("Proxy-Authenticate", "Basic"),))),
    ("proxy/authentication-required", Answer(407, (("Proxy-Authenticate", "Negotiate"),)), "Negotiate",
     "without this proxy", "certain", Answer(406)),
    ("proxy/authentication-required", Answer(407), "HTTP/1.1 407", "Proxy-Authorization", "certain", Answer(511)),
    ("proxy/captive-portal", Answer(511), "HTTP/1.1 511", "log in to the network", "certain", Answer(510)),
    ("proxy/captive-portal", Answer(200, (HTML,), b"<h1>Network login</h1>"), "Network login", "log in to the network",
     "likely", Answer(404, (HTML,), b"<h1>Network login</h1>")),
    ("proxy/filtered", Answer(403, (("Server", "squid/5.7"), HTML)), "Server: squid/5.7", "wss://", "likely",
     Answer(403, (("Server", "nginx"),))),
    ("proxy/filtered", Answer(403, (HTML,), b"<title>Web Page Blocked</title> by FortiGuard"), "FortiGuard", "wss://",
     "likely", Answer(403, (), b"FortiGuard")),
    ("proxy/filtered", Answer(502, (("Via", "1.1 mitmproxy"),)), "Via: 1.1 mitmproxy", "wss://", "likely",
     Answer(502, (("Via", "1.1 vegur"),))),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_an_answer_is_judged_so_and_a_near_one_otherwise(row: Row) -> None:
    check(row)


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}
