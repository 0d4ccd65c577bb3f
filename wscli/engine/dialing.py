"""Happy Eyeballs: which address to try when, until one answers (RFC 8305 §5). Pure; drivers own the sockets."""

from __future__ import annotations

from wscli.engine.resolve import Address

STAGGER = 0.25
"""Seconds before the next address is tried beside one that has not answered (RFC 8305 §5)."""


class Dialer:
    """Hands out addresses when their time has come."""

    def __init__(self, addresses: tuple[Address, ...], now: float) -> None:
        self._waiting = list(addresses)
        self._next_at = now
        self._running = 0
        self.failures: list[tuple[Address, str]] = []
        """The addresses that failed, with the reason, in order."""

    @property
    def wake_at(self) -> float | None:
        """When `take_due` has the next address; None when none is waiting."""
        return self._next_at if self._waiting else None

    @property
    def is_exhausted(self) -> bool:
        """Whether every address has failed."""
        return not self._waiting and not self._running

    def take_due(self, now: float) -> Address | None:
        """Return the address to try now, if it is time for one."""
        if not self._waiting or now < self._next_at:
            return None
        self._running += 1
        self._next_at = now + STAGGER
        return self._waiting.pop(0)

    def failed(self, address: Address, reason: str, now: float) -> None:
        """An attempt failed: the next address need not wait (RFC 8305 §5)."""
        self._running -= 1
        self.failures.append((address, reason))
        self._next_at = now
