"""Trying addresses: a TCP connection to each, all at the same time, left again at once; nothing is sent.

In a thread of its own, so that a session beside it is not held up, and its times stay true.
"""

from __future__ import annotations

import os
import select
import socket
import time

from wscli.engine.opening import describe_error
from wscli.engine.resolve import Address, address_text
from wscli.values import Value

_LOOK = 0.1
"""Seconds between two looks whether to stop."""


class Trial(Value):
    """What came of an address."""

    address: str
    reason: str | None
    """The system's sentence and name of the error; None where the connection came about."""
    seconds: float


def maybe_address(text: str) -> Address | None:
    """Return the address that is written as `127.0.0.1:80` or `[::1]:80`, None where it is none."""
    host, _, port = text.rpartition(":")
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    try:
        found = socket.getaddrinfo(host.removeprefix("[").removesuffix("]"), port, 0, socket.SOCK_STREAM, 0, flags)
    except (OSError, UnicodeError):
        return None
    family, _, _, _, sockaddr = found[0]
    return Address(family, sockaddr, address_text(family, sockaddr))


class Trials:
    """Addresses that are being tried, each for so many seconds at most."""

    def __init__(self, addresses: tuple[str, ...], seconds: float) -> None:
        from threading import Thread

        self._done, self._told = os.pipe()
        self._trying = _Trying(addresses)
        self._taken = 0
        self._thread = Thread(target=self._run, args=(seconds,), name="trying addresses", daemon=True)
        self._thread.start()

    def _run(self, seconds: float) -> None:
        try:
            self._trying.run(seconds)
        finally:
            os.write(self._told, b".")

    def take(self) -> tuple[Trial, ...]:
        """Return what has come of addresses since the last call."""
        trials = self._trying.trials
        new = tuple(trials[self._taken :])
        self._taken += len(new)
        return new

    def finish(self, stop: int) -> None:
        """Wait for the rest, or until `stop` can be read."""
        poller = select.poll()
        poller.register(self._done, select.POLLIN)
        poller.register(stop, select.POLLIN)
        poller.poll()
        self._trying.is_stopped = True
        self._thread.join()
        os.close(self._done)
        os.close(self._told)


class _Trying:
    """Attempts under way."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self.trials: list[Trial] = []
        """What has come of addresses, in the order in which it came."""
        self.is_stopped = False
        self._addresses = addresses
        self._begun = time.monotonic()
        self._running: dict[int, tuple[socket.socket, str]] = {}

    def run(self, seconds: float) -> None:
        """Begin with each, and wait until nothing is left to wait for."""
        due = self._begun + seconds
        for text in self._addresses:
            self._begin(text)
        while self._running and (left := due - time.monotonic()) > 0 and not self.is_stopped:
            poller = select.poll()
            for descriptor in self._running:
                poller.register(descriptor, select.POLLOUT)
            for descriptor, _ in poller.poll(min(left, _LOOK) * 1000):
                code = self._running[descriptor][0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                self._end(descriptor, _sentence(OSError(code, os.strerror(code))) if code else None)
        for descriptor in tuple(self._running):
            self._end(descriptor, "no answer")

    def _begin(self, text: str) -> None:
        address = maybe_address(text)
        if address is None:
            self._settle(text, "it is no address")
            return
        try:
            attempt = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:
            self._settle(text, _sentence(error))
            return
        attempt.settimeout(0)
        self._running[attempt.fileno()] = (attempt, text)
        try:
            attempt.connect(address.sockaddr)
        except BlockingIOError:
            pass  # under way
        except OSError as error:
            self._end(attempt.fileno(), _sentence(error))

    def _end(self, descriptor: int, reason: str | None) -> None:
        attempt, text = self._running.pop(descriptor)
        attempt.close()
        self._settle(text, reason)

    def _settle(self, text: str, reason: str | None) -> None:
        self.trials.append(Trial(text, reason, time.monotonic() - self._begun))


def _sentence(error: OSError) -> str:
    reason, code = describe_error(error)
    return f"{reason} ({code})"
