"""Rules about redirects."""

from __future__ import annotations

import pytest

from tests.diagnose.refusing import Answer
from tests.diagnose.rules.judged import Row, check
from wscli.diagnose.rules.redirect import AREA


def to(location: str, url: str = "ws://example.org/chat?a=1", status: int = 302) -> Answer:
    return Answer(status, (("Location", location),), url=url)


CASES: list[Row] = [
    ("redirect/to-login", to("/login?next=%2Fchat"), "Location: /login?next=%2Fchat", "-b NAME=VALUE", "likely",
     to("/blog")),
    ("redirect/to-login", to("https://sso.example.org/"), "Location: https://sso", "-b NAME=VALUE", "likely",
     to("https://isso.example.org/")),
    ("redirect/to-itself", to("/chat?a=1"), "Location: /chat?a=1", "Set-Cookie", "likely", to("/chat?a=2")),
    ("redirect/to-itself", to("https://h/x", "wss://h/x", 301), "Location: https://h/x", "X-Forwarded-Proto", "likely",
     to("https://h/y", "wss://h/x", 301)),
    ("redirect/to-slash", to("/chat/?a=1", status=308), "Location: /chat/?a=1", "'ws://example.org/chat/?a=1'",
     "certain",
     to("/chats/?a=1", status=308)),
    ("redirect/to-slash", to("http://h/x", "ws://h/x/"), "Location: http://h/x", "wscli connect ws://h/x", "certain",
     to("http://h2/x", "ws://h/x/")),
    ("redirect/to-tls", to("https://example.org/chat?a=1", status=301), "Location: https://",
     "wscli connect 'wss://example.org/chat?a=1'", "certain", to("http://other.example/chat?a=1", status=301)),
    ("redirect/elsewhere", to("http://b.example:81/x;$(id)"), "Location: http://b.example:81",
     "wscli connect 'ws://b.example:81/x;$(id)'", "certain", to("mailto:me@example.org")),
    ("redirect/without-target", Answer(304), "there is no Location", "curl -i", "likely", to("/x")),
    ("redirect/without-target", to("http://[broken/"), "Location: http://[broken/", "curl -i", "likely", to("/x#y")),
]  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_an_answer_is_judged_so_and_a_near_one_otherwise(row: Row) -> None:
    check(row)


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in AREA.rules} == {case[0] for case in CASES}
