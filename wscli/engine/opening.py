"""What both drivers say about opening a stream, in the same words."""

from __future__ import annotations

import errno
import socket

from wscli.engine.dialing import Dialer
from wscli.engine.resolve import Address, address_text, unix_path
from wscli.events import ConnectFailed, Event, NameResolved
from wscli.settings import ConnectionSettings


def describe_error(error: OSError) -> tuple[str, str]:
    """Return the system's sentence for an error, and its name as `ECONNREFUSED`."""
    number = error.errno or 0
    return error.strerror or str(error), errno.errorcode.get(number, type(error).__name__)


def local_address(stream: socket.socket) -> str:
    """Return our end of a stream as people write it; empty where the system no longer knows."""
    try:
        return address_text(stream.family, stream.getsockname())
    except OSError:
        return ""


def resolved_events(settings: ConnectionSettings, addresses: tuple[Address, ...]) -> tuple[Event, ...]:
    """Return the report of a look-up."""
    return (NameResolved(settings.url.display_host, tuple(address.text for address in addresses)),)


def connect_failed(settings: ConnectionSettings, dialer: Dialer) -> ConnectFailed:
    """Return the report that no address answered, with one reason where all had the same."""
    reasons = {reason for _, reason in dialer.failures}
    one = reasons.pop() if len(reasons) == 1 else None
    each = "; ".join(f"{address.text}: {reason}" for address, reason in dialer.failures)
    url = settings.url
    host = f"[{url.display_host}]" if ":" in url.display_host else url.display_host
    return ConnectFailed(unix_path(settings) or f"{host}:{url.port}", one or each)
