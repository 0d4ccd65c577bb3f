"""Where a connection is led to, from the command line."""

from __future__ import annotations

import socket

import pytest

from wscli.cli.addressing import address_settings
from wscli.cli.command import Values
from wscli.cli.commands import load_command
from wscli.cli.quick import parse_quickly
from wscli.errors import UsageProblem
from wscli.settings import AddressSettings, ConnectTo, Resolution


def values_of(*words: str) -> Values:
    values = parse_quickly(load_command("listen"), [*words, "ws://h/"])
    assert values is not None
    return values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example.com:443:127.0.0.1", Resolution("example.com", 443, ("127.0.0.1",))),
        ("*:80:[::1],10.0.0.1", Resolution("*", 80, ("::1", "10.0.0.1"))),
        ("[::2]:80:::1", Resolution("::2", 80, ("::1",))),
    ],
)
def test_a_name_is_given_addresses(text: str, expected: Resolution) -> None:
    assert AddressSettings(resolutions=(expected,)) == address_settings(values_of("--resolve", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A:1:b:2", ConnectTo("a", 1, "b", 2)),
        ("::b:", ConnectTo(None, None, "b", None)),
        (":1::2", ConnectTo(None, 1, None, 2)),
        ("[::1]:1:[::2]:2", ConnectTo("::1", 1, "::2", 2)),
    ],
)
def test_a_host_is_given_another(text: str, expected: ConnectTo) -> None:
    assert AddressSettings(detours=(expected,)) == address_settings(values_of("--connect-to", text))


def test_our_own_end_is_an_address_or_an_interface() -> None:
    name = socket.if_nameindex()[0][1]
    assert AddressSettings(interface=name) == address_settings(values_of("--interface", name))
    assert AddressSettings(family=4, local_address="127.0.0.2") == address_settings(
        values_of("-4", "--interface", "127.0.0.2")
    )
    assert AddressSettings(family=6, local_address="::1") == address_settings(values_of("--interface", "[::1]"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--resolve", "h:80"), "--resolve `h:80`: it has no host, port and address"),
        (("--resolve", ":80:127.0.0.1"), "--resolve `:80:127.0.0.1`: it has no host, port and address"),
        (("--resolve", "h:0:127.0.0.1"), "--resolve `h:0:127.0.0.1`: `0` is no port from 1 to 65535"),
        (("--resolve", "h:80:localhost"), "--resolve `h:80:localhost`: `localhost` is no IP address"),
        (("--connect-to", "a:1:b"), "--connect-to `a:1:b`: it has no two hosts with their ports"),
        (("--connect-to", "a:1:b:2:3"), "--connect-to `a:1:b:2:3`: it has no two hosts with their ports"),
        (("--connect-to", "a:1:b:x"), "--connect-to `a:1:b:x`: `x` is no port from 1 to 65535"),
        (("--interface", "nosuch-if"), "--interface `nosuch-if`: there is no such interface"),
        (("-6", "--interface", "127.0.0.1"), "--interface `127.0.0.1`: it is no address of IPv6"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_hint(words: tuple[str, ...], expected: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        address_settings(values_of(*words))
    assert expected == str(caught.value)
    assert caught.value.hint
