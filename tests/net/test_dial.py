"""Which layers a connection needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wscli.errors import UsageProblem
from wscli.events import TlsStarted
from wscli.net.dial import layers_for
from wscli.settings import ConnectionSettings, TlsSettings
from wscli.wire.url import decode_url


def test_a_plain_url_needs_none() -> None:
    assert layers_for(ConnectionSettings(decode_url("ws://h/"))).start().is_ready


@pytest.mark.parametrize(
    ("url", "settings", "expected"),
    [
        ("wss://h/", TlsSettings(), TlsStarted("h", ("http/1.1",))),
        ("wss://h./", TlsSettings(alpn=()), TlsStarted("h")),
        ("wss://[fe80::1%25eth0]/", TlsSettings(), TlsStarted("fe80::1", ("http/1.1",))),
        ("wss://10.0.0.1/", TlsSettings(server_name="h.example"), TlsStarted("h.example", ("http/1.1",))),
    ],
)
def test_a_secure_url_needs_tls_for_its_host_or_the_name_given(
    url: str, settings: TlsSettings, expected: TlsStarted
) -> None:
    step = layers_for(ConnectionSettings(decode_url(url), tls=settings)).start()
    assert (expected,) == step.events
    assert not step.is_ready
    assert b"\x16\x03" == step.down[:2]


def test_a_problem_of_the_tls_settings_comes_out_before_anything_is_opened() -> None:
    with pytest.raises(UsageProblem, match="server name `a..b`"):
        layers_for(ConnectionSettings(decode_url("wss://h/"), tls=TlsSettings(server_name="a..b")))


def test_tls_is_imported_only_where_it_is_used() -> None:
    code = (
        "import sys; from wscli.net.dial import layers_for; from wscli.settings import ConnectionSettings;"
        "from wscli.wire.url import decode_url; layers_for(ConnectionSettings(decode_url('ws://h/')));"
        "print('ssl' in sys.modules)"
    )
    assert "False\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
