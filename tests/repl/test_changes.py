"""What `/reconnect` changes, and whom credentials do not follow to."""

from __future__ import annotations

import pytest

from wscli.errors import UsageProblem
from wscli.repl.changes import changed_settings
from wscli.repl.commands import find_command
from wscli.repl.grammar import parse
from wscli.settings import ConnectionSettings, HandshakeSettings, HeaderChange
from wscli.wire.url import decode_url

OFFER = HandshakeSettings().deflate_offer
COOKIE = HeaderChange("Cookie", "a=b")
SECRET = HandshakeSettings(headers=(COOKIE,), credentials=("ada", "x"), bearer="t")


def changed(typed: str, handshake: HandshakeSettings = SECRET, url: str = "wss://example.com/a") -> ConnectionSettings:
    return changed_settings(
        ConnectionSettings(decode_url(url), handshake), parse(find_command("reconnect").usage, typed)
    )


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("--header 'X: 1' --header 'Y:'", "headers", (COOKIE, HeaderChange("X", "1"), HeaderChange("Y", None))),
        ("--subprotocol chat,superchat", "subprotocols", ("chat", "superchat")),
        ("--subprotocol ''", "subprotocols", ()),
        ("--origin https://a.example", "origin", "https://a.example"),
        ("--origin ''", "origin", None),
        ("--no-deflate", "deflate_offer", None),
        ("--deflate", "deflate_offer", OFFER),
        ("", "bearer", "t"),
    ],
)  # fmt: skip
def test_an_option_changes_one_thing(typed: str, field: str, value: object) -> None:
    assert value == getattr(changed(typed).handshake, field)


def test_another_path_keeps_the_credentials() -> None:
    settings = changed("wss://example.com/b")
    assert "/b" == settings.url.resource
    assert SECRET == settings.handshake


@pytest.mark.parametrize("url", ["wss://example.org/a", "wss://example.com:444/a", "ws://example.com:443/a"])
def test_another_server_or_no_tls_gets_no_credentials(url: str) -> None:
    settings = changed(f"--header 'X-A: 1' {url}")
    assert (HeaderChange("X-A", "1"),) == settings.handshake.headers
    assert (None, None) == (settings.handshake.credentials, settings.handshake.bearer)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--deflate --no-deflate", "they exclude each other"),
        ("--header nothing", "it is no header"),
        ("--header 'a b: c'", "it is no header"),
        ("--header 'a: b\rc: d'", "a header cannot hold CR, LF or NUL"),
        ("--origin 'a\nb'", "a header cannot hold"),
        ("--subprotocol 'a b'", "a subprotocol is a token"),
        ("http:// x", "URL"),
    ],
)
def test_what_cannot_be_sent_is_refused(typed: str, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        changed(typed)
    assert said in str(caught.value)
