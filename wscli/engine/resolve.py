"""From what the user named to addresses that can be connected to, in the order to try them (RFC 8305 §4)."""

from __future__ import annotations

import socket
from itertools import zip_longest
from typing import Any

from wscli.settings import ConnectionSettings
from wscli.values import Value


class Address(Value):
    """One place to connect to."""

    family: int
    sockaddr: Any
    """As `socket.connect` takes it."""
    text: str
    """As it is shown: `127.0.0.1:80`, `[::1]:80`, a socket's path."""


class Target(Value):
    """The host and port to connect to, after `--connect-to`."""

    host: str
    """For the resolver: an address has its zone."""
    port: int
    display_host: str
    """As people read it."""

    @property
    def text(self) -> str:
        """The target as people write it."""
        return f"[{self.display_host}]:{self.port}" if ":" in self.display_host else f"{self.display_host}:{self.port}"


class NameNotResolved(Exception):
    """The resolver gave no address: its sentence."""


def address_text(family: int, sockaddr: Any) -> str:
    """Return an address as people write it."""
    if isinstance(sockaddr, (str, bytes)):
        return sockaddr if isinstance(sockaddr, str) else sockaddr.decode("utf-8", "backslashreplace")
    host, port = sockaddr[0], sockaddr[1]
    return f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}"


def is_literal(host: str) -> bool:
    """Whether the host is an IP address, so that asking a resolver cannot take time."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False


def needs_resolver(settings: ConnectionSettings) -> bool:
    """Whether `resolve` may take time: False for sockets in the file system, IP literals and `--resolve`."""
    target = target_of(settings)
    return unix_path(settings) is None and not is_literal(target.host) and not _given_addresses(settings, target)


def interface_names() -> tuple[str, ...]:
    """Return the names of this machine's network interfaces."""
    return tuple(name for _, name in socket.if_nameindex())


def target_of(settings: ConnectionSettings) -> Target:
    """Return the host and port to connect to."""
    url = settings.url
    for detour in settings.address.detours:
        if detour.host in (None, url.host.lower(), url.display_host.lower()) and detour.port in (None, url.port):
            port = detour.to_port or url.port
            if detour.to_host is not None:
                return Target(detour.to_host, port, detour.to_host)
            return _target(settings, port)
    return _target(settings, url.port)


def _target(settings: ConnectionSettings, port: int) -> Target:
    url = settings.url
    return Target(url.host if url.zone is None else f"{url.host}%{url.zone}", port, url.display_host)


def _given_addresses(settings: ConnectionSettings, target: Target) -> tuple[str, ...]:
    """Return the addresses that `--resolve` gives a target; () where it says nothing about it."""
    names = ("*", target.host.lower(), target.display_host.lower())
    for resolution in settings.address.resolutions:
        if resolution.host in names and resolution.port == target.port:
            return resolution.addresses
    return ()


def unix_path(settings: ConnectionSettings) -> str | None:
    """Return the path of the Unix socket to use, if one is asked for."""
    return settings.address.unix_socket or settings.url.unix_path


def resolve(settings: ConnectionSettings) -> tuple[Address, ...]:
    """Return every address, families taking turns beginning with the resolver's first choice (RFC 8305 §4).

    May take as long as the system's resolver takes. Raises NameNotResolved.
    """
    path = unix_path(settings)
    if path is not None:
        return (Address(socket.AF_UNIX, path, path),)
    target = target_of(settings)
    family = {4: socket.AF_INET, 6: socket.AF_INET6}.get(settings.address.family or 0, socket.AF_UNSPEC)
    found: list[Any] = []
    try:
        for host in _given_addresses(settings, target) or (target.host,):
            found += socket.getaddrinfo(host, target.port, family, socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NameNotResolved(error.strerror or str(error)) from error
    except (UnicodeError, OSError) as error:
        raise NameNotResolved(str(error)) from error
    addresses: list[Address] = []
    for found_family, _, _, _, sockaddr in found:
        address = Address(found_family, sockaddr, address_text(found_family, sockaddr))
        if address not in addresses:
            addresses.append(address)
    return interleave(tuple(addresses))


def interleave(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    """Return the addresses with the families taking turns, the family of the first one first."""
    first = [address for address in addresses if address.family == addresses[0].family]
    others = [address for address in addresses if address.family != addresses[0].family]
    turns = [address for pair in zip_longest(first, others) for address in pair if address is not None]
    return tuple(turns)
