"""Happy Eyeballs, by a manual clock."""

from __future__ import annotations

import socket

import pytest

from wscli.engine.dialing import STAGGER, Dialer
from wscli.engine.opening import connect_failed, describe_error, new_socket
from wscli.engine.resolve import (
    Address,
    NameNotResolved,
    address_text,
    interleave,
    is_literal,
    needs_resolver,
    resolve,
    target_of,
    unix_path,
)
from wscli.settings import AddressSettings, ConnectionSettings, ConnectTo, Resolution
from wscli.wire.url import decode_url

FOUR = [Address(socket.AF_INET, ("10.0.0.1", 1), "10.0.0.1:1"), Address(socket.AF_INET, ("10.0.0.2", 1), "10.0.0.2:1")]
SIX = [Address(socket.AF_INET6, ("::1", 1), "[::1]:1"), Address(socket.AF_INET6, ("::2", 1), "[::2]:1")]


def settings(url: str, **changes: object) -> ConnectionSettings:
    return ConnectionSettings(decode_url(url)).replace(**changes)


def test_the_families_take_turns_beginning_with_the_first() -> None:
    assert (SIX[0], FOUR[0], SIX[1], FOUR[1]) == interleave((*SIX, *FOUR))
    assert (FOUR[0], SIX[0], FOUR[1]) == interleave((*FOUR, SIX[0]))


def test_the_next_address_is_tried_when_the_first_takes_long() -> None:
    dialer = Dialer((SIX[0], FOUR[0]), 0.0)
    assert SIX[0] is dialer.take_due(0.0)
    assert None is dialer.take_due(0.1)
    assert STAGGER == dialer.wake_at
    assert FOUR[0] is dialer.take_due(STAGGER)
    assert None is dialer.wake_at
    assert not dialer.is_exhausted


def test_a_failure_brings_the_next_address_at_once() -> None:
    dialer = Dialer((SIX[0], FOUR[0]), 0.0)
    dialer.take_due(0.0)
    dialer.failed(SIX[0], "refused", 0.01)
    assert FOUR[0] is dialer.take_due(0.01)
    dialer.failed(FOUR[0], "refused", 0.02)
    assert dialer.is_exhausted
    assert "refused" == connect_failed(settings("ws://h/"), dialer).reason


def test_different_reasons_are_told_address_by_address() -> None:
    dialer = Dialer((SIX[0], FOUR[0]), 0.0)
    for address, reason in ((SIX[0], "unreachable"), (FOUR[0], "refused")):
        dialer.take_due(0.0)
        dialer.failed(address, reason, 0.0)
    assert "[::1]:1: unreachable; 10.0.0.1:1: refused" == connect_failed(settings("ws://h/"), dialer).reason


def test_addresses_are_shown_as_people_write_them() -> None:
    assert "[::1]:80" == address_text(socket.AF_INET6, ("::1", 80, 0, 0))
    assert "1.2.3.4:80" == address_text(socket.AF_INET, ("1.2.3.4", 80))
    assert "/tmp/s" == address_text(socket.AF_UNIX, "/tmp/s")
    assert "\0s" == address_text(socket.AF_UNIX, b"\0s")


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("::1", True), ("localhost", False), ("a\0b", False)]
)
def test_a_literal_needs_no_resolver(host: str, expected: bool) -> None:
    assert expected is is_literal(host)


def test_a_unix_socket_and_a_literal_resolve_to_themselves() -> None:
    by_url, by_option = (
        settings("ws+unix:///tmp/s:/"),
        settings("ws://h/", address=AddressSettings(unix_socket="/tmp/o")),
    )
    assert ("/tmp/s",) == tuple(address.text for address in resolve(by_url))
    assert "/tmp/o" == unix_path(by_option)
    assert not needs_resolver(by_option)
    assert ("127.0.0.1:9",) == tuple(address.text for address in resolve(settings("ws://127.0.0.1:9/")))


def test_a_family_that_the_host_does_not_have_is_not_resolved() -> None:
    with pytest.raises(NameNotResolved):
        resolve(settings("ws://127.0.0.1/", address=AddressSettings(family=6)))


def test_a_host_that_the_resolver_cannot_take_is_not_resolved() -> None:
    url = decode_url("ws://h/").replace(host="a." + "x" * 64)
    with pytest.raises(NameNotResolved):
        resolve(ConnectionSettings(url))


def test_a_zone_is_given_to_the_resolver() -> None:
    with pytest.raises(NameNotResolved):
        resolve(settings("ws://[fe80::1%25nosuchinterface]/"))


def test_an_error_has_a_sentence_and_a_name() -> None:
    assert ("Connection refused", "ECONNREFUSED") == describe_error(ConnectionRefusedError(111, "Connection refused"))
    assert ("odd", "OSError") == describe_error(OSError("odd"))


# --- Led elsewhere ---------------------------------------------------------------------------------------------------
def led(url: str, **changes: object) -> ConnectionSettings:
    return settings(url, address=AddressSettings().replace(**changes))


def texts(given: ConnectionSettings) -> list[str]:
    return [address.text for address in resolve(given)]


def test_given_addresses_are_taken_for_their_host_and_port() -> None:
    given = (Resolution("h.invalid", 81, ("10.0.0.3",)), Resolution("h.invalid", 80, ("10.0.0.1", "10.0.0.2")))
    assert ["10.0.0.1:80", "10.0.0.2:80"] == texts(led("ws://H.invalid/", resolutions=given))
    assert ["10.0.0.9:80"] == texts(led("ws://h/", resolutions=(Resolution("*", 80, ("10.0.0.9",)),)))
    assert not needs_resolver(led("ws://h.invalid/", resolutions=given))
    assert needs_resolver(led("ws://other.invalid/", resolutions=given))


@pytest.mark.parametrize(
    ("detour", "expected"),
    [
        (ConnectTo("h", 80, "127.0.0.1", 81), "127.0.0.1:81"),
        (ConnectTo(None, None, "::1", None), "[::1]:80"),
        (ConnectTo(None, 80, None, 82), "h:82"),
        (ConnectTo("other", None, "127.0.0.1", 81), "h:80"),
        (ConnectTo("h", 81, "127.0.0.1", 81), "h:80"),
    ],
)
def test_a_detour_leads_from_what_it_fits_to_another_host_or_port(detour: ConnectTo, expected: str) -> None:
    assert expected == target_of(led("ws://h/", detours=(detour,))).text


def test_the_target_of_a_detour_is_resolved() -> None:
    address = AddressSettings(
        resolutions=(Resolution("there", 81, ("10.0.0.1",)),), detours=(ConnectTo("h", 80, "there", 81),)
    )
    assert ["10.0.0.1:81"] == texts(settings("ws://h/", address=address))
    refused = connect_failed(settings("ws://h/", address=address), Dialer((), 0.0))
    assert "there:81" == refused.host


def test_our_own_end_is_bound() -> None:
    with new_socket(FOUR[0], AddressSettings(local_address="127.0.0.2")) as stream:
        assert "127.0.0.2" == stream.getsockname()[0]
    with new_socket(Address(socket.AF_UNIX, "/s", "/s"), AddressSettings(local_address="127.0.0.2")) as stream:
        assert "" == stream.getsockname()
    with pytest.raises(OSError, match="assign"):
        new_socket(FOUR[0], AddressSettings(local_address="192.0.2.1"))
    with pytest.raises(OSError, match=r"No such device|not permitted"):
        new_socket(FOUR[0], AddressSettings(interface="nosuch-if"))


def test_an_interface_cannot_be_chosen_where_the_system_has_no_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_BINDTODEVICE", raising=False)
    with pytest.raises(OSError, match="not available"):
        new_socket(FOUR[0], AddressSettings(interface="lo"))
