"""Commands to type: with the real URL, told from where it stands, quoted for a shell."""

from __future__ import annotations

import pytest

from tests.diagnose.scripted import case_of, session, settings
from wscli.diagnose.case import Case
from wscli.diagnose.command import connect, connect_by, server_of, url_of
from wscli.events import TlsStarted


def asked(url: str, *, is_known: bool = False) -> Case:
    """Return the case of a session that asked, the URL known or to be told from the request."""
    case = case_of(session(of=settings(url)), url if is_known else "")
    case.tls_started = TlsStarted("h") if url.startswith("wss") else None
    return case


@pytest.mark.parametrize("url", ["ws://example.org/chat?a=1", "wss://example.org:8443/", "ws://[::1]:8080/x"])
def test_the_url_is_told_from_the_request_where_nobody_said_it(url: str) -> None:
    assert url == url_of(asked(url)) == url_of(asked(url, is_known=True))


def test_without_request_and_url_there_is_a_placeholder() -> None:
    assert ("", "wscli connect URL") == (url_of(Case()), connect(Case()))
    assert "wscli connect wss://HOST:PORT/PATH" == connect_by(Case(), "wss")
    assert ("", 0) == server_of(Case())


def test_what_comes_from_outside_is_quoted() -> None:
    case = Case("ws://h/chat?a=1&b=$(id)")
    assert "wscli connect -H 'X: `id`' 'ws://h/chat?a=1&b=$(id)'" == connect(case, "-H", "X: `id`")


@pytest.mark.parametrize(
    ("url", "scheme", "expected"),
    [
        ("ws://h:8443/x", "wss", "wss://h:8443/x"),
        ("ws://h/x", "wss", "wss://h:80/x"),
        ("wss://h/x", "ws", "ws://h:443/x"),
        ("wss+unix:///run/a.sock:/x", "ws", "ws+unix:///run/a.sock:/x"),
    ],
)
def test_the_same_port_is_tried_by_another_scheme(url: str, scheme: str, expected: str) -> None:
    assert f"wscli connect {expected}" == connect_by(Case(url), scheme)


def test_host_and_port_are_told() -> None:
    assert ("::1", 443) == server_of(Case("wss://[::1]/"))
