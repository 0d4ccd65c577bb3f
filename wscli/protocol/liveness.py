"""Liveness: pings sent, pongs matched, and when the peer counts as silent (RFC 6455 §5.5.2, §5.5.3).

Pure bookkeeping over times that come in as arguments; who sends and who gives up is `Channel`'s matter.
"""

from __future__ import annotations

from wscli.settings import Liveness

KEPT_PINGS = 1024
"""Unanswered pings remembered at most; older ones are no longer matched."""


class PingBook:
    """Which pings are out, and when the next is due."""

    def __init__(self, settings: Liveness, now: float) -> None:
        self._settings = settings
        self._sent: dict[bytes, float] = {}
        self._last_automatic = now
        self._awaited_since: float | None = None
        """When the automatic ping that still lacks its pong was sent."""
        self._counter = 0

    def sent(self, payload: bytes, now: float) -> None:
        """Remember a ping; a payload that is out already counts from its latest ping."""
        self._sent.pop(payload, None)
        self._sent[payload] = now
        if len(self._sent) > KEPT_PINGS:
            del self._sent[next(iter(self._sent))]

    def matched(self, payload: bytes, now: float) -> float | None:
        """Return the round trip in seconds of the ping that a pong answers, None for an unsolicited one.

        §5.5.3: a pong may answer only the latest of several pings, so the older ones are settled with it.
        """
        if payload not in self._sent:
            return None
        sent = self._sent[payload]
        self._sent = {other: time for other, time in self._sent.items() if time > sent}
        self._awaited_since = None
        return now - sent

    def next_payload(self) -> bytes:
        """Return the payload of the next automatic ping."""
        self._counter += 1
        return b"wscli %d" % self._counter

    def automatic_sent(self, now: float) -> None:
        """Remember that an automatic ping went out."""
        self._last_automatic = now
        if self._awaited_since is None:
            self._awaited_since = now

    @property
    def ping_due(self) -> float | None:
        """When the next automatic ping is due; None without an interval."""
        interval = self._settings.ping_interval
        return None if interval is None else self._last_automatic + interval

    @property
    def pong_due(self) -> float | None:
        """When the missing pong makes the peer count as gone; None while none is missing or no limit is set."""
        timeout = self._settings.ping_timeout
        return None if timeout is None or self._awaited_since is None else self._awaited_since + timeout
