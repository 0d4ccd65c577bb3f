from __future__ import annotations

import pytest

from wscli.errors import EnvironmentProblem
from wscli.events import TlsStarted
from wscli.net.dial import layers_for
from wscli.net.layer import LayerStep
from wscli.settings import ConnectionSettings, TlsSettings
from wscli.wire.url import decode_url


def start(url: str, tls: TlsSettings = TlsSettings()) -> LayerStep:  # noqa: B008  # a frozen value
    return layers_for(ConnectionSettings(decode_url(url), tls=tls)).start()


@pytest.mark.parametrize("url", ["ws://a", "ws://a:443", "ws+unix:///s"])
def test_a_plain_url_needs_no_layer(url: str) -> None:
    assert LayerStep(is_ready=True) == start(url)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("wss://a.example", "a.example"),
        ("wss://[::1]:80", "::1"),
        ("wss+unix:///s", "localhost"),
        ("wss://bücher.de", "xn--bcher-kva.de"),
    ],
)
def test_a_secure_url_needs_tls_with_its_host_as_name(url: str, name: str) -> None:
    step = start(url)
    assert (TlsStarted(name, ("http/1.1",)),) == step.events
    assert b"\x16" == step.down[:1]
    assert not step.is_ready


def test_the_name_and_the_offers_can_be_set() -> None:
    step = start("wss://127.0.0.1", TlsSettings(server_name="other.example", alpn=()))
    assert (TlsStarted("other.example", ()),) == step.events
    assert b"other.example" in step.down


def test_what_is_wrong_with_a_file_comes_out_here() -> None:
    with pytest.raises(EnvironmentProblem) as found:
        start("wss://a", TlsSettings(ca_file="/no/such/file"))
    assert "/no/such/file" == found.value.value
    assert found.value.code.startswith("tls/")
