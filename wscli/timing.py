"""The timing breakdown of a session, computed from its events alone."""

from __future__ import annotations

from wscli.events import (
    Batch,
    Connected,
    Event,
    MessagePart,
    MessageReceived,
    NameResolved,
    Opened,
    RequestSent,
    TlsEstablished,
)
from wscli.values import Value


class Phases(Value):
    """How long each phase took, in seconds; None for one that did not happen."""

    dns: float | None = None
    tcp: float | None = None
    tls: float | None = None
    upgrade: float | None = None
    first_message: float | None = None
    """From the open connection to the first message received."""
    total: float | None = None
    """From the beginning to the open connection."""


class PhaseClock:
    """Follows a session and knows how long each phase took."""

    def __init__(self) -> None:
        self._at: dict[type[Event], float] = {}

    def observe(self, batch: Batch) -> None:
        """Take a batch; only the first event of each kind counts."""
        for event in batch.events:
            kind = MessageReceived if type(event) is MessagePart else type(event)
            if kind in _WATCHED:
                self._at.setdefault(kind, batch.at)

    @property
    def phases(self) -> Phases:
        """The phases so far."""
        at = self._at.get
        resolved, connected, opened = at(NameResolved), at(Connected), at(Opened)
        begun_upgrade = at(RequestSent)
        return Phases(
            dns=resolved,
            tcp=_between(resolved or 0.0, connected),
            tls=_between(connected, at(TlsEstablished)),
            upgrade=_between(begun_upgrade, opened),
            first_message=_between(opened, at(MessageReceived)),
            total=opened,
        )


_WATCHED = frozenset((
    NameResolved, Connected, TlsEstablished, RequestSent, Opened, MessageReceived,
))  # fmt: skip


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else end - begin
