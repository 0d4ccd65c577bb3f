"""Rules about answers that may come from a wrong path."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import HTML, Answer, error_by
from tests.diagnose.rules.judged import Row, check
from wscli.diagnose.rules.path import AREA

NGINX = ("Server", "nginx")
PAGE = b"<!doctype html><title>App</title>"
NGINX_404 = b"<center><h1>404 Not Found</h1></center><hr><center>nginx</center>"

CASES: list[Row] = [
    ("path/page-in-place-of-upgrade", Answer(200, (NGINX, HTML), PAGE), "Server: nginx",
     "wscli connect ws://BACKEND:PORT/chat", "possible", Answer(302, (NGINX, HTML), PAGE)),
    ("path/page-in-place-of-upgrade", Answer(200, (("Server", "Caddy"),)), "Server: Caddy", "reverse_proxy", "likely",
     Answer(404, (("Server", "Caddy"),))),
    ("path/page-in-place-of-upgrade", Answer(200, (("Server", "SimpleHTTP/0.6 Python/3.11"), HTML), PAGE),
     "Server: SimpleHTTP/0.6", "host and port", "certain", Answer(501, (("Server", "SimpleHTTP/0.6"),))),
    ("path/page-in-place-of-upgrade", Answer(204), "", "routes", "possible", Answer(426)),
    ("path/not-found", Answer(404, (NGINX, HTML), NGINX_404), "nginx", "nginx -T", "likely", Answer(405, (NGINX,))),
    ("path/not-found", Answer(404, (("X-Powered-By", "Express"),), b"<pre>Cannot GET /chat</pre>"), "Cannot GET /chat",
     "'upgrade' listener", "likely", Answer(400, (("X-Powered-By", "Express"),), b"no")),
    ("path/not-found", Answer(404, (), b"404 page not found\n"), "404 page not found", "routes", "likely",
     Answer(404, (), b"default backend - 404")),
    ("path/not-found", Answer(404, url="ws://h/chat/?a=1"), "", "'ws://h/chat?a=1'", "possible", Answer(400)),
    ("path/not-found", Answer(410), "HTTP/1.1 410", "new one", "likely", Answer(409)),
    ("path/method", Answer(405, (("Allow", "POST"),)), "Allow: POST", "routes", "possible", Answer(406)),
    ("path/method", Answer(501), "HTTP/1.1 501", "routes", "possible", Answer(500)),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_an_answer_is_judged_so_and_a_near_one_otherwise(row: Row) -> None:
    check(row)


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}


def test_all_four_mistakes_in_nginx_that_give_the_same_page_are_named() -> None:
    causes = error_by(Answer(200, (NGINX, HTML), PAGE)).causes
    for words in (
        "Upgrade $http_upgrade",
        'Connection "upgrade"',
        "proxy_http_version 1.1",
        "another location",
        "path",
    ):
        assert any(words in cause for cause in causes)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ((("Server", "Apache"),), "upgrade=websocket"),
        ((("Via", "1.1 google"),), "Google Cloud or something behind it"),
        ((("Server", "uvicorn"),), "uvicorn[standard]"),
    ],
)
def test_a_page_names_what_the_vendor_needs(fields: tuple[tuple[str, str], ...], words: str) -> None:
    assert words in "\n".join(error_by(Answer(200, fields, PAGE)).causes)


@pytest.mark.parametrize(
    ("fields", "words"),
    [((("Server", "uvicorn"),), "uvicorn[standard]"), ((("Server", "Apache"),), "does not pass Upgrade on")],
)
def test_nothing_found_names_it_too(fields: tuple[tuple[str, str], ...], words: str) -> None:
    assert words in "\n".join(error_by(Answer(404, fields)).causes)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("ws://h/chat", "ws://h/chat/"), ("ws://h/", "ws://h/ws"), ("ws://h/chat/", "ws://h/chat")],
)
def test_the_other_slash_is_tried(url: str, expected: str) -> None:
    assert f"wscli connect {expected}" == error_by(Answer(404, url=url)).advice
