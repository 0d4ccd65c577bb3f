"""Rules about 5xx."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import HTML, Answer, error_by
from tests.diagnose.rules.judged import Row, check
from wscli.diagnose.rules.backend import AREA

NGINX = ("Server", "nginx/1.22.1")
HAPROXY = (
    b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>"
)

CASES: list[Row] = [
    ("backend/gateway", Answer(502, (NGINX, HTML), b"<hr><center>nginx/1.22.1</center>"), "nginx/1.22.1",
     "`connect() failed`", "possible", Answer(500, (NGINX,))),
    ("backend/gateway", Answer(502), "HTTP/1.1 502", "proxy's log", "possible", Answer(505)),
    ("backend/gateway", Answer(504, (NGINX,)), "HTTP/1.1 504", "`upstream timed out`", "likely", Answer(503, (NGINX,))),
    ("backend/gateway", Answer(504), "HTTP/1.1 504", "proxy's log", "likely", Answer(408)),
    ("backend/gateway", Answer(525, (("Server", "cloudflare"),)), "HTTP/1.1 525", "ws://ORIGIN/PATH", "certain",
     Answer(519, (("Server", "cloudflare"),))),
    ("backend/unavailable", Answer(503, (("Retry-After", "5"),)), "Retry-After: 5", "in 5 seconds", "certain",
     Answer(501, (("Retry-After", "5"),))),
    ("backend/unavailable", Answer(503, (HTML,), HAPROXY), "No server is available", "termination state", "likely",
     Answer(500, (HTML,), HAPROXY)),
    ("backend/unavailable", Answer(503, (NGINX, HTML), b"<hr><center>nginx</center>"), "HTTP/1.1 503", "once more",
     "possible", Answer(500, (NGINX,))),
    ("backend/server-error", Answer(500, (NGINX,)), "Server: nginx", "exception", "likely", Answer(600, (NGINX,))),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_an_answer_is_judged_so_and_a_near_one_otherwise(row: Row) -> None:
    check(row)


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


def test_what_a_slow_backend_needs_is_told_by_vendor() -> None:
    assert "which backend it waited for" in error_by(Answer(504, (("Server", "Caddy"),))).advice
