"""What both drivers say about opening a stream, in the same words."""

from __future__ import annotations

import errno
import os
import socket

from wscli.engine.dialing import Dialer
from wscli.engine.resolve import Address, address_text, target_of, unix_path
from wscli.events import ConnectFailed, Event, NameResolved
from wscli.settings import AddressSettings, ConnectionSettings


def describe_error(error: OSError) -> tuple[str, str]:
    """Return the system's sentence for an error, and its name as `ECONNREFUSED`."""
    number = error.errno or 0
    return error.strerror or str(error), errno.errorcode.get(number, type(error).__name__)


def new_socket(address: Address, settings: AddressSettings) -> socket.socket:
    """Return a socket that can connect to the address without blocking, bound where our end is to be; or OSError."""
    stream = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        stream.settimeout(0)
        if address.family != socket.AF_UNIX:
            _bind(stream, settings)
    except OSError:
        stream.close()
        raise
    return stream


def _bind(stream: socket.socket, settings: AddressSettings) -> None:
    if settings.local_address is not None:
        stream.bind((settings.local_address, 0))
    if settings.interface is not None:
        # Weak: Linux alone has it; elsewhere an address of the interface does the same.
        if not hasattr(socket, "SO_BINDTODEVICE"):
            raise OSError(errno.ENOPROTOOPT, os.strerror(errno.ENOPROTOOPT))
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, settings.interface.encode() + b"\0")


def local_address(stream: socket.socket) -> str:
    """Return our end of a stream as people write it; empty where the system no longer knows."""
    try:
        return address_text(stream.family, stream.getsockname())
    except OSError:
        return ""


def resolved_events(settings: ConnectionSettings, addresses: tuple[Address, ...]) -> tuple[Event, ...]:
    """Return the report of a look-up."""
    return (NameResolved(target_of(settings).display_host, tuple(address.text for address in addresses)),)


def connect_failed(settings: ConnectionSettings, dialer: Dialer) -> ConnectFailed:
    """Return the report that no address answered, with one reason where all had the same."""
    reasons = {reason for _, reason in dialer.failures}
    one = reasons.pop() if len(reasons) == 1 else None
    each = "; ".join(f"{address.text}: {reason}" for address, reason in dialer.failures)
    return ConnectFailed(unix_path(settings) or target_of(settings).text, one or each)
